#include "pkg/survey/native.h"

#include "pkg/base/arr.h"
#include "pkg/base/limits.h"

#include <stdlib.h>
#include <string.h>

/* A shared library has some hundred bytes of names; a package of 250 MB has some thousand. */
#define TEXT_BYTES PL_MB(32)

static const struct pl_slice SO = PL_SLICE_INIT(".so");
static const struct pl_slice NODE = PL_SLICE_INIT(".node");
static const struct pl_slice PYD = PL_SLICE_INIT(".pyd");

PL_STATUS pl_native_gather_init(struct pl_native_gather *g, struct pl_tree *tree, unsigned workers,
                                struct pl_err *err)
{
    *g = (struct pl_native_gather){.tree = tree, .workers = workers > 0 ? workers : 1};
    g->share = pl_arr_zeroed(g->workers, sizeof *g->share, err);
    if (!g->share) {
        return err->code;
    }
    for (unsigned i = 0; i < g->workers; i++) {
        pl_arena_init(&g->share[i].arena, TEXT_BYTES);
    }
    return PL_OK;
}

void pl_native_gather_done(struct pl_native_gather *g)
{
    for (unsigned i = 0; g->share && i < g->workers; i++) {
        free(g->share[i].at);
        free(g->share[i].dist);
        free(g->share[i].jar);
        free(g->share[i].newer);
        pl_arena_done(&g->share[i].arena);
    }
    free(g->share);
    g->share = NULL;
}

/* Digits and dots, as in ".so.1.2". */
static bool is_version(struct pl_slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] != '.' && (s.ptr[i] < '0' || s.ptr[i] > '9')) {
            return false;
        }
    }
    return true;
}

bool pl_native_is_library_name(struct pl_slice name)
{
    struct pl_slice file = pl_slice_basename(name);
    if (pl_slice_ends(file, SO) || pl_slice_ends(file, NODE) || pl_slice_ends(file, PYD)) {
        return file.len > SO.len;
    }
    size_t at = pl_slice_find_text(file, PL_SLICE(".so."));
    return at > 0 && at < file.len && is_version(pl_slice_sub(file, at + SO.len, file.len));
}

/* What .NET keeps for Windows alone: runtimes/win-x64/native/, runtimes/win/lib/. */
static bool is_for_windows(struct pl_slice name)
{
    static const struct pl_slice windows = PL_SLICE_INIT("runtimes/win");
    size_t at = pl_slice_find_text(name, windows);
    struct pl_slice rest = pl_slice_sub(name, at + windows.len, name.len);
    return (pl_slice_ends(name, PL_SLICE(".dll")) || pl_slice_ends(name, PL_SLICE(".exe"))) &&
           at < name.len && (at == 0 || name.ptr[at - 1] == '/') &&
           (pl_slice_find_text(rest, PL_SLICE("/native/")) < rest.len ||
            pl_slice_find_text(rest, PL_SLICE("/lib/")) < rest.len);
}

bool pl_native_may_be(const struct pl_entry *entry)
{
    struct pl_slice file = pl_slice_basename(entry->name);
    bool plain = pl_slice_find(file, '.') == file.len || (entry->mode > 0 && entry->mode & 0111);
    return plain || pl_native_is_library_name(file) ||
           pl_slice_find_text(file, PL_SLICE(".so.")) < file.len ||
           pl_slice_ends(file, PL_SLICE(".dylib")) || pl_slice_ends(file, PL_SLICE(".jnilib")) ||
           is_for_windows(entry->name);
}

static bool is_worth(const struct pl_native *fact, struct pl_slice name)
{
    switch ((enum pl_exec_kind)fact->kind) {
    case PL_EXEC_ELF:
    case PL_EXEC_MACHO:
        return true;
    case PL_EXEC_PE: /* .NET assemblies are PE as well, on every system */
        return is_for_windows(name) || pl_native_is_library_name(name);
    case PL_EXEC_EMPTY:
    case PL_EXEC_SCRIPT:
    case PL_EXEC_MARKED:
    case PL_EXEC_ZIP:
    case PL_EXEC_GZIP:
    case PL_EXEC_LFS:
    case PL_EXEC_TEXT:
    case PL_EXEC_OTHER:
        break;
    }
    return pl_native_is_library_name(name);
}

static PL_STATUS keep(struct pl_native_share *share, const struct pl_native *fact,
                      struct pl_err *err)
{
    struct pl_native *at = pl_arr_grow(share->at, &share->cap, share->n + 1u, sizeof *at,
                                       PL_MAX_ENTRIES, "native files", err);
    if (!at) {
        return err->code;
    }
    share->at = at;
    at[share->n++] = *fact;
    return PL_OK;
}

PL_STATUS pl_native_read_elf(struct pl_native_share *share, struct pl_native *fact,
                             const struct pl_elf_image *image, struct pl_err *err)
{
    struct pl_slice interpreter = fact->elf.interpreter;
    enum pl_status status = PL_OK;
    fact->elf.interpreter = (struct pl_slice){0};
    if (interpreter.len > 0) {
        status = pl_arena_dup(&share->arena, interpreter, &fact->elf.interpreter, err);
    }
    if (status == PL_OK && !fact->elf.broken && !fact->elf.cut) {
        status = pl_elf_read_needs(&fact->needs, &fact->elf, image, &share->arena, err);
    }
    if (status == PL_ERR_LIMIT) {
        /* More names than a package can hold in earnest: of this file nothing is known. */
        fact->needs = (struct pl_elf_needs){.cut = true};
        return PL_OK;
    }
    return status;
}

/* Of large files: the head, with the tables of names; the others are what tools append. */
#define HEADS_BYTES PL_MB(16)
#define HEAD_MIN    PL_MB(1)
#define HEAD_MAX    PL_MB(8)

void pl_native_choose(const struct pl_native_gather *g, struct pl_slice start, uint64_t size,
                      struct pl_parts *ret)
{
    struct pl_elf elf;
    struct pl_elf_image wanted;
    size_t head = HEADS_BYTES / g->workers;
    if (!pl_elf_is(start)) {
        return;
    }
    head = head < HEAD_MIN ? HEAD_MIN : head > HEAD_MAX ? HEAD_MAX : head;
    pl_elf_read(&elf, start, size);
    pl_elf_wanted(&wanted, &elf, start, size, head);
    for (uint32_t i = 0; i < wanted.n; i++) {
        if (!pl_parts_want(ret, wanted.piece[i].at, wanted.piece[i].bytes.len)) {
            return;
        }
    }
}

void pl_native_parts(struct pl_native_gather *g, unsigned worker, uint32_t index,
                     const struct pl_parts *parts)
{
    g->share[worker].parts = parts;
    g->share[worker].parts_of = index;
}

static void add_parts(struct pl_elf_image *image, const struct pl_parts *parts)
{
    for (uint32_t i = 0; parts && i < parts->n && image->n < PL_ELF_PIECES; i++) {
        image->piece[image->n].at = parts->part[i].at;
        image->piece[image->n++].bytes = pl_buf_view(&parts->part[i].bytes);
    }
}

static const struct pl_slice RECORD = PL_SLICE_INIT(".dist-info/RECORD");
static const struct pl_slice WHEEL = PL_SLICE_INIT(".dist-info/WHEEL");
/* A RECORD lists every file of a distribution; the largest have some ten thousand. */
#define RECORD_BYTES PL_MB(8)

bool pl_native_is_record(const struct pl_entry *entry)
{
    return pl_slice_ends(entry->name, RECORD) && entry->size <= RECORD_BYTES;
}

/* A Python distribution's RECORD or WHEEL. */
static PL_STATUS look_at_dist(struct pl_native_share *share, const struct pl_entry *entry,
                              uint32_t index, struct pl_slice bytes, struct pl_err *err)
{
    struct pl_dist_file file = {.entry = index, .is_record = pl_native_is_record(entry)};
    if (!(file.is_record || pl_slice_ends(entry->name, WHEEL)) || bytes.len < entry->size) {
        return PL_OK;
    }
    enum pl_status status = file.is_record ? pl_record_read(&file.record, bytes, &share->arena, err)
                                           : pl_wheel_read(&file.wheel, bytes, &share->arena, err);
    if (status != PL_OK) {
        return status == PL_ERR_LIMIT ? PL_OK : status;
    }
    struct pl_dist_file *at = pl_arr_grow(share->dist, &share->cap_dist, share->n_dist + 1u,
                                          sizeof *at, PL_MAX_ENTRIES, "distributions", err);
    if (!at) {
        return err->code;
    }
    share->dist = at;
    at[share->n_dist++] = file;
    return PL_OK;
}

PL_STATUS pl_native_look(struct pl_native_gather *g, unsigned worker, uint32_t index,
                         struct pl_slice bytes, struct pl_err *err)
{
    struct pl_native_share *share = &g->share[worker];
    const struct pl_entry *entry = &g->tree->entry[index];
    if (look_at_dist(share, entry, index, bytes, err) != PL_OK ||
        pl_native_look_jar(share, entry, index, bytes, err) != PL_OK ||
        pl_native_look_class(share, entry, index, bytes, err) != PL_OK) {
        return err->code;
    }
    struct pl_exec exec;
    pl_exec_read(&exec, bytes, entry->size);
    struct pl_native fact = {.entry = index, .kind = exec.kind, .elf = exec.elf};
    if (entry->type != PL_ENTRY_FILE || !is_worth(&fact, entry->name)) {
        return PL_OK;
    }
    if (fact.kind == PL_EXEC_ELF) {
        struct pl_elf_image image = {{{0, bytes}}, 1, entry->size};
        add_parts(&image, share->parts && share->parts_of == index ? share->parts : NULL);
        share->parts = NULL;
        enum pl_status status = pl_native_read_elf(share, &fact, &image, err);
        if (status != PL_OK) {
            return status;
        }
    }
    return keep(share, &fact, err);
}

/* Start, dynamic section, names, versions: each says where the next stands. */
static PL_STATUS complete(const struct pl_tree *tree, struct pl_native *fact,
                          struct pl_parts *parts, struct pl_arena *arena, struct pl_err *err)
{
    uint64_t at = 0;
    uint64_t n = PL_LOOK_START_BYTES;
    while (fact->needs.cut && n <= PL_MAX_WHOLE_ENTRY && pl_parts_want(parts, at, (size_t)n)) {
        /* What is there already is not asked for again. */
        struct pl_parts one = {.n = 1};
        one.part[0] = parts->part[parts->n - 1];
        enum pl_status status = tree->ops->parts(tree, fact->entry, &one, err);
        parts->part[parts->n - 1] = one.part[0];
        if (status != PL_OK || one.part[0].bytes.len == 0) {
            return status;
        }
        struct pl_elf_image image = {.size = tree->entry[fact->entry].size};
        add_parts(&image, parts);
        status = pl_elf_read_needs(&fact->needs, &fact->elf, &image, arena, err);
        if (status != PL_OK) {
            return status;
        }
        at = fact->needs.miss_at;
        n = fact->needs.miss_bytes;
    }
    return PL_OK;
}

PL_STATUS pl_native_complete(const struct pl_tree *tree, struct pl_native *native, uint32_t n,
                             struct pl_arena *arena, struct pl_err *err)
{
    for (uint32_t i = 0; tree->ops->parts && i < n; i++) {
        struct pl_native *fact = &native[i];
        if (fact->kind != PL_EXEC_ELF || !fact->needs.cut || fact->elf.broken || fact->elf.cut ||
            tree->entry[fact->entry].size <= PL_MAX_WHOLE_ENTRY) {
            continue;
        }
        struct pl_parts parts = {.n = 0};
        enum pl_status status = complete(tree, fact, &parts, arena, err);
        pl_parts_done(&parts);
        if (status == PL_ERR_LIMIT) {
            fact->needs = (struct pl_elf_needs){.cut = true};
        } else if (status == PL_ERR_NOMEM || status == PL_ERR_CANCELLED) {
            return status; /* another failure was met in the walk, and told there */
        }
    }
    return PL_OK;
}

static int by_entry(const void *left, const void *right)
{
    const struct pl_native *a = left;
    const struct pl_native *b = right;
    return (a->entry > b->entry) - (a->entry < b->entry);
}

static int by_dist_entry(const void *left, const void *right)
{
    const struct pl_dist_file *a = left;
    const struct pl_dist_file *b = right;
    return (a->entry > b->entry) - (a->entry < b->entry);
}

static int by_jar(const void *left, const void *right)
{
    const struct pl_jar_native *a = left;
    const struct pl_jar_native *b = right;
    int order = (a->fact.entry > b->fact.entry) - (a->fact.entry < b->fact.entry);
    return order ? order : pl_slice_cmp(a->name, b->name);
}

static int by_class(const void *left, const void *right)
{
    const struct pl_class_version *a = left;
    const struct pl_class_version *b = right;
    return (a->entry > b->entry) - (a->entry < b->entry);
}

static PL_STATUS gather_classes(const struct pl_native_gather *g, struct pl_arena *arena,
                                struct pl_native_all *all, struct pl_err *err)
{
    uint32_t at = 0;
    for (unsigned i = 0; i < g->workers; i++) {
        all->n_newer += g->share[i].n_newer;
        all->n_class += g->share[i].n_class;
    }
    all->newer = pl_arena_new(arena, all->n_newer + 1u, sizeof *all->newer, err);
    if (!all->newer) {
        return err->code;
    }
    for (unsigned i = 0; i < g->workers; i++) {
        const struct pl_native_share *share = &g->share[i];
        if (share->n_newer > 0) {
            memcpy(all->newer + at, share->newer, share->n_newer * sizeof *all->newer);
        }
        at += share->n_newer;
    }
    qsort(all->newer, all->n_newer, sizeof *all->newer, by_class);
    return PL_OK;
}

PL_STATUS pl_native_gathered(struct pl_native_gather *g, struct pl_arena *arena,
                             struct pl_native_all *ret, struct pl_err *err)
{
    struct pl_native_all all = {0};
    for (unsigned i = 0; i < g->workers; i++) {
        all.n_native += g->share[i].n;
        all.n_dist += g->share[i].n_dist;
        all.n_jar += g->share[i].n_jar;
    }
    all.native = pl_arena_new(arena, all.n_native + 1u, sizeof *all.native, err);
    all.dist = all.native ? pl_arena_new(arena, all.n_dist + 1u, sizeof *all.dist, err) : NULL;
    all.jar = all.dist ? pl_arena_new(arena, all.n_jar + 1u, sizeof *all.jar, err) : NULL;
    if (!all.jar || gather_classes(g, arena, &all, err) != PL_OK) {
        return err->code;
    }
    uint32_t at = 0;
    uint32_t at_dist = 0;
    uint32_t at_jar = 0;
    for (unsigned i = 0; i < g->workers; i++) {
        struct pl_native_share *share = &g->share[i];
        if (share->n > 0) {
            memcpy(all.native + at, share->at, share->n * sizeof *all.native);
        }
        if (share->n_dist > 0) {
            memcpy(all.dist + at_dist, share->dist, share->n_dist * sizeof *all.dist);
        }
        if (share->n_jar > 0) {
            memcpy(all.jar + at_jar, share->jar, share->n_jar * sizeof *all.jar);
        }
        at += share->n;
        at_jar += share->n_jar;
        at_dist += share->n_dist;
        pl_arena_adopt(arena, &share->arena);
    }
    qsort(all.native, all.n_native, sizeof *all.native, by_entry);
    qsort(all.dist, all.n_dist, sizeof *all.dist, by_dist_entry);
    qsort(all.jar, all.n_jar, sizeof *all.jar, by_jar);
    *ret = all;
    return PL_OK;
}
