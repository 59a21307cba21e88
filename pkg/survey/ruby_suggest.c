/* "It stands there instead": a Ruby handler string that would work, tried before it is said. */
#include "pkg/base/text.h"
#include "pkg/survey/load_ruby.h"

static const char *const HABITS[] = {"lambda_handler", "handler", "main",
                                     "handle",         "run",     "process"};
enum { HABIT_COUNT = sizeof HABITS / sizeof HABITS[0], NAMES_MAX = 256 };

/* Takes the suggestion when it loads. */
static PL_STATUS offer(const struct pl_ruby_try *failed, struct pl_slice handler,
                       struct pl_load *load, bool *ret_taken, struct pl_err *err)
{
    struct pl_ruby_try t;
    struct pl_load tried;
    *ret_taken = false;
    if (pl_ruby_try(&t, failed->l, handler, &tried, err) != PL_OK ||
        pl_load_take(failed->l, handler, &tried, load, ret_taken, err) != PL_OK) {
        return err->code;
    }
    return *ret_taken ? pl_load_defines(failed->l, load, tried.name, err) : PL_OK;
}

/* The same name somewhere else, or in other case. */
static unsigned like_file(const void *ctx, const struct pl_entry *entry)
{
    const struct pl_slice *file = ctx;
    struct pl_slice base = pl_look_basename(entry->name);
    return pl_slice_eq(base, *file) ? 1 : pl_slice_eq_nocase(base, *file) ? 2 : 0;
}

static PL_STATUS find_file(const struct pl_ruby_try *failed, struct pl_load *load,
                           struct pl_err *err)
{
    struct pl_candidates found;
    struct pl_slice file;
    if (pl_look_fmt(failed->l, &file, err, "%.*s.rb", PL_ARG(pl_look_basename(failed->file))) !=
        PL_OK) {
        return err->code;
    }
    pl_look_around(failed->l, like_file, &file, &found);
    for (uint32_t i = 0; i < found.n; i++) {
        bool taken = false;
        struct pl_slice handler;
        struct pl_slice name = pl_ref_entry(found.at[i])->name;
        bool nameable =
            pl_slice_find(name, '\\') == name.len && pl_slice_find(name, '.') == name.len - 3;
        if (!nameable) {
            continue;
        }
        if (pl_look_fmt(failed->l, &handler, err, "%.*s.%.*s", (int)(name.len - 3), name.ptr,
                        PL_ARG(load->name)) != PL_OK ||
            offer(failed, handler, load, &taken, err) != PL_OK) {
            return err->code;
        }
        if (taken) {
            return PL_OK;
        }
    }
    load->elsewhere = found.n > 0 ? found.at[0] : load->elsewhere;
    return PL_OK;
}

/* The method as one of a module: app.Module.method. */
static PL_STATUS as_singleton(const struct pl_ruby_try *failed, const struct pl_rb *rb,
                              struct pl_load *load, bool *ret_taken, struct pl_err *err)
{
    *ret_taken = false;
    for (uint32_t i = 0; i < rb->n_name && !*ret_taken; i++) {
        const struct pl_rb_name *n = &rb->name[i];
        struct pl_slice handler;
        if (n->kind != PL_RB_SINGLETON || n->owner.len == 0 ||
            !pl_slice_eq(n->name, failed->method)) {
            continue;
        }
        if (pl_look_fmt(failed->l, &handler, err, "%.*s.%.*s.%.*s", PL_ARG(failed->file),
                        PL_ARG(n->owner), PL_ARG(n->name)) != PL_OK ||
            offer(failed, handler, load, ret_taken, err) != PL_OK) {
            return err->code;
        }
    }
    return PL_OK;
}

/* A name of the same kind that is near, else one that handlers often have; NULL for none. */
static PL_STATUS near_name(const struct pl_ruby_try *failed, const struct pl_rb *rb,
                           const char **ret, struct pl_err *err)
{
    const char *names[NAMES_MAX];
    size_t n = 0;
    bool of_class = failed->class.len > 0;
    enum pl_rb_kind kind = of_class ? PL_RB_SINGLETON : PL_RB_METHOD;
    *ret = NULL;
    for (uint32_t i = 0; i < rb->n_name && n < NAMES_MAX; i++) {
        struct pl_slice copy;
        if (rb->name[i].kind != kind || !pl_slice_eq(rb->name[i].owner, failed->class)) {
            continue;
        }
        if (pl_arena_dup(&failed->l->scratch, rb->name[i].name, &copy, err) != PL_OK) {
            return err->code;
        }
        names[n++] = copy.ptr;
    }
    *ret = pl_text_nearest(failed->method, names, n);
    for (size_t h = 0; !*ret && h < HABIT_COUNT; h++) {
        for (size_t i = 0; i < n; i++) {
            *ret = pl_slice_is(pl_slice_of(names[i]), HABITS[h]) ? HABITS[h] : *ret;
        }
    }
    return PL_OK;
}

static PL_STATUS find_method(const struct pl_ruby_try *failed, struct pl_load *load,
                             struct pl_err *err)
{
    bool taken = false;
    const char *name = NULL;
    struct pl_slice handler;
    if (failed->set.n == 0) {
        return PL_OK;
    }
    const struct pl_rb *rb = failed->set.file[0].rb;
    if (pl_slice_is(failed->class, "rb")) {
        /* "app.rb.handler": the suffix does not belong into a handler. */
        return pl_look_fmt(failed->l, &handler, err, "%.*s.%.*s", PL_ARG(failed->file),
                           PL_ARG(failed->method)) != PL_OK
                   ? err->code
                   : offer(failed, handler, load, &taken, err);
    }
    if (as_singleton(failed, rb, load, &taken, err) != PL_OK) {
        return err->code;
    }
    if (taken) {
        return PL_OK;
    }
    if (near_name(failed, rb, &name, err) != PL_OK) {
        return err->code;
    }
    if (!name) {
        return PL_OK;
    }
    if (pl_look_fmt(failed->l, &handler, err, "%.*s.%.*s%s%s", PL_ARG(failed->file),
                    PL_ARG(failed->class), failed->class.len > 0 ? "." : "", name) != PL_OK) {
        return err->code;
    }
    return offer(failed, handler, load, &taken, err);
}

PL_STATUS pl_ruby_suggest(const struct pl_ruby_try *failed, struct pl_load *load,
                          struct pl_err *err)
{
    if (load->why == PL_WHY_MODULE_MISSING) {
        return find_file(failed, load, err);
    }
    return load->why == PL_WHY_FUNCTION_MISSING ? find_method(failed, load, err) : PL_OK;
}
