"""What every engine promises: start, status, cancel, fetch, health.

An engine turns one `Request` into media. `start` answers an *operation*: a JSON object that only the
engine understands, saved by the caller and good for asking again after a restart. The caller polls
`status` with it until `Done` or `Failed`, then reads each output with `fetch`.

A stranger's first engine is one class with these five methods and a line in a model's routes.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from enum import StrEnum
from typing import Any, Literal, Protocol, runtime_checkable

from msgspec import Struct, field

Operation = dict[str, Any]
"""Opaque, JSON-serialisable handle of a started generation."""

Kind = Literal["video", "image", "audio", "text", "3d", "archive"]


class Mode(StrEnum):
    """What goes in and what comes out."""

    TEXT_TO_VIDEO = "text-to-video"
    IMAGE_TO_VIDEO = "image-to-video"
    FIRST_LAST_FRAME = "first-last-frame"
    REFERENCE_TO_VIDEO = "reference-to-video"
    VIDEO_TO_VIDEO = "video-to-video"
    SOUND_TO_VIDEO = "sound-to-video"
    MOTION_TRANSFER = "motion-transfer"
    TEXT_TO_3D = "text-to-3d"
    IMAGE_TO_3D = "image-to-3d"
    TEXT_TO_IMAGE = "text-to-image"
    IMAGE_TO_IMAGE = "image-to-image"
    TEXT_TO_SPEECH = "text-to-speech"
    SPEECH_TO_TEXT = "speech-to-text"
    TEXT_TO_TEXT = "text-to-text"
    TEXT_TO_EMBEDDING = "text-to-embedding"
    TEXT_TO_AUDIO = "text-to-audio"
    UPSCALE_IMAGE = "upscale-image"
    UPSCALE_VIDEO = "upscale-video"
    INTERPOLATE_VIDEO = "interpolate-video"
    REMOVE_BACKGROUND = "remove-background"
    FACE_SWAP = "face-swap"
    DENOISE_AUDIO = "denoise-audio"
    EDIT = "edit"
    VIDEO_TO_IMAGE = "video-to-image"
    TRANSLATE = "translate"


QUICK = frozenset(
    {
        Mode.TEXT_TO_IMAGE,
        Mode.IMAGE_TO_IMAGE,
        Mode.TEXT_TO_SPEECH,
        Mode.SPEECH_TO_TEXT,
        Mode.TEXT_TO_AUDIO,
        Mode.UPSCALE_IMAGE,
        Mode.REMOVE_BACKGROUND,
        Mode.FACE_SWAP,
        Mode.DENOISE_AUDIO,
        Mode.EDIT,
        Mode.VIDEO_TO_IMAGE,
        Mode.TRANSLATE,
    }
)
"""Modes that somebody waits for: they do not queue behind videos."""


class Role(StrEnum):
    """What an input file is for."""

    IMAGE = "image"
    END_IMAGE = "end_image"
    REFERENCE_IMAGE = "reference_image"
    REFERENCE_VIDEO = "reference_video"
    MASK = "mask"
    AUDIO = "audio"
    VIDEO = "video"
    SUBTITLES = "subtitles"


class FailureCode(StrEnum):
    """Why a generation failed, in words that every dialect can translate."""

    CONTENT_VIOLATION = "content_violation"
    NSFW = "nsfw"
    INVALID_INPUT = "invalid_input"
    INPUT_ADDRESS = "input_address"
    INPUT_DOWNLOAD = "input_download"
    INPUT_SIZE = "input_size"
    INPUT_FORMAT = "input_format"
    TIMEOUT = "timeout"
    QUOTA = "quota"
    UNAVAILABLE = "unavailable"
    MODEL_MISSING = "model_missing"
    LOST = "lost"
    INTERNAL = "internal"


class Input(Struct, frozen=True, kw_only=True):
    """One input file, already checked, lying on local disk. Sizes in pixels, duration in seconds."""

    role: Role
    path: str
    mime: str
    width: int = 0
    height: int = 0
    duration: float = 0.0


class Request(Struct, frozen=True, kw_only=True):
    """One generation, fully resolved: no defaults are left to the engine.

    width, height in pixels (even), seconds of video, fps in frames a second; 0 where the mode has no picture or
    no length. `count` results are wanted, each unlike the others; `fixed_lens` holds the camera still. `upstream`
    is the engine's own name for the model, `hook` an address of ours that it may call when something has changed ("":
    none; polling is enough). `extra` carries what only some engines understand:

    text-to-speech   `prompt` is the text to say; extra: voice, speed (0.25-4), format (mp3, opus, aac, flac, wav, pcm)
    speech-to-text   inputs[0] is the recording, `prompt` a hint; extra: language (ISO 639-1, "" to detect),
                     task (transcribe, translate). One output, application/json: a `Transcript`
    text-to-audio    `prompt` says what music or sound, `seconds` how long; extra: tags, format (as speech), loop
    upscale-…        inputs[0] is the picture (IMAGE) or clip (VIDEO); extra: scale (2, 3, 4)
    interpolate-…    inputs[0] is the clip (VIDEO); extra: fps (what to come to) or factor (2, 4)
    remove-…         inputs[0] is the picture (IMAGE); one PNG with alpha
    face-swap        inputs: IMAGE to put faces into, REFERENCE_IMAGE to take one from; extra: face (index, or all)
    denoise-audio    inputs[0] is the recording (AUDIO, or VIDEO whose sound is cleaned); extra: strength 0-1
    image-to-image   inputs: IMAGE (and REFERENCE_IMAGE, MASK: transparent where the picture is to change)
    video-to-video   inputs: REFERENCE_VIDEO; extra: strength (0: only encoded again, 1: wholly in the new look); with
                     `sound` the clip keeps its own
    sound-to-video   inputs: IMAGE (a portrait), AUDIO, which becomes the video's sound
    edit             inputs: VIDEO (several to merge), and AUDIO, IMAGE or SUBTITLES (a `Transcript`, SRT or VTT) where
                     the edit needs one; extra is an `Edit` of media.edits: what to do and how
    video-to-image   inputs: VIDEO; extra is a `Taking` of media.edits. A picture, or pictures in an archive
    translate        inputs[0] is a `Transcript` (SUBTITLES); extra: language (ISO 639-1). One output: a `Transcript`
    motion-transfer  inputs: IMAGE (who is to move), REFERENCE_VIDEO (how)

    Whatever the mode, extra has of these what the model can be told: frames (`seconds` times `fps`), steps, cfg,
    sampler and scheduler (ComfyUI's names), shift.
    """

    job: str
    model: str
    mode: Mode
    prompt: str
    width: int
    height: int
    seconds: float
    seed: int
    fps: int = 24
    count: int = 1
    upstream: str = ""
    hook: str = ""
    negative_prompt: str = ""
    sound: bool = False
    fixed_lens: bool = False
    inputs: tuple[Input, ...] = ()
    extra: dict[str, Any] = field(default_factory=dict)


class Output(Struct, frozen=True, kw_only=True):
    """One result. `location` is for the engine's own `fetch`: a path, a URL, an id."""

    kind: Kind
    mime: str
    location: str


class Word(Struct, frozen=True, kw_only=True):
    """A spoken word. Times in seconds from the start of the recording."""

    word: str
    start: float
    end: float


class Segment(Struct, frozen=True, kw_only=True):
    """A stretch of speech, about a sentence. Times in seconds; the log probability is the mean over its tokens."""

    start: float
    end: float
    text: str
    words: tuple[Word, ...] = ()
    avg_logprob: float = 0.0
    no_speech_prob: float = 0.0


class Transcript(Struct, frozen=True, kw_only=True):
    """What speech-to-text makes. `language` is ISO 639-1, `duration` the recording's seconds."""

    language: str
    duration: float
    text: str
    segments: tuple[Segment, ...]


class Pending(Struct, frozen=True, kw_only=True):
    """Still working. progress 0–1, None when unknown; `poll_after` seconds until asking again is useful."""

    progress: float | None = None
    poll_after: float | None = None


class Done(Struct, frozen=True, kw_only=True):
    """Finished. `usage` is what the upstream says it used (its own units), for settling."""

    outputs: tuple[Output, ...]
    usage: dict[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


class Failed(Struct, frozen=True, kw_only=True):
    """Ended without a result. `message` may be shown to the user: no internals in it."""

    code: FailureCode
    message: str
    for_want_of_room: bool = False
    """The disk of the machine that made it was full: elsewhere, or later, it may well be made."""


class Lost(Struct, frozen=True, kw_only=True):
    """The engine no longer knows the operation (it restarted). The caller decides whether to start again."""


Status = Pending | Done | Failed | Lost


class Health(Struct, frozen=True, kw_only=True):
    """Whether a `start` would be accepted now, and if not, why (for the operator). `downloads`: weights come first."""

    ready: bool
    reason: str = ""
    downloads: bool = False


class EngineError(Exception):
    """A call to an engine failed before anything was accepted: it is safe to send it again.

    `retryable`: the same may work later, after `retry_after` seconds where the engine says so.
    """

    def __init__(
        self, code: FailureCode, message: str, *, retryable: bool = False, retry_after: float | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.retryable = retryable
        self.retry_after = retry_after


class AmbiguousStart(Exception):
    """`start` was sent and no clear answer came: it may or may not have been accepted. Never send it again."""


class Engine(Protocol):
    """What makes media."""

    name: str
    modes: frozenset[Mode]
    paid: bool
    """True when a start costs money upstream: then it is sent at most once."""
    remote: bool
    """True when the work is done elsewhere and only waited for here."""

    async def start(self, request: Request) -> Operation:
        """Begin. Raises EngineError (nothing was accepted) or AmbiguousStart."""
        ...

    async def status(self, operation: Operation) -> Status: ...

    async def cancel(self, operation: Operation) -> None:
        """Stop the work itself. Unknown or finished operations are ignored."""
        ...

    def fetch(self, output: Output) -> AsyncIterator[bytes]:
        """The bytes of one output, in chunks."""
        ...

    async def discard(self, operation: Operation) -> None:
        """Free what the operation holds (files, slots). Called once the outputs are stored, or on failure."""
        ...

    async def health(self) -> Health: ...

    async def close(self) -> None: ...


class Lack(Struct, frozen=True, kw_only=True):
    """A model that an engine cannot make now, at one of its places (`host`), and what is missing there for it.

    `missing` says each thing with its folder and where it is to be had; `reason` why nobody could look.
    """

    host: str
    model: str
    missing: tuple[str, ...] = ()
    reason: str = ""


@runtime_checkable
class Inspects(Protocol):
    """An engine that can say beforehand what it lacks."""

    async def inspect(self) -> tuple[Lack, ...]:
        """Everything that is missing. Asks its hosts, so it is not for every poll."""
        ...


@runtime_checkable
class Finds(Protocol):
    """An engine that can look up whether a start whose answer was lost has been accepted."""

    async def find(self, request: Request) -> Operation | None:
        """The operation of the request's job at the provider, None where it cannot be known.

        It starts nothing, or at most once under the provider's own idempotency key.
        """
        ...
