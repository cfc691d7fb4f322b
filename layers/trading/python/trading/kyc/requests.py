"""The body that fills in the form, made from the table of its fields."""

from typing import Annotated, Any

from pydantic import WithJsonSchema, create_model

from trading.kyc.fields import FIELDS, TAX_ID_VALUE, Check, broker_record, dollars
from trading.platform.fields import Changes


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
