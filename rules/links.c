/* PL110, PL115 and PL116: what the list of entries says when it is read as a whole. */
#include "rules/checks.h"

#include <string.h>

enum { PATH_TEXT = 4096 };

static struct pl_slice root_of(const struct pl_rule_ctx *ctx)
{
    const struct pl_survey *survey = ctx->survey;
    for (uint32_t i = 0; i < survey->n_layer; i++) {
        if (survey->layer[i].package == ctx->package) {
            return PL_SLICE("/opt");
        }
    }
    return PL_SLICE("/var/task");
}

/* What one function that has the package would see, else the package alone. */
static struct pl_view view_of(const struct pl_rule_ctx *ctx)
{
    const struct pl_survey *survey = ctx->survey;
    for (uint32_t i = 0; i < survey->n_function; i++) {
        const struct pl_view *view = &survey->function[i].view;
        for (uint32_t k = 0; k < view->n; k++) {
            if (view->mount[k].package == ctx->package) {
                return *view;
            }
        }
    }
    struct pl_view alone = {0};
    pl_view_mount(&alone, root_of(ctx), ctx->package);
    return alone;
}

struct path {
    char text[PATH_TEXT];
    size_t n;
};

/* Walks on from where `path` is, by the text alone: "." and ".." are taken out, links not followed.
 * False when it does not fit. */
static bool walk_text(struct path *path, struct pl_slice by)
{
    struct pl_slice part;
    if (by.len > 0 && by.ptr[0] == '/') {
        path->n = 0;
    }
    while (pl_slice_next(&by, '/', &part)) {
        if (pl_slice_is(part, "..")) {
            path->n = pl_slice_dirname(pl_slice_make(path->text, path->n)).len;
        } else if (part.len > 0 && !pl_slice_is(part, ".")) {
            if (path->n + part.len + 2 > PATH_TEXT) {
                return false;
            }
            path->text[path->n++] = '/';
            memcpy(path->text + path->n, part.ptr, part.len);
            path->n += part.len;
        }
    }
    return true;
}

static bool is_below(struct pl_slice path, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct pl_slice root = pl_slice_of(list[i]);
        if (pl_slice_eq(path, root) || (pl_slice_starts(path, root) && path.ptr[root.len] == '/')) {
            return true;
        }
    }
    return false;
}

static PL_STATUS judge_outside(struct pl_rule_ctx *ctx, struct pl_emit *what, struct pl_slice to,
                               struct pl_err *err)
{
    static const char *const ours[] = {"/opt", "/var/task"};
    static const char *const made[] = {"/tmp", "/dev", "/proc", "/mnt"};
    static const char *const system[] = {"/usr",   "/bin",      "/sbin",       "/lib",
                                         "/lib64", "/var/lang", "/var/runtime"};
    struct pl_slice safe;
    if (is_below(to, ours, sizeof ours / sizeof *ours) ||
        is_below(to, made, sizeof made / sizeof *made)) {
        return PL_OK; /* a layer that is not given here; what the sandbox has at run time */
    }
    if (is_below(to, system, sizeof system / sizeof *system)) {
        what->severity = PL_SEV_WARNING;
    }
    if (pl_safe(ctx, to, &safe, err) != PL_OK) {
        return err->code;
    }
    return pl_emit(ctx, what, err, "a link that leaves the package, to %.*s", PL_TEXT(safe));
}

static bool is_mounted(const struct pl_view *view, struct pl_slice path)
{
    for (uint32_t i = 0; i < view->n; i++) {
        struct pl_slice at = view->mount[i].at;
        if (pl_slice_starts(path, at) && (path.len == at.len || path.ptr[at.len] == '/')) {
            return true;
        }
    }
    return false;
}

static PL_STATUS judge_link(struct pl_rule_ctx *ctx, const struct pl_view *view, uint32_t index,
                            struct pl_err *err)
{
    const struct pl_entry *entry = &ctx->package->tree.entry[index];
    struct path path = {.n = 0};
    if (!walk_text(&path, root_of(ctx)) || !walk_text(&path, entry->name)) {
        return PL_OK;
    }
    struct pl_hit hit = pl_view_find(view, PL_SLICE("/"), pl_slice_make(path.text, path.n));
    struct pl_emit what = PL_EMIT_INIT;
    what.member = (struct pl_ref){ctx->package, index};
    what.severity = ctx->package->kind == PL_KIND_ZIP ? PL_SEV_ERROR : PL_SEV_WARNING;
    switch ((enum pl_how)hit.how) {
    case PL_HOW_LOOP:
        return pl_emit(ctx, &what, err, "a link that leads back to itself");
    case PL_HOW_MISSING:
    case PL_HOW_OUTSIDE:
        break;
    case PL_HOW_FILE:
    case PL_HOW_FOLDER:
    case PL_HOW_SPECIAL:
    case PL_HOW_OPAQUE:
        return PL_OK;
    }
    struct pl_slice safe;
    struct path to = {.n = 0};
    if (!walk_text(&to, root_of(ctx)) || !walk_text(&to, pl_slice_dirname(entry->name)) ||
        !walk_text(&to, entry->link)) {
        return PL_OK;
    }
    if (hit.how == PL_HOW_OUTSIDE) {
        return judge_outside(ctx, &what, pl_slice_make(to.text, to.n), err);
    }
    if (!is_mounted(view, pl_slice_make(to.text, to.n))) {
        return PL_OK; /* in a layer, or the function, that nobody gave us */
    }
    what.severity = PL_SEV_WARNING;
    if (pl_safe(ctx, entry->link, &safe, err) != PL_OK) {
        return err->code;
    }
    return pl_emit(ctx, &what, err, "a link to %.*s, where nothing is", PL_TEXT(safe));
}

PL_STATUS pl_check_symlink(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_tree *tree = &ctx->package->tree;
    const struct pl_view view = view_of(ctx);
    for (uint32_t i = 0; i < tree->n; i++) {
        bool link = tree->entry[i].type == PL_ENTRY_LINK && tree->entry[i].link.len > 0;
        if (link && judge_link(ctx, &view, i, err) != PL_OK) {
            return err->code;
        }
    }
    return PL_OK;
}

PL_STATUS pl_check_nested_package(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_package *package = ctx->package;
    uint32_t only = PL_ENTRY_NONE;
    for (uint32_t i = 0; i < package->tree.n; i++) {
        if (package->tree.entry[i].type == PL_ENTRY_FOLDER) {
            continue;
        }
        if (only != PL_ENTRY_NONE) {
            return PL_OK;
        }
        only = i;
    }
    if (only == PL_ENTRY_NONE || !package->marks || !(package->marks[only].found & PL_MARK_ZIP) ||
        !pl_slice_ends(package->tree.entry[only].name, PL_SLICE(".zip"))) {
        return PL_OK;
    }
    struct pl_emit what = PL_EMIT_INIT;
    what.member = (struct pl_ref){package, only};
    what.severity = package->kind == PL_KIND_FOLDER ? PL_SEV_WARNING : PL_SEV_ERROR;
    return pl_emit(ctx, &what, err, "a ZIP is all that is in it: it was zipped twice");
}

PL_STATUS pl_check_reproducible(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_tree *tree = &ctx->package->tree;
    const struct pl_entry *first = NULL;
    struct pl_emit what = PL_EMIT_INIT;
    for (uint32_t i = 0; i < tree->n; i++) {
        const struct pl_entry *entry = &tree->entry[i];
        if (entry->flags & PL_ENTRY_IMPLIED) {
            continue;
        }
        what.member = (struct pl_ref){ctx->package, i};
        if (first && entry->mtime != first->mtime) {
            return pl_emit(ctx, &what, err,
                           "its time is not that of other entries: times of files make the hash "
                           "change at each build");
        }
        if (first && entry->stored < first->stored) {
            return pl_emit(ctx, &what, err,
                           "entries do not stand in the order of their names: the order of a "
                           "folder differs between machines");
        }
        first = entry;
    }
    return PL_OK;
}
