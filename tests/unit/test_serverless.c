#include "oom.h"
#include "pkg/project/resource.h"
#include "pkg/project/template.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#define HEAD                                       \
    "service: svc\n"                               \
    "provider: {name: aws, runtime: python3.13}\n" \
    "custom:\n"                                    \
    "  a: app\n"                                   \
    "  deep: {list: [zero, one]}\n"                \
    "  name: a\n"                                  \
    "  cycle: ${self:custom.cycle}\n"              \
    "  map: {x: 1}\n"                              \
    "params: {default: {p: par}, dev: {q: own}}\n"

static const char *environment(const char *name)
{
    return strcmp(name, "THERE") == 0 ? "env" : NULL;
}

static const struct pl_template_options options = {.environment = environment};

static void good(struct pl_project *project, const char *text)
{
    struct pl_err err = {.msg = ""};
    ck_assert_msg(pl_template_parse_with(project, "serverless.yml", pl_slice_of(text), &options,
                                         &err) == PL_OK,
                  "%s in\n%s", err.msg, text);
}

static void same(struct pl_slice got, const char *wanted)
{
    ck_assert_msg(pl_slice_is(got, wanted), "got \"%.*s\", wanted \"%s\"", (int)got.len,
                  got.ptr ? got.ptr : "", wanted);
}

/* What a handler is written as, and what it is; "?" is not known. */
static const struct {
    const char *written, *wanted;
} handlers[] = {
    {"app.handler", "app.handler"},
    {"${self:custom.a}.handler", "app.handler"},
    {"${self:custom.deep.list.1}.handler", "one.handler"},
    {"${self:custom.${self:custom.name}}.handler", "app.handler"},
    {"${opt:stage, 'dev'}.handler", "dev.handler"},
    {"${opt:stage, self:custom.a}.handler", "app.handler"},
    {"${opt:stage}.handler", "?"},
    {"${self:custom.absent, \"b\"}.handler", "b.handler"},
    {"${self:custom.absent}.handler", "?"},
    {"${sls:stage}.handler", "dev.handler"},
    {"${self:service}.handler", "svc.handler"},
    {"${env:THERE}.handler", "env.handler"},
    {"${env:NOT_THERE, 'x'}.handler", "x.handler"},
    {"${env:NOT_THERE}.handler", "?"},
    {"${param:p}.${param:q}", "par.own"},
    {"${ssm:/x, 'y'}.handler", "?"},
    {"${cf:stack.out}", "?"},
    {"${file(./absent.yml):x, 'z'}.handler", "z.handler"},
    {"${file(./program.js):x}", "?"},
    {"${file(/etc/passwd):x}", "?"},
    {"${self:custom.cycle}", "?"},
    {"${self:custom.map}.handler", "?"},
    {"${AWS::Region}.handler", "${AWS::Region}.handler"},
    {"${self:custom.a", "${self:custom.a"},
    {"${}", "${}"},
};

START_TEST(serverless_variables)
{
    char text[2048];
    struct pl_project project;
    (void)snprintf(text, sizeof text, HEAD "functions:\n  f:\n    handler: '%s'\n",
                   handlers[_i].written);
    /* A quote within the text is written twice. */
    if (strchr(handlers[_i].written, '\'')) {
        (void)snprintf(text, sizeof text, HEAD "functions:\n  f:\n    handler: %s\n",
                       handlers[_i].written);
    }
    good(&project, text);
    ck_assert_uint_eq(project.n_function, 1);
    const struct pl_value *value = &project.function[0].handler;
    if (strcmp(handlers[_i].wanted, "?") == 0) {
        ck_assert_msg(value->known == PL_UNKNOWN && value->why, "%s: %.*s", handlers[_i].written,
                      (int)value->text.len, value->text.ptr ? value->text.ptr : "");
    } else {
        same(value->text, handlers[_i].wanted);
    }
    pl_project_done(&project);
}
END_TEST

START_TEST(serverless_function_and_layer)
{
    struct pl_project project;
    good(&project, HEAD "package: {individually: true}\n"
                        "functions:\n"
                        "  my-fn_x:\n"
                        "    handler: app.handler\n"
                        "    environment: {A: b}\n"
                        "    layers: [!Ref DepLambdaLayer, {Ref: DepLambdaLayer}, 'arn:x']\n"
                        "    ephemeralStorageSize: 1024\n"
                        "  art: {handler: a.b, package: {artifact: nothing/f.zip}}\n"
                        "  img: {image: x}\n"
                        "layers: {dep: {path: nothing, compatibleRuntimes: [python3.13]}}\n");
    ck_assert_uint_eq(project.n_function, 3);
    const struct pl_function_decl *f = &project.function[0];
    ck_assert_int_eq(project.dialect, PL_DIALECT_SERVERLESS);
    same(f->id, "my-fn_x");
    same(f->name.text, "svc-dev-my-fn_x");
    same(f->runtime.text, "python3.13");
    same(f->memory.text, "1024");
    same(f->timeout.text, "6");
    same(f->ephemeral.text, "1024");
    ck_assert_uint_eq(f->n_env, 1);
    ck_assert_uint_eq(f->n_layer, 3);
    ck_assert_uint_eq(f->layer[0].layer, 0);
    ck_assert_uint_eq(f->layer[1].layer, 0);
    ck_assert_uint_eq(f->layer[2].layer, PL_NO_INDEX);
    ck_assert_int_eq(f->state, PL_PACKAGE_SOURCE);
    ck_assert_ptr_nonnull(strstr(f->state_why, "serverless package"));
    same(project.function[1].package.text, "nothing/f.zip");
    ck_assert_int_eq(project.function[2].state, PL_PACKAGE_OPAQUE);
    same(project.layer[0].id, "dep");
    pl_project_done(&project);
}
END_TEST

/* Variables that stand for each other many times over end soon, and are not known. */
START_TEST(serverless_variables_are_bounded)
{
    char text[8192] = "service: svc\nprovider: {name: aws}\ncustom:\n";
    size_t n = strlen(text);
    for (int i = 0; i < 40; i++) {
        n += (size_t)snprintf(text + n, sizeof text - n,
                              "  v%d: '${self:custom.v%d}${self:custom.v%d}'\n", i, i + 1, i + 1);
    }
    (void)snprintf(text + n, sizeof text - n,
                   "  v40: x\nfunctions: {f: {handler: '${self:custom.v0}'}}\n");
    struct pl_project project;
    good(&project, text);
    ck_assert_int_eq(project.function[0].handler.known, PL_UNKNOWN);
    pl_project_done(&project);
}
END_TEST

START_TEST(serverless_strange_shapes)
{
    static const char *const strange[] = {
        "service: [a]\nprovider: x\nfunctions: 7\n",
        "service:\nprovider: {}\nfunctions: [{a: {handler: x}}, 7, {b: null}]\nlayers: [x]\n",
        "service: {name: x}\nprovider: {environment: [1], runtime: [x]}\n"
        "functions: {a: {events: {x: 1}, layers: {a: 1}, package: x, environment: '${ssm:x}'}}\n"
        "resources: [{Resources: {Q: 7}}, 3]\n",
    };
    for (size_t i = 0; i < COUNT_OF(strange); i++) {
        struct pl_project project;
        good(&project, strange[i]);
        pl_project_done(&project);
    }
}
END_TEST

/* What the framework adds by itself is neither missed nor asked for. */
START_TEST(serverless_events_have_what_the_framework_adds)
{
    struct pl_project project;
    good(&project, HEAD "functions:\n  f:\n    handler: a.b\n    events:\n"
                        "      - stream: arn:aws:kinesis:eu-west-1:123456789012:stream/s\n"
                        "      - stream: {arn: x, startingPosition: LATEST}\n"
                        "      - cognitoUserPool: {pool: P, trigger: PreSignUp}\n"
                        "      - eventBridge: {schedule: rate(5 minutes)}\n"
                        "resources: {Resources: {T: {Type: AWS::SNS::Topic}}}\n");
    const char *const positions[] = {"TRIM_HORIZON", "LATEST"};
    uint32_t seen[PL_RES_COUNT] = {0};
    for (uint32_t i = 0; i < project.n_resource; i++) {
        const struct pl_resource *it = &project.resource[i];
        struct pl_value start = pl_resource_value(it, PL_KEY_START);
        if (it->kind == PL_RES_MAPPING) {
            ck_assert(pl_slice_is(start.text, positions[seen[PL_RES_MAPPING]]));
        }
        seen[it->kind]++;
    }
    ck_assert_uint_eq(seen[PL_RES_MAPPING], 2);
    ck_assert_uint_eq(seen[PL_RES_TRIGGER], 1);
    ck_assert_uint_eq(seen[PL_RES_RULE], 1);
    ck_assert_uint_eq(seen[PL_RES_TOPIC], 1);
    pl_project_done(&project);
}
END_TEST

START_TEST(serverless_region)
{
    static const struct {
        const char *line, *region;
    } cases[] = {{"", ""},
                 {", region: eu-west-1", "eu-west-1"},
                 {", region: \"${opt:nothing, 'eu-west-3'}\"", "eu-west-3"},
                 {", region: \"${ssm:/region}\"", ""}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct pl_project project;
        char text[256];
        (void)snprintf(text, sizeof text,
                       "service: s\nprovider: {name: aws%s}\nfunctions: {f: {handler: a.b}}\n",
                       cases[i].line);
        good(&project, text);
        ck_assert_msg(pl_slice_is(project.region.text, cases[i].region), "%s", cases[i].line);
        pl_project_done(&project);
    }
}
END_TEST

static const char oom_text[] =
    HEAD "functions:\n  f:\n    handler: ${self:custom.${self:custom.name}}.x\n    url: true\n"
         "    events: [{sqs: arn:x}, {schedule: rate(1 day)}, {http: GET /}, {httpApi: GET /},\n"
         "      {stream: arn:y}, {cognitoUserPool: {trigger: PreSignUp}}, {s3: b}, {sns: t},\n"
         "      {alb: {}}, {cloudwatchLog: g}, {iot: {}}, {cloudFront: {}}, {websocket: r}]\n";

static enum pl_status read_oom_text(struct pl_err *err)
{
    struct pl_project project;
    enum pl_status status =
        pl_template_parse_with(&project, "serverless.yml", pl_slice_of(oom_text), &options, err);
    if (status == PL_OK) {
        pl_project_done(&project);
    }
    return status;
}

START_TEST(serverless_out_of_memory_is_an_error)
{
    (void)oom_exhaust(read_oom_text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("serverless");
    TCase *tcase = tcase_create("all");
    tcase_set_timeout(tcase, 120);
    tcase_add_loop_test(tcase, serverless_variables, 0, (int)COUNT_OF(handlers));
    tcase_add_test(tcase, serverless_function_and_layer);
    tcase_add_test(tcase, serverless_variables_are_bounded);
    tcase_add_test(tcase, serverless_strange_shapes);
    tcase_add_test(tcase, serverless_events_have_what_the_framework_adds);
    tcase_add_test(tcase, serverless_region);
    tcase_add_test(tcase, serverless_out_of_memory_is_an_error);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
