"""The reader's words, loaded from words.toml, nouns.toml and poses.toml into phrase tables."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec
from msgspec import Struct

from rushes.engines.local.composer.spec import Action, Colour, Habitat, Subject

Phrase = tuple[str, ...]


class Noun(Struct, frozen=True, kw_only=True):
    """One kind of thing that can be drawn."""

    name: str
    art: str
    shape: str
    habitat: Habitat
    height: float
    action: Action
    faces: Any = "left"
    tint: Colour | None = None
    count: int = 1
    home: str = ""
    """The place it is at home in, for prompts that say none."""
    person: str = ""
    """The row of poses.toml, for people."""
    rider: str = ""
    """The noun that shows it with somebody on its back."""

    def subject(self) -> Subject:
        """The thing as a subject, as yet one and doing what it does by itself."""
        return Subject(
            noun=self.name,
            count=self.count,
            art=self.art,
            silhouette=self.shape,
            habitat=self.habitat,
            action=self.action,
            height=self.height,
            faces=self.faces,
            tint=self.tint,
        )


class Pose(Struct, frozen=True):
    """A whole-body picture of a person, and which way it looks."""

    art: str
    faces: Any = "left"
    shape: str = ""
    """The drawing that stands in for it, "" for the noun's own."""


class Lexicon(Struct, frozen=True, kw_only=True):
    """Tables from phrases (tuples of words) to what they mean, by topic."""

    topics: dict[str, dict[Phrase, str]]
    nouns: dict[Phrase, Noun]
    poses: dict[str, dict[str, Pose]]
    longest: int


@cache
def lexicon() -> Lexicon:
    """The words, read once."""
    folder = files(__package__)
    topics = {
        topic: {tuple(phrase.split()): value for value, phrases in table.items() for phrase in _phrases(phrases)}
        for topic, table in tomllib.loads((folder / "words.toml").read_text()).items()
    }
    nouns = {}
    sections: dict[Any, Any] = tomllib.loads((folder / "nouns.toml").read_text())
    for habitat, section in sections.items():
        for thing in section["things"]:
            for phrase in _phrases(thing["words"]):
                nouns[tuple(phrase.split())] = Noun(
                    name=phrase,
                    art=thing["art"],
                    shape=thing["shape"],
                    habitat=habitat,
                    height=thing["height"],
                    action=thing.get("action", section["action"]),
                    faces=thing.get("faces", "left"),
                    tint=colour(thing["tint"]) if "tint" in thing else None,
                    count=thing.get("count", 1),
                    home=thing.get("home", ""),
                    person=thing.get("person", ""),
                    rider=thing.get("rider", ""),
                )
    longest = max(len(phrase) for table in (*topics.values(), nouns) for phrase in table)
    poses = msgspec.convert(tomllib.loads((folder / "poses.toml").read_text()), dict[str, dict[str, Pose]])
    return Lexicon(topics=topics, nouns=nouns, poses=poses, longest=longest)


def colour(text: str) -> Colour:
    """(red, green, blue) of "#rrggbb"."""
    return (int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16))


_IRREGULAR = {
    "mice": "mouse", "geese": "goose", "men": "man", "women": "woman", "children": "child", "people": "person",
    "leaves": "leaf", "oxen": "ox", "cacti": "cactus",
}  # fmt: skip


def singular(word: str) -> str:
    """The singular of a noun: what the tables know, else a plain guess."""
    guesses = singulars(word)
    return next((guess for guess in (word, *guesses) if guess in _ones()), guesses[0])


def singulars(word: str) -> tuple[str, ...]:
    """What a word may be the plural of, the likeliest first; at least the word itself."""
    if word in _IRREGULAR:
        return (_IRREGULAR[word],)
    if word.endswith("men") and len(word) > 4:
        return (f"{word[:-3]}man",)
    if not word.endswith("s") or word.endswith("ss") or len(word) < 4:
        return (word,)
    if word.endswith("ies") and len(word) > 4:
        return (f"{word[:-3]}y", word[:-1])
    if word.endswith("ves"):
        return (word[:-1], f"{word[:-3]}f", f"{word[:-3]}fe")
    if word.endswith(("ches", "shes", "sses", "xes", "zes", "oes")):
        return (word[:-2], word[:-1])
    if word.endswith("ses"):
        return (word[:-1], word[:-2])
    return (word, word[:-1]) if word.endswith(("us", "is")) else (word[:-1],)


@cache
def _ones() -> frozenset[str]:
    """The last words of all nouns: one of a kind each, unless it is also the plural of another."""
    lasts = {phrase[-1] for phrase in lexicon().nouns}
    return frozenset(last for last in lasts if not lasts & ({*singulars(last)} - {last}))


def _phrases(text: str) -> list[str]:
    return [phrase.strip() for phrase in text.split(",")]
