/*
 * The runtimes of AWS Lambda and the operating systems under them, as data (runtimes.def) with its
 * source and date.  `plimsoll runtimes` prints these rows.
 */
#ifndef PL_PKG_LAMBDA_RUNTIMES_H
#define PL_PKG_LAMBDA_RUNTIMES_H

#include "pkg/base/slice.h"

/* The day the facts were gathered: the version of our data. */
#define PL_LAMBDA_DATA_DATE "2026-11-23"

enum pl_arch { PL_ARCH_UNKNOWN, PL_ARCH_X86_64, PL_ARCH_ARM64 };

enum pl_os_id { PL_OS_AL1, PL_OS_AL2, PL_OS_AL2023, PL_OS_COUNT };

enum pl_language {
    PL_LANG_NODEJS,
    PL_LANG_PYTHON,
    PL_LANG_JAVA,
    PL_LANG_DOTNET,
    PL_LANG_RUBY,
    PL_LANG_GO,
    PL_LANG_CUSTOM /* provided.* */
};

/* What native code may ask of it; NULL where no source says it, or where sources disagree. */
struct pl_os {
    enum pl_os_id id;
    const char *name;      /* "AL2023" */
    const char *long_name; /* "Amazon Linux 2023" */
    const char *glibc;     /* highest GLIBC_x.y */
    const char *glibcxx;   /* highest GLIBCXX surely there; NULL: sources disagree */
    const char *glibcxx_newest;
    const char *cxxabi;
    const char *cxxabi_newest;
    const char *gcc;
    const char *openssl;
    const char *zlib;
    bool libcrypt1; /* libcrypt.so.1 is there */
    const char *source;
};

/* Days since 1970, or PL_DATE_NONE. */
#define PL_DATE_NONE INT32_MIN

enum pl_runtime_flag {
    PL_RUNTIME_PREVIEW = 1u << 0,    /* announced, not generally available at the data's date */
    PL_RUNTIME_IMAGE_ONLY = 1u << 1, /* no identifier for ZIP packages */
    PL_RUNTIME_ARM64 = 1u << 2,      /* both architectures */
    PL_RUNTIME_SNAPSTART = 1u << 3,
    PL_RUNTIME_UNSURE = 1u << 4 /* a fact of this row is marked as unsure */
};

struct pl_runtime {
    const char *id; /* "python3.13" */
    enum pl_language language;
    enum pl_os_id os;
    int32_t released, deprecated, block_create, block_update; /* days */
    uint16_t version_major, version_minor; /* 3, 13; nodejs: 22, 0; provided: 0, 0 */
    uint16_t abi;        /* NODE_MODULE_VERSION, highest class-file major; 0: none */
    const char *abi_tag; /* "cp313", "net8.0", gem folder "3.4.0"; NULL: none */
    uint32_t flags;
    const char *source; /* where the dates come from */
};

/* The day of the facts in force: PL_LAMBDA_DATA_DATE, or that of newer ones (data.h). */
const char *pl_runtime_data_date(void);

enum { PL_RUNTIME_MOST = 256 };
size_t pl_runtime_count(void);
const struct pl_runtime *pl_runtime_at(size_t index); /* newest first within a language */
/* NULL when no ZIP runtime has this id; image-only rows are found too. */
const struct pl_runtime *pl_runtime_find(struct pl_slice id);
/* The id for ZIP packages nearest to a wrong one, never a preview, or NULL. */
const struct pl_runtime *pl_runtime_nearest(struct pl_slice id);
/* The newest supported runtime of the same language at a date (for go1.x of provided.*), for
 * "use ... instead"; NULL when there is none or it is the runtime itself. */
const struct pl_runtime *pl_runtime_successor(const struct pl_runtime *runtime, int32_t as_of);
const struct pl_os *pl_os_of(const struct pl_runtime *runtime);
const struct pl_os *pl_os_at(size_t index);              /* below PL_OS_COUNT */
const char *pl_language_name(enum pl_language language); /* "Node.js" */

enum pl_life {
    PL_LIFE_SUPPORTED,
    PL_LIFE_PREVIEW,
    PL_LIFE_DEPRECATED,
    PL_LIFE_CREATE_BLOCKED,
    PL_LIFE_UPDATE_BLOCKED
};
/* A date counts from its day on. */
enum pl_life pl_runtime_life(const struct pl_runtime *runtime, int32_t as_of);

/* "x86_64" or "arm64" exactly, else UNKNOWN. */
enum pl_arch pl_arch_parse(struct pl_slice s);
const char *pl_arch_name(enum pl_arch arch); /* static; "unknown" */

/* True when `module` is in sys.builtin_module_names of this Python (LAMBDA 3.1). */
bool pl_python_is_builtin(const struct pl_runtime *runtime, struct pl_slice module);

#endif
