/* The programs that install: where they are, which version, and what becomes of what they write. */
#include "pkg/base/limits.h"
#include "pkg/build/install_job.h"

#include <stdarg.h>
#include <string.h>

enum { PL_TOOL_LINES = 25, PL_TOOL_SECONDS = 3600, PL_TOOL_VERSION_SECONDS = 120 };

void pl_install_say(struct pl_install_job *job, bool is_warning, const char *fmt, ...)
{
    struct pl_buf text PL_CLEANUP(pl_buf_done) = {.max = PL_KB(4)};
    struct pl_err err;
    va_list args;
    va_start(args, fmt);
    enum pl_status status = pl_buf_fmt(&text, &err, "%s: ", job->label.ptr);
    status = status == PL_OK ? pl_buf_vfmt(&text, &err, fmt, args) : status;
    va_end(args);
    if (status == PL_OK && job->in->options.say) {
        job->in->options.say(job->in->options.ctx, is_warning, text.data);
    }
}

/* ---- what they write ---- */

/* Where "user:password@" of a URL ends in `text`, which begins behind "://"; 0: it has none. */
static size_t password_end(struct pl_slice text)
{
    size_t end = 0;
    for (size_t i = 0; i < text.len && !strchr("/ \t\r\n\"'<>", text.ptr[i]); i++) {
        end = text.ptr[i] == '@' ? i : end;
    }
    return end;
}

/* Tools hide most passwords of URLs themselves, and not all. */
static enum pl_status append_hidden(struct pl_buf *to, struct pl_slice text, struct pl_err *err)
{
    while (text.len > 0) {
        size_t at = pl_slice_find_text(text, PL_SLICE("://"));
        size_t from = at < text.len ? at + 3 : text.len;
        struct pl_slice rest = pl_slice_sub(text, from, text.len);
        size_t end = password_end(rest);
        if (pl_buf_slice(to, pl_slice_sub(text, 0, from), err) != PL_OK ||
            (end > 0 && pl_buf_text(to, "***", err) != PL_OK)) {
            return err->code;
        }
        text = pl_slice_sub(rest, end, rest.len);
    }
    return PL_OK;
}

/* Gives whole lines on, so that a password is never split. */
struct lines {
    struct pl_installs *in;
    void (*to)(void *ctx, struct pl_slice lines);
    struct pl_buf text;
};

static bool run_cancelled(void *ctx)
{
    const struct pl_installs_options *options = &((struct lines *)ctx)->in->options;
    return options->cancelled && options->cancelled(options->ctx);
}

static void give_lines(struct lines *lines, size_t n)
{
    struct pl_buf hidden PL_CLEANUP(pl_buf_done) = {.max = PL_MB(4)};
    struct pl_err err;
    if (append_hidden(&hidden, pl_slice_make(lines->text.data, n), &err) == PL_OK) {
        lines->to(lines->in->options.ctx, pl_buf_view(&hidden));
    }
    memmove(lines->text.data, lines->text.data + n, lines->text.len - n);
    lines->text.len -= n;
}

static void run_output(void *ctx, struct pl_slice bytes)
{
    struct lines *lines = ctx;
    struct pl_err err;
    if (lines->text.len + bytes.len > lines->text.max) {
        give_lines(lines, lines->text.len); /* a line of a megabyte is no URL */
    }
    if (pl_buf_slice(&lines->text, bytes, &err) == PL_OK) {
        size_t end = pl_slice_rfind(pl_buf_view(&lines->text), '\n');
        if (end < lines->text.len) {
            give_lines(lines, end + 1);
        }
    }
}

enum pl_status pl_install_failed(struct pl_install_job *job, const char *name, struct pl_slice text,
                                 struct pl_err *err)
{
    struct pl_slice last = pl_run_last_lines(text, PL_TOOL_LINES);
    const struct pl_installs_options *options = &job->in->options;
    if (options->failed && last.len > 0) {
        options->failed(options->ctx, last);
    }
    return pl_err_set(err, PL_ERR_IO, "%s: %s failed%s", job->label.ptr, name,
                      options->failed && last.len > 0 ? ", for the reason above" : "");
}

enum pl_status pl_install_run(struct pl_install_job *job, const struct pl_install_run *run,
                              struct pl_err *err)
{
    struct pl_installs *in = job->in;
    struct lines lines = {.in = in,
                          .to = run->is_shown ? in->options.command_output : in->options.output,
                          .text = {.max = PL_MB(1)}};
    static const char *const nothing[] = {NULL};
    const char *const *env = NULL;
    if (pl_run_env_with(&in->arena, in->options.env, run->change ? run->change : nothing, &env,
                        err) != PL_OK) {
        return err->code;
    }
    const struct pl_run_request request = {.argv = run->argv,
                                           .env = env,
                                           .folder = run->folder,
                                           .joined = true,
                                           .timeout_s = run->is_shown ? 0 : PL_TOOL_SECONDS,
                                           .ctx = &lines,
                                           .cancelled = run_cancelled,
                                           .output = lines.to ? run_output : NULL};
    struct pl_run_result result;
    enum pl_status status = pl_run(&result, &request, err);
    if (lines.to && lines.text.len > 0) {
        give_lines(&lines, lines.text.len);
    }
    pl_buf_done(&lines.text);
    if (status != PL_OK) {
        return pl_err_wrap(err, "%s", job->label.ptr);
    }
    struct pl_buf hidden PL_CLEANUP(pl_buf_done) = {.max = PL_MB(4)};
    struct pl_slice text = PL_SLICE("");
    status = append_hidden(&hidden, pl_buf_view(&result.out.text), err);
    status = status == PL_OK ? pl_arena_dup(&in->arena, pl_buf_view(&hidden), &text, err) : status;
    if (status == PL_OK && run->ret_failed) {
        *run->ret_failed = result.status != 0;
        if (run->ret_status) {
            *run->ret_status = result.status;
        }
        *run->ret_text = text;
    } else if (status == PL_OK && result.status != 0) {
        const char *slash = strrchr(run->argv[0], '/');
        status = pl_install_failed(job, slash ? slash + 1 : run->argv[0], text, err);
    }
    pl_run_result_done(&result);
    return status;
}

/* ---- where they are ---- */

/* The first line of `argv`'s output into tool->version; false when it is no such program. */
static enum pl_status ask_version(struct pl_installs *in, const char *const *argv, const char *name,
                                  struct pl_tool *tool, struct pl_err *err)
{
    const struct pl_run_request request = {
        .argv = argv, .env = in->options.env, .timeout_s = PL_TOOL_VERSION_SECONDS};
    struct pl_run_result result;
    if (pl_run(&result, &request, err) != PL_OK) {
        return err->code;
    }
    struct pl_slice rest = pl_buf_view(&result.out.text);
    struct pl_slice line = PL_SLICE("");
    if (result.status == 0 && rest.len > 0) {
        (void)pl_slice_next(&rest, '\n', &line);
        line = pl_slice_trim(line);
        /* uv says in brackets what it was built for. */
        line = pl_slice_sub(
            line, 0, strcmp(name, "uv") == 0 ? pl_slice_find_text(line, PL_SLICE(" (")) : line.len);
    }
    tool->found = line.len > 0;
    bool named = pl_slice_starts(line, pl_slice_of(name));
    enum pl_status status =
        pl_arena_fmt(&in->arena, &tool->version, err, "%s%s%.*s", named ? "" : name,
                     named ? "" : " ", (int)line.len, line.ptr);
    pl_run_result_done(&result);
    return status;
}

static const char *path_of(const struct pl_installs *in)
{
    const char *path = pl_run_env_get(in->options.env, "PATH");
    return path ? path : "";
}

/* Takes `program` from PATH when it is there and answers; as a module of Python's, if `module`. */
static enum pl_status try_tool(struct pl_installs *in, struct pl_tool *tool, const char *program,
                               const char *name, bool module, struct pl_err *err)
{
    if (pl_run_find(&in->arena, program, path_of(in), &tool->path, err) != PL_OK) {
        return err->code == PL_ERR_MISSING ? PL_OK : err->code;
    }
    const char *const plain[] = {tool->path.ptr, "--version", NULL};
    const char *const of_python[] = {tool->path.ptr, "-m", name, "--version", NULL};
    tool->is_module = module;
    enum pl_status status = ask_version(in, module ? of_python : plain, name, tool, err);
    /* What is there and cannot be started is as good as not there. */
    return status == PL_ERR_MISSING || status == PL_ERR_IO ? PL_OK : status;
}

enum pl_status pl_install_find_uv(struct pl_installs *in, struct pl_err *err)
{
    if (in->uv.looked_for) {
        return PL_OK;
    }
    in->uv.looked_for = true;
    return try_tool(in, &in->uv, "uv", "uv", false, err);
}

/* "pip 23.2.1 from /usr/lib/python3/dist-packages/pip (python 3.11)": without the path, which is
 * this machine's. */
static enum pl_status shorten_pip(struct pl_installs *in, struct pl_tool *tool, struct pl_err *err)
{
    struct pl_slice text = tool->version;
    size_t from = pl_slice_find_text(text, PL_SLICE(" from "));
    size_t python = pl_slice_find_text(text, PL_SLICE("(python 3."));
    struct pl_slice minor = PL_SLICE("");
    if (python < text.len) {
        minor = pl_slice_sub(text, python + sizeof("(python 3.") - 1, text.len);
        minor = pl_slice_sub(minor, 0, pl_slice_find(minor, ')'));
    }
    if (!pl_slice_u64(minor, &tool->python_minor)) {
        tool->python_minor = 0;
    }
    return pl_arena_fmt(&in->arena, &tool->version, err, "%.*s%s%.*s", (int)from, text.ptr,
                        minor.len > 0 ? " of Python 3." : "", (int)minor.len, minor.ptr);
}

/* The target's own Python first: what is built from source is built for the Python that does it. */
static enum pl_status find_pip(struct pl_installs *in, const struct pl_runtime *runtime,
                               struct pl_err *err)
{
    struct pl_slice own;
    if (in->pip.looked_for && in->pip_minor == runtime->version_minor) {
        return PL_OK;
    }
    in->pip = (struct pl_tool){.looked_for = true};
    in->pip_minor = runtime->version_minor;
    if (pl_arena_fmt(&in->arena, &own, err, "python%u.%u", runtime->version_major,
                     runtime->version_minor) != PL_OK) {
        return err->code;
    }
    const char *const python[] = {own.ptr, "python3", "python"};
    for (size_t i = 0; i < sizeof python / sizeof *python && !in->pip.found; i++) {
        if (try_tool(in, &in->pip, python[i], "pip", true, err) != PL_OK) {
            return err->code;
        }
    }
    if (!in->pip.found && try_tool(in, &in->pip, "pip3", "pip", false, err) != PL_OK) {
        return err->code;
    }
    if (!in->pip.found && try_tool(in, &in->pip, "pip", "pip", false, err) != PL_OK) {
        return err->code;
    }
    return in->pip.found ? shorten_pip(in, &in->pip, err) : PL_OK;
}

static enum pl_status find_python_tool(struct pl_install_job *job, struct pl_tool **ret,
                                       struct pl_err *err)
{
    struct pl_installs *in = job->in;
    uint8_t wanted = job->source->install.tool;
    if (wanted != PL_PYTHON_PIP && pl_install_find_uv(in, err) != PL_OK) {
        return err->code;
    }
    if (wanted != PL_PYTHON_PIP && in->uv.found) {
        *ret = &in->uv;
        return PL_OK;
    }
    if (wanted == PL_PYTHON_UV) {
        return pl_err_set(
            err, PL_ERR_MISSING,
            "%s: uv is not on PATH; install it (pipx install uv), or leave `tool` out "
            "to have pip do it",
            job->label.ptr);
    }
    if (find_pip(in, job->runtime, err) != PL_OK) {
        return err->code;
    }
    if (!in->pip.found) {
        return pl_err_set(
            err, PL_ERR_MISSING,
            "%s: neither uv nor pip is on PATH; install one of them (pipx install uv, "
            "or your system's package python3-pip)",
            job->label.ptr);
    }
    *ret = &in->pip;
    return PL_OK;
}

enum pl_status pl_install_find(struct pl_install_job *job, struct pl_tool **ret, struct pl_err *err)
{
    struct pl_installs *in = job->in;
    if (job->source->kind == PL_SOURCE_PYTHON) {
        return find_python_tool(job, ret, err);
    }
    if (job->source->kind == PL_SOURCE_RUN) {
        in->shell = (struct pl_tool){.version = PL_SLICE("sh"), .found = true};
        *ret = &in->shell;
        return PL_OK;
    }
    if (!in->npm.looked_for) {
        in->npm.looked_for = true;
        if (try_tool(in, &in->npm, "npm", "npm", false, err) != PL_OK) {
            return err->code;
        }
    }
    if (!in->npm.found) {
        return pl_err_set(err, PL_ERR_MISSING,
                          "%s: npm is not on PATH; install Node.js, which brings it",
                          job->label.ptr);
    }
    *ret = &in->npm;
    return PL_OK;
}
