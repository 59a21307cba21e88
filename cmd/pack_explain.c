/* `pack --explain PATH`: which line of which file decides. */
#include "cmd/pack.h"
#include "pkg/base/ignore.h"
#include "pkg/base/limits.h"
#include "pkg/base/text.h"

enum { NAMES_KEPT = 16 };

struct explaining {
    struct pl_slice path; /* asked for, without "./" and closing slashes */
    struct pl_slice label;
    struct pl_buf *to;
    struct pl_err *err;
    enum pl_status status;
    bool found;
    struct pl_slice name[NAMES_KEPT]; /* of files that go in; in the plan's arena */
    size_t n_name;
};

static struct pl_slice tidy(struct pl_slice path)
{
    while (pl_slice_starts(path, PL_SLICE("./"))) {
        path = pl_slice_sub(path, 2, path.len);
    }
    while (path.len > 1 && path.ptr[path.len - 1] == '/') {
        path.len--;
    }
    return path;
}

/* Is "folder/child" the path that was asked for, or a folder above it? */
static bool concerns(struct explaining *e, const struct pl_trace *trace, bool *ret_itself)
{
    struct pl_slice rest = e->path;
    struct pl_slice folder = tidy(trace->folder);
    if (pl_slice_is(folder, ".")) {
        folder = PL_SLICE("");
    }
    if (folder.len > 0) {
        if (!pl_slice_starts(rest, folder) || rest.len <= folder.len ||
            (folder.ptr[folder.len - 1] != '/' && rest.ptr[folder.len] != '/')) {
            return false;
        }
        size_t slash = folder.ptr[folder.len - 1] == '/' ? 0 : 1;
        rest = pl_slice_sub(rest, folder.len + slash, rest.len);
    }
    struct pl_slice child = tidy(trace->child);
    *ret_itself = pl_slice_eq(rest, child);
    return *ret_itself || (pl_slice_starts(rest, child) && rest.ptr[child.len] == '/');
}

static enum pl_status append_rule(struct explaining *e, const struct pl_trace *trace)
{
    const struct pl_ignore_rule *rule = trace->rule;
    if (trace->why || !rule) {
        return pl_buf_text(e->to, trace->why ? trace->why : "nothing leaves it out", e->err);
    }
    enum pl_status status = pl_text_escape(e->to, rule->origin, e->err);
    status = status == PL_OK ? pl_buf_fmt(e->to, e->err, ":%u: ", rule->line) : status;
    return status == PL_OK ? pl_text_escape(e->to, rule->text, e->err) : status;
}

static void step(void *ctx, const struct pl_trace *trace)
{
    struct explaining *e = ctx;
    bool itself = false;
    if (e->status != PL_OK || !concerns(e, trace, &itself) || (!itself && trace->taken)) {
        return;
    }
    e->found = true;
    if (trace->taken && !trace->is_folder && e->n_name < NAMES_KEPT) {
        e->name[e->n_name++] = trace->name;
    }
    e->status = pl_text_escape(e->to, e->label, e->err);
    if (e->status == PL_OK) {
        e->status = pl_buf_fmt(e->to, e->err, ", source %u: ", (unsigned)trace->source + 1);
    }
    e->status = e->status == PL_OK ? pl_text_escape(e->to, e->path, e->err) : e->status;
    if (e->status == PL_OK && trace->taken) {
        e->status =
            pl_buf_text(e->to, trace->is_folder ? " is looked into, as " : " goes in as ", e->err);
        e->status = e->status == PL_OK ? pl_text_escape(e->to, trace->name, e->err) : e->status;
    } else if (e->status == PL_OK) {
        e->status =
            pl_buf_text(e->to, itself ? " is left out" : " is left out with the folder ", e->err);
        if (e->status == PL_OK && !itself) {
            e->status = pl_text_escape(e->to, trace->child, e->err);
        }
    }
    e->status = e->status == PL_OK ? pl_buf_text(e->to, ": ", e->err) : e->status;
    e->status = e->status == PL_OK ? append_rule(e, trace) : e->status;
    e->status = e->status == PL_OK ? pl_buf_byte(e->to, '\n', e->err) : e->status;
}

static bool is_planned(const struct pl_plan *plan, struct pl_slice name)
{
    for (size_t i = 0; i < plan->n; i++) {
        if (pl_slice_eq(plan->item[i].name, name)) {
            return true;
        }
    }
    return false;
}

/* What takes out again what the lists let in. */
static const char *taker(const struct pl_plan *plan, struct pl_slice name)
{
    bool bytecode = plan->pyc.mode != PL_PYC_KEEP && pl_slice_ends(name, PL_SLICE(".pyc"));
    if (plan->prune != 0) {
        return bytecode || plan->skip_provided ? "`prune`, `pyc` or `skip_provided`"
                                               : "a preset of `prune`";
    }
    if (bytecode) {
        return "`pyc`";
    }
    return plan->skip_provided ? "`skip_provided`: a layer holds it" : NULL;
}

/* The lists let it in, and it is not in the plan: presets come after the lists. */
static enum pl_status append_pruned(struct explaining *e, const struct pl_plan *plan)
{
    enum pl_status status = PL_OK;
    for (size_t i = 0; i < e->n_name && status == PL_OK; i++) {
        const char *by = taker(plan, e->name[i]);
        if (!by || is_planned(plan, e->name[i])) {
            continue;
        }
        status = pl_text_escape(e->to, e->label, e->err);
        status = status == PL_OK ? pl_buf_text(e->to, ": ", e->err) : status;
        status = status == PL_OK ? pl_text_escape(e->to, e->name[i], e->err) : status;
        status =
            status == PL_OK ? pl_buf_fmt(e->to, e->err, " is taken out again by %s\n", by) : status;
    }
    return status;
}

static enum pl_status explain_target(struct pl_pack_run *run, const struct pl_pack_target *target,
                                     struct explaining *e, struct pl_err *err)
{
    const struct pl_tracer tracer = {.ctx = e, .step = step};
    const struct pl_plan_subject subject = {.index = target->index,
                                            .is_layer = target->is_layer,
                                            .output_dir = run->output_dir,
                                            .what = target->label};
    struct pl_plan_request request = pl_plan_request_of(&run->project, &subject);
    struct pl_plan plan = {.n = 0};
    request.tracer = &tracer;
    e->label = target->label;
    e->n_name = 0;
    enum pl_status status = pl_pack_install(run, target, err);
    status = status == PL_OK ? pl_plan_make(&plan, &request, NULL, err) : status;
    if (status == PL_OK && e->status == PL_OK) {
        e->status = append_pruned(e, &plan);
    }
    pl_plan_done(&plan);
    return e->found && status == PL_ERR_MISSING ? PL_OK : status;
}

enum pl_status pl_pack_explain(struct pl_pack_run *run, struct pl_err *err)
{
    struct pl_err failure = {.code = PL_OK};
    struct pl_buf text PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_REPORT_BYTES};
    struct explaining e = {
        .path = tidy(pl_slice_of(run->options->explain)), .to = &text, .err = &failure};
    for (size_t i = 0; i < run->n_target; i++) {
        if (explain_target(run, &run->target[i], &e, err) != PL_OK) {
            return err->code;
        }
    }
    if (e.status != PL_OK) {
        *err = failure;
        return e.status;
    }
    if (!e.found) {
        return pl_err_set(err, PL_ERR_MISSING, "%s: no source holds it", run->options->explain);
    }
    pl_term_write(&run->term, pl_buf_view(&text));
    return PL_OK;
}
