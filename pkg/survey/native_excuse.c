/*
 * Why an npm package without a build for this platform may do no harm.  Only packages that would be
 * told about are read, so this costs nothing where all is well.
 */
#include "pkg/base/doc.h"
#include "pkg/base/limits.h"
#include "pkg/survey/native_judge.h"

/* A package.json has some kilobytes; the code around an addon is small as well. */
#define FILE_BYTES PL_MB(1)
enum { SCRIPTS_MAX = 200, MANIFESTS_MAX = 5000 };

static const struct pl_slice MANIFEST = PL_SLICE_INIT("package.json");

PL_STATUS pl_native_read_text(const struct pl_package *package, uint32_t entry, struct pl_buf *to,
                              struct pl_err *err)
{
    pl_buf_clear(to);
    if (package->tree.entry[entry].size > FILE_BYTES) {
        return PL_OK;
    }
    enum pl_status status = package->tree.ops->read(&package->tree, entry, FILE_BYTES, to, err);
    if (status == PL_ERR_FORMAT || status == PL_ERR_LIMIT) {
        pl_buf_clear(to);
        return PL_OK;
    }
    return status;
}

/* "os": ["darwin"], ["!win32"]: does npm's rule let `mine` pass? */
static bool allows(const struct pl_doc *doc, const char *key, const char *mine)
{
    uint32_t list = pl_doc_get(doc, doc->root, key);
    const struct pl_node *node = pl_doc_node(doc, list);
    bool named = false;
    if (node->kind != PL_NODE_SEQ) {
        return node->kind != PL_NODE_SCALAR || pl_slice_is(node->text, mine) ||
               pl_slice_is(node->text, "any");
    }
    for (uint32_t i = node->child; i != PL_NODE_NONE; i = pl_doc_node(doc, i)->next) {
        struct pl_slice word = pl_doc_node(doc, i)->text;
        bool without = word.len > 0 && word.ptr[0] == '!';
        if (pl_slice_is(without ? pl_slice_sub(word, 1, word.len) : word, mine)) {
            return !without;
        }
        named = named || !without;
    }
    return !named;
}

static bool lists(const struct pl_doc *doc, const char *key, struct pl_slice name)
{
    const struct pl_node *map = pl_doc_node(doc, pl_doc_get(doc, doc->root, key));
    if (map->kind != PL_NODE_MAP) {
        return false;
    }
    uint32_t i = map->child;
    while (i != PL_NODE_NONE) {
        const struct pl_node *word = pl_doc_node(doc, i);
        if (pl_slice_eq(word->text, name)) {
            return true;
        }
        const struct pl_node *value = pl_doc_node(doc, word->next);
        i = value->next;
    }
    return false;
}

PL_STATUS pl_native_parse_json(struct pl_slice text, struct pl_doc *ret, bool *ret_is,
                               struct pl_err *err)
{
    struct pl_err refused = {0};
    enum pl_status status = pl_json_parse(ret, text, 0, "package.json", &refused);
    *ret_is = status == PL_OK;
    if (status == PL_ERR_NOMEM) {
        *err = refused;
        return status;
    }
    return PL_OK;
}

static PL_STATUS read_own(struct pl_native_judging *j, const struct pl_package *package,
                          struct pl_slice folder, struct pl_buf *text, struct pl_native_excuse *ret,
                          struct pl_err *err)
{
    struct pl_slice path;
    struct pl_doc doc;
    bool is = false;
    if (pl_look_fmt(&j->l, &path, err, "%.*s/package.json", PL_ARG(folder)) != PL_OK) {
        return err->code;
    }
    uint32_t entry = pl_tree_find(&package->tree, path);
    if (entry == PL_ENTRY_NONE) {
        return PL_OK;
    }
    if (pl_native_read_text(package, entry, text, err) != PL_OK ||
        pl_native_parse_json(pl_buf_view(text), &doc, &is, err) != PL_OK) {
        return err->code;
    }
    if (is) {
        const char *cpu = j->arch == PL_ARCH_ARM64 ? "arm64" : "x64";
        ret->other_platform = !allows(&doc, "os", "linux") || !allows(&doc, "libc", "glibc") ||
                              (j->arch != PL_ARCH_UNKNOWN && !allows(&doc, "cpu", cpu));
        pl_doc_done(&doc);
    }
    return PL_OK;
}

/* Is the text before `at` the beginning of a try block, with nothing closed since? */
static bool in_try(struct pl_slice text, size_t at)
{
    enum { NEAR = 400 };
    size_t depth = 0;
    for (size_t i = at; i > 0 && at - i < NEAR; i--) {
        char c = text.ptr[i - 1];
        if (c == '}') {
            depth++;
        } else if (c == '{' && depth > 0) {
            depth--;
        } else if (c == '{') {
            struct pl_slice before = pl_slice_trim(pl_slice_sub(text, 0, i - 1));
            if (pl_slice_ends(before, PL_SLICE("try"))) {
                return true;
            }
        }
    }
    return false;
}

/* Does a script ask for an addon, and only within try blocks? */
static void read_script(struct pl_slice text, bool *asks, bool *bare)
{
    static const struct pl_slice words[] = {
        PL_SLICE_INIT("node-gyp-build"), PL_SLICE_INIT("bindings"), PL_SLICE_INIT(".node"),
        PL_SLICE_INIT("build/Release"), PL_SLICE_INIT("node-pre-gyp")};
    static const struct pl_slice require = PL_SLICE_INIT("require(");
    size_t at = 0;
    for (;;) {
        struct pl_slice rest = pl_slice_sub(text, at, text.len);
        size_t found = pl_slice_find_text(rest, require);
        if (found == rest.len) {
            return;
        }
        size_t start = at + found;
        struct pl_slice what = pl_slice_sub(text, start, start + 120);
        what = pl_slice_sub(what, 0, pl_slice_find(what, ')'));
        for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
            if (pl_slice_find_text(what, words[i]) < what.len) {
                *asks = true;
                *bare = *bare || !in_try(text, start);
            }
        }
        at = start + require.len;
    }
}

/* The package's own scripts, without those of packages inside it and of its tests. */
static PL_STATUS read_scripts(const struct pl_package *package, struct pl_slice folder,
                              struct pl_buf *text, struct pl_native_excuse *ret, struct pl_err *err)
{
    uint32_t first = 0;
    uint32_t end = 0;
    uint32_t n = 0;
    bool asks = false;
    bool bare = false;
    pl_tree_range(&package->tree, folder, &first, &end);
    for (uint32_t i = first; i < end && n < SCRIPTS_MAX; i++) {
        struct pl_slice name = package->tree.entry[i].name;
        struct pl_slice inside = pl_slice_sub(name, folder.len, name.len);
        bool script = pl_slice_ends(name, PL_SLICE(".js")) || pl_slice_ends(name, PL_SLICE(".cjs"));
        if (package->tree.entry[i].type != PL_ENTRY_FILE || !script ||
            pl_slice_find_text(inside, PL_SLICE("/node_modules/")) < inside.len ||
            pl_slice_find_text(inside, PL_SLICE("/test")) < inside.len ||
            pl_slice_find_text(inside, PL_SLICE("/benchmark")) < inside.len) {
            continue;
        }
        n++;
        if (pl_native_read_text(package, i, text, err) != PL_OK) {
            return err->code;
        }
        read_script(pl_buf_view(text), &asks, &bare);
    }
    ret->optional = asks && !bare;
    return PL_OK;
}

/* Is it an optional dependency of some package in the view? */
static PL_STATUS read_dependents(const struct pl_package *package, struct pl_slice name,
                                 struct pl_buf *text, struct pl_native_excuse *ret,
                                 struct pl_err *err)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < package->tree.n && n < MANIFESTS_MAX && !ret->optional; i++) {
        const struct pl_entry *entry = &package->tree.entry[i];
        struct pl_doc doc;
        bool is = false;
        if (entry->type != PL_ENTRY_FILE ||
            !pl_slice_eq(pl_slice_basename(entry->name), MANIFEST)) {
            continue;
        }
        n++;
        if (pl_native_read_text(package, i, text, err) != PL_OK) {
            return err->code;
        }
        struct pl_slice bytes = pl_buf_view(text);
        if (pl_slice_find_text(bytes, PL_SLICE("\"optionalDependencies\"")) == bytes.len ||
            pl_slice_find_text(bytes, name) == bytes.len) {
            continue;
        }
        if (pl_native_parse_json(bytes, &doc, &is, err) != PL_OK) {
            return err->code;
        }
        if (is) {
            ret->optional = lists(&doc, "optionalDependencies", name);
            pl_doc_done(&doc);
        }
    }
    return PL_OK;
}

PL_STATUS pl_native_excuse_npm(struct pl_native_judging *j, const struct pl_native_file *file,
                               struct pl_slice folder, struct pl_slice name,
                               struct pl_native_excuse *ret, struct pl_err *err)
{
    const struct pl_package *package = file->at.package;
    struct pl_native_excuse excuse = {false, false};
    struct pl_buf text PL_CLEANUP(pl_buf_done) = {.max = FILE_BYTES};
    enum pl_status status = read_own(j, package, folder, &text, &excuse, err);
    if (status == PL_OK && !excuse.other_platform) {
        status = read_scripts(package, folder, &text, &excuse, err);
    }
    if (status == PL_OK && !excuse.other_platform && !excuse.optional) {
        status = read_dependents(package, name, &text, &excuse, err);
    }
    if (status == PL_OK) {
        *ret = excuse;
    }
    return status;
}

PL_STATUS pl_native_optional_npm(const struct pl_package *package, struct pl_slice name, bool *ret,
                                 struct pl_err *err)
{
    struct pl_native_excuse excuse = {false, false};
    struct pl_buf text PL_CLEANUP(pl_buf_done) = {.max = FILE_BYTES};
    if (read_dependents(package, name, &text, &excuse, err) != PL_OK) {
        return err->code;
    }
    *ret = excuse.optional;
    return PL_OK;
}
