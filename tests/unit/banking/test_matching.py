"""Which account of a new sign-in a funding account is, by what the bank shows of both."""

import pytest

from tests.support.funding import NOW
from trading.banking.matching import matched_account
from trading.banking.models import FundingAccount
from trading.brokerage.banks import LinkedAccount

_TEXTS = dict.fromkeys(("owner", "user_id", "link_id", "name", "institution_id", "attempt_id"), "x")


def funding_account(persistent_id: str | None) -> FundingAccount:
    return FundingAccount(
        "bank-1",
        **_TEXTS,
        account_id="before",
        bank_name="Checking",
        mask="1234",
        first_sent_at=NOW,
        created_at=NOW,
        updated_at=NOW,
        persistent_id=persistent_id,
    )


@pytest.mark.parametrize(
    ("kept", "shown", "is_found"),
    [(None, None, True), ("lasting", None, True), (None, "lasting", True), ("lasting", "another", False)],
)
def test_looks_count_unless_both_lasting_ids_are_known_and_differ(
    kept: str | None, shown: str | None, is_found: bool
) -> None:
    account = funding_account(kept)
    linked = LinkedAccount("after", "Checking", None, "1234", None, None, "USD", persistent_id=shown)

    found = matched_account(account, [linked], [account])

    assert found == (linked if is_found else None)
