/* PL8: secrets in the environment.  No value is ever printed. */
#include "rules/related.h"

#include <string.h>

static char upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

static bool has_word(struct pl_slice key, const char *word)
{
    size_t len = strlen(word);
    for (size_t i = 0; i + len <= key.len; i++) {
        size_t k = 0;
        while (k < len && upper(key.ptr[i + k]) == word[k]) {
            k++;
        }
        if (k == len) {
            return true;
        }
    }
    return false;
}

static bool ends_in(struct pl_slice key, const char *word)
{
    size_t len = strlen(word);
    return key.len >= len && has_word(pl_slice_sub(key, key.len - len, key.len), word);
}

/* Names that people give to secrets, but not to what is said about one. */
static bool is_secret_key(struct pl_slice key)
{
    static const char *const words[] = {"PASSWORD",   "PASSWD",       "PASSPHRASE",  "SECRET",
                                        "APIKEY",     "API_KEY",      "PRIVATE_KEY", "ACCESS_KEY",
                                        "AUTH_TOKEN", "ACCESS_TOKEN", "BOT_TOKEN",   "CREDENTIALS"};
    static const char *const about[] = {
        "ARN",        "NAME",     "ID",        "URL",       "URI",    "PATH",      "FILE",
        "TABLE",      "BUCKET",   "REGION",    "TTL",       "TYPE",   "HEADER",    "ENABLED",
        "LENGTH",     "STAGE",    "EXPIRY",    "PREFIX",    "PARAM",  "PARAMETER", "SECONDS",
        "MINUTES",    "HOURS",    "DAYS",      "VERSION",   "MODE",   "SERVICE",   "MANAGER",
        "STORE",      "FIELD",    "KEY_ALIAS", "ALGORITHM", "ISSUER", "AUDIENCE",  "COUNT",
        "PUBLIC_KEY", "LOCATION", "ENDPOINT",  "HOST",      "SCOPE",  "POLICY",    "ROTATION"};
    bool is = ends_in(key, "TOKEN") || ends_in(key, "PWD");
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        is = is || has_word(key, words[i]);
    }
    for (size_t i = 0; i < sizeof about / sizeof *about; i++) {
        is = is && !ends_in(key, about[i]);
    }
    return is;
}

/* What is no secret wherever it stands: a reference, a place, a number, a switch, a gap. */
static bool is_harmless(struct pl_slice value)
{
    static const char *const starts[] = {"arn:",    "/",        "./",   "s3://",
                                         "http://", "https://", "${",   "{{",
                                         "<",       "alias/",   "ssm:", "secretsmanager:"};
    static const char *const words[] = {"true", "false", "yes", "no",       "on",   "off",
                                        "none", "null",  "xxx", "changeme", "dummy"};
    bool is_number = true;
    enum { SHORT = 5 };
    for (size_t i = 0; i < value.len; i++) {
        is_number = is_number && ((value.ptr[i] >= '0' && value.ptr[i] <= '9') ||
                                  value.ptr[i] == '.' || value.ptr[i] == '-');
        if (value.ptr[i] == ' ') {
            return true; /* a sentence */
        }
    }
    bool is = is_number || value.len < SHORT;
    for (size_t i = 0; !is && i < sizeof starts / sizeof *starts; i++) {
        is = pl_slice_starts(value, pl_slice_of(starts[i]));
    }
    for (size_t i = 0; !is && i < sizeof words / sizeof *words; i++) {
        is = pl_slice_eq_nocase(value, pl_slice_of(words[i]));
    }
    return is;
}

static bool is_run(struct pl_slice text, size_t from, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char c = from + i < text.len ? text.ptr[from + i] : '\0';
        if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))) {
            return false;
        }
    }
    return true;
}

/* "scheme://user:password@host" */
static bool has_password(struct pl_slice value)
{
    size_t at = pl_slice_find_text(value, PL_SLICE("://"));
    struct pl_slice rest = pl_slice_sub(value, at + 3, value.len);
    struct pl_slice host = pl_slice_sub(rest, 0, pl_slice_find(rest, '/'));
    size_t sign = pl_slice_rfind(host, '@');
    struct pl_slice user = pl_slice_sub(host, 0, sign);
    size_t colon = pl_slice_find(user, ':');
    struct pl_slice password = pl_slice_sub(user, colon + 1, user.len);
    return at < value.len && sign < host.len && password.len > 0 &&
           pl_slice_find(password, '$') == password.len &&
           pl_slice_find(password, '{') == password.len;
}

/* Values that give themselves away, whatever the variable is called. */
static const char *known_secret(struct pl_slice value)
{
    static const struct {
        const char *start, *what;
        size_t run;
    } kinds[] = {{"AKIA", "an AWS access key id", 16},     {"ghp_", "a token of GitHub", 36},
                 {"github_pat_", "a token of GitHub", 22}, {"glpat-", "a token of GitLab", 12},
                 {"xoxb-", "a token of Slack", 6},         {"xoxp-", "a token of Slack", 6},
                 {"sk_live_", "a key of Stripe", 16},      {"AIza", "a key of Google", 20},
                 {"-----BEGIN ", "a key in PEM", 3}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct pl_slice start = pl_slice_of(kinds[i].start);
        if (pl_slice_starts(value, start) && is_run(value, start.len, kinds[i].run) &&
            pl_slice_find_text(value, PL_SLICE("EXAMPLE")) == value.len &&
            pl_slice_find_text(value, PL_SLICE("PUBLIC KEY")) == value.len &&
            pl_slice_find_text(value, PL_SLICE("CERTIFICATE")) == value.len) {
            return kinds[i].what;
        }
    }
    return has_password(value) ? "a password in an address" : NULL;
}

/* A customer's own key is set, or may be. */
static bool has_own_key(const struct pl_function_decl *decl)
{
    struct pl_value key = pl_setting_value(decl, PL_KEY_KMS_KEY);
    return key.known == PL_UNKNOWN || (key.known == PL_GIVEN && key.text.len > 0);
}

static PL_STATUS emit_secret(struct pl_rule_ctx *ctx, const struct pl_env_var *var,
                             const char *kind, struct pl_err *err)
{
    struct pl_emit what = PL_EMIT_INIT;
    struct pl_slice key;
    what.at = var->key_at;
    what.evidence = var->key;
    what.confidence = PL_LIKELY;
    enum pl_status status = pl_safe(ctx, var->key, &key, err);
    if (status) {
        return status;
    }
    return kind ? pl_emit(ctx, &what, err, "%.*s holds what looks like %s", PL_TEXT(key), kind)
                : pl_emit(ctx, &what, err,
                          "%.*s holds a value that everybody who may read the "
                          "function's settings can read",
                          PL_TEXT(key));
}

PL_STATUS pl_check_env_secret(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    const struct pl_function_decl *decl = ctx->function->decl;
    if (has_own_key(decl)) {
        return PL_OK;
    }
    for (uint32_t i = 0; i < decl->n_env; i++) {
        const struct pl_env_var *var = &decl->env[i];
        if (var->value.known != PL_GIVEN) {
            continue; /* a reference is what is asked for */
        }
        const char *kind = known_secret(var->value.text);
        if (kind || (is_secret_key(var->key) && !is_harmless(var->value.text))) {
            enum pl_status status = emit_secret(ctx, var, kind, err);
            if (status) {
                return status;
            }
        }
    }
    return PL_OK;
}

PL_STATUS pl_check_env_ciphertext(struct pl_rule_ctx *ctx, struct pl_err *err)
{
    enum { LEAST = 100 };
    const struct pl_function_decl *decl = ctx->function->decl;
    if (has_own_key(decl)) {
        return PL_OK;
    }
    for (uint32_t i = 0; i < decl->n_env; i++) {
        const struct pl_env_var *var = &decl->env[i];
        /* Base64 of the header that each symmetric ciphertext of KMS has: 01 02 02 00 78. */
        if (var->value.known != PL_GIVEN || var->value.text.len < LEAST ||
            !pl_slice_starts(var->value.text, PL_SLICE("AQICAH"))) {
            continue;
        }
        struct pl_emit what = PL_EMIT_INIT;
        struct pl_slice key;
        what.at = var->key_at;
        what.evidence = var->key;
        enum pl_status status = pl_safe(ctx, var->key, &key, err);
        status = status ? status
                        : pl_emit(ctx, &what, err,
                                  "%.*s is encrypted with KMS, but no customer-managed key is set: "
                                  "encryption helpers need one",
                                  PL_TEXT(key));
        if (status) {
            return status;
        }
    }
    return PL_OK;
}
