"""Turn RIFE v4's PyTorch weights into an ONNX graph that answers the motion between two pictures.

The network (IFNet of RIFE v4) looks at both pictures at an eighth, a quarter, half and full size; each of
its four blocks corrects the flow and the blending mask that the block before it found. The graph stops at
flow and mask: whoever runs it warps pictures of any size with them.

Inputs: first, last [1,3,h,w] in 0–1, h and w multiples of 64; t [1,1,1,1] in 0–1; grid [1,h,w,2], the pixel
positions in -1–1; step [1,1,1,2], what one pixel is in that measure (x, y).
Outputs: flow [1,4,h,w] in pixels (x, y from time t to the first picture, then to the last);
mask [1,1,h,w], the share of the first picture in 0–1.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from rushes.engines.local.store.torch_file import read_tensors

_SCALES = (8, 4, 2, 1)
_OPSET = 17
_IR_VERSION = 9


def convert(source: Path, target: Path) -> None:
    """Read flownet.pkl, write the ONNX model. Raises KeyError or ValueError on other weights."""
    weights = {name.removeprefix("module."): tensor for name, tensor in read_tensors(source).items()}
    model = _Network(weights).model()
    onnx.checker.check_model(model)
    onnx.save(model, str(target))


class _Network:
    """Builds the graph node by node. Methods take and return the names of values."""

    def __init__(self, weights: dict[str, NDArray[Any]]) -> None:
        self._weights = weights
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []

    def model(self) -> onnx.ModelProto:
        """The whole network."""
        plane = self._channels("first", 0, 1)
        time = self._op("Add", self._scaled(plane, 0.0), "t")
        flow, mask = self._block(0, self._join("first", "last", time), None)
        for index in range(1, len(_SCALES)):
            warped = (
                self._warp("first", self._channels(flow, 0, 2)),
                self._warp("last", self._channels(flow, 2, 4)),
            )
            more_flow, more_mask = self._block(index, self._join(*warped, time, mask), flow)
            flow = self._op("Add", flow, more_flow)
            mask = self._op("Add", mask, more_mask)
        self._nodes.append(helper.make_node("Identity", [flow], ["flow"]))
        self._nodes.append(helper.make_node("Sigmoid", [mask], ["mask"]))
        graph = helper.make_graph(
            self._nodes,
            "rife_v4_flow",
            [
                _value("first", 1, 3, "h", "w"),
                _value("last", 1, 3, "h", "w"),
                _value("t", 1, 1, 1, 1),
                _value("grid", 1, "h", "w", 2),
                _value("step", 1, 1, 1, 2),
            ],
            [_value("flow", 1, 4, "h", "w"), _value("mask", 1, 1, "h", "w")],
            self._constants,
        )
        opsets = [helper.make_opsetid("", _OPSET)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=_IR_VERSION, producer_name="rushes")

    def _block(self, index: int, pictures: str, flow: str | None) -> tuple[str, str]:
        """One look at 1/scale of the size: (correction of the flow, correction of the mask)."""
        scale, name = _SCALES[index], f"block{index}"
        x = self._resized(pictures, 1 / scale)
        if flow is not None:
            x = self._join(x, self._scaled(self._resized(flow, 1 / scale), 1 / scale))
        x = self._conv(self._conv(x, f"{name}.conv0.0", 2), f"{name}.conv0.1", 2)
        deep = x
        for layer in range(8):
            deep = self._conv(deep, f"{name}.convblock.{layer}", 1)
        x = self._op(
            "ConvTranspose",
            self._op("Add", deep, x),
            self._constant(self._weights[f"{name}.lastconv.weight"]),
            self._constant(self._weights[f"{name}.lastconv.bias"]),
            kernel_shape=[4, 4],
            strides=[2, 2],
            pads=[1, 1, 1, 1],
        )
        # The two strided convolutions and the transposed one leave the answer at half of the block's size.
        x = self._resized(x, scale * 2)
        return self._scaled(self._channels(x, 0, 4), scale * 2), self._channels(x, 4, 5)

    def _conv(self, x: str, name: str, stride: int) -> str:
        weight, bias = self._weights[f"{name}.0.weight"], self._weights[f"{name}.0.bias"]
        x = self._op(
            "Conv",
            x,
            self._constant(weight),
            self._constant(bias),
            kernel_shape=[3, 3],
            strides=[stride, stride],
            pads=[1, 1, 1, 1],
        )
        return self._op("PRelu", x, self._constant(self._weights[f"{name}.1.weight"].reshape(-1, 1, 1)))

    def _warp(self, picture: str, flow: str) -> str:
        moved = self._op("Mul", self._op("Transpose", flow, perm=[0, 2, 3, 1]), "step")
        where = self._op("Add", "grid", moved)
        return self._op("GridSample", picture, where, mode="bilinear", padding_mode="border", align_corners=1)

    def _resized(self, x: str, factor: float) -> str:
        if factor == 1:
            return x
        factors = self._constant(np.array([1, 1, factor, factor], np.float32))
        return self._op("Resize", x, "", factors, mode="linear", coordinate_transformation_mode="half_pixel")

    def _scaled(self, x: str, factor: float) -> str:
        return x if factor == 1 else self._op("Mul", x, self._constant(np.float32(factor)))

    def _channels(self, x: str, start: int, end: int) -> str:
        return self._op("Slice", x, self._ints(start), self._ints(end), self._ints(1))

    def _join(self, *parts: str) -> str:
        return self._op("Concat", *parts, axis=1)

    def _ints(self, *numbers: int) -> str:
        return self._constant(np.array(numbers, np.int64))

    def _constant(self, value: Any) -> str:
        name = f"c{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def _op(self, kind: str, *inputs: str, **attributes: Any) -> str:
        name = f"v{len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, list(inputs), [name], **attributes))
        return name


def _value(name: str, *shape: int | str) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, list(shape))
