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

/* How an attribute is written in CloudFormation, where the rule (aB_c to ABC) does not give it. */
struct pl_tf_attribute {
    const char *theirs;
    const char *ours; /* NULL: it says nothing there */
};
struct pl_tf_type {
    const char *theirs, *ours;
    const struct pl_tf_attribute *attribute; /* up to one without a name; may be NULL */
};
/* terraform_types.c: the row of a resource's type, or NULL. */
const struct pl_tf_type *pl_tf_type_find(struct pl_slice name);
/* A block of which there is at most one: CloudFormation has a map where the plan has a list. */
bool pl_tf_is_single(struct pl_slice key);
/* A map whose keys are the user's own. */
bool pl_tf_is_free(struct pl_slice key);

/* A value with what is not known of it, and the expressions that it is made of. */
struct pl_tf_value {
    uint32_t node, unknown, expression;
};

/* terraform_value.c: the resource's attributes as Properties. */
uint32_t pl_tf_properties(struct pl_tf *tf, const struct pl_tf_module *module,
                          const struct pl_tf_type *type, struct pl_tf_value value);

/* terraform_ref.c: resources that an expression names; *ret_n may be more than `max`. */
PL_STATUS pl_tf_references(struct pl_tf *tf, const struct pl_tf_module *module, uint32_t expression,
                           struct pl_slice *ret, uint32_t max, uint32_t *ret_n);
/* The configuration of a child module by the last part of its address; `to` borrows `outer`. */
PL_STATUS pl_tf_enter(struct pl_tf *tf, const struct pl_tf_module *outer, struct pl_slice address,
                      struct pl_tf_module *to);
/* The item of a list whose key has this text. */
uint32_t pl_tf_find(const struct pl_doc *doc, uint32_t list, const char *key,
                    struct pl_slice wanted);

#endif
