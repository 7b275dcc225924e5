"""What Prometheus is told, and that the documentation tells the same."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from liveaudit import __version__
from liveaudit.health.alerts import ALERTS
from liveaudit.health.described import METRICS
from liveaudit.health.metrics import (
    ProcessCollector,
    RequestCollector,
    Snapshot,
    StoreCollector,
    exposition,
)
from liveaudit.health.requests import Requests
from liveaudit.store.arrivals import Last
from liveaudit.store.asked import Asking
from liveaudit.store.deliveries import ChannelState
from liveaudit.store.engines import StoreUnavailableError
from liveaudit.store.health import DueRows, Figures, Throttled
from liveaudit.store.heartbeats import Heartbeat
from liveaudit.store.meter import Meter, Seen
from liveaudit.store.misses import Recall

NOW = 1_800_000_000.0
SHOP, HERE = "222222222222", "eu-west-1"
PAGE = (Path(__file__).parents[3] / "docs" / "monitoring.md").read_text(encoding="utf-8")
HOSTILE = 'a"} 1\nliveaudit_workers{state="alive"} 99\n\\'
WORKER = Heartbeat("w", "h", 1, "0", NOW - 60, NOW)


def figures() -> Figures:
    return Figures(
        NOW,
        workers=[WORKER],
        last=[Last(SHOP, HERE, NOW - 9, NOW - 8, 3, 3.0)],
        due={(SHOP, HERE): DueRows(2, NOW - 30, sweeping=5, tried=1)},
        unknown={(SHOP, HERE, "denied"): 4},
        open_findings={("high", "AWS::S3::Bucket"): 2, ("high", "AWS::S3::AccountPublicAccessBlock"): 1},
        quarantine={HOSTILE: 1},
        throttled=[Throttled(SHOP, HERE, "s3", 9, NOW - 5)],
        asked={"acme": Asking("acme", "arn", NOW, NOW, None, "", 2, 30, 4, waiting=7, oldest=NOW - 5)},
        channels={"team": ChannelState("team", failures=2, sent=7, waiting=3, given_up=1)},
        recall=[Recall("s3", SHOP, 7, 1, 2, 0)],
    )


def snapshot() -> Snapshot:
    return Snapshot(figures(), {(f"{HERE}/q", "waiting"): 6})


def collectors(
    read: Any = snapshot, **given: Any
) -> tuple[ProcessCollector, RequestCollector, StoreCollector]:
    meter = Meter()
    meter.taken_in(
        [Seen(SHOP, HERE, {"event": NOW - 9, "sent": NOW - 8, "received": NOW - 7.5})] * 3, NOW - 7
    )
    calls = {(SHOP, HERE, "s3", "GetBucketAcl"): 2, (SHOP, "us-east-1", "s3", "GetBucketAcl"): 3}
    meter.moved("new", "high")
    requests = Requests()
    requests.answered("page", 200, 0.1)
    requests.answered("api", 200, None)
    requests.answered("page", 503, 0.3)
    return (
        ProcessCollector(lambda: meter, lambda: calls),
        RequestCollector(requests),
        StoreCollector(read, lambda type_name: type_name.split("::")[1].lower(), **given),
    )


def scraped(*given: Any) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    text = exposition(*given)().decode()
    families: Iterable[Metric] = text_string_to_metric_families(text)
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }


def test_what_is_told() -> None:
    found = scraped(*collectors())

    def value(name: str, **labels: str) -> float:
        return found[name, tuple(sorted(labels.items()))]

    assert value("liveaudit_events_total", account=SHOP, region=HERE) == 3
    assert value("liveaudit_aws_calls_total", account=SHOP, service="s3") == 5
    assert value("liveaudit_workers", state="alive") == 1
    assert value("liveaudit_workers", state="vanished") == 0
    assert value("liveaudit_due_rows", account=SHOP, region=HERE, lane="events") == 2
    assert value("liveaudit_due_rows", account=SHOP, region=HERE, lane="sweeps") == 5
    assert value("liveaudit_due_oldest_age_seconds", account=SHOP, region=HERE) == 30
    assert value("liveaudit_queue_messages", queue=f"{HERE}/q", state="waiting") == 6
    assert value("liveaudit_unknown_verdicts", account=SHOP, region=HERE, reason_kind="denied") == 4
    assert value("liveaudit_findings_open", severity="high", service="s3") == 3
    assert value("liveaudit_changes_brought", account=SHOP, service="s3") == 8
    assert value("liveaudit_changes_missed", account=SHOP, service="s3") == 2
    assert value("liveaudit_questions_waiting", policy="acme") == 7
    assert value("liveaudit_questions_total", policy="acme", outcome="answered") == 30
    assert value("liveaudit_questions_total", policy="acme", outcome="unanswered") == 4
    assert value("liveaudit_questions_failing_in_row", policy="acme") == 2
    assert value("liveaudit_store_up") == 1
    assert value("liveaudit_throttles_total", account=SHOP, region=HERE, service="s3") == 9
    assert value("liveaudit_findings_moved_total", status="new", severity="high") == 1
    assert value("liveaudit_channel_messages", channel="team", state="waiting") == 3
    assert value("liveaudit_channel_messages", channel="team", state="given up") == 1
    assert value("liveaudit_channel_failing_in_row", channel="team") == 2
    assert value("liveaudit_channel_sent_total", channel="team") == 7
    assert value("liveaudit_build_info", version=__version__) == 1
    assert value("liveaudit_http_requests_total", kind="page", code="503") == 1
    assert value("liveaudit_http_requests_total", kind="api", code="200") == 1
    assert value("liveaudit_http_request_duration_seconds_count", kind="page") == 2
    assert ("liveaudit_http_request_duration_seconds_count", (("kind", "api"),)) not in found
    assert value("process_cpu_seconds_total") > 0, "and what the process itself takes"
    assert value("liveaudit_hop_latency_seconds_count", hop="sent-received") == 3
    assert value("liveaudit_hop_latency_seconds_sum", hop="sent-received") == pytest.approx(1.5)
    buckets = {
        labels: number
        for (name, labels), number in found.items()
        if name == "liveaudit_hop_latency_seconds_bucket"
    }
    shown = sorted(
        (float(dict(labels)["le"]), number)
        for labels, number in buckets.items()
        if dict(labels)["hop"] == "sent-received"
    )
    assert [number for _, number in shown] == sorted(number for _, number in shown), "they count up"
    assert [number for bound, number in shown if bound < 0.5] == [0.0] * 9
    assert [number for bound, number in shown if bound >= 0.512] == [3.0] * (len(shown) - 9)


def test_what_others_made_up_is_a_value_and_nothing_else() -> None:
    found = scraped(*collectors())
    assert found["liveaudit_quarantine_messages", (("reason", HOSTILE),)] == 1
    assert found["liveaudit_workers", (("state", "alive"),)] == 1


def test_no_figures_of_a_store_that_is_away() -> None:
    def away() -> Snapshot:
        raise StoreUnavailableError("away")

    found = scraped(*collectors(away))
    assert found["liveaudit_store_up", ()] == 0
    assert found["liveaudit_events_total", (("account", SHOP), ("region", HERE))] == 3
    assert {name for name, _ in found if METRICS.get(name) and METRICS[name].of == "store"} == set()


def test_the_store_is_not_asked_for_every_scrape() -> None:
    asked, now = [], [100.0]

    def read() -> Snapshot:
        asked.append(now[0])
        return snapshot()

    *_, collector = collectors(read, cached_for=10.0, ticks=lambda: now[0])
    text = exposition(collector)
    # one for finding the metrics' names, when it is registered
    for each in (100.0, 105.0, 109.9, 110.0, 111.0):
        now[0] = each
        text()
    assert asked == [100.0, 110.0]


def test_all_that_is_told_is_described_and_the_other_way_round() -> None:
    described = {
        (family.name + ("_total" if family.type == "counter" else ""), family.type)
        for collector in collectors()
        for family in collector.collect()
    }
    assert described == {(name, each.kind) for name, each in METRICS.items()}


def test_labels_are_of_few_values() -> None:
    allowed = {
        "account",
        "region",
        "service",
        "severity",
        "hop",
        "state",
        "lane",
        "queue",
        "reason",
        "reason_kind",
        "kind",
        "code",
        "outcome",
        # of policies that others decide: their users wrote each of them
        "policy",
        "version",
        "status",
        # the settings name each of them
        "channel",
    }
    assert {label for each in METRICS.values() for label in each.labels} <= allowed


def test_the_page_tells_every_metric() -> None:
    rows = re.findall(r"^\| `(liveaudit_\w+)` \| (\w+) \| (.*?) \| (\w+) \| (.*?) \|$", PAGE, re.MULTILINE)
    told = {
        name: (kind, tuple(re.findall(r"`(\w+)`", labels)), of, text) for name, kind, labels, of, text in rows
    }
    assert told == {name: (each.kind, each.labels, each.of, each.text) for name, each in METRICS.items()}


def test_without_a_worker_there_are_no_figures_of_one() -> None:
    found = scraped(ProcessCollector(lambda: None, dict))
    assert {name for name, _ in found if name.startswith("liveaudit_")} == {"liveaudit_build_info"}


def test_the_page_tells_every_alert() -> None:
    told = set(re.findall(r"^\| `(Liveaudit\w+)` \|", PAGE, re.MULTILINE))
    assert told == {each.name for each in ALERTS}
