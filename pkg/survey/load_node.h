/* The parts of the Node.js loader; for its own files only. */
#ifndef PL_PKG_SURVEY_LOAD_NODE_H
#define PL_PKG_SURVEY_LOAD_NODE_H

#include "pkg/lambda/handler.h"
#include "pkg/survey/node_find.h"

/* From here on the TypeScript client (v4) may be the one in use, and callback handlers are gone. */
enum { PL_NODE_NEW_CLIENT = 24 };

/* One handler string, tried. */
struct pl_node_try {
    struct pl_looker *l;
    struct pl_slice handler;
    struct pl_node_handler part;
    struct pl_slice base; /* "/var/task/src/app" */
    struct pl_node_file file;
    bool import;    /* loaded by import(), not by require */
    bool by_folder; /* found because something stands at `base` exactly */
};

/* What a file exports under a name. */
struct pl_node_export {
    uint8_t sure; /* enum pl_sure */
    uint8_t how;  /* enum pl_js_how */
    int8_t arity;
    struct pl_spot at;
};

/* Does with `handler` what the runtime would; fills *t and *load, without suggestions. */
PL_STATUS pl_node_try(struct pl_node_try *t, struct pl_looker *l, struct pl_slice handler,
                      struct pl_load *load, struct pl_err *err);
/* Exports of the file, through re-exports that lead to files we have. */
PL_STATUS pl_node_exports(struct pl_looker *l, const struct pl_node_file *file, bool esm,
                          struct pl_slice name, struct pl_node_export *ret, struct pl_err *err);
/* For a failure: where it stands instead, and a handler string that works. */
PL_STATUS pl_node_suggest(const struct pl_node_try *failed, struct pl_load *load,
                          struct pl_err *err);

#endif
