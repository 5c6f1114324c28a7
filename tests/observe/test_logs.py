"""Logs that cannot be written end nothing, and say nothing of keys and prompts."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

_LOGS = """
import structlog
from rushes.observing.logs import configure_logging

configure_logging("info", "json")
structlog.get_logger().info("a line")
structlog.get_logger().info("and another")
print("went on")
"""


def test_a_full_disk_under_the_log_stops_nobody() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([sys.executable, "-c", _LOGS], stdout=subprocess.PIPE, stderr=full, timeout=60)
    assert (done.returncode, done.stdout) == (0, b"went on\n")


_BROKEN = """
import sys
import structlog
from rushes.observing.logs import configure_logging

def work(key):
    raise RuntimeError("it broke")

configure_logging("info", sys.argv[1])
try:
    work("sd_" + "5" * 9)
except RuntimeError as error:
    structlog.get_logger().error("request broke", exc_info=error)
"""


@pytest.mark.parametrize("format", ["json", "console"])
def test_what_broke_is_told_without_its_variables(format: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _BROKEN, format], capture_output=True, text=True, timeout=60, check=True
    )
    assert "it broke" in done.stderr
    assert "in work" in done.stderr or '"name": "work"' in done.stderr
    assert "555" not in done.stderr
