"""Idempotency keys, callbacks of jobs."""

from rushes.db.migrate import run_script

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    run_script("0003")
