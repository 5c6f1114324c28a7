"""What can be wrong with a wish."""

from __future__ import annotations


class UnknownModel(Exception):
    """No model has this name."""

    def __init__(self, model: str) -> None:
        super().__init__(f"unknown model {model[:100]!r}")
        self.model = model


class InvalidParameter(Exception):
    """A parameter is out of bounds. `field` is its name in the core's words, `reason` says what is allowed."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason
