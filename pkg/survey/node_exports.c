#include "pkg/survey/load_node.h"

/* Re-exports that lead on to re-exports; a cycle ends here too. */
enum { REEXPORT_DEPTH = 8 };

struct asking {
    struct pl_looker *l;
    struct pl_slice name;
    bool esm;
};

static PL_STATUS ask(const struct asking *a, const struct pl_node_file *file, unsigned depth,
                     struct pl_node_export *ret, struct pl_err *err);

/* What `export * from SPECIFIER` brings. */
static PL_STATUS reexport(const struct asking *a, const struct pl_node_file *from,
                          struct pl_slice specifier, unsigned depth, struct pl_node_export *ret,
                          struct pl_err *err)
{
    struct pl_slice path;
    struct pl_node_file file = {.found = false};
    *ret = (struct pl_node_export){.sure = PL_SURE_MAYBE, .arity = -1};
    if (!pl_slice_starts(specifier, PL_SLICE("./")) &&
        !pl_slice_starts(specifier, PL_SLICE("../"))) {
        return PL_OK;
    }
    if (pl_look_fmt(a->l, &path, err, "%.*s/%.*s", PL_ARG(pl_slice_dirname(from->real)),
                    PL_ARG(specifier)) != PL_OK) {
        return err->code;
    }
    enum pl_status status =
        a->esm ? pl_node_exact(a->l, path, &file, err) : pl_node_require(a->l, path, &file, err);
    if (status != PL_OK || !file.found) {
        return status;
    }
    return ask(a, &file, depth + 1, ret, err);
}

/* Is something of that name in the list, however unsure? */
static bool mentions(const struct pl_js *js, struct pl_slice name)
{
    struct pl_slice first = pl_slice_sub(name, 0, pl_slice_find(name, '.'));
    for (uint32_t i = 0; i < js->n_export; i++) {
        struct pl_slice own = js->export_[i].name;
        if (pl_slice_eq(pl_slice_sub(own, 0, pl_slice_find(own, '.')), first)) {
            return true;
        }
    }
    return false;
}

static PL_STATUS ask_reexports(const struct asking *a, const struct pl_node_file *file,
                               const struct pl_js *js, unsigned depth, struct pl_node_export *ret,
                               struct pl_err *err)
{
    bool unsure = js->dynamic || mentions(js, a->name) || js->n_reexport == 0;
    bool passes = !a->esm || !pl_slice_is(a->name, "default");
    for (uint32_t i = 0; passes && i < js->n_reexport; i++) {
        struct pl_node_export one;
        if (reexport(a, file, js->reexport[i], depth, &one, err) != PL_OK) {
            return err->code;
        }
        if (one.sure == PL_SURE_YES) {
            *ret = one;
            return PL_OK;
        }
        unsure = unsure || one.sure == PL_SURE_MAYBE;
    }
    ret->sure = unsure ? PL_SURE_MAYBE : PL_SURE_NO;
    return PL_OK;
}

static PL_STATUS ask(const struct asking *a, const struct pl_node_file *file, unsigned depth,
                     struct pl_node_export *ret, struct pl_err *err)
{
    struct pl_looked *looked = NULL;
    *ret = (struct pl_node_export){.sure = PL_SURE_MAYBE, .arity = -1};
    if (depth > REEXPORT_DEPTH || pl_slice_ends(file->real, PL_SLICE(".json")) ||
        pl_slice_ends(file->real, PL_SLICE(".node"))) {
        return PL_OK;
    }
    if (pl_look_js(a->l, file->at, &looked, err) != PL_OK) {
        return err->code;
    }
    if (looked->state != PL_LOOKED_TEXT || looked->js->not_text) {
        return PL_OK;
    }
    const struct pl_js_export *found = NULL;
    ret->sure = (uint8_t)pl_js_exports(looked->js, a->name, &found);
    if (found) {
        ret->how = found->how;
        ret->arity = found->arity;
        ret->at = found->at;
    }
    return ret->sure == PL_SURE_MAYBE ? ask_reexports(a, file, looked->js, depth, ret, err) : PL_OK;
}

PL_STATUS pl_node_exports(struct pl_looker *l, const struct pl_node_file *file, bool esm,
                          struct pl_slice name, struct pl_node_export *ret, struct pl_err *err)
{
    struct asking a = {l, name, esm};
    return ask(&a, file, 0, ret, err);
}
