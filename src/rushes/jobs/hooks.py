"""Addresses that providers may call when something has changed: they only make a job be looked at sooner.

What such a call says is not read. The poll is the truth, so one that is forged, early, late or sent twice does no harm.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable

PATH = "/hooks/"


def hook_maker(public_url: str, secret: str) -> Callable[[str], str]:
    """Makes the address of a job's hook; "" where this server's own address is not set, or cannot be called safely."""
    base = public_url.rstrip("/") if public_url.startswith("https://") else ""
    return lambda job: f"{base}{PATH}{token(job, secret)}" if base else ""


def token(job: str, secret: str) -> str:
    """What a hook's path ends in."""
    return f"{job}.{_mac(job, secret)}"


def read(text: str, secret: str) -> str | None:
    """The job that a token was made for, None when it was not made here."""
    job, _, mac = text.rpartition(".")
    return job if hmac.compare_digest(_mac(job, secret).encode(), mac.encode()) else None


def _mac(job: str, secret: str) -> str:
    return hmac.new(secret.encode(), f"hook\n{job}".encode(), "sha256").hexdigest()[:40]
