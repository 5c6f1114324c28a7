"""Camera moves that there are LoRAs for, and how prompts name them."""

from __future__ import annotations

import re

_GO = r"(doll(y|ies|ying)|push(es|ing)?|pull(s|ing)?|track(s|ing)?|zoom(s|ing)?|truck(s|ing)?|pan(s|ning)?"
_GO += r"|camera (slowly )?(mov|slid)(es|ing)) (shot )?(slowly )?"
_LIFT = r"(jib|crane|boom|pedestal|tilt)(s|ing)? (shot )?(slowly )?"

MOVES = {
    "dolly-in": _GO + r"(in|forward|closer)\b",
    "dolly-out": _GO + r"(out|back|backward|away)\b",
    "dolly-left": _GO + r"(to the )?left\b",
    "dolly-right": _GO + r"(to the )?right\b",
    "jib-up": _LIFT + r"(up|upward|rising)\b",
    "jib-down": _LIFT + r"(down|downward)\b",
    "static": r"\b(static|fixed|locked|still)[- ](off )?(camera|shot|tripod|lens)\b",
}
"""Move -> the words for it. The first is what is done where none is named."""


def move_in(prompt: str) -> str:
    """The move that a prompt names first, "" where it names none."""
    found = {move: re.search(words, prompt, re.IGNORECASE) for move, words in MOVES.items()}
    named = {move: match.start() for move, match in found.items() if match is not None}
    return min(named, key=named.__getitem__) if named else ""
