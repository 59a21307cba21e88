#include "faketree.h"
#include "pkg/survey/load.h"

#include <check.h>
#include <stdlib.h>

#define DEF "def handler(event, context):\n    return 1\n"
#define NO  PL_WHY_NONE

struct row {
    const char *handler;
    struct fake_file file[FAKE_FILES];
    enum pl_outcome outcome;
    enum pl_why why;
    const char *suggest; /* NULL: none */
    const char *says;    /* NULL: not looked at */
    const char *at;      /* NULL: not looked at */
    const char *elsewhere;
    const char *runtime; /* NULL: python3.13 */
    const char *env;
    bool opaque;
    uint8_t arch;
};

static const struct row ROWS[] = {
    /* Found. */
    {"app.handler", {{"app.py", DEF, 0}}, PL_LOADS, NO, .at = "app.py"},
    {"src/app.handler", {{"src/app.py", DEF, 0}}, PL_LOADS, NO, .at = "src/app.py"},
    {"src.app.handler", {{"src/app.py", DEF, 0}}, PL_LOADS, NO, .at = "src/app.py"},
    {"a/b/c/d.handler", {{"a/b/c/d.py", DEF, 0}}, PL_LOADS, NO, .suggest = NULL},
    {"my-app.handler", {{"my-app.py", DEF, 0}}, PL_LOADS, NO, .suggest = NULL},
    {"src/my-app.handler", {{"src/my-app.py", DEF, 0}}, PL_LOADS, NO, .suggest = NULL},
    {"pkg.handler", {{"pkg/__init__.py", DEF, 0}}, PL_LOADS, NO, .at = "pkg/__init__.py"},
    {"pkg.app.handler",
     {{"pkg/__init__.py", "", 0}, {"pkg/app.py", DEF, 0}},
     PL_LOADS,
     NO,
     .suggest = NULL},
    {"app.handler",
     {{"app.py", "async def handler(e, c):\n    pass\n", 0}},
     PL_LOADS,
     NO,
     .suggest = NULL},
    {"app.handler", {{"app.py", "handler = lambda e, c: 1\n", 0}}, PL_LOADS, NO, .suggest = NULL},
    {"app.handler", {{"app.py", "from x import handler\n", 0}}, PL_LOADS, NO, .suggest = NULL},
    {"app.handler", {{"app.py", "class handler:\n    pass\n", 0}}, PL_LOADS, NO, .suggest = NULL},
    {"app.handler", {{"app.py", DEF, FAKE_NO_MODE}}, PL_LOADS, NO, .suggest = NULL},
    {"app.handler", {{"app.py", DEF, 0444}}, PL_LOADS, NO, .suggest = NULL},
    {"app.handler", {{"/opt/python/app.py", DEF, 0}}, PL_LOADS, NO, .at = "python/app.py"},
    {"app.handler",
     {{"/opt/python/lib/python3.13/site-packages/app.py", DEF, 0}},
     PL_LOADS,
     NO,
     .suggest = NULL},
    {"app.handler",
     {{"/opt/python/lib/python3.12/site-packages/app.py", DEF, 0}},
     PL_FAILS,
     PL_WHY_MODULE_MISSING,
     .suggest = NULL},
    /* Code goes before layers, the layer's versioned folder before its plain one. */
    {"app.handler",
     {{"app.py", DEF, 0}, {"/opt/python/app.py", "x = 1\n", 0}},
     PL_LOADS,
     NO,
     .at = "app.py"},
    {"app.handler",
     {{"app.py", "x = 1\n", 0}, {"/opt/python/app.py", DEF, 0}},
     PL_FAILS,
     PL_WHY_FUNCTION_MISSING,
     .suggest = NULL},
    {"app.handler",
     {{"/opt/python/app.py", "x = 1\n", 0},
      {"/opt/python/lib/python3.13/site-packages/app.py", DEF, 0}},
     PL_LOADS,
     NO,
     .suggest = NULL},
    /* Precedence within a folder: package, extension, .py, .pyc, namespace. */
    {"app.handler",
     {{"app.py", "x = 1\n", 0}, {"app/__init__.py", DEF, 0}},
     PL_LOADS,
     NO,
     .at = "app/__init__.py"},
    {"app.handler",
     {{"app.py", DEF, 0}, {"app.so", "\177ELF", 0}},
     PL_CANNOT_TELL,
     PL_WHY_BINARY_MODULE,
     .at = "app.so"},
    {"app.handler", {{"app.py", DEF, 0}, {"app.pyc", "x", 0}}, PL_LOADS, NO, .at = "app.py"},
    {"app.handler", {{"app.py", DEF, 0}, {"app/x.txt", "x", 0}}, PL_LOADS, NO, .at = "app.py"},
    {"app.handler", {{"app.pyc", "x", 0}}, PL_CANNOT_TELL, PL_WHY_BINARY_MODULE, .suggest = NULL},
    {"app.handler",
     {{"__pycache__/app.cpython-313.pyc", "x", 0}},
     PL_FAILS,
     PL_WHY_MODULE_MISSING,
     .suggest = NULL},
    {"app.handler",
     {{"app.cpython-313-x86_64-linux-gnu.so", "x", 0}},
     PL_CANNOT_TELL,
     PL_WHY_BINARY_MODULE,
     .arch = PL_ARCH_X86_64},
    {"app.handler",
     {{"app.cpython-313-x86_64-linux-gnu.so", "x", 0}},
     PL_CANNOT_TELL,
     PL_WHY_BINARY_MODULE,
     .suggest = NULL},
    {"app.handler",
     {{"app.cpython-313-x86_64-linux-gnu.so", "x", 0}},
     PL_FAILS,
     PL_WHY_MODULE_MISSING,
     .arch = PL_ARCH_ARM64},
    {"app.handler",
     {{"app.cpython-312-x86_64-linux-gnu.so", "x", 0}},
     PL_FAILS,
     PL_WHY_MODULE_MISSING,
     .suggest = NULL},
    {"app.handler",
     {{"app.cpython-37m-x86_64-linux-gnu.so", "x", 0}},
     PL_CANNOT_TELL,
     PL_WHY_BINARY_MODULE,
     .runtime = "python3.7"},
    {"app.handler",
     {{"app.abi3.so", "x", 0}},
     PL_CANNOT_TELL,
     PL_WHY_BINARY_MODULE,
     .suggest = NULL},
    {"app.handler", {{"app.pyd", "x", 0}}, PL_FAILS, PL_WHY_MODULE_MISSING, .suggest = NULL},
    {"pkg.app.handler",
     {{"pkg/__init__.so", "x", 0}, {"pkg/app.py", DEF, 0}},
     PL_LOADS,
     NO,
     .suggest = NULL},
    {"pkg.app.handler",
     {{"pkg/__init__.so", "x", 0}},
     PL_CANNOT_TELL,
     PL_WHY_BINARY_MODULE,
     .suggest = NULL},
    /* A namespace spreads over code and layers; a package does not. */
    {"ns.app.handler",
     {{"ns/other.py", "", 0}, {"/opt/python/ns/app.py", DEF, 0}},
     PL_LOADS,
     NO,
     .suggest = NULL},
    {"ns.app.handler",
     {{"ns/__init__.py", "", 0}, {"/opt/python/ns/app.py", DEF, 0}},
     PL_FAILS,
     PL_WHY_MODULE_MISSING,
     .suggest = NULL},
    {"ns.app.handler",
     {{"ns/app.py", DEF, 0}, {"/opt/python/ns/__init__.py", "", 0}},
     PL_FAILS,
     PL_WHY_MODULE_MISSING,
     .suggest = NULL},
    /* Malformed and refused before anything is searched. */
    {"app",
     {{"app.py", DEF, 0}},
     PL_FAILS,
     PL_WHY_MALFORMED,
     .says = "Runtime.MalformedHandlerName: Bad handler 'app': not enough values to unpack "
             "(expected 2, got 1)"},
    {"", {{"app.py", DEF, 0}}, PL_FAILS, PL_WHY_MALFORMED, .suggest = NULL},
    {".handler", {{"app.py", DEF, 0}}, PL_FAILS, PL_WHY_MALFORMED, .suggest = NULL},
    {"/app.handler",
     {{"app.py", DEF, 0}},
     PL_FAILS,
     PL_WHY_RELATIVE,
     .says = "TypeError: the 'package' argument is required to perform a relative import for "
             "'.app'"},
    {"./app.handler", {{"app.py", DEF, 0}}, PL_FAILS, PL_WHY_RELATIVE, .suggest = NULL},
    {"../app.handler", {{"app.py", DEF, 0}}, PL_FAILS, PL_WHY_RELATIVE, .suggest = NULL},
    {"time.handler",
     {{"time.py", DEF, 0}},
     PL_FAILS,
     PL_WHY_BUILTIN,
     .says = "Runtime.BuiltInModuleConflict: Cannot use built-in module time as a handler module"},
    {"sys.x.handler", {{"sys/x.py", DEF, 0}}, PL_FAILS, PL_WHY_BUILTIN, .suggest = NULL},
    /* Missing. */
    {"app.handler",
     {{"README", "x", 0}},
     PL_FAILS,
     PL_WHY_MODULE_MISSING,
     .says = "Runtime.ImportModuleError: Unable to import module 'app': No module named 'app'",
     .elsewhere = ""},
    {"a/b.handler",
     {{"a/c.py", "", 0}},
     PL_FAILS,
     PL_WHY_MODULE_MISSING,
     .says = "Runtime.ImportModuleError: Unable to import module 'a/b': No module named 'a.b'"},
    {"a.b.handler",
     {{"a.py", "", 0}},
     PL_FAILS,
     PL_WHY_MODULE_MISSING,
     .says = "Runtime.ImportModuleError: Unable to import module 'a.b': No module named 'a.b'; 'a' "
             "is not a package"},
    {"a.b.c.handler",
     {{"x", "", 0}},
     PL_FAILS,
     PL_WHY_MODULE_MISSING,
     .says = "Runtime.ImportModuleError: Unable to import module 'a.b.c': No module named 'a'"},
    {"a..b.handler",
     {{"a/b.py", DEF, 0}},
     PL_FAILS,
     PL_WHY_MODULE_MISSING,
     .suggest = "a/b.handler"},
    {"App.handler",
     {{"app.py", DEF, 0}},
     PL_FAILS,
     PL_WHY_MODULE_MISSING,
     .suggest = "app.handler",
     .elsewhere = "app.py"},
    {"app.handler",
     {{"src/app.py", DEF, 0}},
     PL_FAILS,
     PL_WHY_MODULE_MISSING,
     .suggest = "src/app.handler",
     .elsewhere = "src/app.py"},
    {"app.main",
     {{"src/app.py", DEF, 0}},
     PL_FAILS,
     PL_WHY_MODULE_MISSING,
     .suggest = "src/app.handler",
     .elsewhere = "src/app.py"},
    {"app.handler",
     {{"app/app.py", DEF, 0}},
     PL_FAILS,
     PL_WHY_FUNCTION_MISSING,
     .suggest = "app/app.handler"},
    {"lambda_function.lambda_handler",
     {{"thumb/lambda_function.py", "def lambda_handler(e, c):\n    pass\n", 0}},
     PL_FAILS,
     PL_WHY_MODULE_MISSING,
     .suggest = "thumb/lambda_function.lambda_handler"},
    {"src/app.handler",
     {{"app.py", DEF, 0}},
     PL_FAILS,
     PL_WHY_MODULE_MISSING,
     .suggest = "app.handler"},
    {"src.app.handler",
     {{"lib/app.py", DEF, 0}, {"app.py", DEF, 0}},
     PL_FAILS,
     PL_WHY_MODULE_MISSING,
     .suggest = "app.handler"},
    {"app.handler",
     {{"b/app.py", DEF, 0}, {"a/app.py", DEF, 0}, {"a/b/app.py", DEF, 0}},
     PL_FAILS,
     PL_WHY_MODULE_MISSING,
     .suggest = "a/app.handler"},
    /* The one that has the function is the one that was meant. */
    {"app.handler",
     {{"a/app.py", "x = 1\n", 0}, {"b/c/app.py", DEF, 0}},
     PL_FAILS,
     PL_WHY_MODULE_MISSING,
     .suggest = "b/c/app.handler"},
    {"app.handler",
     {{"flask/app.py", "x = 1\n", 0}},
     PL_FAILS,
     PL_WHY_MODULE_MISSING,
     .elsewhere = ""},
    {"app.handler",
     {{"my.dir/app.py", DEF, 0}},
     PL_FAILS,
     PL_WHY_MODULE_MISSING,
     .elsewhere = "my.dir/app.py"},
    {"app.handler",
     {{"src\\app.py", DEF, 0}},
     PL_FAILS,
     PL_WHY_MODULE_MISSING,
     .elsewhere = "src\\app.py"},
    {"app.handler",
     {{"svc/app/__init__.py", DEF, 0}},
     PL_FAILS,
     PL_WHY_MODULE_MISSING,
     .suggest = "svc/app.handler"},
    {"app.py.handler",
     {{"app.py", DEF, 0}},
     PL_FAILS,
     PL_WHY_MODULE_MISSING,
     .suggest = "app.handler"},
    {"index.handler",
     {{"main.py", DEF, 0}},
     PL_FAILS,
     PL_WHY_MODULE_MISSING,
     .suggest = "main.handler"},
    {"index.handler",
     {{"main.py", DEF, 0}, {"other.py", DEF, 0}},
     PL_FAILS,
     PL_WHY_MODULE_MISSING,
     .suggest = NULL},
    {"index.handler", {{"__init__.py", DEF, 0}}, PL_FAILS, PL_WHY_MODULE_MISSING, .suggest = NULL},
    /* Modes. */
    {"app.handler",
     {{"app.py", DEF, 0640}},
     PL_FAILS,
     PL_WHY_MODULE_UNREADABLE,
     .says = "PermissionError: [Errno 13] Permission denied: '/var/task/app.py'",
     .at = "app.py"},
    {"pkg.app.handler",
     {{"pkg/__init__.py", "", 0600}, {"pkg/app.py", DEF, 0}},
     PL_FAILS,
     PL_WHY_MODULE_UNREADABLE,
     .at = "pkg/__init__.py"},
    /* The function. */
    {"app.handler",
     {{"app.py", "x = 1\n", 0}},
     PL_FAILS,
     PL_WHY_FUNCTION_MISSING,
     .says = "Runtime.HandlerNotFound: Handler 'handler' missing on module 'app'",
     .at = "app.py"},
    {"src/app.handler",
     {{"src/app.py", "", 0}},
     PL_FAILS,
     PL_WHY_FUNCTION_MISSING,
     .says = "Runtime.HandlerNotFound: Handler 'handler' missing on module 'src/app'"},
    {"app.lamda_handler",
     {{"app.py", "def lambda_handler(e, c):\n    pass\n", 0}},
     PL_FAILS,
     PL_WHY_FUNCTION_MISSING,
     .suggest = "app.lambda_handler"},
    {"app.run_it",
     {{"app.py", DEF, 0}},
     PL_FAILS,
     PL_WHY_FUNCTION_MISSING,
     .suggest = "app.handler"},
    {"app.", {{"app.py", DEF, 0}}, PL_FAILS, PL_WHY_FUNCTION_MISSING, .suggest = "app.handler"},
    {"app.py", {{"app.py", DEF, 0}}, PL_FAILS, PL_WHY_FUNCTION_MISSING, .suggest = "app.handler"},
    {"app.Class.handler",
     {{"app.py", "class Class:\n    def handler(self, e, c):\n        pass\n", 0}},
     PL_FAILS,
     PL_WHY_MODULE_MISSING,
     .suggest = NULL},
    {"app.handler",
     {{"app.py", "def outer():\n    def handler(e, c):\n        pass\n", 0}},
     PL_FAILS,
     PL_WHY_FUNCTION_MISSING,
     .suggest = NULL},
    {"src.handler",
     {{"src/handler.py", DEF, 0}},
     PL_FAILS,
     PL_WHY_FUNCTION_MISSING,
     .suggest = "src/handler.handler",
     .elsewhere = "src/handler.py"},
    {"pkg.handler",
     {{"pkg/__init__.py", "", 0}, {"pkg/handler.py", DEF, 0}},
     PL_FAILS,
     PL_WHY_FUNCTION_MISSING,
     .suggest = "pkg/handler.handler"},
    {"pkg.handler",
     {{"pkg/__init__.py", "from .handler import x\n", 0}, {"pkg/handler.py", DEF, 0}},
     PL_CANNOT_TELL,
     PL_WHY_DYNAMIC,
     .suggest = NULL},
    /* Star imports are followed where the files are there. */
    {"app.handler",
     {{"app.py", "from impl import *\n", 0}, {"impl.py", DEF, 0}},
     PL_LOADS,
     NO,
     .suggest = NULL},
    {"pkg.handler",
     {{"pkg/__init__.py", "from .impl import *\n", 0}, {"pkg/impl.py", DEF, 0}},
     PL_LOADS,
     NO,
     .suggest = NULL},
    {"pkg.app.handler",
     {{"pkg/app.py", "from .impl import *\n", 0}, {"pkg/impl.py", DEF, 0}},
     PL_LOADS,
     NO,
     .suggest = NULL},
    {"app.handler",
     {{"app.py", "from impl import *\n", 0}, {"impl.py", "__all__ = []\n" DEF, 0}},
     PL_CANNOT_TELL,
     PL_WHY_DYNAMIC,
     .suggest = NULL},
    {"app._handler",
     {{"app.py", "from impl import *\n", 0}, {"impl.py", "def _handler(e, c):\n    pass\n", 0}},
     PL_CANNOT_TELL,
     PL_WHY_DYNAMIC,
     .suggest = NULL},
    {"app.handler",
     {{"app.py", "from somewhere import *\n", 0}},
     PL_CANNOT_TELL,
     PL_WHY_DYNAMIC,
     .suggest = NULL},
    {"app.handler",
     {{"app.py", "from app import *\n", 0}},
     PL_CANNOT_TELL,
     PL_WHY_DYNAMIC,
     .suggest = NULL},
    {"app.handler",
     {{"app.py", "globals()['hand' + 'ler'] = print\n", 0}},
     PL_CANNOT_TELL,
     PL_WHY_DYNAMIC,
     .suggest = NULL},
    {"app.handler",
     {{"app.py", "import os\nif os.name:\n    def handler(e, c):\n        pass\n", 0}},
     PL_CANNOT_TELL,
     PL_WHY_DYNAMIC,
     .suggest = NULL},
    /* Syntax, in the module and in what is run on the way to it. */
    {"app.handler",
     {{"app.py", "x = (\ndef handler(e, c):\n    pass\n", 0}},
     PL_FAILS,
     PL_WHY_SYNTAX,
     .at = "app.py"},
    {"pkg.app.handler",
     {{"pkg/__init__.py", "x = [1\n", 0}, {"pkg/app.py", DEF, 0}},
     PL_FAILS,
     PL_WHY_SYNTAX,
     .at = "pkg/__init__.py"},
    /* What nobody can tell from here. */
    {"app.handler", {{"x", "", 0}}, PL_CANNOT_TELL, PL_WHY_OPAQUE_LAYER, .opaque = true},
    {"datadog_lambda.handler.handler",
     {{"app.py", DEF, 0}},
     PL_CANNOT_TELL,
     PL_WHY_OPAQUE_LAYER,
     .opaque = true},
    {"app.handler", {{"app.py", "", 0}}, PL_FAILS, PL_WHY_FUNCTION_MISSING, .opaque = true},
    {"app.handler", {{"app.py", DEF, 0}}, PL_LOADS, NO, .opaque = true},
    {"pkg.app.handler",
     {{"pkg/__init__.py", "", 0}},
     PL_FAILS,
     PL_WHY_MODULE_MISSING,
     .opaque = true},
    {"pkg.app.handler", {{"pkg/x.py", "", 0}}, PL_CANNOT_TELL, PL_WHY_OPAQUE_LAYER, .opaque = true},
    {"json.loads", {{"x", "", 0}}, PL_CANNOT_TELL, PL_WHY_RUNTIME_MODULE, .suggest = NULL},
    {"code.handler", {{"code.py", DEF, 0}}, PL_LOADS, NO, .suggest = NULL},
    /* What the client has imported already is never looked for in the package. */
    {"token.handler",
     {{"token.py", DEF, 0}},
     PL_CANNOT_TELL,
     PL_WHY_RUNTIME_MODULE,
     .suggest = NULL},
    {"calendar.handler", {{"calendar.py", DEF, 0}}, PL_LOADS, NO, .at = "calendar.py"},
    {"time/app.handler",
     {{"time/app.py", DEF, 0}},
     PL_FAILS,
     PL_WHY_MODULE_MISSING,
     .says = "Runtime.ImportModuleError: Unable to import module 'time/app': No module named "
             "'time.app'; 'time' is not a package"},
    {"boto3.client", {{"x", "", 0}}, PL_CANNOT_TELL, PL_WHY_RUNTIME_MODULE, .suggest = NULL},
    {"app.handler",
     {{"lib/app.py", DEF, 0}},
     PL_CANNOT_TELL,
     PL_WHY_SEARCH_PATH,
     .env = "PYTHONPATH"},
    {"app.handler", {{"x", "", 0}}, PL_FAILS, PL_WHY_MODULE_MISSING, .env = "STAGE"},
    {"pkg.app.handler",
     {{"pkg/__init__.py", "__path__.append('/tmp')\n", 0}},
     PL_CANNOT_TELL,
     PL_WHY_DYNAMIC,
     .suggest = NULL},
    {"app.handler",
     {{"app.py", DEF, FAKE_DAMAGED}},
     PL_CANNOT_TELL,
     PL_WHY_CORRUPT,
     .suggest = NULL},
    /* Links. */
    {"app.handler",
     {{"app.py", "->src/main.py", 0}, {"src/main.py", DEF, 0}},
     PL_LOADS,
     NO,
     .suggest = NULL},
    {"app.handler",
     {{"app.py", "->nowhere.py", 0}},
     PL_FAILS,
     PL_WHY_MODULE_MISSING,
     .suggest = NULL},
    {"app.handler", {{"app.py", "->app.py", 0}}, PL_FAILS, PL_WHY_MODULE_MISSING, .suggest = NULL},
    {"app.handler",
     {{"app.py", "->/mnt/efs/app.py", 0}},
     PL_CANNOT_TELL,
     PL_WHY_OUTSIDE,
     .suggest = NULL},
    {"src.app.handler",
     {{"src", "->/opt/src", 0}, {"/opt/src/app.py", DEF, 0}},
     PL_LOADS,
     NO,
     .suggest = NULL},
    {"app.handler", {{"app.py/x", DEF, 0}}, PL_FAILS, PL_WHY_MODULE_MISSING, .suggest = NULL},
    {"app.handler", {{"app.py", DEF, 0}}, PL_NOT_JUDGED, PL_WHY_NO_LOADER, .runtime = "python2.7"},
};
enum { ROW_COUNT = sizeof ROWS / sizeof ROWS[0] };
_Static_assert(ROW_COUNT >= 80, "the table has shrunk");

START_TEST(python_table)
{
    const struct row *row = &ROWS[_i];
    struct fake fake;
    struct pl_err err;
    struct fake_setting setting = {row->runtime ? row->runtime : "python3.13", row->handler,
                                   row->env, row->opaque, row->arch};
    fake_init(&fake, &setting, row->file);
    ck_assert_int_eq(pl_load_function(&fake.fn, &fake.arena, &err), PL_OK);
    const struct pl_load *load = &fake.fn.load;
    ck_assert_msg(load->outcome == row->outcome && load->why == row->why,
                  "row %d, %s: outcome %d, %s", _i, row->handler, load->outcome,
                  pl_why_text((enum pl_why)load->why));
    struct pl_slice suggest = pl_slice_of(row->suggest);
    ck_assert_msg(pl_slice_eq(load->suggest, suggest), "row %d, %s: suggests '%.*s'", _i,
                  row->handler, (int)load->suggest.len, load->suggest.ptr);
    if (row->says) {
        ck_assert_msg(pl_slice_is(load->lambda_says, row->says), "row %d: says %.*s", _i,
                      (int)load->lambda_says.len, load->lambda_says.ptr);
    }
    if (row->at) {
        ck_assert_str_eq(fake_name(load->at), row->at);
    }
    if (row->elsewhere) {
        ck_assert_str_eq(fake_name(load->elsewhere), row->elsewhere);
    }
    ck_assert_int_eq(load->outcome == PL_FAILS, load->lambda_says.len > 0);
    fake_done(&fake);
}
END_TEST

START_TEST(python_loaded_names_the_module_first)
{
    static const struct fake_file files[FAKE_FILES] = {
        {"a/__init__.py", "", 0}, {"a/b/__init__.py", "", 0}, {"a/b/c.py", DEF, 0}};
    struct fake fake;
    struct pl_err err;
    fake_init(&fake, &(struct fake_setting){.runtime = "python3.12", .handler = "a.b.c.handler"},
              files);
    ck_assert_int_eq(pl_load_function(&fake.fn, &fake.arena, &err), PL_OK);
    ck_assert_uint_eq(fake.fn.load.n_loaded, 3);
    ck_assert_str_eq(fake_name(fake.fn.load.loaded[0]), "a/b/c.py");
    ck_assert_str_eq(fake_name(fake.fn.load.loaded[2]), "a/__init__.py");
    fake_done(&fake);
}
END_TEST

START_TEST(python_control_bytes_never_reach_messages)
{
    static const struct fake_file files[FAKE_FILES] = {{"x\x1b[31m/app.py", DEF, 0}};
    struct fake fake;
    struct pl_err err;
    fake_init(&fake, &(struct fake_setting){.runtime = "python3.12", .handler = "app.\x1bhandler"},
              files);
    ck_assert_int_eq(pl_load_function(&fake.fn, &fake.arena, &err), PL_OK);
    ck_assert_uint_eq(pl_slice_find(fake.fn.load.lambda_says, '\x1b'),
                      fake.fn.load.lambda_says.len);
    fake_done(&fake);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("load_python");
    TCase *tests = tcase_create("load_python");
    tcase_add_loop_test(tests, python_table, 0, ROW_COUNT);
    tcase_add_test(tests, python_loaded_names_the_module_first);
    tcase_add_test(tests, python_control_bytes_never_reach_messages);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
