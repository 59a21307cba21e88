/*
 * Stacks that a template nests: each local template becomes an input of its own.  The service makes
 * one stack per use; what is wrong with a template is said once.
 */
#include "cmd/lint_run.h"
#include "cmd/term.h"
#include "pkg/base/file.h"
#include "pkg/base/limits.h"
#include "pkg/project/template.h"

#include <string.h>
#include <sys/stat.h>

enum {
    MAX_DEPTH = 16, /* stacks in each other */
    MAX_READS = 2000
};
static const char WHY_DIFFERS[] = "a parameter has other values in other uses of the template";

/* "template.yaml:7:20: child.yaml: ..." */
static void say(const struct pl_lint *lint, size_t outer, const struct pl_nested *nested,
                const char *what)
{
    const struct pl_project *project = &lint->unit[outer]->project;
    pl_term_say("%.*s:%u:%u: %.*s: %s", PL_TEXT(project->file[0].path), nested->at.line,
                nested->at.col, PL_TEXT(nested->path), what);
}

static bool is_of(const struct pl_lint_unit *unit, struct pl_slice path)
{
    return unit->project.kind == PL_PROJECT_TEMPLATE && unit->project.n_file > 0 &&
           pl_slice_eq(unit->project.file[0].path, path);
}

/* Does the unit stand around `index`, or is it that one? */
static bool is_around(const struct pl_lint *lint, size_t unit, size_t index)
{
    while (index != unit && lint->unit[index]->depth > 0) {
        index = lint->unit[index]->outer;
    }
    return index == unit;
}

static struct pl_given *find(const struct pl_nested *nested, struct pl_slice name)
{
    for (uint32_t i = 0; i < nested->n_given; i++) {
        if (pl_slice_eq(nested->given[i].name, name)) {
            return &nested->given[i];
        }
    }
    return NULL;
}

/* Copies what does not belong to the unit, with room for `more` parameters. */
static PL_STATUS copy(struct pl_arena *arena, const struct pl_nested *from, uint32_t more,
                      struct pl_nested *ret, struct pl_err *err)
{
    struct pl_nested nested = *from;
    nested.given = pl_arena_new(arena, (size_t)from->n_given + more, sizeof *nested.given, err);
    if (!nested.given || pl_arena_dup(arena, from->path, &nested.path, err) != PL_OK ||
        pl_arena_dup(arena, from->built, &nested.built, err) != PL_OK) {
        return err->code;
    }
    for (uint32_t i = 0; i < from->n_given; i++) {
        nested.given[i] = from->given[i];
        if (pl_arena_dup(arena, from->given[i].name, &nested.given[i].name, err) != PL_OK ||
            pl_arena_dup(arena, from->given[i].value.text, &nested.given[i].value.text, err) !=
                PL_OK) {
            return err->code;
        }
    }
    *ret = nested;
    return PL_OK;
}

/* What both uses give; *ret_changed: that is less than was known before. */
static PL_STATUS merge(struct pl_arena *arena, const struct pl_nested *old,
                       const struct pl_nested *other, struct pl_nested *ret, bool *ret_changed,
                       struct pl_err *err)
{
    const struct pl_value differs = {.known = PL_UNKNOWN, .why = WHY_DIFFERS};
    if (copy(arena, old, other->n_given, ret, err) != PL_OK) {
        return err->code;
    }
    *ret_changed = !old->given_why != !other->given_why && !old->given_why;
    ret->given_why = old->given_why ? old->given_why : other->given_why;
    for (uint32_t i = 0; i < old->n_given; i++) {
        const struct pl_given *there = find(other, old->given[i].name);
        struct pl_value *value = &ret->given[i].value;
        bool same = there && there->value.known == value->known &&
                    pl_slice_eq(there->value.text, value->text);
        if (value->known == PL_GIVEN && !same) {
            *value = differs;
            *ret_changed = true;
        }
    }
    for (uint32_t i = 0; i < other->n_given; i++) {
        if (!find(old, other->given[i].name)) {
            struct pl_given *given = &ret->given[ret->n_given++];
            *given = (struct pl_given){.value = differs};
            *ret_changed = true;
            if (pl_arena_dup(arena, other->given[i].name, &given->name, err) != PL_OK) {
                return err->code;
            }
        }
    }
    return PL_OK;
}

static PL_STATUS read(struct pl_lint *lint, const struct pl_nested *nested, struct pl_project *ret,
                      struct pl_err *err)
{
    const struct pl_template_options options = {.nested = nested};
    if (++lint->n_nested > MAX_READS) {
        return pl_err_set(err, PL_ERR_LIMIT, "%.*s: more than %d nested stacks",
                          PL_TEXT(nested->path), MAX_READS);
    }
    return pl_template_read_with(ret, nested->path.ptr, &options, err);
}

/* A template that is an input already, on its own or nested elsewhere. */
static PL_STATUS add_again(struct pl_lint *lint, size_t index, size_t outer,
                           const struct pl_nested *nested, struct pl_err *err)
{
    struct pl_lint_unit *unit = lint->unit[index];
    struct pl_project project;
    struct pl_nested all;
    bool is_changed = unit->depth == 0;
    enum pl_status status =
        unit->depth == 0 ? copy(&unit->arena, nested, 0, &all, err)
                         : merge(&unit->arena, &unit->nested, nested, &all, &is_changed, err);
    if (status || !is_changed) {
        return status;
    }
    status = read(lint, &all, &project, err);
    if (status) {
        return status;
    }
    if (unit->depth == 0) {
        unit->outer = outer;
        unit->depth = lint->unit[outer]->depth + 1;
    }
    unit->nested = all;
    unit->again = true;
    pl_project_done(&unit->project);
    unit->project = project;
    return pl_lint_add_nested(lint, index, err);
}

static PL_STATUS add_new(struct pl_lint *lint, size_t outer, const struct pl_nested *nested,
                         struct pl_err *err)
{
    struct pl_project project;
    unsigned depth = lint->unit[outer]->depth + 1;
    if (depth > MAX_DEPTH) {
        return pl_err_set(err, PL_ERR_LIMIT, "%.*s: nested more than %d deep",
                          PL_TEXT(nested->path), MAX_DEPTH);
    }
    if (read(lint, nested, &project, err) != PL_OK) {
        return err->code;
    }
    if (pl_lint_add_project(lint, &project, err) != PL_OK) {
        pl_project_done(&project);
        return err->code;
    }
    size_t index = lint->n - 1;
    struct pl_lint_unit *unit = lint->unit[index];
    unit->outer = outer;
    unit->depth = depth;
    enum pl_status status = copy(&unit->arena, nested, 0, &unit->nested, err);
    return status ? status : pl_lint_add_nested(lint, index, err);
}

static PL_STATUS add(struct pl_lint *lint, size_t outer, const struct pl_nested *nested,
                     struct pl_err *err)
{
    struct stat st;
    bool is_there = false;
    for (size_t i = 0; i < lint->n; i++) {
        if (!lint->unit[i]->asked || !is_of(lint->unit[i], nested->path)) {
            continue;
        }
        if (is_around(lint, i, outer)) {
            if (!lint->unit[outer]->again) {
                say(lint, outer, nested, "it nests itself in the end: it is read once");
            }
            return PL_OK;
        }
        return add_again(lint, i, outer, nested, err);
    }
    if (pl_file_look(nested->path.ptr, false, &is_there, &st, err) != PL_OK) {
        return err->code;
    }
    if (!is_there) {
        lint->n_absent++;
        say(lint, outer, nested, "the template of a nested stack is not there: it is not judged");
        return PL_OK;
    }
    return add_new(lint, outer, nested, err);
}

PL_STATUS pl_lint_add_nested(struct pl_lint *lint, size_t index, struct pl_err *err)
{
    for (uint32_t i = 0; i < lint->unit[index]->project.n_nested; i++) {
        /* Its own: reading the stack may make another project of this unit's template. */
        struct pl_arena arena;
        struct pl_nested nested;
        pl_arena_init(&arena, PL_MAX_DOC_BYTES);
        enum pl_status status =
            copy(&arena, &lint->unit[index]->project.nested[i], 0, &nested, err);
        status = status ? status : add(lint, index, &nested, err);
        pl_arena_done(&arena);
        if (status) {
            return status;
        }
    }
    return PL_OK;
}
