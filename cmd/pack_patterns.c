/* Patterns that match nothing are said: mostly they are slips. */
#include "cmd/pack.h"
#include "pkg/base/arr.h"
#include "pkg/base/limits.h"
#include "pkg/base/text.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_PATTERNS = 10000000 };

PL_STATUS pl_pack_keep_patterns(struct pl_pack_run *run, const struct pl_plan *plan,
                                struct pl_err *err)
{
    if (plan->n_pattern == 0) {
        return PL_OK;
    }
    struct pl_plan_pattern *list =
        pl_arr_grow(run->pattern, &run->cap_pattern, run->n_pattern + plan->n_pattern, sizeof *list,
                    MAX_PATTERNS, "patterns", err);
    if (!list) {
        return err->code;
    }
    run->pattern = list;
    memcpy(list + run->n_pattern, plan->pattern, plan->n_pattern * sizeof *list);
    run->n_pattern += plan->n_pattern;
    return PL_OK;
}

static int compare_u32(uint32_t a, uint32_t b)
{
    return (a > b) - (a < b);
}

static int compare_place(const struct pl_pos *a, const struct pl_pos *b)
{
    int order = compare_u32(a->file, b->file);
    order = order ? order : compare_u32(a->line, b->line);
    return order ? order : compare_u32(a->col, b->col);
}

/* By place; those that match first. */
static int compare(const void *left, const void *right)
{
    const struct pl_plan_pattern *a = left;
    const struct pl_plan_pattern *b = right;
    int order = compare_place(&a->at, &b->at);
    return order ? order : (int)b->matched - (int)a->matched;
}

static PL_STATUS say(const struct pl_project *project, const struct pl_plan_pattern *pattern,
                     struct pl_err *err)
{
    struct pl_buf line PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_DOC_BYTES};
    if (pattern->at.file == 0 || pattern->at.file > project->n_file) {
        return PL_OK;
    }
    enum pl_status status = pl_text_escape(&line, project->file[pattern->at.file - 1].path, err);
    if (!status) {
        status = pl_buf_fmt(&line, err, ":%u:%u: %s: \"", pattern->at.line, pattern->at.col,
                            pattern->is_include ? "include" : "exclude");
    }
    if (!status) {
        status = pl_text_escape(&line, pattern->text, err);
    }
    if (!status) {
        pl_term_say("note: %s\" matches nothing", line.data);
    }
    return status;
}

PL_STATUS pl_pack_say_patterns(const struct pl_pack_run *run, struct pl_err *err)
{
    enum pl_status status = PL_OK;
    if (run->n_pattern > 0) {
        qsort(run->pattern, run->n_pattern, sizeof *run->pattern, compare);
    }
    for (size_t i = 0; !status && i < run->n_pattern; i++) {
        bool is_first = i == 0 || compare_place(&run->pattern[i - 1].at, &run->pattern[i].at) != 0;
        if (is_first && !run->pattern[i].matched) {
            status = say(&run->project, &run->pattern[i], err);
        }
    }
    return status;
}
