#include "pkg/base/limits.h"
#include "pkg/inspect/ruby.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

struct read {
    struct pl_arena arena;
    struct pl_rb rb;
};

static void read_text(struct read *r, const char *text)
{
    struct pl_err err;
    pl_arena_init(&r->arena, PL_MB(8));
    ck_assert_int_eq(pl_ruby_read(&r->rb, pl_slice_of(text), &r->arena, &err), PL_OK);
}

static const struct pl_rb_name *find(const struct pl_rb *rb, const char *owner, const char *name)
{
    for (uint32_t i = 0; i < rb->n_name; i++) {
        if (rb->name[i].kind != PL_RB_MENTION && pl_slice_is(rb->name[i].owner, owner) &&
            pl_slice_is(rb->name[i].name, name)) {
            return &rb->name[i];
        }
    }
    return NULL;
}

static const struct {
    const char *text, *owner, *name;
    enum pl_rb_kind kind;
    enum pl_sure sure;
    unsigned line;
} NAMES[] = {
    {"def a; end", "", "a", PL_RB_METHOD, PL_SURE_YES, 1},
    {"\n\ndef a(x) = 1", "", "a", PL_RB_METHOD, PL_SURE_YES, 3},
    {"def a=(x)\nend", "", "a=", PL_RB_METHOD, PL_SURE_YES, 1},
    {"def a?; end", "", "a?", PL_RB_METHOD, PL_SURE_YES, 1},
    {"def <=>(o); end", "", "<=>", PL_RB_METHOD, PL_SURE_YES, 1},
    {"def self.a; end", "", "a", PL_RB_SINGLETON, PL_SURE_YES, 1},
    {"module M\n def self.a; end\nend", "M", "a", PL_RB_SINGLETON, PL_SURE_YES, 2},
    {"module M\n class C\n def a; end\nend\nend", "M::C", "a", PL_RB_METHOD, PL_SURE_YES, 3},
    {"class A::B\n def self.a; end\nend", "A::B", "a", PL_RB_SINGLETON, PL_SURE_YES, 2},
    {"class A\n class << self\n def a; end\nend\nend", "A", "a", PL_RB_SINGLETON, PL_SURE_YES, 3},
    {"module M\n module_function\n def a; end\nend", "M", "a", PL_RB_METHOD, PL_SURE_YES, 3},
    {"if x\n def a; end\nend", "", "a", PL_RB_METHOD, PL_SURE_MAYBE, 2},
    {"x do\n def a; end\nend", "", "a", PL_RB_LOOSE, PL_SURE_MAYBE, 2},
    {"x if y\ndef a; end", "", "a", PL_RB_METHOD, PL_SURE_YES, 2},
    {"while x do y end\ndef a; end", "", "a", PL_RB_METHOD, PL_SURE_YES, 2},
    {"A = Struct.new", "", "A", PL_RB_CONSTANT, PL_SURE_YES, 1},
    {"module M\n A = 1\nend", "", "M::A", PL_RB_CONSTANT, PL_SURE_YES, 2},
    {"class ::A < B; end", "", "A", PL_RB_CLASS, PL_SURE_YES, 1},
};

START_TEST(ruby_names)
{
    struct read r;
    read_text(&r, NAMES[_i].text);
    const struct pl_rb_name *name = find(&r.rb, NAMES[_i].owner, NAMES[_i].name);
    ck_assert_ptr_nonnull(name);
    ck_assert_int_eq(name->kind, NAMES[_i].kind);
    ck_assert_int_eq(name->sure, NAMES[_i].sure);
    ck_assert_uint_eq(name->at.line, NAMES[_i].line);
    ck_assert(!r.rb.doubt && !r.rb.syntax.found && !r.rb.dynamic);
    pl_arena_done(&r.arena);
}
END_TEST

/* Text that must not be taken for a definition. */
static const char *const NOTHING[] = {
    "# def a; end",
    "=begin\ndef a; end\n=end\n",
    "X = 'def a; end'",
    "X = \"#{1}def a; end\"",
    "X = %q(def (a); end)",
    "X = <<~E\n  def a; end\nE\n",
    "X = <<-'E'\n  def a; end\n  E\n",
    "__END__\ndef a; end\n",
    "x = /def a; end/",
    "{def: 1, end: 2}",
    "x.def.end.class",
};

START_TEST(ruby_no_names)
{
    struct read r;
    read_text(&r, NOTHING[_i]);
    ck_assert_ptr_null(find(&r.rb, "", "a"));
    ck_assert(!r.rb.doubt && !r.rb.syntax.found);
    pl_arena_done(&r.arena);
}
END_TEST

static const struct {
    const char *text, *what;
    unsigned line;
} ERRORS[] = {
    {"x = 1\ny = 'a", "a string that is never closed", 2},
    {"y = \"#{1}", "a string that is never closed", 1},
    {"x = <<~E\n  a\n", "a heredoc that is never closed", 1},
    {"a\n<<<<<<< HEAD\n", "a mark of a merge conflict", 2},
    {"x = %w[a b\n", "a %-literal that is never closed", 1},
};

START_TEST(ruby_certain_errors)
{
    struct read r;
    read_text(&r, ERRORS[_i].text);
    ck_assert(r.rb.syntax.found);
    ck_assert_str_eq(r.rb.syntax.what, ERRORS[_i].what);
    ck_assert_uint_eq(r.rb.syntax.at.line, ERRORS[_i].line);
    pl_arena_done(&r.arena);
}
END_TEST

/* Where the reader has lost its way it says so, and claims no error. */
START_TEST(ruby_doubt)
{
    static const char *const texts[] = {"def a\n if x\nend\n", "end\n", "x = (1\n", "foo /1\n bar"};
    struct read r;
    read_text(&r, texts[_i]);
    ck_assert(r.rb.doubt);
    ck_assert(!r.rb.syntax.found);
    pl_arena_done(&r.arena);
}
END_TEST

START_TEST(ruby_dynamic)
{
    static const char *const texts[] = {"eval x", "define_method(x) { }", "a.class_eval s",
                                        "class A\ndef self.method_missing(*) = 1\nend",
                                        "const_set(x, 1)"};
    struct read r;
    read_text(&r, texts[_i]);
    ck_assert(r.rb.dynamic);
    pl_arena_done(&r.arena);
}
END_TEST

START_TEST(ruby_requires)
{
    struct read r;
    read_text(&r, "require 'json'\nrequire_relative \"lib/a\"\nrequire('b')\nautoload :X, 'c'\n");
    ck_assert_uint_eq(r.rb.n_require, 4);
    ck_assert(pl_slice_is(r.rb.require[0].path, "json"));
    ck_assert_int_eq(r.rb.require[1].kind, PL_RB_REQUIRE_RELATIVE);
    ck_assert(pl_slice_is(r.rb.require[3].path, "c"));
    ck_assert(!r.rb.dynamic_require);
    pl_arena_done(&r.arena);
    read_text(&r, "Dir['*'].each { |f| require f }\n");
    ck_assert(r.rb.dynamic_require);
    pl_arena_done(&r.arena);
}
END_TEST

START_TEST(ruby_other_encodings)
{
    struct read r;
    struct pl_err err;
    pl_arena_init(&r.arena, PL_MB(1));
    ck_assert_int_eq(pl_ruby_read(&r.rb, pl_slice_make("d\0e\0f\0", 6), &r.arena, &err), PL_OK);
    ck_assert(r.rb.not_text && !r.rb.syntax.found); /* a NUL ends the script */
    ck_assert_int_eq(pl_ruby_read(&r.rb,
                                  PL_SLICE("\xff\xfe"
                                           "d\0"),
                                  &r.arena, &err),
                     PL_OK);
    ck_assert(r.rb.not_text && r.rb.syntax.found);
    pl_arena_done(&r.arena);
    read_text(&r, "\xef\xbb\xbf"
                  "def a; end");
    ck_assert_ptr_nonnull(find(&r.rb, "", "a"));
    pl_arena_done(&r.arena);
}
END_TEST

/* Deep nesting ends in a limit, not in the stack. */
START_TEST(ruby_depth)
{
    struct pl_arena arena;
    struct pl_rb rb;
    struct pl_err err;
    size_t n = 200000;
    char *text = malloc(n);
    ck_assert_ptr_nonnull(text);
    memset(text, '[', n);
    pl_arena_init(&arena, PL_MB(8));
    ck_assert_int_eq(pl_ruby_read(&rb, pl_slice_make(text, n), &arena, &err), PL_ERR_LIMIT);
    for (size_t i = 0; i < n; i++) {
        text[i] = "\"#{"[i % 3];
    }
    ck_assert_int_eq(pl_ruby_read(&rb, pl_slice_make(text, n), &arena, &err), PL_OK);
    ck_assert(rb.doubt);
    pl_arena_done(&arena);
    free(text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("inspect_ruby");
    TCase *tests = tcase_create("inspect_ruby");
    tcase_add_loop_test(tests, ruby_names, 0, (int)(sizeof NAMES / sizeof NAMES[0]));
    tcase_add_loop_test(tests, ruby_no_names, 0, (int)(sizeof NOTHING / sizeof NOTHING[0]));
    tcase_add_loop_test(tests, ruby_certain_errors, 0, (int)(sizeof ERRORS / sizeof ERRORS[0]));
    tcase_add_loop_test(tests, ruby_doubt, 0, 4);
    tcase_add_loop_test(tests, ruby_dynamic, 0, 5);
    tcase_add_test(tests, ruby_requires);
    tcase_add_test(tests, ruby_other_encodings);
    tcase_add_test(tests, ruby_depth);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
