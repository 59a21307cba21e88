/*
 * How Node.js finds a file: require's algorithm over a function's view (Node.js documentation,
 * "Modules: CommonJS modules", LOAD_AS_FILE, LOAD_AS_DIRECTORY), and which module system a file is
 * in.  For the Node.js loader only.
 */
#ifndef PL_PKG_SURVEY_NODE_FIND_H
#define PL_PKG_SURVEY_NODE_FIND_H

#include "pkg/survey/look.h"

enum pl_node_format { PL_NODE_CJS, PL_NODE_ESM, PL_NODE_JSON, PL_NODE_ADDON, PL_NODE_UNSURE };

struct pl_node_file {
    bool found;
    struct pl_ref at;
    struct pl_slice real; /* where it stands, links followed */
    bool opaque;          /* when missing: a layer nobody gave us could have it */
    bool outside;         /* when missing: a link led out of what we can see */
    bool mapped;          /* when missing: "exports" of a package.json decides */
};

/* The file at exactly this path. */
PL_STATUS pl_node_exact(struct pl_looker *l, struct pl_slice path, struct pl_node_file *ret,
                        struct pl_err *err);
/* require(path): the file, with .js, .json, .node, or a folder's main or index. */
PL_STATUS pl_node_require(struct pl_looker *l, struct pl_slice path, struct pl_node_file *ret,
                          struct pl_err *err);
/* require.resolve(module, {paths: [/var/task, /var/task/root]}): node_modules and layers. */
PL_STATUS pl_node_resolve(struct pl_looker *l, struct pl_slice root, struct pl_slice module,
                          struct pl_node_file *ret, struct pl_err *err);
/* Does the nearest package.json from this folder upwards say "type": "module"?  MAYBE when it
 * could not be read. */
PL_STATUS pl_node_is_module(struct pl_looker *l, struct pl_slice folder, enum pl_sure *ret,
                            struct pl_err *err);
/* How Node.js itself would take the file. */
PL_STATUS pl_node_format_of(struct pl_looker *l, const struct pl_node_file *file,
                            enum pl_node_format *ret, struct pl_err *err);

#endif
