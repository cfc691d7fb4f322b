"""DELETE /api/devices/{device_id}: forget a device of the caller's: it gets no more pushes."""

from aws_lambda_powertools.event_handler import Response

from trading.notifications.replies import device_id_in
from trading.notifications.wiring import notification_store
from trading.platform.http import Caller, http_api

app = http_api()


@app.delete("/api/devices/<device_id>", status_code=204)
def delete_device(device_id: str, caller: Caller) -> Response[None]:
    """Forget a device; one that is not there is fine."""
    notification_store().delete_device(caller, device_id_in(device_id))
    return Response(status_code=204)


lambda_handler = app.lambda_handler
