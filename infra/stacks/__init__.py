"""The stacks: data, the firewall, the shared API, one per area, so that none nears 500 resources, and the alarms."""

from pathlib import Path

import aws_cdk as cdk

from infra.catalogue import FUNCTIONS
from infra.layers import BUILT_LAYERS
from infra.stacks.alarms import AlarmStack
from infra.stacks.api import ApiStack
from infra.stacks.area import AreaStack, Foundation
from infra.stacks.data import DataStack
from infra.stacks.firewall import FirewallStack
from infra.stages import AREA_TAG, Stage


def add_stacks(app: cdk.App, stage: Stage, built_layers: Path = BUILT_LAYERS) -> None:
    """Add a stage's stacks to the app."""
    for key, value in stage.tags.items():
        cdk.Tags.of(app).add(key, value)
    env = cdk.Environment(account=stage.account, region=stage.region)
    data = DataStack(app, f"{stage.prefix}-data", stage=stage, env=env)
    firewall = FirewallStack(app, f"{stage.prefix}-firewall", stage=stage).arn if stage.has_distribution else None
    api = ApiStack(app, f"{stage.prefix}-api", stage=stage, env=env, firewall=firewall)
    foundation = Foundation(stage=stage, env=env, data=data, api=api, built_layers=built_layers)
    for area in sorted({function.area for function in FUNCTIONS}):
        stack = AreaStack(app, f"{stage.prefix}-{area}", area=area, foundation=foundation)
        if stage.tags:
            cdk.Tags.of(stack).add(AREA_TAG, area)
    AlarmStack(app, f"{stage.prefix}-alarms", env=env, api=api.api, alarms=data.alarms)
