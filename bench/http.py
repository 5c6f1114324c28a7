"""Create and poll through HTTP: ours, and LiteLLM's proxy before an instant upstream, in one run."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
import urllib.error
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.load import load, request
from bench.server import JSON, PROMPT, Rushes, get, memory_of
from bench.table import table


def run() -> None:
    """Measure and print."""
    ours = _rushes()
    theirs = litellm()
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
    with Rushes() as server:
        time.sleep(1)
        memory = server.memory()
        body = json.dumps({"prompt": PROMPT, "mode": "text_to_video", "duration": 5}).encode()
        job = get(f"{server.url}/v1/videos", server.headers | JSON, body)["id"]
        create = load(server.url, request("POST", "/v1/videos", server.headers | JSON, body))
        poll = load(server.url, request("GET", f"/v1/videos/{job}", server.headers))
        start = server.start
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


def litellm() -> dict[str, float] | None:
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
    with upstream() as address, tempfile.TemporaryDirectory() as home:
        config = Path(home) / "config.yaml"
        config.write_text(
            "model_list:\n  - model_name: sora-2\n    litellm_params:\n      model: openai/sora-2\n"
            f"      api_base: {address}/v1\n      api_key: sk-none\n"
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
                    get(f"{url}/health/liveliness", headers)
                    break
                except OSError:
                    if server.poll() is not None or time.perf_counter() - started > 120:
                        return None
                    time.sleep(0.05)
            start = time.perf_counter() - started
            memory = memory_of(server.pid)
            body = json.dumps({"model": "sora-2", "prompt": PROMPT, "seconds": "4"}).encode()
            try:
                job = get(f"{url}/v1/videos", headers | JSON, body)["id"]
            except urllib.error.HTTPError as error:
                print("LiteLLM refused a create:", error.read()[:300])
                return None
            create = load(url, request("POST", "/v1/videos", headers | JSON, body))
            poll = load(url, request("GET", f"/v1/videos/{job}", headers))
        finally:
            server.terminate()
            server.wait()
        if create["bad"] or poll["bad"]:
            print(f"LiteLLM answered errors: {create['bad']} creates, {poll['bad']} polls")
    return {"create": create["rate"], "poll": poll["rate"], "start": start, "memory": memory}


@contextmanager
def upstream() -> Iterator[str]:
    """An upstream in OpenAI's shape that answers at once."""
    server = subprocess.Popen([sys.executable, "-m", "bench.upstream"], stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        yield server.stdout.readline().strip()
    finally:
        server.terminate()
        server.wait()
