"""What back-tests as jobs need of the world outside."""

from collections.abc import Mapping
from typing import Protocol

from trading.backtest.jobs.models import Allowance, Backtest, Documents
from trading.platform.outbox import OutboxEvent
from trading.platform.pages import Page
from trading.platform.receipts import Receipt


class BacktestStore(Protocol):
    """The records of back-tests, by their owner."""

    def find(self, owner: str, backtest_id: str) -> Backtest | None:
        """Return a back-test, strongly consistent, or None if it is absent or its time is over. One request."""
        ...

    def page(self, owner: str, *, after: str | None, limit: int) -> Page[Backtest]:
        """Return a page of a person's back-tests, newest first. One request."""
        ...

    def allowance(self, owner: str) -> Allowance:
        """Return what a person asked for today. One request."""
        ...

    def add(self, backtest: Backtest, allowance: Allowance, receipt: Receipt, event: OutboxEvent) -> None:
        """Write a new back-test with its owner's allowance, the receipt of its key, and its event, all or nothing.

        Raises:
            StaleRecord: if the allowance changed meanwhile, or the key was used.
        """
        ...

    def save(self, backtest: Backtest) -> Backtest:
        """Write the next version of a back-test and return it.

        Raises:
            StaleRecord: if it is another one's by now, or gone.
        """
        ...

    def note_progress(self, backtest: Backtest, done: int, total: int) -> None:
        """Write how far a back-test is. One request.

        Raises:
            StaleRecord: if it is another one's by now, or gone.
        """
        ...

    def remove(self, backtest: Backtest) -> None:
        """Delete a back-test.

        Raises:
            StaleRecord: if it changed meanwhile.
        """
        ...


class DocumentStore(Protocol):
    """The documents of runs. They are gone after thirty days, whatever became of them."""

    def put(self, place: str, documents: Documents) -> None:
        """Keep the documents of a run; the same once more changes nothing."""
        ...

    def delete(self, place: str) -> None:
        """Delete the documents of a run; those that are gone already are fine."""
        ...


class DocumentLinks(Protocol):
    """Where documents can be fetched for some minutes."""

    def of(self, place: str) -> Mapping[str, str]:
        """Return a URL for each document of a run, by its name."""
        ...
