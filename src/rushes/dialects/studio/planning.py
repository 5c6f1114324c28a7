"""From a request to an allowed plan and its inputs: model, mode, settings, the tier's limits."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from rushes.catalog import Catalog, Model, Plan, UnknownModel, Wish, make_plan, measured
from rushes.dialects.kit.gate import Caller
from rushes.dialects.kit.problems import invalid
from rushes.dialects.kit.reading import ignored
from rushes.dialects.studio import choosing
from rushes.dialects.studio.finding import to_source
from rushes.dialects.studio.shapes_generation import Generate, GenerateImage, GenerateV2V
from rushes.dialects.studio.tiering import check_tier, fitted
from rushes.engines.contract import Mode, Role
from rushes.jobs.intake import Source
from rushes.library import Asset
from rushes.services import Services

_V2V = "v2v"
_SMALLEST = 64


class Prepared(Struct, frozen=True):
    """What to submit."""

    plan: Plan
    sources: list[Source]


class Planner:
    """Makes plans of requests. Everything it raises is the caller's to mend: 400, 403, 404."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def video(self, caller: Caller, body: Generate, unknown: Sequence[str]) -> Prepared:
        """What /api/generate asks for."""
        if body.image_filename and body.start_image and body.image_filename != body.start_image:
            raise invalid("start_image", "is another image than image_filename; give one of them")
        given = {
            choosing.IMAGE: body.image_filename or body.start_image,
            choosing.END: body.end_image,
            choosing.VIDEO: body.video_filename,
            choosing.AUDIO: body.audio_filename,
        }
        inputs = {name: text for name, text in given.items() if text}
        model = _find(self._services.catalog, body.model or choosing.usual_model(inputs), ("video", "3d"))
        mode, unused = choosing.choose_mode(model, inputs)
        wish = replace(_wish(model, mode, body), frames=body.frames, fps=body.frame_rate)
        plan = self._plan(caller, wish, [*unused, *_ignored(unknown, body.project_id)])
        return Prepared(plan, await self._sources(caller, mode, inputs))

    async def images(self, caller: Caller, body: GenerateImage, unknown: Sequence[str]) -> list[Prepared]:
        """What /api/generate-image asks for, an entry for each image."""
        model = _find(self._services.catalog, body.model, ("image",))
        if body.count > model.count_max:
            raise invalid("count", f"must be from 1 to {model.count_max}, got {body.count}")
        inputs = {choosing.IMAGE: body.image_filename} if body.image_filename else {}
        mode, unused = choosing.choose_mode(model, inputs)
        further: list[tuple[str, Role, str]] = [
            (f"reference_images[{number}]", Role.REFERENCE_IMAGE, text)
            for number, text in enumerate(body.reference_images)
        ]
        if body.mask_filename:
            further.append(("mask_filename", Role.MASK, body.mask_filename))
        edits = mode is Mode.IMAGE_TO_IMAGE
        if not edits:
            unused += [f"{field}: ignored, {model.id} does not edit" for field, _, _ in further]
        plan = self._plan(caller, _wish(model, mode, body), [*unused, *_ignored(unknown, body.project_id)])
        sources = await self._sources(caller, mode, inputs)
        if edits:
            for field, role, text in further:
                sources.append(await to_source(self._services.library, caller, field, text, role, "image"))
        # Each image has a seed of its own, or all of them would be the same: of a given one, the next ones.
        chosen = body.seed is not None and body.seed >= 0
        seeds = [plan.seed + number if chosen else secrets.randbits(31) for number in range(1, body.count)]
        return [Prepared(each, sources) for each in (plan, *(replace(plan, seed=seed) for seed in seeds))]

    async def restyle(self, caller: Caller, body: GenerateV2V, unknown: Sequence[str]) -> Prepared:
        """What /api/generate-v2v asks for, until the clip is here (`follow_clip`)."""
        wish = Wish(
            model=_V2V,
            mode=Mode.VIDEO_TO_VIDEO,
            prompt=body.prompt,
            negative_prompt=body.negative_prompt,
            strength=body.strength,
            seed=body.seed,
        )
        plan = self._plan(caller, wish, _ignored(unknown, body.project_id))
        return Prepared(plan, await self._sources(caller, plan.mode, {choosing.VIDEO: body.video_filename}))

    def follow_clip(self, caller: Caller, plan: Plan, staged: Sequence[Asset]) -> Plan:
        """For models that have no length of their own: the plan in the length of its clip, and as near as the tier
        allows in its size.
        """
        if plan.frames or plan.mode is not Mode.VIDEO_TO_VIDEO:
            return plan
        clip = next(asset for asset in staged if asset.kind == "video")
        width, height = fitted(caller.tier, max(_SMALLEST, clip.width), max(_SMALLEST, clip.height))
        plan = replace(plan, width=width, height=height)
        if (width, height) != (clip.width, clip.height):
            note = f"size: {width}x{height} in place of {clip.width}x{clip.height}, the most of this tier"
            plan = replace(plan, warnings=(*plan.warnings, note))
        return measured(self._services.catalog, plan, round(clip.duration, 3))

    def _plan(self, caller: Caller, wish: Wish, warnings: Sequence[str]) -> Plan:
        plan = make_plan(self._services.catalog, wish, warnings)
        check_tier(self._services.tiers, caller.tier, plan)
        return plan

    async def _sources(self, caller: Caller, mode: Mode, inputs: Mapping[str, str]) -> list[Source]:
        library = self._services.library
        return [
            await to_source(library, caller, field, inputs[field], use.role, use.kind)
            for field, use in choosing.NEEDS[mode].items()
        ]


def _find(catalog: Catalog, name: str, kinds: Sequence[str]) -> Model:
    model = catalog.find(name)
    if model is None or model.kind not in kinds:
        raise UnknownModel(name)
    return model


def _wish(model: Model, mode: Mode, body: Generate | GenerateImage) -> Wish:
    return Wish(
        model=model.id,
        mode=mode,
        prompt=body.prompt,
        negative_prompt=body.negative_prompt,
        width=body.width,
        height=body.height,
        steps=body.steps,
        cfg=body.cfg,
        seed=body.seed,
        sampler=body.sampler,
        scheduler=body.scheduler,
        shift=body.shift,
        strength=body.strength,
    )


def _ignored(unknown: Sequence[str], project: int | str | None) -> list[str]:
    """Warnings about what this API does not know, or not yet."""
    warnings = ignored(unknown)
    if project is not None:
        warnings.append("project_id: ignored, this server has no projects")
    return warnings
