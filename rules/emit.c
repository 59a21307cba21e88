/* How a check's words become a finding: severity, functions, fingerprint, safe text. */
#include "pkg/base/arr.h"
#include "pkg/base/digest.h"
#include "pkg/base/limits.h"
#include "pkg/base/text.h"
#include "rules/checks.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void pl_verdict_init(struct pl_verdict *verdict)
{
    memset(verdict, 0, sizeof *verdict);
    pl_arena_init(&verdict->arena, PL_MAX_REPORT_BYTES);
}

void pl_verdict_done(struct pl_verdict *verdict)
{
    free(verdict->finding);
    free(verdict->suppressed);
    free(verdict->skip);
    pl_arena_done(&verdict->arena);
    memset(verdict, 0, sizeof *verdict);
}

static PL_STATUS append_findings(struct pl_verdict *to, const struct pl_verdict *from,
                                 struct pl_err *err)
{
    struct pl_finding *at =
        pl_arr_grow(to->finding, &to->cap_finding, to->n_finding + from->n_finding, sizeof *at,
                    PL_MAX_FINDINGS, "findings", err);
    if (!at) {
        return err->code;
    }
    to->finding = at;
    memcpy(&at[to->n_finding], from->finding, from->n_finding * sizeof *at);
    to->n_finding += from->n_finding;
    return PL_OK;
}

static PL_STATUS append_skips(struct pl_verdict *to, const struct pl_verdict *from,
                              struct pl_err *err)
{
    struct pl_skip *at = pl_arr_grow(to->skip, &to->cap_skip, to->n_skip + from->n_skip, sizeof *at,
                                     PL_MAX_FINDINGS, "skipped rules", err);
    if (!at) {
        return err->code;
    }
    to->skip = at;
    memcpy(&at[to->n_skip], from->skip, from->n_skip * sizeof *at);
    to->n_skip += from->n_skip;
    return PL_OK;
}

PL_STATUS pl_verdict_append(struct pl_verdict *to, struct pl_verdict *from, struct pl_err *err)
{
    if (from->arena.used > to->arena.max - to->arena.used) {
        return pl_err_set(err, PL_ERR_LIMIT, "the findings take more than %zu bytes",
                          to->arena.max);
    }
    if ((from->n_finding > 0 && append_findings(to, from, err)) ||
        (from->n_skip > 0 && append_skips(to, from, err))) {
        return err->code;
    }
    pl_arena_adopt(&to->arena, &from->arena);
    from->n_finding = from->n_skip = 0;
    return PL_OK;
}

const char *pl_silence_name(enum pl_silence silence)
{
    static const char *const names[] = {[PL_SILENCE_NONE] = "none",
                                        [PL_SILENCE_CONFIG] = "config",
                                        [PL_SILENCE_TEMPLATE] = "template",
                                        [PL_SILENCE_BASELINE] = "baseline"};
    return names[silence];
}

size_t pl_verdict_count(const struct pl_verdict *verdict, enum pl_severity severity)
{
    size_t n = 0;
    for (size_t i = 0; i < verdict->n_finding; i++) {
        n += verdict->finding[i].severity == severity;
    }
    return n;
}

PL_STATUS pl_say(struct pl_rule_ctx *ctx, struct pl_slice *ret, struct pl_err *err, const char *fmt,
                 ...)
{
    va_list args;
    va_start(args, fmt);
    enum pl_status status = pl_arena_vfmt(&ctx->verdict->arena, ret, err, fmt, args);
    va_end(args);
    return status;
}

PL_STATUS pl_safe(struct pl_rule_ctx *ctx, struct pl_slice s, struct pl_slice *ret,
                  struct pl_err *err)
{
    return pl_text_safe(&ctx->verdict->arena, s, ret, err);
}

const char *pl_key_name(const struct pl_rule_ctx *ctx, const char *manifest,
                        const char *cloudformation)
{
    const struct pl_project *project = ctx->survey->project;
    /* The Serverless Framework and Terraform write a key's first letter small, as the manifest. */
    bool is_small =
        project->dialect == PL_DIALECT_SERVERLESS || project->dialect == PL_DIALECT_TERRAFORM;
    return project->kind == PL_PROJECT_TEMPLATE && !is_small ? cloudformation : manifest;
}

static bool function_uses(const struct pl_survey *survey, const struct pl_function *fn,
                          const struct pl_package *package)
{
    if (fn->code == package) {
        return true;
    }
    for (uint32_t i = 0; i < fn->n_layer; i++) {
        if (fn->layer[i] != PL_NO_INDEX && survey->layer[fn->layer[i]].package == package) {
            return true;
        }
    }
    return false;
}

/* The functions that a finding concerns: the one judged, or all that use the package. */
static PL_STATUS concerned(struct pl_rule_ctx *ctx, const struct pl_emit *what,
                           struct pl_finding *f, struct pl_err *err)
{
    const struct pl_survey *survey = ctx->survey;
    const struct pl_function *only = what->function ? what->function : ctx->function;
    uint32_t *list = pl_arena_new(&ctx->verdict->arena, survey->n_function + 1u, sizeof *list, err);
    if (!list) {
        return err->code;
    }
    f->function = list;
    for (uint32_t i = 0; i < survey->n_function; i++) {
        const struct pl_function *fn = &survey->function[i];
        bool is_one = only ? fn == only : ctx->package && function_uses(survey, fn, ctx->package);
        uint32_t first = i - fn->decl->branch; /* all branches are one function */
        if (is_one && (f->n_function == 0 || list[f->n_function - 1] != first)) {
            list[f->n_function++] = first;
        }
    }
    return PL_OK;
}

/* Where the finding is filed: the package that was opened, else the file with the setting. */
static struct pl_slice input_of(const struct pl_rule_ctx *ctx, const struct pl_emit *what)
{
    const struct pl_project *project = ctx->survey->project;
    const struct pl_package *package = what->member.package ? what->member.package : ctx->package;
    if (package && package->kind != PL_KIND_PLAN) {
        return package->path;
    }
    if (what->at.file > 0 && what->at.file <= project->n_file) {
        return project->file[what->at.file - 1].path;
    }
    return project->n_file > 0 ? project->file[0].path : (struct pl_slice){0};
}

static enum pl_severity severity_of(const struct pl_rule_ctx *ctx, const struct pl_emit *what,
                                    enum pl_confidence confidence)
{
    enum pl_severity severity = ctx->rule->severity;
    if (what->severity != PL_SEV_OFF && what->severity < severity) {
        severity = what->severity;
    }
    if (ctx->severity != PL_SEV_OFF && !(ctx->rule->flags & PL_RULE_FIXED)) {
        severity = ctx->severity;
    }
    if (confidence == PL_GUESS && severity == PL_SEV_ERROR) {
        severity = PL_SEV_WARNING;
    }
    return severity;
}

static void hash_part(struct pl_sha256 *sha, struct pl_slice part)
{
    pl_sha256_add(sha, part.ptr, part.len);
    pl_sha256_add(sha, "", 1);
}

/* Stable over lines, sizes, dates and folders: the rule, whose it is, the member, the evidence. */
static void fingerprint(const struct pl_rule_ctx *ctx, const struct pl_emit *what,
                        struct pl_finding *f)
{
    struct pl_sha256 sha;
    unsigned char digest[PL_SHA256_SIZE];
    char hex[PL_SHA256_HEX];
    pl_sha256_init(&sha);
    hash_part(&sha, pl_slice_of(ctx->rule->id));
    const struct pl_function *only = what->function ? what->function : ctx->function;
    hash_part(&sha, only ? only->decl->id : pl_slice_basename(f->input));
    hash_part(&sha, f->member);
    hash_part(&sha, what->evidence);
    pl_sha256_end(&sha, digest);
    pl_sha256_hex(digest, hex);
    memcpy(f->fingerprint, hex, sizeof f->fingerprint - 1);
    f->fingerprint[sizeof f->fingerprint - 1] = '\0';
}

static PL_STATUS copy_texts(struct pl_rule_ctx *ctx, const struct pl_emit *what,
                            struct pl_finding *f, struct pl_err *err)
{
    struct {
        struct pl_slice from;
        struct pl_slice *to;
    } texts[] = {{what->caret, &f->caret}, {what->says, &f->says}, {what->mend, &f->mend}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        enum pl_status status = pl_safe(ctx, texts[i].from, texts[i].to, err);
        if (status) {
            return status;
        }
    }
    /* Lines of detail are made by pl_say from safe parts; their line ends are meant. */
    return pl_arena_dup(&ctx->verdict->arena, what->detail, &f->detail, err);
}

static PL_STATUS keep(struct pl_verdict *verdict, const struct pl_finding *f, struct pl_err *err)
{
    struct pl_finding *at =
        pl_arr_grow(verdict->finding, &verdict->cap_finding, verdict->n_finding + 1, sizeof *at,
                    PL_MAX_FINDINGS, "findings", err);
    if (!at) {
        return err->code;
    }
    verdict->finding = at;
    at[verdict->n_finding++] = *f;
    return PL_OK;
}

PL_STATUS pl_emit(struct pl_rule_ctx *ctx, const struct pl_emit *what, struct pl_err *err,
                  const char *fmt, ...)
{
    enum pl_confidence confidence =
        what->confidence < ctx->rule->confidence ? what->confidence : ctx->rule->confidence;
    struct pl_finding f = {.rule = ctx->rule->rule,
                           .severity = severity_of(ctx, what, confidence),
                           .confidence = confidence,
                           .input = input_of(ctx, what),
                           .package = what->member.package ? what->member.package : ctx->package,
                           .offset = what->offset,
                           .member_line = what->member_line,
                           .at = what->at};
    if (f.severity == PL_SEV_OFF) {
        return PL_OK;
    }
    if (what->member.package && what->member.entry != PL_ENTRY_NONE) {
        f.member = what->member.package->tree.entry[what->member.entry].name;
    }
    struct pl_slice message;
    va_list args;
    va_start(args, fmt);
    enum pl_status status = pl_arena_vfmt(&ctx->verdict->arena, &message, err, fmt, args);
    va_end(args);
    if (!status) {
        status = pl_safe(ctx, message, &f.message, err);
    }
    if (!status) {
        status = copy_texts(ctx, what, &f, err);
    }
    if (!status) {
        status = concerned(ctx, what, &f, err);
    }
    if (status) {
        return status;
    }
    fingerprint(ctx, what, &f);
    return keep(ctx->verdict, &f, err);
}

PL_STATUS pl_skip(struct pl_rule_ctx *ctx, struct pl_err *err, const char *fmt, ...)
{
    struct pl_verdict *verdict = ctx->verdict;
    struct pl_skip skip = {.rule = ctx->rule->rule, .function = PL_NO_INDEX};
    const struct pl_emit nothing = PL_EMIT_INIT;
    skip.input = input_of(ctx, &nothing);
    if (ctx->function) {
        skip.function =
            (uint32_t)(ctx->function - ctx->survey->function) - ctx->function->decl->branch;
    }
    va_list args;
    va_start(args, fmt);
    enum pl_status status = pl_arena_vfmt(&verdict->arena, &skip.reason, err, fmt, args);
    va_end(args);
    if (status) {
        return status;
    }
    struct pl_skip *at = pl_arr_grow(verdict->skip, &verdict->cap_skip, verdict->n_skip + 1,
                                     sizeof *at, PL_MAX_FINDINGS, "skipped rules", err);
    if (!at) {
        return err->code;
    }
    verdict->skip = at;
    at[verdict->n_skip++] = skip;
    return PL_OK;
}
