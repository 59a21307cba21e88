#include "cmd/term.h"
#include "pkg/base/text.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { FIRST_MS = 300, EVERY_MS = 100, WHAT_MAX = 40, METER_LINE_MAX = 160 };

struct pl_meter {
    int64_t next_ms; /* not before this moment */
    bool shown;
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

struct pl_meter *pl_meter_start(struct pl_term *term, bool quiet)
{
    struct pl_meter *meter = quiet || !term->err_is_terminal ? NULL : calloc(1, sizeof *meter);
    if (meter) {
        meter->next_ms = now_ms() + FIRST_MS;
    }
    return meter;
}

/* "3 of 37  function thumb  45 %  1.2 MB of 2.6 MB" */
static enum pl_status print(struct pl_buf *to, const struct pl_meter_state *state,
                            struct pl_err *err)
{
    char done[PL_COUNT_TEXT];
    char all[PL_COUNT_TEXT];
    struct pl_buf safe PL_CLEANUP(pl_buf_done) = {.max = METER_LINE_MAX * 8};
    struct pl_slice what = pl_slice_sub(pl_slice_of(state->what), 0, WHAT_MAX);
    double share = state->all_bytes > 0 ? (double)state->done_bytes / (double)state->all_bytes : 0;
    if (pl_text_escape(&safe, what, err) != PL_OK || pl_buf_text(to, "\r", err) != PL_OK ||
        (state->n > 1 && pl_buf_fmt(to, err, "%zu of %zu  ", state->index, state->n) != PL_OK)) {
        return err->code;
    }
    what = pl_slice_sub(pl_buf_view(&safe), 0, WHAT_MAX);
    return pl_buf_fmt(to, err, "%.*s  %3u %%  %s of %s\033[K", (int)what.len, what.ptr,
                      share > 1 ? 100u : (unsigned)(share * 100),
                      pl_size_text(state->done_bytes, done), pl_size_text(state->all_bytes, all));
}

void pl_meter_step(struct pl_meter *meter, const struct pl_meter_state *state)
{
    struct pl_buf line PL_CLEANUP(pl_buf_done) = {.max = METER_LINE_MAX};
    struct pl_err err;
    int64_t now = meter ? now_ms() : 0;
    if (!meter || now < meter->next_ms) {
        return;
    }
    if (print(&line, state, &err) == PL_OK) {
        put(line.data, line.len);
        meter->shown = true;
    }
    meter->next_ms = now + EVERY_MS;
}

void pl_meter_hide(struct pl_meter *meter)
{
    if (meter && meter->shown) {
        put("\r\033[K", strlen("\r\033[K"));
        meter->shown = false;
    }
}

void pl_meter_stop(struct pl_meter *meter)
{
    pl_meter_hide(meter);
    free(meter);
}
