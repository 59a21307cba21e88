/*
 * Local headers and data descriptors: what a streaming reader believes.  They are gone through in
 * the order of the file, so that every byte is either named by a header or reported.
 */
#include "pkg/archive/zip_layout.h"
#include "pkg/base/arr.h"

#include <stdlib.h>

/* Read ahead when headers stand close together, and hardly when data lies between them. */
enum { DENSE_BYTES = 8 * 1024, AHEAD_DENSE = 32 * 1024, AHEAD_SPARSE = 512 };
/* Headers that overlap may have more bytes in all than the file, and cost as much: a million of
 * them 128 GB.  What goes over by this much is not looked at any more. */
enum { MAX_EXCESS_BYTES = 16 * 1024 * 1024 };

struct local {
    uint64_t at;
    uint64_t data;
    uint16_t flags;
    uint16_t method;
    uint32_t crc;
    uint64_t size;
    uint64_t packed;
    struct pl_slice name;
    struct pl_zip_extra extra;
    bool zip64_lies;
};

static int compare_spans(const void *left, const void *right)
{
    const struct pl_zip_span *a = left;
    const struct pl_zip_span *b = right;
    if (a->at != b->at) {
        return a->at < b->at ? -1 : 1;
    }
    return (a->stored > b->stored) - (a->stored < b->stored);
}

static PL_STATUS sort_spans(struct pl_zip_audit *audit, struct pl_err *err)
{
    const struct pl_tree *tree = audit->tree;
    struct pl_zip_span *span = pl_arr_zeroed(tree->n, sizeof *span, err);
    if (!span) {
        return err->code;
    }
    bool sorted = true;
    for (uint32_t i = 0; i < tree->n; i++) {
        span[i] = (struct pl_zip_span){tree->entry[i].offset, i};
        sorted = sorted && (i == 0 || span[i - 1].at <= span[i].at);
    }
    if (!sorted) {
        qsort(span, tree->n, sizeof *span, compare_spans);
    }
    audit->zip->span = span;
    audit->zip->n = tree->n;
    return PL_OK;
}

/* ---------------------------------------------------------------- one header */

/* Reads the header; *ret_found is false when none stands there. */
static PL_STATUS get_local(struct pl_zip_audit *audit, uint64_t at, size_t ahead, struct local *ret,
                           bool *ret_found, struct pl_err *err)
{
    uint64_t size = audit->zip->size;
    const unsigned char *p = NULL;
    *ret_found = false;
    if (size < PL_ZIP_LOCAL_BYTES || at > size - PL_ZIP_LOCAL_BYTES) {
        return PL_OK;
    }
    enum pl_status status = pl_zip_window_get(&audit->win, at, PL_ZIP_LOCAL_BYTES, ahead, &p, err);
    if (status != PL_OK || pl_le32(p) != PL_ZIP_LOCAL) {
        return status;
    }
    size_t n_name = pl_le16(p + 26);
    size_t n_extra = pl_le16(p + 28);
    size_t n = PL_ZIP_LOCAL_BYTES + n_name + n_extra;
    if (n > size - at) {
        return PL_OK;
    }
    status = pl_zip_window_get(&audit->win, at, n, ahead, &p, err);
    if (status != PL_OK) {
        return status;
    }
    struct local l = {.at = at,
                      .data = at + n,
                      .flags = pl_le16(p + 6),
                      .method = pl_le16(p + 8),
                      .crc = pl_le32(p + 14),
                      .packed = pl_le32(p + 18),
                      .size = pl_le32(p + 22),
                      .name = {(const char *)p + PL_ZIP_LOCAL_BYTES, n_name}};
    l.extra = pl_zip_parse_extra(p + PL_ZIP_LOCAL_BYTES + n_name, n_extra, l.name);
    l.zip64_lies = !pl_zip_take_zip64(&l.extra, &l.size, &l.packed, NULL);
    *ret = l;
    *ret_found = true;
    return PL_OK;
}

/* With a data descriptor the header's values are zero, or right already (APPNOTE 4.4.4). */
static bool are_same_sizes(const struct pl_entry *entry, const struct local *l)
{
    bool later = (l->flags & PL_ZIP_FLAG_DESCRIPTOR) != 0;
    return (l->crc == entry->crc || (later && l->crc == 0)) &&
           (l->size == entry->size || (later && l->size == 0)) &&
           (l->packed == entry->packed || (later && l->packed == 0));
}

static bool is_zero(struct pl_slice bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        if (bytes.ptr[i] != 0) {
            return false;
        }
    }
    return true;
}

/* In a streamed entry all ones without a ZIP64 field, and a ZIP64 field of zeros, say nothing yet.
 */
static void forget_unknown_sizes(struct local *l)
{
    if (!(l->flags & PL_ZIP_FLAG_DESCRIPTOR) || !is_zero(l->extra.zip64)) {
        return;
    }
    l->zip64_lies = l->extra.zip64_twice;
    l->size = l->size == UINT32_MAX ? 0 : l->size;
    l->packed = l->packed == UINT32_MAX ? 0 : l->packed;
}

static PL_STATUS say_local(struct pl_zip_audit *audit, uint32_t index, struct local *l,
                           struct pl_err *err)
{
    const struct pl_entry *entry = &audit->tree->entry[index];
    const struct pl_zip_place *place = &audit->zip->place[index];
    /* The bits that change what a reader does; the others say how hard the compressor worked. */
    unsigned bits = PL_ZIP_FLAG_ENCRYPTED | PL_ZIP_FLAG_DESCRIPTOR | PL_ZIP_FLAG_STRONG |
                    PL_ZIP_FLAG_UTF8 | PL_ZIP_FLAG_MASKED;
    bool masked = (place->flags & l->flags & PL_ZIP_FLAG_MASKED) != 0;
    forget_unknown_sizes(l);
    const struct {
        bool bad;
        enum pl_issue_kind what;
    } row[] = {
        {!masked && !pl_slice_eq(place->raw, l->name), PL_ISSUE_LOCAL_NAME},
        {l->method != place->method, PL_ISSUE_LOCAL_METHOD},
        {((l->flags ^ place->flags) & bits) != 0, PL_ISSUE_LOCAL_FLAGS},
        {!masked && l->zip64_lies && !(place->said & PL_ZIP_SAID_ZIP64), PL_ISSUE_ZIP64_DISAGREES},
        {!masked && !l->zip64_lies && !are_same_sizes(entry, l), PL_ISSUE_LOCAL_SIZE},
        {l->extra.unicode_differs && !(place->said & PL_ZIP_SAID_UNICODE), PL_ISSUE_UNICODE_PATH},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        if (row[i].bad) {
            enum pl_status status = pl_zip_say(audit, row[i].what, index, l->at, 0, err);
            if (status != PL_OK) {
                return status;
            }
        }
    }
    return PL_OK;
}

/* ---------------------------------------------------------------- data descriptors */

/* Does the descriptor at p say what the directory says?  `wide`: sizes of 64 bits. */
static bool is_descriptor(const unsigned char *p, size_t n, bool sign, bool wide,
                          const struct pl_entry *entry)
{
    size_t need = (sign ? 4u : 0u) + 4u + (wide ? 16u : 8u);
    if (n < need || (sign && pl_le32(p) != PL_ZIP_DESCRIPTOR)) {
        return false;
    }
    p += sign ? 4 : 0;
    if (pl_le32(p) != entry->crc) {
        return false;
    }
    return wide ? pl_le64(p + 4) == entry->packed && pl_le64(p + 12) == entry->size
                : pl_le32(p + 4) == entry->packed && pl_le32(p + 8) == entry->size;
}

/* Length of the descriptor at `at`, which may reach up to `next`; 0 when none matches.  The one
 * that ends exactly at `next` is preferred. */
static PL_STATUS measure_descriptor(struct pl_zip_audit *audit, uint64_t at, uint64_t next,
                                    const struct pl_entry *entry, uint64_t *ret, struct pl_err *err)
{
    static const struct {
        bool sign;
        bool wide;
        uint8_t bytes;
    } form[] = {{true, false, 16}, {true, true, 24}, {false, false, 12}, {false, true, 20}};
    const unsigned char *p = NULL;
    *ret = 0;
    uint64_t room = next > at ? next - at : 0;
    size_t n = room < 24 ? (size_t)room : 24;
    if (n < 12) {
        return PL_OK;
    }
    enum pl_status status = pl_zip_window_get(&audit->win, at, n, AHEAD_SPARSE, &p, err);
    if (status != PL_OK) {
        return status;
    }
    for (size_t i = 0; i < sizeof form / sizeof form[0]; i++) {
        if (is_descriptor(p, n, form[i].sign, form[i].wide, entry) &&
            (*ret == 0 || form[i].bytes == room)) {
            *ret = form[i].bytes;
        }
    }
    return PL_OK;
}

/* ---------------------------------------------------------------- the way through the file */

struct way {
    uint64_t end;   /* first byte that no header has named yet */
    uint32_t owner; /* the entry that reaches there */
    bool begun;
    uint64_t read; /* bytes of headers that were looked at */
    bool lost;     /* an entry's header was not found: what lies in the gaps may be its */
};

/* Bytes between `way->end` and `at` belong to nobody.  When they begin with a local header, a
 * streaming reader sees an entry there that the directory does not have. */
static PL_STATUS say_gap(struct pl_zip_audit *audit, const struct way *way, uint64_t at,
                         struct pl_err *err)
{
    const unsigned char *p = NULL;
    uint64_t n = at - way->end;
    if (n >= PL_ZIP_LOCAL_BYTES) {
        enum pl_status status = pl_zip_window_get(&audit->win, way->end, 4, 4, &p, err);
        if (status != PL_OK) {
            return status;
        }
        if (pl_le32(p) == PL_ZIP_LOCAL) {
            return pl_zip_say(audit, PL_ISSUE_LOCAL_HIDDEN, PL_ENTRY_NONE, way->end, n, err);
        }
    }
    return pl_zip_say(audit, way->begun ? PL_ISSUE_BYTES_BETWEEN : PL_ISSUE_BYTES_BEFORE,
                      PL_ENTRY_NONE, way->end, n, err);
}

static PL_STATUS go_to(struct pl_zip_audit *audit, struct way *way, uint64_t at, uint32_t index,
                       struct pl_err *err)
{
    if (at < way->end) {
        return pl_zip_say(audit, PL_ISSUE_OVERLAP, index, at, way->end - at, err);
    }
    return at > way->end && !way->lost ? say_gap(audit, way, at, err) : PL_OK;
}

static void own(struct way *way, uint64_t end, uint32_t index)
{
    way->begun = true;
    if (end > way->end) {
        way->end = end;
        way->owner = index;
    }
}

/* Where the entry's data ends, its descriptor included. `next` is where something else begins. */
static PL_STATUS check_data(struct pl_zip_audit *audit, uint32_t index, const struct local *l,
                            uint64_t next, uint64_t *ret_end, struct pl_err *err)
{
    const struct pl_entry *entry = &audit->tree->entry[index];
    struct pl_zip_place *place = &audit->zip->place[index];
    uint64_t size = audit->zip->size;
    if (entry->packed > size - l->data) {
        *ret_end = size;
        return PL_OK;
    }
    place->data = l->data;
    *ret_end = l->data + entry->packed;
    if (!((l->flags | place->flags) & PL_ZIP_FLAG_DESCRIPTOR) || next < *ret_end) {
        return PL_OK;
    }
    uint64_t n = 0;
    enum pl_status status = measure_descriptor(audit, *ret_end, next, entry, &n, err);
    if (status != PL_OK) {
        return status;
    }
    if (n == 0) {
        /* Bit 3 without a descriptor, and nothing left to say: the next header follows at once. */
        bool complete =
            l->crc == entry->crc && l->size == entry->size && l->packed == entry->packed;
        if (complete && *ret_end == next) {
            return PL_OK;
        }
        uint64_t at = *ret_end;
        /* What stands there is taken for the descriptor that it should be. */
        *ret_end = next > at && next - at <= 24 ? next : at;
        return pl_zip_say(audit, PL_ISSUE_DESCRIPTOR, index, at, 0, err);
    }
    *ret_end += n;
    return PL_OK;
}

static PL_STATUS check_local(struct pl_zip_audit *audit, uint32_t i, struct way *way,
                             struct pl_err *err)
{
    const struct pl_zip_span *span = &audit->zip->span[i];
    uint64_t next = audit->end.dir_at;
    if (i + 1 < audit->zip->n && span[1].at < next) {
        next = span[1].at;
    }
    if (way->read > audit->zip->size + MAX_EXCESS_BYTES) {
        own(way, span->at, span->stored);
        return pl_zip_say(audit, PL_ISSUE_OVERLAP, span->stored, span->at, 0, err);
    }
    bool dense = next > span->at && next - span->at < DENSE_BYTES;
    struct local l = {0};
    bool found = false;
    enum pl_status status =
        get_local(audit, span->at, dense ? AHEAD_DENSE : AHEAD_SPARSE, &l, &found, err);
    if (status != PL_OK) {
        return status;
    }
    way->read += found ? l.data - l.at : PL_ZIP_LOCAL_BYTES;
    if (!found) {
        way->lost = true;
        return pl_zip_say(audit, PL_ISSUE_LOCAL_MISSING, span->stored, span->at, 0, err);
    }
    status = say_local(audit, span->stored, &l, err);
    if (status == PL_OK) {
        status = go_to(audit, way, span->at, span->stored, err);
    }
    uint64_t end = l.data;
    if (status == PL_OK) {
        status = check_data(audit, span->stored, &l, next, &end, err);
    }
    own(way, end, span->stored);
    return status;
}

/* An end record inside an entry's data is that of a ZIP inside the ZIP.  Anywhere else a reader
 * might take it for the real one. */
static bool is_inside_entry(const struct pl_zip_audit *audit, uint64_t at)
{
    const struct pl_zip *zip = audit->zip;
    uint32_t low = 0;
    uint32_t high = zip->n;
    while (low < high) {
        uint32_t mid = low + (high - low) / 2;
        if (zip->span[mid].at <= at) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    if (low == 0) {
        return false;
    }
    uint32_t stored = zip->span[low - 1].stored;
    uint64_t data = zip->place[stored].data;
    return data != 0 && at >= data && at - data < audit->tree->entry[stored].packed;
}

static PL_STATUS say_other_ends(struct pl_zip_audit *audit, struct pl_err *err)
{
    for (uint32_t i = 0; i < audit->end.n_other; i++) {
        uint64_t at = audit->end.other[i];
        if (!is_inside_entry(audit, at)) {
            return pl_zip_say(audit, PL_ISSUE_TWO_END_RECORDS, PL_ENTRY_NONE, at, 0, err);
        }
    }
    return PL_OK;
}

PL_STATUS pl_zip_check_locals(struct pl_zip_audit *audit, struct pl_err *err)
{
    struct way way = {.owner = PL_ENTRY_NONE,
                      .lost = audit->tree->issues_of[PL_ISSUE_DIRECTORY_BAD] > 0};
    enum pl_status status = sort_spans(audit, err);
    for (uint32_t i = 0; status == PL_OK && i < audit->zip->n; i++) {
        status = check_local(audit, i, &way, err);
    }
    if (status == PL_OK && (way.begun || audit->zip->n == 0)) {
        status = go_to(audit, &way, audit->end.dir_at, way.owner, err);
    }
    return status == PL_OK ? say_other_ends(audit, err) : status;
}
