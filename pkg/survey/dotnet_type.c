/* The handler's type and method, as UserCodeLoader and UserCodeValidator look at them. */
#include "pkg/base/text.h"
#include "pkg/survey/load_dotnet.h"

enum { BASES_MAX = 64 };

/* "A BETWEEN B", with names that others wrote made safe. */
static PL_STATUS set_detail(struct pl_looker *l, struct pl_load *load, struct pl_err *err,
                            const char *between, struct pl_slice a, struct pl_slice b)
{
    struct pl_slice detail;
    struct pl_slice safe_a;
    struct pl_slice safe_b;
    if (pl_text_safe(&l->scratch, a, &safe_a, err) != PL_OK ||
        pl_text_safe(&l->scratch, b, &safe_b, err) != PL_OK) {
        return err->code;
    }
    if (pl_look_fmt(l, &detail, err, "%.*s%s%.*s", PL_ARG(safe_a), between, PL_ARG(safe_b)) !=
        PL_OK) {
        return err->code;
    }
    return pl_arena_dup(l->arena, detail, &load->detail, err);
}

/* "Space.Outer+Inner" in the scratch arena. */
static PL_STATUS full_name(struct pl_looker *l, const struct pl_net_name *name,
                           struct pl_slice *ret, struct pl_err *err)
{
    struct pl_slice full = {0};
    for (uint32_t i = 0; i < name->n; i++) {
        struct pl_slice before = i > 0 ? full : name->space;
        const char *between = i > 0 ? "+" : name->space.len > 0 ? "." : "";
        if (pl_look_fmt(l, &full, err, "%.*s%s%.*s", PL_ARG(before), between,
                        PL_ARG(name->part[i])) != PL_OK) {
            return err->code;
        }
    }
    *ret = full;
    return PL_OK;
}

/* Types that end every chain of bases, in whatever assembly the framework keeps them. */
static bool is_root(const struct pl_net_name *name)
{
    return pl_net_name_is(name, PL_SLICE("System.Object")) ||
           pl_net_name_is(name, PL_SLICE("System.ValueType")) ||
           pl_net_name_is(name, PL_SLICE("System.Enum"));
}

PL_STATUS pl_dotnet_resolve(struct pl_looker *l, struct pl_dotnet_assembly *assembly,
                            struct pl_net_token token, uint32_t *type, enum pl_dotnet_step *ret,
                            struct pl_err *err)
{
    struct pl_net_name name;
    struct pl_dotnet_assembly next;
    struct pl_slice full;
    bool known = false;
    token = pl_net_unwrap(&assembly->net, token);
    pl_net_name_of(&assembly->net, token, &name);
    *ret = PL_DOTNET_UNKNOWN;
    if (token.table == PL_NET_TYPE_DEF && token.row > 0) {
        *type = token.row;
        *ret = PL_DOTNET_NEXT;
        return PL_OK;
    }
    if (is_root(&name)) {
        *ret = PL_DOTNET_END;
        return PL_OK;
    }
    struct pl_slice from = pl_net_assembly_of(&assembly->net, token, &known);
    if (!known || name.n == 0) {
        return PL_OK;
    }
    if (pl_dotnet_open(l, from, &next, err) != PL_OK || full_name(l, &name, &full, err) != PL_OK) {
        return err->code;
    }
    if (next.there && next.looked == PL_LOOKED_TEXT && next.net.state == PL_NET_MANAGED) {
        uint32_t row = pl_net_find(&next.net, full);
        if (row > 0) {
            *assembly = next;
            *type = row;
            *ret = PL_DOTNET_NEXT;
        }
    }
    return PL_OK;
}

PL_STATUS pl_dotnet_base(struct pl_looker *l, struct pl_dotnet_assembly *assembly, uint32_t *type,
                         enum pl_dotnet_step *ret, struct pl_err *err)
{
    struct pl_net_type here;
    *ret = PL_DOTNET_UNKNOWN;
    if (!pl_net_type(&assembly->net, *type, &here)) {
        return PL_OK;
    }
    if (here.base.row == 0) {
        *ret = PL_DOTNET_END;
        return PL_OK;
    }
    return pl_dotnet_resolve(l, assembly, here.base, type, ret, err);
}

/* System.Object's own, which stand in the framework. */
static bool is_objects(struct pl_slice method)
{
    return pl_look_word(" Equals GetHashCode ToString GetType Finalize MemberwiseClone "
                        "ReferenceEquals ",
                        method);
}

static PL_STATUS method_missing(struct pl_dotnet_try *t, struct pl_load *load, struct pl_err *err)
{
    pl_load_fail(load, PL_WHY_NET_METHOD, PL_SURE_YES);
    if (set_detail(t->l, load, err, " has no ", t->part.type, t->part.method) != PL_OK) {
        return err->code;
    }
    return pl_load_says(
        t->l, load, err,
        "Unable to find method '%.*s' in type '%.*s' from assembly '%.*s': Found no "
        "methods matching method name '%.*s'.",
        PL_ARG(t->part.method), PL_ARG(t->part.type), PL_ARG(t->part.assembly),
        PL_ARG(t->part.method));
}

static PL_STATUS overloads(struct pl_dotnet_try *t, struct pl_load *load, struct pl_err *err)
{
    pl_load_fail(load, PL_WHY_NET_REFUSED, PL_SURE_YES);
    if (set_detail(t->l, load, err, " has several methods named ", t->part.type, t->part.method) !=
        PL_OK) {
        return err->code;
    }
    return pl_load_says(
        t->l, load, err,
        "The method '%.*s' in type '%.*s' appears to have a number of overloads. To "
        "call this method please specify a complete method signature.",
        PL_ARG(t->part.method), PL_ARG(t->part.type));
}

/* How many methods of this name the type itself has, and the last of them. */
static uint32_t count_methods(const struct pl_net *net, uint32_t type, struct pl_slice name,
                              uint32_t *ret_row)
{
    struct pl_net_type here;
    uint32_t n = 0;
    if (!pl_net_type(net, type, &here) || pl_slice_starts(name, PL_SLICE("."))) {
        return 0; /* constructors are no methods to reflection */
    }
    for (uint32_t i = 0; i < here.n_method; i++) {
        struct pl_net_method method;
        if (pl_net_method(net, here.method + i, &method) && pl_slice_eq(method.name, name)) {
            *ret_row = here.method + i;
            n++;
        }
    }
    return n;
}

/* FindCustomerMethodByName: this type's own methods, then its base's, and so on. */
static PL_STATUS find_method(struct pl_dotnet_try *t, struct pl_load *load, struct pl_err *err)
{
    enum pl_dotnet_step step = PL_DOTNET_NEXT;
    t->declares = t->own;
    t->declaring_type = t->type;
    for (unsigned depth = 0; step == PL_DOTNET_NEXT && depth < BASES_MAX; depth++) {
        uint32_t n = count_methods(&t->declares.net, t->declaring_type, t->part.method, &t->method);
        if (n == 1) {
            return PL_OK;
        }
        if (n > 1) {
            return overloads(t, load, err);
        }
        if (pl_dotnet_base(t->l, &t->declares, &t->declaring_type, &step, err) != PL_OK) {
            return err->code;
        }
    }
    t->method = 0;
    if (step == PL_DOTNET_END && !is_objects(t->part.method)) {
        return method_missing(t, load, err);
    }
    pl_load_set(load, PL_CANNOT_TELL, PL_WHY_NET_BASE);
    return PL_OK;
}

static PL_STATUS type_missing(struct pl_dotnet_try *t, struct pl_load *load, struct pl_err *err)
{
    if (t->own.net.table[PL_NET_EXPORTED_TYPE].rows > 0) {
        pl_load_set(load, PL_CANNOT_TELL, PL_WHY_NET_BASE); /* forwarded to another assembly */
        return PL_OK;
    }
    pl_load_fail(load, PL_WHY_NET_TYPE, PL_SURE_YES);
    if (set_detail(t->l, load, err, ".dll has no type ", t->part.assembly, t->part.type) != PL_OK) {
        return err->code;
    }
    return pl_load_says(t->l, load, err, "Unable to load type '%.*s' from assembly '%.*s'.",
                        PL_ARG(t->part.type), PL_ARG(t->part.assembly));
}

/* A file that was renamed: the runtime compares the name inside. */
static PL_STATUS renamed(struct pl_dotnet_try *t, struct pl_load *load, struct pl_err *err)
{
    pl_load_fail(load, PL_WHY_NET_IMAGE, PL_SURE_MAYBE);
    if (set_detail(t->l, load, err, ".dll holds the assembly ", t->part.assembly,
                   t->own.net.name) != PL_OK) {
        return err->code;
    }
    return pl_load_says(t->l, load, err, "Unable to load assembly '%.*s'.",
                        PL_ARG(t->part.assembly));
}

PL_STATUS pl_dotnet_method(struct pl_dotnet_try *t, struct pl_load *load, struct pl_err *err)
{
    if (!pl_slice_eq_nocase(t->own.net.name, t->part.assembly)) {
        return renamed(t, load, err);
    }
    t->type = pl_net_find(&t->own.net, t->part.type);
    if (t->type == 0) {
        return type_missing(t, load, err);
    }
    if (find_method(t, load, err) != PL_OK || load->outcome != PL_NOT_JUDGED) {
        return load->outcome != PL_NOT_JUDGED ? PL_OK : err->code;
    }
    return pl_dotnet_signature(t, load, err);
}
