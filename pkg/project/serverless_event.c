/* Events of a function: queues, streams, schedules, routes. */
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
        uint32_t value = pl_sls_get(sls, event, mapping[i].theirs);
        pl_graft_put(graft, &properties, mapping[i].ours, pl_graft_copy(graft, value, NULL));
    }
    if (is_stream && pl_sls_get(sls, event, "startingPosition") == PL_NODE_NONE) {
        pl_graft_put(graft, &properties, "StartingPosition",
                     pl_graft_text(graft, PL_SLICE("TRIM_HORIZON"), at));
    }
    put_resource(sls, id, number, "AWS::Lambda::EventSourceMapping", &properties);
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

static void add_rule(struct pl_sls *sls, struct pl_slice id, uint32_t number, uint32_t expression)
{
    struct pl_graft *graft = &sls->graft;
    struct pl_pos at = pl_doc_node(sls->doc, expression)->at;
    struct pl_graft_list properties = pl_graft_map(graft, at);
    struct pl_graft_list targets = pl_graft_seq(graft, at);
    struct pl_graft_list target = pl_graft_map(graft, at);
    pl_graft_put(graft, &target, "Arn", pl_graft_call(graft, "Ref", id, at));
    pl_graft_add(graft, &targets, target.node);
    pl_graft_put(graft, &properties, "ScheduleExpression", pl_graft_copy(graft, expression, NULL));
    pl_graft_put(graft, &properties, "Targets", targets.node);
    put_resource(sls, id, number, "AWS::Events::Rule", &properties);
}

/* "rate(...)", or {rate: one or a list}. */
static void add_schedule(struct pl_sls *sls, struct pl_slice id, uint32_t number, uint32_t event)
{
    uint32_t rate =
        pl_doc_node(sls->doc, event)->kind == PL_NODE_MAP ? pl_sls_get(sls, event, "rate") : event;
    if (pl_doc_node(sls->doc, rate)->kind == PL_NODE_SEQ) {
        rate = pl_doc_node(sls->doc, rate)->child;
    }
    if (rate != PL_NODE_NONE) {
        add_rule(sls, id, number, rate);
    }
}

static void add_route(struct pl_sls *sls, struct pl_slice id, uint32_t number, uint32_t event,
                      bool is_http)
{
    struct pl_graft *graft = &sls->graft;
    struct pl_pos at = pl_doc_node(sls->doc, event)->at;
    struct pl_graft_list properties = pl_graft_map(graft, at);
    if (is_http) {
        pl_graft_put(graft, &properties, "IntegrationUri", pl_graft_call(graft, "Ref", id, at));
        put_resource(sls, id, number, "AWS::ApiGatewayV2::Integration", &properties);
        return;
    }
    struct pl_graft_list integration = pl_graft_map(graft, at);
    pl_graft_put(graft, &integration, "Uri", pl_graft_call(graft, "Ref", id, at));
    pl_graft_put(graft, &properties, "Integration", integration.node);
    put_resource(sls, id, number, "AWS::ApiGateway::Method", &properties);
}

static void add_event(struct pl_sls *sls, struct pl_slice id, uint32_t number, uint32_t event)
{
    uint32_t value = PL_NODE_NONE;
    if ((value = pl_sls_get(sls, event, "sqs")) != PL_NODE_NONE) {
        add_mapping(sls, id, number, value, false);
    } else if ((value = pl_sls_get(sls, event, "stream")) != PL_NODE_NONE) {
        add_mapping(sls, id, number, value, true);
    } else if ((value = pl_sls_get(sls, event, "cognitoUserPool")) != PL_NODE_NONE) {
        add_trigger(sls, id, number, value);
    } else if ((value = pl_sls_get(sls, event, "eventBridge")) != PL_NODE_NONE &&
               (value = pl_sls_get(sls, value, "schedule")) != PL_NODE_NONE) {
        add_rule(sls, id, number, value);
        add_permission(sls, id, number, value, "events.amazonaws.com");
    } else if ((value = pl_sls_get(sls, event, "schedule")) != PL_NODE_NONE) {
        add_schedule(sls, id, number, value);
        add_permission(sls, id, number, value, "events.amazonaws.com");
    } else if ((value = pl_sls_get(sls, event, "httpApi")) != PL_NODE_NONE) {
        add_route(sls, id, number, value, true);
        add_permission(sls, id, number, value, "apigateway.amazonaws.com");
    } else if ((value = pl_sls_get(sls, event, "http")) != PL_NODE_NONE) {
        add_route(sls, id, number, value, false);
        add_permission(sls, id, number, value, "apigateway.amazonaws.com");
    }
}

void pl_sls_events(struct pl_sls *sls, struct pl_slice id, uint32_t events)
{
    uint32_t number = 0;
    uint32_t event = pl_doc_node(sls->doc, events)->kind == PL_NODE_SEQ
                         ? pl_doc_node(sls->doc, events)->child
                         : (uint32_t)PL_NODE_NONE;
    while (event != PL_NODE_NONE && !sls->graft.failed) {
        uint32_t next = pl_doc_node(sls->doc, event)->next;
        add_event(sls, id, number++, event);
        event = next;
    }
}
