/* Inside the reader of serverless.yml: what its files share. */
#ifndef PL_PKG_PROJECT_SERVERLESS_READ_H
#define PL_PKG_PROJECT_SERVERLESS_READ_H

#include "pkg/project/serverless.h"

enum {
    PL_SLS_DEPTH = 48,     /* of values and of variables in variables */
    PL_SLS_STEPS = 200000, /* values looked at in one file */
    PL_SLS_FILES = 64      /* read for ${file(...)} */
};

#define PL_SLS_ROLE "IamRoleLambdaExecution" /* the framework's own */

struct pl_sls {
    struct pl_graft graft;
    const struct pl_doc *doc;
    struct pl_project *project;
    const struct pl_template_options *options;
    uint32_t root; /* of the file as it stands */
    uint32_t steps, depth, files;
    /* Sections, with their variables worked out. */
    uint32_t provider, package, custom;
    struct pl_slice service, stage; /* empty: not known */
    struct pl_graft_list resources;
};

/* serverless_variable.c: the value with all variables in it worked out; what is not known here
 * becomes an unknown node. */
uint32_t pl_sls_resolve(struct pl_sls *sls, uint32_t node);
/* The value at "a.b.0" below a node, worked out; NONE when there is none. */
uint32_t pl_sls_at(struct pl_sls *sls, uint32_t node, struct pl_slice path);
/* Of a map that is worked out. */
uint32_t pl_sls_get(const struct pl_sls *sls, uint32_t map, const char *key);
/* serverless_file.c: a YAML or JSON file below the project's folder, with the place of `at`; NONE
 * when it is not there, an unknown node when it is a program. */
uint32_t pl_sls_file(struct pl_sls *sls, struct pl_slice path, struct pl_pos at);

/* serverless_function.c */
void pl_sls_function(struct pl_sls *sls, struct pl_slice key, struct pl_pos at, uint32_t function);
/* serverless_event.c: what calls it. */
void pl_sls_events(struct pl_sls *sls, struct pl_slice id, uint32_t events);
/* "HelloDashworld" */
struct pl_slice pl_sls_logical(struct pl_sls *sls, struct pl_slice key, const char *behind);

#endif
