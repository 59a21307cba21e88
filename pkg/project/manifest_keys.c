/* The keys of a manifest as a public table and as a part of plimsoll.yaml(5). */
#include "pkg/project/manifest_read.h"

#include <string.h>

static const struct pl_manifest_key pl_keys[] = {
#define PL_KEY(where, key, type, help, reader, offset) {PL_MF_TEXT_##where, key, type, help},
#include "pkg/project/manifest_keys.def"
#undef PL_KEY
};

enum { PL_KEYS_COLUMNS = 78 };

/* Headings of the manual, by place. */
static const struct {
    const char *where, *title;
} pl_key_places[] = {
    {PL_MF_TEXT_TOP, "Top level"},
    {PL_MF_TEXT_DEFAULTS, "Defaults"},
    {PL_MF_TEXT_FUNCTION, "Function"},
    {PL_MF_TEXT_LAYER, "Layer"},
    {PL_MF_TEXT_SOURCE, "Source"},
    {PL_MF_TEXT_PYTHON, "Python packages of a source"},
    {PL_MF_TEXT_NPM, "Node.js packages of a source"},
    {PL_MF_TEXT_INLINE, "Text of a source"},
    {PL_MF_TEXT_LAYER_REF, "Somebody else's layer"},
    {PL_MF_TEXT_LINT, "Lint"},
    {PL_MF_TEXT_IGNORE, "Ignore"},
};

const struct pl_manifest_key *pl_manifest_keys(size_t *ret_n)
{
    *ret_n = sizeof pl_keys / sizeof *pl_keys;
    return pl_keys;
}

/* One sentence, broken at blanks.  No help text has a word that begins with a dot or an apostrophe,
 * which at the start of a line would be a macro; a test looks. */
static enum pl_status write_sentence(struct pl_buf *to, const char *text, struct pl_err *err)
{
    struct pl_slice rest = pl_slice_of(text);
    struct pl_slice word;
    size_t column = 0;
    while (pl_slice_next(&rest, ' ', &word)) {
        const char *before = column == 0                                   ? ""
                             : column + 1 + word.len + 1 > PL_KEYS_COLUMNS ? "\n"
                                                                           : " ";
        column = *before == '\n' ? word.len : column + strlen(before) + word.len;
        if (pl_buf_text(to, before, err) != PL_OK || pl_buf_slice(to, word, err) != PL_OK) {
            return err->code;
        }
    }
    return pl_buf_text(to, ".\n", err);
}

static enum pl_status write_place(struct pl_buf *to, const char *where, const char *title,
                                  struct pl_err *err)
{
    if (pl_buf_fmt(to, err, ".Ss %s\n.Bl -tag -width Ds\n", title) != PL_OK) {
        return err->code;
    }
    for (size_t i = 0; i < sizeof pl_keys / sizeof *pl_keys; i++) {
        const struct pl_manifest_key *key = &pl_keys[i];
        if (strcmp(key->where, where) != 0) {
            continue;
        }
        if (pl_buf_fmt(to, err, ".It Cm %s Pq %s\n", key->key, key->type) != PL_OK ||
            write_sentence(to, key->help, err) != PL_OK) {
            return err->code;
        }
    }
    return pl_buf_text(to, ".El\n", err);
}

PL_STATUS pl_manifest_keys_mdoc(struct pl_buf *to, struct pl_err *err)
{
    for (size_t i = 0; i < sizeof pl_key_places / sizeof *pl_key_places; i++) {
        if (write_place(to, pl_key_places[i].where, pl_key_places[i].title, err) != PL_OK) {
            return err->code;
        }
    }
    return PL_OK;
}
