#include "pkg/survey/imports.h"

#include "pkg/base/text.h"

static bool is_known(const struct pl_imports *imports, const struct pl_import *fault)
{
    for (uint32_t i = 0; i < imports->n; i++) {
        const struct pl_import *old = &imports->fault[i];
        if (old->what == fault->what && pl_slice_eq(old->name, fault->name)) {
            return true;
        }
    }
    return false;
}

/* "a.b" as Python has it in files: "a/b". */
static PL_STATUS path_of(struct pl_looker *l, struct pl_slice name, bool python,
                         struct pl_slice *ret, struct pl_err *err)
{
    char *path = pl_arena_new(&l->scratch, name.len + 1, 1, err);
    if (!path) {
        return err->code;
    }
    for (size_t i = 0; i < name.len; i++) {
        path[i] = (char)(python && name.ptr[i] == '.' ? '/' : name.ptr[i]);
    }
    *ret = (struct pl_slice){path, name.len};
    return PL_OK;
}

/* Folders above `path` when an entry is PATH.py, PATH/index.js ... below a few of them; else more.
 */
static size_t folders_above(struct pl_slice entry, struct pl_slice path, bool python)
{
    static const char *const of_python[] = {".py", "/__init__.py", NULL};
    static const char *const of_node[] = {"/package.json", "/index.js", NULL};
    enum { FAR = 4 };
    for (const char *const *end = python ? of_python : of_node; *end; end++) {
        size_t len = path.len + pl_slice_of(*end).len;
        if (entry.len < len || !pl_slice_ends(entry, pl_slice_of(*end)) ||
            !pl_slice_starts(pl_slice_sub(entry, entry.len - len, entry.len), path) ||
            (entry.len > len && entry.ptr[entry.len - len - 1] != '/')) {
            continue;
        }
        size_t n = 0;
        for (size_t i = 0; i < entry.len - len; i++) {
            n += entry.ptr[i] == '/';
        }
        return n < FAR ? n : SIZE_MAX;
    }
    return SIZE_MAX;
}

/* What no folder that is searched has may stand in a layer, at a wrong place. */
static PL_STATUS say_in_layer(struct pl_looker *l, struct pl_slice name, struct pl_slice *ret,
                              struct pl_err *err)
{
    bool python = l->fn->runtime->language == PL_LANG_PYTHON;
    const struct pl_entry *best = NULL;
    size_t least = SIZE_MAX;
    struct pl_slice path;
    if (name.len == 0 || name.ptr[0] == '.' || name.ptr[0] == '/') {
        return PL_OK;
    }
    if (path_of(l, name, python, &path, err) != PL_OK) {
        return err->code;
    }
    for (uint32_t m = 0; m < l->view->n; m++) {
        const struct pl_package *package = l->view->mount[m].package;
        for (uint32_t i = 0; package != l->fn->code && i < package->tree.n; i++) {
            const struct pl_entry *entry = &package->tree.entry[i];
            size_t n =
                entry->type == PL_ENTRY_FILE ? folders_above(entry->name, path, python) : SIZE_MAX;
            if (n < least) {
                least = n;
                best = entry;
            }
        }
    }
    return best ? pl_look_fmt(l, ret, err, "a layer has %.*s, where the runtime does not look",
                              PL_ARG(best->name))
                : PL_OK;
}

PL_STATUS pl_imports_add(struct pl_looker *l, struct pl_imports *to, const struct pl_import *fault,
                         struct pl_err *err)
{
    struct pl_import kept = *fault;
    if (fault->what == PL_IMPORT_MISSING && fault->detail.len == 0 && to->n < PL_IMPORT_FAULTS &&
        say_in_layer(l, fault->name, &kept.detail, err) != PL_OK) {
        return err->code;
    }
    if (pl_text_safe(l->arena, fault->name, &kept.name, err) != PL_OK ||
        pl_text_safe(l->arena, kept.detail, &kept.detail, err) != PL_OK) {
        return err->code;
    }
    if (to->n == PL_IMPORT_FAULTS || is_known(to, &kept)) {
        return PL_OK;
    }
    if (!to->fault) {
        to->fault = pl_arena_new(l->arena, PL_IMPORT_FAULTS, sizeof *to->fault, err);
        if (!to->fault) {
            return err->code;
        }
    }
    to->fault[to->n++] = kept;
    return PL_OK;
}

bool pl_imports_follows(const struct pl_load *load)
{
    return load->outcome == PL_LOADS || load->why == PL_WHY_FUNCTION_MISSING ||
           load->why == PL_WHY_NOT_A_FUNCTION || load->why == PL_WHY_DYNAMIC ||
           load->why == PL_WHY_REQUIRED;
}

static bool is_searched(const struct pl_import *fault)
{
    switch ((enum pl_import_fault)fault->what) {
    case PL_IMPORT_MISSING:
    case PL_IMPORT_REMOVED:
    case PL_IMPORT_SYNTAX:
        return true;
    case PL_IMPORT_NO_PARENT:
    case PL_IMPORT_BEYOND:
    case PL_IMPORT_SHIM:
        break;
    }
    return false;
}

bool pl_imports_searched(const struct pl_imports *imports)
{
    for (uint32_t i = 0; i < imports->n; i++) {
        if (is_searched(&imports->fault[i])) {
            return true;
        }
    }
    return false;
}

void pl_imports_unsure(struct pl_imports *imports, enum pl_why why)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < imports->n; i++) {
        if (!is_searched(&imports->fault[i])) {
            imports->fault[n++] = imports->fault[i];
        }
    }
    imports->n = n;
    imports->why = (uint8_t)why;
}
