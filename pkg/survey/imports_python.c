/*
 * Imports of a Python handler's own files: the standard library's rules (importlib, "The import
 * system") over what the finder of python_find.c sees.
 */
#include "pkg/lambda/modules.h"
#include "pkg/survey/imports.h"

#include <string.h>

enum { RECORDS_MAX = 96, TOPS_MAX = 64 };

struct own {
    struct pl_ref at;
    struct pl_slice package; /* __package__: "" for a module at the top */
    bool first;              /* the handler's module, or a package around it */
    bool sure;               /* surely run: that, or what such a file surely imports */
};

struct walk {
    const struct pl_python_try *t;
    struct pl_looker *l;
    struct pl_imports *ret;
    struct own file[PL_IMPORT_FILES];
    uint32_t n;
    bool cut;
    struct pl_ref record[RECORDS_MAX]; /* lists of what was installed, at the package's root */
    uint32_t n_record;
    struct {
        struct pl_slice name;
        bool installed;
    } top[TOPS_MAX];
    uint32_t n_top;
    struct pl_ref library[PL_IMPORT_LIBRARIES];
    uint32_t n_library;
};

/* ---- whose file is it? ---- */

/* "requests-2.32.0.dist-info/RECORD" gives "requests-2.32.0". */
static struct pl_slice distribution_of(struct pl_slice name, struct pl_slice list)
{
    struct pl_slice folder = pl_slice_dirname(name);
    bool is_one =
        pl_slice_eq(pl_slice_basename(name), list) && pl_slice_find(folder, '/') == folder.len;
    struct pl_slice suffix = PL_SLICE(".dist-info");
    if (is_one && pl_slice_ends(folder, suffix)) {
        return pl_slice_sub(folder, 0, folder.len - suffix.len);
    }
    return (struct pl_slice){"", 0};
}

static void list_records(struct walk *w)
{
    const struct pl_tree *tree = &w->l->fn->code->tree;
    for (uint32_t i = 0; i < tree->n && w->n_record < RECORDS_MAX; i++) {
        if (distribution_of(tree->entry[i].name, PL_SLICE("RECORD")).len > 0) {
            w->record[w->n_record++] = (struct pl_ref){w->l->fn->code, i};
        }
    }
}

/* Is the distribution called as the module is?  "PyYAML-6.0" is not, "typing_extensions-4" is. */
static bool named_alike(struct pl_slice distribution, struct pl_slice module)
{
    struct pl_slice name = pl_slice_sub(distribution, 0, pl_slice_find(distribution, '-'));
    return pl_slice_eq_nocase(name, module);
}

/* Does a RECORD list MODULE/... or MODULE.py? */
static bool lists(struct pl_slice record, struct pl_slice module)
{
    struct pl_slice line;
    while (pl_slice_next(&record, '\n', &line)) {
        if (!pl_slice_starts(line, module)) {
            continue;
        }
        struct pl_slice rest = pl_slice_sub(line, module.len, line.len);
        if (pl_slice_starts(rest, PL_SLICE("/")) || pl_slice_starts(rest, PL_SLICE(".py"))) {
            return true;
        }
    }
    return false;
}

static PL_STATUS ask_records(struct walk *w, struct pl_slice module, bool *ret, struct pl_err *err)
{
    for (uint32_t i = 0; i < w->n_record && !*ret; i++) {
        *ret = named_alike(pl_ref_entry(w->record[i])->name, module);
    }
    for (uint32_t i = 0; i < w->n_record && !*ret; i++) {
        struct pl_looked *looked = NULL;
        if (pl_look_text(w->l, w->record[i], &looked, err) != PL_OK) {
            return err->code;
        }
        *ret = looked->state != PL_LOOKED_TEXT || lists(pl_buf_view(&looked->text), module);
    }
    return PL_OK;
}

/* Does a module of this name at the package's root belong to an installed distribution? */
static PL_STATUS is_installed(struct walk *w, struct pl_slice module, bool *ret, struct pl_err *err)
{
    for (uint32_t i = 0; i < w->n_top; i++) {
        if (pl_slice_eq(w->top[i].name, module)) {
            *ret = w->top[i].installed;
            return PL_OK;
        }
    }
    *ret = false;
    if (ask_records(w, module, ret, err) != PL_OK) {
        return err->code;
    }
    if (w->n_top < TOPS_MAX) {
        w->top[w->n_top].name = module;
        w->top[w->n_top++].installed = *ret;
    }
    return PL_OK;
}

static void add_own(struct walk *w, const struct pl_py_found *found, const struct own *one)
{
    if (found->kind != PL_PY_SOURCE || found->at.package != w->l->fn->code ||
        !pl_entry_readable(pl_ref_entry(found->at))) {
        return;
    }
    for (uint32_t i = 0; i < w->n; i++) {
        if (pl_ref_eq(w->file[i].at, found->at)) {
            w->file[i].sure |= one->sure;
            return;
        }
    }
    if (w->n == PL_IMPORT_FILES) {
        w->cut = true;
        return;
    }
    w->file[w->n] = *one;
    w->file[w->n++].at = found->at;
}

static struct pl_slice parent_of(struct pl_slice dotted)
{
    size_t dot = pl_slice_rfind(dotted, '.');
    return dot < dotted.len ? pl_slice_sub(dotted, 0, dot) : PL_SLICE("");
}

/* The files that importing `name` runs, as far as they are the handler's own. */
static void follow(struct walk *w, const struct pl_py_path *path, struct pl_slice name, bool first,
                   bool sure)
{
    size_t end = 0;
    for (uint32_t i = 0; i < path->n; i++) {
        end += pl_slice_find(pl_slice_sub(name, end, name.len), '.');
        struct pl_slice module = pl_slice_sub(name, 0, end);
        const struct own one = {.package = path->part[i].package ? module : parent_of(module),
                                .first = first,
                                .sure = sure};
        add_own(w, &path->part[i], &one);
        end++;
    }
}

/* An import that ends at a shared library opens it, whatever the file says of itself. */
static void add_library(struct walk *w, const struct pl_py_path *path)
{
    const struct pl_py_found *last = path->n > 0 ? &path->part[path->n - 1] : NULL;
    if (last && path->n == path->asked && last->kind == PL_PY_EXTENSION &&
        w->n_library < PL_IMPORT_LIBRARIES) {
        w->library[w->n_library++] = last->at;
    }
}

/* ---- one import ---- */

struct importing {
    const struct own *file;
    const struct pl_py_import *import;
    struct pl_slice name; /* absolute */
};

static PL_STATUS fault(struct walk *w, const struct importing *one, enum pl_import_fault what,
                       struct pl_slice detail, struct pl_err *err)
{
    struct pl_import found = {.what = (uint8_t)what,
                              .name = one->import->module,
                              .detail = detail,
                              .from = one->file->at,
                              .at = one->import->at};
    found.sure = one->file->first && !one->import->guarded ? PL_SURE_YES : PL_SURE_MAYBE;
    return pl_imports_add(w->l, w->ret, &found, err);
}

/* What is missing at the top may stand beside the file that asks for it. */
static PL_STATUS say_beside(struct walk *w, const struct importing *one, struct pl_slice *ret,
                            struct pl_err *err)
{
    struct pl_slice name;
    struct pl_py_path path;
    *ret = PL_SLICE("");
    if (one->file->package.len == 0) {
        return PL_OK;
    }
    if (pl_look_fmt(w->l, &name, err, "%.*s.%.*s", PL_ARG(one->file->package), PL_ARG(one->name)) !=
            PL_OK ||
        pl_py_find(w->l, &w->t->dirs, name, &path, err) != PL_OK) {
        return err->code;
    }
    if (path.n == 0 || path.n < path.asked) {
        return PL_OK;
    }
    const struct pl_py_found *last = &path.part[path.n - 1];
    if (last->kind == PL_PY_NAMESPACE) {
        return PL_OK;
    }
    return pl_look_fmt(w->l, ret, err, "%.*s is there, but is %.*s to Python",
                       PL_ARG(pl_ref_entry(last->at)->name), PL_ARG(name));
}

/* Modules that other versions of this Python have. */
static PL_STATUS of_another_version(struct walk *w, const struct importing *one,
                                    const struct pl_python_module *module, struct pl_err *err)
{
    struct pl_slice detail;
    struct pl_py_path setuptools;
    unsigned minor = w->l->fn->runtime->version_minor;
    if (module->since > minor) {
        return pl_look_fmt(w->l, &detail, err, "Python 3.%u and later have it",
                           (unsigned)module->since) != PL_OK
                   ? err->code
                   : fault(w, one, PL_IMPORT_MISSING, detail, err);
    }
    /* setuptools brings a distutils of its own and slips it in. */
    if (pl_py_find(w->l, &w->t->dirs, PL_SLICE("setuptools"), &setuptools, err) != PL_OK) {
        return err->code;
    }
    if (setuptools.n > 0 && pl_slice_is(pl_slice_of(module->name), "distutils")) {
        return PL_OK;
    }
    enum pl_status status =
        module->instead
            ? pl_look_fmt(w->l, &detail, err, "Python 3.%u removed it; see %s", module->until + 1u,
                          module->instead)
            : pl_look_fmt(w->l, &detail, err, "Python 3.%u removed it", module->until + 1u);
    return status != PL_OK ? status : fault(w, one, PL_IMPORT_REMOVED, detail, err);
}

/* A part below something that is there: only where nothing can have made it in another way. */
static PL_STATUS below_is_missing(struct walk *w, const struct importing *one,
                                  const struct pl_py_path *path, bool *ret, struct pl_err *err)
{
    const struct pl_py_found *parent = &path->part[path->n - 1];
    struct pl_looked *looked = NULL;
    *ret = parent->kind == PL_PY_NAMESPACE;
    if (path->part[0].kind == PL_PY_NAMESPACE && *ret) {
        return PL_OK;
    }
    bool installed = path->part[0].at.package != w->l->fn->code;
    struct pl_slice top = pl_slice_sub(one->name, 0, pl_slice_find(one->name, '.'));
    if (!installed && is_installed(w, top, &installed, err) != PL_OK) {
        return err->code;
    }
    if (installed || (parent->kind != PL_PY_SOURCE && parent->kind != PL_PY_NAMESPACE)) {
        *ret = false;
        return PL_OK;
    }
    *ret = true;
    for (uint32_t i = 0; i < path->n && *ret; i++) {
        if (path->part[i].kind != PL_PY_SOURCE) {
            continue;
        }
        if (pl_look_text(w->l, path->part[i].at, &looked, err) != PL_OK) {
            return err->code;
        }
        *ret = !pl_python_moves_path(looked);
    }
    return PL_OK;
}

static PL_STATUS judge_missing(struct walk *w, const struct importing *one,
                               const struct pl_py_path *path, struct pl_err *err)
{
    struct pl_slice top = pl_slice_sub(one->name, 0, pl_slice_find(one->name, '.'));
    const struct pl_python_module *module = pl_python_module_find(top);
    bool runtime =
        pl_python_brings(top) || (module && pl_python_module_in(module, w->l->fn->runtime));
    bool is_missing = true;
    struct pl_slice detail;
    if (path->too_long || (runtime && (path->n == 0 || path->part[0].kind == PL_PY_NAMESPACE))) {
        return PL_OK;
    }
    if (path->n > 0 && below_is_missing(w, one, path, &is_missing, err) != PL_OK) {
        return err->code;
    }
    if (!is_missing) {
        return PL_OK;
    }
    if (path->opaque || path->outside) {
        w->ret->why = path->opaque ? PL_WHY_OPAQUE_LAYER : PL_WHY_OUTSIDE;
        return PL_OK;
    }
    if (path->n == 0 && module) {
        return of_another_version(w, one, module, err);
    }
    if (one->import->guarded) {
        return PL_OK; /* looked at for removed modules only */
    }
    return say_beside(w, one, &detail, err) != PL_OK
               ? err->code
               : fault(w, one, PL_IMPORT_MISSING, detail, err);
}

/* Does the import surely run the file that was found?  A member may be a name that its package has
 * bound already, and what the runtime has loaded before is not looked for again. */
static bool runs(const struct importing *one, struct pl_slice top)
{
    return one->file->sure && !one->import->guarded && !one->import->member &&
           !pl_python_module_find(top) && !pl_python_brings(top);
}

static PL_STATUS read_absolute(struct walk *w, const struct importing *one, struct pl_err *err)
{
    struct pl_py_path path;
    bool installed = false;
    if (pl_slice_is(one->name, "unzip_requirements")) {
        w->ret->why = PL_WHY_UNZIPS;
        return PL_OK;
    }
    if (pl_py_find(w->l, &w->t->dirs, one->name, &path, err) != PL_OK) {
        return err->code;
    }
    if (path.n < path.asked && !one->import->member) {
        return judge_missing(w, one, &path, err);
    }
    if (!one->import->guarded) {
        add_library(w, &path);
    }
    struct pl_slice top = pl_slice_sub(one->name, 0, pl_slice_find(one->name, '.'));
    if (path.n > 0 && !one->import->guarded && path.part[0].at.package == w->l->fn->code) {
        if (is_installed(w, top, &installed, err) != PL_OK) {
            return err->code;
        }
        if (!installed) {
            follow(w, &path, one->name, false, runs(one, top));
        }
    }
    return PL_OK;
}

static bool names_package(struct pl_slice text)
{
    return pl_slice_find_text(text, PL_SLICE("__package__")) < text.len;
}

/* from ..a import b, in a module of a package. */
static PL_STATUS read_relative(struct walk *w, struct importing *one, struct pl_err *err)
{
    struct pl_slice package = one->file->package;
    struct pl_slice rest = one->import->module;
    struct pl_looked *looked = NULL;
    if (one->import->guarded) {
        return PL_OK;
    }
    if (pl_look_text(w->l, one->file->at, &looked, err) != PL_OK) {
        return err->code;
    }
    if (pl_looked_says(looked, PL_ASKED_PACKAGE, names_package)) {
        return PL_OK; /* who sets it decides */
    }
    for (bool nearest = true; rest.len > 0 && rest.ptr[0] == '.'; nearest = false) {
        if (package.len == 0) {
            return one->import->member
                       ? PL_OK
                       : fault(w, one,
                               one->file->package.len == 0 ? PL_IMPORT_NO_PARENT : PL_IMPORT_BEYOND,
                               PL_SLICE(""), err);
        }
        package = nearest ? package : parent_of(package);
        rest = pl_slice_sub(rest, 1, rest.len);
        if (package.len == 0 && rest.len > 0 && rest.ptr[0] != '.') {
            return one->import->member ? PL_OK : fault(w, one, PL_IMPORT_BEYOND, PL_SLICE(""), err);
        }
    }
    if (package.len == 0) {
        return one->import->member ? PL_OK : fault(w, one, PL_IMPORT_BEYOND, PL_SLICE(""), err);
    }
    if (pl_look_fmt(w->l, &one->name, err, "%.*s%s%.*s", PL_ARG(package), rest.len > 0 ? "." : "",
                    PL_ARG(rest)) != PL_OK) {
        return err->code;
    }
    return read_absolute(w, one, err);
}

/* An import in a function matters where the runtime has surely lost the module. */
static bool is_later(const struct pl_py_import *import)
{
    return import->later && !import->optional && !import->member;
}

static PL_STATUS read_import(struct walk *w, const struct own *file,
                             const struct pl_py_import *import, struct pl_err *err)
{
    struct importing one = {file, import, import->module};
    bool unzips = pl_slice_is(import->module, "unzip_requirements");
    if (import->guarded && !is_later(import) && !unzips) {
        return PL_OK;
    }
    return import->module.ptr[0] == '.' ? read_relative(w, &one, err) : read_absolute(w, &one, err);
}

/* Python's own words go into the name, ours into the detail. */
static PL_STATUS cannot_parse(struct walk *w, const struct own *file, const struct pl_py *py,
                              struct pl_err *err)
{
    struct pl_import found = {.what = PL_IMPORT_SYNTAX, .sure = PL_SURE_YES, .from = file->at};
    struct pl_slice entry = pl_ref_entry(file->at)->name;
    unsigned minor = 0;
    const struct pl_runtime *runtime = w->l->fn->runtime;
    const struct pl_py_newer *newer = pl_python_newer(py, runtime->version_minor, &minor);
    if (!file->sure || (!py->syntax.found && !newer)) {
        return PL_OK;
    }
    const char *says = py->syntax.found ? py->syntax.what : newer->lambda_says;
    found.at = py->syntax.found ? py->syntax.at : newer->at;
    found.detail = pl_slice_of(says);
    if (!py->syntax.found && pl_look_fmt(w->l, &found.detail, err, PL_PY_NEWER_TEXT, newer->what,
                                         minor, runtime->id) != PL_OK) {
        return err->code;
    }
    return pl_look_fmt(w->l, &found.name, err, "%s (%.*s, line %u)", says,
                       PL_ARG(pl_slice_basename(entry)), (unsigned)found.at.line) != PL_OK
               ? err->code
               : pl_imports_add(w->l, w->ret, &found, err);
}

static PL_STATUS read_file(struct walk *w, const struct own *file, struct pl_err *err)
{
    struct pl_looked *looked = NULL;
    if (pl_look_python(w->l, file->at, &looked, err) != PL_OK) {
        return err->code;
    }
    if (looked->state != PL_LOOKED_TEXT) {
        w->cut = w->cut || looked->state == PL_LOOKED_TOO_BIG;
        return PL_OK;
    }
    if (cannot_parse(w, file, looked->py, err) != PL_OK) {
        return err->code;
    }
    if (looked->py->not_text || looked->py->syntax.found) {
        return PL_OK;
    }
    for (uint32_t i = 0; i < looked->py->n_import; i++) {
        if (looked->py->import[i].module.len > 0 &&
            read_import(w, file, &looked->py->import[i], err) != PL_OK) {
            return err->code;
        }
    }
    return PL_OK;
}

/* ---- what takes the answer back ---- */

/* Code that decides where modules are searched, or puts them in place. */
static bool moves_search(struct pl_slice text)
{
    static const struct pl_slice marks[] = {
        PL_SLICE_INIT("sys.path"),  PL_SLICE_INIT("from sys import"), PL_SLICE_INIT("addsitedir"),
        PL_SLICE_INIT("meta_path"), PL_SLICE_INIT("sys.modules"),     PL_SLICE_INIT("path_hooks"),
        PL_SLICE_INIT("zipimport")};
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        if (pl_slice_find_text(text, marks[i]) < text.len) {
            return true;
        }
    }
    return false;
}

static enum pl_why settings_unsure(const struct walk *w)
{
    if (pl_tree_find(&w->l->fn->code->tree, PL_SLICE(".requirements.zip")) != PL_ENTRY_NONE) {
        return PL_WHY_UNZIPS;
    }
    bool changed = pl_look_has_env(w->l, "PYTHONPATH") || pl_look_has_env(w->l, "PYTHONHOME") ||
                   pl_look_has_env(w->l, "AWS_LAMBDA_EXEC_WRAPPER");
    return changed ? PL_WHY_SEARCH_PATH : PL_WHY_NONE;
}

static PL_STATUS doubt(struct walk *w, struct pl_err *err)
{
    enum pl_why why = w->ret->why != PL_WHY_NONE ? (enum pl_why)w->ret->why : settings_unsure(w);
    for (uint32_t i = 0; why == PL_WHY_NONE && i < w->n && pl_imports_searched(w->ret); i++) {
        struct pl_looked *looked = NULL;
        if (pl_look_text(w->l, w->file[i].at, &looked, err) != PL_OK) {
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

/* What the judging of native code asks for later. */
static PL_STATUS keep(struct walk *w, struct pl_err *err)
{
    struct pl_imports *ret = w->ret;
    ret->own = pl_arena_new(w->l->arena, w->n + 1u, sizeof *ret->own, err);
    ret->library = pl_arena_new(w->l->arena, w->n_library + 1u, sizeof *ret->library, err);
    if (!ret->own || !ret->library) {
        return err->code;
    }
    for (uint32_t i = 0; i < w->n; i++) {
        ret->own[ret->n_own++] = w->file[i].at;
    }
    for (uint32_t i = 0; i < w->n_library; i++) {
        ret->library[ret->n_library++] = w->library[i];
    }
    return PL_OK;
}

PL_STATUS pl_python_imports(const struct pl_python_try *t, struct pl_imports *ret,
                            struct pl_err *err)
{
    struct pl_imports imports = {.judged = true};
    struct walk *w = pl_arena_new(&t->l->scratch, 1, sizeof *w, err);
    if (!w) {
        return err->code;
    }
    w->t = t;
    w->l = t->l;
    w->ret = &imports;
    list_records(w);
    follow(w, &t->path, t->dotted, true, true);
    for (uint32_t i = 0; i < w->n; i++) {
        struct own file = w->file[i];
        if (read_file(w, &file, err) != PL_OK) {
            return err->code;
        }
    }
    if (doubt(w, err) != PL_OK || keep(w, err) != PL_OK) {
        return err->code;
    }
    *ret = imports;
    return PL_OK;
}
