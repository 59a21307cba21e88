/* What differs between systems, in one place: os_linux.c, with os_posix.c as the fallback. */
#ifndef PL_PKG_BASE_OS_H
#define PL_PKG_BASE_OS_H

#include "pkg/base/err.h"

#include <spawn.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* CPUs this process may run on, at least 1. */
unsigned pl_os_cpus(void);

/* An unnamed file in `dir` for reading and writing (O_TMPFILE), or -1 with errno (EOPNOTSUPP where
 * the system or file system has none). */
int pl_os_open_unnamed(const char *dir);
/* Gives such a file a name that must not exist yet; 0, or -1 with errno. */
int pl_os_link_unnamed(int fd, const char *path);

/* Lets this process open as many files as its hard limit allows.  Programs that we start would
 * inherit that, and select() takes no more than 1,024: not for those that start any. */
void pl_os_more_files(void);

/* First occurrence of needle in hay, or NULL. */
const void *pl_os_memmem(const void *hay, size_t n, const void *needle, size_t m);

/* Tells the kernel that the file will be read from start to end soon; a hint, never fails. */
void pl_os_will_read(int fd);

/* The last change of content, and of the file at all, in nanoseconds since 1970; times that this
 * cannot hold (before 1678, after 2262) wrap. */
struct stat;
int64_t pl_os_mtime_ns(const struct stat *st);
int64_t pl_os_ctime_ns(const struct stat *st);

/* Starts writing a range of a file to the disk without waiting, so that a later fsync has less to
 * do.  A hint, never fails. */
void pl_os_write_soon(int fd, uint64_t offset, uint64_t n);

/* Takes the exclusive lock of an open file or folder without waiting; 0, or -1 with errno
 * (EWOULDBLOCK while another has it).  It ends when the descriptor is closed. */
int pl_os_try_lock(int fd);

/* A pipe that programs we start do not inherit: ret[0] reads, ret[1] writes.  0, or -1 with errno.
 */
int pl_os_pipe(int ret[2]);
/* Starts the program in that folder; 0, or an errno (ENOSYS where no system call does it). */
int pl_os_spawn_in(posix_spawn_file_actions_t *actions, const char *folder);
/* The flag of posix_spawnattr_setflags for a session of its own, without a terminal; where there is
 * none, for a process group of its own.  Either way the group's number is the process's. */
short pl_os_spawn_apart(void);

/* The path without links, "." and "..", absolute; owned (free it), or NULL with errno. */
char *pl_os_real_path(const char *path);

#endif
