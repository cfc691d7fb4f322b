"""Plaid: people's sign-ins at banks, the accounts behind them, and their balances.

The SDK's own defaults would wait for an answer for ever and try again behind our back; both are set
here. Every call is a POST. One that may do something is made once; one that only reads is tried
again where that fits in its time, so that no function waits longer than it lives.
"""

import json
import random
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any, TypeVar

import urllib3
from plaid import ApiClient, ApiException, Configuration
from plaid.api.plaid_api import PlaidApi
from plaid.model.account_subtypes import AccountSubtypes  # noqa: F401 - the SDK's own check of filters needs it
from plaid.model.accounts_balance_get_request import AccountsBalanceGetRequest
from plaid.model.accounts_balance_get_request_options import AccountsBalanceGetRequestOptions
from plaid.model.accounts_get_request import AccountsGetRequest
from plaid.model.country_code import CountryCode
from plaid.model.depository_account_subtype import DepositoryAccountSubtype
from plaid.model.depository_account_subtypes import DepositoryAccountSubtypes
from plaid.model.depository_filter import DepositoryFilter
from plaid.model.institutions_get_by_id_request import InstitutionsGetByIdRequest
from plaid.model.item_get_request import ItemGetRequest
from plaid.model.item_public_token_exchange_request import ItemPublicTokenExchangeRequest
from plaid.model.item_remove_request import ItemRemoveRequest
from plaid.model.link_token_account_filters import LinkTokenAccountFilters
from plaid.model.link_token_create_request import LinkTokenCreateRequest
from plaid.model.link_token_create_request_user import LinkTokenCreateRequestUser
from plaid.model.processor_token_create_request import ProcessorTokenCreateRequest
from plaid.model.products import Products
from plaid.model.webhook_verification_key_get_request import WebhookVerificationKeyGetRequest

from trading.brokerage.banks import (
    ACCOUNT_GONE,
    ITEM_GONE,
    LINK_REFUSED,
    LOGIN_REQUIRED,
    Institution,
    LinkedAccount,
    LinkToken,
)
from trading.partners.limits import PLAID
from trading.partners.plaid import reading
from trading.platform.clock import rfc3339
from trading.platform.deadline import monotonic, pause, require_seconds, seconds_left
from trading.platform.errors import OutcomeUnknown, Refused, Unavailable
from trading.platform.secrets import PartnerKeys, is_key
from trading.platform.settings import settings

CONNECT_SECONDS, READ_SECONDS = PLAID.connect_seconds, PLAID.read_seconds
LIVE_SECONDS, PROCESSOR_SECONDS, LOOKUP_SECONDS = PLAID.total_seconds, 7, 4
"""How long reads may take, all tries together: a balance is asked of the bank itself, a look-up only of Plaid."""

READ_ATTEMPTS, PAUSE_SECONDS, MIN_SECONDS = PLAID.attempts, 0.5, 1
CLIENT_NAME = "Tiller"
PROCESSOR = "drivewealth"

CODES: Mapping[str, str] = {
    "ITEM_LOGIN_REQUIRED": LOGIN_REQUIRED,
    "ITEM_LOCKED": LOGIN_REQUIRED,
    "USER_PERMISSION_REVOKED": ITEM_GONE,
    "ITEM_NOT_FOUND": ITEM_GONE,
    "INVALID_ACCESS_TOKEN": ITEM_GONE,
    "ACCESS_NOT_GRANTED": LOGIN_REQUIRED,
    "INVALID_ACCOUNT_ID": ACCOUNT_GONE,
    "NO_ACCOUNTS": ACCOUNT_GONE,
}
"""What Plaid's error codes mean to us; the rest of its refusals are `LINK_REFUSED`."""

LATER = frozenset(
    {"INSTITUTION_NOT_RESPONDING", "INSTITUTION_DOWN", "INSTITUTION_NOT_AVAILABLE", "RATE_LIMIT", "PRODUCT_NOT_READY"}
)
"""Error codes after which the same call may succeed later: nothing happened."""

OUR_KEYS = frozenset({"INVALID_API_KEYS", "UNAUTHORIZED_ENVIRONMENT"})
"""Error codes that are about us and no person's bank: the same call succeeds once our keys are right."""

REMOVED = frozenset({"ITEM_NOT_FOUND", "INVALID_ACCESS_TOKEN", "USER_PERMISSION_REVOKED"})
_TOO_MANY, _SERVER_ERROR, _REFUSED = 429, 500, 400
_STRANGE = (KeyError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError)

REFUSED, NOT_NOW, LOST = (
    "The bank refused.",
    "The bank cannot be asked at present.",
    "The bank's answer was lost.",
)

T = TypeVar("T")
Json = Mapping[str, Any]
Take = Callable[[Json], T]


@dataclass(frozen=True)
class Plaid:
    """Asks Plaid; `api` is the SDK's own client.

    Every call raises Refused (codes of `brokerage.banks`) or Unavailable, and one that may do
    something OutcomeUnknown as well. Their texts hold nothing of what was sent or answered.
    """

    api: PlaidApi
    webhook_url: str
    sleep: Callable[[float], None] = pause
    monotonic: Callable[[], float] = monotonic

    def link_token(self, owner: str, *, redirect_uri: str | None, access_token: str | None) -> LinkToken:
        """Return what an app opens the sign-in with; with an access token, to renew a link."""
        more: dict[str, Any] = {"redirect_uri": redirect_uri} if redirect_uri else {}
        more |= {"access_token": access_token} if access_token else {"products": [Products("auth")]}
        subtypes = [DepositoryAccountSubtype("checking"), DepositoryAccountSubtype("savings")]
        filters = LinkTokenAccountFilters(
            depository=DepositoryFilter(account_subtypes=DepositoryAccountSubtypes(subtypes))
        )
        request = LinkTokenCreateRequest(
            client_name=CLIENT_NAME,
            country_codes=[CountryCode("US")],
            language="en",
            user=LinkTokenCreateRequestUser(client_user_id=owner),
            webhook=self.webhook_url,
            account_filters=filters,
            **more,
        )
        return _ask(self.api.link_token_create, request, reading.link_token)

    def exchange(self, public_token: str) -> tuple[str, str]:
        """Return access token and item id for what the app got from the sign-in; it is good once."""
        request = ItemPublicTokenExchangeRequest(public_token=public_token)
        return _ask(
            self.api.item_public_token_exchange,
            request,
            lambda body: (reading.text(body["access_token"]), reading.text(body["item_id"])),
        )

    def institution(self, access_token: str) -> Institution:
        """Return the bank of a link; some items name none."""
        bank = self._read(self.api.item_get, ItemGetRequest(access_token=access_token), reading.institution)
        if not bank.institution_id:
            return bank
        request = InstitutionsGetByIdRequest(institution_id=bank.institution_id, country_codes=[CountryCode("US")])
        try:
            name = self._read(
                self.api.institutions_get_by_id,
                request,
                lambda body: reading.text_or_none(body["institution"].get("name")),
            )
        except Refused:
            return bank
        return Institution(bank.institution_id, name or bank.name)

    def accounts(self, access_token: str) -> tuple[LinkedAccount, ...]:
        """Return the accounts behind a link, with the balances known."""
        return self._read(self.api.accounts_get, AccountsGetRequest(access_token=access_token), reading.accounts)

    def balances(
        self, access_token: str, account_ids: Collection[str], *, fresh_since: datetime
    ) -> tuple[LinkedAccount, ...]:
        """Return accounts with balances that the bank is asked for now."""
        # The SDK would write a time with an offset; as text it goes out as it is.
        since = rfc3339(fresh_since.replace(microsecond=0))
        options = AccountsBalanceGetRequestOptions(
            account_ids=list(account_ids), min_last_updated_datetime=since, _check_type=False
        )
        request = AccountsBalanceGetRequest(access_token=access_token, options=options)
        return self._read(self.api.accounts_balance_get, request, reading.accounts, within=LIVE_SECONDS)

    def processor_token(self, access_token: str, account_id: str) -> str:
        """Return what lets the broker use an account; making another one does no harm."""
        request = ProcessorTokenCreateRequest(access_token=access_token, account_id=account_id, processor=PROCESSOR)
        return self._read(
            self.api.processor_token_create,
            request,
            lambda body: reading.text(body["processor_token"]),
            within=PROCESSOR_SECONDS,
        )

    def remove_item(self, access_token: str) -> None:
        """End a link; one that is ended already is fine."""
        _ask(self.api.item_remove, ItemRemoveRequest(access_token=access_token), reading.nothing, fine=REMOVED)

    def webhook_key(self, key_id: str) -> Json:
        """Return the public key (a JWK) that webhooks are signed with. Raises Refused for an unknown id."""
        request = WebhookVerificationKeyGetRequest(key_id=key_id)
        return self._read(self.api.webhook_verification_key_get, request, lambda body: {**body["key"]})

    def _read(self, call: Callable[..., Any], request: object, take: Take[T], *, within: float = LOOKUP_SECONDS) -> T:
        """Make a call that does nothing, twice if need be; whatever is lost is merely not to be had."""
        abandoned_at = self.monotonic() + min(within, seconds_left() - CONNECT_SECONDS)
        for attempt in range(1, READ_ATTEMPTS + 1):
            try:
                return _ask(call, request, take, patience=abandoned_at - self.monotonic())
            except (OutcomeUnknown, Unavailable):
                pause = random.uniform(0, PAUSE_SECONDS)  # noqa: S311 - jitter
            if attempt == READ_ATTEMPTS or self.monotonic() + pause + MIN_SECONDS > abandoned_at:
                break
            self.sleep(pause)
        raise Unavailable(NOT_NOW)


@cache
def plaid() -> Plaid:
    """Return the process's client of the Plaid that the environment names."""
    configured = settings()
    keys = PartnerKeys("plaid", configured.plaid_secret, {"client_id": is_key, "secret": is_key})
    return connect(configured.plaid_url, keys, configured.plaid_webhook_url)


def connect(url: str, keys: Callable[[], Mapping[str, str]], webhook_url: str) -> Plaid:
    """Return a client of the Plaid at `url`; `keys` (client_id, secret) are asked for anew with every call."""
    configuration = Configuration(host=url, api_key={"clientId": "", "secret": ""})
    configuration.refresh_api_key_hook = lambda known: known.api_key.update(_headers(keys()))
    # A redirect would carry tokens to wherever it points.
    configuration.retries = urllib3.Retry(total=0, redirect=0)
    return Plaid(PlaidApi(ApiClient(configuration)), webhook_url)


def _headers(keys: Mapping[str, str]) -> Mapping[str, str]:
    return {"clientId": keys["client_id"], "secret": keys["secret"]}


def _ask(
    call: Callable[..., Any],
    request: object,
    take: Take[T],
    *,
    patience: float = READ_SECONDS,
    fine: frozenset[str] = frozenset(),
) -> T:
    """Make a call once; return what `take` finds in its answer, or in an empty one where a refusal is fine."""
    require_seconds(MIN_SECONDS + CONNECT_SECONDS)
    patience = min(patience, seconds_left() - CONNECT_SECONDS)
    timeout = (min(CONNECT_SECONDS, patience), min(READ_SECONDS, patience))
    try:
        raw = call(request, _request_timeout=timeout, _preload_content=False).data
    except ApiException as error:
        code = _code(error)
        if code not in fine:
            raise _judged(error.status, code) from None
        raw = b"{}"
    except urllib3.exceptions.MaxRetryError as error:
        raise (Unavailable(NOT_NOW) if _never_left(error) else OutcomeUnknown(LOST)) from None
    except urllib3.exceptions.HTTPError:
        raise OutcomeUnknown(LOST) from None
    try:
        return take(json.loads(raw, parse_float=Decimal, parse_constant=Decimal))
    except _STRANGE:
        raise OutcomeUnknown(LOST) from None


def _judged(status: int | None, code: str) -> Exception:
    if status == _TOO_MANY or code in LATER | OUR_KEYS:
        return Unavailable(NOT_NOW)
    if status is None or status >= _SERVER_ERROR or status < _REFUSED:
        return OutcomeUnknown(LOST)
    return Refused(REFUSED, code=CODES.get(code, LINK_REFUSED))


def _code(error: ApiException) -> str:
    try:
        return str(json.loads(error.body or "null")["error_code"])
    except _STRANGE:
        return ""


def _never_left(error: urllib3.exceptions.MaxRetryError) -> bool:
    return isinstance(error.reason, urllib3.exceptions.NewConnectionError | urllib3.exceptions.ConnectTimeoutError)
