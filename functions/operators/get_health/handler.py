"""GET /api/operator/health: jobs and their last runs, what waits, and whatever should not be as it is."""

from trading.operators.health_replies import HealthReply
from trading.operators.read_wiring import health_service
from trading.platform.http import OperatorCaller, http_api

app = http_api()


@app.get("/api/operator/health")
def get_health(operator: OperatorCaller) -> HealthReply:
    """Show how jobs, the outbox, sessions, signals and positions do."""
    del operator
    return HealthReply.of(health_service().check())


lambda_handler = app.lambda_handler
