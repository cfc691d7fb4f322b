"""A stop of money and fees that the broker takes from cash: none is approved meanwhile, all by themselves then."""

from datetime import timedelta

from sandbox.faults import Fault
from sandbox.partners.drivewealth.money import wire
from tests.support.bills import BillsWorld
from tests.support.charging import ChargeHarness
from tests.support.schedules import Schedules
from tests.support.world import World

OPERATOR = {"role": "operator"}


def set_stop(world: World, *, stopped: bool) -> None:
    body = {"stopped": stopped, "reason": "a drill", "scope": "money"}
    assert world.call("put_trading_stop", "olga", body=body, claims=OPERATOR).status == 200


def statuses(world: World) -> list[object]:
    return [payment.status for payment in world.broker.state.payments.values() if not payment.is_deposit]


def test_a_fee_that_waits_for_its_advisor_waits_for_the_end_of_a_stop_too(world: World) -> None:
    bills = BillsWorld(world)
    bills.funded()
    (cash,) = bills.methods()
    bills.activate(cash["payment_method_id"])
    ChargeHarness().invoice_of("ada", "2013-01")
    world.fail("drivewealth", "approve_redemption", Fault.DROP_BEFORE, times=20)
    world.fire("charge_invoices")
    bills.carry()
    assert statuses(world) == [wire.RIA_PENDING]
    world.faults.clear()

    set_stop(world, stopped=True)
    Schedules(world).pass_by(timedelta(hours=30))  # it is looked up daily
    assert statuses(world) == [wire.RIA_PENDING]
    set_stop(world, stopped=False)
    Schedules(world).pass_by(timedelta(hours=1))

    assert statuses(world) != [wire.RIA_PENDING]
    Schedules(world).pass_by(timedelta(days=4))
    assert [invoice["status"] for invoice in bills.invoices()] == ["paid"]


def test_a_card_that_becomes_active_while_money_is_stopped_is_charged_afterwards(world: World) -> None:
    bills = BillsWorld(world)
    bills.funded()
    bills.card("decline")
    ChargeHarness().invoice_of("ada", "2013-01")
    world.fire("charge_invoices")
    bills.carry()
    assert len(world.stripe.state.intents) == 1
    set_stop(world, stopped=True)
    bills.activate(bills.card().body["payment_method_id"])
    Schedules(world).pass_by(timedelta(hours=2))
    assert (len(world.stripe.state.intents), world.failures) == (1, [])

    set_stop(world, stopped=False)
    Schedules(world).pass_by(timedelta(hours=2))

    assert [invoice["status"] for invoice in bills.invoices()] == ["paid"]
    assert len(world.stripe.state.intents) == 2
