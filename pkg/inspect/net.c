/* The container: PE header, CLI header, metadata root, streams, layout of the tables. */
#include "pkg/inspect/net_read.h"

/* What a column holds: a number of fixed size, an index into a heap, a table (0x80 and its number),
 * or one of several tables (0x40 and the number of the coded index). */
enum { END = 0, N2, N4, STR, GUID, BLOB, CODED = 0x40, TABLE = 0x80 };

enum coded {
    TYPE_DEF_OR_REF,
    HAS_CONSTANT,
    HAS_ATTRIBUTE,
    HAS_MARSHAL,
    HAS_SECURITY,
    MEMBER_PARENT,
    HAS_SEMANTICS,
    METHOD_OR_REF,
    MEMBER_FORWARDED,
    IMPLEMENTATION,
    ATTRIBUTE_TYPE,
    SCOPE,
    TYPE_OR_METHOD,
    CODED_COUNT
};

/* II.24.2.6: tag bits, then the tables; 0xff: a tag that is not used. */
enum { CODED_TABLES = 22, NO_TABLE = 0xff };
static const struct {
    uint8_t bits, n, table[CODED_TABLES];
} CODED_INDEX[CODED_COUNT] = {
    [TYPE_DEF_OR_REF] = {2, 3, {0x02, 0x01, 0x1b}},
    [HAS_CONSTANT] = {2, 3, {0x04, 0x08, 0x17}},
    [HAS_ATTRIBUTE] = {5, 22, {0x06, 0x04, 0x01, 0x02, 0x08, 0x09, 0x0a, 0x00, 0x0e, 0x17, 0x14,
                               0x11, 0x1a, 0x1b, 0x20, 0x23, 0x26, 0x27, 0x28, 0x2a, 0x2c, 0x2b}},
    [HAS_MARSHAL] = {1, 2, {0x04, 0x08}},
    [HAS_SECURITY] = {2, 3, {0x02, 0x06, 0x20}},
    [MEMBER_PARENT] = {3, 5, {0x02, 0x01, 0x1a, 0x06, 0x1b}},
    [HAS_SEMANTICS] = {1, 2, {0x14, 0x17}},
    [METHOD_OR_REF] = {1, 2, {0x06, 0x0a}},
    [MEMBER_FORWARDED] = {1, 2, {0x04, 0x06}},
    [IMPLEMENTATION] = {2, 3, {0x26, 0x23, 0x27}},
    [ATTRIBUTE_TYPE] = {3, 5, {NO_TABLE, NO_TABLE, 0x06, 0x0a, NO_TABLE}},
    [SCOPE] = {2, 4, {0x00, 0x1a, 0x23, 0x01}},
    [TYPE_OR_METHOD] = {1, 2, {0x02, 0x06}},
};

/* II.22, every table, so that each one's place is known. */
static const uint8_t COLUMN[PL_NET_TABLES][PL_NET_COLUMNS] = {
    [0x00] = {N2, STR, GUID, GUID, GUID},
    [0x01] = {CODED | SCOPE, STR, STR},
    [0x02] = {N4, STR, STR, CODED | TYPE_DEF_OR_REF, TABLE | 0x04, TABLE | 0x06},
    [0x03] = {TABLE | 0x04},
    [0x04] = {N2, STR, BLOB},
    [0x05] = {TABLE | 0x06},
    [0x06] = {N4, N2, N2, STR, BLOB, TABLE | 0x08},
    [0x07] = {TABLE | 0x08},
    [0x08] = {N2, N2, STR},
    [0x09] = {TABLE | 0x02, CODED | TYPE_DEF_OR_REF},
    [0x0a] = {CODED | MEMBER_PARENT, STR, BLOB},
    [0x0b] = {N2, CODED | HAS_CONSTANT, BLOB},
    [0x0c] = {CODED | HAS_ATTRIBUTE, CODED | ATTRIBUTE_TYPE, BLOB},
    [0x0d] = {CODED | HAS_MARSHAL, BLOB},
    [0x0e] = {N2, CODED | HAS_SECURITY, BLOB},
    [0x0f] = {N2, N4, TABLE | 0x02},
    [0x10] = {N4, TABLE | 0x04},
    [0x11] = {BLOB},
    [0x12] = {TABLE | 0x02, TABLE | 0x14},
    [0x13] = {TABLE | 0x14},
    [0x14] = {N2, STR, CODED | TYPE_DEF_OR_REF},
    [0x15] = {TABLE | 0x02, TABLE | 0x17},
    [0x16] = {TABLE | 0x17},
    [0x17] = {N2, STR, BLOB},
    [0x18] = {N2, TABLE | 0x06, CODED | HAS_SEMANTICS},
    [0x19] = {TABLE | 0x02, CODED | METHOD_OR_REF, CODED | METHOD_OR_REF},
    [0x1a] = {STR},
    [0x1b] = {BLOB},
    [0x1c] = {N2, CODED | MEMBER_FORWARDED, STR, TABLE | 0x1a},
    [0x1d] = {N4, TABLE | 0x04},
    [0x1e] = {N4, N4},
    [0x1f] = {N4},
    [0x20] = {N4, N2, N2, N2, N2, N4, BLOB, STR, STR},
    [0x21] = {N4},
    [0x22] = {N4, N4, N4},
    [0x23] = {N2, N2, N2, N2, N4, BLOB, STR, STR, BLOB},
    [0x24] = {N4, TABLE | 0x23},
    [0x25] = {N4, N4, N4, TABLE | 0x23},
    [0x26] = {N4, STR, BLOB},
    [0x27] = {N4, N4, STR, STR, CODED | IMPLEMENTATION},
    [0x28] = {N4, N4, STR, CODED | IMPLEMENTATION},
    [0x29] = {TABLE | 0x02, TABLE | 0x02},
    [0x2a] = {N2, N2, CODED | TYPE_OR_METHOD, STR},
    [0x2b] = {CODED | METHOD_OR_REF, BLOB},
    [0x2c] = {TABLE | 0x2a, CODED | TYPE_DEF_OR_REF},
};

enum {
    DOS_HEADER = 64,
    DOS_PE_AT = 0x3c,
    PE_MAGIC = 0x00004550,
    PE_HEADER = 24, /* signature and COFF header */
    PE32 = 0x10b,
    PE32_PLUS = 0x20b,
    SECTION_SIZE = 40,
    SECTIONS_MAX = 96, /* the Windows loader's own bound */
    CLI_DIRECTORY = 14,
    CLI_HEADER_SIZE = 72,
    METADATA_MAGIC = 0x424a5342,
    STREAMS_MAX = 16,
    VERSION_MAX = 255,
    TABLES_HEADER = 24,
    WIDE_STRINGS = 0x01,
    WIDE_GUIDS = 0x02,
    WIDE_BLOBS = 0x04,
    EXTRA_DATA = 0x40,
    ROWS_MAX = 0x00ffffff, /* a token has 24 bits for the row */
    POINTER_TABLES = 1 << 0x03 | 1 << 0x05 | 1 << 0x07 | 1 << 0x13 | 1 << 0x16
};

uint32_t pl_net_u16(struct pl_slice s, size_t at)
{
    if (s.len < 2 || at > s.len - 2) {
        return 0;
    }
    const unsigned char *p = (const unsigned char *)s.ptr + at;
    return (uint32_t)p[0] | (uint32_t)p[1] << 8;
}

uint32_t pl_net_u32(struct pl_slice s, size_t at)
{
    if (s.len < 4 || at > s.len - 4) {
        return 0;
    }
    return pl_net_u16(s, at) | pl_net_u16(s, at + 2) << 16;
}

/* Exactly [at, at + n), or empty when it is not all there. */
static struct pl_slice part(struct pl_slice s, size_t at, size_t n)
{
    if (at > s.len || n > s.len - at) {
        return (struct pl_slice){0};
    }
    return pl_slice_make(s.ptr + at, n);
}

static void fault(struct pl_net *net, enum pl_net_state state, const char *why)
{
    net->state = (uint8_t)state;
    net->why = why;
}

/* The bytes that a virtual address of the image stands for. */
static struct pl_slice at_address(struct pl_slice text, size_t pe, uint32_t address, uint32_t n)
{
    uint32_t sections = pl_net_u16(text, pe + 6);
    size_t at = pe + PE_HEADER + pl_net_u16(text, pe + 20);
    for (uint32_t i = 0; i < sections && i < SECTIONS_MAX; i++, at += SECTION_SIZE) {
        uint32_t start = pl_net_u32(text, at + 12);
        uint32_t stored = pl_net_u32(text, at + 16);
        if (address >= start && address - start < stored && n <= stored - (address - start)) {
            return part(text, (size_t)pl_net_u32(text, at + 20) + (address - start), n);
        }
    }
    return (struct pl_slice){0};
}

/* II.25: from the DOS header to the metadata root; empty when *net says why not. */
static struct pl_slice find_metadata(struct pl_net *net)
{
    static const struct pl_slice none = {0};
    struct pl_slice text = net->text;
    size_t pe = pl_net_u32(text, DOS_PE_AT);
    if (text.len < 2 || text.ptr[0] != 'M' || text.ptr[1] != 'Z') {
        fault(net, PL_NET_NOT_PE, NULL);
        return none;
    }
    if (text.len < DOS_HEADER || pe > text.len - 4) {
        fault(net, PL_NET_DAMAGED, "it ends within its headers");
        return none;
    }
    if (pl_net_u32(text, pe) != PE_MAGIC) {
        fault(net, PL_NET_NOT_PE, NULL);
        return none;
    }
    uint32_t magic = pl_net_u16(text, pe + PE_HEADER);
    size_t fixed = magic == PE32_PLUS ? 112u : 96u;
    size_t directory = pe + PE_HEADER + fixed + (size_t)CLI_DIRECTORY * 8;
    if ((magic != PE32 && magic != PE32_PLUS) || directory > text.len - 8) {
        fault(net, PL_NET_DAMAGED, "it ends within its headers");
        return none;
    }
    uint32_t count = pl_net_u32(text, pe + PE_HEADER + fixed - 4);
    uint32_t address = pl_net_u32(text, directory);
    if (count <= CLI_DIRECTORY || address == 0) {
        fault(net, PL_NET_NATIVE, NULL);
        return none;
    }
    struct pl_slice cli = at_address(text, pe, address, CLI_HEADER_SIZE);
    struct pl_slice root = at_address(text, pe, pl_net_u32(cli, 8), pl_net_u32(cli, 12));
    if (cli.len == 0 || root.len == 0) {
        fault(net, PL_NET_DAMAGED, "its metadata lies outside of the file");
        return none;
    }
    /* With the native flag (bit 4) the field is an address, not a token (II.25.3.3). */
    net->entry_point = pl_net_u32(cli, 20);
    return root;
}

/* II.24.2.1: the streams of the metadata root; *ret_tables is #~. */
static void find_streams(struct pl_net *net, struct pl_slice root, struct pl_slice *ret_tables)
{
    uint32_t version = pl_net_u32(root, 12);
    if (pl_net_u32(root, 0) != METADATA_MAGIC || version > VERSION_MAX + 1u) {
        fault(net, PL_NET_DAMAGED, "its metadata has no root");
        return;
    }
    size_t at = 16 + (size_t)version;
    uint32_t n = pl_net_u16(root, at + 2);
    at += 4;
    for (uint32_t i = 0; i < n && i < STREAMS_MAX && at + 8 < root.len; i++) {
        struct pl_slice rest = pl_slice_sub(root, at + 8, at + 8 + 32);
        struct pl_slice name = pl_slice_sub(rest, 0, pl_slice_find(rest, '\0'));
        struct pl_slice body = part(root, pl_net_u32(root, at), pl_net_u32(root, at + 4));
        if (pl_slice_is(name, "#~")) {
            *ret_tables = body;
        } else if (pl_slice_is(name, "#-")) {
            fault(net, PL_NET_STRANGE, "its metadata was written for edit-and-continue");
            return;
        } else if (pl_slice_is(name, "#Strings")) {
            net->strings = body;
        } else if (pl_slice_is(name, "#Blob")) {
            net->blob = body;
        } else if (pl_slice_is(name, "#US")) {
            net->user = body;
        }
        at += 8 + ((name.len + 4) & ~(size_t)3); /* the name's NUL, padded to four */
    }
    if (ret_tables->len < TABLES_HEADER) {
        fault(net, PL_NET_DAMAGED, "its metadata has no tables");
    }
}

static unsigned width_of(const struct pl_net *net, uint8_t column, uint32_t heaps)
{
    if (column & TABLE) {
        return net->table[column & 0x7f].rows > 0xffff ? 4 : 2;
    }
    if (column & CODED) {
        unsigned coded = column & 0x3f;
        for (unsigned i = 0; i < CODED_INDEX[coded].n; i++) {
            unsigned table = CODED_INDEX[coded].table[i];
            if (table != NO_TABLE &&
                net->table[table].rows > (0xffffu >> CODED_INDEX[coded].bits)) {
                return 4;
            }
        }
        return 2;
    }
    switch (column) {
    case STR:
        return heaps & WIDE_STRINGS ? 4 : 2;
    case GUID:
        return heaps & WIDE_GUIDS ? 4 : 2;
    case BLOB:
        return heaps & WIDE_BLOBS ? 4 : 2;
    default:
        return column == N4 ? 4 : 2;
    }
}

/* II.24.2.6: where each table starts and how its rows are laid out. */
static void lay_out(struct pl_net *net, struct pl_slice tables)
{
    uint32_t heaps = (unsigned char)tables.ptr[6];
    uint64_t valid = pl_net_u32(tables, 8) | (uint64_t)pl_net_u32(tables, 12) << 32;
    size_t at = TABLES_HEADER;
    if (valid >> PL_NET_TABLES || (valid & POINTER_TABLES)) {
        fault(net, PL_NET_STRANGE, "it has tables that this program does not know");
        return;
    }
    for (unsigned i = 0; i < PL_NET_TABLES; i++) {
        if (valid >> i & 1) {
            net->table[i].rows = pl_net_u32(tables, at);
            at += 4;
        }
        if (net->table[i].rows > ROWS_MAX) {
            fault(net, PL_NET_DAMAGED, "it claims more rows than a token can name");
            return;
        }
    }
    at += heaps & EXTRA_DATA ? 4 : 0;
    for (unsigned i = 0; i < PL_NET_TABLES; i++) {
        struct pl_net_table *table = &net->table[i];
        for (unsigned k = 0; k < PL_NET_COLUMNS; k++) {
            unsigned width = COLUMN[i][k] == END ? 0 : width_of(net, COLUMN[i][k], heaps);
            table->offset[k + 1] = (uint8_t)(table->offset[k] + width);
        }
        table->size = table->offset[PL_NET_COLUMNS];
        if (at > tables.len || table->rows > (tables.len - at) / table->size) {
            fault(net, PL_NET_DAMAGED, "its tables are longer than the file");
            return;
        }
        table->at = (size_t)(tables.ptr - net->text.ptr) + at;
        at += (size_t)table->rows * table->size;
    }
}

void pl_net_read(struct pl_net *ret, struct pl_slice text)
{
    struct pl_slice tables = {0};
    *ret = (struct pl_net){.state = PL_NET_MANAGED, .text = text};
    struct pl_slice root = find_metadata(ret);
    if (ret->state == PL_NET_MANAGED) {
        find_streams(ret, root, &tables);
    }
    if (ret->state == PL_NET_MANAGED) {
        lay_out(ret, tables);
    }
    if (ret->state == PL_NET_MANAGED) {
        ret->name = pl_net_string(ret, pl_net_cell(ret, PL_NET_ASSEMBLY, 1, 7));
    }
}

uint32_t pl_net_cell(const struct pl_net *net, unsigned table, uint32_t row, unsigned column)
{
    const struct pl_net_table *t = &net->table[table];
    if (row == 0 || row > t->rows) {
        return 0;
    }
    size_t at = t->at + (size_t)(row - 1) * t->size + t->offset[column];
    return t->offset[column + 1] - t->offset[column] == 4 ? pl_net_u32(net->text, at)
                                                          : pl_net_u16(net->text, at);
}

struct pl_slice pl_net_string(const struct pl_net *net, uint32_t at)
{
    struct pl_slice rest = pl_slice_sub(net->strings, at, net->strings.len);
    size_t end = pl_slice_find(rest, '\0');
    return end < rest.len ? pl_slice_sub(rest, 0, end) : (struct pl_slice){0};
}

bool pl_net_packed(struct pl_slice s, size_t *pos, uint32_t *ret)
{
    const unsigned char *p = (const unsigned char *)s.ptr;
    size_t left = *pos < s.len ? s.len - *pos : 0;
    if (left == 0) {
        return false;
    }
    p += *pos;
    if ((p[0] & 0x80) == 0) {
        *ret = p[0];
        *pos += 1;
        return true;
    }
    if ((p[0] & 0xc0) == 0x80 && left >= 2) {
        *ret = (uint32_t)(p[0] & 0x3f) << 8 | p[1];
        *pos += 2;
        return true;
    }
    if ((p[0] & 0xe0) == 0xc0 && left >= 4) {
        *ret = (uint32_t)(p[0] & 0x1f) << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
        *pos += 4;
        return true;
    }
    return false;
}

struct pl_slice pl_net_blob(const struct pl_net *net, uint32_t at)
{
    size_t pos = at;
    uint32_t n = 0;
    return pl_net_packed(net->blob, &pos, &n) ? part(net->blob, pos, n) : (struct pl_slice){0};
}

bool pl_net_next_literal(const struct pl_net *net, size_t *pos, struct pl_slice *ret)
{
    uint32_t n = 0;
    size_t at = *pos == 0 ? 1 : *pos; /* the first byte is the empty blob */
    if (!pl_net_packed(net->user, &at, &n) || n > net->user.len - at) {
        return false;
    }
    *ret = part(net->user, at, n & ~1u); /* a closing byte makes the length odd (II.24.2.4) */
    *pos = at + n;
    return true;
}
