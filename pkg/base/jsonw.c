#include "pkg/base/jsonw.h"

#include "pkg/base/text.h"

void pl_jsonw_begin(struct pl_jsonw *w, struct pl_buf *to, bool indent, struct pl_err *err)
{
    *w = (struct pl_jsonw){.to = to, .err = err, .status = PL_OK, .indent = indent};
}

static void put(struct pl_jsonw *w, struct pl_slice text)
{
    if (w->status == PL_OK) {
        w->status = pl_buf_slice(w->to, text, w->err);
    }
}

static void misuse(struct pl_jsonw *w, const char *what)
{
    if (w->status == PL_OK) {
        w->status = pl_err_set(w->err, PL_ERR_INTERNAL, "JSON: %s", what);
    }
}

static void new_line(struct pl_jsonw *w)
{
    if (!w->indent) {
        return;
    }
    static const char blanks[] =
        "\n                                                                ";
    _Static_assert(sizeof blanks >= 2 + 2 * PL_JSONW_DEPTH, "a level has no room");
    put(w, pl_slice_make(blanks, 1 + (size_t)2 * w->depth));
}

/* The characters that JSON does not take as they are (RFC 8259, 7), and those that would do
 * something to the terminal that shows it. */
static void put_escaped(struct pl_jsonw *w, uint32_t code)
{
    switch (code) {
    case '"':
        put(w, PL_SLICE("\\\""));
        return;
    case '\\':
        put(w, PL_SLICE("\\\\"));
        return;
    case '\n':
        put(w, PL_SLICE("\\n"));
        return;
    case '\r':
        put(w, PL_SLICE("\\r"));
        return;
    case '\t':
        put(w, PL_SLICE("\\t"));
        return;
    default:
        if (w->status == PL_OK && code > 0xffff) { /* a surrogate pair */
            w->status =
                pl_buf_fmt(w->to, w->err, "\\u%04x\\u%04x", 0xd7c0u + (unsigned)(code >> 10),
                           0xdc00u | (unsigned)(code & 0x3ffu));
        } else if (w->status == PL_OK) {
            w->status = pl_buf_fmt(w->to, w->err, "\\u%04x", (unsigned)code);
        }
        return;
    }
}

/* ASCII that stands for itself: nearly everything that is written. */
static bool is_plain(char c)
{
    return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

static void put_string(struct pl_jsonw *w, struct pl_slice text)
{
    put(w, PL_SLICE("\""));
    size_t plain = 0;
    for (size_t pos = 0; pos < text.len && w->status == PL_OK;) {
        if (is_plain(text.ptr[pos])) {
            pos++;
            continue;
        }
        size_t at = pos;
        uint32_t code = 0;
        char c = text.ptr[pos];
        if (c >= 0x20 && c < 0x7f && c != '"' && c != '\\') { /* most of all text */
            pos++;
            continue;
        }
        bool valid = pl_utf8_next(text, &pos, &code);
        if (valid && code >= 0x80 && !pl_text_is_unsafe(code)) {
            continue;
        }
        put(w, pl_slice_sub(text, plain, at));
        if (valid) {
            put_escaped(w, code);
        } else {
            put(w, PL_SLICE("\xef\xbf\xbd"));
        }
        plain = pos;
    }
    put(w, pl_slice_sub(text, plain, text.len));
    put(w, PL_SLICE("\""));
}

/* What stands before every value: the comma, the line end, the key. */
static void lead_in(struct pl_jsonw *w, const char *key)
{
    if (w->has_item[w->depth]) {
        if (w->depth == 0) {
            misuse(w, "a second value at the top");
            return;
        }
        put(w, PL_SLICE(","));
    }
    w->has_item[w->depth] = true;
    if (w->depth > 0) {
        new_line(w);
    }
    if (key) {
        put_string(w, pl_slice_of(key));
        put(w, w->indent ? PL_SLICE(": ") : PL_SLICE(":"));
    }
}

static void open_level(struct pl_jsonw *w, const char *key, struct pl_slice bracket)
{
    lead_in(w, key);
    put(w, bracket);
    if (w->depth + 1 >= PL_JSONW_DEPTH) {
        misuse(w, "nested too deep");
        return;
    }
    w->depth++;
    w->has_item[w->depth] = false;
}

static void close_level(struct pl_jsonw *w, struct pl_slice bracket)
{
    if (w->depth == 0) {
        misuse(w, "closed more than was opened");
        return;
    }
    bool empty = !w->has_item[w->depth];
    w->depth--;
    if (!empty) {
        new_line(w);
    }
    put(w, bracket);
}

void pl_jsonw_object(struct pl_jsonw *w, const char *key)
{
    open_level(w, key, PL_SLICE("{"));
}

void pl_jsonw_array(struct pl_jsonw *w, const char *key)
{
    open_level(w, key, PL_SLICE("["));
}

void pl_jsonw_close_object(struct pl_jsonw *w)
{
    close_level(w, PL_SLICE("}"));
}

void pl_jsonw_close_array(struct pl_jsonw *w)
{
    close_level(w, PL_SLICE("]"));
}

void pl_jsonw_slice(struct pl_jsonw *w, const char *key, struct pl_slice value)
{
    lead_in(w, key);
    put_string(w, value);
}

void pl_jsonw_text(struct pl_jsonw *w, const char *key, const char *value)
{
    if (value) {
        pl_jsonw_slice(w, key, pl_slice_of(value));
    } else {
        pl_jsonw_null(w, key);
    }
}

/* By hand: sidecars have two numbers for every file. */
void pl_jsonw_u64(struct pl_jsonw *w, const char *key, uint64_t value)
{
    char digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    lead_in(w, key);
    put(w, pl_slice_make(digits + at, sizeof digits - at));
}

void pl_jsonw_i64(struct pl_jsonw *w, const char *key, int64_t value)
{
    lead_in(w, key);
    if (w->status == PL_OK) {
        w->status = pl_buf_fmt(w->to, w->err, "%lld", (long long)value);
    }
}

void pl_jsonw_decimal(struct pl_jsonw *w, const char *key, uint64_t value, unsigned decimals)
{
    uint64_t unit = 1;
    if (decimals > 18) {
        misuse(w, "too many decimals");
        return;
    }
    while (decimals > 0 && value % 10 == 0) {
        value /= 10;
        decimals--;
    }
    for (unsigned i = 0; i < decimals; i++) {
        unit *= 10;
    }
    lead_in(w, key);
    if (w->status == PL_OK) {
        w->status = decimals == 0 ? pl_buf_fmt(w->to, w->err, "%llu", (unsigned long long)value)
                                  : pl_buf_fmt(w->to, w->err, "%llu.%0*llu",
                                               (unsigned long long)(value / unit), (int)decimals,
                                               (unsigned long long)(value % unit));
    }
}

void pl_jsonw_bool(struct pl_jsonw *w, const char *key, bool value)
{
    lead_in(w, key);
    put(w, value ? PL_SLICE("true") : PL_SLICE("false"));
}

void pl_jsonw_null(struct pl_jsonw *w, const char *key)
{
    lead_in(w, key);
    put(w, PL_SLICE("null"));
}

enum pl_status pl_jsonw_end(struct pl_jsonw *w)
{
    if (w->depth > 0) {
        misuse(w, "something is still open");
    }
    return w->status;
}
