"""The Gemini API's answers about videos, as far as they are read (ai.google.dev/gemini-api/docs/video)."""

from __future__ import annotations

from msgspec import Struct, field


class Error(Struct):
    """google.rpc.Status: a number of google.rpc.Code, and in refusals its name."""

    code: int = 0
    message: str = ""
    status: str = ""


class Refusal(Struct):
    """The body of an answer that is not 2xx."""

    error: Error


class Video(Struct):
    """Where a video lies, for two days."""

    uri: str = ""


class Sample(Struct):
    """One result."""

    video: Video | None = None


class Generated(Struct):
    """All results, and what the safety filter took away."""

    samples: list[Sample] = field(name="generatedSamples", default_factory=list)
    filtered: int = field(name="raiMediaFilteredCount", default=0)
    reasons: list[str] = field(name="raiMediaFilteredReasons", default_factory=list)


class Response(Struct):
    """What came of an operation."""

    answer: Generated | None = field(name="generateVideoResponse", default=None)


class LongRunning(Struct):
    """google.longrunning.Operation."""

    name: str
    done: bool = False
    error: Error | None = None
    response: Response | None = None
