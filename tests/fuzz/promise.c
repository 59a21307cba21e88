#include "tests/fuzz/promise.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where there is memory for it, the file never touches a disk. */
static const char *const place[] = {"/dev/shm", "/tmp"};
static char path[64];
static int file = -1;
static char folder[64];
enum { NAMES_MOST = 16 };
static const char *put[NAMES_MOST];
static size_t n_put;

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

/* Only from the folder that made them: what a target writes by itself it removes by itself. */
static void remove_folder(void)
{
    char name[256];
    for (size_t i = 0; i < n_put; i++) {
        snprintf(name, sizeof name, "%s/%s", folder, put[i]);
        unlink(name);
    }
    for (size_t i = 0; i < n_put; i++) {
        snprintf(name, sizeof name, "%s/%s", folder, put[i]);
        for (char *end = strrchr(name, '/'); end && (size_t)(end - name) > strlen(folder);
             end = strrchr(name, '/')) {
            *end = '\0';
            rmdir(name);
        }
    }
    rmdir(folder);
}

const char *pl_fuzz_folder(void)
{
    for (size_t i = 0; i < 2 && folder[0] == '\0'; i++) {
        snprintf(folder, sizeof folder, "%s/pl-fuzz-XXXXXX", place[i]);
        if (!mkdtemp(folder)) {
            folder[0] = '\0';
        }
    }
    pl_fuzz_promise(folder[0] != '\0', "a temporary folder can be made");
    return folder;
}

/* Of the first file of that name: folders on the way, and what removes them. */
static void make_room(const char *name, char *full)
{
    if (n_put == 0) {
        atexit(remove_folder);
    }
    pl_fuzz_promise(n_put < NAMES_MOST, "few names");
    put[n_put++] = name;
    for (char *at = strchr(full + strlen(folder) + 1, '/'); at; at = strchr(at + 1, '/')) {
        *at = '\0';
        mkdir(full, 0700);
        *at = '/';
    }
}

void pl_fuzz_put(const char *name, const uint8_t *data, size_t size)
{
    char full[256];
    size_t i = 0;
    snprintf(full, sizeof full, "%s/%s", pl_fuzz_folder(), name);
    while (i < n_put && strcmp(put[i], name) != 0) {
        i++;
    }
    if (i == n_put) {
        make_room(name, full);
    }
    int fd = open(full, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600);
    pl_fuzz_promise(fd >= 0, "a file can be made");
    for (size_t at = 0; at < size;) {
        ssize_t n = write(fd, data + at, size - at);
        pl_fuzz_promise(n > 0, "the file can be written");
        at += (size_t)n;
    }
    close(fd);
}

bool pl_fuzz_part(const uint8_t **data, size_t *size, const uint8_t **ret, size_t *ret_n)
{
    static const char line[] = "\n==\n";
    const size_t n = sizeof line - 1;
    size_t end = 0;
    if (*size == 0) {
        return false;
    }
    while (end + n <= *size && memcmp(*data + end, line, n) != 0) {
        end++;
    }
    bool is_last = end + n > *size;
    *ret = *data;
    *ret_n = is_last ? *size : end;
    *data += is_last ? *size : end + n;
    *size -= is_last ? *size : end + n;
    return true;
}

bool pl_fuzz_inside(struct pl_slice part, struct pl_slice whole)
{
    return part.len == 0 || (part.ptr >= whole.ptr && part.len <= whole.len &&
                             (size_t)(part.ptr - whole.ptr) <= whole.len - part.len);
}
