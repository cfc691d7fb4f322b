"""E-mail addresses and phone numbers, by the rules of libraries that follow them."""

from functools import cache
from types import ModuleType

from trading.platform.texts import one_line

_HOME = "US"
_NORTH_AMERICA = 1
_FIRST_OF_AREA = 2
_NATIONAL_DIGITS = 10


def email(raw: object) -> str:
    """Return an e-mail address in its normal form. Raises ValueError if it is none; no server is asked."""
    text = one_line(raw) if isinstance(raw, str) else ""
    try:
        return str(_emails().validate_email(text, check_deliverability=False, strict=True).normalized)
    except _emails().EmailNotValidError:
        raise ValueError("must be an e-mail address") from None


def phone(raw: object) -> str:
    """Return a phone number as E.164; one without a country is American. Raises ValueError if it is none."""
    text, library = one_line(raw) if isinstance(raw, str) else "", _phones()
    try:
        number = library.parse(text, _HOME)
    except library.NumberParseException:
        number = None
    if number is None or number.extension or not (library.is_valid_number(number) or _may_be_american(number)):
        raise ValueError("must be a phone number such as +15555550100")
    return str(library.format_number(number, library.PhoneNumberFormat.E164))


def _may_be_american(number: object) -> bool:
    """Say whether a number has the form of those of North America, whose area codes come and go."""
    digits = str(getattr(number, "national_number", ""))
    is_home = getattr(number, "country_code", None) == _NORTH_AMERICA and len(digits) == _NATIONAL_DIGITS
    return is_home and int(digits[0]) >= _FIRST_OF_AREA and int(digits[3]) >= _FIRST_OF_AREA


@cache
def _emails() -> ModuleType:
    import email_validator  # noqa: PLC0415 - the form is read by functions that check no address

    return email_validator


@cache
def _phones() -> ModuleType:
    import phonenumbers  # noqa: PLC0415 - see above

    return phonenumbers
