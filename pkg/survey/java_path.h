/* Java class path: /var/task, then the jars in lib/ of the code, then those in java/lib/ of layers.
 */
#ifndef PL_PKG_SURVEY_JAVA_PATH_H
#define PL_PKG_SURVEY_JAVA_PATH_H

#include "pkg/survey/look.h"

enum pl_jar_state {
    PL_JAR_CLOSED,
    PL_JAR_OPEN,
    PL_JAR_NO_ZIP, /* Java passes over it */
    PL_JAR_UNSURE  /* `why` says what we could not read */
};

struct pl_jar {
    struct pl_ref at;      /* the jar's entry in its package */
    struct pl_slice place; /* "/var/task/lib/app.jar" */
    uint8_t state;         /* enum pl_jar_state */
    uint8_t why;           /* enum pl_why, of UNSURE */
    bool multi_release;
    struct pl_tree tree; /* owned; of OPEN */
    struct pl_buf bytes; /* owned; empty when they have to be read again */
    struct pl_jar *next; /* the order of the class path */
};

struct pl_java_path {
    struct pl_looker *l;
    struct pl_jar *first; /* in the scratch arena */
    struct pl_jar *stray; /* jars elsewhere in the code that were looked into */
    uint32_t n;
    uint32_t feature; /* 17 of java17: versions of multi-release jars up to it count */
    uint64_t entries; /* of all jars that are open */
    uint64_t read_bytes;
    size_t held_bytes;
    uint8_t unsure; /* enum pl_why: the path may hold more than we see */
};

enum pl_java_where {
    PL_JAVA_MISSING,
    PL_JAVA_HERE,
    PL_JAVA_RUNTIME, /* not in the package; the runtime has it, or may have it */
    PL_JAVA_UNSURE
};

/* Where a class file stands. */
struct pl_java_spot {
    uint8_t where; /* enum pl_java_where */
    uint8_t why;   /* enum pl_why, of UNSURE */
    struct pl_ref at;
    struct pl_jar *jar; /* NULL: a file of its own */
    uint32_t inner;     /* entry in the jar */
};

/* Lists the jars; opens none.  Everything is borrowed from the looker until pl_java_path_done. */
PL_STATUS pl_java_path_make(struct pl_java_path *path, struct pl_looker *l, struct pl_err *err);
void pl_java_path_done(struct pl_java_path *path);

/* Finds "com/example/Handler" as the class loaders would. */
PL_STATUS pl_java_path_find(struct pl_java_path *path, struct pl_slice name,
                            struct pl_java_spot *ret, struct pl_err *err);
/* The class file's bytes, borrowed until pl_java_path_done; *ret_why is PL_WHY_NONE, or says why
 * there are none. */
PL_STATUS pl_java_path_read(struct pl_java_path *path, const struct pl_java_spot *spot,
                            struct pl_slice *ret, uint8_t *ret_why, struct pl_err *err);

/* A jar of the code that is not on the class path, in the order of the entries from *at on; NULL
 * when there is none left.  It is opened. */
PL_STATUS pl_java_path_stray(struct pl_java_path *path, uint32_t *at, struct pl_jar **ret,
                             struct pl_err *err);
/* Opens a jar, unless that was tried before. */
PL_STATUS pl_java_path_open(struct pl_java_path *path, struct pl_jar *jar, struct pl_err *err);

/* "com/example/Handler.class" in the scratch arena. */
PL_STATUS pl_java_file(struct pl_looker *l, struct pl_slice name, struct pl_slice *ret,
                       struct pl_err *err);

#endif
