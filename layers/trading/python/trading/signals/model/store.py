"""Pointers, trials and announced artefacts in DynamoDB: a partition per exchange. Nothing there expires."""

from datetime import datetime

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import PutError
from pynamodb.expressions.condition import Condition
from pynamodb.models import Model

from trading.markets.models import Exchange
from trading.platform.clock import rfc3339
from trading.platform.tables import TableMeta, table_name
from trading.signals.model.artefact import Trial
from trading.signals.model.pointer import ModelPointer

POINTER, FINISHED, TRIAL, ARTEFACT = "pointer", "finished", "trial#", "artefact#"


class ModelRow(Model):
    """The pointer of an exchange, a trial, or an announced artefact."""

    class Meta(TableMeta):
        table_name = table_name("signals")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    revision = NumberAttribute(null=True)
    document = UnicodeAttribute(null=True)
    sharpe = UnicodeAttribute(null=True)
    at = UnicodeAttribute(null=True)


class DynamoModelRegister:
    """Which model of an exchange speaks, and every configuration ever tried."""

    def pointer(self, exchange: Exchange) -> ModelPointer | None:
        """Return the pointer, or None before the first model. One request.

        Raises:
            UnreadablePointer: if it cannot be read.
        """
        try:
            row = ModelRow.get(_partition(exchange), POINTER, consistent_read=True)
        except ModelRow.DoesNotExist:
            return None
        return ModelPointer.from_json(str(row.document))

    def move(self, pointer: ModelPointer) -> bool:
        """Have a pointer follow the one of the revision before it; return False if that is not there any more."""
        row = ModelRow(_partition(pointer.exchange), POINTER, revision=pointer.revision, document=pointer.to_json())
        before = ModelRow.revision == pointer.revision - 1
        return _put(row, before if pointer.revision > 1 else ModelRow.pk.does_not_exist())

    def announce(self, exchange: Exchange, version: str, at: datetime) -> None:
        """Record that an artefact is about to be kept; it is published only once the pointer is moved to it."""
        ModelRow(_partition(exchange), f"{ARTEFACT}{version}", at=rfc3339(at)).save()

    def note_trial(self, exchange: Exchange, trial: Trial) -> None:
        """Record that a configuration is tried, or what came of it; what is known is not forgotten again."""
        row = ModelRow(_partition(exchange), f"{TRIAL}{trial.configuration}")
        if trial.sharpe is None:
            _put(row, ModelRow.pk.does_not_exist())
        else:
            row.sharpe = repr(trial.sharpe)
            row.save()

    def finish(self, exchange: Exchange, scheduled_at: datetime) -> None:
        """Record that the training of a moment is over; an earlier one that ends later changes nothing."""
        at = rfc3339(scheduled_at)
        _put(ModelRow(_partition(exchange), FINISHED, at=at), ModelRow.pk.does_not_exist() | (ModelRow.at < at))

    def finished_at(self, exchange: Exchange) -> datetime | None:
        """Return the moment of the latest training that is over. One request."""
        try:
            row = ModelRow.get(_partition(exchange), FINISHED, consistent_read=True)
        except ModelRow.DoesNotExist:
            return None
        return datetime.fromisoformat(str(row.at))

    def trials(self, exchange: Exchange) -> tuple[Trial, ...]:
        """Return every configuration ever tried, by name."""
        rows = ModelRow.query(_partition(exchange), ModelRow.sk.startswith(TRIAL), consistent_read=True)
        return tuple(Trial(str(row.sk).removeprefix(TRIAL), _number(row.sharpe)) for row in rows)


def _partition(exchange: Exchange) -> str:
    return f"model#{exchange.code}"


def _put(row: ModelRow, condition: Condition) -> bool:
    """Write a row on a condition; return False if that does not hold."""
    try:
        row.save(condition)
    except PutError as error:
        if error.cause_response_code == "ConditionalCheckFailedException":
            return False
        raise
    return True


def _number(text: str | None) -> float | None:
    return None if text is None else float(text)
