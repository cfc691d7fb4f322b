"""Firebase Cloud Messaging (HTTP v1) through `firebase-admin`.

The SDK would wait two minutes and send again after a broken connection, which could push twice; both
are set here. Its address is part of the SDK and has no option, so it is set on the SDK's own service.
"""

import json
import warnings
from collections.abc import Mapping
from functools import cache

import firebase_admin  # type: ignore[import-untyped]
import requests
from firebase_admin import credentials, exceptions, messaging

from trading.notifications.ports import Gone
from trading.platform.errors import OutcomeUnknown, Refused, Unavailable
from trading.platform.ids import new_id
from trading.platform.secrets import secret_fields
from trading.platform.settings import settings

TIMEOUT_SECONDS = 8
NOT_NOW, LOST, NO = "Pushes cannot be sent at present.", "A push's answer got lost.", "A push was refused."


class Firebase:
    """Sends pushes with a service account's rights."""

    def __init__(self, account: Mapping[str, str], url: str) -> None:
        options = {"projectId": account["project_id"], "httpTimeout": TIMEOUT_SECONDS}
        self._app = firebase_admin.initialize_app(credentials.Certificate(dict(account)), options, name=new_id())
        service = messaging._get_messaging_service(self._app)
        service._fcm_url = f"{url}/v1/projects/{account['project_id']}/messages:send"
        for scheme in ("https://", "http://", "https://fcm.googleapis.com"):
            service._client.session.mount(scheme, requests.adapters.HTTPAdapter(max_retries=0))

    def push(self, token: str, title: str, body: str, *, data: Mapping[str, str], badge: int) -> str:
        """Send a push; return its id. Raises Gone, Unavailable (not sent for certain), Refused or OutcomeUnknown."""
        message = _message(token, title, body, data=data, badge=badge)
        try:
            return str(messaging.send(message, app=self._app))
        except (messaging.UnregisteredError, messaging.SenderIdMismatchError):
            raise Gone from None
        except (messaging.QuotaExceededError, exceptions.ResourceExhaustedError):
            raise Unavailable(NOT_NOW) from None
        except (exceptions.InternalError, exceptions.UnavailableError) as error:
            if getattr(error, "http_response", None) is not None:
                raise Unavailable(NOT_NOW) from None
            raise OutcomeUnknown(LOST) from None
        except (exceptions.InvalidArgumentError, exceptions.PermissionDeniedError, ValueError):
            raise Refused(NO) from None
        except exceptions.FirebaseError:
            raise OutcomeUnknown(LOST) from None


def _message(token: str, title: str, body: str, *, data: Mapping[str, str], badge: int) -> messaging.Message:
    with warnings.catch_warnings():
        # The SDK would rather be given installation ids; what apps hand in are registration tokens.
        warnings.simplefilter("ignore", DeprecationWarning)
        return messaging.Message(
            token=token,
            notification=messaging.Notification(title=title, body=body),
            data=dict(data),
            apns=messaging.APNSConfig(payload=messaging.APNSPayload(aps=messaging.Aps(badge=badge))),
            android=messaging.AndroidConfig(notification=messaging.AndroidNotification(notification_count=badge)),
        )


@cache
def firebase() -> Firebase:
    """Return the process's client of Firebase; its secret holds a service account."""
    account = json.loads(secret_fields(settings().firebase_secret)["service_account"])
    return Firebase(account, settings().firebase_url)
