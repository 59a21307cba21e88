/*
 * Does a Python package go on without one of its compiled modules?  Many try the fast one and fall
 * back to plain Python.  Only packages that would be told about are looked at, so this costs
 * nothing where all is well; and of these only the files that may import the module are read.
 */
#include "pkg/survey/native_guard.h"

#include "pkg/base/arr.h"
#include "pkg/base/limits.h"
#include "pkg/inspect/py_mention.h"

#include <stdlib.h>
#include <string.h>

#define FILE_BYTES PL_MB(2)
#define ALL_BYTES  PL_MB(64)
enum { FILES_MAX = 5000, IMPORTS_MAX = 1 << 17, DEPTH_MAX = 32 };

void pl_native_guard_done(struct pl_native_guard *guard)
{
    pl_buf_done(&guard->text);
    free(guard->file);
    free(guard->import);
    *guard = (struct pl_native_guard){0};
}

static size_t indent_of(struct pl_slice line)
{
    size_t n = 0;
    while (n < line.len && (line.ptr[n] == ' ' || line.ptr[n] == '\t')) {
        n++;
    }
    return n;
}

/* The lines from the except on that ends the block of an import: does it raise again at its own
 * level?  What raises in a branch of it may not run. */
static bool raises_again(struct pl_slice rest, size_t outer)
{
    static const struct pl_slice words[] = {PL_SLICE_INIT("raise"), PL_SLICE_INIT("except")};
    struct pl_slice line;
    size_t body = 0;
    while (pl_slice_next(&rest, '\n', &line)) {
        size_t indent = indent_of(line);
        struct pl_slice said = pl_slice_trim(line);
        if (said.len == 0 || said.ptr[0] == '#') {
            continue;
        }
        if (indent <= outer && !pl_slice_starts(said, words[1])) {
            return false;
        }
        body = indent <= outer ? 0 : body == 0 ? indent : body;
        if (indent == body && pl_slice_starts(said, words[0])) {
            return true;
        }
    }
    return false;
}

/* What becomes of the file when this import fails. */
static enum pl_native_goes goes_on(struct pl_slice text, const struct pl_py_import *import)
{
    struct pl_slice line;
    uint32_t number = 0;
    size_t block = 0;
    if (!import->guarded) {
        return PL_NATIVE_GOES_NOT;
    }
    if (!import->optional) {
        return PL_NATIVE_GOES_MAYBE;
    }
    while (pl_slice_next(&text, '\n', &line)) {
        struct pl_slice said = pl_slice_trim(line);
        size_t indent = indent_of(line);
        number++;
        if (number == import->at.line) {
            block = indent;
        }
        if (number <= import->at.line || said.len == 0 || said.ptr[0] == '#' || indent >= block) {
            continue;
        }
        if (!pl_slice_starts(said, PL_SLICE("except"))) {
            return PL_NATIVE_GOES_BRANCH;
        }
        return raises_again(text, indent) ? PL_NATIVE_GOES_NOT : PL_NATIVE_GOES_ON;
    }
    return PL_NATIVE_GOES_BRANCH;
}

static struct pl_slice parent_of(struct pl_slice dotted)
{
    size_t dot = pl_slice_rfind(dotted, '.');
    return dot < dotted.len ? pl_slice_sub(dotted, 0, dot) : PL_SLICE("");
}

/* "..a" and "b" in a package give "x.a.b"; empty when it leads out. */
static PL_STATUS absolute(struct pl_native_guard *guard, struct pl_slice package,
                          struct pl_slice name, struct pl_slice member, struct pl_slice *ret,
                          struct pl_err *err)
{
    bool nearest = true;
    bool relative = name.len > 0 && name.ptr[0] == '.';
    while (name.len > 0 && name.ptr[0] == '.') {
        package = nearest ? package : parent_of(package);
        nearest = false;
        name = pl_slice_sub(name, 1, name.len);
    }
    *ret = PL_SLICE("");
    if (relative && package.len == 0) {
        return PL_OK;
    }
    struct pl_slice part[] = {relative ? package : PL_SLICE(""), name, member};
    char *text =
        pl_arena_new(&guard->j->l.scratch, package.len + name.len + member.len + 3, 1, err);
    if (!text) {
        return err->code;
    }
    *ret = pl_slice_make(text, 0);
    for (size_t i = 0; i < sizeof part / sizeof part[0]; i++) {
        if (part[i].len > 0 && ret->len > 0) {
            text[ret->len++] = '.';
        }
        memcpy(text + ret->len, part[i].ptr, part[i].len);
        ret->len += part[i].len;
    }
    return PL_OK;
}

static bool is_below(struct pl_slice name, struct pl_slice module)
{
    return pl_slice_starts(name, module) && (name.len == module.len || name.ptr[module.len] == '.');
}

static bool is_ours(const struct pl_native_guard *guard, struct pl_slice name)
{
    return (name.len > 0 && name.ptr[0] == '.') || is_below(name, guard->owner);
}

static struct pl_slice package_of(const struct pl_native_source *file)
{
    return file->is_package ? file->module : parent_of(file->module);
}

/* A mention in the file that was added last. */
static PL_STATUS keep_mention(void *ctx, struct pl_slice name, struct pl_slice member,
                              struct pl_err *err)
{
    struct pl_native_guard *guard = ctx;
    uint32_t file = guard->n_file - 1;
    struct pl_slice whole;
    if (!is_ours(guard, name) || guard->cut) {
        return PL_OK;
    }
    if (guard->n_import == IMPORTS_MAX) {
        guard->cut = true;
        return PL_OK;
    }
    struct pl_native_import *at =
        pl_arr_grow(guard->import, &guard->cap_import, guard->n_import + 1u, sizeof *at,
                    IMPORTS_MAX, "imports", err);
    if (!at) {
        return err->code;
    }
    guard->import = at;
    if (absolute(guard, package_of(&guard->file[file]), name, member, &whole, err) != PL_OK) {
        return err->code;
    }
    at[guard->n_import++] = (struct pl_native_import){.name = whole, .file = file};
    return PL_OK;
}

static int by_name(const void *left, const void *right)
{
    const struct pl_native_import *a = left;
    const struct pl_native_import *b = right;
    int order = pl_slice_cmp(a->name, b->name);
    return order ? order : (a->file > b->file) - (a->file < b->file);
}

/* The first import that is not before this one. */
static uint32_t lower(const struct pl_native_guard *guard, struct pl_slice name, uint32_t file)
{
    struct pl_native_import wanted = {.name = name, .file = file};
    uint32_t low = 0;
    uint32_t high = guard->n_import;
    while (low < high) {
        uint32_t mid = low + (high - low) / 2;
        if (by_name(&guard->import[mid], &wanted) < 0) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low;
}

/* The mentions of a file that are imports. */
static PL_STATUS keep_imports(struct pl_native_guard *guard, uint32_t file, const struct pl_py *py,
                              struct pl_err *err)
{
    static const struct pl_slice none = PL_SLICE_INIT("");
    struct pl_slice text = pl_buf_view(&guard->text);
    for (uint32_t i = 0; i < py->n_import; i++) {
        const struct pl_py_import *import = &py->import[i];
        struct pl_slice name;
        if (!is_ours(guard, import->module)) {
            continue;
        }
        if (absolute(guard, package_of(&guard->file[file]), import->module, none, &name, err) !=
            PL_OK) {
            return err->code;
        }
        uint32_t at = lower(guard, name, file);
        struct pl_native_import *found = &guard->import[at];
        if (at == guard->n_import || found->file != file || !pl_slice_eq(found->name, name)) {
            guard->cut = true; /* written in a way that the mentions do not know */
            continue;
        }
        uint8_t goes = (uint8_t)goes_on(text, import);
        found->goes = !found->real || goes > found->goes ? goes : found->goes;
        found->real = true;
    }
    return PL_OK;
}

/* "yaml/cyaml.py" gives "yaml.cyaml", "yaml/__init__.py" gives "yaml". */
static PL_STATUS name_source(struct pl_native_guard *guard, struct pl_slice path,
                             struct pl_native_source *ret, struct pl_err *err)
{
    static const struct pl_slice init = PL_SLICE_INIT("/__init__.py");
    ret->is_package = pl_slice_ends(path, init);
    path = pl_slice_sub(path, 0, path.len - (ret->is_package ? init.len : 3u));
    char *text = pl_arena_new(&guard->j->l.scratch, path.len + 1, 1, err);
    if (!text) {
        return err->code;
    }
    for (size_t i = 0; i < path.len; i++) {
        text[i] = path.ptr[i] == '/' ? '.' : path.ptr[i];
    }
    ret->module = pl_slice_make(text, path.len);
    return PL_OK;
}

/* What cannot be read or is too much leaves a doubt. */
static PL_STATUS doubt(struct pl_native_guard *guard, enum pl_status status)
{
    if (status == PL_ERR_FORMAT || status == PL_ERR_LIMIT) {
        guard->cut = true;
        return PL_OK;
    }
    return status;
}

static PL_STATUS load_text(struct pl_native_guard *guard, uint32_t entry, struct pl_err *err)
{
    const struct pl_tree *tree = &guard->package->tree;
    pl_buf_clear(&guard->text);
    return doubt(guard, tree->ops->read(tree, entry, FILE_BYTES, &guard->text, err));
}

static PL_STATUS add_source(struct pl_native_guard *guard, uint32_t entry, struct pl_slice path,
                            struct pl_err *err)
{
    uint64_t size = guard->package->tree.entry[entry].size;
    struct pl_native_source source = {.entry = entry};
    if (guard->n_file == FILES_MAX || size > FILE_BYTES || guard->bytes + size > ALL_BYTES) {
        guard->cut = true;
        return PL_OK;
    }
    guard->bytes += (size_t)size;
    struct pl_native_source *at = pl_arr_grow(guard->file, &guard->cap_file, guard->n_file + 1u,
                                              sizeof *at, FILES_MAX, "modules", err);
    if (!at) {
        return err->code;
    }
    guard->file = at;
    if (name_source(guard, path, &source, err) != PL_OK || load_text(guard, entry, err) != PL_OK) {
        return err->code;
    }
    at[guard->n_file++] = source;
    return pl_python_mentions(pl_buf_view(&guard->text), keep_mention, guard, err);
}

static PL_STATUS read_source(struct pl_native_guard *guard, uint32_t index, struct pl_err *err)
{
    struct pl_arena facts;
    struct pl_py py = {0};
    guard->file[index].read = true;
    if (load_text(guard, guard->file[index].entry, err) != PL_OK) {
        return err->code;
    }
    pl_arena_init(&facts, 16 * FILE_BYTES);
    enum pl_status status =
        doubt(guard, pl_python_read(&py, pl_buf_view(&guard->text), &facts, err));
    if (status == PL_OK && !guard->cut && !py.not_text && !py.syntax.found) {
        status = keep_imports(guard, index, &py, err);
    }
    pl_arena_done(&facts);
    return status;
}

/* Of a package's own tests: a user never imports them. */
static bool is_test(struct pl_slice path)
{
    struct pl_slice part;
    while (pl_slice_next(&path, '/', &part)) {
        if (pl_slice_is(part, "tests") || pl_slice_is(part, "test")) {
            return true;
        }
    }
    return false;
}

PL_STATUS pl_native_guard_look(struct pl_native_judging *j, const struct pl_package *package,
                               struct pl_slice base, struct pl_slice owner,
                               struct pl_native_guard *ret, struct pl_err *err)
{
    struct pl_slice folder;
    uint32_t first = 0;
    uint32_t end = 0;
    pl_native_guard_done(ret);
    *ret = (struct pl_native_guard){
        .j = j, .package = package, .base = base, .owner = owner, .text = {.max = FILE_BYTES}};
    ret->cut = package->kind == PL_KIND_LIST;
    if (pl_look_fmt(&j->l, &folder, err, "%.*s%s%.*s", PL_ARG(base), base.len > 0 ? "/" : "",
                    PL_ARG(owner)) != PL_OK) {
        return err->code;
    }
    pl_tree_range(&package->tree, folder, &first, &end);
    for (uint32_t i = first; i < end && !ret->cut; i++) {
        const struct pl_entry *entry = &package->tree.entry[i];
        struct pl_slice path = pl_slice_sub(entry->name, folder.len - owner.len, entry->name.len);
        if (entry->type != PL_ENTRY_FILE || !pl_slice_ends(path, PL_SLICE(".py")) ||
            is_test(pl_slice_dirname(path))) {
            continue;
        }
        if (add_source(ret, i, path, err) != PL_OK) {
            return err->code;
        }
    }
    if (ret->n_import > 0) {
        qsort(ret->import, ret->n_import, sizeof *ret->import, by_name);
    }
    return PL_OK;
}

static PL_STATUS without(struct pl_native_guard *guard, struct pl_slice module, unsigned depth,
                         enum pl_native_goes *ret, struct pl_err *err);

/* An import that stands bare: is its own file only tried?  (yaml tries cyaml, which needs _yaml.)
 */
static PL_STATUS file_goes(struct pl_native_guard *guard, uint32_t index, unsigned depth,
                           enum pl_native_goes *ret, struct pl_err *err)
{
    struct pl_native_source *file = &guard->file[index];
    enum pl_native_goes goes = PL_NATIVE_GOES_NOT;
    *ret = PL_NATIVE_GOES_NOT;
    if (depth == DEPTH_MAX || file->asking || pl_slice_eq(file->module, guard->owner)) {
        return PL_OK;
    }
    if (!file->asked) {
        file->asking = true;
        if (without(guard, file->module, depth + 1, &goes, err) != PL_OK) {
            return err->code;
        }
        file->goes = (uint8_t)goes;
        file->asking = false;
        file->asked = true;
    }
    *ret =
        file->goes == PL_NATIVE_GOES_BRANCH ? PL_NATIVE_GOES_NOT : (enum pl_native_goes)file->goes;
    return PL_OK;
}

/* The worst of all imports of a module; one that nobody imports is what users ask for. */
static PL_STATUS without(struct pl_native_guard *guard, struct pl_slice module, unsigned depth,
                         enum pl_native_goes *ret, struct pl_err *err)
{
    enum pl_native_goes worst = PL_NATIVE_GOES_ON;
    bool any = false;
    for (uint32_t i = lower(guard, module, 0);
         i < guard->n_import && pl_slice_starts(guard->import[i].name, module) &&
         (!any || worst != PL_NATIVE_GOES_NOT);
         i++) {
        const struct pl_native_import *import = &guard->import[i];
        if (!is_below(import->name, module) || is_below(guard->file[import->file].module, module)) {
            continue; /* another one's, or a package's parts among themselves */
        }
        if (!guard->file[import->file].read && read_source(guard, import->file, err) != PL_OK) {
            return err->code;
        }
        if (!import->real) {
            continue;
        }
        enum pl_native_goes goes = (enum pl_native_goes)import->goes;
        if (goes == PL_NATIVE_GOES_NOT &&
            file_goes(guard, import->file, depth, &goes, err) != PL_OK) {
            return err->code;
        }
        any = true;
        worst = goes > worst ? goes : worst;
    }
    *ret = any ? worst : PL_NATIVE_GOES_NOT;
    return PL_OK;
}

PL_STATUS pl_native_guard_ask(struct pl_native_guard *guard, struct pl_slice module,
                              enum pl_native_goes *ret, struct pl_err *err)
{
    if (!guard->cut && without(guard, module, 0, ret, err) != PL_OK) {
        return err->code;
    }
    *ret = guard->cut ? PL_NATIVE_GOES_MAYBE : *ret;
    return PL_OK;
}
