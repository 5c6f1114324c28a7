"""A subtitle's text in its parts: what is translated, and what stays (tags, notes, addresses, other signs)."""

from __future__ import annotations

import re

from msgspec import Struct

TAG = re.compile(r"</?[A-Za-z][^<>\n]*>|\{\\[^{}\n]*\}|<\d[\d:.]*>")
"""Markup of SubRip, WebVTT and ASS."""
_ADDRESS = r"https?://\S+|[\w.+-]{1,64}@[\w.-]{1,255}|\b[\w-]{2,63}(?:\.[A-Za-z]{2,})+\b(?:/\S*)?"
_STAYS = re.compile(rf"({TAG.pattern}|{_ADDRESS}|[^\w\s.,;:!?'\"…“”‘’«»()\[\]\-–—/%&$€£+=°ºª@*#¿¡]+)")
_DIALOGUE = re.compile(r"\s*[-–—]\s*(?=\S)")


class Part(Struct, frozen=True):
    """A stretch of a text, with the spaces around it; `words` when there is something to translate in it."""

    text: str
    words: bool


def parts_of(text: str) -> list[Part]:
    """The parts of a cue's text, in order: put together they are the text, but for line ends in a sentence.

    A line that begins with a dash is what another person says, and stays a line.
    """
    found: list[Part] = []
    for line in _lines(text):
        if found:
            found.append(Part("\n", words=False))
        if (dash := _DIALOGUE.match(line)) is not None:
            found.append(Part(dash[0], words=False))
            line = line[dash.end() :]
        for piece in _STAYS.split(line):
            if piece:
                found.append(Part(piece, words=re.search(r"[^\W\d_]", TAG.sub("", piece)) is not None))
    return [Part(part.text, part.words and _STAYS.fullmatch(part.text) is None) for part in found]


def tags(text: str) -> list[str]:
    """The markup of a text."""
    return TAG.findall(text)


def _lines(text: str) -> list[str]:
    lines: list[str] = []
    for line in text.splitlines():
        if not line.strip():
            continue
        if lines and _DIALOGUE.match(TAG.sub("", line)) is None:
            lines[-1] = f"{lines[-1].rstrip()} {line.lstrip()}"
        else:
            lines.append(line)
    return lines
