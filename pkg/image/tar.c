#include "pkg/image/tar.h"

#include "pkg/base/arr.h"
#include "pkg/base/limits.h"

#include <stdlib.h>
#include <string.h>

/* Places in a header block (POSIX.1-2017, pax, "ustar Interchange Format"). */
enum {
    AT_NAME = 0,
    AT_MODE = 100,
    AT_UID = 108,
    AT_GID = 116,
    AT_SIZE = 124,
    AT_MTIME = 136,
    AT_SUM = 148,
    AT_TYPE = 156,
    AT_LINK = 157,
    AT_MAGIC = 257,
    AT_PREFIX = 345,
    LEN_NAME = 100,
    LEN_ID = 8,
    LEN_NUMBER = 12,
    LEN_PREFIX = 155,
    LEN_STAR_PREFIX = 131,
    AT_STAR = 508,
    /* GNU: a sparse file's first runs, and its real size. */
    AT_GNU_RUNS = 386,
    GNU_RUNS = 4,
    GNU_MORE_RUNS = 21,
    AT_GNU_MORE = 482,
    AT_GNU_MORE_MORE = 504,
    AT_GNU_SIZE = 483
};

/* What the PAX records before an entry say; zero what they do not. */
struct overrides {
    bool size, uid, gid, mtime, name, link;
    uint64_t size_is, uid_is, gid_is;
    int64_t mtime_is;
    bool sparse, map_in_data, real_size;
    uint64_t real_size_is;
    uint64_t run_at; /* sparse 0.0: the offset whose length comes next */
};

void pl_tar_init(struct pl_tar *tar, struct pl_stream *in)
{
    *tar = (struct pl_tar){.in = in};
    pl_buf_init(&tar->name, PL_MAX_PATH);
    pl_buf_init(&tar->link, PL_MAX_PATH);
    pl_buf_init(&tar->pax, PL_TAR_MAX_PAX);
}

void pl_tar_done(struct pl_tar *tar)
{
    pl_buf_done(&tar->name);
    pl_buf_done(&tar->link);
    pl_buf_done(&tar->pax);
    free(tar->run);
    tar->run = NULL;
}

static enum pl_status damaged(const struct pl_tar *tar, struct pl_err *err, const char *what)
{
    return pl_err_set(err, PL_ERR_FORMAT, "the tar is damaged at offset %llu: %s",
                      (unsigned long long)pl_stream_at(tar->in), what);
}

/* ---------------------------------------------------------------- fields */

/* Octal digits between blanks and NULs, or a number in base 256 (GNU, star). */
static bool read_number(const unsigned char *field, size_t n, int64_t *ret)
{
    uint64_t value = 0;
    size_t i = 0;
    if (field[0] & 0x80) {
        bool negative = (field[0] & 0x40) != 0;
        value = negative ? ~(uint64_t)0 << 6 | (field[0] & 0x3f) : field[0] & 0x3f;
        for (i = 1; i < n; i++) {
            if (!negative && value >> 55) {
                return false;
            }
            value = value << 8 | field[i];
        }
        *ret = (int64_t)value;
        return negative == (*ret < 0);
    }
    while (i < n && (field[i] == ' ' || field[i] == 0)) {
        i++;
    }
    for (; i < n && field[i] >= '0' && field[i] <= '7'; i++) {
        value = value << 3 | (unsigned)(field[i] - '0'); /* at most 36 bits */
    }
    for (; i < n; i++) {
        if (field[i] != ' ' && field[i] != 0) {
            return false;
        }
    }
    *ret = (int64_t)value;
    return true;
}

static bool read_size(const unsigned char *field, size_t n, uint64_t *ret)
{
    int64_t value = 0;
    if (!read_number(field, n, &value) || value < 0) {
        return false;
    }
    *ret = (uint64_t)value;
    return true;
}

static struct pl_slice read_text(const unsigned char *field, size_t n)
{
    struct pl_slice text = pl_slice_make((const char *)field, n);
    return pl_slice_sub(text, 0, pl_slice_find(text, '\0'));
}

bool pl_tar_is_header(const unsigned char *block)
{
    int64_t said = 0;
    int64_t sum = 0;
    int64_t signed_sum = 0; /* old tars summed signed characters */
    if (!read_number(block + AT_SUM, LEN_ID, &said)) {
        return false;
    }
    for (size_t i = 0; i < PL_TAR_BLOCK_BYTES; i++) {
        unsigned char byte = i >= AT_SUM && i < AT_SUM + LEN_ID ? ' ' : block[i];
        sum += byte;
        signed_sum += (signed char)byte;
    }
    return said == sum || said == signed_sum;
}

/* ---------------------------------------------------------------- the stream */

static uint64_t padded(uint64_t n)
{
    return (n + (PL_TAR_BLOCK_BYTES - 1)) & ~(uint64_t)(PL_TAR_BLOCK_BYTES - 1);
}

/* One block; *ret_more is false at the end of the stream. */
static PL_STATUS read_block(struct pl_tar *tar, unsigned char *block, bool *ret_more,
                            struct pl_err *err)
{
    size_t n = 0;
    if (pl_stream_read(tar->in, block, PL_TAR_BLOCK_BYTES, &n, err) != PL_OK) {
        return err->code;
    }
    *ret_more = n > 0;
    return n == 0 || n == PL_TAR_BLOCK_BYTES
               ? PL_OK
               : damaged(tar, err, "it ends in the middle of a block");
}

static PL_STATUS skip_body(struct pl_tar *tar, struct pl_err *err)
{
    uint64_t at = pl_stream_at(tar->in);
    uint64_t n = 0;
    if (at >= tar->body_end) {
        return PL_OK;
    }
    if (pl_stream_skip(tar->in, tar->body_end - at, &n, err) != PL_OK) {
        return err->code;
    }
    /* Some writers leave out the padding of the last file, as Go does take it. */
    return n + PL_TAR_BLOCK_BYTES > tar->body_end - at
               ? PL_OK
               : damaged(tar, err, "it ends in the middle of a file");
}

static PL_STATUS set_body(struct pl_tar *tar, uint64_t size, struct pl_err *err)
{
    uint64_t at = pl_stream_at(tar->in);
    if (size > (uint64_t)INT64_MAX - at - PL_TAR_BLOCK_BYTES) {
        return damaged(tar, err, "a size that no file has");
    }
    tar->body_end = at + padded(size);
    return PL_OK;
}

/* The body of a header that is about the next one. */
static PL_STATUS read_text_body(struct pl_tar *tar, uint64_t size, struct pl_buf *to,
                                struct pl_err *err)
{
    size_t n = 0;
    pl_buf_clear(to);
    if (size > to->max) {
        return damaged(tar, err, "a name or extended header that is too long");
    }
    if (set_body(tar, size, err) != PL_OK || pl_buf_reserve(to, (size_t)size, err) != PL_OK ||
        pl_stream_read(tar->in, to->data, (size_t)size, &n, err) != PL_OK) {
        return err->code;
    }
    if (n < size) {
        return damaged(tar, err, "it ends in the middle of an extended header");
    }
    pl_buf_grew(to, n);
    return skip_body(tar, err);
}

/* ---------------------------------------------------------------- sparse files */

static PL_STATUS add_run(struct pl_tar *tar, uint64_t at, uint64_t len, struct pl_err *err)
{
    struct pl_tar_run *last = tar->n_run > 0 ? &tar->run[tar->n_run - 1] : NULL;
    if (at > INT64_MAX || len > INT64_MAX - at || (last && at < last->at + last->len)) {
        return damaged(tar, err, "a sparse file whose runs are out of order");
    }
    if (tar->n_run == PL_TAR_MAX_RUNS) {
        return damaged(tar, err, "a sparse file of too many runs");
    }
    struct pl_tar_run *run = pl_arr_grow(tar->run, &tar->cap_run, tar->n_run + 1, sizeof *run,
                                         PL_TAR_MAX_RUNS, "runs", err);
    if (!run) {
        return err->code;
    }
    tar->run = run;
    run[tar->n_run++] = (struct pl_tar_run){at, len};
    return PL_OK;
}

static PL_STATUS read_gnu_runs(struct pl_tar *tar, const unsigned char *field, unsigned n,
                               struct pl_err *err)
{
    for (unsigned i = 0; i < n; i++, field += 2 * LEN_NUMBER) {
        uint64_t at = 0;
        uint64_t len = 0;
        if (field[0] == 0) {
            return PL_OK;
        }
        if (!read_size(field, LEN_NUMBER, &at) ||
            !read_size(field + LEN_NUMBER, LEN_NUMBER, &len)) {
            return damaged(tar, err, "a sparse file's map cannot be read");
        }
        if (add_run(tar, at, len, err) != PL_OK) {
            return err->code;
        }
    }
    return PL_OK;
}

/* GNU's old form: the map is in the header and in blocks behind it. */
static PL_STATUS read_gnu_sparse(struct pl_tar *tar, const unsigned char *block,
                                 struct pl_tar_entry *e, struct pl_err *err)
{
    unsigned char more[PL_TAR_BLOCK_BYTES];
    bool is_more = block[AT_GNU_MORE] != 0;
    bool there = true;
    tar->n_run = 0;
    if (!read_size(block + AT_GNU_SIZE, LEN_NUMBER, &e->size)) {
        return damaged(tar, err, "a sparse file's size cannot be read");
    }
    if (read_gnu_runs(tar, block + AT_GNU_RUNS, GNU_RUNS, err) != PL_OK) {
        return err->code;
    }
    while (is_more) {
        if (read_block(tar, more, &there, err) != PL_OK) {
            return err->code;
        }
        if (!there) {
            return damaged(tar, err, "it ends in the middle of a sparse file's map");
        }
        if (read_gnu_runs(tar, more, GNU_MORE_RUNS, err) != PL_OK) {
            return err->code;
        }
        is_more = more[AT_GNU_MORE_MORE] != 0;
    }
    e->sparse = true;
    return PL_OK;
}

/* A decimal number and a line end, from a body that is read as it goes. */
static PL_STATUS read_line_number(struct pl_tar *tar, uint64_t *left, uint64_t *ret,
                                  struct pl_err *err)
{
    uint64_t value = 0;
    for (unsigned digits = 0;; digits++) {
        char c = 0;
        size_t n = 0;
        if (*left == 0 || digits > 19) {
            return damaged(tar, err, "a sparse file's map cannot be read");
        }
        if (pl_stream_read(tar->in, &c, 1, &n, err) != PL_OK) {
            return err->code;
        }
        (*left)--;
        if (n == 1 && c == '\n' && digits > 0) {
            *ret = value;
            return PL_OK;
        }
        if (n == 0 || c < '0' || c > '9' || value > (uint64_t)INT64_MAX / 10 - 9) {
            return damaged(tar, err, "a sparse file's map cannot be read");
        }
        value = value * 10 + (uint64_t)(c - '0');
    }
}

/* PAX 1.0: the map stands before the data, padded to whole blocks. */
static PL_STATUS read_map_in_data(struct pl_tar *tar, struct pl_tar_entry *e, struct pl_err *err)
{
    uint64_t left = e->stored;
    uint64_t count = 0;
    uint64_t passed = 0;
    tar->n_run = 0;
    if (read_line_number(tar, &left, &count, err) != PL_OK) {
        return err->code;
    }
    for (uint64_t i = 0; i < count; i++) {
        uint64_t at = 0;
        uint64_t len = 0;
        if (read_line_number(tar, &left, &at, err) != PL_OK ||
            read_line_number(tar, &left, &len, err) != PL_OK ||
            add_run(tar, at, len, err) != PL_OK) {
            return err->code;
        }
    }
    uint64_t used = e->stored - left;
    uint64_t pad = padded(used) - used;
    pad = pad < left ? pad : left;
    if (pl_stream_skip(tar->in, pad, &passed, err) != PL_OK) {
        return err->code;
    }
    e->stored = left - pad;
    return PL_OK;
}

static PL_STATUS check_runs(const struct pl_tar *tar, const struct pl_tar_entry *e,
                            struct pl_err *err)
{
    uint64_t total = 0;
    for (size_t i = 0; i < tar->n_run; i++) {
        if (tar->run[i].at + tar->run[i].len > e->size || tar->run[i].len > e->stored - total) {
            return damaged(tar, err, "a sparse file's map does not fit its size");
        }
        total += tar->run[i].len;
    }
    return PL_OK;
}

/* ---------------------------------------------------------------- PAX */

/* "1350244992.023960108": the fraction is dropped. */
static int64_t read_seconds(struct pl_slice value)
{
    uint64_t n = 0;
    bool negative = pl_slice_starts(value, PL_SLICE("-"));
    struct pl_slice digits = pl_slice_sub(value, negative ? 1 : 0, pl_slice_find(value, '.'));
    if (!pl_slice_u64(digits, &n) || n > INT64_MAX) {
        return 0;
    }
    return negative ? -(int64_t)n : (int64_t)n;
}

static PL_STATUS take_name(struct pl_buf *to, struct pl_slice value, bool *ret, struct pl_err *err)
{
    pl_buf_clear(to);
    *ret = value.len > 0; /* an empty record takes an earlier one back */
    return pl_buf_slice(to, value, err);
}

/* "0,512,1024,512" */
static PL_STATUS read_map_record(struct pl_tar *tar, struct pl_slice value, struct pl_err *err)
{
    struct pl_slice at_text;
    struct pl_slice len_text;
    tar->n_run = 0;
    while (value.len > 0 && pl_slice_next(&value, ',', &at_text)) {
        uint64_t at = 0;
        uint64_t len = 0;
        if (!pl_slice_next(&value, ',', &len_text) || !pl_slice_u64(at_text, &at) ||
            !pl_slice_u64(len_text, &len)) {
            return damaged(tar, err, "a sparse file's map cannot be read");
        }
        if (add_run(tar, at, len, err) != PL_OK) {
            return err->code;
        }
    }
    return PL_OK;
}

/* What GNU tar says of a sparse file in PAX records (GNU tar manual, "Sparse Formats"). */
static PL_STATUS take_sparse(struct pl_tar *tar, struct overrides *o, struct pl_slice key,
                             struct pl_slice value, struct pl_err *err)
{
    uint64_t n = 0;
    bool number = pl_slice_u64(value, &n);
    o->sparse = true;
    if (pl_slice_is(key, "name")) {
        return take_name(&tar->name, value, &o->name, err);
    }
    if (pl_slice_is(key, "map")) {
        return read_map_record(tar, value, err);
    }
    if (pl_slice_is(key, "major")) {
        o->map_in_data = number && n == 1;
    } else if (number && (pl_slice_is(key, "realsize") || pl_slice_is(key, "size"))) {
        o->real_size = true;
        o->real_size_is = n;
    } else if (pl_slice_is(key, "offset")) {
        o->run_at = n;
    } else if (pl_slice_is(key, "numbytes")) {
        return add_run(tar, o->run_at, n, err);
    }
    return PL_OK;
}

static PL_STATUS take_record(struct pl_tar *tar, struct overrides *o, struct pl_slice key,
                             struct pl_slice value, struct pl_err *err)
{
    static const struct pl_slice sparse = PL_SLICE_INIT("GNU.sparse.");
    if (pl_slice_starts(key, sparse)) {
        return take_sparse(tar, o, pl_slice_sub(key, sparse.len, key.len), value, err);
    }
    if (pl_slice_is(key, "path")) {
        return take_name(&tar->name, value, &o->name, err);
    }
    if (pl_slice_is(key, "linkpath")) {
        return take_name(&tar->link, value, &o->link, err);
    }
    if (pl_slice_is(key, "size")) {
        o->size = pl_slice_u64(value, &o->size_is);
        return o->size || value.len == 0 ? PL_OK : damaged(tar, err, "a size that is no number");
    }
    if (pl_slice_is(key, "uid")) {
        o->uid = pl_slice_u64(value, &o->uid_is);
    } else if (pl_slice_is(key, "gid")) {
        o->gid = pl_slice_u64(value, &o->gid_is);
    } else if (pl_slice_is(key, "mtime")) {
        o->mtime = value.len > 0;
        o->mtime_is = read_seconds(value);
    }
    return PL_OK;
}

/* Records "LENGTH KEY=VALUE\n", where the length counts itself. */
static PL_STATUS read_records(struct pl_tar *tar, struct overrides *o, struct pl_err *err)
{
    struct pl_slice rest = pl_buf_view(&tar->pax);
    tar->n_run = 0;
    while (rest.len > 0 && rest.ptr[0] != '\0') {
        uint64_t len = 0;
        size_t blank = pl_slice_find(rest, ' ');
        if (!pl_slice_u64(pl_slice_sub(rest, 0, blank), &len) || len <= blank + 1 ||
            len > rest.len || rest.ptr[len - 1] != '\n') {
            return damaged(tar, err, "an extended header cannot be read");
        }
        struct pl_slice record = pl_slice_sub(rest, blank + 1, (size_t)len - 1);
        size_t is = pl_slice_find(record, '=');
        if (is == record.len) {
            return damaged(tar, err, "an extended header cannot be read");
        }
        if (take_record(tar, o, pl_slice_sub(record, 0, is),
                        pl_slice_sub(record, is + 1, record.len), err) != PL_OK) {
            return err->code == PL_ERR_LIMIT ? damaged(tar, err, "a name that is too long")
                                             : err->code;
        }
        rest = pl_slice_sub(rest, (size_t)len, rest.len);
    }
    return PL_OK;
}

/* ---------------------------------------------------------------- entries */

static PL_STATUS read_name(struct pl_tar *tar, const unsigned char *block, struct pl_err *err)
{
    struct pl_slice prefix = {0};
    pl_buf_clear(&tar->name);
    if (memcmp(block + AT_MAGIC, "ustar\0", 6) == 0) {
        bool star = memcmp(block + AT_STAR, "tar\0", 4) == 0;
        prefix = read_text(block + AT_PREFIX, star ? LEN_STAR_PREFIX : LEN_PREFIX);
    }
    if (prefix.len > 0 && (pl_buf_slice(&tar->name, prefix, err) != PL_OK ||
                           pl_buf_byte(&tar->name, '/', err) != PL_OK)) {
        return err->code;
    }
    return pl_buf_slice(&tar->name, read_text(block + AT_NAME, LEN_NAME), err);
}

static uint8_t type_of(const unsigned char *block, struct pl_slice name)
{
    unsigned char type = block[AT_TYPE];
    if (type == 0 || type == '0' || type == '7' || type == 'S') {
        /* Before POSIX a folder was a file with a slash behind its name. */
        return type == 0 && pl_slice_ends(name, PL_SLICE("/")) ? PL_TAR_FOLDER : PL_TAR_FILE;
    }
    return type >= '1' && type <= '6' ? type : PL_TAR_OTHER;
}

/* The fields of the header proper, under what the extended headers said. */
static PL_STATUS read_fields(struct pl_tar *tar, const unsigned char *block,
                             const struct overrides *o, struct pl_tar_entry *e, struct pl_err *err)
{
    int64_t mode = 0;
    bool fine = read_number(block + AT_MODE, LEN_ID, &mode) &&
                (o->uid || read_size(block + AT_UID, LEN_ID, &e->uid)) &&
                (o->gid || read_size(block + AT_GID, LEN_ID, &e->gid)) &&
                (o->size || read_size(block + AT_SIZE, LEN_NUMBER, &e->stored)) &&
                (o->mtime || read_number(block + AT_MTIME, LEN_NUMBER, &e->mtime));
    if (!fine) {
        return damaged(tar, err, "a header with a number that cannot be read");
    }
    e->mode = (int32_t)(mode & 07777);
    e->uid = o->uid ? o->uid_is : e->uid;
    e->gid = o->gid ? o->gid_is : e->gid;
    e->mtime = o->mtime ? o->mtime_is : e->mtime;
    e->stored = o->size ? o->size_is : e->stored;
    if (!o->name && read_name(tar, block, err) != PL_OK) {
        return err->code;
    }
    if (!o->link) {
        pl_buf_clear(&tar->link);
        if (pl_buf_slice(&tar->link, read_text(block + AT_LINK, LEN_NAME), err) != PL_OK) {
            return err->code;
        }
    }
    e->type = type_of(block, pl_buf_view(&tar->name));
    if (e->type != PL_TAR_FILE && e->type != PL_TAR_OTHER) {
        e->stored = 0; /* as archive/tar has it: only files have a body */
    }
    e->size = e->type == PL_TAR_FILE ? e->stored : 0;
    return PL_OK;
}

static PL_STATUS read_entry(struct pl_tar *tar, const unsigned char *block,
                            const struct overrides *o, struct pl_tar_entry *e, struct pl_err *err)
{
    if (read_fields(tar, block, o, e, err) != PL_OK) {
        return err->code;
    }
    if (block[AT_TYPE] == 'S' && read_gnu_sparse(tar, block, e, err) != PL_OK) {
        return err->code;
    }
    if (set_body(tar, e->stored, err) != PL_OK) {
        return err->code;
    }
    if (o->sparse && e->type == PL_TAR_FILE) {
        if (o->map_in_data && read_map_in_data(tar, e, err) != PL_OK) {
            return err->code;
        }
        e->sparse = true;
        e->size = o->real_size ? o->real_size_is : e->size;
    }
    e->data = pl_stream_at(tar->in);
    e->name = pl_buf_view(&tar->name);
    e->link = pl_buf_view(&tar->link);
    e->run = e->sparse ? tar->run : NULL;
    e->n_run = e->sparse ? (uint32_t)tar->n_run : 0;
    return e->sparse ? check_runs(tar, e, err) : PL_OK;
}

/* A header that is about the entry behind it; *ret_is says whether this is one. */
static PL_STATUS read_extended(struct pl_tar *tar, const unsigned char *block, struct overrides *o,
                               bool *ret_is, struct pl_err *err)
{
    uint64_t size = 0;
    unsigned char type = block[AT_TYPE];
    *ret_is = type == 'x' || type == 'g' || type == 'L' || type == 'K';
    if (!*ret_is) {
        return PL_OK;
    }
    if (!read_size(block + AT_SIZE, LEN_NUMBER, &size)) {
        return damaged(tar, err, "a header with a number that cannot be read");
    }
    struct pl_buf *to = type == 'L' ? &tar->name : type == 'K' ? &tar->link : &tar->pax;
    if (read_text_body(tar, size, to, err) != PL_OK) {
        return err->code;
    }
    if (type == 'x') {
        return read_records(tar, o, err);
    }
    if (type != 'g') { /* a NUL ends GNU's long names */
        struct pl_slice text = pl_buf_view(to);
        to->len = pl_slice_find(text, '\0');
        to->data[to->len] = '\0';
        *(type == 'L' ? &o->name : &o->link) = to->len > 0;
    }
    return PL_OK;
}

static bool is_zero(const unsigned char *block)
{
    for (size_t i = 0; i < PL_TAR_BLOCK_BYTES; i++) {
        if (block[i] != 0) {
            return false;
        }
    }
    return true;
}

PL_STATUS pl_tar_next(struct pl_tar *tar, struct pl_tar_entry *ret, bool *ret_more,
                      struct pl_err *err)
{
    unsigned char block[PL_TAR_BLOCK_BYTES];
    struct overrides o = {0};
    struct pl_tar_entry e = {0};
    bool extended = true;
    while (extended) {
        bool more = false;
        if (skip_body(tar, err) != PL_OK) {
            return err->code;
        }
        e.header = pl_stream_at(tar->in);
        if (read_block(tar, block, &more, err) != PL_OK) {
            return err->code;
        }
        if (!more || is_zero(block)) {
            tar->ended = more;
            *ret_more = false;
            return PL_OK;
        }
        if (!pl_tar_is_header(block)) {
            return damaged(tar, err, "no header stands where one should");
        }
        tar->headers++;
        if (read_extended(tar, block, &o, &extended, err) != PL_OK) {
            return err->code;
        }
    }
    if (read_entry(tar, block, &o, &e, err) != PL_OK) {
        return err->code;
    }
    *ret = e;
    *ret_more = true;
    return PL_OK;
}
