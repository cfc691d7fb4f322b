"""`make bench`: measure, print, and write build/bench.json."""

import os
import sys

import boto3
import pytest
from moto import mock_aws

from infra.catalogue import ROOT
from tests.bench import billing, holdings, imports, money, notifications, trading
from tests.bench.figures import Figure, show
from tests.support.light_copies import copy_lightly
from tests.support.tables import create_tables


def main() -> int:
    """Measure everything; return the exit code."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        os.environ[name] = "testing"
    os.environ["AWS_DEFAULT_REGION"] = os.environ["AWS_REGION"] = "us-east-1"
    copy_lightly(pytest.MonkeyPatch())  # else the copies of many people's tables fill the memory
    figures: list[Figure] = []
    with mock_aws():
        create_tables(boto3.client("dynamodb"))
        figures += trading.figures()
        figures += money.figures()
        figures += holdings.figures()
        figures += billing.figures()
        figures += notifications.figures()
    figures += money.over_http()
    figures += imports.figures()
    show(figures, ROOT / "build" / "bench.json")
    return 0


if __name__ == "__main__":
    sys.exit(main())
