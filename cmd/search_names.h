/* What names tell in a folder that may hold several inputs.  Pure. */
#ifndef PL_CMD_SEARCH_NAMES_H
#define PL_CMD_SEARCH_NAMES_H

#include "pkg/base/slice.h"

enum pl_search_kind {
    PL_SEARCH_OTHER,
    PL_SEARCH_MANIFEST,
    PL_SEARCH_TEMPLATE,
    PL_SEARCH_CDK,     /* cdk.json: what `cdk synth` makes stands beside it */
    PL_SEARCH_PROGRAM, /* serverless.ts and its like: what `serverless package` makes does */
    PL_SEARCH_TEXT,    /* only its content tells */
    PL_SEARCH_ZIP
};
/* What a file of this name may be; a template's content decides. */
enum pl_search_kind pl_search_kind(struct pl_slice path);
/* What `terraform show -json` prints is kept out of git, and is an input all the same. */
bool pl_search_is_plan(struct pl_slice path);
/* A folder that no search enters: what tools installed or built, and a repository's own. */
bool pl_search_never(struct pl_slice name);
/* Does this, at a folder's root, show that the folder is a package or a function's source? */
bool pl_search_is_code(struct pl_slice name, bool is_folder);
/* A folder that a layer has at its root. */
bool pl_search_is_layer_folder(struct pl_slice name);
/* A file that may stand beside ZIPs in a folder of build outputs. */
bool pl_search_is_beside(struct pl_slice name);

#endif
