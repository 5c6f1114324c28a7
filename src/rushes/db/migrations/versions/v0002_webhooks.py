"""Webhooks: registered addresses, secret versions, deliveries and their attempts."""

from rushes.db.migrate import run_script

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    run_script("0002")
