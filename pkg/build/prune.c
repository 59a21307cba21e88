#include "pkg/build/prune.h"

#include "pkg/base/arr.h"
#include "pkg/base/ignore.h"
#include "pkg/base/limits.h"
#include "pkg/base/map.h"
#include "pkg/build/planned.h"
#include "pkg/build/select.h"

#include <stdlib.h>

/* A RECORD has a line of about 100 bytes per file. */
#define PL_MAX_RECORD PL_MB(32)

static const struct pl_preset presets[] = {
#define PL_PRESET(preset, help)          {PL_PRUNE_##preset, #preset, help},
#define PL_PRUNE(preset, where, pattern) /* below */
#include "pkg/build/presets.def"
#undef PL_PRESET
#undef PL_PRUNE
};

static const struct {
    enum pl_prune preset;
    struct pl_prune_pattern pattern;
} patterns[] = {
#define PL_PRESET(preset, help)          /* above */
#define PL_PRUNE(preset, where, pattern) {PL_PRUNE_##preset, {PL_PRUNE_##where, pattern}},
#include "pkg/build/presets.def"
#undef PL_PRESET
#undef PL_PRUNE
};

_Static_assert(sizeof(presets) / sizeof(*presets) == PL_PRUNE_COUNT, "each preset has a row");

const struct pl_preset *pl_preset_at(size_t index)
{
    return index < PL_PRUNE_COUNT ? &presets[index] : NULL;
}

const struct pl_prune_pattern *pl_preset_pattern(enum pl_prune preset, size_t index)
{
    for (size_t i = 0; i < sizeof(patterns) / sizeof(*patterns); i++) {
        if (patterns[i].preset == preset && index-- == 0) {
            return &patterns[i].pattern;
        }
    }
    return NULL;
}

const char *pl_prune_where_text(enum pl_prune_where where)
{
    switch (where) {
    case PL_PRUNE_ANY:
        break;
    case PL_PRUNE_PYTHON:
        return "in installed Python packages";
    case PL_PRUNE_DATA:
        return "in installed Python packages, without an __init__.py";
    case PL_PRUNE_NODE:
        return "in packages below node_modules";
    }
    return "everywhere";
}

/* What becomes of a folder or file: a preset by its number, or one of these. */
enum { GOES_IN = -1, ALWAYS_IN = -2 };

struct prune {
    struct pl_select *select;
    struct pl_plan *plan;
    struct pl_ignore list[PL_PRUNE_COUNT][PL_PRUNE_WHERES];
    struct pl_map recorded; /* folders of installed Python packages: length of the folder that their
                             *.dist-info stands in */
    struct pl_map linked;   /* what links in the package name */
    signed char *verdict;   /* owned; by item */
    struct pl_slice folder; /* the last one that was judged */
    int folder_verdict;
};

static const struct pl_plan_item *item_at(const struct prune *p, size_t i)
{
    return &p->plan->item[i];
}

static bool is_below(struct pl_slice name, struct pl_slice folder)
{
    return name.len > folder.len && name.ptr[folder.len] == '/' && pl_slice_starts(name, folder);
}

/* ---- what is installed ---- */

/* Notes the folders on the way to a recorded file. */
static enum pl_status note_folders(struct prune *p, struct pl_slice site, struct pl_slice file,
                                   struct pl_err *err)
{
    struct pl_slice folder = pl_slice_dirname(file);
    uint64_t old = 0;
    bool added = false;
    for (; folder.len > site.len && !pl_map_get(&p->recorded, folder, &old);
         folder = pl_slice_dirname(folder)) {
        struct pl_slice key;
        if (pl_arena_dup(&p->select->scratch, folder, &key, err) != PL_OK ||
            pl_map_add(&p->recorded, key, site.len, &added, &old, err) != PL_OK) {
            return err->code;
        }
    }
    return PL_OK;
}

/* The path of a line, which is the first field of CSV; a field with a quote in it is none that a
 * pattern of ours has to know. */
static struct pl_slice record_path(struct pl_slice line)
{
    if (line.len > 0 && line.ptr[0] == '"') {
        line = pl_slice_sub(line, 1, line.len);
        return pl_slice_sub(line, 0, pl_slice_find(line, '"'));
    }
    return pl_slice_sub(line, 0, pl_slice_find(line, ','));
}

static enum pl_status read_record(struct prune *p, const struct pl_plan_item *item,
                                  struct pl_err *err)
{
    struct pl_slice site = pl_slice_dirname(pl_slice_dirname(item->name));
    size_t size = (size_t)item->id.size;
    char *text = malloc(size + 1);
    if (!text) {
        return pl_err_nomem(err);
    }
    enum pl_status status = pl_planned_read(item, (unsigned char *)text, size, err);
    struct pl_slice rest = {text, status == PL_OK ? size : 0};
    struct pl_slice line;
    while (status == PL_OK && pl_slice_next(&rest, '\n', &line)) {
        struct pl_slice path = record_path(line);
        struct pl_slice whole;
        if (path.len == 0 || path.ptr[0] == '/' || pl_slice_starts(path, PL_SLICE("..")) ||
            pl_slice_find(path, '/') == path.len) {
            continue; /* outside of the folder, or a file right in it */
        }
        status = pl_select_join(&p->select->scratch, site, path, &whole, err);
        status = status == PL_OK ? note_folders(p, site, whole, err) : status;
    }
    free(text);
    return status;
}

static enum pl_status read_records(struct prune *p, struct pl_err *err)
{
    for (size_t i = 0; i < p->plan->n; i++) {
        const struct pl_plan_item *item = item_at(p, i);
        if (item->type == PL_ENTRY_FILE && item->id.size <= PL_MAX_RECORD &&
            pl_slice_ends(item->name, PL_SLICE(".dist-info/RECORD")) &&
            read_record(p, item, err) != PL_OK) {
            return err->code;
        }
    }
    return PL_OK;
}

/* ---- links ---- */

/* Where a link leads, read from its place; false when that is outside of the package. */
static enum pl_status link_target(struct prune *p, const struct pl_plan_item *item, bool *ret_in,
                                  struct pl_slice *ret, struct pl_err *err)
{
    struct pl_slice at = pl_slice_dirname(item->name);
    struct pl_slice rest = item->link;
    struct pl_slice part;
    *ret_in = rest.len > 0 && rest.ptr[0] != '/';
    while (*ret_in && pl_slice_next(&rest, '/', &part)) {
        if (part.len == 0 || pl_slice_is(part, ".")) {
            continue;
        }
        if (!pl_slice_is(part, "..")) {
            if (pl_select_join(&p->select->scratch, at, part, &at, err) != PL_OK) {
                return err->code;
            }
        } else if (at.len == 0) {
            *ret_in = false;
        } else {
            at = pl_slice_dirname(at);
        }
    }
    *ret = at;
    return PL_OK;
}

static enum pl_status read_links(struct prune *p, struct pl_err *err)
{
    for (size_t i = 0; i < p->plan->n; i++) {
        struct pl_slice target;
        bool in = false;
        bool added;
        uint64_t old;
        if (item_at(p, i)->type != PL_ENTRY_LINK) {
            continue;
        }
        if (link_target(p, item_at(p, i), &in, &target, err) != PL_OK ||
            (in && pl_map_add(&p->linked, target, 0, &added, &old, err) != PL_OK)) {
            return err->code;
        }
    }
    return PL_OK;
}

/* Did everything that the link led to go? */
static bool is_left_dangling(const struct prune *p, struct pl_slice target)
{
    bool any = false;
    size_t i = pl_plan_find(p->plan, target, false);
    for (; i < p->plan->n && pl_slice_eq(item_at(p, i)->name, target); i++) {
        any = true;
        if (p->verdict[i] < 0) {
            return false;
        }
    }
    for (i = pl_plan_find(p->plan, target, true); i < p->plan->n; i++) {
        const struct pl_plan_item *item = item_at(p, i);
        if (!pl_slice_eq(item->name, target) && !is_below(item->name, target)) {
            break;
        }
        any = true;
        if (p->verdict[i] < 0) {
            return false;
        }
    }
    return any;
}

static int preset_at(const struct prune *p, struct pl_slice target)
{
    size_t i = pl_plan_find(p->plan, target, true);
    return i < p->plan->n && p->verdict[i] >= 0 ? p->verdict[i] : 0;
}

static enum pl_status drop_dangling(struct prune *p, struct pl_err *err)
{
    for (size_t i = 0; i < p->plan->n; i++) {
        struct pl_slice target;
        bool in = false;
        if (item_at(p, i)->type != PL_ENTRY_LINK || p->verdict[i] >= 0) {
            continue;
        }
        if (link_target(p, item_at(p, i), &in, &target, err) != PL_OK) {
            return err->code;
        }
        if (in && target.len > 0 && is_left_dangling(p, target)) {
            p->verdict[i] = (signed char)preset_at(p, target);
        }
    }
    return PL_OK;
}

/* ---- judging ---- */

/* The path in its package below node_modules, empty for the package itself and what is in none. */
static struct pl_slice below_node_package(struct pl_slice path)
{
    struct pl_slice rest = path;
    struct pl_slice part;
    struct pl_slice below = PL_SLICE("");
    while (pl_slice_next(&rest, '/', &part)) {
        if (pl_slice_is(part, "node_modules")) {
            below = PL_SLICE("");
            bool named = pl_slice_next(&rest, '/', &part);
            if (named && part.len > 0 && part.ptr[0] == '@') {
                named = pl_slice_next(&rest, '/', &part);
            }
            below = named ? rest : PL_SLICE("");
        }
    }
    return below;
}

/* The path that patterns of this kind are matched with; empty where they do not hold. */
static struct pl_slice path_for(const struct prune *p, enum pl_prune_where where,
                                struct pl_slice path, bool is_folder)
{
    uint64_t site = 0;
    if (where == PL_PRUNE_ANY) {
        return path;
    }
    if (where == PL_PRUNE_NODE) {
        return below_node_package(path);
    }
    if (!pl_map_get(&p->recorded, is_folder ? path : pl_slice_dirname(path), &site)) {
        return PL_SLICE("");
    }
    struct pl_slice init;
    struct pl_err ignored;
    if (where == PL_PRUNE_DATA && is_folder) {
        if (pl_select_join(&p->select->scratch, path, PL_SLICE("__init__.py"), &init, &ignored) !=
            PL_OK) {
            return PL_SLICE(""); /* what cannot be looked up stays */
        }
        size_t i = pl_plan_find(p->plan, init, false);
        if (i < p->plan->n && pl_slice_eq(item_at(p, i)->name, init)) {
            return PL_SLICE("");
        }
    }
    return pl_slice_sub(path, (size_t)site > 0 ? (size_t)site + 1 : 0, path.len);
}

static int judge(const struct prune *p, struct pl_slice path, bool is_folder)
{
    struct pl_slice name = pl_slice_basename(path);
    if (is_folder ? pl_slice_ends(name, PL_SLICE(".dist-info")) ||
                        pl_slice_ends(name, PL_SLICE(".egg-info"))
                  : pl_slice_is(name, "package.json")) {
        return ALWAYS_IN;
    }
    for (int where = 0; where < PL_PRUNE_WHERES; where++) {
        struct pl_slice rel = path_for(p, (enum pl_prune_where)where, path, is_folder);
        for (int preset = 0; rel.len > 0 && preset < PL_PRUNE_COUNT; preset++) {
            const struct pl_ignore *list = &p->list[preset][where];
            if (list->n > 0 && pl_ignore_match(list, rel, is_folder, NULL) == PL_IGNORE_OUT) {
                return preset;
            }
        }
    }
    return GOES_IN;
}

/* From the top down: what holds for a folder holds for all that is in it. */
static int judge_folder(struct prune *p, struct pl_slice folder)
{
    if (pl_slice_eq(folder, p->folder)) {
        return p->folder_verdict;
    }
    int verdict = GOES_IN;
    for (size_t end = 0; verdict == GOES_IN && end < folder.len; end++) {
        struct pl_slice rest = pl_slice_sub(folder, end, folder.len);
        end += pl_slice_find(rest, '/');
        verdict = judge(p, pl_slice_sub(folder, 0, end), true);
    }
    p->folder = folder;
    p->folder_verdict = verdict;
    return verdict;
}

static int judge_item(struct prune *p, const struct pl_plan_item *item)
{
    uint64_t ignored = 0;
    if (item->type == PL_ENTRY_FOLDER) {
        return judge_folder(p, item->name);
    }
    if (pl_map_get(&p->linked, item->name, &ignored)) {
        return GOES_IN;
    }
    int verdict = judge_folder(p, pl_slice_dirname(item->name));
    return verdict == GOES_IN ? judge(p, item->name, false) : verdict;
}

static void take_out(struct prune *p)
{
    struct pl_plan *plan = p->plan;
    size_t kept = 0;
    for (size_t i = 0; i < plan->n; i++) {
        const struct pl_plan_item *item = &plan->item[i];
        if (p->verdict[i] < 0) {
            plan->item[kept++] = *item;
            continue;
        }
        /* Of equal files from two sources only one would have gone in. */
        bool again = i > 0 && pl_slice_eq(item->name, plan->item[i - 1].name);
        if (!again && item->type != PL_ENTRY_FOLDER) {
            struct pl_pruned *count = &plan->pruned[(int)p->verdict[i]];
            count->files++;
            count->bytes += item->type == PL_ENTRY_FILE ? item->id.size : item->link.len;
        }
    }
    plan->n = kept;
}

static enum pl_status make_lists(struct prune *p, struct pl_err *err)
{
    for (size_t i = 0; i < sizeof(patterns) / sizeof(*patterns); i++) {
        if ((p->plan->prune & 1u << patterns[i].preset) == 0) {
            continue;
        }
        if (pl_ignore_add(&p->list[patterns[i].preset][patterns[i].pattern.where],
                          pl_slice_of(patterns[i].pattern.text), PL_SLICE(""), PL_SLICE("presets"),
                          0, err) != PL_OK) {
            return err->code;
        }
    }
    return PL_OK;
}

static enum pl_status apply(struct prune *p, struct pl_err *err)
{
    p->verdict = pl_arr_zeroed(p->plan->n, sizeof(*p->verdict), err);
    if (!p->verdict || make_lists(p, err) != PL_OK || read_records(p, err) != PL_OK ||
        read_links(p, err) != PL_OK) {
        return err->code;
    }
    for (size_t i = 0; i < p->plan->n; i++) {
        p->verdict[i] = (signed char)judge_item(p, item_at(p, i));
    }
    if (drop_dangling(p, err) != PL_OK) {
        return err->code;
    }
    take_out(p);
    return p->plan->n > 0 ? PL_OK
                          : pl_err_set(err, PL_ERR_MISSING,
                                       "there is nothing to pack: `prune` leaves everything out");
}

enum pl_status pl_prune_apply(struct pl_select *select, struct pl_err *err)
{
    struct prune p = {.select = select, .plan = select->plan, .folder_verdict = GOES_IN};
    p.plan->prune = select->request->prune;
    if (p.plan->prune == 0) {
        return PL_OK;
    }
    for (int i = 0; i < PL_PRUNE_COUNT * PL_PRUNE_WHERES; i++) {
        pl_ignore_init(&p.list[i / PL_PRUNE_WHERES][i % PL_PRUNE_WHERES]);
    }
    pl_map_init(&p.recorded, PL_MAX_ENTRIES);
    pl_map_init(&p.linked, PL_MAX_ENTRIES);
    enum pl_status status = apply(&p, err);
    for (int i = 0; i < PL_PRUNE_COUNT * PL_PRUNE_WHERES; i++) {
        pl_ignore_done(&p.list[i / PL_PRUNE_WHERES][i % PL_PRUNE_WHERES]);
    }
    pl_map_done(&p.recorded);
    pl_map_done(&p.linked);
    free(p.verdict);
    return status;
}
