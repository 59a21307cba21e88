#include "cmd/cost.h"
#include "cmd/lint_project.h"
#include "cmd/term.h"
#include "pkg/base/arr.h"
#include "pkg/base/limits.h"
#include "pkg/base/text.h"
#include "pkg/lambda/limits.h"
#include "pkg/project/resource.h"

#include <stdlib.h>
#include <string.h>

/* Without --requests and --duration; the report says that it took these. */
enum { USUAL_REQUESTS = 1000000, USUAL_MS = 100 };

/* A whole number within limits; else *row says what is missing. */
static uint64_t number(struct pl_cost_row *row, const struct pl_value *value, uint64_t usual,
                       uint64_t max, const char *what)
{
    int64_t n = 0;
    const char *why = NULL;
    if (value->known == PL_ABSENT && usual > 0) {
        return usual;
    }
    if (value->known == PL_UNKNOWN) {
        why = value->why;
    } else if (!pl_value_has(value)) {
        why = "nothing says it: --memory does";
    } else if (!pl_value_int(value, &n)) {
        why = "it is no whole number";
    } else if (n < 1 || (uint64_t)n > max) {
        why = "Lambda has no such size";
    }
    if (why && !row->why) {
        row->what = what;
        row->why = why;
    }
    return why ? 0 : (uint64_t)n;
}

static enum pl_arch arch_of(struct pl_cost_row *row, const struct pl_value *value)
{
    enum pl_arch arch = pl_value_has(value) ? pl_arch_parse(value->text) : PL_ARCH_UNKNOWN;
    if (arch == PL_ARCH_UNKNOWN && !row->why) {
        row->what = "architecture";
        row->why = value->known == PL_UNKNOWN ? value->why
                   : pl_value_has(value)      ? "x86_64 and arm64 are known"
                                              : "nothing says it: --arch does";
    }
    return arch;
}

/* Does CloudFront call it?  Then it has another price. */
static bool is_edge(const struct pl_project *project, const struct pl_function_decl *fn)
{
    uint32_t first = (uint32_t)(fn - project->function) - fn->branch;
    for (uint32_t i = 0; i < project->n_resource; i++) {
        const struct pl_resource *resource = &project->resource[i];
        const struct pl_field *field = pl_resource_field(resource, PL_KEY_FUNCTION);
        if (resource->kind == PL_RES_EDGE && field && field->function == first) {
            return true;
        }
    }
    return false;
}

/* Has it provisioned concurrency, by its own setting or that of an alias or version? */
static bool is_provisioned(const struct pl_project *project, const struct pl_function_decl *fn)
{
    uint32_t first = (uint32_t)(fn - project->function) - fn->branch;
    bool is = pl_setting_field(fn, PL_KEY_PROVISIONED) != NULL;
    for (uint32_t i = 0; !is && i < project->n_resource; i++) {
        const struct pl_resource *resource = &project->resource[i];
        const struct pl_field *field = pl_resource_field(resource, PL_KEY_FUNCTION);
        is = (resource->kind == PL_RES_ALIAS || resource->kind == PL_RES_VERSION) && field &&
             field->function == first && pl_resource_field(resource, PL_KEY_PROVISIONED);
    }
    return is;
}

static struct pl_usage_part part_of(const struct pl_cost *cost, const struct pl_cost_row *row)
{
    return (struct pl_usage_part){.arch = row->arch,
                                  .memory_mb = row->memory_mb,
                                  .storage_mb = row->storage_mb,
                                  .requests = cost->requests,
                                  .ms = row->ms};
}

static void settle(const struct pl_cost *cost, struct pl_cost_row *row)
{
    const struct pl_function_decl *fn = row->fn;
    const struct pl_options *options = cost->lint.options;
    int64_t timeout = 0;
    row->memory_mb = options->memory ? options->memory
                                     : number(row, &fn->memory, 0,
                                              fn->is_managed ? PL_LAMBDA_MANAGED_MEMORY_MAX_MB
                                                             : PL_LAMBDA_MEMORY_MAX_MB,
                                              "memory");
    row->arch = arch_of(row, &fn->architecture);
    row->storage_mb = number(row, &fn->ephemeral, PL_LAMBDA_EPHEMERAL_MIN_MB,
                             PL_LAMBDA_EPHEMERAL_MAX_MB, "ephemeral storage");
    row->ms = cost->ms;
    if (pl_value_int(&fn->timeout, &timeout) && timeout > 0 &&
        timeout <= PL_LAMBDA_MANAGED_TIMEOUT_MAX_S && (uint64_t)timeout * 1000 < cost->ms) {
        row->ms = (uint64_t)timeout * 1000;
        row->is_cut = true;
    }
    if (fn->is_managed) {
        row->what = "price";
        row->why = "it runs on instances that EC2 bills";
    }
    row->is_edge = is_edge(row->project, fn);
    row->is_provisioned = is_provisioned(row->project, fn);
}

static PL_STATUS bill(const struct pl_cost *cost, struct pl_cost_row *row, struct pl_err *err)
{
    struct pl_usage usage = {0};
    const struct pl_usage_part part = part_of(cost, row);
    if (row->why) {
        return PL_OK;
    }
    if (!pl_usage_add(&usage, &part)) {
        return pl_err_set(err, PL_ERR_USAGE,
                          "%llu requests of %llu ms are more than can be counted",
                          (unsigned long long)cost->requests, (unsigned long long)cost->ms);
    }
    row->bill = pl_price_bill(cost->price, &usage, false);
    return PL_OK;
}

/* Branches that differ in other settings only cost the same. */
static bool is_same(const struct pl_cost_row *a, const struct pl_cost_row *b)
{
    return a->memory_mb == b->memory_mb && a->storage_mb == b->storage_mb && a->arch == b->arch &&
           a->ms == b->ms && a->why == b->why;
}

static PL_STATUS add_row(struct pl_cost *cost, const struct pl_project *project, uint32_t function,
                         struct pl_err *err)
{
    struct pl_cost_row row = {.project = project, .fn = &project->function[function]};
    settle(cost, &row);
    for (size_t i = cost->n; row.fn->branch > 0 && i > 0; i--) {
        if (is_same(&cost->row[i - 1], &row)) {
            return PL_OK;
        }
        if (cost->row[i - 1].fn->branch == 0) {
            break;
        }
    }
    if (bill(cost, &row, err) != PL_OK) {
        return err->code;
    }
    struct pl_cost_row *list = pl_arr_grow(cost->row, &cost->cap, cost->n + 1, sizeof *list,
                                           PL_MAX_ENTRIES, "functions", err);
    if (!list) {
        return err->code;
    }
    cost->row = list;
    list[cost->n++] = row;
    return PL_OK;
}

/* The functions of one input, with what the options say over them. */
static PL_STATUS add_unit(struct pl_cost *cost, struct pl_lint_unit *unit, struct pl_err *err)
{
    struct pl_project *project = &unit->project;
    if (unit->n_odd > 0) {
        struct pl_slice path = project->function[unit->odd[0].function].package.text;
        *err = unit->odd[0].why;
        return pl_slice_starts(pl_slice_of(err->msg), path)
                   ? err->code
                   : pl_err_wrap(err, "%.*s", PL_TEXT(path));
    }
    enum pl_status status = PL_OK;
    if (unit->function_named) {
        status = pl_lint_prune(project, unit->function_named, unit->layer_named, err);
    }
    if (!status) {
        status = pl_lint_apply_options(project, cost->lint.options, err);
    }
    for (uint32_t i = 0; !status && i < project->n_function; i++) {
        status = add_row(cost, project, i, err);
    }
    return status;
}

static void note_region(struct pl_cost *cost, const struct pl_value *region)
{
    if (!pl_value_has(region)) {
        return;
    }
    cost->is_mixed =
        cost->is_mixed || (cost->region.len > 0 && !pl_slice_eq(cost->region, region->text));
    cost->region = cost->region.len > 0 ? cost->region : region->text;
}

static PL_STATUS choose_price(struct pl_cost *cost, struct pl_err *err)
{
    const char *asked = cost->lint.options->region;
    for (size_t i = 0; i < cost->lint.n; i++) {
        const struct pl_project *project = &cost->lint.unit[i]->project;
        note_region(cost, &project->region);
        for (uint32_t k = 0; k < project->n_function; k++) {
            const struct pl_value own = pl_setting_value(&project->function[k], PL_KEY_REGION);
            note_region(cost, &own);
        }
    }
    cost->price = pl_price_find(asked ? pl_slice_of(asked) : cost->region);
    if (asked && !cost->price) {
        const char *name[64];
        size_t n = 0;
        for (; n < pl_price_count() && n < sizeof name / sizeof *name; n++) {
            name[n] = pl_price_at(n)->region;
        }
        const char *near = pl_text_nearest(pl_slice_of(asked), name, n);
        return pl_err_set(err, PL_ERR_USAGE, "--region: no prices of '%s' are known%s%s%s", asked,
                          near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    }
    if (!cost->price || (cost->is_mixed && !asked)) {
        cost->price = pl_price_find(PL_SLICE("us-east-1"));
    }
    return cost->price ? PL_OK : pl_err_set(err, PL_ERR_INTERNAL, "no prices of us-east-1");
}

/* Of each function the dearest row: settings that depend on a condition are had one at a time. */
static PL_STATUS sum_up(struct pl_cost *cost, struct pl_err *err)
{
    for (size_t i = 0, next = 0; i < cost->n; i = next) {
        size_t best = cost->n;
        for (next = i; next < cost->n && (next == i || cost->row[next].fn->branch > 0); next++) {
            bool is_better =
                !cost->row[next].why &&
                (best == cost->n || cost->row[next].bill.total > cost->row[best].bill.total);
            best = is_better ? next : best;
        }
        cost->n_function++;
        cost->n_unknown += best == cost->n;
        if (best == cost->n) {
            continue;
        }
        const struct pl_usage_part part = part_of(cost, &cost->row[best]);
        cost->row[best].counts = true;
        if (!pl_usage_add(&cost->usage, &part)) {
            return pl_err_set(err, PL_ERR_USAGE,
                              "all functions together are more than can be "
                              "counted");
        }
    }
    cost->list = pl_price_bill(cost->price, &cost->usage, false);
    cost->month = pl_price_bill(cost->price, &cost->usage, !cost->lint.options->no_free_tier);
    return PL_OK;
}

static int compare_sizes(const void *left, const void *right)
{
    const uint64_t *a = left;
    const uint64_t *b = right;
    return (*a > *b) - (*a < *b);
}

size_t pl_cost_sizes(const struct pl_cost *cost, uint64_t ret[PL_COST_SIZES])
{
    /* 1,769 MB is one CPU (developer guide, memory). */
    static const uint64_t usual[] = {128,  256,  512,  1024, 1536, 1769,
                                     2048, 3008, 4096, 6144, 8192, 10240};
    size_t n = 0;
    for (; n < sizeof usual / sizeof *usual; n++) {
        ret[n] = usual[n];
    }
    for (size_t i = 0; i < cost->n; i++) {
        bool is_new = cost->row[i].memory_mb > 0 && n < PL_COST_SIZES;
        for (size_t k = 0; is_new && k < n; k++) {
            is_new = ret[k] != cost->row[i].memory_mb;
        }
        if (is_new) {
            ret[n++] = cost->row[i].memory_mb;
        }
    }
    qsort(ret, n, sizeof *ret, compare_sizes);
    return n;
}

bool pl_cost_of_size(const struct pl_cost *cost, uint64_t memory_mb, enum pl_arch arch,
                     uint64_t *ret)
{
    struct pl_usage usage = {0};
    const struct pl_usage_part part = {.arch = arch,
                                       .memory_mb = memory_mb,
                                       .storage_mb = PL_PRICE_FREE_STORAGE_MB,
                                       .requests = cost->requests,
                                       .ms = cost->ms};
    if (!pl_usage_add(&usage, &part)) {
        return false;
    }
    *ret = pl_price_bill(cost->price, &usage, false).total;
    return true;
}

static PL_STATUS count(struct pl_cost *cost, struct pl_err *err)
{
    const struct pl_options *options = cost->lint.options;
    enum pl_status status = PL_OK;
    cost->requests = options->requests ? options->requests : USUAL_REQUESTS;
    cost->ms = options->duration ? options->duration : USUAL_MS;
    if (cost->ms > PL_LAMBDA_TIMEOUT_MAX_S * 1000u) {
        return pl_err_set(err, PL_ERR_USAGE, "--duration: no request takes longer than %u ms",
                          PL_LAMBDA_TIMEOUT_MAX_S * 1000u);
    }
    if (options->memory > 0 &&
        (options->memory < PL_LAMBDA_MEMORY_MIN_MB || options->memory > PL_LAMBDA_MEMORY_MAX_MB)) {
        return pl_err_set(err, PL_ERR_USAGE, "--memory takes %d to %d MB", PL_LAMBDA_MEMORY_MIN_MB,
                          PL_LAMBDA_MEMORY_MAX_MB);
    }
    for (size_t i = 0; !status && i < options->operand.n; i++) {
        status = pl_lint_add_path(&cost->lint, options->operand.at[i], err);
    }
    if (!status) {
        status = choose_price(cost, err);
    }
    for (size_t i = 0; !status && i < cost->lint.n; i++) {
        if (cost->lint.unit[i]->asked) {
            status = add_unit(cost, cost->lint.unit[i], err);
        }
    }
    if (!status && cost->n == 0) {
        return pl_err_set(err, PL_ERR_MISSING, "%s: no function is declared there",
                          options->operand.at[0]);
    }
    return status ? status : sum_up(cost, err);
}

int pl_cmd_cost(const struct pl_options *options)
{
    struct pl_err err;
    struct pl_term term;
    struct pl_cost cost = {.requests = 0};
    struct pl_buf out PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_REPORT_BYTES};
    pl_term_init(&term, PL_COLOR_NEVER);
    enum pl_status status = pl_lint_init(&cost.lint, options, &err);
    if (!status) {
        status = count(&cost, &err);
    }
    if (!status) {
        status = options->format == PL_FORMAT_JSON ? pl_cost_json(&cost, &out, &err)
                                                   : pl_cost_text(&cost, &out, &err);
    }
    if (!status) {
        pl_term_write(&term, pl_buf_view(&out));
    }
    int exit_status = status ? pl_term_fail(&err, "cost") : 0;
    free(cost.row);
    pl_lint_done(&cost.lint);
    return pl_term_exit(&term, exit_status);
}
