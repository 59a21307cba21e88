/*
 * Java: what aws-lambda-java-runtime-interface-client (2.9.0, 2026-01-07) does with a handler,
 * LAMBDA 3.3.
 */
#include "pkg/survey/load_java.h"

#include "pkg/survey/load.h"

/* Class.forName: dots become slashes; a name that has slashes already is refused. */
static PL_STATUS class_missing(struct pl_java_try *t, struct pl_load *load, struct pl_err *err)
{
    if (pl_java_fail(t->j, load, PL_WHY_CLASS_MISSING, err,
                     "%.*s is not at the root, in lib/*.jar or in a layer's java/lib/*.jar",
                     PL_ARG(t->parts.class_name)) != PL_OK) {
        return err->code;
    }
    return pl_load_says(t->j->l, load, err,
                        "Class not found: %.*s: java.lang.ClassNotFoundException",
                        PL_ARG(t->parts.class_name));
}

static PL_STATUS internal_name(struct pl_java_try *t, struct pl_err *err)
{
    struct pl_slice dotted = t->parts.class_name;
    char *to = pl_arena_new(&t->j->l->scratch, dotted.len + 1, 1, err);
    if (!to) {
        return err->code;
    }
    for (size_t i = 0; i < dotted.len; i++) {
        to[i] = dotted.ptr[i] == '.' ? '/' : dotted.ptr[i];
    }
    t->name = pl_slice_make(to, dotted.len);
    return PL_OK;
}

/* What fails before anything is searched. */
static PL_STATUS check_string(struct pl_java_try *t, struct pl_load *load, struct pl_err *err)
{
    if (!pl_handler_java(t->handler, &t->parts)) {
        pl_load_fail(load, PL_WHY_MALFORMED, PL_SURE_YES);
        return pl_load_says(t->j->l, load, err, "Invalid handler: `%.*s'", PL_ARG(t->handler));
    }
    load->module = t->parts.class_name;
    load->name = t->parts.method;
    if (t->parts.class_name.ptr[0] == '[') {
        /* Class.forName makes array classes of such names. */
        pl_load_set(load, PL_CANNOT_TELL, PL_WHY_RUNTIME_MODULE);
        return PL_OK;
    }
    if (pl_slice_find(t->parts.class_name, '/') < t->parts.class_name.len) {
        return class_missing(t, load, err);
    }
    return internal_name(t, err);
}

PL_STATUS pl_java_try(struct pl_java_try *t, struct pl_java *j, struct pl_slice handler,
                      struct pl_load *load, struct pl_err *err)
{
    struct pl_java_class *class_ = NULL;
    *t = (struct pl_java_try){.j = j, .handler = handler};
    *load = (struct pl_load){.outcome = PL_NOT_JUDGED};
    if (check_string(t, load, err) != PL_OK) {
        return err->code;
    }
    if (load->outcome != PL_NOT_JUDGED) {
        return PL_OK;
    }
    if (pl_java_class_get(j, t->name, true, &class_, err) != PL_OK) {
        return err->code;
    }
    switch ((enum pl_java_where)class_->spot.where) {
    case PL_JAVA_MISSING:
        return class_missing(t, load, err);
    case PL_JAVA_RUNTIME:
        pl_load_set(load, PL_CANNOT_TELL, PL_WHY_RUNTIME_MODULE);
        return PL_OK;
    case PL_JAVA_UNSURE:
        pl_load_set(load, PL_CANNOT_TELL, (enum pl_why)class_->spot.why);
        return PL_OK;
    case PL_JAVA_HERE:
        break;
    }
    if (pl_java_link(t, class_, load, err) != PL_OK) {
        return err->code;
    }
    if (load->outcome != PL_NOT_JUDGED) {
        return PL_OK;
    }
    return pl_java_bind(t, load, err);
}

/* The class's own file or jar. */
static PL_STATUS note_loaded(struct pl_java *j, struct pl_load *load, struct pl_err *err)
{
    if (!load->at.package || load->outcome == PL_CANNOT_TELL) {
        return PL_OK;
    }
    load->loaded = pl_arena_new(j->l->arena, 1, sizeof *load->loaded, err);
    if (!load->loaded) {
        return err->code;
    }
    load->loaded[0] = load->at;
    load->n_loaded = 1;
    return PL_OK;
}

static PL_STATUS judge(struct pl_java *j, struct pl_load *load, struct pl_err *err)
{
    struct pl_java_try t;
    if (pl_java_path_make(&j->path, j->l, err) != PL_OK ||
        pl_java_try(&t, j, j->l->fn->decl->handler.text, load, err) != PL_OK) {
        return err->code;
    }
    if (load->outcome == PL_FAILS && pl_java_suggest(&t, load, err) != PL_OK) {
        return err->code;
    }
    return note_loaded(j, load, err);
}

PL_STATUS pl_load_java(struct pl_function *function, struct pl_arena *arena, struct pl_err *err)
{
    struct pl_looker l;
    struct pl_load load = {.outcome = PL_NOT_JUDGED};
    pl_looker_init(&l, function, arena);
    struct pl_java j = {.l = &l};
    enum pl_status status = judge(&j, &load, err);
    pl_java_path_done(&j.path);
    pl_looker_done(&l);
    if (status == PL_OK) {
        function->load = load;
    }
    return status;
}
