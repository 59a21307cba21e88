/*
 * A rule: one row of rules.def and one pure function over a const survey.  Rules do no I/O.
 */
#ifndef PL_RULES_RULE_H
#define PL_RULES_RULE_H

#include "pkg/base/err.h"
#include "pkg/base/slice.h"
#include "pkg/lambda/runtimes.h"
#include "pkg/project/resource.h"

enum pl_severity { PL_SEV_OFF, PL_SEV_PEDANTIC, PL_SEV_INFO, PL_SEV_WARNING, PL_SEV_ERROR };
enum pl_confidence { PL_GUESS, PL_LIKELY, PL_CERTAIN };

/* What AWS does about it: the oracle for severity. */
enum pl_effect {
    PL_EFFECT_NONE,            /* about Plimsoll itself */
    PL_EFFECT_DEPLOY_REJECTED, /* the API refuses it */
    PL_EFFECT_STATE_FAILED,    /* accepted, then State=Failed */
    PL_EFFECT_INIT_ERROR,      /* every invocation fails at init */
    PL_EFFECT_INVOKE_ERROR,    /* some invocations fail */
    PL_EFFECT_COST,
    PL_EFFECT_HYGIENE
};

/* How often a check runs, and what it gets. */
enum pl_subject {
    PL_SUBJECT_PACKAGE,
    PL_SUBJECT_FUNCTION,
    PL_SUBJECT_LAYER,
    PL_SUBJECT_PROJECT,
    PL_SUBJECT_RESOURCE, /* of the kinds that the row names; with the function that it names */
    PL_SUBJECT_IGNORES   /* after all others: what was ignored, and what is left of that */
};

/* What must be known; the engine skips the rule with the reason otherwise. */
enum pl_need {
    PL_NEED_READ = 1u << 0,    /* the package's entries could be listed */
    PL_NEED_BUILT = 1u << 1,   /* the package is no source folder */
    PL_NEED_RUNTIME = 1u << 2, /* the function's runtime is known to us */
    PL_NEED_HANDLER = 1u << 3, /* a handler is known (needed by all but custom runtimes) */
    PL_NEED_LOADER = 1u << 4,  /* there is a loader for the runtime's language */
    PL_NEED_ZIP = 1u << 5,     /* the size of the ZIP is known */
    PL_NEED_MODES = 1u << 6,   /* the archive records Unix modes */
    PL_NEED_MODULE = 1u << 7,  /* the loader found the handler's file */
    PL_NEED_CODE = 1u << 8     /* the function has a package to look at */
};

/* What a rule about native code needs. */
#define PL_NEEDS_NATIVE (PL_NEED_CODE | PL_NEED_READ | PL_NEED_BUILT | PL_NEED_RUNTIME)

enum pl_rule_flag {
    PL_RULE_FIXED = 1u << 0,     /* cannot be ignored or demoted */
    PL_RULE_ON_SOURCE = 1u << 1, /* judges a source folder too, where a build leaves the handler's
                                    file where it is */
    PL_RULE_IMAGES = 1u << 2,    /* judges container images, too */
    PL_RULE_IMAGE = 1u << 3      /* judges nothing but container images */
};

enum pl_rule_id {
#define PL_RULE(id, name, check, ...) PL_RULE_##id,
#include "rules/rules.def"
#undef PL_RULE
    PL_RULE_COUNT
};

/* Bit of one enum pl_language. */
#define PL_FOR(language) (1u << (language))
/* Bit of one kind of resource. */
#define PL_ON(kind) (UINT64_C(1) << PL_RES_##kind)

struct pl_rule_ctx;
typedef PL_STATUS (*pl_rule_check)(struct pl_rule_ctx *ctx, struct pl_err *err);

struct pl_rule {
    enum pl_rule_id rule;
    const char *id;   /* "PL301" */
    const char *name; /* "handler-module-missing" */
    pl_rule_check check;
    enum pl_severity severity; /* upper bounds */
    enum pl_confidence confidence;
    enum pl_effect effect;
    enum pl_subject subject;
    uint32_t needs;     /* enum pl_need */
    uint32_t flags;     /* enum pl_rule_flag */
    uint64_t kinds;     /* bits of PL_ON(kind), of RESOURCE */
    uint32_t languages; /* bits of PL_FOR(language): others are none of its business; 0: all */
    const char *since;
    const char *aliases; /* former names, separated by blanks; NULL: none */
    const char *summary; /* lower case, no final stop, at most 72 columns */
    const char *why;     /* sentences */
    const char *says;    /* what AWS says: the words people search for; NULL: nothing */
    const char *remedy;  /* a sentence */
    const char *example; /* lines "bad:" and "good:"; may be NULL */
    const char *source;  /* of the fact, with a date */
};

const struct pl_rule *pl_rule_at(enum pl_rule_id rule);
/* By id, name or former name; any case.  NULL when there is none. */
const struct pl_rule *pl_rule_find(struct pl_slice word);
/* Is the word a name that the rule has no more? */
bool pl_rule_is_former(const struct pl_rule *rule, struct pl_slice word);
/* Does a selector (id, name, former name, or a prefix of ids such as "PL3") mean this rule? */
bool pl_rule_selected(const struct pl_rule *rule, struct pl_slice selector);
/* The nearest id or name to a word that selects nothing, or NULL. */
const char *pl_rule_nearest(struct pl_slice word);
const char *pl_severity_name(enum pl_severity severity);
const char *pl_confidence_name(enum pl_confidence confidence);
const char *pl_effect_name(enum pl_effect effect);
const char *pl_subject_name(enum pl_subject subject);
bool pl_severity_parse(struct pl_slice s, enum pl_severity *ret);
/* "the archive" for PL1: the families by their first digit; NULL when there is none. */
const char *pl_rule_family(const struct pl_rule *rule);

#endif
