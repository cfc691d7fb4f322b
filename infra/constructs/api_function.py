"""Functions behind routes."""

from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_apigatewayv2_integrations as integrations
from constructs import Construct

from infra.catalogue import Function, Route
from infra.constructs.base_function import BaseFunction, Surroundings


class ApiFunction(BaseFunction):
    """A function behind a route of the shared API; but for public routes, a valid token comes first."""

    def __init__(
        self, scope: Construct, construct_id: str, *, row: Function, route: Route, around: Surroundings
    ) -> None:
        super().__init__(scope, construct_id, row=row, around=around)
        self.route = apigateway.HttpRoute(
            self,
            "Route",
            http_api=around.api,
            route_key=apigateway.HttpRouteKey.with_(route.path, apigateway.HttpMethod[route.method]),
            integration=integrations.HttpLambdaIntegration("Integration", self.function),
            authorizer=apigateway.HttpNoneAuthorizer() if route.public else around.authorizer,
        )
