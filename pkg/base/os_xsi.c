/* What POSIX keeps in its XSI option, which every system we build on has. */
#ifndef _XOPEN_SOURCE
#    define _XOPEN_SOURCE 700
#endif

#include "pkg/base/os.h"

#include <stdlib.h>

char *pl_os_real_path(const char *path)
{
    return realpath(path, NULL);
}
