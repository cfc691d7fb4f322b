"""The form and its submission, as people use them.

A submission is written with the key that its sending carries before anything is sent; the queue's
worker (`trading.kyc.sender`) does the sending, and the broker's word is followed by
`trading.kyc.decisions`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from trading.kyc import forms
from trading.kyc.events import KycStatusChanged
from trading.kyc.fields import TAX_ID_VALUE
from trading.kyc.models import SUBMITTABLE, KycRecord
from trading.kyc.ports import KycChange, KycStore, Submissions, TaxIds
from trading.platform.clock import Clock, trading_date
from trading.platform.errors import Conflict, FieldProblem, InvalidRequest
from trading.platform.ids import new_id
from trading.platform.outbox import OutboxEvent
from trading.platform.retry import retry_on_stale


@dataclass(frozen=True)
class FormService:
    """Keeps what people fill in, and takes their submissions."""

    store: KycStore
    tax_ids: TaxIds
    submissions: Submissions
    clock: Clock

    def record(self, owner: str) -> KycRecord:
        """Return a person's check; whoever never filled anything in has an empty one."""
        now = self.clock.now()
        return self.store.find(owner) or KycRecord(owner, created_at=now, updated_at=now)

    @retry_on_stale
    def save(self, owner: str, raw: Mapping[str, object]) -> KycRecord:
        """Keep some fields of the form.

        Raises:
            InvalidRequest: naming every field that is unknown or wrong; nothing is kept then.
            Conflict: `kyc_locked` once approved, `kyc_processing` while a submission is on its way.
        """
        record, now = self.record(owner), self.clock.now()
        _require_open(record)
        filled = forms.read(raw)
        form = {name: value for name, value in {**record.form, **filled.values}.items() if value is not None}
        kept = replace(record, form=form, updated_at=now)
        sealed = None
        if filled.tax_id is not None:
            _require_possible(filled.tax_id, form.get("tax_id_type"))
            is_ssn = forms.wrong_for_type(filled.tax_id, "SSN") is None
            kept = replace(kept, tax_id_last4=filled.tax_id[-4:], tax_id_may_be_ssn=is_ssn)
            sealed = self.tax_ids.seal(owner, filled.tax_id)
        kept = replace(kept, is_complete=not self._missing(kept, now))
        return self.store.commit(KycChange(kept, sealed_tax_id=sealed)) or kept

    def submit(self, owner: str) -> KycRecord:
        """Have the form sent to the broker, unless it is being checked; then return it.

        Raises:
            InvalidRequest: naming every field that is missing or keeps the form from being sent.
            Conflict: `kyc_locked` once approved.
        """
        record = self._submit(owner)
        if record.is_sending:
            self.submissions.send(owner)
        return record

    @retry_on_stale
    def _submit(self, owner: str) -> KycRecord:
        record, now = self.record(owner), self.clock.now()
        if record.is_locked:
            raise Conflict("The form is approved and cannot be submitted again.", code="kyc_locked")
        if record.status not in SUBMITTABLE:
            return record
        problems = self._missing(record, now)
        if problems:
            raise InvalidRequest("The form is not complete.", problems=problems)
        submitted = record.submitted(new_id(), now)
        news = KycStatusChanged(owner=owner, status=submitted.status.value)
        event = OutboxEvent(news, f"{owner}:{record.version}")
        return self.store.commit(KycChange(submitted, events=(event,))) or submitted

    def _missing(self, record: KycRecord, now: datetime) -> tuple[FieldProblem, ...]:
        form = forms.with_defaults(record.form)
        problems = forms.missing(form, has_tax_id=record.tax_id_last4 is not None, today=trading_date(now))
        if record.tax_id_last4 and form.get("tax_id_type") == "SSN" and not record.tax_id_may_be_ssn:
            problems += (FieldProblem(TAX_ID_VALUE, "is no valid social security number"),)
        return problems


def _require_open(record: KycRecord) -> None:
    if record.is_locked:
        raise Conflict("The form is approved and cannot be changed any more.", code="kyc_locked")
    if record.is_sending:  # every try under its key must say the same
        raise Conflict("The form is being sent; please try again in a minute.", code="kyc_processing")


def _require_possible(tax_id: str, tax_id_type: object) -> None:
    wrong = forms.wrong_for_type(tax_id, str(tax_id_type) if tax_id_type else None)
    if wrong is not None:
        raise InvalidRequest(problems=(FieldProblem(TAX_ID_VALUE, wrong),))
