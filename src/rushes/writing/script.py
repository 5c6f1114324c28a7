"""A script as its lines: headings, who speaks, remarks, and every sentence by itself. Nothing is left out."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec
from msgspec import Struct

from rushes.writing.sentences import sentences

Kind = Literal["heading", "transition", "cue", "remark", "mark", "action", "speech"]

_WRAPPED = 55
"""Characters of a line after which a sentence may have been wrapped at a margin."""
_BULLET = re.compile(r"(?:[-*•▪◦‣·]|\(?\d{1,3}[.)]|\(?[a-zA-Z][)])\s+(?=\S)")
_BEFORE = '.!?…:"”’)'
"""What a word ends in after which a heading may come."""
_SCENE_NUMBER = re.compile(r"\d{1,3}[.)]?")
_RULE = re.compile(r"[\W_]*")
_MARKDOWN = re.compile(r"#{1,6}\s+")
_DASH = re.compile(r"[—–―]\s*")
_CUE = re.compile(r"(?P<name>[^\W\d_][\w.'’ -]{0,30}?)\s*(?P<more>\([^()]{1,30}\))?")
_SPEAKER = re.compile(
    r"(?P<name>[^\W\d_][\w.'’-]*(?: [^\W\d_][\w.'’-]*){0,2})\s*(?P<more>\([^()]{1,40}\))?\s*[:：]\s*(?=\S)"
)


class Line(Struct, frozen=True, kw_only=True):
    """One line, or one sentence of it. `text` is the script's, `said` the same without marks before it.

    Of speech, `speaker` is who speaks ("" when the script does not say), `seen` whether that can be seen.
    `paragraph` numbers what belongs together; `place` is that which
    a heading names, `transition` that which a line of this kind does.
    """

    kind: Kind
    text: str
    said: str = ""
    speaker: str = ""
    seen: bool = True
    paragraph: int = 0
    place: str = ""
    transition: str = ""


class Words(Struct, frozen=True, forbid_unknown_fields=True):
    """script.toml."""

    places: tuple[str, ...]
    scenes: tuple[str, ...]
    shots: tuple[str, ...]
    unseen: frozenset[str]
    labels: frozenset[str]
    transitions: dict[str, str]


@cache
def words() -> Words:
    """The table, read once."""
    return msgspec.convert(tomllib.loads((files(__package__) / "script.toml").read_text("utf-8")), Words)


def lines_of(script: str) -> list[Line]:
    """The lines of a script; their texts put together are the script, but for spaces."""
    found: list[Line] = []
    speaker, seen = "", True
    speaking = False
    blank = True
    number = 0
    for text, followed in _paragraphs(script):
        if not text:
            speaking, blank = False, True
            continue
        number += 1
        if (line := _structure(text)) is not None:
            found.append(line)
            speaking = False
        elif text.startswith("(") and text.endswith(")") and (speaking or not followed):
            found.append(Line(kind="remark" if speaking else "action", text=text, said=text, paragraph=number))
        elif blank and followed and (cue := _cue(text)) is not None:
            speaker, seen = cue
            speaking = True
            found.append(Line(kind="cue", text=text, said=text, speaker=speaker, seen=seen))
        else:
            found += _spoken_or_done(text, speaker if speaking else None, seen, number)
        blank = False
    return found


def _paragraphs(script: str) -> Iterator[tuple[str, bool]]:
    """Each paragraph on one line with whether another follows at once; "" for empty lines."""
    lines = [piece for line in script.splitlines() for piece in _apart(line.split())]
    joined: list[str] = []
    for line in lines:
        if joined and joined[-1] and line and _runs_on(joined[-1], line):
            joined[-1] += f" {line}"
        else:
            joined.append(line)
    for at, line in enumerate(joined):
        yield line, at + 1 < len(joined) and bool(joined[at + 1])


def _apart(tokens: list[str]) -> list[str]:
    """One line cut around what is no sentence in it: many write "INT. ATTIC - NIGHT. Rain. CUT TO: EXT. ROAD - DAY"."""
    pieces: list[list[str]] = [[]]
    at = 0
    while at < len(tokens):
        size = _structure_size(tokens[at:], first=at == 0) if at == 0 or tokens[at - 1][-1] in _BEFORE else 0
        if size:
            pieces += [tokens[at : at + size], []]
        else:
            pieces[-1].append(tokens[at])
        at += size or 1
    return [" ".join(piece) for piece in pieces if piece] or [""]


def _structure_size(tokens: list[str], *, first: bool) -> int:
    """How many of these words are a heading that names a place, or a transition; 0 where they begin with none."""
    size = 0
    while size < len(tokens) and tokens[size] == tokens[size].upper():
        size += 1
        if tokens[size - 1][-1] in ".:!?" and not _leads(tokens[size - 1]):
            break
    if size < len(tokens) and size > 1 and tokens[size - 1] in ("A", "I"):  # the next sentence's first word
        size -= 1
    if first and size < 2 < len(tokens) and _leads(tokens[0].upper()) and tokens[0].endswith("."):  # not in capitals
        size = 1 + len(sentences(" ".join(tokens[1:]))[0].split(" "))
    line = _structure(" ".join(tokens[:size])) if size else None
    return size if line is not None and (line.place or line.kind == "transition") else 0


def _leads(token: str) -> bool:
    """Whether a heading goes on after this, though it ends in a point: a scene's number, or "INT."."""
    return token.rstrip(".:") in words().places or _SCENE_NUMBER.fullmatch(token) is not None


def _runs_on(line: str, following: str) -> bool:
    """Whether a line was wrapped, so that the next one belongs to its sentence."""
    if line.isupper() or _structure(line) is not None or _structure(following) is not None:
        return False
    if _BULLET.match(following) or _DASH.match(following) or _SPEAKER.match(following) or following.startswith("("):
        return False
    return line[-1] not in '.!?…:;。！？।)"”»' and (following[0].islower() or len(line) > _WRAPPED)


def _structure(text: str) -> Line | None:
    """A line that is no sentence: a heading, a transition, a rule."""
    if _RULE.fullmatch(text):
        return Line(kind="mark", text=text)
    plain = _MARKDOWN.sub("", text).strip("*_ ")
    capitals = plain.upper()
    if _MARKDOWN.match(text):
        return Line(kind="heading", text=text, said=plain)
    known = words()
    for transition, name in known.transitions.items():
        if capitals.startswith(transition) and plain.isupper() and len(plain) < 40:
            return Line(kind="transition", text=text, transition=name)
    numbered = re.sub(r"^\d{1,3}[.)]?\s+", "", plain)  # shooting scripts number their scenes
    if _begins(numbered.upper(), known.places, r"(?:[. :]|$)") and (numbered.isupper() or re.match(r"\S+\.", numbered)):
        return Line(kind="heading", text=text, said=numbered.rstrip(".: "), place=_place(numbered))
    if len(plain) < 80 and _begins(capitals, known.scenes, r"\s+(?:\d+|[IVX]+|ONE|TWO|THREE|FOUR|FIVE)\b"):
        return Line(kind="heading", text=text, said=plain, place=plain.partition(": ")[2])
    return None


def _place(heading: str) -> str:
    """INT. KITCHEN - DAY: "kitchen, day"."""
    start = max((start for start in words().places if heading.upper().startswith(start)), key=len)
    place = heading[len(start) :].strip(".: ")
    place = place.lower() if place.isupper() else place
    return ", ".join(part.strip() for part in re.split(r"\s[-–—]+\s|--", place) if part.strip())


def _begins(text: str, starts: tuple[str, ...], then: str) -> bool:
    return any(text.startswith(start) and re.match(then, text[len(start) :]) is not None for start in starts)


def _cue(text: str) -> tuple[str, bool] | None:
    """Who speaks the lines below, if this is a name by itself in capitals, and whether they can be seen."""
    match = _CUE.fullmatch(text)
    if match is None or not match["name"].isupper() or len(match["name"].split()) > 4:
        return None
    return _named(match["name"], match["more"])


def _named(name: str, more: str | None) -> tuple[str, bool]:
    marks = (more or "").strip("() ").upper()
    unseen = name.upper() in words().unseen or any(mark in marks for mark in words().unseen)
    return name.title() if name.isupper() else name, not unseen


def _spoken_or_done(text: str, speaker: str | None, seen: bool, number: int) -> list[Line]:
    """The sentences of a paragraph; what stands before the first one belongs to it."""
    lead, rest = "", text
    for mark in (_BULLET, _shot_label()):
        if (match := mark.match(rest)) is not None:
            lead, rest = lead + match[0], rest[match.end() :]
    if speaker is None and (match := _DASH.match(rest)) is not None:
        lead, rest, speaker, seen = lead + match[0], rest[match.end() :], "", True
    if (match := _SPEAKER.match(rest)) is not None and _may_speak(match["name"]):
        speaker, seen = _named(match["name"], match["more"])
        lead, rest = lead + match[0], rest[match.end() :]
    kind: Kind = "action" if speaker is None else "speech"
    found = [
        Line(kind=kind, text=one, said=one.strip("*_"), speaker=speaker or "", seen=seen, paragraph=number)
        for one in sentences(rest)
    ]
    if not found or not lead:
        return found or [Line(kind="mark", text=text)]
    return [msgspec.structs.replace(found[0], text=lead + found[0].text), *found[1:]]


@cache
def _shot_label() -> re.Pattern[str]:
    names = "|".join(map(re.escape, words().shots))
    return re.compile(rf"\**(?:{names})\s*\d+\**\s*[:.)–—-]+\**\s*(?=\S)", re.IGNORECASE)


def _may_speak(name: str) -> bool:
    """Whether a word before a colon names somebody: it begins with a capital in each part, and is no label."""
    parts = name.split()
    return name.upper() not in words().labels and all(part[0].isupper() or not part[0].isalpha() for part in parts)
