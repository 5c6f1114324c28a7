"""Words in texts."""

from __future__ import annotations

import re
from collections.abc import Iterable

_WIDE = re.compile(r"[぀-ヿ㐀-鿿가-힯]")


def has(text: str, words: Iterable[str]) -> bool:
    """Whether one of the words, or its plural, is in a text in small letters."""
    return any(re.search(rf"\b{re.escape(word)}(?:e?s)?\b", text) for word in words)


def word_count(text: str) -> float:
    """How many words a text has; where words are not parted by spaces, two letters count as one."""
    wide = len(_WIDE.findall(text))
    return wide / 2 + len(re.findall(r"[^\W_]+(?:['’-][^\W_]+)*", _WIDE.sub(" ", text)))
