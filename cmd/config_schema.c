#include "cmd/config_schema.h"

#include "pkg/base/jsonw.h"
#include "pkg/project/manifest.h"

#include <string.h>

/* The places of struct pl_manifest_key, as names of definitions. */
static const struct {
    const char *where, *name;
} places[] = {
    {"defaults", "defaults"}, {"functions.*", "function"},
    {"layers.*", "layer"},    {"source", "source"},
    {"source.text", "text"},  {"source.python", "python"},
    {"source.npm", "npm"},    {"functions.*.layers.*", "layer_reference"},
    {"lint", "lint"},         {"lint.ignore.*", "ignore"},
};

static void put_ref(struct pl_jsonw *w, const char *key, const char *name)
{
    char ref[64] = "#/definitions/";
    size_t len = strlen(ref);
    memcpy(ref + len, name, strlen(name) < sizeof ref - len ? strlen(name) + 1 : 0);
    pl_jsonw_object(w, key);
    pl_jsonw_text(w, "$ref", ref);
    pl_jsonw_close_object(w);
}

static void put_enum(struct pl_jsonw *w, const char *words)
{
    struct pl_slice rest = pl_slice_of(words);
    struct pl_slice word;
    pl_jsonw_array(w, "enum");
    while (rest.ptr && pl_slice_next(&rest, '|', &word)) {
        pl_jsonw_slice(w, NULL, pl_slice_trim(word));
    }
    pl_jsonw_close_array(w);
}

/* {"type": "array", "items": {"$ref": ...}} without the braces around it. */
static void put_container(struct pl_jsonw *w, const char *type, const char *items, const char *name)
{
    pl_jsonw_text(w, "type", type);
    put_ref(w, items, name);
}

/* What a value of this type looks like. */
static void put_type(struct pl_jsonw *w, const struct pl_manifest_key *key)
{
    static const struct {
        const char *type, *shape, *items, *name;
    } containers[] = {
        {"list of layers", "array", "items", "layer_item"},
        {"list of ignores", "array", "items", "ignore"},
        {"map of strings", "object", "additionalProperties", "scalar"},
        {"map of rules to levels", "object", "additionalProperties", "level"},
        {"map of functions", "object", "additionalProperties", "function"},
        {"map of layers", "object", "additionalProperties", "layer"},
    };
    for (size_t i = 0; i < sizeof containers / sizeof *containers; i++) {
        if (strcmp(key->type, containers[i].type) == 0) {
            put_container(w, containers[i].shape, containers[i].items, containers[i].name);
            return;
        }
    }
    bool is_ref = strcmp(key->type, "map") == 0 || strcmp(key->type, "string | map") == 0 ||
                  strcmp(key->type, "map of to and content") == 0 ||
                  strcmp(key->type, "sources") == 0 || strcmp(key->type, "source") == 0;
    if (strncmp(key->type, "list of ", 8) == 0) {
        put_container(w, "array", "items", "scalar");
    } else if (strcmp(key->type, "1") == 0) {
        pl_jsonw_u64(w, "const", 1);
    } else if (strcmp(key->type, "true | false") == 0) {
        pl_jsonw_text(w, "type", "boolean");
    } else if (strcmp(key->type, "whole number") == 0) {
        pl_jsonw_text(w, "type", "integer");
    } else if (is_ref) {
        pl_jsonw_array(w, "anyOf");
        bool is_sources = strncmp(key->type, "source", 6) == 0;
        put_ref(w, NULL, is_sources ? "sources" : key->key);
        if (strcmp(key->type, "string | map") == 0) {
            put_ref(w, NULL, "scalar");
        }
        pl_jsonw_close_array(w);
    } else if (strstr(key->type, " | ")) {
        put_enum(w, key->type);
    } else {
        pl_jsonw_array(w, "anyOf");
        put_ref(w, NULL, "scalar");
        pl_jsonw_close_array(w);
    }
}

/* The members of the object at one place. */
static void put_place(struct pl_jsonw *w, const char *where)
{
    size_t n = 0;
    const struct pl_manifest_key *keys = pl_manifest_keys(&n);
    pl_jsonw_text(w, "type", "object");
    pl_jsonw_bool(w, "additionalProperties", false);
    pl_jsonw_object(w, "properties");
    for (size_t i = 0; i < n; i++) {
        if (strcmp(keys[i].where, where) == 0) {
            pl_jsonw_object(w, keys[i].key);
            pl_jsonw_text(w, "description", keys[i].help);
            put_type(w, &keys[i]);
            pl_jsonw_close_object(w);
        }
    }
    pl_jsonw_close_object(w);
}

/* A text or one map, or (`list`) a list of those. */
static void put_choice(struct pl_jsonw *w, const char *name, const char *map, bool list)
{
    pl_jsonw_object(w, name);
    pl_jsonw_array(w, "anyOf");
    put_ref(w, NULL, "scalar");
    put_ref(w, NULL, map);
    if (list) {
        pl_jsonw_object(w, NULL);
        pl_jsonw_text(w, "type", "array");
        pl_jsonw_object(w, "items");
        pl_jsonw_array(w, "anyOf");
        put_ref(w, NULL, "scalar");
        put_ref(w, NULL, map);
        pl_jsonw_close_array(w);
        pl_jsonw_close_object(w);
        pl_jsonw_close_object(w);
    }
    pl_jsonw_close_array(w);
    pl_jsonw_close_object(w);
}

static void put_definitions(struct pl_jsonw *w)
{
    pl_jsonw_object(w, "definitions");
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        pl_jsonw_object(w, places[i].name);
        put_place(w, places[i].where);
        pl_jsonw_close_object(w);
    }
    put_choice(w, "sources", "source", true);
    put_choice(w, "layer_item", "layer_reference", false);
    pl_jsonw_object(w, "level");
    put_enum(w, "error|warning|info|pedantic|off");
    pl_jsonw_close_object(w);
    pl_jsonw_object(w, "scalar"); /* YAML reads 0755 and true as no strings; the manifest does */
    pl_jsonw_array(w, "type");
    pl_jsonw_text(w, NULL, "string");
    pl_jsonw_text(w, NULL, "number");
    pl_jsonw_text(w, NULL, "boolean");
    pl_jsonw_close_array(w);
    pl_jsonw_close_object(w);
    pl_jsonw_close_object(w);
}

PL_STATUS pl_config_schema(struct pl_buf *to, struct pl_err *err)
{
    struct pl_jsonw w;
    pl_jsonw_begin(&w, to, true, err);
    pl_jsonw_object(&w, NULL);
    pl_jsonw_text(&w, "$schema", "http://json-schema.org/draft-07/schema#");
    pl_jsonw_text(&w, "title", "plimsoll.yaml");
    pl_jsonw_array(&w, "required");
    pl_jsonw_text(&w, NULL, "version");
    pl_jsonw_close_array(&w);
    put_place(&w, "");
    put_definitions(&w);
    pl_jsonw_close_object(&w);
    enum pl_status status = pl_jsonw_end(&w);
    return status ? status : pl_buf_byte(to, '\n', err);
}
