"""What the pages of the documentation hold: blocks to run, and the answers they show.

A fenced block marked `bash` or `python` is run by the tests, one marked `json` right after it is the answer it prints
last; blocks marked otherwise (`sh`, `toml`, `text`, …) are only shown.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from msgspec import Struct

ROOT = Path(__file__).resolve().parents[2]
RUN = ("bash", "python")
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\]\(([^)#\s]*)(?:#([^)\s]*))?\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


class Block(Struct, frozen=True):
    """One fenced block that is run; `line` is where it begins, `answer` the JSON that the page says it prints."""

    kind: str
    code: str
    line: int
    answer: str


def pages() -> list[Path]:
    """Every page, the README first."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def blocks(page: Path) -> list[Block]:
    """The blocks of a page that are run, in order."""
    text = page.read_text(encoding="utf-8")
    found = list(_BLOCK.finditer(text))
    made = []
    for number, match in enumerate(found):
        if match[1] not in RUN:
            continue
        after = found[number + 1] if number + 1 < len(found) else None
        shown = after[2] if after is not None and after[1] == "json" else ""
        made.append(Block(match[1], match[2], text.count("\n", 0, match.start()) + 2, shown))
    return made


def links(page: Path) -> list[tuple[str, str]]:
    """The links of a page to other pages: the path ("" for itself) and the heading's anchor."""
    text = _BLOCK.sub("", page.read_text(encoding="utf-8"))
    return [(path, anchor) for path, anchor in _LINK.findall(text) if "://" not in path]


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    text = _BLOCK.sub("", page.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in _HEADING.findall(text)}


def names(value: Any, at: str = "") -> set[str]:
    """The paths of all fields in a JSON value; the entries of a list are taken together."""
    if isinstance(value, dict):
        found = {f"{at}.{name}" for name in value}
        return found.union(*(names(inner, f"{at}.{name}") for name, inner in value.items()))
    if isinstance(value, list):
        return set().union(*(names(inner, f"{at}[]") for inner in value))
    return set()
