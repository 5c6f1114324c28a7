"""How graphs end: cut to what was asked for, and written to a file that carries the job's id in its name.

The id is in the name because ComfyUI answers a graph that it has seen before with the file it made then.
"""

from __future__ import annotations

from rushes.engines.comfyui.graphs.order import Order
from rushes.engines.comfyui.graphs.wiring import Link, Value

_MOST_FRAMES = 4096
"""As many as ImageFromBatch can count."""


def decode(order: Order, samples: Link, vae: Link, id: str = "decode") -> Link:
    return order.wiring.add(id, "VAEDecode", samples=samples, vae=vae)


def cut(order: Order, images: Link, made: tuple[int, int], frames: int = 0) -> Link:
    """The middle of each picture, and the first frames, where more was made than asked for."""
    width, height = order.size()
    if frames and frames > order.frames():
        images = first(order, images, order.frames(), id="cut_frames")
    if made == (width, height):
        return images
    across, down = (made[0] - width) // 2, (made[1] - height) // 2
    return order.wiring.add("cut_size", "ImageCrop", image=images, width=width, height=height, x=across, y=down)


def first(order: Order, images: Link, frames: Value, id: str, start: Value = 0) -> Link:
    """`frames` frames from `start` on, or as many as there are."""
    frames = min(frames, _MOST_FRAMES) if isinstance(frames, int) else frames
    return order.wiring.add(id, "ImageFromBatch", image=images, batch_index=start, length=frames)


def scaled(order: Order, images: Link, size: tuple[int, int], id: str) -> Link:
    """Pictures at this size, their edges cut where the shape differs."""
    return order.wiring.add(
        id, "ImageScale", image=images, upscale_method="lanczos", width=size[0], height=size[1], crop="center"
    )


def save_video(order: Order, images: Link, *, sound: Link | None = None, fps: Link | None = None) -> None:
    """Frames as an MP4, at the order's rate unless a clip's own is given."""
    rate: Value = float(order.fps()) if fps is None else fps
    video = order.wiring.add("video", "CreateVideo", images=images, fps=rate, audio=sound)
    order.wiring.add("save", "SaveVideo", video=video, filename_prefix=prefix(order), format="mp4", codec="h264")


def save_images(order: Order, images: Link) -> None:
    order.wiring.add("save", "SaveImage", images=images, filename_prefix=prefix(order))


def prefix(order: Order) -> str:
    """What the result's name begins with on the host."""
    return f"rushes/{order.request.job}"
