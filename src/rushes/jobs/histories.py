"""Reading an account's jobs by what they make: lists, what runs now, what was asked for. Newest first."""

from __future__ import annotations

from typing import Literal

import msgspec
from msgspec import Struct

from rushes.db import Steps, one, rows
from rushes.engines.contract import Mode
from rushes.jobs.model import COLUMNS, Job, from_row

Made = Literal["video", "image", "audio"]

MODES: dict[Made, tuple[Mode, ...]] = {
    "video": (
        Mode.TEXT_TO_VIDEO,
        Mode.IMAGE_TO_VIDEO,
        Mode.FIRST_LAST_FRAME,
        Mode.REFERENCE_TO_VIDEO,
        Mode.VIDEO_TO_VIDEO,
        Mode.SOUND_TO_VIDEO,
        Mode.MOTION_TRANSFER,
        Mode.TEXT_TO_3D,
        Mode.IMAGE_TO_3D,
        Mode.EDIT,
        Mode.UPSCALE_VIDEO,
        Mode.INTERPOLATE_VIDEO,
    ),
    "image": (
        Mode.TEXT_TO_IMAGE,
        Mode.IMAGE_TO_IMAGE,
        Mode.VIDEO_TO_IMAGE,
        Mode.UPSCALE_IMAGE,
        Mode.REMOVE_BACKGROUND,
        Mode.FACE_SWAP,
    ),
    "audio": (Mode.TEXT_TO_AUDIO, Mode.TEXT_TO_SPEECH, Mode.DENOISE_AUDIO),
}
"""The modes of each history; bodies in three dimensions are listed with the videos."""
_CHANGES = (
    Mode.EDIT,
    Mode.UPSCALE_VIDEO,
    Mode.INTERPOLATE_VIDEO,
    Mode.VIDEO_TO_IMAGE,
    Mode.UPSCALE_IMAGE,
    Mode.REMOVE_BACKGROUND,
    Mode.FACE_SWAP,
)
GENERATED = f"mode NOT IN ({', '.join(repr(str(mode)) for mode in _CHANGES)})"
"""What was made, not changed."""
AMONG = {made: f"mode IN ({', '.join(repr(str(mode)) for mode in modes)})" for made, modes in MODES.items()}
"""The same as a condition. The partial indexes jobs_videos, jobs_images and jobs_sounds have it word for word."""


def made_by(mode: str) -> Made | None:
    """Which history a job of this mode is in; None for texts."""
    return next((made for made, modes in MODES.items() if mode in modes), None)


def page(account: str, made: Made, limit: int, offset: int) -> Steps[list[Job]]:
    """The account's jobs that make videos, pictures or sounds."""
    found = yield from rows(
        f"SELECT {COLUMNS} FROM jobs WHERE account_id = :account AND {AMONG[made]}"
        " ORDER BY id DESC LIMIT :limit OFFSET :offset",
        account=account,
        limit=limit,
        offset=offset,
    )
    return [from_row(row) for row in found]


def count(account: str, made: Made) -> Steps[int]:
    """How many of them there are."""
    row = yield from one(f"SELECT count(*) FROM jobs WHERE account_id = :account AND {AMONG[made]}", account=account)
    return int(row[0]) if row else 0


def active(account: str, limit: int) -> Steps[list[Job]]:
    """The account's queued and running jobs."""
    found = yield from rows(
        # By time: in the order of ids, a walk over all the account's jobs would look cheaper than it is.
        f"SELECT {COLUMNS} FROM jobs WHERE account_id = :account AND finished_at IS NULL"
        " ORDER BY created_at DESC, id DESC LIMIT :limit",
        account=account,
        limit=limit,
    )
    return [from_row(row) for row in found]


def waiting() -> Steps[int]:
    """How many jobs of all accounts wait."""
    row = yield from one("SELECT count(*) FROM jobs WHERE state = 'queued'")
    return int(row[0]) if row else 0


class _Asked(Struct):
    prompt: str


_ASKED = msgspec.json.Decoder(_Asked)


def prompts(account: str, limit: int) -> Steps[list[str]]:
    """The distinct prompts of the account's latest `limit` videos and as many pictures."""
    latest: list[tuple[str, str]] = []
    for among in (AMONG["video"], AMONG["image"]):
        latest += yield from rows(
            f"SELECT id, request FROM jobs WHERE account_id = :account AND {among} ORDER BY id DESC LIMIT :limit",
            account=account,
            limit=limit,
        )
    latest.sort(reverse=True)
    return list(dict.fromkeys(_ASKED.decode(request).prompt for _, request in latest))
