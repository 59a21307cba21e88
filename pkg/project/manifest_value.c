/* Readers of plain values: each puts one value at its row's offset. */
#include "pkg/base/text.h"
#include "pkg/project/manifest_read.h"

#include <stdio.h>

/* The member that a row is about.  Rows and structures stand together in manifest_keys.def. */
static void *member(void *into, const struct pl_mf_row *row)
{
    return (unsigned char *)into + row->offset;
}

PL_STATUS pl_mf_later(struct pl_mf *mf PL_UNUSED, const struct pl_mf_row *row, uint32_t node,
                      void *into, struct pl_err *err PL_UNUSED)
{
    uint32_t *section = member(into, row);
    *section = node;
    return PL_OK;
}

PL_STATUS pl_mf_text(struct pl_mf *mf, const struct pl_mf_row *row, uint32_t node, void *into,
                     struct pl_err *err)
{
    return pl_mf_scalar(mf, node, row->key, "text", member(into, row), err);
}

PL_STATUS pl_mf_whole(struct pl_mf *mf, const struct pl_mf_row *row, uint32_t node, void *into,
                      struct pl_err *err)
{
    struct pl_value value;
    int64_t number = 0;
    if (pl_mf_scalar(mf, node, row->key, "a whole number", &value, err) != PL_OK) {
        return err->code;
    }
    if (!pl_node_int(pl_doc_node(mf->doc, node), &number)) {
        bool quoted = pl_value_int(&value, &number);
        return pl_mf_fail(mf, node, err, "%s: expected a whole number, found '%s'%s", row->key,
                          pl_mf_quote(mf, value.text), quoted ? "; write it without quotes" : "");
    }
    struct pl_value *to = member(into, row);
    *to = value;
    return PL_OK;
}

PL_STATUS pl_mf_flag(struct pl_mf *mf, const struct pl_mf_row *row, uint32_t node, void *into,
                     struct pl_err *err)
{
    bool value = false;
    if (!pl_node_bool(pl_doc_node(mf->doc, node), &value)) {
        return pl_mf_fail(mf, node, err, "%s: expected true or false, found %s", row->key,
                          pl_mf_found(mf, node));
    }
    bool *to = member(into, row);
    *to = value;
    return PL_OK;
}

/* What other tools call the two processors. */
static const struct {
    const char *theirs, *ours;
} pl_mf_processors[] = {
    {"amd64", "x86_64"}, {"x64", "x86_64"},    {"x86-64", "x86_64"}, {"x86", "x86_64"},
    {"i386", "x86_64"},  {"aarch64", "arm64"}, {"arm", "arm64"},     {"armv8", "arm64"},
};

static const char *nearest_processor(struct pl_slice text)
{
    static const char *const ours[] = {"x86_64", "arm64"};
    for (size_t i = 0; i < sizeof pl_mf_processors / sizeof *pl_mf_processors; i++) {
        if (pl_slice_eq_nocase(text, pl_slice_of(pl_mf_processors[i].theirs))) {
            return pl_mf_processors[i].ours;
        }
    }
    return pl_text_nearest(text, ours, sizeof ours / sizeof *ours);
}

PL_STATUS pl_mf_architecture(struct pl_mf *mf, const struct pl_mf_row *row, uint32_t node,
                             void *into, struct pl_err *err)
{
    struct pl_value value;
    if (pl_mf_scalar(mf, node, row->key, "x86_64 or arm64", &value, err) != PL_OK) {
        return err->code;
    }
    if (pl_arch_parse(value.text) == PL_ARCH_UNKNOWN) {
        const char *nearest = nearest_processor(value.text);
        const char *quoted = pl_mf_quote(mf, value.text);
        return nearest ? pl_mf_fail(mf, node, err, "%s: '%s' is not known; did you mean '%s'?",
                                    row->key, quoted, nearest)
                       : pl_mf_fail(mf, node, err, "%s: expected x86_64 or arm64, found '%s'",
                                    row->key, quoted);
    }
    struct pl_value *to = member(into, row);
    *to = value;
    return PL_OK;
}

PL_STATUS pl_mf_upload(struct pl_mf *mf, const struct pl_mf_row *row, uint32_t node, void *into,
                       struct pl_err *err)
{
    struct pl_value value;
    if (pl_mf_scalar(mf, node, row->key, "direct or s3", &value, err) != PL_OK) {
        return err->code;
    }
    uint8_t *to = member(into, row);
    if (pl_slice_is(value.text, "direct")) {
        *to = PL_UPLOAD_DIRECT;
    } else if (pl_slice_is(value.text, "s3")) {
        *to = PL_UPLOAD_S3;
    } else {
        return pl_mf_fail(mf, node, err, "%s: expected direct or s3, found '%s'", row->key,
                          pl_mf_quote(mf, value.text));
    }
    return PL_OK;
}

PL_STATUS pl_mf_patterns(struct pl_mf *mf, const struct pl_mf_row *row, uint32_t node, void *into,
                         struct pl_err *err)
{
    struct pl_patterns *to = member(into, row);
    if (pl_mf_scalars(mf, node, row->key, "a pattern", to, err) != PL_OK) {
        return err->code;
    }
    uint32_t item = pl_doc_node(mf->doc, node)->child;
    for (uint32_t i = 0; i < to->n; i++) {
        if (pl_slice_trim(to->at[i].text).len == 0) {
            return pl_mf_fail(mf, item, err, "%s: expected a pattern, found an empty one",
                              row->key);
        }
        if (pl_slice_find(to->at[i].text, '\n') < to->at[i].text.len) {
            return pl_mf_fail(mf, item, err, "%s: a pattern is one line; write a list of them",
                              row->key);
        }
        item = pl_doc_node(mf->doc, item)->next;
    }
    return PL_OK;
}

PL_STATUS pl_mf_include(struct pl_mf *mf, const struct pl_mf_row *row, uint32_t node, void *into,
                        struct pl_err *err)
{
    if (pl_mf_patterns(mf, row, node, into, err) != PL_OK) {
        return err->code;
    }
    const struct pl_patterns *patterns = member(into, row);
    if (patterns->n == 0) {
        return pl_mf_fail(mf, node, err, "%s: an empty list would let nothing in", row->key);
    }
    return PL_OK;
}

PL_STATUS pl_mf_prune(struct pl_mf *mf, const struct pl_mf_row *row, uint32_t node, void *into,
                      struct pl_err *err)
{
#define PL_PRUNE_WORD(name) #name,
    static const char *const words[] = {PL_PRUNE_LIST(PL_PRUNE_WORD)};
#undef PL_PRUNE_WORD
    struct pl_patterns list;
    uint32_t *to = member(into, row);
    if (pl_mf_scalars(mf, node, row->key, "a preset", &list, err) != PL_OK) {
        return err->code;
    }
    uint32_t item = pl_doc_node(mf->doc, node)->child;
    for (uint32_t i = 0; i < list.n; i++) {
        size_t at = 0;
        while (at < PL_PRUNE_COUNT && !pl_slice_is(list.at[i].text, words[at])) {
            at++;
        }
        if (at == PL_PRUNE_COUNT) {
            const char *nearest = pl_text_nearest(list.at[i].text, words, PL_PRUNE_COUNT);
            const char *quoted = pl_mf_quote(mf, list.at[i].text);
            return nearest ? pl_mf_fail(mf, item, err, "%s: '%s' is not known; did you mean '%s'?",
                                        row->key, quoted, nearest)
                           : pl_mf_fail(mf, item, err,
                                        "%s: '%s' is no preset; plimsoll pack --presets lists them",
                                        row->key, quoted);
        }
        *to |= 1u << at;
        item = pl_doc_node(mf->doc, item)->next;
    }
    return PL_OK;
}

/* One of a list of words, as its index. */
static enum pl_status read_word(struct pl_mf *mf, const struct pl_mf_row *row, uint32_t node,
                                const char *const *words, uint8_t *ret, struct pl_err *err)
{
    char wanted[128] = "";
    uint8_t n = 0;
    struct pl_value value;
    for (size_t len = 0; words[n]; n++) {
        const char *before = n == 0 ? "" : words[n + 1] ? ", " : " or ";
        int more = snprintf(wanted + len, sizeof wanted - len, "%s%s", before, words[n]);
        len += more > 0 && (size_t)more < sizeof wanted - len ? (size_t)more : 0;
    }
    if (pl_mf_scalar(mf, node, row->key, wanted, &value, err) != PL_OK) {
        return err->code;
    }
    for (uint8_t i = 0; i < n; i++) {
        if (pl_slice_is(value.text, words[i])) {
            *ret = i;
            return PL_OK;
        }
    }
    const char *nearest = pl_text_nearest(value.text, words, n);
    const char *quoted = pl_mf_quote(mf, value.text);
    return nearest
               ? pl_mf_fail(mf, node, err, "%s: '%s' is not known; did you mean '%s'?", row->key,
                            quoted, nearest)
               : pl_mf_fail(mf, node, err, "%s: expected %s, found '%s'", row->key, wanted, quoted);
}

PL_STATUS pl_mf_pyc(struct pl_mf *mf, const struct pl_mf_row *row, uint32_t node, void *into,
                    struct pl_err *err)
{
    static const char *const words[] = {"keep", "drop", "restamp", NULL};
    return read_word(mf, row, node, words, member(into, row), err);
}

PL_STATUS pl_mf_python_tool(struct pl_mf *mf, const struct pl_mf_row *row, uint32_t node,
                            void *into, struct pl_err *err)
{
    static const char *const words[] = {"pip", "uv", NULL};
    uint8_t *to = member(into, row);
    uint8_t at = 0;
    if (read_word(mf, row, node, words, &at, err) != PL_OK) {
        return err->code;
    }
    *to = (uint8_t)(PL_PYTHON_PIP + at);
    return PL_OK;
}

PL_STATUS pl_mf_compression(struct pl_mf *mf, const struct pl_mf_row *row, uint32_t node,
                            void *into, struct pl_err *err)
{
    static const char *const words[] = {"fast", "default", "best", "max", "fit", NULL};
    uint8_t *to = member(into, row);
    uint8_t at = 0;
    if (read_word(mf, row, node, words, &at, err) != PL_OK) {
        return err->code;
    }
    *to = (uint8_t)(PL_COMPRESSION_FAST + at);
    return PL_OK;
}

PL_STATUS pl_mf_check_weight(struct pl_mf *mf, uint32_t key, uint32_t prune, uint8_t pyc,
                             struct pl_err *err)
{
    if (pyc == PL_PYC_RESTAMP && (prune & 1u << PL_PRUNE_pycache) != 0) {
        return pl_mf_fail(mf, key, err,
                          "'prune: [pycache]' leaves out what 'pyc: restamp' is for; say one of "
                          "them");
    }
    return PL_OK;
}
