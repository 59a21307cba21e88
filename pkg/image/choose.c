#include "pkg/base/arr.h"
#include "pkg/base/limits.h"
#include "pkg/base/text.h"
#include "pkg/image/manifest.h"

#include <string.h>

PL_STATUS pl_candidates_add(struct pl_candidates *list, const struct pl_candidate *candidate,
                            struct pl_err *err)
{
    struct pl_candidate *at = pl_arr_grow(list->at, &list->cap, list->n + 1, sizeof *at,
                                          IMAGE_MAX_MANIFESTS, "images in the container", err);
    if (!at) {
        return err->code;
    }
    list->at = at;
    at[list->n++] = *candidate;
    return PL_OK;
}

static bool is_platform(const struct pl_candidate *c, struct pl_slice want)
{
    size_t slash = pl_slice_find(want, '/');
    struct pl_slice rest = pl_slice_sub(want, slash + 1, want.len);
    struct pl_slice arch = pl_slice_sub(rest, 0, pl_slice_find(rest, '/'));
    return slash < want.len && pl_slice_eq(c->os, pl_slice_sub(want, 0, slash)) &&
           pl_slice_eq(c->arch, arch);
}

/* The digest, whole or its beginning, with or without "sha256:". */
static bool is_digest(const struct pl_candidate *c, struct pl_slice want)
{
    enum { ENOUGH = 12 };
    struct pl_slice hex = pl_image_hex(c->digest);
    return pl_slice_eq(c->digest, want) || (want.len >= ENOUGH && pl_slice_starts(hex, want));
}

static bool is_meant(const struct pl_candidate *c, const char *name)
{
    struct pl_slice want = pl_slice_of(name);
    return !name || pl_image_is_named(c->name, want) || is_platform(c, want) || is_digest(c, want);
}

static PL_STATUS list_them(struct pl_buf *to, const struct pl_candidates *list, struct pl_err *err)
{
    enum { SHOWN = 6 };
    size_t n = 0;
    for (size_t i = 0; i < list->n; i++) {
        const struct pl_candidate *c = &list->at[i];
        if (c->attestation) {
            continue;
        }
        if (n == SHOWN) {
            return pl_buf_text(to, ", ...", err);
        }
        if ((n > 0 && pl_buf_text(to, ", ", err)) ||
            pl_text_escape(to, c->name.len > 0 ? c->name : c->digest, err) ||
            (c->arch.len > 0 && (pl_buf_text(to, " (", err) || pl_text_escape(to, c->os, err) ||
                                 pl_buf_byte(to, '/', err) || pl_text_escape(to, c->arch, err) ||
                                 pl_buf_byte(to, ')', err)))) {
            return err->code;
        }
        n++;
    }
    return PL_OK;
}

static PL_STATUS refuse(const struct pl_image_room *room, const struct pl_candidates *list,
                        const char *name, uint32_t n, struct pl_err *err)
{
    struct pl_buf text PL_CLEANUP(pl_buf_done) = {.max = PL_MB(1)};
    if (list_them(&text, list, err) != PL_OK) {
        return err->code;
    }
    return n == 0 ? pl_err_set(err, PL_ERR_USAGE, "%s: no image '%s' is in it; it holds %s",
                               room->path, name, text.data ? text.data : "none")
                  : pl_err_set(err, PL_ERR_USAGE,
                               "%s: it holds %u images; choose one with --image: %s", room->path, n,
                               text.data ? text.data : "");
}

/* The one of the preferred name; NULL when it is not there, or twice. */
static const struct pl_candidate *preferred(const struct pl_candidates *list, const char *name)
{
    const struct pl_candidate *found = NULL;
    for (size_t i = 0; name && i < list->n; i++) {
        const struct pl_candidate *c = &list->at[i];
        if (!c->attestation && pl_image_is_named(c->name, pl_slice_of(name))) {
            if (found) {
                return NULL;
            }
            found = c;
        }
    }
    return found;
}

PL_STATUS pl_candidates_choose(struct pl_image_room *room, const struct pl_candidates *list,
                               const struct pl_image_options *options,
                               const struct pl_candidate **ret, struct pl_err *err)
{
    /* What Lambda runs when nothing is said. */
    const char *arch = options->arch == PL_ARCH_ARM64 ? "arm64" : "amd64";
    const struct pl_candidate *first = NULL;
    const struct pl_candidate *fitting = NULL;
    uint32_t n = 0;
    uint32_t n_fitting = 0;
    for (size_t i = 0; i < list->n; i++) {
        const struct pl_candidate *c = &list->at[i];
        room->image.n_image += c->attestation ? 0 : 1;
        if (c->attestation || !is_meant(c, options->name)) {
            continue;
        }
        n++;
        first = first ? first : c;
        if (pl_slice_is(c->os, "linux") && pl_slice_is(c->arch, arch)) {
            fitting = fitting ? fitting : c;
            n_fitting++;
        }
    }
    if (room->image.n_image == 0) {
        const struct pl_image_issue *gone = room->image.n_issue > 0 ? &room->image.issue[0] : NULL;
        return gone ? pl_err_set(err, PL_ERR_FORMAT, "%s: there is no image in it: %s: %.*s",
                                 room->path,
                                 pl_image_issue_text((enum pl_image_issue_kind)gone->what),
                                 (int)gone->name.len, gone->name.ptr ? gone->name.ptr : "")
                    : pl_err_set(err, PL_ERR_FORMAT, "%s: there is no image in it", room->path);
    }
    if (n == 1 || n_fitting == 1) {
        *ret = n == 1 ? first : fitting;
        return PL_OK;
    }
    const struct pl_candidate *named = options->name ? NULL : preferred(list, options->prefer);
    if (!named) {
        return refuse(room, list, options->name, n, err);
    }
    *ret = named;
    return PL_OK;
}
