/*
 * Python: what awslambdaric's bootstrap.py (2026-06-26) does with a handler, LAMBDA 3.1.
 */
#include "pkg/survey/load_python.h"

#include "pkg/lambda/handler.h"
#include "pkg/lambda/modules.h"
#include "pkg/survey/imports.h"
#include "pkg/survey/load.h"

/* modname.replace("/", ".") */
static PL_STATUS dotted_name(struct pl_looker *l, struct pl_slice module, struct pl_slice *ret,
                             struct pl_err *err)
{
    char *to = pl_arena_new(&l->scratch, module.len + 1, 1, err);
    if (!to) {
        return err->code;
    }
    for (size_t i = 0; i < module.len; i++) {
        to[i] = module.ptr[i] == '/' ? '.' : module.ptr[i];
    }
    *ret = pl_slice_make(to, module.len);
    return PL_OK;
}

/* What fails before anything is searched. */
static PL_STATUS check_string(struct pl_python_try *t, struct pl_load *load, struct pl_err *err)
{
    struct pl_python_handler parts;
    if (!pl_handler_python(t->handler, &parts)) {
        pl_load_fail(load, PL_WHY_MALFORMED, PL_SURE_YES);
        return pl_load_says(t->l, load, err,
                            "Runtime.MalformedHandlerName: Bad handler '%.*s': not enough values "
                            "to unpack (expected 2, got 1)",
                            PL_ARG(t->handler));
    }
    load->module = t->module = parts.module;
    load->name = t->function = parts.function;
    struct pl_slice first = pl_slice_sub(t->module, 0, pl_slice_find(t->module, '.'));
    if (pl_python_is_builtin(t->l->fn->runtime, first)) {
        pl_load_fail(load, PL_WHY_BUILTIN, PL_SURE_YES);
        return pl_load_says(t->l, load, err,
                            "Runtime.BuiltInModuleConflict: Cannot use built-in module %.*s as a "
                            "handler module",
                            PL_ARG(t->module));
    }
    if (t->module.len == 0) {
        pl_load_fail(load, PL_WHY_MALFORMED, PL_SURE_YES);
        return pl_load_says(t->l, load, err, "ValueError: Empty module name");
    }
    if (dotted_name(t->l, t->module, &t->dotted, err) != PL_OK) {
        return err->code;
    }
    if (t->dotted.ptr[0] == '.') {
        pl_load_fail(load, PL_WHY_RELATIVE, PL_SURE_YES);
        return pl_load_says(t->l, load, err,
                            "TypeError: the 'package' argument is required to perform a relative "
                            "import for '%.*s'",
                            PL_ARG(t->dotted));
    }
    return PL_OK;
}

static PL_STATUS denied(struct pl_python_try *t, const struct pl_py_found *found,
                        struct pl_load *load, struct pl_err *err)
{
    load->at = found->at;
    pl_load_fail(load, PL_WHY_MODULE_UNREADABLE, PL_SURE_YES);
    return pl_load_says(t->l, load, err, "PermissionError: [Errno 13] Permission denied: '%.*s'",
                        PL_ARG(found->path));
}

static PL_STATUS syntax_error(struct pl_python_try *t, const struct pl_py_found *found,
                              const struct pl_syntax_error *error, struct pl_load *load,
                              struct pl_err *err)
{
    load->at = found->at;
    load->spot = error->at;
    load->detail = pl_slice_of(error->what);
    pl_load_fail(load, PL_WHY_SYNTAX, PL_SURE_YES);
    return pl_load_says(t->l, load, err,
                        "Runtime.UserCodeSyntaxError: Syntax error in module '%.*s': %s (%.*s, "
                        "line %u)",
                        PL_ARG(t->module), error->what, PL_ARG(pl_slice_basename(found->path)),
                        (unsigned)error->at.line);
}

/* Syntax that the runtime's Python does not know yet. */
static PL_STATUS newer_syntax(struct pl_python_try *t, const struct pl_py_found *found,
                              const struct pl_py_newer *newer, unsigned minor, struct pl_load *load,
                              struct pl_err *err)
{
    load->at = found->at;
    load->spot = newer->at;
    pl_load_fail(load, PL_WHY_SYNTAX, PL_SURE_YES);
    if (pl_arena_fmt(t->l->arena, &load->detail, err, PL_PY_NEWER_TEXT, newer->what, minor,
                     t->l->fn->runtime->id) != PL_OK) {
        return err->code;
    }
    return pl_load_says(t->l, load, err,
                        "Runtime.UserCodeSyntaxError: Syntax error in module '%.*s': %s (%.*s, "
                        "line %u)",
                        PL_ARG(t->module), newer->lambda_says,
                        PL_ARG(pl_slice_basename(found->path)), (unsigned)newer->at.line);
}

/* Modules that the client has imported before it puts /var/task on the search path (awslambdaric
 * 4.2.2 under Python 3.8 to 3.13): a file of that name in the package is never looked for. */
static const char LOADED[] =
    " __future__ __main__ _bootlocale _collections_abc _compression _json _sitebuiltins "
    "_weakrefset abc awslambdaric bootstrap codecs collections contextlib copyreg decimal "
    "encodings "
    "enum functools genericpath heapq importlib io json keyword linecache logging math numbers "
    "operator os posixpath re reprlib runtime_client simplejson site sre_compile sre_constants "
    "sre_parse stat string textwrap threading token tokenize traceback types typing warnings "
    "weakref zipimport ";

/* A module that the interpreter already has, in place of the package's. */
static PL_STATUS check_taken(struct pl_python_try *t, struct pl_load *load, struct pl_err *err)
{
    struct pl_slice first = pl_slice_sub(t->dotted, 0, pl_slice_find(t->dotted, '.'));
    if (pl_look_word(LOADED, first)) {
        pl_load_set(load, PL_CANNOT_TELL, PL_WHY_RUNTIME_MODULE);
        return PL_OK;
    }
    /* "time/app" passes the client's own check, and then is a part of what is no package. */
    if (first.len < t->dotted.len && pl_python_is_builtin(t->l->fn->runtime, first)) {
        pl_load_fail(load, PL_WHY_MODULE_MISSING, PL_SURE_YES);
        return pl_load_says(t->l, load, err,
                            "Runtime.ImportModuleError: Unable to import module '%.*s': No module "
                            "named '%.*s'; '%.*s' is not a package",
                            PL_ARG(t->module), PL_ARG(t->dotted), PL_ARG(first));
    }
    return PL_OK;
}

/* Running one component's file, as far as reading tells; sets an outcome when that ends it. */
static PL_STATUS run_part(struct pl_python_try *t, const struct pl_py_found *found,
                          struct pl_load *load, struct pl_err *err)
{
    const struct pl_entry *entry = pl_ref_entry(found->at);
    if (found->kind == PL_PY_NAMESPACE || !entry) {
        return PL_OK;
    }
    if (!pl_entry_readable(entry)) {
        return denied(t, found, load, err);
    }
    if (found->kind != PL_PY_SOURCE) {
        return PL_OK;
    }
    struct pl_looked *looked = NULL;
    if (pl_look_python(t->l, found->at, &looked, err) != PL_OK) {
        return err->code;
    }
    if (pl_load_unread(load, looked)) {
        load->at = found->at;
        return PL_OK;
    }
    if (looked->py->syntax.found) {
        return syntax_error(t, found, &looked->py->syntax, load, err);
    }
    unsigned minor = 0;
    const struct pl_py_newer *newer =
        pl_python_newer(looked->py, t->l->fn->runtime->version_minor, &minor);
    return newer ? newer_syntax(t, found, newer, minor, load, err) : PL_OK;
}

/* Could the first component come from where we cannot look? */
static enum pl_why top_unsure(const struct pl_python_try *t)
{
    struct pl_slice first = pl_slice_sub(t->dotted, 0, pl_slice_find(t->dotted, '.'));
    if (t->path.opaque) {
        return PL_WHY_OPAQUE_LAYER;
    }
    if (pl_python_module_find(first) || pl_python_brings(first)) {
        return PL_WHY_RUNTIME_MODULE;
    }
    bool changed = pl_look_has_env(t->l, "PYTHONPATH") || pl_look_has_env(t->l, "PYTHONHOME") ||
                   pl_look_has_env(t->l, "AWS_LAMBDA_EXEC_WRAPPER") ||
                   pl_look_may_have(t->l, first);
    return changed ? PL_WHY_SEARCH_PATH : PL_WHY_NONE;
}

static bool moves_path(struct pl_slice text)
{
    static const struct pl_slice marks[] = {
        PL_SLICE_INIT("__path__"), PL_SLICE_INIT("pkgutil"), PL_SLICE_INIT("pkg_resources"),
        PL_SLICE_INIT("sys.modules"), PL_SLICE_INIT("meta_path")};
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        if (pl_slice_find_text(text, marks[i]) < text.len) {
            return true;
        }
    }
    return false;
}

bool pl_python_moves_path(struct pl_looked *looked)
{
    return pl_looked_says(looked, PL_ASKED_PATH, moves_path);
}

/* Why a missing component may be there after all. */
static PL_STATUS missing_unsure(struct pl_python_try *t, enum pl_why *ret, struct pl_err *err)
{
    const struct pl_py_path *path = &t->path;
    const struct pl_py_found *parent = path->n > 0 ? &path->part[path->n - 1] : NULL;
    *ret = PL_WHY_NONE;
    if (path->too_long) {
        *ret = PL_WHY_TOO_BIG;
    } else if (path->outside) {
        *ret = PL_WHY_OUTSIDE;
    } else if (!parent || path->part[0].kind == PL_PY_NAMESPACE) {
        *ret = top_unsure(t);
    }
    if (*ret != PL_WHY_NONE || !parent || parent->kind == PL_PY_NAMESPACE) {
        return PL_OK;
    }
    if (parent->kind != PL_PY_SOURCE) {
        *ret = PL_WHY_BINARY_MODULE;
        return PL_OK;
    }
    struct pl_looked *looked = NULL;
    if (pl_look_text(t->l, parent->at, &looked, err) != PL_OK) {
        return err->code;
    }
    *ret = pl_python_moves_path(looked) ? PL_WHY_DYNAMIC : PL_WHY_NONE;
    return PL_OK;
}

/* The first `n` components of a dotted name. */
static struct pl_slice first_parts(struct pl_slice dotted, uint32_t n)
{
    size_t at = 0;
    for (uint32_t i = 0; i < n && at <= dotted.len; i++) {
        at += pl_slice_find(pl_slice_sub(dotted, at, dotted.len), '.') + 1;
    }
    return pl_slice_sub(dotted, 0, at > 0 ? at - 1 : 0);
}

static PL_STATUS module_missing(struct pl_python_try *t, struct pl_load *load, struct pl_err *err)
{
    enum pl_why unsure = PL_WHY_NONE;
    if (missing_unsure(t, &unsure, err) != PL_OK) {
        return err->code;
    }
    if (unsure != PL_WHY_NONE) {
        pl_load_set(load, PL_CANNOT_TELL, unsure);
        return PL_OK;
    }
    const struct pl_py_path *path = &t->path;
    struct pl_slice there = first_parts(t->dotted, path->n);
    struct pl_slice gone = first_parts(t->dotted, path->n + 1);
    const struct pl_py_found *parent = path->n > 0 ? &path->part[path->n - 1] : NULL;
    pl_load_fail(load, PL_WHY_MODULE_MISSING, PL_SURE_YES);
    if (parent && !parent->package && parent->kind == PL_PY_SOURCE) {
        return pl_load_says(t->l, load, err,
                            "Runtime.ImportModuleError: Unable to import module '%.*s': No module "
                            "named '%.*s'; '%.*s' is not a package",
                            PL_ARG(t->module), PL_ARG(gone), PL_ARG(there));
    }
    return pl_load_says(t->l, load, err,
                        "Runtime.ImportModuleError: Unable to import module '%.*s': No module "
                        "named '%.*s'",
                        PL_ARG(t->module), PL_ARG(gone));
}

static PL_STATUS function_missing(struct pl_python_try *t, struct pl_load *load, struct pl_err *err)
{
    /* A folder without __init__ gives way to any real package of that name. */
    enum pl_why unsure =
        t->path.part[0].kind == PL_PY_NAMESPACE || t->path.opaque ? top_unsure(t) : PL_WHY_NONE;
    if (unsure != PL_WHY_NONE) {
        pl_load_set(load, PL_CANNOT_TELL, unsure);
        return PL_OK;
    }
    pl_load_fail(load, PL_WHY_FUNCTION_MISSING, PL_SURE_YES);
    return pl_load_says(t->l, load, err,
                        "Runtime.HandlerNotFound: Handler '%.*s' missing on module '%.*s'",
                        PL_ARG(t->function), PL_ARG(t->module));
}

/* The entries that are surely loaded: the module, then its parents. */
static PL_STATUS note_loaded(struct pl_python_try *t, struct pl_load *load, struct pl_err *err)
{
    load->loaded = pl_arena_new(t->l->arena, t->path.n, sizeof *load->loaded, err);
    if (!load->loaded) {
        return err->code;
    }
    load->n_loaded = 0;
    for (uint32_t i = t->path.n; i > 0; i--) {
        if (t->path.part[i - 1].kind != PL_PY_NAMESPACE) {
            load->loaded[load->n_loaded++] = t->path.part[i - 1].at;
        }
    }
    return PL_OK;
}

/* The module is there and was run: getattr. */
static PL_STATUS get_function(struct pl_python_try *t, struct pl_load *load, struct pl_err *err)
{
    const struct pl_py_found *found = &t->path.part[t->path.n - 1];
    load->at = found->at;
    if (found->kind == PL_PY_NAMESPACE) {
        return function_missing(t, load, err);
    }
    if (note_loaded(t, load, err) != PL_OK) {
        return err->code;
    }
    if (found->kind != PL_PY_SOURCE) {
        pl_load_set(load, PL_CANNOT_TELL, PL_WHY_BINARY_MODULE);
        return PL_OK;
    }
    enum pl_sure sure = PL_SURE_MAYBE;
    if (pl_python_try_binds(t, t->path.n - 1, &sure, &load->spot, err) != PL_OK) {
        return err->code;
    }
    if (sure == PL_SURE_NO) {
        return function_missing(t, load, err);
    }
    if (sure == PL_SURE_YES) {
        pl_load_set(load, PL_LOADS, PL_WHY_NONE);
        return PL_OK;
    }
    struct pl_looked *looked = NULL;
    if (pl_look_python(t->l, found->at, &looked, err) != PL_OK) {
        return err->code;
    }
    bool unread = looked->state == PL_LOOKED_TEXT && looked->py->not_text;
    pl_load_set(load, PL_CANNOT_TELL, unread ? PL_WHY_NOT_TEXT : PL_WHY_DYNAMIC);
    return PL_OK;
}

PL_STATUS pl_python_try(struct pl_python_try *t, struct pl_looker *l, struct pl_slice handler,
                        struct pl_load *load, struct pl_err *err)
{
    *t = (struct pl_python_try){.l = l, .handler = handler};
    *load = (struct pl_load){.outcome = PL_NOT_JUDGED};
    if (check_string(t, load, err) != PL_OK ||
        (load->outcome == PL_NOT_JUDGED && check_taken(t, load, err) != PL_OK)) {
        return err->code;
    }
    if (load->outcome != PL_NOT_JUDGED) {
        return PL_OK;
    }
    if (pl_py_search_path(l, &t->dirs, err) != PL_OK ||
        pl_py_find(l, &t->dirs, t->dotted, &t->path, err) != PL_OK) {
        return err->code;
    }
    for (uint32_t i = 0; i < t->path.n; i++) {
        if (run_part(t, &t->path.part[i], load, err) != PL_OK) {
            return err->code;
        }
        if (load->outcome != PL_NOT_JUDGED) {
            return PL_OK;
        }
    }
    return t->path.n < t->path.asked ? module_missing(t, load, err) : get_function(t, load, err);
}

PL_STATUS pl_load_python(struct pl_function *function, struct pl_arena *arena, struct pl_err *err)
{
    struct pl_looker l;
    struct pl_load load = {.outcome = PL_NOT_JUDGED, .why = PL_WHY_NO_LOADER};
    if (function->runtime->version_major < 3) {
        function->load = load;
        return PL_OK;
    }
    pl_looker_init(&l, function, arena);
    struct pl_python_try t;
    enum pl_status status = pl_python_try(&t, &l, function->decl->handler.text, &load, err);
    if (status == PL_OK && load.outcome == PL_FAILS) {
        status = pl_python_suggest(&t, &load, err);
    }
    if (status == PL_OK && pl_imports_follows(&load)) {
        status = pl_python_imports(&t, &function->imports, err);
    }
    pl_looker_done(&l);
    if (status == PL_OK) {
        function->load = load;
    }
    return status;
}
