"""The API in the templates."""

import json
import subprocess
from pathlib import Path

import pytest

from infra.catalogue import routes
from infra.node import NODE
from infra.stacks.api import CUT_TRAILING_SLASH
from infra.stages import FIREWALL_REGION, STAGES
from tests.infra.templates import FILLED_IN, Templates, cdk, new_app, synthesized
from trading.platform.origin import FIELD, HEADER


def test_every_route_of_the_catalogue_exists_once(every_stage: Templates) -> None:
    keys = [resource["RouteKey"] for resource in every_stage.properties("AWS::ApiGatewayV2::Route")]

    assert sorted(keys) == sorted(f"{route.method} {route.path}" for _, route in routes())


def test_every_route_that_is_not_public_asks_for_a_token(every_stage: Templates) -> None:
    public = {f"{route.method} {route.path}" for _, route in routes() if route.public}
    for route in every_stage.properties("AWS::ApiGatewayV2::Route"):
        if route["RouteKey"] in public:
            assert route["AuthorizationType"] == "NONE"
        else:
            assert route["AuthorizationType"] == "JWT"
            assert every_stage.meant(route["AuthorizerId"])["AuthorizerType"] == "JWT"


def test_only_the_documentation_and_signed_webhooks_are_public() -> None:
    public = {"/openapi.json", "/docs", "/webhooks/plaid", "/webhooks/stripe"}

    assert {route.path for _, route in routes() if route.public} == public


def test_deployed_tokens_are_those_of_the_stages_own_firebase_project(deployed: Templates) -> None:
    (authorizer,) = deployed.properties("AWS::ApiGatewayV2::Authorizer")
    project = f"tiller-{deployed.stage}"

    assert authorizer["JwtConfiguration"] == {
        "Audience": [project],
        "Issuer": f"https://securetoken.google.com/{project}",
    }


def test_local_tokens_come_from_the_sandbox(local: Templates) -> None:
    (authorizer,) = local.properties("AWS::ApiGatewayV2::Authorizer")

    assert authorizer["JwtConfiguration"]["Issuer"] == "http://127.0.0.1:8080/sandbox/oidc"


def test_requests_are_throttled_and_logged_without_paths_or_claims(every_stage: Templates) -> None:
    (stage,) = every_stage.properties("AWS::ApiGatewayV2::Stage")
    logged = json.loads(stage["AccessLogSettings"]["Format"])

    assert stage["DefaultRouteSettings"]["ThrottlingRateLimit"] > 0
    assert stage["DefaultRouteSettings"]["ThrottlingBurstLimit"] > 0
    assert not any("path" in field or "claims" in field for field in logged.values())


def test_each_address_has_a_limit_that_lies_far_below_what_all_share(deployed: Templates) -> None:
    (firewall,) = deployed.properties("AWS::WAFv2::WebACL")
    (rule,) = firewall["Rules"]
    by_address = rule["Statement"]["RateBasedStatement"]
    (stage,) = deployed.properties("AWS::ApiGatewayV2::Stage")
    shared = stage["DefaultRouteSettings"]["ThrottlingRateLimit"]

    assert (firewall["Scope"], by_address["AggregateKeyType"]) == ("CLOUDFRONT", "IP")
    assert rule["Action"]["Block"]["CustomResponse"]["ResponseCode"] == 429
    assert by_address["Limit"] / by_address["EvaluationWindowSec"] < shared / 1000
    assert by_address["Limit"] < stage["DefaultRouteSettings"]["ThrottlingBurstLimit"]
    (distribution,) = deployed.properties("AWS::CloudFront::Distribution")
    assert deployed.meant(distribution["DistributionConfig"]["WebACLId"]) == firewall


def test_what_comes_past_the_distribution_is_told_from_what_comes_through_it(deployed: Templates) -> None:
    (distribution,) = deployed.properties("AWS::CloudFront::Distribution")
    (origin,) = distribution["DistributionConfig"]["Origins"]
    secret = f"tiller-{deployed.stage}-origin"

    assert origin["OriginCustomHeaders"] == [
        {
            "HeaderName": HEADER,
            "HeaderValue": f"{{{{resolve:secretsmanager:{secret}:SecretString:{FIELD}::}}}}",
        }
    ]
    for row, _ in routes():
        assert deployed.function(row)["Environment"]["Variables"]["ORIGIN_SECRET"] == secret


def test_the_firewall_lies_where_cloudfront_has_them_though_the_stage_lies_elsewhere(tmp_path: Path) -> None:
    text = (FILLED_IN / "dev.toml").read_text().replace("us-east-1", "eu-west-1")
    (tmp_path / "dev.toml").write_text(text)
    app = new_app("dev", tmp_path / "out", stages=tmp_path)

    regions = {stack.stack_name: stack.region for stack in app.node.children if isinstance(stack, cdk.Stack)}

    assert {name for name, region in regions.items() if region == FIREWALL_REGION} == {"tiller-dev-firewall"}
    assert {region for name, region in regions.items() if name != "tiller-dev-firewall"} == {"eu-west-1"}
    assert app.synth()


def test_with_a_domain_the_apis_own_endpoint_is_closed(tmp_path: Path) -> None:
    example = synthesized(new_app("example", tmp_path / "out", stages=STAGES), "example")
    (api,) = example.properties("AWS::ApiGatewayV2::Api")
    (distribution,) = example.properties("AWS::CloudFront::Distribution")

    assert api["DisableExecuteApiEndpoint"] is True
    assert distribution["DistributionConfig"]["Aliases"] == ["api.example.com"]
    assert [mapping["DomainName"] for mapping in example.properties("AWS::ApiGatewayV2::ApiMapping")]
    (webhook,) = {
        row["Environment"]["Variables"]["PLAID_WEBHOOK_URL"]
        for row in example.properties("AWS::Lambda::Function")
        if "PLAID_WEBHOOK_URL" in row["Environment"]["Variables"]
    }
    assert webhook == "https://api.example.com/webhooks/plaid"


def test_signed_webhooks_are_counted_by_no_address(deployed: Templates) -> None:
    (firewall,) = deployed.properties("AWS::WAFv2::WebACL")
    counted = firewall["Rules"][0]["Statement"]["RateBasedStatement"]["ScopeDownStatement"]
    spared = counted["NotStatement"]["Statement"]["ByteMatchStatement"]

    assert (spared["PositionalConstraint"], spared["SearchString"]) == ("STARTS_WITH", "/webhooks/")
    assert {route.path for _, route in routes() if route.path.startswith("/webhooks/")} == {
        "/webhooks/plaid",
        "/webhooks/stripe",
    }


def test_the_distribution_cuts_slashes_caches_nothing_and_speaks_https(deployed: Templates) -> None:
    (distribution,) = deployed.properties("AWS::CloudFront::Distribution")
    behaviour = distribution["DistributionConfig"]["DefaultCacheBehavior"]
    (association,) = behaviour["FunctionAssociations"]
    caching_disabled = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"

    assert deployed.meant(association["FunctionARN"])["FunctionCode"] == CUT_TRAILING_SLASH
    assert association["EventType"] == "viewer-request"
    assert behaviour["CachePolicyId"] == caching_disabled
    assert behaviour["ViewerProtocolPolicy"] == "https-only"
    assert "DELETE" in behaviour["AllowedMethods"]


@pytest.mark.parametrize(
    ("asked", "passed_on"),
    [("/api/portfolios/", "/api/portfolios"), ("/api/portfolios", "/api/portfolios"), ("/", "/"), ("/a//", "/a/")],
)
def test_one_trailing_slash_is_cut(asked: str, passed_on: str) -> None:
    event = json.dumps({"request": {"uri": asked}})

    script = f"{CUT_TRAILING_SLASH}\nconsole.log(handler({event}).uri)"
    answer = subprocess.run([NODE, "-e", script], capture_output=True, text=True, check=True)  # noqa: S603 - our own code

    assert answer.stdout.strip() == passed_on
