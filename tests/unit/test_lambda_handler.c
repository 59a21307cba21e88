#include "pkg/lambda/handler.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static void same(struct pl_slice got, const char *wanted)
{
    ck_assert_msg(pl_slice_is(got, wanted), "got \"%.*s\", wanted \"%s\"", (int)got.len, got.ptr,
                  wanted);
}

static const struct {
    const char *handler, *module, *function; /* module NULL: malformed */
} pythons[] = {
    {"app.handler", "app", "handler"},
    {"a/b.handler", "a/b", "handler"},
    {"a.b.handler", "a.b", "handler"},
    {"pkg.mod.Class.method", "pkg.mod.Class", "method"},
    {"app.", "app", ""},
    {".handler", "", "handler"},
    {"a.b/c", "a", "b/c"},
    {"./app.handler", "./app", "handler"},
    {".", "", ""},
    {"app", NULL, NULL},
    {"", NULL, NULL},
};

START_TEST(python_splits_at_the_last_dot)
{
    struct pl_python_handler got = {PL_SLICE_INIT("untouched"), PL_SLICE_INIT("untouched")};
    bool ok = pl_handler_python(pl_slice_of(pythons[_i].handler), &got);
    ck_assert(ok == (pythons[_i].module != NULL));
    same(got.module, ok ? pythons[_i].module : "untouched");
    same(got.function, ok ? pythons[_i].function : "untouched");
}
END_TEST

static const struct {
    const char *handler, *root, *module, *function; /* root NULL: bad */
} nodes[] = {
    {"index.handler", "", "index", "handler"},
    {"src/api/app.handler", "src/api/", "app", "handler"},
    {"app.a.b.handler", "", "app", "a.b.handler"},
    {"/var/task/app.handler", "/var/task/", "app", "handler"},
    {"./app.handler", "./", "app", "handler"},
    {"a/b.c/", "a/", "b", "c"},
    {"a/b.c//", "a/", "b", "c"},
    {"app.", "", "app", ""},
    {".handler", "", "", "handler"},
    {"dir.x/app.handler", "dir.x/", "app", "handler"},
    /* The client looks for the basename's first occurrence. */
    {"index.x/index.x", "", "index", "x"},
    {"xa.b/a.b", "x", "a", "b"},
    {"index", NULL, NULL, NULL},
    {"src.x/index", NULL, NULL, NULL},
    {"", NULL, NULL, NULL},
    {"/", NULL, NULL, NULL},
    {"app.a\nb", NULL, NULL, NULL},
    {"app.a\rb", NULL, NULL, NULL},
    {"app.a\xe2\x80\xa8", NULL, NULL, NULL},
    {"app.a\xe2\x80\xa9", NULL, NULL, NULL},
    {"a\nb.c", "", "a\nb", "c"},
};

START_TEST(node_splits_the_basename_at_its_first_dot)
{
    struct pl_node_handler got = {PL_SLICE_INIT("untouched"), PL_SLICE_INIT("untouched"),
                                  PL_SLICE_INIT("untouched")};
    bool good = nodes[_i].root != NULL;
    ck_assert_int_eq(pl_handler_node(pl_slice_of(nodes[_i].handler), &got),
                     good ? PL_NODE_HANDLER_OK : PL_NODE_HANDLER_BAD);
    same(got.root, good ? nodes[_i].root : "untouched");
    same(got.module, good ? nodes[_i].module : "untouched");
    same(got.function, good ? nodes[_i].function : "untouched");
}
END_TEST

START_TEST(node_refuses_two_dots_anywhere)
{
    static const char *const bad[] = {"../app.handler", "a/../b.c", "app..handler", "a.b.."};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct pl_node_handler got = {PL_SLICE_INIT("untouched"), PL_SLICE_INIT(""),
                                      PL_SLICE_INIT("")};
        ck_assert_int_eq(pl_handler_node(pl_slice_of(bad[i]), &got), PL_NODE_HANDLER_DOTS);
        same(got.root, "untouched");
    }
}
END_TEST

START_TEST(accepted_has_no_white_space_and_at_most_128_characters)
{
    char text[2 * 129 + 1];
    memset(text, 'h', sizeof text);
    ck_assert(pl_handler_accepted((struct pl_slice){text, 128}));
    ck_assert(!pl_handler_accepted((struct pl_slice){text, 129}));
    for (size_t i = 0; i < 129; i++) {
        memcpy(text + 2 * i, "\xc3\xa9", 2);
    }
    ck_assert_msg(pl_handler_accepted((struct pl_slice){text, 2 * 128}), "characters, not bytes");
    ck_assert(!pl_handler_accepted((struct pl_slice){text, 2 * 129}));
    ck_assert(!pl_handler_accepted(PL_SLICE("")));
    static const char *const bad[] = {"a b", " a", "a\t", "a\nb", "a\vb", "a\fb", "a\rb"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        ck_assert_msg(!pl_handler_accepted(pl_slice_of(bad[i])), "number %zu", i);
    }
    ck_assert(pl_handler_accepted(PL_SLICE("Assembly::Type::Method")));
    ck_assert(pl_handler_accepted(PL_SLICE("x")));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("lambda_handler");
    TCase *tcase = tcase_create("all");
    tcase_add_loop_test(tcase, python_splits_at_the_last_dot, 0,
                        (int)(sizeof pythons / sizeof *pythons));
    tcase_add_loop_test(tcase, node_splits_the_basename_at_its_first_dot, 0,
                        (int)(sizeof nodes / sizeof *nodes));
    tcase_add_test(tcase, node_refuses_two_dots_anywhere);
    tcase_add_test(tcase, accepted_has_no_white_space_and_at_most_128_characters);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
