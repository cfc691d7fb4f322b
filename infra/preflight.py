"""What building layers and deploying need, checked before anything is begun: `python -m infra.preflight deploy dev`.

Whatever is missing ends it with one sentence that says what to do about it.
"""

import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from infra.layers import COMPILER, PYTHON
from infra.stages import FIREWALL_REGION, LOCAL, Stage, StageRefused, stage_from

BOOTSTRAPPED = "/cdk-bootstrap/hnb659fds/version"
QUICKLY = Config(connect_timeout=5, read_timeout=10, retries={"total_max_attempts": 2})

Client = Callable[[str, str], Any]


class Missing(Exception):
    """Something that is needed is not there; says what, and what to do."""


def aws_client(service: str, region: str) -> Any:  # noqa: ANN401 - as boto3 has it
    """Return a client of AWS that waits for little."""
    new: Callable[..., Any] = boto3.client  # one of any service: its types know each by its name alone
    return new(service, region_name=region, config=QUICKLY)


def check_layers(version_of: Callable[[str], str | None]) -> None:
    """Make sure that layers can be compiled.

    Raises:
        Missing: if there is no Python of Lambda's version.
    """
    if version_of(COMPILER) != PYTHON:
        advice = "install it, or name one in LAYER_PYTHON"
        raise Missing(f"Python {PYTHON} is missing ({COMPILER}), as which Lambda reads the layers: {advice}.")


def check_deploy(name: str, which: Callable[[str], str | None], client: Client = aws_client) -> Stage:
    """Return the stage, if it can be deployed from here.

    Raises:
        Missing: if a setting, npx, credentials or a bootstrapped region is missing.
    """
    stage = deployed_stage(name)
    if which("npx") is None:
        raise Missing("npx is missing, which runs the CDK's command line: install Node.js 22 or newer.")
    account = _account(stage, client)
    if stage.account not in {None, account}:
        raise Missing(f"These credentials are of account {account}, and stage {name} lies in {stage.account}.")
    for region in sorted({str(stage.region), FIREWALL_REGION}):
        _make_sure_of_bootstrap(region, account, client)
    return stage


def python_version(interpreter: str) -> str | None:
    """Return an interpreter's version, such as 3.13; None if it does not run."""
    asked = [interpreter, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    try:
        answer = subprocess.run(asked, capture_output=True, text=True, check=True)  # noqa: S603 - an interpreter
    except (OSError, subprocess.CalledProcessError):
        return None
    return answer.stdout.strip()


def deployed_stage(name: str) -> Stage:
    """Return a stage that AWS has.

    Raises:
        Missing: if there is none of that name, or a setting of it is missing.
    """
    if name == LOCAL:
        raise Missing("Stage local is deployed by `make run`, on this machine.")
    try:
        return stage_from({"stage": name})
    except StageRefused as refused:
        raise Missing(str(refused)) from None


def _account(stage: Stage, client: Client) -> str:
    try:
        caller: Mapping[str, str] = client("sts", str(stage.region)).get_caller_identity()
    except (BotoCoreError, ClientError) as error:
        advice = "sign in, for example with `aws sso login`"
        raise Missing(f"AWS takes no credentials of this shell ({type(error).__name__}): {advice}.") from None
    return caller["Account"]


def _make_sure_of_bootstrap(region: str, account: str, client: Client) -> None:
    try:
        client("ssm", region).get_parameter(Name=BOOTSTRAPPED)
    except (BotoCoreError, ClientError):
        advice = f"run `npx aws-cdk bootstrap aws://{account}/{region}` once"
        raise Missing(f"{region} of account {account} is not bootstrapped for the CDK: {advice}.") from None


def main(task: str, stage: str = "") -> None:
    """Look at what a task needs; end with a sentence if something is missing."""
    try:
        if task == "deploy":
            deployed_stage(stage)
        check_layers(python_version)
        if task == "deploy":
            check_deploy(stage, shutil.which)
    except Missing as missing:
        sys.exit(str(missing))


if __name__ == "__main__":
    main(*sys.argv[1:])
