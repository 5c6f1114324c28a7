"""Between the series dialect's words and the core's. No input or output happens here."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import UNSET

from rushes.catalog import InvalidParameter, Plan, Wish
from rushes.dialects.kit.problems import Problem, invalid
from rushes.dialects.kit.reading import ignored
from rushes.dialects.series.shapes import Created, CreateVideo, Result, Status
from rushes.engines.contract import Mode, Role
from rushes.jobs import Job, JobOutput
from rushes.jobs.intake import Source
from rushes.library import Asset

NAMES = {"seconds": "duration"}
"""The core's field names in this dialect's words."""
STATUSES: dict[str, Status] = {
    "queued": "queued",
    "running": "processing",
    "succeeded": "completed",
    "failed": "failed",
    "cancelled": "failed",
}
# "Reference Media Mode"
_IMAGE_BYTES = 20 * 1024 * 1024 - 1
_VIDEO_BYTES = 200 * 1024 * 1024
_VIDEO_SECONDS = 15.0
_SECONDS_SLACK = 0.1
"""A clip of 15 seconds is often a frame longer."""
_NARROWEST, _WIDEST = 720, 2160


def frames(body: CreateVideo) -> tuple[str | None, str | None]:
    """The first and last frame, by their new or older names. Raises a Problem on a conflict or when one is missing."""
    first = _one("first_image", body.first_image, "image", body.image)
    last = _one("last_image", body.last_image, "lastFrameImage", body.lastFrameImage)
    if bool(first) != bool(last):
        missing = "last_image" if first else "first_image"
        raise invalid(missing, "is required: first_image and last_image must be used together")
    return first, last


def _one(name: str, value: str | None, older: str, older_value: str | None) -> str | None:
    if value and older_value and value != older_value:
        raise Problem(400, "parameter_conflict", f"parameter conflict error: {name} and {older} differ", field=name)
    return value or older_value or None


def to_wish(body: CreateVideo, unknown: Sequence[str]) -> tuple[Wish, list[Source], list[str]]:
    """What a create asks for, its inputs and warnings. Raises a Problem naming the field at fault."""
    first, last = frames(body)
    images, videos = body.referenceImages or [], body.referenceVideos or []
    if first and (images or videos):
        named = "referenceImages" if images else "referenceVideos"
        raise invalid(named, "cannot be combined with first_image and last_image")
    mode = Mode.FIRST_LAST_FRAME if first else Mode.REFERENCE_TO_VIDEO if images or videos else Mode.TEXT_TO_VIDEO
    sources = []
    if first and last:
        sources = [
            Source(field="first_image", role=Role.IMAGE, url=first, max_bytes=_IMAGE_BYTES),
            Source(field="last_image", role=Role.END_IMAGE, url=last, max_bytes=_IMAGE_BYTES),
        ]
    sources += [
        Source(field=f"referenceImages[{n}]", role=Role.REFERENCE_IMAGE, url=url, max_bytes=_IMAGE_BYTES)
        for n, url in enumerate(images)
    ]
    sources += [
        Source(
            field=f"referenceVideos[{n}]",
            role=Role.REFERENCE_VIDEO,
            url=url,
            kinds=("video",),
            max_bytes=_VIDEO_BYTES,
            max_seconds=_VIDEO_SECONDS + _SECONDS_SLACK,
        )
        for n, url in enumerate(videos)
    ]
    wish = Wish(
        model=body.model,
        prompt=body.prompt,
        mode=mode,
        seconds=body.duration,
        ratio=body.ratio,
        resolution=body.resolution,
    )
    return wish, sources, ignored(unknown)


def judge_videos(plan: Plan, inputs: Sequence[Asset]) -> Plan:
    """The rules about all reference videos together. Raises InvalidParameter."""
    videos = [asset for asset in inputs if asset.kind == "video"]
    for video in videos:
        if not _NARROWEST <= min(video.width, video.height) <= _WIDEST:
            size = f"{video.width}x{video.height}"
            raise InvalidParameter(
                "referenceVideos", f"must be from {_NARROWEST} to {_WIDEST} pixels on the short side, got {size}"
            )
    seconds = sum(video.duration for video in videos)
    if seconds > _VIDEO_SECONDS + _SECONDS_SLACK:
        raise InvalidParameter(
            "referenceVideos", f"must be at most {_VIDEO_SECONDS:g} seconds together, got {seconds:.1f}"
        )
    if sum(video.size for video in videos) > _VIDEO_BYTES:
        raise InvalidParameter("referenceVideos", "must be at most 200 MB together")
    return plan


def created(job: Job) -> Created:
    """The answer to a create."""
    return Created(
        id=job.id,
        object="video",
        created=job.created_at // 1000,
        model=job.model,
        status="queued",
        error=None,
        engine=job.engine,
        draft=bool(job.draft),
        warnings=job.warning_list(),
    )


def result(job: Job, link: Callable[[JobOutput, Job], str]) -> Result:
    """A task as it stands. `link` makes the result's address."""
    outputs = job.output_list() if job.succeeded else []
    status = STATUSES[job.state]
    return Result(
        id=job.id,
        object="video",
        created=job.created_at // 1000,
        model=job.model,
        status=status,
        video_url=link(outputs[0], job) if outputs else None,
        error=(job.error_message or "generation failed") if status == "failed" else None,
        engine=job.engine,
        draft=bool(job.draft),
        warnings=job.warning_list(),
        actualDuration=round(outputs[0].duration, 2) if outputs else UNSET,
    )
