#include "pkg/inspect/wheel.h"

#include <string.h>

/* Real WHEEL files have some ten tags, real distributions some hundred native files. */
enum { TAGS_MAX = 256, NATIVE_MAX = 10000 };

struct list {
    struct pl_slice *at;
    uint32_t n, cap;
};

/* Copies the text; the old array stays in the arena. */
static PL_STATUS add(struct list *list, struct pl_slice text, struct pl_arena *arena,
                     struct pl_err *err)
{
    if (list->n == list->cap) {
        uint32_t cap = list->cap > 0 ? 2 * list->cap : 8;
        struct pl_slice *more = pl_arena_new(arena, cap, sizeof *more, err);
        if (!more) {
            return err->code;
        }
        if (list->n > 0) {
            memcpy(more, list->at, list->n * sizeof *more);
        }
        list->at = more;
        list->cap = cap;
    }
    enum pl_status status = pl_arena_dup(arena, text, &list->at[list->n], err);
    list->n += status == PL_OK;
    return status;
}

/* The value of "Key: value". */
static bool has_key(struct pl_slice line, const char *key, struct pl_slice *ret)
{
    size_t colon = pl_slice_find(line, ':');
    if (colon == line.len ||
        !pl_slice_eq_nocase(pl_slice_trim(pl_slice_sub(line, 0, colon)), pl_slice_of(key))) {
        return false;
    }
    *ret = pl_slice_trim(pl_slice_sub(line, colon + 1, line.len));
    return true;
}

PL_STATUS pl_wheel_read(struct pl_wheel *ret, struct pl_slice text, struct pl_arena *arena,
                        struct pl_err *err)
{
    struct list tags = {0};
    struct pl_slice line;
    struct pl_slice value;
    bool pure = false;
    while (pl_slice_next(&text, '\n', &line)) {
        if (has_key(line, "Root-Is-Purelib", &value)) {
            pure = pl_slice_eq_nocase(value, PL_SLICE("true"));
        } else if (has_key(line, "Tag", &value) && value.len > 0 && tags.n < TAGS_MAX &&
                   add(&tags, value, arena, err) != PL_OK) {
            return err->code;
        }
    }
    *ret = (struct pl_wheel){pure, tags.at, tags.n};
    return PL_OK;
}

static void read_system(struct pl_wheel_tag *tag)
{
    static const char *const others[] = {"macosx_", "win_",       "ios_",   "android_",
                                         "freebsd", "openbsd_",   "netbsd", "pyodide_",
                                         "wasi_",   "emscripten_"};
    struct pl_slice where = tag->where;
    tag->system = PL_WHEEL_STRANGE;
    if (pl_slice_is(where, "any")) {
        tag->system = PL_WHEEL_ANY;
    } else if (pl_slice_starts(where, PL_SLICE("musllinux_"))) {
        tag->system = PL_WHEEL_MUSL;
    } else if (pl_slice_starts(where, PL_SLICE("manylinux")) ||
               pl_slice_starts(where, PL_SLICE("linux_"))) {
        tag->system = PL_WHEEL_GNU;
    } else if (pl_slice_is(where, "win32")) {
        tag->system = PL_WHEEL_OTHER;
    }
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        if (pl_slice_starts(where, pl_slice_of(others[i]))) {
            tag->system = PL_WHEEL_OTHER;
        }
    }
    bool universal = pl_slice_ends(where, PL_SLICE("_universal2"));
    tag->x86_64 = universal || pl_slice_ends(where, PL_SLICE("_x86_64")) ||
                  pl_slice_ends(where, PL_SLICE("_amd64"));
    tag->arm64 = universal || pl_slice_ends(where, PL_SLICE("_aarch64")) ||
                 pl_slice_ends(where, PL_SLICE("_arm64"));
}

bool pl_wheel_tag_read(struct pl_wheel_tag *ret, struct pl_slice tag)
{
    static const struct pl_slice cp3 = PL_SLICE_INIT("cp3");
    struct pl_slice part[3];
    uint32_t n = 0;
    uint64_t minor = 0;
    while (n < 3 && pl_slice_next(&tag, '-', &part[n])) {
        n++;
    }
    if (n < 3 || tag.len > 0) {
        return false;
    }
    *ret = (struct pl_wheel_tag){.abi = part[1], .where = part[2]};
    read_system(ret);
    struct pl_slice digits = pl_slice_sub(part[0], cp3.len, part[0].len);
    ret->cpython = pl_slice_starts(part[0], cp3) && pl_slice_starts(part[1], cp3) &&
                   pl_slice_u64(digits, &minor) && minor < 1000;
    ret->minor = ret->cpython ? (uint32_t)minor : 0;
    return true;
}

bool pl_record_next(struct pl_slice *text, struct pl_slice *ret)
{
    struct pl_slice line;
    while (pl_slice_next(text, '\n', &line)) {
        line = pl_slice_trim(line);
        bool quoted = line.len > 1 && line.ptr[0] == '"';
        struct pl_slice rest = quoted ? pl_slice_sub(line, 1, line.len) : line;
        *ret = pl_slice_sub(rest, 0, pl_slice_find(rest, quoted ? '"' : ','));
        if (ret->len > 0) {
            return true;
        }
    }
    return false;
}

static bool is_native(struct pl_slice path)
{
    static const char *const ends[] = {".so", ".pyd", ".dylib", ".dll"};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        if (pl_slice_ends(path, pl_slice_of(ends[i]))) {
            return true;
        }
    }
    return pl_slice_find_text(pl_slice_basename(path), PL_SLICE(".so.")) <
           pl_slice_basename(path).len;
}

PL_STATUS pl_record_read(struct pl_record *ret, struct pl_slice text, struct pl_arena *arena,
                         struct pl_err *err)
{
    struct list native = {0};
    struct pl_slice path;
    bool cut = false;
    while (pl_record_next(&text, &path)) {
        if (!is_native(path)) {
            continue;
        }
        cut = native.n == NATIVE_MAX;
        if (cut) {
            break;
        }
        if (add(&native, path, arena, err) != PL_OK) {
            return err->code;
        }
    }
    *ret = (struct pl_record){native.at, native.n, cut};
    return PL_OK;
}
