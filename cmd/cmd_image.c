/* `plimsoll image ls|cat|config`: a container image, looked into without unpacking it. */
#include "cmd/options.h"
#include "cmd/term.h"
#include "pkg/base/jsonw.h"
#include "pkg/base/limits.h"
#include "pkg/base/os.h"
#include "pkg/base/text.h"
#include "pkg/survey/image_run.h"

#include <string.h>

struct looking {
    const struct pl_options *options;
    struct pl_term *term;
    struct pl_package package;
    struct pl_view view;
    struct pl_buf out;
    struct pl_arena arena;
};

/* "usr/bin" for "/usr/bin/" and "./usr/bin". */
static struct pl_slice tidy(const char *path)
{
    struct pl_slice name = pl_slice_of(path);
    while (name.len > 0 &&
           (name.ptr[0] == '/' || (name.ptr[0] == '.' && name.len > 1 && name.ptr[1] == '/'))) {
        name = pl_slice_sub(name, name.ptr[0] == '/' ? 1 : 2, name.len);
    }
    while (name.len > 0 && name.ptr[name.len - 1] == '/') {
        name.len--;
    }
    return pl_slice_is(name, ".") ? pl_slice_make(NULL, 0) : name;
}

/* Large listings go out as they grow. */
static PL_STATUS flush(struct looking *l, size_t above, struct pl_err *err)
{
    if (l->out.len > above) {
        bool written = pl_term_write(l->term, pl_buf_view(&l->out));
        pl_buf_clear(&l->out);
        if (!written) {
            return pl_err_set(err, PL_ERR_CANCELLED, "nobody reads it");
        }
    }
    return PL_OK;
}

/* ---------------------------------------------------------------- ls */

static void mode_text(const struct pl_entry *e, char ret[11])
{
    static const char bits[] = "rwxrwxrwx";
    unsigned mode = (unsigned)e->mode;
    ret[0] = e->type == PL_ENTRY_FOLDER ? 'd' : e->type == PL_ENTRY_LINK ? 'l' : '-';
    ret[0] = e->type == PL_ENTRY_SPECIAL ? 's' : ret[0];
    for (unsigned i = 0; i < 9; i++) {
        ret[i + 1] = (char)((mode >> (8 - i)) & 1 ? bits[i] : '-');
    }
    if (mode & 04000) {
        ret[3] = (char)(ret[3] == 'x' ? 's' : 'S');
    }
    if (mode & 02000) {
        ret[6] = (char)(ret[6] == 'x' ? 's' : 'S');
    }
    if (mode & 01000) {
        ret[9] = (char)(ret[9] == 'x' ? 't' : 'T');
    }
    ret[10] = '\0';
}

static PL_STATUS list_one(struct looking *l, uint32_t index, struct pl_err *err)
{
    const struct pl_entry *e = &l->package.tree.entry[index];
    struct pl_image_owner owner = pl_image_owner_of(&l->package.tree, index);
    char mode[11];
    mode_text(e, mode);
    if (pl_buf_fmt(&l->out, err, "%s %llu/%llu %10llu /", mode, (unsigned long long)owner.uid,
                   (unsigned long long)owner.gid, (unsigned long long)e->size) != PL_OK ||
        pl_text_escape(&l->out, e->name, err) != PL_OK ||
        (e->type == PL_ENTRY_LINK && (pl_buf_text(&l->out, " -> ", err) != PL_OK ||
                                      pl_text_escape(&l->out, e->link, err) != PL_OK)) ||
        pl_buf_byte(&l->out, '\n', err) != PL_OK) {
        return err->code;
    }
    return flush(l, PL_KB(256), err);
}

static void put_entry(const struct looking *l, struct pl_jsonw *w, uint32_t index)
{
    static const char *const types[] = {"file", "folder", "link", "special"};
    const struct pl_entry *e = &l->package.tree.entry[index];
    struct pl_image_owner owner = pl_image_owner_of(&l->package.tree, index);
    pl_jsonw_object(w, NULL);
    pl_jsonw_slice(w, "path", e->name);
    pl_jsonw_text(w, "type", types[e->type]);
    pl_jsonw_u64(w, "mode", (uint64_t)e->mode);
    pl_jsonw_u64(w, "uid", owner.uid);
    pl_jsonw_u64(w, "gid", owner.gid);
    pl_jsonw_u64(w, "size", e->size);
    if (e->type == PL_ENTRY_LINK) {
        pl_jsonw_slice(w, "target", e->link);
    }
    if (owner.layer != PL_IMAGE_NO_LAYER) {
        pl_jsonw_u64(w, "layer", owner.layer);
    }
    pl_jsonw_close_object(w);
}

static bool is_asked(const struct looking *l, const struct pl_entry *e)
{
    const struct pl_list *asked = &l->options->operand;
    bool any = asked->n <= 2;
    for (size_t i = 2; i < asked->n && !any; i++) {
        struct pl_slice name = tidy(asked->at[i]);
        any = name.len == 0 || (pl_slice_starts(e->name, name) &&
                                (e->name.len == name.len || e->name.ptr[name.len] == '/'));
    }
    return any;
}

static PL_STATUS list(struct looking *l, struct pl_err *err)
{
    const struct pl_tree *tree = &l->package.tree;
    struct pl_jsonw w;
    bool json = l->options->format == PL_FORMAT_JSON;
    uint32_t n = 0;
    if (json) {
        pl_jsonw_begin(&w, &l->out, true, err);
        pl_jsonw_array(&w, NULL);
    }
    for (uint32_t i = 0; i < tree->n; i++) {
        if (!is_asked(l, &tree->entry[i])) {
            continue;
        }
        n++;
        if (json) {
            put_entry(l, &w, i);
        } else if (list_one(l, i, err) != PL_OK) {
            return err->code;
        }
    }
    if (json) {
        pl_jsonw_close_array(&w);
        if (pl_jsonw_end(&w) != PL_OK || pl_buf_byte(&l->out, '\n', err) != PL_OK) {
            return err->code;
        }
    }
    return n > 0 || l->options->operand.n <= 2
               ? PL_OK
               : pl_err_set(err, PL_ERR_MISSING, "%s: there is no such path in the image",
                            l->options->operand.at[2]);
}

/* ---------------------------------------------------------------- cat */

static PL_STATUS write_piece(void *ctx, struct pl_slice bytes, struct pl_err *err)
{
    struct looking *l = ctx;
    return pl_term_write(l->term, bytes) ? PL_OK
                                         : pl_err_set(err, PL_ERR_CANCELLED, "nobody reads it");
}

static PL_STATUS cat_one(struct looking *l, const char *path, struct pl_err *err)
{
    static const char *const why[] = {[PL_HOW_MISSING] = "there is no such file in the image",
                                      [PL_HOW_FOLDER] = "it is a folder",
                                      [PL_HOW_SPECIAL] = "it is a device, FIFO or socket",
                                      [PL_HOW_LOOP] = "its links lead round and round",
                                      [PL_HOW_OUTSIDE] = "there is no such file in the image",
                                      [PL_HOW_OPAQUE] = "there is no such file in the image"};
    struct pl_hit hit = pl_view_find(&l->view, PL_SLICE("/"), pl_slice_of(path));
    if (hit.how != PL_HOW_FILE) {
        return pl_err_set(err, PL_ERR_MISSING, "%s: %s", path, why[hit.how]);
    }
    return pl_image_read(&l->package.tree, hit.at.entry, write_piece, l, err);
}

static PL_STATUS cat(struct looking *l, struct pl_err *err)
{
    const struct pl_list *asked = &l->options->operand;
    if (asked->n < 3) {
        return pl_err_set(err, PL_ERR_USAGE,
                          "image cat needs a path in the image: plimsoll image "
                          "cat IMAGE PATH...");
    }
    for (size_t i = 2; i < asked->n; i++) {
        if (cat_one(l, asked->at[i], err) != PL_OK) {
            return err->code;
        }
    }
    return PL_OK;
}

/* ---------------------------------------------------------------- config */

static void put_texts(struct pl_jsonw *w, const char *key, const struct pl_image_texts *texts)
{
    if (!texts->there) {
        pl_jsonw_null(w, key);
        return;
    }
    pl_jsonw_array(w, key);
    for (uint32_t i = 0; i < texts->n; i++) {
        pl_jsonw_slice(w, NULL, texts->at[i]);
    }
    pl_jsonw_close_array(w);
}

static void put_text(struct pl_jsonw *w, const char *key, struct pl_slice text)
{
    if (text.len > 0) {
        pl_jsonw_slice(w, key, text);
    } else {
        pl_jsonw_null(w, key);
    }
}

static void put_layer(struct pl_jsonw *w, const struct pl_image_layer *layer)
{
    static const char *const packing[] = {"none", "gzip", "zstd"};
    pl_jsonw_object(w, NULL);
    pl_jsonw_slice(w, "blob", layer->blob);
    put_text(w, "media_type", layer->media_type);
    put_text(w, "diff_id", layer->diff_id);
    pl_jsonw_text(w, "compression", packing[layer->packing]);
    pl_jsonw_u64(w, "bytes", layer->packed);
    pl_jsonw_u64(w, "unpacked_bytes", layer->unpacked);
    pl_jsonw_u64(w, "entries", layer->n_entry);
    pl_jsonw_close_object(w);
}

/* Names of variables only: their values are printed nowhere. */
static void put_env(struct pl_jsonw *w, const struct pl_image_texts *env)
{
    pl_jsonw_array(w, "env");
    for (uint32_t i = 0; i < env->n; i++) {
        pl_jsonw_slice(w, NULL, pl_slice_sub(env->at[i], 0, pl_slice_find(env->at[i], '=')));
    }
    pl_jsonw_close_array(w);
}

/* How it starts in Lambda, as far as that can be told without starting it. */
static void put_run(struct pl_jsonw *w, const struct pl_image_run *run)
{
    static const char *const speaks[] = {"cannot tell", "yes", "no"};
    bool starts = run->start == PL_START_FINE;
    pl_jsonw_array(w, "starts");
    for (uint32_t i = 0; i < run->last.n; i++) {
        pl_jsonw_slice(w, NULL, run->last.at[i]);
    }
    pl_jsonw_close_array(w);
    pl_jsonw_text(w, "speaks_runtime_api",
                  starts || run->speaks == PL_SPEAKS_NO ? speaks[run->speaks] : "no");
    put_text(w, "why", starts ? run->why : run->what);
}

static PL_STATUS config(struct looking *l, struct pl_err *err)
{
    const struct pl_image *image = l->package.image;
    const struct pl_image_config *c = &image->config;
    static const char *const form[] = {"docker", "oci", "docker and oci"};
    struct pl_jsonw w;
    struct pl_image_run run = {0};
    if (pl_image_run(&run, &l->package, NULL, &l->view, &l->arena, err) != PL_OK) {
        return err->code;
    }
    pl_jsonw_begin(&w, &l->out, true, err);
    pl_jsonw_object(&w, NULL);
    pl_jsonw_text(&w, "schema", "plimsoll-image/1");
    put_text(&w, "name", image->name);
    pl_jsonw_text(&w, "form", form[image->form]);
    put_text(&w, "manifest", image->digest);
    put_text(&w, "media_type", image->manifest_type);
    put_text(&w, "os", c->os);
    put_text(&w, "architecture", c->architecture);
    put_text(&w, "variant", c->variant);
    put_texts(&w, "entrypoint", &c->entrypoint);
    put_texts(&w, "cmd", &c->cmd);
    put_text(&w, "workdir", c->workdir);
    put_text(&w, "user", c->user);
    put_env(&w, &c->env);
    put_run(&w, &run);
    pl_jsonw_u64(&w, "unpacked_bytes", image->unpacked_bytes);
    pl_jsonw_u64(&w, "squashed_bytes", image->squashed_bytes);
    pl_jsonw_array(&w, "layers");
    for (uint32_t i = 0; i < image->n_layer; i++) {
        put_layer(&w, &image->layer[i]);
    }
    pl_jsonw_close_array(&w);
    pl_jsonw_close_object(&w);
    return pl_jsonw_end(&w) == PL_OK ? pl_buf_byte(&l->out, '\n', err) : err->code;
}

/* ---------------------------------------------------------------- the command */

typedef PL_STATUS (*verb_fn)(struct looking *l, struct pl_err *err);

static verb_fn find_verb(const char *word)
{
    return strcmp(word, "ls") == 0       ? list
           : strcmp(word, "cat") == 0    ? cat
           : strcmp(word, "config") == 0 ? config
                                         : NULL;
}

/* What is damaged is shown as far as it goes, and said. */
static bool say_issues(const struct pl_image *image)
{
    for (uint32_t i = 0; i < image->n_issue; i++) {
        const struct pl_image_issue *issue = &image->issue[i];
        if (issue->what <= PL_IMAGE_CONFIG_BAD) {
            pl_term_say("%s: %.*s %.*s; `plimsoll lint` says more",
                        pl_image_issue_text((enum pl_image_issue_kind)issue->what),
                        (int)issue->name.len, issue->name.ptr ? issue->name.ptr : "",
                        (int)issue->detail.len, issue->detail.ptr ? issue->detail.ptr : "");
            return true;
        }
    }
    return false;
}

static PL_STATUS look(struct looking *l, verb_fn verb, bool *ret_damaged, struct pl_err *err)
{
    const struct pl_options *o = l->options;
    const struct pl_image_options want = {.name = o->image,
                                          .arch = o->arch ? pl_arch_parse(pl_slice_of(o->arch))
                                                          : PL_ARCH_UNKNOWN,
                                          .workers = o->jobs > 0 ? o->jobs : pl_os_cpus()};
    l->package.kind = PL_KIND_IMAGE;
    if (pl_image_open(&l->package.tree, &l->package.image, o->operand.at[1], &want, err) != PL_OK) {
        return err->code;
    }
    pl_view_mount(&l->view, PL_SLICE(""), &l->package);
    enum pl_status status = verb(l, err);
    status = status ? status : flush(l, 0, err);
    *ret_damaged = say_issues(l->package.image);
    pl_tree_done(&l->package.tree);
    return status;
}

int pl_cmd_image(const struct pl_options *options)
{
    struct pl_term term;
    struct pl_err err;
    struct looking l = {.options = options, .term = &term};
    bool damaged = false;
    pl_buf_init(&l.out, PL_MAX_REPORT_BYTES);
    pl_arena_init(&l.arena, PL_MB(64));
    pl_term_init(&term, PL_COLOR_NEVER);
    verb_fn verb = find_verb(options->operand.at[0]);
    if (!verb || options->operand.n < 2) {
        pl_ignore(pl_err_set(&err, PL_ERR_USAGE,
                             "usage: plimsoll image ls|cat|config IMAGE "
                             "[PATH...]"),
                  "it is reported here");
        return pl_term_fail(&err, "image");
    }
    enum pl_status status = look(&l, verb, &damaged, &err);
    pl_buf_done(&l.out);
    pl_arena_done(&l.arena);
    if (status == PL_ERR_CANCELLED) {
        return pl_term_exit(&term, 0);
    }
    if (status) {
        return pl_term_fail(&err, "image");
    }
    return pl_term_exit(&term, damaged ? 3 : 0);
}
