/* Small pieces of text work: UTF-8, near misses, dates, sizes for people. */
#ifndef PL_PKG_BASE_TEXT_H
#define PL_PKG_BASE_TEXT_H

#include "pkg/base/buf.h"
#include "pkg/base/err.h"
#include "pkg/base/slice.h"

/* Strict UTF-8: no surrogates, no overlong forms, at most U+10FFFF. */
bool pl_utf8_valid(struct pl_slice s);
/* Where the next byte from `pos` on stands that is not ASCII: s.len when there is none. */
size_t pl_utf8_ascii(struct pl_slice s, size_t pos);
/* Decodes one code point at *pos and steps over it.  False at the end or on a bad byte (then *pos
 * stepped over one byte and *ret is that byte). */
bool pl_utf8_next(struct pl_slice s, size_t *pos, uint32_t *ret);

/* What a terminal or a reader would not show as it is: controls, invisible characters, and marks
 * that turn the direction of what follows. */
bool pl_text_is_unsafe(uint32_t code);

/*
 * Appends `s` made safe for a terminal and for every text format: control bytes, DEL, C1 controls,
 * line and paragraph separators, direction marks and bytes that are no UTF-8 appear as \n, \t,
 * \x1b or \u{202e}; a backslash stays as it is.
 */
PL_STATUS pl_text_escape(struct pl_buf *to, struct pl_slice s, struct pl_err *err);
/* The same as a slice in an arena, for messages. */
struct pl_arena;
PL_STATUS pl_text_safe(struct pl_arena *arena, struct pl_slice s, struct pl_slice *ret,
                       struct pl_err *err);

bool pl_text_is_ascii(struct pl_slice s);
/*
 * Appends a key that is equal for names which differ in Unicode normalisation only ("é" as one code
 * point or as two), and with `no_case` for those that differ in case as well.  Bytes that are no
 * UTF-8 stay as they are.
 */
PL_STATUS pl_text_fold(struct pl_buf *to, struct pl_slice s, bool no_case, struct pl_err *err);

/* The candidate nearest to `word` (edit distance with transposition, at most a third of the word's
 * length and at most 3), or NULL.  `candidate` is an array of `n` strings. */
const char *pl_text_nearest(struct pl_slice word, const char *const *candidate, size_t n);

/* Days since 1970-01-01 of a strict YYYY-MM-DD that exists in the calendar. */
bool pl_date_parse(struct pl_slice s, int32_t *ret_days);
enum { PL_DATE_TEXT = 11 }; /* "2026-11-23" and a NUL */
void pl_date_text(int32_t days, char ret[PL_DATE_TEXT]);

/* "262,144,000": digits in threes; buffer of at least PL_COUNT_TEXT bytes, returned. */
enum { PL_COUNT_TEXT = 32 };
const char *pl_count_text(uint64_t n, char ret[PL_COUNT_TEXT]);
/* "38.1 MB" with 1 MB = 1024 * 1024, as AWS counts; "412 bytes" below 1 KB. */
const char *pl_size_text(uint64_t bytes, char ret[PL_COUNT_TEXT]);

#endif
