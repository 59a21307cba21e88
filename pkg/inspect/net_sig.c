/* Signatures of methods (II.23.2): as much of each type as a handler's check needs. */
#include "pkg/inspect/net_read.h"

/* II.23.1.16 */
enum {
    E_VOID = 0x01,
    E_BOOLEAN = 0x02,
    E_STRING = 0x0e,
    E_PTR = 0x0f,
    E_BYREF = 0x10,
    E_VALUETYPE = 0x11,
    E_CLASS = 0x12,
    E_VAR = 0x13,
    E_ARRAY = 0x14,
    E_GENERICINST = 0x15,
    E_TYPEDBYREF = 0x16,
    E_I = 0x18,
    E_U = 0x19,
    E_FNPTR = 0x1b,
    E_OBJECT = 0x1c,
    E_SZARRAY = 0x1d,
    E_MVAR = 0x1e,
    E_CMOD_REQD = 0x1f,
    E_CMOD_OPT = 0x20,
    E_SENTINEL = 0x41,
    E_PINNED = 0x45,
    CALL_KIND = 0x0f,
    CALL_VARARG = 0x05,
    CALL_GENERIC = 0x10,
    CALL_THIS = 0x20
};

enum { DEPTH_MAX = 32, ARGUMENTS_MAX = 256 };

struct sig {
    const struct pl_net *net;
    struct pl_slice s;
    size_t pos;
};

static const char *primitive_name(uint32_t element)
{
    static const char *const names[] = {
        "System.Boolean", "System.Char",   "System.SByte",  "System.Byte",  "System.Int16",
        "System.UInt16",  "System.Int32",  "System.UInt32", "System.Int64", "System.UInt64",
        "System.Single",  "System.Double", "System.String"};
    if (element >= E_BOOLEAN && element <= E_STRING) {
        return names[element - E_BOOLEAN];
    }
    return element == E_I        ? "System.IntPtr"
           : element == E_U      ? "System.UIntPtr"
           : element == E_OBJECT ? "System.Object"
                                 : NULL;
}

static bool read_type(struct sig *g, unsigned depth, struct pl_net_param *ret);

/* Types that are only stepped over. */
static bool skip_types(struct sig *g, unsigned depth, uint32_t n)
{
    struct pl_net_param ignored;
    for (uint32_t i = 0; i < n; i++) {
        if (!read_type(g, depth, &ignored)) {
            return false;
        }
    }
    return true;
}

/* ARRAY: the element, rank, sizes, lower bounds. */
static bool skip_array(struct sig *g, unsigned depth)
{
    uint32_t n = 0;
    uint32_t ignored = 0;
    if (!skip_types(g, depth, 1) || !pl_net_packed(g->s, &g->pos, &n)) {
        return false;
    }
    for (unsigned list = 0; list < 2; list++) {
        if (!pl_net_packed(g->s, &g->pos, &n) || n > ARGUMENTS_MAX) {
            return false;
        }
        for (uint32_t i = 0; i < n; i++) {
            if (!pl_net_packed(g->s, &g->pos, &ignored)) {
                return false;
            }
        }
    }
    return true;
}

/* FNPTR: a whole signature. */
static bool skip_function(struct sig *g, unsigned depth)
{
    uint32_t call = 0;
    uint32_t n = 0;
    bool good = pl_net_packed(g->s, &g->pos, &call);
    if (good && (call & CALL_GENERIC)) {
        good = pl_net_packed(g->s, &g->pos, &n);
    }
    return good && pl_net_packed(g->s, &g->pos, &n) && n <= ARGUMENTS_MAX &&
           skip_types(g, depth, n + 1);
}

static bool is_task_of(const struct pl_net *net, struct pl_net_token token)
{
    struct pl_net_name name;
    pl_net_name_of(net, token, &name);
    return pl_net_name_is(&name, PL_SLICE("System.Threading.Tasks.Task`1"));
}

static bool read_instance(struct sig *g, unsigned depth, struct pl_net_param *ret)
{
    uint32_t element = 0;
    uint32_t coded = 0;
    uint32_t n = 0;
    struct pl_net_param first = {0};
    if (!pl_net_packed(g->s, &g->pos, &element) || !pl_net_packed(g->s, &g->pos, &coded) ||
        !pl_net_packed(g->s, &g->pos, &n) || n == 0 || n > ARGUMENTS_MAX ||
        !read_type(g, depth, &first) || !skip_types(g, depth, n - 1)) {
        return false;
    }
    ret->token = pl_net_coded_type(coded);
    ret->kind = element == E_VALUETYPE ? PL_NET_K_VALUE : PL_NET_K_CLASS;
    if (n == 1 && is_task_of(g->net, ret->token)) {
        ret->kind = PL_NET_K_TASK;
        ret->inner = first.kind;
        ret->token = first.token;
        ret->primitive = first.primitive;
    }
    return true;
}

/* Everything that needs no more than one look. */
static bool read_plain(struct sig *g, unsigned depth, uint32_t element, struct pl_net_param *ret)
{
    uint32_t coded = 0;
    const char *primitive = primitive_name(element);
    ret->kind = PL_NET_K_VALUE;
    if (primitive) {
        ret->primitive = pl_slice_of(primitive);
        return true;
    }
    switch (element) {
    case E_VOID:
        ret->kind = PL_NET_K_VOID;
        return true;
    case E_TYPEDBYREF:
        return true;
    case E_CLASS:
    case E_VALUETYPE:
        ret->kind = element == E_CLASS ? PL_NET_K_CLASS : PL_NET_K_VALUE;
        if (!pl_net_packed(g->s, &g->pos, &coded)) {
            return false;
        }
        ret->token = pl_net_coded_type(coded);
        return true;
    case E_VAR:
    case E_MVAR:
        ret->kind = PL_NET_K_CLASS; /* whatever it is instantiated with: token 0 */
        return pl_net_packed(g->s, &g->pos, &coded);
    case E_PTR:
    case E_BYREF:
    case E_SZARRAY:
        return skip_types(g, depth, 1);
    case E_ARRAY:
        return skip_array(g, depth);
    case E_FNPTR:
        return skip_function(g, depth);
    default:
        return false;
    }
}

static bool read_type(struct sig *g, unsigned depth, struct pl_net_param *ret)
{
    uint32_t element = 0;
    uint32_t coded = 0;
    *ret = (struct pl_net_param){.kind = PL_NET_K_BAD};
    if (depth >= DEPTH_MAX || !pl_net_packed(g->s, &g->pos, &element)) {
        return false;
    }
    while (element == E_CMOD_REQD || element == E_CMOD_OPT || element == E_SENTINEL ||
           element == E_PINNED) {
        bool modifier = element == E_CMOD_REQD || element == E_CMOD_OPT;
        if ((modifier && !pl_net_packed(g->s, &g->pos, &coded)) ||
            !pl_net_packed(g->s, &g->pos, &element)) {
            return false;
        }
    }
    bool good = element == E_GENERICINST ? read_instance(g, depth + 1, ret)
                                         : read_plain(g, depth + 1, element, ret);
    if (!good) {
        *ret = (struct pl_net_param){.kind = PL_NET_K_BAD};
    }
    return good;
}

bool pl_net_read_sig(const struct pl_net *net, struct pl_slice sig, struct pl_net_sig *ret)
{
    struct sig g = {net, sig, 0};
    uint32_t call = 0;
    uint32_t generic = 0;
    *ret = (struct pl_net_sig){0};
    if (!pl_net_packed(sig, &g.pos, &call) ||
        ((call & CALL_GENERIC) && !pl_net_packed(sig, &g.pos, &generic)) ||
        !pl_net_packed(sig, &g.pos, &ret->n_param) || !read_type(&g, 0, &ret->result)) {
        return false;
    }
    ret->generic = generic > 0;
    ret->vararg = (call & CALL_KIND) == CALL_VARARG;
    ret->instance = (call & CALL_THIS) != 0;
    for (uint32_t i = 0; i < ret->n_param && i < PL_NET_PARAMS; i++) {
        if (!read_type(&g, 0, &ret->param[i])) {
            return false;
        }
    }
    return true;
}
