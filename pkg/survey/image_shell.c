#include "pkg/survey/image_shell.h"

#include "pkg/base/limits.h"
#include "pkg/survey/image_sh.h"

#include <string.h>

enum { MAX_DEPTH = 32 };

/* ---------------------------------------------------------------- commands */

static bool is_assignment(struct pl_slice word)
{
    size_t n = 0;
    while (n < word.len && pl_sh_is_name((unsigned char)word.ptr[n], n == 0)) {
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
    bool is = known && pl_shell_test(s->is, s->fields.at + from, n, &known);
    if (!known) {
        pl_sh_give_up(s, "it asks for something that only the sandbox knows");
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
        pl_sh_give_up(s, "the command's name is made at run time");
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
            pl_sh_give_up(s, "it goes to another folder");
        }
        s->is->cwd = to;
    } else if (pl_slice_is(name, "false")) {
        s->ok = false;
    } else if (pl_word_is_any(name, ". source eval")) {
        pl_sh_give_up(s, "it reads another script");
    } else if (pl_word_is_any(name, "shift for while until function { do done")) {
        pl_sh_give_up(s, "it has loops, functions or other things that are not followed");
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
        pl_sh_give_up(s, "it asks for something that only the sandbox knows");
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
    pl_sh_skip_blanks(s);
    size_t n = s->pos;
    while (n < s->src.len && !pl_sh_ends_word((unsigned char)s->src.ptr[n])) {
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

static void skip_lines(struct sh *s)
{
    pl_sh_skip_blanks(s);
    while (pl_sh_peek(s) == '\n') {
        s->pos++;
        pl_sh_skip_blanks(s);
    }
}

/* "app.*|'other'": is the value one of them?  Patterns that are made at run time end it all. */
static bool match_any(struct sh *s, struct pl_slice patterns, struct pl_slice value)
{
    struct pl_slice one;
    bool is = false;
    while (pl_slice_next(&patterns, '|', &one)) {
        one = pl_slice_trim(one);
        bool quoted = one.len > 1 && (one.ptr[0] == '"' || one.ptr[0] == '\'') &&
                      one.ptr[one.len - 1] == one.ptr[0];
        one = quoted ? pl_slice_sub(one, 1, one.len - 1) : one;
        for (size_t i = 0; i < one.len; i++) {
            bool plain = strchr("$`[\\\"'", one.ptr[i]) == NULL && one.ptr[i] != '\0';
            if (!plain || (quoted && (one.ptr[i] == '*' || one.ptr[i] == '?'))) {
                pl_sh_give_up(s, "a pattern of it is not followed");
                return false;
            }
        }
        is = is || pl_shell_matches(one, value);
    }
    return is;
}

/* case WORD in PATTERN|PATTERN) ... ;; esac */
static PL_STATUS run_case(struct sh *s, bool run, struct pl_err *err)
{
    struct pl_slice word;
    bool taken = false;
    s->fields = (struct pl_words){0};
    pl_sh_skip_blanks(s);
    if (pl_sh_read_word(s, err) != PL_OK) {
        return err->code;
    }
    struct pl_slice value = s->fields.n > 0 ? s->fields.at[0] : (struct pl_slice){0};
    bool unknown = s->fields.n > 0 && s->unknown[0];
    skip_lines(s);
    if (!take_keyword(s, "in", &word) || s->fields.n > 1 || (run && unknown)) {
        pl_sh_give_up(s, "it asks for something that only the sandbox knows");
    }
    s->cases++;
    while (!s->done) {
        skip_lines(s);
        if (take_keyword(s, "esac", &word)) {
            break;
        }
        s->pos += pl_sh_peek(s) == '(' ? 1 : 0;
        struct pl_slice rest = pl_slice_sub(s->src, s->pos, s->src.len);
        size_t end = pl_slice_find(rest, ')');
        s->pos += end + 1;
        if (end == rest.len) {
            pl_sh_give_up(s, "a case is not closed");
            break;
        }
        bool is = match_any(s, pl_slice_sub(rest, 0, end), value) && !taken;
        if (!s->done && run_list(s, run && is, "esac", err) != PL_OK) {
            return err->code;
        }
        taken = taken || is;
        s->pos += pl_sh_next_token(s) == T_SEMI2 ? 2 : 0;
    }
    s->cases--;
    return PL_OK;
}

/* One command up to what separates it; not run, only its words are passed over. */
static PL_STATUS read_command(struct sh *s, bool run, struct pl_err *err)
{
    struct pl_slice word;
    s->fields = (struct pl_words){0};
    if (take_keyword(s, "for while until function select {", &word)) {
        pl_sh_give_up(s, "it has loops, functions or other things that are not followed");
        return PL_OK;
    }
    for (;;) {
        enum token token = pl_sh_next_token(s);
        enum pl_status status = token == T_WORD    ? pl_sh_read_word(s, err)
                                : token == T_REDIR ? pl_sh_skip_redirection(s, err)
                                                   : PL_OK;
        if (status || s->done) {
            return status;
        }
        if (token != T_WORD && token != T_REDIR) {
            break;
        }
    }
    if (pl_sh_next_token(s) == T_OPEN || pl_sh_next_token(s) == T_CLOSE) {
        pl_sh_give_up(s, "it has loops, functions or other things that are not followed");
        return PL_OK;
    }
    return run && s->fields.n > 0 ? run_command(s, err) : PL_OK;
}

/* What stands behind a command decides whether the next one runs; false: the list ends here. */
static bool separate(struct sh *s, bool run, bool *go)
{
    bool ran = *go;
    *go = run;
    switch (pl_sh_next_token(s)) {
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
        pl_sh_give_up(s, "it ends in a pipe");
        return false;
    case T_SEMI2:
        if (s->cases > 0) {
            return false;
        }
        break;
    case T_OPEN:
    case T_CLOSE:
    case T_REDIR:
    case T_WORD:
        break;
    }
    pl_sh_give_up(s, "it has loops, functions or other things that are not followed");
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
            pl_sh_give_up(s, "it is too long");
            return PL_OK;
        }
        if (until[0] && take_keyword(s, until, &word)) {
            s->pos = pl_slice_is(word, "then") ? s->pos : before;
            return PL_OK;
        }
        enum pl_status status;
        if (take_keyword(s, "if", &word)) {
            if (++s->depth > MAX_DEPTH) {
                pl_sh_give_up(s, "it is nested too deep");
                return PL_OK;
            }
            status = run_if(s, go, err);
            s->depth--;
        } else if (take_keyword(s, "case", &word)) {
            if (++s->depth > MAX_DEPTH) {
                pl_sh_give_up(s, "it is nested too deep");
                return PL_OK;
            }
            status = run_case(s, go, err);
            s->depth--;
        } else if (take_keyword(s, "! time", &word)) {
            pl_sh_give_up(s, "it has loops, functions or other things that are not followed");
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
