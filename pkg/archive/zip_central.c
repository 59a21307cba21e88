/* The central directory: what most readers believe. */
#include "pkg/archive/zip_layout.h"
#include "pkg/base/arr.h"
#include "pkg/base/limits.h"

#include <string.h>

enum { AHEAD_BYTES = 256 * 1024 };

/* Bits of st_mode as every Unix and every ZIP has them; <sys/stat.h> leaves the values open. */
enum {
    MODE_TYPE = 0170000,
    MODE_FOLDER = 0040000,
    MODE_FILE = 0100000,
    MODE_LINK = 0120000,
    DOS_FOLDER = 0x10
};

/* One record, taken apart. */
struct record {
    uint16_t host;
    uint16_t flags;
    uint16_t method;
    uint16_t time;
    uint16_t date;
    uint16_t disk;
    uint32_t crc;
    uint32_t attributes;
    uint64_t size;
    uint64_t packed;
    uint64_t offset;
    struct pl_slice name;
    struct pl_zip_extra extra;
    bool zip64_lies;
};

/* Days from 1970-01-01 of a day in the proleptic Gregorian calendar. */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t of_era = y % 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return y / 400 * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

/* MS-DOS date and time, APPNOTE 4.4.6; 0 when it is no date. */
static int64_t dos_seconds(unsigned date, unsigned time)
{
    unsigned month = date >> 5 & 15;
    unsigned day = date & 31;
    if (month < 1 || month > 12 || day < 1) {
        return 0;
    }
    int64_t days = days_of(1980 + (date >> 9), month, day);
    int64_t hours = time >> 11;
    int64_t minutes = time >> 5 & 63;
    int64_t pairs = time & 31; /* of seconds */
    return ((days * 24 + hours) * 60 + minutes) * 60 + pairs * 2;
}

static bool has_unix_mode(unsigned host)
{
    return host == PL_ZIP_HOST_UNIX || host == PL_ZIP_HOST_DARWIN;
}

/* The type that the mode's upper bits say; 0 when they say none.  All ones are no type:
 * plexus-archiver wrote -1 for "unknown" into the folders of half of Maven's repository. */
static unsigned unix_type(const struct record *r)
{
    unsigned type = has_unix_mode(r->host) ? r->attributes >> 16 & MODE_TYPE : 0;
    return type == MODE_TYPE ? 0 : type;
}

static enum pl_entry_type type_of(const struct record *r, bool slash)
{
    switch (unix_type(r)) {
    case 0:
        return slash || (r->attributes & DOS_FOLDER) ? PL_ENTRY_FOLDER : PL_ENTRY_FILE;
    case MODE_FOLDER:
        return PL_ENTRY_FOLDER;
    case MODE_FILE:
        return slash ? PL_ENTRY_FOLDER : PL_ENTRY_FILE;
    case MODE_LINK:
        return PL_ENTRY_LINK;
    default:
        return PL_ENTRY_SPECIAL;
    }
}

/* A name that says folder and attributes that say otherwise, or the other way round: some readers
 * go by the one, some by the other. */
static bool type_disagrees(const struct record *r, bool slash)
{
    unsigned type = unix_type(r);
    bool dos_folder = (r->attributes & DOS_FOLDER) != 0;
    if (slash) {
        return type != 0 && type != MODE_FOLDER;
    }
    return type == MODE_FOLDER || dos_folder;
}

static uint32_t flags_of(const struct record *r)
{
    uint32_t flags = 0;
    flags |= r->flags & PL_ZIP_FLAG_UTF8 ? PL_ENTRY_UTF8 : 0u;
    flags |= r->flags & PL_ZIP_FLAG_DESCRIPTOR ? PL_ENTRY_DESCRIPTOR : 0u;
    unsigned hidden = PL_ZIP_FLAG_ENCRYPTED | PL_ZIP_FLAG_STRONG | PL_ZIP_FLAG_MASKED;
    flags |= (r->flags & hidden) || r->method == PL_ZIP_AES ? PL_ENTRY_ENCRYPTED : 0u;
    return flags;
}

static bool is_method_known(const struct record *r)
{
    return r->method == PL_ZIP_STORE || r->method == PL_ZIP_DEFLATE;
}

static PL_STATUS say_record(struct pl_zip_audit *audit, const struct record *r,
                            const struct pl_entry *entry, bool slash, struct pl_err *err)
{
    bool encrypted = (entry->flags & PL_ENTRY_ENCRYPTED) != 0;
    const struct {
        bool bad;
        enum pl_issue_kind what;
    } row[] = {
        {r->disk != 0, PL_ISSUE_MULTI_DISK},
        {r->zip64_lies, PL_ISSUE_ZIP64_DISAGREES},
        {r->extra.unicode_differs, PL_ISSUE_UNICODE_PATH},
        {slash && entry->size > 0, PL_ISSUE_FOLDER_WITH_DATA},
        {type_disagrees(r, slash), PL_ISSUE_TYPE_DISAGREES},
        {entry->type == PL_ENTRY_SPECIAL, PL_ISSUE_SPECIAL},
        {encrypted, PL_ISSUE_ENCRYPTED},
        {!encrypted && !is_method_known(r), PL_ISSUE_METHOD},
    };
    uint32_t index = audit->tree->n - 1;
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        if (row[i].bad) {
            enum pl_status status =
                pl_zip_say(audit, row[i].what, index, entry->offset,
                           row[i].what == PL_ISSUE_FOLDER_WITH_DATA ? entry->size : 0, err);
            if (status != PL_OK) {
                return status;
            }
        }
    }
    bool marked = (r->flags & PL_ZIP_FLAG_UTF8) != 0 || r->extra.unicode_agrees;
    return pl_tree_check_name(audit->tree, r->name, marked,
                              (struct pl_issue){.entry = index, .offset = entry->offset}, err);
}

static PL_STATUS add_record(struct pl_zip_audit *audit, const struct record *r, struct pl_err *err)
{
    struct pl_tree *tree = audit->tree;
    size_t need = (size_t)tree->n + 1;
    struct pl_entry *entry = pl_arr_grow(tree->entry, &audit->cap_entry, need, sizeof *entry,
                                         PL_MAX_ENTRIES, "entries", err);
    if (!entry) {
        return err->code;
    }
    tree->entry = entry;
    struct pl_zip_place *place = pl_arr_grow(audit->zip->place, &audit->cap_place, need,
                                             sizeof *place, PL_MAX_ENTRIES, "entries", err);
    if (!place) {
        return err->code;
    }
    audit->zip->place = place;
    struct pl_slice raw;
    struct pl_slice name;
    enum pl_status status = pl_arena_dup(&tree->arena, r->name, &raw, err);
    if (status != PL_OK) {
        return status;
    }
    bool slash = raw.len > 0 && raw.ptr[raw.len - 1] == '/';
    status = pl_tree_tidy_name(tree, pl_slice_sub(raw, 0, raw.len - (slash ? 1u : 0u)), &name, err);
    if (status != PL_OK) {
        return status;
    }
    unsigned mode = r->attributes >> 16;
    entry[tree->n] = (struct pl_entry){
        .name = name,
        .size = r->size,
        .packed = r->packed,
        .offset = r->offset,
        .mtime = dos_seconds(r->date, r->time),
        .crc = r->crc,
        .flags = flags_of(r),
        .mode = has_unix_mode(r->host) ? (int32_t)(mode & 07777) : PL_MODE_NONE,
        .type = (uint8_t)type_of(r, slash),
        .method = r->method < UINT8_MAX ? (uint8_t)r->method : UINT8_MAX,
        .host = r->host,
        .stored = tree->n,
    };
    unsigned said = (r->zip64_lies ? PL_ZIP_SAID_ZIP64 : 0u) |
                    (r->extra.unicode_differs ? PL_ZIP_SAID_UNICODE : 0u);
    place[tree->n] = (struct pl_zip_place){
        .raw = raw, .flags = r->flags, .method = r->method, .said = (uint8_t)said};
    tree->n++;
    return say_record(audit, r, &entry[tree->n - 1], slash, err);
}

static void parse(struct pl_zip_audit *audit, const unsigned char *p, struct record *r)
{
    size_t n_name = pl_le16(p + 28);
    r->host = p[5];
    r->flags = pl_le16(p + 8);
    r->method = pl_le16(p + 10);
    r->time = pl_le16(p + 12);
    r->date = pl_le16(p + 14);
    r->crc = pl_le32(p + 16);
    r->packed = pl_le32(p + 20);
    r->size = pl_le32(p + 24);
    r->disk = pl_le16(p + 34);
    r->attributes = pl_le32(p + 38);
    r->offset = pl_le32(p + 42);
    r->name = (struct pl_slice){(const char *)p + PL_ZIP_CENTRAL_BYTES, n_name};
    r->extra = pl_zip_parse_extra(p + PL_ZIP_CENTRAL_BYTES + n_name, pl_le16(p + 30), r->name);
    r->zip64_lies = !pl_zip_take_zip64(&r->extra, &r->size, &r->packed, &r->offset);
    if (r->disk == UINT16_MAX && r->extra.zip64.ptr) {
        r->disk = 0; /* moved to the ZIP64 field, last of all */
    }
    uint64_t left = UINT64_MAX - r->offset;
    r->offset += audit->end.delta < left ? audit->end.delta : left;
}

/* The record at `at`, whole; NULL when there is none any more. */
static PL_STATUS get_record(struct pl_zip_audit *audit, uint64_t at, const unsigned char **ret,
                            size_t *ret_n, struct pl_err *err)
{
    const struct pl_zip_end *end = &audit->end;
    const unsigned char *p = NULL;
    *ret = NULL;
    if (end->dir_end - at < PL_ZIP_CENTRAL_BYTES) {
        return PL_OK;
    }
    enum pl_status status =
        pl_zip_window_get(&audit->win, at, PL_ZIP_CENTRAL_BYTES, AHEAD_BYTES, &p, err);
    if (status != PL_OK || pl_le32(p) != PL_ZIP_CENTRAL) {
        return status;
    }
    size_t n = PL_ZIP_CENTRAL_BYTES + (size_t)pl_le16(p + 28) + pl_le16(p + 30) + pl_le16(p + 32);
    if (n > end->dir_end - at) {
        return PL_OK;
    }
    status = pl_zip_window_get(&audit->win, at, n, AHEAD_BYTES, &p, err);
    if (status == PL_OK) {
        *ret = p;
        *ret_n = n;
    }
    return status;
}

/* APPNOTE 4.3.13: a signature of the directory may follow its last record. */
static PL_STATUS skip_signature(struct pl_zip_audit *audit, uint64_t *at, struct pl_err *err)
{
    const unsigned char *p = NULL;
    uint64_t left = audit->end.dir_end - *at;
    if (left < 6) {
        return PL_OK;
    }
    enum pl_status status = pl_zip_window_get(&audit->win, *at, 6, 6, &p, err);
    if (status == PL_OK && pl_le32(p) == PL_ZIP_SIGNATURE && pl_le16(p + 4) <= left - 6) {
        *at += 6u + (uint64_t)pl_le16(p + 4);
    }
    return status;
}

static PL_STATUS say_directory(struct pl_zip_audit *audit, uint64_t at, struct pl_err *err)
{
    const struct pl_zip_end *end = &audit->end;
    uint32_t n = audit->tree->n;
    bool placed = audit->tree->issues_of[PL_ISSUE_DIRECTORY_SIZE] > 0;
    /* Left-over bytes: the records broke off, or somebody put bytes behind them. */
    bool broken = at != end->dir_end && (end->count == UINT64_MAX || n < end->count);
    bool empty = n == 0 && !broken && end->count == 0;
    const struct pl_zip_wrong row[] = {
        {broken, PL_ISSUE_DIRECTORY_BAD, at, 0},
        {!broken && end->count != n, PL_ISSUE_COUNT_LIES, end->at, n},
        {!broken && at != end->dir_end && !placed, PL_ISSUE_DIRECTORY_SIZE, at, end->dir_end - at},
        {empty, PL_ISSUE_EMPTY, 0, 0},
    };
    return pl_zip_say_all(audit, row, sizeof row / sizeof row[0], err);
}

PL_STATUS pl_zip_read_directory(struct pl_zip_audit *audit, struct pl_err *err)
{
    uint64_t at = audit->end.dir_at;
    for (;;) {
        const unsigned char *p = NULL;
        size_t n = 0;
        enum pl_status status = get_record(audit, at, &p, &n, err);
        if (status != PL_OK) {
            return status;
        }
        if (!p) {
            break;
        }
        struct record r;
        parse(audit, p, &r);
        status = add_record(audit, &r, err);
        if (status != PL_OK) {
            return status;
        }
        at += n;
    }
    enum pl_status status = skip_signature(audit, &at, err);
    return status == PL_OK ? say_directory(audit, at, err) : status;
}
