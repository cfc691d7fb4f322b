"""PATCH /api/portfolios/{portfolio_id}: change some fields; `is_automated` alone is the usual toggle."""

from dataclasses import replace
from typing import Any

from pydantic import model_validator

from trading.automation.portfolios.replies import (
    AutomationFields,
    Description,
    ExchangeField,
    Name,
    PortfolioReply,
    portfolio_key,
)
from trading.automation.portfolios.service import PortfolioEdit
from trading.automation.portfolios.wiring import block_reader, portfolio_service, valuation
from trading.automation.rails.setting_fields import RailChanges
from trading.markets.models import Exchange
from trading.platform.fields import Changes
from trading.platform.http import Caller, http_api

app = http_api()


class PortfolioUpdate(AutomationFields, Changes):
    """The fields to change."""

    name: Name = ""
    exchange: ExchangeField = Exchange.NASDAQ
    description: Description | None = None
    rails: RailChanges = RailChanges.model_construct()

    @model_validator(mode="before")
    @classmethod
    def _something_given(cls, raw: Any) -> Any:  # noqa: ANN401 - any JSON value
        if raw == {}:
            raise ValueError("nothing to change was given")
        return raw

    def to_edit(self) -> PortfolioEdit:
        """Return the change that the request asks for."""
        return replace(self.edit(), rails=self.rails.changes())


@app.patch("/api/portfolios/<portfolio_id>")
def update_portfolio(portfolio_id: str, request: PortfolioUpdate, caller: Caller) -> PortfolioReply:
    """Change a portfolio's fields."""
    portfolio = portfolio_service().edit(portfolio_key(caller, portfolio_id), request.to_edit())
    return PortfolioReply.of(valuation().of(portfolio), block_reader().of(portfolio))


lambda_handler = app.lambda_handler
