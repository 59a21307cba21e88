/*
 * Built or not: what stands where a template says that code is.  An artifact is judged; a folder
 * that a build will still change is a source; what a build has yet to make is said to be so, and is
 * no mistake of the template.
 */
#include "pkg/base/file.h"
#include "pkg/base/limits.h"
#include "pkg/project/serverless.h"
#include "pkg/project/template_read.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const char WHY_SAM[] = "not built: run sam build";
static const char WHY_SERVERLESS[] = "not built: run serverless package";
static const char WHY_BUILD[] = "not built: run your build first";
static const char WHY_SKIPPED[] = "not built: run cdk synth for its stack";
static const char WHY_S3[] = "the code is in S3";
static const char WHY_PLACE[] = "where the code stands is not known here";

/* Folders that builds write to. */
static bool is_output_name(struct pl_slice part)
{
    static const char *const names[] = {
        "build",    "dist",      "target",   "out",       "bin",      "publish",     "package",
        "pkg",      "lib",       ".build",   "output",    "release",  "bundle",      ".aws-sam",
        "packages", "artifacts", "artifact", "deploy",    "vendor",   ".serverless", "packaged",
        "zip",      "zips",      "tmp",      "generated", "compiled", "built",       "node_modules",
        ".webpack", ".esbuild",  "obj"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (pl_slice_eq_nocase(part, pl_slice_of(names[i]))) {
            return true;
        }
    }
    return false;
}

static bool is_archive_name(struct pl_slice path)
{
    return pl_slice_ends(path, PL_SLICE(".zip")) || pl_slice_ends(path, PL_SLICE(".jar"));
}

/* Does the path look like something that a build makes? */
static bool is_output_path(struct pl_slice path)
{
    struct pl_slice part;
    struct pl_slice rest = path;
    while (pl_slice_next(&rest, '/', &part)) {
        if (is_output_name(part)) {
            return true;
        }
    }
    return is_archive_name(path);
}

static bool is_remote(struct pl_slice path)
{
    return pl_slice_starts(path, PL_SLICE("s3://")) || pl_slice_starts(path, PL_SLICE("http://")) ||
           pl_slice_starts(path, PL_SLICE("https://"));
}

static PL_STATUS has_file(struct pl_slice folder, const char *name, bool *ret, struct pl_err *err)
{
    char path[PL_MAX_PATH + 64];
    struct stat st;
    int n = snprintf(path, sizeof path, "%.*s/%s", (int)folder.len, folder.ptr, name);
    *ret = false;
    return n > 0 && (size_t)n < sizeof path ? pl_file_look(path, false, ret, &st, err) : PL_OK;
}

/* Signs of a step that makes the files that will run out of those that stand here. */
static PL_STATUS has_bundler(struct pl_slice folder, bool *ret, struct pl_err *err)
{
    static const char *const signs[] = {
        "tsconfig.json",     "webpack.config.js", "webpack.config.ts", "rollup.config.js",
        "rollup.config.mjs", "esbuild.js",        "esbuild.mjs",       "esbuild.config.js",
        "vite.config.js",    "vite.config.ts",    "babel.config.js",   ".babelrc",
        "Makefile",          "tsup.config.ts",    "build.js",          "build.mjs",
        "gulpfile.js",       "Gruntfile.js",      "webpack.config.cjs"};
    bool is_there = false;
    enum pl_status status = PL_OK;
    for (size_t i = 0; !status && !is_there && i < sizeof signs / sizeof *signs; i++) {
        status = has_file(folder, signs[i], &is_there, err);
    }
    *ret = is_there;
    return status;
}

static bool is_interpreted(const struct pl_tp_code *code)
{
    static const char *const languages[] = {"python", "nodejs", "ruby"};
    bool is = false;
    for (size_t i = 0; code->runtime.known == PL_GIVEN && i < 3; i++) {
        is = is || pl_slice_starts(code->runtime.text, pl_slice_of(languages[i]));
    }
    return is;
}

/* May a build leave the handler's file as and where it is?  By what the template says. */
static bool may_be_plain(const struct pl_tp_code *code)
{
    if (!is_interpreted(code)) {
        return false;
    }
    if (code->build.len > 0 && !pl_slice_starts(code->build, PL_SLICE("python")) &&
        !pl_slice_starts(code->build, PL_SLICE("nodejs")) &&
        !pl_slice_starts(code->build, PL_SLICE("ruby"))) {
        return false;
    }
    return !is_output_path(code->handler);
}

/* The same, by the files that stand there. */
static PL_STATUS is_plain(const struct pl_tp *tp, const struct pl_tp_code *code,
                          struct pl_slice folder, bool *ret, struct pl_err *err)
{
    bool is_node = pl_slice_starts(code->runtime.text, PL_SLICE("nodejs"));
    bool is_bundled = false;
    *ret = !code->is_layer && may_be_plain(code);
    if (!*ret || !is_node) {
        return PL_OK;
    }
    if (has_bundler(folder, &is_bundled, err) != PL_OK ||
        (!is_bundled && has_bundler(tp->project->root, &is_bundled, err) != PL_OK)) {
        return err->code;
    }
    *ret = !is_bundled;
    return PL_OK;
}

/* A name beside the missing one that differs in case only; *ret stays empty when there is none. */
static PL_STATUS find_other_case(struct pl_tp *tp, struct pl_slice path, struct pl_slice *ret,
                                 struct pl_err *err)
{
    struct pl_slice folder = pl_slice_dirname(path);
    struct pl_slice name = pl_slice_basename(path);
    struct pl_slice where;
    if (pl_arena_dup(&tp->project->arena, folder.len > 0 ? folder : PL_SLICE("."), &where, err) !=
        PL_OK) {
        return err->code;
    }
    DIR *dir = opendir(where.ptr);
    enum pl_status status = PL_OK;
    for (const struct dirent *it; dir && ret->len == 0 && (it = readdir(dir)) != NULL;) {
        if (pl_slice_eq_nocase(pl_slice_of(it->d_name), name)) {
            status = pl_arena_dup(&tp->project->arena, pl_slice_of(it->d_name), ret, err);
        }
    }
    if (dir) {
        (void)closedir(dir);
    }
    return status;
}

/* What `sam build` made of this function or layer. */
static const struct pl_value *built_place(const struct pl_tp *tp, const struct pl_tp_code *code)
{
    if (!tp->built) {
        return NULL;
    }
    uint32_t at = code->is_layer ? pl_project_find_layer(tp->built, code->id)
                                 : pl_project_find_function(tp->built, code->id);
    if (at == PL_NO_INDEX) {
        return NULL;
    }
    const struct pl_value *package =
        code->is_layer ? &tp->built->layer[at].package : &tp->built->function[at].package;
    uint8_t state = code->is_layer ? tp->built->layer[at].state : tp->built->function[at].state;
    return state == PL_PACKAGE_ARTIFACT && pl_value_has(package) ? package : NULL;
}

/* Nothing is there: to be built, or a mistake? */
static PL_STATUS look_gap(struct pl_tp *tp, const struct pl_tp_code *code, bool is_final,
                          struct pl_tp_place *place, struct pl_err *err)
{
    struct pl_slice path = place->package.text;
    while (path.len > 1 && path.ptr[path.len - 1] == '/') {
        path.len--;
    }
    place->state = PL_PACKAGE_ABSENT;
    if (find_other_case(tp, path, &place->other_case, err) != PL_OK) {
        return err->code;
    }
    if (is_final || place->other_case.len > 0) {
        place->state_why = NULL;
        place->gap = PL_GAP_SURE;
    } else if (is_output_path(code->path.text)) {
        place->state_why = is_archive_name(path) ? WHY_BUILD : place->state_why;
    } else {
        place->state_why = NULL;
        place->gap = is_interpreted(code) ? PL_GAP_CHECKOUT : PL_GAP_DOUBTFUL;
    }
    return PL_OK;
}

/* What `serverless package` wrote, or the folder that it will pack. */
static PL_STATUS look_serverless(struct pl_tp *tp, const struct pl_tp_code *code,
                                 struct pl_tp_place *place, struct pl_err *err)
{
    struct stat st;
    bool is_there = false;
    if (pl_file_look(place->package.text.ptr, false, &is_there, &st, err) != PL_OK) {
        return err->code;
    }
    if (is_there) {
        place->state = PL_PACKAGE_ARTIFACT;
        place->state_why = NULL;
        return PL_OK;
    }
    place->package.text = tp->project->root;
    place->state = PL_PACKAGE_SOURCE;
    place->state_why = WHY_SERVERLESS;
    bool is_here = false;
    enum pl_status status = is_plain(tp, code, tp->project->root, &is_here, err);
    place->is_plain = is_here && !tp->is_bundled;
    return status;
}

static PL_STATUS look(struct pl_tp *tp, const struct pl_tp_code *code, struct pl_tp_place *place,
                      struct pl_err *err)
{
    struct stat st;
    if (tp->project->dialect == PL_DIALECT_SERVERLESS && !code->is_layer &&
        pl_slice_starts(code->path.text, PL_SLICE(PL_SLS_OUTPUT))) {
        return look_serverless(tp, code, place, err);
    }
    bool is_there = stat(place->package.text.ptr, &st) == 0;
    if (!is_there && (errno == EIO || errno == ENOMEM)) {
        return pl_err_sys(err, errno, "%s", place->package.text.ptr);
    }
    if (code->is_skipped && is_there && S_ISDIR(st.st_mode)) {
        place->state = PL_PACKAGE_SOURCE;
        place->state_why = WHY_SKIPPED;
        return PL_OK;
    }
    bool is_final = tp->is_built || (code->is_asset && code->is_bundled) ||
                    tp->project->dialect == PL_DIALECT_TERRAFORM ||
                    (tp->project->dialect == PL_DIALECT_SERVERLESS && code->is_layer);
    place->state_why = code->has_build && !code->is_asset ? WHY_SAM : WHY_BUILD;
    if (!is_there && (errno == ENOENT || errno == ENOTDIR)) {
        /* A plan names ZIPs that something else makes, often at the apply itself. */
        return look_gap(tp, code, is_final && tp->project->dialect != PL_DIALECT_TERRAFORM, place,
                        err);
    }
    if (!is_there || !S_ISDIR(st.st_mode) || is_final) {
        place->state = PL_PACKAGE_ARTIFACT;
        place->state_why = NULL;
        return PL_OK;
    }
    const char *why = place->state_why;
    if (code->is_uploaded && pl_tp_find_unbuilt(code, place->package.text, &why, err) != PL_OK) {
        return err->code;
    }
    place->state = why ? PL_PACKAGE_SOURCE : PL_PACKAGE_ARTIFACT;
    place->state_why = why;
    return why ? is_plain(tp, code, place->package.text, &place->is_plain, err) : PL_OK;
}

/* What the CDK builds stands in its assembly; of stacks that were not asked for, and so not built
 * (aws:cdk:bundling-stacks), it names the sources instead. */
static bool is_outside(struct pl_slice path)
{
    return pl_slice_starts(path, PL_SLICE("/")) &&
           !pl_slice_starts(pl_slice_basename(path), PL_SLICE("asset.")) &&
           !pl_slice_starts(pl_slice_basename(path), PL_SLICE("bundling-temp-"));
}

/* Code that the CDK will upload under this key: the asset in its assembly, copied as it stands. */
static PL_STATUS find_asset(struct pl_tp *tp, struct pl_tp_code *code, struct pl_err *err)
{
    struct pl_tp_value key;
    if (!tp->assembly) {
        return PL_OK;
    }
    if (code->is_asset) {
        code->is_skipped = code->has_bundler && is_outside(code->path.text);
        code->is_bundled = true;
        return PL_OK;
    }
    if (code->path.kind != PL_TP_MAP || pl_tp_get(tp, &code->path, "S3Key", &key, err) != PL_OK) {
        return code->path.kind != PL_TP_MAP ? PL_OK : err->code;
    }
    struct pl_slice hash = pl_slice_sub(key.text, 0, pl_slice_find(key.text, '.'));
    for (size_t i = 0; key.kind == PL_TP_TEXT && i < tp->assembly->n_asset; i++) {
        if (pl_slice_eq(tp->assembly->asset[i].key, hash)) {
            code->path = pl_tp_text((struct pl_slice){0}, key.at);
            code->is_asset = true;
            code->is_bundled = true; /* without metadata, a bundler may have been skipped */
            code->is_skipped = is_outside(tp->assembly->asset[i].path);
            return pl_arena_dup(&tp->project->arena, tp->assembly->asset[i].path, &code->path.text,
                                err);
        }
    }
    return PL_OK;
}

/* Code of the template that `serverless package` wrote, by the name of the file that it uploads. */
static PL_STATUS find_upload(struct pl_tp *tp, struct pl_tp_code *code, struct pl_err *err)
{
    struct pl_tp_value key;
    struct stat st;
    struct pl_slice path;
    bool is_there = false;
    if (code->path.kind != PL_TP_MAP || !pl_template_is_packaged(pl_slice_of(tp->name))) {
        return PL_OK;
    }
    if (pl_tp_get(tp, &code->path, "S3Key", &key, err) != PL_OK) {
        return err->code;
    }
    struct pl_slice name = pl_slice_basename(key.text);
    if (key.kind != PL_TP_TEXT || name.len == 0) {
        return PL_OK;
    }
    if (pl_project_path(tp->project, name, &path, err) != PL_OK ||
        pl_file_look(path.ptr, false, &is_there, &st, err) != PL_OK) {
        return err->code;
    }
    struct pl_slice from = is_there ? name : (struct pl_slice){0};
    if (!is_there && pl_tp_find_artifact(tp, name, &from, err) != PL_OK) {
        return err->code;
    }
    if (from.len > 0) {
        code->path = pl_tp_text(from, key.at);
    }
    return PL_OK;
}

PL_STATUS pl_tp_find_path(struct pl_tp *tp, struct pl_slice path, struct pl_slice *ret,
                          struct pl_err *err)
{
    struct pl_slice root = tp->project->root;
    struct stat st;
    bool is_there = false;
    while (pl_slice_starts(path, PL_SLICE("../"))) {
        struct pl_slice last = pl_slice_basename(root);
        struct pl_slice folder;
        if (last.len == 0 || pl_slice_is(last, ".") || pl_slice_is(last, "..")) {
            break;
        }
        if (pl_arena_dup(&tp->project->arena, root, &folder, err) != PL_OK ||
            pl_file_look(folder.ptr, true, &is_there, &st, err) != PL_OK) {
            return err->code;
        }
        if (!is_there || !S_ISDIR(st.st_mode)) {
            break;
        }
        path = pl_slice_sub(path, 3, path.len);
        bool is_absolute = root.ptr[0] == '/';
        root = pl_slice_dirname(folder);
        root = root.len > 0 ? root : is_absolute ? PL_SLICE("/.") : PL_SLICE(".");
    }
    struct pl_slice own = tp->project->root;
    tp->project->root = root;
    enum pl_status status = pl_project_path(tp->project, path, ret, err);
    tp->project->root = own;
    return status;
}

PL_STATUS pl_tp_find_place(struct pl_tp *tp, const struct pl_tp_code *given,
                           struct pl_tp_place *ret, struct pl_err *err)
{
    struct pl_tp_code found = *given;
    const struct pl_tp_code *code = &found;
    if (find_asset(tp, &found, err) != PL_OK || find_upload(tp, &found, err) != PL_OK) {
        return err->code;
    }
    struct pl_tp_place place = {.state = PL_PACKAGE_OPAQUE, .state_why = WHY_PLACE};
    const struct pl_value *built = built_place(tp, code);
    place.package.at = code->path.at;
    if (built) {
        place.package = pl_value_given(built->text, code->path.at);
        place.state = PL_PACKAGE_ARTIFACT;
        place.state_why = NULL;
        *ret = place;
        return pl_arena_dup(&tp->project->arena, built->text, &ret->package.text, err);
    }
    bool is_s3 = code->path.kind == PL_TP_MAP ||
                 (code->path.kind == PL_TP_TEXT && is_remote(code->path.text));
    bool is_path = code->path.kind == PL_TP_TEXT && !is_s3 && code->path.text.len > 0 &&
                   code->path.text.len <= PL_MAX_PATH &&
                   pl_slice_find(code->path.text, '\0') == code->path.text.len;
    if (is_path) {
        place.package = pl_value_given(code->path.text, code->path.at);
        if (pl_tp_find_path(tp, code->path.text, &place.package.text, err) != PL_OK ||
            look(tp, code, &place, err) != PL_OK) {
            return err->code;
        }
    } else if (is_s3) {
        place.state_why = WHY_S3;
        place.is_in_s3 = true;
    }
    *ret = place;
    return PL_OK;
}
