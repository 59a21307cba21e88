/* The JSON Schema of plimsoll.yaml, from the table of its keys. */
#ifndef PL_CMD_CONFIG_SCHEMA_H
#define PL_CMD_CONFIG_SCHEMA_H

#include "pkg/base/buf.h"

PL_STATUS pl_config_schema(struct pl_buf *to, struct pl_err *err);

#endif
