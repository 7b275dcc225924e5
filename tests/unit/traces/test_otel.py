"""Spans as OpenTelemetry's own SDK sends them to a receiver on loopback."""

from __future__ import annotations

import gzip
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from liveaudit.traces.correlation import first_span, trace_id
from liveaudit.traces.otel import TracesError, sink_of
from liveaudit.traces.spans import NOWHERE, Span

EVENT = "0f5a1d7e-9c1b-4f0a-8f2e-3a6b5c4d7e8f"
EVENT_SPAN = Span(
    EVENT, "event", 100.0, 104.0, inside=(Span(EVENT, "in the queue", 101.0, 102.0),), first=True
)
AUDIT = Span(
    EVENT,
    "audit",
    105.0,
    107.0,
    {"liveaudit.resource.id": "\ud800 hostile\n", "liveaudit.look": 1},
    (Span(EVENT, "read", 105.0, 106.0),),
)


class Receiver(ThreadingHTTPServer):
    """Takes traces by OTLP over HTTP."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.spans: list[Any] = []
        self.services: set[str] = set()


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        for each in ExportTraceServiceRequest.FromString(body).resource_spans:
            self.server.services |= {
                one.value.string_value for one in each.resource.attributes if one.key == "service.name"
            }
            for scope in each.scope_spans:
                self.server.spans += scope.spans
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as http.server calls it
        """Nothing."""


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    made = Receiver()
    thread = threading.Thread(target=made.serve_forever)
    thread.start()
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{made.server_address[1]}")
    yield made
    made.shutdown()
    made.server_close()
    thread.join()


def test_without_an_endpoint_nothing_is_sent() -> None:
    assert sink_of({}) is NOWHERE
    here = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"}
    assert sink_of({**here, "OTEL_SDK_DISABLED": "true"}) is NOWHERE
    assert sink_of({**here, "OTEL_TRACES_EXPORTER": "none"}) is NOWHERE


def test_without_the_extra_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    with pytest.raises(TracesError, match=r"pip install 'liveaudit\[otel\]'"):
        sink_of({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:1"})


def test_two_processes_tell_one_trace(receiver: Receiver) -> None:
    """The one that took the event in, and the one that audited: they know nothing of each other."""
    for span in (EVENT_SPAN, AUDIT):
        process = sink_of()
        process.put([span])
        process.close()
    found = {each.name: each for each in receiver.spans}
    assert found.keys() == {"event", "in the queue", "audit", "read"}
    assert len({each.trace_id for each in receiver.spans}) == 1
    event = found["event"]
    assert int.from_bytes(event.trace_id) == trace_id(EVENT)
    assert (int.from_bytes(event.span_id), event.parent_span_id) == (first_span(EVENT), b"")
    assert found["in the queue"].parent_span_id == event.span_id
    assert found["audit"].parent_span_id == event.span_id
    assert found["read"].parent_span_id == found["audit"].span_id
    assert (event.start_time_unix_nano, event.end_time_unix_nano) == (100 * 10**9, 104 * 10**9)
    attributes = {each.key: each.value for each in found["audit"].attributes}
    assert attributes["liveaudit.resource.id"].string_value == "? hostile\n"
    assert attributes["liveaudit.look"].int_value == 1
    assert receiver.services == {"liveaudit"}


def test_the_service_may_have_another_name(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_SERVICE_NAME", "audit of payments")
    sink = sink_of()
    sink.put([EVENT_SPAN])
    sink.close()
    assert receiver.services == {"audit of payments"}


def test_a_sampler_drops_a_trace_in_every_process(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "parentbased_traceidratio")
    monkeypatch.setenv("OTEL_TRACES_SAMPLER_ARG", "0.5")
    events = [
        f"{number:08x}-0000-4000-8000-{number * 0x0F0F0F0F0F0F % (1 << 48):012x}" for number in range(1, 41)
    ]
    for span in (EVENT_SPAN, AUDIT):
        process = sink_of()
        process.put([Span(event, span.name, span.start, span.end, first=span.first) for event in events])
        process.close()
    of = {
        name: {each.trace_id for each in receiver.spans if each.name == name} for name in ("event", "audit")
    }
    assert of["event"] == of["audit"]
    assert 0 < len(of["event"]) < len(events)


def test_a_receiver_that_is_away_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "0.1")
    before = set(threading.enumerate())
    sink = sink_of()
    sink.put([EVENT_SPAN] * 5000)
    sink.close()
    assert set(threading.enumerate()) <= before, "nothing goes on trying"
