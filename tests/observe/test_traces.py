"""One trace from a client's request to the webhook that tells of its end, as a collector receives it."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("opentelemetry.sdk", reason="the extra otel is not installed")

from tests.conformance.engines import ScriptedServer
from tests.e2e.server import finished, wait_for
from tests.e2e.test_webhooks import Receiver
from tests.observe.collector import Collector

TRACE, CALLER = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


@pytest.fixture
def collector() -> Iterator[Collector]:
    running = Collector()
    yield running
    running.close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    running = Receiver()
    yield running
    running.close()


def attributes(span: Any) -> dict[str, Any]:
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in span.attributes}


def test_a_job_is_one_trace_through_all_processes(collector: Collector, receiver: Receiver, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    server = ScriptedServer(home, text_model="off", otel_endpoint=collector.url)
    server.environ["OTEL_BSP_SCHEDULE_DELAY"] = "100"
    server.start("--no-worker")
    worker = subprocess.Popen([*server.program, "worker"], env=server.environ)
    try:
        with server.client(server.key(dialect="rushes")) as client:
            answer = client.post(
                "/rushes/v1/generations",
                json={"prompt": "a boat", "seconds": 1, "callback_url": f"{receiver.url}/told"},
                headers={"traceparent": f"00-{TRACE}-{CALLER}-01"},
            )
            assert answer.status_code == 202, answer.text
            job = answer.json()["id"]
            assert finished(client, f"/rushes/v1/generations/{job}")["state"] == "succeeded"
            [(headers, _)] = wait_for(lambda: receiver.at("/told"), 20)
        worker.send_signal(signal.SIGTERM)
        assert (server.stop(), worker.wait(60)) == (0, 0)
    finally:
        server.close()
        worker.kill()
        worker.wait()
    spans = collector.trace(TRACE)
    assert collector.paths == {"/v1/traces"}
    [request] = spans["POST /rushes/v1/generations"]
    [submit] = spans["job.submit"]
    [run] = spans["job.run"]
    [webhook] = spans["webhook"]
    assert request.parent_span_id.hex() == CALLER
    assert submit.parent_span_id == request.span_id
    assert run.parent_span_id == submit.span_id
    assert webhook.parent_span_id == submit.span_id
    for name in ("engine.start", "engine.status", "engine.fetch", "library.store"):
        assert {span.parent_span_id for span in spans[name]} == {run.span_id}, name
    assert run.start_time_unix_nano <= spans["engine.start"][0].start_time_unix_nano
    assert run.end_time_unix_nano >= spans["library.store"][0].end_time_unix_nano
    assert headers["traceparent"] == f"00-{TRACE}-{webhook.span_id.hex()}-01"
    nodes = {name: {collector.nodes[span.span_id] for span in found} for name, found in spans.items()}
    assert nodes["job.submit"] != nodes["job.run"] == nodes["engine.start"] == nodes["webhook"]
    assert attributes(run)["rushes.job"] == job
    assert attributes(run)["rushes.outcome"] == "succeeded"
    assert attributes(request)["http.response.status_code"] == 202
    assert not [span for span in collector.spans if attributes(span).get("url.path") == "/metrics"]


def test_what_breaks_is_marked_without_its_words(collector: Collector) -> None:
    from rushes.observing.tracing import Tracer

    tracer = Tracer(collector.url)
    work = tracer.work("job.run", f"00-{TRACE}-{CALLER}-01", {"rushes.job": "job_1"})
    with pytest.raises(ValueError, match="a secret"), work.part(), tracer.span("inside"):
        raise ValueError("a secret prompt")
    work.end()
    tracer.close()
    spans = collector.trace(TRACE)
    assert {name: [span.status.code for span in found] for name, found in spans.items()} == {
        "job.run": [2],
        "inside": [2],
    }
    assert "secret" not in str(spans)


def test_without_a_collector_nothing_is_imported() -> None:
    code = "import sys, rushes.server; print([name for name in sys.modules if name.startswith('opentelemetry')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
