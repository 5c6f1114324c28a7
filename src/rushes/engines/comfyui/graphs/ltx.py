"""LTX 2 and 2.3: video with sound from one network. Text, a first picture, or a first and a last one.

After ComfyUI's templates video_ltx2_3_t2v, -i2v and -flf2v. Up to `turbo.steps` the distilled network runs on its own
list of noise levels; beyond, the whole one on LTX's scheduler, or on the one that is named.
"""

from __future__ import annotations

from msgspec import Struct

from rushes.engines.comfyui.graphs.ending import cut, save_video, scaled
from rushes.engines.comfyui.graphs.order import Order, load_image
from rushes.engines.comfyui.graphs.parts import Texts, guided, lora, scheduled, texts
from rushes.engines.comfyui.graphs.wan import warn_of_lost_end
from rushes.engines.comfyui.graphs.wiring import Link, Node
from rushes.engines.contract import Role

_DISTILLED = (1.0, 0.99375, 0.9875, 0.98125, 0.975, 0.909375, 0.725, 0.421875, 0.0)
"""The noise levels that the distilled network was taught: eight steps."""
_LONGEST_SOUND = 1000
"""As many frames as the sound's node can count; joining it to the picture makes up for the rest."""
_COMPRESSION = 25
"""A still that looks like a frame of a compressed film moves better."""
_GUIDE = 0.7
_OWN = "simple"
"""The scheduler that stands for the network's own."""


class Network(Struct, frozen=True):
    """What sampling and decoding need."""

    model: Link
    picture: Link
    sound: Link
    said: Texts
    sound_latent: Link


def text_to_video(order: Order) -> None:
    network = load(order)
    finish(order, network, sampled(order, network, network.said, empty(order)))


def image_to_video(order: Order) -> None:
    network = load(order)
    begun = begin(order, network, empty(order), order.file(Role.IMAGE))
    finish(order, network, sampled(order, network, network.said, begun))


def first_last(order: Order) -> None:
    """Both pictures are guides, which are cut off after sampling."""
    network = load(order)
    said = network.said
    latent: Link = empty(order)
    for name, role, index in (("first", Role.IMAGE, 0), ("last", Role.END_IMAGE, -1)):
        picture = _prepared(order, order.file(role), name)
        guide = add_guide(order, network, said, latent, picture, index=index, strength=_GUIDE, id=f"guide_{name}")
        said, latent = Texts(guide, guide[1]), guide[2]
    warn_of_lost_end(order)
    finish_guided(order, network, said, sampled(order, network, said, latent))


def load(order: Order, *loras: tuple[str, float], key: str = "") -> Network:
    """The network with its LoRAs (files and strengths), its coders, and the prompt. `key` is its file."""
    wiring = order.wiring
    name = order.model_file(key or ("distilled" if order.turbo() else "whole"))
    checkpoint = wiring.add("checkpoint", "CheckpointLoaderSimple", ckpt_name=name)
    model: Link = checkpoint
    for nth, (which, strength) in enumerate(loras):
        model = lora(order, model, which, f"lora_{nth}", strength)
    encoder = wiring.add(
        "clip",
        "LTXAVTextEncoderLoader",
        text_encoder=order.model_file("text"),
        ckpt_name=name,
        device="default",
    )
    said = texts(order, encoder)
    rated = wiring.add(
        "rated", "LTXVConditioning", positive=said.positive, negative=said.negative, frame_rate=float(order.fps())
    )
    sound = wiring.add("sound_coder", "LTXVAudioVAELoader", ckpt_name=name)
    silence = wiring.add(
        "sound_latent",
        "LTXVEmptyLatentAudio",
        audio_vae=sound,
        frames_number=min(order.made_frames(), _LONGEST_SOUND),
        frame_rate=order.fps(),
        batch_size=1,
    )
    return Network(model, checkpoint[2], sound, Texts(rated, rated[1]), silence)


def empty(order: Order, size: tuple[int, int] | None = None) -> Node:
    width, height = size or order.made_size()
    return order.wiring.add(
        "latent", "EmptyLTXVLatentVideo", width=width, height=height, length=order.made_frames(), batch_size=1
    )


def begin(order: Order, network: Network, latent: Link, picture: str) -> Node:
    """The clip's first frame is this picture."""
    return order.wiring.add(
        "begun",
        "LTXVImgToVideoInplace",
        vae=network.picture,
        image=_prepared(order, picture, "first"),
        latent=latent,
        strength=1.0,
        bypass=False,
    )


def add_guide(
    order: Order,
    network: Network,
    said: Texts,
    latent: Link,
    images: Link,
    *,
    index: int,
    strength: float,
    id: str,
    parameters: Link | None = None,
) -> Node:
    """Pictures that the clip goes by from frame `index` on. Answers conditioning, conditioning, latent."""
    return order.wiring.add(
        id,
        "LTXVAddGuide",
        positive=said.positive,
        negative=said.negative,
        vae=network.picture,
        latent=latent,
        image=images,
        frame_idx=index,
        strength=strength,
        iclora_parameters=parameters,
    )


def sampled(order: Order, network: Network, said: Texts, latent: Link) -> Node:
    """Picture and sound together."""
    joined = order.wiring.add("joined", "LTXVConcatAVLatent", video_latent=latent, audio_latent=network.sound_latent)
    return guided(
        order, network.model, said, joined, levels(order, network, latent), steps=order.steps(), cfg=order.cfg()
    )


def levels(order: Order, network: Network, latent: Link) -> Node:
    """The noise levels: the distilled network's list, LTX's own scheduler, or the one that was named."""
    if order.scheduler() != _OWN:
        return scheduled(order, network.model)
    if order.turbo():
        return listed(order, thinned(order.steps()), "sigmas")
    return order.wiring.add(
        "sigmas",
        "LTXVScheduler",
        steps=order.steps(),
        max_shift=2.05,
        base_shift=0.95,
        stretch=True,
        terminal=0.1,
        latent=latent,
    )


def listed(order: Order, sigmas: tuple[float, ...], id: str) -> Node:
    return order.wiring.add(id, "ManualSigmas", sigmas=", ".join(f"{sigma:.6g}" for sigma in sigmas))


def thinned(steps: int) -> tuple[float, ...]:
    """The distilled network's levels for so many steps: its own eight, or between them for fewer."""
    last = len(_DISTILLED) - 1
    return tuple(_between(nth * last / steps) for nth in range(steps + 1))


def finish(order: Order, network: Network, made: Link) -> None:
    """Taken apart, decoded and saved."""
    parts = order.wiring.add("parts", "LTXVSeparateAVLatent", av_latent=made)
    _saved(order, network, parts, parts[1])


def finish_guided(order: Order, network: Network, said: Texts, made: Link) -> None:
    """The same, without the guides."""
    parts = order.wiring.add("parts", "LTXVSeparateAVLatent", av_latent=made)
    clear = order.wiring.add("unguided", "LTXVCropGuides", positive=said.positive, negative=said.negative, latent=parts)
    _saved(order, network, clear[2], parts[1])


def decoded(order: Order, network: Network, latent: Link) -> Node:
    """Frames, in tiles, so that large ones fit."""
    return order.wiring.add(
        "decode",
        "VAEDecodeTiled",
        samples=latent,
        vae=network.picture,
        tile_size=768,
        overlap=64,
        temporal_size=4096,
        temporal_overlap=64,
    )


def sound_of(order: Order, network: Network, latent: Link) -> Link | None:
    """The sound, where it is wanted."""
    if not order.sound():
        return None
    return order.wiring.add("sound", "LTXVAudioVAEDecode", samples=latent, audio_vae=network.sound)


def _saved(order: Order, network: Network, picture: Link, sound: Link) -> None:
    frames = cut(order, decoded(order, network, picture), order.made_size(), order.made_frames())
    save_video(order, frames, sound=sound_of(order, network, sound))


def _prepared(order: Order, picture: str, name: str) -> Node:
    loaded = scaled(order, load_image(order, picture, f"image_{name}"), order.made_size(), f"scaled_{name}")
    return order.wiring.add(f"prepared_{name}", "LTXVPreprocess", image=loaded, img_compression=_COMPRESSION)


def _between(place: float) -> float:
    low = min(int(place), len(_DISTILLED) - 2)
    return _DISTILLED[low] + (_DISTILLED[low + 1] - _DISTILLED[low]) * (place - low)
