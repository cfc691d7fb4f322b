"""Secrets, read from Secrets Manager by name and kept for a few minutes, so that rotation gets through."""

import json
import time
from collections.abc import Mapping

from trading.platform.aws import client

KEPT_SECONDS = 300

_kept: dict[str, tuple[float, str]] = {}


def secret_text(name: str) -> str:
    """Return a secret's text."""
    kept = _kept.get(name)
    if kept is None or time.monotonic() - kept[0] > KEPT_SECONDS:
        text = str(client("secretsmanager").get_secret_value(SecretId=name)["SecretString"])
        kept = _kept[name] = (time.monotonic(), text)
    return kept[1]


def secret_fields(name: str) -> Mapping[str, str]:
    """Return a secret that is a JSON object of strings."""
    fields: dict[str, str] = json.loads(secret_text(name))
    return fields
