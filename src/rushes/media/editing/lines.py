"""How wide a text is, and where a line of it may end.

libass breaks lines by Unicode's rules, which know no words in Thai, Lao, Khmer and Burmese and none inside a word:
there, and where the text is cut into several cues, the places are found here.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from rushes.media.editing.fonts import Face, runs

_BREAK = "\u200b"
"""A zero-width space: a line may end here."""
_WIDE = re.compile(
    r"[\u1100-\u11ff\u2e80-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\uff01-\uff60\U00020000-\U0003ffff]"
)
_NOT_FIRST = frozenset("、。，．！？：；）」』】〕〉》〗｝］・ーっゃゅょぁぃぅぇぉッャュョァィゥェォ々ๆฯะาำ")
_NOT_LAST = frozenset("（「『【〔〈《〖｛［เแโใไ")
_MARKS = ("Mn", "Mc", "Me", "Cf")
_ZWJ = "\u200d"


class Ruler:
    """Measures text in the fonts that will draw it. One for each piece of work: it holds the fonts open."""

    def __init__(self, known: tuple[Face, ...]) -> None:
        self._known = known
        self._open: dict[str, Any] = {}

    def width(self, text: str, size: float) -> float:
        """Pixels from end to end, in letters of `size` pixels; of several lines, the widest."""
        return max((self._line(line, size) for line in text.split("\n")), default=0.0)

    def _line(self, text: str, size: float) -> float:
        from PIL import ImageFont

        total = 0.0
        for run in runs(text, self._known)[0]:
            name = run.face.name
            if name not in self._open:
                self._open[name] = ImageFont.truetype(str(run.face.path), 100)
            total += float(self._open[name].getlength(run.text))
        return total * size / 100


def pieces(text: str) -> list[str]:
    """A line cut wherever the next one may begin; together they are the text."""
    found: list[str] = []
    for word in re.findall(r"\s*\S+|\s+$", text):
        if _WIDE.search(word):
            found += _between(clusters(word))
        else:
            found.append(word)
    return found


def clusters(text: str) -> list[str]:
    """What is seen as one character: a letter with its marks, an emoji with its joined parts."""
    found: list[str] = []
    for character in text:
        held = found and (unicodedata.category(character) in _MARKS or found[-1].endswith(_ZWJ))
        # Skin colours follow a hand as marks do; after white space nothing is held.
        held = held or (found and 0x1F3FB <= ord(character) <= 0x1F3FF)
        if held or (found and found[-1].isspace()):
            found[-1] += character
        else:
            found.append(character)
    return found


def breakable(text: str, ruler: Ruler, size: float, room: float) -> str:
    """The text with places to break inside words that are wider than `room`."""
    return re.sub(r"\S+", lambda word: _opened(word.group(), ruler, size, room), text)


def _opened(word: str, ruler: Ruler, size: float, room: float) -> str:
    if _WIDE.search(word) or ruler.width(word, size) <= room:
        return word
    return _BREAK.join(_between(clusters(word)))


def _between(parts: list[str]) -> list[str]:
    """Clusters put together where no line may end: before a closing sign, after an opening one, within Latin words."""
    found: list[str] = []
    for part in parts:
        last = found[-1] if found else ""
        latin = bool(last) and _plain_letter(last[-1]) and _plain_letter(part[0]) and bool(_WIDE.search("".join(parts)))
        if last and (part[0] in _NOT_FIRST or last[-1] in _NOT_LAST or latin):
            found[-1] += part
        else:
            found.append(part)
    return found


def _plain_letter(character: str) -> bool:
    return character.isalnum() and not _WIDE.match(character)
