/* A function of serverless.yml as one of CloudFormation, with what the provider says for all. */
#include "pkg/project/serverless_read.h"

/* The Serverless Framework's own defaults; of a function for CloudFront, whatever the provider says
 * (lib/plugins/aws/package/compile/events/cloud-front.js). */
#define MEMORY_DEFAULT       "1024"
#define TIMEOUT_DEFAULT      "6"
#define EDGE_MEMORY_DEFAULT  "128"
#define EDGE_TIMEOUT_DEFAULT "5"

struct making {
    struct pl_sls *sls;
    struct pl_slice key;
    struct pl_pos at;
    uint32_t function;
    struct pl_graft_list properties;
    bool is_edge; /* it has a cloudFront event: the framework leaves VPC and environment out */
};

static uint32_t own(const struct making *m, const char *key)
{
    return pl_sls_get(m->sls, m->function, key);
}

static uint32_t own_or_shared(const struct making *m, const char *key)
{
    uint32_t node = own(m, key);
    return node != PL_NODE_NONE ? node : pl_sls_get(m->sls, m->sls->provider, key);
}

static bool is_true(const struct making *m, uint32_t node)
{
    bool value = false;
    return pl_node_bool(pl_doc_node(m->sls->doc, node), &value) && value;
}

static bool is_image(const struct making *m)
{
    return own(m, "image") != PL_NODE_NONE;
}

static void put(struct making *m, const char *name, uint32_t node)
{
    pl_graft_put(&m->sls->graft, &m->properties, name, pl_graft_copy(&m->sls->graft, node, NULL));
}

/* {inner: value} */
static void put_in(struct making *m, const char *name, const char *inner, uint32_t node)
{
    struct pl_graft *graft = &m->sls->graft;
    if (node == PL_NODE_NONE) {
        return;
    }
    struct pl_graft_list map = pl_graft_map(graft, pl_doc_node(graft->doc, node)->at);
    pl_graft_put(graft, &map, inner, pl_graft_copy(graft, node, NULL));
    pl_graft_put(graft, &m->properties, name, map.node);
}

static void put_text(struct making *m, const char *name, const char *text)
{
    struct pl_graft *graft = &m->sls->graft;
    pl_graft_put(graft, &m->properties, name, pl_graft_text(graft, pl_slice_of(text), m->at));
}

static void add_variables(struct making *m, struct pl_graft_list *to, uint32_t from)
{
    const struct pl_doc *doc = m->sls->doc;
    uint32_t key = pl_doc_node(doc, from)->kind == PL_NODE_MAP ? pl_doc_node(doc, from)->child
                                                               : (uint32_t)PL_NODE_NONE;
    while (key != PL_NODE_NONE && !m->sls->graft.failed) {
        struct pl_node name = *pl_doc_node(doc, key); /* a copy: grafting moves the nodes */
        uint32_t value = name.next;
        pl_graft_put_at(&m->sls->graft, to, name.text, name.at,
                        pl_graft_copy(&m->sls->graft, value, NULL));
        key = pl_doc_node(doc, value)->next;
    }
}

/* The function's variables in the place of the provider's of the same name. */
static void put_environment(struct making *m)
{
    struct pl_graft *graft = &m->sls->graft;
    const struct pl_doc *doc = m->sls->doc;
    uint32_t shared = pl_sls_get(m->sls, m->sls->provider, "environment");
    uint32_t mine = own(m, "environment");
    if (pl_doc_node(doc, shared)->kind == PL_NODE_SCALAR ||
        pl_doc_node(doc, mine)->kind == PL_NODE_SCALAR) {
        /* One that is not known may hold anything. */
        put_in(m, "Environment", "Variables",
               pl_doc_node(doc, mine)->kind == PL_NODE_SCALAR ? mine : shared);
        return;
    }
    if (shared == PL_NODE_NONE && mine == PL_NODE_NONE) {
        return;
    }
    struct pl_pos at = pl_doc_node(doc, mine != PL_NODE_NONE ? mine : shared)->at;
    struct pl_graft_list variables = pl_graft_map(graft, at);
    for (uint32_t key = pl_doc_node(doc, shared)->child;
         pl_doc_node(doc, shared)->kind == PL_NODE_MAP && key != PL_NODE_NONE && !graft->failed;) {
        struct pl_node name = *pl_doc_node(doc, key); /* a copy: grafting moves the nodes */
        uint32_t value = name.next;
        bool is_own = false;
        for (uint32_t other = pl_doc_node(doc, mine)->kind == PL_NODE_MAP
                                  ? pl_doc_node(doc, mine)->child
                                  : (uint32_t)PL_NODE_NONE;
             other != PL_NODE_NONE; other = pl_doc_node(doc, pl_doc_node(doc, other)->next)->next) {
            is_own = is_own || pl_slice_eq(pl_doc_node(doc, other)->text, name.text);
        }
        if (!is_own) {
            pl_graft_put_at(graft, &variables, name.text, name.at,
                            pl_graft_copy(graft, value, NULL));
        }
        key = pl_doc_node(doc, value)->next;
    }
    add_variables(m, &variables, mine);
    put_in(m, "Environment", "Variables", variables.node);
}

/* Where the code is: an image, an artifact, or what `serverless package` writes. */
static void put_code(struct making *m)
{
    struct pl_sls *sls = m->sls;
    struct pl_graft *graft = &sls->graft;
    uint32_t package = own(m, "package");
    uint32_t artifact = pl_sls_get(sls, package, "artifact");
    uint32_t each = pl_sls_get(sls, package, "individually");
    bool is_single =
        is_true(m, each != PL_NODE_NONE ? each : pl_sls_get(sls, sls->package, "individually"));
    if (is_image(m)) {
        put_text(m, "PackageType", "Image");
        put_in(m, "Code", "ImageUri", pl_graft_unknown(graft, m->at));
        return;
    }
    if (artifact == PL_NODE_NONE && !is_single) {
        artifact = pl_sls_get(sls, sls->package, "artifact");
    }
    if (artifact != PL_NODE_NONE) {
        put(m, "Code", artifact);
        return;
    }
    struct pl_slice name = is_single ? m->key : sls->service;
    pl_graft_put(graft, &m->properties, "Code",
                 name.len > 0
                     ? pl_graft_fmt(graft, m->at, PL_SLS_OUTPUT "%.*s.zip", (int)name.len, name.ptr)
                     : pl_graft_unknown(graft, m->at));
}

static void put_name(struct making *m)
{
    struct pl_sls *sls = m->sls;
    uint32_t name = own(m, "name");
    if (name != PL_NODE_NONE) {
        put(m, "FunctionName", name);
    } else if (sls->service.len > 0 && sls->stage.len > 0) {
        pl_graft_put(&sls->graft, &m->properties, "FunctionName",
                     pl_graft_fmt(&sls->graft, m->at, "%.*s-%.*s-%.*s", (int)sls->service.len,
                                  sls->service.ptr, (int)sls->stage.len, sls->stage.ptr,
                                  (int)m->key.len, m->key.ptr));
    }
}

/* The function's own role, or the provider's; else the framework makes one, with what the provider
 * says it may do and what events and VPC need. */
static void put_role(struct making *m)
{
    uint32_t role = own_or_shared(m, "role");
    if (role == PL_NODE_NONE) {
        role = pl_sls_get(m->sls, pl_sls_get(m->sls, m->sls->provider, "iam"), "role");
        role =
            pl_doc_node(m->sls->doc, role)->kind == PL_NODE_SCALAR ? role : (uint32_t)PL_NODE_NONE;
    }
    if (role == PL_NODE_NONE && own(m, "iamRoleStatements") != PL_NODE_NONE) {
        role = pl_graft_unknown(&m->sls->graft, m->at); /* a plugin makes one for it alone */
    }
    if (role != PL_NODE_NONE) {
        put(m, "Role", role);
    } else {
        pl_graft_put(&m->sls->graft, &m->properties, "Role",
                     pl_graft_call(&m->sls->graft, "Ref", PL_SLICE(PL_SLS_ROLE), m->at));
    }
}

static void put_settings(struct making *m)
{
    static const struct {
        const char *theirs, *ours;
    } same[] = {{"kmsKeyArn", "KmsKeyArn"}, {"layers", "Layers"}};
    struct pl_graft *graft = &m->sls->graft;
    put(m, "Handler", own(m, "handler"));
    if (!is_image(m)) {
        /* The framework writes none for an image, whatever the function or the provider says. */
        put(m, "Runtime", own_or_shared(m, "runtime"));
    }
    put(m, "Description", own(m, "description"));
    put(m, "ReservedConcurrentExecutions", own(m, "reservedConcurrency"));
    put_in(m, "EphemeralStorage", "Size", own(m, "ephemeralStorageSize"));
    put_in(m, "ProvisionedConcurrencyConfig", "ProvisionedConcurrentExecutions",
           own(m, "provisionedConcurrency"));
    put_in(m, "DeadLetterConfig", "TargetArn", own(m, "onError"));
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        put(m, same[i].ours, own_or_shared(m, same[i].theirs));
    }
    uint32_t memory = m->is_edge ? own(m, "memorySize") : own_or_shared(m, "memorySize");
    uint32_t timeout = m->is_edge ? own(m, "timeout") : own_or_shared(m, "timeout");
    if (memory == PL_NODE_NONE) {
        put_text(m, "MemorySize", m->is_edge ? EDGE_MEMORY_DEFAULT : MEMORY_DEFAULT);
    }
    if (timeout == PL_NODE_NONE) {
        put_text(m, "Timeout", m->is_edge ? EDGE_TIMEOUT_DEFAULT : TIMEOUT_DEFAULT);
    }
    put(m, "MemorySize", memory);
    put(m, "Timeout", timeout);
    uint32_t architecture = own_or_shared(m, "architecture");
    if (architecture != PL_NODE_NONE) {
        struct pl_graft_list list = pl_graft_seq(graft, pl_doc_node(graft->doc, architecture)->at);
        pl_graft_add(graft, &list, pl_graft_copy(graft, architecture, NULL));
        pl_graft_put(graft, &m->properties, "Architectures", list.node);
    }
    if (is_true(m, own(m, "snapStart"))) {
        put_in(m, "SnapStart", "ApplyOn",
               pl_graft_text(graft, PL_SLICE("PublishedVersions"), m->at));
    }
}

static void put_vpc(struct making *m)
{
    struct pl_graft *graft = &m->sls->graft;
    uint32_t vpc = own_or_shared(m, "vpc");
    if (pl_doc_node(graft->doc, vpc)->kind != PL_NODE_MAP) {
        return;
    }
    struct pl_graft_list map = pl_graft_map(graft, pl_doc_node(graft->doc, vpc)->at);
    pl_graft_put(graft, &map, "SecurityGroupIds",
                 pl_graft_copy(graft, pl_sls_get(m->sls, vpc, "securityGroupIds"), NULL));
    pl_graft_put(graft, &map, "SubnetIds",
                 pl_graft_copy(graft, pl_sls_get(m->sls, vpc, "subnetIds"), NULL));
    pl_graft_put(graft, &m->properties, "VpcConfig", map.node);
}

static void put_file_system(struct making *m)
{
    struct pl_graft *graft = &m->sls->graft;
    uint32_t from = own(m, "fileSystemConfig");
    if (pl_doc_node(graft->doc, from)->kind != PL_NODE_MAP) {
        return;
    }
    struct pl_graft_list map = pl_graft_map(graft, pl_doc_node(graft->doc, from)->at);
    pl_graft_put(graft, &map, "Arn", pl_graft_copy(graft, pl_sls_get(m->sls, from, "arn"), NULL));
    pl_graft_put(graft, &map, "LocalMountPath",
                 pl_graft_copy(graft, pl_sls_get(m->sls, from, "localMountPath"), NULL));
    pl_graft_put(graft, &m->properties, "FileSystemConfigs", map.node);
}

/* "Active", or true; of the provider it is {lambda: ...}. */
static void put_tracing(struct making *m)
{
    struct pl_graft *graft = &m->sls->graft;
    uint32_t mode = own(m, "tracing");
    if (mode == PL_NODE_NONE) {
        mode = pl_sls_get(m->sls, pl_sls_get(m->sls, m->sls->provider, "tracing"), "lambda");
    }
    struct pl_pos at = pl_doc_node(graft->doc, mode)->at;
    put_in(m, "TracingConfig", "Mode",
           is_true(m, mode) ? pl_graft_text(graft, PL_SLICE("Active"), at) : mode);
}

static bool has_event(const struct pl_sls *sls, uint32_t function, const char *name)
{
    uint32_t events = pl_sls_get(sls, function, "events");
    bool is = false;
    for (uint32_t at = pl_doc_node(sls->doc, events)->kind == PL_NODE_SEQ
                           ? pl_doc_node(sls->doc, events)->child
                           : (uint32_t)PL_NODE_NONE;
         at != PL_NODE_NONE; at = pl_doc_node(sls->doc, at)->next) {
        is = is || pl_sls_get(sls, at, name) != PL_NODE_NONE;
    }
    return is;
}

/* One more resource that the function brings. */
static void put_beside(struct making *m, const char *behind, const char *type, uint32_t properties)
{
    struct pl_graft *graft = &m->sls->graft;
    struct pl_graft_list map = pl_graft_map(graft, m->at);
    pl_graft_put(graft, &map, "Type", pl_graft_text(graft, pl_slice_of(type), m->at));
    pl_graft_put(graft, &map, "Properties", properties);
    pl_graft_put_at(graft, &m->sls->resources, pl_sls_logical(m->sls, m->key, behind), m->at,
                    map.node);
}

/* `url: true`, or with an authorizer.  The framework adds lambda:InvokeFunctionUrl; releases that
 * add lambda:InvokeFunction too are few (oss-serverless/osls#102, serverless/serverless#13147). */
static void put_url(struct making *m, struct pl_slice id)
{
    struct pl_graft *graft = &m->sls->graft;
    uint32_t url = own(m, "url");
    uint32_t authorizer = pl_sls_get(m->sls, url, "authorizer");
    if (!is_true(m, url) && pl_doc_node(graft->doc, url)->kind != PL_NODE_MAP) {
        return;
    }
    bool is_open = authorizer == PL_NODE_NONE;
    struct pl_graft_list properties = pl_graft_map(graft, m->at);
    pl_graft_put(graft, &properties, "TargetFunctionArn", pl_graft_call(graft, "Ref", id, m->at));
    pl_graft_put(graft, &properties, "AuthType",
                 pl_graft_text(graft, is_open ? PL_SLICE("NONE") : PL_SLICE("AWS_IAM"), m->at));
    pl_graft_put(graft, &properties, "InvokeMode",
                 pl_graft_copy(graft, pl_sls_get(m->sls, url, "invokeMode"), NULL));
    put_beside(m, "LambdaFunctionUrl", "AWS::Lambda::Url", properties.node);
    if (is_open) {
        properties = pl_graft_map(graft, m->at);
        pl_graft_put(graft, &properties, "FunctionName", pl_graft_call(graft, "Ref", id, m->at));
        pl_graft_put(graft, &properties, "Action",
                     pl_graft_text(graft, PL_SLICE("lambda:InvokeFunctionUrl"), m->at));
        pl_graft_put(graft, &properties, "Principal", pl_graft_text(graft, PL_SLICE("*"), m->at));
        put_beside(m, "LambdaPermissionFnUrl", "AWS::Lambda::Permission", properties.node);
    }
}

void pl_sls_function(struct pl_sls *sls, struct pl_slice key, struct pl_pos at, uint32_t function)
{
    struct pl_graft *graft = &sls->graft;
    struct making m = {.sls = sls,
                       .key = key,
                       .at = at,
                       .function = function,
                       .is_edge = has_event(sls, function, "cloudFront")};
    struct pl_slice id = pl_sls_logical(sls, key, "LambdaFunction");
    struct pl_graft_list map = pl_graft_map(graft, at);
    if (pl_doc_node(sls->doc, function)->kind != PL_NODE_MAP) {
        return;
    }
    m.properties = pl_graft_map(graft, at);
    put_settings(&m);
    put_role(&m);
    put_name(&m);
    if (!m.is_edge) {
        put_environment(&m);
        put_vpc(&m);
    }
    put_file_system(&m);
    put_tracing(&m);
    put_code(&m);
    pl_graft_put(graft, &map, "Type", pl_graft_text(graft, PL_SLICE("AWS::Lambda::Function"), at));
    pl_graft_put(graft, &map, "Properties", m.properties.node);
    pl_graft_put_at(graft, &sls->resources, id, at, map.node);
    put_url(&m, id);
    pl_sls_events(sls, id, pl_sls_get(sls, function, "events"));
}
