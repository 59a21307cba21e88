/*
 * Allocations that fail on demand.  Only for tests that are linked with pl_oom_test() in
 * CMakeLists.txt, which sends malloc, calloc and realloc of our own code through here (the
 * libraries' own allocations are not reached).
 */
#ifndef PL_TESTS_UNIT_OOM_H
#define PL_TESTS_UNIT_OOM_H

#include "run.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t n);

static long oom_left = -1; /* allocations before the one that fails; negative: none fails */
static bool oom_hit;

static bool oom_now(size_t n)
{
    /* No machine has this much; AddressSanitizer would end the program instead of refusing. */
    if (n > SIZE_MAX / 4) {
        errno = ENOMEM;
        return true;
    }
    if (oom_left < 0 || oom_left-- > 0) {
        return false;
    }
    oom_hit = true;
    errno = ENOMEM;
    return true;
}

void *__wrap_malloc(size_t n)
{
    return oom_now(n) ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return oom_now(size > 0 && n > SIZE_MAX / size ? SIZE_MAX : n * size) ? NULL
                                                                          : __real_calloc(n, size);
}

void *__wrap_realloc(void *old, size_t n)
{
    return oom_now(n) ? NULL : __real_realloc(old, n);
}

/* Runs fn with the first, the second, the third ... allocation failing until none is left to fail;
 * each time it has to say so, and the sanitizer sees to leaks.  Returns how often it failed. */
static inline long oom_exhaust(enum pl_status (*fn)(struct pl_err *err))
{
    long failed = 0;
    for (;; failed++) {
        struct pl_err err = {.code = PL_OK};
        oom_hit = false;
        oom_left = failed;
        enum pl_status status = fn(&err);
        oom_left = -1;
        if (!oom_hit) {
            ck_assert_msg(status == PL_OK, "%s", err.msg);
            break;
        }
        ck_assert_msg(status == PL_ERR_NOMEM, "allocation %ld: %s", failed, pl_status_text(status));
        ck_assert_int_eq((int)err.code, PL_ERR_NOMEM);
        ck_assert_int_lt(failed, 100000);
    }
    ck_assert_int_gt(failed, 0); /* else the shim is not linked in */
    return failed;
}

#endif
