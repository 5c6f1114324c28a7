"""Sessions, password resets, profiles, the admin role, monthly allowances."""

from rushes.db.migrate import run_script

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    run_script("0004")
