/*
 * What is asked: functions and layers with their settings, every value with the place it came from.
 * Readers (of manifests and of templates) and the command line fill the same model.
 * Declarations only: nothing here opens a package.
 */
#ifndef PL_PKG_PROJECT_PROJECT_H
#define PL_PKG_PROJECT_PROJECT_H

#include "pkg/base/arena.h"
#include "pkg/base/doc.h"
#include "pkg/base/err.h"
#include "pkg/base/slice.h"
#include "pkg/lambda/runtimes.h"

struct pl_field; /* resource.h */
struct pl_resource;

enum pl_known {
    PL_ABSENT,  /* nobody said anything, and the service has no default */
    PL_DEFAULT, /* the service's default, where a template or manifest is silent */
    PL_GIVEN,
    PL_UNKNOWN /* given, but only the service will know the value; `why` says so */
};

struct pl_value {
    uint8_t known; /* enum pl_known */
    bool secret;   /* never printed: an environment value */
    struct pl_slice text;
    struct pl_pos at;
    const char *why; /* static; for UNKNOWN */
};

/* A file that settings came from: for positions and for quoting a source line. */
struct pl_source_file {
    struct pl_slice path; /* as given or found */
    struct pl_slice text; /* whole content */
    uint32_t *line;       /* where each line starts in it */
    uint32_t n_line;
};

struct pl_env_var {
    struct pl_slice key;
    struct pl_pos key_at;
    struct pl_value value; /* secret */
};

/* Which files of a folder a source takes: lists in manifest order. */
struct pl_patterns {
    struct pl_value *at;
    uint32_t n;
};

enum pl_source_kind {
    PL_SOURCE_PATH,
    PL_SOURCE_ARCHIVE, /* `path` is the archive's */
    PL_SOURCE_TEXT,    /* `to` is the file's whole name, `path` what messages call the source */
    PL_SOURCE_PYTHON,  /* packages that pip or uv installs; `path` is what messages call it */
    PL_SOURCE_NPM,     /* packages that npm installs; `path` is the folder of package.json */
    PL_SOURCE_RUN      /* what a command makes; `path` is the command */
};

enum pl_python_tool { PL_PYTHON_ANY, PL_PYTHON_PIP, PL_PYTHON_UV };

/* What is to be installed (PYTHON). */
struct pl_install_decl {
    struct pl_patterns package; /* requirements, as pip reads them */
    uint8_t tool;               /* enum pl_python_tool */
    bool has_requirements;      /* `path` is a file of them */
    bool has_lock;              /* `path` is a uv.lock or poetry.lock */
};

/* What becomes of a source's symbolic links. */
enum pl_symlinks {
    PL_SYMLINKS_AUTO,     /* those that lead inside the ZIP or into Lambda's folders stay */
    PL_SYMLINKS_FOLLOW,   /* none stays */
    PL_SYMLINKS_PRESERVE, /* all stay as they are */
    PL_SYMLINKS_ERROR     /* there must be none */
};

/* One item of `sources`. */
struct pl_source {
    uint8_t kind;            /* enum pl_source_kind */
    uint8_t symlinks;        /* enum pl_symlinks */
    bool optional;           /* it need not exist */
    bool extension;          /* of Lambda: into extensions/, executable */
    bool replace;            /* its files take the place of different ones of earlier sources */
    uint16_t mode;           /* of its files; 0: chosen by what they are */
    uint32_t strip;          /* leading components that names lose */
    struct pl_value path;    /* relative to the manifest's folder */
    struct pl_value content; /* TEXT; never printed */
    struct pl_install_decl install; /* PYTHON */
    struct pl_patterns inputs;      /* RUN: files and folders that the command reads */
    struct pl_slice made; /* PYTHON, NPM, RUN: the folder of what was installed or made, NUL behind;
                             empty: it is not there.  The command line sets it */
    struct pl_value to; /* place in the ZIP; ABSENT: the root; GIVEN and empty: the root by name */
    struct pl_patterns include, exclude;
    struct pl_pos at;
};

/* Presets of `prune`, as bits of a set.  What each takes: pkg/build/presets.def. */
#define PL_PRUNE_LIST(X) X(pycache) X(tests) X(typings) X(sourcemaps) X(docs) X(headers) X(vcs)
enum pl_prune {
#define PL_PRUNE_ENUM(name) PL_PRUNE_##name,
    PL_PRUNE_LIST(PL_PRUNE_ENUM)
#undef PL_PRUNE_ENUM
        PL_PRUNE_COUNT
};

/* What becomes of .pyc files. */
enum pl_pyc {
    PL_PYC_KEEP,   /* they go in as they are */
    PL_PYC_DROP,   /* they stay out where their source goes in */
    PL_PYC_RESTAMP /* valid ones are made valid for good, others stay out */
};

/* How hard a ZIP is compressed; FIT: from DEFAULT up, until direct uploads take it. */
enum pl_compression {
    PL_COMPRESSION_ABSENT, /* not said */
    PL_COMPRESSION_FAST,
    PL_COMPRESSION_DEFAULT,
    PL_COMPRESSION_BEST,
    PL_COMPRESSION_MAX,
    PL_COMPRESSION_FIT
};

enum pl_upload { PL_UPLOAD_UNKNOWN, PL_UPLOAD_DIRECT, PL_UPLOAD_S3 };

/* Why a package can or cannot be judged.  What a manifest builds from `path` sources is an ARTIFACT
 * without a `package`: no build of somebody else's will change it. */
enum pl_package_state {
    PL_PACKAGE_ARTIFACT,
    PL_PACKAGE_SOURCE,
    PL_PACKAGE_ABSENT,
    PL_PACKAGE_OPAQUE
};

/* How sure it is that a path which is not there is a mistake. */
enum pl_gap {
    PL_GAP_DOUBTFUL, /* something that we do not see may make it */
    PL_GAP_CHECKOUT, /* it is one when other paths of the project are there */
    PL_GAP_SURE
};

/* A reference from a function to a layer: one of our own by name, a path, or an ARN. */
struct pl_layer_ref {
    struct pl_value name; /* as written */
    uint32_t layer;       /* index in project->layer, or PL_NO_INDEX for an ARN without contents */
};
#define PL_NO_INDEX UINT32_MAX

struct pl_layer_decl {
    struct pl_slice id; /* its name in the manifest, or the path of a ready-made one as written */
    struct pl_pos at;
    struct pl_value *compatible_runtime;
    uint32_t n_compatible_runtime;
    struct pl_value architecture;
    struct pl_source *source;
    uint32_t n_source;
    struct pl_patterns include, exclude; /* of the whole layer */
    uint32_t prune;                      /* bits by enum pl_prune */
    uint8_t pyc;                         /* enum pl_pyc */
    uint8_t compression;                 /* enum pl_compression */
    struct pl_value package; /* path of a ZIP or folder to judge, from the current folder; ABSENT:
                                built from sources */
    uint8_t state;           /* enum pl_package_state */
    const char *state_why;   /* not ARTIFACT: why there is nothing final to judge; NULL: no reason
                                that we know.  Static, or of the project's arena */
    uint8_t gap;             /* ABSENT: enum pl_gap */
    struct pl_slice other_case; /* ABSENT: what is there, and differs in case only; or empty */
    uint8_t upload;             /* enum pl_upload */
};

/* What a template says of a function that is a container image: PackageType and ImageConfig. */
struct pl_image_decl {
    bool is;
    struct pl_value *entrypoint, *command; /* in the image's stead, when there are any */
    uint32_t n_entrypoint, n_command;
    struct pl_value workdir;
    struct pl_slice name; /* which image of an archive that holds several; NUL behind, or empty */
    const char *why;      /* some of it is known only to the service; NULL: all is known here */
};

struct pl_function_decl {
    struct pl_slice id; /* logical id; for a bare package its base name without .zip */
    struct pl_pos at;
    uint32_t branch; /* of a function whose settings depend on conditions: how many declarations
                        before this one its first stands */
    struct pl_value handler, runtime, architecture, memory, timeout;
    struct pl_value name, ephemeral, concurrency, snap_start; /* of templates */
    struct pl_value other_architecture; /* ABSENT, unless a list names more than one */
    struct pl_image_decl image;
    bool is_managed;          /* it may run on instances of its own, which have other limits */
    struct pl_field *setting; /* those that few rules ask for: resource.h */
    uint32_t n_setting;
    const char *setting_why;     /* a setting that is absent may be there after all; NULL: no */
    struct pl_value inline_code; /* of templates; ABSENT: the code is elsewhere */
    bool is_image;               /* it is said to be a container image */
    struct pl_env_var *env;
    uint32_t n_env;
    struct pl_pos env_at;
    const char *env_why; /* there may be more variables than these; NULL: these are all */
    struct pl_layer_ref *layer;
    uint32_t n_layer;
    struct pl_pos layers_at;
    struct pl_source *source;
    uint32_t n_source;
    struct pl_patterns include, exclude; /* of the whole function */
    uint32_t prune;                      /* bits by enum pl_prune */
    uint8_t pyc;                         /* enum pl_pyc */
    bool skip_provided;                  /* what its layers hold too stays out */
    uint8_t compression;                 /* enum pl_compression */
    struct pl_value package; /* path of a ZIP or folder to judge, from the current folder; ABSENT:
                                built from sources */
    uint8_t state;           /* enum pl_package_state */
    const char *state_why;   /* as a layer's */
    uint8_t gap;             /* as a layer's */
    struct pl_slice other_case; /* as a layer's */
    bool is_in_s3;              /* OPAQUE: it is a ZIP there, surely no image */
    bool is_plain;  /* SOURCE: a build adds files, and leaves the handler's where it is */
    uint8_t upload; /* enum pl_upload */
};

/* Lines of one file, both included; file 0: none. */
struct pl_lines {
    uint32_t file, first, last;
};

/* Findings that somebody accepts: an item of `lint: ignore:`, or of a template's own metadata. */
struct pl_lint_ignore {
    struct pl_value rule;           /* id, name, former name or prefix */
    struct pl_value path, function; /* patterns; ABSENT: all */
    struct pl_value layer;          /* id of one whose package it is about; ABSENT: any */
    struct pl_value reason;         /* required */
    struct pl_value expires;        /* YYYY-MM-DD, the last day; ABSENT: never */
    struct pl_slice root;           /* folder that `path` counts from */
    struct pl_slice here;           /* from there down to the current one; may be empty */
    struct pl_pos at;
    bool of_template;      /* stands in the resource's metadata, or in a comment above it */
    struct pl_lines lines; /* of a comment above another resource: what is said of these lines */
    bool is_nowhere;       /* a comment above nothing: it matches nothing */
    bool is_shared; /* of a plimsoll.yaml for several projects: that it matches nothing here says
                       nothing */
};

struct pl_lint_level {
    struct pl_value rule, level;
};

/* How `lint` judges a project: `lint:` of a plimsoll.yaml. */
struct pl_lint_config {
    struct pl_value rules_as_of, fail_on;
    struct pl_patterns exclude; /* paths that a folder's lint leaves out */
    struct pl_patterns select;  /* the rules to apply; none: all */
    struct pl_lint_level *level;
    uint32_t n_level;
    struct pl_lint_ignore *ignore;
    uint32_t n_ignore;
    uint32_t room_ignore; /* of `ignore`, for pl_project_add_ignore; 0: it is full */
    bool pedantic;
};

/* What a template gives a parameter of a stack that it nests. */
struct pl_given {
    struct pl_slice name;
    struct pl_value value;
};

/* A stack of a template's own, whose template stands beside it. */
struct pl_nested {
    struct pl_slice path;  /* from the current folder, NUL behind */
    struct pl_slice built; /* what `sam build` makes of it, if it was run; NUL behind */
    struct pl_pos at;
    struct pl_given *given; /* a parameter that is not here has its default */
    uint32_t n_given;
    const char *given_why; /* there may be more, and why; NULL: these are all */
};

enum pl_project_kind { PL_PROJECT_OPTIONS, PL_PROJECT_MANIFEST, PL_PROJECT_TEMPLATE };

/* Who wrote a template, where it matters for what is said. */
enum pl_dialect {
    PL_DIALECT_NONE,
    PL_DIALECT_CLOUDFORMATION,
    PL_DIALECT_SAM,
    PL_DIALECT_CDK,
    PL_DIALECT_SERVERLESS,
    PL_DIALECT_TERRAFORM
};

struct pl_project {
    uint8_t kind;                /* enum pl_project_kind */
    struct pl_source_file *file; /* [pos.file - 1] */
    uint32_t n_file;
    struct pl_slice root; /* folder that relative paths start from, "." or ending without '/' */
    struct pl_function_decl *function;
    uint32_t n_function;
    struct pl_layer_decl *layer;
    uint32_t n_layer;
    uint8_t dialect;              /* enum pl_dialect */
    struct pl_resource *resource; /* what stands around the functions: resource.h */
    uint32_t n_resource;
    size_t cap_resource;
    struct pl_value *account; /* account ids that YAML or JSON reads as numbers */
    uint32_t n_account;
    struct pl_value region; /* where all of it is deployed; ABSENT: nobody has said so */
    struct pl_nested *nested;
    uint32_t n_nested;
    struct pl_lint_config lint;
    struct pl_arena arena; /* everything above */
};

void pl_project_init(struct pl_project *project);
void pl_project_done(struct pl_project *project);

/* Adds a file and returns its number (from 1) for pl_pos. Copies both. */
PL_STATUS pl_project_add_file(struct pl_project *project, struct pl_slice path,
                              struct pl_slice text, uint32_t *ret_file, struct pl_err *err);
/* The path of a file or folder that a manifest or template names from its own folder, as one from
 * the current folder. */
PL_STATUS pl_project_path(struct pl_project *project, struct pl_slice path, struct pl_slice *ret,
                          struct pl_err *err);
/* The folder of `path`, a file, becomes the root. */
PL_STATUS pl_project_set_root(struct pl_project *project, const char *path, struct pl_err *err);
/* Judges `to` by the lint section of another project, a plimsoll.yaml above it, behind its own
 * ignores.  Copies everything. */
PL_STATUS pl_project_adopt_lint(struct pl_project *to, const struct pl_project *from,
                                struct pl_err *err);
/* One more ignore. */
PL_STATUS pl_project_add_ignore(struct pl_project *project, const struct pl_lint_ignore *ignore,
                                struct pl_err *err);
/* Index, or PL_NO_INDEX. */
uint32_t pl_project_find_function(const struct pl_project *project, struct pl_slice id);
uint32_t pl_project_find_layer(const struct pl_project *project, struct pl_slice id);
/* The line a position stands in, without its line end; false for positions outside of files. */
bool pl_project_line(const struct pl_project *project, struct pl_pos at, struct pl_slice *ret);

struct pl_value pl_value_given(struct pl_slice text, struct pl_pos at);
struct pl_value pl_value_default(const char *text);
/* GIVEN or DEFAULT. */
bool pl_value_has(const struct pl_value *value);
/* "0.1" or "0.1.2" as three numbers. */
bool pl_version_parse(struct pl_slice text, uint64_t ret[3]);
/* Is version `a` later than `b`?  False when one of them is no version. */
bool pl_version_is_later(struct pl_slice a, struct pl_slice b);
/* A known whole decimal number (sign allowed), bounded to int64. */
bool pl_value_int(const struct pl_value *value, int64_t *ret);

#endif
