#include "cmd/term.h"

#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <unistd.h>

/* Lock-free, so that a handler and every thread may touch it (C17 7.14.1.1). */
static atomic_int caught;

static void remember(int signal_number)
{
    atomic_store(&caught, signal_number);
}

void pl_signals_init(void)
{
    static const int ends[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction act = {.sa_handler = remember};
    struct sigaction old;
    sigemptyset(&act.sa_mask);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        /* What the parent ignores (nohup, a shell's background job) stays ignored. */
        if (sigaction(ends[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN) {
            sigaction(ends[i], &act, NULL);
        }
    }
    act.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &act, NULL);
    /* Where the parent ignores it, nobody would learn how the programs end that we start. */
    act.sa_handler = SIG_DFL;
    sigaction(SIGCHLD, &act, NULL);
}

bool pl_signals_cancelled(void)
{
    return atomic_load(&caught) != 0;
}

void pl_signals_raise(void)
{
    int number = atomic_load(&caught);
    if (number == 0) {
        return;
    }
    struct sigaction act = {.sa_handler = SIG_DFL};
    sigset_t set;
    sigemptyset(&act.sa_mask);
    sigaction(number, &act, NULL);
    sigemptyset(&set);
    sigaddset(&set, number);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    if (raise(number) != 0) {
        return;
    }
}
