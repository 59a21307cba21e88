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

#define SCRIPT  "#!/bin/sh\n"
#define MISSING PL_FAILS, PL_WHY_BOOTSTRAP_MISSING, PL_SURE_YES, ""

#define FORMAT            PL_FAILS, PL_WHY_EXEC_FORMAT, PL_SURE_YES, "bootstrap", ""
#define INTERPRETER       PL_FAILS, PL_WHY_INTERPRETER, PL_SURE_YES, "bootstrap", ""
#define MAYBE_INTERPRETER PL_FAILS, PL_WHY_INTERPRETER, PL_SURE_MAYBE, "bootstrap", ""
#define FINE              PL_LOADS, PL_WHY_NONE, 0, "bootstrap", ""

static const struct row ROWS[] = {
    {{{"bootstrap", SCRIPT, 0755}}, PL_LOADS, PL_WHY_NONE, 0, "bootstrap", "", false},
    {{{"bootstrap", SCRIPT, 0001}}, PL_LOADS, PL_WHY_NONE, 0, "bootstrap", "", false},
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
    {{{"bootstrap", SCRIPT, FAKE_NO_MODE}},
     PL_FAILS,
     PL_WHY_BOOTSTRAP_MODE,
     PL_SURE_MAYBE,
     "bootstrap",
     "",
     false},
    {{{"/opt/bootstrap", SCRIPT, 0755}}, PL_LOADS, PL_WHY_NONE, 0, "bootstrap", "", false},
    /* The code's own is started, even when it cannot be and the layer's could. */
    {{{"bootstrap", "x", 0644}, {"/opt/bootstrap", SCRIPT, 0755}},
     PL_FAILS,
     PL_WHY_BOOTSTRAP_MODE,
     PL_SURE_YES,
     "bootstrap",
     "",
     false},
    {{{"bootstrap/main", SCRIPT, 0755}, {"/opt/bootstrap", SCRIPT, 0755}},
     PL_LOADS,
     PL_WHY_NONE,
     0,
     "bootstrap",
     "",
     false},
    {{{"bootstrap/main", SCRIPT, 0755}}, MISSING, "", false},
    {{{"bootstrap", "", FAKE_FOLDER}}, MISSING, "", false},
    {{{"bootstrap", "->bin/run", 0}, {"bin/run", SCRIPT, 0755}},
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
    {{{"bootstrap", "->/opt/bin/x", 0}, {"/opt/bin/x", SCRIPT, 0755}},
     PL_LOADS,
     PL_WHY_NONE,
     0,
     "bin/x",
     "",
     false},
    {{{"main", SCRIPT, 0755}}, MISSING, "main", false},
    {{{"bin/bootstrap", SCRIPT, 0755}, {"main", SCRIPT, 0755}}, MISSING, "bin/bootstrap", false},
    {{{"Bootstrap", SCRIPT, 0755}}, MISSING, "Bootstrap", false},
    {{{"bootstrap.sh", SCRIPT, 0755}}, MISSING, "bootstrap.sh", false},
    {{{"bin\\bootstrap", SCRIPT, 0755}}, MISSING, "bin\\bootstrap", false},
    {{{"readme", "x", 0}}, PL_CANNOT_TELL, PL_WHY_OPAQUE_LAYER, 0, "", "", true},
    {{{"bootstrap", SCRIPT, 0755}}, PL_LOADS, PL_WHY_NONE, 0, "bootstrap", "", true},
    /* What execve makes of the first bytes. */
    {{{"bootstrap", "", 0755}}, FORMAT, false},
    {{{"bootstrap", "echo hello\n", 0755}}, FORMAT, false},
    {{{"bootstrap", "\xef\xbb\xbf#!/bin/sh\n", 0755}}, FORMAT, false},
    {{{"bootstrap", "\xcf\xfa\xed\xfe\x07", 0755}}, FORMAT, false},
    {{{"bootstrap", "MZ\x90", 0755}}, FORMAT, false},
    {{{"bootstrap", "version https://git-lfs.github.com/spec/v1\n", 0755}}, FORMAT, false},
    {{{"bootstrap", "\177ELF", 0755}}, FORMAT, false},
    {{{"bootstrap", "#!\n", 0755}}, FORMAT, false},
    {{{"bootstrap", "x", FAKE_NO_MODE}}, FORMAT, false},
    {{{"bootstrap", "#!/bin/sh\r\n", 0755}}, INTERPRETER, false},
    {{{"bootstrap", "#!/bin/sh -e\r\n", 0755}}, INTERPRETER, false},
    {{{"bootstrap", "#!/usr/bin/env bash\r\n", 0755}}, INTERPRETER, false},
    {{{"bootstrap", "#!/usr/bin/env bash -e\n", 0755}}, INTERPRETER, false},
    {{{"bootstrap", "#!/usr/bin/env node\n", 0755}}, INTERPRETER, false},
    {{{"bootstrap", "#!/usr/bin/python3\n", 0755}}, INTERPRETER, false},
    {{{"bootstrap", "#!/opt/bin/node\n", 0755}}, INTERPRETER, false},
    {{{"bootstrap", "#!/var/task/node\n", 0755}, {"node", "x", 0644}}, INTERPRETER, false},
    {{{"bootstrap", "#!/opt/bin/node\n", 0755}, {"/opt/bin/node", "x", 0755}}, FINE, false},
    {{{"bootstrap", "#!/usr/bin/env node\n", 0755}, {"/opt/bin/node", "x", 0755}}, FINE, false},
    {{{"bootstrap", "#! /bin/sh -e\n", 0755}}, FINE, false},
    {{{"bootstrap", "#!/usr/bin/env bash\n", 0755}}, FINE, false},
    {{{"bootstrap", "#!/usr/bin/env -S bash -e\n", 0755}}, FINE, false},
    {{{"bootstrap", "#!bin/run\n", 0755}, {"bin/run", "x", 0755}}, FINE, false},
    {{{"bootstrap", "#!bin/run\n", 0755}}, MAYBE_INTERPRETER, false},
    {{{"bootstrap", "#!/usr/bin/perl\n", 0755}}, MAYBE_INTERPRETER, false},
    {{{"bootstrap", "#!/usr/bin/env deno\n", 0755}}, MAYBE_INTERPRETER, false},
    {{{"bootstrap", "#!/usr/bin/env node\n", 0755}},
     PL_CANNOT_TELL,
     PL_WHY_OPAQUE_LAYER,
     0,
     "",
     "",
     true},
    {{{"bootstrap", "#!/opt/bin/node\n", 0755}},
     PL_CANNOT_TELL,
     PL_WHY_OPAQUE_LAYER,
     0,
     "",
     "",
     true},
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

static const struct {
    struct fake_file file[FAKE_FILES];
    const char *handler;
    enum pl_outcome outcome;
    enum pl_why why;
    const char *suggest;
} GO_ROWS[] = {
    {{{"main", SCRIPT, 0755}}, "main", PL_LOADS, PL_WHY_NONE, ""},
    {{{"bin/main", SCRIPT, 0755}}, "bin/main", PL_LOADS, PL_WHY_NONE, ""},
    {{{"bin/main", SCRIPT, 0755}}, "main", PL_FAILS, PL_WHY_MODULE_MISSING, "bin/main"},
    {{{"Main", SCRIPT, 0755}}, "main", PL_FAILS, PL_WHY_MODULE_MISSING, "Main"},
    {{{"bootstrap", SCRIPT, 0755}}, "handler", PL_FAILS, PL_WHY_MODULE_MISSING, "bootstrap"},
    {{{"readme", SCRIPT, 0755}}, "main", PL_FAILS, PL_WHY_MODULE_MISSING, ""},
    {{{"main/x", SCRIPT, 0755}}, "main", PL_FAILS, PL_WHY_MODULE_MISSING, ""},
    {{{"main", SCRIPT, 0644}}, "main", PL_FAILS, PL_WHY_START_MODE, ""},
    {{{"main", "x", 0755}}, "main", PL_FAILS, PL_WHY_EXEC_FORMAT, ""},
    {{{"main", "#!/bin/sh\r\n", 0755}}, "main", PL_FAILS, PL_WHY_INTERPRETER, ""},
    {{{"main", "->/usr/bin/x", 0}}, "main", PL_CANNOT_TELL, PL_WHY_OUTSIDE, ""},
};

START_TEST(go_table)
{
    struct fake fake;
    struct pl_err err;
    fake_init(&fake, &(struct fake_setting){.runtime = "go1.x", .handler = GO_ROWS[_i].handler},
              GO_ROWS[_i].file);
    ck_assert_int_eq(pl_load_function(&fake.fn, &fake.arena, &err), PL_OK);
    const struct pl_load *load = &fake.fn.load;
    ck_assert_msg(load->outcome == GO_ROWS[_i].outcome && load->why == GO_ROWS[_i].why,
                  "row %d: %d, %s", _i, load->outcome, pl_why_text((enum pl_why)load->why));
    ck_assert(pl_slice_is(load->suggest, GO_ROWS[_i].suggest));
    fake_done(&fake);
}
END_TEST

static const struct {
    struct fake_file file[FAKE_FILES];
    const char *runtime, *value;
    bool opaque;
    enum pl_outcome outcome;
    enum pl_why why;
} WRAPPERS[] = {
    {{{"/opt/wrap", SCRIPT, 0755}}, "python3.13", "/opt/wrap", false, PL_LOADS, PL_WHY_NONE},
    {{{"bin/wrap", SCRIPT, 0755}}, "java21", "/var/task/bin/wrap", false, PL_LOADS, PL_WHY_NONE},
    {{{"/opt/wrap", SCRIPT, 0644}},
     "python3.13",
     "/opt/wrap",
     false,
     PL_FAILS,
     PL_WHY_WRAPPER_MODE},
    {{{"a", "", 0}}, "nodejs22.x", "/opt/bootstrap", false, PL_FAILS, PL_WHY_WRAPPER_MISSING},
    {{{"a", "", 0}}, "nodejs22.x", "/opt/bootstrap", true, PL_CANNOT_TELL, PL_WHY_OPAQUE_LAYER},
    {{{"a", "->/usr/x", 0}}, "ruby3.4", "/var/task/a", false, PL_CANNOT_TELL, PL_WHY_OUTSIDE},
    {{{"a", "", 0}}, "nodejs22.x", "/usr/bin/env", false, PL_NOT_JUDGED, PL_WHY_NONE},
    {{{"a", "", 0}}, "nodejs22.x", "wrap", false, PL_NOT_JUDGED, PL_WHY_NONE},
    {{{"bootstrap", SCRIPT, 0755}},
     "provided.al2023",
     "/opt/wrap",
     false,
     PL_NOT_JUDGED,
     PL_WHY_NONE},
};

START_TEST(wrapper_table)
{
    struct fake fake;
    struct pl_err err;
    struct pl_pos here = {0, 0, 0, 0};
    fake_init(&fake,
              &(struct fake_setting){.runtime = WRAPPERS[_i].runtime,
                                     .handler = "app.handler",
                                     .env = "AWS_LAMBDA_EXEC_WRAPPER",
                                     .opaque = WRAPPERS[_i].opaque},
              WRAPPERS[_i].file);
    fake.env.value = pl_value_given(pl_slice_of(WRAPPERS[_i].value), here);
    ck_assert_int_eq(pl_load_function(&fake.fn, &fake.arena, &err), PL_OK);
    ck_assert_int_eq(fake.fn.wrapper.outcome, WRAPPERS[_i].outcome);
    ck_assert_int_eq(fake.fn.wrapper.why, WRAPPERS[_i].why);
    /* What a wrapper starts is not known: no handler is called wrong. */
    ck_assert_int_ne(fake.fn.load.outcome, PL_FAILS);
    fake_done(&fake);
}
END_TEST

/* A handler is not asked of a custom runtime. */
START_TEST(custom_needs_no_handler)
{
    static const struct fake_file files[FAKE_FILES] = {{"bootstrap", SCRIPT, 0755}};
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
    {"dotnetcore3.1", "a::b::c", PL_KIND_ZIP, PL_PACKAGE_ARTIFACT, false, PL_WHY_NO_LOADER},
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
    tcase_add_loop_test(tests, go_table, 0, (int)(sizeof GO_ROWS / sizeof GO_ROWS[0]));
    tcase_add_loop_test(tests, wrapper_table, 0, (int)(sizeof WRAPPERS / sizeof WRAPPERS[0]));
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
