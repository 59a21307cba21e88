#include "pkg/inspect/py_mention.h"

#include "pkg/base/text.h"

static const struct pl_slice IMPORT = PL_SLICE_INIT("import");
static const struct pl_slice FROM = PL_SLICE_INIT("from");

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           (unsigned char)c >= 0x80;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\f';
}

static bool is_line_end(char c)
{
    return c == '\n' || c == '\r';
}

/* The text without the blanks and the joined line ends at its end. */
static struct pl_slice without_blanks(struct pl_slice s)
{
    for (;;) {
        while (s.len > 0 && is_blank(s.ptr[s.len - 1])) {
            s.len--;
        }
        size_t end = s.len;
        while (end > 0 && s.len - end < 2 && is_line_end(s.ptr[end - 1])) {
            end--;
        }
        if (end == s.len || end == 0 || s.ptr[end - 1] != '\\') {
            return s;
        }
        s.len = end - 1;
    }
}

/* "..a.b" when `before` ends with "from ..a.b", else empty.  A name is never behind "from" in
 * another sense: an expression there ends with a bracket, a semicolon or its line. */
static struct pl_slice module_before(struct pl_slice before)
{
    before = without_blanks(before);
    size_t start = before.len;
    while (start > 0 && (is_word(before.ptr[start - 1]) || before.ptr[start - 1] == '.')) {
        start--;
    }
    struct pl_slice run = pl_slice_sub(before, start, before.len);
    if (pl_slice_starts(run, PL_SLICE("from."))) {
        return pl_slice_sub(run, FROM.len, run.len);
    }
    before = without_blanks(pl_slice_sub(before, 0, start));
    size_t word = before.len - (before.len < FROM.len ? before.len : FROM.len);
    bool from = pl_slice_ends(before, FROM) && (word == 0 || !is_word(before.ptr[word - 1]));
    return from ? run : PL_SLICE("");
}

/* How many bytes of `s` are blanks and joined line ends. */
static size_t blanks_of(struct pl_slice s)
{
    size_t n = 0;
    while (n < s.len) {
        bool joined = s.ptr[n] == '\\' && n + 1 < s.len && is_line_end(s.ptr[n + 1]);
        if (!joined && !is_blank(s.ptr[n])) {
            break;
        }
        n += joined ? 2 : 1;
        n += joined && n < s.len && s.ptr[n - 1] == '\r' && s.ptr[n] == '\n';
    }
    return n;
}

/* Cuts the next name off *rest; false at the end of the statement, or where another begins. */
static bool next_name(struct pl_slice *rest, bool bracket, struct pl_slice *ret)
{
    for (;;) {
        *rest = pl_slice_sub(*rest, blanks_of(*rest), rest->len);
        if (rest->len == 0) {
            return false;
        }
        char c = rest->ptr[0];
        size_t n = 0;
        while (n < rest->len && (is_word(rest->ptr[n]) || rest->ptr[n] == '.')) {
            n++;
        }
        if (n > 0) {
            *ret = pl_slice_sub(*rest, 0, n);
            *rest = pl_slice_sub(*rest, n, rest->len);
            return !pl_slice_eq(*ret, IMPORT) && !pl_slice_ends(*ret, PL_SLICE(".import"));
        }
        if (bracket ? c == ')' : is_line_end(c) || c == '#' || c == ';') {
            return false;
        }
        n = 1;
        while (c == '#' && n < rest->len && !is_line_end(rest->ptr[n])) {
            n++;
        }
        *rest = pl_slice_sub(*rest, n, rest->len);
    }
}

struct telling {
    pl_py_mention_fn tell;
    void *ctx;
    size_t left; /* bytes that may still be looked at: comments in brackets are, more than once */
};

static PL_STATUS tell_names(struct telling *t, struct pl_slice after, struct pl_slice module,
                            struct pl_err *err)
{
    static const struct pl_slice none = PL_SLICE_INIT("");
    struct pl_slice name;
    enum pl_status status = module.len > 0 ? t->tell(t->ctx, module, none, err) : PL_OK;
    after = pl_slice_sub(after, 0, t->left);
    struct pl_slice rest = pl_slice_sub(after, blanks_of(after), after.len);
    bool bracket = rest.len > 0 && rest.ptr[0] == '(';
    rest = pl_slice_sub(rest, bracket ? 1 : 0, rest.len);
    while (status == PL_OK && next_name(&rest, bracket, &name)) {
        status =
            module.len > 0 ? t->tell(t->ctx, module, name, err) : t->tell(t->ctx, name, none, err);
    }
    t->left -= after.len - rest.len;
    return status;
}

PL_STATUS pl_python_mentions(struct pl_slice text, pl_py_mention_fn tell, void *ctx,
                             struct pl_err *err)
{
    enum { LOOKS = 8 };
    struct telling t = {tell, ctx, text.len > SIZE_MAX / LOOKS ? text.len : LOOKS * text.len};
    size_t last = 0; /* behind the "import" before: what stands there has been told */
    enum pl_status status = PL_OK;
    while (status == PL_OK) {
        size_t at = last + pl_slice_find_text(pl_slice_sub(text, last, text.len), IMPORT);
        size_t end = at + IMPORT.len;
        if (at >= text.len) {
            break;
        }
        bool inside = (at > 0 && is_word(text.ptr[at - 1])) ||
                      (end < text.len && (is_word(text.ptr[end]) || text.ptr[end] == '.'));
        if (!inside) {
            struct pl_slice module = module_before(pl_slice_sub(text, last, at));
            status = tell_names(&t, pl_slice_sub(text, end, text.len), module, err);
        }
        last = end;
    }
    return status;
}
