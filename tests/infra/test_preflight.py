"""What deploying needs, each missing with a sentence."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import ClientError, NoCredentialsError

from infra.preflight import Missing, check_deploy, check_layers, python_version

ACCOUNT = "123456789012"


@dataclass
class Aws:
    """An account with regions that are bootstrapped."""

    account: str | None = ACCOUNT
    bootstrapped: set[str] = field(default_factory=lambda: {"us-east-1"})

    def client(self, _service: str, region: str) -> Any:
        """Return the client of any service."""
        return _Client(self, region)


@dataclass
class _Client:
    aws: Aws
    region: str

    def get_caller_identity(self) -> dict[str, str]:
        if self.aws.account is None:
            raise NoCredentialsError
        return {"Account": self.aws.account}

    def get_parameter(self, *, Name: str) -> dict[str, str]:  # noqa: N803 - AWS's own name
        if self.region not in self.aws.bootstrapped:
            raise ClientError({"Error": {"Code": "ParameterNotFound"}}, "GetParameter")
        return {"Name": Name}


def found(name: str) -> str | None:
    return f"/usr/bin/{name}"


def refusal(check: Callable[[], object]) -> str:
    with pytest.raises(Missing) as missing:
        check()
    (sentence,) = missing.value.args
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return str(sentence)


def test_a_stage_that_lacks_nothing_can_be_deployed() -> None:
    assert check_deploy("example", found, Aws().client).name == "example"


def test_layers_need_lambdas_own_python() -> None:
    check_layers(lambda _: "3.13")

    assert "Python 3.13" in refusal(lambda: check_layers(lambda _: None))
    assert "LAYER_PYTHON" in refusal(lambda: check_layers(lambda _: "3.11"))


def test_an_interpreter_that_does_not_run_has_no_version() -> None:
    assert python_version("python-that-is-not-there") is None


def test_settings_are_looked_at_before_aws_is_asked() -> None:
    assert "firebase_project" in refusal(lambda: check_deploy("dev", found, Aws(account=None).client))


def test_the_stage_of_this_machine_is_not_deployed() -> None:
    assert "make run" in refusal(lambda: check_deploy("local", found, Aws().client))


def test_without_npx_nothing_can_be_deployed() -> None:
    assert "npx" in refusal(lambda: check_deploy("example", lambda _: None, Aws().client))


def test_without_credentials_nothing_can_be_deployed() -> None:
    assert "credentials" in refusal(lambda: check_deploy("example", found, Aws(account=None).client))


def test_credentials_of_another_account_are_not_those_of_the_stage() -> None:
    assert "210987654321" in refusal(lambda: check_deploy("example", found, Aws(account="210987654321").client))


def test_a_region_that_is_not_bootstrapped_is_named_with_what_to_do() -> None:
    sentence = refusal(lambda: check_deploy("example", found, Aws(bootstrapped=set()).client))

    assert f"aws-cdk bootstrap aws://{ACCOUNT}/us-east-1" in sentence
