import pytest
from pydantic import ValidationError

from trading.platform.settings import Settings, variables

VARIABLES = {
    "AWS_REGION": "eu-central-1",
    "TABLE_PORTFOLIOS": "tiller-dev-portfolios",
    "QUEUE_SESSION_PLANS": "https://queue/session-plans",
    "CURSOR_SECRET": "tiller-dev-cursor-key",
    "MARKET_DATA_URL": "https://data.example.com",
    "MARKET_DATA_SECRET": "tiller-dev-market-data",
    "MARKET_DATA_FEED": "sip",
    "MARKET_DATA_EXCHANGES": "NASDAQ,NYSE",
    "UNRELATED": "x",
}


def test_settings_are_what_the_environment_says() -> None:
    settings = Settings.read(VARIABLES)

    assert settings.region == "eu-central-1"
    assert settings.table("portfolios") == "tiller-dev-portfolios"
    assert settings.queue_url("session-plans") == "https://queue/session-plans"
    assert settings.cursor_secret == "tiller-dev-cursor-key"
    assert settings.market_data_exchanges == ("NASDAQ", "NYSE")
    assert settings.clock_parameter is None


def test_modules_load_without_an_environment() -> None:
    settings = Settings.read({})

    assert (settings.region, settings.table("portfolios"), settings.market_data_exchanges) == (
        "us-east-1",
        "portfolios",
        (),
    )


def test_a_queue_that_was_not_granted_is_not_guessed() -> None:
    with pytest.raises(LookupError):
        Settings.read({}).queue_url("session-plans")


def test_settings_are_frozen() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Settings.read({}).region = "elsewhere"  # type: ignore[misc]


def test_what_a_stage_writes_is_what_a_function_reads() -> None:
    stage = Settings(stripe_livemode=True, redirect_hosts=("a", "b"), retry_seconds=(60, 180), linked_days=0)
    names = [name for name, value in stage if value is not None and name not in {"tables", "queues", "keys"}]

    assert Settings.read(stage.variables(*names)) == stage


def test_a_setting_that_is_not_declared_cannot_be_written() -> None:
    with pytest.raises(LookupError):
        variables(linkd_days=3)
