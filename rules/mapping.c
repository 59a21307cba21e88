/* PL9: event source mappings. */
#include "pkg/lambda/events.h"
#include "rules/related.h"

/* A queue's own setting, or the service's default. */
static bool visibility_of(const struct pl_resource *queue, int64_t *ret)
{
    struct pl_value value = pl_resource_value(queue, PL_KEY_VISIBILITY);
    *ret = PL_SQS_VISIBILITY_DEFAULT_S;
    return value.known == PL_ABSENT || (value.known == PL_GIVEN && pl_value_int(&value, ret));
}

static PL_STATUS judge_visibility(struct pl_rule_ctx *ctx, const struct pl_resource *queue,
                                  int64_t timeout, int64_t visible, struct pl_err *err)
{
    struct pl_emit what = pl_emit_at(queue, PL_KEY_VISIBILITY);
    int64_t advised = timeout * PL_SQS_VISIBILITY_TIMES;
    enum pl_status status = PL_OK;
    const char *by = pl_resource_field(queue, PL_KEY_VISIBILITY) ? "" : ", the default,";
    if (visible >= advised) {
        return PL_OK;
    }
    if (visible < timeout) {
        status = pl_say(ctx, &what.says, err,
                        "Queue visibility timeout: %lld seconds is less than Function timeout: "
                        "%lld seconds",
                        (long long)visible, (long long)timeout);
        struct pl_slice key = pl_words(ctx, "VisibilityTimeout:", "visibility_timeout_seconds =");
        status = status
                     ? status
                     : pl_say(ctx, &what.mend, err, "%.*s %lld", PL_TEXT(key), (long long)advised);
        return status ? status
                      : pl_emit(ctx, &what, err,
                                "messages are visible again after %lld s%s while the function may "
                                "still work on them: its timeout is %lld s",
                                (long long)visible, by, (long long)timeout);
    }
    what.severity = PL_SEV_INFO;
    return pl_emit(ctx, &what, err,
                   "a visibility timeout of %lld s%s is less than six times the function's timeout "
                   "(%lld s)",
                   (long long)visible, by, (long long)timeout);
}

PL_STATUS pl_check_queue_visibility(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_resource *mapping = ctx->resource;
    if (pl_source_of_mapping(ctx->survey, mapping) != PL_FROM_SQS) {
        return PL_OK;
    }
    const struct pl_resource *queue =
        pl_named_as(ctx->survey, pl_resource_field(mapping, PL_KEY_SOURCE), PL_RES_QUEUE);
    if (!queue || !ctx->function) {
        return pl_skip(ctx, err, "the queue or the function stands somewhere else");
    }
    struct pl_branches fn = pl_branches_of(ctx->survey, ctx->function);
    int64_t visible = 0;
    if (!visibility_of(queue, &visible)) {
        return pl_skip(ctx, err, "the queue's visibility timeout is not known here");
    }
    if (pl_may_never_meet(fn, mapping, queue)) {
        return pl_skip(ctx, err, "function and queue depend on conditions");
    }
    for (uint32_t i = 0; i < fn.n; i++) {
        int64_t timeout = 0;
        enum pl_status status =
            pl_value_has(&fn.at[i].decl->timeout) && pl_value_int(&fn.at[i].decl->timeout, &timeout)
                ? judge_visibility(ctx, queue, timeout, visible, err)
                : pl_skip(ctx, err, "the function's timeout is not known here");
        if (status) {
            return status;
        }
    }
    return PL_OK;
}

/* Ranges that every mapping shares. */
static PL_STATUS check_ranges(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    static const struct {
        enum pl_key key;
        int64_t min, max;
        const char *what;
    } ranges[] = {{PL_KEY_BATCH_SIZE, 1, PL_MAPPING_BATCH_MAX, "a batch size"},
                  {PL_KEY_BATCH_WINDOW, 0, PL_MAPPING_WINDOW_MAX_S, "a batching window (s)"},
                  {PL_KEY_PARALLEL, 1, PL_MAPPING_PARALLEL_MAX, "a parallelization factor"},
                  {PL_KEY_RECORD_AGE, -1, PL_MAPPING_AGE_MAX_S, "a maximum record age (s)"},
                  {PL_KEY_RETRIES, -1, PL_MAPPING_RETRIES_MAX, "a number of retries"},
                  {PL_KEY_TUMBLING, 0, PL_MAPPING_TUMBLING_MAX_S, "a tumbling window (s)"},
                  {PL_KEY_CONCURRENCY, 2, PL_MAPPING_CONCURRENCY_MAX, "a maximum concurrency"}};
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        int64_t n = 0;
        if (!pl_field_int(ctx->resource, ranges[i].key, &n) ||
            (n >= ranges[i].min && n <= ranges[i].max)) {
            continue;
        }
        struct pl_emit what = pl_emit_at(ctx->resource, ranges[i].key);
        enum pl_status status =
            pl_emit(ctx, &what, err, "%s of %lld, where %lld to %lld are accepted", ranges[i].what,
                    (long long)n, (long long)ranges[i].min, (long long)ranges[i].max);
        if (status) {
            return status;
        }
    }
    return PL_OK;
}

static bool is_fifo(const struct pl_rule_ctx *ctx)
{
    const struct pl_field *source = pl_resource_field(ctx->resource, PL_KEY_SOURCE);
    const struct pl_resource *queue = pl_named_as(ctx->survey, source, PL_RES_QUEUE);
    if (!queue) {
        return source && source->value.known == PL_GIVEN &&
               pl_slice_ends(source->value.text, PL_SLICE(".fifo"));
    }
    struct pl_value fifo = pl_resource_value(queue, PL_KEY_FIFO);
    return fifo.known == PL_GIVEN && pl_slice_eq_nocase(fifo.text, PL_SLICE("true"));
}

static PL_STATUS check_fifo(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    int64_t n = 0;
    if (pl_field_int(ctx->resource, PL_KEY_BATCH_SIZE, &n) && n > PL_SQS_FIFO_BATCH_MAX &&
        n <= PL_MAPPING_BATCH_MAX) {
        struct pl_emit what = pl_emit_at(ctx->resource, PL_KEY_BATCH_SIZE);
        what.caret = PL_SLICE("10 at most from a FIFO queue");
        return pl_emit(ctx, &what, err, "a batch of %lld messages of a FIFO queue; %d are the most",
                       (long long)n, PL_SQS_FIFO_BATCH_MAX);
    }
    if (pl_field_int(ctx->resource, PL_KEY_BATCH_WINDOW, &n) && n > 0) {
        struct pl_emit what = pl_emit_at(ctx->resource, PL_KEY_BATCH_WINDOW);
        return pl_emit(ctx, &what, err, "FIFO queues have no batching window");
    }
    return PL_OK;
}

static PL_STATUS check_window(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    struct pl_value window = pl_resource_value(ctx->resource, PL_KEY_BATCH_WINDOW);
    int64_t batch = 0;
    int64_t n = 0;
    if (!pl_field_int(ctx->resource, PL_KEY_BATCH_SIZE, &batch) ||
        batch <= PL_SQS_BATCH_WITHOUT_WINDOW || batch > PL_MAPPING_BATCH_MAX) {
        return PL_OK;
    }
    if (window.known == PL_UNKNOWN) {
        return pl_skip(ctx, err, "%s", window.why);
    }
    if (window.known == PL_GIVEN && (!pl_value_int(&window, &n) || n > 0)) {
        return PL_OK;
    }
    struct pl_emit what = pl_emit_at(ctx->resource, PL_KEY_BATCH_SIZE);
    what.says = PL_SLICE("Maximum batch window in seconds must be greater than 0 if maximum batch "
                         "size is greater than 10");
    what.mend = pl_words(ctx, "MaximumBatchingWindowInSeconds: 1",
                         "maximum_batching_window_in_seconds = 1");
    return pl_emit(ctx, &what, err, "a batch of %lld messages needs a batching window",
                   (long long)batch);
}

static uint32_t count_of(const struct pl_resource *resource, enum pl_key key)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < resource->n_field; i++) {
        n += resource->field[i].key == key;
    }
    return n;
}

PL_STATUS pl_check_batch(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_resource *mapping = ctx->resource;
    enum pl_event_source from = pl_source_of_mapping(ctx->survey, mapping);
    enum pl_status status = check_ranges(ctx, err);
    if (!status && from == PL_FROM_SQS) {
        status = is_fifo(ctx) ? check_fifo(ctx, err) : check_window(ctx, err);
    }
    static const struct {
        enum pl_key key;
        const char *what;
    } ones[] = {{PL_KEY_TOPIC, "topics"}, {PL_KEY_QUEUE, "queues"}};
    for (size_t i = 0; !status && i < 2; i++) {
        uint32_t n = count_of(mapping, ones[i].key);
        if (n > 1) {
            struct pl_emit what = pl_emit_at(mapping, ones[i].key);
            status = pl_emit(ctx, &what, err, "%u %s, where a mapping takes one", n, ones[i].what);
        }
    }
    if (!status && count_of(mapping, PL_KEY_CONCURRENCY) > 0 &&
        count_of(mapping, PL_KEY_POLLERS) > 0) {
        struct pl_emit what = pl_emit_at(mapping, PL_KEY_POLLERS);
        what.severity = PL_SEV_WARNING;
        status = pl_emit(ctx, &what, err,
                         "provisioned pollers do not go together with a maximum concurrency");
    }
    return status;
}

static const char *stream_name(enum pl_event_source from)
{
    return from == PL_FROM_KINESIS    ? "a Kinesis stream"
           : from == PL_FROM_DYNAMODB ? "a DynamoDB stream"
                                      : "a Kafka cluster";
}

static PL_STATUS check_start(struct pl_rule_ctx *ctx, enum pl_event_source from,
                             const struct pl_value *start, struct pl_err *err)
{
    struct pl_emit what = pl_emit_at(ctx->resource, PL_KEY_START);
    bool is_timed = pl_slice_is(start->text, "AT_TIMESTAMP");
    struct pl_value time = pl_resource_value(ctx->resource, PL_KEY_START_TIME);
    if (!is_timed && !pl_slice_is(start->text, "TRIM_HORIZON") &&
        !pl_slice_is(start->text, "LATEST")) {
        struct pl_slice name;
        enum pl_status status = pl_safe(ctx, start->text, &name, err);
        what.caret = PL_SLICE("TRIM_HORIZON, LATEST or AT_TIMESTAMP");
        return status ? status
                      : pl_emit(ctx, &what, err, "'%.*s' is no starting position", PL_TEXT(name));
    }
    if (is_timed && from == PL_FROM_DYNAMODB) {
        return pl_emit(ctx, &what, err, "DynamoDB streams have no AT_TIMESTAMP");
    }
    if (is_timed && time.known == PL_ABSENT) {
        return pl_emit(ctx, &what, err, "AT_TIMESTAMP needs a StartingPositionTimestamp");
    }
    return PL_OK;
}

PL_STATUS pl_check_starting_position(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    enum pl_event_source from = pl_source_of_mapping(ctx->survey, ctx->resource);
    struct pl_value start = pl_resource_value(ctx->resource, PL_KEY_START);
    bool is_stream = from == PL_FROM_KINESIS || from == PL_FROM_DYNAMODB || from == PL_FROM_MSK;
    if (from == PL_FROM_UNKNOWN) {
        return pl_skip(ctx, err, "the event source is not known here");
    }
    if (start.known == PL_UNKNOWN) {
        return pl_skip(ctx, err, "%s", start.why);
    }
    if (from == PL_FROM_SQS && start.known == PL_GIVEN) {
        struct pl_emit what = pl_emit_at(ctx->resource, PL_KEY_START);
        what.caret = PL_SLICE("for streams only");
        return pl_emit(ctx, &what, err, "a queue has no starting position");
    }
    if (is_stream && start.known == PL_ABSENT) {
        struct pl_emit what = pl_emit_at(ctx->resource, PL_KEY_SOURCE);
        what.mend = pl_words(ctx, "StartingPosition: LATEST", "starting_position = \"LATEST\"");
        return pl_emit(ctx, &what, err, "%s needs a starting position", stream_name(from));
    }
    return start.known == PL_GIVEN && from != PL_FROM_SQS ? check_start(ctx, from, &start, err)
                                                          : PL_OK;
}

/* A table's stream that the table does not have. */
static PL_STATUS check_table(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_field *source = pl_resource_field(ctx->resource, PL_KEY_SOURCE);
    const struct pl_resource *table = pl_named_as(ctx->survey, source, PL_RES_TABLE);
    if (!table || !pl_slice_is(source->attribute, "StreamArn") ||
        pl_resource_value(table, PL_KEY_STREAM).known != PL_ABSENT) {
        return PL_OK;
    }
    struct pl_emit what = pl_emit_at(ctx->resource, PL_KEY_SOURCE);
    what.mend = pl_words(ctx, "StreamSpecification: {StreamViewType: NEW_AND_OLD_IMAGES}",
                         "stream_enabled = true, stream_view_type = \"NEW_AND_OLD_IMAGES\"");
    return pl_emit(ctx, &what, err, "the table has no stream: it lacks a StreamSpecification");
}

/* A function cannot listen to a FIFO topic by itself. */
static PL_STATUS check_subscription(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_resource *it = ctx->resource;
    const struct pl_resource *topic = pl_owner(ctx->survey, it, PL_RES_TOPIC);
    struct pl_value name = pl_resource_value(it, PL_KEY_SOURCE);
    struct pl_value fifo = topic ? pl_resource_value(topic, PL_KEY_FIFO) : name;
    bool is_fifo =
        fifo.known == PL_GIVEN && (topic ? pl_slice_eq_nocase(fifo.text, PL_SLICE("true"))
                                         : pl_slice_ends(fifo.text, PL_SLICE(".fifo")));
    if (!ctx->function || pl_resource_field(it, PL_KEY_QUEUE) || !is_fifo) {
        return PL_OK;
    }
    struct pl_emit what = pl_emit_at(it, PL_KEY_FUNCTION);
    return pl_emit(ctx, &what, err,
                   "a FIFO topic delivers to queues; a function cannot subscribe to it");
}

PL_STATUS pl_check_event_source(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_resource *it = ctx->resource;
    if (it->kind == PL_RES_EVENT) {
        struct pl_emit what = pl_emit_at(it, PL_KEY_EVENT);
        struct pl_slice name;
        what.evidence = it->type;
        enum pl_status status = pl_safe(ctx, it->type, &name, err);
        return status ? status
                      : pl_emit(ctx, &what, err, "'%.*s' is no type of event that is known here",
                                PL_TEXT(name));
    }
    if (it->kind == PL_RES_SUBSCRIPTION) {
        return check_subscription(ctx, err);
    }
    if (pl_source_of_mapping(ctx->survey, it) != PL_FROM_OTHER) {
        return check_table(ctx, err);
    }
    struct pl_emit what = pl_emit_at(it, PL_KEY_SOURCE);
    return pl_emit(ctx, &what, err,
                   "what the ARN names is no event source of a mapping that is known here");
}
