#include "cmd/rules_page.h"

#include "cmd/layout.h"
#include "pkg/base/text.h"
#include "pkg/lambda/runtimes.h"

#include <string.h>

const char *pl_effect_says(enum pl_effect effect)
{
    switch (effect) {
    case PL_EFFECT_NONE:
        return "this is about Plimsoll itself";
    case PL_EFFECT_DEPLOY_REJECTED:
        return "AWS refuses the deployment";
    case PL_EFFECT_STATE_FAILED:
        return "AWS accepts the deployment, then the function's state is Failed";
    case PL_EFFECT_INIT_ERROR:
        return "every invocation fails at its start";
    case PL_EFFECT_INVOKE_ERROR:
        return "some invocations fail";
    case PL_EFFECT_COST:
        return "it costs more than it has to";
    case PL_EFFECT_HYGIENE:
        return "AWS accepts it; readers and builds may suffer";
    }
    return "";
}

enum { ITEM_COLUMN = 12, LINE_COLUMN = 48 };

static enum pl_status optional_item(struct pl_buf *to, const struct pl_column *column,
                                    const char *label, const char *text, struct pl_err *err)
{
    return text ? pl_layout_item(to, column, label, text, err) : PL_OK;
}

enum pl_status pl_rule_text(struct pl_buf *to, const struct pl_rule *rule, unsigned width,
                            struct pl_err *err)
{
    const struct pl_column column = {ITEM_COLUMN, width};
    enum pl_status status =
        pl_buf_fmt(to, err, "%s %s: %s\n\n  %-10s%s, %s (upper bounds)%s\n  %-10s%s: %s\n",
                   rule->id, rule->name, rule->summary, "Level", pl_severity_name(rule->severity),
                   pl_confidence_name(rule->confidence),
                   rule->flags & PL_RULE_FIXED ? "; it cannot be ignored or lowered" : "", "Effect",
                   pl_effect_name(rule->effect), pl_effect_says(rule->effect));
    const struct {
        const char *label, *text;
    } item[] = {
        {"  Why", rule->why},         {"  AWS says", rule->says}, {"  Mend", rule->remedy},
        {"  Example", rule->example}, {"  Source", rule->source}, {"  Formerly", rule->aliases},
        {"  Since", rule->since},
    };
    for (size_t i = 0; i < sizeof item / sizeof *item && status == PL_OK; i++) {
        status = optional_item(to, &column, item[i].label, item[i].text, err);
    }
    return status;
}

enum pl_status pl_rule_line(struct pl_buf *to, const struct pl_rule *rule, unsigned width,
                            struct pl_err *err)
{
    const struct pl_column column = {LINE_COLUMN, width};
    enum pl_status status = pl_buf_fmt(to, err, "%-6s %-8s %-32s", rule->id,
                                       pl_severity_name(rule->severity), rule->name);
    return status == PL_OK ? pl_layout_words(to, &column, rule->summary, err) : status;
}

/* The first rule of each family has no rule before it, or one of another family. */
static bool starts_family(size_t index)
{
    return index == 0 || pl_rule_at((enum pl_rule_id)index)->id[2] !=
                             pl_rule_at((enum pl_rule_id)(index - 1))->id[2];
}

static const char *family_of(const struct pl_rule *rule)
{
    const char *family = pl_rule_family(rule);
    return family ? family : "other rules";
}

/* --- Markdown --- */

static enum pl_status md_text(struct pl_buf *to, const char *text, struct pl_err *err)
{
    enum pl_status status = PL_OK;
    for (; *text && status == PL_OK; text++) {
        if (strchr("\\`*_<>[]|#", *text)) {
            status = pl_buf_byte(to, '\\', err);
        }
        if (status == PL_OK) {
            status = pl_buf_byte(to, *text, err);
        }
    }
    return status;
}

/* Lines as code, each indented by four blanks. */
static enum pl_status md_code(struct pl_buf *to, const char *label, const char *text,
                              struct pl_err *err)
{
    if (!text) {
        return PL_OK;
    }
    struct pl_slice rest = pl_slice_of(text);
    struct pl_slice line;
    enum pl_status status = pl_buf_fmt(to, err, "\n%s:\n\n", label);
    while (status == PL_OK && pl_slice_next(&rest, '\n', &line)) {
        status = pl_buf_fmt(to, err, "    %.*s\n", (int)line.len, line.ptr);
    }
    return status;
}

static enum pl_status md_paragraph(struct pl_buf *to, const char *label, const char *text,
                                   struct pl_err *err)
{
    if (!text) {
        return PL_OK;
    }
    enum pl_status status = pl_buf_fmt(to, err, "\n%s", label);
    if (status == PL_OK) {
        status = md_text(to, text, err);
    }
    return status == PL_OK ? pl_buf_byte(to, '\n', err) : status;
}

static enum pl_status md_rule(struct pl_buf *to, const struct pl_rule *rule, struct pl_err *err)
{
    enum pl_status status =
        pl_buf_fmt(to, err, "\n### %s %s\n\n%s, %s: ", rule->id, rule->name,
                   pl_severity_name(rule->severity), pl_confidence_name(rule->confidence));
    if (status == PL_OK) {
        status = md_text(to, rule->summary, err);
    }
    if (status == PL_OK) {
        status = pl_buf_fmt(to, err, ". Effect: %s (%s).%s\n", pl_effect_name(rule->effect),
                            pl_effect_says(rule->effect),
                            rule->flags & PL_RULE_FIXED ? " It cannot be ignored or lowered." : "");
    }
    status = status == PL_OK ? md_paragraph(to, "", rule->why, err) : status;
    status = status == PL_OK ? md_code(to, "AWS says", rule->says, err) : status;
    status = status == PL_OK ? md_paragraph(to, "Mend: ", rule->remedy, err) : status;
    status = status == PL_OK ? md_code(to, "Example", rule->example, err) : status;
    status = status == PL_OK ? md_paragraph(to, "Formerly: ", rule->aliases, err) : status;
    return status == PL_OK ? md_paragraph(to, "Source: ", rule->source, err) : status;
}

enum pl_status pl_rules_markdown(struct pl_buf *to, struct pl_err *err)
{
    enum pl_status status =
        pl_buf_text(to,
                    "# The rules of Plimsoll\n\nFacts about AWS Lambda of " PL_LAMBDA_DATA_DATE
                    ". Severity and confidence are upper bounds: a finding may be\nless. A rule is "
                    "named by its id, its name or the start of an id.\n",
                    err);
    for (size_t i = 0; i < PL_RULE_COUNT && status == PL_OK; i++) {
        const struct pl_rule *rule = pl_rule_at((enum pl_rule_id)i);
        if (starts_family(i)) {
            status = pl_buf_fmt(to, err, "\n## %.3s: %s\n", rule->id, family_of(rule));
        }
        status = status == PL_OK ? md_rule(to, rule, err) : status;
    }
    return status;
}

/* --- mdoc(7) --- */

enum { MDOC_WIDTH = 76 };

/* One word, with what roff would take for an escape made harmless. */
static enum pl_status mdoc_word(struct pl_buf *to, struct pl_slice word, bool first,
                                struct pl_err *err)
{
    enum pl_status status = PL_OK;
    if (first && word.len > 0 && (word.ptr[0] == '.' || word.ptr[0] == '\'')) {
        status = pl_buf_text(to, "\\&", err);
    }
    for (size_t pos = 0; pos < word.len && status == PL_OK;) {
        uint32_t code = 0;
        bool valid = pl_utf8_next(word, &pos, &code);
        status = code == '\\'           ? pl_buf_text(to, "\\e", err)
                 : valid && code > 0x7f ? pl_buf_fmt(to, err, "\\[u%04X]", (unsigned)code)
                                        : pl_buf_byte(to, (char)code, err);
    }
    return status;
}

/* Does a sentence, or what a colon announces, start behind this word? */
static bool ends_line(struct pl_slice word)
{
    return strchr(".?!:", word.ptr[word.len - 1]) != NULL;
}

/* A blank or a line end, and the word. */
static enum pl_status mdoc_next(struct pl_buf *to, struct pl_slice word, size_t *at, bool fresh,
                                struct pl_err *err)
{
    enum pl_status status = PL_OK;
    fresh = fresh || *at + 1 + word.len > MDOC_WIDTH;
    if (*at > 0) {
        status = pl_buf_byte(to, fresh ? '\n' : ' ', err);
    }
    bool first = fresh || *at == 0;
    *at = (first ? 0 : *at + 1) + word.len;
    return status == PL_OK ? mdoc_word(to, word, first, err) : status;
}

/* Filled text: a new line after each sentence, as mdoc(7) asks, and where the line is full. */
static enum pl_status mdoc_text(struct pl_buf *to, const char *text, struct pl_err *err)
{
    struct pl_slice rest = pl_slice_of(text);
    struct pl_slice word;
    size_t at = 0;
    bool fresh = false;
    enum pl_status status = PL_OK;
    while (status == PL_OK && pl_slice_next(&rest, ' ', &word)) {
        if (word.len > 0) {
            status = mdoc_next(to, word, &at, fresh, err);
            fresh = ends_line(word);
        }
    }
    return status == PL_OK ? pl_buf_byte(to, '\n', err) : status;
}

static enum pl_status mdoc_lines(struct pl_buf *to, const char *label, const char *text,
                                 struct pl_err *err)
{
    if (!text) {
        return PL_OK;
    }
    struct pl_slice rest = pl_slice_of(text);
    struct pl_slice line;
    enum pl_status status = pl_buf_fmt(to, err, ".Pp\n%s:\n.Bd -literal -offset indent\n", label);
    while (status == PL_OK && pl_slice_next(&rest, '\n', &line)) {
        status = mdoc_word(to, line, true, err);
        status = status == PL_OK ? pl_buf_byte(to, '\n', err) : status;
    }
    return status == PL_OK ? pl_buf_text(to, ".Ed\n", err) : status;
}

static enum pl_status mdoc_paragraph(struct pl_buf *to, const char *label, const char *text,
                                     struct pl_err *err)
{
    if (!text) {
        return PL_OK;
    }
    enum pl_status status = pl_buf_fmt(to, err, ".Pp\n%s", label);
    return status == PL_OK ? mdoc_text(to, text, err) : status;
}

static enum pl_status mdoc_rule(struct pl_buf *to, const struct pl_rule *rule, struct pl_err *err)
{
    enum pl_status status =
        pl_buf_fmt(to, err, ".It %s %s\n%s, %s:\n", rule->id, rule->name,
                   pl_severity_name(rule->severity), pl_confidence_name(rule->confidence));
    status = status == PL_OK ? mdoc_text(to, rule->summary, err) : status;
    if (status == PL_OK) {
        status =
            pl_buf_fmt(to, err, ".Pp\nEffect: %s (%s).\n%s", pl_effect_name(rule->effect),
                       pl_effect_says(rule->effect),
                       rule->flags & PL_RULE_FIXED ? "It cannot be ignored or lowered.\n" : "");
    }
    status = status == PL_OK ? mdoc_paragraph(to, "", rule->why, err) : status;
    status = status == PL_OK ? mdoc_lines(to, "AWS says", rule->says, err) : status;
    status = status == PL_OK ? mdoc_paragraph(to, "Mend:\n", rule->remedy, err) : status;
    status = status == PL_OK ? mdoc_lines(to, "Example", rule->example, err) : status;
    status = status == PL_OK ? mdoc_paragraph(to, "Formerly:\n", rule->aliases, err) : status;
    return status == PL_OK ? mdoc_paragraph(to, "Source:\n", rule->source, err) : status;
}

static enum pl_status mdoc_families(struct pl_buf *to, struct pl_err *err)
{
    enum pl_status status = PL_OK;
    for (size_t i = 0; i < PL_RULE_COUNT && status == PL_OK; i++) {
        const struct pl_rule *rule = pl_rule_at((enum pl_rule_id)i);
        if (starts_family(i)) {
            status = pl_buf_fmt(to, err, "%s.Ss %.3s: %s\n.Bl -tag -width Ds\n",
                                i > 0 ? ".El\n" : "", rule->id, family_of(rule));
        }
        status = status == PL_OK ? mdoc_rule(to, rule, err) : status;
    }
    return status == PL_OK ? pl_buf_text(to, ".El\n", err) : status;
}

static enum pl_status mdoc_head(struct pl_buf *to, struct pl_err *err)
{
    static const char *const month[] = {"January",   "February", "March",    "April",
                                        "May",       "June",     "July",     "August",
                                        "September", "October",  "November", "December"};
    /* The page changes when the facts do, so that is its date. */
    static const char date[] = PL_LAMBDA_DATA_DATE;
    unsigned number = (unsigned)(date[5] - '0') * 10 + (unsigned)(date[6] - '0');
    return pl_buf_fmt(to, err,
                      ".\\\" Printed by: plimsoll rules --format mdoc\n"
                      ".Dd %s %.2s, %.4s\n"
                      ".Dt PLIMSOLL-RULES 7\n"
                      ".Os\n"
                      ".Sh NAME\n"
                      ".Nm plimsoll-rules\n"
                      ".Nd what plimsoll lint judges, and why\n"
                      ".Sh DESCRIPTION\n"
                      "A rule is named by its id, by its name,\n"
                      "or, for several at once, by the start of an id:\n"
                      ".Cm PL301 ,\n"
                      ".Cm handler-module-missing ,\n"
                      ".Cm PL3 .\n"
                      "The severity and the confidence given here are upper bounds:\n"
                      "a finding may be less.\n"
                      "A guess is never an error.\n"
                      "A rule that lacks what it needs is skipped, and the report says so.\n"
                      ".Pp\n"
                      "The severities are\n"
                      ".Cm error :\n"
                      "AWS rejects it, every invocation fails,\n"
                      "or nobody can say what Lambda will see in it;\n"
                      ".Cm warning :\n"
                      "it fails for some inputs, or will fail at a known date;\n"
                      ".Cm info :\n"
                      "waste; and\n"
                      ".Cm pedantic :\n"
                      "style, reported only when asked for.\n"
                      ".Sh RULES\n",
                      month[number >= 1 && number <= 12 ? number - 1 : 0], date + 8, date);
}

enum pl_status pl_rules_mdoc(struct pl_buf *to, struct pl_err *err)
{
    static const char tail[] = ".Sh SEE ALSO\n"
                               ".Xr plimsoll 1 ,\n"
                               ".Xr plimsoll-lint 1 ,\n"
                               ".Xr plimsoll.yaml 5\n";
    enum pl_status status = mdoc_head(to, err);
    status = status == PL_OK ? mdoc_families(to, err) : status;
    return status == PL_OK ? pl_buf_text(to, tail, err) : status;
}
