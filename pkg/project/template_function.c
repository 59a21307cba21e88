/* Functions of a template: one declaration for every branch of the conditions that matter. */
#include "pkg/lambda/limits.h"
#include "pkg/project/manifest_read.h"
#include "pkg/project/template_resource.h"

#include <string.h>

/* Where a function's settings stand. */
struct reading {
    struct pl_tp *tp;
    const struct pl_tp_resource *resource;
    bool is_serverless;
    struct pl_tp_value own, shared, metadata; /* Properties, Globals, Metadata */
};

/* Settings that are read; conditions of others make no branches. */
static const char *const WANTED[] = {"Handler",
                                     "Runtime",
                                     "Architectures",
                                     "MemorySize",
                                     "Timeout",
                                     "Environment",
                                     "Layers",
                                     "CodeUri",
                                     "Code",
                                     "InlineCode",
                                     "ImageUri",
                                     "ImageConfig",
                                     "PackageType",
                                     "EphemeralStorage",
                                     "SnapStart",
                                     "FunctionName",
                                     "ReservedConcurrentExecutions"};

static PL_STATUS own_or_shared(const struct reading *r, const char *key, struct pl_tp_value *own,
                               struct pl_tp_value *shared, struct pl_err *err)
{
    *shared = (struct pl_tp_value){.kind = PL_TP_ABSENT};
    if (pl_tp_get(r->tp, &r->own, key, own, err) != PL_OK) {
        return err->code;
    }
    return r->is_serverless && !pl_tp_ignores_global(r->tp, key)
               ? pl_tp_get(r->tp, &r->shared, key, shared, err)
               : PL_OK;
}

/* A property: the function's own, else that of Globals. */
static PL_STATUS property(const struct reading *r, const char *key, struct pl_tp_value *ret,
                          struct pl_err *err)
{
    struct pl_tp_value shared;
    if (own_or_shared(r, key, ret, &shared, err) != PL_OK) {
        return err->code;
    }
    if (ret->kind == PL_TP_ABSENT) {
        *ret = shared;
    }
    if (ret->kind == PL_TP_ABSENT && r->tp->has_macro) {
        *ret = pl_tp_unknown(r->resource->at, PL_TP_WHY_MACRO);
    }
    return PL_OK;
}

static PL_STATUS setting(const struct reading *r, const char *key, const char *service,
                         struct pl_value *ret, struct pl_err *err)
{
    struct pl_tp_value value;
    if (property(r, key, &value, err) != PL_OK) {
        return err->code;
    }
    *ret = pl_tp_setting(&value);
    if (ret->known == PL_ABSENT && service) {
        *ret = pl_value_default(service);
    }
    return PL_OK;
}

/* "Size" of "EphemeralStorage", for settings that stand one level deeper. */
static PL_STATUS inner_setting(const struct reading *r, const char *key, const char *inner,
                               struct pl_value *ret, struct pl_err *err)
{
    struct pl_tp_value outer;
    struct pl_tp_value value;
    if (property(r, key, &outer, err) != PL_OK ||
        pl_tp_get(r->tp, &outer, inner, &value, err) != PL_OK) {
        return err->code;
    }
    *ret = pl_tp_setting(&value);
    return PL_OK;
}

/* Settings that only templates have. */
static PL_STATUS read_others(const struct reading *r, struct pl_function_decl *decl,
                             struct pl_err *err)
{
    struct pl_tp_value provider;
    if (setting(r, "FunctionName", NULL, &decl->name, err) != PL_OK ||
        setting(r, "ReservedConcurrentExecutions", NULL, &decl->concurrency, err) != PL_OK ||
        inner_setting(r, "EphemeralStorage", "Size", &decl->ephemeral, err) != PL_OK ||
        inner_setting(r, "SnapStart", "ApplyOn", &decl->snap_start, err) != PL_OK ||
        property(r, "CapacityProviderConfig", &provider, err) != PL_OK) {
        return err->code;
    }
    decl->is_managed = provider.kind != PL_TP_ABSENT;
    return PL_OK;
}

/* A list of one. */
static PL_STATUS read_architecture(const struct reading *r, struct pl_function_decl *decl,
                                   struct pl_err *err)
{
    struct pl_value *ret = &decl->architecture;
    struct pl_tp_value list;
    struct pl_tp_value *item = NULL;
    uint32_t n = 0;
    if (property(r, "Architectures", &list, err) != PL_OK) {
        return err->code;
    }
    if (list.kind == PL_TP_LIST && pl_tp_items(r->tp, &list, &item, &n, err) != PL_OK) {
        return err->code;
    }
    *ret = n > 0 ? pl_tp_setting(&item[0]) : pl_tp_setting(&list);
    if (n > 1) {
        decl->other_architecture = pl_tp_setting(&item[1]);
    }
    if (ret->known == PL_ABSENT || (list.kind == PL_TP_LIST && n == 0)) {
        *ret = pl_value_default("x86_64");
    }
    return PL_OK;
}

/* The variables of one map behind those that are there; a name that is there is replaced. */
static PL_STATUS add_variables(const struct reading *r, const struct pl_tp_value *environment,
                               struct pl_function_decl *decl, struct pl_err *err)
{
    struct pl_tp_value map;
    if (pl_tp_get(r->tp, environment, "Variables", &map, err) != PL_OK) {
        return err->code;
    }
    if (map.kind == PL_TP_UNKNOWN) {
        decl->env_why = map.why;
    }
    if (map.kind != PL_TP_MAP) {
        return PL_OK;
    }
    decl->env_at = map.at;
    size_t most = (size_t)decl->n_env + pl_doc_count(r->tp->doc, map.node);
    struct pl_env_var *env = pl_arena_new(&r->tp->project->arena, most, sizeof *env, err);
    if (!env) {
        return err->code;
    }
    if (decl->n_env > 0) {
        memcpy(env, decl->env, decl->n_env * sizeof *env);
    }
    uint32_t n = decl->n_env;
    uint32_t shared = n;
    for (uint32_t key = pl_doc_node(r->tp->doc, map.node)->child; key != PL_NODE_NONE;
         key = pl_doc_node(r->tp->doc, pl_doc_node(r->tp->doc, key)->next)->next) {
        const struct pl_node *name = pl_doc_node(r->tp->doc, key);
        struct pl_env_var var = {.key_at = name->at};
        struct pl_tp_value value;
        if (pl_slice_starts(name->text, PL_SLICE("Fn::"))) {
            decl->env_why = PL_TP_WHY_FUNCTION;
            continue;
        }
        if (pl_tp_loop_text(r->tp, name->text, map.loop, &var.key, err) != PL_OK ||
            pl_tp_eval(r->tp, name->next, map.loop, &value, err) != PL_OK) {
            return err->code;
        }
        if (value.kind == PL_TP_ABSENT) {
            continue;
        }
        var.value = pl_tp_setting(&value);
        var.value.secret = true;
        uint32_t at = 0;
        while (at < shared && !pl_slice_eq(env[at].key, var.key)) {
            at++;
        }
        env[at < shared ? at : n++] = var;
    }
    decl->env = env;
    decl->n_env = n;
    return PL_OK;
}

static PL_STATUS read_environment(const struct reading *r, struct pl_function_decl *decl,
                                  struct pl_err *err)
{
    struct pl_tp_value own;
    struct pl_tp_value shared;
    if (own_or_shared(r, "Environment", &own, &shared, err) != PL_OK) {
        return err->code;
    }
    if (r->tp->has_macro) {
        decl->env_why = PL_TP_WHY_MACRO;
    }
    enum pl_status status = add_variables(r, &shared, decl, err);
    return status ? status : add_variables(r, &own, decl, err);
}

static PL_STATUS read_layers(const struct reading *r, struct pl_function_decl *decl,
                             struct pl_err *err)
{
    struct pl_tp_value own;
    struct pl_tp_value shared;
    if (own_or_shared(r, "Layers", &own, &shared, err) != PL_OK) {
        return err->code;
    }
    if (own.kind == PL_TP_ABSENT && shared.kind == PL_TP_ABSENT && r->tp->has_macro) {
        own = pl_tp_unknown(r->resource->at, PL_TP_WHY_MACRO);
    }
    return pl_tp_layers(r->tp, &shared, &own, decl, err);
}

/* What the CDK and SAM wrote about a resource: where its code came from. */
static PL_STATUS read_metadata(const struct reading *r, struct pl_tp_code *code, struct pl_err *err)
{
    struct pl_tp_value method;
    struct pl_tp_value asset;
    struct pl_tp_value part;
    struct pl_tp_value bundled;
    if (pl_tp_get(r->tp, &r->metadata, "BuildMethod", &method, err) != PL_OK ||
        pl_tp_get(r->tp, &r->metadata, "aws:asset:path", &asset, err) != PL_OK ||
        pl_tp_get(r->tp, &r->metadata, "aws:asset:property", &part, err) != PL_OK ||
        pl_tp_get(r->tp, &r->metadata, "aws:asset:is-bundled", &bundled, err) != PL_OK) {
        return err->code;
    }
    code->build = method.kind == PL_TP_TEXT ? method.text : (struct pl_slice){0};
    if (method.kind == PL_TP_UNKNOWN) {
        code->build = PL_SLICE("unknown");
    }
    if (asset.kind == PL_TP_TEXT && part.kind == PL_TP_TEXT &&
        pl_slice_starts(part.text, PL_SLICE("Code"))) {
        code->path = asset;
        code->is_asset = true;
        code->is_bundled = bundled.kind == PL_TP_TEXT && pl_slice_is(bundled.text, "true");
        code->has_bundler = code->is_bundled;
    }
    return PL_OK;
}

/* Is there no package of its own to look at?  Then *decl says why. */
static PL_STATUS no_package(const struct reading *r, const struct pl_tp_value *code,
                            struct pl_function_decl *decl, struct pl_err *err)
{
    static const struct {
        const char *key, *why;
    } kinds[] = {{"ZipFile", "its code stands in the template"},
                 {"InlineCode", "its code stands in the template"}};
    struct pl_tp_value value;
    const struct pl_tp_value *at = r->is_serverless ? &r->own : code;
    for (size_t i = 0; !decl->state_why && i < sizeof kinds / sizeof *kinds; i++) {
        if (pl_tp_get(r->tp, at, kinds[i].key, &value, err) != PL_OK) {
            return err->code;
        }
        if (at->kind == PL_TP_MAP && value.kind != PL_TP_ABSENT) {
            decl->state_why = kinds[i].why;
            decl->inline_code = pl_tp_setting(&value);
        }
    }
    return PL_OK;
}

/* Is it a container image?  Then what the template says of it. */
static PL_STATUS read_image(const struct reading *r, struct pl_function_decl *decl,
                            struct pl_err *err)
{
    struct pl_tp_image image;
    struct pl_tp_value type;
    struct pl_tp_value code;
    struct pl_tp_value dockerfile;
    if (property(r, "PackageType", &type, err) != PL_OK ||
        property(r, "ImageConfig", &image.config, err) != PL_OK ||
        pl_tp_get(r->tp, &r->own, "Code", &code, err) != PL_OK ||
        pl_tp_get(r->tp, r->is_serverless ? &r->own : &code, "ImageUri", &image.uri, err) !=
            PL_OK ||
        pl_tp_get(r->tp, &r->metadata, "DockerTag", &image.tag, err) != PL_OK ||
        pl_tp_get(r->tp, &r->metadata, "Dockerfile", &dockerfile, err) != PL_OK) {
        return err->code;
    }
    decl->is_image = type.kind == PL_TP_TEXT && pl_slice_is(type.text, "Image");
    bool has_uri = (r->is_serverless || code.kind == PL_TP_MAP) && image.uri.kind != PL_TP_ABSENT;
    image.has_dockerfile = dockerfile.kind != PL_TP_ABSENT;
    image.uri_node = code.kind == PL_TP_MAP ? pl_doc_get(r->tp->doc, code.node, "ImageUri")
                                            : (uint32_t)PL_NODE_NONE;
    return decl->is_image || has_uri ? pl_tp_read_image(r->tp, &image, decl, err) : PL_OK;
}

/* CloudFormation's, of which no tool makes another before it is deployed. */
static bool is_plain_template(const struct pl_tp *tp)
{
    return tp->project->dialect == PL_DIALECT_CLOUDFORMATION && !tp->is_built;
}

static PL_STATUS read_code(const struct reading *r, struct pl_function_decl *decl,
                           struct pl_err *err)
{
    if (decl->image.is) {
        return PL_OK;
    }
    struct pl_tp_code code = {.id = r->resource->id,
                              .runtime = decl->runtime,
                              .handler = decl->handler.text,
                              .has_build = r->is_serverless || r->tp->is_sam,
                              .is_uploaded = !r->is_serverless && is_plain_template(r->tp)};
    if (property(r, r->is_serverless ? "CodeUri" : "Code", &code.path, err) != PL_OK ||
        no_package(r, &code.path, decl, err) != PL_OK || read_metadata(r, &code, err) != PL_OK) {
        return err->code;
    }
    if (r->tp->project->dialect == PL_DIALECT_TERRAFORM && code.path.kind != PL_TP_MAP) {
        decl->upload = PL_UPLOAD_DIRECT; /* `filename` is sent as it is */
    }
    if (decl->state_why) {
        decl->state = PL_PACKAGE_OPAQUE;
        return pl_tp_read_inline(r->tp, decl, err);
    }
    struct pl_tp_place place;
    if (pl_tp_find_place(r->tp, &code, &place, err) != PL_OK) {
        return err->code;
    }
    decl->package = place.package;
    decl->state = place.state;
    decl->state_why = place.state_why;
    decl->is_in_s3 = place.is_in_s3;
    decl->is_plain = place.is_plain;
    decl->gap = place.gap;
    decl->other_case = place.other_case;
    return PL_OK;
}

static PL_STATUS read_decl(const struct reading *r, struct pl_function_decl *ret,
                           struct pl_err *err)
{
    struct pl_function_decl decl = {
        .id = r->resource->id, .at = r->resource->at, .upload = PL_UPLOAD_S3};
    if (read_image(r, &decl, err) != PL_OK ||
        setting(r, "Handler", NULL, &decl.handler, err) != PL_OK ||
        setting(r, "Runtime", NULL, &decl.runtime, err) != PL_OK ||
        setting(r, "MemorySize", PL_MF_TEXT_OF(PL_LAMBDA_MEMORY_DEFAULT_MB), &decl.memory, err) !=
            PL_OK ||
        setting(r, "Timeout", PL_MF_TEXT_OF(PL_LAMBDA_TIMEOUT_DEFAULT_S), &decl.timeout, err) !=
            PL_OK ||
        read_architecture(r, &decl, err) != PL_OK || read_environment(r, &decl, err) != PL_OK ||
        read_layers(r, &decl, err) != PL_OK || read_others(r, &decl, err) != PL_OK ||
        read_code(r, &decl, err) != PL_OK ||
        pl_tp_read_settings(r->tp, &r->own, r->is_serverless ? &r->shared : NULL, &decl, err) !=
            PL_OK) {
        return err->code;
    }
    *ret = decl;
    return PL_OK;
}

static bool same_value(const struct pl_value *a, const struct pl_value *b)
{
    return a->known == b->known && pl_slice_eq(a->text, b->text);
}

static bool same_list(const struct pl_value *a, uint32_t n, const struct pl_value *b, uint32_t m)
{
    for (uint32_t i = 0; n == m && i < n; i++) {
        if (!same_value(&a[i], &b[i])) {
            return false;
        }
    }
    return n == m;
}

static bool same_image(const struct pl_image_decl *a, const struct pl_image_decl *b)
{
    return a->is == b->is && same_value(&a->workdir, &b->workdir) &&
           pl_slice_eq(a->name, b->name) && (a->why != NULL) == (b->why != NULL) &&
           same_list(a->entrypoint, a->n_entrypoint, b->entrypoint, b->n_entrypoint) &&
           same_list(a->command, a->n_command, b->command, b->n_command);
}

/* Would the same be said about both? */
static bool same_decl(const struct pl_function_decl *a, const struct pl_function_decl *b)
{
    bool same = same_value(&a->handler, &b->handler) && same_value(&a->runtime, &b->runtime) &&
                same_value(&a->architecture, &b->architecture) &&
                same_value(&a->other_architecture, &b->other_architecture) &&
                same_value(&a->memory, &b->memory) && same_value(&a->timeout, &b->timeout) &&
                same_value(&a->package, &b->package) && a->state == b->state &&
                same_value(&a->name, &b->name) && same_value(&a->ephemeral, &b->ephemeral) &&
                same_value(&a->concurrency, &b->concurrency) &&
                same_value(&a->snap_start, &b->snap_start) && a->is_image == b->is_image &&
                same_image(&a->image, &b->image) && same_value(&a->inline_code, &b->inline_code) &&
                a->n_env == b->n_env && a->n_layer == b->n_layer &&
                (a->env_why != NULL) == (b->env_why != NULL) && a->n_setting == b->n_setting;
    for (uint32_t i = 0; same && i < a->n_env; i++) {
        same = pl_slice_eq(a->env[i].key, b->env[i].key) &&
               same_value(&a->env[i].value, &b->env[i].value);
    }
    for (uint32_t i = 0; same && i < a->n_layer; i++) {
        same = a->layer[i].layer == b->layer[i].layer &&
               pl_slice_eq(a->layer[i].name.text, b->layer[i].name.text);
    }
    for (uint32_t i = 0; same && i < a->n_setting; i++) {
        same = a->setting[i].key == b->setting[i].key &&
               pl_slice_eq(a->setting[i].ref, b->setting[i].ref) &&
               same_value(&a->setting[i].value, &b->setting[i].value);
    }
    return same;
}

/* Room for one more function. */
static PL_STATUS grow(struct pl_tp *tp, struct pl_err *err)
{
    struct pl_project *project = tp->project;
    if (project->n_function < tp->cap_function) {
        return PL_OK;
    }
    if (project->n_function >= PL_TP_DECLS) {
        return pl_err_set(err, PL_ERR_LIMIT, "%s: has more than %u functions", tp->name,
                          PL_TP_DECLS);
    }
    size_t cap = tp->cap_function > 0 ? tp->cap_function * 2 : 16;
    struct pl_function_decl *list = pl_arena_new(&project->arena, cap, sizeof *list, err);
    if (!list) {
        return err->code;
    }
    if (project->n_function > 0) {
        memcpy(list, project->function, project->n_function * sizeof *list);
    }
    project->function = list;
    tp->cap_function = cap;
    return PL_OK;
}

/* Adds the declaration unless an earlier branch says the same. */
static PL_STATUS add(struct pl_tp *tp, struct pl_function_decl *decl, uint32_t first,
                     struct pl_err *err)
{
    struct pl_project *project = tp->project;
    for (uint32_t i = first; i < project->n_function; i++) {
        if (same_decl(&project->function[i], decl)) {
            return PL_OK;
        }
    }
    if (grow(tp, err) != PL_OK) {
        return err->code;
    }
    decl->branch = project->n_function - first;
    project->function[project->n_function++] = *decl;
    return PL_OK;
}

static PL_STATUS start(struct reading *r, struct pl_err *err)
{
    const struct pl_tp_value whole = {.kind = PL_TP_MAP,
                                      .at = r->resource->at,
                                      .node = r->resource->node,
                                      .loop = r->resource->loop};
    const struct pl_tp_value globals = {.kind = PL_TP_MAP, .node = r->tp->globals};
    r->tp->ignored = pl_doc_get(r->tp->doc, r->resource->node, "IgnoreGlobals");
    if (pl_tp_get(r->tp, &whole, "Properties", &r->own, err) != PL_OK ||
        pl_tp_get(r->tp, &whole, "Metadata", &r->metadata, err) != PL_OK) {
        return err->code;
    }
    return r->tp->globals != PL_NODE_NONE ? pl_tp_get(r->tp, &globals, "Function", &r->shared, err)
                                          : PL_OK;
}

/* The comparisons that the wanted settings, and the resource itself, depend on. */
static PL_STATUS collect(const struct reading *r, struct pl_slice *ret_condition,
                         struct pl_err *err)
{
    struct pl_tp *tp = r->tp;
    struct pl_tp_resource const *resource = r->resource;
    uint32_t node = pl_doc_get(tp->doc, resource->node, "Condition");
    enum pl_tp_truth truth;
    enum pl_status status =
        pl_tp_loop_text(tp, pl_doc_node(tp->doc, node)->text, resource->loop, ret_condition, err);
    tp->collecting = true;
    for (size_t i = 0; !status && i < sizeof WANTED / sizeof *WANTED; i++) {
        uint32_t own = pl_doc_get(tp->doc, r->own.node, WANTED[i]);
        uint32_t shared = pl_doc_get(tp->doc, r->shared.node, WANTED[i]);
        status = pl_tp_collect(tp, own, resource->loop, err);
        status = status || !r->is_serverless ? status : pl_tp_collect(tp, shared, NULL, err);
    }
    if (!status && tp->n_atom > 0 && ret_condition->len > 0) {
        status = pl_tp_condition(tp, *ret_condition, &truth, err);
    }
    tp->collecting = false;
    return status;
}

/* All branches; *ret_many: there are more than we tell apart. */
static PL_STATUS read_branches(struct reading *r, struct pl_slice condition, bool *ret_many,
                               struct pl_err *err)
{
    struct pl_tp *tp = r->tp;
    uint32_t first = tp->project->n_function;
    for (uint32_t number = 0; number < 1u << tp->n_atom; number++) {
        struct pl_function_decl decl;
        enum pl_tp_truth truth = PL_TP_MAYBE;
        if (!pl_tp_assign(tp, number)) {
            continue;
        }
        if (condition.len > 0 && pl_tp_condition(tp, condition, &truth, err) != PL_OK) {
            return err->code;
        }
        if (truth == PL_TP_NO) {
            continue; /* it does not exist in this branch */
        }
        if (start(r, err) != PL_OK || read_decl(r, &decl, err) != PL_OK ||
            add(tp, &decl, first, err) != PL_OK) {
            return err->code;
        }
        if (tp->project->n_function - first > PL_TP_BRANCHES) {
            tp->project->n_function = first;
            *ret_many = true;
            return PL_OK;
        }
    }
    return PL_OK;
}

PL_STATUS pl_tp_read_function(struct pl_tp *tp, const struct pl_tp_resource *resource,
                              bool is_serverless, struct pl_err *err)
{
    struct reading r = {.tp = tp, .resource = resource, .is_serverless = is_serverless};
    struct pl_slice condition = {0};
    bool is_many = false;
    if (start(&r, err) != PL_OK || collect(&r, &condition, err) != PL_OK ||
        pl_tp_read_ignores(tp, resource, false, err) != PL_OK) {
        return err->code;
    }
    if (!tp->too_many && read_branches(&r, condition, &is_many, err) != PL_OK) {
        return err->code;
    }
    if (!tp->too_many && !is_many) {
        return PL_OK;
    }
    tp->n_atom = 0;
    tp->too_many = true;
    return read_branches(&r, (struct pl_slice){0}, &is_many, err);
}
