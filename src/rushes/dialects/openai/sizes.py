"""Sizes as texts."""

from __future__ import annotations

import re

from rushes.dialects.kit.problems import invalid

_SIZE = re.compile(r"(\d{1,5})[x×](\d{1,5})")


def parse_size(text: str | None) -> tuple[int | None, int | None]:
    """Width and height of "1280x720"; none of "auto" and None. Raises a Problem."""
    if text is None or text == "auto":
        return None, None
    match = _SIZE.fullmatch(text)
    if match is None:
        raise invalid("size", 'must be width x height in pixels, like "1280x720"')
    return int(match[1]), int(match[2])
