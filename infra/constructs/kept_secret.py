"""Secrets whose values are nobody's but those who put them in."""

import aws_cdk as cdk
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from infra.catalogue.secrets import Secret


class KeptSecret(Construct):
    """A secret without a value: no deployment fills it, overwrites it, or takes it away."""

    def __init__(self, scope: Construct, construct_id: str, *, secret: Secret, prefix: str) -> None:
        super().__init__(scope, construct_id)
        # The construct above this one generates a value, again whenever what it is told to generate changes.
        made = secretsmanager.CfnSecret(
            self, "Secret", name=f"{prefix}-{secret.name}", description=f"{secret.about}; filled by hand"
        )
        made.apply_removal_policy(cdk.RemovalPolicy.RETAIN)
        self.arn = made.ref
