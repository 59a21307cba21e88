/*
 * Ruby: what the runtime interface client's lambda_handler.rb (2025-09-05) does with a handler,
 * LAMBDA 3.7: split at dots, require the file with /var/task first on the load path, then send the
 * method to the client's own object or to the class.
 */
#include "pkg/survey/load_ruby.h"

#include "pkg/base/text.h"
#include "pkg/survey/load.h"

/* String#split("."): empty parts at the end do not count. */
static uint32_t split(struct pl_slice handler, struct pl_slice part[3])
{
    uint32_t n = 0;
    while (handler.len > 0 && handler.ptr[handler.len - 1] == '.') {
        handler.len--;
    }
    struct pl_slice one;
    while (handler.ptr && handler.len > 0 && n < 4 && pl_slice_next(&handler, '.', &one)) {
        if (n < 3) {
            part[n] = one;
        }
        n++;
    }
    return n;
}

/* The first file of that name on the load path.  `require` tries .rb everywhere, then .so. */
static PL_STATUS find_required(struct pl_looker *l, struct pl_slice cwd, struct pl_slice name,
                               struct pl_hit *ret, struct pl_err *err)
{
    /* lib/ is not on the path; when the file puts it there, its own requires find it. */
    bool is_handler = cwd.ptr && cwd.len == 0;
    const struct pl_slice dirs[] = {pl_look_task(l), PL_SLICE("/opt/ruby/lib"),
                                    PL_SLICE("/var/task/lib")};
    static const char *const suffixes[] = {".rb", ".so", ""};
    bool has_suffix = pl_slice_ends(name, PL_SLICE(".rb")) || pl_slice_ends(name, PL_SLICE(".so"));
    struct pl_hit best = {.how = PL_HOW_MISSING};
    bool own = cwd.len > 0 || (name.len > 0 && (name.ptr[0] == '/' || name.ptr[0] == '.'));
    for (size_t s = has_suffix ? 2 : 0; s < (has_suffix ? 3u : 2u); s++) {
        for (size_t d = 0; d < (own ? 1u : is_handler ? 2u : 3u); d++) {
            struct pl_slice path;
            struct pl_slice dir = own && cwd.len > 0 ? cwd : dirs[d];
            if (pl_look_fmt(l, &path, err, "%.*s%s", PL_ARG(name), suffixes[s]) != PL_OK) {
                return err->code;
            }
            struct pl_hit hit = pl_view_find(l->view, dir, path);
            if (hit.how == PL_HOW_FILE) {
                *ret = hit;
                return PL_OK;
            }
            if (hit.how == PL_HOW_OPAQUE || hit.how == PL_HOW_OUTSIDE) {
                best = hit;
            }
        }
    }
    *ret = best;
    return PL_OK;
}

static PL_STATUS add_file(struct pl_looker *l, struct pl_ref at, struct pl_ruby_set *set,
                          struct pl_err *err)
{
    struct pl_looked *looked = NULL;
    for (uint32_t i = 0; i < set->n; i++) {
        if (pl_ref_eq(set->file[i].at, at)) {
            return PL_OK;
        }
    }
    if (set->n == PL_RUBY_FILES || pl_slice_ends(pl_ref_entry(at)->name, PL_SLICE(".so"))) {
        set->unknown = true;
        return PL_OK;
    }
    if (pl_look_ruby(l, at, &looked, err) != PL_OK) {
        return err->code;
    }
    if (looked->state != PL_LOOKED_TEXT || looked->rb->not_text) {
        set->unknown = true;
        return PL_OK;
    }
    set->file[set->n].at = at;
    set->file[set->n++].rb = looked->rb;
    return PL_OK;
}

static PL_STATUS follow(struct pl_looker *l, struct pl_ref from,
                        const struct pl_rb_require *require, struct pl_ruby_set *set,
                        struct pl_err *err)
{
    struct pl_slice place = {0};
    struct pl_hit hit;
    if (require->kind == PL_RB_REQUIRE_RELATIVE &&
        pl_view_place(l->view, from, &l->scratch, &place, err) != PL_OK) {
        return err->code;
    }
    if (find_required(l, pl_slice_dirname(place), require->path, &hit, err) != PL_OK) {
        return err->code;
    }
    if (hit.how == PL_HOW_FILE) {
        return add_file(l, hit.at, set, err);
    }
    bool library = require->kind == PL_RB_REQUIRE && pl_ruby_is_library(require->path);
    set->unknown = set->unknown || !library;
    return PL_OK;
}

PL_STATUS pl_ruby_gather(struct pl_looker *l, struct pl_ref at, struct pl_ruby_set *ret,
                         struct pl_err *err)
{
    *ret = (struct pl_ruby_set){.n = 0};
    if (add_file(l, at, ret, err) != PL_OK) {
        return err->code;
    }
    for (uint32_t i = 0; i < ret->n; i++) {
        const struct pl_rb *rb = ret->file[i].rb;
        ret->unknown = ret->unknown || rb->dynamic_require;
        for (uint32_t k = 0; k < rb->n_require; k++) {
            if (follow(l, ret->file[i].at, &rb->require[k], ret, err) != PL_OK) {
                return err->code;
            }
        }
    }
    return PL_OK;
}

static PL_STATUS malformed(struct pl_ruby_try *t, struct pl_load *load, struct pl_err *err)
{
    pl_load_fail(load, PL_WHY_MALFORMED, PL_SURE_YES);
    return pl_load_says(t->l, load, err,
                        "Init<ArgumentError>: Invalid handler '%.*s', must be of form "
                        "FILENAME.METHOD or FILENAME.CLASS.METHOD",
                        PL_ARG(t->handler));
}

static PL_STATUS file_missing(struct pl_ruby_try *t, const struct pl_hit *hit, struct pl_load *load,
                              struct pl_err *err)
{
    static const char *const changes[] = {"RUBYLIB", "RUBYOPT", "GEM_PATH", "GEM_HOME",
                                          "BUNDLE_GEMFILE"};
    enum pl_why unsure = hit->how == PL_HOW_OPAQUE    ? PL_WHY_OPAQUE_LAYER
                         : hit->how == PL_HOW_OUTSIDE ? PL_WHY_OUTSIDE
                                                      : PL_WHY_NONE;
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        unsure = pl_look_has_env(t->l, changes[i]) ? PL_WHY_SEARCH_PATH : unsure;
    }
    if (pl_ruby_is_library(t->file)) {
        unsure = PL_WHY_RUNTIME_MODULE;
    } else if (pl_look_may_have(t->l, t->file)) {
        unsure = PL_WHY_SEARCH_PATH;
    } else if (t->file.len > 0 && t->file.ptr[0] == '~') {
        unsure = PL_WHY_OUTSIDE;
    }
    if (unsure != PL_WHY_NONE) {
        pl_load_set(load, PL_CANNOT_TELL, unsure);
        return PL_OK;
    }
    pl_load_fail(load, PL_WHY_MODULE_MISSING, PL_SURE_YES);
    return pl_load_says(t->l, load, err, "Init<LoadError>: cannot load such file -- %.*s",
                        PL_ARG(t->file));
}

/* A name that const_get takes: A::B with capital letters. */
static bool could_be_constant(struct pl_slice path)
{
    path = pl_slice_starts(path, PL_SLICE("::")) ? pl_slice_sub(path, 2, path.len) : path;
    if (path.len == 0) {
        return false;
    }
    for (size_t i = 0; i < path.len; i++) {
        bool begins = i == 0 || (i >= 2 && path.ptr[i - 1] == ':');
        char c = path.ptr[i];
        bool capital = (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
        if (begins && c != ':' && !capital) {
            return false;
        }
    }
    return !pl_slice_ends(path, PL_SLICE(":"));
}

static PL_STATUS judge_names(struct pl_ruby_try *t, struct pl_load *load, struct pl_err *err)
{
    struct pl_slice class = pl_slice_starts(t->class, PL_SLICE("::"))
                                ? pl_slice_sub(t->class, 2, t->class.len)
                                : t->class;
    bool named = t->class.ptr != NULL;
    enum pl_sure has_class = PL_SURE_YES;
    enum pl_sure sure;
    if (named) {
        has_class = could_be_constant(t->class) ? pl_ruby_has_class(&t->set, class) : PL_SURE_NO;
        sure =
            has_class == PL_SURE_NO ? PL_SURE_NO : pl_ruby_has_singleton(&t->set, class, t->method);
        sure = sure > has_class ? has_class : sure;
    } else {
        sure = pl_ruby_has_method(&t->set, t->method);
    }
    if (sure == PL_SURE_YES && t->set.file[0].rb->doubt) {
        sure = PL_SURE_MAYBE; /* it may not even parse */
    }
    bool impossible = named && !could_be_constant(t->class);
    if (sure == PL_SURE_YES) {
        pl_load_set(load, PL_LOADS, PL_WHY_NONE);
        return PL_OK;
    }
    if (!impossible && (sure == PL_SURE_MAYBE || t->set.unknown)) {
        pl_load_set(load, PL_CANNOT_TELL, sure == PL_SURE_MAYBE ? PL_WHY_DYNAMIC : PL_WHY_REQUIRED);
        return PL_OK;
    }
    pl_load_fail(load, PL_WHY_FUNCTION_MISSING, PL_SURE_YES);
    if (named && has_class == PL_SURE_NO) {
        return pl_load_says(t->l, load, err, "Function<NameError>: %s %.*s",
                            impossible ? "wrong constant name" : "uninitialized constant",
                            PL_ARG(t->class));
    }
    return pl_load_says(
        t->l, load, err, "Function<NoMethodError>: undefined method '%.*s' for %s%.*s",
        PL_ARG(t->method), named ? "" : "an instance of LambdaHandler", PL_ARG(t->class));
}

static PL_STATUS judge_file(struct pl_ruby_try *t, struct pl_load *load, struct pl_err *err)
{
    struct pl_looked *looked = NULL;
    if (pl_slice_ends(pl_ref_entry(t->at)->name, PL_SLICE(".so"))) {
        pl_load_set(load, PL_CANNOT_TELL, PL_WHY_BINARY_MODULE);
        return PL_OK;
    }
    /* A library that the client has loaded before is not loaded again from /var/task. */
    if (pl_ruby_is_library(t->file)) {
        pl_load_set(load, PL_CANNOT_TELL, PL_WHY_RUNTIME_MODULE);
        return PL_OK;
    }
    if (pl_look_ruby(t->l, t->at, &looked, err) != PL_OK) {
        return err->code;
    }
    if (pl_load_unread(load, looked)) {
        return PL_OK;
    }
    const struct pl_syntax_error *syntax = &looked->rb->syntax;
    if (syntax->found) {
        load->spot = syntax->at;
        load->detail = pl_slice_of(syntax->what);
        pl_load_fail(load, PL_WHY_SYNTAX, PL_SURE_YES);
        return pl_load_says(t->l, load, err, "Init<SyntaxError>: /var/task/%.*s.rb:%u: %s",
                            PL_ARG(t->file), (unsigned)syntax->at.line,
                            looked->rb->not_text ? "invalid multibyte char (UTF-8)" : syntax->what);
    }
    if (looked->rb->not_text) {
        pl_load_set(load, PL_CANNOT_TELL, PL_WHY_NOT_TEXT);
        return PL_OK;
    }
    if (pl_ruby_gather(t->l, t->at, &t->set, err) != PL_OK) {
        return err->code;
    }
    load->loaded = pl_arena_new(t->l->arena, t->set.n + 1u, sizeof *load->loaded, err);
    if (!load->loaded) {
        return err->code;
    }
    load->loaded[0] = t->at;
    load->n_loaded = 1;
    return judge_names(t, load, err);
}

PL_STATUS pl_ruby_try(struct pl_ruby_try *t, struct pl_looker *l, struct pl_slice handler,
                      struct pl_load *load, struct pl_err *err)
{
    struct pl_slice part[3] = {{0}};
    struct pl_hit hit;
    uint32_t n = split(handler, part);
    *t = (struct pl_ruby_try){.l = l, .handler = handler};
    *load = (struct pl_load){.outcome = PL_NOT_JUDGED};
    if (n != 2 && n != 3) {
        return malformed(t, load, err);
    }
    t->file = part[0];
    t->method = part[n - 1];
    t->class = n == 3 ? part[1] : (struct pl_slice){0};
    load->module = t->file;
    load->name = pl_slice_sub(handler, t->file.len + 1, handler.len);
    if (find_required(l, PL_SLICE(""), t->file, &hit, err) != PL_OK) {
        return err->code;
    }
    const struct pl_entry *entry = pl_ref_entry(hit.at);
    if (hit.how != PL_HOW_FILE || !entry) {
        return file_missing(t, &hit, load, err);
    }
    t->at = load->at = hit.at;
    if (!pl_entry_readable(entry)) {
        pl_load_fail(load, PL_WHY_MODULE_UNREADABLE, PL_SURE_YES);
        return pl_load_says(l, load, err, "Init<LoadError>: cannot load such file -- %.*s",
                            PL_ARG(t->file));
    }
    return judge_file(t, load, err);
}

PL_STATUS pl_load_ruby(struct pl_function *function, struct pl_arena *arena, struct pl_err *err)
{
    struct pl_looker l;
    struct pl_ruby_try t;
    struct pl_load load;
    pl_looker_init(&l, function, arena);
    enum pl_status status = pl_ruby_try(&t, &l, function->decl->handler.text, &load, err);
    if (status == PL_OK && load.outcome == PL_FAILS) {
        status = pl_ruby_suggest(&t, &load, err);
    }
    pl_looker_done(&l);
    if (status == PL_OK) {
        function->load = load;
    }
    return status;
}
