#include "pkg/inspect/marks.h"

#include <string.h>

/* A PKCS#8 Ed25519 key is the shortest: 48 bytes, 64 characters. */
enum { KEY_BODY_MIN = 60 };
/* "AKIA" and 16 more; its secret has 40 characters. */
enum { ACCESS_KEY = 20, SECRET = 40, NEARBY = 320 };

static bool is_base64(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '/' || c == '=';
}

static bool is_upper_or_digit(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static struct pl_slice from(struct pl_slice s, size_t at)
{
    return pl_slice_sub(s, at, s.len);
}

/* ---------------------------------------------------------------- keys as text */

/* The lines "Proc-Type: ..." and "DEK-Info: ..." of an encrypted key, "Version: ..." and the like
 * of OpenPGP, and the empty one behind. */
static struct pl_slice skip_pem_headers(struct pl_slice s)
{
    static const char *const header[] = {
        "Proc-Type:", "DEK-Info:", "Version:", "Comment:", "Hash:", "Charset:"};
    struct pl_slice rest = s;
    struct pl_slice line;
    while (pl_slice_next(&rest, '\n', &line)) {
        line = pl_slice_trim(line);
        bool is_header = line.len == 0;
        for (size_t i = 0; !is_header && i < sizeof header / sizeof *header; i++) {
            is_header = pl_slice_starts(line, pl_slice_of(header[i]));
        }
        if (!is_header) {
            break;
        }
        s = rest;
    }
    return s;
}

/* Is this the inside of a PEM block, up to its end line?  Line ends may be written as \n, as JSON
 * does, and lines may be strings that code puts together.  Examples ("MIIE...") and code that only
 * names the header do not pass. */
static bool is_pem_body(struct pl_slice s)
{
    size_t n = 0;
    s = skip_pem_headers(s);
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        if (c == '\\' && i + 1 < s.len && (s.ptr[i + 1] == 'n' || s.ptr[i + 1] == 'r')) {
            i++;
        } else if (c == '-') {
            return n >= KEY_BODY_MIN && pl_slice_starts(from(s, i), PL_SLICE("-----END "));
        } else if (is_base64(c)) {
            n++;
        } else if (c == '\0' || !strchr("\n\r \t\"'", c)) {
            return false;
        }
    }
    return n >= 8 * KEY_BODY_MIN; /* longer than what was read */
}

static bool has_pem_key(struct pl_slice s)
{
    static const struct pl_slice begin = {"-----BEGIN ", 11};
    static const struct pl_slice label = {"PRIVATE KEY", 11};
    static const struct pl_slice ends[] = {{"-----", 5}, {" BLOCK-----", 11}}; /* PEM, OpenPGP */
    enum { ALGORITHM = 24 };
    for (size_t at = pl_slice_find_text(s, begin); at < s.len; at = pl_slice_find_text(s, begin)) {
        s = from(s, at + begin.len);
        struct pl_slice head = pl_slice_sub(s, 0, label.len + ALGORITHM);
        size_t end = pl_slice_find_text(head, label);
        if (end == head.len || pl_slice_find(pl_slice_sub(head, 0, end), '-') < end) {
            continue;
        }
        struct pl_slice rest = from(s, end + label.len);
        for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
            if (pl_slice_starts(rest, ends[i]) && is_pem_body(from(rest, ends[i].len))) {
                return true;
            }
        }
    }
    return false;
}

/* Keys of PuTTY, and of the SSH that ssh.com sold. */
static bool is_putty_key(struct pl_slice s)
{
    struct pl_slice private = PL_SLICE("\nPrivate-Lines: ");
    return (pl_slice_starts(s, PL_SLICE("PuTTY-User-Key-File-")) &&
            pl_slice_find_text(s, private) < s.len) ||
           pl_slice_starts(s, PL_SLICE("---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----"));
}

/* ---------------------------------------------------------------- keys as DER */

/* The contents of a DER SEQUENCE that is the whole file; empty when it is none. */
static struct pl_slice der_sequence(struct pl_slice s, uint64_t size)
{
    const unsigned char *p = (const unsigned char *)s.ptr;
    if (s.len < 16 || p[0] != 0x30) {
        return (struct pl_slice){0};
    }
    size_t lengths = p[1] > 0x80 && p[1] <= 0x84 ? p[1] - 0x80u : 0;
    uint64_t len = lengths > 0 ? 0 : p[1];
    for (size_t i = 0; i < lengths; i++) {
        len = len << 8 | p[2 + i];
    }
    return len == size - 2 - lengths && p[1] != 0x80 ? from(s, 2 + lengths) : (struct pl_slice){0};
}

/* PKCS#8 of the algorithms in use: version 0, then their identifier.  PKCS#1: version 0, then a
 * modulus of at least 128 bytes. */
static bool is_der_key(struct pl_slice s, uint64_t size)
{
    static const struct pl_slice oid[] = {
        {"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01", 11}, /* rsaEncryption */
        {"\x06\x07\x2a\x86\x48\xce\x3d\x02\x01", 9},          /* ecPublicKey */
        {"\x06\x07\x2a\x86\x48\xce\x38\x04\x01", 9},          /* DSA */
        {"\x06\x03\x2b\x65\x6e", 5},                          /* X25519, X448, Ed25519, Ed448 */
        {"\x06\x03\x2b\x65\x6f", 5},
        {"\x06\x03\x2b\x65\x70", 5},
        {"\x06\x03\x2b\x65\x71", 5}};
    struct pl_slice in = der_sequence(s, size);
    if (!pl_slice_starts(in, PL_SLICE("\x02\x01\x00"))) {
        return false;
    }
    struct pl_slice next = from(in, 3);
    if (pl_slice_starts(next, PL_SLICE("\x02\x81")) ||
        pl_slice_starts(next, PL_SLICE("\x02\x82"))) {
        return true;
    }
    for (size_t i = 0; i < sizeof oid / sizeof *oid; i++) {
        if (next.len > 2 && next.ptr[0] == 0x30 && pl_slice_starts(from(next, 2), oid[i])) {
            return true;
        }
    }
    return false;
}

/* SEC 1 (RFC 5915): version 1, the number in as many bytes as a curve in use has, then the curve.
 */
static bool is_ec_key(struct pl_slice s, uint64_t size)
{
    static const unsigned char bytes[] = {28, 32, 48, 66};
    struct pl_slice in = der_sequence(s, size);
    if (!pl_slice_starts(in, PL_SLICE("\x02\x01\x01\x04")) || in.len < 6) {
        return false;
    }
    size_t n = (unsigned char)in.ptr[4];
    bool known = memchr(bytes, (int)n, sizeof bytes) != NULL;
    return known && in.len > 5 + n && (unsigned char)in.ptr[5 + n] == 0xa0;
}

/* PKCS#8 under a password (RFC 5958): its scheme, of PKCS#5 or PKCS#12, stands in front. */
static bool is_encrypted_key(struct pl_slice s, uint64_t size)
{
    struct pl_slice in = der_sequence(s, size);
    struct pl_slice scheme = from(in, 2);
    return in.len > 2 && in.ptr[0] == 0x30 && (unsigned char)in.ptr[1] < 0x80 &&
           (pl_slice_starts(scheme, PL_SLICE("\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0d")) ||
            pl_slice_starts(scheme, PL_SLICE("\x06\x0a\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x01")));
}

/* PKCS#12 (RFC 7292): version 3.  Key bags stand outside of the encrypted part, each under its own
 * password; stores of certificates alone have none. */
static bool is_pkcs12_with_key(struct pl_slice s, uint64_t size)
{
    struct pl_slice key_bag = PL_SLICE("\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01\x01");
    struct pl_slice shrouded = PL_SLICE("\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01\x02");
    return pl_slice_starts(der_sequence(s, size), PL_SLICE("\x02\x01\x03")) &&
           (pl_slice_find_text(s, shrouded) < s.len || pl_slice_find_text(s, key_bag) < s.len);
}

static uint32_t be(struct pl_slice s, size_t at, size_t n)
{
    uint32_t value = 0;
    for (size_t i = at; i < at + n && i < s.len; i++) {
        value = value << 8 | (unsigned char)s.ptr[i];
    }
    return value;
}

/* Steps over a length of `n` bytes, and over what it counts. */
static size_t skip_counted(struct pl_slice s, size_t at, size_t n)
{
    size_t len = be(s, at, n);
    return at + n > s.len || len > s.len - at - n ? s.len : at + n + len;
}

/* A Java key store: magic, version, count, and entries.  Each has a kind (1 is a private key, 2 a
 * certificate, 3 a secret key), a name and a date; a certificate then has its type and bytes. */
static bool is_jks_with_key(struct pl_slice s)
{
    uint32_t magic = be(s, 0, 4);
    size_t at = 12;
    if (s.len <= 16 || (magic != 0xfeedfeed && magic != 0xcececece) || be(s, 4, 4) > 2) {
        return false;
    }
    while (at + 4 <= s.len && be(s, at, 4) == 2) {
        at = skip_counted(s, at + 4, 2);
        at = at + 8 <= s.len ? skip_counted(s, at + 8, 2) : s.len;
        at = skip_counted(s, at, 4);
    }
    return at + 4 <= s.len && (be(s, at, 4) == 1 || be(s, at, 4) == 3);
}

/* ---------------------------------------------------------------- credentials */

/* "40 of A-Za-z0-9/+", with all of upper case, lower case and digit: no hash in hexadecimal. */
static bool is_secret_at(struct pl_slice s, size_t at)
{
    bool upper = false;
    bool lower = false;
    bool digit = false;
    for (size_t i = at; i < at + SECRET; i++) {
        char c = s.ptr[i];
        if (!is_base64(c) || c == '=') {
            return false;
        }
        upper |= c >= 'A' && c <= 'Z';
        lower |= c >= 'a' && c <= 'z';
        digit |= c >= '0' && c <= '9';
    }
    bool ends = at + SECRET == s.len || !is_base64(s.ptr[at + SECRET]);
    bool begins = at == 0 || !is_base64(s.ptr[at - 1]) || s.ptr[at - 1] == '=';
    return upper && lower && digit && begins && ends &&
           pl_slice_find_text(pl_slice_sub(s, at, at + SECRET), PL_SLICE("EXAMPLE")) == SECRET;
}

static bool has_secret(struct pl_slice s)
{
    for (size_t at = 0; at + SECRET <= s.len; at++) {
        if (is_secret_at(s, at)) {
            return true;
        }
    }
    return false;
}

static bool is_access_key(struct pl_slice s)
{
    if (s.len < ACCESS_KEY) {
        return false;
    }
    for (size_t i = 0; i < ACCESS_KEY; i++) {
        if (!is_upper_or_digit(s.ptr[i])) {
            return false;
        }
    }
    bool ends = s.len == ACCESS_KEY || !is_base64(s.ptr[ACCESS_KEY]);
    struct pl_slice id = pl_slice_sub(s, 0, ACCESS_KEY);
    return ends && pl_slice_find_text(id, PL_SLICE("EXAMPLE")) == id.len;
}

static bool has_access_key(struct pl_slice s)
{
    struct pl_slice sign = PL_SLICE("AKIA");
    size_t at = 0;
    while (at < s.len) {
        size_t more = pl_slice_find_text(from(s, at), sign);
        at += more;
        if (at >= s.len) {
            break;
        }
        bool begins = at == 0 || !is_base64(s.ptr[at - 1]) || s.ptr[at - 1] == '=';
        size_t low = at > NEARBY ? at - NEARBY : 0;
        if (begins && is_access_key(from(s, at)) &&
            (has_secret(pl_slice_sub(s, low, at)) ||
             has_secret(pl_slice_sub(s, at + ACCESS_KEY, at + ACCESS_KEY + NEARBY)))) {
            return true;
        }
        at += sign.len;
    }
    return false;
}

/* Does a value stand there, not a place for one: ${TOKEN}, <token>, changeme? */
static bool is_value(struct pl_slice s)
{
    static const char *const place[] = {"changeme", "change_me", "xxx",   "todo",     "none",
                                        "null",     "true",      "false", "password", "secret"};
    s = pl_slice_trim(s);
    if (s.len >= 2 && (s.ptr[0] == '"' || s.ptr[0] == '\'')) {
        s = pl_slice_sub(s, 1, s.len - 1);
    }
    if (s.len < 4 || pl_slice_find(s, '$') < s.len || s.ptr[0] == '<' || s.ptr[0] == '{' ||
        pl_slice_starts(s, PL_SLICE("your")) || pl_slice_starts(s, PL_SLICE("arn:"))) {
        return false;
    }
    for (size_t i = 0; i < sizeof place / sizeof *place; i++) {
        if (pl_slice_eq_nocase(s, pl_slice_of(place[i]))) {
            return false;
        }
    }
    return true;
}

static bool has_nocase(struct pl_slice s, const char *word)
{
    size_t n = strlen(word);
    for (size_t i = 0; i + n <= s.len; i++) {
        if (pl_slice_eq_nocase(pl_slice_sub(s, i, i + n), pl_slice_of(word))) {
            return true;
        }
    }
    return false;
}

static bool is_secret_name(struct pl_slice key)
{
    static const char *const word[] = {"password", "passwd",      "secret",      "token",
                                       "api_key",  "apikey",      "access_key",  "private_key",
                                       "_auth",    "credentials", "database_url"};
    for (size_t i = 0; i < sizeof word / sizeof *word; i++) {
        if (has_nocase(key, word[i])) {
            return true;
        }
    }
    return false;
}

/* A line KEY=VALUE (or, with ':', KEY: VALUE) whose key is a secret's. */
static bool has_secret_line(struct pl_slice s, char between)
{
    struct pl_slice line;
    while (pl_slice_next(&s, '\n', &line)) {
        line = pl_slice_trim(line);
        size_t at = pl_slice_find(line, between);
        if (line.len == 0 || line.ptr[0] == '#' || line.ptr[0] == ';' || at == line.len) {
            continue;
        }
        if (is_secret_name(pl_slice_sub(line, 0, at)) && is_value(from(line, at + 1))) {
            return true;
        }
    }
    return false;
}

/* "password X" of a .netrc, on one line or over several. */
static bool has_netrc_password(struct pl_slice s)
{
    struct pl_slice word = PL_SLICE("password");
    size_t at = pl_slice_find_text(s, word);
    if (at >= s.len || at + word.len >= s.len) {
        return false;
    }
    char c = s.ptr[at + word.len];
    struct pl_slice rest = pl_slice_trim(from(s, at + word.len));
    size_t end = 0;
    while (end < rest.len && rest.ptr[end] > ' ') {
        end++;
    }
    return (c == ' ' || c == '\t' || c == '\n') && is_value(pl_slice_sub(rest, 0, end));
}

/* "auth": "dXNlcjpw...", a name and password in base64. */
static bool has_docker_auth(struct pl_slice s)
{
    struct pl_slice key = PL_SLICE("\"auth\"");
    size_t at = pl_slice_find_text(s, key);
    struct pl_slice rest = pl_slice_trim(from(s, at + key.len));
    rest = rest.len > 0 && rest.ptr[0] == ':' ? pl_slice_trim(from(rest, 1)) : (struct pl_slice){0};
    return rest.len > 8 && rest.ptr[0] == '"' && is_base64(rest.ptr[1]) && is_base64(rest.ptr[8]);
}

/* .env and .env.production, but not .env.example. */
static bool is_env_file(struct pl_slice base)
{
    static const char *const sample[] = {"example", "sample", "template", "dist", "test", "schema"};
    if (pl_slice_is(base, ".envrc") || pl_slice_is(base, ".flaskenv")) {
        return true;
    }
    if (!pl_slice_starts(base, PL_SLICE(".env")) || (base.len > 4 && base.ptr[4] != '.')) {
        return false;
    }
    for (size_t i = 0; i < sizeof sample / sizeof *sample; i++) {
        if (has_nocase(base, sample[i])) {
            return false;
        }
    }
    return true;
}

static bool has_credentials(struct pl_slice name, struct pl_slice s)
{
    struct pl_slice base = pl_slice_basename(name);
    struct pl_slice folder = pl_slice_basename(pl_slice_dirname(name));
    if (base.len == 0 ||
        (base.ptr[0] != '.' && base.ptr[0] != '_' && (folder.len == 0 || folder.ptr[0] != '.'))) {
        return false;
    }
    if (is_env_file(base) || pl_slice_is(base, ".npmrc") || pl_slice_is(base, ".pypirc") ||
        pl_slice_is(base, ".yarnrc")) {
        return has_secret_line(s, '=');
    }
    if (pl_slice_is(base, ".yarnrc.yml")) {
        return has_secret_line(s, ':');
    }
    if (pl_slice_is(base, ".dockerconfigjson") || pl_slice_is(base, ".dockercfg") ||
        (pl_slice_is(folder, ".docker") && pl_slice_is(base, "config.json"))) {
        return has_docker_auth(s);
    }
    if (pl_slice_is(base, ".netrc") || pl_slice_is(base, "_netrc")) {
        return has_netrc_password(s);
    }
    if (pl_slice_is(base, ".git-credentials")) {
        return pl_slice_find_text(s, PL_SLICE("://")) < s.len && pl_slice_find(s, '@') < s.len;
    }
    return pl_slice_is(folder, ".aws") &&
           (pl_slice_is(base, "credentials") || pl_slice_is(base, "config")) &&
           has_secret_line(s, '=');
}

/* ---------------------------------------------------------------- all of it */

static uint32_t le32(const char *bytes)
{
    const unsigned char *p = (const unsigned char *)bytes;
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void mark_script(struct pl_marks *marks, struct pl_slice s)
{
    if (!pl_slice_starts(s, PL_SLICE("#!"))) {
        return;
    }
    marks->found |= PL_MARK_SCRIPT;
    size_t end = pl_slice_find(s, '\n');
    if (end < s.len && s.ptr[end - 1] == '\r') {
        marks->found |= PL_MARK_CRLF;
    }
}

struct pl_marks pl_marks_read(struct pl_slice name, struct pl_slice bytes, uint64_t size)
{
    struct pl_marks marks = {0};
    if (bytes.len == 0) {
        return marks;
    }
    if (bytes.len >= 16 && pl_slice_ends(name, PL_SLICE(".pyc")) &&
        memcmp(bytes.ptr + 2, "\r\n", 2) == 0) {
        marks = (struct pl_marks){PL_MARK_PYC, le32(bytes.ptr + 4), le32(bytes.ptr + 8),
                                  le32(bytes.ptr + 12)};
        return marks;
    }
    if (pl_slice_starts(bytes, PL_SLICE("PK\x03\x04"))) {
        marks.found |= PL_MARK_ZIP;
        return marks;
    }
    if (pl_slice_starts(bytes, PL_SLICE("\x7f"
                                        "ELF"))) {
        marks.found |= PL_MARK_ELF;
    }
    mark_script(&marks, bytes);
    if (is_der_key(bytes, size) || is_ec_key(bytes, size) || is_encrypted_key(bytes, size) ||
        is_putty_key(bytes) || has_pem_key(bytes)) {
        marks.found |= PL_MARK_KEY;
    }
    if (is_pkcs12_with_key(bytes, size) || is_jks_with_key(bytes)) {
        marks.found |= PL_MARK_KEY_STORE;
    }
    if (has_credentials(name, bytes)) {
        marks.found |= PL_MARK_CREDENTIALS;
    }
    if (has_access_key(bytes)) {
        marks.found |= PL_MARK_ACCESS_KEY;
    }
    return marks;
}
