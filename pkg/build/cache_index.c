/* Which files and ZIPs are as they were: identities, never names. */
#include "pkg/base/arr.h"
#include "pkg/base/file.h"
#include "pkg/base/limits.h"
#include "pkg/build/cache_bytes.h"
#include "pkg/build/cache_store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    HEAD_BYTES = 32,
    ID_BYTES = 40,
    FILE_BYTES = 88,
    MARK_BYTES = 72,
    TRY_BYTES = 16,
    ZIP_BYTES = 224 + PL_PACK_TRIES * TRY_BYTES,
    TAIL_BYTES = 8
};
#define ZIPS_MAX 10000u
/* Identities that no run needed in so many savings are forgotten. */
enum { AGE_MAX = 20 };
/* The coarsest times among file systems (FAT's) are of two seconds. */
#define YOUNG_NS INT64_C(2000000000)
/* Within one run, where a file system keeps parts of a second: Linux's clock for files ticks every
 * 10 ms at the latest. */
#define YOUNG_HERE_NS INT64_C(100000000)
#define SECOND_NS     INT64_C(1000000000)

static const char magic[17] = "plimsoll index 1";

struct pl_cache_known {
    struct pl_file_id id;
    int64_t stamp_ns;
    unsigned char sha256[PL_SHA256_SIZE];
    uint64_t age; /* savings since it was of use */
    bool here;    /* read by this process */
};

int64_t pl_cache_now(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static bool is_younger(const struct pl_file_id *id, int64_t stamp_ns, int64_t than_ns)
{
    int64_t last = id->mtime_ns > id->ctime_ns ? id->mtime_ns : id->ctime_ns;
    return stamp_ns < than_ns || last > stamp_ns - than_ns;
}

bool pl_cache_is_young(const struct pl_file_id *id, int64_t stamp_ns)
{
    return is_younger(id, stamp_ns, YOUNG_NS);
}

/* What this process read shortly after it was written need not be read again by it: a checkout
 * that many functions are packed from is read once. */
static bool is_trusted(const struct pl_cache_known *file)
{
    bool fine = file->here && file->id.ctime_ns % SECOND_NS != 0;
    return !is_younger(&file->id, file->stamp_ns, fine ? YOUNG_HERE_NS : YOUNG_NS);
}

void pl_cache_index_name(struct pl_cache_index *index, const char *project)
{
    struct pl_sha256 sha;
    unsigned char digest[PL_SHA256_SIZE];
    char hex[PL_SHA256_HEX];
    pl_sha256_init(&sha);
    pl_sha256_add(&sha, project, strlen(project));
    pl_sha256_end(&sha, digest);
    pl_sha256_hex(digest, hex);
    (void)snprintf(index->name, sizeof index->name, "%.16s.index", hex);
}

void pl_cache_index_done(struct pl_cache_index *index)
{
    free(index->file);
    free(index->zip);
    free(index->slot);
}

/* ---- bytes ---- */

static void put_id(unsigned char *to, const struct pl_file_id *id)
{
    pl_put_u64(to, id->dev);
    pl_put_u64(to + 8, id->ino);
    pl_put_u64(to + 16, id->size);
    pl_put_u64(to + 24, (uint64_t)id->mtime_ns);
    pl_put_u64(to + 32, (uint64_t)id->ctime_ns);
}

static struct pl_file_id get_id(const unsigned char *from)
{
    return (struct pl_file_id){.dev = pl_get_u64(from),
                               .ino = pl_get_u64(from + 8),
                               .size = pl_get_u64(from + 16),
                               .mtime_ns = (int64_t)pl_get_u64(from + 24),
                               .ctime_ns = (int64_t)pl_get_u64(from + 32)};
}

static void put_file(unsigned char *to, const struct pl_cache_known *file)
{
    put_id(to, &file->id);
    pl_put_u64(to + 40, (uint64_t)file->stamp_ns);
    memcpy(to + 48, file->sha256, PL_SHA256_SIZE);
    pl_put_u64(to + 80, file->age);
}

static void get_file(const unsigned char *from, struct pl_cache_known *ret)
{
    ret->id = get_id(from);
    ret->stamp_ns = (int64_t)pl_get_u64(from + 40);
    memcpy(ret->sha256, from + 48, PL_SHA256_SIZE);
    uint64_t age = pl_get_u64(from + 80);
    ret->age = age < AGE_MAX ? age + 1 : AGE_MAX;
    ret->here = false;
}

static void put_mark(unsigned char *to, const struct pl_cache_mark *mark)
{
    put_id(to, &mark->id);
    memcpy(to + ID_BYTES, mark->sha256, PL_SHA256_SIZE);
}

static struct pl_cache_mark get_mark(const unsigned char *from)
{
    struct pl_cache_mark mark = {.id = get_id(from)};
    memcpy(mark.sha256, from + ID_BYTES, PL_SHA256_SIZE);
    return mark;
}

static void put_zip(unsigned char *to, const struct pl_cache_zip *zip)
{
    memcpy(to, zip->name, PL_SHA256_SIZE);
    pl_put_u64(to + 32, (uint64_t)zip->stamp_ns);
    memcpy(to + 40, zip->digest, PL_SHA256_SIZE);
    put_mark(to + 72, &zip->zip);
    put_mark(to + 72 + MARK_BYTES, &zip->sidecar);
    pl_put_u64(to + 216, zip->n_tried);
    for (size_t i = 0; i < PL_PACK_TRIES; i++) {
        pl_put_u64(to + 224 + i * TRY_BYTES, (uint64_t)zip->tried[i].level);
        pl_put_u64(to + 232 + i * TRY_BYTES, zip->tried[i].bytes);
    }
}

/* Whoever can write there may have written anything. */
static bool get_tries(const unsigned char *from, struct pl_cache_zip *ret)
{
    uint64_t n = pl_get_u64(from);
    bool good = n <= PL_PACK_TRIES;
    for (size_t i = 0; i < PL_PACK_TRIES; i++) {
        uint64_t level = pl_get_u64(from + 8 + i * TRY_BYTES);
        good = good && level <= PL_LEVEL_MAX;
        ret->tried[i] = (struct pl_pack_try){.level = good ? (int)level : 0,
                                             .bytes = pl_get_u64(from + 16 + i * TRY_BYTES)};
    }
    ret->n_tried = good ? (size_t)n : 0;
    return good;
}

static bool get_zip(const unsigned char *from, struct pl_cache_zip *ret)
{
    memcpy(ret->name, from, PL_SHA256_SIZE);
    ret->stamp_ns = (int64_t)pl_get_u64(from + 32);
    memcpy(ret->digest, from + 40, PL_SHA256_SIZE);
    ret->zip = get_mark(from + 72);
    ret->sidecar = get_mark(from + 72 + MARK_BYTES);
    return get_tries(from + 216, ret);
}

/* ---- the table; with the lock held ---- */

static size_t slot_of(const struct pl_cache *cache, const struct pl_file_id *id)
{
    uint64_t at = (id->ino ^ id->dev << 32 ^ cache->seed) * UINT64_C(0x9E3779B97F4A7C15);
    return (size_t)(at >> 20) & (cache->index.n_slot - 1);
}

static struct pl_cache_known *find(struct pl_cache *cache, const struct pl_file_id *id)
{
    const struct pl_cache_index *index = &cache->index;
    if (index->n_slot == 0) {
        return NULL;
    }
    for (size_t i = slot_of(cache, id); index->slot[i] != 0; i = (i + 1) & (index->n_slot - 1)) {
        struct pl_cache_known *file = &index->file[index->slot[i] - 1];
        if (file->id.ino == id->ino && file->id.dev == id->dev) {
            return file;
        }
    }
    return NULL;
}

static void take_slot(struct pl_cache *cache, size_t at)
{
    struct pl_cache_index *index = &cache->index;
    size_t i = slot_of(cache, &index->file[at].id);
    while (index->slot[i] != 0) {
        i = (i + 1) & (index->n_slot - 1);
    }
    index->slot[i] = (uint32_t)at + 1;
}

/* Room for `n` files in the table. */
static enum pl_status grow_slots(struct pl_cache *cache, size_t n, struct pl_err *err)
{
    struct pl_cache_index *index = &cache->index;
    size_t want = index->n_slot == 0 ? 1024 : index->n_slot;
    while (want < n * 2) {
        want *= 2;
    }
    if (want == index->n_slot) {
        return PL_OK;
    }
    uint32_t *slot = pl_arr_zeroed(want, sizeof *slot, err);
    if (!slot) {
        return err->code;
    }
    free(index->slot);
    index->slot = slot;
    index->n_slot = want;
    for (size_t i = 0; i < index->n_file; i++) {
        take_slot(cache, i);
    }
    return PL_OK;
}

static enum pl_status add_file(struct pl_cache *cache, const struct pl_cache_known *file,
                               struct pl_err *err)
{
    struct pl_cache_index *index = &cache->index;
    struct pl_cache_known *old = find(cache, &file->id);
    if (old) {
        *old = *file;
        return PL_OK;
    }
    struct pl_cache_known *at = pl_arr_grow(index->file, &index->cap_file, index->n_file + 1,
                                            sizeof *at, PL_MAX_ENTRIES, "known files", err);
    if (!at) {
        return err->code;
    }
    index->file = at;
    if (grow_slots(cache, index->n_file + 1, err) != PL_OK) {
        return err->code;
    }
    index->file[index->n_file++] = *file;
    take_slot(cache, index->n_file - 1);
    return PL_OK;
}

static enum pl_status add_zip(struct pl_cache *cache, const struct pl_cache_zip *zip,
                              struct pl_err *err)
{
    struct pl_cache_index *index = &cache->index;
    for (size_t i = 0; i < index->n_zip; i++) {
        if (memcmp(index->zip[i].name, zip->name, sizeof zip->name) == 0) {
            index->zip[i] = *zip;
            return PL_OK;
        }
    }
    struct pl_cache_zip *at = pl_arr_grow(index->zip, &index->cap_zip, index->n_zip + 1, sizeof *at,
                                          ZIPS_MAX, "known ZIPs", err);
    if (!at) {
        return err->code;
    }
    index->zip = at;
    index->zip[index->n_zip++] = *zip;
    return PL_OK;
}

/* ---- the file ---- */

static enum pl_status parse(struct pl_cache *cache, const unsigned char *bytes, size_t n,
                            struct pl_err *err)
{
    uint64_t files = n >= HEAD_BYTES + TAIL_BYTES ? pl_get_u64(bytes + 16) : UINT64_MAX;
    uint64_t zips = n >= HEAD_BYTES + TAIL_BYTES ? pl_get_u64(bytes + 24) : UINT64_MAX;
    if (files > PL_MAX_ENTRIES || zips > ZIPS_MAX ||
        n != HEAD_BYTES + files * FILE_BYTES + zips * ZIP_BYTES + TAIL_BYTES ||
        memcmp(bytes, magic, 16) != 0 ||
        pl_crc(0, bytes, n - TAIL_BYTES) != pl_get_u32(bytes + n - TAIL_BYTES) ||
        pl_get_u32(bytes + n - 4) != 0) {
        return pl_err_set(err, PL_ERR_FORMAT, "an index is damaged");
    }
    const unsigned char *at = bytes + HEAD_BYTES;
    enum pl_status status = grow_slots(cache, (size_t)files, err);
    for (uint64_t i = 0; status == PL_OK && i < files; i++, at += FILE_BYTES) {
        struct pl_cache_known file;
        get_file(at, &file);
        status = add_file(cache, &file, err);
    }
    for (uint64_t i = 0; status == PL_OK && i < zips; i++, at += ZIP_BYTES) {
        struct pl_cache_zip zip;
        if (get_zip(at, &zip)) {
            status = add_zip(cache, &zip, err);
        }
    }
    return status;
}

static void load(struct pl_cache *cache)
{
    struct pl_err err = {.code = PL_OK};
    struct pl_buf buf PL_CLEANUP(pl_buf_done) = {.max = PL_MB(128)};
    if (cache->index.loaded) {
        return;
    }
    cache->index.loaded = true;
    int fd PL_CLEANUP(pl_fd_close) =
        openat(cache->dir, cache->index.name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        return;
    }
    enum pl_status status = pl_file_read_fd(fd, "an index", &buf, &err);
    if (status == PL_OK) {
        status = parse(cache, (const unsigned char *)buf.data, buf.len, &err);
    }
    if (status == PL_ERR_FORMAT) {
        cache->damaged++;
        cache->index.dirty = true;
    } else if (status == PL_OK) {
        (void)futimens(fd, NULL); /* it is of use */
    }
}

static enum pl_status print(const struct pl_cache_index *index, struct pl_buf *to,
                            struct pl_err *err)
{
    unsigned char bytes[ZIP_BYTES] = {0};
    uint64_t files = 0;
    for (size_t i = 0; i < index->n_file; i++) {
        files += index->file[i].age < AGE_MAX ? 1 : 0;
    }
    memcpy(bytes, magic, 16);
    pl_put_u64(bytes + 16, files);
    pl_put_u64(bytes + 24, index->n_zip);
    enum pl_status status = pl_buf_append(to, bytes, HEAD_BYTES, err);
    for (size_t i = 0; status == PL_OK && i < index->n_file; i++) {
        if (index->file[i].age < AGE_MAX) {
            put_file(bytes, &index->file[i]);
            status = pl_buf_append(to, bytes, FILE_BYTES, err);
        }
    }
    for (size_t i = 0; status == PL_OK && i < index->n_zip; i++) {
        put_zip(bytes, &index->zip[i]);
        status = pl_buf_append(to, bytes, ZIP_BYTES, err);
    }
    if (status == PL_OK) {
        pl_put_u32(bytes, pl_crc(0, to->data, to->len));
        pl_put_u32(bytes + 4, 0);
        status = pl_buf_append(to, bytes, TAIL_BYTES, err);
    }
    return status;
}

static enum pl_status save(struct pl_cache *cache, struct pl_err *err)
{
    struct pl_buf buf PL_CLEANUP(pl_buf_done) = {.max = PL_MB(128)};
    char tmp[48];
    if (print(&cache->index, &buf, err) != PL_OK) {
        return err->code;
    }
    (void)snprintf(tmp, sizeof tmp, ".%ld-%u.tmp", (long)getpid(), cache->n_written++);
    (void)unlinkat(cache->dir, tmp, 0);
    int fd = openat(cache->dir, tmp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) {
        return pl_err_sys(err, errno, "an index cannot be made");
    }
    enum pl_status status = pl_file_pwrite(fd, "an index", buf.data, buf.len, 0, err);
    pl_fd_close(&fd);
    if (status == PL_OK && renameat(cache->dir, tmp, cache->dir, cache->index.name) != 0) {
        status = pl_err_sys(err, errno, "an index cannot be named");
    }
    if (status != PL_OK) {
        (void)unlinkat(cache->dir, tmp, 0);
    }
    return status;
}

void pl_cache_index_save(struct pl_cache *cache)
{
    struct pl_err err;
    if (cache->index.dirty && !cache->broken && save(cache, &err) != PL_OK) {
        pl_cache_note(cache, &err);
    }
    cache->index.dirty = false;
}

/* ---- for the packer ---- */

bool pl_cache_known(struct pl_cache *cache, const struct pl_file_id *id,
                    unsigned char ret[PL_SHA256_SIZE])
{
    (void)pthread_mutex_lock(&cache->lock);
    load(cache);
    struct pl_cache_known *file = find(cache, id);
    bool known = file && file->id.size == id->size && file->id.mtime_ns == id->mtime_ns &&
                 file->id.ctime_ns == id->ctime_ns && is_trusted(file);
    if (known) {
        file->age = 0;
        memcpy(ret, file->sha256, PL_SHA256_SIZE);
    }
    (void)pthread_mutex_unlock(&cache->lock);
    return known;
}

void pl_cache_learn(struct pl_cache *cache, const struct pl_file_id *id, int64_t read_ns,
                    const unsigned char sha256[PL_SHA256_SIZE])
{
    struct pl_cache_known file = {.id = *id, .stamp_ns = read_ns, .here = true};
    struct pl_err err;
    memcpy(file.sha256, sha256, PL_SHA256_SIZE);
    (void)pthread_mutex_lock(&cache->lock);
    load(cache);
    if (add_file(cache, &file, &err) == PL_OK) {
        cache->index.dirty = true;
    }
    (void)pthread_mutex_unlock(&cache->lock);
}

bool pl_cache_zip_get(struct pl_cache *cache, const unsigned char name[PL_SHA256_SIZE],
                      struct pl_cache_zip *ret)
{
    bool found = false;
    (void)pthread_mutex_lock(&cache->lock);
    load(cache);
    for (size_t i = 0; i < cache->index.n_zip && !found; i++) {
        found = memcmp(cache->index.zip[i].name, name, PL_SHA256_SIZE) == 0;
        if (found) {
            *ret = cache->index.zip[i];
        }
    }
    (void)pthread_mutex_unlock(&cache->lock);
    return found;
}

void pl_cache_zip_put(struct pl_cache *cache, const struct pl_cache_zip *zip)
{
    struct pl_err err;
    (void)pthread_mutex_lock(&cache->lock);
    load(cache);
    if (add_zip(cache, zip, &err) == PL_OK) {
        cache->index.dirty = true;
    }
    (void)pthread_mutex_unlock(&cache->lock);
}
