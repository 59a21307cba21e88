/*
 * SAM and CloudFormation templates, YAML and JSON, and plans and states of Terraform and OpenTofu
 * as `show -json` prints them, and serverless.yml, as a project: the functions and layers that they
 * declare, every value with its place.
 *
 * Intrinsic functions are worked out as far as the template alone allows; a value that only the
 * service will know is PL_UNKNOWN with the reason, never a guess.  A function whose settings depend
 * on conditions is one declaration per branch (`branch_of`).
 */
#ifndef PL_PKG_PROJECT_TEMPLATE_H
#define PL_PKG_PROJECT_TEMPLATE_H

#include "pkg/project/project.h"

/* Is this text surely meant as a template, whether or not it parses?  What `terraform show -json`
 * prints counts, and a serverless.yml. */
bool pl_template_recognise(struct pl_slice text);

/* The name of the template that `serverless package` leaves. */
bool pl_template_is_packaged(struct pl_slice path);

struct pl_template_options {
    const char *root; /* folder that local paths start from; NULL: the file's own */
    /* What ${env:NAME} of the Serverless Framework stands for, NULL for nothing; may be NULL */
    const char *(*environment)(const char *name);
    /* Of a nested stack: what its parameters are given, and where `sam build` leaves what it makes
     * of it; NULL: as for any other template */
    const struct pl_nested *nested;
};

/* `path` gives the folder that local paths start from, and the name in messages.  Looks at the file
 * system to see what stands where the code should be (built, a source folder, nothing). */
PL_STATUS pl_template_parse(struct pl_project *ret, const char *path, struct pl_slice text,
                            struct pl_err *err);
PL_STATUS pl_template_read(struct pl_project *ret, const char *path, struct pl_err *err);
/* The same with options, which may be NULL. */
PL_STATUS pl_template_parse_with(struct pl_project *ret, const char *path, struct pl_slice text,
                                 const struct pl_template_options *options, struct pl_err *err);
PL_STATUS pl_template_read_with(struct pl_project *ret, const char *path,
                                const struct pl_template_options *options, struct pl_err *err);

#endif
