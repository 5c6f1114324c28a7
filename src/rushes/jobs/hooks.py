"""Addresses that providers may call when something has changed: they only make a job be looked at sooner.

What such a call says is not believed. The poll is the truth, so one that is forged, early, late or sent twice does no
harm. Nothing of it is read but a `challenge`, which is given back.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

PATH = "/hooks/"
LONGEST = 64 << 10
"""Bytes of a call's body that are looked at; a challenge is short."""


class _Said(Struct, omit_defaults=True):
    challenge: Annotated[str, Meta(max_length=500)] | int | None = None


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


def answer(body: bytes) -> bytes:
    """The JSON that a call is answered with, from the beginning of its body; it tells nothing about the job.

    MiniMax calls nobody who did not give its `challenge` back within 3 seconds (platform.minimax.io/docs,
    api-reference/video-generation-t2v: callback_url).
    """
    try:
        said = msgspec.json.decode(body, type=_Said)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        said = _Said()
    return b'{"status":"success"}' if said.challenge is None else msgspec.json.encode(said)


def _mac(job: str, secret: str) -> str:
    return hmac.new(secret.encode(), f"hook\n{job}".encode(), "sha256").hexdigest()[:40]
