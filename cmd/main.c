/* Finds the command, reads its options, runs it.  Nothing else. */
#include "cmd/help.h"
#include "cmd/options.h"
#include "cmd/term.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

/* A program that is started with a closed standard stream would give its number to the next file it
 * opens, and then write reports into it.  The stand-ins refuse what the stream is for: writing to a
 * closed stdout stays the error that it is. */
static bool open_standard_streams(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) == -1 && errno == EBADF &&
            open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd) {
            return false;
        }
    }
    return true;
}

static int run_command(const struct pl_command *command, int argc, char *const *argv)
{
    struct pl_options options;
    struct pl_err err;
    int status = 0;
    if (pl_options_parse(&options, command, argc, argv, &err) != PL_OK) {
        status = pl_term_fail(&err, command->name);
    } else if (options.help) {
        status = pl_help_show(command, PL_FORMAT_TEXT);
    } else {
        status = command->run(&options);
    }
    pl_options_done(&options);
    return status;
}

/* `plimsoll --version` and its like. */
static int run_alone(int argc, char *const *argv)
{
    struct pl_options options;
    struct pl_err err;
    int status = 0;
    if (pl_options_parse(&options, NULL, argc, argv, &err) != PL_OK) {
        status = pl_term_fail(&err, NULL);
    } else if (options.version && !options.help) {
        status = pl_version_show();
    } else {
        status = pl_help_show(NULL, PL_FORMAT_TEXT);
    }
    pl_options_done(&options);
    return status;
}

static int run(int argc, char *const *argv)
{
    struct pl_err err;
    if (argc < 2) {
        pl_ignore(pl_err_set(&err, PL_ERR_USAGE,
                             "usage: plimsoll COMMAND [OPTIONS] [OPERANDS]; a command is missing"),
                  "it is reported here");
        return pl_term_fail(&err, NULL);
    }
    if (argv[1][0] == '-') {
        return run_alone(argc - 1, argv + 1);
    }
    const struct pl_command *command = pl_command_find(argv[1]);
    if (!command) {
        pl_ignore(pl_help_unknown(argv[1], &err), "it is reported here");
        return pl_term_fail(&err, NULL);
    }
    return run_command(command, argc - 2, argv + 2);
}

/* libarchive ends the program with status 1, our "findings", when it is out of memory. */
static bool has_returned;

static void guard_exit(void)
{
    if (!has_returned) {
        _exit(pl_status_exit(PL_ERR_NOMEM));
    }
}

int main(int argc, char **argv)
{
    if (!open_standard_streams()) {
        return pl_status_exit(PL_ERR_IO);
    }
    if (atexit(guard_exit) != 0) {
        return pl_status_exit(PL_ERR_NOMEM);
    }
    pl_signals_init();
    int status = run(argc, argv);
    /* Some file systems tell of a failed write only here. */
    if (close(STDOUT_FILENO) != 0 && errno != EBADF && errno != EINTR) {
        pl_term_say("standard output could not be written");
        status = pl_status_exit(PL_ERR_IO);
    }
    pl_signals_raise();
    has_returned = true;
    return status;
}
