"""Workers that take turns at each AWS request, as a seed has it; who dies there gets its message again."""

import random
import threading
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from botocore.client import BaseClient

from tests.support.crashes import Crash
from trading.platform.errors import StaleRecord

Message = Callable[[], object]


class Turns:
    """Runs workers against each other. Only one of them runs at any time: the same seed leads to the same run."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, seed: int, *, dies: float = 0.0) -> None:
        self._random, self._dies = random.Random(seed), dies  # noqa: S311 - a seed, no secret
        self._back = threading.Semaphore(0)
        self._turn: dict[int, threading.Semaphore] = {}
        self._broken: list[BaseException] = []
        real = BaseClient._make_api_call

        def call(client: BaseClient, operation: str, arguments: dict[str, Any]) -> Any:
            self.pause()
            answer = real(client, operation, arguments)
            self.pause()
            return answer

        monkeypatch.setattr(BaseClient, "_make_api_call", call)

    def pause(self) -> None:
        """Let another worker go on, or this one; or have it die here. Who is no worker goes on."""
        turn = self._turn.get(threading.get_ident())
        if turn is None:
            return
        self._back.release()
        turn.acquire()
        if self._random.random() < self._dies:
            raise Crash

    def run(self, *workers: Iterable[Message]) -> None:
        """Have each worker do its messages, one after the other; what dies or is stale comes again."""
        waiting = [threading.Thread(target=self._work, args=(list(messages),)) for messages in workers]
        alive: dict[int, threading.Thread] = {}
        for thread in waiting:
            thread.start()
            self._back.acquire()
            alive[thread.ident or 0] = thread
        while alive:
            chosen = self._random.choice(sorted(alive))
            self._turn[chosen].release()
            self._back.acquire()
            if chosen not in self._turn:
                alive.pop(chosen).join(10)
        if self._broken:
            raise self._broken[0]

    def _work(self, messages: list[Message]) -> None:
        me = threading.get_ident()
        self._turn[me] = threading.Semaphore(0)
        self._back.release()
        self._turn[me].acquire()
        try:
            for message in messages:
                _repeat(message)
        except BaseException as error:  # noqa: BLE001 - raised where the workers were started
            self._broken.append(error)
        del self._turn[me]
        self._back.release()


def _repeat(message: Message) -> None:
    for _ in range(50):
        try:
            message()
        except (Crash, StaleRecord):
            continue
        return
    raise AssertionError("a message never came to an end")
