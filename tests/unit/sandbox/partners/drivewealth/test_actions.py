"""What companies do to shares at the simulated broker, and what is published of it."""

from decimal import Decimal
from typing import Any

import pytest

from sandbox.partners.drivewealth.managed.instruments import instrument_id
from tests.unit.sandbox.partners.drivewealth.advisor import CASH, Advisor
from tests.unit.sandbox.partners.drivewealth.control_client import ControlClient

SPINOFF = {"type": "SPINOFF", "symbol": "AAPL", "new_symbol": "GOOG", "quantity": 3}
MERGER = {
    "type": "MERGER_EXCHANGE_STOCK_CASH",
    "symbol": "AAPL",
    "amount_cents": 12345,
    "new_symbol": "GOOG",
    "quantity": 10.5,
}


def test_a_dividend_and_its_tax(advisor: Advisor, control: ControlClient, ada: str) -> None:
    transaction = control.act(type="DIV", symbol="AAPL", amount_cents=779)
    event = advisor.harness.last("transactions.created")
    tax = control.act(type="DIVTAX", symbol="AAPL", amount_cents=-234)

    assert event == {"accountID": advisor.account_id, "transaction": transaction}
    assert transaction.pop("finTranID") != tax.pop("finTranID")
    assert transaction == {
        "accountAmount": 7.79,
        "accountBalance": 5_007.79,
        "comment": "AAPL dividend, $0.1875/share",
        "finTranTypeID": "DIV",
        **dict.fromkeys(("feeSec", "feeTaf", "feeBase", "feeXtraShares", "feeExchange"), 0),
        "instrument": {"id": instrument_id("AAPL"), "symbol": "AAPL", "name": "AAPL"},
        "dividend": {"type": "CASH", "amountPerShare": 0.1875, "taxCode": "FULLY_TAXABLE"},
    }
    assert (tax["accountAmount"], tax["comment"]) == (-2.34, "AAPL tax, 30% withheld")
    assert tax["dividendTax"] == {"type": "NON_RESIDENT_ALIEN", "rate": 0.3}
    assert advisor.harness.cash(advisor.account) == 5_005.45


def test_a_spinoff_adds_to_the_funds_that_hold_the_old_symbol(
    advisor: Advisor, control: ControlClient, ada: str
) -> None:
    other, without = advisor.fund(AAPL=1), advisor.fund(MSFT=1)
    advisor.rebalance({CASH: 0.3, ada: 0.4, other: 0.1, without: 0.2})

    transaction = control.act(**SPINOFF)

    assert (transaction["comment"], transaction["positionDelta"]) == ("spinoff from AAPL to GOOG", 3.0)
    assert "dividend" not in transaction
    shares = advisor.harness.broker.state.account(advisor.account_id).shares
    given = {fund: held["GOOG"] for fund, held in shares.items() if "GOOG" in held}
    assert given == {ada: pytest.approx(Decimal(2), abs=Decimal("1e-6")), other: Decimal(3) - given[ada]}
    assert advisor.entry(ada)["holdings"][-1]["target"] == 0


def test_a_merger_takes_the_old_symbol_away(advisor: Advisor, control: ControlClient, ada: str) -> None:
    transaction = control.act(**MERGER)

    assert (transaction["finTranTypeID"], transaction["accountAmount"], transaction["positionDelta"]) == (
        MERGER["type"],
        123.45,
        10.5,
    )
    assert transaction["comment"] == "merger exchange from AAPL to GOOG"
    account = advisor.harness.broker.state.account(advisor.account_id)
    assert account.shares[ada].keys() == {"MSFT", "GOOG"}
    assert account.shares[ada]["GOOG"] == Decimal("10.5")
    assert (account.costs["GOOG"], account.cash_cents) == (2_500_00, 5_123_45)
    assert "AAPL" not in account.costs


@pytest.mark.parametrize(
    "wanted",
    [
        {**SPINOFF, "symbol": "GOOG"},
        {**SPINOFF, "quantity": None},
        {**SPINOFF, "new_symbol": None},
        {**SPINOFF, "new_symbol": "UNHEARD"},
        {**SPINOFF, "quantity": 0},
        {**SPINOFF, "quantity": 0.000000001},
        {**MERGER, "symbol": "GOOG"},
        {"type": "SPLIT", "symbol": "AAPL"},
        {"type": "DIV", "symbol": "AAPL", "amount_cents": 1.5},
    ],
)
def test_what_no_company_can_do(advisor: Advisor, control: ControlClient, ada: str, wanted: dict[str, Any]) -> None:
    before, published = advisor.status(), len(advisor.harness.events)

    with pytest.raises(ValueError, match=r"."):
        control.act(**wanted)

    assert advisor.status() == before
    assert len(advisor.harness.events) == published


def test_a_split_brings_shares_to_whom_holds_them_and_no_cost(
    advisor: Advisor, control: ControlClient, ada: str
) -> None:
    account = advisor.harness.broker.state.account(advisor.account_id)
    before, cost = account.shares[ada]["AAPL"], account.costs["AAPL"]

    transaction = control.act(type="STOCK_SPLIT", symbol="AAPL", quantity=9)

    assert (transaction["finTranTypeID"], transaction["positionDelta"], transaction["accountAmount"]) == (
        "STOCK_SPLIT",
        9.0,
        0,
    )
    assert (account.shares[ada]["AAPL"], account.costs["AAPL"]) == (before + 9, cost)
