#include "pkg/lambda/oslib.h"

/* NEVER stands behind the last OS. */
enum { PL_OS_NEVER = PL_OS_COUNT };
enum { FOR_X86_64 = 1, FOR_ARM64 = 2, FOR_BOTH = 3 };

struct version_row {
    uint8_t family, arch, first, maybe;
    const char *number;
};
static const struct version_row pl_versions[] = {
#define PL_OS_VERSION(family, number, arch, first, maybe) \
    {PL_VERSION_##family, FOR_##arch, PL_OS_##first, PL_OS_##maybe, number},
#include "pkg/lambda/versions.def"
#undef PL_OS_VERSION
};

struct library_row {
    const char *name;
    uint8_t has[PL_OS_COUNT];
};
static const struct library_row pl_libraries[] = {
#define PL_OS_LIBRARY(name, al1, al2, al2023) \
    {name, {[PL_OS_AL1] = PL_OS_##al1, [PL_OS_AL2] = PL_OS_##al2, [PL_OS_AL2023] = PL_OS_##al2023}},
#include "pkg/lambda/oslibs.def"
#undef PL_OS_LIBRARY
};

enum pl_os_has pl_os_library(const struct pl_os *os, struct pl_slice name, bool *ret_known)
{
    for (size_t i = 0; i < sizeof pl_libraries / sizeof *pl_libraries; i++) {
        if (pl_slice_is(name, pl_libraries[i].name)) {
            *ret_known = true;
            return (enum pl_os_has)pl_libraries[i].has[os->id];
        }
    }
    *ret_known = false;
    return PL_OS_NO;
}

enum pl_version_family pl_version_family(struct pl_slice version, struct pl_slice *ret_number)
{
    static const struct {
        struct pl_slice prefix;
        enum pl_version_family family;
    } families[] = {{PL_SLICE_INIT("GLIBC_"), PL_VERSION_GLIBC},
                    {PL_SLICE_INIT("GLIBCXX_"), PL_VERSION_GLIBCXX},
                    {PL_SLICE_INIT("CXXABI_"), PL_VERSION_CXXABI},
                    {PL_SLICE_INIT("GCC_"), PL_VERSION_GCC},
                    {PL_SLICE_INIT("ZLIB_"), PL_VERSION_ZLIB}};
    for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
        if (pl_slice_starts(version, families[i].prefix)) {
            *ret_number = pl_slice_sub(version, families[i].prefix.len, version.len);
            return families[i].family;
        }
    }
    *ret_number = version;
    return PL_VERSION_OTHER;
}

enum pl_os_has pl_os_version(const struct pl_os *os, enum pl_arch arch, struct pl_slice version)
{
    struct pl_slice number;
    enum pl_version_family family = pl_version_family(version, &number);
    unsigned want = arch == PL_ARCH_X86_64  ? FOR_X86_64
                    : arch == PL_ARCH_ARM64 ? FOR_ARM64
                                            : FOR_BOTH;
    if (family == PL_VERSION_OTHER || pl_slice_is(number, "PRIVATE")) {
        return PL_OS_MAYBE;
    }
    for (size_t i = 0; i < sizeof pl_versions / sizeof *pl_versions; i++) {
        const struct version_row *row = &pl_versions[i];
        if (row->family == family && (row->arch & want) != 0 && pl_slice_is(number, row->number)) {
            return os->id >= row->first ? PL_OS_YES : os->id >= row->maybe ? PL_OS_MAYBE : PL_OS_NO;
        }
    }
    return PL_OS_NO;
}

int pl_version_cmp(struct pl_slice a, struct pl_slice b)
{
    struct pl_slice left = a;
    struct pl_slice right = b;
    for (;;) {
        struct pl_slice x = {0};
        struct pl_slice y = {0};
        bool more_x = pl_slice_next(&left, '.', &x);
        bool more_y = pl_slice_next(&right, '.', &y);
        uint64_t m = 0;
        uint64_t n = 0;
        if (!more_x || !more_y) {
            return (int)more_x - (int)more_y;
        }
        if (!pl_slice_u64(x, &m) || !pl_slice_u64(y, &n)) {
            int order = pl_slice_cmp(x, y);
            if (order != 0) {
                return order;
            }
        } else if (m != n) {
            return m < n ? -1 : 1;
        }
    }
}

const char *pl_os_wheel_tag(const struct pl_os *os)
{
    switch (os->id) {
    case PL_OS_AL1:
        return "manylinux2014";
    case PL_OS_AL2:
        return "manylinux_2_26";
    case PL_OS_AL2023:
        return "manylinux_2_34";
    case PL_OS_COUNT:
        break;
    }
    return "manylinux2014";
}

const struct pl_runtime *pl_runtime_with(const struct pl_runtime *runtime, enum pl_arch arch,
                                         struct pl_slice version, int32_t as_of)
{
    const struct pl_runtime *found = NULL;
    for (size_t i = 0; i < pl_runtime_count(); i++) {
        const struct pl_runtime *other = pl_runtime_at(i);
        if (other->language == runtime->language && !(other->flags & PL_RUNTIME_IMAGE_ONLY) &&
            pl_runtime_life(other, as_of) == PL_LIFE_SUPPORTED &&
            pl_os_version(pl_os_of(other), arch, version) == PL_OS_YES) {
            found = other; /* newest first: the last is the oldest */
        }
    }
    return found;
}
