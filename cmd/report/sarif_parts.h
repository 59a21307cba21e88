/* What a SARIF log refers to by number: rules and artifacts. */
#ifndef PL_CMD_REPORT_SARIF_PARTS_H
#define PL_CMD_REPORT_SARIF_PARTS_H

#include "pkg/base/arena.h"
#include "pkg/base/jsonw.h"
#include "pkg/base/map.h"
#include "rules/rule.h"

#define PL_SARIF_NONE UINT32_MAX
enum { PL_SARIF_MOST = 100 }; /* functions named by one result */

struct pl_sarif_artifact {
    struct pl_slice uri;
    uint32_t parent;
};

struct pl_sarif {
    uint32_t rule_index[PL_RULE_COUNT];
    struct pl_sarif_artifact *artifact; /* owned */
    size_t n, cap;
    struct pl_map index;   /* parent and path to the artifact's number */
    struct pl_arena arena; /* their texts */
    struct pl_buf prefix;  /* pl_place_prefix */
    enum pl_status status; /* the first failure sticks */
    struct pl_err *err;
};

PL_STATUS pl_sarif_init(struct pl_sarif *s, struct pl_err *err);
void pl_sarif_done(struct pl_sarif *s);

/* The number of a file (`parent` NONE), or of a member of one. */
uint32_t pl_sarif_artifact(struct pl_sarif *s, struct pl_slice path, uint32_t parent);
/* An artifactLocation. */
void pl_sarif_uri(struct pl_jsonw *w, struct pl_sarif *s, const char *key, uint32_t index);
void pl_sarif_artifacts(struct pl_jsonw *w, const struct pl_sarif *s);

void pl_sarif_rule(struct pl_jsonw *w, const struct pl_rule *rule);
const char *pl_sarif_level(enum pl_severity severity);

#endif
