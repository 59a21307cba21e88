#include "pkg/lambda/price.h"

#define TIERS(first, second, third) \
    {                               \
        first, second, third        \
    }
static const struct pl_price prices[] = {
#define PL_PRICE(region, request, x86_64, arm64, storage, source) \
    {region, request, {[PL_ARCH_X86_64] = x86_64, [PL_ARCH_ARM64] = arm64}, storage, source},
#include "pkg/lambda/prices.def"
#undef PL_PRICE
};
#undef TIERS

size_t pl_price_count(void)
{
    return sizeof prices / sizeof *prices;
}

const struct pl_price *pl_price_at(size_t index)
{
    return index < pl_price_count() ? &prices[index] : NULL;
}

const struct pl_price *pl_price_find(struct pl_slice region)
{
    for (size_t i = 0; i < pl_price_count(); i++) {
        if (pl_slice_is(region, prices[i].region)) {
            return &prices[i];
        }
    }
    return NULL;
}

/* Compute Blog: x86 6 and 15 thousand million GB-seconds, Arm 7.5 and 18.75. */
uint64_t pl_price_tier_end(enum pl_arch arch, unsigned tier)
{
    static const uint64_t ends[PL_PRICE_ARCHES][PL_PRICE_TIERS - 1] = {
        [PL_ARCH_X86_64] = {UINT64_C(6000000000), UINT64_C(15000000000)},
        [PL_ARCH_ARM64] = {UINT64_C(7500000000), UINT64_C(18750000000)}};
    return tier + 1 < PL_PRICE_TIERS ? ends[arch][tier] : UINT64_MAX;
}

/* Products of a bill stay below 2^64 up to here: 2^63 MB-milliseconds are 9e12 GB-seconds. */
#define MOST_MB_MS (UINT64_C(1) << 63)

static bool product(uint64_t mb, const struct pl_usage_part *part, uint64_t *ret)
{
    uint64_t one = mb * part->ms; /* at most 2^15 * 2^23 */
    if (one > 0 && part->requests > MOST_MB_MS / one) {
        return false;
    }
    *ret = one * part->requests;
    return true;
}

bool pl_usage_add(struct pl_usage *usage, const struct pl_usage_part *part)
{
    uint64_t duration = 0;
    uint64_t storage = 0;
    uint64_t above = part->storage_mb > PL_PRICE_FREE_STORAGE_MB
                         ? part->storage_mb - PL_PRICE_FREE_STORAGE_MB
                         : 0;
    if (part->arch == PL_ARCH_UNKNOWN || part->ms > PL_USAGE_MAX_MS ||
        part->memory_mb > PL_USAGE_MAX_MB || above > PL_USAGE_MAX_MB ||
        usage->requests > PL_USAGE_MAX_REQUESTS ||
        part->requests > PL_USAGE_MAX_REQUESTS - usage->requests ||
        !product(part->memory_mb, part, &duration) || !product(above, part, &storage) ||
        duration > MOST_MB_MS - usage->duration[part->arch] ||
        storage > MOST_MB_MS - usage->storage) {
        return false;
    }
    usage->requests += part->requests;
    usage->duration[part->arch] += duration;
    usage->storage += storage;
    return true;
}

/* MB-milliseconds at a price per GB-second, rounded half up. */
static uint64_t money(uint64_t mb_ms, uint64_t price)
{
    uint64_t whole = mb_ms / PL_PRICE_GB_SECOND;
    uint64_t rest = mb_ms % PL_PRICE_GB_SECOND;
    return whole * price + (rest * price + PL_PRICE_GB_SECOND / 2) / PL_PRICE_GB_SECOND;
}

static uint64_t duration_money(const uint64_t price[PL_PRICE_TIERS], enum pl_arch arch,
                               uint64_t mb_ms, bool *is_flat)
{
    uint64_t sum = 0;
    uint64_t from = 0;
    for (unsigned tier = 0; tier < PL_PRICE_TIERS && mb_ms > from; tier++) {
        uint64_t end = pl_price_tier_end(arch, tier);
        uint64_t to = end > MOST_MB_MS / PL_PRICE_GB_SECOND ? UINT64_MAX : end * PL_PRICE_GB_SECOND;
        to = mb_ms < to ? mb_ms : to;
        *is_flat = *is_flat || price[tier] == 0;
        sum += money(to - from, price[tier] ? price[tier] : price[0]);
        from = to;
    }
    return sum;
}

/* The share of the free GB-seconds that one of two sums gets. */
static uint64_t free_share(uint64_t mine, uint64_t other)
{
    uint64_t all = PL_PRICE_FREE_GB_SECONDS * PL_PRICE_GB_SECOND;
    if (mine <= all && other <= all - mine) {
        return mine;
    }
    while (mine >= (UINT64_C(1) << 23) || other >= (UINT64_C(1) << 23)) {
        mine >>= 1;
        other >>= 1;
    }
    return all * mine / (mine + other); /* below 2^39 * 2^23 */
}

struct pl_bill pl_price_bill(const struct pl_price *price, const struct pl_usage *usage,
                             bool with_free)
{
    struct pl_bill bill = {.requests = usage->requests};
    uint64_t x86 = usage->duration[PL_ARCH_X86_64];
    uint64_t arm = usage->duration[PL_ARCH_ARM64];
    if (with_free) {
        uint64_t free_x86 = free_share(x86, arm);
        uint64_t free_arm = free_share(arm, x86);
        x86 -= free_x86 < x86 ? free_x86 : x86;
        arm -= free_arm < arm ? free_arm : arm;
        bill.requests -=
            bill.requests < PL_PRICE_FREE_REQUESTS ? bill.requests : PL_PRICE_FREE_REQUESTS;
    }
    bill.requests *= price->request;
    bill.duration =
        duration_money(price->duration[PL_ARCH_X86_64], PL_ARCH_X86_64, x86, &bill.is_flat) +
        duration_money(price->duration[PL_ARCH_ARM64], PL_ARCH_ARM64, arm, &bill.is_flat);
    bill.storage = money(usage->storage, price->storage);
    bill.total = bill.requests + bill.duration + bill.storage;
    return bill;
}
