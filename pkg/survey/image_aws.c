/*
 * Images that start as AWS's own do: /lambda-entrypoint.sh, which starts /var/runtime/bootstrap
 * with the handler (IMAGES d.3, d.6).  The language is what the image says of itself or has in
 * AWS's places; a bootstrap that is not AWS's is followed as any other program.
 */
#include "pkg/base/limits.h"
#include "pkg/inspect/exec.h"
#include "pkg/survey/image_client.h"

static const struct pl_slice BOOTSTRAP = PL_SLICE_INIT("/var/runtime/bootstrap");

/* "python3.13": its language, and the runtime where Lambda has one of that name. */
static void take_id(struct pl_image_run *run, struct pl_slice id)
{
    static const struct {
        struct pl_slice before;
        enum pl_language language;
    } languages[] = {{PL_SLICE_INIT("python"), PL_LANG_PYTHON},
                     {PL_SLICE_INIT("node"), PL_LANG_NODEJS},
                     {PL_SLICE_INIT("ruby"), PL_LANG_RUBY},
                     {PL_SLICE_INIT("java"), PL_LANG_JAVA},
                     {PL_SLICE_INIT("dotnet"), PL_LANG_DOTNET}};
    for (size_t i = 0; i < sizeof languages / sizeof *languages; i++) {
        if (pl_slice_starts(id, languages[i].before)) {
            run->language = (uint8_t)languages[i].language;
            run->has_language = true;
            run->runtime = pl_runtime_find(id);
            return;
        }
    }
}

/* What follows `mark` in the text, as far as small letters, digits and points go. */
static struct pl_slice word_behind(struct pl_slice text, const char *mark)
{
    struct pl_slice word = pl_slice_of(mark);
    size_t from = pl_slice_find_text(text, word) + word.len;
    size_t end = from;
    while (end < text.len &&
           ((text.ptr[end] >= 'a' && text.ptr[end] <= 'z') || text.ptr[end] == '.' ||
            (text.ptr[end] >= '0' && text.ptr[end] <= '9'))) {
        end++;
    }
    return pl_slice_sub(text, from, end);
}

/* In AWS's images the bootstrap is a script that sets AWS_EXECUTION_ENV to the runtime's name and
 * starts an interpreter of /var/lang/bin with a file of /var/runtime (as copies of it show for
 * Python 3.8 to 3.13, Node.js 18 and Java 17). */
static bool is_of_aws(struct pl_slice script)
{
    static const char *const signs[] = {"AWS_EXECUTION_ENV=AWS_Lambda_",
                                        "/var/runtime/",
                                        "awslambdaric",
                                        "aws-lambda-ric",
                                        "aws_lambda_ric",
                                        "client.AWSLambda"};
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        if (pl_image_has(script, signs[i])) {
            return true;
        }
    }
    return false;
}

/* By what stands in AWS's places: interpreters (PATH begins with /var/lang/bin), and the parts of
 * each language's client. */
static void find_by_files(struct pl_image_ask *ask)
{
    static const struct {
        struct pl_slice path;
        const char *language;
    } places[] = {{PL_SLICE_INIT("/var/lang/bin/python3"), "python"},
                  {PL_SLICE_INIT("/var/lang/bin/node"), "node"},
                  {PL_SLICE_INIT("/var/lang/bin/ruby"), "ruby"},
                  {PL_SLICE_INIT("/var/lang/bin/java"), "java"},
                  {PL_SLICE_INIT("/var/lang/bin/dotnet"), "dotnet"},
                  {PL_SLICE_INIT("/var/runtime/bootstrap.py"), "python"},
                  {PL_SLICE_INIT("/var/runtime/index.mjs"), "node"},
                  {PL_SLICE_INIT("/var/runtime/bootstrap.rb"), "ruby"},
                  {PL_SLICE_INIT("/var/runtime/lib/runtime.rb"), "ruby"},
                  {PL_SLICE_INIT("/var/runtime/Amazon.Lambda.RuntimeSupport.dll"), "dotnet"}};
    const struct pl_tree *tree = &ask->package->tree;
    for (size_t i = 0; i < sizeof places / sizeof *places && !ask->run->has_language; i++) {
        if (pl_view_find(ask->view, PL_SLICE("/"), places[i].path).how == PL_HOW_FILE) {
            take_id(ask->run, pl_slice_of(places[i].language));
        }
    }
    for (uint32_t i = 0; i < tree->n && !ask->run->has_language; i++) {
        if (pl_slice_starts(tree->entry[i].name, PL_SLICE("var/runtime/lib/aws-lambda-java-"))) {
            take_id(ask->run, PL_SLICE("java"));
        }
    }
}

/* LAMBDA_RUNTIME_NAME=dotnet8 in /var/runtime/runtime-release (aws-lambda-dotnet's Dockerfiles). */
static PL_STATUS read_release(struct pl_image_ask *ask, struct pl_err *err)
{
    struct pl_buf text PL_CLEANUP(pl_buf_done) = {.max = PL_MB(1)};
    struct pl_hit hit =
        pl_view_find(ask->view, PL_SLICE("/"), PL_SLICE("/var/runtime/runtime-release"));
    bool read = false;
    if (hit.how != PL_HOW_FILE) {
        return PL_OK;
    }
    enum pl_status status = pl_image_bytes(ask, hit.at, &text, &read, err);
    if (!status && read) {
        take_id(ask->run, word_behind(pl_buf_view(&text), "LAMBDA_RUNTIME_NAME="));
    }
    return status;
}

static PL_STATUS find_language(struct pl_image_ask *ask, struct pl_ref bootstrap,
                               struct pl_err *err)
{
    struct pl_buf text PL_CLEANUP(pl_buf_done) = {.max = PL_MB(1)};
    struct pl_slice script = {0};
    bool read = false;
    if (pl_image_bytes(ask, bootstrap, &text, &read, err) != PL_OK) {
        return err->code;
    }
    if (read && pl_slice_starts(pl_buf_view(&text), PL_SLICE("#!"))) {
        script = pl_buf_view(&text);
        if (!is_of_aws(script)) {
            return PL_OK;
        }
        take_id(ask->run, word_behind(script, "AWS_EXECUTION_ENV=AWS_Lambda_"));
    }
    if (!ask->run->has_language && read_release(ask, err) != PL_OK) {
        return err->code;
    }
    if (!ask->run->has_language) {
        take_id(ask->run, word_behind(script, "/var/lang/bin/"));
    }
    if (!ask->run->has_language) {
        find_by_files(ask);
    }
    return PL_OK;
}

/* A bootstrap of one's own, as images of provided.* have: it finds the handler in _HANDLER. */
static PL_STATUS follow_bootstrap(struct pl_image_ask *ask, struct pl_slice handler,
                                  struct pl_err *err)
{
    struct pl_slice pair;
    if (pl_arena_fmt(ask->arena, &pair, err, "_HANDLER=%.*s", (int)handler.len, handler.ptr) ||
        pl_words_add(&ask->env, pair, ask->arena, err)) {
        return err->code;
    }
    return pl_image_follow(ask, &BOOTSTRAP, 1, err);
}

PL_STATUS pl_image_ask_aws(struct pl_image_ask *ask, const struct pl_image_command *c,
                           struct pl_err *err)
{
    struct pl_slice name = c->word[0];
    struct pl_hit hit = pl_view_find(ask->view, PL_SLICE("/"), BOOTSTRAP);
    if (hit.how != PL_HOW_FILE || !pl_image_may_run(hit.at)) {
        return pl_image_answer(
            ask, PL_SPEAKS_NO, true, err,
            hit.how == PL_HOW_FILE
                ? "%.*s starts /var/runtime/bootstrap, which is not executable"
                : "%.*s starts /var/runtime/bootstrap, which is not in the image: "
                  "images of provided.* need one of your own",
            (int)name.len, name.ptr);
    }
    if (c->n != 2) {
        return pl_image_answer(ask, PL_SPEAKS_NO, true, err,
                               c->n < 2
                                   ? "%.*s is given no handler: the image has no CMD"
                                   : "%.*s takes the handler and nothing else; the image's CMD has "
                                     "more than one word (its shell form has three)",
                               (int)name.len, name.ptr);
    }
    if (find_language(ask, hit.at, err) != PL_OK) {
        return err->code;
    }
    if (!ask->run->has_language) {
        return follow_bootstrap(ask, c->word[1], err);
    }
    ask->run->handler = c->word[1];
    ask->run->is_aws = true;
    ask->run->task = pl_image_env(&ask->env, "LAMBDA_TASK_ROOT");
    return pl_image_answer(ask, PL_SPEAKS_YES, true, err,
                           "it starts as AWS's base images do, with /var/runtime/bootstrap");
}
