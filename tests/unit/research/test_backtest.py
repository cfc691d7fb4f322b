"""`make backtest`: a report of one file that needs no network, documents beside it, and the verdict."""

import json
import re
from datetime import date
from pathlib import Path

import pytest

from research.backtest import main
from research.report import Report, write_report
from trading.automation.portfolios.sessions import SessionStatus
from trading.backtest.models import DayResult, PathName, Run
from trading.backtest.summary import Benchmarks, summary_of
from trading.signals.gate import NEVER_JUDGED

WANTED = ("--symbols", "AAPL,GOOG", "--since", "2013-06-03", "--until", "2013-12-31")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("backtest")
    main([*WANTED, "--out", str(made)])
    return made


def test_the_shipped_history_has_no_edge(folder: Path) -> None:
    made = json.loads((folder / "backtest.json").read_text())

    assert made["summary"]["verdict"] == "no_edge"
    assert made["summary"]["because"]
    assert made["inputs"]["symbols"] == ["AAPL", "GOOG"]
    assert made["summary"]["trades"] == len((folder / "trades.csv").read_text().splitlines()) - 1
    assert made["summary"]["days"] == len((folder / "days.csv").read_text().splitlines()) - 1 == len(made["days"])


def test_the_report_needs_nothing_else(folder: Path) -> None:
    text = (folder / "report.html").read_text()

    assert not re.findall(r"<(?:script|link|img)[^>]+(?:src|href)=", text)
    assert not re.findall(r"{{\w+}}", text)
    assert len(text) < 3_000_000
    assert "Verdict of the gate: <b>no_edge</b>" in text
    assert "IN-SAMPLE" not in text


def test_the_days_are_moments_on_the_axis(folder: Path) -> None:
    text = (folder / "report.html").read_text()

    assert '"2013-06-03"' not in text
    assert "1370217600000.0" in text


@pytest.mark.parametrize(("is_in_sample", "title"), [(True, "IN-SAMPLE: Back-test of the model"), (False, "Back-test")])
def test_the_title_says_if_the_model_had_seen_the_days(tmp_path: Path, is_in_sample: bool, title: str) -> None:
    run = Run(1_000_000, (DayResult(date(2013, 2, 19), SessionStatus.CLOSED, PathName.WORSE_ORDER, 100, 100),))
    inputs = {"strategy": "model", "in_sample": is_in_sample}
    report = Report(run, run, inputs, summary_of(run, "s"), Benchmarks((0.0,), (0.0,)), NEVER_JUDGED)

    text = write_report(tmp_path / "report.html", report).read_text()

    assert re.findall(r"<(?:title|h1)>(.*?)</", text) == [report.title] * 2
    assert report.title.startswith(title)
