/*
 * JUnit's XML: a suite per input, a case per finding, per rule that was applied and silent, and per
 * rule that could not be applied.  A finding below --fail-on is a case that passed and says
 * something.
 */
#include "cmd/report/place.h"
#include "cmd/report/report.h"

#include <string.h>

/* What one suite is about. */
struct suite {
    const struct pl_lint_unit *unit;
    struct pl_slice input;
};

struct counts {
    size_t tests, failures, skipped;
};

/* Rules that were applied to the input, found nothing there and were not kept from it. */
static void find_quiet(const struct suite *s, bool quiet[PL_RULE_COUNT])
{
    const struct pl_verdict *verdict = &s->unit->verdict;
    for (size_t i = 0; i < PL_RULE_COUNT; i++) {
        const struct pl_rule *rule = pl_rule_at((enum pl_rule_id)i);
        quiet[i] = (s->unit->rules.on[i] || (rule->flags & PL_RULE_FIXED) != 0) &&
                   (rule->severity != PL_SEV_PEDANTIC || s->unit->rules.pedantic);
    }
    for (size_t i = 0; i < verdict->n_finding; i++) {
        if (pl_slice_eq(verdict->finding[i].input, s->input)) {
            quiet[verdict->finding[i].rule] = false;
        }
    }
    for (size_t i = 0; i < verdict->n_skip; i++) {
        if (pl_slice_eq(verdict->skip[i].input, s->input)) {
            quiet[verdict->skip[i].rule] = false;
        }
    }
}

static void begin_case(struct pl_writer *w, enum pl_rule_id id, struct pl_slice input)
{
    const struct pl_rule *rule = pl_rule_at(id);
    pl_put_fmt(w, "    <testcase name=\"%s %s\"", rule->id, rule->name);
    pl_put_attr(w, "classname", input);
}

static void put_finding(struct pl_writer *w, const struct suite *s, const struct pl_finding *f)
{
    const struct pl_item item = {s->unit, f, 0};
    const struct pl_place place = pl_place_of(&item);
    begin_case(w, f->rule, s->input);
    pl_put_attr(w, "file", place.file);
    pl_put_fmt(w, " line=\"%u\" time=\"0\">\n      ", place.line);
    if (pl_lint_fails(s->unit, f)) {
        pl_put(w, "<failure");
        pl_put_message_attr(w, &item);
        pl_put_attr(w, "type", pl_slice_of(pl_severity_name(f->severity)));
        pl_put(w, "/>\n    </testcase>\n");
        return;
    }
    pl_put(w, "<system-out>");
    pl_put_fmt(w, "%s: ", pl_severity_name(f->severity));
    pl_put_message_xml(w, &item);
    pl_put(w, "</system-out>\n    </testcase>\n");
}

static void put_skips(struct pl_writer *w, const struct suite *s)
{
    const struct pl_verdict *verdict = &s->unit->verdict;
    bool said[PL_RULE_COUNT] = {false};
    for (size_t i = 0; i < verdict->n_skip; i++) {
        const struct pl_skip *skip = &verdict->skip[i];
        if (!pl_slice_eq(skip->input, s->input) || said[skip->rule]) {
            continue;
        }
        said[skip->rule] = true;
        begin_case(w, skip->rule, s->input);
        pl_put(w, " time=\"0\">\n      <skipped");
        pl_put_attr(w, "message", skip->reason);
        pl_put(w, "/>\n    </testcase>\n");
    }
}

static struct counts count(const struct suite *s, const bool quiet[PL_RULE_COUNT])
{
    const struct pl_verdict *verdict = &s->unit->verdict;
    struct counts n = {0, 0, 0};
    bool said[PL_RULE_COUNT] = {false};
    for (size_t i = 0; i < verdict->n_finding; i++) {
        bool is_here = pl_slice_eq(verdict->finding[i].input, s->input);
        n.tests += is_here;
        n.failures += is_here && pl_lint_fails(s->unit, &verdict->finding[i]);
    }
    for (size_t i = 0; i < verdict->n_skip; i++) {
        const struct pl_skip *skip = &verdict->skip[i];
        if (pl_slice_eq(skip->input, s->input) && !said[skip->rule]) {
            said[skip->rule] = true;
            n.skipped++;
        }
    }
    for (size_t i = 0; i < PL_RULE_COUNT; i++) {
        n.tests += quiet[i];
    }
    n.tests += n.skipped;
    return n;
}

static void put_suite(struct pl_writer *w, const struct suite *s)
{
    bool quiet[PL_RULE_COUNT];
    const struct pl_verdict *verdict = &s->unit->verdict;
    find_quiet(s, quiet);
    struct counts n = count(s, quiet);
    pl_put(w, "  <testsuite");
    pl_put_attr(w, "name", s->input);
    pl_put_fmt(w, " tests=\"%zu\" failures=\"%zu\" errors=\"0\" skipped=\"%zu\" time=\"0\">\n",
               n.tests, n.failures, n.skipped);
    for (size_t i = 0; i < verdict->n_finding; i++) {
        if (pl_slice_eq(verdict->finding[i].input, s->input)) {
            put_finding(w, s, &verdict->finding[i]);
        }
    }
    put_skips(w, s);
    for (size_t i = 0; i < PL_RULE_COUNT; i++) {
        if (quiet[i]) {
            begin_case(w, (enum pl_rule_id)i, s->input);
            pl_put(w, " time=\"0\"/>\n");
        }
    }
    pl_put(w, "  </testsuite>\n");
}

/* The inputs of a unit: its files with settings, and its packages but for plans, whose findings
 * stand under the manifest. */
static void put_unit(struct pl_writer *w, struct suite *s)
{
    const struct pl_project *project = &s->unit->project;
    const struct pl_survey *survey = &s->unit->survey;
    if (project->n_file > 0) {
        s->input = project->file[0].path;
        put_suite(w, s);
    }
    for (uint32_t i = 0; i < survey->n_package; i++) {
        if (survey->package[i].kind != PL_KIND_PLAN) {
            s->input = survey->package[i].path;
            put_suite(w, s);
        }
    }
}

PL_STATUS pl_report_junit(struct pl_buf *to, const struct pl_lint *lint,
                          const struct pl_term *term PL_UNUSED, struct pl_err *err)
{
    struct pl_writer w = {to, err, PL_OK};
    pl_put(&w, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"plimsoll\">\n");
    for (size_t i = 0; i < lint->n; i++) {
        put_unit(&w, &(struct suite){.unit = lint->unit[i]});
    }
    pl_put(&w, "</testsuites>\n");
    return w.status;
}
