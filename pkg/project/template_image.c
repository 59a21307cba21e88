/*
 * Functions that are container images.  ImageUri names a registry, where nothing is looked at, or
 * an archive or layout on this disk, as SAM takes it (`docker save -o`); ImageConfig stands in for
 * what the image itself says.
 */
#include "pkg/base/limits.h"
#include "pkg/project/assembly.h"
#include "pkg/project/template_read.h"
#include "pkg/project/template_resource.h"

#include <stdio.h>
#include <sys/stat.h>

static const char WHY_IMAGE[] = "its container image is not on this disk: save it (docker save -o "
                                "FILE) and lint the file";
static const char WHY_BUILD[] =
    "its image is not built here: save it (docker save -o FILE) and name the file as its ImageUri";
static const char WHY_PACKED[] = "its archive is compressed as a whole: gunzip it first";
static const char WHY_SAVE[] = "not built: save the image there first (docker save -o)";

struct texts {
    struct pl_value *at;
    uint32_t n;
};

/* A list of texts; what is not known sets image->why. */
static PL_STATUS read_list(struct pl_tp *tp, const struct pl_tp_value *config, const char *key,
                           struct pl_image_decl *image, struct texts *ret, struct pl_err *err)
{
    struct pl_tp_value list;
    struct pl_tp_value *item = NULL;
    uint32_t n = 0;
    if (pl_tp_get(tp, config, key, &list, err) != PL_OK) {
        return err->code;
    }
    if (list.kind != PL_TP_LIST) {
        image->why = list.kind == PL_TP_ABSENT    ? image->why
                     : list.kind == PL_TP_UNKNOWN ? list.why
                                                  : PL_TP_WHY_STRANGE;
        return PL_OK;
    }
    if (pl_tp_items(tp, &list, &item, &n, err) != PL_OK) {
        return err->code;
    }
    struct texts texts = {pl_arena_new(&tp->project->arena, n, sizeof *texts.at, err), n};
    if (!texts.at) {
        return err->code;
    }
    for (uint32_t i = 0; i < n; i++) {
        texts.at[i] = pl_tp_setting(&item[i]);
        image->why = texts.at[i].known == PL_UNKNOWN ? texts.at[i].why : image->why;
    }
    *ret = texts;
    return PL_OK;
}

static PL_STATUS read_config(struct pl_tp *tp, const struct pl_tp_value *config,
                             struct pl_image_decl *image, struct pl_err *err)
{
    struct pl_tp_value workdir;
    struct texts entrypoint = {.n = 0};
    struct texts command = {.n = 0};
    if (config->kind == PL_TP_UNKNOWN) {
        image->why = config->why;
    }
    if (config->kind != PL_TP_MAP) {
        return PL_OK;
    }
    if (read_list(tp, config, "EntryPoint", image, &entrypoint, err) ||
        read_list(tp, config, "Command", image, &command, err) ||
        pl_tp_get(tp, config, "WorkingDirectory", &workdir, err)) {
        return err->code;
    }
    image->entrypoint = entrypoint.at;
    image->n_entrypoint = entrypoint.n;
    image->command = command.at;
    image->n_command = command.n;
    image->workdir = pl_tp_setting(&workdir);
    image->why = image->workdir.known == PL_UNKNOWN ? image->workdir.why : image->why;
    return PL_OK;
}

/* SAM calls what it builds after the function, in small letters, with its DockerTag. */
static PL_STATUS read_name(struct pl_tp *tp, const struct pl_tp_value *tag,
                           struct pl_function_decl *decl, struct pl_err *err)
{
    struct pl_slice id;
    if (tag->kind != PL_TP_TEXT || tag->text.len == 0) {
        return PL_OK;
    }
    char *text = pl_arena_new(&tp->project->arena, decl->id.len, 1, err);
    if (!text) {
        return err->code;
    }
    for (size_t i = 0; i < decl->id.len; i++) {
        char c = decl->id.ptr[i];
        text[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    id = pl_slice_make(text, decl->id.len);
    return pl_arena_fmt(&tp->project->arena, &decl->image.name, err, "%.*s:%.*s", (int)id.len,
                        id.ptr, (int)tag->text.len, tag->text.ptr);
}

static bool is_path(struct pl_slice uri)
{
    static const char *const ends[] = {".tar", ".tar.gz", ".tgz", ".oci"};
    bool is = pl_slice_starts(uri, PL_SLICE("/")) || pl_slice_starts(uri, PL_SLICE("./")) ||
              pl_slice_starts(uri, PL_SLICE("../"));
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        is = is || pl_slice_ends(uri, pl_slice_of(ends[i]));
    }
    return is;
}

/* A folder is an image only when it is an OCI layout; else it is what a Dockerfile copies from. */
static PL_STATUS is_there(struct pl_tp *tp, struct pl_slice path, bool *ret, struct pl_err *err)
{
    struct pl_slice index;
    struct stat st;
    *ret = stat(path.ptr, &st) == 0 && S_ISREG(st.st_mode);
    if (*ret || stat(path.ptr, &st) != 0 || !S_ISDIR(st.st_mode)) {
        return PL_OK;
    }
    if (pl_arena_fmt(&tp->project->arena, &index, err, "%.*s/index.json", (int)path.len,
                     path.ptr) != PL_OK) {
        return err->code;
    }
    *ret = stat(index.ptr, &st) == 0;
    return PL_OK;
}

/* SAM takes a compressed archive; its layers cannot be read where they stand. */
static bool is_compressed(struct pl_slice path)
{
    unsigned char head[2] = {0};
    FILE *file = fopen(path.ptr, "rb");
    bool is = file && fread(head, 1, sizeof head, file) == sizeof head && head[0] == 0x1f &&
              head[1] == 0x8b; /* RFC 1952, 2.3.1 */
    if (file) {
        (void)fclose(file);
    }
    return is;
}

/* An archive in the CDK's assembly, by the tag under which it will be pushed. */
static PL_STATUS find_in_assembly(struct pl_tp *tp, const struct pl_tp_image *image,
                                  struct pl_tp_value *ret, struct pl_err *err)
{
    struct pl_slice uri = image->uri.text;
    *ret = image->uri;
    if (!tp->assembly || tp->assembly->n_image == 0 || image->uri_node == PL_NODE_NONE) {
        return PL_OK;
    }
    if (image->uri.kind != PL_TP_TEXT && pl_tp_raw(tp, image->uri_node, &uri, err) != PL_OK) {
        return err->code;
    }
    size_t colon = pl_slice_rfind(uri, ':');
    struct pl_slice tag = pl_slice_sub(uri, colon + 1, uri.len);
    for (size_t i = 0; colon < uri.len && i < tp->assembly->n_image; i++) {
        if (pl_slice_eq(tp->assembly->image[i].key, tag)) {
            *ret = pl_tp_text((struct pl_slice){0}, image->uri.at);
            return pl_arena_dup(&tp->project->arena, tp->assembly->image[i].path, &ret->text, err);
        }
    }
    return PL_OK;
}

static PL_STATUS find_archive(struct pl_tp *tp, const struct pl_tp_value *uri,
                              struct pl_function_decl *decl, struct pl_err *err)
{
    struct pl_slice path;
    bool there = false;
    bool may_be = uri->kind == PL_TP_TEXT && uri->text.len > 0 && uri->text.len <= PL_MAX_PATH &&
                  pl_slice_find(uri->text, '\0') == uri->text.len;
    if (!may_be) {
        return PL_OK;
    }
    if (pl_project_path(tp->project, uri->text, &path, err) != PL_OK ||
        is_there(tp, path, &there, err) != PL_OK) {
        return err->code;
    }
    if (there && is_compressed(path)) {
        decl->state_why = WHY_PACKED;
        return PL_OK;
    }
    if (there || is_path(uri->text)) {
        decl->package = pl_value_given(path, uri->at);
        decl->state = there ? PL_PACKAGE_ARTIFACT : PL_PACKAGE_ABSENT;
        decl->state_why = there ? NULL : WHY_SAVE;
        decl->gap = PL_GAP_DOUBTFUL;
    }
    return PL_OK;
}

PL_STATUS pl_tp_read_image(struct pl_tp *tp, const struct pl_tp_image *image,
                           struct pl_function_decl *decl, struct pl_err *err)
{
    decl->image.is = true;
    decl->state = PL_PACKAGE_OPAQUE;
    decl->state_why = image->has_dockerfile ? WHY_BUILD : WHY_IMAGE;
    enum pl_status status = read_config(tp, &image->config, &decl->image, err);
    status = status ? status : read_name(tp, &image->tag, decl, err);
    struct pl_tp_value uri;
    status = status ? status : find_in_assembly(tp, image, &uri, err);
    return status ? status : find_archive(tp, &uri, decl, err);
}
