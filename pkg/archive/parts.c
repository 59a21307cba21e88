/* Stretches of an entry that is too large to be held whole. */
#include "pkg/archive/tree.h"

bool pl_parts_want(struct pl_parts *parts, uint64_t at, size_t n)
{
    if (parts->n == PL_PARTS_MAX || n == 0 || at > UINT64_MAX - n) {
        return false;
    }
    struct pl_part *part = &parts->part[parts->n++];
    part->at = at;
    pl_buf_init(&part->bytes, n);
    return true;
}

PL_STATUS pl_parts_keep(struct pl_parts *parts, uint64_t at, struct pl_slice bytes,
                        struct pl_err *err)
{
    for (uint32_t i = 0; i < parts->n; i++) {
        struct pl_part *part = &parts->part[i];
        uint64_t next = part->at + part->bytes.len;
        if (part->bytes.len == part->bytes.max || next < at || next - at >= bytes.len) {
            continue;
        }
        size_t skip = (size_t)(next - at);
        size_t room = part->bytes.max - part->bytes.len;
        struct pl_slice own = pl_slice_sub(bytes, skip, skip + room);
        enum pl_status status = pl_buf_slice(&part->bytes, own, err);
        if (status != PL_OK) {
            return status;
        }
    }
    return PL_OK;
}

bool pl_parts_full(const struct pl_parts *parts, uint64_t at)
{
    for (uint32_t i = 0; i < parts->n; i++) {
        const struct pl_part *part = &parts->part[i];
        if (part->bytes.len < part->bytes.max && part->at + part->bytes.max > at) {
            return false;
        }
    }
    return true;
}

void pl_parts_done(struct pl_parts *parts)
{
    for (uint32_t i = 0; i < parts->n; i++) {
        pl_buf_done(&parts->part[i].bytes);
    }
    parts->n = 0;
}
