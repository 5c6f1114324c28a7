"""The process of the language model: gets the weights, loads them, answers. See process.py for the other end."""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import msgspec

from rushes.engines.contract import EngineError, FailureCode
from rushes.engines.local.bounds import die_with_parent
from rushes.engines.local.llm.model import Model
from rushes.engines.local.llm.process import could_not_load
from rushes.engines.local.llm.wire import Ask, Ended, Loaded, Order, Pulling, Refused, Report, Setup, Stop
from rushes.engines.local.store import ModelStore, PullProgress, StoreError

_BETWEEN_REPORTS = 1.0

Tell = Callable[[Report], None]


class _Orders:
    """Orders as they come, read in a thread of their own, so that a stop is heard while an answer is written."""

    def __init__(self, stream: BinaryIO) -> None:
        self._asks: queue.Queue[tuple[Ask, threading.Event]] = queue.Queue()
        self._stream = stream
        self._lines = iter(stream)

    def setup(self) -> Setup:
        return msgspec.json.decode(next(self._lines), type=Setup)

    def listen(self) -> None:
        threading.Thread(target=self._listen, daemon=True).start()

    def next(self) -> tuple[Ask, threading.Event]:
        """The next question, and whether to stop answering it."""
        return self._asks.get()

    def _listen(self) -> None:
        stop = threading.Event()
        for line in self._lines:
            match msgspec.json.decode(line, type=Order):
                case Ask() as ask:
                    stop = threading.Event()
                    self._asks.put((ask, stop))
                case Stop():
                    stop.set()
        os._exit(0)  # the server is gone, even if in the middle of an answer


def main() -> None:
    """Answer until standard input closes."""
    die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the server's to handle
    # Whatever a library prints must not get between the reports.
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)

    def tell(report: Report) -> None:
        answers.write(msgspec.json.encode(report) + b"\n")

    try:
        _serve(_Orders(sys.stdin.buffer), tell)
    except BaseException:
        traceback.print_exc(file=sys.stderr)
    # At once: an orderly end would wait for the thread that reads, and for llama.cpp's.
    os._exit(1)


def _serve(orders: _Orders, tell: Tell) -> None:
    setup = orders.setup()
    orders.listen()
    try:
        model = _load(setup, tell)
    except EngineError as error:
        tell(Refused(code=error.code, message=error.message))
        return
    tell(Loaded(model=model.name))
    while True:
        ask, stop = orders.next()
        tell(_answer(model, ask, tell, stop))


def _answer(model: Model, ask: Ask, tell: Tell, stop: threading.Event) -> Ended | Refused:
    if stop.is_set():
        return Ended(finish="")
    try:
        return model.answer(ask.body, tell, stop.is_set)
    except EngineError as error:
        return Refused(code=error.code, message=error.message)
    except MemoryError:
        return Refused(code=FailureCode.INTERNAL, message="there is not enough memory for this text")


def _load(setup: Setup, tell: Tell) -> Model:
    store = ModelStore(Path(setup.models), offline=setup.offline)
    try:
        home = _weights(store, setup.group, tell)
    except StoreError as error:
        print(error, file=sys.stderr)  # noqa: T201 - the server's log
        message = f"the text model is not usable here; `rushes models pull {setup.group}` says why"
        raise EngineError(FailureCode.MODEL_MISSING, message) from error
    files = list(home.glob("*.gguf"))
    if len(files) != 1:
        raise EngineError(FailureCode.MODEL_MISSING, f"group {setup.group!r} is not one language model")
    # Not before: a package client that pulls would have the limit too.
    _limit_memory(setup.memory_bytes)
    try:
        return Model(files[0], private=Path(setup.private), context_tokens=setup.context_tokens, threads=setup.threads)
    except (RuntimeError, MemoryError, ImportError, OSError) as error:
        traceback.print_exception(error, file=sys.stderr)
        raise could_not_load(setup.memory_bytes) from error


def _weights(store: ModelStore, group: str, tell: Tell) -> Path:
    """The group's folder, pulled if need be, every byte checked."""
    last = 0.0

    def report(progress: PullProgress) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= _BETWEEN_REPORTS:
            last = now
            tell(Pulling(file=progress.file, done=progress.done_bytes, total=progress.total_bytes))

    if store.path(group) is None:
        store.pull(group, report)
    return store.require(group)


def _limit_memory(size: int) -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (size, resource.getrlimit(resource.RLIMIT_AS)[1]))


if __name__ == "__main__":
    main()
