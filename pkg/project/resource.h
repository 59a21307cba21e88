/*
 * What stands around the functions: queues, topics, streams, buckets, rules, APIs, roles, and the
 * links between them.  One shape for every reader: a kind and a list of fields, each a value with
 * its place.  resources.def says which property of CloudFormation fills which field; readers of
 * other formats fill the same ones, in CloudFormation's units (seconds, MB, true and false as
 * text).
 *
 * A thing that another resource lists (a bucket's notifications, a rule's targets, a role's
 * statements) is a resource of its own, whose `parent` is the list's owner.
 */
#ifndef PL_PKG_PROJECT_RESOURCE_H
#define PL_PKG_PROJECT_RESOURCE_H

#include "pkg/project/project.h"

/* Kinds, with the fields that they may have (enum pl_key). */
enum pl_resource_kind {
    /* Things */
    PL_RES_QUEUE,        /* NAME FIFO VISIBILITY RECEIVES */
    PL_RES_TOPIC,        /* NAME FIFO */
    PL_RES_STREAM,       /* NAME */
    PL_RES_TABLE,        /* NAME STREAM (its view type) */
    PL_RES_BUCKET,       /* NAME */
    PL_RES_LOG_GROUP,    /* NAME */
    PL_RES_USER_POOL,    /* NAME */
    PL_RES_API,          /* NAME PROTOCOL: REST, HTTP or WEBSOCKET */
    PL_RES_TARGET_GROUP, /* TARGET_TYPE */
    PL_RES_DISTRIBUTION,
    PL_RES_ROLE,    /* NAME MANAGED_POLICY* */
    PL_RES_POLICY,  /* ROLE* of what it is attached to; MANAGED_POLICY: it attaches that one */
    PL_RES_KEY,     /* of KMS */
    PL_RES_ALIAS,   /* FUNCTION NAME VERSION PROVISIONED */
    PL_RES_VERSION, /* FUNCTION PROVISIONED */
    /* Links */
    PL_RES_MAPPING,       /* FUNCTION SOURCE BATCH_SIZE BATCH_WINDOW START START_TIME PARALLEL
                             RECORD_AGE RETRIES TUMBLING CONCURRENCY POLLERS POLLERS_MIN ENABLED
                             TOPIC* QUEUE* FILTER* RESPONSE* */
    PL_RES_NOTIFICATION,  /* of a bucket, its parent or SOURCE: FUNCTION (or a queue, a topic)
                             EVENT* PREFIX SUFFIX */
    PL_RES_SUBSCRIPTION,  /* of a topic: SOURCE FUNCTION PROTOCOL */
    PL_RES_RULE,          /* of EventBridge: SCHEDULE PATTERN ENABLED; FUNCTION when it has one */
    PL_RES_RULE_TARGET,   /* FUNCTION */
    PL_RES_SCHEDULE,      /* of EventBridge Scheduler: SCHEDULE TIMEZONE FUNCTION */
    PL_RES_LOG_FILTER,    /* SOURCE (a log group) FUNCTION */
    PL_RES_TRIGGER,       /* of a user pool, its parent or SOURCE: EVENT (PreSignUp...) FUNCTION */
    PL_RES_TARGET,        /* of a target group, its parent or SOURCE: FUNCTION */
    PL_RES_ROUTE,         /* of an API, SOURCE: FUNCTION PROTOCOL API_TIMEOUT (ms) */
    PL_RES_AUTHORIZER,    /* of an API: FUNCTION PROTOCOL */
    PL_RES_URL,           /* FUNCTION AUTH QUALIFIER INVOKE_MODE CORS_AGE CORS_METHOD* */
    PL_RES_EDGE,          /* of a distribution: FUNCTION EVENT (viewer-request...) INCLUDE_BODY */
    PL_RES_PERMISSION,    /* FUNCTION ACTION PRINCIPAL SOURCE ACCOUNT AUTH VIA_URL */
    PL_RES_INVOKE_CONFIG, /* FUNCTION RETRIES RECORD_AGE QUALIFIER */
    PL_RES_IOT_RULE,      /* FUNCTION */
    PL_RES_EVENT,         /* of a function, of a type that is not known here */
    PL_RES_TRUST,         /* who may assume a role: EFFECT ACTION* PRINCIPAL* (services) OTHERS */
    PL_RES_STATEMENT,     /* of a role or policy: EFFECT ACTION* NOT_ACTION* TARGET* (resources) */
    PL_RES_COUNT
};

/* Fields.  Those with * may stand several times, in the order of the list. */
enum pl_key {
    PL_KEY_NAME,
    PL_KEY_FIFO,
    PL_KEY_VISIBILITY, /* seconds */
    PL_KEY_RECEIVES,
    PL_KEY_STREAM,
    PL_KEY_PROTOCOL,
    PL_KEY_TARGET_TYPE,
    PL_KEY_FUNCTION,
    PL_KEY_SOURCE, /* where events come from */
    PL_KEY_VERSION,
    PL_KEY_QUALIFIER,
    PL_KEY_BATCH_SIZE,
    PL_KEY_BATCH_WINDOW, /* seconds */
    PL_KEY_START,        /* TRIM_HORIZON, LATEST, AT_TIMESTAMP */
    PL_KEY_START_TIME,
    PL_KEY_PARALLEL,
    PL_KEY_RECORD_AGE,
    PL_KEY_RETRIES,
    PL_KEY_TUMBLING,
    PL_KEY_CONCURRENCY, /* the most of a mapping */
    PL_KEY_POLLERS,     /* provisioned, the most of them */
    PL_KEY_POLLERS_MIN,
    PL_KEY_FILTER,      /* * patterns */
    PL_KEY_RESPONSE,    /* * types of answers */
    PL_KEY_CORS_AGE,    /* seconds */
    PL_KEY_CORS_METHOD, /* * */
    PL_KEY_ENABLED,
    PL_KEY_TOPIC, /* * */
    PL_KEY_QUEUE, /* * */
    PL_KEY_EVENT, /* * */
    PL_KEY_PREFIX,
    PL_KEY_SUFFIX,
    PL_KEY_SCHEDULE,
    PL_KEY_TIMEZONE,
    PL_KEY_PATTERN,
    PL_KEY_API_TIMEOUT, /* milliseconds */
    PL_KEY_AUTH,
    PL_KEY_INVOKE_MODE,
    PL_KEY_INCLUDE_BODY,
    PL_KEY_ACTION,     /* * */
    PL_KEY_NOT_ACTION, /* * */
    PL_KEY_PRINCIPAL,  /* * */
    PL_KEY_OTHERS,     /* principals that are no services: "*", accounts, identity providers */
    PL_KEY_EFFECT,
    PL_KEY_TARGET, /* * */
    PL_KEY_ACCOUNT,
    PL_KEY_VIA_URL,
    PL_KEY_ROLE,           /* * of a policy */
    PL_KEY_MANAGED_POLICY, /* * */
    /* Settings of a function that only some rules ask for: pl_function_decl.setting */
    PL_KEY_KMS_KEY,
    PL_KEY_SOURCE_KEY,     /* customer's key for the ZIP */
    PL_KEY_SUBNET,         /* * */
    PL_KEY_SECURITY_GROUP, /* * */
    PL_KEY_ACCESS_POINT,   /* * ARN of the file system's access point */
    PL_KEY_MOUNT,          /* * */
    PL_KEY_DEAD_LETTER,
    PL_KEY_TRACING,
    PL_KEY_PACKAGE_TYPE,
    PL_KEY_INLINE_CODE,
    PL_KEY_IMAGE_URI,
    PL_KEY_S3_BUCKET,
    PL_KEY_S3_KEY,
    PL_KEY_CODE_HASH, /* Terraform's source_code_hash */
    PL_KEY_PROVISIONED,
    PL_KEY_RUNTIME_UPDATE, /* UpdateRuntimeOn: Auto, FunctionUpdate, Manual */
    PL_KEY_LOG_FORMAT,
    PL_KEY_SYSTEM_LOG_LEVEL,
    PL_KEY_APP_LOG_LEVEL,
    PL_KEY_LOG_GROUP,
    PL_KEY_DESCRIPTION,
    PL_KEY_PUBLISH_ALIAS, /* SAM publishes a version and this alias */
    PL_KEY_REGION,        /* Terraform's, when it is known */
    PL_KEY_COUNT
};

struct pl_field {
    uint8_t key;  /* enum pl_key */
    bool is_part; /* `ref` is named within a longer text, such as an API's URI */
    struct pl_value value;
    struct pl_slice ref; /* id of the function or resource that the value names, or empty */
    struct pl_slice raw; /* UNKNOWN: how it is made, "/aws/lambda/${Fn}", where that is a text */
    struct pl_slice attribute; /* which of its attributes: "Arn"; empty: the plain reference */
    /* What pl_project_link() makes of `ref`, or of a name or ARN that is written out. */
    uint32_t resource; /* index in project->resource, or PL_NO_INDEX */
    uint32_t function; /* first declaration in project->function, or PL_NO_INDEX */
};

struct pl_resource {
    uint8_t kind;         /* enum pl_resource_kind */
    bool is_implied;      /* an event of a function: what makes it also adds the permission */
    struct pl_slice id;   /* of the parent for what it lists; logical id, Terraform's address */
    struct pl_slice type; /* "AWS::SQS::Queue", "SQS" of SAM's events, "aws_sqs_queue" */
    struct pl_pos at;
    uint32_t parent; /* index in project->resource, or PL_NO_INDEX */
    struct pl_field *field;
    uint32_t n_field;
    struct pl_slice condition; /* it is there under this condition only; empty: always */
    const char *why; /* fields or listed things may be missing here, and why; NULL: they are all
                        here */
};

const char *pl_resource_kind_name(enum pl_resource_kind kind); /* "queue" */

/* The first field of a key, or NULL. */
const struct pl_field *pl_field_of(const struct pl_field *field, uint32_t n, enum pl_key key);
const struct pl_field *pl_resource_field(const struct pl_resource *resource, enum pl_key key);
/* Its value; ABSENT when there is none, UNKNOWN when it may be hidden (resource->why). */
struct pl_value pl_resource_value(const struct pl_resource *resource, enum pl_key key);
/* The same of a function's further settings. */
const struct pl_field *pl_setting_field(const struct pl_function_decl *decl, enum pl_key key);
struct pl_value pl_setting_value(const struct pl_function_decl *decl, enum pl_key key);

/* Adds a copy of a resource and of its fields; *ret_index may be NULL. */
PL_STATUS pl_project_add_resource(struct pl_project *project, const struct pl_resource *resource,
                                  uint32_t *ret_index, struct pl_err *err);
/* Finds what every field names.  A reader calls it once, behind its last resource. */
PL_STATUS pl_project_link(struct pl_project *project, struct pl_err *err);

#endif
