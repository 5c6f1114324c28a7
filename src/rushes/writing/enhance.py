"""From a simple idea to a prompt: by a language model, or by rules of our own."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any, Literal

import msgspec
from msgspec import Struct

from rushes.engines.contract import EngineError
from rushes.engines.text import Chat
from rushes.writing.answers import prose
from rushes.writing.asking import Ask, Unanswered
from rushes.writing.languages import guessed, languages
from rushes.writing.matching import has

LONGEST = 1000
"""Characters of a prompt that a language model writes."""
_TOKENS = 200
_SHORTEST = 12
_STEM = 4


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
    """enhance.toml."""

    negative: dict[Literal["always", "moving"], tuple[str, ...]]
    aspects: tuple[Aspect, ...]


class Enhanced(Struct, frozen=True, kw_only=True):
    """A prompt, what the picture is not to show, and who wrote it."""

    prompt: str
    negative_prompt: str
    source: Literal["model", "rules"]


@cache
def rules() -> Rules:
    """The rules, read once."""
    return msgspec.convert(tomllib.loads((files(__package__) / "enhance.toml").read_text("utf-8")), Rules)


async def enhance(idea: str, ask: Ask | None, *, moving: bool = True, seed: int = 0) -> Enhanced:
    """A prompt for a video (for a picture, not `moving`) made of an idea.

    Asks once at most. Where nobody answers, or not with a prompt for this idea, rules write it: the idea word for
    word and what it does not say itself, the same for the same `seed`.
    """
    written = ""
    if ask is not None:
        try:
            written = fitting(await ask(question(idea, moving=moving)), idea)
        except (EngineError, Unanswered):
            pass
    return Enhanced(
        prompt=written or by_rules(idea, moving=moving, seed=seed),
        negative_prompt=negative(idea, moving=moving),
        source="model" if written else "rules",
    )


def by_rules(idea: str, *, moving: bool, seed: int = 0) -> str:
    """The idea as it is, with detail, light, mood, camera and style said where it does not say them itself."""
    idea = " ".join(idea.split()).rstrip(".,;: ")
    words = idea.lower()
    if idea.partition(" ")[0].islower():  # but iPhone stays
        idea = idea[0].upper() + idea[1:]
    parts = []
    for aspect in rules().aspects:
        if aspect.moving not in (None, moving) or has(words, aspect.said):
            continue
        fit = (case.say for case in aspect.cases if has(words, case.words))
        phrases = next(fit, aspect.usual)
        pick = int.from_bytes(sha256(f"{seed}\n{aspect.name}\n{words}".encode()).digest()[:8])
        parts.append(phrases[pick % len(phrases)])
    more = ", ".join(parts)
    if not more:
        return idea
    return f"{idea} {more[0].upper()}{more[1:]}" if idea[-1:] in "!?…" else f"{idea}, {more}"


def negative(idea: str, *, moving: bool) -> str:
    """What is not to be seen: the usual faults, but for those that the idea asks for."""
    unwanted = rules().negative
    terms = (*unwanted["always"], *(unwanted["moving"] if moving else ()))
    words = idea.lower()
    return ", ".join(term for term in terms if not has(words, (term, *term.split())))


def question(idea: str, *, moving: bool) -> Chat:
    """What asks a language model for the prompt."""
    what = "video" if moving else "image"
    camera = "the camera's movement" if moving else "the framing"
    system = (
        f"You write prompts for a text-to-{what} model. Rewrite the user's idea as one vivid paragraph of 40 to 80"
        f" words in English: the subject and what it does, the setting, the light, {camera}, the mood. Keep every"
        " fact of the idea and invent no other subject. Answer with the paragraph only: no title, no list, no quotes."
    )
    messages: list[dict[str, Any]] = [{"role": "system", "content": system}]
    for example, answer in _EXAMPLES[moving]:
        messages += [{"role": "user", "content": example}, {"role": "assistant", "content": answer}]
    messages.append({"role": "user", "content": " ".join(idea.split())})
    return Chat(model="", messages=tuple(messages), max_tokens=_TOKENS, temperature=0.6, top_p=0.9)


def fitting(answer: str, idea: str) -> str:
    """The prompt in a language model's answer; "" where there is none, or it is about something else.

    Or where it is not in English, which was asked for.
    """
    text = prose(answer, LONGEST)
    if len(text) < _SHORTEST or guessed([text]) not in ("", "en"):
        return ""
    text = text[0].upper() + text[1:]
    # An idea in another language is told in English: there, none of its words may be left.
    if guessed([idea]) in ("", "en"):
        about, told = _stems(idea), text.lower()
        kept = sum(_told(stem, told) for stem in about)
        if kept * 3 < len(about) * 2 or not all(word.lower() in told for word in _exact(idea)):
            return ""
    return text


def _told(stem: str, text: str) -> bool:
    """Whether a word with this stem is there; what is shorter than a stem is the whole word."""
    end = "" if len(stem) == _STEM else r"(?:e?s)?\b"
    return re.search(rf"\b{re.escape(stem)}{end}", text) is not None


def _exact(idea: str) -> list[str]:
    """What has to be said as it is: numbers, names, words in capitals or quotes."""
    quoted = re.findall(r"[\"“«]([^\"“”«»]+)[\"”»]", idea)
    words = idea.split()
    if sum(word[0].isupper() for word in words) * 2 > len(words):  # a title, or shouted
        return quoted
    names = [word for at, word in enumerate(words) if word[0].isupper() and (at or word.isupper())]
    bare = (re.sub(r"['’]s$", "", word.strip(".,;:!?()\"'“”«»")) for word in names)
    return [*quoted, *re.findall(r"\d+", idea), *(name for name in bare if len(name) > 1)]


def _stems(text: str) -> set[str]:
    """What the words of a text that say something begin with."""
    little = languages()["en"].words
    return {word[:_STEM] for word in re.findall(r"\w{3,}", text.lower()) if word not in little}


_EXAMPLES = {
    True: (
        (
            "a fox in the snow",
            "A red fox trots through deep, fresh snow at the edge of a pine forest, its breath steaming and powder"
            " scattering from its paws. Low winter sun throws long blue shadows and lights the fur from behind. The"
            " camera tracks beside it at ground level, then slows as the fox stops and looks up. Quiet, crisp mood.",
        ),
        (
            "robot making coffee, funny",
            "A clumsy little robot with round eyes tries to make coffee in a bright kitchen, froths far too much milk"
            " and freezes as foam slides over the counter. Warm morning light comes through the window and glints on"
            " its dented metal. A steady medium shot pushes in slowly on its startled face. Playful, funny mood.",
        ),
    ),
    False: (
        (
            "a fox in the snow",
            "A red fox stands in deep, fresh snow at the edge of a pine forest, its breath steaming, single flakes"
            " caught in its thick fur. Low winter sun lights it from behind and throws long blue shadows. Low, close"
            " view with the forest softly out of focus. Quiet, crisp mood.",
        ),
    ),
}
