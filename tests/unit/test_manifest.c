/* What a manifest says, and what silence means. */
#include "manifestcase.h"
#include "oom.h"

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

START_TEST(ignores_and_levels_are_read)
{
    struct pl_project project;
    good(&project, "version: 1\n"
                   "lint:\n"
                   "  exclude: [\"**/fixtures/**\"]\n"
                   "  select: [PL3, zipped-too-large]\n"
                   "  severity: {PL805: warning, PL5: off}\n"
                   "  fail_on: never\n"
                   "  pedantic: true\n"
                   "  ignore:\n"
                   "    - {rule: PL506, path: a/**, function: f*, reason: r, expires: 2027-01-31}\n"
                   "    - {rule: PL301, reason: s}\n");
    const struct pl_lint_config *lint = &project.lint;
    ck_assert_uint_eq(lint->exclude.n, 1);
    ck_assert_uint_eq(lint->select.n, 2);
    ck_assert_uint_eq(lint->n_level, 2);
    value_is(&lint->level[0].rule, PL_GIVEN, "PL805", 5, 14);
    same(lint->level[1].level.text, "off");
    value_is(&lint->fail_on, PL_GIVEN, "never", 6, 12);
    ck_assert(lint->pedantic);
    ck_assert_uint_eq(lint->n_ignore, 2);
    value_is(&lint->ignore[0].rule, PL_GIVEN, "PL506", 9, 14);
    same(lint->ignore[0].expires.text, "2027-01-31");
    same(lint->ignore[0].function.text, "f*");
    ck_assert_int_eq(lint->ignore[1].path.known, PL_ABSENT);
    ck_assert(!lint->ignore[0].of_template && !lint->ignore[0].is_shared);

    struct pl_project other;
    struct pl_err err;
    good(&other, "version: 1\nlint: {ignore: [{rule: PL1, reason: own}]}\n");
    ASSERT_OK(pl_project_adopt_lint(&other, &project, &err));
    pl_project_done(&project);
    ck_assert_uint_eq(other.lint.n_ignore, 3);
    same(other.lint.ignore[0].rule.text, "PL1");
    ck_assert(!other.lint.ignore[0].is_shared && other.lint.ignore[1].is_shared);
    same(other.lint.ignore[2].reason.text, "s");
    ck_assert_uint_eq(other.lint.ignore[1].at.file, 2);
    ck_assert_uint_eq(other.lint.ignore[1].at.line, 9);
    pl_project_done(&other);
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

int main(void)
{
    const struct manifest_loop loop[] = {
        {a_function_has_its_settings_with_their_places, 0},
        {environment_is_merged_and_secret, 0},
        {layers_are_names_paths_and_arns, 0},
        {sources_are_in_order_and_places_are_clean, 0},
        {weight_settings_are_read, 0},
        {lint_settings_are_read, 0},
        {ignores_and_levels_are_read, 0},
        {silence_means_the_service_defaults, 0},
        {what_rules_judge_is_accepted, COUNT_OF(accepted)},
        {running_out_of_memory_is_said, 0},
        {other_documents_are_not_ours, 0},
    };
    return run_loops("manifest", loop, COUNT_OF(loop));
}
