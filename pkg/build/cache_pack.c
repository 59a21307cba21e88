/*
 * A pack on disk: a header that names what the bytes depend on, deflated bytes, the list of the
 * records, and an end that says where the list is.  The list, the header and the end have one
 * checksum, and each record's bytes have another: no byte of the file is without.
 */
#include "pkg/base/arr.h"
#include "pkg/base/file.h"
#include "pkg/build/cache_bytes.h"
#include "pkg/build/cache_store.h"
#include "pkg/build/pack.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum { HEADER_BYTES = 64, RECORD_BYTES = 64, END_BYTES = 32, MAGIC_BYTES = 8 };
#define PACK_RECORDS_MAX 1000000u

static const char end_magic[MAGIC_BYTES + 1] = "plimend1";

static void make_header(unsigned char ret[HEADER_BYTES])
{
    memset(ret, 0, HEADER_BYTES);
    (void)snprintf((char *)ret, HEADER_BYTES, "plimsoll pack 1 libdeflate %s zlib %s",
                   pl_pack_deflate_version(), zlibVersion());
}

static void put_record(unsigned char *to, const struct pl_cache_record *record)
{
    memset(to, 0, RECORD_BYTES);
    memcpy(to, record->key.bytes, PL_CACHE_KEY_BYTES);
    to[34] = record->method;
    pl_put_u32(to + 36, record->size);
    pl_put_u32(to + 40, record->packed);
    pl_put_u32(to + 44, record->crc);
    pl_put_u32(to + 48, record->sum);
    pl_put_u64(to + 52, record->at);
}

static bool get_record(const unsigned char *from, uint64_t data_end, struct pl_cache_record *ret)
{
    *ret = (struct pl_cache_record){.method = from[34],
                                    .size = pl_get_u32(from + 36),
                                    .packed = pl_get_u32(from + 40),
                                    .crc = pl_get_u32(from + 44),
                                    .sum = pl_get_u32(from + 48),
                                    .at = pl_get_u64(from + 52)};
    memcpy(ret->key.bytes, from, PL_CACHE_KEY_BYTES);
    return (ret->method == PL_METHOD_STORE || ret->method == PL_METHOD_DEFLATE) &&
           (ret->method == PL_METHOD_STORE) == (ret->packed == 0) && ret->at >= HEADER_BYTES &&
           ret->at <= data_end && ret->packed <= data_end - ret->at;
}

static enum pl_status damaged(const char *name, struct pl_err *err)
{
    return pl_err_set(err, PL_ERR_FORMAT, "%s is damaged, or of another version", name);
}

static uint32_t sum_of(const unsigned char *header, const unsigned char *list, size_t n,
                       const unsigned char *end)
{
    uint32_t sum = pl_crc(0, header, HEADER_BYTES);
    sum = pl_crc(sum, list, n);
    return pl_crc(sum, end, END_BYTES - 8);
}

static enum pl_status read_list(int fd, const char *name, uint64_t size, unsigned char **ret,
                                size_t *ret_n, struct pl_err *err)
{
    unsigned char header[HEADER_BYTES], want[HEADER_BYTES], end[END_BYTES];
    make_header(want);
    if (size < HEADER_BYTES + END_BYTES) {
        return damaged(name, err);
    }
    if (pl_file_pread(fd, name, header, sizeof header, 0, err) != PL_OK ||
        pl_file_pread(fd, name, end, sizeof end, size - END_BYTES, err) != PL_OK) {
        return err->code;
    }
    uint64_t n = pl_get_u64(end + 8);
    uint64_t at = pl_get_u64(end + 16);
    uint64_t room = size - HEADER_BYTES - END_BYTES;
    if (memcmp(header, want, sizeof want) != 0 || memcmp(end, end_magic, MAGIC_BYTES) != 0 ||
        n > PACK_RECORDS_MAX || n > room / RECORD_BYTES ||
        at != size - END_BYTES - n * RECORD_BYTES) {
        return damaged(name, err);
    }
    size_t bytes = (size_t)n * RECORD_BYTES;
    unsigned char *list = malloc(bytes + 1);
    if (!list) {
        return pl_err_nomem(err);
    }
    enum pl_status status = pl_file_pread(fd, name, list, bytes, at, err);
    if (status == PL_OK &&
        (pl_get_u32(end + 24) != sum_of(header, list, bytes, end) || pl_get_u32(end + 28) != 0)) {
        status = damaged(name, err);
    }
    if (status != PL_OK) {
        free(list);
        return status;
    }
    *ret = list;
    *ret_n = (size_t)n;
    return PL_OK;
}

enum pl_status pl_cache_pack_load(int fd, const char *name, struct pl_cache_record **ret,
                                  size_t *ret_n, struct pl_err *err)
{
    struct stat st;
    unsigned char *list = NULL;
    size_t n = 0;
    if (fstat(fd, &st) != 0) {
        return pl_err_sys(err, errno, "%s", name);
    }
    if (!S_ISREG(st.st_mode) || st.st_size < 0) {
        return damaged(name, err);
    }
    uint64_t size = (uint64_t)st.st_size;
    if (read_list(fd, name, size, &list, &n, err) != PL_OK) {
        return err->code;
    }
    struct pl_cache_record *record = pl_arr_zeroed(n, sizeof *record, err);
    enum pl_status status = record ? PL_OK : err->code;
    for (size_t i = 0; status == PL_OK && i < n; i++) {
        if (!get_record(list + i * RECORD_BYTES, size - END_BYTES - n * RECORD_BYTES, &record[i])) {
            status = damaged(name, err);
        }
    }
    free(list);
    if (status != PL_OK) {
        free(record);
        return status;
    }
    *ret = record;
    *ret_n = n;
    return PL_OK;
}

enum pl_status pl_cache_pack_begin(int dir, unsigned number, struct pl_cache_pack *ret,
                                   uint64_t *ret_end, struct pl_err *err)
{
    struct pl_cache_pack pack = {.fd = -1, .used = true};
    unsigned char header[HEADER_BYTES];
    make_header(header);
    (void)snprintf(pack.name, sizeof pack.name, ".%ld-%u.tmp", (long)getpid(), number);
    /* One of this name is a killed process's, whose number we have now. */
    (void)unlinkat(dir, pack.name, 0);
    pack.fd = openat(dir, pack.name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (pack.fd < 0) {
        return pl_err_sys(err, errno, "a pack cannot be made");
    }
    if (pl_file_pwrite(pack.fd, "the pack", header, sizeof header, 0, err) != PL_OK) {
        (void)unlinkat(dir, pack.name, 0);
        pl_fd_close(&pack.fd);
        return err->code;
    }
    *ret = pack;
    *ret_end = HEADER_BYTES;
    return PL_OK;
}

static enum pl_status rename_pack(int dir, struct pl_cache_pack *pack, const unsigned char *list,
                                  size_t n, struct pl_err *err)
{
    struct pl_sha256 sha;
    unsigned char digest[PL_SHA256_SIZE];
    char hex[PL_SHA256_HEX], name[sizeof pack->name];
    pl_sha256_init(&sha);
    pl_sha256_add(&sha, list, n);
    pl_sha256_end(&sha, digest);
    pl_sha256_hex(digest, hex);
    /* Of two packs with one list either will do. */
    (void)snprintf(name, sizeof name, "%.32s.pack", hex);
    if (renameat(dir, pack->name, dir, name) != 0) {
        return pl_err_sys(err, errno, "a pack cannot be named");
    }
    memcpy(pack->name, name, sizeof name);
    return PL_OK;
}

enum pl_status pl_cache_pack_publish(struct pl_cache *cache, struct pl_err *err)
{
    unsigned char header[HEADER_BYTES], tail[END_BYTES] = {0};
    struct pl_cache_pack *pack = &cache->pack[cache->writer];
    unsigned char *list = malloc(cache->n_record * RECORD_BYTES + 1);
    size_t bytes = 0;
    if (!list) {
        return pl_err_nomem(err);
    }
    for (size_t i = 0; i < cache->n_record; i++) {
        if (cache->record[i].pack == cache->writer && !cache->record[i].dead) {
            put_record(list + bytes, &cache->record[i]);
            bytes += RECORD_BYTES;
        }
    }
    make_header(header);
    memcpy(tail, end_magic, MAGIC_BYTES);
    pl_put_u64(tail + 8, bytes / RECORD_BYTES);
    pl_put_u64(tail + 16, cache->end);
    pl_put_u32(tail + 24, sum_of(header, list, bytes, tail));
    enum pl_status status = pl_file_pwrite(pack->fd, "the pack", list, bytes, cache->end, err);
    if (status == PL_OK) {
        status = pl_file_pwrite(pack->fd, "the pack", tail, sizeof tail, cache->end + bytes, err);
    }
    if (status == PL_OK) {
        status = rename_pack(cache->dir, pack, list, bytes, err);
    }
    if (status != PL_OK) {
        (void)unlinkat(cache->dir, pack->name, 0);
    }
    free(list);
    return status;
}
