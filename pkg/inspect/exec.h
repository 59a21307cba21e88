/*
 * A file that is to be started: what Linux's execve would make of its first bytes
 * (fs/exec.c, fs/binfmt_elf.c, fs/binfmt_script.c).
 */
#ifndef PL_PKG_INSPECT_EXEC_H
#define PL_PKG_INSPECT_EXEC_H

#include "pkg/inspect/elf.h"

enum pl_exec_kind {
    PL_EXEC_EMPTY,
    PL_EXEC_ELF,
    PL_EXEC_SCRIPT, /* begins with #! */
    PL_EXEC_MARKED, /* a byte-order mark stands before the first character */
    PL_EXEC_MACHO,
    PL_EXEC_PE,
    PL_EXEC_ZIP,
    PL_EXEC_GZIP,
    PL_EXEC_LFS,  /* a pointer of Git LFS in place of the file */
    PL_EXEC_TEXT, /* text without #! */
    PL_EXEC_OTHER
};

struct pl_exec {
    uint8_t kind; /* enum pl_exec_kind */
    /* SCRIPT: the first line, as the kernel cuts it; both in the bytes that were given.  A carriage
     * return belongs to the word it follows, and so it stands there still. */
    struct pl_slice interpreter, argument;
    bool name_cut; /* SCRIPT: the interpreter's name is longer than what the kernel reads of it */
    struct pl_elf elf;
};

/* `size` is that of the whole file, of which `bytes` are the start. */
void pl_exec_read(struct pl_exec *ret, struct pl_slice bytes, uint64_t size);
/* "a Mach-O file, which is for macOS" ...; static. */
const char *pl_exec_kind_text(enum pl_exec_kind kind);

#endif
