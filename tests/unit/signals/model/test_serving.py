"""Serving fails closed: what is not certain to be right is not used."""

from dataclasses import replace

import pytest

from tests.support.artefacts import FEATURES, artefact
from tests.support.models import SATURDAY, FakeArtefacts, FakeRegister
from trading.markets.models import Exchange
from trading.platform.clock import FixedClock
from trading.signals.model.pointer import ModelPointer
from trading.signals.model.publication import Publisher
from trading.signals.model.serving import ModelReader, ModelUnusable

NASDAQ = Exchange.NASDAQ


@pytest.fixture
def reader() -> ModelReader:
    register, artefacts = FakeRegister(), FakeArtefacts()
    Publisher(register, artefacts, FixedClock(SATURDAY)).publish(artefact())
    return ModelReader(register, artefacts)


def reason(reader: ModelReader, schema: int = 1, features: tuple[str, ...] = FEATURES) -> str:
    with pytest.raises(ModelUnusable) as refused:
        reader.load(NASDAQ, schema=schema, features=features)
    return refused.value.reason


def test_the_model_that_speaks_is_read(reader: ModelReader) -> None:
    assert reader.load(NASDAQ, schema=1, features=FEATURES) == artefact()


def test_without_a_model_there_is_none() -> None:
    assert reason(ModelReader(FakeRegister(), FakeArtefacts())) == "never_trained"


def test_a_model_of_another_schema_is_not_used(reader: ModelReader) -> None:
    assert reason(reader, schema=2) == "other_schema"
    assert reason(reader, features=tuple(reversed(FEATURES))) == "other_schema"


def test_a_model_that_is_gone_or_changed_is_not_used(reader: ModelReader) -> None:
    store = reader.artefacts
    assert isinstance(store, FakeArtefacts)
    kept = dict(store.kept)

    for changed in (b"", b"{}", kept[artefact().key][:-1], kept[artefact().key] + b" "):
        store.kept[artefact().key] = changed
        assert reason(reader) == "unreadable"
    store.kept.clear()
    assert reason(reader) == "unreadable"


def test_another_artefact_in_its_place_is_not_used(reader: ModelReader) -> None:
    reader.artefacts.put(artefact().key, replace(artefact(), drift=0.5).to_bytes())

    assert reason(reader) == "unreadable"


def test_an_artefact_of_another_exchange_is_not_used(reader: ModelReader) -> None:
    register, other = FakeRegister(), replace(artefact(), exchange=Exchange.NYSE)
    pointer = replace(ModelPointer.to(other, other.to_bytes(), revision=1), exchange=NASDAQ)
    register.move(pointer)
    reader.artefacts.put(artefact().key, other.to_bytes())

    assert reason(replace(reader, register=register)) == "unreadable"


def test_a_pointer_that_cannot_be_read_is_no_model(reader: ModelReader) -> None:
    class UnreadableRegister(FakeRegister):
        def pointer(self, exchange: Exchange) -> ModelPointer | None:
            return ModelPointer.from_json('{"exchange": 1, "kind": "of a later release"}')

    assert reason(replace(reader, register=UnreadableRegister())) == "unreadable"
