"""The subjects of a prompt: its nouns, and what is said of them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import msgspec
from msgspec import Struct

from rushes.engines.local.composer.reading import binding
from rushes.engines.local.composer.reading.guessing import candidates
from rushes.engines.local.composer.reading.holding import held, joined
from rushes.engines.local.composer.reading.lexicon import Noun, Pose, colour, lexicon, singular
from rushes.engines.local.composer.reading.prose import find, is_word
from rushes.engines.local.composer.spec import Subject

Nearest = Callable[[list[str]], list[tuple[str, float]]]
"""For each noun the best art's codepoint and how near its name is in meaning, 0 to 1."""

_MOST = 4
_NEAR_ENOUGH = 0.7
_NO_PLURAL = {"fish", "sheep", "deer", "salmon", "trout", "cattle"}
_SMALL, _LARGE = {"small", "little", "tiny", "baby"}, {"big", "huge", "giant", "large", "enormous", "massive"}
ALIVE = frozenset(
    "dog cat fox rabbit horse cow deer bear lion elephant bird duck fish whale dragon robot alien knight wizard "
    "royal astronaut frog turtle monkey penguin hen owl".split()
)
"""The drawings of what moves by itself."""
_BUILT = frozenset(("house", "castle", "tower", "tent", "statue", "volcano"))
_BEHIND = 0.78
"""How far away a building is that is there besides the main subject: it would hide what stands behind it."""
_RIDES = {"riding", "rides", "ride", "rode", "on"}
_OBJECT = 4
"""How many words after its subject a verb and its object begin: "flying a big red kite"."""
_STAYS = ("stand", "sit", "sleep", "sway", "glow", "burn")


class Thing(Struct, frozen=True):
    """A subject and the words it takes in the text. home: the place it is at home in, "" for none."""

    subject: Subject
    start: int
    end: int
    home: str = ""
    guessed: bool = False
    also: tuple[int, int] = (0, 0)
    """The words of what it holds or rides."""


def subjects(
    pieces: list[str], taken: set[int], *, codes: Collection[str] | None, nearest: Nearest | None
) -> tuple[list[Thing], list[str]]:
    """The subjects in the order of the text, the first one the main one; and notes on what is left out."""
    book = lexicon()
    found = [match for match in find(pieces, book.nouns, taken=taken, longest=book.longest) if _counts(match, pieces)]
    found = _mounted(found, pieces, codes)
    starts = [start for _, start, _ in found] + [len(pieces)]
    actions = _actions(found, starts, pieces)
    ends = [0, *(end for _, _, end in found)]
    things = [
        _thing(noun, start, end, before, following, action, pieces, codes)
        for (noun, start, end), before, following, action in zip(found, ends, starts[1:], actions, strict=False)
    ]
    used = taken | {index for thing in things for index in range(thing.start, thing.end)}
    guesses, notes = _guessed(pieces, used, codes, nearest)
    things = sorted([*_merged(things, found), *guesses], key=lambda thing: thing.start)
    things = _holding(things, pieces)
    for left_out in things[_MOST:]:
        notes.append(f"{left_out.subject.noun}: left out, the scene is full")
    return [_placed(thing, main=number == 0) for number, thing in enumerate(things[:_MOST])], notes


def _holding(things: list[Thing], pieces: list[str]) -> list[Thing]:
    """People with what they carry, riders on what they ride: each pair as one."""
    kept: list[Thing] = []
    for thing in things:
        who = kept[-1] if kept and kept[-1].also == (0, 0) else None
        between = pieces[who.end : thing.start] if who else []
        how = who and held(who.subject, thing.subject, between, alive=_lives(who.subject.silhouette))
        if who and how:
            subject = joined(who.subject, thing.subject, how)
            kept[-1] = msgspec.structs.replace(
                who, subject=subject, home=thing.home or who.home, also=(thing.start, thing.end)
            )
        elif not (thing.subject.silhouette == "flame" and any(other.subject.silhouette == "rocket" for other in kept)):
            kept.append(thing)  # a rocket's fire is in its picture
    return kept


def _lives(shape: str) -> bool:
    return shape in ALIVE or shape.startswith("person")


def _counts(match: tuple[Noun, int, int], pieces: list[str]) -> bool:
    """Whether a noun is itself meant: "a couple of dogs" shows no couple, "a school of fish" no school."""
    _, start, end = match
    return not (tuple(pieces[start : end + 1]) in lexicon().topics["count"] and pieces[end : end + 1] == ["of"])


def _mounted(
    found: list[tuple[Noun, int, int]], pieces: list[str], codes: Collection[str] | None
) -> list[tuple[Noun, int, int]]:
    """Somebody riding something becomes one picture, where there is one with a rider."""
    book = lexicon()
    joined: list[tuple[Noun, int, int]] = []
    for noun, start, end in found:
        if joined and noun.rider:
            who, who_start, who_end = joined[-1]
            ridden = book.nouns[tuple(noun.rider.split())]
            between = pieces[who_end:start]
            if ridden.art in (codes or ()) and who.person and len(between) <= 4 and _RIDES & set(between):
                joined[-1] = (ridden, who_start, end)
                continue
        joined.append((noun, start, end))
    return joined


def _actions(found: list[tuple[Noun, int, int]], starts: list[int], pieces: list[str]) -> list[str | None]:
    """What each does; "a cat and a dog running" run both."""
    alive = [bool(noun.person) or noun.shape in ALIVE for noun, _, _ in found]
    ends = [0] + [end for _, _, end in found]
    actions = [
        binding.action(pieces, start, end, before=before, following=following, alive=living)
        for (_, start, end), before, following, living in zip(found, ends, starts[1:], alive, strict=False)
    ]
    for index in range(len(found) - 1):
        # "children flying kites": it is the kites that fly.
        verb = pieces[ends[index + 1] : starts[index + 1]]
        flown = found[index + 1][0].habitat == "air" and len(verb) <= _OBJECT and all(map(is_word, verb))
        if flown and alive[index] and actions[index] == "fly" and found[index][0].habitat == "ground":
            actions[index] = "stand"
    for index in range(1, len(found)):
        # "a girl with an umbrella jumping": it is the girl who jumps.
        if actions[index] in binding.OWN_DOING and alive[index - 1] and not alive[index]:
            actions[index - 1] = actions[index - 1] or actions[index]
            actions[index] = None
    for index in range(len(found) - 2, -1, -1):
        end, following = found[index][2], starts[index + 1]
        if actions[index] is None and pieces[end : end + 1] == ["and"] and following - end <= 3:
            actions[index] = actions[index + 1]
    return actions


def _placed(thing: Thing, *, main: bool) -> Thing:
    subject = thing.subject
    background = not main and subject.silhouette in _BUILT and subject.depth == Subject(noun="").depth
    depth = _BEHIND if background else subject.depth
    return msgspec.structs.replace(thing, subject=msgspec.structs.replace(subject, main=main, depth=depth))


def _merged(things: list[Thing], found: list[tuple[Noun, int, int]]) -> list[Thing]:
    """A thing named twice is there once; people of two names are two people even when they look alike."""
    seen: dict[tuple[str, ...], Thing] = {}
    for thing, (noun, _, _) in zip(things, found, strict=True):
        key = (noun.name,) if noun.person else (noun.art, noun.shape, str(thing.subject.tint))
        seen.setdefault(key, thing)
    return list(seen.values())


def _thing(
    noun: Noun, start: int, end: int, since: int, following: int, action: str | None, pieces: list[str],
    codes: Collection[str] | None,
) -> Thing:  # fmt: skip
    subject = noun.subject()
    before = binding.clause_before(pieces, start, since)
    changes: dict[str, Any] = {"noun": " ".join(pieces[start:end])}
    if action:
        # What drives neither walks nor runs across a bridge.
        changes["action"] = "drive" if subject.action == "drive" and action in ("walk", "run") else action
    pose = _pose(noun, changes.get("action", subject.action))
    if pose:
        changes |= {"art": pose.art, "faces": pose.faces, "silhouette": pose.shape or noun.shape}
    if codes is None or changes.get("art", subject.art) not in codes:
        # Our own drawings look to the left.
        changes |= {"art": "", "faces": "left"}
    number = _number(pieces[end - 1], before, noun.count)
    changes["count"] = number
    tint = binding.said(before, "colour")
    # Recolouring a picture of a person would recolour the skin.
    if tint and not (noun.person and changes.get("art", subject.art)):
        changes["tint"] = colour(tint)
    size = 0.7 if _SMALL & set(before) else 1.35 if _LARGE & set(before) else 1.0
    changes["height"] = min(0.8, noun.height * size * (1.0 if number < 4 else 0.8))
    depth = binding.distance(pieces, start, end, following)
    if depth is not None:
        changes["depth"] = depth
    return Thing(msgspec.structs.replace(subject, **changes), start, end, noun.home)


def _number(last: str, before: list[str], usual: int) -> int:
    count = binding.count(before)
    plural = singular(last) != last or (last in _NO_PLURAL and count is None and not {"the", "this"} & set(before))
    number = max(count or 1, usual)
    return 3 if plural and number == 1 else number


def _pose(noun: Noun, action: str) -> Pose | None:
    """The picture of a person doing this."""
    if not noun.person:
        return None
    row = lexicon().poses[noun.person]
    return row.get(action) or row["stand" if action in _STAYS else "walk"]


def _guessed(
    pieces: list[str], used: set[int], codes: Collection[str] | None, nearest: Nearest | None
) -> tuple[list[Thing], list[str]]:
    """Nouns that are in no table: the art whose name is nearest in meaning, or a note."""
    found, undrawn = candidates(pieces, used)
    notes = [f"{word}: could not be drawn, left out" for word in undrawn]
    near = nearest([word for _, word in found]) if found and nearest is not None else [("", 0.0)] * len(found)
    things = []
    for (index, word), (code, likeness) in zip(found, near, strict=True):
        if likeness < _NEAR_ENOUGH or codes is None or code not in codes:
            notes.append(f"{word}: could not be drawn, left out")
            continue
        before = binding.clause_before(pieces, index)
        subject = Subject(
            noun=word, art=code, silhouette="blob", height=0.28, faces="front", count=_number(pieces[index], before, 1)
        )
        things.append(Thing(subject, index, index + 1, guessed=True))
    return things, notes
