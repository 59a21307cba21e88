/*
 * npm packages whose compiled part is one package for each platform (sharp, esbuild, SWC): they
 * list all of them as optionalDependencies, and npm installs those of the machine it runs on.
 */
#include "pkg/base/limits.h"
#include "pkg/survey/native_judge.h"

enum { MANIFESTS_MAX = 5000 };

struct asking {
    struct pl_native_judging *j;
    struct pl_ref manifest;
    struct pl_slice folder; /* ".../node_modules/@scope/name" */
    struct pl_slice name;   /* "@scope/name" */
    const struct pl_doc *doc;
    struct pl_map *present; /* names of packages; filled once it is needed */
};

/* "a/node_modules/@s/n/package.json": the name that it is installed under; empty for others. */
static struct pl_slice name_of(struct pl_slice folder)
{
    size_t from = pl_slice_dirname(folder).len;
    struct pl_slice last = pl_slice_basename(folder);
    struct pl_slice outer = pl_slice_sub(folder, 0, from);
    if (pl_slice_starts(pl_slice_basename(outer), PL_SLICE("@"))) {
        last = pl_slice_sub(folder, folder.len - last.len - 1 - pl_slice_basename(outer).len,
                            folder.len);
        outer = pl_slice_dirname(outer);
    }
    return pl_slice_is(pl_slice_basename(outer), "node_modules") ? last : PL_SLICE("");
}

/* Every package in the view by name.  Where one would be found is Node's affair. */
static PL_STATUS list_packages(const struct pl_native_judging *j, struct pl_map *ret,
                               struct pl_err *err)
{
    for (uint32_t m = 0; m < j->l.view->n; m++) {
        const struct pl_tree *tree = &j->l.view->mount[m].package->tree;
        for (uint32_t i = 0; i < tree->n; i++) {
            bool added = false;
            uint64_t old = 0;
            struct pl_slice name = name_of(tree->entry[i].name);
            if (name.len > 0 && pl_map_add(ret, name, i, &added, &old, err) != PL_OK) {
                return err->code;
            }
        }
    }
    return PL_OK;
}

static bool is_there(const struct asking *a, struct pl_slice name)
{
    uint64_t at = 0;
    return pl_map_get(a->present, name, &at);
}

/* Has the package a file of its own that would be loaded here? */
static bool has_own(const struct asking *a)
{
    for (uint32_t i = 0; i < a->j->n_file; i++) {
        const struct pl_native_file *file = &a->j->file[i];
        struct pl_slice path = file->entry->name;
        struct pl_native_try one;
        if (file->at.package != a->manifest.package || !pl_slice_starts(path, a->folder) ||
            path.len == a->folder.len || path.ptr[a->folder.len] != '/') {
            continue;
        }
        pl_native_try(a->j, file, &one);
        if (one.what == PL_NATIVE_FINE) {
            return true;
        }
    }
    return false;
}

static bool names_linux(struct pl_slice name)
{
    size_t at = pl_slice_find_text(name, PL_SLICE("linux"));
    size_t end = at + 5;
    return at > 0 && at < name.len && (name.ptr[at - 1] == '-' || name.ptr[at - 1] == '/') &&
           (end == name.len || name.ptr[end] == '-');
}

/* What runs on any machine may stand in for it. */
static bool is_wasm(struct pl_slice name)
{
    return pl_slice_find_text(name, PL_SLICE("wasm")) < name.len;
}

struct family {
    struct pl_slice wanted; /* the shortest name of those for this platform */
    struct pl_slice other;  /* one for another platform that is there */
    bool others;            /* some are for other platforms */
    bool there;             /* one that would do is there */
};

static void read_family(const struct asking *a, struct family *ret)
{
    const struct pl_doc *doc = a->doc;
    const struct pl_node *map =
        pl_doc_node(doc, pl_doc_get(doc, doc->root, "optionalDependencies"));
    *ret = (struct family){0};
    for (uint32_t i = map->kind == PL_NODE_MAP ? map->child : PL_NODE_NONE; i != PL_NODE_NONE;) {
        const struct pl_node *word = pl_doc_node(doc, i);
        struct pl_slice name = word->text;
        enum pl_native_said said = pl_native_platform_of(a->j, name);
        i = pl_doc_node(doc, word->next)->next;
        if (is_wasm(name)) {
            ret->there = ret->there || is_there(a, name);
        } else if (said == PL_NATIVE_SAID_OTHER) {
            ret->others = true;
            bool shorter = ret->other.len == 0 || name.len < ret->other.len;
            ret->other = shorter && is_there(a, name) ? name : ret->other;
        } else if (said == PL_NATIVE_SAID_THIS && names_linux(name)) {
            ret->there = ret->there || is_there(a, name);
            bool shorter = ret->wanted.len == 0 || name.len < ret->wanted.len;
            ret->wanted = shorter ? name : ret->wanted;
        }
        if (ret->there) {
            return;
        }
    }
}

static PL_STATUS judge_manifest(const struct asking *a, struct pl_err *err)
{
    static const char needs_it[] = "sharp esbuild rollup";
    struct family family;
    bool optional = false;
    read_family(a, &family);
    if (family.there || !family.others || family.wanted.len == 0 ||
        (family.other.len == 0 && !pl_look_word(needs_it, a->name)) || has_own(a)) {
        return PL_OK;
    }
    struct pl_native_file file = {.at = a->manifest, .entry = pl_ref_entry(a->manifest)};
    if (pl_native_optional_npm(a->manifest.package, a->name, &optional, err) != PL_OK) {
        return err->code;
    }
    if (optional) {
        return PL_OK;
    }
    struct pl_native_fault fault = {.what = PL_NATIVE_ABSENT, .sure = PL_SURE_MAYBE};
    if (pl_arena_dup(&a->j->l.scratch, a->name, &fault.owner, err) != PL_OK ||
        pl_arena_dup(&a->j->l.scratch, family.wanted, &fault.need, err) != PL_OK ||
        pl_arena_dup(&a->j->l.scratch, family.other, &fault.library, err) != PL_OK) {
        return err->code;
    }
    return pl_native_tell(a->j, &file, &fault, err);
}

static PL_STATUS read_manifest(struct asking *a, struct pl_buf *text, struct pl_err *err)
{
    struct pl_doc doc;
    bool is = false;
    if (pl_native_read_text(a->manifest.package, a->manifest.entry, text, err) != PL_OK) {
        return err->code;
    }
    struct pl_slice bytes = pl_buf_view(text);
    if (pl_slice_find_text(bytes, PL_SLICE("\"optionalDependencies\"")) == bytes.len ||
        pl_slice_find_text(bytes, PL_SLICE("linux")) == bytes.len) {
        return PL_OK;
    }
    if (pl_native_parse_json(bytes, &doc, &is, err) != PL_OK) {
        return err->code;
    }
    if (!is) {
        return PL_OK;
    }
    a->doc = &doc;
    bool listed = is_there(a, a->name); /* it is a package itself */
    enum pl_status status = listed ? PL_OK : list_packages(a->j, a->present, err);
    status = status == PL_OK ? judge_manifest(a, err) : status;
    a->doc = NULL;
    pl_doc_done(&doc);
    return status;
}

static PL_STATUS judge(struct pl_native_judging *j, struct pl_map *present, struct pl_err *err)
{
    struct pl_buf text PL_CLEANUP(pl_buf_done) = {.max = PL_MB(1)};
    uint32_t n = 0;
    for (uint32_t m = 0; m < j->l.view->n; m++) {
        const struct pl_package *package = j->l.view->mount[m].package;
        for (uint32_t i = 0; package->kind != PL_KIND_LIST && i < package->tree.n; i++) {
            const struct pl_entry *entry = &package->tree.entry[i];
            struct asking a = {.j = j, .manifest = {package, i}, .present = present};
            if (entry->type != PL_ENTRY_FILE || (entry->flags & PL_ENTRY_SHADOWED) != 0 ||
                !pl_slice_is(pl_slice_basename(entry->name), "package.json")) {
                continue;
            }
            a.folder = pl_slice_dirname(entry->name);
            a.name = name_of(a.folder);
            if (a.name.len == 0 || n++ >= MANIFESTS_MAX) {
                continue;
            }
            if (read_manifest(&a, &text, err) != PL_OK) {
                return err->code;
            }
        }
    }
    return PL_OK;
}

PL_STATUS pl_native_judge_absent(struct pl_native_judging *j, struct pl_err *err)
{
    if (j->l.view->opaque_layer || j->arch == PL_ARCH_UNKNOWN) {
        return PL_OK;
    }
    struct pl_map present;
    pl_map_init(&present, 2u * PL_MAX_ENTRIES);
    enum pl_status status = judge(j, &present, err);
    pl_map_done(&present);
    return status;
}
