"""An instant upstream in the shape of OpenAI's /v1/videos: for measuring what stands before it."""

from __future__ import annotations

import json
import socket
from typing import Any

import uvicorn

_VIDEO = json.dumps(
    {
        "id": "video_1", "object": "video", "model": "sora-2", "status": "queued", "progress": 0,
        "created_at": 1_760_000_000, "seconds": "4", "size": "1280x720",
    }
).encode()  # fmt: skip


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Answer the same video to everything."""
    if scope["type"] != "http":
        return
    while (await receive()).get("more_body"):
        pass
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(_VIDEO)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": _VIDEO})


if __name__ == "__main__":
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    uvicorn.Server(uvicorn.Config(app, lifespan="off", log_level="critical")).run(sockets=[listener])
