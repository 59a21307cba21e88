/* A lint section that is shared: a plimsoll.yaml above says how projects below it are judged. */
#include "pkg/project/project.h"

#include <string.h>

struct adopting {
    struct pl_project *to;
    const struct pl_project *from;
    uint32_t file; /* of `from`'s first one, in `to` */
    struct pl_err *err;
};

static PL_STATUS copy_value(const struct adopting *a, struct pl_value *value)
{
    if (!pl_value_has(value)) {
        return PL_OK;
    }
    value->at.file = value->at.file > 0 ? a->file : 0;
    return pl_arena_dup(&a->to->arena, value->text, &value->text, a->err);
}

static PL_STATUS copy_patterns(const struct adopting *a, struct pl_patterns *list)
{
    struct pl_value *at = pl_arena_new(&a->to->arena, list->n, sizeof *at, a->err);
    if (!at) {
        return a->err->code;
    }
    for (uint32_t i = 0; i < list->n; i++) {
        at[i] = list->at[i];
        if (copy_value(a, &at[i])) {
            return a->err->code;
        }
    }
    list->at = at;
    return PL_OK;
}

static PL_STATUS copy_levels(const struct adopting *a, struct pl_lint_config *lint)
{
    struct pl_lint_level *list = pl_arena_new(&a->to->arena, lint->n_level, sizeof *list, a->err);
    if (!list) {
        return a->err->code;
    }
    for (uint32_t i = 0; i < lint->n_level; i++) {
        list[i] = lint->level[i];
        if (copy_value(a, &list[i].rule) || copy_value(a, &list[i].level)) {
            return a->err->code;
        }
    }
    lint->level = list;
    return PL_OK;
}

/* Its own come first. */
static PL_STATUS copy_ignores(const struct adopting *a, struct pl_lint_config *lint)
{
    const struct pl_lint_config *own = &a->to->lint;
    size_t n = (size_t)own->n_ignore + lint->n_ignore;
    struct pl_lint_ignore *list = pl_arena_new(&a->to->arena, n, sizeof *list, a->err);
    if (!list) {
        return a->err->code;
    }
    if (own->n_ignore > 0) {
        memcpy(list, own->ignore, own->n_ignore * sizeof *list);
    }
    for (uint32_t i = 0; i < lint->n_ignore; i++) {
        struct pl_lint_ignore *ignore = &list[own->n_ignore + i];
        *ignore = lint->ignore[i];
        ignore->is_shared = true;
        ignore->at.file = a->file;
        ignore->lines.file = ignore->lines.file > 0 ? a->file : 0;
        if (copy_value(a, &ignore->rule) || copy_value(a, &ignore->path) ||
            copy_value(a, &ignore->function) || copy_value(a, &ignore->layer) ||
            copy_value(a, &ignore->reason) || copy_value(a, &ignore->expires) ||
            pl_arena_dup(&a->to->arena, ignore->root, &ignore->root, a->err)) {
            return a->err->code;
        }
    }
    lint->ignore = list;
    lint->n_ignore = (uint32_t)n;
    lint->room_ignore = 0;
    return PL_OK;
}

PL_STATUS pl_project_adopt_lint(struct pl_project *to, const struct pl_project *from,
                                struct pl_err *err)
{
    struct adopting a = {.to = to, .from = from, .err = err};
    struct pl_lint_config lint = from->lint;
    if (from->n_file == 0) {
        return pl_err_set(err, PL_ERR_INTERNAL, "a lint section without a file");
    }
    if (pl_project_add_file(to, from->file[0].path, from->file[0].text, &a.file, err) ||
        copy_value(&a, &lint.rules_as_of) || copy_value(&a, &lint.fail_on) ||
        copy_patterns(&a, &lint.exclude) || copy_patterns(&a, &lint.select) ||
        copy_levels(&a, &lint) || copy_ignores(&a, &lint)) {
        return err->code;
    }
    to->lint = lint;
    return PL_OK;
}

PL_STATUS pl_project_add_ignore(struct pl_project *project, const struct pl_lint_ignore *ignore,
                                struct pl_err *err)
{
    struct pl_lint_config *lint = &project->lint;
    uint32_t n = lint->n_ignore;
    if (n >= lint->room_ignore) {
        uint32_t room = n > 0 ? n * 2 : 4;
        struct pl_lint_ignore *list = pl_arena_new(&project->arena, room, sizeof *list, err);
        if (!list) {
            return err->code;
        }
        if (n > 0) {
            memcpy(list, lint->ignore, n * sizeof *list);
        }
        lint->ignore = list;
        lint->room_ignore = room;
    }
    lint->ignore[n] = *ignore;
    lint->n_ignore = n + 1;
    return PL_OK;
}
