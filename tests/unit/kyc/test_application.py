"""The eight documents that the broker is sent."""

from tests.support.kyc import FORM
from trading.kyc.application import documents_of
from trading.kyc.fields import FIELDS

MINE = {name: value for name, value in FORM.items() if name != "tax_id_value"}


def sections(**changes: object) -> dict[str, dict[str, object]]:
    documents = documents_of({**MINE, **changes}, "123456789")  # type: ignore[dict-item]
    return {document["type"]: document["data"] for document in documents}


def test_there_are_eight_documents_in_their_order() -> None:
    assert list(sections()) == [
        "BASIC_INFO",
        "EMPLOYMENT_INFO",
        "INVESTOR_PROFILE_INFO",
        "DISCLOSURES",
        "IDENTIFICATION_INFO",
        "TAX_INFO",
        "PERSONAL_INFO",
        "ADDRESS_INFO",
    ]


def test_each_document_holds_what_the_broker_asks_for() -> None:
    assert sections() == {
        "BASIC_INFO": {
            "firstName": "Ada",
            "lastName": "Byron",
            "country": "USA",
            "phone": "+15555550142",
            "emailAddress": "ada@example.com",
            "language": "en_US",
        },
        "EMPLOYMENT_INFO": {
            "status": "RETIRED",
            "company": None,
            "type": None,
            "position": None,
            "broker": None,
            "directorOf": None,
        },
        "INVESTOR_PROFILE_INFO": {
            "investmentExperience": "YRS_3_5",
            "annualIncome": 90_000,
            "networthTotal": 400_000,
            "networthLiquid": 50_000,
            "riskTolerance": "MODERATE",
            "investmentObjectives": "INFREQUENT",
        },
        "DISCLOSURES": {
            "termsOfUse": True,
            "customerAgreement": True,
            "iraAgreement": None,
            "marketDataAgreement": True,
            "rule14b": True,
            "findersFee": False,
            "privacyPolicy": True,
            "dataSharing": None,
            "signedBy": "Ada Byron",
        },
        "IDENTIFICATION_INFO": {"value": "123456789", "type": "SSN", "citizenship": "USA", "usTaxPayer": None},
        "TAX_INFO": {"taxTreatyWithUS": None},
        "PERSONAL_INFO": {
            "birthDay": 10,
            "birthMonth": 12,
            "birthYear": 1985,
            "politicallyExposedNames": None,
            "irsBackupWithholdings": None,
            "gender": None,
            "marital": None,
        },
        "ADDRESS_INFO": {
            "street1": "12 Engine Row",
            "street2": None,
            "city": "Albany",
            "province": "NY",
            "postalCode": "00000",
            "country": "USA",
        },
    }


def test_a_job_of_the_past_is_not_told() -> None:
    job = {"employment_company_name": "Mill", "employment_type": "EDUCATION", "employment_position": "WRITER"}

    assert sections(employment_status="EMPLOYED", **job)["EMPLOYMENT_INFO"]["company"] == "Mill"
    assert sections(employment_status="RETIRED", **job)["EMPLOYMENT_INFO"]["company"] is None


def test_every_field_reaches_the_broker() -> None:
    marked = {name: f"mark of {name}" for name in FIELDS if name != "birthdate"}

    text = str(documents_of({**marked, "birthdate": "1985-12-10", "employment_status": "EMPLOYED"}, "123456789"))

    assert [name for name in marked if f"mark of {name}'" not in text] == ["employment_status"]
