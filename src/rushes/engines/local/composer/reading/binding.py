"""What the words around a noun say of it: its number, its colour, what it does, how far away it is."""

from __future__ import annotations

from rushes.engines.local.composer.reading.lexicon import lexicon
from rushes.engines.local.composer.reading.prose import find, is_word

_BEFORE = 4
"""How many words before a noun may say its number and colour."""
_AFTER = 4
"""How many words after a noun may say what it does."""
_FAR = 9
"""How many words after somebody alive, past what they wear and carry."""
_MOST_COUNTED = 60
_BREAKS = frozenset(("and", "with", "through", "over", "in", "on", "near", "to"))
_CLAUSE_ENDS = frozenset(("in", "with", "and", "of", "near", "beside"))
_DETERMINERS = frozenset(("a", "an", "the", "his", "her", "its", "their", "this", "that", "these", "those"))
OWN_DOING = frozenset(("walk", "run", "jump", "dance", "sit", "sleep", "swim"))
"""What only the living do: said of them even when other words come between."""


def clause_before(pieces: list[str], start: int, since: int = 0) -> list[str]:
    """The few words before a noun that may belong to it, back to a mark, another clause or the noun ending at since."""
    clause: list[str] = []
    for piece in reversed(pieces[max(since, start - _BEFORE) : start]):
        if not is_word(piece) or piece in _BREAKS:
            break
        clause.insert(0, piece)
    return clause


def count(clause: list[str]) -> int | None:
    """The number the clause says, None where it says none; "20" as well as "twenty"."""
    for piece in reversed(clause):
        if piece.isascii() and piece.isdigit() and 0 < len(piece) < 5:
            return max(1, min(_MOST_COUNTED, int(piece)))
    text = said(clause, "count")
    return int(text) if text else None


def said(clause: list[str], topic: str) -> str | None:
    """What the clause says on a topic, the word nearest the noun first."""
    book = lexicon()
    found = find(clause, book.topics[topic], taken=set(), longest=book.longest)
    return found[-1][0] if found else None


def action(pieces: list[str], start: int, end: int, *, before: int, following: int, alive: bool) -> str | None:
    """What the thing at start to end does. before: where the thing before it ends; following: where the next begins.

    "a dog running", "a running dog", and for the living "a woman in a red dress running".
    """
    after: list[str] = []
    for piece in pieces[end : end + _AFTER]:
        if not is_word(piece) or piece in _CLAUSE_ENDS:
            break
        after.append(piece)
    book = lexicon()
    table = book.topics["action"]
    found = find(after, table, taken=set(), longest=book.longest)
    if found:
        return found[0][0]
    own = _modifier(pieces, start, before)
    if own or not alive:
        return own
    further: list[str] = []
    for piece in pieces[end : end + _FAR]:
        if not is_word(piece):
            break
        further.append(piece)
    # "with a beard playing guitar": the phrase may reach into the next thing, it must begin before it.
    doing = [value for value, at, _ in find(further, table, taken=set(), longest=book.longest) if end + at < following]
    return next((value for value in doing if value in OWN_DOING or value == "stand"), None)


def _modifier(pieces: list[str], start: int, before: int) -> str | None:
    """A verb that leads its noun: "a running dog", "flying cars", and never the verb of "a man riding horses"."""
    own: list[str] = []
    for piece in reversed(pieces[max(before, start - _BEFORE) : start]):
        counted = (piece,) in lexicon().topics["count"] or piece.isdigit()
        if piece in _DETERMINERS or counted or not is_word(piece) or piece in _BREAKS:
            return said(own, "action")
        own.insert(0, piece)
    return said(own, "action") if len(own) == start else None


def distance(pieces: list[str], start: int, end: int, following: int) -> float | None:
    """How far away a thing is said to be (0 near, 1 the horizon): "a castle in the distance", "a distant castle"."""
    book = lexicon()
    before = said(clause_before(pieces, start), "depth")
    after = pieces[end : min(following, end + 6)]
    marks = [index for index, piece in enumerate(after) if not is_word(piece)]
    found = find(after[: marks[0]] if marks else after, book.topics["depth"], taken=set(), longest=book.longest)
    value = before or (found[0][0] if found else None)
    return float(value) if value else None
