/* One loader per language: what the runtime's own client would do with the handler. */
#ifndef PL_PKG_SURVEY_LOAD_H
#define PL_PKG_SURVEY_LOAD_H

#include "pkg/survey/survey.h"

/* Fills function->load.  Reads, bounded, what the loader asks for (the second look). */
PL_STATUS pl_load_function(struct pl_function *function, struct pl_arena *arena,
                           struct pl_err *err);

PL_STATUS pl_load_python(struct pl_function *function, struct pl_arena *arena, struct pl_err *err);
PL_STATUS pl_load_node(struct pl_function *function, struct pl_arena *arena, struct pl_err *err);
PL_STATUS pl_load_java(struct pl_function *function, struct pl_arena *arena, struct pl_err *err);
PL_STATUS pl_load_custom(struct pl_function *function, struct pl_arena *arena, struct pl_err *err);
PL_STATUS pl_load_dotnet(struct pl_function *function, struct pl_arena *arena, struct pl_err *err);
PL_STATUS pl_load_ruby(struct pl_function *function, struct pl_arena *arena, struct pl_err *err);
PL_STATUS pl_load_go(struct pl_function *function, struct pl_arena *arena, struct pl_err *err);

/* Fills function->wrapper. */
PL_STATUS pl_load_wrapper(struct pl_function *function, struct pl_arena *arena, struct pl_err *err);
/* What AWS_LAMBDA_EXEC_WRAPPER is set to, or NULL. */
const struct pl_value *pl_wrapper_value(const struct pl_function *fn);

#endif
