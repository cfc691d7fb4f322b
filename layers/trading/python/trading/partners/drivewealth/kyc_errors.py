"""What DriveWealth's identity check found, by its code (REST) or its name (events), in our words.

These codes are the check's alone: on other calls the same letters mean other things.
"""

from collections.abc import Iterable, Mapping

from trading.brokerage.models import KycError
from trading.partners.drivewealth.wire import first

UNKNOWN = KycError("UNKNOWN", "Something in your application could not be confirmed; support can tell you more.")

ERRORS: Mapping[str, KycError] = {
    "K001": KycError("AGE_VALIDATION", "You are too young to open an account."),
    "K002": KycError(
        "POOR_PHOTO_QUALITY", "The photo on the document cannot be recognized; please take a sharper one."
    ),
    "K003": KycError("POOR_DOC_QUALITY", "The document cannot be read; please take a sharper picture."),
    "K004": KycError("SUSPECTED_DOCUMENT_FRAUD", "The document could not be accepted; please contact support."),
    "K005": KycError("INCORRECT_SIDE", "The picture shows the wrong side of the document."),
    "K006": KycError("NO_DOC_IN_IMAGE", "There is no document in the picture."),
    "K007": KycError("TWO_DOCS_UPLOADED", "The picture shows two documents; please send one at a time."),
    "K008": KycError("EXPIRED_DOCUMENT", "The document has expired."),
    "K009": KycError("MISSING_BACK", "The back of the document is missing."),
    "K010": KycError("UNSUPPORTED_DOCUMENT", "This kind of document is not accepted."),
    "K011": KycError("DOB_NOT_MATCH_ON_DOC", "The birthdate on the document differs from the one you gave."),
    "K012": KycError("NAME_NOT_MATCH_ON_DOC", "The name on the document differs from the one you gave."),
    "K050": KycError("INVALID_DOCUMENT", "The document is not valid."),
    "K101": KycError("ADDRESS_NOT_MATCH", "The address could not be confirmed."),
    "K102": KycError("SSN_NOT_MATCH", "The social security number could not be confirmed."),
    "K103": KycError("DOB_NOT_MATCH", "The birthdate could not be confirmed."),
    "K104": KycError("NAME_NOT_MATCH", "The name could not be confirmed."),
    "K106": KycError("SANCTION_WATCHLIST", "Your application needs a closer look; please contact support."),
    "K107": KycError("SANCTION_OFAC", "Your application cannot be accepted; please contact support."),
    "K108": KycError("INVALID_PHONE_NUMBER", "The phone number is not valid."),
    "K109": KycError("INVALID_EMAIL_ADDRESS", "The e-mail address is not valid."),
    "K110": KycError("INVALID_NAME_TOO_LONG", "First and last name may have at most 36 letters each."),
    "K111": KycError("UNSUPPORTED_COUNTRY", "Accounts cannot be opened from this country."),
    "K801": KycError("AGED_ACCOUNT", "The application has been open for too long; please send it again."),
    "K802": KycError("ACCOUNT_INTEGRITY", "The details do not fit together; please check them."),
    "U999": UNKNOWN,
}
_BY_NAME = {error.code: error for error in ERRORS.values()}


def kyc_errors(found: object) -> tuple[KycError, ...]:
    """Return each thing that the check found once, in its order; what is not known to us shows in general words."""
    listed = found if isinstance(found, list) else []
    return tuple(dict.fromkeys(_errors(listed)))


def _errors(listed: Iterable[object]) -> Iterable[KycError]:
    for item in listed:
        code = first(item, "code", "name") if isinstance(item, Mapping) else item
        word = code.strip().upper() if isinstance(code, str) else ""
        yield ERRORS.get(word) or _BY_NAME.get(word) or UNKNOWN
