#include "rules/related.h"

#include <string.h>

const struct pl_resource *pl_named(const struct pl_survey *survey, const struct pl_field *field)
{
    return field && field->resource != PL_NO_INDEX ? &survey->project->resource[field->resource]
                                                   : NULL;
}

const struct pl_resource *pl_named_as(const struct pl_survey *survey, const struct pl_field *field,
                                      enum pl_resource_kind kind)
{
    const struct pl_resource *it = pl_named(survey, field);
    return it && it->kind == kind ? it : NULL;
}

const struct pl_resource *pl_owner(const struct pl_survey *survey,
                                   const struct pl_resource *resource, enum pl_resource_kind kind)
{
    if (resource->parent != PL_NO_INDEX) {
        const struct pl_resource *parent = &survey->project->resource[resource->parent];
        return parent->kind == kind ? parent : NULL;
    }
    return pl_named_as(survey, pl_resource_field(resource, PL_KEY_SOURCE), kind);
}

bool pl_same_source(const struct pl_survey *survey, const struct pl_resource *a,
                    const struct pl_resource *b, enum pl_resource_kind kind)
{
    const struct pl_resource *first = pl_owner(survey, a, kind);
    const struct pl_resource *second = pl_owner(survey, b, kind);
    const struct pl_field *x = pl_resource_field(a, PL_KEY_SOURCE);
    const struct pl_field *y = pl_resource_field(b, PL_KEY_SOURCE);
    if (a->condition.len > 0 || b->condition.len > 0) {
        return false;
    }
    if (first || second || !x || !y) {
        return first && first == second;
    }
    bool is_text = x->value.known == PL_GIVEN && y->value.known == PL_GIVEN;
    return is_text ? pl_slice_eq(x->value.text, y->value.text)
                   : x->raw.len > 0 && pl_slice_eq(x->raw, y->raw);
}

/* The service in an ARN, also in one with references in it. */
static enum pl_event_source by_arn(struct pl_slice arn)
{
    static const struct {
        const char *part;
        enum pl_event_source from;
    } services[] = {
        {":sqs:", PL_FROM_SQS},   {":kinesis:", PL_FROM_KINESIS}, {":dynamodb:", PL_FROM_DYNAMODB},
        {":kafka:", PL_FROM_MSK}, {":mq:", PL_FROM_MQ},           {":rds:", PL_FROM_DOCUMENTDB}};
    for (size_t i = 0; i < sizeof services / sizeof *services; i++) {
        if (pl_slice_find_text(arn, pl_slice_of(services[i].part)) < arn.len) {
            return services[i].from;
        }
    }
    return PL_FROM_UNKNOWN;
}

enum pl_event_source pl_source_of_mapping(const struct pl_survey *survey,
                                          const struct pl_resource *mapping)
{
    static const struct {
        const char *type;
        enum pl_event_source from;
    } events[] = {{"SQS", PL_FROM_SQS},
                  {"Kinesis", PL_FROM_KINESIS},
                  {"DynamoDB", PL_FROM_DYNAMODB},
                  {"MSK", PL_FROM_MSK},
                  {"SelfManagedKafka", PL_FROM_KAFKA},
                  {"MQ", PL_FROM_MQ},
                  {"DocumentDB", PL_FROM_DOCUMENTDB}};
    for (size_t i = 0; i < sizeof events / sizeof *events; i++) {
        if (pl_slice_is(mapping->type, events[i].type)) {
            return events[i].from;
        }
    }
    const struct pl_field *source = pl_resource_field(mapping, PL_KEY_SOURCE);
    const struct pl_resource *named = pl_named(survey, source);
    if (!source) {
        return pl_resource_field(mapping, PL_KEY_PROTOCOL) ? PL_FROM_KAFKA : PL_FROM_UNKNOWN;
    }
    if (named) {
        return named->kind == PL_RES_QUEUE    ? PL_FROM_SQS
               : named->kind == PL_RES_STREAM ? PL_FROM_KINESIS
               : named->kind == PL_RES_TABLE  ? PL_FROM_DYNAMODB
                                              : PL_FROM_OTHER;
    }
    enum pl_event_source from =
        by_arn(source->value.known == PL_GIVEN ? source->value.text : source->raw);
    bool is_arn =
        source->value.known == PL_GIVEN && pl_slice_starts(source->value.text, PL_SLICE("arn:"));
    return from == PL_FROM_UNKNOWN && is_arn ? PL_FROM_OTHER : from;
}

struct pl_branches pl_branches_of(const struct pl_survey *survey, const struct pl_function *first)
{
    struct pl_branches ret = {.at = first, .n = first ? 1 : 0};
    while (first && first + ret.n < survey->function + survey->n_function &&
           first[ret.n].decl->branch == first->decl->branch + ret.n) {
        ret.n++;
    }
    return ret;
}

bool pl_may_never_meet(struct pl_branches branches, const struct pl_resource *a,
                       const struct pl_resource *b)
{
    bool conditional = a->condition.len > 0 || (b && b->condition.len > 0);
    return branches.n > 1 && conditional;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* '*' for any run of characters, '?' for one. */
bool pl_action_matches(struct pl_slice pattern, const char *action)
{
    size_t p = 0;
    size_t a = 0;
    size_t star = SIZE_MAX;
    size_t back = 0;
    size_t len = strlen(action);
    while (a < len) {
        if (p < pattern.len && pattern.ptr[p] == '*') {
            star = p++;
            back = a;
        } else if (p < pattern.len &&
                   (pattern.ptr[p] == '?' || lower(pattern.ptr[p]) == lower(action[a]))) {
            p++;
            a++;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            a = ++back;
        } else {
            return false;
        }
    }
    while (p < pattern.len && pattern.ptr[p] == '*') {
        p++;
    }
    return p == pattern.len;
}

/* By index, not by name: two things may share a name that only the service knows. */
static bool names_role(const struct pl_field *field, uint32_t n, enum pl_key key, uint32_t role)
{
    for (uint32_t i = 0; i < n; i++) {
        if (field[i].key == key && field[i].resource == role) {
            return true;
        }
    }
    return false;
}

bool pl_statement_is_of(const struct pl_survey *survey, const struct pl_resource *statement,
                        const struct pl_function *fn)
{
    const struct pl_field *own = pl_resource_field(statement, PL_KEY_FUNCTION);
    const struct pl_field *role = pl_setting_field(fn->decl, PL_KEY_ROLE);
    if (own) {
        return own->function != PL_NO_INDEX &&
               own->function == (uint32_t)(fn - survey->function) - fn->decl->branch;
    }
    if (!role || role->resource == PL_NO_INDEX || statement->parent == PL_NO_INDEX) {
        return false;
    }
    const struct pl_resource *parent = &survey->project->resource[statement->parent];
    return statement->parent == role->resource ||
           (parent->kind == PL_RES_POLICY &&
            names_role(parent->field, parent->n_field, PL_KEY_ROLE, role->resource));
}

/* Does the statement speak of the target itself, or of all targets? */
static bool is_about(const struct pl_survey *survey, const struct pl_resource *statement,
                     const struct pl_resource *target)
{
    for (uint32_t i = 0; i < statement->n_field; i++) {
        const struct pl_field *field = &statement->field[i];
        if (field->key == PL_KEY_TARGET && pl_named(survey, field) == target) {
            return true;
        }
    }
    return false;
}

static bool allows(const struct pl_resource *statement, const char *action)
{
    struct pl_value effect = pl_resource_value(statement, PL_KEY_EFFECT);
    bool has_action = false;
    if (effect.known == PL_GIVEN && !pl_slice_is(effect.text, "Allow")) {
        return false;
    }
    for (uint32_t i = 0; i < statement->n_field; i++) {
        const struct pl_field *field = &statement->field[i];
        if (field->key != PL_KEY_ACTION) {
            continue;
        }
        has_action = true;
        if (field->value.known == PL_GIVEN && pl_action_matches(field->value.text, action)) {
            return true;
        }
    }
    /* A policy template of SAM has no actions of its own; those that are read here write. */
    return !has_action && effect.known == PL_ABSENT;
}

const struct pl_resource *pl_find_grant(const struct pl_survey *survey,
                                        const struct pl_function *fn, const char *action,
                                        const struct pl_resource *target)
{
    for (uint32_t i = 0; i < survey->project->n_resource; i++) {
        const struct pl_resource *it = &survey->project->resource[i];
        if (it->kind == PL_RES_STATEMENT && is_about(survey, it, target) && allows(it, action) &&
            pl_statement_is_of(survey, it, fn)) {
            return it;
        }
    }
    return NULL;
}

struct pl_slice pl_region_of_arn(const struct pl_field *field)
{
    struct pl_slice rest = field ? field->value.text : PL_SLICE("");
    struct pl_slice part = PL_SLICE("");
    bool is_arn =
        field && field->value.known == PL_GIVEN && pl_slice_starts(rest, PL_SLICE("arn:"));
    for (int i = 0; is_arn && i < 4; i++) {
        is_arn = pl_slice_next(&rest, ':', &part);
    }
    return is_arn ? part : PL_SLICE("");
}

struct pl_slice pl_function_region(const struct pl_survey *survey, const struct pl_function *fn)
{
    struct pl_value region = pl_setting_value(fn->decl, PL_KEY_REGION);
    region = pl_value_has(&region) ? region : survey->project->region;
    return pl_value_has(&region) ? region.text : PL_SLICE("");
}

bool pl_ends_in_number(struct pl_slice text)
{
    size_t colon = pl_slice_rfind(text, ':');
    uint64_t n = 0;
    return colon < text.len && pl_slice_u64(pl_slice_sub(text, colon + 1, text.len), &n);
}

const struct pl_resource *pl_find_provisioned(const struct pl_survey *survey,
                                              const struct pl_function *fn)
{
    uint32_t first = (uint32_t)(fn - survey->function) - fn->decl->branch;
    for (uint32_t i = 0; i < survey->project->n_resource; i++) {
        const struct pl_resource *it = &survey->project->resource[i];
        const struct pl_field *of = pl_resource_field(it, PL_KEY_FUNCTION);
        bool is_kind = it->kind == PL_RES_VERSION || it->kind == PL_RES_ALIAS;
        if (is_kind && it->condition.len == 0 && of && of->function == first &&
            pl_resource_field(it, PL_KEY_PROVISIONED)) {
            return it;
        }
    }
    return NULL;
}

struct pl_slice pl_words(const struct pl_rule_ctx *ctx, const char *cloudformation,
                         const char *terraform)
{
    bool is_terraform = ctx->survey->project->dialect == PL_DIALECT_TERRAFORM;
    return pl_slice_of(is_terraform ? terraform : cloudformation);
}

bool pl_field_int(const struct pl_resource *resource, enum pl_key key, int64_t *ret)
{
    struct pl_value value = pl_resource_value(resource, key);
    return value.known == PL_GIVEN && pl_value_int(&value, ret);
}

struct pl_emit pl_emit_at(const struct pl_resource *resource, enum pl_key key)
{
    struct pl_emit what = PL_EMIT_INIT;
    const struct pl_field *field = pl_resource_field(resource, key);
    what.at = field && field->value.at.line > 0 ? field->value.at : resource->at;
    what.evidence = resource->id;
    return what;
}
