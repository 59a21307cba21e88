/* Linking, as far as it decides whether a class loads: its file, its supertypes, their versions. */
#include "pkg/base/text.h"
#include "pkg/survey/load_java.h"

static const struct pl_slice OBJECT = PL_SLICE_INIT("java/lang/Object");
static const struct pl_slice REQUEST =
    PL_SLICE_INIT("com/amazonaws/services/lambda/runtime/RequestHandler");
static const struct pl_slice STREAM =
    PL_SLICE_INIT("com/amazonaws/services/lambda/runtime/RequestStreamHandler");

/* Interfaces of the JDK without methods that a handler could name. */
static const char MARKERS[] = " java/io/Serializable java/lang/Cloneable "
                              "java/lang/annotation/Annotation ";

/* JDK 1.1 is 45; 8 is 52 (JVMS table 4.1-A). */
enum { MAJOR_OF_JAVA_0 = 44, FIRST_WITH_PREVIEW = 56 };

static PL_STATUS read_class(struct pl_java *j, struct pl_java_class *class_, struct pl_err *err)
{
    struct pl_slice bytes = PL_SLICE("");
    class_->is_read = true;
    if (class_->denied) {
        return PL_OK;
    }
    if (pl_java_path_read(&j->path, &class_->spot, &bytes, &class_->why, err) != PL_OK) {
        return err->code;
    }
    if (class_->why != PL_WHY_NONE) {
        return PL_OK;
    }
    enum pl_status status = pl_jvm_read(&class_->jvm, bytes, &j->l->scratch, err);
    if (status == PL_ERR_LIMIT) {
        class_->why = PL_WHY_TOO_BIG;
        return PL_OK;
    }
    return status;
}

PL_STATUS pl_java_class_get(struct pl_java *j, struct pl_slice name, bool wants_bytes,
                            struct pl_java_class **ret, struct pl_err *err)
{
    struct pl_java_class *class_ = j->known;
    while (class_ && !pl_slice_eq(class_->name, name)) {
        class_ = class_->next;
    }
    if (!class_) {
        class_ = pl_arena_new(&j->l->scratch, 1, sizeof *class_, err);
        if (!class_ || pl_java_path_find(&j->path, name, &class_->spot, err) != PL_OK) {
            return err->code;
        }
        const struct pl_entry *entry = pl_ref_entry(class_->spot.at);
        class_->name = name;
        class_->denied = entry && !pl_entry_readable(entry);
        class_->next = j->known;
        j->known = class_;
    }
    if (wants_bytes && !class_->is_read && class_->spot.where == PL_JAVA_HERE &&
        read_class(j, class_, err) != PL_OK) {
        return err->code;
    }
    *ret = class_;
    return PL_OK;
}

PL_STATUS pl_java_fail(struct pl_java *j, struct pl_load *load, enum pl_why why, struct pl_err *err,
                       const char *fmt, ...)
{
    struct pl_slice raw;
    va_list args;
    va_start(args, fmt);
    enum pl_status status = pl_arena_vfmt(&j->l->scratch, &raw, err, fmt, args);
    va_end(args);
    if (status != PL_OK) {
        return status;
    }
    pl_load_fail(load, why, PL_SURE_YES);
    return pl_text_safe(j->l->arena, raw, &load->detail, err);
}

PL_STATUS pl_java_dotted(struct pl_looker *l, struct pl_slice name, struct pl_slice *ret,
                         struct pl_err *err)
{
    char *to = pl_arena_new(&l->scratch, name.len + 1, 1, err);
    if (!to) {
        return err->code;
    }
    for (size_t i = 0; i < name.len; i++) {
        to[i] = name.ptr[i] == '/' ? '.' : name.ptr[i];
    }
    *ret = pl_slice_make(to, name.len);
    return PL_OK;
}

/* ---------------------------------------------------------------- one class */

/* UnsupportedClassVersionError */
static PL_STATUS check_version(struct pl_java_try *t, const struct pl_java_class *class_,
                               struct pl_load *load, struct pl_err *err)
{
    const struct pl_jvm *jvm = &class_->jvm;
    const struct pl_runtime *runtime = t->j->l->fn->runtime;
    bool preview = jvm->minor == PL_JVM_PREVIEW && jvm->major >= FIRST_WITH_PREVIEW;
    if (runtime->abi == 0 || (jvm->major <= runtime->abi && !preview)) {
        return PL_OK;
    }
    if (preview && t->j->path.unsure != PL_WHY_NONE) {
        /* A wrapper or JAVA_TOOL_OPTIONS may give --enable-preview. */
        pl_load_set(load, PL_CANNOT_TELL, PL_WHY_SEARCH_PATH);
        return PL_OK;
    }
    if (jvm->major <= runtime->abi) {
        if (pl_java_fail(t->j, load, PL_WHY_CLASS_TOO_NEW, err,
                         "%.*s uses preview features of Java %d", PL_ARG(class_->name),
                         jvm->major - MAJOR_OF_JAVA_0) != PL_OK) {
            return err->code;
        }
        return pl_load_says(t->j->l, load, err,
                            "java.lang.UnsupportedClassVersionError: Preview features are not "
                            "enabled for %.*s (class file version %u.%u)",
                            PL_ARG(class_->name), (unsigned)jvm->major, (unsigned)jvm->minor);
    }
    if (pl_java_fail(t->j, load, PL_WHY_CLASS_TOO_NEW, err,
                     "%.*s is for Java %d (class file version %u), %s runs Java %u (up to %u)",
                     PL_ARG(class_->name), jvm->major - MAJOR_OF_JAVA_0, (unsigned)jvm->major,
                     runtime->id, (unsigned)runtime->version_major,
                     (unsigned)runtime->abi) != PL_OK) {
        return err->code;
    }
    return pl_load_says(t->j->l, load, err,
                        "java.lang.UnsupportedClassVersionError: %.*s has been compiled by a more "
                        "recent version of the Java Runtime (class file version %u.%u), this "
                        "version of the Java Runtime only recognizes class file versions up to "
                        "%u.0",
                        PL_ARG(class_->name), (unsigned)jvm->major, (unsigned)jvm->minor,
                        (unsigned)runtime->abi);
}

/* ClassFormatError, and NoClassDefFoundError for a file in the wrong folder. */
static PL_STATUS check_format(struct pl_java_try *t, const struct pl_java_class *class_,
                              struct pl_load *load, struct pl_err *err)
{
    const struct pl_jvm *jvm = &class_->jvm;
    if (jvm->damaged) {
        if (pl_java_fail(t->j, load, PL_WHY_CLASS_REFUSED, err,
                         "%.*s.class is no sound class file: %s", PL_ARG(class_->name),
                         jvm->damaged) != PL_OK) {
            return err->code;
        }
        return pl_load_says(t->j->l, load, err, "java.lang.ClassFormatError: class file %.*s",
                            PL_ARG(class_->name));
    }
    if (pl_slice_eq(jvm->name, class_->name)) {
        return PL_OK;
    }
    struct pl_slice dotted;
    if (pl_java_dotted(t->j->l, jvm->name, &dotted, err) != PL_OK ||
        pl_java_fail(t->j, load, PL_WHY_CLASS_MISSING, err, "%.*s.class holds %.*s",
                     PL_ARG(class_->name), PL_ARG(dotted)) != PL_OK) {
        return err->code;
    }
    return pl_load_says(t->j->l, load, err,
                        "java.lang.NoClassDefFoundError: %.*s (wrong name: %.*s)",
                        PL_ARG(class_->name), PL_ARG(jvm->name));
}

/* Would the virtual machine take the file?  Sets an outcome when not, or when nobody can say. */
static PL_STATUS check_class(struct pl_java_try *t, const struct pl_java_class *class_,
                             struct pl_load *load, struct pl_err *err)
{
    load->at = class_->spot.at;
    if (class_->denied) {
        pl_load_fail(load, PL_WHY_MODULE_UNREADABLE, PL_SURE_YES);
        return pl_load_says(t->j->l, load, err, "java.lang.ClassNotFoundException: %.*s",
                            PL_ARG(class_->name));
    }
    if (class_->why != PL_WHY_NONE) {
        pl_load_set(load, PL_CANNOT_TELL, (enum pl_why)class_->why);
        return PL_OK;
    }
    if (class_->jvm.is_class && check_version(t, class_, load, err) != PL_OK) {
        return err->code;
    }
    return load->outcome == PL_NOT_JUDGED ? check_format(t, class_, load, err) : PL_OK;
}

/* ---------------------------------------------------------------- supertypes */

/* NoClassDefFoundError: `by` needs `name`, and it is nowhere. */
static PL_STATUS needs_missing(struct pl_java_try *t, struct pl_slice by, const char *how,
                               struct pl_slice name, struct pl_load *load, struct pl_err *err)
{
    if (pl_java_fail(t->j, load, PL_WHY_CLASS_NEEDS, err,
                     "%.*s %s %.*s, which is not at the root, in lib/*.jar or in a layer's "
                     "java/lib/*.jar",
                     PL_ARG(by), how, PL_ARG(name)) != PL_OK) {
        return err->code;
    }
    return pl_load_says(t->j->l, load, err, "java.lang.NoClassDefFoundError: %.*s", PL_ARG(name));
}

static bool is_known(const struct pl_java_types *types, struct pl_slice name)
{
    for (uint32_t i = 0; i < types->n; i++) {
        if (pl_slice_eq(types->class_[i]->name, name)) {
            return true;
        }
    }
    return false;
}

static PL_STATUS add_type(struct pl_java_try *t, const struct pl_java_class *by, const char *how,
                          struct pl_slice name, struct pl_load *load, struct pl_err *err)
{
    struct pl_java_types *types = &t->types;
    types->request |= pl_slice_eq(name, REQUEST);
    types->stream |= pl_slice_eq(name, STREAM);
    if (pl_slice_eq(name, REQUEST) || pl_slice_eq(name, STREAM) || pl_slice_eq(name, OBJECT) ||
        pl_look_word(MARKERS, name) || is_known(types, name)) {
        return PL_OK;
    }
    struct pl_java_class *class_ = NULL;
    if (pl_java_class_get(t->j, name, true, &class_, err) != PL_OK) {
        return err->code;
    }
    switch ((enum pl_java_where)class_->spot.where) {
    case PL_JAVA_RUNTIME:
        types->outside = true;
        types->outside_client |= pl_slice_starts(name, PL_SLICE("com/amazonaws/")) ||
                                 pl_slice_starts(name, PL_SLICE("software/amazon/"));
        return PL_OK;
    case PL_JAVA_UNSURE:
        pl_load_set(load, PL_CANNOT_TELL, (enum pl_why)class_->spot.why);
        return PL_OK;
    case PL_JAVA_MISSING:
        return needs_missing(t, by->name, how, name, load, err);
    case PL_JAVA_HERE:
        break;
    }
    if (types->n == PL_JAVA_TYPES) {
        pl_load_set(load, PL_CANNOT_TELL, PL_WHY_TOO_BIG);
        return PL_OK;
    }
    types->class_[types->n++] = class_;
    return check_class(t, class_, load, err);
}

PL_STATUS pl_java_link(struct pl_java_try *t, struct pl_java_class *class_, struct pl_load *load,
                       struct pl_err *err)
{
    struct pl_java_types *types = &t->types;
    *types = (struct pl_java_types){.n = 1};
    types->class_[0] = class_;
    if (check_class(t, class_, load, err) != PL_OK) {
        return err->code;
    }
    for (uint32_t i = 0; i < types->n && load->outcome == PL_NOT_JUDGED; i++) {
        const struct pl_java_class *by = types->class_[i];
        const struct pl_jvm *jvm = &by->jvm;
        if (jvm->super.len > 0 && add_type(t, by, "extends", jvm->super, load, err) != PL_OK) {
            return err->code;
        }
        for (uint32_t k = 0; k < jvm->n_interface && load->outcome == PL_NOT_JUDGED; k++) {
            if (add_type(t, by, "implements", jvm->interface[k], load, err) != PL_OK) {
                return err->code;
            }
        }
    }
    if (load->outcome != PL_CANNOT_TELL) {
        load->at = class_->spot.at;
    }
    return PL_OK;
}

/* ---------------------------------------------------------------- types that are named */

static PL_STATUS check_named(struct pl_java_try *t, const struct pl_java_class *by,
                             struct pl_slice name, struct pl_load *load, struct pl_err *err)
{
    struct pl_java_class *class_ = NULL;
    if (pl_java_class_get(t->j, name, false, &class_, err) != PL_OK) {
        return err->code;
    }
    if (class_->spot.where == PL_JAVA_UNSURE) {
        pl_load_set(load, PL_CANNOT_TELL, (enum pl_why)class_->spot.why);
        return PL_OK;
    }
    return class_->spot.where == PL_JAVA_MISSING
               ? needs_missing(t, by->name, "has a public method with", name, load, err)
               : PL_OK;
}

/* Parameters and result; "[[Lcom/example/Event;" is com/example/Event. */
static PL_STATUS check_descriptor(struct pl_java_try *t, const struct pl_java_class *by,
                                  struct pl_slice descriptor, struct pl_load *load,
                                  struct pl_err *err)
{
    struct pl_slice rest = descriptor;
    while (rest.len > 0 && load->outcome == PL_NOT_JUDGED) {
        struct pl_slice one;
        if (!pl_jvm_next_parameter(&rest, &one)) {
            rest = pl_slice_sub(rest, 1, rest.len); /* a parenthesis */
            continue;
        }
        while (one.len > 0 && one.ptr[0] == '[') {
            one = pl_slice_sub(one, 1, one.len);
        }
        if (one.len > 2 && one.ptr[0] == 'L' &&
            check_named(t, by, pl_slice_sub(one, 1, one.len - 1), load, err) != PL_OK) {
            return err->code;
        }
    }
    return PL_OK;
}

PL_STATUS pl_java_check_methods(struct pl_java_try *t, struct pl_load *load, struct pl_err *err)
{
    for (uint32_t i = 0; i < t->types.n; i++) {
        const struct pl_java_class *class_ = t->types.class_[i];
        for (uint32_t k = 0; k < class_->jvm.n_method; k++) {
            const struct pl_jvm_method *method = &class_->jvm.method[k];
            bool seen = (method->flags & PL_JVM_PUBLIC) != 0 && method->name.len > 0 &&
                        method->name.ptr[0] != '<';
            if (seen && check_descriptor(t, class_, method->descriptor, load, err) != PL_OK) {
                return err->code;
            }
            if (load->outcome != PL_NOT_JUDGED) {
                return PL_OK;
            }
        }
    }
    return PL_OK;
}

/* "Lcom/example/Outer<TX;>.Inner;" names com/example/Outer here: what stands before '<' or ';'. */
PL_STATUS pl_java_check_signature(struct pl_java_try *t, struct pl_load *load, struct pl_err *err)
{
    static const struct pl_slice mark =
        PL_SLICE_INIT("Lcom/amazonaws/services/lambda/runtime/RequestHandler<");
    const struct pl_java_class *class_ = t->types.class_[0];
    struct pl_slice text = class_->jvm.signature;
    size_t at = pl_slice_find_text(text, mark);
    if (at >= text.len) {
        return PL_OK;
    }
    size_t depth = 1;
    bool starts = true; /* a type starts here */
    for (at += mark.len; at < text.len && depth > 0 && load->outcome == PL_NOT_JUDGED;) {
        char c = text.ptr[at];
        size_t end = at + 1;
        if (starts && (c == 'L' || c == 'T')) {
            while (end < text.len && text.ptr[end] != '<' && text.ptr[end] != ';') {
                end++;
            }
            struct pl_slice name = pl_slice_sub(text, at + 1, end);
            bool plain = pl_slice_find(name, '.') == name.len;
            if (c == 'L' && plain && check_named(t, class_, name, load, err) != PL_OK) {
                return err->code;
            }
            starts = false;
        } else {
            depth += c == '<';
            depth -= c == '>';
            /* Behind '.' stands the name of an inner class. */
            while (c == '.' && end < text.len && text.ptr[end] != '<' && text.ptr[end] != ';') {
                end++;
            }
            starts = c != '.' && c != '>';
        }
        at = end;
    }
    return PL_OK;
}
