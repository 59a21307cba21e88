/*
 * Syntax that a version of Python 3 brought, as its "What's New" has it (PEP 572, 617, 634, 646,
 * 654, 695, 696, 701, 750, 758, 810; docs.python.org/3/whatsnew, read 2026-11-24).  Noted only
 * where every version before it refuses the same tokens.
 */
#include "pkg/inspect/py_read.h"
#include "pkg/inspect/python.h"

#include <string.h>

void py_lex_note(struct py_lex *lex, enum py_newer what, struct pl_spot at)
{
    static const char invalid[] = "invalid syntax";
    static const struct {
        unsigned minor;
        const char *what, *lambda_says;
    } row[PY_NEWER_COUNT] = {
        [PY_NEWER_WALRUS] = {8, "':='", invalid},
        [PY_NEWER_WITH] = {9, "'with (A as a, B as b)'", invalid},
        [PY_NEWER_MATCH] = {10, "a 'match' statement", invalid},
        [PY_NEWER_EXCEPT_STAR] = {11, "'except*'", invalid},
        [PY_NEWER_STAR_INDEX] = {11, "'*' in a subscript", invalid},
        [PY_NEWER_TYPE] = {12, "a 'type' statement", invalid},
        [PY_NEWER_TYPE_PARAMETERS] = {12, "'[T]' behind the name of a class or function", invalid},
        [PY_NEWER_FSTRING_QUOTE] = {12, "an f-string's own quotes in its field",
                                    "f-string: expecting '}'"},
        [PY_NEWER_FSTRING_LINE] = {12, "an f-string's field of several lines",
                                   "unterminated string literal"},
        [PY_NEWER_FSTRING_BACKSLASH] = {12, "a backslash in an f-string's field",
                                        "f-string expression part cannot include a backslash"},
        [PY_NEWER_FSTRING_COMMENT] = {12, "a comment in an f-string's field",
                                      "f-string expression part cannot include '#'"},
        [PY_NEWER_TYPE_DEFAULT] = {13, "the default of a type parameter", invalid},
        [PY_NEWER_EXCEPT_LIST] = {14, "'except A, B' without parentheses",
                                  "multiple exception types must be parenthesized"},
        /* Meant in Python 2's sense, where it caught the exception as b. */
        [PY_NEWER_EXCEPT_NAME] = {14, "'except A, b' (if not 'except A as b' is meant)",
                                  "multiple exception types must be parenthesized"},
        [PY_NEWER_TSTRING] = {14, "a template string (t\"...\")", invalid},
        [PY_NEWER_LAZY] = {15, "a lazy import", invalid},
    };
    struct pl_py_newer *kept = &lex->newer[row[what].minor - PL_PY_NEWER_FIRST];
    if (!lex->doubt && !lex->broken && kept->at.line == 0) {
        *kept = (struct pl_py_newer){at, row[what].what, row[what].lambda_says};
    }
}

const struct pl_py_newer *pl_python_newer(const struct pl_py *py, unsigned minor,
                                          unsigned *ret_minor)
{
    const struct pl_py_newer *first = NULL;
    for (unsigned i = PL_PY_NEWER_FIRST; i <= PL_PY_NEWER_LAST; i++) {
        const struct pl_py_newer *one = &py->newer[i - PL_PY_NEWER_FIRST];
        bool is_before = !first || one->at.line < first->at.line ||
                         (one->at.line == first->at.line && one->at.col < first->at.col);
        if (i > minor && one->at.line > 0 && is_before) {
            first = one;
            *ret_minor = i;
        }
    }
    return first;
}

static void note(struct py_read *read, enum py_newer what, size_t i)
{
    py_lex_note(&read->lex, what, py_spot(&read->tok[i]));
}

/* The first token `name`, or operator, that stands in no bracket; n_tok: there is none. */
static size_t find_outside(const struct py_read *read, const char *name, uint8_t op)
{
    size_t depth = 0;
    for (size_t i = 0; i < read->n_tok; i++) {
        if (py_is_open(&read->tok[i])) {
            depth++;
        } else if (py_is_shut(&read->tok[i]) && depth > 0) {
            depth--;
        } else if (depth == 0 && (name ? py_is(read, i, name) : py_is_op(read, i, op))) {
            return i;
        }
    }
    return read->n_tok;
}

/* Brackets behind the name at tok[i] of a class, function or type. */
static void note_parameters(struct py_read *read, size_t i)
{
    size_t depth = 0;
    if (!py_is_op(read, i + 1, '[') || read->tok[i].kind != PY_NAME) {
        return;
    }
    note(read, PY_NEWER_TYPE_PARAMETERS, i + 1);
    for (size_t k = i + 1; k < read->n_tok; k++) {
        if (py_is(read, k, "lambda")) {
            return;
        }
        depth += py_is_open(&read->tok[k]);
        depth -= py_is_shut(&read->tok[k]);
        if (depth == 1 && py_is_op(read, k, '=')) {
            note(read, PY_NEWER_TYPE_DEFAULT, k);
        }
        if (depth == 0) {
            return;
        }
    }
}

/* `as` in a bracket: no expression has one. */
static void note_with(struct py_read *read, size_t first)
{
    size_t depth = 0;
    for (size_t i = first + 1; i < read->n_tok; i++) {
        depth += py_is_open(&read->tok[i]);
        depth -= py_is_shut(&read->tok[i]);
        if (depth > 0 && py_is(read, i, "as")) {
            note(read, PY_NEWER_WITH, i);
            return;
        }
    }
}

static void note_except(struct py_read *read)
{
    static const char together[] = "multiple exception types must be parenthesized when using 'as'";
    size_t comma = find_outside(read, NULL, ',');
    if (py_is_op(read, 1, '*')) {
        note(read, PY_NEWER_EXCEPT_STAR, 0);
    }
    if (comma == read->n_tok || find_outside(read, "lambda", 0) < read->n_tok) {
        return;
    }
    if (find_outside(read, "as", 0) < read->n_tok) {
        py_lex_fail(&read->lex, py_spot(&read->tok[comma]), together);
        return;
    }
    const struct py_token *last = &read->tok[read->n_tok - 1];
    bool is_name =
        comma + 2 == read->n_tok && last->kind == PY_NAME && *last->ptr >= 'a' && *last->ptr <= 'z';
    note(read, is_name ? PY_NEWER_EXCEPT_NAME : PY_NEWER_EXCEPT_LIST, comma);
}

static void note_header(struct py_read *read)
{
    size_t first = py_is(read, 0, "async") ? 1 : 0;
    if (py_is(read, 0, "match")) {
        note(read, PY_NEWER_MATCH, 0);
    } else if (py_is(read, first, "def") || py_is(read, first, "class")) {
        note_parameters(read, first + 1);
    } else if (py_is(read, first, "with")) {
        note_with(read, first);
    } else if (py_is(read, 0, "except")) {
        note_except(read);
    }
}

static void note_simple(struct py_read *read)
{
    if (py_is(read, 0, "type") && read->tok[1].kind == PY_NAME && !py_is_keyword(&read->tok[1]) &&
        (py_is_op(read, 2, '=') || py_is_op(read, 2, '['))) {
        note(read, PY_NEWER_TYPE, 0);
        note_parameters(read, 1);
    } else if (py_is_lazy(read)) {
        note(read, PY_NEWER_LAZY, 0);
    }
}

/* x[*a]: a bracket behind an operand, which `match`, `case` and a definition's name are not. */
static bool is_star_index(const struct py_read *read, size_t i)
{
    return i > 0 && py_is_op(read, i, '[') && py_is_op(read, i + 1, '*') &&
           py_ends_operand(&read->tok[i - 1]) &&
           (i > 2 || (i == 1 && !py_is(read, 0, "match") && !py_is(read, 0, "case")) ||
            (i == 2 && read->tok[0].kind != PY_NAME));
}

void py_note_newer(struct py_read *read, bool is_header)
{
    if (read->n_tok < 2 || read->too_long || read->lex.doubt) {
        return;
    }
    if (is_header) {
        note_header(read);
    } else {
        note_simple(read);
    }
    for (size_t i = 0; i < read->n_tok; i++) {
        const struct py_token *token = &read->tok[i];
        if (token->kind != PY_OP) {
            continue;
        }
        if (token->op == PY_OP_WALRUS) {
            note(read, PY_NEWER_WALRUS, i);
        } else if (is_star_index(read, i)) {
            note(read, PY_NEWER_STAR_INDEX, i);
        }
    }
}
