/*
 * What `terraform show -json` (or `tofu`) prints of a plan or a state, in CloudFormation's words.
 * The format: https://developer.hashicorp.com/terraform/internals/json-format, read 2026-11.
 * Private to pkg/project.
 */
#ifndef PL_PKG_PROJECT_TERRAFORM_H
#define PL_PKG_PROJECT_TERRAFORM_H

#include "pkg/project/graft.h"

/* Is this text surely meant as such a plan or state, whether or not it parses? */
bool pl_terraform_recognise(struct pl_slice text);
/* The same of a document that did. */
bool pl_terraform_is(const struct pl_doc *doc);

/* Takes out of the text of a plan what nothing that is judged hangs on; the rest stays in place. */
void pl_terraform_thin(char *text, size_t n);

/* Makes the Resources of a template from it; PL_ERR_CONFIG when it is no plan that can be judged.
 * `name` is what messages call the file. */
PL_STATUS pl_terraform_translate(struct pl_doc *doc, struct pl_arena *arena, const char *name,
                                 uint32_t *ret_resources, struct pl_err *err);

#endif
