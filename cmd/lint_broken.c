#include "cmd/lint_broken.h"

#include "cmd/lint_project.h"
#include "pkg/base/arr.h"
#include "pkg/base/limits.h"

#include <stdlib.h>
#include <string.h>

/* "FILE:LINE:COLUMN: rest" */
struct told {
    struct pl_slice file, rest; /* file is empty when no place is told */
    uint32_t line, column;
};

/* The number between two colons; false when something else stands there. */
static bool take_number(struct pl_slice *rest, uint32_t *ret)
{
    size_t colon = pl_slice_find(*rest, ':');
    uint64_t number = 0;
    if (colon == rest->len || !pl_slice_u64(pl_slice_sub(*rest, 0, colon), &number) ||
        number == 0 || number > UINT32_MAX) {
        return false;
    }
    *ret = (uint32_t)number;
    *rest = pl_slice_sub(*rest, colon + 1, rest->len);
    return true;
}

static struct told told_by(const char *message)
{
    struct pl_slice text = pl_slice_of(message);
    struct told told = {.rest = text};
    for (size_t at = pl_slice_find(text, ':'); at < text.len;) {
        struct pl_slice rest = pl_slice_sub(text, at + 1, text.len);
        struct told found = {.file = pl_slice_sub(text, 0, at)};
        if (take_number(&rest, &found.line) && take_number(&rest, &found.column)) {
            found.rest = pl_slice_trim(rest);
            return found;
        }
        rest = pl_slice_sub(text, at + 1, text.len);
        at = at + 1 + pl_slice_find(rest, ':');
    }
    return told;
}

/* A project of one package, which is the file that is broken. */
static PL_STATUS describe(struct pl_project *project, const char *path, const struct told *told,
                          struct pl_err *err)
{
    struct pl_pos at = {0};
    if (told->file.len > 0) {
        at.line = told->line;
        at.col = told->column;
        if (pl_project_add_file(project, told->file, PL_SLICE(""), &at.file, err)) {
            return err->code;
        }
    }
    if (pl_lint_bare_function(project, path, err)) {
        return err->code;
    }
    project->function[0].package.at = at;
    return PL_OK;
}

/* What ends a run, however many other inputs there are. */
static bool ends_all(const struct pl_err *err)
{
    return err->code == PL_ERR_NOMEM || err->code == PL_ERR_CANCELLED ||
           err->code == PL_ERR_INTERNAL || err->code == PL_ERR_USAGE;
}

static PL_STATUS break_as(struct pl_lint_unit *unit, const char *path, struct pl_err *err)
{
    const struct pl_err why = *err;
    struct told told = told_by(why.msg);
    struct pl_lint_odd *odd =
        pl_arr_grow(unit->odd, &unit->cap_odd, 1, sizeof *odd, PL_LINT_MAX_UNITS, "inputs", err);
    if (!odd) {
        return err->code;
    }
    unit->odd = odd;
    odd[0] = (struct pl_lint_odd){.function = 0, .why = why};
    memmove(odd[0].why.msg, odd[0].why.msg + (told.rest.ptr - why.msg), told.rest.len + 1);
    unit->n_odd = 1;
    unit->broken = pl_status_exit(why.code);
    unit->asked = true;
    return describe(&unit->project, path, &told, err);
}

PL_STATUS pl_lint_add_broken(struct pl_lint *lint, const char *path, struct pl_err *err)
{
    struct pl_err failure;
    struct pl_lint_unit *unit = NULL;
    if (ends_all(err)) {
        return err->code;
    }
    const struct pl_manifest_mistakes *mistakes = lint->mistakes;
    if (mistakes->n > 1 && strcmp(mistakes->at[0].msg, err->msg) == 0) {
        struct pl_err first = *err;
        pl_ignore(pl_err_set(err, first.code, "%s (and %zu more: plimsoll config verify)",
                             first.msg, mistakes->n - 1),
                  "it is kept as the reason");
    }
    if (pl_lint_unit_new(lint, &unit, &failure)) {
        *err = failure;
        return err->code;
    }
    return break_as(unit, path, err);
}

PL_STATUS pl_lint_break(struct pl_lint_unit *unit, struct pl_err *err)
{
    struct pl_buf path PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_PATH};
    struct pl_err failure;
    if (ends_all(err) || unit->project.n_file == 0) {
        return err->code;
    }
    if (pl_buf_slice(&path, unit->project.file[0].path, &failure)) {
        *err = failure;
        return err->code;
    }
    pl_project_done(&unit->project);
    pl_project_init(&unit->project);
    free(unit->function_named);
    free(unit->layer_named);
    unit->function_named = unit->layer_named = NULL;
    return break_as(unit, path.data, err);
}
