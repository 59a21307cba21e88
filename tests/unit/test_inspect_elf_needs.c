#include "pkg/base/limits.h"
#include "pkg/inspect/elf.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/*
 * A shared library by hand: header, PT_LOAD over all of it, PT_DYNAMIC, string table, the versions
 * of two libraries, the section.  Addresses are offsets plus BASE, so that a reader that mixes them
 * up finds nothing.
 */
enum { BASE = 0x10000, STRINGS = 0xc0, VERSIONS = 0x180, SECTION = 0x200, SIZE = 0x2a0 };
static const char NAMES[] =
    "\0libc.so.6\0GLIBC_2.17\0GLIBC_2.28\0libm.so.6\0GLIBC_2.29\0libx.so.1\0"
    "$ORIGIN/../x.libs\0PyInit_x\0node_register_module_v115\0"
    "napi_module_register\0";
enum {
    LIBC = 1,
    GLIBC_217 = 11,
    GLIBC_228 = 22,
    LIBM = 33,
    GLIBC_229 = 43,
    LIBX = 54,
    ORIGIN = 64
};

static unsigned char file[SIZE];
static struct pl_arena arena;
static struct pl_err err;

static void put(size_t at, uint64_t value, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        file[at + i] = (unsigned char)(value >> (8 * i));
    }
}

static void program(size_t at, unsigned type, uint64_t offset, uint64_t bytes)
{
    put(at, type, 4);
    put(at + 8, offset, 8);
    put(at + 16, offset + BASE, 8);
    put(at + 32, bytes, 8);
}

static void version(size_t at, unsigned count, unsigned name, unsigned next)
{
    put(at, 1, 2);
    put(at + 2, count, 2);
    put(at + 4, name, 4);
    put(at + 8, 16, 4);
    put(at + 12, next, 4);
}

static void aux(size_t at, unsigned flags, unsigned name, unsigned next)
{
    put(at + 4, flags, 2);
    put(at + 8, name, 4);
    put(at + 12, next, 4);
}

static void before(void)
{
    static const uint64_t section[][2] = {{1, LIBC},
                                          {1, LIBM},
                                          {14, LIBX},
                                          {29, ORIGIN},
                                          {5, BASE + STRINGS},
                                          {10, sizeof NAMES},
                                          {0x6ffffffe, BASE + VERSIONS},
                                          {0x6fffffff, 2},
                                          {0, 0}};
    pl_arena_init(&arena, PL_MB(1));
    memset(file, 0, sizeof file);
    memcpy(file, "\177ELF\2\1\1", 7);
    put(16, PL_ELF_DYN, 2);
    put(18, PL_ELF_X86_64, 2);
    put(32, 64, 8);
    put(54, 56, 2);
    put(56, 2, 2);
    program(64, 1, 0, SIZE);
    program(120, 2, SECTION, sizeof section);
    memcpy(file + STRINGS, NAMES, sizeof NAMES);
    version(VERSIONS, 2, LIBC, 48);
    aux(VERSIONS + 16, 0, GLIBC_217, 16);
    aux(VERSIONS + 32, 2, GLIBC_228, 0);
    version(VERSIONS + 48, 1, LIBM, 0);
    aux(VERSIONS + 64, 0, GLIBC_229, 0);
    for (size_t i = 0; i < sizeof section / sizeof section[0]; i++) {
        put(SECTION + 16 * i, section[i][0], 8);
        put(SECTION + 16 * i + 8, section[i][1], 8);
    }
}

static void after(void)
{
    pl_arena_done(&arena);
}

static enum pl_status read_pieces(struct pl_elf_needs *ret, struct pl_elf_image *image)
{
    struct pl_elf elf;
    pl_elf_read(&elf, image->piece[0].bytes, image->size);
    return pl_elf_read_needs(ret, &elf, image, &arena, &err);
}

static void read_file(struct pl_elf_needs *ret, size_t len, uint64_t size)
{
    struct pl_elf_image image = {{{0, pl_slice_make((const char *)file, len)}}, 1, size};
    ck_assert_int_eq(read_pieces(ret, &image), PL_OK);
}

START_TEST(needs_of_a_library)
{
    struct pl_elf_needs needs;
    read_file(&needs, SIZE, SIZE);
    ck_assert_ptr_null(needs.broken);
    ck_assert(needs.dynamic && !needs.cut);
    ck_assert_uint_eq(needs.n_needed, 2);
    ck_assert(pl_slice_is(needs.needed[0], "libc.so.6"));
    ck_assert(pl_slice_is(needs.needed[1], "libm.so.6"));
    ck_assert(pl_slice_is(needs.soname, "libx.so.1"));
    ck_assert(pl_slice_is(needs.runpath, "$ORIGIN/../x.libs"));
    ck_assert_uint_eq(needs.rpath.len, 0);
    ck_assert_uint_eq(needs.n_version, 3);
    ck_assert(pl_slice_is(needs.version[0].library, "libc.so.6"));
    ck_assert(pl_slice_is(needs.version[0].name, "GLIBC_2.17") && !needs.version[0].weak);
    ck_assert(pl_slice_is(needs.version[1].name, "GLIBC_2.28") && needs.version[1].weak);
    ck_assert(pl_slice_is(needs.version[2].library, "libm.so.6"));
    ck_assert(pl_slice_is(needs.version[2].name, "GLIBC_2.29"));
    ck_assert(pl_slice_is(needs.py_init, "x"));
    ck_assert_uint_eq(needs.node_abi, 115);
    ck_assert(needs.napi);
}
END_TEST

START_TEST(needs_say_what_is_broken)
{
    static const struct {
        size_t at;
        uint64_t value;
        unsigned n;
    } changes[] = {
        {SECTION + 8, 4000, 8},          /* a name outside of the strings */
        {SECTION + 16 * 4 + 8, 8, 8},    /* strings at an address that nothing loads */
        {SECTION + 16 * 5 + 8, SIZE, 8}, /* strings that are longer than the file */
        {SECTION + 16 * 6 + 8, 8, 8},    /* versions likewise */
        {VERSIONS + 12, 0x7fffffff, 4},  /* a next row outside */
        {VERSIONS + 8, 0x7fffffff, 4},   /* versions of a library outside */
        {VERSIONS + 16 + 12, 0x7fffffff, 4},
        {120 + 8, SIZE + 8, 8}, /* the section itself */
    };
    struct pl_elf_needs needs;
    put(changes[_i].at, changes[_i].value, changes[_i].n);
    read_file(&needs, SIZE, SIZE);
    ck_assert_msg(needs.broken != NULL, "change %d", _i);
}
END_TEST

/* Rows that lead to each other end, and end soon. */
START_TEST(needs_without_end)
{
    struct pl_elf_needs needs;
    put(VERSIONS + 2, 0xffff, 2);
    put(SECTION + 16 * 7 + 8, 1u << 30, 8);
    put(VERSIONS + 16 + 12, 1, 4);
    read_file(&needs, SIZE, SIZE);
    ck_assert_uint_le(needs.n_version, SIZE);
}
END_TEST

START_TEST(needs_of_any_length)
{
    struct pl_elf_needs needs;
    for (size_t len = 176; len < SIZE; len++) {
        unsigned char *bytes = malloc(len);
        ck_assert_ptr_nonnull(bytes);
        memcpy(bytes, file, len);
        struct pl_elf_image image = {{{0, pl_slice_make((const char *)bytes, len)}}, 1, SIZE};
        ck_assert_int_eq(read_pieces(&needs, &image), PL_OK);
        ck_assert_msg(needs.cut || len >= SECTION + 16 * 9, "%zu bytes", len);
        image.size = len;
        ck_assert_int_eq(read_pieces(&needs, &image), PL_OK);
        ck_assert_msg(needs.broken || len >= SECTION + 16 * 9, "%zu bytes", len);
        free(bytes);
    }
}
END_TEST

/* Each byte changed to some others: nothing is read that is not there. */
START_TEST(needs_of_damaged_files)
{
    static const unsigned char values[] = {0, 1, 0x7f, 0xff};
    struct pl_elf_needs needs;
    for (size_t at = 4; at < SIZE; at++) {
        unsigned char old = file[at];
        for (size_t v = 0; v < sizeof values; v++) {
            file[at] = values[v];
            unsigned char *bytes = malloc(SIZE);
            ck_assert_ptr_nonnull(bytes);
            memcpy(bytes, file, SIZE);
            struct pl_elf_image image = {{{0, pl_slice_make((const char *)bytes, SIZE)}}, 1, SIZE};
            struct pl_elf elf;
            pl_elf_read(&elf, image.piece[0].bytes, SIZE);
            if (!elf.broken && !elf.cut) {
                ck_assert_int_eq(pl_elf_read_needs(&needs, &elf, &image, &arena, &err), PL_OK);
            }
            free(bytes);
            pl_arena_done(&arena);
            pl_arena_init(&arena, PL_MB(1));
        }
        file[at] = old;
    }
}
END_TEST

/* Of a large file only the stretches are kept that the reader asks for. */
START_TEST(needs_from_stretches)
{
    struct pl_elf elf;
    struct pl_elf_needs needs;
    struct pl_elf_image image;
    struct pl_slice start = pl_slice_make((const char *)file, 200);
    pl_elf_read(&elf, start, SIZE);
    pl_elf_wanted(&image, &elf, start, SIZE, 0x1f0);
    ck_assert_uint_eq(image.n, 2);
    for (uint32_t i = 0; i < image.n; i++) {
        image.piece[i].bytes.ptr = (const char *)file + image.piece[i].at;
    }
    ck_assert_uint_eq(image.piece[0].bytes.len, 0x1f0);
    image.piece[1].bytes.len = 9 * 16;
    ck_assert_int_eq(pl_elf_read_needs(&needs, &elf, &image, &arena, &err), PL_OK);
    ck_assert_uint_eq(needs.n_version, 3);
    ck_assert_uint_eq(needs.n_needed, 2);
    ck_assert(!needs.cut);
}
END_TEST

/* Each stretch that is missing leads to the next, until all is there. */
START_TEST(needs_say_what_is_missing)
{
    struct pl_elf_needs needs;
    struct pl_elf_image image = {{{0, pl_slice_make((const char *)file, 176)}}, 1, SIZE};
    do {
        ck_assert_int_eq(read_pieces(&needs, &image), PL_OK);
        ck_assert(!needs.cut || (needs.miss_bytes > 0 && needs.miss_at < SIZE &&
                                 needs.miss_bytes <= SIZE - needs.miss_at));
        image.piece[image.n].at = needs.miss_at;
        image.piece[image.n++].bytes =
            pl_slice_make((const char *)file + needs.miss_at, (size_t)needs.miss_bytes);
    } while (needs.cut && image.n < PL_ELF_PIECES);
    ck_assert(!needs.cut && !needs.broken);
    ck_assert_uint_eq(needs.n_version, 3);
    ck_assert_uint_eq(image.n, 5); /* the start, section, names, versions, and none */
}
END_TEST

START_TEST(needs_of_musl)
{
    struct pl_elf elf = {.bits = 64};
    struct pl_elf_needs needs;
    read_file(&needs, SIZE, SIZE);
    ck_assert(!pl_elf_is_musl(&elf, &needs));
    memcpy(file + STRINGS + LIBC, "libc.so\0", 8);
    read_file(&needs, SIZE, SIZE);
    ck_assert(pl_elf_is_musl(&elf, &needs));
    needs.n_needed = 0;
    elf.interpreter = PL_SLICE("/lib/ld-musl-x86_64.so.1");
    ck_assert(pl_elf_is_musl(&elf, &needs));
}
END_TEST

START_TEST(needs_over_the_bound)
{
    struct pl_elf_needs needs = {.n_needed = 77};
    struct pl_elf elf;
    struct pl_elf_image image = {{{0, pl_slice_make((const char *)file, SIZE)}}, 1, SIZE};
    pl_arena_done(&arena);
    pl_arena_init(&arena, 16);
    pl_elf_read(&elf, image.piece[0].bytes, SIZE);
    ck_assert_int_eq(pl_elf_read_needs(&needs, &elf, &image, &arena, &err), PL_ERR_LIMIT);
    ck_assert_uint_eq(needs.n_needed, 77);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("inspect_elf_needs");
    TCase *tests = tcase_create("inspect_elf_needs");
    tcase_add_checked_fixture(tests, before, after);
    tcase_add_test(tests, needs_of_a_library);
    tcase_add_loop_test(tests, needs_say_what_is_broken, 0, 8);
    tcase_add_test(tests, needs_without_end);
    tcase_add_test(tests, needs_of_any_length);
    tcase_add_test(tests, needs_of_damaged_files);
    tcase_add_test(tests, needs_from_stretches);
    tcase_add_test(tests, needs_say_what_is_missing);
    tcase_add_test(tests, needs_of_musl);
    tcase_add_test(tests, needs_over_the_bound);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
