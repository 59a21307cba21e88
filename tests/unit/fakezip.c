#include "fakezip.h"

#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_ROOM = 512, PATHS = 8 };

static char folder[PATH_ROOM];

const char *fake_dir(void)
{
    const char *tmp = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/plimsoll-XXXXXX", tmp && tmp[0] ? tmp : "/tmp");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    return folder;
}

static void empty(const char *path, int depth)
{
    DIR *dir = opendir(path);
    for (struct dirent *one = dir ? readdir(dir) : NULL; one; one = readdir(dir)) {
        char below[PATH_ROOM + 300];
        if (strcmp(one->d_name, ".") == 0 || strcmp(one->d_name, "..") == 0) {
            continue;
        }
        snprintf(below, sizeof below, "%s/%s", path, one->d_name);
        if (unlink(below) != 0 && depth > 0) {
            empty(below, depth - 1);
        }
    }
    if (dir) {
        closedir(dir);
    }
    rmdir(path);
}

void fake_dir_done(void)
{
    empty(folder, 3);
}

const char *fake_path(const char *name)
{
    static char path[PATHS][PATH_ROOM + 64];
    static unsigned turn;
    turn = (turn + 1) % PATHS;
    snprintf(path[turn], sizeof path[turn], "%s/%s", folder, name);
    return path[turn];
}

void fake_write(const char *path, const void *bytes, size_t n)
{
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, n, file), n);
    ck_assert_int_eq(fclose(file), 0);
}

/* CRC-32 as in APPNOTE 4.4.7, bit by bit. */
static uint32_t crc_of(const char *text)
{
    uint32_t crc = UINT32_MAX;
    for (; *text; text++) {
        crc ^= (unsigned char)*text;
        for (int i = 0; i < 8; i++) {
            crc = crc & 1 ? crc >> 1 ^ 0xedb88320u : crc >> 1;
        }
    }
    return ~crc;
}

static void put(FILE *to, uint32_t value, int bytes)
{
    for (int i = 0; i < bytes; i++) {
        fputc((int)(value >> (8 * i) & 0xff), to);
    }
}

/* The fields that local and central headers share: version needed up to the sizes. */
static void put_common(FILE *to, const struct fake_file *file)
{
    uint32_t size = (uint32_t)strlen(file->content);
    put(to, 20, 2);         /* version needed */
    put(to, 0, 2);          /* flags */
    put(to, 0, 2);          /* stored */
    put(to, 0x00210000, 4); /* 1980-01-01 */
    put(to, crc_of(file->content), 4);
    put(to, size, 4);
    put(to, size, 4);
    put(to, (uint32_t)strlen(file->path), 2);
    put(to, 0, 2); /* extra field */
}

static void put_central(FILE *to, const struct fake_file *file, uint32_t offset)
{
    uint32_t mode = 0100000u | (uint32_t)(file->mode > 0 ? file->mode : 0644);
    put(to, 0x02014b50, 4);
    put(to, 3 << 8 | 20, 2); /* made on Unix */
    put_common(to, file);
    put(to, 0, 2); /* comment */
    put(to, 0, 2); /* disk */
    put(to, 0, 2); /* internal attributes */
    put(to, mode << 16, 4);
    put(to, offset, 4);
    fputs(file->path, to);
}

void fake_zip(const char *path, const struct fake_file *file)
{
    uint32_t offset[FAKE_FILES];
    uint32_t n = 0;
    FILE *to = fopen(path, "wb");
    ck_assert_ptr_nonnull(to);
    for (; n < FAKE_FILES && file[n].path; n++) {
        offset[n] = (uint32_t)ftell(to);
        put(to, 0x04034b50, 4);
        put_common(to, &file[n]);
        fputs(file[n].path, to);
        fputs(file[n].content, to);
    }
    uint32_t start = (uint32_t)ftell(to);
    for (uint32_t i = 0; i < n; i++) {
        put_central(to, &file[i], offset[i]);
    }
    uint32_t end = (uint32_t)ftell(to);
    put(to, 0x06054b50, 4);
    put(to, 0, 4);
    put(to, n, 2);
    put(to, n, 2);
    put(to, end - start, 4);
    put(to, start, 4);
    put(to, 0, 2);
    ck_assert_int_eq(fclose(to), 0);
}
