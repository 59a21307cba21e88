#include "pkg/survey/recognise.h"

#include "pkg/archive/sidecar.h"
#include "pkg/archive/tree.h"
#include "pkg/archive/zip_read.h"
#include "pkg/base/buf.h"
#include "pkg/base/file.h"
#include "pkg/base/limits.h"
#include "pkg/base/text.h"
#include "pkg/image/image.h"
#include "pkg/project/manifest.h"
#include "pkg/project/template.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { START_BYTES = 4096 };

struct magic {
    struct pl_slice bytes;
    size_t at;
    const char *what;
};

static const struct magic MAGIC[] = {
    {PL_SLICE_INIT("\x1f\x8b"), 0, "a gzip file"},
    {PL_SLICE_INIT("\x7f"
                   "ELF"),
     0, "an ELF file"},
    {PL_SLICE_INIT("version https://git-lfs"), 0, "a git-LFS pointer"},
    {PL_SLICE_INIT("7z\xbc\xaf\x27\x1c"), 0, "a 7-Zip archive"},
    {PL_SLICE_INIT("Rar!\x1a\x07"), 0, "a RAR archive"},
    {PL_SLICE_INIT("BZh"), 0, "a bzip2 file"},
    {PL_SLICE_INIT("\xfd"
                   "7zXZ"),
     0, "an xz file"},
    {PL_SLICE_INIT("\x28\xb5\x2f\xfd"), 0, "a zstd file"},
    {PL_SLICE_INIT("ustar"), 257, "a tar archive"},
    {PL_SLICE_INIT("MZ"), 0, "a Windows program"},
    {PL_SLICE_INIT("\xcf\xfa\xed\xfe"), 0, "a macOS program"},
    {PL_SLICE_INIT("\xca\xfe\xba\xbe"), 0, "a Java class or macOS program"},
    {PL_SLICE_INIT("%PDF-"), 0, "a PDF file"},
    {PL_SLICE_INIT("\xff\xfe"), 0, "text in UTF-16 (save it as UTF-8)"},
    {PL_SLICE_INIT("\xfe\xff"), 0, "text in UTF-16 (save it as UTF-8)"},
    {PL_SLICE_INIT("UEsDB"), 0, "base64 text (of a ZIP)"},
    {PL_SLICE_INIT("UEsFB"), 0, "base64 text (of a ZIP)"},
};

static bool starts_nocase(struct pl_slice s, const char *text)
{
    struct pl_slice want = pl_slice_of(text);
    return pl_slice_eq_nocase(pl_slice_sub(s, 0, want.len), want);
}

static bool is_base64(struct pl_slice s)
{
    enum { ENOUGH = 64 };
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        bool word = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (!word && c != '+' && c != '/' && c != '=' && c != '\n' && c != '\r') {
            return false;
        }
    }
    return s.len >= ENOUGH;
}

/* No byte that only binary data has; it may be no UTF-8, which a reader then says with the place.
 */
static bool is_printable(struct pl_slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        if (c < 0x20 && c != '\n' && c != '\r' && c != '\t' && c != '\f') {
            return false;
        }
    }
    return true;
}

/* Text, as far as its start tells: the last character may be cut. */
static bool is_text(struct pl_slice s)
{
    if (!is_printable(s)) {
        return false;
    }
    for (size_t cut = 0; cut < 4 && cut <= s.len; cut++) {
        if (pl_utf8_valid(pl_slice_sub(s, 0, s.len - cut))) {
            return true;
        }
    }
    return false;
}

const char *pl_survey_what(struct pl_slice start)
{
    if (start.len == 0) {
        return "an empty file";
    }
    for (size_t i = 0; i < sizeof MAGIC / sizeof MAGIC[0]; i++) {
        struct pl_slice there = pl_slice_sub(start, MAGIC[i].at, MAGIC[i].at + MAGIC[i].bytes.len);
        if (pl_slice_eq(there, MAGIC[i].bytes)) {
            return MAGIC[i].what;
        }
    }
    if (!is_text(start)) {
        return "binary data";
    }
    if (pl_slice_starts(start, PL_SLICE("\xef\xbb\xbf"))) {
        start = pl_slice_sub(start, 3, start.len);
    }
    start = pl_slice_trim(start);
    if (starts_nocase(start, "<!doctype html") || starts_nocase(start, "<html")) {
        return "HTML text";
    }
    if (starts_nocase(start, "<?xml") || starts_nocase(start, "<Error>")) {
        bool s3 = pl_slice_find_text(start, PL_SLICE("<Error>")) < start.len &&
                  pl_slice_find_text(start, PL_SLICE("<Code>")) < start.len;
        return s3 ? "S3 error XML" : "XML text";
    }
    if (start.len > 0 && (start.ptr[0] == '{' || start.ptr[0] == '[')) {
        return "JSON text";
    }
    return is_base64(start) ? "base64 text" : "text";
}

/* Text that cannot be parsed, and yet was surely meant as a manifest: its reader will say where it
 * is wrong. */
static bool meant_as_manifest(const char *path, struct pl_slice text)
{
    struct pl_slice name = pl_slice_basename(pl_slice_of(path));
    if (pl_slice_is(name, "plimsoll.yaml") || pl_slice_is(name, "plimsoll.yml")) {
        return true;
    }
    bool version = false;
    bool contents = false;
    struct pl_slice line;
    while (pl_slice_next(&text, '\n', &line)) {
        version = version || pl_slice_starts(line, PL_SLICE("version:")) ||
                  pl_slice_starts(line, PL_SLICE("requires:"));
        contents = contents || pl_slice_starts(line, PL_SLICE("functions:")) ||
                   pl_slice_starts(line, PL_SLICE("layers:")) ||
                   pl_slice_starts(line, PL_SLICE("lint:"));
    }
    return version && contents;
}

static bool is_manifest(const char *path, int fd, bool *ret_template, struct pl_err *err)
{
    struct pl_buf text;
    pl_buf_init(&text, PL_MAX_DOC_BYTES);
    bool is = false;
    err->code = PL_OK;
    if (pl_file_read_fd(fd, path, &text, err) == PL_OK) {
        struct pl_doc doc = {0};
        struct pl_err ignored;
        if (pl_template_recognise(pl_buf_view(&text))) {
            *ret_template = true;
        } else if (pl_yaml_parse(&doc, pl_buf_view(&text), 0, path, &ignored) == PL_OK) {
            is = pl_manifest_recognise(&doc);
            pl_doc_done(&doc);
        } else if (ignored.code == PL_ERR_NOMEM) {
            *err = ignored;
        } else {
            is = meant_as_manifest(path, pl_buf_view(&text));
        }
    }
    if (err->code == PL_ERR_LIMIT) {
        err->code = PL_OK; /* larger than any manifest */
    }
    pl_buf_done(&text);
    return is;
}

static enum pl_path_kind image_or(const char *path, enum pl_path_kind other, struct pl_err *err)
{
    bool is_image = false;
    if (pl_image_recognise(path, &is_image, err) != PL_OK) {
        return PL_PATH_UNREADABLE;
    }
    return is_image ? PL_PATH_IMAGE : other;
}

static enum pl_path_kind recognise_file(const char *path, const char **ret_what, struct pl_err *err)
{
    int fd PL_CLEANUP(pl_fd_close) = -1;
    if (pl_file_open(path, &fd, err) != PL_OK) {
        return PL_PATH_UNREADABLE;
    }
    struct stat st;
    if (fstat(fd, &st) != 0) {
        pl_ignore(pl_err_sys(err, errno, "%s", path), "PL_PATH_UNREADABLE says it");
        return PL_PATH_UNREADABLE;
    }
    uint64_t size = st.st_size > 0 ? (uint64_t)st.st_size : 0;
    bool is_zip;
    if (pl_zip_recognise(fd, path, size, &is_zip, err) != PL_OK) {
        return PL_PATH_UNREADABLE;
    }
    if (is_zip) {
        return PL_PATH_ZIP;
    }
    char start[START_BYTES];
    size_t n = size < START_BYTES ? (size_t)size : START_BYTES;
    if (n > 0 && pl_file_pread(fd, path, start, n, 0, err) != PL_OK) {
        return PL_PATH_UNREADABLE;
    }
    if (pl_sidecar_recognise(pl_slice_make(start, n))) {
        return PL_PATH_SIDECAR;
    }
    if (is_printable(pl_slice_make(start, n))) {
        if (lseek(fd, 0, SEEK_SET) != 0) {
            pl_ignore(pl_err_sys(err, errno, "%s", path), "PL_PATH_UNREADABLE says it");
            return PL_PATH_UNREADABLE;
        }
        bool is_template = false;
        if (is_manifest(path, fd, &is_template, err)) {
            return PL_PATH_MANIFEST;
        }
        if (is_template) {
            return PL_PATH_TEMPLATE;
        }
        if (err->code != PL_OK) {
            return PL_PATH_UNREADABLE;
        }
        if (size > PL_MAX_DOC_BYTES && pl_template_recognise(pl_slice_make(start, n))) {
            return PL_PATH_TEMPLATE; /* whose reader says that it is too large */
        }
    }
    *ret_what = pl_survey_what(pl_slice_make(start, n));
    return image_or(path, PL_PATH_OTHER, err);
}

enum pl_path_kind pl_survey_recognise(const char *path, const char **ret_what, struct pl_err *err)
{
    struct stat st;
    if (stat(path, &st) != 0) {
        pl_ignore(pl_err_sys(err, errno, "%s", path), "PL_PATH_UNREADABLE says it");
        return PL_PATH_UNREADABLE;
    }
    if (!S_ISDIR(st.st_mode)) {
        return recognise_file(path, ret_what, err);
    }
    return image_or(path, PL_PATH_FOLDER, err);
}

bool pl_survey_is_stored_plan(const char *path)
{
    enum { NAME_AT = 30 }; /* in a local header */
    static const char first[] = "tfplan";
    char start[NAME_AT + sizeof first - 1];
    int fd PL_CLEANUP(pl_fd_close) = -1;
    struct pl_tree tree;
    struct pl_err ignored;
    /* Only what begins like one is opened: every other ZIP is opened once, by who judges it. */
    if (pl_file_open(path, &fd, &ignored) != PL_OK ||
        pl_file_pread(fd, path, start, sizeof start, 0, &ignored) != PL_OK ||
        memcmp(start + NAME_AT, first, sizeof first - 1) != 0 ||
        pl_zip_open(&tree, path, &ignored) != PL_OK) {
        return false;
    }
    bool is = pl_tree_find(&tree, pl_slice_of(first)) != PL_ENTRY_NONE &&
              pl_tree_find(&tree, PL_SLICE("tfstate")) != PL_ENTRY_NONE;
    pl_tree_done(&tree);
    return is;
}

bool pl_survey_is_layer(const struct pl_tree *tree)
{
    static const char *const known[] = {"bin", "dotnetcore", "extensions", "java",
                                        "lib", "nodejs",     "python",     "ruby"};
    bool is_layer = false;
    for (uint32_t i = 0; i < tree->n; i++) {
        struct pl_slice name = tree->entry[i].name;
        if (pl_slice_find(name, '/') < name.len) {
            continue;
        }
        is_layer = false;
        for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
            is_layer |= tree->entry[i].type == PL_ENTRY_FOLDER && pl_slice_is(name, known[k]);
        }
        if (!is_layer) {
            return false;
        }
    }
    return is_layer;
}
