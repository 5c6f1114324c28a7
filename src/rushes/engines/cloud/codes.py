"""Providers' own codes and phrases for failures, in our words: a table per provider (`<kind>/faults.toml`).

    content_violation = ["content_policy_violation", …]     codes of the provider, by our name for the failure
    unsure = ["internal_error", …]                          answers to a start that leave open whether it was accepted

    [words]                                                 phrases in its messages, where it gives no code
    content_violation = ["flagged as sensitive", …]

A code with dots is found by its beginning too: a table with SAFETY knows SAFETY.INPUT.TEXT.
"""

from __future__ import annotations

import tomllib
from importlib.resources import files

from rushes.engines.cloud.exchange import Reply
from rushes.engines.cloud.faults import clean, refusal
from rushes.engines.contract import AmbiguousStart, EngineError, Failed, FailureCode

_SAID = {
    FailureCode.CONTENT_VIOLATION: "refused this for its content",
    FailureCode.NSFW: "refused this as not safe for work",
    FailureCode.INVALID_INPUT: "refused the request",
    FailureCode.INPUT_ADDRESS: "could not use an input file",
    FailureCode.INPUT_DOWNLOAD: "could not read an input file",
    FailureCode.INPUT_SIZE: "could not use an input file: its size is not allowed",
    FailureCode.INPUT_FORMAT: "could not use an input file: its format is not allowed",
    FailureCode.TIMEOUT: "took too long",
    FailureCode.QUOTA: "takes no more requests at the moment",
    FailureCode.UNAVAILABLE: "is not available",
    FailureCode.MODEL_MISSING: "does not offer this model",
    FailureCode.LOST: "no longer has the result",
    FailureCode.INTERNAL: "could not make this",
}
_ABOUT_REQUEST = frozenset(
    {
        FailureCode.CONTENT_VIOLATION,
        FailureCode.NSFW,
        FailureCode.INVALID_INPUT,
        FailureCode.INPUT_ADDRESS,
        FailureCode.INPUT_DOWNLOAD,
        FailureCode.INPUT_SIZE,
        FailureCode.INPUT_FORMAT,
    }
)
"""Failures whose message from the provider is shown; the others' may be about the operator's contract with it."""
_PASSING = frozenset({FailureCode.QUOTA, FailureCode.UNAVAILABLE})
_VAGUE = (None, FailureCode.INVALID_INPUT, FailureCode.INTERNAL)
"""Meanings of codes that a phrase in the message may sharpen."""
_UNSURE = "unsure"


class Faults:
    """A provider's table."""

    def __init__(
        self, title: str, codes: dict[str, FailureCode], words: dict[str, FailureCode], unsure: set[str]
    ) -> None:
        self._title = title
        self._codes = codes
        self._words = words
        self._unsure = unsure

    def find(self, code: object, message: str = "") -> FailureCode | None:
        """What a code means, or a message where no code says enough; None when neither is known."""
        meant = self._code(str(code))
        if meant not in _VAGUE:
            return meant
        said = message.lower()
        return next((better for phrase, better in self._words.items() if phrase in said), meant)

    def _code(self, name: str) -> FailureCode | None:
        while name:
            if name in self._codes:
                return self._codes[name]
            name = name.rpartition(".")[0]
        return None

    def failed(self, code: object, message: str = "") -> Failed:
        """The end of a generation that failed with this code, or this message."""
        meant = self.find(code, message) or FailureCode.INTERNAL
        return Failed(code=meant, message=self._sentence(meant, message))

    def refused(self, reply: Reply, code: object, message: str = "") -> EngineError | AmbiguousStart:
        """What the answer to a start means that says no: by its code where that is known, else by its status."""
        if str(code) in self._unsure:
            return AmbiguousStart(f"{self._title} answered {code}")
        clear = reply.status < 500 or reply.status == 503
        meant = self.find(code, message) if clear else None
        if meant is None:
            if reply.ok:  # a refusal inside a 200 with a code that nobody documents
                return AmbiguousStart(f"{self._title} answered {code}")
            return refusal(reply, self._title, message)
        return EngineError(meant, self._sentence(meant, message), retryable=meant in _PASSING)

    def _sentence(self, meant: FailureCode, message: str) -> str:
        usual = f"{self._title} {_SAID[meant]}"
        return (clean(message) or usual) if meant in _ABOUT_REQUEST else usual


def load_faults(package: str, title: str) -> Faults:
    """Read faults.toml of a provider's room."""
    data = tomllib.loads((files(package) / "faults.toml").read_text())
    words = data.pop("words", {})
    unsure = data.pop(_UNSURE, [])
    return Faults(title, _turned(data), {phrase.lower(): code for phrase, code in _turned(words).items()}, set(unsure))


def _turned(table: dict[str, list[str]]) -> dict[str, FailureCode]:
    return {str(name): FailureCode(meant) for meant, names in table.items() for name in names}
