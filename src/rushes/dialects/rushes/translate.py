"""Between the native dialect's JSON and the core. No input or output happens here."""

from __future__ import annotations

import re
from collections.abc import Callable

import msgspec
from msgspec import UNSET

from rushes.catalog import Catalog, Wish, options
from rushes.dialects.kit.answers import iso
from rushes.dialects.kit.links import Links
from rushes.dialects.kit.problems import invalid
from rushes.dialects.rushes import shapes
from rushes.engines.contract import Kind, Mode, Role
from rushes.jobs import Job, JobOutput
from rushes.jobs.intake import Source

Link = Callable[[JobOutput, Job], str]

_SIZE = re.compile(r"(\d{1,5})[x×](\d{1,5})")


def to_wish(catalog: Catalog, body: shapes.CreateGeneration) -> Wish:
    """What a create asks for. Raises a Problem naming `mode` or `size`."""
    width, height = _size(body.size)
    mode = _mode(catalog, body)
    return Wish(
        model=body.model,
        prompt=body.prompt,
        mode=mode,
        negative_prompt=body.negative_prompt,
        seconds=body.seconds,
        resolution=body.resolution,
        ratio=body.ratio,
        width=width,
        height=height,
        fps=body.fps,
        seed=body.seed,
        sound=body.sound,
        fixed_lens=body.fixed_lens,
        count=body.count,
        voice=body.voice,
        speed=body.speed,
        format=body.format,
        extra=options(mode, body.options),
    )


def _size(text: str | None) -> tuple[int | None, int | None]:
    if text is None:
        return None, None
    match = _SIZE.fullmatch(text)
    if match is None:
        raise invalid("size", 'must be width x height in pixels, like "1280x720"')
    return int(match[1]), int(match[2])


def _mode(catalog: Catalog, body: shapes.CreateGeneration) -> Mode:
    model = catalog.find(body.model)
    if model is not None and Mode.TEXT_TO_TEXT in model.modes:
        raise invalid("model", f"{model.id} writes texts: POST /openai/v1/chat/completions")
    if model is not None and Mode.TEXT_TO_EMBEDDING in model.modes:
        raise invalid("model", f"{model.id} makes vectors: POST /openai/v1/embeddings")
    if body.mode is not None:
        try:
            return Mode(body.mode)
        except ValueError:
            raise invalid("mode", f"must be one of {', '.join(Mode)}") from None
    if model is not None and len(model.modes) == 1:
        return model.modes[0]
    if model is not None and model.kind == "image":
        return Mode.IMAGE_TO_IMAGE if body.image else Mode.TEXT_TO_IMAGE
    if body.image and body.end_image:
        return Mode.FIRST_LAST_FRAME
    if body.image:
        return Mode.IMAGE_TO_VIDEO
    return Mode.REFERENCE_TO_VIDEO if body.references else Mode.TEXT_TO_VIDEO


_NEEDED: dict[Mode, tuple[tuple[str, Role, tuple[Kind, ...]], ...]] = {
    Mode.IMAGE_TO_VIDEO: (("image", Role.IMAGE, ("image",)),),
    Mode.FIRST_LAST_FRAME: (("image", Role.IMAGE, ("image",)), ("end_image", Role.END_IMAGE, ("image",))),
    Mode.IMAGE_TO_IMAGE: (("image", Role.IMAGE, ("image",)),),
    Mode.UPSCALE_IMAGE: (("image", Role.IMAGE, ("image",)),),
    Mode.REMOVE_BACKGROUND: (("image", Role.IMAGE, ("image",)),),
    Mode.FACE_SWAP: (("image", Role.IMAGE, ("image",)),),
    Mode.VIDEO_TO_VIDEO: (("video", Role.REFERENCE_VIDEO, ("video",)),),
    Mode.UPSCALE_VIDEO: (("video", Role.VIDEO, ("video",)),),
    Mode.INTERPOLATE_VIDEO: (("video", Role.VIDEO, ("video",)),),
    Mode.SPEECH_TO_TEXT: (("audio", Role.AUDIO, ("audio",)),),
    Mode.DENOISE_AUDIO: (("audio", Role.AUDIO, ("audio",)),),
    Mode.SOUND_TO_VIDEO: (("image", Role.IMAGE, ("image",)), ("audio", Role.AUDIO, ("audio",))),
}
"""The files that a mode cannot do without: field, role, kinds."""
_REFERENCES: dict[Mode, tuple[Kind, ...]] = {
    Mode.REFERENCE_TO_VIDEO: ("image", "video"),
    Mode.IMAGE_TO_IMAGE: ("image",),
    Mode.VIDEO_TO_VIDEO: ("image",),
    Mode.FACE_SWAP: ("image",),
}
"""Modes that take references, and what these may be."""
_MUST_REFER = frozenset({Mode.REFERENCE_TO_VIDEO, Mode.FACE_SWAP})


def to_sources(body: shapes.CreateGeneration, mode: Mode) -> list[Source]:
    """The input files a create names. Raises a Problem naming the field that its mode needs."""
    sources = []
    for field, role, kinds in _NEEDED.get(mode, ()):
        url = getattr(body, field)
        if not url:
            raise invalid(field, f"is required for {mode}")
        sources.append(Source(field=field, role=role, url=url, kinds=kinds))
    if mode in _MUST_REFER and not body.references:
        raise invalid("references", f"is required for {mode}")
    if mode is Mode.IMAGE_TO_IMAGE and body.mask:
        sources.append(Source(field="mask", role=Role.MASK, url=body.mask))
    if mode in _REFERENCES:
        for number, url in enumerate(body.references):
            name = f"references[{number}]"
            sources.append(Source(field=name, role=Role.REFERENCE_IMAGE, url=url, kinds=_REFERENCES[mode]))
    return sources


def generation(job: Job, link: Link) -> shapes.Generation:
    """A job as this dialect shows it."""
    plan = job.plan()
    files = [
        shapes.File(
            url=link(output, job),
            kind=output.kind,
            mime=output.mime,
            width=output.width,
            height=output.height,
            duration=output.duration,
            size=output.size,
        )
        for output in job.output_list()
    ]
    return shapes.Generation(
        id=job.id,
        state=job.state,
        progress=round(job.progress, 3),
        model=job.model,
        mode=plan.mode,
        prompt=plan.prompt,
        seconds=plan.seconds,
        width=plan.width,
        height=plan.height,
        fps=plan.fps,
        seed=plan.seed,
        sound=plan.sound,
        engine=job.engine,
        draft=bool(job.draft),
        quote=job.quote,
        warnings=job.warning_list(),
        outputs=files,
        created_at=iso(job.created_at),
        cost=job.cost if job.cost is not None else UNSET,
        started_at=iso(job.started_at) if job.started_at is not None else UNSET,
        finished_at=iso(job.finished_at) if job.finished_at is not None else UNSET,
        expires_at=iso(job.expires_at) if job.expires_at is not None else UNSET,
        failure=shapes.Failure(code=job.error_code, message=job.error_message or "") if job.error_code else UNSET,
    )


def callback(links: Links) -> Callable[[bytes, str, str, int], bytes]:
    """Writes the bodies of callbacks: the event, and the generation as a GET would show it."""

    def write(snapshot: bytes, delivery: str, event: str, created: int) -> bytes:
        job = msgspec.json.decode(snapshot, type=Job)
        data = generation(job, lambda output, of: links.at(of.origin, output, of))
        return msgspec.json.encode(shapes.Event(type=event, timestamp=iso(created), data=data))

    return write
