"""`make demo`: a server, an account, a key, a prompt through HTTP, a video file. Everything for real."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

from rushes.cli.common import fail, settings
from rushes.cli.generate import Failure, Order, make
from rushes.cli.weights import pull
from rushes.disk import own_folder

PROMPT = "A golden retriever running through a meadow at sunset, slow dolly in"
_READY = re.compile(r"ready at (\S+)")


def main() -> None:
    """Run the demo in the data folder of the environment."""
    chosen = settings()
    print(f"Data folder: {chosen.home_path}")
    if not chosen.models_offline:
        print("Fetching the composer's art and its word model (about 40 MB, once) …", flush=True)
        if not pull(chosen, ["art", "embed"], everything=False):
            print("They cannot be had here: the composer draws with its own shapes instead.")
            os.environ["RUSHES_MODELS_OFFLINE"] = "1"  # the server need not find out again
    server, address = _start()
    try:
        key = _key()
        print(f'Prompt: "{PROMPT}"', flush=True)
        order = Order(
            prompt=PROMPT, model="composer", image=None, end_image=None, references=(), seconds=5.0,
            size="1280x720", seed=7, sound=True,
        )  # fmt: skip
        path = make(chosen, order, chosen.home_path / "demo.mp4", server=address, key=key, as_json=False)
        print(f"\nYour video: {path}\nNext: `make serve` starts the server for good; its API reference is at /docs.")
    except Failure as error:
        fail(str(error))
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait()


def _start() -> tuple[subprocess.Popen[str], str]:
    log = Path(os.environ.get("RUSHES_HOME", ".rushes")) / "demo.log"
    own_folder(log.parent)
    server = subprocess.Popen(
        [sys.executable, "-m", "rushes", "serve", "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=log.open("w"),
        text=True,
    )
    assert server.stdout is not None
    for line in server.stdout:
        found = _READY.search(line)
        if found:
            print(f"Server:      {found[1]} (log: {log})")
            return server, found[1]
    fail(f"the server did not start; see {log}")


def _key() -> str:
    made = subprocess.run(
        [
            sys.executable,
            "-m",
            "rushes",
            "keys",
            "create",
            "--email",
            "demo@example.com",
            "--credits",
            "100",
            "--json",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    answer = json.loads(made.stdout)
    print(f"Account:     {answer['email']}, {answer['balance']} credits")
    return str(answer["key"])


if __name__ == "__main__":
    main()
