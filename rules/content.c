/* PL6: permissions and secrets. */
#include "pkg/base/text.h"
#include "rules/checks.h"

/* Does any function surely load this entry of the package? */
static bool is_loaded(const struct pl_rule_ctx *ctx, uint32_t entry)
{
    const struct pl_survey *survey = ctx->survey;
    for (uint32_t i = 0; i < survey->n_function; i++) {
        const struct pl_load *load = &survey->function[i].load;
        const struct pl_runtime *runtime = survey->function[i].runtime;
        if (runtime && runtime->language == PL_LANG_CUSTOM) {
            continue; /* an executable can be run without being read */
        }
        if (load->why == PL_WHY_MODULE_UNREADABLE && load->at.package == ctx->package &&
            load->at.entry == entry) {
            return true;
        }
        for (uint32_t k = 0; k < load->n_loaded; k++) {
            if (load->loaded[k].package == ctx->package && load->loaded[k].entry == entry) {
                return true;
            }
        }
    }
    return false;
}

/* A folder on disk is not yet an archive: what packs it may set the modes right. */
static enum pl_severity worst(const struct pl_package *package)
{
    return package->kind == PL_KIND_FOLDER ? PL_SEV_WARNING : PL_SEV_ERROR;
}

static PL_STATUS emit_loaded(struct pl_rule_ctx *ctx, uint32_t entry, struct pl_err *err)
{
    struct pl_emit what = PL_EMIT_INIT;
    what.severity = worst(ctx->package);
    what.member = (struct pl_ref){ctx->package, entry};
    return pl_emit(ctx, &what, err,
                   "mode %03o: the sandbox's user may not read it, and the handler loads it",
                   (unsigned)ctx->package->tree.entry[entry].mode & 0777u);
}

static PL_STATUS emit_others(struct pl_rule_ctx *ctx, uint32_t first, uint32_t count,
                             struct pl_err *err)
{
    struct pl_emit what = PL_EMIT_INIT;
    what.severity = PL_SEV_WARNING;
    what.member = (struct pl_ref){ctx->package, first};
    unsigned mode = (unsigned)ctx->package->tree.entry[first].mode & 0777u;
    if (count == 1) {
        return pl_emit(ctx, &what, err, "mode %03o: the sandbox's user may not read it", mode);
    }
    return pl_emit(ctx, &what, err, "mode %03o: the sandbox's user may not read it, nor %u more %s",
                   mode, count - 1, count == 2 ? "file" : "files");
}

PL_STATUS pl_check_unreadable_file(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_tree *tree = &ctx->package->tree;
    uint32_t first = PL_ENTRY_NONE;
    uint32_t count = 0;
    for (uint32_t i = 0; i < tree->n; i++) {
        if (tree->entry[i].type != PL_ENTRY_FILE || pl_entry_readable(&tree->entry[i]) ||
            (tree->entry[i].flags & PL_ENTRY_SHADOWED)) {
            continue;
        }
        if (is_loaded(ctx, i)) {
            enum pl_status status = emit_loaded(ctx, i, err);
            if (status) {
                return status;
            }
            continue;
        }
        first = first == PL_ENTRY_NONE ? i : first;
        count++;
    }
    return count > 0 ? emit_others(ctx, first, count, err) : PL_OK;
}

/* ---------------------------------------------------------------- modes */

/* The service sets folders to 755 by its own word, so this only warns. */
PL_STATUS pl_check_unsearchable_folder(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_tree *tree = &ctx->package->tree;
    for (uint32_t i = 0; i < tree->n; i++) {
        const struct pl_entry *entry = &tree->entry[i];
        if (entry->type != PL_ENTRY_FOLDER || entry->mode == PL_MODE_NONE ||
            (entry->mode & 05) == 05) {
            continue;
        }
        struct pl_emit what = PL_EMIT_INIT;
        what.member = (struct pl_ref){ctx->package, i};
        enum pl_status status =
            pl_emit(ctx, &what, err, "mode %03o: the sandbox's user may not look into this folder",
                    (unsigned)entry->mode & 0777u);
        if (status) {
            return status;
        }
    }
    return PL_OK;
}

PL_STATUS pl_check_setuid_file(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_tree *tree = &ctx->package->tree;
    for (uint32_t i = 0; i < tree->n; i++) {
        const struct pl_entry *entry = &tree->entry[i];
        if (entry->type != PL_ENTRY_FILE || entry->mode == PL_MODE_NONE ||
            (entry->mode & 06000) == 0) {
            continue;
        }
        struct pl_emit what = PL_EMIT_INIT;
        what.member = (struct pl_ref){ctx->package, i};
        enum pl_status status =
            pl_emit(ctx, &what, err, "mode %04o: it asks to run as its %s",
                    (unsigned)entry->mode & 07777u, entry->mode & 04000 ? "owner" : "group");
        if (status) {
            return status;
        }
    }
    return PL_OK;
}

/* ---------------------------------------------------------------- secrets */

static uint32_t marks_of(const struct pl_package *package, uint32_t entry)
{
    return package->marks ? package->marks[entry].found : 0;
}

/* Compiled code is mostly a dependency's: netty's OpenSsl.class holds a key to try OpenSSL with. */
static bool is_compiled(struct pl_slice name)
{
    return pl_slice_ends(name, PL_SLICE(".class")) || pl_slice_ends(name, PL_SLICE(".dll")) ||
           pl_slice_ends(name, PL_SLICE(".so")) || pl_slice_ends(name, PL_SLICE(".node")) ||
           pl_slice_ends(name, PL_SLICE(".pyc"));
}

static PL_STATUS emit_own_key(struct pl_rule_ctx *ctx, uint32_t entry, uint32_t found,
                              struct pl_err *err)
{
    struct pl_emit what = PL_EMIT_INIT;
    what.member = (struct pl_ref){ctx->package, entry};
    return pl_emit(ctx, &what, err, "%s",
                   found & PL_MARK_KEY ? "it holds a private key"
                                       : "a key store with a private key");
}

/* One finding for all that dependencies ship: ssh2 alone has fifty keys for its tests. */
static PL_STATUS emit_shipped_keys(struct pl_rule_ctx *ctx, uint32_t first, uint32_t count,
                                   struct pl_err *err)
{
    struct pl_emit what = PL_EMIT_INIT;
    what.member = (struct pl_ref){ctx->package, first};
    what.severity = PL_SEV_WARNING;
    return count == 1 ? pl_emit(ctx, &what, err,
                                "it holds a private key; a dependency ships it, so it may be a key "
                                "for tests")
                      : pl_emit(ctx, &what, err,
                                "it and %u more files of dependencies hold private keys, which may "
                                "be keys for tests",
                                count - 1);
}

PL_STATUS pl_check_private_key(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_package *package = ctx->package;
    uint32_t first = PL_ENTRY_NONE;
    uint32_t shipped = 0;
    for (uint32_t i = 0; i < package->tree.n; i++) {
        uint32_t found = marks_of(package, i) & (PL_MARK_KEY | PL_MARK_KEY_STORE);
        if (!found) {
            continue;
        }
        if (pl_package_is_installed(package, i) || is_compiled(package->tree.entry[i].name)) {
            first = shipped == 0 ? i : first;
            shipped++;
        } else if (emit_own_key(ctx, i, found, err) != PL_OK) {
            return err->code;
        }
    }
    return shipped > 0 ? emit_shipped_keys(ctx, first, shipped, err) : PL_OK;
}

PL_STATUS pl_check_credentials_file(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_package *package = ctx->package;
    for (uint32_t i = 0; i < package->tree.n; i++) {
        uint32_t found = marks_of(package, i) & (PL_MARK_CREDENTIALS | PL_MARK_ACCESS_KEY);
        if (!found || pl_package_is_installed(package, i)) {
            continue;
        }
        struct pl_emit what = PL_EMIT_INIT;
        what.member = (struct pl_ref){package, i};
        enum pl_status status =
            pl_emit(ctx, &what, err, "%s",
                    found & PL_MARK_ACCESS_KEY ? "it holds an AWS access key with its secret"
                                               : "it holds a password, key or token");
        if (status) {
            return status;
        }
    }
    return PL_OK;
}

/* ---------------------------------------------------------------- what went in by mistake */

/* The path up to and with the component `word`; empty when it has none. */
static struct pl_slice up_to(struct pl_slice name, const char *word)
{
    struct pl_slice rest = name;
    struct pl_slice part;
    while (pl_slice_next(&rest, '/', &part)) {
        if (pl_slice_is(part, word)) {
            return pl_slice_sub(name, 0, (size_t)(part.ptr - name.ptr) + part.len);
        }
    }
    return (struct pl_slice){0};
}

static struct pl_slice repository_of(struct pl_slice name)
{
    static const char *const folder[] = {".git", ".hg", ".svn", ".terraform"};
    for (size_t i = 0; i < sizeof folder / sizeof *folder; i++) {
        struct pl_slice root = up_to(name, folder[i]);
        if (root.len > 0) {
            return root;
        }
    }
    struct pl_slice base = pl_slice_basename(name);
    bool state =
        pl_slice_is(base, "terraform.tfstate") || pl_slice_is(base, "terraform.tfstate.backup");
    return state ? name : (struct pl_slice){0};
}

/* Everything below `root`, from the entry `first` on. */
static uint32_t end_of(const struct pl_tree *tree, uint32_t first, struct pl_slice root,
                       uint64_t *bytes)
{
    uint32_t i = first;
    while (i < tree->n && pl_slice_eq(repository_of(tree->entry[i].name), root)) {
        *bytes += tree->entry[i].size;
        i++;
    }
    return i;
}

PL_STATUS pl_check_repository_files(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_tree *tree = &ctx->package->tree;
    for (uint32_t i = 0; i < tree->n; i++) {
        struct pl_slice root = repository_of(tree->entry[i].name);
        if (root.len == 0) {
            continue;
        }
        uint64_t bytes = 0;
        uint32_t end = end_of(tree, i, root, &bytes);
        char size[PL_COUNT_TEXT];
        struct pl_emit what = PL_EMIT_INIT;
        what.member = (struct pl_ref){ctx->package, i};
        bool is_state = tree->entry[i].type == PL_ENTRY_FILE && end == i + 1 &&
                        pl_slice_eq(tree->entry[i].name, root);
        enum pl_status status =
            is_state
                ? pl_emit(ctx, &what, err,
                          "a file of a version control or deployment tool: it may hold secrets")
                : pl_emit(ctx, &what, err, "a repository's own files went in: %s",
                          pl_size_text(bytes, size));
        if (status) {
            return status;
        }
        i = end - 1;
    }
    return PL_OK;
}

static bool is_junk(struct pl_slice name)
{
    struct pl_slice base = pl_slice_basename(name);
    return up_to(name, "__MACOSX").len > 0 || pl_slice_is(base, ".DS_Store") ||
           pl_slice_is(base, "Thumbs.db") || pl_slice_is(base, "desktop.ini");
}

PL_STATUS pl_check_system_junk(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_tree *tree = &ctx->package->tree;
    uint32_t first = PL_ENTRY_NONE;
    uint32_t count = 0;
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < tree->n; i++) {
        if (tree->entry[i].type == PL_ENTRY_FILE && is_junk(tree->entry[i].name)) {
            first = first == PL_ENTRY_NONE ? i : first;
            count++;
            bytes += tree->entry[i].size;
        }
    }
    if (count == 0) {
        return PL_OK;
    }
    char size[PL_COUNT_TEXT];
    struct pl_emit what = PL_EMIT_INIT;
    what.member = (struct pl_ref){ctx->package, first};
    return count == 1 ? pl_emit(ctx, &what, err, "a file of a desktop system: %s",
                                pl_size_text(bytes, size))
                      : pl_emit(ctx, &what, err, "%u files of a desktop system: %s", count,
                                pl_size_text(bytes, size));
}

/* Directly in extensions/ of a layer: PL408 tells, as a certain failure. */
static bool is_extension(const struct pl_rule_ctx *ctx, struct pl_slice name)
{
    bool layer = false;
    for (uint32_t i = 0; i < ctx->survey->n_layer; i++) {
        layer |= ctx->survey->layer[i].package == ctx->package;
    }
    return layer && pl_slice_is(pl_slice_dirname(name), "extensions");
}

/* Scripts of dependencies with such line ends are many, and mostly run by name of an interpreter.
 */
PL_STATUS pl_check_windows_line_endings(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_package *package = ctx->package;
    for (uint32_t i = 0; i < package->tree.n; i++) {
        struct pl_slice name = package->tree.entry[i].name;
        if (!(marks_of(package, i) & PL_MARK_CRLF) || pl_package_is_installed(package, i) ||
            pl_slice_is(name, "bootstrap") || is_extension(ctx, name)) {
            continue; /* of bootstrap PL313 tells, as a certain failure */
        }
        struct pl_emit what = PL_EMIT_INIT;
        what.member = (struct pl_ref){package, i};
        what.member_line = 1;
        enum pl_status status = pl_emit(
            ctx, &what, err,
            "the #! line ends in a carriage return: Linux looks for an interpreter of that name");
        if (status) {
            return status;
        }
    }
    return PL_OK;
}
