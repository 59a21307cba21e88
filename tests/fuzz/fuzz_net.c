/*
 * Any bytes as an assembly: every type, method, signature, attribute and literal is asked for. What
 * comes out must lie within what went in.
 */
#include "pkg/inspect/net.h"

#include <stdio.h>
#include <stdlib.h>

/* Rows of each table that are looked at: a short file may claim millions. */
enum { ROWS_MAX = 512 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct pl_slice input;

static void inside(struct pl_slice s)
{
    if (s.len > 0 && (s.ptr < input.ptr || s.len > input.len ||
                      (size_t)(s.ptr - input.ptr) > input.len - s.len)) {
        fprintf(stderr, "broken: a slice lies outside of the input\n");
        abort();
    }
}

static void ask_type(const struct pl_net *net, uint32_t row)
{
    struct pl_net_type type;
    struct pl_net_name name;
    bool known = false;
    if (!pl_net_type(net, row, &type)) {
        return;
    }
    inside(type.name);
    inside(type.space);
    pl_net_name_of(net, type.base, &name);
    for (uint32_t i = 0; i < name.n; i++) {
        inside(name.part[i]);
    }
    inside(pl_net_assembly_of(net, pl_net_unwrap(net, type.base), &known));
}

static void ask_method(const struct pl_net *net, uint32_t row)
{
    struct pl_net_method method;
    struct pl_net_sig sig;
    if (!pl_net_method(net, row, &method)) {
        return;
    }
    inside(method.name);
    inside(method.sig);
    pl_net_read_sig(net, method.sig, &sig);
    pl_net_has_attribute(net, PL_NET_METHOD, row, "A.B");
    if (method.n_param_row < ROWS_MAX) {
        pl_net_has_params(net, &method);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pl_net net;
    struct pl_slice literal;
    size_t pos = 0;
    input = pl_slice_make((const char *)data, size);
    pl_net_read(&net, input);
    if (net.state != PL_NET_MANAGED) {
        return 0;
    }
    inside(net.name);
    for (uint32_t row = 0; row < ROWS_MAX; row++) {
        ask_type(&net, row);
        ask_method(&net, row);
    }
    pl_net_find(&net, PL_SLICE("App.Function+Inner"));
    inside(pl_net_attribute_text(&net, "System.Runtime.Versioning.TargetFrameworkAttribute"));
    while (pl_net_next_literal(&net, &pos, &literal)) {
        inside(literal);
    }
    return 0;
}
