/*
 * Stacks that a template nests, whose templates stand beside it: AWS::CloudFormation::Stack with a
 * TemplateURL that is a path, AWS::Serverless::Application with such a Location.  Here they are
 * only noted, with what their parameters are given; who reads the template reads them too.
 */
#include "pkg/project/template_read.h"

#include <string.h>

enum { NESTED_MAX = 1000 };

bool pl_tp_given(const struct pl_tp *tp, struct pl_slice name, struct pl_value *ret)
{
    const struct pl_nested *nested = tp->options ? tp->options->nested : NULL;
    for (uint32_t i = 0; nested && i < nested->n_given; i++) {
        if (pl_slice_eq(nested->given[i].name, name)) {
            *ret = nested->given[i].value;
            return true;
        }
    }
    if (nested && nested->given_why) {
        *ret = (struct pl_value){.known = PL_UNKNOWN, .why = nested->given_why};
        return true;
    }
    return false;
}

/* A list is given as one text. */
static PL_STATUS join(struct pl_tp *tp, const struct pl_tp_value *list, struct pl_value *ret,
                      struct pl_err *err)
{
    struct pl_buf text PL_CLEANUP(pl_buf_done) = {.max = PL_TP_TEXT_MAX};
    struct pl_tp_value *item = NULL;
    uint32_t n = 0;
    *ret = (struct pl_value){.known = PL_UNKNOWN, .at = list->at, .why = PL_TP_WHY_STRANGE};
    if (pl_tp_items(tp, list, &item, &n, err) != PL_OK) {
        return err->code;
    }
    for (uint32_t i = 0; i < n; i++) {
        enum pl_status status = i > 0 ? pl_buf_byte(&text, ',', err) : PL_OK;
        if (item[i].kind != PL_TP_TEXT) {
            ret->why = item[i].kind == PL_TP_UNKNOWN ? item[i].why : PL_TP_WHY_STRANGE;
            return PL_OK;
        }
        status = status ? status : pl_buf_slice(&text, item[i].text, err);
        if (status) {
            return status == PL_ERR_LIMIT ? PL_OK : status;
        }
    }
    *ret = pl_value_given((struct pl_slice){0}, list->at);
    return pl_arena_dup(&tp->project->arena, pl_buf_view(&text), &ret->text, err);
}

static PL_STATUS read_given(struct pl_tp *tp, const struct pl_tp_value *map,
                            struct pl_nested *nested, struct pl_err *err)
{
    if (map->kind == PL_TP_UNKNOWN) {
        nested->given_why = map->why;
    }
    if (map->kind != PL_TP_MAP) {
        return PL_OK;
    }
    nested->given = pl_arena_new(&tp->project->arena, pl_doc_count(tp->doc, map->node),
                                 sizeof *nested->given, err);
    if (!nested->given) {
        return err->code;
    }
    for (uint32_t key = pl_doc_node(tp->doc, map->node)->child; key != PL_NODE_NONE;
         key = pl_doc_node(tp->doc, pl_doc_node(tp->doc, key)->next)->next) {
        const struct pl_node *name = pl_doc_node(tp->doc, key);
        struct pl_given given = {.name = name->text};
        struct pl_tp_value value;
        if (pl_slice_starts(name->text, PL_SLICE("Fn::"))) {
            nested->given_why = PL_TP_WHY_MACRO;
            continue;
        }
        if (pl_tp_eval(tp, name->next, map->loop, &value, err) != PL_OK) {
            return err->code;
        }
        given.value = pl_tp_setting(&value);
        if (value.kind == PL_TP_LIST && join(tp, &value, &given.value, err) != PL_OK) {
            return err->code;
        }
        if (given.value.known != PL_ABSENT) {
            nested->given[nested->n_given++] = given;
        }
    }
    return PL_OK;
}

/* Where `sam build` leaves it: a folder of the stack's name beside what it made of this one. */
static PL_STATUS find_built(struct pl_tp *tp, struct pl_slice id, struct pl_slice *ret,
                            struct pl_err *err)
{
    const struct pl_nested *outer = tp->options ? tp->options->nested : NULL;
    struct pl_slice folder = PL_SLICE(".aws-sam/build");
    struct pl_arena *arena = &tp->project->arena;
    if (outer) {
        folder = pl_slice_dirname(outer->built);
    } else if (pl_project_path(tp->project, folder, &folder, err) != PL_OK) {
        return err->code;
    }
    return pl_arena_fmt(arena, ret, err, "%.*s/%.*s/template.yaml", (int)folder.len, folder.ptr,
                        (int)id.len, id.ptr);
}

static PL_STATUS add(struct pl_tp *tp, const struct pl_nested *nested, struct pl_err *err)
{
    struct pl_project *project = tp->project;
    if (project->n_nested >= NESTED_MAX) {
        return pl_err_set(err, PL_ERR_LIMIT, "%s: nests more than %d stacks", tp->name, NESTED_MAX);
    }
    if (project->n_nested >= tp->cap_nested) {
        size_t cap = tp->cap_nested > 0 ? tp->cap_nested * 2 : 4;
        struct pl_nested *list = pl_arena_new(&project->arena, cap, sizeof *list, err);
        if (!list) {
            return err->code;
        }
        if (project->n_nested > 0) {
            memcpy(list, project->nested, project->n_nested * sizeof *list);
        }
        project->nested = list;
        tp->cap_nested = cap;
    }
    project->nested[project->n_nested++] = *nested;
    return PL_OK;
}

/* A path, and nothing that the service fetches. */
static bool is_local(const struct pl_tp_value *value)
{
    return value->kind == PL_TP_TEXT && value->text.len > 0 && value->text.len <= PL_MAX_PATH &&
           pl_slice_find_text(value->text, PL_SLICE("://")) == value->text.len &&
           pl_slice_find(value->text, '\0') == value->text.len;
}

PL_STATUS pl_tp_read_nested(struct pl_tp *tp, const struct pl_tp_resource *resource,
                            struct pl_slice type, struct pl_err *err)
{
    const struct pl_tp_value whole = {
        .kind = PL_TP_MAP, .at = resource->at, .node = resource->node, .loop = resource->loop};
    bool is_sam = pl_slice_is(type, "AWS::Serverless::Application");
    struct pl_tp_value properties;
    struct pl_tp_value place;
    struct pl_tp_value given;
    if (!is_sam && !pl_slice_is(type, "AWS::CloudFormation::Stack")) {
        return PL_OK;
    }
    if (pl_tp_get(tp, &whole, "Properties", &properties, err) != PL_OK ||
        pl_tp_get(tp, &properties, is_sam ? "Location" : "TemplateURL", &place, err) != PL_OK ||
        pl_tp_get(tp, &properties, "Parameters", &given, err) != PL_OK) {
        return err->code;
    }
    if (!is_local(&place)) {
        return PL_OK;
    }
    struct pl_nested nested = {.at = place.at};
    if (pl_tp_find_path(tp, place.text, &nested.path, err) != PL_OK ||
        find_built(tp, resource->id, &nested.built, err) != PL_OK ||
        read_given(tp, &given, &nested, err) != PL_OK) {
        return err->code;
    }
    return add(tp, &nested, err);
}
