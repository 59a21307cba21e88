/* Linux only; the one place for what POSIX does not have.  os_posix.c is its counterpart. */
#ifdef __linux__
#    ifndef _GNU_SOURCE
#        define _GNU_SOURCE /* NOLINT(bugprone-reserved-identifier): the C library's switch */
#    endif
#endif

#include "pkg/base/os.h"

#ifdef __linux__

#    include <errno.h>
#    include <fcntl.h>
#    include <sched.h>
#    include <stdio.h>
#    include <string.h>
#    include <sys/stat.h>
#    include <unistd.h>

unsigned pl_os_cpus(void)
{
    /* The kernel refuses a set that is smaller than its own. */
    for (int room = 1024; room <= 1024 * 64; room *= 4) {
        cpu_set_t *set = CPU_ALLOC((size_t)room);
        if (!set) {
            return 1;
        }
        size_t size = CPU_ALLOC_SIZE((size_t)room);
        int failed = sched_getaffinity(0, size, set);
        int n = failed ? 0 : CPU_COUNT_S(size, set);
        CPU_FREE(set);
        if (!failed) {
            return n > 0 ? (unsigned)n : 1;
        }
    }
    return 1;
}

int pl_os_open_unnamed(const char *dir)
{
    /* A name is given through /proc, so without it such a file could never appear. */
    if (access("/proc/self/fd", X_OK) != 0) {
        errno = EOPNOTSUPP;
        return -1;
    }
    int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0666);
    if (fd < 0 && (errno == EISDIR || errno == EINVAL || errno == ENOSYS)) {
        errno = EOPNOTSUPP; /* kernels and FUSE file systems that do not know the flag */
    }
    return fd;
}

int pl_os_link_unnamed(int fd, const char *path)
{
    char from[40];
    (void)snprintf(from, sizeof(from), "/proc/self/fd/%d", fd);
    return linkat(AT_FDCWD, from, AT_FDCWD, path, AT_SYMLINK_FOLLOW);
}

const void *pl_os_memmem(const void *hay, size_t n, const void *needle, size_t m)
{
    return memmem(hay, n, needle, m);
}

void pl_os_will_read(int fd)
{
    (void)posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    (void)posix_fadvise(fd, 0, 0, POSIX_FADV_WILLNEED);
}

static int64_t nanoseconds(struct timespec time)
{
    return (int64_t)((uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec);
}

int64_t pl_os_mtime_ns(const struct stat *st)
{
    return nanoseconds(st->st_mtim);
}

int64_t pl_os_ctime_ns(const struct stat *st)
{
    return nanoseconds(st->st_ctim);
}

void pl_os_write_soon(int fd, uint64_t offset, uint64_t n)
{
    if (offset <= INT64_MAX && n <= INT64_MAX - offset) {
        int saved = errno;
        (void)sync_file_range(fd, (off64_t)offset, (off64_t)n, SYNC_FILE_RANGE_WRITE);
        errno = saved;
    }
}

int pl_os_pipe(int ret[2])
{
    return pipe2(ret, O_CLOEXEC);
}

int pl_os_spawn_in(posix_spawn_file_actions_t *actions, const char *folder)
{
    return posix_spawn_file_actions_addchdir_np(actions, folder);
}

short pl_os_spawn_apart(void)
{
    return POSIX_SPAWN_SETSID;
}

#endif
