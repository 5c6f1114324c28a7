"""Starts the ComfyUI of the tests' own environment on a CPU: `python launch.py MAIN_PY ARGUMENTS…`."""

from __future__ import annotations

import ctypes
import os
import runpy
import signal
import sys

parent = os.getppid()
# However the tests end, it ends with them.
ctypes.CDLL(None).prctl(1, signal.SIGKILL)
if os.getppid() != parent:
    sys.exit(1)

import torch  # noqa: E402

# torchvision's half in C is built for CUDA and cannot be loaded; its half in Python asks that these operators exist.
_operators = torch.library.Library("torchvision", "DEF")
for _name in ("nms", "qnms"):
    _operators.define(f"{_name}(Tensor boxes, Tensor scores, float threshold) -> Tensor")

sys.argv = sys.argv[1:]
sys.path.insert(0, os.path.dirname(sys.argv[0]))
runpy.run_path(sys.argv[0], run_name="__main__")
