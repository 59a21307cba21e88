#include "pkg/archive/zip_layout.h"

#include <libdeflate.h>

enum { EXTRA_ZIP64 = 0x0001, EXTRA_UNICODE_PATH = 0x7075 };

/* APPNOTE 4.6.9: version, CRC-32 of the header's name, the name in UTF-8.  Some readers check the
 * CRC, some do not, some never look: only a field that says the header's own name is harmless. */
static void take_unicode_path(struct pl_zip_extra *ret, struct pl_slice field, struct pl_slice name)
{
    const unsigned char *p = (const unsigned char *)field.ptr;
    bool same = field.len >= 5 && p[0] == 1 &&
                pl_slice_eq(pl_slice_sub(field, 5, field.len), name) &&
                pl_le32(p + 1) == libdeflate_crc32(0, name.ptr, name.len);
    ret->unicode_agrees |= same;
    ret->unicode_differs |= !same;
}

struct pl_zip_extra pl_zip_parse_extra(const unsigned char *bytes, size_t n, struct pl_slice name)
{
    struct pl_zip_extra ret = {0};
    size_t at = 0;
    /* Left-over bytes that are no field are padding: zipalign writes it. */
    while (n - at >= 4) {
        unsigned id = pl_le16(bytes + at);
        size_t len = pl_le16(bytes + at + 2);
        at += 4;
        if (len > n - at) {
            break;
        }
        struct pl_slice field = {(const char *)bytes + at, len};
        if (id == EXTRA_ZIP64) {
            ret.zip64_twice |= ret.zip64.ptr != NULL;
            ret.zip64 = field;
        } else if (id == EXTRA_UNICODE_PATH) {
            take_unicode_path(&ret, field, name);
        }
        at += len;
    }
    return ret;
}

/* A field that holds both sizes although the header has them too: normal, when they agree. */
static bool repeats(struct pl_slice field, const uint64_t *size, const uint64_t *packed)
{
    const unsigned char *p = (const unsigned char *)field.ptr;
    return field.len < 16 || (pl_le64(p) == *size && pl_le64(p + 8) == *packed);
}

bool pl_zip_take_zip64(const struct pl_zip_extra *extra, uint64_t *size, uint64_t *packed,
                       uint64_t *offset)
{
    uint64_t *const value[] = {size, packed, offset};
    bool any = false;
    size_t at = 0;
    for (size_t i = 0; i < sizeof value / sizeof value[0]; i++) {
        if (!value[i] || *value[i] != UINT32_MAX) {
            continue;
        }
        if (extra->zip64.len < at + 8) {
            return false;
        }
        *value[i] = pl_le64((const unsigned char *)extra->zip64.ptr + at);
        at += 8;
        any = true;
    }
    return !extra->zip64_twice && (any || repeats(extra->zip64, size, packed));
}
