"""Fixtures of every test that needs AWS: an in-process one, never the real one."""

import gc
import os
from collections.abc import Iterator
from pathlib import Path
from threading import Lock
from typing import Any

import pytest
from botocore.client import BaseClient
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from moto import backend_index, mock_aws

from tests.support.direct_dynamodb import go_directly
from tests.support.direct_sqs import send_directly
from tests.support.moto_speedups import copy_lightly
from tests.support.tables import create_keys_and_buckets, create_tables
from tests.support.world import World, new_world
from trading.markets.wiring import recent_closures
from trading.platform import aws as aws_clients
from trading.platform import tables
from trading.platform.settings import settings

SERVICES = frozenset({"dynamodb", "kms", "lambda", "s3", "secretsmanager", "sqs", "ssm"})
"""The services that tests use; to look for the address of each other one takes a while at each request."""

OBJECTS_BETWEEN_COLLECTIONS = 50_000

# Time on the wall says nothing of our code: unit tests only get what end-to-end tests beside them leave.
hypothesis_settings.register_profile("usual", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.register_profile("exhaustive", hypothesis_settings.get_profile("usual"), max_examples=1_000)
hypothesis_settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "usual"))


def pytest_collection_finish() -> None:
    """Collect garbage less often, and not among modules: tests make much that goes by itself."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS, 20, 20)


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Give the test an AWS of its own, with the catalogue's tables, two encryption keys and a bucket."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.setenv(name, "us-east-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    patterns = [pattern for pattern in backend_index.backend_url_patterns if pattern[0] in SERVICES]
    monkeypatch.setattr(backend_index, "backend_url_patterns", patterns)
    # The session knows no state but the services' descriptions, which are slow to read.
    with mock_aws(config={"core": {"reset_boto3_session": False}}):
        copy_lightly(monkeypatch)
        monkeypatch.setenv("MARKET_DATA_EXCHANGES", "NASDAQ,NYSE")
        go_directly(monkeypatch)
        send_directly(monkeypatch)
        create_tables()
        for name, value in create_keys_and_buckets().items():
            monkeypatch.setenv(name, value)
        settings.cache_clear()
        recent_closures.cache_clear()
        yield
    settings.cache_clear()
    aws_clients.client.cache_clear()
    aws_clients.signing_s3.cache_clear()
    tables.forget_connections()


@pytest.fixture
def one_request_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the in-process AWS serve threads one by one: it undoes a failed transaction with what others wrote."""
    real, lock = BaseClient._make_api_call, Lock()

    def call(client: BaseClient, operation: str, arguments: dict[str, Any]) -> Any:
        with lock:
            return real(client, operation, arguments)

    monkeypatch.setattr(BaseClient, "_make_api_call", call)


@pytest.fixture
def world(aws: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Give the test handlers, records and partners of its own, in one process."""
    with new_world(tmp_path, monkeypatch) as made:
        yield made
