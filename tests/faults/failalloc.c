/*
 * Lets allocations fail: LD_PRELOAD this, with PL_FAIL_AT=N (the Nth allocation after the start of
 * main, counted from 1) and PL_FAIL_MODE=once or on (that one, or all from there on). PL_FAIL_COUNT
 * names a file that gets the number of allocations at the end.
 *
 * glibc only: it gives its own allocator a second name, so nothing has to be looked up while the
 * first allocation already waits.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *old, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

static atomic_ulong count;
static unsigned long fail_at;
static bool fail_on;
static atomic_bool armed;

static bool fails(void)
{
    if (!atomic_load(&armed)) {
        return false;
    }
    unsigned long number = atomic_fetch_add(&count, 1) + 1;
    bool now = fail_at > 0 && (fail_on ? number >= fail_at : number == fail_at);
    if (now) {
        errno = ENOMEM;
    }
    return now;
}

void *malloc(size_t size)
{
    return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
    return fails() ? NULL : __libc_calloc(n, size);
}

void *realloc(void *old, size_t size)
{
    return fails() ? NULL : __libc_realloc(old, size);
}

void *reallocarray(void *old, size_t n, size_t size)
{
    if (size != 0 && n > (size_t)-1 / size) {
        errno = ENOMEM;
        return NULL;
    }
    return realloc(old, n * size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return fails() ? NULL : __libc_memalign(alignment, size);
}

int posix_memalign(void **ret, size_t alignment, size_t size)
{
    void *made = aligned_alloc(alignment, size);
    if (!made) {
        return ENOMEM;
    }
    *ret = made;
    return 0;
}

__attribute__((constructor)) static void begin(void)
{
    const char *at = getenv("PL_FAIL_AT");
    const char *mode = getenv("PL_FAIL_MODE");
    fail_at = at ? strtoul(at, NULL, 10) : 0;
    fail_on = mode && strcmp(mode, "on") == 0;
    atomic_store(&armed, true);
}

__attribute__((destructor)) static void end(void)
{
    const char *path = getenv("PL_FAIL_COUNT");
    atomic_store(&armed, false);
    int fd = path ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;
    if (fd >= 0) {
        (void)dprintf(fd, "%lu\n", atomic_load(&count));
        (void)close(fd);
    }
}
