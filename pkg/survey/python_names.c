/* Which names a module has after import, through the star imports that lead to files we have. */
#include "pkg/survey/load_python.h"

/* Star imports that lead on to star imports; a cycle ends here too. */
enum { STAR_DEPTH = 8 };

/* A module on the way: what it is, and the folders of the package around it. */
struct star {
    const struct pl_py_found *found;
    const struct pl_py_dirs *around;
    unsigned depth;
};

static PL_STATUS binds(struct pl_python_try *t, const struct star *module, enum pl_sure *ret,
                       struct pl_spot *ret_spot, struct pl_err *err);

/* `from MODULE import *` inside `module`: would it bring the name? */
static PL_STATUS star_brings(struct pl_python_try *t, const struct star *module,
                             struct pl_slice name, enum pl_sure *ret, struct pl_err *err)
{
    const struct pl_py_dirs *from = &t->dirs;
    struct pl_py_path path;
    *ret = PL_SURE_MAYBE;
    if (pl_slice_starts(name, PL_SLICE(".."))) {
        return PL_OK;
    }
    if (pl_slice_starts(name, PL_SLICE("."))) {
        from = module->found->package ? &module->found->dirs : module->around;
        name = pl_slice_sub(name, 1, name.len);
    }
    if (!from || name.len == 0) {
        return PL_OK;
    }
    if (pl_py_find(t->l, from, name, &path, err) != PL_OK) {
        return err->code;
    }
    if (path.n < path.asked || path.part[path.n - 1].kind != PL_PY_SOURCE) {
        return PL_OK;
    }
    struct pl_looked *looked = NULL;
    struct star next = {&path.part[path.n - 1], path.n > 1 ? &path.part[path.n - 2].dirs : from,
                        module->depth + 1};
    if (pl_look_text(t->l, next.found->at, &looked, err) != PL_OK) {
        return err->code;
    }
    struct pl_slice text = pl_buf_view(&looked->text);
    if (pl_slice_find_text(text, PL_SLICE("__all__")) < text.len) {
        return PL_OK;
    }
    return binds(t, &next, ret, NULL, err);
}

/* An import of the package's own submodule of that name makes it an attribute. */
static bool imports_submodule(const struct pl_python_try *t, const struct pl_py *py)
{
    for (uint32_t i = 0; i < py->n_import; i++) {
        struct pl_slice module = py->import[i].module;
        if (py->import[i].member) {
            continue;
        }
        struct pl_slice last = pl_slice_sub(module, pl_slice_rfind(module, '.') + 1, module.len);
        struct pl_slice own = pl_slice_sub(module, 0, pl_slice_rfind(module, '.'));
        if (pl_slice_eq(last, t->function) && (own.len == 0 || pl_slice_eq(own, t->dotted))) {
            return true;
        }
    }
    return false;
}

static PL_STATUS binds(struct pl_python_try *t, const struct star *module, enum pl_sure *ret,
                       struct pl_spot *ret_spot, struct pl_err *err)
{
    struct pl_looked *looked = NULL;
    *ret = PL_SURE_MAYBE;
    if (module->depth > STAR_DEPTH) {
        return PL_OK;
    }
    if (pl_look_python(t->l, module->found->at, &looked, err) != PL_OK) {
        return err->code;
    }
    if (looked->state != PL_LOOKED_TEXT || looked->py->not_text) {
        return PL_OK;
    }
    const struct pl_py *py = looked->py;
    *ret = pl_python_binds(py, t->function, ret_spot);
    if (*ret == PL_SURE_NO && module->found->package && imports_submodule(t, py)) {
        *ret = PL_SURE_MAYBE;
    }
    bool hidden = pl_slice_starts(t->function, PL_SLICE("_"));
    for (uint32_t i = 0; *ret == PL_SURE_MAYBE && !hidden && i < py->n_import; i++) {
        enum pl_sure brings = PL_SURE_MAYBE;
        if (!py->import[i].star) {
            continue;
        }
        if (star_brings(t, module, py->import[i].module, &brings, err) != PL_OK) {
            return err->code;
        }
        if (brings == PL_SURE_YES && !py->import[i].guarded) {
            *ret = PL_SURE_YES;
            if (ret_spot) {
                *ret_spot = py->import[i].at;
            }
        }
    }
    return PL_OK;
}

PL_STATUS pl_python_try_binds(struct pl_python_try *t, uint32_t part, enum pl_sure *ret,
                              struct pl_spot *ret_spot, struct pl_err *err)
{
    struct star module = {&t->path.part[part], part > 0 ? &t->path.part[part - 1].dirs : NULL, 0};
    return binds(t, &module, ret, ret_spot, err);
}
