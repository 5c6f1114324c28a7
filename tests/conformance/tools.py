"""The documents' examples, and how they are run and compared."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

EXAMPLES = Path(__file__).parent / "examples"
_STAND_INS = {
    "sleep": "import time; time.sleep(0.2)",
    # Enough of jq for `-r '.a.b[0]'`.
    "jq": """
import json, re, sys
value = json.load(sys.stdin)
for name, number in re.findall(r"\\.(\\w+)|\\[(\\d+)\\]", sys.argv[2]):
    value = value.get(name) if name else value[int(number)]
print(value if isinstance(value, str) else json.dumps(value))
""",
}


def example(name: str, *replaced: tuple[str, str]) -> str:
    """An example's text with placeholders replaced (old, new); each must be there."""
    text = (EXAMPLES / name).read_text()
    for old, new in replaced:
        assert old in text, f"{old!r} is not in {name}"
        text = text.replace(old, new)
    return text


def stand_ins(folder: Path, *names: str) -> Path:
    """A folder for PATH with quick stand-ins for programs."""
    folder.mkdir(exist_ok=True)
    for name in names:
        path = folder / name
        path.write_text(f"#!{sys.executable}\n{_STAND_INS[name]}\n")
        path.chmod(0o755)
    return folder


def shell(script: str, folder: Path, *, path: Path | None = None) -> str:
    """What a script prints, run by bash in `folder`, with `path` before everything else on PATH."""
    environ = dict(os.environ)
    if path is not None:
        environ["PATH"] = f"{path}{os.pathsep}{environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", script], cwd=folder, env=environ, capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def curl(script: str, folder: Path) -> Any:
    """The JSON that an example with curl gets."""
    return json.loads(shell(script.replace("curl ", "curl -sS ", 1), folder))


def assert_like(expected: Any, got: Any, where: str = "answer") -> None:
    """Every field of a document's example is there, with the same type. More fields are allowed."""
    if isinstance(expected, dict):
        assert isinstance(got, dict), where
        for name, value in expected.items():
            assert name in got, f"{where}.{name} is missing"
            assert_like(value, got[name], f"{where}.{name}")
    elif isinstance(expected, list):
        assert isinstance(got, list), where
        if expected:
            assert got, f"{where} is empty"
            assert_like(expected[0], got[0], f"{where}[0]")
        else:
            assert got == [], where
    else:
        kind = type(expected)
        assert type(got) is kind, f"{where} is {got!r}, not a {kind.__name__}"


def at_once(times: int, call: Callable[[], Any]) -> list[Any]:
    """What `call` answers when it is made several times at the same time."""
    answers: list[Any] = []
    barrier = threading.Barrier(times)

    def run() -> None:
        barrier.wait()
        answers.append(call())

    threads = [threading.Thread(target=run) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers
