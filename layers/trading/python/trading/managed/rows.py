"""How managed portfolios, versions and runs lie in the `people` table; see `trading.platform.people`.

managed                        the portfolio; `status` is its stage, so that runs claim it unread:
                               `idle`, `submitting`, `ready#<day of the session>`, `running#<run>`
version#<id>                   a version
version-list#<inverted>-<id>   the order of versions: newest first
account-day#<date>             how an account stood at the end of a day
fund-flow#<collection>#<life>#<date>   what went into a fund on a day; without a collection, into the account
run#<id> | run                 an autopilot run, which may trade for many people
run#<id> | roll#<roll>#<n>     whom it trades for: 200 accounts a row, 1,000 versions a row
"""

from dataclasses import replace
from datetime import date

from trading.funding.rows import newest_first
from trading.history.models import HistoryItem, HistoryType
from trading.history.store import put_history
from trading.managed.flow_rows import new_flow_rows
from trading.managed.models import ManagedPortfolio, RebalanceStage
from trading.managed.runs.models import Run, RunState
from trading.managed.versions.models import Version, VersionStatus
from trading.platform.documents import dump, load
from trading.platform.expiry import RUNS_KEPT_FOR, expiry
from trading.platform.people import PersonRow, is_unchanged, partition, set_due, shard_key
from trading.platform.tables import MAX_ITEMS, Transaction

MANAGED, RUN = "managed", "run"
GROUP, DUE, READY, OPEN_RUN = "managed", "autopilot-due", "autopilot-ready", "autopilot-run"


def version_sk(version_id: str) -> str:
    """Return where a version lies in its owner's partition."""
    return f"version#{version_id}"


def list_sk(version: Version) -> str:
    """Return a version's place in its owner's list."""
    return f"version-list#{newest_first(version.created_at, version.version_id)}"


def portfolio_row(portfolio: ManagedPortfolio) -> PersonRow:
    """Return the row of a portfolio, found by what it waits for."""
    row = PersonRow(partition(portfolio.owner), MANAGED, document=dump(portfolio), version=portfolio.version)
    row.status = _status(portfolio)
    if portfolio.is_of_use:
        row.group_key = shard_key(GROUP, row.pk)
    set_due(row, READY if portfolio.stage is RebalanceStage.READY else DUE, portfolio.due_at)
    return row


def read_portfolio(row: PersonRow) -> ManagedPortfolio:
    """Return the portfolio that a row holds; stage and run are in the row's own attributes."""
    stage, _, rest = str(row.status).partition("#")
    kept = load(ManagedPortfolio, str(row.document))
    run_id = rest if stage == RebalanceStage.RUNNING else None
    return replace(kept, stage=RebalanceStage(stage), run_id=run_id, version=int(row.version or 0))


def version_row(version: Version) -> PersonRow:
    """Return the row of a version."""
    row = PersonRow(partition(version.owner), version_sk(version.version_id), document=dump(version))
    row.version, row.status = version.version, version.status
    return row


def run_row(run: Run) -> PersonRow:
    """Return the row of a run without whom it trades for: found while it is open, forgotten long after."""
    alone = replace(run, owners=(), accounts={}, version_ids=())
    row = PersonRow(f"run#{run.run_id}", RUN, document=dump(alone), version=run.version, status=run.state)
    set_due(row, OPEN_RUN, run.due_at)
    row.expires_at = expiry(RUNS_KEPT_FOR) if run.state is RunState.DONE else None
    return row


def put_portfolio(transaction: Transaction, portfolio: ManagedPortfolio) -> ManagedPortfolio:
    """Add the writing of a portfolio's next version, if nobody wrote it first; return that version.

    It comes last: of the days of its flows as many are written as there is room for, the others later.
    """
    rows, written = new_flow_rows(portfolio, MAX_ITEMS - len(transaction) - 1)
    written = replace(written, version=portfolio.version + 1)
    transaction.put(portfolio_row(written), is_unchanged(portfolio.version), label="managed")
    for row in rows:
        transaction.put(row)
    return written


def put_version(transaction: Transaction, version: Version) -> Version:
    """Add the writing of a version as it is now, if nobody wrote it first; a new one gets its place in the list."""
    written = replace(version, version=version.version + 1)
    transaction.put(version_row(written), is_unchanged(version.version), label="version")
    if version.version == 0:
        transaction.put(PersonRow(partition(version.owner), list_sk(version)))
    put_history(transaction, _history_of(written))
    return written


def _history_of(version: Version) -> HistoryItem:
    is_over = version.status is VersionStatus.COMPLETE
    return HistoryItem(
        owner=version.owner,
        item_id=version.version_id,
        type=HistoryType.REBALANCE,
        status=version.status,
        amount_cents=version.executed_cents if is_over else version.amount_cents,
        at=version.created_at,
        link=f"/api/collection-versions/{version.version_id}",
    )


def ready_on(day: date) -> str:
    """Return the status of portfolios that are ready for a run of a day's session."""
    return f"{RebalanceStage.READY}#{day.isoformat()}"


def running_in(run_id: str) -> str:
    """Return the status of portfolios that a run trades for."""
    return f"{RebalanceStage.RUNNING}#{run_id}"


def _status(portfolio: ManagedPortfolio) -> str:
    if portfolio.stage is RebalanceStage.READY and portfolio.submitted_on is not None:
        return ready_on(portfolio.submitted_on)
    if portfolio.stage is RebalanceStage.RUNNING and portfolio.run_id is not None:
        return running_in(portfolio.run_id)
    return portfolio.stage
