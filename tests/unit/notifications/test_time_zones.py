"""Time zones of quiet hours: those of a place."""

import pytest
from pydantic import ValidationError

from trading.notifications.replies import QuietBody


@pytest.mark.parametrize("name", ["America/New_York", "Europe/Berlin", "Asia/Kolkata", "America/Argentina/Ushuaia"])
def test_a_zone_of_a_region_is_taken(name: str) -> None:
    assert QuietBody.model_validate_json(f'{{"begins": "22:00", "ends": "07:00", "time_zone": "{name}"}}')


@pytest.mark.parametrize(
    "name", ["localtime", "Factory", "posixrules", "", "EST", "New York", "../etc/passwd", "Mars/X"]
)
def test_a_zone_of_no_region_is_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        QuietBody.model_validate_json(f'{{"begins": "22:00", "ends": "07:00", "time_zone": "{name}"}}')
