#include "pkg/lambda/runtimes.h"

#include "pkg/base/text.h"
#include "pkg/lambda/data.h"

/*
 * Days since 1970-01-01 of a date of the Gregorian calendar, as a constant expression.  The year is
 * counted from March, so that the leap day is its last: (153 * m + 2) / 5 is the number of days
 * before month m of such a year.
 */
#define PL_DAY_YEAR(y, m) ((y) - ((m) < 3 ? 1 : 0))
#define PL_DAY_MONTH(m)   ((m) < 3 ? (m) + 9 : (m)-3)
#define PL_DAY(y, m, d)                                                          \
    (365 * PL_DAY_YEAR(y, m) + PL_DAY_YEAR(y, m) / 4 - PL_DAY_YEAR(y, m) / 100 + \
     PL_DAY_YEAR(y, m) / 400 + (153 * PL_DAY_MONTH(m) + 2) / 5 + (d)-1 - 719468)

_Static_assert(PL_DAY(1970, 1, 1) == 0, "the first day");
_Static_assert(PL_DAY(2000, 3, 1) == 11017, "behind a leap day");

#define NONE       PL_DATE_NONE
#define ARM        PL_RUNTIME_ARM64
#define SNAP       PL_RUNTIME_SNAPSTART
#define PREVIEW    PL_RUNTIME_PREVIEW
#define IMAGE_ONLY PL_RUNTIME_IMAGE_ONLY
#define UNSURE     PL_RUNTIME_UNSURE

#define GUIDE_ONLY "AWS Lambda Developer Guide, Lambda runtimes, 2026-08"
#define HISTORY    "cfn-lint LmbdRuntimeLifecycle.json, 2026-08-19; endoflife.date, 2026-08-22"
#define GUIDE      GUIDE_ONLY "; " HISTORY

static const struct pl_runtime pl_runtimes[] = {
#define PL_RUNTIME(id, language, os, released, deprecated, create, update, major, minor, abi, tag, \
                   flags, source)                                                                  \
    {id,         PL_LANG_##language,                                                               \
     PL_OS_##os, released,                                                                         \
     deprecated, create,                                                                           \
     update,     major,                                                                            \
     minor,      abi,                                                                              \
     tag,        flags,                                                                            \
     source},
#include "pkg/lambda/runtimes.def"
#undef PL_RUNTIME
};

static const struct pl_os pl_oses[PL_OS_COUNT] = {
#define PL_OS(id, name, long_name, glibc, glibcxx, glibcxx_newest, cxxabi, cxxabi_newest, gcc, \
              openssl, zlib, libcrypt1, source)                                                \
    [PL_OS_##id] = {PL_OS_##id,    name, long_name, glibc, glibcxx,   glibcxx_newest, cxxabi,  \
                    cxxabi_newest, gcc,  openssl,   zlib,  libcrypt1, source},
#include "pkg/lambda/oses.def"
#undef PL_OS
};

_Static_assert(sizeof pl_runtimes / sizeof *pl_runtimes < PL_RUNTIME_MOST / 2,
               "room for newer ones");

/* The facts in force: ours, or newer ones that somebody brought. */
static struct {
    const struct pl_runtime *row;
    size_t n;
    const char *date;
} pl_facts = {pl_runtimes, sizeof pl_runtimes / sizeof *pl_runtimes, PL_LAMBDA_DATA_DATE};

void pl_runtime_data_use(const struct pl_runtime_data *data)
{
    pl_facts.row = data ? data->row : pl_runtimes;
    pl_facts.n = data ? data->n : sizeof pl_runtimes / sizeof *pl_runtimes;
    pl_facts.date = data ? data->date : PL_LAMBDA_DATA_DATE;
}

const char *pl_runtime_data_date(void)
{
    return pl_facts.date;
}

static int32_t data_day(void)
{
    int32_t day = PL_DATE_NONE;
    (void)pl_date_parse(pl_slice_of(pl_facts.date), &day);
    return day;
}

size_t pl_runtime_count(void)
{
    return pl_facts.n;
}

const struct pl_runtime *pl_runtime_at(size_t index)
{
    return index < pl_facts.n ? &pl_facts.row[index] : NULL;
}

const struct pl_runtime *pl_runtime_find(struct pl_slice id)
{
    for (size_t i = 0; i < pl_facts.n; i++) {
        if (pl_slice_is(id, pl_facts.row[i].id)) {
            return &pl_facts.row[i];
        }
    }
    return NULL;
}

/* Appends the ids for ZIP packages that are, or are not, supported; their number. */
static size_t collect_ids(bool supported, const char **to)
{
    size_t n = 0;
    for (size_t i = 0; i < pl_facts.n; i++) {
        const struct pl_runtime *runtime = &pl_facts.row[i];
        bool is_supported = pl_runtime_life(runtime, data_day()) == PL_LIFE_SUPPORTED;
        if (!(runtime->flags & (PREVIEW | IMAGE_ONLY)) && is_supported == supported) {
            to[n++] = runtime->id;
        }
    }
    return n;
}

const struct pl_runtime *pl_runtime_nearest(struct pl_slice id)
{
    /* Supported ones first: of equally near names the first is taken, and nobody is sent from
     * "nodejs21.x" to a preview or to a runtime that is going away. */
    const char *candidate[PL_RUNTIME_MOST];
    size_t n = collect_ids(true, candidate);
    n += collect_ids(false, candidate + n);
    const char *found = pl_text_nearest(id, candidate, n);
    return found ? pl_runtime_find(pl_slice_of(found)) : NULL;
}

const struct pl_runtime *pl_runtime_successor(const struct pl_runtime *runtime, int32_t as_of)
{
    /* go1.x was the only runtime of its kind: Go programs run on provided.al2023 (Developer Guide,
     * lambda-golang, 2026-08). */
    enum pl_language language =
        runtime->language == PL_LANG_GO ? PL_LANG_CUSTOM : runtime->language;
    for (size_t i = 0; i < pl_facts.n; i++) {
        const struct pl_runtime *other = &pl_facts.row[i];
        if (other->language == language && !(other->flags & IMAGE_ONLY) &&
            other->released <= as_of && pl_runtime_life(other, as_of) == PL_LIFE_SUPPORTED) {
            return other == runtime ? NULL : other;
        }
    }
    return NULL;
}

const struct pl_os *pl_os_of(const struct pl_runtime *runtime)
{
    return &pl_oses[runtime->os];
}

const struct pl_os *pl_os_at(size_t index)
{
    return index < PL_OS_COUNT ? &pl_oses[index] : NULL;
}

const char *pl_language_name(enum pl_language language)
{
    switch (language) {
    case PL_LANG_NODEJS:
        return "Node.js";
    case PL_LANG_PYTHON:
        return "Python";
    case PL_LANG_JAVA:
        return "Java";
    case PL_LANG_DOTNET:
        return ".NET";
    case PL_LANG_RUBY:
        return "Ruby";
    case PL_LANG_GO:
        return "Go";
    case PL_LANG_CUSTOM:
        return "custom";
    }
    return "unknown";
}

static bool reached(int32_t date, int32_t as_of)
{
    return date != PL_DATE_NONE && date <= as_of;
}

enum pl_life pl_runtime_life(const struct pl_runtime *runtime, int32_t as_of)
{
    /* The hardest state first: some old runtimes were blocked before they were deprecated. */
    if (reached(runtime->block_update, as_of)) {
        return PL_LIFE_UPDATE_BLOCKED;
    }
    if (reached(runtime->block_create, as_of)) {
        return PL_LIFE_CREATE_BLOCKED;
    }
    if (reached(runtime->deprecated, as_of)) {
        return PL_LIFE_DEPRECATED;
    }
    return runtime->flags & PREVIEW ? PL_LIFE_PREVIEW : PL_LIFE_SUPPORTED;
}

enum pl_arch pl_arch_parse(struct pl_slice s)
{
    if (pl_slice_is(s, "x86_64")) {
        return PL_ARCH_X86_64;
    }
    return pl_slice_is(s, "arm64") ? PL_ARCH_ARM64 : PL_ARCH_UNKNOWN;
}

const char *pl_arch_name(enum pl_arch arch)
{
    switch (arch) {
    case PL_ARCH_X86_64:
        return "x86_64";
    case PL_ARCH_ARM64:
        return "arm64";
    case PL_ARCH_UNKNOWN:
        break;
    }
    return "unknown";
}

/*
 * sys.builtin_module_names of CPython as it is built by default on Linux, with the first minor
 * version that has the name.  Modules/Setup.bootstrap.in of 3.14, and a 3.11 that was asked
 * (2026-11).  A static build has more names; which Lambda builds nobody published, so only these
 * are told.
 */
struct pl_builtin {
    const char *name;
    uint16_t since; /* 3.N */
};
static const struct pl_builtin pl_python_builtins[] = {
    {"_abc", 7},         {"_ast", 6},        {"_codecs", 6},   {"_collections", 6},
    {"_datetime", 14},   {"_functools", 6},  {"_imp", 6},      {"_io", 6},
    {"_locale", 6},      {"_opcode", 14},    {"_operator", 6}, {"_signal", 6},
    {"_sre", 6},         {"_stat", 6},       {"_string", 6},   {"_suggestions", 13},
    {"_symtable", 6},    {"_sysconfig", 13}, {"_thread", 6},   {"_tokenize", 11},
    {"_tracemalloc", 6}, {"_types", 14},     {"_typing", 12},  {"_warnings", 6},
    {"_weakref", 6},     {"atexit", 6},      {"builtins", 6},  {"errno", 6},
    {"faulthandler", 6}, {"gc", 6},          {"itertools", 6}, {"marshal", 6},
    {"posix", 6},        {"pwd", 6},         {"sys", 6},       {"time", 6},
    {"xxsubtype", 6},
};

bool pl_python_is_builtin(const struct pl_runtime *runtime, struct pl_slice module)
{
    if (runtime->language != PL_LANG_PYTHON || runtime->version_major != 3) {
        return false;
    }
    for (size_t i = 0; i < sizeof pl_python_builtins / sizeof *pl_python_builtins; i++) {
        const struct pl_builtin *builtin = &pl_python_builtins[i];
        if (builtin->since <= runtime->version_minor && pl_slice_is(module, builtin->name)) {
            return true;
        }
    }
    return false;
}
