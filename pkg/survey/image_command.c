/* What an image starts in Lambda: its configuration and what a template puts in its place, the
 * environment, and the web adapter beside it. */
#include "pkg/survey/image_client.h"

static PL_STATUS add_all(struct pl_words *to, const struct pl_image_texts *texts,
                         struct pl_arena *arena, struct pl_err *err)
{
    for (uint32_t i = 0; i < texts->n; i++) {
        if (pl_words_add(to, texts->at[i], arena, err) != PL_OK) {
            return err->code;
        }
    }
    return PL_OK;
}

/* What the script or program finds set in Lambda. */
static PL_STATUS fill_env(struct pl_image_ask *ask, struct pl_err *err)
{
    static const struct pl_slice more[] = {PL_SLICE_INIT("AWS_LAMBDA_RUNTIME_API=127.0.0.1:9001"),
                                           PL_SLICE_INIT("LAMBDA_TASK_ROOT=/var/task"),
                                           PL_SLICE_INIT("LAMBDA_RUNTIME_DIR=/var/runtime")};
    if (add_all(&ask->env, &ask->package->image->config.env, ask->arena, err) != PL_OK) {
        return err->code;
    }
    for (size_t i = 0; i < sizeof more / sizeof *more; i++) {
        if (pl_words_add(&ask->env, more[i], ask->arena, err) != PL_OK) {
            return err->code;
        }
    }
    return PL_OK;
}

static PL_STATUS add_given(struct pl_words *to, const struct pl_value *list, uint32_t n,
                           struct pl_arena *arena, struct pl_err *err)
{
    for (uint32_t i = 0; i < n; i++) {
        if (pl_words_add(to, list[i].text, arena, err) != PL_OK) {
            return err->code;
        }
    }
    return PL_OK;
}

/* Entrypoint and command of the image, or what ImageConfig puts in their place (IMAGES d.2): with
 * an entrypoint given, the image's own command is taken to be dropped, as Docker does. */
static PL_STATUS make_command(struct pl_image_ask *ask, const struct pl_image_decl *decl,
                              struct pl_err *err)
{
    const struct pl_image_config *config = &ask->package->image->config;
    struct pl_words *to = &ask->run->command;
    bool entrypoint = decl && decl->n_entrypoint > 0;
    enum pl_status status =
        entrypoint ? add_given(to, decl->entrypoint, decl->n_entrypoint, ask->arena, err)
                   : add_all(to, &config->entrypoint, ask->arena, err);
    if (status) {
        return status;
    }
    if (decl && decl->n_command > 0) {
        return add_given(to, decl->command, decl->n_command, ask->arena, err);
    }
    ask->run->guessed = entrypoint && config->cmd.n > 0;
    return entrypoint ? PL_OK : add_all(to, &config->cmd, ask->arena, err);
}

static PL_STATUS run_command(struct pl_image_ask *ask, const struct pl_image_decl *decl,
                             struct pl_err *err)
{
    struct pl_image_run *run = ask->run;
    if (decl && decl->why) {
        run->start = PL_START_UNKNOWN;
        return PL_OK;
    }
    run->relative = run->command.n > 0 && !pl_slice_starts(run->command.at[0], PL_SLICE("/"));
    if (run->command.n == 0) {
        return pl_image_cannot_start(ask, PL_START_NOTHING, err,
                                     "the image has neither an entrypoint nor a command");
    }
    enum pl_status status = pl_image_follow(ask, run->command.at, run->command.n, err);
    run->certain = run->certain && !run->guessed;
    return status;
}

PL_STATUS pl_image_run(struct pl_image_run *ret, const struct pl_package *package,
                       const struct pl_image_decl *decl, const struct pl_view *view,
                       struct pl_arena *arena, struct pl_err *err)
{
    struct pl_slice workdir = package->image->config.workdir;
    struct pl_image_run run = {.start = PL_START_FINE};
    struct pl_image_ask ask = {.run = &run, .package = package, .view = view, .arena = arena};
    bool adapter = false;
    if (decl && decl->workdir.known == PL_GIVEN) {
        workdir = decl->workdir.text;
    }
    ask.cwd = run.workdir = workdir.len > 0 ? workdir : PL_SLICE("/");
    run.workdir_missing =
        workdir.len > 0 && pl_view_find(view, PL_SLICE("/"), workdir).how != PL_HOW_FOLDER;
    if (make_command(&ask, decl, err) != PL_OK || fill_env(&ask, err) != PL_OK ||
        pl_image_find_extensions(&ask, err) != PL_OK ||
        pl_image_ask_adapter(&ask, &adapter, err) != PL_OK) {
        return err->code;
    }
    struct pl_image_run first = run;
    enum pl_status status = run_command(&ask, decl, err);
    if (adapter) { /* only that its program can be started is still asked */
        run.speaks = first.speaks;
        run.certain = first.certain;
        run.why = first.why;
        run.emulator = false;
    }
    if (adapter || run.start != PL_START_FINE || run.speaks != PL_SPEAKS_YES) {
        run.handler = (struct pl_slice){0}; /* nothing is known to look for it */
    }
    status = status || run.handler.len == 0 ? status : pl_image_find_runtime(&ask, err);
    if (status == PL_OK) {
        *ret = run;
    }
    return status;
}
