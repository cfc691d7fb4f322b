"""Texts as people mean them: phones add spaces and marks that nobody sees, and write one letter several ways."""

import unicodedata

JOINERS = frozenset("\u200c\u200d")
"""Zero-width (non-)joiners: they are part of how names are spelled in Persian, Hindi and others."""

_UNSEEN = frozenset("\u00ad\u061c\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff")
"""Direction marks, soft hyphens, and what has no width and joins nothing."""


def one_line(raw: str) -> str:
    """Return a text as it is kept: composed (NFC), plain single spaces, nothing around it, no direction marks.

    Raises:
        ValueError: if nothing is left, or what is left is no line of text.
    """
    spaced = (
        " " if unicodedata.category(character) == "Zs" else character for character in raw if character not in _UNSEEN
    )
    plain = " ".join(filter(None, unicodedata.normalize("NFC", "".join(spaced)).strip().split(" ")))
    if not set(plain) - JOINERS or not all(character.isprintable() or character in JOINERS for character in plain):
        raise ValueError("must be a text of one line")
    return plain
