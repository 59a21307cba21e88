#include "pkg/image/store.h"

#include "pkg/base/arr.h"
#include "pkg/base/file.h"
#include "pkg/base/limits.h"
#include "pkg/base/os.h"
#include "pkg/image/tar.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Members of an image's own tar: blobs and little else. */
#define STORE_MAX_MEMBERS 100000u
#define STORE_NAMES_BYTES PL_MB(32)
enum { STORE_MAX_LINKS = 8 };

PL_STATUS pl_store_tidy(struct pl_arena *arena, struct pl_slice name, struct pl_slice *ret,
                        bool *ret_outside, struct pl_err *err)
{
    struct pl_slice part;
    struct pl_slice rest = name;
    size_t n = 0;
    char *to = pl_arena_new(arena, name.len + 1, 1, err);
    if (!to) {
        return err->code;
    }
    *ret_outside = false;
    while (pl_slice_next(&rest, '/', &part)) {
        if (part.len == 0 || pl_slice_is(part, ".")) {
            continue;
        }
        *ret_outside = *ret_outside || pl_slice_is(part, "..");
        if (n > 0) {
            to[n++] = '/';
        }
        for (size_t i = 0; i < part.len; i++) {
            to[n++] = part.ptr[i];
        }
    }
    *ret = pl_slice_make(to, n);
    return PL_OK;
}

void pl_store_done(struct pl_store *store)
{
    pl_fd_close(&store->fd);
    free(store->member);
    pl_map_done(&store->names);
    pl_arena_done(&store->arena);
    store->member = NULL;
}

/* ---------------------------------------------------------------- listing a tar */

static PL_STATUS add_member(struct pl_store *store, const struct pl_tar_entry *entry,
                            struct pl_err *err)
{
    struct pl_store_member member = {.offset = entry->data, .size = entry->size};
    bool outside = false;
    bool added = false;
    uint64_t old = 0;
    bool link = entry->type == PL_TAR_LINK || entry->type == PL_TAR_HARD_LINK;
    if ((entry->type != PL_TAR_FILE && !link) || entry->sparse) {
        return PL_OK; /* no blob is sparse */
    }
    if (pl_store_tidy(&store->arena, entry->name, &member.name, &outside, err) != PL_OK ||
        (link && pl_arena_dup(&store->arena, entry->link, &member.link, err) != PL_OK)) {
        return err->code;
    }
    member.hard = entry->type == PL_TAR_HARD_LINK;
    if (outside) {
        return PL_OK;
    }
    if (pl_map_add(&store->names, member.name, store->n, &added, &old, err) != PL_OK) {
        return err->code;
    }
    if (!added) {
        store->member[old] = member; /* who unpacks it keeps the last */
        return PL_OK;
    }
    struct pl_store_member *list =
        pl_arr_grow(store->member, &store->cap, store->n + 1, sizeof *list, STORE_MAX_MEMBERS,
                    "members of the image's tar", err);
    if (!list) {
        return err->code;
    }
    store->member = list;
    list[store->n++] = member;
    return PL_OK;
}

static PL_STATUS list_members(struct pl_store *store, struct pl_tar *tar, struct pl_err *err)
{
    for (;;) {
        struct pl_tar_entry entry;
        bool more = false;
        if (pl_tar_next(tar, &entry, &more, err) != PL_OK) {
            if (err->code != PL_ERR_FORMAT || tar->headers == 0) {
                return err->code;
            }
            store->damaged = true;
            store->why = *err;
            return PL_OK;
        }
        if (!more) {
            return PL_OK;
        }
        if (add_member(store, &entry, err) != PL_OK) {
            return err->code;
        }
    }
}

static PL_STATUS open_tar(struct pl_store *store, const struct stat *st, struct pl_err *err)
{
    struct pl_stream *in = NULL;
    struct pl_tar tar;
    store->size = st->st_size > 0 ? (uint64_t)st->st_size : 0;
    store->mtime_ns = pl_os_mtime_ns(st);
    const struct pl_span span = {store->fd, 0, store->size};
    const struct pl_stream_options options = {.name = store->path};
    if (pl_stream_open(&in, span, &options, err) != PL_OK) {
        return err->code;
    }
    enum pl_status status = PL_OK;
    if (pl_stream_packing(in) != PL_PACKING_PLAIN) {
        status = pl_err_set(err, PL_ERR_FORMAT,
                            "%s: it is compressed as a whole; decompress it first (gunzip, "
                            "zstd -d): an image's layers are read where they stand",
                            store->path);
    } else {
        pl_tar_init(&tar, in);
        status = list_members(store, &tar, err);
        pl_tar_done(&tar);
    }
    pl_stream_free(in);
    return status;
}

PL_STATUS pl_store_open(struct pl_store *ret, const char *path, struct pl_err *err)
{
    struct pl_store store = {.path = path, .fd = -1};
    struct stat st;
    pl_arena_init(&store.arena, STORE_NAMES_BYTES);
    pl_map_init(&store.names, STORE_MAX_MEMBERS);
    if (stat(path, &st) != 0) {
        return pl_err_sys(err, errno, "%s", path);
    }
    store.folder = S_ISDIR(st.st_mode);
    enum pl_status status = PL_OK;
    if (store.folder) {
        store.fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        status = store.fd < 0 ? pl_err_sys(err, errno, "%s", path) : PL_OK;
    } else {
        status = pl_file_open(path, &store.fd, err);
        if (!status && fstat(store.fd, &st) != 0) {
            status = pl_err_sys(err, errno, "%s", path);
        }
        status = status ? status : open_tar(&store, &st, err);
    }
    if (status) {
        pl_store_done(&store);
        return status;
    }
    *ret = store;
    return PL_OK;
}

PL_STATUS pl_store_check_same(const struct pl_store *store, struct pl_err *err)
{
    struct stat st;
    if (store->folder) {
        return PL_OK; /* blobs are named by their digests */
    }
    bool same = fstat(store->fd, &st) == 0 && st.st_size >= 0 &&
                (uint64_t)st.st_size == store->size && pl_os_mtime_ns(&st) == store->mtime_ns;
    return same ? PL_OK
                : pl_err_set(err, PL_ERR_CHANGED, "%s: changed while it was read", store->path);
}

/* ---------------------------------------------------------------- finding */

static PL_STATUS missing(struct pl_slice name, struct pl_err *err)
{
    return pl_err_set(err, PL_ERR_MISSING, "%.*s is not in it", (int)name.len, name.ptr);
}

/* `text` seen from the folder that `from` stands in; ".." are taken off.  False: it leaves. */
static bool join(struct pl_buf *to, struct pl_slice from, struct pl_slice text, struct pl_err *err)
{
    struct pl_slice part;
    pl_buf_clear(to);
    if (pl_slice_starts(text, PL_SLICE("/")) || pl_buf_slice(to, pl_slice_dirname(from), err)) {
        return false;
    }
    while (pl_slice_next(&text, '/', &part)) {
        if (part.len == 0 || pl_slice_is(part, ".")) {
            continue;
        }
        if (pl_slice_is(part, "..")) {
            if (to->len == 0) {
                return false;
            }
            to->len = pl_slice_dirname(pl_buf_view(to)).len;
        } else if ((to->len > 0 && pl_buf_byte(to, '/', err)) || pl_buf_slice(to, part, err)) {
            return false;
        }
    }
    return true;
}

static PL_STATUS find_member(const struct pl_store *store, struct pl_slice name,
                             struct pl_span *ret, struct pl_err *err)
{
    struct pl_buf path PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_PATH};
    struct pl_buf next PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_PATH};
    if (pl_buf_slice(&path, name, err) != PL_OK) {
        return err->code;
    }
    for (unsigned links = 0; links < STORE_MAX_LINKS; links++) {
        uint64_t index = 0;
        if (!pl_map_get(&store->names, pl_buf_view(&path), &index)) {
            return missing(name, err);
        }
        const struct pl_store_member *member = &store->member[index];
        if (member->link.len == 0) {
            *ret = (struct pl_span){store->fd, member->offset, member->size};
            return PL_OK;
        }
        /* A hard link's target is seen from the top. */
        if (!join(&next, member->hard ? pl_slice_make(NULL, 0) : member->name, member->link, err)) {
            return missing(name, err);
        }
        struct pl_buf swap = path;
        path = next;
        next = swap;
    }
    return missing(name, err);
}

static PL_STATUS find_file(const struct pl_store *store, struct pl_slice name, struct pl_span *ret,
                           int *ret_fd, struct pl_err *err)
{
    struct pl_buf path PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_PATH};
    struct stat st;
    if (pl_slice_find(name, '\0') < name.len) {
        return missing(name, err);
    }
    if (pl_buf_slice(&path, name, err) != PL_OK) {
        return err->code;
    }
    /* Links are followed: build tools lay out blobs as links into their caches, and what is read
     * is held against the digest. */
    int fd PL_CLEANUP(pl_fd_close) =
        openat(store->fd, path.data, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &st) != 0) {
        return errno == ENOENT || errno == ENOTDIR || errno == ELOOP
                   ? missing(name, err)
                   : pl_err_sys(err, errno, "%s: %.*s", store->path, (int)name.len, name.ptr);
    }
    if (!S_ISREG(st.st_mode)) {
        return missing(name, err);
    }
    *ret = (struct pl_span){fd, 0, (uint64_t)st.st_size};
    *ret_fd = fd;
    fd = -1;
    return PL_OK;
}

PL_STATUS pl_store_find(const struct pl_store *store, struct pl_slice name, struct pl_span *ret,
                        int *ret_fd, struct pl_err *err)
{
    *ret_fd = -1;
    return store->folder ? find_file(store, name, ret, ret_fd, err)
                         : find_member(store, name, ret, err);
}

PL_STATUS pl_store_has(const struct pl_store *store, struct pl_slice name, bool *ret,
                       struct pl_err *err)
{
    struct pl_span span;
    int fd PL_CLEANUP(pl_fd_close) = -1;
    enum pl_status status = pl_store_find(store, name, &span, &fd, err);
    if (status != PL_OK && status != PL_ERR_MISSING) {
        return status;
    }
    *ret = status == PL_OK;
    return PL_OK;
}

PL_STATUS pl_store_read(const struct pl_store *store, struct pl_slice name, struct pl_buf *to,
                        struct pl_err *err)
{
    struct pl_span span;
    int fd PL_CLEANUP(pl_fd_close) = -1;
    if (pl_store_find(store, name, &span, &fd, err) != PL_OK) {
        return err->code;
    }
    if (span.size > to->max - to->len) {
        return pl_err_set(err, PL_ERR_LIMIT, "%.*s is larger than %zu MB", (int)name.len, name.ptr,
                          to->max / PL_MB(1));
    }
    if (pl_buf_reserve(to, (size_t)span.size, err) != PL_OK ||
        pl_file_pread(span.fd, store->path, to->data + to->len, (size_t)span.size, span.offset,
                      err) != PL_OK) {
        return err->code;
    }
    pl_buf_grew(to, (size_t)span.size);
    return PL_OK;
}

static PL_STATUS has_blobs(const struct pl_store *store, bool *ret, struct pl_err *err)
{
    struct stat st;
    *ret = fstatat(store->fd, "blobs", &st, 0) == 0;
    if (!*ret && errno != ENOENT && errno != ELOOP) {
        return pl_err_sys(err, errno, "%s: blobs", store->path);
    }
    *ret = *ret && S_ISDIR(st.st_mode);
    return PL_OK;
}

static bool has_layer_member(const struct pl_store *store)
{
    for (size_t i = 0; i < store->n; i++) {
        if (pl_slice_starts(store->member[i].name, PL_SLICE("blobs/sha256/")) ||
            pl_slice_ends(store->member[i].name, PL_SLICE("/layer.tar"))) {
            return true;
        }
    }
    return false;
}

PL_STATUS pl_store_is_image(const struct pl_store *store, bool *ret, struct pl_err *err)
{
    const char *second = store->folder ? "index.json" : "manifest.json";
    bool first = false;
    bool is = false;
    if (pl_store_has(store, PL_SLICE("oci-layout"), &first, err) != PL_OK ||
        (!first && pl_store_has(store, pl_slice_of(second), &is, err) != PL_OK) ||
        (is && store->folder && has_blobs(store, &is, err) != PL_OK)) {
        return err->code;
    }
    *ret = first || is || (!store->folder && has_layer_member(store));
    return PL_OK;
}
