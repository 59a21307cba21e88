/* PL8: the role of a function, where it stands in the same template. */
#include "rules/related.h"

static const struct pl_resource *role_of(const struct pl_rule_ctx *ctx)
{
    return pl_named_as(ctx->survey, pl_setting_field(ctx->function->decl, PL_KEY_ROLE),
                       PL_RES_ROLE);
}

enum answer { NO, YES, MAYBE };

/* Does a statement of the trust let Lambda assume the role? */
static enum answer trusts(const struct pl_resource *trust)
{
    struct pl_value effect = pl_resource_value(trust, PL_KEY_EFFECT);
    bool assumes = false;
    enum answer ret = NO;
    for (uint32_t i = 0; i < trust->n_field; i++) {
        const struct pl_field *field = &trust->field[i];
        const struct pl_value *value = &field->value;
        if (value->known != PL_GIVEN && field->key != PL_KEY_OTHERS) {
            return MAYBE;
        }
        assumes = assumes ||
                  (field->key == PL_KEY_ACTION && pl_action_matches(value->text, "sts:AssumeRole"));
        bool is_all = field->key == PL_KEY_OTHERS &&
                      (value->known != PL_GIVEN || pl_slice_is(value->text, "*"));
        bool is_lambda = field->key == PL_KEY_PRINCIPAL &&
                         (pl_slice_starts(value->text, PL_SLICE("lambda.amazonaws.com")) ||
                          pl_slice_is(value->text, "*"));
        ret = is_all && value->known != PL_GIVEN ? MAYBE : is_all || is_lambda ? YES : ret;
    }
    bool allows = effect.known == PL_GIVEN && pl_slice_is(effect.text, "Allow");
    return allows && assumes ? ret : NO;
}

PL_STATUS pl_check_role_trust(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_project *project = ctx->survey->project;
    const struct pl_resource *role = role_of(ctx);
    const struct pl_resource *first = NULL;
    if (!role) {
        return PL_OK;
    }
    if (role->why || role->condition.len > 0) {
        return pl_skip(ctx, err, "%s", role->why ? role->why : "the role depends on a condition");
    }
    uint32_t at = (uint32_t)(role - project->resource);
    for (uint32_t i = at + 1; i < project->n_resource && project->resource[i].parent == at; i++) {
        const struct pl_resource *it = &project->resource[i];
        enum answer answer = it->kind == PL_RES_TRUST ? trusts(it) : NO;
        first = !first && it->kind == PL_RES_TRUST ? it : first;
        if (answer == MAYBE) {
            return pl_skip(ctx, err, "whom the role trusts is not known here");
        }
        if (answer == YES) {
            return PL_OK;
        }
    }
    if (!first) {
        return PL_OK; /* no trust that could be read: nothing is said about it */
    }
    struct pl_emit what = pl_emit_at(first, PL_KEY_PRINCIPAL);
    what.says = PL_SLICE("The role defined for the function cannot be assumed by Lambda.");
    what.caret = PL_SLICE("lambda.amazonaws.com is not among them");
    what.evidence = role->id;
    return pl_emit(ctx, &what, err, "the function's role does not trust lambda.amazonaws.com");
}

/* Managed policies that are known to give nothing that is asked for here. */
static bool is_plain_policy(struct pl_slice arn, const char *service)
{
    static const struct {
        const char *name, *gives;
    } known[] = {{"AWSLambdaBasicExecutionRole", ""},
                 {"AWSXRayDaemonWriteAccess", ""},
                 {"AWSXrayWriteOnlyAccess", ""},
                 {"CloudWatchLambdaInsightsExecutionRolePolicy", ""},
                 {"AWSLambdaVPCAccessExecutionRole", "ec2"},
                 {"AWSLambdaSQSQueueExecutionRole", "sqs"},
                 {"AWSLambdaKinesisExecutionRole", "kinesis"},
                 {"AWSLambdaDynamoDBExecutionRole", "dynamodb"}};
    struct pl_slice name = pl_slice_basename(arn);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (pl_slice_is(name, known[i].name)) {
            return !pl_slice_is(pl_slice_of(known[i].gives), service);
        }
    }
    return false;
}

/* May a statement give the action?  Conditions and targets are not weighed. */
static enum answer gives(const struct pl_resource *statement, const char *action)
{
    enum answer ret = NO;
    struct pl_value effect = pl_resource_value(statement, PL_KEY_EFFECT);
    if (effect.known == PL_GIVEN && !pl_slice_is(effect.text, "Allow")) {
        return NO;
    }
    for (uint32_t i = 0; i < statement->n_field; i++) {
        const struct pl_field *field = &statement->field[i];
        if (field->key == PL_KEY_NOT_ACTION ||
            (field->key == PL_KEY_ACTION && field->value.known != PL_GIVEN)) {
            return MAYBE;
        }
        if (field->key == PL_KEY_ACTION && pl_action_matches(field->value.text, action)) {
            ret = YES;
        }
    }
    return effect.known == PL_GIVEN ? ret : MAYBE;
}

/* Does it name a managed policy of which nobody knows what it gives?  One that stands here has its
 * statements. */
static bool has_open_policy(const struct pl_survey *survey, const struct pl_resource *it,
                            const char *service)
{
    bool is = false;
    for (uint32_t i = 0; i < it->n_field; i++) {
        const struct pl_field *field = &it->field[i];
        struct pl_slice arn = field->value.known == PL_GIVEN ? field->value.text : field->raw;
        is = is || (field->key == PL_KEY_MANAGED_POLICY &&
                    !pl_named_as(survey, field, PL_RES_POLICY) && !is_plain_policy(arn, service));
    }
    return is;
}

/* Is one of its roles this one, or one that is not known here? */
static bool may_attach_to(const struct pl_resource *policy, uint32_t role)
{
    bool is = false;
    for (uint32_t i = 0; i < policy->n_field; i++) {
        const struct pl_field *field = &policy->field[i];
        is = is || (field->key == PL_KEY_ROLE &&
                    (field->resource == role ||
                     (field->resource == PL_NO_INDEX && field->value.known != PL_GIVEN)));
    }
    return is;
}

/* May the role do it?  MAYBE whenever a policy stands somewhere else. */
static enum answer role_gives(const struct pl_rule_ctx *ctx, const struct pl_resource *role,
                              const char *service, const char *action)
{
    const struct pl_project *project = ctx->survey->project;
    uint32_t role_index = (uint32_t)(role - project->resource);
    if (role->why || role->condition.len > 0) {
        return MAYBE;
    }
    if (has_open_policy(ctx->survey, role, service)) {
        return MAYBE;
    }
    for (uint32_t i = 0; i < project->n_resource; i++) {
        const struct pl_resource *it = &project->resource[i];
        bool is_open_policy =
            it->kind == PL_RES_POLICY &&
            (it->why || it->condition.len > 0 ||
             (may_attach_to(it, role_index) && has_open_policy(ctx->survey, it, service)));
        bool is_own =
            it->kind == PL_RES_STATEMENT && pl_statement_is_of(ctx->survey, it, ctx->function);
        if (is_open_policy || (is_own && (it->why || gives(it, action) != NO))) {
            return MAYBE;
        }
    }
    return NO;
}

static PL_STATUS emit_lack(struct pl_rule_ctx *ctx, struct pl_pos at, const char *action,
                           const char *managed, struct pl_err *err)
{
    struct pl_emit what = PL_EMIT_INIT;
    what.at = at;
    what.evidence = pl_slice_of(action);
    struct pl_slice where = pl_words(
        ctx, "ManagedPolicyArns: [arn:aws:iam::aws:policy/service-role/",
        "aws_iam_role_policy_attachment: policy_arn = \"arn:aws:iam::aws:policy/service-role/");
    struct pl_slice end = pl_words(ctx, "]", "\"");
    enum pl_status status =
        pl_say(ctx, &what.mend, err, "%.*s%s%.*s", PL_TEXT(where), managed, PL_TEXT(end));
    return status ? status : pl_emit(ctx, &what, err, "the function's role has no %s", action);
}

PL_STATUS pl_check_role_permission(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    static const struct {
        enum pl_event_source from;
        const char *service, *action, *managed;
    } needs[] = {
        {PL_FROM_SQS, "sqs", "sqs:ReceiveMessage", "AWSLambdaSQSQueueExecutionRole"},
        {PL_FROM_KINESIS, "kinesis", "kinesis:GetRecords", "AWSLambdaKinesisExecutionRole"},
        {PL_FROM_DYNAMODB, "dynamodb", "dynamodb:GetRecords", "AWSLambdaDynamoDBExecutionRole"}};
    const struct pl_project *project = ctx->survey->project;
    const struct pl_resource *role = role_of(ctx);
    const struct pl_field *subnet = pl_setting_field(ctx->function->decl, PL_KEY_SUBNET);
    uint32_t first =
        (uint32_t)(ctx->function - ctx->survey->function) - ctx->function->decl->branch;
    enum pl_status status = PL_OK;
    if (!role) {
        return PL_OK;
    }
    if (subnet && subnet->value.known == PL_GIVEN &&
        role_gives(ctx, role, "ec2", "ec2:CreateNetworkInterface") == NO) {
        status = emit_lack(ctx, subnet->value.at, "ec2:CreateNetworkInterface, which a VPC needs",
                           "AWSLambdaVPCAccessExecutionRole", err);
    }
    for (uint32_t i = 0; !status && i < project->n_resource; i++) {
        const struct pl_resource *it = &project->resource[i];
        const struct pl_field *fn = pl_resource_field(it, PL_KEY_FUNCTION);
        if (it->kind != PL_RES_MAPPING || !fn || fn->function != first) {
            continue;
        }
        enum pl_event_source from = pl_source_of_mapping(ctx->survey, it);
        for (size_t k = 0; !status && k < sizeof needs / sizeof *needs; k++) {
            if (needs[k].from == from &&
                role_gives(ctx, role, needs[k].service, needs[k].action) == NO) {
                status = emit_lack(ctx, it->at, needs[k].action, needs[k].managed, err);
            }
        }
    }
    return status;
}
