/*
 * Inside the manifest reader: what its files share.  A table (manifest_keys.def) says which keys a
 * place may have and who reads each; the readers below put one value where the row says.
 */
#ifndef PL_PKG_PROJECT_MANIFEST_READ_H
#define PL_PKG_PROJECT_MANIFEST_READ_H

#include "pkg/base/map.h"
#include "pkg/project/manifest.h"

/* Our own bounds: they keep a hostile manifest from costing more than its size. */
#define PL_MF_NAME_MAX  140   /* of a function or layer */
#define PL_MF_DECLS_MAX 10000 /* functions and layers together */
#define PL_MF_ENV_MAX   1000  /* variables of one function: 4 KB hold fewer than 600 */
#define PL_MF_QUOTE_MAX 60    /* bytes of a value that a message repeats */

/* A number of a macro as a string literal. */
#define PL_MF_TEXT_OF(number)  PL_MF_TEXT_OF_(number)
#define PL_MF_TEXT_OF_(number) #number

/* What the places are called in struct pl_manifest_key. */
#define PL_MF_TEXT_TOP       ""
#define PL_MF_TEXT_DEFAULTS  "defaults"
#define PL_MF_TEXT_FUNCTION  "functions.*"
#define PL_MF_TEXT_LAYER     "layers.*"
#define PL_MF_TEXT_SOURCE    "source"
#define PL_MF_TEXT_INLINE    "source.text"
#define PL_MF_TEXT_PYTHON    "source.python"
#define PL_MF_TEXT_NPM       "source.npm"
#define PL_MF_TEXT_LAYER_REF "functions.*.layers.*"
#define PL_MF_TEXT_LINT      "lint"
#define PL_MF_TEXT_IGNORE    "lint.ignore.*"

enum pl_mf_where {
    PL_MF_TOP,
    PL_MF_DEFAULTS,
    PL_MF_FUNCTION,
    PL_MF_LAYER,
    PL_MF_SOURCE,
    PL_MF_INLINE,
    PL_MF_PYTHON,
    PL_MF_NPM,
    PL_MF_LAYER_REF,
    PL_MF_LINT,
    PL_MF_IGNORE
};

/* FUNCTION and DEFAULTS: a declaration while it is read. */
struct pl_mf_function {
    struct pl_function_decl decl;
    bool has_layers; /* an empty list is a list */
};

/* LAYER_REF */
struct pl_mf_layer_ref {
    struct pl_value arn, contents;
};

/* TOP, and what the whole reading needs.  LAYER, SOURCE and LINT fill the structures of project.h:
 * pl_layer_decl, pl_source, pl_project. */
struct pl_mf {
    struct pl_project *project;
    const struct pl_doc *doc;
    const char *name; /* what messages call the file */
    uint32_t defaults_node, functions_node, layers_node, lint_node, template_node;
    struct pl_project *template_; /* what `template` names, or NULL; in the project's arena */
    uint8_t upload;               /* enum pl_upload */
    struct pl_map names;  /* lower-case names of functions and layers: line * 2 + (is a layer) */
    struct pl_map layers; /* names and paths of layers, as written: index */
    size_t cap_layer;
    struct pl_mf_function defaults;
    struct pl_manifest_mistakes *mistakes; /* NULL: the first one ends the reading */
    struct pl_pos failed_at;               /* what pl_mf_fail was told last */
    bool is_noted;                         /* the error that is being returned stands in mistakes */
};

struct pl_mf_row;
typedef PL_STATUS (*pl_mf_fn)(struct pl_mf *mf, const struct pl_mf_row *row, uint32_t node,
                              void *into, struct pl_err *err);
struct pl_mf_row {
    enum pl_mf_where where;
    const char *where_text;
    const char *key;
    pl_mf_fn read;
    size_t offset;
};

/* "file:line:col: message" at a node; returns PL_ERR_CONFIG. */
enum pl_status pl_mf_fail(struct pl_mf *mf, uint32_t node, struct pl_err *err, const char *fmt, ...)
    PL_PRINTF(4, 5) PL_COLD;
/* Where reading can go on behind a mistake: notes it, unless a reader further down did, and says
 * whether to go on.  One that did go on ends with pl_mf_end(). */
bool pl_mf_note(struct pl_mf *mf, const struct pl_err *err);
/* PL_OK, or the code of an error that was noted. */
PL_STATUS pl_mf_end(struct pl_mf *mf, bool failed, struct pl_err *err);
/* A piece of the manifest made safe and short for a message.  Borrowed from the project's arena. */
const char *pl_mf_quote(struct pl_mf *mf, struct pl_slice text);
/* "a list", "a map", "nothing", "text". */
const char *pl_mf_found(const struct pl_mf *mf, uint32_t node);

/* YAML's own tags (!!str) say what the value is anyway; others are functions of another format. */
bool pl_mf_tag_known(struct pl_slice tag);

/* Reads every key of a map by the rows of `where`; `what` names the place in messages. */
PL_STATUS pl_mf_map(struct pl_mf *mf, enum pl_mf_where where, uint32_t node, const char *what,
                    void *into, struct pl_err *err);
/* Refuses what is not a map, or carries a tag. */
PL_STATUS pl_mf_want_map(struct pl_mf *mf, uint32_t node, const char *what, struct pl_err *err);
PL_STATUS pl_mf_want_list(struct pl_mf *mf, uint32_t node, const char *what, struct pl_err *err);
/* One scalar that is not empty and has no NUL; `wanted` is "text", "a path" ... */
PL_STATUS pl_mf_scalar(struct pl_mf *mf, uint32_t node, const char *what, const char *wanted,
                       struct pl_value *ret, struct pl_err *err);
/* A list of such scalars, in the project's arena. */
PL_STATUS pl_mf_scalars(struct pl_mf *mf, uint32_t node, const char *what, const char *wanted,
                        struct pl_patterns *ret, struct pl_err *err);

/* Refuses settings of `prune` and `pyc` that contradict each other; `key` is the declaration. */
PL_STATUS pl_mf_check_weight(struct pl_mf *mf, uint32_t key, uint32_t prune, uint8_t pyc,
                             struct pl_err *err);
/* manifest_layer.c */
PL_STATUS pl_mf_read_layers(struct pl_mf *mf, struct pl_err *err);
/* One item of a function's `layers`. */
PL_STATUS pl_mf_layer_item(struct pl_mf *mf, uint32_t node, struct pl_layer_ref *ret,
                           struct pl_err *err);
/* Refuses a name that cannot be a file name, or that is taken. */
PL_STATUS pl_mf_take_name(struct pl_mf *mf, uint32_t key, bool is_layer, struct pl_slice *ret,
                          struct pl_err *err);
/* manifest_function.c */
PL_STATUS pl_mf_read_functions(struct pl_mf *mf, struct pl_err *err);
/* The shared variables first, a function's own value in the place of a shared one. */
PL_STATUS pl_mf_merge_environment(struct pl_mf *mf, const struct pl_function_decl *shared,
                                  struct pl_function_decl *decl, struct pl_err *err);
/* manifest_template.c: `template`, and what it says about a function whose key this is. */
PL_STATUS pl_mf_read_template(struct pl_mf *mf, struct pl_err *err);
PL_STATUS pl_mf_take_from_template(struct pl_mf *mf, uint32_t key, struct pl_mf_function *function,
                                   struct pl_err *err);
/* A source is of one kind. */
PL_STATUS pl_mf_take_kind(struct pl_mf *mf, uint32_t node, struct pl_source *source,
                          enum pl_source_kind kind, struct pl_err *err);
/* A relative path that is not too long; `key` names it in messages. */
PL_STATUS pl_mf_relative_path(struct pl_mf *mf, const char *key, uint32_t node,
                              struct pl_value *ret, struct pl_err *err);
/* manifest_source.c: one or more sources from a scalar, a map or a list. */
PL_STATUS pl_mf_sources(struct pl_mf *mf, uint32_t node, struct pl_source **ret, uint32_t *ret_n,
                        struct pl_err *err);

#define PL_MF_READER(name)                                                                   \
    PL_STATUS name(struct pl_mf *mf, const struct pl_mf_row *row, uint32_t node, void *into, \
                   struct pl_err *err)
PL_MF_READER(pl_mf_later);
PL_MF_READER(pl_mf_text);
PL_MF_READER(pl_mf_whole);
PL_MF_READER(pl_mf_architecture);
PL_MF_READER(pl_mf_upload);
PL_MF_READER(pl_mf_patterns);
PL_MF_READER(pl_mf_include);
PL_MF_READER(pl_mf_prune);
PL_MF_READER(pl_mf_pyc);
PL_MF_READER(pl_mf_compression);
PL_MF_READER(pl_mf_rules_as_of);
PL_MF_READER(pl_mf_rules);
PL_MF_READER(pl_mf_levels);
PL_MF_READER(pl_mf_fail_on);
PL_MF_READER(pl_mf_ignores);
PL_MF_READER(pl_mf_date);
PL_MF_READER(pl_mf_environment);
PL_MF_READER(pl_mf_function_layers);
PL_MF_READER(pl_mf_function_sources);
PL_MF_READER(pl_mf_layer_sources);
PL_MF_READER(pl_mf_compatible_runtimes);
PL_MF_READER(pl_mf_source_python);
PL_MF_READER(pl_mf_source_npm);
PL_MF_READER(pl_mf_python_file);
PL_MF_READER(pl_mf_python_packages);
PL_MF_READER(pl_mf_python_tool);
PL_MF_READER(pl_mf_npm_package);
PL_MF_READER(pl_mf_source_path);
PL_MF_READER(pl_mf_source_to);
PL_MF_READER(pl_mf_source_archive);
PL_MF_READER(pl_mf_source_extension);
PL_MF_READER(pl_mf_source_run);
PL_MF_READER(pl_mf_source_inputs);
PL_MF_READER(pl_mf_source_text);
PL_MF_READER(pl_mf_inline_to);
PL_MF_READER(pl_mf_inline_content);
PL_MF_READER(pl_mf_source_strip);
PL_MF_READER(pl_mf_source_mode);
PL_MF_READER(pl_mf_source_symlinks);
PL_MF_READER(pl_mf_flag);

#endif
