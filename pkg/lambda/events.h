/*
 * Bounds of event sources and triggers.  Sources: botocore lambda/2015-03-31 service-2.json,
 * 2026-07-30 (field constraints); developer guide with-sqs, services-sqs-configure, 2026-07; the
 * services' own guides, 2026-04, where a comment says so.
 */
#ifndef PL_PKG_LAMBDA_EVENTS_H
#define PL_PKG_LAMBDA_EVENTS_H

/* Event source mappings. */
#define PL_MAPPING_BATCH_MAX      10000
#define PL_MAPPING_WINDOW_MAX_S   300
#define PL_MAPPING_PARALLEL_MAX   10
#define PL_MAPPING_AGE_MAX_S      604800
#define PL_MAPPING_RETRIES_MAX    10000
#define PL_MAPPING_TUMBLING_MAX_S 900
/* "values less than 60 and greater than -1 fall within the parameter's absolute range, they are not
 * allowed" (botocore, MaximumRecordAgeInSeconds). */
#define PL_MAPPING_AGE_MIN_S       60
#define PL_MAPPING_POLLERS_MAX     10000
#define PL_MAPPING_POLLERS_MIN_MAX 200
/* Filters of a mapping: five, ten on request (quotas page; the ten by hearsay). */
#define PL_MAPPING_FILTERS      5
#define PL_MAPPING_FILTERS_MOST 10
#define PL_MAPPING_PATTERN_MAX  4096u
/* Asynchronous calls (botocore, EventInvokeConfig). */
#define PL_ASYNC_RETRIES_MAX 2
#define PL_ASYNC_AGE_MIN_S   60
#define PL_ASYNC_AGE_MAX_S   21600
/* Function URLs (botocore, Cors). */
#define PL_URL_CORS_AGE_MAX_S      86400
#define PL_URL_CORS_METHODS_MAX    6u
#define PL_MAPPING_CONCURRENCY_MAX 1000
/* SQS.  The visibility timeout must reach the function's timeout; six times that is advised. */
#define PL_SQS_VISIBILITY_DEFAULT_S 30
#define PL_SQS_VISIBILITY_TIMES     6
#define PL_SQS_VISIBILITY_MAX_S     43200
#define PL_SQS_RECEIVES_ADVISED     5
#define PL_SQS_FIFO_BATCH_MAX       10
#define PL_SQS_BATCH_WITHOUT_WINDOW 10
/* API Gateway, 2026-04: REST and WebSocket APIs answer within 29 s unless a quota was raised (for
 * regional and private ones), HTTP APIs within 30 s, without exception. */
#define PL_API_TIMEOUT_MIN_MS 50
#define PL_API_REST_MAX_MS    29000
#define PL_API_HTTP_MAX_MS    30000
/* Cognito: a trigger must answer within 5 s (cognito-user-pools-working-with-lambda-triggers). */
#define PL_COGNITO_TIMEOUT_S 5
/* CloudWatch Logs: subscription filters of one log group; two until 2026 (cfn-lint#4688 on the
 * quotas' page, 2026-09-09). */
#define PL_LOG_FILTERS_MAX 5
/* Lambda@Edge, 2026-07: 30 s for every event; older pages say 5 s and 128 MB for viewer events. */
#define PL_EDGE_TIMEOUT_MAX_S       30
#define PL_EDGE_VIEWER_TIMEOUT_S    5
#define PL_EDGE_VIEWER_MEMORY_MB    128
#define PL_EDGE_VIEWER_ZIPPED_BYTES 1048576u
/* VpcConfig and FileSystemConfigs. */
#define PL_VPC_SUBNETS_MAX         16u
#define PL_VPC_SECURITY_GROUPS_MAX 5u
#define PL_MOUNT_PATH_MAX          160u

#endif
