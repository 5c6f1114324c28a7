"""Traces by OpenTelemetry, sent as OTLP over HTTP (opentelemetry.io/docs/specs/otlp, section OTLP/HTTP).

Its packages are the extra `otel`; they are imported only where a collector is named.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from rushes import __version__
from rushes.telemetry import Attributes, Kind, Work

VARIABLE = "OTEL_EXPORTER_OTLP_ENDPOINT"
"""Names the collector as the setting otel_endpoint does, which comes first."""
_FLUSH_MS = 5000


class TracingUnavailable(Exception):
    """A collector is named, but the extra `otel` is not installed."""


class Tracer:
    """Makes spans and sends them, many at a time, in a thread of its own. A collector that is away loses spans only."""

    def __init__(self, endpoint: str, *, service: str = "rushes", node: str = "") -> None:
        """`endpoint` is the collector's address without /v1/traces. Raises TracingUnavailable."""
        try:
            from opentelemetry import trace
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
            from opentelemetry.sdk.resources import Resource
            from opentelemetry.sdk.trace import TracerProvider
            from opentelemetry.sdk.trace.export import BatchSpanProcessor
            from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
        except ImportError:
            raise TracingUnavailable("traces need the extra otel: pip install 'rushes[otel]'") from None
        resource = Resource.create(
            {"service.name": service, "service.version": __version__, "service.instance.id": node}
        )
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("rushes", __version__)
        self._words = TraceContextTextMapPropagator()
        self._trace = trace
        self._kinds = {
            "inside": trace.SpanKind.INTERNAL,
            "server": trace.SpanKind.SERVER,
            "client": trace.SpanKind.CLIENT,
            "consumer": trace.SpanKind.CONSUMER,
        }

    @contextmanager
    def span(
        self, name: str, kind: Kind = "inside", parent: str = "", attributes: Attributes | None = None
    ) -> Iterator[None]:
        """A span of this task; what is raised in it is noted by its type alone, for messages may hold prompts."""
        made = self._start(name, kind, parent, attributes)
        with self._in(made, ends=True):
            yield

    def work(self, name: str, parent: str, attributes: Attributes) -> Work:
        """A span that several tasks enter."""
        return _Traced(self, self._start(name, "consumer", parent, attributes))

    def traceparent(self) -> str:
        """The name of this task's span, "" without one."""
        carrier: dict[str, str] = {}
        self._words.inject(carrier)
        return carrier.get("traceparent", "")

    def note(self, attributes: Attributes, *, failed: bool = False) -> None:
        """Say more of this task's span."""
        span = self._trace.get_current_span()
        span.set_attributes({name: value for name, value in attributes.items() if value != ""})
        if failed:
            span.set_status(self._trace.StatusCode.ERROR)

    def rename(self, name: str) -> None:
        """Name this task's span anew."""
        self._trace.get_current_span().update_name(name)

    def close(self) -> None:
        """Send what is left, for a few seconds at most. Blocks."""
        self._provider.force_flush(_FLUSH_MS)
        self._provider.shutdown()

    def _start(self, name: str, kind: Kind, parent: str, attributes: Attributes | None) -> Any:
        context = self._words.extract({"traceparent": parent}) if parent else None
        return self._tracer.start_span(name, context, self._kinds[kind], dict(attributes or {}))

    @contextmanager
    def _in(self, span: Any, *, ends: bool) -> Iterator[None]:
        with self._trace.use_span(span, end_on_exit=ends, record_exception=False, set_status_on_exception=False):
            try:
                yield
            except Exception as error:
                span.set_status(self._trace.StatusCode.ERROR, type(error).__name__)
                raise


class _Traced(Work):
    def __init__(self, tracer: Tracer, span: Any) -> None:
        self._tracer = tracer
        self._span = span

    def part(self) -> AbstractContextManager[None]:
        return self._tracer._in(self._span, ends=False)

    def end(self) -> None:
        self._span.end()


def make_tracer(endpoint: str, environ: Mapping[str, str], node: str) -> Tracer | None:
    """The tracer to the collector that the setting or the environment names; None without one."""
    named = endpoint or environ.get(VARIABLE, "")
    return Tracer(named, service=environ.get("OTEL_SERVICE_NAME", "rushes"), node=node) if named else None
