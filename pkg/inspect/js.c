#include "pkg/inspect/js.h"

#include "pkg/base/arr.h"
#include "pkg/inspect/js_read.h"

#include <stdlib.h>
#include <string.h>

/* How often, on average, a byte may be read again to classify values. */
enum { READ_AGAIN = 6, READ_AGAIN_MIN = 1 << 16 };

/* What the assignments to one name, in source order, make of it. */
static void join(struct pl_js_export *to, const struct js_found *found)
{
    bool undefined = found->value.undefined;
    if (found->sure == PL_SURE_YES) {
        to->sure = undefined ? PL_SURE_NO : PL_SURE_YES;
        to->how = found->value.how;
        to->arity = found->value.how == PL_JS_FUNCTION ? found->value.arity : -1;
    } else if (found->sure == PL_SURE_MAYBE && !undefined) {
        if (to->sure == PL_SURE_NO) {
            to->sure = PL_SURE_MAYBE;
            to->how = found->value.how;
            to->arity = found->value.how == PL_JS_FUNCTION ? found->value.arity : -1;
        } else if (to->how != found->value.how) {
            to->how = PL_JS_UNKNOWN;
            to->arity = -1;
        }
    }
}

struct order {
    const struct js_found *found;
};

static int by_order(const void *a, const void *b)
{
    const struct js_found *x = ((const struct order *)a)->found;
    const struct js_found *y = ((const struct order *)b)->found;
    int order = pl_slice_cmp(x->name, y->name);
    return order != 0 ? order : (x > y) - (x < y);
}

/* Offsets of the line starts, for many look-ups. */
struct lines {
    uint32_t *start; /* owned */
    size_t n;
};

static void lines_done(struct lines *lines)
{
    free(lines->start);
}

static PL_STATUS find_lines(struct pl_slice text, struct lines *ret, struct pl_err *err)
{
    size_t cap = 0;
    size_t at = 0;
    for (;;) {
        uint32_t *grown =
            pl_arr_grow(ret->start, &cap, ret->n + 1, sizeof *grown, UINT32_MAX, "lines", err);
        if (!grown) {
            return err->code;
        }
        ret->start = grown;
        grown[ret->n++] = (uint32_t)at;
        const char *end = at < text.len ? memchr(text.ptr + at, '\n', text.len - at) : NULL;
        if (!end) {
            return PL_OK;
        }
        at = (size_t)(end - text.ptr) + 1;
    }
}

static struct pl_spot spot_in(const struct lines *lines, uint32_t at)
{
    size_t low = 0;
    size_t high = lines->n;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (lines->start[middle] <= at) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return (struct pl_spot){(uint32_t)low + 1, at - lines->start[low] + 1};
}

static PL_STATUS keep_exports(struct js_read *read, struct pl_js *js, struct pl_arena *arena,
                              struct pl_err *err)
{
    if (read->n_found == 0) {
        return PL_OK;
    }
    js->export_ = pl_arena_new(arena, read->n_found, sizeof *js->export_, err);
    struct order *order = pl_arr_zeroed(read->n_found, sizeof *order, err);
    if (!js->export_ || !order) {
        free(order);
        return err->code;
    }
    struct lines lines PL_CLEANUP(lines_done) = {0};
    enum pl_status status = find_lines(read->text, &lines, err);
    size_t n = 0;
    for (size_t i = 0; i < read->n_found; i++) {
        /* In an ES module `exports` is a name like any other. */
        if (!read->esm || read->found[i].origin == JS_OF_MODULE) {
            order[n++].found = &read->found[i];
        }
    }
    qsort(order, n, sizeof *order, by_order);
    for (size_t i = 0; i < n && status == PL_OK; i++) {
        const struct js_found *found = order[i].found;
        bool again =
            js->n_export > 0 && pl_slice_eq(js->export_[js->n_export - 1].name, found->name);
        if (!again) {
            struct pl_js_export *next = &js->export_[js->n_export++];
            next->how = PL_JS_UNKNOWN;
            next->arity = -1;
            status = pl_arena_dup(arena, found->name, &next->name, err);
        }
        struct pl_js_export *to = &js->export_[js->n_export - 1];
        join(to, found);
        if (found->sure != PL_SURE_NO || to->at.line == 0) {
            to->at = spot_in(&lines, found->at);
        }
    }
    free(order);
    return status;
}

static PL_STATUS keep_slices(const struct pl_slice *from, size_t n, struct pl_slice **ret,
                             uint32_t *ret_n, struct pl_arena *arena, struct pl_err *err)
{
    if (n == 0) {
        return PL_OK;
    }
    struct pl_slice *to = pl_arena_new(arena, n, sizeof *to, err);
    if (!to) {
        return err->code;
    }
    for (size_t i = 0; i < n; i++) {
        enum pl_status status = pl_arena_dup(arena, from[i], &to[i], err);
        if (status != PL_OK) {
            return status;
        }
    }
    *ret = to;
    *ret_n = (uint32_t)n;
    return PL_OK;
}

static PL_STATUS keep_requires(const struct pl_js_require *from, size_t n,
                               struct pl_js_require **ret, uint32_t *ret_n, struct pl_arena *arena,
                               struct pl_err *err)
{
    if (n == 0) {
        return PL_OK;
    }
    struct pl_js_require *to = pl_arena_new(arena, n, sizeof *to, err);
    if (!to) {
        return err->code;
    }
    for (size_t i = 0; i < n; i++) {
        to[i].offset = from[i].offset;
        enum pl_status status = pl_arena_dup(arena, from[i].name, &to[i].name, err);
        if (status != PL_OK) {
            return status;
        }
    }
    *ret = to;
    *ret_n = (uint32_t)n;
    return PL_OK;
}

static PL_STATUS keep_results(struct js_read *read, struct pl_js *js, struct pl_arena *arena,
                              struct pl_err *err)
{
    enum pl_status status = keep_exports(read, js, arena, err);
    if (status == PL_OK) {
        status = keep_slices(read->reexport, read->n_reexport, &js->reexport, &js->n_reexport,
                             arena, err);
    }
    if (status == PL_OK) {
        status =
            keep_requires(read->require, read->n_require, &js->require, &js->n_require, arena, err);
    }
    if (status == PL_OK) {
        status = keep_requires(read->external, read->n_external, &js->external, &js->n_external,
                               arena, err);
    }
    js->esm = read->esm;
    if (read->esm) {
        js->esm_at = js_spot(read->text, read->esm_at);
    }
    js->cjs = read->cjs;
    js->replaced = read->replaced && !read->esm;
    js->whole = read->replaced ? read->whole.how : PL_JS_NOT_FUNCTION;
    if (js->whole == PL_JS_NOT_FUNCTION && read->perhaps_function) {
        js->whole = PL_JS_UNKNOWN;
    }
    js->dynamic = read->esm ? read->esm_open : read->dynamic;
    js->dynamic = js->dynamic || read->lex.escaped || read->budget == 0;
    js->syntax = read->lex.error;
    if (js->syntax.found) {
        js->syntax.at = js_spot(read->text, read->lex.error_at);
    } else if (read->lex.broken) {
        js->dynamic = true;
    }
    return status;
}

static void read_done(struct js_read *read)
{
    js_lex_done(&read->lex);
    free(read->found);
    free(read->member);
    free(read->declared);
    free(read->getters);
    free(read->reexport);
    free(read->require);
    free(read->external);
}

static PL_STATUS read_text(struct pl_js *js, struct pl_slice text, struct pl_arena *arena,
                           struct pl_err *err)
{
    struct js_read read PL_CLEANUP(read_done) = {.text = text, .arena = arena, .err = err};
    read.budget = text.len * READ_AGAIN + READ_AGAIN_MIN;
    uint32_t start = pl_slice_starts(text, PL_SLICE("\xef\xbb\xbf")) ? 3 : 0;
    if (pl_slice_starts(pl_slice_sub(text, start, text.len), PL_SLICE("#!"))) {
        start = (uint32_t)pl_slice_find(text, '\n');
    }
    js_lex_init(&read.lex, text, start, err);
    enum pl_status status = js_scan(&read, err);
    if (status == PL_OK) {
        if (read.has_await && !read.esm && !read.cjs) {
            read.esm = true;
            read.esm_at = read.await_at;
        }
        status = js_resolve(&read, err);
    }
    if (status == PL_OK) {
        status = read.failed;
    }
    if (status == PL_ERR_LIMIT) {
        js->dynamic = true; /* more than a module has: nothing is sure */
        return PL_OK;
    }
    return status == PL_OK ? keep_results(&read, js, arena, err) : status;
}

/* UTF-16: its byte-order mark, or half a character and a NUL, outside of any string or pattern. */
static bool is_wide(struct pl_slice text)
{
    if (text.len < 2) {
        return false;
    }
    if (pl_slice_starts(text, PL_SLICE("\xff\xfe")) ||
        pl_slice_starts(text, PL_SLICE("\xfe\xff"))) {
        return true;
    }
    bool quotes = text.ptr[0] != '\0' && strchr("'\"`/", text.ptr[0]);
    return text.ptr[0] == '\0' || (text.ptr[1] == '\0' && !quotes);
}

PL_STATUS pl_js_read(struct pl_js *ret, struct pl_slice text, struct pl_arena *arena,
                     struct pl_err *err)
{
    struct pl_js js = {0};
    js.not_text =
        pl_slice_find(text, '\0') < text.len || text.len > UINT32_MAX / 2 || is_wide(text);
    if (js.not_text && is_wide(text)) {
        js.syntax =
            (struct pl_syntax_error){true, {1, 1}, "the file is UTF-16, and Node.js reads UTF-8"};
    }
    enum pl_status status = js.not_text ? PL_OK : read_text(&js, text, arena, err);
    if (status == PL_OK) {
        *ret = js;
    }
    return status;
}

struct pl_spot pl_js_spot(struct pl_slice text, uint32_t offset, struct pl_js_mark *mark)
{
    if (offset < mark->line_at) {
        *mark = (struct pl_js_mark){0};
    }
    uint32_t from = mark->line_at;
    struct pl_spot spot = js_spot(pl_slice_sub(text, from, text.len), offset - from);
    mark->lines += spot.line - 1;
    mark->line_at = offset + 1 - spot.col;
    spot.line = mark->lines + 1;
    return spot;
}

static int export_by_name(const void *key, const void *item)
{
    const struct pl_slice *name = key;
    const struct pl_js_export *exported = item;
    return pl_slice_cmp(*name, exported->name);
}

static const struct pl_js_export *find_export(const struct pl_js *js, struct pl_slice name)
{
    return js->n_export > 0
               ? bsearch(&name, js->export_, js->n_export, sizeof *js->export_, export_by_name)
               : NULL;
}

/* What every object or function has from its prototype. */
static bool is_inherited(const struct pl_js *js, struct pl_slice name)
{
    static const char *const of_object[] = {
        "constructor",         "toString",         "toLocaleString",   "valueOf",
        "hasOwnProperty",      "isPrototypeOf",    "__defineGetter__", "__defineSetter__",
        "__lookupGetter__",    "__lookupSetter__", "__proto__",        "__esModule",
        "propertyIsEnumerable"};
    static const char *const of_function[] = {"call", "apply",  "bind",
                                              "name", "length", "prototype"};
    for (size_t i = 0; i < sizeof of_object / sizeof of_object[0]; i++) {
        if (pl_slice_is(name, of_object[i])) {
            return !js->esm;
        }
    }
    for (size_t i = 0; i < sizeof of_function / sizeof of_function[0]; i++) {
        if (pl_slice_is(name, of_function[i])) {
            return !js->esm && js->replaced && js->whole != PL_JS_NOT_FUNCTION;
        }
    }
    return false;
}

enum pl_sure pl_js_exports(const struct pl_js *js, struct pl_slice name,
                           const struct pl_js_export **ret_export)
{
    const struct pl_js_export *found = find_export(js, name);
    if (ret_export) {
        *ret_export = found;
    }
    enum pl_sure sure = found ? (enum pl_sure)found->sure : PL_SURE_NO;
    if (sure != PL_SURE_NO) {
        return sure;
    }
    bool any = js->not_text || js->dynamic || js->syntax.found || js->n_reexport > 0;
    if (any || is_inherited(js, name)) {
        return PL_SURE_MAYBE;
    }
    size_t dot = pl_slice_find(name, '.');
    if (dot < name.len) {
        /* A member of something that is exported may be there, whatever its source says. */
        return pl_js_exports(js, pl_slice_sub(name, 0, dot), NULL) == PL_SURE_NO ? PL_SURE_NO
                                                                                 : PL_SURE_MAYBE;
    }
    return PL_SURE_NO;
}
