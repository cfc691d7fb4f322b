"""The stacks: data, the shared API, one per area, so that none nears 500 resources, and the alarms."""

from pathlib import Path

import aws_cdk as cdk

from infra.catalogue import FUNCTIONS
from infra.layers import BUILT_LAYERS
from infra.stacks.alarms import AlarmStack
from infra.stacks.api import ApiStack
from infra.stacks.area import AreaStack, Foundation
from infra.stacks.data import DataStack
from infra.stages import Stage


def add_stacks(app: cdk.App, stage: Stage, built_layers: Path = BUILT_LAYERS) -> None:
    """Add a stage's stacks to the app."""
    data = DataStack(app, f"{stage.prefix}-data", stage=stage)
    api = ApiStack(app, f"{stage.prefix}-api", stage=stage)
    foundation = Foundation(stage=stage, data=data, api=api, built_layers=built_layers)
    for area in sorted({function.area for function in FUNCTIONS}):
        AreaStack(app, f"{stage.prefix}-{area}", area=area, foundation=foundation)
    AlarmStack(app, f"{stage.prefix}-alarms", api=api.api, alarms=data.alarms)
