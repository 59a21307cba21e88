/*
 * Runs a fuzz target over files and folders of inputs, without libFuzzer: what was once found stays
 * found, with every compiler.  No input at all is a failure, for it would prove nothing.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX_INPUT_BYTES = 64 * 1024 * 1024 };

static int run_file(const char *path, long bytes)
{
    FILE *file = fopen(path, "rb");
    uint8_t *data = malloc(bytes > 0 ? (size_t)bytes : 1);
    int failed = 1;
    if (file && data && fread(data, 1, (size_t)bytes, file) == (size_t)bytes) {
        failed = LLVMFuzzerTestOneInput(data, (size_t)bytes) != 0;
    }
    if (failed) {
        fprintf(stderr, "%s: failed\n", path);
    }
    free(data);
    if (file) {
        fclose(file);
    }
    return failed;
}

static int run(const char *path, unsigned *count)
{
    struct stat st;
    int failed = 0;
    if (stat(path, &st) != 0) {
        fprintf(stderr, "%s: not found\n", path);
        return 1;
    }
    if (S_ISREG(st.st_mode)) {
        if (st.st_size > MAX_INPUT_BYTES) {
            fprintf(stderr, "%s: too large\n", path);
            return 1;
        }
        ++*count;
        return run_file(path, (long)st.st_size);
    }
    struct dirent **item = NULL;
    int n = scandir(path, &item, NULL, alphasort);
    for (int i = 0; i < n; i++) {
        char below[4096];
        int len = snprintf(below, sizeof below, "%s/%s", path, item[i]->d_name);
        if (item[i]->d_name[0] != '.' && len > 0 && (size_t)len < sizeof below) {
            failed |= run(below, count);
        }
        free(item[i]);
    }
    free(item);
    return failed;
}

int main(int argc, char **argv)
{
    unsigned count = 0;
    int failed = 0;
    for (int i = 1; i < argc; i++) {
        failed |= run(argv[i], &count);
    }
    printf("%u inputs\n", count);
    return failed || count == 0;
}
