/*
 * Python's tokens, as CPython 3.8 to 3.14 cuts them.  Where versions differ (quotes inside an
 * f-string), both readings are accepted.  An error is recorded only when every version reports it.
 */
#ifndef PL_PKG_INSPECT_PY_LEX_H
#define PL_PKG_INSPECT_PY_LEX_H

#include "pkg/inspect/facts.h"

enum py_kind {
    PY_END,
    PY_NAME,
    PY_NUMBER,
    PY_STRING,
    PY_FSTRING,
    PY_OP,
    PY_NEWLINE, /* the end of a logical line */
    PY_INDENT,
    PY_DEDENT
};

/* Operators of one character are that character. */
enum py_op { PY_OP_WALRUS = 128, PY_OP_AUGMENT, PY_OP_POWER, PY_OP_OTHER };

struct py_token {
    const char *ptr;
    uint32_t len;
    uint32_t line, col;
    uint8_t kind; /* enum py_kind */
    uint8_t op;   /* a character or enum py_op */
};

/* CPython's own bounds (Parser/tokenizer.h): deeper is a syntax error there. */
enum { PY_MAX_BRACKETS = 200, PY_MAX_INDENTS = 100 };

/* What a version of Python 3 brought to its syntax. */
enum py_newer {
    PY_NEWER_WALRUS,
    PY_NEWER_WITH,
    PY_NEWER_MATCH,
    PY_NEWER_EXCEPT_STAR,
    PY_NEWER_STAR_INDEX,
    PY_NEWER_TYPE,
    PY_NEWER_TYPE_PARAMETERS,
    PY_NEWER_FSTRING_QUOTE,
    PY_NEWER_FSTRING_LINE,
    PY_NEWER_FSTRING_BACKSLASH,
    PY_NEWER_FSTRING_COMMENT,
    PY_NEWER_TYPE_DEFAULT,
    PY_NEWER_EXCEPT_LIST,
    PY_NEWER_EXCEPT_NAME,
    PY_NEWER_TSTRING,
    PY_NEWER_LAZY,
    PY_NEWER_COUNT
};

struct py_lex {
    const char *p, *end;
    const char *line_start;
    uint32_t line;
    bool line_begins; /* indentation is still to be read */
    bool line_empty;  /* no token yet on this logical line */
    bool utf8;        /* no other encoding is declared */
    bool doubt;       /* versions of Python may disagree from here on: claim no errors */
    bool broken;      /* an error, certain or not: only PY_END follows */
    uint16_t n_bracket, n_indent, n_dedent;
    uint8_t fstring_budget;
    struct pl_syntax_error error;
    struct pl_py_newer newer[PL_PY_NEWER_LAST - PL_PY_NEWER_FIRST + 1];
    struct {
        char open;
        struct pl_spot at;
    } bracket[PY_MAX_BRACKETS];
    struct {
        uint32_t col, alt; /* with tabs to 8, and with tabs of width 1 */
    } indent[PY_MAX_INDENTS];
};

/* `text` without NUL bytes and without a byte-order mark; it must outlive the tokens. */
void py_lex_init(struct py_lex *lex, struct pl_slice text, bool utf8);
void py_lex_next(struct py_lex *lex, struct py_token *ret);
/* Ends the token stream; records the error unless versions may disagree. */
void py_lex_fail(struct py_lex *lex, struct pl_spot at, const char *what);
/* Keeps the first place of a version, unless versions may disagree about what it is. */
void py_lex_note(struct py_lex *lex, enum py_newer what, struct pl_spot at);

/* How an f-string starts, and what its fields hold that older versions refuse. */
struct py_fstring {
    char quote;
    bool triple, raw;
    bool backslash, comment; /* found */
};
/* The index behind the end of the f-string whose content starts at text[from] (behind its opening
 * quotes), read as Python 3.12 does; 0 when it does not end there. */
size_t py_fstring_end(struct pl_slice text, size_t from, struct py_fstring *how);

bool py_token_is(const struct py_token *token, const char *name);

#endif
