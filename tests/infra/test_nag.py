"""cdk-nag's rules, each finding of which is either mended or acknowledged with a reason."""

from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_sqs as sqs

from infra.nag import ACKNOWLEDGED, add_nag
from tests.infra.templates import Templates, findings_of

SHORTEST_REASON = 40


def test_nothing_is_found_that_is_not_acknowledged(every_stage: Templates) -> None:
    assert every_stage.findings == ""


def test_a_new_finding_stops_the_synthesis(tmp_path: Path) -> None:
    app = cdk.App(outdir=str(tmp_path))
    sqs.Queue(cdk.Stack(app, "tiller-prod-data"), "Unguarded")
    add_nag(app)

    with pytest.raises(RuntimeError, match="AwsSolutions-SQS4"):
        app.synth()


def test_a_new_finding_is_kept_beside_the_templates(tmp_path: Path) -> None:
    app = cdk.App(outdir=str(tmp_path))
    sqs.Queue(cdk.Stack(app, "tiller-prod-data"), "Unguarded")
    add_nag(app)

    assert "AwsSolutions-SQS4" in findings_of(app)
    assert [file.name for file in tmp_path.glob("*.template.json")] == ["tiller-prod-data.template.json"]


def test_every_acknowledgement_gives_its_reason() -> None:
    assert all(len(finding.reason) > SHORTEST_REASON for finding in ACKNOWLEDGED)
