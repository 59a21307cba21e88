/* Types, methods and custom attributes, out of the tables. */
#include "pkg/inspect/net_read.h"

/* Columns, in the order of II.22. */
enum {
    TYPE_FLAGS = 0,
    TYPE_NAME = 1,
    TYPE_SPACE = 2,
    TYPE_BASE = 3,
    TYPE_METHODS = 5,
    REF_SCOPE = 0,
    METHOD_FLAGS = 2,
    METHOD_NAME = 3,
    METHOD_SIG = 4,
    METHOD_PARAMS = 5,
    PARAM_SEQUENCE = 1,
    NESTED_INNER = 0,
    NESTED_OUTER = 1,
    ATTRIBUTE_PARENT = 0,
    ATTRIBUTE_TYPE = 1,
    ATTRIBUTE_VALUE = 2,
    MEMBER_CLASS = 0,
    GENERIC_OWNER = 2,
    ASSEMBLY_REF_NAME = 6
};

/* Tags of ResolutionScope. */
enum { SCOPE_MODULE, SCOPE_MODULE_REF, SCOPE_ASSEMBLY_REF, SCOPE_TYPE_REF };

/* End of a list that starts at this row of `table`: where the next row's list starts. */
static uint32_t list_end(const struct pl_net *net, unsigned table, uint32_t row, unsigned column,
                         unsigned listed)
{
    uint32_t all = net->table[listed].rows + 1;
    uint32_t end = row < net->table[table].rows ? pl_net_cell(net, table, row + 1, column) : all;
    return end < all ? end : all;
}

/* First row of a table whose key column is not below `key`: it is sorted by it (II.22). */
static uint32_t lower_bound(const struct pl_net *net, unsigned table, unsigned column, uint32_t key)
{
    uint32_t low = 1;
    uint32_t high = net->table[table].rows + 1;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (pl_net_cell(net, table, middle, column) < key) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

struct pl_net_token pl_net_coded_type(uint32_t coded)
{
    static const uint8_t table[] = {PL_NET_TYPE_DEF, PL_NET_TYPE_REF, PL_NET_TYPE_SPEC};
    unsigned tag = coded & 3;
    return tag < 3 ? (struct pl_net_token){table[tag], coded >> 2} : (struct pl_net_token){0};
}

static uint32_t outer_of(const struct pl_net *net, uint32_t row)
{
    uint32_t at = lower_bound(net, PL_NET_NESTED, NESTED_INNER, row);
    return pl_net_cell(net, PL_NET_NESTED, at, NESTED_INNER) == row
               ? pl_net_cell(net, PL_NET_NESTED, at, NESTED_OUTER)
               : 0;
}

bool pl_net_type(const struct pl_net *net, uint32_t row, struct pl_net_type *ret)
{
    if (row == 0 || row > net->table[PL_NET_TYPE_DEF].rows) {
        return false;
    }
    uint32_t first = pl_net_cell(net, PL_NET_TYPE_DEF, row, TYPE_METHODS);
    uint32_t end = list_end(net, PL_NET_TYPE_DEF, row, TYPE_METHODS, PL_NET_METHOD);
    uint32_t owner = row << 1; /* TypeOrMethodDef, tag 0 */
    uint32_t generic = lower_bound(net, PL_NET_GENERIC_PARAM, GENERIC_OWNER, owner);
    *ret = (struct pl_net_type){
        .space = pl_net_string(net, pl_net_cell(net, PL_NET_TYPE_DEF, row, TYPE_SPACE)),
        .name = pl_net_string(net, pl_net_cell(net, PL_NET_TYPE_DEF, row, TYPE_NAME)),
        .flags = pl_net_cell(net, PL_NET_TYPE_DEF, row, TYPE_FLAGS),
        .outer = outer_of(net, row),
        .base = pl_net_coded_type(pl_net_cell(net, PL_NET_TYPE_DEF, row, TYPE_BASE)),
        .method = first,
        .n_method = first > 0 && end > first ? end - first : 0,
        .generic = pl_net_cell(net, PL_NET_GENERIC_PARAM, generic, GENERIC_OWNER) == owner,
    };
    return ret->name.len > 0;
}

bool pl_net_method(const struct pl_net *net, uint32_t row, struct pl_net_method *ret)
{
    if (row == 0 || row > net->table[PL_NET_METHOD].rows) {
        return false;
    }
    uint32_t first = pl_net_cell(net, PL_NET_METHOD, row, METHOD_PARAMS);
    uint32_t end = list_end(net, PL_NET_METHOD, row, METHOD_PARAMS, PL_NET_PARAM);
    *ret = (struct pl_net_method){
        .name = pl_net_string(net, pl_net_cell(net, PL_NET_METHOD, row, METHOD_NAME)),
        .flags = pl_net_cell(net, PL_NET_METHOD, row, METHOD_FLAGS),
        .param = first,
        .n_param_row = first > 0 && end > first ? end - first : 0,
        .sig = pl_net_blob(net, pl_net_cell(net, PL_NET_METHOD, row, METHOD_SIG)),
    };
    return ret->name.len > 0;
}

/* One step outwards; row 0 at the outermost. */
static struct pl_net_token outwards(const struct pl_net *net, struct pl_net_token token)
{
    if (token.table == PL_NET_TYPE_DEF) {
        return (struct pl_net_token){PL_NET_TYPE_DEF, outer_of(net, token.row)};
    }
    uint32_t scope = pl_net_cell(net, PL_NET_TYPE_REF, token.row, REF_SCOPE);
    return (scope & 3) == SCOPE_TYPE_REF ? (struct pl_net_token){PL_NET_TYPE_REF, scope >> 2}
                                         : (struct pl_net_token){0};
}

void pl_net_name_of(const struct pl_net *net, struct pl_net_token token, struct pl_net_name *ret)
{
    struct pl_slice inner_first[PL_NET_NAME_PARTS];
    uint32_t n = 0;
    *ret = (struct pl_net_name){.n = 0};
    token = pl_net_unwrap(net, token);
    while (token.row > 0 && n < PL_NET_NAME_PARTS) {
        /* Name and namespace are columns 1 and 2 of both tables. */
        inner_first[n++] = pl_net_string(net, pl_net_cell(net, token.table, token.row, TYPE_NAME));
        ret->space = pl_net_string(net, pl_net_cell(net, token.table, token.row, TYPE_SPACE));
        token = outwards(net, token);
    }
    if (token.row > 0) {
        return; /* a circle, or deeper than anybody nests */
    }
    for (uint32_t i = 0; i < n; i++) {
        ret->part[i] = inner_first[n - 1 - i];
    }
    ret->n = n;
}

/* Cuts `s` off the front of *rest. */
static bool eat(struct pl_slice *rest, struct pl_slice s)
{
    if (!pl_slice_starts(*rest, s)) {
        return false;
    }
    *rest = pl_slice_sub(*rest, s.len, rest->len);
    return true;
}

bool pl_net_name_is(const struct pl_net_name *name, struct pl_slice full)
{
    struct pl_slice rest = full;
    if (name->n == 0 ||
        (name->space.len > 0 && (!eat(&rest, name->space) || !eat(&rest, PL_SLICE("."))))) {
        return false;
    }
    for (uint32_t i = 0; i < name->n; i++) {
        if ((i > 0 && !eat(&rest, PL_SLICE("+"))) || !eat(&rest, name->part[i])) {
            return false;
        }
    }
    return rest.len == 0;
}

uint32_t pl_net_find(const struct pl_net *net, struct pl_slice full)
{
    for (uint32_t row = 1; row <= net->table[PL_NET_TYPE_DEF].rows; row++) {
        struct pl_slice last =
            pl_net_string(net, pl_net_cell(net, PL_NET_TYPE_DEF, row, TYPE_NAME));
        struct pl_net_name name;
        if (last.len == 0 || !pl_slice_ends(full, last)) {
            continue;
        }
        pl_net_name_of(net, (struct pl_net_token){PL_NET_TYPE_DEF, row}, &name);
        if (pl_net_name_is(&name, full)) {
            return row;
        }
    }
    return 0;
}

struct pl_slice pl_net_assembly_of(const struct pl_net *net, struct pl_net_token ref,
                                   bool *ret_known)
{
    *ret_known = ref.table == PL_NET_TYPE_DEF && ref.row > 0;
    for (uint32_t depth = 0;
         ref.table == PL_NET_TYPE_REF && ref.row > 0 && depth < PL_NET_NAME_PARTS; depth++) {
        uint32_t scope = pl_net_cell(net, PL_NET_TYPE_REF, ref.row, REF_SCOPE);
        if ((scope & 3) == SCOPE_ASSEMBLY_REF) {
            struct pl_slice name = pl_net_string(
                net, pl_net_cell(net, PL_NET_ASSEMBLY_REF, scope >> 2, ASSEMBLY_REF_NAME));
            *ret_known = name.len > 0;
            return name;
        }
        *ret_known = (scope & 3) == SCOPE_MODULE && scope >> 2 > 0;
        ref = outwards(net, ref);
    }
    return (struct pl_slice){0};
}

struct pl_net_token pl_net_unwrap(const struct pl_net *net, struct pl_net_token token)
{
    enum { GENERIC_INSTANCE = 0x15, VALUE_TYPE = 0x11, CLASS = 0x12 };
    if (token.table != PL_NET_TYPE_SPEC) {
        return token;
    }
    struct pl_slice sig = pl_net_blob(net, pl_net_cell(net, PL_NET_TYPE_SPEC, token.row, 0));
    size_t pos = 0;
    uint32_t element = 0;
    uint32_t coded = 0;
    bool good = pl_net_packed(sig, &pos, &element);
    if (good && element == GENERIC_INSTANCE) {
        good = pl_net_packed(sig, &pos, &element);
    }
    good = good && (element == CLASS || element == VALUE_TYPE) && pl_net_packed(sig, &pos, &coded);
    struct pl_net_token inner = pl_net_coded_type(coded);
    return good && inner.table != PL_NET_TYPE_SPEC ? inner : (struct pl_net_token){0};
}

/* The type whose list of methods has this row: the last one that starts at or before it. */
static uint32_t owner_of_method(const struct pl_net *net, uint32_t method)
{
    uint32_t after = lower_bound(net, PL_NET_TYPE_DEF, TYPE_METHODS, method + 1);
    return after > 1 ? after - 1 : 0;
}

/* The type of a custom attribute, through its constructor. */
static struct pl_net_token attribute_type(const struct pl_net *net, uint32_t row)
{
    enum { BY_METHOD = 2, BY_MEMBER = 3 };
    uint32_t coded = pl_net_cell(net, PL_NET_ATTRIBUTE, row, ATTRIBUTE_TYPE);
    if ((coded & 7) == BY_METHOD) {
        return (struct pl_net_token){PL_NET_TYPE_DEF, owner_of_method(net, coded >> 3)};
    }
    if ((coded & 7) != BY_MEMBER) {
        return (struct pl_net_token){0};
    }
    static const uint8_t parents[] = {PL_NET_TYPE_DEF, PL_NET_TYPE_REF, 0, 0, PL_NET_TYPE_SPEC};
    uint32_t parent = pl_net_cell(net, PL_NET_MEMBER_REF, coded >> 3, MEMBER_CLASS);
    unsigned tag = parent & 7;
    return tag < sizeof parents && parents[tag] != 0
               ? (struct pl_net_token){parents[tag], parent >> 3}
               : (struct pl_net_token){0};
}

/* HasCustomAttribute, for the tables that we ask about. */
static uint32_t attribute_parent(enum pl_net_table_id of, uint32_t row)
{
    uint32_t tag = of == PL_NET_METHOD ? 0 : of == PL_NET_PARAM ? 4 : 14;
    return row << 5 | tag;
}

/* Row of the attribute of this name on a parent, 0: none. */
static uint32_t find_attribute(const struct pl_net *net, enum pl_net_table_id of, uint32_t row,
                               const char *full)
{
    uint32_t parent = attribute_parent(of, row);
    uint32_t at = lower_bound(net, PL_NET_ATTRIBUTE, ATTRIBUTE_PARENT, parent);
    for (; at <= net->table[PL_NET_ATTRIBUTE].rows &&
           pl_net_cell(net, PL_NET_ATTRIBUTE, at, ATTRIBUTE_PARENT) == parent;
         at++) {
        struct pl_net_name name;
        pl_net_name_of(net, attribute_type(net, at), &name);
        if (pl_net_name_is(&name, pl_slice_of(full))) {
            return at;
        }
    }
    return 0;
}

bool pl_net_has_attribute(const struct pl_net *net, enum pl_net_table_id of, uint32_t row,
                          const char *full)
{
    return find_attribute(net, of, row, full) > 0;
}

struct pl_slice pl_net_attribute_text(const struct pl_net *net, const char *full)
{
    enum { PROLOG = 1, PROLOG_SIZE = 2 };
    uint32_t at = find_attribute(net, PL_NET_ASSEMBLY, 1, full);
    struct pl_slice value =
        pl_net_blob(net, pl_net_cell(net, PL_NET_ATTRIBUTE, at, ATTRIBUTE_VALUE));
    size_t pos = PROLOG_SIZE;
    uint32_t n = 0;
    if (at == 0 || pl_net_u16(value, 0) != PROLOG || !pl_net_packed(value, &pos, &n) ||
        n > value.len - pos) {
        return (struct pl_slice){0};
    }
    return pl_slice_sub(value, pos, pos + n);
}

bool pl_net_has_params(const struct pl_net *net, const struct pl_net_method *method)
{
    uint32_t last = 0;
    uint32_t highest = 0;
    for (uint32_t i = 0; i < method->n_param_row; i++) {
        uint32_t sequence = pl_net_cell(net, PL_NET_PARAM, method->param + i, PARAM_SEQUENCE);
        if (sequence > highest) {
            highest = sequence;
            last = method->param + i;
        }
    }
    return last > 0 && pl_net_has_attribute(net, PL_NET_PARAM, last, "System.ParamArrayAttribute");
}
