/* The parts of the Ruby loader; for its own files only. */
#ifndef PL_PKG_SURVEY_LOAD_RUBY_H
#define PL_PKG_SURVEY_LOAD_RUBY_H

#include "pkg/survey/look.h"

enum { PL_RUBY_FILES = 128 };

/* The files that are loaded with one. */
struct pl_ruby_set {
    struct {
        struct pl_ref at;
        const struct pl_rb *rb;
    } file[PL_RUBY_FILES];
    uint32_t n;
    bool unknown; /* something is required that is not ours to read, or not to be read */
};

/* One handler string, tried. */
struct pl_ruby_try {
    struct pl_looker *l;
    struct pl_slice handler;
    struct pl_slice file, class, method; /* class is empty for FILE.METHOD */
    struct pl_ref at;                    /* what `require` finds */
    struct pl_ruby_set set;
};

/* Does with `handler` what the runtime would; fills *t and *load, without suggestions. */
PL_STATUS pl_ruby_try(struct pl_ruby_try *t, struct pl_looker *l, struct pl_slice handler,
                      struct pl_load *load, struct pl_err *err);
/* Reads the file and what it requires. */
PL_STATUS pl_ruby_gather(struct pl_looker *l, struct pl_ref at, struct pl_ruby_set *ret,
                         struct pl_err *err);
/* Is `name` a method of every object (private ones included) once the files are loaded? */
enum pl_sure pl_ruby_has_method(const struct pl_ruby_set *set, struct pl_slice name);
/* Is there a module or class of this path? */
enum pl_sure pl_ruby_has_class(const struct pl_ruby_set *set, struct pl_slice path);
/* Would `path`.send(name) find a method? */
enum pl_sure pl_ruby_has_singleton(const struct pl_ruby_set *set, struct pl_slice path,
                                   struct pl_slice name);
/* For a failure: where it stands instead, and a handler string that works. */
PL_STATUS pl_ruby_suggest(const struct pl_ruby_try *failed, struct pl_load *load,
                          struct pl_err *err);
/* Has Ruby, or what the runtime brings, a library of this name? */
bool pl_ruby_is_library(struct pl_slice path);

#endif
