"""E-mail addresses and phone numbers as people type them."""

import subprocess
import sys

import pytest

from infra.catalogue import ROOT
from trading.kyc.contacts import email, phone


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("ada@example.com", "ada@example.com"),
        ("\u200eada@EXAMPLE.com\u00a0", "ada@example.com"),
        ("Ada.Byron+tiller@mail.example.co.uk", "Ada.Byron+tiller@mail.example.co.uk"),
        ("o'brien@example.com", "o'brien@example.com"),
        ("ada@xn--bcher-kva.example", "ada@b\u00fccher.example"),
    ],
)
def test_an_address_is_kept_in_its_normal_form(typed: str, kept: str) -> None:
    assert email(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "",
        7,
        None,
        "ada",
        "ada@",
        "@example.com",
        "ada@example",
        "ada@localhost",
        "ada@example.test",
        "ada..byron@example.com",
        ".ada@example.com",
        "ada.@example.com",
        "ada byron@example.com",
        "ada@-example.com",
        "ada@example..com",
        "ada@[127.0.0.1]",
        "Ada <ada@example.com>",
        "a" * 65 + "@example.com",
        "ada@example.com\nbcc: all@example.com",
    ],
)
def test_what_is_no_address_is_refused(typed: object) -> None:
    with pytest.raises(ValueError, match=r"e-mail address|one line"):
        email(typed)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("+15555550100", "+15555550100"),
        ("+1 (212) 555-0100", "+12125550100"),
        ("(212)\u00a0555-0100", "+12125550100"),
        ("\u202a+1 212-555-0100\u202c", "+12125550100"),
        ("+44 20 7946 0958", "+442079460958"),
        ("011 44 20 7946 0958", "+442079460958"),
        ("+52 55 1234 5678", "+525512345678"),
    ],
)
def test_a_number_is_kept_as_its_country_writes_it(typed: str, kept: str) -> None:
    assert phone(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "",
        7,
        None,
        "555-0100",
        "+0155555501",
        "+1555555010012345",
        "+10000000000",
        "+11234567890",
        "+12120550100",
        "+44 20 7946",
        "+999 123 4567",
        "+1 212 555 0100 ext. 5",
        "a number",
        "tel",
    ],
)
def test_what_is_no_number_is_refused(typed: object) -> None:
    with pytest.raises(ValueError, match=r"phone number|one line"):
        phone(typed)


def test_whoever_only_reads_the_form_loads_neither_library() -> None:
    probe = (
        "import sys, trading.kyc.replies, trading.kyc.requests; "
        "print([module for module in sys.modules if module in {names!r}])"
    )
    text = probe.format(names=("email_validator", "phonenumbers", "dns"))

    path = {"PYTHONPATH": str(ROOT / "layers" / "trading" / "python")}
    done = subprocess.run([sys.executable, "-c", text], env=path, capture_output=True, text=True, check=True)  # noqa: S603

    assert done.stdout.strip() == "[]"
