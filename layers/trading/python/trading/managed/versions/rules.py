"""Who may reconfigure what by how much, and what the amounts are in cents.

Percents become cents when they are accepted: a buy's of the free cash, a sale's of the fund. What a
sale wants beyond what is there becomes all of it. A target becomes what lacks to it, or is too much; it is
reckoned anew at the prices that a version is planned at.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal

from trading.brokerage.models import AccountStatus
from trading.funding.accounts.models import LETS_OUT, Pause, TradingAccount, account_id_of
from trading.managed.collections.service import Catalogue
from trading.managed.models import Held, HoldingsSnapshot, ManagedPortfolio
from trading.managed.versions.models import Version
from trading.managed.versions.target_amounts import cents_to_target
from trading.managed.weights import PLACES, TOLERANCE, among, normalised
from trading.platform.errors import Conflict, FieldProblem, InvalidRequest, NotFound
from trading.platform.receipts import Receipt, RequestKey

MAX_SYMBOLS, MAX_OPEN = 50, 20
MAX_COLLECTIONS, MAX_COLLECTIONS_EVER = 30, 80
"""How many collections an account may hold or be about to; and how many it may ever have, as their funds stay."""


@dataclass(frozen=True)
class Reconfiguration:
    """What a person asks for. Of `amount_cents`, `percent` and `target_cents` at most one is given; `weights` may be.

    `target_cents` is what the holding shall be worth; `resolved` makes an amount of it. `account_id` None
    means their only trading account; a request without `key` is a dry run.
    """

    owner: str
    collection_id: str
    weights: Mapping[str, Decimal] | None
    amount_cents: int | None
    percent: Decimal | None
    account_id: str | None
    key: RequestKey | None
    target_cents: int | None = None

    @property
    def buys(self) -> bool:
        """Say whether cash is to be spent."""
        return (self.amount_cents or 0) > 0 or (self.percent or 0) > 0

    @property
    def sells(self) -> bool:
        """Say whether holdings are to become cash."""
        return (self.amount_cents or 0) < 0 or (self.percent or 0) < 0

    @property
    def may_sell(self) -> bool:
        """Say whether holdings may become cash: a target whose amount is not known yet may want that."""
        return self.sells or (self.target_cents is not None and self.amount_cents is None)


@dataclass(frozen=True)
class Contents:
    """The weights of a version: whether the fund gets them, and the day of the collection's that they are."""

    weights: Mapping[str, Decimal]
    sets_weights: bool
    follows: date | None


@dataclass(frozen=True)
class Amount:
    """A version's amount in signed cents; None where it only re-weights."""

    cents: int | None
    sells_all: bool = False


def checked_weights(weights: Sequence[tuple[str, Decimal]]) -> dict[str, Decimal]:
    """Return given weights so that they sum to exactly 1.

    Raises:
        InvalidRequest: unless they are positive, distinct, at most 50, and sum to 1 within a millionth.
    """
    symbols = [symbol for symbol, _ in weights]
    wrong = [
        ("must name at least one symbol and at most 50", not 0 < len(symbols) <= MAX_SYMBOLS),
        ("must name each symbol once", len(set(symbols)) < len(symbols)),
        ("must be above 0", any(weight <= 0 for _, weight in weights)),
        ("must sum to 1", abs(sum((weight for _, weight in weights), Decimal(-1))) > TOLERANCE),
    ]
    problems = tuple(FieldProblem("weights", message) for message, is_wrong in wrong if is_wrong)
    if problems:
        raise InvalidRequest(problems=problems)
    return {symbol: weight for symbol, weight in normalised(dict(weights), PLACES).items() if weight}


def require_tradable(weights: Mapping[str, Decimal], tradable: frozenset[str]) -> None:
    """Refuse weights of symbols that nobody can trade. Raises InvalidRequest naming each."""
    missing = sorted(set(weights) - tradable)
    if missing:
        problems = tuple(FieldProblem("weights", f"{symbol} cannot be traded") for symbol in missing)
        raise InvalidRequest(problems=problems)


def require_account(account: TradingAccount | None, request: Reconfiguration) -> TradingAccount:
    """Return the person's account, if it may do what is asked.

    Raises:
        NotFound: for another's account.
        Conflict: `account_not_open`, `trading_paused`.
    """
    if request.account_id not in {None, account_id_of(request.owner)}:
        raise NotFound("There is no such trading account.")
    if account is None or account.opened_at is None:
        raise Conflict("The trading account is not open yet.", code="account_not_open")
    if Pause.BROKER in account.pauses or (account.pauses and not request.may_sell):
        raise Conflict("Trading on this account is paused. Please contact support.", code="trading_paused")
    if account.status is not AccountStatus.OPEN and (account.status not in LETS_OUT or not request.may_sell):
        raise Conflict("The trading account is not open.", code="account_not_open")
    if account.billing_hold and request.buys:
        raise Conflict("An invoice is not paid yet; buying goes on when it is.", code="billing_hold")
    return account


def require_room(portfolio: ManagedPortfolio) -> None:
    """Refuse more versions than may be open at once. Raises Conflict."""
    if len(portfolio.open_versions) >= MAX_OPEN:
        raise Conflict("Too many orders are waiting.", code="limit_exceeded")


def require_few_collections(
    request: Reconfiguration, portfolio: ManagedPortfolio, held: Held, versions: Sequence[Version]
) -> None:
    """Refuse one more collection than an account may hold; one that is held or waited for is none. Raises Conflict."""
    ever = {*portfolio.funds, *(version.collection_id for version in versions)}
    now = {version.collection_id for version in versions if version.is_open}
    now |= {collection_id for collection_id, cents in held.funds.items() if sum(cents.values())}
    wanted = request.collection_id
    if (wanted not in now and len(now) >= MAX_COLLECTIONS) or (
        wanted not in ever and len(ever) >= MAX_COLLECTIONS_EVER
    ):
        raise Conflict(f"An account holds {MAX_COLLECTIONS} collections at most.", code="too_many_collections")


def require_same(request: Reconfiguration, version: Version) -> None:
    """Hold a replay against the request that the version came from. Raises KeyReused."""
    if request.key is not None:
        request.key.matches(Receipt(request.key.receipt_id, version.digest, version.version_id))


def contents_of(request: Reconfiguration, portfolio: ManagedPortfolio, held: Held, catalogue: Catalogue) -> Contents:
    """Return the weights of a new version: those given, or the fund's own, or what the collection recommends.

    Money for (or from) a fund that is held leaves its weights alone. With neither amount nor weights
    the fund is led back to what the collection recommends.

    Raises:
        Conflict: `no_tradable_symbols`.
    """
    if request.weights is not None:
        return Contents(request.weights, sets_weights=True, follows=None)
    fund = portfolio.fund(request.collection_id)
    is_held = bool(sum(held.funds.get(request.collection_id, {}).values()))
    if fund is not None and is_held and (request.buys or request.sells):
        tradable = catalogue.tradable(tuple(fund.contents))
        return Contents(among(fund.contents, tradable) or fund.contents, sets_weights=False, follows=fund.follows)
    recommended = catalogue.find_recommended(request.collection_id)
    if recommended is None:
        raise Conflict("None of the collection's symbols can be traded at present.", code="no_tradable_symbols")
    return Contents(recommended.weights, sets_weights=True, follows=recommended.effective_on)


def resolved(request: Reconfiguration, held: Held, versions: Sequence[Version]) -> Reconfiguration:
    """Return a request for a target as one for the amount that lacks to it, or is too much.

    Raises:
        Conflict: `amount_too_small`, where nothing has to be traded.
    """
    if request.target_cents is None:
        return request
    there = sum(held.funds.get(request.collection_id, {}).values())
    cents = cents_to_target(request.target_cents, there, request.collection_id, versions)
    if not cents:
        raise Conflict("The holding is worth this already.", code="amount_too_small")
    return replace(request, amount_cents=cents)


def amount_of(request: Reconfiguration, held: Held, free_cents: int, versions: Sequence[Version]) -> Amount:
    """Return the amount of a new version.

    Raises:
        Conflict: `insufficient_funds`, `insufficient_holdings`, `amount_too_small`.
    """
    if request.buys:
        return Amount(_bought(request, held, free_cents))
    there = sum(held.funds.get(request.collection_id, {}).values())
    if not request.sells:
        if not there:
            raise Conflict("Nothing of this collection is held.", code="insufficient_holdings")
        return Amount(None)
    return _sold(request, held, there, versions)


def free_cents(account: TradingAccount, seen: HoldingsSnapshot | None) -> int:
    """Return the free cash: our ledger's cash that nothing is asked of, and not more than the broker has.

    While orders are out, the broker's cash moves ahead of ours, so ours counts alone.
    """
    if seen is None or account.trades_since is not None:
        return max(0, account.cash_cents)
    promised = account.broker_cash_cents - account.cash_cents
    return max(0, min(account.cash_cents, seen.cash_cents - promised))


def _bought(request: Reconfiguration, held: Held, free: int) -> int:
    cents = request.amount_cents
    if cents is None:
        cents = int((free * (request.percent or Decimal(0)) / 100).to_integral_value(ROUND_DOWN))
    if cents > free or free <= 0:
        raise Conflict("There is not enough free cash for this.", code="insufficient_funds")
    _require_min(cents, held)
    return cents


def _sold(request: Reconfiguration, held: Held, there: int, versions: Sequence[Version]) -> Amount:
    others = [version for version in versions if version.collection_id == request.collection_id]
    wanted = sum(-min(0, other.remaining_cents or 0) for other in others)
    left = 0 if any(other.sells_all for other in others) else there - wanted
    if left <= 0:
        raise Conflict("Nothing of this collection is left to sell.", code="insufficient_holdings")
    if request.amount_cents is not None:
        cents = -request.amount_cents
    else:
        share = there * -(request.percent or Decimal(0)) / 100
        cents = int(share.to_integral_value(ROUND_HALF_EVEN))
    if cents >= left:
        return Amount(-left, sells_all=True)
    _require_min(cents, held)
    return Amount(-cents)


def _require_min(cents: int, held: Held) -> None:
    if cents < held.min_cents:
        minimum = f"{held.min_cents // 100}.{held.min_cents % 100:02d}"
        raise Conflict(f"The least amount is {minimum} dollars.", code="amount_too_small")
