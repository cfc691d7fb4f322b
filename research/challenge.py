"""`make challenge STAGE=dev EXCHANGE=NASDAQ`: boosted trees on a stage's own market data, to take over if they may.

They are fitted here, since LightGBM is not deployed, and judged and published exactly as the weekly model is: the
trial is counted in the stage's table, and they speak only if they are proven and better on the same days. Whoever
runs this needs the rights of `train_model`.
"""

import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from infra.stages import stage_from
from trading.platform.aws import client
from trading.platform.settings import variable, variables

if TYPE_CHECKING:
    from trading.markets.models import Exchange
    from trading.signals.model.training import Training

TABLES = ("signals", "markets", "outbox")
SETTINGS = ("market_data_url", "market_data_feed", "market_data_exchanges", "training_years")


def environment(stage_name: str, account: str) -> Mapping[str, str]:
    """Return the variables by which a process reads and writes what `train_model` of a stage does.

    Raises:
        ValueError: if there is no such stage.
    """
    stage = stage_from({"stage": stage_name})
    tables = {variable("TABLE", name): f"{stage.prefix}-{name}" for name in TABLES}
    own = variables(models_bucket=f"{stage.prefix}-models-{account}", market_data_secret=f"{stage.prefix}-market-data")
    return {**stage.settings.variables(*SETTINGS), **tables, **own}


def challenge(exchange: "Exchange") -> "Training":
    """Train boosted trees on an exchange's market data, and publish them if they may speak."""
    # Stores read the names of their tables when they are loaded.
    from research.boosting import TreesFitter  # noqa: PLC0415
    from trading.platform.clock import current_clock  # noqa: PLC0415
    from trading.signals.model.wiring import trainer  # noqa: PLC0415

    return replace(trainer(), fitter=TreesFitter()).train(exchange, current_clock().now())


def main(stage: str, exchange: str) -> None:
    """Challenge the model of a stage's exchange, and print what came of it."""
    os.environ |= environment(stage, client("sts").get_caller_identity()["Account"])
    from research.train import print_figures  # noqa: PLC0415
    from trading.markets.models import Exchange  # noqa: PLC0415
    from trading.platform.settings import settings  # noqa: PLC0415
    from trading.signals.figures import Figures  # noqa: PLC0415

    settings.cache_clear()
    training = challenge(Exchange[exchange])
    print_figures(training.artefact.version, training.artefact.figures or Figures())
    sys.stdout.write(f"  {training.publication.value}\n")


if __name__ == "__main__":
    main(*sys.argv[1:3])
