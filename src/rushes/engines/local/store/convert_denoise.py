"""Parts of DeepFilterNet 3, each as a graph that can be given a recording piece by piece.

The graphs in the archive begin each time as if nothing had been heard. Here each has one input more that says how many
of the spectra it is given it knows already, "known" (1,): they are looked at by its convolutions, which see a few
spectra back, and passed over by what has a memory. Each of those has an input for what it remembers, "GRU0", "GRU1",
and an output for what it remembers at the end, "GRU0-passed", all (1, 1, 256) as in ONNX's operator GRU. What it made
of the spectra that are known is 0.
"""

from __future__ import annotations

import tarfile
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

_REMEMBERS = "GRU"
"""The operator that has a memory: its sixth input is what it remembers first, its second output what last."""
_SIZE, _AXES = 256, 4
_KNOWN = "known"
_END = 2**62


def convert(source: Path, target: Path) -> None:
    """Write the part of the archive that has the target's name. Raises KeyError where it has none."""
    with tarfile.open(source) as packed:
        for member in packed:
            stream = packed.extractfile(member) if Path(member.name).name == target.name else None
            if stream is not None:
                model = onnx.load_model_from_string(stream.read())
                _remember(model.graph)
                onnx.checker.check_model(model)
                onnx.save(model, str(target))
                return
    raise KeyError(f"{target.name} is not in {source.name}")


def _remember(graph: onnx.GraphProto) -> None:
    graph.input.append(helper.make_tensor_value_info(_KNOWN, TensorProto.INT64, [1]))
    # Pad's `pads`: how much before and behind, of each of Y's four axes.
    constants = {"end": [_END], "time": [0], "no-more": [0] * (2 * _AXES - 1)}
    graph.initializer.extend(numpy_helper.from_array(np.array(each), name) for name, each in constants.items())
    nodes = [helper.make_node("Concat", [_KNOWN, "no-more"], ["passed-over"], axis=0)]
    number = 0
    for node in graph.node:
        if node.op_type != _REMEMBERS:
            nodes.append(node)
            continue
        name, heard, made = f"{_REMEMBERS}{number}", node.input[0], node.output[0]
        number += 1
        node.input[0], node.input[5] = f"{name}-new", name
        node.output[:] = f"{name}-made", f"{name}-passed"
        nodes += [
            helper.make_node("Slice", [heard, _KNOWN, "end", "time"], [f"{name}-new"]),
            node,
            helper.make_node("Pad", [f"{name}-made", "passed-over"], [made]),
        ]
        for told, values in ((name, graph.input), (f"{name}-passed", graph.output)):
            values.append(helper.make_tensor_value_info(told, TensorProto.FLOAT, [1, 1, _SIZE]))
    del graph.node[:]
    graph.node.extend(nodes)
