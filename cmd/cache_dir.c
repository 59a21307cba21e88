#include "cmd/cache_dir.h"

#include "pkg/base/limits.h"

#include <stdlib.h>

/* https://specifications.freedesktop.org/basedir-spec/latest/: a relative path counts as not set.
 */
enum pl_status pl_cache_dir(const struct pl_options *options, struct pl_buf *to, struct pl_err *err)
{
    const char *cache = getenv("XDG_CACHE_HOME");
    const char *home = getenv("HOME");
    if (options->cache_dir) {
        return pl_buf_text(to, options->cache_dir, err);
    }
    if (cache && cache[0] == '/') {
        return pl_buf_fmt(to, err, "%s/plimsoll", cache);
    }
    return home && home[0] == '/' ? pl_buf_fmt(to, err, "%s/.cache/plimsoll", home) : PL_OK;
}
