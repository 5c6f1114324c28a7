"""A graph with a memory, which after conversion can be given a sequence piece by piece: run by the real library."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from onnx import TensorProto, checker, helper, numpy_helper

from rushes.engines.local.store.convert_denoise import convert

SIZE = 256


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Like the real one: a folder with parts; here one, of two memories of which the second hears the first."""
    rng = np.random.default_rng(5)
    weights = {name: rng.normal(0, 0.05, (1, 3 * SIZE, SIZE)).astype(np.float32) for name in ("w", "r")}
    nodes = [
        helper.make_node("GRU", ["x", "w", "r", "", "", "nothing"], ["y", "last"], hidden_size=SIZE),
        helper.make_node("Squeeze", ["y", "axis"], ["heard"]),
        helper.make_node("GRU", ["heard", "w", "r", "", "", "nothing"], ["z", "last2"], hidden_size=SIZE),
        helper.make_node("Squeeze", ["z", "axis"], ["out"]),
    ]
    constants = weights | {"nothing": np.zeros((1, 1, SIZE), np.float32), "axis": np.array([1])}
    shape = ["n", 1, SIZE]
    graph = helper.make_graph(
        nodes,
        "part",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, shape)],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    checker.check_model(model)
    data = model.SerializeToString()
    path = tmp_path_factory.mktemp("archive") / "parts.tar.gz"
    with tarfile.open(path, "w:gz") as packed:
        entry = tarfile.TarInfo("export/enc.onnx")
        entry.size = len(data)
        packed.addfile(entry, io.BytesIO(data))
    return path


def test_pieces_that_overlap_make_the_whole(tmp_path: Path, archive: Path) -> None:
    convert(archive, tmp_path / "enc.onnx")
    session = onnxruntime.InferenceSession(str(tmp_path / "enc.onnx"), providers=["CPUExecutionProvider"])
    assert [each.name for each in session.get_inputs()] == ["x", "known", "GRU0", "GRU1"]
    sound = np.random.default_rng(6).normal(0, 1, (30, 1, SIZE)).astype(np.float32)
    blank = [np.zeros((1, 1, SIZE), np.float32)] * 2

    def heard(start: int, end: int, known: int, memory: list[np.ndarray]) -> tuple[np.ndarray, list[np.ndarray]]:
        given = {"x": sound[start:end], "known": np.array([known]), "GRU0": memory[0], "GRU1": memory[1]}
        out, *passed = session.run(["out", "GRU0-passed", "GRU1-passed"], given)
        return out, passed

    whole, _ = heard(0, 30, 0, blank)
    first, memory = heard(0, 11, 0, blank)
    second, _ = heard(8, 30, 3, memory)
    assert np.allclose(first, whole[:11], atol=1e-6)
    assert second.shape == (22, 1, SIZE)
    assert np.allclose(second[3:], whole[11:], atol=1e-6)
    forgotten, _ = heard(8, 30, 3, blank)
    assert not np.allclose(forgotten[3:], whole[11:], atol=1e-3), "the memory matters"


def test_a_part_that_is_not_there(tmp_path: Path, archive: Path) -> None:
    with pytest.raises(KeyError, match=r"df_dec\.onnx"):
        convert(archive, tmp_path / "df_dec.onnx")
