/* The report of `cost` for people. */
#include "cmd/cost.h"
#include "pkg/base/limits.h"
#include "pkg/base/text.h"

#include <stdio.h>
#include <string.h>

/* "$1,234.50"; what is there and below a cent is "<$0.01". */
struct money {
    char text[PL_COUNT_TEXT + 8];
};

static struct money money(uint64_t units)
{
    struct money ret;
    char whole[PL_COUNT_TEXT];
    uint64_t cents = (units + PL_PRICE_DOLLAR / 200) / (PL_PRICE_DOLLAR / 100);
    int n = units > 0 && cents == 0
                ? snprintf(ret.text, sizeof ret.text, "<$0.01")
                : snprintf(ret.text, sizeof ret.text, "$%s.%02u", pl_count_text(cents / 100, whole),
                           (unsigned)(cents % 100));
    if (n < 0) {
        ret.text[0] = '\0';
    }
    return ret;
}

static struct money size_text(uint64_t mb)
{
    struct money ret;
    if (snprintf(ret.text, sizeof ret.text, mb ? "%llu MB" : "?", (unsigned long long)mb) < 0) {
        ret.text[0] = '\0';
    }
    return ret;
}

/* The names' column fits its names, up to a bound. */
static int name_width(const struct pl_cost *cost)
{
    size_t width = strlen("FUNCTION");
    for (size_t i = 0; i < cost->n; i++) {
        width = cost->row[i].fn->id.len > width ? cost->row[i].fn->id.len : width;
    }
    return (int)(width < 48 ? width : 48);
}

static PL_STATUS put_name(struct pl_buf *to, struct pl_slice id, int width, struct pl_err *err)
{
    struct pl_buf safe PL_CLEANUP(pl_buf_done) = {.max = PL_MB(1)};
    enum pl_status status = pl_text_escape(&safe, id, err);
    return status ? status : pl_buf_fmt(to, err, "%-*s", width, safe.data ? safe.data : "");
}

static PL_STATUS put_row(const struct pl_cost *cost, const struct pl_cost_row *row, int width,
                         struct pl_buf *to, struct pl_err *err)
{
    char gbs[PL_COUNT_TEXT];
    /* At most 10^15 requests, of which the sum was counted. */
    uint64_t whole = row->memory_mb * row->ms * cost->requests / PL_PRICE_GB_SECOND;
    enum pl_status status = put_name(to, row->fn->id, width, err);
    if (status) {
        return status;
    }
    status = pl_buf_fmt(to, err, "  %8s  %-7s  %8s  ", size_text(row->memory_mb).text,
                        row->arch == PL_ARCH_UNKNOWN ? "?" : pl_arch_name(row->arch),
                        size_text(row->storage_mb).text);
    if (status) {
        return status;
    }
    if (row->why) {
        return pl_buf_fmt(to, err, "not counted: %s: %s\n", row->what, row->why);
    }
    status = pl_buf_fmt(to, err, "%14s  %10s  %11s  %10s  %11s", pl_count_text(whole, gbs),
                        money(row->bill.requests).text, money(row->bill.duration).text,
                        row->bill.storage > 0 ? money(row->bill.storage).text : "-",
                        money(row->bill.total).text);
    if (!status && row->is_cut) {
        status =
            pl_buf_fmt(to, err, "  ends after %llu ms: its timeout", (unsigned long long)row->ms);
    }
    if (!status && !row->counts) {
        status = pl_buf_text(to, "  under other conditions", err);
    }
    return status ? status : pl_buf_byte(to, '\n', err);
}

/* What comes off the sum. */
static PL_STATUS put_less(struct pl_buf *to, int all, const char *what, uint64_t units,
                          struct pl_err *err)
{
    struct money less = money(units);
    char text[sizeof less.text + 1];
    return snprintf(text, sizeof text, "%s%s", units > 0 ? "-" : "", less.text) < 0
               ? pl_err_set(err, PL_ERR_INTERNAL, "a sum cannot be written")
               : pl_buf_fmt(to, err, "%-*s%11s\n", all - 11, what, text);
}

static PL_STATUS put_sum(const struct pl_cost *cost, int width, struct pl_buf *to,
                         struct pl_err *err)
{
    const int all = width + 90;
    uint64_t rows = 0;
    for (size_t i = 0; i < cost->n; i++) {
        rows += cost->row[i].counts ? cost->row[i].bill.total : 0;
    }
    if (cost->n_unknown == cost->n_function) {
        return pl_buf_text(to, "\nSo what a month costs is not known.\n", err);
    }
    enum pl_status status = pl_buf_byte(to, '\n', err);
    if (!status && rows > cost->list.total) {
        status = put_less(to, all, "Tiers count for all functions together",
                          rows - cost->list.total, err);
    }
    if (!status) {
        status = pl_buf_fmt(to, err, "%-*s%11s\n", all - 11, "Sum", money(cost->list.total).text);
    }
    if (!status && !cost->lint.options->no_free_tier) {
        status = put_less(to, all, "Free each month: 1,000,000 requests and 400,000 GB-seconds",
                          cost->list.total - cost->month.total, err);
    }
    if (!status) {
        status =
            pl_buf_fmt(to, err, "%-*s%11s\n", all - 11, "A month", money(cost->month.total).text);
    }
    if (!status && cost->n_unknown > 0) {
        status = pl_buf_fmt(to, err, "%zu of %zu function%s not in it.\n", cost->n_unknown,
                            cost->n_function,
                            cost->n_unknown > 1    ? "s are"
                            : cost->n_function > 1 ? "s is"
                                                   : " is");
    }
    return status;
}

/* Who has this size, behind its row. */
static PL_STATUS put_owners(const struct pl_cost *cost, uint64_t memory_mb, struct pl_buf *to,
                            struct pl_err *err)
{
    enum pl_status status = PL_OK;
    size_t n = 0;
    for (size_t i = 0; !status && i < cost->n; i++) {
        const struct pl_cost_row *row = &cost->row[i];
        if (row->memory_mb != memory_mb || row->arch == PL_ARCH_UNKNOWN) {
            continue;
        }
        n++;
        if (n > 3) {
            continue;
        }
        status = pl_buf_text(to, n == 1 ? "  < " : ", ", err);
        if (!status) {
            status = put_name(to, row->fn->id, 0, err);
        }
        if (!status) {
            status = pl_buf_fmt(to, err, " (%s)", pl_arch_name(row->arch));
        }
    }
    return status || n <= 3 ? status : pl_buf_fmt(to, err, " and %zu more", n - 3);
}

static PL_STATUS put_table(const struct pl_cost *cost, struct pl_buf *to, struct pl_err *err)
{
    uint64_t sizes[PL_COST_SIZES];
    size_t n = pl_cost_sizes(cost, sizes);
    enum pl_status status =
        pl_buf_fmt(to, err, "\nOne function at each size, without what is free:\n%-9s%13s%13s\n",
                   "MEMORY", "x86_64", "arm64");
    for (size_t i = 0; i < n && !status; i++) {
        uint64_t x86 = 0;
        uint64_t arm = 0;
        if (!pl_cost_of_size(cost, sizes[i], PL_ARCH_X86_64, &x86) ||
            !pl_cost_of_size(cost, sizes[i], PL_ARCH_ARM64, &arm)) {
            break; /* larger ones are more than can be counted */
        }
        status = pl_buf_fmt(to, err, "%-9s%13s%13s", size_text(sizes[i]).text, money(x86).text,
                            money(arm).text);
        if (!status) {
            status = put_owners(cost, sizes[i], to, err);
        }
        if (!status) {
            status = pl_buf_byte(to, '\n', err);
        }
    }
    return status;
}

static PL_STATUS put_notes(const struct pl_cost *cost, struct pl_buf *to, struct pl_err *err)
{
    size_t n_edge = 0;
    size_t n_provisioned = 0;
    for (size_t i = 0; i < cost->n; i++) {
        n_edge += cost->row[i].counts && cost->row[i].is_edge;
        n_provisioned += cost->row[i].counts && cost->row[i].is_provisioned;
    }
    enum pl_status status = pl_buf_fmt(
        to, err,
        "\nMore memory is more CPU: a function that it makes faster costs less than its row.\n"
        "Prices of %s: %s.\n",
        cost->price->region, cost->price->source);
    if (!status && cost->month.is_flat) {
        status = pl_buf_text(to,
                             "Use is beyond the first tier, whose price counts for all of it: "
                             "those of the others are not known here.\n",
                             err);
    }
    if (!status && n_edge > 0) {
        status = pl_buf_fmt(to, err, "Called by CloudFront, which has prices of its own: %zu.\n",
                            n_edge);
    }
    if (!status && n_provisioned > 0) {
        status = pl_buf_fmt(to, err, "With provisioned concurrency, which is not counted: %zu.\n",
                            n_provisioned);
    }
    return status ? status
                  : pl_buf_text(to,
                                "What is free is the whole account's. Not counted: starts, logs, "
                                "data transfer, SnapStart, and "
                                "what calls the functions.\n",
                                err);
}

/* Where the prices are not those of what the inputs name. */
static PL_STATUS put_region(const struct pl_cost *cost, struct pl_buf *to, struct pl_err *err)
{
    struct pl_buf safe PL_CLEANUP(pl_buf_done) = {.max = PL_MB(1)};
    const char *region = cost->price->region;
    enum pl_status status = pl_buf_fmt(to, err, ", %s", region);
    if (status || cost->lint.options->region || cost->region.len == 0) {
        return status;
    }
    if (cost->is_mixed) {
        return pl_buf_text(to, ", though they are in several regions", err);
    }
    if (pl_slice_is(cost->region, region)) {
        return PL_OK;
    }
    status = pl_text_escape(&safe, cost->region, err);
    return status ? status : pl_buf_fmt(to, err, ", as no prices of %s are known", safe.data);
}

/* What was not said, and so taken. */
static PL_STATUS put_taken(const struct pl_cost *cost, struct pl_buf *to, struct pl_err *err)
{
    const struct pl_options *options = cost->lint.options;
    bool is_guess = !options->region && (cost->region.len == 0 || cost->is_mixed ||
                                         !pl_slice_is(cost->region, cost->price->region));
    const char *const option[] = {options->requests ? NULL : "--requests",
                                  options->duration ? NULL : "--duration",
                                  is_guess ? "--region" : NULL};
    enum pl_status status = PL_OK;
    bool is_first = true;
    for (size_t i = 0; !status && i < sizeof option / sizeof *option; i++) {
        if (option[i]) {
            status = pl_buf_fmt(to, err, "%s%s", is_first ? " (else say " : ", ", option[i]);
            is_first = false;
        }
    }
    return status || is_first ? status : pl_buf_byte(to, ')', err);
}

PL_STATUS pl_cost_text(const struct pl_cost *cost, struct pl_buf *to, struct pl_err *err)
{
    char requests[PL_COUNT_TEXT];
    char ms[PL_COUNT_TEXT];
    int width = name_width(cost);
    enum pl_status status = pl_buf_fmt(
        to, err, "%zu function%s, each with %s request%s a month of %s ms", cost->n_function,
        cost->n_function == 1 ? "" : "s", pl_count_text(cost->requests, requests),
        cost->requests == 1 ? "" : "s", pl_count_text(cost->ms, ms));
    if (!status) {
        status = put_region(cost, to, err);
    }
    if (!status) {
        status = put_taken(cost, to, err);
    }
    if (!status) {
        status = pl_buf_fmt(to, err, "\n\n%-*s  %8s  %-7s  %8s  %14s  %10s  %11s  %10s  %11s\n",
                            width, "FUNCTION", "MEMORY", "ARCH", "STORAGE", "GB-SECONDS",
                            "REQUESTS", "DURATION", "STORAGE", "A MONTH");
    }
    for (size_t i = 0; !status && i < cost->n; i++) {
        status = put_row(cost, &cost->row[i], width, to, err);
    }
    if (!status) {
        status = put_sum(cost, width, to, err);
    }
    if (!status) {
        status = put_table(cost, to, err);
    }
    return status ? status : put_notes(cost, to, err);
}
