"""The shared HTTP API with its authorizer, and the distribution that stands in front of it."""

import json

import aws_cdk as cdk
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.constructs.base_function import LOGS_KEPT
from infra.stages import Stage

REQUESTS_PER_SECOND = 200
BURST = 400

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
