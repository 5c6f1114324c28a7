"""The subjects of a prompt: its nouns, how many, in which colour, doing what."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import msgspec
from msgspec import Struct

from rushes.engines.local.composer.reading.lexicon import Noun, colour, lexicon, singular
from rushes.engines.local.composer.reading.prose import find, is_word
from rushes.engines.local.composer.spec import Subject

Nearest = Callable[[list[str]], list[tuple[str, float]]]
"""For each noun the best art's codepoint and how near its name is in meaning, 0 to 1."""

_MOST = 4
_NEAR_ENOUGH = 0.62
_BEFORE = 4
"""How many words before a noun may say its number and colour."""
_AFTER = 4
"""How many words after a noun may say what it does."""
_NO_PLURAL = {"fish", "sheep", "deer", "salmon", "trout", "cattle"}
_SMALL, _LARGE = {"small", "little", "tiny", "baby"}, {"big", "huge", "giant", "large", "enormous", "massive"}
_STOP = frozenset(
    "a an the and or of in on at to by for with from into over under above below through across along around near "
    "beside behind before after between while as is are was be its it his her their this that these those there "
    "i you he she they we my your our very so too up down out off then than but not no all each every who which "
    "where when one during against towards toward onto upon like".split()
)


class Thing(Struct, frozen=True):
    """A subject and the words it takes in the text."""

    subject: Subject
    start: int
    end: int


def subjects(
    pieces: list[str], taken: set[int], *, codes: Collection[str] | None, nearest: Nearest | None
) -> tuple[list[Thing], list[str]]:
    """The subjects in the order of the text, the first one the main one; and notes on what is left out."""
    book = lexicon()
    found = find(pieces, book.nouns, taken=taken, longest=book.longest)
    things = [_thing(noun, start, end, pieces, codes) for noun, start, end in found]
    used = taken | {index for thing in things for index in range(thing.start, thing.end)}
    guesses, notes = _guessed(pieces, used, codes, nearest)
    things = sorted([*_merged(things), *guesses], key=lambda thing: thing.start)
    for left_out in things[_MOST:]:
        notes.append(f"{left_out.subject.noun}: left out, the scene is full")
    kept = things[:_MOST]
    return [_main(thing, number == 0) for number, thing in enumerate(kept)], notes


def _main(thing: Thing, main: bool) -> Thing:
    return msgspec.structs.replace(thing, subject=msgspec.structs.replace(thing.subject, main=main))


def _merged(things: list[Thing]) -> list[Thing]:
    """A thing named twice is there once."""
    seen: dict[str, Thing] = {}
    for thing in things:
        key = thing.subject.art or thing.subject.silhouette + str(thing.subject.tint)
        seen.setdefault(key, thing)
    return list(seen.values())


def _thing(noun: Noun, start: int, end: int, pieces: list[str], codes: Collection[str] | None) -> Thing:
    subject = noun.subject()
    changes: dict[str, Any] = {"noun": " ".join(pieces[start:end])}
    if codes is None or subject.art not in codes:
        changes["art"] = ""
    last = pieces[end - 1]
    before = _clause_before(pieces, start)
    count = _said(before, "count")
    plural = singular(last) != last or (last in _NO_PLURAL and count is None and not {"the", "this"} & set(before))
    number = int(count) if count else 1
    if plural and number == 1:
        number = 3
    changes["count"] = number
    tint = _said(before, "colour")
    if tint:
        changes["tint"] = colour(tint)
    size = 0.7 if _SMALL & set(before) else 1.35 if _LARGE & set(before) else 1.0
    changes["height"] = min(0.8, noun.height * size * (1.0 if number < 4 else 0.8))
    action = _action(pieces, before, end)
    if action:
        changes["action"] = action
    return Thing(msgspec.structs.replace(subject, **changes), start, end)


def _clause_before(pieces: list[str], start: int) -> list[str]:
    """The few words before a noun that may belong to it, back to a mark or another clause."""
    clause: list[str] = []
    for piece in reversed(pieces[max(0, start - _BEFORE) : start]):
        if not is_word(piece) or piece in ("and", "with", "through", "over", "in", "on", "near", "to"):
            break
        clause.insert(0, piece)
    return clause


def _said(clause: list[str], topic: str) -> str | None:
    """What the clause says on a topic, the word nearest the noun first."""
    book = lexicon()
    found = find(clause, book.topics[topic], taken=set(), longest=book.longest)
    return found[-1][0] if found else None


def _action(pieces: list[str], before: list[str], end: int) -> str | None:
    """A verb right after the noun or within its clause ("a dog running", "a running dog")."""
    after: list[str] = []
    for piece in pieces[end : end + _AFTER]:
        if not is_word(piece) or piece in ("in", "with", "and", "of", "near", "beside"):
            break
        after.append(piece)
    book = lexicon()
    table = book.topics["action"]
    found = find(after, table, taken=set(), longest=book.longest)
    if found:
        return found[0][0]
    return _said(before, "action")


def _guessed(
    pieces: list[str], used: set[int], codes: Collection[str] | None, nearest: Nearest | None
) -> tuple[list[Thing], list[str]]:
    """Nouns that are in no table: what follows an article or a number, by nearness in meaning to the art's names."""
    candidates = _candidates(pieces, used)
    if not candidates or nearest is None:
        return [], []
    things, notes = [], []
    for (index, word), (code, near) in zip(candidates, nearest([word for _, word in candidates]), strict=True):
        if near < _NEAR_ENOUGH or codes is None or code not in codes:
            notes.append(f"{word}: could not be drawn, left out")
            continue
        subject = Subject(noun=word, art=code, silhouette="blob", height=0.28, faces="front")
        things.append(Thing(subject, index, index + 1))
    return things, notes


def _candidates(pieces: list[str], used: set[int]) -> list[tuple[int, str]]:
    book = lexicon()
    known = {word for topic in book.topics.values() for phrase in topic for word in phrase}
    found = []
    for index, piece in enumerate(pieces):
        word = singular(piece)
        if index in used or not is_word(piece) or len(piece) < 3 or piece in _STOP or {piece, word} & known:
            continue
        if piece.endswith(("ing", "ly", "ed", "ous", "ful", "ish", "est", "ic", "al")):
            continue
        introduced = index > 0 and (
            pieces[index - 1] in ("a", "an", "the") or (pieces[index - 1],) in book.topics["count"]
        )
        led = index > 1 and pieces[index - 2] in ("a", "an", "the") and is_word(pieces[index - 1])
        ends = index + 1 == len(pieces) or not is_word(pieces[index + 1]) or pieces[index + 1] in _STOP
        if (introduced or led or index == 0) and ends:
            found.append((index, word))
    return found[:3]
