"""What the routes of identity checks answer."""

import re
from typing import Literal

from trading.brokerage.models import KycStatus
from trading.kyc.countries import COUNTRIES
from trading.kyc.fields import FIELDS, TAX_ID_VALUE, Value
from trading.kyc.models import KycRecord
from trading.kyc.pictures import DocumentStatus, DocumentType, Side
from trading.platform.fields import Moment, Reply

_CODE = re.compile(r"[A-Z]{2}|[a-z]{2}_[A-Z]{2}")


class ChoiceReply(Reply):
    """One choice of a field: the value to send, and how it reads."""

    value: str
    name: str


class FieldReply(Reply):
    """One field of the form, for an app to show."""

    required: bool
    choices: list[ChoiceReply] | None
    placeholder: str | None
    value: str | int | bool | None
    document_url: str | None = None


class FormReply(Reply):
    """The form as it is; of the tax id the last four digits alone."""

    fields: dict[str, FieldReply]
    status: KycStatus

    @classmethod
    def of(cls, record: KycRecord) -> "FormReply":
        """Return a check's form as answers show it."""
        fields = {name: _field(name, record.form.get(name)) for name in FIELDS}
        shown = f"*****{record.tax_id_last4}" if record.tax_id_last4 else None
        tax_id = FieldReply(required=True, choices=None, placeholder="###-##-####", value=shown)
        return cls(fields={**fields, TAX_ID_VALUE: tax_id}, status=record.status)


class KycErrorReply(Reply):
    """One thing that the check found."""

    code: str
    description: str


class SubmissionReply(Reply):
    """The status of a submission."""

    status: KycStatus
    message: str
    updated_at: Moment

    @classmethod
    def of(cls, record: KycRecord) -> "SubmissionReply":
        """Return a check's status as answers show it."""
        return cls(status=record.status, message=record.message, updated_at=record.updated_at)


class KycStatusReply(Reply):
    """The status of a check, and what the check found."""

    status: KycStatus
    message: str
    errors: list[KycErrorReply]
    updated_at: Moment

    @classmethod
    def of(cls, record: KycRecord) -> "KycStatusReply":
        """Return a check's status as answers show it."""
        errors = [KycErrorReply(code=error.code, description=error.description) for error in record.errors]
        return cls(status=record.status, message=record.message, errors=errors, updated_at=record.updated_at)


class UploadReply(Reply):
    """The request that puts the file there; its URL is good until `expires_at`, for just the announced length."""

    upload_id: str
    url: str
    method: Literal["PUT"] = "PUT"
    headers: dict[str, str]
    max_bytes: int
    expires_at: Moment


class DocumentReply(Reply):
    """A document that was handed in."""

    document_id: str
    type: DocumentType
    side: Side
    status: DocumentStatus


class AddressReply(Reply):
    """An address as it is written."""

    formatted_address: str
    street1: str
    street2: str | None
    city: str
    province: str
    postal_code: str
    country: str


class JudgementReply(Reply):
    """Whether the address can be right; if so, how it is written."""

    ok: bool
    suggested: AddressReply | None


def _field(name: str, value: Value) -> FieldReply:
    field = FIELDS[name]
    choices = [ChoiceReply(value=word, name=_spoken(word)) for word in field.choices] if field.choices else None
    return FieldReply(
        required=field.required,
        choices=choices,
        placeholder=field.placeholder,
        value=field.default if value is None else value,
        document_url=field.document_url,
    )


def _spoken(word: str) -> str:
    """Return a choice as people read it: countries by name, states and languages as they are, words in lower case."""
    if word in COUNTRIES:
        return COUNTRIES[word]
    return word if _CODE.fullmatch(word) else word.replace("_", " ").strip().capitalize()
