/* The configuration of `lint`: what holds and where it comes from, whether it is right, its schema.
 */
#include "cmd/config_schema.h"
#include "cmd/mistakes.h"
#include "cmd/options.h"
#include "cmd/report/writer.h"
#include "cmd/term.h"
#include "pkg/base/limits.h"
#include "pkg/project/manifest.h"
#include "rules/select.h"

#include <stdlib.h>
#include <string.h>

/* The value, and behind it the place it comes from. */
static void put_value(struct pl_writer *w, const struct pl_project *project, const char *key,
                      const struct pl_value *value, const char *otherwise)
{
    pl_put_fmt(w, "%s: ", key);
    if (!pl_value_has(value)) {
        pl_put_fmt(w, "%s    # default\n", otherwise);
        return;
    }
    pl_put_safe(w, value->text);
    pl_put(w, "    # ");
    pl_put_safe(w, project->file[value->at.file - 1].path);
    pl_put_fmt(w, ":%u:%u\n", value->at.line, value->at.col);
}

static void put_patterns(struct pl_writer *w, const struct pl_project *project, const char *key,
                         const struct pl_patterns *list, const char *otherwise)
{
    if (list->n == 0) {
        pl_put_fmt(w, "%s: %s    # default\n", key, otherwise);
    }
    for (uint32_t i = 0; i < list->n; i++) {
        put_value(w, project, key, &list->at[i], "");
    }
}

static void put_ignore(struct pl_writer *w, const struct pl_project *project,
                       const struct pl_lint_ignore *ignore)
{
    const struct {
        const char *key;
        const struct pl_value *value;
    } parts[] = {{"  path", &ignore->path},
                 {"  function", &ignore->function},
                 {"  layer", &ignore->layer},
                 {"  reason", &ignore->reason},
                 {"  expires", &ignore->expires}};
    put_value(w, project, "ignore", &ignore->rule, "");
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (pl_value_has(parts[i].value)) {
            put_value(w, project, parts[i].key, parts[i].value, "");
        }
    }
}

static void put_lint(struct pl_writer *w, const struct pl_project *project)
{
    const struct pl_lint_config *lint = &project->lint;
    put_value(w, project, "rules_as_of", &lint->rules_as_of, "this version");
    put_value(w, project, "fail_on", &lint->fail_on, "error");
    pl_put_fmt(w, "pedantic: %s\n", lint->pedantic ? "true" : "false    # default");
    put_patterns(w, project, "select", &lint->select, "all rules");
    put_patterns(w, project, "exclude", &lint->exclude, "nothing");
    for (uint32_t i = 0; i < lint->n_level; i++) {
        pl_put(w, "severity ");
        pl_put_safe(w, lint->level[i].rule.text);
        put_value(w, project, "", &lint->level[i].level, "");
    }
    for (uint32_t i = 0; i < lint->n_ignore; i++) {
        put_ignore(w, project, &lint->ignore[i]);
    }
}

static PL_STATUS show(struct pl_buf *to, const char *path, bool verify,
                      struct pl_manifest_mistakes *mistakes, struct pl_err *err)
{
    struct pl_project project;
    enum pl_status status = pl_manifest_read_all(&project, path, mistakes, err);
    if (status || verify) {
        if (!status) {
            pl_project_done(&project);
        }
        return status;
    }
    struct pl_writer w = {to, err, PL_OK};
    put_lint(&w, &project);
    pl_project_done(&project);
    return w.status;
}

/* Every file that is named, else the nearest one; what is wrong is said of each. */
static int each(struct pl_buf *to, const struct pl_options *options, bool verify)
{
    struct pl_err err;
    struct pl_manifest_mistakes mistakes = {.also = pl_rules_note_mistakes};
    char *found = NULL;
    int exit_status = 0;
    if (options->operand.n == 1) {
        if (pl_manifest_find(".", &found, &err) || !found) {
            if (!found) {
                pl_ignore(pl_err_set(&err, PL_ERR_MISSING, "no plimsoll.yaml here or above"),
                          "it is reported here");
            }
            return pl_term_fail(&err, "config");
        }
    }
    for (size_t i = 1; i < options->operand.n || (found && i == 1); i++) {
        if (show(to, found ? found : options->operand.at[i], verify, &mistakes, &err)) {
            int status = pl_cmd_fail(&err, &mistakes, NULL);
            exit_status = status > exit_status ? status : exit_status;
        }
    }
    free(found);
    return exit_status;
}

int pl_cmd_config(const struct pl_options *options)
{
    struct pl_term term;
    struct pl_err err;
    struct pl_buf out PL_CLEANUP(pl_buf_done) = {.max = PL_MB(4)};
    const char *verb = options->operand.at[0];
    int exit_status = 0;
    pl_term_init(&term, PL_COLOR_NEVER);
    if (strcmp(verb, "schema") == 0) {
        exit_status = pl_config_schema(&out, &err) ? pl_term_fail(&err, "config") : 0;
    } else if (strcmp(verb, "show") == 0 || strcmp(verb, "verify") == 0) {
        exit_status = each(&out, options, strcmp(verb, "verify") == 0);
    } else {
        pl_ignore(
            pl_err_set(&err, PL_ERR_USAGE, "config takes show, verify or schema, not '%s'", verb),
            "it is reported here");
        return pl_term_fail(&err, "config");
    }
    pl_term_write(&term, pl_buf_view(&out));
    return pl_term_exit(&term, exit_status);
}
