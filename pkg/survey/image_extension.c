/* What Lambda starts beside an image's command: every file of /opt/extensions that is no folder
 * (LAMBDA 5.4), of which the web adapter is one. */
#include "pkg/base/limits.h"
#include "pkg/inspect/exec.h"
#include "pkg/survey/image_client.h"

/* May Linux start this file in this image?  As for the command; the answer goes to run->start. */
static PL_STATUS check_start(struct pl_image_ask *ask, struct pl_ref at, struct pl_slice name,
                             struct pl_err *err)
{
    struct pl_buf bytes PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_LOOK_BYTES};
    struct pl_exec exec = {0};
    if (!pl_image_may_run(at)) {
        return pl_image_cannot_start(ask, PL_START_MODE, err, "%.*s is not executable (mode %04o)",
                                     (int)name.len, name.ptr, (unsigned)pl_ref_entry(at)->mode);
    }
    if (pl_image_head(ask, at, &bytes, err) != PL_OK) {
        return err->code;
    }
    pl_exec_read(&exec, pl_buf_view(&bytes), pl_ref_entry(at)->size);
    if (exec.kind == PL_EXEC_ELF) {
        return pl_image_check_elf(ask, &exec.elf, name, err);
    }
    return exec.kind == PL_EXEC_SCRIPT
               ? pl_image_check_script(ask, &exec, name, err)
               : pl_image_cannot_start(ask, PL_START_FORMAT, err, "Linux cannot run %.*s: it is %s",
                                       (int)name.len, name.ptr,
                                       pl_exec_kind_text((enum pl_exec_kind)exec.kind));
}

static PL_STATUS add_extension(struct pl_image_ask *ask, struct pl_slice entry, struct pl_err *err)
{
    struct pl_image_run scratch = {.start = PL_START_FINE};
    struct pl_image_ask own = *ask;
    struct pl_slice name;
    if (pl_arena_fmt(ask->arena, &name, err, "/%.*s", (int)entry.len, entry.ptr) != PL_OK) {
        return err->code;
    }
    struct pl_hit hit = pl_view_find(ask->view, PL_SLICE("/"), name);
    if (hit.how != PL_HOW_FILE) {
        return PL_OK;
    }
    own.run = &scratch;
    own.cwd = PL_SLICE("/");
    if (check_start(&own, hit.at, name, err) != PL_OK) {
        return err->code;
    }
    ask->run->extension[ask->run->n_extension++] =
        (struct pl_image_extension){hit.at, name, scratch.what};
    return PL_OK;
}

PL_STATUS pl_image_find_extensions(struct pl_image_ask *ask, struct pl_err *err)
{
    const struct pl_tree *tree = &ask->package->tree;
    const struct pl_slice folder = PL_SLICE("opt/extensions");
    uint32_t first;
    uint32_t end;
    pl_tree_range(tree, folder, &first, &end);
    if (end == first) {
        return PL_OK;
    }
    ask->run->extension = pl_arena_new(ask->arena, end - first, sizeof *ask->run->extension, err);
    if (!ask->run->extension) {
        return err->code;
    }
    for (uint32_t i = first; i < end; i++) {
        if (pl_slice_eq(pl_slice_dirname(tree->entry[i].name), folder) &&
            tree->entry[i].type != PL_ENTRY_FOLDER &&
            add_extension(ask, tree->entry[i].name, err) != PL_OK) {
            return err->code;
        }
    }
    return PL_OK;
}

/* The web adapter is an extension that does the asking, whatever the entrypoint is. */
PL_STATUS pl_image_ask_adapter(struct pl_image_ask *ask, bool *ret_is, struct pl_err *err)
{
    static const struct pl_slice signs[] = {PL_SLICE_INIT("/2020-01-01/extension"),
                                            PL_SLICE_INIT("/2018-06-01/runtime")};
    for (uint32_t i = 0; i < ask->run->n_extension; i++) {
        const struct pl_image_extension *e = &ask->run->extension[i];
        bool found[2] = {false, false};
        if (pl_image_scan(ask, e->at, signs, 2, found, err) != PL_OK) {
            return err->code;
        }
        if (found[0] && found[1]) {
            *ret_is = true;
            return e->what.len == 0
                       ? pl_image_answer(ask, PL_SPEAKS_YES, true, err,
                                         "the Lambda Web Adapter stands at %.*s", (int)e->name.len,
                                         e->name.ptr)
                       : pl_image_answer(ask, PL_SPEAKS_NO, true, err,
                                         "the Lambda Web Adapter cannot be started: %.*s",
                                         (int)e->what.len, e->what.ptr);
        }
    }
    return PL_OK;
}
