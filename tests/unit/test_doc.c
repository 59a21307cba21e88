#include "oom.h"
#include "pkg/base/buf.h"
#include "pkg/base/doc.h"
#include "pkg/base/limits.h"

#include <string.h>
#include <time.h>

typedef enum pl_status (*parse_fn)(struct pl_doc *, struct pl_slice, uint32_t, const char *,
                                   struct pl_err *);

/* One line for a whole tree: a scalar is [text], quoted "text", null ~; tags and places on demand.
 */
static void show(const struct pl_doc *doc, uint32_t index, struct pl_buf *to)
{
    struct pl_err err;
    const struct pl_node *node = pl_doc_node(doc, index);
    if (node->tag.len > 0) {
        ASSERT_OK(pl_buf_slice(to, node->tag, &err));
        ASSERT_OK(pl_buf_byte(to, ' ', &err));
    }
    if (node->kind == PL_NODE_NULL) {
        ASSERT_OK(pl_buf_byte(to, '~', &err));
        return;
    }
    if (node->kind == PL_NODE_SCALAR) {
        ASSERT_OK(pl_buf_byte(to, node->quoted ? '"' : '[', &err));
        ASSERT_OK(pl_buf_slice(to, node->text, &err));
        ASSERT_OK(pl_buf_byte(to, node->quoted ? '"' : ']', &err));
        return;
    }
    bool is_map = node->kind == PL_NODE_MAP;
    bool key = true;
    ASSERT_OK(pl_buf_byte(to, is_map ? '{' : '(', &err));
    for (uint32_t at = node->child; at != PL_NODE_NONE; at = pl_doc_node(doc, at)->next) {
        show(doc, at, to);
        ASSERT_OK(pl_buf_byte(to, is_map && key ? ':' : ' ', &err));
        key = !key;
    }
    ASSERT_OK(pl_buf_byte(to, is_map ? '}' : ')', &err));
}

static void assert_tree(parse_fn parse, struct pl_slice text, const char *expected)
{
    struct pl_err err;
    struct pl_doc doc;
    struct pl_buf shown PL_CLEANUP(pl_buf_done) = {.max = 100000};
    ASSERT_OK(parse(&doc, text, 1, "f", &err));
    show(&doc, doc.root, &shown);
    ck_assert_str_eq(shown.data, expected);
    pl_doc_done(&doc);
}

struct refusal {
    struct pl_slice text;
    const char *at; /* "line:col: ", and how the message goes on */
};

static void assert_refused(parse_fn parse, struct pl_slice text, const char *at)
{
    struct pl_err err;
    struct pl_doc doc = {.n = 4711};
    ASSERT_FAILS(parse(&doc, text, 1, "x.yaml", &err), PL_ERR_CONFIG);
    ck_assert_uint_eq(doc.n, 4711);
    char expected[200];
    (void)snprintf(expected, sizeof(expected), "x.yaml:%s", at);
    ck_assert_msg(strncmp(err.msg, expected, strlen(expected)) == 0, "%s, not %s", err.msg, at);
}

static void assert_place(const struct pl_doc *doc, uint32_t index, uint32_t line, uint32_t col,
                         uint32_t len)
{
    const struct pl_pos *at = &pl_doc_node(doc, index)->at;
    ck_assert_msg(at->line == line && at->col == col && at->len == len && at->file == 3,
                  "%u:%u+%u in %u, not %u:%u+%u", at->line, at->col, at->len, at->file, line, col,
                  len);
}

START_TEST(yaml_becomes_a_tree)
{
    assert_tree(pl_yaml_parse,
                PL_SLICE("a: 1\nb:\n  - x\n  - 'y'\n  - \"z\"\nc: {d: , e: ~, f: null}\n"),
                "{[a]:[1] [b]:([x] \"y\" \"z\" ) [c]:{[d]:~ [e]:~ [f]:~ } }");
    assert_tree(pl_yaml_parse, PL_SLICE("a: |\n  line\n  two\nb: >-\n  x\n  y\n"),
                "{[a]:\"line\ntwo\n\" [b]:\"x y\" }");
    assert_tree(pl_yaml_parse, PL_SLICE("- []\n- {}\n- \"null\"\n- ''\n"),
                "(() {} \"null\" \"\" )");
    assert_tree(pl_yaml_parse, PL_SLICE("null: 1\n~: 2\n"), "{[null]:[1] [~]:[2] }");
    assert_tree(pl_yaml_parse, PL_SLICE("just text"), "[just text]");
}
END_TEST

START_TEST(yaml_that_is_empty_is_a_null_root)
{
    static const struct pl_slice text[] = {
        PL_SLICE_INIT(""),    PL_SLICE_INIT("\n\n"),       PL_SLICE_INIT("# only this\n"),
        PL_SLICE_INIT("---"), PL_SLICE_INIT("---\n...\n"), PL_SLICE_INIT("\xef\xbb\xbf"),
        PL_SLICE_INIT("null")};
    for (size_t i = 0; i < COUNT_OF(text); i++) {
        assert_tree(pl_yaml_parse, text[i], "~");
    }
    assert_tree(pl_yaml_parse, (struct pl_slice){NULL, 0}, "~");
    assert_refused(pl_json_parse, (struct pl_slice){NULL, 0}, "1:1: the text ends");
}
END_TEST

START_TEST(yaml_keeps_tags)
{
    assert_tree(pl_yaml_parse,
                PL_SLICE("a: !Sub x\nb: !GetAtt [p, q]\nc: !If {k: v}\nd: !!str 12\ne: ! 12\n"
                         "f: !Ref\ng: !!null x\n"),
                "{[a]:!Sub [x] [b]:!GetAtt ([p] [q] ) [c]:!If {[k]:[v] } "
                "[d]:tag:yaml.org,2002:str \"12\" [e]:! \"12\" [f]:!Ref [] "
                "[g]:tag:yaml.org,2002:null ~ }");
}
END_TEST

START_TEST(yaml_scalars_may_hold_nul)
{
    struct pl_err err;
    struct pl_doc doc;
    ASSERT_OK(pl_yaml_parse(&doc, PL_SLICE("\"a\\0b\": \"\\0\"\n"), 1, "f", &err));
    uint32_t key = pl_doc_node(&doc, doc.root)->child;
    ck_assert(pl_slice_eq(pl_doc_node(&doc, key)->text, PL_SLICE("a\0b")));
    ck_assert_uint_eq(pl_doc_node(&doc, pl_doc_node(&doc, key)->next)->text.len, 1);
    ck_assert_uint_eq(pl_doc_get(&doc, doc.root, "a"), PL_NODE_NONE);
    pl_doc_done(&doc);
}
END_TEST

START_TEST(yaml_aliases_are_copies)
{
    assert_tree(pl_yaml_parse, PL_SLICE("a: &x [1, {b: 2}]\nc: *x\nd: [*x, &x z, *x]\n"),
                "{[a]:([1] {[b]:[2] } ) [c]:([1] {[b]:[2] } ) "
                "[d]:(([1] {[b]:[2] } ) [z] [z] ) }");
    assert_tree(pl_yaml_parse, PL_SLICE("&k a: 1\nb: *k\n"), "{[a]:[1] [b]:[a] }");
}
END_TEST

START_TEST(yaml_merge_keys_add_what_is_absent)
{
    assert_tree(pl_yaml_parse,
                PL_SLICE("base: &b {x: 1, y: [2]}\nall:\n  <<: *b\n  x: 9\n  z: 3\n"),
                "{[base]:{[x]:[1] [y]:([2] ) } [all]:{[x]:[9] [z]:[3] [y]:([2] ) } }");
    assert_tree(pl_yaml_parse,
                PL_SLICE("- &a {x: 1}\n- &b {x: 2, y: 3}\n- {k: v, <<: [*a, *b, {z: 4}]}\n"
                         "- {<<: *a}\n- {<<: {}}\n- *a\n"),
                "({[x]:[1] } {[x]:[2] [y]:[3] } {[k]:[v] [x]:[1] [y]:[3] [z]:[4] } {[x]:[1] } {} "
                "{[x]:[1] } )");
    assert_tree(pl_yaml_parse, PL_SLICE("'<<': 1\n"), "{\"<<\":[1] }");
    assert_refused(pl_yaml_parse, PL_SLICE("a: 1\n<<: text\n"), "2:5: only maps can be merged");
    assert_refused(pl_yaml_parse, PL_SLICE("<<: [{}, 1]\n"), "1:10: only maps can be merged");
    assert_refused(pl_yaml_parse, PL_SLICE("a: &x\n  <<: *x\n"), "2:7: the alias *x stands inside");
    assert_refused(pl_yaml_parse, PL_SLICE("<<: {}\n<<: {}\n"), "2:1: the key \"<<\" stands twice");
}
END_TEST

START_TEST(yaml_places_are_exact)
{
    struct pl_err err;
    struct pl_doc doc;
    ASSERT_OK(
        pl_yaml_parse(&doc,
                      PL_SLICE("\xef\xbb\xbf# caf\xc3\xa9\r\n"
                               "\xc3\xa9t\xc3\xa9: {\xe6\xbc\xa2: \"\xe6\xbc\xa2\", k: vv}\r\n"
                               "text: |\r\n"
                               "  one\r\n"
                               "  two\r\n"
                               "sub: !Sub \"\xf0\x9f\x98\x80 x\"\r\n"
                               "two: one\r\n"
                               "  more\r\n"
                               "empty:\r\n"
                               "seq:\r\n"
                               "- a b  # c\r\n"),
                      3, "f", &err));
    assert_place(&doc, doc.root, 2, 1, 1);
    uint32_t key = pl_doc_node(&doc, doc.root)->child;
    assert_place(&doc, key, 2, 1, 5);
    uint32_t inner = pl_doc_node(&doc, key)->next;
    assert_place(&doc, inner, 2, 8, 1);
    assert_place(&doc, pl_doc_node(&doc, inner)->child, 2, 9, 3);
    assert_place(&doc, pl_doc_get(&doc, inner, "\xe6\xbc\xa2"), 2, 14, 5);
    assert_place(&doc, pl_doc_get(&doc, inner, "k"), 2, 24, 2);
    assert_place(&doc, pl_doc_get(&doc, doc.root, "text"), 3, 7, 1);
    assert_place(&doc, pl_doc_get(&doc, doc.root, "sub"), 6, 6, 13);
    assert_place(&doc, pl_doc_get(&doc, doc.root, "two"), 7, 6, 3);
    uint32_t empty = pl_doc_get(&doc, doc.root, "empty");
    ck_assert_uint_eq(pl_doc_node(&doc, empty)->kind, PL_NODE_NULL);
    ck_assert_uint_eq(pl_doc_node(&doc, empty)->at.line, 9);
    uint32_t seq = pl_doc_get(&doc, doc.root, "seq");
    assert_place(&doc, pl_doc_node(&doc, seq)->child, 11, 3, 3);
    pl_doc_done(&doc);
}
END_TEST

/* Each scalar's place, used to cut the source, gives the scalar back. */
START_TEST(places_find_the_scalars_in_the_source)
{
    static const char word[][8] = {"a", "bb", "\xc3\xa9", "x\xe6\xbc\xa2", "\xf0\x9f\x98\x80"};
    static const char *const end[] = {"\n", "\r\n", "\r"};
    for (size_t style = 0; style < COUNT_OF(end); style++) {
        struct pl_err err;
        struct pl_buf text PL_CLEANUP(pl_buf_done) = {.max = 100000};
        unsigned seed = 5;
        for (int line = 0; line < 200; line++) {
            ASSERT_OK(pl_buf_text(&text, "- [", &err));
            for (int i = 0; i < 6; i++) {
                seed = seed * 1103515245u + 12345u;
                ASSERT_OK(pl_buf_fmt(&text, &err, "%s%*s%s", i > 0 ? "," : "",
                                     (int)((seed >> 20) % 3), "",
                                     word[(seed >> 16) % COUNT_OF(word)]));
            }
            ASSERT_OK(pl_buf_fmt(&text, &err, "]%s", end[style]));
        }
        struct pl_doc doc;
        ASSERT_OK(pl_yaml_parse(&doc, pl_buf_view(&text), 1, "f", &err));
        uint32_t checked = 0;
        for (uint32_t i = 1; i < doc.n; i++) {
            const struct pl_node *node = pl_doc_node(&doc, i);
            if (node->kind != PL_NODE_SCALAR) {
                continue;
            }
            struct pl_slice rest = pl_buf_view(&text);
            struct pl_slice line = {NULL, 0};
            for (uint32_t n = 0; n < node->at.line; n++) {
                ck_assert(pl_slice_next(&rest, end[style][strlen(end[style]) - 1], &line));
            }
            ck_assert(pl_slice_eq(
                pl_slice_sub(line, node->at.col - 1, node->at.col - 1 + node->at.len), node->text));
            checked++;
        }
        ck_assert_uint_eq(checked, 1200);
        pl_doc_done(&doc);
    }
}
END_TEST

START_TEST(yaml_refusals_name_the_place)
{
    static const struct refusal row[] = {
        {PL_SLICE_INIT("a:\n\tb: 1\n"), "2:1: a tab where YAML wants blanks"},
        {PL_SLICE_INIT("a: b\n\tc: d\n"), "2:1: a tab where YAML wants blanks"},
        {PL_SLICE_INIT("a:\n  b: c\n  \td: e\n"), "3:3: a tab where YAML wants blanks"},
        {PL_SLICE_INIT("a: |\n\tx\n"), "2:1: a tab where YAML wants blanks"},
        {PL_SLICE_INIT("a: &x [1, *x]\n"),
         "1:11: the alias *x stands inside its own anchor at 1:4, a cycle"},
        {PL_SLICE_INIT("a: &x\n  b: &y\n    c: *x\n"), "3:8: the alias *x stands inside"},
        {PL_SLICE_INIT("a: *nix\n"), "1:4: the alias *nix has no anchor &nix before it"},
        {PL_SLICE_INIT("a: 1\nb: 2\na: 3\n"), "3:1: the key \"a\" stands twice, first at 1:1"},
        {PL_SLICE_INIT("\xc3\xa9: {x: 1, 'x': 2}\n"),
         "1:12: the key \"x\" stands twice, first at 1:6"},
        {PL_SLICE_INIT("a: 1\n---\nb: 2\n"), "2:1: a second document begins here"},
        {PL_SLICE_INIT("a: 1\n...\n---\n"), "3:1: a second document begins here"},
        {PL_SLICE_INIT("a: \xff\n"), "1:4: the byte \\xff is not UTF-8"},
        {PL_SLICE_INIT("# \xc3\xa9\nb: \xc3\n"), "2:4: the byte \\xc3 is not UTF-8"},
        {PL_SLICE_INIT("a: \x01\n"), "1:4: the character U+0001 is not allowed"},
        {PL_SLICE_INIT("a: b\0c\n"), "1:5: the character U+0000 is not allowed"},
        {PL_SLICE_INIT("a: \xef\xbb\xbf\n"), "1:4: the character U+FEFF is not allowed"},
        {PL_SLICE_INIT("\xff\xfe"
                       "a\0"),
         "1:1: this is UTF-16"},
        {PL_SLICE_INIT("\xfe\xff\0a"), "1:1: this is UTF-16"},
        {PL_SLICE_INIT("a\0:\0"), "1:1: this is UTF-16"},
        {PL_SLICE_INIT("x: \"y\n"), "1:4: the quote that opens here is never closed"},
        {PL_SLICE_INIT("a: b: c\n"), "1:5: a ':' that cannot stand here"},
        {PL_SLICE_INIT("\xc3\xa9: b: c\n"), "1:6: a ':' that cannot stand here"},
        {PL_SLICE_INIT("a: [1, 2\n"), "2:1: a ',' or the closing ']' is missing"},
        {PL_SLICE_INIT("a: \"\\d\"\n"), "1:5: no such escape in double quotes"},
        {PL_SLICE_INIT("a: @b\n"), "1:4: this character cannot begin a value"},
        {PL_SLICE_INIT("{{ x }}: 1\n"), "1:1: a key has to be a plain text"},
        {PL_SLICE_INIT("? [a]\n: b\n"), "1:3: a key has to be a plain text"},
        {PL_SLICE_INIT("a: &x []\n*x : b\n"), "2:1: a key has to be a plain text"},
        {PL_SLICE_INIT("%YAML 3.0\n---\na: 1\n"), "1:1: "},
    };
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        assert_refused(pl_yaml_parse, row[i].text, row[i].at);
    }
}
END_TEST

START_TEST(json_becomes_the_same_tree)
{
    assert_tree(
        pl_json_parse,
        PL_SLICE("\xef\xbb\xbf {\"a\": [1, -0.5e+3, \"x\", true, null], \"b\": {}, \"c\": []}\r\n"),
        "{\"a\":([1] [-0.5e+3] \"x\" [true] ~ ) \"b\":{} \"c\":() }");
    assert_tree(pl_json_parse, PL_SLICE("\"\\u00e9\\ud83d\\ude00\\n\\/\\\"\\u20ac\""),
                "\"\xc3\xa9\xf0\x9f\x98\x80\n/\"\xe2\x82\xac\"");
    assert_tree(pl_json_parse, PL_SLICE("0"), "[0]");
    struct pl_err err;
    struct pl_doc doc;
    ASSERT_OK(pl_json_parse(&doc, PL_SLICE("\"a\\u0000b\""), 1, "f", &err));
    ck_assert(pl_slice_eq(pl_doc_node(&doc, doc.root)->text, PL_SLICE("a\0b")));
    pl_doc_done(&doc);
}
END_TEST

START_TEST(json_places_are_exact)
{
    struct pl_err err;
    struct pl_doc doc;
    ASSERT_OK(pl_json_parse(&doc,
                            PL_SLICE("{\r\n  \"\xc3\xa9\": \"\xe6\xbc\xa2\", \"n\": -12,\r\n\n"
                                     "  \"o\": {\"t\": true,\r\"z\": null}}"),
                            3, "f", &err));
    assert_place(&doc, doc.root, 1, 1, 1);
    uint32_t key = pl_doc_node(&doc, doc.root)->child;
    assert_place(&doc, key, 2, 3, 4);
    assert_place(&doc, pl_doc_node(&doc, key)->next, 2, 9, 5);
    assert_place(&doc, pl_doc_get(&doc, doc.root, "n"), 2, 21, 3);
    uint32_t inner = pl_doc_get(&doc, doc.root, "o");
    assert_place(&doc, inner, 4, 8, 1);
    assert_place(&doc, pl_doc_get(&doc, inner, "t"), 4, 14, 4);
    assert_place(&doc, pl_doc_get(&doc, inner, "z"), 5, 6, 4);
    pl_doc_done(&doc);
}
END_TEST

START_TEST(json_refusals_name_the_place)
{
    static const struct refusal row[] = {
        {PL_SLICE_INIT(""), "1:1: the text ends where a value is expected"},
        {PL_SLICE_INIT(" \n "), "2:2: the text ends"},
        {PL_SLICE_INIT("{\"a\": 01}"), "1:7: a number has no leading zeros"},
        {PL_SLICE_INIT("[-]"), "1:3: a digit is expected"},
        {PL_SLICE_INIT("[1.]"), "1:4: a digit is expected"},
        {PL_SLICE_INIT("[.5]"), "1:2: a value is expected"},
        {PL_SLICE_INIT("[+1]"), "1:2: a value is expected"},
        {PL_SLICE_INIT("[1e]"), "1:4: a digit is expected"},
        {PL_SLICE_INIT("[0x10]"), "1:3: ',' or ']' is expected"},
        {PL_SLICE_INIT("[NaN]"), "1:2: a value is expected"},
        {PL_SLICE_INIT("[1,]"), "1:4: a value is expected here, not ']'"},
        {PL_SLICE_INIT("[1 2]"), "1:4: ',' or ']' is expected"},
        {PL_SLICE_INIT("[1"), "1:3: the text ends"},
        {PL_SLICE_INIT("{\"a\":1,}"), "1:8: a key in quotes is expected"},
        {PL_SLICE_INIT("{\"a\" 1}"), "1:6: ':' is expected"},
        {PL_SLICE_INIT("{a: 1}"), "1:2: a key in quotes or '}' is expected"},
        {PL_SLICE_INIT("{'a': 1}"), "1:2: a key in quotes or '}' is expected; JSON has double"},
        {PL_SLICE_INIT("{\"a\":1,\n \"a\":2}"), "2:2: the key \"a\" stands twice, first at 1:2"},
        {PL_SLICE_INIT("{\"a\":1, \"\\u0061\":2}"), "1:9: the key \"a\" stands twice"},
        {PL_SLICE_INIT("[\"a\tb\"]"), "1:4: the control character \\x09"},
        {PL_SLICE_INIT("[\"a\nb\"]"), "1:4: the control character \\x0a"},
        {PL_SLICE_INIT("[\"a\0b\"]"), "1:4: the control character \\x00"},
        {PL_SLICE_INIT("[\"abc"), "1:2: the string that begins here is never closed"},
        {PL_SLICE_INIT("[\"\\x41\"]"), "1:3: no such escape"},
        {PL_SLICE_INIT("[\"\\u12g4\"]"), "1:7: a hexadecimal digit is expected"},
        {PL_SLICE_INIT("[\"\\ud800\"]"), "1:3: half of a surrogate pair"},
        {PL_SLICE_INIT("[\"\\udc00\\ud800\"]"), "1:3: half of a surrogate pair"},
        {PL_SLICE_INIT("[\"\\ud800\\u0041\"]"), "1:3: half of a surrogate pair"},
        {PL_SLICE_INIT("[\"\xc3\xa9\", \xe6\xbc\xa2]"), "1:8: a value is expected here, not '\xe6"},
        {PL_SLICE_INIT("[\"\xc3\"]"), "1:3: the byte \\xc3 is not UTF-8"},
        {PL_SLICE_INIT("{} x"), "1:4: the end is expected"},
        {PL_SLICE_INIT("{}\n{}"), "2:1: the end is expected"},
        {PL_SLICE_INIT("{}\0"), "1:3: the end is expected"},
        {PL_SLICE_INIT("// c\n{}"), "1:1: a value is expected; JSON has no comments"},
        {PL_SLICE_INIT("\xff\xfe{\0}\0"), "1:1: this is UTF-16"},
    };
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        assert_refused(pl_json_parse, row[i].text, row[i].at);
    }
}
END_TEST

/* `unit` n times, then `last` n times. */
static struct pl_buf repeated(const char *unit, const char *last, size_t n)
{
    struct pl_err err;
    struct pl_buf text;
    pl_buf_init(&text, PL_MAX_PLAN_BYTES + 1);
    for (size_t i = 0; i < 2 * n; i++) {
        if (pl_buf_text(&text, i < n ? unit : last, &err) != PL_OK) {
            ck_abort_msg("%s", err.msg);
        }
    }
    return text;
}

START_TEST(depth_is_bounded_exactly)
{
    static const parse_fn parse[] = {pl_yaml_parse, pl_json_parse};
    for (size_t i = 0; i < COUNT_OF(parse); i++) {
        struct pl_err err;
        struct pl_doc doc;
        struct pl_buf text = repeated("[", "]", PL_MAX_DOC_DEPTH);
        ASSERT_OK(parse[i](&doc, pl_buf_view(&text), 1, "f", &err));
        ck_assert_uint_eq(doc.n, PL_MAX_DOC_DEPTH + 1);
        pl_doc_done(&doc);
        pl_buf_done(&text);
        text = repeated("[", "]", PL_MAX_DOC_DEPTH + 1);
        assert_refused(parse[i], pl_buf_view(&text), "1:257: nested more than 256 deep");
        pl_buf_done(&text);
    }
}
END_TEST

/* Inputs that would take libyaml or us minutes if anything about them were quadratic. */
START_TEST(hostile_input_is_refused_quickly)
{
    static const struct {
        parse_fn parse;
        const char *unit;
        size_t n;
        const char *at;
    } row[] = {
        {pl_yaml_parse, "[", 100 * 1024, "1:257: nested more than 256 deep"},
        {pl_json_parse, "[", 100 * 1024, "1:257: nested more than 256 deep"},
        {pl_yaml_parse, "[", PL_MAX_DOC_BYTES - 1, "1:257: nested more than 256 deep"},
        {pl_yaml_parse, "{a: ", 100 * 1024, "1:1025: nested more than 256 deep"},
        {pl_yaml_parse, "- ", 100 * 1024, "1:513: nested more than 256 deep"},
        {pl_json_parse, "{\"a\":", 100 * 1024, "1:1281: nested more than 256 deep"},
        {pl_yaml_parse, "? ", 100 * 1024, "1:3: a key has to be a plain text"},
        {pl_yaml_parse, "%TAG !a! b\n", 100 * 1024, "65:1: more than 64 %TAG lines"},
        {pl_yaml_parse, "\xf0\x9f\x98\x80", PL_MAX_DOC_BYTES / 4 + 1,
         "1:1: larger than the 8.0 MB"},
        {pl_json_parse, "1", PL_MAX_PLAN_BYTES + 1, "1:1: larger than the 64.0 MB"},
    };
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        struct pl_buf text = repeated(row[i].unit, "", row[i].n);
        clock_t start = clock();
        assert_refused(row[i].parse, pl_buf_view(&text), row[i].at);
        double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
        ck_assert_msg(seconds < 5, "%zu took %.1f s", i, seconds); /* sanitizers included */
        pl_buf_done(&text);
    }
}
END_TEST

START_TEST(values_are_bounded)
{
    struct pl_buf text = repeated("1,", "", PL_MAX_DOC_NODES);
    text.data[0] = '[';
    text.data[1] = '1';
    text.data[2] = ',';
    text.data[3] = '1';
    assert_refused(pl_json_parse, pl_buf_view(&text), "1:1999999: more than 1000000 values");
    pl_buf_done(&text);
}
END_TEST

START_TEST(one_long_line_costs_one_pass)
{
    struct pl_err err;
    struct pl_doc doc;
    struct pl_buf text = repeated("\xc3\xa9, ", "", 100000);
    text.data[0] = '[';
    text.data[1] = 'x';
    text.data[text.len - 2] = ']';
    clock_t start = clock();
    ASSERT_OK(pl_yaml_parse(&doc, pl_buf_view(&text), 1, "f", &err));
    ck_assert_int_lt(clock() - start, 10 * CLOCKS_PER_SEC);
    ck_assert_uint_eq(pl_doc_node(&doc, doc.n - 1)->at.col, 100000 * 4 - 3);
    pl_doc_done(&doc);
    pl_buf_done(&text);
}
END_TEST

START_TEST(aliases_are_bounded)
{
    struct pl_err err;
    struct pl_doc doc;
    struct pl_buf text PL_CLEANUP(pl_buf_done) = {.max = PL_MB(1)};
    /* Number. */
    ASSERT_OK(pl_buf_text(&text, "- &a x\n", &err));
    for (unsigned i = 0; i < PL_MAX_DOC_ALIASES; i++) {
        ASSERT_OK(pl_buf_text(&text, "- *a\n", &err));
    }
    ASSERT_OK(pl_yaml_parse(&doc, pl_buf_view(&text), 1, "f", &err));
    ck_assert_uint_eq(pl_doc_count(&doc, doc.root), PL_MAX_DOC_ALIASES + 1);
    pl_doc_done(&doc);
    ASSERT_OK(pl_buf_text(&text, "- *a\n", &err));
    assert_refused(pl_yaml_parse, pl_buf_view(&text), "1002:3: more than 1000 aliases");

    /* Expansion: each line is ten times the one before. */
    pl_buf_clear(&text);
    ASSERT_OK(pl_buf_text(&text, "a: &a [x,x,x,x,x,x,x,x,x,x]\n", &err));
    for (char c = 'b'; c < 'i'; c++) {
        ASSERT_OK(pl_buf_fmt(&text, &err, "%c: &%c [*%c", c, c, c - 1));
        for (int i = 0; i < 9; i++) {
            ASSERT_OK(pl_buf_fmt(&text, &err, ",*%c", c - 1));
        }
        ASSERT_OK(pl_buf_text(&text, "]\n", &err));
    }
    assert_refused(pl_yaml_parse, pl_buf_view(&text),
                   "6:29: aliases stand for more than 1000000 values");

    /* Depth: each is one deeper than the one before. */
    pl_buf_clear(&text);
    ASSERT_OK(pl_buf_text(&text, "- &a0 x\n", &err));
    for (int i = 1; i < 300; i++) {
        ASSERT_OK(pl_buf_fmt(&text, &err, "- &a%d [*a%d]\n", i, i - 1));
    }
    assert_refused(pl_yaml_parse, pl_buf_view(&text), "257:10: aliases nest more than 256 deep");
}
END_TEST

START_TEST(duplicates_are_found_in_large_maps)
{
    static const parse_fn parse[] = {pl_yaml_parse, pl_json_parse};
    for (size_t n = 1; n < 40; n++) {
        struct pl_err err;
        struct pl_doc doc;
        struct pl_buf text PL_CLEANUP(pl_buf_done) = {.max = 10000};
        ASSERT_OK(pl_buf_text(&text, "{", &err));
        for (size_t i = 0; i < n; i++) {
            ASSERT_OK(pl_buf_fmt(&text, &err, "\"k%zu\": %zu,\n", i, i));
        }
        size_t len = text.len;
        for (size_t p = 0; p < COUNT_OF(parse); p++) {
            char place[64];
            text.len = len;
            ASSERT_OK(pl_buf_text(&text, "\"last\": 0}", &err));
            ASSERT_OK(parse[p](&doc, pl_buf_view(&text), 1, "f", &err));
            ck_assert_uint_eq(pl_doc_count(&doc, doc.root), n + 1);
            pl_doc_done(&doc);
            text.len = len;
            ASSERT_OK(pl_buf_fmt(&text, &err, "\"k%zu\": 0}", n - 1));
            (void)snprintf(place, sizeof(place),
                           "%zu:1: the key \"k%zu\" stands twice, first at %zu:%d", n + 1, n - 1, n,
                           n == 1 ? 2 : 1);
            assert_refused(parse[p], pl_buf_view(&text), place);
        }
    }
    struct pl_buf text = repeated("k", "", 5000);
    struct pl_err err;
    ASSERT_OK(pl_buf_text(&text, "\n: v\n", &err));
    text.data[0] = '?';
    text.data[1] = ' ';
    assert_refused(pl_yaml_parse, pl_buf_view(&text), "1:3: a key of more than 4096 bytes");
    pl_buf_done(&text);
}
END_TEST

START_TEST(nodes_out_of_range_are_the_null_node)
{
    struct pl_err err;
    struct pl_doc doc;
    ASSERT_OK(pl_yaml_parse(&doc, PL_SLICE("a: [1, 2]\nb: x\n"), 1, "f", &err));
    ck_assert_uint_eq(pl_doc_node(&doc, 0)->kind, PL_NODE_NULL);
    ck_assert_uint_eq(pl_doc_node(&doc, doc.n)->kind, PL_NODE_NULL);
    ck_assert_uint_eq(pl_doc_node(&doc, UINT32_MAX)->kind, PL_NODE_NULL);
    ck_assert_uint_eq(pl_doc_get(&doc, doc.root, "c"), PL_NODE_NONE);
    uint32_t a = pl_doc_get(&doc, doc.root, "a");
    ck_assert_uint_eq(pl_doc_get(&doc, a, "1"), PL_NODE_NONE);
    ck_assert_uint_eq(pl_doc_count(&doc, a), 2);
    ck_assert_uint_eq(pl_doc_count(&doc, doc.root), 2);
    ck_assert_uint_eq(pl_doc_count(&doc, pl_doc_get(&doc, doc.root, "b")), 0);
    ck_assert_uint_eq(pl_doc_count(&doc, 0), 0);
    pl_doc_done(&doc);
    pl_doc_done(&doc);
    pl_doc_done(NULL);
    struct pl_doc zeroed = {.n = 0};
    ck_assert_uint_eq(pl_doc_node(&zeroed, 0)->kind, PL_NODE_NULL);
}
END_TEST

START_TEST(plain_scalars_are_numbers_and_truths)
{
    static const struct {
        const char *text;
        bool is_int, is_bool;
        int64_t value;
    } row[] = {
        {"0", true, false, 0},
        {"-0", true, false, 0},
        {"+12", true, false, 12},
        {"-12", true, false, -12},
        {"9223372036854775807", true, false, INT64_MAX},
        {"-9223372036854775808", true, false, INT64_MIN},
        {"9223372036854775808", false, false, 0},
        {"-9223372036854775809", false, false, 0},
        {"010", false, false, 0},
        {"0x1f", false, false, 0},
        {"1.0", false, false, 0},
        {"1_000", false, false, 0},
        {"'12'", false, false, 0},
        {"!!str 12", false, false, 0},
        {"!Ref 12", false, false, 0},
        {"!!int 12", true, false, 12},
        {"-", false, false, 0},
        {"+", false, false, 0},
        {"true", false, true, 1},
        {"True", false, true, 1},
        {"TRUE", false, true, 1},
        {"false", false, true, 0},
        {"FALSE", false, true, 0},
        {"tRue", false, false, 0},
        {"yes", false, false, 0},
        {"on", false, false, 0},
        {"\"true\"", false, false, 0},
        {"[true]", false, false, 0},
        {"", false, false, 0},
    };
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        struct pl_err err;
        struct pl_doc doc;
        int64_t number = 77;
        bool truth = false;
        struct pl_buf text PL_CLEANUP(pl_buf_done) = {.max = 100};
        ASSERT_OK(pl_buf_fmt(&text, &err, "k: %s\n", row[i].text));
        if (pl_yaml_parse(&doc, pl_buf_view(&text), 1, "f", &err) != PL_OK) {
            ck_assert_str_eq(row[i].text, "-"); /* an entry of a list that may not stand there */
            continue;
        }
        const struct pl_node *node = pl_doc_node(&doc, pl_doc_get(&doc, doc.root, "k"));
        ck_assert_msg(pl_node_int(node, &number) == row[i].is_int, "%s", row[i].text);
        ck_assert_int_eq(number, row[i].is_int ? row[i].value : 77);
        ck_assert_msg(pl_node_bool(node, &truth) == row[i].is_bool, "%s", row[i].text);
        ck_assert(!row[i].is_bool || truth == (row[i].value == 1));
        pl_doc_done(&doc);
    }
}
END_TEST

static enum pl_status parse_yaml(struct pl_err *err)
{
    static const char text[] = "base: &b {x: 1, y: [2, 3]}\nall:\n  <<: *b\n  t: !Sub \"z\"\n"
                               "m: {a: 1, b: 2, c: 3, d: 4, e: 5, f: 6, g: 7, h: 8, i: 9, j: 10,"
                               " k: 11, l: 12, m: 13, n: 14, o: 15, p: 16, q: 17, r: 18}\n"
                               "n: &n [*b]\n";
    struct pl_doc doc = {.n = 4711};
    enum pl_status status = pl_yaml_parse(&doc, pl_slice_of(text), 1, "f", err);
    if (status == PL_OK) {
        pl_doc_done(&doc);
    } else {
        ck_assert_uint_eq(doc.n, 4711);
    }
    return status;
}

static enum pl_status parse_json(struct pl_err *err)
{
    struct pl_doc doc = {.n = 4711};
    enum pl_status status = pl_json_parse(
        &doc, PL_SLICE("{\"a\": [1, 2, {\"b\": \"\\u00e9\"}], \"c\": null, \"d\": [[[[[0]]]]]}"), 1,
        "f", err);
    if (status == PL_OK) {
        pl_doc_done(&doc);
    } else {
        ck_assert_uint_eq(doc.n, 4711);
    }
    return status;
}

START_TEST(every_failed_allocation_is_reported)
{
    ck_assert_int_gt(oom_exhaust(parse_yaml), 10);
    ck_assert_int_gt(oom_exhaust(parse_json), 3);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        yaml_becomes_a_tree,
        yaml_that_is_empty_is_a_null_root,
        yaml_keeps_tags,
        yaml_scalars_may_hold_nul,
        yaml_aliases_are_copies,
        yaml_merge_keys_add_what_is_absent,
        yaml_places_are_exact,
        places_find_the_scalars_in_the_source,
        yaml_refusals_name_the_place,
        json_becomes_the_same_tree,
        json_places_are_exact,
        json_refusals_name_the_place,
        depth_is_bounded_exactly,
        hostile_input_is_refused_quickly,
        values_are_bounded,
        one_long_line_costs_one_pass,
        aliases_are_bounded,
        duplicates_are_found_in_large_maps,
        nodes_out_of_range_are_the_null_node,
        plain_scalars_are_numbers_and_truths,
        every_failed_allocation_is_reported,
    };
    return run_tests("doc", tests, COUNT_OF(tests));
}
