"""Asking for work on files, and looking at what came of it."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import av
import httpx
import numpy as np

from tests.studio.generation.asking import ended

__all__ = ["bring", "fetched", "film_of", "seconds_of", "work"]


def work(client: httpx.Client, path: str, body: dict[str, Any] | None = None, **options: Any) -> dict[str, Any]:
    """The answer of a finished piece of work."""
    headers = {"Prefer": "wait=60", **options.pop("headers", {})}
    answer = client.post(path, json=body, headers=headers, **options)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    assert found["status"] == "completed", found
    return found


def bring(client: httpx.Client, clip: bytes) -> dict[str, Any]:
    """A clip of the caller's own among the files here: the whole of it, trimmed."""
    return work(client, "/api/edit/trim", None, files={"video": ("a.mp4", clip, "video/mp4")})


def fetched(client: httpx.Client, answer: dict[str, Any]) -> bytes:
    """The bytes of a finished piece of work."""
    found = client.get(answer["url"])
    assert found.status_code == 200, found.text
    return found.content


def film_of(content: bytes) -> list[Any]:
    """The pictures of a clip, as RGB."""
    with av.open(io.BytesIO(content)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


def seconds_of(content: bytes) -> float:
    """How long a clip's picture lasts."""
    with av.open(io.BytesIO(content)) as container:
        return sum(1 for _ in container.decode(video=0)) / float(container.streams.video[0].average_rate or 1)


def sound_of(content: bytes) -> Any:
    """The samples of a clip's first sound track, as floats of one channel."""
    with av.open(io.BytesIO(content)) as container:
        blocks = [frame.to_ndarray() for frame in container.decode(audio=0)]
    return np.concatenate([block.mean(axis=0) if block.ndim > 1 else block for block in blocks])


def status(client: httpx.Client, job: str) -> dict[str, Any]:
    """The status of a job when it is over."""
    return ended(client, job)


def stored(home: Path) -> int:
    """How many files the store holds."""
    return sum(1 for path in (home / "files").rglob("*") if path.is_file())
