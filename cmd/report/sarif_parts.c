#include "cmd/report/sarif_parts.h"

#include "cmd/report/place.h"
#include "pkg/base/arr.h"
#include "pkg/base/limits.h"

#include <stdlib.h>

PL_STATUS pl_sarif_init(struct pl_sarif *s, struct pl_err *err)
{
    *s = (struct pl_sarif){.err = err, .prefix = {.max = PL_MAX_PATH}};
    pl_map_init(&s->index, PL_MAX_FINDINGS * 2);
    pl_arena_init(&s->arena, PL_MAX_REPORT_BYTES);
    return pl_place_prefix(&s->prefix, err);
}

void pl_sarif_done(struct pl_sarif *s)
{
    free(s->artifact);
    pl_map_done(&s->index);
    pl_arena_done(&s->arena);
    pl_buf_done(&s->prefix);
}

/* A relative reference; a file outside of the repository by an absolute path is file:///. */
static PL_STATUS make_uri(struct pl_sarif *s, struct pl_slice path, uint32_t parent,
                          struct pl_slice *ret)
{
    struct pl_buf plain PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_REPORT_BYTES};
    struct pl_buf uri PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_REPORT_BYTES};
    struct pl_writer w = {&plain, s->err, PL_OK};
    bool is_absolute = parent == PL_SARIF_NONE && path.len > 0 && path.ptr[0] == '/';
    if (parent == PL_SARIF_NONE) {
        pl_put_repository_path(&w, pl_buf_view(&s->prefix), path);
        path = pl_buf_view(&plain);
    }
    w.to = &uri;
    while (is_absolute && path.len > 0 && path.ptr[0] == '/') {
        path = pl_slice_sub(path, 1, path.len);
    }
    pl_put(&w, is_absolute ? "file:///" : "");
    pl_put_uri(&w, path);
    return w.status ? w.status : pl_arena_dup(&s->arena, pl_buf_view(&uri), ret, s->err);
}

static PL_STATUS add_artifact(struct pl_sarif *s, struct pl_slice path, uint32_t parent,
                              uint32_t *ret)
{
    struct pl_slice key;
    bool is_added = false;
    uint64_t old = 0;
    enum pl_status status =
        pl_arena_fmt(&s->arena, &key, s->err, "%u %.*s", parent, (int)path.len, path.ptr);
    if (!status) {
        status = pl_map_add(&s->index, key, s->n, &is_added, &old, s->err);
    }
    if (status || !is_added) {
        *ret = status ? 0 : (uint32_t)old;
        return status;
    }
    struct pl_sarif_artifact *list = pl_arr_grow(s->artifact, &s->cap, s->n + 1, sizeof *list,
                                                 PL_MAX_FINDINGS * 2, "artifacts", s->err);
    if (!list) {
        return s->err->code;
    }
    s->artifact = list;
    struct pl_sarif_artifact made = {.parent = parent};
    if (make_uri(s, path, parent, &made.uri) != PL_OK) {
        return s->err->code;
    }
    list[s->n] = made;
    *ret = (uint32_t)s->n++;
    return PL_OK;
}

uint32_t pl_sarif_artifact(struct pl_sarif *s, struct pl_slice path, uint32_t parent)
{
    uint32_t index = 0;
    if (!s->status) {
        s->status = add_artifact(s, path, parent, &index);
    }
    return index;
}

void pl_sarif_uri(struct pl_jsonw *w, struct pl_sarif *s, const char *key, uint32_t index)
{
    if (s->status || index >= s->n) {
        return;
    }
    pl_jsonw_object(w, key);
    pl_jsonw_slice(w, "uri", s->artifact[index].uri);
    pl_jsonw_u64(w, "index", index);
    pl_jsonw_close_object(w);
}

void pl_sarif_artifacts(struct pl_jsonw *w, const struct pl_sarif *s)
{
    pl_jsonw_array(w, "artifacts");
    for (size_t i = 0; i < s->n; i++) {
        pl_jsonw_object(w, NULL);
        pl_jsonw_object(w, "location");
        pl_jsonw_slice(w, "uri", s->artifact[i].uri);
        pl_jsonw_close_object(w);
        if (s->artifact[i].parent != PL_SARIF_NONE) {
            pl_jsonw_u64(w, "parentIndex", s->artifact[i].parent);
        }
        pl_jsonw_close_object(w);
    }
    pl_jsonw_close_array(w);
}

const char *pl_sarif_level(enum pl_severity severity)
{
    return severity == PL_SEV_ERROR ? "error" : severity == PL_SEV_WARNING ? "warning" : "note";
}

static void put_text(struct pl_jsonw *w, const char *key, const char *text)
{
    pl_jsonw_object(w, key);
    pl_jsonw_text(w, "text", text);
    pl_jsonw_close_object(w);
}

void pl_sarif_rule(struct pl_jsonw *w, const struct pl_rule *rule)
{
    static const char *const precision[] = {
        [PL_GUESS] = "low", [PL_LIKELY] = "high", [PL_CERTAIN] = "very-high"};
    static const char *const problem[] = {[PL_SEV_OFF] = "recommendation",
                                          [PL_SEV_PEDANTIC] = "recommendation",
                                          [PL_SEV_INFO] = "recommendation",
                                          [PL_SEV_WARNING] = "warning",
                                          [PL_SEV_ERROR] = "error"};
    pl_jsonw_object(w, NULL);
    pl_jsonw_text(w, "id", rule->id);
    pl_jsonw_text(w, "name", rule->name);
    put_text(w, "shortDescription", rule->summary);
    put_text(w, "fullDescription", rule->why);
    put_text(w, "help", rule->remedy);
    pl_jsonw_object(w, "defaultConfiguration");
    pl_jsonw_text(w, "level", pl_sarif_level(rule->severity));
    pl_jsonw_close_object(w);
    pl_jsonw_object(w, "properties");
    pl_jsonw_array(w, "tags");
    pl_jsonw_text(w, NULL, pl_rule_family(rule));
    pl_jsonw_text(w, NULL, pl_effect_name(rule->effect));
    pl_jsonw_close_array(w);
    pl_jsonw_text(w, "precision", precision[rule->confidence]);
    pl_jsonw_text(w, "problem.severity", problem[rule->severity]);
    pl_jsonw_close_object(w);
    pl_jsonw_close_object(w);
}
