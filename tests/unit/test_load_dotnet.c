#include "faketree.h"
#include "pkg/survey/load.h"

#include <check.h>
#include <stdlib.h>

#define NO     PL_WHY_NONE
#define DLL(n) "@" PL_ASSEMBLIES "/" n ".dll"
#define DEPS   "{\"runtimeTarget\": {\"name\": \".NETCoreApp,Version=v8.0\"}}"
#define RID(r) "{\"runtimeTarget\": {\"name\": \".NETCoreApp,Version=v8.0/" r "\"}}"
#define CONFIG(name, version)                                                                      \
    "{\"runtimeOptions\": {\"framework\": {\"name\": \"" name "\", \"version\": \"" version "\"}}" \
    "}"
#define NET8 CONFIG("Microsoft.NETCore.App", "8.0.0")
/* A package as dotnet publish leaves it. */
#define PUBLISHED(n)                                  \
    {n ".dll", DLL(n), 0}, {n ".deps.json", DEPS, 0}, \
    {                                                 \
        n ".runtimeconfig.json", NET8, 0              \
    }
/* A text cannot hold the zero byte of a real machine number, so this is for no processor. */
#define ELF_OTHER "\177ELF\2\1\1.........\2.>."

struct row {
    const char *handler;
    struct fake_file file[FAKE_FILES];
    enum pl_outcome outcome;
    enum pl_why why;
    const char *suggest; /* NULL: none */
    enum pl_sure sure;   /* of a failure */
    const char *runtime; /* NULL: dotnet8 */
    const char *env;
    const char *value; /* of env */
    const char *detail;
    uint8_t arch;
};

static const struct row ROWS[] = {
    {"App::App.Function::FunctionHandler", {PUBLISHED("App")}, PL_LOADS, NO, .suggest = NULL},
    {"App::App.Function::Private", {PUBLISHED("App")}, PL_LOADS, NO, .suggest = NULL},
    {"App::App.Function::Static", {PUBLISHED("App")}, PL_LOADS, NO, .suggest = NULL},
    {"App::App.Function+Inner::Run", {PUBLISHED("App")}, PL_LOADS, NO, .suggest = NULL},
    {"App::App.Function+Inner+Deep::Run", {PUBLISHED("App")}, PL_LOADS, NO, .suggest = NULL},
    {"App::App.Derived::FunctionHandler", {PUBLISHED("App")}, PL_LOADS, NO, .suggest = NULL},
    {"App::NoSpace::Run", {PUBLISHED("App")}, PL_LOADS, NO, .suggest = NULL},
    /* The base's assembly is in the package, or not. */
    {"App::App.Entry::HandleAsync",
     {PUBLISHED("App"), {"Base.dll", DLL("Base"), 0}},
     PL_LOADS,
     NO,
     .suggest = NULL},
    {"App::App.Entry::HandleAsync",
     {PUBLISHED("App")},
     PL_CANNOT_TELL,
     PL_WHY_NET_BASE,
     .suggest = NULL},
    {"App::App.Entry::Gone",
     {PUBLISHED("App"), {"Base.dll", DLL("Base"), 0}},
     PL_FAILS,
     PL_WHY_NET_METHOD,
     .sure = PL_SURE_YES},
    {"App::App.Far::Run", {PUBLISHED("App")}, PL_CANNOT_TELL, PL_WHY_NET_BASE, .suggest = NULL},
    {"App::App.Function::ToString",
     {PUBLISHED("App")},
     PL_CANNOT_TELL,
     PL_WHY_NET_BASE,
     .suggest = NULL},
    /* Types. */
    {"App::Function::FunctionHandler",
     {PUBLISHED("App")},
     PL_FAILS,
     PL_WHY_NET_TYPE,
     "App::App.Function::FunctionHandler",
     .sure = PL_SURE_YES,
     .detail = "App.dll has no type Function"},
    {"App::App.function::FunctionHandler",
     {PUBLISHED("App")},
     PL_FAILS,
     PL_WHY_NET_TYPE,
     "App::App.Function::FunctionHandler",
     .sure = PL_SURE_YES},
    {"App::App.Function.Inner::Run",
     {PUBLISHED("App")},
     PL_FAILS,
     PL_WHY_NET_TYPE,
     "App::App.Function+Inner::Run",
     .sure = PL_SURE_YES},
    {"App::Nothing.Like.It::Elsewhere",
     {PUBLISHED("App")},
     PL_FAILS,
     PL_WHY_NET_TYPE,
     .sure = PL_SURE_YES},
    {"App::App.Box[[System.String]]::Run",
     {PUBLISHED("App")},
     PL_CANNOT_TELL,
     PL_WHY_NET_NAME,
     .suggest = NULL},
    {"Tool::Tool.Moved::Run",
     {PUBLISHED("Tool")},
     PL_CANNOT_TELL,
     PL_WHY_NET_BASE,
     .suggest = NULL},
    /* Methods. */
    {"App::App.Function::functionHandler",
     {PUBLISHED("App")},
     PL_FAILS,
     PL_WHY_NET_METHOD,
     "App::App.Function::FunctionHandler",
     .sure = PL_SURE_YES,
     .detail = "App.Function has no functionHandler"},
    {"App::App.Function::FunctionHandle",
     {PUBLISHED("App")},
     PL_FAILS,
     PL_WHY_NET_METHOD,
     "App::App.Function::FunctionHandler",
     .sure = PL_SURE_YES},
    {"App::App.Function::.ctor",
     {PUBLISHED("App")},
     PL_FAILS,
     PL_WHY_NET_METHOD,
     "App::App.Function::FunctionHandler",
     .sure = PL_SURE_YES},
#define REFUSED(h, text)                                                                         \
    {                                                                                            \
        h, {PUBLISHED("App")}, PL_FAILS, PL_WHY_NET_REFUSED, .sure = PL_SURE_YES, .detail = text \
    }
    REFUSED("App::App.Function::Overloaded", "App.Function has several methods named Overloaded"),
    REFUSED("App::App.Function::Generic", "the method is generic"),
    REFUSED("App::App.Function::Three", "the method has more than 2 parameters"),
    REFUSED("App::App.Function::NotContext", "the second parameter is no ILambdaContext"),
    REFUSED("App::App.Shape::Draw", "the method is abstract"),
    REFUSED("App::App.Face::Draw", "the method is abstract"),
    REFUSED("App::App.Box::Run", "the type is generic"),
    REFUSED("App::App.Closed::Run", "the type has no public constructor without parameters"),
    /* Serializers. */
    {"Bare::Bare.Function::Text",
     {PUBLISHED("Bare")},
     PL_FAILS,
     PL_WHY_NET_SERIALIZER,
     .sure = PL_SURE_YES,
     .detail = "Text takes System.String"},
    {"Bare::Bare.Function::Pipe", {PUBLISHED("Bare")}, PL_LOADS, NO, .suggest = NULL},
    {"Bare::Bare.Function::Marked", {PUBLISHED("Bare")}, PL_LOADS, NO, .suggest = NULL},
    {"Bare::Bare.Function::Nothing", {PUBLISHED("Bare")}, PL_LOADS, NO, .suggest = NULL},
    {"Bare::Bare.Function::Sub", {PUBLISHED("Bare")}, PL_LOADS, NO, .suggest = NULL},
    {"Bare::Bare.Function::Result",
     {PUBLISHED("Bare")},
     PL_FAILS,
     PL_WHY_NET_SERIALIZER,
     .sure = PL_SURE_YES,
     .detail = "Result returns Bare.Order"},
    {"Bare::Bare.Entry::HandleAsync",
     {PUBLISHED("Bare"), {"Base.dll", DLL("Base"), 0}},
     PL_LOADS,
     NO,
     .suggest = NULL},
    {"Bare::Bare.Entry::Plain",
     {PUBLISHED("Bare"), {"Base.dll", DLL("Base"), 0}},
     PL_FAILS,
     PL_WHY_NET_SERIALIZER,
     .sure = PL_SURE_YES},
    /* The string. */
    {"App:App.Function:FunctionHandler",
     {PUBLISHED("App")},
     PL_FAILS,
     PL_WHY_MALFORMED,
     "App::App.Function::FunctionHandler",
     .sure = PL_SURE_YES},
    {"App::App.Function",
     {PUBLISHED("App")},
     PL_FAILS,
     PL_WHY_MALFORMED,
     "App::App.Function::FunctionHandler",
     .sure = PL_SURE_YES},
    {"App::::Run",
     {PUBLISHED("App")},
     PL_FAILS,
     PL_WHY_MALFORMED,
     "App::App.Function::FunctionHandler",
     .sure = PL_SURE_YES},
    {"::A::B",
     {PUBLISHED("App")},
     PL_FAILS,
     PL_WHY_MALFORMED,
     "App::App.Function::FunctionHandler",
     .sure = PL_SURE_YES},
    {"App::App.Function::FunctionHandler::More",
     {PUBLISHED("App")},
     PL_FAILS,
     PL_WHY_NET_METHOD,
     "App::App.Function::FunctionHandler",
     .sure = PL_SURE_YES},
    /* The assembly. */
    {"Other::App.Function::FunctionHandler",
     {PUBLISHED("App")},
     PL_FAILS,
     PL_WHY_NET_ASSEMBLY,
     "App::App.Function::FunctionHandler",
     .sure = PL_SURE_YES},
    {"app::App.Function::FunctionHandler",
     {PUBLISHED("App")},
     PL_FAILS,
     PL_WHY_NET_ASSEMBLY,
     "App::App.Function::FunctionHandler",
     .sure = PL_SURE_MAYBE},
    {"Other::A::B",
     {PUBLISHED("App")},
     PL_CANNOT_TELL,
     PL_WHY_SEARCH_PATH,
     .env = "DOTNET_SHARED_STORE"},
    {"App::App.Function::FunctionHandler",
     {{"App.dll", "MZ", 0}, {"App.deps.json", DEPS, 0}, {"App.runtimeconfig.json", NET8, 0}},
     PL_FAILS,
     PL_WHY_NET_IMAGE,
     .sure = PL_SURE_YES},
    {"App::Base.Host::Plain",
     {{"App.dll", DLL("Base"), 0}, {"App.deps.json", DEPS, 0}, {"App.runtimeconfig.json", NET8, 0}},
     PL_FAILS,
     PL_WHY_NET_IMAGE,
     .sure = PL_SURE_MAYBE,
     .detail = "App.dll holds the assembly Base"},
    {"App::App.Function::FunctionHandler",
     {{"App.dll", DLL("App"), FAKE_DAMAGED},
      {"App.deps.json", DEPS, 0},
      {"App.runtimeconfig.json", NET8, 0}},
     PL_CANNOT_TELL,
     PL_WHY_CORRUPT,
     .suggest = NULL},
    /* The host's files. */
    {"App::App.Function::FunctionHandler",
     {{"App.dll", DLL("App"), 0}, {"App.runtimeconfig.json", NET8, 0}},
     PL_FAILS,
     PL_WHY_NET_HOST_FILE,
     .sure = PL_SURE_YES,
     .detail = "App.deps.json is not in the package"},
    {"App::App.Function::FunctionHandler",
     {{"App.dll", DLL("App"), 0}, {"App.deps.json", DEPS, 0}},
     PL_FAILS,
     PL_WHY_NET_HOST_FILE,
     .sure = PL_SURE_YES,
     .detail = "App.runtimeconfig.json is not in the package"},
    {"App::App.Function::FunctionHandler",
     {{"App.dll", DLL("App"), 0}, {"X.deps.json", DEPS, 0}, {"Y.runtimeconfig.json", NET8, 0}},
     PL_LOADS,
     NO,
     .suggest = NULL},
    {"App::App.Function::FunctionHandler",
     {{"App.dll", DLL("App"), 0},
      {"X.deps.json", DEPS, 0},
      {"Y.deps.json", DEPS, 0},
      {"App.runtimeconfig.json", NET8, 0}},
     PL_FAILS,
     PL_WHY_NET_HOST_FILE,
     .sure = PL_SURE_YES,
     .detail = "App.deps.json is not in the package, and several others are"},
    {"App::App.Function::FunctionHandler",
     {{"App.dll", DLL("App"), 0},
      {"X.deps.json", DEPS, 0},
      {"Y.deps.json", DEPS, 0},
      {"Y.runtimeconfig.json", NET8, 0}},
     PL_LOADS,
     NO,
     .env = "LAMBDA_DOTNET_MAIN_ASSEMBLY",
     .value = "Y.dll"},
    {"App::App.Function::FunctionHandler",
     {{"App.dll", DLL("App"), 0},
      {"sub/App.deps.json", DEPS, 0},
      {"App.runtimeconfig.json", NET8, 0}},
     PL_FAILS,
     PL_WHY_NET_HOST_FILE,
     .sure = PL_SURE_YES},
    /* The target. */
    {"App::App.Function::FunctionHandler",
     {PUBLISHED("App")},
     PL_FAILS,
     PL_WHY_NET_TARGET,
     .sure = PL_SURE_YES,
     .runtime = "dotnet6"},
    {"App::App.Function::FunctionHandler",
     {PUBLISHED("App")},
     PL_FAILS,
     PL_WHY_NET_TARGET,
     .sure = PL_SURE_MAYBE,
     .runtime = "dotnet10"},
    {"App::App.Function::FunctionHandler",
     {PUBLISHED("App")},
     PL_LOADS,
     NO,
     .runtime = "dotnet10",
     .env = "DOTNET_ROLL_FORWARD"},
    {"App::App.Function::Gone",
     {PUBLISHED("App")},
     PL_FAILS,
     PL_WHY_NET_METHOD,
     .sure = PL_SURE_YES,
     .runtime = "dotnet10"},
#define WITH(deps, config)                                      \
    {                                                           \
        {"App.dll", DLL("App"), 0}, {"App.deps.json", deps, 0}, \
        {                                                       \
            "App.runtimeconfig.json", config, 0                 \
        }                                                       \
    }
#define HANDLER "App::App.Function::FunctionHandler"
    {HANDLER,
     WITH(DEPS, "{\"runtimeOptions\": {\"rollForward\": \"major\", \"framework\": {\"name\": "
                "\"Microsoft.NETCore.App\", \"version\": \"6.0.0\"}}}"),
     PL_LOADS, NO, .suggest = NULL},
    {HANDLER,
     WITH(DEPS, "{\"runtimeOptions\": {\"frameworks\": [{\"name\": \"Microsoft.NETCore.App\", "
                "\"version\": \"8.0.0\"}, {\"name\": \"Microsoft.WindowsDesktop.App\", "
                "\"version\": \"8.0.0\"}]}}"),
     PL_FAILS, PL_WHY_NET_TARGET, .sure = PL_SURE_YES},
    {HANDLER, WITH(DEPS, "// not JSON"), PL_LOADS, NO, .suggest = NULL},
    {HANDLER, WITH(DEPS, "{\"runtimeOptions\": 3}"), PL_LOADS, NO, .suggest = NULL},
    {HANDLER, WITH("[]", "[]"), PL_LOADS, NO, .suggest = NULL},
    {HANDLER, WITH(RID("linux-x64"), NET8), PL_LOADS, NO, .arch = PL_ARCH_X86_64},
    {HANDLER, WITH(RID("linux-x64"), NET8), PL_LOADS, NO, .arch = PL_ARCH_UNKNOWN},
    {HANDLER, WITH(RID("linux-x64"), NET8), PL_FAILS, PL_WHY_NET_TARGET, .sure = PL_SURE_MAYBE,
     .arch = PL_ARCH_ARM64},
    {HANDLER, WITH(RID("win-x64"), NET8), PL_FAILS, PL_WHY_NET_TARGET, .sure = PL_SURE_MAYBE},
    {HANDLER, WITH(RID("osx.13-arm64"), NET8), PL_FAILS, PL_WHY_NET_TARGET, .sure = PL_SURE_MAYBE},
    {HANDLER, WITH(RID("linux-musl-x64"), "{\"runtimeOptions\": {\"includedFrameworks\": []}}"),
     PL_FAILS, PL_WHY_NET_TARGET, .sure = PL_SURE_YES},
    {HANDLER,
     WITH("{\"runtimeTarget\": {\"name\": \"x\"}, \"targets\": {\"x\": {\"App/1.0.0\": "
          "{\"runtime\": {\"lib/net8.0/App.dll\": {}}}}}}",
          NET8),
     PL_LOADS, NO, .suggest = NULL},
    {HANDLER,
     WITH("{\"runtimeTarget\": {\"name\": \"x\"}, \"targets\": {\"x\": {\"Other/1.0.0\": "
          "{\"runtime\": {\"Other.dll\": {}}}}}}",
          NET8),
     PL_FAILS, PL_WHY_NET_ASSEMBLY, .sure = PL_SURE_MAYBE,
     .detail = "App.deps.json does not list App.dll"},
    /* Executables. */
    {"Tool", {PUBLISHED("Tool")}, PL_LOADS, NO, .suggest = NULL},
    {"Tool.dll", {PUBLISHED("Tool")}, PL_LOADS, NO, .suggest = NULL},
    {"Tool", {{"Tool.dll", DLL("Tool"), 0}}, PL_FAILS, PL_WHY_NET_HOST_FILE, .sure = PL_SURE_YES},
    {"tool", {PUBLISHED("Tool")}, PL_FAILS, PL_WHY_NET_ASSEMBLY, "Tool", .sure = PL_SURE_YES},
    {"App",
     {PUBLISHED("App")},
     PL_FAILS,
     PL_WHY_NET_REFUSED,
     "App::App.Function::FunctionHandler",
     .sure = PL_SURE_YES},
    {"bootstrap",
     {{"bootstrap", ELF_OTHER, 0755}},
     PL_FAILS,
     PL_WHY_NET_TARGET,
     .sure = PL_SURE_YES,
     .arch = PL_ARCH_ARM64},
    {"bootstrap",
     {{"bootstrap", ELF_OTHER, 0644}},
     PL_FAILS,
     PL_WHY_NET_REFUSED,
     .sure = PL_SURE_YES},
    {"bootstrap",
     {{"bootstrap", ELF_OTHER, FAKE_NO_MODE}},
     PL_FAILS,
     PL_WHY_NET_REFUSED,
     .sure = PL_SURE_MAYBE},
    {"bootstrap",
     {{"bootstrap", "#!/bin/sh\n", 0755}},
     PL_CANNOT_TELL,
     PL_WHY_DYNAMIC,
     .suggest = NULL},
/* PowerShell. */
#define HOST                                                                       \
    {                                                                              \
        "Amazon.Lambda.PowerShellHost.dll", DLL("Amazon.Lambda.PowerShellHost"), 0 \
    }
#define PS "Script::Script.Bootstrap::ExecuteFunction"
    {PS, {PUBLISHED("Script"), HOST, {"Script.ps1", "'x'", 0}}, PL_LOADS, NO, .suggest = NULL},
    {PS, {PUBLISHED("Script"), HOST}, PL_FAILS, PL_WHY_MODULE_MISSING, .sure = PL_SURE_YES},
    {PS,
     {PUBLISHED("Script"), HOST, {"script.ps1", "'x'", 0}},
     PL_FAILS,
     PL_WHY_MODULE_MISSING,
     .sure = PL_SURE_YES},
    {PS,
     {PUBLISHED("Script"), {"Script.ps1", "'x'", 0}},
     PL_CANNOT_TELL,
     PL_WHY_NET_BASE,
     .suggest = NULL},
#define PS_ENV .env = "AWS_POWERSHELL_FUNCTION_HANDLER", .value = "Invoke-It"
    {PS,
     {PUBLISHED("Script"), HOST, {"Script.ps1", "function invoke-it {\n}\n", 0}},
     PL_LOADS,
     NO,
     PS_ENV},
    {PS,
     {PUBLISHED("Script"), HOST, {"Script.ps1", "FILTER global:Invoke-It($x) {}", 0}},
     PL_LOADS,
     NO,
     PS_ENV},
    {PS,
     {PUBLISHED("Script"), HOST, {"Script.ps1", "function Invoke-Item {}", 0}},
     PL_CANNOT_TELL,
     PL_WHY_DYNAMIC,
     PS_ENV},
    /* An older client that we do not know. */
    {HANDLER, {PUBLISHED("App")}, PL_NOT_JUDGED, PL_WHY_NO_LOADER, .runtime = "dotnetcore3.1"},
};
enum { ROW_COUNT = sizeof ROWS / sizeof ROWS[0] };

START_TEST(dotnet_table)
{
    const struct row *row = &ROWS[_i];
    struct fake fake;
    struct pl_err err;
    struct fake_setting setting = {.runtime = row->runtime ? row->runtime : "dotnet8",
                                   .handler = row->handler,
                                   .env = row->env,
                                   .arch = row->arch};
    fake_init(&fake, &setting, row->file);
    if (row->value) {
        fake.env.value = pl_value_given(pl_slice_of(row->value), (struct pl_pos){0, 0, 0, 0});
    }
    ck_assert_int_eq(pl_load_function(&fake.fn, &fake.arena, &err), PL_OK);
    const struct pl_load *load = &fake.fn.load;
    ck_assert_msg(load->outcome == row->outcome && load->why == row->why,
                  "row %d, %s: outcome %d, %s: %.*s", _i, row->handler, load->outcome,
                  pl_why_text((enum pl_why)load->why), (int)load->detail.len, load->detail.ptr);
    ck_assert_msg(pl_slice_eq(load->suggest, pl_slice_of(row->suggest)),
                  "row %d, %s: suggests '%.*s'", _i, row->handler, (int)load->suggest.len,
                  load->suggest.ptr);
    if (load->outcome == PL_FAILS) {
        ck_assert_msg(load->sure == row->sure, "row %d, %s", _i, row->handler);
    }
    if (row->detail) {
        ck_assert_msg(pl_slice_is(load->detail, row->detail), "row %d: '%.*s'", _i,
                      (int)load->detail.len, load->detail.ptr);
    }
    fake_done(&fake);
}
END_TEST

START_TEST(dotnet_says_what_the_runtime_says)
{
    static const struct fake_file files[FAKE_FILES] = {PUBLISHED("App")};
    struct fake fake;
    struct pl_err err;
    fake_init(&fake,
              &(struct fake_setting){.runtime = "dotnet8", .handler = "App::App.Function::Handle"},
              files);
    ck_assert_int_eq(pl_load_function(&fake.fn, &fake.arena, &err), PL_OK);
    ck_assert(pl_slice_is(fake.fn.load.lambda_says,
                          "Unable to find method 'Handle' in type 'App.Function' from assembly "
                          "'App': Found no methods matching method name 'Handle'."));
    ck_assert_str_eq(fake_name(fake.fn.load.at), "App.dll");
    fake_done(&fake);
}
END_TEST

START_TEST(dotnet_long_and_strange_handlers)
{
    static const struct fake_file files[FAKE_FILES] = {PUBLISHED("App")};
    static char text[10001];
    for (size_t i = 0; i + 1 < sizeof text; i++) {
        text[i] = (char)(i % 100 == 0 ? ':' : i % 101 == 0 ? ':' : i % 7 == 0 ? '\x1b' : 'a');
    }
    struct fake fake;
    struct pl_err err;
    fake_init(&fake, &(struct fake_setting){.runtime = "dotnet8", .handler = text}, files);
    ck_assert_int_eq(pl_load_function(&fake.fn, &fake.arena, &err), PL_OK);
    ck_assert_int_eq(fake.fn.load.outcome, PL_FAILS);
    struct pl_slice says = fake.fn.load.lambda_says;
    ck_assert_uint_eq(pl_slice_find(says, '\x1b'), says.len);
    fake_done(&fake);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("load_dotnet");
    TCase *tests = tcase_create("load_dotnet");
    tcase_add_loop_test(tests, dotnet_table, 0, ROW_COUNT);
    tcase_add_test(tests, dotnet_says_what_the_runtime_says);
    tcase_add_test(tests, dotnet_long_and_strange_handlers);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
