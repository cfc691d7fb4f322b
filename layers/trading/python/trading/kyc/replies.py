"""What the routes of identity checks answer."""

import re
from typing import Annotated, Any

from pydantic import WithJsonSchema, create_model

from trading.brokerage.models import KycStatus
from trading.kyc.countries import COUNTRIES
from trading.kyc.fields import FIELDS, TAX_ID_VALUE, Check, Value, broker_record, dollars
from trading.kyc.models import KycRecord
from trading.platform.fields import Changes, Moment, Reply

_CODE = re.compile(r"[A-Z]{2}|[a-z]{2}_[A-Z]{2}")


def _schema(name: str) -> dict[str, Any]:
    field = FIELDS.get(name)
    if field is not None and field.choices:
        return {"anyOf": [{"type": "string", "enum": list(field.choices)}, {"type": "null"}]}
    kinds: dict[Check, str] = {broker_record: "boolean", dollars: "integer"}
    kind = kinds.get(field.check, "string") if field else "string"
    return {"anyOf": [{"type": kind}, {"type": "null"}]}


def _given(name: str) -> Any:  # noqa: ANN401 - pydantic's own type of a definition
    return Annotated[Any, WithJsonSchema(_schema(name))], None


FormBody: Any = create_model(
    "FormBody",
    __base__=Changes,
    __doc__="Fields by their names; null clears one. Each is checked by the form's own table.",
    **{name: _given(name) for name in (*FIELDS, TAX_ID_VALUE)},
)


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
