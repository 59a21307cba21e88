#include "pkg/archive/issue.h"

#include "pkg/base/attr.h"

struct issue_row {
    enum pl_issue_class class;
    const char *name;
    const char *text;
};

static const struct issue_row issue_row[PL_ISSUE_COUNT] = {
#define PL_ISSUE_ROW(kind, class, text) [kind] = {class, #kind, text},
    PL_ISSUE_LIST(PL_ISSUE_ROW)
#undef PL_ISSUE_ROW
};

enum pl_issue_class pl_issue_class(enum pl_issue_kind what)
{
    return (unsigned)what < PL_ISSUE_COUNT ? issue_row[what].class : PL_ISSUES_BROKEN;
}

const char *pl_issue_text(enum pl_issue_kind what)
{
    return (unsigned)what < PL_ISSUE_COUNT ? issue_row[what].text : "unknown";
}

const char *pl_issue_name(enum pl_issue_kind what)
{
    /* Without the prefix that every kind has: reports and fixtures say LOCAL_NAME. */
    return (unsigned)what < PL_ISSUE_COUNT ? issue_row[what].name + sizeof "PL_ISSUE_" - 1
                                           : "UNKNOWN";
}
