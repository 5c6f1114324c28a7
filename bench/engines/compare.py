"""Each engine through its own process, and the reference in another, in turns: the best of each counts."""

from __future__ import annotations

import json
import os
import tempfile
import time
import wave
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import msgspec
from msgspec import Struct

from bench.engines.cases import CASES, SPEECH, SPOKEN, TEXT, Case
from bench.engines.references import denoise
from bench.engines.sides import Cost, Side
from bench.table import table
from rushes.engines.contract import Input, Request
from rushes.engines.local.llm.body import body_of
from rushes.engines.local.llm.calls import offered
from rushes.engines.local.llm.wire import Ask, Order, Setup
from rushes.engines.local.store import ModelStore
from rushes.engines.local.wire import Task
from rushes.engines.text import Chat

_FEWEST, _MOST, _SECONDS = 7, 40, 14.0
"""Rounds of a case: at least and at most so many, and no further one from so many seconds on. With four, two processes
of the same library were up to 12 % apart."""
_TOKENS, _CONTEXT = 96, 2048
_MIMES = {".png": "image/png", ".mp4": "video/mp4", ".wav": "audio/wav"}
_HEAD = ["", "ours", "plain", "time", "processor", "memory, ours", "plain", "ratio", "what ours does besides"]


def run(part: str = "") -> None:
    """Measure and print: all cases, or those with `part` in their names. Without weights, which `make weights` fetches,
    an engine is passed over."""
    models = Path(os.environ.get("RUSHES_TEST_MODELS", ".weights/models")).resolve()
    store = ModelStore(models, offline=True)
    rows, left = [], []
    with tempfile.TemporaryDirectory() as name:
        spoken: Path | None = None
        for case in CASES:
            if missing := [group for group in case.groups if store.path(group) is None]:
                left.append(f"{case.name}: no weights here ({', '.join(missing)}); `make weights` fetches them")
                continue
            folder = Path(name) / case.name.replace(" ", "-")
            folder.mkdir()
            given = case.given(folder, models) if case.seconds != SPOKEN or spoken is None else [spoken]
            pair = _Pair(case, models, given, folder)
            if part not in case.name:
                if case.engine == SPEECH:  # others listen to it
                    spoken = Path(pair.made()[0])
                continue
            measured = pair.measured()
            if case.engine == SPEECH:
                spoken = Path(measured.outputs[0])
            rows.append(_row(case, measured, _seconds(spoken) if case.seconds == SPOKEN and spoken else case.seconds))
    table(_HEAD, rows)
    print("ours, plain: seconds of work for a second of media (x), or for a picture or text (s), by the clock")
    print("time, processor, ratio: ours as a part of the plain library's; goal: at most 1.10, where ours does no more")
    for line in left:
        print("left out:", line)


class _Measured(Struct):
    """The best costs and the peaks in MB, of both sides; the plain one's are missing where there is none."""

    outputs: list[str]
    ours: Cost
    plain: Cost | None
    peaks: list[float]


class _Pair:
    """One case and its two processes."""

    def __init__(self, case: Case, models: Path, given: list[Path], folder: Path) -> None:
        self._case, self._models, self._given, self._folder = case, models, given, folder

    def made(self) -> list[str]:
        """Ours alone, once, and not measured; where its results are."""
        with self._ours() as side:
            return self._outputs(side)

    def measured(self) -> _Measured:
        """Both sides in turns, once to load and then for the record."""
        with ExitStack() as stack:
            sides = [stack.enter_context(self._ours())]
            tasks = [self._task()]
            if self._case.reference and self._plain_is_there():
                command = ["-m", "bench.engines.plain", self._case.reference, str(self._models)]
                sides.append(stack.enter_context(Side(command, ["done"])))
                tasks.append(self._plain_task())
            outputs = self._outputs(sides[0])
            for side, task in zip(sides[1:], tasks[1:], strict=True):
                side.do(task)
            costs: list[list[Cost]] = [[] for _ in sides]
            turns = list(zip(sides, tasks, costs, strict=True))
            for _ in self._rounds():
                for side, task, found in turns:
                    found.append(side.do(task)[1])
                turns.reverse()
            best = [Cost(min(cost.wall for cost in found), min(cost.processor for cost in found)) for found in costs]
            peaks = [side.peak() for side in sides]
        return _Measured(outputs, best[0], best[1] if len(best) > 1 else None, peaks)

    def _outputs(self, ours: Side) -> list[str]:
        answer, _ = ours.do(self._task())
        if "code" in answer:
            raise RuntimeError(f"{self._case.name}: {answer['message']}")
        return [output["location"] for output in answer.get("outputs", ())]

    def _rounds(self) -> Iterator[int]:
        begin = time.monotonic()
        for number in range(_MOST):
            if number >= _FEWEST and time.monotonic() - begin > _SECONDS:
                return
            yield number

    def _ours(self) -> Side:
        if self._case.engine != TEXT:
            return Side(["-m", "rushes.engines.local.child", "0"], ["outputs", "code"])
        side = Side(["-m", "rushes.engines.local.llm.child"], ["finish", "code", "model"])
        private = self._folder / "private"
        private.mkdir(mode=0o700)
        setup: Order = Setup(
            models=str(self._models), group="llm_tiny", offline=True, context_tokens=_CONTEXT, threads=0,
            memory_bytes=8 << 30, private=str(private),
        )  # fmt: skip
        side.do(msgspec.json.encode(setup))
        return side

    def _task(self) -> bytes:
        case = self._case
        if case.engine == TEXT:
            chat = self._chat()
            return msgspec.json.encode(Ask(body=body_of(chat, offered(chat), _CONTEXT)))
        inputs = tuple(
            Input(role=role, path=str(path), mime=_MIMES[path.suffix])
            for role, path in zip(case.roles, self._given, strict=True)
        )
        request = Request(
            job="bench", model="bench", mode=case.mode, prompt=case.prompt, width=0, height=0,
            seconds=max(0.0, case.seconds), seed=1, inputs=inputs, extra=case.extra,
        )  # fmt: skip
        settings = {"models": str(self._models), "offline": True}
        return msgspec.json.encode(
            Task(engine=case.engine, request=request, folder=str(self._folder), settings=settings)
        )

    def _plain_task(self) -> bytes:
        text = self._case.prompt
        if self._case.engine == TEXT:
            chat = self._chat()
            body = body_of(chat, offered(chat), _CONTEXT) | {"stream": False}
            del body["stream_options"], body["return_progress"]
            text = json.dumps(body)
        given = [str(path) for path in self._given]
        return json.dumps({"given": given, "text": text, "folder": str(self._folder)}).encode()

    def _chat(self) -> Chat:
        messages = ({"role": "user", "content": self._case.prompt},)
        return Chat(model="bench", messages=messages, max_tokens=_TOKENS, temperature=0.0, seed=1)

    def _plain_is_there(self) -> bool:
        return not self._case.reference.startswith("denoise") or denoise.fetched(self._models.parent / "bench")


def _row(case: Case, found: _Measured, seconds: float) -> list[str]:
    def told(cost: Cost | None) -> str:
        if cost is None:
            return "–"
        return f"{cost.wall / seconds:.2f}x" if seconds else f"{cost.wall:.2f} s"

    plain = found.plain
    ratios = ["–"] * 3
    if plain is not None:
        parts = (
            (found.ours.wall, plain.wall),
            (found.ours.processor, plain.processor),
            (found.peaks[0], found.peaks[1]),
        )
        ratios = [f"{ours / max(other, 0.001):.2f}" for ours, other in parts]
    memory = [f"{peak:.0f} MB" for peak in found.peaks] + ["–"]
    return [case.name, told(found.ours), told(plain), *ratios[:2], *memory[:2], ratios[2], case.more]


def _seconds(path: Path) -> float:
    with wave.open(str(path)) as file:
        return float(file.getnframes() / file.getframerate())
