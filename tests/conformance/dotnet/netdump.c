/*
 * netdump FILE...: types and methods of assemblies, as Plimsoll reads them, for a comparison with
 * another reader.  "type ROW FLAGS FIRST-METHOD NAME", "method ROW PARAMETERS NAME", or "state
 * WORD".
 */
#include "pkg/inspect/net.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { FILE_MAX = 64 * 1024 * 1024 };

static const char *state_name(const struct pl_net *net)
{
    static const char *const names[] = {"not-pe", "native", "damaged", "strange", "managed"};
    return names[net->state];
}

static void print_type(const struct pl_net *net, uint32_t row)
{
    struct pl_net_type type;
    struct pl_net_name name;
    if (!pl_net_type(net, row, &type)) {
        printf("type %" PRIu32 " unreadable\n", row);
        return;
    }
    pl_net_name_of(net, (struct pl_net_token){PL_NET_TYPE_DEF, row}, &name);
    printf("type %" PRIu32 " 0x%" PRIx32 " %" PRIu32 " %.*s%s", row, type.flags, type.method,
           (int)name.space.len, name.space.ptr, name.space.len > 0 ? "." : "");
    for (uint32_t i = 0; i < name.n; i++) {
        printf("%s%.*s", i > 0 ? "/" : "", (int)name.part[i].len, name.part[i].ptr);
    }
    putchar('\n');
}

static void print_method(const struct pl_net *net, uint32_t row)
{
    struct pl_net_method method;
    struct pl_net_sig sig;
    if (!pl_net_method(net, row, &method) || !pl_net_read_sig(net, method.sig, &sig)) {
        printf("method %" PRIu32 " unreadable\n", row);
        return;
    }
    printf("method %" PRIu32 " %" PRIu32 " %.*s\n", row, sig.n_param, (int)method.name.len,
           method.name.ptr);
}

static int dump(const char *path)
{
    FILE *file = fopen(path, "rb");
    char *bytes = malloc(FILE_MAX);
    struct pl_net net;
    if (!file || !bytes) {
        fprintf(stderr, "%s: cannot be read\n", path);
        return 1;
    }
    size_t n = fread(bytes, 1, FILE_MAX, file);
    fclose(file);
    pl_net_read(&net, pl_slice_make(bytes, n));
    printf("file %s\nstate %s\n", path, state_name(&net));
    if (net.state == PL_NET_MANAGED) {
        printf("assembly %.*s\n", (int)net.name.len, net.name.ptr);
        for (uint32_t row = 1; row <= net.table[PL_NET_TYPE_DEF].rows; row++) {
            print_type(&net, row);
        }
        for (uint32_t row = 1; row <= net.table[PL_NET_METHOD].rows; row++) {
            print_method(&net, row);
        }
    }
    free(bytes);
    return 0;
}

int main(int argc, char **argv)
{
    int failed = 0;
    for (int i = 1; i < argc; i++) {
        failed |= dump(argv[i]);
    }
    return failed;
}
