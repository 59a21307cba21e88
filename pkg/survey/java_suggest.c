/* "It stands there instead": a Java handler string that would work, tried before it is said. */
#include "pkg/base/text.h"
#include "pkg/survey/load_java.h"

/* Jars that are looked into for a class that is missing. */
enum { MAX_STRAYS = 64, MAX_TRIES = 24 };

struct suggesting {
    const struct pl_java_try *failed;
    struct pl_java *j;
    struct pl_load *load;
    struct pl_slice file;   /* "com/example/Handler.class", as the handler says */
    struct pl_slice simple; /* "Handler.class" */
    uint32_t tries;
    bool taken;
};

/* Takes the suggestion when it loads. */
static PL_STATUS offer(struct suggesting *s, struct pl_slice handler, struct pl_err *err)
{
    struct pl_java_try t;
    struct pl_load tried;
    if (s->taken || s->tries == MAX_TRIES || pl_slice_eq(handler, s->failed->handler)) {
        return PL_OK;
    }
    s->tries++;
    if (pl_java_try(&t, s->j, handler, &tried, err) != PL_OK) {
        return err->code;
    }
    if (tried.outcome != PL_LOADS) {
        return PL_OK;
    }
    s->taken = true;
    return pl_text_safe(s->j->l->arena, handler, &s->load->suggest, err);
}

/* Class and method; the method that was asked for, else the interface's, else the class alone. */
static PL_STATUS offer_class(struct suggesting *s, struct pl_slice class_name,
                             struct pl_slice method, struct pl_err *err)
{
    struct pl_slice handler;
    if (method.len > 0 && (pl_look_fmt(s->j->l, &handler, err, "%.*s::%.*s", PL_ARG(class_name),
                                       PL_ARG(method)) != PL_OK ||
                           offer(s, handler, err) != PL_OK)) {
        return err->code;
    }
    if (pl_look_fmt(s->j->l, &handler, err, "%.*s::handleRequest", PL_ARG(class_name)) != PL_OK ||
        offer(s, handler, err) != PL_OK) {
        return err->code;
    }
    return offer(s, class_name, err);
}

/* ---------------------------------------------------------------- slips of the pen */

/* "com.example.Handler.handleRequest", "com.example.Handler:handle", "...#handle" */
static PL_STATUS try_separators(struct suggesting *s, struct pl_err *err)
{
    static const char marks[] = ".:#/$";
    struct pl_slice handler = s->failed->handler;
    for (size_t i = 0; marks[i]; i++) {
        size_t at = pl_slice_rfind(handler, marks[i]);
        struct pl_slice text;
        if (at == 0 || at + 1 >= handler.len || handler.ptr[at - 1] == ':') {
            continue;
        }
        if (pl_look_fmt(s->j->l, &text, err, "%.*s::%.*s", (int)at, handler.ptr,
                        PL_ARG(pl_slice_sub(handler, at + 1, handler.len))) != PL_OK ||
            offer(s, text, err) != PL_OK) {
            return err->code;
        }
    }
    return PL_OK;
}

/* A path instead of a name, and its suffix. */
static PL_STATUS try_path(struct suggesting *s, struct pl_err *err)
{
    static const struct pl_slice ends[] = {PL_SLICE_INIT(".class"), PL_SLICE_INIT(".java")};
    struct pl_slice name = s->failed->parts.class_name;
    struct pl_slice dotted;
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        if (pl_slice_ends(name, ends[i])) {
            name = pl_slice_sub(name, 0, name.len - ends[i].len);
        }
    }
    if (pl_java_dotted(s->j->l, name, &dotted, err) != PL_OK) {
        return err->code;
    }
    return pl_slice_eq(dotted, s->failed->parts.class_name)
               ? PL_OK
               : offer_class(s, dotted, s->failed->parts.method, err);
}

/* "com.example.Outer.Inner" is com.example.Outer$Inner. */
static PL_STATUS try_nested(struct suggesting *s, struct pl_err *err)
{
    struct pl_slice name = s->failed->parts.class_name;
    size_t dot = pl_slice_rfind(name, '.');
    struct pl_slice text;
    if (dot == name.len) {
        return PL_OK;
    }
    if (pl_look_fmt(s->j->l, &text, err, "%.*s$%.*s", (int)dot, name.ptr,
                    PL_ARG(pl_slice_sub(name, dot + 1, name.len))) != PL_OK) {
        return err->code;
    }
    return offer_class(s, text, s->failed->parts.method, err);
}

/* ---------------------------------------------------------------- the class elsewhere */

/* ".../com/example/Handler.class" is 1, the same simple name 2, in another case 3. */
static unsigned likeness(const struct suggesting *s, struct pl_slice entry)
{
    if (pl_slice_ends(entry, s->file) && entry.len > s->file.len &&
        (entry.ptr[entry.len - s->file.len - 1] == '/' ||
         entry.ptr[entry.len - s->file.len - 1] == '\\')) {
        return 1;
    }
    struct pl_slice base = pl_look_basename(entry);
    if (pl_slice_eq(base, s->simple)) {
        return 2;
    }
    return pl_slice_eq_nocase(base, s->simple) ? 3 : 0;
}

static unsigned like_class(const void *ctx, const struct pl_entry *entry)
{
    return likeness(ctx, entry->name);
}

/* "com/example/Handler.class" as a handler would name it. */
static PL_STATUS offer_file(struct suggesting *s, struct pl_slice file, struct pl_err *err)
{
    struct pl_slice dotted;
    if (pl_slice_find(file, '\\') < file.len) {
        return PL_OK;
    }
    if (pl_java_dotted(s->j->l, pl_slice_sub(file, 0, file.len - 6), &dotted, err) != PL_OK) {
        return err->code;
    }
    return offer_class(s, dotted, s->failed->parts.method, err);
}

static PL_STATUS say_stands(struct suggesting *s, struct pl_ref at, struct pl_slice inner,
                            struct pl_err *err)
{
    struct pl_slice text;
    const struct pl_entry *entry = pl_ref_entry(at);
    enum pl_status status =
        inner.len > 0 ? pl_look_fmt(s->j->l, &text, err, "%.*s; %.*s has %.*s",
                                    PL_ARG(s->load->detail), PL_ARG(entry->name), PL_ARG(inner))
                      : pl_look_fmt(s->j->l, &text, err, "%.*s; %.*s is there",
                                    PL_ARG(s->load->detail), PL_ARG(entry->name));
    s->load->elsewhere = at;
    return status == PL_OK ? pl_text_safe(s->j->l->arena, text, &s->load->detail, err) : status;
}

/* Among the code's own entries. */
static PL_STATUS look_in_code(struct suggesting *s, unsigned wanted, struct pl_err *err)
{
    struct pl_candidates found;
    pl_look_around(s->j->l, like_class, s, &found);
    for (uint32_t i = 0; i < found.n && !s->load->elsewhere.package; i++) {
        struct pl_slice name = pl_ref_entry(found.at[i])->name;
        unsigned like = likeness(s, name);
        if ((wanted == 1) != (like == 1)) {
            continue;
        }
        if (offer_file(s, name, err) != PL_OK) {
            return err->code;
        }
        if ((s->taken || like == 1) && say_stands(s, found.at[i], PL_SLICE(""), err) != PL_OK) {
            return err->code;
        }
    }
    return PL_OK;
}

/* Among the entries of one jar. */
static PL_STATUS look_in_jar(struct suggesting *s, const struct pl_jar *jar, unsigned wanted,
                             struct pl_err *err)
{
    if (jar->state != PL_JAR_OPEN) {
        return PL_OK;
    }
    for (uint32_t i = 0; i < jar->tree.n && !s->load->elsewhere.package; i++) {
        struct pl_slice name = jar->tree.entry[i].name;
        unsigned like = likeness(s, name);
        if (like == 0 || (wanted == 1) != (like == 1)) {
            continue;
        }
        if (like > 1 && offer_file(s, name, err) != PL_OK) {
            return err->code;
        }
        if ((s->taken || like == 1) && say_stands(s, jar->at, name, err) != PL_OK) {
            return err->code;
        }
    }
    return PL_OK;
}

static PL_STATUS look_in_path(struct suggesting *s, unsigned wanted, struct pl_err *err)
{
    for (const struct pl_jar *jar = s->j->path.first; jar && !s->load->elsewhere.package;
         jar = jar->next) {
        if (look_in_jar(s, jar, wanted, err) != PL_OK) {
            return err->code;
        }
    }
    return PL_OK;
}

/* A jar at the root, in a folder of its own, in BOOT-INF/lib: PL315 says which. */
static PL_STATUS look_in_strays(struct suggesting *s, struct pl_err *err)
{
    uint32_t at = 0;
    for (uint32_t n = 0; n < MAX_STRAYS && !s->load->elsewhere.package; n++) {
        struct pl_jar *jar = NULL;
        if (pl_java_path_stray(&s->j->path, &at, &jar, err) != PL_OK) {
            return err->code;
        }
        if (!jar) {
            return PL_OK;
        }
        uint32_t inner =
            jar->state == PL_JAR_OPEN ? pl_tree_find(&jar->tree, s->file) : (uint32_t)PL_ENTRY_NONE;
        if (inner == PL_ENTRY_NONE) {
            continue;
        }
        s->load->elsewhere = jar->at;
        if (pl_java_fail(s->j, s->load, PL_WHY_JAR_PLACE, err,
                         "%.*s has %.*s; only lib/*.jar and a layer's java/lib/*.jar are on the "
                         "class path",
                         PL_ARG(jar->place), PL_ARG(s->failed->parts.class_name)) != PL_OK) {
            return err->code;
        }
    }
    return PL_OK;
}

static PL_STATUS suggest_class(struct suggesting *s, struct pl_err *err)
{
    struct pl_slice name = s->failed->parts.class_name;
    size_t end = pl_slice_ends(name, PL_SLICE(".class")) ? name.len - 6 : name.len;
    size_t start = end;
    while (start > 0 && name.ptr[start - 1] != '.' && name.ptr[start - 1] != '/') {
        start--;
    }
    struct pl_slice file = s->failed->name.len > 0 ? s->failed->name : name;
    if (try_separators(s, err) != PL_OK || try_path(s, err) != PL_OK ||
        try_nested(s, err) != PL_OK || s->taken) {
        return s->taken ? PL_OK : err->code;
    }
    if (pl_java_file(s->j->l, file, &s->file, err) != PL_OK ||
        pl_java_file(s->j->l, pl_slice_sub(name, start, end), &s->simple, err) != PL_OK ||
        look_in_code(s, 1, err) != PL_OK || look_in_path(s, 1, err) != PL_OK) {
        return err->code;
    }
    if (!s->load->elsewhere.package && look_in_strays(s, err) != PL_OK) {
        return err->code;
    }
    if (!s->load->elsewhere.package && look_in_code(s, 2, err) != PL_OK) {
        return err->code;
    }
    return s->load->elsewhere.package ? PL_OK : look_in_path(s, 2, err);
}

/* ---------------------------------------------------------------- the method */

/* The one public method of the class that the loader would take. */
static struct pl_slice only_method(const struct pl_java_try *t)
{
    struct pl_slice only = PL_SLICE("");
    const struct pl_jvm *jvm = &t->types.class_[0]->jvm;
    for (uint32_t i = 0; i < jvm->n_method; i++) {
        const struct pl_jvm_method *method = &jvm->method[i];
        if ((method->flags & PL_JVM_PUBLIC) == 0 ||
            (method->flags & (PL_JVM_BRIDGE | PL_JVM_SYNTHETIC)) != 0 || method->name.len == 0 ||
            method->name.ptr[0] == '<' || !pl_java_takes(method->descriptor)) {
            continue;
        }
        if (only.len > 0 && !pl_slice_eq(only, method->name)) {
            return PL_SLICE("");
        }
        only = method->name;
    }
    return only;
}

static PL_STATUS suggest_method(struct suggesting *s, struct pl_err *err)
{
    const struct pl_java_try *t = s->failed;
    if (t->types.n == 0) {
        return PL_OK;
    }
    return offer_class(s, t->parts.class_name, only_method(t), err);
}

PL_STATUS pl_java_suggest(const struct pl_java_try *failed, struct pl_load *load,
                          struct pl_err *err)
{
    struct suggesting s = {.failed = failed, .j = failed->j, .load = load};
    if (load->why == PL_WHY_CLASS_MISSING) {
        return suggest_class(&s, err);
    }
    return load->why == PL_WHY_CLASS_REFUSED ? suggest_method(&s, err) : PL_OK;
}
