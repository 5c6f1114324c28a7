"""What each of a provider's models takes, as data (`<kind>/models.toml`), and the input that comes of a request.

The same thing has another name with every model: a length is `duration`, `seconds` or `num_frames`. A table says it:

    ["fal-ai/sora-2/text-to-video"]                          the provider's name for the model
    like = "fal-ai/sora-2/image-to-video"                    all as that one but for what follows
    seconds = { name = "duration", choices = [4, 8, 12] }    or min and max; written "text" or with an `ending`
    frames = { name = "num_frames", max = 161, fps = 16 }    instead of seconds
    ratio = { name = "aspect_ratio", choices = ["16:9"] }    or `names`: theirs for ours
    resolution = { name = "resolution", sides = { "720p" = 720 } }
    size = { name = "size", join = "*", choices = ["1280x720"] }
    sound = { name = "sound", on = "on", off = "off" }       or only the name, or "always"
    seed = "seed"                                            likewise negative_prompt, fixed_lens, count, format
    inputs = { image = "image_url", reference_image = "image_urls[]" }
    knobs = { steps = "num_inference_steps" }                what `Request.extra` has
    fixed = { enable_safety_checker = true }                 sent always
    notes = ["prompt: ignored, …"]                           said always

A length, shape or resolution with an empty `name` is what the model always makes: it is not sent, only compared.
What the model has no name for is said in a warning; what it cannot do as asked is done the nearest way, and said.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import Any, Literal

import msgspec
from msgspec import Struct

from rushes.engines.contract import EngineError, FailureCode, Input, Request, Role

_CLOSE = 0.03
"""How far two shapes may differ, as a share, and still be called the same: sizes are rounded to whole blocks."""
_OWN = frozenset({"frames", "format"})
"""What `Request.extra` has that is not a knob."""


class Seconds(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A length: one of `choices`, or whole seconds from `min` to `max`."""

    name: str
    choices: tuple[int, ...] = ()
    min: int = 1
    max: int = 60
    written: Literal["number", "text"] = "number"
    ending: str = ""


class Frames(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A length in frames, one more than a multiple of `step`, at `fps`; `rate` is the field for another rate."""

    name: str
    min: int = 17
    max: int = 161
    step: int = 4
    fps: int = 16
    rate: str = ""


class Ratio(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A shape as 16:9, or by another name."""

    name: str
    choices: tuple[str, ...] = ()
    names: dict[str, str] = {}


class Resolution(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A size by name; the pixels are the short side's."""

    name: str
    sides: dict[str, int]


class Size(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Width and height in pixels: in one field with `join` between them, as an object without, or in two fields.

    One of `choices`, or any with sides from `least` to `most` and `pixels` at the least.
    """

    name: str = ""
    width: str = "width"
    height: str = "height"
    join: str = ""
    choices: tuple[str, ...] = ()
    least: int = 256
    most: int = 4096
    pixels: int = 0


class Sound(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether there is sound, in the model's words."""

    name: str
    on: bool | str = True
    off: bool | str = False


class Form(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One upstream model's fields; "" and None are what it does not have."""

    prompt: str = "prompt"
    negative_prompt: str = ""
    seconds: Seconds | None = None
    frames: Frames | None = None
    ratio: Ratio | None = None
    resolution: Resolution | None = None
    size: Size | None = None
    seed: str = ""
    sound: Sound | Literal["", "always"] = ""
    fixed_lens: str = ""
    count: str = ""
    format: str = ""
    inputs: dict[Role, str] = {}
    knobs: dict[str, str] = {}
    fixed: dict[str, Any] = {}
    notes: tuple[str, ...] = ()


class Filled(Struct, frozen=True):
    """A model's input, and what is not as it was asked for."""

    fields: dict[str, Any]
    warnings: tuple[str, ...]


class Forms:
    """The models of a provider."""

    def __init__(self, title: str, forms: dict[str, Form]) -> None:
        self.title = title
        self.forms = forms

    def find(self, upstream: str) -> Form:
        """A model's form. Raises EngineError for a model that the table does not have."""
        form = self.forms.get(upstream)
        if form is None:
            raise EngineError(FailureCode.MODEL_MISSING, f"{self.title} does not offer this model")
        return form

    def fill(self, request: Request, addresses: Mapping[Input, str], *, shaped: bool = False) -> Filled:
        """The input for `request`; `addresses` are where its files lie, as the provider takes them.

        `shaped`: a picture among them gives the result its shape, whatever the form has. Raises EngineError for what
        cannot be left out.
        """
        form = self.find(request.upstream)
        if shaped:
            form = msgspec.structs.replace(form, ratio=None)
        made = _Filling(form, request, self.title)
        for part in (made.words, made.length, made.shape, made.choices, made.knobs):
            part()
        made.files(addresses)
        return Filled({**form.fixed, **made.fields}, (*form.notes, *made.warnings))

    def check(self, request: Request) -> Form:
        """The form of a request whose files the model takes. Raises EngineError, before anything is uploaded."""
        form = self.find(request.upstream)
        for each in request.inputs:
            if each.role not in form.inputs:
                what = str(each.role).replace("_", " ")
                raise EngineError(FailureCode.INVALID_INPUT, f"{self.title} takes no {what} for this model")
        return form


def load_forms(package: str, title: str) -> Forms:
    """Read models.toml of a provider's room."""
    data = tomllib.loads((files(package) / "models.toml").read_text())
    return Forms(title, {name: msgspec.convert(_whole(data, name), Form) for name in data})


def _whole(data: Mapping[str, Any], name: str) -> dict[str, Any]:
    own = dict(data[name])
    base = own.pop("like", None)
    return {**_whole(data, base), **own} if base else own


class _Filling:
    """One request on its way into one form."""

    def __init__(self, form: Form, request: Request, title: str) -> None:
        self.form = form
        self.request = request
        self.fields: dict[str, Any] = {}
        self.warnings: list[str] = []
        self._title = title

    def words(self) -> None:
        self._put(self.form.prompt, self.request.prompt or None)
        if self.request.negative_prompt:
            self._put(self.form.negative_prompt, self.request.negative_prompt, "negative_prompt")

    def length(self) -> None:
        if self.form.frames is not None:
            self._frames(self.form.frames)
        elif self.form.seconds is not None:
            self._seconds(self.form.seconds)
        elif self.request.seconds:
            self._ignored("seconds")

    def shape(self) -> None:
        form, request = self.form, self.request
        if not request.width or not request.height:
            return
        if form.size is not None:
            self._size(form.size)
            return
        if form.resolution is not None:
            self._resolution(form.resolution)
        if form.ratio is not None:
            self._ratio(form.ratio)
        elif not self._as_picture():
            self.warnings.append(f"ratio: {self._title} gives the result the shape that this model usually has")

    def choices(self) -> None:
        form, request = self.form, self.request
        self._put(form.seed, request.seed, "seed")
        if isinstance(form.sound, Sound):
            self.fields[form.sound.name] = form.sound.on if request.sound else form.sound.off
        elif form.sound == "always" and not request.sound:
            self.warnings.append("sound: this model always makes sound")
        elif request.sound and not form.sound:
            self._ignored("sound")
        if form.fixed_lens or request.fixed_lens:
            self._put(form.fixed_lens, request.fixed_lens, "fixed_lens")
        if form.count:
            self.fields[form.count] = request.count
        elif request.count > 1:
            raise EngineError(FailureCode.INVALID_INPUT, f"{self._title} makes one result at a time with this model")

    def knobs(self) -> None:
        extra = self.request.extra
        if self.form.format and "format" in extra:
            self.fields[self.form.format] = extra["format"]
        elif extra.get("format", "png") != "png":
            self._ignored("format")
        for name, value in extra.items():
            if name not in _OWN:
                self._put(self.form.knobs.get(name, ""), value, name)

    def files(self, addresses: Mapping[Input, str]) -> None:
        for each, address in addresses.items():
            name = self.form.inputs[each.role]
            if name.endswith("[]"):
                self.fields.setdefault(name.removesuffix("[]"), []).append(address)
            else:
                self.fields[name] = address

    def _put(self, name: str, value: object, ours: str = "") -> None:
        if name and value is not None:
            self.fields[name] = value
        elif ours:
            self._ignored(ours)

    def _ignored(self, ours: str) -> None:
        self.warnings.append(f"{ours}: ignored, {self._title} has no such setting for this model")

    def _seconds(self, limits: Seconds) -> None:
        asked = self.request.seconds
        if limits.choices:
            longer = [each for each in limits.choices if each >= asked - 0.01]
            made = min(longer) if longer else max(limits.choices)
        else:
            made = min(max(math.ceil(asked - 0.01), limits.min), limits.max)
        if abs(made - asked) > 0.01:
            self.warnings.append(f"seconds: {made} made, {asked:g} asked for")
        whole = f"{made}{limits.ending}"
        self._put(limits.name, whole if limits.written == "text" or limits.ending else made)

    def _frames(self, limits: Frames) -> None:
        request = self.request
        fps = request.fps if limits.rate and "frames" in request.extra else limits.fps
        asked = int(request.extra.get("frames", 0)) or round(request.seconds * fps) + 1
        steps = round((min(max(asked, limits.min), limits.max) - 1) / limits.step)
        made = steps * limits.step + 1
        self.fields[limits.name] = made
        if limits.rate:
            self.fields[limits.rate] = fps
        if request.fps not in (0, fps):
            self.warnings.append(f"fps: {fps} made, {request.fps} asked for")
        if abs(made - asked) >= limits.step:
            self.warnings.append(f"frames: {made} made, {asked} asked for")

    def _size(self, limits: Size) -> None:
        request = self.request
        if limits.choices:
            pairs = [tuple(int(side) for side in each.split("x")) for each in limits.choices]
            width, height = min(pairs, key=lambda pair: _distance(pair, (request.width, request.height)))
        else:
            grown = max(1.0, math.sqrt(limits.pixels / (request.width * request.height)))
            grown = max(grown, limits.least / min(request.width, request.height))
            grown = min(grown, limits.most / max(request.width, request.height))
            width, height = (round(side * grown / 2) * 2 for side in (request.width, request.height))
        if (width, height) != (request.width, request.height):
            self.warnings.append(f"size: {width}x{height} made, {request.width}x{request.height} asked for")
        if limits.name and limits.join:
            self.fields[limits.name] = f"{width}{limits.join}{height}"
        elif limits.name:
            self.fields[limits.name] = {limits.width: width, limits.height: height}
        else:
            self.fields |= {limits.width: width, limits.height: height}

    def _resolution(self, limits: Resolution) -> None:
        asked = min(self.request.width, self.request.height)
        name, side = min(limits.sides.items(), key=lambda each: abs(math.log(each[1] / asked)))
        if abs(side - asked) > asked * _CLOSE:
            self.warnings.append(f"resolution: {name} made, {self.request.width}x{self.request.height} asked for")
        self._put(limits.name, name)

    def _ratio(self, limits: Ratio) -> None:
        asked = self.request.width / self.request.height
        known = limits.names or {each: each for each in limits.choices}
        near = min(known, key=lambda each: abs(math.log(_share(each) / asked)))
        if abs(math.log(_share(near) / asked)) > _CLOSE:
            self.warnings.append(f"ratio: {near} made, {self.request.width}x{self.request.height} asked for")
        self._put(limits.name, known[near])

    def _as_picture(self) -> bool:
        """Whether the result's shape follows from a given picture or clip, and is the one asked for."""
        given = next((each for each in self.request.inputs if each.width and each.height), None)
        if given is None:
            return False
        return abs(math.log((given.width / given.height) / (self.request.width / self.request.height))) <= _CLOSE


def _share(ratio: str) -> float:
    across, _, down = ratio.partition(":")
    return int(across) / int(down)


def _distance(one: tuple[int, ...], other: tuple[int, int]) -> float:
    """How unlike two sizes are: the shape counts more than the size."""
    shape = abs(math.log((one[0] / one[1]) / (other[0] / other[1])))
    return shape * 10 + abs(math.log((one[0] * one[1]) / (other[0] * other[1])))
