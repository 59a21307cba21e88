#include "cmd/search_names.h"

#include <stddef.h>

static bool is_one_of(struct pl_slice word, const char *const *list)
{
    for (; *list; list++) {
        if (pl_slice_is(word, *list)) {
            return true;
        }
    }
    return false;
}

/* From the last dot on; empty without one. */
static struct pl_slice ending_of(struct pl_slice name)
{
    return pl_slice_sub(name, pl_slice_rfind(name, '.'), name.len);
}

enum pl_search_kind pl_search_kind(struct pl_slice path)
{
    static const char *const templates[] = {"template.yaml",
                                            "template.yml",
                                            "template.json",
                                            "serverless.yml",
                                            "serverless.yaml",
                                            "serverless.json",
                                            NULL};
    static const char *const programs[] = {"serverless.ts", "serverless.js", "serverless.mjs",
                                           "serverless.cjs", NULL};
    static const char *const texts[] = {".yaml", ".yml", ".json", ".template", NULL};
    /* Of tools, large, and never a template. */
    static const char *const others[] = {"package.json",   "package-lock.json", "tsconfig.json",
                                         "pnpm-lock.yaml", "composer.json",     NULL};
    struct pl_slice name = pl_slice_basename(path);
    if (pl_slice_is(name, "plimsoll.yaml")) {
        return PL_SEARCH_MANIFEST;
    }
    if (is_one_of(name, templates) || pl_slice_ends(name, PL_SLICE(".template.json")) ||
        pl_slice_ends(name, PL_SLICE(".template.yaml")) ||
        pl_slice_ends(name, PL_SLICE(".template.yml"))) {
        return PL_SEARCH_TEMPLATE;
    }
    if (pl_slice_is(name, "cdk.json")) {
        return PL_SEARCH_CDK;
    }
    if (is_one_of(name, programs)) {
        return PL_SEARCH_PROGRAM;
    }
    if (is_one_of(ending_of(name), texts) && !is_one_of(name, others) &&
        !pl_slice_ends(name, PL_SLICE(".zip.json"))) {
        return PL_SEARCH_TEXT;
    }
    return pl_slice_ends(name, PL_SLICE(".zip")) ? PL_SEARCH_ZIP : PL_SEARCH_OTHER;
}

bool pl_search_is_plan(struct pl_slice path)
{
    return pl_slice_ends(path, PL_SLICE("plan.json"));
}

bool pl_search_never(struct pl_slice name)
{
    static const char *const never[] = {
        ".git", ".hg",           ".svn",        "node_modules",  ".venv",
        "venv", ".terraform",    ".serverless", ".aws-sam",      ".tox",
        ".nox", "site-packages", "__pycache__", ".pytest_cache", NULL};
    /* asset.*: what cdk synth copied. */
    return is_one_of(name, never) || pl_slice_starts(name, PL_SLICE("asset."));
}

/* Configuration of tools in a language that a handler could be written in. */
static bool is_of_tool(struct pl_slice name)
{
    static const char *const tools[] = {
        "setup.py",       "conftest.py",    "noxfile.py", "tasks.py",      "gulpfile.js",
        "Gruntfile.js",   "gulpfile.ts",    "fabfile.py", "serverless.ts", "serverless.js",
        "serverless.mjs", "serverless.cjs", NULL};
    struct pl_slice stem = pl_slice_sub(name, 0, name.len - ending_of(name).len);
    return is_one_of(name, tools) || pl_slice_ends(stem, PL_SLICE(".config")) ||
           pl_slice_ends(stem, PL_SLICE(".setup")) || pl_slice_starts(name, PL_SLICE("."));
}

bool pl_search_is_code(struct pl_slice name, bool is_folder)
{
    static const char *const endings[] = {".py",   ".pyc", ".so", ".js",    ".mjs", ".cjs", ".ts",
                                          ".mts",  ".cts", ".rb", ".class", ".jar", ".dll", ".go",
                                          ".java", ".kt",  ".cs", ".rs",    NULL};
    if (is_folder) {
        return pl_slice_ends(name, PL_SLICE(".dist-info")) || pl_slice_is(name, "META-INF");
    }
    return pl_slice_is(name, "bootstrap") ||
           (is_one_of(ending_of(name), endings) && !is_of_tool(name));
}

bool pl_search_is_layer_folder(struct pl_slice name)
{
    static const char *const known[] = {"bin",    "dotnetcore", "extensions", "java", "lib",
                                        "nodejs", "python",     "ruby",       NULL};
    return is_one_of(name, known);
}

bool pl_search_is_beside(struct pl_slice name)
{
    static const char *const endings[] = {".zip",    ".md",  ".txt", ".sha256", ".sha512", ".sha1",
                                          ".base64", ".sig", ".asc", ".log",    ".csv",    NULL};
    return is_one_of(ending_of(name), endings) || pl_slice_ends(name, PL_SLICE(".zip.json")) ||
           pl_slice_starts(name, PL_SLICE(".")) || pl_slice_is(name, "LICENSE") ||
           pl_slice_is(name, "SHA256SUMS");
}
