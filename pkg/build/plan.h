/*
 * What would be packed: the manifest's sources become an ordered list of entries, each with its one
 * source.  The plan knows nothing of compression.  It is also a tree (pkg/archive/tree.h), so that
 * lint can judge what pack would build, writing nothing.
 */
#ifndef PL_PKG_BUILD_PLAN_H
#define PL_PKG_BUILD_PLAN_H

#include "pkg/archive/tree.h"
#include "pkg/project/project.h"

/* What tells that a file is still the one that was planned. */
struct pl_file_id {
    uint64_t dev, ino, size;
    int64_t mtime_ns, ctime_ns;
};

struct pl_content;

struct pl_plan_item {
    struct pl_slice name; /* in the ZIP, UTF-8 */
    /* Where it comes from: the path on disk from the current folder, "lib.zip!a/b" for a member of
     * an archive, or words; empty for an empty folder's entry. */
    struct pl_slice path;
    struct pl_slice link;             /* LINK: the target as it will be stored */
    struct pl_file_id id;             /* FILE; only the size when there is a content */
    const struct pl_content *content; /* where a FILE's bytes are; NULL: in the file at `path` */
    uint64_t at;                      /* in the content */
    uint32_t source;                  /* index in the declaration's sources */
    uint16_t mode;                    /* 0644, 0755; links 0777 */
    uint8_t type;                     /* enum pl_entry_type */
};

/* What a preset of `prune` took. */
struct pl_pruned {
    size_t files; /* and links */
    uint64_t bytes;
};

/* What became of bytecode. */
struct pl_pyc_count {
    uint8_t mode;             /* enum pl_pyc, as asked for */
    size_t restamped;         /* files */
    struct pl_pruned dropped; /* for whatever reason */
};

/* A pattern of the manifest that was asked about something. */
struct pl_plan_pattern {
    struct pl_pos at;
    struct pl_slice text; /* borrowed from the project */
    bool is_include;      /* else of an exclude list */
    bool matched;
};

enum { PL_PLAN_WARNINGS = 4 };

struct pl_plan {
    struct pl_plan_item *item; /* sorted by name bytes; owned */
    size_t n, cap;
    uint64_t bytes; /* of all files and links */
    uint32_t prune; /* the presets that were asked for, bits by enum pl_prune */
    struct pl_pruned pruned[PL_PRUNE_COUNT];
    struct pl_pyc_count pyc;
    bool skip_provided;                        /* was asked for */
    struct pl_pruned provided;                 /* what layers provide, and stays out */
    struct pl_slice provided_names;            /* the first of it: "numpy, pandas, ..." */
    struct pl_slice warning[PL_PLAN_WARNINGS]; /* what people should know; NUL behind each */
    size_t n_warning;
    struct pl_plan_pattern *pattern;
    size_t n_pattern;
    struct pl_content *content; /* owned: what items name */
    struct pl_arena arena;
};

/*
 * What is packed, and what must never be in it.
 *
 * `to` of a source is always a folder of the ZIP, for a source that is a single file too.  A
 * source's own patterns count from its folder (of a single file: its name), those of the function
 * or layer from the root of the ZIP.  `.lambdaignore` files are read inside of sources, not above
 * them.  Never packed: the output folder; where that is the source itself, NAME.zip and
 * NAME.zip.json of the project's functions and layers; temporaries of ours; `.lambdaignore` files;
 * anything called `.git`.
 */
struct pl_ignore_rule;

/* What was decided about one entry of a folder of a source, and by what. */
struct pl_trace {
    struct pl_slice folder, child; /* on disk; of a source that is a file: "" and its path */
    struct pl_slice name;          /* in the ZIP; empty when it has none */
    uint32_t source;
    bool is_folder, taken;
    const char *why;                   /* static; NULL: the rule decided, or nothing spoke */
    const struct pl_ignore_rule *rule; /* NULL: none matched; borrowed for the call */
};
struct pl_tracer {
    void *ctx;
    void (*step)(void *ctx, const struct pl_trace *trace);
};

struct pl_plan_request {
    const struct pl_project *project;
    const struct pl_source *source;
    uint32_t n_source;
    const struct pl_patterns *include, *exclude; /* of the function or layer; either may be empty */
    const struct pl_function_decl *function;     /* what it is built for; both NULL: not known */
    const struct pl_layer_decl *layer;
    uint32_t prune;                 /* bits by enum pl_prune */
    uint8_t pyc;                    /* enum pl_pyc */
    struct pl_slice output_dir;     /* our own output, from the current folder: never packed */
    struct pl_slice work_dir;       /* for a working file without a name; empty: /tmp */
    struct pl_slice what;           /* "function Thumb", for messages */
    const struct pl_tracer *tracer; /* is told of every decision; NULL: nobody */
};

/* A function or layer of a project that is built from sources. */
struct pl_plan_subject {
    uint32_t index; /* in project->function, or project->layer */
    bool is_layer;
    struct pl_slice output_dir, work_dir; /* as in the request */
    struct pl_slice what;
};
/* The request that its declaration makes; borrows from both. */
struct pl_plan_request pl_plan_request_of(const struct pl_project *project,
                                          const struct pl_plan_subject *subject);

/* Who is listening to long work.  Any member may be NULL. */
struct pl_progress {
    void *ctx;
    bool (*cancelled)(void *ctx); /* asked often, from any thread */
    void (*step)(void *ctx, uint64_t done_bytes, uint64_t all_bytes); /* from any thread */
};

/* Walks the sources, and reads those that are archives.  Errors name the path: a missing source, an
 * unreadable folder or file, a special file, a link that dangles, loops or leaves the project, a
 * name that is not UTF-8, two different files at one place, a file where another source needs a
 * folder, nothing at all to pack.
 * PL_ERR_UNBUILT: a source is to be installed first.
 */
PL_STATUS pl_plan_make(struct pl_plan *ret, const struct pl_plan_request *request,
                       const struct pl_progress *progress, struct pl_err *err);
/* Index of the first item that does not sort before this one. */
size_t pl_plan_find(const struct pl_plan *plan, struct pl_slice name, bool is_folder);
void pl_plan_done(struct pl_plan *plan);

/* A tree over the plan, which must outlive it. */
PL_STATUS pl_plan_tree(struct pl_tree *ret, const struct pl_plan *plan, struct pl_err *err);

#endif
