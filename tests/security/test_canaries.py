"""Secrets that people and partners gave us show nowhere: not in logs, tables, queues, answers or errors."""

import base64
import json
import logging
from collections.abc import Iterator

import boto3
import pytest
from botocore.exceptions import ClientError

from infra.catalogue import QUEUES, TABLES
from sandbox.faults import Fault
from tests.support.world import World
from trading.kyc.store import SealedTaxIds

TAX_ID = "123-45-6789"
CANARIES = ("123456789", "123-45-6789", "123 45 6789")


def everything_kept() -> Iterator[str]:
    """Yield every item of every table, with its binary values as they are."""
    client = boto3.client("dynamodb")
    for table in TABLES:
        for item in client.scan(TableName=table.name)["Items"]:
            yield json.dumps(item, default=lambda raw: raw.decode("latin-1"))


def everything_queued() -> Iterator[str]:
    client = boto3.client("sqs")
    for queue in QUEUES:
        for name in (queue.name, f"{queue.name}-dlq"):
            url = client.get_queue_url(QueueName=name)["QueueUrl"]
            for message in client.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
                yield str(message["Body"])


def shapes(secret: str) -> set[str]:
    raw = secret.encode()
    return {secret, base64.b64encode(raw).decode().rstrip("="), raw.hex(), json.dumps(secret)[1:-1]}


def assert_hidden(secrets: list[str], texts: Iterator[str], where: str) -> None:
    wanted = set().union(*map(shapes, secrets))
    for text in texts:
        found = [canary for canary in wanted if canary in text]
        assert not found, f"{found} in {where}"


def said(record: logging.LogRecord) -> str:
    """Return everything that a handler could get out of a record, whoever wrote it."""
    return logging.Formatter().format(record) + repr(vars(record))


def tokens_of(world: World) -> list[str]:
    items = [item.access_token for item in world.plaid.items.values()]
    processors = [bank.processor_token for bank in world.broker.state.bank_accounts.values()]
    return [token for token in (*items, *processors) if token]


@pytest.mark.parametrize("fault", [None, Fault.DROP_AFTER, Fault.HTTP_500, Fault.MALFORMED])
def test_no_secret_shows_whatever_goes_wrong(
    world: World, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str], fault: Fault | None
) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("aws_lambda_powertools", "botocore", "plaid", "stripe", "tiller", "urllib3"):
        caplog.set_level(logging.DEBUG, name)
    if fault is not None:
        for operation in ("create_user", "create_account", "create_bank_account", "create_deposit"):
            world.fail("drivewealth", operation, fault)
    world.submit(tax_id_value=TAX_ID)
    assert_hidden(list(CANARIES), everything_kept(), "tables before the decision")
    for _ in range(3):
        world.pass_by(minutes=6)
        world.resolve()
    link = world.link()
    for _ in range(2):
        world.add_account(link)
        world.pass_by(minutes=6)
        world.resolve()
    (bank,) = world.call("list_funding_accounts").body["items"]
    world.move("deposit", 10_000, bank["funding_account_id"], key="a-deposit-to-watch")
    world.call("list_funding_accounts", query={"refresh": "true"})

    secrets = [*CANARIES, *tokens_of(world)]
    assert len(secrets) > len(CANARIES) + 1
    assert_hidden(secrets, everything_kept(), "tables")
    assert_hidden(secrets, everything_queued(), "queues")
    printed = capsys.readouterr()
    logged = [said(record) for record in caplog.records]
    assert {record.name.partition(".")[0] for record in caplog.records} >= {"botocore", "urllib3"}
    assert_hidden(secrets, iter([printed.out, printed.err, *logged]), "logs")
    form = world.call("get_kyc_form").body["fields"]["tax_id_value"]["value"]
    assert form == "*****6789"


def test_an_approved_persons_tax_id_is_gone(world: World) -> None:
    world.submit(tax_id_value=TAX_ID)
    client = boto3.client("dynamodb")
    assert client.scan(TableName="tax-ids")["Count"] == 1

    world.pass_by(minutes=2)

    assert world.call("get_kyc_status").body["status"] == "APPROVED"
    assert client.scan(TableName="tax-ids")["Count"] == 0


def test_a_tax_id_copied_to_another_person_cannot_be_opened(world: World) -> None:
    world.call("update_kyc_form", "ada", body={"tax_id_value": TAX_ID})
    client = boto3.client("dynamodb")
    (item,) = client.scan(TableName="tax-ids")["Items"]

    ada, mallory = SealedTaxIds(), SealedTaxIds()
    client.put_item(TableName="tax-ids", Item={**item, "pk": {"S": "person#mallory"}})

    assert ada.open("ada") == "123456789"
    with pytest.raises(ClientError):
        mallory.open("mallory")
