"""`docs/errors.md` is current, and says of every code what it means and what to do."""

from infra.reference import errors
from infra.reference.error_words import WORDS


def test_the_page_of_errors_is_current() -> None:
    assert errors.FILE.read_text() == errors.text(), "run `make docs`"


def test_every_code_that_is_raised_has_words_and_no_other() -> None:
    assert {found.code for found in errors.raised_codes()} == set(WORDS)


def test_codes_are_found_wherever_they_are_written() -> None:
    found = {(raised.code, raised.status) for raised in errors.raised_codes()}

    assert ("not_cancellable", 409) in found  # a literal
    assert ("exchange_not_covered", 409) in found  # a constant of the module
    assert ("idempotency_key_reused", 422) in found  # a class of the tree
    assert ("reauthentication_required", 403) in found  # another class than Conflict


def test_a_refusal_between_a_partner_and_a_service_is_no_answer() -> None:
    assert ("close_awaited", 503) not in {(raised.code, raised.status) for raised in errors.raised_codes()}
