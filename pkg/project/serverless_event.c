/* Events of a function: what calls it, and the permission that the framework adds with each. */
#include "pkg/project/serverless_read.h"

/* Theirs, and the property of AWS::Lambda::EventSourceMapping. */
static const struct {
    const char *theirs, *ours;
} mapping[] = {{"arn", "EventSourceArn"},
               {"batchSize", "BatchSize"},
               {"batchWindow", "MaximumBatchingWindowInSeconds"},
               {"maximumBatchingWindow", "MaximumBatchingWindowInSeconds"},
               {"startingPosition", "StartingPosition"},
               {"startingPositionTimestamp", "StartingPositionTimestamp"},
               {"parallelizationFactor", "ParallelizationFactor"},
               {"maximumRecordAgeInSeconds", "MaximumRecordAgeInSeconds"},
               {"maximumRetryAttempts", "MaximumRetryAttempts"},
               {"tumblingWindowInSeconds", "TumblingWindowInSeconds"},
               {"topic", "Topics"},
               {"queue", "Queues"},
               {"enabled", "Enabled"}};

static const char PERMISSION[] = "AWS::Lambda::Permission";

static void put_resource(struct pl_sls *sls, struct pl_slice id, uint32_t number, const char *type,
                         struct pl_graft_list *properties)
{
    struct pl_graft *graft = &sls->graft;
    struct pl_pos at = pl_doc_node(sls->doc, properties->node)->at;
    struct pl_graft_list map = pl_graft_map(graft, at);
    struct pl_slice name = PL_SLICE("");
    bool permits = pl_slice_is(pl_slice_of(type), PERMISSION);
    if (!graft->failed &&
        pl_arena_fmt(graft->arena, &name, graft->err, "%.*sEvent%u%s", (int)id.len, id.ptr, number,
                     permits ? "Permission" : "") != PL_OK) {
        graft->failed = true;
    }
    pl_graft_put(graft, &map, "Type", pl_graft_text(graft, pl_slice_of(type), at));
    pl_graft_put(graft, &map, "Properties", properties->node);
    pl_graft_put_at(graft, &sls->resources, name, at, map.node);
}

/* Serverless adds it with the event. */
static void add_permission(struct pl_sls *sls, struct pl_slice id, uint32_t number, uint32_t event,
                           const char *principal)
{
    struct pl_graft *graft = &sls->graft;
    struct pl_pos at = pl_doc_node(sls->doc, event)->at;
    struct pl_graft_list properties = pl_graft_map(graft, at);
    pl_graft_put(graft, &properties, "FunctionName", pl_graft_call(graft, "Ref", id, at));
    pl_graft_put(graft, &properties, "Action",
                 pl_graft_text(graft, PL_SLICE("lambda:InvokeFunction"), at));
    pl_graft_put(graft, &properties, "Principal", pl_graft_text(graft, pl_slice_of(principal), at));
    put_resource(sls, id, number, PERMISSION, &properties);
}

/* {outer: {inner: value}}; nothing without a value. */
static void put_below(struct pl_sls *sls, struct pl_graft_list *to, const char *outer,
                      const char *inner, uint32_t value)
{
    if (value != PL_NODE_NONE) {
        struct pl_pos at = pl_doc_node(sls->doc, value)->at;
        struct pl_graft_list map = pl_graft_map(&sls->graft, at);
        pl_graft_put(&sls->graft, &map, inner, value);
        pl_graft_put(&sls->graft, to, outer, map.node);
    }
}

static uint32_t copy_of(struct pl_sls *sls, uint32_t event, const char *key)
{
    return pl_graft_copy(&sls->graft, pl_sls_get(sls, event, key), NULL);
}

/* An event that is one text, or a map with that text in it. */
static uint32_t text_or(struct pl_sls *sls, uint32_t event, const char *key)
{
    return pl_doc_node(sls->doc, event)->kind == PL_NODE_MAP
               ? copy_of(sls, event, key)
               : pl_graft_copy(&sls->graft, event, NULL);
}

/* Streams are read from their start where nothing else is said (lib/plugins/aws/package/compile/
 * events/stream.js of the framework). */
static void add_mapping(struct pl_sls *sls, struct pl_slice id, uint32_t number, uint32_t event,
                        bool is_stream)
{
    struct pl_graft *graft = &sls->graft;
    struct pl_pos at = pl_doc_node(sls->doc, event)->at;
    struct pl_graft_list properties = pl_graft_map(graft, at);
    pl_graft_put(graft, &properties, "FunctionName", pl_graft_call(graft, "Ref", id, at));
    if (pl_doc_node(sls->doc, event)->kind == PL_NODE_SCALAR) {
        pl_graft_put(graft, &properties, "EventSourceArn", pl_graft_copy(graft, event, NULL));
    }
    for (size_t i = 0; i < sizeof mapping / sizeof *mapping; i++) {
        pl_graft_put(graft, &properties, mapping[i].ours, copy_of(sls, event, mapping[i].theirs));
    }
    put_below(sls, &properties, "ScalingConfig", "MaximumConcurrency",
              copy_of(sls, event, "maximumConcurrency"));
    if (is_stream && pl_sls_get(sls, event, "startingPosition") == PL_NODE_NONE) {
        pl_graft_put(graft, &properties, "StartingPosition",
                     pl_graft_text(graft, PL_SLICE("TRIM_HORIZON"), at));
    }
    put_resource(sls, id, number, "AWS::Lambda::EventSourceMapping", &properties);
}

static void add_queue(struct pl_sls *sls, struct pl_slice id, uint32_t number, uint32_t event)
{
    add_mapping(sls, id, number, event, false);
}

static void add_stream(struct pl_sls *sls, struct pl_slice id, uint32_t number, uint32_t event)
{
    add_mapping(sls, id, number, event, true);
}

static void add_trigger(struct pl_sls *sls, struct pl_slice id, uint32_t number, uint32_t event)
{
    struct pl_graft *graft = &sls->graft;
    const struct pl_node *trigger = pl_doc_node(sls->doc, pl_sls_get(sls, event, "trigger"));
    struct pl_graft_list properties = pl_graft_map(graft, trigger->at);
    struct pl_graft_list config = pl_graft_map(graft, trigger->at);
    if (trigger->kind != PL_NODE_SCALAR) {
        return;
    }
    pl_graft_put_at(graft, &config, trigger->text, trigger->at,
                    pl_graft_call(graft, "Ref", id, trigger->at));
    pl_graft_put(graft, &properties, "LambdaConfig", config.node);
    put_resource(sls, id, number, "AWS::Cognito::UserPool", &properties);
    add_permission(sls, id, number, event, "cognito-idp.amazonaws.com");
}

/* {name: [{key: id}]} */
static void put_targets(struct pl_sls *sls, struct pl_graft_list *to, const char *name,
                        const char *key, struct pl_slice id, struct pl_pos at)
{
    struct pl_graft *graft = &sls->graft;
    struct pl_graft_list list = pl_graft_seq(graft, at);
    struct pl_graft_list item = pl_graft_map(graft, at);
    pl_graft_put(graft, &item, key, pl_graft_call(graft, "Ref", id, at));
    pl_graft_add(graft, &list, item.node);
    pl_graft_put(graft, to, name, list.node);
}

/* A rule of EventBridge; `method: scheduler` makes a schedule of EventBridge Scheduler. */
static void add_rule(struct pl_sls *sls, struct pl_slice id, uint32_t number, uint32_t expression,
                     bool is_scheduler)
{
    struct pl_graft *graft = &sls->graft;
    struct pl_pos at = pl_doc_node(sls->doc, expression)->at;
    struct pl_graft_list properties = pl_graft_map(graft, at);
    pl_graft_put(graft, &properties, "ScheduleExpression", pl_graft_copy(graft, expression, NULL));
    if (is_scheduler) {
        put_below(sls, &properties, "Target", "Arn", pl_graft_call(graft, "Ref", id, at));
        put_resource(sls, id, number, "AWS::Scheduler::Schedule", &properties);
        return;
    }
    put_targets(sls, &properties, "Targets", "Arn", id, at);
    put_resource(sls, id, number, "AWS::Events::Rule", &properties);
    add_permission(sls, id, number, expression, "events.amazonaws.com");
}

/* "rate(...)", or {rate: one or a list}. */
static void add_schedule(struct pl_sls *sls, struct pl_slice id, uint32_t number, uint32_t event)
{
    bool is_map = pl_doc_node(sls->doc, event)->kind == PL_NODE_MAP;
    struct pl_slice method = pl_doc_node(sls->doc, pl_sls_get(sls, event, "method"))->text;
    uint32_t rate = is_map ? pl_sls_get(sls, event, "rate") : event;
    bool is_list = pl_doc_node(sls->doc, rate)->kind == PL_NODE_SEQ;
    for (uint32_t at = is_list ? pl_doc_node(sls->doc, rate)->child : rate;
         at != PL_NODE_NONE && !sls->graft.failed;
         at = is_list ? pl_doc_node(sls->doc, at)->next : (uint32_t)PL_NODE_NONE) {
        add_rule(sls, id, number, at, pl_slice_is(method, "scheduler"));
    }
}

static void add_bus(struct pl_sls *sls, struct pl_slice id, uint32_t number, uint32_t event)
{
    uint32_t schedule = pl_sls_get(sls, event, "schedule");
    if (schedule != PL_NODE_NONE) {
        add_rule(sls, id, number, schedule, false);
    }
}

/* The routes of an HTTP or WebSocket API. */
static void add_socket_or_http(struct pl_sls *sls, struct pl_slice id, uint32_t number,
                               uint32_t event, const char *protocol)
{
    struct pl_graft *graft = &sls->graft;
    struct pl_pos at = pl_doc_node(sls->doc, event)->at;
    struct pl_graft_list properties = pl_graft_map(graft, at);
    pl_graft_put(graft, &properties, "IntegrationUri", pl_graft_call(graft, "Ref", id, at));
    pl_graft_put(graft, &properties, "ProtocolType",
                 pl_graft_text(graft, pl_slice_of(protocol), at));
    put_resource(sls, id, number, "AWS::ApiGatewayV2::Integration", &properties);
    add_permission(sls, id, number, event, "apigateway.amazonaws.com");
}

static void add_http_api(struct pl_sls *sls, struct pl_slice id, uint32_t number, uint32_t event)
{
    add_socket_or_http(sls, id, number, event, "HTTP");
}

static void add_socket(struct pl_sls *sls, struct pl_slice id, uint32_t number, uint32_t event)
{
    add_socket_or_http(sls, id, number, event, "WEBSOCKET");
}

static void add_http(struct pl_sls *sls, struct pl_slice id, uint32_t number, uint32_t event)
{
    struct pl_graft *graft = &sls->graft;
    struct pl_pos at = pl_doc_node(sls->doc, event)->at;
    struct pl_graft_list properties = pl_graft_map(graft, at);
    put_below(sls, &properties, "Integration", "Uri", pl_graft_call(graft, "Ref", id, at));
    put_resource(sls, id, number, "AWS::ApiGateway::Method", &properties);
    add_permission(sls, id, number, event, "apigateway.amazonaws.com");
}

/* A bucket or topic that the framework makes for an event, under its logical id: "S3Bucket" and the
 * letters and digits of the name. */
static struct pl_slice make_thing(struct pl_sls *sls, const char *prefix, const char *type,
                                  const char *key, uint32_t name)
{
    struct pl_graft *graft = &sls->graft;
    const struct pl_node it = *pl_doc_node(sls->doc, name);
    char text[256];
    size_t n = 0;
    struct pl_slice id = PL_SLICE("");
    for (size_t i = 0; i < it.text.len && n < sizeof text; i++) {
        char c = it.text.ptr[i];
        bool is_lower = c >= 'a' && c <= 'z';
        if (is_lower || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) {
            text[n] = (char)(n == 0 && is_lower ? c - 'a' + 'A' : c);
            n++;
        }
    }
    struct pl_graft_list map = pl_graft_map(graft, it.at);
    struct pl_graft_list properties = pl_graft_map(graft, it.at);
    if (!graft->failed &&
        pl_arena_fmt(graft->arena, &id, graft->err, "%s%.*s", prefix, (int)n, text) != PL_OK) {
        graft->failed = true;
    }
    pl_graft_put(graft, &properties, key, pl_graft_copy(graft, name, NULL));
    pl_graft_put(graft, &map, "Type", pl_graft_text(graft, pl_slice_of(type), it.at));
    pl_graft_put(graft, &map, "Properties", properties.node);
    pl_graft_put_at(graft, &sls->resources, id, it.at, map.node);
    return id;
}

static bool is_true(const struct pl_sls *sls, uint32_t node)
{
    bool value = false;
    return pl_node_bool(pl_doc_node(sls->doc, node), &value) && value;
}

static bool is_known_text(const struct pl_sls *sls, uint32_t node)
{
    const struct pl_node *it = pl_doc_node(sls->doc, node);
    return it->kind == PL_NODE_SCALAR && it->text.len > 0 &&
           !pl_slice_is(it->tag, PL_GRAFT_UNKNOWN);
}

/* "bucket", or {bucket, event, rules: [{prefix}, {suffix}]}. */
static void add_bucket(struct pl_sls *sls, struct pl_slice id, uint32_t number, uint32_t event)
{
    struct pl_graft *graft = &sls->graft;
    struct pl_pos at = pl_doc_node(sls->doc, event)->at;
    struct pl_graft_list properties = pl_graft_map(graft, at);
    struct pl_graft_list item = pl_graft_map(graft, at);
    uint32_t kind = copy_of(sls, event, "event");
    uint32_t rules = pl_sls_get(sls, event, "rules");
    pl_graft_put(graft, &item, "LambdaFunctionArn", pl_graft_call(graft, "Ref", id, at));
    pl_graft_put(graft, &item, "Events",
                 kind != PL_NODE_NONE ? kind
                                      : pl_graft_text(graft, PL_SLICE("s3:ObjectCreated:*"), at));
    for (uint32_t rule = pl_doc_node(sls->doc, rules)->kind == PL_NODE_SEQ
                             ? pl_doc_node(sls->doc, rules)->child
                             : (uint32_t)PL_NODE_NONE;
         rule != PL_NODE_NONE && !graft->failed; rule = pl_doc_node(sls->doc, rule)->next) {
        pl_graft_put(graft, &item, "FilterPrefix", copy_of(sls, rule, "prefix"));
        pl_graft_put(graft, &item, "FilterSuffix", copy_of(sls, rule, "suffix"));
    }
    uint32_t bucket = text_or(sls, event, "bucket");
    if (is_known_text(sls, bucket) && !is_true(sls, pl_sls_get(sls, event, "existing"))) {
        (void)make_thing(sls, "S3Bucket", "AWS::S3::Bucket", "BucketName", bucket);
    }
    pl_graft_put(graft, &properties, "Bucket", bucket);
    pl_graft_put(graft, &properties, "LambdaFunction", item.node);
    put_resource(sls, id, number, "aws_s3_bucket_notification", &properties);
    add_permission(sls, id, number, event, "s3.amazonaws.com");
}

/* "topic", its ARN, or {arn, topicName}. */
static void add_topic(struct pl_sls *sls, struct pl_slice id, uint32_t number, uint32_t event)
{
    struct pl_graft *graft = &sls->graft;
    struct pl_pos at = pl_doc_node(sls->doc, event)->at;
    struct pl_graft_list properties = pl_graft_map(graft, at);
    uint32_t arn = text_or(sls, event, "arn");
    uint32_t name = arn != PL_NODE_NONE ? arn : copy_of(sls, event, "topicName");
    bool is_name = is_known_text(sls, name) &&
                   !pl_slice_starts(pl_doc_node(sls->doc, name)->text, PL_SLICE("arn:"));
    if (is_name) {
        struct pl_slice made = make_thing(sls, "SNSTopic", "AWS::SNS::Topic", "TopicName", name);
        name = pl_graft_call(graft, "Ref", made, at);
    }
    pl_graft_put(graft, &properties, "Endpoint", pl_graft_call(graft, "Ref", id, at));
    pl_graft_put(graft, &properties, "Protocol", pl_graft_text(graft, PL_SLICE("lambda"), at));
    pl_graft_put(graft, &properties, "TopicArn", name);
    put_resource(sls, id, number, "AWS::SNS::Subscription", &properties);
    add_permission(sls, id, number, event, "sns.amazonaws.com");
}

static void add_balancer(struct pl_sls *sls, struct pl_slice id, uint32_t number, uint32_t event)
{
    struct pl_graft *graft = &sls->graft;
    struct pl_pos at = pl_doc_node(sls->doc, event)->at;
    struct pl_graft_list properties = pl_graft_map(graft, at);
    pl_graft_put(graft, &properties, "TargetType", pl_graft_text(graft, PL_SLICE("lambda"), at));
    put_targets(sls, &properties, "Targets", "Id", id, at);
    put_resource(sls, id, number, "AWS::ElasticLoadBalancingV2::TargetGroup", &properties);
    add_permission(sls, id, number, event, "elasticloadbalancing.amazonaws.com");
}

/* "group", or {logGroup, filter}. */
static void add_log(struct pl_sls *sls, struct pl_slice id, uint32_t number, uint32_t event)
{
    struct pl_graft *graft = &sls->graft;
    struct pl_pos at = pl_doc_node(sls->doc, event)->at;
    struct pl_graft_list properties = pl_graft_map(graft, at);
    pl_graft_put(graft, &properties, "LogGroupName", text_or(sls, event, "logGroup"));
    pl_graft_put(graft, &properties, "DestinationArn", pl_graft_call(graft, "Ref", id, at));
    put_resource(sls, id, number, "AWS::Logs::SubscriptionFilter", &properties);
    add_permission(sls, id, number, event, "logs.amazonaws.com");
}

static void add_iot(struct pl_sls *sls, struct pl_slice id, uint32_t number, uint32_t event)
{
    struct pl_graft *graft = &sls->graft;
    struct pl_pos at = pl_doc_node(sls->doc, event)->at;
    struct pl_graft_list properties = pl_graft_map(graft, at);
    put_below(sls, &properties, "Lambda", "FunctionArn", pl_graft_call(graft, "Ref", id, at));
    put_resource(sls, id, number, "aws_iot_topic_rule", &properties);
    add_permission(sls, id, number, event, "iot.amazonaws.com");
}

/* The framework publishes a version and names it. */
static void add_edge(struct pl_sls *sls, struct pl_slice id, uint32_t number, uint32_t event)
{
    struct pl_graft *graft = &sls->graft;
    struct pl_pos at = pl_doc_node(sls->doc, event)->at;
    struct pl_graft_list properties = pl_graft_map(graft, at);
    struct pl_graft_list behavior = pl_graft_map(graft, at);
    struct pl_graft_list item = pl_graft_map(graft, at);
    struct pl_graft_list arn = pl_graft_map(graft, at);
    struct pl_graft_list pair = pl_graft_seq(graft, at);
    pl_graft_add(graft, &pair, pl_graft_text(graft, id, at));
    pl_graft_add(graft, &pair, pl_graft_text(graft, PL_SLICE("Version"), at));
    pl_graft_put(graft, &arn, "Fn::GetAtt", pair.node);
    pl_graft_put(graft, &item, "EventType", copy_of(sls, event, "eventType"));
    pl_graft_put(graft, &item, "IncludeBody", copy_of(sls, event, "includeBody"));
    pl_graft_put(graft, &item, "LambdaFunctionARN", arn.node);
    pl_graft_put(graft, &behavior, "LambdaFunctionAssociations", item.node);
    put_below(sls, &properties, "DistributionConfig", "DefaultCacheBehavior", behavior.node);
    put_resource(sls, id, number, "AWS::CloudFront::Distribution", &properties);
}

void pl_sls_events(struct pl_sls *sls, struct pl_slice id, uint32_t events)
{
    static const struct {
        const char *name;
        void (*add)(struct pl_sls *sls, struct pl_slice id, uint32_t number, uint32_t event);
    } kinds[] = {
        {"sqs", add_queue},       {"activemq", add_queue},    {"rabbitmq", add_queue},
        {"stream", add_stream},   {"msk", add_stream},        {"cognitoUserPool", add_trigger},
        {"eventBridge", add_bus}, {"schedule", add_schedule}, {"httpApi", add_http_api},
        {"http", add_http},       {"websocket", add_socket},  {"s3", add_bucket},
        {"sns", add_topic},       {"alb", add_balancer},      {"cloudwatchLog", add_log},
        {"iot", add_iot},         {"cloudFront", add_edge}};
    uint32_t number = 0;
    uint32_t event = pl_doc_node(sls->doc, events)->kind == PL_NODE_SEQ
                         ? pl_doc_node(sls->doc, events)->child
                         : (uint32_t)PL_NODE_NONE;
    while (event != PL_NODE_NONE && !sls->graft.failed) {
        uint32_t next = pl_doc_node(sls->doc, event)->next;
        uint32_t value = PL_NODE_NONE;
        size_t i = 0;
        while (i < sizeof kinds / sizeof *kinds &&
               (value = pl_sls_get(sls, event, kinds[i].name)) == PL_NODE_NONE) {
            i++;
        }
        if (value != PL_NODE_NONE) {
            kinds[i].add(sls, id, number, value);
        }
        number++;
        event = next;
    }
}
