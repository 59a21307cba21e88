/* "It stands there instead": a .NET handler string that would work, tried before it is said. */
#include "pkg/base/text.h"
#include "pkg/survey/load_dotnet.h"

static const struct pl_slice DLL = PL_SLICE_INIT(".dll");
static const struct pl_slice DEPS = PL_SLICE_INIT(".deps.json");

enum { NAME_MAX = 512, FAR = 6, METHOD_FAR = 9 };

/* A type's full name in a buffer; empty when it does not fit or is one of the compiler's own. */
static struct pl_slice type_name(const struct pl_net *net, uint32_t row, char to[NAME_MAX])
{
    struct pl_net_name name;
    size_t at = 0;
    pl_net_name_of(net, (struct pl_net_token){PL_NET_TYPE_DEF, row}, &name);
    for (uint32_t i = 0; i <= name.n; i++) {
        struct pl_slice s = i == 0 ? name.space : name.part[i - 1];
        char between = i == 0 || (i == 1 && at == 0) ? '\0' : i == 1 ? '.' : '+';
        if (s.len + 2 > NAME_MAX - at || pl_slice_find(s, '<') < s.len) {
            return (struct pl_slice){0};
        }
        if (between) {
            to[at++] = between;
        }
        for (size_t k = 0; k < s.len; k++) {
            to[at++] = s.ptr[k];
        }
    }
    to[at] = '\0';
    return pl_slice_make(to, name.n > 0 ? at : 0);
}

/* What stands behind the last separator. */
static struct pl_slice last_part(struct pl_slice name)
{
    size_t at = name.len;
    while (at > 0 && name.ptr[at - 1] != '.' && name.ptr[at - 1] != '+') {
        at--;
    }
    return pl_slice_sub(name, at, name.len);
}

/* Equal but for case and for which separator is used. */
static bool alike(struct pl_slice a, struct pl_slice b)
{
    if (a.len != b.len) {
        return false;
    }
    for (size_t i = 0; i < a.len; i++) {
        bool both = (a.ptr[i] == '.' || a.ptr[i] == '+' || a.ptr[i] == '/') &&
                    (b.ptr[i] == '.' || b.ptr[i] == '+');
        if (!both && !pl_slice_eq_nocase(pl_slice_sub(a, i, i + 1), pl_slice_sub(b, i, i + 1))) {
            return false;
        }
    }
    return true;
}

/* How far a type is from the one asked for; lower is nearer. */
static unsigned type_distance(struct pl_slice wanted, struct pl_slice name)
{
    const char *candidate = name.ptr;
    if (pl_slice_eq(wanted, name)) {
        return 0;
    }
    if (wanted.len == 0) {
        return 4; /* none was asked for: what looks most like a handler will do */
    }
    if (alike(wanted, name)) {
        return 1;
    }
    if (pl_slice_eq(last_part(wanted), last_part(name))) {
        return 2;
    }
    return pl_text_nearest(wanted, &candidate, 1) ? 3 : FAR;
}

static unsigned method_distance(const struct pl_net *net, struct pl_slice wanted,
                                const struct pl_net_method *method)
{
    struct pl_net_sig sig;
    const char *candidate = method->name.ptr;
    if (method->name.ptr[0] == '.' || pl_slice_find(method->name, '<') < method->name.len) {
        return METHOD_FAR;
    }
    if (pl_slice_eq(wanted, method->name)) {
        return 0;
    }
    if (pl_slice_eq_nocase(wanted, method->name)) {
        return 1;
    }
    if (pl_text_nearest(wanted, &candidate, 1)) {
        return 2;
    }
    if (!pl_net_read_sig(net, method->sig, &sig) || sig.n_param == 0 || sig.n_param > 2 ||
        (method->flags & PL_NET_M_ACCESS) != PL_NET_M_PUBLIC) {
        return METHOD_FAR;
    }
    struct pl_net_name last;
    pl_net_name_of(net, sig.param[sig.n_param - 1].token, &last);
    return pl_net_name_is(&last, PL_SLICE("Amazon.Lambda.Core.ILambdaContext")) ? 4 : METHOD_FAR;
}

struct best {
    unsigned distance;
    bool tie;
    uint32_t type;
    struct pl_slice method;
};

/* The nearest method of the assembly; a tie is no answer. */
static void find_best(const struct pl_net *net, const struct pl_dotnet_handler *wanted,
                      struct best *ret)
{
    char name[NAME_MAX];
    *ret = (struct best){.distance = METHOD_FAR + FAR};
    for (uint32_t row = 1; row <= net->table[PL_NET_TYPE_DEF].rows; row++) {
        struct pl_net_type type;
        struct pl_slice full = type_name(net, row, name);
        if (full.len == 0 || !pl_net_type(net, row, &type)) {
            continue;
        }
        unsigned far = type_distance(wanted->type, full);
        for (uint32_t i = 0; i < type.n_method && far < ret->distance + 1; i++) {
            struct pl_net_method method;
            if (!pl_net_method(net, type.method + i, &method)) {
                continue;
            }
            unsigned sum = far + method_distance(net, wanted->method, &method);
            if (sum < ret->distance) {
                *ret = (struct best){sum, false, row, method.name};
            } else if (sum == ret->distance) {
                ret->tie = true;
            }
        }
    }
}

/* Takes the suggestion when it loads. */
static PL_STATUS offer(const struct pl_dotnet_try *failed, struct pl_slice handler,
                       struct pl_load *load, bool *ret_taken, struct pl_err *err)
{
    struct pl_dotnet_try t;
    struct pl_load tried;
    *ret_taken = false;
    if (!pl_handler_accepted(handler) || pl_slice_eq(handler, failed->handler)) {
        return PL_OK;
    }
    if (pl_dotnet_try(&t, failed->l, handler, &tried, err) != PL_OK) {
        return err->code;
    }
    if (tried.outcome != PL_LOADS) {
        return PL_OK;
    }
    *ret_taken = true;
    load->elsewhere = tried.at;
    return pl_text_safe(failed->l->arena, handler, &load->suggest, err);
}

/* A handler in this assembly. */
static PL_STATUS from_assembly(const struct pl_dotnet_try *failed, struct pl_slice assembly,
                               struct pl_load *load, bool *ret_taken, struct pl_err *err)
{
    struct pl_dotnet_assembly open;
    struct best best;
    struct pl_slice handler;
    char name[NAME_MAX];
    *ret_taken = false;
    /* The base's methods are not listed here: the same type and method in this assembly. */
    if (failed->part.type.len > 0 && !pl_slice_eq(assembly, failed->part.assembly)) {
        if (pl_look_fmt(failed->l, &handler, err, "%.*s::%.*s::%.*s", PL_ARG(assembly),
                        PL_ARG(failed->part.type), PL_ARG(failed->part.method)) != PL_OK ||
            offer(failed, handler, load, ret_taken, err) != PL_OK) {
            return err->code;
        }
    }
    if (*ret_taken) {
        return PL_OK;
    }
    if (pl_dotnet_open(failed->l, assembly, &open, err) != PL_OK) {
        return err->code;
    }
    if (!open.there || open.looked != PL_LOOKED_TEXT || open.net.state != PL_NET_MANAGED) {
        return PL_OK;
    }
    if (open.net.entry_point != 0 && failed->part.type.len == 0) {
        return offer(failed, assembly, load, ret_taken, err);
    }
    find_best(&open.net, &failed->part, &best);
    if (best.tie || best.type == 0 || best.distance >= METHOD_FAR) {
        return PL_OK;
    }
    struct pl_slice type = type_name(&open.net, best.type, name);
    if (pl_look_fmt(failed->l, &handler, err, "%.*s::%.*s::%.*s", PL_ARG(assembly), PL_ARG(type),
                    PL_ARG(best.method)) != PL_OK) {
        return err->code;
    }
    return offer(failed, handler, load, ret_taken, err);
}

static unsigned like_deps(const void *ctx PL_UNUSED, const struct pl_entry *entry)
{
    bool at_root = pl_slice_find(entry->name, '/') == entry->name.len;
    return at_root && pl_slice_ends(entry->name, DEPS) ? 1 : 0;
}

/* The assembly's file in a folder, or in other case. */
static unsigned like_file(const void *ctx, const struct pl_entry *entry)
{
    struct pl_slice wanted = *(const struct pl_slice *)ctx;
    struct pl_slice base = pl_look_basename(entry->name);
    if (!pl_slice_ends(base, DLL)) {
        return 0;
    }
    base = pl_slice_sub(base, 0, base.len - DLL.len);
    return pl_slice_eq(base, wanted) ? 1 : pl_slice_eq_nocase(base, wanted) ? 2 : 0;
}

PL_STATUS pl_dotnet_suggest(const struct pl_dotnet_try *failed, struct pl_load *load,
                            struct pl_err *err)
{
    struct pl_candidates found;
    struct pl_slice name = failed->part.assembly;
    bool taken = false;
    if (load->why == PL_WHY_NET_TARGET || load->why == PL_WHY_NET_SERIALIZER ||
        load->why == PL_WHY_MODULE_MISSING || load->why == PL_WHY_NET_HOST_FILE) {
        return PL_OK;
    }
    if (failed->own.there && from_assembly(failed, name, load, &taken, err) != PL_OK) {
        return err->code;
    }
    if (taken || failed->own.there) {
        return PL_OK;
    }
    name = name.len > 0 ? name : load->module;
    pl_look_around(failed->l, like_file, &name, &found);
    if (found.n > 0) {
        load->elsewhere = found.at[0];
    }
    pl_look_around(failed->l, like_deps, NULL, &found);
    if (found.n != 1) {
        return PL_OK;
    }
    struct pl_slice deps = pl_ref_entry(found.at[0])->name;
    return from_assembly(failed, pl_slice_sub(deps, 0, deps.len - DEPS.len), load, &taken, err);
}
