/* `python` and `npm` sources: what pip, uv and npm are to install. */
#include "pkg/base/text.h"
#include "pkg/project/manifest_read.h"

/* Lock files that tools read, by name. */
static bool is_lock(struct pl_slice name)
{
    return pl_slice_is(name, "uv.lock") || pl_slice_is(name, "poetry.lock");
}

static const char lock_alone[] = "a lock says everything; write a list of two sources to add to it";

/* Files that people have instead, and what to do about them. */
static const struct {
    const char *name, *remedy;
} pl_mf_other_files[] = {
    {"pyproject.toml", "name the uv.lock or poetry.lock beside it, or a requirements.txt"},
    {"Pipfile", "write a requirements.txt with 'pipenv requirements'"},
    {"Pipfile.lock", "write a requirements.txt with 'pipenv requirements'"},
    {"pdm.lock", "write a requirements.txt with 'pdm export --prod'"},
    {"setup.py", "name a requirements.txt, or list its name under 'packages'"},
};

static enum pl_status check_file(struct pl_mf *mf, const char *key, uint32_t node, bool lock,
                                 struct pl_slice path, struct pl_err *err)
{
    struct pl_slice name = pl_slice_basename(path);
    for (size_t i = 0; i < sizeof pl_mf_other_files / sizeof *pl_mf_other_files; i++) {
        if (pl_slice_is(name, pl_mf_other_files[i].name)) {
            return pl_mf_fail(mf, node, err, "%s: %s is neither; %s", key,
                              pl_mf_other_files[i].name, pl_mf_other_files[i].remedy);
        }
    }
    if (lock && !is_lock(name)) {
        return pl_mf_fail(mf, node, err, "%s: expected a uv.lock or poetry.lock, found '%s'", key,
                          pl_mf_quote(mf, path));
    }
    if (!lock && is_lock(name)) {
        return pl_mf_fail(mf, node, err, "%s: %s is a lock file; name it under 'lock'", key,
                          pl_mf_quote(mf, path));
    }
    return PL_OK;
}

static enum pl_status take_file(struct pl_mf *mf, const char *key, uint32_t node, bool lock,
                                struct pl_source *source, struct pl_err *err)
{
    struct pl_value file;
    if (pl_mf_relative_path(mf, key, node, &file, err) != PL_OK ||
        check_file(mf, key, node, lock, file.text, err) != PL_OK) {
        return err->code;
    }
    if (source->install.has_requirements || source->install.has_lock) {
        return pl_mf_fail(mf, node, err, "%s: %s", key, lock_alone);
    }
    source->install.has_lock = lock;
    source->install.has_requirements = !lock;
    source->path = file;
    return PL_OK;
}

PL_STATUS pl_mf_python_file(struct pl_mf *mf, const struct pl_mf_row *row, uint32_t node,
                            void *into, struct pl_err *err)
{
    bool lock = pl_slice_is(pl_slice_of(row->key), "lock");
    return take_file(mf, row->key, node, lock, into, err);
}

PL_STATUS pl_mf_python_packages(struct pl_mf *mf, const struct pl_mf_row *row, uint32_t node,
                                void *into, struct pl_err *err)
{
    struct pl_source *source = into;
    struct pl_patterns list;
    if (pl_mf_scalars(mf, node, row->key, "a requirement", &list, err) != PL_OK) {
        return err->code;
    }
    uint32_t item = pl_doc_node(mf->doc, node)->child;
    for (uint32_t i = 0; i < list.n; i++) {
        /* They become lines of a file. */
        struct pl_slice text = list.at[i].text;
        if (text.ptr[0] == '-' || pl_slice_find(text, '\n') < text.len) {
            return pl_mf_fail(mf, item, err,
                              "%s: '%s' is an option; a file of requirements may have some",
                              row->key, pl_mf_quote(mf, text));
        }
        item = pl_doc_node(mf->doc, item)->next;
    }
    source->install.package = list;
    return PL_OK;
}

/* Is all there, and no more?  What messages call the source. */
static enum pl_status finish_python(struct pl_mf *mf, uint32_t node, struct pl_source *source,
                                    struct pl_err *err)
{
    const struct pl_install_decl *install = &source->install;
    if (install->has_lock && install->package.n > 0) {
        return pl_mf_fail(mf, node, err, "python: %s", lock_alone);
    }
    if (install->has_lock || install->has_requirements) {
        return PL_OK;
    }
    if (install->package.n == 0) {
        return pl_mf_fail(mf, node, err,
                          "python: one of requirements, packages and lock is missing");
    }
    source->path = pl_value_given(PL_SLICE("packages"), install->package.at[0].at);
    return PL_OK;
}

PL_STATUS pl_mf_source_python(struct pl_mf *mf, const struct pl_mf_row *row, uint32_t node,
                              void *into, struct pl_err *err)
{
    struct pl_source *source = into;
    const struct pl_node *it = pl_doc_node(mf->doc, node);
    if (pl_mf_take_kind(mf, node, source, PL_SOURCE_PYTHON, err) != PL_OK) {
        return err->code;
    }
    if (it->kind == PL_NODE_MAP) {
        return pl_mf_map(mf, PL_MF_PYTHON, node, row->key, source, err) == PL_OK
                   ? finish_python(mf, node, source, err)
                   : err->code;
    }
    return take_file(mf, row->key, node, is_lock(pl_slice_basename(it->text)), source, err);
}

PL_STATUS pl_mf_npm_package(struct pl_mf *mf, const struct pl_mf_row *row, uint32_t node,
                            void *into, struct pl_err *err)
{
    struct pl_source *source = into;
    struct pl_value folder;
    if (pl_mf_relative_path(mf, row->key, node, &folder, err) != PL_OK) {
        return err->code;
    }
    struct pl_slice name = pl_slice_basename(folder.text);
    if (pl_slice_is(name, "package.json") || pl_slice_is(name, "package-lock.json")) {
        return pl_mf_fail(mf, node, err, "%s: name the folder of %s", row->key,
                          pl_mf_quote(mf, name));
    }
    source->path = folder;
    return PL_OK;
}

PL_STATUS pl_mf_source_npm(struct pl_mf *mf, const struct pl_mf_row *row, uint32_t node, void *into,
                           struct pl_err *err)
{
    struct pl_source *source = into;
    if (pl_mf_take_kind(mf, node, source, PL_SOURCE_NPM, err) != PL_OK) {
        return err->code;
    }
    if (pl_doc_node(mf->doc, node)->kind != PL_NODE_MAP) {
        return pl_mf_npm_package(mf, row, node, into, err);
    }
    if (pl_mf_map(mf, PL_MF_NPM, node, row->key, source, err) != PL_OK) {
        return err->code;
    }
    return source->path.known == PL_ABSENT ? pl_mf_fail(mf, node, err, "npm: package is missing")
                                           : PL_OK;
}
