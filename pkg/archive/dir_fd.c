#include "pkg/archive/dir_fd.h"

#include "pkg/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

enum { FOLDER_FLAGS = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC };

int pl_dir_openat(int fd, struct pl_slice component, int flags)
{
    char name[NAME_MAX + 1];
    if (component.len == 0 || component.len >= sizeof name) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(name, component.ptr, component.len);
    name[component.len] = '\0';
    int got;
    do {
        got = openat(fd, name, flags);
    } while (got < 0 && errno == EINTR);
    return got;
}

bool pl_dir_is_refused(int sys)
{
    return sys == EACCES || sys == EPERM || sys == ENOENT || sys == ELOOP || sys == ENOTDIR ||
           sys == ENXIO;
}

void pl_dir_chain_init(struct pl_dir_chain *chain, const struct pl_dir *dir)
{
    *chain = (struct pl_dir_chain){.dir = dir};
    chain->link[0].fd = -1;
    chain->link[1].fd = -1;
}

void pl_dir_chain_done(struct pl_dir_chain *chain)
{
    pl_fd_close(&chain->link[0].fd);
    pl_fd_close(&chain->link[1].fd);
}

static bool is_below(struct pl_slice folder, struct pl_slice name)
{
    return pl_slice_starts(name, folder) && name.len > folder.len && name.ptr[folder.len] == '/';
}

/* Makes link[0] what was opened last; link[1] is empty then. */
static void step(struct pl_dir_chain *chain)
{
    pl_fd_close(&chain->link[0].fd);
    chain->link[0] = chain->link[1];
    chain->link[1].fd = -1;
}

/* Forgets what is of no use on the way to `name`. */
static void turn_to(struct pl_dir_chain *chain, struct pl_slice name)
{
    if (chain->link[1].fd >= 0 && is_below(chain->link[1].name, name)) {
        step(chain);
        return;
    }
    pl_fd_close(&chain->link[1].fd);
    if (chain->link[0].fd >= 0 && !is_below(chain->link[0].name, name)) {
        pl_fd_close(&chain->link[0].fd);
    }
}

int pl_dir_chain_open(struct pl_dir_chain *chain, struct pl_slice name)
{
    if (name.len == 0) {
        return chain->dir->root;
    }
    for (size_t i = 0; i < 2; i++) {
        if (chain->link[i].fd >= 0 && pl_slice_eq(chain->link[i].name, name)) {
            return chain->link[i].fd;
        }
    }
    turn_to(chain, name);
    size_t at = chain->link[0].fd >= 0 ? chain->link[0].name.len + 1 : 0;
    for (;;) {
        struct pl_slice rest = pl_slice_sub(name, at, name.len);
        size_t n = pl_slice_find(rest, '/');
        int from = chain->link[0].fd >= 0 ? chain->link[0].fd : chain->dir->root;
        int fd = pl_dir_openat(from, pl_slice_sub(rest, 0, n), FOLDER_FLAGS);
        if (fd < 0) {
            return -1;
        }
        chain->link[1].fd = fd;
        chain->link[1].name = pl_slice_sub(name, 0, at + n);
        if (n == rest.len) {
            return fd;
        }
        at += n + 1;
        step(chain);
    }
}
