"""Create and poll through HTTP: ours, and LiteLLM's proxy before an instant upstream, in one run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.load import load, request
from bench.table import table

PROMPT = "A golden retriever running through a meadow at sunset, slow dolly in"
_JSON = {"Content-Type": "application/json"}


def run() -> None:
    """Measure and print."""
    ours = _rushes()
    theirs = _litellm()
    rows = []
    for name, unit, more_is_better in (
        ("create", "/s", True),
        ("poll", "/s", True),
        ("start", "s", False),
        ("memory", "MB", False),
    ):
        ratio = ""
        if theirs is not None:
            ratio = f"{ours[name] / theirs[name] if more_is_better else theirs[name] / ours[name]:.1f}x better"
        rows.append(
            [f"{name} {unit}", f"{ours[name]:.2f}", f"{theirs[name]:.2f}" if theirs else "not available", ratio]
        )
    table(["", "rushes", "LiteLLM proxy, 1 worker", "ratio"], rows)
    print(f"p99 of ours: create {ours['create_p99']:.1f} ms, poll {ours['poll_p99']:.1f} ms")


def _rushes() -> dict[str, float]:
    with tempfile.TemporaryDirectory() as home:
        environ = {**os.environ, "RUSHES_HOME": home, "RUSHES_PORT": "0"}
        python = [sys.executable, "-m", "rushes"]
        made = subprocess.run(
            [*python, "keys", "create", "--email", "bench@example.com", "--credits", "1000000000", "--tier",
             "enterprise", "--json"],
            env=environ, capture_output=True, check=True,
        )  # fmt: skip
        key = json.loads(made.stdout)["key"]
        started = time.perf_counter()
        server = subprocess.Popen([*python, "serve", "--no-worker"], env=environ, stdout=subprocess.PIPE, text=True)
        try:
            assert server.stdout is not None
            url = server.stdout.readline().rpartition(" ")[2].strip()
            _get(f"{url}/v1/pricing")
            start = time.perf_counter() - started
            time.sleep(1)
            memory = _memory(server.pid)
            headers = {"Authorization": f"Bearer {key}"}
            body = json.dumps({"prompt": PROMPT, "mode": "text_to_video", "duration": 5}).encode()
            job = _get(f"{url}/v1/videos", headers | _JSON, body)["id"]
            create = load(url, request("POST", "/v1/videos", headers | _JSON, body))
            poll = load(url, request("GET", f"/v1/videos/{job}", headers))
        finally:
            server.terminate()
            server.wait()
    assert not create["bad"]
    assert not poll["bad"]
    return {
        "create": create["rate"],
        "poll": poll["rate"],
        "create_p99": create["p99"],
        "poll_p99": poll["p99"],
        "start": start,
        "memory": memory,
    }


def _litellm() -> dict[str, float] | None:
    """LiteLLM's proxy with one worker; None when its package cannot be had."""
    folder = Path(__file__).parent.parent / ".venv-bench"
    python = folder / "bin" / "python"
    if not (folder / ".installed").exists():
        print("fetching LiteLLM's proxy for comparison (about 200 MB, once) …", flush=True)
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "litellm[proxy]>=1.80"]
        if subprocess.run(pip, check=False).returncode:
            return None
        (folder / ".installed").touch()
    with _upstream() as upstream, tempfile.TemporaryDirectory() as home:
        config = Path(home) / "config.yaml"
        config.write_text(
            "model_list:\n  - model_name: sora-2\n    litellm_params:\n      model: openai/sora-2\n"
            f"      api_base: {upstream}/v1\n      api_key: sk-none\n"
            "general_settings:\n  master_key: sk-bench\n"
        )
        port = "47311"
        started = time.perf_counter()
        server = subprocess.Popen(
            [str(folder / "bin" / "litellm"), "--config", str(config), "--port", port, "--num_workers", "1",
             "--host", "127.0.0.1", "--telemetry", "False"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        url = f"http://127.0.0.1:{port}"
        headers = {"Authorization": "Bearer sk-bench"}
        try:
            while True:
                try:
                    _get(f"{url}/health/liveliness", headers)
                    break
                except OSError:
                    if server.poll() is not None or time.perf_counter() - started > 120:
                        return None
                    time.sleep(0.05)
            start = time.perf_counter() - started
            memory = _memory(server.pid)
            body = json.dumps({"model": "sora-2", "prompt": PROMPT, "seconds": "4"}).encode()
            try:
                job = _get(f"{url}/v1/videos", headers | _JSON, body)["id"]
            except urllib.error.HTTPError as error:
                print("LiteLLM refused a create:", error.read()[:300])
                return None
            create = load(url, request("POST", "/v1/videos", headers | _JSON, body))
            poll = load(url, request("GET", f"/v1/videos/{job}", headers))
        finally:
            server.terminate()
            server.wait()
        if create["bad"] or poll["bad"]:
            print(f"LiteLLM answered errors: {create['bad']} creates, {poll['bad']} polls")
    return {"create": create["rate"], "poll": poll["rate"], "start": start, "memory": memory}


@contextmanager
def _upstream() -> Iterator[str]:
    """An upstream in OpenAI's shape that answers at once."""
    server = subprocess.Popen([sys.executable, "-m", "bench.upstream"], stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        yield server.stdout.readline().strip()
    finally:
        server.terminate()
        server.wait()


def _get(url: str, headers: dict[str, str] | None = None, body: bytes | None = None) -> Any:
    with urllib.request.urlopen(urllib.request.Request(url, body, headers or {}), timeout=30) as answer:
        text = answer.read()
    try:
        return json.loads(text)
    except ValueError:
        return text


def _memory(pid: int) -> float:
    """Resident memory of a process and its children in MB."""
    total = 0
    pending = [pid]
    while pending:
        process = pending.pop()
        children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
        pending += [int(child) for child in children]
        for line in Path(f"/proc/{process}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                total += int(line.split()[1])
    return total / 1024
