"""The JSON of prompt tools and templates."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

Prompt = Annotated[str, Meta(max_length=2000)]


class AutocompleteQuery(Struct, kw_only=True):
    """`q` is what was typed so far; without it, the latest prompts."""

    q: Annotated[str, Meta(max_length=200)] = ""
    limit: Annotated[int, Meta(ge=1, le=50)] = 10


class Suggestions(Struct, kw_only=True):
    """Your own earlier prompts, the most recent first, each once."""

    suggestions: list[str]


class GeneratePrompt(Struct, kw_only=True):
    """A simple idea, and for which model it is to be written out."""

    idea: Annotated[str, Meta(min_length=1, max_length=1000)]
    model: Annotated[str, Meta(max_length=100)] | None = None


class GeneratedPrompt(Struct, kw_only=True):
    """The prompt. `source`: "model", a language model wrote it (1 credit or what it cost), or "rules", free."""

    prompt: str
    negative_prompt: str
    source: Literal["model", "rules"]
    engine: str | None
    credits_charged: int
    credits_remaining: int


class BreakScript(Struct, kw_only=True):
    """A script to break into shots, and how long they are to be together, in seconds."""

    script: Annotated[str, Meta(min_length=1, max_length=20_000)]
    duration: Annotated[float, Meta(ge=2, le=3600)] | None = None


class ScriptShot(Struct, kw_only=True):
    """One shot ("Shot Endpoints"). `text` is the part of the script that it covers; duration in seconds."""

    prompt: str
    notes: str
    duration: float
    shot_type: str
    camera_move: str
    transition: str
    text: str
    source: Literal["model", "rules"]


class ScriptShots(Struct, kw_only=True):
    """The shots in order; together they cover the whole script."""

    shots: list[ScriptShot]
    engine: str | None
    credits_charged: int
    credits_remaining: int


class SaveTemplate(Struct, kw_only=True):
    """What to keep."""

    name: Annotated[str, Meta(min_length=1, max_length=100)]
    prompt: Annotated[str, Meta(min_length=1, max_length=2000)]
    negative_prompt: Prompt = ""
    model: Annotated[str, Meta(max_length=100)] = ""


class Template(Struct, kw_only=True):
    """One kept prompt; `model` is "" when it is for any."""

    id: str
    name: str
    prompt: str
    negative_prompt: str
    model: str
    created_at: str


class TemplateList(Struct, kw_only=True):
    """Newest first."""

    templates: list[Template]


class TemplateDeleted(Struct, kw_only=True):
    """It is gone."""

    id: str
    deleted: bool
