#include "faketree.h"
#include "pkg/survey/load.h"

#include <check.h>
#include <stdlib.h>

struct row {
    struct fake_file file[FAKE_FILES];
    enum pl_outcome outcome;
    enum pl_why why;
    enum pl_sure sure;
    const char *at;
    const char *elsewhere;
    bool opaque;
};

#define MISSING PL_FAILS, PL_WHY_BOOTSTRAP_MISSING, PL_SURE_YES, ""

static const struct row ROWS[] = {
    {{{"bootstrap", "x", 0755}}, PL_LOADS, PL_WHY_NONE, 0, "bootstrap", "", false},
    {{{"bootstrap", "x", 0001}}, PL_LOADS, PL_WHY_NONE, 0, "bootstrap", "", false},
    {{{"bootstrap", "x", 0644}},
     PL_FAILS,
     PL_WHY_BOOTSTRAP_MODE,
     PL_SURE_YES,
     "bootstrap",
     "",
     false},
    {{{"bootstrap", "x", 0750}},
     PL_FAILS,
     PL_WHY_BOOTSTRAP_MODE,
     PL_SURE_YES,
     "bootstrap",
     "",
     false},
    {{{"bootstrap", "x", FAKE_NO_MODE}},
     PL_FAILS,
     PL_WHY_BOOTSTRAP_MODE,
     PL_SURE_MAYBE,
     "bootstrap",
     "",
     false},
    {{{"/opt/bootstrap", "x", 0755}}, PL_LOADS, PL_WHY_NONE, 0, "bootstrap", "", false},
    /* The code's own is started, even when it cannot be and the layer's could. */
    {{{"bootstrap", "x", 0644}, {"/opt/bootstrap", "x", 0755}},
     PL_FAILS,
     PL_WHY_BOOTSTRAP_MODE,
     PL_SURE_YES,
     "bootstrap",
     "",
     false},
    {{{"bootstrap/main", "x", 0755}, {"/opt/bootstrap", "x", 0755}},
     PL_LOADS,
     PL_WHY_NONE,
     0,
     "bootstrap",
     "",
     false},
    {{{"bootstrap/main", "x", 0755}}, MISSING, "", false},
    {{{"bootstrap", "", FAKE_FOLDER}}, MISSING, "", false},
    {{{"bootstrap", "->bin/run", 0}, {"bin/run", "x", 0755}},
     PL_LOADS,
     PL_WHY_NONE,
     0,
     "bin/run",
     "",
     false},
    {{{"bootstrap", "->bin/run", 0}, {"bin/run", "x", 0644}},
     PL_FAILS,
     PL_WHY_BOOTSTRAP_MODE,
     PL_SURE_YES,
     "bin/run",
     "",
     false},
    {{{"bootstrap", "->bootstrap", 0}}, MISSING, "", false},
    {{{"bootstrap", "->nowhere", 0}}, MISSING, "", false},
    {{{"bootstrap", "->/usr/bin/node", 0}}, PL_CANNOT_TELL, PL_WHY_OUTSIDE, 0, "", "", false},
    {{{"bootstrap", "->/opt/bin/x", 0}, {"/opt/bin/x", "x", 0755}},
     PL_LOADS,
     PL_WHY_NONE,
     0,
     "bin/x",
     "",
     false},
    {{{"main", "x", 0755}}, MISSING, "main", false},
    {{{"bin/bootstrap", "x", 0755}, {"main", "x", 0755}}, MISSING, "bin/bootstrap", false},
    {{{"Bootstrap", "x", 0755}}, MISSING, "Bootstrap", false},
    {{{"bootstrap.sh", "x", 0755}}, MISSING, "bootstrap.sh", false},
    {{{"bin\\bootstrap", "x", 0755}}, MISSING, "bin\\bootstrap", false},
    {{{"readme", "x", 0}}, PL_CANNOT_TELL, PL_WHY_OPAQUE_LAYER, 0, "", "", true},
    {{{"bootstrap", "x", 0755}}, PL_LOADS, PL_WHY_NONE, 0, "bootstrap", "", true},
};
enum { ROW_COUNT = sizeof ROWS / sizeof ROWS[0] };

START_TEST(custom_table)
{
    const struct row *row = &ROWS[_i];
    struct fake fake;
    struct pl_err err;
    fake_init(&fake,
              &(struct fake_setting){
                  .runtime = "provided.al2023", .handler = "anything", .opaque = row->opaque},
              row->file);
    ck_assert_int_eq(pl_load_function(&fake.fn, &fake.arena, &err), PL_OK);
    const struct pl_load *load = &fake.fn.load;
    ck_assert_msg(load->outcome == row->outcome && load->why == row->why, "row %d: %d, %s", _i,
                  load->outcome, pl_why_text((enum pl_why)load->why));
    ck_assert_int_eq(load->sure, row->sure);
    if (row->outcome != PL_CANNOT_TELL) {
        ck_assert_str_eq(fake_name(load->at), row->at);
    }
    ck_assert_str_eq(fake_name(load->elsewhere), row->elsewhere);
    ck_assert_int_eq(load->outcome == PL_FAILS, load->lambda_says.len > 0);
    fake_done(&fake);
}
END_TEST

/* A handler is not asked of a custom runtime. */
START_TEST(custom_needs_no_handler)
{
    static const struct fake_file files[FAKE_FILES] = {{"bootstrap", "x", 0755}};
    struct fake fake;
    struct pl_err err;
    fake_init(&fake, &(struct fake_setting){.runtime = "provided.al2"}, files);
    ck_assert_int_eq(pl_load_function(&fake.fn, &fake.arena, &err), PL_OK);
    ck_assert_int_eq(fake.fn.load.outcome, PL_LOADS);
    fake_done(&fake);
}
END_TEST

static const struct {
    const char *runtime, *handler;
    enum pl_package_kind kind;
    enum pl_package_state state;
    bool failed;
    enum pl_why why;
} UNJUDGED[] = {
    {NULL, "app.handler", PL_KIND_ZIP, PL_PACKAGE_ARTIFACT, false, PL_WHY_NO_RUNTIME},
    {"python9.9", "app.handler", PL_KIND_ZIP, PL_PACKAGE_ARTIFACT, false, PL_WHY_RUNTIME_UNKNOWN},
    {"python3.13", NULL, PL_KIND_ZIP, PL_PACKAGE_ARTIFACT, false, PL_WHY_NO_HANDLER},
    {"java21", "a.B::c", PL_KIND_ZIP, PL_PACKAGE_ARTIFACT, false, PL_WHY_NO_LOADER},
    {"go1.x", "main", PL_KIND_ZIP, PL_PACKAGE_ARTIFACT, false, PL_WHY_NO_LOADER},
    {"dotnet8", "a::b::c", PL_KIND_ZIP, PL_PACKAGE_ARTIFACT, false, PL_WHY_NO_LOADER},
    {"ruby3.4", "app.handler", PL_KIND_ZIP, PL_PACKAGE_ARTIFACT, false, PL_WHY_NO_LOADER},
    {"python3.13", "app.handler", PL_KIND_NONE, PL_PACKAGE_SOURCE, false, PL_WHY_NOT_BUILT},
    {"python3.13", "app.handler", PL_KIND_NOT_ZIP, PL_PACKAGE_ARTIFACT, false, PL_WHY_UNREADABLE},
    {"python3.13", "app.handler", PL_KIND_ZIP, PL_PACKAGE_ARTIFACT, true, PL_WHY_UNREADABLE},
};

START_TEST(load_says_why_nothing_is_judged)
{
    static const struct fake_file files[FAKE_FILES] = {{"app.py", "", 0}};
    struct fake fake;
    struct pl_err err;
    fake_init(
        &fake,
        &(struct fake_setting){.runtime = UNJUDGED[_i].runtime, .handler = UNJUDGED[_i].handler},
        files);
    fake.code.kind = (uint8_t)UNJUDGED[_i].kind;
    fake.code.state = (uint8_t)UNJUDGED[_i].state;
    fake.code.failed = UNJUDGED[_i].failed;
    ck_assert_int_eq(pl_load_function(&fake.fn, &fake.arena, &err), PL_OK);
    ck_assert_int_eq(fake.fn.load.outcome, PL_NOT_JUDGED);
    ck_assert_int_eq(fake.fn.load.why, UNJUDGED[_i].why);
    fake_done(&fake);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("load_custom");
    TCase *tests = tcase_create("load_custom");
    tcase_add_loop_test(tests, custom_table, 0, ROW_COUNT);
    tcase_add_test(tests, custom_needs_no_handler);
    tcase_add_loop_test(tests, load_says_why_nothing_is_judged, 0,
                        (int)(sizeof UNJUDGED / sizeof UNJUDGED[0]));
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
