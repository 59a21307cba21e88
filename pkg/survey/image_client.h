/* What the files image_*.c share.  For them only. */
#ifndef PL_PKG_SURVEY_IMAGE_CLIENT_H
#define PL_PKG_SURVEY_IMAGE_CLIENT_H

#include "pkg/inspect/exec.h"
#include "pkg/survey/image_run.h"

/* The answer while it is worked out. */
struct pl_image_ask {
    struct pl_image_run *run;
    const struct pl_package *package;
    const struct pl_view *view;
    struct pl_arena *arena;
    struct pl_slice cwd;
    struct pl_words env; /* the image's, and what Lambda adds */
    unsigned depth;      /* of scripts that start scripts */
};

/* The words of a command, of which the first is the program at `at`. */
struct pl_image_command {
    const struct pl_slice *word;
    uint32_t n;
    struct pl_ref at;
};

PL_STATUS pl_image_answer(struct pl_image_ask *ask, enum pl_speaks speaks, bool certain,
                          struct pl_err *err, const char *fmt, ...) PL_PRINTF(5, 6);
PL_STATUS pl_image_cannot_start(struct pl_image_ask *ask, enum pl_image_start start,
                                struct pl_err *err, const char *fmt, ...) PL_PRINTF(4, 5);
/* image_run.c: what a command becomes.  n is not 0. */
PL_STATUS pl_image_follow(struct pl_image_ask *ask, const struct pl_slice *word, uint32_t n,
                          struct pl_err *err);
/* May Linux start the script's interpreter?  Sets run->start when not. */
PL_STATUS pl_image_check_script(struct pl_image_ask *ask, const struct pl_exec *exec,
                                struct pl_slice name, struct pl_err *err);
/* May Lambda's user execute it? */
bool pl_image_may_run(struct pl_ref at);
/* The whole of a file, at most PL_MAX_LOOK_BYTES; *ret_read is false when it is larger or damaged.
 */
PL_STATUS pl_image_bytes(const struct pl_image_ask *ask, struct pl_ref at, struct pl_buf *to,
                         bool *ret_read, struct pl_err *err);
/* Its first bytes, whatever its size; none when it is damaged. */
PL_STATUS pl_image_head(const struct pl_image_ask *ask, struct pl_ref at, struct pl_buf *to,
                        struct pl_err *err);
/* Which of the texts stand anywhere in a file of any size; sets found[], clears none. */
PL_STATUS pl_image_scan(const struct pl_image_ask *ask, struct pl_ref at,
                        const struct pl_slice *texts, size_t n, bool *found, struct pl_err *err);
/* image_elf.c: may Linux start it in this image?  Sets run->start when not. */
PL_STATUS pl_image_check_elf(struct pl_image_ask *ask, const struct pl_elf *elf,
                             struct pl_slice name, struct pl_err *err);
/* Does a compiled program hold what clients hold? */
PL_STATUS pl_image_ask_elf(struct pl_image_ask *ask, const struct pl_image_command *command,
                           struct pl_err *err);
/* A name that ends in `/suffix`, or is it; PL_ENTRY_NONE when there is none. */
uint32_t pl_image_find_entry(const struct pl_image_ask *ask, struct pl_slice suffix);
bool pl_image_has(struct pl_slice bytes, const char *text);

/* Does a script name the Runtime API, outside of comments? */
bool pl_image_names_api(struct pl_slice text);
/* The file that an interpreter is given as its first word: a loop of one's own? */
PL_STATUS pl_image_ask_text(struct pl_image_ask *ask, const struct pl_image_command *command,
                            bool *ret_known, struct pl_err *err);

/* image_extension.c: fills run->extension. */
PL_STATUS pl_image_find_extensions(struct pl_image_ask *ask, struct pl_err *err);
/* Is the web adapter one of them?  Answers for it when so. */
PL_STATUS pl_image_ask_adapter(struct pl_image_ask *ask, bool *ret_is, struct pl_err *err);
/* image_aws.c: /lambda-entrypoint.sh and the bootstrap that it starts. */
PL_STATUS pl_image_ask_aws(struct pl_image_ask *ask, const struct pl_image_command *command,
                           struct pl_err *err);
/* image_runtime.c: the runtime of the client's language whose version the image has, and why there
 * is none. */
PL_STATUS pl_image_find_runtime(struct pl_image_ask *ask, struct pl_err *err);
/* The last value of a variable in `env`; empty when there is none. */
struct pl_slice pl_image_env(const struct pl_words *env, const char *name);

/* Does the command belong to a language whose clients we know?  *ret_known: an answer was given. */
PL_STATUS pl_image_ask_language(struct pl_image_ask *ask, const struct pl_image_command *command,
                                bool *ret_known, struct pl_err *err);

#endif
