"""What accounts hold beside cash: quantities by fund and symbol, what they cost, and what they are worth."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

from sandbox.partners.drivewealth.state import Account

STEP = Decimal("0.00000001")
Price = Callable[[str], Decimal | None]


@dataclass(frozen=True)
class Values:
    """Values holdings: `price` is today's, `last` what was paid where there is none."""

    price: Price
    last: Mapping[str, Decimal]

    def cents(self, symbol: str, quantity: Decimal) -> int:
        """Return what a quantity is worth.

        Halves are rounded up, so that what is added in whole cents is worth neither more nor less.
        """
        price = self.price(symbol) or self.last.get(symbol, Decimal(0))
        return int((quantity * price * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))

    def of_fund(self, account: Account, fund_id: str) -> int:
        """Return what an account's part of a fund is worth, in cents."""
        return sum(self.cents(*holding) for holding in account.shares.get(fund_id, {}).items())

    def of_positions(self, account: Account) -> dict[str, int]:
        """Return what each symbol is worth over all funds, in cents."""
        worth: dict[str, int] = defaultdict(int)
        for _, symbol, quantity in held(account):
            worth[symbol] += self.cents(symbol, quantity)
        return dict(worth)

    def equity(self, account: Account) -> int:
        """Return what an account is worth with its cash, in cents."""
        return account.cash_cents + sum(self.of_positions(account).values())


def held(account: Account) -> Iterator[tuple[str, str, Decimal]]:
    """Yield fund, symbol and quantity of everything that an account holds."""
    for fund_id, shares in account.shares.items():
        for symbol, quantity in shares.items():
            yield fund_id, symbol, quantity


def quantity_of(account: Account, symbol: str) -> Decimal:
    """Return how much of a symbol an account holds over all funds."""
    return sum((quantity for _, owned, quantity in held(account) if owned == symbol), Decimal(0))


def add(account: Account, fund_id: str, symbol: str, quantity: Decimal, *, cost_cents: int) -> None:
    """Add a quantity to an account's part of a fund."""
    shares = account.shares.setdefault(fund_id, {})
    shares[symbol] = shares.get(symbol, Decimal(0)) + quantity
    account.costs[symbol] = account.costs.get(symbol, 0) + cost_cents


def take(account: Account, fund_id: str, symbol: str, quantity: Decimal) -> int:
    """Take a quantity out of an account's part of a fund; return what it had cost, in cents."""
    cost = round(account.costs.get(symbol, 0) * quantity / quantity_of(account, symbol))
    shares = account.shares[fund_id]
    shares[symbol] -= quantity
    if not shares[symbol]:
        del shares[symbol]
    if not shares:
        del account.shares[fund_id]
    account.costs[symbol] -= cost
    if not quantity_of(account, symbol):
        del account.costs[symbol]
    return cost


def parts(whole: Decimal, weights: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Part a quantity by weights; the first one takes what rounding leaves."""
    total = sum(weights.values())
    parted = {name: (whole * weight / total).quantize(STEP, rounding=ROUND_DOWN) for name, weight in weights.items()}
    first = next(iter(weights))
    return {**parted, first: parted[first] + whole - sum(parted.values())}
