"""Builds the broker's client; connections and session are kept by the process."""

from collections.abc import Mapping
from functools import cache

from trading.partners.drivewealth.client import DriveWealth
from trading.partners.drivewealth.connection import Connection, Login
from trading.partners.drivewealth.managed import ManagedDriveWealth
from trading.partners.drivewealth.session import Sessions
from trading.partners.drivewealth.store import DynamoSessions
from trading.partners.drivewealth.transport import Transport
from trading.partners.limits import DRIVEWEALTH_QUICK
from trading.platform.clock import SystemClock
from trading.platform.secrets import PartnerKeys, is_key, is_number, is_text
from trading.platform.settings import settings

QUICK_MIN_SECONDS = 0.5
KEYS = {
    "username": is_text,
    "password": is_text,
    "app_key": is_key,
    "app_type_id": is_number,
    "wlp_id": is_text,
    "parent_ib_id": is_text,
    "ria_user_id": is_text,
    "ria_product_id": is_text,
}


@cache
def drivewealth() -> DriveWealth:
    """Return the process's client of the broker that the environment names."""
    return _client(Transport(settings().drivewealth_url))


@cache
def quick_drivewealth() -> DriveWealth:
    """Return the same client, but one that waits for no longer than a person does."""
    return _client(Transport(settings().drivewealth_url, limit=DRIVEWEALTH_QUICK, min_seconds=QUICK_MIN_SECONDS))


def managed_drivewealth() -> ManagedDriveWealth:
    """Return the same client's managed side."""
    return ManagedDriveWealth(drivewealth().connection)


def _client(transport: Transport) -> DriveWealth:
    # A token's end is a moment of the real world, also where business time is not.
    sessions = Sessions(DynamoSessions(), Login(transport, _credentials, SystemClock()))
    return DriveWealth(Connection(transport, sessions, _credentials))


def _credentials() -> Mapping[str, str]:
    return PartnerKeys("drivewealth", settings().drivewealth_secret, KEYS)()
