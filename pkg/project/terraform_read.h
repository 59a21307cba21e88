/* Inside the reader of Terraform's plans: what its files share. */
#ifndef PL_PKG_PROJECT_TERRAFORM_READ_H
#define PL_PKG_PROJECT_TERRAFORM_READ_H

#include "pkg/base/map.h"
#include "pkg/project/graft.h"

enum { PL_TF_DEPTH = 64 /* of modules, of values, of references through variables */ };

/* A module of the plan, and what the configuration says of it; NONE where it says nothing. */
struct pl_tf_module {
    const struct pl_tf_module *outer;
    struct pl_slice prefix; /* of its resources' addresses: "" or "module.a." */
    uint32_t config;        /* its configuration */
    uint32_t call;          /* the expressions of the call in the outer one */
};

struct pl_tf {
    struct pl_graft graft;
    const struct pl_doc *doc;
    struct pl_map address; /* to the node of a resource's values */
    struct pl_map known;   /* an ARN, name or URL that the values have, to its resource's address */
    struct pl_map unknown; /* address to the node of after_unknown */
    struct pl_graft_list resources;
};

/* How an attribute is written in CloudFormation, where the rule (aB_c to ABC) does not give it;
 * "A.B" is B in A. */
struct pl_tf_attribute {
    const char *theirs;
    const char *ours; /* NULL: it says nothing there */
};
struct pl_tf_type {
    const char *theirs, *ours; /* ours is theirs where CloudFormation has no such resource */
    const struct pl_tf_attribute *attribute; /* up to one without a name; may be NULL */
    const char *wrap;                        /* all properties stand in this one; may be NULL */
};
/* terraform_types.c: the row of a resource's type, or NULL. */
const struct pl_tf_type *pl_tf_type_find(struct pl_slice name);
/* A block of which there is at most one: CloudFormation has a map where the plan has a list. */
bool pl_tf_is_single(struct pl_slice key);
/* A map whose keys are the user's own. */
bool pl_tf_is_free(struct pl_slice key);
/* A text of JSON: a policy of IAM, of a queue that others fall into. */
bool pl_tf_is_policy(const struct pl_tf_type *type, struct pl_slice key);
/* A number that a state has as 0 where nobody has set it, and that cannot be 0. */
bool pl_tf_is_zero_unset(struct pl_slice key);
/* What the provider gathers from other resources where the configuration does not say it. */
bool pl_tf_is_gathered(struct pl_slice key);

/* A value with what is not known of it, and the expressions that it is made of. */
struct pl_tf_value {
    uint32_t node, unknown, expression;
};

/* A resource of the plan: what it is, and where its expressions are looked up. */
struct pl_tf_own {
    const struct pl_tf_module *module;
    const struct pl_tf_type *type;
    struct pl_slice index; /* "[0]" of its address, or empty */
    struct pl_pos at;      /* where its address stands */
};

/* terraform_value.c: the resource's attributes as Properties. */
uint32_t pl_tf_properties(struct pl_tf *tf, const struct pl_tf_own *own, struct pl_tf_value value);

/* terraform_policy.c: the text of a policy as the map that it is. */
uint32_t pl_tf_policy(struct pl_tf *tf, uint32_t text);

/* terraform_region.c */
/* The text of an expression of the root module: a constant, or a variable's value; empty when it is
 * neither. */
struct pl_slice pl_tf_text(const struct pl_tf *tf, uint32_t expression);
/* Where a provider works, by the key that a resource's configuration has; empty: not known. */
struct pl_slice pl_tf_region(const struct pl_tf *tf, struct pl_slice provider);

/* terraform_ref.c: resources that an expression names; *ret_n may be more than `max`. */
struct pl_tf_reference {
    struct pl_slice address;
    struct pl_slice attribute; /* "arn"; "?" when the expression takes more than that from it */
};
PL_STATUS pl_tf_references(struct pl_tf *tf, const struct pl_tf_own *own, uint32_t expression,
                           struct pl_tf_reference *ret, uint32_t max, uint32_t *ret_n);
/* The configuration of a child module by the last part of its address; `to` borrows `outer`. */
PL_STATUS pl_tf_enter(struct pl_tf *tf, const struct pl_tf_module *outer, struct pl_slice address,
                      struct pl_tf_module *to);
/* The value of a map by a key that is no C text. */
uint32_t pl_tf_get(const struct pl_doc *doc, uint32_t map, struct pl_slice key);
/* The item of a list whose key has this text. */
uint32_t pl_tf_find(const struct pl_doc *doc, uint32_t list, const char *key,
                    struct pl_slice wanted);

#endif
