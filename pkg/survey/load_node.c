/*
 * Node.js: what the runtime client's UserFunction.js (v3, 2025-08-13) does with a handler, LAMBDA
 * 3.2.  The client in TypeScript (v4), which nodejs24.x and later may use, tries the same files;
 * where the two could differ the answer is "cannot tell".
 */
#include "pkg/survey/load_node.h"

#include "pkg/lambda/modules.h"
#include "pkg/survey/imports.h"
#include "pkg/survey/load.h"

static PL_STATUS check_string(struct pl_node_try *t, struct pl_load *load, struct pl_err *err)
{
    enum pl_node_handler_fault fault = pl_handler_node(t->handler, &t->part);
    if (fault == PL_NODE_HANDLER_OK) {
        load->module = pl_slice_sub(t->handler, 0, t->part.root.len + t->part.module.len);
        load->name = t->part.function;
        bool absolute = pl_slice_starts(t->part.root, PL_SLICE("/"));
        struct pl_slice task = absolute ? PL_SLICE("") : pl_look_task(t->l);
        return pl_look_fmt(t->l, &t->base, err, "%.*s%s%.*s%.*s", PL_ARG(task), absolute ? "" : "/",
                           PL_ARG(t->part.root), PL_ARG(t->part.module));
    }
    pl_load_fail(load, PL_WHY_MALFORMED, PL_SURE_YES);
    if (fault == PL_NODE_HANDLER_BAD) {
        return pl_load_says(t->l, load, err, "Runtime.MalformedHandlerName: Bad handler");
    }
    return pl_load_says(t->l, load, err,
                        "Runtime.MalformedHandlerName: '%.*s' is not a valid handler name. Use "
                        "absolute paths when specifying root directories in handler names.",
                        PL_ARG(t->handler));
}

static bool new_client(const struct pl_node_try *t)
{
    return t->l->fn->runtime->version_major >= PL_NODE_NEW_CLIENT;
}

/* The new client imports whatever stands at the module's name first, and import() takes no folder,
 * whatever stands beside it (aws-lambda-ric 4.0.2). */
static PL_STATUS refused_folder(struct pl_node_try *t, struct pl_load *load, struct pl_err *err)
{
    pl_load_fail(load, PL_WHY_MODULE_MISSING, PL_SURE_MAYBE);
    return pl_load_says(t->l, load, err,
                        "Error [ERR_UNSUPPORTED_DIR_IMPORT]: Directory import '%.*s' is not "
                        "supported resolving ES modules",
                        PL_ARG(t->base));
}

/* base + suffix, when it is a file. */
static PL_STATUS with_suffix(struct pl_node_try *t, const char *suffix, struct pl_err *err)
{
    struct pl_slice path;
    if (pl_look_fmt(t->l, &path, err, "%.*s%s", PL_ARG(t->base), suffix) != PL_OK) {
        return err->code;
    }
    return pl_node_exact(t->l, path, &t->file, err);
}

/* The file that the client would load, in its order; t->file.found says whether there is one. */
static PL_STATUS locate(struct pl_node_try *t, struct pl_load *load, struct pl_err *err)
{
    uint8_t how = pl_view_find(t->l->view, PL_SLICE("/"), t->base).how;
    if (how == PL_HOW_FOLDER && new_client(t)) {
        return refused_folder(t, load, err);
    }
    if (how == PL_HOW_FILE || how == PL_HOW_FOLDER) {
        t->by_folder = true;
        return pl_node_require(t->l, t->base, &t->file, err);
    }
    if (with_suffix(t, ".js", err) != PL_OK) {
        return err->code;
    }
    if (t->file.found) {
        enum pl_sure module = PL_SURE_NO;
        if (pl_node_is_module(t->l, pl_slice_dirname(t->base), &module, err) != PL_OK) {
            return err->code;
        }
        if (module == PL_SURE_MAYBE) {
            pl_load_set(load, PL_CANNOT_TELL, PL_WHY_PACKAGE_JSON);
        }
        t->import = module == PL_SURE_YES;
        return PL_OK;
    }
    if (with_suffix(t, ".mjs", err) != PL_OK) {
        return err->code;
    }
    if (t->file.found) {
        t->import = true;
        return PL_OK;
    }
    if (with_suffix(t, ".cjs", err) != PL_OK || t->file.found) {
        return t->file.found ? PL_OK : err->code;
    }
    struct pl_node_file seen = t->file;
    if (pl_node_resolve(t->l, t->part.root, t->part.module, &t->file, err) != PL_OK) {
        return err->code;
    }
    t->file.opaque = t->file.opaque || seen.opaque;
    t->file.outside = t->file.outside || seen.outside;
    return PL_OK;
}

/* Why a missing module may be there after all. */
static enum pl_why missing_unsure(const struct pl_node_try *t)
{
    if (t->file.outside) {
        return PL_WHY_OUTSIDE;
    }
    if (t->file.opaque) {
        return PL_WHY_OPAQUE_LAYER;
    }
    if (t->file.mapped) {
        return PL_WHY_PACKAGE_JSON;
    }
    if (!t->by_folder && pl_node_is_builtin(t->part.module)) {
        return PL_WHY_RUNTIME_MODULE;
    }
    bool changed = pl_look_has_env(t->l, "NODE_PATH") || pl_look_has_env(t->l, "NODE_OPTIONS") ||
                   pl_look_has_env(t->l, "AWS_LAMBDA_EXEC_WRAPPER");
    return changed || (t->by_folder && new_client(t)) ? PL_WHY_SEARCH_PATH : PL_WHY_NONE;
}

/* Only TypeScript where JavaScript is needed: nothing compiles it there. */
static PL_STATUS only_typescript(struct pl_node_try *t, struct pl_load *load, struct pl_err *err)
{
    static const char *const suffixes[] = {".ts", ".mts", ".cts", ".tsx"};
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        struct pl_node_file file = {.found = false};
        struct pl_slice path;
        if (pl_look_fmt(t->l, &path, err, "%.*s%s", PL_ARG(t->base), suffixes[i]) != PL_OK ||
            pl_node_exact(t->l, path, &file, err) != PL_OK) {
            return err->code;
        }
        if (file.found) {
            load->at = file.at;
            load->why = PL_WHY_TYPESCRIPT;
            return PL_OK;
        }
    }
    return PL_OK;
}

static PL_STATUS module_missing(struct pl_node_try *t, struct pl_load *load, struct pl_err *err)
{
    struct pl_node_file root = {.found = false};
    struct pl_slice path;
    enum pl_why unsure = missing_unsure(t);
    if (unsure != PL_WHY_NONE) {
        pl_load_set(load, PL_CANNOT_TELL, unsure);
        return PL_OK;
    }
    /* In practice NODE_PATH ends in /var/task (LAMBDA 4.2), though no page of AWS promises it: then
     * a module of this name at the root would be found after all. */
    if (pl_look_fmt(t->l, &path, err, "%.*s/%.*s", PL_ARG(pl_look_task(t->l)),
                    PL_ARG(t->part.module)) != PL_OK ||
        (!t->by_folder && pl_node_require(t->l, path, &root, err) != PL_OK)) {
        return err->code;
    }
    pl_load_fail(load, PL_WHY_MODULE_MISSING, root.found ? PL_SURE_MAYBE : PL_SURE_YES);
    if (only_typescript(t, load, err) != PL_OK) {
        return err->code;
    }
    return pl_load_says(t->l, load, err,
                        "Runtime.ImportModuleError: Error: Cannot find module '%.*s'",
                        PL_ARG(t->by_folder ? t->base : t->part.module));
}

/* The wrong module system, which options of Node.js could change. */
static void wrong_system(struct pl_node_try *t, struct pl_load *load)
{
    if (pl_look_has_env(t->l, "NODE_OPTIONS") || (t->by_folder && new_client(t))) {
        pl_load_set(load, PL_CANNOT_TELL, PL_WHY_SEARCH_PATH);
        return;
    }
    pl_load_fail(load, PL_WHY_MODULE_SYSTEM, PL_SURE_YES);
}

/* A line; empty when there is none of that number. */
static struct pl_slice line_at(struct pl_slice text, uint32_t number)
{
    struct pl_slice line = PL_SLICE("");
    for (uint32_t i = 0; i < number; i++) {
        if (!pl_slice_next(&text, '\n', &line)) {
            return PL_SLICE("");
        }
    }
    return line;
}

/* ES module syntax in a file that is loaded as CommonJS. */
static PL_STATUS esm_in_cjs(struct pl_node_try *t, const struct pl_looked *looked,
                            struct pl_load *load, struct pl_err *err)
{
    struct pl_spot at = looked->js->esm_at;
    struct pl_slice there = line_at(pl_buf_view(&looked->text), at.line);
    there = pl_slice_sub(there, at.col > 0 ? at.col - 1 : 0, there.len);
    const char *what = "Cannot use import statement outside a module";
    if (pl_slice_starts(there, PL_SLICE("export"))) {
        what = "Unexpected token 'export'";
    } else if (pl_slice_starts(there, PL_SLICE("import.meta"))) {
        what = "Cannot use 'import.meta' outside a module";
    }
    load->spot = at;
    wrong_system(t, load);
    return pl_load_says(t->l, load, err, "Runtime.UserCodeSyntaxError: SyntaxError: %s", what);
}

/* The first export that a CommonJS file surely makes; NULL when none is sure. */
static const struct pl_js_export *sure_cjs_export(const struct pl_js *js)
{
    const struct pl_js_export *first = NULL;
    for (uint32_t i = 0; !js->esm && js->cjs && i < js->n_export; i++) {
        const struct pl_js_export *one = &js->export_[i];
        bool earlier = !first || one->at.line < first->at.line ||
                       (one->at.line == first->at.line && one->at.col < first->at.col);
        first = one->sure == PL_SURE_YES && earlier ? one : first;
    }
    return first;
}

/* Only CommonJS exports in a file that is loaded as an ES module: `at` is the first sure one, NULL
 * when module.exports is replaced as a whole. */
static PL_STATUS cjs_in_esm(struct pl_node_try *t, const struct pl_looked *looked,
                            const struct pl_js_export *at, struct pl_load *load, struct pl_err *err)
{
    bool module = true;
    if (at) {
        struct pl_slice line = line_at(pl_buf_view(&looked->text), at->at.line);
        module = pl_slice_find_text(line, PL_SLICE("module")) < line.len;
        load->spot = at->at;
    }
    wrong_system(t, load);
    return pl_load_says(t->l, load, err, "ReferenceError: %s is not defined in ES module scope",
                        module ? "module" : "exports");
}

static PL_STATUS not_found(struct pl_node_try *t, struct pl_load *load, const char *what,
                           struct pl_err *err)
{
    return pl_load_says(t->l, load, err, "Runtime.HandlerNotFound: %.*s is %s", PL_ARG(t->handler),
                        what);
}

/* Does the script take exports away again? */
static PL_STATUS takes_away(struct pl_node_try *t, bool *ret, struct pl_err *err)
{
    struct pl_looked *looked = NULL;
    if (pl_look_text(t->l, t->file.at, &looked, err) != PL_OK) {
        return err->code;
    }
    struct pl_slice text = pl_buf_view(&looked->text);
    *ret = pl_slice_find_text(text, PL_SLICE("delete exports")) < text.len ||
           pl_slice_find_text(text, PL_SLICE("delete module.exports")) < text.len;
    return PL_OK;
}

/* The new client looks at the default export too: at its member, when the module exports no such
 * name.  It imports CommonJS as well, whose default export is module.exports. */
static PL_STATUS find_function(struct pl_node_try *t, bool esm, struct pl_node_export *ret,
                               struct pl_err *err)
{
    struct pl_slice name = t->part.function;
    struct pl_slice member;
    struct pl_node_export whole;
    if (pl_node_exports(t->l, &t->file, esm, name, ret, err) != PL_OK) {
        return err->code;
    }
    if (!esm) {
        bool away = false;
        if (ret->sure == PL_SURE_YES && takes_away(t, &away, err) != PL_OK) {
            return err->code;
        }
        bool all = new_client(t) &&
                   (pl_slice_is(name, "default") || pl_slice_starts(name, PL_SLICE("default.")));
        ret->sure = away || all ? PL_SURE_MAYBE : ret->sure;
        return PL_OK;
    }
    if (ret->sure != PL_SURE_NO || !new_client(t)) {
        return PL_OK;
    }
    if (pl_node_exports(t->l, &t->file, esm, PL_SLICE("default"), &whole, err) != PL_OK) {
        return err->code;
    }
    if (whole.sure == PL_SURE_NO || whole.how == PL_JS_FUNCTION) {
        return PL_OK;
    }
    if (pl_look_fmt(t->l, &member, err, "default.%.*s", PL_ARG(name)) != PL_OK ||
        pl_node_exports(t->l, &t->file, esm, member, ret, err) != PL_OK) {
        return err->code;
    }
    ret->sure = ret->sure == PL_SURE_YES ? PL_SURE_YES : PL_SURE_MAYBE;
    return PL_OK;
}

static PL_STATUS get_function(struct pl_node_try *t, bool esm, struct pl_load *load,
                              struct pl_err *err)
{
    enum { CALLBACK_ARITY = 3 };
    struct pl_node_export found;
    if (find_function(t, esm, &found, err) != PL_OK) {
        return err->code;
    }
    load->spot = found.at;
    if (found.sure == PL_SURE_MAYBE) {
        pl_load_set(load, PL_CANNOT_TELL, PL_WHY_DYNAMIC);
        return PL_OK;
    }
    if (found.sure == PL_SURE_NO) {
        if (t->by_folder && new_client(t)) {
            pl_load_set(load, PL_CANNOT_TELL, PL_WHY_DYNAMIC);
            return PL_OK;
        }
        pl_load_fail(load, PL_WHY_FUNCTION_MISSING, PL_SURE_YES);
        return not_found(t, load, "undefined or not exported", err);
    }
    if (found.how == PL_JS_NOT_FUNCTION) {
        pl_load_fail(load, PL_WHY_NOT_A_FUNCTION, PL_SURE_YES);
        return not_found(t, load, "not a function", err);
    }
    if (new_client(t) && found.how == PL_JS_FUNCTION && found.arity >= CALLBACK_ARITY) {
        pl_load_fail(load, PL_WHY_CALLBACK, PL_SURE_YES);
        return pl_load_says(t->l, load, err,
                            "Runtime.CallbackHandlerDeprecated: ERROR: AWS Lambda has removed "
                            "support for callback-based function handlers starting with Node.js "
                            "24.");
    }
    pl_load_set(load, PL_LOADS, PL_WHY_NONE);
    return PL_OK;
}

/* JavaScript that is read: module system, syntax, exports. */
static PL_STATUS run_script(struct pl_node_try *t, bool esm, struct pl_load *load,
                            struct pl_err *err)
{
    struct pl_looked *looked = NULL;
    if (pl_look_js(t->l, t->file.at, &looked, err) != PL_OK) {
        return err->code;
    }
    if (pl_load_unread(load, looked)) {
        return PL_OK;
    }
    const struct pl_js *js = looked->js;
    if (js->not_text && !js->syntax.found) {
        pl_load_set(load, PL_CANNOT_TELL, PL_WHY_NOT_TEXT);
        return PL_OK;
    }
    if (!esm && js->esm) {
        return esm_in_cjs(t, looked, load, err);
    }
    if (js->syntax.found) {
        load->spot = js->syntax.at;
        load->detail = pl_slice_of(js->syntax.what);
        pl_load_fail(load, PL_WHY_SYNTAX, PL_SURE_YES);
        return pl_load_says(t->l, load, err, "Runtime.UserCodeSyntaxError: SyntaxError: %s",
                            js->not_text ? "Invalid or unexpected token" : js->syntax.what);
    }
    const struct pl_js_export *cjs = esm ? sure_cjs_export(js) : NULL;
    bool replaced = esm && !js->esm && js->replaced;
    return cjs || replaced ? cjs_in_esm(t, looked, cjs, load, err)
                           : get_function(t, esm, load, err);
}

static PL_STATUS denied(struct pl_node_try *t, struct pl_load *load, struct pl_err *err)
{
    pl_load_fail(load, PL_WHY_MODULE_UNREADABLE, PL_SURE_YES);
    return pl_load_says(t->l, load, err, "Error: EACCES: permission denied, open '%.*s'",
                        PL_ARG(t->file.real));
}

/* The file is found: load it as Node.js would. */
static PL_STATUS run(struct pl_node_try *t, struct pl_load *load, struct pl_err *err)
{
    enum pl_node_format format = PL_NODE_CJS;
    load->at = t->file.at;
    load->loaded = pl_arena_new(t->l->arena, 1, sizeof *load->loaded, err);
    if (!load->loaded) {
        return err->code;
    }
    load->loaded[0] = t->file.at;
    load->n_loaded = 1;
    if (!pl_entry_readable(pl_ref_entry(t->file.at))) {
        return denied(t, load, err);
    }
    if (pl_node_format_of(t->l, &t->file, &format, err) != PL_OK) {
        return err->code;
    }
    switch (format) {
    case PL_NODE_CJS:
        return run_script(t, false, load, err);
    case PL_NODE_ESM:
        break;
    case PL_NODE_JSON:
        pl_load_fail(load, PL_WHY_FUNCTION_MISSING, PL_SURE_YES);
        return not_found(t, load, "undefined or not exported", err);
    case PL_NODE_ADDON:
        pl_load_set(load, PL_CANNOT_TELL, PL_WHY_BINARY_MODULE);
        return PL_OK;
    case PL_NODE_UNSURE:
        pl_load_set(load, PL_CANNOT_TELL, PL_WHY_PACKAGE_JSON);
        return PL_OK;
    }
    if (t->import) {
        return run_script(t, true, load, err);
    }
    /* Lambda starts Node.js with --no-experimental-require-module (LAMBDA 3.2). */
    wrong_system(t, load);
    return pl_load_says(t->l, load, err,
                        "Error [ERR_REQUIRE_ESM]: require() of ES Module %.*s not supported.",
                        PL_ARG(t->file.real));
}

PL_STATUS pl_node_try(struct pl_node_try *t, struct pl_looker *l, struct pl_slice handler,
                      struct pl_load *load, struct pl_err *err)
{
    *t = (struct pl_node_try){.l = l, .handler = handler};
    *load = (struct pl_load){.outcome = PL_NOT_JUDGED};
    if (check_string(t, load, err) != PL_OK) {
        return err->code;
    }
    if (load->outcome != PL_NOT_JUDGED) {
        return PL_OK;
    }
    if (locate(t, load, err) != PL_OK) {
        return err->code;
    }
    if (load->outcome != PL_NOT_JUDGED) {
        load->at = t->file.at;
        return PL_OK;
    }
    return t->file.found ? run(t, load, err) : module_missing(t, load, err);
}

PL_STATUS pl_load_node(struct pl_function *function, struct pl_arena *arena, struct pl_err *err)
{
    struct pl_looker l;
    struct pl_node_try t;
    struct pl_load load;
    pl_looker_init(&l, function, arena);
    enum pl_status status = pl_node_try(&t, &l, function->decl->handler.text, &load, err);
    if (status == PL_OK && load.outcome == PL_FAILS) {
        status = pl_node_suggest(&t, &load, err);
    }
    if (status == PL_OK && pl_imports_follows(&load)) {
        status = pl_node_imports(&t, &function->imports, err);
    }
    pl_looker_done(&l);
    if (status == PL_OK) {
        function->load = load;
    }
    return status;
}
