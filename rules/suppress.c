#include "rules/suppress.h"

#include "pkg/base/arr.h"
#include "pkg/base/ignore.h"
#include "pkg/base/limits.h"
#include "pkg/base/text.h"
#include "rules/checks.h"

#include <string.h>

PL_STATUS pl_suppression_init(struct pl_suppression *ret, struct pl_verdict *verdict,
                              const struct pl_survey *survey, struct pl_err *err)
{
    uint32_t n = survey->project->lint.n_ignore;
    ret->used = pl_arena_new(&verdict->arena, n, sizeof *ret->used, err);
    if (ret->used) {
        ret->expired = pl_arena_new(&verdict->arena, n, sizeof *ret->expired, err);
    }
    return ret->used && ret->expired ? PL_OK : err->code;
}

PL_STATUS pl_suppress_one(struct pl_verdict *verdict, struct pl_finding *finding,
                          enum pl_silence by, struct pl_slice reason, struct pl_err *err)
{
    struct pl_finding *list =
        pl_arr_grow(verdict->suppressed, &verdict->cap_suppressed, verdict->n_suppressed + 1,
                    sizeof *list, PL_MAX_FINDINGS, "suppressed findings", err);
    if (!list) {
        return err->code;
    }
    verdict->suppressed = list;
    struct pl_finding *to = &list[verdict->n_suppressed];
    *to = *finding;
    to->silence = (uint8_t)by;
    if (pl_text_safe(&verdict->arena, reason, &to->reason, err)) {
        return err->code;
    }
    verdict->n_suppressed++;
    return PL_OK;
}

/* A pattern that names a folder means what is in it. */
static bool is_in(struct pl_slice pattern, struct pl_slice path)
{
    for (size_t end = path.len; end > 0; end = pl_slice_rfind(path, '/')) {
        path = pl_slice_sub(path, 0, end);
        if (pl_glob_match(pattern, path)) {
            return true;
        }
        if (pl_slice_rfind(path, '/') == path.len) {
            break;
        }
    }
    return false;
}

enum { JOINED_BYTES = 4096 };

struct joined {
    size_t len;
    char text[JOINED_BYTES];
};

/* Appends the components of a path; ".." takes one off, as far as the texts tell. */
static void join(struct joined *to, struct pl_slice path)
{
    struct pl_slice part;
    while (path.ptr && pl_slice_next(&path, '/', &part)) {
        if (pl_slice_is(part, "..") && to->len > 0) {
            size_t slash = pl_slice_rfind(pl_slice_make(to->text, to->len), '/');
            to->len = slash < to->len ? slash : 0;
            continue;
        }
        bool is_named = part.len > 0 && !pl_slice_is(part, ".") && !pl_slice_is(part, "..");
        if (is_named && part.len + 1 < sizeof to->text - to->len) {
            if (to->len > 0) {
                to->text[to->len++] = '/';
            }
            memcpy(to->text + to->len, part.ptr, part.len);
            to->len += part.len;
        }
    }
}

/* Puts what reports write between a package and what is in it. */
static void enter(struct joined *to)
{
    if (to->len > 0 && to->len + 1 < sizeof to->text) {
        to->text[to->len++] = '!';
    }
}

/* Does the pattern name this path, as it stands or from the configuration's folder?  What is in a
 * package may be spelled PACKAGE/FILE, or PACKAGE!/FILE as reports print it. */
static bool names(const struct pl_lint_ignore *ignore, struct pl_slice path, struct pl_slice member)
{
    struct joined whole = {.len = 0};
    struct joined printed;
    struct pl_slice root = ignore->root;
    bool is_below = root.len > 0 && pl_slice_starts(path, root) && path.len > root.len &&
                    path.ptr[root.len] == '/';
    join(&whole, ignore->here);
    join(&whole, is_below ? pl_slice_sub(path, root.len + 1, path.len) : path);
    printed = whole;
    join(&whole, member);
    enter(&printed);
    join(&printed, member);
    return is_in(ignore->path.text, pl_slice_make(whole.text, whole.len)) ||
           (member.len > 0 && is_in(ignore->path.text, pl_slice_make(printed.text, printed.len)));
}

static bool matches_path(const struct pl_lint_ignore *ignore, const struct pl_finding *f,
                         const struct pl_project *project)
{
    bool has_file = f->at.file > 0 && f->at.file <= project->n_file;
    return is_in(ignore->path.text, f->member) || names(ignore, f->input, f->member) ||
           (has_file &&
            names(ignore, project->file[f->at.file - 1].path, (struct pl_slice){NULL, 0}));
}

/* Every function that the finding concerns. */
static bool matches_functions(const struct pl_lint_ignore *ignore, const struct pl_finding *f,
                              const struct pl_project *project)
{
    for (uint32_t i = 0; i < f->n_function; i++) {
        if (!pl_glob_match(ignore->function.text, project->function[f->function[i]].id)) {
            return false;
        }
    }
    return f->n_function > 0;
}

/* Is it about the package of the layer? */
static bool matches_layer(const struct pl_lint_ignore *ignore, const struct pl_finding *f,
                          const struct pl_survey *survey)
{
    for (uint32_t i = 0; f->package && i < survey->n_layer; i++) {
        if (survey->layer[i].package == f->package &&
            pl_slice_eq(survey->layer[i].decl->id, ignore->layer.text)) {
            return true;
        }
    }
    return false;
}

/* Is a setting of these lines to blame? */
static bool matches_lines(const struct pl_lines *lines, const struct pl_finding *f)
{
    return f->at.file == lines->file && f->at.line >= lines->first && f->at.line <= lines->last;
}

static bool matches(const struct pl_lint_ignore *ignore, const struct pl_finding *f,
                    const struct pl_survey *survey)
{
    const struct pl_rule *rule = pl_rule_at(f->rule);
    const struct pl_project *project = survey->project;
    return (rule->flags & PL_RULE_FIXED) == 0 && pl_rule_selected(rule, ignore->rule.text) &&
           !ignore->is_nowhere && (ignore->lines.file == 0 || matches_lines(&ignore->lines, f)) &&
           (!pl_value_has(&ignore->layer) || matches_layer(ignore, f, survey)) &&
           (!pl_value_has(&ignore->path) || matches_path(ignore, f, project)) &&
           (!pl_value_has(&ignore->function) || matches_functions(ignore, f, project));
}

static bool is_over(const struct pl_lint_ignore *ignore, int32_t as_of)
{
    int32_t last = 0;
    return pl_value_has(&ignore->expires) && pl_date_parse(ignore->expires.text, &last) &&
           last < as_of;
}

/* The first ignore in force that matches, or NULL; marks each that matches. */
static const struct pl_lint_ignore *find(struct pl_suppression *s, const struct pl_finding *f,
                                         const struct pl_survey *survey)
{
    const struct pl_lint_config *lint = &survey->project->lint;
    const struct pl_lint_ignore *found = NULL;
    for (uint32_t i = 0; i < lint->n_ignore; i++) {
        if (!matches(&lint->ignore[i], f, survey)) {
            continue;
        }
        s->used[i] = true;
        if (is_over(&lint->ignore[i], survey->as_of)) {
            s->expired[i] = true;
        } else if (!found) {
            found = &lint->ignore[i];
        }
    }
    return found;
}

PL_STATUS pl_suppress(struct pl_suppression *suppression, struct pl_verdict *verdict, size_t first,
                      const struct pl_survey *survey, struct pl_err *err)
{
    size_t kept = first;
    enum pl_status status = PL_OK;
    for (size_t i = first; !status && i < verdict->n_finding; i++) {
        struct pl_finding *f = &verdict->finding[i];
        const struct pl_lint_ignore *ignore = find(suppression, f, survey);
        if (ignore) {
            status = pl_suppress_one(verdict, f,
                                     ignore->of_template ? PL_SILENCE_TEMPLATE : PL_SILENCE_CONFIG,
                                     ignore->reason.text, err);
        } else {
            verdict->finding[kept++] = *f;
        }
    }
    verdict->n_finding = status ? verdict->n_finding : kept;
    return status;
}

/* --- PL002 to PL004: about the ignores themselves --- */

/* Could the ignore have matched?  Not when its rules were not applied, or only in part. */
static bool was_judged(const struct pl_rule_ctx *ctx, const struct pl_lint_ignore *ignore)
{
    bool is_any = false;
    for (size_t i = 0; i < PL_RULE_COUNT; i++) {
        const struct pl_rule *rule = pl_rule_at((enum pl_rule_id)i);
        is_any |= ctx->applied[i] && rule->subject != PL_SUBJECT_IGNORES &&
                  pl_rule_selected(rule, ignore->rule.text);
    }
    for (size_t i = 0; i < ctx->verdict->n_skip && is_any; i++) {
        is_any = !pl_rule_selected(pl_rule_at(ctx->verdict->skip[i].rule), ignore->rule.text);
    }
    return is_any;
}

static void file_it(struct pl_emit *what, const struct pl_lint_ignore *ignore)
{
    what->at = ignore->at;
    what->evidence = ignore->rule.text;
}

PL_STATUS pl_check_unused_suppression(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_lint_config *lint = &ctx->survey->project->lint;
    for (uint32_t i = 0; i < lint->n_ignore; i++) {
        const struct pl_lint_ignore *ignore = &lint->ignore[i];
        if (ctx->suppression->used[i] || ignore->is_shared ||
            (!ignore->is_nowhere && (ctx->is_part || !was_judged(ctx, ignore)))) {
            continue;
        }
        struct pl_emit what = PL_EMIT_INIT;
        file_it(&what, ignore);
        what.mend =
            ignore->is_nowhere
                ? PL_SLICE("Put it above a function, layer or other resource, or a line of one.")
                : PL_SLICE("Take the ignore out, or mend its rule, path or function.");
        enum pl_status status =
            pl_emit(ctx, &what, err, "this ignore of %.*s %s", PL_TEXT(ignore->rule.text),
                    ignore->is_nowhere ? "is a comment above nothing that is judged"
                                       : "matches no finding");
        if (status) {
            return status;
        }
    }
    return PL_OK;
}

PL_STATUS pl_check_expired_suppression(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_lint_config *lint = &ctx->survey->project->lint;
    for (uint32_t i = 0; i < lint->n_ignore; i++) {
        const struct pl_lint_ignore *ignore = &lint->ignore[i];
        if (!ctx->suppression->expired[i]) {
            continue;
        }
        struct pl_emit what = PL_EMIT_INIT;
        file_it(&what, ignore);
        enum pl_status status =
            pl_emit(ctx, &what, err, "this ignore of %.*s ended on %.*s; its findings show again",
                    PL_TEXT(ignore->rule.text), PL_TEXT(ignore->expires.text));
        if (status) {
            return status;
        }
    }
    return PL_OK;
}

static PL_STATUS say_renamed(struct pl_rule_ctx *ctx, const struct pl_value *word,
                             struct pl_err *err)
{
    const struct pl_rule *rule = pl_rule_find(word->text);
    struct pl_emit what = PL_EMIT_INIT;
    if (!rule || !pl_rule_is_former(rule, word->text)) {
        return PL_OK;
    }
    what.at = word->at;
    what.evidence = word->text;
    enum pl_status status = pl_say(ctx, &what.mend, err, "%s", rule->name);
    return status ? status
                  : pl_emit(ctx, &what, err, "%.*s is called %s %s now", PL_TEXT(word->text),
                            rule->id, rule->name);
}

PL_STATUS pl_check_renamed_rule(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_lint_config *lint = &ctx->survey->project->lint;
    enum pl_status status = PL_OK;
    for (uint32_t i = 0; !status && i < lint->select.n; i++) {
        status = say_renamed(ctx, &lint->select.at[i], err);
    }
    for (uint32_t i = 0; !status && i < lint->n_level; i++) {
        status = say_renamed(ctx, &lint->level[i].rule, err);
    }
    for (uint32_t i = 0; !status && i < lint->n_ignore; i++) {
        status = say_renamed(ctx, &lint->ignore[i].rule, err);
    }
    return status;
}
