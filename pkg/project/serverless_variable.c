/* Variables: ${self:a.b}, ${opt:x, default}, ${env:X}, ${file(x.yml):a}, one in the other. */
#include "pkg/base/buf.h"
#include "pkg/base/limits.h"
#include "pkg/project/serverless_read.h"

#define TEXT_MAX PL_KB(64)

static const struct pl_node *node_of(const struct pl_sls *sls, uint32_t node)
{
    return pl_doc_node(sls->doc, node);
}

static void fail(struct pl_sls *sls)
{
    sls->graft.failed = true;
}

uint32_t pl_sls_get(const struct pl_sls *sls, uint32_t map, const char *key)
{
    return pl_doc_get(sls->doc, map, key);
}

/* The child by a key or an index. */
static uint32_t child(const struct pl_sls *sls, uint32_t node, struct pl_slice key)
{
    uint64_t index = 0;
    if (node_of(sls, node)->kind != PL_NODE_SEQ) {
        return pl_doc_find(sls->doc, node, key);
    }
    uint32_t at = pl_slice_u64(key, &index) ? node_of(sls, node)->child : (uint32_t)PL_NODE_NONE;
    while (at != PL_NODE_NONE && index-- > 0) {
        at = node_of(sls, at)->next;
    }
    return at;
}

static bool has_variable(struct pl_slice text)
{
    return pl_slice_find_text(text, PL_SLICE("${")) < text.len;
}

static bool is_unknown(const struct pl_sls *sls, uint32_t node)
{
    return pl_slice_is(node_of(sls, node)->tag, PL_GRAFT_UNKNOWN);
}

uint32_t pl_sls_at(struct pl_sls *sls, uint32_t node, struct pl_slice path)
{
    struct pl_slice key;
    while (path.len > 0 && pl_slice_next(&path, '.', &key) && node != PL_NODE_NONE) {
        if (node_of(sls, node)->kind == PL_NODE_SCALAR && has_variable(node_of(sls, node)->text)) {
            node = pl_sls_resolve(sls, node);
        }
        if (is_unknown(sls, node)) {
            return node;
        }
        node = child(sls, node, key);
        if (!path.ptr) {
            break;
        }
    }
    return node == PL_NODE_NONE ? node : pl_sls_resolve(sls, node);
}

/* Behind the bracket that closes the one at 0; 0 when there is none. */
static size_t closing(struct pl_slice text, char open, char close)
{
    size_t depth = 0;
    for (size_t i = 0; i < text.len; i++) {
        depth += text.ptr[i] == open;
        if (text.ptr[i] == close && --depth == 0) {
            return i + 1;
        }
    }
    return 0;
}

/* A source and what it is asked: "self" and "custom.x", "file(x.yml)" and "a". */
static bool split_source(struct pl_slice text, struct pl_slice *ret_source, struct pl_slice *ret_of,
                         struct pl_slice *ret_address)
{
    size_t n = 0;
    while (n < text.len && ((text.ptr[n] >= 'a' && text.ptr[n] <= 'z') ||
                            (text.ptr[n] >= 'A' && text.ptr[n] <= 'Z'))) {
        n++;
    }
    *ret_source = pl_slice_sub(text, 0, n);
    *ret_of = PL_SLICE("");
    if (n > 0 && n < text.len && text.ptr[n] == '(') {
        size_t end = closing(pl_slice_sub(text, n, text.len), '(', ')');
        if (end == 0) {
            return false;
        }
        *ret_of = pl_slice_trim(pl_slice_sub(text, n + 1, n + end - 1));
        n += end;
        *ret_address = pl_slice_sub(text, n < text.len && text.ptr[n] == ':' ? n + 1 : n, text.len);
        return true;
    }
    bool is_named = n > 0 && n < text.len && text.ptr[n] == ':' &&
                    (n + 1 == text.len || text.ptr[n + 1] != ':');
    *ret_address = pl_slice_sub(text, n + 1, text.len);
    return is_named;
}

static uint32_t from_environment(struct pl_sls *sls, struct pl_slice name, struct pl_pos at)
{
    struct pl_slice copy;
    const char *value = NULL;
    if (pl_arena_dup(sls->graft.arena, name, &copy, sls->graft.err) != PL_OK) {
        fail(sls);
        return PL_NODE_NONE;
    }
    if (sls->options && sls->options->environment) {
        value = sls->options->environment(copy.ptr);
    }
    return value ? pl_graft_fmt(&sls->graft, at, "%s", value) : (uint32_t)PL_NODE_NONE;
}

/* Of `params:`, for the stage and by default. */
static uint32_t from_params(struct pl_sls *sls, struct pl_slice name)
{
    uint32_t params = pl_doc_get(sls->doc, sls->root, "params");
    uint32_t own = child(sls, child(sls, params, sls->stage), name);
    uint32_t standard = child(sls, child(sls, params, PL_SLICE("default")), name);
    return pl_sls_resolve(sls, own != PL_NODE_NONE ? own : standard);
}

/* One source; NONE: it has no such value, and what stands behind the comma counts. */
static uint32_t from_source(struct pl_sls *sls, struct pl_slice source, struct pl_slice of,
                            struct pl_slice address, struct pl_pos at)
{
    address = pl_slice_trim(address);
    if (pl_slice_is(source, "self") && address.len > 0) {
        return pl_sls_at(sls, sls->root, address);
    }
    if (pl_slice_is(source, "opt")) {
        return PL_NODE_NONE; /* as without options */
    }
    if (pl_slice_is(source, "sls") && pl_slice_is(address, "stage")) {
        return sls->stage.len > 0 ? pl_graft_text(&sls->graft, sls->stage, at)
                                  : pl_graft_unknown(&sls->graft, at);
    }
    if (pl_slice_is(source, "env") && address.len > 0) {
        return from_environment(sls, address, at);
    }
    if (pl_slice_is(source, "param")) {
        return from_params(sls, address);
    }
    if (pl_slice_is(source, "file")) {
        uint32_t file = pl_sls_file(sls, of, at);
        return is_unknown(sls, file) ? file : pl_sls_at(sls, file, address);
    }
    return pl_graft_unknown(&sls->graft, at);
}

/* The part before the next comma that is in no bracket or quote. */
static struct pl_slice next_choice(struct pl_slice *rest)
{
    size_t depth = 0;
    char quote = '\0';
    size_t i = 0;
    for (; i < rest->len; i++) {
        char c = rest->ptr[i];
        if (quote) {
            quote = (char)(c == quote ? '\0' : quote);
        } else if (c == '\'' || c == '"') {
            quote = c;
        } else if (c == '(' || c == '{') {
            depth++;
        } else if ((c == ')' || c == '}') && depth > 0) {
            depth--;
        } else if (c == ',' && depth == 0) {
            break;
        }
    }
    struct pl_slice choice = pl_slice_trim(pl_slice_sub(*rest, 0, i));
    *rest = pl_slice_sub(*rest, i + 1, rest->len);
    return choice;
}

static PL_STATUS expand(struct pl_sls *sls, struct pl_slice text, struct pl_pos at,
                        struct pl_buf *to, bool *ret_known);

/* What stands in ${...}: the first choice that has a value. */
static uint32_t variable(struct pl_sls *sls, struct pl_slice text, struct pl_pos at)
{
    struct pl_buf inner PL_CLEANUP(pl_buf_done) = {.max = TEXT_MAX};
    struct pl_slice rest = text;
    while (rest.len > 0 && !sls->graft.failed) {
        struct pl_slice choice = next_choice(&rest);
        struct pl_slice source;
        struct pl_slice of;
        struct pl_slice address;
        bool is_known = true;
        pl_buf_clear(&inner);
        if (expand(sls, choice, at, &inner, &is_known) != PL_OK) {
            fail(sls);
            return PL_NODE_NONE;
        }
        choice = pl_buf_view(&inner);
        if (!is_known) {
            return pl_graft_unknown(&sls->graft, at);
        }
        if (choice.len > 1 && (choice.ptr[0] == '\'' || choice.ptr[0] == '"')) {
            return pl_graft_fmt(&sls->graft, at, "%.*s", (int)choice.len - 2, choice.ptr + 1);
        }
        if (!split_source(choice, &source, &of, &address)) {
            /* A source's name alone is short for self; anything else is a text. */
            uint32_t own = pl_sls_at(sls, sls->root, choice);
            return own != PL_NODE_NONE ? own
                                       : pl_graft_fmt(&sls->graft, at, "%.*s", (int)choice.len,
                                                      choice.ptr ? choice.ptr : "");
        }
        uint32_t value = from_source(sls, source, of, address, at);
        if (value != PL_NODE_NONE && node_of(sls, value)->kind != PL_NODE_NULL) {
            return value;
        }
    }
    return pl_graft_unknown(&sls->graft, at);
}

/* ${AWS::Region} and ${Name} are CloudFormation's. */
static bool is_ours(struct pl_slice inside)
{
    struct pl_slice source;
    struct pl_slice of;
    struct pl_slice address;
    return split_source(pl_slice_trim(inside), &source, &of, &address);
}

/* A text with its variables put in; one that is a map or not known makes all of it unknown. */
static PL_STATUS expand(struct pl_sls *sls, struct pl_slice text, struct pl_pos at,
                        struct pl_buf *to, bool *ret_known)
{
    enum pl_status status = PL_OK;
    while (!status && text.len > 0) {
        size_t open = pl_slice_find_text(text, PL_SLICE("${"));
        struct pl_slice behind = pl_slice_sub(text, open, text.len);
        size_t end = behind.len > 0 ? closing(behind, '{', '}') : 0;
        status = pl_buf_slice(to, pl_slice_sub(text, 0, open), sls->graft.err);
        if (status || end == 0) {
            return status ? status : pl_buf_slice(to, behind, sls->graft.err);
        }
        struct pl_slice inside = pl_slice_sub(behind, 2, end - 1);
        text = pl_slice_sub(behind, end, behind.len);
        if (!is_ours(inside)) {
            status = pl_buf_slice(to, pl_slice_sub(behind, 0, end), sls->graft.err);
            continue;
        }
        uint32_t value =
            ++sls->depth < PL_SLS_DEPTH ? variable(sls, inside, at) : (uint32_t)PL_NODE_NONE;
        sls->depth--;
        const struct pl_node *it = node_of(sls, value);
        if (sls->graft.failed) {
            return sls->graft.err->code;
        }
        *ret_known = *ret_known && it->kind == PL_NODE_SCALAR && !is_unknown(sls, value);
        status = pl_buf_slice(to, it->text, sls->graft.err);
    }
    return status;
}

static uint32_t resolve_scalar(struct pl_sls *sls, uint32_t node)
{
    struct pl_slice text = node_of(sls, node)->text;
    struct pl_pos at = node_of(sls, node)->at;
    struct pl_slice tag = node_of(sls, node)->tag;
    struct pl_slice copy;
    bool is_known = true;
    if (!has_variable(text)) {
        return pl_graft_copy(&sls->graft, node, NULL);
    }
    bool is_whole = pl_slice_starts(text, PL_SLICE("${")) && closing(text, '{', '}') == text.len &&
                    is_ours(pl_slice_sub(text, 2, text.len - 1));
    if (is_whole) {
        uint32_t value = variable(sls, pl_slice_sub(text, 2, text.len - 1), at);
        return pl_graft_copy(&sls->graft, value, NULL);
    }
    struct pl_buf made PL_CLEANUP(pl_buf_done) = {.max = TEXT_MAX};
    enum pl_status status = expand(sls, text, at, &made, &is_known);
    if (status == PL_ERR_LIMIT || !is_known) {
        return pl_graft_unknown(&sls->graft, at);
    }
    if (status || pl_arena_dup(sls->graft.arena, pl_buf_view(&made), &copy, sls->graft.err)) {
        fail(sls);
        return PL_NODE_NONE;
    }
    uint32_t result = pl_graft_text(&sls->graft, copy, at);
    if (!sls->graft.failed) {
        sls->graft.doc->node[result].tag = tag;
    }
    return result;
}

static uint32_t resolve_list(struct pl_sls *sls, uint32_t node)
{
    bool is_map = node_of(sls, node)->kind == PL_NODE_MAP;
    struct pl_slice tag = node_of(sls, node)->tag;
    struct pl_graft_list list = is_map ? pl_graft_map(&sls->graft, node_of(sls, node)->at)
                                       : pl_graft_seq(&sls->graft, node_of(sls, node)->at);
    if (!sls->graft.failed) {
        sls->graft.doc->node[list.node].tag = tag;
    }
    uint32_t at = node_of(sls, node)->child;
    while (at != PL_NODE_NONE && !sls->graft.failed) {
        uint32_t value = is_map ? node_of(sls, at)->next : at;
        struct pl_slice key = node_of(sls, at)->text;
        struct pl_pos place = node_of(sls, at)->at;
        uint32_t next = node_of(sls, value)->next;
        uint32_t made = pl_sls_resolve(sls, value);
        if (is_map) {
            pl_graft_put_at(&sls->graft, &list, key, place, made);
        } else {
            pl_graft_add(&sls->graft, &list, made);
        }
        at = next;
    }
    return list.node;
}

uint32_t pl_sls_resolve(struct pl_sls *sls, uint32_t node)
{
    if (node == PL_NODE_NONE || sls->graft.failed) {
        return PL_NODE_NONE;
    }
    if (sls->depth >= PL_SLS_DEPTH || sls->steps >= PL_SLS_STEPS) {
        return pl_graft_unknown(&sls->graft, node_of(sls, node)->at);
    }
    sls->depth++;
    sls->steps++;
    uint32_t made = PL_NODE_NONE;
    switch ((enum pl_node_kind)node_of(sls, node)->kind) {
    case PL_NODE_NULL:
        made = pl_graft_copy(&sls->graft, node, NULL);
        break;
    case PL_NODE_SCALAR:
        made = resolve_scalar(sls, node);
        break;
    case PL_NODE_SEQ:
    case PL_NODE_MAP:
        made = resolve_list(sls, node);
        break;
    }
    sls->depth--;
    return made;
}
