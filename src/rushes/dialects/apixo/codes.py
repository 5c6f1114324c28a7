"""The table of what can go wrong (codes.toml)."""

from __future__ import annotations

import tomllib
from importlib.resources import files

import msgspec
from msgspec import Struct


class ProblemRow(Struct, frozen=True):
    """How one kind of problem is answered; an empty message stands for the problem's own."""

    status: int
    message: str = ""
    fail: str = ""


class Codes(Struct, frozen=True):
    """The tables."""

    problems: dict[str, ProblemRow]
    failures: dict[str, str]
    failures_of_texts: dict[str, str]

    def fail(self, code: str, *, pictures: bool) -> str:
        """What a task that failed with the core's `code` says. `pictures`: whether it was given any."""
        words = self.failures if pictures else self.failures | self.failures_of_texts
        return words.get(code, "GENERATION_FAILED")


def load_codes() -> Codes:
    """Read codes.toml."""
    return msgspec.convert(tomllib.loads((files(__package__) / "codes.toml").read_text()), Codes)
