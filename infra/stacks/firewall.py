"""The firewall before the distribution, in a stack of its own: it lies where CloudFront's firewalls do."""

import aws_cdk as cdk
from aws_cdk import aws_wafv2 as wafv2
from constructs import Construct

from infra.stages import FIREWALL_REGION, Stage

REQUESTS_OF_AN_ADDRESS = 2_000
ADDRESS_WINDOW_SECONDS = 300
SIGNED = "/webhooks/"
"""Partners send from few addresses and sign what they send, so these are not counted by address."""


class FirewallStack(cdk.Stack):
    """Holds each address to a limit of its own; AWS has the firewalls of CloudFront in us-east-1 alone."""

    def __init__(self, scope: Construct, construct_id: str, *, stage: Stage) -> None:
        super().__init__(
            scope,
            construct_id,
            env=cdk.Environment(account=stage.account, region=FIREWALL_REGION),
            cross_region_references=True,
            termination_protection=stage.protected,
        )
        self.arn = self._firewall().attr_arn

    def _firewall(self) -> wafv2.CfnWebACL:
        return wafv2.CfnWebACL(
            self,
            "Firewall",
            scope="CLOUDFRONT",
            default_action=wafv2.CfnWebACL.DefaultActionProperty(allow={}),
            visibility_config=_measured("Firewall"),
            rules=[
                wafv2.CfnWebACL.RuleProperty(
                    name="PerAddress",
                    priority=0,
                    action=wafv2.CfnWebACL.RuleActionProperty(block=_TOO_MANY),
                    visibility_config=_measured("PerAddress"),
                    statement=wafv2.CfnWebACL.StatementProperty(rate_based_statement=_per_address()),
                )
            ],
        )


_TOO_MANY = wafv2.CfnWebACL.BlockActionProperty(
    custom_response=wafv2.CfnWebACL.CustomResponseProperty(response_code=429)
)


def _per_address() -> wafv2.CfnWebACL.RateBasedStatementProperty:
    signed = wafv2.CfnWebACL.ByteMatchStatementProperty(
        field_to_match=wafv2.CfnWebACL.FieldToMatchProperty(uri_path={}),
        positional_constraint="STARTS_WITH",
        search_string=SIGNED,
        text_transformations=[wafv2.CfnWebACL.TextTransformationProperty(priority=0, type="NONE")],
    )
    is_signed = wafv2.CfnWebACL.StatementProperty(byte_match_statement=signed)
    return wafv2.CfnWebACL.RateBasedStatementProperty(
        aggregate_key_type="IP",
        limit=REQUESTS_OF_AN_ADDRESS,
        evaluation_window_sec=ADDRESS_WINDOW_SECONDS,
        scope_down_statement=wafv2.CfnWebACL.StatementProperty(
            not_statement=wafv2.CfnWebACL.NotStatementProperty(statement=is_signed)
        ),
    )


def _measured(name: str) -> wafv2.CfnWebACL.VisibilityConfigProperty:
    return wafv2.CfnWebACL.VisibilityConfigProperty(
        cloud_watch_metrics_enabled=True, metric_name=name, sampled_requests_enabled=False
    )
