/* Private to the judging of native code: what its parts share. */
#ifndef PL_PKG_SURVEY_NATIVE_JUDGE_H
#define PL_PKG_SURVEY_NATIVE_JUDGE_H

#include "pkg/base/doc.h"
#include "pkg/base/map.h"
#include "pkg/survey/look.h"
#include "pkg/survey/native_load.h"

/* A native file in the view. */
struct pl_native_file {
    struct pl_ref at;
    const struct pl_native *fact;
    const struct pl_entry *entry;
    struct pl_slice root; /* where its package is mounted */
    uint32_t seen;        /* the closure that has been here first; 0: none */
    bool used;            /* it is loaded, or its fault was told */
};

/* While on, what would be told is counted only. */
struct pl_native_probe {
    bool on;
    uint32_t told;  /* all of it */
    uint32_t fresh; /* what no earlier fault says already */
};

struct pl_native_judging {
    struct pl_looker l; /* the function, its view, scratch memory */
    const struct pl_os *os;
    enum pl_arch arch;
    struct pl_native_file *file; /* by mount, then entry */
    uint32_t n_file;
    uint32_t mount_first[PL_VIEW_MOUNTS + 1]; /* where each mount's files begin */
    struct pl_map names;                      /* file name or soname to index in `file` */
    struct pl_arena *arena;
    struct pl_native_fault *fault; /* owned until the end */
    uint32_t n_fault;
    size_t cap_fault;
    uint32_t n_closed; /* closures; the last one's number */
    struct pl_native_probe probe;
};

/* The native file that a path led to, or NULL. */
struct pl_native_file *pl_native_file_of(struct pl_native_judging *j, struct pl_ref at);

/* What loading a file by itself comes to; FINE when nothing speaks against it. */
struct pl_native_try {
    uint8_t what;
    uint8_t sure;
    struct pl_slice need, library;
};
/* Kind, machine and C library only. */
void pl_native_try(const struct pl_native_judging *j, const struct pl_native_file *file,
                   struct pl_native_try *ret);

/* Adds to the faults; those of the same kind, owner and need are one. */
PL_STATUS pl_native_tell(struct pl_native_judging *j, struct pl_native_file *file,
                         const struct pl_native_fault *fault, struct pl_err *err);

/* The file would be loaded: versions, libraries, and theirs.  `owner` is whose it is. */
PL_STATUS pl_native_close(struct pl_native_judging *j, struct pl_native_file *root,
                          struct pl_slice owner, bool optional, struct pl_err *err);
/* Forgets which files the last closure saw first. */
void pl_native_reopen(struct pl_native_judging *j);

/* Its versions alone; `file` need not be one of the view. */
PL_STATUS pl_native_versions(struct pl_native_judging *j, struct pl_native_file *file,
                             struct pl_slice owner, struct pl_err *err);

/* What an npm package says about a build that does not load: that it is for other platforms only
 * (package.json), or that the code goes on without (a try around the require, or dependents that
 * list it as optional).  Reads; for packages that would be told about only. */
struct pl_native_excuse {
    bool other_platform;
    bool optional;
};
PL_STATUS pl_native_excuse_npm(struct pl_native_judging *j, const struct pl_native_file *file,
                               struct pl_slice folder, struct pl_slice name,
                               struct pl_native_excuse *ret, struct pl_err *err);

/* May one of the handler's own files load the library by its name (ctypes, cffi, dlopen)?  *ret
 * is that file; its package is NULL when none does.  Reads. */
PL_STATUS pl_native_named(struct pl_native_judging *j, const struct pl_native_file *file,
                          struct pl_ref *ret, struct pl_err *err);

/* Does a package list it as an optional dependency? */
PL_STATUS pl_native_optional_npm(const struct pl_package *package, struct pl_slice name, bool *ret,
                                 struct pl_err *err);

/* The text of a small file; empty when it cannot be read. */
PL_STATUS pl_native_read_text(const struct pl_package *package, uint32_t entry, struct pl_buf *to,
                              struct pl_err *err);
/* package.json as a document, with *ret_is false when it is none. */
PL_STATUS pl_native_parse_json(struct pl_slice text, struct pl_doc *ret, bool *ret_is,
                               struct pl_err *err);

/* What the name of an npm package or a path says about its platform. */
enum pl_native_said { PL_NATIVE_SAID_NOTHING, PL_NATIVE_SAID_THIS, PL_NATIVE_SAID_OTHER };
enum pl_native_said pl_native_platform_of(const struct pl_native_judging *j, struct pl_slice name);

/* Is the file one of Prisma's query engines?  *ret is Prisma's word for its platform. */
bool pl_native_prisma_target(struct pl_slice path, struct pl_slice *ret);
PL_STATUS pl_native_judge_prisma(struct pl_native_judging *j, struct pl_err *err);

/* The part of a path below a folder where Python looks, of what is mounted at `root`; false when it
 * lies below none. */
bool pl_native_below_path(const struct pl_native_judging *j, struct pl_slice root,
                          struct pl_slice name, struct pl_slice *ret_base, struct pl_slice *ret);
/* "numpy/_core/_umath": are all parts names that an import can have? */
bool pl_native_is_importable(struct pl_slice stem);
/* What mypyc's modules share: imported by these alone, and each of them has its source beside it.
 */
bool pl_native_is_mypyc(struct pl_slice stem);
PL_STATUS pl_native_judge_python(struct pl_native_judging *j, struct pl_err *err);
/* Distributions that lack a part, or are for another platform; names them in the faults. */
PL_STATUS pl_native_judge_dists(struct pl_native_judging *j, struct pl_err *err);
/* The distributions of faults that were told later. */
PL_STATUS pl_native_name_dists(struct pl_native_judging *j, struct pl_err *err);
/* Java, .NET, Ruby: libraries that come as one build for each platform. */
PL_STATUS pl_native_judge_kin(struct pl_native_judging *j, struct pl_err *err);
PL_STATUS pl_native_judge_node(struct pl_native_judging *j, struct pl_err *err);
/* The folder of the innermost npm package that a file belongs to, or the file's own folder. */
struct pl_slice pl_native_npm_folder(struct pl_slice name);
/* npm packages whose build for this platform is a package of its own, which is not there. */
PL_STATUS pl_native_judge_absent(struct pl_native_judging *j, struct pl_err *err);
/* Last: what nothing would load, and is made for another platform. */
PL_STATUS pl_native_judge_rest(struct pl_native_judging *j, struct pl_err *err);

#endif
