/* Schedule expressions: what is refused says why, and what is not runs at the time it is asked for
 * or later. */
#include "pkg/lambda/schedule.h"
#include "tests/fuzz/promise.h"

#include <string.h>

static void check_next(const struct pl_schedule *schedule)
{
    static const int64_t from[] = {0, 951782399, 1795500000, 7258118399};
    for (size_t i = 0; i < sizeof from / sizeof *from; i++) {
        int64_t next = 0;
        if (pl_schedule_next(schedule, from[i], &next)) {
            pl_fuzz_promise(next >= from[i], "the next run is not in the past");
            int64_t again = 0;
            pl_fuzz_promise(schedule->kind == PL_SCHEDULE_RATE ||
                                (pl_schedule_next(schedule, next, &again) && again == next),
                            "a run is its own next one");
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pl_slice text = pl_slice_make((const char *)data, size);
    for (unsigned scheduler = 0; scheduler < 2; scheduler++) {
        struct pl_schedule schedule;
        struct pl_schedule_fault fault = {.is_sure = false};
        bool is = pl_schedule_parse(text, scheduler == 1, &schedule, &fault);
        pl_fuzz_promise(memchr(fault.text, 0, sizeof fault.text), "what is wrong is a text");
        pl_fuzz_promise(is ? !fault.is_sure : fault.is_sure && fault.text[0] != '\0',
                        "what is refused says why, and for sure");
        if (is) {
            check_next(&schedule);
        }
    }
    return 0;
}
