/* What is true of members whatever the archive: names, lists, links, bounds. */
#include "pkg/build/unpack.h"

#include "pkg/archive/zip_read.h"
#include "pkg/base/arr.h"
#include "pkg/base/file.h"
#include "pkg/base/limits.h"
#include "pkg/base/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum pl_status pl_unpack_refuse(struct pl_unpack *unpack, struct pl_slice member,
                                struct pl_err *err, const char *why)
{
    return pl_err_set(err, PL_ERR_FORMAT, "%s!%s: %s", pl_select_safe(unpack->select, unpack->path),
                      pl_select_safe(unpack->select, member), why);
}

/* Names what is wrong with a name that no archive needs, or NULL. */
static const char *wrong_name(struct pl_slice name)
{
    bool letter = name.len > 1 && ((name.ptr[0] >= 'a' && name.ptr[0] <= 'z') ||
                                   (name.ptr[0] >= 'A' && name.ptr[0] <= 'Z'));
    if (name.len == 0) {
        return "the archive has a member without a name";
    }
    if (name.ptr[0] == '/') {
        return "the archive tries to leave its place: the path is absolute";
    }
    if (letter && name.ptr[1] == ':') {
        return "the archive tries to leave its place: the path begins with a drive";
    }
    if (!pl_utf8_valid(name)) {
        return "the name is not UTF-8, and ZIP readers would disagree about it";
    }
    for (size_t i = 0; i < name.len; i++) {
        unsigned char c = (unsigned char)name.ptr[i];
        if (c < 0x20 || c == 0x7f) {
            return "the name has a control character";
        }
        if (c == '\\') {
            return "the name has a backslash, which some readers take for a folder";
        }
    }
    return NULL;
}

/* "./a//b/" becomes "a/b"; the archive's own root becomes "". */
static enum pl_status tidy_name(struct pl_unpack *unpack, struct pl_member *member,
                                struct pl_err *err)
{
    struct pl_slice rest = member->name;
    struct pl_slice part;
    size_t n = 0;
    size_t depth = 0;
    char *to = pl_arena_new(&unpack->select->scratch, member->name.len + 1, 1, err);
    if (!to) {
        return err->code;
    }
    while (pl_slice_next(&rest, '/', &part)) {
        if (pl_slice_is(part, "..")) {
            return pl_unpack_refuse(unpack, member->name, err,
                                    "the archive tries to leave its place: the path has a ..");
        }
        if (part.len == 0 || pl_slice_is(part, ".")) {
            continue;
        }
        if (n > 0) {
            to[n++] = '/';
        }
        memcpy(to + n, part.ptr, part.len);
        n += part.len;
        depth++;
    }
    if (depth > PL_MAX_FOLDER_DEPTH || n > PL_MAX_PATH) {
        return pl_unpack_refuse(unpack, member->name, err, "the path is too long");
    }
    member->tidy = (struct pl_slice){to, n};
    return PL_OK;
}

/* `name` without its first n components; empty when it has no more than that. */
static struct pl_slice strip_name(struct pl_slice name, uint32_t n)
{
    for (; n > 0; n--) {
        size_t slash = pl_slice_find(name, '/');
        name = pl_slice_sub(name, slash < name.len ? slash + 1 : name.len, name.len);
    }
    return name;
}

/* Asks the lists about every folder on the way to `name`, and about the name itself.  The walk of
 * a folder on disk does the same, one step at a time. */
static bool lists_take(const struct pl_filter *filter, struct pl_slice name, size_t from,
                       bool is_folder, pl_filter_hit *hit)
{
    bool in = true;
    for (size_t i = from; i <= name.len && in; i++) {
        if (i < name.len && name.ptr[i] != '/') {
            continue;
        }
        struct pl_slice part = pl_slice_sub(name, 0, i);
        bool folder = i < name.len || is_folder;
        *hit = pl_filter_include(filter, *hit, part, folder);
        in = !pl_filter_excludes(filter, part, folder);
    }
    return in && pl_filter_takes(filter, *hit);
}

static enum pl_status place_member(struct pl_unpack *unpack, struct pl_member *member,
                                   struct pl_err *err)
{
    struct pl_select *select = unpack->select;
    struct pl_slice name = strip_name(member->tidy, unpack->strip);
    struct pl_place place = unpack->root;
    if (unpack->wheel &&
        pl_wheel_place(unpack->wheel, select, member->tidy, &name, &member->script, err) != PL_OK) {
        return pl_err_wrap(err, "%s", pl_select_safe(select, unpack->path));
    }
    bool is_folder = member->type == PL_ENTRY_FOLDER;
    place.rel = member->tidy;
    member->taken =
        unpack->in && name.len > 0 &&
        lists_take(&select->scope[select->source].own, place.rel, 1, is_folder, &place.own);
    if (!member->taken) {
        return PL_OK;
    }
    if (pl_select_join(&select->plan->arena, place.name, name, &place.name, err) != PL_OK ||
        pl_arena_fmt(&select->plan->arena, &place.path, err, "%.*s!%.*s", (int)unpack->path.len,
                     unpack->path.ptr, (int)member->tidy.len, member->tidy.ptr) != PL_OK) {
        return err->code;
    }
    size_t from = unpack->root.name.len > 0 ? unpack->root.name.len + 1 : 1;
    member->taken = lists_take(&select->whole, place.name, from, is_folder, &place.whole);
    member->place = place;
    return PL_OK;
}

static enum pl_status note_parents(struct pl_unpack *unpack, struct pl_slice name,
                                   struct pl_err *err)
{
    bool added = true;
    uint64_t old = 0;
    for (struct pl_slice up = pl_slice_dirname(name); up.len > 0 && added;
         up = pl_slice_dirname(up)) {
        if (pl_map_add(&unpack->parents, up, 0, &added, &old, err) != PL_OK) {
            return err->code;
        }
    }
    return PL_OK;
}

static enum pl_status note_folder(struct pl_unpack *unpack, const struct pl_member *member,
                                  struct pl_err *err)
{
    struct pl_slice *folder =
        pl_arr_grow(unpack->folder, &unpack->cap_folder, unpack->n_folder + 1, sizeof(*folder),
                    PL_MAX_ENTRIES, "folders of an archive", err);
    if (!folder) {
        return err->code;
    }
    unpack->folder = folder;
    struct pl_place *place =
        pl_arr_grow(unpack->folder_place, &unpack->cap_folder_place, unpack->n_folder + 1,
                    sizeof(*place), PL_MAX_ENTRIES, "folders of an archive", err);
    if (!place) {
        return err->code;
    }
    unpack->folder_place = place;
    folder[unpack->n_folder] = member->tidy;
    place[unpack->n_folder++] = member->place;
    return PL_OK;
}

enum pl_status pl_unpack_enter(struct pl_unpack *unpack, struct pl_member *member,
                               struct pl_err *err)
{
    const struct pl_progress *progress = unpack->select->progress;
    const char *wrong = wrong_name(member->name);
    if (progress && progress->cancelled && progress->cancelled(progress->ctx)) {
        return pl_err_set(err, PL_ERR_CANCELLED, "interrupted");
    }
    if (++unpack->n > PL_MAX_ENTRIES) {
        return pl_err_set(err, PL_ERR_LIMIT, "%s: has more than %u members",
                          pl_select_safe(unpack->select, unpack->path), PL_MAX_ENTRIES);
    }
    if (!wrong && member->type == PL_ENTRY_SPECIAL) {
        wrong = "is a device, FIFO or socket, which cannot be packed";
    }
    if (wrong) {
        return pl_unpack_refuse(unpack, member->name, err, wrong);
    }
    if (tidy_name(unpack, member, err) != PL_OK || place_member(unpack, member, err) != PL_OK ||
        note_parents(unpack, member->tidy, err) != PL_OK) {
        return err->code;
    }
    if (member->type == PL_ENTRY_FOLDER) {
        return member->taken ? note_folder(unpack, member, err) : PL_OK;
    }
    bool is_file = member->taken && member->type == PL_ENTRY_FILE;
    bool added = false;
    uint64_t old = 0;
    if (pl_map_add(&unpack->names, member->tidy, is_file ? unpack->n_file + 1 : 0, &added, &old,
                   err) != PL_OK) {
        return err->code;
    }
    return added ? PL_OK
                 : pl_unpack_refuse(unpack, member->name, err, "stands in the archive twice");
}

enum pl_status pl_unpack_count(struct pl_unpack *unpack, uint64_t n, bool taken, struct pl_err *err)
{
    uint64_t *count = taken ? &unpack->taken : &unpack->bytes;
    uint64_t most = taken ? PL_MAX_ARCHIVE_TAKEN : PL_MAX_ARCHIVE_BYTES;
    if (n > most - *count) {
        char size[PL_COUNT_TEXT];
        return pl_err_set(err, PL_ERR_LIMIT, "%s: unpacks to more than %s",
                          pl_select_safe(unpack->select, unpack->path), pl_size_text(most, size));
    }
    *count += n;
    return PL_OK;
}

enum pl_status pl_unpack_file(struct pl_unpack *unpack, const struct pl_member *member,
                              const struct pl_select_bytes *bytes, struct pl_err *err)
{
    struct pl_select_bytes *file =
        pl_arr_grow(unpack->file, &unpack->cap_file, unpack->n_file + 1, sizeof(*file),
                    PL_MAX_ENTRIES, "files of an archive", err);
    if (!file) {
        return err->code;
    }
    unpack->file = file;
    file[unpack->n_file++] = *bytes;
    return pl_select_bytes(unpack->select, &member->place, bytes, err);
}

static bool is_in(struct pl_slice path, struct pl_slice folder)
{
    return pl_slice_starts(path, folder) && (path.len == folder.len || path.ptr[folder.len] == '/');
}

/* Does a link at `name`, counted from the place of the archive, lead out of that place? */
static bool leaves(struct pl_slice name, struct pl_slice target)
{
    struct pl_slice part;
    size_t depth = 0;
    for (size_t i = 0; i < name.len; i++) {
        depth += name.ptr[i] == '/';
    }
    while (pl_slice_next(&target, '/', &part)) {
        if (pl_slice_is(part, "..")) {
            if (depth == 0) {
                return true;
            }
            depth--;
        } else if (part.len > 0 && !pl_slice_is(part, ".")) {
            depth++;
        }
    }
    return false;
}

enum pl_status pl_unpack_link(struct pl_unpack *unpack, const struct pl_member *member,
                              struct pl_slice target, struct pl_err *err)
{
    struct pl_select *select = unpack->select;
    uint32_t n = unpack->strip;
    struct pl_slice name = strip_name(member->tidy, n);
    bool absolute = target.len > 0 && target.ptr[0] == '/';
    bool out = absolute ? !is_in(target, PL_SLICE("/opt")) && !is_in(target, PL_SLICE("/var/task"))
                        : leaves(name.len > 0 ? name : member->tidy, target);
    if (out || (absolute && pl_slice_find_text(target, PL_SLICE("..")) < target.len)) {
        return pl_unpack_refuse(unpack, member->name, err,
                                "the archive tries to leave its place: the link leads out of it");
    }
    if (target.len == 0 || wrong_name(absolute ? pl_slice_sub(target, 1, target.len) : target)) {
        return pl_unpack_refuse(unpack, member->name, err, "the link's target cannot be packed");
    }
    if (!member->taken) {
        return PL_OK;
    }
    struct pl_pending link = {.at = member->place, .source = select->source, .inside = true};
    if (pl_arena_dup(&select->plan->arena, target, &link.target, err) != PL_OK) {
        return err->code;
    }
    return pl_select_pend(select, &link, err);
}

/* Folders in which the archive has nothing. */
static enum pl_status add_empty_folders(struct pl_unpack *unpack, struct pl_err *err)
{
    for (size_t i = 0; i < unpack->n_folder; i++) {
        uint64_t old = 0;
        if (pl_map_get(&unpack->parents, unpack->folder[i], &old)) {
            continue;
        }
        struct pl_plan_item item = {.name = unpack->folder_place[i].name,
                                    .source = unpack->select->source,
                                    .mode = 0755,
                                    .type = PL_ENTRY_FOLDER};
        if (pl_select_add(unpack->select, &item, err) != PL_OK) {
            return err->code;
        }
    }
    return PL_OK;
}

/* A tar may well end in something that looks like the end of a ZIP: its last member. */
static bool starts_like_tar(int fd)
{
    char magic[5] = {0}; /* POSIX.1-2017, pax, ustar Interchange Format: at 257 */
    char head[4] = {0};
    return pread(fd, head, sizeof(head), 0) == (ssize_t)sizeof(head) &&
           memcmp(head, "PK", 2) != 0 &&
           (memcmp(head, "\x1f\x8b", 2) == 0 || memcmp(head, "\x28\xb5\x2f\xfd", 4) == 0 ||
            (pread(fd, magic, sizeof(magic), 257) == (ssize_t)sizeof(magic) &&
             memcmp(magic, "ustar", 5) == 0));
}

static enum pl_status read_archive(struct pl_unpack *unpack, struct pl_err *err)
{
    int fd PL_CLEANUP(pl_fd_close) = -1;
    struct stat st;
    if (pl_file_open(unpack->path.ptr, &fd, err) != PL_OK) {
        return err->code;
    }
    if (fstat(fd, &st) != 0) {
        return pl_err_sys(err, errno, "%s", pl_select_safe(unpack->select, unpack->path));
    }
    bool is_zip = false;
    const struct pl_source *source = &unpack->select->request->source[unpack->select->source];
    if (pl_wheel_is(unpack->path) && source->strip > 0) {
        return pl_err_set(err, PL_ERR_CONFIG,
                          "%s%s: a wheel says itself where its files go; `strip` means nothing",
                          pl_select_where(unpack->select, source->at),
                          pl_select_safe(unpack->select, unpack->path));
    }
    if (!starts_like_tar(fd) &&
        pl_zip_recognise(fd, unpack->path.ptr, (uint64_t)st.st_size, &is_zip, err) != PL_OK) {
        return err->code;
    }
    enum pl_status status = is_zip ? pl_unpack_zip(unpack, err) : pl_unpack_tar(unpack, fd, err);
    return status == PL_OK ? add_empty_folders(unpack, err) : status;
}

enum pl_status pl_unpack_source(struct pl_select *select, const struct pl_place *root, bool in,
                                uint32_t strip, struct pl_err *err)
{
    struct pl_unpack unpack = {
        .select = select, .path = root->path, .root = *root, .in = in, .strip = strip};
    pl_map_init(&unpack.names, PL_MAX_ENTRIES);
    pl_map_init(&unpack.parents, PL_MAX_ENTRIES);
    enum pl_status status = read_archive(&unpack, err);
    pl_map_done(&unpack.names);
    pl_map_done(&unpack.parents);
    free(unpack.folder);
    free(unpack.folder_place);
    free(unpack.file);
    return status;
}
