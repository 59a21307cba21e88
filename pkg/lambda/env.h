/* The environment of a function, measured and judged as the service does. */
#ifndef PL_PKG_LAMBDA_ENV_H
#define PL_PKG_LAMBDA_ENV_H

#include "pkg/base/slice.h"

/* Bytes of {"K":"V","K2":"V2"}: compact JSON in UTF-8 with JSON's own escapes; 2 for no variables.
 * keys[i] belongs to values[i]. */
size_t pl_env_json_bytes(const struct pl_slice *keys, const struct pl_slice *values, size_t n);
/* Bytes that one "K":"V" pair adds, without the comma. */
size_t pl_env_pair_bytes(struct pl_slice key, struct pl_slice value);

/* [a-zA-Z]([a-zA-Z0-9_])+ (botocore EnvironmentVariableName): at least two characters. */
bool pl_env_key_valid(struct pl_slice key);
/* A key that the service keeps for itself. */
bool pl_env_key_reserved(struct pl_slice key);

#endif
