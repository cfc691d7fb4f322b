"""The emulator's rights: functions act in their roles' names, and what policies do not grant is refused.

Where it judges otherwise than AWS it is set right. Requests count as sent over TLS, since policies
refuse all others and loopback has none. AWS knows no right to a batch of messages, only to a single
one. And the reference to a secret is its ARN, which is what policies name.
"""

import json
import os
import sys
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

BATCHES = {
    "sqs:SendMessageBatch": "sqs:SendMessage",
    "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
    "sqs:ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
}
SECRET = "AWS::SecretsManager::Secret"  # noqa: S105 - a kind of resource
AUDIT = "TILLER_EMULATOR_AUDIT"
"""Set to let everything through and report on standard error what would have been refused."""

MAX_POLICIES = 2048


def enforce() -> None:
    """Have rights enforced; the emulator must have been loaded with `AUTH=true`."""
    from ministack import app  # type: ignore[import-untyped]  # noqa: PLC0415 - in the emulator alone
    from ministack.core import iam_actions, iam_evaluator  # type: ignore[import-untyped]  # noqa: PLC0415
    from ministack.services.cloudformation import provisioners  # type: ignore[import-untyped]  # noqa: PLC0415

    pin, extract = app.pin_request_origin, iam_actions.extract_iam_action
    app.pin_request_origin = lambda address, _secure: pin(address, True)

    def extract_single(*arguments: Any, **named: Any) -> str | None:  # noqa: ANN401 - the emulator's
        action: str | None = extract(*arguments, **named)
        return BATCHES.get(action or "", action)

    iam_actions.extract_iam_action = extract_single
    provisioners._RESOURCE_HANDLERS[SECRET] = by_arn(provisioners._RESOURCE_HANDLERS[SECRET], provisioners._sm)
    iam_evaluator.parse_policy_document = read_once(iam_evaluator.parse_policy_document)
    if os.environ.pop(AUDIT, ""):
        iam_evaluator.enforce = _audited(iam_evaluator.enforce)


def read_once(read: Callable[[Any], list[Any]]) -> Callable[[Any], list[Any]]:
    """Return a reader that reads each text once, and not for each request; nobody changes what it returns."""
    kept = lru_cache(MAX_POLICIES)(read)
    return lambda document: kept(document) if isinstance(document, str) else read(document)


def by_arn(handlers: Mapping[str, Any], secrets: Any) -> dict[str, Any]:  # noqa: ANN401 - the emulator's module
    """Return the handlers of a kind of resource that know it by its ARN, made of those that go by its name."""

    def name_of(physical_id: str) -> str:
        return str(secrets._resolve(physical_id)[0] or physical_id)

    def create(*arguments: Any) -> Any:  # noqa: ANN401 - the emulator's
        _, attributes = handlers["create"](*arguments)
        return attributes["Arn"], attributes

    def update(physical_id: str, *arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - the emulator's
        _, attributes = handlers["update"](name_of(physical_id), *arguments, **named)
        return attributes["Arn"], attributes

    def delete(physical_id: str, *arguments: Any) -> None:  # noqa: ANN401 - the emulator's
        handlers["delete"](name_of(physical_id), *arguments)

    return {**handlers, "create": create, "update": update, "delete": delete}


def _audited(judge: Callable[..., Any]) -> Callable[..., Any]:
    def judge_and_report(access_key: str, action: str, service: str, region: str, **more: Any) -> None:  # noqa: ANN401
        refused = judge(access_key, action, service, region, **more)
        if refused is not None:
            refusal = {
                "action": action,
                "resource": more.get("resource_arn"),
                "by": getattr(refused, "principal_arn", ""),
            }
            print("refused", json.dumps(refusal), file=sys.stderr, flush=True)  # noqa: T201 - the emulator's log

    return judge_and_report
