"""Several machines on one database."""

from rushes.db.migrate import run_script

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    run_script("0009")
