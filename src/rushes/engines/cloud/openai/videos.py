"""The Videos API: create, retrieve, content, delete. OpenAI's own is gone; others speak it (vLLM-Omni, SGLang, Rushes).

POST videos (multipart) → id; GET videos/{id} → queued, in_progress, completed, failed, with progress in percent; GET
videos/{id}/content → the bytes; DELETE videos/{id}. vLLM-Omni answers the GET of a failed job with the error's own
status, and the job as body: it cannot be told from trouble by the status.
"""

from __future__ import annotations

from rushes.engines.cloud.codes import Faults
from rushes.engines.cloud.exchange import Call, Exchange, Garbage, Reply
from rushes.engines.cloud.faults import expect
from rushes.engines.cloud.openai.shapes import Video
from rushes.engines.cloud.results import finished, waiting
from rushes.engines.contract import Operation, Status


def look(operation: Operation, title: str, faults: Faults) -> Exchange[Status]:
    """Ask for a video once."""
    name = operation["id"]
    reply = yield Call(method="GET", url=f"videos/{name}")
    video = _video(reply)
    if video.status in ("queued", "in_progress"):
        return waiting(operation, None if video.progress is None else min(max(video.progress / 100, 0.0), 1.0))
    if video.status == "completed":
        usage = {"seconds": video.seconds, "size": video.size}
        return finished(title, operation, [f"/videos/{name}/content"], usage, video.notes())
    if video.status in ("failed", "cancelled"):
        error = video.error
        return faults.failed((error.code or error.type) if error else video.status, error.message if error else "")
    raise Garbage(f"status {video.status}")


def stop(operation: Operation) -> Exchange[None]:
    """Delete a video, which stops it where the server can."""
    yield Call(method="DELETE", url=f"videos/{operation['id']}")


def _video(reply: Reply) -> Video:
    if not reply.ok:
        try:
            video = reply.read(Video)
        except Garbage:
            video = None
        if video is None or video.status != "failed":
            expect(reply)
    return reply.read(Video)
