#include "cmd/options.h"
#include "cmd/term.h"
#include "pkg/base/jsonw.h"
#include "pkg/base/limits.h"
#include "pkg/base/text.h"
#include "pkg/base/version.h"
#include "pkg/lambda/data.h"
#include "pkg/lambda/runtimes.h"

#include <stdio.h>

/* The words of enum pl_life, for people and for JSON. */
static const char *life_name(enum pl_life life)
{
    switch (life) {
    case PL_LIFE_SUPPORTED:
        return "supported";
    case PL_LIFE_PREVIEW:
        return "preview";
    case PL_LIFE_DEPRECATED:
        return "deprecated";
    case PL_LIFE_CREATE_BLOCKED:
        return "no create";
    case PL_LIFE_UPDATE_BLOCKED:
        return "no update";
    }
    return "unknown";
}

static const char *life_key(enum pl_life life)
{
    switch (life) {
    case PL_LIFE_SUPPORTED:
        return "supported";
    case PL_LIFE_PREVIEW:
        return "preview";
    case PL_LIFE_DEPRECATED:
        return "deprecated";
    case PL_LIFE_CREATE_BLOCKED:
        return "create-blocked";
    case PL_LIFE_UPDATE_BLOCKED:
        return "update-blocked";
    }
    return "unknown";
}

struct date_text {
    char text[PL_DATE_TEXT];
};

static struct date_text date_of(int32_t days)
{
    struct date_text ret = {"-"};
    if (days != PL_DATE_NONE) {
        pl_date_text(days, ret.text);
    }
    return ret;
}

/* Columns: "cp313", or the number that Node.js and Java compare. */
static void abi_text(const struct pl_runtime *runtime, char *to, size_t size)
{
    const char *what = runtime->language == PL_LANG_NODEJS ? "modules "
                       : runtime->language == PL_LANG_JAVA ? "class "
                                                           : "";
    int n = runtime->abi_tag ? snprintf(to, size, "%s", runtime->abi_tag)
            : runtime->abi   ? snprintf(to, size, "%s%u", what, (unsigned)runtime->abi)
                             : snprintf(to, size, "-");
    if (n < 0) {
        to[0] = '\0';
    }
}

static enum pl_status append_runtime(struct pl_buf *to, const struct pl_runtime *runtime,
                                     int32_t as_of, struct pl_err *err)
{
    const struct pl_os *os = pl_os_of(runtime);
    char abi[32];
    abi_text(runtime, abi, sizeof abi);
    return pl_buf_fmt(to, err, "%-16s %-6s %-5s %-10s %-10s %-10s %-10s %-13s %s%s\n", runtime->id,
                      os->name, os->glibc, date_of(runtime->released).text,
                      date_of(runtime->deprecated).text, date_of(runtime->block_create).text,
                      date_of(runtime->block_update).text, abi,
                      life_name(pl_runtime_life(runtime, as_of)),
                      runtime->flags & PL_RUNTIME_IMAGE_ONLY ? "*" : "");
}

static enum pl_status append_systems(struct pl_buf *to, struct pl_err *err)
{
    enum pl_status status =
        pl_buf_fmt(to, err, "\n%-6s %-20s %-6s %-8s %-7s %-7s %-8s %-7s %s\n", "OS", "NAME",
                   "GLIBC", "GLIBCXX", "CXXABI", "GCC", "OPENSSL", "ZLIB", "LIBCRYPT.SO.1");
    for (size_t i = 0; i < PL_OS_COUNT && status == PL_OK; i++) {
        const struct pl_os *os = pl_os_at(i);
        status = pl_buf_fmt(to, err, "%-6s %-20s %-6s %-8s %-7s %-7s %-8s %-7s %s\n", os->name,
                            os->long_name, os->glibc, os->glibcxx ? os->glibcxx : "?",
                            os->cxxabi ? os->cxxabi : "?", os->gcc ? os->gcc : "?",
                            os->openssl ? os->openssl : "?", os->zlib ? os->zlib : "?",
                            os->libcrypt1 ? "yes" : "no");
    }
    return status;
}

static enum pl_status text_report(struct pl_buf *to, int32_t as_of, struct pl_err *err)
{
    enum pl_status status =
        pl_buf_fmt(to, err, "%-16s %-6s %-5s %-10s %-10s %-10s %-10s %-13s %s\n", "RUNTIME", "OS",
                   "GLIBC", "RELEASED", "DEPRECATED", "NO CREATE", "NO UPDATE", "ABI", "STATE");
    for (size_t i = 0; i < pl_runtime_count() && status == PL_OK; i++) {
        status = append_runtime(to, pl_runtime_at(i), as_of, err);
    }
    if (status == PL_OK) {
        status = append_systems(to, err);
    }
    if (status != PL_OK) {
        return status;
    }
    return pl_buf_fmt(
        to, err,
        "\nFacts of %s, state as of %s. From its day on, NO CREATE refuses new "
        "functions and\nNO UPDATE refuses new code as well. *: container images only. "
        "Sources: --format json.\n",
        pl_runtime_data_date(), date_of(as_of).text);
}

static void json_date(struct pl_jsonw *w, const char *key, int32_t days)
{
    struct date_text date = date_of(days);
    pl_jsonw_text(w, key, days == PL_DATE_NONE ? NULL : date.text);
}

static void json_runtime(struct pl_jsonw *w, const struct pl_runtime *runtime, int32_t as_of)
{
    pl_jsonw_object(w, NULL);
    pl_jsonw_text(w, "id", runtime->id);
    pl_jsonw_text(w, "language", pl_language_name(runtime->language));
    pl_jsonw_u64(w, "version_major", runtime->version_major);
    pl_jsonw_u64(w, "version_minor", runtime->version_minor);
    pl_jsonw_text(w, "os", pl_os_of(runtime)->name);
    json_date(w, "released", runtime->released);
    json_date(w, "deprecated", runtime->deprecated);
    json_date(w, "block_create", runtime->block_create);
    json_date(w, "block_update", runtime->block_update);
    if (runtime->abi) {
        pl_jsonw_u64(w, "abi", runtime->abi);
    } else {
        pl_jsonw_null(w, "abi");
    }
    pl_jsonw_text(w, "abi_tag", runtime->abi_tag);
    pl_jsonw_bool(w, "arm64", runtime->flags & PL_RUNTIME_ARM64);
    pl_jsonw_bool(w, "snapstart", runtime->flags & PL_RUNTIME_SNAPSTART);
    pl_jsonw_bool(w, "preview", runtime->flags & PL_RUNTIME_PREVIEW);
    pl_jsonw_bool(w, "image_only", runtime->flags & PL_RUNTIME_IMAGE_ONLY);
    pl_jsonw_bool(w, "unsure", runtime->flags & PL_RUNTIME_UNSURE);
    pl_jsonw_text(w, "state", life_key(pl_runtime_life(runtime, as_of)));
    pl_jsonw_text(w, "source", runtime->source);
    pl_jsonw_close_object(w);
}

static void json_system(struct pl_jsonw *w, const struct pl_os *os)
{
    pl_jsonw_object(w, NULL);
    pl_jsonw_text(w, "id", os->name);
    pl_jsonw_text(w, "name", os->long_name);
    pl_jsonw_text(w, "glibc", os->glibc);
    pl_jsonw_text(w, "glibcxx", os->glibcxx);
    pl_jsonw_text(w, "glibcxx_newest", os->glibcxx_newest);
    pl_jsonw_text(w, "cxxabi", os->cxxabi);
    pl_jsonw_text(w, "cxxabi_newest", os->cxxabi_newest);
    pl_jsonw_text(w, "gcc", os->gcc);
    pl_jsonw_text(w, "openssl", os->openssl);
    pl_jsonw_text(w, "zlib", os->zlib);
    pl_jsonw_bool(w, "libcrypt1", os->libcrypt1);
    pl_jsonw_text(w, "source", os->source);
    pl_jsonw_close_object(w);
}

static enum pl_status json_report(struct pl_buf *to, int32_t as_of, struct pl_err *err)
{
    struct pl_jsonw w;
    pl_jsonw_begin(&w, to, true, err);
    pl_jsonw_object(&w, NULL);
    pl_jsonw_text(&w, "schema", "plimsoll-runtimes/1");
    pl_jsonw_object(&w, "tool");
    pl_jsonw_text(&w, "name", "plimsoll");
    pl_jsonw_text(&w, "version", PL_VERSION);
    pl_jsonw_text(&w, "data", pl_runtime_data_date());
    pl_jsonw_text(&w, "as_of", date_of(as_of).text);
    pl_jsonw_close_object(&w);
    pl_jsonw_array(&w, "runtimes");
    for (size_t i = 0; i < pl_runtime_count(); i++) {
        json_runtime(&w, pl_runtime_at(i), as_of);
    }
    pl_jsonw_close_array(&w);
    pl_jsonw_array(&w, "systems");
    for (size_t i = 0; i < PL_OS_COUNT; i++) {
        json_system(&w, pl_os_at(i));
    }
    pl_jsonw_close_array(&w);
    pl_jsonw_close_object(&w);
    enum pl_status status = pl_jsonw_end(&w);
    return status == PL_OK ? pl_buf_byte(to, '\n', err) : status;
}

int pl_cmd_runtimes(const struct pl_options *options)
{
    struct pl_term term;
    struct pl_err err;
    struct pl_buf out PL_CLEANUP(pl_buf_done) = {.max = PL_MB(4)};
    int32_t as_of = pl_options_as_of(options);
    struct pl_runtime_data data PL_CLEANUP(pl_runtime_data_done) = {.n = 0};
    pl_term_init(&term, PL_COLOR_NEVER);
    enum pl_status status = pl_options_use_data(options, &data, &err);
    if (status == PL_OK) {
        status = options->format == PL_FORMAT_JSON ? json_report(&out, as_of, &err)
                                                   : text_report(&out, as_of, &err);
    }
    pl_runtime_data_use(NULL);
    if (status != PL_OK) {
        return pl_term_fail(&err, "runtimes");
    }
    pl_term_write(&term, pl_buf_view(&out));
    return pl_term_exit(&term, 0);
}
