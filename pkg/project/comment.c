#include "pkg/project/comment.h"

#include "pkg/base/text.h"

enum { MOST = 10000 }; /* in one file */

/* A comment while it is taken apart. */
struct reading {
    struct pl_comments *to;
    struct pl_project *project;
    const struct pl_doc *doc;
    uint32_t file, line;
    struct pl_slice whole; /* the line */
    struct pl_err *err;
};

static struct pl_pos place(const struct reading *r, struct pl_slice part)
{
    return (struct pl_pos){.file = r->file,
                           .line = r->line,
                           .col = (uint32_t)(part.ptr - r->whole.ptr) + 1,
                           .len = (uint32_t)part.len};
}

static enum pl_status fail(const struct reading *r, struct pl_slice part, const char *what)
{
    return pl_err_set(r->err, PL_ERR_CONFIG, "%s:%u:%u: # plimsoll: ignore=: %s",
                      r->project->file[r->file - 1].path.ptr, r->line, place(r, part).col, what);
}

/* Takes the word before the next blank. */
static struct pl_slice take_word(struct pl_slice *rest)
{
    struct pl_slice s = pl_slice_trim(*rest);
    size_t n = 0;
    while (n < s.len && s.ptr[n] != ' ' && s.ptr[n] != '\t') {
        n++;
    }
    *rest = pl_slice_trim(pl_slice_sub(s, n, s.len));
    return pl_slice_sub(s, 0, n);
}

static bool after(struct pl_slice text, struct pl_slice prefix, struct pl_slice *ret)
{
    bool is = pl_slice_starts(text, prefix);
    if (is) {
        *ret = pl_slice_sub(text, prefix.len, text.len);
    }
    return is;
}

/* What stands behind "# plimsoll: ignore" on a line that holds nothing else. */
static bool is_ours(struct pl_slice line, struct pl_slice *ret)
{
    struct pl_slice rest;
    return after(pl_slice_trim(line), PL_SLICE("#"), &rest) &&
           after(pl_slice_trim(rest), PL_SLICE("plimsoll:"), &rest) &&
           after(pl_slice_trim(rest), PL_SLICE("ignore"), ret);
}

static PL_STATUS copy(const struct reading *r, struct pl_slice part, struct pl_value *ret)
{
    struct pl_slice text;
    if (pl_arena_dup(&r->project->arena, part, &text, r->err) != PL_OK) {
        return r->err->code;
    }
    *ret = pl_value_given(text, place(r, part));
    return PL_OK;
}

static struct pl_comment *room(const struct reading *r)
{
    struct pl_comments *to = r->to;
    if (to->n < to->cap) {
        return &to->at[to->n];
    }
    if (to->n >= MOST) {
        (void)pl_err_set(r->err, PL_ERR_CONFIG, "%s:%u:1: more than %d ignores in comments",
                         r->project->file[r->file - 1].path.ptr, r->line, MOST);
        return NULL;
    }
    size_t cap = to->cap > 0 ? to->cap * 2 : 8;
    struct pl_comment *list = pl_arena_new(&r->project->arena, cap, sizeof *list, r->err);
    if (!list) {
        return NULL;
    }
    for (uint32_t i = 0; i < to->n; i++) {
        list[i] = to->at[i];
    }
    to->at = list;
    to->cap = cap;
    return &list[to->n];
}

/* `rest` is =RULE,... [expires=DATE] REASON.  What is nearly that is refused: it would silence
 * nothing, and nobody would know why. */
static PL_STATUS read_one(const struct reading *r, struct pl_slice rest)
{
    if (!after(rest, PL_SLICE("="), &rest)) {
        return fail(r, rest, "write '=' behind it, as in # plimsoll: ignore=PL302 the reason");
    }
    struct pl_slice rules = take_word(&rest);
    struct pl_slice date;
    struct pl_slice rule;
    struct pl_lint_ignore ignore = {.of_template = r->project->kind == PL_PROJECT_TEMPLATE,
                                    .root = r->project->root};
    int32_t days = 0;
    if (after(rest, PL_SLICE("expires="), &date)) {
        date = take_word(&rest);
        date = pl_slice_sub(date, sizeof "expires=" - 1, date.len);
        if (!pl_date_parse(date, &days)) {
            return fail(r, date, "'expires' takes a date such as 2027-01-31");
        }
        if (copy(r, date, &ignore.expires) != PL_OK) {
            return r->err->code;
        }
    }
    if (rules.len == 0) {
        return fail(r, r->whole, "a rule is missing, such as PL302");
    }
    if (rest.len == 0) {
        return fail(r, rules, "the reason is missing; write behind it why this is accepted");
    }
    if (copy(r, rest, &ignore.reason) != PL_OK) {
        return r->err->code;
    }
    while (rules.ptr && pl_slice_next(&rules, ',', &rule)) {
        struct pl_comment *comment = room(r);
        if (rule.len == 0) {
            return fail(r, rule, "a rule is missing; write RULE,... without blanks");
        }
        if (!comment || copy(r, rule, &ignore.rule) != PL_OK) {
            return r->err->code;
        }
        ignore.at = ignore.rule.at;
        *comment = (struct pl_comment){.ignore = ignore};
        r->to->n++;
    }
    return PL_OK;
}

/* The comments from `first` on stand above this line. */
static void stand_above(struct pl_comments *comments, uint32_t *first, uint32_t line)
{
    for (; *first < comments->n; (*first)++) {
        comments->at[*first].line = line;
    }
}

PL_STATUS pl_comments_read(struct pl_comments *ret, struct pl_project *project,
                           const struct pl_doc *doc, uint32_t file, struct pl_err *err)
{
    struct reading r = {.to = ret, .project = project, .doc = doc, .file = file, .err = err};
    uint32_t first = 0;
    *ret = (struct pl_comments){.n = 0};
    if (pl_slice_find_text(project->file[file - 1].text, PL_SLICE("plimsoll:")) ==
        project->file[file - 1].text.len) {
        return PL_OK;
    }
    for (r.line = 1;
         pl_project_line(project, (struct pl_pos){.file = file, .line = r.line}, &r.whole);
         r.line++) {
        struct pl_slice text = pl_slice_trim(r.whole);
        struct pl_slice rest;
        bool is_comment = text.len > 0 && text.ptr[0] == '#' && !pl_doc_is_text(doc, r.line);
        if (text.len > 0 && !is_comment) {
            stand_above(ret, &first, r.line);
        } else if (is_comment && is_ours(r.whole, &rest) && read_one(&r, rest) != PL_OK) {
            return err->code;
        }
    }
    return PL_OK;
}

uint32_t pl_comment_key(const struct pl_doc *doc, uint32_t map, uint32_t line)
{
    uint32_t best = PL_NODE_NONE;
    uint32_t best_line = 0;
    if (line == 0 || pl_doc_node(doc, map)->kind != PL_NODE_MAP) {
        return PL_NODE_NONE;
    }
    for (uint32_t key = pl_doc_node(doc, map)->child; key != PL_NODE_NONE;
         key = pl_doc_node(doc, pl_doc_node(doc, key)->next)->next) {
        uint32_t at = pl_doc_node(doc, key)->at.line;
        if (at <= line && at > best_line) {
            best = key;
            best_line = at;
        }
    }
    return best;
}

uint32_t pl_comment_section(const struct pl_doc *doc, const char *name, uint32_t line)
{
    uint32_t section = pl_comment_key(doc, doc->root, line);
    const struct pl_node *node = pl_doc_node(doc, section);
    return pl_slice_is(node->text, name) ? pl_comment_key(doc, node->next, line) : PL_NODE_NONE;
}

PL_STATUS pl_comment_take(struct pl_comment *comment, struct pl_project *project,
                          struct pl_slice id, bool is_layer, struct pl_err *err)
{
    struct pl_lint_ignore ignore = comment->ignore;
    *(is_layer ? &ignore.layer : &ignore.function) = pl_value_given(id, ignore.at);
    ignore.lines = (struct pl_lines){.file = 0};
    comment->is_used = true;
    return pl_project_add_ignore(project, &ignore, err);
}

PL_STATUS pl_comments_leave(const struct pl_comments *comments, struct pl_project *project,
                            struct pl_err *err)
{
    for (uint32_t i = 0; i < comments->n; i++) {
        struct pl_lint_ignore ignore = comments->at[i].ignore;
        ignore.is_nowhere = ignore.lines.file == 0;
        if (!comments->at[i].is_used && pl_project_add_ignore(project, &ignore, err) != PL_OK) {
            return err->code;
        }
    }
    return PL_OK;
}
