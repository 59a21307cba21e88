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

static const struct pl_tf_attribute table[] = {{"name", "TableName"}, {NULL, NULL}};
static const struct pl_tf_attribute stream[] = {{"retention_period", "RetentionPeriodHours"},
                                                {NULL, NULL}};
static const struct pl_tf_attribute bucket[] = {{"bucket", "BucketName"}, {NULL, NULL}};
static const struct pl_tf_attribute topic[] = {{"name", "TopicName"}, {NULL, NULL}};
static const struct pl_tf_attribute group[] = {
    {"name", "LogGroupName"}, {"retention_in_days", "RetentionInDays"}, {NULL, NULL}};
static const struct pl_tf_attribute filter[] = {{"name", "FilterName"}, {NULL, NULL}};
static const struct pl_tf_attribute integration[] = {{"timeout_milliseconds", "TimeoutInMillis"},
                                                     {"integration_uri", "IntegrationUri"},
                                                     {"uri", "Uri"},
                                                     {NULL, NULL}};
static const struct pl_tf_attribute distribution[] = {
    {"lambda_function_association", "LambdaFunctionAssociations"},
    {"lambda_arn", "LambdaFunctionARN"},
    {"ordered_cache_behavior", "CacheBehaviors"},
    {NULL, NULL}};

static const struct pl_tf_type types[] = {
    {"aws_lambda_function", "AWS::Lambda::Function", function},
    {"aws_lambda_layer_version", "AWS::Lambda::LayerVersion", layer},
    {"aws_lambda_event_source_mapping", "AWS::Lambda::EventSourceMapping", mapping},
    {"aws_lambda_permission", "AWS::Lambda::Permission", NULL},
    {"aws_lambda_alias", "AWS::Lambda::Alias", NULL},
    {"aws_lambda_function_url", "AWS::Lambda::Url", url},
    {"aws_lambda_function_event_invoke_config", "AWS::Lambda::EventInvokeConfig", NULL},
    {"aws_sqs_queue", "AWS::SQS::Queue", queue},
    {"aws_sns_topic", "AWS::SNS::Topic", topic},
    {"aws_sns_topic_subscription", "AWS::SNS::Subscription", NULL},
    {"aws_kinesis_stream", "AWS::Kinesis::Stream", stream},
    {"aws_dynamodb_table", "AWS::DynamoDB::Table", table},
    {"aws_s3_bucket", "AWS::S3::Bucket", bucket},
    {"aws_cloudwatch_event_rule", "AWS::Events::Rule", NULL},
    {"aws_cloudwatch_log_group", "AWS::Logs::LogGroup", group},
    {"aws_cloudwatch_log_subscription_filter", "AWS::Logs::SubscriptionFilter", filter},
    {"aws_scheduler_schedule", "AWS::Scheduler::Schedule", NULL},
    {"aws_apigatewayv2_api", "AWS::ApiGatewayV2::Api", NULL},
    {"aws_apigatewayv2_integration", "AWS::ApiGatewayV2::Integration", integration},
    {"aws_api_gateway_rest_api", "AWS::ApiGateway::RestApi", NULL},
    {"aws_cloudfront_distribution", "AWS::CloudFront::Distribution", distribution},
    {"aws_cognito_user_pool", "AWS::Cognito::UserPool", NULL},
    {"aws_iam_role", "AWS::IAM::Role", NULL},
    {"aws_kms_key", "AWS::KMS::Key", NULL},
    {"aws_lb_target_group", "AWS::ElasticLoadBalancingV2::TargetGroup", NULL},
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
                                        "tenancy_config"};
    return is_one_of(key, names, sizeof names / sizeof *names);
}

bool pl_tf_is_free(struct pl_slice key)
{
    static const char *const names[] = {"variables", "tags", "tags_all", "stage_variables",
                                        "additional_version_weights"};
    return is_one_of(key, names, sizeof names / sizeof *names);
}
