/* What must hold for every row of rules.def. */
#include "pkg/base/text.h"
#include "rules/rule.h"
#include "tests/unit/run.h"

#include <ctype.h>
#include <string.h>

START_TEST(rows_are_sorted_by_unique_ids)
{
    ck_assert_uint_gt(PL_RULE_COUNT, 30);
    for (size_t i = 0; i < PL_RULE_COUNT; i++) {
        const struct pl_rule *rule = pl_rule_at((enum pl_rule_id)i);
        ck_assert_uint_eq(strlen(rule->id), 5);
        ck_assert(strncmp(rule->id, "PL", 2) == 0);
        ck_assert_ptr_nonnull(pl_rule_family(rule));
        if (i > 0) {
            ck_assert_str_lt(pl_rule_at((enum pl_rule_id)(i - 1))->id, rule->id);
        }
    }
    ck_assert_ptr_null(pl_rule_at(PL_RULE_COUNT));
}
END_TEST

START_TEST(names_are_unique_slugs_that_find_their_row)
{
    for (size_t i = 0; i < PL_RULE_COUNT; i++) {
        const struct pl_rule *rule = pl_rule_at((enum pl_rule_id)i);
        ck_assert_msg(strspn(rule->name, "abcdefghijklmnopqrstuvwxyz0123456789-") ==
                          strlen(rule->name),
                      "%s", rule->name);
        ck_assert_ptr_eq(pl_rule_find(pl_slice_of(rule->name)), rule);
        ck_assert_ptr_eq(pl_rule_find(pl_slice_of(rule->id)), rule);
    }
}
END_TEST

START_TEST(texts_have_the_form_that_every_output_relies_on)
{
    for (size_t i = 0; i < PL_RULE_COUNT; i++) {
        const struct pl_rule *rule = pl_rule_at((enum pl_rule_id)i);
        size_t summary = strlen(rule->summary);
        ck_assert_msg(summary > 0 && summary <= 72, "%s: %zu columns", rule->id, summary);
        ck_assert_msg(rule->summary[summary - 1] != '.', "%s", rule->id);
        ck_assert_msg(
            !isupper((unsigned char)rule->summary[0]) || isupper((unsigned char)rule->summary[1]) ||
                strncmp(rule->summary, "Lambda", 6) == 0 || strncmp(rule->summary, "AWS", 3) == 0 ||
                strncmp(rule->summary, "ES", 2) == 0,
            "%s: lower case", rule->id);
        ck_assert_msg(rule->remedy[strlen(rule->remedy) - 1] == '.', "%s: a sentence", rule->id);
        ck_assert_msg(rule->why[strlen(rule->why) - 1] == '.', "%s: sentences", rule->id);
        ck_assert_msg(rule->source && rule->source[0] != '\0', "%s: a source", rule->id);
        ck_assert_msg(rule->check != NULL && rule->since != NULL, "%s", rule->id);
    }
}
END_TEST

START_TEST(a_guess_is_never_an_error)
{
    for (size_t i = 0; i < PL_RULE_COUNT; i++) {
        const struct pl_rule *rule = pl_rule_at((enum pl_rule_id)i);
        ck_assert_msg(rule->confidence != PL_GUESS || rule->severity != PL_SEV_ERROR, "%s",
                      rule->id);
    }
}
END_TEST

START_TEST(selectors_are_ids_names_and_prefixes)
{
    const struct pl_rule *rule = pl_rule_at(PL_RULE_PL301);
    static const char *const good[] = {"PL301", "pl301", "PL30",
                                       "PL3",   "PL",    "handler-module-missing"};
    static const char *const bad[] = {"", "P", "PL302", "PL4", "PL3011", "handler"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        ck_assert_msg(pl_rule_selected(rule, pl_slice_of(good[i])), "%s", good[i]);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        ck_assert_msg(!pl_rule_selected(rule, pl_slice_of(bad[i])), "%s", bad[i]);
    }
}
END_TEST

START_TEST(a_typo_gets_the_nearest_rule)
{
    ck_assert_str_eq(pl_rule_nearest(PL_SLICE("handler-modul-missing")), "handler-module-missing");
    ck_assert_ptr_null(pl_rule_nearest(PL_SLICE("something-else-entirely")));
}
END_TEST

START_TEST(severities_are_parsed_by_their_names)
{
    enum pl_severity severity = PL_SEV_INFO;
    for (unsigned i = PL_SEV_OFF; i <= PL_SEV_ERROR; i++) {
        const char *name = pl_severity_name((enum pl_severity)i);
        ck_assert(pl_severity_parse(pl_slice_of(name), &severity));
        ck_assert_uint_eq(severity, i);
    }
    severity = PL_SEV_INFO;
    ck_assert(!pl_severity_parse(PL_SLICE("fatal"), &severity));
    ck_assert_uint_eq(severity, PL_SEV_INFO);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        rows_are_sorted_by_unique_ids,
        names_are_unique_slugs_that_find_their_row,
        texts_have_the_form_that_every_output_relies_on,
        a_guess_is_never_an_error,
        selectors_are_ids_names_and_prefixes,
        a_typo_gets_the_nearest_rule,
        severities_are_parsed_by_their_names,
    };
    return run_tests("rules_registry", tests, COUNT_OF(tests));
}
