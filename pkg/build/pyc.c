#include "pkg/build/pyc.h"

#include "pkg/base/arr.h"
#include "pkg/base/limits.h"
#include "pkg/base/text.h"
#include "pkg/build/content.h"
#include "pkg/build/planned.h"

#include <stdlib.h>
#include <string.h>

/* The first magic numbers of Python 3.7, whose header has flags, and of 3.11. */
#define PL_PYC_MAGIC_FLAGS 3390u
#define PL_PYC_MAGIC_SIP13 3450u
/* Bit 0: by hash; bit 1: the hash is checked (PEP 552). */
#define PL_PYC_BY_HASH 1u

static uint32_t u32(const unsigned char *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

/* ---- SipHash (Aumasson and Bernstein, 2012) ---- */

struct sip {
    uint64_t v0, v1, v2, v3;
};

static uint64_t rotl(uint64_t x, unsigned n)
{
    return x << n | x >> (64 - n);
}

static void sip_rounds(struct sip *s, unsigned n)
{
    while (n-- > 0) {
        s->v0 += s->v1;
        s->v1 = rotl(s->v1, 13) ^ s->v0;
        s->v0 = rotl(s->v0, 32);
        s->v2 += s->v3;
        s->v3 = rotl(s->v3, 16) ^ s->v2;
        s->v0 += s->v3;
        s->v3 = rotl(s->v3, 21) ^ s->v0;
        s->v2 += s->v1;
        s->v1 = rotl(s->v1, 17) ^ s->v2;
        s->v2 = rotl(s->v2, 32);
    }
}

uint64_t pl_pyc_source_hash(uint32_t magic, const unsigned char *source, size_t n)
{
    bool newer = (magic & 0xffffu) >= PL_PYC_MAGIC_SIP13;
    unsigned every = newer ? 1 : 2;
    struct sip s = {.v0 = magic ^ UINT64_C(0x736f6d6570736575),
                    .v1 = UINT64_C(0x646f72616e646f6d),
                    .v2 = magic ^ UINT64_C(0x6c7967656e657261),
                    .v3 = UINT64_C(0x7465646279746573)};
    size_t at = 0;
    for (; n - at >= 8; at += 8) {
        uint64_t word = u32(source + at) | (uint64_t)u32(source + at + 4) << 32;
        s.v3 ^= word;
        sip_rounds(&s, every);
        s.v0 ^= word;
    }
    uint64_t last = (uint64_t)(n & 0xffu) << 56;
    for (unsigned shift = 0; at < n; at++, shift += 8) {
        last |= (uint64_t)source[at] << shift;
    }
    s.v3 ^= last;
    sip_rounds(&s, every);
    s.v0 ^= last;
    s.v2 ^= 0xffu;
    sip_rounds(&s, newer ? 3 : 4);
    return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

/* ---- the restamped file ---- */

struct restamped {
    struct pl_content base; /* first: readers come here from it */
    struct pl_plan_item pyc, source;
};

static enum pl_status hash_source(const struct restamped *r, uint32_t magic, uint64_t *ret,
                                  struct pl_err *err)
{
    size_t size = (size_t)r->source.id.size;
    unsigned char *bytes = malloc(size + 1);
    if (!bytes) {
        return pl_err_nomem(err);
    }
    enum pl_status status = pl_planned_read(&r->source, bytes, size, err);
    if (status == PL_OK) {
        *ret = pl_pyc_source_hash(magic, bytes, size);
    }
    free(bytes);
    return status;
}

static enum pl_status restamped_read(const struct pl_plan_item *item, unsigned char *to, size_t n,
                                     struct pl_err *err)
{
    const struct restamped *r = (const void *)item->content;
    uint64_t hash = 0;
    if (pl_planned_read(&r->pyc, to, n, err) != PL_OK ||
        (n > 8 && hash_source(r, u32(to), &hash, err) != PL_OK)) {
        return err->code;
    }
    for (size_t i = 4; i < n && i < PL_PYC_HEADER; i++) {
        unsigned flag = i == 4 ? PL_PYC_BY_HASH : 0;
        to[i] = (unsigned char)(i < 8 ? flag : hash >> (8 * (i - 8)) & 0xffu);
    }
    return PL_OK;
}

static const struct pl_content_ops restamped_ops = {.read = restamped_read};

static enum pl_status restamp(struct pl_plan *plan, struct pl_plan_item *item,
                              const struct pl_plan_item *source, struct pl_err *err)
{
    struct restamped *r = pl_arena_new(&plan->arena, 1, sizeof(*r), err);
    if (!r) {
        return err->code;
    }
    r->base.ops = &restamped_ops;
    r->pyc = *item;
    r->source = *source;
    pl_content_add(plan, &r->base);
    item->content = &r->base;
    item->at = 0;
    item->id = (struct pl_file_id){.size = r->pyc.id.size};
    plan->pyc.restamped++;
    return PL_OK;
}

/* ---- choosing ---- */

enum verdict { KEEP, RESTAMP, DROP, STALE, UNKNOWN, ORPHAN };

struct pyc {
    struct pl_select *select;
    struct pl_plan *plan;
    size_t stale, unknown;
    struct pl_slice first_stale, first_unknown;
};

static bool in_pycache(struct pl_slice name)
{
    return pl_slice_is(pl_slice_basename(pl_slice_dirname(name)), "__pycache__");
}

/* The source that Python would compile: "a/x.py" for "a/__pycache__/x.cpython-313.opt-1.pyc" and
 * for "a/x.pyc".  NULL in *ret when the package has none. */
static enum pl_status find_source(const struct pyc *p, struct pl_slice name,
                                  const struct pl_plan_item **ret, struct pl_err *err)
{
    struct pl_slice base = pl_slice_basename(name);
    struct pl_slice folder = pl_slice_dirname(name);
    struct pl_slice source;
    bool cached = in_pycache(name);
    folder = cached ? pl_slice_dirname(folder) : folder;
    base = pl_slice_sub(base, 0, cached ? pl_slice_find(base, '.') : base.len - 4);
    if (pl_select_join(&p->select->scratch, folder, base, &source, err) != PL_OK ||
        pl_arena_fmt(&p->select->scratch, &source, err, "%.*s.py", (int)source.len, source.ptr) !=
            PL_OK) {
        return err->code;
    }
    size_t i = pl_plan_find(p->plan, source, false);
    *ret = i < p->plan->n && pl_slice_eq(p->plan->item[i].name, source) &&
                   p->plan->item[i].type == PL_ENTRY_FILE
               ? &p->plan->item[i]
               : NULL;
    return PL_OK;
}

static enum verdict judge_header(const unsigned char *head, const struct pl_plan_item *item,
                                 const struct pl_plan_item *source)
{
    uint32_t magic = u32(head);
    if (magic >> 16 != 0x0a0du || (magic & 0xffffu) < PL_PYC_MAGIC_FLAGS) {
        return UNKNOWN;
    }
    if ((u32(head + 4) & PL_PYC_BY_HASH) != 0) {
        return KEEP;
    }
    if (source->content || source->id.size > PL_MAX_WHOLE_ENTRY ||
        item->id.size > PL_MAX_WHOLE_ENTRY) {
        return UNKNOWN;
    }
    /* The file holds the low 32 bits of both. */
    int64_t seconds = source->id.mtime_ns / 1000000000 - (source->id.mtime_ns % 1000000000 < 0);
    bool valid = u32(head + 8) == (uint32_t)((uint64_t)seconds & 0xffffffffu) &&
                 u32(head + 12) == (uint32_t)(source->id.size & 0xffffffffu);
    return valid ? RESTAMP : STALE;
}

static enum pl_status judge(const struct pyc *p, const struct pl_plan_item *item,
                            const struct pl_plan_item **ret_source, enum verdict *ret,
                            struct pl_err *err)
{
    unsigned char head[PL_PYC_HEADER + 1];
    *ret = KEEP;
    if (item->type != PL_ENTRY_FILE || !pl_slice_ends(item->name, PL_SLICE(".pyc"))) {
        bool empty = item->type == PL_ENTRY_FOLDER &&
                     pl_slice_is(pl_slice_basename(item->name), "__pycache__");
        *ret = empty && p->plan->pyc.mode == PL_PYC_DROP ? DROP : KEEP;
        return PL_OK;
    }
    if (find_source(p, item->name, ret_source, err) != PL_OK) {
        return err->code;
    }
    if (!*ret_source) { /* code of its own, unless Python never looks at it (PEP 3147) */
        *ret = in_pycache(item->name) ? ORPHAN : KEEP;
        return PL_OK;
    }
    if (p->plan->pyc.mode == PL_PYC_DROP) {
        *ret = DROP;
        return PL_OK;
    }
    if (item->id.size < PL_PYC_HEADER) {
        *ret = UNKNOWN;
        return PL_OK;
    }
    if (pl_planned_read(item, head, PL_PYC_HEADER, err) != PL_OK) {
        return err->code;
    }
    *ret = judge_header(head, item, *ret_source);
    return PL_OK;
}

static void note(struct pyc *p, enum verdict verdict, const struct pl_plan_item *item)
{
    size_t *n = verdict == STALE ? &p->stale : &p->unknown;
    struct pl_slice *first = verdict == STALE ? &p->first_stale : &p->first_unknown;
    if (*n == 0) {
        *first = item->path.len > 0 ? item->path : item->name;
    }
    (*n)++;
}

static enum pl_status warn(struct pyc *p, size_t n, struct pl_slice first, const char *why,
                           struct pl_err *err)
{
    struct pl_plan *plan = p->plan;
    char count[PL_COUNT_TEXT];
    if (n == 0 || plan->n_warning == PL_PLAN_WARNINGS) {
        return PL_OK;
    }
    return pl_arena_fmt(&plan->arena, &plan->warning[plan->n_warning++], err,
                        "%s %s left out, %s: %s%s", pl_count_text(n, count),
                        n == 1 ? ".pyc file was" : ".pyc files were", why,
                        pl_select_safe(p->select, first), n == 1 ? "" : ", ...");
}

static enum pl_status walk(struct pyc *p, bool *gone, struct pl_err *err)
{
    struct pl_plan *plan = p->plan;
    for (size_t i = 0; i < plan->n; i++) {
        struct pl_plan_item *item = &plan->item[i];
        const struct pl_plan_item *source = NULL;
        enum verdict verdict = KEEP;
        if (judge(p, item, &source, &verdict, err) != PL_OK ||
            (verdict == RESTAMP && restamp(plan, item, source, err) != PL_OK)) {
            return err->code;
        }
        gone[i] = verdict != KEEP && verdict != RESTAMP;
        if (verdict == STALE || verdict == UNKNOWN) {
            note(p, verdict, item);
        }
        if (gone[i] && item->type == PL_ENTRY_FILE) {
            plan->pyc.dropped.files++;
            plan->pyc.dropped.bytes += item->id.size;
        }
    }
    return PL_OK;
}

enum pl_status pl_pyc_apply(struct pl_select *select, struct pl_err *err)
{
    struct pl_plan *plan = select->plan;
    struct pyc p = {.select = select, .plan = plan};
    plan->pyc.mode = select->request->pyc;
    if (plan->pyc.mode == PL_PYC_KEEP) {
        return PL_OK;
    }
    bool *gone = pl_arr_zeroed(plan->n, sizeof(*gone), err);
    if (!gone) {
        return err->code;
    }
    enum pl_status status = walk(&p, gone, err);
    size_t kept = 0;
    for (size_t i = 0; status == PL_OK && i < plan->n; i++) {
        if (!gone[i]) {
            plan->item[kept++] = plan->item[i];
        }
    }
    free(gone);
    if (status != PL_OK) {
        return status;
    }
    plan->n = kept;
    if (warn(&p, p.stale, p.first_stale, "because the source has changed since it was compiled",
             err) != PL_OK ||
        warn(&p, p.unknown, p.first_unknown,
             "because nothing tells whether it belongs to its source", err) != PL_OK) {
        return err->code;
    }
    return plan->n > 0 ? PL_OK
                       : pl_err_set(err, PL_ERR_MISSING,
                                    "there is nothing to pack: `pyc` leaves everything out");
}
