#include "pkg/lambda/price.h"
#include "run.h"

#include <string.h>

/* GB-seconds by requests of one second with one GB. */
static struct pl_usage used(enum pl_arch arch, uint64_t gb_seconds)
{
    struct pl_usage usage = {.requests = 0};
    const struct pl_usage_part part = {
        .arch = arch, .memory_mb = 1024, .storage_mb = 512, .requests = gb_seconds, .ms = 1000};
    ck_assert(pl_usage_add(&usage, &part));
    usage.requests = 0; /* durations only */
    return usage;
}

static const struct pl_price *virginia(void)
{
    const struct pl_price *price = pl_price_find(PL_SLICE("us-east-1"));
    ck_assert_ptr_nonnull(price);
    return price;
}

static uint64_t duration(enum pl_arch arch, uint64_t gb_seconds, bool with_free)
{
    const struct pl_usage usage = used(arch, gb_seconds);
    return pl_price_bill(virginia(), &usage, with_free).duration;
}

START_TEST(a_dollar_is_sixty_thousand_gb_seconds)
{
    ck_assert_uint_eq(duration(PL_ARCH_X86_64, 1, false), 166667);
    /* 60,000 * 0.0000166667 = 1.000002, and not 600,000 */
    ck_assert_uint_eq(duration(PL_ARCH_X86_64, 60000, false), 10000020000);
    ck_assert_uint_eq(duration(PL_ARCH_X86_64, 600000, false), 100000200000);
}
END_TEST

START_TEST(the_free_tier_ends_at_its_last_gb_second)
{
    ck_assert_uint_eq(duration(PL_ARCH_X86_64, 399999, true), 0);
    ck_assert_uint_eq(duration(PL_ARCH_X86_64, 400000, true), 0);
    ck_assert_uint_eq(duration(PL_ARCH_X86_64, 400001, true), 166667);
    ck_assert_uint_eq(duration(PL_ARCH_ARM64, 400000, true), 0);
    ck_assert_uint_eq(duration(PL_ARCH_ARM64, 400001, true), 133334);
}
END_TEST

START_TEST(the_free_tier_ends_at_its_last_request)
{
    struct pl_usage usage = {.requests = 1000000};
    ck_assert_uint_eq(pl_price_bill(virginia(), &usage, true).total, 0);
    ck_assert_uint_eq(pl_price_bill(virginia(), &usage, false).total, 2000000000);
    usage.requests++;
    ck_assert_uint_eq(pl_price_bill(virginia(), &usage, true).total, 2000);
    usage.requests = 999999;
    ck_assert_uint_eq(pl_price_bill(virginia(), &usage, true).total, 0);
}
END_TEST

/* Both architectures have one free tier between them. */
START_TEST(architectures_share_the_free_tier)
{
    struct pl_usage usage = used(PL_ARCH_X86_64, 200000);
    usage.duration[PL_ARCH_ARM64] = 200000 * PL_PRICE_GB_SECOND;
    ck_assert_uint_eq(pl_price_bill(virginia(), &usage, true).total, 0);
    usage.duration[PL_ARCH_X86_64] = 400000 * PL_PRICE_GB_SECOND;
    usage.duration[PL_ARCH_ARM64] = 400000 * PL_PRICE_GB_SECOND;
    ck_assert_uint_eq(pl_price_bill(virginia(), &usage, true).total,
                      UINT64_C(200000) * (166667 + 133334));
}
END_TEST

/* architecture, GB-seconds up to and including a boundary, price of the next one */
static const struct {
    enum pl_arch arch;
    uint64_t end, cost_to_end, next;
} tiers[] = {
    {PL_ARCH_X86_64, 6000000000, UINT64_C(6000000000) * 166667, 150000},
    {PL_ARCH_X86_64, 15000000000, UINT64_C(6000000000) * 166667 + UINT64_C(9000000000) * 150000,
     133334},
    {PL_ARCH_ARM64, 7500000000, UINT64_C(7500000000) * 133334, 120001},
    {PL_ARCH_ARM64, 18750000000, UINT64_C(7500000000) * 133334 + UINT64_C(11250000000) * 120001,
     106667},
};

START_TEST(tiers_change_behind_their_last_gb_second)
{
    for (size_t i = 0; i < sizeof tiers / sizeof *tiers; i++) {
        enum pl_arch arch = tiers[i].arch;
        uint64_t end = tiers[i].end;
        uint64_t sum = tiers[i].cost_to_end;
        ck_assert_uint_eq(duration(arch, end, false), sum);
        ck_assert_uint_eq(duration(arch, end + 1, false), sum + tiers[i].next);
        ck_assert_uint_eq(duration(arch, end + 1000, false), sum + 1000 * tiers[i].next);
    }
}
END_TEST

START_TEST(storage_costs_above_512_mb)
{
    struct pl_usage usage = {.requests = 0};
    struct pl_usage_part part = {
        .arch = PL_ARCH_X86_64, .memory_mb = 1024, .storage_mb = 512, .requests = 1000, .ms = 1000};
    ck_assert(pl_usage_add(&usage, &part));
    ck_assert_uint_eq(pl_price_bill(virginia(), &usage, false).storage, 0);
    part.storage_mb = 513;
    ck_assert(pl_usage_add(&usage, &part));
    /* 1,000 MB-seconds are 0.9765625 GB-seconds at 309 */
    ck_assert_uint_eq(pl_price_bill(virginia(), &usage, false).storage, 302);
    usage = (struct pl_usage){.requests = 0};
    part.storage_mb = 10240;
    part.memory_mb = 10240;
    part.requests = 1;
    part.ms = 363796;
    ck_assert(pl_usage_add(&usage, &part));
    struct pl_bill bill = pl_price_bill(virginia(), &usage, false);
    /* 363.796 s of 10 GB, and of 9.5 GB of storage: 0.060632788 and 0.000106792 dollars */
    ck_assert_uint_eq(bill.duration, 606327879);
    ck_assert_uint_eq(bill.storage, 1067923);
    ck_assert_uint_eq(bill.total, bill.requests + bill.duration + bill.storage);
}
END_TEST

START_TEST(what_cannot_be_counted_changes_nothing)
{
    struct pl_usage usage = {.requests = 5};
    const struct pl_usage before = usage;
    const struct pl_usage_part bad[] = {
        {PL_ARCH_UNKNOWN, 128, 512, 1, 1},
        {PL_ARCH_ARM64, 128, 512, PL_USAGE_MAX_REQUESTS, 1},
        {PL_ARCH_ARM64, 128, 512, UINT64_MAX, 1},
        {PL_ARCH_ARM64, UINT64_MAX, 512, 1, 1},
        {PL_ARCH_ARM64, 128, UINT64_MAX, 1, 1},
        {PL_ARCH_ARM64, 128, 512, 1, UINT64_MAX},
        {PL_ARCH_ARM64, PL_USAGE_MAX_MB, 512, PL_USAGE_MAX_REQUESTS - 5, PL_USAGE_MAX_MS},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        ck_assert(!pl_usage_add(&usage, &bad[i]));
        ck_assert_mem_eq(&usage, &before, sizeof usage);
    }
    const struct pl_usage_part much = {PL_ARCH_ARM64, 10240, 10240, 1000000000, 900000};
    ck_assert(pl_usage_add(&usage, &much));
    ck_assert(!pl_usage_add(&usage, &much)); /* 2^63 MB-milliseconds and no more */
}
END_TEST

START_TEST(every_region_is_whole)
{
    ck_assert_uint_gt(pl_price_count(), 20);
    for (size_t i = 0; i < pl_price_count(); i++) {
        const struct pl_price *price = pl_price_at(i);
        ck_assert(i == 0 || strcmp(pl_price_at(i - 1)->region, price->region) < 0);
        ck_assert_ptr_eq(pl_price_find(pl_slice_of(price->region)), price);
        ck_assert_uint_gt(price->request, 0);
        ck_assert_uint_gt(price->storage, 0);
        ck_assert_uint_gt(strlen(price->source), 0);
        for (int arch = PL_ARCH_X86_64; arch < PL_PRICE_ARCHES; arch++) {
            const uint64_t *tier = price->duration[arch];
            ck_assert_uint_gt(tier[0], 0);
            ck_assert((tier[1] == 0 && tier[2] == 0) || (tier[0] > tier[1] && tier[1] > tier[2]));
        }
        ck_assert_uint_gt(price->duration[PL_ARCH_X86_64][0], price->duration[PL_ARCH_ARM64][0]);
    }
    ck_assert_ptr_null(pl_price_at(pl_price_count()));
    ck_assert_ptr_null(pl_price_find(PL_SLICE("mars-1")));
}
END_TEST

/* Where our sources name the first tier only, the bill says that it counts for all. */
START_TEST(an_unknown_tier_is_said)
{
    const struct pl_price *milan = pl_price_find(PL_SLICE("eu-south-1"));
    struct pl_usage usage = used(PL_ARCH_X86_64, 6000000000);
    struct pl_bill bill = pl_price_bill(milan, &usage, false);
    ck_assert(!bill.is_flat);
    usage = used(PL_ARCH_X86_64, 6000000001);
    bill = pl_price_bill(milan, &usage, false);
    ck_assert(bill.is_flat);
    ck_assert_uint_eq(bill.duration, UINT64_C(6000000001) * 195172);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_dollar_is_sixty_thousand_gb_seconds,
        the_free_tier_ends_at_its_last_gb_second,
        the_free_tier_ends_at_its_last_request,
        architectures_share_the_free_tier,
        tiers_change_behind_their_last_gb_second,
        storage_costs_above_512_mb,
        what_cannot_be_counted_changes_nothing,
        every_region_is_whole,
        an_unknown_tier_is_said,
    };
    return run_tests("lambda_price", tests, COUNT_OF(tests));
}
