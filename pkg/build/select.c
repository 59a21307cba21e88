#include "pkg/build/select.h"

#include "pkg/base/arr.h"
#include "pkg/base/file.h"
#include "pkg/base/limits.h"
#include "pkg/base/os.h"
#include "pkg/base/text.h"
#include "pkg/build/content.h"
#include "pkg/build/install.h"
#include "pkg/build/planned.h"
#include "pkg/build/trace.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PL_IGNORE_FILE ".lambdaignore"
/* More is no list of patterns. */
#define PL_MAX_IGNORE_FILE PL_MB(1)

/* One entry of a folder. */
struct child {
    struct pl_slice name; /* NUL-terminated */
    struct stat st;
};

struct listing {
    struct child *at; /* owned */
    size_t n, cap;
};

static void listing_done(struct listing *list)
{
    free(list->at);
}

static void dir_close(DIR **dir)
{
    if (*dir) {
        (void)closedir(*dir);
    }
}

/* The source whose install or command made the file `path`, or NULL. */
static const struct pl_source *maker_of(const struct pl_select *select, struct pl_slice path)
{
    for (uint32_t i = 0; i < select->request->n_source; i++) {
        struct pl_slice made = select->request->source[i].made;
        if (made.len > 0 && path.len > made.len && pl_slice_starts(path, made) &&
            path.ptr[made.len] == '/') {
            return &select->request->source[i];
        }
    }
    return NULL;
}

/* What was made lies in a folder of the cache whose name says nothing to anybody. */
const char *pl_select_safe(struct pl_select *select, struct pl_slice text)
{
    const struct pl_source *maker = maker_of(select, text);
    struct pl_slice safe, label;
    struct pl_err ignored;
    if (!maker) {
        return pl_text_safe(&select->scratch, text, &safe, &ignored) == PL_OK ? safe.ptr : "(name)";
    }
    text = pl_slice_sub(text, maker->made.len + 1, text.len);
    return pl_source_label(maker, &select->scratch, &label, &ignored) == PL_OK &&
                   pl_text_safe(&select->scratch, text, &safe, &ignored) == PL_OK &&
                   pl_arena_fmt(&select->scratch, &safe, &ignored, "%s of %s", safe.ptr,
                                label.ptr) == PL_OK
               ? safe.ptr
               : "(name)";
}

const char *pl_select_where(struct pl_select *select, struct pl_pos at)
{
    const struct pl_project *project = select->request->project;
    struct pl_slice text;
    struct pl_err ignored;
    if (at.file == 0 || at.file > project->n_file) {
        return "";
    }
    struct pl_slice file = project->file[at.file - 1].path;
    return pl_arena_fmt(&select->scratch, &text, &ignored, "%.*s:%u:%u: ", (int)file.len, file.ptr,
                        at.line, at.col) == PL_OK
               ? text.ptr
               : "";
}

/* "a" and "b" give "a/b"; an empty "a" gives "b".  Copied by hand: this runs three times per file.
 */
enum pl_status pl_select_join(struct pl_arena *arena, struct pl_slice a, struct pl_slice b,
                              struct pl_slice *ret, struct pl_err *err)
{
    if (a.len == 0) {
        return pl_arena_dup(arena, b, ret, err);
    }
    size_t slash = a.ptr[a.len - 1] == '/' ? 0 : 1;
    if (a.len > PL_MAX_PATH || b.len > PL_MAX_PATH - a.len) {
        return pl_err_sys(err, ENAMETOOLONG, "%.*s", (int)b.len, b.ptr);
    }
    char *at = pl_arena_new(arena, a.len + slash + b.len + 1, 1, err);
    if (!at) {
        return err->code;
    }
    memcpy(at, a.ptr, a.len);
    if (slash > 0) {
        at[a.len] = '/';
    }
    memcpy(at + a.len + slash, b.ptr, b.len);
    *ret = (struct pl_slice){at, a.len + slash + b.len};
    return PL_OK;
}

static bool has_control(struct pl_slice name)
{
    for (size_t i = 0; i < name.len; i++) {
        unsigned char c = (unsigned char)name.ptr[i];
        if (c < 0x20 || c == 0x7f) {
            return true;
        }
    }
    return false;
}

static enum pl_status check_name(struct pl_select *select, const struct pl_plan_item *item,
                                 struct pl_err *err)
{
    const char *wrong = NULL;
    if (!pl_utf8_valid(item->name)) {
        wrong = "its name is not UTF-8, and ZIP readers would disagree about it";
    } else if (has_control(item->name)) {
        wrong = "its name has a control character";
    } else if (pl_slice_find(item->name, '\\') < item->name.len) {
        wrong = "its name has a backslash, which some ZIP readers take for a folder";
    }
    if (!wrong) {
        return PL_OK;
    }
    struct pl_slice shown = item->path.len > 0 ? item->path : item->name;
    return pl_err_set(err, PL_ERR_FORMAT, "%s: %s; rename it, or leave it out with `exclude`",
                      pl_select_safe(select, shown), wrong);
}

enum pl_status pl_select_add(struct pl_select *select, const struct pl_plan_item *item,
                             struct pl_err *err)
{
    struct pl_plan *plan = select->plan;
    if (check_name(select, item, err) != PL_OK) {
        return err->code;
    }
    struct pl_plan_item *at = pl_arr_grow(plan->item, &plan->cap, plan->n + 1, sizeof(*at),
                                          PL_MAX_ENTRIES, "entries", err);
    if (!at) {
        return err->code;
    }
    plan->item = at;
    plan->item[plan->n++] = *item;
    return PL_OK;
}

/* Runs at Lambda whatever its mode is here: the runtime's entry point, an extension. */
static bool is_started_by_lambda(struct pl_slice name)
{
    struct pl_slice folder = pl_slice_dirname(name);
    return pl_slice_is(name, "bootstrap") || pl_slice_is(folder, "extensions");
}

/* What is right in extensions/ is started by Lambda, whatever it looks like. */
static bool is_extension(const struct pl_select *select, struct pl_slice name)
{
    return select->request->source[select->source].extension &&
           pl_slice_is(pl_slice_dirname(name), "extensions");
}

static bool is_program(const void *head, ssize_t n)
{
    return (n >= 2 && memcmp(head, "#!", 2) == 0) || (n == 4 && memcmp(head, "\177ELF", 4) == 0);
}

static bool looks_executable(const char *path)
{
    int fd PL_CLEANUP(pl_fd_close) =
        open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    char head[4] = {0};
    ssize_t n = fd < 0 ? -1 : pread(fd, head, sizeof(head), 0);
    return is_program(head, n);
}

enum pl_status pl_select_spill(struct pl_select *select, const struct pl_content **ret,
                               struct pl_err *err)
{
    struct pl_slice dir = select->request->work_dir;
    if (!select->spill && pl_content_spill(select->plan, dir.len > 0 ? dir : PL_SLICE("/tmp"),
                                           &select->spill, err) != PL_OK) {
        return err->code;
    }
    *ret = select->spill;
    return PL_OK;
}

enum pl_status pl_select_bytes(struct pl_select *select, const struct pl_place *place,
                               const struct pl_select_bytes *bytes, struct pl_err *err)
{
    struct pl_plan_item item = {
        .name = place->name,
        .path = place->path,
        .id = {.size = bytes->size},
        .content = bytes->content,
        .at = bytes->at,
        .source = select->source,
        .mode = select->request->source[select->source].mode,
        .type = PL_ENTRY_FILE,
    };
    bool runs = bytes->runs || is_extension(select, item.name);
    if (item.mode == 0 && !runs && is_started_by_lambda(item.name)) {
        unsigned char head[5];
        size_t n = bytes->size < 4 ? (size_t)bytes->size : 4;
        if (pl_planned_read(&item, head, n, err) != PL_OK) {
            return err->code;
        }
        runs = is_program(head, (ssize_t)n);
    }
    if (item.mode == 0) {
        item.mode = runs ? 0755 : 0644;
    }
    return pl_select_add(select, &item, err);
}

enum pl_status pl_select_file(struct pl_select *select, const struct pl_place *place,
                              const struct stat *st, struct pl_err *err)
{
    uint16_t mode = select->request->source[select->source].mode;
    bool runs = (st->st_mode & S_IXUSR) != 0 || is_extension(select, place->name);
    if (mode == 0 && !runs && is_started_by_lambda(place->name)) {
        runs = looks_executable(place->path.ptr);
    }
    if (mode == 0) {
        mode = runs ? 0755 : 0644;
    }
    struct pl_plan_item item = {
        .name = place->name,
        .path = place->path,
        .id = {.dev = (uint64_t)st->st_dev,
               .ino = (uint64_t)st->st_ino,
               .size = (uint64_t)st->st_size,
               .mtime_ns = pl_os_mtime_ns(st),
               .ctime_ns = pl_os_ctime_ns(st)},
        .source = select->source,
        .mode = mode,
        .type = PL_ENTRY_FILE,
    };
    return pl_select_add(select, &item, err);
}

static enum pl_status refuse_special(struct pl_select *select, const struct pl_place *place,
                                     const struct stat *st, struct pl_err *err)
{
    const char *kind = "a device";
    if (S_ISFIFO(st->st_mode)) {
        kind = "a FIFO";
    } else if (S_ISSOCK(st->st_mode)) {
        kind = "a socket";
    }
    return pl_err_set(err, PL_ERR_FORMAT,
                      "%s: is %s, which cannot be packed; leave it out with `exclude`",
                      pl_select_safe(select, place->path), kind);
}

enum pl_status pl_select_pend(struct pl_select *select, const struct pl_pending *link,
                              struct pl_err *err)
{
    struct pl_pending *at =
        pl_arr_grow(select->pending, &select->cap_pending, select->n_pending + 1, sizeof(*at),
                    PL_MAX_ENTRIES, "links", err);
    if (!at) {
        return err->code;
    }
    select->pending = at;
    select->pending[select->n_pending++] = *link;
    return PL_OK;
}

static enum pl_status take_link(struct pl_select *select, const struct pl_place *place,
                                struct pl_err *err)
{
    char target[4096]; /* Linux keeps no longer one */
    ssize_t n = readlink(place->path.ptr, target, sizeof(target));
    if (n < 0 || (size_t)n >= sizeof(target)) {
        return pl_err_sys(err, n < 0 ? errno : ENAMETOOLONG, "%s: the link cannot be read",
                          pl_select_safe(select, place->path));
    }
    struct pl_pending link = {.at = *place,
                              .source = select->source,
                              .policy = select->request->source[select->source].symlinks};
    if (link.policy == PL_SYMLINKS_ERROR) {
        return pl_err_set(err, PL_ERR_CONFIG,
                          "%s: is a link, and the source says `symlinks: error`; leave it out with "
                          "`exclude`",
                          pl_select_safe(select, place->path));
    }
    if (pl_arena_dup(&select->plan->arena, pl_slice_make(target, (size_t)n), &link.target, err) !=
        PL_OK) {
        return err->code;
    }
    link.follow =
        link.policy == PL_SYMLINKS_FOLLOW || (link.policy == PL_SYMLINKS_AUTO && target[0] == '/');
    return pl_select_pend(select, &link, err);
}

static enum pl_status read_ignore_file(struct pl_select *select, int dir_fd,
                                       const struct pl_place *folder, struct pl_err *err)
{
    struct pl_slice path;
    struct pl_buf text PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_IGNORE_FILE};
    if (pl_select_join(&select->scratch, folder->path, PL_SLICE(PL_IGNORE_FILE), &path, err) !=
        PL_OK) {
        return err->code;
    }
    int fd PL_CLEANUP(pl_fd_close) =
        openat(dir_fd, PL_IGNORE_FILE, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0) {
        return pl_err_sys(err, errno, "%s: cannot be opened", pl_select_safe(select, path));
    }
    if (pl_file_read_fd(fd, path.ptr, &text, err) != PL_OK ||
        pl_ignore_add_lines(&select->scope[select->source].files, pl_buf_view(&text), folder->rel,
                            path, err) != PL_OK) {
        return err->code;
    }
    return PL_OK;
}

static enum pl_status add_child(struct pl_select *select, struct listing *list, DIR *dir,
                                const char *name, const struct pl_place *folder, struct pl_err *err)
{
    struct child *at = pl_arr_grow(list->at, &list->cap, list->n + 1, sizeof(*at), PL_MAX_ENTRIES,
                                   "entries in one folder", err);
    if (!at) {
        return err->code;
    }
    list->at = at;
    struct child child = {0};
    if (fstatat(dirfd(dir), name, &child.st, AT_SYMLINK_NOFOLLOW) != 0) {
        int sys = errno;
        struct pl_slice path;
        if (pl_select_join(&select->scratch, folder->path, pl_slice_of(name), &path, err) !=
            PL_OK) {
            return err->code;
        }
        return pl_err_sys(err, sys, "%s: cannot be looked at", pl_select_safe(select, path));
    }
    if (pl_arena_dup(&select->scratch, pl_slice_of(name), &child.name, err) != PL_OK) {
        return err->code;
    }
    list->at[list->n++] = child;
    return PL_OK;
}

static int compare_children(const void *a, const void *b)
{
    const struct child *x = a;
    const struct child *y = b;
    return pl_slice_cmp(x->name, y->name);
}

static enum pl_status open_folder(struct pl_select *select, const struct pl_place *folder,
                                  DIR **ret, struct stat *ret_st, struct pl_err *err)
{
    /* No O_NOFOLLOW for the source itself: the user named it. */
    int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | (folder->frame->up ? O_NOFOLLOW : 0);
    int fd PL_CLEANUP(pl_fd_close) = open(folder->path.ptr, flags);
    if (fd < 0 || fstat(fd, ret_st) != 0) {
        return pl_err_sys(err, errno, "%s: the folder cannot be opened",
                          pl_select_safe(select, folder->path));
    }
    if ((uint64_t)ret_st->st_dev != folder->frame->dev ||
        (uint64_t)ret_st->st_ino != folder->frame->ino) {
        return pl_err_set(err, PL_ERR_CHANGED, "%s: the folder was replaced while it was read",
                          pl_select_safe(select, folder->path));
    }
    *ret = fdopendir(fd);
    if (!*ret) {
        return pl_err_sys(err, errno, "%s", pl_select_safe(select, folder->path));
    }
    fd = -1;
    return PL_OK;
}

/* The next name but "." and ".."; NULL in *ret at the end. */
static enum pl_status next_name(struct pl_select *select, DIR *dir, const struct pl_place *folder,
                                const char **ret, struct pl_err *err)
{
    const struct dirent *entry;
    do {
        errno = 0;
        entry = readdir(dir);
        if (!entry && errno != 0) {
            return pl_err_sys(err, errno, "%s: the folder cannot be read",
                              pl_select_safe(select, folder->path));
        }
    } while (entry && (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0));
    *ret = entry ? entry->d_name : NULL;
    return PL_OK;
}

/* Lists a folder and reads its ignore file; its descriptor is closed again on return. */
static enum pl_status list_folder(struct pl_select *select, const struct pl_place *folder,
                                  struct listing *list, struct stat *ret_st, struct pl_err *err)
{
    DIR *dir PL_CLEANUP(dir_close) = NULL;
    const char *name = NULL;
    if (open_folder(select, folder, &dir, ret_st, err) != PL_OK ||
        next_name(select, dir, folder, &name, err) != PL_OK) {
        return err->code;
    }
    while (name) {
        bool rules = strcmp(name, PL_IGNORE_FILE) == 0;
        if (add_child(select, list, dir, name, folder, err) != PL_OK ||
            (rules && S_ISREG(list->at[list->n - 1].st.st_mode) &&
             read_ignore_file(select, dirfd(dir), folder, err) != PL_OK) ||
            next_name(select, dir, folder, &name, err) != PL_OK) {
            return err->code;
        }
    }
    if (list->n > 0) {
        qsort(list->at, list->n, sizeof(*list->at), compare_children);
    }
    return PL_OK;
}

bool pl_select_leaves_out(const struct pl_select *select, const struct pl_place *place,
                          bool is_folder)
{
    const struct pl_scope *scope = &select->scope[select->source];
    /* Both are asked, so that each knows which of its patterns match something. */
    bool own = pl_filter_excludes(&scope->own, place->rel, is_folder);
    bool whole = place->name.len > 0 && pl_filter_excludes(&select->whole, place->name, is_folder);
    return own || whole ||
           (scope->files.n > 0 &&
            pl_ignore_match(&scope->files, place->rel, is_folder, NULL) == PL_IGNORE_OUT);
}

bool pl_select_includes(const struct pl_select *select, const struct pl_place *place)
{
    return pl_filter_takes(&select->scope[select->source].own, place->own) &&
           pl_filter_takes(&select->whole, place->whole);
}

static bool may_hold(const struct pl_select *select, const struct pl_place *place)
{
    const struct pl_filter *own = &select->scope[select->source].own;
    return pl_filter_may_hold(own, place->own, place->rel) &&
           pl_filter_may_hold(&select->whole, place->whole, place->name);
}

/* Components of a path below its source. */
static size_t depth_of(struct pl_slice rel)
{
    size_t n = rel.len > 0 ? 1 : 0;
    for (size_t i = 0; i < rel.len; i++) {
        n += rel.ptr[i] == '/';
    }
    return n;
}

static enum pl_status take_child(struct pl_select *select, const struct pl_place *folder,
                                 const struct stat *folder_st, const struct child *child,
                                 struct pl_err *err)
{
    if (pl_own_never_packed(&select->mine, child->name.ptr, &child->st, folder_st) ||
        (S_ISREG(child->st.st_mode) && pl_slice_is(child->name, PL_IGNORE_FILE))) {
        pl_trace_child(select, folder->path, child->name, NULL, false, "it is never packed");
        return PL_OK;
    }
    bool is_folder = S_ISDIR(child->st.st_mode);
    bool stripped = depth_of(folder->rel) < select->request->source[select->source].strip;
    if (stripped && !is_folder) {
        pl_trace_child(select, folder->path, child->name, NULL, false,
                       "`strip` takes more components off than it has");
        return PL_OK;
    }
    struct pl_place place = {.frame = folder->frame, .name = folder->name, .whole = folder->whole};
    if (pl_select_join(&select->plan->arena, folder->path, child->name, &place.path, err) !=
            PL_OK ||
        pl_select_join(&select->scratch, folder->rel, child->name, &place.rel, err) != PL_OK ||
        (!stripped && pl_select_join(&select->plan->arena, folder->name, child->name, &place.name,
                                     err) != PL_OK)) {
        return err->code;
    }
    place.own =
        pl_filter_include(&select->scope[select->source].own, folder->own, place.rel, is_folder);
    if (!stripped) {
        place.whole = pl_filter_include(&select->whole, folder->whole, place.name, is_folder);
    }
    pl_trace_child(select, folder->path, child->name, &place, is_folder, NULL);
    if (pl_select_leaves_out(select, &place, is_folder) ||
        (is_folder ? !may_hold(select, &place) : !pl_select_includes(select, &place))) {
        return PL_OK;
    }
    return pl_select_take(select, &place, &child->st, err);
}

static enum pl_status take_folder(struct pl_select *select, const struct pl_place *folder,
                                  struct pl_err *err)
{
    struct listing list PL_CLEANUP(listing_done) = {0};
    struct stat st;
    const struct pl_progress *progress = select->progress;
    if (progress && progress->cancelled && progress->cancelled(progress->ctx)) {
        return pl_err_set(err, PL_ERR_CANCELLED, "interrupted");
    }
    if (folder->frame->depth > PL_MAX_FOLDER_DEPTH) {
        return pl_err_set(err, PL_ERR_LIMIT, "more than %u folders inside each other: %s",
                          PL_MAX_FOLDER_DEPTH, pl_select_safe(select, folder->path));
    }
    if (list_folder(select, folder, &list, &st, err) != PL_OK) {
        return err->code;
    }
    if (list.n == 0 && folder->name.len > 0 && pl_select_includes(select, folder)) {
        struct pl_plan_item item = {
            .name = folder->name, .source = select->source, .mode = 0755, .type = PL_ENTRY_FOLDER};
        return pl_select_add(select, &item, err);
    }
    for (size_t i = 0; i < list.n; i++) {
        if (take_child(select, folder, &st, &list.at[i], err) != PL_OK) {
            return err->code;
        }
    }
    return PL_OK;
}

enum pl_status pl_select_take(struct pl_select *select, const struct pl_place *place,
                              const struct stat *st, struct pl_err *err)
{
    if (S_ISREG(st->st_mode)) {
        return pl_select_file(select, place, st, err);
    }
    if (S_ISLNK(st->st_mode)) {
        return take_link(select, place, err);
    }
    if (!S_ISDIR(st->st_mode)) {
        return refuse_special(select, place, st, err);
    }
    struct pl_frame *frame = pl_arena_new(&select->scratch, 1, sizeof(*frame), err);
    if (!frame) {
        return err->code;
    }
    *frame = (struct pl_frame){.up = place->frame,
                               .dev = (uint64_t)st->st_dev,
                               .ino = (uint64_t)st->st_ino,
                               .depth = place->frame ? place->frame->depth + 1 : 0};
    struct pl_place folder = *place;
    folder.frame = frame;
    return take_folder(select, &folder, err);
}

/* Are there folders in which outputs of ours may stand? */
static bool looks_into_folders(const struct pl_plan_request *request)
{
    for (uint32_t i = 0; i < request->n_source; i++) {
        if (request->source[i].kind != PL_SOURCE_TEXT) {
            return true;
        }
    }
    return false;
}

enum pl_status pl_select_sources(struct pl_select *select, struct pl_err *err)
{
    const struct pl_plan_request *request = select->request;
    if (looks_into_folders(request)) {
        pl_own_init(&select->mine, request);
    }
    if (pl_filter_init(&select->whole, request->project, request->include, request->exclude, err) !=
        PL_OK) {
        return err->code;
    }
    select->scope = pl_arr_zeroed(request->n_source, sizeof(*select->scope), err);
    if (!select->scope) {
        return err->code;
    }
    for (uint32_t i = 0; i < request->n_source; i++) {
        const struct pl_source *source = &request->source[i];
        select->source = i;
        pl_ignore_init(&select->scope[i].files);
        if (pl_filter_init(&select->scope[i].own, request->project, &source->include,
                           &source->exclude, err) != PL_OK ||
            pl_select_source(select, err) != PL_OK) {
            return err->code;
        }
    }
    return PL_OK;
}

void pl_select_done(struct pl_select *select)
{
    for (uint32_t i = 0; select->scope && i < select->request->n_source; i++) {
        pl_filter_done(&select->scope[i].own);
        pl_ignore_done(&select->scope[i].files);
    }
    free(select->scope);
    pl_filter_done(&select->whole);
    pl_arena_done(&select->scratch);
    free(select->pending);
}
