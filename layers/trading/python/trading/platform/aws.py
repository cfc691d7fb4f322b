"""AWS clients, one of each per process, with timeouts and retries of our own choosing.

botocore would wait 60 s for an answer; a function behind API Gateway is dead after 29 s.
"""

from functools import cache
from typing import Any

import boto3
from botocore.config import Config

CONNECT_TIMEOUT_SECONDS = 2
READ_TIMEOUT_SECONDS = 5
MAX_ATTEMPTS = 3

CONFIG = Config(
    connect_timeout=CONNECT_TIMEOUT_SECONDS,
    read_timeout=READ_TIMEOUT_SECONDS,
    retries={"mode": "standard", "total_max_attempts": MAX_ATTEMPTS},
)


@cache
def client(service: str) -> Any:  # noqa: ANN401 - boto3 makes its classes at run time
    """Return the process's client of an AWS service."""
    make: Any = boto3.client  # the stubs know each service by name only
    return make(service, config=CONFIG)


@cache
def signing_s3() -> Any:  # noqa: ANN401 - boto3 makes its classes at run time
    """Return the process's S3 client, whose presigned requests bind type and length too."""
    make: Any = boto3.client
    return make("s3", config=CONFIG.merge(Config(signature_version="s3v4")))
