#include "pkg/base/yaml_mark.h"

void pl_yaml_mark_init(struct pl_yaml_mark *mark, struct pl_slice text)
{
    *mark = (struct pl_yaml_mark){.text = text, .line = 1};
}

static unsigned char byte_at(const struct pl_yaml_mark *mark, size_t offset)
{
    return offset < mark->text.len ? (unsigned char)mark->text.ptr[offset] : 0;
}

/* The text is UTF-8 (it was checked), so a character begins at every byte that is no continuation.
 */
static size_t next_character(const struct pl_yaml_mark *mark, size_t offset)
{
    offset++;
    while (offset < mark->text.len && (byte_at(mark, offset) & 0xc0u) == 0x80u) {
        offset++;
    }
    return offset;
}

/* A character of one byte that ends no line. */
static bool is_simple(unsigned char byte)
{
    return byte < 0x80 && byte != '\n' && byte != '\r';
}

static void step(struct pl_yaml_mark *mark)
{
    unsigned char byte = byte_at(mark, mark->offset);
    mark->offset = next_character(mark, mark->offset);
    mark->index++;
    if (byte == '\n' || (byte == '\r' && byte_at(mark, mark->offset) != '\n')) {
        mark->line++;
        mark->line_start = mark->offset;
    }
}

/* Goes back to the start of the line, and of lines before, until `index` is not before it. */
static void rewind_to(struct pl_yaml_mark *mark, size_t index)
{
    while (mark->index > index && mark->offset > 0) {
        mark->offset--;
        unsigned char byte = byte_at(mark, mark->offset);
        if ((byte & 0xc0u) == 0x80u) {
            continue;
        }
        mark->index--;
        bool lone_cr = byte == '\r' && byte_at(mark, mark->offset + 1) != '\n';
        if (byte == '\n' || lone_cr) {
            mark->line--;
            mark->line_start = SIZE_MAX; /* found below */
        }
    }
    if (mark->line_start == SIZE_MAX) {
        size_t at = mark->offset;
        while (at > 0 && byte_at(mark, at - 1) != '\n' &&
               !(byte_at(mark, at - 1) == '\r' && byte_at(mark, at) != '\n')) {
            at--;
        }
        mark->line_start = at;
    }
}

/* How many simple characters stand at `offset`, `most` at most. */
static size_t run_of(const struct pl_yaml_mark *mark, size_t offset, size_t most)
{
    size_t left = mark->text.len - offset;
    size_t end = most < left ? most : left;
    const char *from = mark->text.ptr + offset;
    size_t n = 0;
    while (n < end && is_simple((unsigned char)from[n])) {
        n++;
    }
    return n;
}

static void go_to(struct pl_yaml_mark *mark, size_t index)
{
    rewind_to(mark, index);
    while (mark->index < index && mark->offset < mark->text.len) {
        size_t n = run_of(mark, mark->offset, index - mark->index);
        mark->offset += n;
        mark->index += n;
        if (n == 0) {
            step(mark);
        }
    }
}

struct pl_pos pl_yaml_mark_range(struct pl_yaml_mark *mark, size_t from, size_t to)
{
    go_to(mark, from);
    struct pl_pos at = {
        .line = mark->line, .col = (uint32_t)(mark->offset - mark->line_start) + 1, .len = 1};
    size_t n = from < to ? run_of(mark, mark->offset, to - from) : 0;
    size_t end = mark->offset + n;
    for (size_t i = from + n; i < to && end < mark->text.len; i++) {
        unsigned char byte = byte_at(mark, end);
        if (byte == '\n' || byte == '\r') {
            break;
        }
        end = next_character(mark, end);
    }
    if (end - mark->offset > 1) {
        at.len = (uint32_t)(end - mark->offset);
    }
    return at;
}

/* libyaml's problem, and what a person who does not know its grammar can do about it. */
static const struct {
    const char *problem;
    const char *say;
} plain_words[] = {
    {"mapping values are not allowed in this context",
     "a ':' that cannot stand here; is a quote missing around the value, or the line indented too "
     "far?"},
    {"could not find expected ':'", "a key without a ':' behind it"},
    {"did not find expected key",
     "a key is expected here; does the indentation fit the lines above?"},
    {"did not find expected '-' indicator",
     "a '-' is expected here; does the indentation fit the lines above?"},
    {"did not find expected ',' or ']'", "a ',' or the closing ']' is missing"},
    {"did not find expected ',' or '}'", "a ',' or the closing '}' is missing"},
    {"did not find expected <document start>",
     "the document has ended, and this belongs to nothing; does the indentation fit?"},
    {"found unknown escape character",
     "no such escape in double quotes; write \\\\ for a backslash, or use single quotes"},
    {"found character that cannot start any token",
     "this character cannot begin a value; put quotes around the text"},
    {"found undefined tag handle", "a tag handle that no %TAG line explains"},
};

static const char *in_plain_words(const char *problem)
{
    for (size_t i = 0; i < sizeof(plain_words) / sizeof(plain_words[0]); i++) {
        if (pl_slice_is(pl_slice_of(problem), plain_words[i].problem)) {
            return plain_words[i].say;
        }
    }
    return problem;
}

/* Where a tab stands among the blanks that begin the line of the mark, or SIZE_MAX. */
static size_t tab_of_line(const struct pl_yaml_mark *mark)
{
    for (size_t at = mark->line_start; at < mark->text.len; at++) {
        unsigned char byte = byte_at(mark, at);
        if (byte == '\t') {
            return at;
        }
        if (byte != ' ' && byte != '-') {
            break;
        }
    }
    return SIZE_MAX;
}

enum pl_status pl_yaml_mark_fail(struct pl_yaml_mark *mark, struct pl_doc_build *build,
                                 const yaml_parser_t *parser)
{
    /* In places libyaml says only that it failed when memory is short; every fault of the text has
     * its words. */
    if (parser->error == YAML_MEMORY_ERROR || !parser->problem) {
        return pl_err_nomem(build->err);
    }
    const char *problem = parser->problem;
    if (parser->error == YAML_READER_ERROR) {
        struct pl_pos at = pl_doc_place(build, parser->problem_offset);
        return pl_doc_fail(build, at, "%s", problem);
    }
    struct pl_pos at = pl_yaml_mark_range(mark, parser->problem_mark.index, 0);
    size_t context = parser->context_mark.index;
    if (pl_slice_is(pl_slice_of(problem), "found unexpected end of stream")) {
        at = pl_yaml_mark_range(mark, context, 0); /* the end says nothing, the start does */
        return pl_doc_fail(build, at, "the quote that opens here is never closed");
    }
    size_t tab = tab_of_line(mark);
    if (tab != SIZE_MAX) {
        at.col = (uint32_t)(tab - mark->line_start) + 1;
        return pl_doc_fail(build, at, "a tab where YAML wants blanks; indent with spaces");
    }
    const char *say = in_plain_words(problem);
    if (parser->context && context < parser->problem_mark.index) {
        struct pl_pos begin = pl_yaml_mark_range(mark, context, 0);
        return pl_doc_fail(build, at, "%s (%s that begins at %u:%u)", say, parser->context,
                           begin.line, begin.col);
    }
    return pl_doc_fail(build, at, "%s", say);
}
