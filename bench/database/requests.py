"""Create, poll and list over HTTP, one process."""

from __future__ import annotations

import json
from pathlib import Path

from msgspec import Struct

from bench.database.places import Place
from bench.load import load, request
from bench.server import JSON, PROMPT, Rushes, get

_BODY = json.dumps({"prompt": PROMPT, "mode": "text_to_video", "duration": 5}).encode()
_ROUNDS = 2
"""The better one counts: others may use the machine too."""
WHAT = ("create", "poll", "list")


class Rate(Struct, frozen=True):
    """Requests a second, and milliseconds of computing for one: of the server, and of the database's own processes."""

    a_second: float
    cpu: float
    database: float


def measure(
    place: Place, settings: dict[str, str], *, home: Path | None = None, seconds: float = 3.0
) -> dict[str, Rate]:
    """The rates of a server with these settings."""
    with Rushes(home=home, **settings) as server:
        job = get(f"{server.url}/v1/videos", server.headers | JSON, _BODY)["id"]
        asked = {
            "create": request("POST", "/v1/videos", server.headers | JSON, _BODY),
            "poll": request("GET", f"/v1/videos/{job}", server.headers),
            "list": request("GET", "/v1/videos?limit=20", server.headers),
        }
        rates = {}
        for name in WHAT:
            rounds = [_round(place, server, asked[name], seconds / _ROUNDS) for _ in range(_ROUNDS)]
            rates[name] = min(rounds, key=lambda rate: rate.cpu + rate.database)
    return rates


def _round(place: Place, server: Rushes, asked: bytes, seconds: float) -> Rate:
    cpu, database = server.cpu(), place.cpu()
    found = load(server.url, asked, seconds=seconds)
    assert not found["bad"]
    thousands = found["rate"] * seconds / 1000
    return Rate(found["rate"], (server.cpu() - cpu) / thousands, (place.cpu() - database) / thousands)
