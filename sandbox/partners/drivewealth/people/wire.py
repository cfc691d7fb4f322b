"""The broker's formats for people and their identity checks: codes in REST, names in events."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sandbox.partners.drivewealth.state import User
from sandbox.partners.drivewealth.wire import parent, when

ERRORS: Mapping[str, tuple[str, str]] = {
    "K001": ("AGE_VALIDATION", "Age does not qualify"),
    "K002": ("POOR_PHOTO_QUALITY", "The photo is of poor quality"),
    "K003": ("POOR_DOC_QUALITY", "The document is of poor quality"),
    "K004": ("SUSPECTED_DOCUMENT_FRAUD", "The document may be tampered with"),
    "K005": ("INCORRECT_SIDE", "The wrong side of the document was sent"),
    "K006": ("NO_DOC_IN_IMAGE", "The image shows no document"),
    "K007": ("TWO_DOCS_UPLOADED", "The image shows two documents"),
    "K008": ("EXPIRED_DOCUMENT", "The document has expired"),
    "K009": ("MISSING_BACK", "The back of the document is missing"),
    "K010": ("UNSUPPORTED_DOCUMENT", "The document is not supported"),
    "K011": ("DOB_NOT_MATCH_ON_DOC", "The document shows another date of birth"),
    "K012": ("NAME_NOT_MATCH_ON_DOC", "The document shows another name"),
    "K050": ("INVALID_DOCUMENT", "The document is not valid"),
    "K101": ("ADDRESS_NOT_MATCH", "No match found for address"),
    "K102": ("SSN_NOT_MATCH", "No match found for Social Security Number"),
    "K103": ("DOB_NOT_MATCH", "No match found for date of birth"),
    "K104": ("NAME_NOT_MATCH", "No match found for name"),
    "K106": ("SANCTION_WATCHLIST", "The person is on a watch list"),
    "K107": ("SANCTION_OFAC", "The person is on a sanctions list"),
    "K108": ("INVALID_PHONE_NUMBER", "The phone number is not valid"),
    "K109": ("INVALID_EMAIL_ADDRESS", "The e-mail address is not valid"),
    "K110": ("INVALID_NAME_TOO_LONG", "A name is too long"),
    "K111": ("UNSUPPORTED_COUNTRY", "The country is not supported"),
    "K801": ("AGED_ACCOUNT", "The application is older than 30 days"),
    "K802": ("ACCOUNT_INTEGRITY", "The details contradict each other"),
    "U999": ("UNKNOWN", "Unknown error"),
}
"""What a check finds, by code: its name and its description."""

COMMENTS: Mapping[str, str] = {
    "KYC_DENIED": "PII mismatch",
    "KYC_MANUAL_REVIEW": "A person looks at it",
    "KYC_INFO_REQUIRED": "Information does not match",
    "KYC_DOC_REQUIRED": "A document is needed",
}
_MESSAGES: Mapping[str, str] = {
    "KYC_PROCESSING": "User is sent for KYC",
    "KYC_APPROVED": "User is approved",
    "KYC_DENIED": "User's PII does not match. Please check the errors and send the information again",
}
_USER_WORDS: Mapping[str, str] = {
    "PENDING": "User is pending approval.",
    "APPROVED": "User approved.",
    "REVOKED": "User revoked.",
    "CLOSED": "User closed.",
}
_RANGES = (5_000, 10_000, 25_000, 50_000, 100_000, 200_000, 1_000_000)
_NEVER = (
    "ackForeignFindersFee",
    "ackJointCustomerAgreement",
    "ackJointFindersFee",
    "ackJointForeignFindersFee",
    "ackJointMarketData",
    "ackExtendedHoursAgreement",
    "ackJointDisclosureRule14b",
    "brandAmbassador",
    "jointEmployerIsBroker",
)


def code_of(word: str) -> str:
    """Return the code of an error that is given by code or by name; an unknown one stays as it is."""
    return next((code for code, (name, _) in ERRORS.items() if name == word), word)


def user_json(user: User) -> dict[str, Any]:
    """Return a user as REST shows it: the tax id masked, sums of money as ranges."""
    return {
        "id": user.user_id,
        "status": status(user.status),
        "userType": {"name": "INDIVIDUAL_TRADER", "description": "Individual Trader"},
        "parentIB": parent(user.parent_ib_id),
        "wlpID": user.wlp_id,
        "createdWhen": when(user.created),
        "updatedWhen": when(user.updated),
        "updatedBy": "KYC_SYSTEM",
        "avatarURL": "https://avatars.example.com/0.jpg",
        "referralCode": user.user_id[:6].upper(),
        "fundingSources": [],
        **({"metadata": user.metadata} if user.metadata else {}),
        **dict.fromkeys(("badPasswordCount", "employmentYears", "marginDefault", "userNoteQty"), 0),
        **dict.fromkeys(_NEVER, False),
        **_contact(user),
        **_person(user),
        **_disclosures(user),
        **_investor(user),
        **_approval(user.approved),
    }


def status(name: str) -> dict[str, str]:
    """Return a user's status."""
    return {"name": name, "description": _USER_WORDS.get(name, name)}


def kyc_json(user: User) -> dict[str, Any]:
    """Return a user's identity check as REST shows it: errors by code."""
    shown: dict[str, Any] = {"status": {"name": user.kyc}, "updated": when(user.kyc_updated or user.created)}
    if user.kyc_comment:
        shown["statusComment"] = user.kyc_comment
    if user.kyc_errors:
        shown["errors"] = [{"code": code, "description": _error(code)[1]} for code in user.kyc_errors]
    return {"kyc": shown}


def created_event(user: User) -> dict[str, Any]:
    """Return the payload of `users.created`."""
    basic = user.of("BASIC_INFO")
    shown = {"firstName": basic.get("firstName"), "lastName": user.last_name, "email": basic.get("emailAddress")}
    return {**shown, "userID": user.user_id, "status": status(user.status)}


def updated_event(user: User, before: str) -> dict[str, Any]:
    """Return the payload of `users.updated`."""
    shown = {"previous": {"status": status(before)}, "current": {"status": status(user.status)}}
    return {**shown, "userID": user.user_id}


def kyc_event(user: User, before: str) -> dict[str, Any]:
    """Return the payload of `kyc.updated`: errors by name, the same for what was before."""
    details = [_error(code)[0] for code in user.kyc_errors]
    shown = {
        name: {"status": word, "statusMessage": _MESSAGES.get(word, COMMENTS.get(word, word)), "details": details}
        for name, word in (("current", user.kyc), ("previous", before))
    }
    return {"userID": user.user_id, **shown}


def _contact(user: User) -> dict[str, Any]:
    basic, address = user.of("BASIC_INFO"), user.of("ADDRESS_INFO")
    first, last = str(basic.get("firstName") or ""), str(basic.get("lastName") or "")
    return {
        "firstName": first,
        "lastName": last,
        "displayName": f"{first[:1]}{last}",
        "email": basic.get("emailAddress"),
        "phone": basic.get("phone"),
        "languageID": basic.get("language"),
        "addressLine1": address.get("street1"),
        "addressLine2": address.get("street2"),
        "city": address.get("city"),
        "stateProvince": address.get("province"),
        "zipPostalCode": address.get("postalCode"),
        "countryID": address.get("country"),
    }


def _person(user: User) -> dict[str, Any]:
    born, papers, job = user.of("PERSONAL_INFO"), user.of("IDENTIFICATION_INFO"), user.of("EMPLOYMENT_INFO")
    names = ("birthYear", "birthMonth", "birthDay")
    return {
        "dob": "{:04d}-{:02d}-{:02d}".format(*(int(born.get(name) or 0) for name in names)),
        "idNo": papers.get("value"),
        "citizenship": papers.get("citizenship"),
        "usCitizen": False,
        "politicallyExposed": bool(born.get("politicallyExposedNames")),
        "employmentStatus": _named(job.get("status")),
        "employerIsBroker": bool(job.get("broker")),
        "director": bool(job.get("directorOf")),
        "taxTreatyWithUS": bool(user.of("TAX_INFO").get("taxTreatyWithUS")),
        # Both are shown of everybody, whatever form they filed.
        "w8received": when(user.created)[:10],
        "w8expires": f"{user.created.year + 3}-12-31",
    }


def _disclosures(user: User) -> dict[str, Any]:
    said = user.of("DISCLOSURES")
    names = {
        "termsOfUse": "termsOfUse",
        "ackCustomerAgreement": "customerAgreement",
        "ackFindersFee": "findersFee",
        "ackMarketData": "marketDataAgreement",
        "ackDisclosureRule14b": "rule14b",
    }
    shown = {name: bool(said.get(key)) for name, key in names.items()}
    return {**shown, "ackSignedBy": said.get("signedBy"), "ackSignedWhen": when(user.created)}


def _investor(user: User) -> dict[str, Any]:
    said = user.of("INVESTOR_PROFILE_INFO")
    return {
        "investmentObjectives": _named(said.get("investmentObjectives")),
        "investmentExperience": _named(said.get("investmentExperience")),
        "riskTolerance": str(said.get("riskTolerance") or "").title(),
        "annualIncomeRange": _range(said.get("annualIncome")),
        "networthLiquidRange": _range(said.get("networthLiquid")),
        "networthTotalRange": _range(said.get("networthTotal")),
    }


def _approval(at: datetime | None) -> dict[str, str]:
    return {"approvedWhen": when(at), "approvedBy": "KYC SYSTEM"} if at else {}


def _named(word: object) -> dict[str, str]:
    return {"name": str(word or ""), "description": str(word or "").replace("_", " ").capitalize()}


def _range(dollars: object) -> str:
    amount = dollars if isinstance(dollars, int) else 0
    low, high = 0, None
    for edge in _RANGES:
        if amount < edge:
            high = edge - 1
            break
        low = edge
    return f"${low:,} - ${high:,}" if high else f"${low:,} +"


def _error(code: str) -> tuple[str, str]:
    return ERRORS.get(code, (code, "Unknown error"))


def picture_json(kept: Mapping[str, str]) -> dict[str, Any]:
    """Return a picture of an identity document as REST shows it: never the picture."""
    status = {"name": "PENDING", "description": "Document is being looked at"}
    shown = {"documentID": kept["document_id"], "userID": kept["user_id"], "type": kept["type"], "side": kept["side"]}
    return {**shown, "status": status}
