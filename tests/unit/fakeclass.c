#include "fakeclass.h"

#include <check.h>
#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>

static void put(struct pl_buf *to, const void *bytes, size_t n)
{
    struct pl_err err;
    ck_assert_int_eq(pl_buf_append(to, bytes, n, &err), PL_OK);
}

static void be(struct pl_buf *to, uint32_t value, unsigned bytes)
{
    while (bytes-- > 0) {
        unsigned char byte = (unsigned char)(value >> (8 * bytes));
        put(to, &byte, 1);
    }
}

static void le(struct pl_buf *to, uint32_t value, unsigned bytes)
{
    for (; bytes > 0; bytes--, value >>= 8) {
        unsigned char byte = (unsigned char)value;
        put(to, &byte, 1);
    }
}

/* A pool that never looks whether it has something already. */
struct making {
    struct pl_buf pool, body;
    uint32_t n;
};

static uint32_t text(struct making *m, struct pl_slice s)
{
    be(&m->pool, 1, 1);
    be(&m->pool, (uint32_t)s.len, 2);
    put(&m->pool, s.ptr, s.len);
    return ++m->n;
}

static uint32_t type(struct making *m, struct pl_slice s)
{
    uint32_t name = text(m, s);
    be(&m->pool, 7, 1);
    be(&m->pool, name, 2);
    return ++m->n;
}

struct words {
    struct pl_slice name, super, signature, interface[8], method[16];
    uint32_t n_interface, n_method;
    unsigned long major, minor, flags, inner;
};

static unsigned long number(struct pl_slice s)
{
    uint64_t value = 0;
    ck_assert(pl_slice_u64(s, &value));
    return (unsigned long)value;
}

static struct words split(const char *line)
{
    struct words w = {.super = PL_SLICE("java/lang/Object"), .major = 61, .flags = 33, .inner = 0};
    struct pl_slice rest = pl_slice_of(line);
    struct pl_slice word;
    while (pl_slice_next(&rest, ' ', &word)) {
        size_t at = pl_slice_find(word, '=');
        struct pl_slice key = pl_slice_sub(word, 0, at);
        struct pl_slice value = pl_slice_sub(word, at + 1, word.len);
        if (w.name.len == 0) {
            w.name = word;
        } else if (at == word.len) {
            w.method[w.n_method++] = word;
        } else if (pl_slice_is(key, "super")) {
            w.super = value;
        } else if (pl_slice_is(key, "implements")) {
            w.interface[w.n_interface++] = value;
        } else if (pl_slice_is(key, "signature")) {
            w.signature = value;
        } else if (pl_slice_is(key, "major")) {
            w.major = number(value);
        } else if (pl_slice_is(key, "minor")) {
            w.minor = number(value);
        } else if (pl_slice_is(key, "flags")) {
            w.flags = number(value);
        } else {
            w.inner = number(value);
        }
    }
    return w;
}

static void methods(struct making *m, const struct words *w)
{
    be(&m->body, 0, 2);
    be(&m->body, w->n_method, 2);
    for (uint32_t i = 0; i < w->n_method; i++) {
        struct pl_slice method = w->method[i];
        size_t colon = pl_slice_find(method, ':');
        size_t open = pl_slice_find(method, '(');
        be(&m->body, (uint32_t)number(pl_slice_sub(method, 0, colon)), 2);
        be(&m->body, text(m, pl_slice_sub(method, colon + 1, open)), 2);
        be(&m->body, text(m, pl_slice_sub(method, open, method.len)), 2);
        be(&m->body, 0, 2);
    }
}

static void attributes(struct making *m, const struct words *w)
{
    be(&m->body, (w->signature.len > 0 ? 1u : 0u) + (w->inner > 0 ? 1u : 0u), 2);
    if (w->signature.len > 0) {
        be(&m->body, text(m, PL_SLICE("Signature")), 2);
        be(&m->body, 2, 4);
        be(&m->body, text(m, w->signature), 2);
    }
    if (w->inner > 0) {
        be(&m->body, text(m, PL_SLICE("InnerClasses")), 2);
        be(&m->body, 10, 4);
        be(&m->body, 1, 2);
        be(&m->body, type(m, w->name), 2);
        be(&m->body, 0, 4);
        be(&m->body, (uint32_t)w->inner, 2);
    }
}

void fake_class(struct pl_buf *to, const char *words)
{
    struct words w = split(words);
    struct making m = {.n = 0};
    pl_buf_init(&m.pool, FAKE_CLASS_BYTES);
    pl_buf_init(&m.body, FAKE_CLASS_BYTES);
    /* A long takes two indices; one stands in front so that every test sees it. */
    be(&m.pool, 5, 1);
    be(&m.pool, 0, 4);
    be(&m.pool, 0, 4);
    m.n = 2;
    be(&m.body, (uint32_t)w.flags, 2);
    be(&m.body, type(&m, w.name), 2);
    be(&m.body, type(&m, w.super), 2);
    be(&m.body, w.n_interface, 2);
    for (uint32_t i = 0; i < w.n_interface; i++) {
        be(&m.body, type(&m, w.interface[i]), 2);
    }
    methods(&m, &w);
    attributes(&m, &w);
    be(to, 0xCAFEBABEu, 4);
    be(to, (uint32_t)w.minor, 2);
    be(to, (uint32_t)w.major, 2);
    be(to, m.n + 1, 2);
    put(to, m.pool.data, m.pool.len);
    put(to, m.body.data, m.body.len);
    pl_buf_done(&m.pool);
    pl_buf_done(&m.body);
}

/* APPNOTE 4.3.7 and 4.3.12 from "version needed" to the length of the extra field. */
static void header(struct pl_buf *to, struct pl_slice name, const struct pl_buf *data)
{
    le(to, 20, 2);
    le(to, 0x800, 2);
    le(to, 0, 2);
    le(to, 0x00210000, 4);
    le(to, libdeflate_crc32(0, data->data, data->len), 4);
    le(to, (uint32_t)data->len, 4);
    le(to, (uint32_t)data->len, 4);
    le(to, (uint32_t)name.len, 2);
    le(to, 0, 2);
}

void fake_jar(struct pl_buf *to, const char *entries)
{
    struct pl_slice rest = pl_slice_of(entries);
    struct pl_slice one;
    struct pl_buf directory;
    uint32_t count = 0;
    pl_buf_init(&directory, FAKE_CLASS_BYTES);
    while (pl_slice_next(&rest, '|', &one)) {
        static char line[1024];
        struct pl_buf data;
        size_t at = pl_slice_find(one, '=');
        struct pl_slice name = pl_slice_sub(one, 0, at);
        struct pl_slice content = pl_slice_sub(one, at + 1, one.len);
        uint32_t offset = (uint32_t)to->len;
        ck_assert_uint_lt(content.len, sizeof line);
        memcpy(line, content.ptr, content.len);
        line[content.len] = '\0';
        pl_buf_init(&data, FAKE_CLASS_BYTES);
        if (pl_slice_starts(content, PL_SLICE("class "))) {
            fake_class(&data, line + 6);
        } else {
            put(&data, line, content.len);
        }
        le(to, 0x04034b50, 4);
        header(to, name, &data);
        put(to, name.ptr, name.len);
        put(to, data.data, data.len);
        le(&directory, 0x02014b50, 4);
        le(&directory, 0x0314, 2);
        header(&directory, name, &data);
        le(&directory, 0, 6 - 4);
        le(&directory, 0, 4);
        le(&directory, 0x81A40000u, 4);
        le(&directory, offset, 4);
        put(&directory, name.ptr, name.len);
        pl_buf_done(&data);
        count++;
    }
    uint32_t start = (uint32_t)to->len;
    put(to, directory.data, directory.len);
    le(to, 0x06054b50, 4);
    le(to, 0, 4);
    le(to, count, 2);
    le(to, count, 2);
    le(to, (uint32_t)directory.len, 4);
    le(to, start, 4);
    le(to, 0, 2);
    pl_buf_done(&directory);
}
