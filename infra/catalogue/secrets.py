"""The secrets of a stage and their fields: what partners know us by, and what we make ourselves.

A stage's template makes each secret empty and never writes into it: a value that a template generates is made anew
when the template changes. They are filled field by field, and outlive every deployment.
"""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class SecretField:
    """One field. `ours` is random and made by us; while one that `overlaps` is rotated, the one before is taken too.

    `sent_by` says what of ours sends it and keeps the value that it was deployed with until it is changed itself.
    """

    name: str
    about: str
    default: str | None = None
    ours: bool = False
    overlaps: bool = False
    sent_by: str | None = None

    @property
    def previous(self) -> str:
        """Return the name under which the value before lies while both are taken."""
        return f"previous_{self.name}"


@dataclass(frozen=True, kw_only=True)
class Secret:
    """One secret; a stage has it under its prefix and this name. `partner` says that a partner knows us by it."""

    name: str
    about: str
    fields: tuple[SecretField, ...]
    partner: bool = True


SECRETS = (
    Secret(
        name="market-data",
        about="What Alpaca knows us by",
        fields=(
            SecretField(name="key_id", about="API key id of the market data plan"),
            SecretField(name="secret_key", about="its secret key"),
        ),
    ),
    Secret(
        name="drivewealth",
        about="What DriveWealth knows us by",
        fields=(
            SecretField(name="username", about="user name of our back-office login"),
            SecretField(name="password", about="its password"),
            SecretField(name="app_key", about="our application's key, sent with every request"),
            SecretField(name="app_type_id", about="our application's type", default="4"),
            SecretField(name="wlp_id", about="id of our white-label partner"),
            SecretField(name="parent_ib_id", about="id of its introducing broker"),
            SecretField(name="ria_user_id", about="id of our adviser's user"),
            SecretField(name="ria_product_id", about="id of our adviser's product"),
            SecretField(name="house_account_no", about="number of the account that takes our fees"),
        ),
    ),
    Secret(
        name="plaid",
        about="What Plaid knows us by",
        fields=(
            SecretField(name="client_id", about="our client id"),
            SecretField(name="secret", about="its secret for the stage's environment"),
        ),
    ),
    Secret(
        name="stripe",
        about="What Stripe knows us by, and its webhooks are known by",
        fields=(
            SecretField(name="secret_key", about="restricted or secret API key"),
            SecretField(name="webhook_secret", about="signing secret of our webhook endpoint", overlaps=True),
        ),
    ),
    Secret(
        name="firebase",
        about="What Firebase knows us by",
        fields=(SecretField(name="service_account", about="JSON of a service account that may send messages"),),
    ),
    Secret(
        name="cursor-key",
        about="Signs the cursors of lists",
        partner=False,
        fields=(SecretField(name="key", about="random", ours=True, overlaps=True),),
    ),
    Secret(
        name="origin",
        about="What the distribution is known by to the API behind it",
        partner=False,
        fields=(SecretField(name="word", about="random", ours=True, overlaps=True, sent_by="the distribution"),),
    ),
)
PARTNER_SECRETS = tuple(secret for secret in SECRETS if secret.partner)
