/* --data FILE: facts about runtimes that are newer than the program. */
#include "cmd/options.h"
#include "cmd/term.h"
#include "pkg/base/file.h"
#include "pkg/base/limits.h"
#include "pkg/lambda/data.h"

#include <string.h>

PL_STATUS pl_options_use_data(const struct pl_options *options, struct pl_runtime_data *data,
                              struct pl_err *err)
{
    struct pl_buf text PL_CLEANUP(pl_buf_done) = {.max = PL_MAX_DOC_BYTES};
    if (!options->data) {
        return PL_OK;
    }
    if (pl_file_read(options->data, &text, err) != PL_OK) {
        return pl_err_wrap(err, "--data");
    }
    if (pl_runtime_data_parse(data, options->data, pl_buf_view(&text), err) != PL_OK) {
        return err->code;
    }
    if (strcmp(data->date, PL_LAMBDA_DATA_DATE) < 0) {
        pl_term_say("%s: facts of %s are older than those of this program, " PL_LAMBDA_DATA_DATE
                    ", and not used",
                    options->data, data->date);
        return PL_OK;
    }
    pl_runtime_data_use(data);
    return PL_OK;
}
