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

/* A message that fell out of one call that was throttled is soon a dead letter. */
static PL_STATUS check_receives(struct pl_rule_ctx *ctx, const struct pl_resource *queue,
                                struct pl_err *err)
{
    struct pl_emit what = pl_emit_at(queue, PL_KEY_RECEIVES);
    int64_t n = 0;
    what.severity = PL_SEV_INFO;
    if (!pl_field_int(queue, PL_KEY_RECEIVES, &n) || n >= PL_SQS_RECEIVES_ADVISED) {
        return PL_OK;
    }
    return pl_emit(
        ctx, &what, err,
        "a message is a dead letter after %lld receives; with a function, %d or more are "
        "advised, for calls that are throttled count",
        (long long)n, PL_SQS_RECEIVES_ADVISED);
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
    if (check_receives(ctx, queue, err) != PL_OK) {
        return err->code;
    }
    if (!visibility_of(queue, &visible)) {
        return pl_skip(ctx, err, "the queue's visibility timeout is not known here");
    }
    if (visible < 0 || visible > PL_SQS_VISIBILITY_MAX_S) {
        struct pl_emit what = pl_emit_at(queue, PL_KEY_VISIBILITY);
        return pl_emit(ctx, &what, err,
                       "a visibility timeout of %lld s, where 0 to %d are accepted",
                       (long long)visible, PL_SQS_VISIBILITY_MAX_S);
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

struct range {
    enum pl_key key;
    int64_t min, max;
    const char *what;
};

static PL_STATUS check_range(struct pl_rule_ctx *ctx, const struct range *range, struct pl_err *err)
{
    int64_t n = 0;
    if (!pl_field_int(ctx->resource, range->key, &n) || (n >= range->min && n <= range->max)) {
        return PL_OK;
    }
    struct pl_emit what = pl_emit_at(ctx->resource, range->key);
    return pl_emit(ctx, &what, err, "%s of %lld, where %lld to %lld are accepted", range->what,
                   (long long)n, (long long)range->min, (long long)range->max);
}

PL_STATUS pl_check_async(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    static const struct range retries = {PL_KEY_RETRIES, 0, PL_ASYNC_RETRIES_MAX,
                                         "a number of retries"};
    static const struct range age = {PL_KEY_RECORD_AGE, PL_ASYNC_AGE_MIN_S, PL_ASYNC_AGE_MAX_S,
                                     "a maximum event age (s)"};
    enum pl_status status = check_range(ctx, &retries, err);
    return status ? status : check_range(ctx, &age, err);
}

/* Ranges that every mapping shares. */
static PL_STATUS check_ranges(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    static const struct range ranges[] = {
        {PL_KEY_BATCH_SIZE, 1, PL_MAPPING_BATCH_MAX, "a batch size"},
        {PL_KEY_BATCH_WINDOW, 0, PL_MAPPING_WINDOW_MAX_S, "a batching window (s)"},
        {PL_KEY_PARALLEL, 1, PL_MAPPING_PARALLEL_MAX, "a parallelization factor"},
        {PL_KEY_RECORD_AGE, -1, PL_MAPPING_AGE_MAX_S, "a maximum record age (s)"},
        {PL_KEY_RETRIES, -1, PL_MAPPING_RETRIES_MAX, "a number of retries"},
        {PL_KEY_TUMBLING, 0, PL_MAPPING_TUMBLING_MAX_S, "a tumbling window (s)"},
        {PL_KEY_CONCURRENCY, 2, PL_MAPPING_CONCURRENCY_MAX, "a maximum concurrency"},
        {PL_KEY_POLLERS, 1, PL_MAPPING_POLLERS_MAX, "a maximum of pollers"},
        {PL_KEY_POLLERS_MIN, 1, PL_MAPPING_POLLERS_MIN_MAX, "a minimum of pollers"}};
    enum pl_status status = PL_OK;
    for (size_t i = 0; !status && i < sizeof ranges / sizeof *ranges; i++) {
        status = check_range(ctx, &ranges[i], err);
    }
    return status;
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

static uint32_t count_of(const struct pl_resource *resource, enum pl_key key)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < resource->n_field; i++) {
        n += resource->field[i].key == key;
    }
    return n;
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

/* -1 keeps records as long as the stream does. */
static PL_STATUS check_age(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    struct pl_emit what = pl_emit_at(ctx->resource, PL_KEY_RECORD_AGE);
    int64_t n = 0;
    if (!pl_field_int(ctx->resource, PL_KEY_RECORD_AGE, &n) || n < 0 || n >= PL_MAPPING_AGE_MIN_S) {
        return PL_OK;
    }
    return pl_emit(ctx, &what, err,
                   "a maximum record age of %lld s, where -1 and %d to %d are accepted",
                   (long long)n, PL_MAPPING_AGE_MIN_S, PL_MAPPING_AGE_MAX_S);
}

static PL_STATUS check_filters(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_resource *mapping = ctx->resource;
    uint32_t n = count_of(mapping, PL_KEY_FILTER);
    enum pl_status status = PL_OK;
    if (n > PL_MAPPING_FILTERS) {
        struct pl_emit what = pl_emit_at(mapping, PL_KEY_FILTER);
        what.severity = n > PL_MAPPING_FILTERS_MOST ? PL_SEV_WARNING : PL_SEV_INFO;
        status = pl_emit(ctx, &what, err, "%u filters; a mapping has %d, and up to %d on request",
                         n, PL_MAPPING_FILTERS, PL_MAPPING_FILTERS_MOST);
    }
    for (uint32_t i = 0; !status && i < mapping->n_field; i++) {
        const struct pl_field *field = &mapping->field[i];
        struct pl_emit what = PL_EMIT_INIT;
        bool is_known = field->value.known == PL_GIVEN;
        what.at = field->value.at;
        what.evidence = mapping->id;
        if (is_known && field->key == PL_KEY_FILTER &&
            field->value.text.len > PL_MAPPING_PATTERN_MAX) {
            status = pl_emit(ctx, &what, err, "a pattern of %zu characters; %u are the most",
                             field->value.text.len, PL_MAPPING_PATTERN_MAX);
        }
        if (is_known && field->key == PL_KEY_RESPONSE &&
            !pl_slice_is(field->value.text, "ReportBatchItemFailures")) {
            what.caret = PL_SLICE("ReportBatchItemFailures");
            status = pl_emit(ctx, &what, err, "a type of answer that mappings do not know");
        }
    }
    return status;
}

/* A mapping that may use more of the function than is kept for it is throttled. */
static PL_STATUS check_reserve(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    struct pl_branches fn = pl_branches_of(ctx->survey, ctx->function);
    int64_t most = 0;
    int64_t kept = 0;
    if (fn.n != 1 || !pl_field_int(ctx->resource, PL_KEY_CONCURRENCY, &most) ||
        !pl_value_int(&fn.at->decl->concurrency, &kept) || kept >= most) {
        return PL_OK;
    }
    struct pl_emit what = pl_emit_at(ctx->resource, PL_KEY_CONCURRENCY);
    what.severity = PL_SEV_WARNING;
    return pl_emit(
        ctx, &what, err,
        "a maximum concurrency of %lld, but %lld are reserved for the function: calls are "
        "throttled",
        (long long)most, (long long)kept);
}

PL_STATUS pl_check_batch(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_resource *mapping = ctx->resource;
    enum pl_event_source from = pl_source_of_mapping(ctx->survey, mapping);
    enum pl_status status = check_ranges(ctx, err);
    status = status ? status : check_age(ctx, err);
    status = status ? status : check_filters(ctx, err);
    status = status ? status : check_reserve(ctx, err);
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
        count_of(mapping, PL_KEY_POLLERS) + count_of(mapping, PL_KEY_POLLERS_MIN) > 0) {
        struct pl_emit what = pl_emit_at(mapping, PL_KEY_CONCURRENCY);
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

/* Lambda reads what stands in its own region only. */
static PL_STATUS check_region(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    struct pl_slice from = pl_region_of_arn(pl_resource_field(ctx->resource, PL_KEY_SOURCE));
    struct pl_slice own = pl_region_of_arn(pl_resource_field(ctx->resource, PL_KEY_FUNCTION));
    own = own.len == 0 && ctx->function ? pl_function_region(ctx->survey, ctx->function) : own;
    if (from.len == 0 || own.len == 0 || pl_slice_eq(from, own)) {
        return PL_OK;
    }
    struct pl_emit what = pl_emit_at(ctx->resource, PL_KEY_SOURCE);
    struct pl_slice name;
    enum pl_status status = pl_safe(ctx, own, &name, err);
    return status
               ? status
               : pl_emit(ctx, &what, err,
                         "the source is in another region than the function (%.*s)", PL_TEXT(name));
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
        enum pl_status status = check_region(ctx, err);
        return status ? status : check_table(ctx, err);
    }
    struct pl_emit what = pl_emit_at(it, PL_KEY_SOURCE);
    return pl_emit(ctx, &what, err,
                   "what the ARN names is no event source of a mapping that is known here");
}
