"""The stage that a command is about, and AWS's clients for it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import boto3
import typer
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from infra.stages import Stage, StageRefused, stage_from
from tiller.secrets import NoSuchSecret, NotRetired

CONFIG = Config(connect_timeout=5, read_timeout=20, retries={"total_max_attempts": 3, "mode": "standard"})

StageName = Annotated[str, typer.Option("--stage", envvar="TILLER_STAGE", help="Whose file lies in stages/.")]


def named_stage(name: str) -> Stage:
    """Return a stage.

    Raises:
        typer.BadParameter: if it cannot be told from its file.
    """
    try:
        return stage_from({"stage": name})
    except StageRefused as refused:
        raise typer.BadParameter(str(refused)) from None


def aws(service: str, stage: Stage) -> Any:  # noqa: ANN401 - as boto3 has it
    """Return a client of AWS in a stage's region."""
    new: Callable[..., Any] = boto3.client  # one of any service: its types know each by its name alone
    return new(service, region_name=stage.region, config=CONFIG)


@contextmanager
def reporting() -> Iterator[None]:
    """Report what AWS refuses in a sentence, and end the command with exit code 1."""
    try:
        yield
    except (NoSuchSecret, NotRetired) as refused:
        _end(str(refused))
    except ClientError as error:
        _end(f"AWS refused {error.operation_name}: {error.response['Error']['Code']}")
    except BotoCoreError as error:
        _end(f"AWS cannot be asked: {type(error).__name__}")


def _end(sentence: str) -> None:
    typer.echo(sentence, err=True)
    raise typer.Exit(1)
