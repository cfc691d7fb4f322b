"""Who exists: a person is known by the first thing that they did."""

from trading.automation.portfolios.store import has_portfolio
from trading.platform.people import has_rows


def is_known(owner: str) -> bool:
    """Say whether anything is kept of a person, strongly consistent. At most two requests."""
    return has_rows(owner) or has_portfolio(owner)
