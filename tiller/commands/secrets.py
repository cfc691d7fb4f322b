"""`tiller secrets`: put in what partners gave us, field by field, and say what is missing. No value is ever shown."""

from typing import Annotated

import typer
from rich.console import Console

from infra.catalogue.secrets import SECRETS, Secret, SecretField
from tiller.secrets import StageSecrets, new_value
from tiller.stages import StageName, aws, named_stage, reporting

INCOMPLETE = 3
"""The exit code that says that something is missing."""

app = typer.Typer(no_args_is_help=True, help="The secrets of a stage, field by field.")
out = Console(highlight=False, soft_wrap=True)

Field = Annotated[str, typer.Argument(help="Secret and field, such as stripe.webhook_secret.")]


@app.command(epilog="Example: tiller secrets check --stage dev")
def check(stage: StageName) -> None:
    """Say which fields have no value; exit code 3 if there is one."""
    with reporting():
        missing = _of(stage).missing()
    for secret, field in missing:
        out.print(f"missing  {secret.name}.{field.name}: {field.about}")
    if missing:
        raise typer.Exit(INCOMPLETE)
    out.print("All fields of all secrets are filled.")


@app.command(epilog="Example: tiller secrets fill --stage dev")
def fill(
    stage: StageName,
    ours: Annotated[bool, typer.Option("--ours", help="Make what is random, and ask for nothing.")] = False,
) -> None:
    """Make what is random, then ask for each field that has no value. An empty answer leaves a field for later."""
    store = _of(stage)
    with reporting():
        for name in store.make_ours():
            out.print(f"made     {name}")
        for secret, field in [] if ours else store.missing():
            value = _asked(f"{secret.name}.{field.name} ({field.about})", field.default or "")
            if value:
                store.put(secret, {field.name: value})
                out.print(f"filled   {secret.name}.{field.name}")


@app.command(epilog="Example: tiller secrets rotate stripe.webhook_secret --stage prod")
def rotate(name: Field, stage: StageName) -> None:
    """Put a field's next value in; where we check it ourselves, the value before is taken, too, until it is retired."""
    secret, field = _field(name)
    value = new_value() if field.ours else _asked(f"next {name} ({field.about})")
    if not value:
        raise typer.BadParameter("an empty value is none")
    with reporting():
        _of(stage).rotate(secret, field, value)
    rest = f"; the one before is taken until `tiller secrets retire {name}`" if field.overlaps else ""
    out.print(f"rotated  {name}; functions read it within five minutes{rest}")


@app.command(epilog="Example: tiller secrets retire stripe.webhook_secret --stage prod")
def retire(name: Field, stage: StageName) -> None:
    """Have a rotated field's value before be taken no more."""
    secret, field = _field(name)
    if field.sent_by and not typer.confirm(f"Does {field.sent_by} send the next value? Else nobody is answered"):
        raise typer.Exit(1)
    with reporting():
        retired = _of(stage).retire(secret, field)
    out.print(f"retired  {name}" if retired else f"{name} has no value before")


def _asked(about: str, default: str = "") -> str:
    value: str = typer.prompt(about, default=default, show_default=bool(default), hide_input=not default)
    return value.strip()


def _of(stage: str) -> StageSecrets:
    found = named_stage(stage)
    return StageSecrets(aws("secretsmanager", found), found.prefix)


def _field(name: str) -> tuple[Secret, SecretField]:
    for secret in SECRETS:
        for field in secret.fields:
            if name == f"{secret.name}.{field.name}":
                return secret, field
    known = ", ".join(f"{secret.name}.{field.name}" for secret in SECRETS for field in secret.fields)
    raise typer.BadParameter(f"there is no {name}; there are {known}")
