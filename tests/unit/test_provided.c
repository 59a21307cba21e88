/* `skip_provided`: what a layer holds stays out, where the runtime finds it as well. */
#include "pkg/build/provided.h"
#include "tests/unit/packcase.h"
#include "tests/unit/run.h"

#include <stdio.h>
#include <string.h>

/* A function from src, with layers from the folders of the same name; NULL: an ARN. */
struct sample {
    const char *runtime, *layer[3], *env;
    bool asked;
};

static struct pl_value given(const char *text)
{
    return pl_value_given(pl_slice_of(text), (struct pl_pos){.file = 0});
}

static enum pl_status plan_of(struct pl_plan *ret, const struct sample *sample, struct pl_err *err)
{
    struct pl_source source[4] = {{.path = given("src")}};
    struct pl_layer_decl layer[3] = {{.n_source = 0}};
    struct pl_layer_ref ref[3];
    struct pl_env_var env = {.key = pl_slice_of(sample->env)};
    struct pl_function_decl fn = {.id = PL_SLICE("f"),
                                  .runtime = given(sample->runtime),
                                  .handler = given("app.handler"),
                                  .layer = ref,
                                  .source = source,
                                  .n_source = 1,
                                  .env = &env,
                                  .n_env = sample->env ? 1 : 0,
                                  .skip_provided = sample->asked};
    for (uint32_t i = 0; i < 3 && sample->layer[i]; i++) {
        const char *path = sample->layer[i];
        bool ready = strchr(path, '.') != NULL;
        source[i + 1] = (struct pl_source){.path = given(path)};
        layer[i] = (struct pl_layer_decl){.id = pl_slice_of(path),
                                          .source = ready ? NULL : &source[i + 1],
                                          .n_source = ready ? 0 : 1};
        if (ready) {
            layer[i].package = given(path);
        }
        ref[i] = (struct pl_layer_ref){.name = given(path),
                                       .layer = strncmp(path, "arn:", 4) == 0 ? PL_NO_INDEX : i};
        fn.n_layer = i + 1;
    }
    const struct pl_project project = {
        .root = PL_SLICE("."), .function = &fn, .n_function = 1, .layer = layer, .n_layer = 3};
    const struct pl_plan_subject subject = {.output_dir = PL_SLICE("dist"),
                                            .what = PL_SLICE("function f")};
    const struct pl_plan_request request = pl_plan_request_of(&project, &subject);
    return pl_plan_make(ret, &request, NULL, err);
}

static void gives(const struct sample *sample, const char *want, const char *warning)
{
    struct pl_plan plan;
    struct pl_err err = {.code = PL_OK};
    ck_assert_msg(plan_of(&plan, sample, &err) == PL_OK, "%s", err.msg);
    ck_assert_str_eq(case_text(&plan), want);
    ck_assert_uint_eq(plan.n_warning, warning ? 1 : 0);
    if (warning) {
        ck_assert_msg(strstr(plan.warning[0].ptr, warning) != NULL, "%s", plan.warning[0].ptr);
    }
    pl_plan_done(&plan);
}
#define SAMPLE(...) (&(struct sample){__VA_ARGS__})
#define PYTHON(...) SAMPLE(.runtime = "python3.13", .asked = true, __VA_ARGS__)
#define NODE(...)   SAMPLE(.runtime = "nodejs22.x", .asked = true, __VA_ARGS__)

/* A package with compiled parts, one of which there is a part in the layer only, and a module. */
static void put_python(const char *at)
{
    static const char *const names[] = {"pkg/__init__.py",    "pkg/sub/a.so",
                                        "pkg/data.txt",       "pkg-1.dist-info/METADATA",
                                        "pkg.libs/libx.so.1", "one.py"};
    char path[256];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        ck_assert_int_gt(snprintf(path, sizeof path, "%s/%s", at, names[i]), 0);
        put(path, names[i]);
    }
}
#define ALL                                                                                   \
    "app.py one.py pkg-1.dist-info/METADATA pkg.libs/libx.so.1 pkg/__init__.py pkg/data.txt " \
    "pkg/sub/a.so"

START_TEST(python_packages_that_a_layer_holds)
{
    put("src/app.py", "a");
    put_python("src");
    put_python("l/python");
    put("l/python/pkg/more.py", "m");
    gives(PYTHON(.layer = {"l"}), "app.py", NULL);
    gives(SAMPLE(.runtime = "python3.13", .layer = {"l"}), ALL, NULL);
    put_python("s/python/lib/python3.13/site-packages");
    gives(PYTHON(.layer = {"s"}), "app.py", NULL);
    put_python("o/python/lib/python3.12/site-packages"); /* another version's */
    gives(PYTHON(.layer = {"o"}), ALL, NULL);
    gives(PYTHON(.layer = {"l", "s"}), ALL, NULL); /* in two places */
    struct pl_plan plan;
    struct pl_err err;
    ck_assert(plan_of(&plan, PYTHON(.layer = {"l"}), &err) == PL_OK);
    ck_assert_uint_eq(plan.provided.files, 6);
    ck_assert_uint_gt(plan.provided.bytes, 60);
    ck_assert_str_eq(plan.provided_names.ptr, "one.py, pkg.libs, pkg");
    pl_plan_done(&plan);
}
END_TEST

START_TEST(a_package_stays_whole)
{
    put("src/app.py", "a");
    put_python("src");
    put_python("l/python");
    put("l/python/pkg/data.txt", "other");
    /* The libraries stay with what is linked to them. */
    gives(PYTHON(.layer = {"l"}),
          "app.py pkg.libs/libx.so.1 pkg/__init__.py pkg/data.txt pkg/sub/a.so", NULL);
    /* A later layer lies over an earlier one. */
    put("over/python/pkg/data.txt", "pkg/data.txt");
    gives(PYTHON(.layer = {"l", "over"}), "app.py", NULL);
    gives(PYTHON(.layer = {"over", "l"}),
          "app.py pkg.libs/libx.so.1 pkg/__init__.py pkg/data.txt pkg/sub/a.so", NULL);
}
END_TEST

START_TEST(what_never_goes)
{
    put("src/app.py", "a");
    put("src/boto3/__init__.py", "b");
    put("src/templates/x.html", "t");
    put("src/bin/tool.py", "t");
    put("l/python/app.py", "a");
    put("l/python/boto3/__init__.py", "b");
    put("l/python/templates/x.html", "t");
    put("l/python/bin/tool.py", "t");
    gives(PYTHON(.layer = {"l"}), "app.py bin/tool.py boto3/__init__.py templates/x.html", NULL);
}
END_TEST

START_TEST(layers_that_nobody_knows)
{
    put("src/app.py", "a");
    put("src/one.py", "o");
    put("l/python/one.py", "o");
    put("dir.d/python/one.py", "o");
    put("no.zip", "not a ZIP");
    gives(PYTHON(.layer = {"arn:aws:x", "l"}), "app.py", "arn:aws:x: nobody knows");
    gives(PYTHON(.layer = {"l", "arn:aws:x"}), "app.py one.py", "arn:aws:x: nobody knows");
    gives(PYTHON(.layer = {"dir.d"}), "app.py", NULL);
    gives(PYTHON(.layer = {"no.zip"}), "app.py one.py", "no.zip: nobody knows");
    gives(PYTHON(.layer = {"gone.zip"}), "app.py one.py", "gone.zip: nobody knows");
    gives(PYTHON(.layer = {"l"}, .env = "PYTHONPATH"), "app.py one.py", "sets PYTHONPATH");
    gives(SAMPLE(.runtime = "java21", .asked = true, .layer = {"l"}), "app.py one.py",
          "only for Python");
    gives(PYTHON(.layer = {NULL}), "app.py one.py", NULL);
}
END_TEST

START_TEST(node_modules_go_whole)
{
    put("src/app.js", "a");
    put("src/node_modules/a/index.js", "a");
    put("src/node_modules/b/index.js", "b");
    put_folder("src/node_modules/.bin");
    put_link("src/node_modules/.bin/a", "../a/index.js");
    put("l/nodejs/node_modules/a/index.js", "a");
    put("l/nodejs/node_modules/c/index.js", "c");
    gives(NODE(.layer = {"l"}),
          "app.js node_modules/.bin/a->../a/index.js node_modules/a/index.js "
          "node_modules/b/index.js",
          NULL);
    put("l/nodejs/node_modules/b/index.js", "b");
    gives(NODE(.layer = {"l"}), "app.js", NULL);
    gives(SAMPLE(.runtime = "nodejs16.x", .asked = true, .layer = {"l"}),
          "app.js node_modules/.bin/a->../a/index.js node_modules/a/index.js "
          "node_modules/b/index.js",
          "whose `import`");
    /* Its links and empty folders too, and what stands behind it in the plan. */
    put("src/zz.js", "z");
    put_link("src/node_modules/a/alias.js", "index.js");
    put_folder("src/node_modules/a/empty");
    gives(NODE(.layer = {"l"}),
          "app.js node_modules/.bin/a->../a/index.js node_modules/a/alias.js->index.js "
          "node_modules/a/empty/:755 node_modules/a/index.js node_modules/b/index.js zz.js",
          NULL);
    put_folder("l/nodejs/node_modules/a/empty");
    put_link("l/nodejs/node_modules/a/alias.js", "./index.js");
    gives(NODE(.layer = {"l"}),
          "app.js node_modules/.bin/a->../a/index.js node_modules/a/alias.js->index.js "
          "node_modules/a/empty/:755 node_modules/a/index.js node_modules/b/index.js zz.js",
          NULL);
    ck_assert_int_eq(remove("l/nodejs/node_modules/a/alias.js"), 0);
    put_link("l/nodejs/node_modules/a/alias.js", "index.js");
    gives(NODE(.layer = {"l"}), "app.js zz.js", NULL);
    ck_assert_int_eq(remove("src/node_modules/a/alias.js"), 0);
    ck_assert_int_eq(remove("src/node_modules/a/empty"), 0);
    ck_assert_int_eq(remove("src/zz.js"), 0);
    put("v/nodejs/node22/node_modules/a/index.js", "a");
    put("v/nodejs/node22/node_modules/b/index.js", "b");
    gives(NODE(.layer = {"v"}), "app.js", NULL);
}
END_TEST

START_TEST(all_of_it_is_refused)
{
    struct pl_plan plan;
    struct pl_err err = {.code = PL_OK};
    put("src/one.py", "o");
    put("l/python/one.py", "o");
    ASSERT_FAILS(plan_of(&plan, PYTHON(.layer = {"l"}), &err), PL_ERR_MISSING);
    ck_assert_ptr_nonnull(strstr(err.msg, "layers provide everything"));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        python_packages_that_a_layer_holds, a_package_stays_whole, what_never_goes,
        layers_that_nobody_knows,           node_modules_go_whole, all_of_it_is_refused,
    };
    return run_tests_in("provided", tests, COUNT_OF(tests), scratch_enter, scratch_leave);
}
