"""The process behind the embedded model: stopped, killed, starved, left alone; and not to be reached by others."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from rushes.engines.contract import EngineError, FailureCode
from rushes.engines.local.llm.engine import LocalText
from tests.text import asking
from tests.text.asking import LONG_STORY, NO_END, chat, refused, said, started, until

pytestmark = pytest.mark.models


def test_closing_early_stops_the_writing(loop: asyncio.Runner, tiny: LocalText) -> None:
    async def run() -> None:
        answer = await started(tiny, chat(max_tokens=2000, response_format=NO_END))
        [pid] = asking.children()
        await answer.aclose()
        await asking.until_idle(pid)
        assert (await said(tiny, chat(LONG_STORY, max_tokens=5))).end.completion_tokens == 5
        assert asking.children() == [pid]

    loop.run(run())


def test_giving_up_while_the_prompt_is_read_stops_the_reading(loop: asyncio.Runner, tiny: LocalText) -> None:
    async def run() -> None:
        await said(tiny, chat(max_tokens=1))
        [pid] = asking.children()
        waiting = asyncio.create_task(said(tiny, chat("one two three " * 600, max_tokens=5)))
        await asyncio.sleep(0.2)
        waiting.cancel()
        await asking.until_idle(pid)
        assert (await said(tiny, chat(LONG_STORY, max_tokens=5))).end.completion_tokens == 5
        assert asking.children() == [pid]

    loop.run(run())


def test_answers_are_written_one_by_one_in_the_order_of_the_questions(loop: asyncio.Runner, tiny: LocalText) -> None:
    heard: list[int] = []

    async def ask(number: int) -> None:
        async for _ in tiny.write(chat(LONG_STORY, max_tokens=6)):
            heard.append(number)

    async def run() -> None:
        asks = []
        for number in range(4):
            asks.append(asyncio.create_task(ask(number)))
            await asyncio.sleep(0)
        asks[2].cancel()
        await asyncio.gather(*asks, return_exceptions=True)

    loop.run(run())
    assert heard == sorted(heard)
    assert set(heard) == {0, 1, 3}


def test_a_killed_process_is_an_error_and_replaced(loop: asyncio.Runner, tiny: LocalText) -> None:
    async def run() -> None:
        answer = await started(tiny, chat(max_tokens=2000, response_format=NO_END))
        [pid] = asking.children()
        os.kill(pid, signal.SIGKILL)
        with pytest.raises(EngineError) as caught:
            async for _ in answer:
                pass
        assert caught.value.code is FailureCode.INTERNAL
        assert caught.value.retryable
        assert (await said(tiny, chat(LONG_STORY, max_tokens=5))).end.completion_tokens == 5
        assert pid not in asking.children()
        # Dead between two answers: nobody needs to hear of it.
        os.kill(asking.children()[0], signal.SIGKILL)
        await until(lambda: not asking.children())
        await asyncio.sleep(0.2)
        assert (await said(tiny, chat(LONG_STORY, max_tokens=5))).end.completion_tokens == 5

    loop.run(run())


def test_a_frozen_process_is_replaced(loop: asyncio.Runner, tiny: LocalText, monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        monkeypatch.setattr("rushes.engines.local.llm.process._STALL_SECONDS", 5.0)
        answer = await started(tiny, chat(max_tokens=2000, response_format=NO_END))
        [pid] = asking.children()
        os.kill(pid, signal.SIGSTOP)
        with pytest.raises(EngineError) as caught:
            async for _ in answer:
                pass
        assert caught.value.code is FailureCode.TIMEOUT
        monkeypatch.undo()
        # One that does not stop writing when told to is killed as well.
        answer = await started(tiny, chat(max_tokens=2000, response_format=NO_END))
        [other] = asking.children()
        assert other != pid
        monkeypatch.setattr("rushes.engines.local.llm.process._STOP_SECONDS", 0.5)
        os.kill(other, signal.SIGSTOP)
        await answer.aclose()
        assert (await said(tiny, chat(LONG_STORY, max_tokens=5))).end.completion_tokens == 5
        assert other not in asking.children()

    loop.run(run())


def test_nobody_else_can_reach_the_model(models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    sockets: set[Path] = set()
    rights: set[int] = set()

    async def use(text: LocalText) -> None:
        before = set(asking.children())
        answer = asyncio.create_task(said(text, chat(max_tokens=1)))
        while not answer.done():
            for folder in tmp_path.iterdir():
                with contextlib.suppress(FileNotFoundError):  # removed while we look
                    rights.add(folder.stat().st_mode & 0o777)
                    sockets.update(path for path in folder.iterdir() if path.is_socket())
            await asyncio.sleep(0.002)
        [pid] = set(asking.children()) - before
        internet, unix = asking.listening(pid)
        assert internet == []
        # llama.cpp's server does listen, but its socket was in a folder of ours, and has no name any more.
        assert unix == [path.name for path in sockets]
        assert rights == {0o700}
        assert list(tmp_path.iterdir()) == []
        with socket.socket(socket.AF_UNIX) as knocking, pytest.raises(FileNotFoundError):
            knocking.connect(str(next(iter(sockets))))

    run_alone(models, use)


def test_the_search_for_open_doors_finds_them(tmp_path: Path) -> None:
    ours = asking.listen_twice(tmp_path)
    internet, unix = asking.listening(os.getpid())
    for each in ours:
        each.close()
    assert any("0100007F" in address for address in internet)
    assert str(tmp_path / "s") in unix


def test_while_it_loads_the_model_asks_for_a_key(models: Path, tmp_path: Path) -> None:
    """The folder is shut; this is the lock behind it, tried by somebody who is in the folder."""
    code = """
import http.client, os, socket, sys
from pathlib import Path
from rushes.engines.local.llm.model import Model
Path.unlink = lambda path: None  # keep the name
folder = Path(sys.argv[2])
model = Model(next(Path(sys.argv[1]).glob("*.gguf")), private=folder, context_tokens=256, threads=1)
for key in ("", "Bearer ", "Bearer 0"):
    for method, path in (("POST", "/v1/chat/completions"), ("POST", "/completion"), ("GET", "/props")):
        knocking = socket.socket(socket.AF_UNIX)
        knocking.connect(str(folder / "llm.sock"))
        connection = http.client.HTTPConnection("x")
        connection.sock = knocking
        connection.request(method, path, body="{}", headers={"Authorization": key} if key else {})
        print(connection.getresponse().status, flush=True)
os._exit(0)
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(models / "llm_tiny"), str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout.split() == ["401"] * 9, done.stderr


def run_alone(models: Path, use: Callable[[LocalText], Awaitable[None]], **settings: float | int | str | bool) -> None:
    """Use an engine of its own, and see that it leaves no process behind."""

    async def run() -> None:
        before = asking.children()
        text = LocalText(models, **{"group": "llm_tiny", "offline": True, "context_tokens": 512, **settings})  # type: ignore[arg-type]
        try:
            await use(text)
        finally:
            await text.close()
        assert set(asking.children()) <= set(before)

    asyncio.run(run())


def test_an_idle_model_is_unloaded_and_comes_back(models: Path) -> None:
    async def use(text: LocalText) -> None:
        before = asking.children()
        assert (await said(text, chat(LONG_STORY, max_tokens=3))).end.completion_tokens == 3
        assert len(asking.children()) == len(before) + 1
        await until(lambda: asking.children() == before)
        assert (await said(text, chat(LONG_STORY, max_tokens=3))).end.completion_tokens == 3

    run_alone(models, use, idle_seconds=0.3)


def test_too_little_memory_is_an_error(models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    async def use(text: LocalText) -> None:
        error = await refused(text, chat())
        assert error.code is FailureCode.INTERNAL
        assert "200 MiB" in error.message
        assert list(tmp_path.iterdir()) == []

    run_alone(models, use, memory_bytes=200 << 20)


def test_more_than_may_wait_are_turned_away(models: Path) -> None:
    async def use(text: LocalText) -> None:
        first, second = (asyncio.create_task(said(text, chat(LONG_STORY, max_tokens=3))) for _ in range(2))
        await asyncio.sleep(0)
        error = await refused(text, chat())
        assert error.code is FailureCode.UNAVAILABLE
        assert error.retryable
        assert [(await each).end.completion_tokens for each in (first, second)] == [3, 3]
        assert (await said(text, chat(LONG_STORY, max_tokens=3))).end.completion_tokens == 3

    run_alone(models, use, waiting=1)


def test_closing_ends_readers_and_the_process(models: Path) -> None:
    async def use(text: LocalText) -> None:
        answer = await started(text, chat(max_tokens=400, response_format=NO_END))
        behind = asyncio.create_task(refused(text, chat()))
        await asyncio.sleep(0)
        await text.close()
        with pytest.raises(EngineError) as caught:
            async for _ in answer:
                pass
        assert caught.value.code is FailureCode.UNAVAILABLE
        assert (await behind).code is FailureCode.UNAVAILABLE
        assert (await refused(text, chat())).code is FailureCode.UNAVAILABLE

    run_alone(models, use)


_SERVER = """
import asyncio, sys
from pathlib import Path
from rushes.engines.local.llm.engine import LocalText
from tests.text.asking import NO_END, chat, started
async def main():
    text = LocalText(Path(sys.argv[1]), group="llm_tiny", offline=True)
    answer = await started(text, chat(max_tokens=4000, response_format=NO_END))
    print("writing", flush=True)
    await asyncio.sleep(600)
asyncio.run(main())
"""


def test_the_model_dies_with_its_server(models: Path) -> None:
    async def run() -> None:
        server = await asyncio.create_subprocess_exec(
            sys.executable, "-c", _SERVER, str(models), stdout=asyncio.subprocess.PIPE, start_new_session=True
        )
        assert server.stdout is not None
        assert await asyncio.wait_for(server.stdout.readline(), 60) == b"writing\n"
        [pid] = asking.children(server.pid)
        server.kill()
        await server.wait()
        await until(lambda: not asking.alive(pid))

    asyncio.run(run())
