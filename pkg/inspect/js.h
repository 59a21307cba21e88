/*
 * JavaScript: a lexer (strings, templates, regular expressions against division, comments,
 * hashbang) and a reading of module syntax and exports that copes with bundlers' and compilers'
 * output. Linear in the size of the text, whatever the line length; bounded depth.
 */
#ifndef PL_PKG_INSPECT_JS_H
#define PL_PKG_INSPECT_JS_H

#include "pkg/inspect/facts.h"

PL_STATUS pl_js_read(struct pl_js *ret, struct pl_slice text, struct pl_arena *arena,
                     struct pl_err *err);
/* Is there an export of this (dotted) name, by this file alone?  *ret_export (may be NULL) is it.
 */
enum pl_sure pl_js_exports(const struct pl_js *js, struct pl_slice name,
                           const struct pl_js_export **ret_export);

/* Where a search for lines has come to; {0} at the start of a text. */
struct pl_js_mark {
    uint32_t line_at; /* offset of the line's start */
    uint32_t lines;   /* in front of it */
};
/* Line and column of an offset.  Offsets that grow go on from the mark. */
struct pl_spot pl_js_spot(struct pl_slice text, uint32_t offset, struct pl_js_mark *mark);

PL_STATUS pl_package_json_read(struct pl_package_json *ret, struct pl_slice text,
                               struct pl_arena *arena, struct pl_err *err);

#endif
