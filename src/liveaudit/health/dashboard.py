"""A dashboard for Grafana, made of the table of metrics: what is asked for a metric follows from its type and whose figure it is.

Figures of the store are the same from every process, so the greatest counts; those of a process are added up.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from liveaudit.health.described import METRICS

UID = "liveaudit"
_SOURCE = {"type": "prometheus", "uid": "${datasource}"}
_WIDTH = 24
_RED, _ORANGE, _GREEN = "red", "orange", "green"


@dataclass(frozen=True, slots=True)
class Panel:
    """A panel on one metric. ``by``: labels that tell its lines apart; ``only``: of which samples alone; ``shape``:
    Grafana's kind; ``unit``: Grafana's word; ``limits``: from where on it is orange and red; ``last``: what stands after the
    expression; ``together``: what becomes of the labels that are not in ``by``."""

    title: str
    metric: str
    by: tuple[str, ...] = ()
    only: str = ""
    shape: str = "timeseries"
    unit: str = "short"
    width: int = 8
    limits: tuple[float, float] | None = None
    stacked: bool = False
    quantiles: tuple[float, ...] = field(default=(0.5, 0.95, 0.99))
    last: str = ""
    together: str = "sum"

    def queries(self) -> Iterator[tuple[str, str]]:
        """Each expression with its legend."""
        described = METRICS[self.metric]
        account = 'account=~"$account"' if "account" in described.labels else ""
        chosen = ",".join(filter(None, (self.only, account)))
        selected = f"{{{chosen}}}" if chosen else ""
        legend = " ".join(f"{{{{{each}}}}}" for each in self.by) or self.title
        if described.kind == "histogram":
            for share in self.quantiles:
                labels = ", ".join((*self.by, "le"))
                rate = f"rate({self.metric}_bucket{selected}[$__rate_interval])"
                expr = f"histogram_quantile({share:g}, sum by ({labels}) ({rate})){self.last}"
                yield expr, " ".join(filter(None, (legend if self.by else "", f"{share * 100:g} %")))
            return
        inner = f"{self.metric}{selected}"
        if described.kind == "counter":
            inner = f"rate({inner}[$__rate_interval])"
        if described.of == "store":
            # one series, whichever processes tell it
            inner = _around("max", described.labels, inner)
        if described.of != "store" or set(self.by) != set(described.labels):
            inner = _around(self.together, self.by, inner)
        yield f"{inner}{self.last}", legend


def _around(function: str, labels: Sequence[str], expr: str) -> str:
    return f"{function} by ({', '.join(labels)}) ({expr})" if labels else f"{function}({expr})"


@dataclass(frozen=True, slots=True)
class Row:
    """Panels below a heading."""

    title: str
    panels: tuple[Panel, ...]


ROWS = (
    Row(
        "Is all well",
        (
            Panel(
                "Workers alive",
                "liveaudit_workers",
                only='state="alive"',
                shape="stat",
                width=4,
            ),
            Panel(
                "Workers vanished",
                "liveaudit_workers",
                only='state="vanished"',
                shape="stat",
                width=4,
                limits=(1, 2),
            ),
            Panel("Processes that reach the store", "liveaudit_store_up", shape="stat", width=4),
            Panel(
                "Waits for longest",
                "liveaudit_due_oldest_age_seconds",
                shape="stat",
                unit="s",
                width=4,
                limits=(60, 300),
                together="max",
            ),
            Panel("UNKNOWN verdicts", "liveaudit_unknown_verdicts", shape="stat", width=4, limits=(1, 100)),
            Panel("In quarantine", "liveaudit_quarantine_messages", shape="stat", width=4, limits=(1, 10)),
        ),
    ),
    Row(
        "Findings",
        (
            Panel(
                "Open findings by severity", "liveaudit_findings_open", ("severity",), stacked=True, width=6
            ),
            Panel("Open findings by service", "liveaudit_findings_open", ("service",), stacked=True, width=6),
            Panel(
                "Findings moved",
                "liveaudit_findings_moved_total",
                ("status",),
                unit="cps",
                stacked=True,
                width=6,
            ),
            Panel(
                "Why verdicts are UNKNOWN", "liveaudit_unknown_verdicts", ("account", "reason_kind"), width=6
            ),
        ),
    ),
    Row(
        "From the change to the verdict",
        (
            Panel(
                "From the change to its verdicts",
                "liveaudit_hop_latency_seconds",
                only='hop="made-stored"',
                unit="s",
            ),
            Panel(
                "Every hop, 95 %",
                "liveaudit_hop_latency_seconds",
                ("hop",),
                unit="s",
                quantiles=(0.95,),
            ),
            Panel("Events taken in", "liveaudit_events_total", ("account",), unit="eps", stacked=True),
            Panel("Messages in the queues", "liveaudit_queue_messages", ("queue", "state")),
            Panel("Due to be audited", "liveaudit_due_rows", ("lane",)),
            Panel("Tried again", "liveaudit_due_tried_again_rows", ("account", "region")),
            Panel(
                "Longest waiting, by place",
                "liveaudit_due_oldest_age_seconds",
                ("account", "region"),
                unit="s",
            ),
            Panel("In quarantine, by reason", "liveaudit_quarantine_messages", ("reason",)),
            Panel(
                "Last event",
                "liveaudit_last_event_timestamp_seconds",
                ("account", "region"),
                unit="dateTimeFromNow",
                shape="table",
                last=" * 1000",
            ),
        ),
    ),
    Row(
        "Policies that others decide",
        (
            Panel("Questions", "liveaudit_questions_total", ("policy", "outcome"), unit="ops", stacked=True),
            Panel("Questions that wait", "liveaudit_questions_waiting", ("policy",)),
            Panel("Not answered, times in a row", "liveaudit_questions_failing_in_row", ("policy",)),
        ),
    ),
    Row(
        "AWS",
        (
            Panel("Calls", "liveaudit_aws_calls_total", ("service",), unit="reqps", stacked=True),
            Panel("Throttled", "liveaudit_throttles_total", ("account", "service"), unit="reqps"),
            Panel("Changes that only a sweep found", "liveaudit_changes_missed", ("account", "service")),
            Panel("Changes that events brought", "liveaudit_changes_brought", ("account", "service")),
        ),
    ),
    Row(
        "Who is told",
        (
            Panel("Messages sent", "liveaudit_channel_sent_total", ("channel",), unit="cps"),
            Panel("Messages that wait or were given up", "liveaudit_channel_messages", ("channel", "state")),
            Panel("Failures in a row", "liveaudit_channel_failing_in_row", ("channel",)),
        ),
    ),
    Row(
        "The console",
        (
            Panel("Answers", "liveaudit_http_requests_total", ("kind", "code"), unit="reqps"),
            Panel(
                "Time to answer, 95 %",
                "liveaudit_http_request_duration_seconds",
                ("kind",),
                unit="s",
                quantiles=(0.95,),
            ),
            Panel("Processes by version", "liveaudit_build_info", ("version",)),
        ),
    ),
)


def dashboard_file(rows: Sequence[Row] = ROWS) -> str:
    """The file that Grafana imports or is provisioned with."""
    panels: list[dict[str, Any]] = []
    top = 0
    for row in rows:
        panels.append(
            {
                "id": len(panels) + 1,
                "type": "row",
                "title": row.title,
                "collapsed": False,
                "gridPos": {"h": 1, "w": _WIDTH, "x": 0, "y": top},
                "panels": [],
            }
        )
        top += 1
        left, height = 0, 0
        for panel in row.panels:
            if left + panel.width > _WIDTH:
                left, top = 0, top + height
            height = 4 if panel.shape == "stat" else 8
            place = {"h": height, "w": panel.width, "x": left, "y": top}
            panels.append({"id": len(panels) + 1, "gridPos": place, **_panel(panel)})
            left += panel.width
        top += height
    return json.dumps({**_AROUND, "panels": panels}, indent=2) + "\n"


def _panel(panel: Panel) -> dict[str, Any]:
    steps: list[dict[str, Any]] = [{"color": _GREEN, "value": None}]
    if panel.limits is not None:
        steps += [
            {"color": color, "value": limit}
            for color, limit in zip((_ORANGE, _RED), panel.limits, strict=True)
        ]
    instant = panel.shape == "table"
    custom: dict[str, Any] = {}
    if panel.shape == "timeseries":
        custom = {
            "lineWidth": 1,
            "fillOpacity": 20 if panel.stacked else 5,
            "showPoints": "never",
            "stacking": {"mode": "normal" if panel.stacked else "none", "group": "A"},
        }
    return {
        "type": panel.shape,
        "title": panel.title,
        "description": METRICS[panel.metric].text,
        "datasource": _SOURCE,
        "targets": [
            {
                "refId": chr(ord("A") + number),
                "datasource": _SOURCE,
                "expr": expr,
                "legendFormat": legend,
                "range": not instant,
                "instant": instant,
                **({"format": "table"} if instant else {}),
            }
            for number, (expr, legend) in enumerate(panel.queries())
        ],
        "fieldConfig": {
            "defaults": {
                "unit": panel.unit,
                "min": 0,
                "custom": custom,
                "thresholds": {"mode": "absolute", "steps": steps},
            },
            "overrides": [],
        },
        "options": _OPTIONS[panel.shape],
    }


_OPTIONS: dict[str, dict[str, Any]] = {
    "stat": {
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
        "colorMode": "value",
        "graphMode": "area",
    },
    "timeseries": {
        "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True},
        "tooltip": {"mode": "multi", "sort": "desc"},
    },
    "table": {"showHeader": True},
}
_AROUND: dict[str, Any] = {
    "uid": UID,
    "title": "liveaudit",
    "description": "Made by: liveaudit monitoring dashboard. Change src/liveaudit/health/dashboard.py instead.",
    "tags": ["liveaudit"],
    "editable": True,
    "schemaVersion": 39,
    "version": 1,
    "refresh": "30s",
    "time": {"from": "now-6h", "to": "now"},
    "timezone": "browser",
    "annotations": {"list": []},
    "links": [],
    "templating": {
        "list": [
            {"name": "datasource", "label": "Prometheus", "type": "datasource", "query": "prometheus"},
            {
                "name": "account",
                "label": "Account",
                "type": "query",
                "datasource": _SOURCE,
                "query": {
                    "query": "label_values(liveaudit_last_event_timestamp_seconds, account)",
                    "refId": "account",
                },
                "definition": "label_values(liveaudit_last_event_timestamp_seconds, account)",
                "multi": True,
                "includeAll": True,
                "allValue": ".*",
                "current": {"text": "All", "value": "$__all"},
                "refresh": 2,
                "sort": 1,
            },
        ]
    },
}
