/*
 * Manifests of images: the input's parts, separated by lines of "==", become members of an archive.
 * The first part says which: `oci` (index.json, then blobs), `docker` (manifest.json, then the
 * configuration) or `both`.  A part's blob is named by its number, so that the parts can point at
 * each other; digests that do not fit are findings, and reading goes on.
 */
#include "pkg/image/image.h"
#include "tests/fuzz/promise.h"

#include <stdio.h>
#include <string.h>

enum { PARTS = 8, BLOCK = 512, ARCHIVE = 1 << 20 };

static uint8_t archive[ARCHIVE];
static size_t used;

static void put(const char *name, const uint8_t *data, size_t size)
{
    uint8_t *head = archive + used;
    size_t body = (size + BLOCK - 1) / BLOCK * BLOCK;
    unsigned sum = 0;
    if (used + BLOCK + body + 2 * BLOCK > ARCHIVE) {
        return;
    }
    memset(head, 0, BLOCK + body);
    snprintf((char *)head, 100, "%s", name);
    snprintf((char *)head + 100, 8, "0000644");
    snprintf((char *)head + 124, 12, "%011o", (unsigned)size);
    memset(head + 148, ' ', 8);
    head[156] = '0';
    for (size_t i = 0; i < BLOCK; i++) {
        sum += head[i];
    }
    snprintf((char *)head + 148, 8, "%06o", sum);
    memcpy(head + BLOCK, data, size);
    used += BLOCK + body;
}

static void make(const uint8_t *data, size_t size)
{
    const uint8_t *part = NULL;
    size_t n = 0;
    bool oci = false;
    bool docker = false;
    used = 0;
    if (pl_fuzz_part(&data, &size, &part, &n)) {
        oci = n > 0 && part[0] != 'd';
        docker = n > 0 && part[0] != 'o';
    }
    if (oci && pl_fuzz_part(&data, &size, &part, &n)) {
        put("index.json", part, n);
        put("oci-layout", (const uint8_t *)"{}", 2);
    }
    if (docker && pl_fuzz_part(&data, &size, &part, &n)) {
        put("manifest.json", part, n);
    }
    for (unsigned i = 0; i < PARTS && pl_fuzz_part(&data, &size, &part, &n); i++) {
        char name[100];
        snprintf(name, sizeof name, "blobs/sha256/%064u", i);
        put(name, part, n);
    }
    memset(archive + used, 0, 2 * BLOCK);
    used += 2 * BLOCK;
}

static void check(const struct pl_tree *tree, const struct pl_image *image)
{
    for (uint32_t i = 0; i < image->n_issue; i++) {
        pl_fuzz_promise(image->issue[i].what < PL_IMAGE_ISSUE_COUNT, "issues are of a known kind");
        pl_fuzz_promise(image->issue[i].layer == PL_IMAGE_NO_LAYER ||
                            image->issue[i].layer < image->n_layer,
                        "issues name layers");
    }
    for (uint32_t i = 1; i < tree->n; i++) {
        pl_fuzz_promise(pl_slice_cmp(tree->entry[i - 1].name, tree->entry[i].name) < 0,
                        "entries are sorted, each once");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct pl_image_options options = {.workers = 1};
    const struct pl_image *image = NULL;
    struct pl_tree tree;
    struct pl_err err;
    make(data, size);
    if (pl_image_open(&tree, &image, pl_fuzz_file(archive, used), &options, &err) == PL_OK) {
        check(&tree, image);
        pl_tree_done(&tree);
    }
    return 0;
}
