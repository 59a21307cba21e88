#include "pkg/build/compress.h"

#include "pkg/base/limits.h"
#include "pkg/build/cache_store.h"
#include "pkg/build/planned.h"

#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* Up to this size a file passes through the worker's own buffers, and only the result is allocated:
 * fresh pages cost more than the copy. */
#define PL_REUSE_BYTES  ((size_t)4 * 1024 * 1024)
#define PL_BUFFER_FIRST ((size_t)256 * 1024)
/* Contents below this are not kept: deflating them again costs no more than finding them. */
#define PL_RECALL_MIN 64u

void pl_deflater_init(struct pl_deflater *ret, int level, struct pl_cache *cache)
{
    *ret = (struct pl_deflater){.level = level, .cache = cache};
}

void pl_deflater_done(struct pl_deflater *deflater)
{
    if (deflater->whole) {
        libdeflate_free_compressor(deflater->whole);
    }
    if (deflater->block) {
        (void)deflateEnd(deflater->block);
    }
    free(deflater->block);
    free(deflater->in);
    free(deflater->out);
    *deflater = (struct pl_deflater){0};
}

static enum pl_status need_buffer(unsigned char **buf, size_t *cap, size_t need, struct pl_err *err)
{
    if (need <= *cap) {
        return PL_OK;
    }
    size_t want = *cap < PL_BUFFER_FIRST ? PL_BUFFER_FIRST : *cap * 2;
    want = want < need ? need : want;
    free(*buf); /* nothing in it is needed any more */
    *cap = 0;
    *buf = malloc(want);
    if (!*buf) {
        return pl_err_nomem(err);
    }
    *cap = want;
    return PL_OK;
}

static enum pl_status need_compressor(struct pl_deflater *d, struct pl_err *err)
{
    if (!d->whole) {
        d->whole = libdeflate_alloc_compressor(d->level);
    }
    return d->whole ? PL_OK : pl_err_nomem(err);
}

static enum pl_status copy_of(const unsigned char *bytes, size_t n, unsigned char **ret,
                              struct pl_err *err)
{
    unsigned char *copy = malloc(n);
    if (!copy) {
        return pl_err_nomem(err);
    }
    memcpy(copy, bytes, n);
    *ret = copy;
    return PL_OK;
}

void pl_hash_bytes(const void *bytes, size_t n, unsigned char ret[PL_SHA256_SIZE])
{
    struct pl_sha256 sha;
    pl_sha256_init(&sha);
    pl_sha256_add(&sha, bytes, n);
    pl_sha256_end(&sha, ret);
}

/* ---- what was deflated before ---- */

/* By out->sha256.  True with the rest of *out filled; its data is NULL when the file is stored.
 * After false with `take` it must be kept: others wait for it. */
static bool recall(const struct pl_deflater *d, uint64_t size, bool take, struct pl_deflated *out)
{
    struct pl_deflated found = {.packed = 0};
    if (!d->cache || size < PL_RECALL_MIN) {
        return false;
    }
    struct pl_cache_key key = pl_cache_key_of(out->sha256, PL_CACHE_WHOLE, d->level);
    if (!(take ? pl_cache_take : pl_cache_get)(d->cache, &key, size, &found)) {
        return false;
    }
    memcpy(found.sha256, out->sha256, sizeof found.sha256);
    *out = found;
    return true;
}

static void keep(const struct pl_deflater *d, uint64_t size, const struct pl_deflated *out,
                 const unsigned char *data)
{
    if (d->cache && size >= PL_RECALL_MIN) {
        struct pl_cache_key key = pl_cache_key_of(out->sha256, PL_CACHE_WHOLE, d->level);
        pl_cache_put(d->cache, &key, size, out, data);
    }
}

bool pl_deflated_before(struct pl_cache *cache, const struct pl_plan_item *item,
                        const unsigned char sha256[PL_SHA256_SIZE], int level)
{
    struct pl_cache_key key = pl_cache_key_of(sha256, PL_CACHE_WHOLE, level);
    return item->id.size < PL_RECALL_MIN || pl_cache_has(cache, &key, item->id.size);
}

/* Deflates unless that was done before.  True when out->data is there; else the bytes are in
 * d->out, or, for a file that is stored, where they were. */
static bool squeeze(const struct pl_deflater *d, const unsigned char *in, size_t size,
                    unsigned char *to, struct pl_deflated *out)
{
    pl_hash_bytes(in, size, out->sha256);
    bool known = recall(d, size, true, out);
    if (!known) {
        out->crc = libdeflate_crc32(0, in, size);
        /* Room for less than the file itself: what does not fit there is stored. */
        out->packed = size > 1 ? libdeflate_deflate_compress(d->whole, in, size, to, size - 1) : 0;
        out->method = out->packed > 0 ? PL_METHOD_DEFLATE : PL_METHOD_STORE;
        keep(d, size, out, to);
    }
    out->packed = out->method == PL_METHOD_STORE ? size : out->packed;
    return known && out->data;
}

/* Through the worker's buffers. */
static enum pl_status deflate_small(struct pl_deflater *d, const struct pl_plan_item *item,
                                    struct pl_deflated *ret, struct pl_err *err)
{
    size_t size = (size_t)item->id.size;
    if (need_buffer(&d->in, &d->in_cap, size + 1, err) != PL_OK ||
        need_buffer(&d->out, &d->out_cap, size + 1, err) != PL_OK ||
        pl_planned_read(item, d->in, size, err) != PL_OK) {
        return err->code;
    }
    struct pl_deflated out = {0};
    if (!squeeze(d, d->in, size, d->out, &out) && out.packed > 0 &&
        copy_of(out.method == PL_METHOD_STORE ? d->in : d->out, out.packed, &out.data, err) !=
            PL_OK) {
        return err->code;
    }
    *ret = out;
    return PL_OK;
}

/* Through memory of its own, of which only the result is kept. */
static enum pl_status deflate_large(struct pl_deflater *d, const struct pl_plan_item *item,
                                    struct pl_deflated *ret, struct pl_err *err)
{
    size_t size = (size_t)item->id.size;
    unsigned char *in = malloc(size + 1);
    unsigned char *out = malloc(size);
    if (!in || !out || pl_planned_read(item, in, size, err) != PL_OK) {
        enum pl_status status = in && out ? err->code : pl_err_nomem(err);
        free(in);
        free(out);
        return status;
    }
    struct pl_deflated result = {0};
    if (squeeze(d, in, size, out, &result)) {
        free(in);
        free(out);
    } else if (result.method == PL_METHOD_STORE) {
        result.data = in;
        free(out);
    } else {
        free(in);
        result.data = realloc(out, result.packed);
        if (!result.data) {
            result.data = out; /* shrinking that failed leaves the larger one */
        }
    }
    *ret = result;
    return PL_OK;
}

enum pl_status pl_deflate_file(struct pl_deflater *deflater, const struct pl_plan_item *item,
                               const unsigned char *sha256, struct pl_deflated *ret,
                               struct pl_err *err)
{
    struct pl_deflated out = {0};
    if (item->id.size > PL_MAX_WHOLE_ENTRY) {
        return pl_err_set(err, PL_ERR_INTERNAL, "%s: too large to be deflated whole",
                          item->path.ptr);
    }
    if (sha256) {
        memcpy(out.sha256, sha256, sizeof out.sha256);
    }
    if (sha256 && recall(deflater, item->id.size, false, &out) && out.data) {
        *ret = out;
        return PL_OK;
    }
    if (need_compressor(deflater, err) != PL_OK) {
        return err->code;
    }
    return item->id.size <= PL_REUSE_BYTES ? deflate_small(deflater, item, ret, err)
                                           : deflate_large(deflater, item, ret, err);
}

uint64_t pl_block_count(uint64_t size)
{
    return size / PL_BLOCK_BYTES + (size % PL_BLOCK_BYTES != 0 ? 1 : 0);
}

static enum pl_status need_stream(struct pl_deflater *d, struct pl_err *err)
{
    if (d->block) {
        return deflateReset(d->block) == Z_OK
                   ? PL_OK
                   : pl_err_set(err, PL_ERR_INTERNAL, "zlib: the stream cannot be started again");
    }
    z_stream *stream = calloc(1, sizeof(*stream));
    if (!stream) {
        return pl_err_nomem(err);
    }
    int level = d->level > Z_BEST_COMPRESSION ? Z_BEST_COMPRESSION : d->level;
    if (deflateInit2(stream, level, Z_DEFLATED, -MAX_WBITS, MAX_MEM_LEVEL, Z_DEFAULT_STRATEGY) !=
        Z_OK) {
        free(stream);
        return pl_err_nomem(err);
    }
    d->block = stream;
    return PL_OK;
}

/* The block in d->in with the window before it, n bytes together; *ret_key is its key. */
static bool recall_block(struct pl_deflater *d, size_t n, bool last, struct pl_cache_key *ret_key,
                         struct pl_block *ret)
{
    unsigned char sha256[PL_SHA256_SIZE];
    struct pl_deflated found;
    if (!d->cache) {
        return false;
    }
    pl_hash_bytes(d->in, n, sha256);
    *ret_key = pl_cache_key_of(sha256, last ? PL_CACHE_LAST_BLOCK : PL_CACHE_BLOCK, d->level);
    if (!pl_cache_get(d->cache, ret_key, n, &found)) {
        return false;
    }
    bool fits = found.data && found.packed <= d->out_cap;
    if (fits) {
        memcpy(d->out, found.data, found.packed);
        *ret = (struct pl_block){.data = d->out, .packed = found.packed, .crc = found.crc};
    }
    free(found.data);
    return fits;
}

enum pl_status pl_deflate_block(struct pl_deflater *deflater, const struct pl_plan_item *item,
                                int fd, uint64_t index, struct pl_block *ret, struct pl_err *err)
{
    uint64_t start = index * PL_BLOCK_BYTES;
    uint64_t left = item->id.size - start;
    size_t size = left > PL_BLOCK_BYTES ? PL_BLOCK_BYTES : (size_t)left;
    size_t window = index > 0 ? PL_BLOCK_WINDOW : 0;
    if (need_stream(deflater, err) != PL_OK) {
        return err->code;
    }
    z_stream *stream = deflater->block;
    /* The bound is for a finished stream; a sync flush adds an empty block of 5 bytes. */
    size_t room = deflateBound(stream, PL_BLOCK_BYTES) + 64;
    if (need_buffer(&deflater->in, &deflater->in_cap, size + window, err) != PL_OK ||
        need_buffer(&deflater->out, &deflater->out_cap, room, err) != PL_OK ||
        pl_planned_pread(item, fd, deflater->in, size + window, start - window, err) != PL_OK) {
        return err->code;
    }
    const unsigned char *bytes = deflater->in + window;
    bool last = size == left;
    struct pl_cache_key key;
    if (recall_block(deflater, size + window, last, &key, ret)) {
        ret->size = size;
        return PL_OK;
    }
    bool ok = window == 0 || deflateSetDictionary(stream, deflater->in, (uInt)window) == Z_OK;
    stream->next_in = deflater->in + window;
    stream->avail_in = (uInt)size;
    stream->next_out = deflater->out;
    stream->avail_out = (uInt)room;
    int done = ok ? deflate(stream, last ? Z_FINISH : Z_SYNC_FLUSH) : Z_STREAM_ERROR;
    if (done != (last ? Z_STREAM_END : Z_OK) || stream->avail_in != 0 || stream->avail_out == 0) {
        return pl_err_set(err, PL_ERR_INTERNAL, "%s: zlib: a block could not be deflated",
                          item->path.ptr);
    }
    *ret = (struct pl_block){.data = deflater->out,
                             .packed = room - stream->avail_out,
                             .size = size,
                             .crc = libdeflate_crc32(0, bytes, size)};
    if (deflater->cache) {
        struct pl_deflated out = {
            .packed = ret->packed, .crc = ret->crc, .method = PL_METHOD_DEFLATE};
        pl_cache_put(deflater->cache, &key, size + window, &out, ret->data);
    }
    return PL_OK;
}

enum pl_status pl_hash_planned(struct pl_deflater *deflater, const struct pl_plan_item *item,
                               int fd, unsigned char ret[PL_SHA256_SIZE], struct pl_err *err)
{
    struct pl_sha256 sha;
    pl_sha256_init(&sha);
    if (need_buffer(&deflater->in, &deflater->in_cap, PL_BUFFER_FIRST, err) != PL_OK) {
        return err->code;
    }
    for (uint64_t at = 0; at < item->id.size;) {
        uint64_t left = item->id.size - at;
        size_t n = left > PL_BUFFER_FIRST ? PL_BUFFER_FIRST : (size_t)left;
        if (pl_planned_pread(item, fd, deflater->in, n, at, err) != PL_OK) {
            return err->code;
        }
        pl_sha256_add(&sha, deflater->in, n);
        at += n;
    }
    pl_sha256_end(&sha, ret);
    return PL_OK;
}

uint32_t pl_crc(uint32_t crc, const void *bytes, size_t n)
{
    return libdeflate_crc32(crc, bytes, n);
}

uint32_t pl_crc_join(uint32_t first, uint32_t second, uint64_t second_bytes)
{
    return (uint32_t)crc32_combine(first, second, (z_off_t)second_bytes);
}
