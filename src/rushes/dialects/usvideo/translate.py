"""Between the usvideo dialect's words and the core's. No input or output happens here."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from msgspec import UNSET

from rushes.catalog import Amounts, Catalog, Model, PriceError, UnknownModel, Wish
from rushes.catalog.price import exact
from rushes.dialects.kit.answers import iso
from rushes.dialects.kit.problems import Problem, invalid
from rushes.dialects.kit.reading import ignored
from rushes.dialects.usvideo.shapes import CreatedVideo, CreateVideo, Rate, Status, Video
from rushes.engines.contract import Mode, Role
from rushes.jobs import Job, JobOutput
from rushes.jobs.intake import Source

MODEL = "seedance-2.0"
MODES = {
    "text_to_video": Mode.TEXT_TO_VIDEO,
    "image_to_video": Mode.IMAGE_TO_VIDEO,
    "reference": Mode.REFERENCE_TO_VIDEO,
}
_WORDS = {mode: word for word, mode in MODES.items()}
NAMES = {"seconds": "duration", "ratio": "aspect_ratio"}
"""The core's field names in this dialect's words."""
STATUSES: dict[str, Status] = {
    "queued": "pending",
    "running": "processing",
    "succeeded": "completed",
    "failed": "failed",
    "cancelled": "failed",
}


def to_wish(catalog: Catalog, body: CreateVideo) -> Wish:
    """What a create asks for. Raises a Problem naming `model`, `mode` or `size`."""
    name = body.model or MODEL
    model = catalog.find(name)
    if model is None:
        raise UnknownModel(name)
    return Wish(
        model=model.id,
        prompt=body.prompt,
        mode=_mode(body, model),
        negative_prompt=body.negative_prompt or "",
        seconds=body.duration,
        resolution=_resolution(body, model),
        ratio=body.aspect_ratio,
        seed=body.seed,
        # "Audio in 8 languages": the document's model makes it, and no field of this API turns it on or off.
        sound=model.sound if model.id == MODEL else None,
    )


def _mode(body: CreateVideo, model: Model) -> Mode:
    does = [word for word, mode in MODES.items() if mode in model.modes]
    if not does:
        raise Problem(400, "unknown_model", f"model: {model.id} makes no videos of texts or pictures", field="model")
    if body.mode is None:
        if body.model is None:
            raise invalid("mode", f"is required: one of {', '.join(MODES)}")
        return _inferred(body, model, does)
    if body.mode not in MODES:
        raise invalid("mode", f"must be one of {', '.join(MODES)}")
    if body.mode not in does:
        raise invalid("mode", f"must be one of {', '.join(does)} for {model.id}")
    return MODES[body.mode]


def _inferred(body: CreateVideo, model: Model, does: list[str]) -> Mode:
    """The mode of a request that names a model and none, as the service's own SDK does: by its picture."""
    if Mode.IMAGE_TO_VIDEO in model.modes and (body.image_url or Mode.TEXT_TO_VIDEO not in model.modes):
        return Mode.IMAGE_TO_VIDEO
    if body.image_url:
        raise invalid("image_url", f"{model.id} does only {', '.join(does)}")
    if Mode.TEXT_TO_VIDEO not in model.modes:
        raise invalid("mode", f"is required: one of {', '.join(does)} for {model.id}")
    return Mode.TEXT_TO_VIDEO


def _resolution(body: CreateVideo, model: Model) -> str | None:
    if body.resolution is not None or body.size is None:
        return body.resolution
    if body.size not in model.resolutions:
        raise invalid("size", f"must be one of {', '.join(model.resolutions)}")
    return body.size


def to_sources(body: CreateVideo, mode: Mode) -> list[Source]:
    """The input files a create names. Raises a Problem naming the field that its mode needs."""
    if mode is Mode.IMAGE_TO_VIDEO:
        if not body.image_url:
            raise invalid("image_url", "is required for image_to_video")
        return [Source(field="image_url", role=Role.IMAGE, url=body.image_url)]
    if mode is Mode.REFERENCE_TO_VIDEO:
        if not body.reference_url:
            raise invalid("reference_url", "is required for reference")
        source = Source(
            field="reference_url", role=Role.REFERENCE_IMAGE, url=body.reference_url, kinds=("image", "video")
        )
        return [source]
    return []


def unused(body: CreateVideo, mode: Mode, unknown: list[str]) -> list[str]:
    """Warnings for what the caller sent and this mode does not use."""
    unused = list(unknown)
    if body.image_url and mode is not Mode.IMAGE_TO_VIDEO:
        unused.append("image_url")
    if body.reference_url and mode is not Mode.REFERENCE_TO_VIDEO:
        unused.append("reference_url")
    if body.size is not None and body.resolution is not None:
        unused.append("size")
    return ignored(unused)


def pricing(model: Model) -> dict[str, Rate]:
    """What a second costs in each resolution; a share of the usual length's price where the operator's rule differs.

    What cannot be priced cannot be ordered either, and is left out.
    """
    seconds = model.duration.default
    found = {}
    for resolution in model.resolutions:
        try:
            cents = exact(model.price, Amounts(seconds=seconds, resolution=resolution))
        except PriceError:
            continue
        found[resolution] = Rate(per_second=float(cents / Decimal(str(seconds)) / 100))
    return found


def created(job: Job) -> CreatedVideo:
    """The answer to a create."""
    plan = job.plan()
    return CreatedVideo(
        id=job.id,
        status=STATUSES[job.state],
        mode=_WORDS[plan.mode],
        resolution=plan.resolution,
        duration=round(plan.seconds),
        estimated_cost_cents=job.quote,
        created_at=iso(job.created_at),
        engine=job.engine,
        draft=bool(job.draft),
        warnings=job.warning_list(),
    )


def video(job: Job, link: Callable[[JobOutput, Job], str]) -> Video:
    """A job as this dialect shows it. `link` makes the result's address."""
    plan = job.plan()
    url: str | None = None
    if job.succeeded:
        outputs = job.output_list()
        url = link(outputs[0], job) if outputs else None
    finished = job.finished_at
    return Video(
        id=job.id,
        status=STATUSES[job.state],
        mode=_WORDS.get(plan.mode, str(plan.mode)),
        prompt=plan.prompt,
        resolution=plan.resolution,
        # Other dialects' jobs may have a fraction of a second more.
        duration=round(plan.seconds),
        seed=plan.seed,
        progress=round(job.progress * 100),
        estimated_cost_cents=job.quote,
        created_at=iso(job.created_at),
        engine=job.engine,
        draft=bool(job.draft),
        warnings=job.warning_list(),
        cost_cents=job.cost if job.cost is not None else UNSET,
        video_url=url or UNSET,
        result_url=url or UNSET,
        completed_at=iso(finished) if finished is not None else UNSET,
        expires_at=iso(job.expires_at) if job.expires_at is not None else UNSET,
        error=(job.error_message or "generation failed") if STATUSES[job.state] == "failed" else UNSET,
    )
