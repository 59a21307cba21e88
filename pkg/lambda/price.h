/*
 * What Lambda costs on demand: prices by region (prices.def) and the arithmetic of a monthly bill.
 * All of it is whole numbers.  Money is counted in units of 1e-10 dollars, as AWS's price list has
 * ten decimals; use is counted in MB-milliseconds, of which a GB-second has 1,024,000.
 *
 * Sources: AWS Compute Blog, "Introducing tiered pricing for AWS Lambda"; Price List API, offer
 * AWSLambda, publication 2026-09-19; aws.amazon.com/lambda/pricing: duration counts in steps of
 * 1 ms, tiers count by architecture, region and account.
 */
#ifndef PL_PKG_LAMBDA_PRICE_H
#define PL_PKG_LAMBDA_PRICE_H

#include "pkg/lambda/runtimes.h"

/* The publication that the newest rows come from. */
#define PL_PRICE_DATE "2026-09-19"

#define PL_PRICE_DOLLAR    UINT64_C(10000000000)
#define PL_PRICE_GB_SECOND UINT64_C(1024000)

/* Every month, for the whole account, both architectures together. */
#define PL_PRICE_FREE_REQUESTS   UINT64_C(1000000)
#define PL_PRICE_FREE_GB_SECONDS UINT64_C(400000)
/* What every function has of ephemeral storage at no cost. */
#define PL_PRICE_FREE_STORAGE_MB UINT64_C(512)

enum { PL_PRICE_TIERS = 3, PL_PRICE_ARCHES = PL_ARCH_ARM64 + 1 };

/* Per unit, in 1e-10 dollars. */
struct pl_price {
    const char *region;
    uint64_t request;
    uint64_t duration[PL_PRICE_ARCHES][PL_PRICE_TIERS]; /* a GB-second, by enum pl_arch; 0: our
                                                           sources do not say */
    uint64_t storage;                                   /* a GB-second above 512 MB */
    const char *source;
};

size_t pl_price_count(void);
const struct pl_price *pl_price_at(size_t index); /* sorted by region */
const struct pl_price *pl_price_find(struct pl_slice region);
/* Where a tier ends, in GB-seconds of one architecture a month; UINT64_MAX for the last one. */
uint64_t pl_price_tier_end(enum pl_arch arch, unsigned tier);

/* What is used in a month. */
struct pl_usage {
    uint64_t requests;
    uint64_t duration[PL_PRICE_ARCHES]; /* MB-milliseconds, by enum pl_arch */
    uint64_t storage;                   /* MB-milliseconds above 512 MB */
};

struct pl_usage_part {
    enum pl_arch arch; /* known */
    uint64_t memory_mb, storage_mb;
    uint64_t requests, ms; /* how many, and how long each takes: at least 1 ms */
};

enum {
    PL_USAGE_MAX_MS = 5400000, /* the longest that any function may take */
    PL_USAGE_MAX_MB = 32768
};
/* Of all functions together; far above what any account is billed for. */
#define PL_USAGE_MAX_REQUESTS UINT64_C(1000000000000000)

/* False, with nothing changed, when it is more than we can count. */
bool pl_usage_add(struct pl_usage *usage, const struct pl_usage_part *part);

/* A month's bill, in 1e-10 dollars; each part is rounded to the nearest unit. */
struct pl_bill {
    uint64_t requests, duration, storage, total;
    bool is_flat; /* use is beyond the first tier, and the others' prices are not known: it counts
                     at the first one's */
};

/* `with_free`: the account's free requests and GB-seconds are taken off first, the latter from both
 * architectures in proportion. */
struct pl_bill pl_price_bill(const struct pl_price *price, const struct pl_usage *usage,
                             bool with_free);

#endif
