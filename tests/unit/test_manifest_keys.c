/* The table of keys, joined with the reader and with the manual. */
#include "manifestcase.h"
#include "pkg/base/file.h"
#include "pkg/base/limits.h"
#include "pkg/base/version.h"

#include <stdlib.h>
#include <unistd.h>

/* Place, start of a manifest up to there, indentation of the key. */
static const struct {
    const char *where, *start, *indent;
} places[] = {
    {"", "version: 1\n", ""},
    {"defaults", "version: 1\ndefaults:\n", "  "},
    {"functions.*", "version: 1\nfunctions:\n  f:\n", "    "},
    {"functions.*.layers.*", "version: 1\nfunctions:\n  f:\n    sources: a\n    layers:\n      -\n",
     "        "},
    {"layers.*", "version: 1\nlayers:\n  l:\n", "    "},
    {"source", "version: 1\nlayers:\n  l:\n    sources:\n", "      "},
    {"source.python", "version: 1\nlayers:\n  l:\n    sources:\n      python:\n", "        "},
    {"source.npm", "version: 1\nlayers:\n  l:\n    sources:\n      npm:\n", "        "},
    {"source.text", "version: 1\nlayers:\n  l:\n    sources:\n      text:\n", "        "},
    {"lint", "version: 1\nlint:\n", "  "},
    {"lint.ignore.*", "version: 1\nlint:\n  ignore:\n    -\n", "      "},
};

/* A good value by key, or else by type. */
static const struct {
    const char *name, *good, *bad;
} samples[] = {
    {"version", "1", "[]"},
    {"requires", "'>=0.1'", "[]"},
    {"rules_as_of", "'0.1'", "[]"},
    {"arn", "arn:aws:x", "[]"},
    {"text", "{to: x, content: y}", "[]"},
    {"extension", "a", "[]"},
    {"content", "text", "[]"},
    {"python", "r.txt", "[]"},
    {"npm", "web", "[]"},
    {"template", "t.yaml", "[]"},
    {"inputs", "[a]", "{}"},
    {"lock", "uv.lock", "[]"},
    {"pip | uv", "uv", "[]"},
    {"mode", "'0755'", "[]"},
    {"string", "text", "[]"},
    {"true | false", "true", "'true'"},
    {"auto | follow | preserve | error", "follow", "[]"},
    {"direct | s3", "s3", "[]"},
    {"x86_64 | arm64", "arm64", "[]"},
    {"whole number", "5", "[]"},
    {"map", "{}", "[]"},
    {"map of functions", "{}", "[]"},
    {"map of layers", "{}", "[]"},
    {"map of strings", "{AB: c}", "[]"},
    {"list of layers", "[]", "{}"},
    {"list of patterns", "[a]", "{}"},
    {"list of presets", "[docs]", "{}"},
    {"keep | drop | restamp", "drop", "[]"},
    {"fast | default | best | max | fit", "fit", "[]"},
    {"list of strings", "[a]", "{}"},
    {"list of rules", "[PL3]", "{}"},
    {"map of rules to levels", "{PL3: info}", "[]"},
    {"error | warning | info | never", "never", "[]"},
    {"list of ignores", "[]", "{}"},
    {"pattern", "a", "[]"},
    {"YYYY-MM-DD", "2027-01-31", "[]"},
    {"sources", "a", "~"},
};

static size_t sample_of(const struct pl_manifest_key *key)
{
    size_t n = sizeof samples / sizeof *samples;
    for (size_t i = 0; i < n; i++) {
        if (strcmp(samples[i].name, key->key) == 0) {
            return i;
        }
    }
    for (size_t i = 0; i < n; i++) {
        if (strcmp(samples[i].name, key->type) == 0) {
            return i;
        }
    }
    ck_abort_msg("no sample for %s (%s)", key->key, key->type);
}

/* What the place must have beside the key. */
static const char *needed(const struct pl_manifest_key *key)
{
    bool declares = strcmp(key->where, "functions.*") == 0 || strcmp(key->where, "layers.*") == 0;
    if (declares && strcmp(key->key, "sources") != 0) {
        return "sources: a";
    }
    if (strcmp(key->where, "source") == 0 && strcmp(key->key, "run") == 0) {
        return "inputs: [a]";
    }
    if (strcmp(key->where, "source") == 0 && strcmp(key->key, "inputs") == 0) {
        return "run: make";
    }
    if (strcmp(key->where, "source") == 0 && strcmp(key->key, "path") != 0) {
        bool is_kind = strcmp(key->key, "text") == 0 || strcmp(key->key, "archive") == 0 ||
                       strcmp(key->key, "python") == 0 || strcmp(key->key, "npm") == 0 ||
                       strcmp(key->key, "extension") == 0;
        return is_kind ? "" : "path: a";
    }
    if (strcmp(key->where, "lint.ignore.*") == 0) {
        bool is_rule = strcmp(key->key, "rule") == 0;
        return is_rule                           ? "reason: x"
               : strcmp(key->key, "reason") == 0 ? "rule: PL3"
                                                 : "rule: PL3\n      reason: x";
    }
    if (strcmp(key->where, "source.python") == 0 && strcmp(key->key, "tool") == 0) {
        return "packages: [a]";
    }
    if (strcmp(key->where, "source.text") == 0) {
        return strcmp(key->key, "to") == 0 ? "content: x" : "to: a";
    }
    if (strcmp(key->where, "functions.*.layers.*") == 0 && strcmp(key->key, "arn") != 0) {
        return "arn: arn:aws:y";
    }
    return "";
}

static void build(char *to, size_t size, const struct pl_manifest_key *key, const char *spelling,
                  const char *value)
{
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        if (strcmp(places[i].where, key->where) == 0) {
            bool is_version = strcmp(spelling, "version") == 0;
            (void)snprintf(to, size, "%s%s%s\n%s%s: %s\n", is_version ? "" : places[i].start,
                           places[i].indent, needed(key), places[i].indent, spelling, value);
            return;
        }
    }
    ck_abort_msg("no place %s", key->where);
}

START_TEST(every_key_is_taken_and_its_typo_and_a_wrong_kind_are_not)
{
    size_t n = 0;
    const struct pl_manifest_key *keys = pl_manifest_keys(&n);
    ck_assert_uint_gt(n, 30);
    /* What `template` names is read. */
    char folder[] = "/tmp/plimsoll-keys-XXXXXX";
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(chdir(folder), 0);
    FILE *template_ = fopen("t.yaml", "w");
    ck_assert_ptr_nonnull(template_);
    ck_assert_int_ge(fputs("Resources: {}\n", template_), 0);
    ck_assert_int_eq(fclose(template_), 0);
    for (size_t i = 0; i < n; i++) {
        char text[400];
        char typo[64];
        char wanted[200];
        struct pl_project project;
        struct pl_err err = {.msg = ""};
        size_t sample = sample_of(&keys[i]);
        build(text, sizeof text, &keys[i], keys[i].key, samples[sample].good);
        ck_assert_msg(parse(&project, text, &err) == PL_OK, "%s\n%s", text, err.msg);
        pl_project_done(&project);

        build(text, sizeof text, &keys[i], keys[i].key, samples[sample].bad);
        ck_assert_msg(parse(&project, text, &err) == PL_ERR_CONFIG, "%s", text);
        (void)snprintf(wanted, sizeof wanted, ": %s: expected ", keys[i].key);
        ck_assert_msg(strstr(err.msg, wanted) != NULL, "%s\n%s", text, err.msg);

        (void)snprintf(typo, sizeof typo, "%s%c", keys[i].key,
                       keys[i].key[strlen(keys[i].key) - 1]);
        build(text, sizeof text, &keys[i], typo, samples[sample].good);
        ck_assert_msg(parse(&project, text, &err) == PL_ERR_CONFIG, "%s", text);
        (void)snprintf(wanted, sizeof wanted, "unknown key '%s' in ", typo);
        ck_assert_msg(strstr(err.msg, wanted) != NULL, "%s\n%s", text, err.msg);
        (void)snprintf(wanted, sizeof wanted, "; did you mean '%s'?", keys[i].key);
        ck_assert_msg(strstr(err.msg, wanted) != NULL, "%s\n%s", text, err.msg);
    }
    ck_assert_int_eq(unlink("t.yaml"), 0);
    ck_assert_int_eq(rmdir(folder), 0);
}
END_TEST

START_TEST(help_texts_are_one_sentence_without_a_stop)
{
    size_t n = 0;
    const struct pl_manifest_key *keys = pl_manifest_keys(&n);
    for (size_t i = 0; i < n; i++) {
        const char *help = keys[i].help;
        ck_assert_msg(help[strlen(help) - 1] != '.', "%s", help);
        ck_assert_msg(strchr(help, '\n') == NULL && strchr(help, '\\') == NULL, "%s", help);
        ck_assert_msg(strstr(help, " .") == NULL && strstr(help, " '") == NULL, "%s", help);
    }
}
END_TEST

/* Writes what is wanted between the marks of the manual. */
static void renew(struct pl_buf *page, const struct pl_buf *wanted)
{
    static const char begin[] = ".\\\" keys: begin\n";
    static const char end[] = ".\\\" keys: end\n";
    char *from = strstr(page->data, begin);
    char *to = strstr(page->data, end);
    FILE *file = fopen(PL_SOURCE_DIR "/man/plimsoll.yaml.5", "w");
    ck_assert(from && to && file);
    (void)fprintf(file, "%.*s%s%s", (int)(from - page->data), page->data, wanted->data,
                  to + sizeof end - 1);
    ck_assert_int_eq(fclose(file), 0);
    struct pl_err err;
    pl_buf_clear(page);
    ck_assert_int_eq(pl_file_read(PL_SOURCE_DIR "/man/plimsoll.yaml.5", page, &err), PL_OK);
}

START_TEST(the_manual_lists_the_same_keys)
{
    struct pl_buf page;
    struct pl_buf wanted;
    struct pl_err err = {.msg = ""};
    pl_buf_init(&page, PL_MB(1));
    pl_buf_init(&wanted, PL_MB(1));
    ck_assert_msg(pl_file_read(PL_SOURCE_DIR "/man/plimsoll.yaml.5", &page, &err) == PL_OK, "%s",
                  err.msg);
    ck_assert_int_eq(pl_buf_text(&wanted, ".\\\" keys: begin\n", &err), PL_OK);
    ck_assert_int_eq(pl_manifest_keys_mdoc(&wanted, &err), PL_OK);
    ck_assert_int_eq(pl_buf_text(&wanted, ".\\\" keys: end\n", &err), PL_OK);
    if (getenv("PL_UPDATE")) {
        renew(&page, &wanted);
    }
    ck_assert_msg(strstr(page.data, wanted.data) != NULL,
                  "man/plimsoll.yaml.5 must have between its marks:\n%s", wanted.data);
    pl_buf_done(&page);
    pl_buf_done(&wanted);
}
END_TEST

START_TEST(the_version_is_that_of_the_build)
{
    ck_assert_str_eq(PL_VERSION, PL_BUILD_VERSION);
}
END_TEST

int main(void)
{
    const struct manifest_loop loop[] = {
        {every_key_is_taken_and_its_typo_and_a_wrong_kind_are_not, 0},
        {help_texts_are_one_sentence_without_a_stop, 0},
        {the_manual_lists_the_same_keys, 0},
        {the_version_is_that_of_the_build, 0},
    };
    return run_loops("manifest_keys", loop, COUNT_OF(loop));
}
