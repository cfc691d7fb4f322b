"""The shared HTTP API with its authorizer, and the distribution in front of it."""

import json

import aws_cdk as cdk
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.constructs.base_function import LOGS_KEPT
from infra.stages import Domain, Stage
from trading.platform.origin import FIELD, HEADER

REQUESTS_PER_SECOND = 10_000
BURST = 5_000
"""What an account has as a whole: the stage's bucket is everybody's, so no address may be able to drain it."""

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

    def __init__(
        self, scope: Construct, construct_id: str, *, stage: Stage, env: cdk.Environment, firewall: str | None
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            env=env,
            termination_protection=stage.protected,
            cross_region_references=firewall is not None,
        )
        self._stage = stage
        self.api = apigateway.HttpApi(
            self,
            "Api",
            api_name=stage.prefix,
            create_default_stage=False,
            disable_execute_api_endpoint=stage.domain is not None,
        )
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
        if stage.domain is None:
            cdk.CfnOutput(self, "ApiEndpoint", value=self.api.api_endpoint)
        self.url = self.api.api_endpoint if firewall is None else self._add_distribution(firewall)

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

    def _add_distribution(self, firewall: str) -> str:
        """Add the distribution that alone is answered; return where it answers."""
        cut = cloudfront.Function(
            self, "CutTrailingSlash", code=cloudfront.FunctionCode.from_inline(CUT_TRAILING_SLASH)
        )
        on_request = cloudfront.FunctionAssociation(
            function=cut, event_type=cloudfront.FunctionEventType.VIEWER_REQUEST
        )
        domain = self._stage.domain
        distribution = cloudfront.Distribution(
            self,
            "Distribution",
            web_acl_id=firewall,
            domain_names=[domain.name] if domain else None,
            certificate=_certificate(self, "DomainCertificate", domain.certificate_arn) if domain else None,
            minimum_protocol_version=cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021,
            default_behavior=cloudfront.BehaviorOptions(
                origin=self._origin(domain),
                allowed_methods=cloudfront.AllowedMethods.ALLOW_ALL,
                cache_policy=cloudfront.CachePolicy.CACHING_DISABLED,
                origin_request_policy=_PASSED_ON[domain is not None],
                viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.HTTPS_ONLY,
                function_associations=[on_request],
            ),
        )
        url = f"https://{domain.name if domain else distribution.distribution_domain_name}"
        cdk.CfnOutput(self, "Url", value=url)
        cdk.CfnOutput(self, "DistributionDomain", value=distribution.distribution_domain_name)
        return url

    def _origin(self, domain: Domain | None) -> origins.HttpOrigin:
        """Return where the distribution asks, with the word that says that it is the distribution that asks."""
        name = self._own_name(domain) if domain else f"{self.api.api_id}.execute-api.{self.region}.{self.url_suffix}"
        word = cdk.SecretValue.secrets_manager(f"{self._stage.prefix}-origin", json_field=FIELD)
        return origins.HttpOrigin(name, custom_headers={HEADER: word.unsafe_unwrap()})

    def _own_name(self, domain: Domain) -> str:
        """Have the API answer under its domain, which its viewers' requests carry to it; its own endpoint is closed."""
        named = apigateway.DomainName(
            self,
            "Domain",
            domain_name=domain.name,
            certificate=_certificate(self, "RegionalCertificate", domain.regional_certificate_arn),
        )
        mapping = apigateway.CfnApiMapping(
            self, "DomainMapping", api_id=self.api.api_id, domain_name=named.name, stage="$default"
        )
        mapping.node.add_dependency(self.node.find_child("Stage"))
        return named.regional_domain_name


_PASSED_ON = {
    False: cloudfront.OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
    True: cloudfront.OriginRequestPolicy.ALL_VIEWER,
}
"""What of a request the API gets, by whether it has a domain: then it goes by the host that was asked."""


def _certificate(scope: Construct, construct_id: str, arn: str) -> acm.ICertificate:
    return acm.Certificate.from_certificate_arn(scope, construct_id, arn)
