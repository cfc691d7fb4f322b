"""Schedule train_model: Saturdays at 6:00 train the model of each exchange anew, validate it and judge it."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from trading.markets.models import Exchange
from trading.markets.wiring import covered_exchanges
from trading.platform.clock import current_clock
from trading.platform.deadline import seconds_left
from trading.platform.errors import PartnerError
from trading.platform.fan_out import FanOut, TriesAgain
from trading.platform.observability import count, logger
from trading.signals.model.training import Trainer
from trading.signals.model.training_data import NothingListed
from trading.signals.model.wiring import trainer
from trading.signals.validation.walk_forward import TrainingFailed

TRIED_FOR = timedelta(hours=1)
"""How long a training is tried whose data cannot be had; the last model speaks meanwhile, and afterwards."""

TRAINING_SECONDS = 200
"""What one exchange may take: an invocation with less time than that left has another one go on."""

TRAININGS_FAILED = "TrainingsFailed"


def train(scheduled_at: datetime) -> Mapping[str, object]:
    """Train each exchange that has data and is not trained yet.

    Raises:
        TriesAgain: if there is an exchange left, and time to try.
    """
    made, waits = trainer(), False
    trained: dict[str, Mapping[str, object]] = {}
    for exchange in sorted(covered_exchanges()):
        if made.is_finished(exchange, scheduled_at):
            continue
        if trained and seconds_left() < TRAINING_SECONDS:
            raise TriesAgain
        try:
            trained[exchange.code] = _train(made, exchange, scheduled_at)
        except PartnerError as error:
            logger.warning("model not trained", exchange=exchange.code, code=error.code)
            waits = True
    if not waits:
        return {"status": "done", "trained": trained}
    if current_clock().now() < scheduled_at + TRIED_FOR:
        raise TriesAgain
    count(TRAININGS_FAILED)
    return {"status": "done", "trained": trained, "failed": "market_data"}


def _train(made: Trainer, exchange: Exchange, scheduled_at: datetime) -> Mapping[str, object]:
    try:
        training = made.train(exchange, scheduled_at)
    except TrainingFailed as failure:  # the same data would fail again
        logger.warning("model not trained", exchange=exchange.code, reason=failure.reason)
        if not isinstance(failure, NothingListed):
            count(TRAININGS_FAILED)
        made.abandon(exchange, scheduled_at)
        return {"failed": failure.reason}
    verdict = training.artefact.judgement.verdict
    return {"version": training.artefact.version, "published": training.publication.value, "verdict": verdict.value}


lambda_handler = FanOut("train_model", lambda _: train)
