#include "pkg/base/pool.h"

#include <limits.h>
#include <signal.h>
#include <stdbool.h>

enum { PL_POOL_WORKERS_MAX = 64 };

/* Instrumented frames are several times as large. */
#if defined(__SANITIZE_ADDRESS__)
#    define PL_STACK_FACTOR 4
#elif defined(__has_feature)
#    if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
#        define PL_STACK_FACTOR 4
#    endif
#endif
#ifndef PL_STACK_FACTOR
#    define PL_STACK_FACTOR 1
#endif

struct pool {
    pl_pool_fn fn;
    void *ctx;
    size_t n;
    pthread_mutex_t lock; /* of everything below */
    size_t next;
    size_t failed_index;
    bool failed;
    struct pl_err err; /* of failed_index */
};

struct worker {
    struct pool *pool;
    unsigned id;
    pthread_t thread;
};

static bool take_item(struct pool *pool, size_t *ret)
{
    (void)pthread_mutex_lock(&pool->lock);
    bool more = !pool->failed && pool->next < pool->n;
    if (more) {
        *ret = pool->next++;
    }
    (void)pthread_mutex_unlock(&pool->lock);
    return more;
}

static void note_failure(struct pool *pool, size_t index, const struct pl_err *err)
{
    (void)pthread_mutex_lock(&pool->lock);
    if (!pool->failed || index < pool->failed_index) {
        pool->failed = true;
        pool->failed_index = index;
        pool->err = *err;
    }
    (void)pthread_mutex_unlock(&pool->lock);
}

static void *work(void *arg)
{
    const struct worker *worker = arg;
    struct pool *pool = worker->pool;
    size_t index = 0;
    while (take_item(pool, &index)) {
        struct pl_err err = {.code = PL_OK};
        if (pool->fn(pool->ctx, worker->id, index, &err) == PL_OK) {
            continue;
        }
        if (err.code == PL_OK) {
            pl_ignore(pl_err_set(&err, PL_ERR_INTERNAL, "a failure without an error"),
                      "kept by note_failure");
        }
        note_failure(pool, index, &err);
    }
    return NULL;
}

enum pl_status pl_pool_for(unsigned workers, size_t n, pl_pool_fn fn, void *ctx, struct pl_err *err)
{
    struct pool pool = {.fn = fn, .ctx = ctx, .n = n};
    int sys = pthread_mutex_init(&pool.lock, NULL);
    if (sys != 0) {
        return pl_err_sys(err, sys, "a lock cannot be made");
    }
    if (workers > PL_POOL_WORKERS_MAX) {
        workers = PL_POOL_WORKERS_MAX;
    }
    if (workers > n) {
        workers = (unsigned)n;
    }
    struct worker worker[PL_POOL_WORKERS_MAX];
    unsigned started = 1; /* the caller's thread is worker 0 */
    worker[0] = (struct worker){.pool = &pool};
    for (; started < workers; started++) {
        worker[started] = (struct worker){.pool = &pool, .id = started};
        if (pl_thread_start(&worker[started].thread, work, &worker[started]) != 0) {
            break;
        }
    }
    (void)work(&worker[0]);
    for (unsigned i = 1; i < started; i++) {
        (void)pthread_join(worker[i].thread, NULL);
    }
    (void)pthread_mutex_destroy(&pool.lock);
    if (pool.failed) {
        *err = pool.err;
        return err->code;
    }
    return PL_OK;
}

int pl_thread_start(pthread_t *ret, void *(*fn)(void *), void *arg)
{
    size_t stack = (size_t)PL_POOL_STACK * PL_STACK_FACTOR;
    if (stack < (size_t)PTHREAD_STACK_MIN) {
        stack = (size_t)PTHREAD_STACK_MIN;
    }
    pthread_attr_t attr;
    int sys = pthread_attr_init(&attr);
    if (sys != 0) {
        return sys;
    }
    sys = pthread_attr_setstacksize(&attr, stack);
    if (sys == 0) {
        /* Signals are the caller's: a worker must not run its handlers. */
        sigset_t all;
        sigset_t old;
        (void)sigfillset(&all);
        (void)pthread_sigmask(SIG_SETMASK, &all, &old);
        sys = pthread_create(ret, &attr, fn, arg);
        (void)pthread_sigmask(SIG_SETMASK, &old, NULL);
    }
    (void)pthread_attr_destroy(&attr);
    return sys;
}
