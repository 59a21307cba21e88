#include "pkg/base/map.h"

#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static uint32_t keyed_hash(const void *key, size_t n);

/* uthash's macros stay in this file.  When memory runs out it rolls the addition back and calls
 * uthash_nonfatal_oom, which here only remembers it in a local of pl_map_add. */
#define HASH_NONFATAL_OOM          1
#define uthash_nonfatal_oom(item)  (out_of_memory = true)
#define HASH_FUNCTION(key, n, ret) ((ret) = keyed_hash((key), (n)))
#include <uthash.h>

struct pl_map_item {
    uint64_t value;
    UT_hash_handle hh;
};

/* SipHash-1-3 after Aumasson and Bernstein, "SipHash: a fast short-input PRF" (2012), with the
 * lower numbers of rounds that hash tables use. */
struct sip {
    uint64_t v0, v1, v2, v3;
};

static uint64_t sip_key[2];
static pthread_once_t sip_key_once = PTHREAD_ONCE_INIT;

/* Where there is no /dev/urandom, the addresses and the time still differ between runs. */
static void make_key(void)
{
    struct timespec now = {0, 0};
    (void)clock_gettime(CLOCK_REALTIME, &now);
    sip_key[0] = (uint64_t)now.tv_nsec * UINT64_C(0x9e3779b97f4a7c15) ^ (uint64_t)(uintptr_t)&now;
    sip_key[1] = (uint64_t)now.tv_sec * UINT64_C(0xc2b2ae3d27d4eb4f) ^ (uint64_t)getpid() ^
                 (uint64_t)(uintptr_t)&sip_key;
    int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        uint64_t random[2] = {0, 0};
        if (read(fd, random, sizeof(random)) == (ssize_t)sizeof(random)) {
            sip_key[0] ^= random[0];
            sip_key[1] ^= random[1];
        }
        (void)close(fd);
    }
}

static uint64_t rotl(uint64_t x, unsigned by)
{
    return x << by | x >> (64 - by);
}

static void sip_round(struct sip *s)
{
    s->v0 += s->v1;
    s->v2 += s->v3;
    s->v1 = rotl(s->v1, 13) ^ s->v0;
    s->v3 = rotl(s->v3, 16) ^ s->v2;
    s->v0 = rotl(s->v0, 32);
    s->v2 += s->v1;
    s->v0 += s->v3;
    s->v1 = rotl(s->v1, 17) ^ s->v2;
    s->v3 = rotl(s->v3, 21) ^ s->v0;
    s->v2 = rotl(s->v2, 32);
}

static uint32_t keyed_hash(const void *key, size_t n)
{
    struct sip s = {
        sip_key[0] ^ UINT64_C(0x736f6d6570736575), sip_key[1] ^ UINT64_C(0x646f72616e646f6d),
        sip_key[0] ^ UINT64_C(0x6c7967656e657261), sip_key[1] ^ UINT64_C(0x7465646279746573)};
    const unsigned char *byte = key;
    size_t whole = n - n % 8;
    for (size_t i = 0; i < whole; i += 8) {
        uint64_t m; /* the byte order of the machine: the result never leaves the process */
        memcpy(&m, byte + i, sizeof(m));
        s.v3 ^= m;
        sip_round(&s);
        s.v0 ^= m;
    }
    uint64_t last = (uint64_t)n << 56;
    for (size_t i = whole; i < n; i++) {
        last |= (uint64_t)byte[i] << 8 * (i - whole);
    }
    s.v3 ^= last;
    sip_round(&s);
    s.v0 ^= last;
    s.v2 ^= 0xff;
    for (int i = 0; i < 3; i++) {
        sip_round(&s);
    }
    uint64_t hash = s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
    return (uint32_t)(hash ^ hash >> 32);
}

void pl_map_init(struct pl_map *map, size_t max)
{
    (void)pthread_once(&sip_key_once, make_key);
    *map = (struct pl_map){.max = max};
}

void pl_map_done(struct pl_map *map)
{
    if (!map) {
        return;
    }
    struct pl_map_item *item = map->items;
    struct pl_map_item *all = item;
    if (item) {
        HASH_CLEAR(hh, map->items); /* the table only; the items keep their links */
    }
    for (item = all; item; item = all) {
        all = item->hh.next;
        free(item);
    }
    map->items = NULL;
    map->n = 0;
}

/* NOLINTBEGIN(readability-function-size,readability-function-cognitive-complexity): what is counted
 * here is uthash's macros */
static struct pl_map_item *find(const struct pl_map *map, struct pl_slice key, uint32_t hash)
{
    struct pl_map_item *item = NULL;
    unsigned n = (unsigned)key.len;
    HASH_FIND_BYHASHVALUE(hh, map->items, key.ptr, n, hash, item);
    return item;
}

/* uthash keeps lengths as unsigned and hands keys to memcmp, which must not see NULL. */
static bool usable(struct pl_slice *key)
{
    if (key->len == 0) {
        *key = PL_SLICE("");
    }
    return key->len <= UINT_MAX;
}

bool pl_map_get(const struct pl_map *map, struct pl_slice key, uint64_t *ret)
{
    if (!map->items || !usable(&key)) {
        return false;
    }
    const struct pl_map_item *item = find(map, key, keyed_hash(key.ptr, key.len));
    if (!item) {
        return false;
    }
    *ret = item->value;
    return true;
}

enum pl_status pl_map_add(struct pl_map *map, struct pl_slice key, uint64_t value, bool *ret_added,
                          uint64_t *ret_old, struct pl_err *err)
{
    if (!usable(&key)) {
        return pl_err_set(err, PL_ERR_LIMIT, "a key of more than %u bytes", UINT_MAX);
    }
    uint32_t hash = keyed_hash(key.ptr, key.len);
    const struct pl_map_item *old = find(map, key, hash);
    if (old) {
        *ret_added = false;
        *ret_old = old->value;
        return PL_OK;
    }
    if (map->n >= map->max) {
        return pl_err_set(err, PL_ERR_LIMIT, "more than %zu names", map->max);
    }
    struct pl_map_item *item = calloc(1, sizeof(*item));
    if (!item) {
        return pl_err_nomem(err);
    }
    item->value = value;
    bool out_of_memory = false;
    HASH_ADD_KEYPTR_BYHASHVALUE(hh, map->items, key.ptr, key.len, hash, item);
    if (out_of_memory) {
        free(item);
        return pl_err_nomem(err);
    }
    map->n++;
    *ret_added = true;
    return PL_OK;
}
/* NOLINTEND(readability-function-size,readability-function-cognitive-complexity) */
