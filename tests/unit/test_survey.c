#include "fakezip.h"
#include "oom.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const struct fake_file CODE[FAKE_FILES] = {{"app.py", "from lib import handler\n", 0}};
static const struct fake_file LAYER[FAKE_FILES] = {
    {"python/lib.py", "def handler(e, c): pass\n", 0}};

enum { FUNCTIONS = 3, LAYERS = 2 };

/* A project of options, filled by each test. */
struct asked {
    struct pl_project project;
    struct pl_function_decl function[FUNCTIONS];
    struct pl_layer_decl layer[LAYERS];
    struct pl_layer_ref ref[LAYERS];
    struct pl_source source;
};

static const struct pl_pos HERE = {0, 0, 0, 0};

static void begin(void)
{
    fake_dir();
}

static void end(void)
{
    fake_dir_done();
}

static void ask(struct asked *a, uint32_t functions, uint32_t layers)
{
    memset(a, 0, sizeof *a);
    pl_project_init(&a->project);
    a->project.function = a->function;
    a->project.n_function = functions;
    a->project.layer = a->layer;
    a->project.n_layer = layers;
    for (uint32_t i = 0; i < functions; i++) {
        a->function[i].id = PL_SLICE("fn");
        a->function[i].runtime = pl_value_given(PL_SLICE("python3.13"), HERE);
        a->function[i].handler = pl_value_given(PL_SLICE("app.handler"), HERE);
    }
    for (uint32_t i = 0; i < layers; i++) {
        a->ref[i].layer = i;
    }
}

static void make(struct pl_survey *survey, struct asked *a)
{
    struct pl_err err;
    struct pl_survey_options options = {.workers = 2, .hash = true};
    ck_assert_int_eq(pl_survey_make(survey, &a->project, &options, &err), PL_OK);
}

static void done(struct pl_survey *survey, struct asked *a)
{
    pl_survey_done(survey);
    pl_arena_done(&a->project.arena);
}

START_TEST(survey_opens_each_path_once)
{
    struct asked a;
    struct pl_survey survey;
    char twice[700];
    fake_zip(fake_path("f.zip"), CODE);
    snprintf(twice, sizeof twice, "%s", fake_path(".//f.zip"));
    ask(&a, 3, 0);
    a.function[0].package = pl_value_given(pl_slice_of(fake_path("f.zip")), HERE);
    a.function[1].package = pl_value_given(pl_slice_of(twice), HERE);
    a.function[2].package = a.function[0].package;
    make(&survey, &a);
    ck_assert_uint_eq(survey.n_package, 1);
    for (uint32_t i = 0; i < 3; i++) {
        ck_assert_ptr_eq(survey.function[i].code, &survey.package[0]);
        ck_assert_int_eq(survey.function[i].load.outcome, PL_LOADS);
    }
    done(&survey, &a);
}
END_TEST

START_TEST(survey_adds_layers_up)
{
    struct asked a;
    struct pl_survey survey;
    bool complete = false;
    fake_zip(fake_path("f.zip"), CODE);
    fake_zip(fake_path("l.zip"), LAYER);
    ask(&a, 2, 1);
    a.layer[0].package = pl_value_given(pl_slice_of(fake_path("l.zip")), HERE);
    for (uint32_t i = 0; i < 2; i++) {
        a.function[i].package = pl_value_given(pl_slice_of(fake_path("f.zip")), HERE);
        a.function[i].layer = a.ref;
        a.function[i].n_layer = 1;
    }
    a.function[1].handler = pl_value_given(PL_SLICE("lib.handler"), HERE);
    make(&survey, &a);
    ck_assert_uint_eq(survey.n_package, 2);
    ck_assert_uint_eq(pl_function_total_bytes(&survey, &survey.function[0], &complete), 24 + 24);
    ck_assert(complete);
    ck_assert_int_eq(survey.function[1].load.outcome, PL_LOADS);
    ck_assert_ptr_eq(survey.function[1].load.at.package, survey.layer[0].package);
    done(&survey, &a);
}
END_TEST

START_TEST(survey_opaque_layer_is_a_lower_bound)
{
    struct asked a;
    struct pl_survey survey;
    bool complete = true;
    fake_zip(fake_path("f.zip"), CODE);
    ask(&a, 1, 0);
    a.ref[0].layer = PL_NO_INDEX;
    a.function[0].package = pl_value_given(pl_slice_of(fake_path("f.zip")), HERE);
    a.function[0].layer = a.ref;
    a.function[0].n_layer = 1;
    a.function[0].handler = pl_value_given(PL_SLICE("other.handler"), HERE);
    make(&survey, &a);
    ck_assert_uint_eq(survey.function[0].layer[0], PL_NO_INDEX);
    ck_assert_uint_eq(pl_function_total_bytes(&survey, &survey.function[0], &complete), 24);
    ck_assert(!complete);
    ck_assert_int_eq(survey.function[0].load.outcome, PL_CANNOT_TELL);
    ck_assert_int_eq(survey.function[0].load.why, PL_WHY_OPAQUE_LAYER);
    done(&survey, &a);
}
END_TEST

START_TEST(survey_goes_on_without_a_package)
{
    struct asked a;
    struct pl_survey survey;
    bool complete = true;
    fake_zip(fake_path("f.zip"), CODE);
    ask(&a, 3, 0);
    a.function[0].package = pl_value_given(pl_slice_of(fake_path("none.zip")), HERE);
    a.function[1].package = pl_value_given(pl_slice_of(fake_path("f.zip")), HERE);
    make(&survey, &a);
    ck_assert(survey.function[0].code->failed);
    ck_assert_int_eq(survey.function[0].load.why, PL_WHY_UNREADABLE);
    ck_assert_int_eq(survey.function[1].load.outcome, PL_LOADS);
    ck_assert_ptr_null(survey.function[2].code);
    ck_assert_int_eq(survey.function[2].load.why, PL_WHY_NOT_BUILT);
    pl_function_total_bytes(&survey, &survey.function[2], &complete);
    ck_assert(!complete);
    done(&survey, &a);
}
END_TEST

/* Readers resolve paths against the manifest's folder; the survey does not do so again. */
START_TEST(survey_takes_paths_as_they_are)
{
    struct asked a;
    struct pl_survey survey;
    fake_zip(fake_path("f.zip"), CODE);
    ask(&a, 1, 0);
    a.project.root = PL_SLICE("elsewhere");
    a.function[0].package = pl_value_given(pl_slice_of(fake_path("./f.zip")), HERE);
    make(&survey, &a);
    ck_assert_int_eq(survey.function[0].load.outcome, PL_LOADS);
    ck_assert(pl_slice_is(survey.package[0].path, fake_path("f.zip")));
    done(&survey, &a);
}
END_TEST

struct planning {
    enum pl_status answer;
    enum pl_status read;
    unsigned asked;
};

static PL_STATUS failing_read(const struct pl_tree *tree PL_UNUSED, uint32_t entry PL_UNUSED,
                              size_t max PL_UNUSED, struct pl_buf *to PL_UNUSED, struct pl_err *err)
{
    return pl_err_set(err, PL_ERR_IO, "the disk is gone");
}

static PL_STATUS plan_tree(void *ctx, uint32_t function, uint32_t layer, struct pl_tree *ret,
                           struct pl_err *err)
{
    static struct pl_tree_ops failing;
    struct planning *plan = ctx;
    ck_assert_uint_eq(function, 0);
    ck_assert_uint_eq(layer, PL_NO_INDEX);
    plan->asked++;
    if (plan->answer != PL_OK) {
        return pl_err_set(err, plan->answer, "src: no such folder");
    }
    fake_tree(ret, CODE, "");
    if (plan->read != PL_OK) {
        failing = *ret->ops;
        failing.read = failing_read;
        ret->ops = &failing;
    }
    return PL_OK;
}

static enum pl_status make_plan(struct pl_survey *survey, struct asked *a, struct planning *plan)
{
    struct pl_err err;
    struct pl_survey_options options = {.workers = 1, .plan_tree = plan_tree, .ctx = plan};
    ask(a, 1, 0);
    a->function[0].source = &a->source;
    a->function[0].n_source = 1;
    return pl_survey_make(survey, &a->project, &options, &err);
}

START_TEST(survey_judges_what_pack_would_build)
{
    struct asked a;
    struct pl_survey survey;
    struct planning plan = {PL_OK, PL_OK, 0};
    ck_assert_int_eq(make_plan(&survey, &a, &plan), PL_OK);
    ck_assert_uint_eq(plan.asked, 1);
    ck_assert_int_eq(survey.package[0].kind, PL_KIND_PLAN);
    ck_assert_int_eq(survey.function[0].load.outcome, PL_LOADS);
    done(&survey, &a);
}
END_TEST

START_TEST(survey_plan_that_fails_fails_its_package)
{
    struct asked a;
    struct pl_survey survey;
    struct planning plan = {PL_ERR_MISSING, PL_OK, 0};
    ck_assert_int_eq(make_plan(&survey, &a, &plan), PL_OK);
    ck_assert(survey.package[0].failed);
    ck_assert_str_eq(survey.package[0].why.msg, "src: no such folder");
    ck_assert_int_eq(survey.function[0].load.outcome, PL_NOT_JUDGED);
    done(&survey, &a);
}
END_TEST

START_TEST(survey_ends_when_memory_does)
{
    struct asked a;
    struct pl_survey survey = {.n_package = 77};
    struct planning plan = {PL_ERR_NOMEM, PL_OK, 0};
    ck_assert_int_eq(make_plan(&survey, &a, &plan), PL_ERR_NOMEM);
    ck_assert_uint_eq(survey.n_package, 77);
    plan.answer = PL_ERR_CANCELLED;
    pl_arena_done(&a.project.arena);
    ck_assert_int_eq(make_plan(&survey, &a, &plan), PL_ERR_CANCELLED);
    pl_arena_done(&a.project.arena);
}
END_TEST

START_TEST(survey_file_that_cannot_be_read_fails_its_package)
{
    struct asked a;
    struct pl_survey survey;
    struct planning plan = {PL_OK, PL_ERR_IO, 0};
    ck_assert_int_eq(make_plan(&survey, &a, &plan), PL_OK);
    ck_assert(survey.package[0].failed);
    ck_assert_str_eq(survey.package[0].why.msg, "the disk is gone");
    ck_assert_int_eq(survey.function[0].load.outcome, PL_NOT_JUDGED);
    ck_assert_int_eq(survey.function[0].load.why, PL_WHY_UNREADABLE);
    done(&survey, &a);
}
END_TEST

START_TEST(survey_without_a_packer_is_not_built)
{
    struct asked a;
    struct pl_survey survey;
    ask(&a, 1, 0);
    a.function[0].source = &a.source;
    a.function[0].n_source = 1;
    make(&survey, &a);
    ck_assert(!survey.package[0].failed);
    ck_assert_int_eq(survey.package[0].state, PL_PACKAGE_SOURCE);
    ck_assert_int_eq(survey.function[0].load.why, PL_WHY_NOT_BUILT);
    done(&survey, &a);
}
END_TEST

/* A layer, a function that loads, and two whose failure is explained. */
static enum pl_status make_all(struct pl_err *err)
{
    struct asked a;
    struct pl_survey survey;
    struct pl_survey_options options = {.workers = 1, .hash = true};
    ask(&a, FUNCTIONS, 1);
    a.layer[0].package = pl_value_given(pl_slice_of(fake_path("l.zip")), HERE);
    for (uint32_t i = 0; i < FUNCTIONS; i++) {
        a.function[i].package = pl_value_given(pl_slice_of(fake_path("f.zip")), HERE);
        a.function[i].layer = a.ref;
        a.function[i].n_layer = 1;
    }
    a.function[1].handler = pl_value_given(PL_SLICE("src/app.handler"), HERE);
    a.function[2].handler = pl_value_given(PL_SLICE("lib.handlr"), HERE);
    enum pl_status status = pl_survey_make(&survey, &a.project, &options, err);
    if (status == PL_OK) {
        oom_left = -1; /* what follows is Check's */
        ck_assert_int_eq(survey.function[0].load.outcome, PL_LOADS);
        ck_assert(pl_slice_is(survey.function[1].load.suggest, "app.handler"));
        ck_assert(pl_slice_is(survey.function[2].load.suggest, "lib.handler"));
        pl_survey_done(&survey);
    }
    pl_arena_done(&a.project.arena);
    return status;
}

START_TEST(survey_without_memory_says_so_each_time)
{
    static const struct fake_file code[FAKE_FILES] = {{"app.py", "from lib import handler\n", 0}};
    fake_zip(fake_path("f.zip"), code);
    fake_zip(fake_path("l.zip"), LAYER);
    oom_exhaust(make_all);
}
END_TEST

START_TEST(survey_of_nothing)
{
    struct asked a;
    struct pl_survey survey;
    ask(&a, 0, 0);
    make(&survey, &a);
    ck_assert_uint_eq(survey.n_package, 0);
    done(&survey, &a);
    pl_survey_done(NULL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("survey");
    TCase *tests = tcase_create("survey");
    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_test(tests, survey_opens_each_path_once);
    tcase_add_test(tests, survey_adds_layers_up);
    tcase_add_test(tests, survey_opaque_layer_is_a_lower_bound);
    tcase_add_test(tests, survey_goes_on_without_a_package);
    tcase_add_test(tests, survey_takes_paths_as_they_are);
    tcase_add_test(tests, survey_judges_what_pack_would_build);
    tcase_add_test(tests, survey_plan_that_fails_fails_its_package);
    tcase_add_test(tests, survey_ends_when_memory_does);
    tcase_add_test(tests, survey_file_that_cannot_be_read_fails_its_package);
    tcase_add_test(tests, survey_without_a_packer_is_not_built);
    tcase_add_test(tests, survey_without_memory_says_so_each_time);
    tcase_add_test(tests, survey_of_nothing);
    tcase_set_timeout(tests, 60);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
