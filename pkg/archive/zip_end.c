/*
 * Which end record counts?  Readers differ: some take the last signature, some the first that fits,
 * some trust the comment's length.  We take the last one that fits and report every other reading.
 */
#include "pkg/archive/zip_layout.h"
#include "pkg/archive/zip_read.h"
#include "pkg/base/arr.h"
#include "pkg/base/file.h"
#include "pkg/base/limits.h"
#include "pkg/base/os.h"

#include <stdlib.h>
#include <string.h>

enum {
    TAIL_BYTES = PL_ZIP_COMMENT_MAX + PL_ZIP_END_BYTES,
    BLOCK_BYTES = 64 * 1024,
    MAX_CANDIDATES = 1024, /* a file full of signatures must not cost a read for each */
    MAX_SKIMS = 8          /* nor a run through the directory */
};
/* How far from the end a record is looked for when none stands where it should: bytes appended
 * behind an archive. */
#define MAX_SEARCH_BYTES PL_MB(16)

/* One signature and what it would mean. */
struct candidate {
    uint64_t at;
    uint64_t count;
    uint64_t dir_bytes;
    uint64_t dir_offset; /* as declared */
    uint64_t dir_end;
    uint64_t delta64; /* how far the ZIP64 end record stands behind where its locator says */
    uint64_t comment_end;
    bool whole; /* the comment ends inside the file */
    bool multi_disk;
    bool zip64;           /* the values are those of a ZIP64 end record */
    bool zip64_disagrees; /* with the classic values, or with its own locator */
    bool fits;            /* a directory stands where it says */
    uint64_t dir_at;
    uint64_t delta;
    bool place_lies; /* the directory is readable but not as declared */
};

static PL_STATUS peek32(struct pl_zip_audit *audit, uint64_t at, uint32_t *ret, struct pl_err *err)
{
    *ret = 0;
    unsigned char bytes[4];
    if (audit->zip->size < sizeof bytes || at > audit->zip->size - sizeof bytes) {
        return PL_OK;
    }
    enum pl_status status = pl_zip_pread(audit->zip, bytes, sizeof bytes, at, err);
    if (status == PL_OK) {
        *ret = pl_le32(bytes);
    }
    return status;
}

/* ---------------------------------------------------------------- ZIP64 */

/* The record is where the locator says, or, with bytes in front of the archive, right before the
 * locator. */
static PL_STATUS find_end64(struct pl_zip_audit *audit, uint64_t locator_at, uint64_t said,
                            uint64_t *ret_at, struct pl_err *err)
{
    uint32_t magic = 0;
    *ret_at = UINT64_MAX;
    if (locator_at < PL_ZIP_END64_BYTES) {
        return PL_OK;
    }
    uint64_t adjacent = locator_at - PL_ZIP_END64_BYTES;
    if (said <= adjacent) {
        enum pl_status status = peek32(audit, said, &magic, err);
        if (status != PL_OK) {
            return status;
        }
        if (magic == PL_ZIP_END64) {
            *ret_at = said;
            return PL_OK;
        }
    }
    enum pl_status status = peek32(audit, adjacent, &magic, err);
    if (status == PL_OK && magic == PL_ZIP_END64) {
        *ret_at = adjacent;
    }
    return status;
}

static bool differs(uint64_t classic, uint64_t all_ones, uint64_t wide)
{
    return classic != all_ones && classic != wide;
}

static PL_STATUS take_end64(struct pl_zip_audit *audit, struct candidate *c, struct pl_err *err)
{
    const struct pl_zip *zip = audit->zip;
    unsigned char raw[PL_ZIP_END64_BYTES];
    if (c->at < PL_ZIP_LOCATOR_BYTES) {
        return PL_OK;
    }
    uint64_t locator_at = c->at - PL_ZIP_LOCATOR_BYTES;
    enum pl_status status = pl_zip_pread(zip, raw, PL_ZIP_LOCATOR_BYTES, locator_at, err);
    if (status != PL_OK || pl_le32(raw) != PL_ZIP_LOCATOR) {
        return status;
    }
    uint64_t said = pl_le64(raw + 8);
    c->multi_disk |= pl_le32(raw + 4) != 0 || pl_le32(raw + 16) > 1;
    uint64_t at = UINT64_MAX;
    status = find_end64(audit, locator_at, said, &at, err);
    if (status != PL_OK) {
        return status;
    }
    if (at == UINT64_MAX) {
        c->zip64_disagrees = true;
        return PL_OK;
    }
    status = pl_zip_pread(zip, raw, sizeof raw, at, err);
    if (status != PL_OK) {
        return status;
    }
    /* A record that does not end at its locator: some readers take the one right before it. */
    c->zip64_disagrees |= at + PL_ZIP_END64_BYTES != locator_at;
    c->multi_disk |= pl_le32(raw + 16) != 0 || pl_le32(raw + 20) != 0;
    uint64_t count = pl_le64(raw + 32);
    uint64_t bytes = pl_le64(raw + 40);
    uint64_t offset = pl_le64(raw + 48);
    c->zip64_disagrees |= pl_le64(raw + 24) != count || differs(c->count, UINT16_MAX, count) ||
                          differs(c->dir_bytes, UINT32_MAX, bytes) ||
                          differs(c->dir_offset, UINT32_MAX, offset);
    c->count = count;
    c->dir_bytes = bytes;
    c->dir_offset = offset;
    c->zip64 = true;
    c->dir_end = at;
    c->delta64 = at - said;
    return PL_OK;
}

/* ---------------------------------------------------------------- where is the directory */

static PL_STATUS has_record(struct pl_zip_audit *audit, const struct candidate *c, uint64_t at,
                            bool *ret, struct pl_err *err)
{
    uint32_t magic = 0;
    *ret = false;
    if (at > c->dir_end || c->dir_end - at < PL_ZIP_CENTRAL_BYTES) {
        return PL_OK;
    }
    enum pl_status status = peek32(audit, at, &magic, err);
    *ret = status == PL_OK && magic == PL_ZIP_CENTRAL;
    return status;
}

/* Do the records that begin at `at` end exactly where the directory must? */
static PL_STATUS runs_to_end(struct pl_zip_audit *audit, const struct candidate *c, uint64_t at,
                             bool *ret, struct pl_err *err)
{
    *ret = false;
    if (audit->end.skims++ >= MAX_SKIMS) {
        return PL_OK;
    }
    for (uint32_t i = 0; i < PL_MAX_ENTRIES && at <= c->dir_end; i++) {
        if (at == c->dir_end) {
            *ret = true;
            return PL_OK;
        }
        if (c->dir_end - at < PL_ZIP_CENTRAL_BYTES) {
            return PL_OK;
        }
        const unsigned char *p = NULL;
        enum pl_status status =
            pl_zip_window_get(&audit->win, at, PL_ZIP_CENTRAL_BYTES, BLOCK_BYTES, &p, err);
        if (status != PL_OK) {
            return status;
        }
        if (pl_le32(p) != PL_ZIP_CENTRAL) {
            return PL_OK;
        }
        at += PL_ZIP_CENTRAL_BYTES + (uint64_t)pl_le16(p + 28) + pl_le16(p + 30) + pl_le16(p + 32);
    }
    return PL_OK;
}

static void place(struct candidate *c, uint64_t dir_at, uint64_t delta, bool lies)
{
    c->fits = true;
    c->dir_at = dir_at;
    c->delta = delta;
    c->place_lies = lies;
}

/* Is there a local header where the first record of the directory at `dir_at` says, when `delta` is
 * added?  With a ZIP64 offset we do not ask. */
static PL_STATUS leads_to_local(struct pl_zip_audit *audit, uint64_t dir_at, uint64_t delta,
                                bool *ret, struct pl_err *err)
{
    uint32_t offset = 0;
    enum pl_status status = peek32(audit, dir_at + 42, &offset, err);
    *ret = offset == UINT32_MAX;
    if (status != PL_OK || *ret) {
        return status;
    }
    uint32_t magic = 0;
    status = peek32(audit, offset + delta, &magic, err);
    *ret = status == PL_OK && magic == PL_ZIP_LOCAL;
    return status;
}

/* Size and offset do not add up to the record's own place.  Either somebody put bytes in front
 * (the size is right, every offset is short by the same count), or one of the two lies. */
static PL_STATUS place_askew(struct pl_zip_audit *audit, struct candidate *c, struct pl_err *err)
{
    bool before = false;
    bool here = false;
    bool exact = false;
    uint64_t by_size = c->dir_bytes <= c->dir_end ? c->dir_end - c->dir_bytes : UINT64_MAX;
    enum pl_status status = PL_OK;
    if (by_size != UINT64_MAX) {
        status = has_record(audit, c, by_size, &before, err);
    }
    if (status == PL_OK) {
        status = has_record(audit, c, c->dir_offset, &here, err);
    }
    if (status == PL_OK && here) {
        status = runs_to_end(audit, c, c->dir_offset, &exact, err);
    }
    if (status != PL_OK) {
        return status;
    }
    bool shifted = false;
    if (before && by_size > c->dir_offset && !exact) {
        status = leads_to_local(audit, by_size, by_size - c->dir_offset, &shifted, err);
    }
    if (shifted) {
        place(c, by_size, by_size - c->dir_offset, false);
    } else if (here) {
        place(c, c->dir_offset, 0, true);
    } else if (before) {
        place(c, by_size, 0, true);
    }
    return status;
}

static PL_STATUS find_directory(struct pl_zip_audit *audit, struct candidate *c, struct pl_err *err)
{
    bool straight = c->dir_offset <= c->dir_end && c->dir_bytes == c->dir_end - c->dir_offset;
    if (c->count == 0 && c->dir_bytes == 0) {
        if (c->dir_offset <= c->dir_end) {
            place(c, c->dir_end, c->dir_end - c->dir_offset, false);
        }
        return PL_OK;
    }
    if (!straight) {
        return place_askew(audit, c, err);
    }
    bool here = false;
    enum pl_status status = has_record(audit, c, c->dir_offset, &here, err);
    if (status == PL_OK && here) {
        place(c, c->dir_offset, 0, false);
    }
    return status;
}

static PL_STATUS examine(struct pl_zip_audit *audit, uint64_t at, const unsigned char *raw,
                         struct candidate *ret, struct pl_err *err)
{
    struct candidate c = {.at = at, .dir_end = at};
    unsigned disk = pl_le16(raw + 4);
    unsigned dir_disk = pl_le16(raw + 6);
    unsigned here = pl_le16(raw + 8);
    c.count = pl_le16(raw + 10);
    c.dir_bytes = pl_le32(raw + 12);
    c.dir_offset = pl_le32(raw + 16);
    c.comment_end = at + PL_ZIP_END_BYTES + pl_le16(raw + 20);
    c.whole = c.comment_end <= audit->zip->size;
    enum pl_status status = take_end64(audit, &c, err);
    if (status != PL_OK) {
        return status;
    }
    bool left_to_zip64 =
        c.zip64 && (disk == UINT16_MAX || disk == 0) && (dir_disk == UINT16_MAX || dir_disk == 0);
    c.multi_disk |= (disk != 0 || dir_disk != 0) && !left_to_zip64;
    /* "Entries on this disk" is the count again; a lie there is a lie of the count. */
    if (here != pl_le16(raw + 10) && !c.multi_disk) {
        c.count = UINT64_MAX;
    }
    status = find_directory(audit, &c, err);
    if (status == PL_OK) {
        *ret = c;
    }
    return status;
}

/* ---------------------------------------------------------------- the search */

struct search {
    struct candidate best; /* the last one that fits */
    struct candidate last; /* the last one at all */
    bool have_best;
    bool have_last;
    uint32_t examined;
    uint64_t claim; /* one behind `best` that does not fit, though its comment ends with the file */
    bool have_claim;
};

static PL_STATUS consider(struct pl_zip_audit *audit, struct search *s, uint64_t at,
                          const unsigned char *raw, struct pl_err *err)
{
    struct candidate c;
    enum pl_status status = examine(audit, at, raw, &c, err);
    if (status != PL_OK) {
        return status;
    }
    s->examined++;
    if (!s->have_last) {
        s->last = c;
        s->have_last = true;
    }
    bool usable = c.fits && c.whole;
    if (s->have_best) {
        if (usable && audit->end.n_other < sizeof audit->end.other / sizeof audit->end.other[0]) {
            audit->end.other[audit->end.n_other++] = at;
        }
    } else if (usable) {
        s->best = c;
        s->have_best = true;
    } else if (c.comment_end == audit->zip->size) {
        s->claim = at;
        s->have_claim = true;
    }
    return PL_OK;
}

/* Looks at every signature of [from, from + n - 3), last first. */
static PL_STATUS search_block(struct pl_zip_audit *audit, struct search *s, uint64_t from,
                              const unsigned char *data, size_t n, struct pl_err *err)
{
    if (n < PL_ZIP_END_BYTES) {
        return PL_OK;
    }
    for (size_t i = n - PL_ZIP_END_BYTES + 1; i > 0 && s->examined < MAX_CANDIDATES; i--) {
        const unsigned char *p = data + i - 1;
        if (p[0] == 'P' && pl_le32(p) == PL_ZIP_END) {
            enum pl_status status = consider(audit, s, from + i - 1, p, err);
            if (status != PL_OK) {
                return status;
            }
        }
    }
    return PL_OK;
}

static PL_STATUS search_from(struct pl_zip_audit *audit, struct search *s, unsigned char *data,
                             struct pl_err *err)
{
    const struct pl_zip *zip = audit->zip;
    size_t n = zip->size < TAIL_BYTES ? (size_t)zip->size : TAIL_BYTES;
    uint64_t from = zip->size - n;
    uint64_t searched = n;
    for (;;) {
        enum pl_status status = pl_zip_pread(zip, data, n, from, err);
        if (status == PL_OK) {
            status = search_block(audit, s, from, data, n, err);
        }
        if (status != PL_OK) {
            return status;
        }
        if (s->have_best || from == 0 || searched >= MAX_SEARCH_BYTES ||
            s->examined >= MAX_CANDIDATES) {
            return PL_OK;
        }
        /* A record may straddle the block's start. */
        uint64_t end = from + PL_ZIP_END_BYTES - 1;
        n = end < BLOCK_BYTES ? (size_t)end : BLOCK_BYTES;
        from = end - n;
        searched += n;
    }
}

static PL_STATUS say_none(struct pl_zip_audit *audit, struct pl_err *err)
{
    uint32_t magic = 0;
    enum pl_status status = peek32(audit, 0, &magic, err);
    if (status != PL_OK) {
        return status;
    }
    bool begun = magic == PL_ZIP_LOCAL;
    return pl_zip_say(audit, begun ? PL_ISSUE_TRUNCATED : PL_ISSUE_NO_END_RECORD, PL_ENTRY_NONE,
                      begun ? audit->zip->size : 0, 0, err);
}

/* What the record that counts says wrongly. */
static PL_STATUS say_best(struct pl_zip_audit *audit, const struct candidate *c, struct pl_err *err)
{
    uint64_t after = c->whole ? audit->zip->size - c->comment_end : 0;
    const struct pl_zip_wrong row[] = {
        {!c->whole, PL_ISSUE_TRUNCATED, audit->zip->size, 0},
        {!c->fits, PL_ISSUE_DIRECTORY_BAD, c->at, 0},
        {c->multi_disk, PL_ISSUE_MULTI_DISK, c->at, 0},
        {c->place_lies, PL_ISSUE_DIRECTORY_SIZE, c->at, 0},
        {c->zip64_disagrees || (c->zip64 && c->fits && c->delta != c->delta64),
         PL_ISSUE_ZIP64_DISAGREES, c->at, 0},
        {after > 0, PL_ISSUE_BYTES_AFTER, c->comment_end, after},
    };
    return pl_zip_say_all(audit, row, sizeof row / sizeof row[0], err);
}

static void keep(struct pl_zip_end *end, const struct candidate *c)
{
    end->at = c->at;
    end->dir_end = c->dir_end;
    end->dir_at = c->dir_at;
    end->dir_bytes = c->dir_bytes;
    end->count = c->count;
    end->delta = c->delta;
    end->found = true;
    end->readable = c->fits;
}

PL_STATUS pl_zip_find_end(struct pl_zip_audit *audit, struct pl_err *err)
{
    struct search s = {0};
    unsigned char *data = pl_arr_zeroed(TAIL_BYTES, 1, err);
    if (!data) {
        return err->code;
    }
    enum pl_status status = search_from(audit, &s, data, err);
    free(data);
    if (status != PL_OK) {
        return status;
    }
    if (!s.have_last) {
        return say_none(audit, err);
    }
    const struct candidate *c = s.have_best ? &s.best : &s.last;
    keep(&audit->end, c);
    status = say_best(audit, c, err);
    if (status == PL_OK && s.have_best && s.have_claim) {
        status = pl_zip_say(audit, PL_ISSUE_TWO_END_RECORDS, PL_ENTRY_NONE, s.claim, 0, err);
    }
    return status;
}

PL_STATUS pl_zip_recognise(int fd, const char *path, uint64_t size, bool *ret, struct pl_err *err)
{
    unsigned char raw[4];
    if (size < PL_ZIP_END_BYTES) {
        *ret = false;
        return PL_OK;
    }
    if (pl_file_pread(fd, path, raw, sizeof raw, 0, err) != PL_OK) {
        return err->code;
    }
    uint32_t magic = pl_le32(raw);
    if (magic == PL_ZIP_LOCAL || magic == PL_ZIP_END || magic == PL_ZIP_DESCRIPTOR) {
        *ret = true;
        return PL_OK;
    }
    size_t n = size < TAIL_BYTES ? (size_t)size : TAIL_BYTES;
    unsigned char *data = malloc(n);
    enum pl_status status = data ? pl_file_pread(fd, path, data, n, size - n, err)
                                 : pl_err_set(err, PL_ERR_NOMEM, "%s: out of memory", path);
    if (!status) {
        const void *at = pl_os_memmem(data, n, "PK\5\6", 4);
        *ret = at && n - (size_t)((const unsigned char *)at - data) >= PL_ZIP_END_BYTES;
    }
    free(data);
    return status;
}
