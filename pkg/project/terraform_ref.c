/* References: what the configuration names where the plan does not know the value yet. */
#include "pkg/project/terraform_read.h"

enum { MAX_PARTS = 64 /* references of one expression that are looked at */ };

uint32_t pl_tf_find(const struct pl_doc *doc, uint32_t list, const char *key,
                    struct pl_slice wanted)
{
    uint32_t at = pl_doc_node(doc, list)->kind == PL_NODE_SEQ ? pl_doc_node(doc, list)->child
                                                              : (uint32_t)PL_NODE_NONE;
    while (at != PL_NODE_NONE &&
           !pl_slice_eq(pl_doc_node(doc, pl_doc_get(doc, at, key))->text, wanted)) {
        at = pl_doc_node(doc, at)->next;
    }
    return at;
}

static PL_STATUS fmt(struct pl_tf *tf, struct pl_slice *ret, struct pl_slice a, struct pl_slice b,
                     const char *behind)
{
    return pl_arena_fmt(tf->graft.arena, ret, tf->graft.err, "%.*s%.*s%s", (int)a.len,
                        a.ptr ? a.ptr : "", (int)b.len, b.ptr ? b.ptr : "", behind);
}

uint32_t pl_tf_get(const struct pl_doc *doc, uint32_t map, struct pl_slice key)
{
    const struct pl_node *it = pl_doc_node(doc, map);
    uint32_t at = it->kind == PL_NODE_MAP ? it->child : (uint32_t)PL_NODE_NONE;
    while (at != PL_NODE_NONE) {
        uint32_t value = pl_doc_node(doc, at)->next;
        if (pl_slice_eq(pl_doc_node(doc, at)->text, key)) {
            return value;
        }
        at = pl_doc_node(doc, value)->next;
    }
    return PL_NODE_NONE;
}

/* "a" of "module.x.module.a[0]". */
static struct pl_slice last_module(struct pl_slice address)
{
    static const char word[] = "module.";
    size_t from = 0;
    for (size_t i = 0; i + sizeof word - 1 <= address.len; i++) {
        bool starts = i == 0 || address.ptr[i - 1] == '.';
        if (starts && pl_slice_starts(pl_slice_sub(address, i, address.len), PL_SLICE("module."))) {
            from = i + sizeof word - 1;
        }
    }
    struct pl_slice name = pl_slice_sub(address, from, address.len);
    return pl_slice_sub(name, 0, pl_slice_find(name, '['));
}

PL_STATUS pl_tf_enter(struct pl_tf *tf, const struct pl_tf_module *outer, struct pl_slice address,
                      struct pl_tf_module *to)
{
    uint32_t calls = pl_doc_get(tf->doc, outer->config, "module_calls");
    uint32_t call = pl_tf_get(tf->doc, calls, last_module(address));
    *to = (struct pl_tf_module){.outer = outer,
                                .config = pl_doc_get(tf->doc, call, "module"),
                                .call = pl_doc_get(tf->doc, call, "expressions")};
    return fmt(tf, &to->prefix, address, PL_SLICE("."), "");
}

/* "aws_sqs_queue.q[0]" of "aws_sqs_queue.q[0].arn"; empty when it names no resource. */
static struct pl_slice resource_of(struct pl_slice reference)
{
    bool quoted = false;
    bool bracket = false;
    int dots = 0;
    size_t end = 0;
    for (; end < reference.len; end++) {
        char c = reference.ptr[end];
        quoted = c == '"' ? !quoted : quoted;
        bracket = !quoted && (c == '[' || c == ']') ? c == '[' : bracket;
        dots += c == '.' && !bracket;
        if (dots == 2) {
            break;
        }
    }
    return dots > 0 ? pl_slice_sub(reference, 0, end) : PL_SLICE("");
}

struct search {
    struct pl_tf *tf;
    const struct pl_tf_own *own; /* whose expression it is */
    struct pl_tf_reference *found;
    uint32_t max, n;
    unsigned depth;
    bool has_other; /* something that is no resource takes part */
    bool is_each;   /* among it each.key or count.index */
};

static PL_STATUS look(struct search *s, const struct pl_tf_module *module, uint32_t expression);

/* "arn" of ".arn[0].x" */
static struct pl_slice first_attribute(struct pl_slice behind)
{
    struct pl_slice name = pl_slice_sub(behind, 1, behind.len);
    name = pl_slice_sub(name, 0, pl_slice_find(name, '.'));
    return pl_slice_sub(name, 0, pl_slice_find(name, '['));
}

/* A plan names the attribute first, then the resource once more as a whole. */
static void note(struct search *s, struct pl_slice address, struct pl_slice attribute)
{
    uint32_t i = 0;
    while (i < s->n && i < s->max && !pl_slice_eq(s->found[i].address, address)) {
        i++;
    }
    if (i >= s->max) {
        s->n++;
        return;
    }
    if (i == s->n) {
        s->found[s->n++] = (struct pl_tf_reference){address, attribute};
        return;
    }
    if (attribute.len > 0 && !pl_slice_eq(s->found[i].attribute, attribute)) {
        s->found[i].attribute = PL_SLICE("?");
    }
}

/* Behind "module.NAME": an output of that module. */
static PL_STATUS look_output(struct search *s, const struct pl_tf_module *module,
                             struct pl_slice reference)
{
    struct pl_slice whole = resource_of(reference);
    struct pl_slice output = first_attribute(pl_slice_sub(reference, whole.len, reference.len));
    struct pl_slice address;
    struct pl_tf_module inner;
    if (output.len == 0 || fmt(s->tf, &address, module->prefix, whole, "") != PL_OK ||
        pl_tf_enter(s->tf, module, address, &inner) != PL_OK) {
        return output.len == 0 ? PL_OK : s->tf->graft.err->code;
    }
    uint32_t outputs = pl_doc_get(s->tf->doc, inner.config, "outputs");
    uint32_t it = pl_tf_get(s->tf->doc, outputs, output);
    return look(s, &inner, pl_doc_get(s->tf->doc, it, "expression"));
}

/* A resource of this module, or the one of its instances that is meant. */
static PL_STATUS look_resource(struct search *s, const struct pl_tf_module *module,
                               struct pl_slice reference)
{
    struct pl_slice name = resource_of(reference);
    struct pl_slice attribute = first_attribute(pl_slice_sub(reference, name.len, reference.len));
    if (name.len == 0) {
        s->has_other = true;
        return PL_OK;
    }
    /* One with a count of one is the same thing to whoever wrote it; name[each.key] means the
     * instance with the key of the one that is read. */
    bool is_each = s->is_each && module == s->own->module;
    const struct pl_slice behind[] = {PL_SLICE(""), is_each ? s->own->index : PL_SLICE("[0]")};
    for (size_t i = 0; i < sizeof behind / sizeof *behind; i++) {
        struct pl_slice indexed = name;
        struct pl_slice address;
        uint64_t node = 0;
        if (fmt(s->tf, &indexed, name, behind[i], "") != PL_OK ||
            fmt(s->tf, &address, module->prefix, indexed, "") != PL_OK) {
            return s->tf->graft.err->code;
        }
        if (pl_map_get(&s->tf->address, address, &node)) {
            note(s, address, attribute);
            return PL_OK;
        }
    }
    s->has_other = true;
    return PL_OK;
}

static PL_STATUS look_reference(struct search *s, const struct pl_tf_module *module,
                                struct pl_slice reference)
{
    uint32_t before = s->n;
    enum pl_status status = PL_OK;
    if (pl_slice_starts(reference, PL_SLICE("var."))) {
        struct pl_slice name = first_attribute(pl_slice_sub(reference, 3, reference.len));
        status = module->outer ? look(s, module->outer, pl_tf_get(s->tf->doc, module->call, name))
                               : PL_OK;
        s->has_other = s->has_other || s->n == before;
        return status;
    }
    return pl_slice_starts(reference, PL_SLICE("module.")) ? look_output(s, module, reference)
                                                           : look_resource(s, module, reference);
}

static bool names_each(const struct pl_doc *doc, uint32_t at)
{
    bool is = false;
    for (; at != PL_NODE_NONE && !is; at = pl_doc_node(doc, at)->next) {
        struct pl_slice name = pl_doc_node(doc, at)->text;
        is = pl_slice_is(name, "each.key") || pl_slice_is(name, "count.index");
    }
    return is;
}

static PL_STATUS look(struct search *s, const struct pl_tf_module *module, uint32_t expression)
{
    uint32_t list = pl_doc_get(s->tf->doc, expression, "references");
    const struct pl_node *it = pl_doc_node(s->tf->doc, list);
    enum pl_status status = PL_OK;
    if (it->kind != PL_NODE_SEQ || s->depth >= PL_TF_DEPTH) {
        return PL_OK;
    }
    s->depth++;
    int n = 0;
    s->is_each = names_each(s->tf->doc, it->child);
    for (uint32_t at = it->child; !status && at != PL_NODE_NONE && n < MAX_PARTS; n++) {
        status = look_reference(s, module, pl_doc_node(s->tf->doc, at)->text);
        at = pl_doc_node(s->tf->doc, at)->next;
    }
    s->depth--;
    return status;
}

PL_STATUS pl_tf_references(struct pl_tf *tf, const struct pl_tf_own *own, uint32_t expression,
                           struct pl_tf_reference *ret, uint32_t max, uint32_t *ret_n)
{
    struct search s = {.tf = tf, .own = own, .found = ret, .max = max};
    enum pl_status status = look(&s, own->module, expression);
    for (uint32_t i = 0; i < s.n && i < max; i++) {
        if (s.has_other || ret[i].attribute.len == 0) {
            ret[i].attribute = PL_SLICE("?");
        }
    }
    *ret_n = s.n;
    return status;
}
