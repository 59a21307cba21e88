#include "cmd/explain_match.h"

#include <stdbool.h>

/* Shorter texts are part of too much; a shorter piece of a message says too little. */
enum { TEXT_MIN = 4, PIECE_MIN = 12 };

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static char lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* How many bytes a quoted word or a <placeholder> takes at `at`; 0 when none starts there.  An
 * apostrophe inside a word ("couldn't") opens nothing. */
static size_t quoted_len(struct pl_slice s, size_t at)
{
    char open = s.ptr[at];
    char close = open;
    if (open == '<') {
        close = '>';
    }
    if ((open != '\'' && open != '"' && open != '<') || (at > 0 && is_word(s.ptr[at - 1]))) {
        return 0;
    }
    for (size_t i = at + 1; i < s.len && s.ptr[i] != '\n'; i++) {
        bool inside_word = close == '\'' && i + 1 < s.len && is_word(s.ptr[i + 1]);
        if (s.ptr[i] == close && !inside_word) {
            return i + 1 - at;
        }
    }
    return 0;
}

enum pl_status pl_explain_normalise(struct pl_buf *to, struct pl_slice text, struct pl_err *err)
{
    bool blank = true; /* none at the start */
    size_t plain_until = to->len;
    enum pl_status status = PL_OK;
    for (size_t i = 0; i < text.len && status == PL_OK;) {
        size_t quoted = quoted_len(text, i);
        char c = text.ptr[i];
        if (quoted > 0) {
            status = pl_buf_text(to, "<>", err);
            blank = false;
            i += quoted;
            continue;
        }
        if (!is_blank(c)) {
            status = pl_buf_byte(to, lower(c), err);
        } else if (!blank) {
            status = pl_buf_byte(to, ' ', err);
        }
        blank = is_blank(c);
        i++;
    }
    if (status == PL_OK && to->len > plain_until && to->data[to->len - 1] == ' ') {
        to->len--;
        to->data[to->len] = '\0';
    }
    return status;
}

static bool is_digit_at(struct pl_slice s, size_t at)
{
    return at < s.len && s.ptr[at] >= '0' && s.ptr[at] <= '9';
}

/* Would a cut at `at` leave a part of a number? */
static bool cuts_number(struct pl_slice s, size_t at)
{
    return at > 0 && is_digit_at(s, at - 1) && is_digit_at(s, at);
}

/* Where `needle` stands in `hay`, hay.len when nowhere.  "status 1" does not stand in "status 126":
 * another number is another message. */
static size_t find(struct pl_slice hay, struct pl_slice needle)
{
    size_t from = 0;
    while (needle.len <= hay.len - from) {
        struct pl_slice rest = pl_slice_sub(hay, from, hay.len);
        size_t at = from + pl_slice_find_text(rest, needle);
        if (at > hay.len - needle.len) {
            return hay.len;
        }
        if (!cuts_number(hay, at) && !cuts_number(hay, at + needle.len)) {
            return at;
        }
        from = at + 1;
    }
    return hay.len;
}

static bool holds(struct pl_slice hay, struct pl_slice needle)
{
    return needle.len <= hay.len && find(hay, needle) <= hay.len - needle.len;
}

/* Cuts what stands before the next "<>" off *rest. */
static bool next_piece(struct pl_slice *rest, struct pl_slice *ret)
{
    if (!rest->ptr) {
        return false;
    }
    size_t at = pl_slice_find_text(*rest, PL_SLICE("<>"));
    *ret = pl_slice_sub(*rest, 0, at);
    *rest = at < rest->len ? pl_slice_sub(*rest, at + 2, rest->len) : (struct pl_slice){NULL, 0};
    return true;
}

/* Do the fixed pieces of `says` stand in `text`, one behind the other? */
static bool pieces_in_order(struct pl_slice says, struct pl_slice text)
{
    struct pl_slice piece;
    size_t fixed = 0;
    while (next_piece(&says, &piece)) {
        piece = pl_slice_trim(piece);
        size_t at = find(text, piece);
        if (piece.len > text.len || at + piece.len > text.len) {
            return false;
        }
        fixed += piece.len;
        text = pl_slice_sub(text, at + piece.len, text.len);
    }
    return fixed >= PIECE_MIN;
}

/* Does a piece that is long enough to tell stand in the text?  An exception's name in front of the
 * message ("Runtime.ImportModuleError: ") is a piece of its own, and so is each sentence. */
static bool one_piece(struct pl_slice says, struct pl_slice text)
{
    struct pl_slice piece;
    while (next_piece(&says, &piece)) {
        while (piece.len > 0) {
            size_t colon = pl_slice_find_text(piece, PL_SLICE(": "));
            size_t stop = pl_slice_find_text(piece, PL_SLICE(". "));
            size_t end = colon < stop ? colon : stop;
            struct pl_slice part = pl_slice_trim(pl_slice_sub(piece, 0, end));
            if (part.len >= PIECE_MIN && holds(text, part)) {
                return true;
            }
            piece = pl_slice_sub(piece, end < piece.len ? end + 2 : piece.len, piece.len);
        }
    }
    return false;
}

static bool is_better(const struct pl_explain_hit *a, const struct pl_explain_hit *b)
{
    return a->match > b->match || (a->match == b->match && a->len > b->len);
}

PL_STATUS pl_explain_match_line(struct pl_explain_hit *best, struct pl_slice line,
                                struct pl_slice text, struct pl_err *err)
{
    struct pl_buf says PL_CLEANUP(pl_buf_done) = {.max = PL_EXPLAIN_MAX_BYTES};
    if (pl_explain_normalise(&says, line, err) != PL_OK) {
        return err->code;
    }
    struct pl_slice s = pl_buf_view(&says);
    struct pl_explain_hit hit = {PL_MATCH_NONE, s.len};
    if (holds(s, text) || pieces_in_order(s, text)) {
        hit.match = PL_MATCH_WHOLE;
    } else if (one_piece(s, text)) {
        hit.match = PL_MATCH_PART;
    }
    if (hit.match != PL_MATCH_NONE && is_better(&hit, best)) {
        *best = hit;
    }
    return PL_OK;
}

/* The rule's own words. */
static enum pl_status match_words(struct pl_explain_hit *best, const struct pl_rule *rule,
                                  struct pl_slice text, struct pl_err *err)
{
    struct pl_buf summary PL_CLEANUP(pl_buf_done) = {.max = PL_EXPLAIN_MAX_BYTES};
    if (pl_explain_normalise(&summary, pl_slice_of(rule->summary), err) != PL_OK) {
        return err->code;
    }
    if (holds(pl_slice_of(rule->name), text) || holds(pl_buf_view(&summary), text)) {
        *best = (struct pl_explain_hit){PL_MATCH_WHOLE, text.len};
    }
    return PL_OK;
}

enum pl_status pl_explain_match(struct pl_explain_hit *ret, const struct pl_rule *rule,
                                struct pl_slice text, struct pl_err *err)
{
    struct pl_explain_hit best = {PL_MATCH_NONE, 0};
    struct pl_slice rest = pl_slice_of(rule->says);
    struct pl_slice line;
    if (text.len >= TEXT_MIN && match_words(&best, rule, text, err) != PL_OK) {
        return err->code;
    }
    while (text.len >= TEXT_MIN && rule->says && pl_slice_next(&rest, '\n', &line)) {
        if (pl_explain_match_line(&best, line, text, err) != PL_OK) {
            return err->code;
        }
    }
    *ret = best;
    return PL_OK;
}
