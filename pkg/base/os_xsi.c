/* What POSIX keeps in its XSI option, and flock, which every system we build on has. */
#ifndef _XOPEN_SOURCE
#    define _XOPEN_SOURCE 700 /* NOLINT(bugprone-reserved-identifier): POSIX asks for it */
#endif
#if defined(__APPLE__) && !defined(_DARWIN_C_SOURCE)
#    define _DARWIN_C_SOURCE 1
#endif

#include "pkg/base/os.h"

#include <stdlib.h>
#include <sys/file.h>
#include <sys/resource.h>

/* Each package of a run keeps its file open. */
#define FILES_ENOUGH 65536

char *pl_os_real_path(const char *path)
{
    return realpath(path, NULL);
}

void pl_os_more_files(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max &&
        limit.rlim_cur < FILES_ENOUGH) {
        /* macOS has no limit to raise to, and refuses more than its own maximum. */
        limit.rlim_cur = limit.rlim_max < FILES_ENOUGH ? limit.rlim_max : FILES_ENOUGH;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

int pl_os_try_lock(int fd)
{
    /* Not POSIX's lockf: that one belongs to the process, not to the descriptor, and takes no
     * folder. */
    return flock(fd, LOCK_EX | LOCK_NB);
}
