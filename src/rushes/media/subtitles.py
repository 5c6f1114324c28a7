"""Subtitle files: SubRip (SRT) and WebVTT."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from msgspec import Struct

LINE = 42
"""Characters in a line, the usual limit on a screen."""
LINES = 2
SECONDS = 6.0
"""The longest that one cue stays."""
_GAP = 0.8
"""Seconds of silence between two words that end a cue."""
_ENDINGS = tuple(".!?…。！？")


class Cue(Struct, frozen=True):
    """A text and when it is shown. Times in seconds."""

    start: float
    end: float
    text: str


def to_srt(cues: Iterable[Cue], width: int = LINE) -> str:
    """The cues as SubRip: numbered, times with a comma, in lines of at most `width` characters.

    SubRip has no escapes, so what a player would take for markup is written with look-alikes.
    """
    return "\n".join(
        f"{number}\n{_times(cue, ',')}\n{_lines(_without_markup(_plain(cue.text)), width)}\n"
        for number, cue in enumerate(_shown(cues), 1)
    )


def to_vtt(cues: Iterable[Cue], width: int = LINE) -> str:
    """The cues as WebVTT: times with a point, and `&`, `<` and `>` escaped."""
    blocks = (f"{_times(cue, '.')}\n{_escaped(_lines(_plain(cue.text), width))}\n" for cue in _shown(cues))
    return "WEBVTT\n\n" + "\n".join(blocks)


def cues_of_words(words: Sequence[Cue], *, width: int = LINE, lines: int = LINES) -> list[Cue]:
    """Words with their times as cues that fit a screen: cut where `lines` are full, at pauses, and at sentences' ends.

    A recogniser's segments can be half a minute long, too much to read at once.
    """
    cues: list[Cue] = []
    held: list[Cue] = []
    for word in words:
        if held and _is_full(held, word, width, lines):
            cues.append(_joined(held))
            held = []
        held.append(word)
    return [*cues, _joined(held)] if held else cues


def _is_full(held: Sequence[Cue], word: Cue, width: int, lines: int) -> bool:
    text = _joined(held).text
    return (
        len(_wrapped(f"{text} {word.text}", width)) > lines
        or word.end - held[0].start > SECONDS
        or word.start - held[-1].end > _GAP
        # A sentence to itself, unless it is a word or two.
        or (text.endswith(_ENDINGS) and len(text) > width // 2)
    )


def _joined(words: Sequence[Cue]) -> Cue:
    return Cue(words[0].start, words[-1].end, " ".join(word.text for word in words))


def _shown(cues: Iterable[Cue]) -> list[Cue]:
    return [cue for cue in cues if cue.text.strip()]


def _times(cue: Cue, point: str) -> str:
    start = max(0, round(cue.start * 1000))
    # Players drop a cue that ends as it begins.
    end = max(start + 1, round(cue.end * 1000))
    return f"{_stamp(start, point)} --> {_stamp(end, point)}"


def _stamp(ms: int, point: str) -> str:
    seconds, ms = divmod(ms, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{point}{ms:03}"


def _plain(text: str) -> str:
    """One line without what would end a cue (an empty line) or begin one (an arrow)."""
    return re.sub(r"-{2,}>", "→", " ".join(text.split()))


def _without_markup(text: str) -> str:
    return re.sub(r"<(?=[A-Za-z/])", "‹", text).replace("{\\", "(\\")


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _lines(text: str, width: int) -> str:
    return "\n".join(_wrapped(text, width))


def _wrapped(text: str, width: int) -> list[str]:
    """Lines of about the same length: two halves read better than a full line and a word."""
    best = _filled(text, width)
    for narrower in range(width - 1, 0, -1):
        lines = _filled(text, narrower)
        if len(lines) > len(best):
            break
        best = lines
    return best


def _filled(text: str, width: int) -> list[str]:
    """As few lines of at most `width` characters as there can be, cut between words, or in one that is longer."""
    lines: list[str] = []
    for word in text.split(" "):
        if lines and len(lines[-1]) + 1 + len(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines += [word[at : at + width] for at in range(0, len(word), width)]
    return lines
