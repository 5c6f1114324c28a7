"""The first tables: accounts, ledger, jobs, library."""

from rushes.db.migrate import run_script

revision = "0001"
down_revision = None


def upgrade() -> None:
    run_script("0001")
