"""Wan 2.2: one network for the rough shape of things and one for detail, each for its half of the steps.

After ComfyUI's templates video_wan2_2_14B_t2v, -i2v and -flf2v. Up to `turbo.steps` both networks carry the lightx2v
LoRA, which makes four steps enough.
"""

from __future__ import annotations

from rushes.engines.comfyui.graphs.ending import cut, decode, save_video
from rushes.engines.comfyui.graphs.order import Order, load_image
from rushes.engines.comfyui.graphs.parts import Texts, begun, lora, shifted, texts, unet, vae
from rushes.engines.comfyui.graphs.wiring import Link, Node
from rushes.engines.contract import Role


def text_to_video(order: Order) -> None:
    _save(order, from_text(order))


def from_text(order: Order) -> Link:
    """The frames of a clip made from the prompt alone, in the size and number that the network makes."""
    said = _texts(order)
    width, height = order.made_size()
    latent = order.wiring.add(
        "latent", "EmptyHunyuanLatentVideo", width=width, height=height, length=order.made_frames(), batch_size=1
    )
    return _made(order, said, latent, vae(order))


def image_to_video(order: Order) -> None:
    """A picture begins to move."""
    said, coder = _texts(order), vae(order)
    start = load_image(order, order.file(Role.IMAGE))
    first = begun(order, "start", "WanImageToVideo", said, coder, start_image=start)
    _save(order, _made(order, Texts(first, first[1]), first[2], coder))


def first_last(order: Order) -> None:
    """From one picture to another."""
    said, coder = _texts(order), vae(order)
    start = load_image(order, order.file(Role.IMAGE))
    end = load_image(order, order.file(Role.END_IMAGE), "end_image")
    first = begun(order, "ends", "WanFirstLastFrameToVideo", said, coder, start_image=start, end_image=end)
    warn_of_lost_end(order)
    _save(order, _made(order, Texts(first, first[1]), first[2], coder))


def warn_of_lost_end(order: Order) -> None:
    """Cutting frames off takes the last one, which is the end image."""
    if order.made_frames() > order.frames():
        order.warn(
            f"frames: {order.made_frames()} made and {order.frames()} kept, so the end image is not quite reached"
        )


def windowed(order: Order, model: Link, id: str = "windows") -> Link:
    """A network that samples long clips piece by piece."""
    window = order.row.window
    if window is None or order.made_frames() <= window.over:
        return model
    return order.wiring.add(
        id,
        "WanContextWindowsManual",
        model=model,
        context_length=window.length,
        context_overlap=window.overlap,
        context_schedule="standard_uniform",
        context_stride=1,
        closed_loop=False,
        fuse_method="pyramid",
        freenoise=True,
        retain_first_frame=False,
        split_conds_to_windows=False,
    )


def _texts(order: Order) -> Texts:
    return texts(order, text_encoder(order))


def text_encoder(order: Order) -> Node:
    return order.wiring.add("clip", "CLIPLoader", clip_name=order.model_file("text"), type="wan", device="default")


def _made(order: Order, said: Texts, latent: Link, coder: Link) -> Link:
    return decode(order, _two_experts(order, said, latent), coder)


def _save(order: Order, frames: Link) -> None:
    save_video(order, cut(order, frames, order.made_size(), order.made_frames()))


def _two_experts(order: Order, said: Texts, latent: Link) -> Node:
    """The high-noise network takes the first half of the steps, the low-noise network goes on with what it left."""
    steps = order.steps()
    half = max(1, steps // 2)
    high = _sample(order, said, latent, "high", begin=0, end=half)
    order.sampling("sample_high", half)
    if steps > half:
        order.sampling("sample_low", steps - half)
    return _sample(order, said, high, "low", begin=half, end=10_000)


def _sample(order: Order, said: Texts, latent: Link, expert: str, *, begin: int, end: int) -> Node:
    is_first = begin == 0
    return order.wiring.add(
        f"sample_{expert}",
        "KSamplerAdvanced",
        model=_expert(order, expert),
        add_noise="enable" if is_first else "disable",
        noise_seed=order.seed() if is_first else 0,
        steps=order.steps(),
        cfg=order.cfg(),
        sampler_name=order.sampler(),
        scheduler=order.scheduler(),
        positive=said.positive,
        negative=said.negative,
        latent_image=latent,
        start_at_step=begin,
        end_at_step=end,
        return_with_leftover_noise="enable" if is_first else "disable",
    )


def _expert(order: Order, expert: str) -> Link:
    model: Link = unet(order, expert, f"network_{expert}")
    if order.turbo():
        model = lora(order, model, f"turbo_{expert}", f"turbo_{expert}")
    return windowed(order, shifted(order, model, f"shift_{expert}"), f"windows_{expert}")
