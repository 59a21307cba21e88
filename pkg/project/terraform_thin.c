/*
 * Plans of large projects: most of their bytes tell what was before, or of resources that are none
 * of ours.  Those values become null and blanks, so that everything else keeps its place; what is
 * left is read as any plan is, within the same bounds.
 */
#include "pkg/base/limits.h"
#include "pkg/project/terraform.h"
#include "pkg/project/terraform_read.h"

#include <string.h>

struct frame {
    bool is_map, is_change;     /* a map, that under the key "change" */
    bool is_resource, is_other; /* it has a mode, and the type or mode is none of ours */
};

struct scan {
    char *text;
    size_t n, pos;
    struct frame frame[PL_MAX_DOC_DEPTH];
    unsigned depth; /* frames in use */
};

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void skip_space(struct scan *s)
{
    while (s->pos < s->n && is_space(s->text[s->pos])) {
        s->pos++;
    }
}

/* At a quote; the text between it and the next is as it stands, escapes and all. */
static struct pl_slice take_string(struct scan *s)
{
    size_t from = ++s->pos;
    while (s->pos < s->n && s->text[s->pos] != '"') {
        s->pos += s->text[s->pos] == '\\' ? 2 : 1;
    }
    s->pos = s->pos < s->n ? s->pos : s->n;
    struct pl_slice text = pl_slice_make(s->text + from, s->pos - from);
    s->pos += s->pos < s->n;
    return text;
}

/* Behind the value that begins here. */
static void skip_value(struct scan *s)
{
    size_t depth = 0;
    do {
        char c = (char)(s->pos < s->n ? s->text[s->pos] : '\0');
        if (c == '"') {
            (void)take_string(s);
            continue;
        }
        if (depth == 0 && (c == ',' || c == '}' || c == ']' || is_space(c))) {
            return;
        }
        depth += c == '{' || c == '[';
        depth -= c == '}' || c == ']';
        s->pos += s->pos < s->n;
    } while (s->pos < s->n && (depth > 0 || (s->text[s->pos] != ',' && s->text[s->pos] != '}' &&
                                             s->text[s->pos] != ']')));
}

static void blank(struct scan *s, size_t from)
{
    static const char null[] = "null";
    if (s->pos - from < sizeof null - 1) {
        return;
    }
    for (size_t i = from; i < s->pos; i++) {
        if (s->text[i] != '\n' && s->text[i] != '\r') {
            s->text[i] = ' ';
        }
    }
    for (size_t i = 0; i < sizeof null - 1; i++) {
        s->text[from + i] = null[i];
    }
}

static bool is_one_of(struct pl_slice key, const char *const *list)
{
    while (*list && !pl_slice_is(key, *list)) {
        list++;
    }
    return *list != NULL;
}

/* Does nothing that is judged hang on this value? */
static bool is_waste(const struct scan *s, const struct frame *frame, struct pl_slice key)
{
    static const char *const top[] = {"prior_state", "resource_drift", "relevant_attributes",
                                      "checks",      "output_changes", NULL};
    static const char *const before[] = {"before", "before_sensitive", "after_sensitive", "after",
                                         NULL};
    static const char *const other[] = {"values", "change", "expressions", "sensitive_values",
                                        NULL};
    return (s->depth == 1 && is_one_of(key, top)) || (frame->is_change && is_one_of(key, before)) ||
           (frame->is_other && is_one_of(key, other)) ||
           (frame->is_resource && pl_slice_is(key, "sensitive_values"));
}

/* A value of a map that stands at s->pos; its own contents, if any, are for the loop. */
static void enter_value(struct scan *s, struct frame *frame, struct pl_slice key)
{
    size_t from = s->pos;
    char c = (char)(s->pos < s->n ? s->text[s->pos] : '\0');
    if (is_waste(s, frame, key)) {
        skip_value(s);
        blank(s, from);
        return;
    }
    if (c == '"') {
        struct pl_slice text = take_string(s);
        bool is_mode = pl_slice_is(key, "mode");
        frame->is_resource = frame->is_resource || is_mode;
        frame->is_other =
            frame->is_other || (is_mode && !pl_slice_is(text, "managed")) ||
            (frame->is_resource && pl_slice_is(key, "type") && pl_tf_type_find(text) == NULL);
        return;
    }
    if (c == '{' && s->depth < PL_MAX_DOC_DEPTH) {
        s->pos++;
        s->frame[s->depth++] =
            (struct frame){.is_map = true, .is_change = pl_slice_is(key, "change")};
    }
}

void pl_terraform_thin(char *text, size_t n)
{
    struct scan s = {.text = text, .n = n};
    while (skip_space(&s), s.pos < s.n) {
        struct frame *frame = s.depth > 0 ? &s.frame[s.depth - 1] : NULL;
        char c = text[s.pos];
        if (c == '"') {
            struct pl_slice key = take_string(&s);
            skip_space(&s);
            if (frame && frame->is_map && s.pos < s.n && text[s.pos] == ':') {
                s.pos++;
                skip_space(&s);
                enter_value(&s, frame, key);
            }
            continue;
        }
        if ((c == '{' || c == '[') && s.depth == PL_MAX_DOC_DEPTH) {
            return; /* the reader refuses it */
        }
        if (c == '{' || c == '[') {
            s.frame[s.depth++] = (struct frame){.is_map = c == '{'};
        }
        if ((c == '}' || c == ']') && s.depth > 0) {
            s.depth--;
        }
        s.pos++;
    }
}
