"""What language models answer, made fit for use: prose without wrapping, JSON that nearly is one, refusals, loops."""

from __future__ import annotations

import re
from typing import Any

import msgspec

_OPENING = re.compile(
    r"^(?:sure|certainly|of course|absolutely|okay|ok|great|here(?:'s| is| are)|below is|this is (?:a|the|your))\b"
    r"[^\n]{0,120}?(?::(?=\s|$)|[!.](?=\s*\n))\s*",
    re.IGNORECASE,
)
_AGREED = re.compile(r"^(?:sure|certainly|of course|absolutely|okay|ok|great)(?: thing)?[!,.]\s*", re.IGNORECASE)
_LABEL = re.compile(
    r"^[*#\s]*(?:(?:enhanced|improved|video|image|final|detailed)\s+){0,2}(?:prompt|description|answer|output)\b"
    r"[*\s]*:[*\s]*",
    re.IGNORECASE,
)
_REFUSAL = re.compile(
    r"\b(?:i(?:'m| am) (?:very |so |really )?sorry|i apologi[sz]e|as an ai|i(?:'m| am) (?:not able|unable) to"
    r"|i(?:'m| am) (?:just )?an? (?:ai|language model)|i (?:can(?:no|')t|can not|won't|will not) (?:help|assist|do"
    r"|write|create|generate|provide|comply|fulfil|continue|translate|answer|make|produce|engage|offer|describe|discuss))",
    re.IGNORECASE,
)
_EMPHASIS = "`*_ \t"
_FENCE = re.compile(r"```[a-z]*\n?|```", re.IGNORECASE)


def refuses(answer: str) -> bool:
    """Whether it is said that it will not be said. Only the beginning counts: stories may have people who are sorry."""
    return _REFUSAL.search(answer.replace("’", "'")[:160]) is not None


def prose(answer: str, longest: int) -> str:
    """The one paragraph that was asked for, in whole sentences of at most `longest` characters.

    "" where there is none: an empty answer, a refusal, or one phrase over and over.
    """
    text = _FENCE.sub("", answer.replace("’", "'") if refuses(answer) else answer).strip()
    if refuses(text):
        return ""
    for unwanted in (_OPENING, _AGREED, _OPENING):
        text = unwanted.sub("", text.lstrip(_EMPHASIS)).strip()
    text = re.split(r"\n\s*\n", text)[0]
    text = " ".join(re.sub(r"(?m)^\s*(?:[-*•]|\d{1,2}[.)])\s+", "", text).split())
    text = _unquoted(_LABEL.sub("", text.strip(_EMPHASIS)))
    return "" if loops(text) else shortened(text, longest)


def shortened(text: str, longest: int) -> str:
    """The text's first whole sentences within `longest` characters; of one that is longer, whole words."""
    if len(text) <= longest:
        # Cut off by the limit of tokens: what comes after the last sentence is a part of one.
        ends = [match.end() for match in re.finditer(r"[.!?。！？…][\"'”’»)]*(?=\s|$)", text)]
        return text[: ends[-1]] if ends and ends[-1] > len(text) // 2 else text
    kept = text[:longest]
    ends = [match.end() for match in re.finditer(r"[.!?。！？…][\"'”’»)]*(?=\s)", kept)]
    if ends and ends[-1] > longest // 3:
        return kept[: ends[-1]]
    return (kept.rpartition(" ")[0] or kept).rstrip(",;:- ")


def loops(text: str) -> bool:
    """Whether three words or more come four times in a row or make up most of the text."""
    words = re.findall(r"\w+", text.lower())
    if len(words) < 12:
        return False
    phrases = [tuple(words[at : at + 3]) for at in range(len(words) - 2)]
    most = max(phrases.count(phrase) for phrase in set(phrases))
    return most >= 4 and most * 3 > len(words) * 0.3


def found_json(answer: str) -> Any:
    """The first JSON object of an answer, mended where it is nearly one; None where there is none.

    Mended are: text and fences around it, single quotes, trailing commas, bare words of Python, an end that is missing.
    """
    text = _FENCE.sub("", answer)
    begin = text.find("{")
    if begin < 0:
        return None
    text = text[begin:]
    whole = text[: _end(text)]
    for tried in (whole, _mended(whole), _mended(_requoted(whole))):
        try:
            found = msgspec.json.decode(tried)
        except msgspec.DecodeError:
            continue
        return found if isinstance(found, dict) else None
    return None


def _unquoted(text: str) -> str:
    """Without quotes around it; those within stay."""
    text = text.strip(_EMPHASIS)
    pairs = {'"': '"', "'": "'", "“": "”", "«": "»", "„": "“", "‘": "’"}
    while len(text) > 1 and pairs.get(text[0]) == text[-1] and text[0] not in text[1:-1]:
        text = text[1:-1].strip()
    return text[1:].strip() if text[:1] in pairs and pairs[text[0]] not in text[1:] else text


def _end(text: str) -> int:
    """Where the object that the text begins with ends; the text's end where it does not."""
    depth, inside, escaped = 0, False, False
    for at, char in enumerate(text):
        if escaped:
            escaped = False
        elif char == "\\":
            escaped = inside
        elif char == '"':
            inside = not inside
        elif not inside and char in "{[":
            depth += 1
        elif not inside and char in "}]":
            depth -= 1
            if depth == 0:
                return at + 1
    return len(text)


def _mended(text: str) -> str:
    """Closed where it broke off, without trailing commas, line ends in texts escaped."""
    made: list[str] = []
    opened: list[str] = []
    inside = escaped = False
    for char in text:
        if inside and char in "\n\r\t":
            made.append(" ")
            continue
        made.append(char)
        if escaped:
            escaped = False
        elif char == "\\":
            escaped = inside
        elif char == '"':
            inside = not inside
        elif not inside and char in "{[":
            opened.append("}" if char == "{" else "]")
        elif not inside and char in "}]" and opened:
            opened.pop()
    closed = "".join(made) + ('"' if inside else "")
    closed = re.sub(r"[,:]\s*$|,\s*\"[^\"]*\"\s*:?\s*$", "", closed.rstrip()) + "".join(reversed(opened))
    closed = re.sub(r",(\s*[}\]])", r"\1", closed)
    return re.sub(r"(?<=[:\[,])\s*(None|True|False)\b", lambda m: _PYTHON[m[1]], closed)


_PYTHON = {"None": "null", "True": "true", "False": "false"}


def _requoted(text: str) -> str:
    """Single quotes that stand where JSON has double ones."""
    text = re.sub(r"(?<=[{,\[:])\s*'|'\s*(?=[:,}\]])", '"', text)
    return re.sub(r"(?<=[{,])\s*([A-Za-z_]\w*)\s*:", r'"\1":', text)
