#include "pkg/build/provided.h"

#include "pkg/archive/sidecar.h"
#include "pkg/base/arr.h"
#include "pkg/base/limits.h"
#include "pkg/build/planned.h"
#include "pkg/build/ready.h"
#include "pkg/lambda/runtimes.h"

#include <stdlib.h>
#include <string.h>

/* Larger files stay: comparing them takes memory. */
#define PL_MAX_COMPARED PL_MB(64)
/* Names of packages that a report shows. */
enum { PL_PROVIDED_NAMES = 8, PLACES = 2 };

/* A layer that is open; the last ones of Lambda's order come first here, since they win. */
struct layer {
    struct pl_tree tree;
    struct pl_plan plan; /* under the tree, of a layer that is built here */
};

struct provided {
    struct pl_select *select;
    struct pl_plan *plan;
    const struct pl_function_decl *function;
    const struct pl_runtime *runtime;
    struct layer *layer; /* owned */
    size_t n_layer;
    struct pl_slice place[PLACES]; /* in a layer, where the runtime looks */
    bool *gone;                    /* owned; by item */
    struct pl_slice name[PL_PROVIDED_NAMES];
    size_t n_name;
};

/* Items from `first` on that stand in the folder or file `name` at the root. */
struct unit {
    struct pl_slice name;
    size_t first, end;
    bool is_folder, has_code, has_native;
    bool provided;
};

static enum pl_status warn(struct provided *p, struct pl_err *err, const char *why,
                           struct pl_slice what)
{
    struct pl_plan *plan = p->plan;
    if (plan->n_warning == PL_PLAN_WARNINGS) {
        return PL_OK;
    }
    return pl_arena_fmt(&plan->arena, &plan->warning[plan->n_warning++], err, "skip_provided: %s%s",
                        what.len > 0 ? pl_select_safe(p->select, what) : "", why);
}

/* ---- the layers ---- */

static enum pl_status plan_layer(struct provided *p, uint32_t index, struct layer *ret,
                                 struct pl_err *err)
{
    const struct pl_plan_request *of = p->select->request;
    const struct pl_plan_subject subject = {.index = index,
                                            .is_layer = true,
                                            .output_dir = of->output_dir,
                                            .work_dir = of->work_dir,
                                            .what = PL_SLICE("a layer of it")};
    const struct pl_plan_request request = pl_plan_request_of(of->project, &subject);
    if (pl_plan_make(&ret->plan, &request, p->select->progress, err) != PL_OK) {
        return err->code;
    }
    if (pl_plan_tree(&ret->tree, &ret->plan, err) != PL_OK) {
        pl_plan_done(&ret->plan);
        return err->code;
    }
    return PL_OK;
}

/* *ret_known is false for what cannot be looked into. */
static enum pl_status open_layer(struct provided *p, const struct pl_layer_ref *ref,
                                 struct layer *ret, bool *ret_known, struct pl_err *err)
{
    const struct pl_project *project = p->select->request->project;
    *ret_known = false;
    if (ref->layer >= project->n_layer) {
        return PL_OK;
    }
    const struct pl_layer_decl *decl = &project->layer[ref->layer];
    if (decl->n_source > 0) {
        *ret_known = true;
        return plan_layer(p, ref->layer, ret, err);
    }
    struct pl_slice path;
    if (!pl_value_has(&decl->package)) {
        return PL_OK;
    }
    if (pl_arena_dup(&p->select->scratch, decl->package.text, &path, err) != PL_OK) {
        return err->code;
    }
    if (pl_ready_open(&ret->tree, path.ptr, err) != PL_OK) {
        return err->code == PL_ERR_IO || err->code == PL_ERR_MISSING ? PL_OK : err->code;
    }
    *ret_known = ret->tree.n > 0 && ret->tree.n_issue == 0;
    if (!*ret_known) {
        pl_tree_done(&ret->tree);
    }
    return PL_OK;
}

/* From the last one, which wins, back to the first whose contents nobody knows here: it might hold
 * other files in the places of those before it. */
static enum pl_status open_layers(struct provided *p, struct pl_err *err)
{
    const struct pl_function_decl *fn = p->function;
    p->layer = pl_arr_zeroed(fn->n_layer, sizeof(*p->layer), err);
    if (!p->layer) {
        return err->code;
    }
    for (uint32_t i = fn->n_layer; i > 0; i--) {
        bool known = false;
        if (open_layer(p, &fn->layer[i - 1], &p->layer[p->n_layer], &known, err) != PL_OK) {
            return err->code;
        }
        if (!known) {
            return warn(p, err,
                        ": nobody knows here what is in this layer; it and the layers before it "
                        "count for nothing",
                        fn->layer[i - 1].name.text);
        }
        p->n_layer++;
    }
    return PL_OK;
}

/* What /opt holds at this path. */
static const struct pl_entry *find_entry(const struct provided *p, struct pl_slice path,
                                         size_t *ret_layer)
{
    for (size_t i = 0; i < p->n_layer; i++) {
        uint32_t at = pl_tree_find(&p->layer[i].tree, path);
        if (at != PL_ENTRY_NONE) {
            *ret_layer = i;
            return &p->layer[i].tree.entry[at];
        }
    }
    return NULL;
}

static bool hashes_to(const unsigned char *bytes, size_t n, const unsigned char *hash)
{
    struct pl_sha256 sha;
    unsigned char digest[PL_SHA256_SIZE];
    pl_sha256_init(&sha);
    pl_sha256_add(&sha, bytes, n);
    pl_sha256_end(&sha, digest);
    return memcmp(digest, hash, sizeof digest) == 0;
}

static enum pl_status same_file(const struct provided *p, const struct pl_plan_item *item,
                                size_t layer, const struct pl_entry *entry, bool *ret,
                                struct pl_err *err)
{
    const struct pl_tree *tree = &p->layer[layer].tree;
    size_t size = (size_t)item->id.size;
    uint32_t at = (uint32_t)(entry - tree->entry);
    const unsigned char *hash = pl_sidecar_hash(tree, at);
    struct pl_buf theirs PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_COMPARED + 1};
    *ret = item->id.size == entry->size && item->id.size <= PL_MAX_COMPARED;
    if (!*ret) {
        return PL_OK;
    }
    if (!hash && tree->ops->read(tree, at, size, &theirs, err) != PL_OK) {
        *ret = false; /* damaged: it provides nothing */
        return err->code == PL_ERR_NOMEM ? err->code : PL_OK;
    }
    unsigned char *ours = malloc(size + 1);
    if (!ours) {
        return pl_err_nomem(err);
    }
    enum pl_status status = pl_planned_read(item, ours, size, err);
    *ret = status == PL_OK &&
           (hash ? hashes_to(ours, size, hash)
                 : theirs.len == size && (size == 0 || memcmp(ours, theirs.data, size) == 0));
    free(ours);
    return status;
}

/* Does /opt hold the same as this item below `place`? */
static enum pl_status same_item(const struct provided *p, struct pl_slice place,
                                struct pl_slice rel, const struct pl_plan_item *item, bool *ret,
                                struct pl_err *err)
{
    struct pl_slice path;
    size_t layer = 0;
    if (pl_select_join(&p->select->scratch, place, rel, &path, err) != PL_OK) {
        return err->code;
    }
    const struct pl_entry *entry = find_entry(p, path, &layer);
    *ret = entry && entry->type == item->type;
    if (!*ret || item->type == PL_ENTRY_FOLDER) {
        return PL_OK;
    }
    if (item->type == PL_ENTRY_LINK) {
        *ret = pl_slice_eq(entry->link, item->link);
        return PL_OK;
    }
    return same_file(p, item, layer, entry, ret, err);
}

/* The one place where /opt has something of this name.  In two places, which one is taken would
 * depend on the order; false then, and when there is none. */
static enum pl_status find_place(const struct provided *p, struct pl_slice name,
                                 struct pl_slice *ret, bool *ret_found, struct pl_err *err)
{
    size_t layer;
    size_t n = 0;
    for (size_t i = 0; i < PLACES; i++) {
        struct pl_slice path;
        if (pl_select_join(&p->select->scratch, p->place[i], name, &path, err) != PL_OK) {
            return err->code;
        }
        path = name.len > 0 ? path : p->place[i];
        if (find_entry(p, path, &layer)) {
            *ret = p->place[i];
            n++;
        }
    }
    *ret_found = n == 1;
    return PL_OK;
}

/* ---- Python ---- */

/* Lambda has these itself, and whether its own or a layer's come first has differed between
 * versions of the runtimes. */
static bool is_bundled(struct pl_slice name)
{
    static const char *const names[] = {"boto3",    "botocore", "s3transfer", "jmespath",
                                        "dateutil", "six.py",   "urllib3",    "awslambdaric"};
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        if (pl_slice_is(name, names[i])) {
            return true;
        }
    }
    return false;
}

/* The module of the handler, which Lambda looks for in /var/task. */
static bool is_handler(const struct provided *p, struct pl_slice name)
{
    struct pl_slice handler = p->function->handler.text;
    size_t end = pl_slice_find(handler, '/');
    size_t dot = pl_slice_find(handler, '.');
    struct pl_slice first = pl_slice_sub(handler, 0, end < dot ? end : dot);
    return pl_slice_eq(name, first) ||
           pl_slice_eq(pl_slice_sub(name, 0, pl_slice_find(name, '.')), first);
}

static bool is_info(struct pl_slice name)
{
    return pl_slice_ends(name, PL_SLICE(".dist-info")) ||
           pl_slice_ends(name, PL_SLICE(".egg-info"));
}

/* Shared libraries that compiled packages beside it find by their own place. */
static bool is_libs(const struct unit *unit)
{
    return unit->is_folder && pl_slice_ends(unit->name, PL_SLICE(".libs"));
}

/* Something that Python imports or importlib.metadata reads, not data of the function's own. */
static bool may_go(const struct provided *p, const struct unit *unit)
{
    if (is_bundled(unit->name) || is_handler(p, unit->name) || pl_slice_is(unit->name, "bin")) {
        return false;
    }
    return unit->has_code || (unit->is_folder && (is_info(unit->name) || is_libs(unit)));
}

static bool is_native(struct pl_slice name)
{
    struct pl_slice base = pl_slice_basename(name);
    return pl_slice_ends(base, PL_SLICE(".so")) ||
           pl_slice_find_text(base, PL_SLICE(".so.")) < base.len;
}

static enum pl_status judge_unit(const struct provided *p, struct unit *unit, struct pl_err *err)
{
    struct pl_slice place;
    bool same = false;
    if (!may_go(p, unit)) {
        return PL_OK;
    }
    if (find_place(p, unit->name, &place, &same, err) != PL_OK) {
        return err->code;
    }
    for (size_t i = unit->first; i < unit->end && same; i++) {
        const struct pl_plan_item *item = &p->plan->item[i];
        if (same_item(p, place, item->name, item, &same, err) != PL_OK) {
            return err->code;
        }
    }
    unit->provided = same;
    return PL_OK;
}

/* The next unit from item `at` on. */
static struct unit next_unit(const struct pl_plan *plan, size_t at)
{
    struct pl_slice name = plan->item[at].name;
    struct unit unit = {.first = at, .end = at};
    unit.name = pl_slice_sub(name, 0, pl_slice_find(name, '/'));
    unit.is_folder = unit.name.len < name.len || plan->item[at].type == PL_ENTRY_FOLDER;
    for (; unit.end < plan->n; unit.end++) {
        name = plan->item[unit.end].name;
        if (!pl_slice_eq(pl_slice_sub(name, 0, pl_slice_find(name, '/')), unit.name)) {
            break;
        }
        bool native = plan->item[unit.end].type == PL_ENTRY_FILE && is_native(name);
        unit.has_native = unit.has_native || native;
        unit.has_code = unit.has_code || pl_slice_ends(name, PL_SLICE(".py")) ||
                        (native && pl_slice_ends(name, PL_SLICE(".so")));
    }
    return unit;
}

static enum pl_status take_units(struct provided *p, struct pl_err *err)
{
    struct pl_plan *plan = p->plan;
    struct unit *unit = pl_arr_zeroed(plan->n, sizeof(*unit), err);
    size_t n = 0;
    bool native_stays = false;
    enum pl_status status = unit ? PL_OK : err->code;
    for (size_t at = 0; status == PL_OK && at < plan->n; at = unit[n++].end) {
        unit[n] = next_unit(plan, at);
        status = judge_unit(p, &unit[n], err);
        native_stays =
            native_stays || (!is_libs(&unit[n]) && unit[n].has_native && !unit[n].provided);
    }
    for (size_t i = 0; status == PL_OK && i < n; i++) {
        if (!unit[i].provided || (is_libs(&unit[i]) && native_stays)) {
            continue;
        }
        memset(&p->gone[unit[i].first], 1, unit[i].end - unit[i].first);
        if (!is_info(unit[i].name) && p->n_name < PL_PROVIDED_NAMES) {
            p->name[p->n_name++] = unit[i].name;
        }
    }
    free(unit);
    return status;
}

/* ---- Node.js ---- */

/* What npm leaves for itself in node_modules, and nothing requires. */
static bool is_for_npm(struct pl_slice rel)
{
    struct pl_slice first = pl_slice_sub(rel, 0, pl_slice_find(rel, '/'));
    return pl_slice_is(first, ".bin") || pl_slice_is(first, ".package-lock.json") ||
           pl_slice_is(first, ".yarn-integrity");
}

static enum pl_status take_modules(struct provided *p, struct pl_err *err)
{
    static const struct pl_slice modules = PL_SLICE_INIT("node_modules");
    struct pl_plan *plan = p->plan;
    struct pl_slice place;
    bool same = false;
    size_t first = pl_plan_find(plan, modules, true);
    size_t end = first;
    if (find_place(p, PL_SLICE(""), &place, &same, err) != PL_OK) {
        return err->code;
    }
    for (; same && end < plan->n; end++) {
        const struct pl_plan_item *item = &plan->item[end];
        if (!pl_slice_starts(item->name, PL_SLICE("node_modules/"))) {
            break;
        }
        struct pl_slice rel = pl_slice_sub(item->name, modules.len + 1, item->name.len);
        if (!is_for_npm(rel) && same_item(p, place, rel, item, &same, err) != PL_OK) {
            return err->code;
        }
    }
    if (same && end > first) {
        memset(&p->gone[first], 1, end - first);
        p->name[p->n_name++] = modules;
    }
    return PL_OK;
}

/* ---- */

/* A search path of the function's own may put the layer's place behind another. */
static bool sets_path(const struct pl_function_decl *fn)
{
    for (uint32_t i = 0; i < fn->n_env; i++) {
        if (pl_slice_is(fn->env[i].key, "PYTHONPATH") || pl_slice_is(fn->env[i].key, "NODE_PATH")) {
            return true;
        }
    }
    return false;
}

/* Why nothing can be left out; NULL when something can. */
static const char *refusal(const struct provided *p)
{
    if (!p->runtime ||
        (p->runtime->language != PL_LANG_PYTHON && p->runtime->language != PL_LANG_NODEJS)) {
        return "does nothing for this runtime, only for Python and Node.js";
    }
    /* Since Node.js 18 Lambda's build looks into NODE_PATH for `import` too. */
    if (p->runtime->language == PL_LANG_NODEJS && p->runtime->version_major < 18) {
        return "does nothing for this runtime, whose `import` does not look into layers";
    }
    return sets_path(p->function) ? "does nothing: the function sets PYTHONPATH or NODE_PATH"
                                  : NULL;
}

/* Where the runtime looks below /opt (LAMBDA 3.1, 4.2). */
static enum pl_status set_places(struct provided *p, struct pl_err *err)
{
    bool python = p->runtime->language == PL_LANG_PYTHON;
    unsigned major = p->runtime->version_major;
    unsigned minor = p->runtime->version_minor;
    p->place[0] = python ? PL_SLICE("python") : PL_SLICE("nodejs/node_modules");
    return python ? pl_arena_fmt(&p->select->scratch, &p->place[1], err,
                                 "python/lib/python%u.%u/site-packages", major, minor)
                  : pl_arena_fmt(&p->select->scratch, &p->place[1], err,
                                 "nodejs/node%u/node_modules", major);
}

static enum pl_status name_them(struct provided *p, struct pl_err *err)
{
    struct pl_slice *to = &p->plan->provided_names;
    *to = PL_SLICE("");
    for (size_t i = 0; i < p->n_name; i++) {
        if (pl_arena_fmt(&p->plan->arena, to, err, "%.*s%s%s", (int)to->len, to->ptr,
                         i > 0 ? ", " : "", pl_select_safe(p->select, p->name[i])) != PL_OK) {
            return err->code;
        }
    }
    return p->n_name == PL_PROVIDED_NAMES
               ? pl_arena_fmt(&p->plan->arena, to, err, "%.*s, ...", (int)to->len, to->ptr)
               : PL_OK;
}

static enum pl_status take_out(struct provided *p, struct pl_err *err)
{
    struct pl_plan *plan = p->plan;
    size_t kept = 0;
    for (size_t i = 0; i < plan->n; i++) {
        const struct pl_plan_item *item = &plan->item[i];
        if (!p->gone[i]) {
            plan->item[kept++] = *item;
        } else if (item->type != PL_ENTRY_FOLDER) {
            plan->provided.files++;
            plan->provided.bytes += item->type == PL_ENTRY_FILE ? item->id.size : item->link.len;
        }
    }
    if (kept == 0) {
        return pl_err_set(err, PL_ERR_MISSING,
                          "there is nothing to pack: its layers provide everything");
    }
    plan->n = kept;
    return name_them(p, err);
}

static enum pl_status apply(struct provided *p, struct pl_err *err)
{
    const char *why = refusal(p);
    if (why) {
        return warn(p, err, why, PL_SLICE(""));
    }
    p->gone = pl_arr_zeroed(p->plan->n, sizeof(*p->gone), err);
    if (!p->gone || set_places(p, err) != PL_OK || open_layers(p, err) != PL_OK) {
        return err->code;
    }
    enum pl_status status =
        p->runtime->language == PL_LANG_PYTHON ? take_units(p, err) : take_modules(p, err);
    return status == PL_OK ? take_out(p, err) : status;
}

enum pl_status pl_provided_apply(struct pl_select *select, struct pl_err *err)
{
    struct provided p = {
        .select = select, .plan = select->plan, .function = select->request->function};
    if (!p.function || !p.function->skip_provided) {
        return PL_OK;
    }
    p.plan->skip_provided = true;
    p.runtime = pl_runtime_find(p.function->runtime.text);
    enum pl_status status = apply(&p, err);
    for (size_t i = 0; i < p.n_layer; i++) {
        pl_tree_done(&p.layer[i].tree);
        pl_plan_done(&p.layer[i].plan);
    }
    free(p.layer);
    free(p.gone);
    return status;
}
