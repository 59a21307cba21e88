#include "pkg/survey/python_find.h"

#include <string.h>

/* File name suffixes in the order in which importlib tries them. */
enum { SUFFIXES_MAX = 6 };
struct suffixes {
    struct {
        struct pl_slice text;
        uint8_t kind;
    } at[SUFFIXES_MAX];
    uint32_t n;
};

PL_STATUS pl_py_search_path(struct pl_looker *l, struct pl_py_dirs *ret, struct pl_err *err)
{
    const struct pl_runtime *runtime = l->fn->runtime;
    ret->at[0] = pl_look_task(l);
    ret->at[2] = PL_SLICE("/opt/python");
    ret->n = 3;
    return pl_look_fmt(l, &ret->at[1], err, "/opt/python/lib/python%u.%u/site-packages",
                       (unsigned)runtime->version_major, (unsigned)runtime->version_minor);
}

static PL_STATUS add_tagged(struct pl_looker *l, struct suffixes *list, const char *machine,
                            struct pl_err *err)
{
    const struct pl_runtime *runtime = l->fn->runtime;
    unsigned minor = runtime->version_minor;
    /* Up to 3.7 the tag ended in the pymalloc flag (cpython-37m). */
    list->at[list->n].kind = PL_PY_EXTENSION;
    return pl_look_fmt(l, &list->at[list->n++].text, err, ".cpython-%u%u%s-%s-linux-gnu.so",
                       (unsigned)runtime->version_major, minor, minor <= 7 ? "m" : "", machine);
}

static PL_STATUS list_suffixes(struct pl_looker *l, struct suffixes *ret, struct pl_err *err)
{
    ret->n = 0;
    if (l->fn->arch != PL_ARCH_ARM64 && add_tagged(l, ret, "x86_64", err) != PL_OK) {
        return err->code;
    }
    if (l->fn->arch != PL_ARCH_X86_64 && add_tagged(l, ret, "aarch64", err) != PL_OK) {
        return err->code;
    }
    static const struct {
        struct pl_slice text;
        uint8_t kind;
    } others[] = {{PL_SLICE_INIT(".abi3.so"), PL_PY_EXTENSION},
                  {PL_SLICE_INIT(".so"), PL_PY_EXTENSION},
                  {PL_SLICE_INIT(".py"), PL_PY_SOURCE},
                  {PL_SLICE_INIT(".pyc"), PL_PY_BYTECODE}};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        ret->at[ret->n].text = others[i].text;
        ret->at[ret->n++].kind = others[i].kind;
    }
    return PL_OK;
}

/* stem + suffix for every suffix; found->kind stays NOTHING when none is a file. */
static PL_STATUS find_file(struct pl_looker *l, struct pl_slice stem, const struct suffixes *list,
                           struct pl_py_path *path, struct pl_py_found *found, struct pl_err *err)
{
    for (uint32_t i = 0; i < list->n; i++) {
        struct pl_slice file;
        if (pl_look_fmt(l, &file, err, "%.*s%.*s", PL_ARG(stem), PL_ARG(list->at[i].text)) !=
            PL_OK) {
            return err->code;
        }
        struct pl_hit hit = pl_view_find(l->view, PL_SLICE("/"), file);
        path->opaque = path->opaque || hit.how == PL_HOW_OPAQUE;
        path->outside = path->outside || hit.how == PL_HOW_OUTSIDE;
        if (hit.how == PL_HOW_FILE) {
            found->kind = list->at[i].kind;
            found->at = hit.at;
            found->path = file;
            return PL_OK;
        }
    }
    return PL_OK;
}

/* One path entry: a package, a module, or a portion of a namespace. */
static PL_STATUS find_in(struct pl_looker *l, struct pl_slice dir, struct pl_slice name,
                         struct pl_py_path *path, struct pl_py_found *found, struct pl_err *err)
{
    struct suffixes list;
    struct pl_slice stem;
    struct pl_slice init;
    if (list_suffixes(l, &list, err) != PL_OK ||
        pl_look_fmt(l, &stem, err, "%.*s/%.*s", PL_ARG(dir), PL_ARG(name)) != PL_OK ||
        pl_look_fmt(l, &init, err, "%.*s/__init__", PL_ARG(stem)) != PL_OK) {
        return err->code;
    }
    struct pl_hit folder = pl_view_find(l->view, PL_SLICE("/"), stem);
    path->outside = path->outside || folder.how == PL_HOW_OUTSIDE;
    if (folder.how == PL_HOW_FOLDER) {
        if (find_file(l, init, &list, path, found, err) != PL_OK) {
            return err->code;
        }
        if (found->kind != PL_PY_NOTHING) {
            found->package = true;
            found->dirs.at[0] = stem;
            found->dirs.n = 1;
            return PL_OK;
        }
    }
    if (find_file(l, stem, &list, path, found, err) != PL_OK) {
        return err->code;
    }
    if (found->kind == PL_PY_NOTHING && folder.how == PL_HOW_FOLDER) {
        found->kind = PL_PY_NAMESPACE;
        found->at = folder.at;
        found->path = stem;
    }
    return PL_OK;
}

/* One component: the first path entry with a package or module wins, else all folders together are
 * a namespace. */
static PL_STATUS find_part(struct pl_looker *l, const struct pl_py_dirs *dirs, struct pl_slice name,
                           struct pl_py_path *path, struct pl_err *err)
{
    struct pl_py_found space = {.kind = PL_PY_NOTHING};
    if (name.len == 0) {
        return PL_OK;
    }
    for (uint32_t i = 0; i < dirs->n; i++) {
        struct pl_py_found found = {.kind = PL_PY_NOTHING};
        if (find_in(l, dirs->at[i], name, path, &found, err) != PL_OK) {
            return err->code;
        }
        if (found.kind == PL_PY_NAMESPACE) {
            if (space.kind == PL_PY_NOTHING) {
                space = found;
            }
            space.dirs.at[space.dirs.n++] = found.path;
        } else if (found.kind != PL_PY_NOTHING) {
            path->part[path->n++] = found;
            return PL_OK;
        }
    }
    path->opaque = path->opaque || (l->view->opaque_layer && path->n == 0);
    if (space.kind != PL_PY_NOTHING) {
        path->part[path->n++] = space;
    }
    return PL_OK;
}

PL_STATUS pl_py_find(struct pl_looker *l, const struct pl_py_dirs *dirs, struct pl_slice name,
                     struct pl_py_path *ret, struct pl_err *err)
{
    struct pl_slice rest = name;
    struct pl_slice part;
    *ret = (struct pl_py_path){.n = 0};
    while (pl_slice_next(&rest, '.', &part)) {
        ret->asked++;
        bool whole = ret->n + 1 == ret->asked;
        if (!whole) {
            continue; /* only counted: its parent was not found */
        }
        if (ret->n == PL_PY_PARTS) {
            ret->too_long = true;
            continue;
        }
        if (find_part(l, ret->n == 0 ? dirs : &ret->part[ret->n - 1].dirs, part, ret, err) !=
            PL_OK) {
            return err->code;
        }
    }
    return PL_OK;
}
