"""Mutations that no test can find, or none should, with reasons: (file, the line of code, its new text)."""

_TRADING = "layers/trading/python/trading"

EXPLAINED: dict[tuple[str, str, str], str] = {
    (
        f"{_TRADING}/billing/accrual/models.py",
        "return period_of(first_day(period) + timedelta(days=31))",
        "32",
    ): "the same: as every month has 28 to 31 days, 32 days after its first lie in the next month too",
    (
        f"{_TRADING}/billing/payouts/store.py",
        "written, sk = replace(payout, version=payout.version + 1), newest_first(payout.created_at, payout.payout_id)",
        "payout.version - 1",
    ): "the same: versions are compared for being equal alone, and count down as well as up",
    (
        f"{_TRADING}/kyc/uploads.py",
        "HEAD_BYTES = 16",
        "17",
    ): "the same: no signature of a file is longer than 8 bytes, and only the beginning is held against it",
}
