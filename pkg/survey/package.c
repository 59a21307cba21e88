#include "pkg/survey/package.h"

#include "pkg/archive/dir.h"
#include "pkg/archive/sidecar.h"
#include "pkg/archive/zip_read.h"
#include "pkg/base/arr.h"
#include "pkg/base/file.h"
#include "pkg/base/limits.h"
#include "pkg/base/pool.h"
#include "pkg/survey/first_look.h"
#include "pkg/survey/recognise.h"

#include <stdlib.h>
#include <string.h>

/* The package's own texts: its path, and what its native code asks for. */
#define PACKAGE_ARENA_BYTES PL_MB(256)

static const char UNREAD[] = "it could not be read";

/* Must the whole run end for this? */
static bool ends_all(const struct pl_err *err)
{
    return err->code == PL_ERR_NOMEM || err->code == PL_ERR_CANCELLED ||
           err->code == PL_ERR_INTERNAL;
}

static PL_STATUS start(struct pl_package *ret, struct pl_slice path, struct pl_err *err)
{
    *ret = (struct pl_package){.kind = PL_KIND_NONE, .state = PL_PACKAGE_ARTIFACT};
    pl_arena_init(&ret->arena, PACKAGE_ARENA_BYTES);
    if (pl_arena_dup(&ret->arena, path, &ret->path, err) != PL_OK) {
        pl_arena_done(&ret->arena);
        return err->code;
    }
    return PL_OK;
}

void pl_package_fail(struct pl_package *package, const struct pl_err *why)
{
    package->failed = true;
    package->why = *why;
    if (why->code == PL_ERR_MISSING) {
        package->state = PL_PACKAGE_ABSENT;
    }
    if (!package->state_why) {
        package->state_why = UNREAD;
    }
}

void pl_package_done(struct pl_package *package)
{
    if (!package) {
        return;
    }
    if (package->tree.ops) {
        pl_tree_done(&package->tree);
    }
    free(package->read_state);
    free(package->marks);
    free(package->installed);
    pl_arena_done(&package->arena);
    *package = (struct pl_package){.kind = PL_KIND_NONE};
}

const struct pl_native *pl_package_native(const struct pl_package *package, uint32_t entry)
{
    uint32_t low = 0;
    uint32_t high = package->n_native;
    while (low < high) {
        uint32_t mid = low + (high - low) / 2;
        if (package->native[mid].entry == entry) {
            return &package->native[mid];
        }
        if (package->native[mid].entry < entry) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return NULL;
}

bool pl_package_usable(const struct pl_package *package)
{
    if (package->failed || package->kind == PL_KIND_NONE || package->kind == PL_KIND_NOT_ZIP) {
        return false;
    }
    for (uint32_t i = 0; i < package->tree.n_issue; i++) {
        enum pl_issue_kind what = (enum pl_issue_kind)package->tree.issue[i].what;
        if (pl_issue_class(what) == PL_ISSUES_BROKEN && what != PL_ISSUE_LOCAL_MISSING) {
            return false;
        }
    }
    return true;
}

struct hashing {
    const char *path;
    unsigned char *to;
    struct pl_err err;
};

static void *hash_file(void *arg)
{
    struct hashing *h = arg;
    int fd PL_CLEANUP(pl_fd_close) = -1;
    h->err.code = PL_OK;
    if (pl_file_open(h->path, &fd, &h->err) != PL_OK) {
        return NULL;
    }
    /* Its own reading of the file: the walk reads entry by entry and never sees the rest. */
    pl_ignore(pl_sha256_fd(fd, h->path, h->to, &h->err),
              "kept in h->err, looked at after the join");
    return NULL;
}

/* Verifies every entry, with the hash beside it when there is a second worker. */
static PL_STATUS look_at_zip(struct pl_package *package, const struct pl_package_options *options,
                             struct pl_err *err)
{
    const char *path = package->path.ptr;
    struct hashing h = {.path = path, .to = package->sha256};
    pthread_t thread;
    bool beside =
        options->hash && options->workers > 1 && pl_thread_start(&thread, hash_file, &h) == 0;
    enum pl_status walked = pl_first_look(package, options->workers, err);
    if (beside) {
        pthread_join(thread, NULL);
    } else if (options->hash && walked == PL_OK) {
        hash_file(&h);
    }
    if (walked != PL_OK) {
        return walked;
    }
    if (options->hash && h.err.code != PL_OK) {
        *err = h.err;
        return err->code;
    }
    package->sha256_known = options->hash;
    if (!package->tree.walk_complete) {
        return pl_err_set(err, PL_ERR_LIMIT,
                          "%s: it unpacks to more than twice Lambda's limit; the rest was not read",
                          path);
    }
    return PL_OK;
}

/* The first look, unless a package of this size gets all workers to itself, after the others. */
static PL_STATUS look(struct pl_package *package, const struct pl_package_options *options,
                      struct pl_err *err)
{
    package->deferred = options->defer_bytes > 0 && package->unpacked_bytes > options->defer_bytes;
    if (package->deferred) {
        return PL_OK;
    }
    return package->kind == PL_KIND_ZIP ? look_at_zip(package, options, err)
                                        : pl_first_look(package, options->workers, err);
}

static PL_STATUS open_zip(struct pl_package *package, const char *path,
                          const struct pl_package_options *options, struct pl_err *err)
{
    struct pl_tree tree = {0};
    if (pl_zip_open(&tree, path, err) != PL_OK) {
        return err->code;
    }
    package->tree = tree;
    package->kind = PL_KIND_ZIP;
    package->zipped_bytes = tree.container_bytes;
    package->zipped_known = true;
    package->unpacked_bytes = tree.unpacked_bytes;
    return look(package, options, err);
}

static PL_STATUS open_folder(struct pl_package *package, const char *path,
                             const struct pl_package_options *options, struct pl_err *err)
{
    struct pl_tree tree = {0};
    if (pl_dir_open(&tree, path, NULL, err) != PL_OK) {
        return err->code;
    }
    package->tree = tree;
    package->kind = PL_KIND_FOLDER;
    package->unpacked_bytes = tree.unpacked_bytes;
    return look(package, options, err);
}

static PL_STATUS open_sidecar(struct pl_package *package, const char *path,
                              const struct pl_package_options *options, struct pl_err *err)
{
    struct pl_tree tree = {0};
    if (pl_sidecar_open(&tree, path, err) != PL_OK) {
        return err->code;
    }
    package->tree = tree;
    package->kind = PL_KIND_LIST;
    package->zipped_bytes = tree.container_bytes;
    package->zipped_known = true;
    package->unpacked_bytes = tree.unpacked_bytes;
    return look(package, options, err);
}

static PL_STATUS open_image(struct pl_package *package, const char *path,
                            const struct pl_package_options *options, struct pl_err *err)
{
    struct pl_tree tree = {0};
    const struct pl_image *image = NULL;
    package->deferred = options->defer_bytes > 0;
    if (package->deferred) {
        return PL_OK;
    }
    const struct pl_image_options want = {options->image_name, options->image_prefer, options->arch,
                                          options->workers};
    if (pl_image_open(&tree, &image, path, &want, err) != PL_OK) {
        return err->code;
    }
    package->tree = tree;
    package->image = image;
    package->kind = PL_KIND_IMAGE;
    package->unpacked_bytes = image->unpacked_bytes;
    package->read_state = pl_arr_zeroed(tree.n, sizeof *package->read_state, err);
    return package->read_state ? PL_OK : err->code;
}

static PL_STATUS open_any(struct pl_package *package, const char *path,
                          const struct pl_package_options *options, struct pl_err *err)
{
    const char *what = NULL;
    switch (pl_survey_recognise(path, &what, err)) {
    case PL_PATH_ZIP:
        return open_zip(package, path, options, err);
    case PL_PATH_FOLDER:
        return open_folder(package, path, options, err);
    case PL_PATH_SIDECAR:
        return open_sidecar(package, path, options, err);
    case PL_PATH_IMAGE:
        return open_image(package, path, options, err);
    case PL_PATH_MANIFEST:
        what = "a plimsoll.yaml";
        break;
    case PL_PATH_TEMPLATE:
        what = "a template";
        break;
    case PL_PATH_OTHER:
        break;
    case PL_PATH_UNREADABLE:
        package->state = err->code == PL_ERR_MISSING ? PL_PACKAGE_ABSENT : PL_PACKAGE_ARTIFACT;
        package->state_why = err->code == PL_ERR_MISSING ? "there is no such file" : UNREAD;
        return err->code;
    }
    package->kind = PL_KIND_NOT_ZIP;
    package->what_is_it = what;
    return PL_OK;
}

PL_STATUS pl_package_open(struct pl_package *ret, const char *path,
                          const struct pl_package_options *options, struct pl_err *err)
{
    struct pl_package package;
    if (start(&package, pl_slice_of(path), err) != PL_OK) {
        return err->code;
    }
    if (open_any(&package, path, options, err) != PL_OK) {
        if (ends_all(err)) {
            pl_package_done(&package);
            return err->code;
        }
        pl_package_fail(&package, err);
    }
    *ret = package;
    return PL_OK;
}

PL_STATUS pl_package_complete(struct pl_package *package, const struct pl_package_options *options,
                              struct pl_err *err)
{
    struct pl_package_options now = *options;
    now.defer_bytes = 0;
    enum pl_status status = package->tree.ops ? look(package, &now, err)
                                              : open_image(package, package->path.ptr, &now, err);
    package->deferred = false;
    if (!status || ends_all(err)) {
        return status;
    }
    pl_package_fail(package, err);
    return PL_OK;
}

PL_STATUS pl_package_from_plan(struct pl_package *ret, struct pl_slice path, struct pl_tree *tree,
                               unsigned workers, struct pl_err *err)
{
    struct pl_package package;
    if (start(&package, path, err) != PL_OK) {
        pl_tree_done(tree);
        return err->code;
    }
    package.kind = PL_KIND_PLAN;
    package.tree = *tree;
    package.unpacked_bytes = tree->unpacked_bytes;
    *tree = (struct pl_tree){0};
    if (pl_first_look(&package, workers, err) != PL_OK) {
        if (ends_all(err)) {
            pl_package_done(&package);
            return err->code;
        }
        pl_package_fail(&package, err);
    }
    *ret = package;
    return PL_OK;
}

PL_STATUS pl_package_unbuilt(struct pl_package *ret, struct pl_slice path, const char *state_why,
                             struct pl_err *err)
{
    struct pl_package package;
    if (start(&package, path, err) != PL_OK) {
        return err->code;
    }
    package.state = PL_PACKAGE_SOURCE;
    package.state_why = state_why;
    *ret = package;
    return PL_OK;
}
