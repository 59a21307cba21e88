/* PL4: layers and extensions. */
#include "pkg/lambda/limits.h"
#include "rules/checks.h"

#include <string.h>

enum { EXTENSIONS_MAX = 10, ARN_PARTS = 8 };

/* ---------------------------------------------------------------- what is asked for */

struct pl_pos pl_layers_at(const struct pl_function_decl *decl)
{
    struct pl_pos first = decl->n_layer > 0 ? decl->layer[0].name.at : decl->layers_at;
    return first.line > 0 ? first : decl->layers_at;
}

PL_STATUS pl_check_too_many_layers(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_function_decl *decl = ctx->function->decl;
    if (decl->n_layer <= PL_LAMBDA_LAYERS_MAX) {
        return PL_OK;
    }
    struct pl_emit what = PL_EMIT_INIT;
    struct pl_pos sixth = decl->layer[PL_LAMBDA_LAYERS_MAX].name.at;
    what.at = sixth.line > 0 ? sixth : decl->layers_at;
    return pl_emit(ctx, &what, err, "%u layers; a function takes %u", decl->n_layer,
                   PL_LAMBDA_LAYERS_MAX);
}

/* The parts of arn:aws:lambda:REGION:ACCOUNT:layer:NAME:VERSION; false when it is no such ARN. */
static bool cut_arn(struct pl_slice arn, struct pl_slice part[ARN_PARTS])
{
    size_t n = 0;
    struct pl_slice one;
    while (pl_slice_next(&arn, ':', &one)) {
        if (n == ARN_PARTS) {
            return false;
        }
        part[n++] = one;
    }
    for (size_t i = n; i < ARN_PARTS; i++) {
        part[i] = (struct pl_slice){0};
    }
    return n >= ARN_PARTS - 1 && pl_slice_is(part[0], "arn");
}

static bool is_arn(struct pl_slice text)
{
    return pl_slice_starts(text, PL_SLICE("arn:"));
}

static bool is_made_of(struct pl_slice s, const char *more)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!plain && !strchr(more, c)) {
            return false;
        }
    }
    return s.len > 0;
}

static bool is_digits(struct pl_slice s)
{
    uint64_t n;
    return pl_slice_u64(s, &n);
}

/* arn:aws:lambda:::awslayer:AmazonLinux1803: the service's own, of every region (botocore). */
static bool is_service_layer(struct pl_slice arn)
{
    struct pl_slice part[ARN_PARTS];
    return cut_arn(arn, part) && pl_slice_is(part[2], "lambda") && part[3].len == 0 &&
           part[4].len == 0 && pl_slice_is(part[5], "awslayer") && is_made_of(part[6], "-_") &&
           part[7].len == 0;
}

/* What is wrong with a layer version's ARN; NULL: nothing. */
static const char *wrong_with_arn(struct pl_slice arn)
{
    struct pl_slice part[ARN_PARTS];
    if (is_service_layer(arn)) {
        return NULL;
    }
    if (!cut_arn(arn, part) || !is_made_of(part[1], "-") || !pl_slice_is(part[2], "lambda") ||
        !pl_slice_is(part[5], "layer") || !is_made_of(part[6], "-_")) {
        return "it is not of the form arn:aws:lambda:REGION:ACCOUNT:layer:NAME:VERSION";
    }
    if (!is_made_of(part[3], "-") || part[4].len != 12 || !is_digits(part[4])) {
        return "region or account is not as AWS writes them";
    }
    if (part[7].len == 0) {
        return "the version is missing; a layer has no default version";
    }
    return is_digits(part[7]) ? NULL
                              : "the version is a number; layers have no aliases and no latest";
}

PL_STATUS pl_check_layer_arn(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_function_decl *decl = ctx->function->decl;
    for (uint32_t i = 0; i < decl->n_layer; i++) {
        const struct pl_value *name = &decl->layer[i].name;
        const char *wrong =
            pl_value_has(name) && is_arn(name->text) ? wrong_with_arn(name->text) : NULL;
        if (!wrong) {
            continue;
        }
        struct pl_slice safe;
        struct pl_emit what = PL_EMIT_INIT;
        what.at = name->at;
        enum pl_status status = pl_safe(ctx, name->text, &safe, err);
        if (!status) {
            status = pl_emit(ctx, &what, err, "%.*s: %s", PL_TEXT(safe), wrong);
        }
        if (status) {
            return status;
        }
    }
    return PL_OK;
}

/* Where the function itself is: by its name, when that is an ARN, or by what deploys the project.
 */
static struct pl_slice own_region(const struct pl_rule_ctx *ctx)
{
    struct pl_slice part[ARN_PARTS];
    const struct pl_value *name = &ctx->function->decl->name;
    if (pl_value_has(name) && is_arn(name->text) && cut_arn(name->text, part) &&
        pl_slice_is(part[2], "lambda") && pl_slice_is(part[5], "function")) {
        return part[3];
    }
    const struct pl_value *region = &ctx->survey->project->region;
    return pl_value_has(region) ? region->text : (struct pl_slice){0};
}

PL_STATUS pl_check_layer_region(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_function_decl *decl = ctx->function->decl;
    struct pl_slice region = own_region(ctx);
    const char *whose = region.len > 0 ? "the function is deployed to" : "it stands beside one of";
    for (uint32_t i = 0; i < decl->n_layer; i++) {
        struct pl_slice part[ARN_PARTS];
        const struct pl_value *name = &decl->layer[i].name;
        if (!pl_value_has(name) || !is_arn(name->text) || wrong_with_arn(name->text) ||
            !cut_arn(name->text, part) || part[3].len == 0 || pl_slice_eq(part[3], region)) {
            continue;
        }
        if (region.len == 0) {
            region = part[3];
            continue;
        }
        struct pl_slice safe;
        struct pl_emit what = PL_EMIT_INIT;
        what.at = name->at;
        what.evidence = name->text;
        if (pl_safe(ctx, region, &safe, err) != PL_OK ||
            pl_emit(ctx, &what, err,
                    "a layer of %.*s, and %s %.*s: it takes those of its own region",
                    PL_TEXT(part[3]), whose, PL_TEXT(safe)) != PL_OK) {
            return err->code;
        }
    }
    return PL_OK;
}

/* One layer, whatever its version. */
static struct pl_slice identity(struct pl_slice name)
{
    struct pl_slice part[ARN_PARTS];
    if (is_arn(name) && cut_arn(name, part) && part[6].len > 0) {
        return pl_slice_sub(name, 0, (size_t)(part[6].ptr - name.ptr) + part[6].len);
    }
    return name;
}

static bool is_same_layer(const struct pl_layer_ref *a, const struct pl_layer_ref *b)
{
    return (a->layer != PL_NO_INDEX && a->layer == b->layer) ||
           (a->name.text.len > 0 && pl_slice_eq(identity(a->name.text), identity(b->name.text)));
}

PL_STATUS pl_check_duplicate_layer(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_function_decl *decl = ctx->function->decl;
    for (uint32_t i = 1; i < decl->n_layer; i++) {
        uint32_t k = 0;
        while (k < i && !is_same_layer(&decl->layer[k], &decl->layer[i])) {
            k++;
        }
        if (k == i) {
            continue;
        }
        struct pl_slice safe;
        struct pl_emit what = PL_EMIT_INIT;
        what.at = decl->layer[i].name.at;
        bool equal = pl_slice_eq(decl->layer[k].name.text, decl->layer[i].name.text);
        enum pl_status status = pl_safe(ctx, identity(decl->layer[i].name.text), &safe, err);
        if (!status) {
            status = pl_emit(ctx, &what, err, "%.*s: %s", PL_TEXT(safe),
                             equal ? "the layer is listed twice" : "two versions of one layer");
        }
        if (status) {
            return status;
        }
    }
    return PL_OK;
}

/* ---------------------------------------------------------------- function and layer */

static const struct pl_layer *layer_at(const struct pl_rule_ctx *ctx, uint32_t i)
{
    const struct pl_function *fn = ctx->function;
    return fn->layer[i] == PL_NO_INDEX ? NULL : &ctx->survey->layer[fn->layer[i]];
}

/* Its entries, or NULL when nobody knows them. */
static const struct pl_package *contents_at(const struct pl_rule_ctx *ctx, uint32_t i)
{
    const struct pl_layer *layer = layer_at(ctx, i);
    bool known = layer && layer->package && pl_package_usable(layer->package);
    return known ? layer->package : NULL;
}

static bool is_compatible(const struct pl_layer_decl *layer, const struct pl_value *runtime)
{
    for (uint32_t i = 0; i < layer->n_compatible_runtime; i++) {
        const struct pl_value *one = &layer->compatible_runtime[i];
        if (!pl_value_has(one) || pl_slice_eq(one->text, runtime->text)) {
            return true;
        }
    }
    return layer->n_compatible_runtime == 0;
}

PL_STATUS pl_check_layer_runtime(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_function_decl *decl = ctx->function->decl;
    for (uint32_t i = 0; i < ctx->function->n_layer; i++) {
        const struct pl_layer *layer = layer_at(ctx, i);
        if (!layer || is_compatible(layer->decl, &decl->runtime)) {
            continue;
        }
        struct pl_slice id;
        struct pl_emit what = PL_EMIT_INIT;
        what.at = decl->layer[i].name.at;
        enum pl_status status = pl_safe(ctx, layer->decl->id, &id, err);
        if (!status) {
            status = pl_emit(ctx, &what, err, "layer %.*s says that it is not for %s", PL_TEXT(id),
                             ctx->function->runtime->id);
        }
        if (status) {
            return status;
        }
    }
    return PL_OK;
}

PL_STATUS pl_check_layer_architecture(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_function *fn = ctx->function;
    for (uint32_t i = 0; i < fn->n_layer; i++) {
        const struct pl_layer *layer = layer_at(ctx, i);
        enum pl_arch of = layer && pl_value_has(&layer->decl->architecture)
                              ? pl_arch_parse(layer->decl->architecture.text)
                              : PL_ARCH_UNKNOWN;
        if (of == PL_ARCH_UNKNOWN || fn->arch == PL_ARCH_UNKNOWN || of == fn->arch) {
            continue;
        }
        struct pl_slice id;
        struct pl_emit what = PL_EMIT_INIT;
        what.at = fn->decl->layer[i].name.at;
        enum pl_status status = pl_safe(ctx, layer->decl->id, &id, err);
        if (!status) {
            status = pl_emit(ctx, &what, err, "layer %.*s is for %s, the function for %s",
                             PL_TEXT(id), pl_arch_name(of), pl_arch_name(fn->arch));
        }
        if (status) {
            return status;
        }
    }
    return PL_OK;
}

PL_STATUS pl_check_layers_on_image(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_function_decl *decl = ctx->function->decl;
    if (decl->n_layer == 0 || !pl_is_image(ctx)) {
        return PL_OK;
    }
    struct pl_emit what = PL_EMIT_INIT;
    what.at = decl->layers_at;
    what.severity = decl->layers_at.file > 0 ? PL_SEV_OFF : PL_SEV_WARNING;
    return pl_emit(ctx, &what, err, "layers are given, and the package is a container image");
}

/* Plain Node.js searches NODE_PATH for require alone; Lambda's builds do so for ES modules from 18
 * on. */
PL_STATUS pl_check_esm_ignores_layers(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_function *fn = ctx->function;
    const struct pl_entry *at = pl_ref_entry(fn->load.at);
    if (fn->runtime->version_major >= 18 || !at || !pl_slice_ends(at->name, PL_SLICE(".mjs"))) {
        return PL_OK;
    }
    for (uint32_t i = 0; i < fn->n_layer; i++) {
        const struct pl_package *layer = contents_at(ctx, i);
        if (layer && pl_tree_find(&layer->tree, PL_SLICE("nodejs/node_modules")) != PL_ENTRY_NONE) {
            struct pl_emit what = PL_EMIT_INIT;
            what.member = fn->load.at;
            what.at = fn->decl->layer[i].name.at;
            return pl_emit(ctx, &what, err,
                           "an ES module on %s does not find packages of layers by their names",
                           fn->runtime->id);
        }
    }
    return PL_OK;
}

/* ---------------------------------------------------------------- layers over layers */

static bool is_other(const struct pl_entry *a, const struct pl_entry *b)
{
    return a->size != b->size || (a->crc && b->crc && a->crc != b->crc);
}

struct clash {
    uint32_t first; /* in the later layer */
    uint32_t count;
};

static void note(struct clash *clash, uint32_t entry)
{
    clash->first = clash->count == 0 ? entry : clash->first;
    clash->count++;
}

/* Files of `later` that take the place of other ones of `earlier`, and what cannot lie in one
 * place. */
static void compare(const struct pl_tree *earlier, const struct pl_tree *later,
                    struct clash *shadowed, struct clash *conflict)
{
    for (uint32_t i = 0; i < later->n; i++) {
        const struct pl_entry *mine = &later->entry[i];
        uint32_t at =
            mine->flags & PL_ENTRY_SHADOWED ? PL_ENTRY_NONE : pl_tree_find(earlier, mine->name);
        if (at == PL_ENTRY_NONE) {
            continue;
        }
        const struct pl_entry *theirs = &earlier->entry[at];
        bool folder = mine->type == PL_ENTRY_FOLDER;
        if (folder != (theirs->type == PL_ENTRY_FOLDER)) {
            note(conflict, i);
        } else if (!folder && is_other(mine, theirs)) {
            note(shadowed, i);
        }
    }
}

typedef PL_STATUS (*say_clash)(struct pl_rule_ctx *ctx, const struct pl_emit *what,
                               struct pl_slice earlier, uint32_t count, struct pl_err *err);

static PL_STATUS each_pair(struct pl_rule_ctx *ctx, bool want_conflict, say_clash say,
                           struct pl_err *err)
{
    const struct pl_function *fn = ctx->function;
    for (uint32_t i = 0; i < fn->n_layer; i++) {
        for (uint32_t k = 0; k < i; k++) {
            const struct pl_package *later = contents_at(ctx, i);
            const struct pl_package *earlier = contents_at(ctx, k);
            struct clash shadowed = {0};
            struct clash conflict = {0};
            if (later && earlier && later != earlier) {
                compare(&earlier->tree, &later->tree, &shadowed, &conflict);
            }
            const struct clash *clash = want_conflict ? &conflict : &shadowed;
            const struct pl_layer *below = layer_at(ctx, k);
            if (clash->count == 0 || !below) {
                continue;
            }
            struct pl_slice id;
            struct pl_emit what = PL_EMIT_INIT;
            what.member = (struct pl_ref){later, clash->first};
            what.at = fn->decl->layer[i].name.at;
            if (pl_safe(ctx, below->decl->id, &id, err) != PL_OK ||
                say(ctx, &what, id, clash->count, err) != PL_OK) {
                return err->code;
            }
        }
    }
    return PL_OK;
}

static PL_STATUS say_shadowed(struct pl_rule_ctx *ctx, const struct pl_emit *what,
                              struct pl_slice earlier, uint32_t count, struct pl_err *err)
{
    if (count == 1) {
        return pl_emit(ctx, what, err, "it takes the place of a different file of layer %.*s",
                       PL_TEXT(earlier));
    }
    return pl_emit(ctx, what, err, "it and %u more take the place of different files of layer %.*s",
                   count - 1, PL_TEXT(earlier));
}

static PL_STATUS say_conflict(struct pl_rule_ctx *ctx, const struct pl_emit *what,
                              struct pl_slice earlier, uint32_t count, struct pl_err *err)
{
    bool folder = pl_ref_entry(what->member)->type == PL_ENTRY_FOLDER;
    return pl_emit(ctx, what, err, "a %s here and a %s in layer %.*s%s", folder ? "folder" : "file",
                   folder ? "file" : "folder", PL_TEXT(earlier),
                   count > 1 ? ", and others like it" : "");
}

PL_STATUS pl_check_layer_shadowed(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    return each_pair(ctx, false, say_shadowed, err);
}

PL_STATUS pl_check_layer_conflict(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    return each_pair(ctx, true, say_conflict, err);
}

/* ---------------------------------------------------------------- extensions */

/* A file directly in extensions/, which Lambda starts. */
static bool is_extension(const struct pl_entry *entry)
{
    return entry->type == PL_ENTRY_FILE && !(entry->flags & PL_ENTRY_SHADOWED) &&
           pl_slice_is(pl_slice_dirname(entry->name), "extensions");
}

/* Why its contents cannot be started; NULL: they can, or they are not known. */
static const char *wrong_with_contents(const struct pl_package *package, uint32_t entry)
{
    bool is_read = package->marks && package->read_state && package->state != PL_PACKAGE_SOURCE &&
                   (package->read_state[entry] == PL_READ_WHOLE ||
                    package->read_state[entry] == PL_READ_START);
    uint32_t found = is_read ? package->marks[entry].found : PL_MARK_ELF;
    if (found & PL_MARK_CRLF) {
        return "its #! line ends in a carriage return: Linux looks for an interpreter of that name";
    }
    return found & (PL_MARK_ELF | PL_MARK_SCRIPT)
               ? NULL
               : "neither a program (ELF) nor a script (#!): Lambda cannot start this extension";
}

static PL_STATUS check_extension(struct pl_rule_ctx *ctx, uint32_t i, struct pl_err *err)
{
    const struct pl_package *package = ctx->package;
    int32_t mode = package->tree.entry[i].mode;
    const char *wrong = wrong_with_contents(package, i);
    struct pl_emit what = PL_EMIT_INIT;
    what.member = (struct pl_ref){package, i};
    if (mode != PL_MODE_NONE && (mode & 05) != 05) {
        what.severity = package->kind == PL_KIND_FOLDER ? PL_SEV_WARNING : PL_SEV_ERROR;
        return pl_emit(ctx, &what, err, "mode %03o: Lambda cannot start this extension",
                       (unsigned)mode & 0777u);
    }
    if (!wrong) {
        return PL_OK;
    }
    if (package->marks[i].found & PL_MARK_CRLF) {
        what.member_line = 1;
        what.mend = PL_SLICE("Save it with LF line ends (dos2unix, or * text=auto eol=lf in "
                             ".gitattributes).");
    }
    return pl_emit(ctx, &what, err, "%s", wrong);
}

PL_STATUS pl_check_extension_mode(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    for (uint32_t i = 0; i < ctx->package->tree.n; i++) {
        if (is_extension(&ctx->package->tree.entry[i]) && check_extension(ctx, i, err) != PL_OK) {
            return err->code;
        }
    }
    return PL_OK;
}

PL_STATUS pl_check_too_many_extensions(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < ctx->function->n_layer; i++) {
        const struct pl_package *layer = contents_at(ctx, i);
        for (uint32_t e = 0; layer && e < layer->tree.n; e++) {
            bool again = false;
            for (uint32_t k = i + 1; k < ctx->function->n_layer && !again; k++) {
                const struct pl_package *later = contents_at(ctx, k);
                again = later && is_extension(&layer->tree.entry[e]) &&
                        pl_tree_find(&later->tree, layer->tree.entry[e].name) != PL_ENTRY_NONE;
            }
            n += is_extension(&layer->tree.entry[e]) && !again;
        }
    }
    const struct pl_image_run *run = ctx->function->run;
    n = run ? run->n_extension : n; /* an image takes no layers */
    if (n <= EXTENSIONS_MAX) {
        return PL_OK;
    }
    struct pl_emit what = PL_EMIT_INIT;
    what.at = pl_layers_at(ctx->function->decl);
    return pl_emit(ctx, &what, err, "%s %u extensions; %u may register",
                   run ? "the image's /opt/extensions holds" : "its layers hold", n,
                   (unsigned)EXTENSIONS_MAX);
}
