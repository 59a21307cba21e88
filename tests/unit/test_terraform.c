#include "oom.h"
#include "pkg/project/resource.h"
#include "pkg/project/template.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

static void good(struct pl_project *project, const char *text)
{
    struct pl_err err = {.msg = ""};
    ck_assert_msg(pl_template_parse(project, "plan.json", pl_slice_of(text), &err) == PL_OK,
                  "%s in\n%s", err.msg, text);
}

static void same(struct pl_slice got, const char *wanted)
{
    ck_assert_msg(pl_slice_is(got, wanted), "got \"%.*s\", wanted \"%s\"", (int)got.len, got.ptr,
                  wanted);
}

/* A plan around the resources of its root module, its changes and its configuration. */
#define PLAN(resources, changes, configuration)                                            \
    "{\"format_version\":\"1.2\",\"terraform_version\":\"1.9.8\",\"planned_values\":{"     \
    "\"root_module\":{\"resources\":[" resources "]}},\"resource_changes\":[" changes "]," \
    "\"configuration\":{\"root_module\":{" configuration "}}}"
#define FN(values)                                                                              \
    "{\"address\":\"aws_lambda_function.f\",\"mode\":\"managed\","                              \
    "\"type\":\"aws_lambda_function\",\"name\":\"f\",\"values\":{\"filename\":\"f.zip\"" values \
    "}}"
#define LAYER                                                                     \
    ",{\"address\":\"aws_lambda_layer_version.l\",\"mode\":\"managed\",\"type\":" \
    "\"aws_lambda_layer_version\",\"name\":\"l\",\"values\":{\"filename\":\"l.zip\"}}"
#define UNKNOWN(what) \
    "{\"address\":\"aws_lambda_function.f\",\"change\":{\"after_unknown\":{" what "}}}"
#define EXPRESSIONS(what)                                                             \
    "\"resources\":[{\"mode\":\"managed\",\"type\":\"aws_lambda_function\",\"name\":" \
    "\"f\",\"expressions\":{" what "}}]"

START_TEST(terraform_settings_of_a_function)
{
    struct pl_project project;
    good(&project,
         PLAN(FN(",\"handler\":\"app.handler\",\"runtime\":\"python3.13\",\"timeout\":30,"
                 "\"memory_size\":256,\"architectures\":[\"arm64\"],\"layers\":null,"
                 "\"reserved_concurrent_executions\":-1,\"kms_key_arn\":\"\","
                 "\"environment\":[{\"variables\":{\"A\":\"1\",\"Ref\":\"{{resolve:x}}\"}}],"
                 "\"ephemeral_storage\":[{\"size\":1024}],\"snap_start\":[]"),
              "", ""));
    ck_assert_uint_eq(project.n_function, 1);
    const struct pl_function_decl *f = &project.function[0];
    same(f->id, "aws_lambda_function.f");
    same(f->handler.text, "app.handler");
    same(f->runtime.text, "python3.13");
    same(f->timeout.text, "30");
    same(f->memory.text, "256");
    same(f->architecture.text, "arm64");
    same(f->ephemeral.text, "1024");
    same(f->package.text, "f.zip");
    ck_assert_int_eq(f->concurrency.known, PL_ABSENT);
    ck_assert_int_eq(f->upload, PL_UPLOAD_DIRECT);
    ck_assert_uint_eq(f->n_env, 2);
    same(f->env[1].key, "Ref");
    same(f->env[1].value.text, "{{resolve:x}}");
    ck_assert_uint_eq(f->handler.at.line, 1);
    pl_project_done(&project);
}
END_TEST

START_TEST(terraform_what_is_known_after_apply_is_unknown)
{
    struct pl_project project;
    good(&project,
         PLAN(FN(",\"environment\":[{\"variables\":{\"A\":\"1\"}}]"),
              UNKNOWN("\"handler\":true,\"environment\":[{\"variables\":{\"B\":true}}]"), ""));
    const struct pl_function_decl *f = &project.function[0];
    ck_assert_int_eq(f->handler.known, PL_UNKNOWN);
    ck_assert_ptr_nonnull(strstr(f->handler.why, "apply"));
    ck_assert_uint_eq(f->n_env, 2);
    same(f->env[1].key, "B");
    ck_assert_int_eq(f->env[1].value.known, PL_UNKNOWN);
    pl_project_done(&project);
    good(&project,
         PLAN(FN(""), UNKNOWN("\"environment\":[{\"variables\":true}],\"filename\":true"), ""));
    ck_assert_ptr_nonnull(project.function[0].env_why);
    pl_project_done(&project);
}
END_TEST

START_TEST(terraform_layers_by_reference_and_by_arn)
{
    static const char by_reference[] =
        PLAN(FN(",\"layers\":[null,\"arn:aws:lambda:x:1:layer:other:1\"]") LAYER,
             UNKNOWN("\"layers\":[true,false]"),
             EXPRESSIONS("\"layers\":{\"references\":[\"aws_lambda_layer_version.l.arn\","
                         "\"aws_lambda_layer_version.l\"]}"));
    struct pl_project project;
    good(&project, by_reference);
    ck_assert_uint_eq(project.n_layer, 1);
    ck_assert_uint_eq(project.function[0].n_layer, 2);
    ck_assert_uint_eq(project.function[0].layer[0].layer, 0);
    ck_assert_uint_eq(project.function[0].layer[1].layer, PL_NO_INDEX);
    pl_project_done(&project);

    /* Two layers that may come in any order are not guessed. */
    good(&project, PLAN(FN(",\"layers\":[null]") LAYER, UNKNOWN("\"layers\":[true]"),
                        EXPRESSIONS("\"layers\":{\"references\":[\"aws_lambda_layer_version.l\","
                                    "\"aws_lambda_function.f\"]}")));
    ck_assert_uint_eq(project.function[0].layer[0].layer, PL_NO_INDEX);
    ck_assert_int_eq(project.function[0].layer[0].name.known, PL_UNKNOWN);
    pl_project_done(&project);

    good(&project,
         "{\"format_version\":\"1.0\",\"terraform_version\":\"1.9\",\"values\":{\"root_module\":{"
         "\"resources\":[" FN(
             ",\"layers\":[\"arn:aws:lambda:x:1:layer:l:3\"]") ","
                                                               "{\"address\":\"aws_lambda_layer_"
                                                               "version.l\",\"mode\":\"managed\","
                                                               "\"type\":"
                                                               "\"aws_lambda_layer_version\","
                                                               "\"name\":\"l\",\"values\":{"
                                                               "\"filename\":\"l.zip\","
                                                               "\"arn\":\"arn:aws:lambda:x:1:layer:"
                                                               "l:3\"}}]}}}");
    ck_assert_uint_eq(project.function[0].layer[0].layer, 0);
    pl_project_done(&project);
}
END_TEST

/* A module's variable leads to the resource of its caller, an output to that of the module. */
START_TEST(terraform_references_through_modules)
{
    static const char text[] =
        "{\"format_version\":\"1.2\",\"terraform_version\":\"1.9.8\",\"planned_values\":{"
        "\"root_module\":{\"resources\":[" FN(
            ",\"layers\":[null]") "],\"child_modules\":["
                                  "{\"address\":\"module.a[0]\",\"resources\":[{\"address\":"
                                  "\"module.a[0].aws_lambda_function.f\",\"mode\":\"managed\","
                                  "\"type\":"
                                  "\"aws_lambda_function\",\"name\":\"f\",\"values\":{"
                                  "\"layers\":[null]}}]},"
                                  "{\"address\":\"module.b\",\"resources\":[{\"address\":"
                                  "\"module.b.aws_lambda_layer_version.l\",\"mode\":"
                                  "\"managed\",\"type\":"
                                  "\"aws_lambda_layer_version\",\"name\":\"l\",\"values\":{"
                                  "\"filename\":\"l.zip\"}}]}]}},"
                                  "\"resource_changes\":[" UNKNOWN(
                                      "\"layers\":[true]") ",{\"address\":"
                                                           "\"module.a[0].aws_lambda_function."
                                                           "f\",\"change\":{\"after_unknown\":{"
                                                           "\"layers\":[true]}}}"
                                                           "],\"configuration\":{\"root_"
                                                           "module\":{" EXPRESSIONS(
                                                               "\"layers\":{\"references\":["
                                                               "\"module.b.layer\",\"module."
                                                               "b\"]}") ","
                                                                        "\"module_calls\":{"
                                                                        "\"a\":{"
                                                                        "\"expressions\":{"
                                                                        "\"l\":{\"references\":"
                                                                        "[\"module.b.layer\","
                                                                        "\"module.b\"]}},"
                                                                        "\"module\":"
                                                                        "{" EXPRESSIONS(
                                                                            "\"layers\":{"
                                                                            "\"references\":["
                                                                            "\"var.l\"]}") "}},"
                                                                                           "\"b"
                                                                                           "\":"
                                                                                           "{\""
                                                                                           "mod"
                                                                                           "ule"
                                                                                           "\":"
                                                                                           "{\""
                                                                                           "out"
                                                                                           "put"
                                                                                           "s\""
                                                                                           ":{"
                                                                                           "\"l"
                                                                                           "aye"
                                                                                           "r\""
                                                                                           ":{"
                                                                                           "\"e"
                                                                                           "xpr"
                                                                                           "ess"
                                                                                           "ion"
                                                                                           "\":"
                                                                                           "{\""
                                                                                           "ref"
                                                                                           "ere"
                                                                                           "nce"
                                                                                           "s\""
                                                                                           ":["
                                                                                           "\"a"
                                                                                           "ws_"
                                                                                           "lam"
                                                                                           "bda"
                                                                                           "_la"
                                                                                           "yer"
                                                                                           "_ve"
                                                                                           "rsi"
                                                                                           "on."
                                                                                           "l."
                                                                                           "arn"
                                                                                           "\","
                                                                                           "\"a"
                                                                                           "ws_"
                                                                                           "lam"
                                                                                           "bda"
                                                                                           "_la"
                                                                                           "yer"
                                                                                           "_ve"
                                                                                           "rsi"
                                                                                           "on."
                                                                                           "l\""
                                                                                           "]}}"
                                                                                           "}}}"
                                                                                           "}}}"
                                                                                           "}";
    struct pl_project project;
    good(&project, text);
    ck_assert_uint_eq(project.n_function, 2);
    ck_assert_uint_eq(project.function[0].layer[0].layer, 0);
    ck_assert_uint_eq(project.function[1].layer[0].layer, 0);
    pl_project_done(&project);
}
END_TEST

START_TEST(terraform_places_count_lines)
{
    static const char text[] = "{\"format_version\": \"1.2\", \"terraform_version\": \"1.9.8\",\n"
                               "\"planned_values\": {\"root_module\": {\"resources\": [\n"
                               "  {\"address\": \"aws_lambda_function.f\", \"mode\": \"managed\",\n"
                               "   \"type\": \"aws_lambda_function\", \"name\": \"f\",\n"
                               "   \"values\": {\n"
                               "     \"handler\": \"app.handler\"}}]}}}\n";
    struct pl_project project;
    good(&project, text);
    ck_assert_uint_eq(project.function[0].at.line, 3);
    ck_assert_uint_eq(project.function[0].handler.at.line, 6);
    ck_assert_uint_eq(project.function[0].handler.at.col, 17);
    pl_project_done(&project);
}
END_TEST

START_TEST(terraform_refuses_what_it_cannot_read)
{
    static const struct {
        const char *text, *wanted;
    } bad[] = {
        {"{\"version\":4,\"terraform_version\":\"1.9\",\"lineage\":\"x\"}", "terraform show -json"},
        {"{\"terraform_version\":\"1\",\"format_version\":\"2.0\"}", "plan.json:1:"},
        {"{\"terraform_version\":\"1\",\"format_version\":", "plan.json:1:"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct pl_project project;
        struct pl_err err = {.msg = ""};
        struct pl_slice text = pl_slice_of(bad[i].text);
        ck_assert(pl_template_recognise(text));
        ck_assert_int_eq(pl_template_parse(&project, "plan.json", text, &err), PL_ERR_CONFIG);
        ck_assert_msg(strstr(err.msg, bad[i].wanted) != NULL, "%s", err.msg);
    }
}
END_TEST

/* Shapes that the format does not have: read without a crash, judged as nothing. */
START_TEST(terraform_strange_shapes)
{
    static const char *const strange[] = {
        PLAN("[],1,null,{\"mode\":\"managed\",\"type\":\"aws_lambda_function\",\"values\":3}", "1",
             "\"resources\":4"),
        PLAN(FN(",\"environment\":{\"variables\":[1]},\"layers\":{\"a\":1},\"architectures\":7"),
             UNKNOWN("\"environment\":7,\"layers\":{\"x\":true}"), ""),
        "{\"format_version\":\"1.0\",\"terraform_version\":\"1\"}",
        "{\"format_version\":\"1.0\",\"terraform_version\":\"1\",\"planned_values\":[]}",
    };
    for (size_t i = 0; i < sizeof strange / sizeof *strange; i++) {
        struct pl_project project;
        good(&project, strange[i]);
        pl_project_done(&project);
    }
}
END_TEST

/* Another resource of the plan. */
#define OTHER(type, name, values)                                               \
    ",{\"address\":\"" type "." name "\",\"mode\":\"managed\",\"type\":\"" type \
    "\",\"name\":\"" name "\",\"values\":{" values "}}"

static const struct pl_resource *first_of(const struct pl_project *project,
                                          enum pl_resource_kind kind)
{
    for (uint32_t i = 0; i < project->n_resource; i++) {
        if (project->resource[i].kind == kind) {
            return &project->resource[i];
        }
    }
    ck_abort_msg("no %s", pl_resource_kind_name(kind));
    return NULL;
}

/* A provider's own region, one by a variable, the region that a resource names, that of an ARN. */
START_TEST(terraform_regions)
{
#define PROVIDER(key, region)                                                                   \
    "{\"format_version\":\"1.2\",\"terraform_version\":\"1.9.8\",\"variables\":{"               \
    "\"where\":{\"value\":\"eu-north-1\"}},\"planned_values\":{\"root_module\":{"               \
    "\"resources\":[" FN("") "]}},\"configuration\":{\"provider_config\":{\"aws" key            \
                             "\":{\"expressions\":{\"region\":{" region "}}}},\"root_module\":" \
                             "{\"resources\":[{\"mode\":\"managed\",\"type\":"                  \
                             "\"aws_lambda_function\",\"name\":\"f\","                          \
                             "\"provider_config_key\":\"m:aws" key "\"}]}}}"
    static const struct {
        const char *text, *region;
    } cases[] = {
        {PROVIDER("", "\"constant_value\":\"eu-west-1\""), "eu-west-1"},
        {PROVIDER(".east", "\"references\":[\"var.where\"]"), "eu-north-1"},
        {PROVIDER("", "\"references\":[\"data.x.y\"]"), ""},
        {PLAN(FN(",\"region\":\"eu-west-3\",\"arn\":\"arn:aws:lambda:eu-west-1:1:function:f\""), "",
              ""),
         "eu-west-3"},
        {PLAN(FN(",\"arn\":\"arn:aws:lambda:eu-west-1:1:function:f\""), "", ""), "eu-west-1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pl_project project;
        good(&project, cases[i].text);
        same(pl_setting_value(&project.function[0], PL_KEY_REGION).text, cases[i].region);
        pl_project_done(&project);
    }
}
END_TEST

#define TRUST                                                                                    \
    OTHER("aws_iam_role", "r",                                                                   \
          "\"name\":\"r\",\"assume_role_policy\":\"{\\\"Statement\\\":{\\\"Effect\\\":"          \
          "\\\"Allow\\\","                                                                       \
          "\\\"Action\\\":\\\"sts:AssumeRole\\\",\\\"Principal\\\":{\\\"Service\\\":[\\\"a\\\"," \
          "null,"                                                                                \
          "\\\"b\\\"]}}}\"")

START_TEST(terraform_policies_are_texts_of_json)
{
    struct pl_project project;
    good(&project, PLAN(FN("") TRUST, "", ""));
    const struct pl_resource *trust = first_of(&project, PL_RES_TRUST);
    same(pl_resource_value(trust, PL_KEY_EFFECT).text, "Allow");
    same(pl_resource_value(trust, PL_KEY_ACTION).text, "sts:AssumeRole");
    same(pl_resource_value(trust, PL_KEY_PRINCIPAL).text, "a");
    ck_assert_ptr_null(first_of(&project, PL_RES_ROLE)->why);
    pl_project_done(&project);

    /* No JSON: not known, and nothing is made up. */
    good(&project, PLAN(FN("") OTHER("aws_iam_role", "r", "\"assume_role_policy\":\"{\""), "", ""));
    ck_assert_ptr_nonnull(first_of(&project, PL_RES_ROLE)->why);
    pl_project_done(&project);
}
END_TEST

static const char oom_text[] =
    PLAN(FN(",\"layers\":[null],\"handler\":\"a.b\"")
             LAYER TRUST OTHER("aws_iam_role_policy_attachment", "t",
                               "\"role\":\"r\",\"policy_arn\":\"arn:aws:iam::1:policy/p\"")
                 OTHER("aws_iam_policy", "p", "\"arn\":\"arn:aws:iam::1:policy/p\""),
         UNKNOWN("\"layers\":[true]"),
         EXPRESSIONS("\"layers\":{\"references\":[\"aws_lambda_layer_version.l\"]}"));

static enum pl_status read_oom_text(struct pl_err *err)
{
    struct pl_project project;
    enum pl_status status = pl_template_parse(&project, "plan.json", pl_slice_of(oom_text), err);
    if (status == PL_OK) {
        pl_project_done(&project);
    }
    return status;
}

START_TEST(terraform_out_of_memory_is_an_error)
{
    (void)oom_exhaust(read_oom_text);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {terraform_settings_of_a_function,
                                  terraform_what_is_known_after_apply_is_unknown,
                                  terraform_layers_by_reference_and_by_arn,
                                  terraform_references_through_modules,
                                  terraform_places_count_lines,
                                  terraform_refuses_what_it_cannot_read,
                                  terraform_strange_shapes,
                                  terraform_regions,
                                  terraform_policies_are_texts_of_json,
                                  terraform_out_of_memory_is_an_error};
    return run_tests("terraform", tests, COUNT_OF(tests));
}
