/* Is a tar.gz what `npm pack` writes, and of which package?  Everything in one stands in package/,
 * and package/package.json names it. */
#include "pkg/base/doc.h"
#include "pkg/base/file.h"
#include "pkg/base/limits.h"
#include "pkg/build/tar_in.h"
#include "pkg/build/unpack.h"

#include <string.h>
#include <unistd.h>

enum { PL_NPM_NAME_MAX = 214, PL_GZIP_MAGIC_BYTES = 2 };
#define PL_NPM_JSON_BYTES PL_MB(2)

/* Whoever named a ZIP so means a ZIP. */
static bool is_gzip(int fd)
{
    unsigned char head[PL_GZIP_MAGIC_BYTES] = {0};
    return pread(fd, head, sizeof head, 0) == sizeof head && memcmp(head, "\x1f\x8b", 2) == 0;
}

/* "left-pad" or "@scope/name", of characters that npm takes. */
static bool is_package_name(struct pl_slice name)
{
    size_t slash = pl_slice_find(name, '/');
    struct pl_slice last = slash < name.len ? pl_slice_sub(name, slash + 1, name.len) : name;
    bool scoped = slash < name.len;
    if (name.len == 0 || name.len > PL_NPM_NAME_MAX || last.len == 0 || last.ptr[0] == '.' ||
        last.ptr[0] == '_' || scoped != (name.ptr[0] == '@') || (scoped && slash == 1) ||
        pl_slice_find(last, '/') < last.len) {
        return false;
    }
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!word && !strchr("-._~@/", c)) {
            return false;
        }
    }
    return pl_slice_find_text(name, PL_SLICE("..")) == name.len;
}

/* The "name" of the package.json that is next in the archive; empty when it has none. */
static enum pl_status read_name(struct pl_select *select, const struct pl_tar_in *tar,
                                struct pl_slice path, struct pl_slice *ret, struct pl_err *err)
{
    struct pl_buf text PL_CLEANUP(pl_buf_done) = {.max = PL_NPM_JSON_BYTES};
    struct pl_doc doc PL_CLEANUP(pl_doc_done) = {.n = 0};
    char block[4096];
    la_ssize_t n = 0;
    while ((n = archive_read_data(tar->in, block, sizeof block)) > 0) {
        if (pl_buf_append(&text, block, (size_t)n, err) != PL_OK) {
            return err->code == PL_ERR_NOMEM ? err->code : PL_OK;
        }
    }
    if (n < 0) {
        return pl_unpack_tar_failed(tar, select, path, err);
    }
    if (pl_json_parse(&doc, pl_buf_view(&text), 0, "package.json", err) != PL_OK) {
        return err->code == PL_ERR_NOMEM ? err->code : PL_OK;
    }
    struct pl_slice name = pl_doc_node(&doc, pl_doc_get(&doc, doc.root, "name"))->text;
    return is_package_name(name) ? pl_arena_dup(&select->scratch, name, ret, err) : PL_OK;
}

static enum pl_status look_for_name(struct pl_select *select, struct pl_tar_in *tar,
                                    struct pl_slice path, struct pl_slice *ret, struct pl_err *err)
{
    for (size_t i = 0; i < PL_MAX_ENTRIES; i++) {
        int status = pl_tar_in_next(tar);
        if (status == ARCHIVE_EOF) {
            return PL_OK;
        }
        if (status < ARCHIVE_WARN) {
            return pl_unpack_tar_failed(tar, select, path, err);
        }
        const char *raw = archive_entry_pathname(tar->entry);
        struct pl_slice name = pl_slice_of(raw ? raw : "");
        if (!pl_slice_starts(name, PL_SLICE("package/"))) {
            return PL_OK;
        }
        if (pl_slice_is(name, "package/package.json")) {
            return read_name(select, tar, path, ret, err);
        }
    }
    return PL_OK;
}

enum pl_status pl_unpack_npm_name(struct pl_select *select, struct pl_slice path,
                                  struct pl_slice *ret, struct pl_err *err)
{
    int fd PL_CLEANUP(pl_fd_close) = -1;
    struct pl_tar_in tar PL_CLEANUP(pl_tar_in_done) = {.fd = -1};
    *ret = PL_SLICE("");
    if (!pl_slice_ends(path, PL_SLICE(".tgz")) && !pl_slice_ends(path, PL_SLICE(".tar.gz"))) {
        return PL_OK;
    }
    enum pl_status status = pl_file_open(path.ptr, &fd, err);
    if (status != PL_OK) {
        return status == PL_ERR_NOMEM || status == PL_ERR_IO ? status : PL_OK; /* as below */
    }
    if (!is_gzip(fd)) {
        return PL_OK;
    }
    if (pl_tar_in_init(&tar, fd, err) != PL_OK) {
        return err->code;
    }
    /* Without the library a filter would be a program found on PATH: ARCHIVE_WARN. */
    if (archive_read_support_format_tar(tar.in) != ARCHIVE_OK ||
        archive_read_support_filter_gzip(tar.in) != ARCHIVE_OK ||
        pl_tar_in_open(&tar) != ARCHIVE_OK) {
        return pl_unpack_tar_failed(&tar, select, path, err);
    }
    return look_for_name(select, &tar, path, ret, err);
}
