/*
 * Imports of a Node.js handler's own files: require's algorithm and the resolver of ES modules
 * (Node.js documentation), as far as both are sure.  "exports" and "imports" of a package.json map
 * names to files by conditions: a package that is there at all counts as found.
 */
#include "pkg/lambda/modules.h"
#include "pkg/survey/imports.h"

#include <string.h>

enum { SDK_V3 = 18 };

struct own {
    struct pl_node_file file;
    bool esm;
    bool first; /* the handler's module */
};

struct walk {
    const struct pl_node_try *t;
    struct pl_looker *l;
    struct pl_imports *ret;
    struct own file[PL_IMPORT_FILES];
    uint32_t n;
    bool cut;
    const struct pl_looked *marked; /* the text that `mark` is of */
    struct pl_js_mark mark;
};

struct requiring {
    const struct own *own;
    const struct pl_js_require *require;
    const struct pl_looked *looked;
    bool sure;
};

static bool is_installed(struct pl_slice real)
{
    return pl_slice_find_text(real, PL_SLICE("/node_modules/")) < real.len;
}

static PL_STATUS add_own(struct walk *w, const struct pl_node_file *file, bool first,
                         struct pl_err *err)
{
    enum pl_node_format format = PL_NODE_UNSURE;
    if (is_installed(file->real) || file->at.package != w->l->fn->code ||
        !pl_entry_readable(pl_ref_entry(file->at))) {
        return PL_OK;
    }
    for (uint32_t i = 0; i < w->n; i++) {
        if (pl_ref_eq(w->file[i].file.at, file->at)) {
            return PL_OK;
        }
    }
    if (w->n == PL_IMPORT_FILES) {
        w->cut = true;
        return PL_OK;
    }
    if (pl_node_format_of(w->l, file, &format, err) != PL_OK) {
        return err->code;
    }
    if (format == PL_NODE_CJS || format == PL_NODE_ESM) {
        w->file[w->n++] = (struct own){*file, format == PL_NODE_ESM, first};
    }
    return PL_OK;
}

static PL_STATUS fault(struct walk *w, const struct requiring *one, enum pl_import_fault what,
                       struct pl_slice detail, struct pl_err *err)
{
    struct pl_import found = {.what = (uint8_t)what,
                              .name = one->require->name,
                              .detail = detail,
                              .from = one->own->file.at};
    if (w->marked != one->looked) {
        w->marked = one->looked;
        w->mark = (struct pl_js_mark){0};
    }
    found.at = pl_js_spot(pl_buf_view(&one->looked->text), one->require->offset, &w->mark);
    found.sure = one->own->first && one->sure ? PL_SURE_YES : PL_SURE_MAYBE;
    return pl_imports_add(w->l, w->ret, &found, err);
}

/* ---- a file beside this one ---- */

static PL_STATUS file_missing(struct walk *w, const struct requiring *one, struct pl_slice path,
                              struct pl_err *err)
{
    struct pl_node_file near = {.found = false};
    struct pl_slice detail = PL_SLICE("");
    if (one->own->esm && pl_node_require(w->l, path, &near, err) != PL_OK) {
        return err->code;
    }
    if (near.found &&
        pl_look_fmt(w->l, &detail, err, "%.*s is there: ES modules are imported by their full name",
                    PL_ARG(pl_ref_entry(near.at)->name)) != PL_OK) {
        return err->code;
    }
    return fault(w, one, PL_IMPORT_MISSING, detail, err);
}

static PL_STATUS read_path(struct walk *w, const struct requiring *one, struct pl_err *err)
{
    struct pl_slice name = one->require->name;
    struct pl_slice path = name;
    struct pl_node_file file = {.found = false};
    bool absolute = pl_slice_starts(name, PL_SLICE("/"));
    bool query = pl_slice_find(name, '?') < name.len || pl_slice_find(name, '%') < name.len ||
                 pl_slice_find(name, '#') < name.len;
    if (query || (absolute && !pl_slice_starts(name, PL_SLICE("/var/task/")))) {
        return PL_OK;
    }
    if (!absolute &&
        pl_look_fmt(w->l, &path, err, "%.*s/%.*s", PL_ARG(pl_slice_dirname(one->own->file.real)),
                    PL_ARG(name)) != PL_OK) {
        return err->code;
    }
    enum pl_status status = one->own->esm ? pl_node_exact(w->l, path, &file, err)
                                          : pl_node_require(w->l, path, &file, err);
    if (status != PL_OK) {
        return status;
    }
    if (file.found) {
        return add_own(w, &file, false, err);
    }
    if (file.opaque || file.outside) {
        w->ret->why = file.opaque ? PL_WHY_OPAQUE_LAYER : PL_WHY_OUTSIDE;
        return PL_OK;
    }
    return file_missing(w, one, path, err);
}

/* ---- a package ---- */

/* "@scope/name/file" gives "@scope/name". */
static struct pl_slice package_of(struct pl_slice specifier)
{
    size_t end = pl_slice_find(specifier, '/');
    if (pl_slice_starts(specifier, PL_SLICE("@")) && end < specifier.len) {
        struct pl_slice rest = pl_slice_sub(specifier, end + 1, specifier.len);
        end += 1 + pl_slice_find(rest, '/');
    }
    return pl_slice_sub(specifier, 0, end);
}

struct search {
    struct pl_slice package, specifier;
    bool found, opaque, outside;
};

/* Is FOLDER/PACKAGE there, or a plain file of that name? */
static PL_STATUS search_in(struct walk *w, struct pl_slice folder, struct search *s,
                           struct pl_err *err)
{
    struct pl_slice path;
    struct pl_node_file file;
    if (s->found) {
        return PL_OK;
    }
    if (pl_look_fmt(w->l, &path, err, "%.*s/%.*s", PL_ARG(folder), PL_ARG(s->package)) != PL_OK) {
        return err->code;
    }
    uint8_t how = pl_view_find(w->l->view, PL_SLICE("/"), path).how;
    s->opaque = s->opaque || how == PL_HOW_OPAQUE;
    s->outside = s->outside || how == PL_HOW_OUTSIDE;
    s->found = how == PL_HOW_FOLDER;
    if (s->found) {
        return PL_OK;
    }
    if (pl_look_fmt(w->l, &path, err, "%.*s/%.*s", PL_ARG(folder), PL_ARG(s->specifier)) != PL_OK ||
        pl_node_require(w->l, path, &file, err) != PL_OK) {
        return err->code;
    }
    s->found = file.found;
    return PL_OK;
}

/* A package may import itself by its own name. */
static PL_STATUS is_itself(struct walk *w, struct pl_slice folder, struct search *s,
                           struct pl_err *err)
{
    struct pl_slice path;
    struct pl_looked *looked = NULL;
    struct pl_node_file file = {.found = false};
    if (pl_look_fmt(w->l, &path, err, "%.*s/package.json", PL_ARG(folder)) != PL_OK ||
        pl_node_exact(w->l, path, &file, err) != PL_OK) {
        return err->code;
    }
    if (!file.found) {
        return PL_OK;
    }
    if (pl_look_json(w->l, file.at, &looked, err) != PL_OK) {
        return err->code;
    }
    s->found = looked->state != PL_LOOKED_TEXT || !looked->json->parsed ||
               pl_slice_eq(looked->json->name, s->package);
    return PL_OK;
}

static PL_STATUS search_up(struct walk *w, struct pl_slice folder, struct search *s,
                           struct pl_err *err)
{
    struct pl_slice modules;
    /* Above the package nothing is ours to see, and Lambda has nothing there. */
    while (!s->found && pl_slice_starts(folder, PL_SLICE("/var/task"))) {
        if (pl_look_fmt(w->l, &modules, err, "%.*s/node_modules", PL_ARG(folder)) != PL_OK ||
            search_in(w, modules, s, err) != PL_OK ||
            (!s->found && is_itself(w, folder, s, err) != PL_OK)) {
            return err->code;
        }
        folder = pl_slice_dirname(folder);
    }
    return PL_OK;
}

/* NODE_PATH, LAMBDA 4.2.  It ends in /var/task in practice: then files at the root are found. */
static PL_STATUS search_path(struct walk *w, struct search *s, struct pl_err *err)
{
    struct pl_slice versioned;
    if (pl_look_fmt(w->l, &versioned, err, "/opt/nodejs/node%u/node_modules",
                    (unsigned)w->l->fn->runtime->version_major) != PL_OK ||
        search_in(w, versioned, s, err) != PL_OK ||
        search_in(w, PL_SLICE("/opt/nodejs/node_modules"), s, err) != PL_OK) {
        return err->code;
    }
    return search_in(w, PL_SLICE("/var/task"), s, err);
}

static PL_STATUS package_missing(struct walk *w, const struct requiring *one,
                                 const struct search *s, struct pl_err *err)
{
    struct pl_slice removed =
        PL_SLICE("nodejs18.x and later bring version 3: @aws-sdk/client-* and @aws-sdk/lib-*");
    if (pl_node_brings(w->l->fn->runtime, s->package)) {
        return PL_OK;
    }
    if (s->opaque || s->outside) {
        w->ret->why = s->opaque ? PL_WHY_OPAQUE_LAYER : PL_WHY_OUTSIDE;
        return PL_OK;
    }
    if (pl_slice_is(s->package, "aws-sdk") && w->l->fn->runtime->version_major >= SDK_V3) {
        return fault(w, one, PL_IMPORT_REMOVED, removed, err);
    }
    return one->sure ? fault(w, one, PL_IMPORT_MISSING, PL_SLICE(""), err) : PL_OK;
}

static PL_STATUS read_package(struct walk *w, const struct requiring *one, struct pl_err *err)
{
    struct search s = {.package = package_of(one->require->name), .specifier = one->require->name};
    if (search_up(w, pl_slice_dirname(one->own->file.real), &s, err) != PL_OK ||
        search_path(w, &s, err) != PL_OK) {
        return err->code;
    }
    return s.found ? PL_OK : package_missing(w, one, &s, err);
}

static bool is_path(struct pl_slice name)
{
    return pl_slice_is(name, ".") || pl_slice_is(name, "..") ||
           pl_slice_starts(name, PL_SLICE("./")) || pl_slice_starts(name, PL_SLICE("../")) ||
           pl_slice_starts(name, PL_SLICE("/"));
}

static PL_STATUS read_require(struct walk *w, const struct requiring *one, struct pl_err *err)
{
    struct pl_slice name = one->require->name;
    /* A scheme (node:, data:, file:), or a name that package.json's "imports" maps. */
    bool other = pl_slice_find(name, ':') < name.len || pl_slice_starts(name, PL_SLICE("#"));
    if (name.len == 0 || other || pl_node_is_builtin(name)) {
        return PL_OK;
    }
    return is_path(name) ? read_path(w, one, err) : read_package(w, one, err);
}

/* ---- require in ES modules ---- */

/* The name of esbuild's stand-in: `var NAME = ((x) => typeof require ...`, in front of `end`. */
static struct pl_slice shim_name(struct pl_slice text, size_t end)
{
    enum { HEAD = 80 };
    struct pl_slice head = pl_slice_sub(text, 0, end);
    size_t at = pl_slice_find_text(head, PL_SLICE("typeof require"));
    head = pl_slice_sub(head, at > HEAD ? at - HEAD : 0, at);
    size_t arrow = head.len;
    while (arrow > 1 && !(head.ptr[arrow - 2] == '=' && head.ptr[arrow - 1] == '>')) {
        arrow--;
    }
    struct pl_slice left = pl_slice_sub(head, 0, arrow > 1 ? arrow - 2 : 0);
    left = pl_slice_trim(pl_slice_sub(left, 0, pl_slice_rfind(left, '=')));
    size_t from = left.len;
    while (from > 0 && left.ptr[from - 1] != ' ' && left.ptr[from - 1] != ',' &&
           left.ptr[from - 1] != ';') {
        from--;
    }
    return pl_slice_sub(left, from, left.len);
}

static bool is_word(char c)
{
    return c == '_' || c == '$' || c == '.' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
           (c >= 'A' && c <= 'Z');
}

/* In a try, the failure does no harm. */
static bool is_tried(struct pl_slice text, size_t at)
{
    enum { NEAR = 48 };
    struct pl_slice before = pl_slice_sub(text, at > NEAR ? at - NEAR : 0, at);
    return pl_slice_find_text(before, PL_SLICE("try{")) < before.len ||
           pl_slice_find_text(before, PL_SLICE("try {")) < before.len;
}

/* The first call of the stand-in for a module of Node.js, behind `from`. */
static bool find_call(struct pl_slice text, size_t from, struct pl_slice name,
                      struct pl_js_require *ret)
{
    while (from < text.len) {
        struct pl_slice rest = pl_slice_sub(text, from, text.len);
        size_t at = from + pl_slice_find_text(rest, name);
        size_t open = at + name.len;
        from = open;
        if (open + 2 >= text.len || text.ptr[open] != '(' || is_word(text.ptr[at - 1]) ||
            (text.ptr[open + 1] != '"' && text.ptr[open + 1] != '\'')) {
            continue;
        }
        struct pl_slice module = pl_slice_sub(text, open + 2, text.len);
        module = pl_slice_sub(module, 0, pl_slice_find(module, text.ptr[open + 1]));
        if (pl_node_is_builtin(module) && !is_tried(text, at)) {
            *ret = (struct pl_js_require){module, (uint32_t)at};
            return true;
        }
    }
    return false;
}

/* esbuild turns require of what is outside of a bundle into a call of its stand-in; in an ES module
 * there is no require for it to call, unless the bundle begins by making one. */
static PL_STATUS read_shim(struct walk *w, const struct own *own, const struct pl_looked *looked,
                           struct pl_err *err)
{
    enum { HEAD = 64 * 1024 };
    struct pl_slice text = pl_buf_view(&looked->text);
    struct pl_slice head = pl_slice_sub(text, 0, HEAD);
    size_t throws = pl_slice_find_text(head, PL_SLICE("Dynamic require of"));
    struct pl_js_require call;
    if (!own->esm || throws == head.len) {
        return PL_OK;
    }
    head = pl_slice_sub(head, 0, throws);
    struct pl_slice name = shim_name(text, throws);
    if (name.len == 0 || pl_slice_find_text(head, PL_SLICE("createRequire")) < head.len ||
        pl_slice_find_text(head, PL_SLICE(".require")) < pl_slice_find_text(head, name) ||
        !find_call(text, throws, name, &call)) {
        return PL_OK;
    }
    struct requiring one = {own, &call, looked, false};
    return fault(w, &one, PL_IMPORT_SHIM, PL_SLICE(""), err);
}

/* ---- files ---- */

static PL_STATUS read_file(struct walk *w, const struct own *own, struct pl_err *err)
{
    struct pl_looked *looked = NULL;
    if (pl_look_js(w->l, own->file.at, &looked, err) != PL_OK) {
        return err->code;
    }
    if (looked->state != PL_LOOKED_TEXT || looked->js->not_text || looked->js->syntax.found) {
        w->cut = w->cut || looked->state == PL_LOOKED_TOO_BIG;
        return PL_OK;
    }
    const struct pl_js *js = looked->js;
    if (js->esm != own->esm && js->esm) {
        return PL_OK; /* refused before anything is imported */
    }
    for (uint32_t i = 0; i < js->n_require; i++) {
        struct requiring one = {own, &js->require[i], looked, true};
        if (read_require(w, &one, err) != PL_OK) {
            return err->code;
        }
    }
    for (uint32_t i = 0; i < js->n_external; i++) {
        struct requiring one = {own, &js->external[i], looked, false};
        if (pl_slice_is(package_of(one.require->name), "aws-sdk") &&
            read_require(w, &one, err) != PL_OK) {
            return err->code;
        }
    }
    return read_shim(w, own, looked, err);
}

/* Code that decides where modules are searched. */
static bool moves_search(struct pl_slice text)
{
    static const struct pl_slice marks[] = {
        PL_SLICE_INIT("_resolveFilename"), PL_SLICE_INIT("module-alias"),
        PL_SLICE_INIT("app-module-path"),  PL_SLICE_INIT("tsconfig-paths"),
        PL_SLICE_INIT("NODE_PATH"),        PL_SLICE_INIT("module.paths"),
        PL_SLICE_INIT("globalPaths"),      PL_SLICE_INIT("registerHooks"),
        PL_SLICE_INIT("Module._load"),     PL_SLICE_INIT("_nodeModulePaths")};
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        if (pl_slice_find_text(text, marks[i]) < text.len) {
            return true;
        }
    }
    return false;
}

static enum pl_why settings_unsure(const struct walk *w)
{
    bool changed = pl_look_has_env(w->l, "NODE_PATH") || pl_look_has_env(w->l, "NODE_OPTIONS") ||
                   pl_look_has_env(w->l, "AWS_LAMBDA_EXEC_WRAPPER");
    const struct pl_tree *tree = &w->l->fn->code->tree;
    bool plug = pl_tree_find(tree, PL_SLICE(".pnp.cjs")) != PL_ENTRY_NONE ||
                pl_tree_find(tree, PL_SLICE(".pnp.js")) != PL_ENTRY_NONE;
    return changed || plug ? PL_WHY_SEARCH_PATH : PL_WHY_NONE;
}

static PL_STATUS doubt(struct walk *w, struct pl_err *err)
{
    enum pl_why why = w->ret->why != PL_WHY_NONE ? (enum pl_why)w->ret->why : settings_unsure(w);
    for (uint32_t i = 0; why == PL_WHY_NONE && i < w->n && pl_imports_searched(w->ret); i++) {
        struct pl_looked *looked = NULL;
        if (pl_look_text(w->l, w->file[i].file.at, &looked, err) != PL_OK) {
            return err->code;
        }
        why = moves_search(pl_buf_view(&looked->text)) ? PL_WHY_MOVES_PATH : PL_WHY_NONE;
    }
    if (why == PL_WHY_NONE && w->cut) {
        w->ret->why = PL_WHY_TOO_BIG;
    } else if (why != PL_WHY_NONE) {
        pl_imports_unsure(w->ret, why);
    }
    return PL_OK;
}

PL_STATUS pl_node_imports(const struct pl_node_try *t, struct pl_imports *ret, struct pl_err *err)
{
    struct pl_imports imports = {.judged = true};
    struct walk *w = pl_arena_new(&t->l->scratch, 1, sizeof *w, err);
    if (!w) {
        return err->code;
    }
    *w = (struct walk){.t = t, .l = t->l, .ret = &imports};
    if (add_own(w, &t->file, true, err) != PL_OK) {
        return err->code;
    }
    for (uint32_t i = 0; i < w->n; i++) {
        struct own own = w->file[i];
        if (read_file(w, &own, err) != PL_OK) {
            return err->code;
        }
    }
    imports.own = pl_arena_new(t->l->arena, w->n + 1u, sizeof *imports.own, err);
    if (!imports.own || doubt(w, err) != PL_OK) {
        return err->code;
    }
    for (uint32_t i = 0; i < w->n; i++) {
        imports.own[imports.n_own++] = w->file[i].file.at;
    }
    *ret = imports;
    return PL_OK;
}
