"""What requests say of people: documents by type, and pictures of documents, held to the broker's rules."""

from collections.abc import Mapping
from typing import Any

from sandbox.partners.drivewealth.state import malformed

Body = Mapping[str, Any]

_DOCUMENTS = frozenset(
    {
        "BASIC_INFO",
        "EMPLOYMENT_INFO",
        "INVESTOR_PROFILE_INFO",
        "DISCLOSURES",
        "IDENTIFICATION_INFO",
        "TAX_INFO",
        "PERSONAL_INFO",
        "ADDRESS_INFO",
    }
)
_PICTURES = frozenset(
    {
        "DRIVER_LICENSE",
        "PASSPORT",
        "NATIONAL_ID_CARD",
        "VOTER_ID",
        "WORK_PERMIT",
        "VISA",
        "RESIDENCE_PERMIT",
    }
)
_SIDES = frozenset({"FRONT", "BACK"})


def documents_in(body: Body) -> dict[str, dict[str, Any]]:
    """Return the documents of an application by type; of the tax id, its last four digits alone.

    Raises:
        BrokerError: `E400`.
    """
    try:
        documents = {str(document["type"]): dict(document["data"]) for document in body["documents"]}
    except (KeyError, TypeError, ValueError):
        raise malformed("documents are missing or malformed") from None
    if not documents.keys() <= _DOCUMENTS:
        raise malformed("a document's type is not supported")
    papers = documents.get("IDENTIFICATION_INFO")
    if papers is not None:
        papers["value"] = f"****{str(papers.get('value'))[-4:]}"
    return documents


def picture_in(body: Body) -> dict[str, str]:
    """Return type and side of a picture of an identity document, which itself is not kept.

    Raises:
        BrokerError: `E400`.
    """
    picture = {name: str(body.get(name)) for name in ("type", "side")}
    if picture["type"] not in _PICTURES or picture["side"] not in _SIDES:
        raise malformed("type or side is not supported")
    if not str(body.get("document", "")).startswith("data:"):
        raise malformed("document must be a data URL")
    return picture
