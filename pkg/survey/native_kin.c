/*
 * Libraries of which a package brings one build for each platform, and the code takes its own: JNI
 * libraries in jars and on the class path, and what .NET keeps in runtimes/RID/native.  Builds of
 * one library have one name, but for the words of platforms in it.
 *
 * Nothing says whether the code ever asks for the library, so this is never more than likely.
 */
#include "pkg/survey/native_judge.h"

#include <stdlib.h>

struct kin {
    struct pl_slice key;
    struct pl_slice path; /* in its package or jar */
    struct pl_ref at;     /* the file, or the jar */
    bool inner;           /* it stands in a jar */
    const struct pl_native *fact;
    struct pl_native_file *file; /* NULL for those in jars */
    uint64_t bytes;
    uint8_t what; /* enum pl_native_what */
};

static const char PLATFORM[] =
    "linux linux32 linux64 linuxmusl osx macos macosx mac darwin windows win win32 win64 x86 x64 "
    "32 "
    "64 amd64 aarch aarch64 arm64 arm armhf armv5 armv6 armv7 armv8 i386 i586 i686 musl gnu glibc "
    "alpine android freebsd openbsd netbsd sunos solaris aix ppc64 ppc64le s390x riscv64 "
    "loongarch64 "
    "universal universal2 jnilib so dll dylib";

/* "libnetty_tcnative_linux_x86_64.so" is of "nettytcnative". */
static PL_STATUS key_of(struct pl_native_judging *j, struct pl_slice path, struct pl_slice *ret,
                        struct pl_err *err)
{
    struct pl_slice base = pl_slice_basename(path);
    struct pl_slice lib = PL_SLICE("lib");
    if (pl_slice_starts(base, lib)) {
        base = pl_slice_sub(base, lib.len, base.len);
    }
    char *to = pl_arena_new(&j->l.scratch, base.len + 1, 1, err);
    size_t n = 0;
    size_t from = 0;
    if (!to) {
        return err->code;
    }
    for (size_t i = 0; i <= base.len; i++) {
        char c = i < base.len ? base.ptr[i] : '.';
        if (c != '-' && c != '_' && c != '.') {
            continue;
        }
        struct pl_slice word = pl_slice_sub(base, from, i);
        from = i + 1;
        for (size_t k = 0; !pl_look_word(PLATFORM, word) && k < word.len; k++) {
            to[n++] = word.ptr[k];
        }
    }
    *ret = pl_slice_make(to, n);
    return PL_OK;
}

/* A build may load, and yet its place says that it is another platform's. */
static void judge_one(const struct pl_native_judging *j, struct kin *kin)
{
    struct pl_native_file file = {.at = kin->at, .fact = kin->fact};
    struct pl_native_try one;
    pl_native_try(j, &file, &one);
    kin->what = one.what;
    if (one.what == PL_NATIVE_FINE &&
        (pl_slice_find_text(kin->path, PL_SLICE("ndroid")) < kin->path.len ||
         pl_slice_find_text(kin->path, PL_SLICE("musl")) < kin->path.len ||
         pl_slice_find_text(kin->path, PL_SLICE("Musl")) < kin->path.len)) {
        kin->what = PL_NATIVE_FOREIGN;
    }
}

static int by_key(const void *left, const void *right)
{
    static const uint8_t rank[] = {[PL_NATIVE_FINE] = 0,
                                   [PL_NATIVE_MACHINE] = 1,
                                   [PL_NATIVE_MUSL] = 2,
                                   [PL_NATIVE_FOREIGN] = 3,
                                   [PL_NATIVE_NOT_LINUX] = 4};
    const struct kin *a = left;
    const struct kin *b = right;
    int order = pl_slice_cmp(a->key, b->key);
    order = order ? order : (int)rank[a->what] - (int)rank[b->what];
    order = order ? order : pl_slice_cmp(a->path, b->path);
    return order ? order : (a->at.entry > b->at.entry) - (a->at.entry < b->at.entry);
}

/* The one that is taken: does the system have what it needs? */
static PL_STATUS judge_taken(struct pl_native_judging *j, struct kin *kin, struct pl_err *err)
{
    uint32_t before = j->n_fault;
    struct pl_native_file inner = {
        .at = kin->at, .fact = kin->fact, .entry = pl_ref_entry(kin->at)};
    struct pl_slice owner = pl_slice_basename(kin->path);
    enum pl_status status = kin->file ? pl_native_close(j, kin->file, owner, false, err)
                                      : pl_native_versions(j, &inner, owner, err);
    for (uint32_t i = before; i < j->n_fault; i++) {
        j->fault[i].sure = PL_SURE_MAYBE;
        j->fault[i].inner = kin->inner ? kin->path : j->fault[i].inner;
    }
    return status;
}

static PL_STATUS tell(struct pl_native_judging *j, const struct kin *kin, uint8_t what,
                      struct pl_err *err)
{
    struct pl_entry entry = *pl_ref_entry(kin->at);
    struct pl_native_file inner = {.at = kin->at, .fact = kin->fact, .entry = &entry};
    struct pl_native_fault fault = {.what = what,
                                    .sure = what == PL_NATIVE_FOREIGN ? PL_SURE_YES : PL_SURE_MAYBE,
                                    /* out of a library's jar, by whoever made one of all */
                                    .beside = what == PL_NATIVE_FOREIGN && !kin->inner &&
                                              j->l.fn->runtime->language == PL_LANG_JAVA,
                                    .owner = kin->inner ? entry.name : pl_slice_dirname(kin->path),
                                    .inner = kin->inner ? kin->path : (struct pl_slice){0}};
    fault.owner = fault.owner.len > 0 ? fault.owner : kin->path;
    entry.size = kin->bytes;
    return pl_native_tell(j, kin->file ? kin->file : &inner, &fault, err);
}

/* All builds of one library, the best first. */
static PL_STATUS judge_group(struct pl_native_judging *j, struct kin *kin, uint32_t n,
                             struct pl_err *err)
{
    bool fits = kin->what == PL_NATIVE_FINE;
    bool wrong = kin->what == PL_NATIVE_MACHINE || kin->what == PL_NATIVE_MUSL;
    if (wrong && tell(j, kin, kin->what, err) != PL_OK) {
        return err->code;
    }
    for (uint32_t i = 0; i < n; i++) {
        enum pl_status status = PL_OK;
        if (kin[i].what == PL_NATIVE_FINE) {
            status = judge_taken(j, &kin[i], err);
        } else if (fits || kin[i].what == PL_NATIVE_NOT_LINUX || kin[i].what == PL_NATIVE_FOREIGN) {
            status = tell(j, &kin[i], PL_NATIVE_FOREIGN, err);
        } else if (kin[i].file) {
            kin[i].file->used = true; /* told with the first */
        }
        if (status != PL_OK) {
            return status;
        }
    }
    return PL_OK;
}

static bool is_on_class_path(const struct pl_mount *mount, struct pl_slice jar)
{
    struct pl_slice folder = pl_slice_dirname(jar);
    return pl_slice_is(mount->at, "/opt") ? pl_slice_is(folder, "java/lib")
                                          : pl_slice_is(folder, "lib");
}

static PL_STATUS add(struct pl_native_judging *j, struct kin *to, const struct kin *kin,
                     struct pl_err *err)
{
    *to = *kin;
    judge_one(j, to);
    return key_of(j, to->path, &to->key, err);
}

static PL_STATUS add_jars(struct pl_native_judging *j, struct kin *to, uint32_t *n,
                          struct pl_err *err)
{
    for (uint32_t m = 0; m < j->l.view->n; m++) {
        const struct pl_mount *mount = &j->l.view->mount[m];
        for (uint32_t i = 0; i < mount->package->n_jar; i++) {
            const struct pl_jar_native *inner = &mount->package->jar[i];
            struct kin kin = {.path = inner->name,
                              .at = {mount->package, inner->fact.entry},
                              .inner = true,
                              .fact = &inner->fact,
                              .bytes = inner->bytes};
            if (is_on_class_path(mount, pl_ref_entry(kin.at)->name) &&
                add(j, &to[(*n)++], &kin, err) != PL_OK) {
                return err->code;
            }
        }
    }
    return PL_OK;
}

/* Files of the function's own folder; those of layers are libraries that others look for. */
static PL_STATUS add_files(struct pl_native_judging *j, struct kin *to, uint32_t *n,
                           struct pl_err *err)
{
    for (uint32_t i = 0; i < j->n_file; i++) {
        struct pl_native_file *file = &j->file[i];
        struct pl_slice path = file->entry->name;
        if (file->used || !pl_slice_is(file->root, "/var/task") ||
            !(pl_native_is_library_name(path) || pl_slice_ends(path, PL_SLICE(".dylib")) ||
              pl_slice_ends(path, PL_SLICE(".jnilib")))) {
            continue;
        }
        struct kin kin = {.path = path,
                          .at = file->at,
                          .fact = file->fact,
                          .file = file,
                          .bytes = file->entry->size};
        if (add(j, &to[(*n)++], &kin, err) != PL_OK) {
            return err->code;
        }
    }
    return PL_OK;
}

PL_STATUS pl_native_judge_kin(struct pl_native_judging *j, struct pl_err *err)
{
    uint32_t most = j->n_file + 1;
    uint32_t n = 0;
    bool java = j->l.fn->runtime->language == PL_LANG_JAVA;
    for (uint32_t m = 0; java && m < j->l.view->n; m++) {
        most += j->l.view->mount[m].package->n_jar;
    }
    struct kin *kin = pl_arena_new(&j->l.scratch, most, sizeof *kin, err);
    if (!kin || add_files(j, kin, &n, err) != PL_OK ||
        (java && add_jars(j, kin, &n, err) != PL_OK)) {
        return err->code;
    }
    qsort(kin, n, sizeof *kin, by_key);
    for (uint32_t i = 0; i < n;) {
        uint32_t end = i + 1;
        while (end < n && pl_slice_eq(kin[end].key, kin[i].key)) {
            end++;
        }
        if (judge_group(j, &kin[i], end - i, err) != PL_OK) {
            return err->code;
        }
        i = end;
    }
    return PL_OK;
}
