"""Commissions through the real handlers and Stripe's real SDK, in one process."""

from fractions import Fraction

import pytest

from tests.support.bills import BillsWorld
from tests.support.world import World


@pytest.fixture
def bills(world: World) -> BillsWorld:
    return BillsWorld(world)


def test_a_month_is_accrued_invoiced_and_paid_by_card(bills: BillsWorld) -> None:
    bills.funded()
    method = bills.card()
    assert (method.status, method.body["name"], method.body["is_active"]) == (201, "visa 4242", True)

    bills.until("2013-02-28")
    accrued = bills.world.call("get_fee_accrual").body
    bills.until("2013-03-08")

    worth = [day["equity_cents"] for day in accrued["days"]]
    assert worth == [0] * 3 + [1_000_000] * 6
    exact = sum((Fraction(day["fee_cents_exact"]) for day in accrued["days"]), Fraction(0))
    assert exact == Fraction(accrued["total_cents_exact"]) == 6 * Fraction("9600") / 365
    (invoice,) = bills.invoices()
    assert (invoice["amount_cents"], invoice["status"], invoice["due_date"]) == (184, "paid", "2013-03-08")
    assert (invoice["period_start"], invoice["period_end"]) == ("2013-02-01", "2013-02-28")
    (payment,) = bills.world.call("list_commission_payments").body["items"]
    assert (payment["status"], payment["amount_cents"], payment["method"]) == ("success", 184, "card")
    assert bills.world.failures == []


def test_a_failed_charge_is_tried_again_and_at_once_with_another_card(bills: BillsWorld) -> None:
    bills.funded()
    bills.card("decline")
    bills.until("2013-03-10")
    (invoice,) = bills.invoices()
    assert [payment["status"] for payment in invoice["payments"]] == ["failed", "failed"]
    assert invoice["next_attempt_at"].startswith("2013-03-11")

    second = bills.card("ok")
    assert not second.body["is_active"]
    bills.activate(second.body["payment_method_id"])

    (invoice,) = bills.invoices()
    assert invoice["status"] == "paid"
    assert [payment["status"] for payment in invoice["payments"]] == ["failed", "failed", "success"]
    assert not bills.world.call("get_profile").body["billing_hold"]


def test_the_last_failure_sets_a_hold_and_paying_lifts_it(bills: BillsWorld) -> None:
    bills.funded()
    bills.card("insufficient_funds")

    bills.until("2013-03-23")

    (invoice,) = bills.invoices()
    assert (invoice["status"], len(invoice["payments"]), invoice["next_attempt_at"]) == ("uncollectible", 5, None)
    assert bills.world.call("get_profile").body["billing_hold"]
    good = bills.card("ok")
    bills.activate(good.body["payment_method_id"])
    (invoice,) = bills.invoices()
    assert invoice["status"] == "paid"
    assert not bills.world.call("get_profile").body["billing_hold"]


def test_a_card_that_needs_its_person_is_asked_once_and_the_same_charge_is_finished(bills: BillsWorld) -> None:
    bills.funded()
    bills.card("authentication_required")
    bills.until("2013-03-09")
    (invoice,) = bills.invoices()
    assert [payment["status"] for payment in invoice["payments"]] == ["requires_authentication"]

    asked = bills.pay(invoice["invoice_id"])
    again = bills.pay(invoice["invoice_id"])
    assert asked.body["client_secret"] == again.body["client_secret"] != None  # noqa: E711
    (intent,) = bills.world.stripe.state.intents.values()
    bills.world.stripe.payments.authenticate(intent, succeed=True)
    bills.world.work_off()

    (invoice,) = bills.invoices()
    assert (invoice["status"], len(bills.world.stripe.state.intents)) == ("paid", 1)


def test_a_card_that_goes_at_stripes_side_is_charged_no_more(bills: BillsWorld) -> None:
    bills.funded()
    bills.card()
    (card,) = bills.world.stripe.state.payment_methods.values()

    bills.world.stripe.customers.detach(card)
    bills.world.work_off()

    shown = [method for method in bills.methods() if method["type"] == "card"]
    assert [(method["is_active"], method["is_usable"]) for method in shown] == [(False, False)]
    bills.until("2013-03-08")
    (invoice,) = bills.invoices()
    assert ([payment["status"] for payment in invoice["payments"]], bills.world.stripe.state.intents) == (
        ["failed"],
        {},
    )


def test_a_card_that_expires_at_stripes_side_shows_its_last_day(bills: BillsWorld) -> None:
    bills.funded()
    given = bills.card().body
    (card,) = bills.world.stripe.state.payment_methods.values()
    assert given["expires_on"] == f"{card.exp_year}-12-31"

    bills.world.stripe.customers.expire(card)
    bills.world.work_off()

    assert [method["expires_on"] for method in bills.methods() if method["type"] == "card"] == ["2013-01-31"]


def test_fees_are_taken_from_brokerage_cash_when_that_is_chosen(bills: BillsWorld) -> None:
    bills.funded()
    (cash,) = bills.world.call("list_payment_methods").body["items"]
    assert (cash["type"], cash["is_active"]) == ("cash", False)
    bills.activate(cash["payment_method_id"])

    bills.until("2013-03-08")
    (account,) = bills.world.call("list_trading_accounts").body["items"]
    assert account["buying_power_cents"] == 1_000_000 - 184
    bills.until("2013-03-13")

    (invoice,) = bills.invoices()
    assert (invoice["status"], invoice["payments"][0]["method"]) == ("paid", "cash")
    assert bills.world.stripe.state.intents == {}
    (account,) = bills.world.call("list_trading_accounts").body["items"]
    assert account["cash_balance_cents"] == account["equity_cents"] == 1_000_000 - 184


def test_a_small_month_waits_for_the_next_one(bills: BillsWorld) -> None:
    bills.funded(250_000)
    bills.card()

    bills.until("2013-04-08")

    (invoice,) = bills.invoices()
    assert (invoice["period_start"], invoice["period_end"]) == ("2013-02-01", "2013-03-31")
    exact = Fraction(250_000) * Fraction("0.0096") / 365 * (7 + 31)
    assert invoice["amount_cents"] == round(exact)
    assert [line["period"] for line in invoice["lines"]] == ["2013-02", "2013-03"]


def test_cards_are_removed_and_webhooks_and_the_app_lead_to_one_method(bills: BillsWorld) -> None:
    bills.world.onboard()
    first = bills.card()
    listed = bills.world.call("list_payment_methods").body["items"]
    assert [method["name"] for method in listed if method["type"] == "card"] == ["visa 4242"]

    gone = bills.world.call("remove_payment_method", payment_method_id=first.body["payment_method_id"])
    bills.world.work_off()

    assert gone.status == 204
    assert [item["type"] for item in bills.world.call("list_payment_methods").body["items"]] == ["cash"]
    assert all(method.customer_id is None for method in bills.world.stripe.state.payment_methods.values())


def test_a_redirect_elsewhere_is_refused(bills: BillsWorld) -> None:
    body = {"success_url": "https://evil.example.org/", "cancel_url": "https://app.example.com/"}

    answer = bills.world.call("create_setup_session", body=body)

    assert (answer.status, [error["field"] for error in answer.body["errors"]]) == (400, ["success_url"])
