"""Bank links at Plaid, and the funding accounts behind them."""

from infra.catalogue.kinds import CHECK, DELETE, PUT, QUERY, READ, SDK_LAYERS, Function, Route, Schedule
from infra.catalogue.rows import PARTNER_CALL_SECONDS, fan_out, partner_route, worker

FUNCTIONS = (
    partner_route(
        "banking",
        "create_bank_link",
        "POST",
        "/api/bank-links",
        tables={"people": READ | PUT, "outbox": PUT},
        partners=("plaid",),
    ),
    partner_route(
        "banking",
        "exchange_bank_link",
        "POST",
        "/api/bank-links/exchange",
        tables={"people": READ | PUT | DELETE, "outbox": PUT},
        partners=("plaid", "drivewealth"),
    ),
    partner_route(
        "banking",
        "add_funding_account",
        "POST",
        "/api/funding-accounts",
        tables={"people": READ | PUT | DELETE, "outbox": PUT},
        partners=("plaid", "drivewealth"),
    ),
    partner_route(
        "banking",
        "list_funding_accounts",
        "GET",
        "/api/funding-accounts",
        tables={"people": READ | PUT, "outbox": PUT},
        partners=("plaid",),
    ),
    partner_route(
        "banking",
        "delete_funding_account",
        "DELETE",
        "/api/funding-accounts/{funding_account_id}",
        tables={"people": READ | PUT | DELETE | CHECK},
        partners=("plaid", "drivewealth"),
    ),
    Function(
        area="banking",
        name="receive_plaid_webhook",
        trigger=Route(method="POST", path="/webhooks/plaid", public=True),
        tables={"people": READ | PUT, "outbox": PUT},
        partners=("plaid",),
        layers=SDK_LAYERS,
        timeout_seconds=PARTNER_CALL_SECONDS,
    ),
    fan_out(
        "banking",
        "refresh_balances",
        Schedule(cron="0 10-16 ? * MON-FRI *"),
        "balance-refreshes",
        tables={"people": QUERY, "markets": QUERY},
    ),
    worker(
        "banking",
        "refresh_balance",
        "balance-refreshes",
        calls={"plaid": 3},
        tables={"people": READ | PUT, "outbox": PUT},
    ),
)
