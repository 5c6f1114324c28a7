"""Disks that are full, as far as files that may not grow (RLIMIT_FSIZE) can stand for them."""

from __future__ import annotations

import errno
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from rushes.disk import ended_full, has_room, is_full
from rushes.media.probe import UnreadableMedia


@pytest.fixture
def full() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_room_is_found_by_trying(tmp_path: Path) -> None:
    assert has_room(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("full")
def test_want_of_room_is_found_by_trying(tmp_path: Path) -> None:
    assert not has_room(tmp_path)


def test_the_reason_is_found_behind_other_errors() -> None:
    full, other = OSError(errno.ENOSPC, "full"), OSError(errno.EACCES, "no")
    assert is_full(full)
    assert not is_full(other)
    for hidden in (False, True):
        with pytest.raises(UnreadableMedia) as caught:
            wrapped(full, hidden)
        assert is_full(caught.value)


def wrapped(error: OSError, hidden: bool) -> None:
    try:
        raise error
    except OSError as caught:
        raise UnreadableMedia("the file is damaged") from (None if hidden else caught)


@pytest.mark.parametrize(
    "program", ["import os; os.write(1, b'x')", "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_DFL); {}"]
)
def test_a_program_that_ended_for_want_of_room_is_known(tmp_path: Path, program: str) -> None:
    written = "open('x', 'wb', buffering=0).write(b'x')"
    ended = subprocess.run(
        [sys.executable, "-c", program.format(written) if "{}" in program else written],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        env={**os.environ, "LC_ALL": "C"},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)),
    )
    assert ended.returncode
    assert ended_full(ended.returncode, ended.stderr)
    assert not ended_full(1, b"the file is damaged")
