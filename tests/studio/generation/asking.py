"""What the tests ask for, again and again."""

from __future__ import annotations

from typing import Any

import httpx

from tests.e2e.server import wait_for

SMALL: dict[str, Any] = {"prompt": "a red fox", "width": 128, "height": 96, "frames": 24, "steps": 4, "seed": 7}
"""A video that is quickly made."""


def ended(client: httpx.Client, job: str) -> dict[str, Any]:
    """The status of a job when it is completed or has failed."""

    def look() -> dict[str, Any] | None:
        answer = client.get("/api/status", params={"job_id": job})
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body if body["status"] in ("completed", "error") else None

    result: dict[str, Any] = wait_for(look, 60, 0.05)
    return result


def made(client: httpx.Client, **changes: Any) -> dict[str, Any]:
    """The status of a completed video."""
    answer = client.post("/api/generate", json={**SMALL, **changes})
    assert answer.status_code == 200, answer.text
    status = ended(client, answer.json()["job_id"])
    assert status["status"] == "completed", status
    return status


def drawn(client: httpx.Client, **changes: Any) -> dict[str, Any]:
    """The status of a completed image."""
    body = {"prompt": "a red fox", "model": "sd15", "width": 128, "height": 128, **changes}
    answer = client.post("/api/generate-image", json=body)
    assert answer.status_code == 200, answer.text
    status = ended(client, answer.json()["job_ids"][0])
    assert status["status"] == "completed", status
    return status


def uploaded(client: httpx.Client, picture: bytes) -> str:
    """The filename of an uploaded image."""
    answer = client.post("/api/upload-image", files={"image": ("a.png", picture, "image/png")})
    assert answer.status_code == 200, answer.text
    name: str = answer.json()["filename"]
    return name


def balance(client: httpx.Client) -> int:
    """What is left in the wallet."""
    left: int = client.get("/api/analytics/summary").json()["credits_remaining"]
    return left
