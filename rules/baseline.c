#include "rules/baseline.h"

#include "pkg/base/arr.h"
#include "pkg/base/doc.h"
#include "pkg/base/jsonw.h"
#include "pkg/base/limits.h"
#include "rules/checks.h"
#include "rules/suppress.h"

#include <stdlib.h>

static const char SCHEMA[] = "plimsoll-baseline/1";

/* The first function concerned, else the package's or file's own name. */
static struct pl_slice subject_of(const struct pl_finding *f, const struct pl_project *project)
{
    return f->n_function > 0 ? project->function[f->function[0]].id : pl_slice_basename(f->input);
}

/* --- reading --- */

struct reading {
    struct pl_baseline *to;
    const struct pl_doc *doc;
    const char *name;
    struct pl_err *err;
};

static enum pl_status bad(const struct reading *r, uint32_t node, const char *what)
{
    struct pl_pos at = pl_doc_node(r->doc, node)->at;
    return pl_err_set(r->err, PL_ERR_CONFIG, "%s:%u:%u: %s; --update-baseline writes it anew",
                      r->name, at.line > 0 ? at.line : 1, at.col > 0 ? at.col : 1, what);
}

static PL_STATUS copy_text(const struct reading *r, uint32_t entry, const char *key,
                           struct pl_slice *ret)
{
    const struct pl_node *node = pl_doc_node(r->doc, pl_doc_get(r->doc, entry, key));
    if (node->kind != PL_NODE_SCALAR || node->text.len == 0) {
        return bad(r, entry, "an entry needs key, rule and subject");
    }
    return pl_arena_dup(&r->to->arena, node->text, ret, r->err);
}

static PL_STATUS read_entry(const struct reading *r, uint32_t node)
{
    struct pl_baseline_entry *entry = &r->to->entry[r->to->n];
    int64_t count = 1;
    uint32_t count_node = pl_doc_get(r->doc, node, "count");
    bool is_added = false;
    uint64_t old = 0;
    if (copy_text(r, node, "key", &entry->key) || copy_text(r, node, "rule", &entry->rule) ||
        copy_text(r, node, "subject", &entry->subject)) {
        return r->err->code;
    }
    if (count_node != PL_NODE_NONE && (!pl_node_int(pl_doc_node(r->doc, count_node), &count) ||
                                       count < 1 || count > (int64_t)PL_MAX_FINDINGS)) {
        return bad(r, count_node, "count is no number of findings");
    }
    entry->count = entry->left = (uint32_t)count;
    enum pl_status status = pl_map_add(&r->to->keys, entry->key, r->to->n, &is_added, &old, r->err);
    if (status) {
        return status;
    }
    if (!is_added) {
        return bad(r, node, "the same key stands twice");
    }
    r->to->n++;
    return PL_OK;
}

static PL_STATUS read_entries(const struct reading *r)
{
    uint32_t schema = pl_doc_get(r->doc, r->doc->root, "schema");
    uint32_t list = pl_doc_get(r->doc, r->doc->root, "entries");
    if (!pl_slice_is(pl_doc_node(r->doc, schema)->text, SCHEMA) ||
        pl_doc_node(r->doc, list)->kind != PL_NODE_SEQ) {
        return bad(r, r->doc->root, "this is no baseline of plimsoll");
    }
    r->to->entry =
        pl_arena_new(&r->to->arena, pl_doc_count(r->doc, list), sizeof *r->to->entry, r->err);
    if (!r->to->entry) {
        return r->err->code;
    }
    for (uint32_t node = pl_doc_node(r->doc, list)->child; node != PL_NODE_NONE;
         node = pl_doc_node(r->doc, node)->next) {
        enum pl_status status = read_entry(r, node);
        if (status) {
            return status;
        }
    }
    return PL_OK;
}

PL_STATUS pl_baseline_parse(struct pl_baseline *ret, const char *name, struct pl_slice text,
                            struct pl_err *err)
{
    struct pl_doc doc PL_CLEANUP(pl_doc_done) = {.node = NULL};
    struct pl_baseline baseline = {.n = 0};
    const struct reading r = {&baseline, &doc, name, err};
    if (pl_json_parse(&doc, text, 0, name, err)) {
        return err->code;
    }
    pl_arena_init(&baseline.arena, PL_MAX_REPORT_BYTES);
    pl_map_init(&baseline.keys, PL_MAX_FINDINGS);
    enum pl_status status = read_entries(&r);
    if (status) {
        pl_baseline_done(&baseline);
        return status;
    }
    *ret = baseline;
    return PL_OK;
}

void pl_baseline_done(struct pl_baseline *baseline)
{
    pl_map_done(&baseline->keys);
    pl_arena_done(&baseline->arena);
    *baseline = (struct pl_baseline){.n = 0};
}

/* --- applying --- */

PL_STATUS pl_baseline_apply(struct pl_baseline *baseline, struct pl_verdict *verdict,
                            const struct pl_project *project, struct pl_err *err)
{
    size_t kept = 0;
    enum pl_status status = PL_OK;
    for (size_t i = 0; !status && i < verdict->n_finding; i++) {
        struct pl_finding *f = &verdict->finding[i];
        uint64_t at = 0;
        bool is_known = (pl_rule_at(f->rule)->flags & PL_RULE_FIXED) == 0 &&
                        pl_map_get(&baseline->keys, pl_slice_of(f->fingerprint), &at) &&
                        baseline->entry[at].left > 0 &&
                        pl_slice_eq(baseline->entry[at].subject, subject_of(f, project));
        if (is_known) {
            baseline->entry[at].left--;
            status =
                pl_suppress_one(verdict, f, PL_SILENCE_BASELINE, PL_SLICE("in the baseline"), err);
        } else {
            verdict->finding[kept++] = *f;
        }
    }
    verdict->n_finding = status ? verdict->n_finding : kept;
    return status;
}

static bool has_subject(const struct pl_survey *survey, struct pl_slice name)
{
    if (pl_project_find_function(survey->project, name) != PL_NO_INDEX) {
        return true;
    }
    for (uint32_t i = 0; i < survey->n_package; i++) {
        if (pl_slice_eq(pl_slice_basename(survey->package[i].path), name)) {
            return true;
        }
    }
    return false;
}

static bool was_applied(const struct pl_verdict *verdict, const struct pl_rules_options *options,
                        const struct pl_rule *rule)
{
    bool is = rule && options->on[rule->rule];
    for (size_t i = 0; i < verdict->n_skip && is; i++) {
        is = verdict->skip[i].rule != rule->rule;
    }
    return is;
}

PL_STATUS pl_baseline_stale(struct pl_baseline *baseline, const char *name,
                            struct pl_verdict *verdict, const struct pl_survey *survey,
                            const struct pl_rules_options *options, struct pl_err *err)
{
    struct pl_rule_ctx ctx = {
        .survey = survey, .verdict = verdict, .rule = pl_rule_at(PL_RULE_PL002)};
    size_t before = verdict->n_finding;
    for (size_t i = 0; i < baseline->n && options->on[PL_RULE_PL002]; i++) {
        struct pl_baseline_entry *entry = &baseline->entry[i];
        if (entry->left == 0 || !has_subject(survey, entry->subject) ||
            !was_applied(verdict, options, pl_rule_find(entry->rule))) {
            continue;
        }
        struct pl_emit what = PL_EMIT_INIT;
        what.severity = PL_SEV_INFO;
        what.evidence = entry->key;
        what.mend = PL_SLICE("--update-baseline");
        enum pl_status status =
            pl_emit(&ctx, &what, err, "%s: %u of %u findings of %.*s in %.*s are there no more",
                    name, entry->left, entry->count, PL_TEXT(entry->rule), PL_TEXT(entry->subject));
        if (status) {
            return status;
        }
        entry->left = 0;
    }
    if (verdict->n_finding > before) {
        pl_verdict_sort(verdict);
    }
    return PL_OK;
}

/* --- writing --- */

struct line {
    struct pl_slice rule, subject, key;
};

static int compare_lines(const void *left, const void *right)
{
    const struct line *a = left;
    const struct line *b = right;
    int order = pl_slice_cmp(a->rule, b->rule);
    order = order ? order : pl_slice_cmp(a->subject, b->subject);
    return order ? order : pl_slice_cmp(a->key, b->key);
}

static void take_lines(struct line *to, size_t *n, const struct pl_finding *list, size_t n_list,
                       const struct pl_project *project, bool baseline_only)
{
    for (size_t i = 0; i < n_list; i++) {
        const struct pl_rule *rule = pl_rule_at(list[i].rule);
        bool is_about_ignores = rule->subject == PL_SUBJECT_IGNORES;
        if ((rule->flags & PL_RULE_FIXED) || is_about_ignores ||
            (baseline_only && list[i].silence != PL_SILENCE_BASELINE)) {
            continue;
        }
        to[(*n)++] = (struct line){pl_slice_of(rule->id), subject_of(&list[i], project),
                                   pl_slice_of(list[i].fingerprint)};
    }
}

static PL_STATUS put_line(struct pl_buf *to, const struct line *line, size_t count, bool is_first,
                          struct pl_err *err)
{
    struct pl_jsonw w;
    if (pl_buf_text(to, is_first ? "\n  " : ",\n  ", err)) {
        return err->code;
    }
    pl_jsonw_begin(&w, to, false, err);
    pl_jsonw_object(&w, NULL);
    pl_jsonw_slice(&w, "rule", line->rule);
    pl_jsonw_slice(&w, "subject", line->subject);
    pl_jsonw_slice(&w, "key", line->key);
    if (count > 1) {
        pl_jsonw_u64(&w, "count", count);
    }
    pl_jsonw_close_object(&w);
    return pl_jsonw_end(&w);
}

static PL_STATUS put_lines(struct pl_buf *to, const struct line *line, size_t n, struct pl_err *err)
{
    enum pl_status status = pl_buf_fmt(to, err, "{\"schema\": \"%s\", \"entries\": [", SCHEMA);
    for (size_t i = 0; !status && i < n;) {
        size_t count = 1;
        while (i + count < n && compare_lines(&line[i], &line[i + count]) == 0) {
            count++;
        }
        status = put_line(to, &line[i], count, i == 0, err);
        i += count;
    }
    return status ? status : pl_buf_text(to, "\n]}\n", err);
}

PL_STATUS pl_baseline_write(struct pl_buf *to, const struct pl_baseline_source *source, size_t n,
                            struct pl_err *err)
{
    size_t most = 0;
    for (size_t i = 0; i < n; i++) {
        most += source[i].verdict->n_finding + source[i].verdict->n_suppressed;
    }
    struct line *list = pl_arr_zeroed(most, sizeof *list, err);
    if (!list) {
        return err->code;
    }
    size_t used = 0;
    for (size_t i = 0; i < n; i++) {
        const struct pl_verdict *verdict = source[i].verdict;
        take_lines(list, &used, verdict->finding, verdict->n_finding, source[i].project, false);
        take_lines(list, &used, verdict->suppressed, verdict->n_suppressed, source[i].project,
                   true);
    }
    if (used > 0) {
        qsort(list, used, sizeof *list, compare_lines);
    }
    enum pl_status status = put_lines(to, list, used, err);
    free(list);
    return status;
}
