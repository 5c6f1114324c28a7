"""From a simple idea to a prompt: by rules of our own, and what to ask a language model for."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

import msgspec
from msgspec import Struct

LONGEST = 1500
_LABEL = re.compile(r"^\**(?:video |image |enhanced )?prompt\**\s*:\**\s*", re.IGNORECASE)
_QUOTES = "\"'“”‘’«»`* "


class Case(Struct, frozen=True):
    """Phrases for ideas with one of the words."""

    words: tuple[str, ...]
    say: tuple[str, ...]


class Aspect(Struct, frozen=True, kw_only=True):
    """One thing that a good prompt says. With `moving`, only for videos; with false, only for pictures."""

    name: str
    said: tuple[str, ...]
    usual: tuple[str, ...]
    cases: tuple[Case, ...] = ()
    moving: bool | None = None


class Rules(Struct, frozen=True):
    """prompting.toml."""

    negative: str
    aspects: tuple[Aspect, ...]


@cache
def rules() -> Rules:
    """The rules, read once."""
    return msgspec.convert(tomllib.loads((files(__package__) / "prompting.toml").read_text()), Rules)


def enrich(idea: str, *, moving: bool) -> str:
    """The idea with subject, light, camera and style said, where it does not say them itself."""
    idea = " ".join(idea.split()).rstrip(".,;: ")
    words = idea.lower()
    pick = int.from_bytes(sha256(words.encode()).digest()[:8])
    parts = []
    for aspect in rules().aspects:
        if aspect.moving not in (None, moving) or _has(words, aspect.said):
            continue
        fitting = (case.say for case in aspect.cases if _has(words, case.words))
        phrases = next(fitting, aspect.usual)
        parts.append(phrases[pick % len(phrases)])
    return ", ".join([idea[:1].upper() + idea[1:], *parts])


def instructions(idea: str, *, moving: bool) -> tuple[dict[str, Any], ...]:
    """The messages that ask a language model for the same."""
    what = "video" if moving else "image"
    camera = "the camera's movement" if moving else "the framing"
    system = (
        f"You write prompts for a text-to-{what} model. Rewrite the user's idea as one vivid paragraph of 40 to 80"
        f" words in English: the subject and what it does, the setting, the light, {camera}, the style. Keep every"
        " fact of the idea and invent no other subject. Answer with the paragraph only: no title, no list, no quotes."
    )
    return {"role": "system", "content": system}, {"role": "user", "content": idea}


def cleaned(answer: str) -> str:
    """The first paragraph of a language model's answer, in whole sentences, at most LONGEST characters; may be ""."""
    paragraphs = [part.strip() for part in re.split(r"\n\s*\n", answer) if part.strip()]
    if not paragraphs:
        return ""
    text = _LABEL.sub("", " ".join(paragraphs[0].split()).strip(_QUOTES)).strip(_QUOTES)
    text = text[:LONGEST]
    end = max(text.rfind(mark) for mark in ".!?")
    return text[: end + 1] if end > 0 else text


def _has(text: str, words: tuple[str, ...]) -> bool:
    return any(re.search(rf"\b{re.escape(word)}(?:e?s)?\b", text) for word in words)
