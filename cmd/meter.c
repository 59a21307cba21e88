#include "cmd/term.h"
#include "pkg/base/text.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { FIRST_MS = 300, EVERY_MS = 100, WHAT_MAX = 40, METER_LINE_MAX = 160 };

struct pl_meter {
    pthread_mutex_t lock;
    int64_t next_ms; /* not before this moment */
    bool shown;
    struct pl_slice what; /* safe text */
    struct pl_buf safe;
};

static int64_t now_ms(void)
{
    struct timespec now = {.tv_sec = 0};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Progress is decoration: what cannot be written is not missed. */
static void put(const char *text, size_t n)
{
    if (write(STDERR_FILENO, text, n) < 0) {
        return;
    }
}

struct pl_meter *pl_meter_start(struct pl_term *term, const char *what, bool quiet)
{
    struct pl_err err;
    if (quiet || !term->err_is_terminal) {
        return NULL;
    }
    struct pl_meter *meter = calloc(1, sizeof *meter);
    if (!meter) {
        return NULL;
    }
    pl_buf_init(&meter->safe, 4096);
    if (pthread_mutex_init(&meter->lock, NULL) != 0 ||
        pl_text_escape(&meter->safe, pl_slice_of(what), &err) != PL_OK) {
        pl_buf_done(&meter->safe);
        free(meter);
        return NULL;
    }
    meter->what = pl_slice_sub(pl_buf_view(&meter->safe), 0, WHAT_MAX);
    meter->next_ms = now_ms() + FIRST_MS;
    return meter;
}

void pl_meter_step(struct pl_meter *meter, uint64_t done_bytes, uint64_t all_bytes)
{
    char done[PL_COUNT_TEXT];
    char all[PL_COUNT_TEXT];
    char line[METER_LINE_MAX];
    /* Somebody else is drawing: theirs is as good. */
    if (!meter || pthread_mutex_trylock(&meter->lock) != 0) {
        return;
    }
    int64_t now = now_ms();
    if (now >= meter->next_ms) {
        unsigned percent =
            all_bytes > 0 ? (unsigned)((double)done_bytes / (double)all_bytes * 100.0) : 0;
        int n = snprintf(line, sizeof line, "\r%.*s  %3u %%  %s of %s\033[K", (int)meter->what.len,
                         meter->what.ptr ? meter->what.ptr : "", percent > 100 ? 100 : percent,
                         pl_size_text(done_bytes, done), pl_size_text(all_bytes, all));
        if (n > 0 && (size_t)n < sizeof line) {
            put(line, (size_t)n);
            meter->shown = true;
        }
        meter->next_ms = now + EVERY_MS;
    }
    pthread_mutex_unlock(&meter->lock);
}

void pl_meter_stop(struct pl_meter *meter)
{
    if (!meter) {
        return;
    }
    if (meter->shown) {
        put("\r\033[K", strlen("\r\033[K"));
    }
    pthread_mutex_destroy(&meter->lock);
    pl_buf_done(&meter->safe);
    free(meter);
}
