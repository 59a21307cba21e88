/* PL505 to PL510: what weighs without need. */
#include "pkg/base/arr.h"
#include "pkg/base/text.h"
#include "pkg/lambda/sdk.h"
#include "rules/checks.h"

#include <stdio.h>
#include <stdlib.h>

/* Below these nothing is said: not worth a line. */
#define WORTH_BYTES      (1024u * 1024u)
#define WORTH_FILE_BYTES 1024u
enum { PATH_TEXT = 1024, ZONE_STEP = 900, ZONE_MAX = 14 * 3600, DOS_STEP = 2 };

static bool is_file(const struct pl_entry *entry)
{
    return entry->type == PL_ENTRY_FILE && !(entry->flags & PL_ENTRY_SHADOWED);
}

/* ---------------------------------------------------------------- the runtime's own SDK */

/* "exclude: [boto3, botocore]": those of its folders that are there. */
static PL_STATUS mend_sdk(struct pl_rule_ctx *ctx, const struct pl_sdk *sdk, struct pl_slice *ret,
                          struct pl_err *err)
{
    struct pl_slice list = PL_SLICE("");
    for (size_t f = 0; f < PL_SDK_FOLDERS && sdk->folder[f]; f++) {
        struct pl_slice folder = pl_slice_of(sdk->folder[f]);
        if (pl_tree_find(&ctx->package->tree, folder) == PL_ENTRY_NONE) {
            continue;
        }
        /* A plain YAML word must not begin with '@'. */
        if (pl_say(ctx, &list, err, "%.*s%s\"%.*s\"", PL_TEXT(list), list.len > 0 ? ", " : "",
                   PL_TEXT(folder)) != PL_OK) {
            return err->code;
        }
    }
    return pl_say(ctx, ret, err,
                  "Leave it out if any version does: exclude: [%.*s] in plimsoll.yaml.",
                  PL_TEXT(list));
}

PL_STATUS pl_check_sdk_bundled(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_sdk *sdk = pl_runtime_sdk(ctx->function->runtime);
    const struct pl_tree *tree = &ctx->package->tree;
    uint64_t bytes = 0;
    uint32_t at = PL_ENTRY_NONE;
    for (size_t f = 0; sdk && f < PL_SDK_FOLDERS && sdk->folder[f]; f++) {
        uint32_t first = 0;
        uint32_t end = 0;
        pl_tree_range(tree, pl_slice_of(sdk->folder[f]), &first, &end);
        for (uint32_t i = first; i < end; i++) {
            bytes += tree->entry[i].type == PL_ENTRY_FILE ? tree->entry[i].size : 0;
        }
        if (f == 0 || at == PL_ENTRY_NONE) {
            at = first < end ? pl_tree_find(tree, pl_slice_of(sdk->folder[f])) : at;
        }
    }
    if (at == PL_ENTRY_NONE || bytes < WORTH_BYTES) {
        return PL_OK;
    }
    char size[PL_COUNT_TEXT];
    struct pl_emit what = PL_EMIT_INIT;
    what.member = (struct pl_ref){ctx->package, at};
    if (mend_sdk(ctx, sdk, &what.mend, err) != PL_OK) {
        return err->code;
    }
    return pl_emit(ctx, &what, err, "%s: %s has %s already (%s)", pl_size_text(bytes, size),
                   ctx->function->runtime->id, sdk->name, sdk->version);
}

/* ---------------------------------------------------------------- development files */

enum kind { MAPS, TYPINGS, TESTS, HEADERS, SYMBOLS, KINDS };

/* The names are those of presets of `prune:`; for SYMBOLS there is none. */
static const char *const kind_name[KINDS] = {[MAPS] = "sourcemaps",
                                             [TYPINGS] = "typings",
                                             [TESTS] = "tests",
                                             [HEADERS] = "headers",
                                             [SYMBOLS] = "debug symbols and static libraries"};

static bool has_ending(struct pl_slice name, const char *list)
{
    struct pl_slice rest = pl_slice_of(list);
    struct pl_slice one;
    while (pl_slice_next(&rest, ' ', &one)) {
        if (pl_slice_ends(name, one)) {
            return true;
        }
    }
    return false;
}

/* A folder of tests inside an installed npm package, or below a Python one. */
static bool is_test(struct pl_slice name)
{
    struct pl_slice rest = name;
    struct pl_slice part;
    size_t depth = 0;
    while (pl_slice_next(&rest, '/', &part)) {
        if (depth > 0 && rest.len > 0 &&
            (pl_slice_is(part, "tests") || pl_slice_is(part, "__tests__"))) {
            return true;
        }
        depth++;
    }
    return false;
}

static enum kind kind_of(struct pl_slice name)
{
    if (has_ending(name, ".js.map .mjs.map .cjs.map .css.map .d.ts.map")) {
        return MAPS;
    }
    if (has_ending(name, ".pyi .d.ts .d.mts .d.cts .js.flow")) {
        return TYPINGS;
    }
    if (is_test(name)) {
        return TESTS;
    }
    if (has_ending(name, ".h .hpp .hxx .pxd")) {
        return HEADERS;
    }
    return has_ending(name, ".pdb .a .lib .dSYM .debug") ? SYMBOLS : KINDS;
}

static PL_STATUS say_kinds(struct pl_rule_ctx *ctx, const uint64_t bytes[KINDS],
                           struct pl_slice *ret, struct pl_slice *ret_mend, struct pl_err *err)
{
    char size[PL_COUNT_TEXT];
    for (size_t k = 0; k < KINDS; k++) {
        if (bytes[k] == 0) {
            continue;
        }
        if (pl_say(ctx, ret, err, "%.*s%s%s %s", PL_TEXT(*ret), ret->len > 0 ? ", " : "",
                   kind_name[k], pl_size_text(bytes[k], size)) != PL_OK) {
            return err->code;
        }
        if (k != SYMBOLS && pl_say(ctx, ret_mend, err, "%.*s%s%s", PL_TEXT(*ret_mend),
                                   ret_mend->len > 0 ? ", " : "", kind_name[k]) != PL_OK) {
            return err->code;
        }
    }
    return ret_mend->len > 0
               ? pl_say(ctx, ret_mend, err, "prune: [%.*s] in plimsoll.yaml", PL_TEXT(*ret_mend))
               : PL_OK;
}

PL_STATUS pl_check_development_files(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_tree *tree = &ctx->package->tree;
    uint64_t bytes[KINDS] = {0};
    uint64_t total = 0;
    for (uint32_t i = 0; i < tree->n; i++) {
        enum kind kind = is_file(&tree->entry[i]) ? kind_of(tree->entry[i].name) : KINDS;
        if (kind != KINDS) {
            bytes[kind] += tree->entry[i].size;
            total += tree->entry[i].size;
        }
    }
    if (total < WORTH_BYTES) {
        return PL_OK;
    }
    struct pl_slice kinds = {0};
    char size[PL_COUNT_TEXT];
    struct pl_emit what = PL_EMIT_INIT;
    if (say_kinds(ctx, bytes, &kinds, &what.mend, err) != PL_OK) {
        return err->code;
    }
    return pl_emit(ctx, &what, err, "%s that nothing runs: %.*s", pl_size_text(total, size),
                   PL_TEXT(kinds));
}

/* ---------------------------------------------------------------- the same content again */

static int compare_contents(const void *left, const void *right)
{
    const struct pl_entry *a = *(const struct pl_entry *const *)left;
    const struct pl_entry *b = *(const struct pl_entry *const *)right;
    if (a->size != b->size) {
        return a->size > b->size ? -1 : 1;
    }
    if (a->crc != b->crc) {
        return a->crc > b->crc ? -1 : 1;
    }
    return pl_slice_cmp(a->name, b->name);
}

struct again {
    uint64_t bytes, most;
    uint32_t files, times;
    const struct pl_entry *worst;
};

static struct again find_again(const struct pl_entry **list, uint32_t n)
{
    struct again again = {0};
    for (uint32_t i = 0; i < n;) {
        uint32_t end = i + 1;
        while (end < n && list[end]->size == list[i]->size && list[end]->crc == list[i]->crc) {
            end++;
        }
        uint64_t wasted = (end - i - 1) * list[i]->size;
        again.bytes += wasted;
        again.files += end - i - 1;
        if (wasted > again.most) {
            again.most = wasted;
            again.worst = list[i];
            again.times = end - i;
        }
        i = end;
    }
    return again;
}

PL_STATUS pl_check_duplicate_content(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_tree *tree = &ctx->package->tree;
    const struct pl_entry **list = pl_arr_zeroed(tree->n, sizeof *list, err);
    uint32_t n = 0;
    if (!list) {
        return err->code;
    }
    for (uint32_t i = 0; i < tree->n; i++) {
        if (is_file(&tree->entry[i]) && tree->entry[i].size >= WORTH_FILE_BYTES) {
            list[n++] = &tree->entry[i];
        }
    }
    if (n > 0) {
        qsort(list, n, sizeof *list, compare_contents);
    }
    struct again again = find_again(list, n);
    free(list);
    if (again.bytes < WORTH_BYTES || !again.worst) {
        return PL_OK;
    }
    char size[PL_COUNT_TEXT];
    struct pl_emit what = PL_EMIT_INIT;
    struct pl_slice modules = PL_SLICE("node_modules/");
    if (pl_slice_find_text(again.worst->name, modules) == again.worst->name.len) {
        what.mend =
            PL_SLICE("Keep one of them: symlinks: preserve in plimsoll.yaml packs links to it "
                     "as links.");
    }
    what.member = (struct pl_ref){ctx->package, (uint32_t)(again.worst - tree->entry)};
    return pl_emit(
        ctx, &what, err, "%s in %u %s that %s what others hold; this one stands there %u times",
        pl_size_text(again.bytes, size), again.files, again.files == 1 ? "file" : "files",
        again.files == 1 ? "holds" : "hold", again.times);
}

/* ---------------------------------------------------------------- stale bytecode */

/* "a/x.py" for "a/__pycache__/x.cpython-313.pyc"; PL_ENTRY_NONE when there is none, and for
 * bytecode without __pycache__, which Python loads as it is. */
static uint32_t source_of(const struct pl_tree *tree, struct pl_slice name)
{
    char path[PATH_TEXT];
    struct pl_slice folder = pl_slice_dirname(name);
    struct pl_slice base = pl_slice_basename(name);
    if (!pl_slice_is(pl_slice_basename(folder), "__pycache__") || name.len >= PATH_TEXT) {
        return PL_ENTRY_NONE;
    }
    folder = pl_slice_dirname(folder);
    int n = snprintf(path, sizeof path, "%.*s%s%.*s.py", PL_TEXT(folder), folder.len > 0 ? "/" : "",
                     (int)pl_slice_find(base, '.'), base.ptr);
    return n > 0 && n < PATH_TEXT ? pl_tree_find(tree, pl_slice_make(path, (size_t)n))
                                  : PL_ENTRY_NONE;
}

/* A ZIP has local times of two seconds' steps, and perhaps others in extra fields: what differs by
 * a time zone alone may still be the same. */
static bool is_same_time(uint32_t pyc, int64_t entry)
{
    int64_t apart = (int64_t)pyc - entry;
    apart = apart < 0 ? -apart : apart;
    int64_t rest = apart % ZONE_STEP;
    return apart <= ZONE_MAX + DOS_STEP && (rest <= DOS_STEP || ZONE_STEP - rest <= DOS_STEP);
}

PL_STATUS pl_check_stale_bytecode(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_package *package = ctx->package;
    const struct pl_tree *tree = &package->tree;
    uint32_t first = PL_ENTRY_NONE;
    uint32_t count = 0;
    for (uint32_t i = 0; package->marks && i < tree->n; i++) {
        const struct pl_marks *marks = &package->marks[i];
        if (!(marks->found & PL_MARK_PYC) || marks->pyc_flags != 0 || !is_file(&tree->entry[i])) {
            continue;
        }
        uint32_t source = source_of(tree, tree->entry[i].name);
        if (source == PL_ENTRY_NONE || (marks->pyc_size == (uint32_t)tree->entry[source].size &&
                                        is_same_time(marks->pyc_time, tree->entry[source].mtime))) {
            continue;
        }
        first = first == PL_ENTRY_NONE ? i : first;
        count++;
    }
    if (count == 0) {
        return PL_OK;
    }
    struct pl_emit what = PL_EMIT_INIT;
    what.member = (struct pl_ref){package, first};
    return count == 1
               ? pl_emit(
                     ctx, &what, err,
                     "its source has another time or size: Python compiles it at each cold start")
               : pl_emit(ctx, &what, err,
                         "%u .pyc files whose sources have another time or size: Python compiles "
                         "them at each cold start",
                         count);
}

/* ---------------------------------------------------------------- what a layer has too */

static bool has_same(const struct pl_tree *layer, struct pl_slice at, const struct pl_entry *mine)
{
    uint32_t found = pl_tree_find(layer, at);
    if (found == PL_ENTRY_NONE) {
        return false;
    }
    const struct pl_entry *theirs = &layer->entry[found];
    return theirs->type == PL_ENTRY_FILE && theirs->size == mine->size && theirs->crc == mine->crc;
}

/* The folders below /opt in which a runtime looks for what stands in the code at this path. */
static bool is_in_layer(const struct pl_runtime *runtime, const struct pl_tree *layer,
                        const struct pl_entry *mine)
{
    char at[PATH_TEXT];
    char folder[64];
    bool python = runtime->language == PL_LANG_PYTHON;
    (void)snprintf(folder, sizeof folder,
                   python ? "python/lib/python%u.%u/site-packages" : "nodejs",
                   runtime->version_major, runtime->version_minor);
    const char *const place[] = {python ? "python" : "nodejs", folder};
    for (size_t i = 0; i < sizeof place / sizeof *place; i++) {
        int n = snprintf(at, sizeof at, "%s/%.*s", place[i], PL_TEXT(mine->name));
        if (n > 0 && n < PATH_TEXT && has_same(layer, pl_slice_make(at, (size_t)n), mine)) {
            return true;
        }
    }
    return false;
}

PL_STATUS pl_check_provided_by_layer(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_function *fn = ctx->function;
    const struct pl_tree *code = &ctx->package->tree;
    for (uint32_t k = 0; k < fn->n_layer; k++) {
        const struct pl_layer *layer =
            fn->layer[k] == PL_NO_INDEX ? NULL : &ctx->survey->layer[fn->layer[k]];
        uint64_t bytes = 0;
        uint32_t first = PL_ENTRY_NONE;
        if (!layer || !layer->package || layer->package->kind != PL_KIND_ZIP) {
            continue;
        }
        for (uint32_t i = 0; i < code->n; i++) {
            if (is_file(&code->entry[i]) && code->entry[i].size > 0 &&
                is_in_layer(fn->runtime, &layer->package->tree, &code->entry[i])) {
                first = first == PL_ENTRY_NONE ? i : first;
                bytes += code->entry[i].size;
            }
        }
        if (bytes < WORTH_BYTES / 10) {
            continue;
        }
        struct pl_slice id;
        char size[PL_COUNT_TEXT];
        struct pl_emit what = PL_EMIT_INIT;
        what.member = (struct pl_ref){ctx->package, first};
        enum pl_status status = pl_safe(ctx, layer->decl->id, &id, err);
        if (!status) {
            status = pl_emit(ctx, &what, err, "%s that layer %.*s has too, from this file on",
                             pl_size_text(bytes, size), PL_TEXT(id));
        }
        if (status) {
            return status;
        }
    }
    return PL_OK;
}
