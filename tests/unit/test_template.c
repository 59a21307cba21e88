#include "oom.h"
#include "pkg/base/file.h"
#include "pkg/project/resource.h"
#include "pkg/project/template.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEAD "Transform: AWS::Serverless-2016-10-31\n"
#define FUNCTION                            \
    "Resources:\n"                          \
    "  F:\n"                                \
    "    Type: AWS::Serverless::Function\n" \
    "    Properties:\n"

static void good(struct pl_project *project, const char *path, const char *text)
{
    struct pl_err err = {.msg = ""};
    ck_assert_msg(pl_template_parse(project, path, pl_slice_of(text), &err) == PL_OK, "%s in\n%s",
                  err.msg, text);
}

static void same(struct pl_slice got, const char *wanted)
{
    ck_assert_msg(pl_slice_is(got, wanted), "got \"%.*s\", wanted \"%s\"", (int)got.len, got.ptr,
                  wanted);
}

/* The handlers of all declarations: "a|b", with "?" for one that is not known and "-" for none. */
static void handlers_are(const char *text, const char *wanted)
{
    struct pl_project project;
    char got[512] = "";
    size_t n = 0;
    good(&project, "t.yaml", text);
    for (uint32_t i = 0; i < project.n_function; i++) {
        const struct pl_value *v = &project.function[i].handler;
        const char *short_form = v->known == PL_UNKNOWN ? "?" : v->known == PL_ABSENT ? "-" : "";
        int more = snprintf(got + n, sizeof got - n, "%s%s%.*s", i > 0 ? "|" : "", short_form,
                            (int)v->text.len, v->text.ptr ? v->text.ptr : "");
        n += more > 0 ? (size_t)more : 0;
        ck_assert(v->known != PL_UNKNOWN || v->why);
    }
    ck_assert_msg(strcmp(got, wanted) == 0, "got %s, wanted %s in\n%s", got, wanted, text);
    pl_project_done(&project);
}

/* What a handler is written as, and what it is. */
static const struct {
    const char *written, *wanted;
} handlers[] = {
    {"app.handler", "app.handler"},
    {"\"app.handler\"", "app.handler"},
    {"!Ref Plain", "plain.handler"},
    {"{Ref: Plain}", "plain.handler"},
    {"!Ref Bare", "?"},
    {"!Ref Looked", "?"},
    {"!Ref AWS::Region", "?"},
    {"!Ref Nobody", "?"},
    {"!Ref AWS::NoValue", "-"},
    {"!GetAtt Other.Arn", "?"},
    {"{\"Fn::GetAtt\": [Other, Arn]}", "?"},
    {"!ImportValue x", "?"},
    {"{\"Fn::Transform\": {Name: M}}", "?"},
    {"!Cidr [a, b, c]", "?"},
    {"!Rain::Embed file", "?"},
    {"{\"Fn::Nobody\": x}", "?"},
    {"\"{{resolve:ssm:/a}}\"", "?"},
    {"!Sub app.handler", "app.handler"},
    {"!Sub \"${Stage}.handler\"", "dev.handler"},
    {"{\"Fn::Sub\": \"${ Stage }.handler\"}", "dev.handler"},
    {"!Sub \"${!Stage}.handler\"", "${Stage}.handler"},
    {"!Sub [\"${A}.${Stage}\", {A: app}]", "app.dev"},
    {"!Sub [\"${A}.${Stage}\", {A: !Ref Bare}]", "?"},
    {"!Sub \"${AWS::Region}.handler\"", "?"},
    {"!Sub \"${Other.Arn}\"", "?"},
    {"!Sub \"$Stage.${\"", "$Stage.${"},
    {"!Join [\".\", [app, !Ref Stage]]", "app.dev"},
    {"{\"Fn::Join\": [\"\", [a, \".\", b]]}", "a.b"},
    {"!Join [\".\", !Ref List]", "one.two"},
    {"!Join [\".\", [a, !Ref Bare]]", "?"},
    {"!Join [\".\", [a, !Ref AWS::NoValue]]", "a"},
    {"!Select [1, [a.b, c.d]]", "c.d"},
    {"!Select [\"0\", !Split [\",\", \"a.b,c.d\"]]", "a.b"},
    {"!Select [0, !Ref List]", "one"},
    {"!Select [5, [a.b, c.d]]", "?"},
    {"!Select [0, !Ref Bare]", "?"},
    {"!FindInMap [M, dev, handler]", "m.dev"},
    {"!FindInMap [M, !Ref Stage, handler]", "m.dev"},
    {"!FindInMap [M, !Ref Bare, handler]", "?"},
    {"!FindInMap [M, nothing, handler]", "?"},
    {"!FindInMap [M, nothing, handler, {DefaultValue: d.d}]", "d.d"},
    {"!If [Always, a.a, b.b]", "a.a"},
    {"!If [Never, a.a, b.b]", "b.b"},
    {"!If [Prod, a.a, b.b]", "b.b|a.a"},
    {"{\"Fn::If\": [Prod, a.a, !Ref AWS::NoValue]}", "-|a.a"},
    {"!If [NotProd, a.a, b.b]", "a.a|b.b"},
    {"!If [Either, a.a, b.b]", "b.b|a.a"},
    {"!If [Both, a.a, b.b]", "b.b"},
    {"!If [Prod, !Ref Stage, b.b]", "b.b|prod"},
    {"!If [Prod, x.x, !Ref Stage]", "dev|x.x"},
    {"!If [Test, x.x, !If [Prod, y.y, !Ref Stage]]", "dev|x.x|y.y"},
    {"!If [Closed, x.x, y.y]", "x.x|y.y"},
    {"!If [Set, !Ref Empty, y.y]", "?|y.y"},
    {"!If [Nobody, x.x, y.y]", "?"},
    {"!If [Nobody, x.x, x.x]", "x.x"},
    {"!If [Round, x.x, y.y]", "?"},
    {"[a, b]", "?"},
    {"", "-"},
};

static const char sections[] =
    "Parameters:\n"
    "  Plain: {Type: String, Default: plain.handler}\n"
    "  Bare: {Type: String}\n"
    "  Empty: {Type: String, Default: ''}\n"
    "  Looked: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /a/b}\n"
    "  Stage: {Type: String, Default: dev, AllowedValues: [dev, test, prod]}\n"
    "  Door: {Type: String, Default: open, AllowedValues: [open, closed]}\n"
    "  List: {Type: CommaDelimitedList, Default: 'one,two'}\n"
    "Mappings: {M: {dev: {handler: m.dev}, prod: {handler: m.prod}}}\n"
    "Conditions:\n"
    "  Always: !Equals [a, a]\n"
    "  Never: {'Fn::Equals': [a, b]}\n"
    "  Prod: !Equals [!Ref Stage, prod]\n"
    "  Test: !Equals [test, !Ref Stage]\n"
    "  NotProd: !Not [!Condition Prod]\n"
    "  Either: !Or [{Condition: Prod}, !Condition Test]\n"
    "  Both: !And [!Condition Prod, !Condition Test]\n"
    "  Closed: !Not [!Equals [!Ref Door, open]]\n"
    "  Set: !Not [!Equals [!Ref Empty, '']]\n"
    "  Round: !Condition Round\n";

START_TEST(template_intrinsics_as_the_service_does)
{
    char text[4096];
    (void)snprintf(text, sizeof text, HEAD "%s" FUNCTION "      Handler: %s\n", sections,
                   handlers[_i].written);
    handlers_are(text, handlers[_i].wanted);
}
END_TEST

START_TEST(template_settings_of_one_condition_are_not_mixed)
{
    struct pl_project project;
    char text[4096];
    (void)snprintf(text, sizeof text,
                   HEAD "%s" FUNCTION "      Handler: !If [Prod, a.py, b.js]\n"
                        "      Runtime: !If [Prod, python3.13, nodejs22.x]\n",
                   sections);
    good(&project, "t.yaml", text);
    ck_assert_uint_eq(project.n_function, 2);
    same(project.function[0].handler.text, "b.js");
    same(project.function[0].runtime.text, "nodejs22.x");
    same(project.function[1].handler.text, "a.py");
    same(project.function[1].runtime.text, "python3.13");
    ck_assert_uint_eq(project.function[0].branch, 0);
    ck_assert_uint_eq(project.function[1].branch, 1);
    pl_project_done(&project);
}
END_TEST

START_TEST(template_function_exists_only_where_its_condition_holds)
{
    char text[4096];
    (void)snprintf(text, sizeof text,
                   HEAD "%sResources:\n"
                        "  F:\n    Type: AWS::Serverless::Function\n    Condition: Prod\n"
                        "    Properties: {Handler: !If [Prod, a.a, b.b]}\n"
                        "  G:\n    Type: AWS::Serverless::Function\n    Condition: Never\n"
                        "    Properties: {Handler: g.g}\n",
                   sections);
    handlers_are(text, "a.a");
}
END_TEST

START_TEST(template_too_many_branches_are_not_known)
{
    char text[8192];
    size_t n = (size_t)snprintf(text, sizeof text, HEAD "Conditions:\n");
    for (int i = 0; i < 12; i++) {
        n += (size_t)snprintf(text + n, sizeof text - n, "  C%d: !Equals [!Ref P%d, x]\n", i, i);
    }
    n += (size_t)snprintf(text + n, sizeof text - n,
                          FUNCTION "      Runtime: python3.13\n"
                                   "      Handler: !Join\n"
                                   "        - ''\n        - \n");
    for (int i = 0; i < 12; i++) {
        n += (size_t)snprintf(text + n, sizeof text - n, "          - !If [C%d, a, b]\n", i);
    }
    handlers_are(text, "?");
}
END_TEST

START_TEST(template_globals_environment_and_layers)
{
    struct pl_project project;
    good(&project, "t.yaml",
         HEAD "Globals:\n"
              "  Function:\n"
              "    Runtime: python3.13\n"
              "    Timeout: 10\n"
              "    Architectures: [arm64]\n"
              "    Environment: {Variables: {A1: shared, B1: shared}}\n"
              "    Layers: ['arn:aws:lambda:eu-west-1:123456789012:layer:x:1']\n"
              "Resources:\n"
              "  L: {Type: AWS::Serverless::LayerVersion, Properties: {ContentUri: s3://b/k}}\n"
              "  F:\n"
              "    Type: AWS::Serverless::Function\n"
              "    Properties:\n"
              "      Timeout: 20\n"
              "      Layers: [!Ref L, !Ref AWS::NoValue, !ImportValue x]\n"
              "      Environment: {Variables: {B1: own, C1: !GetAtt X.Arn}}\n"
              "  P: {Type: AWS::Lambda::Function, Properties: {Code: {S3Bucket: b, S3Key: k}}}\n");
    const struct pl_function_decl *f = &project.function[0];
    ck_assert_uint_eq(project.n_function, 2);
    same(f->runtime.text, "python3.13");
    ck_assert_uint_eq(f->runtime.at.line, 4);
    ck_assert_uint_eq(f->runtime.at.col, 14);
    same(f->timeout.text, "20");
    ck_assert_uint_eq(f->timeout.at.line, 14);
    same(f->architecture.text, "arm64");
    same(f->memory.text, "128");
    ck_assert_int_eq(f->memory.known, PL_DEFAULT);
    ck_assert_uint_eq(f->n_env, 3);
    same(f->env[0].value.text, "shared");
    same(f->env[1].value.text, "own");
    ck_assert(f->env[1].value.secret);
    ck_assert_int_eq(f->env[2].value.known, PL_UNKNOWN);
    ck_assert_uint_eq(f->n_layer, 3);
    ck_assert_uint_eq(f->layer[0].layer, PL_NO_INDEX);
    ck_assert_uint_eq(f->layer[1].layer, 0);
    ck_assert_uint_eq(f->layer[2].layer, PL_NO_INDEX);
    ck_assert_int_eq(f->upload, PL_UPLOAD_S3);
    ck_assert_int_eq(project.layer[0].state, PL_PACKAGE_OPAQUE);
    /* Globals are SAM's: a plain function has the service's defaults. */
    ck_assert_int_eq(project.function[1].runtime.known, PL_ABSENT);
    same(project.function[1].architecture.text, "x86_64");
    pl_project_done(&project);
}
END_TEST

/* What a function takes nothing of, by name or all of it; the SAM translator does the same. */
START_TEST(template_globals_can_be_ignored)
{
    static const char *const timeout[] = {"3", "3", "30", "30"};
    struct pl_project project;
    good(&project, "t.yaml",
         HEAD "Globals: {Function: {Runtime: nodejs22.x, Timeout: 30, Tracing: Active}}\n"
              "Resources:\n"
              "  All: {Type: AWS::Serverless::Function, IgnoreGlobals: '*', Properties: {}}\n"
              "  Two: {Type: AWS::Serverless::Function, IgnoreGlobals: [Timeout, Tracing]}\n"
              "  Other: {Type: AWS::Serverless::Function, IgnoreGlobals: [Timeot]}\n"
              "  None: {Type: AWS::Serverless::Function}\n");
    ck_assert_uint_eq(project.n_function, 4);
    for (uint32_t i = 0; i < 4; i++) {
        const struct pl_function_decl *fn = &project.function[i];
        same(fn->timeout.text, timeout[i]);
        ck_assert_int_eq(pl_setting_field(fn, PL_KEY_TRACING) != NULL, i >= 2);
        ck_assert_int_eq(fn->runtime.known, i == 0 ? PL_ABSENT : PL_GIVEN);
    }
    pl_project_done(&project);
}
END_TEST

START_TEST(template_json_has_places_too)
{
    struct pl_project project;
    good(&project, "t.json",
         "{\"Resources\": {\n"
         "  \"F\": {\"Type\": \"AWS::Lambda::Function\", \"Properties\": {\n"
         "    \"Handler\": {\"Fn::Join\": [\".\", [\"a\", \"b\"]]},\n"
         "    \"Runtime\": \"python3.13\", \"Code\": {\"ZipFile\": \"x\"}}}}}");
    same(project.function[0].handler.text, "a.b");
    same(project.function[0].runtime.text, "python3.13");
    ck_assert_uint_eq(project.function[0].runtime.at.line, 4);
    ck_assert_int_eq(project.function[0].state, PL_PACKAGE_OPAQUE);
    ck_assert(project.function[0].state_why);
    pl_project_done(&project);
}
END_TEST

START_TEST(template_loops_that_are_literal_are_unrolled)
{
    struct pl_project project;
    good(&project, "t.yaml",
         "Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]\n"
         "Parameters: {P: {Type: CommaDelimitedList, Default: 'X,Y'}, Q: {Type: "
         "CommaDelimitedList}}\n"
         "Resources:\n"
         "  'Fn::ForEach::A':\n"
         "    - Name\n"
         "    - [One, Two]\n"
         "    - 'F${Name}':\n"
         "        Type: AWS::Serverless::Function\n"
         "        Properties: {Handler: '${Name}.handler', Runtime: !Ref Name}\n"
         "  'Fn::ForEach::B':\n"
         "    - Name\n"
         "    - !Ref P\n"
         "    - 'G&{Name}': {Type: AWS::Serverless::Function, Properties: {Handler: !Sub "
         "'${Name}.h'}}\n"
         "  'Fn::ForEach::C': [Name, !Ref Q, {'H${Name}': {Type: AWS::Serverless::Function}}]\n");
    ck_assert_uint_eq(project.n_function, 4);
    same(project.function[0].id, "FOne");
    same(project.function[0].handler.text, "One.handler");
    same(project.function[1].runtime.text, "Two");
    same(project.function[2].id, "GX");
    same(project.function[3].handler.text, "Y.h");
    pl_project_done(&project);
}
END_TEST

START_TEST(template_macro_may_set_what_is_not_given)
{
    handlers_are("Transform: [AWS::Serverless-2016-10-31, MyMacro]\n" FUNCTION
                 "      Runtime: python3.13\n",
                 "?");
    handlers_are(HEAD FUNCTION "      Fn::Transform: {Name: AWS::Include}\n"
                               "      Runtime: python3.13\n",
                 "?");
}
END_TEST

static char folder[64];

static void make(const char *path, const char *text)
{
    char whole[256];
    (void)snprintf(whole, sizeof whole, "%s/%s", folder, path);
    if (!text) {
        ck_assert_int_eq(mkdir(whole, 0755), 0);
        return;
    }
    FILE *file = fopen(whole, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(text, file), 0);
    ck_assert_int_eq(fclose(file), 0);
}

static const char places[] =
    HEAD "Resources:\n"
         "  Python: {Type: AWS::Serverless::Function, Properties: {CodeUri: py, Handler: a.b, "
         "Runtime: python3.13}}\n"
         "  Bundled: {Type: AWS::Serverless::Function, Metadata: {BuildMethod: esbuild}, "
         "Properties: {CodeUri: py, Handler: a.b, Runtime: nodejs22.x}}\n"
         "  Rust: {Type: AWS::Serverless::Function, Properties: {CodeUri: py, Handler: a, Runtime: "
         "provided.al2023}}\n"
         "  Zip: {Type: AWS::Serverless::Function, Properties: {CodeUri: ./f.zip, Handler: a.b, "
         "Runtime: python3.13}}\n"
         "  NoZip: {Type: AWS::Serverless::Function, Properties: {CodeUri: g.zip, Handler: a.b, "
         "Runtime: python3.13}}\n"
         "  Dist: {Type: AWS::Serverless::Function, Properties: {CodeUri: dist/x, Handler: a.b, "
         "Runtime: python3.13}}\n"
         "  Gone: {Type: AWS::Serverless::Function, Properties: {CodeUri: nothing, Handler: a.b, "
         "Runtime: python3.13}}\n"
         "  Case: {Type: AWS::Serverless::Function, Properties: {CodeUri: PY/, Handler: a.b, "
         "Runtime: python3.13}}\n"
         "  S3: {Type: AWS::Serverless::Function, Properties: {CodeUri: 's3://b/k'}}\n"
         "  Image: {Type: AWS::Serverless::Function, Properties: {PackageType: Image}}\n"
         "  Inline: {Type: AWS::Serverless::Function, Properties: {InlineCode: x}}\n";

START_TEST(template_places_built_or_not)
{
    static const struct {
        uint8_t state;
        bool why, plain;
        uint8_t gap;
    } wanted[] = {{PL_PACKAGE_SOURCE, true, true, 0},   {PL_PACKAGE_SOURCE, true, false, 0},
                  {PL_PACKAGE_SOURCE, true, false, 0},  {PL_PACKAGE_ARTIFACT, false, false, 0},
                  {PL_PACKAGE_ABSENT, true, false, 0},  {PL_PACKAGE_ABSENT, true, false, 0},
                  {PL_PACKAGE_ABSENT, false, false, 1}, {PL_PACKAGE_ABSENT, false, false, 2},
                  {PL_PACKAGE_OPAQUE, true, false, 0},  {PL_PACKAGE_OPAQUE, true, false, 0},
                  {PL_PACKAGE_OPAQUE, true, false, 0}};
    struct pl_project project;
    char path[128];
    (void)snprintf(folder, sizeof folder, "/tmp/pl-template-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    make("py", NULL);
    make("f.zip", "");
    (void)snprintf(path, sizeof path, "%s/template.yaml", folder);
    good(&project, path, places);
    ck_assert_uint_eq(project.n_function, sizeof wanted / sizeof *wanted);
    for (uint32_t i = 0; i < project.n_function; i++) {
        const struct pl_function_decl *f = &project.function[i];
        ck_assert_msg(f->state == wanted[i].state && (f->state_why != NULL) == wanted[i].why &&
                          f->is_plain == wanted[i].plain && f->gap == wanted[i].gap,
                      "%.*s: state %u", (int)f->id.len, f->id.ptr, f->state);
    }
    same(project.function[7].other_case, "py");
    pl_project_done(&project);

    /* What sam build left is preferred, with the lines of the source template. */
    make(".aws-sam", NULL);
    make(".aws-sam/build", NULL);
    make(".aws-sam/build/Shared", NULL);
    make(".aws-sam/build/template.yaml",
         HEAD "Resources:\n  Python: {Type: AWS::Serverless::Function, Properties: {CodeUri: "
              "Shared, Handler: a.b}}\n");
    good(&project, path, places);
    ck_assert_int_eq(project.function[0].state, PL_PACKAGE_ARTIFACT);
    ck_assert(pl_slice_ends(project.function[0].package.text, PL_SLICE(".aws-sam/build/Shared")));
    ck_assert_uint_eq(project.function[0].package.at.line, 3);
    ck_assert_int_eq(project.function[1].state, PL_PACKAGE_SOURCE);
    pl_project_done(&project);

    char command[128];
    (void)snprintf(command, sizeof command, "rm -rf %s", folder);
    ck_assert_int_eq(system(command), 0); // NOLINT(cert-env33-c): a folder of our own
}
END_TEST

START_TEST(template_refuses_what_is_broken)
{
    static const char *const bad[] = {
        "Resources: [\n",      "- a\n",
        "Resources: []\n",     "Resources: {A: 1, A: 2}\n",
        "{\"Resources\": {]}", "Resources: {}\nParameters: x\n",
    };
    struct pl_project project = {.n_function = 77};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct pl_err err = {.msg = ""};
        ck_assert_int_eq(pl_template_parse(&project, "t.yaml", pl_slice_of(bad[i]), &err),
                         PL_ERR_CONFIG);
        ck_assert_msg(strncmp(err.msg, "t.yaml:", 7) == 0, "%s", err.msg);
        ck_assert_uint_eq(project.n_function, 77);
    }
}
END_TEST

START_TEST(template_recognised_by_content)
{
    static const struct {
        const char *text;
        bool is;
    } texts[] = {{"Resources:\n  A:\n    Type: AWS::S3::Bucket\n", true},
                 {"\xef\xbb\xbfResources:\n  A:\n    Type: AWS::S3::Bucket\n", true},
                 {"AWSTemplateFormatVersion: x\r\nResources:\r\n  [broken\r\n", true},
                 {" {\"Resources\": {\"A\": {\"Type\": \"AWS::S3::Bucket\"}}}", true},
                 {"{\"Resources\": 1, \"Type\": \"object\"}", false},
                 {"Resources:\n  A: b\n", false},
                 {"service: x\nprovider: {name: aws}\n", false},
                 {"version: 1\nfunctions: {}\n", false},
                 {"", false}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        ck_assert_msg(pl_template_recognise(pl_slice_of(texts[i].text)) == texts[i].is, "%s",
                      texts[i].text);
    }
}
END_TEST

START_TEST(template_out_of_memory_is_an_error)
{
    char text[4096];
    bool hit = true;
    (void)snprintf(text, sizeof text,
                   HEAD "%s" FUNCTION "      Handler: !If [Prod, !Sub '${Stage}.x', !Join ['.', "
                        "!Ref List]]\n      CodeUri: nothing\n      Layers: [!Ref L]\n"
                        "      Environment: {Variables: {A1: b}}\n"
                        "  L: {Type: AWS::Lambda::LayerVersion, Properties: {Content: x.zip}}\n",
                   sections);
    for (long i = 0; hit; i++) {
        struct pl_project project = {.n_function = 77};
        struct pl_err err;
        oom_left = i;
        oom_hit = false;
        enum pl_status status = pl_template_parse(&project, "t.yaml", pl_slice_of(text), &err);
        oom_left = -1;
        hit = oom_hit;
        ck_assert(hit ? status == PL_ERR_NOMEM && project.n_function == 77 : status == PL_OK);
        if (!hit) {
            ck_assert_uint_eq(project.n_function, 2);
            pl_project_done(&project);
        }
    }
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("template");
    TCase *tc = tcase_create("template");
    tcase_add_loop_test(tc, template_intrinsics_as_the_service_does, 0,
                        (int)(sizeof handlers / sizeof *handlers));
    tcase_add_test(tc, template_settings_of_one_condition_are_not_mixed);
    tcase_add_test(tc, template_function_exists_only_where_its_condition_holds);
    tcase_add_test(tc, template_too_many_branches_are_not_known);
    tcase_add_test(tc, template_globals_environment_and_layers);
    tcase_add_test(tc, template_globals_can_be_ignored);
    tcase_add_test(tc, template_json_has_places_too);
    tcase_add_test(tc, template_loops_that_are_literal_are_unrolled);
    tcase_add_test(tc, template_macro_may_set_what_is_not_given);
    tcase_add_test(tc, template_places_built_or_not);
    tcase_add_test(tc, template_refuses_what_is_broken);
    tcase_add_test(tc, template_recognised_by_content);
    tcase_add_test(tc, template_out_of_memory_is_an_error);
    suite_add_tcase(s, tc);
    return s;
}

int main(void)
{
    SRunner *runner = srunner_create(suite());
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
