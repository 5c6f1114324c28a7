"""Nodes for the tests' ComfyUI: what no small weights can be, and faults at will. Runs inside ComfyUI."""

from __future__ import annotations

import time
from types import SimpleNamespace

import comfy.model_management
import comfy.utils
import torch


class Text:
    """Text as an embedding of UMT5's width: the real one has 5.7 billion weights. The same text, the same numbers."""

    @classmethod
    def INPUT_TYPES(cls):  # noqa: N802
        return {"required": {"text": ("STRING", {"multiline": True})}}

    RETURN_TYPES = ("CONDITIONING",)
    FUNCTION = "run"
    CATEGORY = "rushes"

    def run(self, text):
        chance = torch.Generator().manual_seed(sum(text.encode()))
        return ([[torch.randn(1, 77, 4096, generator=chance), {"pooled_output": torch.zeros(1, 768)}]],)


class Wait:
    """Passes a picture on after some steps of a tenth of a second, with progress; can be interrupted."""

    @classmethod
    def INPUT_TYPES(cls):  # noqa: N802
        return {"required": {"image": ("IMAGE",), "steps": ("INT", {"default": 10, "min": 1, "max": 10000})}}

    RETURN_TYPES = ("IMAGE",)
    FUNCTION = "run"
    CATEGORY = "rushes"

    @classmethod
    def IS_CHANGED(cls, **_):  # noqa: N802
        return time.time()

    def run(self, image, steps):
        bar = comfy.utils.ProgressBar(steps)
        for _ in range(steps):
            comfy.model_management.throw_exception_if_processing_interrupted()
            time.sleep(0.1)
            bar.update(1)
        return (image,)


class Fail:
    """Fails the first `times` times that it runs with this `key`: out of memory, or with a path in its message."""

    runs: dict[str, int] = {}  # noqa: RUF012

    @classmethod
    def INPUT_TYPES(cls):  # noqa: N802
        return {
            "required": {
                "image": ("IMAGE",),
                "key": ("STRING", {}),
                "times": ("INT", {"default": 1}),
                "how": (["memory", "error"],),
            }
        }

    RETURN_TYPES = ("IMAGE",)
    FUNCTION = "run"
    CATEGORY = "rushes"

    def run(self, image, key, times, how):
        self.runs[key] = self.runs.get(key, 0) + 1
        if self.runs[key] <= times:
            if how == "memory":
                raise torch.cuda.OutOfMemoryError("Allocation on device 0 would exceed allowed memory.")
            raise RuntimeError(f"cannot read {__file__}")
        return (image,)


class Mesh:
    """A triangle."""

    @classmethod
    def INPUT_TYPES(cls):  # noqa: N802
        return {"required": {}}

    RETURN_TYPES = ("MESH",)
    FUNCTION = "run"
    CATEGORY = "rushes"

    def run(self):
        corners = torch.tensor([[[0.0, 0, 0], [1, 0, 0], [0, 1, 0]]])
        return (SimpleNamespace(vertices=corners, faces=torch.tensor([[[0, 1, 2]]])),)


NODE_CLASS_MAPPINGS = {"RushesText": Text, "RushesWait": Wait, "RushesFail": Fail, "RushesMesh": Mesh}
