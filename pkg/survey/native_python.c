/*
 * Extension modules: which file an import would take, and what becomes of it (importlib's
 * FileFinder; EXTENSION_SUFFIXES of CPython on Linux: the tagged one, .abi3.so, .so).
 */
#include "pkg/survey/native_guard.h"

#include <stdlib.h>

/* How an import of the module meets a file; in the order of importlib. */
enum place { PLACE_TAGGED, PLACE_ABI3, PLACE_PLAIN, PLACE_NEVER };

struct module {
    struct pl_native_file *file;
    struct pl_slice base; /* folder on the search path that it belongs to, in its package */
    struct pl_slice stem; /* what the import names, with slashes: "numpy/_core/_umath" */
    uint8_t place;        /* enum place */
    uint8_t why;          /* NEVER: enum pl_native_what */
    bool later;           /* its package may go on without it: closed behind those that it needs */
    struct pl_slice tag;  /* NEVER, PYTHON: "cpython-311" */
};

bool pl_native_below_path(const struct pl_native_judging *j, struct pl_slice root,
                          struct pl_slice name, struct pl_slice *ret_base, struct pl_slice *ret)
{
    const struct pl_runtime *runtime = j->l.fn->runtime;
    static const struct pl_slice lib = PL_SLICE_INIT("lib/python");
    static const struct pl_slice python = PL_SLICE_INIT("python/");
    static const struct pl_slice site = PL_SLICE_INIT("/site-packages/");
    if (pl_slice_is(root, "/var/task")) {
        *ret_base = PL_SLICE("");
        *ret = name;
        return true;
    }
    if (!pl_slice_starts(name, python)) {
        return false;
    }
    struct pl_slice rest = pl_slice_sub(name, python.len, name.len);
    *ret_base = PL_SLICE("python");
    *ret = rest;
    if (!pl_slice_starts(rest, lib)) {
        return true;
    }
    size_t at = pl_slice_find_text(rest, site);
    struct pl_slice version = pl_slice_sub(rest, lib.len, at);
    uint64_t minor = 0;
    size_t dot = pl_slice_find(version, '.');
    if (at == rest.len || dot == version.len || runtime->version_major != 3 ||
        !pl_slice_u64(pl_slice_sub(version, dot + 1, version.len), &minor) ||
        minor != runtime->version_minor) {
        return false;
    }
    *ret_base = pl_slice_sub(name, 0, python.len + at + site.len - 1);
    *ret = pl_slice_sub(rest, at + site.len, rest.len);
    return true;
}

static bool is_identifier(struct pl_slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c >= 0x80;
        if (!letter && (i == 0 || c < '0' || c > '9')) {
            return false;
        }
    }
    return s.len > 0;
}

bool pl_native_is_importable(struct pl_slice stem)
{
    struct pl_slice part;
    while (pl_slice_next(&stem, '/', &part)) {
        if (!is_identifier(part)) {
            return false;
        }
    }
    return true;
}

/* ".cpython-312-x86_64-linux-gnu.so" without its dot: Python's tag and the platform. */
static void read_tag(const struct pl_native_judging *j, struct pl_slice suffix, struct module *m)
{
    const struct pl_runtime *runtime = j->l.fn->runtime;
    static const struct pl_slice cpython = PL_SLICE_INIT("cpython-");
    struct pl_slice rest = pl_slice_sub(suffix, cpython.len, suffix.len);
    struct pl_slice version = pl_slice_sub(rest, 0, pl_slice_find(rest, '-'));
    struct pl_slice digits = version;
    uint64_t number = 0;
    m->place = PLACE_NEVER;
    m->why = PL_NATIVE_PYTHON;
    m->tag = pl_slice_sub(suffix, 0, cpython.len + version.len);
    if (!pl_slice_starts(suffix, cpython)) {
        m->tag = pl_slice_sub(suffix, 0, pl_slice_find(suffix, '.'));
        return;
    }
    if (runtime->version_minor <= 7 && digits.len > 0 && digits.ptr[digits.len - 1] == 'm') {
        digits.len--;
    }
    bool same = pl_slice_u64(digits, &number) && runtime->version_major == 3 && digits.len > 1 &&
                number == 3u * (digits.len == 2 ? 10u : 100u) + runtime->version_minor;
    bool gnu = pl_slice_ends(suffix, PL_SLICE("-linux-gnu.so"));
    bool x86 = pl_slice_find_text(rest, PL_SLICE("-x86_64-")) < rest.len;
    bool arm = pl_slice_find_text(rest, PL_SLICE("-aarch64-")) < rest.len;
    if (pl_slice_find_text(rest, PL_SLICE("darwin")) < rest.len) {
        m->why = PL_NATIVE_NOT_LINUX;
    } else if (pl_slice_ends(suffix, PL_SLICE("-musl.so"))) {
        m->why = PL_NATIVE_MUSL;
    } else if (same && gnu &&
               ((x86 && j->arch != PL_ARCH_ARM64) || (arm && j->arch != PL_ARCH_X86_64))) {
        m->place = PLACE_TAGGED;
    } else if (same && gnu) {
        m->why = PL_NATIVE_MACHINE;
    }
}

/* Does an own file surely import it?  Then Python opens it, without an init function as well. */
static bool is_imported(const struct pl_native_judging *j, const struct pl_native_file *file)
{
    const struct pl_imports *imports = &j->l.fn->imports;
    for (uint32_t i = 0; i < imports->n_library; i++) {
        if (pl_ref_eq(imports->library[i], file->at)) {
            return true;
        }
    }
    return false;
}

/* False when nothing would import the file. */
static bool read_module(const struct pl_native_judging *j, struct pl_native_file *file,
                        struct module *ret)
{
    struct pl_slice name;
    *ret = (struct module){.file = file};
    if (!pl_native_below_path(j, file->root, file->entry->name, &ret->base, &name)) {
        return false;
    }
    struct pl_slice base = pl_slice_basename(name);
    size_t dot = pl_slice_find(base, '.');
    struct pl_slice suffix = pl_slice_sub(base, dot + 1, base.len);
    struct pl_slice word = pl_slice_sub(base, 0, dot);
    ret->stem = pl_slice_sub(name, 0, name.len - base.len + dot);
    if (!pl_native_is_importable(ret->stem)) {
        return false;
    }
    const struct pl_native *fact = file->fact;
    if (pl_slice_is(suffix, "so") || pl_slice_is(suffix, "abi3.so")) {
        bool abi3 = suffix.len > 2;
        bool elf = fact->kind == PL_EXEC_ELF && !fact->elf.broken;
        ret->place = abi3 ? PLACE_ABI3 : PLACE_PLAIN;
        /* A plain .so may be any library; the name of its init function tells. */
        return abi3 || (elf ? pl_slice_eq(fact->needs.py_init, word) || is_imported(j, file)
                            : !pl_slice_starts(word, PL_SLICE("lib")));
    }
    bool windows = pl_slice_ends(suffix, PL_SLICE("pyd"));
    if (windows) {
        ret->place = PLACE_NEVER;
        ret->why = PL_NATIVE_NOT_LINUX;
        return true;
    }
    if (!pl_slice_ends(suffix, PL_SLICE(".so")) ||
        !(pl_slice_starts(suffix, PL_SLICE("cpython-")) ||
          pl_slice_starts(suffix, PL_SLICE("pypy")))) {
        return false;
    }
    read_tag(j, suffix, ret);
    return true;
}

static int by_module(const void *left, const void *right)
{
    const struct module *a = left;
    const struct module *b = right;
    int order = pl_slice_cmp(a->stem, b->stem);
    order = order ? order : -pl_slice_cmp(a->file->root, b->file->root); /* /var/task first */
    order = order ? order : -pl_slice_cmp(a->base, b->base); /* site-packages before python */
    order = order ? order : (a->place > b->place) - (a->place < b->place);
    order = order ? order : (a->why > b->why) - (a->why < b->why);
    return order ? order : pl_slice_cmp(a->file->entry->name, b->file->entry->name);
}

/* Is there a plain module or package of the same name in the same folder? */
static PL_STATUS has_source(struct pl_native_judging *j, const struct module *m, bool *ret,
                            struct pl_err *err)
{
    static const char *const endings[] = {".py", ".pyc", "/__init__.py", "/__init__.pyc"};
    const struct pl_tree *tree = &m->file->at.package->tree;
    const char *slash = m->base.len > 0 ? "/" : "";
    *ret = false;
    for (size_t i = 0; !*ret && i < sizeof endings / sizeof endings[0]; i++) {
        struct pl_slice path;
        if (pl_look_fmt(&j->l, &path, err, "%.*s%s%.*s%s", PL_ARG(m->base), slash, PL_ARG(m->stem),
                        endings[i]) != PL_OK) {
            return err->code;
        }
        *ret = pl_tree_find(tree, path) != PL_ENTRY_NONE;
    }
    return PL_OK;
}

static struct pl_slice owner_of(const struct module *m)
{
    return pl_slice_sub(m->stem, 0, pl_slice_find(m->stem, '/'));
}

/* In a layer, while the function's own code has a package of that name: it is never looked at. */
static PL_STATUS is_hidden(struct pl_native_judging *j, const struct module *m, bool *ret,
                           struct pl_err *err)
{
    struct pl_slice path;
    struct pl_slice owner = owner_of(m);
    *ret = false;
    if (pl_slice_is(m->file->root, "/var/task")) {
        return PL_OK;
    }
    if (pl_look_fmt(&j->l, &path, err, "/var/task/%.*s", PL_ARG(owner)) != PL_OK) {
        return err->code;
    }
    *ret = pl_view_find(j->l.view, PL_SLICE("/"), path).how == PL_HOW_FOLDER;
    return PL_OK;
}

/* Would the package be imported without this module? */
static PL_STATUS ask_package(struct pl_native_judging *j, struct pl_native_guard *guard,
                             const struct module *m, enum pl_native_goes *ret, struct pl_err *err)
{
    const struct pl_package *package = m->file->at.package;
    struct pl_slice owner = owner_of(m);
    *ret = PL_NATIVE_GOES_NOT;
    if (owner.len == m->stem.len) {
        return PL_OK; /* it stands alone */
    }
    bool same = guard->package == package && pl_slice_eq(guard->base, m->base) &&
                pl_slice_eq(guard->owner, owner);
    if (!same && pl_native_guard_look(j, package, m->base, owner, guard, err) != PL_OK) {
        return err->code;
    }
    char *name = pl_arena_new(&j->l.scratch, m->stem.len, 1, err);
    if (!name) {
        return err->code;
    }
    for (size_t i = 0; i < m->stem.len; i++) {
        name[i] = m->stem.ptr[i] == '/' ? '.' : m->stem.ptr[i];
    }
    return pl_native_guard_ask(guard, pl_slice_make(name, m->stem.len), ret, err);
}

/* An owner that surely fails needs no second word about what it might do without. */
static bool fails_already(const struct pl_native_judging *j, uint8_t what, struct pl_slice owner)
{
    for (uint32_t i = 0; i < j->n_fault; i++) {
        const struct pl_native_fault *old = &j->fault[i];
        if (old->what == what && !old->optional && old->sure == PL_SURE_YES &&
            pl_slice_eq(old->owner, owner)) {
            return true;
        }
    }
    return false;
}

static PL_STATUS tell(struct pl_native_judging *j, struct pl_native_guard *guard,
                      const struct module *m, uint8_t what, struct pl_err *err)
{
    struct pl_native_fault fault = {
        .what = what, .sure = PL_SURE_YES, .owner = owner_of(m), .need = m->tag};
    enum pl_native_goes goes = PL_NATIVE_GOES_NOT;
    if (!fails_already(j, what, fault.owner) && ask_package(j, guard, m, &goes, err) != PL_OK) {
        return err->code;
    }
    fault.optional = goes == PL_NATIVE_GOES_ON;
    fault.sure =
        goes == PL_NATIVE_GOES_NOT || goes == PL_NATIVE_GOES_ON ? PL_SURE_YES : PL_SURE_MAYBE;
    return pl_native_tell(j, m->file, &fault, err);
}

/* What closing it would tell; nothing is told yet, and nothing counts as seen if there was a word.
 */
static PL_STATUS probe_module(struct pl_native_judging *j, const struct module *m,
                              struct pl_native_probe *ret, struct pl_err *err)
{
    j->probe = (struct pl_native_probe){.on = true};
    enum pl_status status = pl_native_close(j, m->file, owner_of(m), false, err);
    *ret = j->probe;
    j->probe.on = false;
    if (status == PL_OK && ret->told > 0) {
        pl_native_reopen(j);
    }
    return status;
}

/* It would be loaded; what its libraries lack weighs less where the package does without it.  A
 * library is told with the first module that needs it, so those that the package cannot do without
 * go first. */
static PL_STATUS close_module(struct pl_native_judging *j, struct pl_native_guard *guard,
                              struct module *m, struct pl_err *err)
{
    struct pl_native_probe probe;
    enum pl_native_goes goes = PL_NATIVE_GOES_NOT;
    if (probe_module(j, m, &probe, err) != PL_OK ||
        (probe.fresh > 0 && ask_package(j, guard, m, &goes, err) != PL_OK)) {
        return err->code;
    }
    if (goes != PL_NATIVE_GOES_NOT && !m->later) {
        m->later = true;
        return PL_OK;
    }
    uint32_t before = j->n_fault;
    if (probe.told > 0 && pl_native_close(j, m->file, owner_of(m), false, err) != PL_OK) {
        return err->code;
    }
    for (uint32_t i = before; i < j->n_fault && goes != PL_NATIVE_GOES_NOT; i++) {
        j->fault[i].optional = goes == PL_NATIVE_GOES_ON;
        j->fault[i].sure = goes == PL_NATIVE_GOES_ON ? j->fault[i].sure : PL_SURE_MAYBE;
    }
    return PL_OK;
}

bool pl_native_is_mypyc(struct pl_slice stem)
{
    return pl_slice_ends(stem, PL_SLICE("__mypyc"));
}

/* All files of one module, first what an import would take. */
static PL_STATUS judge_module(struct pl_native_judging *j, struct pl_native_guard *guard,
                              struct module *m, uint32_t n, struct pl_err *err)
{
    struct pl_native_try one;
    bool source = false;
    bool hidden = false;
    if (is_hidden(j, m, &hidden, err) != PL_OK) {
        return err->code;
    }
    pl_native_try(j, m->file, &one);
    bool fits = m->place != PLACE_NEVER && one.what == PL_NATIVE_FINE;
    if (hidden || (!fits && pl_native_is_mypyc(m->stem))) {
        return PL_OK;
    }
    if (m->place == PLACE_NEVER) {
        if (has_source(j, m, &source, err) != PL_OK) {
            return err->code;
        }
        enum pl_status status = source ? PL_OK : tell(j, guard, m, m->why, err);
        for (uint32_t i = 1; !source && i < n; i++) {
            m[i].file->used = true; /* told with the first */
        }
        return status;
    }
    if (one.what != PL_NATIVE_FINE) {
        return tell(j, guard, m, one.what, err);
    }
    return close_module(j, guard, m, err);
}

/* Is `less` the same trouble as `sure`, only with a module that the package does without? */
static bool goes_into(const struct pl_native_fault *less, const struct pl_native_fault *sure)
{
    bool versions = less->what == PL_NATIVE_GLIBC || less->what == PL_NATIVE_CXX ||
                    less->what == PL_NATIVE_LIBRARY;
    return sure->what == less->what && !sure->optional && sure->sure == PL_SURE_YES &&
           (less->optional || less->sure != PL_SURE_YES) && pl_slice_eq(sure->owner, less->owner) &&
           (!versions ||
            (pl_slice_eq(sure->library, less->library) && pl_slice_eq(sure->need, less->need)));
}

/* What weighs less of an owner that fails anyway is told with the failure. */
static void fold(struct pl_native_judging *j)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < j->n_fault; i++) {
        struct pl_native_fault *fault = &j->fault[i];
        for (uint32_t k = 0; k < j->n_fault; k++) {
            if (goes_into(fault, &j->fault[k])) {
                j->fault[k].files += fault->files;
                j->fault[k].bytes += fault->bytes;
                fault->what = PL_NATIVE_FINE;
            }
        }
    }
    for (uint32_t i = 0; i < j->n_fault; i++) {
        if (j->fault[i].what != PL_NATIVE_FINE) {
            j->fault[kept++] = j->fault[i];
        }
    }
    j->n_fault = kept;
}

static PL_STATUS judge_all(struct pl_native_judging *j, struct pl_native_guard *guard,
                           struct module *module, uint32_t n, struct pl_err *err)
{
    for (uint32_t i = 0; i < n;) {
        uint32_t end = i + 1;
        while (end < n && pl_slice_eq(module[end].stem, module[i].stem)) {
            end++;
        }
        if (judge_module(j, guard, &module[i], end - i, err) != PL_OK) {
            return err->code;
        }
        i = end;
    }
    for (uint32_t i = 0; i < n; i++) {
        if (module[i].later && close_module(j, guard, &module[i], err) != PL_OK) {
            return err->code;
        }
    }
    fold(j);
    return PL_OK;
}

PL_STATUS pl_native_judge_python(struct pl_native_judging *j, struct pl_err *err)
{
    struct module *module = pl_arena_new(&j->l.scratch, j->n_file + 1u, sizeof *module, err);
    uint32_t n = 0;
    if (!module) {
        return err->code;
    }
    for (uint32_t i = 0; i < j->n_file; i++) {
        n += !j->file[i].used && read_module(j, &j->file[i], &module[n]);
    }
    qsort(module, n, sizeof *module, by_module);
    struct pl_native_guard guard = {0};
    enum pl_status status = judge_all(j, &guard, module, n, err);
    pl_native_guard_done(&guard);
    return status;
}
