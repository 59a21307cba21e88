/* Folders of what was installed: walked, sealed, removed, measured. */
#include "pkg/base/arr.h"
#include "pkg/base/file.h"
#include "pkg/base/limits.h"
#include "pkg/base/os.h"
#include "pkg/build/install_job.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Names in a folder of results: sixteen digits of what was installed, and of the tool. */
static const char seal_name[] = "/sealed";
static const char temporary_start[] = ".work-";

#define HOUR_NS (INT64_C(3600) * 1000000000)

/* One walk. */
struct walk {
    struct pl_buf path;
    size_t root; /* bytes of the folder's own path and the slash behind it */
    size_t entries;
    pl_install_entry_fn fn;
    void *ctx;
};

struct names {
    char **at; /* owned, each too */
    size_t n, cap;
};

static void names_done(struct names *names)
{
    for (size_t i = 0; i < names->n; i++) {
        free(names->at[i]);
    }
    free(names->at);
    *names = (struct names){NULL, 0, 0};
}

static enum pl_status names_add(struct names *names, const char *name, struct pl_err *err)
{
    char **at = pl_arr_grow(names->at, &names->cap, names->n + 1, sizeof *at, PL_MAX_ENTRIES,
                            "names in a folder", err);
    if (!at) {
        return err->code;
    }
    names->at = at;
    size_t n = strlen(name) + 1;
    char *copy = malloc(n);
    if (!copy) {
        return pl_err_nomem(err);
    }
    memcpy(copy, name, n);
    names->at[names->n++] = copy;
    return PL_OK;
}

static int compare_names(const void *a, const void *b)
{
    const char *const *x = a;
    const char *const *y = b;
    return strcmp(*x, *y);
}

static enum pl_status names_of(const char *path, struct names *names, struct pl_err *err)
{
    DIR *dir = opendir(path);
    if (!dir) {
        return pl_err_sys(err, errno, "%s", path);
    }
    enum pl_status status = PL_OK;
    const struct dirent *entry;
    while (status == PL_OK && (entry = readdir(dir)) != NULL) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            status = names_add(names, entry->d_name, err);
        }
    }
    (void)closedir(dir);
    if (names->n > 1) {
        qsort(names->at, names->n, sizeof *names->at, compare_names);
    }
    return status;
}

static enum pl_status walk_folder(struct walk *walk, unsigned depth, struct pl_err *err);

static enum pl_status walk_entry(struct walk *walk, unsigned depth, struct pl_err *err)
{
    struct stat st;
    if (++walk->entries > PL_MAX_ENTRIES || depth > PL_MAX_FOLDER_DEPTH) {
        return pl_err_set(err, PL_ERR_LIMIT, "%s: too many files, or too deep", walk->path.data);
    }
    if (lstat(walk->path.data, &st) != 0) {
        return pl_err_sys(err, errno, "%s", walk->path.data);
    }
    if (S_ISDIR(st.st_mode) && walk_folder(walk, depth + 1, err) != PL_OK) {
        return err->code;
    }
    const struct pl_install_entry entry = {
        .path = pl_buf_view(&walk->path),
        .rel = pl_slice_sub(pl_buf_view(&walk->path), walk->root, walk->path.len),
        .st = &st};
    return walk->fn(walk->ctx, &entry, err);
}

static enum pl_status walk_folder(struct walk *walk, unsigned depth, struct pl_err *err)
{
    struct names names = {NULL, 0, 0};
    size_t len = walk->path.len;
    enum pl_status status = names_of(walk->path.data, &names, err);
    for (size_t i = 0; i < names.n && status == PL_OK; i++) {
        status = pl_buf_fmt(&walk->path, err, "/%s", names.at[i]);
        status = status == PL_OK ? walk_entry(walk, depth, err) : status;
        walk->path.len = len;
        walk->path.data[len] = '\0';
    }
    names_done(&names);
    return status;
}

enum pl_status pl_install_walk(struct pl_slice folder, pl_install_entry_fn fn, void *ctx,
                               struct pl_err *err)
{
    struct walk walk = {.path = {.max = PL_MAX_PATH}, .root = folder.len + 1, .fn = fn, .ctx = ctx};
    enum pl_status status = pl_buf_slice(&walk.path, folder, err);
    status = status == PL_OK ? walk_folder(&walk, 0, err) : status;
    pl_buf_done(&walk.path);
    return status;
}

static enum pl_status remove_entry(void *ctx PL_UNUSED, const struct pl_install_entry *entry,
                                   struct pl_err *err)
{
    int failed = S_ISDIR(entry->st->st_mode) ? rmdir(entry->path.ptr) : unlink(entry->path.ptr);
    return failed && errno != ENOENT
               ? pl_err_sys(err, errno, "%s: cannot be removed", entry->path.ptr)
               : PL_OK;
}

enum pl_status pl_install_remove(struct pl_slice folder, struct pl_err *err)
{
    enum pl_status status = pl_install_walk(folder, remove_entry, NULL, err);
    if (status == PL_ERR_MISSING) {
        return PL_OK;
    }
    return status == PL_OK && rmdir(folder.ptr) != 0 && errno != ENOENT
               ? pl_err_sys(err, errno, "%s: cannot be removed", folder.ptr)
               : status;
}

/* The process's folder: in the cache, so that a result is renamed and not copied. */
static enum pl_status make_temporary(struct pl_installs *in, struct pl_err *err)
{
    const char *base = in->options.temporary_dir && in->options.temporary_dir[0] == '/'
                           ? in->options.temporary_dir
                           : "/tmp";
    if (in->temporary.len > 0) {
        return PL_OK;
    }
    struct pl_slice pattern;
    enum pl_status status =
        in->dir.len > 0
            ? pl_arena_fmt(&in->arena, &pattern, err, "%s/%sXXXXXX", in->dir.ptr, temporary_start)
            : pl_arena_fmt(&in->arena, &pattern, err, "%s/plimsoll-XXXXXX", base);
    if (status != PL_OK || (in->dir.len > 0 && pl_file_mkdirs(in->dir.ptr, err) != PL_OK)) {
        return err->code;
    }
    char *name = pl_arena_new(&in->arena, pattern.len + 1, 1, err);
    if (!name) {
        return err->code;
    }
    memcpy(name, pattern.ptr, pattern.len + 1);
    if (!mkdtemp(name)) {
        return pl_err_sys(err, errno, "%s: no folder to work in", pattern.ptr);
    }
    in->temporary = pl_slice_make(name, pattern.len);
    return PL_OK;
}

enum pl_status pl_install_work_folder(struct pl_installs *in, struct pl_slice *ret,
                                      struct pl_err *err)
{
    struct pl_slice folder;
    if (make_temporary(in, err) != PL_OK ||
        pl_arena_fmt(&in->arena, &folder, err, "%s/%u", in->temporary.ptr, in->number++) != PL_OK) {
        return err->code;
    }
    if (mkdir(folder.ptr, 0700) != 0) {
        return pl_err_sys(err, errno, "%s", folder.ptr);
    }
    *ret = folder;
    return PL_OK;
}

/* ---- seals ---- */

/* Names, types, sizes and times: content that changes moves one of them. */
static enum pl_status add_to_seal(void *ctx, const struct pl_install_entry *entry,
                                  struct pl_err *err)
{
    struct pl_sha256 *sha = ctx;
    char text[128];
    bool folder = S_ISDIR(entry->st->st_mode);
    if (!folder && !S_ISREG(entry->st->st_mode) && !S_ISLNK(entry->st->st_mode)) {
        return pl_err_set(err, PL_ERR_FORMAT, "%s: is no file", entry->path.ptr);
    }
    int n = snprintf(text, sizeof text, "%o %lld %lld ", (unsigned)entry->st->st_mode,
                     folder ? 0LL : (long long)entry->st->st_size,
                     folder ? 0LL : (long long)pl_os_mtime_ns(entry->st));
    pl_sha256_add(sha, text, (size_t)n);
    pl_sha256_add(sha, entry->rel.ptr, entry->rel.len + 1); /* with its NUL */
    return PL_OK;
}

static enum pl_status seal_of(struct pl_slice folder, char ret[PL_SHA256_HEX], struct pl_err *err)
{
    struct pl_buf tree PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_PATH};
    unsigned char digest[PL_SHA256_SIZE];
    struct pl_sha256 sha;
    pl_sha256_init(&sha);
    if (pl_buf_fmt(&tree, err, "%s/tree", folder.ptr) != PL_OK ||
        pl_install_walk(pl_buf_view(&tree), add_to_seal, &sha, err) != PL_OK) {
        return err->code;
    }
    pl_sha256_end(&sha, digest);
    pl_sha256_hex(digest, ret);
    return PL_OK;
}

enum pl_status pl_install_seal(struct pl_slice folder, struct pl_err *err)
{
    struct pl_buf path PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_PATH};
    struct pl_out out PL_CLEANUP(pl_out_abort) = PL_OUT_NONE;
    char seal[PL_SHA256_HEX];
    if (seal_of(folder, seal, err) != PL_OK ||
        pl_buf_fmt(&path, err, "%s%s", folder.ptr, seal_name) != PL_OK ||
        pl_out_begin(&out, path.data, err) != PL_OK ||
        pl_file_pwrite(out.fd, path.data, seal, sizeof seal - 1, 0, err) != PL_OK) {
        return err->code;
    }
    return pl_out_commit(&out, err);
}

bool pl_install_is_whole(struct pl_slice folder)
{
    struct pl_buf path PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_PATH};
    struct pl_buf text PL_CLEANUP(pl_buf_done) = {.max = PL_SHA256_HEX};
    char seal[PL_SHA256_HEX];
    struct pl_err err;
    if (pl_buf_fmt(&path, &err, "%s%s", folder.ptr, seal_name) != PL_OK ||
        pl_file_read(path.data, &text, &err) != PL_OK || seal_of(folder, seal, &err) != PL_OK ||
        !pl_slice_is(pl_buf_view(&text), seal)) {
        return false;
    }
    (void)utimensat(AT_FDCWD, path.data, NULL, 0); /* it is in use */
    return true;
}

/* ---- all results ---- */

struct result {
    struct pl_slice path; /* of the folder, NUL behind */
    int64_t used_ns;
    uint64_t bytes;
};

struct results {
    struct pl_arena arena;
    struct result *at; /* owned; the newest first */
    size_t n, cap;
};

static void results_done(struct results *results)
{
    free(results->at);
    pl_arena_done(&results->arena);
}

static enum pl_status add_bytes(void *ctx, const struct pl_install_entry *entry,
                                struct pl_err *err PL_UNUSED)
{
    uint64_t *bytes = ctx;
    *bytes += S_ISREG(entry->st->st_mode) ? (uint64_t)entry->st->st_size : 0;
    return PL_OK;
}

/* Of ours: hexadecimal digits, or a folder to work in. */
static bool is_ours(const char *name)
{
    return strspn(name, "0123456789abcdef-") == strlen(name) ||
           strncmp(name, temporary_start, sizeof temporary_start - 1) == 0;
}

static enum pl_status add_result(struct results *results, const char *dir, const char *name,
                                 bool measure, struct pl_err *err)
{
    struct result result = {.bytes = 0};
    struct stat st;
    struct pl_slice seal;
    if (pl_arena_fmt(&results->arena, &result.path, err, "%s/%s", dir, name) != PL_OK ||
        pl_arena_fmt(&results->arena, &seal, err, "%s%s", result.path.ptr, seal_name) != PL_OK) {
        return err->code;
    }
    if (stat(seal.ptr, &st) != 0 && stat(result.path.ptr, &st) != 0) {
        return PL_OK; /* gone meanwhile */
    }
    result.used_ns = pl_os_mtime_ns(&st);
    if (measure && pl_install_walk(result.path, add_bytes, &result.bytes, err) != PL_OK &&
        err->code != PL_ERR_MISSING) {
        return err->code;
    }
    struct result *at = pl_arr_grow(results->at, &results->cap, results->n + 1, sizeof *at,
                                    PL_MAX_ENTRIES, "folders of the cache", err);
    if (!at) {
        return err->code;
    }
    results->at = at;
    at[results->n++] = result;
    return PL_OK;
}

static int compare_newest(const void *a, const void *b)
{
    const struct result *x = a;
    const struct result *y = b;
    if (x->used_ns != y->used_ns) {
        return x->used_ns > y->used_ns ? -1 : 1;
    }
    return pl_slice_cmp(x->path, y->path);
}

/* Those whose name begins with `start`; an absent folder has none. */
static enum pl_status list_results(struct results *results, const char *dir, struct pl_slice start,
                                   bool measure, struct pl_err *err)
{
    struct names names = {NULL, 0, 0};
    pl_arena_init(&results->arena, PL_MB(64));
    enum pl_status status = names_of(dir, &names, err);
    if (status == PL_ERR_MISSING) {
        status = PL_OK;
    }
    for (size_t i = 0; i < names.n && status == PL_OK; i++) {
        if (is_ours(names.at[i]) && pl_slice_starts(pl_slice_of(names.at[i]), start)) {
            status = add_result(results, dir, names.at[i], measure, err);
        }
    }
    names_done(&names);
    if (status == PL_OK && results->n > 1) {
        qsort(results->at, results->n, sizeof *results->at, compare_newest);
    }
    return status;
}

enum pl_status pl_install_newest(struct pl_installs *in, struct pl_slice start,
                                 struct pl_slice *ret, bool *ret_found, struct pl_err *err)
{
    struct results results = {.n = 0};
    *ret_found = false;
    enum pl_status status =
        in->dir.len > 0 ? list_results(&results, in->dir.ptr, start, false, err) : PL_OK;
    for (size_t i = 0; i < results.n && status == PL_OK && !*ret_found; i++) {
        if (pl_install_is_whole(results.at[i].path)) {
            *ret_found = true;
            status = pl_arena_dup(&in->arena, results.at[i].path, ret, err);
        }
    }
    results_done(&results);
    return status;
}

/* Out of the others' sight first, so that nobody takes half of it. */
static enum pl_status discard(struct pl_slice path, struct pl_err *err)
{
    struct pl_buf aside PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_PATH};
    struct pl_slice name = pl_slice_basename(path);
    if (pl_slice_starts(name, pl_slice_of(temporary_start))) {
        return pl_install_remove(path, err);
    }
    if (pl_buf_fmt(&aside, err, "%.*s/%s%.*s-%ld", (int)pl_slice_dirname(path).len, path.ptr,
                   temporary_start, (int)name.len, name.ptr, (long)getpid()) != PL_OK) {
        return err->code;
    }
    if (rename(path.ptr, aside.data) != 0) {
        return errno == ENOENT ? PL_OK : pl_err_sys(err, errno, "%s", path.ptr);
    }
    return pl_install_remove(pl_buf_view(&aside), err);
}

static int64_t now_ns(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void pl_install_evict(struct pl_installs *in)
{
    struct results results = {.n = 0};
    struct pl_err err;
    uint64_t bytes = 0;
    int64_t now = now_ns();
    if (in->dir.len > 0 && list_results(&results, in->dir.ptr, PL_SLICE(""), true, &err) == PL_OK) {
        for (size_t i = 0; i < results.n; i++) {
            const struct result *result = &results.at[i];
            bool idle = now - result->used_ns > HOUR_NS;
            bool over = result->bytes > PL_INSTALLS_MAX_BYTES - bytes;
            bool left =
                pl_slice_starts(pl_slice_basename(result->path), pl_slice_of(temporary_start));
            if (idle && (over || left)) {
                pl_ignore(discard(result->path, &err), "the next one tries again");
            } else if (!over) {
                bytes += result->bytes;
            }
        }
    }
    results_done(&results);
}

static enum pl_status dir_of(struct pl_buf *to, const char *cache_dir, struct pl_err *err)
{
    return pl_buf_fmt(to, err, "%s/installs", cache_dir);
}

enum pl_status pl_installs_measure(struct pl_installs_info *ret, const char *cache_dir,
                                   struct pl_err *err)
{
    struct results results = {.n = 0};
    struct pl_installs_info info = {0};
    struct pl_buf dir PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_PATH};
    enum pl_status status = dir_of(&dir, cache_dir, err);
    status = status == PL_OK ? list_results(&results, dir.data, PL_SLICE(""), true, err) : status;
    for (size_t i = 0; i < results.n; i++) {
        info.bytes += results.at[i].bytes;
        info.n++;
    }
    results_done(&results);
    if (status == PL_OK) {
        *ret = info;
    }
    return status;
}

enum pl_status pl_installs_clear(struct pl_installs_info *ret, const char *cache_dir,
                                 struct pl_err *err)
{
    struct results results = {.n = 0};
    struct pl_installs_info info = {0};
    struct pl_buf dir PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_PATH};
    enum pl_status status = dir_of(&dir, cache_dir, err);
    status = status == PL_OK ? list_results(&results, dir.data, PL_SLICE(""), true, err) : status;
    for (size_t i = 0; i < results.n && status == PL_OK; i++) {
        bool work =
            pl_slice_starts(pl_slice_basename(results.at[i].path), pl_slice_of(temporary_start));
        if (work && now_ns() - results.at[i].used_ns <= HOUR_NS) {
            continue; /* somebody is at work in it */
        }
        info.bytes += results.at[i].bytes;
        info.n++;
        status = discard(results.at[i].path, err);
    }
    if (status == PL_OK) {
        (void)rmdir(dir.data);
        *ret = info;
    }
    results_done(&results);
    return status;
}
