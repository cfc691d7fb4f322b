"""Whom a run trades for, in rows beside the run's own: no item grows with the accounts.

A roll is written once, under an id of its own, before the run that names it; so a reader sees one whole
roll or the other, whoever else was writing. Rolls are forgotten long after their runs have ended.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from trading.managed.runs.models import Run
from trading.platform.expiry import PARTS_KEPT_LONGER_BY, RUNS_KEPT_FOR, expiry
from trading.platform.people import PersonRow

ACCOUNTS_A_ROW, VERSIONS_A_ROW = 200, 1000


def save_roll(run: Run) -> None:
    """Write the owners, accounts and versions of a run. A request per 5,000 accounts."""
    members = [[owner, run.accounts.get(owner)] for owner in run.owners]
    parts = [
        *({"members": some} for some in _parts(members, ACCOUNTS_A_ROW)),
        *({"versions": some} for some in _parts(run.version_ids, VERSIONS_A_ROW)),
    ]
    until = expiry(RUNS_KEPT_FOR + PARTS_KEPT_LONGER_BY)
    with PersonRow.batch_write() as batch:
        for number, part in enumerate(parts):
            sk, document = f"{_place(run)}{number:06}", json.dumps(part)
            batch.save(PersonRow(f"run#{run.run_id}", sk, document=document, expires_at=until))


def read_roll(run: Run) -> Run:
    """Return a run with its owners, accounts and versions, strongly consistent."""
    rows = PersonRow.query(f"run#{run.run_id}", PersonRow.sk.startswith(_place(run)), consistent_read=True)
    parts: list[Mapping[str, Any]] = [json.loads(str(row.document)) for row in rows]
    members = [member for part in parts for member in part.get("members", ())]
    versions = tuple(version_id for part in parts for version_id in part.get("versions", ()))
    accounts = {owner: account for owner, account in members if account is not None}
    return replace(run, owners=tuple(owner for owner, _ in members), accounts=accounts, version_ids=versions)


def _place(run: Run) -> str:
    return f"roll#{run.roll_id}#"


def _parts(items: Sequence[Any], count: int) -> Iterator[list[Any]]:
    for start in range(0, len(items), count):
        yield list(items[start : start + count])
