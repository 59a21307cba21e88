/* PL211: builds for other platforms that nothing is seen to load. */
#include "pkg/base/text.h"
#include "rules/checks.h"

#define ARG(s) PL_TEXT(s)

/* All of one kind in one finding, the heaviest owners by name. */
enum { HEAVIEST = 5 };

static PL_STATUS heaviest(struct pl_rule_ctx *ctx, const struct pl_native_fault *const *top,
                          uint32_t n, struct pl_slice *ret, struct pl_err *err)
{
    *ret = PL_SLICE("");
    for (uint32_t i = 0; i < n; i++) {
        char size[PL_COUNT_TEXT];
        struct pl_slice owner;
        if (pl_safe(ctx, top[i]->owner, &owner, err) != PL_OK ||
            pl_say(ctx, ret, err, "%.*s%s%.*s (%s)", ARG(*ret), i == 0 ? "heaviest: " : ", ",
                   ARG(owner), pl_size_text(top[i]->bytes, size)) != PL_OK) {
            return err->code;
        }
    }
    return PL_OK;
}

/* Keeps the heaviest, heaviest first. */
static void rank(const struct pl_native_fault **top, uint32_t *n,
                 const struct pl_native_fault *fault)
{
    uint32_t at = *n;
    if (*n == HEAVIEST) {
        at = HEAVIEST - 1;
        if (top[at]->bytes >= fault->bytes) {
            return;
        }
    } else {
        (*n)++;
    }
    while (at > 0 && top[at - 1]->bytes < fault->bytes) {
        top[at] = top[at - 1];
        at--;
    }
    top[at] = fault;
}

/* They are told apart by what can be done about them. */
enum kind {
    KIND_OWN,    /* installed for the wrong platform, or left there by an earlier install */
    KIND_BESIDE, /* an install brings them with what is loaded */
    KIND_INNER   /* in jars */
};

static enum kind kind_of(const struct pl_native_fault *fault)
{
    return fault->inner.len > 0 ? KIND_INNER : fault->beside ? KIND_BESIDE : KIND_OWN;
}

static bool is_plain_pattern(struct pl_slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        if (c == '*' || c == '?' || c == '[' || c == '\\' || c == '"' || c == '!') {
            return false;
        }
    }
    return true;
}

/* exclude: ["node_modules/bcrypt/prebuilds/win32-x64/ *.node", ...], without the blank: what such
 * lines leave out of the package.  The whole of a folder is left out where nothing in it is
 * loaded. */
static PL_STATUS say_patterns(struct pl_rule_ctx *ctx, const struct pl_native_fault *const *top,
                              uint32_t n, struct pl_slice *ret, struct pl_err *err)
{
    *ret = PL_SLICE("");
    for (uint32_t i = 0; i < n; i++) {
        struct pl_slice path = pl_ref_entry(top[i]->at)->name;
        struct pl_slice base = pl_slice_basename(path);
        struct pl_slice safe;
        size_t dot = base.len;
        while (dot > 0 && base.ptr[dot - 1] != '.') {
            dot--;
        }
        bool all = top[i]->files > 1 && !top[i]->mixed && dot > 0 && base.len < path.len;
        struct pl_slice folder = pl_slice_sub(path, 0, path.len - base.len);
        struct pl_slice end = all ? pl_slice_sub(base, dot - 1, base.len) : base;
        if (!is_plain_pattern(path)) {
            continue;
        }
        if (pl_say(ctx, &safe, err, "%.*s%s%.*s", ARG(folder), all ? "*" : "", ARG(end)) != PL_OK ||
            pl_safe(ctx, safe, &safe, err) != PL_OK ||
            pl_say(ctx, ret, err, "%.*s%s\"%.*s\"", ARG(*ret), ret->len > 0 ? ", " : "",
                   ARG(safe)) != PL_OK) {
            return err->code;
        }
    }
    return PL_OK;
}

static PL_STATUS mend_own(struct pl_rule_ctx *ctx, struct pl_slice *ret, struct pl_err *err)
{
    bool python = ctx->function->runtime->language == PL_LANG_PYTHON;
    struct pl_slice install;
    if (ctx->function->runtime->language == PL_LANG_DOTNET) {
        return pl_say(ctx, ret, err,
                      "dotnet publish -r linux-%s --self-contained false brings what Lambda "
                      "loads, and no other platform's.",
                      ctx->function->arch == PL_ARCH_ARM64 ? "arm64" : "x64");
    }
    if (pl_install_for(ctx, pl_slice_of(python ? "-r requirements.txt" : ""), &install, err) !=
        PL_OK) {
        return err->code;
    }
    return pl_say(ctx, ret, err,
                  "If nothing loads them by name, leave them out: an exclude pattern in "
                  "plimsoll.yaml%s%.*s",
                  install.len > 0 ? ", or, into an empty folder, " : ".", ARG(install));
}

static PL_STATUS mend_beside(struct pl_rule_ctx *ctx, const struct pl_native_fault *const *top,
                             uint32_t n, struct pl_slice *ret, struct pl_err *err)
{
    struct pl_slice patterns;
    if (say_patterns(ctx, top, n, &patterns, err) != PL_OK) {
        return err->code;
    }
    bool layer = top[0]->at.package != ctx->function->code;
    if (patterns.len == 0) {
        *ret = PL_SLICE("An exclude pattern in plimsoll.yaml leaves them out; no install does.");
        return PL_OK;
    }
    if (ctx->function->runtime->language == PL_LANG_JAVA) {
        return pl_say(ctx, ret, err,
                      "A filter of the shade plugin leaves them out, or plimsoll.yaml: "
                      "exclude: [%.*s]",
                      ARG(patterns));
    }
    return pl_say(ctx, ret, err, "No install leaves them out; %s: exclude: [%.*s]",
                  layer ? "whoever builds the layer can, in plimsoll.yaml" : "plimsoll.yaml does",
                  ARG(patterns));
}

/* What comes along with what is needed is worth knowing, no more. */
static PL_STATUS emit_kind(struct pl_rule_ctx *ctx, enum kind kind, struct pl_err *err)
{
    const struct pl_native_report *report = &ctx->function->native;
    const struct pl_native_fault *top[HEAVIEST];
    struct pl_emit what = PL_EMIT_INIT;
    uint32_t n = 0;
    uint32_t files = 0;
    uint64_t bytes = 0;
    char size[PL_COUNT_TEXT];
    for (uint32_t i = 0; i < report->n; i++) {
        if (report->fault[i].what == PL_NATIVE_FOREIGN && kind_of(&report->fault[i]) == kind) {
            files += report->fault[i].files;
            bytes += report->fault[i].bytes;
            rank(top, &n, &report->fault[i]);
        }
    }
    if (n == 0) {
        return PL_OK;
    }
    what.member = top[0]->at;
    what.severity = kind == KIND_OWN ? what.severity : PL_SEV_INFO;
    if (heaviest(ctx, top, n, &what.detail, err) != PL_OK ||
        (kind == KIND_OWN && mend_own(ctx, &what.mend, err) != PL_OK) ||
        (kind == KIND_BESIDE && mend_beside(ctx, top, n, &what.mend, err) != PL_OK)) {
        return err->code;
    }
    if (kind == KIND_INNER) {
        what.evidence = PL_SLICE("jar");
        what.mend = PL_SLICE("Where there is a jar for Lambda's platform alone (a classifier such "
                             "as linux-x86_64), depend on that.");
        return pl_emit(ctx, &what, err, "%u librar%s in jars (%s) for other platforms",
                       (unsigned)files, files == 1 ? "y" : "ies", pl_size_text(bytes, size));
    }
    what.evidence = kind == KIND_BESIDE ? PL_SLICE("beside") : what.evidence;
    return pl_emit(ctx, &what, err, "%u file%s (%s) for other platforms, which %s", (unsigned)files,
                   files == 1 ? "" : "s", pl_size_text(bytes, size),
                   kind == KIND_BESIDE ? "packages bring along" : "nothing is seen to load");
}

PL_STATUS pl_check_foreign(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    for (int kind = KIND_OWN; kind <= KIND_INNER; kind++) {
        if (emit_kind(ctx, (enum kind)kind, err) != PL_OK) {
            return err->code;
        }
    }
    return PL_OK;
}
