/*
 * Text for people: position first, the source line with a caret, what is there instead, what Lambda
 * would say, one mend, and at the end what was not looked at.
 */
#include "pkg/base/text.h"

#include "cmd/layout.h"
#include "cmd/report/link.h"
#include "cmd/report/report.h"
#include "cmd/report/searched.h"
#include "cmd/report/source.h"
#include "cmd/report/writer.h"
#include "pkg/base/arr.h"
#include "pkg/base/limits.h"
#include "pkg/lambda/limits.h"

#include <stdlib.h>
#include <string.h>

enum {
    INDENT = 3,     /* of what stands below a position */
    WIDTH = 100,    /* no line is longer by our doing */
    HITS_SHOWN = 4, /* of one rule and input, on a terminal */
    GAUGE = 20,     /* columns up to the load line */
    GAUGE_OVER = 5, /* and at most beyond it */
    FINE_SHOWN = 10 /* with more functions, those without a finding have no line */
};

struct text {
    struct pl_buf *to;
    const struct pl_lint *lint;
    const struct pl_term *term;
    struct pl_err *err;
};

static const char *style_of(const struct text *t, enum pl_severity severity)
{
    const struct pl_style *style = &t->term->style;
    switch (severity) {
    case PL_SEV_ERROR:
        return style->error;
    case PL_SEV_WARNING:
        return style->warning;
    case PL_SEV_OFF:
    case PL_SEV_PEDANTIC:
    case PL_SEV_INFO:
        break;
    }
    return style->info;
}

/* "template.yaml:31:16", or "dist/f.zip!/app.py:3" where no setting is to blame. */
static PL_STATUS put_place(const struct text *t, const struct pl_project *project,
                           const struct pl_finding *f)
{
    bool has_file = f->at.file > 0 && f->at.file <= project->n_file;
    bool is_open = false;
    struct pl_slice path = has_file ? project->file[f->at.file - 1].path : f->input;
    enum pl_status status = pl_link_open(t->to, t->term, path, &is_open, t->err);
    if (!status) {
        status = pl_text_escape(t->to, path, t->err);
    }
    if (!status) {
        status = pl_link_close(t->to, is_open, t->err);
    }
    if (status) {
        return status;
    }
    if (has_file) {
        return pl_buf_fmt(t->to, t->err, ":%u:%u", f->at.line, f->at.col);
    }
    if (f->member.len > 0) {
        status = pl_buf_text(t->to, "!/", t->err);
        if (!status) {
            status = pl_text_escape(t->to, f->member, t->err);
        }
    }
    return !status && f->member_line > 0 ? pl_buf_fmt(t->to, t->err, ":%u", f->member_line)
                                         : status;
}

static PL_STATUS put_functions(const struct text *t, const struct pl_project *project,
                               const struct pl_finding *f)
{
    enum { NAMED = 4 };
    for (uint32_t i = 0; i < f->n_function && i < NAMED; i++) {
        enum pl_status status = pl_buf_text(t->to, i > 0 ? ", " : " ", t->err);
        if (!status) {
            status = pl_text_escape(t->to, project->function[f->function[i]].id, t->err);
        }
        if (status) {
            return status;
        }
    }
    return f->n_function > NAMED ? pl_buf_fmt(t->to, t->err, " and %u more", f->n_function - NAMED)
                                 : PL_OK;
}

static PL_STATUS put_head(const struct text *t, const struct pl_project *project,
                          const struct pl_finding *f)
{
    const struct pl_rule *rule = pl_rule_at(f->rule);
    const struct pl_style *style = &t->term->style;
    enum pl_status status = pl_buf_text(t->to, style->bold, t->err);
    if (!status) {
        status = put_place(t, project, f);
    }
    if (!status) {
        status =
            pl_buf_fmt(t->to, t->err, ":%s %s%s:%s %s [%s]", style->reset, style_of(t, f->severity),
                       pl_severity_name(f->severity), style->reset, rule->name, rule->id);
    }
    if (!status) {
        status = put_functions(t, project, f);
    }
    return status ? status : pl_buf_byte(t->to, '\n', t->err);
}

/* "   label words ...", wrapped; `text` is safe already. */
static PL_STATUS put_words(const struct text *t, const char *label, struct pl_slice text)
{
    if (text.len == 0) {
        return PL_OK;
    }
    const struct pl_column column = {.from = INDENT, .width = WIDTH};
    struct pl_buf words PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_REPORT_BYTES};
    enum pl_status status = pl_buf_text(&words, label, t->err);
    if (!status) {
        status = pl_buf_slice(&words, text, t->err);
    }
    if (!status) {
        status = pl_buf_fmt(t->to, t->err, "%*s", INDENT, "");
    }
    return status ? status : pl_layout_words(t->to, &column, words.data, t->err);
}

static PL_STATUS put_finding(const struct text *t, const struct pl_project *project,
                             const struct pl_finding *f)
{
    bool is_said = false;
    enum pl_status status = put_head(t, project, f);
    if (!status) {
        status = pl_source_quote(t->to, project, f, &t->term->style, &is_said, t->err);
    }
    if (!status && !is_said) {
        status = put_words(t, "", f->message);
    }
    if (!status) {
        status = put_words(t, "", f->detail);
    }
    if (!status) {
        status = put_words(t, "Lambda would say: ", f->says);
    }
    if (!status) {
        const struct pl_rule *rule = pl_rule_at(f->rule);
        status = put_words(t, "mend: ", f->mend.len > 0 ? f->mend : pl_slice_of(rule->remedy));
    }
    return status ? status : pl_buf_byte(t->to, '\n', t->err);
}

static PL_STATUS put_findings(const struct text *t, const struct pl_lint_unit *unit)
{
    const struct pl_verdict *verdict = &unit->verdict;
    bool is_capped = t->term->out_is_terminal && !t->lint->options->show_all;
    size_t hits[PL_RULE_COUNT] = {0};
    struct pl_slice input = {0};
    for (size_t i = 0; i < verdict->n_finding; i++) {
        const struct pl_finding *f = &verdict->finding[i];
        if (!pl_slice_eq(f->input, input)) {
            memset(hits, 0, sizeof hits);
            input = f->input;
        }
        hits[f->rule]++;
        if (is_capped && hits[f->rule] > HITS_SHOWN) {
            continue;
        }
        enum pl_status status = put_finding(t, &unit->project, f);
        if (status) {
            return status;
        }
    }
    return PL_OK;
}

/* "37 more PL107: --show-all shows them". */
static PL_STATUS put_hidden(const struct text *t)
{
    size_t hits[PL_RULE_COUNT] = {0};
    if (!t->term->out_is_terminal || t->lint->options->show_all) {
        return PL_OK;
    }
    for (size_t u = 0; u < t->lint->n; u++) {
        const struct pl_verdict *verdict = &t->lint->unit[u]->verdict;
        size_t here[PL_RULE_COUNT] = {0};
        for (size_t i = 0; i < verdict->n_finding; i++) {
            const struct pl_finding *f = &verdict->finding[i];
            if (i > 0 && !pl_slice_eq(f->input, verdict->finding[i - 1].input)) {
                memset(here, 0, sizeof here);
            }
            here[f->rule]++;
            hits[f->rule] += here[f->rule] > HITS_SHOWN;
        }
    }
    bool is_any = false;
    for (size_t i = 0; i < PL_RULE_COUNT; i++) {
        if (hits[i] == 0) {
            continue;
        }
        const struct pl_rule *rule = pl_rule_at((enum pl_rule_id)i);
        enum pl_status status = pl_buf_fmt(t->to, t->err, "%zu more of %s [%s]: --show-all\n",
                                           hits[i], rule->name, rule->id);
        if (status) {
            return status;
        }
        is_any = true;
    }
    return is_any ? pl_buf_byte(t->to, '\n', t->err) : PL_OK;
}

static const char *plural(size_t n)
{
    return n == 1 ? "" : "s";
}

static uint32_t count_functions(const struct pl_project *project)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < project->n_function; i++) {
        n += project->function[i].branch == 0;
    }
    return n;
}

/* "plimsoll.yaml: 1 function, 1 layer". */
static PL_STATUS put_manifest_head(const struct text *t, const struct pl_lint_unit *unit)
{
    const struct pl_project *project = &unit->project;
    uint32_t functions = count_functions(project);
    enum pl_status status = pl_text_escape(t->to, project->file[0].path, t->err);
    return status ? status
                  : pl_buf_fmt(t->to, t->err, ": %u function%s, %u layer%s\n", functions,
                               plural(functions), project->n_layer, plural(project->n_layer));
}

/* "dist/f.zip: 12 files, 1.2 MB, 3.4 MB unpacked". */
static PL_STATUS put_package_head(const struct text *t, const struct pl_package *package)
{
    char size[PL_COUNT_TEXT];
    char count[PL_COUNT_TEXT];
    if (package->failed || package->kind == PL_KIND_NOT_ZIP || package->kind == PL_KIND_NONE ||
        package->kind == PL_KIND_PLAN) {
        return PL_OK;
    }
    enum pl_status status = pl_text_escape(t->to, package->path, t->err);
    if (!status) {
        status =
            pl_buf_fmt(t->to, t->err, ": %s entr%s", pl_count_text(package->tree.n_stored, count),
                       package->tree.n_stored == 1 ? "y" : "ies");
    }
    if (!status && package->zipped_known) {
        status = pl_buf_fmt(t->to, t->err, ", %s", pl_size_text(package->zipped_bytes, size));
    }
    return status ? status
                  : pl_buf_fmt(t->to, t->err, ", %s unpacked\n",
                               pl_size_text(package->unpacked_bytes, size));
}

/* "   speaks the Runtime API: yes, certainly: ...". */
static PL_STATUS put_image_head(const struct text *t, const struct pl_function *fn)
{
    const struct pl_image_run *run = fn->run;
    if (!run || run->speaks != PL_SPEAKS_YES || run->start != PL_START_FINE) {
        return PL_OK; /* anything else is a finding */
    }
    return pl_buf_fmt(t->to, t->err, "   speaks the Runtime API: %s: %.*s\n",
                      run->certain ? "yes" : "probably", (int)run->why.len, run->why.ptr);
}

static PL_STATUS put_heads(const struct text *t)
{
    size_t before = t->to->len;
    struct pl_writer w = {t->to, t->err, PL_OK};
    pl_put_searched(&w, t->lint);
    enum pl_status status = w.status;
    for (size_t i = 0; !status && i < t->lint->n; i++) {
        const struct pl_lint_unit *unit = t->lint->unit[i];
        if (unit->project.kind != PL_PROJECT_OPTIONS && unit->asked) {
            status = put_manifest_head(t, unit);
        }
        for (uint32_t k = 0; !status && k < unit->survey.n_package; k++) {
            status = put_package_head(t, &unit->survey.package[k]);
        }
        for (uint32_t k = 0; !status && k < unit->survey.n_function; k++) {
            status = put_image_head(t, &unit->survey.function[k]);
        }
    }
    return !status && t->to->len > before ? pl_buf_byte(t->to, '\n', t->err) : status;
}

/* Which functions a finding concerns; owned (free it). */
static bool *functions_hit(const struct pl_lint_unit *unit, struct pl_err *err)
{
    bool *hit = pl_arr_zeroed(unit->survey.n_function, sizeof *hit, err);
    for (size_t i = 0; hit && i < unit->verdict.n_finding; i++) {
        const struct pl_finding *f = &unit->verdict.finding[i];
        for (uint32_t k = 0; k < f->n_function; k++) {
            hit[f->function[k]] = true;
        }
    }
    return hit;
}

/* "====        |   38.2 MB": GAUGE columns are 250 MB. */
static PL_STATUS put_bar(const struct text *t, uint64_t bytes)
{
    uint64_t units = (bytes * GAUGE + PL_LAMBDA_UNZIPPED_BYTES - 1) / PL_LAMBDA_UNZIPPED_BYTES;
    bool is_over = bytes >= PL_LAMBDA_UNZIPPED_BYTES;
    unsigned full = units > GAUGE ? GAUGE : (unsigned)units;
    unsigned over =
        is_over ? (units > GAUGE + GAUGE_OVER ? GAUGE_OVER : (unsigned)units - GAUGE) : 0;
    over = is_over && over == 0 ? 1 : over;
    static const char bar[] = "====================";
    char size[PL_COUNT_TEXT];
    const struct pl_style *style = &t->term->style;
    return pl_buf_fmt(t->to, t->err, "%s%.*s%*s|%.*s%s%*s %9s",
                      is_over ? style->error : style->good, (int)full, bar, (int)(GAUGE - full), "",
                      (int)over, bar, style->reset, (int)(GAUGE_OVER - over), "",
                      pl_size_text(bytes, size));
}

static PL_STATUS put_gauge(const struct text *t, const struct pl_lint_unit *unit, const bool *hit)
{
    const struct pl_survey *survey = &unit->survey;
    size_t width = 0;
    for (uint32_t i = 0; i < survey->n_function; i++) {
        size_t len = survey->function[i].decl->id.len;
        width = len > width && len <= 40 ? len : width;
    }
    for (uint32_t i = 0; i < survey->n_function; i++) {
        const struct pl_function *fn = &survey->function[i];
        bool is_complete;
        if (!fn->code || fn->code->failed || fn->code->state != PL_PACKAGE_ARTIFACT ||
            fn->decl->branch > 0 || (survey->n_function > FINE_SHOWN && !hit[i])) {
            continue;
        }
        size_t before = t->to->len;
        enum pl_status status = pl_text_escape(t->to, fn->decl->id, t->err);
        size_t used = t->to->len - before;
        if (!status) {
            status = pl_buf_fmt(t->to, t->err, "%*s  ", (int)(used < width ? width - used : 0), "");
        }
        if (!status) {
            status = put_bar(t, pl_function_total_bytes(survey, fn, &is_complete));
        }
        if (!status) {
            status = pl_buf_text(t->to, is_complete ? "" : " or more", t->err);
        }
        if (!status) {
            status = pl_buf_text(t->to, i == 0 ? "   the line is 250 MB\n" : "\n", t->err);
        }
        if (status) {
            return status;
        }
    }
    return PL_OK;
}

static PL_STATUS put_gauges(const struct text *t)
{
    if (!t->term->out_is_terminal || t->lint->options->quiet) {
        return PL_OK;
    }
    size_t before = t->to->len;
    enum pl_status status = PL_OK;
    for (size_t i = 0; !status && i < t->lint->n; i++) {
        bool *hit = functions_hit(t->lint->unit[i], t->err);
        status = hit ? put_gauge(t, t->lint->unit[i], hit) : t->err->code;
        free(hit);
    }
    return !status && t->to->len > before ? pl_buf_byte(t->to, '\n', t->err) : status;
}

static int has_reason(const struct pl_verdict *verdict, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (pl_slice_eq(verdict->skip[i].reason, verdict->skip[index].reason) &&
            pl_slice_eq(verdict->skip[i].input, verdict->skip[index].input)) {
            return 1;
        }
    }
    return 0;
}

/* One line per reason and input, with the rules that it kept from being applied. */
static PL_STATUS put_skips(const struct text *t, const struct pl_verdict *verdict)
{
    for (size_t i = 0; i < verdict->n_skip; i++) {
        const struct pl_skip *skip = &verdict->skip[i];
        bool named[PL_RULE_COUNT] = {false};
        if (has_reason(verdict, i)) {
            continue;
        }
        for (size_t k = i; k < verdict->n_skip; k++) {
            named[verdict->skip[k].rule] |= pl_slice_eq(verdict->skip[k].reason, skip->reason) &&
                                            pl_slice_eq(verdict->skip[k].input, skip->input);
        }
        enum pl_status status = pl_text_escape(t->to, skip->input, t->err);
        if (!status) {
            status = pl_buf_fmt(t->to, t->err, ": not applied, %.*s:", PL_TEXT(skip->reason));
        }
        for (size_t k = 0; !status && k < PL_RULE_COUNT; k++) {
            if (named[k]) {
                status = pl_buf_fmt(t->to, t->err, " %s", pl_rule_at((enum pl_rule_id)k)->id);
            }
        }
        if (!status) {
            status = pl_buf_byte(t->to, '\n', t->err);
        }
        if (status) {
            return status;
        }
    }
    return PL_OK;
}

static PL_STATUS put_all_skips(const struct text *t, size_t *ret_rules)
{
    bool named[PL_RULE_COUNT] = {false};
    enum pl_status status = PL_OK;
    size_t before = t->to->len;
    for (size_t i = 0; !status && i < t->lint->n; i++) {
        const struct pl_verdict *verdict = &t->lint->unit[i]->verdict;
        for (size_t k = 0; k < verdict->n_skip; k++) {
            named[verdict->skip[k].rule] = true;
        }
        if (t->lint->options->verbose) {
            status = put_skips(t, verdict);
        }
    }
    for (size_t i = 0; i < PL_RULE_COUNT; i++) {
        *ret_rules += named[i];
    }
    return !status && t->to->len > before ? pl_buf_byte(t->to, '\n', t->err) : status;
}

struct totals {
    size_t errors, warnings, infos, suppressed, hit, judged, all;
    const struct pl_finding *worst; /* the first of the highest severity */
};

static PL_STATUS add_up(const struct pl_lint *lint, struct totals *ret, struct pl_err *err)
{
    *ret = (struct totals){0};
    pl_lint_count(lint, &ret->judged, &ret->all);
    for (size_t i = 0; i < lint->n; i++) {
        const struct pl_verdict *verdict = &lint->unit[i]->verdict;
        ret->errors += pl_verdict_count(verdict, PL_SEV_ERROR);
        ret->warnings += pl_verdict_count(verdict, PL_SEV_WARNING);
        ret->infos += pl_verdict_count(verdict, PL_SEV_INFO);
        ret->infos += pl_verdict_count(verdict, PL_SEV_PEDANTIC);
        ret->suppressed += verdict->n_suppressed;
        bool *hit = functions_hit(lint->unit[i], err);
        if (!hit) {
            return err->code;
        }
        for (uint32_t k = 0; k < lint->unit[i]->survey.n_function; k++) {
            ret->hit += hit[k];
        }
        free(hit);
        for (size_t k = 0; k < verdict->n_finding; k++) {
            const struct pl_finding *f = &verdict->finding[k];
            ret->worst = !ret->worst || f->severity > ret->worst->severity ? f : ret->worst;
        }
    }
    return PL_OK;
}

static PL_STATUS put_counts(const struct text *t, const struct totals *totals)
{
    const struct {
        size_t n;
        const char *word;
    } parts[] = {{totals->errors, "error"}, {totals->warnings, "warning"}, {totals->infos, "info"}};
    bool is_any = false;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (parts[i].n == 0) {
            continue;
        }
        enum pl_status status = pl_buf_fmt(t->to, t->err, "%s%zu %s%s", is_any ? ", " : "",
                                           parts[i].n, parts[i].word, plural(parts[i].n));
        if (status) {
            return status;
        }
        is_any = true;
    }
    if (!is_any && totals->judged == 0) {
        return pl_buf_text(t->to, "No package was judged", t->err);
    }
    if (!is_any) {
        return pl_buf_fmt(t->to, t->err, "No findings in %zu package%s", totals->judged,
                          plural(totals->judged));
    }
    return totals->hit > 0 ? pl_buf_fmt(t->to, t->err, " in %zu of %zu function%s", totals->hit,
                                        totals->all, plural(totals->all))
                           : PL_OK;
}

/* Nothing was judged, and that is no pass. */
static PL_STATUS put_nothing(const struct text *t, const struct pl_package *empty)
{
    enum pl_status status = pl_buf_text(t->to, "Nothing to judge: ", t->err);
    if (!status && empty) {
        status = pl_text_escape(t->to, empty->path, t->err);
    }
    return status ? status
                  : pl_buf_fmt(t->to, t->err, "%s%s.\n",
                               empty ? " is empty" : "no function and no layer",
                               t->lint->options->allow_empty ? "" : "; --allow-empty accepts that");
}

/* A bare package whose runtime or handler nobody gave: the rules about its start were skipped. */
static bool lacks_settings(const struct pl_lint *lint)
{
    for (size_t i = 0; i < lint->n; i++) {
        const struct pl_survey *survey = &lint->unit[i]->survey;
        for (uint32_t k = 0; k < survey->n_function; k++) {
            const struct pl_function *fn = &survey->function[k];
            bool is_custom = fn->runtime && fn->runtime->language == PL_LANG_CUSTOM;
            bool is_known =
                pl_value_has(&fn->decl->runtime) && (is_custom || pl_value_has(&fn->decl->handler));
            if (lint->unit[i]->project.kind == PL_PROJECT_OPTIONS && !is_known && fn->code &&
                fn->code->kind != PL_KIND_IMAGE && pl_package_usable(fn->code)) {
                return true;
            }
        }
    }
    return false;
}

/* Of the first package that is not judged because a build is missing: what to do; or NULL. */
static const char *why_unbuilt(const struct pl_lint *lint)
{
    for (size_t i = 0; i < lint->n; i++) {
        const struct pl_survey *survey = &lint->unit[i]->survey;
        for (uint32_t k = 0; k < survey->n_package; k++) {
            const struct pl_package *package = &survey->package[k];
            if (package->state == PL_PACKAGE_SOURCE && !package->failed && package->state_why) {
                return package->state_why;
            }
        }
    }
    return NULL;
}

static PL_STATUS put_judged(const struct text *t, const struct totals *totals)
{
    const char *why = why_unbuilt(t->lint);
    bool is_none = totals->judged + totals->errors + totals->warnings + totals->infos == 0;
    return pl_buf_fmt(t->to, t->err, "%s%zu of %zu%s%s%s", is_none ? ": " : ", judged ",
                      totals->judged, totals->all, why ? " (" : "", why ? why : "", why ? ")" : "");
}

static PL_STATUS put_summary(const struct text *t, size_t skipped_rules)
{
    struct totals totals;
    if (add_up(t->lint, &totals, t->err)) {
        return t->err->code;
    }
    const struct pl_package *empty = pl_lint_empty_folder(t->lint);
    if (totals.all == 0 || empty) {
        return put_nothing(t, empty);
    }
    enum pl_status status = put_counts(t, &totals);
    if (!status && totals.judged < totals.all) {
        status = put_judged(t, &totals);
    }
    if (!status && totals.suppressed > 0) {
        status = pl_buf_fmt(t->to, t->err, ", %zu suppressed", totals.suppressed);
    }
    if (!status && skipped_rules > 0) {
        status =
            pl_buf_fmt(t->to, t->err, ". %zu rule%s could not be applied%s", skipped_rules,
                       plural(skipped_rules), t->lint->options->verbose ? "" : ": -v says why");
    }
    if (!status) {
        status = pl_buf_fmt(t->to, t->err, ". Facts of %s.\n", pl_runtime_data_date());
    }
    if (!status && lacks_settings(t->lint)) {
        status =
            pl_buf_text(t->to, "Whether it would start:  --runtime ID --handler HANDLER\n", t->err);
    }
    if (!status && totals.worst) {
        status = pl_buf_fmt(t->to, t->err, "Why, and how to mend:  plimsoll explain %s\n",
                            pl_rule_at(totals.worst->rule)->id);
    }
    return status;
}

PL_STATUS pl_report_text(struct pl_buf *to, const struct pl_lint *lint, const struct pl_term *term,
                         struct pl_err *err)
{
    const struct text t = {.to = to, .lint = lint, .term = term, .err = err};
    size_t skipped_rules = 0;
    size_t from = to->len;
    enum pl_status status = lint->options->quiet ? PL_OK : put_heads(&t);
    for (size_t i = 0; !status && i < lint->n; i++) {
        status = put_findings(&t, lint->unit[i]);
    }
    if (!status) {
        status = put_hidden(&t);
    }
    if (!status) {
        status = put_gauges(&t);
    }
    if (!status) {
        status = put_all_skips(&t, &skipped_rules);
    }
    if (!status && !lint->options->quiet) {
        status = put_summary(&t, skipped_rules);
    }
    struct pl_writer w = {to, err, status};
    pl_put_defused(&w, from);
    return w.status;
}
