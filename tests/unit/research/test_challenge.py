"""A challenge: boosted trees judged and published by the weekly model's own ways."""

import pytest

from infra.catalogue import FUNCTIONS
from research.boosting import TreesFitter
from research.challenge import environment
from tests.support.models import SATURDAY, SCHEMA, FakeJudge, FakeSamples, trainer
from tests.support.samples import planted
from trading.markets.models import Exchange
from trading.platform.settings import Settings
from trading.signals.model.bucket import BucketArtefacts
from trading.signals.model.inference import predict
from trading.signals.model.publication import Publication
from trading.signals.model.serving import ModelReader
from trading.signals.model.store import DynamoModelRegister

NASDAQ = Exchange.NASDAQ
ROW = next(row for row in FUNCTIONS if row.name == "train_model")


def test_it_works_on_what_the_deployed_function_works_on() -> None:
    found = Settings.read(environment("example", "123456789012"))

    assert {name for name in ROW.tables if name != "inbox"} == {name.lower() for name in found.tables}
    assert found.table("signals") == "tiller-example-signals"
    assert found.models_bucket == "tiller-example-models-123456789012"
    assert found.market_data_secret == "tiller-example-market-data"
    assert found.market_data_exchanges == ("NASDAQ", "NYSE")


def test_there_is_no_challenge_of_a_stage_that_does_not_exist() -> None:
    with pytest.raises(ValueError, match="no stage"):
        environment("test", "1")


@pytest.mark.usefixtures("aws")
def test_trees_that_are_published_are_served_as_they_were_fitted() -> None:
    register, artefacts, samples = DynamoModelRegister(), BucketArtefacts(), planted(0.1, seed=1, names=10, years=3.5)
    fitter = TreesFitter(trees=20, min_rows=50)

    made = trainer(FakeSamples(samples), register, artefacts, FakeJudge(), fitter=fitter)
    training = made.train(NASDAQ, SATURDAY)

    assert training.publication is Publication.PUBLISHED
    served = ModelReader(register, artefacts).load(NASDAQ, schema=SCHEMA.number, features=SCHEMA.features)
    assert served == training.artefact
    assert (
        predict(served, samples.features[:100]).tolist() == predict(training.artefact, samples.features[:100]).tolist()
    )
    (trial,) = register.trials(NASDAQ)
    assert trial.configuration == f"schema 1, {fitter.configuration}"
