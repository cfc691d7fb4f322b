"""Rights in the emulator: a function does what its role may, and nothing else."""

import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from sandbox.client import free_port
from sandbox.emulator import ACCOUNT, REGION, Emulator
from sandbox.emulator.rights import by_arn, read_once

CODE = """
import boto3
from botocore.exceptions import ClientError

def lambda_handler(event, context):
    call = getattr(boto3.client(event["service"]), event["call"])
    try:
        call(**event["arguments"])
    except ClientError as error:
        return error.response["Error"]["Code"]
    return "done"
"""
TRUST = {"Service": "lambda.amazonaws.com"}
GRANTED = (
    ("dynamodb:GetItem", f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/mine"),
    (
        "sqs:SendMessage",
        f"arn:aws:sqs:{REGION}:{ACCOUNT}:mine",
    ),
)


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[boto3.Session]:
    emulator = Emulator(tmp_path_factory.mktemp("rights") / "emulator", free_port())
    emulator.start()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", emulator.url)
        yield boto3.Session("test", "test", region_name=REGION)
    emulator.stop()


@pytest.fixture(scope="module")
def function(aws: boto3.Session) -> str:
    for name in ("mine", "foreign"):
        key: Any = [{"AttributeName": "pk", "KeyType": "HASH"}]
        kinds: Any = [{"AttributeName": "pk", "AttributeType": "S"}]
        aws.client("dynamodb").create_table(
            TableName=name, KeySchema=key, AttributeDefinitions=kinds, BillingMode="PAY_PER_REQUEST"
        )
        deny = {"Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": "*"}
        over_http = {**deny, "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
        aws.client("sqs").create_queue(QueueName=name, Attributes={"Policy": policy(over_http)})
    trust = policy({"Effect": "Allow", "Principal": TRUST, "Action": "sts:AssumeRole"})
    role = aws.client("iam").create_role(RoleName="caller", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    granted = [{"Effect": "Allow", "Action": action, "Resource": resource} for action, resource in GRANTED]
    aws.client("iam").put_role_policy(RoleName="caller", PolicyName="own", PolicyDocument=policy(*granted))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("handler.py", CODE)
    aws.client("lambda").create_function(
        FunctionName="caller",
        Runtime="python3.13",
        Handler="handler.lambda_handler",
        Role=role,
        Code={"ZipFile": packed.getvalue()},
        Timeout=30,
    )
    aws.client("lambda").get_waiter("function_active_v2").wait(FunctionName="caller")
    return "caller"


def outcome(aws: boto3.Session, function: str, service: str, call: str, **arguments: Any) -> str:
    event = {"service": service, "call": call, "arguments": arguments}
    answer = aws.client("lambda").invoke(FunctionName=function, Payload=json.dumps(event))
    answered: str = json.loads(answer["Payload"].read())
    return answered


def test_a_function_does_what_it_was_granted_and_nothing_else(aws: boto3.Session, function: str) -> None:
    key = {"pk": {"S": "x"}}

    assert outcome(aws, function, "dynamodb", "get_item", TableName="mine", Key=key) == "done"
    assert outcome(aws, function, "dynamodb", "put_item", TableName="mine", Item=key) == "AccessDeniedException"
    assert outcome(aws, function, "dynamodb", "get_item", TableName="foreign", Key=key) == "AccessDeniedException"
    assert outcome(aws, function, "ssm", "get_parameter", Name="/any") == "AccessDeniedException"


def test_a_batch_of_messages_is_judged_as_each_of_them(aws: boto3.Session, function: str) -> None:
    entries = [{"Id": "1", "MessageBody": "x"}]
    urls = {name: aws.client("sqs").get_queue_url(QueueName=name)["QueueUrl"] for name in ("mine", "foreign")}
    sent = {name: ("send_message_batch", {"QueueUrl": url, "Entries": entries}) for name, url in urls.items()}

    assert outcome(aws, function, "sqs", sent["mine"][0], **sent["mine"][1]) == "done"
    assert "AccessDenied" in outcome(aws, function, "sqs", sent["foreign"][0], **sent["foreign"][1])


class Secrets:
    """The emulator's secrets, as far as they are read."""

    def _resolve(self, secret_id: str) -> tuple[str | None, None]:
        return {"arn:1": "one"}.get(secret_id), None


def test_a_secret_is_known_by_its_arn() -> None:
    asked: list[str] = []
    by_name = {
        "create": lambda *_: ("one", {"Arn": "arn:1"}),
        "update": lambda name, *_: asked.append(name) or (name, {"Arn": "arn:1"}),
        "delete": lambda name, *_: asked.append(name),
        "update_with_logical_id": True,
    }

    handlers = by_arn(by_name, Secrets())

    assert handlers["create"]("Logical", {}, "stack")[0] == handlers["update"]("arn:1", {}, {}, "stack")[0] == "arn:1"
    handlers["delete"]("arn:1", {})
    assert asked == ["one", "one"]
    assert handlers["update_with_logical_id"]


def test_a_policys_text_is_read_once_and_a_policy_that_is_none_each_time() -> None:
    read: list[object] = []

    def reading(document: object) -> list[object]:
        read.append(document)
        return [document]

    once = read_once(reading)

    assert [once("text"), once("text"), once({}), once({})] == [["text"], ["text"], [{}], [{}]]
    assert read == ["text", {}, {}]
