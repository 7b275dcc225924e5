"""Figures for Prometheus: of this process from its counters, of the store as they stand when they are asked for.

Names follow Prometheus' conventions (its documentation, "Metric and label naming"). Labels are accounts, regions, services, ids of
policies and fixed words; never a resource. Values that others have made up are escaped by the library.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

import structlog
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client import ProcessCollector as OperatingSystem
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from liveaudit import __version__
from liveaudit.health.described import METRICS
from liveaudit.health.requests import Requests
from liveaudit.store.engines import StoreError
from liveaudit.store.health import Figures
from liveaudit.store.latencies import BOUNDS, Histogram
from liveaudit.store.meter import Measured, Meter

log = structlog.get_logger(__name__)

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
CACHED_FOR = 10.0
"""Seconds for which figures of the store are told again."""
_LONGEST_ANSWER = 128.0

Calls = Callable[[], Mapping[tuple[str, str, str, str], int]]
"""Calls so far, by account, region, service and operation."""


class _Family:
    """The samples of a gauge or counter as they are made."""

    def __init__(self, name: str) -> None:
        described = METRICS[name]
        family = CounterMetricFamily if described.kind == "counter" else GaugeMetricFamily
        self.metric = family(name, described.text, labels=described.labels)

    def add(self, value: float, *labels: str) -> None:
        self.metric.add_metric(list(labels), value)


@dataclass(slots=True, eq=False)
class ProcessCollector(Collector):
    """What the worker of this process has counted. ``meter``: None as long as no worker runs."""

    meter: Callable[[], Meter | None]
    calls: Calls

    def collect(self) -> Iterator[Metric]:
        """See prometheus_client."""
        build = _Family("liveaudit_build_info")
        build.add(1.0, __version__)
        yield build.metric
        meter = self.meter()
        measured = Measured() if meter is None else meter.so_far()
        events = _Family("liveaudit_events_total")
        for (account, region), arrived in sorted(measured.arrivals.items()):
            events.add(arrived.seen, account, region)
        yield events.metric
        yield _histograms("liveaudit_hop_latency_seconds", measured.latencies)
        made: dict[tuple[str, str], int] = {}
        for (account, _, service, _), number in self.calls().items():
            made[account, service] = made.get((account, service), 0) + number
        calls = _Family("liveaudit_aws_calls_total")
        for (account, service), number in sorted(made.items()):
            calls.add(number, account, service)
        yield calls.metric
        moves = _Family("liveaudit_findings_moved_total")
        for labels, number in sorted((meter.moves() if meter is not None else {}).items()):
            moves.add(number, *labels)
        yield moves.metric


@dataclass(slots=True, eq=False)
class RequestCollector(Collector):
    """What the console of this process has answered."""

    requests: Requests

    def collect(self) -> Iterator[Metric]:
        """See prometheus_client."""
        answered, durations = self.requests.so_far()
        numbers = _Family("liveaudit_http_requests_total")
        for (kind, code), number in sorted(answered.items()):
            numbers.add(number, kind, str(code))
        yield numbers.metric
        yield _histograms(
            "liveaudit_http_request_duration_seconds", sorted(durations.items()), longest=_LONGEST_ANSWER
        )


def _histograms(
    name: str, found: Iterable[tuple[str, Histogram]], longest: float = BOUNDS[-1]
) -> HistogramMetricFamily:
    """A metric of histograms that one label tells apart; ``longest``: the last bucket in seconds."""
    family = HistogramMetricFamily(name, METRICS[name].text, labels=METRICS[name].labels)
    for label, histogram in found:
        family.add_metric([label], buckets=_buckets(histogram, longest), sum_value=histogram.total)
    return family


def _buckets(histogram: Histogram, longest: float) -> list[tuple[str, float]]:
    """The shown buckets, each with those below, as Prometheus wants them."""
    shown, count = [], 0
    for number, bound in enumerate(BOUNDS):
        count += histogram.seen.get(number, 0)
        if number % 2 == 0 and bound <= longest:
            shown.append((repr(bound), float(count)))
    return [*shown, ("+Inf", float(histogram.count))]


@dataclass(slots=True)
class Snapshot:
    """What is told of the store. ``queues``: messages by queue and state."""

    figures: Figures
    queues: Mapping[tuple[str, str], int]


class StoreCollector(Collector):
    """What the store knows, asked when it is wanted, but not more often than every ``cached_for`` seconds.

    ``read`` asks (StoreError when there is no answer); ``service_of`` is the service of a resource type.
    """

    def __init__(
        self,
        read: Callable[[], Snapshot],
        service_of: Callable[[str], str],
        *,
        cached_for: float | None = None,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._read = read
        self._service_of = service_of
        self._cached_for = CACHED_FOR if cached_for is None else cached_for
        self._ticks = ticks
        self._lock = threading.Lock()
        self._at = 0.0
        self._last: Snapshot | None = None

    def collect(self) -> Iterator[Metric]:
        """See prometheus_client. What is not known is left out: no figure is better than an old one."""
        snapshot = self._snapshot()
        up = _Family("liveaudit_store_up")
        up.add(0.0 if snapshot is None else 1.0)
        yield up.metric
        if snapshot is not None:
            yield from self._told(snapshot)

    def _snapshot(self) -> Snapshot | None:
        # one asks, the others wait for its answer
        with self._lock:
            if self._last is None or self._ticks() - self._at >= self._cached_for:
                try:
                    self._last = self._read()
                except StoreError as error:
                    log.warning("no figures of the store", error=str(error))
                    self._last = None
                self._at = self._ticks()
            return self._last

    def _told(self, snapshot: Snapshot) -> Iterable[Metric]:
        figures = snapshot.figures
        families = {name: _Family(name) for name, each in METRICS.items() if each.of == "store"}
        gone = sum(each.vanished(figures.at) for each in figures.workers)
        families["liveaudit_workers"].add(len(figures.workers) - gone, "alive")
        families["liveaudit_workers"].add(gone, "vanished")
        for last in figures.last:
            families["liveaudit_last_event_timestamp_seconds"].add(last.taken_at, last.account, last.region)
        for place, rows in sorted(figures.due.items()):
            families["liveaudit_due_rows"].add(rows.late, *place, "events")
            families["liveaudit_due_rows"].add(rows.sweeping, *place, "sweeps")
            age = 0.0 if rows.oldest is None else max(0.0, figures.at - rows.oldest)
            families["liveaudit_due_oldest_age_seconds"].add(age, *place)
            families["liveaudit_due_tried_again_rows"].add(rows.tried, *place)
        for (queue, state), number in sorted(snapshot.queues.items()):
            families["liveaudit_queue_messages"].add(number, queue, state)
        for key, number in sorted(figures.unknown.items()):
            families["liveaudit_unknown_verdicts"].add(number, *key)
        by_service: dict[tuple[str, str], int] = {}
        for (severity, type_name), number in figures.open_findings.items():
            service = self._service_of(type_name)
            by_service[severity, service] = by_service.get((severity, service), 0) + number
        for labels, number in sorted(by_service.items()):
            families["liveaudit_findings_open"].add(number, *labels)
        for throttled in figures.throttled:
            where = throttled.account, throttled.region, throttled.client
            families["liveaudit_throttles_total"].add(throttled.often, *where)
        for reason, number in sorted(figures.quarantine.items()):
            families["liveaudit_quarantine_messages"].add(number, reason)
        for each in figures.recall:
            labels = each.account, each.service
            families["liveaudit_changes_brought"].add(each.brought + each.late, *labels)
            families["liveaudit_changes_missed"].add(each.missed, *labels)
        for name, channel in sorted(figures.channels.items()):
            families["liveaudit_channel_messages"].add(channel.waiting, name, "waiting")
            families["liveaudit_channel_messages"].add(channel.given_up, name, "given up")
            families["liveaudit_channel_failing_in_row"].add(channel.failures, name)
            families["liveaudit_channel_sent_total"].add(channel.sent, name)
        for policy, asked in figures.asked.items():
            families["liveaudit_questions_waiting"].add(asked.waiting, policy)
            families["liveaudit_questions_failing_in_row"].add(asked.in_row, policy)
            families["liveaudit_questions_total"].add(asked.answered, policy, "answered")
            families["liveaudit_questions_total"].add(asked.unanswered, policy, "unanswered")
        return [each.metric for each in families.values()]


def exposition(*collectors: Collector) -> Callable[[], bytes]:
    """What gives the text of all these collectors' metrics (Prometheus' text format), and of the process itself."""
    registry = CollectorRegistry()
    OperatingSystem(registry=registry)
    for each in collectors:
        registry.register(each)
    return lambda: generate_latest(registry)
