/* Files of a searched folder that only their content tells. */
#include "cmd/search_look.h"

#include "pkg/base/file.h"
#include "pkg/base/limits.h"
#include "pkg/project/template.h"

#include <errno.h>
#include <sys/stat.h>

enum { START_BYTES = 4096, MAX_FILES = 50000 };
#define MAX_READ_BYTES PL_MB(512)

static bool has(struct pl_slice text, const char *word)
{
    return pl_slice_find_text(text, pl_slice_of(word)) < text.len;
}

/* Would anything in it be judged? */
static bool has_function(struct pl_slice text)
{
    return has(text, "AWS::Lambda::") || has(text, "AWS::Serverless::") ||
           has(text, "aws_lambda_") || has(text, "AWS::CloudFormation::Stack") ||
           !has(text, "AWS::");
}

/* A plan says what it is at its start, however large it is. */
static bool is_plan_start(struct pl_slice start)
{
    return has(start, "\"terraform_version\"") && has(start, "\"format_version\"");
}

static PL_STATUS look_at_start(const char *path, int fd, enum pl_looked *ret, struct pl_err *err)
{
    char start[START_BYTES];
    if (pl_file_pread(fd, path, start, sizeof start, 0, err) != PL_OK) {
        return err->code;
    }
    *ret = is_plan_start(pl_slice_make(start, sizeof start)) ? PL_LOOKED_TEMPLATE : PL_LOOKED_OTHER;
    return PL_OK;
}

PL_STATUS pl_search_look(struct pl_search_budget *budget, const char *path, enum pl_looked *ret,
                         struct pl_err *err)
{
    struct pl_buf text PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_DOC_BYTES};
    int fd PL_CLEANUP(pl_fd_close) = -1;
    struct stat st;
    *ret = PL_LOOKED_OTHER;
    if (budget->files >= MAX_FILES || budget->bytes >= MAX_READ_BYTES) {
        *ret = PL_LOOKED_NOT;
        return PL_OK;
    }
    budget->files++;
    if (pl_file_open(path, &fd, err) != PL_OK) {
        return err->code;
    }
    if (fstat(fd, &st) != 0) {
        return pl_err_sys(err, errno, "%s", path);
    }
    if ((uint64_t)st.st_size > PL_MAX_DOC_BYTES) {
        return look_at_start(path, fd, ret, err);
    }
    budget->bytes += (uint64_t)st.st_size;
    if (pl_file_read_fd(fd, path, &text, err) != PL_OK) {
        return err->code;
    }
    struct pl_slice view = pl_buf_view(&text);
    if (pl_template_recognise(view)) {
        *ret = has_function(view) ? PL_LOOKED_TEMPLATE : PL_LOOKED_EMPTY;
    }
    return PL_OK;
}
