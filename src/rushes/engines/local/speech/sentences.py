"""Text → paragraphs → sentences. When in doubt it does not cut: an abbreviation's point ends nothing."""

from __future__ import annotations

import re

_END = re.compile(r"[.!?…。！？]+[\"'”’)\]]*(?=\s)|[。！？]+")
_NEVER = frozenset(
    "mr mrs ms mx dr prof st mt ft gen gov sen rep capt lt col sgt cmdr rev hon pres cpl maj adm fr msgr messrs "
    "no nos vol vols fig figs pp ed eds ch sec vs cf e.g i.e approx est al ca dept univ assn "
    "jan feb mar apr jun jul aug sep sept oct nov dec mon tue tues wed thu thur thurs fri sat sun".split()
)
"""Words whose point is not an end: a name, a number or more of the sentence follows."""
_LETTERS = re.compile(r"[^\W\d_](?:\.[^\W\d_])*")
_LIST_NUMBER = re.compile(r"(?:\d{1,3}|[A-Za-z])[.)]\s")


def paragraphs(text: str) -> list[str]:
    """The paragraphs of a text, each on one line.

    An empty line always parts them. A single line end does when the line is finished (a list, a verse, a
    dialogue); in text that somebody wrapped at a margin it is a space.
    """
    found: list[str] = []
    for block in re.split(r"\n\s*\n", text.replace("\r\n", "\n").replace("\r", "\n")):
        lines: list[str] = []
        for line in filter(None, (" ".join(line.split()) for line in block.split("\n"))):
            if lines and _runs_on(lines[-1], line):
                lines[-1] += f" {line}"
            else:
                lines.append(line)
        found += lines
    return found


def sentences(paragraph: str) -> list[str]:
    """The sentences of one paragraph, with their punctuation."""
    found: list[str] = []
    begin = 0
    for match in _END.finditer(paragraph):
        if _ends(paragraph[begin : match.end()], match[0], paragraph[match.end() :].lstrip()):
            found.append(paragraph[begin : match.end()].strip())
            begin = match.end()
    return [sentence for sentence in (*found, paragraph[begin:].strip()) if sentence]


def _runs_on(line: str, following: str) -> bool:
    return line[-1] not in ".!?…:;" and not _LIST_NUMBER.match(following) and (following[0].islower() or len(line) > 55)


def _ends(sentence: str, mark: str, rest: str) -> bool:
    if not rest or rest[0].islower():
        return False
    if mark[0] != "." or mark.startswith(".."):
        return True
    if _LIST_NUMBER.fullmatch(f"{sentence} "):
        return False
    word = sentence[: -len(mark)].rpartition(" ")[2].lstrip("(\"'“‘[")
    if word.lower() in _NEVER:
        return False
    # Initials (J. K. Rowling) and U.S.; but a.m. and p.m. before a capital do end, and so does "I".
    return not _LETTERS.fullmatch(word) or word in ("I", "a.m", "p.m", "A.M", "P.M")
