/* `sources`: what goes into a ZIP, and where. */
#include "pkg/base/limits.h"
#include "pkg/base/text.h"
#include "pkg/project/manifest_read.h"

PL_STATUS pl_mf_take_kind(struct pl_mf *mf, uint32_t node, struct pl_source *source,
                          enum pl_source_kind kind, struct pl_err *err)
{
    if (source->path.known != PL_ABSENT) {
        return pl_mf_fail(
            mf, node, err,
            "a source is one of 'path', 'archive', 'python', 'npm', 'run' and 'text'; "
            "write a list of them");
    }
    source->kind = (uint8_t)kind;
    return PL_OK;
}

PL_STATUS pl_mf_relative_path(struct pl_mf *mf, const char *key, uint32_t node,
                              struct pl_value *ret, struct pl_err *err)
{
    struct pl_value value;
    if (pl_mf_scalar(mf, node, key, "a path", &value, err) != PL_OK) {
        return err->code;
    }
    if (value.text.ptr[0] == '/') {
        return pl_mf_fail(mf, node, err,
                          "%s: '%s' is absolute; write it from the manifest's folder, so that it "
                          "means the same on every machine",
                          key, pl_mf_quote(mf, value.text));
    }
    if (value.text.len > PL_MAX_PATH) {
        return pl_mf_fail(mf, node, err, "%s: is longer than %u bytes", key, PL_MAX_PATH);
    }
    *ret = value;
    return PL_OK;
}

static enum pl_status read_path(struct pl_mf *mf, const char *key, uint32_t node,
                                enum pl_source_kind kind, struct pl_source *source,
                                struct pl_err *err)
{
    struct pl_value value;
    if (pl_mf_relative_path(mf, key, node, &value, err) != PL_OK ||
        pl_mf_take_kind(mf, node, source, kind, err) != PL_OK) {
        return err->code;
    }
    source->path = value;
    return PL_OK;
}

PL_STATUS pl_mf_source_path(struct pl_mf *mf, const struct pl_mf_row *row PL_UNUSED, uint32_t node,
                            void *into, struct pl_err *err)
{
    return read_path(mf, "path", node, PL_SOURCE_PATH, into, err);
}

PL_STATUS pl_mf_source_archive(struct pl_mf *mf, const struct pl_mf_row *row, uint32_t node,
                               void *into, struct pl_err *err)
{
    return read_path(mf, row->key, node, PL_SOURCE_ARCHIVE, into, err);
}

PL_STATUS pl_mf_source_run(struct pl_mf *mf, const struct pl_mf_row *row, uint32_t node, void *into,
                           struct pl_err *err)
{
    struct pl_source *source = into;
    struct pl_value value;
    if (pl_mf_scalar(mf, node, row->key, "a command", &value, err) != PL_OK ||
        pl_mf_take_kind(mf, node, source, PL_SOURCE_RUN, err) != PL_OK) {
        return err->code;
    }
    source->path = value;
    return PL_OK;
}

PL_STATUS pl_mf_source_inputs(struct pl_mf *mf, const struct pl_mf_row *row, uint32_t node,
                              void *into, struct pl_err *err)
{
    struct pl_patterns *to = &((struct pl_source *)into)->inputs;
    struct pl_value ignored;
    if (pl_mf_scalars(mf, node, row->key, "a path", to, err) != PL_OK) {
        return err->code;
    }
    for (uint32_t item = pl_doc_node(mf->doc, node)->child; item != PL_NODE_NONE;
         item = pl_doc_node(mf->doc, item)->next) {
        if (pl_mf_relative_path(mf, row->key, item, &ignored, err) != PL_OK) {
            return err->code;
        }
    }
    return PL_OK;
}

/* The place in the ZIP without "." and empty components; names what is wrong with it, or NULL. */
static const char *clean_place(struct pl_slice text, char *to, size_t *ret_len)
{
    struct pl_slice part;
    size_t n = 0;
    if (text.ptr[0] == '/') {
        return "is absolute; it is a folder in the ZIP";
    }
    if (pl_slice_find(text, '\\') < text.len) {
        return "has a backslash; folders in a ZIP are separated by /";
    }
    while (pl_slice_next(&text, '/', &part)) {
        if (pl_slice_is(part, "..")) {
            return "leaves the ZIP";
        }
        if (part.len == 0 || pl_slice_is(part, ".")) {
            continue;
        }
        if (n > 0) {
            to[n++] = '/';
        }
        for (size_t i = 0; i < part.len; i++) {
            to[n++] = part.ptr[i];
        }
    }
    *ret_len = n;
    return NULL;
}

PL_STATUS pl_mf_source_to(struct pl_mf *mf, const struct pl_mf_row *row PL_UNUSED, uint32_t node,
                          void *into, struct pl_err *err)
{
    struct pl_source *source = into;
    struct pl_value value;
    if (pl_mf_scalar(mf, node, "to", "a folder in the ZIP", &value, err) != PL_OK) {
        return err->code;
    }
    if (value.text.len > PL_MAX_PATH) {
        return pl_mf_fail(mf, node, err, "to: is longer than %u bytes", PL_MAX_PATH);
    }
    /* Cleaning only takes bytes away. */
    char *place = pl_arena_new(&mf->project->arena, value.text.len, 1, err);
    if (!place) {
        return err->code;
    }
    size_t len = 0;
    const char *wrong = clean_place(value.text, place, &len);
    if (wrong) {
        return pl_mf_fail(mf, node, err, "to: '%s' %s", pl_mf_quote(mf, value.text), wrong);
    }
    source->to = value;
    source->to.text = pl_slice_make(place, len);
    return PL_OK;
}

PL_STATUS pl_mf_inline_to(struct pl_mf *mf, const struct pl_mf_row *row, uint32_t node, void *into,
                          struct pl_err *err)
{
    struct pl_source *source = into;
    if (pl_mf_source_to(mf, row, node, into, err) != PL_OK) {
        return err->code;
    }
    struct pl_slice written = pl_doc_node(mf->doc, node)->text;
    if (source->to.text.len == 0 || pl_slice_ends(written, PL_SLICE("/"))) {
        return pl_mf_fail(mf, node, err, "to: '%s' is a folder; name the file",
                          pl_mf_quote(mf, written));
    }
    return PL_OK;
}

PL_STATUS pl_mf_inline_content(struct pl_mf *mf, const struct pl_mf_row *row PL_UNUSED,
                               uint32_t node, void *into, struct pl_err *err)
{
    struct pl_source *source = into;
    const struct pl_node *it = pl_doc_node(mf->doc, node);
    if (it->kind != PL_NODE_SCALAR || !pl_mf_tag_known(it->tag)) {
        return pl_mf_fail(mf, node, err, "content: expected text, found %s",
                          it->kind == PL_NODE_SCALAR ? "a tag" : pl_mf_found(mf, node));
    }
    source->content = pl_value_given(it->text, it->at);
    source->content.secret = true;
    return PL_OK;
}

PL_STATUS pl_mf_source_text(struct pl_mf *mf, const struct pl_mf_row *row PL_UNUSED, uint32_t node,
                            void *into, struct pl_err *err)
{
    struct pl_source *source = into;
    if (pl_mf_take_kind(mf, node, source, PL_SOURCE_TEXT, err) != PL_OK ||
        pl_mf_map(mf, PL_MF_INLINE, node, "text", source, err) != PL_OK) {
        return err->code;
    }
    const char *missing = source->content.known == PL_ABSENT ? "content" : NULL;
    missing = source->to.known == PL_ABSENT ? "to" : missing;
    if (missing) {
        return pl_mf_fail(mf, node, err, "text: %s is missing", missing);
    }
    source->path = pl_value_given(PL_SLICE("text"), pl_doc_node(mf->doc, node)->at);
    return PL_OK;
}

PL_STATUS pl_mf_source_strip(struct pl_mf *mf, const struct pl_mf_row *row, uint32_t node,
                             void *into, struct pl_err *err)
{
    struct pl_source *source = into;
    struct pl_value value;
    int64_t n = 0;
    if (pl_mf_scalar(mf, node, row->key, "a whole number", &value, err) != PL_OK) {
        return err->code;
    }
    if (!pl_node_int(pl_doc_node(mf->doc, node), &n) || n < 0 || n > PL_MAX_FOLDER_DEPTH) {
        return pl_mf_fail(mf, node, err, "%s: expected a number of folders, found '%s'", row->key,
                          pl_mf_quote(mf, value.text));
    }
    source->strip = (uint32_t)n;
    return PL_OK;
}

PL_STATUS pl_mf_source_mode(struct pl_mf *mf, const struct pl_mf_row *row, uint32_t node,
                            void *into, struct pl_err *err)
{
    struct pl_source *source = into;
    struct pl_value value;
    unsigned mode = 0;
    if (pl_mf_scalar(mf, node, row->key, "permissions", &value, err) != PL_OK) {
        return err->code;
    }
    struct pl_slice text = value.text;
    bool good = text.len == 3 || (text.len == 4 && text.ptr[0] == '0');
    for (size_t i = 0; i < text.len && good; i++) {
        good = text.ptr[i] >= '0' && text.ptr[i] <= '7';
        mode = mode * 8 + (unsigned)(text.ptr[i] - '0');
    }
    if (!good) {
        return pl_mf_fail(mf, node, err,
                          "%s: expected permissions such as \"0755\" or \"0644\", found '%s'",
                          row->key, pl_mf_quote(mf, text));
    }
    /* Lambda runs the code as a user that owns none of it. */
    if ((mode & 0444u) != 0444u) {
        return pl_mf_fail(mf, node, err,
                          "%s: '%s' keeps Lambda's user from reading the file; everybody must be "
                          "able to, as with \"0644\"",
                          row->key, pl_mf_quote(mf, text));
    }
    source->mode = (uint16_t)mode;
    return PL_OK;
}

PL_STATUS pl_mf_source_symlinks(struct pl_mf *mf, const struct pl_mf_row *row, uint32_t node,
                                void *into, struct pl_err *err)
{
    static const char *const words[] = {"auto", "follow", "preserve", "error"};
    struct pl_source *source = into;
    struct pl_value value;
    if (pl_mf_scalar(mf, node, row->key, "auto, follow, preserve or error", &value, err) != PL_OK) {
        return err->code;
    }
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (pl_slice_is(value.text, words[i])) {
            source->symlinks = (uint8_t)i;
            return PL_OK;
        }
    }
    const char *nearest = pl_text_nearest(value.text, words, sizeof words / sizeof *words);
    const char *quoted = pl_mf_quote(mf, value.text);
    return nearest ? pl_mf_fail(mf, node, err, "%s: '%s' is not known; did you mean '%s'?",
                                row->key, quoted, nearest)
                   : pl_mf_fail(mf, node, err,
                                "%s: expected auto, follow, preserve or error, found '%s'",
                                row->key, quoted);
}

/* Settings that a kind of source has no use for. */
static const struct {
    enum pl_source_kind kind;
    const char *name;
    const char *refused[8];
} pl_mf_kinds[] = {
    {PL_SOURCE_ARCHIVE, "'archive'", {"symlinks"}},
    {PL_SOURCE_PYTHON, "'python'", {"symlinks", "optional"}},
    {PL_SOURCE_NPM, "'npm'", {"optional"}},
    {PL_SOURCE_RUN, "'run'", {"optional"}},
    {PL_SOURCE_TEXT, "'text'", {"to", "strip", "symlinks", "optional", "include", "exclude"}},
};

static enum pl_status check_settings(struct pl_mf *mf, uint32_t node,
                                     const struct pl_source *source, struct pl_err *err)
{
    for (size_t i = 0; i < sizeof pl_mf_kinds / sizeof *pl_mf_kinds; i++) {
        for (const char *const *key = pl_mf_kinds[i].refused;
             source->kind == pl_mf_kinds[i].kind && *key; key++) {
            uint32_t at = pl_doc_get(mf->doc, node, *key);
            if (at != PL_NODE_NONE) {
                return pl_mf_fail(mf, at, err, "%s: means nothing for %s sources", *key,
                                  pl_mf_kinds[i].name);
            }
        }
    }
    return PL_OK;
}

/* What a command reads decides whether it is run: without a list nobody could tell. */
static enum pl_status check_inputs(struct pl_mf *mf, uint32_t node, const struct pl_source *source,
                                   struct pl_err *err)
{
    uint32_t inputs = pl_doc_get(mf->doc, node, "inputs");
    if (source->kind == PL_SOURCE_RUN && inputs == PL_NODE_NONE) {
        return pl_mf_fail(mf, node, err,
                          "inputs is missing beside 'run': the files and folders that the command "
                          "reads; it is run when one of them changes ([.] for the whole project)");
    }
    return source->kind == PL_SOURCE_RUN || inputs == PL_NODE_NONE
               ? PL_OK
               : pl_mf_fail(mf, inputs, err, "inputs: belongs to a 'run' source");
}

static enum pl_status read_source(struct pl_mf *mf, uint32_t node, struct pl_source *ret,
                                  struct pl_err *err)
{
    const struct pl_node *it = pl_doc_node(mf->doc, node);
    ret->at = it->at;
    if (it->kind == PL_NODE_SCALAR) {
        return pl_mf_source_path(mf, NULL, node, ret, err);
    }
    if (it->kind != PL_NODE_MAP) {
        return pl_mf_fail(mf, node, err, "sources: expected a path or a map, found %s",
                          pl_mf_found(mf, node));
    }
    uint32_t extension = pl_doc_get(mf->doc, node, "extension");
    if (extension != PL_NODE_NONE && pl_doc_count(mf->doc, node) > 1) {
        return pl_mf_fail(mf, extension, err,
                          "extension: what else is said of the source stands inside of it");
    }
    if (pl_mf_map(mf, PL_MF_SOURCE, node, "a source", ret, err) != PL_OK) {
        return err->code;
    }
    if (ret->extension) {
        return PL_OK; /* what is inside was checked */
    }
    if (ret->path.known == PL_ABSENT) {
        return pl_mf_fail(mf, node, err, "path is missing in this source");
    }
    return check_inputs(mf, node, ret, err) == PL_OK ? check_settings(mf, node, ret, err)
                                                     : err->code;
}

/* Puts a source below extensions/. */
static enum pl_status enter_extensions(struct pl_mf *mf, struct pl_source *source,
                                       struct pl_err *err)
{
    struct pl_slice to = source->to.text;
    source->extension = true;
    if (source->to.known == PL_ABSENT) {
        source->to = pl_value_given(PL_SLICE("extensions"), source->at);
        return PL_OK;
    }
    return pl_arena_fmt(&mf->project->arena, &source->to.text, err, "extensions%s%.*s",
                        to.len > 0 ? "/" : "", (int)to.len, to.ptr);
}

PL_STATUS pl_mf_source_extension(struct pl_mf *mf, const struct pl_mf_row *row, uint32_t node,
                                 void *into, struct pl_err *err)
{
    struct pl_source *source = into;
    struct pl_source inner = {.kind = PL_SOURCE_PATH};
    const struct pl_node *it = pl_doc_node(mf->doc, node);
    if (it->kind != PL_NODE_SCALAR && it->kind != PL_NODE_MAP) {
        return pl_mf_fail(mf, node, err, "%s: expected a path or a map, found %s", row->key,
                          pl_mf_found(mf, node));
    }
    if (pl_doc_get(mf->doc, node, row->key) != PL_NODE_NONE) {
        return pl_mf_fail(mf, node, err, "%s: stands in another one", row->key);
    }
    if (read_source(mf, node, &inner, err) != PL_OK) {
        return err->code;
    }
    if ((inner.kind == PL_SOURCE_PYTHON || inner.kind == PL_SOURCE_NPM) && inner.to.text.len == 0) {
        return pl_mf_fail(
            mf, node, err,
            "%s: Lambda starts each file that stands in extensions/ itself as a program, "
            "and these would be modules; give them a folder of their own with `to`, "
            "or make them another source of the layer",
            row->key);
    }
    if (enter_extensions(mf, &inner, err) != PL_OK) {
        return err->code;
    }
    inner.at = source->at;
    *source = inner;
    return PL_OK;
}

PL_STATUS pl_mf_sources(struct pl_mf *mf, uint32_t node, struct pl_source **ret, uint32_t *ret_n,
                        struct pl_err *err)
{
    const struct pl_node *it = pl_doc_node(mf->doc, node);
    bool is_list = it->kind == PL_NODE_SEQ;
    if (it->kind == PL_NODE_NULL) {
        return pl_mf_fail(mf, node, err,
                          "sources: expected a path, a map or a list of them, found nothing");
    }
    uint32_t n = is_list ? pl_doc_count(mf->doc, node) : 1;
    if (n == 0) {
        return pl_mf_fail(mf, node, err, "sources: an empty list would pack nothing");
    }
    struct pl_source *source = pl_arena_new(&mf->project->arena, n, sizeof *source, err);
    if (!source) {
        return err->code;
    }
    uint32_t item = is_list ? it->child : node;
    bool failed = false;
    for (uint32_t i = 0; i < n; i++) {
        if (read_source(mf, item, &source[i], err) != PL_OK) {
            if (!pl_mf_note(mf, err)) {
                return err->code;
            }
            failed = true;
        }
        item = pl_doc_node(mf->doc, item)->next;
    }
    *ret = source;
    *ret_n = n;
    return pl_mf_end(mf, failed, err);
}

PL_STATUS pl_mf_function_sources(struct pl_mf *mf, const struct pl_mf_row *row PL_UNUSED,
                                 uint32_t node, void *into, struct pl_err *err)
{
    struct pl_function_decl *decl = &((struct pl_mf_function *)into)->decl;
    if (pl_mf_sources(mf, node, &decl->source, &decl->n_source, err) != PL_OK) {
        return err->code;
    }
    bool is_list = pl_doc_node(mf->doc, node)->kind == PL_NODE_SEQ;
    uint32_t item = is_list ? pl_doc_node(mf->doc, node)->child : node;
    for (uint32_t i = 0; i < decl->n_source; i++) {
        if (decl->source[i].extension) {
            return pl_mf_fail(mf, item, err,
                              "extension: Lambda looks for extensions below /opt; make it a source "
                              "of a layer");
        }
        item = pl_doc_node(mf->doc, item)->next;
    }
    return PL_OK;
}

PL_STATUS pl_mf_layer_sources(struct pl_mf *mf, const struct pl_mf_row *row PL_UNUSED,
                              uint32_t node, void *into, struct pl_err *err)
{
    struct pl_layer_decl *decl = into;
    return pl_mf_sources(mf, node, &decl->source, &decl->n_source, err);
}
