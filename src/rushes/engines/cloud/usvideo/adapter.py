"""The US Video API (usvideoapi.com/docs; shared by a Rushes at /v1).

POST v1/videos → id; GET v1/videos/{id} → pending, processing, completed, failed; DELETE v1/videos/{id} cancels what is
pending. The paths of DELETE and v1/account are not printed in the document: they follow from its words. Inputs are
addresses there; files go in as data: addresses, which a Rushes takes, and of the service nobody says. Of a
field for a webhook its pages disagree (/video-generation-api has `webhook_url`, /docs has none): none is sent.
"""

from __future__ import annotations

from rushes.engines.cloud.exchange import Call, Exchange, Garbage
from rushes.engines.cloud.faults import expect
from rushes.engines.cloud.inputs import data_uri
from rushes.engines.cloud.peers import LARGEST, once, said
from rushes.engines.cloud.results import finished, started, waiting
from rushes.engines.cloud.tabled import Tabled
from rushes.engines.cloud.usvideo.shapes import Accepted, Video
from rushes.engines.contract import Mode, Operation, Output, Request, Status

_MODES = {
    Mode.TEXT_TO_VIDEO: "text_to_video",
    Mode.IMAGE_TO_VIDEO: "image_to_video",
    Mode.REFERENCE_TO_VIDEO: "reference",
}


class UsVideo(Tabled):
    """See Provider."""

    title = "US Video API"
    base = "https://usvideoapi.com"
    modes = frozenset(_MODES)
    paid = True

    def start(self, request: Request) -> Exchange[Operation]:
        """See Provider."""
        self._forms.check(request)
        filled = self._forms.fill(request, {each: data_uri(each, longest=LARGEST) for each in request.inputs})
        reply = yield Call(
            method="POST",
            url="v1/videos",
            json={"mode": _MODES[request.mode], **filled.fields},
            headers=once(request, "usvideo"),
            paid=True,
        )
        if not reply.ok:
            raise self._faults.refused(reply, *said(reply))
        return started(request, reply.read(Accepted).id, filled.warnings)

    def status(self, operation: Operation) -> Exchange[Status]:
        """See Provider. Two further words for the ends are those that the service's own packages know."""
        reply = yield Call(method="GET", url=f"v1/videos/{operation['id']}")
        expect(reply)
        video = reply.read(Video)
        if video.status in ("pending", "processing"):
            return waiting(operation, None if video.progress is None else min(max(video.progress / 100, 0.0), 1.0))
        if video.status in ("completed", "succeeded"):
            address = video.video_url or video.result_url
            return finished(self.title, operation, [address], {"credits": video.cost_cents}, video.notes())
        if video.status in ("failed", "error"):
            return self._faults.failed("", video.error or "")
        raise Garbage(f"status {video.status}")

    def cancel(self, operation: Operation) -> Exchange[None]:
        """See Provider."""
        yield Call(method="DELETE", url=f"v1/videos/{operation['id']}")

    def fetch(self, output: Output) -> Call:
        """See Provider."""
        return Call(method="GET", url=output.location)

    def check(self) -> Call:
        """See Provider."""
        return Call(method="GET", url="v1/account")
