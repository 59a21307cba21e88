/* What the targets share: a promise that must hold for any input, and the input as a file. */
#ifndef PL_TESTS_FUZZ_PROMISE_H
#define PL_TESTS_FUZZ_PROMISE_H

#include "pkg/base/slice.h"

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the program when it does not hold, so that the fuzzer keeps the input. */
void pl_fuzz_promise(bool holds, const char *what);
/* For readers that want a path: the bytes stand there until the next call. */
const char *pl_fuzz_file(const uint8_t *data, size_t size);
/* For readers of folders: an empty folder of this process, removed with what pl_fuzz_put wrote at
 * its end. */
const char *pl_fuzz_folder(void);
/* Writes a file there, whose name is a constant; folders on its way are made. */
void pl_fuzz_put(const char *name, const uint8_t *data, size_t size);
/* The next part of an input whose parts stand apart by a line of "=="; false at its end. */
bool pl_fuzz_part(const uint8_t **data, size_t *size, const uint8_t **ret, size_t *ret_n);
/* Does the part lie in the whole? */
bool pl_fuzz_inside(struct pl_slice part, struct pl_slice whole);

#endif
