/*
 * JavaScript's tokens.  A slash after `)` or `}` is a division or a regular expression depending on
 * what the bracket was; brackets are kept on a stack for that.  Where the choice is a guess,
 * `doubt` is set and no error is claimed any more.
 */
#ifndef PL_PKG_INSPECT_JS_LEX_H
#define PL_PKG_INSPECT_JS_LEX_H

#include "pkg/inspect/facts.h"

#include <string.h>

/* Punctuators of one character that matter are that character. */
enum js_kind {
    JS_END,
    JS_NAME, /* identifiers and keywords */
    JS_NUMBER,
    JS_STRING,
    JS_TEMPLATE,      /* the last or only piece */
    JS_TEMPLATE_HEAD, /* up to ${ */
    JS_REGEX,
    JS_OP,             /* any operator not named here */
    JS_ASSIGN,         /* = */
    JS_LOGICAL_ASSIGN, /* ||= &&= ??= */
    JS_LOGICAL,        /* || && ?? */
    JS_ARROW,
    JS_SPREAD,
    JS_STEP /* ++ -- */
};

enum js_bracket {
    JS_PAREN,
    JS_PAREN_KEYWORD, /* of if, while, for, with, switch, catch */
    JS_SQUARE,
    JS_BLOCK,
    JS_BLOCK_OR_OBJECT, /* behind a colon: a case's block or a conditional's object */
    JS_TRY,
    JS_BODY, /* of a function or class */
    JS_OBJECT,
    JS_SUBSTITUTION /* ${ } in a template */
};

enum {
    JS_SHADOWS_EXPORTS = 1, /* `exports` is a parameter or a local in it */
    JS_SHADOWS_MODULE = 2,
    JS_LOCAL_EXPORTS = 4, /* the local `exports` is the object that is exported in the end */
    JS_INHERITED = 7,     /* the flags above hold for the brackets inside, too */
    JS_TRANSPARENT = 8,   /* does not count as depth */
    JS_RUNS = 16,         /* a parenthesis that is reached whenever the module runs */
    JS_MAYBE = 32         /* behind && || ?? ? => in it: what follows may not run; inherited, too */
};

struct js_open {
    uint32_t at;
    uint8_t kind;  /* enum js_bracket */
    uint8_t flags; /* set by the reader */
};

struct js_token {
    uint32_t from, to;
    uint8_t kind;
    bool line_before; /* a line end stands between it and the token before */
};

/* A module nested deeper than this overflows V8's stack long before. */
enum { JS_MAX_DEPTH = 4 * 1024 * 1024, JS_RECENT = 4 };

struct js_lex {
    const char *text;
    uint32_t len, at;
    struct js_token recent[JS_RECENT]; /* a ring; js_last() */
    uint32_t n_token;
    uint8_t shut;       /* enum js_bracket of the bracket that the last token shut */
    uint8_t shut_flags; /* its flags */
    bool doubt, broken, escaped;
    bool inner, ended; /* started inside brackets: the one that shuts them is the last token */
    struct pl_syntax_error error; /* `at` holds an offset in line until the end */
    uint32_t error_at;
    struct js_open *open; /* owned */
    size_t depth, cap;
    size_t solid;  /* depth without transparent brackets */
    size_t bodies; /* open function and class bodies that are not transparent */
    size_t tries;
    uint8_t misses; /* slashes that looked like regular expressions and were none */
    struct pl_err *err;
    enum pl_status status;
};

void js_lex_init(struct js_lex *lex, struct pl_slice text, uint32_t at, struct pl_err *err);
void js_lex_done(struct js_lex *lex);
void js_lex_next(struct js_lex *lex, struct js_token *ret);

/* The last token (1), the one before (2), and the one before that (3). */
static inline const struct js_token *js_last(const struct js_lex *lex, uint32_t back)
{
    return &lex->recent[(lex->n_token - back) % JS_RECENT];
}

/* For a lexer that starts in the middle: the token that it takes for the last one. */
static inline void js_lex_behind(struct js_lex *lex, struct js_token last)
{
    lex->recent[(lex->n_token - 1) % JS_RECENT] = last;
}

static inline struct pl_slice js_text(const struct js_lex *lex, const struct js_token *token)
{
    return (struct pl_slice){lex->text + token->from, token->to - token->from};
}

/* Inline, so that the length of a literal word is known. */
static inline bool js_is(const struct js_lex *lex, const struct js_token *token, const char *word)
{
    size_t len = strlen(word);
    return token->kind == JS_NAME && token->to - token->from == len &&
           memcmp(lex->text + token->from, word, len) == 0;
}

/* For the lexer's own files. */
void js_lex_fail(struct js_lex *lex, uint32_t at, const char *what);
/* Is the token one of the words?  The list ends with an empty one. */
bool js_one_of(const struct js_lex *lex, const struct js_token *token, const struct pl_slice *word);
/* Is the last token a keyword behind which an expression starts? */
bool js_starts_expression(const struct js_lex *lex);
/* Of a bracket behind the last token. */
enum js_bracket js_kind_of_brace(const struct js_lex *lex);
enum js_bracket js_kind_of_paren(const struct js_lex *lex);
void js_lex_open(struct js_lex *lex, enum js_bracket kind, uint32_t at);
void js_lex_shut(struct js_lex *lex, char shut);

/* Makes the innermost bracket one that does not count as depth. */
void js_lex_see_through(struct js_lex *lex);
struct pl_spot js_spot(struct pl_slice text, uint32_t at);

#endif
