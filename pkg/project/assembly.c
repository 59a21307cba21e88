#include "pkg/project/assembly.h"

#include "pkg/base/arr.h"
#include "pkg/base/doc.h"
#include "pkg/base/file.h"
#include "pkg/base/limits.h"

#include <stdlib.h>
#include <sys/stat.h>

enum {
    MAX_DEPTH = 8,      /* stages in stages */
    MAX_ITEMS = 100000, /* templates, assets */
    MAX_FILES = 10000   /* of the assembly itself */
};
#define MAX_BYTES      PL_MB(256)
#define MAX_TEXT_BYTES PL_MB(64)

void pl_assembly_done(struct pl_assembly *assembly)
{
    free(assembly->template_);
    free(assembly->asset);
    free(assembly->image);
    free(assembly->seen);
    pl_arena_done(&assembly->arena);
    *assembly = (struct pl_assembly){.template_ = NULL};
}

/* FOLDER/NAME; names that leave the folder are for stages, whose assets stand above them. */
static PL_STATUS join(struct pl_assembly *assembly, struct pl_slice folder, struct pl_slice name,
                      struct pl_slice *ret, struct pl_err *err)
{
    if (pl_slice_is(folder, ".") || name.ptr[0] == '/') {
        return pl_arena_dup(&assembly->arena, name, ret, err);
    }
    return pl_arena_fmt(&assembly->arena, ret, err, "%.*s/%.*s", (int)folder.len, folder.ptr,
                        (int)name.len, name.ptr);
}

static bool is_name(struct pl_slice name)
{
    return name.len > 0 && name.len < PL_MAX_PATH && pl_slice_find(name, '\0') == name.len;
}

/* A stage may name itself, or the next one a hundred times: each file is read once. */
static PL_STATUS see(struct pl_assembly *assembly, const struct stat *st, bool *ret_new,
                     struct pl_err *err)
{
    *ret_new = true;
    for (size_t i = 0; i < assembly->n_seen && *ret_new; i++) {
        *ret_new = assembly->seen[i].dev != (uint64_t)st->st_dev ||
                   assembly->seen[i].ino != (uint64_t)st->st_ino;
    }
    if (!*ret_new) {
        return PL_OK;
    }
    struct pl_assembly_seen *list =
        pl_arr_grow(assembly->seen, &assembly->cap_seen, assembly->n_seen + 1, sizeof *list,
                    MAX_FILES, "stages and asset manifests of an assembly", err);
    if (!list) {
        return err->code;
    }
    assembly->seen = list;
    list[assembly->n_seen++] =
        (struct pl_assembly_seen){.dev = (uint64_t)st->st_dev, .ino = (uint64_t)st->st_ino};
    return PL_OK;
}

/* *ret_there is false when there is no such file, or it was read before. */
static PL_STATUS parse(struct pl_assembly *assembly, struct pl_slice folder, struct pl_slice name,
                       struct pl_doc *doc, bool *ret_there, struct pl_err *err)
{
    struct pl_buf text PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_DOC_BYTES};
    struct pl_slice path;
    struct stat st;
    *ret_there = false;
    if (!is_name(name)) {
        return PL_OK;
    }
    if (join(assembly, folder, name, &path, err) != PL_OK ||
        pl_file_look(path.ptr, false, ret_there, &st, err) != PL_OK) {
        return err->code;
    }
    *ret_there = *ret_there && S_ISREG(st.st_mode);
    if (!*ret_there) {
        return PL_OK;
    }
    bool is_new = false;
    if (see(assembly, &st, &is_new, err) != PL_OK) {
        return err->code;
    }
    *ret_there = is_new;
    if (!is_new) {
        return PL_OK;
    }
    if (pl_file_read(path.ptr, &text, err) != PL_OK) {
        return err->code;
    }
    assembly->read_bytes += text.len;
    if (assembly->read_bytes > MAX_BYTES) {
        return pl_err_set(err, PL_ERR_LIMIT,
                          "%.*s: the manifests of the assembly's stages and assets are more than "
                          "%d MB",
                          (int)folder.len, folder.ptr, (int)(MAX_BYTES / PL_MB(1)));
    }
    return pl_json_parse(doc, pl_buf_view(&text), 0, path.ptr, err);
}

static PL_STATUS add_template(struct pl_assembly *assembly, struct pl_slice folder,
                              struct pl_slice name, struct pl_err *err)
{
    struct pl_slice *list =
        pl_arr_grow(assembly->template_, &assembly->cap_template, assembly->n_template + 1,
                    sizeof *list, MAX_ITEMS, "templates", err);
    if (!list) {
        return err->code;
    }
    assembly->template_ = list;
    enum pl_status status = join(assembly, folder, name, &list[assembly->n_template], err);
    assembly->n_template += !status;
    return status;
}

struct assets {
    struct pl_asset **list;
    size_t *n, *cap;
};

static PL_STATUS add_asset(struct pl_assembly *assembly, struct assets to, struct pl_slice key,
                           struct pl_slice path, struct pl_err *err)
{
    struct pl_asset *list =
        pl_arr_grow(*to.list, to.cap, *to.n + 1, sizeof *list, MAX_ITEMS, "assets", err);
    if (!list) {
        return err->code;
    }
    *to.list = list;
    struct pl_asset *asset = &list[*to.n];
    if (pl_arena_dup(&assembly->arena, key, &asset->key, err) != PL_OK ||
        pl_arena_dup(&assembly->arena, path, &asset->path, err) != PL_OK) {
        return err->code;
    }
    (*to.n)++;
    return PL_OK;
}

/* The first key of a map, or none. */
static uint32_t first_key(const struct pl_doc *doc, uint32_t map)
{
    const struct pl_node *node = pl_doc_node(doc, map);
    return node->kind == PL_NODE_MAP ? node->child : (uint32_t)PL_NODE_NONE;
}

static uint32_t next_key(const struct pl_doc *doc, uint32_t key)
{
    return pl_doc_node(doc, pl_doc_node(doc, key)->next)->next;
}

/* The archive that a command loads: TarballImageAsset runs `docker load` on a file beside. */
static PL_STATUS find_loaded(struct pl_assembly *assembly, struct pl_slice folder,
                             const struct pl_doc *doc, uint32_t command, struct pl_slice *ret,
                             struct pl_err *err)
{
    uint32_t word = pl_doc_node(doc, command)->kind == PL_NODE_SEQ
                        ? pl_doc_node(doc, command)->child
                        : (uint32_t)PL_NODE_NONE;
    *ret = (struct pl_slice){0};
    for (; word != PL_NODE_NONE; word = pl_doc_node(doc, word)->next) {
        struct pl_slice name = pl_doc_node(doc, word)->text;
        struct pl_slice path;
        struct stat st;
        bool is_there = false;
        if (!is_name(name) || !pl_slice_starts(pl_slice_basename(name), PL_SLICE("asset."))) {
            continue;
        }
        if (join(assembly, folder, name, &path, err) != PL_OK ||
            pl_file_look(path.ptr, false, &is_there, &st, err) != PL_OK) {
            return err->code;
        }
        if (is_there && S_ISREG(st.st_mode)) {
            *ret = name;
        }
    }
    return PL_OK;
}

/* Images of a stack that stand in the assembly as archives; the others are folders to build. */
static PL_STATUS read_images(struct pl_assembly *assembly, struct pl_slice folder,
                             const struct pl_doc *doc, struct pl_err *err)
{
    const struct assets to = {&assembly->image, &assembly->n_image, &assembly->cap_image};
    uint32_t images = pl_doc_get(doc, doc->root, "dockerImages");
    enum pl_status status = PL_OK;
    for (uint32_t key = first_key(doc, images); !status && key != PL_NODE_NONE;
         key = next_key(doc, key)) {
        uint32_t image = pl_doc_node(doc, key)->next;
        uint32_t source = pl_doc_get(doc, image, "source");
        uint32_t places = pl_doc_get(doc, image, "destinations");
        struct pl_slice path;
        status =
            find_loaded(assembly, folder, doc, pl_doc_get(doc, source, "executable"), &path, err);
        for (uint32_t at = first_key(doc, places); !status && path.len > 0 && at != PL_NODE_NONE;
             at = next_key(doc, at)) {
            uint32_t tag = pl_doc_get(doc, pl_doc_node(doc, at)->next, "imageTag");
            status = add_asset(assembly, to, pl_doc_node(doc, tag)->text, path, err);
        }
    }
    return status;
}

/* Files of a stack: code by its hash, and templates of nested stacks. */
static PL_STATUS read_assets(struct pl_assembly *assembly, struct pl_slice folder,
                             struct pl_slice name, bool deep, struct pl_err *err)
{
    struct pl_doc doc PL_CLEANUP(pl_doc_done) = {.node = NULL};
    bool is_there = false;
    if (parse(assembly, folder, name, &doc, &is_there, err) != PL_OK) {
        return err->code;
    }
    if (!is_there) {
        return PL_OK;
    }
    const struct assets to = {&assembly->asset, &assembly->n_asset, &assembly->cap_asset};
    uint32_t files = pl_doc_get(&doc, doc.root, "files");
    enum pl_status status = read_images(assembly, folder, &doc, err);
    for (uint32_t key = first_key(&doc, files); !status && key != PL_NODE_NONE;
         key = next_key(&doc, key)) {
        uint32_t source = pl_doc_get(&doc, pl_doc_node(&doc, key)->next, "source");
        struct pl_slice path = pl_doc_node(&doc, pl_doc_get(&doc, source, "path"))->text;
        if (!is_name(path)) {
            continue;
        }
        status = add_asset(assembly, to, pl_doc_node(&doc, key)->text, path, err);
        if (!status && deep && pl_slice_ends(path, PL_SLICE(".nested.template.json"))) {
            status = add_template(assembly, folder, path, err);
        }
    }
    return status;
}

static PL_STATUS read_folder(struct pl_assembly *assembly, struct pl_slice folder, bool deep,
                             unsigned depth, struct pl_err *err);

static PL_STATUS read_artifact(struct pl_assembly *assembly, const struct pl_doc *doc,
                               uint32_t artifact, struct pl_slice folder, unsigned depth,
                               struct pl_err *err)
{
    static const struct {
        const char *type, *key;
    } kinds[] = {{"aws:cloudformation:stack", "templateFile"},
                 {"cdk:asset-manifest", "file"},
                 {"cdk:cloud-assembly", "directoryName"}};
    bool deep = depth > 0;
    uint32_t properties = pl_doc_get(doc, artifact, "properties");
    struct pl_slice type = pl_doc_node(doc, pl_doc_get(doc, artifact, "type"))->text;
    size_t kind = 0;
    while (kind < 3 && !pl_slice_is(type, kinds[kind].type)) {
        kind++;
    }
    struct pl_slice name =
        kind < 3 ? pl_doc_node(doc, pl_doc_get(doc, properties, kinds[kind].key))->text
                 : PL_SLICE("");
    struct pl_slice below;
    if (!is_name(name)) {
        return PL_OK;
    }
    if (kind == 1) {
        return read_assets(assembly, folder, name, deep, err);
    }
    if (kind == 0) {
        return deep ? add_template(assembly, folder, name, err) : PL_OK;
    }
    if (!deep || depth > MAX_DEPTH) {
        return PL_OK;
    }
    enum pl_status status = join(assembly, folder, name, &below, err);
    return status ? status : read_folder(assembly, below, true, depth + 1, err);
}

/* `depth` is 0 where only the assets are wanted. */
static PL_STATUS read_folder(struct pl_assembly *assembly, struct pl_slice folder, bool deep,
                             unsigned depth, struct pl_err *err)
{
    struct pl_doc doc PL_CLEANUP(pl_doc_done) = {.node = NULL};
    bool is_there = false;
    if (parse(assembly, folder, PL_SLICE("manifest.json"), &doc, &is_there, err) != PL_OK) {
        return err->code;
    }
    uint32_t artifacts = pl_doc_get(&doc, doc.root, "artifacts");
    enum pl_status status = PL_OK;
    for (uint32_t key = is_there ? first_key(&doc, artifacts) : (uint32_t)PL_NODE_NONE;
         !status && key != PL_NODE_NONE; key = next_key(&doc, key)) {
        status = read_artifact(assembly, &doc, pl_doc_node(&doc, key)->next, folder,
                               deep ? depth : 0, err);
    }
    return status;
}

PL_STATUS pl_assembly_read(struct pl_assembly *ret, const char *folder, bool deep,
                           struct pl_err *err)
{
    struct pl_assembly assembly = {.template_ = NULL};
    struct pl_slice name = pl_slice_of(folder);
    while (name.len > 1 && name.ptr[name.len - 1] == '/') {
        name.len--;
    }
    pl_arena_init(&assembly.arena, MAX_TEXT_BYTES);
    enum pl_status status = read_folder(&assembly, name, deep, 1, err);
    if (status) {
        pl_assembly_done(&assembly);
        return status;
    }
    *ret = assembly;
    return PL_OK;
}

PL_STATUS pl_assembly_recognise(const char *folder, bool *ret, struct pl_err *err)
{
    struct pl_assembly assembly = {.template_ = NULL};
    struct pl_doc doc PL_CLEANUP(pl_doc_done) = {.node = NULL};
    bool is_there = false;
    pl_arena_init(&assembly.arena, MAX_TEXT_BYTES);
    *ret = false;
    enum pl_status status =
        parse(&assembly, pl_slice_of(folder), PL_SLICE("manifest.json"), &doc, &is_there, err);
    if (!status && is_there) {
        uint32_t artifacts = pl_doc_get(&doc, doc.root, "artifacts");
        *ret = pl_doc_node(&doc, artifacts)->kind == PL_NODE_MAP &&
               pl_doc_get(&doc, doc.root, "version") != PL_NODE_NONE;
    }
    pl_assembly_done(&assembly);
    /* A manifest.json of anybody's need not be JSON that we read. */
    return status == PL_ERR_NOMEM || status == PL_ERR_IO ? status : PL_OK;
}
