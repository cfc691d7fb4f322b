"""Boosted trees by LightGBM: the challenger, fitted here and evaluated everywhere as plain arrays."""

from dataclasses import dataclass, field
from typing import Any

import lightgbm
import numpy as np

from trading.signals.model.artefact import Scaling, Trees
from trading.signals.model.inference import Array, prepared

SEED = 7
Node = dict[str, Any]


@dataclass(frozen=True)
class TreesFitter:
    """Fits trees, the same ones each time on one machine."""

    trees: int = 300
    leaves: int = 15
    rate: float = 0.03
    min_rows: int = 200

    @property
    def configuration(self) -> str:
        """Return kind and hyper-parameters."""
        return f"trees, {self.trees} of {self.leaves} leaves, rate {self.rate:g}, {self.min_rows} rows a leaf"

    def fit(self, features: Array, target: Array, scaling: Scaling) -> Trees:
        """Return the trees that come closest to the target, each after those before it."""
        return exported(self.boost(prepared(scaling, features), target))

    def boost(self, rows: Array, target: Array) -> lightgbm.Booster:
        """Return LightGBM's own model of prepared rows."""
        parameters = {
            "objective": "regression",
            "num_leaves": self.leaves,
            "learning_rate": self.rate,
            "min_data_in_leaf": self.min_rows,
            "lambda_l2": 1.0,
            "deterministic": True,
            "force_row_wise": True,
            "num_threads": 1,
            "seed": SEED,
            "verbosity": -1,
        }
        return lightgbm.train(parameters, lightgbm.Dataset(rows, target), num_boost_round=self.trees)


def exported(booster: lightgbm.Booster) -> Trees:
    """Return a booster's trees as arrays, nodes before what is below them.

    Raises:
        ValueError: if a node asks what the arrays cannot say.
    """
    nodes = _Nodes()
    roots = [nodes.add(tree["tree_structure"]) for tree in booster.dump_model()["tree_info"]]
    return nodes.trees(roots)


@dataclass
class _Nodes:
    feature: list[int] = field(default_factory=list)
    threshold: list[float] = field(default_factory=list)
    left: list[int] = field(default_factory=list)
    right: list[int] = field(default_factory=list)
    value: list[float] = field(default_factory=list)
    count: list[int] = field(default_factory=list)

    def add(self, node: Node) -> int:
        """Add a node and all below it; return its place."""
        place = self._room()
        if "leaf_value" in node:
            self.value[place], self.count[place] = float(node["leaf_value"]), int(node.get("leaf_count", 1))
            return place
        if node["decision_type"] != "<=" or node["missing_type"] != "None":
            raise ValueError("a node asks for something else than whether a number is small enough")
        self.feature[place], self.threshold[place] = int(node["split_feature"]), float(node["threshold"])
        self.left[place], self.right[place] = self.add(node["left_child"]), self.add(node["right_child"])
        below = (self.left[place], self.right[place])
        self.count[place] = sum(self.count[child] for child in below)
        self.value[place] = sum(self.value[child] * self.count[child] for child in below) / self.count[place]
        return place

    def trees(self, roots: list[int]) -> Trees:
        parts = (self.feature, self.threshold, self.left, self.right, self.value)
        feature, threshold, left, right, value = (tuple(np.asarray(part).tolist()) for part in parts)
        return Trees(tuple(roots), feature, threshold, left, right, value)

    def _room(self) -> int:
        place = len(self.feature)
        self.feature.append(-1)
        self.threshold.append(0.0)
        self.left.append(place)
        self.right.append(place)
        self.value.append(0.0)
        self.count.append(0)
        return place
