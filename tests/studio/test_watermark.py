"""The Free tier's mark: on every picture and video, whichever API it was asked for by; nobody else's is touched."""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import httpx
import numpy as np
import pytest
from PIL import Image

from tests.conformance.engines import ScriptedServer
from tests.conformance.web import clip
from tests.e2e.peer import png
from tests.e2e.server import Server, wait_for

VIDEO = ("/rushes/v1/generations", {"prompt": "a fox", "model": "composer", "seconds": 1, "resolution": "480p"})
ORDERS = {
    "rushes": VIDEO,
    "rushes image": ("/rushes/v1/generations", {"prompt": "a fox", "model": "composer-still"}),
    "usvideo": ("/v1/videos", {"prompt": "a fox", "duration": 1, "mode": "text_to_video"}),
    "xpilot": ("/api/v1/image/generate", {"prompt": "a fox", "model": "bytedance/seedream-4.5"}),
    "studio": ("/api/generate", {"prompt": "a fox"}),
    "studio image": ("/api/generate-image", {"prompt": "a fox", "model": "sd15"}),
    "openai": ("/openai/v1/videos", {"prompt": "a fox"}),
}
"""An order of each API: the scripted engine answers with the same video or picture."""
_NUMBERS = itertools.count()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = ScriptedServer(tmp_path_factory.mktemp("marks") / "home", text_model="off")
    running.home.mkdir()
    yield running.start()
    running.close()


def made(server: Server, tier: str, order: str) -> bytes:
    """What a new account of this tier gets for an order."""
    path, body = ORDERS[order]
    key = server.key(f"{tier}.{next(_NUMBERS)}@example.com", tier=tier, dialect=order.partition(" ")[0])
    with server.client(key) as client:
        answer = client.post(path, json=body)
        assert answer.status_code in (200, 202), answer.text

        def done() -> dict[str, Any] | None:
            [job] = client.get("/rushes/v1/generations").json()["generations"]
            assert job["state"] != "failed", job
            return dict(job) if job["state"] == "succeeded" else None

        [output] = wait_for(done, 60)["outputs"]
        return httpx.get(output["url"]).content


def picture(content: bytes, folder: Path) -> np.ndarray:
    """The first frame, or the picture."""
    if content.startswith(b"\x89PNG"):
        return np.asarray(Image.open(io.BytesIO(content)).convert("RGB")).astype(int)
    path = folder / "a.mp4"
    path.write_bytes(content)
    with av.open(str(path)) as container:
        frame: Any = next(iter(container.decode(video=0)))
        return np.asarray(frame.to_ndarray(format="rgb24")).astype(int)


@pytest.mark.parametrize("order", ORDERS)
def test_free_is_marked_and_paid_is_not_touched(server: Server, tmp_path: Path, order: str) -> None:
    paid, free = made(server, "starter", order), made(server, "free", order)
    assert paid in (clip(128, 72, 4), png()), "to the byte what the engine made"
    assert free != paid
    before, after = picture(paid, tmp_path), picture(free, tmp_path)
    assert after.shape == before.shape
    change = np.abs(after - before).max(axis=2)
    height, width = change.shape
    corner = np.s_[height * 2 // 3 :, : width * 9 // 10]
    assert (change[corner] > 25).mean() > 0.03, "letters can be seen"
    change[corner] = 0
    assert change.max() < 25, "and nothing else has changed"


def test_the_mark_is_in_the_stored_file(server: Server) -> None:
    """Whatever link is used, there is no other file to be had."""
    free = made(server, "free", "rushes")
    assert free not in (clip(128, 72, 4), png())
    stored = {path.read_bytes() for path in (server.home / "files").rglob("*") if path.is_file()}
    assert free in stored
