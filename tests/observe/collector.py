"""A collector of traces on loopback: OTLP over HTTP, protobuf bodies (opentelemetry.io/docs/specs/otlp)."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Collector:
    """Keeps the spans it is sent."""

    def __init__(self) -> None:
        from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

        self.spans: list[Any] = []
        self.nodes: dict[bytes, str] = {}
        """Which process sent a span."""
        self.paths: set[str] = set()
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                sent = ExportTraceServiceRequest()
                sent.ParseFromString(self.rfile.read(int(self.headers["Content-Length"])))
                collector.paths.add(self.path)
                for resource in sent.resource_spans:
                    [node] = [one for one in resource.resource.attributes if one.key == "service.instance.id"]
                    for scope in resource.scope_spans:
                        collector.spans.extend(scope.spans)
                        collector.nodes.update((span.span_id, node.value.string_value) for span in scope.spans)
                self.send_response(200)
                self.send_header("Content-Type", "application/x-protobuf")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def trace(self, trace: str) -> dict[str, list[Any]]:
        """The spans of a trace (its id in hex), by name."""
        found: dict[str, list[Any]] = {}
        for span in list(self.spans):
            if span.trace_id.hex() == trace:
                found.setdefault(span.name, []).append(span)
        return found

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
