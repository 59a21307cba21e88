/* The state of reading one Python module; shared by the files of the reader, not by others. */
#ifndef PL_PKG_INSPECT_PY_READ_H
#define PL_PKG_INSPECT_PY_READ_H

#include "pkg/inspect/py_flow.h"

/* Tokens of one statement (a data file may be one literal), and imports of one file. */
enum { PY_MAX_STATEMENT = 1 << 18, PY_MAX_IMPORTS = 1 << 18 };

struct py_read {
    struct py_lex lex;
    struct py_flow flow;
    struct py_token *tok; /* owned; the statement being read */
    size_t n_tok, cap_tok;
    struct pl_py_import *import; /* owned; slices into the text until the end */
    size_t n_import, cap_import;
    struct pl_arena *arena;
    bool dynamic;
    bool unbinds;     /* globals() loses names: del globals()[...], globals().pop(...) */
    bool lazy;        /* the import being read is a lazy one */
    bool sys_modules; /* `from sys import modules` */
    bool too_long;    /* the statement has more tokens than we keep */
};

/* What tokens of a statement say about names that cannot be followed: exec, globals()[...] */
bool py_is_dynamic(const struct py_read *read, size_t from, size_t to);
/* Does the statement take names away from globals()? */
bool py_is_unbinding(const struct py_read *read);
/* Keeps what older versions refuse of the statement in tok. */
void py_note_newer(struct py_read *read, bool is_header);
/* lazy import a, lazy from a import b (PEP 810) */
bool py_is_lazy(const struct py_read *read);

/* Binds every name of an assignment target in tok[from, to). */
PL_STATUS py_bind_targets(struct py_read *read, size_t from, size_t to, enum pl_sure state,
                          struct pl_err *err);
PL_STATUS py_read_import(struct py_read *read, struct pl_err *err);
PL_STATUS py_read_simple(struct py_read *read, struct pl_err *err);
/* The header of a compound statement in tok, without its colon: pushes the level of its body. */
PL_STATUS py_read_header(struct py_read *read, struct pl_err *err);
/* Walrus targets of the statement in tok, f-strings included. */
PL_STATUS py_read_walrus(struct py_read *read, struct pl_err *err);

static inline bool py_is(const struct py_read *read, size_t i, const char *name)
{
    return i < read->n_tok && py_token_is(&read->tok[i], name);
}

static inline bool py_is_op(const struct py_read *read, size_t i, uint8_t op)
{
    return i < read->n_tok && read->tok[i].kind == PY_OP && read->tok[i].op == op;
}

static inline bool py_is_open(const struct py_token *token)
{
    return token->kind == PY_OP && (token->op == '(' || token->op == '[' || token->op == '{');
}

static inline bool py_is_shut(const struct py_token *token)
{
    return token->kind == PY_OP && (token->op == ')' || token->op == ']' || token->op == '}');
}

static inline struct pl_slice py_text(const struct py_token *token)
{
    return (struct pl_slice){token->ptr, token->len};
}

static inline struct pl_spot py_spot(const struct py_token *token)
{
    return (struct pl_spot){token->line, token->col};
}

/* The index behind the bracket that shuts tok[open]; n_tok when it is not in the statement. */
size_t py_behind_bracket(const struct py_read *read, size_t open);
bool py_is_keyword(const struct py_token *token);
/* Does an operand end with it, so that a bracket behind it is a call or a subscript? */
bool py_ends_operand(const struct py_token *token);

#endif
