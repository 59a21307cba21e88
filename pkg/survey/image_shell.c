#include "pkg/survey/image_shell.h"

#include "pkg/base/buf.h"
#include "pkg/base/limits.h"

#include <string.h>

enum { MAX_DEPTH = 32 };

/* What separates or joins commands. */
enum token { T_WORD, T_END, T_AND, T_OR, T_AMP, T_SEMI, T_SEMI2, T_OPEN, T_CLOSE, T_PIPE, T_REDIR };

struct sh {
    struct pl_shell *is;
    struct pl_slice src;
    size_t pos;
    struct pl_buf word;
    struct pl_words fields;   /* of the command at hand */
    bool unknown[64];         /* by field: its value is not known */
    bool quoted, has_unknown; /* of the word at hand */
    unsigned steps, depth;
    bool condition;        /* what is read decides which way an `if` goes */
    bool done;             /* exec was reached */
    bool ok;               /* status of the last command */
    struct pl_words unset; /* names whose values are not known */
};

static void give_up(struct sh *s, const char *why)
{
    if (!s->is->opaque) {
        s->is->opaque = why;
    }
    s->done = true;
}

/* ---------------------------------------------------------------- characters */

static int peek(const struct sh *s)
{
    return s->pos < s->src.len ? (unsigned char)s->src.ptr[s->pos] : -1;
}

static void skip_blanks(struct sh *s)
{
    for (;;) {
        int c = peek(s);
        if (c == ' ' || c == '\t' || c == '\r') {
            s->pos++;
        } else if (c == '\\' && s->pos + 1 < s->src.len && s->src.ptr[s->pos + 1] == '\n') {
            s->pos += 2;
        } else if (c == '#') {
            while (peek(s) != '\n' && peek(s) != -1) {
                s->pos++;
            }
        } else {
            return;
        }
    }
}

static bool is_name(int c, bool first)
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
        give_up(s, "a brace is not closed");
        return PL_OK;
    }
    s->pos += end + 1;
    while (n < inside.len && (is_name((unsigned char)inside.ptr[n], n == 0) ||
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
    int c = peek(s);
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
    } else if (is_name(c, true)) {
        while (is_name(peek(s), false)) {
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

static bool ends_word(int c)
{
    return c == -1 || c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == ';' || c == '&' ||
           c == '|' || c == '(' || c == ')' || c == '<' || c == '>';
}

/* One word with all that it expands to, behind `fields`. */
static PL_STATUS read_word(struct sh *s, struct pl_err *err)
{
    enum pl_status status = PL_OK;
    pl_buf_clear(&s->word);
    s->quoted = s->has_unknown = false;
    while (!status && !s->done && !ends_word(peek(s))) {
        int c = peek(s);
        if (c == '\'' || c == '"') {
            status = read_quotes(s, err);
        } else if (c == '$') {
            status = read_dollar(s, false, err);
        } else if (c == '`') {
            skip_backticks(s);
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

static enum token next_token(struct sh *s)
{
    skip_blanks(s);
    int c = peek(s);
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

/* "2>&1", ">/dev/null": where output goes decides nothing here. */
static PL_STATUS skip_redirection(struct sh *s, struct pl_err *err)
{
    if (peek(s) == '<' && s->pos + 1 < s->src.len && s->src.ptr[s->pos + 1] == '<') {
        give_up(s, "it has a here-document");
        return PL_OK;
    }
    while (peek(s) == '>' || peek(s) == '<' || peek(s) == '&') {
        s->pos++;
    }
    skip_blanks(s);
    struct pl_words before = s->fields;
    enum pl_status status = read_word(s, err);
    s->fields.n = before.n;
    return status;
}

/* ---------------------------------------------------------------- commands */

static bool is_assignment(struct pl_slice word)
{
    size_t n = 0;
    while (n < word.len && is_name((unsigned char)word.ptr[n], n == 0)) {
        n++;
    }
    return n > 0 && n < word.len && word.ptr[n] == '=';
}

static PL_STATUS assign(struct sh *s, struct pl_slice word, bool unknown, struct pl_err *err)
{
    struct pl_slice name = pl_slice_sub(word, 0, pl_slice_find(word, '='));
    if (unknown) {
        return pl_words_add(&s->unset, name, s->is->arena, err);
    }
    for (uint32_t i = 0; i < s->unset.n; i++) {
        if (pl_slice_eq(s->unset.at[i], name)) {
            s->unset.at[i] = (struct pl_slice){0};
        }
    }
    return pl_words_add(&s->is->env, word, s->is->arena, err);
}

/* [ ... ]: true, false, or not to be told. */
static bool judge_test(struct sh *s, const struct pl_slice *w, uint32_t n, bool *ret_known)
{
    *ret_known = true;
    if (n > 0 && pl_slice_is(w[0], "!")) {
        return !judge_test(s, w + 1, n - 1, ret_known);
    }
    if (n == 1) {
        return w[0].len > 0;
    }
    if (n == 2 && pl_slice_is(w[0], "-z")) {
        return w[1].len == 0;
    }
    if (n == 2 && pl_slice_is(w[0], "-n")) {
        return w[1].len > 0;
    }
    if (n == 2 && w[0].len == 2 && w[0].ptr[0] == '-' && strchr("efdxrsL", w[0].ptr[1])) {
        return s->is->test(s->is->ctx, s->is->cwd, w[0].ptr[1], w[1], ret_known);
    }
    if (n == 3 && (pl_slice_is(w[1], "=") || pl_slice_is(w[1], "==") || pl_slice_is(w[1], "-eq"))) {
        return pl_slice_eq(w[0], w[2]);
    }
    if (n == 3 && (pl_slice_is(w[1], "!=") || pl_slice_is(w[1], "-ne"))) {
        return !pl_slice_eq(w[0], w[2]);
    }
    *ret_known = false;
    return false;
}

static void run_test(struct sh *s, uint32_t from)
{
    bool known = true;
    uint32_t n = s->fields.n - from;
    for (uint32_t i = 0; i < s->fields.n && i < sizeof s->unknown; i++) {
        known = known && !s->unknown[i];
    }
    if (n > 0 && pl_word_is_any(s->fields.at[s->fields.n - 1], "] ]]")) {
        n--;
    }
    bool is = known && judge_test(s, s->fields.at + from, n, &known);
    if (!known) {
        give_up(s, "it asks for something that only the sandbox knows");
    }
    s->ok = is;
}

/* A command that stays, or that the script becomes. */
static void keep_command(struct sh *s, uint32_t from, bool replaces)
{
    if (from >= s->fields.n) {
        return;
    }
    if (from < sizeof s->unknown && s->unknown[from]) {
        give_up(s, "the command's name is made at run time");
        return;
    }
    s->is->command = (struct pl_words){s->fields.at + from, s->fields.n - from, 0};
    s->is->replaced = replaces;
    s->is->background = false;
    s->done = replaces;
    s->ok = true;
}

static PL_STATUS run_builtin(struct sh *s, uint32_t from, bool *ret_is, struct pl_err *err)
{
    struct pl_slice name = s->fields.at[from];
    *ret_is = true;
    s->ok = true;
    if (pl_word_is_any(name, "export readonly declare typeset local")) {
        for (uint32_t i = from + 1; i < s->fields.n; i++) {
            bool unknown = i < sizeof s->unknown && s->unknown[i];
            if (is_assignment(s->fields.at[i]) &&
                assign(s, s->fields.at[i], unknown, err) != PL_OK) {
                return err->code;
            }
        }
    } else if (pl_word_is_any(name, "[ [[ test")) {
        run_test(s, from + 1);
    } else if (pl_word_is_any(name, "exit return")) {
        s->done = true;
    } else if (pl_slice_is(name, "cd") && from + 1 < s->fields.n) {
        struct pl_slice to = s->fields.at[from + 1];
        if (!pl_slice_starts(to, PL_SLICE("/"))) {
            give_up(s, "it goes to another folder");
        }
        s->is->cwd = to;
    } else if (pl_slice_is(name, "false")) {
        s->ok = false;
    } else if (pl_word_is_any(name, ". source eval")) {
        give_up(s, "it reads another script");
    } else if (pl_word_is_any(name, "shift for while until function { do done")) {
        give_up(s, "it has loops, functions or other things that are not followed");
    } else if (!pl_word_is_any(
                   name, "set : true echo printf ulimit umask trap wait unset mkdir chmod cp rm "
                         "ln touch sleep date")) {
        *ret_is = false;
    }
    return PL_OK;
}

static PL_STATUS run_command(struct sh *s, struct pl_err *err)
{
    uint32_t from = 0;
    bool is_builtin = false;
    while (from < s->fields.n && is_assignment(s->fields.at[from])) {
        bool unknown = from < sizeof s->unknown && s->unknown[from];
        if (assign(s, s->fields.at[from], unknown, err) != PL_OK) {
            return err->code;
        }
        from++;
    }
    if (from == s->fields.n) {
        s->ok = true;
        return PL_OK;
    }
    if (pl_slice_is(s->fields.at[from], "exec")) {
        from++;
        while (from < s->fields.n && pl_word_is_any(s->fields.at[from], "-- -l -c")) {
            from++;
        }
        keep_command(s, from, true);
        return PL_OK;
    }
    if (run_builtin(s, from, &is_builtin, err) != PL_OK) {
        return err->code;
    }
    if (!is_builtin && s->condition) {
        give_up(s, "it asks for something that only the sandbox knows");
    } else if (!is_builtin) {
        keep_command(s, from, false);
    }
    return PL_OK;
}

/* ---------------------------------------------------------------- lists */

static PL_STATUS run_list(struct sh *s, bool run, const char *until, struct pl_err *err);

/* Is the next word this one, bare?  Then it is passed over. */
static bool take_keyword(struct sh *s, const char *list, struct pl_slice *ret)
{
    skip_blanks(s);
    size_t n = s->pos;
    while (n < s->src.len && !ends_word((unsigned char)s->src.ptr[n])) {
        n++;
    }
    *ret = pl_slice_sub(s->src, s->pos, n);
    if (ret->len == 0 || !pl_word_is_any(*ret, list)) {
        return false;
    }
    s->pos = n;
    return true;
}

static PL_STATUS run_if(struct sh *s, bool run, struct pl_err *err)
{
    struct pl_slice word;
    bool taken = false;
    bool more = true;
    while (more && !s->done) {
        s->condition = true;
        if (run_list(s, run && !taken, "then", err) != PL_OK) {
            return err->code;
        }
        s->condition = false;
        bool yes = run && !taken && s->ok;
        if (run_list(s, yes, "elif else fi", err) != PL_OK || s->done) {
            return s->done ? PL_OK : err->code;
        }
        taken = taken || yes;
        more = false;
        if (take_keyword(s, "elif", &word)) {
            more = true;
        } else if (take_keyword(s, "else", &word)) {
            if (run_list(s, run && !taken, "fi", err) != PL_OK) {
                return err->code;
            }
            (void)take_keyword(s, "fi", &word);
        } else {
            (void)take_keyword(s, "fi", &word);
        }
    }
    return PL_OK;
}

/* One command up to what separates it; not run, only its words are passed over. */
static PL_STATUS read_command(struct sh *s, bool run, struct pl_err *err)
{
    struct pl_slice word;
    s->fields = (struct pl_words){0};
    if (take_keyword(s, "case for while until function select {", &word)) {
        give_up(s, "it has loops, functions or other things that are not followed");
        return PL_OK;
    }
    for (;;) {
        enum token token = next_token(s);
        enum pl_status status = token == T_WORD    ? read_word(s, err)
                                : token == T_REDIR ? skip_redirection(s, err)
                                                   : PL_OK;
        if (status || s->done) {
            return status;
        }
        if (token != T_WORD && token != T_REDIR) {
            break;
        }
    }
    if (next_token(s) == T_OPEN || next_token(s) == T_CLOSE) {
        give_up(s, "it has loops, functions or other things that are not followed");
        return PL_OK;
    }
    return run && s->fields.n > 0 ? run_command(s, err) : PL_OK;
}

/* What stands behind a command decides whether the next one runs; false: the list ends here. */
static bool separate(struct sh *s, bool run, bool *go)
{
    bool ran = *go;
    *go = run;
    switch (next_token(s)) {
    case T_AND:
        s->pos += 2;
        *go = run && s->ok;
        return true;
    case T_OR:
        s->pos += 2;
        *go = run && !s->ok;
        return true;
    case T_AMP:
        s->is->background = ran && s->fields.n > 0;
        s->pos++;
        return true;
    case T_SEMI:
        s->pos++;
        return true;
    case T_END:
        return false;
    case T_PIPE:
        give_up(s, "it ends in a pipe");
        return false;
    case T_SEMI2:
    case T_OPEN:
    case T_CLOSE:
    case T_REDIR:
    case T_WORD:
        break;
    }
    give_up(s, "it has loops, functions or other things that are not followed");
    return false;
}

/* Stops before one of the words in `until`, or behind it for "then". */
static PL_STATUS run_list(struct sh *s, bool run, const char *until, struct pl_err *err)
{
    struct pl_slice word;
    bool go = run;
    while (!s->done) {
        size_t before = s->pos;
        if (++s->steps > PL_SHELL_MAX_STEPS) {
            give_up(s, "it is too long");
            return PL_OK;
        }
        if (until[0] && take_keyword(s, until, &word)) {
            s->pos = pl_slice_is(word, "then") ? s->pos : before;
            return PL_OK;
        }
        enum pl_status status;
        if (take_keyword(s, "if", &word)) {
            if (++s->depth > MAX_DEPTH) {
                give_up(s, "it is nested too deep");
                return PL_OK;
            }
            status = run_if(s, go, err);
            s->depth--;
        } else if (take_keyword(s, "! time", &word)) {
            give_up(s, "it has loops, functions or other things that are not followed");
            return PL_OK;
        } else {
            status = read_command(s, go, err);
        }
        if (status || s->done) {
            return status;
        }
        if (!separate(s, run, &go)) {
            return PL_OK;
        }
    }
    return PL_OK;
}

PL_STATUS pl_shell_resolve(struct pl_shell *shell, struct pl_err *err)
{
    struct sh s = {.is = shell, .src = shell->script, .ok = true};
    pl_buf_init(&s.word, PL_MAX_PATH);
    shell->opaque = NULL;
    shell->command = (struct pl_words){0};
    enum pl_status status = run_list(&s, true, "", err);
    pl_buf_done(&s.word);
    if (status == PL_ERR_LIMIT) {
        shell->opaque = "it is too long";
        status = PL_OK;
    }
    if (!status && !shell->opaque && shell->command.n == 0) {
        shell->opaque = "it starts nothing that stays";
    }
    return status;
}
