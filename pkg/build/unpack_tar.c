/* Members of a tar, plain or compressed, through libarchive as one stream. */
#include "pkg/base/limits.h"
#include "pkg/base/os.h"
#include "pkg/build/pack.h"
#include "pkg/build/tar_in.h"
#include "pkg/build/unpack.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *pl_pack_archive_version(void)
{
    const char *text = archive_version_string(); /* "libarchive 3.6.2" */
    const char *blank = strchr(text, ' ');
    return blank ? blank + 1 : text;
}

enum { PL_TAR_BLOCK = 64 * 1024 };

struct tar {
    struct pl_unpack *unpack;
    struct pl_tar_in stream; /* owned */
    unsigned char *block;    /* owned; PL_TAR_BLOCK bytes */
};

enum pl_status pl_unpack_tar_failed(const struct pl_tar_in *tar, struct pl_select *select,
                                    struct pl_slice path, struct pl_err *err)
{
    const char *why = archive_error_string(tar->in);
    if (pl_tar_in_broke(tar, path.ptr, err)) {
        return err->code;
    }
    return pl_err_set(err, PL_ERR_FORMAT, "%s: cannot be read as a ZIP or tar: %s",
                      pl_select_safe(select, path),
                      why ? pl_select_safe(select, pl_slice_of(why)) : "no reason");
}

static enum pl_status failed(struct tar *tar, struct pl_err *err)
{
    return pl_unpack_tar_failed(&tar->stream, tar->unpack->select, tar->unpack->path, err);
}

/* One filter and one format, each by name: "all" would start programs found on PATH.  A filter that
 * this libarchive lacks would start one too, and says so with ARCHIVE_WARN. */
static enum pl_status choose_readers(struct tar *tar, int fd, struct pl_err *err)
{
    unsigned char head[4] = {0};
    ssize_t n = pread(fd, head, sizeof(head), 0);
    int status = archive_read_support_format_tar(tar->stream.in);
    const char *what = "tar";
    if (status == ARCHIVE_OK && n >= 2 && memcmp(head, "\x1f\x8b", 2) == 0) {
        what = "gzip"; /* RFC 1952, 2.3.1 */
        status = archive_read_support_filter_gzip(tar->stream.in);
    } else if (status == ARCHIVE_OK && n == 4 && memcmp(head, "\x28\xb5\x2f\xfd", 4) == 0) {
        what = "zstd"; /* RFC 8878, 3.1.1 */
        status = archive_read_support_filter_zstd(tar->stream.in);
    }
    return status == ARCHIVE_OK
               ? PL_OK
               : pl_err_set(err, PL_ERR_FORMAT, "%s: this libarchive cannot read %s",
                            pl_select_safe(tar->unpack->select, tar->unpack->path), what);
}

static uint8_t type_of(struct archive_entry *entry)
{
    if (archive_entry_hardlink(entry)) {
        return PL_ENTRY_FILE;
    }
    switch (archive_entry_filetype(entry)) {
    case AE_IFREG:
        return PL_ENTRY_FILE;
    case AE_IFDIR:
        return PL_ENTRY_FOLDER;
    case AE_IFLNK:
        return PL_ENTRY_LINK;
    default:
        return PL_ENTRY_SPECIAL;
    }
}

/* PAX names are UTF-8; the others are bytes, which must be UTF-8 as well (a check refuses them). */
static struct pl_slice text_of(const char *utf8, const char *raw)
{
    return pl_slice_of(utf8 ? utf8 : raw);
}

/* The content of a file that is taken goes to the spill file. */
static enum pl_status spill_data(struct tar *tar, struct pl_select_bytes *ret, struct pl_err *err)
{
    struct pl_unpack *unpack = tar->unpack;
    if (pl_select_spill(unpack->select, &ret->content, err) != PL_OK) {
        return err->code;
    }
    for (;;) {
        la_ssize_t n = archive_read_data(tar->stream.in, tar->block, PL_TAR_BLOCK);
        if (n == ARCHIVE_RETRY) {
            continue;
        }
        if (n < 0) {
            return failed(tar, err);
        }
        if (n == 0) {
            return PL_OK;
        }
        uint64_t at = 0;
        if (pl_unpack_count(unpack, (uint64_t)n, true, err) != PL_OK ||
            pl_content_spill_put(ret->content, tar->block, (size_t)n, &at, err) != PL_OK) {
            return err->code;
        }
        if (ret->size == 0) {
            ret->at = at; /* the next pieces stand behind it: nobody else writes meanwhile */
        }
        ret->size += (uint64_t)n;
    }
}

/* A hard link is its target's content under another name. */
static enum pl_status take_hard_link(struct tar *tar, struct pl_member *member,
                                     struct pl_slice target, struct pl_err *err)
{
    struct pl_unpack *unpack = tar->unpack;
    struct pl_slice name = target;
    uint64_t index = 0;
    while (pl_slice_starts(name, PL_SLICE("./"))) {
        name = pl_slice_sub(name, 2, name.len);
    }
    if (!pl_map_get(&unpack->names, name, &index) || pl_slice_eq(name, member->tidy)) {
        return pl_unpack_refuse(unpack, member->name, err,
                                "the archive tries to leave its place: a hard link to something "
                                "that does not stand before it");
    }
    if (!member->taken) {
        return PL_OK;
    }
    if (index == 0 || index > unpack->n_file) {
        return pl_unpack_refuse(unpack, member->name, err,
                                "is a hard link to something that is left out or no file; take "
                                "both, or leave both out with `exclude`");
    }
    struct pl_select_bytes bytes = unpack->file[index - 1];
    return pl_unpack_file(unpack, member, &bytes, err);
}

static enum pl_status take_entry(struct tar *tar, struct archive_entry *entry, struct pl_err *err)
{
    struct pl_unpack *unpack = tar->unpack;
    struct pl_slice hard =
        text_of(archive_entry_hardlink_utf8(entry), archive_entry_hardlink(entry));
    struct pl_slice name;
    struct pl_slice as_stored =
        text_of(archive_entry_pathname_utf8(entry), archive_entry_pathname(entry));
    /* libarchive's own text is gone with the next header. */
    if (pl_arena_dup(&unpack->select->scratch, as_stored, &name, err) != PL_OK) {
        return err->code;
    }
    struct pl_member member = {.name = name, .type = type_of(entry)};
    if (pl_unpack_enter(unpack, &member, err) != PL_OK) {
        return err->code;
    }
    if (hard.len > 0) {
        return take_hard_link(tar, &member, hard, err);
    }
    if (member.type == PL_ENTRY_LINK) {
        return pl_unpack_link(
            unpack, &member,
            text_of(archive_entry_symlink_utf8(entry), archive_entry_symlink(entry)), err);
    }
    if (member.type != PL_ENTRY_FILE) {
        return PL_OK;
    }
    int64_t size = archive_entry_size(entry);
    if (!member.taken) {
        return pl_unpack_count(unpack, size > 0 ? (uint64_t)size : 0, false, err);
    }
    struct pl_select_bytes bytes = {.runs = (archive_entry_perm(entry) & 0100) != 0};
    return spill_data(tar, &bytes, err) == PL_OK ? pl_unpack_file(unpack, &member, &bytes, err)
                                                 : err->code;
}

static enum pl_status take_all(struct tar *tar, struct pl_err *err)
{
    for (;;) {
        int status = pl_tar_in_next(&tar->stream);
        if (status == ARCHIVE_EOF) {
            break;
        }
        if (status == ARCHIVE_RETRY) {
            continue;
        }
        if (status < ARCHIVE_WARN) {
            return failed(tar, err);
        }
        if (take_entry(tar, tar->stream.entry, err) != PL_OK) {
            return err->code;
        }
    }
    return tar->unpack->n > 0
               ? PL_OK
               : pl_err_set(err, PL_ERR_FORMAT, "%s: is neither a ZIP nor a tar, or has no members",
                            pl_select_safe(tar->unpack->select, tar->unpack->path));
}

static enum pl_status read_tar(struct tar *tar, int fd, struct pl_err *err)
{
    struct stat before;
    struct stat after;
    if (fstat(fd, &before) != 0 || lseek(fd, 0, SEEK_SET) < 0) {
        return pl_err_sys(err, errno, "%s", tar->unpack->path.ptr);
    }
    if (choose_readers(tar, fd, err) != PL_OK) {
        return err->code;
    }
    if (pl_tar_in_open(&tar->stream) != ARCHIVE_OK) {
        return failed(tar, err);
    }
    if (take_all(tar, err) != PL_OK) {
        return err->code;
    }
    bool same = fstat(fd, &after) == 0 && before.st_size == after.st_size &&
                pl_os_mtime_ns(&before) == pl_os_mtime_ns(&after) &&
                pl_os_ctime_ns(&before) == pl_os_ctime_ns(&after);
    return same ? PL_OK
                : pl_err_set(err, PL_ERR_CHANGED,
                             "%s: changed while it was read; pack again when nothing writes to it",
                             tar->unpack->path.ptr);
}

/* libarchive decodes PAX names through the locale, and "C" has no name for most of them.  Only this
 * thread's locale is changed, and only meanwhile. */
static locale_t utf8_locale(void)
{
    static const char *const names[] = {"C.UTF-8", "en_US.UTF-8", "UTF-8"};
    locale_t locale = (locale_t)0;
    for (size_t i = 0; i < sizeof names / sizeof *names && locale == (locale_t)0; i++) {
        locale = newlocale(LC_CTYPE_MASK, names[i], (locale_t)0);
    }
    return locale;
}

enum pl_status pl_unpack_tar(struct pl_unpack *unpack, int fd, struct pl_err *err)
{
    struct tar tar = {.unpack = unpack, .block = malloc(PL_TAR_BLOCK)};
    locale_t locale = utf8_locale();
    locale_t before = locale != (locale_t)0 ? uselocale(locale) : (locale_t)0;
    enum pl_status status = pl_tar_in_init(&tar.stream, fd, err);
    if (status == PL_OK) {
        status = tar.block ? read_tar(&tar, fd, err) : pl_err_nomem(err);
    }
    pl_tar_in_done(&tar.stream);
    free(tar.block);
    if (locale != (locale_t)0) {
        (void)uselocale(before);
        freelocale(locale);
    }
    return status;
}
