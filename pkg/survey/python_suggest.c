/* "It stands there instead": a Python handler string that would work, tried before it is said. */
#include "pkg/base/text.h"
#include "pkg/survey/load_python.h"

/* Names that handlers have by custom: the console's own, then the common ones. */
static const char *const HABITS[] = {"lambda_handler", "handler", "main", "handle", "run"};
enum { HABIT_COUNT = sizeof HABITS / sizeof HABITS[0], NAMES_MAX = 512 };

/* Takes the suggestion when it loads. */
static PL_STATUS offer(const struct pl_python_try *failed, struct pl_slice handler,
                       struct pl_load *load, bool *ret_taken, struct pl_err *err)
{
    struct pl_python_try t;
    struct pl_load tried;
    *ret_taken = false;
    if (pl_python_try(&t, failed->l, handler, &tried, err) != PL_OK ||
        pl_load_take(failed->l, handler, &tried, load, ret_taken, err) != PL_OK) {
        return err->code;
    }
    return *ret_taken && load->why == PL_WHY_MODULE_MISSING
               ? pl_load_defines(failed->l, load, tried.name, err)
               : PL_OK;
}

struct wanted {
    struct pl_slice file;    /* "app.py" */
    struct pl_slice package; /* "app/__init__.py" */
};

/* The same name somewhere else, as a package, or in other case. */
static unsigned like_module(const void *ctx, const struct pl_entry *entry)
{
    const struct wanted *w = ctx;
    struct pl_slice base = pl_look_basename(entry->name);
    if (pl_slice_eq(base, w->file)) {
        return 1;
    }
    if (pl_slice_ends(entry->name, w->package)) {
        size_t before = entry->name.len - w->package.len;
        return before == 0 || entry->name.ptr[before - 1] == '/' ? 2 : 0;
    }
    return pl_slice_eq_nocase(base, w->file) ? 3 : 0;
}

/* Modules at the root of the package. */
static unsigned like_root_module(const void *ctx PL_UNUSED, const struct pl_entry *entry)
{
    bool at_root = pl_slice_find(entry->name, '/') == entry->name.len;
    bool module = pl_slice_ends(entry->name, PL_SLICE(".py"));
    return at_root && module && !pl_slice_is(entry->name, "__init__.py") ? 1 : 0;
}

/* "src/app.py" and "src/app/__init__.py" are both "src/app". */
static struct pl_slice module_of(struct pl_slice file)
{
    static const struct pl_slice init = PL_SLICE_INIT("/__init__");
    struct pl_slice module = pl_slice_sub(file, 0, pl_slice_rfind(file, '.'));
    return pl_slice_ends(module, init) ? pl_slice_sub(module, 0, module.len - init.len) : module;
}

/* Would the file do, were it in the right place? */
static PL_STATUS may_bind(const struct pl_python_try *failed, struct pl_ref at, bool *ret,
                          struct pl_err *err)
{
    struct pl_looked *looked = NULL;
    if (pl_look_python(failed->l, at, &looked, err) != PL_OK) {
        return err->code;
    }
    *ret = looked->state == PL_LOOKED_TEXT && !looked->py->not_text &&
           pl_python_binds(looked->py, failed->function, NULL) == PL_SURE_YES;
    return PL_OK;
}

static PL_STATUS try_candidates(const struct pl_python_try *failed,
                                const struct pl_candidates *found, struct pl_load *load,
                                struct pl_err *err)
{
    struct pl_ref second = {NULL, PL_ENTRY_NONE}; /* has the function, and cannot be named */
    for (uint32_t i = 0; i < found->n; i++) {
        struct pl_slice handler;
        bool taken = false;
        bool binds = false;
        struct pl_slice file = pl_ref_entry(found->at[i])->name;
        /* A name with a backslash could be imported, and yet nobody wants such a handler. */
        bool nameable = pl_slice_find(file, '\\') == file.len;
        if (pl_look_fmt(failed->l, &handler, err, "%.*s.%.*s", PL_ARG(module_of(file)),
                        PL_ARG(failed->function)) != PL_OK ||
            (nameable && offer(failed, handler, load, &taken, err) != PL_OK)) {
            return err->code;
        }
        if (taken) {
            return PL_OK;
        }
        if (!second.package) {
            if (may_bind(failed, found->at[i], &binds, err) != PL_OK) {
                return err->code;
            }
            second = binds ? found->at[i] : second;
        }
    }
    load->elsewhere = second;
    return second.package ? pl_load_defines(failed->l, load, failed->function, err) : PL_OK;
}

/* "app.py.handler": the suffix does not belong into a handler. */
static PL_STATUS without_suffix(const struct pl_python_try *failed, struct pl_load *load,
                                bool *ret_taken, struct pl_err *err)
{
    static const struct pl_slice suffix = PL_SLICE_INIT(".py");
    struct pl_slice handler;
    *ret_taken = false;
    if (!pl_slice_ends(failed->module, suffix)) {
        return PL_OK;
    }
    struct pl_slice module = pl_slice_sub(failed->module, 0, failed->module.len - suffix.len);
    if (pl_look_fmt(failed->l, &handler, err, "%.*s.%.*s", PL_ARG(module),
                    PL_ARG(failed->function)) != PL_OK) {
        return err->code;
    }
    return offer(failed, handler, load, ret_taken, err);
}

/* The one module at the root that has the function, whatever its name. */
static PL_STATUS other_module(const struct pl_python_try *failed, struct pl_load *load,
                              struct pl_err *err)
{
    struct pl_candidates found;
    struct pl_candidates having = {.n = 0};
    pl_look_around(failed->l, like_root_module, NULL, &found);
    for (uint32_t i = 0; i < found.n; i++) {
        bool binds = false;
        if (may_bind(failed, found.at[i], &binds, err) != PL_OK) {
            return err->code;
        }
        if (binds) {
            having.at[having.n++] = found.at[i];
        }
    }
    return having.n == 1 && found.n < PL_LOOK_CANDIDATES
               ? try_candidates(failed, &having, load, err)
               : PL_OK;
}

/* A name of the module that is near to the one asked for, or one that handlers have by custom. */
static PL_STATUS near_name(const struct pl_python_try *failed, const struct pl_py *py,
                           const char **ret, struct pl_err *err)
{
    uint32_t n = 0;
    const char **names = pl_arena_new(&failed->l->scratch, NAMES_MAX, sizeof *names, err);
    if (!names) {
        return err->code;
    }
    for (uint32_t i = 0; i < py->n_name && n < NAMES_MAX; i++) {
        struct pl_slice name;
        if (py->name[i].sure != PL_SURE_YES) {
            continue;
        }
        if (pl_arena_dup(&failed->l->scratch, py->name[i].name, &name, err) != PL_OK) {
            return err->code;
        }
        names[n++] = name.ptr;
    }
    *ret = pl_text_nearest(failed->function, names, n);
    for (size_t i = 0; !*ret && i < HABIT_COUNT; i++) {
        bool bound = pl_python_binds(py, pl_slice_of(HABITS[i]), NULL) == PL_SURE_YES;
        *ret = bound ? HABITS[i] : NULL;
    }
    return PL_OK;
}

/* Another function of `module`, the file at `at`. */
static PL_STATUS other_function(const struct pl_python_try *failed, struct pl_slice module,
                                struct pl_ref at, struct pl_load *load, struct pl_err *err)
{
    struct pl_looked *looked = NULL;
    const char *name = NULL;
    struct pl_slice handler;
    bool taken = false;
    if (pl_look_python(failed->l, at, &looked, err) != PL_OK) {
        return err->code;
    }
    if (looked->state != PL_LOOKED_TEXT || near_name(failed, looked->py, &name, err) != PL_OK) {
        return looked->state != PL_LOOKED_TEXT ? PL_OK : err->code;
    }
    if (!name) {
        return PL_OK;
    }
    if (pl_look_fmt(failed->l, &handler, err, "%.*s.%s", PL_ARG(module), name) != PL_OK ||
        offer(failed, handler, load, &taken, err) != PL_OK) {
        return err->code;
    }
    return taken ? pl_load_defines(failed->l, load, pl_slice_of(name), err) : PL_OK;
}

static PL_STATUS find_module(const struct pl_python_try *failed, struct pl_load *load,
                             struct pl_err *err)
{
    struct wanted w;
    struct pl_candidates found;
    bool taken = false;
    struct pl_slice base = pl_look_basename(failed->dotted);
    base = pl_slice_sub(
        base, pl_slice_rfind(base, '.') < base.len ? pl_slice_rfind(base, '.') + 1 : 0, base.len);
    if (without_suffix(failed, load, &taken, err) != PL_OK) {
        return err->code;
    }
    if (taken || base.len == 0) {
        return PL_OK;
    }
    if (pl_look_fmt(failed->l, &w.file, err, "%.*s.py", PL_ARG(base)) != PL_OK ||
        pl_look_fmt(failed->l, &w.package, err, "%.*s/__init__.py", PL_ARG(base)) != PL_OK) {
        return err->code;
    }
    pl_look_around(failed->l, like_module, &w, &found);
    if (try_candidates(failed, &found, load, err) != PL_OK) {
        return err->code;
    }
    if (!load->elsewhere.package && other_module(failed, load, err) != PL_OK) {
        return err->code;
    }
    if (load->elsewhere.package || found.n != 1) {
        return PL_OK;
    }
    /* The file is surely the one that was meant, and its function has another name, too. */
    struct pl_slice file = pl_ref_entry(found.at[0])->name;
    return other_function(failed, module_of(file), found.at[0], load, err);
}

/* The module is there, its function is not. */
static PL_STATUS find_function(const struct pl_python_try *failed, struct pl_load *load,
                               struct pl_err *err)
{
    const struct pl_py_found *found = &failed->path.part[failed->path.n - 1];
    if (found->kind == PL_PY_SOURCE &&
        (other_function(failed, failed->module, found->at, load, err) != PL_OK)) {
        return err->code;
    }
    if (load->suggest.len > 0 || found->dirs.n == 0) {
        return PL_OK;
    }
    /* "src.handler" where handler is a module of the folder src. */
    struct pl_py_path inner;
    struct pl_slice module;
    if (pl_py_find(failed->l, &found->dirs, failed->function, &inner, err) != PL_OK ||
        pl_look_fmt(failed->l, &module, err, "%.*s/%.*s", PL_ARG(failed->module),
                    PL_ARG(failed->function)) != PL_OK) {
        return err->code;
    }
    if (inner.n == 0 || inner.part[0].kind != PL_PY_SOURCE) {
        /* A bare folder hides that the module is one folder too deep: app/app.py. */
        return found->kind == PL_PY_NAMESPACE ? find_module(failed, load, err) : PL_OK;
    }
    load->elsewhere = inner.part[0].at;
    return other_function(failed, module, inner.part[0].at, load, err);
}

PL_STATUS pl_python_suggest(const struct pl_python_try *failed, struct pl_load *load,
                            struct pl_err *err)
{
    if (load->why == PL_WHY_MODULE_MISSING) {
        return find_module(failed, load, err);
    }
    return load->why == PL_WHY_FUNCTION_MISSING ? find_function(failed, load, err) : PL_OK;
}
