/*
 * What the audit of a container saw.  An issue is a fact about bytes, not yet a judgement: rules
 * PL1xx map each kind to a finding.
 */
#ifndef PL_PKG_ARCHIVE_ISSUE_H
#define PL_PKG_ARCHIVE_ISSUE_H

#include <stdint.h>

/* kind, class, text for people ("%s" nowhere: the entry and offset stand beside it) */
#define PL_ISSUE_LIST(X)                                                                           \
    X(PL_ISSUE_NO_END_RECORD, PL_ISSUES_BROKEN, "there is no end of central directory record")     \
    X(PL_ISSUE_EMPTY, PL_ISSUES_BROKEN, "the archive has no entries")                              \
    X(PL_ISSUE_TRUNCATED, PL_ISSUES_BROKEN, "the archive ends too early")                          \
    X(PL_ISSUE_DIRECTORY_BAD, PL_ISSUES_BROKEN, "the central directory cannot be read")            \
    X(PL_ISSUE_MULTI_DISK, PL_ISSUES_BROKEN, "the archive is split over several disks")            \
    X(PL_ISSUE_LOCAL_MISSING, PL_ISSUES_BROKEN, "no local header stands where it should")          \
    X(PL_ISSUE_TWO_END_RECORDS, PL_ISSUES_AMBIGUOUS, "more than one end record fits the file")     \
    X(PL_ISSUE_COUNT_LIES, PL_ISSUES_AMBIGUOUS, "the entry count is not that of the directory")    \
    X(PL_ISSUE_DIRECTORY_SIZE, PL_ISSUES_AMBIGUOUS,                                                \
      "the directory's size or place is not as said")                                              \
    X(PL_ISSUE_ZIP64_DISAGREES, PL_ISSUES_AMBIGUOUS, "ZIP64 and classic values disagree")          \
    X(PL_ISSUE_LOCAL_NAME, PL_ISSUES_AMBIGUOUS, "the local header has another name")               \
    X(PL_ISSUE_LOCAL_METHOD, PL_ISSUES_AMBIGUOUS, "the local header has another method")           \
    X(PL_ISSUE_LOCAL_SIZE, PL_ISSUES_AMBIGUOUS, "the local header has other sizes or CRC")         \
    X(PL_ISSUE_LOCAL_FLAGS, PL_ISSUES_AMBIGUOUS, "the local header has other flags")               \
    X(PL_ISSUE_LOCAL_HIDDEN, PL_ISSUES_AMBIGUOUS, "a local header that the directory leaves out")  \
    X(PL_ISSUE_UNICODE_PATH, PL_ISSUES_AMBIGUOUS, "a Unicode path extra field gives another name") \
    X(PL_ISSUE_OVERLAP, PL_ISSUES_AMBIGUOUS, "entries share bytes of the file")                    \
    X(PL_ISSUE_FOLDER_WITH_DATA, PL_ISSUES_AMBIGUOUS, "a folder by name that holds data")          \
    X(PL_ISSUE_TYPE_DISAGREES, PL_ISSUES_AMBIGUOUS, "name and attributes say different types")     \
    X(PL_ISSUE_CRC, PL_ISSUES_ENTRY, "the CRC-32 does not match")                                  \
    X(PL_ISSUE_SIZE, PL_ISSUES_ENTRY, "the real size is not the declared one")                     \
    X(PL_ISSUE_STREAM, PL_ISSUES_ENTRY, "the compressed data is damaged")                          \
    X(PL_ISSUE_DESCRIPTOR, PL_ISSUES_ENTRY, "the data descriptor does not match")                  \
    X(PL_ISSUE_METHOD, PL_ISSUES_METHOD, "a compression method other than store and deflate")      \
    X(PL_ISSUE_ENCRYPTED, PL_ISSUES_ENCRYPTED, "the entry is encrypted")                           \
    X(PL_ISSUE_NAME_EMPTY, PL_ISSUES_PATH, "the name is empty")                                    \
    X(PL_ISSUE_NAME_ABSOLUTE, PL_ISSUES_PATH, "the path is absolute")                              \
    X(PL_ISSUE_NAME_PARENT, PL_ISSUES_PATH, "the path has a .. component")                         \
    X(PL_ISSUE_NAME_DRIVE, PL_ISSUES_PATH, "the path starts with a drive letter")                  \
    X(PL_ISSUE_NAME_CONTROL, PL_ISSUES_PATH, "the name has a NUL or control character")            \
    X(PL_ISSUE_NAME_DOT, PL_ISSUES_UNTIDY, "the path has an empty or . component")                 \
    X(PL_ISSUE_NAME_BACKSLASH, PL_ISSUES_BACKSLASH, "a backslash in the name")                     \
    X(PL_ISSUE_NAME_ENCODING, PL_ISSUES_ENCODING, "the name is not UTF-8, or not marked as such")  \
    X(PL_ISSUE_DUPLICATE, PL_ISSUES_DUPLICATE, "the same name again")                              \
    X(PL_ISSUE_FILE_AS_FOLDER, PL_ISSUES_COLLISION, "a file where another entry needs a folder")   \
    X(PL_ISSUE_BYTES_BEFORE, PL_ISSUES_OUTSIDE, "bytes before the archive")                        \
    X(PL_ISSUE_BYTES_BETWEEN, PL_ISSUES_OUTSIDE, "bytes between entries that no header names")     \
    X(PL_ISSUE_BYTES_AFTER, PL_ISSUES_OUTSIDE, "bytes after the archive")                          \
    X(PL_ISSUE_BOMB, PL_ISSUES_BOMB, "it unpacks to more than twice Lambda's limit")               \
    X(PL_ISSUE_SPECIAL, PL_ISSUES_SPECIAL, "a device, FIFO or socket")                             \
    X(PL_ISSUE_UNREADABLE, PL_ISSUES_UNREAD, "it could not be read")

enum pl_issue_class {
    PL_ISSUES_BROKEN,
    PL_ISSUES_AMBIGUOUS,
    PL_ISSUES_ENTRY,
    PL_ISSUES_METHOD,
    PL_ISSUES_ENCRYPTED,
    PL_ISSUES_PATH,
    PL_ISSUES_UNTIDY, /* "./app.py", as `tar -cf f.zip .` writes: readers drop such components */
    PL_ISSUES_BACKSLASH,
    PL_ISSUES_ENCODING,
    PL_ISSUES_DUPLICATE,
    PL_ISSUES_COLLISION,
    PL_ISSUES_OUTSIDE,
    PL_ISSUES_BOMB,
    PL_ISSUES_SPECIAL,
    PL_ISSUES_UNREAD
};

enum pl_issue_kind {
#define PL_ISSUE_ENUM(kind, class, text) kind,
    PL_ISSUE_LIST(PL_ISSUE_ENUM)
#undef PL_ISSUE_ENUM
        PL_ISSUE_COUNT
};

struct pl_issue {
    uint16_t what;   /* enum pl_issue_kind */
    uint32_t entry;  /* index in the tree, or PL_ENTRY_NONE */
    uint64_t offset; /* in the container */
    uint64_t count;  /* bytes concerned where that says something, else 0 */
};

enum pl_issue_class pl_issue_class(enum pl_issue_kind what);
const char *pl_issue_text(enum pl_issue_kind what);
/* "LOCAL_NAME": the kind's word in fixtures. */
const char *pl_issue_name(enum pl_issue_kind what);

#endif
