/*
 * Addons of Node.js: a package that has one build for this platform is fine, whatever else lies
 * beside it; a package with none fails when it is required.
 */
#include "pkg/survey/native_judge.h"

#include <stdlib.h>

struct addon {
    struct pl_native_file *file;
    struct pl_slice package; /* ".../node_modules/name", or the folder of the file */
    struct pl_slice name;    /* "name", "@scope/name" */
    struct pl_native_try one;
};

static const struct pl_slice MODULES = PL_SLICE_INIT("node_modules/");

/* Where the innermost package's name begins and ends; false when the file belongs to none. */
static bool find_package(struct pl_slice path, size_t *ret_start, size_t *ret_end)
{
    size_t start = path.len;
    for (size_t i = 0; i + MODULES.len <= path.len; i++) {
        bool begins = i == 0 || path.ptr[i - 1] == '/';
        if (begins && pl_slice_starts(pl_slice_sub(path, i, path.len), MODULES)) {
            start = i + MODULES.len;
        }
    }
    if (start == path.len) {
        return false;
    }
    size_t end = start + pl_slice_find(pl_slice_sub(path, start, path.len), '/');
    if (path.ptr[start] == '@' && end < path.len) {
        end += 1 + pl_slice_find(pl_slice_sub(path, end + 1, path.len), '/');
    }
    *ret_start = start;
    *ret_end = end;
    return true;
}

struct pl_slice pl_native_npm_folder(struct pl_slice name)
{
    size_t start = 0;
    size_t end = 0;
    return find_package(name, &start, &end) ? pl_slice_sub(name, 0, end) : pl_slice_dirname(name);
}

/* The innermost package that a file belongs to. */
static void read_owner(struct addon *a)
{
    struct pl_slice path = a->file->entry->name;
    size_t start = 0;
    size_t end = 0;
    bool is_in_package = find_package(path, &start, &end);
    a->package = is_in_package ? pl_slice_sub(path, 0, end) : pl_slice_dirname(path);
    a->name = is_in_package ? pl_slice_sub(path, start, end) : pl_slice_basename(path);
}

/* Words of platforms in names of packages and files, as npm packages use them. */
static const char OTHER_SYSTEMS[] = "darwin macos osx win32 windows win freebsd openbsd netbsd "
                                    "sunos solaris aix android wasm32 wasm";
static const char OTHER_CPUS[] = "ia32 x86 arm armv6 armv7 armv7l armhf armv6l gnueabihf "
                                 "musleabihf eabi ppc64 ppc64le s390x riscv64 loong64 mips64el "
                                 "mipsel";
static const char OTHER_LIBC[] = "musl linuxmusl alpine";

enum pl_native_said pl_native_platform_of(const struct pl_native_judging *j, struct pl_slice name)
{
    const char *mine = j->arch == PL_ARCH_ARM64 ? "arm64 aarch64" : "x64 x86_64 amd64";
    const char *yours = j->arch == PL_ARCH_ARM64 ? "x64 x86_64 amd64" : "arm64 aarch64";
    enum pl_native_said said = PL_NATIVE_SAID_NOTHING;
    size_t from = 0;
    for (size_t i = 0; i <= name.len; i++) {
        char c = i < name.len ? name.ptr[i] : '-';
        if (c != '-' && c != '/' && c != '@' && c != '.' && c != '+') {
            continue;
        }
        struct pl_slice word = pl_slice_sub(name, from, i);
        from = i + 1;
        bool other_cpu = j->arch != PL_ARCH_UNKNOWN && pl_look_word(yours, word);
        if (pl_look_word(OTHER_SYSTEMS, word) || pl_look_word(OTHER_CPUS, word) ||
            pl_look_word(OTHER_LIBC, word) || other_cpu) {
            return PL_NATIVE_SAID_OTHER;
        }
        if (pl_look_word(mine, word) || pl_slice_is(word, "linux")) {
            said = PL_NATIVE_SAID_THIS;
        }
    }
    return said;
}

/* "node.abi115.node", "node-v115-linux-x64/": the ABI that a path names. */
static uint16_t abi_of_path(struct pl_slice path)
{
    static const struct pl_slice marks[] = {PL_SLICE_INIT(".abi"), PL_SLICE_INIT("/node-v")};
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        size_t at = pl_slice_find_text(path, marks[i]);
        size_t from = at + marks[i].len;
        size_t to = from;
        uint64_t abi = 0;
        while (at < path.len && to < path.len && path.ptr[to] >= '0' && path.ptr[to] <= '9') {
            to++;
        }
        if (at < path.len && pl_slice_u64(pl_slice_sub(path, from, to), &abi) && abi > 0 &&
            abi <= UINT16_MAX) {
            return (uint16_t)abi;
        }
    }
    return 0;
}

/* A build for Electron is never what Node.js takes. */
static bool is_for_electron(struct pl_slice path)
{
    return pl_slice_find_text(path, PL_SLICE("/electron.")) < path.len ||
           pl_slice_find_text(path, PL_SLICE("/electron-v")) < path.len;
}

static PL_STATUS try_addon(struct pl_native_judging *j, struct addon *a, struct pl_err *err)
{
    const struct pl_elf_needs *needs = &a->file->fact->needs;
    struct pl_slice inside =
        pl_slice_sub(a->file->entry->name, a->package.len, a->file->entry->name.len);
    pl_native_try(j, a->file, &a->one);
    uint16_t abi = needs->node_abi ? needs->node_abi : needs->napi ? 0 : abi_of_path(inside);
    if (a->one.what == PL_NATIVE_FINE && is_for_electron(inside)) {
        a->one.what = PL_NATIVE_FOREIGN;
        a->one.need = PL_SLICE("Electron");
    } else if (a->one.what == PL_NATIVE_FINE && abi != 0 && j->l.fn->runtime->abi != 0 &&
               abi != j->l.fn->runtime->abi) {
        a->one.what = PL_NATIVE_NODE;
        return pl_look_fmt(&j->l, &a->one.need, err, "%u", (unsigned)abi);
    } else if (a->one.what == PL_NATIVE_FINE &&
               pl_native_platform_of(j, inside) == PL_NATIVE_SAID_OTHER) {
        a->one.what = PL_NATIVE_FOREIGN; /* its place says so: prebuilds/freebsd-x64/ */
    }
    return PL_OK;
}

static int by_package(const void *left, const void *right)
{
    const struct addon *a = left;
    const struct addon *b = right;
    int order = pl_slice_cmp(a->file->root, b->file->root);
    order = order ? order : pl_slice_cmp(a->package, b->package);
    /* FINE first, then what is nearest to it: a wrong ABI, a wrong machine ... */
    static const uint8_t rank[] = {
        [PL_NATIVE_FINE] = 0,    [PL_NATIVE_NODE] = 1,      [PL_NATIVE_MUSL] = 2,
        [PL_NATIVE_MACHINE] = 3, [PL_NATIVE_NOT_LINUX] = 4, [PL_NATIVE_FOREIGN] = 5};
    order = order ? order : (int)rank[a->one.what] - (int)rank[b->one.what];
    return order ? order : pl_slice_cmp(a->file->entry->name, b->file->entry->name);
}

/* None of the package's builds is for this platform. */
static PL_STATUS tell_package(struct pl_native_judging *j, const struct addon *a, uint32_t n,
                              struct pl_err *err)
{
    struct pl_native_excuse excuse;
    bool electron = pl_slice_is(a->one.need, "Electron"); /* and nothing else */
    if ((a->one.what == PL_NATIVE_FOREIGN && !electron) ||
        pl_native_platform_of(j, a->name) == PL_NATIVE_SAID_OTHER) {
        return PL_OK; /* made for another platform: nobody loads it here */
    }
    if (pl_native_excuse_npm(j, a->file, a->package, a->name, &excuse, err) != PL_OK) {
        return err->code;
    }
    if (excuse.other_platform) {
        return PL_OK;
    }
    struct pl_native_fault fault = {.what = electron ? PL_NATIVE_NODE : a->one.what,
                                    .sure = PL_SURE_YES,
                                    .optional = excuse.optional,
                                    .owner = a->name,
                                    .need = a->one.need};
    for (uint32_t i = 1; i < n; i++) {
        a[i].file->used = true;
    }
    return pl_native_tell(j, a->file, &fault, err);
}

static PL_STATUS judge_package(struct pl_native_judging *j, struct addon *a, uint32_t n,
                               struct pl_err *err)
{
    if (a->one.what != PL_NATIVE_FINE) {
        return tell_package(j, a, n, err);
    }
    for (uint32_t i = 0; i < n && a[i].one.what == PL_NATIVE_FINE; i++) {
        if (pl_native_close(j, a[i].file, a[i].name, false, err) != PL_OK) {
            return err->code;
        }
    }
    return PL_OK;
}

PL_STATUS pl_native_judge_node(struct pl_native_judging *j, struct pl_err *err)
{
    struct addon *addon = pl_arena_new(&j->l.scratch, j->n_file + 1u, sizeof *addon, err);
    uint32_t n = 0;
    if (!addon) {
        return err->code;
    }
    struct pl_slice target;
    for (uint32_t i = 0; i < j->n_file; i++) {
        struct pl_slice name = j->file[i].entry->name;
        if (j->file[i].used || !pl_slice_ends(name, PL_SLICE(".node")) ||
            pl_native_prisma_target(name, &target)) {
            continue;
        }
        addon[n].file = &j->file[i];
        read_owner(&addon[n]);
        if (try_addon(j, &addon[n++], err) != PL_OK) {
            return err->code;
        }
    }
    qsort(addon, n, sizeof *addon, by_package);
    for (uint32_t i = 0; i < n;) {
        uint32_t end = i + 1;
        while (end < n && addon[end].file->root.ptr == addon[i].file->root.ptr &&
               pl_slice_eq(addon[end].package, addon[i].package)) {
            end++;
        }
        if (judge_package(j, &addon[i], end - i, err) != PL_OK) {
            return err->code;
        }
        i = end;
    }
    return PL_OK;
}
