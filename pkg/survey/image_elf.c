/* Compiled programs in images: may Linux start them, and do they hold what clients hold? */
#include "pkg/base/limits.h"
#include "pkg/inspect/exec.h"
#include "pkg/lambda/runtimes.h"
#include "pkg/survey/image_client.h"

#include <string.h>

/* ---------------------------------------------------------------- bytes of any size */

enum { HEAD_BYTES = 64 * 1024, TEXT_BYTES = 64 };

static PL_STATUS take_head(void *ctx, struct pl_slice bytes, struct pl_err *err)
{
    struct pl_buf *to = ctx;
    if (pl_buf_slice(to, pl_slice_sub(bytes, 0, HEAD_BYTES - to->len), err) != PL_OK) {
        return err->code;
    }
    return to->len < HEAD_BYTES ? PL_OK : pl_err_set(err, PL_ERR_LIMIT, "enough");
}

PL_STATUS pl_image_head(const struct pl_image_ask *ask, struct pl_ref at, struct pl_buf *to,
                        struct pl_err *err)
{
    pl_buf_clear(to);
    enum pl_status status = pl_image_read(&ask->package->tree, at.entry, take_head, to, err);
    bool damaged = status == PL_ERR_FORMAT || status == PL_ERR_MISSING;
    return damaged || (status == PL_ERR_LIMIT && to->len == HEAD_BYTES) ? PL_OK : status;
}

/* Texts that are looked for in a file as it goes by. */
struct seeking {
    const struct pl_slice *text; /* of at most TEXT_BYTES */
    size_t n;
    bool *found;
    char seam[2 * TEXT_BYTES]; /* the end of one piece, and the start of the next */
    size_t n_seam;
};

static PL_STATUS seek_piece(void *ctx, struct pl_slice bytes, struct pl_err *err PL_UNUSED)
{
    struct seeking *s = ctx;
    size_t head = bytes.len < TEXT_BYTES ? bytes.len : TEXT_BYTES;
    memcpy(s->seam + s->n_seam, bytes.ptr, head);
    struct pl_slice seam = pl_slice_make(s->seam, s->n_seam + head);
    for (size_t i = 0; i < s->n; i++) {
        s->found[i] = s->found[i] || pl_slice_find_text(bytes, s->text[i]) < bytes.len ||
                      pl_slice_find_text(seam, s->text[i]) < seam.len;
    }
    memcpy(s->seam, bytes.ptr + bytes.len - head, head);
    s->n_seam = head;
    return PL_OK;
}

PL_STATUS pl_image_scan(const struct pl_image_ask *ask, struct pl_ref at,
                        const struct pl_slice *texts, size_t n, bool *found, struct pl_err *err)
{
    struct seeking s = {.text = texts, .n = n, .found = found};
    enum pl_status status = pl_image_read(&ask->package->tree, at.entry, seek_piece, &s, err);
    return status == PL_ERR_FORMAT || status == PL_ERR_MISSING ? PL_OK : status;
}

/* ---------------------------------------------------------------- what files say */

/* Anything of a runtime client in the image, though nothing seen starts it; NULL: nothing. */
static const char *find_evidence(const struct pl_image_ask *ask)
{
    static const struct {
        struct pl_slice suffix;
        const char *what;
    } known[] = {
        {PL_SLICE_INIT("awslambdaric/__main__.py"), "awslambdaric"},
        {PL_SLICE_INIT("node_modules/aws-lambda-ric/package.json"), "aws-lambda-ric"},
        {PL_SLICE_INIT("lib/aws_lambda_ric.rb"), "aws_lambda_ric"},
        {PL_SLICE_INIT("Amazon.Lambda.RuntimeSupport.dll"), "Amazon.Lambda.RuntimeSupport"},
        {PL_SLICE_INIT("var/runtime/bootstrap"), "/var/runtime/bootstrap"},
        {PL_SLICE_INIT("opt/bootstrap"), "/opt/bootstrap"}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        uint32_t at = pl_image_find_entry(ask, known[i].suffix);
        if (at != PL_ENTRY_NONE && at != ask->run->program.entry) { /* itself proves nothing */
            return known[i].what;
        }
    }
    return NULL;
}

static PL_STATUS nothing_found(struct pl_image_ask *ask, struct pl_slice name, struct pl_err *err)
{
    const char *evidence = find_evidence(ask);
    bool silent = ask->package->image->whole && !ask->package->image->names_api;
    if (evidence) {
        return pl_image_answer(ask, PL_SPEAKS_UNKNOWN, false, err,
                               "%.*s is started; %s is in the image, but nothing shows that it is "
                               "reached",
                               (int)name.len, name.ptr, evidence);
    }
    if (!silent) {
        return pl_image_answer(ask, PL_SPEAKS_UNKNOWN, false, err,
                               "%.*s is started; some file of the image names the Runtime API, but "
                               "nothing shows that it is reached",
                               (int)name.len, name.ptr);
    }
    static const char servers[] =
        "nginx httpd apache2 apachectl gunicorn uvicorn hypercorn daphne uwsgi php-fpm "
        "redis-server postgres mysqld caddy haproxy envoy traefik";
    ask->run->plain = true;
    bool server = pl_word_is_any(pl_slice_basename(name), servers);
    return pl_image_answer(ask, PL_SPEAKS_NO, server, err,
                           "%.*s is started, and no file of the image names the Runtime API",
                           (int)name.len, name.ptr);
}

/* What programs hold that speak, or pretend to. */
enum sign { S_API, S_WAY, S_DATE, S_NEXT, S_RIE, S_RIE_NEW, S_RPC, S_UPX, SIGNS };

static PL_STATUS scan(struct pl_image_ask *ask, struct pl_ref at, bool found[SIGNS],
                      struct pl_err *err)
{
    static const struct pl_slice texts[SIGNS] = {
        [S_API] = PL_SLICE_INIT("AWS_LAMBDA_RUNTIME_API"),
        [S_WAY] = PL_SLICE_INIT("/runtime/invocation/"),
        [S_DATE] = PL_SLICE_INIT("2018-06-01"),
        [S_NEXT] = PL_SLICE_INIT("/runtime/invocation/next"),
        [S_RIE] = PL_SLICE_INIT("go.amzn.com/lambda"),
        [S_RIE_NEW] = PL_SLICE_INIT("aws-lambda-runtime-interface-emulator"),
        [S_RPC] = PL_SLICE_INIT("_LAMBDA_SERVER_PORT"),
        [S_UPX] = PL_SLICE_INIT("UPX!")};
    return pl_image_scan(ask, at, texts, SIGNS, found, err);
}

PL_STATUS pl_image_ask_elf(struct pl_image_ask *ask, const struct pl_image_command *c,
                           struct pl_err *err)
{
    bool has[SIGNS] = {false};
    struct pl_slice name = c->word[0];
    if (scan(ask, c->at, has, err) != PL_OK) {
        return err->code;
    }
    if (has[S_API] && (has[S_RIE] || has[S_RIE_NEW])) {
        ask->run->emulator = true;
        return pl_image_answer(
            ask, PL_SPEAKS_NO, true, err,
            "%.*s is Lambda's runtime interface emulator, which serves the Runtime "
            "API itself and never asks Lambda for work",
            (int)name.len, name.ptr);
    }
    if (has[S_API] && (has[S_WAY] || has[S_DATE])) {
        return pl_image_answer(ask, PL_SPEAKS_YES, true, err,
                               "%.*s holds the Runtime API's address and paths, as clients for Go, "
                               "Rust and C++ do",
                               (int)name.len, name.ptr);
    }
    if (has[S_API] || has[S_NEXT]) {
        return pl_image_answer(ask, PL_SPEAKS_YES, false, err, "%.*s names the Runtime API",
                               (int)name.len, name.ptr);
    }
    if (has[S_RPC]) {
        return pl_image_answer(
            ask, PL_SPEAKS_NO, false, err,
            "%.*s was built with an aws-lambda-go that only knows the go1.x runtime, "
            "which is gone",
            (int)name.len, name.ptr);
    }
    if (has[S_UPX]) {
        return pl_image_answer(ask, PL_SPEAKS_UNKNOWN, false, err,
                               "%.*s is compressed with UPX, so its texts cannot be seen",
                               (int)name.len, name.ptr);
    }
    return nothing_found(ask, name, err);
}

/* May Linux start this ELF file in this image? */
PL_STATUS pl_image_check_elf(struct pl_image_ask *ask, const struct pl_elf *elf,
                             struct pl_slice name, struct pl_err *err)
{
    enum pl_arch want = PL_ARCH_UNKNOWN;
    struct pl_slice arch = ask->package->image->config.architecture;
    want = pl_slice_is(arch, "amd64")   ? PL_ARCH_X86_64
           : pl_slice_is(arch, "arm64") ? PL_ARCH_ARM64
                                        : want;
    if (elf->broken) {
        return pl_image_cannot_start(ask, PL_START_FORMAT, err, "Linux cannot run %.*s: %s",
                                     (int)name.len, name.ptr, elf->broken);
    }
    const char *machine = pl_elf_machine_name(elf);
    if (want != PL_ARCH_UNKNOWN && pl_elf_arch(elf) != want) {
        return pl_image_cannot_start(ask, PL_START_MACHINE, err,
                                     "%.*s is for %s, the image says %s", (int)name.len, name.ptr,
                                     machine ? machine : "another machine", pl_arch_name(want));
    }
    if (elf->interpreter.len > 0 &&
        pl_view_find(ask->view, PL_SLICE("/"), elf->interpreter).how != PL_HOW_FILE) {
        return pl_image_cannot_start(ask, PL_START_INTERPRETER, err,
                                     "%.*s was linked for %.*s, which the image does not have",
                                     (int)name.len, name.ptr, (int)elf->interpreter.len,
                                     elf->interpreter.ptr);
    }
    return PL_OK;
}
