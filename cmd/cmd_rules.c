#include "cmd/options.h"
#include "cmd/rules_page.h"
#include "cmd/term.h"
#include "pkg/base/jsonw.h"
#include "pkg/base/limits.h"
#include "pkg/base/version.h"
#include "rules/rule.h"

static enum pl_status text_report(struct pl_buf *to, unsigned width, struct pl_err *err)
{
    enum pl_status status = PL_OK;
    for (size_t i = 0; i < PL_RULE_COUNT && status == PL_OK; i++) {
        status = pl_rule_line(to, pl_rule_at((enum pl_rule_id)i), width, err);
    }
    return status == PL_OK ? pl_buf_fmt(to, err,
                                        "\n%d rules; severities are upper bounds. Facts of "
                                        "%s. One of them: plimsoll explain PL301\n",
                                        (int)PL_RULE_COUNT, PL_LAMBDA_DATA_DATE)
                           : status;
}

/* The parts of a text as an array of strings; none for NULL. */
static void json_parts(struct pl_jsonw *w, const char *key, const char *text, char between)
{
    struct pl_slice rest = pl_slice_of(text);
    struct pl_slice part;
    pl_jsonw_array(w, key);
    while (text && pl_slice_next(&rest, between, &part)) {
        pl_jsonw_slice(w, NULL, part);
    }
    pl_jsonw_close_array(w);
}

static void json_needs(struct pl_jsonw *w, uint32_t needs)
{
    static const struct {
        uint32_t bit;
        const char *word;
    } need[] = {
        {PL_NEED_READ, "readable"},   {PL_NEED_BUILT, "built"},   {PL_NEED_RUNTIME, "runtime"},
        {PL_NEED_HANDLER, "handler"}, {PL_NEED_LOADER, "loader"}, {PL_NEED_ZIP, "zip-size"},
        {PL_NEED_MODES, "modes"},     {PL_NEED_MODULE, "module"}, {PL_NEED_CODE, "code"},
    };
    pl_jsonw_array(w, "needs");
    for (size_t i = 0; i < sizeof need / sizeof *need; i++) {
        if (needs & need[i].bit) {
            pl_jsonw_text(w, NULL, need[i].word);
        }
    }
    pl_jsonw_close_array(w);
}

static void json_rule(struct pl_jsonw *w, const struct pl_rule *rule)
{
    pl_jsonw_object(w, NULL);
    pl_jsonw_text(w, "id", rule->id);
    pl_jsonw_text(w, "name", rule->name);
    json_parts(w, "aliases", rule->aliases, ' ');
    pl_jsonw_text(w, "family", pl_rule_family(rule));
    pl_jsonw_text(w, "severity", pl_severity_name(rule->severity));
    pl_jsonw_text(w, "confidence", pl_confidence_name(rule->confidence));
    pl_jsonw_text(w, "effect", pl_effect_name(rule->effect));
    pl_jsonw_text(w, "subject", pl_subject_name(rule->subject));
    json_needs(w, rule->needs);
    pl_jsonw_bool(w, "default_on", rule->severity > PL_SEV_PEDANTIC);
    pl_jsonw_bool(w, "suppressible", !(rule->flags & PL_RULE_FIXED));
    pl_jsonw_text(w, "since", rule->since);
    pl_jsonw_text(w, "summary", rule->summary);
    pl_jsonw_text(w, "why", rule->why);
    json_parts(w, "says", rule->says, '\n');
    pl_jsonw_text(w, "remedy", rule->remedy);
    pl_jsonw_text(w, "example", rule->example);
    pl_jsonw_text(w, "source", rule->source);
    pl_jsonw_close_object(w);
}

static enum pl_status json_report(struct pl_buf *to, struct pl_err *err)
{
    struct pl_jsonw w;
    pl_jsonw_begin(&w, to, true, err);
    pl_jsonw_object(&w, NULL);
    pl_jsonw_text(&w, "schema", "plimsoll-rules/1");
    pl_jsonw_object(&w, "tool");
    pl_jsonw_text(&w, "name", "plimsoll");
    pl_jsonw_text(&w, "version", PL_VERSION);
    pl_jsonw_text(&w, "data", PL_LAMBDA_DATA_DATE);
    pl_jsonw_close_object(&w);
    pl_jsonw_array(&w, "rules");
    for (size_t i = 0; i < PL_RULE_COUNT; i++) {
        json_rule(&w, pl_rule_at((enum pl_rule_id)i));
    }
    pl_jsonw_close_array(&w);
    pl_jsonw_close_object(&w);
    enum pl_status status = pl_jsonw_end(&w);
    return status == PL_OK ? pl_buf_byte(to, '\n', err) : status;
}

static enum pl_status report(struct pl_buf *to, enum pl_format format, unsigned width,
                             struct pl_err *err)
{
    switch (format) {
    case PL_FORMAT_TEXT:
        return text_report(to, width, err);
    case PL_FORMAT_JSON:
        return json_report(to, err);
    case PL_FORMAT_MARKDOWN:
        return pl_rules_markdown(to, err);
    case PL_FORMAT_MDOC:
        return pl_rules_mdoc(to, err);
    case PL_FORMAT_GCC:
    case PL_FORMAT_JSONL:
    case PL_FORMAT_SARIF:
    case PL_FORMAT_JUNIT:
    case PL_FORMAT_GITHUB:
    case PL_FORMAT_GITLAB:
    case PL_FORMAT_CHECKSTYLE:
        break; /* reports of lint */
    }
    return pl_err_set(err, PL_ERR_INTERNAL, "no such format");
}

int pl_cmd_rules(const struct pl_options *options)
{
    struct pl_term term;
    struct pl_err err;
    struct pl_buf out PL_CLEANUP(pl_buf_done) = {.max = PL_MB(4)};
    pl_term_init(&term, PL_COLOR_NEVER);
    if (report(&out, options->format, term.columns, &err) != PL_OK) {
        return pl_term_fail(&err, "rules");
    }
    pl_term_write(&term, pl_buf_view(&out));
    return pl_term_exit(&term, 0);
}
