/* A folder with several inputs below it: which of them are judged, and which are left. */
#include "cmd/lint_broken.h"
#include "cmd/lint_config.h"
#include "cmd/lint_target.h"
#include "cmd/search_look.h"
#include "cmd/search_names.h"
#include "pkg/archive/dir.h"
#include "pkg/base/file.h"
#include "pkg/base/ignore.h"
#include "pkg/base/limits.h"
#include "pkg/base/os.h"
#include "pkg/base/text.h"
#include "pkg/project/manifest.h"
#include "pkg/survey/recognise.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
    MAX_DEPTH = 32,     /* folders below the one that was named */
    MAX_FOUND = 10000,  /* inputs of one search */
    MAX_GIT_LEVELS = 64 /* folders above it in which a work tree's root is looked for */
};
#define MAX_IGNORE_BYTES PL_MB(1)

/* Patterns, and the folder they count from as seen from the searched one. */
struct patterns {
    struct pl_ignore list;
    struct pl_buf prefix; /* "", or "a/b/" when the searched folder is a/b below it */
    bool on;
};

struct search {
    struct pl_lint *lint;
    const char *folder; /* as named, without a trailing slash */
    const char *real;
    struct patterns git, exclude;
    struct pl_buf name; /* scratch */
    struct pl_tree tree;
    size_t n_excluded, n_deep; /* left: by lint.exclude, and too deep to look into */
    bool only_packages;        /* nothing but ZIPs and what stands beside them */
    bool is_package;           /* files at its root may be templates; it is not entered */
    struct pl_search_budget budget;
    struct pl_buf unbuilt; /* the first cdk.json or serverless.ts that nothing was made of */
    struct pl_err *err;
    enum pl_status status; /* of the filter, which cannot return one */
};

static void done(struct search *s)
{
    pl_ignore_done(&s->git.list);
    pl_ignore_done(&s->exclude.list);
    pl_buf_done(&s->git.prefix);
    pl_buf_done(&s->exclude.prefix);
    pl_buf_done(&s->name);
    pl_buf_done(&s->unbuilt);
}

/* The prefix of `below` counted from `root`; false when it is elsewhere.  Both are real paths. */
static PL_STATUS set_prefix(struct pl_buf *prefix, struct pl_slice root, const char *below,
                            bool *ret_is_below, struct pl_err *err)
{
    struct pl_slice path = pl_slice_of(below);
    *ret_is_below = true;
    if (pl_slice_eq(root, path)) {
        return PL_OK;
    }
    size_t len = pl_slice_is(root, "/") ? 0 : root.len;
    *ret_is_below = pl_slice_starts(path, root) && path.ptr[len] == '/';
    if (!*ret_is_below) {
        return PL_OK;
    }
    enum pl_status status = pl_buf_slice(prefix, pl_slice_sub(path, len + 1, path.len), err);
    return status ? status : pl_buf_byte(prefix, '/', err);
}

static PL_STATUS is_out(struct search *s, const struct patterns *patterns, struct pl_slice name,
                        bool is_folder, bool *ret, struct pl_err *err)
{
    *ret = false;
    if (!patterns->on || patterns->list.n == 0) {
        return PL_OK;
    }
    pl_buf_clear(&s->name);
    enum pl_status status = pl_buf_slice(&s->name, pl_buf_view(&patterns->prefix), err);
    if (!status) {
        status = pl_buf_slice(&s->name, name, err);
    }
    if (!status) {
        *ret = pl_ignore_match(&patterns->list, pl_buf_view(&s->name), is_folder, NULL) ==
               PL_IGNORE_OUT;
    }
    return status;
}

/* ---- what git would not track ---- */

/* The .gitignore of `folder`, whose patterns count from `base`. */
static PL_STATUS read_gitignore(struct search *s, struct pl_slice folder, struct pl_slice base,
                                struct pl_err *err)
{
    struct pl_buf path PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_PATH};
    struct pl_buf text PL_CLEANUP(pl_buf_done) = {.max = MAX_IGNORE_BYTES};
    struct stat st;
    bool is_there = false;
    enum pl_status status = pl_buf_fmt(&path, err, "%.*s/.gitignore", (int)folder.len, folder.ptr);
    /* git does not follow a link of that name either. */
    status = status ? status : pl_file_look(path.data, true, &is_there, &st, err);
    if (status || !is_there || !S_ISREG(st.st_mode)) {
        return status;
    }
    status = pl_file_read(path.data, &text, err);
    return status ? status
                  : pl_ignore_add_lines(&s->git.list, pl_buf_view(&text), base, pl_buf_view(&path),
                                        err);
}

/* The root of the work tree that the folder stands in; empty when it is in none. */
static PL_STATUS find_work_tree(const char *real, struct pl_slice *ret, struct pl_err *err)
{
    struct pl_slice at = pl_slice_of(real);
    *ret = PL_SLICE("");
    for (int i = 0; i < MAX_GIT_LEVELS && at.len > 1; i++) {
        struct pl_buf path PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_PATH};
        struct stat st;
        bool is_there = false;
        enum pl_status status = pl_buf_fmt(&path, err, "%.*s/.git", (int)at.len, at.ptr);
        status = status ? status : pl_file_look(path.data, true, &is_there, &st, err);
        if (status) {
            return status;
        }
        if (is_there) {
            *ret = at;
            return PL_OK;
        }
        at = pl_slice_dirname(at);
    }
    return PL_OK;
}

/* Ignore files from the work tree's root down to the folder.  A folder that git itself ignores (a
 * dist/) was named on purpose: then they say nothing. */
static PL_STATUS start_git(struct search *s, struct pl_err *err)
{
    struct pl_slice root;
    struct pl_slice real = pl_slice_of(s->real);
    enum pl_status status = find_work_tree(s->real, &root, err);
    if (status || root.len == 0) {
        return status;
    }
    status = set_prefix(&s->git.prefix, root, s->real, &s->git.on, err);
    for (size_t at = root.len; !status && s->git.on && at <= real.len;) {
        struct pl_slice folder = pl_slice_sub(real, 0, at);
        struct pl_slice base = at > root.len ? pl_slice_sub(real, root.len + 1, at) : PL_SLICE("");
        if (base.len > 0 && pl_ignore_match(&s->git.list, base, true, NULL) == PL_IGNORE_OUT) {
            s->git.on = false;
            break;
        }
        status = read_gitignore(s, folder, base, err);
        at = at + 1 + pl_slice_find(pl_slice_sub(real, at + 1, real.len), '/');
    }
    return status;
}

/* ---- lint.exclude ---- */

static PL_STATUS add_exclude(struct search *s, const struct pl_project *config, const char *path,
                             struct pl_err *err)
{
    const struct pl_patterns *patterns = &config->lint.exclude;
    char *real = pl_os_real_path(path);
    if (!real) {
        return pl_err_sys(err, errno, "%s", path);
    }
    struct pl_slice root = pl_slice_dirname(pl_slice_of(real));
    bool is_below = false;
    enum pl_status status = set_prefix(&s->exclude.prefix, root.len > 0 ? root : PL_SLICE("/"),
                                       s->real, &is_below, err);
    free(real);
    for (uint32_t i = 0; !status && i < patterns->n; i++) {
        status = pl_ignore_add(&s->exclude.list, patterns->at[i].text, PL_SLICE(""),
                               pl_slice_of(path), patterns->at[i].at.line, err);
    }
    s->exclude.on = true;
    return status;
}

static PL_STATUS start_exclude(struct search *s, struct pl_err *err)
{
    char *path = NULL;
    if (s->lint->has_config) {
        return add_exclude(s, &s->lint->config, s->lint->options->config, err);
    }
    enum pl_status status = pl_lint_find_config(s->lint, s->folder, &path, err);
    if (status || !path) {
        return status;
    }
    struct pl_project config;
    status = pl_lint_read_manifest(s->lint, path, &config, err);
    if (!status) {
        status = add_exclude(s, &config, path, err);
        pl_project_done(&config);
    }
    free(path);
    return status;
}

/* ---- the walk ---- */

static size_t depth_of(struct pl_slice name)
{
    size_t n = 0;
    for (size_t i = 0; i < name.len; i++) {
        n += name.ptr[i] == '/';
    }
    return n;
}

static PL_STATUS enter(struct search *s, struct pl_slice name, struct pl_err *err)
{
    struct pl_buf folder PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_PATH};
    struct pl_buf base PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_PATH};
    if (!s->git.on) {
        return PL_OK;
    }
    enum pl_status status = pl_buf_fmt(&folder, err, "%s/%.*s", s->real, (int)name.len, name.ptr);
    if (!status) {
        status = pl_buf_slice(&base, pl_buf_view(&s->git.prefix), err);
    }
    if (!status) {
        status = pl_buf_slice(&base, name, err);
    }
    return status ? status : read_gitignore(s, pl_buf_view(&folder), pl_buf_view(&base), err);
}

/* A file that is an input by its name. */
static bool is_counted(enum pl_search_kind kind)
{
    return kind != PL_SEARCH_OTHER && kind != PL_SEARCH_TEXT;
}

static PL_STATUS ask(struct search *s, struct pl_slice name, bool is_folder, bool *ret,
                     struct pl_err *err)
{
    bool out = false;
    *ret = false;
    if (is_folder && (s->is_package || pl_search_never(pl_slice_basename(name)))) {
        return PL_OK;
    }
    enum pl_status status = is_out(s, &s->git, name, is_folder, &out, err);
    if (status || (out && (is_folder || !pl_search_is_plan(name)))) {
        return status;
    }
    status = is_out(s, &s->exclude, name, is_folder, &out, err);
    if (status || out) {
        s->n_excluded += out && (is_folder || is_counted(pl_search_kind(name)));
        return status;
    }
    if (is_folder && depth_of(name) >= MAX_DEPTH) {
        s->n_deep++;
        return PL_OK;
    }
    *ret = true;
    return is_folder ? enter(s, name, err) : PL_OK;
}

static bool take(void *ctx, struct pl_slice name, enum pl_entry_type type)
{
    struct search *s = ctx;
    bool is_taken = false;
    if (s->status) {
        return false;
    }
    s->status = ask(s, name, type == PL_ENTRY_FOLDER, &is_taken, s->err);
    s->only_packages = s->only_packages && (!is_taken || type == PL_ENTRY_FOLDER ||
                                            pl_search_is_beside(pl_slice_basename(name)));
    return is_taken && (type == PL_ENTRY_FOLDER ||
                        (type == PL_ENTRY_FILE && pl_search_kind(name) != PL_SEARCH_OTHER));
}

/* ---- the folder itself ---- */

struct root {
    bool is_package, has_other;
};

static bool look_at_root(void *ctx, struct pl_slice name, enum pl_entry_type type)
{
    struct root *root = ctx;
    bool is_folder = type == PL_ENTRY_FOLDER;
    root->is_package = root->is_package || pl_search_is_code(name, is_folder);
    root->has_other = root->has_other || !is_folder || !pl_search_is_layer_folder(name);
    return false;
}

/* Files that a runtime loads at its root, or a layer's folders and nothing else. */
static PL_STATUS is_package(const char *folder, bool *ret, struct pl_err *err)
{
    struct root root = {0};
    struct pl_tree tree;
    const struct pl_dir_filter filter = {&root, look_at_root};
    enum pl_status status = pl_dir_open(&tree, folder, &filter, err);
    if (status) {
        return status;
    }
    pl_tree_done(&tree);
    *ret = root.is_package || !root.has_other;
    return PL_OK;
}

/* ---- what was found ---- */

static PL_STATUS path_of(struct search *s, struct pl_slice name, struct pl_buf *ret,
                         struct pl_err *err)
{
    bool is_here = strcmp(s->folder, ".") == 0; /* reports name files without a leading ./ */
    pl_buf_clear(ret);
    return pl_buf_fmt(ret, err, "%s%s%.*s", is_here ? "" : s->folder,
                      is_here || strcmp(s->folder, "/") == 0 ? "" : "/", (int)name.len, name.ptr);
}

/* Has a manifest or another template read it already, or is a manifest in the same folder, which
 * comes first? */
static bool is_covered(const struct pl_lint *lint, const char *path)
{
    struct pl_slice folder = pl_slice_dirname(pl_slice_of(path));
    for (size_t i = 0; i < lint->n; i++) {
        const struct pl_project *project = &lint->unit[i]->project;
        for (uint32_t k = 0; lint->unit[i]->asked && k < project->n_file; k++) {
            struct pl_slice file = project->file[k].path;
            bool is_manifest =
                k == 0 && (project->kind == PL_PROJECT_MANIFEST ||
                           (lint->unit[i]->broken && pl_lint_is_manifest_name(file)));
            if (pl_slice_is(file, path) ||
                (is_manifest && pl_slice_eq(pl_slice_dirname(file), folder))) {
                return true;
            }
        }
    }
    return false;
}

/* A manifest that declares nothing holds settings for those around it. */
static PL_STATUS add_found_manifest(struct pl_lint *lint, const char *path,
                                    struct pl_lint_search *found, struct pl_err *err)
{
    struct pl_lint_unit *unit;
    enum pl_status status = pl_lint_manifest_unit(lint, path, &unit, err);
    if (status || (unit->project.n_function == 0 && unit->project.n_layer == 0)) {
        return status;
    }
    found->n_manifest++;
    return pl_lint_add_manifest(lint, path, err);
}

static PL_STATUS add_found_template(struct pl_lint *lint, const char *path,
                                    struct pl_lint_search *found, struct pl_err *err)
{
    const char *what = NULL;
    enum pl_path_kind kind = pl_survey_recognise(path, &what, err);
    if (kind == PL_PATH_UNREADABLE) {
        return err->code; /* it may be a template: passing over it would be a pass */
    }
    if (kind != PL_PATH_TEMPLATE) {
        return PL_OK;
    }
    if (is_covered(lint, path)) {
        found->n_covered++;
        return PL_OK;
    }
    found->n_template++;
    return pl_lint_add_template(lint, path, err);
}

/* Something that a tool makes its templates of, beside which they stand when it has. */
static PL_STATUS add_found_program(struct search *s, enum pl_search_kind kind, const char *path,
                                   struct pl_lint_search *found, struct pl_err *err)
{
    bool is_made = false;
    size_t before = s->lint->n;
    enum pl_status status = kind == PL_SEARCH_CDK
                                ? pl_lint_add_made_cdk(s->lint, path, &is_made, err)
                                : pl_lint_add_packaged(s->lint, path, &is_made, err);
    if (status) {
        return status;
    }
    if (is_made) {
        found->n_template += s->lint->n - before;
        return PL_OK;
    }
    found->n_cdk += kind == PL_SEARCH_CDK;
    found->n_program += kind == PL_SEARCH_PROGRAM;
    return s->unbuilt.len > 0 ? PL_OK : pl_buf_text(&s->unbuilt, path, err);
}

/* A file that may be a template under any name. */
static PL_STATUS add_found_text(struct search *s, const char *path, struct pl_lint_search *found,
                                struct pl_err *err)
{
    enum pl_looked looked = PL_LOOKED_OTHER;
    if (is_covered(s->lint, path)) {
        return PL_OK;
    }
    if (pl_search_look(&s->budget, path, &looked, err) != PL_OK) {
        return err->code; /* it may be a template: passing over it would be a pass */
    }
    found->n_empty += looked == PL_LOOKED_EMPTY;
    found->n_unread += looked == PL_LOOKED_NOT;
    if (looked != PL_LOOKED_TEMPLATE) {
        return PL_OK;
    }
    found->n_template++;
    return pl_lint_add_template(s->lint, path, err);
}

static PL_STATUS add_found(struct search *s, enum pl_search_kind kind, const char *path,
                           struct pl_lint_search *found, struct pl_err *err)
{
    switch (kind) {
    case PL_SEARCH_MANIFEST:
        return add_found_manifest(s->lint, path, found, err);
    case PL_SEARCH_TEMPLATE:
        return add_found_template(s->lint, path, found, err);
    case PL_SEARCH_CDK:
    case PL_SEARCH_PROGRAM:
        return add_found_program(s, kind, path, found, err);
    case PL_SEARCH_TEXT:
        return add_found_text(s, path, found, err);
    case PL_SEARCH_ZIP:
        found->n_zip++;
        return pl_lint_add_path(s->lint, path, err);
    case PL_SEARCH_OTHER:
        break;
    }
    return PL_OK;
}

/* Outer ones first: they may read the inner ones themselves. */
static PL_STATUS add_all(struct search *s, enum pl_search_kind kind, struct pl_lint_search *found,
                         struct pl_err *err)
{
    struct pl_buf path PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_PATH};
    size_t n = 0;
    enum pl_status status = PL_OK;
    for (size_t depth = 0; depth <= MAX_DEPTH; depth++) {
        for (uint32_t i = 0; !status && i < s->tree.n; i++) {
            const struct pl_entry *entry = &s->tree.entry[i];
            if (entry->type != PL_ENTRY_FILE || pl_search_kind(entry->name) != kind ||
                depth_of(entry->name) != depth) {
                continue;
            }
            if (kind != PL_SEARCH_TEXT && ++n > MAX_FOUND) {
                return pl_err_set(err, PL_ERR_LIMIT,
                                  "%s: more than %d inputs; name those to judge, or leave some out "
                                  "with `lint: exclude:` in plimsoll.yaml",
                                  s->folder, MAX_FOUND);
            }
            status = path_of(s, entry->name, &path, err);
            status = status ? status : add_found(s, kind, path.data, found, err);
            if (status) {
                found->n_broken++;
                status = pl_lint_add_broken(s->lint, path.data, err);
            }
        }
    }
    return status;
}

static size_t count(const struct search *s, enum pl_search_kind kind)
{
    size_t n = 0;
    for (uint32_t i = 0; i < s->tree.n; i++) {
        n +=
            s->tree.entry[i].type == PL_ENTRY_FILE && pl_search_kind(s->tree.entry[i].name) == kind;
    }
    return n;
}

/* Nothing but programs whose tools have not been run. */
static enum pl_status say_unbuilt(const struct search *s, struct pl_err *err)
{
    bool is_cdk = pl_search_kind(pl_buf_view(&s->unbuilt)) == PL_SEARCH_CDK;
    return pl_err_set(err, PL_ERR_MISSING, "%s: %s", s->unbuilt.data,
                      is_cdk ? PL_LINT_RUN_SYNTH : PL_LINT_RUN_PACKAGE);
}

static PL_STATUS choose(struct search *s, bool *ret_found, struct pl_err *err)
{
    static const enum pl_search_kind kinds[] = {PL_SEARCH_MANIFEST, PL_SEARCH_TEMPLATE,
                                                PL_SEARCH_CDK, PL_SEARCH_PROGRAM, PL_SEARCH_TEXT};
    struct pl_lint_search found = {.n_excluded = s->n_excluded, .n_deep = s->n_deep};
    enum pl_status status = PL_OK;
    for (size_t i = 0; !status && i < sizeof kinds / sizeof *kinds; i++) {
        status = add_all(s, kinds[i], &found, err);
    }
    bool is_project = found.n_manifest + found.n_template + found.n_broken > 0;
    if (!status && is_project) {
        found.n_zip_left = count(s, PL_SEARCH_ZIP);
    } else if (!status && s->unbuilt.len > 0 && !s->is_package) {
        return say_unbuilt(s, err);
    } else if (!status && s->only_packages && !s->is_package) {
        status = add_all(s, PL_SEARCH_ZIP, &found, err);
    }
    *ret_found = is_project || found.n_zip > 0;
    return status || !*ret_found ? status : pl_lint_note_search(s->lint, s->folder, &found, err);
}

static PL_STATUS walk(struct search *s, bool *ret_found, struct pl_err *err)
{
    const struct pl_dir_filter filter = {s, take};
    enum pl_status status = start_git(s, err);
    if (!status) {
        status = start_exclude(s, err);
    }
    if (status) {
        return status;
    }
    status = pl_dir_open(&s->tree, s->folder, &filter, err);
    if (status) {
        return status;
    }
    if (s->status) {
        status = s->status;
    } else {
        status = choose(s, ret_found, err);
    }
    pl_tree_done(&s->tree);
    return status;
}

PL_STATUS pl_lint_search(struct pl_lint *lint, const char *folder, bool *ret_found,
                         struct pl_err *err)
{
    struct pl_err filter_err = {0};
    struct pl_buf name PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_PATH};
    struct pl_slice trimmed = pl_slice_of(folder);
    bool is_one = false;
    *ret_found = false;
    while (trimmed.len > 1 && trimmed.ptr[trimmed.len - 1] == '/') {
        trimmed.len--;
    }
    if (pl_buf_slice(&name, trimmed, err)) {
        return err->code;
    }
    /* What cannot be listed is for the survey to say. */
    if (is_package(name.data, &is_one, &filter_err)) {
        return filter_err.code == PL_ERR_NOMEM ? pl_err_set(err, PL_ERR_NOMEM, "out of memory")
                                               : PL_OK;
    }
    char *real = pl_os_real_path(name.data);
    if (!real) {
        return pl_err_sys(err, errno, "%s", folder);
    }
    struct search s = {.lint = lint,
                       .folder = name.data,
                       .real = real,
                       .only_packages = true,
                       .is_package = is_one,
                       .err = &filter_err,
                       .name = {.max = PL_MAX_PATH}};
    s.git.prefix.max = PL_MAX_PATH;
    s.exclude.prefix.max = PL_MAX_PATH;
    s.unbuilt.max = PL_MAX_PATH;
    pl_ignore_init(&s.git.list);
    pl_ignore_init(&s.exclude.list);
    enum pl_status status = walk(&s, ret_found, err);
    if (status && s.status) {
        *err = filter_err;
    }
    done(&s);
    free(real);
    return status;
}
