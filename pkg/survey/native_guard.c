/*
 * Does a Python package go on without one of its compiled modules?  Many try the fast one and fall
 * back to plain Python.  Only packages that would be told about are read, so this costs nothing
 * where all is well.
 */
#include "pkg/survey/native_guard.h"

#include "pkg/base/arr.h"
#include "pkg/base/limits.h"

#include <stdlib.h>

#define FILE_BYTES PL_MB(2)
#define ALL_BYTES  PL_MB(64)
enum { FILES_MAX = 5000, IMPORTS_MAX = 1 << 17, DEPTH_MAX = 32 };

struct reading {
    struct pl_native_judging *j;
    struct pl_native_guard *guard;
    const struct pl_package *package;
    struct pl_slice text;
    size_t bytes;
};

void pl_native_guard_done(struct pl_native_guard *guard)
{
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

/* "..a.b" in a package; empty when it leads out. */
static PL_STATUS absolute(struct reading *r, struct pl_slice package, struct pl_slice name,
                          struct pl_slice *ret, struct pl_err *err)
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
    return pl_look_fmt(&r->j->l, ret, err, "%.*s%s%.*s", PL_ARG(relative ? package : PL_SLICE("")),
                       relative && name.len > 0 ? "." : "", PL_ARG(name));
}

static bool is_below(struct pl_slice name, struct pl_slice module)
{
    return pl_slice_starts(name, module) && (name.len == module.len || name.ptr[module.len] == '.');
}

static PL_STATUS keep_imports(struct reading *r, const struct pl_py *py, uint32_t index,
                              bool is_package, struct pl_err *err)
{
    struct pl_native_guard *guard = r->guard;
    struct pl_slice module = guard->file[index].module;
    struct pl_slice package = is_package ? module : parent_of(module);
    for (uint32_t i = 0; i < py->n_import; i++) {
        const struct pl_py_import *import = &py->import[i];
        struct pl_slice name = import->module;
        bool relative = name.len > 0 && name.ptr[0] == '.';
        if (!relative && !is_below(name, guard->owner)) {
            continue;
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
        if (absolute(r, package, name, &name, err) != PL_OK) {
            return err->code;
        }
        at[guard->n_import++] =
            (struct pl_native_import){name, index, (uint8_t)goes_on(r->text, import)};
    }
    return PL_OK;
}

/* "yaml/cyaml.py" gives "yaml.cyaml", "yaml/__init__.py" gives "yaml". */
static PL_STATUS module_of(struct reading *r, struct pl_slice path, bool *ret_package,
                           struct pl_slice *ret, struct pl_err *err)
{
    static const struct pl_slice init = PL_SLICE_INIT("/__init__.py");
    *ret_package = pl_slice_ends(path, init);
    path = pl_slice_sub(path, 0, path.len - (*ret_package ? init.len : 3u));
    char *text = pl_arena_new(&r->j->l.scratch, path.len + 1, 1, err);
    if (!text) {
        return err->code;
    }
    for (size_t i = 0; i < path.len; i++) {
        text[i] = path.ptr[i];
        if (text[i] == '/') {
            text[i] = '.';
        }
    }
    *ret = pl_slice_make(text, path.len);
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

static PL_STATUS read_source(struct reading *r, uint32_t entry, struct pl_slice path,
                             struct pl_buf *text, struct pl_err *err)
{
    struct pl_native_guard *guard = r->guard;
    const struct pl_tree *tree = &r->package->tree;
    uint64_t size = tree->entry[entry].size;
    bool package = false;
    struct pl_native_source source = {0};
    if (guard->n_file == FILES_MAX || size > FILE_BYTES || r->bytes + size > ALL_BYTES) {
        guard->cut = true;
        return PL_OK;
    }
    r->bytes += (size_t)size;
    pl_buf_clear(text);
    enum pl_status status = tree->ops->read(tree, entry, FILE_BYTES, text, err);
    if (status != PL_OK) {
        return doubt(guard, status);
    }
    struct pl_native_source *at = pl_arr_grow(guard->file, &guard->cap_file, guard->n_file + 1u,
                                              sizeof *at, FILES_MAX, "modules", err);
    if (!at) {
        return err->code;
    }
    guard->file = at;
    if (module_of(r, path, &package, &source.module, err) != PL_OK) {
        return err->code;
    }
    at[guard->n_file++] = source;
    r->text = pl_buf_view(text);
    struct pl_arena facts;
    struct pl_py py;
    pl_arena_init(&facts, 16 * FILE_BYTES);
    status = doubt(guard, pl_python_read(&py, r->text, &facts, err));
    if (status == PL_OK && !guard->cut && !py.not_text && !py.syntax.found) {
        status = keep_imports(r, &py, guard->n_file - 1, package, err);
    }
    pl_arena_done(&facts);
    return status;
}

static int by_name(const void *left, const void *right)
{
    const struct pl_native_import *a = left;
    const struct pl_native_import *b = right;
    int order = pl_slice_cmp(a->name, b->name);
    return order ? order : (a->file > b->file) - (a->file < b->file);
}

PL_STATUS pl_native_guard_read(struct pl_native_judging *j, const struct pl_package *package,
                               struct pl_slice base, struct pl_slice owner,
                               struct pl_native_guard *ret, struct pl_err *err)
{
    struct reading r = {.j = j, .guard = ret, .package = package};
    struct pl_buf text PL_CLEANUP(pl_buf_done) = {.max = FILE_BYTES};
    struct pl_slice folder;
    uint32_t first = 0;
    uint32_t end = 0;
    pl_native_guard_done(ret);
    *ret = (struct pl_native_guard){.package = package, .base = base, .owner = owner};
    ret->cut = package->kind == PL_KIND_LIST;
    if (pl_look_fmt(&j->l, &folder, err, "%.*s%s%.*s", PL_ARG(base), base.len > 0 ? "/" : "",
                    PL_ARG(owner)) != PL_OK) {
        return err->code;
    }
    pl_tree_range(&package->tree, folder, &first, &end);
    for (uint32_t i = first; i < end && !ret->cut; i++) {
        const struct pl_entry *entry = &package->tree.entry[i];
        size_t skip = folder.len - owner.len;
        if (entry->type != PL_ENTRY_FILE || !pl_slice_ends(entry->name, PL_SLICE(".py"))) {
            continue;
        }
        struct pl_slice path = pl_slice_sub(entry->name, skip, entry->name.len);
        if (read_source(&r, i, path, &text, err) != PL_OK) {
            return err->code;
        }
    }
    if (ret->n_import > 0) {
        qsort(ret->import, ret->n_import, sizeof *ret->import, by_name);
    }
    return PL_OK;
}

/* The first import whose name is not before this one. */
static uint32_t lower(const struct pl_native_guard *guard, struct pl_slice name)
{
    uint32_t low = 0;
    uint32_t high = guard->n_import;
    while (low < high) {
        uint32_t mid = low + (high - low) / 2;
        if (pl_slice_cmp(guard->import[mid].name, name) < 0) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low;
}

static enum pl_native_goes without(struct pl_native_guard *guard, struct pl_slice module,
                                   unsigned depth);

/* An import that stands bare: is its own file only tried?  (yaml tries cyaml, which needs _yaml.)
 */
static enum pl_native_goes file_goes(struct pl_native_guard *guard, uint32_t index, unsigned depth)
{
    struct pl_native_source *file = &guard->file[index];
    if (depth == DEPTH_MAX || file->asking || pl_slice_eq(file->module, guard->owner)) {
        return PL_NATIVE_GOES_NOT;
    }
    if (!file->asked) {
        file->asking = true;
        file->goes = (uint8_t)without(guard, file->module, depth + 1);
        file->asking = false;
        file->asked = true;
    }
    return file->goes == PL_NATIVE_GOES_BRANCH ? PL_NATIVE_GOES_NOT
                                               : (enum pl_native_goes)file->goes;
}

/* The worst of all imports of a module; one that nobody imports is what users ask for. */
static enum pl_native_goes without(struct pl_native_guard *guard, struct pl_slice module,
                                   unsigned depth)
{
    enum pl_native_goes worst = PL_NATIVE_GOES_ON;
    bool any = false;
    for (uint32_t i = lower(guard, module);
         i < guard->n_import && pl_slice_starts(guard->import[i].name, module); i++) {
        const struct pl_native_import *import = &guard->import[i];
        if (!is_below(import->name, module) || is_below(guard->file[import->file].module, module)) {
            continue; /* another one's, or a package's parts among themselves */
        }
        enum pl_native_goes goes = (enum pl_native_goes)import->goes;
        if (goes == PL_NATIVE_GOES_NOT) {
            goes = file_goes(guard, import->file, depth);
        }
        any = true;
        worst = goes > worst ? goes : worst;
        if (worst == PL_NATIVE_GOES_NOT) {
            break;
        }
    }
    return any ? worst : PL_NATIVE_GOES_NOT;
}

enum pl_native_goes pl_native_guard_ask(struct pl_native_guard *guard, struct pl_slice module)
{
    return guard->cut ? PL_NATIVE_GOES_MAYBE : without(guard, module, 0);
}
