"""Requests as the core would make them: a plan of the catalogue's, and names that files have on the host."""

from __future__ import annotations

from functools import cache
from typing import Any

from rushes.catalog.knobs import extra_of
from rushes.catalog.model import Catalog, Plan, Wish, load_catalog
from rushes.catalog.plan import make_plan
from rushes.engines.comfyui.graphs import Built, Recipe, load_recipes
from rushes.engines.contract import Mode, Request, Role

FILES = {
    Role.IMAGE: ("job/image.png",),
    Role.END_IMAGE: ("job/end.png",),
    Role.REFERENCE_IMAGE: ("job/shown.png",),
    Role.REFERENCE_VIDEO: ("job/clip.mp4",),
    Role.AUDIO: ("job/voice.wav",),
    Role.MASK: ("job/mask.png",),
}
NEEDED = {
    Mode.IMAGE_TO_VIDEO: (Role.IMAGE,),
    Mode.FIRST_LAST_FRAME: (Role.IMAGE, Role.END_IMAGE),
    Mode.REFERENCE_TO_VIDEO: (Role.REFERENCE_IMAGE,),
    Mode.VIDEO_TO_VIDEO: (Role.REFERENCE_VIDEO,),
    Mode.SOUND_TO_VIDEO: (Role.IMAGE, Role.AUDIO),
    Mode.MOTION_TRANSFER: (Role.IMAGE, Role.REFERENCE_VIDEO),
    Mode.IMAGE_TO_IMAGE: (Role.IMAGE,),
    Mode.IMAGE_TO_3D: (Role.IMAGE,),
}


@cache
def catalog() -> Catalog:
    return load_catalog()


@cache
def recipes() -> dict[str, Recipe]:
    return load_recipes()


def studio_models() -> list[tuple[str, Mode]]:
    """Every model of the studio document with every mode that it declares, and its music."""
    models = [model for model in catalog().models.values() if "studio" in model.tags]
    return [(model.id, mode) for model in models for mode in model.modes] + [("generate_audio", Mode.TEXT_TO_AUDIO)]


def request_of(plan: Plan, **more: Any) -> Request:
    """As the worker makes it of a plan (jobs/runner.py)."""
    told: dict[str, Any] = {
        "job": "job_01test",
        "model": plan.model,
        "mode": plan.mode,
        "prompt": plan.prompt,
        "negative_prompt": plan.negative_prompt,
        "width": plan.width,
        "height": plan.height,
        "seconds": plan.seconds,
        "seed": plan.seed,
        "fps": plan.fps,
        "count": plan.count,
        "sound": plan.sound,
        "fixed_lens": plan.fixed_lens,
        "extra": extra_of(plan),
    }
    return Request(**(told | more))


def build(model: str, mode: Mode, *roles: Role, extra: dict[str, Any] | None = None, **wish: Any) -> Built:
    """The graph of a wish, with the files that its mode needs and those in `roles`."""
    plan = make_plan(catalog(), Wish(model=model, mode=mode, **({"prompt": "a fox in the snow", "seed": 7} | wish)))
    request = request_of(plan)
    if extra:
        request = request_of(plan, extra=request.extra | extra)
    return recipes()[model].build(request, files_for(mode, *roles))


def files_for(mode: Mode, *roles: Role) -> dict[Role, tuple[str, ...]]:
    return {role: FILES[role] for role in (*NEEDED.get(mode, ()), *roles)}


def node(built: Built, class_type: str) -> dict[str, Any]:
    """The inputs of the only node of a class."""
    (found,) = [each["inputs"] for each in built.graph.values() if each["class_type"] == class_type]
    return dict(found)
