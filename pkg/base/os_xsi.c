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

char *pl_os_real_path(const char *path)
{
    return realpath(path, NULL);
}

int pl_os_try_lock(int fd)
{
    /* Not POSIX's lockf: that one belongs to the process, not to the descriptor, and takes no
     * folder. */
    return flock(fd, LOCK_EX | LOCK_NB);
}
