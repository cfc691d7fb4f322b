"""POST /api/withdrawals: not built yet."""

from aws_lambda_powertools.event_handler import Response

from trading.platform.http import http_api

app = http_api()


@app.post("/api/withdrawals")
def answer() -> Response[str]:
    """Say that this is not built yet."""
    return Response(status_code=501, content_type="application/json", body="null")


lambda_handler = app.lambda_handler
