"""Create and poll in every dialect, one server, one run, as ratios to usvideo's."""

from __future__ import annotations

import json
from typing import Any

from msgspec import Struct

from bench.load import load, request
from bench.server import JSON, PROMPT, Rushes, get
from bench.table import table


class Case(Struct, frozen=True):
    """A dialect's create, where its answer has the job's id, and its poll."""

    path: str
    body: dict[str, Any]
    job: tuple[str, ...]
    poll: str


_TASK = {"mode": "text-to-video", "prompt": PROMPT, "duration": 4}
CASES = {
    "usvideo": Case("/v1/videos", {"prompt": PROMPT, "mode": "text_to_video", "duration": 5}, ("id",), "/v1/videos/{}"),
    "xpilot": Case(
        "/api/v1/video/generate",
        {"model": "seedance-2.0/text-to-video", "prompt": PROMPT, "duration": 4},
        ("task_id",),
        "/api/v1/video/{}?provider=seedance",
    ),
    "series": Case("/v1/videos/videos", {"model": "videos", "prompt": PROMPT, "duration": 5}, ("id",), "/v1/result/{}"),
    "apixo": Case(
        "/api/v1/generateTask/seedance-1-5-pro",
        {"request_type": "async", "input": _TASK},
        ("data", "taskId"),
        "/api/v1/statusTask/seedance-1-5-pro?taskId={}",
    ),
    "studio": Case("/api/generate", {"model": "wan-t2v", "prompt": PROMPT}, ("job_id",), "/api/status?job_id={}"),
    "openai": Case("/openai/v1/videos", {"model": "sora-2", "prompt": PROMPT}, ("id",), "/openai/v1/videos/{}"),
}
_ROUNDS = 3
_SECONDS = 2.0


def run() -> None:
    """Measure in turns and print the best of each."""
    best: dict[str, dict[str, float]] = {name: {"create": 0.0, "poll": 0.0} for name in CASES}
    for _ in range(_ROUNDS):
        for name, case in CASES.items():
            # A fresh server each: nobody pays for the rows that others have made.
            with Rushes() as server:
                for what, rate in _measure(server, case).items():
                    best[name][what] = max(best[name][what], rate)
    base = best["usvideo"]
    rows = [
        [name, *(f"{rates[what]:.0f} ({rates[what] / base[what]:.2f})" for what in ("create", "poll"))]
        for name, rates in best.items()
    ]
    table(["dialect", "create /s (to usvideo's)", "poll /s (to usvideo's)"], rows)


def _measure(server: Rushes, case: Case) -> dict[str, float]:
    body = json.dumps(case.body).encode()
    job = get(f"{server.url}{case.path}", server.headers | JSON, body)
    for name in case.job:
        job = job[name]
    create = load(server.url, request("POST", case.path, server.headers | JSON, body), seconds=_SECONDS)
    poll = load(server.url, request("GET", case.poll.format(job), server.headers), seconds=_SECONDS)
    assert not create["bad"]
    assert not poll["bad"]
    return {"create": create["rate"], "poll": poll["rate"]}
