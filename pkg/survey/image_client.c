/* The runtime clients by their commands and files (LAMBDA 6.3, 6.4). */
#include "pkg/survey/image_client.h"

#include "pkg/base/limits.h"
#include "pkg/base/text.h"
#include "pkg/lambda/runtimes.h"

#include <string.h>

bool pl_image_has(struct pl_slice bytes, const char *text)
{
    return pl_slice_find_text(bytes, pl_slice_of(text)) < bytes.len;
}

uint32_t pl_image_find_entry(const struct pl_image_ask *ask, struct pl_slice suffix)
{
    const struct pl_tree *tree = &ask->package->tree;
    for (uint32_t i = 0; i < tree->n; i++) {
        struct pl_slice name = tree->entry[i].name;
        bool ends = pl_slice_ends(name, suffix);
        if (ends && (name.len == suffix.len || name.ptr[name.len - suffix.len - 1] == '/')) {
            return i;
        }
    }
    return PL_ENTRY_NONE;
}

static const char *basename_is(struct pl_slice path, const char *const *names)
{
    struct pl_slice base = pl_slice_basename(path);
    for (; *names; names++) {
        if (pl_slice_is(base, *names)) {
            return *names;
        }
    }
    return NULL;
}

static void take_handler(struct pl_image_ask *ask, const struct pl_image_command *c, uint32_t at,
                         enum pl_language language)
{
    ask->run->has_language = true;
    ask->run->language = (uint8_t)language;
    ask->run->task = pl_slice_is(ask->cwd, "/") ? PL_SLICE("") : ask->cwd;
    if (at < c->n) {
        ask->run->handler = c->word[at];
    }
}

/* Does a line that is no comment have the text? */
static bool is_in_code(struct pl_slice text, const char *what)
{
    struct pl_slice line;
    while (pl_slice_next(&text, '\n', &line)) {
        line = pl_slice_trim(line);
        bool comment =
            pl_slice_starts(line, PL_SLICE("#")) || pl_slice_starts(line, PL_SLICE("//"));
        if (!comment && pl_image_has(line, what)) {
            return true;
        }
    }
    return false;
}

bool pl_image_names_api(struct pl_slice text)
{
    return is_in_code(text, "AWS_LAMBDA_RUNTIME_API") ||
           is_in_code(text, "/runtime/invocation/next");
}

PL_STATUS pl_image_ask_text(struct pl_image_ask *ask, const struct pl_image_command *c,
                            bool *ret_known, struct pl_err *err)
{
    for (uint32_t i = 1; i < c->n; i++) {
        struct pl_buf text PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_LOOK_BYTES};
        struct pl_hit hit = pl_view_find(ask->view, ask->cwd, c->word[i]);
        bool read = false;
        if (c->word[i].len == 0 || c->word[i].ptr[0] == '-' || hit.how != PL_HOW_FILE) {
            continue;
        }
        if (pl_image_bytes(ask, hit.at, &text, &read, err) != PL_OK) {
            return err->code;
        }
        if (pl_image_names_api(pl_buf_view(&text))) {
            *ret_known = true;
            return pl_image_answer(ask, PL_SPEAKS_YES, false, err,
                                   "the script that %.*s runs names the Runtime API itself",
                                   (int)c->word[0].len, c->word[0].ptr);
        }
        return PL_OK;
    }
    return PL_OK;
}

/* ---------------------------------------------------------------- Python */

/* "312" of ".../python3.12/..." or "python3.12"; empty when neither says it. */
static struct pl_slice python_version(struct pl_slice path, char buffer[8])
{
    size_t at = pl_slice_find_text(path, PL_SLICE("python3."));
    size_t n = 0;
    if (at == path.len) {
        return (struct pl_slice){0};
    }
    buffer[n++] = '3';
    for (size_t i = at + 8; i < path.len && path.ptr[i] >= '0' && path.ptr[i] <= '9' && n < 4;
         i++) {
        buffer[n++] = path.ptr[i];
    }
    return pl_slice_make(buffer, n);
}

/* The client's compiled part stands beside it: there, for this Python, or not at all (`ret_any`).
 */
static bool has_native(const struct pl_image_ask *ask, struct pl_slice folder,
                       struct pl_slice version, bool *ret_any)
{
    const struct pl_tree *tree = &ask->package->tree;
    uint32_t first;
    uint32_t end;
    bool fits = false;
    pl_tree_range(tree, folder, &first, &end);
    *ret_any = false;
    for (uint32_t i = first; i < end; i++) {
        struct pl_slice base = pl_slice_basename(tree->entry[i].name);
        if (!pl_slice_starts(base, PL_SLICE("runtime_client.")) ||
            !pl_slice_ends(base, PL_SLICE(".so"))) {
            continue;
        }
        *ret_any = true;
        struct pl_slice tag = PL_SLICE("runtime_client.cpython-");
        struct pl_slice rest = pl_slice_sub(base, tag.len, base.len);
        fits = fits || !pl_slice_starts(base, tag) || version.len == 0 ||
               (pl_slice_starts(rest, version) && rest.ptr[version.len] == '-');
    }
    return fits;
}

static PL_STATUS judge_python_client(struct pl_image_ask *ask, struct pl_slice interpreter,
                                     struct pl_err *err)
{
    char buffer[8];
    bool any = false;
    uint32_t at = pl_image_find_entry(ask, PL_SLICE("awslambdaric/__main__.py"));
    if (at == PL_ENTRY_NONE) {
        bool packed =
            pl_image_find_entry(ask, PL_SLICE("awslambdaric/__main__.pyc")) != PL_ENTRY_NONE;
        return packed
                   ? pl_image_answer(ask, PL_SPEAKS_YES, false, err,
                                     "Python starts awslambdaric, which is there as bytecode")
                   : pl_image_answer(ask, PL_SPEAKS_NO, true, err,
                                     "Python is to start awslambdaric, which is not installed in "
                                     "the image");
    }
    struct pl_slice folder = pl_slice_dirname(pl_slice_dirname(ask->package->tree.entry[at].name));
    struct pl_slice version = python_version(folder, buffer);
    version = version.len > 0 ? version : python_version(interpreter, buffer);
    if (has_native(ask, folder, version, &any)) {
        return pl_image_answer(ask, PL_SPEAKS_YES, true, err,
                               "Python starts awslambdaric, Lambda's client for Python, in /%.*s",
                               (int)folder.len, folder.ptr);
    }
    return pl_image_answer(ask, PL_SPEAKS_NO, false, err,
                           any ? "awslambdaric in /%.*s was built for another Python: its "
                                 "runtime_client does not load"
                               : "awslambdaric in /%.*s has no compiled runtime_client beside it",
                           (int)folder.len, folder.ptr);
}

/* A script that Python runs: the client imported by hand, or a loop of its own. */
static PL_STATUS judge_python_script(struct pl_image_ask *ask, const struct pl_image_command *c,
                                     uint32_t at, bool *ret_known, struct pl_err *err)
{
    struct pl_buf text PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_LOOK_BYTES};
    struct pl_hit hit = pl_view_find(ask->view, ask->cwd, c->word[at]);
    bool read = false;
    if (hit.how != PL_HOW_FILE) {
        return PL_OK;
    }
    if (pl_image_bytes(ask, hit.at, &text, &read, err) != PL_OK) {
        return err->code;
    }
    struct pl_slice bytes = pl_buf_view(&text);
    if (pl_image_has(bytes, "import awslambdaric") || pl_image_has(bytes, "from awslambdaric")) {
        *ret_known = true;
        return judge_python_client(ask, ask->package->tree.entry[c->at.entry].name, err);
    }
    return pl_image_ask_text(ask, c, ret_known, err);
}

static PL_STATUS ask_python(struct pl_image_ask *ask, const struct pl_image_command *c,
                            bool *ret_known, struct pl_err *err)
{
    uint32_t i = 1;
    while (i < c->n && c->word[i].len > 1 && c->word[i].ptr[0] == '-' &&
           !pl_slice_is(c->word[i], "-m") && !pl_slice_is(c->word[i], "-c")) {
        i += pl_slice_is(c->word[i], "-X") || pl_slice_is(c->word[i], "-W") ? 2 : 1;
    }
    struct pl_slice name = ask->package->tree.entry[c->at.entry].name;
    if (i + 1 < c->n && pl_slice_is(c->word[i], "-m")) {
        if (!pl_slice_is(c->word[i + 1], "awslambdaric")) {
            return PL_OK;
        }
        *ret_known = true;
        take_handler(ask, c, i + 2, PL_LANG_PYTHON);
        if (i + 2 >= c->n) {
            return pl_image_answer(ask, PL_SPEAKS_NO, true, err,
                                   "awslambdaric is given no handler: the command is empty");
        }
        return judge_python_client(ask, name, err);
    }
    return i < c->n && c->word[i].len > 0 && c->word[i].ptr[0] != '-'
               ? judge_python_script(ask, c, i, ret_known, err)
               : PL_OK;
}

/* ---------------------------------------------------------------- Node.js */

/* Its transport is an addon, which npm builds when it installs the package; without it the client
 * ends at once (aws-lambda-ric 3.3.0, 4.0.2). */
static bool has_addon(const struct pl_image_ask *ask, struct pl_slice folder)
{
    const struct pl_tree *tree = &ask->package->tree;
    uint32_t first;
    uint32_t end;
    pl_tree_range(tree, folder, &first, &end);
    for (uint32_t i = first; i < end; i++) {
        if (pl_slice_is(pl_slice_basename(tree->entry[i].name), "rapid-client.node")) {
            return true;
        }
    }
    return false;
}

static PL_STATUS judge_node_client(struct pl_image_ask *ask, bool npx, struct pl_err *err)
{
    uint32_t at = pl_image_find_entry(ask, PL_SLICE("node_modules/aws-lambda-ric/package.json"));
    if (at != PL_ENTRY_NONE) {
        struct pl_slice name = pl_slice_dirname(ask->package->tree.entry[at].name);
        if (!has_addon(ask, name)) {
            return pl_image_answer(ask, PL_SPEAKS_NO, false, err,
                                   "aws-lambda-ric in /%.*s has no rapid-client.node: its native "
                                   "part was not built when it was installed",
                                   (int)name.len, name.ptr);
        }
        return pl_image_answer(
            ask, PL_SPEAKS_YES, true, err,
            "Node.js starts aws-lambda-ric, Lambda's client for Node.js, in /%.*s", (int)name.len,
            name.ptr);
    }
    return npx ? pl_image_answer(
                     ask, PL_SPEAKS_NO, false, err,
                     "npx is to start aws-lambda-ric, which is not installed: npx would "
                     "have to fetch it at each start, onto a file system that is "
                     "read-only")
               : pl_image_answer(ask, PL_SPEAKS_NO, true, err,
                                 "aws-lambda-ric is to be started, which is not installed in the "
                                 "image");
}

static PL_STATUS ask_node(struct pl_image_ask *ask, const struct pl_image_command *c,
                          bool *ret_known, struct pl_err *err)
{
    bool npx = basename_is(c->word[0], (const char *const[]){"npx", "npm", "yarn", "pnpm", NULL});
    for (uint32_t i = 0; i < c->n; i++) {
        struct pl_slice word = c->word[i];
        bool is = pl_slice_is(pl_slice_basename(word), "aws-lambda-ric") ||
                  pl_image_has(word, "aws-lambda-ric/bin/");
        if (is) {
            *ret_known = true;
            take_handler(ask, c, i + 1, PL_LANG_NODEJS);
            return judge_node_client(ask, npx, err);
        }
    }
    return npx ? PL_OK : pl_image_ask_text(ask, c, ret_known, err);
}

/* ---------------------------------------------------------------- Ruby */

static PL_STATUS ask_ruby(struct pl_image_ask *ask, const struct pl_image_command *c,
                          bool *ret_known, struct pl_err *err)
{
    for (uint32_t i = 0; i < c->n; i++) {
        if (!pl_slice_is(pl_slice_basename(c->word[i]), "aws_lambda_ric")) {
            continue;
        }
        *ret_known = true;
        take_handler(ask, c, i + 1, PL_LANG_RUBY);
        return pl_image_find_entry(ask, PL_SLICE("lib/aws_lambda_ric.rb")) != PL_ENTRY_NONE
                   ? pl_image_answer(ask, PL_SPEAKS_YES, true, err,
                                     "Ruby starts aws_lambda_ric, Lambda's client for Ruby")
                   : pl_image_answer(
                         ask, PL_SPEAKS_NO, true, err,
                         "aws_lambda_ric is to be started, whose gem is not installed in "
                         "the image");
    }
    return PL_OK;
}

/* ---------------------------------------------------------------- Java */

static const char JAVA_CLIENT[] = "com.amazonaws.services.lambda.runtime.api.client.AWSLambda";
static const char JAVA_CLIENT_FILE[] =
    "com/amazonaws/services/lambda/runtime/api/client/AWSLambda.class";

static bool has_java_client(const struct pl_image_ask *ask)
{
    const struct pl_tree *tree = &ask->package->tree;
    for (uint32_t i = 0; i < tree->n; i++) {
        struct pl_slice base = pl_slice_basename(tree->entry[i].name);
        if (pl_slice_starts(base, PL_SLICE("aws-lambda-java-runtime-interface-client")) &&
            pl_slice_ends(base, PL_SLICE(".jar"))) {
            return true;
        }
    }
    return pl_image_find_entry(ask, pl_slice_of(JAVA_CLIENT_FILE)) != PL_ENTRY_NONE;
}

/* A jar's directory holds the names of its members as they are. */
static PL_STATUS jar_has_client(struct pl_image_ask *ask, struct pl_slice path, bool *ret,
                                bool *ret_read, struct pl_err *err)
{
    struct pl_buf bytes PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_LOOK_BYTES};
    struct pl_hit hit = pl_view_find(ask->view, ask->cwd, path);
    *ret = *ret_read = false;
    if (hit.how != PL_HOW_FILE) {
        return PL_OK;
    }
    enum pl_status status = pl_image_bytes(ask, hit.at, &bytes, ret_read, err);
    *ret = pl_image_has(pl_buf_view(&bytes), JAVA_CLIENT_FILE);
    return status;
}

static PL_STATUS ask_jar(struct pl_image_ask *ask, const struct pl_image_command *c, uint32_t at,
                         bool *ret_known, struct pl_err *err)
{
    bool has = false;
    bool read = false;
    if (jar_has_client(ask, c->word[at], &has, &read, err) != PL_OK) {
        return err->code;
    }
    if (has) {
        *ret_known = true;
        take_handler(ask, c, at + 1, PL_LANG_JAVA);
        return pl_image_answer(ask, PL_SPEAKS_YES, false, err,
                               "the jar that Java runs holds Lambda's client for Java");
    }
    return PL_OK;
}

static PL_STATUS ask_java(struct pl_image_ask *ask, const struct pl_image_command *c,
                          bool *ret_known, struct pl_err *err)
{
    bool jar_has = false;
    bool read = false;
    for (uint32_t i = 1; i < c->n; i++) {
        if (pl_slice_is(c->word[i], "-jar") && i + 1 < c->n) {
            return ask_jar(ask, c, i + 1, ret_known, err);
        }
        if (!pl_slice_is(c->word[i], JAVA_CLIENT)) {
            continue;
        }
        *ret_known = true;
        take_handler(ask, c, i + 1, PL_LANG_JAVA);
        for (uint32_t k = 1; k < i && !jar_has; k++) {
            if (pl_slice_ends(c->word[k], PL_SLICE(".jar")) &&
                jar_has_client(ask, c->word[k], &jar_has, &read, err) != PL_OK) {
                return err->code;
            }
        }
        return has_java_client(ask) || jar_has
                   ? pl_image_answer(ask, PL_SPEAKS_YES, true, err,
                                     "Java starts AWSLambda, Lambda's client for Java")
                   : pl_image_answer(
                         ask, PL_SPEAKS_NO, false, err,
                         "Java is to start Lambda's client, and no jar of the image has "
                         "that name");
    }
    return PL_OK;
}

/* ---------------------------------------------------------------- .NET */

static PL_STATUS ask_dotnet(struct pl_image_ask *ask, const struct pl_image_command *c,
                            bool *ret_known, struct pl_err *err)
{
    for (uint32_t i = 1; i < c->n; i++) {
        if (!pl_slice_ends(c->word[i], PL_SLICE(".dll"))) {
            continue;
        }
        struct pl_hit hit = pl_view_find(ask->view, ask->cwd, c->word[i]);
        struct pl_slice beside;
        if (hit.how != PL_HOW_FILE) {
            return PL_OK;
        }
        struct pl_slice folder = pl_slice_dirname(ask->package->tree.entry[hit.at.entry].name);
        if (pl_arena_fmt(ask->arena, &beside, err, "/%.*s/Amazon.Lambda.RuntimeSupport.dll",
                         (int)folder.len, folder.ptr) != PL_OK) {
            return err->code;
        }
        if (pl_view_find(ask->view, PL_SLICE("/"), beside).how == PL_HOW_FILE) {
            *ret_known = true;
            return pl_image_answer(
                ask, PL_SPEAKS_YES, false, err,
                "Amazon.Lambda.RuntimeSupport.dll stands beside the assembly that "
                "dotnet runs");
        }
        return PL_OK;
    }
    return PL_OK;
}

PL_STATUS pl_image_ask_language(struct pl_image_ask *ask, const struct pl_image_command *c,
                                bool *ret_known, struct pl_err *err)
{
    static const char *const node[] = {"node", "nodejs",         "npx", "npm", "yarn",
                                       "pnpm", "aws-lambda-ric", "bun", NULL};
    static const char *const ruby[] = {"ruby", "bundle", "bundler", "aws_lambda_ric", NULL};
    struct pl_slice base = pl_slice_basename(c->word[0]);
    *ret_known = false;
    if (pl_slice_starts(base, PL_SLICE("python")) || pl_slice_starts(base, PL_SLICE("pypy"))) {
        return ask_python(ask, c, ret_known, err);
    }
    if (basename_is(c->word[0], node) || pl_image_has(c->word[0], "aws-lambda-ric/bin/")) {
        return ask_node(ask, c, ret_known, err);
    }
    if (basename_is(c->word[0], ruby)) {
        return ask_ruby(ask, c, ret_known, err);
    }
    if (pl_slice_is(base, "java")) {
        return ask_java(ask, c, ret_known, err);
    }
    return pl_slice_is(base, "dotnet") ? ask_dotnet(ask, c, ret_known, err)
                                       : pl_image_ask_text(ask, c, ret_known, err);
}
