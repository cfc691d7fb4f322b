"""POST /api/notifications/read: mark some notifications read, or all."""

from aws_lambda_powertools.event_handler import Response

from trading.notifications.replies import ReadBody
from trading.notifications.wiring import notification_service
from trading.platform.http import Caller, http_api

app = http_api()


@app.post("/api/notifications/read", status_code=204)
def mark_notifications_read(request: ReadBody, caller: Caller) -> Response[None]:
    """Mark notifications read; a second time, and other people's ids, change nothing."""
    service = notification_service()
    if request.ids is not None:
        service.mark_read(caller, tuple(dict.fromkeys(request.ids)))
    else:
        service.mark_all_read(caller)
    return Response(status_code=204)


lambda_handler = app.lambda_handler
