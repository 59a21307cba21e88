#include "pkg/build/links.h"

#include "pkg/base/limits.h"
#include "pkg/base/map.h"
#include "pkg/base/os.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PL_LINK_REMEDY "leave it out with `exclude`"

/* What the map says stands at a name: an item, a pending link, or a folder that items prove. */
enum { PL_AT_ITEM = 0, PL_AT_PENDING = 1, PL_AT_FOLDER = 2, PL_AT_BITS = 2 };

static uint64_t at_value(unsigned what, size_t index)
{
    return (uint64_t)index << PL_AT_BITS | what;
}

static enum pl_status add_name(struct pl_map *map, struct pl_slice name, uint64_t value,
                               struct pl_err *err)
{
    bool added = false;
    uint64_t old = 0;
    if (pl_map_add(map, name, value, &added, &old, err) != PL_OK) {
        return err->code;
    }
    for (struct pl_slice up = pl_slice_dirname(name); up.len > 0; up = pl_slice_dirname(up)) {
        if (pl_map_add(map, up, at_value(PL_AT_FOLDER, 0), &added, &old, err) != PL_OK) {
            return err->code;
        }
        if (!added) {
            break;
        }
    }
    return PL_OK;
}

/* Every name that is known to stand in the ZIP, whatever becomes of the links. */
static enum pl_status map_names(const struct pl_select *select, struct pl_map *map,
                                struct pl_err *err)
{
    for (size_t i = 0; i < select->plan->n; i++) {
        if (add_name(map, select->plan->item[i].name, at_value(PL_AT_ITEM, i), err) != PL_OK) {
            return err->code;
        }
    }
    for (size_t i = 0; i < select->n_pending; i++) {
        if (add_name(map, select->pending[i].at.name, at_value(PL_AT_PENDING, i), err) != PL_OK) {
            return err->code;
        }
    }
    return PL_OK;
}

struct resolution {
    const struct pl_select *select;
    const struct pl_map *map;
    struct pl_buf at; /* where we are in the ZIP */
    unsigned links;   /* followed so far */
    size_t culprit;   /* the innermost pending link whose target was being read */
    bool through;     /* went through a link that is going to be replaced by what it names */
    bool beyond;      /* an absolute link of Lambda's own folders: known to nobody here */
    uint64_t value;   /* of the map, for `at` when it is not the root */
};

/* False at the root. */
static bool go_up(struct resolution *r)
{
    if (r->at.len == 0) {
        return false;
    }
    struct pl_slice up = pl_slice_dirname(pl_buf_view(&r->at));
    r->at.len = up.len;
    r->at.data[up.len] = '\0';
    r->value = at_value(PL_AT_FOLDER, 0);
    return true;
}

/* The target of what stands there when that is a link. */
static bool link_at(struct resolution *r, struct pl_slice *ret)
{
    const struct pl_select *select = r->select;
    size_t index = (size_t)(r->value >> PL_AT_BITS);
    unsigned what = (unsigned)(r->value & ((1u << PL_AT_BITS) - 1));
    if (what == PL_AT_PENDING && !select->pending[index].follow) {
        *ret = select->pending[index].target;
        r->culprit = index;
        return true;
    }
    r->through = r->through || what == PL_AT_PENDING;
    if (what == PL_AT_ITEM && select->plan->item[index].type == PL_ENTRY_LINK) {
        *ret = select->plan->item[index].link;
        return true;
    }
    return false;
}

static bool is_under(struct pl_slice path, struct pl_slice folder)
{
    return pl_slice_is(folder, "/") || (pl_slice_starts(path, folder) &&
                                        (path.len == folder.len || path.ptr[folder.len] == '/'));
}

/* Absolute links that mean something at Lambda. */
static bool is_lambdas(struct pl_slice target)
{
    return is_under(target, PL_SLICE("/opt")) || is_under(target, PL_SLICE("/var/task"));
}

static enum pl_status resolve(struct resolution *r, struct pl_slice target, bool *ret_ok,
                              struct pl_err *err);

/* Steps to `part` and, when a link stands there, to what it names. */
static enum pl_status resolve_part(struct resolution *r, struct pl_slice part, bool *ret_ok,
                                   struct pl_err *err)
{
    if ((r->at.len > 0 && pl_buf_byte(&r->at, '/', err) != PL_OK) ||
        pl_buf_slice(&r->at, part, err) != PL_OK) {
        return err->code;
    }
    *ret_ok = pl_map_get(r->map, pl_buf_view(&r->at), &r->value);
    struct pl_slice next;
    size_t outer = r->culprit;
    if (!*ret_ok || !link_at(r, &next)) {
        return PL_OK;
    }
    (void)go_up(r);
    if (resolve(r, next, ret_ok, err) != PL_OK) {
        return err->code;
    }
    r->culprit = *ret_ok ? outer : r->culprit;
    return PL_OK;
}

/* Follows `target` from the folder r->at, as a reader of the unpacked ZIP would.  *ret_ok is false
 * when that leads to nothing that is packed. */
static enum pl_status resolve(struct resolution *r, struct pl_slice target, bool *ret_ok,
                              struct pl_err *err)
{
    struct pl_slice rest = target;
    struct pl_slice part;
    bool absolute = target.len > 0 && target.ptr[0] == '/';
    bool ok = ++r->links <= PL_MAX_LINKS && (!absolute || is_lambdas(target));
    enum pl_status status = PL_OK;
    r->beyond = ok && absolute;
    while (ok && !r->beyond && status == PL_OK && pl_slice_next(&rest, '/', &part)) {
        if (pl_slice_is(part, "..")) {
            ok = go_up(r);
        } else if (part.len > 0 && !pl_slice_is(part, ".")) {
            status = resolve_part(r, part, &ok, err);
        }
    }
    *ret_ok = ok;
    return status;
}

/* Is the file found in the ZIP the one that the link leads to on disk?  A source that is moved by
 * `to` can put another file where the link points. */
static bool same_on_disk(const struct resolution *r, const struct pl_pending *link)
{
    struct stat st;
    size_t index = (size_t)(r->value >> PL_AT_BITS);
    if (r->beyond || r->at.len == 0 || (r->value & ((1u << PL_AT_BITS) - 1)) != PL_AT_ITEM ||
        r->select->plan->item[index].type != PL_ENTRY_FILE || stat(link->at.path.ptr, &st) != 0) {
        return true;
    }
    const struct pl_file_id *id = &r->select->plan->item[index].id;
    return id->dev == (uint64_t)st.st_dev && id->ino == (uint64_t)st.st_ino;
}

enum fate { PL_LINK_STAYS, PL_LINK_FAILS, PL_LINK_OPEN };

/* What becomes of the link at `index` as far as is known now.  When it fails *ret_culprit is the
 * link to blame: itself, or one that it leads through. */
static enum pl_status fate_of(const struct pl_select *select, const struct pl_map *map,
                              size_t index, enum fate *ret, size_t *ret_culprit, struct pl_err *err)
{
    const struct pl_pending *link = &select->pending[index];
    struct resolution r = {
        .select = select, .map = map, .at = {.max = PL_MAX_PATH}, .culprit = index};
    bool ok = false;
    enum pl_status status = pl_buf_slice(&r.at, pl_slice_dirname(link->at.name), err);
    if (status == PL_OK) {
        status = resolve(&r, link->target, &ok, err);
    }
    bool same = status == PL_OK && ok && same_on_disk(&r, link);
    pl_buf_done(&r.at);
    if (status != PL_OK && status != PL_ERR_LIMIT) { /* over the limit leads to nothing we pack */
        return status;
    }
    *ret = PL_LINK_FAILS;
    *ret_culprit = r.culprit;
    if (same) {
        *ret = PL_LINK_STAYS;
    } else if (ok) {
        *ret_culprit = index;
    } else if (r.through) {
        *ret = PL_LINK_OPEN;
    }
    return PL_OK;
}

/* Decides about one link, as far as is known now.  *ret_changed becomes true when one, this or
 * another, turned out to be none that can stay. */
static enum pl_status choose_one(struct pl_select *select, const struct pl_map *map, size_t index,
                                 bool *ret_changed, struct pl_err *err)
{
    struct pl_pending *link = &select->pending[index];
    enum fate fate = PL_LINK_STAYS;
    size_t culprit = index;
    if (fate_of(select, map, index, &fate, &culprit, err) != PL_OK) {
        return err->code;
    }
    link->open = fate == PL_LINK_OPEN;
    if (fate == PL_LINK_FAILS) {
        /* One that is preserved leads nowhere on purpose. */
        bool kept = select->pending[culprit].policy == PL_SYMLINKS_PRESERVE;
        select->pending[kept ? index : culprit].follow = true;
        *ret_changed = true;
    }
    return PL_OK;
}

/* Decides about the links.  Each one that cannot stay may take others with it. */
static enum pl_status choose(struct pl_select *select, struct pl_err *err)
{
    struct pl_map map PL_CLEANUP(pl_map_done) = {0};
    pl_map_init(&map, 4 * (size_t)PL_MAX_ENTRIES);
    if (map_names(select, &map, err) != PL_OK) {
        return err->code;
    }
    bool changed = true;
    while (changed) {
        changed = false;
        for (size_t i = 0; i < select->n_pending; i++) {
            bool open =
                !select->pending[i].follow && select->pending[i].policy != PL_SYMLINKS_PRESERVE;
            if (open && choose_one(select, &map, i, &changed, err) != PL_OK) {
                return err->code;
            }
        }
    }
    return PL_OK;
}

static enum pl_status keep(struct pl_select *select, const struct pl_pending *link,
                           struct pl_err *err)
{
    struct pl_plan_item item = {.name = link->at.name,
                                .path = link->at.path,
                                .link = link->target,
                                .source = link->source,
                                .mode = 0777,
                                .type = PL_ENTRY_LINK};
    return pl_select_add(select, &item, err);
}

/* Is `real` below the folder that `path` names? */
static enum pl_status lies_in(const char *real, struct pl_slice path, bool *ret_in,
                              struct pl_err *err)
{
    const char *name = path.len > 0 ? path.ptr : ".";
    char *folder = pl_os_real_path(name);
    if (!folder) {
        return pl_err_sys(err, errno, "%s", name);
    }
    *ret_in = is_under(pl_slice_of(real), pl_slice_of(folder));
    free(folder);
    return PL_OK;
}

static enum pl_status in_project(struct pl_select *select, const struct pl_pending *link,
                                 const char *real, bool *ret_in, struct pl_err *err)
{
    struct pl_slice source;
    struct pl_slice root;
    if (pl_select_source_path(select, link->source, &source, err) != PL_OK ||
        pl_arena_dup(&select->scratch, select->request->project->root, &root, err) != PL_OK ||
        lies_in(real, root, ret_in, err) != PL_OK) {
        return err->code;
    }
    return *ret_in ? PL_OK : lies_in(real, source, ret_in, err);
}

static enum pl_status cannot_follow(struct pl_select *select, const struct pl_pending *link,
                                    const char *why, struct pl_err *err)
{
    return pl_err_set(err, PL_ERR_MISSING, "%s: the link to %s %s",
                      pl_select_safe(select, link->at.path), pl_select_safe(select, link->target),
                      why);
}

static enum pl_status follow_to(struct pl_select *select, const struct pl_pending *link,
                                const char *real, struct pl_err *err)
{
    struct stat st;
    struct stat in = {0};
    bool inside = false;
    if (in_project(select, link, real, &inside, err) != PL_OK) {
        return err->code;
    }
    if (!inside) {
        return cannot_follow(
            select, link,
            "leads out of the project; copy what it names into the project, or " PL_LINK_REMEDY,
            err);
    }
    struct pl_place place = link->at;
    if (pl_arena_dup(&select->plan->arena, pl_slice_of(real), &place.path, err) != PL_OK) {
        return err->code;
    }
    struct pl_slice folder;
    if (pl_arena_dup(&select->scratch, pl_slice_dirname(place.path), &folder, err) != PL_OK) {
        return err->code;
    }
    if (lstat(real, &st) != 0 || stat(folder.len > 0 ? folder.ptr : "/", &in) != 0) {
        return pl_err_sys(err, errno, "%s", pl_select_safe(select, place.path));
    }
    if (pl_own_never_packed(&select->mine, pl_slice_basename(place.path).ptr, &st, &in)) {
        return PL_OK;
    }
    bool is_folder = S_ISDIR(st.st_mode);
    for (const struct pl_frame *f = place.frame; f && is_folder; f = f->up) {
        if (f->dev == (uint64_t)st.st_dev && f->ino == (uint64_t)st.st_ino) {
            return cannot_follow(select, link,
                                 "leads back to a folder it stands in; " PL_LINK_REMEDY, err);
        }
    }
    if (is_folder && pl_select_leaves_out(select, &place, true)) {
        return PL_OK;
    }
    return pl_select_take(select, &place, &st, err);
}

static enum pl_status follow(struct pl_select *select, const struct pl_pending *link,
                             struct pl_err *err)
{
    if (link->inside) {
        return cannot_follow(select, link,
                             "names something that is not packed, and nothing of an archive is "
                             "followed; " PL_LINK_REMEDY,
                             err);
    }
    char *real = pl_os_real_path(link->at.path.ptr);
    int sys = real ? 0 : errno;
    enum pl_status status;
    if (real) {
        select->source = link->source;
        status = follow_to(select, link, real, err);
    } else if (sys == ELOOP) {
        status = cannot_follow(select, link, "leads in a circle; " PL_LINK_REMEDY, err);
    } else if (sys == ENOENT || sys == ENOTDIR) {
        status = cannot_follow(
            select, link, "names something that does not exist; mend it, or " PL_LINK_REMEDY, err);
    } else {
        status = pl_err_sys(err, sys, "%s: the link to %s", pl_select_safe(select, link->at.path),
                            pl_select_safe(select, link->target));
    }
    free(real);
    return status;
}

/* Absolute links under Lambda's own folders stay, unless the project itself lies there. */
static enum pl_status keep_absolute(struct pl_select *select, struct pl_pending *link,
                                    struct pl_err *err)
{
    if (link->policy == PL_SYMLINKS_FOLLOW || link->target.len == 0 || link->target.ptr[0] != '/' ||
        (!is_under(link->target, PL_SLICE("/opt")) &&
         !is_under(link->target, PL_SLICE("/var/task")))) {
        return PL_OK;
    }
    char *real = pl_os_real_path(link->at.path.ptr);
    bool inside = false;
    enum pl_status status = real ? in_project(select, link, real, &inside, err) : PL_OK;
    free(real);
    if (status == PL_OK && !inside) {
        link->follow = false;
    }
    return status;
}

static int compare_links(const void *a, const void *b)
{
    const struct pl_pending *x = a;
    const struct pl_pending *y = b;
    int order = pl_slice_cmp(x->at.name, y->at.name);
    return order != 0 ? order : (x->source > y->source) - (x->source < y->source);
}

/* One round over the links that are known so far; following may find more.  A link stays open only
 * when another one is followed, so every round settles something. */
static enum pl_status settle_round(struct pl_select *select, struct pl_err *err)
{
    for (size_t i = 0; i < select->n_pending; i++) {
        if (keep_absolute(select, &select->pending[i], err) != PL_OK) {
            return err->code;
        }
    }
    if (choose(select, err) != PL_OK) {
        return err->code;
    }
    struct pl_pending *round = select->pending;
    size_t n = select->n_pending;
    select->pending = NULL;
    select->n_pending = 0;
    select->cap_pending = 0;
    qsort(round, n, sizeof(*round), compare_links);
    enum pl_status status = PL_OK;
    for (size_t i = 0; i < n && status == PL_OK; i++) {
        if (round[i].follow) {
            status = follow(select, &round[i], err);
        } else if (round[i].open) {
            status = pl_select_pend(select, &round[i], err);
        } else {
            status = keep(select, &round[i], err);
        }
    }
    free(round);
    return status;
}

enum pl_status pl_links_settle(struct pl_select *select, struct pl_err *err)
{
    while (select->n_pending > 0) {
        if (settle_round(select, err) != PL_OK) {
            return err->code;
        }
    }
    return PL_OK;
}
