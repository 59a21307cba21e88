#include "oom.h"
#include "pkg/base/limits.h"
#include "pkg/inspect/js.h"

#include <string.h>

static struct pl_arena arena;
static struct pl_err err;

static void before(void)
{
    pl_arena_init(&arena, PL_MB(4));
}

static void after(void)
{
    pl_arena_done(&arena);
}

static struct pl_package_json read_text(const char *text)
{
    struct pl_package_json json;
    memset(&json, 0xa5, sizeof json);
    ASSERT_OK(pl_package_json_read(&json, pl_slice_of(text), &arena, &err));
    return json;
}

START_TEST(the_three_fields_are_read)
{
    struct pl_package_json json =
        read_text("{\"name\": \"a\", \"type\": \"module\", \"main\": \"./x.js\", \"other\": [1]}");
    ck_assert(json.parsed);
    ck_assert(pl_slice_is(json.type, "module"));
    ck_assert(pl_slice_is(json.name, "a"));
    ck_assert(pl_slice_is(json.main, "./x.js"));
}
END_TEST

START_TEST(fields_of_another_kind_are_empty)
{
    struct pl_package_json json =
        read_text("{\"name\": null, \"main\": {\"type\": 2}, \"exports\": {}}");
    ck_assert(json.parsed);
    ck_assert(json.exports);
    ck_assert_uint_eq(json.type.len + json.name.len + json.main.len, 0);
}
END_TEST

START_TEST(what_is_no_object_is_not_parsed)
{
    static const char *const text[] = {"",
                                       "[]",
                                       "{",
                                       "{\"type\": \"module\"",
                                       "type: module",
                                       "1",
                                       "{\"type\": 1}",
                                       "{'type': 'module'}",
                                       "{\"type\": \"module\",}"};
    for (size_t i = 0; i < COUNT_OF(text); i++) {
        struct pl_package_json json = read_text(text[i]);
        ck_assert_msg(!json.parsed && json.type.len == 0, "%s", text[i]);
    }
}
END_TEST

static bool kept = true; /* what a failed call leaves alone */

static enum pl_status read_small(struct pl_err *failed)
{
    struct pl_arena small;
    pl_arena_init(&small, PL_MB(1));
    struct pl_package_json json = {.type = PL_SLICE_INIT("old")};
    enum pl_status status = pl_package_json_read(
        &json, PL_SLICE("{\"name\": \"a\", \"type\": \"module\"}"), &small, failed);
    kept = kept && pl_slice_is(json.type, status == PL_OK ? "module" : "old");
    pl_arena_done(&small);
    return status;
}

START_TEST(memory_that_runs_out_is_said)
{
    ck_assert_int_gt(oom_exhaust(read_small), 2);
    ck_assert(kept);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        the_three_fields_are_read,
        fields_of_another_kind_are_empty,
        what_is_no_object_is_not_parsed,
        memory_that_runs_out_is_said,
    };
    return run_tests_in("inspect_package_json", tests, COUNT_OF(tests), before, after);
}
