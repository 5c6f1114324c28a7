"""What the composition root keeps in the data folder."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rushes.services import _kept_secret


def test_processes_that_begin_at_once_on_a_new_folder_share_one_secret(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        for number in range(100):
            path = tmp_path / str(number) / "secret"
            path.parent.mkdir()
            found = set(pool.map(lambda _, path=path: _kept_secret(path), range(8)))
            assert found == {path.read_text()} != {""}
            assert [kept.name for kept in path.parent.iterdir()] == ["secret"]
            assert path.stat().st_mode & 0o777 == 0o600
