#include "cmd/pack.h"
#include "pkg/base/limits.h"
#include "run.h"

#include <string.h>

enum { LIMIT = 262144000, CELL = LIMIT / 10 };

/* A project of one layer and one function that uses it, and an ARN whose contents nobody knows. */
struct sample {
    struct pl_options options;
    struct pl_layer_decl layer;
    struct pl_layer_ref ref[2];
    struct pl_function_decl function;
    struct pl_pack_target target[2];
    struct pl_pack_run run;
};

static struct pl_value text_value(const char *text)
{
    return pl_value_given(pl_slice_of(text), (struct pl_pos){.file = 0});
}

static void sample_init(struct sample *s)
{
    *s = (struct sample){.layer = {.id = PL_SLICE_INIT("shared")}};
    s->ref[0] = (struct pl_layer_ref){text_value("shared"), 0};
    s->ref[1] = (struct pl_layer_ref){text_value("arn:x"), PL_NO_INDEX};
    s->function.id = PL_SLICE("thumb");
    s->function.layer = s->ref;
    s->target[0] = (struct pl_pack_target){
        .is_layer = true, .done = true, .name = s->layer.id, .path = PL_SLICE("dist/shared.zip")};
    s->target[1] = (struct pl_pack_target){
        .done = true, .name = s->function.id, .path = PL_SLICE("dist/thumb.zip")};
    s->run.options = &s->options;
    s->run.project.layer = &s->layer;
    s->run.project.n_layer = 1;
    s->run.project.function = &s->function;
    s->run.project.n_function = 1;
    s->run.target = s->target;
    s->run.n_target = 2;
    s->run.output_dir = PL_SLICE("dist");
    s->run.name_width = 6;
    s->run.path_width = 15;
}

static void says(const struct sample *s, size_t target, const char *expected)
{
    struct pl_err err;
    struct pl_buf out;
    pl_buf_init(&out, 4096);
    ASSERT_OK(pl_pack_text_target(&out, &s->run, &s->target[target], &err));
    ck_assert_str_eq(out.data, expected);
    pl_buf_done(&out);
}

START_TEST(lines_stand_in_columns)
{
    struct sample s;
    sample_init(&s);
    s.target[0].result =
        (struct pl_pack_result){.zip_bytes = PL_MB(3), .unpacked_bytes = PL_MB(7), .entries = 1234};
    s.target[1].result.zip_bytes = 100;
    s.target[1].result.unpacked_bytes = PL_MB(1);
    says(&s, 0, "layer  shared  dist/shared.zip     3.0 MB   7.0 MB unpacked, 1,234 files\n");
    says(&s, 1, "fn     thumb   dist/thumb.zip   100 bytes   1.0 MB of 250 MB\n");
    s.target[0].result.entries = 1;
    says(&s, 0, "layer  shared  dist/shared.zip     3.0 MB   7.0 MB unpacked, 1 file\n");
}
END_TEST

START_TEST(fit_says_what_it_did)
{
    struct sample s;
    sample_init(&s);
    s.function.compression = PL_COMPRESSION_FIT;
    s.target[1].compression = PL_COMPRESSION_FIT;
    s.target[1].direct = true;
    s.target[1].result = (struct pl_pack_result){
        .zip_bytes = PL_MB(49),
        .tried = {{PL_LEVEL_DEFAULT, PL_MB(51)}, {PL_LEVEL_BEST, PL_MB(49)}},
        .n_tried = 2};
    says(&s, 1,
         "fn     thumb   dist/thumb.zip     49.0 MB   0 bytes of 250 MB\n"
         "       fit: 51.0 MB at default, 49.0 MB at best; that is below 50 MB\n");
    s.target[1].result.n_tried = 1;
    s.target[1].direct = false;
    says(&s, 1,
         "fn     thumb   dist/thumb.zip     49.0 MB   0 bytes of 250 MB\n"
         "       fit: 51.0 MB at default; the limit of 50 MB is for direct uploads, and this "
         "one goes through S3\n");
    s.target[1].direct = true;
    s.target[1].result.zip_bytes = 52428800;
    s.target[1].result.tried[0] = (struct pl_pack_try){PL_LEVEL_MAX, 52428800};
    says(&s, 1,
         "fn     thumb   dist/thumb.zip     50.0 MB   0 bytes of 250 MB\n"
         "       fit: 50.0 MB at max; no level gets below 50 MB\n");
    /* The option goes before the manifest. */
    int level = 0;
    uint64_t below = 0;
    pl_pack_level(&s.run, &s.target[1], &level, &below);
    ck_assert_int_eq(level, PL_LEVEL_DEFAULT);
    ck_assert_uint_eq(below, 52428800);
    s.function.upload = PL_UPLOAD_S3;
    pl_pack_level(&s.run, &s.target[1], &level, &below);
    ck_assert_uint_eq(below, 0);
    s.options.level = "best";
    pl_pack_level(&s.run, &s.target[1], &level, &below);
    ck_assert_int_eq(level, PL_LEVEL_BEST);
    ck_assert_uint_eq(below, 0);
    pl_pack_level(&s.run, &s.target[0], &level, &below);
    ck_assert_int_eq(level, PL_LEVEL_BEST);
}
END_TEST

START_TEST(layers_count_when_their_size_is_known)
{
    struct sample s;
    sample_init(&s);
    s.function.n_layer = 2;
    s.target[0].result.unpacked_bytes = PL_MB(2);
    s.target[1].result = (struct pl_pack_result){.zip_bytes = 100, .unpacked_bytes = PL_MB(1)};
    says(&s, 1,
         "fn     thumb   dist/thumb.zip   100 bytes   3.0 MB of 250 MB with shared, not counting "
         "arn:x\n");
    s.target[0].done = false;
    says(&s, 1,
         "fn     thumb   dist/thumb.zip   100 bytes   1.0 MB of 250 MB, not counting shared, "
         "arn:x\n");
}
END_TEST

START_TEST(gauge_shows_the_load_line_on_a_terminal)
{
    static const struct {
        uint64_t bytes;
        const char *gauge;
    } step[] = {
        {0, "          |  0 bytes"},
        {CELL - 1, "          |  25.0 MB"},
        {CELL, "=         |  25.0 MB"},
        {LIMIT - 1, "========= |  250.0 MB"},
        {LIMIT, "==========|  250.0 MB"},
        {LIMIT + CELL, "==========|=  275.0 MB"},
        {(uint64_t)LIMIT * 100, "==========|=====  24.4 GB"},
    };
    struct sample s;
    sample_init(&s);
    s.run.term.out_is_terminal = true;
    s.target[1].result.zip_bytes = 100;
    for (size_t i = 0; i < COUNT_OF(step); i++) {
        char line[256];
        s.target[1].result.unpacked_bytes = step[i].bytes;
        (void)snprintf(line, sizeof line,
                       "fn     thumb   dist/thumb.zip   100 bytes   %s of 250 MB\n", step[i].gauge);
        says(&s, 1, line);
    }
}
END_TEST

START_TEST(hostile_names_are_escaped_and_counted_as_shown)
{
    struct sample s;
    sample_init(&s);
    s.target[1].name = PL_SLICE("a\x1b");
    s.target[1].result = (struct pl_pack_result){.zip_bytes = 100, .unpacked_bytes = 100};
    says(&s, 1, "fn     a\\x1b   dist/thumb.zip   100 bytes   100 bytes of 250 MB\n");
}
END_TEST

static void sums_up(const struct sample *s, const struct pl_pack_lint *lint, const char *expected)
{
    struct pl_err err;
    struct pl_buf out;
    pl_buf_init(&out, 4096);
    ASSERT_OK(pl_pack_text_summary(&out, &s->run, lint, &err));
    ck_assert_msg(strncmp(out.data, expected, strlen(expected)) == 0, "%s", out.data);
    pl_buf_done(&out);
}

START_TEST(the_last_line_praises_only_what_passed)
{
    struct sample s;
    struct pl_pack_lint lint = {.ran = false};
    sample_init(&s);
    sums_up(&s, &lint, "2 packed. Use them: ");
    lint.ran = true;
    sums_up(&s, &lint, "2 packed, all pass. Use them: ");
    lint.warnings = 1;
    sums_up(&s, &lint, "2 packed, with 0 errors and 1 warning. Use them: ");
    lint.errors = 2;
    lint.status = 1;
    sums_up(&s, &lint, "2 packed, with 2 errors and 1 warning.\n");
}
END_TEST

START_TEST(json_holds_what_was_made_and_lint_inside)
{
    struct sample s;
    struct pl_err err;
    struct pl_err failure;
    struct pl_buf out;
    struct pl_pack_lint lint = {.ran = true};
    sample_init(&s);
    s.target[1].done = false;
    pl_buf_init(&out, 65536);
    pl_buf_init(&lint.report, 4096);
    ASSERT_OK(pl_buf_text(&lint.report, "{\n  \"a\": 1\n}\n", &err));
    ASSERT_OK(pl_pack_json(&out, &s.run, &lint, NULL, &err));
    ck_assert(strstr(out.data, "\"name\": \"shared\"") != NULL);
    ck_assert(strstr(out.data, "\"name\": \"thumb\"") == NULL);
    ck_assert(strstr(out.data, "\"failure\": null,\n  \"lint\": {\n    \"a\": 1\n  }\n}\n") !=
              NULL);
    pl_buf_clear(&out);
    lint.ran = false;
    (void)pl_err_set(&failure, PL_ERR_IO, "no room");
    ASSERT_OK(pl_pack_json(&out, &s.run, &lint, &failure, &err));
    ck_assert(strstr(out.data, "\"failure\": \"no room\"\n}\n") != NULL);
    pl_buf_done(&out);
    pl_buf_done(&lint.report);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        lines_stand_in_columns,
        fit_says_what_it_did,
        layers_count_when_their_size_is_known,
        gauge_shows_the_load_line_on_a_terminal,
        hostile_names_are_escaped_and_counted_as_shown,
        the_last_line_praises_only_what_passed,
        json_holds_what_was_made_and_lint_inside,
    };
    return run_tests("pack_report", tests, COUNT_OF(tests));
}
