"""What the routes of banks answer."""

from trading.banking.models import AccountState, FundingAccount
from trading.brokerage.banks import LinkedAccount
from trading.platform.fields import Moment, Reply


class LinkedAccountReply(Reply):
    """An account behind a bank link."""

    account_id: str
    name: str
    official_name: str | None
    mask: str | None
    balance_available_cents: int | None
    balance_current_cents: int | None
    currency: str

    @classmethod
    def of(cls, account: LinkedAccount) -> "LinkedAccountReply":
        """Return an account as answers show it."""
        return cls(
            account_id=account.account_id,
            name=account.shown_name,
            official_name=account.official_name,
            mask=account.mask,
            balance_available_cents=account.available_cents,
            balance_current_cents=account.current_cents,
            currency=account.currency,
        )


class FundingAccountReply(Reply):
    """A bank account that money comes from and goes to."""

    funding_account_id: str
    name: str
    mask: str
    balance_cents: int | None
    needs_reauth: bool
    bank_link_id: str
    status: AccountState

    @classmethod
    def of(cls, account: FundingAccount) -> "FundingAccountReply":
        """Return a funding account as answers show it."""
        return cls(
            funding_account_id=account.funding_account_id,
            name=account.name,
            mask=account.mask,
            balance_cents=account.balance_cents,
            needs_reauth=account.needs_reauth,
            bank_link_id=account.link_id,
            status=account.state,
        )


class LinkTokenReply(Reply):
    """What an app opens the sign-in with."""

    link_token: str
    expiration: Moment


class BankLinkReply(Reply):
    """A bank link, with the accounts behind it that are not connected yet."""

    bank_link_id: str
    institution_name: str
    accounts: list[LinkedAccountReply]


class FundingAccountList(Reply):
    """The funding accounts of a person: few."""

    items: list[FundingAccountReply]
    next_cursor: None = None


class WebhookReply(Reply):
    """How many bank links a webhook concerned."""

    count: int
