/* One source: where it is on disk, where it goes in the ZIP, and what kind it is. */
#include "pkg/base/os.h"
#include "pkg/build/content.h"
#include "pkg/build/place.h"
#include "pkg/build/trace.h"
#include "pkg/build/unpack.h"

#include <errno.h>
#include <stdlib.h>

enum pl_status pl_select_source_path(struct pl_select *select, uint32_t source,
                                     struct pl_slice *ret, struct pl_err *err)
{
    struct pl_slice path = select->request->source[source].path.text;
    struct pl_slice made = select->request->source[source].made;
    struct pl_slice root = select->request->project->root;
    if (made.len > 0) {
        return pl_arena_dup(&select->plan->arena, made, ret, err);
    }
    while (pl_slice_starts(path, PL_SLICE("./"))) {
        path = pl_slice_sub(path, 2, path.len);
    }
    while (path.len > 1 && path.ptr[path.len - 1] == '/') {
        path = pl_slice_sub(path, 0, path.len - 1);
    }
    if (path.len == 0) {
        path = PL_SLICE(".");
    }
    bool alone = path.ptr[0] == '/' || root.len == 0 || pl_slice_is(root, ".");
    if (!alone && pl_slice_is(path, ".")) {
        path = root;
        alone = true;
    }
    return pl_select_join(&select->plan->arena, alone ? PL_SLICE("") : root, path, ret, err);
}

/* Adds one folder of `to` to the place.  False in *ret_in when the function's lists leave it out.
 */
static enum pl_status enter_folder(struct pl_select *select, struct pl_slice part,
                                   struct pl_place *place, bool *ret_in, struct pl_err *err)
{
    if (pl_select_join(&select->plan->arena, place->name, part, &place->name, err) != PL_OK) {
        return err->code;
    }
    place->whole = pl_filter_include(&select->whole, place->whole, place->name, true);
    *ret_in = *ret_in && !pl_filter_excludes(&select->whole, place->name, true);
    return PL_OK;
}

/* Reads `to`, the folder in the ZIP that a source is put into. */
static enum pl_status enter_to(struct pl_select *select, const struct pl_value *to,
                               struct pl_place *place, bool *ret_in, struct pl_err *err)
{
    struct pl_slice rest = to->text;
    struct pl_slice part;
    *ret_in = true;
    if (!pl_value_has(to) || rest.len == 0) {
        return PL_OK;
    }
    bool wrong = rest.ptr[0] == '/';
    while (!wrong && pl_slice_next(&rest, '/', &part)) {
        wrong = pl_slice_is(part, "..");
        if (!wrong && part.len > 0 && !pl_slice_is(part, ".") &&
            enter_folder(select, part, place, ret_in, err) != PL_OK) {
            return err->code;
        }
    }
    if (wrong) {
        return pl_err_set(err, PL_ERR_CONFIG,
                          "%s`to` is a folder in the ZIP, counted from its root: \"%s\" leads out "
                          "of it",
                          pl_select_where(select, to->at), pl_select_safe(select, to->text));
    }
    return PL_OK;
}

/* Do the lists let a file in that stands alone in its source?  `rel` is its own name. */
static bool takes_alone(struct pl_select *select, struct pl_place *place, struct pl_slice rel)
{
    place->rel = rel;
    place->own = pl_filter_include(&select->scope[select->source].own, 0, rel, false);
    place->whole = pl_filter_include(&select->whole, place->whole, place->name, false);
    pl_trace_child(select, PL_SLICE(""), place->path, place, false, NULL);
    return !pl_select_leaves_out(select, place, false) && pl_select_includes(select, place);
}

/* A source that is a single file goes into the folder `to` under its own name.  Reading follows no
 * links: where the user named one, its target is what is planned. */
static enum pl_status select_file(struct pl_select *select, struct pl_place *place,
                                  const struct stat *st, struct pl_err *err)
{
    struct pl_slice base = pl_slice_basename(place->path);
    char *real = pl_os_real_path(place->path.ptr);
    struct stat link;
    enum pl_status status = PL_OK;
    if (!real || lstat(place->path.ptr, &link) != 0) {
        status = pl_err_sys(err, errno, "%s", pl_select_safe(select, place->path));
    } else if (S_ISLNK(link.st_mode)) {
        status = pl_arena_dup(&select->plan->arena, pl_slice_of(real), &place->path, err);
    }
    free(real);
    if (status != PL_OK ||
        pl_select_join(&select->plan->arena, place->name, base, &place->name, err) != PL_OK) {
        return err->code;
    }
    return takes_alone(select, place, base) ? pl_select_file(select, place, st, err) : PL_OK;
}

/* A file whose content stands in the manifest; `to` is its whole name. */
static enum pl_status select_text(struct pl_select *select, struct pl_err *err)
{
    const struct pl_source *source = &select->request->source[select->source];
    struct pl_value folder = source->to;
    struct pl_slice base = pl_slice_basename(source->to.text);
    struct pl_place place = {0};
    struct pl_content *content = NULL;
    bool in = true;
    folder.text = pl_slice_dirname(source->to.text);
    if (enter_to(select, &folder, &place, &in, err) != PL_OK ||
        pl_select_join(&select->plan->arena, place.name, base, &place.name, err) != PL_OK ||
        pl_arena_fmt(&select->plan->arena, &place.path, err, "text%s%s",
                     source->at.line > 0 ? " of " : "",
                     pl_select_where(select, source->at)) != PL_OK) {
        return err->code;
    }
    while (pl_slice_ends(place.path, PL_SLICE(" ")) || pl_slice_ends(place.path, PL_SLICE(":"))) {
        place.path.len--;
    }
    if (!in || !takes_alone(select, &place, base)) {
        return PL_OK;
    }
    if (pl_content_text(select->plan, source->content.text, &content, err) != PL_OK) {
        return err->code;
    }
    const struct pl_select_bytes bytes = {.content = content, .size = source->content.text.len};
    return pl_select_bytes(select, &place, &bytes, err);
}

static enum pl_status missing_source(struct pl_select *select, const struct pl_place *place,
                                     const struct pl_source *source, int sys, struct pl_err *err)
{
    const char *shown = pl_select_safe(select, place->path);
    const char *where = pl_select_where(select, source->path.at);
    if (sys == ENOENT) {
        return pl_err_set(err, PL_ERR_MISSING, "%sthe source %s does not exist", where, shown);
    }
    return pl_err_sys(err, sys, "%sthe source %s", where, shown);
}

/* Of what is to be installed and is not: there may not even be a list of it. */
static enum pl_status not_installed(struct pl_select *select, const struct pl_place *place,
                                    const struct pl_source *source, struct pl_err *err)
{
    struct stat st;
    bool file = source->kind == PL_SOURCE_NPM || source->install.has_requirements ||
                source->install.has_lock;
    if (file && stat(place->path.ptr, &st) != 0) {
        return missing_source(select, place, source, errno, err);
    }
    return pl_err_set(err, PL_ERR_UNBUILT, "%s%s: not %s yet: run plimsoll pack",
                      pl_select_where(select, source->path.at),
                      pl_select_safe(select, source->path.text),
                      source->kind == PL_SOURCE_RUN ? "run" : "installed");
}

/* What `npm pack` wrote goes where Node.js looks for a package of that name, without the folder
 * package/ that stands around it, unless the source says where it goes. */
static enum pl_status place_npm(struct pl_select *select, struct pl_slice path, struct pl_value *to,
                                uint32_t *ret_strip, struct pl_err *err)
{
    const struct pl_source *source = &select->request->source[select->source];
    struct pl_slice folder = pl_place_of_npm(select->request);
    struct pl_slice name = PL_SLICE("");
    *ret_strip = source->strip;
    if (source->kind != PL_SOURCE_ARCHIVE || pl_value_has(&source->to) || source->strip > 0 ||
        folder.len == 0) {
        return PL_OK;
    }
    if (pl_unpack_npm_name(select, path, &name, err) != PL_OK) {
        return err->code;
    }
    if (name.len == 0) {
        return PL_OK;
    }
    *ret_strip = 1;
    *to = pl_value_given(folder, source->at);
    return pl_select_join(&select->scratch, folder, name, &to->text, err);
}

enum pl_status pl_select_source(struct pl_select *select, struct pl_err *err)
{
    const struct pl_source *source = &select->request->source[select->source];
    struct pl_place place = {0};
    struct stat st;
    bool in = true;
    if (source->kind == PL_SOURCE_TEXT) {
        return select_text(select, err);
    }
    struct pl_value to = source->to;
    if (!pl_value_has(&to)) {
        to = pl_value_given(pl_place_default(select->request, source), source->at);
    }
    uint32_t strip = 0;
    if (pl_select_source_path(select, select->source, &place.path, err) != PL_OK ||
        place_npm(select, place.path, &to, &strip, err) != PL_OK ||
        enter_to(select, &to, &place, &in, err) != PL_OK) {
        return err->code;
    }
    bool installs = source->kind == PL_SOURCE_PYTHON || source->kind == PL_SOURCE_NPM ||
                    source->kind == PL_SOURCE_RUN;
    if (installs && source->made.len == 0) {
        return not_installed(select, &place, source, err);
    }
    if (stat(place.path.ptr, &st) != 0) {
        if (source->optional && (errno == ENOENT || errno == ENOTDIR)) {
            return PL_OK;
        }
        return missing_source(select, &place, source, errno, err);
    }
    if (source->kind == PL_SOURCE_ARCHIVE) {
        return pl_unpack_source(select, &place, in, strip, err);
    }
    if (!in) {
        return PL_OK;
    }
    if (S_ISREG(st.st_mode) && source->strip > 0) {
        return pl_err_set(
            err, PL_ERR_CONFIG,
            "%sthe source %s is a file: `strip` takes folders off what is in a folder "
            "or archive",
            pl_select_where(select, source->at), pl_select_safe(select, place.path));
    }
    return S_ISREG(st.st_mode) ? select_file(select, &place, &st, err)
                               : pl_select_take(select, &place, &st, err);
}
