#include "pkg/project/resource.h"

#include "pkg/base/limits.h"

#include <string.h>

const char *pl_resource_kind_name(enum pl_resource_kind kind)
{
    static const char *const names[PL_RES_COUNT] = {[PL_RES_QUEUE] = "queue",
                                                    [PL_RES_TOPIC] = "topic",
                                                    [PL_RES_STREAM] = "stream",
                                                    [PL_RES_TABLE] = "table",
                                                    [PL_RES_BUCKET] = "bucket",
                                                    [PL_RES_LOG_GROUP] = "log group",
                                                    [PL_RES_USER_POOL] = "user pool",
                                                    [PL_RES_API] = "API",
                                                    [PL_RES_TARGET_GROUP] = "target group",
                                                    [PL_RES_DISTRIBUTION] = "distribution",
                                                    [PL_RES_ROLE] = "role",
                                                    [PL_RES_POLICY] = "policy",
                                                    [PL_RES_KEY] = "key",
                                                    [PL_RES_ALIAS] = "alias",
                                                    [PL_RES_VERSION] = "version",
                                                    [PL_RES_MAPPING] = "event source mapping",
                                                    [PL_RES_NOTIFICATION] = "notification",
                                                    [PL_RES_SUBSCRIPTION] = "subscription",
                                                    [PL_RES_RULE] = "rule",
                                                    [PL_RES_RULE_TARGET] = "target of a rule",
                                                    [PL_RES_SCHEDULE] = "schedule",
                                                    [PL_RES_LOG_FILTER] = "subscription filter",
                                                    [PL_RES_TRIGGER] = "trigger",
                                                    [PL_RES_TARGET] = "target",
                                                    [PL_RES_ROUTE] = "integration",
                                                    [PL_RES_AUTHORIZER] = "authorizer",
                                                    [PL_RES_URL] = "function URL",
                                                    [PL_RES_EDGE] = "association",
                                                    [PL_RES_PERMISSION] = "permission",
                                                    [PL_RES_INVOKE_CONFIG] = "invoke configuration",
                                                    [PL_RES_IOT_RULE] = "IoT rule",
                                                    [PL_RES_EVENT] = "event",
                                                    [PL_RES_TRUST] = "trust",
                                                    [PL_RES_STATEMENT] = "statement"};
    return names[kind];
}

const struct pl_field *pl_field_of(const struct pl_field *field, uint32_t n, enum pl_key key)
{
    for (uint32_t i = 0; i < n; i++) {
        if (field[i].key == key) {
            return &field[i];
        }
    }
    return NULL;
}

const struct pl_field *pl_resource_field(const struct pl_resource *resource, enum pl_key key)
{
    return pl_field_of(resource->field, resource->n_field, key);
}

static struct pl_value value_of(const struct pl_field *field, const char *why)
{
    if (field) {
        return field->value;
    }
    return why ? (struct pl_value){.known = PL_UNKNOWN, .why = why}
               : (struct pl_value){.known = PL_ABSENT};
}

struct pl_value pl_resource_value(const struct pl_resource *resource, enum pl_key key)
{
    return value_of(pl_resource_field(resource, key), resource->why);
}

const struct pl_field *pl_setting_field(const struct pl_function_decl *decl, enum pl_key key)
{
    return pl_field_of(decl->setting, decl->n_setting, key);
}

struct pl_value pl_setting_value(const struct pl_function_decl *decl, enum pl_key key)
{
    return value_of(pl_setting_field(decl, key), decl->setting_why);
}

static PL_STATUS grow(struct pl_project *project, struct pl_err *err)
{
    if (project->n_resource < project->cap_resource) {
        return PL_OK;
    }
    if (project->n_resource >= PL_MAX_RESOURCES) {
        return pl_err_set(err, PL_ERR_LIMIT, "more than %u resources", PL_MAX_RESOURCES);
    }
    size_t cap = project->cap_resource > 0 ? project->cap_resource * 2 : 64;
    struct pl_resource *list = pl_arena_new(&project->arena, cap, sizeof *list, err);
    if (!list) {
        return err->code;
    }
    if (project->n_resource > 0) {
        memcpy(list, project->resource, project->n_resource * sizeof *list);
    }
    project->resource = list;
    project->cap_resource = cap;
    return PL_OK;
}

PL_STATUS pl_project_add_resource(struct pl_project *project, const struct pl_resource *resource,
                                  uint32_t *ret_index, struct pl_err *err)
{
    if (grow(project, err) != PL_OK) {
        return err->code;
    }
    struct pl_resource *to = &project->resource[project->n_resource];
    struct pl_field *field = pl_arena_new(&project->arena, resource->n_field, sizeof *field, err);
    if (!field) {
        return err->code;
    }
    if (resource->n_field > 0) {
        memcpy(field, resource->field, resource->n_field * sizeof *field);
    }
    *to = *resource;
    to->field = field;
    if (ret_index) {
        *ret_index = project->n_resource;
    }
    project->n_resource++;
    return PL_OK;
}
