"""How long the form's texts may be, to the character."""

import pytest

from trading.kyc.fields import FIELDS

LONGEST = {
    "first_name": 36,
    "last_name": 36,
    "address_city": 100,
    "employment_company_name": 100,
    "disclosures_signed_by": 73,
    "employment_is_director_of_a_public_company": 200,
    "politically_exposed_names": 500,
}


@pytest.mark.parametrize(("name", "longest"), LONGEST.items())
def test_a_text_is_taken_up_to_its_length_and_no_further(name: str, longest: int) -> None:
    check = FIELDS[name].check

    assert check("x" * longest) == "x" * longest
    with pytest.raises(ValueError, match=f"at most {longest}"):
        check("x" * (longest + 1))
