#include "cmd/options.h"
#include "cmd/term.h"
#include "pkg/base/digest.h"
#include "pkg/base/file.h"
#include "pkg/base/limits.h"
#include "pkg/base/text.h"

/* One line: the hash, and for several files "HASH  PATH". */
static enum pl_status hash_line(struct pl_buf *to, const char *path, bool named, struct pl_err *err)
{
    unsigned char digest[PL_SHA256_SIZE];
    char text[PL_SHA256_BASE64];
    int fd PL_CLEANUP(pl_fd_close) = -1;
    if (pl_file_open(path, &fd, err) != PL_OK || pl_sha256_fd(fd, path, digest, err) != PL_OK) {
        return err->code;
    }
    pl_sha256_base64(digest, text);
    if (pl_buf_text(to, text, err) != PL_OK) {
        return err->code;
    }
    if (named && (pl_buf_text(to, "  ", err) != PL_OK ||
                  pl_text_escape(to, pl_slice_of(path), err) != PL_OK)) {
        return err->code;
    }
    return pl_buf_byte(to, '\n', err);
}

int pl_cmd_hash(const struct pl_options *options)
{
    struct pl_term term;
    struct pl_buf line PL_CLEANUP(pl_buf_done) = {.max = (size_t)PL_MAX_PATH * 8};
    int status = 0;
    pl_term_init(&term, PL_COLOR_NEVER);
    for (size_t i = 0; i < options->operand.n && !pl_signals_cancelled(); i++) {
        struct pl_err err;
        pl_buf_clear(&line);
        if (hash_line(&line, options->operand.at[i], options->operand.n > 1, &err) != PL_OK) {
            int failed = pl_term_fail(&err, "hash");
            status = failed > status ? failed : status;
        } else if (!pl_term_write(&term, pl_buf_view(&line))) {
            break;
        }
    }
    return pl_term_exit(&term, status);
}
