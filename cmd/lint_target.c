/* What a PATH on the command line is: a manifest, its output, a template, a bare package, or
 * nothing we know. */
#include "cmd/lint_target.h"

#include "cmd/lint_broken.h"
#include "cmd/lint_config.h"
#include "cmd/lint_project.h"
#include "cmd/lint_run.h"
#include "cmd/search_names.h"
#include "pkg/archive/zip_read.h"
#include "pkg/base/arr.h"
#include "pkg/base/file.h"
#include "pkg/base/limits.h"
#include "pkg/base/os.h"
#include "pkg/project/assembly.h"
#include "pkg/project/manifest.h"
#include "pkg/project/template.h"
#include "pkg/survey/recognise.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_same(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

/* Bare packages that are judged by the same configuration share one project, so that a layer of all
 * of them is opened once. */
static PL_STATUS bare_unit(struct pl_lint *lint, const char *path, struct pl_lint_unit **ret,
                           struct pl_err *err)
{
    char *config = NULL;
    enum pl_status status = pl_lint_find_config(lint, path, &config, err);
    for (size_t i = 0; !status && i < lint->n; i++) {
        if (lint->unit[i]->project.kind == PL_PROJECT_OPTIONS && !lint->unit[i]->broken &&
            is_same(lint->unit[i]->config, config)) {
            *ret = lint->unit[i];
            free(config);
            return PL_OK;
        }
    }
    if (!status) {
        status = pl_lint_unit_new(lint, ret, err);
    }
    if (status) {
        free(config);
        return status;
    }
    (*ret)->config = config;
    (*ret)->asked = true;
    return PL_OK;
}

PL_STATUS pl_lint_manifest_unit(struct pl_lint *lint, const char *path, struct pl_lint_unit **ret,
                                struct pl_err *err)
{
    char *real = pl_os_real_path(path);
    if (!real) {
        return pl_err_set(err, PL_ERR_MISSING, "%s: it is gone", path);
    }
    for (size_t i = 0; i < lint->n; i++) {
        if (lint->unit[i]->manifest && strcmp(lint->unit[i]->manifest, real) == 0) {
            free(real);
            *ret = lint->unit[i];
            return PL_OK;
        }
    }
    struct pl_project project;
    pl_project_init(&project);
    enum pl_status status = pl_lint_read_manifest(lint, path, &project, err);
    struct pl_lint_unit *unit = NULL;
    if (!status) {
        status = pl_lint_add_project(lint, &project, err);
    }
    if (!status) {
        unit = lint->unit[lint->n - 1];
        unit->asked = false; /* it may only have been looked at for settings */
        unit->manifest = real;
        unit->function_named = pl_arr_zeroed(unit->project.n_function, sizeof(bool), err);
        unit->layer_named = pl_arr_zeroed(unit->project.n_layer, sizeof(bool), err);
        *ret = unit;
        return unit->function_named && unit->layer_named ? PL_OK : err->code;
    }
    free(real);
    pl_project_done(&project);
    return status;
}

PL_STATUS pl_lint_add_manifest(struct pl_lint *lint, const char *path, struct pl_err *err)
{
    struct pl_lint_unit *unit;
    enum pl_status status = pl_lint_manifest_unit(lint, path, &unit, err);
    if (!status) {
        unit->asked = true;
    }
    for (uint32_t i = 0; !status && i < unit->project.n_function; i++) {
        unit->function_named[i] = true;
    }
    for (uint32_t i = 0; !status && i < unit->project.n_layer; i++) {
        unit->layer_named[i] = true;
    }
    return status;
}

/* Is `path` what this declaration's pack writes, ROOT/dist/ID.zip? */
static PL_STATUS is_output(const struct pl_project *project, struct pl_slice id, const char *real,
                           bool *ret, struct pl_err *err)
{
    struct pl_buf text PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_PATH};
    enum pl_status status = pl_buf_fmt(&text, err, "%.*s/dist/%.*s.zip", (int)project->root.len,
                                       project->root.ptr, (int)id.len, id.ptr);
    if (status) {
        return status;
    }
    char *output = pl_os_real_path(text.data);
    if (!output && errno != ENOENT && errno != ENOTDIR && errno != EACCES && errno != ELOOP) {
        return pl_err_sys(err, errno, "%s", text.data);
    }
    *ret = output && strcmp(output, real) == 0;
    free(output);
    return PL_OK;
}

static PL_STATUS use_output(struct pl_project *project, struct pl_value *package, const char *path,
                            struct pl_err *err)
{
    struct pl_slice copy;
    enum pl_status status = pl_arena_dup(&project->arena, pl_slice_of(path), &copy, err);
    if (!status) {
        *package = pl_value_given(copy, (struct pl_pos){0});
    }
    return status;
}

/* Takes the settings of the function or layer whose output `path` is. */
static PL_STATUS match_output(struct pl_lint_unit *unit, const char *path, const char *real,
                              bool *ret_found, struct pl_err *err)
{
    struct pl_project *project = &unit->project;
    for (uint32_t i = 0; i < project->n_function; i++) {
        bool is = false;
        enum pl_status status = is_output(project, project->function[i].id, real, &is, err);
        if (status) {
            return status;
        }
        if (is) {
            *ret_found = unit->asked = unit->function_named[i] = true;
            return use_output(project, &project->function[i].package, path, err);
        }
    }
    for (uint32_t i = 0; i < project->n_layer; i++) {
        bool is = false;
        enum pl_status status = is_output(project, project->layer[i].id, real, &is, err);
        if (status) {
            return status;
        }
        if (is) {
            *ret_found = unit->asked = unit->layer_named[i] = true;
            return use_output(project, &project->layer[i].package, path, err);
        }
    }
    return PL_OK;
}

/* `lint dist/f.zip` takes its settings from a manifest above it that produces that file. */
static PL_STATUS find_settings(struct pl_lint *lint, const char *path, bool *ret_found,
                               struct pl_err *err)
{
    char *manifest = NULL;
    char *real = pl_os_real_path(path);
    if (!real) {
        return pl_err_sys(err, errno, "%s", path);
    }
    enum pl_status status = pl_manifest_find(path, &manifest, err);
    struct pl_lint_unit *unit;
    if (!status && manifest) {
        status = pl_lint_manifest_unit(lint, manifest, &unit, err);
        if (!status) {
            status = match_output(unit, path, real, ret_found, err);
        }
    }
    free(manifest);
    free(real);
    return status;
}

static bool is_layer_package(const struct pl_options *options, const char *path,
                             enum pl_path_kind kind)
{
    if (options->type && strcmp(options->type, "auto") != 0) {
        return strcmp(options->type, "layer") == 0;
    }
    if (options->handler || options->layer.n > 0 || kind != PL_PATH_ZIP) {
        return false;
    }
    struct pl_tree tree;
    struct pl_err err;
    if (pl_zip_open(&tree, path, &err)) {
        return false; /* the survey meets the same error and says it */
    }
    bool is_layer = pl_survey_is_layer(&tree);
    pl_tree_done(&tree);
    return is_layer;
}

static PL_STATUS note_odd(struct pl_lint_unit *unit, const struct pl_err *why, struct pl_err *err)
{
    struct pl_lint_odd *list = pl_arr_grow(unit->odd, &unit->cap_odd, unit->n_odd + 1, sizeof *list,
                                           PL_LINT_MAX_UNITS, "inputs", err);
    if (!list) {
        return err->code;
    }
    unit->odd = list;
    list[unit->n_odd++] = (struct pl_lint_odd){unit->project.n_function - 1, *why};
    return PL_OK;
}

/* Do options or the name's ending say that a file is meant as a package? */
static bool is_meant_as_package(const struct pl_options *options, const char *path)
{
    struct pl_slice name = pl_slice_of(path);
    return options->runtime || options->handler || options->layer.n > 0 ||
           (options->type && strcmp(options->type, "auto") != 0 &&
            strcmp(options->type, "image") != 0) ||
           pl_slice_ends(name, PL_SLICE(".zip")) || pl_slice_ends(name, PL_SLICE(".jar"));
}

static PL_STATUS add_bare(struct pl_lint *lint, const char *path, enum pl_path_kind kind,
                          const struct pl_err *why, struct pl_err *err)
{
    struct pl_lint_unit *unit;
    enum pl_status status = bare_unit(lint, path, &unit, err);
    if (status) {
        return status;
    }
    if (is_layer_package(lint->options, path, kind)) {
        return pl_lint_bare_layer(&unit->project, path, err);
    }
    status = pl_lint_bare_function(&unit->project, path, err);
    bool is_odd = kind == PL_PATH_UNREADABLE ||
                  (kind == PL_PATH_OTHER && !is_meant_as_package(lint->options, path));
    if (!status && is_odd) {
        status = note_odd(unit, why, err);
    }
    return status;
}

/* The library does not read the environment; a serverless.yml may ask for it. */
static const char *environment(const char *name)
{
    return getenv(name);
}

static PL_STATUS take_template(struct pl_lint *lint, struct pl_project *project, struct pl_err *err)
{
    if (pl_lint_add_project(lint, project, err) != PL_OK) {
        pl_project_done(project);
        return err->code;
    }
    return pl_lint_add_nested(lint, lint->n - 1, err);
}

PL_STATUS pl_lint_add_template(struct pl_lint *lint, const char *path, struct pl_err *err)
{
    struct pl_project project;
    const struct pl_template_options options = {.root = lint->options->root,
                                                .environment = environment};
    enum pl_status status = pl_template_read_with(&project, path, &options, err);
    return status ? status : take_template(lint, &project, err);
}

/* Is there such a file in the folder?  *to is its path. */
static PL_STATUS find_in(struct pl_buf *to, const char *path, const char *name, bool *ret,
                         struct pl_err *err)
{
    struct stat st;
    struct pl_slice folder = pl_slice_of(path);
    while (folder.len > 1 && folder.ptr[folder.len - 1] == '/') {
        folder.len--;
    }
    bool is_here = pl_slice_is(folder, "."); /* reports name files without a leading ./ */
    pl_buf_clear(to);
    enum pl_status status =
        pl_buf_fmt(to, err, "%.*s%s%s", is_here ? 0 : (int)folder.len, folder.ptr,
                   is_here || pl_slice_is(folder, "/") ? "" : "/", name);
    if (status) {
        return status;
    }
    bool is_there = stat(to->data, &st) == 0;
    if (!is_there && errno != ENOENT && errno != EACCES) {
        return pl_err_sys(err, errno, "%s", to->data);
    }
    *ret = is_there && S_ISREG(st.st_mode);
    return PL_OK;
}

/* Every stack of a cloud assembly; *ret_is is false when the folder is none. */
static PL_STATUS add_assembly(struct pl_lint *lint, const char *folder, bool *ret_is,
                              struct pl_err *err)
{
    struct pl_assembly assembly;
    if (pl_assembly_recognise(folder, ret_is, err) != PL_OK) {
        return err->code;
    }
    if (!*ret_is) {
        return PL_OK;
    }
    if (pl_assembly_read(&assembly, folder, true, err) != PL_OK) {
        return err->code;
    }
    enum pl_status status = PL_OK;
    for (size_t i = 0; !status && i < assembly.n_template; i++) {
        const char *path = assembly.template_[i].ptr;
        status = pl_lint_add_template(lint, path, err);
        if (status && assembly.n_template > 1) {
            status = pl_lint_add_broken(lint, path, err);
        }
    }
    pl_assembly_done(&assembly);
    return status;
}

PL_STATUS pl_lint_add_made_cdk(struct pl_lint *lint, const char *path, bool *ret_is,
                               struct pl_err *err)
{
    struct pl_buf text PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_PATH};
    struct pl_slice folder = pl_slice_dirname(pl_slice_of(path));
    enum pl_status status = pl_buf_fmt(&text, err, "%.*s%scdk.out", (int)folder.len, folder.ptr,
                                       folder.len > 0 ? "/" : "");
    return status ? status : add_assembly(lint, text.data, ret_is, err);
}

PL_STATUS pl_lint_add_cdk(struct pl_lint *lint, const char *path, struct pl_err *err)
{
    bool is = false;
    enum pl_status status = pl_lint_add_made_cdk(lint, path, &is, err);
    return status || is ? status
                        : pl_err_set(err, PL_ERR_MISSING, "%s: %s", path, PL_LINT_RUN_SYNTH);
}

PL_STATUS pl_lint_add_packaged(struct pl_lint *lint, const char *path, bool *ret_is,
                               struct pl_err *err)
{
    struct pl_buf text PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_PATH};
    struct pl_slice folder = pl_slice_dirname(pl_slice_of(path));
    struct stat st;
    enum pl_status status =
        pl_buf_fmt(&text, err, "%.*s%s.serverless/cloudformation-template-update-stack.json",
                   (int)folder.len, folder.ptr, folder.len > 0 ? "/" : "");
    status = status ? status : pl_file_look(text.data, false, ret_is, &st, err);
    return status || !*ret_is ? status : pl_lint_add_template(lint, text.data, err);
}

/* What a program of the Serverless Framework's made; it is not run. */
static PL_STATUS add_program(struct pl_lint *lint, const char *path, struct pl_err *err)
{
    bool is = false;
    enum pl_status status = pl_lint_add_packaged(lint, path, &is, err);
    return status || is ? status
                        : pl_err_set(err, PL_ERR_MISSING, "%s: %s", path, PL_LINT_RUN_PACKAGE);
}

/* cdk.json, or the manifest of what it made; serverless.ts and its like. */
static PL_STATUS add_cdk_file(struct pl_lint *lint, const char *path, bool *ret_is,
                              struct pl_err *err)
{
    struct pl_buf text PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_PATH};
    struct pl_slice name = pl_slice_basename(pl_slice_of(path));
    struct pl_slice folder = pl_slice_dirname(pl_slice_of(path));
    *ret_is = pl_search_kind(name) == PL_SEARCH_PROGRAM;
    if (*ret_is) {
        return add_program(lint, path, err);
    }
    *ret_is = pl_slice_is(name, "cdk.json");
    if (*ret_is) {
        return pl_lint_add_cdk(lint, path, err);
    }
    if (!pl_slice_is(name, "manifest.json")) {
        return PL_OK;
    }
    enum pl_status status = pl_buf_slice(&text, folder.len > 0 ? folder : PL_SLICE("."), err);
    return status ? status : add_assembly(lint, text.data, ret_is, err);
}

/* A manifest that declares nothing is for the projects below it. */
static PL_STATUS add_own_manifest(struct pl_lint *lint, const char *folder, const char *path,
                                  struct pl_err *err)
{
    struct pl_lint_unit *unit;
    bool is_found = false;
    enum pl_status status = pl_lint_manifest_unit(lint, path, &unit, err);
    if (!status && unit->project.n_function == 0 && unit->project.n_layer == 0) {
        status = pl_lint_search(lint, folder, &is_found, err);
    }
    return status || is_found ? status : pl_lint_add_manifest(lint, path, err);
}

/* Where `cdk synth` failed there are assets, and nothing says whose. */
static bool is_half_made(const char *path)
{
    struct pl_slice name = pl_slice_of(path);
    while (name.len > 1 && name.ptr[name.len - 1] == '/') {
        name.len--;
    }
    return pl_slice_is(pl_slice_basename(name), "cdk.out");
}

/* A folder that holds a manifest or a template is that project, unless it is said to be a package.
 */
static PL_STATUS add_folder(struct pl_lint *lint, const char *path, struct pl_err *err)
{
    static const char *const names[] = {
        "plimsoll.yaml",   "template.yaml",
        "template.yml",    "template.json",
        "serverless.yml",  "serverless.yaml",
        "serverless.json", "cloudformation-template-update-stack.json",
        "cdk.json"};
    struct pl_buf text PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_PATH};
    bool is_package = is_meant_as_package(lint->options, path);
    bool is_assembly = false;
    enum pl_status status = is_package ? PL_OK : add_assembly(lint, path, &is_assembly, err);
    if (status || is_assembly) {
        return status;
    }
    for (size_t i = 0; !is_package && i < sizeof names / sizeof *names; i++) {
        const char *what = NULL;
        enum pl_path_kind kind = PL_PATH_OTHER;
        bool is_there = false;
        status = find_in(&text, path, names[i], &is_there, err);
        if (status) {
            return status;
        }
        if (is_there && i == 0) {
            return add_own_manifest(lint, path, text.data, err);
        }
        if (is_there && strcmp(names[i], "cdk.json") == 0) {
            return pl_lint_add_cdk(lint, text.data, err);
        }
        if (is_there) {
            kind = pl_survey_recognise(text.data, &what, err);
        }
        if (kind == PL_PATH_UNREADABLE) {
            return err->code; /* it may be a template: then the folder is no package */
        }
        if (kind == PL_PATH_TEMPLATE) {
            return pl_lint_add_template(lint, text.data, err);
        }
    }
    bool is_found = false;
    if (!is_package && pl_lint_search(lint, path, &is_found, err)) {
        return err->code;
    }
    if (!is_package && !is_found && is_half_made(path)) {
        return pl_err_set(err, PL_ERR_MISSING, "%s: has no manifest.json: %s", path,
                          "`cdk synth` failed or was stopped, run it again");
    }
    return is_found ? PL_OK : add_bare(lint, path, PL_PATH_FOLDER, NULL, err);
}

bool pl_lint_is_manifest_name(struct pl_slice path)
{
    struct pl_slice name = pl_slice_basename(path);
    return pl_slice_is(name, "plimsoll.yaml") || pl_slice_is(name, "plimsoll.yml");
}

/* A template on standard input; it has no folder, so paths count from the current one, or --root.
 */
static PL_STATUS add_stdin(struct pl_lint *lint, struct pl_err *err)
{
    static const char name[] = "<stdin>";
    struct pl_buf text PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_PLAN_BYTES};
    struct pl_project project;
    const struct pl_template_options options = {.root = lint->options->root,
                                                .environment = environment};
    enum pl_status status = pl_file_read_fd(STDIN_FILENO, name, &text, err);
    if (!status && !pl_template_recognise(pl_buf_view(&text))) {
        return pl_err_set(err, PL_ERR_FORMAT,
                          "standard input: it is %s; a template or what `terraform show -json` "
                          "prints is read from there, packages are named",
                          pl_survey_what(pl_buf_view(&text)));
    }
    if (!status) {
        status = pl_template_parse_with(&project, name, pl_buf_view(&text), &options, err);
    }
    return status ? status : take_template(lint, &project, err);
}

PL_STATUS pl_lint_add_path(struct pl_lint *lint, const char *path, struct pl_err *err)
{
    const char *what = NULL;
    bool is_found = false;
    struct pl_err why;
    if (strcmp(path, "-") == 0) {
        return add_stdin(lint, err);
    }
    enum pl_path_kind kind = pl_survey_recognise(path, &what, &why);
    if (kind == PL_PATH_SIDECAR) {
        return pl_err_set(
            err, PL_ERR_USAGE,
            "%s: is the sidecar of a ZIP: lint the ZIP itself, or give this as --layer", path);
    }
    if (kind == PL_PATH_OTHER) {
        pl_ignore(
            pl_err_set(&why, PL_ERR_FORMAT,
                       "it is %s: nothing that plimsoll lints; --type function says that it is "
                       "meant as a package",
                       what ? what : "no package"),
            "kept as the reason");
    }
    if (kind == PL_PATH_MANIFEST ||
        (kind == PL_PATH_OTHER && pl_lint_is_manifest_name(pl_slice_of(path)))) {
        return pl_lint_add_manifest(lint, path, err);
    }
    if (kind == PL_PATH_TEMPLATE) {
        return pl_lint_add_template(lint, path, err);
    }
    if (kind == PL_PATH_FOLDER) {
        return add_folder(lint, path, err);
    }
    if (kind == PL_PATH_OTHER) {
        enum pl_status status = add_cdk_file(lint, path, &is_found, err);
        if (status || is_found) {
            return status;
        }
    }
    if (kind == PL_PATH_ZIP && !is_meant_as_package(lint->options, path) &&
        pl_survey_is_stored_plan(path)) {
        return pl_err_set(err, PL_ERR_FORMAT,
                          "%s: is a plan as Terraform stores it: run `terraform show -json %s` and "
                          "lint what that prints",
                          path, path);
    }
    if (kind == PL_PATH_ZIP) {
        enum pl_status status = find_settings(lint, path, &is_found, err);
        if (status || is_found) {
            return status;
        }
    }
    return add_bare(lint, path, kind, &why, err);
}
