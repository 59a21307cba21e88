/* Files: read with a bound, or appear whole or not at all. */
#ifndef PL_PKG_BASE_FILE_H
#define PL_PKG_BASE_FILE_H

#include "pkg/base/buf.h"
#include "pkg/base/err.h"

#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

/* Opens a regular file for reading (O_NONBLOCK first, so that a FIFO never hangs), -1 closed by
 * the caller.  A folder, FIFO, socket or device is PL_ERR_FORMAT with what it is. */
PL_STATUS pl_file_open(const char *path, int *ret_fd, struct pl_err *err);
/* Appends the whole regular file; PL_ERR_LIMIT when it is over buf->max. */
PL_STATUS pl_file_read(const char *path, struct pl_buf *to, struct pl_err *err);
/* Appends all that can be read from fd (a pipe, too). */
PL_STATUS pl_file_read_fd(int fd, const char *name, struct pl_buf *to, struct pl_err *err);
/* Is there something of that name?  Links are followed unless `is_link_itself`.  What is not there,
 * or lies in a folder that may not be searched, is an answer; what the system cannot tell is an
 * error, never an absence.  *ret is filled when it is there. */
PL_STATUS pl_file_look(const char *path, bool is_link_itself, bool *ret_there, struct stat *ret,
                       struct pl_err *err);
/* Exactly n bytes at `offset`; PL_ERR_CHANGED when the file is shorter. Restarts after EINTR. */
PL_STATUS pl_file_pread(int fd, const char *name, void *to, size_t n, uint64_t offset,
                        struct pl_err *err);
/* All n bytes at `offset`, whatever short writes there are. */
PL_STATUS pl_file_pwrite(int fd, const char *name, const void *bytes, size_t n, uint64_t offset,
                         struct pl_err *err);
/* mkdir -p with mode 0777 less the umask. */
PL_STATUS pl_file_mkdirs(const char *path, struct pl_err *err);

/* For PL_CLEANUP on an int that is -1 when there is nothing to close. */
void pl_fd_close(int *fd);

/*
 * An output that appears whole or not at all.  Until pl_out_commit succeeds, whatever stood at
 * `path` before is untouched.  Where the file system has unnamed files nothing is ever left
 * behind, even by SIGKILL, save in the instant between naming and renaming; elsewhere a temporary
 * ".NAME.plimsoll-PID-N.tmp" stands in the same folder until commit or abort.  What a killed
 * process left there is removed by the next pl_out_begin of the same name, once it is ten minutes
 * old.
 */
struct pl_out {
    int fd;         /* read and write; -1 when there is none */
    char *path;     /* owned */
    char *tmp_path; /* owned; NULL while the file has no name */
};
#define PL_OUT_NONE ((struct pl_out){-1, NULL, NULL})

/* Mode of the new file is 0666 less the umask.  A `path` that is a folder or special is refused; a
 * link stays, and what it points to is written. */
PL_STATUS pl_out_begin(struct pl_out *ret, const char *path, struct pl_err *err);
/* fsync, rename over `path`, fsync of the folder; the descriptor is closed.  On failure the old
 * file is still there and nothing new is left behind; except when only the last step, the fsync of
 * the folder, fails: then the new file is in place and the message names the folder. */
PL_STATUS pl_out_commit(struct pl_out *out, struct pl_err *err);
/* Forgets what was begun; safe on PL_OUT_NONE and after commit.  For PL_CLEANUP. */
void pl_out_abort(struct pl_out *out);
/* True for names that pl_out gives to temporaries. */
bool pl_out_is_temporary(const char *name);

#endif
