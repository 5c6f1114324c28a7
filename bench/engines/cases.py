"""What is compared, as a table: an engine's request, the reference's module, and how the time is told."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from bench.engines import inputs
from rushes.engines.contract import Mode, Role


class Case(Struct, frozen=True, kw_only=True):
    """One row of the table."""

    name: str
    engine: str
    mode: Mode
    groups: tuple[str, ...]
    """Of weights, without which it cannot run."""
    reference: str = ""
    """A module of `references`; empty where there is nothing to compare with."""
    given: inputs.Maker = inputs.nothing
    roles: tuple[Role, ...] = ()
    prompt: str = ""
    extra: dict[str, Any] = {}
    seconds: float = 0.0
    """Of media that the result lasts, 0 for a picture; -1 for as long as what was spoken."""
    more: str = ""
    """What ours does and the reference does not."""


SPEECH, TEXT = "speech", "text"
SPOKEN = -1.0

CASES = (
    Case(
        name="speech, four sentences", engine=SPEECH, mode=Mode.TEXT_TO_SPEECH, groups=("voice",), reference="speech",
        prompt=inputs.SPOKEN, extra={"voice": "bf_emma", "format": "wav"}, seconds=SPOKEN,
    ),
    Case(
        name="hearing that", engine="hearing", mode=Mode.SPEECH_TO_TEXT, groups=("voice", "hearing"),
        reference="hearing", roles=(Role.AUDIO,), seconds=SPOKEN,
    ),
    Case(
        name="upscale, 640x360 x2", engine="upscale", mode=Mode.UPSCALE_IMAGE, groups=("span",), reference="span",
        given=inputs.picture, roles=(Role.IMAGE,), extra={"scale": 2},
    ),
    Case(
        name="upscale, clip 640x360 x2", engine="upscale", mode=Mode.UPSCALE_VIDEO, groups=("span",),
        reference="span_clip", given=inputs.clip, roles=(Role.VIDEO,), extra={"scale": 2},
        seconds=inputs.FRAMES / inputs.FPS,
    ),
    Case(
        name="interpolate, 640x360 x2", engine="interpolate", mode=Mode.INTERPOLATE_VIDEO, groups=("rife",),
        reference="rife", given=inputs.clip, roles=(Role.VIDEO,), extra={"factor": 2},
        seconds=inputs.FRAMES / inputs.FPS, more="looks for cuts and for motion that is too fast",
    ),
    Case(
        name="matting, 1280x720", engine="matting", mode=Mode.REMOVE_BACKGROUND, groups=("matte", "art"),
        reference="matte", given=inputs.subject, roles=(Role.IMAGE,),
        more="looks twice, follows the picture's edges and frees their colours",
    ),
    Case(
        name="matting, same work", engine="matting", mode=Mode.REMOVE_BACKGROUND, groups=("matte", "art"),
        reference="matte_twice", given=inputs.subject, roles=(Role.IMAGE,),
        more="the plain side looks twice, follows edges and frees their colours too",
    ),
    Case(
        name="style, 1024x576", engine="style", mode=Mode.IMAGE_TO_IMAGE, groups=("style",), reference="style",
        given=inputs.wide, roles=(Role.IMAGE,), prompt="a painting",
    ),
    Case(
        name="denoise, 20 s", engine="denoise", mode=Mode.DENOISE_AUDIO, groups=("denoise",), reference="denoise",
        given=inputs.noisy, roles=(Role.AUDIO,), seconds=inputs.NOISE_SECONDS,
        more="any rate and format",
    ),
    Case(
        name="denoise, same work", engine="denoise", mode=Mode.DENOISE_AUDIO, groups=("denoise",),
        reference="denoise_any", given=inputs.noisy, roles=(Role.AUDIO,), seconds=inputs.NOISE_SECONDS,
        more="the plain side takes any rate and format too",
    ),
    Case(
        name="face swap, 640x640", engine="faces", mode=Mode.FACE_SWAP, groups=("faces", "art"), reference="faces",
        given=inputs.faces, roles=(Role.IMAGE, Role.REFERENCE_IMAGE),
        more="looks for small faces too, and fits colours",
    ),
    Case(
        name="face swap, same work", engine="faces", mode=Mode.FACE_SWAP, groups=("faces", "art"),
        reference="faces_more", given=inputs.faces, roles=(Role.IMAGE, Role.REFERENCE_IMAGE),
        more="the plain side looks for small faces and fits colours too",
    ),
    Case(
        name="music, 30 s", engine="music", mode=Mode.TEXT_TO_AUDIO, groups=("music",), seconds=30,
        prompt="calm piano in C major, 90 bpm", extra={"format": "wav"}, more="composed here: there is no reference",
    ),
    Case(
        name="embeddings, 48 texts", engine="embedding", mode=Mode.TEXT_TO_EMBEDDING, groups=("embed",),
        reference="embedding", prompt="\n".join(inputs.TEXTS), extra={"texts": inputs.TEXTS, "dimensions": 384},
    ),
    Case(
        name="translation, 48 sentences", engine="translation", mode=Mode.TRANSLATE, groups=(),
        reference="translation", prompt="\n".join(inputs.SENTENCES),
        extra={"sentences": inputs.SENTENCES, "source": "en", "target": "pt"},
        more="several sentences at once; none of the library's corrections, which break addresses and numbers",
    ),
    Case(
        name="translation, same work", engine="translation", mode=Mode.TRANSLATE, groups=(),
        reference="translation_many", prompt="\n".join(inputs.SENTENCES),
        extra={"sentences": inputs.SENTENCES, "source": "en", "target": "pt"},
        more="the plain side takes several at once too",
    ),
    Case(
        name="text, 96 tokens", engine=TEXT, mode=Mode.TEXT_TO_TEXT, groups=("llm_tiny",), reference="text",
        prompt="Describe a harbour at dawn.", more="both leave one core to others",
    ),
)  # fmt: skip
