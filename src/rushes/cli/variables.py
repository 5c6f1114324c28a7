"""Variables that look like settings and are none: a misspelt one would be passed over without a word."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from rushes.engines.cloud.table import PROVIDERS
from rushes.settings import PREFIX, Settings, provider_variables

_NOT_SETTINGS = frozenset({"RUSHES_CONFIG", "RUSHES_SERVER", "RUSHES_KEY", "RUSHES_TOKEN", "RUSHES_THREADS"})
"""Where the settings' file is, what `rushes generate` and the reference's examples read, what processes are told."""
_FOR_TESTS = "RUSHES_TEST_"


def misspelt(names: Iterable[str]) -> list[str]:
    """A sentence about each `RUSHES_…` among `names` that means nothing to us."""
    known = {PREFIX + field.upper() for field in Settings.__struct_fields__} | _NOT_SETTINGS
    for kind in PROVIDERS:
        known |= set(provider_variables(kind).values())
    wrong = sorted(name for name in names if name.startswith(PREFIX) and not name.startswith(_FOR_TESTS))
    return [_sentence(name, known) for name in wrong if name not in known]


def _sentence(name: str, known: Iterable[str]) -> str:
    close = get_close_matches(name, known, 1)
    return f"there is no setting {name}; it is ignored" + (f" (did you mean {close[0]}?)" if close else "")
