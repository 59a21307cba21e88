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
/* Does the part lie in the whole? */
bool pl_fuzz_inside(struct pl_slice part, struct pl_slice whole);

#endif
