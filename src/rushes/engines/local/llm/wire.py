"""What the server and the process of the language model say to each other: one JSON object a line.

The server sends one `Setup`, then `Ask`s, one at a time, and perhaps a `Stop` while one is answered. The process
reports `Pulling` and one `Loaded`, then for each `Ask` any number of `Reading` and `Wrote` and one `Ended`. A
`Refused` stands in place of `Loaded` or `Ended`.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from rushes.engines.contract import FailureCode


class Setup(Struct, frozen=True, kw_only=True, tag=True):
    """Which model to load: `group` of the store below the folder `models`. Memory in bytes of address space.

    `private` is an empty folder that only we may enter; the server removes it once the model is loaded, or will not be.
    """

    models: str
    group: str
    offline: bool
    context_tokens: int
    threads: int
    memory_bytes: int
    private: str = ""


class Ask(Struct, frozen=True, kw_only=True, tag=True):
    """A body of llama.cpp's chat completions, streaming."""

    body: dict[str, Any]


class Stop(Struct, frozen=True, kw_only=True, tag=True):
    """Write no more for the latest `Ask`. Its `Ended` still comes. Nothing happens where that came already."""


Order = Setup | Ask | Stop


class Pulling(Struct, frozen=True, kw_only=True, tag=True):
    """The weights are being downloaded. Sizes in bytes; the total is None where the source does not say."""

    file: str
    done: int
    total: int | None


class Loaded(Struct, frozen=True, kw_only=True, tag=True):
    """Ready for the first `Ask`. `model` is the name of the weights."""

    model: str


class Reading(Struct, frozen=True, kw_only=True, tag=True):
    """So many tokens of the prompt are read."""

    done: int
    total: int


class Wrote(Struct, frozen=True, kw_only=True, tag=True):
    """Some more text."""

    text: str


class Ended(Struct, frozen=True, kw_only=True, tag=True):
    """The answer is over; `finish` is llama.cpp's word for why, empty after a `Stop`."""

    finish: str
    prompt_tokens: int = 0
    completion_tokens: int = 0


class Refused(Struct, frozen=True, kw_only=True, tag=True):
    """It did not work. The message may be shown to the user."""

    code: FailureCode
    message: str


Report = Pulling | Loaded | Reading | Wrote | Ended | Refused
