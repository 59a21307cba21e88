#include "oom.h"
#include "pkg/base/map.h"

#include <string.h>

START_TEST(adds_once_and_keeps_the_first_value)
{
    struct pl_err err;
    struct pl_map map;
    bool added = false;
    uint64_t value = 99;
    pl_map_init(&map, 10);
    ck_assert(!pl_map_get(&map, PL_SLICE("a"), &value));
    ck_assert_uint_eq(value, 99);
    ASSERT_OK(pl_map_add(&map, PL_SLICE("a"), 1, &added, &value, &err));
    ck_assert(added);
    ck_assert_uint_eq(value, 99);
    ASSERT_OK(pl_map_add(&map, PL_SLICE("a"), 2, &added, &value, &err));
    ck_assert(!added);
    ck_assert_uint_eq(value, 1);
    ck_assert_uint_eq(map.n, 1);
    ck_assert(pl_map_get(&map, PL_SLICE("a"), &value) && value == 1);
    ck_assert(!pl_map_get(&map, PL_SLICE("A"), &value));
    pl_map_done(&map);
    pl_map_done(&map);
    pl_map_done(NULL);
}
END_TEST

START_TEST(keys_are_bytes)
{
    struct pl_err err;
    struct pl_map map;
    bool added = false;
    uint64_t value = 0;
    pl_map_init(&map, 10);
    ASSERT_OK(pl_map_add(&map, (struct pl_slice){NULL, 0}, 1, &added, &value, &err));
    ASSERT_OK(pl_map_add(&map, PL_SLICE("a\0b"), 2, &added, &value, &err));
    ASSERT_OK(pl_map_add(&map, PL_SLICE("a\0c"), 3, &added, &value, &err));
    ASSERT_OK(pl_map_add(&map, PL_SLICE("\0"), 4, &added, &value, &err));
    ck_assert(pl_map_get(&map, PL_SLICE(""), &value) && value == 1);
    ck_assert(pl_map_get(&map, PL_SLICE("a\0b"), &value) && value == 2);
    ck_assert(pl_map_get(&map, PL_SLICE("a\0c"), &value) && value == 3);
    ck_assert(pl_map_get(&map, PL_SLICE("\0"), &value) && value == 4);
    pl_map_done(&map);
}
END_TEST

START_TEST(maximum_is_exact)
{
    for (size_t max = 0; max < 3; max++) {
        static const char *const key[] = {"a", "b", "c"};
        struct pl_err err;
        struct pl_map map;
        bool added = false;
        uint64_t value = 0;
        pl_map_init(&map, max);
        for (size_t i = 0; i < max; i++) {
            ASSERT_OK(pl_map_add(&map, pl_slice_of(key[i]), i, &added, &value, &err));
        }
        ASSERT_FAILS(pl_map_add(&map, pl_slice_of(key[max]), 0, &added, &value, &err),
                     PL_ERR_LIMIT);
        if (max > 0) { /* a key that is there needs no room */
            ASSERT_OK(pl_map_add(&map, PL_SLICE("a"), 7, &added, &value, &err));
            ck_assert(!added);
        }
        ck_assert_uint_eq(map.n, max);
        pl_map_done(&map);
    }
}
END_TEST

/* Keys of every length around the eight-byte blocks of the hash, none taken for another. */
START_TEST(many_keys_are_all_found)
{
    enum { N = 50000 };
    static char key[N][24];
    struct pl_err err;
    struct pl_map map;
    bool added = false;
    uint64_t value = 0;
    pl_map_init(&map, N);
    for (size_t i = 0; i < N; i++) {
        (void)snprintf(key[i], sizeof(key[i]), "%0*zu", (int)(1 + i % 20), i);
        ASSERT_OK(pl_map_add(&map, pl_slice_of(key[i]), i, &added, &value, &err));
    }
    for (size_t i = 0; i < N; i++) {
        ck_assert(pl_map_get(&map, pl_slice_of(key[i]), &value));
        ck_assert_str_eq(key[value], key[i]);
    }
    ck_assert(!pl_map_get(&map, PL_SLICE("not there"), &value));
    pl_map_done(&map);
}
END_TEST

static enum pl_status fill(struct pl_err *err)
{
    static char key[500][8];
    struct pl_map map PL_CLEANUP(pl_map_done) = {.items = NULL};
    pl_map_init(&map, 500);
    for (size_t i = 0; i < 500; i++) {
        bool added = false;
        uint64_t value = 0;
        (void)snprintf(key[i], sizeof(key[i]), "%u", (unsigned)(i % 1000));
        enum pl_status status = pl_map_add(&map, pl_slice_of(key[i]), i, &added, &value, err);
        if (status != PL_OK) {
            /* Everything from before is still there, the refused key is not, and it can go on. */
            ck_assert_uint_eq(map.n, i);
            ck_assert(!pl_map_get(&map, pl_slice_of(key[i]), &value));
            for (size_t k = 0; k < i; k++) {
                ck_assert(pl_map_get(&map, pl_slice_of(key[k]), &value) && value == k);
            }
            struct pl_err again;
            ck_assert_int_eq(pl_map_add(&map, pl_slice_of(key[i]), i, &added, &value, &again),
                             PL_OK);
            return status;
        }
    }
    return PL_OK;
}

START_TEST(map_survives_every_failed_allocation)
{
    ck_assert_int_gt(oom_exhaust(fill), 500);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        adds_once_and_keeps_the_first_value,
        keys_are_bytes,
        maximum_is_exact,
        many_keys_are_all_found,
        map_survives_every_failed_allocation,
    };
    return run_tests("map", tests, COUNT_OF(tests));
}
