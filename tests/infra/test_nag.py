"""cdk-nag's rules, each finding of which is either mended or acknowledged with a reason."""

from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_sqs as sqs

from infra.nag import ACKNOWLEDGED, add_nag
from tests.infra.templates import STAGES, new_app

SHORTEST_REASON = 40


@pytest.mark.parametrize("stage", STAGES)
def test_nothing_is_found_that_is_not_acknowledged(tmp_path: Path, stage: str) -> None:
    app = new_app(stage, tmp_path)
    add_nag(app)

    app.synth()


def test_a_new_finding_stops_the_synthesis(tmp_path: Path) -> None:
    app = new_app("prod", tmp_path)
    sqs.Queue(cdk.Stack.of(app.node.find_child("tiller-prod-data")), "Unguarded")
    add_nag(app)

    with pytest.raises(RuntimeError, match="AwsSolutions-SQS4"):
        app.synth()


def test_every_acknowledgement_gives_its_reason() -> None:
    assert all(len(finding.reason) > SHORTEST_REASON for finding in ACKNOWLEDGED)
