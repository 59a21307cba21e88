#include "pkg/base/version.h"

#include "cmd/help.h"
#include "cmd/term.h"
#include "pkg/build/pack.h"
#include "pkg/lambda/runtimes.h"

#include <cJSON.h>
#include <openssl/crypto.h>
#include <yaml.h>
#include <zip.h>
#include <zlib.h>
#include <zstd.h>

static enum pl_status version_append(struct pl_buf *to, struct pl_err *err)
{
    return pl_buf_fmt(
        to, err,
        "plimsoll " PL_VERSION "\n"
        "libzip %s, libdeflate %s, libarchive %s, zlib %s, libzstd %s, cJSON %s, libyaml %s, %s\n"
        "facts about AWS Lambda of " PL_LAMBDA_DATA_DATE "\n",
        zip_libzip_version(), pl_pack_deflate_version(), pl_pack_archive_version(), zlibVersion(),
        ZSTD_versionString(), cJSON_Version(), yaml_get_version_string(),
        OpenSSL_version(OPENSSL_VERSION));
}

int pl_version_show(void)
{
    struct pl_term term;
    struct pl_err err;
    struct pl_buf out PL_CLEANUP(pl_buf_done) = {.max = PL_HELP_MAX_BYTES};
    pl_term_init(&term, PL_COLOR_NEVER);
    if (version_append(&out, &err) != PL_OK) {
        return pl_term_fail(&err, NULL);
    }
    pl_term_write(&term, pl_buf_view(&out));
    return pl_term_exit(&term, 0);
}
