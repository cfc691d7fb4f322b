"""Collections in DynamoDB.

pk                 sk
collections        <collection id>      the collection
audit#<id>         <time>#<id>          what operators did to it
"""

import json
from dataclasses import replace

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.models import Model

from trading.managed.collections.models import Collection
from trading.platform.audit import Audit
from trading.platform.clock import SystemClock, rfc3339
from trading.platform.documents import dump, load
from trading.platform.ids import new_id
from trading.platform.tables import TableMeta, Transaction, table_name

ALL = "collections"


class CollectionRow(Model):
    """A collection, or a record of what was done to one."""

    class Meta(TableMeta):
        table_name = table_name("collections")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    document = UnicodeAttribute()
    version = NumberAttribute(null=True)


class DynamoCollectionStore:
    """The catalogue: one small partition."""

    def find(self, collection_id: str) -> Collection | None:
        """Return a collection."""
        try:
            row = CollectionRow.get(ALL, collection_id, consistent_read=True)
        except CollectionRow.DoesNotExist:
            return None
        return load(Collection, str(row.document))

    def list_all(self) -> tuple[Collection, ...]:
        """Return all collections by id."""
        return tuple(load(Collection, str(row.document)) for row in CollectionRow.query(ALL, consistent_read=True))

    def save(self, collection: Collection, audit: Audit | None) -> Collection:
        """Write a collection's next version; return it."""
        written = replace(collection, version=collection.version + 1)
        row = CollectionRow(ALL, written.collection_id, document=dump(written), version=written.version)
        unchanged = (
            CollectionRow.version == collection.version if collection.version else CollectionRow.pk.does_not_exist()
        )
        transaction = Transaction()
        transaction.put(row, unchanged, label="collection")
        if audit is not None:
            transaction.put(_audit_row(written, audit), CollectionRow.pk.does_not_exist(), label="audit")
        transaction.commit()
        return written


def _audit_row(collection: Collection, audit: Audit) -> CollectionRow:
    at = rfc3339(SystemClock().now())
    record = {"actor": audit.actor, "reason": audit.reason, "action": "put_collection", "at": at}
    row = CollectionRow(f"audit#{collection.collection_id}", f"{at}#{new_id()}", document=json.dumps(record))
    row.version = collection.version
    return row
