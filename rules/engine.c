#include "rules/engine.h"

#include "pkg/base/arr.h"
#include "pkg/base/pool.h"
#include "rules/checks.h"
#include "rules/suppress.h"

#include <stdlib.h>
#include <string.h>

void pl_rules_options_init(struct pl_rules_options *options)
{
    memset(options, 0, sizeof *options);
    for (size_t i = 0; i < PL_RULE_COUNT; i++) {
        options->on[i] = true;
    }
}

/* Without a list of entries nothing can be said about contents.  A package that failed later, in
 * the middle of its contents (a bomb), still has its list. */
static bool is_listed(const struct pl_package *package)
{
    bool has_list = !package->failed || package->tree.n > 0;
    if (!has_list || package->state == PL_PACKAGE_ABSENT || package->kind == PL_KIND_NONE ||
        package->kind == PL_KIND_NOT_ZIP) {
        return false;
    }
    for (uint32_t i = 0; i < package->tree.n_issue; i++) {
        if (pl_issue_class(package->tree.issue[i].what) == PL_ISSUES_BROKEN) {
            return false;
        }
    }
    return true;
}

static bool has_modes(const struct pl_package *package)
{
    for (uint32_t i = 0; i < package->tree.n; i++) {
        if (package->tree.entry[i].mode != PL_MODE_NONE) {
            return true;
        }
    }
    return false;
}

/* Contents of a source say nothing: a build will still change them. */
static bool needs_build(const struct pl_rule *rule, const struct pl_package *package)
{
    const uint32_t contents =
        PL_NEED_BUILT | PL_NEED_READ | PL_NEED_ZIP | PL_NEED_MODES | PL_NEED_LOADER;
    return package->state == PL_PACKAGE_SOURCE && (rule->needs & contents) != 0 &&
           !((rule->flags & PL_RULE_ON_SOURCE) && package->is_plain);
}

static const char *package_lacks(const struct pl_rule_ctx *ctx)
{
    const struct pl_package *package = ctx->package;
    uint32_t needs = ctx->rule->needs;
    if (!package) {
        const char *why = ctx->function ? ctx->function->decl->state_why : NULL;
        return !(needs & PL_NEED_CODE) ? NULL : why ? why : "no package is known";
    }
    if (needs_build(ctx->rule, package)) {
        return package->state_why ? package->state_why : pl_why_text(PL_WHY_NOT_BUILT);
    }
    if ((needs & PL_NEED_READ) && !is_listed(package)) {
        return pl_why_text(PL_WHY_UNREADABLE);
    }
    if ((needs & PL_NEED_ZIP) && !package->zipped_known) {
        return package->kind == PL_KIND_FOLDER
                   ? "a folder has no compressed size until it is packed"
                   : "the compressed size is known once it is packed";
    }
    if ((needs & PL_NEED_MODES) && is_listed(package) && !has_modes(package)) {
        return "the archive records no Unix modes";
    }
    return NULL;
}

static const char *function_lacks(const struct pl_rule *rule, const struct pl_function *fn)
{
    uint32_t needs = rule->needs;
    if (fn->run && (needs & PL_NEED_HANDLER) == 0 &&
        (rule->flags & (PL_RULE_IMAGES | PL_RULE_IMAGE)) != 0) {
        needs &= ~(uint32_t)PL_NEED_RUNTIME; /* the image brings its own system */
    }
    if ((needs & PL_NEED_RUNTIME) && fn->decl->runtime.known == PL_UNKNOWN) {
        return fn->decl->runtime.why;
    }
    if ((needs & PL_NEED_HANDLER) && fn->decl->handler.known == PL_UNKNOWN) {
        return fn->decl->handler.why;
    }
    if ((needs & PL_NEED_RUNTIME) && !fn->runtime) {
        return pl_value_has(&fn->decl->runtime) ? pl_why_text(PL_WHY_RUNTIME_UNKNOWN)
                                                : pl_why_text(PL_WHY_NO_RUNTIME);
    }
    if ((needs & PL_NEED_HANDLER) && !pl_value_has(&fn->decl->handler)) {
        return pl_why_text(PL_WHY_NO_HANDLER);
    }
    if ((needs & PL_NEED_LOADER) && fn->load.outcome == PL_NOT_JUDGED) {
        return pl_why_text(fn->load.why);
    }
    if ((needs & PL_NEED_MODULE) && !fn->load.at.package) {
        return fn->load.outcome == PL_CANNOT_TELL ? pl_why_text(fn->load.why)
                                                  : "the handler's file was not found";
    }
    return NULL;
}

/* A rule about one language says nothing about functions of another; it is not "skipped" there. */
static bool is_business_of(const struct pl_rule *rule, const struct pl_function *fn)
{
    if (rule->languages == 0) {
        return true;
    }
    if (fn->run) { /* without a handler there is nothing to ask a language about */
        return fn->run->handler.len > 0 && fn->run->has_language &&
               (rule->languages & PL_FOR(fn->run->language)) != 0;
    }
    return !fn->runtime || (rule->languages & PL_FOR(fn->runtime->language)) != 0;
}

/* An image is no ZIP: most rules of packages are none of its business, and the other way round. */
static bool is_for(const struct pl_rule *rule, const struct pl_package *package)
{
    bool image = package && package->kind == PL_KIND_IMAGE;
    return image ? (rule->flags & (PL_RULE_IMAGES | PL_RULE_IMAGE)) != 0
                 : (rule->flags & PL_RULE_IMAGE) == 0;
}

static PL_STATUS run_check(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    if (!is_for(ctx->rule, ctx->package)) {
        return PL_OK;
    }
    if (ctx->function && !is_business_of(ctx->rule, ctx->function)) {
        return PL_OK;
    }
    const char *lacks = package_lacks(ctx);
    if (!lacks && ctx->function) {
        lacks = function_lacks(ctx->rule, ctx->function);
    }
    if (lacks) {
        return pl_skip(ctx, err, "%s", lacks);
    }
    return ctx->rule->check(ctx, err);
}

static bool is_applied(const struct pl_rules_options *options, const struct pl_rule *rule)
{
    return (options->on[rule->rule] || (rule->flags & PL_RULE_FIXED) != 0) &&
           (rule->severity != PL_SEV_PEDANTIC || options->pedantic || options->named[rule->rule]);
}

static PL_STATUS run_subject(struct pl_rule_ctx *ctx, enum pl_subject subject,
                             const struct pl_rules_options *options, struct pl_err *err)
{
    const struct pl_rule *rule = pl_rule_at((enum pl_rule_id)0);
    for (size_t i = 0; i < PL_RULE_COUNT; i++, rule++) {
        if (rule->subject != subject) {
            continue;
        }
        bool is_other = subject == PL_SUBJECT_RESOURCE &&
                        !(rule->kinds >> ctx->resource->kind & 1); /* no business of the rule */
        if (is_other || !is_applied(options, rule)) {
            continue;
        }
        ctx->rule = rule;
        ctx->severity = (enum pl_severity)options->severity[i];
        uint64_t start = options->now_ns ? options->now_ns() : 0;
        enum pl_status status = run_check(ctx, err);
        if (options->now_ns) {
            options->spent_ns[i] += options->now_ns() - start;
        }
        if (status) {
            return pl_err_wrap(err, "rule %s", rule->id);
        }
    }
    return PL_OK;
}

static int compare_u64(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int compare_findings(const void *left, const void *right)
{
    const struct pl_finding *a = left;
    const struct pl_finding *b = right;
    int order = pl_slice_cmp(a->input, b->input);
    if (!order) {
        order = compare_u64(a->n_function ? a->function[0] + 1u : 0u,
                            b->n_function ? b->function[0] + 1u : 0u);
    }
    if (!order) {
        order = compare_u64(a->rule, b->rule);
    }
    if (!order) {
        order = pl_slice_cmp(a->member, b->member);
    }
    if (!order) {
        order = compare_u64(a->at.line, b->at.line);
    }
    if (!order) {
        order = compare_u64(a->offset, b->offset);
    }
    return order ? order : pl_slice_cmp(a->message, b->message);
}

static int compare_skips(const void *left, const void *right)
{
    const struct pl_skip *a = left;
    const struct pl_skip *b = right;
    int order = pl_slice_cmp(a->input, b->input);
    if (!order) {
        order = compare_u64(a->function, b->function);
    }
    return order ? order : compare_u64(a->rule, b->rule);
}

/* ---- many subjects: the rules are pure, so ranges of them are judged side by side ---- */

enum { RANGE = 32 }; /* subjects that one worker takes at a time */

/* The subjects in the order in which they are judged: the project, its packages, layers, functions
 * and resources. */
struct subjects {
    const struct pl_survey *survey;
    const struct pl_rules_options *options;
    size_t n;
    struct range *range; /* owned; each has its own verdict, so that nothing is shared */
};

struct range {
    struct pl_verdict verdict;
    uint64_t spent_ns[PL_RULE_COUNT];
};

static size_t count_subjects(const struct pl_survey *survey)
{
    return (size_t)1 + survey->n_package + survey->n_layer + survey->n_function +
           survey->project->n_resource;
}

static PL_STATUS run_resource(struct pl_rule_ctx *ctx, const struct pl_resource *resource,
                              const struct pl_rules_options *options, struct pl_err *err)
{
    const struct pl_survey *survey = ctx->survey;
    const struct pl_field *named = pl_resource_field(resource, PL_KEY_FUNCTION);
    ctx->resource = resource;
    ctx->function =
        named && named->function < survey->n_function ? &survey->function[named->function] : NULL;
    return run_subject(ctx, PL_SUBJECT_RESOURCE, options, err);
}

static PL_STATUS run_one(struct pl_rule_ctx ctx, size_t subject,
                         const struct pl_rules_options *options, struct pl_err *err)
{
    const struct pl_survey *survey = ctx.survey;
    if (subject == 0) {
        return run_subject(&ctx, PL_SUBJECT_PROJECT, options, err);
    }
    size_t i = subject - 1;
    if (i < survey->n_package) {
        ctx.package = &survey->package[i];
        return run_subject(&ctx, PL_SUBJECT_PACKAGE, options, err);
    }
    i -= survey->n_package;
    if (i < survey->n_layer) {
        ctx.layer = &survey->layer[i];
        ctx.package = ctx.layer->package;
        return run_subject(&ctx, PL_SUBJECT_LAYER, options, err);
    }
    i -= survey->n_layer;
    if (i < survey->n_function) {
        ctx.function = &survey->function[i];
        ctx.package = ctx.function->code;
        return run_subject(&ctx, PL_SUBJECT_FUNCTION, options, err);
    }
    return run_resource(&ctx, &survey->project->resource[i - survey->n_function], options, err);
}

static PL_STATUS run_range(void *context, unsigned worker, size_t index, struct pl_err *err)
{
    struct subjects *subjects = context;
    struct range *range = &subjects->range[index];
    struct pl_rules_options options = *subjects->options;
    const struct pl_rule_ctx ctx = {
        .survey = subjects->survey, .verdict = &range->verdict, .pedantic = options.pedantic};
    size_t end = (index + 1) * RANGE < subjects->n ? (index + 1) * RANGE : subjects->n;
    enum pl_status status = PL_OK;
    (void)worker;
    options.spent_ns = range->spent_ns;
    for (size_t i = index * RANGE; !status && i < end; i++) {
        status = run_one(ctx, i, &options, err);
    }
    return status;
}

/* In the order of the ranges, so the outcome is that of one thread. */
static PL_STATUS gather(struct pl_verdict *verdict, const struct subjects *subjects, size_t n_range,
                        struct pl_err *err)
{
    for (size_t i = 0; i < n_range; i++) {
        struct range *range = &subjects->range[i];
        if (pl_verdict_append(verdict, &range->verdict, err)) {
            return err->code;
        }
        for (size_t k = 0; subjects->options->now_ns && k < PL_RULE_COUNT; k++) {
            subjects->options->spent_ns[k] += range->spent_ns[k];
        }
    }
    return PL_OK;
}

static PL_STATUS run_all(struct pl_verdict *verdict, const struct pl_survey *survey,
                         const struct pl_rules_options *options, struct pl_err *err)
{
    struct subjects subjects = {.survey = survey, .options = options, .n = count_subjects(survey)};
    size_t n_range = (subjects.n + RANGE - 1) / RANGE;
    subjects.range = pl_arr_zeroed(n_range, sizeof *subjects.range, err);
    if (!subjects.range) {
        return err->code;
    }
    for (size_t i = 0; i < n_range; i++) {
        pl_verdict_init(&subjects.range[i].verdict);
    }
    enum pl_status status = pl_pool_for(options->workers, n_range, run_range, &subjects, err);
    if (!status) {
        status = gather(verdict, &subjects, n_range, err);
    }
    for (size_t i = 0; i < n_range; i++) {
        pl_verdict_done(&subjects.range[i].verdict);
    }
    free(subjects.range);
    return status;
}

/* By what is said and where; the first in the report's order is the first of its like. */
static int compare_words(const void *left, const void *right)
{
    const struct pl_finding *a = *(const struct pl_finding *const *)left;
    const struct pl_finding *b = *(const struct pl_finding *const *)right;
    int order = compare_u64(a->rule, b->rule);
    order = order ? order : compare_u64(a->at.file, b->at.file);
    order = order ? order : compare_u64(a->at.line, b->at.line);
    order = order ? order : compare_u64(a->at.col, b->at.col);
    order = order ? order : pl_slice_cmp(a->message, b->message);
    order = order ? order : pl_slice_cmp(a->member, b->member);
    order = order ? order : compare_u64(a->member_line, b->member_line);
    return order ? order : (a > b) - (a < b);
}

static bool same_words(const struct pl_finding *a, const struct pl_finding *b)
{
    bool same_place = a->rule == b->rule && a->at.file == b->at.file && a->at.line == b->at.line &&
                      a->at.col == b->at.col && a->member_line == b->member_line &&
                      a->offset == b->offset;
    /* What a setting that several functions share does is said once; what stands in two packages is
     * said of each. */
    bool same_input = a->package == b->package || (a->at.file > 0 && a->member.len == 0);
    return same_place && same_input && pl_slice_eq(a->member, b->member) &&
           pl_slice_eq(a->message, b->message);
}

/* The functions of both, ascending, each once. */
static PL_STATUS unite(struct pl_verdict *verdict, struct pl_finding *to,
                       const struct pl_finding *from, struct pl_err *err)
{
    size_t most = (size_t)to->n_function + from->n_function;
    uint32_t *list = pl_arena_new(&verdict->arena, most, sizeof *list, err);
    if (!list) {
        return err->code;
    }
    uint32_t n = 0;
    uint32_t i = 0;
    uint32_t k = 0;
    while (i < to->n_function || k < from->n_function) {
        bool first =
            k == from->n_function || (i < to->n_function && to->function[i] <= from->function[k]);
        uint32_t next = first ? to->function[i++] : from->function[k++];
        if (n == 0 || list[n - 1] != next) {
            list[n++] = next;
        }
    }
    to->function = list;
    to->n_function = n;
    return PL_OK;
}

/* The same words at the same place are one finding: several functions share a setting (Globals,
 * defaults), or several branches of one function have it. */
static PL_STATUS join_doubles(struct pl_verdict *verdict, struct pl_finding *finding,
                              size_t *n_finding, struct pl_err *err)
{
    size_t n = *n_finding;
    if (n == 0) {
        return PL_OK;
    }
    struct pl_finding **by = pl_arena_new(&verdict->arena, n, sizeof *by, err);
    if (!by) {
        return err->code;
    }
    for (size_t i = 0; i < n; i++) {
        by[i] = &finding[i];
    }
    qsort(by, n, sizeof *by, compare_words);
    struct pl_finding *first = by[0];
    for (size_t i = 1; i < n; i++) {
        if (!same_words(first, by[i])) {
            first = by[i];
            continue;
        }
        if (unite(verdict, first, by[i], err) != PL_OK) {
            return err->code;
        }
        by[i]->rule = PL_RULE_COUNT; /* joined */
    }
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (finding[i].rule != PL_RULE_COUNT) {
            finding[kept++] = finding[i];
        }
    }
    *n_finding = kept;
    return PL_OK;
}

/* Takes out what is accepted, and then judges the ignores themselves. */
static PL_STATUS judge_ignores(struct pl_verdict *verdict, const struct pl_survey *survey,
                               const struct pl_rules_options *options, struct pl_err *err)
{
    bool applied[PL_RULE_COUNT];
    struct pl_suppression suppression = {NULL, NULL};
    struct pl_rule_ctx ctx = {.survey = survey,
                              .verdict = verdict,
                              .suppression = &suppression,
                              .applied = applied,
                              .is_part = options->is_part};
    for (size_t i = 0; i < PL_RULE_COUNT; i++) {
        applied[i] = is_applied(options, pl_rule_at((enum pl_rule_id)i));
    }
    if (pl_suppression_init(&suppression, verdict, survey, err) ||
        pl_suppress(&suppression, verdict, 0, survey, err)) {
        return err->code;
    }
    size_t first = verdict->n_finding;
    if (run_subject(&ctx, PL_SUBJECT_IGNORES, options, err)) {
        return err->code;
    }
    return pl_suppress(&suppression, verdict, first, survey, err);
}

void pl_verdict_sort(struct pl_verdict *verdict)
{
    if (verdict->n_finding > 0) {
        qsort(verdict->finding, verdict->n_finding, sizeof *verdict->finding, compare_findings);
    }
    if (verdict->n_suppressed > 0) {
        qsort(verdict->suppressed, verdict->n_suppressed, sizeof *verdict->suppressed,
              compare_findings);
    }
    if (verdict->n_skip > 0) {
        qsort(verdict->skip, verdict->n_skip, sizeof *verdict->skip, compare_skips);
    }
}

PL_STATUS pl_rules_run(struct pl_verdict *ret, const struct pl_survey *survey,
                       const struct pl_rules_options *options, struct pl_err *err)
{
    struct pl_verdict verdict;
    pl_verdict_init(&verdict);
    enum pl_status status = run_all(&verdict, survey, options, err);
    if (!status) {
        status = judge_ignores(&verdict, survey, options, err);
    }
    if (status) {
        pl_verdict_done(&verdict);
        return status;
    }
    pl_verdict_sort(&verdict);
    if (join_doubles(&verdict, verdict.finding, &verdict.n_finding, err) ||
        join_doubles(&verdict, verdict.suppressed, &verdict.n_suppressed, err)) {
        pl_verdict_done(&verdict);
        return err->code;
    }
    *ret = verdict;
    return PL_OK;
}
