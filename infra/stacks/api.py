"""The shared HTTP API with its authorizer, and the distribution in front of it."""

import json

import aws_cdk as cdk
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_logs as logs
from aws_cdk import aws_wafv2 as wafv2
from constructs import Construct

from infra.constructs.base_function import LOGS_KEPT
from infra.stages import Stage

REQUESTS_PER_SECOND = 10_000
BURST = 5_000
"""What an account has as a whole: the stage's bucket is everybody's, so no address may be able to drain it."""

REQUESTS_OF_AN_ADDRESS = 2_000
ADDRESS_WINDOW_SECONDS = 300
SIGNED = "/webhooks/"
"""Partners send from few addresses and sign what they send, so these are not counted by address."""

ACCESS_LOG_FIELDS = {
    "request_id": "$context.requestId",
    "time": "$context.requestTime",
    "route": "$context.routeKey",
    "status": "$context.status",
    "latency_ms": "$context.responseLatency",
    "integration_status": "$context.integrationStatus",
    "authorizer_error": "$context.authorizer.error",
}
"""What is logged of a request: neither path, which holds ids, nor address nor claims."""

CUT_TRAILING_SLASH = """\
function handler(event) {
  var request = event.request;
  if (request.uri.length > 1 && request.uri.endsWith('/')) {
    request.uri = request.uri.slice(0, -1);
  }
  return request;
}
"""
"""API Gateway cannot route a path both with and without a trailing slash, so one is cut here."""


class ApiStack(cdk.Stack):
    """The API that area stacks add their routes to; without a valid token nothing but public routes answers."""

    def __init__(self, scope: Construct, construct_id: str, *, stage: Stage) -> None:
        super().__init__(scope, construct_id, termination_protection=stage.protected)
        self.api = apigateway.HttpApi(self, "Api", api_name=stage.prefix, create_default_stage=False)
        self._add_stage()
        authorizer = apigateway.HttpAuthorizer(
            self,
            "Authorizer",
            http_api=self.api,
            type=apigateway.HttpAuthorizerType.JWT,
            identity_source=["$request.header.Authorization"],
            jwt_issuer=stage.issuer,
            jwt_audience=[stage.audience],
        )
        self.authorizer = apigateway.HttpAuthorizer.from_http_authorizer_attributes(
            self, "RouteAuthorizer", authorizer_id=authorizer.authorizer_id, authorizer_type="JWT"
        )
        cdk.CfnOutput(self, "ApiId", value=self.api.api_id)
        cdk.CfnOutput(self, "ApiEndpoint", value=self.api.api_endpoint)
        if stage.has_distribution:
            self._add_distribution()

    def _add_stage(self) -> None:
        access_log = logs.LogGroup(self, "AccessLog", retention=LOGS_KEPT, removal_policy=cdk.RemovalPolicy.DESTROY)
        stage = apigateway.CfnStage(
            self,
            "Stage",
            api_id=self.api.api_id,
            stage_name="$default",
            auto_deploy=True,
            access_log_settings=apigateway.CfnStage.AccessLogSettingsProperty(
                destination_arn=access_log.log_group_arn, format=json.dumps(ACCESS_LOG_FIELDS)
            ),
            default_route_settings=apigateway.CfnStage.RouteSettingsProperty(
                throttling_rate_limit=REQUESTS_PER_SECOND, throttling_burst_limit=BURST
            ),
        )
        stage.node.add_dependency(access_log)

    def _add_distribution(self) -> None:
        cut = cloudfront.Function(
            self, "CutTrailingSlash", code=cloudfront.FunctionCode.from_inline(CUT_TRAILING_SLASH)
        )
        on_request = cloudfront.FunctionAssociation(
            function=cut, event_type=cloudfront.FunctionEventType.VIEWER_REQUEST
        )
        domain = f"{self.api.api_id}.execute-api.{self.region}.{self.url_suffix}"
        distribution = cloudfront.Distribution(
            self,
            "Distribution",
            web_acl_id=self._firewall().attr_arn,
            default_behavior=cloudfront.BehaviorOptions(
                origin=origins.HttpOrigin(domain),
                allowed_methods=cloudfront.AllowedMethods.ALLOW_ALL,
                cache_policy=cloudfront.CachePolicy.CACHING_DISABLED,
                origin_request_policy=cloudfront.OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
                viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.HTTPS_ONLY,
                function_associations=[on_request],
            ),
        )
        cdk.CfnOutput(self, "Url", value=f"https://{distribution.distribution_domain_name}")

    def _firewall(self) -> wafv2.CfnWebACL:
        """Add what holds each address to its own limit. AWS has firewalls of CloudFront in us-east-1 alone."""
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
