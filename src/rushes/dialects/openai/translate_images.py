"""Between /images and the core. No input or output happens here."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence

import msgspec
from msgspec import UNSET

from rushes.catalog import Catalog, Model, Plan, Wish
from rushes.dialects.kit.forms import Upload
from rushes.dialects.kit.problems import invalid
from rushes.dialects.kit.submitting import Revise
from rushes.dialects.openai.planning import find_model, planned
from rushes.dialects.openai.refusing import refuse_fields
from rushes.dialects.openai.shapes_images import EditImages, EventType, GenerateImages, Image, ImageEvent, Images
from rushes.dialects.openai.shapes_images import ImageUsage as Usage
from rushes.dialects.openai.sizes import parse_size
from rushes.engines.contract import Mode, Role
from rushes.jobs import Job, JobOutput
from rushes.jobs.intake import Source
from rushes.library import Asset

DEFAULT = "gpt-image-1"
MOST_IMAGES = 16
NAMES = {"ratio": "size", "resolution": "size", "count": "n", "format": "output_format"}
_WITHOUT_EFFECT = ("quality", "style", "moderation", "partial_images", "input_fidelity")
_BASE64_ONLY = "gpt-image"
"""Models of this family answer base64, whatever is asked."""


def wish_of(catalog: Catalog, body: GenerateImages | EditImages, mode: Mode) -> tuple[Model, Wish, list[str]]:
    """What a body asks for, and warnings."""
    refuse_fields("image", body)
    model = find_model(catalog, body.model or DEFAULT, (mode,))
    if model.id.startswith(_BASE64_ONLY) and body.response_format == "url":
        raise invalid("response_format", f"{model.id} always answers b64_json")
    width, height = parse_size(body.size)
    extra: dict[str, object] = {}
    if body.background is not None:
        extra["background"] = body.background
    if body.output_compression is not None:
        extra["quality"] = max(1, body.output_compression)
    wish = Wish(
        model=model.id,
        prompt=body.prompt,
        mode=mode,
        width=width,
        height=height,
        count=body.n,
        format=body.output_format,
        extra=extra,
    )
    return model, wish, _without_effect(body)


def edit_sources(images: Sequence[Upload], mask: Upload | None) -> list[Source]:
    """The pictures of an edit: the first is changed, the others are looked at."""
    if not images:
        raise invalid("image", "is required: one file, or several as image[]")
    if len(images) > MOST_IMAGES:
        raise invalid("image", f"at most {MOST_IMAGES} are accepted")
    roles = [Role.IMAGE, *[Role.REFERENCE_IMAGE] * (len(images) - 1)]
    sources = [
        Source(field="image", role=role, content=image.content) for role, image in zip(roles, images, strict=True)
    ]
    if mask is not None:
        sources.append(Source(field="mask", role=Role.MASK, content=mask.content))
    return sources


def fitting(catalog: Catalog, model: Model, wish: Wish) -> Revise | None:
    """Where no size is asked for, an edit has the shape nearest to its picture's."""
    if wish.width is not None:
        return None

    def revise(plan: Plan, staged: Sequence[Asset]) -> Plan:
        shape = staged[0].width / staged[0].height
        ratio = min(model.ratios, key=lambda name: abs(_ratio(name) / shape - 1))
        return planned(catalog, msgspec.structs.replace(wish, ratio=ratio, seed=plan.seed), NAMES, plan.warnings)

    return revise


def by_link(model: Model, body: GenerateImages | EditImages) -> bool:
    """Whether the pictures are answered as links."""
    return not model.id.startswith(_BASE64_ONLY) and body.response_format != "b64_json"


def as_links(job: Job, link: Callable[[JobOutput], str]) -> list[Image]:
    """The pictures of a job as links."""
    return [Image(url=link(output)) for output in job.output_list()]


def as_base64(contents: Sequence[bytes]) -> list[Image]:
    """Pictures in the answer itself."""
    return [Image(b64_json=base64.b64encode(content).decode()) for content in contents]


def images(job: Job, data: list[Image]) -> Images:
    """The answer of a succeeded job."""
    plan = job.plan()
    background = plan.extra.get("background")
    return Images(
        created=(job.finished_at or job.created_at) // 1000,
        data=data,
        output_format=plan.extra["format"],
        size=_size(job),
        usage=Usage(),
        background=background if background in ("opaque", "transparent") else UNSET,
    )


def event(job: Job, kind: EventType, content: bytes) -> ImageEvent:
    """One picture of a streamed answer."""
    plan = job.plan()
    return ImageEvent(
        type=kind,
        b64_json=base64.b64encode(content).decode(),
        created_at=(job.finished_at or job.created_at) // 1000,
        size=_size(job),
        output_format=plan.extra["format"],
        background=plan.extra.get("background", "auto"),
        usage=Usage(),
    )


def _size(job: Job) -> str:
    first = job.output_list()[0]
    return f"{first.width}x{first.height}"


def _ratio(name: str) -> float:
    across, down = name.split(":")
    return int(across) / int(down)


def _without_effect(body: GenerateImages | EditImages) -> list[str]:
    given = ((name, getattr(body, name, None)) for name in _WITHOUT_EFFECT)
    return [f"{name}: has no effect here" for name, value in given if value not in (None, 0, "auto")]
