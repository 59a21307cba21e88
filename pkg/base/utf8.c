#include "pkg/base/text.h"

#include <string.h>

/* Length of the sequence that `lead` begins, 0 for a byte that begins none; *ret_low is the least
 * code point that needs this length (a smaller one is overlong). */
static size_t sequence(unsigned char lead, uint32_t *ret_bits, uint32_t *ret_low)
{
    if (lead < 0x80) {
        *ret_bits = lead;
        *ret_low = 0;
        return 1;
    }
    if (lead >= 0xc2 && lead < 0xe0) {
        *ret_bits = lead & 0x1fu;
        *ret_low = 0x80;
        return 2;
    }
    if (lead >= 0xe0 && lead < 0xf0) {
        *ret_bits = lead & 0x0fu;
        *ret_low = 0x800;
        return 3;
    }
    if (lead >= 0xf0 && lead < 0xf5) {
        *ret_bits = lead & 0x07u;
        *ret_low = 0x10000;
        return 4;
    }
    return 0;
}

/* Bytes of the code point at `pos` (which is inside s), or 0 when it is not UTF-8. */
static size_t decode(struct pl_slice s, size_t pos, uint32_t *ret)
{
    uint32_t code = 0;
    uint32_t low = 0;
    size_t n = sequence((unsigned char)s.ptr[pos], &code, &low);
    if (n == 0 || n > s.len - pos) {
        return 0;
    }
    for (size_t i = 1; i < n; i++) {
        unsigned char byte = (unsigned char)s.ptr[pos + i];
        if ((byte & 0xc0u) != 0x80u) {
            return 0;
        }
        code = code << 6 | (byte & 0x3fu);
    }
    if (code < low || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
        return 0;
    }
    *ret = code;
    return n;
}

size_t pl_utf8_ascii(struct pl_slice s, size_t pos)
{
    uint64_t eight = 0;
    while (s.len - pos >= sizeof eight) {
        memcpy(&eight, s.ptr + pos, sizeof eight);
        if ((eight & UINT64_C(0x8080808080808080)) != 0) {
            break;
        }
        pos += sizeof eight;
    }
    while (pos < s.len && (unsigned char)s.ptr[pos] < 0x80) {
        pos++;
    }
    return pos;
}

bool pl_utf8_valid(struct pl_slice s)
{
    uint32_t code = 0;
    for (size_t pos = pl_utf8_ascii(s, 0); pos < s.len; pos = pl_utf8_ascii(s, pos)) {
        size_t n = decode(s, pos, &code);
        if (n == 0) {
            return false;
        }
        pos += n;
    }
    return true;
}

bool pl_utf8_next(struct pl_slice s, size_t *pos, uint32_t *ret)
{
    if (*pos >= s.len) {
        return false;
    }
    size_t n = decode(s, *pos, ret);
    if (n == 0) {
        *ret = (unsigned char)s.ptr[*pos];
        (*pos)++;
        return false;
    }
    *pos += n;
    return true;
}
