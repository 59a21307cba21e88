/* `lint:` of a manifest.  Which rules there are is for those who judge: names are checked there. */
#include "pkg/base/text.h"
#include "pkg/base/version.h"
#include "pkg/project/manifest_read.h"

static void *member(void *into, const struct pl_mf_row *row)
{
    return (unsigned char *)into + row->offset;
}

PL_STATUS pl_mf_rules_as_of(struct pl_mf *mf, const struct pl_mf_row *row, uint32_t node,
                            void *into, struct pl_err *err)
{
    struct pl_value value;
    uint64_t version[3];
    if (pl_mf_scalar(mf, node, row->key, "a version", &value, err) != PL_OK) {
        return err->code;
    }
    if (pl_version_is_later(value.text, PL_SLICE(PL_VERSION))) {
        return pl_mf_fail(mf, node, err,
                          "%s: %s is later than this plimsoll, " PL_VERSION
                          ": nobody has seen its rules; write the version that you run",
                          row->key, pl_mf_quote(mf, value.text));
    }
    if (!pl_version_parse(value.text, version)) {
        return pl_mf_fail(mf, node, err, "%s: expected a version such as \"0.1\", found '%s'",
                          row->key, pl_mf_quote(mf, value.text));
    }
    struct pl_value *to = member(into, row);
    *to = value;
    return PL_OK;
}

PL_STATUS pl_mf_rules(struct pl_mf *mf, const struct pl_mf_row *row, uint32_t node, void *into,
                      struct pl_err *err)
{
    struct pl_patterns *to = member(into, row);
    if (pl_mf_scalars(mf, node, row->key, "a rule", to, err) != PL_OK) {
        return err->code;
    }
    return to->n > 0 ? PL_OK
                     : pl_mf_fail(mf, node, err, "%s: an empty list would leave no rule", row->key);
}

/* One of the words for severities. */
static enum pl_status check_level(struct pl_mf *mf, uint32_t node, const char *what,
                                  struct pl_slice text, const char *const words[5],
                                  struct pl_err *err)
{
    for (size_t i = 0; i < 5 && words[i]; i++) {
        if (pl_slice_is(text, words[i])) {
            return PL_OK;
        }
    }
    const char *nearest = pl_text_nearest(text, words, words[4] ? 5 : 4);
    return pl_mf_fail(mf, node, err, "%s: '%s' is no level%s%s%s", what, pl_mf_quote(mf, text),
                      nearest ? "; did you mean '" : "", nearest ? nearest : "",
                      nearest ? "'?" : "");
}

PL_STATUS pl_mf_levels(struct pl_mf *mf, const struct pl_mf_row *row, uint32_t node, void *into,
                       struct pl_err *err)
{
    static const char *const words[5] = {"error", "warning", "info", "pedantic", "off"};
    struct pl_project *project = into;
    if (pl_mf_want_map(mf, node, row->key, err) != PL_OK) {
        return err->code;
    }
    uint32_t n = pl_doc_count(mf->doc, node);
    struct pl_lint_level *list = pl_arena_new(&project->arena, n, sizeof *list, err);
    if (!list) {
        return err->code;
    }
    uint32_t key = pl_doc_node(mf->doc, node)->child;
    bool failed = false;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t value = pl_doc_node(mf->doc, key)->next;
        if (pl_mf_scalar(mf, key, row->key, "a rule", &list[i].rule, err) != PL_OK ||
            pl_mf_scalar(mf, value, row->key, "a level", &list[i].level, err) != PL_OK ||
            check_level(mf, value, row->key, list[i].level.text, words, err) != PL_OK) {
            if (!pl_mf_note(mf, err)) {
                return err->code;
            }
            failed = true;
        }
        key = pl_doc_node(mf->doc, value)->next;
    }
    project->lint.level = list;
    project->lint.n_level = n;
    return pl_mf_end(mf, failed, err);
}

PL_STATUS pl_mf_fail_on(struct pl_mf *mf, const struct pl_mf_row *row, uint32_t node, void *into,
                        struct pl_err *err)
{
    static const char *const words[5] = {"error", "warning", "info", "never", NULL};
    struct pl_value *to = member(into, row);
    if (pl_mf_scalar(mf, node, row->key, "a level", to, err) != PL_OK) {
        return err->code;
    }
    return check_level(mf, node, row->key, to->text, words, err);
}

PL_STATUS pl_mf_date(struct pl_mf *mf, const struct pl_mf_row *row, uint32_t node, void *into,
                     struct pl_err *err)
{
    int32_t days = 0;
    struct pl_value *to = member(into, row);
    if (pl_mf_scalar(mf, node, row->key, "a date", to, err) != PL_OK) {
        return err->code;
    }
    return pl_date_parse(to->text, &days)
               ? PL_OK
               : pl_mf_fail(mf, node, err, "%s: expected a date such as 2027-01-31, found '%s'",
                            row->key, pl_mf_quote(mf, to->text));
}

static enum pl_status read_ignore(struct pl_mf *mf, uint32_t node, struct pl_lint_ignore *ret,
                                  struct pl_err *err)
{
    struct pl_lint_ignore ignore = {.root = mf->project->root,
                                    .at = pl_doc_node(mf->doc, node)->at};
    if (pl_mf_map(mf, PL_MF_IGNORE, node, "ignore", &ignore, err) != PL_OK) {
        return err->code;
    }
    if (!pl_value_has(&ignore.rule)) {
        return pl_mf_fail(mf, node, err, "ignore: 'rule' is missing");
    }
    if (!pl_value_has(&ignore.reason)) {
        return pl_mf_fail(mf, node, err, "ignore: 'reason' is missing; say why %s is accepted",
                          pl_mf_quote(mf, ignore.rule.text));
    }
    ignore.at = ignore.rule.at;
    *ret = ignore;
    return PL_OK;
}

PL_STATUS pl_mf_ignores(struct pl_mf *mf, const struct pl_mf_row *row, uint32_t node, void *into,
                        struct pl_err *err)
{
    struct pl_project *project = into;
    if (pl_mf_want_list(mf, node, row->key, err) != PL_OK) {
        return err->code;
    }
    uint32_t n = pl_doc_count(mf->doc, node);
    struct pl_lint_ignore *list = pl_arena_new(&project->arena, n, sizeof *list, err);
    if (!list) {
        return err->code;
    }
    uint32_t item = pl_doc_node(mf->doc, node)->child;
    bool failed = false;
    for (uint32_t i = 0; i < n; i++) {
        if (read_ignore(mf, item, &list[i], err) != PL_OK) {
            if (!pl_mf_note(mf, err)) {
                return err->code;
            }
            failed = true;
        }
        item = pl_doc_node(mf->doc, item)->next;
    }
    project->lint.ignore = list;
    project->lint.n_ignore = n;
    return pl_mf_end(mf, failed, err);
}
