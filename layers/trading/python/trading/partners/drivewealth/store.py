"""The shared session in the table `partner-sessions`: one row, its token sealed."""

from datetime import UTC, datetime
from typing import Protocol

from pynamodb.attributes import BinaryAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import PutError
from pynamodb.models import Model

from trading.partners.drivewealth.session import SharedSession, Token
from trading.platform.ids import new_id
from trading.platform.tables import TableMeta, table_name
from trading.platform.vault import TOKENS

PARTNER, PURPOSE = "drivewealth", "session"


class SessionRow(Model):
    """A partner's session. `writer` names the write, so that one whose answer got lost still counts when repeated."""

    class Meta(TableMeta):
        table_name = table_name("partner-sessions")

    pk = UnicodeAttribute(hash_key=True)
    version = NumberAttribute()
    writer = UnicodeAttribute()
    token = BinaryAttribute(legacy_encoding=False, null=True)
    expires_at = NumberAttribute(null=True)
    lease_until = NumberAttribute(null=True)


class Sealer(Protocol):
    """Encrypts and decrypts texts, bound to whom they belong to."""

    def seal(self, text: str, *, owner: str, purpose: str) -> bytes:
        """Return a text's ciphertext."""
        ...

    def open(self, ciphertext: bytes, *, owner: str, purpose: str) -> str:
        """Return a ciphertext's text."""
        ...


class DynamoSessions:
    """Reads and writes the row, by GetItem and PutItem alone."""

    def __init__(self, sealer: Sealer = TOKENS) -> None:
        self._sealer = sealer

    def load(self) -> SharedSession | None:
        """Return the session, strongly consistent."""
        try:
            row = SessionRow.get(PARTNER, consistent_read=True)
        except SessionRow.DoesNotExist:
            return None
        lease_until = None if row.lease_until is None else _moment(row.lease_until)
        return SharedSession(int(row.version), self._token(row), lease_until)

    def put(self, session: SharedSession) -> bool:
        """Write a session if it follows the one that is there; say whether it did."""
        row = self._row(session)
        is_first = session.version == 1
        follows = SessionRow.pk.does_not_exist() if is_first else SessionRow.version == session.version - 1
        try:
            row.save(follows | (SessionRow.writer == row.writer))
        except PutError as error:
            if error.cause_response_code == "ConditionalCheckFailedException":
                return False
            raise
        return True

    def _row(self, session: SharedSession) -> SessionRow:
        row = SessionRow(PARTNER, version=session.version, writer=new_id())
        if session.lease_until is not None:
            row.lease_until = session.lease_until.timestamp()
        if session.token is not None:
            row.token = self._sealer.seal(session.token.text, owner=PARTNER, purpose=PURPOSE)
            row.expires_at = session.token.expires_at.timestamp()
        return row

    def _token(self, row: SessionRow) -> Token | None:
        if row.token is None or row.expires_at is None:
            return None
        return Token(self._sealer.open(row.token, owner=PARTNER, purpose=PURPOSE), _moment(row.expires_at))


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
