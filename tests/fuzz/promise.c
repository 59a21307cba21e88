#include "tests/fuzz/promise.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Where there is memory for it, the file never touches a disk. */
static char path[64];
static int file = -1;

void pl_fuzz_promise(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "broken promise: %s\n", what);
        abort();
    }
}

static void remove_file(void)
{
    unlink(path);
}

static void make_file(void)
{
    static const char *const place[] = {"/dev/shm", "/tmp"};
    for (size_t i = 0; i < 2 && file < 0; i++) {
        snprintf(path, sizeof path, "%s/pl-fuzz-XXXXXX", place[i]);
        file = mkstemp(path);
    }
    pl_fuzz_promise(file >= 0, "a temporary file can be made");
    atexit(remove_file);
}

const char *pl_fuzz_file(const uint8_t *data, size_t size)
{
    if (file < 0) {
        make_file();
    }
    pl_fuzz_promise(ftruncate(file, 0) == 0, "the file can be emptied");
    for (size_t at = 0; at < size;) {
        ssize_t n = pwrite(file, data + at, size - at, (off_t)at);
        pl_fuzz_promise(n > 0, "the file can be written");
        at += (size_t)n;
    }
    return path;
}

bool pl_fuzz_inside(struct pl_slice part, struct pl_slice whole)
{
    return part.len == 0 || (part.ptr >= whole.ptr && part.len <= whole.len &&
                             (size_t)(part.ptr - whole.ptr) <= whole.len - part.len);
}
