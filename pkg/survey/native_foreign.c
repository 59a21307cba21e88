/*
 * What is left when everything that would be loaded is judged: builds for other platforms.  Those
 * that an install brings with the build that is loaded are told apart, as no install leaves them
 * out: prebuilds/ in one npm package, tools in one wheel.
 */
#include "pkg/base/limits.h"
#include "pkg/survey/native_judge.h"

/* Whose is a file that nothing loads?  The folder of its package, as people know it. */
static struct pl_slice owner_of(struct pl_slice name)
{
    struct pl_slice folder = pl_slice_dirname(name);
    return folder.len > 0 ? folder : name;
}

/* Libraries that repair tools put beside modules (auditwheel, delocate): told with these. */
static bool goes_with_modules(const struct pl_native_judging *j, struct pl_slice name)
{
    struct pl_slice folder = pl_slice_basename(pl_slice_dirname(name));
    bool beside = pl_slice_ends(folder, PL_SLICE(".libs")) || pl_slice_is(folder, ".dylibs");
    for (uint32_t i = 0; beside && i < j->n_fault; i++) {
        if (j->fault[i].what != PL_NATIVE_FOREIGN) {
            return true;
        }
    }
    return false;
}

/* The folders of what is loaded, and of the npm packages that it belongs to. */
static PL_STATUS map_loaded(const struct pl_native_judging *j, struct pl_map *loaded,
                            struct pl_err *err)
{
    for (uint32_t i = 0; i < j->n_file; i++) {
        const struct pl_native_file *file = &j->file[i];
        struct pl_slice name = file->entry->name;
        bool added = false;
        uint64_t old = 0;
        if (file->seen == 0) {
            continue;
        }
        if (pl_map_add(loaded, pl_slice_dirname(name), i, &added, &old, err) != PL_OK ||
            pl_map_add(loaded, pl_native_npm_folder(name), i, &added, &old, err) != PL_OK) {
            return err->code;
        }
    }
    return PL_OK;
}

/* Would a plain install have brought the file too? */
static bool comes_along(const struct pl_native_judging *j, const struct pl_native_file *file,
                        const struct pl_map *loaded)
{
    uint64_t index = 0;
    struct pl_slice name = file->entry->name;
    switch (j->l.fn->runtime->language) {
    case PL_LANG_NODEJS:
        return pl_map_get(loaded, pl_native_npm_folder(name), &index);
    case PL_LANG_PYTHON:
        /* A layer's tool: nothing that Python looks for. */
        return !pl_slice_is(file->root, "/var/task") && !pl_slice_starts(name, PL_SLICE("python/"));
    case PL_LANG_JAVA:
    case PL_LANG_DOTNET:
    case PL_LANG_RUBY:
    case PL_LANG_GO:
    case PL_LANG_CUSTOM:
        break;
    }
    return false;
}

/* A wheel is for one platform, and so are its modules: another's were left by another install.  Of
 * the libraries that it brings to be loaded by name, every install has them all. */
static bool is_of_wheel(const struct pl_native_judging *j, const struct pl_native_fault *fault)
{
    struct pl_slice name = pl_slice_basename(pl_ref_entry(fault->at)->name);
    for (uint32_t i = 0; i < j->n_fault && fault->dist.len > 0; i++) {
        if (j->fault[i].what != PL_NATIVE_FOREIGN && pl_slice_eq(j->fault[i].dist, fault->dist)) {
            return false; /* the wheel itself is for another platform */
        }
    }
    return fault->dist.len > 0 && fault->fact->needs.py_init.len == 0 &&
           pl_slice_find_text(name, PL_SLICE(".cpython-")) == name.len &&
           pl_slice_find_text(name, PL_SLICE(".abi3.")) == name.len &&
           !pl_slice_ends(name, PL_SLICE(".pyd"));
}

static PL_STATUS judge_file(struct pl_native_judging *j, struct pl_native_file *file,
                            const struct pl_map *loaded, struct pl_err *err)
{
    struct pl_native_try one;
    pl_native_try(j, file, &one);
    bool mach = file->fact->kind == PL_EXEC_MACHO || file->fact->kind == PL_EXEC_PE ||
                (file->fact->kind == PL_EXEC_ELF && !file->fact->elf.broken);
    bool other = one.what == PL_NATIVE_MACHINE || one.what == PL_NATIVE_MUSL ||
                 (one.what == PL_NATIVE_NOT_LINUX && mach);
    if (!other || goes_with_modules(j, file->entry->name)) {
        return PL_OK;
    }
    struct pl_native_fault fault = {
        .what = PL_NATIVE_FOREIGN, .sure = PL_SURE_YES, .owner = owner_of(file->entry->name)};
    if (pl_native_named(j, file, &fault.by, err) != PL_OK) {
        return err->code;
    }
    if (fault.by.package) {
        fault.what = one.what;
        fault.sure = PL_SURE_MAYBE;
    } else {
        fault.beside = comes_along(j, file, loaded);
    }
    return pl_native_tell(j, file, &fault, err);
}

static PL_STATUS judge_all(struct pl_native_judging *j, struct pl_map *loaded, struct pl_err *err)
{
    uint64_t index = 0;
    if (map_loaded(j, loaded, err) != PL_OK) {
        return err->code;
    }
    for (uint32_t i = 0; i < j->n_file; i++) {
        struct pl_native_file *file = &j->file[i];
        if (!file->used && !file->seen && judge_file(j, file, loaded, err) != PL_OK) {
            return err->code;
        }
    }
    if (j->l.fn->runtime->language == PL_LANG_PYTHON && pl_native_name_dists(j, err) != PL_OK) {
        return err->code;
    }
    for (uint32_t i = 0; i < j->n_fault; i++) {
        bool foreign = j->fault[i].what == PL_NATIVE_FOREIGN;
        j->fault[i].beside = j->fault[i].beside || (foreign && is_of_wheel(j, &j->fault[i]));
        j->fault[i].mixed = pl_map_get(loaded, j->fault[i].owner, &index);
    }
    return PL_OK;
}

PL_STATUS pl_native_judge_rest(struct pl_native_judging *j, struct pl_err *err)
{
    struct pl_map loaded;
    pl_map_init(&loaded, 2u * PL_MAX_ENTRIES);
    enum pl_status status = judge_all(j, &loaded, err);
    pl_map_done(&loaded);
    return status;
}
