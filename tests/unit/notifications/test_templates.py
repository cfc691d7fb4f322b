import re

import pytest

from trading.automation.events import SessionSummary, StopHit, TargetHit
from trading.funding.events import TradingPaused
from trading.kyc.events import KycStatusChanged
from trading.kyc.models import KycStatus
from trading.managed.events import OrderExecuted, OrderFailed
from trading.notifications.templates import ENGLISH, STANDINGS, Template, text_of, title_of
from trading.platform.domain_events import PersonEvent


@pytest.mark.parametrize(
    ("opened", "text"),
    [
        (0, "0 positions opened, 0 closed, result $0.00."),
        (1, "1 position opened, 1 closed, result -$24.89."),
        (2, "2 positions opened, 2 closed, result $1,234.05."),
    ],
)
def test_a_trading_day_is_told_in_the_right_number(opened: int, text: str) -> None:
    pnl = {0: 0, 1: -2489, 2: 123405}[opened]

    text_shown = text_of(ENGLISH[SessionSummary], {"opened": opened, "closed": opened, "pnl_cents": pnl})

    assert text_shown == text


@pytest.mark.parametrize(
    ("cents", "words"),
    [(400_000, "bought for $4,000.00"), (-198_584, "sold for $1,985.84"), (0, "weights were changed")],
)
def test_a_confirmation_says_whether_it_was_bought_or_sold(cents: int, words: str) -> None:
    text_shown = text_of(ENGLISH[OrderExecuted], {"executed_cents": cents, "amount_cents": 1})

    assert text_shown == f"Your order was carried out: {words}."


@pytest.mark.parametrize("status", sorted(set(KycStatus) - {KycStatus.NOT_READY, KycStatus.READY}))
def test_each_standing_of_an_application_is_told_in_words(status: KycStatus) -> None:
    text_shown = text_of(ENGLISH[KycStatusChanged], {"status": status.value})

    assert text_shown == STANDINGS[status.value]
    assert status.value not in text_shown


def test_a_standing_that_nobody_knows_is_told_without_its_code() -> None:
    assert text_of(ENGLISH[KycStatusChanged], {"status": "ODD_ONE"}) == "The status of your application changed."


@pytest.mark.parametrize("record", [StopHit, TargetHit, SessionSummary, OrderExecuted, OrderFailed])
def test_a_notice_names_the_portfolio_that_it_speaks_of(record: type[PersonEvent]) -> None:
    text_shown = text_of(ENGLISH[record], {"portfolio_name": "Rainy {days}", "symbol": "AAPL"})

    assert "Rainy {days}" in text_shown


@pytest.mark.parametrize(
    ("reason", "strength", "title", "says"),
    [
        ("operator", "no_new_entries", "Automation is paused", "you may buy and sell yourself"),
        ("operator", "reduce_only", "Trading is paused", "selling goes on"),
        ("operator", "flatten", "Trading is paused", "day-trading positions are sold"),
        ("returned_deposit", "reduce_only", "Buying is paused", "withdrawals are paused; selling goes on"),
        ("account FROZEN", "reduce_only", "Trading is paused", "Trading on your account is paused"),
    ],
)
def test_a_pause_says_what_it_holds_and_what_goes_on(reason: str, strength: str, title: str, says: str) -> None:
    paused, payload = ENGLISH[TradingPaused], {"reason": reason, "strength": strength}

    assert (title_of(paused, payload), says in text_of(paused, payload)) == (title, True)


COMPUTED = {
    "amount",
    "executed",
    "pnl",
    "positions",
    "portfolio",
    "in_portfolio",
    "of_portfolio",
    "dispute_end",
    "standing",
    "pause",
    "pause_title",
}


@pytest.mark.parametrize(("record", "template"), ENGLISH.items(), ids=lambda part: getattr(part, "name", ""))
def test_a_template_speaks_of_nothing_that_its_event_has_not(record: type[PersonEvent], template: Template) -> None:
    named = set(re.findall(r"{(\w+)}", template.title + template.text + template.link))

    assert named - COMPUTED - record.model_fields.keys() == set()
