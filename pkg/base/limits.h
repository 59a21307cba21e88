/*
 * Our own bounds on what we read.  (The service's limits are pkg/lambda/limits.h.)  Everything we
 * open is hostile: each bound names what it protects.
 */
#ifndef PL_PKG_BASE_LIMITS_H
#define PL_PKG_BASE_LIMITS_H

#define PL_KB(n) ((size_t)(n)*1024u)
#define PL_MB(n) ((size_t)(n)*1024u * 1024u)

/* A manifest or template; AWS takes templates of at most 1 MB. */
#define PL_MAX_DOC_BYTES PL_MB(8)
/* A Terraform plan as JSON, which tells of all that a project has; most of it is passed over. */
#define PL_MAX_PLAN_BYTES PL_MB(64)
/* libyaml has no depth limit and is quadratic in it. */
#define PL_MAX_DOC_DEPTH 256u
#define PL_MAX_DOC_NODES 1000000u
/* Aliases are expanded by copying; this bounds the copies. */
#define PL_MAX_DOC_ALIASES 1000u
/* Resources of one project around its functions, with what they list. */
#define PL_MAX_RESOURCES 200000u

/* Entries of one archive or folder. ZIP64 allows more, Lambda's 250 MB does not need them. */
#define PL_MAX_ENTRIES 1000000u
/* Bytes of all names of one archive or folder. */
#define PL_MAX_NAMES_BYTES PL_MB(256)
/* Issues kept of one container; the rest are counted. */
#define PL_MAX_ISSUES 10000u
/* One path, as given or as found; longer than any system's PATH_MAX. */
#define PL_MAX_PATH 16384u
/* Depth of folders. */
#define PL_MAX_FOLDER_DEPTH 512u
/* What the reports can say about one run. */
#define PL_MAX_FINDINGS     100000u
#define PL_MAX_REPORT_BYTES PL_MB(256)

/* An entry up to this size is inflated whole; above it, in a window, and only its start is kept. */
#define PL_MAX_WHOLE_ENTRY PL_MB(32)
/* The inspection of a package stops after this many produced bytes: twice Lambda's limit. */
#define PL_MAX_PRODUCED (2u * 262144000u)
/* What the second look of a function may read (handler files, their re-exports). */
#define PL_MAX_LOOK_FILES 256u
#define PL_MAX_LOOK_BYTES PL_MB(64)
/* Links followed in one resolution, as Linux does. */
#define PL_MAX_LINKS 40u

#endif
