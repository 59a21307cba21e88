#include "pkg/build/wheel.h"

#include "pkg/base/limits.h"
#include "pkg/base/text.h"

#include <string.h>

/* Larger is no WHEEL file. */
#define PL_MAX_WHEEL_FILE PL_KB(64)

/* What is asked of a tag. */
struct target {
    const struct pl_runtime *runtime; /* of Python */
    enum pl_arch arch;
};

struct tag {
    struct pl_slice python, abi, platform; /* each a set, separated by '.' */
};

bool pl_wheel_is(struct pl_slice path)
{
    return pl_slice_ends(path, PL_SLICE(".whl"));
}

/* "cp313" with the prefix "cp3" is 13. */
static bool minor_of(struct pl_slice text, const char *prefix, uint64_t *ret)
{
    struct pl_slice start = pl_slice_of(prefix);
    return pl_slice_starts(text, start) &&
           pl_slice_u64(pl_slice_sub(text, start.len, text.len), ret);
}

/* As pip orders them: PEP 425, and PEP 384 for abi3. */
static bool python_fits(struct pl_slice python, struct pl_slice abi, uint64_t minor)
{
    uint64_t of = 0;
    if (pl_slice_is(abi, "none")) {
        return pl_slice_is(python, "py3") || (minor_of(python, "py3", &of) && of <= minor) ||
               (minor_of(python, "cp3", &of) && of == minor);
    }
    if (!minor_of(python, "cp3", &of)) {
        return false;
    }
    if (pl_slice_is(abi, "abi3")) {
        return of <= minor;
    }
    /* Up to 3.7 the ABI has an m behind it. */
    bool m = abi.len > 0 && abi.ptr[abi.len - 1] == 'm' && minor <= 7;
    uint64_t built = 0;
    return of == minor && minor_of(pl_slice_sub(abi, 0, abi.len - (m ? 1 : 0)), "cp3", &built) &&
           built == minor;
}

static bool arch_fits(struct pl_slice text, enum pl_arch arch)
{
    bool x86_64 = pl_slice_is(text, "x86_64");
    bool arm64 = pl_slice_is(text, "aarch64");
    return (x86_64 && arch != PL_ARCH_ARM64) || (arm64 && arch != PL_ARCH_X86_64);
}

static uint64_t glibc_minor(const struct target *target)
{
    const char *glibc = pl_os_of(target->runtime)->glibc;
    uint64_t minor = 0;
    bool known = glibc && minor_of(pl_slice_of(glibc), "2.", &minor);
    return known ? minor : UINT64_MAX;
}

/* PEP 513, 571, 599 and 600 say which glibc each manylinux means. */
static bool platform_fits(struct pl_slice platform, const struct target *target)
{
    static const struct {
        const char *prefix;
        uint64_t glibc;
    } old[] = {{"manylinux1_", 5}, {"manylinux2010_", 12}, {"manylinux2014_", 17}, {"linux_", 0}};
    uint64_t most = glibc_minor(target);
    if (pl_slice_is(platform, "any")) {
        return true;
    }
    for (size_t i = 0; i < sizeof old / sizeof *old; i++) {
        struct pl_slice prefix = pl_slice_of(old[i].prefix);
        if (pl_slice_starts(platform, prefix)) {
            return old[i].glibc <= most &&
                   arch_fits(pl_slice_sub(platform, prefix.len, platform.len), target->arch);
        }
    }
    struct pl_slice start = PL_SLICE("manylinux_2_");
    uint64_t glibc = 0;
    if (!pl_slice_starts(platform, start)) {
        return false;
    }
    struct pl_slice rest = pl_slice_sub(platform, start.len, platform.len);
    size_t end = pl_slice_find(rest, '_');
    return pl_slice_u64(pl_slice_sub(rest, 0, end), &glibc) && glibc <= most &&
           arch_fits(pl_slice_sub(rest, end + 1, rest.len), target->arch);
}

/* Does one of the tags in these sets fit? */
static bool tag_fits(const struct tag *tag, const struct target *target)
{
    struct pl_slice pythons = tag->python;
    struct pl_slice python;
    bool fits = false;
    while (!fits && pl_slice_next(&pythons, '.', &python)) {
        struct pl_slice abis = tag->abi;
        struct pl_slice abi;
        while (!fits && pl_slice_next(&abis, '.', &abi)) {
            fits = python_fits(python, abi, target->runtime->version_minor);
        }
    }
    struct pl_slice platforms = tag->platform;
    struct pl_slice platform;
    bool on = false;
    while (fits && !on && pl_slice_next(&platforms, '.', &platform)) {
        on = platform_fits(platform, target);
    }
    return on;
}

/* "a-b-c" from its end; false when there are not three parts. */
static bool parse_tag(struct pl_slice text, struct tag *ret)
{
    struct pl_slice *const part[] = {&ret->platform, &ret->abi, &ret->python};
    for (size_t i = 0; i < 3; i++) {
        size_t dash = pl_slice_rfind(text, '-');
        bool found = dash < text.len;
        *part[i] = found ? pl_slice_sub(text, dash + 1, text.len) : text;
        if (part[i]->len == 0 || (!found && i < 2)) {
            return false;
        }
        text = pl_slice_sub(text, 0, found ? dash : 0);
    }
    return true;
}

/* NAME-VERSION(-BUILD)?-PYTHON-ABI-PLATFORM.whl: five or six parts. */
static bool tag_of_name(struct pl_slice path, struct tag *ret)
{
    struct pl_slice base = pl_slice_basename(path);
    struct pl_slice stem = pl_slice_sub(base, 0, base.len - (sizeof(".whl") - 1));
    size_t dashes = 0;
    for (size_t i = 0; i < stem.len; i++) {
        dashes += stem.ptr[i] == '-';
    }
    return (dashes == 4 || dashes == 5) && parse_tag(stem, ret);
}

/* The next "Tag:" of a WHEEL file. */
static bool next_tag(struct pl_slice *rest, struct pl_slice *ret)
{
    struct pl_slice line;
    while (rest->ptr && pl_slice_next(rest, '\n', &line)) {
        if (pl_slice_starts(line, PL_SLICE("Tag:"))) {
            *ret = pl_slice_trim(pl_slice_sub(line, 4, line.len));
            return true;
        }
    }
    return false;
}

bool pl_wheel_fits(struct pl_slice wheel_file, const struct pl_runtime *runtime, enum pl_arch arch,
                   struct pl_slice *ret_tag)
{
    const struct target target = {.runtime = runtime, .arch = arch};
    struct tag tag;
    *ret_tag = PL_SLICE("");
    while (next_tag(&wheel_file, ret_tag)) {
        if (parse_tag(*ret_tag, &tag) && tag_fits(&tag, &target)) {
            return true;
        }
    }
    return false;
}

static enum pl_status refuse_tag(struct pl_select *select, struct pl_slice path, const char *tags,
                                 const struct target *target, struct pl_err *err)
{
    const struct pl_source *source = &select->request->source[select->source];
    const char *cpu = target->arch == PL_ARCH_ARM64    ? "aarch64"
                      : target->arch == PL_ARCH_X86_64 ? "x86_64"
                                                       : "CPU";
    unsigned minor = target->runtime->version_minor;
    return pl_err_set(err, PL_ERR_CONFIG,
                      "%s%s: the wheel is for %s, which %s%s%s cannot load; take one for "
                      "cp3%u-cp3%u, abi3 or py3-none, and for manylinux up to 2_%u on %s, or any",
                      pl_select_where(select, source->at), pl_select_safe(select, path), tags,
                      target->runtime->id, target->arch == PL_ARCH_UNKNOWN ? "" : " on ",
                      target->arch == PL_ARCH_UNKNOWN ? "" : pl_arch_name(target->arch), minor,
                      minor, (unsigned)glibc_minor(target), cpu);
}

/* The tags of the file's name hold, as for installers; those of the WHEEL file where the name has
 * none. */
static enum pl_status check_target(struct pl_select *select, struct pl_slice path,
                                   struct pl_slice wheel_file, const struct target *target,
                                   struct pl_err *err)
{
    struct tag tag;
    struct pl_slice line;
    const char *last = NULL;
    if (tag_of_name(path, &tag)) {
        const char *end = tag.platform.ptr + tag.platform.len;
        struct pl_slice shown = {tag.python.ptr, (size_t)(end - tag.python.ptr)};
        return tag_fits(&tag, target)
                   ? PL_OK
                   : refuse_tag(select, path, pl_select_safe(select, shown), target, err);
    }
    while (next_tag(&wheel_file, &line)) {
        if (parse_tag(line, &tag) && tag_fits(&tag, target)) {
            return PL_OK;
        }
        last = pl_select_safe(select, line);
    }
    return last ? refuse_tag(select, path, last, target, err) : PL_OK;
}

static enum pl_status check_targets(struct pl_select *select, struct pl_slice path,
                                    struct pl_slice wheel_file, struct pl_err *err)
{
    const struct pl_function_decl *fn = select->request->function;
    const struct pl_layer_decl *layer = select->request->layer;
    const struct pl_value *arch = fn ? &fn->architecture : layer ? &layer->architecture : NULL;
    struct target target = {.arch = arch && pl_value_has(arch) ? pl_arch_parse(arch->text)
                                                               : PL_ARCH_UNKNOWN};
    uint32_t n = fn ? 1 : layer ? layer->n_compatible_runtime : 0;
    for (uint32_t i = 0; i < n; i++) {
        const struct pl_value *id = fn ? &fn->runtime : &layer->compatible_runtime[i];
        target.runtime = pl_value_has(id) ? pl_runtime_find(id->text) : NULL;
        if (target.runtime && target.runtime->language == PL_LANG_PYTHON &&
            target.runtime->version_major == 3 &&
            check_target(select, path, wheel_file, &target, err) != PL_OK) {
            return err->code;
        }
    }
    return PL_OK;
}

/* "pkg-1.0.dist-info/WHEEL", the one that stands at the top. */
static uint32_t find_wheel_file(const struct pl_tree *tree)
{
    for (uint32_t i = 0; i < tree->n; i++) {
        struct pl_slice name = tree->entry[i].name;
        struct pl_slice folder = pl_slice_dirname(name);
        if (tree->entry[i].type == PL_ENTRY_FILE && pl_slice_is(pl_slice_basename(name), "WHEEL") &&
            pl_slice_ends(folder, PL_SLICE(".dist-info")) &&
            pl_slice_find(folder, '/') == folder.len) {
            return i;
        }
    }
    return PL_ENTRY_NONE;
}

enum pl_status pl_wheel_open(struct pl_wheel *ret, struct pl_select *select, struct pl_slice path,
                             const struct pl_tree *tree, struct pl_err *err)
{
    struct pl_buf text PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_WHEEL_FILE};
    uint32_t at = find_wheel_file(tree);
    if (at == PL_ENTRY_NONE) {
        return pl_err_set(err, PL_ERR_FORMAT, "%s: is no wheel: it has no .dist-info/WHEEL",
                          pl_select_safe(select, path));
    }
    struct pl_slice folder = pl_slice_dirname(tree->entry[at].name);
    struct pl_slice stem = pl_slice_sub(folder, 0, folder.len - (sizeof(".dist-info") - 1));
    if (tree->ops->read(tree, at, PL_MAX_WHEEL_FILE, &text, err) != PL_OK ||
        check_targets(select, path, pl_buf_view(&text), err) != PL_OK) {
        return err->code;
    }
    ret->name = pl_slice_sub(stem, 0, pl_slice_find(stem, '-'));
    return pl_arena_fmt(&select->scratch, &ret->data, err, "%.*s.data/", (int)stem.len, stem.ptr);
}

enum pl_status pl_wheel_place(const struct pl_wheel *wheel, struct pl_select *select,
                              struct pl_slice name, struct pl_slice *ret, bool *ret_script,
                              struct pl_err *err)
{
    *ret_script = false;
    *ret = name;
    struct pl_slice rest = pl_slice_sub(name, wheel->data.len, name.len);
    struct pl_slice scheme = pl_slice_sub(rest, 0, pl_slice_find(rest, '/'));
    struct pl_slice below = pl_slice_sub(rest, scheme.len + 1, rest.len);
    struct pl_slice data = pl_slice_sub(wheel->data, 0, wheel->data.len - 1);
    if (!pl_slice_starts(name, wheel->data)) {
        if (pl_slice_eq(name, data)) {
            *ret = PL_SLICE("");
        }
        return PL_OK;
    }
    if (below.len == 0) {
        *ret = PL_SLICE("");
        return PL_OK;
    }
    if (pl_slice_is(scheme, "purelib") || pl_slice_is(scheme, "platlib") ||
        pl_slice_is(scheme, "data")) {
        *ret = below;
        return PL_OK;
    }
    if (pl_slice_is(scheme, "scripts")) {
        *ret_script = true;
        return pl_select_join(&select->scratch, PL_SLICE("bin"), below, ret, err);
    }
    if (pl_slice_is(scheme, "headers")) {
        return pl_arena_fmt(&select->scratch, ret, err, "include/%.*s/%.*s", (int)wheel->name.len,
                            wheel->name.ptr, (int)below.len, below.ptr);
    }
    return pl_err_set(err, PL_ERR_FORMAT, "%s: no installer knows the place %s of a wheel",
                      pl_select_safe(select, name), pl_select_safe(select, scheme));
}
