"""The command line's commands, gathered."""

import typer

from tiller.commands import secrets

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Run Tiller: look, and put right.")
app.add_typer(secrets.app, name="secrets")


@app.callback()
def tiller() -> None:
    """Run Tiller: look, and put right."""
