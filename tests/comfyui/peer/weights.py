"""Tiny weights of random numbers that a real ComfyUI loads and samples with: `python weights.py MODELS_FOLDER`.

ComfyUI reads the size of a model off its tensors, so a UNet of one level or a Wan of one layer goes through the same
nodes as the real one. What it makes is noise. Written with the Python of ComfyUI's own environment (torch,
safetensors). Names and shapes are those of Stable Diffusion 1.5 with CLIP-L and TAESD, and of Wan 2.x with its VAE.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Shape = tuple[int, ...]
Shapes = Iterator[tuple[str, Shape]]


def _layer(name: str, *shape: int) -> Shapes:
    """A weight and its bias."""
    yield f"{name}.weight", shape
    yield f"{name}.bias", shape[:1]


def clip_l(prefix: str) -> Shapes:
    """CLIP's text half, in its real size, which is fixed."""
    wide, words = 768, 49408
    yield f"{prefix}embeddings.token_embedding.weight", (words, wide)
    yield f"{prefix}embeddings.position_embedding.weight", (77, wide)
    for number in range(12):
        layer = f"{prefix}encoder.layers.{number}."
        yield from _layer(f"{layer}layer_norm1", wide)
        yield from _layer(f"{layer}layer_norm2", wide)
        for part in "qkv":
            yield from _layer(f"{layer}self_attn.{part}_proj", wide, wide)
        yield from _layer(f"{layer}self_attn.out_proj", wide, wide)
        yield from _layer(f"{layer}mlp.fc1", 4 * wide, wide)
        yield from _layer(f"{layer}mlp.fc2", wide, 4 * wide)
    yield from _layer(f"{prefix}final_layer_norm", wide)


def unet(prefix: str) -> Shapes:
    """SD 1.5's UNet with one level of one block. 320 channels, as ComfyUI knows it by them; 768 of text."""
    wide, text, time = 320, 768, 1280

    def residual(name: str, before: int) -> Shapes:
        yield from _layer(f"{name}.in_layers.0", before)
        yield from _layer(f"{name}.in_layers.2", wide, before, 3, 3)
        yield from _layer(f"{name}.emb_layers.1", wide, time)
        yield from _layer(f"{name}.out_layers.0", wide)
        yield from _layer(f"{name}.out_layers.3", wide, wide, 3, 3)
        if before != wide:
            yield from _layer(f"{name}.skip_connection", wide, before, 1, 1)

    def attention(name: str) -> Shapes:
        yield from _layer(f"{name}.norm", wide)
        yield from _layer(f"{name}.proj_in", wide, wide, 1, 1)
        yield from _layer(f"{name}.proj_out", wide, wide, 1, 1)
        block = f"{name}.transformer_blocks.0"
        for part, source in (("attn1", wide), ("attn2", text)):
            yield f"{block}.{part}.to_q.weight", (wide, wide)
            yield f"{block}.{part}.to_k.weight", (wide, source)
            yield f"{block}.{part}.to_v.weight", (wide, source)
            yield from _layer(f"{block}.{part}.to_out.0", wide, wide)
        yield from _layer(f"{block}.ff.net.0.proj", 8 * wide, wide)
        yield from _layer(f"{block}.ff.net.2", wide, 4 * wide)
        for norm in ("norm1", "norm2", "norm3"):
            yield from _layer(f"{block}.{norm}", wide)

    yield from _layer(f"{prefix}time_embed.0", time, wide)
    yield from _layer(f"{prefix}time_embed.2", time, time)
    yield from _layer(f"{prefix}input_blocks.0.0", wide, 4, 3, 3)
    for block, before in (("input_blocks.1", wide), ("output_blocks.0", 2 * wide), ("output_blocks.1", 2 * wide)):
        yield from residual(f"{prefix}{block}.0", before)
        yield from attention(f"{prefix}{block}.1")
    yield from residual(f"{prefix}middle_block.0", wide)
    yield from attention(f"{prefix}middle_block.1")
    yield from residual(f"{prefix}middle_block.2", wide)
    yield from _layer(f"{prefix}out.0", wide)
    yield from _layer(f"{prefix}out.2", 4, wide, 3, 3)


def taesd(prefix: str) -> Shapes:
    """The tiny autoencoder for SD's latents, in its real size."""
    wide = 64

    def stack(name: str, ends: tuple[int, int], first: int, bare: tuple[int, ...], last: int) -> Shapes:
        """A convolution at each end, some without bias that change the size, residual blocks in between."""
        yield from _layer(f"{name}.{first}", wide, ends[0], 3, 3)
        yield from _layer(f"{name}.{last}", ends[1], wide, 3, 3)
        for number in bare:
            yield f"{name}.{number}.weight", (wide, wide, 3, 3)
        # Each size-changing convolution of the decoder follows an upsampling, which has no weights.
        empty = {number - 1 for number in bare} | {2} if first else set()
        for number in set(range(first + 1, last)) - set(bare) - empty:
            for part in (0, 2, 4):
                yield from _layer(f"{name}.{number}.conv.{part}", wide, wide, 3, 3)

    yield from stack(f"{prefix}taesd_encoder", (3, 4), 0, (2, 6, 10), 14)
    yield from stack(f"{prefix}taesd_decoder", (4, 3), 1, (7, 12, 17), 19)
    yield f"{prefix}vae_scale", ()
    yield f"{prefix}vae_shift", ()


def wan(channels: int) -> Shapes:
    """A Wan of one layer, 128 wide; `channels` is 16 from text, 36 from pictures. Text is 4096 wide, as UMT5's."""
    wide = 128
    yield from _layer("patch_embedding", wide, channels, 1, 2, 2)
    yield from _layer("text_embedding.0", wide, 4096)
    yield from _layer("text_embedding.2", wide, wide)
    yield from _layer("time_embedding.0", wide, 256)
    yield from _layer("time_embedding.2", wide, wide)
    yield from _layer("time_projection.1", 6 * wide, wide)
    for attention in ("self_attn", "cross_attn"):
        for part in "qkvo":
            yield from _layer(f"blocks.0.{attention}.{part}", wide, wide)
        for part in "qk":
            yield f"blocks.0.{attention}.norm_{part}.weight", (wide,)
    yield from _layer("blocks.0.norm3", wide)
    yield from _layer("blocks.0.ffn.0", wide, wide)
    yield from _layer("blocks.0.ffn.2", wide, wide)
    yield "blocks.0.modulation", (1, 6, wide)
    yield from _layer("head.head", 64, wide)
    yield "head.modulation", (1, 2, wide)


def wan_vae() -> Shapes:
    """Wan's autoencoder with 8 channels at its narrowest instead of 96: levels of 1, 2, 4 and 4 times that."""
    thin, latent = 8, 16
    wide = 4 * thin

    def residual(name: str, before: int, after: int) -> Shapes:
        yield f"{name}.residual.0.gamma", (before, 1, 1, 1)
        yield from _layer(f"{name}.residual.2", after, before, 3, 3, 3)
        yield f"{name}.residual.3.gamma", (after, 1, 1, 1)
        yield from _layer(f"{name}.residual.6", after, after, 3, 3, 3)
        if before != after:
            yield from _layer(f"{name}.shortcut", after, before, 1, 1, 1)

    def middle(name: str) -> Shapes:
        yield from residual(f"{name}.middle.0", wide, wide)
        yield f"{name}.middle.1.norm.gamma", (wide, 1, 1)
        yield from _layer(f"{name}.middle.1.to_qkv", 3 * wide, wide, 1, 1)
        yield from _layer(f"{name}.middle.1.proj", wide, wide, 1, 1)
        yield from residual(f"{name}.middle.2", wide, wide)

    yield from _layer("encoder.conv1", thin, 3, 3, 3, 3)
    downs = ((8, 8), (8, 8), (8,), (8, 16), (16, 16), (16,), (16, 32), (32, 32), (32,), (32, 32), (32, 32))
    for number, size in enumerate(downs):
        name = f"encoder.downsamples.{number}"
        if len(size) == 2:
            yield from residual(name, *size)
            continue
        yield from _layer(f"{name}.resample.1", size[0], size[0], 3, 3)
        if number > 2:  # the first level keeps every frame
            yield from _layer(f"{name}.time_conv", size[0], size[0], 3, 1, 1)
    yield from middle("encoder")
    yield "encoder.head.0.gamma", (wide, 1, 1, 1)
    yield from _layer("encoder.head.2", 2 * latent, wide, 3, 3, 3)
    yield from _layer("conv1", 2 * latent, 2 * latent, 1, 1, 1)
    yield from _layer("conv2", latent, latent, 1, 1, 1)
    yield from _layer("decoder.conv1", wide, latent, 3, 3, 3)
    yield from middle("decoder")
    ups = ((32, 32), (32, 32), (32, 32), (32,), (16, 32), (32, 32), (32, 32), (32,))
    ups += ((16, 16), (16, 16), (16, 16), (16,), (8, 8), (8, 8), (8, 8))
    for number, size in enumerate(ups):
        name = f"decoder.upsamples.{number}"
        if len(size) == 2:
            yield from residual(name, *size)
            continue
        yield from _layer(f"{name}.resample.1", size[0] // 2, size[0], 3, 3)
        if number < 11:
            yield from _layer(f"{name}.time_conv", 2 * size[0], size[0], 3, 1, 1)
    yield "decoder.head.0.gamma", (thin, 1, 1, 1)
    yield from _layer("decoder.head.2", 3, thin, 3, 3, 3)


def sd15() -> Shapes:
    yield from clip_l("cond_stage_model.transformer.text_model.")
    yield from unet("model.diffusion_model.")
    yield from taesd("first_stage_model.")


FILES: dict[str, tuple[Any, tuple[Any, ...], str]] = {
    "checkpoints/tiny_sd15.safetensors": (sd15, (), "float16"),
    "diffusion_models/tiny_wan.safetensors": (wan, (16,), "bfloat16"),
    "diffusion_models/tiny_wan_pictures.safetensors": (wan, (36,), "bfloat16"),
    "vae/tiny_wan_vae.safetensors": (wan_vae, (), "float32"),
}


def write(folder: Path) -> None:
    """Write all files below `folder`; 310 MB, a few seconds."""
    import torch
    from safetensors.torch import save_file

    for name, (shapes, arguments, kind) in FILES.items():
        chance = torch.Generator().manual_seed(0)
        spread = 0.05 if "vae" in name else 0.02
        tensors = {}
        for key, shape in shapes(*arguments):
            if "text_model" in key:  # nobody looks at what it says
                made = torch.ones(shape) if "norm" in key and key.endswith("weight") else torch.zeros(shape)
            else:
                made = torch.randn(shape, generator=chance) * spread
            tensors[key] = made.to(getattr(torch, kind))
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        save_file(tensors, path)


if __name__ == "__main__":
    write(Path(sys.argv[1]))
