"""ACE-Step 1.5: music from a description, sung where there are lyrics.

After ComfyUI's template audio_ace_step_1_5_checkpoint.
"""

from __future__ import annotations

import math

from rushes.engines.comfyui.graphs.ending import prefix
from rushes.engines.comfyui.graphs.order import Order
from rushes.engines.comfyui.graphs.parts import Texts, sample

_STEP = 0.04
"""Seconds of one latent."""
_LEAST = 1.0
_MOST = 1000.0
_BPM = 120
_INSTRUMENTAL = "[Instrumental]"
_SAVERS = {"mp3": ("SaveAudioMP3", "320k"), "opus": ("SaveAudioOpus", "192k"), "flac": ("SaveAudio", None)}
_OTHERWISE = "flac"


def music(order: Order) -> None:
    """A piece of exactly the length that was asked for. `extra`: tags, lyrics, format."""
    wiring = order.wiring
    seconds = order.seconds()
    made_seconds = min(max(math.ceil(seconds / _STEP) * _STEP, _LEAST), _MOST)
    checkpoint = wiring.add("checkpoint", "CheckpointLoaderSimple", ckpt_name=order.model_file("network"))
    said = wiring.add(
        "positive",
        "TextEncodeAceStepAudio1.5",
        clip=checkpoint[1],
        tags=_tags(order),
        lyrics=str(order.told("lyrics", "") or _INSTRUMENTAL),
        seed=order.seed(),
        bpm=_BPM,
        duration=made_seconds,
        timesignature="4",
        language="en",
        keyscale="C major",
        generate_audio_codes=True,
        cfg_scale=2.0,
        temperature=0.85,
        top_p=0.9,
        top_k=0,
        min_p=0.0,
    )
    nothing = wiring.add("negative", "ConditioningZeroOut", conditioning=said)
    model = wiring.add("shift", "ModelSamplingAuraFlow", model=checkpoint, shift=order.shift())
    latent = wiring.add("latent", "EmptyAceStep1.5LatentAudio", seconds=made_seconds, batch_size=1)
    made = sample(order, model, Texts(said, nothing), latent)
    whole = wiring.add("decode", "VAEDecodeAudio", samples=made, vae=checkpoint[2])
    exact = wiring.add("cut", "TrimAudioDuration", audio=whole, start_index=0.0, duration=seconds)
    name, quality = _SAVERS[_format(order)]
    wiring.add("save", name, audio=exact, filename_prefix=prefix(order), quality=quality)


def _tags(order: Order) -> str:
    tags = order.told("tags", "")
    more = ", ".join(map(str, tags)) if isinstance(tags, list | tuple) else str(tags)
    return ", ".join(part for part in (order.prompt(), more) if part)


def _format(order: Order) -> str:
    asked = str(order.told("format", "mp3"))
    if asked not in _SAVERS:
        order.warn(f"format: {_OTHERWISE} instead of {asked}, which ComfyUI does not write")
        return _OTHERWISE
    return asked
