"""A person's way through the API, as an app would take them: identity, bank, money."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.client import SandboxClient

FORM: Mapping[str, Any] = {
    "first_name": "Jane",
    "last_name": "Doe",
    "country": "USA",
    "phone_number": "+15555550100",
    "email_address": "jane.doe@example.com",
    "birthdate": "1990-01-01",
    "address_street1": "1 Example St",
    "address_city": "Springfield",
    "address_province": "NY",
    "address_postal_code": "10001",
    "address_country": "USA",
    "citizenship": "USA",
    "tax_id_value": "123-45-6789",
    "tax_id_type": "SSN",
    "employment_status": "UNEMPLOYED",
    "investor_profile_annual_income": 123456,
    "investor_profile_objectives": "LONG_TERM",
    "investor_profile_experience": "YRS_10_",
    "investor_profile_net_worth_liquid": 123,
    "investor_profile_net_worth_total": 1234,
    "investor_profile_risk_tolerance": "SPECULATION",
    "disclosures_drivewealth_terms_of_use": True,
    "disclosures_rule14b": True,
    "disclosures_drivewealth_customer_agreement": True,
    "disclosures_drivewealth_privacy_policy": True,
    "disclosures_drivewealth_market_data_agreement": True,
    "disclosures_signed_by": "Jane Doe",
}
"""A form that the broker approves in the ordinary course."""


@dataclass(frozen=True)
class Person:
    """Somebody who uses the API of a sandbox."""

    sandbox: SandboxClient
    uid: str

    def call(self, method: str, path: str, body: object = None, *, key: str | None = None) -> Any:  # noqa: ANN401 - JSON
        """Call the API with a fresh sign-in; return the answer's JSON.

        Raises:
            httpx.HTTPStatusError: if it refuses.
        """
        token = self.sandbox.token(self.uid)
        answer = self.sandbox.api(method, path, token=token, body=body, key=key)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def wait(self, seconds: int) -> None:
        """Let time pass."""
        self.sandbox.control("POST", "clock", {"advance_seconds": seconds})

    def apply(self, **changes: Any) -> str:  # noqa: ANN401 - fields of the form
        """Fill in the form and submit it; return the status after two minutes."""
        self.call("PATCH", "kyc/form", {**FORM, **changes})
        self.call("POST", "kyc/submissions")
        self.sandbox.control("POST", "queues/drain")
        self.wait(120)
        return str(self.call("GET", "kyc/status")["status"])

    def link_bank(self, *, balance_cents: int = 10_000_000, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - institution
        """Link a bank and add its account; return the funding account."""
        self.call("POST", "bank-links", {})
        accounts = [{"name": "Checking", "mask": "0000", "balance_cents": balance_cents}]
        made = self.sandbox.control("POST", "plaid/public-tokens", {"accounts": accounts, **more})
        link = self.call("POST", "bank-links/exchange", {"public_token": made["public_token"]})
        body = {
            "bank_link_id": link["bank_link_id"],
            "account_id": link["accounts"][0]["account_id"],
            "account_name": "My checking account",
        }
        added: dict[str, Any] = self.call("POST", "funding-accounts", body)
        return added

    def onboard(self, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - of `link_bank`
        """Become an approved person with an open account and a linked bank; return the funding account."""
        self.apply()
        return self.link_bank(**more)

    def move(self, what: str, cents: int, funding_account_id: str, *, key: str) -> dict[str, Any]:
        """Ask for a deposit or withdrawal (`deposits`, `withdrawals`); return the money flow."""
        body = {"amount_cents": cents, "funding_account_id": funding_account_id}
        flow: dict[str, Any] = self.call("POST", what, body, key=key)
        return flow

    def account(self) -> dict[str, Any]:
        """Return the trading account."""
        found: dict[str, Any] = self.call("GET", "trading-accounts")["items"][0]
        return found
