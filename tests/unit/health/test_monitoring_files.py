"""The files for Prometheus and Grafana: they are the ones that are made, and ask for nothing that ``/metrics`` does not tell."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import promql_parser as promql
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from liveaudit.health.alerts import ALERTS, rules_file
from liveaudit.health.dashboard import ROWS, dashboard_file
from liveaudit.health.described import METRICS
from liveaudit.health.metrics import exposition
from tests.unit.health.test_metrics import collectors

DEPLOY = Path(__file__).parents[3] / "deploy"
RULES = yaml.safe_load(rules_file())["groups"][0]["rules"]
PANELS: list[dict[str, Any]] = json.loads(dashboard_file())["panels"]
AGGREGATED = {"le"}


@cache
def told() -> dict[str, set[str]]:
    """What ``/metrics`` tells: every name with its labels."""
    found: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(exposition(*collectors())().decode()):
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    return found


def parsed(expr: str) -> promql.Expr:
    """Raises ValueError for what Prometheus would not take."""
    return promql.parse(expr.replace("$__rate_interval", "5m"))


def selectors(expr: Any) -> Iterator[Any]:
    """The metrics that an expression asks for, wherever they stand in it."""
    if isinstance(expr, promql.VectorSelector):
        yield expr
    elif isinstance(expr, promql.MatrixSelector):
        yield expr.vector_selector
    elif isinstance(expr, promql.BinaryExpr):
        yield from selectors(expr.lhs)
        yield from selectors(expr.rhs)
    elif isinstance(expr, promql.Call):
        for each in expr.args:
            yield from selectors(each)
    elif isinstance(expr, promql.AggregateExpr | promql.ParenExpr | promql.UnaryExpr):
        yield from selectors(expr.expr)


def grouped(expr: str) -> set[str]:
    return {label.strip() for each in re.findall(r"by \(([^)]*)\)", expr) for label in each.split(",")}


def holds(expr: str) -> set[str]:
    """Hold an expression against what is told; gives the labels that its results may have."""
    asked = list(selectors(parsed(expr)))
    assert asked, f"{expr} asks for nothing"
    known = set()
    for each in asked:
        assert each.name in told(), f"{each.name} is not told"
        labels = told()[each.name]
        assert {matcher.name for matcher in each.matchers.matchers} <= labels, expr
        known |= labels
    assert grouped(expr) <= known, expr
    return grouped(expr) - {"le"}


def test_the_files_are_the_ones_that_are_made() -> None:
    """Else: ``make docs``."""
    assert (DEPLOY / "prometheus" / "liveaudit-alerts.yaml").read_text(encoding="utf-8") == rules_file()
    assert (DEPLOY / "grafana" / "liveaudit.json").read_text(encoding="utf-8") == dashboard_file()


def test_what_is_no_expression_is_found() -> None:
    for wrong in ("max by (liveaudit_workers)", "rate(liveaudit_workers)"):
        with pytest.raises(ValueError, match=r"."):
            parsed(wrong)
    with pytest.raises(AssertionError, match="is not told"):
        holds("max(liveaudit_nothing)")
    with pytest.raises(AssertionError):
        holds('max(liveaudit_workers{planet="Mars"})')
    with pytest.raises(AssertionError):
        holds("max by (planet) (liveaudit_workers)")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule["alert"]))
def test_every_alert_asks_for_what_is_told(rule: dict[str, Any]) -> None:
    assert rule.keys() <= {"alert", "expr", "for", "labels", "annotations"}
    labels = holds(rule["expr"])
    assert rule["labels"]["severity"] in ("critical", "warning")
    for text in rule["annotations"].values():
        assert set(re.findall(r"\$labels\.(\w+)", text)) <= labels
    assert rule["annotations"]["summary"] != rule["annotations"]["description"]


def test_every_alert_has_its_own_name() -> None:
    assert len({each.name for each in ALERTS}) == len(ALERTS)


@pytest.mark.parametrize(
    "panel", [each for each in PANELS if each["type"] != "row"], ids=lambda each: each["title"]
)
def test_every_panel_asks_for_what_is_told(panel: dict[str, Any]) -> None:
    assert panel["targets"]
    for target in panel["targets"]:
        labels = holds(target["expr"])
        assert set(re.findall(r"{{(\w+)}}", target["legendFormat"])) <= labels


def test_every_metric_is_on_the_dashboard() -> None:
    assert {panel.metric for row in ROWS for panel in row.panels} == METRICS.keys()


def test_panels_lie_beside_each_other_and_not_upon() -> None:
    taken: dict[tuple[int, int], str] = {}
    for panel in PANELS:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        for x in range(place["x"], place["x"] + place["w"]):
            for y in range(place["y"], place["y"] + place["h"]):
                assert (x, y) not in taken, f"{panel['title']} lies upon {taken[x, y]}"
                taken[x, y] = panel["title"]
    assert len({panel["id"] for panel in PANELS}) == len(PANELS)


def test_a_figure_of_the_store_counts_once_however_many_processes_tell_it() -> None:
    told_by_all = {name for name, each in METRICS.items() if each.of == "store"}
    for panel in PANELS:
        for target in panel.get("targets", ()):
            for each in selectors(parsed(target["expr"])):
                if each.name in told_by_all:
                    assert "max" in target["expr"], target["expr"]
