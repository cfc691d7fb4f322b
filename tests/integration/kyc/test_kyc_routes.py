"""The routes of identity checks, through their handlers, on an in-process AWS; nothing secret shows anywhere."""

import json
import subprocess
import sys
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest

from infra.catalogue import ROOT
from tests.support.calls import Answer, call, handler_of
from tests.support.kyc import FORM, JPEG, TAX_ID, FakeIdentityBroker, decision, everything_stored, files
from trading.brokerage.models import KycStatus
from trading.kyc.decisions import DecisionService
from trading.kyc.messages import QueuedSubmissions
from trading.kyc.store import DynamoKycStore
from trading.kyc.uploads import BucketUploads
from trading.platform.clock import SystemClock
from trading.platform.errors import Refused
from trading.platform.settings import settings

SECRETS = (TAX_ID, "123-45-6789")
NO_SUCH_FIELDS = ("disclosures_extended_hours_agreement", "disclosures_drivewealth_ira_agreement", "profile_id")


@pytest.fixture(autouse=True)
def broker(aws: None, monkeypatch: pytest.MonkeyPatch) -> FakeIdentityBroker:
    """Stand in for the broker, and make the queue."""
    queue = boto3.client("sqs").create_queue(QueueName="kyc-submissions")
    monkeypatch.setenv("QUEUE_KYC_SUBMISSIONS", queue["QueueUrl"])
    settings.cache_clear()
    fake = FakeIdentityBroker()
    monkeypatch.setattr("trading.partners.drivewealth.wiring.drivewealth", lambda: fake)
    return fake


def messages() -> list[str]:
    """Take every message off the queue."""
    client, url = boto3.client("sqs"), settings().queue_url("kyc-submissions")
    taken = []
    while found := client.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in found:
            taken.append(str(message["Body"]))
            client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return taken


def work() -> list[str]:
    """Have the worker work the queue off; return the bodies."""
    bodies = messages()
    records = [{"messageId": str(number), "body": body} for number, body in enumerate(bodies)]
    if records:
        answer = handler_of("send_kyc").lambda_handler({"Records": records}, None)
        assert answer == {"batchItemFailures": []}
    return bodies


def submitted(caller: str = "ada") -> None:
    assert call("update_kyc_form", caller=caller, body=dict(FORM)).status == 200
    assert call("submit_kyc", caller=caller).status == 202
    work()


def decide(broker: FakeIdentityBroker, status: KycStatus, *codes: str, caller: str = "ada") -> None:
    """Have the broker decide, and its event followed."""
    decisions = DecisionService(DynamoKycStore(), broker, BucketUploads(), QueuedSubmissions(), SystemClock())
    record = DynamoKycStore().find(caller)
    assert record is not None
    broker.decisions[str(record.user_id)] = decision(status, *codes, at=SystemClock().now())
    decisions.refresh(caller, f"event-{status}")
    decisions.settle(caller)


def problems(answer: Answer) -> set[str]:
    assert answer.status == 400, answer.body
    return {problem["field"] for problem in answer.body["errors"]}


def begun(caller: str = "ada", content: bytes = JPEG) -> dict[str, Any]:
    body = {"content_type": "image/jpeg", "content_length": len(content)}
    answer = call("create_document_upload", caller=caller, body=body)
    assert answer.status == 201, answer.body
    found: dict[str, Any] = answer.body
    return found


def uploaded(caller: str = "ada", content: bytes = JPEG) -> str:
    """Put a file where the presigned request says."""
    upload = begun(caller, content)
    key = urlsplit(upload["url"]).path.partition("/documents/")[2]
    boto3.client("s3").put_object(Bucket=settings().documents_bucket, Key=f"documents/{key}", Body=content)
    return str(upload["upload_id"])


def attached(upload_id: str, kind: str = "PASSPORT", side: str = "FRONT", caller: str = "ada") -> Answer:
    return call("attach_document", caller=caller, body={"upload_id": upload_id, "type": kind, "side": side})


def test_whoever_never_filled_anything_in_sees_an_empty_form() -> None:
    body = call("get_kyc_form").body

    assert body["status"] == "NOT_READY"
    assert body["fields"]["first_name"] == {
        "required": True,
        "choices": None,
        "placeholder": None,
        "value": None,
        "document_url": None,
    }
    assert {"value": "NY", "name": "NY"} in body["fields"]["address_province"]["choices"]
    assert {"value": "SELF_EMPLOYED", "name": "Self employed"} in body["fields"]["employment_status"]["choices"]
    assert {"value": "CHE", "name": "Switzerland"} in body["fields"]["citizenship"]["choices"]
    assert body["fields"]["country"]["value"] == "USA"
    assert set(NO_SUCH_FIELDS).isdisjoint(body["fields"])


def test_disclosures_say_where_they_can_be_read() -> None:
    fields = call("get_kyc_form").body["fields"]
    disclosures = {name: field for name, field in fields.items() if name.startswith("disclosures_")}

    without = {name for name, field in disclosures.items() if not field["document_url"]}

    assert without == {"disclosures_signed_by"}
    assert all(fields[name]["document_url"].startswith("https://") for name in disclosures.keys() - without)


def test_the_form_comes_back_as_it_was_kept_with_the_last_four_of_the_tax_id_alone() -> None:
    kept = call("update_kyc_form", body=dict(FORM))
    again = call("get_kyc_form")

    assert kept.body == again.body
    values = {name: field["value"] for name, field in again.body["fields"].items()}
    assert {name: values[name] for name in FORM if name != "tax_id_value"} == {
        name: value for name, value in FORM.items() if name != "tax_id_value"
    }
    assert values["tax_id_value"] == "*****6789"
    assert again.body["status"] == "READY"


@pytest.mark.parametrize("name", NO_SUCH_FIELDS)
def test_what_is_no_field_is_refused(name: str) -> None:
    assert problems(call("update_kyc_form", body={**FORM, name: True})) == {name}
    assert call("get_kyc_form").body["status"] == "NOT_READY"


@pytest.mark.parametrize("raw", ["", "[]", "null", '"form"', "{", '{"first_name": "a", "first_name": "b"}', "NaN"])
def test_a_body_that_is_no_form_is_refused(raw: str) -> None:
    assert call("update_kyc_form", raw=raw).status == 400


def test_a_number_of_any_size_is_answered() -> None:
    for number in ("1e999999999", "9" * 5000, "-1", "0.5"):
        answer = call("update_kyc_form", raw=f'{{"investor_profile_annual_income": {number}}}')
        assert answer.status == 400, number


def test_a_submission_names_what_is_missing() -> None:
    call("update_kyc_form", body={**FORM, "employment_status": "EMPLOYED", "disclosures_rule14b": False})

    assert problems(call("submit_kyc")) == {
        "employment_company_name",
        "employment_type",
        "employment_position",
        "disclosures_rule14b",
    }
    assert {"first_name", "tax_id_value"} <= problems(call("submit_kyc", caller="bob"))
    assert messages() == []


def test_a_person_goes_from_a_form_to_an_approval(broker: FakeIdentityBroker) -> None:
    submitted()
    assert call("get_kyc_status").body["status"] == "PROCESSING"

    decide(broker, KycStatus.APPROVED)

    status = call("get_kyc_status").body
    assert status["status"] == "APPROVED"
    assert status["errors"] == []
    for name, body in (("update_kyc_form", {"first_name": "Eve"}), ("submit_kyc", None)):
        refused = call(name, body=body)
        assert (refused.status, refused.body["code"]) == (409, "kyc_locked")
    assert call("get_kyc_form").body["fields"]["tax_id_value"]["value"] == "*****6789"


def test_a_second_submission_answers_the_same() -> None:
    call("update_kyc_form", body=dict(FORM))

    answers = [call("submit_kyc") for _ in range(2)]
    work()
    answers.append(call("submit_kyc"))

    assert [answer.status for answer in answers] == [202, 202, 202]
    assert answers[0].body == answers[1].body == answers[2].body
    assert set(answers[0].body) == {"status", "message", "updated_at"}


def test_what_the_check_found_is_shown(broker: FakeIdentityBroker) -> None:
    submitted()
    decide(broker, KycStatus.INFO_REQUIRED, "SSN_NOT_MATCH")

    body = call("get_kyc_status").body

    assert body["status"] == "INFO_REQUIRED"
    assert body["errors"] == [{"code": "SSN_NOT_MATCH", "description": "About SSN_NOT_MATCH."}]
    assert call("submit_kyc").body["status"] == "PROCESSING"
    assert call("get_kyc_status").body["errors"] == []


def test_the_states_of_one_person_are_not_those_of_another() -> None:
    submitted()

    assert call("get_kyc_status", caller="bob").body["status"] == "NOT_READY"
    assert call("get_kyc_form", caller="bob").body["fields"]["first_name"]["value"] is None


def test_an_upload_takes_this_type_and_this_many_bytes_alone() -> None:
    upload = begun()

    query = parse_qs(urlsplit(upload["url"]).query)
    signed = set(query["X-Amz-SignedHeaders"][0].split(";"))
    assert {"content-length", "content-type", "host"} <= signed
    assert query["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]
    assert upload["method"] == "PUT"
    assert upload["headers"] == {"Content-Type": "image/jpeg", "Content-Length": str(len(JPEG))}
    assert upload["max_bytes"] == 10 * 1024 * 1024
    assert "ada" not in urlsplit(upload["url"]).path.removeprefix("/documents")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"content_type": "image/gif", "content_length": 10}, "content_type"),
        ({"content_type": "image/jpeg", "content_length": 0}, "content_length"),
        ({"content_type": "image/jpeg", "content_length": 10 * 1024 * 1024 + 1}, "content_length"),
        ({"content_type": "image/jpeg", "content_length": "10"}, "content_length"),
        ({"content_type": "image/jpeg", "content_length": True}, "content_length"),
        ({"content_type": "image/jpeg"}, "content_length"),
        ({"content_type": "image/jpeg", "content_length": 10, "key": "mine"}, "key"),
    ],
)
def test_an_upload_of_another_kind_is_refused(body: dict[str, object], field: str) -> None:
    assert problems(call("create_document_upload", body=body)) == {field}


def test_a_document_is_handed_in_and_forwarded(broker: FakeIdentityBroker) -> None:
    submitted()

    answer = attached(uploaded())
    work()

    assert answer.status == 201
    assert answer.body == {
        "document_id": answer.body["document_id"],
        "type": "PASSPORT",
        "side": "FRONT",
        "status": "pending",
    }
    (sent,) = broker.documents.values()
    assert (sent.type, sent.content) == ("PASSPORT", JPEG)
    decide(broker, KycStatus.APPROVED)
    assert files() == []


def test_what_forbids_a_document_is_said() -> None:
    call("update_kyc_form", body=dict(FORM))
    early = attached(uploaded())
    assert (early.status, early.body["code"]) == (409, "kyc_not_submitted")
    call("submit_kyc")

    absent = attached(str(begun()["upload_id"]))
    assert (absent.status, absent.body["code"]) == (409, "upload_missing")
    assert problems(attached(uploaded(), "PASSPORT", "BACK")) == {"side"}
    assert problems(attached(uploaded(), "LIBRARY_CARD")) == {"type"}
    assert problems(attached(uploaded(content=b"no picture"))) == {"upload_id"}
    for foreign in (uploaded("bob"), "no id at all", "0" * 32):
        assert attached(foreign).status == 404


def test_an_address_is_judged() -> None:
    given = {"street1": "12 engine row", "city": "Albany", "province": "ny", "postal_code": "12207"}

    good = call("validate_address", body=given).body
    bad = call("validate_address", body={**given, "street1": "PO Box 3"}).body

    assert good["ok"] is True
    assert good["suggested"]["province"] == "NY"
    assert good["suggested"]["formatted_address"] == "12 engine row, Albany, NY 12207, USA"
    assert bad == {"ok": False, "suggested": None}
    assert problems(call("validate_address", body={"city": "Albany", "zip": 1})) >= {"street1", "zip"}


def test_a_tax_id_shows_nowhere(broker: FakeIdentityBroker, capfd: pytest.CaptureFixture[str]) -> None:
    def refuse() -> None:
        raise Refused("no")

    broker.before["create_user"] = refuse
    shown = [call("update_kyc_form", body={**FORM, "first_name": 1}), call("update_kyc_form", body=dict(FORM))]
    shown += [call("submit_kyc"), call("get_kyc_form")]
    queued = work()
    broker.before.clear()
    shown += [call("submit_kyc"), call("get_kyc_status")]
    queued += work()
    stored = everything_stored()
    decide(broker, KycStatus.APPROVED)

    logs = capfd.readouterr()
    for secret in SECRETS:
        assert secret in str(broker.users) or "-" in secret
        assert secret not in json.dumps([answer.body for answer in shown])
        assert secret not in "".join(queued)
        assert secret not in stored
        assert secret not in logs.out + logs.err


def test_reading_the_form_loads_no_partner() -> None:
    program = (
        "import sys, trading.kyc.wiring; sys.exit(any(name.startswith('trading.partners') for name in sys.modules))"
    )
    folder = str(ROOT / "layers" / "trading" / "python")

    ended = subprocess.run([sys.executable, "-c", program], env={"PYTHONPATH": folder}, check=False)  # noqa: S603

    assert ended.returncode == 0
