#include "faketree.h"
#include "pkg/survey/load.h"

#include <check.h>
#include <stdlib.h>

#define GOOD "def handler(event:, context:) = 1\n"
#define API  "class Api\n  def self.handler(event:, context:) = 1\nend\n"

static const struct {
    struct fake_file file[FAKE_FILES];
    const char *handler;
    enum pl_outcome outcome;
    enum pl_why why;
    const char *suggest;
    bool opaque;
} ROWS[] = {
    {{{"app.rb", GOOD, 0}}, "app.handler", PL_LOADS, PL_WHY_NONE, "", false},
    {{{"src/app.rb", GOOD, 0}}, "src/app.handler", PL_LOADS, PL_WHY_NONE, "", false},
    {{{"app.rb", GOOD, 0}}, "app.handler.", PL_LOADS, PL_WHY_NONE, "", false},
    {{{"app.rb", API, 0}}, "app.Api.handler", PL_LOADS, PL_WHY_NONE, "", false},
    {{{"app.rb", API, 0}}, "app.::Api.handler", PL_LOADS, PL_WHY_NONE, "", false},
    {{{"/opt/ruby/lib/app.rb", GOOD, 0}}, "app.handler", PL_LOADS, PL_WHY_NONE, "", false},
    {{{"app.rb", "require 'x'", 0}, {"x.rb", GOOD, 0}},
     "app.handler",
     PL_LOADS,
     PL_WHY_NONE,
     "",
     false},
    {{{"app.rb", GOOD, 0}}, "app", PL_FAILS, PL_WHY_MALFORMED, "", false},
    {{{"app.rb", GOOD, 0}}, "a.b.c.d", PL_FAILS, PL_WHY_MALFORMED, "", false},
    {{{"app.rb", GOOD, 0}}, "...", PL_FAILS, PL_WHY_MALFORMED, "", false},
    {{{"src/app.rb", GOOD, 0}},
     "app.handler",
     PL_FAILS,
     PL_WHY_MODULE_MISSING,
     "src/app.handler",
     false},
    {{{"App.rb", GOOD, 0}}, "app.handler", PL_FAILS, PL_WHY_MODULE_MISSING, "App.handler", false},
    {{{"src\\app.rb", GOOD, 0}}, "app.handler", PL_FAILS, PL_WHY_MODULE_MISSING, "", false},
    {{{"app.rb", GOOD, 0}},
     "app.rb.handler",
     PL_FAILS,
     PL_WHY_FUNCTION_MISSING,
     "app.handler",
     false},
    {{{"app.rb", GOOD, 0}}, "app.handel", PL_FAILS, PL_WHY_FUNCTION_MISSING, "app.handler", false},
    {{{"app.rb", API, 0}},
     "app.handler",
     PL_FAILS,
     PL_WHY_FUNCTION_MISSING,
     "app.Api.handler",
     false},
    {{{"app.rb", API, 0}},
     "app.Other.handler",
     PL_FAILS,
     PL_WHY_FUNCTION_MISSING,
     "app.Api.handler",
     false},
    {{{"app.rb", API, 0}},
     "app.Api.handel",
     PL_FAILS,
     PL_WHY_FUNCTION_MISSING,
     "app.Api.handler",
     false},
    {{{"app.rb", "require 'aws-sdk-s3'\n", 0}},
     "app.handler",
     PL_FAILS,
     PL_WHY_FUNCTION_MISSING,
     "",
     false},
    {{{"app.rb", "x = 'a", 0}}, "app.handler", PL_FAILS, PL_WHY_SYNTAX, "", false},
    {{{"app.rb", GOOD, 0600}}, "app.handler", PL_FAILS, PL_WHY_MODULE_UNREADABLE, "", false},
    {{{"app.rb", "require 'sinatra'\n", 0}},
     "app.handler",
     PL_CANNOT_TELL,
     PL_WHY_REQUIRED,
     "",
     false},
    {{{"app.rb", "eval x\n", 0}}, "app.handler", PL_CANNOT_TELL, PL_WHY_DYNAMIC, "", false},
    {{{"app.rb", "x = 1", 0}}, "app.puts", PL_CANNOT_TELL, PL_WHY_DYNAMIC, "", false},
    {{{"app.so", "x", 0}}, "app.handler", PL_CANNOT_TELL, PL_WHY_BINARY_MODULE, "", false},
    {{{"json.rb", GOOD, 0}}, "json.handler", PL_CANNOT_TELL, PL_WHY_RUNTIME_MODULE, "", false},
    {{{"readme", "x", 0}}, "json.generate", PL_CANNOT_TELL, PL_WHY_RUNTIME_MODULE, "", false},
    {{{"readme", "x", 0}}, "app.handler", PL_CANNOT_TELL, PL_WHY_OPAQUE_LAYER, "", true},
    {{{"app.rb", "x", FAKE_DAMAGED}}, "app.handler", PL_CANNOT_TELL, PL_WHY_CORRUPT, "", false},
};

START_TEST(ruby_table)
{
    struct fake fake;
    struct pl_err err;
    fake_init(&fake,
              &(struct fake_setting){
                  .runtime = "ruby3.4", .handler = ROWS[_i].handler, .opaque = ROWS[_i].opaque},
              ROWS[_i].file);
    ck_assert_int_eq(pl_load_function(&fake.fn, &fake.arena, &err), PL_OK);
    const struct pl_load *load = &fake.fn.load;
    ck_assert_msg(load->outcome == ROWS[_i].outcome && load->why == ROWS[_i].why, "row %d: %d, %s",
                  _i, load->outcome, pl_why_text((enum pl_why)load->why));
    ck_assert_msg(pl_slice_is(load->suggest, ROWS[_i].suggest), "row %d: suggests %.*s", _i,
                  (int)load->suggest.len, load->suggest.len > 0 ? load->suggest.ptr : "");
    ck_assert_int_eq(load->outcome == PL_FAILS, load->lambda_says.len > 0);
    fake_done(&fake);
}
END_TEST

START_TEST(ruby_search_path_is_changed)
{
    static const struct fake_file files[FAKE_FILES] = {{"x.rb", GOOD, 0}};
    struct fake fake;
    struct pl_err err;
    fake_init(
        &fake,
        &(struct fake_setting){.runtime = "ruby3.4", .handler = "app.handler", .env = "RUBYLIB"},
        files);
    ck_assert_int_eq(pl_load_function(&fake.fn, &fake.arena, &err), PL_OK);
    ck_assert_int_eq(fake.fn.load.outcome, PL_CANNOT_TELL);
    ck_assert_int_eq(fake.fn.load.why, PL_WHY_SEARCH_PATH);
    fake_done(&fake);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("load_ruby");
    TCase *tests = tcase_create("load_ruby");
    tcase_add_loop_test(tests, ruby_table, 0, (int)(sizeof ROWS / sizeof ROWS[0]));
    tcase_add_test(tests, ruby_search_path_is_changed);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
