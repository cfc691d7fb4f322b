"""The rows of the `people` table: everything that belongs to one person lies in one partition.

    pk                       sk                                   what, and whose
    person#<owner>           kyc#record                           form, status, submission          kyc
                             kyc#upload#<id> kyc#document#<id>    uploads, attached documents       kyc
                             bank-link#<id>                       a sign-in at a bank               banking
                             bank-account#<id>                    a funding account behind it       banking
                             bank-token#<id>                      a token of any of these, sealed     banking
                             bank-item#<id>                       an item to be ended               banking
                             bank-claims                          counts accounts connected         banking
                             account                              the trading account               funding
                             flow#<id>                            a deposit or withdrawal           funding
                             flow-list#<inverted time>-<id>       the order of the above            funding
                             managed version#… account-day#…      what is held: `managed.rows`      managed
                             billing invoice#… fee#…              what is owed: `billing.store`     billing
                             audit#<time>#<id>                    what operators did                operators
    operator#…               - audit#…                            halts, what ledgers disagree about   operators
    <kind>#<reference>       -                                    whose a reference is: see `reference_row`

What a row means lies in `document`, as JSON; the other attributes are what conditions and indexes
look at. `status` is the area's own word for the state, `version` counts writes, `ciphertext` holds
what only a key may read, `restriction` lies on an account whose owner may not buy, `entry_halt` on one for whom
automation may not.
"""

from datetime import datetime

from pynamodb.attributes import BinaryAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection
from pynamodb.models import Model

from trading.platform.clock import rfc3339
from trading.platform.shards import SHARDS, shard_of
from trading.platform.sources import Sources, index_source
from trading.platform.tables import TableMeta, Transaction, table_name

ONLY = "-"
ACCOUNT = "account"
"""Where a person's trading account lies."""


class _KeysOnly:
    projection = KeysOnlyProjection()


class DueIndex(GlobalSecondaryIndex["PersonRow"]):  # type: ignore[no-untyped-call]
    """What is due again, by kind and shard, by the moment (Unix seconds); sparse."""

    class Meta(_KeysOnly):
        index_name = "by_due"

    due_key = UnicodeAttribute(hash_key=True)
    due_at = NumberAttribute(range_key=True)


class GroupIndex(GlobalSecondaryIndex["PersonRow"]):  # type: ignore[no-untyped-call]
    """Everybody's rows of one kind (`open-accounts`, `live-links`), by shard; sparse."""

    class Meta(_KeysOnly):
        index_name = "by_group"

    group_key = UnicodeAttribute(hash_key=True)
    pk = UnicodeAttribute(range_key=True)


class UnknownIndex(GlobalSecondaryIndex["PersonRow"]):  # type: ignore[no-untyped-call]
    """What only a person can find out, by shard, by the moment it was asked for; sparse."""

    class Meta(_KeysOnly):
        index_name = "by_unknown"

    unknown_key = UnicodeAttribute(hash_key=True)
    unknown_at = UnicodeAttribute(range_key=True)


class RestrictedIndex(GlobalSecondaryIndex["PersonRow"]):  # type: ignore[no-untyped-call]
    """Accounts whose owner may not do everything, by shard, by since when; sparse."""

    class Meta(_KeysOnly):
        index_name = "by_restricted"

    restricted_key = UnicodeAttribute(hash_key=True)
    restricted_at = UnicodeAttribute(range_key=True)


class PersonRow(Model):
    """Any row of the table."""

    class Meta(TableMeta):
        table_name = table_name("people")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    document = UnicodeAttribute(null=True)
    version = NumberAttribute(null=True)
    status = UnicodeAttribute(null=True)
    ciphertext = BinaryAttribute(null=True, legacy_encoding=False)
    due_key = UnicodeAttribute(null=True)
    due_at = NumberAttribute(null=True)
    tries = NumberAttribute(null=True)
    group_key = UnicodeAttribute(null=True)
    restriction = UnicodeAttribute(null=True)
    entry_halt = UnicodeAttribute(null=True)
    trading_halt = UnicodeAttribute(null=True)
    unknown_key = UnicodeAttribute(null=True)
    unknown_at = UnicodeAttribute(null=True)
    money_halt = UnicodeAttribute(null=True)
    restricted_key = UnicodeAttribute(null=True)
    restricted_at = UnicodeAttribute(null=True)
    expires_at = NumberAttribute(null=True)

    by_due = DueIndex()
    by_group = GroupIndex()
    by_unknown = UnknownIndex()
    by_restricted = RestrictedIndex()


def partition(owner: str) -> str:
    """Return the partition of everything that belongs to a person."""
    return f"person#{owner}"


def owner_of(pk: str) -> str:
    """Return the person that a partition belongs to."""
    return pk.removeprefix("person#")


def is_unchanged(version: int) -> Condition:
    """Return the condition that a row is still as it was read, or not there yet."""
    return PersonRow.version == version if version else PersonRow.pk.does_not_exist()


def has_rows(owner: str) -> bool:
    """Say whether a person has any row, strongly consistent."""
    return any(True for _ in PersonRow.query(partition(owner), limit=1, consistent_read=True))


def shard_key(prefix: str, pk: str) -> str:
    """Return the hash key of an index over everybody, e.g. `resolve#3`."""
    return f"{prefix}#{shard_of(pk)}"


def everybody(group: str) -> Sources[str]:
    """Return the owners of the rows of a group, e.g. `open-accounts`."""
    return Sources(
        tuple(
            index_source(f"{group}#{shard}", PersonRow.by_group, lambda row: owner_of(str(row.pk)))
            for shard in range(SHARDS)
        )
    )


def all_due(kind: str, until: datetime) -> Sources[PersonRow]:
    """Return the keys of the rows of a kind that are due."""
    is_due = PersonRow.due_at <= int(until.timestamp())
    return Sources(
        tuple(index_source(f"{kind}#{shard}", PersonRow.by_due, lambda row: row, is_due) for shard in range(SHARDS))
    )


def set_due(row: PersonRow, kind: str, at: datetime | None) -> None:
    """Have a row found by `by_due` from a moment on, or no longer."""
    row.due_key = shard_key(kind, row.pk) if at is not None else None
    row.due_at = int(at.timestamp()) if at is not None else None


def set_unknown(row: PersonRow, asked_at: datetime | None) -> None:
    """Have a row found by `by_unknown`, since its outcome is left to a person, or no longer."""
    row.unknown_key = shard_key("unknown", row.pk) if asked_at is not None else None
    # The row's own key makes the order total, so that a page ends between two rows and nowhere else.
    row.unknown_at = f"{rfc3339(asked_at)}#{row.pk}#{row.sk}" if asked_at is not None else None


def reference_row(kind: str, reference: str, owner: str, target: str = "") -> PersonRow:
    """Return the row that says whose a partner's or our own reference is, e.g. `broker-user#<id>`.

    `target` names what it refers to within the person's partition, where that is not plain.
    """
    return PersonRow(f"{kind}#{reference}", ONLY, status=owner, document=target)


def put_reference(transaction: Transaction, kind: str, reference: str, owner: str, target: str = "") -> None:
    """Add a reference to the transaction of what it refers to; writing the same one again changes nothing."""
    row = reference_row(kind, reference, owner, target)
    transaction.put(row, PersonRow.pk.does_not_exist() | (PersonRow.status == owner), label=f"reference:{kind}")


def find_reference(kind: str, reference: str) -> tuple[str, str] | None:
    """Return owner and target of a reference, strongly consistent, or None."""
    try:
        row = PersonRow.get(f"{kind}#{reference}", ONLY, consistent_read=True)
    except PersonRow.DoesNotExist:
        return None
    return str(row.status), str(row.document or "")
