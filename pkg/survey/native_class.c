/*
 * For which Java classes are: the version in the first bytes of each class file of a package, and
 * of some in each jar.  Every version of Lambda runs those of Java 8, so these are not kept.
 */
#include "pkg/archive/zip_peek.h"
#include "pkg/base/arr.h"
#include "pkg/base/limits.h"
#include "pkg/survey/native.h"

#include <string.h>

enum { HEAD_BYTES = 8, SAMPLES = 6, MAJOR_JAVA_8 = 52 };

/* What versions of a multi-release jar and modules bring is only for those who know it. */
static bool is_plain_class(struct pl_slice name)
{
    struct pl_slice base = pl_slice_basename(name);
    return pl_slice_ends(base, PL_SLICE(".class")) && !pl_slice_is(base, "module-info.class") &&
           !pl_slice_starts(name, PL_SLICE("META-INF/"));
}

/* The major version, 0 when it is no class file. */
static uint16_t major_of(const unsigned char *head, size_t n)
{
    static const unsigned char magic[] = {0xca, 0xfe, 0xba, 0xbe};
    bool is_class = n >= HEAD_BYTES && memcmp(head, magic, sizeof magic) == 0;
    return is_class ? (uint16_t)((unsigned)head[6] << 8 | head[7]) : 0;
}

static PL_STATUS keep(struct pl_native_share *share, const struct pl_class_version *one,
                      struct pl_err *err)
{
    struct pl_class_version *at = pl_arr_grow(share->newer, &share->cap_newer, share->n_newer + 1u,
                                              sizeof *at, PL_MAX_ENTRIES, "class files", err);
    if (!at) {
        return err->code;
    }
    share->newer = at;
    at[share->n_newer++] = *one;
    return PL_OK;
}

PL_STATUS pl_native_look_class(struct pl_native_share *share, const struct pl_entry *entry,
                               uint32_t index, struct pl_slice bytes, struct pl_err *err)
{
    if (entry->type != PL_ENTRY_FILE || !is_plain_class(entry->name)) {
        return PL_OK;
    }
    struct pl_class_version one = {.entry = index,
                                   .major = major_of((const unsigned char *)bytes.ptr, bytes.len)};
    share->n_class += one.major > 0;
    return one.major > MAJOR_JAVA_8 ? keep(share, &one, err) : PL_OK;
}

static uint32_t count_classes(struct pl_zip_peek peek)
{
    struct pl_zip_peeked entry;
    uint32_t n = 0;
    while (pl_zip_peek_next(&peek, &entry)) {
        n += is_plain_class(entry.name);
    }
    return n;
}

PL_STATUS pl_native_look_classes(struct pl_native_share *share, uint32_t index,
                                 const struct pl_zip_peek *jar, struct pl_err *err)
{
    struct pl_zip_peek peek = *jar;
    struct pl_zip_peeked entry;
    struct pl_class_version oldest = {.entry = index, .major = UINT16_MAX};
    uint32_t n = count_classes(peek);
    uint32_t every = n > SAMPLES ? n / SAMPLES : 1;
    uint32_t at = 0;
    while (oldest.major > MAJOR_JAVA_8 && pl_zip_peek_next(&peek, &entry)) {
        unsigned char head[HEAD_BYTES];
        size_t got = 0;
        if (!is_plain_class(entry.name) || at++ % every != 0) {
            continue;
        }
        if (pl_zip_peek_start(jar, &entry, head, sizeof head, &got, err) != PL_OK) {
            return err->code;
        }
        uint16_t major = major_of(head, got);
        if (major == 0) {
            return PL_OK; /* damaged, or of a method that we do not read: no word about it */
        }
        if (major < oldest.major) {
            oldest.major = major;
            oldest.name = entry.name;
        }
    }
    if (oldest.major == UINT16_MAX || oldest.major <= MAJOR_JAVA_8) {
        return PL_OK;
    }
    return pl_arena_dup(&share->arena, oldest.name, &oldest.name, err) == PL_OK
               ? keep(share, &oldest, err)
               : err->code;
}
