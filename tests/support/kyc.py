"""A harness for identity checks: real records, keys and files in an in-process AWS, a hand-written fake broker."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any, TypeVar

import boto3

from infra.catalogue import TABLES
from tests.support.funding import MovableClock
from trading.brokerage.models import BrokerUser, IdentityDocument, KycDecision, KycError, KycStatus
from trading.kyc.decisions import DecisionService
from trading.kyc.documents import DocumentService
from trading.kyc.models import KycRecord
from trading.kyc.pictures import Document, DocumentType, Side
from trading.kyc.sender import SubmissionSender
from trading.kyc.service import FormService
from trading.kyc.store import DynamoKycStore, SealedTaxIds
from trading.kyc.uploads import BucketUploads
from trading.platform import aws as aws_clients
from trading.platform.errors import Refused
from trading.platform.outbox import OutboxRow
from trading.platform.settings import settings

TAX_ID = "123456789"
JPEG = b"\xff\xd8\xff\xe0 a picture of a document"
FORM: Mapping[str, Any] = {
    "first_name": "Ada",
    "last_name": "Byron",
    "email_address": "ada@example.com",
    "phone_number": "+15555550142",
    "birthdate": "1985-12-10",
    "address_street1": "12 Engine Row",
    "address_city": "Albany",
    "address_postal_code": "00000",
    "address_province": "NY",
    "address_country": "USA",
    "country": "USA",
    "citizenship": "USA",
    "tax_id_value": "123-45-6789",
    "tax_id_type": "SSN",
    "employment_status": "RETIRED",
    "investor_profile_annual_income": 90_000,
    "investor_profile_net_worth_total": 400_000,
    "investor_profile_net_worth_liquid": 50_000,
    "investor_profile_experience": "YRS_3_5",
    "investor_profile_objectives": "INFREQUENT",
    "investor_profile_risk_tolerance": "MODERATE",
    "disclosures_drivewealth_terms_of_use": True,
    "disclosures_drivewealth_customer_agreement": True,
    "disclosures_drivewealth_market_data_agreement": True,
    "disclosures_drivewealth_privacy_policy": True,
    "disclosures_rule14b": True,
    "disclosures_signed_by": "Ada Byron",
}
"""The least that is asked of everybody."""

Fault = Callable[[], None]
T = TypeVar("T")
NUMBERS = count(1)
"""No two harnesses of a process share a person or a user, so that they may share tables."""


def _nothing() -> None:
    return None


@dataclass
class FakeIdentityBroker:
    """A broker that remembers keys, and runs what a test sets before or after acting.

    `before` and `after` run on the two sides of every call's effect, by its name; `visit` on each.
    """

    users: dict[str, list[Mapping[str, object]]] = field(default_factory=dict)
    decisions: dict[str, KycDecision] = field(default_factory=dict)
    documents: dict[str, IdentityDocument] = field(default_factory=dict)
    references: dict[str, str] = field(default_factory=dict)
    pictures: dict[str, list[str]] = field(default_factory=dict)
    by_key: dict[str, str] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)
    before: dict[str, Fault] = field(default_factory=dict)
    after: dict[str, Fault] = field(default_factory=dict)
    visit: Fault = _nothing

    def create_user(self, documents: Sequence[Mapping[str, object]], *, key: str) -> BrokerUser:
        """Create a user, once a key."""

        def act() -> BrokerUser:
            user_id = self.by_key.setdefault(key, f"user-{next(NUMBERS)}")
            self.users.setdefault(user_id, list(documents))
            self.references.setdefault(user_id, key)
            return BrokerUser(user_id, "PENDING")

        return self._act("create_user", act)

    def update_user(self, user_id: str, documents: Sequence[Mapping[str, object]], *, key: str) -> BrokerUser:
        """Replace a user's documents."""

        def act() -> BrokerUser:
            self.by_key.setdefault(key, user_id)
            self.users[user_id] = list(documents)
            return BrokerUser(user_id, "PENDING")

        return self._act("update_user", act)

    def kyc_status(self, user_id: str) -> KycDecision:
        """Return the decision that the test made."""
        return self._act("kyc_status", lambda: self.decisions.get(user_id, decision(KycStatus.PROCESSING)))

    def user(self, user_id: str) -> BrokerUser:
        """Return a user with the e-mail address that they gave."""

        def act() -> BrokerUser:
            if user_id not in self.users:
                raise Refused("Who?", code="not_found")
            email = str(self.sent(user_id)["BASIC_INFO"]["emailAddress"])
            return BrokerUser(user_id, "PENDING", email, self.references.get(user_id, ""))

        return self._act("user", act)

    def documents_of(self, user_id: str) -> tuple[str, ...]:
        """Return the pictures of a user."""
        return self._act("documents_of", lambda: tuple(self.pictures.get(user_id, ())))

    def upload_document(self, user_id: str, document: IdentityDocument, *, key: str) -> str:
        """Take a picture, once a key."""

        def act() -> str:
            if key not in self.documents:
                self.pictures.setdefault(user_id, []).append(f"document-{key}")
            self.documents.setdefault(key, document)
            return f"document-{key}"

        return self._act("upload_document", act)

    def sent(self, user_id: str) -> dict[str, Mapping[str, Any]]:
        """Return what the broker received of a user, by the type of document."""
        return {str(user["type"]): user["data"] for user in self.users[user_id]}  # type: ignore[misc]

    def _act(self, name: str, act: Callable[[], T]) -> T:
        self.calls[name] += 1
        self.visit()
        self.before.get(name, _nothing)()
        result = act()
        self.after.get(name, _nothing)()
        self.visit()
        return result


@dataclass
class FakeQueue:
    """A queue: what is sent stays until the worker is done with it."""

    owners: list[str] = field(default_factory=list)
    visit: Fault = _nothing

    def send(self, owner: str) -> None:
        """Take a message."""
        self.visit()
        self.owners.append(owner)
        self.visit()

    def work_off(self, handle: Callable[[str], object]) -> None:
        """Deliver each message until it is handled."""
        while self.owners:
            handle(self.owners[0])
            self.owners.pop(0)


def decision(
    status: KycStatus | None, *codes: str, at: datetime | None = None, raw_status: str | None = None
) -> KycDecision:
    """Return a decision of the broker."""
    errors = tuple(KycError(code, f"About {code}.") for code in codes)
    return KycDecision(status, raw_status if raw_status is not None else f"KYC_{status}", "", errors, at)


class KycHarness:
    """The services of identity checks around one broker, one queue and one clock."""

    def __init__(self) -> None:
        self.clock, self.broker, self.queue = MovableClock(), FakeIdentityBroker(), FakeQueue()
        self.store, self.uploads, self.tax_ids = DynamoKycStore(), BucketUploads(), SealedTaxIds()
        store, clock = self.store, self.clock
        self.forms = FormService(store, self.tax_ids, self.queue, clock)
        self.documents = DocumentService(store, self.uploads, self.queue, clock)
        self.sender = SubmissionSender(store, self.tax_ids, self.uploads, self.broker, clock)
        self.decisions = DecisionService(store, self.broker, self.uploads, self.queue, clock)

    def watch(self, visit: Fault) -> None:
        """Have every side of the broker's and the queue's calls visited."""
        self.broker.visit = self.queue.visit = visit

    def person(self, **changes: object) -> str:
        """Return a new person with a complete form."""
        owner = f"person-{next(NUMBERS)}"
        self.forms.save(owner, {**FORM, **changes})
        return owner

    def submitted(self) -> str:
        """Return a new person whose form the broker has got."""
        owner = self.person()
        self.forms.submit(owner)
        self.work()
        return owner

    def work(self) -> None:
        """Have the worker work the queue off."""
        self.queue.work_off(self.sender.send)

    def decide(self, owner: str, status: KycStatus | None, *codes: str, **more: Any) -> None:
        """Have the broker decide, a second after whatever it decided before."""
        self.clock.pass_by(timedelta(seconds=1))
        user_id = self.record(owner).user_id
        assert user_id is not None
        self.broker.decisions[user_id] = decision(status, *codes, **{"at": self.clock.now(), **more})

    def record(self, owner: str) -> KycRecord:
        """Return a person's record."""
        found = self.store.find(owner)
        assert found is not None
        return found

    def upload(self, owner: str, content: bytes = JPEG, content_type: str = "image/jpeg") -> str:
        """Put a file where it belongs; return the id of the upload."""
        upload, _ = self.documents.begin(owner, content_type, len(content))
        aws_clients.client("s3").put_object(Bucket=settings().documents_bucket, Key=upload.key, Body=content)
        return upload.upload_id

    def attach(self, owner: str) -> Document:
        """Hand in the front of a driver license."""
        return self.documents.attach(owner, self.upload(owner), DocumentType.DRIVER_LICENSE, Side.FRONT)

    def resolve(self, owner: str, span: timedelta) -> None:
        """Let time pass while the resolver runs every five minutes of the first hour, then each hour."""
        end = self.clock.now() + span
        step = timedelta(minutes=5)
        while self.clock.now() < end:
            self.clock.pass_by(step)
            self.resolve_once(owner)
            step = step if span <= timedelta(hours=2) else timedelta(hours=1)

    def resolve_once(self, owner: str) -> None:
        """Have the resolver run once, and whatever it leads to happen."""
        record = self.decisions.resume(owner)
        self.work()
        if record is not None and record.status is KycStatus.APPROVED:
            self.decisions.settle(owner)


def events_of(name: str, owner: str) -> list[str]:
    """Return the events of a name that the outbox holds about a person."""
    return [str(row.body) for row in OutboxRow.scan() if f'"{name}"' in row.body and f'"{owner}"' in row.body]


def files() -> list[str]:
    """Return the keys of what lies in the bucket."""
    found = aws_clients.client("s3").list_objects_v2(Bucket=settings().documents_bucket)
    return [content["Key"] for content in found.get("Contents", [])]


def everything_stored() -> str:
    """Return all that lies in all tables, bytes as they are."""
    client = boto3.client("dynamodb")
    pages = (page for table in TABLES for page in client.get_paginator("scan").paginate(TableName=table.name))
    return "".join(repr(item) for page in pages for item in page["Items"])
