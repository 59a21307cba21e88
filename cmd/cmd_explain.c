#include "cmd/explain_match.h"
#include "cmd/explain_message.h"
#include "cmd/explain_schedule.h"
#include "cmd/layout.h"
#include "cmd/options.h"
#include "cmd/rules_page.h"
#include "cmd/term.h"
#include "pkg/base/file.h"
#include "pkg/base/limits.h"

#include <string.h>
#include <unistd.h>

/* Up to this many rules are told in full. */
enum { FULL_MAX = 2, BRIEF_COLUMN = 9, LOG_MAX_BYTES = 64 * 1024 * 1024 };

struct found {
    const struct pl_rule *rule[PL_RULE_COUNT];
    size_t n;
};

static enum pl_status join(struct pl_buf *to, const struct pl_list *words, struct pl_err *err)
{
    enum pl_status status = PL_OK;
    for (size_t i = 0; i < words->n && status == PL_OK; i++) {
        status = i > 0 ? pl_buf_byte(to, ' ', err) : PL_OK;
        status = status == PL_OK ? pl_buf_text(to, words->at[i], err) : status;
    }
    return status;
}

static void find_selected(struct found *found, struct pl_slice word)
{
    for (size_t i = 0; i < PL_RULE_COUNT; i++) {
        const struct pl_rule *rule = pl_rule_at((enum pl_rule_id)i);
        if (pl_rule_selected(rule, word)) {
            found->rule[found->n++] = rule;
        }
    }
}

/* Behind those that say at least as much: the order among equals is that of the ids. */
static void insert(struct found *found, size_t *len, const struct pl_rule *rule, size_t rule_len)
{
    size_t at = found->n++;
    while (at > 0 && len[at - 1] < rule_len) {
        found->rule[at] = found->rule[at - 1];
        len[at] = len[at - 1];
        at--;
    }
    found->rule[at] = rule;
    len[at] = rule_len;
}

/* The rules that the text matches as a whole, or, when there is none and no message is known
 * either, in part. */
static enum pl_status find_said(struct found *found, struct pl_slice text, bool is_known,
                                struct pl_err *err)
{
    struct pl_buf words PL_CLEANUP(pl_buf_done) = {.max = PL_EXPLAIN_MAX_BYTES};
    size_t len[PL_RULE_COUNT];
    if (pl_explain_normalise(&words, text, err) != PL_OK) {
        return err->code;
    }
    enum pl_match best = is_known ? PL_MATCH_WHOLE : PL_MATCH_PART;
    for (size_t i = 0; i < PL_RULE_COUNT; i++) {
        const struct pl_rule *rule = pl_rule_at((enum pl_rule_id)i);
        struct pl_explain_hit hit;
        if (pl_explain_match(&hit, rule, pl_buf_view(&words), err) != PL_OK) {
            return err->code;
        }
        if (hit.match > best) {
            best = hit.match;
            found->n = 0;
        }
        if (hit.match == best) {
            insert(found, len, rule, hit.len);
        }
    }
    return PL_OK;
}

static enum pl_status append_brief(struct pl_buf *to, const struct pl_rule *rule, unsigned width,
                                   struct pl_err *err)
{
    const struct pl_column column = {BRIEF_COLUMN, width};
    enum pl_status status = pl_buf_fmt(to, err, "%s %s: %s\n", rule->id, rule->name, rule->summary);
    return status == PL_OK ? pl_layout_item(to, &column, "  Mend", rule->remedy, err) : status;
}

static enum pl_status append_found(struct pl_buf *to, const struct found *found, unsigned width,
                                   struct pl_err *err)
{
    enum pl_status status = PL_OK;
    for (size_t i = 0; i < found->n && status == PL_OK; i++) {
        status = i > 0 ? pl_buf_byte(to, '\n', err) : PL_OK;
        if (status == PL_OK) {
            status = found->n <= FULL_MAX ? pl_rule_text(to, found->rule[i], width, err)
                                          : append_brief(to, found->rule[i], width, err);
        }
    }
    if (status == PL_OK && found->n > FULL_MAX) {
        status = pl_buf_fmt(to, err, "\nAll about one of them: plimsoll explain %s\n",
                            found->rule[0]->id);
    }
    return status;
}

static enum pl_status nothing_found(struct pl_slice text, struct pl_err *err)
{
    const char *near = pl_rule_nearest(text);
    if (near) {
        return pl_err_set(err, PL_ERR_USAGE, "no rule is '%.*s'; did you mean '%s'?",
                          (int)(text.len > 100 ? 100 : text.len), text.ptr, near);
    }
    return pl_err_set(err, PL_ERR_USAGE,
                      "no rule, and nothing that AWS says about packages, matches '%.*s'; "
                      "'plimsoll rules' lists what there is",
                      (int)(text.len > 100 ? 100 : text.len), text.ptr);
}

/* A log on standard input: the known messages in it, each once. */
static enum pl_status explain_log(struct pl_buf *out, unsigned width, struct pl_err *err)
{
    struct pl_buf log PL_CLEANUP(pl_buf_done) = {.max = LOG_MAX_BYTES};
    size_t found = 0;
    enum pl_status status = pl_file_read_fd(STDIN_FILENO, "standard input", &log, err);
    if (status == PL_OK) {
        status = pl_message_log(out, pl_buf_view(&log), width, &found, err);
    }
    if (status == PL_OK && found == 0) {
        status = pl_buf_text(out,
                             "Nothing in it is a message that Lambda is known for; 'plimsoll "
                             "explain TEXT' looks for a single one.\n",
                             err);
    }
    return status;
}

static enum pl_status explain_text(struct pl_buf *out, const struct pl_list *words, unsigned width,
                                   struct pl_err *err)
{
    struct found found = {.n = 0};
    const struct pl_message *message = NULL;
    struct pl_buf text PL_CLEANUP(pl_buf_done) = {.max = PL_EXPLAIN_MAX_BYTES};
    enum pl_status status = join(&text, words, err);
    if (status == PL_OK && pl_slice_trim(pl_buf_view(&text)).len == 0) {
        status = pl_err_set(err, PL_ERR_USAGE, "explain needs a rule or words of a message");
    }
    if (status == PL_OK) {
        find_selected(&found, pl_slice_trim(pl_buf_view(&text)));
    }
    if (status == PL_OK && found.n == 0) {
        status = pl_message_find(pl_buf_view(&text), &message, err);
    }
    if (status == PL_OK && found.n == 0) {
        status = find_said(&found, pl_buf_view(&text), message != NULL, err);
    }
    if (status == PL_OK && found.n == 0 && !message) {
        status = nothing_found(pl_buf_view(&text), err);
    }
    if (status == PL_OK && message) {
        status = pl_buf_fmt(out, err, "%s\n", message->pattern);
        status = status == PL_OK ? pl_message_text(out, message, width, err) : status;
        status = status == PL_OK && found.n > 0 ? pl_buf_byte(out, '\n', err) : status;
    }
    return status == PL_OK ? append_found(out, &found, width, err) : status;
}

int pl_cmd_explain(const struct pl_options *options)
{
    struct pl_term term;
    struct pl_err err;
    struct pl_buf out PL_CLEANUP(pl_buf_done) = {.max = PL_MB(4)};
    const struct pl_list *words = &options->operand;
    pl_term_init(&term, PL_COLOR_NEVER);
    bool is_refused = false;
    bool is_log = words->n == 1 && strcmp(words->at[0], "-") == 0;
    enum pl_status status = options->schedule
                                ? pl_explain_schedule(&out, options, &is_refused, &err)
                            : is_log ? explain_log(&out, term.columns, &err)
                                     : explain_text(&out, words, term.columns, &err);
    if (status != PL_OK) {
        pl_term_error(&err);
        return pl_status_exit(err.code);
    }
    pl_term_write(&term, pl_buf_view(&out));
    return pl_term_exit(&term, is_refused ? 1 : 0);
}
