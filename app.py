"""CDK entry. `python app.py` synthesizes; `CDK_CONTEXT_JSON` or the CLI's `-c stage=dev` picks the stage."""

import json
import os
from pathlib import Path

import infra.node  # noqa: F401 - tells jsii its Node, so it comes first

# isort: split
import aws_cdk as cdk

from infra.stacks import add_stacks
from infra.stages import stage_from

settings = json.loads(Path(__file__).with_name("cdk.json").read_text())
app = cdk.App(context=settings["context"], outdir=os.environ.get("CDK_OUTDIR", "cdk.out"))
add_stacks(app, stage_from(app.node.get_all_context()))
app.synth()
