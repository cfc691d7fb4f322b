"""Every table and every queue, with what each function needs to know of them."""

from infra.catalogue.kinds import Index, Queue, Table

TABLES = (
    Table(
        name="portfolios",
        indexes=(
            Index(name="by_active", hash_key="active_shard", range_key="pk"),
            Index(name="by_automated", hash_key="automated_shard", range_key="pk"),
            Index(name="by_enter", hash_key="enter_key", range_key="enter_at", range_type="N"),
            Index(name="by_close", hash_key="close_key", range_key="close_at", range_type="N"),
            Index(name="by_open", hash_key="open_key", range_key="sk"),
            Index(name="by_missed", hash_key="missed_key", range_key="sk"),
            Index(name="by_blocked", hash_key="blocked_key", range_key="blocked_at"),
            Index(name="by_holder", hash_key="holder_key", range_key="pk"),
            Index(name="by_stop", hash_key="stop_key", range_key="stop_price", range_type="N"),
            Index(name="by_target", hash_key="target_key", range_key="target_price", range_type="N"),
            Index(name="by_trailing", hash_key="trailing_key", range_key="trailing_percent", range_type="N"),
            Index(name="by_exposure", hash_key="exposure_key", range_key="pk", carries=("exposure",)),
        ),
        ttl="expires_at",
    ),
    Table(
        name="people",
        indexes=(
            Index(name="by_due", hash_key="due_key", range_key="due_at", range_type="N"),
            Index(name="by_group", hash_key="group_key", range_key="pk"),
            Index(name="by_unknown", hash_key="unknown_key", range_key="unknown_at"),
            Index(name="by_restricted", hash_key="restricted_key", range_key="restricted_at"),
        ),
        ttl="expires_at",
    ),
    Table(name="tax-ids", range_key=None),
    Table(name="partner-sessions", range_key=None),
    Table(name="ledger", hash_key="journal", range_key="seq", range_type="N"),
    Table(name="markets", ttl="expires_at"),
    Table(name="prices", range_key=None, ttl="expires_at"),
    Table(name="collections"),
    Table(name="signals", ttl="expires_at"),
    Table(name="backtests", ttl="expires_at"),
    Table(
        name="inbox",
        range_key=None,
        indexes=(Index(name="by_due", hash_key="due_key", range_key="due_at", range_type="N"),),
        ttl="expires_at",
    ),
    Table(name="rate-limits", range_key=None, ttl="expires_at"),
    Table(
        name="deferred-messages",
        range_key=None,
        indexes=(Index(name="by_due", hash_key="due_key", range_key="due_at", range_type="N"),),
    ),
    Table(
        name="outbox",
        range_key=None,
        has_stream=True,
        indexes=(Index(name="by_pending", hash_key="pending_key", range_key="created_at"),),
        ttl="expires_at",
    ),
)

TRADING_AGE_SECONDS = 300
"""Entries are good for ten minutes, and a stop or a pause should act at once."""

BACKTEST_AGE_SECONDS = 6 * 3600
"""A back-test whose worker was killed comes again after an hour and a half, and two are worked on at a time."""

QUEUES = (
    Queue(name="session-plans", alarm_age_seconds=TRADING_AGE_SECONDS),
    Queue(name="session-entries", alarm_age_seconds=TRADING_AGE_SECONDS),
    Queue(name="position-exits", alarm_age_seconds=TRADING_AGE_SECONDS),
    Queue(name="session-closes", alarm_age_seconds=TRADING_AGE_SECONDS),
    Queue(name="position-sweeps", alarm_age_seconds=TRADING_AGE_SECONDS),
    Queue(name="portfolio-snapshots"),
    Queue(name="corporate-actions"),
    Queue(name="broker-events", foreign=True),
    Queue(name="account-events"),
    Queue(name="money-flow-events"),
    Queue(name="kyc-submissions"),
    Queue(name="balance-refreshes"),
    Queue(name="unknown-outcomes"),
    Queue(name="account-reconciliations"),
    Queue(name="account-rebalances"),
    Queue(name="autopilot-events"),
    Queue(name="account-snapshots"),
    Queue(name="cash-events"),
    Queue(name="fee-accruals"),
    Queue(name="invoice-creations"),
    Queue(name="invoice-charges"),
    Queue(name="backtest-runs", alarm_age_seconds=BACKTEST_AGE_SECONDS),
    Queue(name="stripe-events"),
    Queue(name="notification-events"),
    Queue(name="urgent-notification-events", alarm_age_seconds=TRADING_AGE_SECONDS),
    Queue(name="pushes"),
    Queue(name="domain-events"),
    Queue(name="urgent-domain-events", alarm_age_seconds=TRADING_AGE_SECONDS),
    Queue(name="holding-events", alarm_age_seconds=TRADING_AGE_SECONDS),
    Queue(name="entry-cancellations", alarm_age_seconds=TRADING_AGE_SECONDS),
)
