"""The route of a job, and engines that are switched off."""

from rushes.db.migrate import run_script

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    run_script("0006")
