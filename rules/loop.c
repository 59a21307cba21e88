/* PL9: functions that call themselves through what they listen to; notifications that overlap. */
#include "rules/related.h"

#include <string.h>

/* "/aws/lambda/" and a function's name, as a text or as made of a reference to it. */
static bool is_own_group(const struct pl_rule_ctx *ctx, const struct pl_field *group)
{
    static const char prefix[] = "/aws/lambda/";
    const struct pl_function_decl *decl = ctx->function->decl;
    const struct pl_resource *named = pl_named_as(ctx->survey, group, PL_RES_LOG_GROUP);
    if (named) {
        group = pl_resource_field(named, PL_KEY_NAME);
    }
    if (!group) {
        return false;
    }
    if (group->value.known == PL_GIVEN) {
        struct pl_slice text = group->value.text;
        return pl_slice_starts(text, pl_slice_of(prefix)) && decl->name.known == PL_GIVEN &&
               pl_slice_eq(pl_slice_sub(text, sizeof prefix - 1, text.len), decl->name.text);
    }
    uint32_t first = (uint32_t)(ctx->function - ctx->survey->function);
    return group->is_part && group->function == first &&
           pl_slice_starts(group->raw, pl_slice_of(prefix)) &&
           pl_slice_ends(group->raw, PL_SLICE("}"));
}

static PL_STATUS emit_loop(struct pl_rule_ctx *ctx, const struct pl_resource *target,
                           const char *what_it_does, enum pl_severity severity, struct pl_err *err)
{
    struct pl_emit what = pl_emit_at(ctx->resource, PL_KEY_FUNCTION);
    what.at = ctx->resource->at;
    what.severity = severity;
    return pl_emit(ctx, &what, err, "the function may %s the %s that calls it", what_it_does,
                   pl_resource_kind_name(target->kind));
}

static PL_STATUS check_dead_letter(struct pl_rule_ctx *ctx, const struct pl_resource *target,
                                   struct pl_err *err)
{
    const struct pl_field *letter = pl_setting_field(ctx->function->decl, PL_KEY_DEAD_LETTER);
    if (!target || pl_named(ctx->survey, letter) != target) {
        return PL_OK;
    }
    struct pl_emit what = PL_EMIT_INIT;
    what.at = letter->value.at;
    what.evidence = target->id;
    return pl_emit(ctx, &what, err, "the dead-letter target is the %s that calls the function",
                   pl_resource_kind_name(target->kind));
}

/* Does a notification wait for objects that are made, and for all of them? */
static bool is_about_new(const struct pl_resource *notification, bool *ret_filtered)
{
    bool is = false;
    *ret_filtered = false;
    for (uint32_t i = 0; i < notification->n_field; i++) {
        const struct pl_field *field = &notification->field[i];
        is = is || (field->key == PL_KEY_EVENT && field->value.known == PL_GIVEN &&
                    (pl_slice_starts(field->value.text, PL_SLICE("s3:ObjectCreated")) ||
                     pl_slice_is(field->value.text, "s3:*")));
        *ret_filtered = *ret_filtered || field->key == PL_KEY_PREFIX || field->key == PL_KEY_SUFFIX;
    }
    return is;
}

PL_STATUS pl_check_recursion(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_resource *it = ctx->resource;
    const struct pl_survey *survey = ctx->survey;
    bool is_filtered = false;
    if (!ctx->function) {
        return PL_OK;
    }
    if (it->kind == PL_RES_LOG_FILTER) {
        struct pl_emit what = pl_emit_at(it, PL_KEY_SOURCE);
        return is_own_group(ctx, pl_resource_field(it, PL_KEY_SOURCE))
                   ? pl_emit(ctx, &what, err, "the function is called by what it logs itself")
                   : PL_OK;
    }
    const struct pl_resource *target = NULL;
    const char *action = NULL;
    const char *word = "write to";
    if (it->kind == PL_RES_NOTIFICATION) {
        target = pl_owner(survey, it, PL_RES_BUCKET);
        action = "s3:PutObject";
        if (!is_about_new(it, &is_filtered)) {
            return PL_OK;
        }
    } else if (it->kind == PL_RES_MAPPING) {
        target = pl_owner(survey, it, PL_RES_QUEUE);
        action = "sqs:SendMessage";
        word = "send to";
    } else {
        target = pl_owner(survey, it, PL_RES_TOPIC);
        action = "sns:Publish";
        word = "publish to";
    }
    if (target && pl_find_grant(survey, ctx->function, action, target)) {
        return emit_loop(ctx, target, word, is_filtered ? PL_SEV_INFO : PL_SEV_WARNING, err);
    }
    return check_dead_letter(ctx, target, err);
}

/* "s3:ObjectCreated:*" covers "s3:ObjectCreated:Put". */
static bool events_meet(struct pl_slice a, struct pl_slice b)
{
    struct pl_slice x = pl_slice_ends(a, PL_SLICE("*")) ? pl_slice_sub(a, 0, a.len - 1) : a;
    struct pl_slice y = pl_slice_ends(b, PL_SLICE("*")) ? pl_slice_sub(b, 0, b.len - 1) : b;
    return (x.len < a.len && pl_slice_starts(y, x)) || (y.len < b.len && pl_slice_starts(x, y)) ||
           pl_slice_eq(a, b);
}

static bool any_events_meet(const struct pl_resource *a, const struct pl_resource *b)
{
    for (uint32_t i = 0; i < a->n_field; i++) {
        for (uint32_t k = 0; k < b->n_field; k++) {
            const struct pl_field *x = &a->field[i];
            const struct pl_field *y = &b->field[k];
            if (x->key == PL_KEY_EVENT && y->key == PL_KEY_EVENT && x->value.known == PL_GIVEN &&
                y->value.known == PL_GIVEN && events_meet(x->value.text, y->value.text)) {
                return true;
            }
        }
    }
    return false;
}

/* Can one object's name fit both filters?  False too when one of them is not known. */
static bool filters_meet(const struct pl_resource *a, const struct pl_resource *b, enum pl_key key,
                         bool at_end)
{
    struct pl_value x = pl_resource_value(a, key);
    struct pl_value y = pl_resource_value(b, key);
    if (x.known == PL_UNKNOWN || y.known == PL_UNKNOWN) {
        return false;
    }
    struct pl_slice less = x.text.len < y.text.len ? x.text : y.text;
    struct pl_slice more = x.text.len < y.text.len ? y.text : x.text;
    return at_end ? pl_slice_ends(more, less) : pl_slice_starts(more, less);
}

static bool overlap(const struct pl_resource *a, const struct pl_resource *b)
{
    return any_events_meet(a, b) && filters_meet(a, b, PL_KEY_PREFIX, false) &&
           filters_meet(a, b, PL_KEY_SUFFIX, true);
}

static PL_STATUS check_wildcard(struct pl_rule_ctx *ctx, enum pl_key key, struct pl_err *err)
{
    struct pl_value filter = pl_resource_value(ctx->resource, key);
    if (filter.known != PL_GIVEN || pl_slice_find(filter.text, '*') == filter.text.len) {
        return PL_OK;
    }
    struct pl_emit what = pl_emit_at(ctx->resource, key);
    what.severity = PL_SEV_WARNING;
    what.confidence = PL_LIKELY;
    what.caret = PL_SLICE("no wildcard here");
    return pl_emit(ctx, &what, err, "S3 takes the * of a filter for a * in the object's name");
}

PL_STATUS pl_check_notifications(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    enum { FAR = 4096 }; /* notifications of one bucket stand together */
    const struct pl_project *project = ctx->survey->project;
    const struct pl_resource *it = ctx->resource;
    if (check_wildcard(ctx, PL_KEY_PREFIX, err) != PL_OK ||
        check_wildcard(ctx, PL_KEY_SUFFIX, err) != PL_OK) {
        return err->code;
    }
    uint32_t at = (uint32_t)(it - project->resource);
    uint32_t first = at > FAR ? at - FAR : 0;
    for (uint32_t i = first; i < at; i++) {
        const struct pl_resource *other = &project->resource[i];
        if (other->kind != PL_RES_NOTIFICATION ||
            !pl_same_source(ctx->survey, other, it, PL_RES_BUCKET) || !overlap(other, it)) {
            continue;
        }
        struct pl_emit what = pl_emit_at(it, PL_KEY_EVENT);
        what.says = PL_SLICE("Configuration is ambiguously defined. Cannot have overlapping "
                             "suffixes in two rules if the prefixes are overlapping for the same "
                             "event type.");
        return pl_emit(ctx, &what, err,
                       "the bucket tells the same events of the same objects at line %u already",
                       other->at.line);
    }
    return PL_OK;
}
