"""Disputes whose deadline for evidence comes near or passes, and those whose events got lost: operators hear of it."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from tests.support.charging import CENTS, DAY, HOUR, PERIOD, ChargeBench
from tests.support.charging_proofs import assert_ledger_agrees, disputes_of
from tests.support.crashes import Crashes
from trading.billing.disputes.models import Dispute, DisputeState, Place
from trading.billing.ports import CardCharge
from trading.platform.errors import Unavailable
from trading.platform.people import all_due

pytestmark = pytest.mark.usefixtures("aws")

State = DisputeState


def disputed(bench: ChargeBench, state: State = State.NEEDS_RESPONSE) -> tuple[str, CardCharge]:
    """Return a person whose payment a bank contests; evidence is due in seven days."""
    owner = bench.person()
    bench.charges.dun(owner, PERIOD)
    (charge,) = bench.processor.of(bench.invoice(owner).invoice_id)
    bench.deliver([bench.processor.contest(charge, "created", state)])
    return owner, charge


def watch(bench: ChargeBench, owner: str) -> None:
    """Hand what is due to the worker, as the schedule does."""
    for row in all_due("resolve", bench.clock.now()).map(lambda row: row):
        if str(row.pk) == f"person#{owner}":
            bench.watch.resume(owner, str(row.sk).removeprefix("dispute#"))


def warnings(bench: ChargeBench, owner: str) -> tuple[int, int]:
    """Return how often operators were warned before a deadline and at it."""
    return bench.event_counts(owner)["evidence_due_soon"], bench.event_counts(owner)["evidence_overdue"]


def only(bench: ChargeBench, owner: str) -> Dispute:
    (dispute,) = disputes_of(bench, owner)
    return dispute


@pytest.mark.parametrize("state", [State.NEEDS_RESPONSE, State.INQUIRY])
def test_operators_are_warned_two_days_before_a_deadline_and_when_it_passed(state: State) -> None:
    bench = ChargeBench()
    owner, _ = disputed(bench, state)
    due = only(bench, owner).evidence_due_at
    assert due is not None
    seen = []

    for ahead in (49 * HOUR, 48 * HOUR, HOUR, timedelta(0), -3 * DAY):
        bench.clock.moment = due - ahead
        watch(bench, owner)
        watch(bench, owner)
        seen.append(warnings(bench, owner))

    assert seen == [(0, 0), (1, 0), (1, 0), (1, 1), (1, 1)]


def test_a_deadline_that_nobody_looked_at_before_it_passed_is_one_warning() -> None:
    bench = ChargeBench()
    owner, _ = disputed(bench)
    bench.clock.pass_by(9 * DAY)

    watch(bench, owner)

    assert warnings(bench, owner) == (0, 1)


@pytest.mark.parametrize("state", [State.UNDER_REVIEW, State.WON, State.LOST])
def test_who_answered_or_is_done_is_not_warned_even_if_the_event_got_lost(state: State) -> None:
    bench = ChargeBench()
    owner, charge = disputed(bench)
    withdrawn = 0 if state is State.WON else CENTS
    bench.processor.contest(charge, "updated", state, withdrawn)
    bench.clock.pass_by(5 * DAY)

    watch(bench, owner)

    assert (only(bench, owner).state, only(bench, owner).moved_cents) == (state, withdrawn)
    assert warnings(bench, owner) == (0, 0)
    assert_ledger_agrees(bench, owner)


def test_a_deadline_that_moves_is_warned_of_again() -> None:
    bench = ChargeBench()
    owner, charge = disputed(bench)
    bench.clock.pass_by(6 * DAY)
    watch(bench, owner)
    bench.deliver([bench.processor.contest(charge, "updated", State.NEEDS_RESPONSE)])

    bench.clock.pass_by(6 * DAY)
    watch(bench, owner)

    assert warnings(bench, owner) == (2, 0)


def test_a_deadline_that_is_brought_forward_is_warned_of_as_it_passes() -> None:
    bench = ChargeBench()
    owner, charge = disputed(bench)
    first = only(bench, owner).evidence_due_at
    assert first is not None
    bench.clock.moment = first - HOUR
    watch(bench, owner)
    event = bench.processor.contest(charge, "updated", State.NEEDS_RESPONSE)
    ((dispute_id, report),) = bench.processor.disputes.items()
    bench.processor.disputes[dispute_id] = replace(report, evidence_due_at=first - 50 * HOUR)
    bench.deliver([event])

    watch(bench, owner)
    watch(bench, owner)

    assert only(bench, owner).evidence_due_at == first - 50 * HOUR
    assert warnings(bench, owner) == (1, 1)


def test_operators_are_warned_though_stripe_is_away() -> None:
    bench = ChargeBench()
    owner, _ = disputed(bench)

    def away() -> None:
        raise Unavailable

    bench.processor.before["dispute"] = away
    bench.clock.pass_by(6 * DAY)

    watch(bench, owner)

    assert warnings(bench, owner) == (1, 0)


def test_the_end_of_a_dispute_whose_event_got_lost_is_found_within_a_day() -> None:
    bench = ChargeBench()
    owner, charge = disputed(bench, State.UNDER_REVIEW)
    bench.clock.pass_by(HOUR)
    bench.processor.contest(charge, "closed", State.LOST, CENTS)

    bench.clock.pass_by(DAY)
    watch(bench, owner)

    assert (only(bench, owner).place, only(bench, owner).due_at) == (Place.LOST, None)
    assert bench.account(owner).billing_hold
    bench.clock.pass_by(DAY)
    assert [row for row in all_due("resolve", bench.clock.now()).map(str) if owner in row] == []


def test_a_look_that_died_anywhere_warns_once(monkeypatch: pytest.MonkeyPatch) -> None:
    crashes = Crashes(monkeypatch)

    def near() -> tuple[ChargeBench, str]:
        bench = ChargeBench()
        owner, _ = disputed(bench)
        bench.clock.pass_by(6 * DAY)
        return bench, owner

    bench, owner = near()
    places = crashes.count(partial(watch, bench, owner))
    assert places >= 6
    for place in range(1, places + 1):
        bench, owner = near()
        crashes.die_at(place, partial(watch, bench, owner))
        watch(bench, owner)

        assert warnings(bench, owner) == (1, 0)
        assert only(bench, owner).due_at == bench.clock.now() + DAY
