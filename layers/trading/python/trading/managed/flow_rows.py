"""Flows by day in the `people` table: one row for each day on which something went into a fund or the account."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date

from trading.managed.flows import Flow, FlowLog
from trading.managed.models import ManagedPortfolio
from trading.platform.people import PersonRow, partition

FLOW = "fund-flow#"
WHOLE_ACCOUNT = ""


def new_flow_rows(portfolio: ManagedPortfolio) -> Iterator[PersonRow]:
    """Yield the rows of the days that are not written yet."""
    for place, log in _logs(portfolio).items():
        if log.is_new and log.last is not None:
            day, cents = log.last
            sk = f"{FLOW}{place}#{log.life:06}#{day.isoformat()}"
            yield PersonRow(partition(portfolio.owner), sk, document=str(cents))


def with_written_flows(portfolio: ManagedPortfolio) -> ManagedPortfolio:
    """Return the portfolio as it stands once those rows are written."""
    funds = {key: replace(fund, flow=fund.flow.written()) for key, fund in portfolio.funds.items()}
    return replace(portfolio, funds=funds, contributions=portfolio.contributions.written())


def read_flows(portfolio: ManagedPortfolio) -> Mapping[str, tuple[Flow, ...]]:
    """Return the flows of each fund's present life by day, and those of the account, strongly consistent."""
    lives = {place: log.life for place, log in _logs(portfolio).items()}
    found: dict[str, list[Flow]] = defaultdict(list)
    rows = PersonRow.query(partition(portfolio.owner), PersonRow.sk.startswith(FLOW), consistent_read=True)
    for row in rows:
        place, life, day = str(row.sk).removeprefix(FLOW).rsplit("#", 2)
        if lives.get(place) == int(life):
            found[place].append((date.fromisoformat(day), int(str(row.document))))
    return {place: tuple(flows) for place, flows in found.items()}


def _logs(portfolio: ManagedPortfolio) -> Mapping[str, FlowLog]:
    return {WHOLE_ACCOUNT: portfolio.contributions, **{key: fund.flow for key, fund in portfolio.funds.items()}}
