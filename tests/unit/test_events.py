"""The events, held against what is written, who follows them, and what yesterday and tomorrow send."""

import ast
import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest
from pydantic import ValidationError

from infra.catalogue import FUNCTIONS, ROOT, Consumer
from tests.support.calls import handler_of
from tests.support.events import PositionClosed, followed_by, sample
from trading.billing.messages import ChargeWork
from trading.events import EVENTS
from trading.funding.events import DepositReturned, TradingPaused, TradingResumed
from trading.platform.domain_events import GOES_AHEAD, QUEUES, DomainEvent, Lane, Subscriber, read_event
from trading.platform.outbox import OutboxEvent

TRADING = ROOT / "layers" / "trading" / "python" / "trading"
FOLLOWED_HERE: Mapping[str, type[DomainEvent]] = {TradingPaused.name: TradingPaused}


def all_records(record: type[DomainEvent] = DomainEvent) -> Iterator[type[DomainEvent]]:
    for below in record.__subclasses__():
        yield below
        yield from all_records(below)


@cache
def names_in(file: Path) -> frozenset[str]:
    return frozenset(node.id for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Name))


def message(name: str, **payload: object) -> str:
    return json.dumps({"id": "one", "type": name, "payload": payload})


def test_every_record_is_gathered_from_the_events_of_its_area() -> None:
    declared = {record for record in all_records() if "name" in vars(record)} - {PositionClosed}

    assert set(EVENTS.values()) == declared
    assert len(EVENTS) == len(declared), "two events have one name"
    assert {record.__module__.rpartition(".")[2] for record in declared} == {"events"}


@pytest.mark.parametrize("record", EVENTS.values(), ids=EVENTS)
def test_a_record_is_named_like_its_event_and_says_what_happened(record: type[DomainEvent]) -> None:
    name = re.sub(r"(?<!^)(?=[A-Z])", "_", record.__name__).lower()

    assert name.removesuffix("_applied") == record.name
    assert record.__doc__


@pytest.mark.parametrize("record", EVENTS.values(), ids=EVENTS)
def test_every_event_is_written_by_somebody(record: type[DomainEvent]) -> None:
    others = [file for file in TRADING.rglob("*.py") if file.name not in {"events.py", "templates.py"}]

    assert any(record.__name__ in names_in(file) for file in others)


def test_events_go_to_all_queues_of_their_lane_and_to_no_other() -> None:
    for lane in Lane:
        assert {queue for record in EVENTS.values() if record.lane() is lane for queue in record.queues()} == QUEUES[
            lane
        ]


def test_a_record_takes_neither_a_wrong_nor_a_missing_field() -> None:
    with pytest.raises(ValidationError):
        TradingResumed(owner="ada", trading_acount_id="a1")  # type: ignore[call-arg]
    with pytest.raises(ValidationError):
        DepositReturned(owner="ada", money_flow_id="m1")  # type: ignore[call-arg]
    with pytest.raises(ValidationError):
        TradingPaused(owner="ada", reason="x").owner = "bob"  # type: ignore[misc]


@pytest.mark.parametrize("name", EVENTS)
def test_what_is_written_is_read_as_the_same_record(name: str) -> None:
    event = OutboxEvent(sample(name), "subject")

    received = read_event(event.to_json(), EVENTS)

    assert (received.event_id, received.record) == (event.event_id, event.record)


def test_a_field_of_tomorrow_is_left_out_and_one_that_yesterday_had_not_is_made_up() -> None:
    text = message("trading_paused", owner="ada", reason="operator", since={"day": "2013-02-19"})

    assert read_event(text, FOLLOWED_HERE).record == TradingPaused(owner="ada", reason="operator")


@pytest.mark.parametrize(
    "text", [message("trading_resumed", owner="ada"), message("trading_paused", owner="ada"), "{", "[]"]
)
def test_what_is_none_of_the_events_that_are_followed_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - pydantic's is one, too
        read_event(text, FOLLOWED_HERE)


FOLLOWERS = [
    (row.name, subscriber)
    for subscriber in Subscriber
    for row in FUNCTIONS
    if isinstance(row.trigger, Consumer)
    and row.trigger.queue in {subscriber, GOES_AHEAD.get(subscriber)}
    and subscriber is not Subscriber.INVOICE_CHARGES
]


@pytest.mark.parametrize(("function", "subscriber"), FOLLOWERS)
def test_a_follower_reads_every_event_of_its_queue(function: str, subscriber: Subscriber) -> None:
    assert set(handler_of(function).FOLLOWED) == set(followed_by(subscriber).values())


def test_whoever_charges_invoices_reads_the_events_of_its_queue() -> None:
    for name in followed_by(Subscriber.INVOICE_CHARGES):
        work = ChargeWork.model_validate_json(OutboxEvent(sample(name, owner="ada"), "one").to_json())

        assert (work.owner, work.period, work.on_new_method) == ("ada", None, True)
