#include "oom.h"
#include "pkg/project/resource.h"
#include "pkg/project/template.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void good(struct pl_project *project, const char *text)
{
    struct pl_err err = {.msg = ""};
    ck_assert_msg(pl_template_parse(project, "t.yaml", pl_slice_of(text), &err) == PL_OK,
                  "%s in\n%s", err.msg, text);
}

/* The first resource of a kind. */
static const struct pl_resource *one(const struct pl_project *project, enum pl_resource_kind kind)
{
    for (uint32_t i = 0; i < project->n_resource; i++) {
        if (project->resource[i].kind == kind) {
            return &project->resource[i];
        }
    }
    ck_abort_msg("no %s", pl_resource_kind_name(kind));
}

static void is(const struct pl_resource *it, enum pl_key key, const char *wanted)
{
    struct pl_value value = pl_resource_value(it, key);
    const char *got = value.known == PL_UNKNOWN ? "?" : value.known == PL_ABSENT ? "-" : NULL;
    if (got) {
        ck_assert_str_eq(got, wanted);
    } else {
        ck_assert_msg(pl_slice_is(value.text, wanted), "got %.*s, wanted %s", (int)value.text.len,
                      value.text.ptr, wanted);
    }
}

static void names(const struct pl_project *project, const struct pl_resource *it, enum pl_key key,
                  const char *id)
{
    const struct pl_field *field = pl_resource_field(it, key);
    ck_assert_ptr_nonnull(field);
    struct pl_slice got = field->function != PL_NO_INDEX   ? project->function[field->function].id
                          : field->resource != PL_NO_INDEX ? project->resource[field->resource].id
                                                           : PL_SLICE("-");
    ck_assert_msg(pl_slice_is(got, id), "got %.*s, wanted %s", (int)got.len, got.ptr, id);
}

static const char pl_plain[] =
    "Resources:\n"
    "  F: {Type: AWS::Lambda::Function, Properties: {FunctionName: fn, Handler: a.b, Code: "
    "{S3Bucket: b, S3Key: k}, Runtime: python3.13, Role: !GetAtt R.Arn, "
    "VpcConfig: {SubnetIds: [subnet-1, subnet-2]}}}\n"
    "  Q: {Type: AWS::SQS::Queue, Properties: {QueueName: jobs, VisibilityTimeout: 20}}\n"
    "  A: {Type: AWS::Lambda::Alias, Properties: {FunctionName: !Ref F, Name: live}}\n"
    "  M: {Type: AWS::Lambda::EventSourceMapping, Properties: {FunctionName: !Ref A, "
    "EventSourceArn: 'arn:aws:sqs:eu-west-1:123456789012:jobs', BatchSize: 5}}\n"
    "  B:\n"
    "    Type: AWS::S3::Bucket\n"
    "    Properties:\n"
    "      NotificationConfiguration:\n"
    "        LambdaConfigurations:\n"
    "          - {Event: 's3:ObjectCreated:*', Function: "
    "'arn:aws:lambda:eu-west-1:123456789012:function:fn:live', Filter: {S3Key: {Rules: [{Name: "
    "prefix, Value: in/}, {Name: Suffix, Value: .png}]}}}\n"
    "  R:\n"
    "    Type: AWS::IAM::Role\n"
    "    Properties:\n"
    "      AssumeRolePolicyDocument:\n"
    "        Statement:\n"
    "          - {Effect: Allow, Principal: {Service: [lambda.amazonaws.com, "
    "edgelambda.amazonaws.com]}, Action: sts:AssumeRole}\n"
    "  U: {Type: AWS::Cognito::UserPool, Properties: {LambdaConfig: {PreSignUp: !GetAtt F.Arn, "
    "CustomSMSSender: {LambdaArn: !GetAtt F.Arn}}}}\n"
    "  L: {Type: AWS::Logs::SubscriptionFilter, Properties: {LogGroupName: !Sub "
    "'/aws/lambda/${F}', DestinationArn: !GetAtt [F, Arn]}}\n"
    "  I: {Type: AWS::ApiGatewayV2::Integration, Properties: {IntegrationUri: {Fn::Join: ['', "
    "['arn:aws:apigateway:', !Ref AWS::Region, ':lambda:path/2015-03-31/functions/', !GetAtt "
    "F.Arn, /invocations]]}, TimeoutInMillis: !If [X, 1, 2]}}\n";

START_TEST(resource_links_what_fields_name)
{
    struct pl_project project;
    good(&project, pl_plain);
    const struct pl_resource *mapping = one(&project, PL_RES_MAPPING);
    is(mapping, PL_KEY_BATCH_SIZE, "5");
    is(mapping, PL_KEY_START, "-");
    names(&project, mapping, PL_KEY_FUNCTION, "F");
    names(&project, mapping, PL_KEY_SOURCE, "Q");
    const struct pl_resource *notification = one(&project, PL_RES_NOTIFICATION);
    is(notification, PL_KEY_PREFIX, "in/");
    is(notification, PL_KEY_SUFFIX, ".png");
    names(&project, notification, PL_KEY_FUNCTION, "F");
    ck_assert(pl_slice_is(project.resource[notification->parent].id, "B"));
    const struct pl_resource *trust = one(&project, PL_RES_TRUST);
    ck_assert_uint_eq(trust->n_field, 4); /* two services are two fields */
    is(trust, PL_KEY_OTHERS, "-");
    names(&project, one(&project, PL_RES_TRIGGER), PL_KEY_FUNCTION, "F");
    const struct pl_resource *filter = one(&project, PL_RES_LOG_FILTER);
    const struct pl_field *group = pl_resource_field(filter, PL_KEY_SOURCE);
    ck_assert(group->is_part && pl_slice_is(group->raw, "/aws/lambda/${F}"));
    names(&project, filter, PL_KEY_SOURCE, "F");
    const struct pl_resource *route = one(&project, PL_RES_ROUTE);
    is(route, PL_KEY_API_TIMEOUT, "?");
    names(&project, route, PL_KEY_FUNCTION, "F");
    const struct pl_function_decl *f = &project.function[0];
    ck_assert(pl_slice_is(pl_setting_field(f, PL_KEY_ROLE)->ref, "R"));
    ck_assert(pl_slice_is(pl_setting_value(f, PL_KEY_SUBNET).text, "subnet-1"));
    pl_project_done(&project);
}
END_TEST

static const char pl_sam[] =
    "Transform: AWS::Serverless-2016-10-31\n"
    "Resources:\n"
    "  F:\n"
    "    Type: AWS::Serverless::Function\n"
    "    Properties:\n"
    "      InlineCode: x\n"
    "      FunctionUrlConfig: {AuthType: NONE}\n"
    "      Events:\n"
    "        Jobs: {Type: SQS, Properties: {Queue: !GetAtt Q.Arn, BatchSize: 3}}\n"
    "        Tick: {Type: Schedule, Properties: {Schedule: rate(1 minute)}}\n"
    "        Other: {Type: Strange, Properties: {A: b}}\n"
    "  Q: {Type: AWS::SQS::Queue, Condition: C}\n"
    "  A: {Type: AWS::Lambda::Permission, Properties: {FunctionName: !Ref F.Alias, Principal: "
    "123456789012}}\n";

START_TEST(resource_takes_events_of_functions)
{
    struct pl_project project;
    good(&project, pl_sam);
    const struct pl_resource *mapping = one(&project, PL_RES_MAPPING);
    is(mapping, PL_KEY_BATCH_SIZE, "3");
    names(&project, mapping, PL_KEY_FUNCTION, "F");
    names(&project, mapping, PL_KEY_SOURCE, "Q");
    ck_assert(mapping->is_implied && pl_slice_is(mapping->id, "FJobs"));
    is(one(&project, PL_RES_RULE), PL_KEY_SCHEDULE, "rate(1 minute)");
    is(one(&project, PL_RES_URL), PL_KEY_AUTH, "NONE");
    names(&project, one(&project, PL_RES_URL), PL_KEY_FUNCTION, "F");
    names(&project, one(&project, PL_RES_PERMISSION), PL_KEY_FUNCTION, "F");
    ck_assert(pl_slice_is(one(&project, PL_RES_QUEUE)->condition, "C"));
    ck_assert_uint_eq(project.n_account, 1);
    ck_assert_uint_eq(project.account[0].at.line, 13);
    pl_project_done(&project);
}
END_TEST

START_TEST(resource_of_a_macro_is_never_whole)
{
    struct pl_project project;
    good(&project, "Transform: MyMacro\nResources:\n  Q: {Type: AWS::SQS::Queue, Properties: "
                   "{QueueName: x}}\n");
    is(one(&project, PL_RES_QUEUE), PL_KEY_VISIBILITY, "?");
    is(one(&project, PL_RES_QUEUE), PL_KEY_NAME, "x");
    pl_project_done(&project);
}
END_TEST

static enum pl_status read_sam(struct pl_err *err)
{
    struct pl_project project;
    enum pl_status status = pl_template_parse(&project, "t.yaml", pl_slice_of(pl_sam), err);
    if (status == PL_OK) {
        pl_project_done(&project);
    }
    return status;
}

START_TEST(resource_out_of_memory_is_an_error)
{
    ck_assert_int_gt(oom_exhaust(read_sam), 5);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("resource");
    TCase *tc = tcase_create("resource");
    tcase_add_test(tc, resource_links_what_fields_name);
    tcase_add_test(tc, resource_takes_events_of_functions);
    tcase_add_test(tc, resource_of_a_macro_is_never_whole);
    tcase_add_test(tc, resource_out_of_memory_is_an_error);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
