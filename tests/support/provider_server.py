"""A provider of market data on loopback, named in the environment of whoever asks it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import boto3
import pytest

from trading.markets.wiring import market_data
from trading.platform.settings import settings

SECRET = "market-data-test"


@contextmanager
def provider_server(
    patch: pytest.MonkeyPatch, handler: type[BaseHTTPRequestHandler], *, exchanges: str, **state: object
) -> Iterator[HTTPServer]:
    """Run a provider that covers some exchanges; its `state` is what the handler finds on its server."""
    server = HTTPServer(("127.0.0.1", 0), handler)
    vars(server).update(state)
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    patch.setenv("MARKET_DATA_URL", f"http://127.0.0.1:{server.server_port}")
    patch.setenv("MARKET_DATA_SECRET", SECRET)
    patch.setenv("MARKET_DATA_EXCHANGES", exchanges)
    keys = json.dumps({"key_id": "id", "secret_key": "secret"})
    boto3.client("secretsmanager").create_secret(Name=SECRET, SecretString=keys)
    _forget_settings()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        _forget_settings()


def _forget_settings() -> None:
    settings.cache_clear()
    market_data.cache_clear()
