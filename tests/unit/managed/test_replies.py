"""What a reconfiguration's body means."""

import pytest

from trading.managed.replies import ReconfigureBody
from trading.managed.versions.rules import Reconfiguration

KEY = "a-key-of-16-chars"


def asked(**body: object) -> Reconfiguration:
    return ReconfigureBody.model_validate(body).to_request("ada", "tech", KEY)


@pytest.mark.parametrize("amount", [{}, {"absolute_amount_delta_cents": 500}])
def test_no_weights_are_as_if_they_were_missing(amount: dict[str, object]) -> None:
    empty, missing = asked(weights=[], **amount), asked(**amount)

    assert empty.weights is None
    assert empty == missing
