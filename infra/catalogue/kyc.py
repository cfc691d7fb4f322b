"""Identity checks: the form, its submission, documents."""

from typing import Any

from infra.catalogue.kinds import (
    DECRYPT,
    ENCRYPT,
    GET,
    PUT,
    QUERY,
    TALKS_TO_BROKER,
    USES_TOKENS,
    Consumer,
    Function,
    Route,
)

_FORM = "/api/kyc/form"


def _route(name: str, trigger: Route, people: frozenset[str] = GET, **more: Any) -> Function:  # noqa: ANN401
    return Function(area="kyc", name=name, trigger=trigger, tables={"people": people} if people else {}, **more)


def _post(name: str, path: str, people: frozenset[str], **more: Any) -> Function:  # noqa: ANN401 - fields of the row
    return _route(name, Route(method="POST", path=path), people, **more)


FUNCTIONS = (
    _route("get_kyc_form", Route(method="GET", path=_FORM)),
    Function(
        area="kyc",
        name="update_kyc_form",
        trigger=Route(method="PATCH", path=_FORM),
        tables={"people": GET | PUT, "tax-ids": PUT},
        keys={"tax-ids": ENCRYPT},
    ),
    Function(
        area="kyc",
        name="submit_kyc",
        trigger=Route(method="POST", path="/api/kyc/submissions"),
        tables={"people": GET | PUT, "outbox": PUT},
        sends_to=("kyc-submissions",),
    ),
    _route("get_kyc_status", Route(method="GET", path="/api/kyc/status")),
    _post(
        "create_document_upload",
        "/api/kyc/documents/uploads",
        GET | PUT,
        documents=frozenset({"PutObject"}),
    ),
    _post(
        "attach_document",
        "/api/kyc/documents",
        GET | QUERY | PUT,
        sends_to=("kyc-submissions",),
        documents=frozenset({"GetObject"}),
    ),
    _post("validate_address", "/api/kyc/address/validate", frozenset()),
    # the only function that can read a tax id
    Function(
        area="kyc",
        name="send_kyc",
        trigger=Consumer(queue="kyc-submissions", calls={"drivewealth": 5}),
        tables={"people": GET | QUERY | PUT, "tax-ids": GET, "outbox": PUT, **TALKS_TO_BROKER},
        keys={"tax-ids": DECRYPT, **USES_TOKENS},
        documents=frozenset({"GetObject"}),
        partners=("drivewealth",),
    ),
)
