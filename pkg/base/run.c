#include "pkg/base/run.h"

#include "pkg/base/file.h"
#include "pkg/base/os.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    PL_RUN_READ_BYTES = 16 * 1024,
    PL_RUN_POLL_MS = 100,
    PL_RUN_GRACE_MS = 3000, /* between asking a program to end and ending it */
    PL_RUN_LINGER_MS = 500  /* for output of what the program left behind when it ended */
};

enum { OUT, ERR, N_STREAMS };

/* One program while it runs. */
struct child {
    const struct pl_run_request *request;
    const char *name;
    pid_t pid;
    int fd[N_STREAMS]; /* what we read; -1 once it ended */
    int64_t begun_ms;
    int64_t asked_ms; /* when it was asked to end; 0: it was not */
    int64_t ended_ms; /* when it was seen to have ended; 0: it has not */
    bool killed;
    bool lost; /* somebody else took its end */
};

static int64_t now_ms(void)
{
    struct timespec t = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000 + 1;
}

/* Keeps the end of what was written: the front half goes when there is twice too much. */
static enum pl_status keep(struct pl_run_text *text, const char *bytes, size_t n, size_t kept,
                           struct pl_err *err)
{
    text->all += n;
    if (text->text.len > 2 * kept) {
        size_t from = text->text.len - kept;
        memmove(text->text.data, text->text.data + from, kept);
        text->text.len = kept;
    }
    return pl_buf_append(&text->text, bytes, n, err);
}

/* The last step of keep(). */
static void keep_end(struct pl_run_text *text, size_t kept)
{
    if (text->text.len > kept) {
        memmove(text->text.data, text->text.data + text->text.len - kept, kept);
        text->text.len = kept;
        text->text.data[kept] = '\0';
    }
}

static size_t kept_of(const struct pl_run_request *request)
{
    return request->kept_bytes > 0 ? request->kept_bytes : (size_t)PL_RUN_KEPT_BYTES;
}

/* Reads what is there; closes at the end. */
static enum pl_status drain(struct child *child, int stream, struct pl_run_text *to,
                            struct pl_err *err)
{
    char bytes[PL_RUN_READ_BYTES];
    ssize_t n = read(child->fd[stream], bytes, sizeof bytes);
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) {
        return PL_OK;
    }
    if (n < 0) {
        return pl_err_sys(err, errno, "%s: its output cannot be read", child->name);
    }
    if (n == 0) {
        pl_fd_close(&child->fd[stream]);
        return PL_OK;
    }
    if (child->request->output) {
        child->request->output(child->request->ctx, pl_slice_make(bytes, (size_t)n));
    }
    return keep(to, bytes, (size_t)n, kept_of(child->request), err);
}

/* The descriptors and the folder that the program gets. */
static int prepare_files(posix_spawn_file_actions_t *actions, const struct pl_run_request *request,
                         const int out[2], const int errors[2])
{
    int wrong = posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    wrong = wrong ? wrong : posix_spawn_file_actions_adddup2(actions, out[1], STDOUT_FILENO);
    wrong = wrong ? wrong
                  : posix_spawn_file_actions_adddup2(actions, request->joined ? out[1] : errors[1],
                                                     STDERR_FILENO);
    if (!wrong && request->folder) {
        wrong = pl_os_spawn_in(actions, request->folder);
    }
    return wrong;
}

/* Signals as a shell starts programs with: we ignore SIGPIPE, and a thread may block what it
 * likes. */
static int prepare_signals(posix_spawnattr_t *attr)
{
    sigset_t none;
    sigset_t usual;
    sigemptyset(&none);
    sigemptyset(&usual);
    sigaddset(&usual, SIGPIPE);
    int wrong = posix_spawnattr_setsigmask(attr, &none);
    wrong = wrong ? wrong : posix_spawnattr_setsigdefault(attr, &usual);
    short flags = (short)(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | pl_os_spawn_apart());
    return wrong ? wrong : posix_spawnattr_setflags(attr, flags);
}

/* posix_spawn takes lists of pointers that it does not write through, and says so nowhere. */
static char *const *spawn_list(const char *const *list)
{
    union {
        const char *const *from;
        char *const *to;
    } both = {.from = list};
    return both.to;
}

static int spawn(struct child *child, const int out[2], const int errors[2])
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attr;
    int wrong = posix_spawn_file_actions_init(&actions);
    if (wrong) {
        return wrong;
    }
    wrong = posix_spawnattr_init(&attr);
    if (wrong) {
        (void)posix_spawn_file_actions_destroy(&actions);
        return wrong;
    }
    const struct pl_run_request *request = child->request;
    wrong = prepare_files(&actions, request, out, errors);
    wrong = wrong ? wrong : prepare_signals(&attr);
    wrong = wrong ? wrong
                  : posix_spawn(&child->pid, request->argv[0], &actions, &attr,
                                spawn_list(request->argv), spawn_list(request->env));
    (void)posix_spawnattr_destroy(&attr);
    (void)posix_spawn_file_actions_destroy(&actions);
    return wrong;
}

static enum pl_status start(struct child *child, struct pl_err *err)
{
    int out[2] = {-1, -1};
    int errors[2] = {-1, -1};
    int wrong = pl_os_pipe(out) != 0 ? errno : 0;
    if (!wrong && !child->request->joined && pl_os_pipe(errors) != 0) {
        wrong = errno;
    }
    wrong = wrong ? wrong : spawn(child, out, errors);
    pl_fd_close(&out[1]);
    pl_fd_close(&errors[1]);
    child->fd[OUT] = out[0];
    child->fd[ERR] = errors[0];
    if (wrong) {
        return pl_err_sys(err, wrong, "%s: cannot be started", child->request->argv[0]);
    }
    child->begun_ms = now_ms();
    return PL_OK;
}

/* Has it ended?  It stays a zombie, so that its number stays its own until reap(). */
static bool has_ended(struct child *child)
{
    siginfo_t info = {0};
    if (child->ended_ms > 0) {
        return true;
    }
    int failed = waitid(P_PID, (id_t)child->pid, &info, WEXITED | WNOHANG | WNOWAIT);
    child->lost = failed && errno == ECHILD;
    if (child->lost || (!failed && info.si_pid == child->pid)) {
        child->ended_ms = now_ms();
    }
    return child->ended_ms > 0;
}

/* Asks it and what it started to end, and ends them when they do not. */
static void end_it(struct child *child)
{
    if (child->asked_ms == 0) {
        child->asked_ms = now_ms();
        (void)kill(-child->pid, SIGTERM);
    } else if (!child->killed && now_ms() - child->asked_ms > PL_RUN_GRACE_MS) {
        child->killed = true;
        (void)kill(-child->pid, SIGKILL);
    }
}

static bool is_over_time(const struct child *child)
{
    unsigned limit = child->request->timeout_s;
    return limit > 0 && now_ms() - child->begun_ms > (int64_t)limit * 1000;
}

/* Takes what it writes until it has ended and nobody can write any more. */
static enum pl_status attend(struct child *child, struct pl_run_result *result, enum pl_status *why,
                             struct pl_err *err)
{
    struct pl_run_text *to[N_STREAMS] = {&result->out, &result->err};
    const struct pl_run_request *request = child->request;
    for (;;) {
        bool ended = has_ended(child);
        bool open = child->fd[OUT] >= 0 || child->fd[ERR] >= 0;
        if (ended && (!open || now_ms() - child->ended_ms > PL_RUN_LINGER_MS)) {
            return PL_OK;
        }
        if (*why == PL_OK && !ended) {
            bool cancelled = request->cancelled && request->cancelled(request->ctx);
            *why = cancelled ? PL_ERR_CANCELLED : is_over_time(child) ? PL_ERR_LIMIT : PL_OK;
        }
        if (*why != PL_OK) {
            end_it(child);
        }
        struct pollfd at[N_STREAMS] = {{.fd = child->fd[OUT], .events = POLLIN},
                                       {.fd = child->fd[ERR], .events = POLLIN}};
        /* Without anything to read its end is looked for more often. */
        int n = poll(at, N_STREAMS, open ? PL_RUN_POLL_MS : 5);
        for (int i = 0; n > 0 && i < N_STREAMS; i++) {
            if (at[i].fd >= 0 && at[i].revents != 0 && drain(child, i, to[i], err) != PL_OK) {
                return err->code;
            }
        }
    }
}

/* Nothing of it runs behind this unless it ended by itself. */
static void reap(const struct child *child, bool by_force, struct pl_run_result *result)
{
    if (child->lost) {
        return;
    }
    if (by_force) {
        (void)kill(-child->pid, SIGKILL);
    }
    int status = 0;
    while (waitpid(child->pid, &status, 0) == -1 && errno == EINTR) {
    }
    result->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    result->status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

enum pl_status pl_run(struct pl_run_result *ret, const struct pl_run_request *request,
                      struct pl_err *err)
{
    struct child child = {.request = request, .fd = {-1, -1}};
    struct pl_run_result result = {0};
    size_t kept = kept_of(request);
    pl_buf_init(&result.out.text, 3 * kept + PL_RUN_READ_BYTES);
    pl_buf_init(&result.err.text, 3 * kept + PL_RUN_READ_BYTES);
    const char *slash = strrchr(request->argv[0], '/');
    child.name = slash ? slash + 1 : request->argv[0];
    enum pl_status why = PL_OK;
    enum pl_status status = start(&child, err);
    if (status == PL_OK) {
        status = attend(&child, &result, &why, err);
        reap(&child, status != PL_OK || why != PL_OK, &result);
    }
    pl_fd_close(&child.fd[OUT]);
    pl_fd_close(&child.fd[ERR]);
    if (status == PL_OK && child.lost) {
        status = pl_err_set(err, PL_ERR_IO, "%s: nobody knows how it ended (SIGCHLD is ignored)",
                            child.name);
    }
    if (status == PL_OK && why == PL_ERR_CANCELLED) {
        status = pl_err_set(err, why, "interrupted");
    } else if (status == PL_OK && why != PL_OK) {
        status = pl_err_set(err, why, "%s: was ended because it took longer than %u seconds",
                            child.name, request->timeout_s);
    }
    if (status != PL_OK) {
        pl_run_result_done(&result);
        return status;
    }
    keep_end(&result.out, kept);
    keep_end(&result.err, kept);
    *ret = result;
    return PL_OK;
}

void pl_run_result_done(struct pl_run_result *result)
{
    if (result) {
        pl_buf_done(&result->out.text);
        pl_buf_done(&result->err.text);
    }
}
