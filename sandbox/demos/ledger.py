"""How each demo ends: the whole ledger folded, account by account, and what differs from the records."""

from collections.abc import Mapping

from rich.console import Console
from rich.table import Table

from sandbox.client import SandboxClient

MEANINGS: Mapping[str, str] = {
    "cash": "cash that people have",
    "holdings": "shares that portfolios hold, at what they cost",
    "capital": "what went into portfolios",
    "commission": "commission on trades of portfolios",
    "gains": "gains of portfolios that were realised (a loss is above 0)",
    "bank": "what came from people's banks, less what went there",
    "bank_in_transit": "deposits on their way",
    "cash_held": "cash that is held back",
    "withdrawals_reserved": "cash promised to withdrawals",
    "buys_reserved": "cash promised to purchases",
    "invested": "what went into themed portfolios, less what came out",
    "dividends": "dividends",
    "receivables": "what companies owe to portfolios",
    "fees": "commissions taken from cash",
    "fees_reserved": "cash promised to commissions",
    "fees_receivable": "commissions invoiced and not paid",
    "credits": "paid without being owed, to be given back",
    "disputed": "taken back by banks while disputes are open",
    "payouts_due": "credits on closed accounts, to be paid out",
    "fee_revenue": "commissions that we earned",
    "fee_clearing": "commissions on their way from cash",
    "card_clearing": "commissions paid by card",
    "refunds": "commissions given back",
    "owed_by_person": "what people owe",
}


def show_ledger(sandbox: SandboxClient, console: Console) -> int:
    """Print the ledger's accounts that moved, in dollars, and whether all is right; return the exit code."""
    check = sandbox.control("GET", "ledger/check")
    table = Table("account", "what it means", title="The ledger: debits are above 0, credits below; they sum to 0")
    table.add_column("dollars", justify="right")
    for name, cents in check["accounts"].items():
        if cents:
            table.add_row(name, MEANINGS.get(name, ""), f"{cents / 100:,.2f}")
    console.print(table)
    verdict = "[green]the ledger balances[/]" if check["balanced"] else "[red]the ledger does NOT balance[/]"
    console.print(f"{verdict}; differences from the records: {check['differences'] or 'none'}")
    return 0 if check["balanced"] else 1


def moment(text: str) -> str:
    """Return an RFC 3339 time as people read it: `2013-02-19 15:02`, in UTC."""
    return text[:16].replace("T", " ")
