#include "pkg/base/ignore.h"

#include "pkg/base/arr.h"
#include "pkg/base/limits.h"

#include <stdlib.h>
#include <string.h>

/*
 * The meaning of a glob is that of git's wildmatch with WM_PATHNAME, and of the rules are that of
 * gitignore(5).  Two details are git's behaviour rather than its manual, and the tests compare them
 * with git itself: what precedes the first special byte is compared first and cut off, so that `**`
 * right behind it counts as standing at the start ("x/a**" + "/c" crosses folders); and a class
 * that is not closed makes the whole pattern match nothing.
 *
 * Instead of backtracking, the set of positions in the text that the pattern read so far can have
 * reached is carried from one piece of the pattern to the next: time is pattern times text at most.
 */

/* Every name in a ZIP is shorter than this; positions run from 0 to the length. */
enum { PL_GLOB_TEXT_MAX = 65535, PL_GLOB_TEXT_SHORT = 1023 };

struct reach {
    uint64_t *bit;
    size_t lo, hi; /* first and last position that is set */
    struct pl_slice text;
};

/* A set of bytes, for classes. */
struct byte_set {
    uint64_t bit[4];
};

static bool has_bit(const uint64_t *bit, size_t at)
{
    return (bit[at / 64] >> (at % 64) & 1u) != 0;
}

static void put_bit(uint64_t *bit, size_t at, bool on)
{
    uint64_t mask = (uint64_t)1 << (at % 64);
    bit[at / 64] = on ? bit[at / 64] | mask : bit[at / 64] & ~mask;
}

/* Steps every position over one byte of the set.  False when none is left. */
static bool step_bytes(struct reach *r, const struct byte_set *set)
{
    size_t len = r->text.len;
    for (size_t at = r->hi + 1; at-- > r->lo;) {
        bool on =
            has_bit(r->bit, at) && at < len && has_bit(set->bit, (unsigned char)r->text.ptr[at]);
        if (at < len) {
            put_bit(r->bit, at + 1, on);
        }
    }
    put_bit(r->bit, r->lo, false);
    r->hi = r->hi < len ? r->hi + 1 : len;
    r->lo++;
    while (r->lo <= r->hi && !has_bit(r->bit, r->lo)) {
        r->lo++;
    }
    return r->lo <= r->hi;
}

static bool step_byte(struct reach *r, unsigned char byte)
{
    if (r->lo == r->hi) { /* the usual case: still in the literal part */
        if (r->lo >= r->text.len || (unsigned char)r->text.ptr[r->lo] != byte) {
            return false;
        }
        put_bit(r->bit, r->lo, false);
        r->hi = ++r->lo;
        put_bit(r->bit, r->lo, true);
        return true;
    }
    struct byte_set set = {{0}};
    put_bit(set.bit, byte, true);
    return step_bytes(r, &set);
}

/* `*`: any bytes but slashes. */
static void step_star(struct reach *r)
{
    for (size_t at = r->lo; at < r->text.len; at++) {
        if (has_bit(r->bit, at) && r->text.ptr[at] != '/') {
            put_bit(r->bit, at + 1, true);
            r->hi = at + 1 > r->hi ? at + 1 : r->hi;
        }
    }
}

/* A double star that stands for any bytes. */
static void step_any(struct reach *r)
{
    for (size_t at = r->lo; at <= r->text.len; at++) {
        put_bit(r->bit, at, true);
    }
    r->hi = r->text.len;
}

/* A double star and a slash: nothing, or any bytes that end in a slash. */
static void step_folders(struct reach *r)
{
    for (size_t at = r->lo; at < r->text.len; at++) {
        if (r->text.ptr[at] == '/') {
            put_bit(r->bit, at + 1, true);
            r->hi = at + 1 > r->hi ? at + 1 : r->hi;
        }
    }
}

/* The byte at `at`, 0 behind the end: patterns hold no NUL. */
static unsigned char byte_at(struct pl_slice s, size_t at)
{
    return at < s.len ? (unsigned char)s.ptr[at] : 0;
}

/* What a byte is; ASCII only, whatever the locale. */
enum {
    IS_UPPER = 1,
    IS_LOWER = 2,
    IS_DIGIT = 4,
    IS_PUNCT = 8,
    IS_BLANK = 16,
    IS_LINE = 32, /* the white space that is not blank */
    IS_CNTRL = 64,
    IS_HEX = 128, /* a letter of a hexadecimal number */
    IS_SPACE = 256
};

static unsigned letter_kind(unsigned char c)
{
    unsigned char upper = (unsigned char)(c & ~0x20u);
    return (c == upper ? IS_UPPER : IS_LOWER) | (upper <= 'F' ? IS_HEX : 0);
}

static unsigned kind_of(unsigned char c)
{
    unsigned char upper = (unsigned char)(c & ~0x20u);
    if (upper >= 'A' && upper <= 'Z' && c < 0x80) {
        return letter_kind(c);
    }
    if (c >= '0' && c <= '9') {
        return IS_DIGIT;
    }
    if (c > 0x20 && c < 0x7f) {
        return IS_PUNCT;
    }
    if (c == ' ') {
        return IS_BLANK | IS_SPACE;
    }
    if (c == '\t') {
        return IS_BLANK | IS_CNTRL;
    }
    unsigned line = c == '\n' || c == '\r' ? IS_LINE : 0;
    return c < 0x20 || c == 0x7f ? IS_CNTRL | line : 0;
}

/* The kinds of a named class, 0 when there is none of that name. */
static unsigned named_class(struct pl_slice name)
{
    static const struct {
        const char *name;
        unsigned kinds;
    } table[] = {
        {"alnum", IS_UPPER | IS_LOWER | IS_DIGIT},
        {"alpha", IS_UPPER | IS_LOWER},
        {"blank", IS_BLANK},
        {"cntrl", IS_CNTRL},
        {"digit", IS_DIGIT},
        {"graph", IS_UPPER | IS_LOWER | IS_DIGIT | IS_PUNCT},
        {"lower", IS_LOWER},
        {"print", IS_UPPER | IS_LOWER | IS_DIGIT | IS_PUNCT | IS_SPACE},
        {"punct", IS_PUNCT},
        {"space", IS_BLANK | IS_LINE},
        {"upper", IS_UPPER},
        {"xdigit", IS_DIGIT | IS_HEX},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        if (pl_slice_is(name, table[i].name)) {
            return table[i].kinds;
        }
    }
    return 0;
}

static void add_range(struct byte_set *set, unsigned from, unsigned to)
{
    for (unsigned c = from; c <= to; c++) {
        put_bit(set->bit, c, true);
    }
}

/* Reads "[:name:]" with *at on its '['.  True when it was one (then *at is on its last byte); *ok
 * is false when the pattern can match nothing. */
static bool read_named(struct pl_slice p, size_t *at, struct byte_set *set, bool *ok)
{
    size_t start = *at + 2;
    size_t end = start;
    while (end < p.len && p.ptr[end] != ']') {
        end++;
    }
    if (end >= p.len) {
        *ok = false;
        return true;
    }
    if (end == start || p.ptr[end - 1] != ':') {
        return false;
    }
    unsigned kinds = named_class(pl_slice_sub(p, start, end - 1));
    *ok = kinds != 0;
    for (unsigned c = 0; c < 256; c++) {
        if ((kind_of((unsigned char)c) & kinds) != 0) {
            put_bit(set->bit, c, true);
        }
    }
    *at = end;
    return true;
}

/* Reads one member of a class at *at, leaving *at on its last byte.  *prev is the byte that a range
 * may start from, 0 for none.  False when the pattern ends first. */
static bool read_member(struct pl_slice p, size_t *at, unsigned char *prev, struct byte_set *set)
{
    unsigned char c = byte_at(p, *at);
    if (c == 0) {
        return false;
    }
    if (c == '\\') {
        c = byte_at(p, ++*at);
        if (c == 0) {
            return false;
        }
    } else if (c == '-' && *prev != 0 && byte_at(p, *at + 1) != 0 && byte_at(p, *at + 1) != ']') {
        unsigned char to = byte_at(p, ++*at);
        if (to == '\\') {
            to = byte_at(p, ++*at);
            if (to == 0) {
                return false;
            }
        }
        add_range(set, *prev, to);
        *prev = 0;
        return true;
    } else if (c == '[' && byte_at(p, *at + 1) == ':') {
        bool ok = true;
        if (read_named(p, at, set, &ok)) {
            *prev = 0;
            return ok;
        }
    }
    put_bit(set->bit, c, true);
    *prev = c;
    return true;
}

/* Reads a class with *at on its '[', leaving *at behind its ']'.  False when it is not closed. */
static bool read_class(struct pl_slice p, size_t *at, struct byte_set *ret)
{
    struct byte_set set = {{0}};
    size_t i = *at + 1;
    bool negated = byte_at(p, i) == '!' || byte_at(p, i) == '^';
    if (negated) {
        i++;
    }
    unsigned char prev = 0;
    do { /* a ']' right at the start is a member */
        if (!read_member(p, &i, &prev, &set)) {
            return false;
        }
        i++;
    } while (byte_at(p, i) != ']');
    for (size_t w = 0; w < 4 && negated; w++) {
        set.bit[w] = ~set.bit[w];
    }
    put_bit(set.bit, '/', false);
    *ret = set;
    *at = i + 1;
    return true;
}

/* One or more stars with *at on the first, leaving *at behind what was read. */
static void read_stars(struct pl_slice p, size_t *at, struct reach *r)
{
    size_t first = *at;
    size_t end = first;
    while (byte_at(p, end) == '*') {
        end++;
    }
    unsigned char next = byte_at(p, end);
    bool starts = first == 0 || p.ptr[first - 1] == '/';
    bool ends = next == 0 || next == '/' || (next == '\\' && byte_at(p, end + 1) == '/');
    *at = end;
    if (end - first < 2 || !starts || !ends) {
        step_star(r);
    } else if (next == '/') {
        step_folders(r);
        *at = end + 1;
    } else {
        step_any(r);
    }
}

static bool match_within(struct pl_slice p, struct pl_slice text, uint64_t *bit)
{
    struct byte_set not_slash = {{0}};
    add_range(&not_slash, 0, 255);
    put_bit(not_slash.bit, '/', false);

    struct reach r = {bit, 0, 0, text};
    put_bit(bit, 0, true);
    size_t at = 0;
    while (at < p.len) {
        unsigned char c = (unsigned char)p.ptr[at];
        struct byte_set set;
        bool ok = true;
        if (c == '*') {
            read_stars(p, &at, &r);
        } else if (c == '?') {
            ok = step_bytes(&r, &not_slash);
            at++;
        } else if (c == '[') {
            ok = read_class(p, &at, &set) && step_bytes(&r, &set);
        } else if (c == '\\') {
            ok = at + 1 < p.len && step_byte(&r, (unsigned char)p.ptr[at + 1]);
            at += 2;
        } else {
            ok = step_byte(&r, c);
            at++;
        }
        if (!ok) {
            return false;
        }
    }
    return r.hi == text.len && has_bit(bit, text.len);
}

static bool match_long(struct pl_slice pattern, struct pl_slice text)
{
    uint64_t bit[PL_GLOB_TEXT_MAX / 64 + 1] = {0};
    return match_within(pattern, text, bit);
}

static bool match_glob(struct pl_slice pattern, struct pl_slice text)
{
    if (text.len > PL_GLOB_TEXT_SHORT) {
        return match_long(pattern, text);
    }
    uint64_t bit[PL_GLOB_TEXT_SHORT / 64 + 1] = {0};
    return match_within(pattern, text, bit);
}

static bool is_special(char c)
{
    return c == '*' || c == '?' || c == '[' || c == '\\';
}

static size_t literal_length(struct pl_slice s)
{
    size_t n = 0;
    while (n < s.len && !is_special(s.ptr[n])) {
        n++;
    }
    return n;
}

/* Cuts trailing blanks that no backslash keeps. */
static struct pl_slice without_blanks(struct pl_slice s)
{
    size_t keep = 0;
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] == '\\') {
            if (i + 1 >= s.len) {
                return s;
            }
            i++;
            keep = i + 1;
        } else if (s.ptr[i] != ' ') {
            keep = i + 1;
        }
    }
    return pl_slice_sub(s, 0, keep);
}

/* Splits one line.  False when it can match nothing. */
static bool parse_rule(struct pl_slice text, struct pl_ignore_rule *ret)
{
    struct pl_ignore_rule rule = {0};
    struct pl_slice p = without_blanks(pl_slice_sub(text, 0, pl_slice_find(text, '\0')));
    rule.text = p;
    if (p.len > 0 && p.ptr[0] == '#') {
        return false;
    }
    if (p.len > 0 && p.ptr[0] == '!') {
        rule.negated = true;
        p = pl_slice_sub(p, 1, p.len);
    }
    if (pl_slice_starts(p, PL_SLICE("./"))) {
        p = pl_slice_sub(p, 1, p.len);
    }
    if (p.len > 0 && p.ptr[p.len - 1] == '/') {
        rule.folders_only = true;
        p = pl_slice_sub(p, 0, p.len - 1);
    }
    rule.anchored = pl_slice_find(p, '/') < p.len;
    if (p.len > 0 && p.ptr[0] == '/') {
        p = pl_slice_sub(p, 1, p.len);
    }
    if (p.len == 0) {
        return false;
    }
    size_t literal = literal_length(p);
    rule.pattern = p;
    rule.literal = literal > UINT32_MAX ? UINT32_MAX : (uint32_t)literal;
    rule.tail = p.ptr[0] == '*' && literal_length(pl_slice_sub(p, 1, p.len)) == p.len - 1;
    *ret = rule;
    return true;
}

/* `path` counts from the rule's base. */
static bool rule_matches(const struct pl_ignore_rule *rule, struct pl_slice path)
{
    struct pl_slice p = rule->pattern;
    if (path.len > PL_GLOB_TEXT_MAX) {
        return false;
    }
    if (!rule->anchored) {
        path = pl_slice_basename(path);
        if (rule->tail) {
            return pl_slice_ends(path, pl_slice_sub(p, 1, p.len));
        }
    }
    if (rule->literal > path.len || memcmp(p.ptr, path.ptr, rule->literal) != 0) {
        return false;
    }
    if (rule->literal == p.len) {
        return path.len == p.len;
    }
    return match_glob(pl_slice_sub(p, rule->literal, p.len),
                      pl_slice_sub(path, rule->literal, path.len));
}

bool pl_glob_match(struct pl_slice pattern, struct pl_slice path)
{
    struct pl_ignore_rule rule;
    return parse_rule(pattern, &rule) && path.len > 0 && rule_matches(&rule, path);
}

void pl_ignore_init(struct pl_ignore *list)
{
    *list = (struct pl_ignore){0};
    pl_arena_init(&list->arena, PL_MAX_NAMES_BYTES);
}

void pl_ignore_done(struct pl_ignore *list)
{
    if (list) {
        free(list->rule);
        pl_arena_done(&list->arena);
        *list = (struct pl_ignore){0};
    }
}

/* `base` and `origin` are the list's own already. */
static enum pl_status add_rule(struct pl_ignore *list, struct pl_slice text, struct pl_slice base,
                               struct pl_slice origin, uint32_t line, struct pl_err *err)
{
    struct pl_ignore_rule rule;
    if (!parse_rule(text, &rule)) {
        return PL_OK;
    }
    struct pl_slice own;
    if (pl_arena_dup(&list->arena, text, &own, err) != PL_OK) {
        return err->code;
    }
    if (!parse_rule(own, &rule)) {
        return pl_err_set(err, PL_ERR_INTERNAL, "a pattern was read in two ways");
    }
    struct pl_ignore_rule *at = pl_arr_grow(list->rule, &list->cap, list->n + 1, sizeof(*at),
                                            PL_MAX_ENTRIES, "ignore rules", err);
    if (!at) {
        return err->code;
    }
    list->rule = at;
    rule.base = base;
    rule.origin = origin;
    rule.line = line;
    list->rule[list->n++] = rule;
    return PL_OK;
}

enum pl_status pl_ignore_add(struct pl_ignore *list, struct pl_slice text, struct pl_slice base,
                             struct pl_slice origin, uint32_t line, struct pl_err *err)
{
    struct pl_slice own_base;
    struct pl_slice own_origin;
    if (pl_arena_dup(&list->arena, base, &own_base, err) != PL_OK ||
        pl_arena_dup(&list->arena, origin, &own_origin, err) != PL_OK) {
        return err->code;
    }
    return add_rule(list, text, own_base, own_origin, line, err);
}

enum pl_status pl_ignore_add_lines(struct pl_ignore *list, struct pl_slice text,
                                   struct pl_slice base, struct pl_slice origin, struct pl_err *err)
{
    struct pl_slice own_base;
    struct pl_slice own_origin;
    if (pl_arena_dup(&list->arena, base, &own_base, err) != PL_OK ||
        pl_arena_dup(&list->arena, origin, &own_origin, err) != PL_OK) {
        return err->code;
    }
    if (pl_slice_starts(text, PL_SLICE("\xef\xbb\xbf"))) {
        text = pl_slice_sub(text, 3, text.len);
    }
    struct pl_slice rest = text.len > 0 ? text : PL_SLICE("");
    struct pl_slice one;
    for (uint32_t line = 1; pl_slice_next(&rest, '\n', &one); line++) {
        if (one.len > 0 && one.ptr[one.len - 1] == '\r') {
            one = pl_slice_sub(one, 0, one.len - 1);
        }
        if (add_rule(list, one, own_base, own_origin, line, err) != PL_OK) {
            return err->code;
        }
    }
    return PL_OK;
}

/* Does the rule match, from its own base? */
static bool rule_applies(const struct pl_ignore_rule *rule, struct pl_slice path, bool is_folder)
{
    if (rule->folders_only && !is_folder) {
        return false;
    }
    if (rule->base.len > 0) {
        if (path.len <= rule->base.len || path.ptr[rule->base.len] != '/' ||
            !pl_slice_starts(path, rule->base)) {
            return false;
        }
        path = pl_slice_sub(path, rule->base.len + 1, path.len);
    }
    return path.len > 0 && rule_matches(rule, path);
}

enum pl_ignore_verdict pl_ignore_match(const struct pl_ignore *list, struct pl_slice path,
                                       bool is_folder, const struct pl_ignore_rule **ret_rule)
{
    const struct pl_ignore_rule *rule = NULL;
    for (size_t i = list->n; i > 0 && !rule; i--) {
        if (rule_applies(&list->rule[i - 1], path, is_folder)) {
            rule = &list->rule[i - 1];
        }
    }
    if (ret_rule) {
        *ret_rule = rule;
    }
    if (!rule) {
        return PL_IGNORE_SILENT;
    }
    return rule->negated ? PL_IGNORE_IN : PL_IGNORE_OUT;
}
