"""GET /openapi.json: the API's description, generated from the handlers."""

from pathlib import Path

from aws_lambda_powertools.event_handler import Response

from trading.platform.http import http_api

app = http_api()

DESCRIPTION = Path(__file__).with_name("openapi.json")


@app.get("/openapi.json")
def get_openapi() -> Response[str]:
    """Return the API's description."""
    return Response(status_code=200, content_type="application/openapi+json", body=DESCRIPTION.read_text())


lambda_handler = app.lambda_handler
