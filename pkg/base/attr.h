/*
 * Every compiler attribute the project uses, under one name each.
 * __attribute__ is the only language extension in the tree.
 */
#ifndef PL_PKG_BASE_ATTR_H
#define PL_PKG_BASE_ATTR_H

/* The caller must look at the result. */
#define PL_MUST_CHECK __attribute__((warn_unused_result))

/* Argument `fmt` is a printf format, its arguments start at `first`. */
#define PL_PRINTF(fmt, first) __attribute__((format(printf, fmt, first)))

/* `fn` is called with the address of the variable when it leaves scope.
 * Initialise on the same line. */
#define PL_CLEANUP(fn) __attribute__((cleanup(fn)))

/* For parameters that an interface asks for and an implementation does not need. */
#define PL_UNUSED __attribute__((unused))

/* For a large variable whose parts are set one by one before they are read: it is not zeroed first,
 * as the compiler is told to do with every other. */
#define PL_UNSET __attribute__((uninitialized))

#define PL_COLD __attribute__((cold))

#endif
