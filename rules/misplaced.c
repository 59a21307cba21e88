/*
 * A module that lies at a wrong place may still be found by its path (require("/opt/nodejs/x"),
 * sys.path.append), so what is here is likely, never certain.
 */
#include "rules/misplaced.h"

static bool is_at(const struct pl_tree *tree, struct pl_slice name)
{
    return pl_tree_find(tree, name) != PL_ENTRY_NONE;
}

/* The folder of a file that is exactly `depth` folders deep and is called like one of these. */
static bool marks_folder(const struct pl_entry *entry, size_t depth, const char *const *names)
{
    struct pl_slice folder = pl_slice_dirname(entry->name);
    struct pl_slice base = pl_slice_basename(entry->name);
    size_t parts = folder.len > 0;
    for (size_t i = 0; i < folder.len; i++) {
        parts += folder.ptr[i] == '/';
    }
    for (size_t i = 0; entry->type == PL_ENTRY_FILE && parts == depth && names[i]; i++) {
        if (pl_slice_is(base, names[i])) {
            return true;
        }
    }
    return false;
}

/* "python3.12", "node22": a version's folder without what belongs in front of it. */
static bool is_version_folder(struct pl_slice name)
{
    static const struct pl_slice starts[] = {PL_SLICE_INIT("python3."), PL_SLICE_INIT("node")};
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        uint64_t number = 0;
        if (pl_slice_starts(name, starts[i]) &&
            pl_slice_u64(pl_slice_sub(name, starts[i].len, name.len), &number)) {
            return true;
        }
    }
    return false;
}

/* What is started or read by its path: programs, extensions, a custom runtime, a wrapper. */
static bool is_tool(const struct pl_tree *tree)
{
    if (is_at(tree, PL_SLICE("bin")) || is_at(tree, PL_SLICE("extensions")) ||
        is_at(tree, PL_SLICE("bootstrap"))) {
        return true;
    }
    for (uint32_t i = 0; i < tree->n; i++) {
        const struct pl_entry *entry = &tree->entry[i];
        bool at_root = pl_slice_find(entry->name, '/') == entry->name.len;
        bool plain = pl_slice_find(entry->name, '.') == entry->name.len;
        if (at_root && plain && entry->type == PL_ENTRY_FILE && (entry->mode & 0111) != 0) {
            return true;
        }
    }
    return false;
}

static bool holds_program(const struct pl_tree *tree, struct pl_slice folder)
{
    for (uint32_t i = 0; i < tree->n; i++) {
        struct pl_slice rest = pl_slice_sub(tree->entry[i].name, folder.len, SIZE_MAX);
        if (pl_slice_starts(tree->entry[i].name, folder) &&
            pl_slice_starts(rest, PL_SLICE("/bin"))) {
            return true;
        }
    }
    return false;
}

/* Packages and modules at the root, where nothing of a runtime's own is. */
static bool at_root(const struct pl_tree *tree, struct pl_misplaced *ret)
{
    static const char *const python[] = {"__init__.py", "__init__.pyc", NULL};
    static const char *const node[] = {"package.json", NULL};
    for (uint32_t i = 0; i < tree->n; i++) {
        const struct pl_entry *entry = &tree->entry[i];
        bool top = pl_slice_find(entry->name, '/') == entry->name.len;
        *ret = (struct pl_misplaced){.entry = i};
        if (top && entry->type == PL_ENTRY_FOLDER && is_version_folder(entry->name) &&
            !holds_program(tree, entry->name)) {
            ret->what = "no runtime looks into this folder at the root of a layer";
            ret->mend = "Python: python/ or python/lib/python3.X/site-packages/; Node.js: "
                        "nodejs/node_modules/ or nodejs/nodeXX/node_modules/";
        } else if ((top && entry->type == PL_ENTRY_FILE &&
                    pl_slice_ends(entry->name, PL_SLICE(".py"))) ||
                   marks_folder(entry, 1, python)) {
            ret->what = "Python looks for modules and packages in python/, not at the root";
            ret->mend = "pip install --target python ..., own modules into python/ as well, then "
                        "zip python";
        } else if (marks_folder(entry, 1, node)) {
            ret->what = "Node.js looks for packages in nodejs/node_modules, not at the root";
            ret->mend = "npm install --prefix nodejs ..., then zip nodejs";
        }
        if (ret->what) {
            return true;
        }
    }
    return false;
}

/* nodejs/PACKAGE without node_modules between. */
static bool below_nodejs(const struct pl_tree *tree, struct pl_misplaced *ret)
{
    static const char *const marks[] = {"package.json", "index.js", "index.mjs", "index.cjs", NULL};
    static const struct pl_slice nodejs = PL_SLICE_INIT("nodejs/");
    static const struct pl_slice modules = PL_SLICE_INIT("/node_modules/");
    uint32_t found = PL_ENTRY_NONE;
    for (uint32_t i = 0; i < tree->n; i++) {
        const struct pl_entry *entry = &tree->entry[i];
        if (!pl_slice_starts(entry->name, nodejs)) {
            continue;
        }
        if (pl_slice_find_text(entry->name, modules) < entry->name.len) {
            return false;
        }
        found = found == PL_ENTRY_NONE && marks_folder(entry, 2, marks) ? i : found;
    }
    *ret = (struct pl_misplaced){
        found, "Node.js looks for packages in nodejs/node_modules, not in nodejs/ itself",
        "npm install --prefix nodejs ..., then zip nodejs; what stays here is found by its path "
        "only: require(\"/opt/nodejs/...\")"};
    return found != PL_ENTRY_NONE;
}

/* All files below `top` lie below `wrong`, which is none of Python's folders. */
static bool all_below(const struct pl_tree *tree, struct pl_slice top, struct pl_slice wrong,
                      struct pl_misplaced *ret)
{
    bool any = false;
    for (uint32_t i = 0; i < tree->n; i++) {
        const struct pl_entry *entry = &tree->entry[i];
        if (entry->type == PL_ENTRY_FOLDER || !pl_slice_starts(entry->name, top)) {
            continue;
        }
        if (!pl_slice_starts(entry->name, wrong)) {
            return false;
        }
        any = true;
    }
    *ret = (struct pl_misplaced){pl_tree_find(tree, pl_slice_sub(wrong, 0, wrong.len - 1)),
                                 "Python looks into python/ and python/lib/python3.X/site-packages",
                                 "pip install --target python ..., then zip python"};
    return any;
}

/* lib/python3.12/site-packages: a virtual environment's folder, without python/ in front. */
static bool below_lib(const struct pl_tree *tree, struct pl_misplaced *ret)
{
    static const struct pl_slice start = PL_SLICE_INIT("lib/python3.");
    static const struct pl_slice site = PL_SLICE_INIT("/site-packages");
    for (uint32_t i = 0; i < tree->n; i++) {
        const struct pl_entry *entry = &tree->entry[i];
        if (entry->type == PL_ENTRY_FOLDER && pl_slice_starts(entry->name, start) &&
            pl_slice_find_text(entry->name, site) + site.len == entry->name.len) {
            *ret = (struct pl_misplaced){i, "Python looks into python/lib/python3.X/site-packages",
                                         "mkdir python && mv lib python/, then zip python"};
            return true;
        }
    }
    return false;
}

bool pl_layer_misplaced(const struct pl_tree *tree, struct pl_misplaced *ret)
{
    static const char *const of_runtimes[] = {"python", "nodejs", "java", "ruby", "dotnetcore"};
    bool any = false;
    for (size_t i = 0; i < sizeof of_runtimes / sizeof *of_runtimes; i++) {
        any |= is_at(tree, pl_slice_of(of_runtimes[i]));
    }
    if (is_tool(tree)) {
        return false;
    }
    if (!any) {
        return is_at(tree, PL_SLICE("lib")) ? below_lib(tree, ret) : at_root(tree, ret);
    }
    return below_nodejs(tree, ret) ||
           all_below(tree, PL_SLICE("python/"), PL_SLICE("python/site-packages/"), ret) ||
           all_below(tree, PL_SLICE("python/"), PL_SLICE("python/lib/site-packages/"), ret);
}
