#include "pkg/inspect/net.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BYTES_MAX = 64 * 1024 };

static char bytes[BYTES_MAX];
static struct pl_net net;

static struct pl_slice read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    ck_assert_msg(file != NULL, "%s cannot be read", path);
    size_t n = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    return pl_slice_make(bytes, n);
}

static void open_app(void)
{
    pl_net_read(&net, read_file(PL_ASSEMBLIES "/App.dll"));
    ck_assert_int_eq(net.state, PL_NET_MANAGED);
}

/* The only method of this name. */
static struct pl_net_method method_of(const char *type_name, const char *name, uint32_t *ret_row)
{
    struct pl_net_type type;
    struct pl_net_method method;
    ck_assert(pl_net_type(&net, pl_net_find(&net, pl_slice_of(type_name)), &type));
    for (uint32_t i = 0; i < type.n_method; i++) {
        ck_assert(pl_net_method(&net, type.method + i, &method));
        if (pl_slice_is(method.name, name)) {
            *ret_row = type.method + i;
            return method;
        }
    }
    ck_abort_msg("%s has no %s", type_name, name);
    return method;
}

static struct pl_net_sig sig_of(const char *type, const char *name)
{
    uint32_t row = 0;
    struct pl_net_sig sig;
    struct pl_net_method method = method_of(type, name, &row);
    ck_assert(pl_net_read_sig(&net, method.sig, &sig));
    return sig;
}

static bool is_named(struct pl_net_token token, const char *full)
{
    struct pl_net_name name;
    pl_net_name_of(&net, token, &name);
    return pl_net_name_is(&name, pl_slice_of(full));
}

START_TEST(net_finds_types_by_full_name)
{
    static const char *const there[] = {"App.Function", "App.Function+Inner",
                                        "App.Function+Inner+Deep", "NoSpace", "App.Box"};
    static const char *const not_there[] = {"Function",
                                            "App.function",
                                            "App.Function.Inner",
                                            "App.Inner",
                                            "Inner",
                                            "App.Function+Deep",
                                            "App.",
                                            "",
                                            "+Inner",
                                            ".NoSpace",
                                            "App.Function+"};
    open_app();
    ck_assert(pl_slice_is(net.name, "App"));
    ck_assert_uint_eq(net.entry_point, 0);
    for (size_t i = 0; i < sizeof there / sizeof *there; i++) {
        uint32_t row = pl_net_find(&net, pl_slice_of(there[i]));
        ck_assert_msg(row > 1, "%s", there[i]);
        ck_assert(is_named((struct pl_net_token){PL_NET_TYPE_DEF, row}, there[i]));
    }
    for (size_t i = 0; i < sizeof not_there / sizeof *not_there; i++) {
        ck_assert_msg(pl_net_find(&net, pl_slice_of(not_there[i])) == 0, "%s", not_there[i]);
    }
}
END_TEST

START_TEST(net_knows_bases_and_flags)
{
    struct pl_net_type type;
    bool known = false;
    open_app();
    ck_assert(pl_net_type(&net, pl_net_find(&net, PL_SLICE("App.Derived")), &type));
    ck_assert_uint_eq(type.base.table, PL_NET_TYPE_DEF);
    ck_assert(is_named(type.base, "App.Function"));
    ck_assert(pl_slice_eq(pl_net_assembly_of(&net, type.base, &known), PL_SLICE("")));
    ck_assert(known);
    ck_assert(pl_net_type(&net, pl_net_find(&net, PL_SLICE("App.Entry")), &type));
    ck_assert_uint_eq(type.base.table, PL_NET_TYPE_REF);
    ck_assert(is_named(type.base, "Base.Host"));
    ck_assert(pl_slice_is(pl_net_assembly_of(&net, type.base, &known), "Base"));
    ck_assert(known);
    ck_assert(pl_net_type(&net, pl_net_find(&net, PL_SLICE("App.Shape")), &type));
    ck_assert_uint_eq(type.flags & PL_NET_T_ABSTRACT, PL_NET_T_ABSTRACT);
    ck_assert_uint_eq(type.flags & PL_NET_T_INTERFACE, 0);
    ck_assert(!type.generic);
    ck_assert(pl_net_type(&net, pl_net_find(&net, PL_SLICE("App.Face")), &type));
    ck_assert_uint_eq(type.flags & PL_NET_T_INTERFACE, PL_NET_T_INTERFACE);
    ck_assert_uint_eq(type.base.row, 0);
    ck_assert(pl_net_type(&net, pl_net_find(&net, PL_SLICE("App.Box")), &type));
    ck_assert(type.generic);
    ck_assert(!pl_net_type(&net, 0, &type));
    ck_assert(!pl_net_type(&net, 1000, &type));
}
END_TEST

START_TEST(net_reads_signatures)
{
    open_app();
    struct pl_net_sig sig = sig_of("App.Function", "FunctionHandler");
    ck_assert_uint_eq(sig.n_param, 2);
    ck_assert(sig.instance && !sig.generic && !sig.vararg);
    ck_assert_int_eq(sig.result.kind, PL_NET_K_TASK);
    ck_assert_int_eq(sig.result.inner, PL_NET_K_VALUE);
    ck_assert(pl_slice_is(sig.result.primitive, "System.String"));
    ck_assert_int_eq(sig.param[0].kind, PL_NET_K_VALUE);
    ck_assert_int_eq(sig.param[1].kind, PL_NET_K_CLASS);
    ck_assert(is_named(sig.param[1].token, "Amazon.Lambda.Core.ILambdaContext"));
    sig = sig_of("App.Function", "Pipe");
    ck_assert(is_named(sig.result.token, "System.IO.Stream"));
    ck_assert(sig_of("App.Function", "Generic").generic);
    ck_assert(!sig_of("App.Function", "Static").instance);
    ck_assert_uint_eq(sig_of("App.Function", "Three").n_param, 3);
    ck_assert_int_eq(sig_of("App.Closed", ".ctor").result.kind, PL_NET_K_VOID);
}
END_TEST

/* Hand-written signatures: what compilers make, and what nobody does. */
static const struct {
    const char *bytes;
    size_t len;
    bool good;
    uint32_t n_param;
    enum pl_net_kind result;
} SIGS[] = {
    {"\x20\x00\x01", 3, true, 0, PL_NET_K_VOID},
    {"\x20\x01\x01\x1d\x0e", 5, true, 1, PL_NET_K_VOID},
    {"\x20\x01\x1d\x05\x14\x08\x02\x00\x02\x00\x00", 11, true, 1, PL_NET_K_VALUE},
    {"\x20\x00\x1f\x05\x0e", 5, true, 0, PL_NET_K_VALUE},
    {"\x20\x00\x13\x00", 4, true, 0, PL_NET_K_CLASS},
    {"\x20\x01\x01\x1b\x00\x01\x01\x08", 8, true, 1, PL_NET_K_VOID},
    {"\x25\x02\x01\x0e\x41\x08", 6, true, 2, PL_NET_K_VOID},
    {"\x30\x01\x01\x1e\x00\x1e\x00", 7, true, 1, PL_NET_K_CLASS},
    {"", 0, false, 0, 0},
    {"\x20", 1, false, 0, 0},
    {"\x20\x01\x01", 3, false, 0, 0},
    {"\x20\x00\x12", 3, false, 0, 0},
    {"\x20\x00\x15\x12\x05\x00", 6, false, 0, 0},
    {"\x20\x00\x15\x12\x05\xdf\xff\xff\xff", 9, false, 0, 0},
    {"\x20\x00\x14\x08\x02\xdf\xff\xff\xff\x00", 10, false, 0, 0},
    {"\x20\x00\xff", 3, false, 0, 0},
    {"\x20\x00\x3f", 3, false, 0, 0},
};

START_TEST(net_signature_table)
{
    struct pl_net_sig sig;
    open_app();
    bool good = pl_net_read_sig(&net, pl_slice_make(SIGS[_i].bytes, SIGS[_i].len), &sig);
    ck_assert_msg(good == SIGS[_i].good, "row %d", _i);
    if (good) {
        ck_assert_uint_eq(sig.n_param, SIGS[_i].n_param);
        ck_assert_int_eq(sig.result.kind, (int)SIGS[_i].result);
    }
}
END_TEST

START_TEST(net_deep_signatures_end)
{
    static char deep[4000];
    struct pl_net_sig sig;
    open_app();
    memset(deep, 0x1d, sizeof deep);
    deep[0] = 0x20;
    deep[1] = 0;
    ck_assert(!pl_net_read_sig(&net, pl_slice_make(deep, sizeof deep), &sig));
}
END_TEST

START_TEST(net_sees_attributes_and_literals)
{
    static const char serializer[] = "Amazon.Lambda.Core.LambdaSerializerAttribute";
    struct pl_slice literal;
    size_t pos = 0;
    uint32_t row = 0;
    open_app();
    ck_assert(pl_net_has_attribute(&net, PL_NET_ASSEMBLY, 1, serializer));
    ck_assert(!pl_net_has_attribute(&net, PL_NET_ASSEMBLY, 1, "Amazon.Lambda.Core.Other"));
    struct pl_net_method method = method_of("App.Function", "FunctionHandler", &row);
    ck_assert(!pl_net_has_attribute(&net, PL_NET_METHOD, row, serializer));
    ck_assert(!pl_net_has_params(&net, &method));
    ck_assert_uint_eq(pl_net_attribute_text(&net, "No.Such").len, 0);
    ck_assert(pl_net_next_literal(&net, &pos, &literal));
    ck_assert_uint_eq(literal.len, 2 * strlen("first"));
    ck_assert(pl_net_next_literal(&net, &pos, &literal));
    ck_assert_uint_eq(literal.len, 2 * strlen("hello.ps1"));
    ck_assert(!pl_net_next_literal(&net, &pos, &literal));
    pl_net_read(&net, read_file(PL_ASSEMBLIES "/Base.dll"));
    method_of("Base.Host", "HandleAsync", &row);
    ck_assert(pl_net_has_attribute(&net, PL_NET_METHOD, row, serializer));
    method_of("Base.Host", "Plain", &row);
    ck_assert(!pl_net_has_attribute(&net, PL_NET_METHOD, row, serializer));
    pl_net_read(&net, read_file(PL_ASSEMBLIES "/Tool.dll"));
    ck_assert_uint_ne(net.entry_point, 0);
    ck_assert_uint_eq(net.table[PL_NET_EXPORTED_TYPE].rows, 1);
}
END_TEST

static const struct {
    const char *bytes;
    size_t len;
    enum pl_net_state state;
} NO_ASSEMBLY[] = {
    {"", 0, PL_NET_NOT_PE},        {"M", 1, PL_NET_NOT_PE},
    {"\177ELF", 4, PL_NET_NOT_PE}, {"#!/bin/sh\n", 10, PL_NET_NOT_PE},
    {"MZ", 2, PL_NET_DAMAGED},
};

START_TEST(net_other_files)
{
    pl_net_read(&net, pl_slice_make(NO_ASSEMBLY[_i].bytes, NO_ASSEMBLY[_i].len));
    ck_assert_int_eq(net.state, (int)NO_ASSEMBLY[_i].state);
}
END_TEST

/* Everything that can be asked, of whatever it is. */
static void ask_all(void)
{
    struct pl_net_type type;
    struct pl_net_method method;
    struct pl_net_sig sig;
    struct pl_slice literal;
    size_t pos = 0;
    bool known = false;
    for (uint32_t row = 0; row < 64; row++) {
        if (pl_net_type(&net, row, &type)) {
            pl_net_assembly_of(&net, type.base, &known);
        }
        if (pl_net_method(&net, row, &method)) {
            pl_net_read_sig(&net, method.sig, &sig);
            pl_net_has_params(&net, &method);
        }
        pl_net_has_attribute(&net, PL_NET_METHOD, row, "A.B");
    }
    pl_net_attribute_text(&net, "A.B");
    pl_net_find(&net, PL_SLICE("App.Function+Inner"));
    while (pl_net_next_literal(&net, &pos, &literal)) {
    }
}

START_TEST(net_cut_short_anywhere)
{
    struct pl_slice whole = read_file(PL_ASSEMBLIES "/App.dll");
    for (size_t n = 0; n < whole.len; n++) {
        char *copy = malloc(n + 1); /* so that a read behind the end is seen */
        ck_assert_ptr_nonnull(copy);
        memcpy(copy, whole.ptr, n);
        pl_net_read(&net, pl_slice_make(copy, n));
        ck_assert_msg(net.state == PL_NET_DAMAGED || (n < 2 && net.state == PL_NET_NOT_PE),
                      "%zu bytes: %u", n, net.state);
        free(copy);
    }
}
END_TEST

START_TEST(net_damaged_anywhere)
{
    static const unsigned char with[] = {0x00, 0x7f, 0x80, 0xff};
    struct pl_slice whole = read_file(PL_ASSEMBLIES "/App.dll");
    char *copy = malloc(whole.len);
    ck_assert_ptr_nonnull(copy);
    for (size_t i = 0; i < whole.len; i++) {
        for (size_t k = 0; k < sizeof with; k++) {
            memcpy(copy, whole.ptr, whole.len);
            copy[i] = (char)with[k];
            pl_net_read(&net, pl_slice_make(copy, whole.len));
            if (net.state == PL_NET_MANAGED) {
                ask_all();
            }
        }
    }
    free(copy);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("inspect_net");
    TCase *tests = tcase_create("inspect_net");
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, net_finds_types_by_full_name);
    tcase_add_test(tests, net_knows_bases_and_flags);
    tcase_add_test(tests, net_reads_signatures);
    tcase_add_loop_test(tests, net_signature_table, 0, (int)(sizeof SIGS / sizeof *SIGS));
    tcase_add_test(tests, net_deep_signatures_end);
    tcase_add_test(tests, net_sees_attributes_and_literals);
    tcase_add_loop_test(tests, net_other_files, 0, (int)(sizeof NO_ASSEMBLY / sizeof *NO_ASSEMBLY));
    tcase_add_test(tests, net_cut_short_anywhere);
    tcase_add_test(tests, net_damaged_anywhere);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
