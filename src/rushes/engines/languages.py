"""The languages that speech is recognised in (languages.toml)."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files


@cache
def languages() -> dict[str, str]:
    """English names in small letters, by code (ISO 639-1 where there is one)."""
    return tomllib.loads((files(__package__) / "languages.toml").read_text("utf-8"))


def find_language(text: str) -> str | None:
    """The code of a language by its code ("pt", "pt-BR") or its English name; None for one that is not known."""
    given = text.strip().lower().replace("_", "-")
    base = given.partition("-")[0]
    if base in languages():
        return base
    return next((code for code, name in languages().items() if name == given), None)
