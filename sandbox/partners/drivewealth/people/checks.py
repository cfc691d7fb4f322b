"""People at the simulated broker, and the checks of who they are."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sandbox.partners.drivewealth.events import EventPublisher
from sandbox.partners.drivewealth.people import wire
from sandbox.partners.drivewealth.people.requests import documents_in, picture_in
from sandbox.partners.drivewealth.state import State, User, malformed

KYC_TAKES = timedelta(seconds=30)


@dataclass(frozen=True)
class People:
    """The people of a state, as of one moment."""

    state: State
    now: datetime
    publisher: EventPublisher

    def create(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Take a new person's documents."""
        now, documents = self.now, documents_in(body)
        if "BASIC_INFO" not in documents:
            raise malformed("BASIC_INFO is missing")
        user = User(str(uuid4()), documents, now, now, kyc_updated=now, due=now + KYC_TAKES)
        user.metadata = dict(body.get("metadata") or {})
        user.wlp_id, user.parent_ib_id = str(body.get("wlpID") or ""), str(body.get("parentIBID") or "")
        self.state.users[user.user_id] = user
        self.publisher.publish("users.created", wire.created_event(user), user)
        return wire.user_json(user)

    def update(self, user_id: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Replace documents of a person; whoever is not approved is checked again."""
        user, now = self.state.user(user_id), self.now
        user.documents |= documents_in(body)
        user.updated = now
        if user.kyc != "KYC_APPROVED":
            user.kyc, user.kyc_errors, user.kyc_comment = "KYC_PROCESSING", [], ""
            user.kyc_updated, user.due = now, now + KYC_TAKES
        return wire.user_json(user)

    def add_picture(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Take a picture of an identity document, and remember that there was one."""
        user = self.state.user(body.get("userID"))
        kept = {"document_id": f"document_{uuid4()}", "user_id": user.user_id, **picture_in(body)}
        self.state.documents.append(kept)
        return wire.picture_json(kept)

    def decide(self, user: User, status: str, errors: list[str]) -> None:
        """Decide a person's check, and publish it."""
        before, now = user.kyc, self.now
        user.kyc, user.kyc_errors = status, errors
        user.kyc_comment = wire.COMMENTS.get(status, "")
        user.kyc_updated = user.updated = now
        user.due = None
        if status == "KYC_APPROVED" and user.status != "APPROVED":
            previous, user.status, user.approved = user.status, "APPROVED", now
            self.publisher.publish("users.updated", wire.updated_event(user, previous), user)
        self.publisher.publish("kyc.updated", wire.kyc_event(user, before), user)
