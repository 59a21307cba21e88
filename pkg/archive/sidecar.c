#include "pkg/archive/sidecar.h"

#include "pkg/archive/weight.h"
#include "pkg/base/jsonw.h"
#include "pkg/base/version.h"

enum { HEAVIEST = 10, MODE_TEXT = 5 };

/* Four octal digits. */
static void mode_text(int32_t mode, char ret[MODE_TEXT])
{
    for (unsigned i = 0; i < MODE_TEXT - 1; i++) {
        unsigned shift = 3 * (MODE_TEXT - 2 - i);
        ret[i] = mode == PL_MODE_NONE ? '-' : "01234567"[(uint32_t)mode >> shift & 7u];
    }
    ret[MODE_TEXT - 1] = '\0';
}

static char type_letter(uint8_t type)
{
    return type == PL_ENTRY_FOLDER ? 'd' : type == PL_ENTRY_LINK ? 'l' : 'f';
}

static const char *type_name(uint8_t type)
{
    return type == PL_ENTRY_FOLDER ? "folder" : type == PL_ENTRY_LINK ? "link" : "file";
}

void pl_sidecar_content_hash(const struct pl_sidecar_entry *entry, size_t n,
                             unsigned char ret[PL_SHA256_SIZE])
{
    struct pl_sha256 sha;
    pl_sha256_init(&sha);
    for (size_t i = 0; i < n; i++) {
        char head[2] = {type_letter(entry[i].type), ' '};
        char mode[MODE_TEXT];
        char hex[PL_SHA256_HEX];
        mode_text(entry[i].mode, mode);
        mode[MODE_TEXT - 1] = ' ';
        pl_sha256_hex(entry[i].sha256, hex);
        hex[PL_SHA256_HEX - 1] = ' ';
        pl_sha256_add(&sha, head, sizeof head);
        pl_sha256_add(&sha, mode, sizeof mode);
        pl_sha256_add(&sha, hex, sizeof hex);
        pl_sha256_add(&sha, entry[i].name.ptr, entry[i].name.len);
        bool folder = entry[i].type == PL_ENTRY_FOLDER;
        pl_sha256_add(&sha, folder ? "/" : "", folder ? 2 : 1);
    }
    pl_sha256_end(&sha, ret);
}

static void write_known(struct pl_jsonw *w, const char *key, struct pl_slice text)
{
    if (text.len > 0) {
        pl_jsonw_slice(w, key, text);
    } else {
        pl_jsonw_null(w, key);
    }
}

static void write_head(struct pl_jsonw *w, const struct pl_sidecar *sidecar)
{
    char base64[PL_SHA256_BASE64];
    char hex[PL_SHA256_HEX];
    unsigned char content[PL_SHA256_SIZE];
    pl_jsonw_text(w, "schema", PL_SIDECAR_SCHEMA);
    pl_jsonw_object(w, "tool");
    pl_jsonw_text(w, "name", "plimsoll");
    pl_jsonw_text(w, "version", PL_VERSION);
    pl_jsonw_text(w, "libdeflate", sidecar->deflate);
    pl_jsonw_close_object(w);
    pl_jsonw_text(w, "kind", sidecar->is_layer ? "layer" : "function");
    write_known(w, "name", sidecar->name);
    pl_sha256_base64(sidecar->code_sha256, base64);
    pl_jsonw_text(w, "code_sha256", base64);
    pl_sidecar_content_hash(sidecar->entry, sidecar->n_entry, content);
    pl_sha256_hex(content, hex);
    pl_jsonw_text(w, "content_sha256", hex);
    pl_jsonw_u64(w, "zipped_bytes", sidecar->zipped_bytes);
    pl_jsonw_u64(w, "unzipped_bytes", sidecar->unzipped_bytes);
    if (sidecar->level > 0) {
        pl_jsonw_i64(w, "level", sidecar->level);
    } else {
        pl_jsonw_null(w, "level");
    }
}

static void write_settings(struct pl_jsonw *w, const struct pl_sidecar *sidecar)
{
    if (!sidecar->is_layer) {
        write_known(w, "handler", sidecar->handler);
        write_known(w, "runtime", sidecar->n_runtime > 0 ? sidecar->runtime[0] : PL_SLICE(""));
    } else {
        pl_jsonw_array(w, "compatible_runtimes");
        for (uint32_t i = 0; i < sidecar->n_runtime; i++) {
            pl_jsonw_slice(w, NULL, sidecar->runtime[i]);
        }
        pl_jsonw_close_array(w);
    }
    write_known(w, "architecture", sidecar->architecture);
}

static void write_heaviest(struct pl_jsonw *w, const struct pl_tree *tree)
{
    struct pl_weight heavy[HEAVIEST];
    size_t n = tree ? pl_tree_heaviest(tree, heavy, HEAVIEST) : 0;
    pl_jsonw_array(w, "heaviest");
    for (size_t i = 0; i < n; i++) {
        pl_jsonw_object(w, NULL);
        pl_jsonw_slice(w, "path", heavy[i].path);
        pl_jsonw_u64(w, "bytes", heavy[i].bytes);
        pl_jsonw_u64(w, "files", heavy[i].files);
        pl_jsonw_close_object(w);
    }
    pl_jsonw_close_array(w);
}

/* On one line: there may be many thousands. */
static void write_entry(struct pl_jsonw *w, const struct pl_sidecar_entry *entry)
{
    char mode[MODE_TEXT];
    char hex[PL_SHA256_HEX];
    mode_text(entry->mode, mode);
    pl_sha256_hex(entry->sha256, hex);
    pl_jsonw_object(w, NULL);
    w->indent = false;
    pl_jsonw_slice(w, "name", entry->name);
    pl_jsonw_text(w, "type", type_name(entry->type));
    pl_jsonw_text(w, "mode", entry->mode == PL_MODE_NONE ? NULL : mode);
    pl_jsonw_u64(w, "bytes", entry->size);
    pl_jsonw_u64(w, "zipped_bytes", entry->packed);
    if (entry->type == PL_ENTRY_LINK) {
        pl_jsonw_slice(w, "target", entry->link);
    }
    pl_jsonw_text(w, "sha256", entry->type == PL_ENTRY_FOLDER ? NULL : hex);
    pl_jsonw_close_object(w);
    w->indent = true;
}

enum pl_status pl_sidecar_write(struct pl_buf *to, const struct pl_sidecar *sidecar,
                                struct pl_err *err)
{
    struct pl_jsonw w;
    pl_jsonw_begin(&w, to, true, err);
    pl_jsonw_object(&w, NULL);
    write_head(&w, sidecar);
    write_settings(&w, sidecar);
    write_heaviest(&w, sidecar->tree);
    pl_jsonw_array(&w, "entries");
    for (size_t i = 0; i < sidecar->n_entry; i++) {
        write_entry(&w, &sidecar->entry[i]);
    }
    pl_jsonw_close_array(&w);
    pl_jsonw_close_object(&w);
    enum pl_status status = pl_jsonw_end(&w);
    return status == PL_OK ? pl_buf_byte(to, '\n', err) : status;
}
