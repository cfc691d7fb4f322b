"""Mutations that no test can notice, or none should, with reasons: (file, the line of code, what stands in it)."""

_TRADING = "layers/trading/python/trading"

EXPLAINED: dict[tuple[str, str, str], str] = {
    (
        f"{_TRADING}/billing/accrual/models.py",
        "return period_of(first_day(period) + timedelta(days=31))",
        "32",
    ): "the same: as every month has 28 to 31 days, 32 days after its first lie in the next month too",
    (
        f"{_TRADING}/kyc/uploads.py",
        "HEAD_BYTES = 16",
        "17",
    ): "the same: no signature of a file is longer than 8 bytes, and only the beginning is held against it",
}
