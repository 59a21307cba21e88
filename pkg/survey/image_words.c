/* Lists of words, as commands are made of. */
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
