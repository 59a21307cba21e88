/*
 * go1.x: the handler is the path of an executable below /var/task (LAMBDA 3.6).
 */
#include "pkg/base/text.h"
#include "pkg/survey/load.h"
#include "pkg/survey/start.h"

/* The same name in another folder or in other case, then what is built for provided.*. */
static unsigned like_handler(const void *ctx, const struct pl_entry *entry)
{
    const struct pl_slice *handler = ctx;
    struct pl_slice name = pl_look_basename(entry->name);
    struct pl_slice want = pl_look_basename(*handler);
    if (pl_slice_eq(name, want)) {
        return 1;
    }
    if (pl_slice_eq_nocase(name, want)) {
        return 2;
    }
    return pl_slice_is(entry->name, "main") || pl_slice_is(entry->name, "bootstrap") ? 3 : 0;
}

static PL_STATUS missing(struct pl_looker *l, struct pl_slice handler, struct pl_load *load,
                         struct pl_err *err)
{
    struct pl_candidates found;
    pl_load_fail(load, PL_WHY_MODULE_MISSING, PL_SURE_YES);
    pl_look_around(l, like_handler, &handler, &found);
    if (found.n > 0) {
        struct pl_slice name = pl_ref_entry(found.at[0])->name;
        load->elsewhere = found.at[0];
        /* A name with a backslash is one file, and nobody wants such a handler. */
        if (pl_slice_find(name, '\\') == name.len &&
            pl_text_safe(l->arena, name, &load->suggest, err) != PL_OK) {
            return err->code;
        }
    }
    return pl_load_says(l, load, err,
                        "PathError: fork/exec /var/task/%.*s: no such file or directory",
                        PL_ARG(handler));
}

static enum pl_status judge(struct pl_looker *l, struct pl_load *load, struct pl_err *err)
{
    struct pl_slice handler = l->fn->decl->handler.text;
    struct pl_slice path;
    load->module = load->name = handler;
    if (pl_look_fmt(l, &path, err, "/var/task/%.*s", PL_ARG(handler)) != PL_OK) {
        return err->code;
    }
    struct pl_hit hit = pl_view_find(l->view, PL_SLICE("/"), path);
    if (hit.how == PL_HOW_OPAQUE || hit.how == PL_HOW_OUTSIDE) {
        load->at = hit.via;
        pl_load_set(load, PL_CANNOT_TELL,
                    hit.how == PL_HOW_OPAQUE ? PL_WHY_OPAQUE_LAYER : PL_WHY_OUTSIDE);
        return PL_OK;
    }
    if (hit.how != PL_HOW_FILE) {
        return missing(l, handler, load, err);
    }
    struct pl_start start = {
        hit.at, path.ptr, "PathError", PL_WHY_START_MODE, PL_WHY_EXEC_FORMAT, PL_WHY_INTERPRETER};
    return pl_start_judge(l, &start, load, err);
}

PL_STATUS pl_load_go(struct pl_function *function, struct pl_arena *arena, struct pl_err *err)
{
    return pl_load_by(function, arena, judge, err);
}
