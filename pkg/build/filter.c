#include "pkg/build/filter.h"

#include "pkg/base/arr.h"
#include "pkg/base/file.h"

#include <stdlib.h>
#include <string.h>

static enum pl_status add_patterns(struct pl_ignore *list, struct pl_filter_use **ret_use,
                                   const struct pl_project *project,
                                   const struct pl_patterns *patterns, struct pl_err *err)
{
    pl_ignore_init(list);
    struct pl_filter_use *use = pl_arr_zeroed(patterns ? patterns->n : 0, sizeof *use, err);
    if (!use) {
        return err->code;
    }
    *ret_use = use;
    for (uint32_t i = 0; patterns && i < patterns->n; i++) {
        const struct pl_value *value = &patterns->at[i];
        struct pl_slice origin = PL_SLICE("");
        if (value->at.file > 0 && value->at.file <= project->n_file) {
            origin = project->file[value->at.file - 1].path;
        }
        size_t before = list->n;
        if (pl_ignore_add(list, value->text, PL_SLICE(""), origin, value->at.line, err) != PL_OK) {
            return err->code;
        }
        if (list->n > before) { /* a comment is no rule */
            use[before].value = value;
        }
    }
    return PL_OK;
}

enum pl_status pl_filter_init(struct pl_filter *ret, const struct pl_project *project,
                              const struct pl_patterns *include, const struct pl_patterns *exclude,
                              struct pl_err *err)
{
    struct pl_filter filter = {0};
    if (add_patterns(&filter.include, &filter.include_use, project, include, err) != PL_OK ||
        add_patterns(&filter.exclude, &filter.exclude_use, project, exclude, err) != PL_OK) {
        pl_filter_done(&filter);
        return err->code;
    }
    *ret = filter;
    return PL_OK;
}

void pl_filter_done(struct pl_filter *filter)
{
    pl_ignore_done(&filter->include);
    pl_ignore_done(&filter->exclude);
    free(filter->include_use);
    free(filter->exclude_use);
}

/* Marks the patterns that match, whether they decide or not. */
static void mark(const struct pl_ignore *list, struct pl_filter_use *use, struct pl_slice path,
                 bool is_folder)
{
    for (size_t i = 0; i < list->n; i++) {
        if (!use[i].matched) {
            const struct pl_ignore one = {.rule = &list->rule[i], .n = 1};
            use[i].asked = true;
            use[i].matched = pl_ignore_match(&one, path, is_folder, NULL) != PL_IGNORE_SILENT;
        }
    }
}

pl_filter_hit pl_filter_include(const struct pl_filter *filter, pl_filter_hit above,
                                struct pl_slice path, bool is_folder)
{
    const struct pl_ignore_rule *rule = NULL;
    mark(&filter->include, filter->include_use, path, is_folder);
    if (filter->include.n == 0 ||
        pl_ignore_match(&filter->include, path, is_folder, &rule) == PL_IGNORE_SILENT) {
        return above;
    }
    pl_filter_hit own = (pl_filter_hit)(rule - filter->include.rule) + 1;
    return own > above ? own : above;
}

bool pl_filter_takes(const struct pl_filter *filter, pl_filter_hit hit)
{
    return filter->include.n == 0 || (hit > 0 && !filter->include.rule[hit - 1].negated);
}

/* Can an anchored pattern match below the folder?  Only what precedes its first special byte is
 * looked at. */
static bool reaches_below(const struct pl_ignore_rule *rule, struct pl_slice folder)
{
    size_t n = rule->literal < folder.len ? rule->literal : folder.len;
    if (n > 0 && memcmp(rule->pattern.ptr, folder.ptr, n) != 0) {
        return false;
    }
    return rule->literal <= folder.len || rule->pattern.ptr[folder.len] == '/';
}

bool pl_filter_may_hold(const struct pl_filter *filter, pl_filter_hit hit, struct pl_slice folder)
{
    if (folder.len == 0 || pl_filter_takes(filter, hit)) {
        return true;
    }
    for (size_t i = hit; i < filter->include.n; i++) {
        const struct pl_ignore_rule *rule = &filter->include.rule[i];
        bool whole = rule->literal == rule->pattern.len && rule->literal <= folder.len;
        if (!rule->negated && (!rule->anchored || (!whole && reaches_below(rule, folder)))) {
            return true;
        }
    }
    return false;
}

bool pl_filter_excludes(const struct pl_filter *filter, struct pl_slice path, bool is_folder)
{
    mark(&filter->exclude, filter->exclude_use, path, is_folder);
    return filter->exclude.n > 0 &&
           pl_ignore_match(&filter->exclude, path, is_folder, NULL) == PL_IGNORE_OUT;
}

void pl_own_init(struct pl_own *ret, const struct pl_plan_request *request)
{
    *ret = (struct pl_own){.project = request->project};
    char path[4096]; /* the system takes no longer one either */
    struct pl_slice dir = request->output_dir;
    if (dir.len > 0 && dir.len < sizeof(path)) {
        memcpy(path, dir.ptr, dir.len);
        path[dir.len] = '\0';
        ret->has_output = stat(path, &ret->output) == 0;
    }
}

/* "ID.zip" or "ID.zip.json" of a function or layer. */
static bool is_output_of(struct pl_slice name, struct pl_slice id)
{
    if (!pl_slice_starts(name, id)) {
        return false;
    }
    struct pl_slice end = pl_slice_sub(name, id.len, name.len);
    return pl_slice_is(end, ".zip") || pl_slice_is(end, ".zip.json");
}

static bool is_output(const struct pl_project *project, struct pl_slice name)
{
    for (uint32_t i = 0; i < project->n_function; i++) {
        if (is_output_of(name, project->function[i].id)) {
            return true;
        }
    }
    for (uint32_t i = 0; i < project->n_layer; i++) {
        if (is_output_of(name, project->layer[i].id)) {
            return true;
        }
    }
    return false;
}

static bool same_file(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

bool pl_own_never_packed(const struct pl_own *own, const char *name, const struct stat *st,
                         const struct stat *in)
{
    /* git never lists its own folder either; in a work tree or submodule it is a file. */
    if (strcmp(name, ".git") == 0 || pl_out_is_temporary(name)) {
        return true;
    }
    if (!own->has_output) {
        return false;
    }
    if (S_ISDIR(st->st_mode)) {
        return same_file(st, &own->output);
    }
    return same_file(in, &own->output) && is_output(own->project, pl_slice_of(name));
}
