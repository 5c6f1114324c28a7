"""Logs that cannot be written end nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

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
