"""The catalogue: which models there are, what they take, what they cost."""

from __future__ import annotations

from decimal import Decimal

from starlette.requests import Request
from starlette.responses import Response

from rushes.accounts import TierTooLow
from rushes.catalog import (
    Model,
    PerBlock,
    PerCall,
    PerFrame,
    Sampling,
    Span,
    UnknownModel,
    Whole,
    Wish,
    make_plan,
    usual_price,
)
from rushes.catalog.sampling import names
from rushes.dialects.kit.answers import json
from rushes.dialects.kit.endpoint import Endpoint
from rushes.dialects.kit.problems import invalid
from rushes.dialects.kit.reading import read_query
from rushes.dialects.studio.context import Context
from rushes.dialects.studio.shapes_models import (
    Cost,
    Defaults,
    ImageModel,
    ImageModels,
    Limits,
    Quote,
    QuoteQuery,
    Range,
    VideoModel,
    VideoModels,
)
from rushes.dialects.studio.tiering import check_tier

TAG = "studio"
"""The tag of the document's own models."""
OPERATION = "operation"
"""The tag of what is no generation with a model."""
_NO_KNOBS = Sampling()
_SHORTEST, _WIDEST = 64, 21 / 9


def endpoints(context: Context) -> list[Endpoint]:
    """The models and their prices."""
    models = _Models(context)
    return [
        Endpoint(method="GET", path="/api/models", run=models.video_models, answer=VideoModels, errors=(429,),
                 summary="Video models with defaults, limits and prices"),
        Endpoint(method="GET", path="/api/image-models", run=models.image_models, answer=ImageModels, errors=(429,),
                 summary="Image models with defaults, limits and prices"),
        Endpoint(method="GET", path="/api/generation-cost", run=models.generation_cost, query=QuoteQuery, answer=Quote,
                 errors=(400, 429), summary="Quote the credits of a generation without generating"),
    ]  # fmt: skip


class _Models:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._services = context.services

    async def video_models(self, request: Request) -> Response:
        await self._context.gate.by_session(request)
        found = [self._video(model) for model in self._own() if model.kind != "image"]
        return json(VideoModels(models=found))

    async def image_models(self, request: Request) -> Response:
        await self._context.gate.by_session(request)
        found = [self._image(model) for model in self._own() if model.kind == "image"]
        return json(ImageModels(models=found))

    async def generation_cost(self, request: Request) -> Response:
        caller = await self._context.gate.by_session(request)
        query = read_query(request, QuoteQuery)
        catalog = self._services.catalog
        model = catalog.find(query.model)
        if model is not None and OPERATION in model.tags:
            raise invalid("model", f"{model.id} is an operation and no model; GET /api/pricing says what it costs")
        if model is None or model.kind not in ("video", "image", "3d"):
            raise UnknownModel(query.model)
        # The very plan that a generation makes and pays by; no price depends on the prompt.
        wish = Wish(
            model=model.id,
            prompt="quote",
            mode=model.modes[0],
            frames=query.frames,
            steps=query.steps,
            width=query.width,
            height=query.height,
            fps=query.frame_rate,
            seconds=query.seconds,
            count=query.count,
        )
        plan = make_plan(catalog, wish)
        required = None
        try:
            check_tier(self._services.tiers, caller.tier, plan)
        except TierTooLow as error:
            required = error.required
        return json(
            Quote(
                model=plan.model,
                cost=plan.quote,
                frames=plan.frames,
                steps=plan.steps,
                seconds=round(plan.seconds, 3),
                frame_rate=plan.fps,
                width=plan.width,
                height=plan.height,
                count=plan.count,
                required_tier=required,
                warnings=list(plan.warnings),
            )
        )

    def _own(self) -> list[Model]:
        return [model for model in self._services.catalog.models.values() if TAG in model.tags]

    def _video(self, model: Model) -> VideoModel:
        return VideoModel(
            id=model.id,
            name=model.label,
            description=model.description,
            provider=model.provider,
            type=model.modes[0],
            capabilities=_capabilities(model),
            defaults=_defaults(model),
            limits=_limits(model),
            cost=cost_of(model),
            available=self._services.jobs.available(model),
        )

    def _image(self, model: Model) -> ImageModel:
        return ImageModel(
            id=model.id,
            name=model.label,
            description=model.description,
            provider=model.provider,
            type=model.modes[0],
            capabilities=_capabilities(model),
            defaults=_defaults(model),
            limits=_limits(model),
            credit_cost=usual_price(model),
            available=self._services.jobs.available(model),
        )


def _capabilities(model: Model) -> list[str]:
    return [*map(str, model.modes), *(["sound"] if model.sound else [])]


def _defaults(model: Model) -> Defaults:
    has = model.sampling or _NO_KNOBS
    return Defaults(
        seed=-1,
        width=has.width or None,
        height=has.height or None,
        frames=_default(has.frames),
        seconds=model.duration.default or None,
        frame_rate=_default(has.frame_rate),
        steps=_default(has.steps),
        cfg=has.cfg.default if has.cfg is not None else None,
        sampler=has.sampler or None,
        scheduler=has.scheduler or None,
        shift=has.shift.default if has.shift is not None else None,
        strength=has.strength.default if has.strength is not None else None,
    )


def _default(knob: Whole | None) -> int | None:
    return knob.default if knob is not None else None


def _limits(model: Model) -> Limits:
    has = model.sampling or _NO_KNOBS
    largest = max(model.resolutions.values(), default=0)
    side = Range(min=_SHORTEST, max=int(largest * _WIDEST) // 2 * 2) if largest else None
    return Limits(
        prompt_length=model.prompt_max,
        width=side,
        height=side,
        seconds=Range(min=model.duration.min, max=model.duration.max) if model.duration.max else None,
        frames=_range(has.frames),
        steps=_range(has.steps),
        cfg=_range(has.cfg),
        shift=_range(has.shift),
        strength=_range(has.strength),
        frame_rate=_range(has.frame_rate),
        count=Range(min=1, max=model.count_max) if model.count_max > 1 else None,
        samplers=names().samplers if has.sampler else (),
        schedulers=names().schedulers if has.scheduler else (),
        size_multiple=has.multiple if largest else None,
        frame_step=has.frame_step if has.frames is not None else None,
    )


def _range(knob: Whole | Span | None) -> Range | None:
    return Range(min=knob.min, max=knob.max) if knob is not None else None


def cost_of(model: Model) -> Cost:
    """A model's price rule in this API's words."""
    base = frame = step = stretch = Decimal(0)
    match model.price:
        case PerFrame(base, frame, step):
            pass
        case PerBlock(stretch, base):
            pass
        case PerCall(base):
            pass
    return Cost(
        base=float(base),
        per_frame=float(frame),
        per_step=float(step),
        block_seconds=float(stretch) or None,
        example=usual_price(model),
    )
