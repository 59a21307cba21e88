/*
 * A finding: "I looked, and it is wrong".  A skip: "I could not apply this rule, because ...".
 */
#ifndef PL_RULES_FINDING_H
#define PL_RULES_FINDING_H

#include "pkg/base/arena.h"
#include "pkg/base/doc.h"
#include "pkg/survey/survey.h"
#include "rules/rule.h"

/* Who silenced a finding. */
enum pl_silence {
    PL_SILENCE_NONE,
    PL_SILENCE_CONFIG,   /* `lint: ignore:` of a plimsoll.yaml */
    PL_SILENCE_TEMPLATE, /* the resource's own metadata */
    PL_SILENCE_BASELINE  /* it was there when the baseline was written */
};
const char *pl_silence_name(enum pl_silence silence);

/* All texts are safe for a terminal (pl_text_safe) and live in the verdict's arena, except
 * `member`, which is the entry's raw name. */
struct pl_finding {
    enum pl_rule_id rule;
    enum pl_severity severity;
    enum pl_confidence confidence;
    struct pl_slice input;            /* path of the package, or of the manifest */
    const struct pl_package *package; /* what it is about; NULL: settings only */
    uint32_t *function;               /* indices in the project, ascending */
    uint32_t n_function;
    struct pl_slice member;  /* entry name; empty when none is concerned */
    uint64_t offset;         /* in the container; UINT64_MAX: none */
    uint32_t member_line;    /* line in the member; 0: none */
    struct pl_pos at;        /* the setting to mend; file 0: none */
    struct pl_slice message; /* one line: what is wrong, and what is there instead */
    struct pl_slice caret;   /* short text beside the caret; empty: the message */
    struct pl_slice detail;  /* more lines ("heaviest: ..."), separated by \n; may be empty */
    struct pl_slice says;    /* what Lambda would say; may be empty */
    struct pl_slice mend;    /* one mend that can be pasted; empty: the rule's remedy */
    uint8_t silence;         /* enum pl_silence; not NONE: it stands in `suppressed` */
    struct pl_slice reason;  /* why it was silenced; safe */
    char fingerprint[33];    /* 32 hex digits and a NUL: stable over lines, sizes and dates */
};

struct pl_skip {
    enum pl_rule_id rule;
    struct pl_slice input;
    uint32_t function; /* index in the project, or PL_NO_INDEX */
    struct pl_slice reason;
};

struct pl_verdict {
    struct pl_finding *finding; /* sorted by input, first function, member, rule, message */
    size_t n_finding, cap_finding;
    struct pl_finding *suppressed; /* in the same order; they neither show nor fail */
    size_t n_suppressed, cap_suppressed;
    struct pl_skip *skip;
    size_t n_skip, cap_skip;
    struct pl_arena arena;
};
void pl_verdict_init(struct pl_verdict *verdict);
void pl_verdict_done(struct pl_verdict *verdict);
/* Moves all of `from` behind what `to` holds; its texts come along. */
PL_STATUS pl_verdict_append(struct pl_verdict *to, struct pl_verdict *from, struct pl_err *err);
/* Findings, suppressed ones and skips in the order of the report. */
void pl_verdict_sort(struct pl_verdict *verdict);
size_t pl_verdict_count(const struct pl_verdict *verdict, enum pl_severity severity);

struct pl_suppression;

/* What a check gets. */
struct pl_rule_ctx {
    const struct pl_survey *survey;
    const struct pl_rule *rule;
    const struct pl_function *function; /* subject FUNCTION */
    const struct pl_package *package;   /* subject PACKAGE; the function's code for FUNCTION */
    const struct pl_layer *layer;       /* subject LAYER */
    bool pedantic;                      /* what is pedantic is asked for */
    const struct pl_resource *resource; /* subject RESOURCE; then `function` is the first branch of
                                           the one that it names, or NULL */
    enum pl_severity severity;          /* cap asked for, or the row's */
    struct pl_verdict *verdict;
    /* subject IGNORES */
    const struct pl_suppression *suppression;
    const bool *applied; /* by rule */
    bool is_part;        /* not all of the project is judged */
};

/* What a check says about one finding; zero what does not apply (offset: PL_NO_OFFSET). */
#define PL_NO_OFFSET UINT64_MAX
struct pl_emit {
    enum pl_severity severity;          /* may only lower the row's; 0: the row's */
    enum pl_confidence confidence;      /* likewise; a guess is never an error */
    const struct pl_function *function; /* the one concerned, where the subject is not a function */
    struct pl_ref member;
    uint64_t offset; /* in the container; PL_NO_OFFSET: none */
    uint32_t member_line;
    struct pl_pos at;
    struct pl_slice caret, detail, says, mend;
    struct pl_slice evidence; /* goes into the fingerprint; no sizes, lines or dates */
};
#define PL_EMIT_INIT                                     \
    {                                                    \
        .confidence = PL_CERTAIN, .offset = PL_NO_OFFSET \
    }

/* Adds a finding with a formatted message; slices are copied and made safe. */
PL_STATUS pl_emit(struct pl_rule_ctx *ctx, const struct pl_emit *what, struct pl_err *err,
                  const char *fmt, ...) PL_PRINTF(4, 5);
/* Records that the rule could not be applied to this subject. */
PL_STATUS pl_skip(struct pl_rule_ctx *ctx, struct pl_err *err, const char *fmt, ...)
    PL_PRINTF(3, 4);

/* printf arguments for a slice that is safe already: "%.*s" */
#define PL_TEXT(s) (int)((s).len > 4096 ? 4096 : (s).len), ((s).ptr ? (s).ptr : "")

#endif
