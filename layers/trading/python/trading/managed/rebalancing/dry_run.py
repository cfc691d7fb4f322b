"""Dry runs: what a rebalance would plan if a reconfiguration were accepted now."""

from dataclasses import dataclass

from trading.managed.rebalancing.planner import Plan, plan
from trading.managed.versions.models import Version
from trading.managed.versions.rules import Reconfiguration
from trading.managed.versions.service import VersionService


@dataclass(frozen=True)
class DryRun:
    """Plans without writing or submitting anything."""

    versions: VersionService

    def plan(self, request: Reconfiguration) -> tuple[Plan, Version]:
        """Return the plan with all that waits, and the version that the request would make.

        Raises:
            As `VersionService.reconfigure`.
        """
        context, draft = self.versions.draft(request)
        versions = [*context.state.versions, draft]
        symbols = {symbol for version in versions for symbol in version.contents}
        symbols |= {symbol for fund in context.held.funds.values() for symbol in fund}
        return plan(context.held, versions, self.versions.catalogue.tradable(tuple(symbols))), draft
