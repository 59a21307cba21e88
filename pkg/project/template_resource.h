/* Inside the template reader: what stands around the functions. */
#ifndef PL_PKG_PROJECT_TEMPLATE_RESOURCE_H
#define PL_PKG_PROJECT_TEMPLATE_RESOURCE_H

#include "pkg/project/resource.h"
#include "pkg/project/template_read.h"

/* template_resource.c */
/* A resource that is neither a function nor a layer, with what it lists; of a function, its events.
 * Types that nobody asks about add nothing. */
PL_STATUS pl_tp_read_resource(struct pl_tp *tp, const struct pl_tp_resource *resource,
                              struct pl_slice type, struct pl_err *err);
/* Does the function that is read take nothing from this property of Globals?  `path` begins with
 * its name: "VpcConfig.SubnetIds". */
bool pl_tp_ignores_global(const struct pl_tp *tp, const char *path);
/* The further settings of a function; `shared` is Globals, or NULL. */
PL_STATUS pl_tp_read_settings(struct pl_tp *tp, const struct pl_tp_value *own,
                              const struct pl_tp_value *shared, struct pl_function_decl *decl,
                              struct pl_err *err);
PL_STATUS pl_tp_put_field(struct pl_tp *tp, const struct pl_field *field, struct pl_err *err);

/* template_raw.c */
/* A text that functions make, as one with its references in it: "/aws/lambda/${Fn}"; empty when it
 * is none. */
PL_STATUS pl_tp_raw(struct pl_tp *tp, uint32_t node, struct pl_slice *ret, struct pl_err *err);
/* The one resource that such a text names; empty when it names none or several. */
void pl_tp_mention(const struct pl_tp *tp, struct pl_slice raw, struct pl_slice *ret_ref,
                   struct pl_slice *ret_attribute);
/* Account ids that the file's format reads as numbers. */
PL_STATUS pl_tp_find_accounts(struct pl_tp *tp, struct pl_err *err);

#endif
