/* Entries that were deflated before: looked up, added. */
#include "pkg/base/arr.h"
#include "pkg/base/file.h"
#include "pkg/build/cache_store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define RECORDS_MAX ((size_t)2000000)
/* A pack is what is let go at once, so it is a small share of the whole. */
#define PACK_BYTES UINT64_C(0x8000000)
enum { PACKS_OPEN_MAX = 128 };

struct pl_cache_key pl_cache_key_of(const unsigned char sha256[PL_SHA256_SIZE],
                                    enum pl_cache_kind kind, int level)
{
    struct pl_cache_key key;
    memcpy(key.bytes, sha256, PL_SHA256_SIZE);
    key.bytes[PL_SHA256_SIZE] = (unsigned char)kind;
    key.bytes[PL_SHA256_SIZE + 1] = (unsigned char)level;
    return key;
}

void pl_cache_note(struct pl_cache *cache, const struct pl_err *err)
{
    if (cache->trouble.code == PL_OK) {
        cache->trouble = *err;
    }
}

/* ---- the table; with the lock held ---- */

/* The keys are hashes already; the seed is for folders that are made to collide. */
static size_t slot_of(const struct pl_cache *cache, const struct pl_cache_key *key)
{
    uint64_t at;
    memcpy(&at, key->bytes, sizeof at);
    at = (at ^ cache->seed) * UINT64_C(0x9E3779B97F4A7C15);
    return (size_t)(at >> 20) & (cache->n_slot - 1);
}

static struct pl_cache_record *find(struct pl_cache *cache, const struct pl_cache_key *key)
{
    if (cache->n_slot == 0) {
        return NULL;
    }
    for (size_t i = slot_of(cache, key); cache->slot[i] != 0; i = (i + 1) & (cache->n_slot - 1)) {
        struct pl_cache_record *record = &cache->record[cache->slot[i] - 1];
        if (memcmp(&record->key, key, sizeof *key) == 0) {
            return record;
        }
    }
    return NULL;
}

static void take_slot(struct pl_cache *cache, size_t index)
{
    size_t i = slot_of(cache, &cache->record[index].key);
    while (cache->slot[i] != 0) {
        i = (i + 1) & (cache->n_slot - 1);
    }
    cache->slot[i] = (uint32_t)index + 1;
}

static enum pl_status grow_slots(struct pl_cache *cache, struct pl_err *err)
{
    size_t n = cache->n_slot == 0 ? 1024 : cache->n_slot;
    while (n < cache->n_record * 2 + 2) {
        n *= 2;
    }
    if (n == cache->n_slot) {
        return PL_OK;
    }
    uint32_t *slot = pl_arr_zeroed(n, sizeof *slot, err);
    if (!slot) {
        return err->code;
    }
    free(cache->slot);
    cache->slot = slot;
    cache->n_slot = n;
    for (size_t i = 0; i < cache->n_record; i++) {
        take_slot(cache, i);
    }
    return PL_OK;
}

/* A record of a key that is there already takes its place when that one is damaged. */
static enum pl_status add(struct pl_cache *cache, const struct pl_cache_record *record,
                          struct pl_err *err)
{
    struct pl_cache_record *old = find(cache, &record->key);
    if (old) {
        if (old->dead) {
            *old = *record;
        }
        return PL_OK;
    }
    struct pl_cache_record *at = pl_arr_grow(cache->record, &cache->cap_record, cache->n_record + 1,
                                             sizeof *at, RECORDS_MAX, "cached entries", err);
    if (!at) {
        return err->code;
    }
    cache->record = at;
    if (grow_slots(cache, err) != PL_OK) {
        return err->code;
    }
    cache->record[cache->n_record++] = *record;
    take_slot(cache, cache->n_record - 1);
    return PL_OK;
}

/* ---- packs; with the lock held ---- */

static enum pl_status add_pack(struct pl_cache *cache, const struct pl_cache_pack *pack,
                               struct pl_err *err)
{
    struct pl_cache_pack *at = pl_arr_grow(cache->pack, &cache->cap_pack, cache->n_pack + 1,
                                           sizeof *at, UINT16_MAX, "packs", err);
    if (!at) {
        return err->code;
    }
    cache->pack = at;
    cache->pack[cache->n_pack++] = *pack;
    return PL_OK;
}

static enum pl_status load_pack(struct pl_cache *cache, const char *name, struct pl_err *err)
{
    struct pl_cache_pack pack = {.fd = -1};
    struct pl_cache_record *record = NULL;
    size_t n = 0;
    memcpy(pack.name, name, strlen(name) + 1);
    pack.fd = openat(cache->dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (pack.fd < 0) {
        return PL_OK; /* another process let it go */
    }
    enum pl_status status = pl_cache_pack_load(pack.fd, name, &record, &n, err);
    if (status == PL_ERR_NOMEM) {
        pl_fd_close(&pack.fd);
        return status;
    }
    pack.damaged = status != PL_OK;
    cache->damaged += pack.damaged ? 1 : 0;
    status = add_pack(cache, &pack, err);
    if (status != PL_OK) {
        pl_fd_close(&pack.fd);
    }
    for (size_t i = 0; status == PL_OK && i < n; i++) {
        record[i].pack = (uint16_t)(cache->n_pack - 1);
        status = add(cache, &record[i], err);
    }
    free(record);
    return status;
}

static void load(struct pl_cache *cache)
{
    struct pl_err err = {.code = PL_OK};
    cache->loaded = true;
    int fd = openat(cache->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (!dir) {
        pl_ignore(pl_err_sys(&err, errno, "its folder cannot be listed"), "noted instead");
        pl_cache_note(cache, &err);
        pl_fd_close(&fd);
        return;
    }
    const struct dirent *entry;
    enum pl_status status = PL_OK;
    while (status == PL_OK && cache->n_pack < PACKS_OPEN_MAX && (entry = readdir(dir)) != NULL) {
        if (pl_cache_is_pack(entry->d_name)) {
            status = load_pack(cache, entry->d_name, &err);
        }
    }
    if (status != PL_OK) {
        pl_cache_note(cache, &err);
    }
    (void)closedir(dir);
}

/* ---- looking up ---- */

static bool read_packed(int fd, const struct pl_cache_record *record, unsigned char **ret)
{
    struct pl_err err;
    unsigned char *data = malloc(record->packed);
    if (!data) {
        return false;
    }
    if (pl_file_pread(fd, "a pack", data, record->packed, record->at, &err) != PL_OK ||
        pl_crc(0, data, record->packed) != record->sum) {
        free(data);
        return false;
    }
    *ret = data;
    return true;
}

/* With the lock held. */
static size_t find_busy(const struct pl_cache *cache, const struct pl_cache_key *key)
{
    size_t i = 0;
    while (i < cache->n_busy && memcmp(&cache->busy[i], key, sizeof *key) != 0) {
        i++;
    }
    return i;
}

/* With the lock held, from here to the next section. */
static void set_busy(struct pl_cache *cache, const struct pl_cache_key *key)
{
    if (cache->n_busy < PL_CACHE_BUSY) {
        cache->busy[cache->n_busy++] = *key;
    }
}

static void end_busy(struct pl_cache *cache, const struct pl_cache_key *key)
{
    size_t i = find_busy(cache, key);
    if (i < cache->n_busy) {
        cache->busy[i] = cache->busy[--cache->n_busy];
        (void)pthread_cond_broadcast(&cache->made);
    }
}

/* The record, or NULL. */
static const struct pl_cache_record *look(struct pl_cache *cache, const struct pl_cache_key *key,
                                          uint64_t size)
{
    if (!cache->loaded) {
        load(cache);
    }
    const struct pl_cache_record *found = find(cache, key);
    return found && !found->dead && found->size == size ? found : NULL;
}

/* The record was found damaged. */
static void bury(struct pl_cache *cache, const struct pl_cache_key *key, uint16_t pack)
{
    struct pl_cache_record *bad = find(cache, key);
    if (bad) {
        bad->dead = true;
    }
    cache->pack[pack].damaged = true;
    cache->damaged++;
    cache->use.found--;
}

/* ---- looking up, for the packer ---- */

/* With the lock held: the record's bytes are not in the file yet; a copy, NULL without memory. */
static bool is_staged(const struct pl_cache *cache, const struct pl_cache_record *record)
{
    return cache->n_staged > 0 && record->pack == cache->writer && record->at >= cache->staged_at;
}

static unsigned char *copy_staged(const struct pl_cache *cache,
                                  const struct pl_cache_record *record)
{
    unsigned char *copy = malloc((size_t)record->packed + 1);
    if (copy) {
        memcpy(copy, cache->staged + (record->at - cache->staged_at), record->packed);
    }
    return copy;
}

bool pl_cache_has(struct pl_cache *cache, const struct pl_cache_key *key, uint64_t size)
{
    (void)pthread_mutex_lock(&cache->lock);
    bool has = look(cache, key, size) != NULL;
    (void)pthread_mutex_unlock(&cache->lock);
    return has;
}

static bool get(struct pl_cache *cache, const struct pl_cache_key *key, uint64_t size, bool take,
                struct pl_deflated *ret)
{
    (void)pthread_mutex_lock(&cache->lock);
    while (take && find_busy(cache, key) < cache->n_busy) {
        (void)pthread_cond_wait(&cache->made, &cache->lock);
    }
    const struct pl_cache_record *found = look(cache, key, size);
    struct pl_cache_record record = found ? *found : (struct pl_cache_record){.dead = true};
    unsigned char *staged = found && is_staged(cache, found) ? copy_staged(cache, found) : NULL;
    int fd = -1;
    if (found) {
        cache->pack[record.pack].used = true;
        cache->use.found++;
        fd = cache->pack[record.pack].fd;
    } else if (take) {
        set_busy(cache, key);
    }
    (void)pthread_mutex_unlock(&cache->lock);
    if (!found) {
        return false;
    }
    struct pl_deflated out = {
        .data = staged, .packed = record.packed, .crc = record.crc, .method = record.method};
    if (record.packed == 0) {
        free(staged);
        out.data = NULL;
    } else if (!staged && !read_packed(fd, &record, &out.data)) {
        (void)pthread_mutex_lock(&cache->lock);
        bury(cache, key, record.pack);
        if (take) {
            set_busy(cache, key);
        }
        (void)pthread_mutex_unlock(&cache->lock);
        return false;
    }
    *ret = out;
    return true;
}

bool pl_cache_get(struct pl_cache *cache, const struct pl_cache_key *key, uint64_t size,
                  struct pl_deflated *ret)
{
    return get(cache, key, size, false, ret);
}

bool pl_cache_take(struct pl_cache *cache, const struct pl_cache_key *key, uint64_t size,
                   struct pl_deflated *ret)
{
    return get(cache, key, size, true, ret);
}

/* ---- adding ---- */

/* Nothing more is written in this run; packing goes on. */
static void give_up(struct pl_cache *cache, const struct pl_err *err)
{
    cache->broken = true;
    pl_cache_note(cache, err);
}

/* Writes what is staged.  What cannot be written was never there. */
static void flush(struct pl_cache *cache)
{
    struct pl_err err;
    size_t n = cache->n_staged;
    cache->n_staged = 0;
    if (n == 0 || pl_file_pwrite(cache->pack[cache->writer].fd, "the pack", cache->staged, n,
                                 cache->staged_at, &err) == PL_OK) {
        return;
    }
    for (size_t i = 0; i < cache->n_record; i++) {
        struct pl_cache_record *record = &cache->record[i];
        record->dead |= record->pack == cache->writer && record->at >= cache->staged_at;
    }
    give_up(cache, &err);
}

/* Keeps `n` bytes, no more than PL_CACHE_STAGED, for the end of the pack; false without memory. */
static bool stage(struct pl_cache *cache, const unsigned char *data, size_t n)
{
    if (!cache->staged) {
        cache->staged = malloc(PL_CACHE_STAGED);
    }
    if (!cache->staged) {
        return false;
    }
    if (n > PL_CACHE_STAGED - cache->n_staged) {
        flush(cache);
    }
    if (cache->n_staged == 0) {
        cache->staged_at = cache->end;
    }
    memcpy(cache->staged + cache->n_staged, data, n);
    cache->n_staged += n;
    return true;
}

static void publish(struct pl_cache *cache)
{
    struct pl_err err;
    if (cache->writer == SIZE_MAX) {
        return;
    }
    flush(cache);
    if (pl_cache_pack_publish(cache, &err) != PL_OK) {
        give_up(cache, &err);
    }
    cache->writer = SIZE_MAX;
    cache->wrote = true;
}

/* The pack that `n` more bytes go into. */
static bool need_writer(struct pl_cache *cache, uint64_t n)
{
    struct pl_err err;
    struct pl_cache_pack pack;
    if (cache->broken) {
        return false;
    }
    if (cache->writer != SIZE_MAX && cache->end + n > PACK_BYTES) {
        publish(cache);
    }
    if (cache->writer != SIZE_MAX || cache->broken) {
        return !cache->broken;
    }
    if (pl_cache_pack_begin(cache->dir, cache->n_written++, &pack, &cache->end, &err) != PL_OK ||
        add_pack(cache, &pack, &err) != PL_OK) {
        give_up(cache, &err);
        return false;
    }
    cache->writer = cache->n_pack - 1;
    return true;
}

void pl_cache_put(struct pl_cache *cache, const struct pl_cache_key *key, uint64_t size,
                  const struct pl_deflated *what, const unsigned char *data)
{
    bool stored = what->method == PL_METHOD_STORE;
    struct pl_cache_record record = {.key = *key,
                                     .method = what->method,
                                     .size = (uint32_t)size,
                                     .packed = stored ? 0 : (uint32_t)what->packed,
                                     .crc = what->crc};
    struct pl_err err;
    int fd = -1;
    record.sum = pl_crc(0, data, record.packed);
    (void)pthread_mutex_lock(&cache->lock);
    cache->use.made++;
    const struct pl_cache_record *old = find(cache, key);
    bool wanted = (!old || old->dead) && need_writer(cache, record.packed);
    bool small = record.packed <= PL_CACHE_STAGED / 4;
    if (wanted && small) {
        wanted = stage(cache, data, record.packed) && !cache->broken;
    } else if (wanted) {
        flush(cache);
        wanted = !cache->broken;
    }
    if (wanted) {
        record.pack = (uint16_t)cache->writer;
        record.at = cache->end;
        cache->end += record.packed;
        fd = cache->pack[cache->writer].fd;
    }
    if (wanted && small && add(cache, &record, &err) != PL_OK) {
        give_up(cache, &err);
    }
    if (!wanted || small) {
        end_busy(cache, key);
    }
    (void)pthread_mutex_unlock(&cache->lock);
    if (!wanted || small) {
        return;
    }
    enum pl_status status = pl_file_pwrite(fd, "the pack", data, record.packed, record.at, &err);
    (void)pthread_mutex_lock(&cache->lock);
    if (status == PL_OK) {
        status = add(cache, &record, &err);
    }
    if (status != PL_OK) {
        give_up(cache, &err);
    }
    end_busy(cache, key);
    (void)pthread_mutex_unlock(&cache->lock);
}

struct pl_cache_use pl_cache_use_of(struct pl_cache *cache)
{
    (void)pthread_mutex_lock(&cache->lock);
    struct pl_cache_use use = cache->use;
    (void)pthread_mutex_unlock(&cache->lock);
    return use;
}

/* ---- beginning and end ---- */

enum pl_status pl_cache_open(struct pl_cache **ret, const char *dir, const char *project,
                             uint64_t max_bytes, struct pl_err *err)
{
    struct pl_cache *cache = pl_arr_zeroed(1, sizeof *cache, err);
    if (!cache) {
        return err->code;
    }
    int failed = 0;
    if (pl_cache_folder_open(dir, true, &cache->dir, err) != PL_OK) {
        free(cache);
        return err->code;
    }
    failed = pthread_mutex_init(&cache->lock, NULL);
    if (failed == 0) {
        failed = pthread_cond_init(&cache->made, NULL);
        if (failed != 0) {
            (void)pthread_mutex_destroy(&cache->lock);
        }
    }
    if (failed != 0) {
        pl_fd_close(&cache->dir);
        free(cache);
        return pl_err_sys(err, failed, "a lock cannot be made");
    }
    cache->max_bytes = max_bytes;
    cache->writer = SIZE_MAX;
    cache->seed = (uint64_t)pl_cache_now() ^ (uint64_t)getpid() << 40;
    pl_cache_index_name(&cache->index, project);
    *ret = cache;
    return PL_OK;
}

bool pl_cache_trouble(struct pl_cache *cache, struct pl_err *err)
{
    (void)pthread_mutex_lock(&cache->lock);
    publish(cache);
    pl_cache_index_save(cache);
    if (cache->trouble.code == PL_OK && cache->damaged > 0) {
        pl_ignore(pl_err_set(&cache->trouble, PL_ERR_FORMAT,
                             "%zu damaged or outdated parts were not used, and made anew",
                             cache->damaged),
                  "said later");
    }
    bool say = cache->trouble.code != PL_OK && !cache->told;
    cache->told = cache->told || say;
    if (say) {
        *err = cache->trouble;
    }
    (void)pthread_mutex_unlock(&cache->lock);
    return say;
}

/* The packs that were of use are the last to go; damaged ones go at once. */
static void leave_pack(struct pl_cache *cache, struct pl_cache_pack *pack)
{
    struct stat here, there;
    if (pack->damaged) {
        /* Under that name there may be a whole one by now. */
        if (fstat(pack->fd, &here) == 0 &&
            fstatat(cache->dir, pack->name, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
            here.st_ino == there.st_ino && here.st_dev == there.st_dev) {
            (void)unlinkat(cache->dir, pack->name, 0);
        }
    } else if (pack->used) {
        (void)futimens(pack->fd, NULL);
    }
    pl_fd_close(&pack->fd);
}

void pl_cache_close(struct pl_cache *cache)
{
    if (!cache) {
        return;
    }
    (void)pthread_mutex_lock(&cache->lock);
    publish(cache);
    pl_cache_index_save(cache);
    (void)pthread_mutex_unlock(&cache->lock);
    for (size_t i = 0; i < cache->n_pack; i++) {
        leave_pack(cache, &cache->pack[i]);
    }
    if (cache->wrote) {
        pl_cache_folder_evict(cache->dir, cache->max_bytes);
    }
    (void)pthread_cond_destroy(&cache->made);
    (void)pthread_mutex_destroy(&cache->lock);
    pl_cache_index_done(&cache->index);
    pl_fd_close(&cache->dir);
    free(cache->staged);
    free(cache->record);
    free(cache->slot);
    free(cache->pack);
    free(cache);
}
