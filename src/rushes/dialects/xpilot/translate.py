"""Between the xpilot dialect's words and the core's. No input or output happens here."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote as quoted

from msgspec import UNSET

from rushes.catalog import Catalog, Model, UnknownModel, Wish, makes_length, usual_price
from rushes.dialects.kit.answers import iso
from rushes.dialects.kit.problems import Problem, invalid
from rushes.dialects.xpilot import shapes
from rushes.engines.contract import Mode, Role
from rushes.engines.text import Chat
from rushes.jobs import Job, JobOutput
from rushes.jobs.intake import Source

Link = Callable[[JobOutput, Job], str]

DEFAULT_TEXT = "openai/gpt-4o"
NAMES = {"seconds": "duration", "ratio": "aspect_ratio"}
"""The core's field names in this dialect's words."""
STATUSES: dict[str, shapes.Status] = {
    "queued": "processing",
    "running": "processing",
    "succeeded": "completed",
    "failed": "failed",
    "cancelled": "failed",
}
CODES = {
    "invalid_parameter": (400, "INVALID_PARAMS"),
    "unknown_model": (400, "INVALID_MODEL"),
    "content_violation": (400, "INVALID_PARAMS"),
    "quota_exceeded": (400, "INVALID_PARAMS"),
    "unauthorized": (401, "UNAUTHORIZED"),
    "insufficient_credits": (402, "INSUFFICIENT_CREDITS"),
    "not_found": (404, "NOT_FOUND"),
    "method_not_allowed": (405, "METHOD_NOT_ALLOWED"),
    "key_reused": (409, "IDEMPOTENCY_CONFLICT"),
    "request_in_progress": (409, "IDEMPOTENCY_CONFLICT"),
    "too_large": (413, "INVALID_PARAMS"),
    "rate_limited": (429, "RATE_LIMITED"),
    "too_many_jobs": (429, "RATE_LIMITED"),
}
"""The core's kinds of problems as "Error Handling" has them; any other is its 500."""
FAILED = (500, "GENERATION_FAILED")
_MESSAGES = {"unauthorized": "Invalid or missing API key", "rate_limited": "Rate limit exceeded"}
_DOCUMENTED_SECONDS = 5
_MAKING = {
    "video": (Mode.TEXT_TO_VIDEO, Mode.IMAGE_TO_VIDEO),
    "image": (Mode.TEXT_TO_IMAGE, Mode.IMAGE_TO_IMAGE),
}
_MAX_TOKENS, _TEMPERATURE = 1000, 0.7
_IMAGE_MODES = {"t2i": Mode.TEXT_TO_IMAGE, "i2i": Mode.IMAGE_TO_IMAGE, "i2i_text": Mode.IMAGE_TO_IMAGE}


def error(problem: Problem) -> tuple[int, shapes.ErrorBody]:
    """The status and envelope of a problem."""
    status, code = CODES.get(problem.kind, FAILED)
    message = _MESSAGES.get(problem.kind, problem.message)
    return status, shapes.ErrorBody(error=shapes.ErrorDetail(message=message, code=code))


def find_model(catalog: Catalog, name: str, kind: str) -> Model:
    """The named model. Raises a Problem when there is none of this kind."""
    if not name.strip():
        raise Problem(400, "invalid_parameter", "model is required")
    model = catalog.find(name)
    if model is None or not makes(model, kind):
        raise Problem(400, "unknown_model", f"Invalid model: {name[:200]}")
    return model


def makes(model: Model, kind: str) -> bool:
    """Whether a model makes videos, or pictures, from a text or a picture."""
    return any(mode in model.modes for mode in _MAKING.get(kind, ()))


def required(prompt: str) -> str:
    """The prompt. Raises a Problem when it is blank."""
    if not prompt.strip():
        raise Problem(400, "invalid_parameter", "prompt is required")
    return prompt


def video_wish(model: Model, body: shapes.GenerateVideo) -> tuple[Wish, list[Source], list[str]]:
    """What "Generate Video" asks for, its input, and warnings about what this model does not do."""
    warnings = []
    sources = []
    mode = Mode.TEXT_TO_VIDEO
    if body.image_url and Mode.IMAGE_TO_VIDEO in model.modes:
        mode = Mode.IMAGE_TO_VIDEO
        sources.append(Source(field="image_url", role=Role.IMAGE, url=body.image_url))
    elif mode not in model.modes:
        raise invalid("image_url", f"is required for {model.id}")
    elif body.image_url:
        warnings.append(f"image_url: ignored, {model.id} is a text-to-video model")
    if body.generate_audio and not model.sound:
        warnings.append(f"generate_audio: ignored, {model.id} makes no sound")
    if body.lock_camera and not model.fixed_lens:
        warnings.append(f"lock_camera: ignored, {model.id} cannot lock the camera")
    seconds = body.duration
    if seconds is None and makes_length(model, _DOCUMENTED_SECONDS):
        seconds = _DOCUMENTED_SECONDS
    elif seconds is None:
        length = f"{model.duration.default:g}"
        warnings.append(f"duration: {length} seconds, {model.id} does not make the usual {_DOCUMENTED_SECONDS}")
    wish = Wish(
        model=model.id,
        prompt=body.prompt,
        mode=mode,
        seconds=seconds,
        ratio=body.aspect_ratio,
        sound=bool(body.generate_audio and model.sound),
        fixed_lens=bool(body.lock_camera and model.fixed_lens),
    )
    return wish, sources, warnings


def image_wish(model: Model, body: shapes.GenerateImage) -> tuple[Wish, list[Source], list[str]]:
    """What "Generate Image" asks for, its inputs, and warnings."""
    urls = list(dict.fromkeys([*([body.image_url] if body.image_url else []), *(body.image_urls or [])]))
    if body.mode is not None:
        mode = _IMAGE_MODES[body.mode]
    else:
        edits = Mode.IMAGE_TO_IMAGE in model.modes and (urls or Mode.TEXT_TO_IMAGE not in model.modes)
        mode = Mode.IMAGE_TO_IMAGE if edits else Mode.TEXT_TO_IMAGE
    if mode not in model.modes:
        does = [word for word, named in _IMAGE_MODES.items() if named in model.modes]
        raise invalid("mode", f"{model.id} does only {', '.join(does)}")
    wish = Wish(model=model.id, prompt=body.prompt, mode=mode, ratio=body.aspect_ratio)
    if mode is Mode.TEXT_TO_IMAGE:
        given = [name for name in ("image_url", "image_urls") if getattr(body, name)]
        return wish, [], [f"{name}: ignored for {body.mode or 't2i'}" for name in given]
    if not urls:
        raise invalid("image_url", f"is required for {body.mode or 'i2i'}")
    first, *others = urls
    named = "image_url" if body.image_url else "image_urls"
    sources = [Source(field=named, role=Role.IMAGE, url=first)]
    sources += [Source(field="image_urls", role=Role.REFERENCE_IMAGE, url=url) for url in others]
    return wish, sources, []


def chat(model: Model, body: shapes.GenerateText) -> Chat:
    """What "Generate Text" asks for. Raises a Problem on a share of a token."""
    system = ({"role": "system", "content": body.system},) if body.system else ()
    most = _MAX_TOKENS if body.max_tokens is None else body.max_tokens
    if most != int(most):
        raise invalid("max_tokens", f"must be a whole number, got {most:g}")
    return Chat(
        model=model.id,
        messages=(*system, {"role": "user", "content": body.prompt}),
        max_tokens=int(most),
        temperature=_TEMPERATURE if body.temperature is None else body.temperature,
    )


def text_model(catalog: Catalog, name: str | None) -> tuple[Model, list[str]]:
    """The model of a text; an unknown one is no error: the default runs, and the answer says so."""
    model = catalog.find(name or DEFAULT_TEXT)
    if model is not None and model.kind == "text" and Mode.TEXT_TO_TEXT in model.modes:
        return model, []
    default = catalog.find(DEFAULT_TEXT)
    if default is None:
        raise UnknownModel(DEFAULT_TEXT)
    return default, [f"model: {(name or '')[:100]} is not known, {DEFAULT_TEXT} was used"]


def provider_of(model: str) -> shapes.Provider:
    """Whose task it is, in the document's words."""
    return "seedance" if model.startswith("seedance-2.0/") else "wavespeed"


def video_poll_url(job: Job) -> str:
    """Where to poll a video: relative to the host, and complete."""
    provider = provider_of(job.model)
    more = "" if provider == "seedance" else f"&{_poll(job)}"
    return f"/api/v1/video/{job.id}?provider={provider}{more}"


def image_poll_url(job: Job) -> str:
    """Images are polled on the video path, without a provider."""
    return f"/api/v1/video/{job.id}?{_poll(job)}"


def _poll(job: Job) -> str:
    return f"pollUrl={quoted(f'{job.origin}/api/v1/video/{job.id}', safe='')}"


def urls(job: Job, link: Link) -> list[str]:
    """Links to the results, none until completed."""
    return [link(output, job) for output in job.output_list()] if job.succeeded else []


def task(job: Job, provider: shapes.Provider, link: Link) -> shapes.Task:
    """A task as it stands."""
    status = STATUSES[job.state]
    return shapes.Task(
        task_id=job.id,
        status=status,
        outputs=urls(job, link),
        provider=provider,
        created_at=iso(job.created_at),
        engine=job.engine,
        draft=bool(job.draft),
        warnings=job.warning_list(),
        error=(job.error_message or "generation failed") if status == "failed" else UNSET,
    )


def models(catalog: Catalog) -> shapes.Models:
    """The catalogue, the document's own models first."""
    listed = sorted(catalog.models.values(), key=lambda model: "xpilot" not in model.tags)
    return shapes.Models(
        text=[
            shapes.TextModel(id=m.id, label=m.label, provider=m.provider, description=m.description)
            for m in listed
            if Mode.TEXT_TO_TEXT in m.modes
        ],
        video=[_video_model(m) for m in listed if makes(m, "video")],
        image=[
            shapes.ImageModel(id=m.id, label=m.label, tier=m.tier or "standard", cost_cents=usual_price(m))
            for m in listed
            if makes(m, "image")
        ],
    )


def _video_model(model: Model) -> shapes.VideoModel:
    choices = model.duration.choices
    return shapes.VideoModel(
        id=model.id,
        label=model.label,
        tier=model.tier or "standard",
        supports_audio=model.sound,
        supports_lock_camera=model.fixed_lens,
        durations=[int(seconds) for seconds in choices] if choices else UNSET,
        cost_cents_per_5s=usual_price(model, _DOCUMENTED_SECONDS),
        type="video",
        mode=model.modes[0],
        provider=provider_of(model.id),
    )
