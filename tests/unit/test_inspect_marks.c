/* What the start of a file gives away, and what only looks like it. */
#include "pkg/inspect/marks.h"

#include <check.h>
#include <stdlib.h>

#define BODY                                                           \
    "MC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f" \
    "\n"
/* Written apart, so that nothing takes this file for a key. */
#define BEGIN            \
    "-----BEGIN PRIVATE" \
    " KEY-----"
#define END            \
    "-----END PRIVATE" \
    " KEY-----\n"
#define ID \
    "AKIA" \
    "QRSTUVWXYZ234567"
#define WORD \
    "aB3"    \
    "defghijklmnopqrstuvwxyzABCDEFGHIJKLM9"

static const struct {
    const char *name, *text;
    uint32_t found;
} text_row[] = {
    {"a.pem", BEGIN "\n" BODY END, PL_MARK_KEY},
    {"a.py", "KEY = '''" BEGIN "\r\n" BODY END "'''", PL_MARK_KEY},
    {"a.json", "{\"k\": \"" BEGIN "\\n" BODY "\\n" END "\"}", PL_MARK_KEY},
    {"locked.pem", BEGIN "\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n" BODY END,
     PL_MARK_KEY},
    {"a.js", "k = '" BEGIN "\\n' +\n  \"" BODY "\" +\n  \"" END "\"", PL_MARK_KEY},
    {"id", "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\nx", PL_MARK_KEY},
    {"a.pub", "-----BEGIN PUBLIC KEY-----\n" BODY "-----END PUBLIC KEY-----\n", 0},
    {"a.crt", "-----BEGIN CERTIFICATE-----\n" BODY "-----END CERTIFICATE-----\n", 0},
    {"doc.md", BEGIN "\nMIIE...\n" END, 0},
    {"short.md", BEGIN "\nMIIEvQ\n" END, 0},
    {"code.py", "if text.startswith('" BEGIN "'):\n    pass\n", 0},
    {"a.py", "id='" ID "'\nkey='" WORD "'", PL_MARK_ACCESS_KEY},
    {"a.py", "id='" ID "'\nkey='wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'", 0},
    {"a.py", "id='AKIAIOSFODNN7EXAMPLE'\nkey='" WORD "'", 0},
    {"a.py", "id='" ID "' da39a3ee5e6b4b0d3255bfef95601890afd80709", 0},
    {".env", "A=1\nexport API_KEY = \"abcdef\"\n", PL_MARK_CREDENTIALS},
    {"config/.env.prod", "DB_PASSWORD=hunter22", PL_MARK_CREDENTIALS},
    {".env", "# TOKEN=abcdef\nTOKEN=${TOKEN}\nSECRET_ARN=arn:aws:x\nPASSWORD=\n", 0},
    {".env.example", "API_KEY=abcdef", 0},
    {"env", "API_KEY=abcdef", 0},
    {".npmrc", "//r/:_authToken=npm_abcdef", PL_MARK_CREDENTIALS},
    {".npmrc", "save-exact=true", 0},
    {".envrc", "export TOKEN=abcdef", PL_MARK_CREDENTIALS},
    {".yarnrc.yml", "npmAuthToken: abcdef", PL_MARK_CREDENTIALS},
    {".yarnrc.yml", "nodeLinker: node-modules", 0},
    {".docker/config.json", "{\"auths\": {\"a\": {\"auth\": \"dXNlcjpwYXNz\"}}}",
     PL_MARK_CREDENTIALS},
    {".docker/config.json", "{\"auths\": {\"a\": {}}, \"credsStore\": \"desktop\"}", 0},
    {".netrc", "machine a login b password cdef", PL_MARK_CREDENTIALS},
    {".netrc", "machine a login b password $CDEF", 0},
    {".aws/credentials", "aws_secret_access_key=abcdef", PL_MARK_CREDENTIALS},
    {"aws/credentials", "aws_secret_access_key=abcdef", 0},
    {"x.sh", "#!/bin/sh\r\n", PL_MARK_SCRIPT | PL_MARK_CRLF},
    {"x.sh", "#!/bin/sh\necho\r\n", PL_MARK_SCRIPT},
    {"x",
     "\x7f"
     "ELF\x02",
     PL_MARK_ELF},
    {"x.zip", "PK\x03\x04", PL_MARK_ZIP},
    {"x", "", 0},
};

START_TEST(text)
{
    struct pl_slice s = pl_slice_of(text_row[_i].text);
    struct pl_marks marks = pl_marks_read(pl_slice_of(text_row[_i].name), s, s.len);
    ck_assert_msg(marks.found == text_row[_i].found, "%s: %s", text_row[_i].name,
                  text_row[_i].text);
}
END_TEST

static const struct {
    const char *what;
    struct pl_slice bytes;
    uint32_t found;
} byte_row[] = {
    {"PKCS#8 Ed25519",
     PL_SLICE_INIT("\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20"
                   "0123456789abcdef0123456789abcdef"),
     PL_MARK_KEY},
    {"the same with a byte behind it",
     PL_SLICE_INIT("\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20"
                   "0123456789abcdef0123456789abcdef!"),
     0},
    {"SEC 1, P-256",
     PL_SLICE_INIT(
         "\x30\x31\x02\x01\x01\x04\x20"
         "0123456789abcdef0123456789abcdef\xa0\x0a\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"),
     PL_MARK_KEY},
    {"a sequence like it, without a curve",
     PL_SLICE_INIT(
         "\x30\x31\x02\x01\x01\x04\x20"
         "0123456789abcdef0123456789abcdef\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"),
     0},
    {"PKCS#8 under a password",
     PL_SLICE_INIT("\x30\x19\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0d\x05\x00\x04\x08"
                   "01234567"),
     PL_MARK_KEY},
    {"a sequence that breaks off", PL_SLICE_INIT("\x30\x84\xff\xff\xff\xff\x02\x01\x00"), 0},
    {"JKS, private key", PL_SLICE_INIT("\xfe\xed\xfe\xed\0\0\0\2\0\0\0\1\0\0\0\1\0\5alias"),
     PL_MARK_KEY_STORE},
    {"JCEKS, secret key", PL_SLICE_INIT("\xce\xce\xce\xce\0\0\0\2\0\0\0\1\0\0\0\3\0\5alias"),
     PL_MARK_KEY_STORE},
    {"JKS, certificate", PL_SLICE_INIT("\xfe\xed\xfe\xed\0\0\0\2\0\0\0\1\0\0\0\2\0\5alias"), 0},
    {"JKS, certificate and private key",
     PL_SLICE_INIT("\xfe\xed\xfe\xed\0\0\0\2\0\0\0\2\0\0\0\2\0\1a\0\0\0\0\0\0\0\0\0\5X.509"
                   "\0\0\0\3abc\0\0\0\1\0\1b"),
     PL_MARK_KEY_STORE},
    {"JKS, a length that lies",
     PL_SLICE_INIT("\xfe\xed\xfe\xed\0\0\0\2\0\0\0\2\0\0\0\2\0\1a\0\0\0\0\0\0\0\0\0\5X.509"
                   "\xff\xff\xff\xff"
                   "abc\0\0\0\1\0\1b"),
     0},
};

START_TEST(bytes)
{
    struct pl_marks marks =
        pl_marks_read(PL_SLICE("x"), byte_row[_i].bytes, byte_row[_i].bytes.len);
    ck_assert_msg(marks.found == byte_row[_i].found, "%s", byte_row[_i].what);
}
END_TEST

START_TEST(bytecode)
{
    struct pl_slice head = PL_SLICE("\xcb\x0d\r\n\0\0\0\0\x01\x02\x03\x04\x10\0\0\0more");
    struct pl_marks marks = pl_marks_read(PL_SLICE("a.pyc"), head, head.len);
    ck_assert_uint_eq(marks.found, PL_MARK_PYC);
    ck_assert_uint_eq(marks.pyc_flags, 0);
    ck_assert_uint_eq(marks.pyc_time, 0x04030201);
    ck_assert_uint_eq(marks.pyc_size, 16);
    ck_assert_uint_eq(pl_marks_read(PL_SLICE("a.bin"), head, head.len).found, 0);
    ck_assert_uint_eq(pl_marks_read(PL_SLICE("a.pyc"), pl_slice_sub(head, 0, 15), 15).found, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("marks");
    TCase *tcase = tcase_create("marks");
    tcase_add_loop_test(tcase, text, 0, (int)(sizeof text_row / sizeof *text_row));
    tcase_add_loop_test(tcase, bytes, 0, (int)(sizeof byte_row / sizeof *byte_row));
    tcase_add_test(tcase, bytecode);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
