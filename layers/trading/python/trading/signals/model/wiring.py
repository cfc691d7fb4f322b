"""Builds the trainer of models. Needs numpy."""

from trading.markets.store import DynamoInstrumentStore
from trading.platform.clock import current_clock
from trading.platform.settings import settings
from trading.signals.features import FEATURES, SCHEMA
from trading.signals.model.bucket import BucketArtefacts
from trading.signals.model.publication import Publisher
from trading.signals.model.ridge import RidgeFitter
from trading.signals.model.store import DynamoModelRegister
from trading.signals.model.training import Schema, Trainer
from trading.signals.model.training_data import TrainingData
from trading.signals.read_wiring import assessment_service
from trading.signals.wiring import daily_panels


def trainer() -> Trainer:
    """Return the service that trains models."""
    register = DynamoModelRegister()
    return Trainer(
        source=TrainingData(daily_panels(), DynamoInstrumentStore(), settings().training_years),
        register=register,
        publisher=Publisher(register, BucketArtefacts(), current_clock()),
        assessments=assessment_service(),
        fitter=RidgeFitter(),
        schema=Schema(SCHEMA, FEATURES),
    )
