/* `pyc`: which bytecode goes in, and what is changed in it. */
#include "pkg/build/planned.h"
#include "pkg/build/pyc.h"
#include "tests/unit/packcase.h"
#include "tests/unit/run.h"

#include <string.h>
#include <sys/stat.h>

#define SRC(how) (&(struct case_pack){.source = {{.path = "src"}}, .pyc = (how)})

enum { MAGIC_310 = 3439, MAGIC_311 = 3495, MAGIC_36 = 3379 };

/* A source of four bytes, and a .pyc made from it `age` seconds before its last change. */
static void put_pair(const char *source, const char *pyc, unsigned magic, unsigned flags, int age)
{
    unsigned char bytes[20] = {(unsigned char)magic, (unsigned char)(magic >> 8), '\r', '\n'};
    put(source, "x=1\n");
    struct stat st;
    ck_assert_int_eq(stat(source, &st), 0);
    uint32_t time = (uint32_t)(st.st_mtime - age);
    bytes[4] = (unsigned char)flags;
    for (int i = 0; i < 4; i++) {
        bytes[8 + i] = (unsigned char)(time >> (8 * i));
    }
    bytes[12] = 4;
    memcpy(bytes + 16, "code", 4);
    put_bytes(pyc, bytes, sizeof bytes);
}

static struct pl_plan plan_of(const struct case_pack *pack)
{
    struct pl_plan plan;
    struct pl_err err = {.code = PL_OK};
    ck_assert_msg(case_plan(&plan, pack, &err) == PL_OK, "%s", err.msg);
    return plan;
}

static const struct pl_plan_item *item_of(const struct pl_plan *plan, const char *name)
{
    size_t i = pl_plan_find(plan, pl_slice_of(name), false);
    ck_assert_uint_lt(i, plan->n);
    ck_assert(pl_slice_is(plan->item[i].name, name));
    return &plan->item[i];
}

/* Bytes 4 to 15 are a flag and the hash of "x=1\n"; the rest is as it was. */
static void is_restamped(const struct pl_plan *plan, const char *name, unsigned magic)
{
    struct pl_err err = {.code = PL_OK};
    unsigned char got[21];
    const struct pl_plan_item *item = item_of(plan, name);
    ck_assert_uint_eq(item->id.size, 20);
    ASSERT_OK(pl_planned_read(item, got, 20, &err));
    uint32_t key = magic | 0x0a0d0000u;
    uint64_t hash = pl_pyc_source_hash(key, (const unsigned char *)"x=1\n", 4);
    unsigned char want[20] = {(unsigned char)magic, (unsigned char)(magic >> 8), '\r', '\n', 1};
    for (int i = 0; i < 8; i++) {
        want[8 + i] = (unsigned char)(hash >> (8 * i));
    }
    memcpy(want + 16, "code", 4);
    ck_assert_mem_eq(got, want, 20);
    unsigned char head[9] = {0};
    ASSERT_OK(pl_planned_read(item, head, 8, &err));
    ck_assert_mem_eq(head, want, 8);
}

START_TEST(hashes_are_those_of_importlib)
{
    /* importlib.util.source_hash of CPython 3.11.7 (magic 3495); for 3.10 (magic 3439) an
     * implementation of SipHash-2-4 that agrees with the example of its paper. */
    static const unsigned char text[] = "def handler(event, context):\n    return 'ok'\n";
    ck_assert_uint_eq(pl_pyc_source_hash(0x0a0d0da7, text, 0), UINT64_C(0x737fe8d5d59c8d73));
    ck_assert_uint_eq(pl_pyc_source_hash(0x0a0d0da7, text, 4), UINT64_C(0x14690dd9c6c004dd));
    ck_assert_uint_eq(pl_pyc_source_hash(0x0a0d0da7, text, 8), UINT64_C(0x6275b86eb57a9b78));
    ck_assert_uint_eq(pl_pyc_source_hash(0x0a0d0da7, text, 45), UINT64_C(0xa3a76425e61b9c39));
    ck_assert_uint_eq(pl_pyc_source_hash(0x0a0d0d6f, text, 45), UINT64_C(0x17ed6772ace377a7));
}
END_TEST

START_TEST(restamp_what_is_valid)
{
    put_pair("src/a.py", "src/__pycache__/a.cpython-311.pyc", MAGIC_311, 0, 0);
    put_pair("src/b.py", "src/b.pyc", MAGIC_310, 0, 0);
    put_pair("src/c.py", "src/__pycache__/c.cpython-311.opt-1.pyc", MAGIC_311, 0, 0);
    struct pl_plan plan = plan_of(SRC(PL_PYC_RESTAMP));
    ck_assert_str_eq(case_text(&plan),
                     "__pycache__/a.cpython-311.pyc __pycache__/c.cpython-311.opt-1.pyc a.py b.py "
                     "b.pyc c.py");
    is_restamped(&plan, "__pycache__/a.cpython-311.pyc", MAGIC_311);
    is_restamped(&plan, "__pycache__/c.cpython-311.opt-1.pyc", MAGIC_311);
    is_restamped(&plan, "b.pyc", MAGIC_310);
    ck_assert_uint_eq(plan.pyc.restamped, 3);
    ck_assert_uint_eq(plan.pyc.dropped.files, 0);
    ck_assert_uint_eq(plan.n_warning, 0);
    pl_plan_done(&plan);
}
END_TEST

START_TEST(restamp_leaves_stale_ones_out_and_says_so)
{
    put_pair("src/a.py", "src/__pycache__/a.cpython-311.pyc", MAGIC_311, 0, 1);
    put_pair("src/b.py", "src/__pycache__/b.cpython-311.pyc", MAGIC_311, 0, 0);
    put("src/b.py", "x=12\n"); /* another size */
    put_pair("src/c.py", "src/__pycache__/c.cpython-36.pyc", MAGIC_36, 0, 0);
    put("src/d.py", "");
    put("src/__pycache__/d.cpython-311.pyc", "short");
    struct pl_plan plan = plan_of(SRC(PL_PYC_RESTAMP));
    ck_assert_str_eq(case_text(&plan), "a.py b.py c.py d.py");
    ck_assert_uint_eq(plan.pyc.restamped, 0);
    ck_assert_uint_eq(plan.pyc.dropped.files, 4);
    ck_assert_uint_eq(plan.pyc.dropped.bytes, 65);
    ck_assert_uint_eq(plan.n_warning, 2);
    ck_assert_str_eq(plan.warning[0].ptr,
                     "2 .pyc files were left out, because the source has changed since it was "
                     "compiled: src/__pycache__/a.cpython-311.pyc, ...");
    ck_assert_str_eq(plan.warning[1].ptr,
                     "2 .pyc files were left out, because nothing tells whether it belongs to its "
                     "source: src/__pycache__/c.cpython-36.pyc, ...");
    pl_plan_done(&plan);
}
END_TEST

START_TEST(restamp_keeps_what_needs_no_time)
{
    put_pair("src/a.py", "src/__pycache__/a.cpython-311.pyc", MAGIC_311, 1, 5);
    put_pair("src/b.py", "src/__pycache__/b.cpython-311.pyc", MAGIC_311, 3, 5);
    put("src/sourceless.pyc", "anything");
    put("src/__pycache__/gone.cpython-311.pyc", "never loaded");
    put("src/not.pyc.txt", "text");
    struct pl_plan plan = plan_of(SRC(PL_PYC_RESTAMP));
    ck_assert_str_eq(case_text(&plan),
                     "__pycache__/a.cpython-311.pyc __pycache__/b.cpython-311.pyc a.py b.py "
                     "not.pyc.txt sourceless.pyc");
    ck_assert_ptr_null(item_of(&plan, "__pycache__/a.cpython-311.pyc")->content);
    ck_assert_uint_eq(plan.n_warning, 0);
    ck_assert_uint_eq(plan.pyc.dropped.files, 1);
    pl_plan_done(&plan);
}
END_TEST

START_TEST(drop_what_has_a_source)
{
    put_pair("src/a.py", "src/__pycache__/a.cpython-311.pyc", MAGIC_311, 1, 0);
    put_pair("src/b.py", "src/b.pyc", MAGIC_311, 0, 7);
    put("src/sourceless.pyc", "anything");
    put("src/__pycache__/gone.cpython-311.pyc", "never loaded");
    put_folder("src/e/__pycache__");
    struct pl_plan plan = plan_of(SRC(PL_PYC_DROP));
    ck_assert_str_eq(case_text(&plan), "a.py b.py sourceless.pyc");
    ck_assert_uint_eq(plan.pyc.dropped.files, 3);
    ck_assert_uint_eq(plan.n_warning, 0);
    pl_plan_done(&plan);
    case_is(SRC(PL_PYC_KEEP), "__pycache__/a.cpython-311.pyc __pycache__/gone.cpython-311.pyc "
                              "a.py b.py b.pyc e/__pycache__/:755 sourceless.pyc");
}
END_TEST

START_TEST(a_source_that_changes_later_is_noticed)
{
    struct pl_err err = {.code = PL_OK};
    unsigned char got[21];
    put_pair("src/a.py", "src/__pycache__/a.cpython-311.pyc", MAGIC_311, 0, 0);
    struct pl_plan plan = plan_of(SRC(PL_PYC_RESTAMP));
    put("src/a.py", "y = 22\n");
    ASSERT_FAILS(pl_planned_read(item_of(&plan, "__pycache__/a.cpython-311.pyc"), got, 20, &err),
                 PL_ERR_CHANGED);
    pl_plan_done(&plan);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        hashes_are_those_of_importlib,
        restamp_what_is_valid,
        restamp_leaves_stale_ones_out_and_says_so,
        restamp_keeps_what_needs_no_time,
        drop_what_has_a_source,
        a_source_that_changes_later_is_noticed,
    };
    return run_tests_in("pyc", tests, COUNT_OF(tests), scratch_enter, scratch_leave);
}
