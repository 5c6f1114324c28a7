"""Between /videos and the core. No input or output happens here."""

from __future__ import annotations

from rushes.catalog import Catalog, Model, Wish
from rushes.dialects.kit.forms import Upload
from rushes.dialects.kit.problems import Problem, invalid
from rushes.dialects.openai.errors import unsupported
from rushes.dialects.openai.planning import find_model
from rushes.dialects.openai.shapes_videos import CreateVideo, ImageReference, Status, Video, VideoError
from rushes.dialects.openai.sizes import parse_size
from rushes.engines.contract import Mode, Role
from rushes.jobs import Job
from rushes.jobs.intake import Source
from rushes.library import Asset

DEFAULT = "sora-2"
NAMES = {"ratio": "size", "resolution": "size"}
REMIXED_FROM = "remixed_from"
STATUSES: dict[str, Status] = {
    "queued": "queued",
    "running": "in_progress",
    "succeeded": "completed",
    "failed": "failed",
    "cancelled": "failed",
}
_FROM_VIDEO = (Mode.REFERENCE_TO_VIDEO, Mode.VIDEO_TO_VIDEO)


def video_modes(catalog: Catalog) -> frozenset[Mode]:
    """Every mode that makes a video."""
    return frozenset(mode for model in catalog.models.values() if model.kind == "video" for mode in model.modes)


def create_wish(catalog: Catalog, body: CreateVideo, upload: Upload | None) -> tuple[Wish, list[Source]]:
    """What a create asks for, and its picture."""
    sources = _picture(body.input_reference, upload)
    mode = Mode.IMAGE_TO_VIDEO if sources else Mode.TEXT_TO_VIDEO
    model = find_model(catalog, body.model or DEFAULT, (mode,))
    width, height = parse_size(body.size)
    wish = Wish(
        model=model.id,
        prompt=body.prompt,
        mode=mode,
        seconds=_seconds(body.seconds),
        width=width,
        height=height,
        sound=model.sound,
    )
    return wish, sources


def remix_wish(catalog: Catalog, prompt: str, model: str | None, source: Job) -> Wish:
    """What a remix of a job asks for: the same length and size, from its video."""
    plan = source.plan()
    found = _from_video(catalog, model or source.model)
    return Wish(
        model=found.id,
        prompt=prompt,
        mode=next(mode for mode in _FROM_VIDEO if mode in found.modes),
        seconds=plan.seconds,
        width=plan.width,
        height=plan.height,
        sound=found.sound,
        extra={REMIXED_FROM: source.id},
    )


def edit_wish(catalog: Catalog, prompt: str, model: str | None) -> Wish:
    """What an edit of an uploaded video asks for: the model's usual length and size."""
    found = _from_video(catalog, model or DEFAULT)
    mode = next(mode for mode in _FROM_VIDEO if mode in found.modes)
    return Wish(model=found.id, prompt=prompt, mode=mode, sound=found.sound)


def video_source(*, content: bytes | None = None, asset: Asset | None = None) -> Source:
    """The video that a remix or an edit begins with."""
    return Source(field="video", role=Role.REFERENCE_VIDEO, content=content, asset=asset, kinds=("video",))


def video(job: Job) -> Video:
    """A job as /videos shows it."""
    plan = job.plan()
    status = STATUSES[job.state]
    failure = None
    if status == "failed":
        failure = VideoError(code=job.error_code or "failed", message=job.error_message or "the video failed")
    return Video(
        id=job.id,
        created_at=job.created_at // 1000,
        status=status,
        model=job.model,
        progress=100 if job.succeeded else min(99, int(job.progress * 100)),
        prompt=plan.prompt,
        seconds=f"{plan.seconds:g}",
        size=f"{plan.width}x{plan.height}",
        engine=job.engine,
        draft=bool(job.draft),
        warnings=job.warning_list(),
        completed_at=job.finished_at // 1000 if job.succeeded and job.finished_at else None,
        expires_at=job.expires_at // 1000 if job.expires_at else None,
        error=failure,
        remixed_from_video_id=plan.extra.get(REMIXED_FROM),
    )


def not_ready(job: Job) -> Problem:
    """Why a job has no content to download."""
    if job.terminal:
        message = f"the video has no content, it failed: {job.error_message or job.error_code}"
    else:
        message = f"the video is not ready yet: GET /openai/v1/videos/{job.id} says when its status is completed"
    return Problem(404, "not_ready", message)


def _picture(reference: str | ImageReference | None, upload: Upload | None) -> list[Source]:
    field = "input_reference"
    if upload is not None:
        return [Source(field=field, role=Role.IMAGE, content=upload.content)]
    if isinstance(reference, ImageReference):
        if reference.file_id:
            raise unsupported("file_id", "send the picture itself, or its address as image_url", field)
        if not reference.image_url:
            raise invalid(field, "must have an image_url")
        reference = reference.image_url
    return [Source(field=field, role=Role.IMAGE, url=reference)] if reference else []


def _seconds(value: str | float | None) -> float | None:
    if value is None:
        return None
    try:
        return float(value)
    except ValueError:
        raise invalid("seconds", 'must be a number of seconds, like "8"') from None


def _from_video(catalog: Catalog, name: str) -> Model:
    model = find_model(catalog, name, video_modes(catalog))
    if not any(mode in model.modes for mode in _FROM_VIDEO):
        raise invalid("model", f"{model.id} cannot begin with a video; name another model, such as {DEFAULT}")
    return model
