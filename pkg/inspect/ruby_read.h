/* The parts of the Ruby reader; for its own files only. */
#ifndef PL_PKG_INSPECT_RUBY_READ_H
#define PL_PKG_INSPECT_RUBY_READ_H

#include "pkg/inspect/ruby.h"
#include "pkg/inspect/ruby_lex.h"

/* How far parameters are looked for. */
enum { SCAN_MAX = 4096 };

enum rb_frame_kind {
    F_TOP,
    F_MODULE,
    F_SINGLETON, /* class << self */
    F_FOREIGN,   /* class << something */
    F_DEF,
    F_BEGIN,
    F_BRANCH, /* if, unless, case */
    F_LOOP,   /* while, until, for: takes one `do` */
    F_DO,
    F_BRACE,
    F_PAREN,
    F_SQUARE
};

struct rb_frame {
    struct pl_slice owner;
    uint8_t kind;
    bool waits_do;  /* of a loop */
    bool functions; /* module_function without arguments was said */
};

struct rb_reader {
    struct rb_lex lex;
    struct pl_rb rb;
    size_t cap_name, cap_mixin, cap_require;
    struct rb_frame *frame; /* owned */
    size_t depth, cap;
    struct rb_token token, prev;
    bool doubt; /* brackets and `end`s do not match */
    struct pl_arena *arena;
    struct pl_err *err;
};

/* ruby.c */
bool rb_is_word(const struct rb_token *token, const char *word);
bool rb_is_op(const struct rb_token *token, char op);
bool rb_is_constant(struct pl_slice s);
void rb_step(struct rb_reader *r);
PL_STATUS rb_push(struct rb_reader *r, enum rb_frame_kind kind, struct pl_slice owner);
const struct rb_frame *rb_around(const struct rb_reader *r, enum pl_sure *ret_sure,
                                 bool *ret_loose);
PL_STATUS rb_add_name(struct rb_reader *r, struct pl_rb_name name, uint32_t at);
PL_STATUS rb_add_mixin(struct rb_reader *r, struct pl_rb_mixin mixin);
PL_STATUS rb_add_require(struct rb_reader *r, struct pl_slice path, enum pl_rb_require_kind kind);
PL_STATUS rb_mention(struct rb_reader *r, struct pl_slice s, uint32_t at);
void rb_take_locals(struct rb_reader *r, uint32_t from, char stop);
struct pl_slice rb_read_path(struct rb_reader *r);
PL_STATUS rb_join(struct rb_reader *r, struct pl_slice owner, struct pl_slice name,
                  struct pl_slice *ret);
bool rb_in_list(const struct rb_token *token, const char *const *list);

/* ruby_define.c: one for each keyword or call that defines something; its word is current. */
PL_STATUS rb_read_class(struct rb_reader *r, bool is_class);
PL_STATUS rb_read_def(struct rb_reader *r);
PL_STATUS rb_read_require(struct rb_reader *r, bool dotted);
PL_STATUS rb_read_mixin(struct rb_reader *r);
void rb_note_dynamic(struct rb_reader *r);
PL_STATUS rb_read_module_function(struct rb_reader *r);
PL_STATUS rb_read_constant(struct rb_reader *r);

#endif
