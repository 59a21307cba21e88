/* `plimsoll pack` in three parts: what is to be packed, the work, and what is said about it. */
#ifndef PL_CMD_PACK_H
#define PL_CMD_PACK_H

#include "cmd/installs.h"
#include "cmd/lint_run.h"
#include "cmd/options.h"
#include "cmd/term.h"
#include "pkg/base/arena.h"
#include "pkg/base/jsonw.h"
#include "pkg/build/cache.h"
#include "pkg/build/check.h"
#include "pkg/build/pack.h"
#include "pkg/project/project.h"

#include <pthread.h>

/* One ZIP to be made. */
struct pl_pack_target {
    bool is_layer;
    bool done;      /* result is there (of a dry run: the plan) */
    uint32_t index; /* of the function or layer in the project */
    struct pl_slice name;
    struct pl_slice path;  /* of the ZIP, from the current folder; NUL behind it */
    struct pl_slice label; /* "function Thumb" */
    struct pl_pack_result result;
    struct pl_plan plan;                       /* kept for a dry run only */
    struct pl_check check;                     /* of --check */
    struct pl_slice warning[PL_PLAN_WARNINGS]; /* of the plan; NUL behind each */
    size_t n_warning;
    uint8_t compression; /* enum pl_compression, by option or manifest; set by pl_pack_level */
    bool direct;         /* uploaded without S3 */
};

/* Of a layer that is on disk already: a ZIP or folder, or what its sidecar says. */
struct pl_pack_layer_size {
    bool known;
    uint64_t bytes;
};

struct pl_pack_run {
    const struct pl_options *options;
    struct pl_term term;
    struct pl_project project;
    struct pl_manifest_mistakes *mistakes; /* in the arena; NULL: no manifest was read */
    struct pl_slice output_dir;            /* from the current folder; NUL behind it */
    struct pl_pack_target *target;         /* layers first; owned */
    size_t n_target, cap_target;
    struct pl_pack_layer_size *layer_size; /* by layer of the project; NULL: not asked */
    int64_t time;                          /* of all entries */
    int name_width, path_width;            /* of the text's columns */
    struct pl_cache *cache;                /* NULL: there is none */
    bool cache_tried;
    struct pl_installs *installs; /* NULL: none was needed yet */
    struct pl_arena arena;
    struct pl_plan_pattern *pattern; /* of all plans; owned */
    size_t n_pattern, cap_pattern;
    struct pl_meter *meter; /* of all targets; NULL: none is shown */
    size_t n_said;          /* the first of them, in their order */
    pthread_mutex_t lock;   /* of cache, arena, meter and n_said while targets are made */
    pthread_mutex_t turn;   /* theirs, for what only one may do (pkg/build/pack.h) */
};

/* Keeps a plan's patterns (with the lock held); pl_pack_say_patterns then says which of them match
 * nothing in any target. */
PL_STATUS pl_pack_keep_patterns(struct pl_pack_run *run, const struct pl_plan *plan,
                                struct pl_err *err);
PL_STATUS pl_pack_say_patterns(const struct pl_pack_run *run, struct pl_err *err);

/* What lint said about the ZIPs. */
struct pl_pack_lint {
    struct pl_lint lint; /* owns the run's project from then on */
    bool ran;
    int status; /* exit status of the findings */
    size_t errors, warnings, infos;
    struct pl_buf report; /* in the format that was asked for; empty when there is nothing to say */
};

/* With --source: a project of that one function, and true in *ret_is.  Options that do not go
 * together are PL_ERR_USAGE. */
PL_STATUS pl_pack_bare(struct pl_pack_run *run, bool *ret_is, struct pl_err *err);

/* Fills output_dir and target from the project and the operands.  An operand that names nothing is
 * PL_ERR_USAGE, a manifest without anything to pack PL_ERR_CONFIG. */
PL_STATUS pl_pack_choose(struct pl_pack_run *run, struct pl_err *err);

/* Judges the ZIPs that were made.  Release *ret with pl_pack_lint_done, also after a failure; names
 * in run->target live until then. */
PL_STATUS pl_pack_lint(struct pl_pack_run *run, struct pl_pack_lint *ret, struct pl_err *err);
void pl_pack_lint_done(struct pl_pack_lint *lint);

/* The level that a target is begun with, and the size that its ZIP must stay below when it is to be
 * raised for that; 0: it is not. */
void pl_pack_level(const struct pl_pack_run *run, struct pl_pack_target *target, int *ret,
                   uint64_t *ret_fit_below);
/* What `fit` did, one line; nothing for other levels. */
PL_STATUS pl_pack_text_level(struct pl_buf *to, const struct pl_pack_target *target,
                             struct pl_err *err);
void pl_pack_json_level(struct pl_jsonw *w, const struct pl_pack_target *target);

/* Prints what the presets of `prune` take; the exit status. */
int pl_pack_presets(const struct pl_options *options);

/* pack_layers.c: how large the layers are that functions of the run name and nobody builds. */
PL_STATUS pl_pack_measure_layers(struct pl_pack_run *run, struct pl_err *err);
/* The unpacked size of a layer of the project, packed in this run or ready on disk; false: nobody
 * knows it here. */
bool pl_pack_layer_bytes(const struct pl_pack_run *run, uint32_t index, uint64_t *ret);
/* " with a, b, not counting c" */
PL_STATUS pl_pack_text_layers(struct pl_buf *to, const struct pl_pack_run *run,
                              const struct pl_function_decl *fn, struct pl_err *err);

/* One line about a ZIP that was written. */
PL_STATUS pl_pack_text_target(struct pl_buf *to, const struct pl_pack_run *run,
                              const struct pl_pack_target *target, struct pl_err *err);
/* The entries of a plan. */
PL_STATUS pl_pack_text_plan(struct pl_buf *to, const struct pl_pack_target *target,
                            struct pl_err *err);
/* pack_check.c: a target under --check, its last line, its part of the document. */
PL_STATUS pl_pack_text_check(struct pl_buf *to, const struct pl_pack_target *target,
                             struct pl_err *err);
PL_STATUS pl_pack_text_checked(struct pl_buf *to, const struct pl_pack_run *run,
                               struct pl_err *err);
void pl_pack_json_check(struct pl_jsonw *w, const struct pl_check *check);
/* ZIPs that differ from their sources or are missing. */
size_t pl_pack_stale(const struct pl_pack_run *run);
/* What is to be installed for a target, and for layers that it is compared with; for --explain only
 * what was installed before. */
PL_STATUS pl_pack_install(struct pl_pack_run *run, const struct pl_pack_target *target,
                          struct pl_err *err);
/* --explain: what decides about a path of the sources, for every target. */
PL_STATUS pl_pack_explain(struct pl_pack_run *run, struct pl_err *err);
/* The last line. */
PL_STATUS pl_pack_text_summary(struct pl_buf *to, const struct pl_pack_run *run,
                               const struct pl_pack_lint *lint, struct pl_err *err);
/* Everything as one document; `failure` is NULL when nothing failed. */
PL_STATUS pl_pack_json(struct pl_buf *to, const struct pl_pack_run *run,
                       const struct pl_pack_lint *lint, const struct pl_err *failure,
                       struct pl_err *err);

#endif
