#include "cmd/explain_match.h"
#include "cmd/rules_page.h"
#include "oom.h"

#include <string.h>

static void normalises(const char *text, const char *expected)
{
    struct pl_err err;
    struct pl_buf out;
    pl_buf_init(&out, 4096);
    ASSERT_OK(pl_explain_normalise(&out, pl_slice_of(text), &err));
    ck_assert_str_eq(out.data ? out.data : "", expected);
    pl_buf_done(&out);
}

static enum pl_match match(const struct pl_rule *rule, const char *text)
{
    struct pl_err err;
    struct pl_buf out;
    struct pl_explain_hit ret = {PL_MATCH_NONE, 0};
    pl_buf_init(&out, 4096);
    ASSERT_OK(pl_explain_normalise(&out, pl_slice_of(text), &err));
    ASSERT_OK(pl_explain_match(&ret, rule, pl_buf_view(&out), &err));
    pl_buf_done(&out);
    return ret.match;
}

static const struct pl_rule sample = {
    .id = "PL900",
    .name = "sample-rule",
    .summary = "nothing stands where the handler points",
    .says = "Runtime.ImportModuleError: Unable to import module '<module>': No module named "
            "'<name>'\n"
            "You exceeded the 4KB limit. String measured: <json>",
};

START_TEST(normal_form_drops_case_blanks_and_quoted_words)
{
    normalises("", "");
    normalises("  A \t\n B  ", "a b");
    normalises("Module 'app.x': \"y z\" <json>", "module <>: <> <>");
    normalises("Couldn't find it, isn't it", "couldn't find it, isn't it");
    normalises("'it isn't there' x", "<> x");
    normalises("open 'quote", "open 'quote");
    normalises("'a\nb'", "'a b'");
}
END_TEST

START_TEST(whole_messages_match_with_any_names)
{
    ck_assert_int_eq(match(&sample, "[ERROR] Runtime.ImportModuleError: Unable to import module "
                                    "'app': No module named 'six'\nTraceback"),
                     PL_MATCH_WHOLE);
    ck_assert_int_eq(match(&sample, "unable to import MODULE 'x': no module named 'y.z'"),
                     PL_MATCH_WHOLE);
    ck_assert_int_eq(match(&sample, "import module"), PL_MATCH_WHOLE);
    ck_assert_int_eq(match(&sample, "sample-rule"), PL_MATCH_WHOLE);
    ck_assert_int_eq(match(&sample, "the handler points"), PL_MATCH_WHOLE);
}
END_TEST

START_TEST(pieces_match_in_part)
{
    ck_assert_int_eq(match(&sample, "Error: Unable to import module 'app': boom"), PL_MATCH_PART);
    ck_assert_int_eq(match(&sample, "String measured: {\"A\":\"b\"}"), PL_MATCH_PART);
}
END_TEST

START_TEST(other_texts_do_not_match)
{
    static const char *const other[] = {"", "mod", "kittens", "No module", "module named after me"};
    static const struct pl_rule silent = {.id = "PL901", .name = "a", .summary = "b"};
    ck_assert_int_eq(match(&sample, other[0]), PL_MATCH_NONE);
    ck_assert_int_eq(match(&sample, other[1]), PL_MATCH_NONE);
    ck_assert_int_eq(match(&sample, other[2]), PL_MATCH_NONE);
    ck_assert_int_eq(match(&sample, other[4]), PL_MATCH_NONE);
    for (size_t i = 0; i < COUNT_OF(other); i++) {
        ck_assert_int_eq(match(&silent, other[i]), PL_MATCH_NONE);
    }
}
END_TEST

/* Whoever pastes what a rule says must find that rule. */
START_TEST(every_rule_is_found_by_what_aws_says)
{
    size_t n = 0;
    for (size_t i = 0; i < PL_RULE_COUNT; i++) {
        const struct pl_rule *rule = pl_rule_at((enum pl_rule_id)i);
        struct pl_slice rest = pl_slice_of(rule->says);
        struct pl_slice line;
        while (rule->says && pl_slice_next(&rest, '\n', &line)) {
            char text[1024];
            (void)snprintf(text, sizeof text, "2026-11-23 [ERROR] %.*s (RequestId 1)",
                           (int)line.len, line.ptr);
            ck_assert_msg(match(rule, text) != PL_MATCH_NONE, "%s: %s", rule->id, text);
            n++;
        }
        ck_assert_int_eq(match(rule, rule->summary), PL_MATCH_WHOLE);
    }
    ck_assert_uint_gt(n, 10);
}
END_TEST

START_TEST(pages_name_every_rule)
{
    struct pl_err err;
    struct pl_buf mdoc;
    struct pl_buf markdown;
    pl_buf_init(&mdoc, 1 << 20);
    pl_buf_init(&markdown, 1 << 20);
    ASSERT_OK(pl_rules_mdoc(&mdoc, &err));
    ASSERT_OK(pl_rules_markdown(&markdown, &err));
    for (size_t i = 0; i < PL_RULE_COUNT; i++) {
        const struct pl_rule *rule = pl_rule_at((enum pl_rule_id)i);
        char row[128];
        (void)snprintf(row, sizeof row, ".It %s %s\n", rule->id, rule->name);
        ck_assert_msg(strstr(mdoc.data, row) != NULL, "%s", row);
        (void)snprintf(row, sizeof row, "\n### %s %s\n", rule->id, rule->name);
        ck_assert_msg(strstr(markdown.data, row) != NULL, "%s", row);
    }
    pl_buf_done(&mdoc);
    pl_buf_done(&markdown);
}
END_TEST

static enum pl_status match_and_print(struct pl_err *err)
{
    struct pl_buf out;
    struct pl_explain_hit hit;
    pl_buf_init(&out, 1 << 20);
    enum pl_status status = pl_explain_match(&hit, &sample, PL_SLICE("nothing like it"), err);
    if (status == PL_OK) {
        status = pl_rules_mdoc(&out, err);
    }
    if (status == PL_OK) {
        status = pl_rules_markdown(&out, err);
    }
    if (status == PL_OK) {
        status = pl_rule_text(&out, pl_rule_at(PL_RULE_PL301), 100, err);
    }
    pl_buf_done(&out);
    return status;
}

START_TEST(pages_survive_every_failed_allocation)
{
    ck_assert_int_gt(oom_exhaust(match_and_print), 5);
}
END_TEST

START_TEST(the_longest_sentence_is_the_best_hit)
{
    struct pl_err err;
    struct pl_explain_hit part;
    struct pl_explain_hit whole;
    ASSERT_OK(pl_explain_match(&part, &sample, PL_SLICE("string measured: {}"), &err));
    ASSERT_OK(pl_explain_match(&whole, &sample, PL_SLICE("unable to import"), &err));
    ck_assert_int_eq(part.match, PL_MATCH_PART);
    ck_assert_int_eq(whole.match, PL_MATCH_WHOLE);
    ck_assert_uint_gt(whole.len, part.len);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        normal_form_drops_case_blanks_and_quoted_words,
        whole_messages_match_with_any_names,
        pieces_match_in_part,
        other_texts_do_not_match,
        every_rule_is_found_by_what_aws_says,
        pages_name_every_rule,
        pages_survive_every_failed_allocation,
        the_longest_sentence_is_the_best_hit,
    };
    return run_tests("explain", tests, COUNT_OF(tests));
}
