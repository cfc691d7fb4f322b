"""Assessments of strategies in DynamoDB, beside the recommendations.

pk                   sk                               what
assessment#NASDAQ    baseline                         the latest assessment of a strategy
gate-changes         2013-02-19T23:30:00Z#NASDAQ#…    a verdict that became another one
"""

from trading.markets.models import Exchange
from trading.platform.clock import rfc3339
from trading.platform.documents import dump, load
from trading.platform.outbox import OutboxEvent, put_event
from trading.platform.tables import Transaction
from trading.signals.events import GateChanged
from trading.signals.models import Assessment, GateChange, Source
from trading.signals.store import SignalRow

CHANGES = "gate-changes"


class DynamoAssessmentStore:
    """The latest assessment of each strategy, and how its verdict changed."""

    def find(self, exchange: Exchange, strategy: Source) -> Assessment | None:
        """Return what is known of a strategy, strongly consistent. One request."""
        try:
            row = SignalRow.get(_partition(exchange), strategy.value, consistent_read=True)
        except SignalRow.DoesNotExist:
            return None
        return load(Assessment, str(row.document))

    def save(
        self, exchange: Exchange, strategy: Source, assessment: Assessment, change: GateChange | None = None
    ) -> None:
        """Write a strategy's next revision, with the change of its verdict if it is one, all or nothing.

        Raises:
            StaleRecord: if it is not the next one after what is written.
        """
        revision = assessment.revision
        row = SignalRow(_partition(exchange), strategy.value, version=str(revision), document=dump(assessment))
        is_next = SignalRow.pk.does_not_exist() if revision == 1 else SignalRow.version == str(revision - 1)
        transaction = Transaction()
        transaction.put(row, is_next, label="assessment")
        if change is not None:
            transaction.put(SignalRow(CHANGES, _place(change), document=dump(change)))
            put_event(transaction, _event(change))
        transaction.commit()

    def changes(self, limit: int) -> tuple[GateChange, ...]:
        """Return the latest changes of verdicts over all exchanges, newest first. One request."""
        rows = SignalRow.query(CHANGES, scan_index_forward=False, limit=limit, consistent_read=True)
        return tuple(load(GateChange, str(row.document)) for row in rows)


def _partition(exchange: Exchange) -> str:
    return f"assessment#{exchange.code}"


def _place(change: GateChange) -> str:
    return f"{rfc3339(change.at)}#{change.exchange.code}#{change.strategy}#{change.revision:06}"


def _event(change: GateChange) -> OutboxEvent:
    record = GateChanged(
        exchange=change.exchange.code,
        strategy=change.strategy.value,
        model=change.model,
        verdict=change.judgement.verdict.value,
        because=tuple(because.code.value for because in change.judgement.because),
    )
    return OutboxEvent(record, _place(change))
