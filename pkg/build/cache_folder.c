/* The cache's folder: whose it is, what is in it, and what has to go. */
#include "pkg/base/arr.h"
#include "pkg/base/file.h"
#include "pkg/base/limits.h"
#include "pkg/base/os.h"
#include "pkg/build/cache_store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILES_MAX = 100000, PACKS_KEPT = 96, NAME_BYTES = 64 };
/* A temporary of a process that is still at work is younger. */
#define TEMPORARY_NS (INT64_C(3600) * 1000000000)

struct kept {
    char name[NAME_BYTES];
    int64_t used_ns;
    uint64_t bytes;
};

struct listing {
    struct kept *at; /* owned */
    size_t n, cap;
};

/* Of ours: hexadecimal digits and a suffix. */
static bool is_named(const char *name, const char *suffix)
{
    size_t n = strspn(name, "0123456789abcdef");
    return n > 0 && n < NAME_BYTES - 16 && strcmp(name + n, suffix) == 0;
}

bool pl_cache_is_pack(const char *name)
{
    return is_named(name, ".pack");
}

bool pl_cache_is_index(const char *name)
{
    return is_named(name, ".index");
}

bool pl_cache_is_temporary(const char *name)
{
    size_t n = strlen(name);
    return n > 5 && n < NAME_BYTES && name[0] == '.' && strcmp(name + n - 4, ".tmp") == 0 &&
           strspn(name + 1, "0123456789-") == n - 5;
}

enum pl_status pl_cache_folder_open(const char *dir, bool make, int *ret_fd, struct pl_err *err)
{
    struct stat st;
    if (make && mkdir(dir, 0700) != 0 && errno != EEXIST) {
        /* The folders above it are nobody's secret. */
        if (errno != ENOENT || pl_file_mkdirs(dir, err) != PL_OK || chmod(dir, 0700) != 0) {
            return pl_err_sys(err, errno, "%s: cannot be made", dir);
        }
    }
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return pl_err_sys(err, errno, "%s", dir);
    }
    if (fstat(fd, &st) != 0) {
        int sys = errno;
        pl_fd_close(&fd);
        return pl_err_sys(err, sys, "%s", dir);
    }
    /* Whoever can write there decides what is packed. */
    if (st.st_uid != geteuid() || (st.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
        pl_fd_close(&fd);
        return pl_err_set(err, PL_ERR_IO, "%s: belongs to somebody else, or others may write to it",
                          dir);
    }
    *ret_fd = fd;
    return PL_OK;
}

static enum pl_status list_add(struct listing *list, int dir, const char *name, struct pl_err *err)
{
    struct stat st;
    if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0 || S_ISDIR(st.st_mode)) {
        return PL_OK;
    }
    struct kept *at = pl_arr_grow(list->at, &list->cap, list->n + 1, sizeof *at, FILES_MAX,
                                  "files of the cache", err);
    if (!at) {
        return err->code;
    }
    list->at = at;
    at = &list->at[list->n++];
    *at = (struct kept){.used_ns = pl_os_mtime_ns(&st),
                        .bytes = st.st_size > 0 ? (uint64_t)st.st_size : 0};
    memcpy(at->name, name, strlen(name) + 1);
    return PL_OK;
}

static enum pl_status list_folder(struct listing *list, int folder, struct pl_err *err)
{
    int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (!dir) {
        int sys = errno;
        pl_fd_close(&fd);
        return pl_err_sys(err, sys, "the cache cannot be listed");
    }
    const struct dirent *entry;
    enum pl_status status = PL_OK;
    while (status == PL_OK && (entry = readdir(dir)) != NULL) {
        const char *name = entry->d_name;
        if (pl_cache_is_pack(name) || pl_cache_is_index(name) || pl_cache_is_temporary(name)) {
            status = list_add(list, folder, name, err);
        }
    }
    (void)closedir(dir);
    return status;
}

static int compare_newest(const void *a, const void *b)
{
    const struct kept *x = a;
    const struct kept *y = b;
    if (x->used_ns != y->used_ns) {
        return x->used_ns > y->used_ns ? -1 : 1;
    }
    return strcmp(x->name, y->name);
}

static void evict_locked(int dir, uint64_t max_bytes)
{
    struct listing list = {NULL, 0, 0};
    struct pl_err err;
    int64_t now = pl_cache_now();
    uint64_t bytes = 0;
    size_t packs = 0;
    bool full = false;
    if (list_folder(&list, dir, &err) == PL_OK && list.n > 0) {
        qsort(list.at, list.n, sizeof *list.at, compare_newest);
        for (size_t i = 0; i < list.n; i++) {
            const struct kept *file = &list.at[i];
            bool go;
            if (pl_cache_is_temporary(file->name)) {
                go = now - file->used_ns > TEMPORARY_NS;
            } else {
                packs += pl_cache_is_pack(file->name) ? 1 : 0;
                full = full || file->bytes > max_bytes - bytes || packs > PACKS_KEPT;
                go = full;
                bytes += go ? 0 : file->bytes;
            }
            if (go) {
                (void)unlinkat(dir, file->name, 0);
            }
        }
    }
    free(list.at);
}

void pl_cache_folder_evict(int dir, uint64_t max_bytes)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int fd = openat(dir, "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd >= 0 && fcntl(fd, F_SETLK, &lock) == 0) {
        evict_locked(dir, max_bytes);
    }
    pl_fd_close(&fd);
}

/* A pack that cannot be read is damaged; that there is no memory says nothing about it. */
static enum pl_status measure_file(struct pl_cache_info *info, int dir, const struct kept *file,
                                   struct pl_err *err)
{
    struct pl_cache_record *record = NULL;
    size_t n = 0;
    info->bytes += file->bytes;
    info->indexes += pl_cache_is_index(file->name) ? 1 : 0;
    if (!pl_cache_is_pack(file->name)) {
        return PL_OK;
    }
    int fd PL_CLEANUP(pl_fd_close) =
        openat(dir, file->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    info->packs++;
    enum pl_status status =
        fd >= 0 ? pl_cache_pack_load(fd, file->name, &record, &n, err) : PL_ERR_FORMAT;
    info->damaged += status != PL_OK;
    info->entries += n;
    free(record);
    return status == PL_ERR_NOMEM ? status : PL_OK;
}

/* Opens the folder and lists it; *ret_fd stays -1 when there is none. */
static enum pl_status open_and_list(const char *dir, int *ret_fd, struct listing *list,
                                    struct pl_err *err)
{
    enum pl_status status = pl_cache_folder_open(dir, false, ret_fd, err);
    if (status == PL_ERR_MISSING) {
        return PL_OK;
    }
    return status == PL_OK ? list_folder(list, *ret_fd, err) : status;
}

enum pl_status pl_cache_measure(struct pl_cache_info *ret, const char *dir, struct pl_err *err)
{
    struct listing list = {NULL, 0, 0};
    struct pl_cache_info info = {0};
    int fd PL_CLEANUP(pl_fd_close) = -1;
    enum pl_status status = open_and_list(dir, &fd, &list, err);
    for (size_t i = 0; status == PL_OK && i < list.n; i++) {
        status = measure_file(&info, fd, &list.at[i], err);
    }
    free(list.at);
    if (status == PL_OK) {
        *ret = info;
    }
    return status;
}

enum pl_status pl_cache_clear(struct pl_cache_info *ret, const char *dir, struct pl_err *err)
{
    struct listing list = {NULL, 0, 0};
    struct pl_cache_info info = {0};
    int fd PL_CLEANUP(pl_fd_close) = -1;
    enum pl_status status = open_and_list(dir, &fd, &list, err);
    for (size_t i = 0; status == PL_OK && i < list.n; i++) {
        status = measure_file(&info, fd, &list.at[i], err);
        if (status == PL_OK && unlinkat(fd, list.at[i].name, 0) != 0 && errno != ENOENT) {
            status = pl_err_sys(err, errno, "%s/%s: cannot be removed", dir, list.at[i].name);
        }
    }
    if (status == PL_OK && fd >= 0) {
        (void)unlinkat(fd, "lock", 0);
    }
    free(list.at);
    if (status == PL_OK) {
        *ret = info;
    }
    return status;
}
