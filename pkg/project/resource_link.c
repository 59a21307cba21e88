/* What the fields of resources name: by reference, or by a name or ARN that is written out. */
#include "pkg/base/limits.h"
#include "pkg/base/map.h"
#include "pkg/project/resource.h"

#include <string.h>

struct linking {
    struct pl_project *project;
    struct pl_map id;   /* logical ids */
    struct pl_map name; /* "x:name", x the kind of thing */
};

/* A number that stands for one of both. */
enum { IS_FUNCTION = 1u };

static const struct {
    const char *service, *prefix; /* of an ARN: its third part, and what its last begins with */
    char mark;
} pl_arns[] = {{"lambda", "function:", 'f'},
               {"sqs", "", 'q'},
               {"sns", "", 't'},
               {"kinesis", "stream/", 'k'},
               {"dynamodb", "table/", 'd'},
               {"s3", "", 'b'},
               {"logs", "log-group:", 'l'},
               {"iam", "role/", 'r'}};

/* 0 for what has no name that others write. */
static char mark_of(enum pl_resource_kind kind)
{
    static const char marks[PL_RES_COUNT] = {
        [PL_RES_QUEUE] = 'q', [PL_RES_TOPIC] = 't',  [PL_RES_STREAM] = 'k',
        [PL_RES_TABLE] = 'd', [PL_RES_BUCKET] = 'b', [PL_RES_LOG_GROUP] = 'l',
        [PL_RES_ROLE] = 'r'};
    return marks[kind];
}

/* The mark of what a plain name means in a field; 0: names are not used there. */
static char mark_in(enum pl_resource_kind kind, enum pl_key key)
{
    static const char sources[PL_RES_COUNT] = {
        [PL_RES_NOTIFICATION] = 'b', [PL_RES_LOG_FILTER] = 'l'};
    if (key == PL_KEY_FUNCTION) {
        return 'f';
    }
    if (key == PL_KEY_ROLE) {
        return 'r';
    }
    return key == PL_KEY_SOURCE && kind < PL_RES_COUNT ? sources[kind] : '\0';
}

static PL_STATUS add_name(struct linking *link, char mark, struct pl_slice name, uint64_t number,
                          struct pl_err *err)
{
    struct pl_slice key;
    bool added = false;
    uint64_t old = 0;
    if (pl_arena_fmt(&link->project->arena, &key, err, "%c:%.*s", mark, (int)name.len, name.ptr) !=
        PL_OK) {
        return err->code;
    }
    return pl_map_add(&link->name, key, number, &added, &old, err);
}

static PL_STATUS collect(struct linking *link, struct pl_err *err)
{
    struct pl_project *project = link->project;
    bool added = false;
    uint64_t old = 0;
    enum pl_status status = PL_OK;
    for (uint32_t i = 0; !status && i < project->n_function; i++) {
        const struct pl_function_decl *decl = &project->function[i];
        uint64_t number = (uint64_t)i << 1 | IS_FUNCTION;
        status = pl_map_add(&link->id, decl->id, number, &added, &old, err);
        if (!status && added && decl->name.known == PL_GIVEN) {
            status = add_name(link, 'f', decl->name.text, number, err);
        }
    }
    for (uint32_t i = 0; !status && i < project->n_resource; i++) {
        const struct pl_resource *it = &project->resource[i];
        const struct pl_value name = pl_resource_value(it, PL_KEY_NAME);
        char mark = mark_of(it->kind);
        if (it->parent == PL_NO_INDEX && it->id.len > 0) {
            status = pl_map_add(&link->id, it->id, (uint64_t)i << 1, &added, &old, err);
        }
        if (!status && mark && name.known == PL_GIVEN) {
            status = add_name(link, mark, name.text, (uint64_t)i << 1, err);
        }
    }
    return status;
}

static bool look_name(const struct linking *link, char mark, struct pl_slice name, uint64_t *ret)
{
    char key[2 + 600];
    if (name.len == 0 || name.len > sizeof key - 2) {
        return false;
    }
    key[0] = mark;
    key[1] = ':';
    for (size_t i = 0; i < name.len; i++) {
        key[2 + i] = name.ptr[i];
    }
    return pl_map_get(&link->name, pl_slice_make(key, name.len + 2), ret);
}

/* "name:alias", "name/stream/...", "name/\*": up to what ends a name of the kind. */
static struct pl_slice first_name(struct pl_slice text, char mark)
{
    size_t end = 0;
    while (end < text.len && text.ptr[end] != ':' &&
           !(text.ptr[end] == '/' && mark != 'l' && mark != 'r')) {
        end++;
    }
    return pl_slice_sub(text, 0, end);
}

static bool look_arn(const struct linking *link, struct pl_slice text, uint64_t *ret)
{
    struct pl_slice rest = text;
    struct pl_slice part[5];
    size_t inner = pl_slice_find_text(text, PL_SLICE(":lambda:"));
    size_t uri = pl_slice_find_text(text, PL_SLICE(":function:"));
    if (pl_slice_find_text(text, PL_SLICE(":apigateway:")) < text.len && inner < text.len &&
        uri < text.len) {
        return look_name(link, 'f', first_name(pl_slice_sub(text, uri + 10, text.len), 'f'), ret);
    }
    for (size_t i = 0; i < 5; i++) {
        if (!pl_slice_next(&rest, ':', &part[i])) {
            return false;
        }
    }
    for (size_t i = 0; i < sizeof pl_arns / sizeof *pl_arns; i++) {
        struct pl_slice prefix = pl_slice_of(pl_arns[i].prefix);
        if (pl_slice_is(part[2], pl_arns[i].service) && pl_slice_starts(rest, prefix)) {
            struct pl_slice name = pl_slice_sub(rest, prefix.len, rest.len);
            return look_name(link, pl_arns[i].mark, first_name(name, pl_arns[i].mark), ret);
        }
    }
    return false;
}

/* What SAM calls the alias and the versions that it publishes: FnAliaslive, FnVersion1a2b. */
static bool look_published(const struct linking *link, struct pl_slice ref, uint64_t *ret)
{
    static const char *const words[] = {"Alias", "Version"};
    for (size_t i = 0; i < 2; i++) {
        size_t at = pl_slice_find_text(ref, pl_slice_of(words[i]));
        if (at > 0 && at < ref.len && pl_map_get(&link->id, pl_slice_sub(ref, 0, at), ret) &&
            (*ret & IS_FUNCTION)) {
            return true;
        }
    }
    return false;
}

static void link_field(const struct linking *link, enum pl_resource_kind kind,
                       struct pl_field *field)
{
    uint64_t number = 0;
    bool found = false;
    field->resource = PL_NO_INDEX;
    field->function = PL_NO_INDEX;
    if (field->ref.len > 0) {
        found =
            pl_map_get(&link->id, field->ref, &number) || look_published(link, field->ref, &number);
    } else if (field->value.known == PL_GIVEN) {
        char mark = mark_in(kind, field->key);
        found = pl_slice_starts(field->value.text, PL_SLICE("arn:"))
                    ? look_arn(link, field->value.text, &number)
                    : mark && look_name(link, mark, first_name(field->value.text, mark), &number);
    }
    if (found && (number & IS_FUNCTION)) {
        field->function = (uint32_t)(number >> 1);
    } else if (found) {
        field->resource = (uint32_t)(number >> 1);
    }
}

/* An alias or a version stands for its function. */
static void follow(const struct pl_project *project, struct pl_field *field)
{
    if (field->resource == PL_NO_INDEX) {
        return;
    }
    const struct pl_resource *to = &project->resource[field->resource];
    const struct pl_field *function = pl_resource_field(to, PL_KEY_FUNCTION);
    if ((to->kind == PL_RES_ALIAS || to->kind == PL_RES_VERSION) && function) {
        field->function = function->function;
    }
}

static void link_all(const struct linking *link)
{
    struct pl_project *project = link->project;
    for (uint32_t i = 0; i < project->n_resource; i++) {
        struct pl_resource *it = &project->resource[i];
        for (uint32_t k = 0; k < it->n_field; k++) {
            link_field(link, it->kind, &it->field[k]);
        }
    }
    for (uint32_t i = 0; i < project->n_resource; i++) {
        struct pl_resource *it = &project->resource[i];
        for (uint32_t k = 0; k < it->n_field; k++) {
            follow(project, &it->field[k]);
        }
    }
    for (uint32_t i = 0; i < project->n_function; i++) {
        struct pl_function_decl *decl = &project->function[i];
        for (uint32_t k = 0; k < decl->n_setting; k++) {
            link_field(link, PL_RES_COUNT, &decl->setting[k]);
        }
    }
}

/* One more role that a policy is attached to. */
static PL_STATUS add_role(struct pl_project *project, struct pl_resource *policy,
                          const struct pl_field *role, struct pl_err *err)
{
    struct pl_field *list =
        pl_arena_new(&project->arena, (size_t)policy->n_field + 1, sizeof *list, err);
    if (!list) {
        return err->code;
    }
    if (policy->n_field > 0) {
        memcpy(list, policy->field, policy->n_field * sizeof *list);
    }
    list[policy->n_field] = *role;
    list[policy->n_field].key = PL_KEY_ROLE;
    policy->field = list;
    policy->n_field++;
    return PL_OK;
}

/* To the policies that `it` names. */
static PL_STATUS attach_role(struct pl_project *project, const struct pl_resource *it,
                             const struct pl_field *role, struct pl_err *err)
{
    enum pl_status status = PL_OK;
    for (uint32_t k = 0; !status && k < it->n_field; k++) {
        const struct pl_field *field = &it->field[k];
        struct pl_resource *to =
            field->resource != PL_NO_INDEX ? &project->resource[field->resource] : NULL;
        if (field->key == PL_KEY_MANAGED_POLICY && to && to != it && to->kind == PL_RES_POLICY) {
            status = add_role(project, to, role, err);
        }
    }
    return status;
}

/* A role that names a policy, or a resource that names both: the policy is the role's. */
static PL_STATUS attach(struct pl_project *project, uint32_t from, struct pl_err *err)
{
    const struct pl_resource it = project->resource[from];
    const struct pl_field own = {.resource = from, .function = PL_NO_INDEX};
    enum pl_status status = PL_OK;
    if (it.kind == PL_RES_ROLE) {
        return attach_role(project, &project->resource[from], &own, err);
    }
    for (uint32_t k = 0; !status && k < it.n_field; k++) {
        if (it.field[k].key == PL_KEY_ROLE) {
            status = attach_role(project, &project->resource[from], &it.field[k], err);
        }
    }
    return status;
}

static PL_STATUS attach_all(struct pl_project *project, struct pl_err *err)
{
    enum pl_status status = PL_OK;
    for (uint32_t i = 0; !status && i < project->n_resource; i++) {
        if (project->resource[i].kind == PL_RES_ROLE ||
            project->resource[i].kind == PL_RES_POLICY) {
            status = attach(project, i, err);
        }
    }
    return status;
}

PL_STATUS pl_project_link(struct pl_project *project, struct pl_err *err)
{
    struct linking link = {.project = project};
    if (project->n_resource == 0 && project->n_function == 0) {
        return PL_OK;
    }
    pl_map_init(&link.id, (size_t)PL_MAX_RESOURCES * 2);
    pl_map_init(&link.name, (size_t)PL_MAX_RESOURCES * 2);
    enum pl_status status = collect(&link, err);
    if (!status) {
        link_all(&link);
        status = attach_all(project, err);
    }
    pl_map_done(&link.id);
    pl_map_done(&link.name);
    return status;
}
