/* The JSON of `lint`: schema plimsoll-lint/1, as one document and as one line per item. */
#include "cmd/report/json_items.h"
#include "cmd/report/report.h"

static void put_tool(struct pl_jsonw *w, const struct pl_lint *lint)
{
    pl_jsonw_text(w, "schema", "plimsoll-lint/1");
    pl_jsonw_object(w, "tool");
    pl_json_tool(w, lint);
    pl_jsonw_close_object(w);
}

/* Begins an item: in a list, or as a line of its own that says what it is. */
typedef void (*begin_fn)(struct pl_jsonw *w, const char *what);
typedef void (*end_fn)(struct pl_jsonw *w);
struct style {
    begin_fn begin;
    end_fn end;
};

static void put_inputs(struct pl_jsonw *w, const struct pl_lint *lint, const struct style *style)
{
    for (size_t i = 0; i < lint->n; i++) {
        for (uint32_t k = 0; k < lint->unit[i]->survey.n_package; k++) {
            style->begin(w, "input");
            pl_json_input(w, &lint->unit[i]->survey, &lint->unit[i]->survey.package[k]);
            style->end(w);
        }
    }
}

static void put_findings(struct pl_jsonw *w, const struct pl_lint *lint, const struct style *style)
{
    for (size_t i = 0; i < lint->n; i++) {
        for (size_t k = 0; k < lint->unit[i]->verdict.n_finding; k++) {
            style->begin(w, "finding");
            pl_json_finding(w, &lint->unit[i]->project, &lint->unit[i]->verdict.finding[k]);
            style->end(w);
        }
    }
}

static void put_suppressed(struct pl_jsonw *w, const struct pl_lint *lint,
                           const struct style *style)
{
    for (size_t i = 0; i < lint->n; i++) {
        for (size_t k = 0; k < lint->unit[i]->verdict.n_suppressed; k++) {
            style->begin(w, "suppressed");
            pl_json_finding(w, &lint->unit[i]->project, &lint->unit[i]->verdict.suppressed[k]);
            style->end(w);
        }
    }
}

static void put_skips(struct pl_jsonw *w, const struct pl_lint *lint, const struct style *style)
{
    for (size_t i = 0; i < lint->n; i++) {
        for (size_t k = 0; k < lint->unit[i]->verdict.n_skip; k++) {
            style->begin(w, "skipped");
            pl_json_skip(w, &lint->unit[i]->project, &lint->unit[i]->verdict.skip[k]);
            style->end(w);
        }
    }
}

static void begin_object(struct pl_jsonw *w, const char *what PL_UNUSED)
{
    pl_jsonw_object(w, NULL);
}

PL_STATUS pl_report_json(struct pl_buf *to, const struct pl_lint *lint,
                         const struct pl_term *term PL_UNUSED, struct pl_err *err)
{
    static const struct style list = {begin_object, pl_jsonw_close_object};
    struct pl_jsonw w;
    pl_jsonw_begin(&w, to, true, err);
    pl_jsonw_object(&w, NULL);
    put_tool(&w, lint);
    pl_jsonw_array(&w, "inputs");
    put_inputs(&w, lint, &list);
    pl_jsonw_close_array(&w);
    pl_jsonw_array(&w, "findings");
    put_findings(&w, lint, &list);
    pl_jsonw_close_array(&w);
    pl_jsonw_array(&w, "suppressed");
    put_suppressed(&w, lint, &list);
    pl_jsonw_close_array(&w);
    pl_jsonw_array(&w, "skipped");
    put_skips(&w, lint, &list);
    pl_jsonw_close_array(&w);
    pl_jsonw_object(&w, "summary");
    pl_json_summary(&w, lint);
    pl_jsonw_close_object(&w);
    pl_jsonw_close_object(&w);
    enum pl_status status = pl_jsonw_end(&w);
    return status ? status : pl_buf_byte(to, '\n', err);
}

/* Every line is a document of its own. */
static void begin_line(struct pl_jsonw *w, const char *what)
{
    struct pl_err *err = w->err;
    if (w->status == PL_OK) {
        pl_jsonw_begin(w, w->to, false, err);
    }
    pl_jsonw_object(w, NULL);
    pl_jsonw_text(w, "item", what);
}

static void end_line(struct pl_jsonw *w)
{
    pl_jsonw_close_object(w);
    if (w->status == PL_OK) {
        w->status = pl_buf_byte(w->to, '\n', w->err);
    }
}

PL_STATUS pl_report_jsonl(struct pl_buf *to, const struct pl_lint *lint,
                          const struct pl_term *term PL_UNUSED, struct pl_err *err)
{
    static const struct style lines = {begin_line, end_line};
    struct pl_jsonw w;
    pl_jsonw_begin(&w, to, false, err);
    begin_line(&w, "tool");
    put_tool(&w, lint);
    end_line(&w);
    put_inputs(&w, lint, &lines);
    put_findings(&w, lint, &lines);
    put_suppressed(&w, lint, &lines);
    put_skips(&w, lint, &lines);
    begin_line(&w, "summary");
    pl_json_summary(&w, lint);
    end_line(&w);
    return w.status;
}
