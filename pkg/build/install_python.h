/* Python packages, between the files that install them (inside of pkg/build). */
#ifndef PL_PKG_BUILD_INSTALL_PYTHON_H
#define PL_PKG_BUILD_INSTALL_PYTHON_H

#include "pkg/build/install_job.h"

enum { PL_INSTALL_ARGS_MAX = 160 };

/* A command that is being put together; texts live in the arena or are static. */
struct pl_install_args {
    const char *at[PL_INSTALL_ARGS_MAX + 1];
    size_t n;
};

/* Files of requirements, at most two. */
struct pl_wanted {
    struct pl_slice file[2];
    size_t n;
};

static inline void pl_install_add(struct pl_install_args *command, const char *text)
{
    if (command->n < PL_INSTALL_ARGS_MAX) {
        command->at[command->n++] = text;
    }
}

static inline void pl_install_add_two(struct pl_install_args *command, const char *option,
                                      const char *value)
{
    pl_install_add(command, option);
    pl_install_add(command, value);
}

static inline void pl_install_add_wanted(struct pl_install_args *command,
                                         const struct pl_wanted *wanted)
{
    for (size_t i = 0; i < wanted->n; i++) {
        pl_install_add_two(command, "-r", wanted->file[i].ptr);
    }
}

static inline const char *pl_install_cpu(enum pl_arch arch)
{
    return arch == PL_ARCH_ARM64 ? "aarch64" : "x86_64";
}

/* The minor version of the target's glibc. */
unsigned pl_install_glibc(const struct pl_install_job *job);
/* A path in the folder to work in. */
PL_STATUS pl_install_in_work(struct pl_install_job *job, const char *name, struct pl_slice *ret,
                             struct pl_err *err);
PL_STATUS pl_install_pip(struct pl_install_job *job, const struct pl_tool *pip,
                         const struct pl_wanted *wanted, struct pl_err *err);

#endif
