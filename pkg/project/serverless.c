#include "pkg/base/limits.h"
#include "pkg/project/serverless_read.h"

#include <string.h>

bool pl_serverless_recognise(struct pl_slice text)
{
    bool service = false;
    bool provider = false;
    bool contents = false;
    struct pl_slice line;
    struct pl_slice start = pl_slice_trim(text);
    if (start.len > 0 && start.ptr[0] == '{') { /* serverless.json */
        return pl_slice_find_text(start, PL_SLICE("\"service\"")) < start.len &&
               pl_slice_find_text(start, PL_SLICE("\"provider\"")) < start.len &&
               pl_slice_find_text(start, PL_SLICE("\"functions\"")) < start.len;
    }
    while (pl_slice_next(&text, '\n', &line)) {
        service = service || pl_slice_starts(line, PL_SLICE("service:"));
        provider = provider || pl_slice_starts(line, PL_SLICE("provider:"));
        contents = contents || pl_slice_starts(line, PL_SLICE("functions:")) ||
                   pl_slice_starts(line, PL_SLICE("frameworkVersion:")) ||
                   pl_slice_starts(line, PL_SLICE("layers:")) ||
                   pl_slice_starts(line, PL_SLICE("resources:")) ||
                   pl_slice_starts(line, PL_SLICE("plugins:")) ||
                   pl_slice_starts(line, PL_SLICE("package:"));
    }
    return service && provider && contents;
}

bool pl_template_is_packaged(struct pl_slice path)
{
    return pl_slice_is(pl_slice_basename(path), "cloudformation-template-update-stack.json");
}

bool pl_serverless_is(const struct pl_doc *doc)
{
    return pl_doc_get(doc, doc->root, "service") != PL_NODE_NONE &&
           pl_doc_get(doc, doc->root, "provider") != PL_NODE_NONE &&
           pl_doc_get(doc, doc->root, "Resources") == PL_NODE_NONE;
}

/* "-" and "_" are spelt out, the first letter is large. */
static struct pl_slice normalise(struct pl_slice key, char *to, size_t max)
{
    size_t n = 0;
    for (size_t i = 0; i < key.len; i++) {
        const char *put = key.ptr[i] == '-' ? "Dash" : key.ptr[i] == '_' ? "Underscore" : NULL;
        char one[2] = {key.ptr[i], '\0'};
        if (i == 0 && one[0] >= 'a' && one[0] <= 'z') {
            one[0] = (char)(one[0] - 'a' + 'A');
        }
        put = put ? put : one;
        for (; *put && n < max; put++) {
            to[n++] = *put;
        }
    }
    return pl_slice_make(to, n);
}

struct pl_slice pl_sls_logical(struct pl_sls *sls, struct pl_slice key, const char *behind)
{
    char name[512];
    struct pl_slice made = normalise(key, name, sizeof name);
    struct pl_slice copy = PL_SLICE("");
    if (!sls->graft.failed && pl_arena_fmt(sls->graft.arena, &copy, sls->graft.err, "%.*s%s",
                                           (int)made.len, made.ptr, behind) != PL_OK) {
        sls->graft.failed = true;
    }
    return copy;
}

static uint32_t first(const struct pl_doc *doc, uint32_t node)
{
    uint8_t kind = pl_doc_node(doc, node)->kind;
    return kind == PL_NODE_MAP || kind == PL_NODE_SEQ ? pl_doc_node(doc, node)->child
                                                      : (uint32_t)PL_NODE_NONE;
}

/* A section is a map, or a list of maps. */
static void each_pair(struct pl_sls *sls, uint32_t section,
                      void (*take)(struct pl_sls *sls, struct pl_slice key, struct pl_pos at,
                                   uint32_t value))
{
    if (pl_doc_node(sls->doc, section)->kind == PL_NODE_SEQ) {
        for (uint32_t at = first(sls->doc, section); at != PL_NODE_NONE && !sls->graft.failed;
             at = pl_doc_node(sls->doc, at)->next) {
            if (pl_doc_node(sls->doc, at)->kind == PL_NODE_MAP) {
                each_pair(sls, at, take);
            }
        }
        return;
    }
    if (pl_doc_node(sls->doc, section)->kind != PL_NODE_MAP) {
        return;
    }
    for (uint32_t key = first(sls->doc, section); key != PL_NODE_NONE && !sls->graft.failed;) {
        uint32_t value = pl_doc_node(sls->doc, key)->next;
        take(sls, pl_doc_node(sls->doc, key)->text, pl_doc_node(sls->doc, key)->at, value);
        key = pl_doc_node(sls->doc, value)->next;
    }
}

static void take_layer(struct pl_sls *sls, struct pl_slice key, struct pl_pos at, uint32_t layer)
{
    struct pl_graft *graft = &sls->graft;
    struct pl_graft_list map = pl_graft_map(graft, at);
    struct pl_graft_list properties = pl_graft_map(graft, at);
    uint32_t package = pl_sls_get(sls, layer, "package");
    uint32_t path = pl_sls_get(sls, package, "artifact");
    if (path == PL_NODE_NONE) {
        path = pl_sls_get(sls, layer, "path");
    }
    uint32_t runtimes = pl_sls_get(sls, layer, "compatibleRuntimes");
    pl_graft_put(graft, &properties, "Content", pl_graft_copy(graft, path, NULL));
    pl_graft_put(graft, &properties, "CompatibleRuntimes", pl_graft_copy(graft, runtimes, NULL));
    pl_graft_put(graft, &map, "Type",
                 pl_graft_text(graft, PL_SLICE("AWS::Lambda::LayerVersion"), at));
    pl_graft_put(graft, &map, "Properties", properties.node);
    pl_graft_put_at(graft, &sls->resources, pl_sls_logical(sls, key, "LambdaLayer"), at, map.node);
}

/* What the file adds in CloudFormation's own words. */
static void take_resource(struct pl_sls *sls, struct pl_slice key, struct pl_pos at, uint32_t value)
{
    pl_graft_put_at(&sls->graft, &sls->resources, key, at, pl_graft_copy(&sls->graft, value, NULL));
}

static void take_resources(struct pl_sls *sls, uint32_t section)
{
    if (pl_doc_node(sls->doc, section)->kind == PL_NODE_SEQ) {
        for (uint32_t at = first(sls->doc, section); at != PL_NODE_NONE && !sls->graft.failed;
             at = pl_doc_node(sls->doc, at)->next) {
            each_pair(sls, pl_sls_get(sls, at, "Resources"), take_resource);
        }
        return;
    }
    each_pair(sls, pl_sls_get(sls, section, "Resources"), take_resource);
}

/* Plugins, and the framework itself, that make other files than those that stand here. */
static bool is_bundled(const struct pl_sls *sls, uint32_t plugins)
{
    static const char *const words[] = {"esbuild", "webpack", "bundle",    "typescript", "rollup",
                                        "babel",   "parcel",  "optimizer", "vite",       "jetpack"};
    if (pl_doc_node(sls->doc, plugins)->kind == PL_NODE_MAP) {
        plugins = pl_sls_get(sls, plugins, "modules");
    }
    bool is = pl_doc_get(sls->doc, sls->root, "build") != PL_NODE_NONE;
    for (uint32_t at = first(sls->doc, plugins); at != PL_NODE_NONE;
         at = pl_doc_node(sls->doc, at)->next) {
        for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
            struct pl_slice name = pl_doc_node(sls->doc, at)->text;
            is = is || pl_slice_find_text(name, pl_slice_of(words[i])) < name.len;
        }
    }
    return is;
}

/* A section with its variables worked out. */
static uint32_t section(struct pl_sls *sls, const char *name)
{
    return pl_sls_resolve(sls, pl_doc_get(sls->doc, sls->root, name));
}

static void start(struct pl_sls *sls)
{
    uint32_t provider = pl_doc_get(sls->doc, sls->root, "provider");
    uint32_t given = pl_sls_get(sls, provider, "stage");
    sls->stage = PL_SLICE("dev");
    if (given != PL_NODE_NONE) {
        uint32_t stage = pl_sls_resolve(sls, given);
        sls->stage = pl_doc_node(sls->doc, stage)->text; /* empty when it is not known */
    }
    sls->provider = section(sls, "provider");
    sls->package = section(sls, "package");
    uint32_t service = section(sls, "service");
    if (pl_doc_node(sls->doc, service)->kind == PL_NODE_MAP) {
        service = pl_sls_get(sls, service, "name");
    }
    sls->service = pl_doc_node(sls->doc, service)->text;
}

/* The role that functions share which name none: what the provider lets it do, and policies that
 * the framework adds for events and VPC. */
static void add_role(struct pl_sls *sls)
{
    struct pl_graft *graft = &sls->graft;
    uint32_t iam = pl_sls_get(sls, pl_sls_get(sls, sls->provider, "iam"), "role");
    uint32_t statements = pl_sls_get(sls, iam, "statements");
    if (statements == PL_NODE_NONE) {
        statements = pl_sls_get(sls, sls->provider, "iamRoleStatements");
    }
    struct pl_pos at = pl_doc_node(sls->doc, sls->provider)->at;
    struct pl_graft_list map = pl_graft_map(graft, at);
    struct pl_graft_list properties = pl_graft_map(graft, at);
    struct pl_graft_list policy = pl_graft_map(graft, at);
    struct pl_graft_list document = pl_graft_map(graft, at);
    pl_graft_put(graft, &document, "Statement", pl_graft_copy(graft, statements, NULL));
    pl_graft_put(graft, &policy, "PolicyDocument", document.node);
    pl_graft_put(graft, &properties, "Policies", policy.node);
    pl_graft_put(graft, &properties, "ManagedPolicyArns", pl_graft_unknown(graft, at));
    pl_graft_put(graft, &map, "Type", pl_graft_text(graft, PL_SLICE("AWS::IAM::Role"), at));
    pl_graft_put(graft, &map, "Properties", properties.node);
    pl_graft_put_at(graft, &sls->resources, PL_SLICE(PL_SLS_ROLE), at, map.node);
}

static PL_STATUS note_region(struct pl_sls *sls, struct pl_err *err)
{
    const struct pl_node *region = pl_doc_node(sls->doc, pl_sls_get(sls, sls->provider, "region"));
    struct pl_slice text;
    if (region->kind != PL_NODE_SCALAR || region->text.len == 0 ||
        pl_slice_is(region->tag, PL_GRAFT_UNKNOWN)) {
        return PL_OK;
    }
    if (pl_arena_dup(&sls->project->arena, region->text, &text, err) != PL_OK) {
        return err->code;
    }
    sls->project->region = pl_value_given(text, region->at);
    return PL_OK;
}

PL_STATUS pl_serverless_translate(struct pl_doc *doc, struct pl_project *project,
                                  const struct pl_template_options *options,
                                  struct pl_serverless *ret, struct pl_err *err)
{
    struct pl_sls sls = {.doc = doc, .project = project, .options = options, .root = doc->root};
    pl_graft_begin(&sls.graft, doc, &project->arena, err);
    start(&sls);
    sls.resources = pl_graft_map(&sls.graft, pl_doc_node(doc, doc->root)->at);
    add_role(&sls);
    each_pair(&sls, section(&sls, "layers"), take_layer);
    each_pair(&sls, section(&sls, "functions"), pl_sls_function);
    take_resources(&sls, section(&sls, "resources"));
    *ret = (struct pl_serverless){.resources = sls.resources.node,
                                  .is_bundled = is_bundled(&sls, section(&sls, "plugins"))};
    return sls.graft.failed ? err->code : note_region(&sls, err);
}

static void rename_one(const struct pl_doc *doc, const char *name, const char *behind,
                       struct pl_slice *id)
{
    uint32_t list = pl_doc_get(doc, doc->root, name);
    for (uint32_t key = pl_doc_node(doc, list)->kind == PL_NODE_MAP ? first(doc, list)
                                                                    : (uint32_t)PL_NODE_NONE;
         key != PL_NODE_NONE; key = pl_doc_node(doc, pl_doc_node(doc, key)->next)->next) {
        char text[512];
        struct pl_slice made = normalise(pl_doc_node(doc, key)->text, text, sizeof text);
        if (id->len == made.len + strlen(behind) && pl_slice_starts(*id, made) &&
            pl_slice_ends(*id, pl_slice_of(behind))) {
            *id = pl_doc_node(doc, key)->text;
            return;
        }
    }
}

void pl_serverless_rename(const struct pl_doc *doc, struct pl_project *project)
{
    for (uint32_t i = 0; i < project->n_function; i++) {
        rename_one(doc, "functions", "LambdaFunction", &project->function[i].id);
    }
    for (uint32_t i = 0; i < project->n_layer; i++) {
        rename_one(doc, "layers", "LambdaLayer", &project->layer[i].id);
    }
}
