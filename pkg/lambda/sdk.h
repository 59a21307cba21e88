/* The AWS SDK that a managed runtime brings along. */
#ifndef PL_PKG_LAMBDA_SDK_H
#define PL_PKG_LAMBDA_SDK_H

#include "pkg/lambda/runtimes.h"

enum { PL_SDK_FOLDERS = 4 };

struct pl_sdk {
    enum pl_language language;
    uint16_t first_major, last_major;   /* of the runtime; 0: from the first, to the newest */
    const char *name;                   /* "boto3" */
    const char *folder[PL_SDK_FOLDERS]; /* where installers put it in a function, NULL-filled */
    const char *version;                /* what is known of the version: AWS publishes no number */
    const char *source;
};

/* NULL when the runtime brings none. */
const struct pl_sdk *pl_runtime_sdk(const struct pl_runtime *runtime);

#endif
