#include "pkg/build/current.h"

#include "pkg/base/arr.h"
#include "pkg/base/file.h"
#include "pkg/base/limits.h"
#include "pkg/base/os.h"
#include "pkg/base/pool.h"
#include "pkg/build/cache_bytes.h"
#include "pkg/build/planned.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

struct pl_seen *pl_seen_new(struct pl_cache *cache, const struct pl_plan *plan, struct pl_err *err)
{
    struct pl_seen *seen = pl_arr_zeroed(plan->n, sizeof *seen, err);
    for (size_t i = 0; seen && i < plan->n; i++) {
        const struct pl_plan_item *item = &plan->item[i];
        if (item->type == PL_ENTRY_FILE && !item->content) {
            seen[i].known = pl_cache_known(cache, &item->id, seen[i].sha256);
        }
    }
    return seen;
}

/* ---- hashing what is not known ---- */

static enum pl_status hash_huge(const struct pl_plan_item *item, unsigned char ret[PL_SHA256_SIZE],
                                struct pl_err *err)
{
    struct pl_deflater buffers;
    int fd PL_CLEANUP(pl_fd_close) = -1;
    pl_deflater_init(&buffers, PL_LEVEL_DEFAULT, NULL);
    enum pl_status status = pl_planned_open(item, &fd, err);
    status = status == PL_OK ? pl_hash_planned(&buffers, item, fd, ret, err) : status;
    status = status == PL_OK ? pl_planned_verify(item, fd, err) : status;
    pl_deflater_done(&buffers);
    return status;
}

static enum pl_status hash_whole(const struct pl_plan_item *item, unsigned char ret[PL_SHA256_SIZE],
                                 struct pl_err *err)
{
    unsigned char *bytes = malloc((size_t)item->id.size + 1);
    if (!bytes) {
        return pl_err_nomem(err);
    }
    enum pl_status status = pl_planned_read(item, bytes, (size_t)item->id.size, err);
    if (status == PL_OK) {
        pl_hash_bytes(bytes, (size_t)item->id.size, ret);
    }
    free(bytes);
    return status;
}

static enum pl_status hash_one(void *ctx, unsigned worker PL_UNUSED, size_t i, struct pl_err *err)
{
    const struct pl_current *current = ctx;
    const struct pl_progress *progress = &current->options->progress;
    const struct pl_plan_item *item = &current->plan->item[i];
    struct pl_seen *seen = &current->seen[i];
    if (seen->known || item->type != PL_ENTRY_FILE) {
        return PL_OK;
    }
    if (progress->cancelled && progress->cancelled(progress->ctx)) {
        return pl_err_set(err, PL_ERR_CANCELLED, "interrupted");
    }
    int64_t now = pl_cache_now();
    enum pl_status status = item->id.size > PL_MAX_WHOLE_ENTRY
                                ? hash_huge(item, seen->sha256, err)
                                : hash_whole(item, seen->sha256, err);
    seen->known = status == PL_OK;
    if (seen->known && !item->content) {
        pl_cache_learn(current->options->cache, &item->id, now, seen->sha256);
    }
    return status;
}

/* ---- the digest ---- */

static void add_u64(struct pl_sha256 *sha, uint64_t value)
{
    unsigned char bytes[8];
    pl_put_u64(bytes, value);
    pl_sha256_add(sha, bytes, sizeof bytes);
}

static void add_slice(struct pl_sha256 *sha, struct pl_slice text)
{
    add_u64(sha, text.len);
    if (text.len > 0) {
        pl_sha256_add(sha, text.ptr, text.len);
    }
}

static void add_about(struct pl_sha256 *sha, const struct pl_sidecar *about)
{
    add_u64(sha, about ? 1u + about->is_layer : 0u);
    if (!about) {
        return;
    }
    add_slice(sha, about->name);
    add_slice(sha, about->handler);
    add_slice(sha, about->architecture);
    add_u64(sha, about->n_runtime);
    for (uint32_t i = 0; i < about->n_runtime; i++) {
        add_slice(sha, about->runtime[i]);
    }
}

/* Everything that pl_pack_write's bytes depend on; false when a content is not known. */
static bool digest_of(const struct pl_current *current, unsigned char ret[PL_SHA256_SIZE])
{
    const struct pl_plan *plan = current->plan;
    struct pl_sha256 sha;
    pl_sha256_init(&sha);
    add_slice(&sha, PL_SLICE(PL_SIDECAR_SCHEMA));
    add_slice(&sha, pl_slice_of(pl_pack_deflate_version()));
    add_slice(&sha, pl_slice_of(zlibVersion()));
    add_u64(&sha, (uint64_t)current->options->level);
    add_u64(&sha, current->options->fit_below);
    add_u64(&sha, (uint64_t)current->options->time);
    add_about(&sha, current->options->about);
    add_u64(&sha, plan->n);
    for (size_t i = 0; i < plan->n; i++) {
        const struct pl_plan_item *item = &plan->item[i];
        add_u64(&sha, (uint64_t)item->type << 32 | item->mode);
        add_slice(&sha, item->name);
        if (item->type == PL_ENTRY_LINK) {
            add_slice(&sha, item->link);
        } else if (item->type == PL_ENTRY_FILE) {
            if (!current->seen[i].known) {
                return false;
            }
            add_u64(&sha, item->id.size);
            pl_sha256_add(&sha, current->seen[i].sha256, PL_SHA256_SIZE);
        }
    }
    pl_sha256_end(&sha, ret);
    return true;
}

/* ---- the ZIP and its sidecar ---- */

static void name_of(const char *path, unsigned char ret[PL_SHA256_SIZE])
{
    struct pl_slice name = pl_slice_basename(pl_slice_of(path));
    pl_hash_bytes(name.ptr, name.len, ret);
}

static bool id_of(const char *path, struct pl_file_id *ret)
{
    struct stat st;
    if (stat(path, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size < 0) {
        return false;
    }
    *ret = (struct pl_file_id){.dev = (uint64_t)st.st_dev,
                               .ino = (uint64_t)st.st_ino,
                               .size = (uint64_t)st.st_size,
                               .mtime_ns = pl_os_mtime_ns(&st),
                               .ctime_ns = pl_os_ctime_ns(&st)};
    return true;
}

static bool has_id(const char *path, const struct pl_file_id *id)
{
    struct pl_file_id now;
    return id_of(path, &now) && now.dev == id->dev && now.ino == id->ino && now.size == id->size &&
           now.mtime_ns == id->mtime_ns && now.ctime_ns == id->ctime_ns;
}

static bool hash_file(const char *path, unsigned char ret[PL_SHA256_SIZE])
{
    struct pl_err err;
    int fd PL_CLEANUP(pl_fd_close) = -1;
    return pl_file_open(path, &fd, &err) == PL_OK && pl_sha256_fd(fd, path, ret, &err) == PL_OK;
}

/* Has the file the identity that was kept, and, when it is as young as that, the content too? */
static bool is_still(const char *path, const struct pl_cache_mark *mark, int64_t stamp_ns)
{
    unsigned char sha256[PL_SHA256_SIZE];
    if (!has_id(path, &mark->id)) {
        return false;
    }
    return !pl_cache_is_young(&mark->id, stamp_ns) ||
           (hash_file(path, sha256) && memcmp(sha256, mark->sha256, sizeof sha256) == 0);
}

static bool sidecar_path(const char *path, struct pl_buf *to)
{
    struct pl_err err;
    return pl_buf_fmt(to, &err, "%s.json", path) == PL_OK;
}

/* Both files are those that were written. */
static bool are_still(const struct pl_current *current, const struct pl_cache_zip *zip)
{
    struct pl_buf sidecar PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_PATH};
    return is_still(current->path, &zip->zip, zip->stamp_ns) &&
           (!current->options->about || (sidecar_path(current->path, &sidecar) &&
                                         is_still(sidecar.data, &zip->sidecar, zip->stamp_ns)));
}

bool pl_current_is(const struct pl_current *current, struct pl_pack_result *ret)
{
    struct pl_cache *cache = current->options->cache;
    struct pl_cache_zip zip;
    struct pl_current writable = *current;
    struct pl_err err;
    unsigned char name[PL_SHA256_SIZE], digest[PL_SHA256_SIZE];
    unsigned workers = current->options->workers > 0 ? current->options->workers : pl_os_cpus();
    int64_t now = pl_cache_now();
    name_of(current->path, name);
    if (!pl_cache_zip_get(cache, name, &zip) || !are_still(current, &zip) ||
        pl_pool_for(workers, current->plan->n, hash_one, &writable, &err) != PL_OK ||
        !digest_of(current, digest) || memcmp(digest, zip.digest, sizeof digest) != 0) {
        return false;
    }
    if (pl_cache_is_young(&zip.zip.id, zip.stamp_ns) ||
        pl_cache_is_young(&zip.sidecar.id, zip.stamp_ns)) {
        zip.stamp_ns = now;
        pl_cache_zip_put(cache, &zip);
    }
    struct pl_pack_result result = {.n_tried = zip.n_tried,
                                    .zip_bytes = zip.zip.id.size,
                                    .unpacked_bytes = current->plan->bytes,
                                    .entries = current->plan->n,
                                    .unchanged = true};
    memcpy(result.tried, zip.tried, sizeof result.tried);
    memcpy(result.sha256, zip.zip.sha256, sizeof result.sha256);
    *ret = result;
    return true;
}

void pl_current_keep(const struct pl_current *current, const struct pl_pack_result *result,
                     uint64_t ino)
{
    struct pl_cache_zip zip = {.stamp_ns = pl_cache_now(), .n_tried = result->n_tried};
    struct pl_buf sidecar PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_PATH};
    name_of(current->path, zip.name);
    memcpy(zip.tried, result->tried, sizeof zip.tried);
    memcpy(zip.zip.sha256, result->sha256, sizeof zip.zip.sha256);
    /* Another process may have put its own there meanwhile. */
    if (!id_of(current->path, &zip.zip.id) || zip.zip.id.ino != ino ||
        zip.zip.id.size != result->zip_bytes || !digest_of(current, zip.digest)) {
        return;
    }
    if (current->options->about &&
        (!sidecar_path(current->path, &sidecar) || !id_of(sidecar.data, &zip.sidecar.id) ||
         !hash_file(sidecar.data, zip.sidecar.sha256))) {
        return;
    }
    pl_cache_zip_put(current->options->cache, &zip);
}
