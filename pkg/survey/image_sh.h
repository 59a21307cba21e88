/* What the two files of the start script's reader share.  For them only. */
#ifndef PL_PKG_SURVEY_IMAGE_SH_H
#define PL_PKG_SURVEY_IMAGE_SH_H

#include "pkg/base/buf.h"
#include "pkg/survey/image_shell.h"

/* What separates or joins commands. */
enum token { T_WORD, T_END, T_AND, T_OR, T_AMP, T_SEMI, T_SEMI2, T_OPEN, T_CLOSE, T_PIPE, T_REDIR };

struct sh {
    struct pl_shell *is;
    struct pl_slice src;
    size_t pos;
    struct pl_buf word;
    struct pl_words fields;   /* of the command at hand */
    bool unknown[64];         /* by field: its value is not known */
    bool quoted, has_unknown; /* of the word at hand */
    unsigned steps, depth, cases;
    bool condition;        /* what is read decides which way an `if` goes */
    bool done;             /* exec was reached */
    bool ok;               /* status of the last command */
    struct pl_words unset; /* names whose values are not known */
};

void pl_sh_give_up(struct sh *s, const char *why);
/* The byte at hand, -1 at the end. */
int pl_sh_peek(const struct sh *s);
void pl_sh_skip_blanks(struct sh *s);
bool pl_sh_is_name(int c, bool first);
bool pl_sh_ends_word(int c);
/* One word with all that it expands to, behind `fields`. */
PL_STATUS pl_sh_read_word(struct sh *s, struct pl_err *err);
enum token pl_sh_next_token(struct sh *s);
/* "2>&1", ">/dev/null": where output goes decides nothing here. */
PL_STATUS pl_sh_skip_redirection(struct sh *s, struct pl_err *err);

#endif
