#include "cmd/explain_message.h"

#include "cmd/explain_match.h"
#include "cmd/layout.h"
#include "pkg/base/doc.h"
#include "pkg/base/limits.h"
#include "pkg/base/text.h"
#include "pkg/lambda/modules.h"

#include <string.h>

static const struct pl_message messages[] = {
#define PL_MESSAGE(pattern, rules, cause, mend) {pattern, rules, cause, mend},
#include "cmd/messages.def"
#undef PL_MESSAGE
};
/* The only rules of the row that asks for a removed module. */
#define REMOVED "PL322"
enum { MESSAGES = sizeof messages / sizeof *messages, INDENT = 12, LINE_SHOWN = 400 };
/* A shorter line of a log ("END") is part of some sentence by chance. */
enum { LINE_TELLS = 13 };

/* Is the module that "No module named 'NAME'" names one that Python had and removed? */
static bool names_removed(struct pl_slice text)
{
    static const struct pl_slice before = PL_SLICE_INIT("No module named ");
    size_t at = pl_slice_find_text(text, before);
    struct pl_slice name = pl_slice_sub(text, at + before.len, text.len);
    size_t len = 0;
    if (at == text.len || name.len == 0) {
        return false;
    }
    bool quoted = name.ptr[0] == '\'' || name.ptr[0] == '"';
    name = pl_slice_sub(name, quoted, name.len);
    while (len < name.len &&
           (name.ptr[len] == '_' || (name.ptr[len] >= 'a' && name.ptr[len] <= 'z'))) {
        len++;
    }
    const struct pl_python_module *module = pl_python_module_find(pl_slice_sub(name, 0, len));
    return module && module->until > 0;
}

PL_STATUS pl_message_find(struct pl_slice text, const struct pl_message **ret, struct pl_err *err)
{
    struct pl_buf words PL_CLEANUP(pl_buf_done) = {.max = PL_EXPLAIN_MAX_BYTES};
    const struct pl_message *best = NULL;
    size_t len = 0;
    bool removed = names_removed(text);
    if (pl_explain_normalise(&words, text, err)) {
        return err->code;
    }
    for (size_t i = 0; i < MESSAGES; i++) {
        if (removed != (strcmp(messages[i].rules, REMOVED) == 0)) {
            continue;
        }
        struct pl_explain_hit hit = {PL_MATCH_NONE, 0};
        if (pl_explain_match_line(&hit, pl_slice_of(messages[i].pattern), pl_buf_view(&words),
                                  err)) {
            return err->code;
        }
        if (hit.match == PL_MATCH_WHOLE && hit.len > len) {
            best = &messages[i];
            len = hit.len;
        }
    }
    *ret = best;
    return PL_OK;
}

/* "PL201 wrong-architecture, PL206 ...": those that this version has. */
static PL_STATUS put_rules(struct pl_buf *to, const struct pl_message *message, struct pl_err *err)
{
    struct pl_slice rest = pl_slice_of(message->rules);
    struct pl_slice id;
    bool is_any = false;
    while (rest.ptr && pl_slice_next(&rest, ' ', &id)) {
        const struct pl_rule *rule = id.len > 0 ? pl_rule_find(id) : NULL;
        if (rule && pl_buf_fmt(to, err, "%s%s %s", is_any ? ", " : "", rule->id, rule->name)) {
            return err->code;
        }
        is_any = is_any || rule;
    }
    return is_any              ? PL_OK
           : message->rules[0] ? pl_buf_text(to, "none that judges this yet", err)
                               : pl_buf_text(to, "none: this is no failure of the package", err);
}

PL_STATUS pl_message_text(struct pl_buf *to, const struct pl_message *message, unsigned width,
                          struct pl_err *err)
{
    const struct pl_column column = {INDENT, width};
    struct pl_buf rules PL_CLEANUP(pl_buf_done) = {.max = PL_EXPLAIN_MAX_BYTES};
    enum pl_status status = put_rules(&rules, message, err);
    if (!status) {
        status = pl_layout_item(to, &column, "  Rules", rules.data, err);
    }
    if (!status) {
        status = pl_layout_item(to, &column, "  Cause", message->cause, err);
    }
    if (!status && message->rules[0]) {
        /* What roles and settings are, only a template says. */
        bool is_setting = strncmp(message->rules, "PL8", 3) == 0;
        status = pl_layout_item(to, &column, "  Find out",
                                is_setting ? "plimsoll lint template.yaml"
                                           : "plimsoll lint PACKAGE.zip --runtime ID --arch ARCH "
                                             "--handler HANDLER",
                                err);
    }
    return status ? status : pl_layout_item(to, &column, "  Mend", message->mend, err);
}

/* The error in a line of JSON: errorType and errorMessage as the runtimes log them, or message. */
static PL_STATUS json_error(struct pl_buf *to, struct pl_slice line, struct pl_err *err)
{
    static const char *const keys[] = {"errorType", "errorMessage", "message", "msg"};
    struct pl_doc doc PL_CLEANUP(pl_doc_done) = {.node = NULL};
    struct pl_err ignored;
    if (pl_json_parse(&doc, line, 0, "log", &ignored) != PL_OK) {
        return ignored.code == PL_ERR_NOMEM ? pl_err_nomem(err) : PL_OK;
    }
    uint32_t inner = pl_doc_get(&doc, doc.root, "message");
    const uint32_t places[] = {doc.root, inner, pl_doc_get(&doc, doc.root, "record"),
                               pl_doc_get(&doc, doc.root, "error")};
    for (size_t p = 0; p < sizeof places / sizeof *places; p++) {
        for (size_t k = 0; k < sizeof keys / sizeof *keys; k++) {
            const struct pl_node *node = pl_doc_node(&doc, pl_doc_get(&doc, places[p], keys[k]));
            if (node->kind != PL_NODE_SCALAR) {
                continue;
            }
            if (pl_buf_text(to, to->len > 0 ? ": " : "", err) ||
                pl_buf_slice(to, node->text, err)) {
                return err->code;
            }
        }
    }
    return PL_OK;
}

/* The line itself, or what its JSON says: behind the time and stream that `aws logs tail` puts. */
static PL_STATUS said(struct pl_buf *to, struct pl_slice line, struct pl_err *err)
{
    size_t brace = pl_slice_find(line, '{');
    if (brace < line.len &&
        json_error(to, pl_slice_trim(pl_slice_sub(line, brace, line.len)), err)) {
        return err->code;
    }
    return to->len > 0 ? PL_OK : pl_buf_slice(to, line, err);
}

/* The rule that quotes what the line says, the longest quotation when there are several.  A few
 * words stand in too much of what AWS says. */
static PL_STATUS find_rule(struct pl_slice text, const struct pl_rule **ret, struct pl_err *err)
{
    enum { ENOUGH = 24 };
    struct pl_buf words PL_CLEANUP(pl_buf_done) = {.max = PL_EXPLAIN_MAX_BYTES};
    size_t len = 0;
    if (pl_explain_normalise(&words, text, err)) {
        return err->code;
    }
    for (size_t i = 0; i < PL_RULE_COUNT && words.len >= ENOUGH; i++) {
        const struct pl_rule *rule = pl_rule_at((enum pl_rule_id)i);
        struct pl_slice rest = pl_slice_of(rule->says);
        struct pl_slice line;
        while (rule->says && pl_slice_next(&rest, '\n', &line)) {
            struct pl_explain_hit hit = {PL_MATCH_NONE, 0};
            if (pl_explain_match_line(&hit, line, pl_buf_view(&words), err)) {
                return err->code;
            }
            if (hit.match == PL_MATCH_WHOLE && hit.len > len) {
                *ret = rule;
                len = hit.len;
            }
        }
    }
    return PL_OK;
}

static PL_STATUS put_rule(struct pl_buf *to, const struct pl_rule *rule, unsigned width,
                          struct pl_err *err)
{
    const struct pl_column column = {INDENT, width};
    enum pl_status status = pl_buf_fmt(to, err, "  %-*s%s %s\n  %-*s%s.\n", INDENT - 2, "Rules",
                                       rule->id, rule->name, INDENT - 2, "Cause", rule->summary);
    return status ? status : pl_layout_item(to, &column, "  Mend", rule->remedy, err);
}

/* What was said before; one mark per message, then one per rule. */
struct seen {
    bool message[MESSAGES];
    bool rule[PL_RULE_COUNT];
};

static PL_STATUS explain_line(struct pl_buf *to, struct pl_slice line, unsigned width,
                              struct seen *seen, size_t *ret_found, struct pl_err *err)
{
    struct pl_buf text PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_DOC_BYTES};
    const struct pl_message *message = NULL;
    const struct pl_rule *rule = NULL;
    if (said(&text, line, err)) {
        return err->code;
    }
    struct pl_slice words = pl_slice_sub(pl_buf_view(&text), 0, PL_EXPLAIN_MAX_BYTES / 4);
    if ((words.len >= LINE_TELLS && pl_message_find(words, &message, err)) ||
        (!message && find_rule(words, &rule, err))) {
        return err->code;
    }
    bool *mark = message ? &seen->message[message - messages]
                 : rule  ? &seen->rule[rule->rule]
                         : NULL;
    if (!mark || *mark) {
        return PL_OK;
    }
    *mark = true;
    *ret_found += 1;
    if (pl_text_escape(to, pl_slice_sub(words, 0, LINE_SHOWN), err) || pl_buf_byte(to, '\n', err)) {
        return err->code;
    }
    return message ? pl_message_text(to, message, width, err) : put_rule(to, rule, width, err);
}

PL_STATUS pl_message_log(struct pl_buf *to, struct pl_slice log, unsigned width, size_t *ret_found,
                         struct pl_err *err)
{
    struct seen seen = {.rule = {false}};
    struct pl_slice line;
    *ret_found = 0;
    while (log.ptr && pl_slice_next(&log, '\n', &line)) {
        line = pl_slice_trim(line);
        if (line.len == 0 || line.len > PL_EXPLAIN_MAX_BYTES / 4) {
            continue;
        }
        enum pl_status status = explain_line(to, line, width, &seen, ret_found, err);
        if (status) {
            return status;
        }
    }
    return PL_OK;
}
