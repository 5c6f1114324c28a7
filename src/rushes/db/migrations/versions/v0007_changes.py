"""Histories of edits and of sounds."""

from rushes.db.migrate import run_script

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    run_script("0007")
