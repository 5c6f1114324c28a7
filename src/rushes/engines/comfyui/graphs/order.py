"""One order on its way to a graph: what was asked for, what is made of it, and what of it nobody looked at.

A builder takes every setting through here. What it never took and the request had turned becomes a warning, so that
no parameter goes unnoticed.
"""

from __future__ import annotations

from copy import copy
from typing import Any

import msgspec

from rushes.engines.comfyui.graphs.recipe import Built, Files, GraphError
from rushes.engines.comfyui.graphs.table import Row, table
from rushes.engines.comfyui.graphs.wiring import Link, Wiring
from rushes.engines.contract import Mode, Request, Role

_KNOBS = ("steps", "cfg", "shift", "strength", "sampler", "scheduler")
_SEEDS = 2**64


class Order:
    """A request to one model, its uploaded files, and the graph that grows."""

    def __init__(self, request: Request, files: Files, row: Row) -> None:
        if request.mode not in row.modes:
            raise GraphError(f"{request.model} cannot make {request.mode}")
        self.request = request
        self.row = row
        self.wiring = Wiring()
        self._files = {role: list(names) for role, names in files.items()}
        self._taken: set[str] = set()
        self._taken_files: dict[Role, int] = {}
        self._samplers: dict[str, int] = {}
        self._warnings: list[str] = []
        self._cfg: float | None = None

    # The files that came with it

    def file(self, *roles: Role) -> str:
        """The first uploaded file in one of these roles. Raises GraphError when there is none."""
        name = self.maybe(*roles)
        if name is None:
            raise GraphError(f"{self.request.model} needs the input {roles[0]}")
        return name

    def maybe(self, *roles: Role) -> str | None:
        """The same, None when there is none."""
        return next(iter(self.all(*roles, most=1)), None)

    def all(self, *roles: Role, most: int) -> list[str]:
        """The uploaded files in these roles, up to `most` that were not taken before."""
        found: list[str] = []
        for role in roles:
            start = self._taken_files.get(role, 0)
            names = self._files.get(role, [])[start : start + most - len(found)]
            self._taken_files[role] = start + len(names)
            found += names
        return found

    def model_file(self, key: str) -> str:
        """The name of one of this model's files."""
        return table().files[self.row.files.get(key) or self.row.choices[key]].name

    # What it says

    def prompt(self) -> str:
        self._taken.add("prompt")
        return self.request.prompt

    def negative(self) -> str:
        """What is not wanted: the model's usual list where nothing is said. Has no effect at a cfg of 1."""
        self._taken.add("negative_prompt")
        if self.request.negative_prompt and self.cfg() <= 1:
            self.warn("negative_prompt: without effect at cfg 1")
        return self.request.negative_prompt or self.row.negative

    def told(self, name: str, default: Any) -> Any:
        return self.request.extra.get(name, default)

    def seed(self, nth: int = 0) -> int:
        """The seed, and others that follow from it."""
        return (self.request.seed + nth) % _SEEDS

    def sound(self) -> bool:
        self._taken.add("sound")
        return self.request.sound

    def fixed_lens(self) -> bool:
        self._taken.add("fixed_lens")
        return self.request.fixed_lens

    def count(self) -> int:
        self._taken.add("count")
        return self.request.count

    # How it is made

    def steps(self) -> int:
        return int(self._knob("steps"))

    def turbo(self) -> bool:
        """Whether few enough steps are wanted for the model's distilled way."""
        return self.row.turbo is not None and self.steps() <= self.row.turbo.steps

    def cfg(self) -> float:
        """The guidance. Beyond its turbo a network is nothing without, so a cfg of up to 1 becomes its usual one."""
        if self._cfg is None:
            self._cfg = float(self._knob("cfg"))
            turbo = self.row.turbo
            if turbo is not None and not self.turbo() and self._cfg <= 1:
                self.warn(f"cfg: {turbo.cfg:g} instead of {self._cfg:g}, which only does for up to {turbo.steps} steps")
                self._cfg = turbo.cfg
        return self._cfg

    def shift(self) -> float:
        return float(self._knob("shift"))

    def strength(self) -> float:
        return float(self._knob("strength"))

    def sampler(self) -> str:
        return str(self._knob("sampler"))

    def scheduler(self) -> str:
        return str(self._knob("scheduler"))

    def fps(self) -> int:
        """Frames a second of the result; a model with a rate of its own makes that, and says so."""
        asked = self.request.fps or self.row.usual.fps
        own = int(self.row.fixed.get("fps", asked))
        if own != asked and "fps" not in self._taken:
            self.warn(f"fps: {own} instead of {asked}, this model knows no other")
        self._taken.add("fps")
        return own

    def frames(self) -> int:
        """How many frames the result has."""
        if "fps" in self.row.fixed:
            return max(1, round(self.seconds() * self.fps()))
        told = self.request.extra.get("frames")
        return int(told) if told else max(1, round(self.seconds() * self.fps()))

    def seconds(self) -> float:
        """How long the result is, in seconds."""
        return self.request.seconds or self.row.usual.frames / self.row.usual.fps

    def made_frames(self) -> int:
        """The next larger number of frames that the network can make; `finish` cuts them to `frames`."""
        return up(max(self.frames(), self.row.frame_step + 1) - 1, self.row.frame_step) + 1

    def size(self) -> tuple[int, int]:
        """Width and height of the result, in pixels."""
        return self.request.width or self.row.usual.width, self.request.height or self.row.usual.height

    def made_size(self, multiple: int = 0) -> tuple[int, int]:
        """The next larger size that the network can make; `finish` cuts it to `size`."""
        width, height = self.size()
        return up(width, multiple or self.row.multiple), up(height, multiple or self.row.multiple)

    def aside(self, **changes: Any) -> Order:
        """An order to another model (`aside` in the row) within this one's graph: at that model's usual settings, and
        with these changes to the request."""
        extra = {name: value for name, value in self.request.extra.items() if name not in _KNOBS}
        other = copy(self)
        other.row = table().models[self.row.aside]
        other.request = msgspec.structs.replace(self.request, extra=extra, **changes)
        other._cfg = None
        return other

    # What comes of it

    def sampling(self, node: str, steps: int) -> None:
        """Say that this node takes so many steps."""
        self._samplers[node] = steps

    def warn(self, text: str) -> None:
        if text not in self._warnings:
            self._warnings.append(text)

    def built(self) -> Built:
        """The graph, and a warning for everything that was asked for and never looked at."""
        for name in self._overlooked():
            self.warn(f"{name}: ignored, {self.request.model} has no such setting")
        for name, own in self.row.fixed.items():
            asked = self.request.extra.get(name)
            if name in _KNOBS and asked is not None and asked != own:
                self.warn(f"{name}: {own} instead of {asked}, this model knows no other")
        for role, names in self._files.items():
            used = self._taken_files.get(role, 0)
            if used < len(names):
                self.warn(f"{role}: {len(names) - used} of {len(names)} ignored, there is no use for it here")
        return Built(graph=self.wiring.graph, samplers=self._samplers, warnings=tuple(self._warnings))

    def _overlooked(self) -> list[str]:
        request = self.request
        # These ask for nothing where a prompt is optional, the camera is free, or one result is wanted.
        asked = {
            "prompt": bool(request.prompt.strip()),
            "negative_prompt": bool(request.negative_prompt),
            "sound": request.sound and request.mode is not Mode.SOUND_TO_VIDEO,
            "fixed_lens": request.fixed_lens,
            "count": request.count > 1,
        } | {name: self._turned(name) for name in _KNOBS if name not in self.row.fixed}
        return [name for name, turned in asked.items() if turned and name not in self._taken]

    def _turned(self, name: str) -> bool:
        """Whether a knob stands elsewhere than usual. Catalogues send them all, at their defaults."""
        told = self.request.extra.get(name)
        return told is not None and told != getattr(self.row.usual, name)

    def _knob(self, name: str) -> Any:
        self._taken.add(name)
        told = self.request.extra.get(name)
        return getattr(self.row.usual, name) if told is None else told


def up(value: int, multiple: int) -> int:
    """The next multiple that is not smaller."""
    return -(-value // multiple) * multiple


def load_image(order: Order, name: str, id: str = "image") -> Link:
    """An uploaded picture."""
    return order.wiring.add(id, "LoadImage", image=name)
