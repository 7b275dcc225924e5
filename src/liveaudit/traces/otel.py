"""Spans to OpenTelemetry, by OTLP over HTTP. Its own environment variables say where to; without them nothing is sent."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from liveaudit import __version__
from liveaudit.model import LiveauditError
from liveaudit.traces.correlation import first_span, trace_id
from liveaudit.traces.spans import NOWHERE, Sink, Span, Value

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace.export import SpanExporter

ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
CLOSING = 5000
"""Milliseconds that sending the rest may take at the end."""


class TracesError(LiveauditError):
    """Traces are asked for and cannot be sent; the text says what to do."""


def sink_of(environment: Mapping[str, str] = os.environ) -> Sink:
    """Where spans go by OpenTelemetry's environment variables. Raises TracesError where the extra is not installed."""
    asked = next((name for name in ENDPOINTS if environment.get(name)), "")
    off = (
        environment.get("OTEL_SDK_DISABLED", "").lower() == "true"
        or environment.get("OTEL_TRACES_EXPORTER") == "none"
    )
    if not asked or off:
        return NOWHERE
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    except ImportError as error:
        raise TracesError(
            f"{asked} asks for traces, for which OpenTelemetry is needed: pip install 'liveaudit[otel]', or unset it"
        ) from error
    return OpenTelemetry(OTLPSpanExporter())


class OpenTelemetry:
    """Hands spans to OpenTelemetry's SDK, which sends them from a thread of its own, and drops them when they are too many.

    The trace of an event has the event's id, so the sampler decides alike in every process.
    """

    def __init__(self, exporter: SpanExporter) -> None:
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        self._ids = _ids()
        given = {"service.name": "liveaudit", "service.version": __version__}
        # what the environment says of the service counts more
        resource = Resource(given).merge(Resource.create()) if _is_named() else Resource.create(given)
        self._provider = TracerProvider(resource=resource, id_generator=self._ids, shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(exporter, export_timeout_millis=CLOSING))
        self._tracer = self._provider.get_tracer("liveaudit", __version__)
        self._lock = threading.Lock()

    def put(self, spans: Sequence[Span]) -> None:
        """Take these."""
        with self._lock:
            for each in spans:
                self._put(each, None)

    def close(self) -> None:
        """Send what was taken, within seconds."""
        self._provider.force_flush(CLOSING)
        self._provider.shutdown()

    def _put(self, span: Span, around: Context | None) -> None:
        from opentelemetry.context import Context
        from opentelemetry.trace import set_span_in_context

        if span.first:
            self._ids.next = (trace_id(span.correlation), first_span(span.correlation))
            around = Context()
        elif around is None:
            around = self._inside_the_event(span.correlation)
        made = self._tracer.start_span(
            span.name, around, attributes=_storable(span.attributes), start_time=_nanoseconds(span.start)
        )
        inside = set_span_in_context(made, Context())
        for each in span.inside:
            self._put(each, inside)
        made.end(_nanoseconds(max(span.start, span.end)))

    def _inside_the_event(self, correlation: str) -> Context:
        """As if the event's own span had come from another process, with what the sampler says of it."""
        from opentelemetry.context import Context
        from opentelemetry.sdk.trace.sampling import Decision
        from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, set_span_in_context

        trace = trace_id(correlation)
        decided = self._provider.sampler.should_sample(Context(), trace, "event")
        sampled = decided.decision is Decision.RECORD_AND_SAMPLE
        flags = TraceFlags(TraceFlags.SAMPLED if sampled else TraceFlags.DEFAULT)
        first = SpanContext(trace, first_span(correlation), is_remote=True, trace_flags=flags)
        return set_span_in_context(NonRecordingSpan(first), Context())


def _storable(attributes: Mapping[str, Value]) -> dict[str, Value]:
    """OTLP takes no text that is none: one would be the end of the whole batch."""
    return {
        name: value.encode("utf-8", "replace").decode() if isinstance(value, str) else value
        for name, value in attributes.items()
    }


def _is_named() -> bool:
    return bool(os.environ.get("OTEL_SERVICE_NAME")) or "service.name=" in os.environ.get(
        "OTEL_RESOURCE_ATTRIBUTES", ""
    )


def _ids() -> Any:
    """Random ids, but for the span whose ids are told: an event's own."""
    from opentelemetry.sdk.trace.id_generator import RandomIdGenerator

    class Ids(RandomIdGenerator):
        next: tuple[int, int] | None = None

        def generate_trace_id(self) -> int:
            return super().generate_trace_id() if self.next is None else self.next[0]

        def generate_span_id(self) -> int:
            told, self.next = self.next, None
            return super().generate_span_id() if told is None else told[1]

        def is_trace_id_random(self) -> bool:
            return False

    return Ids()


def _nanoseconds(at: float) -> int:
    return int(at * 1e9)
