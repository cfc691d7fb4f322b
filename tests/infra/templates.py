"""The templates of each stage, synthesized once for all workers and held against the rules, and ways to ask them."""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fcntl import LOCK_EX, flock
from functools import cache, cached_property
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import infra.node  # noqa: F401 - tells jsii its Node, so it comes first

# isort: split
import aws_cdk as cdk

from infra.catalogue import QUEUES, ROOT, Function, Queue
from infra.nag import add_nag
from infra.stacks import add_stacks
from infra.stages import stage_from

STAGES = ("local", "dev", "prod")
DEPLOYED = ("dev", "prod")
FILLED_IN = Path(__file__).with_name("stages")
"""The files of deployed stages as somebody may have filled them in."""

FOLDER, FINDINGS = "TEMPLATES_FOLDER", "findings.txt"
"""The variable that names the folder in which workers share what is synthesized, and what the rules found there."""

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Templates:
    """All templates of one stage, by stack, and what the rules of AwsSolutions find in them."""

    stage: str
    stacks: Mapping[str, Json]
    findings: str = ""

    @cached_property
    def by_kind(self) -> Mapping[str, list[Json]]:
        """Return all resources by their type, over all stacks."""
        found: dict[str, list[Json]] = {}
        for stack in self.stacks.values():
            for resource in stack["Resources"].values():
                found.setdefault(resource["Type"], []).append(resource)
        return found

    @cached_property
    def by_role(self) -> Mapping[str, list[Json]]:
        """Return the statements of all policies by the logical id of the role that has them."""
        found: dict[str, list[Json]] = {}
        for policy in self.properties("AWS::IAM::Policy"):
            for role in set(references(policy["Roles"])):
                found.setdefault(role, []).extend(policy["PolicyDocument"]["Statement"])
        return found

    @property
    def queues(self) -> list[Queue]:
        """Return the queues that are the stage's own: where a broker is, its events come in its own queue."""
        return [row for row in QUEUES if self.stage == "local" or not row.foreign]

    def resources(self, kind: str) -> Iterator[Json]:
        """Yield the resources of a type, over all stacks."""
        yield from self.by_kind.get(kind, [])

    def properties(self, kind: str) -> list[Json]:
        """Return the properties of the resources of a type, over all stacks."""
        return [resource["Properties"] for resource in self.resources(kind)]

    def named(self, kind: str, key: str, name: str) -> Json:
        """Return the properties of the one resource with a name."""
        (found,) = (resource for resource in self.properties(kind) if resource[key] == name)
        return found

    def function(self, row: Function) -> Json:
        """Return the properties of a catalogue row's function."""
        return self.named("AWS::Lambda::Function", "FunctionName", self.function_name(row))

    def function_name(self, row: Function) -> str:
        """Return the name of a catalogue row's function."""
        return f"tiller-{self.stage}-{row.area}-{row.name}".replace("_", "-")

    def statements(self, function: Json) -> list[Json]:
        """Return what a function's role allows."""
        (role,) = references(function["Role"])
        return self.by_role.get(role, [])

    def meant(self, value: Any) -> Json:
        """Return the properties of the resource that a value refers to, through exports or directly."""
        (logical_id,) = references(self._imported(value))
        found = [stack["Resources"][logical_id] for stack in self.stacks.values() if logical_id in stack["Resources"]]
        properties: Json = found[0]["Properties"]
        return properties

    def _imported(self, value: Any) -> Any:
        if isinstance(value, dict) and "Fn::Join" in value:
            return self._imported(value["Fn::Join"][1][0])
        if not (isinstance(value, dict) and "Fn::ImportValue" in value):
            return value
        stack, _, output = value["Fn::ImportValue"].partition(":")
        return self.stacks[stack]["Outputs"][output]["Value"]


def references(value: Any) -> Iterator[str]:
    """Yield the logical ids that a part of a template refers to."""
    if isinstance(value, list):
        for item in value:
            yield from references(item)
    elif isinstance(value, dict):
        if "Ref" in value:
            yield value["Ref"]
        elif "Fn::GetAtt" in value:
            yield value["Fn::GetAtt"][0]
        else:
            yield from references(list(value.values()))


def as_list(value: Any) -> list[Any]:
    """Return a value that templates give alone or in a list as a list."""
    return value if isinstance(value, list) else [value]


@cache
def templates(stage: str) -> Templates:
    """Return a stage's templates; the first worker who asks synthesizes them for all."""
    folder = Path(os.environ.get(FOLDER) or mkdtemp())
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{stage}.lock").open("w") as lock:
        flock(lock, LOCK_EX)
        return synthesized_once(stage, folder / stage)


def synthesized_once(stage: str, folder: Path) -> Templates:
    """Return a stage's templates from a folder, synthesized with all rules unless they are there."""
    findings = folder / FINDINGS
    if not findings.exists():
        app = new_app(stage, folder)
        add_nag(app)
        findings.write_text(findings_of(app))
    return _read(folder, stage, findings.read_text())


def findings_of(app: cdk.App) -> str:
    """Synthesize an app; templates are written before the rules stop it."""
    try:
        app.synth()
    except RuntimeError as error:
        return str(error) or "unnamed"
    return ""


def synthesized(app: cdk.App, stage: str) -> Templates:
    """Return the templates of an app of a stage."""
    return _read(Path(app.synth().directory), stage)


def _read(folder: Path, stage: str, findings: str = "") -> Templates:
    files = folder.glob("*.template.json")
    stacks = {file.name.removesuffix(".template.json"): json.loads(file.read_text()) for file in files}
    return Templates(stage, stacks, findings)


def new_app(
    stage: str,
    folder: Path,
    layers: tuple[str, ...] = ("trading", "base", "partners", "signals"),
    stages: Path = FILLED_IN,
) -> cdk.App:
    """Return the app of a stage, its built layers replaced by empty ones."""
    settings = json.loads((ROOT / "cdk.json").read_text())
    for name in layers:
        (folder / "layers" / name / "python").mkdir(parents=True)
    app = cdk.App(context=settings["context"], outdir=str(folder))
    add_stacks(app, stage_from({"stage": stage}, stages), folder / "layers")
    return app
