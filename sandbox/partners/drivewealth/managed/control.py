"""The control plane's part for managed money: moving runs, what companies do, corrupted statuses."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, Field
from starlette.requests import Request

from sandbox.bodies import Body, read
from sandbox.partners.drivewealth.lookup import Lookup
from sandbox.partners.drivewealth.managed.autopilot import STATUSES
from sandbox.partners.drivewealth.managed.corporate_actions import Action, Kind
from sandbox.partners.drivewealth.managed.holdings import STEP, quantity_of
from sandbox.partners.drivewealth.managed.quotes import their_symbol
from sandbox.partners.drivewealth.managed.state import Corruption, DueCorruption, RequestedChanges, Run
from sandbox.queues import NAMES
from trading.platform.fields import Symbol

Word = Annotated[str, Field(min_length=1, max_length=128)]
MAX_CENTS = 10**11


def _quantity(value: object) -> Decimal:
    number = Decimal(str(value)) if isinstance(value, int | Decimal) and not isinstance(value, bool) else Decimal(0)
    if not STEP <= number <= 10**9 or number != number.quantize(STEP):
        raise ValueError("must be a number above 0 with at most 8 decimals")
    return number


class RunRequest(Body):
    """Where a run goes, which accounts fail (ids of the broker or uids), and how orders are filled."""

    status: Word
    accounts: Annotated[list[Word], Field(max_length=1000)] = Field(default_factory=list)
    fill_percent: Annotated[int, Field(ge=1, le=100)] = 100
    fee_cents: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    reject: Annotated[list[Symbol], Field(max_length=1000)] = Field(default_factory=list)


class ActionRequest(Body):
    """What a company did to a person's shares."""

    type: Kind
    symbol: Symbol
    amount_cents: Annotated[int, Field(ge=-MAX_CENTS, le=MAX_CENTS)] = 0
    new_symbol: Symbol | None = None
    quantity: Annotated[Decimal, BeforeValidator(_quantity)] | None = None
    old_rate: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    new_rate: Annotated[int, Field(ge=1, le=1_000_000)] | None = None

    def quantity_for(self, owned: Decimal) -> Decimal | None:
        """Return the shares that come, or go: those named, or what new for old shares make of what is owned."""
        if self.old_rate is None or self.new_rate is None:
            return self.quantity
        return (owned * self.new_rate / self.old_rate - owned).quantize(STEP)


class CorruptionRequest(Body):
    """What shall be wrong with a person's next statuses."""

    corruption: Corruption
    times: Annotated[int, Field(ge=1, le=1_000_000)] = 1


@dataclass(frozen=True)
class ManagedControl:
    """What the sandbox's users may do to managed money; each answers when every queue is quiet again."""

    lookup: Lookup

    def table(self) -> list[tuple[str, str, Callable[[Request, bytes], Any]]]:
        """Return the routes."""
        return [
            ("POST", "/sandbox/drivewealth/autopilot/{run_id}", self.move),
            ("POST", "/sandbox/drivewealth/transactions/{uid}", self.act),
            ("POST", "/sandbox/drivewealth/statuses/{uid}", self.corrupt),
        ]

    def move(self, request: Request, body: bytes) -> Mapping[str, Any]:
        """Move an autopilot run."""
        wanted, broker = read(RunRequest, body), self.lookup.broker
        status = wanted.status.upper()
        if status not in STATUSES:
            raise ValueError(f"status: must be one of {', '.join(sorted(STATUSES))}")
        with self.lookup.acting(NAMES):
            run = broker.state.runs.get(request.path_params["run_id"])
            if run is None:
                raise LookupError(f"the broker has no run {request.path_params['run_id']}")
            failing = [self._account_in(run, account) for account in wanted.accounts]
            run.requested_changes = RequestedChanges(
                failing, wanted.fill_percent, wanted.fee_cents, list(map(their_symbol, wanted.reject))
            )
            broker.autopilot.move(run, status)
        return {"id": run.run_id, "status": run.status, "errors": run.errors}

    def act(self, request: Request, body: bytes) -> Mapping[str, Any]:
        """Let a company do something to a person's shares."""
        wanted, broker = read(ActionRequest, body), self.lookup.broker
        symbol, new = their_symbol(wanted.symbol), their_symbol(wanted.new_symbol) if wanted.new_symbol else None
        if unknown := {symbol, new or symbol} - broker.symbols().keys():
            raise ValueError(f"symbol: the broker does not know {', '.join(sorted(unknown))}")
        with self.lookup.acting(NAMES):
            account = self.lookup.account(request.path_params["uid"])
            quantity = wanted.quantity_for(quantity_of(account, symbol))
            action = Action(wanted.type, symbol, wanted.amount_cents, new, quantity)
            return broker.actions.apply(account, action)

    def corrupt(self, request: Request, body: bytes) -> Mapping[str, Any]:
        """Corrupt a person's next statuses."""
        wanted, state = read(CorruptionRequest, body), self.lookup.broker.state
        with self.lookup.acting(NAMES):
            account = self.lookup.account(request.path_params["uid"])
            state.corruptions.append(DueCorruption(account.account_id, wanted.corruption, wanted.times))
        return {"id": account.account_id, "corruption": wanted.corruption, "times": wanted.times}

    def _account_in(self, run: Run, named: str) -> str:
        account_id = named if named in run.accounts else self.lookup.account(named).account_id
        if account_id not in run.accounts:
            raise ValueError(f"accounts: {named} is not in the run")
        return account_id
