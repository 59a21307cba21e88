/* The cache from the packer's side (inside of pkg/build). */
#ifndef PL_PKG_BUILD_CACHE_STORE_H
#define PL_PKG_BUILD_CACHE_STORE_H

#include "pkg/base/digest.h"
#include "pkg/build/cache.h"
#include "pkg/build/compress.h"
#include "pkg/build/pack.h"
#include "pkg/build/plan.h"

#include <pthread.h>

/* What a record is of: a whole entry, or a block of a huge one (its window and its bytes are hashed
 * together) that is not or is the last. */
enum pl_cache_kind { PL_CACHE_WHOLE, PL_CACHE_BLOCK, PL_CACHE_LAST_BLOCK };
enum { PL_CACHE_KEY_BYTES = PL_SHA256_SIZE + 2 };

struct pl_cache_key {
    unsigned char bytes[PL_CACHE_KEY_BYTES]; /* SHA-256 of the content, kind, level */
};

struct pl_cache_record {
    struct pl_cache_key key;
    uint8_t method; /* PL_METHOD_STORE: deflating gains nothing, and no bytes are kept */
    bool dead;      /* was found damaged; not on disk */
    uint16_t pack;  /* index; not on disk */
    uint32_t size, packed;
    uint32_t crc; /* of the content */
    uint32_t sum; /* CRC-32 of the packed bytes */
    uint64_t at;
};

#define PL_CACHE_STAGED ((size_t)512 * 1024)
/* More than that many at the same time are not waited for. */
enum { PL_CACHE_BUSY = 128 };

/* A pack that is read, or the one that is being written. */
struct pl_cache_pack {
    int fd;
    char name[64];
    bool used, damaged;
};

struct pl_cache_known; /* cache_index.c */
struct pl_cache_index {
    char name[32];
    bool loaded, dirty;
    struct pl_cache_known *file; /* owned */
    size_t n_file, cap_file;
    struct pl_cache_zip *zip; /* owned */
    size_t n_zip, cap_zip;
    uint32_t *slot; /* owned; of file: 0 for empty, else index + 1 */
    size_t n_slot;
};

struct pl_cache {
    int dir;
    uint64_t max_bytes, seed;
    pthread_mutex_t lock; /* of all that follows */
    bool loaded, broken;  /* broken: nothing more is written */
    bool wrote;
    bool told;
    struct pl_err trouble; /* code PL_OK when there is none */
    size_t damaged;
    struct pl_cache_use use;
    struct pl_cache_key busy[PL_CACHE_BUSY]; /* being made */
    size_t n_busy;
    pthread_cond_t made;            /* one of them is */
    struct pl_cache_record *record; /* owned */
    size_t n_record, cap_record;
    uint32_t *slot; /* owned; 0 for empty, else index + 1 */
    size_t n_slot;
    struct pl_cache_pack *pack; /* owned */
    size_t n_pack, cap_pack;
    size_t writer; /* index of the pack that is written, SIZE_MAX for none */
    uint64_t end;  /* of its data so far */
    /* The last of it, which is written once there is enough: tens of thousands of small writes cost
     * a tenth of the packing. */
    unsigned char *staged; /* owned; PL_CACHE_STAGED bytes; NULL before it is needed */
    size_t n_staged;
    uint64_t staged_at; /* of its first byte in the pack */
    unsigned n_written;
    struct pl_cache_index index;
};

struct pl_cache_key pl_cache_key_of(const unsigned char sha256[PL_SHA256_SIZE],
                                    enum pl_cache_kind kind, int level);
/* True with *ret filled (data owned by the caller, NULL for PL_METHOD_STORE); false when it is not
 * there, or damaged. */
bool pl_cache_get(struct pl_cache *cache, const struct pl_cache_key *key, uint64_t size,
                  struct pl_deflated *ret);
/* The same, waiting for whoever makes it right now.  After false the caller makes it, and must call
 * pl_cache_put: others may be waiting. */
bool pl_cache_take(struct pl_cache *cache, const struct pl_cache_key *key, uint64_t size,
                   struct pl_deflated *ret);
/* Is it there?  It may still turn out to be damaged. */
bool pl_cache_has(struct pl_cache *cache, const struct pl_cache_key *key, uint64_t size);
/* Adds what a content became; never fails, at worst nothing is kept.  `data` is the packed bytes.
 */
void pl_cache_put(struct pl_cache *cache, const struct pl_cache_key *key, uint64_t size,
                  const struct pl_deflated *what, const unsigned char *data);

/* ---- identities ---- */

struct pl_cache_mark {
    struct pl_file_id id;
    unsigned char sha256[PL_SHA256_SIZE];
};

/* A ZIP as it was when it was last proven. */
struct pl_cache_zip {
    unsigned char name[PL_SHA256_SIZE];   /* of its name in the project's folder */
    int64_t stamp_ns;                     /* when it was last read or written */
    unsigned char digest[PL_SHA256_SIZE]; /* of everything that its bytes depend on */
    struct pl_cache_mark zip, sidecar;    /* a sidecar that is not written is all zero */
    struct pl_pack_try tried[PL_PACK_TRIES];
    size_t n_tried;
};

/* The hash of a file's content when it is the one that was read before: same device, inode, size
 * and times, and older than that reading (git's rule for files as young as its index). */
bool pl_cache_known(struct pl_cache *cache, const struct pl_file_id *id,
                    unsigned char ret[PL_SHA256_SIZE]);
/* `read_ns` is pl_cache_now() from before it was read. */
void pl_cache_learn(struct pl_cache *cache, const struct pl_file_id *id, int64_t read_ns,
                    const unsigned char sha256[PL_SHA256_SIZE]);
bool pl_cache_zip_get(struct pl_cache *cache, const unsigned char name[PL_SHA256_SIZE],
                      struct pl_cache_zip *ret);
void pl_cache_zip_put(struct pl_cache *cache, const struct pl_cache_zip *zip);
int64_t pl_cache_now(void);
/* Could it have changed after that time and still look the same? */
bool pl_cache_is_young(const struct pl_file_id *id, int64_t stamp_ns);

/* ---- between the cache's own files ---- */

void pl_cache_note(struct pl_cache *cache, const struct pl_err *err); /* with the lock held */
void pl_cache_index_name(struct pl_cache_index *index, const char *project);
void pl_cache_index_save(struct pl_cache *cache); /* with the lock held */
void pl_cache_index_done(struct pl_cache_index *index);

/* Reads a pack's list; PL_ERR_FORMAT when it is damaged or made by another version. */
PL_STATUS pl_cache_pack_load(int fd, const char *name, struct pl_cache_record **ret, size_t *ret_n,
                             struct pl_err *err);
/* Begins a pack under a temporary name. */
PL_STATUS pl_cache_pack_begin(int dir, unsigned number, struct pl_cache_pack *ret,
                              uint64_t *ret_end, struct pl_err *err);
/* Writes the list of the records that are in the pack being written, and gives it its name. */
PL_STATUS pl_cache_pack_publish(struct pl_cache *cache, struct pl_err *err);
bool pl_cache_is_pack(const char *name);
bool pl_cache_is_index(const char *name);
bool pl_cache_is_temporary(const char *name);

/* The folder, -1 closed by the caller. */
PL_STATUS pl_cache_folder_open(const char *dir, bool make, int *ret_fd, struct pl_err *err);
/* Removes what was used longest ago until the rest fits, and what killed processes left.  Nothing
 * happens while another process does it. */
void pl_cache_folder_evict(int dir, uint64_t max_bytes);

#endif
