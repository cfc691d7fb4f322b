"""Whatever companies do: value, cost and shares are conserved, and the ledger stays equal."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from trading.automation.corporate_actions.arithmetic import UNCHANGED, Ratio, cents_of, exchange
from trading.automation.corporate_actions.claims import paid
from trading.automation.corporate_actions.effects import effect_of
from trading.automation.corporate_actions.models import Applied, Draft, starts_at
from trading.automation.portfolios.models import DayTradingSettings, Holding, Portfolio, PortfolioKey
from trading.automation.portfolios.positions import PortfolioState
from trading.ledger.models import LedgerAccount, Trade
from trading.ledger.service import totals
from trading.markets.corporate_actions.models import ActionKind, CorporateAction, Terms
from trading.markets.models import Exchange
from trading.platform.money import amount_cents

NOW = datetime(2013, 2, 19, 13, tzinfo=UTC)
DAY = date(2013, 2, 19)
whole = st.integers(1, 100_000).map(Decimal)
shares = st.one_of(whole, st.decimals("0.0001", "99999", places=4))
rates = st.integers(1, 100).map(Decimal)
ratios = st.builds(Ratio, rates, rates)
prices = st.decimals("0.01", "9999", places=4)
costs = st.integers(0, 10**10)


@given(shares, costs, ratios, prices, st.booleans())
def test_shares_and_fraction_are_all_of_it_and_the_cost_is_shared_between_them(
    quantity: Decimal, cost: int, ratio: Ratio, price: Decimal, fractional: bool
) -> None:
    became = exchange(quantity, cost, ratio, price=price, fractional=fractional)

    exact = ratio.shares(quantity)
    left = exact - Fraction(became.shares)
    assert exact == Fraction(quantity) * Fraction(ratio.new) / Fraction(ratio.old)
    if became.fraction_cost_cents:
        assert abs(became.fraction_cost_cents - cost * left / exact) <= Fraction(1, 2)
    else:
        assert not became.fraction or cost * left / exact <= Fraction(1, 2)
    assert 0 <= left < (Fraction(1, 10_000) if fractional else 1)
    assert 0 <= became.fraction_cost_cents <= cost
    if became.fraction:
        assert abs(Fraction(became.fraction) - left) <= Fraction(1, 10**12)
    else:
        assert cents_of(Decimal(left.numerator) / Decimal(left.denominator), price) == 0


@given(ratios, ratios, shares)
def test_a_correction_leads_to_where_the_new_terms_would_have(one: Ratio, other: Ratio, quantity: Decimal) -> None:
    step = other.after(one)

    assert one.shares(quantity) * Fraction(step.new) / Fraction(step.old) == other.shares(quantity)
    assert one.after(one).shares(quantity) == UNCHANGED.shares(quantity)


def draft_of(quantity: Decimal, cost: int, price: Decimal, action: CorporateAction, *, fractional: bool) -> Draft:
    settings = DayTradingSettings(allow_fractional_shares=fractional)
    holding = Holding("AAA", quantity, cost, price, NOW)
    portfolio = Portfolio(
        PortfolioKey("ada", 1),
        "p",
        None,
        Exchange.NASDAQ,
        is_automated=False,
        settings=settings,
        created_at=NOW,
        updated_at=NOW,
        cash_cents=10**9,
        holdings={"AAA": holding},
    )
    return Draft(PortfolioState(portfolio), action, NOW)


terms = st.one_of(
    st.tuples(st.just(ActionKind.SPLIT), st.builds(Terms, rates, rates)),
    st.tuples(st.just(ActionKind.DIVIDEND), st.builds(Terms, cash_rate=st.decimals("0.0001", "50", places=4))),
    st.tuples(st.just(ActionKind.SYMBOL_CHANGE), st.just(Terms(new_symbol="BBB"))),
    st.tuples(st.just(ActionKind.MERGER), st.builds(Terms, cash_rate=prices)),
    st.tuples(st.just(ActionKind.MERGER), st.builds(Terms, rates, rates, prices, st.just("BBB"))),
    st.tuples(st.just(ActionKind.MERGER), st.builds(Terms, rates, rates, new_symbol=st.just("BBB"))),
    st.tuples(st.just(ActionKind.DELISTING), st.builds(Terms, cash_rate=st.one_of(st.none(), prices))),
)


@given(shares, costs, prices, prices, terms, st.booleans())
def test_no_cost_appears_or_vanishes_and_every_cent_is_in_the_ledger(  # noqa: PLR0917 - any holding and action
    quantity: Decimal,
    cost: int,
    price: Decimal,
    opening: Decimal,
    announced: tuple[ActionKind, Terms],
    fractional: bool,
) -> None:
    action = CorporateAction(announced[0], Exchange.NASDAQ, "AAA", DAY, announced[1])
    before = draft_of(quantity, cost, price, action, fractional=fractional)

    outcome = effect_of(action.kind)(before, Applied(action, NOW, quantity, cost), None, opening)
    draft = outcome.draft
    for claim in tuple(draft.portfolio.claims.values()):
        after = paid(draft, claim, opening)
        assert after is not None
        draft = after[0]

    sums = totals(draft.entries)
    left = sum(holding.cost_cents for holding in draft.portfolio.holdings.values())
    assert sums[LedgerAccount.CASH] == draft.portfolio.cash_cents - 10**9
    assert sums[LedgerAccount.HOLDINGS] == left - cost
    assert sums[LedgerAccount.GAINS] == -draft.portfolio.realised_cents
    assert sums[LedgerAccount.RECEIVABLES] == 0
    assert sums[LedgerAccount.CAPITAL] == 0
    changes = {symbol: Decimal(0) for entry in draft.entries for symbol in entry.share_changes}
    for entry in draft.entries:
        for symbol, change in entry.share_changes.items():
            changes[symbol] += change
    held = {symbol: holding.quantity for symbol, holding in draft.portfolio.holdings.items()}
    assert {s: held.get(s, Decimal(0)) - (quantity if s == "AAA" else 0) for s in changes} == changes


@given(shares, costs, prices, st.builds(Terms, rates, rates), st.booleans())
def test_a_split_changes_the_value_by_no_more_than_roundings(
    quantity: Decimal, cost: int, price: Decimal, announced: Terms, fractional: bool
) -> None:
    action = CorporateAction(ActionKind.SPLIT, Exchange.NASDAQ, "AAA", DAY, announced)
    before = draft_of(quantity, cost, price, action, fractional=fractional)

    after = effect_of(action.kind)(before, Applied(action, NOW, quantity, cost), None, None).draft

    # A price has 4 places: each new share may be off by half of the last.
    rounding = 1 + quantity * (announced.new_rate or 1) / (announced.old_rate or 1) / 200
    assert abs(after.portfolio.value_cents - before.portfolio.value_cents) <= rounding + 1


@dataclass(frozen=True)
class Step:
    """One action of a company, the opening price of its day, and the terms that replace it later, if any."""

    kind: ActionKind
    terms: Terms
    price: Decimal
    corrected: Terms | None
    is_paid_first: bool

    def action(self, terms: Terms, day: date) -> CorporateAction:
        return CorporateAction(self.kind, Exchange.NASDAQ, "AAA", day, terms)


exchanges = st.builds(Terms, rates, rates)
steps = st.builds(
    Step,
    st.sampled_from([ActionKind.SPLIT, ActionKind.STOCK_DIVIDEND]),
    exchanges,
    prices,
    st.one_of(st.none(), exchanges),
    st.booleans(),
)


def carried_out(draft: Draft, step: Step, day: date) -> Draft:
    """Return a draft after an action, with its terms corrected before or after its fraction was paid."""
    action = step.action(step.terms, day)
    holding = draft.portfolio.holdings["AAA"]
    applied = Applied(action, NOW, holding.quantity, holding.cost_cents)
    draft = replace(draft, action=action)
    outcome = effect_of(step.kind)(draft, applied, None, step.price)
    draft, applied = outcome.draft, outcome.applied
    if step.is_paid_first:
        draft, applied = in_cash(draft, applied, step.price)
    if step.corrected is not None:
        action = step.action(step.corrected, day)
        again = replace(applied, action=action, revision=1)
        outcome = effect_of(step.kind)(replace(draft, action=action), again, applied, step.price)
        draft, applied = outcome.draft, outcome.applied
    return in_cash(draft, applied, step.price)[0]


def in_cash(draft: Draft, applied: Applied, price: Decimal) -> tuple[Draft, Applied]:
    """Return a draft in which the claim of an action is paid, where there is one."""
    claim = draft.portfolio.claims.get(applied.action.action_id)
    if claim is None:
        return draft, applied
    after = paid(draft, claim, price)
    assert after is not None
    return after[0], replace(applied, paid_cents=applied.paid_cents + after[1])


@given(shares, costs, prices, st.lists(steps, min_size=1, max_size=4), prices, st.booleans())
def test_what_shares_cost_is_what_they_brought_less_the_gain_whatever_was_exchanged_until_all_is_sold(  # noqa: PLR0917 - any holding and actions
    quantity: Decimal, cost: int, price: Decimal, happened: list[Step], last: Decimal, fractional: bool
) -> None:
    draft = draft_of(quantity, cost, price, happened[0].action(happened[0].terms, DAY), fractional=fractional)

    for number, step in enumerate(happened):
        if "AAA" not in draft.portfolio.holdings:
            break
        draft = carried_out(draft, step, DAY + timedelta(days=number))
        released = draft.portfolio.cash_cents - 10**9 - draft.portfolio.realised_cents
        held = sum(holding.cost_cents for holding in draft.portfolio.holdings.values())
        assert draft.portfolio.claims == {}
        assert held + released == cost

    portfolio, entries = draft.portfolio, draft.entries
    left = portfolio.holdings.get("AAA")
    if left is not None:
        assert left.quantity > 0
        trade = Trade("AAA", left.quantity, last, amount_cents(left.quantity, last))
        posting = portfolio.sold(trade, NOW)
        portfolio, entries = posting.portfolio, (*entries, posting.entry)
    sums = totals(entries)
    assert portfolio.holdings == {}
    assert portfolio.cash_cents - 10**9 - portfolio.realised_cents == cost
    assert (sums[LedgerAccount.HOLDINGS], sums[LedgerAccount.RECEIVABLES]) == (-cost, 0)
    assert (sums[LedgerAccount.CASH], sums[LedgerAccount.GAINS]) == (
        portfolio.cash_cents - 10**9,
        -portfolio.realised_cents,
    )


@given(whole, costs, prices, rates, rates)
def test_a_split_that_leaves_whole_shares_leaves_every_cent_of_the_cost_with_them(
    quantity: Decimal, cost: int, price: Decimal, old: Decimal, new: Decimal
) -> None:
    step = Step(ActionKind.SPLIT, Terms(old, new), price, None, is_paid_first=False)
    before = draft_of(quantity * old, cost, price, step.action(step.terms, DAY), fractional=False)

    after = carried_out(before, step, DAY).portfolio

    holding = after.holdings["AAA"]
    assert (holding.quantity, holding.cost_cents, after.cash_cents) == (quantity * new, cost, 10**9)
    assert holding.adjusted_at == starts_at(DAY)
