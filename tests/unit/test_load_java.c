/* Contents that begin with "class " or "jar " are made into class files and jars as they are read.
 */
#include "fakeclass.h"
#include "faketree.h"
#include "pkg/survey/load.h"

#include <check.h>
#include <stdlib.h>

#define API     "com/amazonaws/services/lambda/runtime/"
#define CONTEXT "L" API "Context;"
#define NEW     " 1:<init>()V"
#define TAKES   " 1:handleRequest(Ljava/lang/String;" CONTEXT ")Ljava/lang/String;"
#define TYPED                                                             \
    " implements=" API "RequestHandler signature=Ljava/lang/Object;L" API \
    "RequestHandler<Ljava/lang/String;Ljava/lang/String;>;"
#define GOOD   "a/H" TYPED NEW TAKES
#define STREAM "a/H implements=" API "RequestStreamHandler" NEW
#define RUN    "a.H::run"

struct row {
    const char *handler;
    struct fake_file file[FAKE_FILES];
    enum pl_outcome outcome;
    enum pl_why why;
    const char *suggest;   /* NULL: none */
    const char *says;      /* NULL: not looked at */
    const char *at;        /* NULL: not looked at */
    const char *elsewhere; /* NULL: not looked at */
    const char *runtime;   /* NULL: java17 */
    const char *env;
    bool opaque;
};

#define OK      PL_LOADS, PL_WHY_NONE
#define MISSING PL_FAILS, PL_WHY_CLASS_MISSING
#define REFUSED PL_FAILS, PL_WHY_CLASS_REFUSED
#define METHODS(handler, methods, ...)                                    \
    {                                                                     \
        handler, {{"a/H.class", "class a/H" NEW methods, 0}}, __VA_ARGS__ \
    }

static const struct row ROWS[] = {
    {"a.H::handleRequest", {{"a/H.class", "class " GOOD, 0}}, OK, .at = "a/H.class"},
    {"a.H", {{"a/H.class", "class " GOOD, 0}}, OK, .suggest = NULL},
    {"a.H", {{"a/H.class", "class " STREAM, 0}}, OK, .suggest = NULL},
    {"a.H::handleRequest", {{"a/H.class", "class " STREAM, 0}}, OK, .suggest = NULL},
    /* Jars: only directly in lib and in a layer's java/lib. */
    {"a.H", {{"lib/x.jar", "jar a/H.class=class " GOOD, 0}}, OK, .at = "lib/x.jar"},
    {"a.H", {{"/opt/java/lib/x.jar", "jar a/H.class=class " GOOD, 0}}, OK, .at = "java/lib/x.jar"},
    {"a.H",
     {{"lib/x.jar", "->../y.jar", 0}, {"y.jar", "jar a/H.class=class " GOOD, 0}},
     OK,
     .at = "y.jar"},
    {"a.H",
     {{"y.jar", "jar a/H.class=class " GOOD, 0}},
     PL_FAILS,
     PL_WHY_JAR_PLACE,
     .elsewhere = "y.jar"},
    {"a.H",
     {{"lib/z/y.jar", "jar a/H.class=class " GOOD, 0}},
     PL_FAILS,
     PL_WHY_JAR_PLACE,
     .elsewhere = "lib/z/y.jar"},
    {"a.H",
     {{"lib/.jar", "jar a/H.class=class " GOOD, 0}},
     PL_FAILS,
     PL_WHY_JAR_PLACE,
     .suggest = NULL},
    {"a.H", {{"/opt/java/x.jar", "jar a/H.class=class " GOOD, 0}}, MISSING, .suggest = NULL},
    {"a.H", {{"lib/x.jar", "this is no jar", 0}}, MISSING, .suggest = NULL},
    {"a.H",
     {{"lib/x.jar", "jar a/H.class=class " GOOD, FAKE_DAMAGED}},
     PL_CANNOT_TELL,
     PL_WHY_CORRUPT,
     .suggest = NULL},
    {"a.H",
     {{"lib/a%20b.jar", "jar a/H.class=class " GOOD, 0}},
     PL_CANNOT_TELL,
     PL_WHY_SEARCH_PATH,
     .suggest = NULL},
    {"a.H",
     {{"lib/x.jar", "jar META-INF/MANIFEST.MF=Class-Path: ../y.jar\n\n", 0},
      {"y.jar", "jar a/H.class=class " GOOD, 0}},
     OK,
     .at = "y.jar"},
    {"a.H",
     {{"lib/x.jar",
       "jar META-INF/MANIFEST.MF=Multi-Release: true\n|META-INF/versions/11/a/H.class=class " GOOD,
       0}},
     OK,
     .suggest = NULL},
    {"a.H",
     {{"lib/x.jar",
       "jar META-INF/MANIFEST.MF=Multi-Release: true\n|META-INF/versions/21/a/H.class=class " GOOD,
       0}},
     MISSING,
     .suggest = NULL},
    {"a.H",
     {{"lib/x.jar",
       "jar META-INF/MANIFEST.MF=Multi-Release: true\n|META-INF/versions/9/a/H.class=class " GOOD
       " major=52",
       0}},
     MISSING,
     .runtime = "java8.al2"},
    /* Missing, and what else may have it. */
    {"a.H", {{"x", "", 0}}, PL_CANNOT_TELL, PL_WHY_OPAQUE_LAYER, .opaque = true},
    {"a.H", {{"x", "", 0}}, PL_CANNOT_TELL, PL_WHY_SEARCH_PATH, .env = "JAVA_TOOL_OPTIONS"},
    {"java.util.List::size",
     {{"x", "", 0}},
     PL_CANNOT_TELL,
     PL_WHY_RUNTIME_MODULE,
     .suggest = NULL},
    {"[La.H;", {{"x", "", 0}}, PL_CANNOT_TELL, PL_WHY_RUNTIME_MODULE, .suggest = NULL},
    {"a.H::handleRequest",
     {{"BOOT-INF/classes/a/H.class", "class " GOOD, 0}},
     MISSING,
     .elsewhere = "BOOT-INF/classes/a/H.class",
     .says = "Class not found: a.H: java.lang.ClassNotFoundException"},
    {"H::handleRequest",
     {{"a/H.class", "class " GOOD, 0}},
     MISSING,
     "a.H::handleRequest",
     .elsewhere = "a/H.class"},
    {"b.c.H",
     {{"lib/x.jar", "jar a/H.class=class " GOOD, 0}},
     MISSING,
     "a.H::handleRequest",
     .elsewhere = "lib/x.jar"},
    {"a.h::handleRequest",
     {{"a/H.class", "class " GOOD, 0}},
     MISSING,
     "a.H::handleRequest",
     .says = NULL},
    {"a/H", {{"a/H.class", "class " GOOD, 0}}, MISSING, "a.H::handleRequest", .says = NULL},
    {"a.H.handleRequest",
     {{"a/H.class", "class " GOOD, 0}},
     MISSING,
     "a.H::handleRequest",
     .says = NULL},
    {"a.H:handleRequest",
     {{"a/H.class", "class " GOOD, 0}},
     MISSING,
     "a.H::handleRequest",
     .says = NULL},
    {"a.O.N::run",
     {{"a/O$N.class", "class a/O$N inner=9" NEW " 1:run()V", 0}},
     MISSING,
     "a.O$N::run",
     .says = NULL},
    {"b.H::run",
     {{"b/H.class", "class a/H" NEW " 1:run()V", 0}},
     MISSING,
     .says = "java.lang.NoClassDefFoundError: b/H (wrong name: a/H)"},
    {"a.H::",
     {{"a/H.class", "class " GOOD, 0}},
     PL_FAILS,
     PL_WHY_MALFORMED,
     .says = "Invalid handler: `a.H::'"},
    {"::run", {{"a/H.class", "class " GOOD, 0}}, PL_FAILS, PL_WHY_MALFORMED, .suggest = NULL},
    {"a.H",
     {{"a/H.class", "class " GOOD, 0600}},
     PL_FAILS,
     PL_WHY_MODULE_UNREADABLE,
     .suggest = NULL},
    /* Versions. */
    {"a.H",
     {{"a/H.class", "class " GOOD " major=65", 0}},
     PL_FAILS,
     PL_WHY_CLASS_TOO_NEW,
     .suggest = NULL},
    {"a.H", {{"a/H.class", "class " GOOD " major=65", 0}}, OK, .runtime = "java21"},
    {"a.H",
     {{"a/H.class", "class " GOOD " major=61 minor=65535", 0}},
     PL_FAILS,
     PL_WHY_CLASS_TOO_NEW,
     .suggest = NULL},
    {"a.H",
     {{"a/H.class", "class " GOOD " minor=65535", 0}},
     PL_CANNOT_TELL,
     PL_WHY_SEARCH_PATH,
     .env = "JAVA_TOOL_OPTIONS"},
    {"a.H",
     {{"a/H.class", "class " GOOD, FAKE_DAMAGED}},
     PL_CANNOT_TELL,
     PL_WHY_CORRUPT,
     .suggest = NULL},
    {"a.H", {{"a/H.class", "public class H", 0}}, REFUSED, .suggest = NULL},
    /* Supertypes. */
    {"b.C::handleRequest",
     {{"a/H.class", "class " GOOD, 0}, {"b/C.class", "class b/C super=a/H" NEW, 0}},
     OK,
     .at = "b/C.class"},
    {"b.C",
     {{"lib/x.jar", "jar a/H.class=class " GOOD, 0}, {"b/C.class", "class b/C super=a/H" NEW, 0}},
     OK,
     .at = "b/C.class"},
    {"b.C::run",
     {{"b/C.class", "class b/C super=a/H" NEW, 0}},
     PL_FAILS,
     PL_WHY_CLASS_NEEDS,
     .says = "java.lang.NoClassDefFoundError: a/H"},
    {"b.C::run",
     {{"b/C.class", "class b/C implements=a/I" NEW, 0}},
     PL_FAILS,
     PL_WHY_CLASS_NEEDS,
     .suggest = NULL},
    {"b.C::run",
     {{"b/C.class", "class b/C super=a/H" NEW, 0}},
     PL_CANNOT_TELL,
     PL_WHY_OPAQUE_LAYER,
     .opaque = true},
    {"b.C::run",
     {{"b/C.class", "class b/C super=java/util/ArrayList" NEW, 0}},
     PL_CANNOT_TELL,
     PL_WHY_INHERITED,
     .suggest = NULL},
    {"b.C",
     {{"b/C.class", "class b/C super=java/util/ArrayList" NEW, 0}},
     REFUSED,
     .suggest = NULL},
    {"b.C::run", {{"b/C.class", "class b/C super=b/C" NEW, 0}}, REFUSED, .suggest = NULL},
    {"b.C::run",
     {{"b/C.class", "class b/C super=a/H" NEW, 0}, {"a/H.class", "class a/H major=65 1:run()V", 0}},
     PL_FAILS,
     PL_WHY_CLASS_TOO_NEW,
     .suggest = NULL},
    {"b.C::help",
     {{"b/C.class", "class b/C implements=a/I" NEW, 0},
      {"a/I.class", "class a/I flags=1537 1:help()V 9:only()V", 0}},
     OK,
     .suggest = NULL},
    {"b.C::only",
     {{"b/C.class", "class b/C implements=a/I" NEW, 0},
      {"a/I.class", "class a/I flags=1537 9:only()V", 0}},
     REFUSED,
     .suggest = NULL},
    METHODS(RUN, " 1:other(La/Event;)V 1:run()V", PL_FAILS, PL_WHY_CLASS_NEEDS, .suggest = NULL),
    METHODS(RUN, " 2:other(La/Event;)V 1:run()V", OK, .suggest = NULL),
    METHODS(RUN, " 1:run(Lcom/amazonaws/services/lambda/runtime/events/SQSEvent;)V", PL_FAILS,
            PL_WHY_CLASS_NEEDS, .suggest = NULL),
    {"a.H",
     {{"a/H.class",
       "class a/H implements=" API "RequestHandler signature=L" API
       "RequestHandler<Lx/Event;Ljava/util/List<Lx/E;>;>;" NEW,
       0}},
     PL_FAILS,
     PL_WHY_CLASS_NEEDS,
     .suggest = NULL},
    {"a.H",
     {{"a/H.class", "class a/H implements=" API "RequestHandler" NEW, 0}},
     REFUSED,
     "a.H::handleRequest",
     .says = NULL},
    /* Signatures. */
    METHODS(RUN, " 1:run()V", OK, .suggest = NULL),
    METHODS(RUN, " 1:run(I)V", OK, .suggest = NULL),
    METHODS(RUN, " 1:run([[J" CONTEXT ")V", OK, .suggest = NULL),
    METHODS(RUN, " 1:run(Ljava/io/InputStream;Ljava/io/OutputStream;" CONTEXT ")V", OK,
            .suggest = NULL),
    METHODS(RUN, " 1:run(Ljava/io/OutputStream;" CONTEXT ")V", OK, .suggest = NULL),
    METHODS(RUN, " 1:run(II)V", REFUSED,
            .says =
                "No public method named run with appropriate method signature found on class a.H"),
    METHODS(RUN, " 1:run(" CONTEXT CONTEXT ")V", REFUSED, .suggest = NULL),
    METHODS(RUN, " 1:run(II" CONTEXT ")V", REFUSED, .suggest = NULL),
    METHODS(RUN, " 1:run(IIII)V", REFUSED, .suggest = NULL),
    METHODS(RUN, " 1:run(II)V 1:run(I)V", OK, .suggest = NULL),
    METHODS(RUN, " 2:run()V", REFUSED, .suggest = NULL),
    METHODS("a.H::toString", " 1:run()V", OK, .suggest = NULL),
    METHODS("a.H::Run", " 1:run()V", REFUSED, "a.H::run", .says = NULL),
    METHODS("a.H", " 1:run()V", REFUSED, "a.H::run",
            .says = "Class does not implement an appropriate handler interface: a.H"),
    METHODS("a.H::<init>", "", REFUSED, .suggest = NULL),
    /* Instances. */
    {RUN,
     {{"a/H.class", "class a/H 1:run()V", 0}},
     REFUSED,
     .says = "Class a.H has no public zero-argument constructor"},
    {RUN, {{"a/H.class", "class a/H 9:run()V", 0}}, OK, .suggest = NULL},
    {RUN, {{"a/H.class", "class a/H flags=1057 1:run()V" NEW, 0}}, REFUSED, .suggest = NULL},
    {RUN, {{"a/H.class", "class a/H flags=32 1:run()V" NEW, 0}}, REFUSED, .suggest = NULL},
    {"a.O$N::run",
     {{"a/O$N.class", "class a/O$N inner=1 1:<init>(La/O$N;)V 1:run()V", 0}},
     REFUSED,
     .says = "Class a.O$N cannot be instantiated because it is a non-static inner class"},
};
enum { ROW_COUNT = sizeof ROWS / sizeof ROWS[0] };

static const struct pl_tree_ops *plain;
static struct pl_tree_ops java;

static PL_STATUS java_read(const struct pl_tree *tree, uint32_t entry, size_t max,
                           struct pl_buf *to, struct pl_err *err)
{
    struct pl_buf PL_CLEANUP(pl_buf_done) words = {0};
    pl_buf_init(&words, max);
    if (plain->read(tree, entry, max, &words, err) != PL_OK) {
        return err->code;
    }
    struct pl_slice text = pl_buf_view(&words);
    if (pl_slice_starts(text, PL_SLICE("class "))) {
        fake_class(to, words.data + 6);
    } else if (pl_slice_starts(text, PL_SLICE("jar "))) {
        fake_jar(to, words.data + 4);
    } else {
        return pl_buf_slice(to, text, err);
    }
    return PL_OK;
}

static void make(struct fake *fake, const struct row *row)
{
    struct fake_setting setting = {row->runtime ? row->runtime : "java17", row->handler, row->env,
                                   row->opaque, PL_ARCH_UNKNOWN};
    fake_init(fake, &setting, row->file);
    plain = fake->code.tree.ops;
    java = *plain;
    java.read = java_read;
    fake->code.tree.ops = fake->layer.tree.ops = &java;
}

START_TEST(java_table)
{
    const struct row *row = &ROWS[_i];
    struct fake fake;
    struct pl_err err;
    make(&fake, row);
    ck_assert_int_eq(pl_load_function(&fake.fn, &fake.arena, &err), PL_OK);
    const struct pl_load *load = &fake.fn.load;
    ck_assert_msg(load->outcome == row->outcome && load->why == row->why,
                  "row %d, %s: outcome %d, %s: %.*s", _i, row->handler, load->outcome,
                  pl_why_text((enum pl_why)load->why), (int)load->detail.len, load->detail.ptr);
    ck_assert_msg(pl_slice_eq(load->suggest, pl_slice_of(row->suggest)),
                  "row %d, %s: suggests '%.*s'", _i, row->handler, (int)load->suggest.len,
                  load->suggest.ptr);
    ck_assert_msg(!row->says || pl_slice_is(load->lambda_says, row->says), "row %d: says %.*s", _i,
                  (int)load->lambda_says.len, load->lambda_says.ptr);
    if (row->at) {
        ck_assert_str_eq(fake_name(load->at), row->at);
    }
    if (row->elsewhere) {
        ck_assert_str_eq(fake_name(load->elsewhere), row->elsewhere);
    }
    if (load->outcome == PL_FAILS && load->why != PL_WHY_JAR_PLACE) {
        ck_assert_uint_gt(load->lambda_says.len, 0);
    }
    fake_done(&fake);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("load_java");
    TCase *tests = tcase_create("load_java");
    tcase_add_loop_test(tests, java_table, 0, ROW_COUNT);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
