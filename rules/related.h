/* What rules about integrations share: which function, which service, which permission. */
#ifndef PL_RULES_RELATED_H
#define PL_RULES_RELATED_H

#include "pkg/project/resource.h"
#include "rules/checks.h"

/* Where the events of a mapping come from. */
enum pl_event_source {
    PL_FROM_UNKNOWN, /* not known here */
    PL_FROM_OTHER,   /* a service that has no event source mappings, as far as we know */
    PL_FROM_SQS,
    PL_FROM_KINESIS,
    PL_FROM_DYNAMODB,
    PL_FROM_MSK,
    PL_FROM_KAFKA, /* a cluster of one's own */
    PL_FROM_MQ,
    PL_FROM_DOCUMENTDB
};
enum pl_event_source pl_source_of_mapping(const struct pl_survey *survey,
                                          const struct pl_resource *mapping);

/* The resource that a field names, or NULL. */
const struct pl_resource *pl_named(const struct pl_survey *survey, const struct pl_field *field);
/* The same, when it is of this kind. */
const struct pl_resource *pl_named_as(const struct pl_survey *survey, const struct pl_field *field,
                                      enum pl_resource_kind kind);
/* The resource that a listed thing belongs to: its list's owner, or what SOURCE names. */
const struct pl_resource *pl_owner(const struct pl_survey *survey,
                                   const struct pl_resource *resource, enum pl_resource_kind kind);

/* Do both surely belong to the same thing of this kind, by what they name or by the same text? */
bool pl_same_source(const struct pl_survey *survey, const struct pl_resource *a,
                    const struct pl_resource *b, enum pl_resource_kind kind);

/* The declarations of one function: [0] is the first branch. */
struct pl_branches {
    const struct pl_function *at;
    uint32_t n;
};
struct pl_branches pl_branches_of(const struct pl_survey *survey, const struct pl_function *first);
/* Do both depend on conditions, so that nobody knows whether they ever meet? */
bool pl_may_never_meet(struct pl_branches branches, const struct pl_resource *a,
                       const struct pl_resource *b);

/* Does a pattern of IAM, "sqs:*" or "s3:Put*", allow the action?  Any case. */
bool pl_action_matches(struct pl_slice pattern, const char *action);
/* May the function do this to the resource, by a statement that stands here?  Each statement is
 * looked at; only those that allow are found. */
const struct pl_resource *pl_find_grant(const struct pl_survey *survey,
                                        const struct pl_function *fn, const char *action,
                                        const struct pl_resource *target);
/* Is the statement one of the function's own, or of its role? */
bool pl_statement_is_of(const struct pl_survey *survey, const struct pl_resource *statement,
                        const struct pl_function *fn);

/* The region in an ARN that is written out; empty: none is. */
struct pl_slice pl_region_of_arn(const struct pl_field *field);
/* Where a function is made, when that is known; else empty. */
struct pl_slice pl_function_region(const struct pl_survey *survey, const struct pl_function *fn);
/* Does a text end in ":" and digits, as the ARN of a numbered version does? */
bool pl_ends_in_number(struct pl_slice text);
/* The version or alias of the function that has provisioned concurrency, or NULL. */
const struct pl_resource *pl_find_provisioned(const struct pl_survey *survey,
                                              const struct pl_function *fn);
/* How something is written where it stands: in CloudFormation, or in Terraform. */
struct pl_slice pl_words(const struct pl_rule_ctx *ctx, const char *cloudformation,
                         const char *terraform);
/* A setting's whole number when it is known. */
bool pl_field_int(const struct pl_resource *resource, enum pl_key key, int64_t *ret);
/* Begins a finding at a field, or at the resource when it has none. */
struct pl_emit pl_emit_at(const struct pl_resource *resource, enum pl_key key);

#endif
