"""What an edit's prompt asks for: a look, a place, a plain ground, something to be added."""

from __future__ import annotations

from functools import cache

from msgspec import Struct

from rushes.engines.local.composer.reading.lexicon import Phrase, lexicon
from rushes.engines.local.composer.reading.prose import denied, find, words
from rushes.engines.local.composer.stills.grading import Look, vocabulary

_LESS = frozenset(("remove", "delete", "erase", "less", "reduce"))
"""Words that deny what follows them, as "no" does."""
_GIVEN = frozenset(("the", "this", "that", "my", "his", "her", "its", "their", "our"))
"""Before a place they mean the one in the picture: "make the street darker"."""


class Wish(Struct, frozen=True, kw_only=True):
    """An edit's prompt, read. looks: by name, in the order they are laid on."""

    looks: tuple[tuple[str, Look], ...] = ()
    strength: float = 1.0
    place: bool = False
    """Whether a place is named for the subject to be set into."""
    ground: str | None = None
    """A plain ground's colour as hex, "" for a transparent one, None for none."""
    adds: bool = False
    removes: bool = False


def read_wish(prompt: str) -> Wish:
    """Read an edit's prompt; any text gives a wish, if an empty one."""
    pieces = words(prompt)
    tables, longest = _tables()
    said = {topic: _all(pieces, table, longest) for topic, table in tables.items()}
    ground = next((value for value, _, _ in said["ground"]), None)
    # What denies ("remove the fog") must not take "remove the background" away, which is why that came first.
    left = _blanked(pieces, said["ground"])
    gone = denied(["no" if piece in _LESS else piece for piece in left])
    left = ["," if index in gone else piece for index, piece in enumerate(left)]
    found = _all(left, tables["look"], longest)
    looks = _chosen([name for name, _, _ in found])
    if ground is None:
        ground = _coloured_ground(left)
    verbs = {value for value, _, _ in said["verb"]}
    grades = bool(said["verb"]) and said["verb"][0][0] == "grade" and said["verb"][0][1] < 3
    strength = [float(value) for value, _, _ in said["strength"]]
    return Wish(
        looks=looks,
        strength=strength[0] if strength else 1.0,
        place=_names_place(_blanked(left, found), given=grades and bool(looks) and "background" not in pieces),
        ground=ground,
        adds="add" in verbs,
        removes="remove" in verbs,
    )


def _chosen(names: list[str]) -> tuple[tuple[str, Look], ...]:
    """Each look once, and of times and weathers the last one: "from day to night" ends at night."""
    known = vocabulary().look
    last = {known[name].kind: name for name in names}
    kept = [
        name
        for name in dict.fromkeys(names)
        if known[name].kind not in ("time", "weather") or last[known[name].kind] == name
    ]
    # What falls is lit by the time of day, and an effect is the finished picture's.
    order = {"tone": 0, "time": 1, "weather": 2, "effect": 3}
    return tuple((name, known[name]) for name in sorted(kept, key=lambda name: order[known[name].kind]))


def _names_place(pieces: list[str], *, given: bool) -> bool:
    """Whether a place is named; given: one that the picture has already does not count."""
    book = lexicon()
    found = find(pieces, book.topics["place"], taken=set(), longest=book.longest)
    return any(not (given and start and pieces[start - 1] in _GIVEN) for _, start, _ in found)


def _coloured_ground(pieces: list[str]) -> str | None:
    """ "a pink background", "change the background to light blue"."""
    if "background" not in pieces:
        return None
    at = pieces.index("background")
    book = lexicon()
    for part in (pieces[max(0, at - 2) : at], pieces[at + 1 : at + 5]):
        colours = find(part, book.topics["colour"], taken=set(), longest=book.longest)
        if colours:
            return colours[0][0]
    return None


def _all(pieces: list[str], table: dict[Phrase, str], longest: int) -> list[tuple[str, int, int]]:
    return find(pieces, table, taken=set(), longest=longest)


def _blanked(pieces: list[str], found: list[tuple[str, int, int]]) -> list[str]:
    gone = {index for _, start, end in found for index in range(start, end)}
    return ["," if index in gone else piece for index, piece in enumerate(pieces)]


@cache
def _tables() -> tuple[dict[str, dict[Phrase, str]], int]:
    book = vocabulary()
    lists = {
        "look": {name: look.words for name, look in book.look.items()},
        "ground": book.ground,
        "strength": book.strength,
        "verb": book.verb,
    }
    tables = {
        topic: {tuple(phrase.split()): value for value, text in table.items() for phrase in text.split(", ")}
        for topic, table in lists.items()
    }
    return tables, max(len(phrase) for table in tables.values() for phrase in table)
