"""Progressive Robot's studio API (video.progressiverobot.com/api-docs; shared by a Rushes at /api).

POST api/generate, api/generate-v2v, api/generate-image (a job for each picture), api/generate-audio, api/tts/generate →
job_id; GET api/status?job_id= → queued, processing, completed, error; POST api/cancel; GET api/{video|image|audio}/…
Pictures are uploaded first (api/upload-image). The document prints no bodies: fields that its tables do not have
(image_filename, start and end images, clips and recordings) are a Rushes', which takes data: addresses too.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rushes.engines.cloud.exchange import Call, Exchange, Garbage, Part
from rushes.engines.cloud.faults import expect, message_of
from rushes.engines.cloud.inputs import data_uri
from rushes.engines.cloud.peers import LARGEST, once, said
from rushes.engines.cloud.results import finished, started, waiting
from rushes.engines.cloud.studio.shapes import Status as JobStatus
from rushes.engines.cloud.studio.shapes import Uploaded, Work
from rushes.engines.cloud.tabled import Tabled
from rushes.engines.contract import EngineError, FailureCode, Input, Mode, Operation, Output, Request, Role, Status

_PATHS = {
    Mode.TEXT_TO_IMAGE: "api/generate-image",
    Mode.IMAGE_TO_IMAGE: "api/generate-image",
    Mode.VIDEO_TO_VIDEO: "api/generate-v2v",
    Mode.TEXT_TO_AUDIO: "api/generate-audio",
    Mode.TEXT_TO_SPEECH: "api/tts/generate",
}
_RESTYLE = "v2v"
"""The model that has an endpoint of its own; others that take a clip are told so by their inputs."""
_PICTURES = frozenset({Role.IMAGE, Role.END_IMAGE, Role.REFERENCE_IMAGE, Role.MASK})
_VOICES = {"bf": "en_gb_female", "bm": "en_gb_male", "af": "en_us_female", "am": "en_us_male"}
"""The document's voices, by how names of ours begin."""


class Studio(Tabled):
    """See Provider."""

    title = "the studio service"
    base = "https://video.progressiverobot.com"
    modes = frozenset(
        {
            *_PATHS,
            Mode.TEXT_TO_VIDEO,
            Mode.IMAGE_TO_VIDEO,
            Mode.FIRST_LAST_FRAME,
            Mode.REFERENCE_TO_VIDEO,
            Mode.SOUND_TO_VIDEO,
            Mode.MOTION_TRANSFER,
        }
    )
    paid = True

    def start(self, request: Request) -> Exchange[Operation]:
        """See Provider."""
        self._forms.check(request)
        filled = self._forms.fill(request, {})
        places = {}
        for each in request.inputs:
            upload = each.role in _PICTURES
            places[each] = (yield from self._upload(each)) if upload else data_uri(each, longest=LARGEST)
        filled = self._forms.fill(request, places)
        fields, warnings = dict(filled.fields), list(filled.warnings)
        _own(request, fields, warnings)
        restyled = request.mode is Mode.VIDEO_TO_VIDEO and request.upstream != _RESTYLE
        path = "api/generate" if restyled else _PATHS.get(request.mode, "api/generate")
        reply = yield Call(method="POST", url=path, json=fields, headers=once(request, "studio"), paid=True)
        if not reply.ok:
            raise self._faults.refused(reply, *said(reply))
        work = reply.read(Work)
        names = list(work.job_ids) or [work.job_id]
        if not names[0] and not work.filename:
            raise Garbage("neither a job nor a file")
        done = f"/api/audio/{work.filename}" if work.filename and not names[0] else None
        usage = {"credits": work.credits_charged}
        notes = [*warnings, *work.notes()]
        return started(request, names[0] or request.job, notes, jobs=names, done=done, usage=usage)

    def status(self, operation: Operation) -> Exchange[Status]:
        """See Provider. Several pictures are done when all are; one that fails is the end of them."""
        if operation["done"]:
            return finished(self.title, operation, [operation["done"]], operation["usage"])
        found = []
        for name in operation["jobs"]:
            reply = yield Call(method="GET", url="api/status", query={"job_id": name})
            expect(reply)
            job = reply.read(JobStatus)
            if job.status in ("queued", "processing"):
                progress = job.progress if len(operation["jobs"]) == 1 else None
                return waiting(operation, None if progress is None else min(max(progress / 100, 0.0), 1.0))
            if job.status == "error":
                return self._faults.failed("", job.error or "")
            if job.status != "completed":
                raise Garbage(f"status {job.status}")
            found.append(job.video_url or job.image_url or job.audio_url or _path(operation["kind"], job.filename))
        return finished(self.title, operation, found, operation["usage"])

    def cancel(self, operation: Operation) -> Exchange[None]:
        """See Provider."""
        for name in operation["jobs"]:
            if name:
                yield Call(method="POST", url="api/cancel", json={"job_id": name})

    def fetch(self, output: Output) -> Call:
        """See Provider."""
        return Call(method="GET", url=output.location)

    def check(self) -> Call:
        """See Provider."""
        return Call(method="GET", url="api/credits")

    def _upload(self, file: Input) -> Exchange[str]:
        """A picture's name there. Each try uploads it anew, which costs nothing."""
        path = Path(file.path)
        part = Part(name="image", file=path, filename=f"{path.stem}.{file.mime.rpartition('/')[2]}", mime=file.mime)
        reply = yield Call(method="POST", url="api/upload-image", parts=(part,), seconds=300.0)
        if reply.status in (400, 413, 415, 422):
            message = message_of(reply) or f"{self.title} does not take the {file.role}"
            raise EngineError(FailureCode.INPUT_FORMAT, message)
        if reply.status >= 500:
            raise EngineError(FailureCode.UNAVAILABLE, f"{self.title} is not available", retryable=True)
        if not reply.ok:
            raise self._faults.refused(reply, *said(reply))
        return reply.read(Uploaded).filename


def _own(request: Request, fields: dict[str, Any], warnings: list[str]) -> None:
    """What only some of its endpoints take."""
    if request.mode is Mode.TEXT_TO_AUDIO:
        fields["duration_seconds"] = request.seconds
        warnings[:] = [each for each in warnings if not each.startswith("seconds:")]
    elif request.mode is Mode.TEXT_TO_SPEECH:
        fields["voice_id"] = _VOICES.get(str(request.extra.get("voice", ""))[:2], "en_gb_female")
        warnings[:] = [each for each in warnings if not each.startswith(("voice:", "seed:", "seconds:"))]
    elif request.upstream != _RESTYLE:
        fields["model"] = request.upstream
    if request.extra.get("format", "mp3") not in ("mp3", "png"):
        warnings.append("format: ignored, the studio service makes the usual one")


def _path(kind: str, filename: str | None) -> str | None:
    """Where a file is, where only its name is said."""
    return f"/api/{kind}/{filename}" if filename else None
