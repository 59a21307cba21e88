#include "pkg/base/text.h"
#include "rules/checks.h"
#include "rules/rule.h"

static const struct pl_rule registry[PL_RULE_COUNT] = {
#define PL_RULE(id_, name_, check_, ...) \
    [PL_RULE_##id_] = {                  \
        .rule = PL_RULE_##id_, .id = #id_, .name = (name_), .check = (check_), __VA_ARGS__},
#include "rules/rules.def"
#undef PL_RULE
};

static const char *const families[] = {"the tool itself",
                                       "the archive",
                                       "native code",
                                       "the handler",
                                       "layers and extensions",
                                       "size and weight",
                                       "permissions and secrets",
                                       "container images",
                                       "function settings",
                                       "integrations"};

const struct pl_rule *pl_rule_at(enum pl_rule_id rule)
{
    return rule < PL_RULE_COUNT ? &registry[rule] : NULL;
}

bool pl_rule_is_former(const struct pl_rule *rule, struct pl_slice word)
{
    struct pl_slice rest = pl_slice_of(rule->aliases);
    struct pl_slice part;
    while (rest.ptr && pl_slice_next(&rest, ' ', &part)) {
        if (part.len > 0 && pl_slice_eq_nocase(part, word)) {
            return true;
        }
    }
    return false;
}

static bool is_named(const struct pl_rule *rule, struct pl_slice word)
{
    return pl_slice_eq_nocase(pl_slice_of(rule->id), word) ||
           pl_slice_eq_nocase(pl_slice_of(rule->name), word) || pl_rule_is_former(rule, word);
}

const struct pl_rule *pl_rule_find(struct pl_slice word)
{
    for (size_t i = 0; i < PL_RULE_COUNT; i++) {
        if (is_named(&registry[i], word)) {
            return &registry[i];
        }
    }
    return NULL;
}

bool pl_rule_selected(const struct pl_rule *rule, struct pl_slice selector)
{
    if (is_named(rule, selector)) {
        return true;
    }
    if (selector.len < 2 || selector.len >= pl_slice_of(rule->id).len) {
        return false;
    }
    return pl_slice_eq_nocase(pl_slice_sub(pl_slice_of(rule->id), 0, selector.len), selector);
}

const char *pl_rule_nearest(struct pl_slice word)
{
    const char *names[2 * PL_RULE_COUNT];
    for (size_t i = 0; i < PL_RULE_COUNT; i++) {
        names[2 * i] = registry[i].id;
        names[2 * i + 1] = registry[i].name;
    }
    return pl_text_nearest(word, names, 2 * PL_RULE_COUNT);
}

static const char *const severity_names[] = {[PL_SEV_OFF] = "off",
                                             [PL_SEV_PEDANTIC] = "pedantic",
                                             [PL_SEV_INFO] = "info",
                                             [PL_SEV_WARNING] = "warning",
                                             [PL_SEV_ERROR] = "error"};

const char *pl_severity_name(enum pl_severity severity)
{
    return severity_names[severity];
}

bool pl_severity_parse(struct pl_slice s, enum pl_severity *ret)
{
    for (unsigned i = 0; i < sizeof severity_names / sizeof *severity_names; i++) {
        if (pl_slice_is(s, severity_names[i])) {
            *ret = (enum pl_severity)i;
            return true;
        }
    }
    return false;
}

const char *pl_confidence_name(enum pl_confidence confidence)
{
    static const char *const names[] = {
        [PL_GUESS] = "guess", [PL_LIKELY] = "likely", [PL_CERTAIN] = "certain"};
    return names[confidence];
}

const char *pl_effect_name(enum pl_effect effect)
{
    static const char *const names[] = {[PL_EFFECT_NONE] = "none",
                                        [PL_EFFECT_DEPLOY_REJECTED] = "deploy-rejected",
                                        [PL_EFFECT_STATE_FAILED] = "state-failed",
                                        [PL_EFFECT_INIT_ERROR] = "init-error",
                                        [PL_EFFECT_INVOKE_ERROR] = "invoke-error",
                                        [PL_EFFECT_COST] = "cost",
                                        [PL_EFFECT_HYGIENE] = "hygiene"};
    return names[effect];
}

const char *pl_subject_name(enum pl_subject subject)
{
    static const char *const names[] = {
        [PL_SUBJECT_PACKAGE] = "package",   [PL_SUBJECT_FUNCTION] = "function",
        [PL_SUBJECT_LAYER] = "layer",       [PL_SUBJECT_PROJECT] = "project",
        [PL_SUBJECT_RESOURCE] = "resource", [PL_SUBJECT_IGNORES] = "ignores"};
    return names[subject];
}

const char *pl_rule_family(const struct pl_rule *rule)
{
    unsigned digit = (unsigned)(unsigned char)rule->id[2] - '0';
    return digit < sizeof families / sizeof *families ? families[digit] : NULL;
}
