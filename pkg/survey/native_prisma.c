/*
 * Prisma's query engine: one file for each platform, named after Prisma's own word for it
 * (@prisma/get-platform, getBinaryTargetForCurrentPlatform: Amazon Linux counts as "rhel", on arm64
 * every Linux as "linux-arm64").  The client takes the file of exactly that name, from one of
 * several folders; it is asked for when the client is made, not when it is required.
 */
#include "pkg/survey/native_judge.h"

static const struct pl_slice STARTS[] = {PL_SLICE_INIT("libquery_engine-"),
                                         PL_SLICE_INIT("query_engine-"),
                                         PL_SLICE_INIT("query-engine-")};
static const struct pl_slice ENDS[] = {PL_SLICE_INIT(".so.node"), PL_SLICE_INIT(".dylib.node"),
                                       PL_SLICE_INIT(".dll.node"), PL_SLICE_INIT(".exe")};

bool pl_native_prisma_target(struct pl_slice path, struct pl_slice *ret)
{
    struct pl_slice base = pl_slice_basename(path);
    for (size_t i = 0; i < sizeof STARTS / sizeof STARTS[0]; i++) {
        if (!pl_slice_starts(base, STARTS[i])) {
            continue;
        }
        *ret = pl_slice_sub(base, STARTS[i].len, base.len);
        for (size_t k = 0; k < sizeof ENDS / sizeof ENDS[0]; k++) {
            if (pl_slice_ends(*ret, ENDS[k])) {
                ret->len -= ENDS[k].len;
                return true;
            }
        }
        return true;
    }
    return false;
}

/* "rhel-openssl-3.0.x"; empty where Prisma's word for it is not known. */
static struct pl_slice wanted(const struct pl_native_judging *j)
{
    bool arm = j->arch == PL_ARCH_ARM64;
    switch ((enum pl_os_id)j->l.fn->runtime->os) {
    case PL_OS_AL2023:
        return pl_slice_of(arm ? "linux-arm64-openssl-3.0.x" : "rhel-openssl-3.0.x");
    case PL_OS_AL2:
        return pl_slice_of(arm ? "linux-arm64-openssl-1.0.x" : "rhel-openssl-1.0.x");
    case PL_OS_AL1:
    case PL_OS_COUNT:
        break;
    }
    return PL_SLICE("");
}

/* Built without OpenSSL: asked for by some who set the path themselves. */
static bool is_static(struct pl_slice target)
{
    return pl_slice_starts(target, PL_SLICE("linux-static-"));
}

PL_STATUS pl_native_judge_prisma(struct pl_native_judging *j, struct pl_err *err)
{
    struct pl_slice want = wanted(j);
    struct pl_native_file *other = NULL;
    struct pl_slice found;
    struct pl_slice target = {0};
    bool there = false;
    for (uint32_t i = 0; i < j->n_file; i++) {
        struct pl_native_file *file = &j->file[i];
        struct pl_native_try one;
        if (!pl_native_prisma_target(file->entry->name, &found)) {
            continue;
        }
        bool fits = pl_slice_eq(found, want);
        there = there || fits || is_static(found);
        pl_native_try(j, file, &one);
        if (fits && one.what == PL_NATIVE_FINE &&
            pl_native_close(j, file, PL_SLICE("@prisma/client"), false, err) != PL_OK) {
            return err->code;
        }
        if (!fits && !other) {
            other = file;
            target = found;
        }
    }
    if (!other || there || want.len == 0 || j->arch == PL_ARCH_UNKNOWN || j->l.view->opaque_layer ||
        pl_look_has_env(&j->l, "PRISMA_QUERY_ENGINE_LIBRARY") ||
        pl_look_has_env(&j->l, "PRISMA_QUERY_ENGINE_BINARY")) {
        return PL_OK;
    }
    struct pl_native_fault fault = {.what = PL_NATIVE_ABSENT,
                                    .absent = PL_NATIVE_ABSENT_PRISMA,
                                    .sure = PL_SURE_MAYBE,
                                    .owner = PL_SLICE("@prisma/client"),
                                    .need = want,
                                    .library = target};
    bool used = other->used;
    enum pl_status status = pl_native_tell(j, other, &fault, err);
    other->used = used; /* whether it is waste as well is another matter */
    return status;
}
