/*
 * A deliberately small reader of start scripts: which command does this shell script become in
 * Lambda?  Words, quotes, variables, `if`, `case`, `&&` and `||`, tests of files and texts;
 * anything else makes the answer "cannot be told", never a wrong one.  Nothing is run.
 */
#ifndef PL_PKG_SURVEY_IMAGE_SHELL_H
#define PL_PKG_SURVEY_IMAGE_SHELL_H

#include "pkg/base/arena.h"

struct pl_words {
    struct pl_slice *at; /* in the arena */
    uint32_t n, cap;
};
PL_STATUS pl_words_add(struct pl_words *words, struct pl_slice word, struct pl_arena *arena,
                       struct pl_err *err);
/* Is it one of the words in "a b c"? */
bool pl_word_is_any(struct pl_slice word, const char *list);

enum { PL_SHELL_MAX_WORDS = 4096, PL_SHELL_MAX_STEPS = 20000 };

struct pl_shell {
    struct pl_slice script;
    struct pl_words args; /* $0, $1 ... */
    struct pl_words env;  /* KEY=VALUE; later ones win */
    struct pl_slice cwd;  /* absolute */
    struct pl_arena *arena;
    /* `[ -x path ]` and its like: one of "e f d x r s L"; *ret_known false: cannot be told. */
    bool (*test)(void *ctx, struct pl_slice cwd, char what, struct pl_slice path, bool *ret_known);
    void *ctx;
    /* The answer. */
    struct pl_words command;
    const char *opaque; /* static: why it cannot be told; NULL: `command` is what stays */
    bool background;    /* it is sent to the background, and the script ends */
    bool replaced;      /* by exec: the shell is gone, signals reach the command */
};

/* image_words.c: what stands in `[ ... ]`. */
bool pl_shell_test(const struct pl_shell *shell, const struct pl_slice *w, uint32_t n,
                   bool *ret_known);
/* A pattern of `case` with * and ?. */
bool pl_shell_matches(struct pl_slice pattern, struct pl_slice value);

PL_STATUS pl_shell_resolve(struct pl_shell *shell, struct pl_err *err);

#endif
