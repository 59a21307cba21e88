/*
 * A cache that holds anything: the input is an index of identities (its first byte is odd) or a
 * pack of deflated entries.  Unless the first byte asks for the input as it is, checksums and
 * counts are made to fit, as somebody would who writes into the folder: without it nothing behind
 * them were reached.
 */
#include "pkg/base/digest.h"
#include "pkg/build/cache_bytes.h"
#include "pkg/build/cache_store.h"
#include "tests/fuzz/promise.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

enum {
    IS_INDEX = 1,
    AS_IT_IS = 2,
    HEADER = 64,
    RECORD = 64,
    END = 32,
    FILE_BYTES = 88,
    ZIP_BYTES = 224 + 16 * PL_PACK_TRIES,
    ROOM = 1 << 18
};

static uint8_t bytes[ROOM];
static const char project[] = "/project";

/* Head, `files` and `zips` of the input (what it lacks is zero), checksum. */
static size_t make_index(const uint8_t *data, size_t size, size_t files, size_t zips)
{
    size_t body = files * FILE_BYTES + zips * ZIP_BYTES;
    memset(bytes, 0, 32 + body + 8);
    memcpy(bytes, "plimsoll index 1", 16);
    pl_put_u64(bytes + 16, files);
    pl_put_u64(bytes + 24, zips);
    memcpy(bytes + 32, data, size < body ? size : body);
    pl_put_u32(bytes + 32 + body, pl_crc(0, bytes, 32 + body));
    return 32 + body + 8;
}

/* The records lie behind the deflated bytes; those of an even key get their checksum. */
static size_t make_pack(const uint8_t *data, size_t size, size_t records)
{
    size_t most = sizeof bytes - HEADER - END;
    size_t n = size < most ? size : most;
    records = records < n / RECORD ? records : n / RECORD;
    size_t at = HEADER + n - records * RECORD;
    uint8_t *end = bytes + HEADER + n;
    memset(bytes, 0, HEADER);
    (void)snprintf((char *)bytes, HEADER, "plimsoll pack 1 libdeflate %s zlib %s",
                   pl_pack_deflate_version(), zlibVersion());
    memcpy(bytes + HEADER, data, n);
    for (size_t i = 0; i < records; i++) {
        uint8_t *record = bytes + at + i * RECORD;
        uint64_t from = pl_get_u64(record + 52);
        uint32_t packed = pl_get_u32(record + 40);
        if (record[0] % 2 == 0 && from <= at && packed <= at - from) {
            pl_put_u32(record + 48, pl_crc(0, bytes + from, packed));
        }
    }
    memset(end, 0, END);
    memcpy(end, "plimend1", 8);
    pl_put_u64(end + 8, records);
    pl_put_u64(end + 16, at);
    uint32_t sum = pl_crc(0, bytes, HEADER);
    sum = pl_crc(sum, bytes + at, records * RECORD);
    pl_put_u32(end + 24, pl_crc(sum, end, END - 8));
    return HEADER + n + END;
}

static void ask_pack(struct pl_cache *cache, const uint8_t *record)
{
    struct pl_cache_key key;
    struct pl_deflated got = {.data = NULL};
    uint32_t size = pl_get_u32(record + 36);
    memcpy(key.bytes, record, sizeof key.bytes);
    if (pl_cache_get(cache, &key, size, &got)) {
        uint64_t sum = 0;
        for (size_t i = 0; i < got.packed; i++) {
            sum += got.data[i];
        }
        pl_fuzz_promise(sum <= got.packed * 255u, "sums are sums");
        pl_fuzz_promise((got.method == PL_METHOD_STORE) == (got.packed == 0),
                        "what is stored has no bytes");
        free(got.data);
    } else {
        pl_fuzz_promise(!pl_cache_get(cache, &key, size, &got), "what is damaged stays away");
    }
}

static void ask_index(struct pl_cache *cache, const uint8_t *from, size_t files, size_t zips)
{
    unsigned char sha256[PL_SHA256_SIZE];
    for (size_t i = 0; i < files; i++, from += FILE_BYTES) {
        struct pl_file_id id = {.dev = pl_get_u64(from),
                                .ino = pl_get_u64(from + 8),
                                .size = pl_get_u64(from + 16),
                                .mtime_ns = (int64_t)pl_get_u64(from + 24),
                                .ctime_ns = (int64_t)pl_get_u64(from + 32)};
        (void)pl_cache_known(cache, &id, sha256);
    }
    for (size_t i = 0; i < zips; i++, from += ZIP_BYTES) {
        struct pl_cache_zip zip;
        if (pl_cache_zip_get(cache, from, &zip)) {
            pl_fuzz_promise(zip.n_tried <= PL_PACK_TRIES, "no more tries than there is room for");
            for (size_t k = 0; k < PL_PACK_TRIES; k++) {
                pl_fuzz_promise(zip.tried[k].level >= 0 && zip.tried[k].level <= PL_LEVEL_MAX,
                                "levels are levels");
            }
        }
    }
}

static struct pl_cache *open_cache(const char *dir)
{
    struct pl_cache *cache = NULL;
    struct pl_err err;
    pl_fuzz_promise(pl_cache_open(&cache, dir, project, PL_CACHE_MAX_BYTES, &err) == PL_OK,
                    "a cache that holds anything can be opened");
    return cache;
}

/* What was there is of no hindrance to keeping something, nor to removing all of it. */
static void use(struct pl_cache *cache, const char *dir)
{
    static const unsigned char content[PL_SHA256_SIZE] = {'n', 'e', 'w'};
    static const unsigned char packed[] = {3, 0};
    struct pl_cache_key key = pl_cache_key_of(content, PL_CACHE_WHOLE, 6);
    struct pl_deflated what = {.packed = sizeof packed, .method = PL_METHOD_DEFLATE};
    struct pl_file_id id = {.dev = 1, .ino = 1};
    struct pl_cache_info info;
    struct pl_err err;
    pl_cache_put(cache, &key, 0, &what, packed);
    pl_cache_learn(cache, &id, pl_cache_now(), content);
    pl_cache_close(cache);
    cache = open_cache(dir);
    pl_fuzz_promise(pl_cache_get(cache, &key, 0, &what), "what was kept is there");
    free(what.data);
    pl_cache_close(cache);
    pl_fuzz_promise(pl_cache_measure(&info, dir, &err) == PL_OK && info.packs > 0 &&
                        info.indexes == 1,
                    "it can be measured");
    pl_fuzz_promise(pl_cache_clear(&info, dir, &err) == PL_OK, "it can be emptied");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char pack[] = "0123456789abcdef0123456789abcdef.pack";
    const char *dir = pl_fuzz_folder();
    struct pl_cache_index index = {.loaded = false};
    if (size < 2 || size > ROOM / 2) {
        return 0;
    }
    bool is_index = (data[0] & IS_INDEX) != 0;
    size_t files = data[1] % 4;
    size_t zips = data[1] / 4 % 4;
    size_t n = size - 2;
    if ((data[0] & AS_IT_IS) != 0) {
        memcpy(bytes, data + 2, n);
        files = is_index && n >= 32 ? (n - 32) / FILE_BYTES % 4 : 0;
        zips = 0;
    } else {
        n = is_index ? make_index(data + 2, n, files, zips) : make_pack(data + 2, n, data[1]);
    }
    pl_cache_index_name(&index, project);
    char name[sizeof index.name];
    memcpy(name, index.name, sizeof name);
    pl_fuzz_put(is_index ? "index" : "pack", bytes, n);
    char from[256], to[256];
    (void)snprintf(from, sizeof from, "%s/%s", dir, is_index ? "index" : "pack");
    (void)snprintf(to, sizeof to, "%s/%s", dir, is_index ? name : pack);
    pl_fuzz_promise(rename(from, to) == 0, "the file gets its name");
    struct pl_cache *cache = open_cache(dir);
    for (size_t i = 0; !is_index && i < 4 && i * RECORD + HEADER + END < n; i++) {
        ask_pack(cache, bytes + n - END - (i + 1) * RECORD);
    }
    if (is_index && n >= 32) {
        ask_index(cache, bytes + 32, files, zips);
    }
    use(cache, dir);
    return 0;
}
