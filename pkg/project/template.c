/* Reading a template from its start: file, sections, resources. */
#include "pkg/base/file.h"
#include "pkg/base/limits.h"
#include "pkg/base/os.h"
#include "pkg/project/serverless.h"
#include "pkg/project/template_resource.h"
#include "pkg/project/terraform.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static bool has(struct pl_slice text, struct pl_slice word)
{
    return pl_slice_find_text(text, word) < text.len;
}

static struct pl_slice without_bom(struct pl_slice text)
{
    struct pl_slice bom = PL_SLICE("\xef\xbb\xbf");
    return pl_slice_starts(text, bom) ? pl_slice_sub(text, bom.len, text.len) : text;
}

/* JSON has no comments, and people write them. */
static bool is_json(struct pl_slice start)
{
    return start.len > 0 && (start.ptr[0] == '{' || start.ptr[0] == '/');
}

bool pl_template_recognise(struct pl_slice text)
{
    struct pl_slice rest = without_bom(text);
    struct pl_slice start = pl_slice_trim(rest);
    if (pl_terraform_recognise(start) || pl_serverless_recognise(rest)) {
        return true;
    }
    if (is_json(start)) {
        return has(start, PL_SLICE("\"Resources\"")) && has(start, PL_SLICE("\"Type\"")) &&
               (has(start, PL_SLICE("\"AWS::")) || has(start, PL_SLICE("\"Custom::")));
    }
    bool resources = false;
    bool typed = false;
    bool headed = false;
    struct pl_slice line;
    while (pl_slice_next(&rest, '\n', &line)) {
        resources = resources || pl_slice_starts(line, PL_SLICE("Resources:")) ||
                    pl_slice_starts(line, PL_SLICE("\"Resources\":"));
        headed = headed || pl_slice_starts(line, PL_SLICE("AWSTemplateFormatVersion")) ||
                 pl_slice_starts(line, PL_SLICE("Transform:"));
        typed = typed || (has(line, PL_SLICE("Type")) &&
                          (has(line, PL_SLICE("AWS::")) || has(line, PL_SLICE("Custom::"))));
    }
    return resources && (typed || headed);
}

static PL_STATUS fail(const struct pl_tp *tp, struct pl_pos at, struct pl_err *err,
                      const char *what)
{
    return pl_err_set(err, PL_ERR_CONFIG, "%s:%u:%u: %s", tp->name, at.line > 0 ? at.line : 1,
                      at.col > 0 ? at.col : 1, what);
}

/* Transforms that only read what they are for. */
static bool is_harmless(struct pl_slice name)
{
    return pl_slice_starts(name, PL_SLICE("AWS::Serverless-")) ||
           pl_slice_is(name, "AWS::LanguageExtensions") || pl_slice_is(name, "AWS::Include") ||
           pl_slice_starts(name, PL_SLICE("AWS::CodeDeploy")) ||
           pl_slice_starts(name, PL_SLICE("AWS::SecretsManager")) ||
           pl_slice_starts(name, PL_SLICE("AWS::CodeStar")) ||
           pl_slice_starts(name, PL_SLICE("AWS::ServiceCatalog"));
}

static void read_transform(struct pl_tp *tp, uint32_t node)
{
    const struct pl_node *it = pl_doc_node(tp->doc, node);
    if (it->kind == PL_NODE_SEQ) {
        for (uint32_t at = it->child; at != PL_NODE_NONE; at = pl_doc_node(tp->doc, at)->next) {
            if (pl_doc_node(tp->doc, at)->kind != PL_NODE_SEQ) {
                read_transform(tp, at);
            }
        }
        return;
    }
    struct pl_slice name = it->text;
    if (it->kind == PL_NODE_MAP) {
        name = pl_doc_node(tp->doc, pl_doc_get(tp->doc, node, "Name"))->text;
    }
    tp->is_sam = tp->is_sam || pl_slice_starts(name, PL_SLICE("AWS::Serverless-"));
    tp->has_macro = tp->has_macro || (name.len > 0 && !is_harmless(name));
}

/* A section that must be a map when it is there. */
static PL_STATUS section(struct pl_tp *tp, const char *name, uint32_t *ret, struct pl_err *err)
{
    *ret = pl_doc_get(tp->doc, tp->doc->root, name);
    const struct pl_node *it = pl_doc_node(tp->doc, *ret);
    if (it->kind == PL_NODE_MAP || it->kind == PL_NODE_NULL) {
        return PL_OK;
    }
    char what[64];
    (void)snprintf(what, sizeof what, "%s: expected a map", name);
    return fail(tp, it->at, err, what);
}

/* Layers are read first, then functions, which name them, then what stands around. */
enum pass { PASS_LAYERS, PASS_FUNCTIONS, PASS_RESOURCES };

static PL_STATUS read_resource(struct pl_tp *tp, const struct pl_tp_resource *resource,
                               enum pass pass, struct pl_err *err)
{
    struct pl_slice type = pl_doc_node(tp->doc, pl_doc_get(tp->doc, resource->node, "Type"))->text;
    tp->steps = 0;
    tp->n_atom = 0;
    tp->too_many = false;
    if (pass == PASS_RESOURCES) {
        enum pl_status status = pl_tp_read_nested(tp, resource, type, err);
        return status ? status : pl_tp_read_resource(tp, resource, type, err);
    }
    if (pass == PASS_LAYERS) {
        bool is_layer = pl_slice_is(type, "AWS::Serverless::LayerVersion") ||
                        pl_slice_is(type, "AWS::Lambda::LayerVersion");
        return is_layer ? pl_tp_read_layer(tp, resource, err) : PL_OK;
    }
    bool is_serverless = pl_slice_is(type, "AWS::Serverless::Function");
    bool is_function = is_serverless || pl_slice_is(type, "AWS::Lambda::Function");
    return is_function ? pl_tp_read_function(tp, resource, is_serverless, err) : PL_OK;
}

static PL_STATUS each(struct pl_tp *tp, uint32_t map, const struct pl_tp_loop *loop, enum pass pass,
                      struct pl_err *err);

/* Fn::ForEach::Name: [variable, [values], {key: resource}].  Values that only the service knows
 * leave the loop out. */
static PL_STATUS for_each(struct pl_tp *tp, uint32_t node, const struct pl_tp_loop *loop,
                          enum pass pass, struct pl_err *err)
{
    struct pl_tp_value values;
    struct pl_tp_value *item = NULL;
    uint32_t n = 0;
    if (pl_tp_eval(tp, pl_tp_nth(tp, node, 1), loop, &values, err) != PL_OK) {
        return err->code;
    }
    if (values.kind != PL_TP_LIST || tp->depth >= PL_TP_DEPTH) {
        return PL_OK;
    }
    if (pl_tp_items(tp, &values, &item, &n, err) != PL_OK) {
        return err->code;
    }
    for (uint32_t i = 0; i < n && i < PL_TP_DECLS; i++) {
        struct pl_tp_loop *own = pl_arena_new(&tp->project->arena, 1, sizeof *own, err);
        if (!own) {
            return err->code;
        }
        if (item[i].kind != PL_TP_TEXT) {
            continue;
        }
        *own = (struct pl_tp_loop){.name = pl_doc_node(tp->doc, pl_tp_nth(tp, node, 0))->text,
                                   .value = item[i].text,
                                   .outer = loop};
        tp->depth++;
        enum pl_status status = each(tp, pl_tp_nth(tp, node, 2), own, pass, err);
        tp->depth--;
        if (status) {
            return status;
        }
    }
    return PL_OK;
}

/* Every resource of a map that the pass is about. */
static PL_STATUS each(struct pl_tp *tp, uint32_t map, const struct pl_tp_loop *loop, enum pass pass,
                      struct pl_err *err)
{
    if (pl_doc_node(tp->doc, map)->kind != PL_NODE_MAP) {
        return PL_OK;
    }
    for (uint32_t key = pl_doc_node(tp->doc, map)->child; key != PL_NODE_NONE;
         key = pl_doc_node(tp->doc, pl_doc_node(tp->doc, key)->next)->next) {
        const struct pl_node *name = pl_doc_node(tp->doc, key);
        const struct pl_node *value = pl_doc_node(tp->doc, name->next);
        struct pl_tp_resource resource = {.at = name->at, .node = name->next, .loop = loop};
        enum pl_status status = PL_OK;
        if (pl_slice_starts(name->text, PL_SLICE("Fn::ForEach::"))) {
            status = for_each(tp, name->next, loop, pass, err);
        } else if (value->kind == PL_NODE_MAP) {
            status = pl_tp_loop_text(tp, name->text, loop, &resource.id, err);
            status = status ? status : read_resource(tp, &resource, pass, err);
        }
        if (status) {
            return status;
        }
    }
    return PL_OK;
}

static PL_STATUS read_resources(struct pl_tp *tp, struct pl_err *err)
{
    enum pl_status status = each(tp, tp->resources, NULL, PASS_LAYERS, err);
    status = status ? status : each(tp, tp->resources, NULL, PASS_FUNCTIONS, err);
    status = status ? status : each(tp, tp->resources, NULL, PASS_RESOURCES, err);
    status = status ? status : pl_tp_find_accounts(tp, err);
    return status ? status : pl_project_link(tp->project, err);
}

static PL_STATUS read_root(struct pl_tp *tp, struct pl_err *err)
{
    const struct pl_node *root = pl_doc_node(tp->doc, tp->doc->root);
    if (root->kind != PL_NODE_MAP) {
        return fail(tp, root->at, err, "expected a template: a map with Resources");
    }
    if (section(tp, "Parameters", &tp->parameters, err) != PL_OK ||
        section(tp, "Mappings", &tp->mappings, err) != PL_OK ||
        section(tp, "Conditions", &tp->conditions, err) != PL_OK ||
        section(tp, "Resources", &tp->resources, err) != PL_OK ||
        section(tp, "Globals", &tp->globals, err) != PL_OK) {
        return err->code;
    }
    read_transform(tp, pl_doc_get(tp->doc, tp->doc->root, "Transform"));
    tp->project->dialect = tp->assembly ? PL_DIALECT_CDK
                           : tp->is_sam ? PL_DIALECT_SAM
                                        : PL_DIALECT_CLOUDFORMATION;
    return read_resources(tp, err);
}

/* Is this what `sam build` wrote?  It leaves template.yaml in .aws-sam/build. */
static bool is_build_output(const struct pl_project *project)
{
    char *real = pl_os_real_path(project->root.ptr);
    struct pl_slice folder = pl_slice_of(real);
    struct pl_slice nested = PL_SLICE("/.aws-sam/build/"); /* of the stacks that it nests */
    bool is = pl_slice_ends(folder, PL_SLICE("/.aws-sam/build")) || has(folder, nested);
    free(real);
    return is;
}

#define BUILT ".aws-sam/build/template.yaml"

/* What `sam build` left beside the template, when it did. */
static PL_STATUS read_built(struct pl_tp *tp, struct pl_project *built, struct pl_err *err)
{
    struct pl_slice path;
    struct stat st;
    bool is_there = false;
    const struct pl_nested *nested = tp->options ? tp->options->nested : NULL;
    if (nested) {
        path = nested->built;
    } else if (pl_project_path(tp->project, PL_SLICE(BUILT), &path, err) != PL_OK) {
        return err->code;
    }
    if (pl_file_look(path.ptr, false, &is_there, &st, err) != PL_OK) {
        return err->code;
    }
    if (!is_there || !S_ISREG(st.st_mode)) {
        return PL_OK;
    }
    struct pl_project project;
    if (pl_template_read(&project, path.ptr, err) != PL_OK) {
        return pl_err_wrap(err, "what sam build left");
    }
    *built = project;
    tp->built = built;
    return PL_OK;
}

/* The assets of the cloud assembly that a template of the CDK stands in. */
static PL_STATUS read_assembly(struct pl_tp *tp, struct pl_assembly *assembly, struct pl_err *err)
{
    if (!pl_slice_ends(pl_slice_of(tp->name), PL_SLICE(".template.json"))) {
        return PL_OK;
    }
    bool is_assembly = false;
    if (pl_assembly_recognise(tp->project->root.ptr, &is_assembly, err) != PL_OK) {
        return err->code;
    }
    if (!is_assembly) {
        return PL_OK;
    }
    tp->assembly = assembly;
    return pl_assembly_read(assembly, tp->project->root.ptr, false, err);
}

static PL_STATUS parse_text(struct pl_doc *doc, struct pl_slice text, uint32_t file,
                            const char *path, struct pl_err *err)
{
    struct pl_slice start = pl_slice_trim(without_bom(text));
    if (!is_json(start)) {
        return pl_yaml_parse(doc, text, file, path, err);
    }
    if (pl_json_parse(doc, text, file, path, err) == PL_OK) {
        return PL_OK;
    }
    /* YAML may begin with a brace too; what is wrong is said for the format that it is named. */
    struct pl_err other;
    if (pl_slice_ends(pl_slice_of(path), PL_SLICE(".json")) || err->code != PL_ERR_CONFIG ||
        pl_yaml_parse(doc, text, file, path, &other) != PL_OK) {
        return err->code;
    }
    return PL_OK;
}

/* Another tool's document gets the Resources of a template. */
static PL_STATUS translate(struct pl_tp *tp, struct pl_doc *doc, struct pl_err *err)
{
    if (pl_serverless_is(doc)) {
        struct pl_serverless found;
        tp->project->dialect = PL_DIALECT_SERVERLESS;
        if (pl_serverless_translate(doc, tp->project, tp->options, &found, err) != PL_OK) {
            return err->code;
        }
        tp->resources = found.resources;
        tp->is_bundled = found.is_bundled;
        return PL_OK;
    }
    if (pl_terraform_is(doc)) {
        tp->project->dialect = PL_DIALECT_TERRAFORM;
        return pl_terraform_translate(doc, &tp->project->arena, tp->name, &tp->resources, err);
    }
    return PL_OK;
}

static PL_STATUS read_serverless(struct pl_tp *tp, const struct pl_doc *doc, uint32_t file,
                                 struct pl_err *err)
{
    if (pl_tp_read_comments(tp, file, err) != PL_OK || read_resources(tp, err) != PL_OK) {
        return err->code;
    }
    pl_serverless_rename(doc, tp->project);
    return pl_comments_leave(&tp->comments, tp->project, err);
}

/* In nearly no template, and it would be asked for in every map that lacks a key. */
static bool has_transform(const struct pl_doc *doc)
{
    for (uint32_t i = 0; i < doc->n; i++) {
        if (pl_slice_is(doc->node[i].text, "Fn::Transform")) {
            return true;
        }
    }
    return false;
}

/* Reads what the document declares. */
static PL_STATUS read_doc(struct pl_tp *tp, struct pl_doc *doc, uint32_t file,
                          struct pl_project *built, struct pl_err *err)
{
    if (translate(tp, doc, err) != PL_OK) {
        return err->code;
    }
    if (tp->project->dialect == PL_DIALECT_TERRAFORM) {
        return read_resources(tp, err);
    }
    tp->has_transform = true; /* what a serverless.yml names is read later */
    if (tp->project->dialect == PL_DIALECT_SERVERLESS) {
        return read_serverless(tp, doc, file, err);
    }
    tp->has_transform = has_transform(doc);
    tp->is_built = is_build_output(tp->project);
    if (!tp->is_built &&
        (read_built(tp, built, err) != PL_OK || pl_tp_read_comments(tp, file, err) != PL_OK)) {
        return err->code;
    }
    struct pl_assembly assembly = {.template_ = NULL};
    struct pl_doc state PL_CLEANUP(pl_doc_done) = {.node = NULL};
    enum pl_status status = pl_tp_read_region(tp, err);
    status = status ? status : pl_tp_read_state(tp, &state, err);
    status = status ? status : read_assembly(tp, &assembly, err);
    status = status ? status : read_root(tp, err);
    status = status ? status : pl_comments_leave(&tp->comments, tp->project, err);
    pl_assembly_done(&assembly);
    return status;
}

static PL_STATUS set_root(struct pl_project *project, const char *path,
                          const struct pl_template_options *options, struct pl_err *err)
{
    if (!options || !options->root) {
        return pl_project_set_root(project, path, err);
    }
    struct pl_slice root = pl_slice_of(options->root);
    while (root.len > 1 && root.ptr[root.len - 1] == '/') {
        root.len--;
    }
    return pl_arena_dup(&project->arena, root, &project->root, err);
}

/* Most of a large plan is nothing that is judged; nothing else is that large. */
static PL_STATUS make_small(struct pl_slice *text, const char *path, struct pl_buf *thin,
                            struct pl_err *err)
{
    enum { START_BYTES = 4096 };
    if (text->len <= PL_MAX_DOC_BYTES) {
        return PL_OK;
    }
    if (!pl_terraform_recognise(pl_slice_sub(*text, 0, START_BYTES))) {
        return pl_err_set(err, PL_ERR_LIMIT,
                          "%s: a template of more than %zu MB is not read; AWS takes 1 MB", path,
                          PL_MAX_DOC_BYTES / PL_MB(1));
    }
    if (pl_buf_slice(thin, *text, err) != PL_OK) {
        return err->code;
    }
    pl_terraform_thin(thin->data, thin->len);
    *text = pl_buf_view(thin);
    return PL_OK;
}

static PL_STATUS parse(struct pl_project *project, const char *path, struct pl_slice text,
                       const struct pl_template_options *options, struct pl_err *err)
{
    struct pl_buf thin PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_PLAN_BYTES};
    struct pl_project built PL_CLEANUP(pl_project_done) = {0};
    struct pl_doc doc PL_CLEANUP(pl_doc_done) = {.node = NULL};
    uint32_t file = 0;
    pl_project_init(&built);
    if (set_root(project, path, options, err) != PL_OK ||
        make_small(&text, path, &thin, err) != PL_OK ||
        pl_project_add_file(project, pl_slice_of(path), text, &file, err) != PL_OK ||
        parse_text(&doc, text, file, path, err) != PL_OK) {
        return err->code;
    }
    pl_arena_adopt(&project->arena, &doc.arena);
    struct pl_tp tp = {.project = project, .doc = &doc, .name = path, .options = options};
    enum pl_status status = read_doc(&tp, &doc, file, &built, err);
    free(tp.field);
    return status;
}

PL_STATUS pl_template_parse_with(struct pl_project *ret, const char *path, struct pl_slice text,
                                 const struct pl_template_options *options, struct pl_err *err)
{
    struct pl_project project PL_CLEANUP(pl_project_done) = {0};
    pl_project_init(&project);
    project.kind = PL_PROJECT_TEMPLATE;
    enum pl_status status = parse(&project, path, text, options, err);
    if (status == PL_OK) {
        *ret = project;
        pl_project_init(&project);
    }
    return status;
}

PL_STATUS pl_template_read_with(struct pl_project *ret, const char *path,
                                const struct pl_template_options *options, struct pl_err *err)
{
    struct pl_buf text PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_PLAN_BYTES};
    enum pl_status status = pl_file_read(path, &text, err);
    if (status == PL_ERR_LIMIT) {
        return pl_err_set(err, PL_ERR_LIMIT,
                          "%s: more than %zu MB are not read; of a plan, what "
                          "`jq 'del(.prior_state, .resource_drift)'` leaves is enough",
                          path, PL_MAX_PLAN_BYTES / PL_MB(1));
    }
    return status ? status : pl_template_parse_with(ret, path, pl_buf_view(&text), options, err);
}

PL_STATUS pl_template_parse(struct pl_project *ret, const char *path, struct pl_slice text,
                            struct pl_err *err)
{
    return pl_template_parse_with(ret, path, text, NULL, err);
}

PL_STATUS pl_template_read(struct pl_project *ret, const char *path, struct pl_err *err)
{
    return pl_template_read_with(ret, path, NULL, err);
}
