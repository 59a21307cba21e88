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

bool pl_native_may_be(const struct pl_entry *entry)
{
    struct pl_slice file = pl_slice_basename(entry->name);
    bool plain = pl_slice_find(file, '.') == file.len || (entry->mode > 0 && entry->mode & 0111);
    return plain || pl_native_is_library_name(file) ||
           pl_slice_find_text(file, PL_SLICE(".so.")) < file.len;
}

static bool is_worth(const struct pl_native *fact, struct pl_slice name)
{
    switch ((enum pl_exec_kind)fact->kind) {
    case PL_EXEC_ELF:
    case PL_EXEC_MACHO:
        return true;
    case PL_EXEC_PE: /* .NET assemblies are PE as well, on every system */
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

static PL_STATUS read_elf(struct pl_native_share *share, struct pl_native *fact,
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

PL_STATUS pl_native_look(struct pl_native_gather *g, unsigned worker, uint32_t index,
                         struct pl_slice bytes, struct pl_err *err)
{
    struct pl_native_share *share = &g->share[worker];
    const struct pl_entry *entry = &g->tree->entry[index];
    struct pl_exec exec;
    pl_exec_read(&exec, bytes, entry->size);
    struct pl_native fact = {.entry = index, .kind = exec.kind, .elf = exec.elf};
    if (entry->type != PL_ENTRY_FILE || !is_worth(&fact, entry->name)) {
        return PL_OK;
    }
    if (fact.kind == PL_EXEC_ELF) {
        struct pl_elf_image image = {{{0, bytes}}, 1, entry->size};
        enum pl_status status = read_elf(share, &fact, &image, err);
        if (status != PL_OK) {
            return status;
        }
    }
    return keep(share, &fact, err);
}

static int by_entry(const void *left, const void *right)
{
    const struct pl_native *a = left;
    const struct pl_native *b = right;
    return (a->entry > b->entry) - (a->entry < b->entry);
}

PL_STATUS pl_native_gathered(struct pl_native_gather *g, struct pl_arena *arena,
                             struct pl_native **ret, uint32_t *ret_n, struct pl_err *err)
{
    uint32_t n = 0;
    for (unsigned i = 0; i < g->workers; i++) {
        n += g->share[i].n;
    }
    struct pl_native *all = pl_arena_new(arena, n + 1u, sizeof *all, err);
    if (!all) {
        return err->code;
    }
    uint32_t at = 0;
    for (unsigned i = 0; i < g->workers; i++) {
        struct pl_native_share *share = &g->share[i];
        if (share->n > 0) {
            memcpy(all + at, share->at, share->n * sizeof *all);
        }
        at += share->n;
        pl_arena_adopt(arena, &share->arena);
    }
    qsort(all, n, sizeof *all, by_entry);
    *ret = all;
    *ret_n = n;
    return PL_OK;
}
