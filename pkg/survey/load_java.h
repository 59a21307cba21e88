/* The parts of the Java loader; for its own files only. */
#ifndef PL_PKG_SURVEY_LOAD_JAVA_H
#define PL_PKG_SURVEY_LOAD_JAVA_H

#include "pkg/inspect/jvm.h"
#include "pkg/lambda/handler.h"
#include "pkg/survey/java_path.h"

/* A class by its name, looked for and read once. */
struct pl_java_class {
    struct pl_slice name; /* "com/example/Handler" */
    struct pl_java_spot spot;
    struct pl_jvm jvm; /* of HERE, unless `why` says why it could not be read */
    uint8_t why;
    bool denied; /* its file may not be read by the sandbox's user */
    bool is_read;
    struct pl_java_class *next;
};

struct pl_java {
    struct pl_looker *l;
    struct pl_java_path path;
    struct pl_java_class *known;
};

enum { PL_JAVA_TYPES = 128 };

/* A class with everything that it extends and implements, as far as it is in the packages. */
struct pl_java_types {
    struct pl_java_class *class_[PL_JAVA_TYPES]; /* the class first, then its superclass ... */
    uint32_t n;
    bool request, stream; /* RequestHandler and RequestStreamHandler are among the interfaces */
    bool outside;         /* types of the runtime that we do not know are, too */
    bool outside_client;  /* and they are not the JDK's: they may know handlers */
};

/* One handler string, tried. */
struct pl_java_try {
    struct pl_java *j;
    struct pl_slice handler;
    struct pl_java_handler parts;
    struct pl_slice name; /* "com/example/Handler" */
    struct pl_java_types types;
};

PL_STATUS pl_java_class_get(struct pl_java *j, struct pl_slice name, bool wants_bytes,
                            struct pl_java_class **ret, struct pl_err *err);

/* java_types.c: fills t->types from the handler's class, or *load with what ends it. */
PL_STATUS pl_java_link(struct pl_java_try *t, struct pl_java_class *class_, struct pl_load *load,
                       struct pl_err *err);
/* Are the types of the public methods there, which reflection asks for? */
PL_STATUS pl_java_check_methods(struct pl_java_try *t, struct pl_load *load, struct pl_err *err);
/* The same for what the generic signature hands to RequestHandler. */
PL_STATUS pl_java_check_signature(struct pl_java_try *t, struct pl_load *load, struct pl_err *err);

/* java_handler.c: does what EventHandlerLoader does with a class that is linked. */
PL_STATUS pl_java_bind(struct pl_java_try *t, struct pl_load *load, struct pl_err *err);
/* Would the loader take an overload with these parameters? */
bool pl_java_takes(struct pl_slice descriptor);

/* Does with `handler` what the runtime would; fills *t and *load, without suggestions. */
PL_STATUS pl_java_try(struct pl_java_try *t, struct pl_java *j, struct pl_slice handler,
                      struct pl_load *load, struct pl_err *err);
/* For a failure: where the class stands instead, and a handler string that works. */
PL_STATUS pl_java_suggest(const struct pl_java_try *failed, struct pl_load *load,
                          struct pl_err *err);

/* A failure, with its detail. */
PL_STATUS pl_java_fail(struct pl_java *j, struct pl_load *load, enum pl_why why, struct pl_err *err,
                       const char *fmt, ...) PL_PRINTF(5, 6);
/* "com.example.Handler" of "com/example/Handler", in the scratch arena. */
PL_STATUS pl_java_dotted(struct pl_looker *l, struct pl_slice name, struct pl_slice *ret,
                         struct pl_err *err);

#endif
