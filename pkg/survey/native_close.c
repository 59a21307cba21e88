/*
 * What ld.so would do with a file that is loaded: find the libraries it needs, and theirs, and ask
 * each for the versions (ld.so(8); LD_LIBRARY_PATH as Lambda sets it, LAMBDA 4.2).
 */
#include "pkg/survey/native_judge.h"

enum { DEPTH_MAX = 32 };

/* The parts of LD_LIBRARY_PATH that belong to the package.  /lib64 and /usr/lib64 stand in front:
 * what the OS has is never taken from here. */
static const char *const OWN_PLACES[] = {"/var/task", "/var/task/lib", "/opt/lib"};
enum { OWN_PLACE_COUNT = sizeof OWN_PLACES / sizeof OWN_PLACES[0] };

/* An object and who asked for it: DT_RPATH is inherited. */
struct chain {
    struct pl_native_file *file;
    const struct chain *up;
    unsigned depth;
};

struct closing {
    struct pl_native_judging *j;
    struct pl_slice owner;
    bool optional;
};

enum found { FOUND_NOWHERE, FOUND_OWN, FOUND_OS, FOUND_MAYBE, FOUND_ELSEWHERE };

/* ld.so passes over files of another machine. */
static PL_STATUS look_in(struct pl_native_judging *j, struct pl_slice folder, struct pl_slice name,
                         struct pl_native_file **ret, struct pl_err *err)
{
    struct pl_slice path;
    if (pl_look_fmt(&j->l, &path, err, "%.*s/%.*s", PL_ARG(folder), PL_ARG(name)) != PL_OK) {
        return err->code;
    }
    struct pl_hit hit = pl_view_find(j->l.view, PL_SLICE("/"), path);
    struct pl_native_file *file = hit.how == PL_HOW_FILE ? pl_native_file_of(j, hit.at) : NULL;
    if (file) {
        struct pl_native_try one;
        pl_native_try(j, file, &one);
        *ret = one.what == PL_NATIVE_MACHINE ? *ret : file;
    }
    return PL_OK;
}

/* One element of a search path: $ORIGIN is the folder of the file that has it. */
static PL_STATUS expand(struct pl_native_judging *j, const struct pl_native_file *file,
                        struct pl_slice part, struct pl_slice *ret, struct pl_err *err)
{
    static const struct pl_slice origins[] = {PL_SLICE_INIT("${ORIGIN}"), PL_SLICE_INIT("$ORIGIN")};
    struct pl_slice folder = pl_slice_dirname(file->entry->name);
    for (size_t i = 0; i < sizeof origins / sizeof origins[0]; i++) {
        if (pl_slice_starts(part, origins[i])) {
            struct pl_slice rest = pl_slice_sub(part, origins[i].len, part.len);
            return pl_look_fmt(&j->l, ret, err, "%.*s/%.*s%.*s", PL_ARG(file->root), PL_ARG(folder),
                               PL_ARG(rest));
        }
    }
    *ret = part;
    return PL_OK;
}

static PL_STATUS look_along(struct pl_native_judging *j, const struct pl_native_file *file,
                            struct pl_slice path, struct pl_slice name, struct pl_native_file **ret,
                            struct pl_err *err)
{
    struct pl_slice part;
    while (!*ret && pl_slice_next(&path, ':', &part)) {
        struct pl_slice folder;
        if (part.len == 0) {
            continue;
        }
        if (expand(j, file, part, &folder, err) != PL_OK ||
            (folder.len > 0 && folder.ptr[0] == '/' &&
             look_in(j, folder, name, ret, err) != PL_OK)) {
            return err->code;
        }
    }
    return PL_OK;
}

/* DT_RPATH of the file and of those that brought it, unless it has a DT_RUNPATH. */
static PL_STATUS look_rpath(struct pl_native_judging *j, const struct chain *chain,
                            struct pl_slice name, struct pl_native_file **ret, struct pl_err *err)
{
    if (chain->file->fact->needs.runpath.len > 0) {
        return PL_OK;
    }
    for (const struct chain *at = chain; at && !*ret; at = at->up) {
        const struct pl_elf_needs *needs = &at->file->fact->needs;
        if (needs->runpath.len == 0 &&
            look_along(j, at->file, needs->rpath, name, ret, err) != PL_OK) {
            return err->code;
        }
    }
    return PL_OK;
}

/* What the language's own process has loaded, or has beside it. */
static bool is_of_runtime(const struct pl_native_judging *j, struct pl_slice name)
{
    switch (j->l.fn->runtime->language) {
    case PL_LANG_PYTHON:
        return pl_slice_starts(name, PL_SLICE("libpython"));
    case PL_LANG_JAVA:
        return pl_slice_is(name, "libjvm.so") || pl_slice_is(name, "libjava.so") ||
               pl_slice_is(name, "libjawt.so") || pl_slice_is(name, "libawt.so") ||
               pl_slice_is(name, "libverify.so");
    case PL_LANG_RUBY:
        return pl_slice_starts(name, PL_SLICE("libruby"));
    case PL_LANG_DOTNET:
        return pl_slice_starts(name, PL_SLICE("libhostfxr")) ||
               pl_slice_starts(name, PL_SLICE("libcoreclr")) ||
               pl_slice_starts(name, PL_SLICE("libSystem.")) ||
               pl_slice_starts(name, PL_SLICE("liblttng"));
    case PL_LANG_NODEJS:
    case PL_LANG_GO:
    case PL_LANG_CUSTOM:
        break;
    }
    return false;
}

/* Could it be somewhere that we cannot see? */
static bool is_unsure(const struct pl_native_judging *j)
{
    return j->l.view->opaque_layer || pl_look_has_env(&j->l, "LD_LIBRARY_PATH") ||
           pl_look_has_env(&j->l, "LD_PRELOAD") ||
           pl_look_has_env(&j->l, "AWS_LAMBDA_EXEC_WRAPPER");
}

static PL_STATUS find(struct pl_native_judging *j, const struct chain *chain, struct pl_slice name,
                      struct pl_native_file **ret, enum found *ret_found, struct pl_err *err)
{
    bool known = false;
    uint64_t index = 0;
    enum pl_os_has os = pl_os_library(j->os, name, &known);
    *ret = NULL;
    if (look_rpath(j, chain, name, ret, err) != PL_OK) {
        return err->code;
    }
    if (!*ret && os == PL_OS_YES) {
        *ret_found = FOUND_OS;
        return PL_OK;
    }
    for (size_t i = 0; !*ret && i < OWN_PLACE_COUNT; i++) {
        if (look_in(j, pl_slice_of(OWN_PLACES[i]), name, ret, err) != PL_OK) {
            return err->code;
        }
    }
    if (!*ret &&
        look_along(j, chain->file, chain->file->fact->needs.runpath, name, ret, err) != PL_OK) {
        return err->code;
    }
    bool elsewhere = pl_map_get(&j->names, name, &index);
    *ret_found = *ret ? FOUND_OWN
                 : os == PL_OS_MAYBE || is_of_runtime(j, name) ||
                         pl_slice_find(name, '/') < name.len || is_unsure(j)
                     ? FOUND_MAYBE
                 : elsewhere ? FOUND_ELSEWHERE
                             : FOUND_NOWHERE;
    return PL_OK;
}

static PL_STATUS tell_missing(struct closing *c, struct pl_native_file *file, struct pl_slice name,
                              bool elsewhere, struct pl_err *err)
{
    struct pl_native_fault fault = {.what = PL_NATIVE_LIBRARY,
                                    .sure = elsewhere ? PL_SURE_MAYBE : PL_SURE_YES,
                                    .optional = c->optional,
                                    .elsewhere = elsewhere,
                                    .owner = c->owner,
                                    .need = name};
    return pl_native_tell(c->j, file, &fault, err);
}

/* Does the package bring this library itself, for this file?  Then its versions are its own. */
static PL_STATUS brings(struct closing *c, const struct chain *chain, struct pl_slice library,
                        bool *ret, struct pl_err *err)
{
    struct pl_native_file *own = NULL;
    const struct pl_native_file *file = chain->file;
    *ret = false;
    if (look_rpath(c->j, chain, library, &own, err) != PL_OK ||
        (!own && look_along(c->j, file, file->fact->needs.runpath, library, &own, err) != PL_OK)) {
        return err->code;
    }
    *ret = own != NULL;
    return PL_OK;
}

static PL_STATUS judge_versions(struct closing *c, const struct chain *chain, struct pl_err *err)
{
    struct pl_native_judging *j = c->j;
    const struct pl_elf_needs *needs = &chain->file->fact->needs;
    enum pl_arch arch = pl_elf_arch(&chain->file->fact->elf);
    for (uint32_t i = 0; i < needs->n_version; i++) {
        const struct pl_elf_version *version = &needs->version[i];
        struct pl_slice number;
        bool known = false;
        bool own = false;
        enum pl_version_family family = pl_version_family(version->name, &number);
        enum pl_os_has has = pl_os_version(j->os, arch, version->name);
        if (version->weak || has == PL_OS_YES || family == PL_VERSION_OTHER ||
            pl_os_library(j->os, version->library, &known) != PL_OS_YES ||
            (has == PL_OS_MAYBE && family == PL_VERSION_GLIBC)) {
            continue;
        }
        if (brings(c, chain, version->library, &own, err) != PL_OK) {
            return err->code;
        }
        bool sure = has == PL_OS_NO && !own;
        if (own && family != PL_VERSION_GLIBC) {
            continue; /* its own libstdc++ or libgcc */
        }
        struct pl_native_fault fault = {.what = family == PL_VERSION_GLIBC ? PL_NATIVE_GLIBC
                                                                           : PL_NATIVE_CXX,
                                        .sure = sure ? PL_SURE_YES : PL_SURE_MAYBE,
                                        .optional = c->optional,
                                        .owner = c->owner,
                                        .need = version->name,
                                        .library = version->library};
        if (pl_native_tell(j, chain->file, &fault, err) != PL_OK) {
            return err->code;
        }
    }
    return PL_OK;
}

static PL_STATUS visit(struct closing *c, const struct chain *chain, struct pl_err *err)
{
    struct pl_native_file *file = chain->file;
    if (file->seen || chain->depth == DEPTH_MAX) {
        return PL_OK;
    }
    file->seen = c->j->n_closed;
    if (judge_versions(c, chain, err) != PL_OK) {
        return err->code;
    }
    const struct pl_elf_needs *needs = &file->fact->needs;
    for (uint32_t i = 0; i < needs->n_needed; i++) {
        struct pl_native_file *next = NULL;
        enum found found = FOUND_MAYBE;
        if (find(c->j, chain, needs->needed[i], &next, &found, err) != PL_OK) {
            return err->code;
        }
        enum pl_status status = PL_OK;
        if (found == FOUND_OWN) {
            struct chain link = {next, chain, chain->depth + 1};
            struct pl_native_try one;
            pl_native_try(c->j, next, &one);
            status = one.what == PL_NATIVE_FINE ? visit(c, &link, err) : PL_OK;
            next->used = true;
        } else if (found == FOUND_NOWHERE || found == FOUND_ELSEWHERE) {
            status = tell_missing(c, file, needs->needed[i], found == FOUND_ELSEWHERE, err);
        }
        if (status != PL_OK) {
            return status;
        }
    }
    return PL_OK;
}

PL_STATUS pl_native_close(struct pl_native_judging *j, struct pl_native_file *root,
                          struct pl_slice owner, bool optional, struct pl_err *err)
{
    struct closing c = {j, owner, optional};
    struct chain chain = {root, NULL, 0};
    root->used = true;
    j->n_closed++;
    return visit(&c, &chain, err);
}

void pl_native_reopen(struct pl_native_judging *j)
{
    for (uint32_t i = 0; i < j->n_file; i++) {
        j->file[i].seen = j->file[i].seen == j->n_closed ? 0 : j->file[i].seen;
    }
}

PL_STATUS pl_native_versions(struct pl_native_judging *j, struct pl_native_file *file,
                             struct pl_slice owner, struct pl_err *err)
{
    struct closing c = {j, owner, false};
    struct chain chain = {file, NULL, 0};
    return judge_versions(&c, &chain, err);
}
