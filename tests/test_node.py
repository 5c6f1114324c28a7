"""Who is alive on a data folder: told by locks that die with their process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from rushes.node import Node
from tests.e2e.server import wait_for

_OTHER = "import sys, time; from pathlib import Path; from rushes.node import Node; n = Node(Path(sys.argv[1]));" \
    "(n.scratch / 'left').write_text('x'); print(n.id, flush=True); time.sleep(60)"  # fmt: skip


def other(home: Path) -> tuple[subprocess.Popen[str], str]:
    process = subprocess.Popen([sys.executable, "-c", _OTHER, str(home)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, process.stdout.readline().strip()


def test_a_process_alone_knows_it(tmp_path: Path) -> None:
    node = Node(tmp_path)
    assert node.clear_dead()
    assert not node.is_dead(node.id)
    node.close()
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["id"]
    assert list((tmp_path / "tmp").iterdir()) == []


def test_a_living_process_is_left_alone_and_a_killed_one_is_cleared(tmp_path: Path) -> None:
    node = Node(tmp_path)
    process, name = other(tmp_path)
    assert not node.clear_dead()
    assert not node.is_dead(name)
    assert len(list((tmp_path / "tmp").glob("*/left"))) == 1
    os.kill(process.pid, 9)
    process.wait()
    wait_for(lambda: node.is_dead(name), 5)
    assert node.clear_dead()
    assert list((tmp_path / "tmp").glob("*/left")) == []
    node.close()


def test_other_machines_processes_are_never_declared_dead(tmp_path: Path) -> None:
    node = Node(tmp_path)
    assert not node.is_dead("elsewhere:01abc")
    node.close()
