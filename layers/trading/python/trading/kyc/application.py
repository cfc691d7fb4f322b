"""The eight documents in which a form goes to the broker."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from trading.kyc.fields import EMPLOYED, EMPLOYMENT, Value
from trading.kyc.forms import with_defaults

Documents = list[dict[str, Any]]


def documents_of(form: Mapping[str, Value], tax_id: str) -> Documents:
    """Return a complete form and its tax id (digits) as the broker's documents."""
    answers = with_defaults(form)
    if answers["employment_status"] not in EMPLOYED:
        answers |= dict.fromkeys(EMPLOYMENT)  # the form may name a job that they have no more
    sections = {
        "BASIC_INFO": _picked(answers, _BASIC),
        "EMPLOYMENT_INFO": _picked(answers, _EMPLOYMENT),
        "INVESTOR_PROFILE_INFO": _picked(answers, _INVESTOR),
        "DISCLOSURES": {**_picked(answers, _DISCLOSURES), "iraAgreement": None, "findersFee": False},
        "IDENTIFICATION_INFO": {"value": tax_id, **_picked(answers, _IDENTIFICATION)},
        "TAX_INFO": {"taxTreatyWithUS": None},
        "PERSONAL_INFO": {**_birthday(str(answers["birthdate"])), **_picked(answers, _PERSONAL)},
        "ADDRESS_INFO": _picked(answers, _ADDRESS),
    }
    return [{"type": name, "data": data} for name, data in sections.items()]


_BASIC = {
    "firstName": "first_name",
    "lastName": "last_name",
    "country": "country",
    "phone": "phone_number",
    "emailAddress": "email_address",
    "language": "language",
}
_EMPLOYMENT = {
    "status": "employment_status",
    "company": "employment_company_name",
    "type": "employment_type",
    "position": "employment_position",
    "broker": "employment_affiliated_with_a_broker",
    "directorOf": "employment_is_director_of_a_public_company",
}
_INVESTOR = {
    "investmentExperience": "investor_profile_experience",
    "annualIncome": "investor_profile_annual_income",
    "networthTotal": "investor_profile_net_worth_total",
    "networthLiquid": "investor_profile_net_worth_liquid",
    "riskTolerance": "investor_profile_risk_tolerance",
    "investmentObjectives": "investor_profile_objectives",
}
_DISCLOSURES = {
    "termsOfUse": "disclosures_drivewealth_terms_of_use",
    "customerAgreement": "disclosures_drivewealth_customer_agreement",
    "marketDataAgreement": "disclosures_drivewealth_market_data_agreement",
    "rule14b": "disclosures_rule14b",
    "privacyPolicy": "disclosures_drivewealth_privacy_policy",
    "dataSharing": "disclosures_drivewealth_data_sharing",
    "signedBy": "disclosures_signed_by",
}
_IDENTIFICATION = {"type": "tax_id_type", "citizenship": "citizenship", "usTaxPayer": "is_us_tax_payer"}
_PERSONAL = {
    "politicallyExposedNames": "politically_exposed_names",
    "irsBackupWithholdings": "irs_backup_withholdings_notified",
    "gender": "gender",
    "marital": "marital_status",
}
_ADDRESS = {
    "street1": "address_street1",
    "street2": "address_street2",
    "city": "address_city",
    "province": "address_province",
    "postalCode": "address_postal_code",
    "country": "address_country",
}


def _picked(form: Mapping[str, Value], names: Mapping[str, str]) -> dict[str, Any]:
    return {theirs: form.get(ours) for theirs, ours in names.items()}


def _birthday(text: str) -> dict[str, Any]:
    born = date.fromisoformat(text)
    return {"birthDay": born.day, "birthMonth": born.month, "birthYear": born.year}
