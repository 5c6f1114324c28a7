"""What a prompt says in figures and letters: tempo, metre and key."""

from __future__ import annotations

import re

from rushes.engines.local.music.plan import METRES

TEMPOS = (30.0, 300.0)
"""Beats a minute that can be asked for."""

_FIGURE = r"(\d{1,4}(?:\.\d+)?)"
_TEMPO = re.compile(
    rf"(?<![\d.]){_FIGURE}\s*(?:bpm\b|beats (?:per|a) minute)|\b(?:bpm|tempo)\s*(?:of|:|=|at)?\s*{_FIGURE}\b",
    re.I,
)
_METRE = re.compile(r"(?<![\d/.])(\d{1,2}/(?:2|4|8|16))(?![\d/])")
_NOTE = r"([A-G])(?:[\s-]?(sharp|flat)\b|([#♯b♭]))?"
_MODES = "harmonic minor|natural minor|major|minor|maj|min|dorian|phrygian|lydian|mixolydian"
# "in a minor key" speaks of no note; a small letter is one only where nothing else can be meant.
_KEY = re.compile(rf"\b{_NOTE}[\s-]+({_MODES})\b", re.I)
_ARTICLE = re.compile(r"\ba (?:major|minor|min|maj)\b(?=\s+\w)")
_SHORT = re.compile(r"(?<![\w#♯])([A-G])([#♯b♭]?)m(?![\w#])")
_KEY_OF = re.compile(rf"\b(?:[Kk]ey(?: of|:| is)?|KEY:?)\s*{_NOTE}(?!\w)")
_NAMES = {"maj": "major", "min": "minor", "harmonic minor": "harmonic", "natural minor": "minor"}
_SHIFTS = {"sharp": 1, "#": 1, "♯": 1, "flat": -1, "b": -1, "♭": -1}
_LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}


def tempo(text: str) -> float | None:
    """Beats a minute, if a number is given. Raises ValueError where nobody could play it."""
    match = _TEMPO.search(text)
    if not match:
        return None
    bpm = float(match[1] or match[2])
    low, high = TEMPOS
    if not low <= bpm <= high:
        raise ValueError(f"prompt: the tempo must be from {low:g} to {high:g} BPM, not {bpm:g}")
    return bpm


def metre(text: str) -> tuple[str, str]:
    """The metre if it can be played, and one that cannot; each empty where there is none."""
    match = _METRE.search(text)
    if not match:
        return "", ""
    return (match[1], "") if match[1] in METRES else ("", match[1])


def key(text: str) -> tuple[int | None, str]:
    """The tonic (0-11 above C) and the scale, as far as the text names them."""
    for match in _KEY.finditer(text):
        if not (match[1] == "a" and _ARTICLE.match(text, match.start())):
            mode = match[4].lower()
            return _tonic(match[1], match[2] or match[3]), _NAMES.get(mode, mode)
    short = _SHORT.search(text)
    if short:
        return _tonic(short[1], short[2]), "minor"
    named = _KEY_OF.search(text)
    return (_tonic(named[1], named[2] or named[3]), "") if named else (None, "")


def _tonic(letter: str, shift: str | None) -> int:
    return (_LETTERS[letter.upper()] + _SHIFTS.get((shift or "").lower(), 0)) % 12
