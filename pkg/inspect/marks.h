/*
 * What the start of any file gives away: keys, credentials, line ends, the header of bytecode.
 * Facts only: whose file it is, and whether that matters, is for the rules to say.
 */
#ifndef PL_PKG_INSPECT_MARKS_H
#define PL_PKG_INSPECT_MARKS_H

#include "pkg/base/slice.h"

#include <stdint.h>

enum pl_mark {
    PL_MARK_KEY = 1u << 0,         /* a private key, as PEM, DER, OpenSSH or PuTTY write it */
    PL_MARK_KEY_STORE = 1u << 1,   /* a PKCS#12 or Java key store with a private key in it */
    PL_MARK_CREDENTIALS = 1u << 2, /* a file for credentials (by its name) that holds some */
    PL_MARK_ACCESS_KEY = 1u << 3,  /* an AWS access key id with a secret nearby */
    PL_MARK_CRLF = 1u << 4,        /* a script whose first line ends in a carriage return */
    PL_MARK_ZIP = 1u << 5,         /* it starts as ZIP archives do */
    PL_MARK_SCRIPT = 1u << 6,      /* it starts with "#!" */
    PL_MARK_PYC = 1u << 7,         /* Python bytecode: the three members below are set */
    PL_MARK_ELF = 1u << 8          /* it starts as programs and libraries of Linux do */
};

struct pl_marks {
    uint32_t found; /* enum pl_mark */
    /* PEP 552: flags 0 means that time (modulo 2^32) and size of the source follow. */
    uint32_t pyc_flags, pyc_time, pyc_size;
};

/* `name` is the entry's path, `bytes` the start of the file, `size` the size of all of it. */
struct pl_marks pl_marks_read(struct pl_slice name, struct pl_slice bytes, uint64_t size);

#endif
