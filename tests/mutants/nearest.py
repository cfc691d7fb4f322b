"""Which tests lie nearest to a module: those that name it first, then those of its area, then those that crash it."""

from functools import cache
from pathlib import Path

PACKAGE = Path("layers/trading/python")
AREAS = (
    "funding",
    "banking",
    "kyc",
    "billing",
    "notifications",
    "operators",
    "ledger",
    "brokerage",
    "history",
    "partners",
    "platform",
    "automation/closer",
    "automation/corporate_actions",
    "automation/day_trading",
    "automation/portfolios",
    "automation",
    "managed",
    "markets",
    "signals",
)
PLATFORM = frozenset(
    {
        "admission",
        "bodies",
        "deadline",
        "deferrals",
        "delivery",
        "due",
        "fan_out",
        "http",
        "inbox",
        "limits",
        "log_privacy",
        "outbox",
        "pages",
        "queue",
        "runs",
        "schedule",
        "secrets",
        "sources",
        "stream",
        "texts",
        "unknown_rows",
    }
)
"""Of the platform, the edges and what they stand on."""
KINDS = ("unit", "property", "security", "integration", "fault")
"""The folders of tests, the quickest first."""

WORDS = {
    "funding": ("money_flow", "funding", "halt", "pausing"),
    "banking": ("bank",),
    "kyc": ("kyc",),
    "billing": ("charge", "billing", "invoice", "fee"),
    "notifications": ("notif", "notification", "push", "device", "center"),
    "operators": ("operator", "unknown", "halt", "pausing"),
    "ledger": ("ledger", "journal", "money_flow"),
    "brokerage": ("bank", "money_flow", "halt"),
    "history": ("history",),
    "partners": ("drivewealth", "plaid", "stripe", "firebase", "partners"),
    "platform": ("authorization", "admission", "outbox", "queue", "schedule"),
    "automation/closer": ("close", "half_days", "switching_off"),
    "automation/corporate_actions": ("corporate_action",),
    "automation/portfolios": ("portfolio", "switching_off", "test_crashes"),
    "automation": ("portfolio", "half_days", "test_buy_restrictions"),
    "managed": ("managed", "ttf", "version", "rebalanc"),
    "markets": ("market", "price", "quote", "calendar", "closures"),
    "signals": ("signal",),
    "automation/day_trading": (
        "test_crashes",
        "half_a_day",
        "half_days",
        "fan_out",
        "test_buy_restrictions",
        "switching_off",
    ),
}
"""How tests outside an area's own folder are called that concern it."""


def modules(root: Path) -> list[Path]:
    """Return the modules that mutations are drawn from."""
    found = {file: None for area in AREAS for file in sorted((root / PACKAGE / "trading" / area).rglob("*.py"))}
    return [file.relative_to(root) for file in found if "platform" not in file.parts or file.stem in PLATFORM]


def rounds(root: Path, module: Path) -> list[list[str]]:
    """Return groups of test files, nearest first; each file is in one group only."""
    area = _area(module)
    dotted = ".".join(module.relative_to(PACKAGE).with_suffix("").parts)
    tests = [file for file in _tests(root) if file.parts[1] in KINDS]
    naming = [file for file in tests if f"from {dotted} import" in _text(root / file)]
    nearest = [file for file in naming if file.parts[1] in {"unit", "property"}]
    unit = naming + [file for file in tests if file.is_relative_to(Path("tests/unit") / area)]
    others = [file for file in tests if any(word in str(file) for word in WORDS[area])]
    seen: set[Path] = set()
    groups = []
    for group in (nearest, unit, others):
        group.sort(key=lambda file: (file.stem != f"test_{module.stem}", KINDS.index(file.parts[1])))
        groups.append([str(file) for file in dict.fromkeys(group) if file not in seen])
        seen |= set(group)
    return [group for group in groups if group]


def _area(module: Path) -> str:
    return next(area for area in AREAS if module.is_relative_to(PACKAGE / "trading" / area))


@cache
def _tests(root: Path) -> list[Path]:
    return [file.relative_to(root) for file in sorted((root / "tests").rglob("test_*.py"))]


@cache
def _text(file: Path) -> str:
    return file.read_text()
