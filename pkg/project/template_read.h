/*
 * Inside the template reader: values as intrinsic functions make them, and what its files share.
 */
#ifndef PL_PKG_PROJECT_TEMPLATE_READ_H
#define PL_PKG_PROJECT_TEMPLATE_READ_H

#include "pkg/base/buf.h"
#include "pkg/base/limits.h"
#include "pkg/project/assembly.h"
#include "pkg/project/comment.h"
#include "pkg/project/template.h"

/* Our own bounds: a template of 1 MB must not cost more than its size. */
#define PL_TP_DEPTH    64u      /* of intrinsic functions in each other */
#define PL_TP_STEPS    2000000u /* nodes looked at for one function */
#define PL_TP_TEXT_MAX PL_KB(64)
#define PL_TP_ATOMS    6u /* comparisons that decide one function's conditions */
#define PL_TP_BRANCHES 8u /* declarations that one function may become */
#define PL_TP_DECLS    10000u

/* Why a value is not known. */
#define PL_TP_WHY_DEPLOY    "a value is known only when the template is deployed"
#define PL_TP_WHY_PARAMETER "a value comes from a parameter without a default"
#define PL_TP_WHY_EXPORT    "a value is exported by another stack"
#define PL_TP_WHY_MACRO     "a macro of the template may set it"
#define PL_TP_WHY_RESOLVE   "a value is looked up when the template is deployed"
#define PL_TP_WHY_CONDITION "a value depends on the template's conditions"
#define PL_TP_WHY_FUNCTION  "a function of CloudFormation that is not worked out here"
#define PL_TP_WHY_APPLY     "a value is known only after apply"
#define PL_TP_WHY_VARIABLE  "a variable of the Serverless Framework is not worked out here"
#define PL_TP_WHY_STRANGE   "a value has a shape that is not understood"
#define PL_TP_WHY_TOO_MUCH  "the template is too large to be worked out"

/* Variables of Fn::ForEach, innermost first. */
struct pl_tp_loop {
    struct pl_slice name, value;
    const struct pl_tp_loop *outer;
};

enum pl_tp_kind { PL_TP_ABSENT, PL_TP_UNKNOWN, PL_TP_TEXT, PL_TP_LIST, PL_TP_MAP };

/* A value whose outermost intrinsic functions are worked out. */
struct pl_tp_value {
    uint8_t kind; /* enum pl_tp_kind */
    struct pl_pos at;
    struct pl_slice text;          /* TEXT */
    const char *why;               /* UNKNOWN, static */
    struct pl_slice ref;           /* UNKNOWN: the resource that Ref or GetAtt names, or empty */
    struct pl_slice attribute;     /* ... and what GetAtt asks of it */
    uint32_t node;                 /* LIST and MAP as they stand; PL_NODE_NONE: `item` */
    struct pl_tp_value *item;      /* LIST that a function made */
    uint32_t n;                    /* of `item` */
    const struct pl_tp_loop *loop; /* in force inside of it */
};

enum pl_tp_truth { PL_TP_NO, PL_TP_YES, PL_TP_MAYBE };

/* A comparison that conditions rest on. */
struct pl_tp_atom {
    struct pl_slice param, literal; /* param == literal */
    uint32_t node;                  /* or a comparison of anything else, by its node */
    bool value;
};

struct pl_tp {
    struct pl_project *project;
    const struct pl_doc *doc;
    const char *name;                                              /* what messages call the file */
    uint32_t parameters, mappings, conditions, resources, globals; /* nodes of maps, or none */
    uint32_t ignored; /* IgnoreGlobals of the function that is read, or none */
    bool is_sam;
    bool has_macro;     /* one that may change anything */
    bool has_transform; /* Fn::Transform may stand somewhere in it */
    struct pl_tp_atom atom[PL_TP_ATOMS];
    uint32_t n_atom;
    bool collecting; /* comparisons that are met become atoms */
    bool too_many;   /* conditions: nothing that depends on one is known */
    bool touched;    /* a parameter took part in the value */
    uint32_t steps, depth;
    size_t cap_function, cap_layer, cap_nested;
    struct pl_field *field; /* of the resource that is read; owned */
    size_t n_field, cap_field;
    struct pl_comments comments;               /* what the file itself accepts */
    struct pl_project *built;                  /* what `sam build` left, or NULL; borrowed */
    bool is_built;                             /* this template itself is what it left */
    const struct pl_template_options *options; /* or NULL */
    bool is_bundled; /* Serverless Framework: a plugin makes the files that will run */
    const struct pl_assembly *assembly; /* of the CDK, that the template belongs to, or NULL */
    const struct pl_doc *state;         /* serverless-state.json beside the template, or NULL */
};

/* A resource under its final name. */
struct pl_tp_resource {
    struct pl_slice id;
    struct pl_pos at;
    uint32_t node; /* its map */
    const struct pl_tp_loop *loop;
};

/* template_value.c */
PL_STATUS pl_tp_eval(struct pl_tp *tp, uint32_t node, const struct pl_tp_loop *loop,
                     struct pl_tp_value *ret, struct pl_err *err);
/* ABSENT when the map has no such key; UNKNOWN when `map` is, or when a macro may put it there. */
PL_STATUS pl_tp_get(struct pl_tp *tp, const struct pl_tp_value *map, const char *key,
                    struct pl_tp_value *ret, struct pl_err *err);
/* The same of a MAP where pl_doc_get told where the key's value is. */
PL_STATUS pl_tp_get_at(struct pl_tp *tp, const struct pl_tp_value *map, uint32_t node,
                       struct pl_tp_value *ret, struct pl_err *err);
/* The items of a LIST without those that are AWS::NoValue. */
PL_STATUS pl_tp_items(struct pl_tp *tp, const struct pl_tp_value *list, struct pl_tp_value **ret,
                      uint32_t *ret_n, struct pl_err *err);
/* As a setting: UNKNOWN keeps its reason; LIST and MAP are UNKNOWN too. */
struct pl_value pl_tp_setting(const struct pl_tp_value *value);
/* ${NAME} of loops put in. */
PL_STATUS pl_tp_loop_text(struct pl_tp *tp, struct pl_slice text, const struct pl_tp_loop *loop,
                          struct pl_slice *ret, struct pl_err *err);

/* template_region.c: the project's region, when the CDK has written it down. */
PL_STATUS pl_tp_read_region(struct pl_tp *tp, struct pl_err *err);

/* template_state.c: what the Serverless Framework noted beside its template, kept in *doc. */
PL_STATUS pl_tp_read_state(struct pl_tp *tp, struct pl_doc *doc, struct pl_err *err);
/* *ret is left when the state names no such artifact, or two of them. */
PL_STATUS pl_tp_find_artifact(struct pl_tp *tp, struct pl_slice name, struct pl_slice *ret,
                              struct pl_err *err);

/* template_text.c */
PL_STATUS pl_tp_sub(struct pl_tp *tp, uint32_t arg, const struct pl_tp_loop *loop,
                    struct pl_tp_value *ret, struct pl_err *err);
PL_STATUS pl_tp_ref(struct pl_tp *tp, struct pl_slice name, struct pl_pos at,
                    const struct pl_tp_loop *loop, struct pl_tp_value *ret, struct pl_err *err);
struct pl_tp_value pl_tp_unknown(struct pl_pos at, const char *why);
struct pl_tp_value pl_tp_text(struct pl_slice text, struct pl_pos at);
/* Item `i` of a list as it stands, or PL_NODE_NONE. */
uint32_t pl_tp_nth(const struct pl_tp *tp, uint32_t list, uint32_t i);
/* A text as a list of its parts. */
PL_STATUS pl_tp_split(struct pl_tp *tp, struct pl_slice text, struct pl_slice by, struct pl_pos at,
                      struct pl_tp_value *ret, struct pl_err *err);

/* template_condition.c */
PL_STATUS pl_tp_condition(struct pl_tp *tp, struct pl_slice name, enum pl_tp_truth *ret,
                          struct pl_err *err);
/* Registers the comparisons behind every Fn::If below a node. */
PL_STATUS pl_tp_collect(struct pl_tp *tp, uint32_t node, const struct pl_tp_loop *loop,
                        struct pl_err *err);
/* Sets the atoms to the assignment of this number; false when it contradicts itself. */
bool pl_tp_assign(struct pl_tp *tp, uint32_t number);

/* The function that a node calls, and its argument (the node itself for a short form). */
enum pl_tp_function {
    PL_TP_PLAIN,
    PL_TP_REF,
    PL_TP_SUB,
    PL_TP_GETATT,
    PL_TP_JOIN,
    PL_TP_SELECT,
    PL_TP_SPLIT,
    PL_TP_IF,
    PL_TP_FINDINMAP,
    PL_TP_IMPORT,
    PL_TP_TRANSFORM,
    PL_TP_LENGTH,
    PL_TP_AND,
    PL_TP_OR,
    PL_TP_NOT,
    PL_TP_EQUALS,
    PL_TP_CONDITION,
    PL_TP_NOT_KNOWN, /* another tool's value that only its run will tell */
    PL_TP_OTHER
};
enum pl_tp_function pl_tp_calls(const struct pl_tp *tp, uint32_t node, uint32_t *ret_arg);

/* template_function.c */
PL_STATUS pl_tp_read_function(struct pl_tp *tp, const struct pl_tp_resource *resource,
                              bool is_serverless, struct pl_err *err);
/* template_ignore.c: the comments that accept something, each with the resource it stands above. */
PL_STATUS pl_tp_read_comments(struct pl_tp *tp, uint32_t file, struct pl_err *err);
/* What the metadata of a function or layer accepts, and comments at it. */
PL_STATUS pl_tp_read_ignores(struct pl_tp *tp, const struct pl_tp_resource *resource, bool is_layer,
                             struct pl_err *err);
/* template_layer.c */
PL_STATUS pl_tp_read_layer(struct pl_tp *tp, const struct pl_tp_resource *resource,
                           struct pl_err *err);
/* A function's list of layers. */
PL_STATUS pl_tp_layers(struct pl_tp *tp, const struct pl_tp_value *shared,
                       const struct pl_tp_value *own, struct pl_function_decl *decl,
                       struct pl_err *err);

/* template_image.c: a function that is a container image.  `config` is its ImageConfig, `tag` the
 * DockerTag of its metadata.  Sets package, state and image of the declaration. */
struct pl_tp_image {
    struct pl_tp_value uri, config, tag;
    uint32_t uri_node;   /* what `uri` was read from, or none */
    bool has_dockerfile; /* its metadata says from what it is built */
};
PL_STATUS pl_tp_read_image(struct pl_tp *tp, const struct pl_tp_image *image,
                           struct pl_function_decl *decl, struct pl_err *err);

/* template_place.c: what stands where a function's or layer's code should be. */
struct pl_tp_code {
    struct pl_tp_value path; /* TEXT: local or s3:// */
    struct pl_slice id;      /* logical id */
    struct pl_value runtime; /* of a function */
    struct pl_slice handler; /* of a function, when it is known */
    struct pl_slice build;   /* Metadata.BuildMethod, or empty */
    bool is_layer, is_asset; /* of the CDK: copied as it stands */
    bool is_bundled;         /* an asset that the CDK has built */
    bool has_bundler;        /* an asset that the CDK would build */
    bool is_skipped;         /* one that it did not build this time */
    bool has_build;          /* sam build works on it */
    bool is_uploaded;        /* a folder is packed as it stands: CloudFormation's own resources */
};
struct pl_tp_place {
    struct pl_value package;
    uint8_t state; /* enum pl_package_state */
    const char *state_why;
    bool is_in_s3;
    bool is_plain;
    uint8_t gap; /* enum pl_gap */
    struct pl_slice other_case;
};
PL_STATUS pl_tp_find_place(struct pl_tp *tp, const struct pl_tp_code *code, struct pl_tp_place *ret,
                           struct pl_err *err);

/* Where local code stands, from the current folder: "a/../b" is "b", unless a is a link. */
PL_STATUS pl_tp_find_path(struct pl_tp *tp, struct pl_slice path, struct pl_slice *ret,
                          struct pl_err *err);

/* template_nested.c: a resource that is a stack with a template of its own beside this one. */
PL_STATUS pl_tp_read_nested(struct pl_tp *tp, const struct pl_tp_resource *resource,
                            struct pl_slice type, struct pl_err *err);
/* What the stack around this one gives a parameter; false: its default stands. */
bool pl_tp_given(const struct pl_tp *tp, struct pl_slice name, struct pl_value *ret);

/* template_inline.c: code that stands in the template itself becomes the package, where it and the
 * runtime are known. */
PL_STATUS pl_tp_read_inline(struct pl_tp *tp, struct pl_function_decl *decl, struct pl_err *err);

/* template_unbuilt.c: *ret_why, static, is NULL unless something has yet to be done to the folder
 * before it is packed as it stands. */
PL_STATUS pl_tp_find_unbuilt(const struct pl_tp_code *code, struct pl_slice folder,
                             const char **ret_why, struct pl_err *err);

#endif
