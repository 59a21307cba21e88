/*
 * Python distributions: which one brought a file, whether all of its compiled modules are there,
 * and whether it was installed for another platform or another Python.  By what the first look kept
 * of RECORD and WHEEL; nothing is read here but the sources of a package that would be told about.
 */
#include "pkg/survey/native_guard.h"

enum { ASKED_MAX = 64 };

struct dist {
    const struct pl_package *package;
    struct pl_slice root;    /* where the package is mounted */
    struct pl_slice base;    /* the folder that it was installed to */
    struct pl_slice folder;  /* "numpy-2.3.5.dist-info" with what is before it */
    struct pl_slice name;    /* "numpy" */
    struct pl_slice release; /* "2.3.5" */
    const struct pl_wheel *wheel;
    const struct pl_record *record;
    uint32_t record_entry;
};

/* What became of the modules that RECORD lists. */
struct modules {
    uint32_t all, missing, other; /* other: native files that no import takes */
    struct pl_slice stem[ASKED_MAX];
    struct pl_slice path[ASKED_MAX];
    uint32_t n;                        /* of those kept, at most `missing` */
    struct pl_native_file *unlabelled; /* one that every Python would load */
};

/* ".../numpy/_core/_umath.cpython-312-darwin.so": is it a module, and of what name? */
static bool is_module(struct pl_slice path, struct pl_slice *ret_stem, struct pl_slice *ret_suffix)
{
    struct pl_slice base = pl_slice_basename(path);
    size_t dot = pl_slice_find(base, '.');
    struct pl_slice suffix = pl_slice_sub(base, dot + 1, base.len);
    bool plain = pl_slice_is(suffix, "so");
    bool module =
        plain || pl_slice_is(suffix, "abi3.so") || pl_slice_ends(suffix, PL_SLICE("pyd")) ||
        (pl_slice_ends(suffix, PL_SLICE(".so")) && (pl_slice_starts(suffix, PL_SLICE("cpython-")) ||
                                                    pl_slice_starts(suffix, PL_SLICE("pypy"))));
    *ret_stem = pl_slice_sub(path, 0, path.len - base.len + dot);
    *ret_suffix = suffix;
    return module && !(plain && pl_slice_starts(base, PL_SLICE("lib"))) &&
           pl_native_is_importable(*ret_stem);
}

static PL_STATUS find(struct pl_native_judging *j, const struct dist *d, struct pl_slice path,
                      const char *ending, uint32_t *ret, struct pl_err *err)
{
    struct pl_slice whole;
    if (pl_look_fmt(&j->l, &whole, err, "%.*s%s%.*s%s", PL_ARG(d->base), d->base.len > 0 ? "/" : "",
                    PL_ARG(path), ending) != PL_OK) {
        return err->code;
    }
    *ret = pl_tree_find(&d->package->tree, whole);
    return PL_OK;
}

/* Is there anything else that an import of this name would take? */
static PL_STATUS has_other(struct pl_native_judging *j, const struct dist *d, struct pl_slice stem,
                           bool *ret, struct pl_err *err)
{
    static const char *const endings[] = {".abi3.so", ".so",          ".py",
                                          ".pyc",     "/__init__.py", "/__init__.pyc"};
    static const char *const cpu[] = {"x86_64", "aarch64"};
    uint32_t entry = PL_ENTRY_NONE;
    *ret = false;
    for (size_t i = 0; !*ret && i < sizeof endings / sizeof endings[0]; i++) {
        if (find(j, d, stem, endings[i], &entry, err) != PL_OK) {
            return err->code;
        }
        *ret = entry != PL_ENTRY_NONE;
    }
    for (size_t i = 0; !*ret && i < sizeof cpu / sizeof cpu[0]; i++) {
        struct pl_slice ending;
        if (pl_look_fmt(&j->l, &ending, err, ".cpython-%u%u-%s-linux-gnu.so",
                        (unsigned)j->l.fn->runtime->version_major,
                        (unsigned)j->l.fn->runtime->version_minor, cpu[i]) != PL_OK ||
            find(j, d, stem, ending.ptr, &entry, err) != PL_OK) {
            return err->code;
        }
        *ret = entry != PL_ENTRY_NONE;
    }
    return PL_OK;
}

static PL_STATUS look_at_modules(struct pl_native_judging *j, const struct dist *d,
                                 struct modules *ret, struct pl_err *err)
{
    *ret = (struct modules){0};
    for (uint32_t i = 0; i < d->record->n_native; i++) {
        struct pl_slice path = d->record->native[i];
        struct pl_slice stem;
        struct pl_slice suffix;
        uint32_t entry = PL_ENTRY_NONE;
        bool other = false;
        if (find(j, d, path, "", &entry, err) != PL_OK) {
            return err->code;
        }
        if (!is_module(path, &stem, &suffix)) {
            ret->other += entry != PL_ENTRY_NONE;
            continue;
        }
        ret->all++;
        if (entry != PL_ENTRY_NONE) {
            struct pl_native_file *file = pl_native_file_of(j, (struct pl_ref){d->package, entry});
            bool plain = pl_slice_is(suffix, "so") && file && file->seen &&
                         file->fact->needs.py_init.len > 0;
            ret->unlabelled = plain && !ret->unlabelled ? file : ret->unlabelled;
            continue;
        }
        if (has_other(j, d, stem, &other, err) != PL_OK) {
            return err->code;
        }
        other = other || pl_native_is_mypyc(stem);
        ret->missing += !other;
        if (!other && ret->n < ASKED_MAX) {
            ret->stem[ret->n] = stem;
            ret->path[ret->n++] = path;
        }
    }
    return PL_OK;
}

/* Is the fault about the file that the record names by this path? */
static PL_STATUS is_about(struct pl_native_judging *j, const struct dist *d,
                          const struct pl_native_fault *fault, struct pl_slice path, bool *ret,
                          struct pl_err *err)
{
    struct pl_slice owner = fault->owner;
    struct pl_slice rest = pl_slice_sub(path, owner.len, path.len);
    uint32_t own = PL_ENTRY_NONE;
    *ret =
        pl_slice_starts(path, owner) && rest.len > 0 && (rest.ptr[0] == '/' || rest.ptr[0] == '.');
    if (*ret || !pl_slice_ends(pl_ref_entry(fault->at)->name, path)) {
        return PL_OK;
    }
    enum pl_status status = find(j, d, path, "", &own, err);
    *ret = own == fault->at.entry;
    return status;
}

/* Names the distribution in the faults of its files; *ret_told when one of them is no waste. */
static PL_STATUS name_faults(struct pl_native_judging *j, const struct dist *d, bool *ret_told,
                             struct pl_err *err)
{
    *ret_told = false;
    for (uint32_t i = 0; i < j->n_fault; i++) {
        struct pl_native_fault *fault = &j->fault[i];
        bool is_its = false;
        for (uint32_t k = 0; fault->at.package == d->package && k < d->record->n_native && !is_its;
             k++) {
            if (is_about(j, d, fault, d->record->native[k], &is_its, err) != PL_OK) {
                return err->code;
            }
        }
        if (is_its) {
            fault->dist = d->name;
            fault->release = d->release;
            *ret_told = *ret_told || fault->what != PL_NATIVE_FOREIGN;
        }
    }
    return PL_OK;
}

/* Does the package fail without the module?  Where nobody imports it, only when all are gone, which
 * *ret says before. */
static PL_STATUS is_needed(struct pl_native_judging *j, struct pl_native_guard *guard,
                           const struct dist *d, struct pl_slice stem, bool *ret,
                           struct pl_err *err)
{
    struct pl_slice owner = pl_slice_sub(stem, 0, pl_slice_find(stem, '/'));
    enum pl_native_goes goes = PL_NATIVE_GOES_NOT;
    bool imported = false;
    struct pl_slice last = pl_slice_basename(stem);
    if (!*ret && pl_slice_find_text(last, PL_SLICE("test")) < last.len) {
        return PL_OK; /* what its own tests take, which people leave out */
    }
    if (owner.len == stem.len) {
        return PL_OK; /* it stands alone */
    }
    bool same = guard->package == d->package && pl_slice_eq(guard->base, d->base) &&
                pl_slice_eq(guard->owner, owner);
    char *name = pl_arena_new(&j->l.scratch, stem.len, 1, err);
    if (!name ||
        (!same && pl_native_guard_look(j, d->package, d->base, owner, guard, err) != PL_OK)) {
        return err->code;
    }
    for (size_t i = 0; i < stem.len; i++) {
        name[i] = stem.ptr[i] == '/' ? '.' : stem.ptr[i];
    }
    struct pl_slice module = pl_slice_make(name, stem.len);
    if (pl_native_guard_ask(guard, module, &goes, err) != PL_OK) {
        return err->code;
    }
    for (uint32_t i = 0; i < guard->n_import && !imported; i++) {
        imported = guard->import[i].real && pl_slice_eq(guard->import[i].name, module);
    }
    *ret = goes == PL_NATIVE_GOES_NOT && (imported || *ret);
    return PL_OK;
}

static PL_STATUS tell(struct pl_native_judging *j, const struct dist *d,
                      struct pl_native_fault *fault, struct pl_err *err)
{
    struct pl_native_file file = {.at = {d->package, d->record_entry}};
    file.entry = pl_ref_entry(file.at);
    fault->sure = PL_SURE_MAYBE;
    fault->owner = d->name;
    fault->dist = d->name;
    fault->release = d->release;
    return pl_native_tell(j, &file, fault, err);
}

static PL_STATUS judge_missing(struct pl_native_judging *j, struct pl_native_guard *guard,
                               const struct dist *d, const struct modules *m, struct pl_err *err)
{
    bool needed = false;
    uint32_t at = 0;
    for (uint32_t i = 0; i < m->n && !needed; i++) {
        at = i;
        needed = m->missing == m->all;
        if (is_needed(j, guard, d, m->stem[i], &needed, err) != PL_OK) {
            return err->code;
        }
    }
    if (!needed) {
        return PL_OK;
    }
    struct pl_native_fault fault = {
        .what = PL_NATIVE_ABSENT, .absent = PL_NATIVE_ABSENT_MODULE, .need = m->path[at]};
    return tell(j, d, &fault, err);
}

/* What all tags agree about. */
struct said {
    bool other_platform, other_python;
    struct pl_slice where, abi;
};

static void read_tags(const struct pl_native_judging *j, const struct pl_wheel *wheel,
                      struct said *ret)
{
    const struct pl_runtime *runtime = j->l.fn->runtime;
    *ret = (struct said){.other_platform = wheel->n_tag > 0, .other_python = wheel->n_tag > 0};
    for (uint32_t i = 0; i < wheel->n_tag; i++) {
        struct pl_wheel_tag tag;
        if (!pl_wheel_tag_read(&tag, wheel->tag[i])) {
            *ret = (struct said){0};
            return;
        }
        bool cpu = j->arch == PL_ARCH_X86_64  ? tag.arm64 && !tag.x86_64
                   : j->arch == PL_ARCH_ARM64 ? tag.x86_64 && !tag.arm64
                                              : false;
        ret->other_platform &= tag.system == PL_WHEEL_OTHER || tag.system == PL_WHEEL_MUSL ||
                               (tag.system == PL_WHEEL_GNU && cpu);
        ret->other_python &= tag.cpython && tag.minor != runtime->version_minor;
        ret->where = tag.where;
        ret->abi = tag.abi;
    }
}

static PL_STATUS judge_dist(struct pl_native_judging *j, struct pl_native_guard *guard,
                            const struct dist *d, struct pl_err *err)
{
    struct modules modules;
    struct said said;
    bool told = false;
    if (name_faults(j, d, &told, err) != PL_OK) {
        return err->code;
    }
    if (told || d->wheel->pure || d->record->n_native == 0 ||
        j->l.fn->runtime->version_major != 3) {
        return PL_OK;
    }
    read_tags(j, d->wheel, &said);
    if (look_at_modules(j, d, &modules, err) != PL_OK) {
        return err->code;
    }
    if (modules.missing > 0 && !j->l.view->opaque_layer) {
        return judge_missing(j, guard, d, &modules, err);
    }
    if (said.other_platform && modules.all == 0 && modules.other > 0) {
        struct pl_native_fault fault = {
            .what = PL_NATIVE_ABSENT, .absent = PL_NATIVE_ABSENT_WHEEL, .library = said.where};
        return tell(j, d, &fault, err);
    }
    if (said.other_python && modules.unlabelled) {
        struct pl_native_fault fault = {.what = PL_NATIVE_PYTHON,
                                        .unlabelled = true,
                                        .sure = PL_SURE_MAYBE,
                                        .owner = d->name,
                                        .dist = d->name,
                                        .release = d->release,
                                        .need = said.abi};
        return pl_native_tell(j, modules.unlabelled, &fault, err);
    }
    return PL_OK;
}

/* Does it stand where Python looks, and is it not behind the function's own copy? */
static PL_STATUS is_on_path(struct pl_native_judging *j, struct dist *d, bool *ret,
                            struct pl_err *err)
{
    struct pl_slice rest;
    struct pl_slice path;
    *ret = pl_native_below_path(j, d->root, d->folder, &d->base, &rest) &&
           pl_slice_find(rest, '/') == rest.len;
    if (!*ret || pl_slice_is(d->root, "/var/task") || d->record->n_native == 0) {
        return PL_OK;
    }
    struct pl_slice first = d->record->native[0];
    first = pl_slice_sub(first, 0, pl_slice_find(first, '/'));
    if (pl_look_fmt(&j->l, &path, err, "/var/task/%.*s", PL_ARG(first)) != PL_OK) {
        return err->code;
    }
    enum pl_how how = (enum pl_how)pl_view_find(j->l.view, PL_SLICE("/"), path).how;
    *ret = how != PL_HOW_FOLDER && how != PL_HOW_FILE;
    return PL_OK;
}

/* RECORD and WHEEL of one folder stand side by side: sorted by entry, RECORD first.  Without a
 * guard nothing is judged: faults learn their distribution. */
static PL_STATUS judge_mount(struct pl_native_judging *j, struct pl_native_guard *guard,
                             const struct pl_mount *mount, struct pl_err *err)
{
    const struct pl_package *package = mount->package;
    for (uint32_t i = 0; i + 1 < package->n_dist; i++) {
        const struct pl_dist_file *record = &package->dist[i];
        const struct pl_dist_file *wheel = &package->dist[i + 1];
        struct pl_slice folder = pl_slice_dirname(package->tree.entry[record->entry].name);
        bool on_path = false;
        bool told = false;
        if (!record->is_record || wheel->is_record ||
            !pl_slice_eq(folder, pl_slice_dirname(package->tree.entry[wheel->entry].name))) {
            continue;
        }
        struct pl_slice base = pl_slice_basename(folder);
        size_t dash = pl_slice_find(base, '-');
        size_t info = pl_slice_find_text(base, PL_SLICE(".dist-info"));
        struct dist d = {.package = package,
                         .root = mount->at,
                         .folder = folder,
                         .name = pl_slice_sub(base, 0, dash),
                         .release = pl_slice_sub(base, dash < info ? dash + 1 : info, info),
                         .wheel = &wheel->wheel,
                         .record = &record->record,
                         .record_entry = record->entry};
        if (is_on_path(j, &d, &on_path, err) != PL_OK ||
            (on_path && guard && judge_dist(j, guard, &d, err) != PL_OK) ||
            (on_path && !guard && name_faults(j, &d, &told, err) != PL_OK)) {
            return err->code;
        }
    }
    return PL_OK;
}

PL_STATUS pl_native_judge_dists(struct pl_native_judging *j, struct pl_err *err)
{
    struct pl_native_guard guard = {0};
    enum pl_status status = PL_OK;
    for (uint32_t i = 0; status == PL_OK && i < j->l.view->n; i++) {
        status = judge_mount(j, &guard, &j->l.view->mount[i], err);
    }
    pl_native_guard_done(&guard);
    return status;
}

PL_STATUS pl_native_name_dists(struct pl_native_judging *j, struct pl_err *err)
{
    for (uint32_t i = 0; i < j->l.view->n; i++) {
        if (judge_mount(j, NULL, &j->l.view->mount[i], err) != PL_OK) {
            return err->code;
        }
    }
    return PL_OK;
}
