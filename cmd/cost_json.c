/* The report of `cost` for machines. */
#include "cmd/cost.h"
#include "pkg/base/jsonw.h"
#include "pkg/base/version.h"

enum { DECIMALS = 10 }; /* PL_PRICE_DOLLAR */

static void put_number(struct pl_jsonw *w, const char *key, uint64_t value)
{
    if (value > 0) {
        pl_jsonw_u64(w, key, value);
    } else {
        pl_jsonw_null(w, key);
    }
}

/* NULL: it is not known. */
static void put_bill(struct pl_jsonw *w, const char *key, const struct pl_bill *bill)
{
    if (!bill) {
        pl_jsonw_null(w, key);
        return;
    }
    pl_jsonw_object(w, key);
    pl_jsonw_decimal(w, "requests", bill->requests, DECIMALS);
    pl_jsonw_decimal(w, "duration", bill->duration, DECIMALS);
    pl_jsonw_decimal(w, "ephemeral_storage", bill->storage, DECIMALS);
    pl_jsonw_decimal(w, "total", bill->total, DECIMALS);
    pl_jsonw_close_object(w);
}

static void put_row(struct pl_jsonw *w, const struct pl_cost_row *row)
{
    const struct pl_project *project = row->project;
    struct pl_pos at = row->fn->at;
    pl_jsonw_object(w, NULL);
    pl_jsonw_slice(w, "function", row->fn->id);
    if (at.file > 0 && at.file <= project->n_file) {
        pl_jsonw_slice(w, "file", project->file[at.file - 1].path);
        pl_jsonw_u64(w, "line", at.line);
    } else {
        pl_jsonw_slice(w, "file", row->fn->package.text);
        pl_jsonw_null(w, "line");
    }
    put_number(w, "memory_mb", row->memory_mb);
    pl_jsonw_text(w, "architecture", row->arch == PL_ARCH_UNKNOWN ? NULL : pl_arch_name(row->arch));
    put_number(w, "ephemeral_storage_mb", row->storage_mb);
    pl_jsonw_u64(w, "billed_ms", row->ms);
    pl_jsonw_bool(w, "ends_by_timeout", row->is_cut);
    pl_jsonw_bool(w, "edge", row->is_edge);
    pl_jsonw_bool(w, "provisioned_concurrency", row->is_provisioned);
    pl_jsonw_bool(w, "counted", row->counts);
    pl_jsonw_text(w, "unknown", row->what);
    pl_jsonw_text(w, "reason", row->why);
    put_bill(w, "usd", row->why ? NULL : &row->bill);
    pl_jsonw_close_object(w);
}

static void put_price(struct pl_jsonw *w, const struct pl_price *price)
{
    pl_jsonw_object(w, "prices");
    pl_jsonw_text(w, "region", price->region);
    pl_jsonw_text(w, "source", price->source);
    pl_jsonw_decimal(w, "request", price->request, DECIMALS);
    for (int arch = PL_ARCH_X86_64; arch < PL_PRICE_ARCHES; arch++) {
        pl_jsonw_array(w, pl_arch_name((enum pl_arch)arch));
        for (unsigned tier = 0; tier < PL_PRICE_TIERS && price->duration[arch][tier]; tier++) {
            uint64_t end = pl_price_tier_end((enum pl_arch)arch, tier);
            pl_jsonw_object(w, NULL);
            pl_jsonw_decimal(w, "gb_second", price->duration[arch][tier], DECIMALS);
            put_number(w, "up_to_gb_seconds", end == UINT64_MAX ? 0 : end);
            pl_jsonw_close_object(w);
        }
        pl_jsonw_close_array(w);
    }
    pl_jsonw_decimal(w, "ephemeral_storage_gb_second", price->storage, DECIMALS);
    pl_jsonw_u64(w, "free_requests", PL_PRICE_FREE_REQUESTS);
    pl_jsonw_u64(w, "free_gb_seconds", PL_PRICE_FREE_GB_SECONDS);
    pl_jsonw_close_object(w);
}

static void put_sizes(struct pl_jsonw *w, const struct pl_cost *cost)
{
    uint64_t sizes[PL_COST_SIZES];
    size_t n = pl_cost_sizes(cost, sizes);
    pl_jsonw_array(w, "sizes");
    for (size_t i = 0; i < n; i++) {
        uint64_t x86 = 0;
        uint64_t arm = 0;
        if (pl_cost_of_size(cost, sizes[i], PL_ARCH_X86_64, &x86) &&
            pl_cost_of_size(cost, sizes[i], PL_ARCH_ARM64, &arm)) {
            pl_jsonw_object(w, NULL);
            pl_jsonw_u64(w, "memory_mb", sizes[i]);
            pl_jsonw_decimal(w, "x86_64", x86, DECIMALS);
            pl_jsonw_decimal(w, "arm64", arm, DECIMALS);
            pl_jsonw_close_object(w);
        }
    }
    pl_jsonw_close_array(w);
}

PL_STATUS pl_cost_json(const struct pl_cost *cost, struct pl_buf *to, struct pl_err *err)
{
    struct pl_jsonw w;
    bool is_known = cost->n_unknown < cost->n_function;
    pl_jsonw_begin(&w, to, true, err);
    pl_jsonw_object(&w, NULL);
    pl_jsonw_text(&w, "schema", "plimsoll-cost/1");
    pl_jsonw_object(&w, "tool");
    pl_jsonw_text(&w, "name", "plimsoll");
    pl_jsonw_text(&w, "version", PL_VERSION);
    pl_jsonw_text(&w, "prices", PL_PRICE_DATE);
    pl_jsonw_close_object(&w);
    pl_jsonw_text(&w, "currency", "USD");
    pl_jsonw_text(&w, "region", cost->price->region);
    if (cost->region.len > 0 && !cost->is_mixed) {
        pl_jsonw_slice(&w, "input_region", cost->region);
    } else {
        pl_jsonw_null(&w, "input_region");
    }
    pl_jsonw_u64(&w, "requests", cost->requests);
    pl_jsonw_u64(&w, "duration_ms", cost->ms);
    pl_jsonw_bool(&w, "free_tier", !cost->lint.options->no_free_tier);
    put_price(&w, cost->price);
    pl_jsonw_array(&w, "functions");
    for (size_t i = 0; i < cost->n; i++) {
        put_row(&w, &cost->row[i]);
    }
    pl_jsonw_close_array(&w);
    pl_jsonw_u64(&w, "functions_counted", cost->n_function - cost->n_unknown);
    pl_jsonw_u64(&w, "functions_unknown", cost->n_unknown);
    put_bill(&w, "list_usd", is_known ? &cost->list : NULL);
    put_bill(&w, "month_usd", is_known ? &cost->month : NULL);
    pl_jsonw_bool(&w, "first_tier_for_all", cost->month.is_flat);
    put_sizes(&w, cost);
    pl_jsonw_close_object(&w);
    enum pl_status status = pl_jsonw_end(&w);
    return status ? status : pl_buf_byte(to, '\n', err);
}
