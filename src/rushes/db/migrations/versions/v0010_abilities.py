"""Workers say what they can do."""

from rushes.db.migrate import run_script

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    run_script("0010")
