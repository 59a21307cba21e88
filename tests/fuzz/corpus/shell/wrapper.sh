#!/bin/sh
set -euo pipefail
if [ -z "${AWS_LAMBDA_RUNTIME_API}" ]; then
  exec /usr/local/bin/aws-lambda-rie python3 -m awslambdaric "$@"
elif [[ "$1" == bash ]]; then
  exec "$@"
else
  exec python3 -m awslambdaric "$@"
fi
