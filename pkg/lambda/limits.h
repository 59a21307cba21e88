/*
 * AWS Lambda's limits, exact bytes, each with its source.  Facts of 2026-11-23; a limit is "must be
 * smaller than" where the service's own message says so.
 */
#ifndef PL_PKG_LAMBDA_LIMITS_H
#define PL_PKG_LAMBDA_LIMITS_H

#include <stdint.h>

/* "Zipped size must be smaller than 52428800 bytes" (RequestEntityTooLargeException): the decoded
 * ZIP of a direct upload.  So 52,428,800 itself is too large. */
#define PL_LAMBDA_ZIPPED_BYTES 52428800u
/* "Unzipped size must be smaller than 262144000 bytes" (InvalidParameterValueException); the same
 * for a layer, and for a function with its layers. */
#define PL_LAMBDA_UNZIPPED_BYTES 262144000u
/* "This zip file cannot exceed 4MB": code in a template (AWS::Lambda::Function Code, ZipFile, user
 * guide 2026-04); and a template has at most 1 MB, from S3. */
#define PL_LAMBDA_INLINE_BYTES   4194304u
#define PL_LAMBDA_TEMPLATE_BYTES 1048576u
/* A container image: 10 GB uncompressed, including all layers (developer guide, quotas, 2026-07).
 */
#define PL_LAMBDA_IMAGE_BYTES (UINT64_C(10) << 30)
/* From 90 % of a limit on, PL504 warns: our own line. */
#define PL_LAMBDA_NEAR_PERCENT 90u
/* Environment: the compact JSON object in UTF-8 may have 4,096 bytes ("String measured: ..."). */
#define PL_LAMBDA_ENV_BYTES 4096u
/* Function configuration: botocore lambda/2015-03-31 service-2.json, 2026-07-30, and the quota
 * page. */
#define PL_LAMBDA_MEMORY_MIN_MB     128
#define PL_LAMBDA_MEMORY_MAX_MB     10240
#define PL_LAMBDA_MEMORY_DEFAULT_MB 128
/* Functions on instances of their own (CapacityProviderConfig): botocore, 2026-07-30. */
#define PL_LAMBDA_MANAGED_MEMORY_MAX_MB 32768
#define PL_LAMBDA_MANAGED_TIMEOUT_MAX_S 5400
/* botocore 1.44.5: EphemeralStorageSize goes to 32,768, as memory does; the text beside it says
 * 10,240, which stays for all others. */
#define PL_LAMBDA_MANAGED_EPHEMERAL_MAX_MB 32768
#define PL_LAMBDA_EPHEMERAL_MIN_MB         512
#define PL_LAMBDA_EPHEMERAL_MAX_MB         10240
/* Of 1,000 concurrent executions that an account has at first, 100 stay unreserved. */
#define PL_LAMBDA_CONCURRENCY        1000
#define PL_LAMBDA_UNRESERVED_MIN     100
#define PL_LAMBDA_FUNCTION_NAME_MAX  64u
#define PL_LAMBDA_DESCRIPTION_MAX    256u
#define PL_LAMBDA_LOG_GROUP_MAX      512u
#define PL_LAMBDA_TIMEOUT_MIN_S      1
#define PL_LAMBDA_TIMEOUT_MAX_S      900
#define PL_LAMBDA_TIMEOUT_DEFAULT_S  3
#define PL_LAMBDA_HANDLER_MAX        128u
#define PL_LAMBDA_LAYERS_MAX         5u
#define PL_LAMBDA_LAYER_RUNTIMES_MAX 15u

#endif
