"""The documentation's examples, run as a reader would: a page's blocks in order, in one shell, against a real server.

The engines are those of the openai tests: real files at once, of every kind. So what is tested is the documentation and
all that stands before engines, not pictures.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, Block, anchors, blocks, links, names, pages
from tests.e2e.server import Server

PAGES = [page for page in pages() if blocks(page)]
_MARK = "=== block at line "
_CURL = ("fail-with-body", "silent", "show-error")
"""So that an error ends the script, whichever options the example has."""


_PROGRAM = [sys.executable, "-m", "tests.docs.serving"]


class Faked(Server):
    """A server whose engines make at once what is asked for (serving.py)."""

    program = _PROGRAM


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("docs") / "home"
    home.mkdir()
    running = Faked(home)
    yield running.start()
    running.close()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_examples_of_a_page_run(page: Path, server: Server, tmp_path: Path) -> None:
    if shutil.which("curl") is None or shutil.which("bash") is None:
        pytest.skip("the examples are commands for bash and curl, and one of them is not installed")
    found = blocks(page)
    (tmp_path / ".curlrc").write_text("\n".join(_CURL))
    folder = tmp_path / "reader"
    folder.mkdir()
    ran = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", _script(found, tmp_path)],
        cwd=folder,
        env={
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(tmp_path),
            "CURL_HOME": str(tmp_path),
            "HOST": server.url,
            "KEY": server.key(f"{page.stem}@example.com"),
        },
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ran.returncode == 0, f"{page.name}: {ran.stdout[-3000:]}\n{ran.stderr[-3000:]}"
    printed = _by_block(ran.stdout)
    assert set(printed) == {block.line for block in found}
    for block in found:
        if block.answer:
            _compare(block, printed[block.line])


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_the_links_of_a_page_lead_somewhere(page: Path) -> None:
    for path, anchor in links(page):
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), path
        if anchor:
            assert anchor in anchors(target), f"{path}#{anchor}"


def _script(found: list[Block], folder: Path) -> str:
    """One script of all blocks; Python ones are files that it calls."""
    parts = []
    for block in found:
        parts.append(f"echo; echo '{_MARK}{block.line}'")
        if block.kind == "bash":
            parts.append(block.code)
            continue
        file = folder / f"line{block.line}.py"
        file.write_text(block.code, encoding="utf-8")
        parts.append(f"python {file}")
    return "\n".join(parts)


def _by_block(output: str) -> dict[int, str]:
    """What each block printed, by its line."""
    parts = re.split(rf"^{_MARK}(\d+)$", output, flags=re.MULTILINE)
    return {int(line): text for line, text in zip(parts[1::2], parts[2::2], strict=True)}


def _compare(block: Block, printed: str) -> None:
    """What the page shows is in the answer, and it leaves out no field of the answer's first level."""
    answers = [line for line in printed.splitlines() if line.startswith("{")]
    shown, got = names(json.loads(block.answer)), names(json.loads(answers[-1]))
    assert shown <= got, f"line {block.line} shows {sorted(shown - got)}"
    missing = {name for name in got - shown if name.count(".") == 1 and "[]" not in name}
    assert not missing, f"line {block.line} does not show {sorted(missing)}"
