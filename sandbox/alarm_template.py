"""The alarms of the synthesized template, as far as their metric and threshold go."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ALARM = "AWS::CloudWatch::Alarm"
PREFIX = "tiller-local-"
HASH = re.compile(r"[0-9A-F]{8}$")
Template = Mapping[str, Any]
Dimensions = Mapping[str, str | None]


@dataclass(frozen=True)
class Alarm:
    """An alarm on one metric; a dimension whose value the template does not have is None, and fits any."""

    name: str
    namespace: str
    metric: str
    dimensions: Dimensions
    threshold: float
    period_seconds: int
    is_sum: bool
    is_strict: bool

    def concerns(self, namespace: str, metric: str, dimensions: Mapping[str, str]) -> bool:
        """Say whether a metric is the one that it watches."""
        if (namespace, metric) != (self.namespace, self.metric) or dimensions.keys() != self.dimensions.keys():
            return False
        return all(value in {None, dimensions[name]} for name, value in self.dimensions.items())

    def is_crossed_by(self, value: float) -> bool:
        """Say whether a value is beyond the threshold, or, if it need not be beyond, at it."""
        return value > self.threshold or (value == self.threshold and not self.is_strict)


def alarms_of(assembly: Path) -> tuple[Alarm, ...]:
    """Return the alarms of an assembly that go off above a threshold of one metric."""
    templates = [json.loads(file.read_text()) for file in sorted(assembly.glob("*.template.json"))]
    return tuple(alarm for template in templates for alarm in _alarms(template, _exports(templates)))


def _alarms(template: Template, exports: Mapping[str, tuple[Template, Any]]) -> Iterator[Alarm]:
    for logical_id, resource in template.get("Resources", {}).items():
        properties = resource.get("Properties", {})
        if (
            resource["Type"] == ALARM
            and "MetricName" in properties
            and properties["ComparisonOperator"].startswith("GreaterThan")
        ):
            dimensions = {
                dimension["Name"]: _resolved(dimension["Value"], template, exports)
                for dimension in properties.get("Dimensions", ())
            }
            yield Alarm(
                name=_name(logical_id, properties, dimensions),
                namespace=properties["Namespace"],
                metric=properties["MetricName"],
                dimensions=dimensions,
                threshold=float(properties["Threshold"]),
                period_seconds=int(properties["Period"]),
                is_sum=properties.get("Statistic") in {"Sum", "SampleCount"},
                is_strict=properties["ComparisonOperator"] == "GreaterThanThreshold",
            )


def _name(logical_id: str, properties: Mapping[str, Any], dimensions: Dimensions) -> str:
    """Return the alarm's own name, or that of what it watches."""
    given = properties.get("AlarmName") or dimensions.get("type") or dimensions.get("QueueName")
    return str(given).removeprefix(PREFIX) if given else HASH.sub("", logical_id)


def _resolved(value: Any, template: Template, exports: Mapping[str, tuple[Template, Any]]) -> str | None:  # noqa: ANN401
    if isinstance(value, str):
        return value
    if "Fn::GetAtt" in value:
        resource, attribute = value["Fn::GetAtt"]
        found = template["Resources"][resource]["Properties"].get(attribute)
        return found if isinstance(found, str) else None
    if "Fn::ImportValue" in value and value["Fn::ImportValue"] in exports:
        exporting, exported = exports[value["Fn::ImportValue"]]
        return _resolved(exported, exporting, exports)
    return None


def _exports(templates: list[Template]) -> dict[str, tuple[Template, Any]]:
    return {
        output["Export"]["Name"]: (template, output["Value"])
        for template in templates
        for output in template.get("Outputs", {}).values()
        if isinstance(output.get("Export", {}).get("Name"), str)
    }
