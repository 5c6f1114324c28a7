"""What adapters have in common whose words are in tables."""

from __future__ import annotations

from rushes.engines.cloud.codes import load_faults
from rushes.engines.cloud.forms import load_forms


class Tabled:
    """The part of a `Provider` that reads models.toml and faults.toml of the adapter's room; the key is a Bearer's."""

    title: str

    def __init__(self) -> None:
        room = type(self).__module__.rpartition(".")[0]
        self._forms = load_forms(room, self.title)
        self._faults = load_faults(room, self.title)

    def headers(self, key: str) -> dict[str, str]:
        """See Provider."""
        return {"Authorization": f"Bearer {key}"}
