"""A register and a bucket in files: what is tried at a developer's, no stage knows.

`research/trials.json` lies beside the code and in its history: what was ever tried counts for whoever tries next.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from trading.markets.models import Exchange
from trading.platform.clock import rfc3339
from trading.signals.model.artefact import Trial
from trading.signals.model.pointer import ModelPointer

TRIALS = Path(__file__).with_name("trials.json")


@dataclass(frozen=True)
class FileRegister:
    """Pointers in a folder, trials in a file."""

    folder: Path
    trials_file: Path = TRIALS

    def pointer(self, exchange: Exchange) -> ModelPointer | None:
        """Return the pointer, or None before the first model."""
        file = self._file(exchange)
        return ModelPointer.from_json(file.read_text()) if file.exists() else None

    def move(self, pointer: ModelPointer) -> bool:
        """Write the pointer, if the one of the revision before it is there."""
        before = self.pointer(pointer.exchange)
        if (before.revision if before else 0) != pointer.revision - 1:
            return False
        self.folder.mkdir(parents=True, exist_ok=True)
        self._file(pointer.exchange).write_text(pointer.to_json())
        return True

    def announce(self, exchange: Exchange, version: str, at: datetime) -> None:
        """Do nothing: a developer sees what lies in the folder."""

    def note_trial(self, exchange: Exchange, trial: Trial) -> None:
        """Record that a configuration is tried, or what came of it."""
        noted = self._noted()
        sharpes = noted.setdefault(exchange.code, {})
        if trial.sharpe is not None or trial.configuration not in sharpes:
            sharpes[trial.configuration] = trial.sharpe
            self.trials_file.write_text(json.dumps(noted, indent=2, sort_keys=True) + "\n")

    def finish(self, exchange: Exchange, scheduled_at: datetime) -> None:
        """Record when the latest training was."""
        (self.folder / f"{exchange.code}.finished").write_text(rfc3339(scheduled_at))

    def finished_at(self, exchange: Exchange) -> datetime | None:
        """Return the moment of the latest training that is over."""
        file = self.folder / f"{exchange.code}.finished"
        return datetime.fromisoformat(file.read_text()) if file.exists() else None

    def trials(self, exchange: Exchange) -> tuple[Trial, ...]:
        """Return every configuration ever tried, by name."""
        return tuple(Trial(name, sharpe) for name, sharpe in sorted(self._noted().get(exchange.code, {}).items()))

    def _file(self, exchange: Exchange) -> Path:
        return self.folder / f"{exchange.code}.json"

    def _noted(self) -> dict[str, dict[str, Any]]:
        return json.loads(self.trials_file.read_text()) if self.trials_file.exists() else {}


@dataclass(frozen=True)
class FolderArtefacts:
    """Artefacts in a folder."""

    folder: Path

    def put(self, key: str, content: bytes) -> None:
        """Keep an artefact."""
        file = self.folder / key
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)

    def read(self, key: str) -> bytes | None:
        """Return an artefact's bytes, or None if there are none."""
        file = self.folder / key
        return file.read_bytes() if file.exists() else None
