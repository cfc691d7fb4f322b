"""Plaid: people's sign-ins at banks, the accounts behind them, and their balances.

The SDK's own defaults would wait for an answer for ever and try again behind our back; both are set
here. Every call is a POST. Those that only read are tried twice; an answer that is lost leaves open
what happened only where something could have happened.
"""

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import Any

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

from trading.brokerage.banks import ACCOUNT_GONE, LINK_REFUSED, LOGIN_REQUIRED, Institution, LinkedAccount, LinkToken
from trading.platform.errors import OutcomeUnknown, Refused, Unavailable
from trading.platform.money import to_cents
from trading.platform.secrets import secret_fields
from trading.platform.settings import settings

CONNECT_SECONDS, READ_SECONDS = 2, 8
READ_ATTEMPTS = 2
CLIENT_NAME = "Tiller"
PROCESSOR = "drivewealth"

CODES: Mapping[str, str] = {
    "ITEM_LOGIN_REQUIRED": LOGIN_REQUIRED,
    "ITEM_LOCKED": LOGIN_REQUIRED,
    "INVALID_ACCOUNT_ID": ACCOUNT_GONE,
    "NO_ACCOUNTS": ACCOUNT_GONE,
}
"""What Plaid's error codes mean to us; the rest of its refusals are `LINK_REFUSED`."""

LATER = frozenset(
    {"INSTITUTION_NOT_RESPONDING", "INSTITUTION_DOWN", "INSTITUTION_NOT_AVAILABLE", "RATE_LIMIT", "PRODUCT_NOT_READY"}
)
"""Error codes after which the same call may succeed later: nothing happened."""

REMOVED = frozenset({"ITEM_NOT_FOUND", "INVALID_ACCESS_TOKEN"})
_TOO_MANY, _SERVER_ERROR, _REFUSED = 429, 500, 400

REFUSED, NOT_NOW, LOST = (
    "The bank refused.",
    "The bank cannot be asked at present.",
    "The bank's answer was lost.",
)


@dataclass(frozen=True)
class Plaid:
    """Asks Plaid; `api` is the SDK's own client."""

    api: PlaidApi
    webhook_url: str

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
        made = _ask(self.api.link_token_create, request)
        return LinkToken(str(made["link_token"]), _moment(made["expiration"]))

    def exchange(self, public_token: str) -> tuple[str, str]:
        """Return access token and item id for what the app got from the sign-in; it is good once."""
        made = _ask(self.api.item_public_token_exchange, ItemPublicTokenExchangeRequest(public_token=public_token))
        return str(made["access_token"]), str(made["item_id"])

    def institution(self, access_token: str) -> Institution:
        """Return the bank of a link."""
        item = _read(self.api.item_get, ItemGetRequest(access_token=access_token))["item"]
        institution_id = str(item["institution_id"])
        request = InstitutionsGetByIdRequest(institution_id=institution_id, country_codes=[CountryCode("US")])
        return Institution(institution_id, str(_read(self.api.institutions_get_by_id, request)["institution"]["name"]))

    def accounts(self, access_token: str) -> tuple[LinkedAccount, ...]:
        """Return the accounts behind a link, with the balances known."""
        return _accounts(_read(self.api.accounts_get, AccountsGetRequest(access_token=access_token)))

    def balances(
        self, access_token: str, account_ids: Collection[str], *, fresh_since: datetime
    ) -> tuple[LinkedAccount, ...]:
        """Return accounts with balances that the bank is asked for now."""
        options = AccountsBalanceGetRequestOptions(
            account_ids=list(account_ids), min_last_updated_datetime=fresh_since.astimezone(UTC).replace(microsecond=0)
        )
        request = AccountsBalanceGetRequest(access_token=access_token, options=options)
        return _accounts(_read(self.api.accounts_balance_get, request))

    def processor_token(self, access_token: str, account_id: str) -> str:
        """Return what lets the broker use an account."""
        request = ProcessorTokenCreateRequest(access_token=access_token, account_id=account_id, processor=PROCESSOR)
        return str(_read(self.api.processor_token_create, request)["processor_token"])

    def remove_item(self, access_token: str) -> None:
        """End a link; one that is ended already is fine."""
        _ask(self.api.item_remove, ItemRemoveRequest(access_token=access_token), fine=REMOVED)

    def webhook_key(self, key_id: str) -> Mapping[str, Any]:
        """Return the public key (a JWK) that webhooks are signed with. Raises Refused for an unknown id."""
        request = WebhookVerificationKeyGetRequest(key_id=key_id)
        key: Mapping[str, Any] = _read(self.api.webhook_verification_key_get, request)["key"]
        return key


@cache
def plaid() -> Plaid:
    """Return the process's client of the Plaid that the environment names."""
    told = settings()
    keys = secret_fields(told.plaid_secret)
    configuration = Configuration(
        host=told.plaid_url, api_key={"clientId": keys["client_id"], "secret": keys["secret"]}
    )
    configuration.retries = urllib3.Retry(total=0, redirect=0)
    return Plaid(PlaidApi(ApiClient(configuration)), told.plaid_webhook_url)


def _ask(call: Callable[..., Any], request: Any, fine: frozenset[str] = frozenset()) -> Mapping[str, Any]:  # noqa: ANN401
    """Make a call that may do something, once; return its answer as JSON."""
    try:
        answer = call(
            request,
            _request_timeout=(CONNECT_SECONDS, READ_SECONDS),
            _preload_content=False,
        )
        told: Mapping[str, Any] = json.loads(answer.data, parse_float=Decimal)
    except ApiException as error:
        code = _code(error)
        if code in fine:
            return {}
        raise _judged(error.status, code) from None
    except urllib3.exceptions.MaxRetryError as error:
        raise (Unavailable(NOT_NOW) if _never_left(error) else OutcomeUnknown(LOST)) from None
    except (urllib3.exceptions.HTTPError, ValueError, ArithmeticError, RecursionError):
        raise OutcomeUnknown(LOST) from None
    if not isinstance(told, dict):
        raise OutcomeUnknown(LOST)
    return told


def _read(call: Callable[..., Any], request: Any) -> Any:  # noqa: ANN401 - requests and JSON of the SDK
    """Make a call that does nothing, twice if need be; whatever is lost is merely not to be had."""
    for attempt in range(1, READ_ATTEMPTS + 1):
        try:
            return _ask(call, request)
        except (OutcomeUnknown, Unavailable):
            if attempt == READ_ATTEMPTS:
                raise Unavailable(NOT_NOW) from None
    raise AssertionError


def _judged(status: int | None, code: str) -> Exception:
    if status == _TOO_MANY or code in LATER:
        return Unavailable(NOT_NOW)
    if status is None or status >= _SERVER_ERROR or status < _REFUSED:
        return OutcomeUnknown(LOST)
    return Refused(REFUSED, code=CODES.get(code, LINK_REFUSED))


def _code(error: ApiException) -> str:
    try:
        return str(json.loads(error.body or "null")["error_code"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return ""


def _never_left(error: urllib3.exceptions.MaxRetryError) -> bool:
    return isinstance(error.reason, urllib3.exceptions.NewConnectionError | urllib3.exceptions.ConnectTimeoutError)


def _accounts(answer: Mapping[str, Any]) -> tuple[LinkedAccount, ...]:
    try:
        return tuple(map(_account, answer["accounts"]))
    except (KeyError, TypeError, ArithmeticError):
        raise Unavailable(NOT_NOW) from None


def _account(raw: Mapping[str, Any]) -> LinkedAccount:
    balances = raw["balances"]
    return LinkedAccount(
        account_id=str(raw["account_id"]),
        name=str(raw["name"]),
        official_name=raw.get("official_name"),
        mask=raw.get("mask"),
        available_cents=_cents(balances.get("available")),
        current_cents=_cents(balances.get("current")),
        currency=str(balances.get("iso_currency_code") or "USD"),
    )


def _cents(amount: int | Decimal | None) -> int | None:
    return None if amount is None else to_cents(Decimal(amount))


def _moment(text: object) -> datetime:
    return datetime.fromisoformat(str(text).replace("Z", "+00:00"))
