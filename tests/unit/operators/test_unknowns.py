"""Unknown outcomes over all areas: pages, ids, and who settles which."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.support.funding import MovableClock
from tests.support.unknowns import decided
from trading.banking.models import AccountState, FundingAccount
from trading.banking.store import funding_account_sk
from trading.operators.unknowns import DESCRIBED, KINDS, UnknownService, page_of_unknowns
from trading.operators.wiring import unknown_service
from trading.platform.documents import dump
from trading.platform.errors import NotFound
from trading.platform.people import PersonRow, partition, set_unknown
from trading.platform.unknown_rows import UnknownRow, place_of
from trading.platform.unknowns import Decision, Finding

pytestmark = pytest.mark.usefixtures("aws")
NOW = datetime(2013, 2, 19, 15, 0, tzinfo=UTC)
CLOCK = MovableClock(NOW)


class Settles:
    """Notes what it is asked to settle."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, Decision]] = []

    def resolve(self, owner: str, sk: str, finding: Finding) -> str:
        """Note it."""
        self.asked.append((owner, sk, finding.decision))
        return "failed"


def left(owner: str, number: int = 0, *, needs_person: bool = True) -> UnknownRow:
    """Leave a bank account of a person to a person."""
    at = NOW + timedelta(minutes=number)
    texts = dict.fromkeys(
        ("user_id", "link_id", "account_id", "name", "bank_name", "mask", "institution_id", "attempt_id"), "x"
    )
    account = FundingAccount(
        f"bank-{number}",
        owner,
        **texts,
        first_sent_at=at,
        created_at=at,
        updated_at=at,
        state=AccountState.ADDING,
        needs_person=needs_person,
    )
    row = PersonRow(partition(owner), funding_account_sk(account.funding_account_id), document=dump(account))
    set_unknown(row, at)
    row.save()
    return UnknownRow(owner, str(row.sk), "")


def test_pages_go_on_newest_first_over_all_people() -> None:
    for number in range(7):
        left(f"person-{number % 3}", number)

    seen, after = [], None
    while True:
        page = page_of_unknowns(after=after, limit=2)
        seen += [unknown.record_id for _, unknown in page.items]
        after = page.next_after
        if after is None:
            break

    assert seen == [f"bank-{number}" for number in (6, 5, 4, 3, 2, 1, 0)]


def test_those_of_one_moment_are_all_told_once() -> None:
    for number in range(5):
        left(f"person-{number}")

    first = page_of_unknowns(after=None, limit=3)
    rest = page_of_unknowns(after=first.next_after, limit=3)

    assert len({unknown.owner for _, unknown in (*first.items, *rest.items)}) == 5
    assert rest.next_after is None


def test_what_was_settled_a_moment_ago_is_left_out() -> None:
    left("ada", needs_person=False)

    assert page_of_unknowns(after=None, limit=10).items == ()


@pytest.mark.parametrize("owner", ["ada", "a b/c#d?é", "x" * 128])
def test_an_id_leads_to_its_row(owner: str) -> None:
    row = UnknownRow(owner, "flow#" + "f" * 32, "")

    assert row.unknown_id.replace("-", "").replace("_", "").isalnum()
    assert place_of(row.unknown_id) == (owner, row.sk)


@pytest.mark.parametrize("text", ["1", "", "é", "=", "!!!", "Zmxvdw", "Zmxvdx", "x" * 9_000])
def test_what_is_no_id_of_ours_is_not_found(text: str) -> None:
    with pytest.raises(NotFound):
        place_of(text)


def test_a_decision_goes_to_the_one_who_settles_such_records() -> None:
    settles, row = Settles(), left("ada")

    unknown, status = UnknownService({"bank-account": lambda: settles}, CLOCK).resolve(
        row.unknown_id, decided(Decision.NEVER_ARRIVED)
    )

    assert (unknown.record_id, status) == ("bank-0", "failed")
    assert settles.asked == [("ada", row.sk, Decision.NEVER_ARRIVED)]


def test_what_waits_for_nobody_or_is_of_no_known_kind_is_not_found() -> None:
    settled = left("ada", needs_person=False)
    PersonRow(partition("ada"), "managed", document="{}").save()

    for row in (settled, UnknownRow("ada", "managed", ""), UnknownRow("bob", "account", "")):
        with pytest.raises(NotFound):
            UnknownService({}, CLOCK).resolve(row.unknown_id, decided(Decision.LOOK_AGAIN))


def test_every_kind_that_is_listed_can_be_settled() -> None:
    assert set(unknown_service().resolvers) == set(DESCRIBED) == set(KINDS)
