/*
 * A borrowed run of bytes.  Names in archives are bytes, not strings: they may hold NUL.
 * A slice never owns; it lives as long as what it was cut from.
 */
#ifndef PL_PKG_BASE_SLICE_H
#define PL_PKG_BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pl_slice {
    const char *ptr; /* never NULL when len > 0 */
    size_t len;
};

/* From a string literal, usable in initialisers. */
#define PL_SLICE(literal) ((struct pl_slice){("" literal), sizeof(literal) - 1})
#define PL_SLICE_INIT(literal)            \
    {                                     \
        ("" literal), sizeof(literal) - 1 \
    }

struct pl_slice pl_slice_of(const char *text); /* NULL gives the empty slice */
struct pl_slice pl_slice_make(const char *ptr, size_t len);

bool pl_slice_eq(struct pl_slice a, struct pl_slice b);
bool pl_slice_is(struct pl_slice a, const char *text);
/* By unsigned bytes, then by length: the order of entries in an archive. */
int pl_slice_cmp(struct pl_slice a, struct pl_slice b);
/* ASCII letters only. */
bool pl_slice_eq_nocase(struct pl_slice a, struct pl_slice b);
bool pl_slice_starts(struct pl_slice s, struct pl_slice prefix);
bool pl_slice_ends(struct pl_slice s, struct pl_slice suffix);

/* Index of the first/last `byte`, or s.len when there is none. */
size_t pl_slice_find(struct pl_slice s, char byte);
size_t pl_slice_rfind(struct pl_slice s, char byte);
/* Index of the first occurrence of `needle`, or s.len. The empty needle is at 0. */
size_t pl_slice_find_text(struct pl_slice s, struct pl_slice needle);

/* [from, to), both clamped to the slice. */
struct pl_slice pl_slice_sub(struct pl_slice s, size_t from, size_t to);
/* Without ASCII white space at both ends. */
struct pl_slice pl_slice_trim(struct pl_slice s);
/* Cuts the part before `byte` off *rest (which then starts behind it).  The last part is what is
 * left; returns false when *rest had been used up (its ptr is NULL then). */
bool pl_slice_next(struct pl_slice *rest, char byte, struct pl_slice *ret_part);

/* Decimal digits only, no sign, no blanks; false when empty, not a number or over UINT64_MAX. */
bool pl_slice_u64(struct pl_slice s, uint64_t *ret);

/* The last component of a slash-separated path, and what stands before its slash ("" if none).
 * "a/b/" has an empty last component. */
struct pl_slice pl_slice_basename(struct pl_slice path);
struct pl_slice pl_slice_dirname(struct pl_slice path);

#endif
