#include "oom.h"
#include "pkg/base/file.h"
#include "pkg/base/limits.h"
#include "pkg/base/version.h"
#include "pkg/project/manifest.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum pl_status parse(struct pl_project *project, const char *text, struct pl_err *err)
{
    return pl_manifest_parse(project, "m.yaml", pl_slice_of(text), err);
}

static void same(struct pl_slice got, const char *wanted)
{
    ck_assert_msg(pl_slice_is(got, wanted), "got \"%.*s\", wanted \"%s\"", (int)got.len, got.ptr,
                  wanted);
}

static void value_is(const struct pl_value *value, enum pl_known known, const char *text,
                     uint32_t line, uint32_t col)
{
    ck_assert_int_eq(value->known, known);
    same(value->text, text);
    ck_assert_uint_eq(value->at.file, known == PL_GIVEN ? 1 : 0);
    ck_assert_uint_eq(value->at.line, line);
    ck_assert_uint_eq(value->at.col, col);
}

static void good(struct pl_project *project, const char *text)
{
    struct pl_err err = {.msg = ""};
    ck_assert_msg(parse(project, text, &err) == PL_OK, "%s", err.msg);
}

static const char everything[] =
    "version: 1\n"
    "requires: \">=0.1\"\n"
    "defaults:\n"
    "  runtime: python3.13\n"
    "  architecture: arm64\n"
    "  memory: 256\n"
    "  timeout: 10\n"
    "  environment: {STAGE: prod, LEVEL: info}\n"
    "  layers: [imaging]\n"
    "upload: s3\n"
    "functions:\n"
    "  thumbnail:\n"
    "    handler: app.handler\n"
    "    sources: src/thumbnail\n"
    "    include: [\"*.py\"]\n"
    "    exclude: [\"*.md\", \"tests/\"]\n"
    "    environment: {BUCKET: thumbs, LEVEL: 5, DEBUG: true, EMPTY: \"\"}\n"
    "    memory: 1024\n"
    "    upload: direct\n"
    "  api:\n"
    "    runtime: nodejs22.x\n"
    "    handler: index.handler\n"
    "    architecture: x86_64\n"
    "    timeout: 30\n"
    "    layers:\n"
    "      - imaging\n"
    "      - vendor/tools.zip\n"
    "      - arn:aws:lambda:eu-west-1:123456789012:layer:other:7\n"
    "      - {arn: \"arn:aws:lambda:eu-west-1:123456789012:layer:dd:85\", contents: dd.zip}\n"
    "    sources:\n"
    "      - src/api\n"
    "      - path: ../shared\n"
    "        to: ./lib//shared/\n"
    "        include: [\"*.js\"]\n"
    "        exclude: [test]\n"
    "  plain:\n"
    "    sources: {path: .}\n"
    "    runtime: provided.al2023\n"
    "    layers: [vendor/tools.zip]\n"
    "  bare:\n"
    "    sources: [x]\n"
    "    layers: []\n"
    "layers:\n"
    "  imaging:\n"
    "    compatible_runtimes: [python3.13, python3.12]\n"
    "    architecture: arm64\n"
    "    sources: {path: vendor/imaging, to: python}\n"
    "    exclude: [docs]\n"
    "lint:\n"
    "  rules_as_of: \"0.1\"\n";

START_TEST(a_function_has_its_settings_with_their_places)
{
    struct pl_project project;
    good(&project, everything);
    ck_assert_int_eq(project.kind, PL_PROJECT_MANIFEST);
    ck_assert_uint_eq(project.n_file, 1);
    same(project.file[0].path, "m.yaml");
    ck_assert_uint_eq(project.n_function, 4);
    const struct pl_function_decl *fn = &project.function[0];
    same(fn->id, "thumbnail");
    ck_assert_uint_eq(fn->at.line, 12);
    value_is(&fn->handler, PL_GIVEN, "app.handler", 13, 14);
    value_is(&fn->runtime, PL_GIVEN, "python3.13", 4, 12);
    value_is(&fn->architecture, PL_GIVEN, "arm64", 5, 17);
    value_is(&fn->memory, PL_GIVEN, "1024", 18, 13);
    value_is(&fn->timeout, PL_GIVEN, "10", 7, 12);
    ck_assert_int_eq(fn->upload, PL_UPLOAD_DIRECT);
    ck_assert_int_eq(fn->package.known, PL_ABSENT);
    ck_assert_int_eq(fn->state, PL_PACKAGE_ARTIFACT);
    ck_assert_uint_eq(fn->include.n, 1);
    ck_assert_uint_eq(fn->exclude.n, 2);
    value_is(&fn->exclude.at[1], PL_GIVEN, "tests/", 16, 23);
    ck_assert_uint_eq(fn->n_source, 1);
    value_is(&fn->source[0].path, PL_GIVEN, "src/thumbnail", 14, 14);
    ck_assert_int_eq(fn->source[0].to.known, PL_ABSENT);
    ck_assert_uint_eq(fn->n_layer, 1);
    ck_assert_uint_eq(fn->layers_at.line, 9);
    ck_assert_uint_eq(fn->layer[0].layer, 0);
    ck_assert_int_eq(project.function[1].upload, PL_UPLOAD_S3);
    pl_project_done(&project);
}
END_TEST

START_TEST(environment_is_merged_and_secret)
{
    static const struct {
        const char *key, *value;
        uint32_t line, key_col, col;
    } wanted[] = {
        {"STAGE", "prod", 8, 17, 24},  {"LEVEL", "5", 17, 35, 42}, {"BUCKET", "thumbs", 17, 19, 27},
        {"DEBUG", "true", 17, 45, 52}, {"EMPTY", "", 17, 58, 65},
    };
    struct pl_project project;
    good(&project, everything);
    const struct pl_function_decl *fn = &project.function[0];
    ck_assert_uint_eq(fn->n_env, 5);
    ck_assert_uint_eq(fn->env_at.line, 17);
    for (size_t i = 0; i < 5; i++) {
        same(fn->env[i].key, wanted[i].key);
        ck_assert_uint_eq(fn->env[i].key_at.line, wanted[i].line);
        ck_assert_uint_eq(fn->env[i].key_at.col, wanted[i].key_col);
        value_is(&fn->env[i].value, PL_GIVEN, wanted[i].value, wanted[i].line, wanted[i].col);
        ck_assert(fn->env[i].value.secret);
    }
    ck_assert_uint_eq(project.function[1].n_env, 2);
    ck_assert_uint_eq(project.function[1].env_at.line, 8);
    pl_project_done(&project);
}
END_TEST

START_TEST(layers_are_names_paths_and_arns)
{
    struct pl_project project;
    good(&project, everything);
    const struct pl_function_decl *api = &project.function[1];
    ck_assert_uint_eq(api->n_layer, 4);
    ck_assert_uint_eq(project.n_layer, 3);
    ck_assert_uint_eq(api->layer[0].layer, 0);
    ck_assert_uint_eq(api->layer[1].layer, 1);
    ck_assert_uint_eq(api->layer[2].layer, PL_NO_INDEX);
    value_is(&api->layer[2].name, PL_GIVEN, "arn:aws:lambda:eu-west-1:123456789012:layer:other:7",
             28, 9);
    ck_assert_uint_eq(api->layer[3].layer, 2);
    same(api->layer[3].name.text, "arn:aws:lambda:eu-west-1:123456789012:layer:dd:85");
    const struct pl_layer_decl *imaging = &project.layer[0];
    same(imaging->id, "imaging");
    ck_assert_uint_eq(imaging->n_compatible_runtime, 2);
    value_is(&imaging->compatible_runtime[1], PL_GIVEN, "python3.12", 45, 39);
    value_is(&imaging->architecture, PL_GIVEN, "arm64", 46, 19);
    same(imaging->source[0].to.text, "python");
    ck_assert_int_eq(imaging->package.known, PL_ABSENT);
    ck_assert_int_eq(imaging->upload, PL_UPLOAD_S3);
    same(project.layer[1].id, "vendor/tools.zip");
    value_is(&project.layer[1].package, PL_GIVEN, "vendor/tools.zip", 27, 9);
    ck_assert_uint_eq(project.layer[1].n_source, 0);
    same(project.layer[2].package.text, "dd.zip");
    /* The same path is the same layer. */
    ck_assert_uint_eq(project.function[2].layer[0].layer, 1);
    ck_assert_uint_eq(project.function[3].n_layer, 0);
    pl_project_done(&project);
}
END_TEST

START_TEST(sources_are_in_order_and_places_are_clean)
{
    struct pl_project project;
    good(&project, everything);
    const struct pl_function_decl *api = &project.function[1];
    ck_assert_uint_eq(api->n_source, 2);
    same(api->source[0].path.text, "src/api");
    same(api->source[1].path.text, "../shared");
    value_is(&api->source[1].to, PL_GIVEN, "lib/shared", 33, 13);
    same(api->source[1].include.at[0].text, "*.js");
    same(api->source[1].exclude.at[0].text, "test");
    ck_assert_uint_eq(api->source[1].at.line, 32);
    pl_project_done(&project);
}
END_TEST

START_TEST(weight_settings_are_read)
{
    struct pl_project project;
    good(&project, "version: 1\n"
                   "functions:\n"
                   "  f: {sources: a, prune: [tests, vcs, tests], skip_provided: true}\n"
                   "  g: {sources: a, prune: [], pyc: restamp, compression: fit}\n"
                   "layers:\n"
                   "  l: {sources: a, prune: [pycache], pyc: drop}\n");
    ck_assert_uint_eq(project.function[0].pyc, PL_PYC_KEEP);
    ck_assert_uint_eq(project.function[0].compression, PL_COMPRESSION_ABSENT);
    ck_assert(project.function[0].skip_provided && !project.function[1].skip_provided);
    ck_assert_uint_eq(project.function[1].compression, PL_COMPRESSION_FIT);
    ck_assert_uint_eq(project.function[1].pyc, PL_PYC_RESTAMP);
    ck_assert_uint_eq(project.layer[0].pyc, PL_PYC_DROP);
    ck_assert_uint_eq(project.function[0].prune, 1u << PL_PRUNE_tests | 1u << PL_PRUNE_vcs);
    ck_assert_uint_eq(project.function[1].prune, 0);
    ck_assert_uint_eq(project.layer[0].prune, 1u << PL_PRUNE_pycache);
    pl_project_done(&project);
}
END_TEST

START_TEST(lint_settings_are_read)
{
    struct pl_project project;
    good(&project, everything);
    value_is(&project.lint.rules_as_of, PL_GIVEN, "0.1", 50, 16);
    pl_project_done(&project);
}
END_TEST

START_TEST(silence_means_the_service_defaults)
{
    struct pl_project project;
    good(&project, "version: 1\nfunctions: {f: {sources: a}}\n");
    const struct pl_function_decl *fn = &project.function[0];
    ck_assert_int_eq(fn->handler.known, PL_ABSENT);
    ck_assert_int_eq(fn->runtime.known, PL_ABSENT);
    value_is(&fn->architecture, PL_DEFAULT, "x86_64", 0, 0);
    value_is(&fn->memory, PL_DEFAULT, "128", 0, 0);
    value_is(&fn->timeout, PL_DEFAULT, "3", 0, 0);
    ck_assert_int_eq(fn->upload, PL_UPLOAD_DIRECT);
    ck_assert_uint_eq(fn->n_env + fn->n_layer, 0);
    pl_project_done(&project);
    good(&project, "version: 1\nlayers: {l: {sources: a}}\n");
    ck_assert_int_eq(project.layer[0].architecture.known, PL_ABSENT);
    pl_project_done(&project);
}
END_TEST

/* What the service or a rule judges is no mistake of the manifest. */
static const char *const accepted[] = {
    "version: 1\n",
    "version: 1\nlint: {}\n",
    "version: 1\nfunctions: {}\nlayers: {}\ndefaults: {}\n",
    "version: 1\nrequires: \">=0.1.0\"\n",
    "version: 1\nrequires: \">= 0.0.9\"\n",
    "version: 1\nfunctions: {f: {sources: a, runtime: cobol85, memory: 1, timeout: -5}}\n",
    "version: 1\nfunctions: {f: {sources: a, environment: {1a: x, AWS_REGION: y}}}\n",
    "version: 1\nfunctions: {f: {sources: a, environment: {}, exclude: []}}\n",
    "version: 1\nfunctions: {f: {sources: {path: a, to: .}}}\n",
    "version: 1\nfunctions: {f.zip: {sources: a, layers: [f.ZIP/]}}\n",
    "version: 1\nfunctions: {f: &f {sources: a}, g: *f, h: {<<: *f, memory: 1}}\n",
    "version: !!int 1\nfunctions: {f: {sources: !!str a}}\n",
    "{\"version\": 1, \"functions\": {\"f\": {\"sources\": \"a\"}}}",
    "\xef\xbb\xbfversion: 1\r\nlint: {}\r\n",
};

START_TEST(what_rules_judge_is_accepted)
{
    struct pl_project project;
    good(&project, accepted[_i]);
    pl_project_done(&project);
}
END_TEST

#define F "version: 1\nfunctions:\n  f:\n    sources: a\n    "
#define L "version: 1\nlayers:\n  l:\n    sources: a\n    "

static const struct {
    const char *text, *message;
} mistakes[] = {
    /* the document */
    {"", "m.yaml:1:1: the manifest is empty; it begins with version: 1"},
    {"# nothing\n", "m.yaml:1:1: the manifest is empty; it begins with version: 1"},
    {"[a]", "m.yaml:1:1: the manifest: expected a map, found a list"},
    {"text", "m.yaml:1:1: the manifest: expected a map, found text"},
    /* version and requires */
    {"functions: {}\n", "m.yaml:1:1: version: 1 is missing"},
    {"version: 2\n", "m.yaml:1:10: version: 2 is not known; plimsoll 0.1.0 reads version 1"},
    {"version: \"1\"\n", "m.yaml:1:10: version: expected the number 1, found text"},
    {"version: 1.0\n", "m.yaml:1:10: version: expected the number 1, found text"},
    {"version:\n", "m.yaml:1:9: version: expected the number 1, found nothing"},
    {"version: 1\nrequires: \">=0.2\"\n",
     "m.yaml:2:11: requires: this manifest wants plimsoll >=0.2, and this is 0.1.0"},
    {"version: 9\nrequires: \">=7.0.1\"\nnew: 1\n",
     "m.yaml:2:11: requires: this manifest wants plimsoll >=7.0.1, and this is 0.1.0"},
    {"version: 1\nrequires: 0.1\n", "m.yaml:2:11: requires: expected the oldest version that will "
                                    "do, such as \">=0.1\", found '0.1'"},
    {"version: 1\nrequires: \">=x\"\n", "m.yaml:2:11: requires: expected the oldest version that "
                                        "will do, such as \">=0.1\", found '>=x'"},
    {"version: 1\nrequires: \">=1.2.3.4\"\n", "m.yaml:2:11: requires: expected the oldest version "
                                              "that will do, such as \">=0.1\", found '>=1.2.3.4'"},
    /* unknown keys */
    {"version: 1\nfuntions: {}\n",
     "m.yaml:2:1: unknown key 'funtions' in the manifest; did you mean 'functions'?"},
    {"version: 1\nmemory: 5\n",
     "m.yaml:2:1: unknown key 'memory' in the manifest; it belongs in defaults"},
    {"version: 1\nlint: {upload: s3}\n",
     "m.yaml:2:8: unknown key 'upload' in lint; it belongs at the top"},
    {"version: 1\nQQQ: 5\n", "m.yaml:2:1: unknown key 'QQQ' in the manifest"},
    {"version: 1\n\"a\\u001bb\": 5\n", "m.yaml:2:1: unknown key 'a\\x1bb' in the manifest"},
    {F "handlr: x\n", "m.yaml:5:5: unknown key 'handlr' in function 'f'; did you mean 'handler'?"},
    {L "compatible_runtime: []\n", "m.yaml:5:5: unknown key 'compatible_runtime' in layer 'l'; did "
                                   "you mean 'compatible_runtimes'?"},
    {"version: 1\nlayers: {l: {sources: {pth: a}}}\n",
     "m.yaml:2:24: unknown key 'pth' in a source; did you mean 'path'?"},
    {F "layers: [{arn: \"arn:x\", content: y}]\n",
     "m.yaml:5:29: unknown key 'content' in a layer; did you mean 'contents'?"},
    {"version: 1\ndefaults: {handler: x}\n",
     "m.yaml:2:12: unknown key 'handler' in defaults; it belongs in functions.*"},
    /* keys of later versions */
    {"version: 1\ntemplate: t.yaml\n",
     "m.yaml:2:1: 'template' comes with a later version of plimsoll than this one (0.1.0)"},
    {"version: 1\nlayers: {l: {sources: [{python: r.txt}]}}\n",
     "m.yaml:2:25: 'python' sources come with a later version of plimsoll; this one (0.1.0) builds "
     "from 'path', 'archive' and 'text'"},
    {F "symlinks: follow\n",
     "m.yaml:5:5: 'symlinks' comes with a later version of plimsoll than this one (0.1.0)"},
    /* prune */
    {F "prune: [test]\n", "m.yaml:5:13: prune: 'test' is not known; did you mean 'tests'?"},
    {F "prune: [everything]\n",
     "m.yaml:5:13: prune: 'everything' is no preset; plimsoll pack --presets lists them"},
    {F "prune: tests\n", "m.yaml:5:12: prune: expected a list, found text"},
    /* compression */
    {F "compression: 9\n",
     "m.yaml:5:18: compression: expected fast, default, best, max or fit, found '9'"},
    /* pyc */
    {F "pyc: restmp\n", "m.yaml:5:10: pyc: 'restmp' is not known; did you mean 'restamp'?"},
    {F "pyc: yes\n", "m.yaml:5:10: pyc: expected keep, drop or restamp, found 'yes'"},
    {F "pyc: restamp\n    prune: [pycache]\n",
     "m.yaml:3:3: 'prune: [pycache]' leaves out what 'pyc: restamp' is for; say one of them"},
    {L "pyc: restamp\n    prune: [pycache]\n",
     "m.yaml:3:3: 'prune: [pycache]' leaves out what 'pyc: restamp' is for; say one of them"},
    /* the same name twice */
    {"version: 1\nfunctions:\n  Lib: {sources: a}\nlayers:\n  lib: {sources: b}\n",
     "m.yaml:3:3: functions: the name 'Lib' is taken by the layer in line 5: both would be written "
     "to Lib.zip (some file systems ignore case)"},
    {"version: 1\nfunctions:\n  a: {sources: a}\n  A: {sources: b}\n",
     "m.yaml:4:3: functions: the name 'A' is taken by the function in line 3: both would be "
     "written "
     "to A.zip (some file systems ignore case)"},
    /* names */
    {"version: 1\nfunctions:\n  \"\": {sources: a}\n", "m.yaml:3:3: functions: a name is empty"},
    {"version: 1\nfunctions:\n  a/b: {sources: a}\n",
     "m.yaml:3:3: functions: the name 'a/b' becomes the name of a file; use letters, digits, '.', "
     "'_' and '-'"},
    {"version: 1\nlayers:\n  .l: {sources: a}\n",
     "m.yaml:3:3: layers: the name '.l' begins with a dot; it becomes the name of a file"},
    {"version: 1\nlayers:\n  \"l\\nm\": {sources: a}\n",
     "m.yaml:3:3: layers: the name 'l\\nm' becomes the name of a file; use letters, digits, '.', "
     "'_' and '-'"},
    /* wrong kinds */
    {"version: 1\nfunctions: []\n", "m.yaml:2:12: functions: expected a map, found a list"},
    {"version: 1\nfunctions:\n  f: x\n", "m.yaml:3:6: function 'f': expected a map, found text"},
    {"version: 1\nfunctions:\n  f:\n", "m.yaml:3:5: function 'f': expected a map, found nothing"},
    {"version: 1\nlayers:\n  l: [a]\n", "m.yaml:3:6: layer 'l': expected a map, found a list"},
    {F "memory: [1]\n", "m.yaml:5:13: memory: expected a whole number, found a list"},
    {F "memory: 512MB\n", "m.yaml:5:13: memory: expected a whole number, found '512MB'"},
    {F "memory: 1.5\n", "m.yaml:5:13: memory: expected a whole number, found '1.5'"},
    {F "memory: \"512\"\n",
     "m.yaml:5:13: memory: expected a whole number, found '512'; write it without quotes"},
    {F "memory: 99999999999999999999\n",
     "m.yaml:5:13: memory: expected a whole number, found '99999999999999999999'"},
    {F "timeout:\n", "m.yaml:5:13: timeout: expected a whole number, found nothing"},
    {F "handler: {a: b}\n", "m.yaml:5:14: handler: expected text, found a map"},
    {F "handler: \"\"\n", "m.yaml:5:14: handler: expected text, found an empty one"},
    {F "handler: \"a\\0b\"\n", "m.yaml:5:14: handler: holds a NUL character"},
    {F "handler: !Sub x\n", "m.yaml:5:14: handler: the tag !Sub has no meaning in a manifest"},
    {F "layers: imaging\n", "m.yaml:5:13: layers: expected a list, found text"},
    {F "exclude: \"*.md\"\n", "m.yaml:5:14: exclude: expected a list, found text"},
    {F "exclude: [[a]]\n", "m.yaml:5:15: exclude: expected a pattern, found a list"},
    {F "exclude: [\"\"]\n", "m.yaml:5:15: exclude: expected a pattern, found an empty one"},
    {F "exclude: [\"  \"]\n", "m.yaml:5:15: exclude: expected a pattern, found an empty one"},
    {F "exclude: [\"a\\nb\"]\n",
     "m.yaml:5:15: exclude: a pattern is one line; write a list of them"},
    {F "include: []\n", "m.yaml:5:14: include: an empty list would let nothing in"},
    {L "compatible_runtimes: python3.13\n",
     "m.yaml:5:26: compatible_runtimes: expected a list, found text"},
    /* words */
    {F "architecture: amd64\n",
     "m.yaml:5:19: architecture: 'amd64' is not known; did you mean 'x86_64'?"},
    {F "architecture: AArch64\n",
     "m.yaml:5:19: architecture: 'AArch64' is not known; did you mean 'arm64'?"},
    {F "architecture: arm_64\n",
     "m.yaml:5:19: architecture: 'arm_64' is not known; did you mean 'arm64'?"},
    {F "architecture: sparc\n",
     "m.yaml:5:19: architecture: expected x86_64 or arm64, found 'sparc'"},
    {F "upload: ftp\n", "m.yaml:5:13: upload: expected direct or s3, found 'ftp'"},
    {"version: 1\nlint: {rules_as_of: new}\n",
     "m.yaml:2:21: rules_as_of: expected a version such as \"0.1\", found 'new'"},
    /* sources */
    {"version: 1\nfunctions:\n  f: {memory: 1}\n",
     "m.yaml:3:3: function 'f': sources is missing; it says what goes in"},
    {"version: 1\nlayers:\n  l: {}\n",
     "m.yaml:3:3: layer 'l': sources is missing; it says what goes in"},
    {"version: 1\nfunctions:\n  f: {sources: []}\n",
     "m.yaml:3:16: sources: an empty list would pack nothing"},
    {"version: 1\nfunctions:\n  f:\n    sources:\n",
     "m.yaml:4:13: sources: expected a path, a map or a list of them, found nothing"},
    {"version: 1\nfunctions:\n  f: {sources: [[a]]}\n",
     "m.yaml:3:17: sources: expected a path or a map, found a list"},
    {"version: 1\nfunctions:\n  f: {sources: \"\"}\n",
     "m.yaml:3:16: path: expected a path, found an empty one"},
    {"version: 1\nfunctions:\n  f: {sources: /abs}\n",
     "m.yaml:3:16: path: '/abs' is absolute; write it from the manifest's folder, so that it means "
     "the same on every machine"},
    {"version: 1\nfunctions:\n  f: {sources: {to: x}}\n",
     "m.yaml:3:16: path is missing in this source"},
    {"version: 1\nfunctions:\n  f: {sources: {path: a, to: /x}}\n",
     "m.yaml:3:30: to: '/x' is absolute; it is a folder in the ZIP"},
    {"version: 1\nfunctions:\n  f: {sources: {path: a, to: x/../..}}\n",
     "m.yaml:3:30: to: 'x/../..' leaves the ZIP"},
    {"version: 1\nfunctions:\n  f: {sources: {path: a, to: 'x\\y'}}\n",
     "m.yaml:3:30: to: 'x\\y' has a backslash; folders in a ZIP are separated by /"},
    {"version: 1\nfunctions:\n  f: {sources: {path: a, text: {to: b, content: c}}}\n",
     "m.yaml:3:32: a source is one of 'path', 'archive' and 'text'; write a list of them"},
    {"version: 1\nfunctions:\n  f: {sources: {text: {to: b/, content: c}}}\n",
     "m.yaml:3:28: to: 'b/' is a folder; name the file"},
    {"version: 1\nfunctions:\n  f: {sources: {text: {to: ., content: c}}}\n",
     "m.yaml:3:28: to: '.' is a folder; name the file"},
    {"version: 1\nfunctions:\n  f: {sources: {text: {to: b, content: [SECRET]}}}\n",
     "m.yaml:3:40: content: expected text, found a list"},
    {"version: 1\nfunctions:\n  f: {sources: {text: {to: b, content: }}}\n",
     "m.yaml:3:40: content: expected text, found nothing"},
    {"version: 1\nfunctions:\n  f: {sources: {text: {content: b}}}\n",
     "m.yaml:3:23: text: to is missing"},
    {"version: 1\nfunctions:\n  f: {sources: {text: {to: b}}}\n",
     "m.yaml:3:23: text: content is missing"},
    {"version: 1\nfunctions:\n  f: {sources: {text: {to: b, content: ''}, strip: 1}}\n",
     "m.yaml:3:52: strip: means nothing for 'text' sources"},
    {"version: 1\nfunctions:\n  f: {sources: {archive: /a}}\n",
     "m.yaml:3:26: archive: '/a' is absolute; write it from the manifest's folder, so that it "
     "means the same on every machine"},
    {"version: 1\nfunctions:\n  f: {sources: {archive: a.zip, symlinks: auto}}\n",
     "m.yaml:3:43: symlinks: means nothing for 'archive' sources"},
    {"version: 1\nfunctions:\n  f: {sources: [a, {extension: a}]}\n",
     "m.yaml:3:20: extension: Lambda looks for extensions below /opt; make it a source of a layer"},
    {"version: 1\nlayers:\n  l: {sources: {extension: a, to: b}}\n",
     "m.yaml:3:28: extension: what else is said of the source stands inside of it"},
    {"version: 1\nlayers:\n  l: {sources: {extension: {extension: a}}}\n",
     "m.yaml:3:28: extension: stands in another one"},
    {"version: 1\nlayers:\n  l: {sources: {extension: {to: a}}}\n",
     "m.yaml:3:28: path is missing in this source"},
    {"version: 1\nfunctions:\n  f: {sources: {path: a, strip: -1}}\n",
     "m.yaml:3:33: strip: expected a number of folders, found '-1'"},
    {"version: 1\nfunctions:\n  f: {sources: {path: a, strip: 9999}}\n",
     "m.yaml:3:33: strip: expected a number of folders, found '9999'"},
    {"version: 1\nfunctions:\n  f: {sources: {path: a, mode: 0o755}}\n",
     "m.yaml:3:32: mode: expected permissions such as \"0755\" or \"0644\", found '0o755'"},
    {"version: 1\nfunctions:\n  f: {sources: {path: a, mode: '4755'}}\n",
     "m.yaml:3:32: mode: expected permissions such as \"0755\" or \"0644\", found '4755'"},
    {"version: 1\nfunctions:\n  f: {sources: {path: a, mode: '0600'}}\n",
     "m.yaml:3:32: mode: '0600' keeps Lambda's user from reading the file; everybody must be able "
     "to, as with \"0644\""},
    {"version: 1\nfunctions:\n  f: {sources: {path: a, symlinks: folow}}\n",
     "m.yaml:3:36: symlinks: 'folow' is not known; did you mean 'follow'?"},
    {"version: 1\nfunctions:\n  f: {sources: {path: a, symlinks: never}}\n",
     "m.yaml:3:36: symlinks: expected auto, follow, preserve or error, found 'never'"},
    {"version: 1\nfunctions:\n  f: {sources: {path: a, optional: 1}}\n",
     "m.yaml:3:36: optional: expected true or false, found text"},
    /* layers of a function */
    {"version: 1\nlayers: {imaging: {sources: a}}\nfunctions: {f: {sources: a, layers: "
     "[imagin]}}\n",
     "m.yaml:3:38: layers: there is no layer 'imagin'; did you mean 'imaging'?"},
    {F "layers: [x]\n",
     "m.yaml:5:14: layers: there is no layer 'x' in this manifest; a path has a / "
     "or ends in .zip"},
    {F "layers: [[x]]\n",
     "m.yaml:5:14: layers: expected the name of a layer, a path or an ARN, found a list"},
    {F "layers: [{contents: x}]\n", "m.yaml:5:14: layers: arn is missing in this layer"},
    {F "layers: [{arn: imaging}]\n", "m.yaml:5:20: arn: 'imaging' does not begin with arn:"},
    {"version: 1\ndefaults: {layers: [x]}\n",
     "m.yaml:2:21: layers: there is no layer 'x' in this manifest; a path has a / or ends in .zip"},
    /* environment: a key is named, a value never */
    {F "environment: [SECRET]\n", "m.yaml:5:18: environment: expected a map, found a list"},
    {F "environment: {TOKEN: [SECRET]}\n",
     "m.yaml:5:26: environment: TOKEN is a list; expected text"},
    {F "environment: {TOKEN: }\n",
     "m.yaml:5:26: environment: TOKEN has no value; write \"\" for an empty one"},
    {F "environment: {TOKEN: ~}\n",
     "m.yaml:5:26: environment: TOKEN has no value; write \"\" for an empty one"},
    {F "environment: {TOKEN: \"SECRET\\0\"}\n",
     "m.yaml:5:26: environment: TOKEN holds a NUL character"},
    {F "environment: {TOKEN: !SECRET SECRET}\n",
     "m.yaml:5:26: environment: TOKEN has a tag, which has no meaning in a manifest"},
    {F "environment: {\"\": SECRET}\n", "m.yaml:5:19: environment: a name is empty"},
};

START_TEST(mistakes_are_named_with_their_place)
{
    struct pl_project project = {.n_function = 77};
    struct pl_err err = {.msg = ""};
    ck_assert_int_eq(parse(&project, mistakes[_i].text, &err), PL_ERR_CONFIG);
    ck_assert_str_eq(err.msg, mistakes[_i].message);
    ck_assert_ptr_null(strstr(err.msg, "SECRET"));
    ck_assert_msg(project.n_function == 77, "an output is untouched on failure");
}
END_TEST

/* What the YAML reader says; the manifest adds nothing. */
static const struct {
    const char *text, *place;
} bad_yaml[] = {
    {"version: 1\nversion: 1\n", "m.yaml:2:1: "},
    {F "memory: 1\n    memory: 2\n", "m.yaml:6:5: "},
    {"version: 1\nfunctions:\n\tf: {}\n", "m.yaml:3:1: "},
    {"version: 1\nfunctions: &a {f: *a}\n", "m.yaml:2:19: "},
    {"version: 1\nlint: *nowhere\n", "m.yaml:2:7: "},
    {"version: 1\n---\nversion: 1\n", "m.yaml:2:1: "},
    {"version: 1\nlint: {\n", "m.yaml:3:1: "},
};

START_TEST(bad_yaml_has_a_place)
{
    struct pl_project project;
    struct pl_err err = {.msg = ""};
    ck_assert_int_eq(parse(&project, bad_yaml[_i].text, &err), PL_ERR_CONFIG);
    ck_assert_msg(strncmp(err.msg, bad_yaml[_i].place, strlen(bad_yaml[_i].place)) == 0,
                  "%s, not at %s", err.msg, bad_yaml[_i].place);
}
END_TEST

START_TEST(hundred_kilobytes_of_brackets_are_refused)
{
    enum { N = 100 * 1024 };
    char *text = malloc(N);
    ck_assert_ptr_nonnull(text);
    struct pl_project project;
    struct pl_err err = {.msg = ""};
    memset(text, '[', N);
    ck_assert_int_eq(pl_manifest_parse(&project, "m.yaml", pl_slice_make(text, N), &err),
                     PL_ERR_CONFIG);
    ck_assert_msg(strncmp(err.msg, "m.yaml:1:", 9) == 0, "%s", err.msg);
    free(text);
}
END_TEST

START_TEST(names_have_a_limit)
{
    char name[142];
    char text[400];
    struct pl_project project;
    struct pl_err err;
    memset(name, 'n', sizeof name);
    name[140] = '\0';
    (void)snprintf(text, sizeof text, "version: 1\nfunctions: {%s: {sources: a}}\n", name);
    good(&project, text);
    pl_project_done(&project);
    name[140] = 'n';
    name[141] = '\0';
    (void)snprintf(text, sizeof text, "version: 1\nfunctions: {%s: {sources: a}}\n", name);
    ck_assert_int_eq(parse(&project, text, &err), PL_ERR_CONFIG);
    ck_assert_str_eq(err.msg,
                     "m.yaml:2:13: functions: the name "
                     "'nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn...' is "
                     "longer than 140 characters");
}
END_TEST

START_TEST(many_variables_are_refused)
{
    struct pl_buf text;
    struct pl_err err;
    struct pl_project project;
    pl_buf_init(&text, PL_MB(1));
    ck_assert_int_eq(pl_buf_text(&text, F "environment:\n", &err), PL_OK);
    for (int i = 0; i < 1001; i++) {
        ck_assert_int_eq(pl_buf_fmt(&text, &err, "      K%d: v\n", i), PL_OK);
    }
    ck_assert_int_eq(parse(&project, text.data, &err), PL_ERR_CONFIG);
    ck_assert_str_eq(err.msg, "m.yaml:6:7: environment: has 1001 variables; 1000 are the most");
    pl_buf_done(&text);
}
END_TEST

static enum pl_status parse_everything(struct pl_err *err)
{
    struct pl_project project;
    enum pl_status status = parse(&project, everything, err);
    if (status == PL_OK) {
        pl_project_done(&project);
    }
    return status;
}

START_TEST(running_out_of_memory_is_said)
{
    ck_assert_int_gt(oom_exhaust(parse_everything), 5);
}
END_TEST

/* Place, start of a manifest up to there, indentation of the key. */
static const struct {
    const char *where, *start, *indent;
} places[] = {
    {"", "version: 1\n", ""},
    {"defaults", "version: 1\ndefaults:\n", "  "},
    {"functions.*", "version: 1\nfunctions:\n  f:\n", "    "},
    {"functions.*.layers.*", "version: 1\nfunctions:\n  f:\n    sources: a\n    layers:\n      -\n",
     "        "},
    {"layers.*", "version: 1\nlayers:\n  l:\n", "    "},
    {"source", "version: 1\nlayers:\n  l:\n    sources:\n", "      "},
    {"source.text", "version: 1\nlayers:\n  l:\n    sources:\n      text:\n", "        "},
    {"lint", "version: 1\nlint:\n", "  "},
};

/* A good value by key, or else by type. */
static const struct {
    const char *name, *good, *bad;
} samples[] = {
    {"version", "1", "[]"},
    {"requires", "'>=0.1'", "[]"},
    {"rules_as_of", "'0.1'", "[]"},
    {"arn", "arn:aws:x", "[]"},
    {"text", "{to: x, content: y}", "[]"},
    {"extension", "a", "[]"},
    {"content", "text", "[]"},
    {"mode", "'0755'", "[]"},
    {"string", "text", "[]"},
    {"true | false", "true", "'true'"},
    {"auto | follow | preserve | error", "follow", "[]"},
    {"direct | s3", "s3", "[]"},
    {"x86_64 | arm64", "arm64", "[]"},
    {"whole number", "5", "[]"},
    {"map", "{}", "[]"},
    {"map of functions", "{}", "[]"},
    {"map of layers", "{}", "[]"},
    {"map of strings", "{AB: c}", "[]"},
    {"list of layers", "[]", "{}"},
    {"list of patterns", "[a]", "{}"},
    {"list of presets", "[docs]", "{}"},
    {"keep | drop | restamp", "drop", "[]"},
    {"fast | default | best | max | fit", "fit", "[]"},
    {"list of strings", "[a]", "{}"},
    {"sources", "a", "~"},
};

static size_t sample_of(const struct pl_manifest_key *key)
{
    size_t n = sizeof samples / sizeof *samples;
    for (size_t i = 0; i < n; i++) {
        if (strcmp(samples[i].name, key->key) == 0) {
            return i;
        }
    }
    for (size_t i = 0; i < n; i++) {
        if (strcmp(samples[i].name, key->type) == 0) {
            return i;
        }
    }
    ck_abort_msg("no sample for %s (%s)", key->key, key->type);
}

/* What the place must have beside the key. */
static const char *needed(const struct pl_manifest_key *key)
{
    bool declares = strcmp(key->where, "functions.*") == 0 || strcmp(key->where, "layers.*") == 0;
    if (declares && strcmp(key->key, "sources") != 0) {
        return "sources: a";
    }
    if (strcmp(key->where, "source") == 0 && strcmp(key->key, "path") != 0) {
        bool is_kind = strcmp(key->key, "text") == 0 || strcmp(key->key, "archive") == 0 ||
                       strcmp(key->key, "extension") == 0;
        return is_kind ? "" : "path: a";
    }
    if (strcmp(key->where, "source.text") == 0) {
        return strcmp(key->key, "to") == 0 ? "content: x" : "to: a";
    }
    if (strcmp(key->where, "functions.*.layers.*") == 0 && strcmp(key->key, "arn") != 0) {
        return "arn: arn:aws:y";
    }
    return "";
}

static void build(char *to, size_t size, const struct pl_manifest_key *key, const char *spelling,
                  const char *value)
{
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        if (strcmp(places[i].where, key->where) == 0) {
            bool is_version = strcmp(spelling, "version") == 0;
            (void)snprintf(to, size, "%s%s%s\n%s%s: %s\n", is_version ? "" : places[i].start,
                           places[i].indent, needed(key), places[i].indent, spelling, value);
            return;
        }
    }
    ck_abort_msg("no place %s", key->where);
}

START_TEST(every_key_is_taken_and_its_typo_and_a_wrong_kind_are_not)
{
    size_t n = 0;
    const struct pl_manifest_key *keys = pl_manifest_keys(&n);
    ck_assert_uint_gt(n, 30);
    for (size_t i = 0; i < n; i++) {
        char text[400];
        char typo[64];
        char wanted[200];
        struct pl_project project;
        struct pl_err err = {.msg = ""};
        size_t sample = sample_of(&keys[i]);
        build(text, sizeof text, &keys[i], keys[i].key, samples[sample].good);
        ck_assert_msg(parse(&project, text, &err) == PL_OK, "%s\n%s", text, err.msg);
        pl_project_done(&project);

        build(text, sizeof text, &keys[i], keys[i].key, samples[sample].bad);
        ck_assert_msg(parse(&project, text, &err) == PL_ERR_CONFIG, "%s", text);
        (void)snprintf(wanted, sizeof wanted, ": %s: expected ", keys[i].key);
        ck_assert_msg(strstr(err.msg, wanted) != NULL, "%s\n%s", text, err.msg);

        (void)snprintf(typo, sizeof typo, "%s%c", keys[i].key,
                       keys[i].key[strlen(keys[i].key) - 1]);
        build(text, sizeof text, &keys[i], typo, samples[sample].good);
        ck_assert_msg(parse(&project, text, &err) == PL_ERR_CONFIG, "%s", text);
        (void)snprintf(wanted, sizeof wanted, "unknown key '%s' in ", typo);
        ck_assert_msg(strstr(err.msg, wanted) != NULL, "%s\n%s", text, err.msg);
        (void)snprintf(wanted, sizeof wanted, "; did you mean '%s'?", keys[i].key);
        ck_assert_msg(strstr(err.msg, wanted) != NULL, "%s\n%s", text, err.msg);
    }
}
END_TEST

START_TEST(help_texts_are_one_sentence_without_a_stop)
{
    size_t n = 0;
    const struct pl_manifest_key *keys = pl_manifest_keys(&n);
    for (size_t i = 0; i < n; i++) {
        const char *help = keys[i].help;
        ck_assert_msg(help[strlen(help) - 1] != '.', "%s", help);
        ck_assert_msg(strchr(help, '\n') == NULL && strchr(help, '\\') == NULL, "%s", help);
        ck_assert_msg(strstr(help, " .") == NULL && strstr(help, " '") == NULL, "%s", help);
    }
}
END_TEST

START_TEST(the_manual_lists_the_same_keys)
{
    struct pl_buf page;
    struct pl_buf wanted;
    struct pl_err err = {.msg = ""};
    pl_buf_init(&page, PL_MB(1));
    pl_buf_init(&wanted, PL_MB(1));
    ck_assert_msg(pl_file_read(PL_SOURCE_DIR "/man/plimsoll.yaml.5", &page, &err) == PL_OK, "%s",
                  err.msg);
    ck_assert_int_eq(pl_buf_text(&wanted, ".\\\" keys: begin\n", &err), PL_OK);
    ck_assert_int_eq(pl_manifest_keys_mdoc(&wanted, &err), PL_OK);
    ck_assert_int_eq(pl_buf_text(&wanted, ".\\\" keys: end\n", &err), PL_OK);
    ck_assert_msg(strstr(page.data, wanted.data) != NULL,
                  "man/plimsoll.yaml.5 must have between its marks:\n%s", wanted.data);
    pl_buf_done(&page);
    pl_buf_done(&wanted);
}
END_TEST

START_TEST(the_version_is_that_of_the_build)
{
    ck_assert_str_eq(PL_VERSION, PL_BUILD_VERSION);
}
END_TEST

static bool recognised(const char *text)
{
    struct pl_doc doc;
    struct pl_err err = {.msg = ""};
    ck_assert_msg(pl_yaml_parse(&doc, pl_slice_of(text), 1, "m.yaml", &err) == PL_OK, "%s",
                  err.msg);
    bool ours = pl_manifest_recognise(&doc);
    pl_doc_done(&doc);
    return ours;
}

START_TEST(other_documents_are_not_ours)
{
    ck_assert(recognised(everything));
    ck_assert(recognised("version: 1\nlint: {}\n"));
    ck_assert(recognised("version: 2\nfunctions: {}\nfuture: 1\n"));
    ck_assert_msg(!recognised("version: v1\nlint: {use: [DEFAULT]}\n"), "buf");
    ck_assert_msg(!recognised("version: \"3\"\nservices: {}\n"), "compose");
    ck_assert_msg(!recognised("version: 1\nservice: x\nprovider: {}\nfunctions: {}\n"),
                  "serverless");
    ck_assert_msg(!recognised("Resources: {}\nversion: 1\nfunctions: {}\n"), "CloudFormation");
    ck_assert(!recognised("functions: {}\n"));
    ck_assert(!recognised("version: 1\n"));
    ck_assert(!recognised("[version]\n"));
    ck_assert(!recognised(""));
}
END_TEST

/* A folder for one test; removed with everything in it. */
static char folder[256];

static void make_folder(void)
{
    const char *tmp = getenv("TMPDIR");
    (void)snprintf(folder, sizeof folder, "%s/plimsoll-test-XXXXXX", tmp ? tmp : "/tmp");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(chdir(folder), 0);
}

static void remove_folder(void)
{
    static const char *const files[] = {
        "r/a/b/c/f.zip", "r/a/plimsoll.yaml", "r/p/m.yaml", "r/plimsoll.yaml", "plimsoll.yaml",
    };
    static const char *const folders[] = {
        "r/a/b/plimsoll.yaml", "r/a/b/c", "r/a/b", "r/a", "r/p", "r/.git", "r"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        (void)unlink(files[i]);
    }
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        (void)rmdir(folders[i]);
    }
    ck_assert_int_eq(chdir("/"), 0);
    ck_assert_int_eq(rmdir(folder), 0);
}

static void put(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(text, file), 0);
    ck_assert_int_eq(fclose(file), 0);
}

static void put_folder(const char *path)
{
    ck_assert_int_eq(mkdir(path, 0777), 0);
}

static void finds(const char *start, const char *wanted)
{
    char *got = NULL;
    struct pl_err err = {.msg = ""};
    ck_assert_msg(pl_manifest_find(start, &got, &err) == PL_OK, "%s", err.msg);
    if (wanted) {
        ck_assert_ptr_nonnull(got);
        ck_assert_str_eq(got, wanted);
    } else {
        ck_assert_msg(got == NULL, "from %s: %s", start, got);
    }
    free(got);
}

START_TEST(find_goes_up_to_the_repository)
{
    put_folder("r");
    put_folder("r/.git");
    put_folder("r/p");
    put_folder("r/a");
    put_folder("r/a/b");
    put_folder("r/a/b/c");
    put_folder("r/a/b/plimsoll.yaml"); /* no file */
    put("plimsoll.yaml", "version: 1\n");
    put("r/a/b/c/f.zip", "");
    finds("r/a/b/c/f.zip", NULL);
    put("r/plimsoll.yaml", "version: 1\n");
    finds("r/a/b/c/f.zip", "r/plimsoll.yaml");
    put("r/a/plimsoll.yaml", "version: 1\n");
    finds("r/a/b/c/f.zip", "r/a/plimsoll.yaml");
    finds("r/a/b/c", "r/a/plimsoll.yaml");
    finds("r/a/b/c/", "r/a/plimsoll.yaml");
    finds("r/a", "r/a/plimsoll.yaml");
    finds("r/p/none/such.zip", NULL);
    finds("r/p/such.zip", "r/plimsoll.yaml");
    finds("r/a/../p", "r/a/../plimsoll.yaml");
    finds("x.zip", "plimsoll.yaml");
    finds(".", "plimsoll.yaml");
    finds("", "plimsoll.yaml");
    ck_assert_int_eq(chdir("r/a/b/c"), 0);
    finds(".", "../../plimsoll.yaml");
    finds("f.zip", "../../plimsoll.yaml");
    finds("../../../p", "../../../plimsoll.yaml");
    ck_assert_int_eq(chdir(folder), 0);
    char path[300];
    (void)snprintf(path, sizeof path, "%s/r/p", folder);
    char wanted[320];
    (void)snprintf(wanted, sizeof wanted, "%s/r/plimsoll.yaml", folder);
    finds(path, wanted);
}
END_TEST

START_TEST(find_ends_at_the_root)
{
    finds("/", NULL);
    finds("/no/such/folder/f.zip", NULL);
}
END_TEST

START_TEST(read_starts_paths_from_the_folder_of_the_manifest)
{
    struct pl_project project;
    struct pl_err err = {.msg = ""};
    put_folder("r");
    put_folder("r/p");
    put("r/p/m.yaml", "version: 1\nfunctions: {f: {sources: a, layers: [l.zip, /abs/l.zip]}}\n");
    ck_assert_msg(pl_manifest_read(&project, "r/p/m.yaml", &err) == PL_OK, "%s", err.msg);
    same(project.root, "r/p");
    same(project.function[0].source[0].path.text, "a");
    same(project.layer[0].id, "l.zip");
    same(project.layer[0].package.text, "r/p/l.zip");
    same(project.layer[1].package.text, "/abs/l.zip");
    pl_project_done(&project);
    put("plimsoll.yaml", "version: 1\n");
    ck_assert_int_eq(pl_manifest_read(&project, "plimsoll.yaml", &err), PL_OK);
    same(project.root, ".");
    pl_project_done(&project);
}
END_TEST

START_TEST(read_says_what_it_could_not_read)
{
    struct pl_project project = {.n_function = 77};
    struct pl_err err = {.msg = ""};
    ck_assert_int_eq(pl_manifest_read(&project, "none.yaml", &err), PL_ERR_MISSING);
    ck_assert_msg(strncmp(err.msg, "none.yaml", 9) == 0, "%s", err.msg);
    put_folder("r");
    ck_assert_int_eq(pl_manifest_read(&project, "r", &err), PL_ERR_FORMAT);
    put("plimsoll.yaml", "version: 1\nfunctoins: {}\n");
    ck_assert_int_eq(pl_manifest_read(&project, "plimsoll.yaml", &err), PL_ERR_CONFIG);
    ck_assert_str_eq(err.msg, "plimsoll.yaml:2:1: unknown key 'functoins' in the manifest; did you "
                              "mean 'functions'?");
    ck_assert_uint_eq(project.n_function, 77);
}
END_TEST

#define LOOP(tcase, test, table) \
    tcase_add_loop_test(tcase, test, 0, (int)(sizeof(table) / sizeof *(table)))

int main(void)
{
    Suite *suite = suite_create("manifest");
    TCase *tcase = tcase_create("text");
    tcase_add_test(tcase, a_function_has_its_settings_with_their_places);
    tcase_add_test(tcase, environment_is_merged_and_secret);
    tcase_add_test(tcase, layers_are_names_paths_and_arns);
    tcase_add_test(tcase, sources_are_in_order_and_places_are_clean);
    tcase_add_test(tcase, weight_settings_are_read);
    tcase_add_test(tcase, lint_settings_are_read);
    tcase_add_test(tcase, silence_means_the_service_defaults);
    LOOP(tcase, what_rules_judge_is_accepted, accepted);
    LOOP(tcase, mistakes_are_named_with_their_place, mistakes);
    LOOP(tcase, bad_yaml_has_a_place, bad_yaml);
    tcase_add_test(tcase, hundred_kilobytes_of_brackets_are_refused);
    tcase_add_test(tcase, names_have_a_limit);
    tcase_add_test(tcase, many_variables_are_refused);
    tcase_add_test(tcase, running_out_of_memory_is_said);
    tcase_add_test(tcase, every_key_is_taken_and_its_typo_and_a_wrong_kind_are_not);
    tcase_add_test(tcase, help_texts_are_one_sentence_without_a_stop);
    tcase_add_test(tcase, the_manual_lists_the_same_keys);
    tcase_add_test(tcase, the_version_is_that_of_the_build);
    tcase_add_test(tcase, other_documents_are_not_ours);
    suite_add_tcase(suite, tcase);
    TCase *files = tcase_create("files");
    tcase_add_checked_fixture(files, make_folder, remove_folder);
    tcase_add_test(files, find_goes_up_to_the_repository);
    tcase_add_test(files, find_ends_at_the_root);
    tcase_add_test(files, read_starts_paths_from_the_folder_of_the_manifest);
    tcase_add_test(files, read_says_what_it_could_not_read);
    suite_add_tcase(suite, files);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
