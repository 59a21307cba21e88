/*
 * Ruby's tokens.  Whether a slash divides or begins a regular expression, whether `<<A` shifts or
 * begins a heredoc, depends on what stands before and on which names are local variables; where
 * that is a guess, `doubt` is set.
 */
#ifndef PL_PKG_INSPECT_RUBY_LEX_H
#define PL_PKG_INSPECT_RUBY_LEX_H

#include "pkg/base/map.h"
#include "pkg/inspect/facts.h"

enum rb_kind {
    RB_END,
    RB_LINE, /* a line end or `;` */
    RB_NAME, /* identifiers, constants and keywords */
    RB_LABEL,
    RB_VARIABLE, /* @a @@a $a */
    RB_NUMBER,
    RB_STRING, /* every literal that holds text; `inner` is what stands between the quotes */
    RB_WORDS,  /* %w[] and %i[] */
    RB_SYMBOL,
    RB_DOT, /* . and &. */
    RB_COLON2,
    RB_ASSIGN, /* = */
    RB_OP
};

/* What may come next. */
enum rb_state { RB_BEG, RB_MID, RB_ARG, RB_ENDS, RB_AFTER_DOT, RB_AFTER_DEF };

struct rb_token {
    uint8_t kind;
    uint8_t before; /* enum rb_state in which it stands */
    bool space;     /* white space before it */
    bool spliced;   /* a string with interpolation */
    char op;        /* OP: its first character */
    uint32_t from, to;
    struct pl_slice inner;
};

enum { RB_HEREDOCS = 8, RB_MAX_DEPTH = 64 };

struct rb_heredoc {
    struct pl_slice id;
    uint32_t at;
    bool indented, certain;
};

struct rb_lex {
    struct pl_slice text;
    uint32_t at;
    uint8_t state;
    uint8_t depth; /* of interpolation */
    bool doubt;
    bool class_before; /* `class <<self` begins no heredoc */
    struct rb_heredoc heredoc[RB_HEREDOCS];
    uint32_t n_heredoc;
    uint64_t again; /* bytes that wrong guesses made us read twice */
    struct pl_map locals;
    struct pl_syntax_error error;
    uint32_t error_at;
    struct pl_err *err;
    enum pl_status status; /* lack of memory */
};

void rb_lex_init(struct rb_lex *lex, struct pl_slice text, struct pl_err *err);
void rb_lex_done(struct rb_lex *lex);
void rb_lex_next(struct rb_lex *lex, struct rb_token *ret);
/* A name that is a local variable from here on. */
void rb_lex_local(struct rb_lex *lex, struct pl_slice name);
/* A syntax error that is certain; the first counts. */
void rb_lex_fail(struct rb_lex *lex, uint32_t at, const char *what);
bool rb_is_name(char c);

#endif
