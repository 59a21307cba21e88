/*
 * Patterns that mean what .gitignore means.  Pure text: the caller walks, this decides.
 *
 * Last match wins; `!` takes back in; a trailing `/` means folders only; a pattern without an inner
 * or leading slash matches at any depth below its base; `**`, `*`, `?`, classes with ranges,
 * negation and [:names:], `\` escapes, `#` comments, trailing blanks dropped unless escaped. Always
 * case sensitive.  `./x` means `/x`.  Matching takes time linear in pattern times path, never
 * exponential.
 */
#ifndef PL_PKG_BASE_IGNORE_H
#define PL_PKG_BASE_IGNORE_H

#include "pkg/base/arena.h"
#include "pkg/base/err.h"
#include "pkg/base/slice.h"

enum pl_ignore_verdict {
    PL_IGNORE_SILENT, /* no pattern matches */
    PL_IGNORE_OUT,
    PL_IGNORE_IN /* taken back in by a `!` pattern */
};

struct pl_ignore_rule {
    struct pl_slice pattern; /* without '!', leading and trailing '/' */
    struct pl_slice text;    /* as written, for --explain */
    struct pl_slice base;    /* folder it counts from, "" or "a/b" without a trailing '/' */
    struct pl_slice origin;  /* file it came from */
    uint32_t line;
    uint32_t literal; /* leading bytes of the pattern that stand for themselves */
    bool negated, folders_only, anchored;
    bool tail; /* "*" and then only bytes that stand for themselves */
};

struct pl_ignore {
    struct pl_ignore_rule *rule; /* owned, in order */
    size_t n, cap;
    struct pl_arena arena;
};

void pl_ignore_init(struct pl_ignore *list);
void pl_ignore_done(struct pl_ignore *list);

/* One pattern; blank lines and comments add nothing. `base` as in struct pl_ignore_rule. */
PL_STATUS pl_ignore_add(struct pl_ignore *list, struct pl_slice text, struct pl_slice base,
                        struct pl_slice origin, uint32_t line, struct pl_err *err);
/* Every line of an ignore file (LF or CRLF, with or without a BOM). */
PL_STATUS pl_ignore_add_lines(struct pl_ignore *list, struct pl_slice text, struct pl_slice base,
                              struct pl_slice origin, struct pl_err *err);

/* What the rules say about `path` ("a/b/c", relative, no trailing slash) itself; that a folder
 * above it is out is for the walker to know.  *ret_rule (may be NULL) is the rule that decided, or
 * NULL. */
enum pl_ignore_verdict pl_ignore_match(const struct pl_ignore *list, struct pl_slice path,
                                       bool is_folder, const struct pl_ignore_rule **ret_rule);

/* One glob against one path, with the same meaning (used for suppressions and presets); a leading
 * "!" and a trailing "/" say nothing here.  A path over 65,535 bytes matches nothing. */
bool pl_glob_match(struct pl_slice pattern, struct pl_slice path);

#endif
