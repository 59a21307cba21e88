/* The table-driven part of the manifest reader, and the readers of plain values. */
#include "pkg/project/manifest_read.h"

#include "pkg/base/limits.h"
#include "pkg/base/text.h"
#include "pkg/base/version.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct pl_mf_row pl_mf_rows[] = {
#define PL_KEY(where, key, type, help, reader, offset) \
    {PL_MF_##where, PL_MF_TEXT_##where, key, reader, offset},
#include "pkg/project/manifest_keys.def"
#undef PL_KEY
};

enum { PL_MF_ROW_COUNT = sizeof pl_mf_rows / sizeof *pl_mf_rows };

/* Keys of the format that this version does not read yet. */
static const struct {
    const char *key;
    enum pl_mf_where where;
} pl_mf_later_keys[] = {
    {"modes", PL_MF_FUNCTION}, {"symlinks", PL_MF_FUNCTION}, {"text", PL_MF_FUNCTION},
    {"modes", PL_MF_LAYER},    {"symlinks", PL_MF_LAYER},    {"text", PL_MF_LAYER},
};

enum pl_status pl_mf_fail(struct pl_mf *mf, uint32_t node, struct pl_err *err, const char *fmt, ...)
{
    char message[PL_ERR_MSG_MAX];
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(message, sizeof message, fmt, args);
    va_end(args);
    if (n < 0) {
        message[0] = '\0';
    }
    struct pl_pos at = pl_doc_node(mf->doc, node)->at;
    mf->failed_at = at;
    return pl_err_set(err, PL_ERR_CONFIG, "%s:%u:%u: %s", mf->name, at.line > 0 ? at.line : 1,
                      at.col > 0 ? at.col : 1, message);
}

void pl_manifest_mistake(struct pl_manifest_mistakes *mistakes, struct pl_pos pos,
                         const struct pl_err *what)
{
    if (mistakes->n == PL_MANIFEST_MISTAKES) {
        mistakes->more = true;
        return;
    }
    size_t i = mistakes->n++;
    while (i > 0 &&
           (mistakes->pos[i - 1].line > pos.line ||
            (mistakes->pos[i - 1].line == pos.line && mistakes->pos[i - 1].col > pos.col))) {
        mistakes->at[i] = mistakes->at[i - 1];
        mistakes->pos[i] = mistakes->pos[i - 1];
        i--;
    }
    mistakes->at[i] = *what;
    mistakes->pos[i] = pos;
}

bool pl_mf_note(struct pl_mf *mf, const struct pl_err *err)
{
    if (!mf->mistakes || err->code != PL_ERR_CONFIG) {
        return false;
    }
    if (!mf->is_noted) {
        pl_manifest_mistake(mf->mistakes, mf->failed_at, err);
    }
    mf->is_noted = false;
    return !mf->mistakes->more;
}

PL_STATUS pl_mf_end(struct pl_mf *mf, bool failed, struct pl_err *err)
{
    mf->is_noted = failed;
    return failed ? err->code : PL_OK;
}

const char *pl_mf_quote(struct pl_mf *mf, struct pl_slice text)
{
    struct pl_err ignored;
    struct pl_slice safe;
    size_t n = text.len;
    if (n > PL_MF_QUOTE_MAX) {
        n = PL_MF_QUOTE_MAX;
        while (n > 0 && ((unsigned char)text.ptr[n] & 0xc0u) == 0x80u) {
            n--; /* not in the middle of a character */
        }
    }
    if (pl_text_safe(&mf->project->arena, pl_slice_sub(text, 0, n), &safe, &ignored) == PL_OK &&
        pl_arena_fmt(&mf->project->arena, &safe, &ignored, "%.*s%s", (int)safe.len, safe.ptr,
                     n < text.len ? "..." : "") == PL_OK) {
        return safe.ptr;
    }
    return "..."; /* no memory is left: the place still tells which one it is */
}

const char *pl_mf_found(const struct pl_mf *mf, uint32_t node)
{
    switch ((enum pl_node_kind)pl_doc_node(mf->doc, node)->kind) {
    case PL_NODE_NULL:
        return "nothing";
    case PL_NODE_SEQ:
        return "a list";
    case PL_NODE_MAP:
        return "a map";
    case PL_NODE_SCALAR:
        break;
    }
    return "text";
}

bool pl_mf_tag_known(struct pl_slice tag)
{
    return tag.len == 0 || pl_slice_is(tag, "!") ||
           pl_slice_starts(tag, PL_SLICE("tag:yaml.org,2002:"));
}

static enum pl_status check_tag(struct pl_mf *mf, uint32_t node, const char *what,
                                struct pl_err *err)
{
    struct pl_slice tag = pl_doc_node(mf->doc, node)->tag;
    return pl_mf_tag_known(tag)
               ? PL_OK
               : pl_mf_fail(mf, node, err, "%s: the tag %s has no meaning in a manifest", what,
                            pl_mf_quote(mf, tag));
}

PL_STATUS pl_mf_want_map(struct pl_mf *mf, uint32_t node, const char *what, struct pl_err *err)
{
    if (pl_doc_node(mf->doc, node)->kind != PL_NODE_MAP) {
        return pl_mf_fail(mf, node, err, "%s: expected a map, found %s", what,
                          pl_mf_found(mf, node));
    }
    return check_tag(mf, node, what, err);
}

PL_STATUS pl_mf_want_list(struct pl_mf *mf, uint32_t node, const char *what, struct pl_err *err)
{
    if (pl_doc_node(mf->doc, node)->kind != PL_NODE_SEQ) {
        return pl_mf_fail(mf, node, err, "%s: expected a list, found %s", what,
                          pl_mf_found(mf, node));
    }
    return check_tag(mf, node, what, err);
}

PL_STATUS pl_mf_scalar(struct pl_mf *mf, uint32_t node, const char *what, const char *wanted,
                       struct pl_value *ret, struct pl_err *err)
{
    const struct pl_node *it = pl_doc_node(mf->doc, node);
    if (it->kind != PL_NODE_SCALAR) {
        return pl_mf_fail(mf, node, err, "%s: expected %s, found %s", what, wanted,
                          pl_mf_found(mf, node));
    }
    if (it->text.len == 0) {
        return pl_mf_fail(mf, node, err, "%s: expected %s, found an empty one", what, wanted);
    }
    if (pl_slice_find(it->text, '\0') < it->text.len) {
        return pl_mf_fail(mf, node, err, "%s: holds a NUL character", what);
    }
    if (check_tag(mf, node, what, err) != PL_OK) {
        return err->code;
    }
    *ret = pl_value_given(it->text, it->at);
    return PL_OK;
}

PL_STATUS pl_mf_scalars(struct pl_mf *mf, uint32_t node, const char *what, const char *wanted,
                        struct pl_patterns *ret, struct pl_err *err)
{
    if (pl_mf_want_list(mf, node, what, err) != PL_OK) {
        return err->code;
    }
    uint32_t n = pl_doc_count(mf->doc, node);
    struct pl_value *value = pl_arena_new(&mf->project->arena, n, sizeof *value, err);
    if (!value) {
        return err->code;
    }
    uint32_t item = pl_doc_node(mf->doc, node)->child;
    for (uint32_t i = 0; i < n; i++) {
        if (pl_mf_scalar(mf, item, what, wanted, &value[i], err) != PL_OK) {
            return err->code;
        }
        item = pl_doc_node(mf->doc, item)->next;
    }
    *ret = (struct pl_patterns){value, n};
    return PL_OK;
}

static const struct pl_mf_row *find_row(enum pl_mf_where where, struct pl_slice key)
{
    for (size_t i = 0; i < PL_MF_ROW_COUNT; i++) {
        if (pl_mf_rows[i].where == where && pl_slice_is(key, pl_mf_rows[i].key)) {
            return &pl_mf_rows[i];
        }
    }
    return NULL;
}

static const char *nearest_key(enum pl_mf_where where, struct pl_slice key)
{
    const char *candidate[PL_MF_ROW_COUNT];
    size_t n = 0;
    for (size_t i = 0; i < PL_MF_ROW_COUNT; i++) {
        if (pl_mf_rows[i].where == where) {
            candidate[n++] = pl_mf_rows[i].key;
        }
    }
    return pl_text_nearest(key, candidate, n);
}

/* Where a key would have been right, for one that stands on the wrong level. */
static const char *other_place(struct pl_slice key)
{
    for (size_t i = 0; i < PL_MF_ROW_COUNT; i++) {
        if (pl_slice_is(key, pl_mf_rows[i].key)) {
            return pl_mf_rows[i].where_text;
        }
    }
    return NULL;
}

static enum pl_status fail_unknown(struct pl_mf *mf, enum pl_mf_where where, uint32_t node,
                                   const char *what, struct pl_err *err)
{
    struct pl_slice key = pl_doc_node(mf->doc, node)->text;
    for (size_t i = 0; i < sizeof pl_mf_later_keys / sizeof *pl_mf_later_keys; i++) {
        if (pl_mf_later_keys[i].where != where || !pl_slice_is(key, pl_mf_later_keys[i].key)) {
            continue;
        }
        return pl_mf_fail(mf, node, err,
                          "'%s' comes with a later version of plimsoll than this one "
                          "(" PL_VERSION ")",
                          pl_mf_later_keys[i].key);
    }
    const char *nearest = nearest_key(where, key);
    if (nearest) {
        return pl_mf_fail(mf, node, err, "unknown key '%s' in %s; did you mean '%s'?",
                          pl_mf_quote(mf, key), what, nearest);
    }
    const char *other = other_place(key);
    if (other) {
        return pl_mf_fail(mf, node, err, "unknown key '%s' in %s; it belongs %s%s",
                          pl_mf_quote(mf, key), what, other[0] ? "in " : "at the top", other);
    }
    return pl_mf_fail(mf, node, err, "unknown key '%s' in %s", pl_mf_quote(mf, key), what);
}

PL_STATUS pl_mf_map(struct pl_mf *mf, enum pl_mf_where where, uint32_t node, const char *what,
                    void *into, struct pl_err *err)
{
    if (pl_mf_want_map(mf, node, what, err) != PL_OK) {
        return err->code;
    }
    uint32_t key = pl_doc_node(mf->doc, node)->child;
    bool failed = false;
    while (key != PL_NODE_NONE) {
        uint32_t value = pl_doc_node(mf->doc, key)->next;
        const struct pl_mf_row *row = find_row(where, pl_doc_node(mf->doc, key)->text);
        enum pl_status status = PL_OK;
        if (!row) {
            status = fail_unknown(mf, where, key, what, err);
        } else if (row->read) {
            status = row->read(mf, row, value, into, err);
        }
        if (status && !pl_mf_note(mf, err)) {
            return status;
        }
        failed = failed || status;
        key = pl_doc_node(mf->doc, value)->next;
    }
    return pl_mf_end(mf, failed, err);
}
