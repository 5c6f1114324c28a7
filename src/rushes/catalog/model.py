"""Models as data (models/*.toml), what a caller wishes for, and the plan that comes of it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from decimal import Decimal
from importlib.resources import files
from typing import Any, Literal

import msgspec
from msgspec import Struct, field

from rushes.catalog.price import Price
from rushes.catalog.sampling import Sampling
from rushes.catalog.voices import Voices, load_voices
from rushes.engines.contract import Kind, Mode


class Route(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One way to an engine that can make this model's media.

    `engine` is an embedded engine's name or a provider's kind; `upstream` is its own name for the model. `modes` are
    those of the model's that it can take, all when empty. `cost` is what the provider asks, in credits. At most `slots`
    jobs go this way at a time and `per_minute` begin; 0 is no limit of its own.
    """

    engine: str
    upstream: str = ""
    tag: Literal["value", "official"] = "value"
    modes: tuple[Mode, ...] = ()
    cost: Price | None = None
    slots: int = 0
    per_minute: int = 0


class Duration(Struct, frozen=True, kw_only=True):
    """Allowed lengths in seconds. `whole`: only whole seconds; `choices`: only these."""

    min: float
    max: float
    default: float
    whole: bool = True
    choices: tuple[float, ...] = ()


NO_LENGTH = Duration(min=0, max=0, default=0)


class Model(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One model. `resolutions` maps a name to the picture's short side in pixels; the first is the default.

    `any_size` allows any width and height up to the largest resolution; otherwise size follows from resolution and
    ratio. The first ratio is the default; where it `keeps_size`, the input's size is. `provider` is the brand, `tier`
    how good and dear it is, `tags` say which API's document names it, `count_max` how many results one request may ask
    for. Where `sampling` has frames, they are the length: `duration` says them in seconds at the usual frame rate, and
    any rate of `sampling.frame_rate` goes. `edits` are those that it does (`media.edits`); `feature` is the gate of
    accounts/features.toml that an account must pass. A model that is to `settle` by usage costs what its upstream says
    that it used, with the margin, and never more than its price; one that is to settle by length, by the seconds of
    sound that came out. `margin` is in percent.
    """

    id: str
    label: str
    description: str = ""
    kind: Kind
    modes: tuple[Mode, ...]
    provider: str = ""
    tier: Literal["", "fast", "standard", "premium"] = ""
    tags: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    prompt_max: int
    duration: Duration = NO_LENGTH
    resolutions: dict[str, int] = {}
    ratios: tuple[str, ...] = ()
    any_size: bool = False
    keeps_size: bool = False
    fps: tuple[int, ...] = (24,)
    sound: bool = False
    fixed_lens: bool = False
    count_max: int = 1
    sampling: Sampling | None = None
    edits: tuple[str, ...] = ()
    feature: str = ""
    price: Price
    settle: Literal["price", "usage", "length"] = "price"
    margin: Decimal = Decimal(0)
    routes: tuple[Route, ...] = ()


Prefer = Literal["auto", "value", "official"]
"""Which of a model's routes to take: the best there is, or only those with this tag."""


class Wish(Struct, frozen=True, kw_only=True):
    """What a caller asks for, in the core's words; None leaves it to the model's default.

    Of `seconds` and `frames` one is enough; frames count. frames to strength: for models with such a knob (`Sampling`).
    """

    model: str
    prompt: str
    mode: Mode
    negative_prompt: str = ""
    seconds: float | None = None
    resolution: str | None = None
    ratio: str | None = None
    width: int | None = None
    height: int | None = None
    fps: int | None = None
    frames: int | None = None
    steps: int | None = None
    cfg: float | None = None
    sampler: str | None = None
    scheduler: str | None = None
    shift: float | None = None
    strength: float | None = None
    seed: int | None = None
    sound: bool | None = None
    fixed_lens: bool | None = None
    count: int | None = None
    prefer: Prefer = "auto"
    voice: str | None = None
    speed: float | None = None
    format: str | None = None
    extra: dict[str, Any] = field(default_factory=dict)


class Plan(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A wish made whole and found allowed: nothing is left open. `quote` is the most it will cost, in credits.

    Sizes, seconds, fps, frames and steps are 0 where the model has none, other knobs None or "". `clips` are how many
    an edit takes. With `watermark` every picture and video that comes of it is marked.
    """

    model: str
    mode: Mode
    prompt: str
    seed: int
    quote: int
    seconds: float = 0.0
    resolution: str = ""
    ratio: str = ""
    width: int = 0
    height: int = 0
    fps: int = 0
    frames: int = 0
    steps: int = 0
    cfg: float | None = None
    sampler: str = ""
    scheduler: str = ""
    shift: float | None = None
    strength: float | None = None
    negative_prompt: str = ""
    sound: bool = False
    fixed_lens: bool = False
    count: int = 1
    clips: int = 0
    prefer: Prefer = "auto"
    watermark: bool = False
    extra: dict[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


class Catalog:
    """All models, by id and by alias, and the voices that speech is offered in."""

    def __init__(self, models: list[Model], voices: Voices) -> None:
        self.voices = voices
        self.models = {model.id: model for model in models}
        self._names = {alias: model for model in models for alias in model.aliases} | self.models

    def find(self, name: str) -> Model | None:
        """The model called `name`, by id or alias."""
        return self._names.get(name)


class Way(Route, frozen=True, kw_only=True):
    """A route as routes/*.toml have it: in the provider's file, with the models that it leads to."""

    models: tuple[str, ...]


def load_catalog() -> Catalog:
    """Read every models/*.toml and routes/*.toml file of this room."""
    ways: dict[str, list[Route]] = {}
    for data in _tables("routes"):
        for each in data["route"]:
            way = msgspec.convert(each, Way)
            route = Route(**{name: getattr(way, name) for name in Route.__struct_fields__})
            for model in way.models:
                ways.setdefault(model, []).append(route)
    models = []
    for data in _tables("models"):
        for name, each in data.items():
            read = msgspec.convert({"id": name, **each}, Model)
            models.append(_timed(msgspec.structs.replace(read, routes=(*read.routes, *ways.pop(name, ())))))
    if ways:
        raise ValueError(f"routes lead to models that are not in the catalogue: {', '.join(sorted(ways))}")
    return Catalog(models, load_voices())


def _tables(folder: str) -> Iterator[dict[str, Any]]:
    """The TOML files of one of this room's folders, by name."""
    for path in sorted((files(__package__) / folder).iterdir(), key=lambda entry: entry.name):
        if path.name.endswith(".toml"):
            yield tomllib.loads(path.read_text())


def _timed(model: Model) -> Model:
    """A model whose length and rate are in its sampling, with both said in seconds and as a list too."""
    sampling = model.sampling
    if sampling is None or sampling.frame_rate is None:
        return model
    rate, frames = sampling.frame_rate, sampling.frames
    rates = (rate.default, *(fps for fps in range(rate.min, rate.max + 1) if fps != rate.default))
    if frames is None:
        return msgspec.structs.replace(model, fps=rates)
    shortest, longest, usual = (round(count / rate.default, 3) for count in (frames.min, frames.max, frames.default))
    duration = Duration(min=shortest, max=longest, default=usual, whole=False)
    return msgspec.structs.replace(model, fps=rates, duration=duration)
