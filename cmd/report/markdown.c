/*
 * Markdown for a comment on a pull request or the summary of a CI step.  Nothing in it may become
 * markup, a mention, a reference to an issue or a link; a comment takes 65,536 characters.
 */
#include "cmd/report/place.h"
#include "cmd/report/report.h"
#include "pkg/base/limits.h"
#include "pkg/base/text.h"

#include <string.h>

enum { COMMENT_BYTES = 60000 };

/* Text in a cell of a table.  An empty comment behind "@", "#" and "://" keeps GitHub from making a
 * mention, a reference or a link of it. */
static void put_cell(struct pl_writer *w, struct pl_slice raw)
{
    struct pl_buf safe PL_CLEANUP(pl_buf_done) = {.max = w->to->max};
    struct pl_writer inner = {&safe, w->err, w->status};
    pl_put_safe(&inner, raw);
    w->status = inner.status;
    struct pl_slice text = pl_buf_view(&safe);
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        struct pl_slice one = pl_slice_sub(text, i, i + 1);
        bool is_link =
            c == ':' && pl_slice_starts(pl_slice_sub(text, i, text.len), PL_SLICE("://"));
        if (c == '<') {
            pl_put(w, "&lt;");
        } else if (c == '&') {
            pl_put(w, "&amp;");
        } else if (strchr("\\`*_{}[]|~!>$", c)) {
            pl_put_fmt(w, "\\%c", c);
        } else if (c == '@' || c == '#' || is_link) {
            pl_put_fmt(w, "%c<!-- -->", c);
        } else {
            pl_put_slice(w, one);
        }
    }
}

/* "template.yaml:12", or "dist/f.zip: app.py". */
static void put_where(struct pl_writer *w, const struct pl_item *item)
{
    const struct pl_place place = pl_place_of(item);
    put_cell(w, place.file);
    if (place.is_setting) {
        pl_put_fmt(w, ":%u", place.line);
    } else if (item->finding->member.len > 0) {
        pl_put(w, ": ");
        put_cell(w, item->finding->member);
    }
}

static void put_row(struct pl_writer *w, const struct pl_item *item)
{
    const struct pl_finding *f = item->finding;
    const struct pl_rule *rule = pl_rule_at(f->rule);
    pl_put_fmt(w, "| %s | %s %s | ", pl_severity_name(f->severity), rule->id, rule->name);
    put_where(w, item);
    pl_put(w, " | ");
    put_cell(w, f->message);
    pl_put(w, "<br>mend: ");
    put_cell(w, pl_item_mend(f));
    pl_put(w, " |\n");
}

/* Errors first; what no longer fits is counted. */
static size_t put_rows(struct pl_writer *w, const struct pl_items *items)
{
    static const enum pl_severity order[] = {PL_SEV_ERROR, PL_SEV_WARNING, PL_SEV_INFO,
                                             PL_SEV_PEDANTIC};
    size_t left_out = 0;
    for (size_t s = 0; s < sizeof order / sizeof *order; s++) {
        for (size_t i = 0; i < items->n; i++) {
            if (items->at[i].finding->severity != order[s]) {
                continue;
            }
            size_t before = w->to->len;
            if (left_out == 0 && w->status == PL_OK) {
                put_row(w, &items->at[i]);
            }
            if (w->to->len > COMMENT_BYTES) {
                w->to->len = before;
            }
            left_out += w->to->len == before;
        }
    }
    return left_out;
}

static size_t count(const struct pl_items *items, enum pl_severity from, enum pl_severity to)
{
    size_t n = 0;
    for (size_t i = 0; i < items->n; i++) {
        n += items->at[i].finding->severity >= from && items->at[i].finding->severity <= to;
    }
    return n;
}

static void put_counts(struct pl_writer *w, const struct pl_lint *lint,
                       const struct pl_items *items)
{
    size_t judged = 0;
    size_t all = 0;
    size_t suppressed = 0;
    for (size_t i = 0; i < lint->n; i++) {
        suppressed += lint->unit[i]->verdict.n_suppressed;
    }
    pl_lint_count(lint, &judged, &all);
    pl_put_fmt(w, "%zu errors, %zu warnings, %zu notes", count(items, PL_SEV_ERROR, PL_SEV_ERROR),
               count(items, PL_SEV_WARNING, PL_SEV_WARNING),
               count(items, PL_SEV_PEDANTIC, PL_SEV_INFO));
    if (suppressed > 0) {
        pl_put_fmt(w, ", %zu suppressed", suppressed);
    }
    pl_put_fmt(w, "; judged %zu of %zu. Facts of %s.\n", judged, all, pl_runtime_data_date());
}

PL_STATUS pl_report_markdown(struct pl_buf *to, const struct pl_lint *lint,
                             const struct pl_term *term PL_UNUSED, struct pl_err *err)
{
    struct pl_items items PL_CLEANUP(pl_items_done) = {NULL, 0};
    if (pl_items_gather(&items, lint, err)) {
        return err->code;
    }
    struct pl_writer w = {to, err, PL_OK};
    pl_put(&w, "### Plimsoll\n\n");
    if (items.n > 0) {
        pl_put(&w, "| severity | rule | where | what |\n|---|---|---|---|\n");
        size_t left_out = put_rows(&w, &items);
        if (left_out > 0) {
            pl_put_fmt(&w, "\n%zu more: `plimsoll lint --show-all`\n", left_out);
        }
        pl_put(&w, "\n");
    }
    put_counts(&w, lint, &items);
    return w.status;
}
