/* Input that is broken on purpose: each loader gives a finding or a reason, and never a wrong
 * "loads".  What Python 3.11, Node.js 20 and Ruby 3.1 do with the same bytes is beside each row. */
#include "fakeclass.h"
#include "faketree.h"
#include "pkg/base/file.h"
#include "pkg/base/limits.h"
#include "pkg/survey/load.h"
#include "run.h"

#include <string.h>

enum { LONG_LINE = 10 * 1024 * 1024, LONG_HANDLER = 10000 };

#define PY "def handler(event, context):\n    return 1\n"
#define JS "exports.handler = async () => 1;\n"
#define RB "def handler(event:, context:) = 1\n"

static char *make(size_t n)
{
    char *bytes = malloc(n);
    ck_assert_ptr_nonnull(bytes);
    return bytes;
}

struct judged {
    enum pl_outcome outcome;
    enum pl_why why;
    uint32_t line;
};

/* What the loader says when file[0] has these bytes.  Where it fails, Lambda says something. */
static struct judged judge_files(const char *runtime, const char *handler,
                                 const struct fake_file file[FAKE_FILES], struct pl_slice content)
{
    struct fake fake;
    struct pl_err err;
    fake_init(&fake, &(struct fake_setting){.runtime = runtime, .handler = handler}, file);
    fake_content(&fake, file[0].path, content);
    ASSERT_OK(pl_load_function(&fake.fn, &fake.arena, &err));
    const struct pl_load *load = &fake.fn.load;
    struct judged judged = {load->outcome, load->why, load->spot.line};
    ck_assert_int_eq(judged.outcome == PL_FAILS, load->lambda_says.len > 0);
    ck_assert_int_eq(judged.outcome == PL_LOADS, judged.why == PL_WHY_NONE);
    fake_done(&fake);
    return judged;
}

static struct judged judge(const char *runtime, const char *handler, const char *path,
                           struct pl_slice content)
{
    const struct fake_file file[FAKE_FILES] = {{path, "", 0755}};
    return judge_files(runtime, handler, file, content);
}

static void expect(struct judged got, enum pl_outcome outcome, enum pl_why why, const char *what)
{
    ck_assert_msg(got.outcome == outcome && got.why == why, "%s: outcome %u why %u", what,
                  got.outcome, got.why);
}

/* NULs and UTF-16: bytes that no editor shows. */
static const struct {
    const char *runtime, *path;
    struct pl_slice content;
    enum pl_outcome outcome;
    enum pl_why why;
    uint32_t line;
} BYTES[] = {
    /* "source code string cannot contain null bytes", wherever it is */
    {"python3.13", "app.py", PL_SLICE_INIT(PY "# \0\n"), PL_FAILS, PL_WHY_SYNTAX, 3},
    {"python3.9", "app.py", PL_SLICE_INIT("\0" PY), PL_FAILS, PL_WHY_SYNTAX, 1},
    {"python3.13", "app.py", PL_SLICE_INIT("x = '\0'\n" PY), PL_FAILS, PL_WHY_SYNTAX, 1},
    {"python3.13", "app.py",
     PL_SLICE_INIT("\xff\xfeh\0=\0 \0"
                   "1\0"),
     PL_FAILS, PL_WHY_SYNTAX, 1},
    {"python3.13", "app.py",
     PL_SLICE_INIT("\xfe\xff\0h\0=\0 \0"
                   "1"),
     PL_FAILS, PL_WHY_SYNTAX, 1},
    {"python3.13", "app.py",
     PL_SLICE_INIT("h\0=\0 \0"
                   "1\0"),
     PL_FAILS, PL_WHY_SYNTAX, 1},
    {"python3.13", "app.py", PL_SLICE_INIT("# coding: utf-16\n\xff\xfeh\0"), PL_FAILS,
     PL_WHY_SYNTAX, 2},
    {"python3.13", "app.py", PL_SLICE_INIT("\xff\xfe\x11\x12"), PL_FAILS, PL_WHY_SYNTAX, 1},
    {"python3.13", "app.py", PL_SLICE_INIT("\xef\xbb\xbf" PY), PL_LOADS, PL_WHY_NONE, 1},
    {"python3.13", "app.py", PL_SLICE_INIT("# coding: shift_jis\nhandler = 1\n"), PL_CANNOT_TELL,
     PL_WHY_NOT_TEXT, 0},
    /* "SyntaxError: Invalid or unexpected token"; a string or a pattern may hold NULs */
    {"nodejs22.x", "app.js",
     PL_SLICE_INIT("\xff\xfe"
                   "e\0x\0"),
     PL_FAILS, PL_WHY_SYNTAX, 1},
    {"nodejs22.x", "app.js", PL_SLICE_INIT("\xfe\xff\0e\0x"), PL_FAILS, PL_WHY_SYNTAX, 1},
    {"nodejs22.x", "app.js", PL_SLICE_INIT("e\0x\0"), PL_FAILS, PL_WHY_SYNTAX, 1},
    {"nodejs22.x", "app.mjs", PL_SLICE_INIT("e\0x\0"), PL_FAILS, PL_WHY_SYNTAX, 1},
    {"nodejs22.x", "app.js", PL_SLICE_INIT("\0" JS), PL_FAILS, PL_WHY_SYNTAX, 1},
    {"nodejs22.x", "app.js", PL_SLICE_INIT("\"\0\";" JS), PL_CANNOT_TELL, PL_WHY_NOT_TEXT, 0},
    {"nodejs22.x", "app.js", PL_SLICE_INIT("/\0/;" JS), PL_CANNOT_TELL, PL_WHY_NOT_TEXT, 0},
    {"nodejs22.x", "app.js", PL_SLICE_INIT(JS "//\0"), PL_CANNOT_TELL, PL_WHY_NOT_TEXT, 0},
    {"nodejs22.x", "app.js", PL_SLICE_INIT("\xef\xbb\xbf" JS), PL_LOADS, PL_WHY_NONE, 1},
    /* "invalid multibyte char (UTF-8)"; a NUL ends a script as __END__ does */
    {"ruby3.3", "app.rb",
     PL_SLICE_INIT("\xff\xfe"
                   "d\0e\0f\0"),
     PL_FAILS, PL_WHY_SYNTAX, 1},
    {"ruby3.3", "app.rb", PL_SLICE_INIT("\xfe\xff\0d\0e\0f"), PL_FAILS, PL_WHY_SYNTAX, 1},
    {"ruby3.3", "app.rb", PL_SLICE_INIT("d\0e\0f\0"), PL_CANNOT_TELL, PL_WHY_NOT_TEXT, 0},
    {"ruby3.3", "app.rb", PL_SLICE_INIT(RB "\0((("), PL_CANNOT_TELL, PL_WHY_NOT_TEXT, 0},
    {"ruby3.3", "app.rb", PL_SLICE_INIT("\0" RB), PL_CANNOT_TELL, PL_WHY_NOT_TEXT, 0},
    /* Scripts and programs of custom runtimes. */
    {"provided.al2023", "bootstrap", PL_SLICE_INIT("\xff\xfe#\0!\0"), PL_FAILS, PL_WHY_EXEC_FORMAT,
     0},
    {"provided.al2023", "bootstrap", PL_SLICE_INIT("\0\0\0\0"), PL_FAILS, PL_WHY_EXEC_FORMAT, 0},
    {"provided.al2023", "bootstrap", PL_SLICE_INIT(""), PL_FAILS, PL_WHY_EXEC_FORMAT, 0},
};

START_TEST(hostile_bytes)
{
    const char *path = BYTES[_i].path;
    char what[64];
    snprintf(what, sizeof what, "row %d, %s", _i, path);
    struct judged got = judge(BYTES[_i].runtime, "app.handler", path, BYTES[_i].content);
    expect(got, BYTES[_i].outcome, BYTES[_i].why, what);
    if (got.why == PL_WHY_SYNTAX) {
        ck_assert_msg(got.line == BYTES[_i].line, "%s: line %u", what, got.line);
    }
}
END_TEST

/* One line of 10 MB, `unit` over and over, with `last` at its end. */
static struct judged judge_line(const char *runtime, const char *path, const char *unit,
                                const char *last)
{
    size_t len = strlen(unit);
    size_t end = strlen(last);
    size_t fill = (LONG_LINE - end) / len * len;
    char *text = make(LONG_LINE);
    for (size_t i = 0; i < fill; i++) {
        text[i] = unit[i % len];
    }
    memcpy(text + fill, last, end);
    struct judged got = judge(runtime, "app.handler", path, pl_slice_make(text, fill + end));
    free(text);
    return got;
}

static const struct {
    const char *runtime, *path, *unit, *last;
    enum pl_outcome outcome;
    enum pl_why why;
} LINES[] = {
    {"python3.13", "app.py", "x = 'abc'; ", "handler = print", PL_LOADS, PL_WHY_NONE},
    {"python3.13", "app.py", "x = 'abc'; ", "handel = print", PL_FAILS, PL_WHY_FUNCTION_MISSING},
    {"python3.13", "app.py", "[", "", PL_FAILS, PL_WHY_SYNTAX},
    {"nodejs22.x", "app.js", "x = 'abc'; ", "exports.handler = () => 1", PL_LOADS, PL_WHY_NONE},
    {"nodejs22.x", "app.js", "x = 'abc'; ", "exports.handel = 1", PL_FAILS,
     PL_WHY_FUNCTION_MISSING},
    {"nodejs22.x", "app.js", "[", "", PL_CANNOT_TELL, PL_WHY_DYNAMIC},
    {"ruby3.3", "app.rb", "x = 'abc'; ", "def handler(event:, context:) = 1", PL_LOADS,
     PL_WHY_NONE},
    {"ruby3.3", "app.rb", "x = 'abc'; ", "def handel(event:, context:) = 1", PL_FAILS,
     PL_WHY_FUNCTION_MISSING},
    {"ruby3.3", "app.rb", "[", "", PL_CANNOT_TELL, PL_WHY_TOO_BIG},
    {"provided.al2023", "bootstrap", "#!/bin/sh/", "", PL_FAILS, PL_WHY_EXEC_FORMAT},
};

START_TEST(hostile_lines)
{
    struct judged got =
        judge_line(LINES[_i].runtime, LINES[_i].path, LINES[_i].unit, LINES[_i].last);
    char what[64];
    snprintf(what, sizeof what, "row %d, %s", _i, LINES[_i].path);
    expect(got, LINES[_i].outcome, LINES[_i].why, what);
}
END_TEST

/* Handlers of 10,000 characters: one name, many parts, and bytes that must not reach a terminal. */
START_TEST(hostile_handlers)
{
    static const struct {
        const char *runtime, *path, *content;
    } language[] = {
        {"python3.13", "app.py", PY},        {"nodejs22.x", "app.js", JS},
        {"java21", "app.class", "\xca\xfe"}, {"dotnet8", "app.dll", "MZ"},
        {"ruby3.3", "app.rb", RB},           {"go1.x", "app", "\177ELF"},
    };
    static const char *const unit[] = {"a", "a.", ".", "a/", "../", "::", "a::", "\x1b", "\xff."};
    char *handler = make(LONG_HANDLER + 1);
    for (size_t i = 0; i < COUNT_OF(language); i++) {
        for (size_t k = 0; k < COUNT_OF(unit); k++) {
            for (size_t n = 0; n < LONG_HANDLER; n++) {
                handler[n] = unit[k][n % strlen(unit[k])];
            }
            handler[LONG_HANDLER] = '\0';
            struct judged got = judge(language[i].runtime, handler, language[i].path,
                                      pl_slice_of(language[i].content));
            ck_assert_msg(got.outcome == PL_FAILS || got.outcome == PL_CANNOT_TELL,
                          "%s %s: outcome %u", language[i].runtime, unit[k], got.outcome);
        }
    }
    free(handler);
}
END_TEST

/* What is cut short anywhere never loads. */
static void cut_everywhere(const char *runtime, const char *handler,
                           const struct fake_file file[FAKE_FILES], struct pl_slice whole)
{
    expect(judge_files(runtime, handler, file, whole), PL_LOADS, PL_WHY_NONE, file[0].path);
    for (size_t n = 0; n < whole.len; n++) {
        char *cut = make(n + (n == 0)); /* so that a read behind the end is seen */
        memcpy(cut, whole.ptr, n);
        struct judged got = judge_files(runtime, handler, file, pl_slice_make(cut, n));
        ck_assert_msg(got.outcome == PL_FAILS || got.outcome == PL_CANNOT_TELL,
                      "%s cut at %zu: outcome %u why %u", file[0].path, n, got.outcome, got.why);
        free(cut);
    }
}

START_TEST(hostile_cut_class)
{
    static const struct fake_file file[FAKE_FILES] = {{"App.class", "", 0}};
    struct pl_buf bytes;
    pl_buf_init(&bytes, FAKE_CLASS_BYTES);
    fake_class(&bytes, "App major=61 1:<init>()V 1:run(Ljava/lang/String;)Ljava/lang/String;");
    cut_everywhere("java21", "App::run", file, pl_buf_view(&bytes));
    pl_buf_done(&bytes);
}
END_TEST

START_TEST(hostile_cut_assembly)
{
    static const struct fake_file file[FAKE_FILES] = {
        {"App.dll", "", 0},
        {"App.deps.json", "{\"runtimeTarget\": {\"name\": \".NETCoreApp,Version=v8.0\"}}", 0},
        {"App.runtimeconfig.json",
         "{\"runtimeOptions\": {\"framework\": {\"name\": \"Microsoft.NETCore.App\", \"version\": "
         "\"8.0.0\"}}}",
         0}};
    struct pl_buf bytes;
    struct pl_err err;
    pl_buf_init(&bytes, PL_KB(64));
    ASSERT_OK(pl_file_read(PL_ASSEMBLIES "/App.dll", &bytes, &err));
    cut_everywhere("dotnet8", "App::App.Function::FunctionHandler", file, pl_buf_view(&bytes));
    pl_buf_done(&bytes);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("load_hostile");
    TCase *tests = tcase_create("load_hostile");
    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, hostile_bytes, 0, (int)COUNT_OF(BYTES));
    tcase_add_loop_test(tests, hostile_lines, 0, (int)COUNT_OF(LINES));
    tcase_add_test(tests, hostile_handlers);
    tcase_add_test(tests, hostile_cut_class);
    tcase_add_test(tests, hostile_cut_assembly);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
