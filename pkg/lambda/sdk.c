#include "pkg/lambda/sdk.h"

/* AWS names no versions any more: "depends on the runtime version and your AWS Region". */
static const char by_region[] = "its version depends on runtime and region";

static const struct pl_sdk table[] = {
    {PL_LANG_PYTHON,
     0,
     0,
     "boto3",
     {"boto3", "botocore", "s3transfer", "jmespath"},
     by_region,
     "AWS developer guide, lambda-python, 2026-07"},
    {PL_LANG_NODEJS,
     18,
     0,
     "the AWS SDK for JavaScript v3",
     {"node_modules/@aws-sdk"},
     by_region,
     "AWS developer guide, lambda-nodejs, 2026-07"},
    {PL_LANG_NODEJS,
     0,
     16,
     "the AWS SDK for JavaScript v2",
     {"node_modules/aws-sdk"},
     by_region,
     "AWS developer guide, lambda-nodejs, 2023-10"},
};

const struct pl_sdk *pl_runtime_sdk(const struct pl_runtime *runtime)
{
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const struct pl_sdk *sdk = &table[i];
        if (runtime && sdk->language == runtime->language &&
            runtime->version_major >= sdk->first_major &&
            (sdk->last_major == 0 || runtime->version_major <= sdk->last_major)) {
            return sdk;
        }
    }
    return NULL;
}
