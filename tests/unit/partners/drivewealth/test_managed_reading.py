"""Statuses, runs and transactions as the broker sends them, and every odd form that was seen."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.unit.partners.drivewealth import managed_payloads as payloads
from tests.unit.partners.drivewealth.managed_payloads import FUND_ID, OTHER_FUND_ID, cash, fund, symbol
from trading.brokerage.portfolios import HeldFund, HeldSymbol, RunClass, TransactionKind
from trading.managed.observation.validity import problems
from trading.partners.drivewealth import managed_reading as reading
from trading.partners.drivewealth.wire import STRANGE


def test_a_young_account_is_read_and_makes_sense() -> None:
    status = reading.status(payloads.one_fund())

    held = HeldSymbol("ACME", 187_95, Decimal("1.31979237"), Decimal(1), Decimal(1))
    assert status.funds == (HeldFund(FUND_ID, 187_95, Decimal("0.006"), Decimal("0.0062"), (held,)),)
    assert (status.equity_cents, status.cash_cents) == (29_946_88, 29_758_93)
    assert (status.cash_target, status.cash_actual) == (Decimal("0.9938"), Decimal("0.9938"))
    assert problems(status) == ()


def test_two_funds_with_a_symbol_in_common_are_told_apart() -> None:
    status = reading.status(payloads.two_funds())

    first, second = (held.symbols[-1] for held in status.funds)
    whole = Decimal("62.4942")
    assert (first.symbol, second.symbol) == ("ACME", "ACME")
    assert abs(first.quantity + second.quantity - whole) < Decimal("1E-20")
    assert abs(first.quantity - whole * 10677_24 / (10677_24 + 65433_13)) < Decimal("1E-20")
    assert status.funds[0].symbols[0].quantity == Decimal("62.5213")
    assert problems(status) == ()


def test_shares_that_are_told_apart_already_stay() -> None:
    raw = payloads.status(
        cash(), fund(FUND_ID, symbol("ACME", 100, 1.5)), fund(OTHER_FUND_ID, symbol("ACME", 200, 3.0))
    )

    quantities = [held.symbols[0].quantity for held in reading.status(raw).funds]

    assert quantities == [Decimal("1.5"), Decimal("3.0")]


def test_equal_shares_of_equal_worth_are_two_holdings() -> None:
    raw = payloads.status(
        cash(), fund(FUND_ID, symbol("ACME", 100, 1.5)), fund(OTHER_FUND_ID, symbol("ACME", 100, 1.5))
    )

    assert [held.symbols[0].quantity for held in reading.status(raw).funds] == [Decimal("1.5")] * 2


def test_reading_changes_nothing_of_what_was_told() -> None:
    raw = payloads.two_funds()

    reading.status(raw)

    assert raw == payloads.two_funds()


def test_cash_that_is_not_mentioned_is_none() -> None:
    status = reading.status(payloads.status(fund(FUND_ID, symbol("ACME", 100), actual=1, target=1)))

    assert (status.cash_cents, status.cash_target, status.cash_actual) == (0, 0, 0)
    assert problems(status) == ()


def test_cash_below_zero_makes_sense() -> None:
    status = reading.status(
        payloads.status(cash(0, -0.25, -20.0), fund(FUND_ID, symbol("ACME", 100), target=1, actual=1.25))
    )

    assert status.cash_cents == -20_00
    assert problems(status) == ()


@pytest.mark.parametrize("holdings", [None, []])
def test_an_empty_fund_has_no_symbols(holdings: Any) -> None:
    status = reading.status(payloads.status(cash(1, 1), fund(FUND_ID, holdings=holdings, value=0, actual=0, target=0)))

    assert status.funds[0].symbols == ()
    assert problems(status) == ()


@pytest.mark.parametrize("holdings", [None, []])
def test_a_fund_of_worth_without_symbols_makes_no_sense(holdings: Any) -> None:
    status = reading.status(payloads.status(cash(), fund(FUND_ID, symbol("ACME", 8002), holdings=holdings)))

    assert "a fund's values do not sum to its own" in problems(status)


@pytest.mark.parametrize(
    "change",
    [
        lambda raw: raw.update(equity=None),
        lambda raw: raw.update(id=None),
        lambda raw: raw.update(holdings=None),
        lambda raw: raw.update(holdings={}),
        lambda raw: raw.update(equity="100"),
        lambda raw: raw.update(equity=float("nan")),
        lambda raw: raw.update(equity=True),
        lambda raw: raw.pop("equity"),
        lambda raw: raw["holdings"].append(None),
        lambda raw: raw["holdings"].append({}),
        *(
            lambda raw, place=place, field=field: raw["holdings"][place].update({field: None})
            for place, field in [(0, "value"), (0, "target"), (0, "actual"), (1, "value"), (1, "target"), (1, "actual")]
        ),
        *(
            lambda raw, field=field: raw["holdings"][1]["holdings"][0].update({field: None})
            for field in ("symbol", "value", "openQty", "target", "actual")
        ),
        lambda raw: raw["holdings"][1].update(id=None),
        lambda raw: raw["holdings"][1].update(holdings={"ACME": 1}),
        lambda raw: raw["holdings"][1]["holdings"].append(None),
        lambda raw: raw["holdings"][1]["holdings"][0].update(symbol=["ACME"]),
    ],
)
def test_what_is_null_or_of_another_kind_cannot_be_read(change: Callable[[dict[str, Any]], object]) -> None:
    raw = payloads.two_funds()
    change(raw)

    with pytest.raises(STRANGE):
        reading.status(raw)


@pytest.mark.parametrize("raw", [None, [], "status", 7, {}])
def test_what_is_no_status_cannot_be_read(raw: Any) -> None:
    with pytest.raises(STRANGE):
        reading.status(raw)


@pytest.mark.parametrize(
    ("theirs", "ours"), [("ACME", "ACME"), ("BOLT.A", "BOLT-A"), ("BOLT.B", "BOLT-B"), ("ACME.PR", "ACME"), ("X.", "X")]
)
def test_symbols_are_written_our_way(theirs: str, ours: str) -> None:
    assert reading.our_symbol(theirs) == ours


@pytest.mark.parametrize("ours", ["ACME", "BOLT-A", "BOLT-B"])
def test_symbols_go_there_and_back(ours: str) -> None:
    assert reading.our_symbol(reading.their_symbol(ours)) == ours


def test_a_run_is_read_with_what_it_counts() -> None:
    accounts = {"total": 3, "rebalanced": 2, "error": 1, "outcome": "https://outcomes.test/7"}

    made = reading.run(payloads.run("SUCCESS", subAccounts=accounts))

    assert (made.run_id, made.raw_status, made.run_class) == (payloads.RUN_ID, "SUCCESS", RunClass.SUCCEEDED)
    assert (made.errors, made.outcome_url) == (1, "https://outcomes.test/7")
    assert made.created_at == datetime(2026, 3, 2, 15, 0, 0, 123_000, tzinfo=UTC)


@pytest.mark.parametrize("accounts", [None, [], {}, {"error": None, "outcome": None}, {"error": "1", "outcome": ""}])
def test_a_run_without_counts_has_no_errors(accounts: Any) -> None:
    made = reading.run(payloads.run(subAccounts=accounts))

    assert (made.errors, made.outcome_url) == (0, None)


@pytest.mark.parametrize("name", [None, "", 7, "SOMETHING_NEW", {"name": None}])
def test_a_run_of_a_strange_status_is_pending(name: Any) -> None:
    made = reading.run(payloads.run(name))

    assert (made.run_class, made.rank) == (RunClass.PENDING, None)


def test_accounts_that_failed_are_found_in_an_outcome() -> None:
    names = ["FAILED", "SUCCESS", {"name": "REBALANCE_ABORTED"}, "ERROR", "ORDERS_TIMEDOUT", None, "failed"]
    rows = [{"accountID": f"acc-{at}", "status": name} for at, name in enumerate(names)]

    assert reading.failed_accounts(rows) == {"acc-0", "acc-2", "acc-3", "acc-4", "acc-6"}
    assert reading.failed_accounts([]) == frozenset()


@pytest.mark.parametrize("kind", ["DIV", "DIVTAX"])
def test_a_dividend_and_its_tax_are_cash_alone(kind: str) -> None:
    made = reading.transaction("acc-1", payloads.transaction(kind, accountAmount=-1.5, comment="from A to B"))

    assert made is not None
    assert (made.kind, made.symbol, made.cents, made.quantity) == (TransactionKind.DIVIDEND, "ACME", -150, 0)
    assert (made.transaction_id, made.account_id, made.new_symbol) == ("IJ.8f1", "acc-1", None)


@pytest.mark.parametrize(
    ("comment", "new_symbol"),
    [
        ("Spin off from ACME to BOLT", "BOLT"),
        ("Spin off from ACME to BOLT.B, 1 for 4", "BOLT-B"),
        ("Spin off from ACME to BOLT.", "BOLT"),
        ("to BOLT", None),
        ("from ACME to", None),
        ("from ACME", None),
        ("", None),
        (None, None),
    ],
)
def test_a_spin_off_names_its_new_symbol(comment: str | None, new_symbol: str | None) -> None:
    raw = payloads.transaction("SPINOFF", accountAmount=None, positionDelta=2.5, comment=comment)

    made = reading.transaction("acc-1", raw)

    assert made is not None
    assert (made.kind, made.new_symbol, made.quantity) == (TransactionKind.SPIN_OFF, new_symbol, Decimal("2.5"))
    assert made.cents == 0


@pytest.mark.parametrize("kind", ["CSR", "SPUR", "SSAL", "", None, "div"])
def test_other_transactions_are_no_corporate_actions(kind: Any) -> None:
    assert reading.transaction("acc-1", payloads.transaction(kind)) is None


@pytest.mark.parametrize(
    "changes", [{"finTranID": None}, {"instrument": None}, {"instrument": {}}, {"accountAmount": "1"}]
)
def test_a_corporate_action_that_cannot_be_read_is_an_error(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="not a transaction"):
        reading.transaction("acc-1", payloads.transaction(**changes))


def test_statuses_that_make_no_sense_are_found_after_reading() -> None:
    good = reading.status(payloads.two_funds())
    halved = payloads.two_funds() | {"equity": 55022.81}

    assert "values do not sum to the equity" in problems(reading.status(halved))
    assert problems(replace(good, cash_actual=Decimal("1.3"))) == ("weights are no shares", "weights do not sum to 1")


@pytest.mark.parametrize("kind", ["STOCK_SPLIT", "STCK"])
def test_a_split_brings_shares_of_its_own_symbol(kind: str) -> None:
    made = reading.transaction("acc-1", payloads.transaction(kind, accountAmount=0, positionDelta=9, comment="split"))

    assert made is not None
    assert (made.kind, made.symbol, made.quantity) == (TransactionKind.SPLIT, "ACME", Decimal(9))
    assert (made.new_symbol, made.cents) == (None, 0)


@pytest.mark.parametrize(("type_", "takes_old"), [("EXCHANGE_STOCK_CASH", True), ("ADD_SHARES", False)])
def test_a_merger_names_both_symbols_itself(type_: str, takes_old: bool) -> None:
    named = {"type": type_, "acquirer": {"id": "1", "symbol": "BOLT.B"}, "acquiree": {"id": "2", "symbol": "ACME"}}
    raw = payloads.transaction(
        "MERGER_ACQUISITION", accountAmount=1.5, positionDelta=2, comment="", mergerAcquisition=named
    )

    made = reading.transaction("acc-1", raw)

    assert made is not None
    assert (made.kind, made.symbol, made.new_symbol) == (TransactionKind.MERGER, "ACME", "BOLT-B")
    assert (made.cents, made.quantity, made.takes_old) == (150, Decimal(2), takes_old)
