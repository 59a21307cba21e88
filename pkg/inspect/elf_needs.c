/*
 * The dynamic section: what ld.so reads of a file (glibc elf/dl-load.c and dl-version.c; System V
 * ABI, chapter 5; the version tables: Linux Standard Base 5, "Symbol Versioning").
 *
 * Everything is found through PT_DYNAMIC and PT_LOAD, as ld.so does it, never through sections.
 */
#include "pkg/inspect/elf_read.h"

#include <string.h>

enum {
    DT_NULL = 0,
    DT_NEEDED = 1,
    DT_STRTAB = 5,
    DT_STRSZ = 10,
    DT_SONAME = 14,
    DT_RPATH = 15,
    DT_RUNPATH = 29
};
#define DT_VERNEED    0x6ffffffeu
#define DT_VERNEEDNUM 0x6fffffffu

/* Real libraries stay far below: libc alone defines some hundred versions in all. */
enum {
    LOADS_MAX = 64,
    DYNAMIC_MAX = 4096,
    NEEDED_MAX = 512,
    VERSIONS_MAX = 4096,
    STRING_MAX = 4096,
    NOTES_MAX = 64 * 1024,
    VER_FLG_WEAK = 2,
    /* Most of a table of needed versions: VERSIONS_MAX rows of 16 bytes, and their libraries'. */
    VERSIONS_BYTES = 128 * 1024
};

struct load {
    uint64_t vaddr, offset, bytes;
};

struct looking {
    const struct pl_elf *elf;
    const struct pl_elf_image *image;
    struct pl_elf_needs *needs;
    struct pl_arena *arena;
    struct load load[LOADS_MAX];
    uint32_t n_load;
    struct pl_elf_program dynamic;
    bool has_dynamic;
    uint64_t strings_at, strings_bytes, versions_at, versions; /* as the section says */
    struct pl_slice strings;
    uint64_t versions_place, versions_bytes; /* in the file, where they are found */
    uint32_t cap_version;
};

/* `n` bytes of the file; *ret is empty when they are not at hand. */
static bool at_hand(struct looking *l, uint64_t at, uint64_t n, struct pl_slice *ret)
{
    for (uint32_t i = 0; i < l->image->n; i++) {
        const struct pl_elf_piece *piece = &l->image->piece[i];
        if (at >= piece->at && at - piece->at <= piece->bytes.len &&
            n <= piece->bytes.len - (at - piece->at)) {
            size_t from = (size_t)(at - piece->at);
            *ret = pl_slice_sub(piece->bytes, from, from + (size_t)n);
            return true;
        }
    }
    return false;
}

/* What is at hand from there on, at most `n` bytes. */
static bool rest_at_hand(struct looking *l, uint64_t at, uint64_t n, struct pl_slice *ret)
{
    for (uint32_t i = 0; i < l->image->n; i++) {
        const struct pl_elf_piece *piece = &l->image->piece[i];
        if (at >= piece->at && at - piece->at < piece->bytes.len) {
            uint64_t left = piece->bytes.len - (at - piece->at);
            return at_hand(l, at, n < left ? n : left, ret);
        }
    }
    return false;
}

static void misses(struct looking *l, uint64_t at, uint64_t n)
{
    l->needs->cut = true;
    l->needs->miss_at = at;
    l->needs->miss_bytes = n;
}

/* As at_hand; says what is wrong when not. */
static bool want(struct looking *l, uint64_t at, uint64_t n, const char *broken,
                 struct pl_slice *ret)
{
    if (at_hand(l, at, n, ret)) {
        return true;
    }
    if (at > l->image->size || n > l->image->size - at) {
        l->needs->broken = broken;
    } else {
        misses(l, at, n);
    }
    return false;
}

static uint64_t number_of(const struct looking *l, struct pl_slice bytes, size_t at, unsigned n)
{
    struct pl_elf_reader r = {(const unsigned char *)bytes.ptr, bytes.len, l->elf->big_endian};
    return pl_elf_number(&r, at, n);
}

/* The place in the file of an address. */
static bool place_of(const struct looking *l, uint64_t vaddr, uint64_t *ret_at, uint64_t *ret_left)
{
    for (uint32_t i = 0; i < l->n_load; i++) {
        const struct load *load = &l->load[i];
        if (vaddr >= load->vaddr && vaddr - load->vaddr < load->bytes) {
            *ret_at = load->offset + (vaddr - load->vaddr);
            *ret_left = load->bytes - (vaddr - load->vaddr);
            return *ret_at >= load->offset;
        }
    }
    return false;
}

static bool read_programs(struct looking *l)
{
    struct pl_slice head;
    struct pl_elf_table table;
    if (!want(l, 0, l->elf->bits == 64 ? 64 : 52, "it ends within its header", &head)) {
        return false;
    }
    struct pl_elf_reader r = {(const unsigned char *)head.ptr, head.len, l->elf->big_endian};
    l->needs->broken = pl_elf_table(l->elf, &r, l->image->size, &table);
    struct pl_slice rows;
    if (l->needs->broken || !want(l, table.at, table.count * table.each, "", &rows)) {
        return false;
    }
    r = (struct pl_elf_reader){(const unsigned char *)rows.ptr, rows.len, l->elf->big_endian};
    for (uint64_t i = 0; i < table.count; i++) {
        struct pl_elf_program p;
        pl_elf_program(l->elf, &r, (size_t)(i * table.each), &p);
        if (p.type == PL_ELF_PT_LOAD && l->n_load < LOADS_MAX) {
            l->load[l->n_load++] = (struct load){p.vaddr, p.offset, p.bytes};
        } else if (p.type == PL_ELF_PT_DYNAMIC) {
            l->dynamic = p; /* ld.so takes the last */
            l->has_dynamic = true;
        } else if (p.type == PL_ELF_PT_NOTE && !l->needs->go) {
            struct pl_slice note;
            uint64_t n = p.bytes < NOTES_MAX ? p.bytes : NOTES_MAX;
            /* A note of the owner "Go\0\0": the build id that Go's linker writes. */
            l->needs->go = at_hand(l, p.offset, n, &note) && note.len >= 16 &&
                           memcmp(note.ptr + 12, "Go\0", 4) == 0;
        }
    }
    return true;
}

/* A string of the string table, copied. */
static PL_STATUS take(struct looking *l, uint64_t at, struct pl_slice *ret, struct pl_err *err)
{
    if (at >= l->strings.len) {
        l->needs->broken = "a name of its dynamic section lies outside of the string table";
        return PL_OK;
    }
    struct pl_slice rest = pl_slice_sub(l->strings, (size_t)at, l->strings.len);
    size_t n = pl_slice_find(pl_slice_sub(rest, 0, STRING_MAX), '\0');
    if (n == rest.len || n >= STRING_MAX) {
        l->needs->broken = "a name of its dynamic section has no end";
        return PL_OK;
    }
    return pl_arena_dup(l->arena, pl_slice_sub(rest, 0, n), ret, err);
}

struct entry {
    uint64_t tag, value;
};

static struct entry entry_at(const struct looking *l, struct pl_slice table, size_t index)
{
    unsigned word = l->elf->bits == 64 ? 8 : 4;
    return (struct entry){number_of(l, table, index * 2 * word, word),
                          number_of(l, table, index * 2 * word + word, word)};
}

/* What the section says about places, before any name can be read. */
static size_t read_places(struct looking *l, struct pl_slice table, uint32_t *ret_needed)
{
    size_t each = l->elf->bits == 64 ? 16 : 8;
    size_t n = 0;
    *ret_needed = 0;
    while (n < table.len / each) {
        struct entry e = entry_at(l, table, n);
        if (e.tag == DT_NULL) {
            break;
        }
        if (e.tag == DT_STRTAB) {
            l->strings_at = e.value;
        } else if (e.tag == DT_STRSZ) {
            l->strings_bytes = e.value;
        } else if (e.tag == DT_VERNEED) {
            l->versions_at = e.value;
        } else if (e.tag == DT_VERNEEDNUM) {
            l->versions = e.value;
        } else if (e.tag == DT_NEEDED) {
            *ret_needed += *ret_needed < NEEDED_MAX;
        }
        n++;
    }
    return n;
}

static PL_STATUS read_names(struct looking *l, struct pl_slice table, size_t n, struct pl_err *err)
{
    struct pl_elf_needs *needs = l->needs;
    uint32_t room = needs->n_needed;
    enum pl_status status = PL_OK;
    needs->n_needed = 0;
    for (size_t i = 0; status == PL_OK && i < n; i++) {
        struct entry e = entry_at(l, table, i);
        struct pl_slice name = {0};
        struct pl_slice *to = e.tag == DT_SONAME    ? &needs->soname
                              : e.tag == DT_RPATH   ? &needs->rpath
                              : e.tag == DT_RUNPATH ? &needs->runpath
                                                    : &name;
        if (to == &name && (e.tag != DT_NEEDED || needs->n_needed == room)) {
            continue;
        }
        status = take(l, e.value, to, err);
        if (to == &name && name.len > 0) {
            needs->needed[needs->n_needed++] = name;
        }
    }
    return status;
}

static PL_STATUS add_version(struct looking *l, struct pl_slice library, uint64_t name, bool weak,
                             struct pl_err *err)
{
    struct pl_elf_needs *needs = l->needs;
    if (needs->n_version == l->cap_version) {
        uint32_t cap = l->cap_version ? 2 * l->cap_version : 16;
        struct pl_elf_version *more = pl_arena_new(l->arena, cap, sizeof *more, err);
        if (!more) {
            return err->code;
        }
        if (needs->n_version > 0) {
            memcpy(more, needs->version, needs->n_version * sizeof *more);
        }
        needs->version = more;
        l->cap_version = cap;
    }
    struct pl_elf_version *to = &needs->version[needs->n_version];
    *to = (struct pl_elf_version){library, {0}, weak};
    if (take(l, name, &to->name, err) != PL_OK) {
        return err->code;
    }
    needs->n_version += to->name.len > 0;
    return PL_OK;
}

/* A row behind the end of what is at hand: is that the end of the table as well? */
static void breaks_off(struct looking *l, struct pl_slice table)
{
    if (table.len < l->versions_bytes && table.len < VERSIONS_BYTES) {
        misses(l, l->versions_place, l->versions_bytes);
    } else {
        l->needs->broken = "its table of needed versions breaks off";
    }
}

/* The versions of one library: vn_aux rows behind vn_file. */
static PL_STATUS read_aux(struct looking *l, struct pl_slice table, uint64_t at, uint64_t count,
                          struct pl_slice library, struct pl_err *err)
{
    for (uint64_t i = 0; i < count && l->needs->n_version < VERSIONS_MAX; i++) {
        if (at > table.len || table.len - at < 16) {
            breaks_off(l, table);
            return PL_OK;
        }
        bool weak = (number_of(l, table, (size_t)at + 4, 2) & VER_FLG_WEAK) != 0;
        uint64_t next = number_of(l, table, (size_t)at + 12, 4);
        enum pl_status status =
            add_version(l, library, number_of(l, table, (size_t)at + 8, 4), weak, err);
        if (status != PL_OK || next == 0) {
            return status;
        }
        at += next; /* forward only: no circle, and at most 4 GB a step */
    }
    return PL_OK;
}

static PL_STATUS read_versions(struct looking *l, struct pl_err *err)
{
    uint64_t place = 0;
    uint64_t left = 0;
    struct pl_slice table = {0};
    if (l->versions_at == 0 || l->versions == 0) {
        return PL_OK;
    }
    if (!place_of(l, l->versions_at, &place, &left)) {
        l->needs->broken = "its table of needed versions lies outside of what is loaded";
        return PL_OK;
    }
    if (place >= l->image->size) {
        l->needs->broken = "its table of needed versions lies behind the end of the file";
        return PL_OK;
    }
    /* The section does not say how long the table is: at most all that follows in the segment. */
    left = left < l->image->size - place ? left : l->image->size - place;
    l->versions_place = place;
    l->versions_bytes = left < VERSIONS_BYTES ? left : VERSIONS_BYTES;
    if (!rest_at_hand(l, place, left, &table)) {
        misses(l, place, l->versions_bytes);
        return PL_OK;
    }
    uint64_t at = 0;
    for (uint64_t i = 0; i < l->versions && l->needs->n_version < VERSIONS_MAX; i++) {
        struct pl_slice library = {0};
        if (at > table.len || table.len - at < 16) {
            breaks_off(l, table);
            return PL_OK;
        }
        uint64_t next = number_of(l, table, (size_t)at + 12, 4);
        uint64_t aux = number_of(l, table, (size_t)at + 8, 4);
        enum pl_status status = take(l, number_of(l, table, (size_t)at + 4, 4), &library, err);
        if (status == PL_OK) {
            status =
                read_aux(l, table, at + aux, number_of(l, table, (size_t)at + 2, 2), library, err);
        }
        if (status != PL_OK || next == 0) {
            return status;
        }
        at += next;
    }
    return PL_OK;
}

/* The names of symbols stand in the string table: whoever defines or asks for one has it there. */
static PL_STATUS read_symbols(struct looking *l, struct pl_err *err)
{
    static const struct pl_slice node = PL_SLICE_INIT("node_register_module_v");
    static const struct pl_slice init = PL_SLICE_INIT("\0PyInit_");
    struct pl_slice rest = l->strings;
    size_t at = pl_slice_find_text(rest, node);
    if (at < rest.len) {
        struct pl_slice digits = pl_slice_sub(rest, at + node.len, at + node.len + 5);
        uint64_t abi = 0;
        if (pl_slice_u64(pl_slice_sub(digits, 0, pl_slice_find(digits, '\0')), &abi) &&
            abi <= UINT16_MAX) {
            l->needs->node_abi = (uint16_t)abi;
        }
    }
    l->needs->napi = pl_slice_find_text(rest, PL_SLICE("napi_register_module_v")) < rest.len ||
                     pl_slice_find_text(rest, PL_SLICE("napi_module_register")) < rest.len;
    at = pl_slice_find_text(rest, init);
    if (at == rest.len) {
        return PL_OK;
    }
    struct pl_slice name = pl_slice_sub(rest, at + init.len, at + init.len + STRING_MAX);
    return pl_arena_dup(l->arena, pl_slice_sub(name, 0, pl_slice_find(name, '\0')),
                        &l->needs->py_init, err);
}

static bool find_strings(struct looking *l)
{
    uint64_t place = 0;
    uint64_t left = 0;
    if (!place_of(l, l->strings_at, &place, &left) || l->strings_bytes > left) {
        l->needs->broken = "its string table lies outside of what is loaded";
        return false;
    }
    return want(l, place, l->strings_bytes, "its string table lies behind the end of the file",
                &l->strings);
}

static PL_STATUS read_dynamic(struct looking *l, struct pl_err *err)
{
    struct pl_slice table;
    size_t each = l->elf->bits == 64 ? 16 : 8;
    uint64_t most = (uint64_t)DYNAMIC_MAX * each;
    uint64_t bytes = l->dynamic.bytes < most ? l->dynamic.bytes : most;
    if (!want(l, l->dynamic.offset, bytes, "its dynamic section lies behind the end of the file",
              &table)) {
        return PL_OK;
    }
    size_t n = read_places(l, table, &l->needs->n_needed);
    if (l->strings_at == 0) {
        l->needs->n_needed = 0; /* static-pie programs have a section without names */
        return PL_OK;
    }
    if (!find_strings(l)) {
        l->needs->n_needed = 0;
        return PL_OK;
    }
    l->needs->needed =
        pl_arena_new(l->arena, l->needs->n_needed + 1u, sizeof *l->needs->needed, err);
    if (!l->needs->needed || read_names(l, table, n, err) != PL_OK ||
        read_versions(l, err) != PL_OK) {
        return err->code;
    }
    return read_symbols(l, err);
}

PL_STATUS pl_elf_read_needs(struct pl_elf_needs *ret, const struct pl_elf *elf,
                            const struct pl_elf_image *image, struct pl_arena *arena,
                            struct pl_err *err)
{
    struct pl_elf_needs needs = {.dynamic = false};
    struct looking l = {.elf = elf, .image = image, .needs = &needs, .arena = arena};
    enum pl_status status = PL_OK;
    if (read_programs(&l) && l.has_dynamic) {
        needs.dynamic = true;
        status = read_dynamic(&l, err);
    }
    if (status == PL_OK) {
        *ret = needs;
    }
    return status;
}

void pl_elf_wanted(struct pl_elf_image *ret, const struct pl_elf *elf, struct pl_slice bytes,
                   uint64_t size, uint64_t max)
{
    struct pl_elf_table table;
    struct pl_elf_reader r = {(const unsigned char *)bytes.ptr, bytes.len, elf->big_endian};
    *ret = (struct pl_elf_image){.size = size};
    if (elf->broken || elf->cut || pl_elf_table(elf, &r, size, &table) || table.at > r.len ||
        table.count * table.each > r.len - table.at) {
        return;
    }
    for (uint64_t i = 0; i < table.count && ret->n < PL_ELF_PIECES; i++) {
        struct pl_elf_program p;
        pl_elf_program(elf, &r, (size_t)(table.at + i * table.each), &p);
        bool wanted = p.type == PL_ELF_PT_LOAD || p.type == PL_ELF_PT_DYNAMIC;
        if (wanted && p.offset < size && p.bytes > 0) {
            uint64_t n = p.bytes < size - p.offset ? p.bytes : size - p.offset;
            /* The tables stand at the start of the file; tools that add some append a segment. */
            uint64_t most = p.offset == 0 ? max : max / 8;
            ret->piece[ret->n].at = p.offset;
            ret->piece[ret->n++].bytes.len = (size_t)(n < most ? n : most);
        }
    }
}

bool pl_elf_is_musl(const struct pl_elf *elf, const struct pl_elf_needs *needs)
{
    static const struct pl_slice loader = PL_SLICE_INIT("/lib/ld-musl-");
    static const struct pl_slice library = PL_SLICE_INIT("libc.musl-");
    for (uint32_t i = 0; i < needs->n_needed; i++) {
        if (pl_slice_starts(needs->needed[i], library) ||
            pl_slice_is(needs->needed[i], "libc.so")) {
            return true;
        }
    }
    return pl_slice_starts(elf->interpreter, loader);
}
