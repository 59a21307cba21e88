#include "cmd/cache_dir.h"
#include "cmd/mistakes.h"
#include "cmd/pack.h"
#include "pkg/base/file.h"
#include "pkg/base/limits.h"
#include "pkg/base/os.h"
#include "pkg/base/pool.h"
#include "pkg/base/text.h"
#include "pkg/project/manifest.h"

#include <stdlib.h>

/* 1980-01-01T00:00:00Z and 2107-12-31T23:59:58Z: the days that a ZIP's times can hold
 * (APPNOTE 4.4.6, MS-DOS format). */
#define TIME_FIRST INT64_C(315532800)
#define TIME_LAST  INT64_C(4354819198)

/* https://reproducible-builds.org/specs/source-date-epoch/ */
static enum pl_status read_time(int64_t *ret, struct pl_err *err)
{
    const char *text = getenv("SOURCE_DATE_EPOCH");
    uint64_t seconds = 0;
    *ret = TIME_FIRST;
    if (!text || text[0] == '\0') {
        return PL_OK;
    }
    if (!pl_slice_u64(pl_slice_of(text), &seconds)) {
        return pl_err_set(err, PL_ERR_CONFIG,
                          "SOURCE_DATE_EPOCH takes seconds since 1970, not '%s'", text);
    }
    if (seconds > (uint64_t)TIME_LAST) {
        return pl_err_set(err, PL_ERR_CONFIG,
                          "SOURCE_DATE_EPOCH=%s is after 2107, the last year a ZIP can hold", text);
    }
    *ret = (int64_t)seconds > TIME_FIRST ? (int64_t)seconds : TIME_FIRST;
    return PL_OK;
}

static enum pl_status check_options(const struct pl_options *options, struct pl_err *err)
{
    return options->check && options->dry_run
               ? pl_err_set(err, PL_ERR_USAGE,
                            "--check compares and --dry-run shows: give one of them")
               : PL_OK;
}

static enum pl_status read_project(struct pl_pack_run *run, struct pl_err *err)
{
    char *found = NULL;
    const char *path = run->options->manifest;
    bool is_bare = false;
    if (pl_pack_bare(run, &is_bare, err) != PL_OK) {
        return err->code;
    }
    if (is_bare) {
        return PL_OK;
    }
    if (!path) {
        if (pl_manifest_find(".", &found, err) != PL_OK) {
            return err->code;
        }
        if (!found) {
            return pl_err_set(err, PL_ERR_MISSING,
                              "there is no plimsoll.yaml in this folder or above it; write one "
                              "(plimsoll.yaml(5) shows how), or name one with --file");
        }
        path = found;
    }
    run->mistakes = pl_arena_new(&run->arena, 1, sizeof *run->mistakes, err);
    enum pl_status status =
        run->mistakes ? pl_manifest_read_all(&run->project, path, run->mistakes, err) : err->code;
    free(found);
    return status;
}

static bool is_cancelled(void *ctx PL_UNUSED)
{
    return pl_signals_cancelled();
}

/* A target that is being made. */
struct making {
    struct pl_pack_run *run;
    const struct pl_pack_target *target;
};

/* One display for all: the first one that is not done is shown. */
static void step(void *ctx, uint64_t done_bytes, uint64_t all_bytes)
{
    const struct making *making = ctx;
    struct pl_pack_run *run = making->run;
    if (!run->meter || pthread_mutex_trylock(&run->lock) != 0) {
        return; /* somebody else is drawing, or writing */
    }
    size_t at = (size_t)(making->target - run->target);
    if (at == run->n_said) {
        const struct pl_meter_state state = {making->target->label.ptr, at + 1, run->n_target,
                                             done_bytes, all_bytes};
        pl_meter_step(run->meter, &state);
    }
    (void)pthread_mutex_unlock(&run->lock);
}

static unsigned jobs_of(const struct pl_pack_run *run)
{
    return run->options->jobs > 0 ? run->options->jobs : pl_os_cpus();
}

/* What the declaration says of a target, for its sidecar; runtimes live in the arena. */
static enum pl_status about_target(struct pl_pack_run *run, const struct pl_pack_target *target,
                                   struct pl_sidecar *ret, struct pl_err *err)
{
    const struct pl_project *project = &run->project;
    const struct pl_value *runtime = NULL;
    const struct pl_value *architecture = NULL;
    uint32_t n = 1;
    *ret = (struct pl_sidecar){.is_layer = target->is_layer, .name = target->name};
    if (target->is_layer) {
        runtime = project->layer[target->index].compatible_runtime;
        n = project->layer[target->index].n_compatible_runtime;
        architecture = &project->layer[target->index].architecture;
    } else {
        const struct pl_function_decl *fn = &project->function[target->index];
        runtime = &fn->runtime;
        architecture = &fn->architecture;
        ret->handler = pl_value_has(&fn->handler) ? fn->handler.text : PL_SLICE("");
    }
    ret->architecture = pl_value_has(architecture) ? architecture->text : PL_SLICE("");
    struct pl_slice *list = pl_arena_new(&run->arena, n + 1u, sizeof *list, err);
    if (!list) {
        return err->code;
    }
    for (uint32_t i = 0; i < n; i++) {
        if (pl_value_has(&runtime[i])) {
            list[ret->n_runtime++] = runtime[i].text;
        }
    }
    ret->runtime = list;
    return PL_OK;
}

/* A cache that cannot be used is no reason not to pack, and where nobody asked for one, none to
 * talk: many a build has no folder to write to but its own. */
static void say_no_cache(const struct pl_pack_run *run, const struct pl_err *err)
{
    if (run->options->cache_dir || run->options->verbose) {
        pl_term_say("the cache is not used: %s", err->msg);
    }
}

/* Once; its index is that of the real output folder, which is there by now. */
static void open_cache(struct pl_pack_run *run)
{
    struct pl_buf dir PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_PATH};
    struct pl_err err;
    if (run->options->no_cache || run->cache_tried) {
        return;
    }
    run->cache_tried = true;
    if (pl_cache_dir(run->options, &dir, &err) != PL_OK) {
        say_no_cache(run, &err);
        return;
    }
    char *project = dir.len > 0 ? pl_os_real_path(run->output_dir.ptr) : NULL;
    if (project &&
        pl_cache_open(&run->cache, dir.data, project, PL_CACHE_MAX_BYTES, &err) != PL_OK) {
        say_no_cache(run, &err);
    }
    free(project);
}

/* The output folder is made once there is something to put in. */
static enum pl_status write_target(struct pl_pack_run *run, struct pl_pack_target *target,
                                   const struct pl_plan *plan, const struct pl_progress *progress,
                                   struct pl_err *err)
{
    struct pl_sidecar about;
    unsigned jobs = jobs_of(run);
    struct pl_pack_options options = {
        .about = &about,
        .workers = run->options->jobs,
        .time = run->time,
        .progress = *progress,
        .turn = run->n_target > 1 ? &run->turn : NULL,
        .side_workers = jobs / (unsigned)(run->n_target < jobs ? run->n_target : jobs),
    };
    pl_pack_level(run, target, &options.level, &options.fit_below);
    (void)pthread_mutex_lock(&run->lock);
    enum pl_status status = about_target(run, target, &about, err);
    status = status == PL_OK ? pl_file_mkdirs(run->output_dir.ptr, err) : status;
    if (status == PL_OK) {
        open_cache(run);
        options.cache = run->cache;
    }
    (void)pthread_mutex_unlock(&run->lock);
    if (status == PL_OK &&
        pl_pack_write(&target->result, plan, target->path.ptr, &options, err) != PL_OK) {
        status = pl_err_wrap(err, "%s", target->label.ptr);
    }
    return status;
}

/* Keeps what planning noticed. */
static enum pl_status take_warnings(struct pl_pack_run *run, struct pl_pack_target *target,
                                    const struct pl_plan *plan, struct pl_err *err)
{
    (void)pthread_mutex_lock(&run->lock);
    enum pl_status status = pl_pack_keep_patterns(run, plan, err);
    for (size_t i = 0; i < plan->n_warning && status == PL_OK; i++) {
        status = pl_arena_dup(&run->arena, plan->warning[i], &target->warning[i], err);
        target->n_warning += status == PL_OK ? 1 : 0;
    }
    (void)pthread_mutex_unlock(&run->lock);
    return status;
}

/* What is to be installed for a target, and for layers that it is compared with. */
enum pl_status pl_pack_install(struct pl_pack_run *run, const struct pl_pack_target *target,
                               struct pl_err *err)
{
    struct pl_project *project = &run->project;
    if (!run->installs && pl_cmd_installs_open(&run->installs, run->options,
                                               run->options->explain != NULL, err) != PL_OK) {
        return err->code;
    }
    enum pl_status status =
        target->is_layer
            ? pl_install_layer(run->installs, project, target->index, err)
            : pl_cmd_install_function(run->installs, project, target->index,
                                      project->function[target->index].skip_provided, err);
    return status == PL_OK ? PL_OK : pl_err_wrap(err, "%s", target->label.ptr);
}

/* Plans and writes one ZIP; a dry run keeps the plan. */
static enum pl_status make_target(struct pl_pack_run *run, struct pl_pack_target *target,
                                  struct pl_err *err)
{
    struct making making = {run, target};
    const struct pl_progress progress = {.ctx = &making, .cancelled = is_cancelled, .step = step};
    const struct pl_plan_subject subject = {.index = target->index,
                                            .is_layer = target->is_layer,
                                            .output_dir = run->output_dir,
                                            .work_dir = pl_slice_of(getenv("TMPDIR")),
                                            .what = target->label};
    const struct pl_plan_request request = pl_plan_request_of(&run->project, &subject);
    struct pl_plan plan = {.n = 0};

    enum pl_status status = pl_plan_make(&plan, &request, &progress, err);
    if (status == PL_OK) {
        status = take_warnings(run, target, &plan, err);
    }
    if (status == PL_OK && run->options->check) {
        const struct pl_pack_options options = {.workers = run->options->jobs,
                                                .progress = progress};
        status = pl_pack_check(&target->check, &plan, target->path.ptr, &options, err);
    } else if (status == PL_OK && run->options->dry_run) {
        target->plan = plan;
        plan = (struct pl_plan){.n = 0};
    } else if (status == PL_OK) {
        status = write_target(run, target, &plan, &progress, err);
    }
    pl_plan_done(&plan);
    return status;
}

/* What is said about a target, at once: packing the others may take a while. */
static enum pl_status say_target(struct pl_pack_run *run, const struct pl_pack_target *target,
                                 struct pl_err *err)
{
    struct pl_buf line PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_REPORT_BYTES};
    bool dry_run = run->options->dry_run;
    bool stale = run->options->check && !pl_check_is_current(&target->check);
    for (size_t i = 0; i < target->n_warning && !run->options->quiet; i++) {
        pl_term_say("warning: %s: %s", target->label.ptr, target->warning[i].ptr);
    }
    if (run->options->format != PL_FORMAT_TEXT || (run->options->quiet && !stale)) {
        return PL_OK;
    }
    enum pl_status status = run->options->check ? pl_pack_text_check(&line, target, err)
                            : dry_run           ? pl_pack_text_plan(&line, target, err)
                                                : pl_pack_text_target(&line, run, target, err);
    if (status == PL_OK) {
        pl_term_write(&run->term, pl_buf_view(&line));
    }
    return status;
}

static void close_cache(struct pl_pack_run *run)
{
    struct pl_err err;
    if (run->cache && pl_cache_trouble(run->cache, &err) && !run->options->quiet) {
        pl_term_say("the cache: %s", err.msg);
    }
    if (run->cache && run->options->verbose) {
        struct pl_cache_use use = pl_cache_use_of(run->cache);
        char made[PL_COUNT_TEXT], found[PL_COUNT_TEXT];
        pl_term_say("the cache: %s deflated, %s found", pl_count_text(use.made, made),
                    pl_count_text(use.found, found));
    }
    pl_cache_close(run->cache);
    run->cache = NULL;
}

/* With the lock held: the targets from n_said on that are done are said, in their order. */
static enum pl_status say_done(struct pl_pack_run *run, struct pl_err *err)
{
    enum pl_status status = PL_OK;
    pl_meter_hide(run->meter);
    while (status == PL_OK && run->n_said < run->n_target && run->target[run->n_said].done) {
        status = say_target(run, &run->target[run->n_said], err);
        run->n_said++;
    }
    return status;
}

static enum pl_status make_one(void *ctx, unsigned worker PL_UNUSED, size_t i, struct pl_err *err)
{
    struct pl_pack_run *run = ctx;
    struct pl_pack_target *target = &run->target[i];
    if (pl_signals_cancelled()) {
        return pl_err_set(err, PL_ERR_CANCELLED, "interrupted before %s", target->label.ptr);
    }
    if (make_target(run, target, err) != PL_OK) {
        return err->code;
    }
    (void)pthread_mutex_lock(&run->lock);
    target->done = true;
    enum pl_status status = say_done(run, err);
    (void)pthread_mutex_unlock(&run->lock);
    return status;
}

/* A target behind one that failed counts as not made: who else was under way is chance. */
static void forget_behind(struct pl_pack_run *run)
{
    for (size_t i = run->n_said; i < run->n_target; i++) {
        run->target[i].done = false;
    }
}

/* One after the other, before anything is packed: tools use every core themselves. */
static enum pl_status install_all(struct pl_pack_run *run, struct pl_err *err)
{
    for (size_t i = 0; i < run->n_target; i++) {
        if (pl_pack_install(run, &run->target[i], err) != PL_OK) {
            return err->code;
        }
    }
    return PL_OK;
}

static enum pl_status make_all(struct pl_pack_run *run, struct pl_err *err)
{
    bool sums = !run->options->check && !run->options->dry_run;
    if (install_all(run, err) != PL_OK || (sums && pl_pack_measure_layers(run, err) != PL_OK)) {
        return err->code;
    }
    int failed = pthread_mutex_init(&run->lock, NULL);
    if (failed == 0 && (failed = pthread_mutex_init(&run->turn, NULL)) != 0) {
        (void)pthread_mutex_destroy(&run->lock);
    }
    if (failed != 0) {
        return pl_err_sys(err, failed, "a lock cannot be made");
    }
    run->meter = pl_meter_start(&run->term, run->options->quiet);
    enum pl_status status = pl_pool_for(jobs_of(run), run->n_target, make_one, run, err);
    forget_behind(run);
    pl_meter_stop(run->meter);
    close_cache(run);
    (void)pthread_mutex_destroy(&run->turn);
    (void)pthread_mutex_destroy(&run->lock);
    return status || run->options->quiet ? status : pl_pack_say_patterns(run, err);
}

static void run_done(struct pl_pack_run *run)
{
    for (size_t i = 0; i < run->n_target; i++) {
        pl_plan_done(&run->target[i].plan);
        pl_check_done(&run->target[i].check);
    }
    free(run->target);
    free(run->pattern);
    pl_installs_close(run->installs);
    pl_project_done(&run->project);
    pl_arena_done(&run->arena);
}

static enum pl_status say_end(struct pl_pack_run *run, const struct pl_pack_lint *lint,
                              const struct pl_err *failure, struct pl_err *err)
{
    struct pl_buf out PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_REPORT_BYTES};
    const struct pl_options *options = run->options;
    enum pl_status status = PL_OK;
    if (options->format == PL_FORMAT_JSON) {
        status = pl_pack_json(&out, run, lint, failure, err);
    } else if (!failure && !options->dry_run && !options->quiet) {
        status = options->check ? pl_pack_text_checked(&out, run, err)
                                : pl_pack_text_summary(&out, run, lint, err);
    }
    if (status == PL_OK && out.len > 0) {
        pl_term_write(&run->term, pl_buf_view(&out));
    }
    return status;
}

/* Makes the ZIPs, judges them, and says how it went. */
static enum pl_status pack_and_lint(struct pl_pack_run *run, struct pl_pack_lint *lint,
                                    struct pl_err *err)
{
    const struct pl_options *options = run->options;
    enum pl_status status = make_all(run, err);
    if (status == PL_OK && !options->dry_run && !options->check && !options->no_lint) {
        status = pl_pack_lint(run, lint, err);
    }
    if (status == PL_OK && options->format == PL_FORMAT_TEXT && lint->report.len > 0) {
        pl_term_write(&run->term, pl_buf_view(&lint->report));
    }
    return status;
}

static int run_targets(struct pl_pack_run *run)
{
    struct pl_err failure;
    struct pl_err err;
    struct pl_pack_lint lint = {.ran = false};
    int exit_status = 0;
    pl_buf_init(&lint.report, PL_MAX_REPORT_BYTES);

    bool failed = pack_and_lint(run, &lint, &failure) != PL_OK;
    if (failed) {
        exit_status = pl_term_fail(&failure, "pack");
    }
    /* Whoever interrupts wants no report. */
    if (!pl_signals_cancelled() && say_end(run, &lint, failed ? &failure : NULL, &err) != PL_OK) {
        exit_status = pl_term_fail(&err, "pack");
    }
    int found = run->options->check && pl_pack_stale(run) > 0 ? 1 : lint.status;
    exit_status = found > exit_status ? found : exit_status;
    pl_pack_lint_done(&lint);
    return pl_term_exit(&run->term, exit_status);
}

int pl_cmd_pack(const struct pl_options *options)
{
    struct pl_err err;
    struct pl_pack_run run = {.options = options};
    if (options->presets) {
        return pl_pack_presets(options);
    }
    pl_term_init(&run.term, options->color);
    pl_project_init(&run.project);
    pl_arena_init(&run.arena, PL_MB(256));

    enum pl_status status = check_options(options, &err);
    status = status == PL_OK ? read_time(&run.time, &err) : status;
    status = status == PL_OK ? read_project(&run, &err) : status;
    status = status == PL_OK ? pl_pack_choose(&run, &err) : status;
    if (status == PL_OK && options->explain) {
        status = pl_pack_explain(&run, &err);
        run_done(&run);
        return status == PL_OK ? pl_term_exit(&run.term, 0) : pl_term_fail(&err, "pack");
    }
    int exit_status = status == PL_OK ? run_targets(&run) : pl_cmd_fail(&err, run.mistakes, "pack");
    run_done(&run);
    return exit_status;
}
