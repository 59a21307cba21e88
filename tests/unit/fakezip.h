/* ZIP files on disk, and a folder to put things into, for tests that open real paths. */
#ifndef PL_TESTS_UNIT_FAKEZIP_H
#define PL_TESTS_UNIT_FAKEZIP_H

#include "faketree.h"

/* A new folder under TMPDIR or /tmp; fake_dir_done removes it with what it holds (one level of
 * folders below it). */
const char *fake_dir(void);
void fake_dir_done(void);
/* dir/name; one of a few buffers that are used in turn. */
const char *fake_path(const char *name);
void fake_write(const char *path, const void *bytes, size_t n);
/* Writes the files, stored, up to the first without a path. */
void fake_zip(const char *path, const struct fake_file *file);

#endif
