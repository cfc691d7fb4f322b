"""CDK entry. `python app.py` synthesizes; `CDK_CONTEXT_JSON` or the CLI's `-c stage=dev` picks the stage."""

import json
import os
import sys
from pathlib import Path

import infra.node  # noqa: F401 - tells jsii its Node, so it comes first

# isort: split
import aws_cdk as cdk

from infra.layers import BUILT_LAYERS, stand_ins
from infra.stacks import add_stacks
from infra.stages import StageRefused, stage_from

settings = json.loads(Path(__file__).with_name("cdk.json").read_text())
app = cdk.App(context=settings["context"], outdir=os.environ.get("CDK_OUTDIR", "cdk.out"))
try:
    stage = stage_from(app.node.get_all_context())
    templates_only = os.environ.get("TEMPLATES_ONLY") and stage.built and not BUILT_LAYERS.is_dir()
    add_stacks(app, stage, stand_ins() if templates_only else BUILT_LAYERS)
except (StageRefused, FileNotFoundError) as error:
    sys.exit(str(error))
if templates_only:
    sys.stderr.write("The layers are not built: templates are whole, but only `make layers` makes them deployable.\n")
app.synth()
