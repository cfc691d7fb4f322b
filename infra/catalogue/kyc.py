"""Identity checks: the form, its submission, documents."""

from infra.catalogue.kinds import DECRYPT, ENCRYPT, GET, PUT, QUERY
from infra.catalogue.rows import route, worker

_FORM = "/api/kyc/form"

FUNCTIONS = (
    route("kyc", "get_kyc_form", "GET", _FORM, tables={"people": GET}),
    route(
        "kyc",
        "update_kyc_form",
        "PATCH",
        _FORM,
        tables={"people": GET | PUT, "tax-ids": PUT},
        keys={"tax-ids": ENCRYPT},
    ),
    route(
        "kyc",
        "submit_kyc",
        "POST",
        "/api/kyc/submissions",
        tables={"people": GET | PUT, "outbox": PUT},
        sends_to=("kyc-submissions",),
    ),
    route("kyc", "get_kyc_status", "GET", "/api/kyc/status", tables={"people": GET}),
    route(
        "kyc",
        "create_document_upload",
        "POST",
        "/api/kyc/documents/uploads",
        tables={"people": GET | PUT},
        documents=frozenset({"PutObject"}),
    ),
    route(
        "kyc",
        "attach_document",
        "POST",
        "/api/kyc/documents",
        tables={"people": GET | QUERY | PUT},
        sends_to=("kyc-submissions",),
        documents=frozenset({"GetObject"}),
    ),
    route("kyc", "validate_address", "POST", "/api/kyc/address/validate"),
    # the only function that can read a tax id
    worker(
        "kyc",
        "send_kyc",
        "kyc-submissions",
        calls={"drivewealth": 5},
        tables={"people": GET | QUERY | PUT, "tax-ids": GET, "outbox": PUT},
        keys={"tax-ids": DECRYPT},
        documents=frozenset({"GetObject"}),
    ),
)
