"""Flux 2: Klein, which needs four steps, its undistilled base, and Dev, which takes guidance as a number.

After ComfyUI's templates image_flux2_klein_text_to_image, image_flux2_klein_image_edit_4b_distilled and
image_flux2_text_to_image. Its schedule is its own.
"""

from __future__ import annotations

from rushes.engines.comfyui.graphs.ending import cut, decode, save_images, scaled
from rushes.engines.comfyui.graphs.order import Order, load_image
from rushes.engines.comfyui.graphs.parts import Texts, guided, unet, vae
from rushes.engines.comfyui.graphs.wiring import Link
from rushes.engines.contract import Mode, Role

_MOST_OTHERS = 3
"""Pictures to take from, besides the one to change."""
_NEAR = 1.0
"""Megapixels at which references are read."""


def klein(order: Order) -> None:
    save_images(order, drawn(order, order.count()))


def drawn(order: Order, count: int) -> Link:
    """Klein's pictures, as asked for."""
    encoder = order.wiring.add("clip", "CLIPLoader", clip_name=order.model_file("text"), type="flux2", device="default")
    said = order.wiring.add("positive", "CLIPTextEncode", clip=encoder, text=order.prompt())
    unwanted: Link
    if order.cfg() > 1:
        unwanted = order.wiring.add("negative", "CLIPTextEncode", clip=encoder, text=order.negative())
    else:
        unwanted = _nothing(order, said)
    key = "network" if order.turbo() else "base"
    return _made(order, unet(order, key), Texts(said, unwanted), order.cfg(), count)


def dev(order: Order) -> None:
    """Dev: cfg is its guidance, and there is no negative prompt."""
    wiring = order.wiring
    encoder = wiring.add("clip", "CLIPLoader", clip_name=order.model_file("text"), type="flux2", device="default")
    said = wiring.add("positive", "CLIPTextEncode", clip=encoder, text=order.prompt())
    unwanted = _nothing(order, said)
    told = wiring.add("guidance", "FluxGuidance", conditioning=said, guidance=order.cfg())
    save_images(order, _made(order, unet(order), Texts(told, unwanted), 1.0, order.count()))


def _made(order: Order, model: Link, said: Texts, cfg: float, count: int) -> Link:
    wiring = order.wiring
    width, height = order.made_size()
    coder = vae(order)
    latent: Link | None = None
    if order.request.mode is Mode.IMAGE_TO_IMAGE:
        changed = load_image(order, order.file(Role.IMAGE, Role.REFERENCE_IMAGE))
        said = _referring(order, said, changed, coder)
        latent = _masked(order, changed, coder, count)
    if latent is None:
        latent = wiring.add("latent", "EmptyFlux2LatentImage", width=width, height=height, batch_size=count)
    sigmas = wiring.add("sigmas", "Flux2Scheduler", steps=order.steps(), width=width, height=height)
    made = guided(order, model, said, latent, sigmas, steps=order.steps(), cfg=cfg)
    return cut(order, decode(order, made, coder), (width, height))


def _nothing(order: Order, said: Link) -> Link:
    """No negative prompt at all."""
    return order.wiring.add("negative", "ConditioningZeroOut", conditioning=said)


def _referring(order: Order, said: Texts, changed: Link, coder: Link) -> Texts:
    """The prompt with pictures that it may speak of: the one to change, and others."""
    wiring = order.wiring
    pictures = [changed]
    for nth, name in enumerate(order.all(Role.IMAGE, Role.REFERENCE_IMAGE, most=_MOST_OTHERS)):
        pictures.append(load_image(order, name, f"reference_{nth}"))
    positive, negative = said.positive, said.negative
    for nth, picture in enumerate(pictures):
        near = wiring.add(
            f"scaled_{nth}",
            "ImageScaleToTotalPixels",
            image=picture,
            upscale_method="lanczos",
            megapixels=_NEAR,
            resolution_steps=1,
        )
        encoded = wiring.add(f"encoded_{nth}", "VAEEncode", pixels=near, vae=coder)
        positive = wiring.add(f"positive_{nth}", "ReferenceLatent", conditioning=positive, latent=encoded)
        negative = wiring.add(f"negative_{nth}", "ReferenceLatent", conditioning=negative, latent=encoded)
    return Texts(positive, negative)


def _masked(order: Order, picture: Link, coder: Link, count: int) -> Link | None:
    """With a mask, the picture itself, to be drawn anew where the mask is transparent. None without."""
    name = order.maybe(Role.MASK)
    if name is None:
        return None
    wiring = order.wiring
    fitted = scaled(order, picture, order.made_size(), "masked_picture")
    many = wiring.add("masked_many", "RepeatImageBatch", image=fitted, amount=count)
    encoded = wiring.add("masked_encoded", "VAEEncode", pixels=many, vae=coder)
    mask = wiring.add("mask", "LoadImageMask", image=name, channel="alpha")
    return wiring.add("masked", "SetLatentNoiseMask", samples=encoded, mask=mask)
