"""Disputes whose deadline for evidence comes near or passes, and those whose events got lost: operators hear of it."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from tests.support.charging import CENTS, DAY, HOUR, PERIOD, ChargeHarness
from tests.support.charging_proofs import assert_ledger_agrees, disputes_of
from tests.support.crashes import Crashes
from trading.billing.disputes.models import Dispute, DisputeState, Place
from trading.billing.ports import CardCharge
from trading.platform.errors import Unavailable
from trading.platform.people import all_due

pytestmark = pytest.mark.usefixtures("aws")

State = DisputeState


def disputed(harness: ChargeHarness, state: State = State.NEEDS_RESPONSE) -> tuple[str, CardCharge]:
    """Return a person whose payment a bank contests; evidence is due in seven days."""
    owner = harness.person()
    harness.charges.dun(owner, PERIOD)
    (charge,) = harness.processor.of(harness.invoice(owner).invoice_id)
    harness.deliver([harness.processor.contest(charge, "created", state)])
    return owner, charge


def watch(harness: ChargeHarness, owner: str) -> None:
    """Hand what is due to the worker, as the schedule does."""
    for row in all_due("resolve", harness.clock.now()).map(lambda row: row):
        if str(row.pk) == f"person#{owner}":
            harness.watch.resume(owner, str(row.sk).removeprefix("dispute#"))


def warnings(harness: ChargeHarness, owner: str) -> tuple[int, int]:
    """Return how often operators were warned before a deadline and at it."""
    return harness.event_counts(owner)["evidence_due_soon"], harness.event_counts(owner)["evidence_overdue"]


def only(harness: ChargeHarness, owner: str) -> Dispute:
    (dispute,) = disputes_of(harness, owner)
    return dispute


@pytest.mark.parametrize("state", [State.NEEDS_RESPONSE, State.INQUIRY])
def test_operators_are_warned_two_days_before_a_deadline_and_when_it_passed(state: State) -> None:
    harness = ChargeHarness()
    owner, _ = disputed(harness, state)
    due = only(harness, owner).evidence_due_at
    assert due is not None
    seen = []

    for ahead in (49 * HOUR, 48 * HOUR, HOUR, timedelta(0), -3 * DAY):
        harness.clock.moment = due - ahead
        watch(harness, owner)
        watch(harness, owner)
        seen.append(warnings(harness, owner))

    assert seen == [(0, 0), (1, 0), (1, 0), (1, 1), (1, 1)]


def test_a_deadline_that_nobody_looked_at_before_it_passed_is_one_warning() -> None:
    harness = ChargeHarness()
    owner, _ = disputed(harness)
    harness.clock.pass_by(9 * DAY)

    watch(harness, owner)

    assert warnings(harness, owner) == (0, 1)


@pytest.mark.parametrize("state", [State.UNDER_REVIEW, State.WON, State.LOST])
def test_who_answered_or_is_done_is_not_warned_even_if_the_event_got_lost(state: State) -> None:
    harness = ChargeHarness()
    owner, charge = disputed(harness)
    withdrawn = 0 if state is State.WON else CENTS
    harness.processor.contest(charge, "updated", state, withdrawn)
    harness.clock.pass_by(5 * DAY)

    watch(harness, owner)

    assert (only(harness, owner).state, only(harness, owner).moved_cents) == (state, withdrawn)
    assert warnings(harness, owner) == (0, 0)
    assert_ledger_agrees(harness, owner)


def test_a_deadline_that_moves_is_warned_of_again() -> None:
    harness = ChargeHarness()
    owner, charge = disputed(harness)
    harness.clock.pass_by(6 * DAY)
    watch(harness, owner)
    harness.deliver([harness.processor.contest(charge, "updated", State.NEEDS_RESPONSE)])

    harness.clock.pass_by(6 * DAY)
    watch(harness, owner)

    assert warnings(harness, owner) == (2, 0)


def test_a_deadline_that_is_brought_forward_is_warned_of_as_it_passes() -> None:
    harness = ChargeHarness()
    owner, charge = disputed(harness)
    first = only(harness, owner).evidence_due_at
    assert first is not None
    harness.clock.moment = first - HOUR
    watch(harness, owner)
    event = harness.processor.contest(charge, "updated", State.NEEDS_RESPONSE)
    ((dispute_id, report),) = harness.processor.disputes.items()
    harness.processor.disputes[dispute_id] = replace(report, evidence_due_at=first - 50 * HOUR)
    harness.deliver([event])

    watch(harness, owner)
    watch(harness, owner)

    assert only(harness, owner).evidence_due_at == first - 50 * HOUR
    assert warnings(harness, owner) == (1, 1)


def test_operators_are_warned_though_stripe_is_away() -> None:
    harness = ChargeHarness()
    owner, _ = disputed(harness)

    def away() -> None:
        raise Unavailable

    harness.processor.before["dispute"] = away
    harness.clock.pass_by(6 * DAY)

    watch(harness, owner)

    assert warnings(harness, owner) == (1, 0)


def test_the_end_of_a_dispute_whose_event_got_lost_is_found_within_a_day() -> None:
    harness = ChargeHarness()
    owner, charge = disputed(harness, State.UNDER_REVIEW)
    harness.clock.pass_by(HOUR)
    harness.processor.contest(charge, "closed", State.LOST, CENTS)

    harness.clock.pass_by(DAY)
    watch(harness, owner)

    assert (only(harness, owner).place, only(harness, owner).due_at) == (Place.LOST, None)
    assert harness.account(owner).billing_hold
    harness.clock.pass_by(DAY)
    assert [row for row in all_due("resolve", harness.clock.now()).map(str) if owner in row] == []


def test_a_look_that_died_anywhere_warns_once(monkeypatch: pytest.MonkeyPatch) -> None:
    crashes = Crashes(monkeypatch)

    def near() -> tuple[ChargeHarness, str]:
        harness = ChargeHarness()
        owner, _ = disputed(harness)
        harness.clock.pass_by(6 * DAY)
        return harness, owner

    harness, owner = near()
    places = crashes.count(partial(watch, harness, owner))
    assert places >= 6
    for place in range(1, places + 1):
        harness, owner = near()
        crashes.die_at(place, partial(watch, harness, owner))
        watch(harness, owner)

        assert warnings(harness, owner) == (1, 0)
        assert only(harness, owner).due_at == harness.clock.now() + DAY
