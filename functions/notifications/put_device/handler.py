"""PUT /api/devices/{device_id}: register a device for pushes, or give it a new token."""

from aws_lambda_powertools.event_handler import Response

from trading.notifications.models import Device
from trading.notifications.replies import DeviceBody, device_id_in
from trading.notifications.wiring import notification_store
from trading.platform.clock import current_clock
from trading.platform.http import Caller, http_api

app = http_api()


@app.put("/api/devices/<device_id>", status_code=204)
def put_device(device_id: str, request: DeviceBody, caller: Caller) -> Response[None]:
    """Register a device; a token that somebody else had is the caller's from now on."""
    now = current_clock().now()
    notification_store().save_device(Device(caller, device_id_in(device_id), request.fcm_token, request.platform, now))
    return Response(status_code=204)


lambda_handler = app.lambda_handler
