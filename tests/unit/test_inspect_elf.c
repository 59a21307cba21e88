#include "pkg/inspect/exec.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* A small ELF file, by hand: header, one PT_INTERP, its path. */
struct sample {
    unsigned char bytes[256];
    size_t len;
};

static void put(struct sample *s, size_t at, uint64_t value, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        unsigned shift = s->bytes[5] == 2 ? n - 1 - i : i;
        s->bytes[at + i] = (unsigned char)(value >> (8 * shift));
    }
}

static void make(struct sample *s, unsigned bits, unsigned machine, const char *interpreter)
{
    bool wide = bits == 64;
    size_t header = wide ? 64 : 52;
    size_t program = wide ? 56 : 32;
    memset(s, 0, sizeof *s);
    memcpy(s->bytes, "\177ELF", 4);
    s->bytes[4] = wide ? 2 : 1;
    s->bytes[5] = 1;
    put(s, 16, PL_ELF_EXEC, 2);
    put(s, 18, machine, 2);
    put(s, wide ? 32 : 28, header, wide ? 8 : 4);
    put(s, wide ? 54 : 42, program, 2);
    put(s, wide ? 56 : 44, 1, 2);
    put(s, header, interpreter ? 3 : 1, 4);
    size_t len = interpreter ? strlen(interpreter) + 1 : 1;
    put(s, header + (wide ? 8 : 4), header + program, wide ? 8 : 4);
    put(s, header + (wide ? 32 : 16), len, wide ? 8 : 4);
    if (interpreter) {
        memcpy(s->bytes + header + program, interpreter, len);
    }
    s->len = header + program + len;
}

static struct pl_slice view(const struct sample *s)
{
    return pl_slice_make((const char *)s->bytes, s->len);
}

START_TEST(elf_reads_what_the_kernel_reads)
{
    struct sample s;
    struct pl_elf elf;
    make(&s, 64, PL_ELF_X86_64, "/lib64/ld-linux-x86-64.so.2");
    pl_elf_read(&elf, view(&s), s.len);
    ck_assert_ptr_null(elf.broken);
    ck_assert(!elf.cut);
    ck_assert_uint_eq(elf.bits, 64);
    ck_assert(pl_slice_is(elf.interpreter, "/lib64/ld-linux-x86-64.so.2"));
    ck_assert_int_eq(pl_elf_arch(&elf), PL_ARCH_X86_64);
    make(&s, 64, PL_ELF_AARCH64, NULL);
    pl_elf_read(&elf, view(&s), s.len);
    ck_assert_ptr_null(elf.broken);
    ck_assert_uint_eq(elf.interpreter.len, 0);
    ck_assert_int_eq(pl_elf_arch(&elf), PL_ARCH_ARM64);
    make(&s, 32, PL_ELF_386, "/lib/ld-linux.so.2");
    pl_elf_read(&elf, view(&s), s.len);
    ck_assert_ptr_null(elf.broken);
    ck_assert_uint_eq(elf.bits, 32);
    ck_assert(pl_slice_is(elf.interpreter, "/lib/ld-linux.so.2"));
    ck_assert_int_eq(pl_elf_arch(&elf), PL_ARCH_UNKNOWN);
    ck_assert_str_eq(pl_elf_machine_name(&elf), "32-bit x86");
}
END_TEST

START_TEST(elf_says_what_is_broken)
{
    static const struct {
        size_t at;
        uint64_t value;
        unsigned n;
    } changes[] = {
        {4, 9, 1},                /* class */
        {16, PL_ELF_REL, 2},      /* an object file */
        {16, PL_ELF_CORE, 2},     /* a core dump */
        {54, 55, 2},              /* size of a program header */
        {56, 0, 2},               /* none of them */
        {56, 65535, 2},           /* more than the kernel reads */
        {32, UINT64_MAX, 8},      /* their place */
        {64 + 8, UINT64_MAX, 8},  /* the interpreter's place */
        {64 + 32, 1, 8},          /* and its length */
        {64 + 32, UINT64_MAX, 8}, /* likewise */
        {64 + 32, 5, 8},          /* without a NUL */
    };
    struct sample s;
    struct pl_elf elf;
    make(&s, 64, PL_ELF_X86_64, "/lib/ld.so");
    put(&s, changes[_i].at, changes[_i].value, changes[_i].n);
    pl_elf_read(&elf, view(&s), s.len);
    ck_assert_ptr_nonnull(elf.broken);
    ck_assert_uint_eq(elf.interpreter.len, 0);
}
END_TEST

/* Every prefix: of a whole file it is broken, of a longer one it is cut. */
START_TEST(elf_of_any_length)
{
    struct sample s;
    struct pl_elf elf;
    make(&s, 64, PL_ELF_AARCH64, "/lib/ld-linux-aarch64.so.1");
    for (size_t len = 0; len < s.len; len++) {
        char *bytes = malloc(len + 1); /* exactly what is given, for the sanitizer */
        ck_assert_ptr_nonnull(bytes);
        memcpy(bytes, s.bytes, len);
        pl_elf_read(&elf, pl_slice_make(bytes, len), len);
        ck_assert_msg(elf.broken != NULL, "%zu bytes", len);
        pl_elf_read(&elf, pl_slice_make(bytes, len), s.len);
        ck_assert_msg(elf.cut == (len >= 4), "%zu bytes", len);
        free(bytes);
    }
}
END_TEST

START_TEST(elf_in_the_other_byte_order)
{
    struct sample s;
    struct pl_elf elf;
    make(&s, 64, PL_ELF_AARCH64, NULL);
    s.bytes[5] = 2;
    pl_elf_read(&elf, view(&s), s.len);
    ck_assert(elf.big_endian);
    ck_assert_int_eq(pl_elf_arch(&elf), PL_ARCH_UNKNOWN);
}
END_TEST

static const struct {
    const char *text;
    enum pl_exec_kind kind;
    const char *interpreter, *argument;
} KINDS[] = {
    {"", PL_EXEC_EMPTY, "", ""},
    {"#!/bin/sh\n", PL_EXEC_SCRIPT, "/bin/sh", ""},
    {"#!/bin/sh", PL_EXEC_SCRIPT, "/bin/sh", ""},
    {"#! \t/bin/sh -e x \t\nrest", PL_EXEC_SCRIPT, "/bin/sh", "-e x"},
    {"#!/bin/sh\r\n", PL_EXEC_SCRIPT, "/bin/sh\r", ""},
    {"#!/usr/bin/env bash\r\n", PL_EXEC_SCRIPT, "/usr/bin/env", "bash\r"},
    {"#!\n", PL_EXEC_SCRIPT, "", ""},
    {"#!", PL_EXEC_SCRIPT, "", ""},
    {" #!/bin/sh\n", PL_EXEC_TEXT, "", ""},
    {"\xef\xbb\xbf#!/bin/sh\n", PL_EXEC_MARKED, "", ""},
    {"\xff\xfe#", PL_EXEC_MARKED, "", ""},
    {"\xcf\xfa\xed\xfe", PL_EXEC_MACHO, "", ""},
    {"MZ\x01", PL_EXEC_PE, "", ""},
    {"MZ is text\n", PL_EXEC_TEXT, "", ""},
    {"PK\3\4", PL_EXEC_ZIP, "", ""},
    {"\x1f\x8b", PL_EXEC_GZIP, "", ""},
    {"\x01", PL_EXEC_OTHER, "", ""},
};

START_TEST(exec_kinds)
{
    struct pl_exec exec;
    struct pl_slice text = pl_slice_of(KINDS[_i].text);
    pl_exec_read(&exec, text, text.len);
    ck_assert_int_eq(exec.kind, KINDS[_i].kind);
    ck_assert(pl_slice_is(exec.interpreter, KINDS[_i].interpreter));
    ck_assert(pl_slice_is(exec.argument, KINDS[_i].argument));
    ck_assert_uint_gt(strlen(pl_exec_kind_text((enum pl_exec_kind)exec.kind)), 0);
}
END_TEST

/* Both begin with the same four bytes. */
START_TEST(exec_tells_classes_from_universal_files)
{
    struct pl_exec exec;
    struct pl_slice universal = PL_SLICE("\xca\xfe\xba\xbe\0\0\0\2rest");
    struct pl_slice java = PL_SLICE("\xca\xfe\xba\xbe\0\0\0\x3drest");
    pl_exec_read(&exec, universal, universal.len);
    ck_assert_int_eq(exec.kind, PL_EXEC_MACHO);
    pl_exec_read(&exec, java, java.len);
    ck_assert_int_eq(exec.kind, PL_EXEC_OTHER);
}
END_TEST

START_TEST(exec_line_is_cut_where_the_kernel_cuts)
{
    char text[400];
    struct pl_exec exec;
    memset(text, 'a', sizeof text);
    memcpy(text, "#!/bin/", 7);
    pl_exec_read(&exec, pl_slice_make(text, sizeof text), sizeof text);
    ck_assert(exec.name_cut);
    ck_assert_uint_eq(exec.interpreter.len, 254);
    /* Blanks up to the cut end the name. */
    memset(text + 9, ' ', sizeof text - 9);
    pl_exec_read(&exec, pl_slice_make(text, sizeof text), sizeof text);
    ck_assert(!exec.name_cut);
    ck_assert_uint_eq(exec.interpreter.len, 7);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("inspect_elf");
    TCase *tests = tcase_create("inspect_elf");
    tcase_add_test(tests, elf_reads_what_the_kernel_reads);
    tcase_add_loop_test(tests, elf_says_what_is_broken, 0, 11);
    tcase_add_test(tests, elf_of_any_length);
    tcase_add_test(tests, elf_in_the_other_byte_order);
    tcase_add_loop_test(tests, exec_kinds, 0, (int)(sizeof KINDS / sizeof KINDS[0]));
    tcase_add_test(tests, exec_tells_classes_from_universal_files);
    tcase_add_test(tests, exec_line_is_cut_where_the_kernel_cuts);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
