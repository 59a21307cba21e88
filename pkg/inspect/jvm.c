#include "pkg/inspect/jvm.h"

#include <string.h>

#define MAGIC 0xCAFEBABEu

/* JVMS table 4.4-A */
enum tag {
    TAG_UTF8 = 1,
    TAG_INTEGER = 3,
    TAG_FLOAT = 4,
    TAG_LONG = 5,
    TAG_DOUBLE = 6,
    TAG_CLASS = 7,
    TAG_STRING = 8,
    TAG_FIELD = 9,
    TAG_METHOD = 10,
    TAG_INTERFACE_METHOD = 11,
    TAG_NAME_AND_TYPE = 12,
    TAG_METHOD_HANDLE = 15,
    TAG_METHOD_TYPE = 16,
    TAG_DYNAMIC = 17,
    TAG_INVOKE_DYNAMIC = 18,
    TAG_MODULE = 19,
    TAG_PACKAGE = 20
};

static const char CUT[] = "it ends too early";

/* Reads onwards; a short read sticks, and what is read then is 0. */
struct reader {
    const unsigned char *at;
    size_t left;
    const char *fault; /* static; NULL while all is well */
};

struct pool {
    const unsigned char *bytes; /* of the file */
    uint32_t *offset;           /* of each constant's tag; 0: none */
    uint32_t n;
};

struct reading {
    struct reader r;
    struct pool pool;
    struct pl_jvm *to;
    struct pl_arena *arena;
};

static const unsigned char *take(struct reader *r, size_t n)
{
    if (n > r->left) {
        r->fault = r->fault ? r->fault : CUT;
        r->left = 0;
        return NULL;
    }
    const unsigned char *at = r->at;
    r->at += n;
    r->left -= n;
    return at;
}

static uint16_t be16(const unsigned char *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static uint16_t take16(struct reader *r)
{
    const unsigned char *p = take(r, 2);
    if (!p) {
        return 0;
    }
    return be16(p);
}

static uint32_t take32(struct reader *r)
{
    uint32_t high = take16(r);
    return high << 16 | take16(r);
}

/* Bytes of a constant behind its tag; 0: no such tag.  A text's own length comes on top. */
static size_t constant_bytes(unsigned tag)
{
    switch (tag) {
    case TAG_UTF8:
    case TAG_CLASS:
    case TAG_STRING:
    case TAG_METHOD_TYPE:
    case TAG_MODULE:
    case TAG_PACKAGE:
        return 2;
    case TAG_METHOD_HANDLE:
        return 3;
    case TAG_INTEGER:
    case TAG_FLOAT:
    case TAG_FIELD:
    case TAG_METHOD:
    case TAG_INTERFACE_METHOD:
    case TAG_NAME_AND_TYPE:
    case TAG_DYNAMIC:
    case TAG_INVOKE_DYNAMIC:
        return 4;
    case TAG_LONG:
    case TAG_DOUBLE:
        return 8;
    default:
        return 0;
    }
}

static PL_STATUS read_pool(struct reading *in, struct pl_err *err)
{
    struct reader *r = &in->r;
    struct pool *pool = &in->pool;
    pool->n = take16(r);
    pool->offset = pl_arena_new(in->arena, pool->n + 1u, sizeof *pool->offset, err);
    if (!pool->offset) {
        return err->code;
    }
    for (uint32_t i = 1; i < pool->n && !r->fault; i++) {
        const unsigned char *tag = take(r, 1);
        size_t n = tag ? constant_bytes(*tag) : 0;
        const unsigned char *rest = n > 0 ? take(r, n) : NULL;
        if (!rest) {
            r->fault = r->fault ? r->fault : "a constant is of a kind that does not exist";
            break;
        }
        pool->offset[i] = (uint32_t)(tag - pool->bytes);
        if (*tag == TAG_UTF8) {
            take(r, be16(rest));
        }
        /* JVMS 4.4.5: these two take up two indices. */
        i += *tag == TAG_LONG || *tag == TAG_DOUBLE;
    }
    return PL_OK;
}

/* The constant at an index when it is of the kind, behind its tag. */
static const unsigned char *constant(const struct pool *pool, uint32_t index, enum tag tag)
{
    if (index >= pool->n || pool->offset[index] == 0) {
        return NULL;
    }
    const unsigned char *at = pool->bytes + pool->offset[index];
    return *at == (unsigned char)tag ? at + 1 : NULL;
}

static struct pl_slice text_at(struct reading *in, uint32_t index)
{
    const unsigned char *at = constant(&in->pool, index, TAG_UTF8);
    if (!at) {
        in->r.fault = in->r.fault ? in->r.fault : "a name is no text";
        return PL_SLICE("");
    }
    return pl_slice_make((const char *)at + 2, be16(at));
}

static struct pl_slice class_at(struct reading *in, uint32_t index)
{
    const unsigned char *at = constant(&in->pool, index, TAG_CLASS);
    if (!at) {
        in->r.fault = in->r.fault ? in->r.fault : "a class is none";
        return PL_SLICE("");
    }
    return text_at(in, be16(at));
}

static PL_STATUS read_interfaces(struct reading *in, struct pl_err *err)
{
    uint16_t n = take16(&in->r);
    /* Never what a header declares: each takes two bytes. */
    if (n > in->r.left / 2) {
        in->r.fault = in->r.fault ? in->r.fault : CUT;
        return PL_OK;
    }
    in->to->interface = pl_arena_new(in->arena, n + 1u, sizeof *in->to->interface, err);
    if (!in->to->interface) {
        return err->code;
    }
    for (uint16_t i = 0; i < n; i++) {
        in->to->interface[i] = class_at(in, take16(&in->r));
    }
    in->to->n_interface = n;
    return PL_OK;
}

static void skip_attributes(struct reader *r)
{
    uint16_t n = take16(r);
    for (uint16_t i = 0; i < n && !r->fault; i++) {
        take16(r);
        take(r, take32(r));
    }
}

static void skip_fields(struct reader *r)
{
    uint16_t n = take16(r);
    for (uint16_t i = 0; i < n && !r->fault; i++) {
        take(r, 6);
        skip_attributes(r);
    }
}

static PL_STATUS read_methods(struct reading *in, struct pl_err *err)
{
    uint16_t n = take16(&in->r);
    if (n > in->r.left / 8) {
        in->r.fault = in->r.fault ? in->r.fault : CUT;
        return PL_OK;
    }
    struct pl_jvm_method *method = pl_arena_new(in->arena, n + 1u, sizeof *method, err);
    if (!method) {
        return err->code;
    }
    for (uint16_t i = 0; i < n && !in->r.fault; i++) {
        method[i].flags = take16(&in->r);
        method[i].name = text_at(in, take16(&in->r));
        method[i].descriptor = text_at(in, take16(&in->r));
        skip_attributes(&in->r);
    }
    in->to->method = method;
    in->to->n_method = n;
    return PL_OK;
}

/* JVMS 4.7.6: is this class an inner one that needs an instance of its outer class? */
static void read_inner_classes(struct reading *in, struct reader *r)
{
    uint16_t n = take16(r);
    for (uint16_t i = 0; i < n && !r->fault; i++) {
        uint16_t inner = take16(r);
        take(r, 4);
        uint16_t flags = take16(r);
        if (!r->fault && pl_slice_eq(class_at(in, inner), in->to->name)) {
            in->to->needs_outer = (flags & PL_JVM_STATIC) == 0;
        }
    }
}

static void read_class_attributes(struct reading *in)
{
    struct reader *r = &in->r;
    uint16_t n = take16(r);
    for (uint16_t i = 0; i < n && !r->fault; i++) {
        struct pl_slice name = text_at(in, take16(r));
        uint32_t bytes = take32(r);
        const unsigned char *at = take(r, bytes);
        struct reader inside = {at, at ? bytes : 0, NULL};
        if (pl_slice_is(name, "Signature") && bytes == 2) {
            in->to->signature = text_at(in, take16(&inside));
        } else if (pl_slice_is(name, "InnerClasses")) {
            read_inner_classes(in, &inside);
            r->fault = r->fault ? r->fault : inside.fault;
        }
    }
}

static PL_STATUS read_body(struct reading *in, struct pl_err *err)
{
    if (read_pool(in, err) != PL_OK) {
        return err->code;
    }
    in->to->flags = take16(&in->r);
    uint16_t this_class = take16(&in->r);
    uint16_t super = take16(&in->r);
    if (in->r.fault) {
        return PL_OK;
    }
    in->to->name = class_at(in, this_class);
    in->to->super = super > 0 ? class_at(in, super) : PL_SLICE("");
    if (read_interfaces(in, err) != PL_OK) {
        return err->code;
    }
    skip_fields(&in->r);
    if (!in->r.fault && read_methods(in, err) != PL_OK) {
        return err->code;
    }
    read_class_attributes(in);
    if (!in->r.fault && in->r.left > 0) {
        in->r.fault = "bytes follow its end";
    }
    return PL_OK;
}

PL_STATUS pl_jvm_read(struct pl_jvm *ret, struct pl_slice bytes, struct pl_arena *arena,
                      struct pl_err *err)
{
    struct pl_jvm jvm = {0};
    struct reading in = {.to = &jvm, .arena = arena};
    in.r.at = in.pool.bytes = (const unsigned char *)bytes.ptr;
    /* Offsets of constants are 32 bits wide. */
    in.r.left = bytes.len < UINT32_MAX ? bytes.len : UINT32_MAX;
    if (bytes.len < 8 || take32(&in.r) != MAGIC) {
        jvm.damaged = bytes.len == 0 ? "it is empty" : "it does not start like a class file";
        *ret = jvm;
        return PL_OK;
    }
    jvm.minor = take16(&in.r);
    jvm.major = take16(&in.r);
    jvm.is_class = true;
    if (read_body(&in, err) != PL_OK) {
        return err->code;
    }
    if (in.r.fault) {
        jvm = (struct pl_jvm){.minor = jvm.minor, .major = jvm.major, .is_class = true};
        jvm.damaged = in.r.fault;
    }
    *ret = jvm;
    return PL_OK;
}

bool pl_jvm_next_parameter(struct pl_slice *rest, struct pl_slice *ret)
{
    size_t at = 0;
    while (at < rest->len && rest->ptr[at] == '[') {
        at++;
    }
    if (at >= rest->len || rest->ptr[at] == ')') {
        return false;
    }
    if (rest->ptr[at] == 'L') {
        at += pl_slice_find(pl_slice_sub(*rest, at, rest->len), ';');
        if (at >= rest->len) {
            return false;
        }
    }
    *ret = pl_slice_sub(*rest, 0, at + 1);
    *rest = pl_slice_sub(*rest, at + 1, rest->len);
    return true;
}

/* Cuts a line off, without its end. */
static bool next_line(struct pl_slice *rest, struct pl_slice *ret)
{
    if (!pl_slice_next(rest, '\n', ret)) {
        return false;
    }
    if (ret->len > 0 && ret->ptr[ret->len - 1] == '\r') {
        ret->len--;
    }
    return true;
}

PL_STATUS pl_jar_attribute(struct pl_slice manifest, const char *name, struct pl_arena *arena,
                           struct pl_slice *ret, struct pl_err *err)
{
    struct pl_slice rest = manifest;
    struct pl_slice line;
    /* The main section ends at an empty line. */
    while (next_line(&rest, &line) && line.len > 0) {
        size_t colon = pl_slice_find(line, ':');
        if (!pl_slice_eq_nocase(pl_slice_sub(line, 0, colon), pl_slice_of(name))) {
            continue;
        }
        char *to = pl_arena_new(arena, manifest.len + 1, 1, err);
        if (!to) {
            return err->code;
        }
        size_t n = 0;
        struct pl_slice part = pl_slice_sub(line, colon + 1, line.len);
        do {
            if (part.len > 0) {
                memcpy(to + n, part.ptr, part.len);
                n += part.len;
            }
            struct pl_slice before = rest;
            bool more = next_line(&before, &line) && line.len > 0 && line.ptr[0] == ' ';
            part = pl_slice_sub(line, 1, line.len);
            rest = more ? before : pl_slice_make(NULL, 0);
        } while (rest.ptr);
        *ret = pl_slice_trim(pl_slice_make(to, n));
        return PL_OK;
    }
    *ret = PL_SLICE("");
    return PL_OK;
}
