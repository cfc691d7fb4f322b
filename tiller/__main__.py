"""`python -m tiller`: the command line."""

from tiller.app import app

app(prog_name="tiller")
