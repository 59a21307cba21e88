#include "pkg/base/pool.h"
#include "run.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

struct job {
    pthread_mutex_t lock;
    unsigned runs[1000];
    unsigned active[64]; /* by worker */
    unsigned workers;    /* highest seen, plus one */
    size_t fail_from;    /* this item and all after it fail */
    size_t slow;         /* this item takes its time */
    size_t highest;
    bool silent; /* fails without saying why */
};

static void nap(long ms)
{
    struct timespec time = {.tv_sec = 0, .tv_nsec = ms * 1000000};
    (void)nanosleep(&time, NULL);
}

static enum pl_status do_item(void *ctx, unsigned worker, size_t index, struct pl_err *err)
{
    struct job *job = ctx;
    (void)pthread_mutex_lock(&job->lock);
    job->runs[index]++;
    bool busy = job->active[worker]++ > 0;
    job->workers = worker + 1 > job->workers ? worker + 1 : job->workers;
    job->highest = index > job->highest ? index : job->highest;
    (void)pthread_mutex_unlock(&job->lock);
    if (index == job->slow) {
        nap(50);
    }
    (void)pthread_mutex_lock(&job->lock);
    job->active[worker]--;
    (void)pthread_mutex_unlock(&job->lock);
    if (busy) {
        return pl_err_set(err, PL_ERR_INTERNAL, "worker %u runs twice", worker);
    }
    if (index >= job->fail_from) {
        return job->silent ? PL_ERR_IO : pl_err_set(err, PL_ERR_FORMAT, "item %zu", index);
    }
    return PL_OK;
}

static struct job new_job(void)
{
    return (struct job){.lock = PTHREAD_MUTEX_INITIALIZER, .fail_from = SIZE_MAX, .slow = SIZE_MAX};
}

START_TEST(every_item_runs_once)
{
    static const unsigned workers[] = {0, 1, 2, 7, 64, 100000};
    static const size_t items[] = {0, 1, 2, 63, 1000};
    for (size_t w = 0; w < COUNT_OF(workers); w++) {
        for (size_t i = 0; i < COUNT_OF(items); i++) {
            struct pl_err err;
            struct job job = new_job();
            ASSERT_OK(pl_pool_for(workers[w], items[i], do_item, &job, &err));
            for (size_t k = 0; k < COUNT_OF(job.runs); k++) {
                ck_assert_uint_eq(job.runs[k], k < items[i]);
            }
            ck_assert_uint_le(job.workers, workers[w] == 0 ? 1 : workers[w]);
        }
    }
}
END_TEST

START_TEST(items_run_in_parallel)
{
    struct pl_err err;
    struct job job = new_job();
    job.slow = 0; /* its worker naps, so the others have to do the rest */
    ASSERT_OK(pl_pool_for(4, 1000, do_item, &job, &err));
    ck_assert_uint_gt(job.workers, 1);
}
END_TEST

START_TEST(lowest_failing_index_is_told_and_no_more_is_begun)
{
    for (unsigned workers = 1; workers <= 8; workers++) {
        struct pl_err err;
        struct job job = new_job();
        job.fail_from = 10;
        job.slow = 10; /* later items fail sooner */
        ASSERT_FAILS(pl_pool_for(workers, 1000, do_item, &job, &err), PL_ERR_FORMAT);
        ck_assert_str_eq(err.msg, "item 10");
        ck_assert_uint_le(job.highest, 10 + workers);
    }
}
END_TEST

START_TEST(failure_without_an_error_is_still_a_failure)
{
    struct pl_err err;
    struct job job = new_job();
    job.fail_from = 0;
    job.silent = true;
    ASSERT_FAILS(pl_pool_for(2, 5, do_item, &job, &err), PL_ERR_INTERNAL);
}
END_TEST

static void *deep(void *arg)
{
    char room[256 * 1024]; /* half of what is promised */
    memset(room, 1, sizeof(room));
    sigset_t set;
    (void)pthread_sigmask(SIG_SETMASK, NULL, &set);
    *(int *)arg = room[sizeof(room) - 1] + (sigismember(&set, SIGINT) == 1 ? 1 : 0);
    return NULL;
}

START_TEST(threads_have_their_stack_and_no_signals)
{
    pthread_t thread;
    int result = 0;
    ck_assert_int_eq(pl_thread_start(&thread, deep, &result), 0);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    ck_assert_int_eq(result, 2);
    sigset_t set;
    (void)pthread_sigmask(SIG_SETMASK, NULL, &set);
    ck_assert_int_eq(sigismember(&set, SIGINT), 0); /* ours are as before */
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        every_item_runs_once,
        items_run_in_parallel,
        lowest_failing_index_is_told_and_no_more_is_begun,
        failure_without_an_error_is_still_a_failure,
        threads_have_their_stack_and_no_signals,
    };
    return run_tests("pool", tests, COUNT_OF(tests));
}
