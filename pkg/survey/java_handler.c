/*
 * EventHandlerLoader.java of aws-lambda-java-runtime-interface-client (2.9.0, 2026-01-07): which
 * method of a class it takes, and whether it can make an instance.
 */
#include "pkg/survey/load_java.h"

enum { MAX_PARAMETERS = 3 };

static const struct pl_slice CONTEXT =
    PL_SLICE_INIT("Lcom/amazonaws/services/lambda/runtime/Context;");
static const struct pl_slice INPUT = PL_SLICE_INIT("Ljava/io/InputStream;");
static const struct pl_slice OUTPUT = PL_SLICE_INIT("Ljava/io/OutputStream;");

/* Public methods that every class has, and those of the two handler interfaces. */
static const struct {
    const char *name, *descriptor;
} OBJECT_HAS[] = {
    {"getClass", "()Ljava/lang/Class;"},
    {"hashCode", "()I"},
    {"equals", "(Ljava/lang/Object;)Z"},
    {"toString", "()Ljava/lang/String;"},
    {"notify", "()V"},
    {"notifyAll", "()V"},
    {"wait", "()V"},
};
static const char HANDLE[] = "handleRequest";

struct parameters {
    struct pl_slice at[MAX_PARAMETERS];
    uint32_t n; /* MAX_PARAMETERS + 1: more */
};

static void split(struct pl_slice descriptor, struct parameters *ret)
{
    struct pl_slice rest = pl_slice_sub(descriptor, 1, descriptor.len);
    struct pl_slice one;
    ret->n = 0;
    while (ret->n <= MAX_PARAMETERS && pl_jvm_next_parameter(&rest, &one)) {
        if (ret->n < MAX_PARAMETERS) {
            ret->at[ret->n] = one;
        }
        ret->n++;
    }
}

static bool takes(const struct parameters *p)
{
    const struct pl_slice *at = p->at;
    switch (p->n) {
    case 0:
    case 1:
        return true;
    case 2:
        if (pl_slice_eq(at[0], INPUT)) {
            return pl_slice_eq(at[1], OUTPUT) || pl_slice_eq(at[1], CONTEXT);
        }
        return !pl_slice_eq(at[0], CONTEXT) && pl_slice_eq(at[1], CONTEXT);
    case MAX_PARAMETERS:
        return pl_slice_eq(at[0], INPUT) && pl_slice_eq(at[1], OUTPUT) &&
               pl_slice_eq(at[2], CONTEXT);
    default:
        return false;
    }
}

bool pl_java_takes(struct pl_slice descriptor)
{
    struct parameters p;
    split(descriptor, &p);
    return takes(&p);
}

/* What is known of the overloads with the handler's name. */
struct overloads {
    int best;       /* rank of the best that would be taken; lower is better, -1: none */
    bool is_static; /* among those of the best rank */
    bool is_instance;
    bool any;                /* a public one, whatever its parameters */
    bool hidden;             /* one that is not public */
    struct pl_slice refused; /* descriptor of one that would not be taken */
};

/* methodPriority: no bridges first, then the most parameters, where a Context at the end counts
 * twice. */
static void consider(struct overloads *o, struct pl_slice descriptor, uint16_t flags)
{
    struct parameters p;
    split(descriptor, &p);
    o->any = true;
    if (!takes(&p)) {
        o->refused = descriptor;
        return;
    }
    bool context = p.n > 0 && pl_slice_eq(p.at[p.n - 1], CONTEXT);
    int rank = 2 * MAX_PARAMETERS - (int)p.n - (int)context;
    rank += (flags & PL_JVM_BRIDGE) != 0 ? 4 * MAX_PARAMETERS : 0;
    if (o->best < 0 || rank < o->best) {
        o->best = rank;
        o->is_static = o->is_instance = false;
    }
    if (rank == o->best) {
        bool is_static = (flags & PL_JVM_STATIC) != 0;
        o->is_static |= is_static;
        o->is_instance |= !is_static;
    }
}

static void collect_from(struct overloads *o, const struct pl_java_try *t, uint32_t index)
{
    const struct pl_jvm *jvm = &t->types.class_[index]->jvm;
    bool interface = (jvm->flags & PL_JVM_INTERFACE) != 0;
    for (uint32_t i = 0; i < jvm->n_method; i++) {
        const struct pl_jvm_method *method = &jvm->method[i];
        /* Constructors are no methods. */
        if (!pl_slice_eq(method->name, t->parts.method) || method->name.ptr[0] == '<') {
            continue;
        }
        /* Static methods of an interface are its own only. */
        bool own = index == 0 || !interface || (method->flags & PL_JVM_STATIC) == 0;
        if ((method->flags & PL_JVM_PUBLIC) == 0) {
            o->hidden |= index == 0;
        } else if (own) {
            consider(o, method->descriptor, method->flags);
        }
    }
}

static void collect(struct overloads *o, const struct pl_java_try *t)
{
    *o = (struct overloads){.best = -1};
    for (uint32_t i = 0; i < t->types.n; i++) {
        collect_from(o, t, i);
    }
    bool interface = (t->types.class_[0]->jvm.flags & PL_JVM_INTERFACE) != 0;
    for (size_t i = 0; !interface && i < sizeof OBJECT_HAS / sizeof OBJECT_HAS[0]; i++) {
        if (pl_slice_is(t->parts.method, OBJECT_HAS[i].name)) {
            consider(o, pl_slice_of(OBJECT_HAS[i].descriptor), PL_JVM_PUBLIC);
        }
    }
    /* What the interfaces declare is there even where nobody implements it. */
    if (o->best < 0 && pl_slice_is(t->parts.method, HANDLE) &&
        (t->types.request || t->types.stream)) {
        o->any = o->is_instance = true;
        o->best = 0;
    }
}

/* ---------------------------------------------------------------- an instance */

static PL_STATUS refuse(struct pl_java_try *t, struct pl_load *load, const char *what,
                        struct pl_err *err)
{
    return pl_java_fail(t->j, load, PL_WHY_CLASS_REFUSED, err, "%.*s %s",
                        PL_ARG(t->parts.class_name), what);
}

static const struct pl_jvm_method *constructor(const struct pl_jvm *jvm)
{
    for (uint32_t i = 0; i < jvm->n_method; i++) {
        const struct pl_jvm_method *method = &jvm->method[i];
        if (pl_slice_is(method->name, "<init>") && pl_slice_is(method->descriptor, "()V")) {
            return method;
        }
    }
    return NULL;
}

/* getConstructor() and newInstance() */
static PL_STATUS instantiate(struct pl_java_try *t, struct pl_load *load, struct pl_err *err)
{
    const struct pl_jvm *jvm = &t->types.class_[0]->jvm;
    const struct pl_jvm_method *make = constructor(jvm);
    struct pl_slice name = t->parts.class_name;
    if (!make || (make->flags & PL_JVM_PUBLIC) == 0) {
        const char *what = jvm->needs_outer ? "is an inner class that is not static"
                                            : "has no public constructor without parameters";
        if (refuse(t, load, what, err) != PL_OK) {
            return err->code;
        }
        return jvm->needs_outer
                   ? pl_load_says(t->j->l, load, err,
                                  "Class %.*s cannot be instantiated because it is a non-static "
                                  "inner class",
                                  PL_ARG(name))
                   : pl_load_says(t->j->l, load, err,
                                  "Class %.*s has no public zero-argument constructor",
                                  PL_ARG(name));
    }
    if ((jvm->flags & PL_JVM_ABSTRACT) != 0) {
        return refuse(t, load, "is abstract", err) == PL_OK
                   ? pl_load_says(t->j->l, load, err, "java.lang.InstantiationException")
                   : err->code;
    }
    if ((jvm->flags & PL_JVM_PUBLIC) == 0) {
        if (refuse(t, load, "is not public", err) != PL_OK) {
            return err->code;
        }
        return pl_load_says(t->j->l, load, err,
                            "java.lang.IllegalAccessException: class com.amazonaws.services.lambda."
                            "runtime.api.client.EventHandlerLoader cannot access a member of class "
                            "%.*s with modifiers \"public\"",
                            PL_ARG(name));
    }
    pl_load_set(load, PL_LOADS, PL_WHY_NONE);
    return PL_OK;
}

/* ---------------------------------------------------------------- Class::method */

/* What the class has instead, for the message. */
static PL_STATUS no_method(struct pl_java_try *t, const struct overloads *o, struct pl_load *load,
                           struct pl_err *err)
{
    struct pl_slice name = t->parts.method;
    enum pl_status status = PL_OK;
    if (o->any) {
        status = pl_java_fail(t->j, load, PL_WHY_CLASS_REFUSED, err,
                              "the loader takes no method %.*s with these parameters: %.*s",
                              PL_ARG(name), PL_ARG(o->refused));
    } else {
        status =
            pl_java_fail(t->j, load, PL_WHY_CLASS_REFUSED, err, "%.*s has no %smethod %.*s",
                         PL_ARG(t->parts.class_name), o->hidden ? "public " : "", PL_ARG(name));
    }
    if (status != PL_OK) {
        return status;
    }
    return pl_load_says(t->j->l, load, err,
                        "No public method named %.*s with appropriate method signature found on "
                        "class %.*s",
                        PL_ARG(name), PL_ARG(t->parts.class_name));
}

static PL_STATUS bind_method(struct pl_java_try *t, struct pl_load *load, struct pl_err *err)
{
    struct overloads o;
    if (pl_java_check_methods(t, load, err) != PL_OK || load->outcome != PL_NOT_JUDGED) {
        return load->outcome != PL_NOT_JUDGED ? PL_OK : err->code;
    }
    collect(&o, t);
    if (o.best < 0 && t->types.outside) {
        pl_load_set(load, PL_CANNOT_TELL, PL_WHY_INHERITED);
        return PL_OK;
    }
    if (o.best < 0) {
        return no_method(t, &o, load, err);
    }
    if (o.is_instance && !o.is_static) {
        return instantiate(t, load, err);
    }
    struct pl_load tried = {.outcome = PL_NOT_JUDGED};
    if (o.is_instance && instantiate(t, &tried, err) != PL_OK) {
        return err->code;
    }
    /* Two overloads of one rank, one static: the order of reflection is not defined. */
    bool open = o.is_instance && tried.outcome != PL_LOADS;
    pl_load_set(load, open ? PL_CANNOT_TELL : PL_LOADS, open ? PL_WHY_DYNAMIC : PL_WHY_NONE);
    return PL_OK;
}

/* ---------------------------------------------------------------- Class alone */

/* Is the type argument `name` of the class's own signature without a bound? */
static bool is_unbound(struct pl_slice signature, struct pl_slice name)
{
    static const struct pl_slice object = PL_SLICE_INIT("Ljava/lang/Object;");
    if (signature.len == 0 || signature.ptr[0] != '<') {
        return false;
    }
    for (size_t at = 1; name.len > 0 && at + name.len < signature.len; at++) {
        char before = signature.ptr[at - 1];
        bool starts = before == '<' || before == ';';
        if (!starts || !pl_slice_starts(pl_slice_sub(signature, at, signature.len), name) ||
            signature.ptr[at + name.len] != ':') {
            continue;
        }
        struct pl_slice bound = pl_slice_sub(signature, at + name.len + 1, signature.len);
        return pl_slice_starts(bound, object) && bound.len > object.len &&
               bound.ptr[object.len] != ':';
    }
    return false;
}

/* Does the class extend the second one without saying what its parameters are? */
static bool is_raw_child(const struct pl_java_types *types)
{
    const struct pl_jvm *jvm = &types->class_[0]->jvm;
    return jvm->signature.len == 0 && pl_slice_eq(jvm->super, types->class_[1]->name);
}

/* findInterfaceParameters: surely no types for JSON to become?  Only what is plain is judged: the
 * class itself, or no generics at all. */
static bool has_no_types(const struct pl_java_types *types)
{
    static const struct pl_slice mark =
        PL_SLICE_INIT("Lcom/amazonaws/services/lambda/runtime/RequestHandler<");
    for (uint32_t i = 0; i < types->n; i++) {
        const struct pl_jvm *jvm = &types->class_[i]->jvm;
        struct pl_slice signature = jvm->signature;
        size_t at = pl_slice_find_text(signature, mark);
        if (at < signature.len) {
            struct pl_slice argument = pl_slice_sub(signature, at + mark.len, signature.len);
            argument = pl_slice_sub(argument, 0, pl_slice_find(argument, ';'));
            bool open = i == 0 || (i == 1 && is_raw_child(types));
            return open && argument.len > 1 && argument.ptr[0] == 'T' &&
                   is_unbound(signature, pl_slice_sub(argument, 1, argument.len));
        }
        if ((jvm->flags & PL_JVM_INTERFACE) != 0) {
            return false;
        }
    }
    return !types->outside_client;
}

static PL_STATUS bind_class(struct pl_java_try *t, struct pl_load *load, struct pl_err *err)
{
    struct pl_slice name = t->parts.class_name;
    if (!t->types.stream && !t->types.request) {
        if (t->types.outside_client) {
            pl_load_set(load, PL_CANNOT_TELL, PL_WHY_INHERITED);
            return PL_OK;
        }
        if (refuse(t, load, "implements neither RequestHandler nor RequestStreamHandler", err) !=
            PL_OK) {
            return err->code;
        }
        return pl_load_says(t->j->l, load, err,
                            "Class does not implement an appropriate handler interface: %.*s",
                            PL_ARG(name));
    }
    if (t->types.stream) {
        return instantiate(t, load, err);
    }
    if (pl_java_check_signature(t, load, err) != PL_OK || load->outcome != PL_NOT_JUDGED) {
        return load->outcome != PL_NOT_JUDGED ? PL_OK : err->code;
    }
    if (has_no_types(&t->types)) {
        if (refuse(t, load, "implements RequestHandler without concrete type parameters", err) !=
            PL_OK) {
            return err->code;
        }
        return pl_load_says(t->j->l, load, err,
                            "Class %.*s does not implement RequestHandler with concrete type "
                            "parameters",
                            PL_ARG(name));
    }
    return instantiate(t, load, err);
}

PL_STATUS pl_java_bind(struct pl_java_try *t, struct pl_load *load, struct pl_err *err)
{
    return t->parts.has_method ? bind_method(t, load, err) : bind_class(t, load, err);
}
