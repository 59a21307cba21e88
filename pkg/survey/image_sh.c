/* Words of a start script: quotes, variables, what they expand to. */
#include "pkg/survey/image_sh.h"

#include "pkg/base/limits.h"

#include <string.h>

void pl_sh_give_up(struct sh *s, const char *why)
{
    if (!s->is->opaque) {
        s->is->opaque = why;
    }
    s->done = true;
}

/* ---------------------------------------------------------------- characters */

int pl_sh_peek(const struct sh *s)
{
    return s->pos < s->src.len ? (unsigned char)s->src.ptr[s->pos] : -1;
}

void pl_sh_skip_blanks(struct sh *s)
{
    for (;;) {
        int c = pl_sh_peek(s);
        if (c == ' ' || c == '\t' || c == '\r') {
            s->pos++;
        } else if (c == '\\' && s->pos + 1 < s->src.len && s->src.ptr[s->pos + 1] == '\n') {
            s->pos += 2;
        } else if (c == '#') {
            while (pl_sh_peek(s) != '\n' && pl_sh_peek(s) != -1) {
                s->pos++;
            }
        } else {
            return;
        }
    }
}

bool pl_sh_is_name(int c, bool first)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           (!first && c >= '0' && c <= '9');
}

/* ---------------------------------------------------------------- variables */

static bool find_value(const struct sh *s, struct pl_slice name, struct pl_slice *ret)
{
    for (uint32_t i = s->is->env.n; i > 0; i--) {
        struct pl_slice pair = s->is->env.at[i - 1];
        size_t is = pl_slice_find(pair, '=');
        if (pl_slice_eq(pl_slice_sub(pair, 0, is), name)) {
            *ret = pl_slice_sub(pair, is + 1, pair.len);
            return true;
        }
    }
    return false;
}

static bool is_unset(const struct sh *s, struct pl_slice name)
{
    for (uint32_t i = 0; i < s->unset.n; i++) {
        if (pl_slice_eq(s->unset.at[i], name)) {
            return true;
        }
    }
    return false;
}

static PL_STATUS end_field(struct sh *s, struct pl_err *err)
{
    struct pl_slice copy;
    if (pl_arena_dup(s->is->arena, pl_buf_view(&s->word), &copy, err) != PL_OK) {
        return err->code;
    }
    if (s->fields.n < sizeof s->unknown) {
        s->unknown[s->fields.n] = s->has_unknown;
    }
    s->has_unknown = false;
    pl_buf_clear(&s->word);
    return pl_words_add(&s->fields, copy, s->is->arena, err);
}

/* $* and $@: every argument is a field of its own, in quotes or not. */
static PL_STATUS put_args(struct sh *s, struct pl_err *err)
{
    const struct pl_words *args = &s->is->args;
    for (uint32_t i = 1; i < args->n; i++) {
        if (pl_buf_slice(&s->word, args->at[i], err) != PL_OK ||
            (i + 1 < args->n && end_field(s, err) != PL_OK)) {
            return err->code;
        }
    }
    /* "$@" without arguments is no field at all. */
    s->quoted = args->n > 1;
    return PL_OK;
}

static PL_STATUS put_value(struct sh *s, struct pl_slice value, bool in_quotes, struct pl_err *err)
{
    for (size_t i = 0; i < value.len; i++) {
        bool blank = value.ptr[i] == ' ' || value.ptr[i] == '\t' || value.ptr[i] == '\n';
        if (blank && !in_quotes) {
            if ((s->word.len > 0 || s->quoted) && end_field(s, err) != PL_OK) {
                return err->code;
            }
        } else if (pl_buf_byte(&s->word, value.ptr[i], err) != PL_OK) {
            return err->code;
        }
    }
    return PL_OK;
}

/* The value of a name or number; `fallback` is what stands behind :- in braces. */
static PL_STATUS put_variable(struct sh *s, struct pl_slice name, const struct pl_slice *fallback,
                              bool in_quotes, struct pl_err *err)
{
    uint64_t number = 0;
    struct pl_slice value = {0};
    bool known = true;
    if (pl_slice_is(name, "@") || pl_slice_is(name, "*")) {
        return put_args(s, err);
    }
    if (pl_slice_is(name, "#")) {
        return pl_buf_fmt(&s->word, err, "%u", s->is->args.n > 0 ? s->is->args.n - 1 : 0);
    }
    if (pl_slice_u64(name, &number)) {
        value = number < s->is->args.n ? s->is->args.at[number] : value;
    } else if (is_unset(s, name)) {
        known = false;
    } else if (!find_value(s, name, &value)) {
        value = (struct pl_slice){0};
    }
    if (value.len == 0 && known && fallback) {
        value = *fallback;
        known = pl_slice_find(value, '$') == value.len && pl_slice_find(value, '`') == value.len;
    }
    s->has_unknown = s->has_unknown || !known;
    return put_value(s, value, in_quotes, err);
}

static PL_STATUS read_braces(struct sh *s, bool in_quotes, struct pl_err *err)
{
    struct pl_slice rest = pl_slice_sub(s->src, s->pos, s->src.len);
    size_t end = pl_slice_find(rest, '}');
    struct pl_slice inside = pl_slice_sub(rest, 0, end);
    size_t n = 0;
    if (end == rest.len) {
        pl_sh_give_up(s, "a brace is not closed");
        return PL_OK;
    }
    s->pos += end + 1;
    while (n < inside.len && (pl_sh_is_name((unsigned char)inside.ptr[n], n == 0) ||
                              (inside.ptr[n] >= '0' && inside.ptr[n] <= '9') ||
                              (n == 0 && (inside.ptr[n] == '@' || inside.ptr[n] == '*')))) {
        n++;
    }
    struct pl_slice name = pl_slice_sub(inside, 0, n);
    struct pl_slice how = pl_slice_sub(inside, n, inside.len);
    struct pl_slice fallback = {0};
    if (pl_slice_starts(how, PL_SLICE(":-")) || pl_slice_starts(how, PL_SLICE(":="))) {
        fallback = pl_slice_sub(how, 2, how.len);
    } else if (pl_slice_starts(how, PL_SLICE("-"))) {
        fallback = pl_slice_sub(how, 1, how.len);
    } else if (how.len > 0 && !pl_slice_starts(how, PL_SLICE(":?"))) {
        s->has_unknown = true;
        return PL_OK;
    }
    if (n == 0) {
        s->has_unknown = true;
        return PL_OK;
    }
    return put_variable(s, name, &fallback, in_quotes, err);
}

/* `$(...)` is passed over, and what it gives is not known. */
static void skip_substitution(struct sh *s, char open, char close)
{
    unsigned depth = 0;
    while (s->pos < s->src.len) {
        char c = s->src.ptr[s->pos++];
        depth += c == open ? 1 : 0;
        if (c == close && --depth == 0) {
            break;
        }
    }
    s->has_unknown = true;
}

static void skip_backticks(struct sh *s)
{
    s->pos++;
    while (s->pos < s->src.len && s->src.ptr[s->pos++] != '`') {
    }
    s->has_unknown = true;
}

static PL_STATUS read_dollar(struct sh *s, bool in_quotes, struct pl_err *err)
{
    s->pos++;
    int c = pl_sh_peek(s);
    size_t from = s->pos;
    if (c == '(') {
        skip_substitution(s, '(', ')');
        return PL_OK;
    }
    if (c == '{') {
        s->pos++;
        return read_braces(s, in_quotes, err);
    }
    if (c == '@' || c == '*' || c == '#' || (c >= '0' && c <= '9')) {
        s->pos++;
    } else if (pl_sh_is_name(c, true)) {
        while (pl_sh_is_name(pl_sh_peek(s), false)) {
            s->pos++;
        }
    } else if (c == '?' || c == '$' || c == '!' || c == '-') {
        s->pos++;
        s->has_unknown = true;
        return PL_OK;
    } else {
        return pl_buf_byte(&s->word, '$', err);
    }
    return put_variable(s, pl_slice_sub(s->src, from, s->pos), NULL, in_quotes, err);
}

/* ---------------------------------------------------------------- words */

static PL_STATUS read_quotes(struct sh *s, struct pl_err *err)
{
    char quote = s->src.ptr[s->pos++];
    s->quoted = true;
    while (s->pos < s->src.len && s->src.ptr[s->pos] != quote) {
        char c = s->src.ptr[s->pos];
        enum pl_status status = PL_OK;
        if (quote == '"' && c == '$') {
            status = read_dollar(s, true, err);
        } else if (quote == '"' && c == '`') {
            skip_backticks(s);
        } else {
            bool escaped = quote == '"' && c == '\\' && s->pos + 1 < s->src.len &&
                           strchr("\"\\$`\n", s->src.ptr[s->pos + 1]) != NULL;
            s->pos += escaped ? 1 : 0;
            c = s->src.ptr[s->pos++];
            status = escaped && c == '\n' ? PL_OK : pl_buf_byte(&s->word, c, err);
        }
        if (status || s->done) {
            return status;
        }
    }
    s->pos++;
    return PL_OK;
}

bool pl_sh_ends_word(int c)
{
    return c == -1 || c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == ';' || c == '&' ||
           c == '|' || c == '(' || c == ')' || c == '<' || c == '>';
}

PL_STATUS pl_sh_read_word(struct sh *s, struct pl_err *err)
{
    enum pl_status status = PL_OK;
    pl_buf_clear(&s->word);
    s->quoted = s->has_unknown = false;
    while (!status && !s->done && !pl_sh_ends_word(pl_sh_peek(s))) {
        int c = pl_sh_peek(s);
        if (c == '\'' || c == '"') {
            status = read_quotes(s, err);
        } else if (c == '$') {
            status = read_dollar(s, false, err);
        } else if (c == '`') {
            skip_backticks(s);
        } else if (c == '\\' && s->pos + 1 < s->src.len && s->src.ptr[s->pos + 1] == '\n') {
            s->pos += 2;
        } else {
            s->pos += c == '\\' && s->pos + 1 < s->src.len ? 1 : 0;
            status = pl_buf_byte(&s->word, s->src.ptr[s->pos++], err);
        }
    }
    if (status) {
        return status;
    }
    return s->word.len > 0 || s->quoted || s->has_unknown ? end_field(s, err) : PL_OK;
}

enum token pl_sh_next_token(struct sh *s)
{
    pl_sh_skip_blanks(s);
    int c = pl_sh_peek(s);
    int d = s->pos + 1 < s->src.len ? s->src.ptr[s->pos + 1] : 0;
    switch (c) {
    case -1:
        return T_END;
    case '\n':
        return T_SEMI;
    case ';':
        return d == ';' ? T_SEMI2 : T_SEMI;
    case '&':
        return d == '&' ? T_AND : d == '>' ? T_REDIR : T_AMP;
    case '|':
        return d == '|' ? T_OR : T_PIPE;
    case '(':
        return T_OPEN;
    case ')':
        return T_CLOSE;
    case '<':
    case '>':
        return T_REDIR;
    default:
        return T_WORD;
    }
}

PL_STATUS pl_sh_skip_redirection(struct sh *s, struct pl_err *err)
{
    if (pl_sh_peek(s) == '<' && s->pos + 1 < s->src.len && s->src.ptr[s->pos + 1] == '<') {
        pl_sh_give_up(s, "it has a here-document");
        return PL_OK;
    }
    while (pl_sh_peek(s) == '>' || pl_sh_peek(s) == '<' || pl_sh_peek(s) == '&') {
        s->pos++;
    }
    pl_sh_skip_blanks(s);
    struct pl_words before = s->fields;
    enum pl_status status = pl_sh_read_word(s, err);
    s->fields.n = before.n;
    return status;
}
