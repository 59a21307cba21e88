#include "pkg/survey/node_find.h"

PL_STATUS pl_node_exact(struct pl_looker *l, struct pl_slice path, struct pl_node_file *ret,
                        struct pl_err *err)
{
    struct pl_hit hit = pl_view_find(l->view, PL_SLICE("/"), path);
    ret->opaque = ret->opaque || hit.how == PL_HOW_OPAQUE;
    ret->outside = ret->outside || hit.how == PL_HOW_OUTSIDE;
    if (hit.how != PL_HOW_FILE) {
        return PL_OK;
    }
    ret->found = true;
    ret->at = hit.at;
    return pl_view_place(l->view, hit.at, &l->scratch, &ret->real, err);
}

/* The suffixes that require adds, behind the name as it is. */
static const char *const SUFFIXES[] = {"", ".js", ".json", ".node"};
enum { SUFFIX_COUNT = sizeof SUFFIXES / sizeof SUFFIXES[0] };

static PL_STATUS with_suffixes(struct pl_looker *l, struct pl_slice path, size_t first,
                               struct pl_node_file *ret, struct pl_err *err)
{
    for (size_t i = first; !ret->found && i < SUFFIX_COUNT; i++) {
        struct pl_slice file;
        if (pl_look_fmt(l, &file, err, "%.*s%s", PL_ARG(path), SUFFIXES[i]) != PL_OK ||
            pl_node_exact(l, file, ret, err) != PL_OK) {
            return err->code;
        }
    }
    return PL_OK;
}

/* LOAD_AS_FILE */
static PL_STATUS as_file(struct pl_looker *l, struct pl_slice path, struct pl_node_file *ret,
                         struct pl_err *err)
{
    return with_suffixes(l, path, 0, ret, err);
}

/* LOAD_INDEX: a file "index" without a suffix does not count. */
static PL_STATUS as_index(struct pl_looker *l, struct pl_slice folder, struct pl_node_file *ret,
                          struct pl_err *err)
{
    struct pl_slice index;
    if (pl_look_fmt(l, &index, err, "%.*s/index", PL_ARG(folder)) != PL_OK) {
        return err->code;
    }
    return with_suffixes(l, index, 1, ret, err);
}

/* The folder's package.json; *ret is NULL when there is none that can be read as such. */
static PL_STATUS package_json(struct pl_looker *l, struct pl_slice folder,
                              const struct pl_looked **ret, struct pl_err *err)
{
    struct pl_slice path;
    struct pl_looked *looked = NULL;
    struct pl_node_file file = {.found = false};
    *ret = NULL;
    if (pl_look_fmt(l, &path, err, "%.*s/package.json", PL_ARG(folder)) != PL_OK ||
        pl_node_exact(l, path, &file, err) != PL_OK) {
        return err->code;
    }
    if (!file.found || !pl_entry_readable(pl_ref_entry(file.at))) {
        return PL_OK;
    }
    if (pl_look_json(l, file.at, &looked, err) != PL_OK) {
        return err->code;
    }
    *ret = looked->state == PL_LOOKED_TEXT ? looked : NULL;
    return PL_OK;
}

/* "main" of the folder's package.json; empty when there is none. */
static PL_STATUS main_of(struct pl_looker *l, struct pl_slice folder, struct pl_slice *ret,
                         struct pl_err *err)
{
    const struct pl_looked *looked = NULL;
    if (package_json(l, folder, &looked, err) != PL_OK) {
        return err->code;
    }
    *ret = looked && looked->json->parsed ? looked->json->main : PL_SLICE("");
    return PL_OK;
}

/* LOAD_AS_DIRECTORY */
static PL_STATUS as_folder(struct pl_looker *l, struct pl_slice folder, struct pl_node_file *ret,
                           struct pl_err *err)
{
    struct pl_slice name = PL_SLICE("");
    if (main_of(l, folder, &name, err) != PL_OK) {
        return err->code;
    }
    if (name.len > 0) {
        struct pl_slice main_path;
        if (pl_look_fmt(l, &main_path, err, "%.*s/%.*s", PL_ARG(folder), PL_ARG(name)) != PL_OK ||
            as_file(l, main_path, ret, err) != PL_OK ||
            (!ret->found && as_index(l, main_path, ret, err) != PL_OK)) {
            return err->code;
        }
    }
    return ret->found ? PL_OK : as_index(l, folder, ret, err);
}

PL_STATUS pl_node_require(struct pl_looker *l, struct pl_slice path, struct pl_node_file *ret,
                          struct pl_err *err)
{
    *ret = (struct pl_node_file){.found = false};
    if (as_file(l, path, ret, err) != PL_OK) {
        return err->code;
    }
    if (ret->found || pl_view_find(l->view, PL_SLICE("/"), path).how != PL_HOW_FOLDER) {
        return PL_OK;
    }
    return as_folder(l, path, ret, err);
}

/* Does "exports" of the folder's package.json map the package's name to a file? */
static PL_STATUS has_exports(struct pl_looker *l, struct pl_slice folder, bool *ret,
                             struct pl_err *err)
{
    const struct pl_looked *looked = NULL;
    if (package_json(l, folder, &looked, err) != PL_OK) {
        return err->code;
    }
    *ret = looked && looked->json->exports;
    return PL_OK;
}

/* One folder of modules; keeps what was learnt about places that cannot be seen. */
static PL_STATUS resolve_in(struct pl_looker *l, struct pl_slice folder, struct pl_slice module,
                            struct pl_node_file *ret, struct pl_err *err)
{
    struct pl_node_file file;
    struct pl_slice path;
    if (ret->found || ret->mapped) {
        return PL_OK;
    }
    if (pl_look_fmt(l, &path, err, "%.*s/%.*s", PL_ARG(folder), PL_ARG(module)) != PL_OK ||
        has_exports(l, path, &ret->mapped, err) != PL_OK) {
        return err->code;
    }
    if (ret->mapped) {
        return PL_OK;
    }
    if (pl_node_require(l, path, &file, err) != PL_OK) {
        return err->code;
    }
    file.opaque = file.opaque || ret->opaque;
    file.outside = file.outside || ret->outside;
    *ret = file;
    return PL_OK;
}

PL_STATUS pl_node_resolve(struct pl_looker *l, struct pl_slice root, struct pl_slice module,
                          struct pl_node_file *ret, struct pl_err *err)
{
    struct pl_slice task = pl_look_task(l);
    struct pl_slice folder;
    struct pl_slice layer;
    *ret = (struct pl_node_file){.found = false};
    if (module.len == 0) {
        return PL_OK;
    }
    while (root.len > 0 && root.ptr[root.len - 1] == '/') {
        root.len--;
    }
    for (;;) {
        bool absolute = root.len > 0 && root.ptr[0] == '/';
        bool last = root.len == 0;
        if (pl_look_fmt(l, &folder, err, "%.*s%s%.*s/node_modules",
                        PL_ARG(absolute ? PL_SLICE("") : task), absolute || last ? "" : "/",
                        PL_ARG(root)) != PL_OK ||
            resolve_in(l, folder, module, ret, err) != PL_OK) {
            return err->code;
        }
        if (last) {
            break;
        }
        root = pl_slice_dirname(root);
    }
    if (pl_look_fmt(l, &layer, err, "/opt/nodejs/node%u/node_modules",
                    (unsigned)l->fn->runtime->version_major) != PL_OK ||
        resolve_in(l, layer, module, ret, err) != PL_OK) {
        return err->code;
    }
    return resolve_in(l, PL_SLICE("/opt/nodejs/node_modules"), module, ret, err);
}

/* "type" of one package.json. */
static PL_STATUS type_of(struct pl_looker *l, struct pl_ref at, enum pl_sure *ret,
                         struct pl_err *err)
{
    struct pl_looked *looked = NULL;
    *ret = PL_SURE_NO;
    if (!pl_entry_readable(pl_ref_entry(at))) {
        return PL_OK;
    }
    if (pl_look_json(l, at, &looked, err) != PL_OK) {
        return err->code;
    }
    /* A byte-order mark is an error to the client's parser and none to Node.js's own.
     * The client takes what it cannot parse as without a type; Node.js itself then refuses to load
     * the file (ERR_INVALID_PACKAGE_CONFIG), if its parser agrees with ours that this is no JSON.
     */
    bool marked = pl_slice_starts(pl_buf_view(&looked->text), PL_SLICE("\xef\xbb\xbf"));
    if (looked->state != PL_LOOKED_TEXT || !looked->json->parsed || marked) {
        *ret = PL_SURE_MAYBE;
    } else if (pl_slice_is(looked->json->type, "module")) {
        *ret = PL_SURE_YES;
    }
    return PL_OK;
}

PL_STATUS pl_node_is_module(struct pl_looker *l, struct pl_slice folder, enum pl_sure *ret,
                            struct pl_err *err)
{
    *ret = PL_SURE_NO;
    while (!pl_slice_ends(folder, PL_SLICE("/node_modules"))) {
        struct pl_slice path;
        if (pl_look_fmt(l, &path, err, "%.*s/package.json", PL_ARG(folder)) != PL_OK) {
            return err->code;
        }
        struct pl_hit hit = pl_view_find(l->view, PL_SLICE("/"), path);
        if (hit.how == PL_HOW_FILE) {
            return type_of(l, hit.at, ret, err);
        }
        if (folder.len == 0) {
            break;
        }
        folder = pl_slice_dirname(folder);
    }
    return PL_OK;
}

PL_STATUS pl_node_format_of(struct pl_looker *l, const struct pl_node_file *file,
                            enum pl_node_format *ret, struct pl_err *err)
{
    static const struct {
        struct pl_slice suffix;
        enum pl_node_format format;
    } known[] = {{PL_SLICE_INIT(".mjs"), PL_NODE_ESM},
                 {PL_SLICE_INIT(".cjs"), PL_NODE_CJS},
                 {PL_SLICE_INIT(".json"), PL_NODE_JSON},
                 {PL_SLICE_INIT(".node"), PL_NODE_ADDON}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (pl_slice_ends(file->real, known[i].suffix)) {
            *ret = known[i].format;
            return PL_OK;
        }
    }
    enum pl_sure module = PL_SURE_NO;
    if (pl_node_is_module(l, pl_slice_dirname(file->real), &module, err) != PL_OK) {
        return err->code;
    }
    *ret = module == PL_SURE_YES  ? PL_NODE_ESM
           : module == PL_SURE_NO ? PL_NODE_CJS
                                  : PL_NODE_UNSURE;
    return PL_OK;
}
