"""Flows by day in the `people` table: one row for each day on which something went into a fund or the account."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from trading.managed.flows import Flow, FlowLog
from trading.managed.models import ManagedPortfolio
from trading.platform.people import PersonRow, partition

FLOW = "fund-flow#"
WHOLE_ACCOUNT = ""


def new_flow_rows(portfolio: ManagedPortfolio, room: int) -> tuple[list[PersonRow], ManagedPortfolio]:
    """Return rows of days that are not written yet, as many as there is room for, and the portfolio with them."""
    rows: list[PersonRow] = []

    def take(place: str, log: FlowLog) -> FlowLog:
        if not log.is_new:
            return log
        days = log.new[: room - len(rows)]
        rows.extend(_row(portfolio.owner, place, log.life, day) for day in days)
        return log.written(len(days))

    contributions = take(WHOLE_ACCOUNT, portfolio.contributions)
    funds = {key: replace(fund, flow=take(key, fund.flow)) for key, fund in portfolio.funds.items()}
    return rows, replace(portfolio, funds=funds, contributions=contributions)


def has_new_flows(portfolio: ManagedPortfolio) -> bool:
    """Say whether days are left that are not written yet."""
    return any(log.is_new for log in _logs(portfolio).values())


def read_flows(portfolio: ManagedPortfolio) -> Mapping[str, tuple[Flow, ...]]:
    """Return the flows of each fund's present life by day, and those of the account, strongly consistent."""
    logs = _logs(portfolio)
    found: dict[str, dict[date, int]] = defaultdict(dict)
    rows = PersonRow.query(partition(portfolio.owner), PersonRow.sk.startswith(FLOW), consistent_read=True)
    for row in rows:
        place, life, day = str(row.sk).removeprefix(FLOW).rsplit("#", 2)
        if place in logs and logs[place].life == int(life):
            found[place][date.fromisoformat(day)] = int(str(row.document))
    for place, log in logs.items():
        if log.is_new:
            found[place] |= dict(log.new)
    return {place: tuple(sorted(flows.items())) for place, flows in found.items()}


def _row(owner: str, place: str, life: int, flow: Flow) -> PersonRow:
    day, cents = flow
    return PersonRow(partition(owner), f"{FLOW}{place}#{life:06}#{day.isoformat()}", document=str(cents))


def _logs(portfolio: ManagedPortfolio) -> Mapping[str, FlowLog]:
    return {WHOLE_ACCOUNT: portfolio.contributions, **{key: fund.flow for key, fund in portfolio.funds.items()}}
