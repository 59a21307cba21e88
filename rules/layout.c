/* PL402: is a layer laid out so that any runtime finds what is in it? */
#include "rules/checks.h"
#include "rules/misplaced.h"

#include <stdio.h>

enum { FOLDER_TEXT = 64 };

static bool is_known_folder(struct pl_slice name)
{
    static const char *const known[] = {"bin", "dotnetcore", "extensions", "java",
                                        "lib", "nodejs",     "python",     "ruby"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (pl_slice_is(name, known[i])) {
            return true;
        }
    }
    return false;
}

static struct pl_slice first_part(struct pl_slice name)
{
    return pl_slice_sub(name, 0, pl_slice_find(name, '/'));
}

/* Has the root anything that a runtime looks at?  Data is none of it, and needs none. */
static bool has_known_root(const struct pl_tree *tree)
{
    for (uint32_t i = 0; i < tree->n; i++) {
        struct pl_slice name = tree->entry[i].name;
        if (is_known_folder(first_part(name)) || pl_slice_is(name, "bootstrap")) {
            return true;
        }
    }
    return false;
}

/* The only thing at the root, when it is a folder. */
static struct pl_slice only_folder(const struct pl_tree *tree)
{
    struct pl_slice only = {0};
    for (uint32_t i = 0; i < tree->n; i++) {
        struct pl_slice name = tree->entry[i].name;
        struct pl_slice first = first_part(name);
        bool at_root = first.len == name.len;
        if ((at_root && tree->entry[i].type != PL_ENTRY_FOLDER) ||
            (only.len > 0 && !pl_slice_eq(first, only))) {
            return (struct pl_slice){0};
        }
        only = first;
    }
    return only;
}

struct mistake {
    uint32_t entry;
    const char *what; /* static */
    const char *mend;
};

/* "X/python/..." where X is all that the root has, and has nothing but folders of runtimes. */
static bool is_too_deep(const struct pl_tree *tree, struct mistake *ret)
{
    struct pl_slice only = only_folder(tree);
    bool found = false;
    for (uint32_t i = 0; only.len > 0 && i < tree->n; i++) {
        struct pl_slice below = pl_slice_sub(tree->entry[i].name, only.len + 1, SIZE_MAX);
        struct pl_slice first = first_part(below);
        if (below.len == 0) {
            continue;
        }
        if (!is_known_folder(first) ||
            (first.len == below.len && tree->entry[i].type != PL_ENTRY_FOLDER)) {
            return false;
        }
        found |= !pl_slice_is(first, "bin") && !pl_slice_is(first, "lib");
    }
    *ret = (struct mistake){found ? pl_tree_find(tree, only) : PL_ENTRY_NONE,
                            "one folder too many: the folders that runtimes search stand below it",
                            "zip from inside the folder: cd FOLDER && zip -r ../layer.zip ."};
    return found;
}

/* Nothing but jars at the root.  An agent is started by its path, so it may lie anywhere. */
static bool is_all_jars(const struct pl_tree *tree)
{
    for (uint32_t i = 0; i < tree->n; i++) {
        struct pl_slice name = tree->entry[i].name;
        if (tree->entry[i].type != PL_ENTRY_FILE || first_part(name).len < name.len ||
            !pl_slice_ends(name, PL_SLICE(".jar")) ||
            pl_slice_find_text(name, PL_SLICE("agent")) < name.len) {
            return false;
        }
    }
    return tree->n > 0;
}

static bool find_mistake(const struct pl_tree *tree, struct mistake *ret)
{
    for (uint32_t i = 0; i < tree->n; i++) {
        struct pl_slice name = tree->entry[i].name;
        bool folder = tree->entry[i].type == PL_ENTRY_FOLDER;
        if (first_part(name).len < name.len) {
            continue;
        }
        *ret = (struct mistake){.entry = i};
        if (folder && pl_slice_is(name, "node_modules")) {
            ret->what = "Node.js looks for it in nodejs/node_modules";
            ret->mend = "mkdir nodejs && mv node_modules nodejs/, then zip nodejs";
        } else if (folder && (pl_slice_is(name, "site-packages") ||
                              pl_slice_ends(name, PL_SLICE(".dist-info")))) {
            ret->what = "Python looks for packages in python/";
            ret->mend = "pip install --target python ..., then zip python";
        } else if (i == 0 && is_all_jars(tree)) {
            ret->what = "Java looks for jars in java/lib/";
            ret->mend = "mkdir -p java/lib && mv *.jar java/lib/, then zip java";
        }
        if (ret->what) {
            return true;
        }
    }
    return is_too_deep(tree, ret);
}

/* A setting that may lead a runtime to other folders. */
static bool is_search_path(struct pl_slice name)
{
    static const char *const key[] = {"PYTHONPATH",
                                      "NODE_PATH",
                                      "CLASSPATH",
                                      "GEM_PATH",
                                      "RUBYLIB",
                                      "JAVA_TOOL_OPTIONS",
                                      "AWS_LAMBDA_EXEC_WRAPPER"};
    for (size_t k = 0; k < sizeof key / sizeof *key; k++) {
        if (pl_slice_is(name, key[k])) {
            return true;
        }
    }
    return false;
}

static bool may_look_elsewhere(const struct pl_rule_ctx *ctx)
{
    for (uint32_t f = 0; f < ctx->survey->n_function; f++) {
        const struct pl_function_decl *decl = ctx->survey->function[f].decl;
        for (uint32_t i = 0; i < decl->n_env; i++) {
            if (is_search_path(decl->env[i].key)) {
                return true;
            }
        }
    }
    return false;
}

/* Where a runtime looks for a version's own folder: "python/lib/python" + "3.13". */
static bool version_folder(const struct pl_runtime *runtime, const char **ret_start,
                           char ret_own[FOLDER_TEXT])
{
    int n = 0;
    switch (runtime->language) {
    case PL_LANG_PYTHON:
        *ret_start = "python/lib/python";
        n = snprintf(ret_own, FOLDER_TEXT, "%s%u.%u", *ret_start, runtime->version_major,
                     runtime->version_minor);
        break;
    case PL_LANG_NODEJS:
        *ret_start = "nodejs/node";
        n = snprintf(ret_own, FOLDER_TEXT, "%s%u", *ret_start, runtime->version_major);
        break;
    case PL_LANG_RUBY:
        *ret_start = "ruby/gems/";
        n = snprintf(ret_own, FOLDER_TEXT, "%s%u.%u.0", *ret_start, runtime->version_major,
                     runtime->version_minor);
        break;
    case PL_LANG_JAVA:
    case PL_LANG_DOTNET:
    case PL_LANG_GO:
    case PL_LANG_CUSTOM:
        return false;
    }
    return n > 0 && n < FOLDER_TEXT;
}

/* The folder of another version, when the layer has nothing else for this language. */
static uint32_t only_other_version(const struct pl_tree *tree, const struct pl_runtime *runtime)
{
    const char *start = "";
    char own[FOLDER_TEXT];
    uint32_t other = PL_ENTRY_NONE;
    if (!version_folder(runtime, &start, own)) {
        return PL_ENTRY_NONE;
    }
    struct pl_slice language = first_part(pl_slice_of(start));
    for (uint32_t i = 0; i < tree->n; i++) {
        const struct pl_entry *entry = &tree->entry[i];
        struct pl_slice rest = pl_slice_sub(entry->name, pl_slice_of(start).len, SIZE_MAX);
        bool versioned = pl_slice_starts(entry->name, pl_slice_of(start)) && rest.len > 0 &&
                         rest.ptr[0] >= '0' && rest.ptr[0] <= '9';
        bool at_top = versioned && pl_slice_find(rest, '/') == rest.len;
        if (at_top && entry->type == PL_ENTRY_FOLDER) {
            if (pl_slice_is(entry->name, own)) {
                return PL_ENTRY_NONE;
            }
            other = i;
        } else if (!versioned && entry->type != PL_ENTRY_FOLDER &&
                   pl_slice_eq(first_part(entry->name), language)) {
            return PL_ENTRY_NONE; /* something else that may be found */
        }
    }
    return other;
}

static PL_STATUS check_versions(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_survey *survey = ctx->survey;
    for (uint32_t f = 0; f < survey->n_function; f++) {
        const struct pl_function *fn = &survey->function[f];
        bool uses = false;
        for (uint32_t i = 0; i < fn->n_layer; i++) {
            uses |= fn->layer[i] != PL_NO_INDEX && &survey->layer[fn->layer[i]] == ctx->layer;
        }
        uint32_t other = uses && fn->runtime ? only_other_version(&ctx->package->tree, fn->runtime)
                                             : PL_ENTRY_NONE;
        if (other == PL_ENTRY_NONE) {
            continue;
        }
        struct pl_emit what = PL_EMIT_INIT;
        what.member = (struct pl_ref){ctx->package, other};
        what.function = fn;
        enum pl_status status =
            pl_emit(ctx, &what, err, "%s does not look into this folder", fn->runtime->id);
        if (status) {
            return status;
        }
    }
    return PL_OK;
}

PL_STATUS pl_check_layer_layout(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_tree *tree = &ctx->package->tree;
    struct mistake mistake = {0};
    struct pl_misplaced likely = {0};
    struct pl_emit what = PL_EMIT_INIT;
    if (may_look_elsewhere(ctx)) {
        return pl_skip(ctx, err, "the environment changes where modules are searched");
    }
    if (has_known_root(tree) || !find_mistake(tree, &mistake)) {
        if (!pl_layer_misplaced(tree, &likely)) {
            return check_versions(ctx, err);
        }
        mistake = (struct mistake){likely.entry, likely.what, likely.mend};
        what.severity = PL_SEV_WARNING;
        what.confidence = PL_LIKELY;
    }
    what.member = (struct pl_ref){ctx->package, mistake.entry};
    what.mend = pl_slice_of(mistake.mend);
    return pl_emit(ctx, &what, err, "%s", mistake.what);
}
