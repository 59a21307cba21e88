/* Where a finding is reported, for formats that know files and lines only. */
#ifndef PL_CMD_REPORT_PLACE_H
#define PL_CMD_REPORT_PLACE_H

#include "cmd/lint_run.h"
#include "cmd/report/writer.h"

/* A finding with the unit that it belongs to. */
struct pl_item {
    const struct pl_lint_unit *unit;
    const struct pl_finding *finding;
    size_t index; /* in the order of the report */
};

/* All findings of a run, in the order of the report. */
struct pl_items {
    struct pl_item *at; /* owned */
    size_t n;
};
PL_STATUS pl_items_gather(struct pl_items *ret, const struct pl_lint *lint, struct pl_err *err);
void pl_items_done(struct pl_items *items);

/* The setting to mend comes first, and a member of a package, which is no file of the repository,
 * never: then it is the package, line 1. */
struct pl_place {
    struct pl_slice file;
    uint32_t line, col, end_col; /* from 1; col and end_col 0: the whole line */
    bool is_setting;
};
struct pl_place pl_place_of(const struct pl_item *item);

/* From the folder where the repository begins (the nearest with a .git) down to the current one,
 * "" or ending with a slash: code scanning knows files by their path in the repository. */
PL_STATUS pl_place_prefix(struct pl_buf *to, struct pl_err *err);
/* `path` behind that prefix, without "." and "..": what a repository calls it. */
void pl_put_repository_path(struct pl_writer *w, struct pl_slice prefix, struct pl_slice path);

/* What is wrong in one line of safe text: the message, behind the member's name where the place
 * does not say what it is about. */
void pl_put_message(struct pl_writer *w, const struct pl_item *item);
/* The same as text of an XML element, and as its attribute "message". */
void pl_put_message_xml(struct pl_writer *w, const struct pl_item *item);
void pl_put_message_attr(struct pl_writer *w, const struct pl_item *item);

/* The mend of a finding: its own, or its rule's. */
struct pl_slice pl_item_mend(const struct pl_finding *finding);

#endif
