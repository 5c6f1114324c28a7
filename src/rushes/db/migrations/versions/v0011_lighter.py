"""A job's row is written to fewer indexes."""

from rushes.db.migrate import run_script

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    run_script("0011")
