"""Trading accounts: what a person has at the broker, and what is already asked for.

An account is frozen. Every movement of money is a change of *position*: what lies on which ledger
account because of one money flow. `posted` turns a change into the account after it and the journal
entry that says so, to be written in one transaction.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum

from trading.brokerage.halts import BuyRestriction, PersonHalt
from trading.brokerage.models import AccountStatus, DayTradeRule, Direction
from trading.brokerage.schedule import LOOKUP_DELAYS
from trading.ledger.models import Entry, Kind, LedgerAccount, Line
from trading.platform.ids import derived_id

Position = Mapping[LedgerAccount, int]
"""What lies on the ledger's accounts because of something, in cents; it sums to zero."""

NOTHING: Position = {}
OWNERS_SIDE = (
    LedgerAccount.CASH,
    LedgerAccount.CASH_HELD,
    LedgerAccount.BANK_IN_TRANSIT,
    LedgerAccount.WITHDRAWALS_RESERVED,
    LedgerAccount.BUYS_RESERVED,
    LedgerAccount.INVESTED,
    LedgerAccount.DIVIDENDS,
    LedgerAccount.FEES,
    LedgerAccount.FEES_RESERVED,
    LedgerAccount.OWED_BY_PERSON,
)
"""The accounts of a journal whose balances the person's record keeps."""


class Pause(StrEnum):
    """Why an account is paused; there may be several at once.

    An operator's pause stops all money and trading. After a returned deposit buys, entries and
    withdrawals stop while deposits and sales stay open. The broker's own freeze is mirrored.
    """

    OPERATOR = "operator"
    RETURNED_DEPOSIT = "returned_deposit"
    BROKER = "broker"


BARS_DEPOSITS = frozenset({Pause.OPERATOR, Pause.BROKER})

LETS_OUT = frozenset({AccountStatus.OPEN, AccountStatus.OPEN_NO_NEW_TRADES})
"""The statuses in which an account may sell and pay out; buying and paying in need it to be open."""

MAX_SETTLED = 20
"""How many settled deposits are kept for each bank account, the first ones: later ones prove nothing more."""


@dataclass(frozen=True)
class Opening:
    """The attempt to open the account at the broker, by the key of every try; `needs_person`: left to a person."""

    attempt_id: str
    first_sent_at: datetime
    due_at: datetime | None
    lookups: int = 0
    needs_person: bool = False

    def after_lookup(self, now: datetime, *, is_known: bool) -> "Opening":
        """Return the attempt after one more lookup: what the broker knows goes on every day, the rest is a person's."""
        lookups = self.lookups + 1
        is_over = lookups >= len(LOOKUP_DELAYS)
        goes_on = is_known or not is_over
        due_at = now + LOOKUP_DELAYS[min(lookups, len(LOOKUP_DELAYS) - 1)] if goes_on else None
        return replace(self, lookups=lookups, due_at=due_at, needs_person=self.needs_person or is_over)


@dataclass(frozen=True)
class InFlight:
    """A money flow that is not settled: its direction, bank account and cents."""

    direction: Direction
    funding_account_id: str
    cents: int
    at: datetime


@dataclass(frozen=True)
class DayTotals:
    """What was asked for on one day in New York, each way, in cents."""

    day: date
    deposited_cents: int = 0
    withdrawn_cents: int = 0

    def on(self, day: date) -> "DayTotals":
        """Return the totals of a day: those kept, if they are of that day."""
        return self if day == self.day else DayTotals(day)

    def of(self, direction: Direction) -> int:
        """Return the total of one direction."""
        return self.deposited_cents if direction is Direction.DEPOSIT else self.withdrawn_cents

    def plus(self, direction: Direction, cents: int) -> "DayTotals":
        """Return the totals with an amount more (or less)."""
        if direction is Direction.DEPOSIT:
            return replace(self, deposited_cents=max(0, self.deposited_cents + cents))
        return replace(self, withdrawn_cents=max(0, self.withdrawn_cents + cents))


@dataclass(frozen=True)
class TradingAccount:
    """A person's account at the broker; a shell without broker ids until it is opened there.

    `balances` are the sums of the owner's side of the journal, in cents: free cash, cash held, money in transit,
    withdrawals and buys reserved, what went into holdings, dividends (negative), fees paid, what the person owes
    (negative). `settled_deposits`: when deposits of a bank account succeeded that were not returned. `holdings_cents`
    is what it held besides cash when the broker was last asked, and `trades_since` says since when orders may have
    moved the broker's cash without our journal. `billing_hold` stops buys and entries. `halt` is an operator's pause,
    as far as it holds trading; one that holds automation alone is no pause. `restricted_since` counts both.
    """

    owner: str
    account_id: str
    created_at: datetime
    updated_at: datetime
    user_id: str | None = None
    opening: Opening | None = None
    broker_account_id: str | None = None
    account_no: str | None = None
    status: AccountStatus | None = None
    opened_at: datetime | None = None
    balances: Mapping[LedgerAccount, int] = field(default_factory=dict)
    in_flight: Mapping[str, InFlight] = field(default_factory=dict)
    asked: DayTotals | None = None
    settled_deposits: Mapping[str, Mapping[str, datetime]] = field(default_factory=dict)
    pauses: frozenset[Pause] = frozenset()
    discrepancy_id: str | None = None
    holdings_cents: int = 0
    trades_since: datetime | None = None
    billing_hold: bool = False
    halt: PersonHalt | None = None
    restricted_since: datetime | None = None
    day_trade_rule: DayTradeRule = DayTradeRule.NONE
    journal_seq: int = 0
    version: int = 0

    @classmethod
    def shell(cls, owner: str, at: datetime) -> "TradingAccount":
        """Return the account of a person who has none yet. There is one for a person."""
        return cls(owner, account_id_of(owner), created_at=at, updated_at=at)

    @property
    def restriction(self) -> BuyRestriction | None:
        """Return why the owner may not buy, if so."""
        if self.pauses:
            return BuyRestriction.TRADING_PAUSED
        if self.status is AccountStatus.OPEN_NO_NEW_TRADES:
            return BuyRestriction.NO_NEW_TRADES
        return BuyRestriction.BILLING_HOLD if self.billing_hold else None

    @property
    def is_open(self) -> bool:
        """Say whether money may come in."""
        return self.status is AccountStatus.OPEN and self.opened_at is not None

    @property
    def lets_out(self) -> bool:
        """Say whether money may go out."""
        return self.status in LETS_OUT and self.opened_at is not None

    def withdrawable_cents(self, brokers_cents: int) -> int:
        """Return what a withdrawal would get, given what the broker calls withdrawable.

        The broker knows neither of withdrawals that are not paid out yet nor of fees.
        """
        return max(0, min(brokers_cents - self.withheld_cents, self.cash_cents))

    def settled_since(self, funding_account_id: str) -> datetime | None:
        """Return when a bank account's first deposit that was not returned succeeded."""
        return min(self.settled_deposits.get(funding_account_id, {}).values(), default=None)

    def with_settled(self, funding_account_id: str, flow_id: str, at: datetime) -> "TradingAccount":
        """Return the account after a deposit of a bank account succeeded."""
        known = self.settled_deposits.get(funding_account_id, {})
        if len(known) >= MAX_SETTLED:
            return self
        return replace(self, settled_deposits={**self.settled_deposits, funding_account_id: {**known, flow_id: at}})

    def without_settled(self, funding_account_id: str, flow_id: str) -> "TradingAccount":
        """Return the account after a deposit of a bank account was returned: it proves nothing any more."""
        banks = {bank: dict(flows) for bank, flows in self.settled_deposits.items()}
        banks.get(funding_account_id, {}).pop(flow_id, None)
        return replace(self, settled_deposits={bank: flows for bank, flows in banks.items() if flows})

    @property
    def journal(self) -> str:
        """Return the name of the account's journal in the ledger."""
        return f"account#{self.owner}"

    def balance(self, account: LedgerAccount) -> int:
        """Return what lies on one of the owner's ledger accounts, in cents."""
        return self.balances.get(account, 0)

    @property
    def cash_cents(self) -> int:
        """Return the cash that nothing is asked of yet: what may be spent or withdrawn."""
        return self.balance(LedgerAccount.CASH)

    @property
    def reserved_cents(self) -> int:
        """Return what withdrawals on their way have reserved."""
        return self.balance(LedgerAccount.WITHDRAWALS_RESERVED)

    @property
    def withheld_cents(self) -> int:
        """Return the cash that withdrawals and fees on their way will take."""
        return self.reserved_cents + self.balance(LedgerAccount.FEES_RESERVED)

    @property
    def owed_cents(self) -> int:
        """Return what the person owes after a returned deposit that was spent."""
        return -self.balance(LedgerAccount.OWED_BY_PERSON)

    @property
    def broker_cash_cents(self) -> int:
        """Return the cash that the broker should show: what is reserved is still there, a debt is below zero."""
        held = self.balance(LedgerAccount.BUYS_RESERVED) + self.balance(LedgerAccount.FEES_RESERVED)
        return self.cash_cents + self.reserved_cents + held - self.owed_cents

    @property
    def contributed_cents(self) -> int:
        """Return what the person put in less what they took out, as far as it is settled at the broker."""
        paid = (
            self.balance(LedgerAccount.INVESTED)
            + self.balance(LedgerAccount.FEES)
            + self.balance(LedgerAccount.DIVIDENDS)
        )
        return self.broker_cash_cents + paid

    def pending_cents(self, funding_account_id: str | None = None) -> int:
        """Return the deposits on their way, from one bank account or from all."""
        return sum(
            flow.cents
            for flow in self.in_flight.values()
            if flow.direction is Direction.DEPOSIT and funding_account_id in {None, flow.funding_account_id}
        )

    def in_flight_on(self, funding_account_id: str) -> int:
        """Return how many money flows a bank account has open."""
        return sum(flow.funding_account_id == funding_account_id for flow in self.in_flight.values())

    def posted(self, before: Position, after: Position, *, reference: str, at: datetime) -> "Posting":
        """Return the account and the journal entry when one position gives way to another.

        Cash never falls below zero: a shortfall is owed by the person, and paid from the next cash.
        """
        lines = {name: after.get(name, 0) - before.get(name, 0) for name in (*before, *after)}
        cash = self.cash_cents + lines.get(LedgerAccount.CASH, 0)
        owed = -min(cash, 0) if cash < 0 else -min(cash, self.owed_cents)
        lines[LedgerAccount.CASH] = lines.get(LedgerAccount.CASH, 0) + owed
        lines[LedgerAccount.OWED_BY_PERSON] = -owed
        return self._post({name: cents for name, cents in lines.items() if cents}, reference, at)

    def _post(self, lines: Mapping[LedgerAccount, int], reference: str, at: datetime) -> "Posting":
        if not lines:
            return Posting(replace(self, updated_at=at), None)
        balances = {name: self.balance(name) + lines.get(name, 0) for name in OWNERS_SIDE}
        account = replace(
            self,
            balances={name: cents for name, cents in balances.items() if cents},
            journal_seq=self.journal_seq + 1,
            updated_at=at,
        )
        entry = Entry(
            journal=self.journal,
            seq=account.journal_seq,
            entry_id=derived_id("entry", self.journal, str(account.journal_seq)),
            kind=Kind.TRANSFER,
            at=at,
            lines=tuple(Line(name, cents) for name, cents in lines.items()),
            balance_cents=account.cash_cents,
            reference=reference,
        )
        return Posting(account, entry)


@dataclass(frozen=True)
class Posting:
    """An account after a movement, and the entry that says so; without an entry nothing moved."""

    account: TradingAccount
    entry: Entry | None


def account_id_of(owner: str) -> str:
    """Return the id of a person's trading account."""
    return derived_id("trading-account", owner)
