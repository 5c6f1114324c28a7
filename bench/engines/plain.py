"""A library run plainly: `python -m bench.engines.plain NAME MODELS` loads it, then does a task a line."""

from __future__ import annotations

import importlib
import json
import os
import sys
from pathlib import Path


def main() -> None:
    """Serve tasks, {"given": [paths], "text": ..., "folder": ...}, until standard input closes."""
    name, models = sys.argv[1:]
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what libraries print must not get between the answers
    work = None
    for line in sys.stdin:
        if work is None:
            work = importlib.import_module(f"bench.engines.references.{name}").load(Path(models))
        task = json.loads(line)
        work(task["given"], task["text"], Path(task["folder"]))
        answers.write('{"done": true}\n')


if __name__ == "__main__":
    main()
