/*
 * Native libraries inside jars (JNI): gathered in the first look, while the jar's bytes are in
 * memory. Most jars have none, and their list of names says so.
 */
#include "pkg/archive/zip_peek.h"
#include "pkg/archive/zip_read.h"
#include "pkg/base/arr.h"
#include "pkg/base/limits.h"
#include "pkg/survey/native.h"

enum { INNER_MAX = 512 };
/* What may be inflated of one jar: real libraries shrink to a third, what shrinks more is a bomb.
 */
#define INFLATED_FREE PL_KB(256)
enum { INFLATED_TIMES = 4 };

static const struct pl_slice JAR = PL_SLICE_INIT(".jar");

bool pl_native_is_jar(const struct pl_entry *entry)
{
    return pl_slice_ends(entry->name, JAR) && entry->size <= PL_MAX_WHOLE_ENTRY;
}

/* ".so", ".so.1", ".dylib", ".jnilib", ".dll" */
static bool is_native_name(struct pl_slice name)
{
    return pl_native_is_library_name(name) || pl_slice_ends(name, PL_SLICE(".dylib")) ||
           pl_slice_ends(name, PL_SLICE(".jnilib")) || pl_slice_ends(name, PL_SLICE(".dll")) ||
           pl_slice_find_text(pl_slice_basename(name), PL_SLICE(".so_")) <
               pl_slice_basename(name).len;
}

static bool may_have_native(struct pl_slice names)
{
    static const struct pl_slice ends[] = {PL_SLICE_INIT(".so"), PL_SLICE_INIT(".dylib"),
                                           PL_SLICE_INIT(".jnilib"), PL_SLICE_INIT(".dll")};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        if (pl_slice_find_text(names, ends[i]) < names.len) {
            return true;
        }
    }
    return false;
}

static PL_STATUS keep(struct pl_native_share *share, const struct pl_jar_native *inner,
                      struct pl_err *err)
{
    struct pl_jar_native *at = pl_arr_grow(share->jar, &share->cap_jar, share->n_jar + 1u,
                                           sizeof *at, PL_MAX_ENTRIES, "files in jars", err);
    if (!at) {
        return err->code;
    }
    share->jar = at;
    at[share->n_jar++] = *inner;
    return PL_OK;
}

/* Is it built for a processor of Lambda's?  Only then all of it is worth reading. */
static PL_STATUS read_start(const struct pl_tree *tree, uint32_t index, struct pl_exec *ret,
                            struct pl_err *err)
{
    struct pl_parts parts = {.n = 0};
    if (!pl_parts_want(&parts, 0, PL_LOOK_START_BYTES)) {
        return PL_OK;
    }
    enum pl_status status = tree->ops->parts(tree, index, &parts, err);
    if (status == PL_OK) {
        pl_exec_read(ret, pl_buf_view(&parts.part[0].bytes), tree->entry[index].size);
        ret->interpreter = ret->argument = ret->elf.interpreter = (struct pl_slice){0};
    }
    pl_parts_done(&parts);
    return status;
}

/* Takes from what may still be inflated. */
static bool takes(uint64_t *left, uint64_t n)
{
    bool enough = n <= *left;
    *left -= enough ? n : 0;
    return enough;
}

static PL_STATUS read_inner(struct pl_native_share *share, const struct pl_tree *tree,
                            uint32_t index, uint64_t *left, struct pl_jar_native *inner,
                            struct pl_err *err)
{
    const struct pl_entry *entry = &tree->entry[index];
    struct pl_exec exec = {.kind = PL_EXEC_OTHER};
    if (read_start(tree, index, &exec, err) != PL_OK) {
        return err->code;
    }
    inner->fact.kind = exec.kind;
    inner->fact.elf = exec.elf;
    if (exec.kind != PL_EXEC_ELF || exec.elf.broken || pl_elf_arch(&exec.elf) == PL_ARCH_UNKNOWN ||
        entry->size > PL_MAX_WHOLE_ENTRY || !takes(left, entry->size)) {
        return PL_OK;
    }
    struct pl_buf PL_CLEANUP(pl_buf_done) whole = {.max = PL_MAX_WHOLE_ENTRY};
    enum pl_status status = tree->ops->read(tree, index, whole.max, &whole, err);
    if (status == PL_OK) {
        struct pl_elf_image image = {{{0, pl_buf_view(&whole)}}, 1, entry->size};
        pl_elf_read(&inner->fact.elf, pl_buf_view(&whole), entry->size);
        return pl_native_read_elf(share, &inner->fact, &image, err);
    }
    return status;
}

static PL_STATUS look_inside(struct pl_native_share *share, uint32_t index,
                             const struct pl_tree *jar, struct pl_err *err)
{
    uint32_t n = 0;
    uint64_t left = INFLATED_TIMES * jar->container_bytes + INFLATED_FREE;
    for (uint32_t i = 0; i < jar->n && n < INNER_MAX; i++) {
        const struct pl_entry *entry = &jar->entry[i];
        struct pl_jar_native inner = {.fact.entry = index, .bytes = entry->packed};
        if (entry->type != PL_ENTRY_FILE || !is_native_name(entry->name)) {
            continue;
        }
        n++;
        if (!takes(&left, entry->size < PL_LOOK_START_BYTES ? entry->size : PL_LOOK_START_BYTES)) {
            return PL_OK;
        }
        enum pl_status status = read_inner(share, jar, i, &left, &inner, err);
        if (status == PL_ERR_FORMAT || status == PL_ERR_LIMIT) {
            continue; /* damaged: no class loader gets it out either */
        }
        if (status != PL_OK ||
            pl_arena_dup(&share->arena, entry->name, &inner.name, err) != PL_OK ||
            keep(share, &inner, err) != PL_OK) {
            return err->code;
        }
    }
    return PL_OK;
}

PL_STATUS pl_native_look_jar(struct pl_native_share *share, const struct pl_entry *entry,
                             uint32_t index, struct pl_slice bytes, struct pl_err *err)
{
    struct pl_tree jar = {0};
    struct pl_zip_peek peek;
    if (!pl_native_is_jar(entry) || bytes.len < entry->size) {
        return PL_OK;
    }
    pl_zip_peek_init(&peek, bytes);
    if (pl_native_look_classes(share, index, &peek, err) != PL_OK) {
        return err->code;
    }
    if (!may_have_native(peek.directory)) {
        return PL_OK;
    }
    enum pl_status status = pl_zip_open_memory(&jar, "a jar", bytes, err);
    if (status != PL_OK) {
        return status == PL_ERR_LIMIT ? PL_OK : status;
    }
    status = look_inside(share, index, &jar, err);
    pl_tree_done(&jar);
    return status;
}
