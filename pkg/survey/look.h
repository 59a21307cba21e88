/*
 * The second look: what a loader reads of a function's packages, bounded per function, each file
 * once.  For the loaders only.
 */
#ifndef PL_PKG_SURVEY_LOOK_H
#define PL_PKG_SURVEY_LOOK_H

#include "pkg/inspect/js.h"
#include "pkg/inspect/python.h"
#include "pkg/inspect/ruby.h"
#include "pkg/survey/survey.h"

/* For "%.*s" with a slice. */
#define PL_ARG(s) (int)(s).len, (s).ptr

enum pl_looked_state {
    PL_LOOKED_TEXT,
    PL_LOOKED_CORRUPT, /* damaged, encrypted, or a method that we do not read */
    PL_LOOKED_LISTED,  /* only a list of the package's files is there */
    PL_LOOKED_TOO_BIG  /* the bounds of the second look are used up */
};

/* One file that was read. */
struct pl_looked {
    struct pl_ref at;
    uint8_t state; /* enum pl_looked_state */
    uint8_t asked; /* questions of pl_looked_says */
    uint8_t says;  /* those of them that are true */
    struct pl_buf text;
    struct pl_py *py; /* once asked for */
    struct pl_js *js;
    struct pl_rb *rb;
    struct pl_package_json *json;
    struct pl_looked *next;
};

struct pl_looker {
    const struct pl_function *fn;
    const struct pl_view *view;
    struct pl_arena *arena;  /* borrowed: what the result points to */
    struct pl_arena scratch; /* owned: facts and paths that end with the looker */
    struct pl_looked *first; /* owned */
    uint32_t files;
    size_t bytes;
};

void pl_looker_init(struct pl_looker *l, const struct pl_function *fn, struct pl_arena *arena);
void pl_looker_done(struct pl_looker *l);

/* Reads an entry, or gives what was read before; *ret is borrowed until pl_looker_done.  Fails for
 * lack of memory and when the system would not give the file. */
PL_STATUS pl_look_text(struct pl_looker *l, struct pl_ref at, struct pl_looked **ret,
                       struct pl_err *err);
/* The same with facts: py, js or json is set when the state is TEXT. */
PL_STATUS pl_look_python(struct pl_looker *l, struct pl_ref at, struct pl_looked **ret,
                         struct pl_err *err);
PL_STATUS pl_look_js(struct pl_looker *l, struct pl_ref at, struct pl_looked **ret,
                     struct pl_err *err);
PL_STATUS pl_look_ruby(struct pl_looker *l, struct pl_ref at, struct pl_looked **ret,
                       struct pl_err *err);
PL_STATUS pl_look_json(struct pl_looker *l, struct pl_ref at, struct pl_looked **ret,
                       struct pl_err *err);

/* Questions whose answer is searched in the whole text, and which many lines of it raise. */
enum { PL_ASKED_PATH = 1, PL_ASKED_PACKAGE = 2 };
bool pl_looked_says(struct pl_looked *looked, unsigned question, bool (*judge)(struct pl_slice));

/* The folder that the runtime's client searches first, without a '/' behind it: /var/task, or what
 * an image says; empty: the root. */
struct pl_slice pl_look_task(const struct pl_looker *l);
/* In an image: may a module or library of this name be found where the interpreter's own search
 * path leads, outside of the task's folder? */
bool pl_look_may_have(const struct pl_looker *l, struct pl_slice first);

/* Is an environment variable of this name set by the function's settings, or by its image? */
bool pl_look_has_env(const struct pl_looker *l, const char *key);

/* A path in the scratch arena. */
PL_STATUS pl_look_fmt(struct pl_looker *l, struct pl_slice *ret, struct pl_err *err,
                      const char *fmt, ...) PL_PRINTF(4, 5);

/*
 * Candidates for "it stands there instead": entries of the function's code that pass `like`
 * (0: no; otherwise the class, lower is better), in the order class, fewest components, bytes.
 * At most PL_LOOK_CANDIDATES are kept.
 */
enum { PL_LOOK_CANDIDATES = 8 };
struct pl_candidates {
    struct pl_ref at[PL_LOOK_CANDIDATES];
    uint32_t n;
};
typedef unsigned (*pl_look_like)(const void *ctx, const struct pl_entry *entry);
void pl_look_around(const struct pl_looker *l, pl_look_like like, const void *ctx,
                    struct pl_candidates *ret);

/* The last component, with both '/' and '\\' as separators: Windows tools write the latter. */
struct pl_slice pl_look_basename(struct pl_slice name);
/* Is `word` one of the words of a list " a b c "? */
bool pl_look_word(const char *list, struct pl_slice word);

/* Sets outcome and why; for failures sure as well. */
void pl_load_set(struct pl_load *load, enum pl_outcome outcome, enum pl_why why);
void pl_load_fail(struct pl_load *load, enum pl_why why, enum pl_sure sure);
/* What Lambda says, safe for a terminal. */
PL_STATUS pl_load_says(struct pl_looker *l, struct pl_load *load, struct pl_err *err,
                       const char *fmt, ...) PL_PRINTF(4, 5);
/* "it defines NAME", the clause behind what is said of the file that stands elsewhere. */
PL_STATUS pl_load_defines(struct pl_looker *l, struct pl_load *load, struct pl_slice name,
                          struct pl_err *err);
/* Takes `handler` as the suggestion when what was tried with it loads. */
PL_STATUS pl_load_take(struct pl_looker *l, struct pl_slice handler, const struct pl_load *tried,
                       struct pl_load *load, bool *ret_taken, struct pl_err *err);
/* A loader of one step: `judge` fills the load, which is the function's when it does not fail. */
typedef enum pl_status (*pl_load_judge)(struct pl_looker *l, struct pl_load *load,
                                        struct pl_err *err);
PL_STATUS pl_load_by(struct pl_function *function, struct pl_arena *arena, pl_load_judge judge,
                     struct pl_err *err);
/* A file of which nothing can be said because of its state; false for TEXT. */
bool pl_load_unread(struct pl_load *load, const struct pl_looked *looked);

#endif
