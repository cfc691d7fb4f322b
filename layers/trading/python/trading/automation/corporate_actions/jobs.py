"""The job of corporate actions: what companies announced, filed, and handed to workers by who is concerned.

An action is due from its ex-date on, for a few days, and for a few days after its terms changed. It may
come to a portfolio again and again: it is applied once. Where the provider is away, what it announced
before counts.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from trading.automation.corporate_actions.messages import ActionWork
from trading.automation.corporate_actions.ports import Holders, Instruments
from trading.markets.corporate_actions.models import BY_OPERATOR, ENDS_SYMBOL, CorporateAction, FiledAction
from trading.markets.corporate_actions.ports import ActionFile, Announcements
from trading.markets.models import Exchange, Instrument
from trading.platform.clock import trading_date
from trading.platform.errors import PartnerError
from trading.platform.observability import count, logger
from trading.platform.sources import Sources

WINDOW = timedelta(days=7)
"""How far before and after a day announcements are read."""

REPEATED = timedelta(days=3)
"""How long an action goes to workers: indexes lag, and opening prices come later."""

ON_FILE = WINDOW + REPEATED


@dataclass(frozen=True)
class ActionJob:
    """Finds what actions concern and hands it to `send`, which takes a queue's name and messages."""

    announcements: Callable[[], Announcements]
    file: ActionFile
    holders: Holders
    instruments: Instruments
    send: Callable[[str, Iterable[ActionWork]], int]

    def apply(self, scheduled_at: datetime) -> Mapping[str, object]:
        """Have every due action applied to whoever it concerns, and claims paid that are due."""
        today = trading_date(scheduled_at)
        due = [action for exchange in Exchange for action in self._due(exchange, today)]
        for action in due:
            self._change_instruments(action)
        claims = (part for exchange in Exchange for part in self.holders.claims(exchange).parts)
        work = Sources((*self.holders.of(due).parts, *claims))
        return {"status": "done", "actions": len(due), "dispatched": self.send("corporate-actions", work)}

    def _due(self, exchange: Exchange, today: date) -> Iterator[CorporateAction]:
        self._refresh(exchange, today)
        for filed in self.file.filed(exchange, today - ON_FILE, today):
            if max(filed.action.ex_date, filed.changed_on) >= today - REPEATED:
                yield filed.action

    def _refresh(self, exchange: Exchange, today: date) -> None:
        try:
            if not self.announcements().covers(exchange):
                return
            announced = self.announcements().corporate_actions(exchange, today - WINDOW, today + WINDOW)
        except PartnerError as error:
            logger.warning("corporate actions not to be had", code=error.code)
            count("CorporateActionsUnavailable")
            return
        known = self.file.filed(exchange, today - ON_FILE, today + WINDOW)
        self.file.file(changes(known, announced, since=today - REPEATED, until=today + WINDOW), today)

    def _change_instruments(self, action: CorporateAction) -> None:
        """Have nobody buy what is not traded any more, and everybody find its new symbol."""
        if action.kind not in ENDS_SYMBOL or action.terms.is_cancelled:
            return
        old = self.instruments.find(action.exchange, action.symbol)
        new = action.terms.new_symbol
        if old is None:
            return
        if new and self.instruments.find(action.exchange, new) is None:
            self.instruments.save(Instrument(new, action.exchange))
        if old.active:
            self.instruments.save(Instrument(action.symbol, action.exchange, active=False))


def changes(
    known: Iterable[FiledAction], announced: Iterable[CorporateAction], *, since: date, until: date
) -> tuple[CorporateAction, ...]:
    """Return the actions that are new or have other terms, and, cancelled, those that are not announced any more."""
    on_file = {f.action.action_id: f.action for f in known if f.action.variant != BY_OPERATOR}
    now = {action.action_id: action for action in announced}
    changed = [action for action_id, action in now.items() if on_file.get(action_id) != action]
    gone = [
        action.cancelled
        for action_id, action in on_file.items()
        if action_id not in now and since <= action.ex_date < until and not action.terms.is_cancelled
    ]
    return (*changed, *gone)
