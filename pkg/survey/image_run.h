/*
 * How a container image starts in Lambda, and whether what it starts speaks the Runtime API: worked
 * out from its configuration and files, without running anything.
 */
#ifndef PL_PKG_SURVEY_IMAGE_RUN_H
#define PL_PKG_SURVEY_IMAGE_RUN_H

#include "pkg/lambda/runtimes.h"
#include "pkg/survey/image_shell.h"
#include "pkg/survey/view.h"

enum pl_speaks { PL_SPEAKS_UNKNOWN, PL_SPEAKS_YES, PL_SPEAKS_NO };

enum pl_image_start {
    PL_START_FINE,
    PL_START_NOTHING,     /* neither an entrypoint nor a command */
    PL_START_MISSING,     /* the program is not in the image */
    PL_START_MODE,        /* it may not be executed */
    PL_START_NO_FILE,     /* it is a folder, a device ... */
    PL_START_FORMAT,      /* Linux cannot run it */
    PL_START_MACHINE,     /* it is for another architecture than the image says */
    PL_START_INTERPRETER, /* its interpreter or loader is not in the image */
    PL_START_UNKNOWN
};

/* A file directly in /opt/extensions, which Lambda starts before the image's own command. */
struct pl_image_extension {
    struct pl_ref at;
    struct pl_slice name; /* "/opt/extensions/...", raw */
    struct pl_slice what; /* why it cannot be started: a clause, safe; empty: it can */
};

struct pl_image_run {
    uint8_t start;   /* enum pl_image_start */
    uint8_t speaks;  /* enum pl_speaks */
    bool certain;    /* of speaks; else likely */
    bool plain;      /* NO: a program that has nothing to do with Lambda */
    bool emulator;   /* NO: the runtime interface emulator is left as the entrypoint */
    bool guessed;    /* what becomes of the image's own command is not documented */
    bool relative;   /* the entrypoint is no absolute path */
    bool background; /* what it starts is sent to the background and the script ends */
    bool workdir_missing;
    struct pl_slice why;     /* of speaks: a clause, safe */
    struct pl_slice what;    /* of start: what is wrong, a clause, safe */
    struct pl_words command; /* entrypoint and command, as the image says */
    struct pl_words last;    /* what is started in the end, as far as it can be told */
    struct pl_slice workdir;
    struct pl_ref program;   /* the file that is started in the end */
    struct pl_slice handler; /* what the runtime client is given; empty: none */
    struct pl_slice task;    /* the folder in which the client looks for it; empty: the root */
    struct pl_image_extension *extension;
    uint32_t n_extension;
    uint8_t language; /* enum pl_language of the client */
    bool has_language;
    bool is_aws;                      /* it starts as AWS's own base images do */
    const struct pl_runtime *runtime; /* Lambda's runtime of that language and version, or NULL */
    const char *why_no_runtime;       /* static; NULL: there is one, or none is asked for */
};

/* Fills *ret; `package` is an image, `decl` what a template says of it, or NULL.  The results live
 * in the arena. */
PL_STATUS pl_image_run(struct pl_image_run *ret, const struct pl_package *package,
                       const struct pl_image_decl *decl, const struct pl_view *view,
                       struct pl_arena *arena, struct pl_err *err);

#endif
