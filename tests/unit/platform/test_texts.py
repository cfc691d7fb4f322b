"""Texts as phones type them."""

import pytest

from trading.platform.texts import one_line


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Ada ", "Ada"),
        ("Ada\u00a0Byron", "Ada Byron"),
        ("Ada\u202f\u2007 Byron", "Ada Byron"),
        ("\u200eAda\u200f", "Ada"),
        ("\u2066Ada\u2069 \u202aByron\u202c", "Ada Byron"),
        ("\ufeffAda\u200b", "Ada"),
        ("Jose\u0301", "Jos\u00e9"),
        ("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"),
        ("\u0915\u094d\u200d\u0937", "\u0915\u094d\u200d\u0937"),
        ("O\u2019Brien", "O\u2019Brien"),
        ("\u3000\u5c71\u7530\u3000\u592a\u90ce", "\u5c71\u7530 \u592a\u90ce"),
    ],
)
def test_a_text_is_kept_as_it_is_meant(typed: str, kept: str) -> None:
    assert one_line(typed) == kept
    assert one_line(kept) == kept


@pytest.mark.parametrize(
    "typed", ["", "   ", "\u00a0", "\u200e", "\u200d", "Two\nlines", "\x07bell", "a\u0000b", "\ud800"]
)
def test_what_is_no_line_of_text_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="one line"):
        one_line(typed)
