/* What os_linux.c does, with what every POSIX system has. */
#if !defined(__linux__) && defined(__APPLE__)
#    define _DARWIN_C_SOURCE /* sysconf's number of CPUs, st_mtimespec */
#endif

#include "pkg/base/os.h"

#ifndef __linux__

#    include <errno.h>
#    include <fcntl.h>
#    include <string.h>
#    include <sys/stat.h>
#    include <unistd.h>

unsigned pl_os_cpus(void)
{
#    ifdef _SC_NPROCESSORS_ONLN
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n > 0 && n < 65536 ? (unsigned)n : 1;
#    else
    return 1;
#    endif
}

int pl_os_open_unnamed(const char *dir PL_UNUSED)
{
    errno = EOPNOTSUPP;
    return -1;
}

int pl_os_link_unnamed(int fd PL_UNUSED, const char *path PL_UNUSED)
{
    errno = EOPNOTSUPP;
    return -1;
}

const void *pl_os_memmem(const void *hay, size_t n, const void *needle, size_t m)
{
    const unsigned char *at = hay;
    const unsigned char *first = needle;
    if (m == 0) {
        return hay;
    }
    while (n >= m) {
        const unsigned char *found = memchr(at, first[0], n - m + 1);
        if (!found) {
            return NULL;
        }
        if (memcmp(found, needle, m) == 0) {
            return found;
        }
        n -= (size_t)(found - at) + 1;
        at = found + 1;
    }
    return NULL;
}

void pl_os_will_read(int fd PL_UNUSED)
{
}

static int64_t nanoseconds(struct timespec time)
{
    return (int64_t)((uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec);
}

int64_t pl_os_mtime_ns(const struct stat *st)
{
#    ifdef __APPLE__
    return nanoseconds(st->st_mtimespec);
#    else
    return nanoseconds(st->st_mtim);
#    endif
}

int64_t pl_os_ctime_ns(const struct stat *st)
{
#    ifdef __APPLE__
    return nanoseconds(st->st_ctimespec);
#    else
    return nanoseconds(st->st_ctim);
#    endif
}

void pl_os_write_soon(int fd PL_UNUSED, uint64_t offset PL_UNUSED, uint64_t n PL_UNUSED)
{
}

int pl_os_pipe(int ret[2])
{
    int end[2];
    if (pipe(end) != 0) {
        return -1;
    }
    if (fcntl(end[0], F_SETFD, FD_CLOEXEC) == -1 || fcntl(end[1], F_SETFD, FD_CLOEXEC) == -1) {
        int saved = errno;
        (void)close(end[0]);
        (void)close(end[1]);
        errno = saved;
        return -1;
    }
    ret[0] = end[0];
    ret[1] = end[1];
    return 0;
}

int pl_os_spawn_in(posix_spawn_file_actions_t *actions PL_UNUSED, const char *folder PL_UNUSED)
{
#    ifdef __APPLE__
    return posix_spawn_file_actions_addchdir_np(actions, folder);
#    else
    return ENOSYS;
#    endif
}

short pl_os_spawn_apart(void)
{
#    ifdef POSIX_SPAWN_SETSID
    return POSIX_SPAWN_SETSID;
#    else
    return POSIX_SPAWN_SETPGROUP;
#    endif
}

#endif
