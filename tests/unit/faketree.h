/*
 * Packages and functions in memory, for the loaders' tables: a function is a list of files.
 */
#ifndef PL_TESTS_UNIT_FAKETREE_H
#define PL_TESTS_UNIT_FAKETREE_H

#include "pkg/survey/survey.h"

enum { FAKE_FILES = 8, FAKE_NO_MODE = -1, FAKE_FOLDER = -2, FAKE_DAMAGED = -3 };

struct fake_file {
    const char *path;    /* "src/app.py"; "/opt/..." is in the layer */
    const char *content; /* "->target" makes a link, "@/path" takes a file's bytes */
    int mode;            /* 0: 0644; or one of the above */
};

struct fake_setting {
    const char *runtime, *handler;
    const char *env; /* name of one variable, or NULL */
    bool opaque;     /* one more layer, of which only the ARN is known */
    uint8_t arch;
};

/* One function with its code and at most one layer. */
struct fake {
    struct pl_package code, layer;
    struct pl_function_decl decl;
    struct pl_env_var env;
    struct pl_function fn;
    struct pl_arena arena;
};

/* Everything in *fake is owned by it; aborts the test when something does not fit. */
void fake_init(struct fake *fake, const struct fake_setting *setting, const struct fake_file *file);
void fake_done(struct fake *fake);
/* Other bytes for a file of the code, which may hold NULs; they must outlive *fake. */
void fake_content(struct fake *fake, const char *path, struct pl_slice content);
/* A tree of the files whose path starts with `prefix`, up to the first without a path. */
void fake_tree(struct pl_tree *ret, const struct fake_file *file, const char *prefix);
/* Name of the entry, "" for none; static until the next call. */
const char *fake_name(struct pl_ref ref);

#endif
