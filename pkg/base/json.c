/*
 * JSON (RFC 8259) into a document.  The walk over the text gives every value its place and refuses
 * what is not JSON with a position; cJSON, which has no positions and lets some things through
 * (leading zeros, raw control characters, duplicate keys), has the last word on what is left.
 */
#include "pkg/base/doc.h"
#include "pkg/base/doc_build.h"
#include "pkg/base/limits.h"
#include "pkg/base/text.h"

#include <cJSON.h>
#include <errno.h>
#include <string.h>

struct json {
    struct pl_doc_build build;
    struct pl_buf scratch; /* one unescaped string */
    size_t pos;
    uint32_t line;
    size_t line_start;
};

static char peek(const struct json *json)
{
    return (char)(json->pos < json->build.text.len ? json->build.text.ptr[json->pos] : '\0');
}

static bool at_end(const struct json *json)
{
    return json->pos >= json->build.text.len;
}

static struct pl_pos place(const struct json *json)
{
    return (struct pl_pos){.file = json->build.file,
                           .line = json->line,
                           .col = (uint32_t)(json->pos - json->line_start) + 1,
                           .len = 1};
}

/* Line ends stand between values only: inside strings they are refused. */
static void skip_space(struct json *json)
{
    for (char c = peek(json); c == ' ' || c == '\t' || c == '\n' || c == '\r'; c = peek(json)) {
        json->pos++;
        if (c == '\n' || (c == '\r' && peek(json) != '\n')) {
            json->line++;
            json->line_start = json->pos;
        }
    }
}

/* Says what stands where something else was expected. */
static enum pl_status unexpected(struct json *json, const char *expected)
{
    if (at_end(json)) {
        return pl_doc_fail(&json->build, place(json), "the text ends where %s is expected",
                           expected);
    }
    size_t next = json->pos;
    uint32_t code = 0;
    (void)pl_utf8_next(json->build.text, &next, &code);
    struct pl_buf shown PL_CLEANUP(pl_buf_done) = {.max = 32};
    struct pl_slice one = pl_slice_sub(json->build.text, json->pos, next);
    enum pl_status status = pl_text_escape(&shown, one, json->build.err);
    if (status != PL_OK) {
        return status;
    }
    if (code == '\'') {
        return pl_doc_fail(&json->build, place(json), "%s is expected; JSON has double quotes only",
                           expected);
    }
    if (code == '/' || code == '#') {
        return pl_doc_fail(&json->build, place(json), "%s is expected; JSON has no comments",
                           expected);
    }
    return pl_doc_fail(&json->build, place(json), "%s is expected here, not '%s'", expected,
                       shown.data);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool take(struct json *json, char one, char other)
{
    bool there = peek(json) == one || peek(json) == other;
    json->pos += there;
    return there;
}

/* One digit at least. */
static enum pl_status digits(struct json *json)
{
    if (!is_digit(peek(json))) {
        return unexpected(json, "a digit");
    }
    while (is_digit(peek(json))) {
        json->pos++;
    }
    return PL_OK;
}

static enum pl_status number(struct json *json)
{
    (void)take(json, '-', '-');
    size_t first = json->pos;
    enum pl_status status = digits(json);
    if (status == PL_OK && json->pos - first > 1 && json->build.text.ptr[first] == '0') {
        json->pos = first;
        return pl_doc_fail(&json->build, place(json), "a number has no leading zeros in JSON");
    }
    if (status == PL_OK && take(json, '.', '.')) {
        status = digits(json);
    }
    if (status == PL_OK && take(json, 'e', 'E')) {
        (void)take(json, '+', '-');
        status = digits(json);
    }
    return status;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The four digits behind \u. */
static enum pl_status hex4(struct json *json, uint32_t *ret)
{
    uint32_t code = 0;
    for (int i = 0; i < 4; i++) {
        int digit = hex_value(peek(json));
        if (digit < 0) {
            return unexpected(json, "a hexadecimal digit");
        }
        code = code << 4 | (uint32_t)digit;
        json->pos++;
    }
    *ret = code;
    return PL_OK;
}

static enum pl_status append_utf8(struct json *json, uint32_t code)
{
    char byte[4];
    size_t n = 0;
    if (code < 0x80) {
        byte[n++] = (char)code;
    } else if (code < 0x800) {
        byte[n++] = (char)(0xc0u | code >> 6);
        byte[n++] = (char)(0x80u | (code & 0x3fu));
    } else if (code < 0x10000) {
        byte[n++] = (char)(0xe0u | code >> 12);
        byte[n++] = (char)(0x80u | (code >> 6 & 0x3fu));
        byte[n++] = (char)(0x80u | (code & 0x3fu));
    } else {
        byte[n++] = (char)(0xf0u | code >> 18);
        byte[n++] = (char)(0x80u | (code >> 12 & 0x3fu));
        byte[n++] = (char)(0x80u | (code >> 6 & 0x3fu));
        byte[n++] = (char)(0x80u | (code & 0x3fu));
    }
    return pl_buf_append(&json->scratch, byte, n, json->build.err);
}

/* Behind "\u"; `start` is the place of the backslash. */
static enum pl_status unicode_escape(struct json *json, struct pl_pos start)
{
    uint32_t code = 0;
    enum pl_status status = hex4(json, &code);
    if (status != PL_OK) {
        return status;
    }
    bool high = code >= 0xd800 && code <= 0xdbff;
    if (high &&
        pl_slice_starts(pl_slice_sub(json->build.text, json->pos, SIZE_MAX), PL_SLICE("\\u"))) {
        uint32_t low = 0;
        json->pos += 2;
        status = hex4(json, &low);
        if (status != PL_OK) {
            return status;
        }
        if (low >= 0xdc00 && low <= 0xdfff) {
            code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        }
    }
    if (code >= 0xd800 && code <= 0xdfff) {
        return pl_doc_fail(&json->build, start, "half of a surrogate pair stands alone");
    }
    return append_utf8(json, code);
}

/* At a backslash. */
static enum pl_status escape(struct json *json)
{
    static const char letter[] = "\"\\/bfnrt";
    static const char meaning[] = "\"\\/\b\f\n\r\t";
    struct pl_pos start = place(json);
    json->pos++;
    char c = peek(json);
    const char *at = c != '\0' ? strchr(letter, c) : NULL;
    if (at) {
        json->pos++;
        return pl_buf_byte(&json->scratch, meaning[at - letter], json->build.err);
    }
    if (c == 'u') {
        json->pos++;
        return unicode_escape(json, start);
    }
    return pl_doc_fail(&json->build, start, "no such escape; a backslash is written \\\\");
}

static enum pl_status too_long(struct json *json, struct pl_pos start)
{
    char most[PL_COUNT_TEXT];
    return pl_doc_fail(&json->build, start, "a text of more than %s",
                       pl_size_text(PL_MAX_DOC_BYTES, most));
}

/* At the opening quote; the text ends up in json->scratch. */
static enum pl_status string(struct json *json)
{
    struct pl_pos start = place(json);
    pl_buf_clear(&json->scratch);
    json->pos++;
    for (;;) {
        size_t from = json->pos;
        while (!at_end(json) && peek(json) != '"' && peek(json) != '\\' &&
               (unsigned char)peek(json) >= 0x20) {
            json->pos++;
        }
        struct pl_slice plain = pl_slice_sub(json->build.text, from, json->pos);
        enum pl_status status = pl_buf_slice(&json->scratch, plain, json->build.err);
        if (status != PL_OK) {
            return status == PL_ERR_LIMIT ? too_long(json, start) : status;
        }
        if (at_end(json)) {
            return pl_doc_fail(&json->build, start, "the string that begins here is never closed");
        }
        if (peek(json) == '"') {
            json->pos++;
            return PL_OK;
        }
        if (peek(json) != '\\') {
            return pl_doc_fail(&json->build, place(json),
                               "the control character \\x%02x inside a string; is the closing "
                               "quote missing?",
                               (unsigned)(unsigned char)peek(json));
        }
        status = escape(json);
        if (status != PL_OK) {
            return status;
        }
    }
}

/* Adds what was read from `from` to json->pos as a scalar. */
static enum pl_status add_scalar(struct json *json, struct pl_node node, struct pl_slice text,
                                 size_t from, uint32_t *ret)
{
    node.at.len = (uint32_t)(json->pos - from);
    enum pl_status status = pl_doc_text(&json->build, node.at, text, &node.text);
    return status == PL_OK ? pl_doc_add(&json->build, &node, ret) : status;
}

static enum pl_status add_string(struct json *json, uint32_t *ret)
{
    struct pl_node node = {.kind = PL_NODE_SCALAR, .quoted = 1, .at = place(json)};
    size_t from = json->pos;
    enum pl_status status = string(json);
    if (status != PL_OK) {
        return status;
    }
    return add_scalar(json, node, pl_buf_view(&json->scratch), from, ret);
}

/* true, false, null, or a word that JSON does not know. */
static enum pl_status add_word(struct json *json, uint32_t *ret)
{
    static const char *const word[] = {"true", "false", "null"};
    struct pl_slice rest = pl_slice_sub(json->build.text, json->pos, SIZE_MAX);
    for (size_t i = 0; i < sizeof(word) / sizeof(word[0]); i++) {
        struct pl_slice text = pl_slice_of(word[i]);
        if (pl_slice_starts(rest, text)) {
            struct pl_node node = {.kind = i == 2 ? PL_NODE_NULL : PL_NODE_SCALAR,
                                   .at = place(json)};
            size_t from = json->pos;
            json->pos += text.len;
            return add_scalar(json, node, text, from, ret);
        }
    }
    return unexpected(json, "a value");
}

static enum pl_status value(struct json *json, unsigned depth, uint32_t *ret);

/* A key and its value, linked behind *last; *last becomes the value. */
static enum pl_status pair(struct json *json, uint32_t map, uint32_t *last, unsigned depth)
{
    uint32_t node = PL_NODE_NONE;
    if (peek(json) != '"') {
        return unexpected(json,
                          *last == PL_NODE_NONE ? "a key in quotes or '}'" : "a key in quotes");
    }
    enum pl_status status = add_string(json, &node);
    if (status != PL_OK) {
        return status;
    }
    pl_doc_link(&json->build, map, *last, node);
    *last = node;
    skip_space(json);
    if (peek(json) != ':') {
        return unexpected(json, "':'");
    }
    json->pos++;
    skip_space(json);
    status = value(json, depth, &node);
    if (status == PL_OK) {
        pl_doc_link(&json->build, map, *last, node);
        *last = node;
    }
    return status;
}

static enum pl_status item(struct json *json, uint32_t seq, uint32_t *last, unsigned depth)
{
    uint32_t node = PL_NODE_NONE;
    enum pl_status status = value(json, depth, &node);
    if (status == PL_OK) {
        pl_doc_link(&json->build, seq, *last, node);
        *last = node;
    }
    return status;
}

/* Behind an item: stays at the closing bracket, or steps to the next item. */
static enum pl_status comma_or_close(struct json *json, char close, bool *ret_more)
{
    skip_space(json);
    *ret_more = peek(json) != close;
    if (*ret_more && peek(json) != ',') {
        return unexpected(json, close == '}' ? "',' or '}'" : "',' or ']'");
    }
    if (*ret_more) {
        json->pos++;
        skip_space(json);
    }
    return PL_OK;
}

/* At '[' or '{'. */
static enum pl_status container(struct json *json, unsigned depth, uint32_t *ret)
{
    bool is_map = peek(json) == '{';
    char close = (char)(is_map ? '}' : ']');
    struct pl_node node = {.kind = is_map ? PL_NODE_MAP : PL_NODE_SEQ, .at = place(json)};
    if (depth >= PL_MAX_DOC_DEPTH) {
        return pl_doc_fail(&json->build, node.at, "nested more than %u deep", PL_MAX_DOC_DEPTH);
    }
    enum pl_status status = pl_doc_add(&json->build, &node, ret);
    json->pos++;
    skip_space(json);
    bool more = peek(json) != close;
    uint32_t last = PL_NODE_NONE;
    while (status == PL_OK && more) {
        status = is_map ? pair(json, *ret, &last, depth + 1) : item(json, *ret, &last, depth + 1);
        if (status == PL_OK) {
            status = comma_or_close(json, close, &more);
        }
    }
    json->pos++;
    return status == PL_OK && is_map ? pl_doc_check_keys(&json->build, *ret) : status;
}

/* Recursion is bounded by PL_MAX_DOC_DEPTH. */
static enum pl_status value(struct json *json, unsigned depth, uint32_t *ret)
{
    char c = peek(json);
    if (c == '{' || c == '[') {
        return container(json, depth, ret);
    }
    if (c == '"') {
        return add_string(json, ret);
    }
    if (c == '-' || (c >= '0' && c <= '9')) {
        struct pl_node node = {.kind = PL_NODE_SCALAR, .at = place(json)};
        size_t from = json->pos;
        enum pl_status status = number(json);
        if (status != PL_OK) {
            return status;
        }
        return add_scalar(json, node, pl_slice_sub(json->build.text, from, json->pos), from, ret);
    }
    return add_word(json, ret);
}

/* cJSON says NULL for wrong text and for no memory alike; malloc sets errno for the latter. */
static enum pl_status verdict(struct json *json)
{
    struct pl_slice text = json->build.text;
    const char *end = NULL;
    errno = 0;
    cJSON *tree = cJSON_ParseWithLengthOpts(text.ptr, text.len, &end, false);
    if (!tree && errno == ENOMEM) {
        return pl_err_nomem(json->build.err);
    }
    if (!tree) {
        size_t offset = end ? (size_t)(end - text.ptr) : 0;
        return pl_doc_fail(&json->build, pl_doc_place(&json->build, offset), "not JSON");
    }
    cJSON_Delete(tree);
    return PL_OK;
}

static enum pl_status parse(struct json *json, uint32_t *ret_root)
{
    skip_space(json);
    enum pl_status status = value(json, 0, ret_root);
    if (status != PL_OK) {
        return status;
    }
    skip_space(json);
    if (!at_end(json)) {
        return unexpected(json, "the end");
    }
    return verdict(json);
}

enum pl_status pl_json_parse(struct pl_doc *ret, struct pl_slice text, uint32_t file,
                             const char *name, struct pl_err *err)
{
    struct json json = {.build = {.file = file, .name = name, .err = err}, .line = 1};
    json.build.max_bytes = PL_MAX_PLAN_BYTES; /* who reads the file bounds other kinds */
    pl_buf_init(&json.scratch, PL_MAX_DOC_BYTES);
    uint32_t root = PL_NODE_NONE;
    enum pl_status status = pl_doc_build_begin(&json.build, text);
    if (status == PL_OK) {
        status = parse(&json, &root);
    }
    if (status == PL_OK) {
        status = pl_doc_build_end(&json.build, root, ret);
    }
    pl_doc_build_done(&json.build);
    pl_buf_done(&json.scratch);
    return status;
}
