/*
 * serverless.yml of the Serverless Framework (and its fork osls), in CloudFormation's words.
 * The format: https://github.com/oss-serverless/serverless/tree/main/docs, read 2026-11.
 * Private to pkg/project.
 */
#ifndef PL_PKG_PROJECT_SERVERLESS_H
#define PL_PKG_PROJECT_SERVERLESS_H

#include "pkg/project/graft.h"
#include "pkg/project/template.h"

/* Where `serverless package` writes. */
#define PL_SLS_OUTPUT ".serverless/"

/* Is this text surely meant as such a file, whether or not it parses? */
bool pl_serverless_recognise(struct pl_slice text);
bool pl_serverless_is(const struct pl_doc *doc);

struct pl_serverless {
    uint32_t resources; /* of a template */
    bool is_bundled;    /* a plugin makes the files that will run */
};
PL_STATUS pl_serverless_translate(struct pl_doc *doc, struct pl_project *project,
                                  const struct pl_template_options *options,
                                  struct pl_serverless *ret, struct pl_err *err);
/* "hello-world" for "HelloDashworldLambdaFunction", as the file has it: ids of functions and layers
 * become what people wrote. */
void pl_serverless_rename(const struct pl_doc *doc, struct pl_project *project);

#endif
