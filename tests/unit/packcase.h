/*
 * For the packer's tests: a folder of one's own as the current folder, files in it, other people's
 * programs, and plans from a short description.  Everything here fails the test when it cannot.
 */
#ifndef PL_TESTS_UNIT_PACKCASE_H
#define PL_TESTS_UNIT_PACKCASE_H

#include "pkg/build/pack.h"

/* Fixture: makes a folder under TMPDIR and enters it; leaves and removes it. */
void scratch_enter(void);
void scratch_leave(void);

/* Writes a file, making the folders above it. */
void put(const char *path, const char *text);
void put_bytes(const char *path, const void *bytes, size_t n);
/* n bytes from a seed, of which about one in two can be deflated away. */
void put_noise(const char *path, size_t n, uint32_t seed);
/* The same with one in `share` that cannot: much faster to deflate. */
void put_thin_noise(const char *path, size_t n, uint32_t seed, size_t share);
void put_link(const char *path, const char *target);
void put_folder(const char *path);

/* Runs a program with its output into `out` (NULL: nowhere).  Its exit status, or -1 when it is not
 * installed: then a line says that the comparison was skipped, and under CI=true the test fails. */
int tool(const char *const *argv, const char *out);

/* Lists end at the first NULL. */
struct case_source {
    const char *path, *to;
    const char *include[6], *exclude[6];
    struct pl_source how; /* options; path, to and lists come from above */
};
struct case_pack {
    struct case_source source[3];
    const char *include[6], *exclude[6];
    const char *output_dir; /* NULL: "dist" */
    uint32_t prune;         /* bits by enum pl_prune */
    uint8_t pyc;            /* enum pl_pyc */
};
/* A plan of a function f; `root` of the project is the current folder. */
PL_STATUS case_plan(struct pl_plan *ret, const struct case_pack *pack, struct pl_err *err);
/* "a.py b/:755 bin:755 l->a.py": names in order, modes other than 0644, targets; static until the
 * next call. */
const char *case_text(const struct pl_plan *plan);
/* Plans and compares with the text. */
void case_is(const struct case_pack *pack, const char *want);
/* Plans, which must fail with this code and all of the texts (up to the first NULL) in its message.
 */
void case_fails(const struct case_pack *pack, enum pl_status code, const char *const *text);
#define CASE_FAILS(pack, code, ...) case_fails(pack, code, (const char *const[]){__VA_ARGS__, NULL})

/* Packs the folder `from` into `zip`. */
PL_STATUS case_write(const char *from, const char *zip, unsigned workers, struct pl_err *err);

#endif
