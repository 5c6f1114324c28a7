"""How far a prompt is, from what its host tells over the websocket."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_SAMPLING = 0.94
"""The samplers' share of a prompt's time; loading, decoding and saving share the rest by number of nodes."""
_MOST = 0.99
"""Until the outputs are there."""


class Track:
    """One prompt. `samplers`: node id -> steps, the weights; `nodes`: how many nodes the graph has."""

    def __init__(self, samplers: Mapping[str, int], nodes: int) -> None:
        self._samplers = dict(samplers)
        self._nodes = max(1, nodes)
        self._done: set[str] = set()
        self._parts: dict[str, float] = {}
        self._at: str | None = None
        self._most = 0.0
        self.ended = False
        """Nothing more will come: the history has it, or soon will."""
        self.doubt = False
        """Something may have been missed: ask the host."""
        self.heard = 0.0
        """When something was last known of it, on the loop's clock."""

    @property
    def fraction(self) -> float:
        """0–1, never less than before."""
        whole = sum(self._samplers.values())
        nodes = len(self._done) / self._nodes
        made = sum(steps * self._part(node) for node, steps in self._samplers.items())
        now = _SAMPLING * made / whole + (1 - _SAMPLING) * nodes if whole else nodes
        self._most = max(self._most, min(_MOST, now))
        return self._most

    def hear(self, event: str, data: Mapping[str, Any]) -> None:
        """One message of the websocket that names this prompt."""
        match event:
            case "execution_cached":
                self._done.update(map(str, data.get("nodes") or ()))
            case "progress":
                self._step(str(data.get("node")), data)
            case "progress_state":
                for node, state in (data.get("nodes") or {}).items():
                    self._step(str(node), state)
            case "executing":
                if self._at is not None:
                    self._done.add(self._at)
                # Null after the last node, and only then is the history written.
                self.ended = data.get("node") is None
                self._at = None if self.ended else str(data["node"])
            case "executed":
                self._done.add(str(data.get("node")))
            case "execution_error" | "execution_interrupted":
                self.ended = True
            case _:
                pass

    def _step(self, node: str, state: Mapping[str, Any]) -> None:
        if state.get("state") == "finished":
            self._done.add(node)
        value, most = state.get("value"), state.get("max")
        if isinstance(value, int | float) and isinstance(most, int | float) and most > 0:
            self._parts[node] = max(self._parts.get(node, 0.0), min(1.0, value / most))

    def _part(self, node: str) -> float:
        return 1.0 if node in self._done else self._parts.get(node, 0.0)
