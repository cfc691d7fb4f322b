"""Instruments in the table `markets`, each change written with its actions and audit record in one transaction."""

from collections.abc import Sequence
from datetime import datetime

from trading.markets.corporate_actions.models import CorporateAction
from trading.markets.corporate_actions.store import filed_row
from trading.markets.models import Instrument
from trading.markets.store import DynamoInstrumentStore, instrument_row
from trading.platform.audit import Audit, put_audit_in
from trading.platform.clock import trading_date
from trading.platform.tables import Transaction


class DynamoRegistry(DynamoInstrumentStore):
    """The registry of instruments, as operators change it."""

    def put(
        self, instruments: Sequence[Instrument], actions: Sequence[CorporateAction], audit: Audit, at: datetime
    ) -> None:
        """Write instruments, file actions and record why, in one transaction."""
        transaction = Transaction()
        for instrument in instruments:
            transaction.put(instrument_row(instrument), label="instrument")
            pk = f"operator#instruments#{instrument.symbol}"
        for action in actions:
            transaction.put(filed_row(action, trading_date(at)), label="action")
        put_audit_in(transaction, pk, audit, action="change_instrument", at=at)
        transaction.commit()
