/* Which resources of Terraform's AWS provider are which of CloudFormation's; from the provider's
 * documentation (6.x) and the CloudFormation resource reference, read 2026-11. */
#include "pkg/project/terraform_read.h"

static const struct pl_tf_attribute function[] = {{"arn", NULL},
                                                  {"filename", NULL},
                                                  {"s3_bucket", NULL},
                                                  {"s3_key", NULL},
                                                  {"s3_object_version", NULL},
                                                  {"image_uri", NULL},
                                                  {"code_sha256", NULL},
                                                  {"file_system_config", "FileSystemConfigs"},
                                                  {NULL, NULL}};

static const struct pl_tf_attribute layer[] = {
    {"arn", NULL},       {"filename", NULL},          {"s3_bucket", NULL},        {"s3_key", NULL},
    {"layer_arn", NULL}, {"s3_object_version", NULL}, {"source_code_hash", NULL}, {NULL, NULL}};

static const struct pl_tf_attribute queue[] = {
    {"name", "QueueName"},
    {"visibility_timeout_seconds", "VisibilityTimeout"},
    {"message_retention_seconds", "MessageRetentionPeriod"},
    {"receive_wait_time_seconds", "ReceiveMessageWaitTimeSeconds"},
    {"max_message_size", "MaximumMessageSize"},
    {"policy", NULL},
    {NULL, NULL}};

static const struct pl_tf_attribute mapping[] = {
    {"filter", "Filters"},
    {"source_access_configuration", "SourceAccessConfigurations"},
    {"function_arn", NULL},
    {NULL, NULL}};

static const struct pl_tf_attribute url[] = {{"authorization_type", "AuthType"},
                                             {"function_name", "TargetFunctionArn"},
                                             {"function_arn", NULL},
                                             {NULL, NULL}};

static const struct pl_tf_attribute table[] = {
    {"name", "TableName"},
    {"stream_view_type", "StreamSpecification.StreamViewType"},
    {NULL, NULL}};
static const struct pl_tf_attribute stream[] = {{"retention_period", "RetentionPeriodHours"},
                                                {NULL, NULL}};
static const struct pl_tf_attribute bucket[] = {{"bucket", "BucketName"}, {NULL, NULL}};
static const struct pl_tf_attribute topic[] = {{"name", "TopicName"}, {NULL, NULL}};
static const struct pl_tf_attribute group[] = {
    {"name", "LogGroupName"}, {"retention_in_days", "RetentionInDays"}, {NULL, NULL}};
static const struct pl_tf_attribute filter[] = {{"name", "FilterName"}, {NULL, NULL}};
static const struct pl_tf_attribute integration[] = {{"timeout_milliseconds", "TimeoutInMillis"},
                                                     {NULL, NULL}};
static const struct pl_tf_attribute pool[] = {{"name", "UserPoolName"},
                                              {"kms_key_id", "KMSKeyID"},
                                              {"custom_sms_sender", "CustomSMSSender"},
                                              {NULL, NULL}};
static const struct pl_tf_attribute role[] = {{"name", "RoleName"},
                                              {"assume_role_policy", "AssumeRolePolicyDocument"},
                                              {"inline_policy", "Policies"},
                                              {"policy", "PolicyDocument"},
                                              {NULL, NULL}};
static const struct pl_tf_attribute policy[] = {
    {"role", "RoleName"}, {"policy", "PolicyDocument"}, {NULL, NULL}};
static const struct pl_tf_attribute distribution[] = {
    {"lambda_function_association", "LambdaFunctionAssociations"},
    {"lambda_arn", "LambdaFunctionARN"},
    {"ordered_cache_behavior", "CacheBehaviors"},
    {NULL, NULL}};

static const struct pl_tf_type types[] = {
    {"aws_lambda_function", "AWS::Lambda::Function", function, NULL},
    {"aws_lambda_layer_version", "AWS::Lambda::LayerVersion", layer, NULL},
    {"aws_lambda_event_source_mapping", "AWS::Lambda::EventSourceMapping", mapping, NULL},
    {"aws_lambda_permission", "AWS::Lambda::Permission", NULL, NULL},
    {"aws_lambda_alias", "AWS::Lambda::Alias", NULL, NULL},
    {"aws_lambda_function_url", "AWS::Lambda::Url", url, NULL},
    {"aws_lambda_function_event_invoke_config", "AWS::Lambda::EventInvokeConfig", NULL, NULL},
    {"aws_lambda_provisioned_concurrency_config", "aws_lambda_provisioned_concurrency_config", NULL,
     NULL},
    {"aws_sqs_queue", "AWS::SQS::Queue", queue, NULL},
    {"aws_sns_topic", "AWS::SNS::Topic", topic, NULL},
    {"aws_sns_topic_subscription", "AWS::SNS::Subscription", NULL, NULL},
    {"aws_kinesis_stream", "AWS::Kinesis::Stream", stream, NULL},
    {"aws_dynamodb_table", "AWS::DynamoDB::Table", table, NULL},
    {"aws_s3_bucket", "AWS::S3::Bucket", bucket, NULL},
    {"aws_s3_bucket_notification", "aws_s3_bucket_notification", NULL, NULL},
    {"aws_cloudwatch_event_rule", "AWS::Events::Rule", NULL, NULL},
    {"aws_cloudwatch_event_target", "aws_cloudwatch_event_target", NULL, NULL},
    {"aws_cloudwatch_log_group", "AWS::Logs::LogGroup", group, NULL},
    {"aws_cloudwatch_log_subscription_filter", "AWS::Logs::SubscriptionFilter", filter, NULL},
    {"aws_scheduler_schedule", "AWS::Scheduler::Schedule", NULL, NULL},
    {"aws_apigatewayv2_api", "AWS::ApiGatewayV2::Api", NULL, NULL},
    {"aws_apigatewayv2_integration", "AWS::ApiGatewayV2::Integration", integration, NULL},
    {"aws_apigatewayv2_authorizer", "AWS::ApiGatewayV2::Authorizer", NULL, NULL},
    {"aws_api_gateway_rest_api", "AWS::ApiGateway::RestApi", NULL, NULL},
    {"aws_api_gateway_integration", "AWS::ApiGateway::Method", integration, "Integration"},
    {"aws_api_gateway_authorizer", "AWS::ApiGateway::Authorizer", NULL, NULL},
    {"aws_cloudfront_distribution", "AWS::CloudFront::Distribution", distribution,
     "DistributionConfig"},
    {"aws_cognito_user_pool", "AWS::Cognito::UserPool", pool, NULL},
    {"aws_iot_topic_rule", "aws_iot_topic_rule", NULL, NULL},
    {"aws_iam_role", "AWS::IAM::Role", role, NULL},
    {"aws_iam_role_policy", "AWS::IAM::RolePolicy", policy, NULL},
    {"aws_iam_policy", "AWS::IAM::ManagedPolicy", policy, NULL},
    {"aws_iam_role_policy_attachment", "aws_iam_role_policy_attachment", NULL, NULL},
    {"aws_iam_policy_attachment", "aws_iam_policy_attachment", NULL, NULL},
    {"aws_kms_key", "AWS::KMS::Key", NULL, NULL},
    {"aws_lb_target_group", "AWS::ElasticLoadBalancingV2::TargetGroup", NULL, NULL},
    {"aws_alb_target_group", "AWS::ElasticLoadBalancingV2::TargetGroup", NULL, NULL},
    {"aws_lb_target_group_attachment", "aws_lb_target_group_attachment", NULL, NULL},
    {"aws_alb_target_group_attachment", "aws_lb_target_group_attachment", NULL, NULL},
};

const struct pl_tf_type *pl_tf_type_find(struct pl_slice name)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (pl_slice_is(name, types[i].theirs)) {
            return &types[i];
        }
    }
    return NULL;
}

static bool is_one_of(struct pl_slice word, const char *const *list, size_t n)
{
    size_t i = 0;
    while (i < n && !pl_slice_is(word, list[i])) {
        i++;
    }
    return i < n;
}

bool pl_tf_is_single(struct pl_slice key)
{
    static const char *const names[] = {"environment",
                                        "ephemeral_storage",
                                        "snap_start",
                                        "vpc_config",
                                        "image_config",
                                        "dead_letter_config",
                                        "tracing_config",
                                        "logging_config",
                                        "destination_config",
                                        "on_failure",
                                        "on_success",
                                        "scaling_config",
                                        "filter_criteria",
                                        "cors",
                                        "retry_policy",
                                        "target",
                                        "flexible_time_window",
                                        "default_cache_behavior",
                                        "routing_config",
                                        "capacity_provider_config",
                                        "document_db_event_source_config",
                                        "lambda_config",
                                        "lambda_managed_instances_capacity_provider_config",
                                        "durable_config",
                                        "provisioned_poller_config",
                                        "self_managed_event_source",
                                        "tenancy_config"};
    return is_one_of(key, names, sizeof names / sizeof *names);
}

bool pl_tf_is_free(struct pl_slice key)
{
    static const char *const names[] = {"variables", "tags", "tags_all", "stage_variables",
                                        "additional_version_weights"};
    return is_one_of(key, names, sizeof names / sizeof *names);
}

bool pl_tf_is_policy(const struct pl_tf_type *type, struct pl_slice key)
{
    static const char *const names[] = {"assume_role_policy", "policy"};
    bool is_iam = pl_slice_starts(pl_slice_of(type->ours), PL_SLICE("AWS::IAM::"));
    return pl_slice_is(key, "redrive_policy") ||
           (is_iam && is_one_of(key, names, sizeof names / sizeof *names));
}

bool pl_tf_is_zero_unset(struct pl_slice key)
{
    static const char *const names[] = {"parallelization_factor", "maximum_record_age_in_seconds",
                                        "maximum_event_age_in_seconds"};
    return is_one_of(key, names, sizeof names / sizeof *names);
}

bool pl_tf_is_gathered(struct pl_slice key)
{
    static const char *const names[] = {"managed_policy_arns", "inline_policy"};
    return is_one_of(key, names, sizeof names / sizeof *names);
}
