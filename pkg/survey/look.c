#include "pkg/survey/look.h"

#include "pkg/base/limits.h"
#include "pkg/base/text.h"

#include <stdlib.h>

/* Facts take some times the text that they are about. */
#define SCRATCH_BYTES (2 * PL_MAX_LOOK_BYTES)

void pl_looker_init(struct pl_looker *l, const struct pl_function *fn, struct pl_arena *arena)
{
    *l = (struct pl_looker){.fn = fn, .view = &fn->view, .arena = arena};
    pl_arena_init(&l->scratch, SCRATCH_BYTES);
}

void pl_looker_done(struct pl_looker *l)
{
    for (struct pl_looked *at = l->first; at; at = at->next) {
        pl_buf_done(&at->text);
    }
    l->first = NULL;
    pl_arena_done(&l->scratch);
}

static PL_STATUS read_entry(struct pl_looker *l, struct pl_looked *looked, struct pl_err *err)
{
    const struct pl_package *package = looked->at.package;
    const struct pl_entry *entry = pl_ref_entry(looked->at);
    if (!entry) {
        return pl_err_set(err, PL_ERR_INTERNAL, "no entry to read");
    }
    if (package->kind == PL_KIND_LIST) {
        looked->state = PL_LOOKED_LISTED;
        return PL_OK;
    }
    uint8_t state =
        package->read_state ? package->read_state[looked->at.entry] : PL_READ_NOT_LOOKED;
    if (state == PL_READ_CORRUPT || state == PL_READ_UNSUPPORTED) {
        looked->state = PL_LOOKED_CORRUPT;
        return PL_OK;
    }
    size_t left = PL_MAX_LOOK_BYTES - l->bytes;
    if (l->files == PL_MAX_LOOK_FILES || entry->size > left) {
        looked->state = PL_LOOKED_TOO_BIG;
        return PL_OK;
    }
    pl_buf_init(&looked->text, left);
    enum pl_status status =
        package->tree.ops->read(&package->tree, looked->at.entry, left, &looked->text, err);
    l->files++;
    l->bytes += looked->text.len;
    if (status == PL_ERR_FORMAT) {
        looked->state = PL_LOOKED_CORRUPT;
    } else if (status == PL_ERR_LIMIT) {
        looked->state = PL_LOOKED_TOO_BIG;
    } else if (status != PL_OK) {
        return status;
    }
    return PL_OK;
}

PL_STATUS pl_look_text(struct pl_looker *l, struct pl_ref at, struct pl_looked **ret,
                       struct pl_err *err)
{
    for (struct pl_looked *old = l->first; old; old = old->next) {
        if (pl_ref_eq(old->at, at)) {
            *ret = old;
            return PL_OK;
        }
    }
    struct pl_looked *looked = pl_arena_new(&l->scratch, 1, sizeof *looked, err);
    if (!looked) {
        return err->code;
    }
    looked->at = at;
    enum pl_status status = read_entry(l, looked, err);
    looked->next = l->first;
    l->first = looked;
    if (status == PL_OK) {
        *ret = looked;
    }
    return status;
}

bool pl_looked_says(struct pl_looked *looked, unsigned question, bool (*judge)(struct pl_slice))
{
    if (!(looked->asked & question)) {
        looked->asked |= (uint8_t)question;
        looked->says |= judge(pl_buf_view(&looked->text)) ? (uint8_t)question : 0;
    }
    return (looked->says & question) != 0;
}

/* Facts that do not fit into our bounds are a limit of ours, not a failure of the run. */
static PL_STATUS facts_read(struct pl_looked *looked, enum pl_status status)
{
    if (status == PL_ERR_LIMIT) {
        looked->state = PL_LOOKED_TOO_BIG;
        return PL_OK;
    }
    return status;
}

PL_STATUS pl_look_python(struct pl_looker *l, struct pl_ref at, struct pl_looked **ret,
                         struct pl_err *err)
{
    struct pl_looked *looked = NULL;
    if (pl_look_text(l, at, &looked, err) != PL_OK) {
        return err->code;
    }
    *ret = looked;
    if (looked->py || looked->state != PL_LOOKED_TEXT) {
        return PL_OK;
    }
    looked->py = pl_arena_new(&l->scratch, 1, sizeof *looked->py, err);
    if (!looked->py) {
        return err->code;
    }
    return facts_read(looked,
                      pl_python_read(looked->py, pl_buf_view(&looked->text), &l->scratch, err));
}

PL_STATUS pl_look_js(struct pl_looker *l, struct pl_ref at, struct pl_looked **ret,
                     struct pl_err *err)
{
    struct pl_looked *looked = NULL;
    if (pl_look_text(l, at, &looked, err) != PL_OK) {
        return err->code;
    }
    *ret = looked;
    if (looked->js || looked->state != PL_LOOKED_TEXT) {
        return PL_OK;
    }
    looked->js = pl_arena_new(&l->scratch, 1, sizeof *looked->js, err);
    if (!looked->js) {
        return err->code;
    }
    return facts_read(looked, pl_js_read(looked->js, pl_buf_view(&looked->text), &l->scratch, err));
}

PL_STATUS pl_look_ruby(struct pl_looker *l, struct pl_ref at, struct pl_looked **ret,
                       struct pl_err *err)
{
    struct pl_looked *looked = NULL;
    if (pl_look_text(l, at, &looked, err) != PL_OK) {
        return err->code;
    }
    *ret = looked;
    if (looked->rb || looked->state != PL_LOOKED_TEXT) {
        return PL_OK;
    }
    looked->rb = pl_arena_new(&l->scratch, 1, sizeof *looked->rb, err);
    if (!looked->rb) {
        return err->code;
    }
    return facts_read(looked,
                      pl_ruby_read(looked->rb, pl_buf_view(&looked->text), &l->scratch, err));
}

PL_STATUS pl_look_json(struct pl_looker *l, struct pl_ref at, struct pl_looked **ret,
                       struct pl_err *err)
{
    struct pl_looked *looked = NULL;
    if (pl_look_text(l, at, &looked, err) != PL_OK) {
        return err->code;
    }
    *ret = looked;
    if (looked->json || looked->state != PL_LOOKED_TEXT) {
        return PL_OK;
    }
    looked->json = pl_arena_new(&l->scratch, 1, sizeof *looked->json, err);
    if (!looked->json) {
        return err->code;
    }
    return facts_read(
        looked, pl_package_json_read(looked->json, pl_buf_view(&looked->text), &l->scratch, err));
}

bool pl_look_has_env(const struct pl_looker *l, const char *key)
{
    const struct pl_function_decl *decl = l->fn->decl;
    for (uint32_t i = 0; i < decl->n_env; i++) {
        if (pl_slice_is(decl->env[i].key, key)) {
            return true;
        }
    }
    const struct pl_image_texts none = {0};
    const struct pl_image_texts *env = l->fn->run ? &l->fn->code->image->config.env : &none;
    for (uint32_t i = 0; i < env->n; i++) {
        struct pl_slice name = pl_slice_sub(env->at[i], 0, pl_slice_find(env->at[i], '='));
        if (pl_slice_is(name, key) && name.len + 1 < env->at[i].len) {
            return true;
        }
    }
    return false;
}

struct pl_slice pl_look_task(const struct pl_looker *l)
{
    return l->fn->run ? l->fn->run->task : PL_SLICE("/var/task");
}

/* What follows the last of the marks in a name; empty when it has none. */
static struct pl_slice behind_any(struct pl_slice name)
{
    static const struct pl_slice marks[] = {
        PL_SLICE_INIT("site-packages/"), PL_SLICE_INIT("dist-packages/"),
        PL_SLICE_INIT("var/runtime/"),   PL_SLICE_INIT("site_ruby/"),
        PL_SLICE_INIT("vendor_ruby/"),   PL_SLICE_INIT("/lib/")};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        size_t at = pl_slice_find_text(name, marks[i]);
        bool gem = i + 1 < sizeof marks / sizeof *marks ||
                   pl_slice_find_text(name, PL_SLICE("/gems/")) < name.len;
        if (at < name.len && gem) {
            return pl_slice_sub(name, at + marks[i].len, name.len);
        }
    }
    return (struct pl_slice){0};
}

bool pl_look_may_have(const struct pl_looker *l, struct pl_slice first)
{
    const struct pl_tree *tree = &l->fn->code->tree;
    for (uint32_t i = 0; l->fn->run && i < tree->n; i++) {
        struct pl_slice rest = behind_any(tree->entry[i].name);
        bool names =
            pl_slice_starts(rest, first) &&
            (rest.len == first.len || rest.ptr[first.len] == '.' || rest.ptr[first.len] == '/');
        /* Of the common one it is known that it adds no folder (setuptools). */
        bool adds = (pl_slice_ends(rest, PL_SLICE(".pth")) &&
                     !pl_slice_is(rest, "distutils-precedence.pth")) ||
                    pl_slice_ends(rest, PL_SLICE(".egg-link"));
        if (names || adds) {
            return true;
        }
    }
    return false;
}

PL_STATUS pl_look_fmt(struct pl_looker *l, struct pl_slice *ret, struct pl_err *err,
                      const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    enum pl_status status = pl_arena_vfmt(&l->scratch, ret, err, fmt, args);
    va_end(args);
    return status;
}

struct pl_slice pl_look_basename(struct pl_slice name)
{
    size_t at = name.len;
    while (at > 0 && name.ptr[at - 1] != '/' && name.ptr[at - 1] != '\\') {
        at--;
    }
    return pl_slice_sub(name, at, name.len);
}

bool pl_look_word(const char *list, struct pl_slice word)
{
    struct pl_slice rest = pl_slice_of(list);
    struct pl_slice one;
    while (pl_slice_next(&rest, ' ', &one)) {
        if (one.len > 0 && pl_slice_eq(one, word)) {
            return true;
        }
    }
    return false;
}

static size_t depth_of(struct pl_slice name)
{
    size_t n = 0;
    for (size_t i = 0; i < name.len; i++) {
        n += name.ptr[i] == '/' || name.ptr[i] == '\\';
    }
    return n;
}

struct scored {
    unsigned like;
    size_t depth;
    uint32_t entry; /* entries are sorted by bytes, so the index is the last criterion */
};

static bool better(const struct scored *a, const struct scored *b)
{
    if (a->like != b->like) {
        return a->like < b->like;
    }
    return a->depth != b->depth ? a->depth < b->depth : a->entry < b->entry;
}

void pl_look_around(const struct pl_looker *l, pl_look_like like, const void *ctx,
                    struct pl_candidates *ret)
{
    struct scored best[PL_LOOK_CANDIDATES];
    uint32_t n = 0;
    const struct pl_package *code = l->fn->code;
    for (uint32_t i = 0; i < code->tree.n; i++) {
        const struct pl_entry *entry = &code->tree.entry[i];
        bool usable = entry->type == PL_ENTRY_FILE && (entry->flags & PL_ENTRY_SHADOWED) == 0;
        struct scored one = {usable ? like(ctx, entry) : 0, 0, i};
        if (one.like == 0) {
            continue;
        }
        one.depth = depth_of(entry->name);
        uint32_t at = n < PL_LOOK_CANDIDATES ? n : PL_LOOK_CANDIDATES - 1;
        if (n == PL_LOOK_CANDIDATES && !better(&one, &best[at])) {
            continue;
        }
        n = n < PL_LOOK_CANDIDATES ? n + 1 : n;
        while (at > 0 && better(&one, &best[at - 1])) {
            best[at] = best[at - 1];
            at--;
        }
        best[at] = one;
    }
    ret->n = n;
    for (uint32_t i = 0; i < n; i++) {
        ret->at[i] = (struct pl_ref){code, best[i].entry};
    }
}

void pl_load_set(struct pl_load *load, enum pl_outcome outcome, enum pl_why why)
{
    load->outcome = (uint8_t)outcome;
    load->why = (uint8_t)why;
}

void pl_load_fail(struct pl_load *load, enum pl_why why, enum pl_sure sure)
{
    pl_load_set(load, PL_FAILS, why);
    load->sure = (uint8_t)sure;
}

PL_STATUS pl_load_says(struct pl_looker *l, struct pl_load *load, struct pl_err *err,
                       const char *fmt, ...)
{
    struct pl_slice raw;
    va_list args;
    va_start(args, fmt);
    enum pl_status status = pl_arena_vfmt(&l->scratch, &raw, err, fmt, args);
    va_end(args);
    if (status != PL_OK) {
        return status;
    }
    return pl_text_safe(l->arena, raw, &load->lambda_says, err);
}

PL_STATUS pl_load_defines(struct pl_looker *l, struct pl_load *load, struct pl_slice name,
                          struct pl_err *err)
{
    struct pl_slice text;
    bool missing = load->why == PL_WHY_MODULE_MISSING;
    if (pl_look_fmt(l, &text, err, "%sit defines %.*s", missing ? "and " : "", PL_ARG(name)) !=
        PL_OK) {
        return err->code;
    }
    return pl_text_safe(l->arena, text, &load->detail, err);
}

PL_STATUS pl_load_take(struct pl_looker *l, struct pl_slice handler, const struct pl_load *tried,
                       struct pl_load *load, bool *ret_taken, struct pl_err *err)
{
    *ret_taken = tried->outcome == PL_LOADS;
    if (!*ret_taken) {
        return PL_OK;
    }
    load->elsewhere = tried->at;
    return pl_text_safe(l->arena, handler, &load->suggest, err);
}

PL_STATUS pl_load_by(struct pl_function *function, struct pl_arena *arena, pl_load_judge judge,
                     struct pl_err *err)
{
    struct pl_looker l;
    struct pl_load load = {.outcome = PL_NOT_JUDGED};
    pl_looker_init(&l, function, arena);
    enum pl_status status = judge(&l, &load, err);
    pl_looker_done(&l);
    if (status == PL_OK) {
        function->load = load;
    }
    return status;
}

bool pl_load_unread(struct pl_load *load, const struct pl_looked *looked)
{
    switch ((enum pl_looked_state)looked->state) {
    case PL_LOOKED_TEXT:
        return false;
    case PL_LOOKED_CORRUPT:
        pl_load_set(load, PL_CANNOT_TELL, PL_WHY_CORRUPT);
        break;
    case PL_LOOKED_LISTED:
        pl_load_set(load, PL_CANNOT_TELL, PL_WHY_LISTED);
        break;
    case PL_LOOKED_TOO_BIG:
        pl_load_set(load, PL_CANNOT_TELL, PL_WHY_TOO_BIG);
        break;
    }
    return true;
}
