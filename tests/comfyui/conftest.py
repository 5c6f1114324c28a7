"""One ComfyUI for all tests of a session that only ask it for work; one more for those that kill it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.comfyui.server import ComfyServer, installed


@pytest.fixture(scope="session")
def comfy_folder() -> Path:
    """Where ComfyUI and the tiny weights are."""
    found = installed()
    if found is None:
        pytest.skip("no ComfyUI to test against: run `make comfyui`")
    return found


@pytest.fixture(scope="session")
def comfy_running(comfy_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ComfyServer]:
    server = ComfyServer(comfy_folder, tmp_path_factory.mktemp("comfyui"), "--disable-metadata")
    yield server.start()
    server.kill()


@pytest.fixture
def comfy(comfy_running: ComfyServer) -> Iterator[ComfyServer]:
    """A running ComfyUI that nobody may kill. What a test leaves in its queue is taken out again."""
    yield comfy_running
    comfy_running.clear()


@pytest.fixture(scope="session")
def victim_running(comfy_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ComfyServer]:
    server = ComfyServer(comfy_folder, tmp_path_factory.mktemp("comfyui-victim"))
    yield server.start()
    server.kill()


@pytest.fixture
def victim(victim_running: ComfyServer) -> Iterator[ComfyServer]:
    """Another one, to be killed and started again; it does not hide its workflows."""
    yield victim_running
    victim_running.clear()
