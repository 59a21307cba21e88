/* What the loader asks of the method once it is found: UserCodeValidator, GetCustomerObject and
 * InvokeDelegateBuilder of aws-lambda-dotnet (2025-03-31), in their order. */
#include "pkg/base/text.h"
#include "pkg/survey/load_dotnet.h"

#define ASYNC_ATTRIBUTE      "System.Runtime.CompilerServices.AsyncStateMachineAttribute"
#define SERIALIZER_ATTRIBUTE "Amazon.Lambda.Core.LambdaSerializerAttribute"

enum { BASES_MAX = 64, ARITY_MAX = 2 };

struct target {
    struct pl_net_type type; /* the handler's own */
    struct pl_net_method method;
    struct pl_net_sig sig;
    const struct pl_net *net; /* the assembly that declares the method */
};

static PL_STATUS refuse(struct pl_dotnet_try *t, const char *detail, const char *says,
                        struct pl_load *load, struct pl_err *err)
{
    pl_load_fail(load, PL_WHY_NET_REFUSED, PL_SURE_YES);
    load->detail = pl_slice_of(detail);
    return pl_load_says(t->l, load, err, "The method '%.*s' cannot be used as a Lambda Handler %s",
                        PL_ARG(t->part.method), says);
}

/* `before` and `after` stand around the type's name in what the runtime says. */
static PL_STATUS refuse_type(struct pl_dotnet_try *t, const char *detail, const char *before,
                             const char *after, struct pl_load *load, struct pl_err *err)
{
    pl_load_fail(load, PL_WHY_NET_REFUSED, PL_SURE_YES);
    load->detail = pl_slice_of(detail);
    return pl_load_says(t->l, load, err, "%s '%.*s'%s", before, PL_ARG(t->part.type), after);
}

/* ValidateCustomerMethod */
static PL_STATUS check_method(struct pl_dotnet_try *t, const struct target *m, struct pl_load *load,
                              struct pl_err *err)
{
    if (m->method.flags & PL_NET_M_ABSTRACT) {
        return refuse(
            t, "the method is abstract",
            "because it is an abstract method. Handler methods cannot be abstract. Please "
            "specify a non-abstract handler method.",
            load, err);
    }
    if (m->sig.generic) {
        return refuse(t, "the method is generic",
                      "because it is a generic method. Handler methods cannot be generic. Please "
                      "specify a non-generic handler method.",
                      load, err);
    }
    if (m->sig.result.kind == PL_NET_K_VOID &&
        pl_net_has_attribute(m->net, PL_NET_METHOD, t->method, ASYNC_ATTRIBUTE)) {
        return refuse(t, "the method is async void",
                      "because it is an 'async void' method. Handler methods cannot be 'async "
                      "void'. Please specify a method that is not 'async void'.",
                      load, err);
    }
    if (pl_net_has_params(m->net, &m->method)) {
        return refuse(t, "the method takes params",
                      "because it is a 'params' method. Please specify a method that does not use "
                      "'params'.",
                      load, err);
    }
    if (m->sig.vararg) {
        return refuse(t, "the method takes a variable number of arguments",
                      "because it is a 'vararg (variable arguments)' method. Please specify a "
                      "method that is not 'vararg'.",
                      load, err);
    }
    return PL_OK;
}

/* Does the type itself have a public constructor without parameters? */
static bool can_be_made(const struct pl_net *net, const struct pl_net_type *type)
{
    for (uint32_t i = 0; i < type->n_method; i++) {
        struct pl_net_method method;
        struct pl_net_sig sig;
        if (pl_net_method(net, type->method + i, &method) && pl_slice_is(method.name, ".ctor") &&
            (method.flags & PL_NET_M_ACCESS) == PL_NET_M_PUBLIC &&
            pl_net_read_sig(net, method.sig, &sig) && sig.n_param == 0) {
            return true;
        }
    }
    return false;
}

static bool is_struct(const struct pl_net *net, const struct pl_net_type *type)
{
    struct pl_net_name name;
    pl_net_name_of(net, type->base, &name);
    return pl_net_name_is(&name, PL_SLICE("System.ValueType"));
}

/* ValidateCustomerType, then Activator.CreateInstance */
static PL_STATUS check_type(struct pl_dotnet_try *t, const struct target *m, struct pl_load *load,
                            struct pl_err *err)
{
    bool is_static = (m->method.flags & PL_NET_M_STATIC) != 0;
    if (m->type.generic) {
        return refuse_type(t, "the type is generic", "The type",
                           " cannot be used as a Lambda Handler type because it is generic. "
                           "Handler methods cannot be located in generic types. Please specify a "
                           "handler method in a non-generic type.",
                           load, err);
    }
    if (!is_static && (m->type.flags & PL_NET_T_ABSTRACT)) {
        return refuse_type(
            t, "the type is abstract and the method is not static",
            "The instance method cannot be used as a Lambda Handler because its type",
            " is abstract. Please either use a static handler or specify a type that "
            "is not abstract.",
            load, err);
    }
    if (m->type.flags & PL_NET_T_INTERFACE) {
        return refuse_type(t, "the type is an interface", "The type",
                           " cannot be used as a handler type since it is not a class or a struct. "
                           "Please specify a handler method on a class or struct.",
                           load, err);
    }
    if (!is_static && !is_struct(&t->own.net, &m->type) && !can_be_made(&t->own.net, &m->type)) {
        return refuse_type(t, "the type has no public constructor without parameters",
                           "Cannot dynamically create an instance of type",
                           ". Reason: No parameterless constructor defined.", load, err);
    }
    return PL_OK;
}

static bool names(const struct pl_net *net, const struct pl_net_param *param, const char *full)
{
    struct pl_net_name name;
    if (param->token.row == 0) {
        return false;
    }
    pl_net_name_of(net, param->token, &name);
    return pl_net_name_is(&name, pl_slice_of(full));
}

/* One of the framework's own types. */
static bool is_frameworks(const struct pl_net_name *name)
{
    return pl_slice_is(name->space, "System") || pl_slice_starts(name->space, PL_SLICE("System."));
}

/* BuildInputExpressionOrNull, as far as the number and the second parameter go. */
static PL_STATUS check_arity(struct pl_dotnet_try *t, const struct target *m, struct pl_load *load,
                             struct pl_err *err)
{
    const struct pl_net_param *second = &m->sig.param[1];
    if (m->sig.n_param > ARITY_MAX) {
        pl_load_fail(load, PL_WHY_NET_REFUSED, PL_SURE_YES);
        load->detail = PL_SLICE("the method has more than 2 parameters");
        return pl_load_says(t->l, load, err,
                            "Method '%.*s' of type '%.*s' is not supported: the method has more "
                            "than 2 parameters.",
                            PL_ARG(t->part.method), PL_ARG(t->part.type));
    }
    if (m->sig.n_param < 2 || names(m->net, second, "Amazon.Lambda.Core.ILambdaContext")) {
        return PL_OK;
    }
    /* What implements the interface passes the first check, and then cannot take the context. */
    bool sure = second->kind != PL_NET_K_CLASS || second->token.row > 0;
    pl_load_fail(load, PL_WHY_NET_REFUSED, sure ? PL_SURE_YES : PL_SURE_MAYBE);
    load->detail = PL_SLICE("the second parameter is no ILambdaContext");
    return pl_load_says(t->l, load, err,
                        "Method '%.*s' of type '%.*s' is not supported: the method has 2 "
                        "parameters, but the second parameter is not of type "
                        "'Amazon.Lambda.Core.ILambdaContext'.",
                        PL_ARG(t->part.method), PL_ARG(t->part.type));
}

/* Must the input go through a serializer?  Exactly System.IO.Stream need not. */
static enum pl_sure reads_object(const struct target *m)
{
    const struct pl_net_param *first = &m->sig.param[0];
    if (m->sig.n_param == 0 ||
        (m->sig.n_param == 1 && names(m->net, first, "Amazon.Lambda.Core.ILambdaContext")) ||
        names(m->net, first, "System.IO.Stream")) {
        return PL_SURE_NO;
    }
    /* The type parameter of a generic base has no name here. */
    return first->kind == PL_NET_K_CLASS && first->token.row == 0 ? PL_SURE_MAYBE : PL_SURE_YES;
}

/* A class as the result: those that derive from Stream, and tasks without a value, need none. */
static PL_STATUS writes_class(struct pl_dotnet_try *t, struct pl_net_token token, enum pl_sure *ret,
                              struct pl_err *err)
{
    struct pl_dotnet_assembly at = t->declares;
    enum pl_dotnet_step step = PL_DOTNET_NEXT;
    *ret = PL_SURE_MAYBE;
    for (unsigned depth = 0; step == PL_DOTNET_NEXT && depth < BASES_MAX; depth++) {
        struct pl_net_name name;
        struct pl_net_type here;
        uint32_t type = 0;
        pl_net_name_of(&at.net, token, &name);
        if (is_frameworks(&name)) {
            struct pl_slice last = name.part[name.n - 1];
            bool stream = pl_slice_ends(last, PL_SLICE("Stream"));
            bool value = !pl_net_name_is(&name, PL_SLICE("System.Threading.Tasks.Task"));
            *ret = stream || !value ? PL_SURE_NO : PL_SURE_YES;
            return PL_OK;
        }
        if (pl_dotnet_resolve(t->l, &at, token, &type, &step, err) != PL_OK) {
            return err->code;
        }
        if (step != PL_DOTNET_NEXT || !pl_net_type(&at.net, type, &here)) {
            return PL_OK;
        }
        token = pl_net_unwrap(&at.net, here.base);
    }
    return PL_OK;
}

static PL_STATUS writes_object(struct pl_dotnet_try *t, const struct target *m, enum pl_sure *ret,
                               struct pl_err *err)
{
    const struct pl_net_param *result = &m->sig.result;
    unsigned kind = result->kind == PL_NET_K_TASK ? result->inner : result->kind;
    *ret = kind == PL_NET_K_VOID ? PL_SURE_NO : PL_SURE_YES;
    if (kind != PL_NET_K_CLASS && kind != PL_NET_K_TASK) {
        return PL_OK;
    }
    if (kind == PL_NET_K_TASK || result->token.row == 0) {
        *ret = PL_SURE_MAYBE;
        return PL_OK;
    }
    return writes_class(t, result->token, ret, err);
}

/* On the method, a method that it overrides, or the handler's assembly; MAYBE: a base type stands
 * where we cannot look. */
static PL_STATUS has_serializer(struct pl_dotnet_try *t, const struct target *m, enum pl_sure *ret,
                                struct pl_err *err)
{
    struct pl_dotnet_assembly at = t->declares;
    uint32_t type = t->declaring_type;
    enum pl_dotnet_step step = PL_DOTNET_NEXT;
    *ret = PL_SURE_YES;
    if (pl_net_has_attribute(&t->own.net, PL_NET_ASSEMBLY, 1, SERIALIZER_ATTRIBUTE) ||
        pl_net_has_attribute(m->net, PL_NET_METHOD, t->method, SERIALIZER_ATTRIBUTE)) {
        return PL_OK;
    }
    *ret = PL_SURE_NO;
    if (!(m->method.flags & PL_NET_M_VIRTUAL) || (m->method.flags & PL_NET_M_NEW_SLOT)) {
        return PL_OK;
    }
    for (unsigned depth = 0; depth < BASES_MAX; depth++) {
        struct pl_net_type here;
        if (pl_dotnet_base(t->l, &at, &type, &step, err) != PL_OK) {
            return err->code;
        }
        if (step != PL_DOTNET_NEXT || !pl_net_type(&at.net, type, &here)) {
            break;
        }
        for (uint32_t i = 0; i < here.n_method; i++) {
            struct pl_net_method method;
            if (pl_net_method(&at.net, here.method + i, &method) &&
                pl_slice_eq(method.name, t->part.method) &&
                pl_net_has_attribute(&at.net, PL_NET_METHOD, here.method + i,
                                     SERIALIZER_ATTRIBUTE)) {
                *ret = PL_SURE_YES;
                return PL_OK;
            }
        }
    }
    *ret = step == PL_DOTNET_END ? PL_SURE_NO : PL_SURE_MAYBE;
    return PL_OK;
}

/* The name of a type for the message; "?" where the signature has no name. */
static PL_STATUS say_type(struct pl_dotnet_try *t, const struct target *m,
                          const struct pl_net_param *param, struct pl_slice *ret,
                          struct pl_err *err)
{
    struct pl_net_name name;
    *ret = param->primitive;
    if (ret->len > 0) {
        return PL_OK;
    }
    pl_net_name_of(m->net, param->token, &name);
    if (param->token.row == 0 || name.n == 0) {
        *ret = PL_SLICE("?");
        return PL_OK;
    }
    return pl_look_fmt(t->l, ret, err, "%.*s%s%.*s", PL_ARG(name.space),
                       name.space.len > 0 ? "." : "", PL_ARG(name.part[name.n - 1]));
}

static PL_STATUS check_serializer(struct pl_dotnet_try *t, const struct target *m,
                                  struct pl_load *load, struct pl_err *err)
{
    enum pl_sure has = PL_SURE_MAYBE;
    enum pl_sure in = reads_object(m);
    enum pl_sure out = PL_SURE_MAYBE;
    struct pl_slice type;
    struct pl_slice detail;
    if (writes_object(t, m, &out, err) != PL_OK) {
        return err->code;
    }
    enum pl_sure needs = in > out ? in : out;
    if (needs == PL_SURE_NO) {
        return PL_OK;
    }
    if (has_serializer(t, m, &has, err) != PL_OK) {
        return err->code;
    }
    if (has != PL_SURE_NO) {
        return PL_OK;
    }
    bool input = in >= out;
    pl_load_fail(load, PL_WHY_NET_SERIALIZER, needs);
    if (say_type(t, m, input ? &m->sig.param[0] : &m->sig.result, &type, err) != PL_OK ||
        pl_look_fmt(t->l, &detail, err, "%.*s %s %.*s", PL_ARG(t->part.method),
                    input ? "takes" : "returns", PL_ARG(type)) != PL_OK ||
        pl_text_safe(t->l->arena, detail, &load->detail, err) != PL_OK) {
        return err->code;
    }
    return pl_load_says(
        t->l, load, err,
        "Could not find the LambdaSerializerAttribute on the assembly '%.*s' or method '%.*s' "
        "while "
        "attempting to %s data of type '%.*s'. To use types other than System.IO.Stream as "
        "input/output parameters, the assembly or Lambda function should be annotated with "
        "Amazon.Lambda.Core.LambdaSerializerAttribute.",
        PL_ARG(t->part.assembly), PL_ARG(t->part.method),
        input ? "deserialize input" : "serialize output", PL_ARG(type));
}

PL_STATUS pl_dotnet_signature(struct pl_dotnet_try *t, struct pl_load *load, struct pl_err *err)
{
    static enum pl_status (*const checks[])(struct pl_dotnet_try *, const struct target *,
                                            struct pl_load *, struct pl_err *) = {
        check_method, check_type, check_arity, check_serializer};
    struct target m = {.net = &t->declares.net};
    if (!pl_net_type(&t->own.net, t->type, &m.type) ||
        !pl_net_method(m.net, t->method, &m.method) ||
        !pl_net_read_sig(m.net, m.method.sig, &m.sig)) {
        load->detail = PL_SLICE("its signatures cannot be read");
        pl_load_set(load, PL_CANNOT_TELL, PL_WHY_NET_STRANGE);
        return PL_OK;
    }
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
        if (checks[i](t, &m, load, err) != PL_OK) {
            return err->code;
        }
        if (load->outcome != PL_NOT_JUDGED) {
            return PL_OK;
        }
    }
    pl_load_set(load, PL_LOADS, PL_WHY_NONE);
    return PL_OK;
}
