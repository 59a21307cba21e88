#include "cmd/report/source.h"

#include "pkg/base/limits.h"
#include "pkg/base/text.h"

enum { WIDTH = 100, NUMBER = 6 };

static bool is_environment(enum pl_rule_id rule)
{
    return rule == PL_RULE_PL801 || rule == PL_RULE_PL802 || rule == PL_RULE_PL803;
}

static bool is_key_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
}

/* Is it blanks and dashes, then "key:", then blanks and at most an opening quote or bracket? */
static bool is_plain_key(struct pl_slice before)
{
    size_t i = 0;
    while (i < before.len && (before.ptr[i] == ' ' || before.ptr[i] == '-')) {
        i++;
    }
    while (i < before.len && is_key_byte(before.ptr[i])) {
        i++;
    }
    if (i < before.len && before.ptr[i] == ':') {
        i++;
    }
    while (i < before.len && (before.ptr[i] == ' ' || before.ptr[i] == '[')) {
        i++;
    }
    return i == before.len;
}

/* The part of the line that may be shown: up to the value's end when a plain "key: value" stands
 * there, else the value alone, from its column. */
static struct pl_slice shown_part(struct pl_slice line, const struct pl_finding *f,
                                  size_t *ret_from)
{
    size_t from = f->at.col - 1u;
    size_t len = f->at.len > 0 ? f->at.len : 1;
    size_t end = from > line.len || line.len - from < len ? line.len : from + len;
    *ret_from = is_plain_key(pl_slice_sub(line, 0, from)) ? 0 : from;
    return pl_slice_sub(line, *ret_from, end);
}

/* Columns of safe text, one per code point. */
static size_t columns(struct pl_slice s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.len; i++) {
        n += ((unsigned char)s.ptr[i] & 0xC0u) != 0x80u;
    }
    return n;
}

static PL_STATUS put_line(struct pl_buf *to, const struct pl_finding *f, struct pl_slice before,
                          struct pl_slice value, struct pl_err *err)
{
    enum pl_status status = pl_buf_fmt(to, err, "%*u | ", NUMBER - 1, f->at.line);
    if (!status) {
        status = pl_buf_slice(to, before, err);
    }
    if (!status) {
        status = pl_buf_slice(to, value, err);
    }
    return status ? status : pl_buf_byte(to, '\n', err);
}

/* `words` may be empty. */
static PL_STATUS put_caret(struct pl_buf *to, size_t from, size_t width, struct pl_slice words,
                           const struct pl_style *style, struct pl_err *err)
{
    enum pl_status status =
        pl_buf_fmt(to, err, "%*s| %*s%s", NUMBER, "", (int)from, "", style->caret);
    for (size_t i = 0; !status && i < width; i++) {
        status = pl_buf_byte(to, '^', err);
    }
    if (!status && words.len > 0) {
        status = pl_buf_fmt(to, err, " %.*s", PL_TEXT(words));
    }
    return status ? status : pl_buf_fmt(to, err, "%s\n", style->reset);
}

PL_STATUS pl_source_quote(struct pl_buf *to, const struct pl_project *project,
                          const struct pl_finding *finding, const struct pl_style *style,
                          bool *ret_said, struct pl_err *err)
{
    enum { MOST = 60 };
    struct pl_slice line;
    *ret_said = false;
    if (!pl_project_line(project, finding->at, &line) || finding->at.col == 0) {
        return PL_OK;
    }
    size_t from = 0;
    struct pl_slice part = shown_part(line, finding, &from);
    size_t value_at = finding->at.col - 1u - from;
    struct pl_buf before PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_DOC_BYTES};
    struct pl_buf value PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_DOC_BYTES};
    enum pl_status status = pl_text_escape(&before, pl_slice_sub(part, 0, value_at), err);
    if (!status) {
        struct pl_slice text = pl_slice_sub(part, value_at, part.len);
        status = pl_text_escape(&value, pl_slice_sub(text, 0, MOST), err);
    }
    if (status) {
        return status;
    }
    struct pl_slice shown = pl_buf_view(&value);
    /* A finding about the environment points at a key, or at the map: its first line only. */
    if (is_environment(finding->rule) && pl_slice_find(shown, '{') < shown.len) {
        shown = PL_SLICE("{");
    }
    status = put_line(to, finding, pl_buf_view(&before), shown, err);
    size_t indent = columns(pl_buf_view(&before));
    size_t width = columns(shown) > 0 ? columns(shown) : 1;
    struct pl_slice words = finding->caret.len > 0 ? finding->caret : finding->message;
    *ret_said = NUMBER + 2 + indent + width + 1 + columns(words) <= WIDTH;
    words = *ret_said ? words : PL_SLICE("");
    return status ? status : put_caret(to, indent, width, words, style, err);
}
