#include "pkg/archive/zip_write.h"

#include "pkg/archive/zip_sink.h"
#include "pkg/base/arr.h"
#include "pkg/base/text.h"

#include <stdlib.h>
#include <string.h>
#include <zip.h>

/*
 * How libzip is used (1.7.3 and later).  zip_close pulls the entries in index order and asks STAT
 * when an entry's turn comes, and once more behind its CLOSE.  Our STAT says method, sizes and CRC
 * of bytes that are deflated already, and sets the entry's method to match, so that libzip copies
 * them.  A stored entry whose method says deflate would be compressed again.
 */

/*
 * libzip keeps times as time_t, turned with the local time zone in both directions: a time that
 * does not exist there (the hour that summer time skips) comes out as another one.  So the two time
 * fields are put in on the way out.  Headers are the only writes that start with these signatures
 * while no entry's data is being copied: names with control characters are refused.
 */
enum {
    PL_LOCAL_BYTES = 30, /* APPNOTE 4.3.7 */
    PL_LOCAL_TIME = 10,
    PL_CENTRAL_BYTES = 46, /* APPNOTE 4.3.12 */
    PL_CENTRAL_TIME = 12
};

/* Upper half of the external attributes: the Unix mode with its file type. */
enum { PL_UNIX_FILE = 0100000, PL_UNIX_FOLDER = 0040000, PL_UNIX_LINK = 0120000 };
/* Given to libzip so that it does not ask the clock; what is written is the target's time. */
enum { PL_ANY_TIME = 1000000000 };
/* MS-DOS attribute of a folder, for readers that know no Unix modes. */
enum { PL_DOS_FOLDER = 0x10 };
/* APPNOTE 4.4.10: the length of a name has 16 bits. */
enum { PL_ZIP_NAME_MAX = 65535 };

struct writer;

/* What a callback of libzip needs to know. */
struct entry {
    struct writer *writer;
    size_t index;
    struct pl_zip_packed packed;
    bool fetched, released;
};

struct writer {
    zip_t *zip; /* NULL before it is open */
    struct pl_zip_sink sink;
    const struct pl_zip_target *to;
    const struct pl_zip_source *from;
    struct entry *entry; /* owned */
    bool in_data;        /* an entry's data is being copied */
    struct pl_err *err;
    bool failed; /* *err says why */
    zip_error_t error;
};

/* The text behind it is in writer->err; libzip only needs to see that something failed. */
static zip_int64_t fail(struct writer *w)
{
    w->failed = true;
    zip_error_set(&w->error, ZIP_ER_INTERNAL, 0);
    return -1;
}

static zip_int64_t entry_stat(struct entry *e, void *data)
{
    struct writer *w = e->writer;
    if (!e->fetched) {
        pl_zip_sink_settle(&w->sink);
        if (w->from->fetch(w->from->ctx, e->index, &e->packed, w->err) != PL_OK) {
            return fail(w);
        }
        e->fetched = true;
        if (zip_set_file_compression(
                w->zip, e->index, e->packed.method == ZIP_CM_STORE ? ZIP_CM_STORE : ZIP_CM_DEFLATE,
                0) != 0) {
            pl_ignore(pl_err_set(w->err, PL_ERR_INTERNAL, "libzip: %s", zip_strerror(w->zip)),
                      "fail() says so");
            return fail(w);
        }
    }
    zip_stat_t *st = data;
    zip_stat_init(st);
    st->valid = ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD | ZIP_STAT_CRC;
    st->size = e->packed.size;
    st->comp_size = e->packed.packed;
    st->comp_method = e->packed.method;
    st->crc = e->packed.crc;
    return (zip_int64_t)sizeof(*st);
}

static zip_int64_t entry_read(struct entry *e, void *data, zip_uint64_t len)
{
    struct writer *w = e->writer;
    size_t n = 0;
    if (w->from->read(w->from->ctx, e->index, data, (size_t)len, &n, w->err) != PL_OK) {
        return fail(w);
    }
    return (zip_int64_t)n;
}

static void entry_release(struct entry *e)
{
    if (e->fetched && !e->released) {
        e->released = true;
        e->writer->from->release(e->writer->from->ctx, e->index);
    }
}

static zip_int64_t entry_call(void *state, void *data, zip_uint64_t len, zip_source_cmd_t cmd)
{
    struct entry *e = state;
    switch ((int)cmd) {
    case ZIP_SOURCE_OPEN:
        e->writer->in_data = true;
        return 0;
    case ZIP_SOURCE_READ:
        return entry_read(e, data, len);
    case ZIP_SOURCE_CLOSE: /* one pass only: SUPPORTS promises no more */
        e->writer->in_data = false;
        entry_release(e);
        return 0;
    case ZIP_SOURCE_STAT:
        return entry_stat(e, data);
    case ZIP_SOURCE_ERROR:
        return zip_error_to_data(&e->writer->error, data, len);
    case ZIP_SOURCE_FREE:
        return 0;
    case ZIP_SOURCE_SUPPORTS:
        return ZIP_SOURCE_SUPPORTS_READABLE;
    default:
        zip_error_set(&e->writer->error, ZIP_ER_OPNOTSUPP, 0);
        return -1;
    }
}

static void put_u16(unsigned char *to, uint16_t value)
{
    to[0] = (unsigned char)(value & 0xff);
    to[1] = (unsigned char)(value >> 8);
}

/* Where the time stands in what libzip is about to write, or 0 when that is no header. */
static size_t time_offset(const struct writer *w, const void *data, size_t len)
{
    if (w->in_data) {
        return 0;
    }
    if (len >= PL_LOCAL_BYTES && memcmp(data, "PK\3\4", 4) == 0) {
        return PL_LOCAL_TIME;
    }
    return len >= PL_CENTRAL_BYTES && memcmp(data, "PK\1\2", 4) == 0 ? PL_CENTRAL_TIME : 0;
}

static zip_int64_t sink_write(struct writer *w, const void *data, size_t len)
{
    const unsigned char *bytes = data;
    size_t at = time_offset(w, data, len);
    unsigned char head[PL_CENTRAL_TIME + 4];
    if (at > 0) {
        memcpy(head, bytes, at);
        put_u16(head + at, w->to->dos_time);
        put_u16(head + at + 2, w->to->dos_date);
        at += 4;
    }
    if (pl_zip_sink_write(&w->sink, head, at, w->err) != PL_OK ||
        pl_zip_sink_write(&w->sink, bytes + at, len - at, w->err) != PL_OK) {
        return fail(w);
    }
    return (zip_int64_t)len;
}

static zip_int64_t sink_seek(struct writer *w, void *data, zip_uint64_t len)
{
    uint64_t end = w->sink.base + w->sink.len;
    zip_int64_t pos = zip_source_seek_compute_offset(w->sink.pos, end, data, len, &w->error);
    if (pos < 0) {
        return -1;
    }
    return pl_zip_sink_seek(&w->sink, (uint64_t)pos, w->err) == PL_OK ? 0 : fail(w);
}

static zip_int64_t sink_stat(void *data)
{
    zip_stat_t *st = data;
    zip_stat_init(st);
    st->valid = ZIP_STAT_SIZE; /* an empty file: libzip starts a new archive */
    st->size = 0;
    return (zip_int64_t)sizeof(*st);
}

static zip_int64_t sink_call(void *state, void *data, zip_uint64_t len, zip_source_cmd_t cmd)
{
    struct writer *w = state;
    switch ((int)cmd) {
    case ZIP_SOURCE_STAT:
        return sink_stat(data);
    case ZIP_SOURCE_WRITE:
        return sink_write(w, data, (size_t)len);
    case ZIP_SOURCE_SEEK_WRITE:
        return sink_seek(w, data, len);
    case ZIP_SOURCE_TELL_WRITE:
        return (zip_int64_t)w->sink.pos;
    case ZIP_SOURCE_ERROR:
        return zip_error_to_data(&w->error, data, len);
    case ZIP_SOURCE_SUPPORTS:
        return ZIP_SOURCE_SUPPORTS_WRITABLE;
    case ZIP_SOURCE_OPEN:
    case ZIP_SOURCE_CLOSE:
    case ZIP_SOURCE_READ:
    case ZIP_SOURCE_SEEK:
    case ZIP_SOURCE_TELL:
    case ZIP_SOURCE_BEGIN_WRITE:
    case ZIP_SOURCE_COMMIT_WRITE:
    case ZIP_SOURCE_ROLLBACK_WRITE:
    case ZIP_SOURCE_REMOVE:
    case ZIP_SOURCE_FREE:
        return 0;
    default:
        zip_error_set(&w->error, ZIP_ER_OPNOTSUPP, 0);
        return -1;
    }
}

static enum pl_status libzip_failed(struct writer *w, const char *doing, struct pl_err *err)
{
    if (w->failed) {
        return err->code; /* our own callback's error, whole */
    }
    /* Where libzip fails and sets no error, an allocation failed: every other cause sets one. */
    int code = zip_error_code_zip(zip_get_error(w->zip));
    if (code == ZIP_ER_MEMORY || code == ZIP_ER_OK) {
        return pl_err_nomem(err);
    }
    return pl_err_set(err, PL_ERR_INTERNAL, "libzip: %s: %s", doing, zip_strerror(w->zip));
}

static enum pl_status open_archive(struct writer *w, struct pl_err *err)
{
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t *source = zip_source_function_create(sink_call, w, &error);
    if (source) {
        w->zip = zip_open_from_source(source, ZIP_CREATE | ZIP_TRUNCATE, &error);
        if (!w->zip) {
            zip_source_free(source);
        }
    }
    if (!w->zip) {
        pl_ignore(zip_error_code_zip(&error) == ZIP_ER_MEMORY
                      ? pl_err_nomem(err)
                      : pl_err_set(err, PL_ERR_INTERNAL, "libzip: %s", zip_error_strerror(&error)),
                  "returned below");
    }
    zip_error_fini(&error);
    return w->zip ? PL_OK : err->code;
}

static zip_int64_t add_source(struct writer *w, size_t index, const struct pl_zip_item *item,
                              const char *name)
{
    /* Flag 0, not ZIP_FL_ENC_UTF_8: libzip 1.11 would mark ASCII names too. */
    if (item->type == PL_ENTRY_FOLDER) {
        return zip_dir_add(w->zip, name, 0);
    }
    w->entry[index].writer = w;
    w->entry[index].index = index;
    zip_source_t *source = zip_source_function(w->zip, entry_call, &w->entry[index]);
    if (!source) {
        return -1;
    }
    zip_int64_t at = zip_file_add(w->zip, name, source, 0);
    if (at < 0) {
        zip_source_free(source);
    }
    return at;
}

static enum pl_status add_item(struct writer *w, size_t index, const struct pl_zip_item *item,
                               const char *name, struct pl_err *err)
{
    zip_int64_t at = add_source(w, index, item, name);
    if (at < 0 || (size_t)at != index) {
        return libzip_failed(w, name, err);
    }
    uint32_t mode = (uint32_t)item->mode & 07777u;
    uint32_t dos = 0;
    if (item->type == PL_ENTRY_FOLDER) {
        mode |= PL_UNIX_FOLDER;
        dos = PL_DOS_FOLDER;
    } else {
        mode |= item->type == PL_ENTRY_LINK ? PL_UNIX_LINK : PL_UNIX_FILE;
    }
    if (zip_set_file_compression(w->zip, index, ZIP_CM_STORE, 0) != 0 ||
        zip_file_set_mtime(w->zip, index, PL_ANY_TIME, 0) != 0 ||
        zip_file_set_external_attributes(w->zip, index, 0, ZIP_OPSYS_UNIX, mode << 16 | dos) != 0) {
        return libzip_failed(w, name, err);
    }
    return PL_OK;
}

static enum pl_status check_name(const struct pl_zip_item *item, const struct pl_zip_item *before,
                                 struct pl_err *err)
{
    struct pl_slice name = item->name;
    if (name.len == 0 || name.len >= PL_ZIP_NAME_MAX) {
        return pl_err_set(err, PL_ERR_LIMIT, "a name of %zu bytes does not fit into a ZIP",
                          name.len);
    }
    if (!pl_utf8_valid(name)) {
        return pl_err_set(err, PL_ERR_FORMAT, "a name that is not UTF-8");
    }
    for (size_t i = 0; i < name.len; i++) {
        if ((unsigned char)name.ptr[i] < 0x20) {
            return pl_err_set(err, PL_ERR_FORMAT, "a name with a control character");
        }
    }
    if (before && pl_zip_name_cmp(before->name, before->type == PL_ENTRY_FOLDER, name,
                                  item->type == PL_ENTRY_FOLDER) >= 0) {
        return pl_err_set(err, PL_ERR_INTERNAL, "the entries are not in order at %.*s",
                          (int)name.len, name.ptr);
    }
    return PL_OK;
}

static enum pl_status add_items(struct writer *w, const struct pl_zip_item *item, size_t n,
                                struct pl_err *err)
{
    struct pl_buf name PL_CLEANUP(pl_buf_done) = {.max = PL_ZIP_NAME_MAX};
    for (size_t i = 0; i < n; i++) {
        if (check_name(&item[i], i > 0 ? &item[i - 1] : NULL, err) != PL_OK) {
            return err->code;
        }
        pl_buf_clear(&name);
        if (pl_buf_slice(&name, item[i].name, err) != PL_OK ||
            (item[i].type == PL_ENTRY_FOLDER && pl_buf_byte(&name, '/', err) != PL_OK) ||
            add_item(w, i, &item[i], name.data, err) != PL_OK) {
            return err->code;
        }
    }
    return PL_OK;
}

static void writer_done(struct writer *w)
{
    if (w->zip) {
        zip_discard(w->zip);
    }
    pl_zip_sink_done(&w->sink);
    zip_error_fini(&w->error);
    free(w->entry);
}

enum pl_status pl_zip_write(struct pl_zip_result *ret, const struct pl_zip_target *to,
                            const struct pl_zip_item *item, size_t n,
                            const struct pl_zip_source *from, struct pl_err *err)
{
    if (n == 0) {
        return pl_err_set(err, PL_ERR_MISSING, "%s: there is nothing to put in", to->name);
    }
    struct writer w PL_CLEANUP(writer_done) = {.to = to, .from = from, .err = err};
    zip_error_init(&w.error);
    w.entry = pl_arr_zeroed(n, sizeof(*w.entry), err);
    if (!w.entry || pl_zip_sink_init(&w.sink, to->fd, to->name, err) != PL_OK ||
        open_archive(&w, err) != PL_OK || add_items(&w, item, n, err) != PL_OK) {
        return err->code;
    }
    if (zip_close(w.zip) != 0) {
        return libzip_failed(&w, to->name, err);
    }
    w.zip = NULL;
    struct pl_zip_result result;
    if (pl_zip_sink_end(&w.sink, &result.bytes, result.sha256, err) != PL_OK) {
        return err->code;
    }
    *ret = result;
    return PL_OK;
}

int pl_zip_name_cmp(struct pl_slice a, bool a_is_folder, struct pl_slice b, bool b_is_folder)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int order = n > 0 ? memcmp(a.ptr, b.ptr, n) : 0;
    if (order != 0) {
        return order < 0 ? -1 : 1;
    }
    unsigned char next_a = 0;
    unsigned char next_b = 0;
    if (a.len > n) {
        next_a = (unsigned char)a.ptr[n];
    } else if (a_is_folder) {
        next_a = '/';
    }
    if (b.len > n) {
        next_b = (unsigned char)b.ptr[n];
    } else if (b_is_folder) {
        next_b = '/';
    }
    if (next_a != next_b) {
        return next_a < next_b ? -1 : 1;
    }
    return a.len < b.len ? -1 : a.len > b.len;
}

static unsigned number_at(const char *digits, size_t n)
{
    unsigned value = 0;
    for (size_t i = 0; i < n; i++) {
        value = value * 10 + (unsigned)(digits[i] - '0');
    }
    return value;
}

void pl_zip_dos_time(int64_t seconds, uint16_t *ret_time, uint16_t *ret_date)
{
    const int64_t first = 315532800; /* 1980-01-01T00:00:00Z */
    const int64_t last = 4354819198; /* 2107-12-31T23:59:58Z */
    if (seconds < first) {
        seconds = first;
    } else if (seconds > last) {
        seconds = last;
    }
    char day[PL_DATE_TEXT]; /* "1980-01-01" */
    pl_date_text((int32_t)(seconds / 86400), day);
    unsigned second = (unsigned)(seconds % 86400);
    *ret_date = (uint16_t)((number_at(day, 4) - 1980) << 9 | number_at(day + 5, 2) << 5 |
                           number_at(day + 8, 2));
    *ret_time = (uint16_t)(second / 3600 << 11 | second / 60 % 60 << 5 | second % 60 / 2);
}
