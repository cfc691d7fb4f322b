"""Each alarm sends whoever it reaches to a page that is there and is about it."""

import re

import pytest

from infra.catalogue import ROOT
from infra.runbooks import FOLDER, PAGES
from tests.infra.templates import Templates


def test_every_alarm_says_what_it_means_and_names_a_page_that_is_there(every_stage: Templates) -> None:
    alarms = every_stage.properties("AWS::CloudWatch::Alarm")

    assert len(alarms) > len(PAGES)
    for alarm in alarms:
        described = re.fullmatch(r"(.{20,})\. What to do: (docs/runbooks/[a-z-]+\.md)", alarm["AlarmDescription"])
        assert described, alarm["AlarmDescription"]
        assert (ROOT / described[2]).is_file()


def test_every_page_is_of_some_alarm(every_stage: Templates) -> None:
    used = {alarm["AlarmDescription"].rpartition("/")[2] for alarm in every_stage.properties("AWS::CloudWatch::Alarm")}
    files = {file.name for file in (ROOT / FOLDER).glob("*.md")} - {"README.md"}

    assert used <= files == {f"{page}.md" for page in PAGES}
    assert every_stage.stage == "local" or used == files


@pytest.mark.parametrize("page", sorted(PAGES))
def test_a_page_names_its_alarms_and_says_where_to_look_and_what_to_do(page: str) -> None:
    text = (ROOT / FOLDER / f"{page}.md").read_text()

    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["What it means", "Look", "Do"]
    for about in PAGES[page].about:
        assert re.search(rf"`{about}(_\*)?`", text), about


def test_no_two_pages_are_about_the_same() -> None:
    abouts = [page.about for page in PAGES.values()]

    assert sum(map(len, abouts)) == len(frozenset().union(*abouts))


def test_each_function_has_an_alarm_before_its_timeout_where_it_runs_on_aws(deployed: Templates) -> None:
    functions = {row["FunctionName"]: row["Timeout"] for row in deployed.properties("AWS::Lambda::Function")}
    near = [row for row in deployed.properties("AWS::CloudWatch::Alarm") if row["MetricName"] == "Duration"]
    watched = {
        deployed.meant(row["Dimensions"][0]["Value"])["FunctionName"]: (row["Threshold"], row["Statistic"])
        for row in near
    }

    assert watched == {name: (seconds * 900, "Maximum") for name, seconds in functions.items()}


def test_what_follows_a_stream_alarms_when_it_is_behind(deployed: Templates) -> None:
    late = [row for row in deployed.properties("AWS::CloudWatch::Alarm") if row["MetricName"] == "IteratorAge"]
    sources = deployed.properties("AWS::Lambda::EventSourceMapping")
    following = {deployed.meant(row["FunctionName"])["FunctionName"] for row in sources if "StartingPosition" in row}

    assert {deployed.meant(row["Dimensions"][0]["Value"])["FunctionName"] for row in late} == following
    assert all(row["Threshold"] == 60_000 for row in late)
