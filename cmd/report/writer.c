#include "cmd/report/writer.h"

#include "pkg/base/text.h"

#include <stdarg.h>

void pl_put(struct pl_writer *w, const char *text)
{
    if (w->status == PL_OK) {
        w->status = pl_buf_text(w->to, text, w->err);
    }
}

void pl_put_slice(struct pl_writer *w, struct pl_slice text)
{
    if (w->status == PL_OK) {
        w->status = pl_buf_slice(w->to, text, w->err);
    }
}

void pl_put_fmt(struct pl_writer *w, const char *fmt, ...)
{
    if (w->status == PL_OK) {
        va_list args;
        va_start(args, fmt);
        w->status = pl_buf_vfmt(w->to, w->err, fmt, args);
        va_end(args);
    }
}

void pl_put_safe(struct pl_writer *w, struct pl_slice text)
{
    if (w->status == PL_OK) {
        w->status = pl_text_escape(w->to, text, w->err);
    }
}

/* What stands in an attribute for one code point of safe text; NULL: itself. */
static const char *xml_reference(uint32_t code)
{
    switch (code) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&apos;";
    case 0xfffe: /* no characters of XML (1.0, production 2) */
    case 0xffff:
        return "&#xfffd;";
    default:
        return NULL;
    }
}

void pl_put_xml(struct pl_writer *w, struct pl_slice raw)
{
    struct pl_buf safe PL_CLEANUP(pl_buf_done) = {.max = w->to->max};
    struct pl_writer inner = {&safe, w->err, w->status};
    pl_put_safe(&inner, raw);
    w->status = inner.status;
    struct pl_slice text = pl_buf_view(&safe);
    size_t plain = 0;
    for (size_t pos = 0; pos < text.len;) {
        size_t at = pos;
        uint32_t code = 0;
        (void)pl_utf8_next(text, &pos, &code);
        const char *reference = xml_reference(code);
        if (reference) {
            pl_put_slice(w, pl_slice_sub(text, plain, at));
            pl_put(w, reference);
            plain = pos;
        }
    }
    pl_put_slice(w, pl_slice_sub(text, plain, text.len));
}

void pl_put_attr(struct pl_writer *w, const char *name, struct pl_slice value)
{
    pl_put_fmt(w, " %s=\"", name);
    pl_put_xml(w, value);
    pl_put(w, "\"");
}

static bool is_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

void pl_put_uri(struct pl_writer *w, struct pl_slice path)
{
    size_t plain = 0;
    bool is_leading = true;
    for (size_t i = 0; i < path.len; i++) {
        is_leading = is_leading && path.ptr[i] == '/';
        if (is_unreserved(path.ptr[i]) || (path.ptr[i] == '/' && !is_leading)) {
            continue;
        }
        pl_put_slice(w, pl_slice_sub(path, plain, i));
        pl_put_fmt(w, "%%%02X", (unsigned)(unsigned char)path.ptr[i]);
        plain = i + 1;
    }
    pl_put_slice(w, pl_slice_sub(path, plain, path.len));
}

static bool is_order(struct pl_slice text, size_t at, bool is_first)
{
    struct pl_slice rest = pl_slice_sub(text, at, text.len);
    return (is_first && pl_slice_starts(rest, PL_SLICE("::"))) ||
           pl_slice_starts(rest, PL_SLICE("##["));
}

void pl_put_defused(struct pl_writer *w, size_t from)
{
    struct pl_buf copy PL_CLEANUP(pl_buf_done) = {.max = w->to->max};
    bool is_first = true; /* only blanks stand before it in its line */
    bool is_any = false;
    struct pl_slice text = pl_slice_sub(pl_buf_view(w->to), from, w->to->len);
    for (size_t i = 0; i < text.len && !is_any; i++) {
        is_any = is_order(text, i, true);
    }
    if (w->status != PL_OK || !is_any) {
        return;
    }
    w->status = pl_buf_slice(&copy, text, w->err);
    w->to->len = from;
    text = pl_buf_view(&copy);
    size_t plain = 0;
    for (size_t i = 0; i < text.len && w->status == PL_OK; i++) {
        if (is_order(text, i, is_first)) {
            pl_put_slice(w, pl_slice_sub(text, plain, i));
            pl_put_fmt(w, "\\x%02x", (unsigned)text.ptr[i]);
            plain = i + 1;
        }
        is_first = text.ptr[i] == '\n' || (is_first && (text.ptr[i] == ' ' || text.ptr[i] == '\t'));
    }
    pl_put_slice(w, pl_slice_sub(text, plain, text.len));
}
