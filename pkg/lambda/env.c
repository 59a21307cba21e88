#include "pkg/lambda/env.h"

/* AWS Lambda Developer Guide, configuration-envvars, 2026-08, and cfn-lint rule E3663,
 * 2026-08-19. */
static const char *const pl_env_reserved[] = {
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_DEFAULT_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_LAMBDA_MAX_CONCURRENCY", /* the guide alone, from here ... */
    "AWS_LAMBDA_METADATA_API",
    "AWS_LAMBDA_METADATA_TOKEN", /* ... to here */
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "LAMBDA_RUNTIME_DIR",
    "LAMBDA_TASK_ROOT",
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
};

/* RFC 8259 section 7: only the quotation mark, the backslash and U+0000 to U+001F must be
 * escaped; five of these have a short form. */
static size_t json_bytes(unsigned char byte)
{
    switch (byte) {
    case '"':
    case '\\':
    case '\b':
    case '\f':
    case '\n':
    case '\r':
    case '\t':
        return 2;
    default:
        return byte < 0x20 ? 6 : 1;
    }
}

static size_t json_text_bytes(struct pl_slice s)
{
    size_t n = 2;
    for (size_t i = 0; i < s.len; i++) {
        n += json_bytes((unsigned char)s.ptr[i]);
    }
    return n;
}

size_t pl_env_pair_bytes(struct pl_slice key, struct pl_slice value)
{
    return json_text_bytes(key) + 1 + json_text_bytes(value);
}

size_t pl_env_json_bytes(const struct pl_slice *keys, const struct pl_slice *values, size_t n)
{
    size_t bytes = 2 + (n > 0 ? n - 1 : 0);
    for (size_t i = 0; i < n; i++) {
        bytes += pl_env_pair_bytes(keys[i], values[i]);
    }
    return bytes;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool pl_env_key_valid(struct pl_slice key)
{
    if (key.len < 2 || !is_letter(key.ptr[0])) {
        return false;
    }
    for (size_t i = 1; i < key.len; i++) {
        char c = key.ptr[i];
        if (!is_letter(c) && !(c >= '0' && c <= '9') && c != '_') {
            return false;
        }
    }
    return true;
}

bool pl_env_key_reserved(struct pl_slice key)
{
    for (size_t i = 0; i < sizeof pl_env_reserved / sizeof *pl_env_reserved; i++) {
        if (pl_slice_is(key, pl_env_reserved[i])) {
            return true;
        }
    }
    return false;
}
