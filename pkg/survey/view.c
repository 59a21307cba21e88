#include "pkg/survey/view.h"

#include "pkg/base/limits.h"

#include <string.h>

/* Linux's own bound of a path (PATH_MAX); a longer one is ENAMETOOLONG, so nothing is found. */
enum { VIEW_PATH = 4096 };

static const struct pl_slice PLACE_TASK = PL_SLICE_INIT("/var/task");
static const struct pl_slice PLACE_OPT = PL_SLICE_INIT("/opt");

/* A resolution under way. `done` is a path without links, "" for the root. */
struct walk {
    const struct pl_view *view;
    char done[VIEW_PATH];
    size_t n_done;
    char todo[VIEW_PATH];
    size_t from, to; /* what is left of `todo` */
    unsigned links;
    struct pl_hit hit;
};

bool pl_entry_readable(const struct pl_entry *entry)
{
    return entry->mode == PL_MODE_NONE || (entry->mode & 0004) != 0;
}

const struct pl_entry *pl_ref_entry(struct pl_ref ref)
{
    if (!ref.package || ref.entry == PL_ENTRY_NONE || ref.entry >= ref.package->tree.n) {
        return NULL;
    }
    return &ref.package->tree.entry[ref.entry];
}

bool pl_ref_eq(struct pl_ref a, struct pl_ref b)
{
    return a.package == b.package && a.entry == b.entry;
}

void pl_view_mount(struct pl_view *view, struct pl_slice at, const struct pl_package *package)
{
    if (!package || !pl_package_usable(package) || view->n == PL_VIEW_MOUNTS) {
        view->opaque_layer = true;
        return;
    }
    view->mount[view->n].at = at;
    view->mount[view->n].package = package;
    view->n++;
}

PL_STATUS pl_view_place(const struct pl_view *view, struct pl_ref ref, struct pl_arena *arena,
                        struct pl_slice *ret, struct pl_err *err)
{
    const struct pl_entry *entry = pl_ref_entry(ref);
    for (uint32_t i = 0; entry && i < view->n; i++) {
        if (view->mount[i].package == ref.package) {
            return pl_arena_fmt(arena, ret, err, "%.*s/%.*s", (int)view->mount[i].at.len,
                                view->mount[i].at.ptr, (int)entry->name.len, entry->name.ptr);
        }
    }
    return pl_err_set(err, PL_ERR_INTERNAL, "an entry that stands nowhere in the view");
}

/* Is `path` the folder `at` or below it?  *ret_rest is what follows. */
static bool below(struct pl_slice path, struct pl_slice at, struct pl_slice *ret_rest)
{
    if (!pl_slice_starts(path, at) || (path.len > at.len && path.ptr[at.len] != '/')) {
        return false;
    }
    *ret_rest = pl_slice_sub(path, at.len < path.len ? at.len + 1 : at.len, path.len);
    return true;
}

/* Is `path` a folder above `at`, such as "/var"? */
static bool above(struct pl_slice path, struct pl_slice at)
{
    return pl_slice_starts(at, path) && at.len > path.len && at.ptr[path.len] == '/';
}

static uint8_t how_of(const struct pl_entry *entry)
{
    switch ((enum pl_entry_type)entry->type) {
    case PL_ENTRY_FILE:
        return PL_HOW_FILE;
    case PL_ENTRY_FOLDER:
        return PL_HOW_FOLDER;
    case PL_ENTRY_LINK:
    case PL_ENTRY_SPECIAL:
        break;
    }
    return PL_HOW_SPECIAL;
}

/* What stands at a path without links: sets how and at; *ret_link is the entry when it is a link.
 */
static void stand(struct walk *w, const struct pl_entry **ret_link)
{
    struct pl_slice path = pl_slice_make(w->done, w->n_done);
    struct pl_slice rest;
    struct pl_hit *hit = &w->hit;
    *ret_link = NULL;
    hit->at = (struct pl_ref){NULL, PL_ENTRY_NONE};
    bool rooted = w->view->n > 0 && w->view->mount[0].at.len == 0; /* nothing but what it holds */
    bool known = below(path, PLACE_TASK, &rest) || below(path, PLACE_OPT, &rest);
    bool folder = !rooted && (above(path, PLACE_TASK) || above(path, PLACE_OPT) ||
                              pl_slice_eq(path, PLACE_TASK) || pl_slice_eq(path, PLACE_OPT));
    for (uint32_t i = w->view->n; i > 0; i--) {
        const struct pl_mount *mount = &w->view->mount[i - 1];
        if (!below(path, mount->at, &rest)) {
            folder = folder || above(path, mount->at);
            continue;
        }
        known = true;
        if (rest.len == 0) {
            hit->how = PL_HOW_FOLDER;
            hit->at = (struct pl_ref){mount->package, PL_ENTRY_NONE};
            return;
        }
        uint32_t entry = pl_tree_find(&mount->package->tree, rest);
        if (entry != PL_ENTRY_NONE) {
            const struct pl_entry *found = &mount->package->tree.entry[entry];
            hit->at = (struct pl_ref){mount->package, entry};
            hit->how = how_of(found);
            *ret_link = found->type == PL_ENTRY_LINK ? found : NULL;
            return;
        }
    }
    bool opt = below(path, PLACE_OPT, &rest);
    hit->how = folder                         ? PL_HOW_FOLDER
               : opt && w->view->opaque_layer ? PL_HOW_OPAQUE
               : known                        ? PL_HOW_MISSING
                                              : PL_HOW_OUTSIDE;
}

/* Puts `text` in front of what is left to do; false when the path becomes too long. */
static bool put_first(struct walk *w, struct pl_slice text)
{
    size_t left = w->to - w->from;
    if (text.len >= VIEW_PATH - left - 1) {
        return false;
    }
    if (left > 0) {
        memmove(w->todo + text.len + 1, w->todo + w->from, left);
        w->todo[text.len] = '/';
    }
    if (text.len > 0) {
        memcpy(w->todo, text.ptr, text.len);
    }
    w->from = 0;
    w->to = text.len + (left > 0 ? left + 1 : 0);
    if (text.len > 0 && text.ptr[0] == '/') {
        w->n_done = 0;
    }
    return true;
}

static void go_up(struct walk *w)
{
    while (w->n_done > 0 && w->done[w->n_done - 1] != '/') {
        w->n_done--;
    }
    if (w->n_done > 0) {
        w->n_done--;
    }
}

/* Follows the link at `done`; false when the resolution ends here. */
static bool follow(struct walk *w, const struct pl_entry *link)
{
    if (!w->hit.via.package) {
        w->hit.via = w->hit.at;
    }
    w->links++;
    if (w->links > PL_MAX_LINKS) {
        w->hit.how = PL_HOW_LOOP;
        return false;
    }
    go_up(w);
    if (link->link.len == 0 || !put_first(w, link->link)) {
        w->hit.how = PL_HOW_MISSING;
        return false;
    }
    return true;
}

/* One component further; false when the resolution ends here. */
static bool step(struct walk *w, struct pl_slice name)
{
    const struct pl_entry *link = NULL;
    if (w->hit.how != PL_HOW_FOLDER) {
        w->hit.how = PL_HOW_MISSING; /* ENOTDIR */
        return false;
    }
    if (pl_slice_is(name, "..")) {
        go_up(w);
    } else if (name.len > 0 && !pl_slice_is(name, ".")) {
        if (name.len >= VIEW_PATH - w->n_done - 1) {
            w->hit.how = PL_HOW_MISSING;
            return false;
        }
        w->done[w->n_done++] = '/';
        memcpy(w->done + w->n_done, name.ptr, name.len);
        w->n_done += name.len;
    }
    stand(w, &link);
    if (link) {
        bool on = follow(w, link);
        w->hit.how = on ? PL_HOW_FOLDER : w->hit.how;
        return on;
    }
    return w->hit.how == PL_HOW_FOLDER || w->hit.how == PL_HOW_FILE || w->hit.how == PL_HOW_SPECIAL;
}

struct pl_hit pl_view_find(const struct pl_view *view, struct pl_slice cwd, struct pl_slice path)
{
    struct walk w PL_UNSET; /* two paths of 4 KB, and this runs often */
    w.view = view;
    w.n_done = 0;
    w.from = w.to = 0;
    w.links = 0;
    w.hit = (struct pl_hit){PL_HOW_FOLDER, {NULL, PL_ENTRY_NONE}, {NULL, PL_ENTRY_NONE}};
    bool absolute = path.len > 0 && path.ptr[0] == '/';
    if (path.len == 0 || !put_first(&w, path) || (!absolute && !put_first(&w, cwd))) {
        w.hit.how = PL_HOW_MISSING;
        return w.hit;
    }
    while (w.from <= w.to) {
        struct pl_slice left = pl_slice_make(w.todo + w.from, w.to - w.from);
        size_t n = pl_slice_find(left, '/');
        bool last = n == left.len;
        w.from += last ? n : n + 1;
        if (!step(&w, pl_slice_sub(left, 0, n)) || (last && w.from >= w.to)) {
            break;
        }
    }
    if (w.hit.how != PL_HOW_FILE && w.hit.how != PL_HOW_FOLDER && w.hit.how != PL_HOW_SPECIAL) {
        w.hit.at = (struct pl_ref){NULL, PL_ENTRY_NONE};
    }
    return w.hit;
}
