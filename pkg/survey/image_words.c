/* Lists of words, as commands are made of; what a start script's tests and patterns say of them. */
#include "pkg/survey/image_shell.h"

#include <string.h>

PL_STATUS pl_words_add(struct pl_words *words, struct pl_slice word, struct pl_arena *arena,
                       struct pl_err *err)
{
    if (words->n == PL_SHELL_MAX_WORDS) {
        return pl_err_set(err, PL_ERR_LIMIT, "a command of too many words");
    }
    if (words->n == words->cap) {
        uint32_t cap = words->cap > 0 ? words->cap * 2 : 8;
        struct pl_slice *at = pl_arena_new(arena, cap, sizeof *at, err);
        if (!at) {
            return err->code;
        }
        if (words->n > 0) {
            memcpy(at, words->at, words->n * sizeof *at);
        }
        words->at = at;
        words->cap = cap;
    }
    words->at[words->n++] = word;
    return PL_OK;
}

bool pl_word_is_any(struct pl_slice word, const char *list)
{
    struct pl_slice rest = pl_slice_of(list);
    struct pl_slice one;
    while (pl_slice_next(&rest, ' ', &one)) {
        if (pl_slice_eq(one, word)) {
            return true;
        }
    }
    return false;
}

bool pl_shell_test(const struct pl_shell *shell, const struct pl_slice *w, uint32_t n,
                   bool *ret_known)
{
    *ret_known = true;
    if (n > 0 && pl_slice_is(w[0], "!")) {
        return !pl_shell_test(shell, w + 1, n - 1, ret_known);
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
        return shell->test(shell->ctx, shell->cwd, w[0].ptr[1], w[1], ret_known);
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

bool pl_shell_matches(struct pl_slice pattern, struct pl_slice value)
{
    size_t p = 0;
    size_t v = 0;
    size_t star = SIZE_MAX; /* behind the last '*', and what it has taken so far */
    size_t taken = 0;
    while (v < value.len) {
        if (p < pattern.len && pattern.ptr[p] == '*') {
            star = ++p;
            taken = v;
        } else if (p < pattern.len && (pattern.ptr[p] == '?' || pattern.ptr[p] == value.ptr[v])) {
            p++;
            v++;
        } else if (star != SIZE_MAX) {
            p = star;
            v = ++taken;
        } else {
            return false;
        }
    }
    while (p < pattern.len && pattern.ptr[p] == '*') {
        p++;
    }
    return p == pattern.len;
}
