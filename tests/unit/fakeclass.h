/* Class files and jars in memory, for the Java tests: bytes from a line of words. */
#ifndef PL_TESTS_UNIT_FAKECLASS_H
#define PL_TESTS_UNIT_FAKECLASS_H

#include "pkg/base/buf.h"

enum { FAKE_CLASS_BYTES = 16384 };

/* "com/example/A super=B implements=C implements=D major=61 minor=0 flags=33 signature=... inner=9
 * 1:run(I)V": numbers are decimal; a method is FLAGS:NAMEDESCRIPTOR.  Appends to *to. */
void fake_class(struct pl_buf *to, const char *words);
/* A stored ZIP: "NAME=CONTENT|NAME=CONTENT"; contents that begin with "class " become class files.
 */
void fake_jar(struct pl_buf *to, const char *entries);

#endif
