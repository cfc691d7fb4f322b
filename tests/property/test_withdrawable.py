"""What is shown as available for withdrawal is what a withdrawal gets: all of it, and not a cent more."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.funding import BANK, NOW, request
from trading.brokerage.models import AccountStatus, Direction
from trading.funding.accounts.models import TradingAccount
from trading.funding.money_flows.rules import require_funds
from trading.ledger.models import LedgerAccount
from trading.platform.errors import Conflict

CENTS = st.integers(0, 10_000_000)


@given(cash=CENTS, reserved=st.tuples(CENTS, CENTS, CENTS), owed=CENTS, brokers=st.integers(-10_000, 20_000_000))
def test_exactly_what_is_shown_may_be_withdrawn(
    cash: int, reserved: tuple[int, int, int], owed: int, brokers: int
) -> None:
    withdrawals, fees, buys = reserved
    balances = {
        LedgerAccount.CASH: cash,
        LedgerAccount.WITHDRAWALS_RESERVED: withdrawals,
        LedgerAccount.FEES_RESERVED: fees,
        LedgerAccount.BUYS_RESERVED: buys,
        LedgerAccount.OWED_BY_PERSON: -owed,
    }
    shell = TradingAccount.shell("ada", NOW)
    account = replace(shell, status=AccountStatus.OPEN, opened_at=NOW, balances=balances)

    shown = account.withdrawable_cents(brokers)

    assert shown == max(0, min(brokers - withdrawals - fees, cash))
    if shown >= 100:
        require_funds(account, request("ada", Direction.WITHDRAWAL, shown, bank=BANK), brokers)
    with pytest.raises(Conflict) as refused:
        require_funds(account, request("ada", Direction.WITHDRAWAL, max(shown + 1, 100), bank=BANK), brokers)
    assert refused.value.code == "insufficient_funds"
