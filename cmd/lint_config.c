#include "cmd/lint_config.h"

#include "pkg/base/arr.h"
#include "pkg/base/file.h"
#include "pkg/base/limits.h"
#include "pkg/base/os.h"
#include "pkg/project/manifest.h"
#include "rules/select.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

PL_STATUS pl_lint_find_config(const struct pl_lint *lint, const char *path, char **ret,
                              struct pl_err *err)
{
    char *found = NULL;
    *ret = NULL;
    if (lint->options->no_config || lint->options->config) {
        return PL_OK;
    }
    if (pl_manifest_find(path, &found, err)) {
        return err->code;
    }
    *ret = found;
    return PL_OK;
}

/* What a template says itself stays, whatever becomes of the rest. */
static void keep_template_only(struct pl_project *project)
{
    struct pl_lint_ignore *list = project->lint.ignore;
    uint32_t n = 0;
    for (uint32_t i = 0; i < project->lint.n_ignore; i++) {
        if (list[i].of_template) {
            list[n++] = list[i];
        }
    }
    project->lint = (struct pl_lint_config){.ignore = list, .n_ignore = n};
}

PL_STATUS pl_lint_read_manifest(struct pl_lint *lint, const char *path, struct pl_project *ret,
                                struct pl_err *err)
{
    const struct pl_options *options = lint->options;
    bool is_it = !options->config || strcmp(options->config, path) == 0;
    lint->mistakes->also = is_it && !options->no_config ? pl_rules_note_mistakes : NULL;
    return pl_manifest_read_all(ret, path, lint->mistakes, err);
}

static PL_STATUS adopt_file(struct pl_lint *lint, struct pl_lint_unit *unit, const char *path,
                            struct pl_err *err)
{
    struct pl_project config;
    enum pl_status status = pl_lint_read_manifest(lint, path, &config, err);
    if (status) {
        return status;
    }
    status = pl_project_adopt_lint(&unit->project, &config, err);
    pl_project_done(&config);
    return status;
}

static PL_STATUS adopt(struct pl_lint *lint, struct pl_lint_unit *unit, struct pl_err *err)
{
    if (lint->options->no_config || lint->options->config) {
        keep_template_only(&unit->project);
    }
    if (lint->options->config) {
        return pl_project_adopt_lint(&unit->project, &lint->config, err);
    }
    if (unit->project.kind == PL_PROJECT_MANIFEST || lint->options->no_config) {
        return PL_OK;
    }
    if (!unit->config && unit->project.n_file > 0 &&
        pl_lint_find_config(lint, unit->project.file[0].path.ptr, &unit->config, err)) {
        return err->code;
    }
    return unit->config ? adopt_file(lint, unit, unit->config, err) : PL_OK;
}

/* Patterns count from the folder of their file, paths of a run from the current one. */
static PL_STATUS place_ignores(struct pl_project *project, struct pl_err *err)
{
    char *here = pl_os_real_path(".");
    enum pl_status status = PL_OK;
    for (uint32_t i = 0; !status && here && i < project->lint.n_ignore; i++) {
        struct pl_lint_ignore *ignore = &project->lint.ignore[i];
        char *root = ignore->root.ptr ? pl_os_real_path(ignore->root.ptr) : NULL;
        size_t len = root ? strlen(root) : 0;
        if (len > 1 && strncmp(here, root, len) == 0 && here[len] == '/') {
            status = pl_arena_dup(&project->arena, pl_slice_of(here + len + 1), &ignore->here, err);
        }
        free(root);
    }
    free(here);
    return status;
}

/* What the options say comes last, and wins. */
static void apply_options(const struct pl_lint *lint, struct pl_rules_options *rules)
{
    const struct pl_options *options = lint->options;
    if (options->select.n > 0) {
        memset(rules->on, 0, sizeof rules->on);
    }
    for (size_t i = 0; i < options->select.n + options->ignore.n; i++) {
        bool is_select = i < options->select.n;
        struct pl_slice rest = pl_slice_of(is_select ? options->select.at[i]
                                                     : options->ignore.at[i - options->select.n]);
        struct pl_slice word;
        while (rest.ptr && pl_slice_next(&rest, ',', &word)) {
            if (is_select) {
                pl_rules_select(rules, word);
            } else {
                (void)pl_rules_mark(rules->on, word, false);
            }
        }
    }
    for (size_t i = 0; i < options->severity.n; i++) {
        struct pl_slice text = pl_slice_of(options->severity.at[i]);
        size_t equals = pl_slice_find(text, '=');
        enum pl_severity level = PL_SEV_OFF;
        if (equals < text.len &&
            pl_severity_parse(pl_slice_sub(text, equals + 1, text.len), &level)) {
            pl_rules_level(rules, pl_slice_sub(text, 0, equals), level);
        }
    }
}

static bool is_all(const bool *named, uint32_t n)
{
    for (uint32_t i = 0; named && i < n; i++) {
        if (!named[i]) {
            return false;
        }
    }
    return true;
}

/* The option, else the unit's own, else error. */
static enum pl_severity fail_on(const struct pl_lint *lint, const struct pl_lint_unit *unit)
{
    enum pl_severity level = PL_SEV_ERROR;
    const struct pl_value *own = &unit->project.lint.fail_on;
    struct pl_slice word = lint->options->fail_on ? pl_slice_of(lint->options->fail_on)
                           : pl_value_has(own)    ? own->text
                                                  : PL_SLICE("error");
    return pl_severity_parse(word, &level) ? level : PL_SEV_OFF; /* "never" */
}

PL_STATUS pl_lint_configure(struct pl_lint *lint, struct pl_lint_unit *unit, struct pl_err *err)
{
    /* What is broken has no settings that could be trusted. */
    if (!unit->broken && (adopt(lint, unit, err) || place_ignores(&unit->project, err) ||
                          pl_rules_check_config(&unit->project, err))) {
        return err->code;
    }
    pl_rules_options_init(&unit->rules);
    pl_rules_configure(&unit->rules, &unit->project.lint);
    unit->rules.pedantic = unit->rules.pedantic || lint->options->pedantic;
    unit->rules.is_part = !is_all(unit->function_named, unit->project.n_function) ||
                          !is_all(unit->layer_named, unit->project.n_layer);
    apply_options(lint, &unit->rules);
    unit->fail_on = fail_on(lint, unit);
    return PL_OK;
}

static PL_STATUS read_baseline(struct pl_lint *lint, struct pl_err *err)
{
    const char *path = lint->options->baseline;
    struct stat st;
    struct pl_buf text PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_DOC_BYTES};
    if (lint->options->update_baseline && stat(path, &st) != 0 && errno == ENOENT) {
        return PL_OK; /* the first one */
    }
    enum pl_status status = pl_file_read(path, &text, err);
    if (!status) {
        status = pl_baseline_parse(&lint->baseline, path, pl_buf_view(&text), err);
    }
    lint->has_baseline = !status;
    return status ? pl_err_wrap(err, "--baseline") : PL_OK;
}

PL_STATUS pl_lint_read_files(struct pl_lint *lint, struct pl_err *err)
{
    const struct pl_options *options = lint->options;
    if (options->update_baseline && !options->baseline) {
        return pl_err_set(err, PL_ERR_USAGE,
                          "--update-baseline needs to know where: --baseline FILE");
    }
    if (options->config && options->no_config) {
        return pl_err_set(err, PL_ERR_USAGE, "--config and --no-config contradict each other");
    }
    if (options->config && pl_lint_read_manifest(lint, options->config, &lint->config, err)) {
        return err->code;
    }
    lint->has_config = options->config != NULL;
    return options->baseline ? read_baseline(lint, err) : PL_OK;
}

/* All that is found is in the new baseline, so nothing of it fails. */
static PL_STATUS write_baseline(struct pl_lint *lint, struct pl_err *err)
{
    struct pl_buf text PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_DOC_BYTES};
    struct pl_out out PL_CLEANUP(pl_out_abort) = PL_OUT_NONE;
    const char *path = lint->options->baseline;
    struct pl_baseline_source *source = pl_arr_zeroed(lint->n, sizeof *source, err);
    if (!source) {
        return err->code;
    }
    for (size_t i = 0; i < lint->n; i++) {
        source[i].verdict = &lint->unit[i]->verdict;
        source[i].project = &lint->unit[i]->project;
    }
    enum pl_status status = pl_baseline_write(&text, source, lint->n, err);
    free(source);
    if (!status) {
        status = pl_out_begin(&out, path, err);
    }
    if (!status) {
        status = pl_file_pwrite(out.fd, path, text.data, text.len, 0, err);
    }
    if (!status) {
        status = pl_out_commit(&out, err);
    }
    if (!status) {
        pl_baseline_done(&lint->baseline);
        status = pl_baseline_parse(&lint->baseline, path, pl_buf_view(&text), err);
        lint->has_baseline = !status;
    }
    return status ? pl_err_wrap(err, "--update-baseline") : PL_OK;
}

PL_STATUS pl_lint_use_baseline(struct pl_lint *lint, struct pl_err *err)
{
    enum pl_status status = PL_OK;
    if (lint->has_baseline && lint->options->update_baseline) {
        /* What the old one held is marked first, so that it stays in the new one. */
        for (size_t i = 0; !status && i < lint->n; i++) {
            status = pl_baseline_apply(&lint->baseline, &lint->unit[i]->verdict,
                                       &lint->unit[i]->project, err);
        }
    }
    /* Written without what could not be judged, it would forget what it holds of that. */
    lint->baseline_kept = lint->options->update_baseline && pl_lint_exit(lint) >= 2;
    if (!status && lint->options->update_baseline && !lint->baseline_kept) {
        status = write_baseline(lint, err);
    }
    for (size_t i = 0; !status && lint->has_baseline && i < lint->n; i++) {
        status = pl_baseline_apply(&lint->baseline, &lint->unit[i]->verdict,
                                   &lint->unit[i]->project, err);
    }
    for (size_t i = 0;
         !status && lint->has_baseline && !lint->options->update_baseline && i < lint->n; i++) {
        struct pl_lint_unit *unit = lint->unit[i];
        status = pl_baseline_stale(&lint->baseline, lint->options->baseline, &unit->verdict,
                                   &unit->survey, &unit->rules, err);
    }
    return status;
}
