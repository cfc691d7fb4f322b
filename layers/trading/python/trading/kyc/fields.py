"""The fields of the form: what each may hold, what is asked of everybody, and what apps show.

Texts are kept as people mean them (`platform.texts`). Choices are the broker's words. What only the
product of another country would need, the IRA agreement and the extended-hours agreement are not asked.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from trading.kyc.contacts import email, phone
from trading.kyc.countries import COUNTRIES
from trading.kyc.places import PROVINCES
from trading.platform.texts import one_line

Value = str | int | bool | None
Check = Callable[[Any], Value]

NAME_LENGTH, TEXT_LENGTH = 36, 100
MAX_DOLLARS = 10**12
_EMPLOYMENT_TYPES = (
    "AGRICULTURE MINING UTILITIES CONSTRUCTION MANUFACTURING WHOLESALE RETAIL TRANSPORT INFORMATION FINANCE "
    "REAL_ESTATE PROFESSIONAL MANAGEMENT EDUCATION HEALTH ART FOOD PUBLIC WASTE"
)
_POSITIONS = (
    "ACCOUNTANT ACTUARY ADJUSTER ADMINISTRATOR ADVERTISER AGENT ATC AMBASSADOR ANALYST APPRAISER ARCHITECT ARTIST "
    "ASSISTANT ATHLETE ATTENDANT ATTORNEY AUCTIONEER AUDITOR BARBER BROKER BUSINESS_EXEC BUSINESS_OWNER CAREGIVER "
    "CARPENTER CASHIER CHEF CHIROPRACTOR CIVIL CLERGY CLERK COMPLIANCE CONSULTANT CONTRACTOR COUNSELOR "
    "CUSTOMER_SERVICE DEALER DEVELOPER DISTRIBUTOR DOCTOR DRIVER ENGINEER EXAMINER EXTERMINATOR FACTORY FARMER "
    "FINANCIAL FISHERMAN FLIGHT HR IMPEX INSPECTOR INTERN INVESTMENT INVESTOR IT JANITOR JEWELER LABORER LANDSCAPER "
    "LENDING MANAGER MECHANIC MILITARY MORTICIAN NURSE NUTRITIONIST OFFICE PHARMACIST PHYSICAL PILOT POLICE "
    "POLITICIAN PM REP RESEARCHER SAILOR SALES SCIENTIST SEAMSTRESS SECURITY SOCIAL TEACHER TECHNICIAN TELLER "
    "TRADESPERSON TRAINER TRANSPORTER UNDERWRITER WRITER"
)
_PO_BOX = re.compile(r"\b(p\.?\s*o\.?|post(al)?\s+office)([\s-]*box(?![a-z])|\s*b\.?\s*#?\s*\d)", re.IGNORECASE)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True)
class FormField:
    """One field: its check, whether everybody must fill it in, and what an app shows beside it."""

    check: Check
    required: bool = False
    choices: tuple[str, ...] | None = None
    placeholder: str | None = None
    document_url: str | None = None
    default: Value = None


def text(longest: int = TEXT_LENGTH) -> Check:
    """Return the check of a text that is not blank."""

    def check(raw: Any) -> Value:  # noqa: ANN401 - it judges whatever comes
        kept = one_line(raw) if isinstance(raw, str) else ""
        if not kept:
            raise ValueError("must be a text of one line")
        if len(kept) > longest:
            raise ValueError(f"must have at most {longest} characters")
        return kept

    return check


def pattern(expression: str, message: str) -> Check:
    """Return the check of a text that has a form."""
    wanted = re.compile(expression, re.ASCII)

    def check(raw: Any) -> Value:  # noqa: ANN401 - it judges whatever comes
        kept = one_line(raw) if isinstance(raw, str) and raw.strip() else ""
        if not wanted.fullmatch(kept):
            raise ValueError(message)
        return kept

    return check


def one_of(words: tuple[str, ...]) -> Check:
    """Return the check of a choice."""

    def check(raw: Any) -> Value:  # noqa: ANN401 - it judges whatever comes
        if not isinstance(raw, str) or raw not in words:
            raise ValueError("must be one of its choices")
        return raw

    return check


def code_of(words: tuple[str, ...], others: Mapping[str, str] | None = None) -> Check:
    """Return the check of a code that may be written in small letters; `others` are other names of some."""

    def check(raw: Any) -> Value:  # noqa: ANN401 - it judges whatever comes
        code = one_line(raw).upper() if isinstance(raw, str) and raw.strip() else ""
        code = (others or {}).get(code, code)
        if code not in words:
            raise ValueError("must be one of its choices")
        return code

    return check


def broker_record(raw: Any) -> Value:  # noqa: ANN401 - it judges whatever comes
    """Check a yes or no."""
    if not isinstance(raw, bool):
        raise ValueError("must be true or false")  # noqa: TRY004 - forms report ValueErrors alone
    return raw


def dollars(raw: Any) -> Value:  # noqa: ANN401 - it judges whatever comes
    """Check whole dollars."""
    if isinstance(raw, bool) or not isinstance(raw, int | Decimal) or not 0 <= raw <= MAX_DOLLARS or raw != int(raw):
        raise ValueError("must be whole dollars")
    return int(raw)


def day(raw: Any) -> Value:  # noqa: ANN401 - it judges whatever comes
    """Check a date."""
    try:
        if isinstance(raw, str) and _DATE.fullmatch(raw):
            return date.fromisoformat(raw).isoformat()
    except ValueError:
        pass  # of the right form, but no day of the calendar
    raise ValueError("must be a date such as 1990-01-31")


def street(raw: Any) -> Value:  # noqa: ANN401 - it judges whatever comes
    """Check a street: where a person lives, so no box at a post office."""
    checked = text()(raw)
    if _PO_BOX.search(str(checked)):
        raise ValueError("must be a physical address, no PO box")
    return checked


def _words(names: str) -> tuple[str, ...]:
    return tuple(names.split())


def _choice(names: str, *, required: bool = True, placeholder: str | None = None) -> FormField:
    words = _words(names)
    return FormField(one_of(words), required=required, choices=words, placeholder=placeholder)


def _agreement(url: str) -> FormField:
    return FormField(broker_record, required=True, document_url=url)


def _country() -> FormField:
    return FormField(one_of(tuple(COUNTRIES)), required=True, choices=tuple(COUNTRIES), default="USA")


_DOCUMENTS = "https://legal.drivewealth.com"
_COUNTRY = _country()
_NAME = FormField(text(NAME_LENGTH), required=True)

TAX_ID_VALUE = "tax_id_value"
AGREEMENTS = (
    "disclosures_drivewealth_terms_of_use",
    "disclosures_drivewealth_customer_agreement",
    "disclosures_drivewealth_market_data_agreement",
    "disclosures_drivewealth_privacy_policy",
    "disclosures_rule14b",
)
"""What must be agreed to."""

EMPLOYED = frozenset({"EMPLOYED", "SELF_EMPLOYED"})
EMPLOYMENT = ("employment_company_name", "employment_type", "employment_position")
"""The fields of those who are employed."""

FIELDS: Mapping[str, FormField] = {
    "first_name": _NAME,
    "last_name": _NAME,
    "country": _COUNTRY,
    "phone_number": FormField(
        phone,
        required=True,
        placeholder="+15555550100",
    ),
    "email_address": FormField(email, required=True, placeholder="jane.doe@example.com"),
    "language": FormField(
        one_of(_words("en_US zh_CN es_ES pt_BR")),
        required=True,
        choices=_words("en_US zh_CN es_ES pt_BR"),
        default="en_US",
    ),
    "birthdate": FormField(day, required=True, placeholder="1990-01-31"),
    "gender": _choice("Male Female", required=False),
    "marital_status": _choice("SINGLE DIVORCED MARRIED WIDOWED PARTNER", required=False),
    "address_street1": FormField(street, required=True, placeholder="1 Example St"),
    "address_street2": FormField(street),
    "address_city": FormField(text(), required=True),
    "address_province": FormField(code_of(PROVINCES), required=True, choices=PROVINCES),
    "address_postal_code": FormField(
        pattern(r"\d{5}(-\d{4})?", "must be a ZIP code"), required=True, placeholder="10001"
    ),
    "address_country": replace(_COUNTRY, check=code_of(tuple(COUNTRIES), {"US": "USA"})),
    "citizenship": _COUNTRY,
    "tax_id_type": _choice("SSN TIN other"),
    "is_us_tax_payer": FormField(broker_record),
    "irs_backup_withholdings_notified": FormField(broker_record),
    "politically_exposed_names": FormField(text(500)),
    "employment_status": _choice("EMPLOYED RETIRED STUDENT UNEMPLOYED SELF_EMPLOYED"),
    "employment_company_name": FormField(text()),
    "employment_type": _choice(_EMPLOYMENT_TYPES, required=False),
    "employment_position": _choice(_POSITIONS, required=False),
    "employment_affiliated_with_a_broker": FormField(broker_record),
    "employment_is_director_of_a_public_company": FormField(text(200), placeholder="company and ticker"),
    "investor_profile_experience": _choice("NONE YRS_1_2 YRS_3_5 YRS_5_10 YRS_10_"),
    "investor_profile_annual_income": FormField(dollars, required=True, placeholder="whole dollars"),
    "investor_profile_net_worth_total": FormField(dollars, required=True, placeholder="whole dollars"),
    "investor_profile_net_worth_liquid": FormField(dollars, required=True, placeholder="whole dollars"),
    "investor_profile_risk_tolerance": _choice("LOW MODERATE SPECULATION HIGH"),
    "investor_profile_objectives": _choice("LONG_TERM INFREQUENT FREQUENT ACTIVE_DAILY NEW"),
    "disclosures_drivewealth_terms_of_use": _agreement(f"{_DOCUMENTS}/terms-of-use"),
    "disclosures_drivewealth_customer_agreement": _agreement(f"{_DOCUMENTS}/customer-account-agreement"),
    "disclosures_drivewealth_market_data_agreement": _agreement(f"{_DOCUMENTS}/market-data-agreement"),
    "disclosures_drivewealth_privacy_policy": _agreement(f"{_DOCUMENTS}/privacy-policy"),
    "disclosures_rule14b": _agreement(f"{_DOCUMENTS}/rule-14b-1-c"),
    "disclosures_drivewealth_data_sharing": FormField(broker_record, document_url=f"{_DOCUMENTS}/privacy-policy"),
    "disclosures_signed_by": FormField(text(2 * NAME_LENGTH + 1), required=True),
}
"""Every field but the tax id, which is kept apart. The addresses of documents are to be confirmed."""
