"""Where Stripe's page may lead back to: allowed hosts by https, or loopback; nothing that two readers read apart."""

import pytest

from tests.support.funding import MovableClock
from tests.unit.billing.harness import RULES
from tests.unit.billing.stripe_cards import FakeStripe
from trading.billing.models import BillingState
from trading.billing.payment_methods.service import PaymentMethodService
from trading.billing.store import DynamoBillingStore
from trading.platform.errors import InvalidRequest

GOOD = "https://app.example.com/ok"


def refused(success_url: str, cancel_url: str) -> list[str]:
    """Return which addresses are refused, before anybody is asked."""
    stripe = FakeStripe()
    service = PaymentMethodService(
        DynamoBillingStore(), stripe, RULES, MovableClock(), lambda *_: BillingState(None, None)
    )
    with pytest.raises(InvalidRequest) as refusal:
        service.begin("ada", success_url, cancel_url)
    assert not stripe.calls
    return [problem.field for problem in refusal.value.problems]


@pytest.mark.parametrize(
    "url",
    [
        GOOD,
        "https://app.example.com",
        "https://app.example.com:443/ok",
        "HTTPS://APP.EXAMPLE.COM/ok",
        "https://app.example.com/ok?session={CHECKOUT_SESSION_ID}&a=b#c",
        "https://app.example.com/ok?to=user@example.org",
        "http://127.0.0.1:3000/ok",
        "http://localhost:3000/ok",
        "https://localhost:3000/ok",
    ],
)
def test_our_own_pages_are_fine(aws: None, url: str) -> None:
    service = PaymentMethodService(
        DynamoBillingStore(), FakeStripe(), RULES, MovableClock(), lambda *_: BillingState(None, None)
    )

    assert service.begin("ada", url, url).session_id


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/ok",
        "ok",
        "//app.example.com/ok",
        "https:app.example.com/ok",
        "https:/app.example.com/ok",
        "https:///app.example.com/ok",
        "https://",
        "https://?app.example.com",
        "http://app.example.com/ok",
        "ftp://app.example.com/ok",
        "javascript://app.example.com/%0aalert(1)",
        "javascript:alert(1)",
        "data:text/html,app.example.com",
        "myapp://app.example.com/ok",
        "file://localhost/etc/passwd",
        "https://evil.example.org/ok",
        "https://app.example.com.evil.org/ok",
        "https://evil-app.example.com/ok",
        "https://sub.app.example.com/ok",
        "https://example.com/ok",
        "https://app.example.com./ok",
        "https://.app.example.com/ok",
        "https://app.example.com%2eevil.org/ok",
        "https://app.example.com%00.evil.org/ok",
        "https://evil.org#@app.example.com/ok",
        "https://evil.org?@app.example.com/ok",
        "https://evil.org/app.example.com",
        "https://app.example.com@evil.org/ok",
        "https://user@app.example.com/ok",
        "https://user:word@app.example.com/ok",
        "https://@app.example.com/ok",
        "https://:@app.example.com/ok",
        "https://evil.org\\@app.example.com/ok",
        "https://app.example.com\\@evil.org/ok",
        "https://app.example.com\\.evil.org/ok",
        "https:\\\\app.example.com/ok",
        "https://app.example.com/\\evil.org",
        "https://app.example.com:80/ok",
        "https://app.example.com:8443/ok",
        "https://app.example.com:0/ok",
        "https://app.example.com:99999/ok",
        "https://app.example.com:-1/ok",
        "https://app.example.com:x/ok",
        "https://app.example.com:4४3/ok",
        "https://xn--pp-cia.example.com/ok",
        "https://\u0430pp.example.com/ok",
        "https://\uff41pp.example.com/ok",
        "https://app\u3002example\u3002com/ok",
        "https://app.example.com\u2044.evil.org/ok",
        "https://[app.example.com/ok",
        "https://[::1]/ok",
        "https://127.1/ok",
        "http://127.0.0.1.evil.org/ok",
        "http://localhost@evil.org/ok",
        "http://2130706433/ok",
        " https://app.example.com/ok",
        "https://app.example.com/ok ",
        "https://app.example.com/o k",
        "https://app.exam\nple.com/ok",
        "https://app.example.com/\r\nSet-Cookie: x",
        "\thttps://app.example.com/ok",
        "https://app.example.com/\x00",
        "https://app.example.com/\x7f",
        "https://app.example.com/é",
        "\ufeffhttps://app.example.com/ok",
    ],
)
def test_other_addresses_are_refused_by_name(url: str) -> None:
    assert refused(url, GOOD) == ["success_url"]
    assert refused(GOOD, url) == ["cancel_url"]


def test_both_are_named_where_both_are_wrong() -> None:
    assert refused("https://evil.org", "http://app.example.com") == ["success_url", "cancel_url"]
