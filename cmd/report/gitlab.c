/* GitLab's Code Quality report: equal fingerprints are dropped there, so a second one is salted. */
#include "cmd/report/place.h"
#include "cmd/report/report.h"
#include "pkg/base/arr.h"
#include "pkg/base/digest.h"
#include "pkg/base/jsonw.h"
#include "pkg/base/limits.h"
#include "pkg/base/map.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *severity_of(enum pl_severity severity)
{
    static const char *const names[] = {[PL_SEV_OFF] = "info",
                                        [PL_SEV_PEDANTIC] = "info",
                                        [PL_SEV_INFO] = "minor",
                                        [PL_SEV_WARNING] = "major",
                                        [PL_SEV_ERROR] = "critical"};
    return names[severity];
}

/* The finding's own, or for the n-th of the same fingerprint one that is made of it and n. */
static PL_STATUS unique_fingerprint(struct pl_map *seen, uint64_t *counts, size_t index,
                                    const struct pl_finding *f, char ret[PL_SHA256_HEX],
                                    struct pl_err *err)
{
    bool is_added = false;
    uint64_t first = 0;
    if (pl_map_add(seen, pl_slice_of(f->fingerprint), index, &is_added, &first, err)) {
        return err->code;
    }
    if (is_added) {
        memcpy(ret, f->fingerprint, sizeof f->fingerprint);
        return PL_OK;
    }
    char text[sizeof f->fingerprint + 24];
    unsigned char digest[PL_SHA256_SIZE];
    struct pl_sha256 sha;
    counts[first]++;
    (void)snprintf(text, sizeof text, "%s %llu", f->fingerprint, (unsigned long long)counts[first]);
    pl_sha256_init(&sha);
    pl_sha256_add(&sha, text, strlen(text));
    pl_sha256_end(&sha, digest);
    pl_sha256_hex(digest, ret);
    ret[sizeof f->fingerprint - 1] = '\0';
    return PL_OK;
}

static PL_STATUS put_issue(struct pl_jsonw *w, const struct pl_item *item, struct pl_slice prefix,
                           const char *fingerprint, struct pl_err *err)
{
    const struct pl_finding *f = item->finding;
    const struct pl_rule *rule = pl_rule_at(f->rule);
    const struct pl_place place = pl_place_of(item);
    struct pl_buf text PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_REPORT_BYTES};
    struct pl_buf path PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_REPORT_BYTES};
    struct pl_writer inner = {&text, err, PL_OK};
    pl_put_fmt(&inner, "%s: ", rule->id);
    pl_put_message(&inner, item);
    inner.to = &path;
    pl_put_repository_path(&inner, prefix, place.file);
    pl_jsonw_object(w, NULL);
    pl_jsonw_slice(w, "description", pl_buf_view(&text));
    pl_jsonw_text(w, "check_name", rule->id);
    pl_jsonw_text(w, "fingerprint", fingerprint);
    pl_jsonw_text(w, "severity", severity_of(f->severity));
    pl_jsonw_object(w, "location");
    pl_jsonw_slice(w, "path", pl_buf_view(&path));
    pl_jsonw_object(w, "lines");
    pl_jsonw_u64(w, "begin", place.line);
    pl_jsonw_close_object(w);
    pl_jsonw_close_object(w);
    pl_jsonw_close_object(w);
    return inner.status;
}

static PL_STATUS put_issues(struct pl_jsonw *w, const struct pl_items *items, uint64_t *counts,
                            struct pl_map *seen, struct pl_err *err)
{
    struct pl_buf prefix PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_PATH};
    enum pl_status status = pl_place_prefix(&prefix, err);
    for (size_t i = 0; !status && i < items->n; i++) {
        char fingerprint[PL_SHA256_HEX];
        status = unique_fingerprint(seen, counts, i, items->at[i].finding, fingerprint, err);
        if (!status) {
            status = put_issue(w, &items->at[i], pl_buf_view(&prefix), fingerprint, err);
        }
    }
    return status;
}

PL_STATUS pl_report_gitlab(struct pl_buf *to, const struct pl_lint *lint,
                           const struct pl_term *term PL_UNUSED, struct pl_err *err)
{
    struct pl_items items PL_CLEANUP(pl_items_done) = {NULL, 0};
    struct pl_map seen PL_CLEANUP(pl_map_done) = {.max = PL_MAX_FINDINGS};
    struct pl_jsonw w;
    pl_jsonw_begin(&w, to, true, err);
    pl_jsonw_array(&w, NULL);
    enum pl_status status = pl_items_gather(&items, lint, err);
    uint64_t *count = status ? NULL : pl_arr_zeroed(items.n, sizeof *count, err);
    if (!count) {
        return err->code;
    }
    status = put_issues(&w, &items, count, &seen, err);
    free(count);
    pl_jsonw_close_array(&w);
    status = status ? status : pl_jsonw_end(&w);
    return status ? status : pl_buf_byte(to, '\n', err);
}
