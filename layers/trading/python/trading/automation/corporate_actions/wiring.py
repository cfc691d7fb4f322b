"""Builds what applies corporate actions, for one invocation."""

from trading.automation.corporate_actions.jobs import ActionJob
from trading.automation.corporate_actions.openings import OpeningState
from trading.automation.corporate_actions.service import ActionService
from trading.automation.corporate_actions.store import DynamoActionStore, DynamoHolders
from trading.automation.day_trading.store import DynamoWorkIndex
from trading.ledger.store import DynamoJournal
from trading.markets.corporate_actions.store import DynamoActionFile
from trading.markets.store import DynamoInstrumentStore
from trading.markets.wiring import announcements
from trading.platform.clock import current_clock
from trading.platform.fan_out import Send
from trading.platform.queue import send_all


def action_job(send: Send = send_all) -> ActionJob:
    """Return the job that hands out corporate actions."""
    return ActionJob(announcements, DynamoActionFile(), DynamoHolders(), DynamoInstrumentStore(), send)


def action_service() -> ActionService:
    """Return the service of corporate actions."""
    return ActionService(
        store=DynamoActionStore(),
        journal=DynamoJournal(),
        openings=OpeningState(announcements),
        held=DynamoWorkIndex(),
        clock=current_clock(),
    )
