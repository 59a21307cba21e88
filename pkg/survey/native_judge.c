#include "pkg/survey/native_judge.h"

#include "pkg/base/arr.h"
#include "pkg/base/limits.h"

#include <stdlib.h>
#include <string.h>

enum { FAULTS_MAX = 10000 };

/* Files of the view that nothing hides: a later layer wins over an earlier one. */
static PL_STATUS gather(struct pl_native_judging *j, struct pl_err *err)
{
    const struct pl_view *view = j->l.view;
    uint32_t most = 0;
    for (uint32_t i = 0; i < view->n; i++) {
        most += view->mount[i].package->n_native;
    }
    j->file = pl_arena_new(&j->l.scratch, most + 1u, sizeof *j->file, err);
    if (!j->file) {
        return err->code;
    }
    for (uint32_t i = 0; i < view->n; i++) {
        const struct pl_package *package = view->mount[i].package;
        j->mount_first[i] = j->n_file;
        for (uint32_t k = 0; k < package->n_native; k++) {
            const struct pl_native *fact = &package->native[k];
            const struct pl_entry *entry = &package->tree.entry[fact->entry];
            struct pl_hit hit = pl_view_find(view, view->mount[i].at, entry->name);
            if ((entry->flags & PL_ENTRY_SHADOWED) != 0 || hit.at.package != package ||
                hit.at.entry != fact->entry) {
                continue;
            }
            j->file[j->n_file++] = (struct pl_native_file){{package, fact->entry}, fact, entry,
                                                           view->mount[i].at,      0,    false};
        }
    }
    j->mount_first[view->n] = j->n_file;
    return PL_OK;
}

struct pl_native_file *pl_native_file_of(struct pl_native_judging *j, struct pl_ref at)
{
    const struct pl_view *view = j->l.view;
    for (uint32_t i = 0; i < view->n; i++) {
        uint32_t low = j->mount_first[i];
        uint32_t high = view->mount[i].package == at.package ? j->mount_first[i + 1] : low;
        while (low < high) {
            uint32_t mid = low + (high - low) / 2;
            if (j->file[mid].at.entry == at.entry) {
                return &j->file[mid];
            }
            if (j->file[mid].at.entry < at.entry) {
                low = mid + 1;
            } else {
                high = mid;
            }
        }
    }
    return NULL;
}

static PL_STATUS name_files(struct pl_native_judging *j, struct pl_err *err)
{
    for (uint32_t i = 0; i < j->n_file; i++) {
        bool added = false;
        uint64_t old = 0;
        struct pl_slice soname = j->file[i].fact->needs.soname;
        if (pl_map_add(&j->names, pl_slice_basename(j->file[i].entry->name), i, &added, &old,
                       err) != PL_OK ||
            (soname.len > 0 && pl_map_add(&j->names, soname, i, &added, &old, err) != PL_OK)) {
            return err->code;
        }
    }
    return PL_OK;
}

void pl_native_try(const struct pl_native_judging *j, const struct pl_native_file *file,
                   struct pl_native_try *ret)
{
    const struct pl_native *fact = file->fact;
    *ret = (struct pl_native_try){PL_NATIVE_FINE, PL_SURE_YES, {0}, {0}};
    enum { SYSTEM_V = 0, GNU = 3 };
    bool linux_file = fact->elf.system == SYSTEM_V || fact->elf.system == GNU;
    if (fact->kind != PL_EXEC_ELF || fact->elf.broken || !linux_file) {
        ret->what = PL_NATIVE_NOT_LINUX;
    } else if (pl_elf_arch(&fact->elf) == PL_ARCH_UNKNOWN ||
               (j->arch != PL_ARCH_UNKNOWN && pl_elf_arch(&fact->elf) != j->arch)) {
        ret->what = PL_NATIVE_MACHINE;
    } else if (pl_elf_is_musl(&fact->elf, &fact->needs)) {
        ret->what = PL_NATIVE_MUSL;
    }
}

/* The earlier fault that says the same, or NULL. */
static struct pl_native_fault *find_same(const struct pl_native_judging *j,
                                         const struct pl_native_fault *fault)
{
    for (uint32_t i = 0; i < j->n_fault; i++) {
        struct pl_native_fault *old = &j->fault[i];
        if (old->what == fault->what && pl_slice_eq(old->owner, fault->owner) &&
            old->optional == fault->optional && old->beside == fault->beside &&
            !old->by.package == !fault->by.package && old->sure == fault->sure &&
            (fault->what != PL_NATIVE_LIBRARY || pl_slice_eq(old->need, fault->need))) {
            return old;
        }
    }
    return NULL;
}

PL_STATUS pl_native_tell(struct pl_native_judging *j, struct pl_native_file *file,
                         const struct pl_native_fault *fault, struct pl_err *err)
{
    struct pl_native_fault *old = find_same(j, fault);
    if (j->probe.on) {
        j->probe.told++;
        j->probe.fresh += !old;
        return PL_OK;
    }
    bool was_used = file->used;
    file->used = true;
    if (old) {
        if (pl_slice_eq(old->library, fault->library) &&
            pl_version_cmp(fault->need, old->need) > 0 && fault->what != PL_NATIVE_LIBRARY) {
            old->need = fault->need; /* the newest version, and who asks for it */
            old->at = file->at;
            old->fact = file->fact;
        }
        old->files += !was_used || fault->what != PL_NATIVE_FOREIGN;
        old->bytes += file->entry->size;
        return PL_OK;
    }
    struct pl_native_fault *at = pl_arr_grow(j->fault, &j->cap_fault, j->n_fault + 1u, sizeof *at,
                                             FAULTS_MAX, "faults of native code", err);
    if (!at) {
        return err->code;
    }
    j->fault = at;
    at[j->n_fault] = *fault;
    at[j->n_fault].at = file->at;
    at[j->n_fault].fact = file->fact;
    at[j->n_fault].files = 1;
    at[j->n_fault++].bytes = file->entry->size;
    return PL_OK;
}

/* bootstrap, the wrapper, extensions: who starts them says what is wrong with their format; here it
 * is about what they need. */
static PL_STATUS judge_started(struct pl_native_judging *j, struct pl_err *err)
{
    static const struct pl_slice extensions = PL_SLICE_INIT("extensions/");
    const struct pl_function *fn = j->l.fn;
    for (uint32_t i = 0; i < j->n_file; i++) {
        struct pl_native_file *file = &j->file[i];
        struct pl_native_try one;
        bool extension = pl_slice_is(file->root, "/opt") &&
                         pl_slice_starts(file->entry->name, extensions) &&
                         pl_slice_dirname(file->entry->name).len + 1 == extensions.len;
        bool started =
            (fn->load.outcome != PL_NOT_JUDGED && pl_ref_eq(file->at, fn->load.at)) ||
            (fn->wrapper.outcome != PL_NOT_JUDGED && pl_ref_eq(file->at, fn->wrapper.at));
        if (file->fact->kind != PL_EXEC_ELF || (!extension && !started)) {
            continue;
        }
        struct pl_slice owner = pl_slice_basename(file->entry->name);
        file->used = true;
        pl_native_try(j, file, &one);
        if (one.what == PL_NATIVE_FINE) {
            if (pl_native_close(j, file, owner, false, err) != PL_OK) {
                return err->code;
            }
        } else if (extension) {
            struct pl_native_fault fault = {.what = one.what, .sure = PL_SURE_YES, .owner = owner};
            if (pl_native_tell(j, file, &fault, err) != PL_OK) {
                return err->code;
            }
        }
    }
    return PL_OK;
}

static int by_what(const void *left, const void *right)
{
    const struct pl_native_fault *a = left;
    const struct pl_native_fault *b = right;
    if (a->what != b->what) {
        return a->what < b->what ? -1 : 1;
    }
    int order = pl_slice_cmp(a->owner, b->owner);
    return order ? order : pl_slice_cmp(a->need, b->need);
}

static PL_STATUS judge_language(struct pl_native_judging *j, struct pl_err *err)
{
    enum pl_status status = PL_OK;
    switch (j->l.fn->runtime->language) {
    case PL_LANG_PYTHON:
        status = pl_native_judge_python(j, err);
        return status == PL_OK ? pl_native_judge_dists(j, err) : status;
    case PL_LANG_NODEJS:
        status = pl_native_judge_node(j, err);
        status = status == PL_OK ? pl_native_judge_prisma(j, err) : status;
        return status == PL_OK ? pl_native_judge_absent(j, err) : status;
    case PL_LANG_JAVA:
    case PL_LANG_DOTNET:
    case PL_LANG_RUBY:
        return pl_native_judge_kin(j, err);
    case PL_LANG_GO:
    case PL_LANG_CUSTOM:
        break;
    }
    return PL_OK;
}

static PL_STATUS judge(struct pl_native_judging *j, struct pl_err *err)
{
    if (gather(j, err) != PL_OK || name_files(j, err) != PL_OK || judge_started(j, err) != PL_OK) {
        return err->code;
    }
    enum pl_status status = judge_language(j, err);
    return status == PL_OK ? pl_native_judge_rest(j, err) : status;
}

static PL_STATUS keep_faults(struct pl_native_judging *j, struct pl_native_report *ret,
                             struct pl_err *err)
{
    ret->fault = pl_arena_new(j->arena, j->n_fault + 1u, sizeof *ret->fault, err);
    if (!ret->fault) {
        return err->code;
    }
    if (j->n_fault > 0) {
        memcpy(ret->fault, j->fault, j->n_fault * sizeof *ret->fault);
        qsort(ret->fault, j->n_fault, sizeof *ret->fault, by_what);
    }
    ret->n = j->n_fault;
    for (uint32_t i = 0; i < ret->n; i++) {
        struct pl_native_fault *fault = &ret->fault[i];
        if (pl_arena_dup(j->arena, fault->owner, &fault->owner, err) != PL_OK ||
            pl_arena_dup(j->arena, fault->dist, &fault->dist, err) != PL_OK ||
            pl_arena_dup(j->arena, fault->release, &fault->release, err) != PL_OK ||
            pl_arena_dup(j->arena, fault->need, &fault->need, err) != PL_OK ||
            pl_arena_dup(j->arena, fault->library, &fault->library, err) != PL_OK) {
            return err->code;
        }
    }
    return PL_OK;
}

PL_STATUS pl_native_judge(struct pl_function *function, struct pl_arena *arena, struct pl_err *err)
{
    function->native = (struct pl_native_report){0};
    if (function->run) {
        return pl_image_native(function, arena, err);
    }
    if (!function->runtime || !function->code || !pl_package_usable(function->code)) {
        return PL_OK;
    }
    struct pl_native_judging j = {
        .os = pl_os_of(function->runtime), .arch = (enum pl_arch)function->arch, .arena = arena};
    pl_looker_init(&j.l, function, arena);
    pl_map_init(&j.names, 2u * PL_MAX_ENTRIES);
    enum pl_status status = judge(&j, err);
    if (status == PL_OK) {
        status = keep_faults(&j, &function->native, err);
    }
    free(j.fault);
    pl_map_done(&j.names);
    pl_looker_done(&j.l);
    return status;
}
