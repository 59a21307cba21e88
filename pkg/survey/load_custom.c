/*
 * provided.*: the service starts /var/task/bootstrap, else /opt/bootstrap; a folder of that name is
 * passed over (LAMBDA 3.6, runtime interface emulator internal/lambda/rie/run.go, 2026-01-02).
 */
#include "pkg/survey/load.h"
#include "pkg/survey/start.h"

static const struct pl_slice BOOTSTRAP = PL_SLICE_INIT("bootstrap");

static const char *const PLACES[] = {"/var/task/bootstrap", "/opt/bootstrap"};
enum { PLACE_COUNT = sizeof PLACES / sizeof PLACES[0] };

/* Files that somebody may have meant: of the right name elsewhere, then of nearly the right name.
 */
static unsigned like_bootstrap(const void *ctx PL_UNUSED, const struct pl_entry *entry)
{
    struct pl_slice name = pl_look_basename(entry->name);
    struct pl_slice stem = pl_slice_sub(name, 0, pl_slice_find(name, '.'));
    if (pl_slice_eq(name, BOOTSTRAP)) {
        return 1;
    }
    if (pl_slice_eq_nocase(name, BOOTSTRAP)) {
        return 2;
    }
    if (pl_slice_eq_nocase(stem, BOOTSTRAP)) {
        return 3;
    }
    /* "main" is what go1.x functions were called. */
    return pl_slice_is(entry->name, "main") ? 4 : 0;
}

static PL_STATUS missing(struct pl_looker *l, struct pl_load *load, struct pl_err *err)
{
    struct pl_candidates found;
    pl_load_fail(load, PL_WHY_BOOTSTRAP_MISSING, PL_SURE_YES);
    pl_look_around(l, like_bootstrap, NULL, &found);
    if (found.n > 0) {
        load->elsewhere = found.at[0];
    }
    return pl_load_says(l, load, err,
                        "Runtime.InvalidEntrypoint: Couldn't find valid bootstrap(s): "
                        "[/var/task/bootstrap /opt/bootstrap]");
}

static PL_STATUS found(struct pl_looker *l, struct pl_load *load, const struct pl_hit *hit,
                       const char *place, struct pl_err *err)
{
    struct pl_start start = {hit->at,
                             place,
                             "Runtime.InvalidEntrypoint",
                             PL_WHY_BOOTSTRAP_MODE,
                             PL_WHY_EXEC_FORMAT,
                             PL_WHY_INTERPRETER};
    return pl_start_judge(l, &start, load, err);
}

static enum pl_status judge(struct pl_looker *l, struct pl_load *load, struct pl_err *err)
{
    for (size_t i = 0; i < PLACE_COUNT; i++) {
        struct pl_hit hit = pl_view_find(l->view, PL_SLICE("/"), pl_slice_of(PLACES[i]));
        switch ((enum pl_how)hit.how) {
        case PL_HOW_FILE:
            return found(l, load, &hit, PLACES[i], err);
        case PL_HOW_OPAQUE:
            pl_load_set(load, PL_CANNOT_TELL, PL_WHY_OPAQUE_LAYER);
            return PL_OK;
        case PL_HOW_OUTSIDE:
            load->at = hit.via;
            pl_load_set(load, PL_CANNOT_TELL, PL_WHY_OUTSIDE);
            return PL_OK;
        case PL_HOW_MISSING:
        case PL_HOW_FOLDER:
        case PL_HOW_SPECIAL:
        case PL_HOW_LOOP:
            break;
        }
    }
    return missing(l, load, err);
}

PL_STATUS pl_load_custom(struct pl_function *function, struct pl_arena *arena, struct pl_err *err)
{
    return pl_load_by(function, arena, judge, err);
}
